//! Runs a plan and keeps its rows: as a Parquet file with bytes that depend on the rows alone, or as scratch files.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{SortOptions, concat_batches};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, Limit, LogicalPlan, LogicalPlanBuilder, Projection, Sort, SortExpr};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr, SplitPoint};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, collect_partitioned};
use datafusion::prelude::{DataFrame, SessionContext};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::copies;
use super::storage::parquet_table;
use super::table::{Division, Layout};
use super::ties::settled;
use super::writer::{Use, Writer};

pub use super::table::Stored;

/// Runs a plan and writes its rows as one file; all columns together determine the order.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn keep(context: &SessionContext, plan: LogicalPlan, path: &Path) -> Result<Stored> {
    let (plan, ties) = settle(plan)?;
    let order = order_of(&plan);
    let planned = physical(context, plan, Use::Kept).await?;
    write(context, planned, Lying { kind: Use::Kept, order: Some(order), ties }, path).await
}

/// As [`keep`], for rows with many equal ones: these are sorted as one.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn keep_folded(context: &SessionContext, rows: DataFrame, path: &Path) -> Result<Stored> {
    let (_, plan) = copies::folded(rows)?.into_parts();
    let plan = in_one_order(plan)?;
    let order = order_of(&plan).into_iter().filter(|(name, _)| name != copies::COPIES).collect();
    // A sort of all rows ends in one partition.
    let sorted = DataFrame::new(context.state(), plan).create_physical_plan().await?;
    let planned = copies::unfolded(sorted, copies::COPIES, &[])?;
    write(context, planned, Lying { kind: Use::Kept, order: Some(order), ties: Ties::Left }, path).await
}

/// Runs a plan with rows that are in order already, and writes them as one file.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn keep_as_is(context: &SessionContext, plan: LogicalPlan, path: &Path) -> Result<Stored> {
    let planned = physical(context, plan, Use::Kept).await?;
    write(context, planned, Lying { kind: Use::Kept, order: None, ties: Ties::Left }, path).await
}

/// Runs a plan and writes its rows into a private folder of the run, one file for each partition of the engine. They
/// are in the plan's order, if it has one.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn scratch(context: &SessionContext, plan: LogicalPlan, folder: &Path) -> Result<Stored> {
    scratch_parts(context, physical(context, plan, Use::Scratch).await?, folder).await
}

/// As [`scratch`], for a physical plan. If its partitions are ranges (`Partitioning::Range`) of the first column of
/// their order, each is written as it comes, and a sort or merge above that only joins them is left out. The last
/// ranges begin when the first are complete, so no operator may wait for all of them.
///
/// # Errors
/// Those of the engine, and of writing.
pub async fn scratch_parts(
    context: &SessionContext,
    plan: Arc<dyn ExecutionPlan>,
    folder: &Path,
) -> Result<Stored> {
    std::fs::create_dir_all(folder)?;
    write(context, plan, Lying { kind: Use::Scratch, order: None, ties: Ties::Left }, folder).await
}

/// The rows of a plan that ends in a sort, in its order and as one batch. Ranges that are in order already are
/// concatenated: merging them would compare every row.
///
/// # Errors
/// Those of the engine.
pub async fn gather(context: &SessionContext, plan: LogicalPlan) -> Result<RecordBatch> {
    let plan = unmerged(context, physical(context, plan, Use::Scratch).await?, Use::Scratch);
    let schema = plan.schema();
    let parts = collect_partitioned(plan, context.task_ctx()).await?;
    Ok(concat_batches(&schema, parts.iter().flatten())?)
}

async fn physical(context: &SessionContext, plan: LogicalPlan, kind: Use) -> Result<Arc<dyn ExecutionPlan>> {
    let mut state = context.state();
    let planned = DataFrame::new(state.clone(), plan.clone()).create_physical_plan().await?;
    let parts = unmerged(context, Arc::clone(&planned), kind);
    if parts.output_partitioning().partition_count() == 1 || !ranges(context, &parts, kind) {
        return Ok(planned);
    }
    // With this filter, each partition of a join waits until all have read one side; but the last ranges begin when the
    // first are complete. Elsewhere the filter saves much: only the few rows that join are read.
    state.config_mut().options_mut().optimizer.enable_join_dynamic_filter_pushdown = false;
    DataFrame::new(state, plan).create_physical_plan().await
}

