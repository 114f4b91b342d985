//! Rows that are equal in all columns, kept as one row with their count. A file of some kilobytes may hold millions of
//! equal rows: sorting and comparing see each row once. At the end they are written out one by one.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int32Array, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Int32Type, Int64Type, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{cast, ident, lit};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use datafusion::prelude::DataFrame;
use futures::StreamExt;

/// The column that says how many rows one row stands for.
pub const COPIES: &str = "_copies";

/// Rows that are written at once.
const BATCH_ROWS: usize = 8192;

/// The distinct rows with their counts. Equal values need not be identical (floats have two zeros): such types, and
/// nested columns, keep each row separate.
///
/// # Errors
/// None that a user can cause.
pub fn folded(rows: DataFrame) -> Result<DataFrame> {
    let schema = rows.schema().clone();
    if schema.fields().iter().all(|field| is_exact(field.data_type())) {
        let columns = schema.fields().iter().map(|field| ident(field.name())).collect();
        rows.aggregate(columns, vec![count(lit(1)).alias(COPIES)])
    } else {
        rows.with_column(COPIES, cast(lit(1), DataType::Int64))
    }
}

fn is_exact(kind: &DataType) -> bool {
    kind.is_integer()
        || kind.is_decimal()
        || kind.is_string()
        || kind.is_binary()
        || matches!(
            kind,
            DataType::Boolean
                | DataType::Date32
                | DataType::Date64
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Timestamp(..)
        )
}

/// A plan's rows, each repeated as often as [`COPIES`] says. Other columns say how many further copies follow, each
/// with its own value in the column `marked`. The columns of counts are left out.
///
/// # Errors
/// If the plan lacks one of the columns.
pub fn unfolded(
    input: Arc<dyn ExecutionPlan>,
    marked: &str,
    more: &[(String, i32)],
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = input.schema();
    let copies = schema.index_of(COPIES)?;
    let marked = schema.index_of(marked).ok();
    let more =
        more.iter().map(|(name, mark)| Ok((schema.index_of(name)?, *mark))).collect::<Result<Vec<_>>>()?;
    let numbers = |at: &usize| *at == copies || more.iter().any(|(number, _)| number == at);
    let kept: Vec<usize> = (0..schema.fields().len()).filter(|at| !numbers(at)).collect();
    let schema = Arc::new(schema.project(&kept)?);
    let properties = Arc::new(PlanProperties::new(
        EquivalenceProperties::new(Arc::clone(&schema)),
        Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ));
    let marked = marked.and_then(|marked| kept.iter().position(|at| *at == marked));
    Ok(Arc::new(Unfolding { input, rows: Shape { schema, kept, copies, marked, more }, properties }))
}

/// The positions of a batch's columns.
#[derive(Debug, Clone)]
struct Shape {
    schema: SchemaRef,
    kept: Vec<usize>,
    copies: usize,
    /// Among the kept columns, the one where further copies have their own value.
    marked: Option<usize>,
    more: Vec<(usize, i32)>,
}

/// Rows of one batch that are equal except for their mark.
#[derive(Debug, Clone, Copy)]
struct Run {
    row: u32,
    mark: Option<i32>,
    left: u64,
}

impl Shape {
    /// The rows of a batch, some thousand at a time.
    fn written(&self, batch: &RecordBatch) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
        let number = |at: usize| batch.column(at).as_primitive::<Int64Type>();
        let mut runs = Vec::new();
        for row in 0..batch.num_rows() {
            let columns = [(self.copies, None)]
                .into_iter()
                .chain(self.more.iter().map(|(at, mark)| (*at, Some(*mark))));
            for (at, mark) in columns {
                let column = number(at);
                let copies = if column.is_valid(row) { column.value(row) } else { 0 };
                if let (Ok(left @ 1..), Ok(row)) = (u64::try_from(copies), u32::try_from(row)) {
                    runs.push(Run { row, mark, left });
                }
            }
        }
        let rows = batch.project(&self.kept)?.with_schema(Arc::clone(&self.schema))?;
        let marked = self.marked;
        let mut runs = runs.into_iter();
        let mut open: Option<Run> = None;
        Ok(std::iter::from_fn(move || {
            let (mut at, mut marks) = (Vec::new(), Vec::new());
            while at.len() < BATCH_ROWS {
                let Some(run) = open.take().or_else(|| runs.next()) else { break };
                let room = BATCH_ROWS - at.len();
                let here = usize::try_from(run.left).map_or(room, |left| left.min(room));
                at.extend(std::iter::repeat_n(run.row, here));
                marks.extend(std::iter::repeat_n(run.mark, here));
                let left = run.left - here as u64;
                open = (left > 0).then_some(Run { left, ..run });
            }
            (!at.is_empty()).then(|| taken(&rows, at, &marks, marked))
        }))
    }
}

