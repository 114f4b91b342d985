//! Partial tables: what some of the rows contribute to a step's table.
//!
//! Used rows are sorted and aggregated by the queries of the [incremental](Incremental) steps, some at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::ident;
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, SessionContext};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};

use super::columns::{column, one};
use super::sort::{order_of, sorted};
use crate::engine::explained::plain;
use crate::engine::functions::{is_overflow, overflow};
use crate::engine::incremental::{Incremental, Merge};
use crate::problem::Problem;

/// Used rows that are sorted and aggregated at once. More rows make fewer runs to merge, but need more memory.
const CHUNK_ROWS: usize = 1 << 20;
/// Most bytes of long texts in a chunk: longer texts make more runs, and never need more memory.
const CHUNK_BYTES: usize = 256 << 20;
/// Rows that a query processes at once.
const BATCH_ROWS: usize = 8192;
/// Rows of a run that are read at once if only some customers are wanted.
const GROUP_ROWS: usize = 1 << 16;

/// Digits of a decimal that a file stores as an integer.
const NARROW_DIGITS: u8 = 18;

impl Incremental {
    /// The columns of [`ORDER`](super::sort::ORDER) that sort its rows.
    pub fn order(&self) -> Vec<&'static str> {
        let key = |name: &&str| {
            let mut fields = self.schema.fields().iter().zip(&self.merge);
            fields.any(|(field, merge)| field.name() == *name && *merge == Merge::Key)
        };
        order_of(&self.schema).into_iter().take_while(key).collect()
    }
}

/// A file of partial rows, sorted by [`Incremental::order`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunFile {
    /// Its name in its folder.
    pub file: String,
    /// Its rows.
    pub rows: u64,
    /// The customer at the first row of each row group.
    pub first_keys: Vec<Option<String>>,
}

/// Sorts used rows and aggregates them, chunk by chunk.
pub struct PartMaker {
    context: SessionContext,
    source: String,
    steps: Arc<Vec<Incremental>>,
    columns: Vec<String>,
    chunk: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    folder: PathBuf,
    prefix: String,
    runs: BTreeMap<String, Vec<RunFile>>,
}

impl PartMaker {
    /// For some steps of a source; nothing else uses `context`.
    pub fn new(
        context: SessionContext,
        source: &str,
        steps: &Arc<Vec<Incremental>>,
        folder: &Path,
        prefix: &str,
    ) -> Self {
        let reads: BTreeSet<&String> = steps.iter().flat_map(|step| &step.reads).collect();
        let columns = reads.into_iter().cloned().collect();
        Self {
            context,
            source: source.to_owned(),
            steps: Arc::clone(steps),
            columns,
            chunk: Vec::new(),
            rows: 0,
            bytes: 0,
            folder: folder.to_path_buf(),
            prefix: prefix.to_owned(),
            runs: BTreeMap::new(),
        }
    }

    /// The columns of used rows that it needs.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Takes used rows.
    ///
    /// # Errors
    /// Those of the queries and of writing.
    pub async fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let texts = long_texts(&batch);
        if texts > CHUNK_BYTES / 4 && batch.num_rows() > 1 {
            // A few rows with one very long text each.
            let half = batch.num_rows() / 2;
            Box::pin(self.push(batch.slice(0, half))).await?;
            return Box::pin(self.push(batch.slice(half, batch.num_rows() - half))).await;
        }
        self.rows += batch.num_rows();
        self.bytes += texts;
        self.chunk.push(batch);
        if self.rows >= CHUNK_ROWS || self.bytes >= CHUNK_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Finishes, and returns the runs of each step.
    ///
    /// # Errors
    /// Those of the queries and of writing.
    pub async fn finish(mut self) -> Result<BTreeMap<String, Vec<RunFile>>> {
        self.flush().await?;
        Ok(self.runs)
    }

