//! Files as the run found them: opening one later gives that file, unchanged, or an error that names it.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::time::UNIX_EPOCH;

use datafusion::error::DataFusionError;
use sha2::{Digest, Sha256};

use super::{DataFile, hexadecimal};
use crate::engine::cause::behind;

/// The identity of a file, whatever its name: two files that exist at one time differ in it. All zero if the system has
/// no such identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    number: u64,
}

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: metadata.dev(), number: metadata.ino() }
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Self {
        Self::default()
    }
}

/// When a file was last written, in nanoseconds since 1970-01-01; 0 if the file system does not say.
pub(super) fn modified(metadata: &Metadata) -> u128 {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.map_or(0, |since| since.as_nanos())
}

/// An error in a source's file, found while the run reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not the file that was found, or is no longer there.
    #[error("{0} changed while the run read it")]
    Changed(String),
    /// Its bytes are wrong.
    #[error("{file} cannot be read: {why}")]
    Broken {
        /// The file.
        file: String,
        /// The reason.
        why: String,
    },
    /// The number of rows read differs from what the files state.
    #[error("{read} rows were read from {files}, which say that they have {stated}")]
    Rows {
        /// The files, by their first and last names.
        files: String,
        /// The rows read.
        read: u64,
        /// The rows stated in their footers.
        stated: u64,
    },
}

impl Fault {
    pub(super) fn broken(file: &DataFile, why: impl Into<String>) -> Self {
        Self::Broken { file: file.name.clone(), why: why.into() }
    }

    /// The fault behind an engine's error, if it is one.
    pub fn behind(error: &DataFusionError) -> Option<&Self> {
        behind(error)
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Changed(_) => {
                "run again when the file is complete; nothing was published, and nothing of it is kept"
            }
            Self::Broken { .. } | Self::Rows { .. } => {
                "copy the file again from where it came, or move it away"
            }
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}

impl DataFile {
    /// Opens the file that was found, unchanged, for reading.
    ///
    /// # Errors
    /// [`Fault::Changed`] if it changed or is no longer there; else those of the system.
    pub fn open(&self) -> io::Result<File> {
        let file = crate::files::open(&self.path).map_err(|error| self.vanished(error))?;
        self.unchanged(&file)?;
        Ok(file)
    }

    /// Whether an open file is still the file that was found; checked again after reading.
    ///
    /// # Errors
    /// As [`DataFile::open`].
    pub fn unchanged(&self, file: &File) -> io::Result<()> {
        self.same(&file.metadata()?)
    }

    /// The same for the file at its path, without opening it.
    ///
    /// # Errors
    /// As [`DataFile::open`].
    pub fn still_there(&self) -> io::Result<()> {
        self.same(&std::fs::metadata(&self.path).map_err(|error| self.vanished(error))?)
    }

    fn same(&self, metadata: &Metadata) -> io::Result<()> {
        let now = (metadata.len(), modified(metadata), Identity::of(metadata));
        if now == (self.bytes, self.modified, self.identity) { Ok(()) } else { Err(self.changed().into()) }
    }

    fn changed(&self) -> Fault {
        Fault::Changed(self.name.clone())
    }

    fn vanished(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => self.changed().into(),
            _ => error,
        }
    }

    /// The SHA-256 of its content, in hexadecimal.
    ///
    /// # Errors
    /// If the file cannot be read to its end, or changes meanwhile.
    pub fn sha256(&self) -> io::Result<String> {
        let mut file = self.open()?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
        self.unchanged(&file)?;
        Ok(hexadecimal(&hasher.finalize()))
    }
}

/// The total number of rows that some files state; none if one of them does not.
pub fn stated_rows<'a>(files: impl IntoIterator<Item = &'a DataFile>) -> Option<u64> {
    files.into_iter().map(|file| file.rows).sum()
}

/// Whether as many rows were read from some files as they state.
///
/// # Errors
/// [`Fault::Rows`] if not.
pub fn all_rows(files: &[DataFile], read: u64) -> Result<(), DataFusionError> {
    match stated_rows(files) {
        Some(stated) if stated != read => {
            let name = |file: Option<&DataFile>| file.map_or_else(String::new, |file| file.name.clone());
            let files = match files {
                [one] => one.name.clone(),
                _ => format!("{} to {}", name(files.first()), name(files.last())),
            };
            Err(DataFusionError::External(Box::new(Fault::Rows { files, read, stated })))
        }
        _ => Ok(()),
    }
}
