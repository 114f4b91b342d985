//! The context at which sections are written: words, formats, tables and sources at hand.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::decimal::Decimal;
use super::facts::{Facts, StepFacts};
use super::format::{Format, Locale, UNKNOWN};
use super::html::{Html, anchor, escape};
use super::table::{Gap, Table, Tables};
use super::view::{self, Cell, Column, Source};
use super::words::{Filling, Method, OF_RUN, Words, in_group};
use super::{ReportError, Skipped, Theme, how};

/// Why a section is not written.
#[derive(Debug)]
pub enum Stop {
    /// A table does not have what it needs: the section is left out.
    Gap(Gap),
    /// There is nothing to say, for a reason already in words: the section is left out.
    Reason(String),
    /// The theme is at fault: there is no report.
    Error(ReportError),
}

impl From<Gap> for Stop {
    fn from(gap: Gap) -> Self {
        Self::Gap(gap)
    }
}

impl From<ReportError> for Stop {
    fn from(error: ReportError) -> Self {
        Self::Error(error)
    }
}

/// What every section may use.
#[derive(Clone, Debug)]
pub struct RenderContext<'a> {
    /// The particulars of the run.
    pub facts: &'a Facts,
    /// Templates and style.
    pub theme: &'a Theme,
    /// Words of the language.
    pub words: Words<'a>,
    /// Figures as the language writes them.
    pub format: Format,
    tables: &'a Tables,
    omissions: RefCell<Vec<Skipped>>,
    shown: RefCell<BTreeSet<String>>,
}

impl<'a> RenderContext<'a> {
    /// Lays out the context.
    ///
    /// # Errors
    /// A locale that is neither `en` nor `zh-CN`.
    pub fn new(facts: &'a Facts, tables: &'a Tables, theme: &'a Theme) -> Result<Self, ReportError> {
        let locale = locale(&facts.locale)?;
        let has_method = facts.sections.iter().any(|section| section == "method");
        let method = if has_method { Method::Beside } else { Method::Nowhere };
        let format = Format::new(locale, &facts.currency);
        let words = Words::new(&theme.words, locale.tag(), method).of_run(of_run(facts, &format));
        Ok(Self {
            facts,
            theme,
            words,
            format,
            tables,
            omissions: RefCell::default(),
            shown: RefCell::default(),
        })
    }

