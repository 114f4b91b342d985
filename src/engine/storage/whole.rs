//! Reads a file to its end, to check that it can be read.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use super::DataFile;
use super::footer::{plain, read};
use super::pages::MOST_PAGE_BYTES;
use super::reader::SourceFile;
use super::scan::views;
use super::snapshot::Fault;
use crate::engine::guard::caught;

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 1024;

/// A file that is opened for each part that is read; many such files need few handles.
#[derive(Debug, Clone)]
pub struct Unheld {
    path: PathBuf,
    bytes: u64,
}

impl Unheld {
    /// A file of this many bytes.
    pub fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, bytes }
    }

    fn at(&self, start: u64) -> std::io::Result<File> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        Ok(file)
    }
}

impl Length for Unheld {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Unheld {
    type T = std::io::BufReader<File>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        // Page headers are short.
        Ok(std::io::BufReader::with_capacity(512, self.at(start)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        use std::io::Read;
        let mut bytes = Vec::new();
        let read = self.at(start)?.take(length as u64).read_to_end(&mut bytes)?;
        if read == length { Ok(bytes.into()) } else { Err(ParquetError::EOF("cut short".into())) }
    }
}

impl DataFile {
    /// Reads a Parquet file to its end, one page of a column at a time.
    pub(super) fn read_parquet(&self) -> std::result::Result<(), String> {
        let file = self.open().map_err(|error| error.to_string())?;
        let metadata = Arc::new(read(&file, self.bytes, PageIndexPolicy::Optional)?);
        let whole = SourceFile::knowing(self.clone(), &metadata);
        for column in metadata.row_groups().iter().flat_map(RowGroupMetaData::columns) {
            let (start, length) = column.byte_range();
            let chunk = start..start + length;
            let looked = whole.ranges(std::slice::from_ref(&chunk), MOST_PAGE_BYTES);
            looked.map_err(|error| why(&error, &column.column_path().string()))?;
        }
        let rows = || -> Result<u64> {
            let options = ArrowReaderOptions::new();
            let described = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options.clone())?;
            let schema = Arc::new(views(described.schema()));
            let described = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options.with_schema(schema))?;
            let input = Unheld::new(self.path.clone(), self.bytes);
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(input, described);
            let mut rows = 0;
            for batch in reader.with_batch_size(BATCH_ROWS).build()? {
                rows += batch?.num_rows() as u64;
            }
            Ok(rows)
        };
        let rows = caught(rows)?.map_err(|error| plain(&error))?;
        self.unchanged(&file).and_then(|()| self.still_there()).map_err(|error| error.to_string())?;
        match self.rows {
            Some(stated) if stated != rows => {
                Err(format!("it has {rows} rows, but says that it has {stated}"))
            }
            _ => Ok(()),
        }
    }
}

/// The error in a column's pages.
fn why(error: &ParquetError, column: &str) -> String {
    let fault = match error {
        ParquetError::External(cause) => cause.downcast_ref::<Fault>(),
        _ => None,
    };
    match fault {
        Some(Fault::Broken { why, .. }) => {
            let about = why.strip_prefix("it ").map(|rest| format!("the column `{column}` {rest}"));
            about.unwrap_or_else(|| why.clone())
        }
        _ => plain(error),
    }
}
