//! `formats` and `download_rows` of a report: as which files its tables are handed out, and how large a table may be.
//!
//! [`DownloadFormat`] is the list of formats: the key and its messages take them from there. What makes the files is
//! [`crate::report::export`]'s.

/// A format of downloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadFormat {
    /// A text file for each table.
    Csv,
    /// One workbook.
    Xlsx,
}

impl DownloadFormat {
    /// All formats, in the order of the manual.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Xlsx];

    /// Its name in a pipeline, which is also the ending of its files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// The most rows of a download, unless the pipeline says otherwise.
pub(super) const USUAL_ROWS: u64 = 100_000;

/// The most rows that a pipeline can ask for: those of a sheet, without its head.
pub(super) const MOST_ROWS: u64 = 1_048_575;
