//! Downloads: tables to the bytes of files, in the formats that a pipeline asks for.
//!
//! A [`DownloadFormat`] has an [`Exporter`] ([`exporter`]), and the manual takes the formats from there. Tables come one
//! after the other, and none is kept: some are large. They are masked already.

mod csv;
mod xlsx;

use std::fmt::Write as _;

use arrow::array::RecordBatch;

use crate::pipeline::DownloadFormat;

use super::{Facts, ReportError, Tables, Theme};

/// What makes the files of a format.
pub fn exporter(format: DownloadFormat) -> &'static dyn Exporter {
    match format {
        DownloadFormat::Csv => &csv::Csv,
        DownloadFormat::Xlsx => &xlsx::Xlsx,
    }
}

/// The files of a format of downloads.
pub trait Exporter {
    /// What it is for, for the manual.
    fn meaning(&self) -> &'static str;

    /// The file that has the rows of a table.
    fn file(&self, pipeline: &str, table: &str) -> String;

    /// Whether that file has the other tables too.
    fn is_whole(&self) -> bool;

    /// Begins the downloads of a run.
    ///
    /// # Errors
    /// A text that the words file lacks.
    fn begin<'a>(&self, book: &Book<'a>) -> Result<Box<dyn Export + 'a>, ReportError>;
}

/// The downloads of a run in one format.
pub trait Export {
    /// Takes the next table, in the order of the book. Returns the files that are complete with it.
    ///
    /// # Errors
    /// A column of a type without a text form.
    fn table(&mut self, rows: &RecordBatch) -> Result<Vec<File>, ReportError>;

    /// Returns the files that all tables were needed for.
    ///
    /// # Errors
    /// A text that the words file lacks.
    fn end(self: Box<Self>) -> Result<Vec<File>, ReportError>;
}

/// What is exported.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// The particulars of the run, as far as they are known before its page.
    pub facts: &'a Facts,
    /// Words, and what is declared of the tables.
    pub theme: &'a Theme,
    /// The tables that the page shows.
    pub tables: &'a Tables,
    /// The tables that are exported, in the order in which they come.
    pub outlines: &'a [Outline],
    /// The tables that have too many rows.
    pub left_out: &'a [LeftOut],
    /// So many would be the most.
    pub most_rows: u64,
}

/// What is known of a table before its rows come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its name.
    pub table: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// How many rows it has.
    pub rows: u64,
}

/// A table that is no download, because it has too many rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
}

/// A file of the downloads.
#[derive(Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What of the tables had no room in it, for the log.
    pub cuts: Vec<Cut>,
}

/// What of a table has no room in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// So many of the last rows.
    pub rows: u64,
    /// So many of the last columns.
    pub columns: usize,
    /// The ends of so many texts.
    pub texts: usize,
}

/// What of which table has no room in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The table.
    pub table: String,
    /// What of it.
    pub lost: Lost,
}

/// The formats in Markdown, for the manual.
pub fn reference() -> String {
    let mut out = "| format | files | meaning |\n| --- | --- | --- |\n".to_owned();
    for format in DownloadFormat::ALL {
        let (key, exporter) = (format.key(), exporter(format));
        let (file, meaning) = (exporter.file("<pipeline>", "<table>"), exporter.meaning());
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| `{key}` | `downloads/{file}` | {meaning} |");
    }
    out
}

/// Whether the words that files of downloads need are all there and ask for nothing that they cannot have.
///
/// # Errors
/// The first text that is wrong.
pub fn rehearse(facts: &Facts, theme: &Theme, tables: &Tables) -> Result<(), ReportError> {
    let left_out = [LeftOut { table: "x".to_owned(), rows: 2 }];
    for format in DownloadFormat::ALL {
        let book = Book { facts, theme, tables, outlines: &[], left_out: &left_out, most_rows: 1 };
        exporter(format).begin(&book)?.end()?;
    }
    Ok(())
}