/// The required order of rows.
struct Lying {
    kind: Use,
    /// The order that the query states. Any further order known to the engine depends on how the rows were computed,
    /// and so would the encoding; it is used only if the query states none.
    order: Option<Vec<(String, SortOptions)>>,
    ties: Ties,
}

async fn write(
    context: &SessionContext,
    plan: Arc<dyn ExecutionPlan>,
    Lying { kind, order, ties }: Lying,
    path: &Path,
) -> Result<Stored> {
    let plan = unmerged(context, plan, kind);
    let schema = plan.schema();
    let parts = plan.output_partitioning().partition_count();
    let follow = parts == 1 || ranges(context, &plan, kind);
    let order = order.unwrap_or_else(|| plan.output_ordering().map(columns).unwrap_or_default());
    let layout = Layout { order, disjoint: follow };
    let task = context.task_ctx();
    // Each part requests its memory when it begins.
    let streams = (0..parts).map(|part| {
        let rows = plan.execute(part, Arc::clone(&task))?;
        Ok(if ties == Ties::Settled { settled(rows, &layout.order) } else { rows })
    });
    let threads = context.copied_config().target_partitions();
    let writer = Writer::new(Arc::clone(&schema), kind, layout.clone(), Division::of(context), threads)?;
    let part = |part: usize| path.join(format!("part-{part:04}.parquet"));
    let files = match kind {
        Use::Kept => writer.in_order(streams, |_| path.to_path_buf()).await?,
        Use::Scratch if follow => writer.in_order(streams, part).await?,
        Use::Scratch => {
            let folder = path.to_path_buf();
            let path = move |part, file| folder.join(format!("part-{part:04}-{file:04}.parquet"));
            Arc::new(writer).side_by_side(streams, path).await?
        }
    };
    Ok(Stored::new(schema, files, layout))
}

/// The plan without a final merge, if that would only concatenate ranges.
fn unmerged(context: &SessionContext, plan: Arc<dyn ExecutionPlan>, kind: Use) -> Arc<dyn ExecutionPlan> {
    let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() else { return one(context, plan, kind) };
    let input = merge.input();
    let same =
        input.output_ordering().is_some_and(|order| columns(order).starts_with(&columns(merge.expr())));
    let whole = merge.fetch().is_none() && same;
    if whole && ranges(context, input, kind) { Arc::clone(input) } else { plan }
}

/// Kept rows are one sequence.
fn one(context: &SessionContext, plan: Arc<dyn ExecutionPlan>, kind: Use) -> Arc<dyn ExecutionPlan> {
    let parts = plan.output_partitioning().partition_count();
    if kind == Use::Scratch || parts == 1 || ranges(context, &plan, kind) {
        return plan;
    }
    match plan.output_ordering().cloned() {
        Some(order) => Arc::new(SortPreservingMergeExec::new(order, plan)),
        None => Arc::new(CoalescePartitionsExec::new(plan)),
    }
}

/// Whether the partitions are ranges of the first column of their order, one after the other. A kept file starts new
/// row groups where its ranges begin. So for a kept file only the ranges that divide all tables of the run count: they
/// depend on rows alone. Contributions of files have other ranges, which depend on the cache.
fn ranges(context: &SessionContext, plan: &Arc<dyn ExecutionPlan>, kind: Use) -> bool {
    let Partitioning::Range(range) = plan.output_partitioning() else { return false };
    let (Some(order), [key]) = (plan.output_ordering(), &range.ordering()[..]) else { return false };
    let key_of = |point: &SplitPoint| match point.values() {
        [key] => key.try_as_str().flatten().map(str::to_owned),
        _ => None,
    };
    let divided = || {
        let points: Option<Vec<String>> = range.split_points().iter().map(key_of).collect();
        points.is_some_and(|points| Division::of(context).is_some_and(|keys| *keys == *points))
    };
    order.first() == key && (kind == Use::Scratch || divided())
}

/// The leading columns of an order, up to the first expression that is no column.
fn columns(order: &LexOrdering) -> Vec<(String, SortOptions)> {
    let column = |sort: &PhysicalSortExpr| {
        let column = sort.expr.downcast_ref::<Column>()?;
        Some((column.name().to_owned(), sort.options))
    };
    order.iter().map_while(column).collect()
}

