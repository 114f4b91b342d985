//! CSV files, read strictly.
//!
//! ```text
//! file ──unpacked──> bytes ──decoded──> UTF-8 ──Records──> rows of values ──Batches──> text columns ──CsvTable──> SQL
//! ```
//! The reader is the program's own, because a lenient reader makes wrong figures: an unclosed quote takes the next rows
//! into one value, and nobody is told. Here anything that RFC 4180 does not allow ends the run with the file and the
//! line. Memory is bounded for any file: [`MOST_COLUMNS`](header::MOST_COLUMNS) columns,
//! [`MOST_BYTES`](records::MOST_BYTES) a row, and a batch of a few MiB.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::pipeline::CsvFormat;
use crate::problem::{counted, thousands};

use super::storage::DataFile;

mod fault;
mod header;
mod records;
mod rows;
mod scan;
#[cfg(test)]
mod tests;
mod text;

pub use fault::Fault;
pub use scan::CsvTable;

use rows::Rows;

/// The columns in an open file's header, all of type text; and how many have no name and are skipped.
///
/// # Errors
/// What is wrong with the header, and the remedy.
pub fn describe(path: &Path, file: File, format: CsvFormat) -> Result<(SchemaRef, usize), Fault> {
    let rows = Rows::new(path.display().to_string(), file, is_packed(path), format)?;
    let header = rows.header();
    let named = header.names.iter().filter(|name| !name.is_empty());
    let fields: Vec<Field> = named.map(|name| Field::new(name, DataType::Utf8, true)).collect();
    let unnamed = header.names.len() - fields.len();
    Ok((Arc::new(Schema::new(fields)), unnamed))
}

/// Says which columns of some files are skipped because they have no name, if any.
pub fn unnamed(files: &[DataFile]) -> Option<String> {
    let with: Vec<&DataFile> = files.iter().filter(|file| file.unnamed > 0).collect();
    let first = with.first()?;
    let columns: usize = with.iter().map(|file| file.unnamed).sum();
    let are = if columns == 1 { "is" } else { "are" };
    let columns = counted(columns as u64, "column").replace("column", "unnamed column");
    let such =
        if with.len() == 1 { String::new() } else { format!(" of {} files", thousands(with.len() as u64)) };
    Some(format!("{columns}{such} {are} not read, in {}", first.name))
}

/// Reads a file to its end, to check that it can be read.
///
/// # Errors
/// Why it cannot be read.
pub fn read_whole(file: &DataFile) -> Result<(), Fault> {
    Rows::open(file)?.each(|_, _| true)
}

/// The line of a file's first row with a value in one of some columns.
///
/// # Errors
/// Why the file cannot be read up to there.
pub fn line_of(file: &DataFile, columns: &[String], wanted: &str) -> Result<Option<u64>, Fault> {
    let mut rows = Rows::open(file)?;
    let names = &rows.header().names;
    let places: Vec<usize> =
        names.iter().enumerate().filter(|(_, name)| columns.contains(name)).map(|(place, _)| place).collect();
    let mut found = None;
    rows.each(|line, value| {
        if places.iter().any(|place| value(*place) == wanted) {
            found = Some(line);
        }
        found.is_none()
    })?;
    Ok(found)
}

/// Whether a file is compressed with gzip, by its name.
fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"))
}
