//! What can go wrong while a demo shop is written.

use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

/// A reason why the shop was not written. Nothing of the shop is left in the folder.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A setting of the shop is out of its range.
    #[error("`{name}` is {value}, but must be {allowed}")]
    Setting {
        /// The setting's name: a field of [`Shop`](super::Shop).
        name: &'static str,
        /// The value that was given.
        value: String,
        /// The range of possible values.
        allowed: &'static str,
    },
    /// The folder holds data already, which is never overwritten.
    #[error("`{}` exists already", path.display())]
    Occupied {
        /// The file or folder in the way.
        path: PathBuf,
    },
    /// A file or folder could not be made.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A table could not be written as Parquet; a full disk shows here too.
    #[error("cannot write the table `{}`: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: ParquetError,
    },
}

impl DemoError {
    /// What the user can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "choose a value within the range",
            Self::Occupied { .. } => "name a folder that has no data yet, or move the existing data away",
            Self::Write { .. } => "name a folder that you may write to",
            Self::Table { .. } => {
                "see that the disk has room: about 260 MB for a million customers with the usual settings"
            }
        }
    }

    /// The file or folder concerned; a wrong setting has none.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Setting { .. } => None,
            Self::Occupied { path } | Self::Write { path, .. } | Self::Table { path, .. } => Some(path),
        }
    }
}
