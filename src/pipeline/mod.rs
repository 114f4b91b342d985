//! A pipeline file, typed. These structs *are* the reference of its keys: each field is a key of the same name.
//!
//! [`load`] turns YAML into a [`Pipeline`] and reports everything that the file alone shows. [`crate::engine::plan`]
//! finds what needs the data's columns. Every value keeps its place ([`Spanned`]): a later problem can point at it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::problem::{Place, SourceText};
use crate::tables::{ColumnKind, Declaration, Declared, Texts as InLanguages};

mod audience;
pub mod check;
mod csv;
mod currency;
mod dates;
pub mod declared;
mod download;
mod fill;
pub mod graph;
mod join;
mod load;
pub mod module;
mod not_yaml;
pub(crate) mod reader;
mod siblings;
pub(crate) mod texts;
mod variants;
pub mod yaml;

pub use crate::model::{ModelKind, Role};
pub use crate::value::{Parameters, Value};
pub use audience::{FileColumn, part_customers};
pub use check::{Check, CheckSeverity, Test};
pub use csv::{Csv, CsvFormat, TextEncoding};
pub use dates::{Dates, Period, date_meant};
pub use download::DownloadFormat;
pub use join::{Join, Unmatched};
pub use load::report::SECTIONS;
pub use load::{load, load_with};
pub use module::Module;
pub use texts::Texts;
pub use variants::{CUSTOMERS, EACH, Variant, WHERE};

/// A value and where it stands in the pipeline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub at: Range<usize>,
}

/// One pipeline file: one report.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file and those of its modules. The places of all values lie in them.
    pub texts: Texts,
    /// The project's folder. Every path of the file is relative to it. It is the folder above `pipelines/`, or the
    /// file's own folder if that has another name.
    pub root: PathBuf,
    /// `name`: letters, digits, `_` and `-`; the report's folder under `site/`.
    pub name: Spanned<String>,
    /// `as_of`: the business date that the report speaks of. Default `yesterday`.
    pub as_of: AsOf,
    /// Where that stands, if it does.
    pub as_of_at: Option<Range<usize>>,
    /// `period`: what "before" means: `week`, `month` (the default), `quarter` or `year`.
    pub period: Period,
    /// `timezone`: an IANA name; turns timestamps into business days. Default `UTC`.
    pub timezone: TimeZone,
    /// `currency`: ISO 4217 code. Default `USD`.
    pub currency: String,
    /// `locale`: `en` (the default) or `zh-CN`.
    pub locale: Locale,
    /// `returns`: `net` (the default: returns lower revenue) or `gross` (rows below zero are left out).
    pub returns: Returns,
    /// `memory`: the most that queries may hold before they spill to disk, such as `2GiB`. Default: no limit.
    pub memory: Option<u64>,
    /// `cache`: the most that may be kept in `.regulars/` for later runs, such as `5GiB`, or `off`. Default: 20 GiB.
    pub cache: Option<u64>,
    /// `params`: named values for SQL and for paths; `--param` overrides them.
    pub params: Vec<Param>,
    /// `modules`: what ships, switched on.
    pub modules: Vec<Module>,
    /// The settings of the modules, which are parameters of all queries.
    pub settings: Vec<Param>,
    /// `sources`: the tables that come from files.
    pub sources: Vec<Source>,
    /// The steps of the modules, and `steps`: the tables that are computed.
    pub steps: Vec<Step>,
    /// `report`: what is shown; without it the run leaves tables only.
    pub report: Option<Report>,
    /// What the tables of its steps hold: by a step's own `table`, else as it ships.
    pub declared: Declared,
    /// `variants`: the reports beside its own, each a pipeline that reads the same files.
    pub variants: Vec<Pipeline>,
    /// What makes it a variant, where it is one.
    pub variant: Option<Variant>,
    /// The parameters that are filled into what it says of the report as a whole.
    pub filled: BTreeSet<String>,
    /// Whether a report of some customers is among it and the other variants. Then every source that names customers is
    /// joined with theirs.
    pub parts_customers: bool,
}

impl Pipeline {
    /// The file itself.
    pub fn file(&self) -> &Arc<SourceText> {
        self.texts.first()
    }

