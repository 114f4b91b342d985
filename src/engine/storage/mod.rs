//! The files behind a source: which they are, what they hold, and the table that reads them.
//!
//! ```text
//! path ──discover──> files ──describe──> each with its columns ──unite──> one schema ──scan──> the table of exactly these files
//! ```
//! `find` searches folders and globs, `partitions` reads folder names, `lake` recognises tables that are not plain
//! files, `passed` counts what is not read.
//!
//! All errors that a broken file can cause are found here first, and the message names the file: a path that leads
//! nowhere, an empty folder, a truncated file, a file that is not what its name says, columns that do not fit together.
//! Later reads use the same files: `snapshot` ensures that a file is unchanged whenever it is opened, and `reader` that
//! its pages are sound.
//!
//! There is one list of a source's files, [`Files`]: each file in it is found, hashed, recorded and read once; nothing
//! else is read.

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
    /// Comma-separated text with a header line, gzipped or not; every column is text.
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
    /// Its path.
    pub path: PathBuf,
    /// Its name for messages and the record: relative to the source's path.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written, in nanoseconds since 1970-01-01; 0 if the file system does not say.
    pub modified: u128,
    /// The identity of the file, whatever its name.
    pub identity: Identity,
    /// The number of rows that it states; none for a file that does not.
    pub rows: Option<u64>,
    /// Its columns, as in the file.
    pub schema: SchemaRef,
    /// The source's columns that it has, each with its name in this file: the case may differ.
    pub columns: Arc<Columns>,
    /// The values of the partitions' columns from its folder names (`month=2024-01/`), in the order of
    /// [`Files::partitions`].
    pub partitions: Vec<Option<String>>,
    /// The source's settings for CSV files.
    pub csv: CsvFormat,
    /// How many columns of a CSV file have no name and are skipped.
    pub unnamed: usize,
}

/// Names of columns: the source's, and a file's own.
pub type Columns = Vec<(String, String)>;

/// Bytes in hexadecimal, as `sha256sum` prints them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble))).collect()
}

/// The files of a source, sorted by name.
#[derive(Debug, Clone)]
pub struct Files {
    /// Their common format.
    pub format: Format,
    /// The files.
    pub files: Vec<DataFile>,
    /// The names of the columns that come from folder names (`month=2024-01/`).
    pub partitions: Vec<String>,
    /// What the path holds but is not read.
    pub passed: PassedOver,
    /// The columns that some of the files lack.
    pub lacking: Vec<Lack>,
    /// The columns of files that are not read, because folder names give them too.
    pub overlaid: Vec<Overlaid>,
    /// The columns that are not read, because the files disagree on their types.
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