    async fn flush(&mut self) -> Result<()> {
        self.rows = 0;
        self.bytes = 0;
        let Some(chunk) = one(&std::mem::take(&mut self.chunk))? else { return Ok(()) };
        let chunk = sorted(&chunk)?;
        let order: Vec<_> =
            order_of(&chunk.schema()).into_iter().map(|name| ident(name).sort(true, false)).collect();
        // In pieces that fit into the processor's cache.
        let starts = (0..chunk.num_rows()).step_by(BATCH_ROWS);
        let pieces = starts.map(|at| chunk.slice(at, BATCH_ROWS.min(chunk.num_rows() - at))).collect();
        let table = MemTable::try_new(chunk.schema(), vec![pieces])?;
        let table = if order.is_empty() { table } else { table.with_sort_order(vec![order]) };
        self.context.register_table(self.source.as_str(), Arc::new(table))?;
        for step in self.steps.iter() {
            let planned = step.query.plan(&self.context, &step.parameters).await.map_err(unplanned)?;
            let physical = DataFrame::new(self.context.state(), planned).create_physical_plan().await?;
            let batches = collect(physical, self.context.task_ctx()).await.map_err(|error| {
                if is_overflow(&error) {
                    overflow(format!("step `{}`: {}", step.name, plain(&error)))
                } else {
                    error
                }
            })?;
            let batches: Vec<RecordBatch> =
                batches.into_iter().filter(|batch| batch.num_rows() > 0).collect();
            let Some(rows) = one(&batches)? else { continue };
            let rows = sorted(&rows)?;
            let runs = self.runs.entry(step.name.clone()).or_default();
            let file = format!("{}{}-{}.parquet", self.prefix, step.name, runs.len());
            runs.push(write_run(&self.folder.join(&file), file, &rows)?);
        }
        self.context.deregister_table(self.source.as_str())?;
        Ok(())
    }
}

/// Total bytes of the texts of some rows; rows may share one text, and then it counts for each.
fn long_texts(batch: &RecordBatch) -> usize {
    let texts = batch.columns().iter().filter_map(|column| column.as_string_view_opt());
    texts.map(StringViewArray::total_buffer_bytes_used).sum()
}

/// Unexpected problems of planning, as an engine's error.
pub(super) fn unplanned(problems: Vec<Problem>) -> DataFusionError {
    let what: Vec<String> = problems.into_iter().map(|problem| problem.what).collect();
    DataFusionError::Plan(what.join("; "))
}

pub(super) fn write_run(path: &Path, file: String, rows: &RecordBatch) -> Result<RunFile> {
    let rows = narrowed(rows)?;
    let mut writer =
        ArrowWriter::try_new(File::create(path)?, rows.schema(), Some(run_properties(&rows.schema())))?;
    let mut first_keys = Vec::new();
    let ids = rows.column_by_name("customer_id").map(|ids| cast(ids, &DataType::Utf8View)).transpose()?;
    let mut at = 0;
    while at < rows.num_rows() {
        let length = GROUP_ROWS.min(rows.num_rows() - at);
        if let Some(ids) = &ids {
            let ids = ids.as_string_view();
            first_keys.push(ids.is_valid(at).then(|| ids.value(at).to_owned()));
        }
        writer.write(&rows.slice(at, length))?;
        writer.flush()?;
        at += length;
    }
    writer.close()?;
    Ok(RunFile { file, rows: rows.num_rows() as u64, first_keys })
}

/// Sorted ids share their prefixes. Money and transactions' ids hardly repeat: a dictionary costs more than it saves.
fn run_properties(schema: &Schema) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::None);
    let sorted_by = order_of(schema);
    for field in schema.fields() {
        let encoding = match (field.name().as_str(), field.data_type()) {
            (name, _) if name == "customer_id" && sorted_by.contains(&name) => Encoding::DELTA_BYTE_ARRAY,
            ("transaction_id", _) => Encoding::PLAIN,
            (_, DataType::Decimal128(..=NARROW_DIGITS, _)) => Encoding::DELTA_BINARY_PACKED,
            _ => continue,
        };
        let path = ColumnPath::new(vec![field.name().clone()]);
        builder =
            builder.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding);
    }
    builder.build()
}

/// The rows with wide decimals reduced to the digits that they use. Files store up to 18 digits as integers; more
/// digits are stored as bytes, which take several times as long to read.
fn narrowed(rows: &RecordBatch) -> Result<RecordBatch> {
    let most = 10_i128.pow(u32::from(NARROW_DIGITS)) - 1;
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, array) in rows.schema().fields().iter().zip(rows.columns()) {
        let narrow = match array.data_type() {
            DataType::Decimal128(precision, scale)
                if *precision > NARROW_DIGITS && (0..=18).contains(scale) =>
            {
                let values = array.as_primitive::<Decimal128Type>();
                let fits = values.iter().flatten().all(|value| (-most..=most).contains(&value));
                fits.then(|| values.clone().with_precision_and_scale(NARROW_DIGITS, *scale)).transpose()?
            }
            _ => None,
        };
        match narrow {
            Some(narrow) => {
                fields.push(Arc::new(Field::new(
                    field.name(),
                    narrow.data_type().clone(),
                    field.is_nullable(),
                )));
                columns.push(Arc::new(narrow));
            }
            None => {
                fields.push(Arc::clone(field));
                columns.push(Arc::clone(array));
            }
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Rows of a run, converted to the types of the step's table.
pub(super) fn widened(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| Ok(cast(column(rows, field.name())?, field.data_type())?))
        .collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