    /// A place in the pipeline file, or in that of a module.
    pub fn place(&self, at: &Range<usize>) -> Place {
        self.texts.place(at)
    }

    /// The formats of its downloads, and the most rows of one. A run without a page has downloads too.
    pub fn downloads(&self) -> (Vec<DownloadFormat>, u64) {
        let usual = Report::default();
        let report = self.report.as_ref().unwrap_or(&usual);
        (report.formats.clone(), report.download_rows)
    }

    /// The parameters and the settings of modules: what all queries may name.
    pub fn named_values(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().chain(&self.settings)
    }

    /// A path of the file, made absolute by way of the project's folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        if self.root == Path::new(".") { PathBuf::from(relative) } else { self.root.join(relative) }
    }

    /// A path as reports show it: relative to the project's folder, if it lies below that or is written so. Else its
    /// last `parts` parts: readers need not know the rest.
    pub fn shown(&self, path: &Path, parts: usize) -> String {
        let text = |path: &Path| path.display().to_string();
        if let Ok(inner) = path.strip_prefix(&self.root) {
            return text(inner);
        }
        if path.is_relative() {
            return text(path);
        }
        let roots = [std::path::absolute(&self.root), std::fs::canonicalize(&self.root)];
        if let Some(inner) = roots.iter().flatten().find_map(|root| path.strip_prefix(root).ok()) {
            return text(inner);
        }
        let names: Vec<_> = path.iter().collect();
        text(&names.iter().skip(names.len().saturating_sub(parts).max(1)).collect::<PathBuf>())
    }

    /// The folder that a pipeline file belongs to.
    pub fn root_of(file: &Path) -> PathBuf {
        let parent = file.parent().unwrap_or(Path::new(""));
        // `regulars check demo.yaml` in `pipelines`.
        if parent.as_os_str().is_empty() || parent == Path::new(".") {
            let here = std::env::current_dir().unwrap_or_default();
            if here.file_name().is_some_and(|name| name == "pipelines") {
                return PathBuf::from("..");
            }
        }
        let project = if parent.file_name().is_some_and(|name| name == "pipelines") {
            parent.parent().unwrap_or(Path::new(""))
        } else {
            parent
        };
        if project.as_os_str().is_empty() { PathBuf::from(".") } else { project.to_path_buf() }
    }
}

/// `as_of`: the business date that a report speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The day before the clock's, in the pipeline's time zone.
    Yesterday,
    /// The clock's day, in the pipeline's time zone.
    Today,
    /// A day of its own.
    On(Date),
}

/// `locale`: the language of headings, findings, numbers and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// `en`
    En,
    /// `zh-CN`
    ZhCn,
}

impl Locale {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The tag as it is written in a pipeline and in HTML.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
}

/// `returns`: how rows below zero count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// They lower revenue.
    Net,
    /// They are left out.
    Gross,
}

impl Returns {
    /// The word as it is written in a pipeline.
    pub fn word(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Gross => "gross",
        }
    }
}

/// One entry of `params`.
#[derive(Debug, Clone)]
pub struct Param {
    /// The name, without `$`.
    pub name: Spanned<String>,
    /// The value; its kind is the kind that `--param` must give.
    pub value: Value,
}

