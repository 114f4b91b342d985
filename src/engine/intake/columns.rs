//! Batches by their columns: one of them, some of them, and several batches as one.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};

/// A column of a batch, by name.
pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    batch.column_by_name(name).ok_or_else(|| DataFusionError::Internal(format!("no column {name}")))
}

/// Some columns of a batch, by name.
pub(super) fn chosen(
    batch: &RecordBatch,
    names: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<RecordBatch> {
    let schema = batch.schema();
    let columns = names.into_iter().map(|name| schema.index_of(name.as_ref()));
    Ok(batch.project(&columns.collect::<std::result::Result<Vec<_>, _>>()?)?)
}

/// Some batches as one.
pub(super) fn one(batches: &[RecordBatch]) -> Result<Option<RecordBatch>> {
    match batches {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        [first, ..] => Ok(Some(concat_batches(&first.schema(), batches)?)),
    }
}

/// Several batches as one, with the columns they share.
pub(super) fn joined(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    Ok(concat_batches(schema, batches)?)
}
