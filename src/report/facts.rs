//! What a run knows of itself, beside its tables: the pipeline, the period, the rows.

use jiff::civil::Date;

use super::Summary;

/// The particulars of one run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The pipeline's name, as in its file.
    pub pipeline: String,
    /// The report's title, where the pipeline gives one; else the words file's `page.title`.
    pub title: Option<String>,
    /// Whose customers they are, in the report's language, where the pipeline says so.
    pub firm: Option<String>,
    /// Added to the title: the name of a variant without a title of its own.
    pub variant: Option<String>,
    /// `en` or `zh-CN`.
    pub locale: String,
    /// ISO 4217 code of the money.
    pub currency: String,
    /// The time zone that turned timestamps into business days.
    pub timezone: String,
    /// The business day as of which everything is computed.
    pub as_of: Date,
    /// First day of the reported period.
    pub period_start: Date,
    /// Last day of the reported period.
    pub period_end: Date,
    /// First and last day of the period before it.
    pub before: (Date, Date),
    /// First and last day of the same period a year ago.
    pub year_before: (Date, Date),
    /// The as-of day of the comparison "before".
    pub previous_as_of: Date,
    /// The as-of day of the comparison "a year ago".
    pub year_ago_as_of: Date,
    /// How returns enter revenue: `net` (subtracted) or `sales` (left out); other policies print as they are named.
    pub returns_policy: String,
    /// The sections in their order: built-in names, or the name of any table, which then is printed as it is.
    pub sections: Vec<String>,
    /// Whether customer ids are masked in the tables, so that the page can say so.
    pub customer_ids: CustomerIds,
    /// The fewest customers of a group whose figures are shown, where small groups are not.
    pub least_group: Option<u64>,
    /// The version of the program.
    pub version: String,
    /// Resolved parameters, name and value.
    pub parameters: Vec<(String, String)>,
    /// The sources, each with what came in and what was used.
    pub sources: Vec<SourceFacts>,
    /// The outcome of every data check.
    pub checks: Vec<CheckFacts>,
    /// Every step, each with its query and its rows.
    pub steps: Vec<StepFacts>,
    /// How `transactions` came about, where no source has that name but a step.
    pub made: Option<Made>,
    /// What an order is: `by_id`, or what stands in for ids.
    pub orders: String,
    /// Whether rows have money; without, each counts 1.
    pub has_amounts: bool,
    /// Whether the report stands on a site, among others; a draft does not.
    pub on_site: bool,
    /// Whether the list of all reports has it.
    pub listed: bool,
    /// The modules that are switched on and left out.
    pub left_out: Vec<LeftOut>,
    /// The files that have all tables.
    pub downloads: Vec<Download>,
    /// The most rows of a table that is a download.
    pub download_rows: u64,
}

/// A module that is left out because something that it needs is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The module.
    pub module: String,
    /// The words that say why, below `skipped`: `no_source`, `no_source_column`, and `no_module_source`,
    /// `no_module_column` where it is another module that needs them.
    pub word: &'static str,
    /// That other module, or empty.
    pub needed: String,
    /// The source that is not there, or that lacks the column.
    pub name: String,
    /// The column, or empty.
    pub column: String,
}

/// `transactions` as a step's table. The rows that the step left out of its sources were set aside by no rule.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Rows of the table, where somebody counted them.
    pub rows: Option<u64>,
    /// Their money as a plain decimal, where it is exact.
    pub amount: Option<String>,
    /// The sources that the step reads, each with its rows used.
    pub from: Vec<(String, u64)>,
}

/// How customer ids appear in a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CustomerIds {
    /// By the last two characters at most, and a code.
    #[default]
    Masked,
    /// In full.
    Shown,
}

/// One source: what came in, what was used, what was set aside.
#[derive(Clone, Debug, Default)]
pub struct SourceFacts {
    /// The source's name.
    pub name: String,
    /// Files read.
    pub files: u64,
    /// Rows read.
    pub rows_in: u64,
    /// Rows used.
    pub rows_used: u64,
    /// Money read, as a plain decimal such as `-1234.50`; `None` for a source without money.
    pub amount_in: Option<String>,
    /// Money used.
    pub amount_used: Option<String>,
    /// What each quarantine rule set aside.
    pub set_aside: Vec<SetAside>,
    /// The rows outside of the report, if it is made of some rows only.
    pub outside: Option<Outside>,
    /// First business day among the rows used.
    pub first_day: Option<Date>,
    /// Last business day among the rows used.
    pub last_day: Option<Date>,
}

/// The rows of a source outside of a report.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// The condition of the rows that it is made of, in SQL.
    pub only: String,
    /// Rows that do not meet it.
    pub rows: u64,
    /// Their money.
    pub amount: Option<String>,
    /// How many of these rows lack a value that the condition asks for.
    pub undecided: u64,
    /// Whether readers may know of those rows. If not, they are not counted here.
    pub public: bool,
}

/// What one quarantine rule set aside.
#[derive(Clone, Debug, Default)]
pub struct SetAside {
    /// The rule's name.
    pub rule: String,
    /// Rows set aside.
    pub rows: u64,
    /// Their money.
    pub amount: Option<String>,
}

/// The outcome of one data check.
#[derive(Clone, Debug, Default)]
pub struct CheckFacts {
    /// The source checked.
    pub source: String,
    /// The check, such as `not_null amount`.
    pub check: String,
    /// `warn` or `error`.
    pub severity: String,
    /// Whether it held.
    pub passed: bool,
    /// What was measured.
    pub measured: String,
    /// What was demanded.
    pub expected: String,
}

/// One step: where its table came from, and how large it is.
#[derive(Clone, Debug, Default)]
pub struct StepFacts {
    /// The step's name, which is its table's.
    pub name: String,
    /// `sql/rfm.sql`, or `model bg_nbd`.
    pub origin: String,
    /// Rows of its table, where somebody counted them.
    pub rows: Option<u64>,
    /// Where the table can be downloaded.
    pub downloads: Vec<Download>,
    /// Whether it has too many rows for a download.
    pub too_large: bool,
}

/// A file of the downloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Where it is, relative to the page.
    pub path: String,
    /// The key of its format.
    pub format: &'static str,
    /// Whether it has the other tables too.
    pub is_whole: bool,
}

impl Download {
    /// Its name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// One published report, for the list of all.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    /// The pipeline's name.
    pub pipeline: String,
    /// Its title and headline figures; of a report of an older version, only its title.
    pub summary: Summary,
    /// Its as-of day.
    pub as_of: Date,
    /// The page, relative to the index.
    pub href: String,
}