/// One entry of `sources`.
#[derive(Debug, Clone)]
pub struct Source {
    /// The table's name. `transactions` is the canonical fact table.
    pub name: Spanned<String>,
    /// `path`: a file, a folder, a glob or a Hive-partitioned folder; `$name` stands for a parameter.
    pub path: Spanned<String>,
    /// `delimiter`, `encoding`, `quote`: how its CSV files are written.
    pub csv: Csv,
    /// `missing_columns`: what happens to columns that expressions name but some of the files lack.
    pub missing_columns: MissingColumns,
    /// `join`: other sources. Expressions may name their columns beside the files' own.
    pub joins: Vec<Join>,
    /// `columns`: the table's columns as SQL expressions over the file's. Without it, the file's own columns.
    pub columns: Vec<Column>,
    /// `customer_ids`: the columns with customers' ids, beside `customer_id`. Default: those made of the same column of
    /// the files, and those with values that are customers' ids.
    pub customer_ids: Option<Vec<Spanned<String>>>,
    /// `shared: true`, where it stands: its rows are nobody's, and reports of some customers have all of them.
    pub shared: Option<Range<usize>>,
    /// `quarantine`: the rules that set rows aside; a row goes to the first that it meets.
    pub quarantine: Vec<Rule>,
    /// `checks`: what must hold of the rows that are used.
    pub checks: Vec<Check>,
    /// `orders`: what an order is, of `transactions`. Default `by_id`.
    pub orders: Orders,
    /// `amounts`: whether rows have money, of `transactions`. Default `mapped`.
    pub amounts: Amounts,
    /// `by_day`: the column that says on which day a row happened, of a source other than `transactions`. Rows after the
    /// as-of date do not exist for the run.
    pub by_day: Option<Spanned<String>>,
    /// The columns that modules want of it.
    pub wanted: Vec<WantedColumn>,
    /// In a variant: the conditions for the rows of the report, which must all be true.
    pub only: Vec<Only>,
}

/// A condition for the rows of a source that a variant's report is made of.
#[derive(Debug, Clone)]
pub struct Only {
    /// The condition.
    pub sql: Spanned<String>,
    /// The key of the variant that states it: `where`, `customers` or `each`.
    pub key: &'static str,
    /// The source whose columns it names, where that is another one, which is joined.
    pub of: Option<String>,
    /// How readers are told of it.
    pub summary: String,
}

/// A column of a source that a module reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedColumn {
    /// The module.
    pub module: String,
    /// The column.
    pub name: String,
    /// What its values must be, where the module says it.
    pub kind: Option<ColumnKind>,
    /// Whether it may be absent: it is NULL then.
    pub optional: bool,
}

impl Source {
    /// Whether its path, its expressions or its rules name a parameter.
    pub fn names(&self, parameter: &str) -> bool {
        let conditions = self.quarantine.iter().filter_map(|rule| match &rule.when {
            When::Sql(sql) => Some(sql),
            When::Repeated(_) => None,
        });
        let columns = self.columns.iter().chain(self.joins.iter().flat_map(|join| &join.on));
        let mut texts = columns.map(|column| &column.sql).chain(conditions).chain([&self.path]);
        texts.any(|text| {
            let mut found = false;
            fill::named(&text.value, |name| {
                found |= name == parameter;
                None
            });
            found
        })
    }
}

/// `orders`: which rows of `transactions` are one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Orders {
    /// Those with one `transaction_id`, which is mapped.
    ById,
    /// Those of one customer and business day.
    CustomerDay,
    /// Those of one customer and `occurred_at`.
    CustomerTime,
}

impl Orders {
    /// The word as it is written in a pipeline.
    pub fn word(self) -> &'static str {
        match self {
            Self::ById => "by_id",
            Self::CustomerDay => "one_per_customer_day",
            Self::CustomerTime => "one_per_customer_time",
        }
    }
}

/// `amounts`: whether the rows of `transactions` have money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Amounts {
    /// `amount` is mapped.
    Mapped,
    /// There is none: each row counts 1.
    None,
}

/// `missing_columns`: what happens to a column that an expression names but some of the files lack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MissingColumns {
    /// `error`: it is a mistake.
    #[default]
    Error,
    /// `as_null`, or a list of the files' columns: all of them, or those of the list, are NULL in such files.
    AsNull(Option<Vec<Spanned<String>>>),
}

/// The name of the canonical fact table.
pub const TRANSACTIONS: &str = "transactions";

/// One entry of a source's `columns`.
#[derive(Debug, Clone)]
pub struct Column {
    /// The table's column.
    pub name: Spanned<String>,
    /// A SQL expression over the file's columns.
    pub sql: Spanned<String>,
}

/// One entry of a source's `quarantine`.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The rule's name, as it is counted and reported.
    pub name: Spanned<String>,
    /// When a row meets it.
    pub when: When,
}

/// When a row meets a quarantine rule.
#[derive(Debug, Clone)]
pub enum When {
    /// A SQL condition over the table's columns and the file's.
    Sql(Spanned<String>),
    /// `repeated: [columns]`: an earlier row has the same values in these columns. The order of all columns decides
    /// which is earlier: it does not depend on the order of files or threads.
    Repeated(Vec<Spanned<String>>),
}