    /// A table with rows.
    ///
    /// # Errors
    /// No such table, or no rows.
    pub fn table(&self, name: &str) -> Result<Table<'a>, Gap> {
        self.tables.get(name)
    }

    /// Whether there is a table of that name, rows or not.
    pub fn has_table(&self, name: &str) -> bool {
        self.tables.0.contains_key(name)
    }

    /// Notes that a section, or a part of one, is left out.
    ///
    /// # Errors
    /// An error of the theme, which is no reason to leave anything out.
    pub fn omit(&self, section: &str, stop: Stop, whole: bool) -> Result<(), ReportError> {
        let reason = match stop {
            Stop::Error(error) => return Err(error),
            Stop::Reason(reason) => reason,
            Stop::Gap(gap) => self.gap_text(&gap)?,
        };
        self.note(Skipped { section: section.to_owned(), reason, whole });
        Ok(())
    }

    /// Notes what is left out, once.
    pub fn note(&self, skipped: Skipped) {
        let mut omissions = self.omissions.borrow_mut();
        if !omissions.contains(&skipped) {
            omissions.push(skipped);
        }
    }

    /// What was left out so far.
    pub fn omissions(&self) -> Vec<Skipped> {
        self.omissions.borrow().clone()
    }

    fn gap_text(&self, gap: &Gap) -> Result<String, ReportError> {
        let (key, table, column, found) = match gap {
            Gap::NoTable { table } => ("skipped.no_table", table, "", ""),
            Gap::NoRows { table } => ("skipped.no_rows", table, "", ""),
            Gap::NoSentence { table, place } => ("skipped.no_sentence", table, "", place.as_str()),
            Gap::NoColumn { table, column } => ("skipped.no_column", table, column.as_str(), ""),
            Gap::OtherType { table, column, found } => {
                ("skipped.other_type", table, column.as_str(), found.as_str())
            }
        };
        let fillings =
            [Filling::text("table", table), Filling::text("column", column), Filling::text("found", found)];
        self.plain(key, &fillings)
    }

    /// A text of the words file.
    ///
    /// # Errors
    /// A missing key or figure.
    pub fn say(&self, key: &str, fillings: &[Filling]) -> Result<Html, ReportError> {
        self.words.html(key, fillings)
    }

    /// A text of the words file without markup.
    ///
    /// # Errors
    /// A missing key or figure.
    pub fn plain(&self, key: &str, fillings: &[Filling]) -> Result<String, ReportError> {
        self.words.plain(key, fillings)
    }

    /// A text that a section names or has.
    ///
    /// # Errors
    /// A missing key or figure.
    pub fn written(&self, words: &how::Words, fillings: &[Filling]) -> Result<Html, ReportError> {
        match words {
            how::Words::Key(key) => self.say(&key.value, fillings),
            how::Words::Texts(texts) => self.words.filled(texts.of(self.format.locale().tag()), fillings),
        }
    }

    /// The same without markup.
    ///
    /// # Errors
    /// A missing key or figure.
    pub fn written_plain(&self, words: &how::Words, fillings: &[Filling]) -> Result<String, ReportError> {
        match words {
            how::Words::Key(key) => self.plain(&key.value, fillings),
            how::Words::Texts(texts) => {
                self.words.filled_plain(texts.of(self.format.locale().tag()), fillings)
            }
        }
    }

    /// The names of the places that a text leaves to be filled.
    pub fn placeholders(&self, words: &how::Words) -> Vec<String> {
        let text = match words {
            how::Words::Key(key) => self.words.raw(&key.value).unwrap_or_default(),
            how::Words::Texts(texts) => texts.of(self.format.locale().tag()),
        };
        super::words::placeholders(text)
    }

    /// How many rows a table has, also where the page was given its first rows only.
    pub fn rows_of(&self, table: &str, found: usize) -> usize {
        let step = self.facts.steps.iter().find(|step| step.name == table);
        let counted = step.and_then(|step| step.rows).and_then(|rows| usize::try_from(rows).ok());
        counted.map_or(found, |counted| counted.max(found))
    }

    /// The name of a section: its own, or by the words file.
    pub fn label(&self, section: &str) -> String {
        let own = self.theme.sections.get(section).and_then(|spec| spec.label.as_ref());
        let own = own.and_then(|label| self.written_plain(label, &[]).ok());
        own.unwrap_or_else(|| self.name("nav", section))
    }

    /// The name of a segment, status, figure or the like: from the words file where it has one under
    /// `<group>.<name>`, else the name itself with spaces for underscores.
    pub fn name(&self, group: &str, name: &str) -> String {
        self.words.plain(&in_group(group, name), &[]).unwrap_or_else(|_| name.replace('_', " "))
    }

    /// The tables that figures on the page are of, so far.
    pub fn shown(&self) -> BTreeSet<String> {
        self.shown.borrow().clone()
    }

    /// Where a step's figures come from.
    pub fn source(&self, step: &str) -> Source {
        self.shown.borrow_mut().insert(step.to_owned());
        let audit = match step {
            "audit_rows" => Some("method-sources"),
            "audit_checks" => Some("method-checks"),
            _ => None,
        };
        // A model's step makes further tables beside its own, such as that of its fit.
        let of_step = |name: &str| self.facts.steps.iter().find(|known| known.name == name);
        let mut further =
            ["_fit", "_forecast", "_months", "_calibration", "_effects", "_judged", "_gains", "_groups"]
                .into_iter();
        let found =
            of_step(step).or_else(|| further.find_map(|suffix| step.strip_suffix(suffix).and_then(of_step)));
        let place =
            found.map(|known| format!("step-{}", anchor(&known.name))).or_else(|| audit.map(str::to_owned));
        Source {
            step: step.to_owned(),
            title: found.map_or_else(|| step.to_owned(), |known| format!("{step} · {}", known.origin)),
            href: place.and_then(|place| self.words.method().at(&place)),
        }
    }

    /// The file with the table of a step: one of its own, or else one that has it among others.
    pub fn download(&self, step: &str) -> Option<view::Download> {
        let made = self.facts.steps.iter().find(|made| made.name == step)?;
        let own = made.downloads.iter().find(|file| !file.is_whole);
        own.or(made.downloads.first()).map(view::Download::of)
    }

    /// The remark below a table that shows fewer rows than there are, with a link to the download of all, if there is one.
    ///
    /// # Errors
    /// A missing text.
    pub fn shown_of(&self, shown: usize, rows: usize, step: &str) -> Result<Option<Html>, ReportError> {
        if shown >= rows {
            return Ok(None);
        }
        let count = |name: &str, rows| Filling::text(name, &self.format.count_cell(Decimal::from(rows)));
        let [shown, rows] = [count("shown", shown), count("rows", rows)];
        // A table that is not kept is nowhere else.
        let nowhere = |made: &&StepFacts| made.name == step && made.downloads.is_empty() && !made.too_large;
        if self.facts.steps.iter().any(|made| nowhere(&made)) {
            return self.say("table.shown_of_alone", &[shown, rows]).map(Some);
        }
        let all = self.source(step).href.map_or_else(
            || Html::text(step),
            |href| Html::markup(format!("<a href=\"{}\">{}</a>", escape(&href), escape(step))),
        );
        let fillings = [shown, rows, Filling { name: "step".to_owned(), plain: step.to_owned(), html: all }];
        self.say("table.shown_of", &fillings).map(Some)
    }

    /// A figure in a sentence: on hover it names its step, and it links to the step's row.
    pub fn figure(&self, name: &str, text: &str, step: &str) -> Filling {
        Filling { name: name.to_owned(), html: self.linked(text, step), plain: text.to_owned() }
    }

    /// Text that names its step on hover and links to the step's row. It is no stop of the tab key: a page has hundreds of
    /// figures, and the signs ⓘ beside headings lead to the same rows.
    pub fn linked(&self, text: &str, step: &str) -> Html {
        let source = self.source(step);
        let (title, text) = (escape(&source.title), escape(text));
        Html::markup(match source.href {
            Some(href) => {
                format!(
                    "<a class=\"figure\" tabindex=\"-1\" href=\"{}\" title=\"{title}\">{text}</a>",
                    escape(&href)
                )
            }
            None => format!("<span class=\"figure\" title=\"{title}\">{text}</span>"),
        })
    }

    /// A cell with a share, or a dash.
    pub fn percent_cell(&self, share: Option<f64>) -> Cell {
        cell(share, |share| self.format.percent(share))
    }

    /// A cell with money, or a dash.
    pub fn money_cell(&self, amount: Option<Decimal>) -> Cell {
        cell(amount, |amount| self.format.money_cell(amount))
    }

    /// A cell with a count, or a dash.
    pub fn count_cell(&self, count: Option<Decimal>) -> Cell {
        cell(count, |count| self.format.count_cell(count))
    }

    /// A cell with the difference between two counts, or a dash.
    pub fn change_cell(&self, now: Option<Decimal>, before: Option<Decimal>) -> Cell {
        cell(now.zip(before).and_then(|(now, before)| now.minus(before)), |change| {
            self.format.count_change(change)
        })
    }

    /// What stands between the items of a list.
    pub fn list_separator(&self) -> &'static str {
        match self.format.locale() {
            Locale::En => ", ",
            Locale::ZhCn => "、",
        }
    }

    /// A table whose column heads come from `columns.<name>`; a `#` before the name marks figures, a `$` figures that
    /// are money: their head has the unit.
    ///
    /// # Errors
    /// A missing text.
    pub fn columns(&self, names: &[&str]) -> Result<Vec<Column>, ReportError> {
        names.iter().map(|name| self.column(name)).collect()
    }

    fn column(&self, name: &str) -> Result<Column, ReportError> {
        if let Some(name) = name.strip_prefix('$') {
            let label = self.say(&format!("columns.{name}"), &[])?;
            let unit = [
                Filling { name: "label".to_owned(), plain: label.as_str().to_owned(), html: label },
                Filling::text("unit", self.format.money_unit()),
            ];
            return Ok(Column { label: self.say("columns.with_unit", &unit)?, numeric: true });
        }
        let (name, numeric) = name.strip_prefix('#').map_or((name, false), |name| (name, true));
        Ok(Column { label: self.say(&format!("columns.{name}"), &[])?, numeric })
    }
}

