//! A Parquet file being written, and its encoding.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::DemoError;

/// A Parquet file being written.
pub(super) struct Table {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl Table {
    pub(super) fn create(path: &Path, schema: SchemaRef) -> Result<Self, DemoError> {
        let file = File::create(path).map_err(|source| DemoError::Write { path: path.into(), source })?;
        let writer = properties()
            .and_then(|properties| ArrowWriter::try_new(file, schema, Some(properties)))
            .map_err(|source| DemoError::Table { path: path.into(), source })?;
        Ok(Self { path: path.into(), writer })
    }

    pub(super) fn push(&mut self, batch: Result<RecordBatch, ArrowError>) -> Result<(), DemoError> {
        let written = batch.map_err(ParquetError::from).and_then(|batch| self.writer.write(&batch));
        written.map_err(|source| DemoError::Table { path: self.path.clone(), source })
    }

    /// Completes the file; returns its size in bytes.
    pub(super) fn close(mut self) -> Result<u64, DemoError> {
        self.writer.finish().map_err(|source| DemoError::Table { path: self.path.clone(), source })?;
        Ok(self.writer.bytes_written() as u64)
    }
}

fn properties() -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        // The library's default contains its version: the bytes would change with every update.
        .set_created_by("regulars demo".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(262_144))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // A dictionary is useless for values that hardly repeat within a file.
    for column in ["transaction_id", "occurred_at"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    Ok(properties.build())
}