/// One entry of `steps`: one SQL query or one model, and one table.
#[derive(Debug, Clone)]
pub struct Step {
    /// The table's name.
    pub name: Spanned<String>,
    /// `sql` or `model`.
    pub kind: StepKind,
    /// `with`: parameters of this step alone.
    pub with: Vec<Param>,
    /// `keep`: whether the table stays among the run's results. Default true.
    pub keep: bool,
    /// `by_day`: the DATE column that says which business day a row belongs to. An earlier state of such a table is
    /// its rows up to the earlier day, so history is not read again for it.
    pub by_day: Option<Spanned<String>>,
    /// `into`: the table that gathers this one with others of its kind.
    pub into: Option<Spanned<String>>,
    /// `incremental`: whether the table is merged from the contributions of its source's files. A run then asks the
    /// query only of new files. The query must be one aggregation of a source. Default false.
    pub incremental: bool,
    /// `table`: what its table holds, of a query of one's own.
    pub table: Option<Declaration>,
    /// `checks`: what must hold of its table.
    pub checks: Vec<check::step::StepCheck>,
}

impl Step {
    /// The step's model; none for other steps.
    pub fn model(&self) -> Option<&'static ModelKind> {
        match &self.kind {
            StepKind::Model { model, .. } => Some(model.value),
            StepKind::Sql(_) | StepKind::Gather { .. } => None,
        }
    }

    /// The tables that the step yields: its own, and the further ones of a model.
    pub fn outputs(&self) -> Vec<String> {
        let name = self.name.value.clone();
        let further = self.model().map_or(&[][..], |model| model.further);
        let further: Vec<String> = further.iter().map(|suffix| format!("{name}{suffix}")).collect();
        [name].into_iter().chain(further).collect()
    }
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// `sql`: a file with one query.
    Sql(Spanned<String>),
    /// `gather`: the rows of all tables that go `into` this one.
    Gather {
        /// The columns, each with its SQL type.
        columns: Vec<(Spanned<String>, Spanned<String>)>,
        /// The tables.
        tables: Vec<String>,
    },
    /// `model`, `from` and what else the model reads: a model of [`crate::analysis`] and its tables.
    Model {
        /// The model.
        model: Spanned<&'static ModelKind>,
        /// Its tables: one for each role that the model needs, and those that it may read.
        tables: Vec<(Role, Spanned<String>)>,
    },
}

/// `report`: what the page shows.
#[derive(Debug, Clone)]
pub struct Report {
    /// `firm`: whose customers they are. Default: the page names nobody.
    pub firm: Option<InLanguages>,
    /// `title`. Default: the words' own.
    pub title: Option<String>,
    /// `sections`, in the order of reading. Default: all.
    pub sections: Vec<Spanned<String>>,
    /// The sections that stand in the pipeline file itself, by name, as [`crate::report`] reads them.
    pub inline: BTreeMap<String, yaml::Node>,
    /// The tables that the page shows, as far as sections that are data say so. Known once these are read.
    pub shows: BTreeSet<String>,
    /// `customer_ids`: `masked` (the default) or `shown`.
    pub customer_ids: CustomerIds,
    /// `least_group`: the fewest customers of a group whose figures page and downloads show. Default: all are shown.
    pub least_group: Option<u64>,
    /// `formats`: the formats of downloads, by their keys. Default: all. An empty list: no downloads.
    pub formats: Vec<DownloadFormat>,
    /// `download_rows`: the most rows of a table that becomes a download. Default: 100,000.
    pub download_rows: u64,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            firm: None,
            title: None,
            sections: Vec::new(),
            inline: BTreeMap::new(),
            shows: BTreeSet::new(),
            customer_ids: CustomerIds::Masked,
            least_group: None,
            formats: DownloadFormat::ALL.to_vec(),
            download_rows: download::USUAL_ROWS,
        }
    }
}

/// Whether page and downloads show customers' ids whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerIds {
    /// Only their ends.
    Masked,
    /// Whole.
    Shown,
}
