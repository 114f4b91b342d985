//! Partial tables: what some of the rows contribute to a step's table.
//!
//! A step is `incremental` if its query is one aggregation of a source, and its results over parts of the rows can be
//! merged: counts and sums are added, minima and maxima compared. [`Merge`] is derived from the query's plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNode;
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{max, min};
use datafusion::logical_expr::{Expr, LogicalPlan, SortExpr, cast as cast_expr, ident, lit};
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, SessionContext};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};

use super::sort::{order_of, sorted};
use super::writer::{column, one};
use crate::engine::functions::{is_overflow, overflow, sum};
use crate::engine::sql::{Query, plain};
use crate::pipeline::Parameters;
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

/// How a column of partial tables is merged into the whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// A grouping column.
    Key,
    /// Values are added.
    Sum,
    /// Values are added too; without any part it is 0.
    Count,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
}

/// A step with a table that is merged from parts.
#[derive(Debug, Clone)]
pub struct Incremental {
    /// The step's name.
    pub name: String,
    /// Its query.
    pub query: Query,
    /// The parameters bound to it.
    pub parameters: Parameters,
    /// The columns of its table.
    pub schema: SchemaRef,
    /// How each column is merged.
    pub merge: Vec<Merge>,
    /// The query's `order by`, for a table that is kept.
    pub order_by: Vec<SortExpr>,
    /// The columns of the source that it reads.
    pub reads: BTreeSet<String>,
}

/// How the columns of a planned query merge.
///
/// # Errors
/// The reason why the query cannot be merged, in the analyst's words.
pub fn merges(plan: &LogicalPlan) -> std::result::Result<Vec<Merge>, String> {
    const SHAPE: &str = "one `select ... from source [where ...] group by ...`";
    match plan {
        LogicalPlan::Sort(sort) => merges(&sort.input),
        LogicalPlan::SubqueryAlias(alias) => merges(&alias.input),
        LogicalPlan::Projection(projection) => {
            let LogicalPlan::Aggregate(aggregate) = projection.input.as_ref() else {
                return Err(format!("it is not {SHAPE}"));
            };
            rows_only(&aggregate.input)?;
            let below = aggregated(aggregate)?;
            let columns: Vec<Merge> = projection
                .expr
                .iter()
                .map(|expr| {
                    let mut inner = expr;
                    while let Expr::Alias(alias) = inner {
                        inner = &alias.expr;
                    }
                    let Expr::Column(column) = inner else {
                        let name = expr.schema_name();
                        return Err(format!(
                            "`{name}` is computed from the results of the aggregation; compute it in a step that reads this one"
                        ));
                    };
                    let index = aggregate.schema.index_of_column(column).map_err(|error| error.to_string())?;
                    below.get(index).copied().ok_or_else(|| format!("it is not {SHAPE}"))
                })
                .collect::<std::result::Result<_, _>>()?;
            let keys = columns.iter().filter(|merge| **merge == Merge::Key).count();
            if keys < aggregate.group_expr.len() {
                return Err("it groups by a column that it does not select".into());
            }
            Ok(columns)
        }
        LogicalPlan::Aggregate(aggregate) => {
            rows_only(&aggregate.input)?;
            aggregated(aggregate)
        }
        _ => Err(format!("it is not {SHAPE}")),
    }
}

/// The `order by` of a planned query, in terms of its result's columns.
pub fn order_by(plan: &LogicalPlan) -> Vec<SortExpr> {
    let LogicalPlan::Sort(sort) = plan else { return Vec::new() };
    let by_column = |by: &SortExpr| match &by.expr {
        Expr::Column(column) => Some(ident(&column.name).sort(by.asc, by.nulls_first)),
        _ => None,
    };
    sort.expr.iter().map_while(by_column).collect()
}

fn aggregated(aggregate: &datafusion::logical_expr::Aggregate) -> std::result::Result<Vec<Merge>, String> {
    let mut columns = Vec::new();
    for expr in &aggregate.group_expr {
        if matches!(expr, Expr::GroupingSet(_)) {
            return Err("grouping sets cannot be merged".into());
        }
        row_by_row(expr)?;
        columns.push(Merge::Key);
    }
    for expr in &aggregate.aggr_expr {
        row_by_row(expr)?;
        let mut inner = expr;
        while let Expr::Alias(alias) = inner {
            inner = &alias.expr;
        }
        let Expr::AggregateFunction(function) = inner else {
            return Err(format!("`{}` cannot be merged", expr.schema_name()));
        };
        if function.params.distinct {
            let help = "group by the values in this step, and count its rows in a step that reads it";
            return Err(format!("distinct values of parts cannot be added up; {help}"));
        }
        let floating = aggregate.schema.field(columns.len()).data_type().is_floating();
        columns.push(match function.func.name() {
            "sum" if floating => {
                let help = "cast them to a decimal type";
                return Err(format!("the sum of floating-point numbers depends on their order; {help}"));
            }
            "sum" => Merge::Sum,
            "count" => Merge::Count,
            "min" => Merge::Min,
            "max" => Merge::Max,
            other => {
                let can = "sum, count, min and max can";
                return Err(format!("`{other}` of parts is not that of the whole; {can}"));
            }
        });
    }
    Ok(columns)
}

/// Below the aggregation, nothing may look at more than one row.
fn rows_only(plan: &LogicalPlan) -> std::result::Result<(), String> {
    match plan {
        LogicalPlan::Projection(projection) => {
            projection.expr.iter().try_for_each(row_by_row)?;
            rows_only(&projection.input)
        }
        LogicalPlan::Filter(filter) => {
            row_by_row(&filter.predicate)?;
            rows_only(&filter.input)
        }
        LogicalPlan::SubqueryAlias(alias) => rows_only(&alias.input),
        LogicalPlan::TableScan(_) => Ok(()),
        _ => {
            Err("below its `group by` it may only choose rows of one source (`where`) and compute columns"
                .into())
        }
    }
}

/// A subquery in an expression would see only the rows of one part.
fn row_by_row(expr: &Expr) -> std::result::Result<(), String> {
    let is_query = |expr: &Expr| {
        matches!(
            expr,
            Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_)
        )
    };
    match expr.exists(|expr| Ok(is_query(expr))) {
        Ok(false) => Ok(()),
        _ => Err("a query within it would see the rows of a part alone".into()),
    }
}

impl Incremental {
    /// The whole table, from the rows of all parts.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn merged(&self, parts: DataFrame) -> Result<DataFrame> {
        let fields = || self.schema.fields().iter().zip(&self.merge);
        let keys = fields().filter(|(_, merge)| **merge == Merge::Key).map(|(field, _)| ident(field.name()));
        let measures = fields().filter_map(|(field, merge)| {
            let of = ident(field.name());
            let merged = match merge {
                Merge::Key => return None,
                Merge::Sum | Merge::Count => sum(of),
                Merge::Min => min(of),
                Merge::Max => max(of),
            };
            Some(merged.alias(field.name()))
        });
        let frame = parts.aggregate(keys.collect(), measures.collect())?;
        // Sums of sums have more digits than necessary.
        let select = fields().map(|(field, merge)| {
            let merged = match merge {
                Merge::Count => coalesce(vec![ident(field.name()), lit(0_i64)]),
                _ => ident(field.name()),
            };
            cast_expr(merged, field.data_type().clone()).alias(field.name())
        });
        frame.select(select.collect::<Vec<_>>())
    }

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

/// Several batches as one, with the columns they share.
pub(super) fn joined(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    Ok(concat_batches(schema, batches)?)
}