/// The locale of a tag.
///
/// # Errors
/// A tag of a language that there are no reports in.
pub fn locale(tag: &str) -> Result<Locale, ReportError> {
    Locale::from_tag(tag).ok_or_else(|| ReportError {
        what: format!("there are no reports in the locale {tag}"),
        help: "set locale to en or zh-CN".to_owned(),
        at: None,
    })
}

/// A cell with a figure, or a dash where it is unknown.
pub fn cell<T>(value: Option<T>, write: impl FnOnce(T) -> String) -> Cell {
    Cell::text(&value.map_or_else(|| UNKNOWN.to_owned(), write))
}

/// A cell with a customer id, as the tables have it: they come masked where the report masks ids.
pub fn customer_cell(id: Option<&str>) -> Cell {
    Cell::text(id.unwrap_or(UNKNOWN)).with_class("id")
}

/// What any text can be filled with: see [`OF_RUN`].
fn of_run(facts: &Facts, format: &Format) -> Vec<Filling> {
    let periods =
        [(facts.period_start, facts.period_end), facts.before, facts.year_before].map(|(start, end)| {
            // Beside each other, months of one year need it once.
            format.period_beside(start, end, facts.period_end)
        });
    let days = [facts.as_of, facts.previous_as_of, facts.year_ago_as_of].map(|day| format.date(day));
    let [_, before, year_ago] = periods;
    let this = format.period(facts.period_start, facts.period_end);
    let texts = [this, before, year_ago].into_iter().chain(days);
    OF_RUN.iter().zip(texts).map(|(name, text)| Filling::text(name, &text)).collect()
}