/// Rows by their numbers, with their own marks.
fn taken(
    rows: &RecordBatch,
    at: Vec<u32>,
    marks: &[Option<i32>],
    marked: Option<usize>,
) -> Result<RecordBatch> {
    let taken = take_record_batch(rows, &UInt32Array::from(at))?;
    let Some(marked) = marked.filter(|_| marks.iter().any(Option::is_some)) else { return Ok(taken) };
    let mut columns = taken.columns().to_vec();
    if let Some(column) = columns.get_mut(marked) {
        let own = column.as_primitive::<Int32Type>();
        let mixed: Int32Array = marks.iter().zip(own).map(|(mark, own)| mark.or(own)).collect();
        *column = Arc::new(mixed);
    }
    Ok(RecordBatch::try_new(taken.schema(), columns)?)
}

#[derive(Debug, Clone)]
struct Unfolding {
    input: Arc<dyn ExecutionPlan>,
    rows: Shape,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for Unfolding {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unfolding")
    }
}

impl ExecutionPlan for Unfolding {
    fn name(&self) -> &'static str {
        "Unfolding"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(input) => Ok(Arc::new(Self { input, ..Arc::unwrap_or_clone(self) })),
            None => Err(DataFusionError::Internal("nothing to unfold".into())),
        }
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, task)?;
        let rows = self.rows.clone();
        let written = input.flat_map(move |batch| {
            let (written, fault) = match batch.and_then(|batch| rows.written(&batch)) {
                Ok(written) => (Some(written), None),
                Err(error) => (None, Some(Err(error))),
            };
            futures::stream::iter(written.into_iter().flatten().chain(fault))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.rows.schema), written)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::physical_plan::collect;
    use datafusion::prelude::SessionContext;

    use super::*;

    fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
            .unwrap()
    }

    #[tokio::test]
    async fn rows_are_held_once_and_written_out_as_often_as_they_came() {
        let names: Vec<Option<&str>> = (0..30_000).map(|row| [Some("a"), None, Some("b")][row % 3]).collect();
        let rows = table(vec![("name", Arc::new(StringArray::from(names)))]);
        let context = SessionContext::new();
        let frame = folded(context.read_batch(rows.clone()).unwrap()).unwrap();
        assert_eq!(frame.clone().count().await.unwrap(), 3);
        let plan = frame.create_physical_plan().await.unwrap();
        let written = collect(unfolded(plan, "none", &[]).unwrap(), context.task_ctx()).await.unwrap();
        assert!(written.iter().all(|batch| batch.num_rows() <= BATCH_ROWS && batch.num_columns() == 1));
        let written = context.read_batches(written).unwrap();
        assert_eq!(written.clone().count().await.unwrap(), 30_000);
        let again = folded(written).unwrap().collect().await.unwrap();
        let numbers = again.iter().flat_map(|batch| batch.column(1).as_primitive::<Int64Type>().iter());
        assert!(numbers.eq([Some(10_000); 3]));
    }

    #[tokio::test]
    async fn further_rows_have_a_mark_of_their_own() {
        let rows = table(vec![
            ("name", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
            ("mark", Arc::new(Int32Array::from(vec![None, Some(7), Some(1)]))),
            (COPIES, Arc::new(Int64Array::from(vec![1, 2, 0]))),
            ("more", Arc::new(Int64Array::from(vec![2, 0, 1]))),
        ]);
        let context = SessionContext::new();
        let plan = context.read_batch(rows).unwrap().create_physical_plan().await.unwrap();
        let plan = unfolded(plan, "mark", &[("more".into(), 9)]).unwrap();
        let written = collect(plan, context.task_ctx()).await.unwrap();
        assert_eq!(
            pretty_format_batches(&written).unwrap().to_string(),
            "+------+------+\n\
             | name | mark |\n\
             +------+------+\n\
             | a    |      |\n\
             | a    | 9    |\n\
             | a    | 9    |\n\
             | b    | 7    |\n\
             | b    | 7    |\n\
             | c    | 9    |\n\
             +------+------+"
        );
    }

    #[tokio::test]
    async fn what_is_equal_and_not_the_same_stays_apart() {
        let rows = table(vec![("share", Arc::new(Float64Array::from(vec![0.0, -0.0, 0.0])))]);
        let context = SessionContext::new();
        assert_eq!(folded(context.read_batch(rows).unwrap()).unwrap().count().await.unwrap(), 3);
    }
}
