//! The files behind a source: which they are, what they hold, and the table that reads them.
//!
//! ```text
//! path ──discover──> files ──describe──> each with its columns ──unite──> one schema ──scan──> the table of exactly these files
//! ```
//! `find` looks through folders and globs, `partitions` reads folders' names, `lake` knows tables that are no plain files,
//! `passed` counts what is not read.
//! Everything that a broken file can do wrong is met here first, so that the message names the file: a path that leads
//! nowhere, an empty folder, a file that is cut short or is not what its name says, columns that do not fit together.
//!
//! What is read later is what was found: `snapshot` makes sure that a file is unchanged whenever it is opened, and `reader`
//! that its pages are sound.
//!
//! There is one list of a source's files, [`Files`]: what is in it is found, hashed, put on record and read, each file
//! once; nothing else is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::pipeline::CsvFormat;

mod delta;
mod describe;
mod discover;
mod find;
mod footer;
mod lake;
mod pages;
mod partitions;
mod passed;
mod reader;
mod scan;
mod snapshot;
mod thrift;
mod unite;
mod whole;

pub use discover::discover;
pub use passed::PassedOver;
pub(super) use scan::url;
pub use scan::{FilesTable, Shared, parquet_table, tables, views};
pub use snapshot::{Fault, Identity, all_rows, stated_rows};
pub use unite::{Conflict, Lack, Overlaid, unite};
pub use whole::Unheld;

/// The formats that a source can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated text with a header line, packed by gzip or not; every column is text.
    Csv,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (stem, ending) = name.rsplit_once('.')?;
        match ending {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            "gz" if stem.rsplit_once('.').is_some_and(|(_, inner)| inner == "csv") => Some(Self::Csv),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
        }
    }
}

/// One file of a source.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name for messages and the record: relative to the source's path.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written, in nanoseconds since 1970-01-01; 0 where the file system does not say.
    pub modified: u128,
    /// Which file it is, whatever its name.
    pub identity: Identity,
    /// How many rows it says that it has; none for a file that does not say.
    pub rows: Option<u64>,
    /// Its columns as they stand in it.
    pub schema: SchemaRef,
    /// The source's columns that it has, each with the name that it has in this file: they may differ in case.
    pub columns: Arc<Columns>,
    /// The values that its folders' names give the partitions' columns (`month=2024-01/`), in the order of
    /// [`Files::partitions`].
    pub partitions: Vec<Option<String>>,
    /// What the source says of its CSV files.
    pub csv: CsvFormat,
    /// How many columns of a CSV file have no name, and are passed over.
    pub unnamed: usize,
}

/// Names of columns: the source's, and a file's own.
pub type Columns = Vec<(String, String)>;

/// Bytes as `sha256sum` prints them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble))).collect()
}

/// The files of a source, in the order of their names.
#[derive(Debug, Clone)]
pub struct Files {
    /// Their one format.
    pub format: Format,
    /// The files.
    pub files: Vec<DataFile>,
    /// The names of the columns that folders' names give (`month=2024-01/`).
    pub partitions: Vec<String>,
    /// What the path holds and is not read.
    pub passed: PassedOver,
    /// The columns that some of the files lack.
    pub lacking: Vec<Lack>,
    /// The columns of files that are not read, because folders' names give them too.
    pub overlaid: Vec<Overlaid>,
    /// The columns that are not read, because the files do not agree on their types.
    pub conflicts: Vec<Conflict>,
}

impl Files {
    /// Some of the files, by their numbers.
    #[must_use]
    pub fn only(&self, numbers: &[usize]) -> Self {
        let files = numbers.iter().filter_map(|number| self.files.get(*number)).cloned().collect();
        Self { files, ..self.clone() }
    }
}
