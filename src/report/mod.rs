//! Reports: finished tables and the particulars of a run in, one self-contained page out.
//!
//! [`render`] is a pure function. It reads no file, no clock and no network, and the same input gives the same bytes.
//! The way through: [`table`] reads Arrow columns, [`section`] turns them into sentences, pictures and tables of text,
//! [`page`] puts those into the templates. All words come from the theme ([`words`]), all figures from [`format`].
//!
//! If a table is missing, or an edited query changed it, only the section that needs it is left out. The section "data
//! and method" says which and why. A mistake in a template or a words file is a [`ReportError`].

mod cells;
pub mod chart;
mod context;
mod decimal;
pub mod export;
mod facts;
mod format;
mod how;
mod html;
mod lists;
pub mod mask;
mod page;
mod rehearsal;
pub mod section;
mod shown;
mod summary;
mod table;
mod templates;
mod view;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use crate::tables::Declared;

pub use facts::{
    CheckFacts, CustomerIds, Download, Facts, IndexEntry, LeftOut, Made, Outside, SetAside, SourceFacts,
    StepFacts,
};
pub use format::NO_CURRENCY;
pub use lists::{AFTER, BEFORE, Lists};
pub use rehearsal::rehearse;
pub use summary::{HeadlineFigure, SUMMARY, Summary};
pub use table::Tables;
pub use words::METHOD_PAGE;

/// The look and the words of a report.
#[derive(Clone, Debug, Default)]
pub struct Theme {
    /// Templates and the style sheet by their path below `reports/`: `report.html`, `sections/method.html`, `style.css`.
    pub templates: BTreeMap<String, String>,
    /// The words of the report's language: dotted keys, as in `words/en.yaml` with its nesting flattened.
    pub words: BTreeMap<String, String>,
    /// The sections that are data, by name.
    pub sections: BTreeMap<String, section::spec::Spec>,
    /// What is declared of the pipeline's tables: names and kinds of their columns.
    pub declared: Declared,
}

/// A rendered report.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page: one file that needs no other.
    pub html: String,
    /// The page on data and method, which the page links to as [`METHOD_PAGE`]; as self-contained. None where the report
    /// does without the section `method`.
    pub method: Option<String>,
    /// Title and headline figures, for the console, the list of all reports and the feed.
    pub summary: Summary,
    /// What was asked for and left out, each with the reason.
    pub skipped: Vec<Skipped>,
}

/// A section, or a part of one, that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Whether the whole section is missing; else only a picture or a table of it.
    pub whole: bool,
    /// The section's name.
    pub section: String,
    /// Why, in the report's language.
    pub reason: String,
}

/// A mistake in a template, a words file or a setting of the report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ReportError {
    /// What is wrong, and where.
    pub what: String,
    /// What to do about it.
    pub help: String,
    /// The file below `reports/` that is at fault, and the line, from 1, where both are known.
    pub at: Option<(String, usize)>,
}

/// Renders the page of one report, and that on data and method beside it.
///
/// # Errors
/// A locale that is neither `en` nor `zh-CN`, a section that is neither built in nor a table, a template that does not
/// parse or asks for something that is not there, a words file that lacks a text.
pub fn render(facts: &Facts, tables: &Tables, theme: &Theme) -> Result<Page, ReportError> {
    let context = context::RenderContext::new(facts, tables, theme)?;
    let sections = section::all(&context)?;
    page::render(&context, sections)
}

/// Renders what leads to all published reports.
///
/// # Errors
/// As [`render`]: a template or words that do not fit.
pub fn lists(entries: &[IndexEntry], locale: &str, theme: &Theme) -> Result<Lists, ReportError> {
    lists::render(entries, locale, theme)
}

/// Renders pages at fixed addresses that lead on to others, which change with time: to the report before, or after.
///
/// # Errors
/// As [`lists`].
pub fn leads_to(hrefs: &[String], locale: &str, theme: &Theme) -> Result<Vec<String>, ReportError> {
    lists::leads_to(hrefs, locale, theme)
}

impl Tables {
    /// Puts a table in, under the step's name, or `year_ago.<step>` for its table of a year ago.
    pub fn insert(&mut self, name: &str, batch: RecordBatch) {
        self.0.insert(name.to_owned(), batch);
    }
}