/// The plan with some of its columns.
///
/// # Errors
/// None that a user can cause.
pub fn pruned(plan: LogicalPlan, columns: Option<&BTreeSet<String>>) -> Result<LogicalPlan> {
    let Some(columns) = columns else { return Ok(plan) };
    let wanted: Vec<Expr> = plan
        .schema()
        .columns()
        .into_iter()
        .filter(|column| columns.contains(&column.name))
        .map(Expr::Column)
        .collect();
    if wanted.is_empty() { Ok(plan) } else { LogicalPlanBuilder::from(plan).project(wanted)?.build() }
}

/// The rows of some of the program's own files, which have the same columns.
///
/// # Errors
/// Those of the engine, and of reading.
pub fn read(context: &SessionContext, files: &[PathBuf]) -> Result<DataFrame> {
    let first = files.first().ok_or_else(|| DataFusionError::Internal("no file to read".into()))?;
    let schema = Arc::clone(ParquetRecordBatchReaderBuilder::try_new(File::open(first)?)?.schema());
    context.read_table(parquet_table(files, &schema)?)
}

/// How ties in a plan's order are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// They stay as they come: there are none, or their order does not matter.
    Left,
    /// They are sorted by all columns.
    Settled,
}

/// The plan with one possible order of rows, as far as the plan can ensure it. A final `order by` is extended by the
/// columns it does not name: ties, and the rows that a `limit` keeps, are then the same on every run.
///
/// An order that begins with the customer is left unchanged, and the writer sorts its few ties: another sort of a large
/// table that is already in this order costs far more.
///
/// # Errors
/// None that a user can cause.
pub fn settle(plan: LogicalPlan) -> Result<(LogicalPlan, Ties)> {
    match plan {
        LogicalPlan::Sort(sort) if by_customer(&sort) => Ok((LogicalPlan::Sort(sort), Ties::Settled)),
        plan => Ok((in_one_order(plan)?, Ties::Left)),
    }
}

/// The final order of a plan: its leading columns, up to the first expression that is no column.
pub(super) fn order_of(plan: &LogicalPlan) -> Vec<(String, SortOptions)> {
    match plan {
        LogicalPlan::Sort(sort) => sorted_by(sort),
        LogicalPlan::Limit(limit) => order_of(&limit.input),
        LogicalPlan::Projection(projection) => {
            let is_there = |name: &str| {
                projection.expr.iter().any(|expr| matches!(expr, Expr::Column(column) if column.name == name))
            };
            order_of(&projection.input).into_iter().take_while(|(name, _)| is_there(name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The leading columns of a sort.
fn sorted_by(sort: &Sort) -> Vec<(String, SortOptions)> {
    let column = |sort: &SortExpr| match &sort.expr {
        Expr::Column(column) => {
            Some((column.name.clone(), SortOptions { descending: !sort.asc, nulls_first: sort.nulls_first }))
        }
        _ => None,
    };
    sort.expr.iter().map_while(column).collect()
}

fn by_customer(sort: &Sort) -> bool {
    let columns = sorted_by(sort);
    let by_columns_alone = columns.len() == sort.expr.len();
    let leads = columns.first().is_some_and(|(name, _)| name == "customer_id");
    sort.fetch.is_none() && by_columns_alone && leads
}

/// The plan with one order of rows: the columns that its `order by` does not name are added.
///
/// # Errors
/// None that a user can cause.
pub fn in_one_order(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Sort(sort) => Ok(LogicalPlan::Sort(continued(sort))),
        LogicalPlan::Limit(Limit { skip, fetch, input }) => {
            let input = Arc::new(in_one_order(Arc::unwrap_or_clone(input))?);
            Ok(LogicalPlan::Limit(Limit { skip, fetch, input }))
        }
        // `order by` may name columns that are not in the result: then a projection lies above it.
        LogicalPlan::Projection(projection) if matches!(*projection.input, LogicalPlan::Sort(_)) => {
            let input = Arc::new(in_one_order(Arc::unwrap_or_clone(projection.input))?);
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
    sort.expr.extend(every_column(&sort.input, &named));
    sort
}

fn every_column(plan: &LogicalPlan, but: &HashSet<String>) -> Vec<SortExpr> {
    let columns = plan.schema().columns();
    let fields = plan.schema().fields().iter().zip(columns);
    fields
        .filter(|(field, column)| !but.contains(&column.name) && !field.data_type().is_nested())
        .map(|(_, column)| Expr::Column(column).sort(true, false))
        .collect()
}
