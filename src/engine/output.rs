//! Running a plan and keeping its rows: as a Parquet file whose bytes depend on the rows alone, or as scratch files.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{Expr, Limit, LogicalPlan, LogicalPlanBuilder, Projection, Sort};
use datafusion::physical_plan::{ExecutionPlan, execute_stream, execute_stream_partitioned};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::storage::parquet_table;

/// Rows that a plan yielded, where they lie now.
pub struct Stored {
    /// How many.
    pub rows: u64,
    /// Their columns.
    pub schema: SchemaRef,
    /// The files, in order.
    pub files: Vec<PathBuf>,
}

impl Stored {
    /// A table that reads them.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn table(&self) -> Result<Arc<dyn TableProvider>> {
        parquet_table(&self.files, &self.schema)
    }

    /// All rows as one batch.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn collect(&self, context: &SessionContext) -> Result<RecordBatch> {
        let batches = context.read_table(self.table()?)?.collect().await?;
        Ok(arrow::compute::concat_batches(&self.schema, &batches)?)
    }
}

/// The rows of some files of the program's own, which have the same columns.
///
/// # Errors
/// Those of the engine, and of reading.
pub async fn read(context: &SessionContext, files: &[PathBuf]) -> Result<DataFrame> {
    let first = files.first().ok_or_else(|| DataFusionError::Internal("no file to read".into()))?;
    let schema = Arc::clone(ParquetRecordBatchReaderBuilder::try_new(File::open(first)?)?.schema());
    context.read_table(parquet_table(files, &schema)?)
}

/// Rows per batch handed to the writer. Fixed, so that pages break at the same rows whatever the threads did.
const BATCH_ROWS: usize = 8192;

/// Runs a plan and writes its rows, in an order settled by all columns, as one file.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn keep(context: &SessionContext, plan: LogicalPlan, path: &Path) -> Result<Stored> {
    let plan = settle(plan)?;
    let physical = physical(context, plan).await?;
    let stream = execute_stream(physical, context.task_ctx())?;
    write(stream, path, kept_compression()?).await
}

/// Runs a plan whose rows are in their order already, and writes them as one file.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn keep_as_is(context: &SessionContext, plan: LogicalPlan, path: &Path) -> Result<Stored> {
    let stream = execute_stream(physical(context, plan).await?, context.task_ctx())?;
    write(stream, path, kept_compression()?).await
}

/// Runs a plan and writes its rows in any order, a file a thread, into a folder of the run's own.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn scratch(context: &SessionContext, plan: LogicalPlan, folder: &Path) -> Result<Stored> {
    std::fs::create_dir_all(folder)?;
    let physical = physical(context, plan).await?;
    let schema = physical.schema();
    let streams = execute_stream_partitioned(physical, context.task_ctx())?;
    let mut writers = tokio::task::JoinSet::new();
    for (part, stream) in streams.into_iter().enumerate() {
        let path = folder.join(format!("part-{part:04}.parquet"));
        writers.spawn(async move { write(stream, &path, Compression::SNAPPY).await });
    }
    let mut stored = Stored { rows: 0, schema, files: Vec::new() };
    while let Some(part) = writers.join_next().await {
        let part = part.map_err(|error| DataFusionError::External(Box::new(error)))??;
        stored.rows += part.rows;
        stored.files.extend(part.files);
    }
    stored.files.sort();
    Ok(stored)
}

fn kept_compression() -> Result<Compression> {
    Ok(Compression::ZSTD(ZstdLevel::try_new(1)?))
}

async fn physical(context: &SessionContext, plan: LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    DataFrame::new(context.state(), plan).create_physical_plan().await
}

async fn write(
    mut stream: SendableRecordBatchStream,
    path: &Path,
    compression: Compression,
) -> Result<Stored> {
    let schema = stream.schema();
    let properties = WriterProperties::builder()
        .set_created_by(concat!("regulars ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(compression)
        .build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, Arc::clone(&schema), Some(properties))?;
    let mut coalescer = BatchCoalescer::new(Arc::clone(&schema), BATCH_ROWS);
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        coalescer.push_batch(batch)?;
        while let Some(batch) = coalescer.next_completed_batch() {
            writer.write(&batch)?;
        }
    }
    coalescer.finish_buffered_batch()?;
    while let Some(batch) = coalescer.next_completed_batch() {
        writer.write(&batch)?;
    }
    writer.close()?;
    Ok(Stored { rows, schema, files: vec![path.to_path_buf()] })
}

/// The plan with its rows in one possible order: a final `order by` is continued by the columns it does not name, so
/// that rows which tie in it, and the rows that a `limit` keeps, are the same on every run.
///
/// # Errors
/// None that a user can cause.
pub fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Sort(sort) => Ok(LogicalPlan::Sort(continued(sort))),
        LogicalPlan::Limit(Limit { skip, fetch, input }) => {
            let input = Arc::new(settle(Arc::unwrap_or_clone(input))?);
            Ok(LogicalPlan::Limit(Limit { skip, fetch, input }))
        }
        // `order by` may name what the result does not show: then a projection lies above it.
        LogicalPlan::Projection(projection) if matches!(*projection.input, LogicalPlan::Sort(_)) => {
            let input = Arc::new(settle(Arc::unwrap_or_clone(projection.input))?);
            Ok(LogicalPlan::Projection(Projection::try_new(projection.expr, input)?))
        }
        plan => {
            let all = every_column(&plan, &HashSet::new());
            LogicalPlanBuilder::from(plan).sort(all)?.build()
        }
    }
}

fn continued(mut sort: Sort) -> Sort {
    let named: HashSet<String> = sort
        .expr
        .iter()
        .filter_map(|sort| match &sort.expr {
            Expr::Column(column) => Some(column.name.clone()),
            _ => None,
        })
        .collect();
    // One row a customer: its id is a whole order.
    if !named.contains("customer_id") {
        sort.expr.extend(every_column(&sort.input, &named));
    }
    sort
}

fn every_column(plan: &LogicalPlan, but: &HashSet<String>) -> Vec<datafusion::logical_expr::SortExpr> {
    let columns = plan.schema().columns();
    let fields = plan.schema().fields().iter().zip(columns);
    fields
        .filter(|(field, column)| !but.contains(&column.name) && !field.data_type().is_nested())
        .map(|(_, column)| Expr::Column(column).sort(true, false))
        .collect()
}
