//! Sorted runs read as one ordered table: the parts of a step's table, merged by customer.
//!
//! Runs are read in parallel, some thousand rows of each at a time. A customer is complete if all its rows were read.
//! The rows of complete customers are sorted and returned, then the next rows are read: memory is proportional to the
//! number of runs, not to history. Files are not kept open: there may be more than handles. Each thread takes its own
//! range of customers, and the engine knows this: it groups a customer without exchange, hash or sort.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr, RangePartitioning, SplitPoint,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::columns::{chosen, joined};
use super::part::{RunFile, widened};
use super::sort::sorted;
use crate::engine::storage::Unheld;
use crate::engine::table::{ASCENDING, RANGES};

const CUSTOMER: &str = "customer_id";
/// Rows that are returned at once: few enough for the processor's cache.
const BATCH_ROWS: usize = 8192;

/// Sorted runs as a table.
#[derive(Debug)]
pub struct RunsTable {
    schema: SchemaRef,
    order: Vec<&'static str>,
    runs: Arc<Vec<(PathBuf, RunFile)>>,
}

impl RunsTable {
    /// `runs` have the columns of `schema` and are sorted by `order`, which begins with the customer.
    pub fn new(schema: SchemaRef, order: Vec<&'static str>, runs: Vec<(PathBuf, RunFile)>) -> Self {
        Self { schema, order, runs: Arc::new(runs) }
    }

    /// The ids that divide the customers into this many ranges of about equal size.
    fn splits(&self, parts: usize) -> Vec<String> {
        let mut first_keys: Vec<&str> = self
            .runs
            .iter()
            .flat_map(|(_, run)| run.first_keys.iter().flatten().map(String::as_str))
            .collect();
        first_keys.sort_unstable();
        let at = |part: usize| first_keys.get(first_keys.len() * part / parts).map(|id| (*id).to_owned());
        let mut splits: Vec<String> = (1..parts).filter_map(at).collect();
        splits.dedup();
        // There is no customer before the first one.
        splits.retain(|split| first_keys.first().is_some_and(|first| first < &split.as_str()));
        splits
    }
}

#[async_trait]
impl TableProvider for RunsTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let output = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let splits = self.splits(RANGES);
        // Rows are merged by the columns of their order, even if these are not requested.
        let read: Vec<usize> = (0..self.schema.fields().len())
            .filter(|index| {
                let name = self.schema.field(*index).name();
                output.field_with_name(name).is_ok() || self.order.contains(&name.as_str())
            })
            .collect();
        let read = Arc::new(self.schema.project(&read)?);
        Ok(Arc::new(RunsExec::new(Arc::clone(&self.runs), read, output, &self.order, splits)?))
    }
}

/// Reads runs in order; each partition is a range of customers.
#[derive(Debug)]
struct RunsExec {
    runs: Arc<Vec<(PathBuf, RunFile)>>,
    /// The columns that are read.
    read: SchemaRef,
    /// The columns that are returned.
    output: SchemaRef,
    splits: Vec<String>,
    properties: Arc<PlanProperties>,
}

impl RunsExec {
    fn new(
        runs: Arc<Vec<(PathBuf, RunFile)>>,
        read: SchemaRef,
        output: SchemaRef,
        order: &[&str],
        splits: Vec<String>,
    ) -> Result<Self> {
        let sorted_by = |name: &str| {
            let column = Column::new_with_schema(name, &output).ok()?;
            Some(PhysicalSortExpr::new(Arc::new(column), ASCENDING))
        };
        // The order is valid as far as its columns are present.
        let ordering: Vec<PhysicalSortExpr> = order.iter().map_while(|name| sorted_by(name)).collect();
        let customer = ordering.first().cloned();
        let equivalence = EquivalenceProperties::new_with_orderings(Arc::clone(&output), [ordering]);
        let partitioning = match customer {
            Some(customer) if !splits.is_empty() => {
                let points =
                    splits.iter().map(|id| SplitPoint::new(vec![ScalarValue::Utf8View(Some(id.clone()))]));
                let by = LexOrdering::new([customer])
                    .ok_or_else(|| DataFusionError::Internal("no order to divide by".into()))?;
                Partitioning::Range(RangePartitioning::try_new(by, points.collect())?)
            }
            _ => Partitioning::UnknownPartitioning(splits.len() + 1),
        };
        let properties =
            PlanProperties::new(equivalence, partitioning, EmissionType::Incremental, Boundedness::Bounded);
        Ok(Self { runs, read, output, splits, properties: Arc::new(properties) })
    }
}

impl DisplayAs for RunsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunsExec: runs={}, ranges={}", self.runs.len(), self.splits.len() + 1)
    }
}

impl ExecutionPlan for RunsExec {
    fn name(&self) -> &'static str {
        "RunsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let from = partition.checked_sub(1).and_then(|before| self.splits.get(before)).cloned();
        let to = self.splits.get(partition).cloned();
        let mut cursors = Vec::new();
        for (path, run) in self.runs.iter() {
            cursors.extend(Cursor::open(path, run, &self.read, from.clone(), to.clone())?);
        }
        let output = Arc::clone(&self.output);
        let merge = Merging { cursors, schema: Arc::clone(&self.read), ready: Vec::new() };
        let rows = merge.map(move |batch| chosen(&batch?, output.fields().iter().map(|field| field.name())));
        let stream = futures::stream::iter(rows);
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.output), stream)))
    }
}

/// The rows of one run in a range of customers, as far as they are read.
struct Cursor {
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    from: Option<String>,
    to: Option<String>,
    /// Rows waiting to be merged.
    now: RecordBatch,
    /// The rows after them; none at the end.
    next: Option<RecordBatch>,
}

impl Cursor {
    /// None if the run has no row of the range.
    fn open(
        path: &Path,
        run: &RunFile,
        schema: &SchemaRef,
        from: Option<String>,
        to: Option<String>,
    ) -> Result<Option<Self>> {
        let groups: Vec<usize> = (0..run.first_keys.len())
            .filter(|group| {
                // A group's customers lie between its own first customer and that of the next group.
                let first = run.first_keys.get(*group).and_then(Option::as_deref);
                let after = run.first_keys.get(group + 1).map(Option::as_deref);
                let before = to.as_deref().is_none_or(|to| first.is_some_and(|first| first < to));
                let behind = match (from.as_deref(), after) {
                    (Some(from), Some(Some(after))) => after >= from,
                    _ => true,
                };
                before && behind
            })
            .collect();
        if groups.is_empty() {
            return Ok(None);
        }
        let bytes = std::fs::metadata(path)?.len();
        let builder = ParquetRecordBatchReaderBuilder::try_new(Unheld::new(path.to_path_buf(), bytes))?;
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let mask = ProjectionMask::columns(builder.parquet_schema(), names);
        let reader =
            builder.with_projection(mask).with_row_groups(groups).with_batch_size(BATCH_ROWS).build()?;
        let now = RecordBatch::new_empty(Arc::clone(schema));
        let mut cursor = Self { reader, schema: Arc::clone(schema), from, to, now, next: None };
        cursor.next = cursor.read()?;
        cursor.advance()?;
        Ok((cursor.now.num_rows() > 0).then_some(cursor))
    }

    /// The next rows of the range.
    fn read(&mut self) -> Result<Option<RecordBatch>> {
        for batch in self.reader.by_ref() {
            let batch = widened(&batch?, &self.schema)?;
            let low = self.from.as_ref().map_or(0, |from| below(&batch, from));
            let high = self.to.as_ref().map_or(batch.num_rows(), |to| below(&batch, to));
            if low < high {
                return Ok(Some(batch.slice(low, high - low)));
            }
        }
        Ok(None)
    }

    /// Appends the next rows to those waiting.
    fn advance(&mut self) -> Result<()> {
        if let Some(next) = self.next.take() {
            self.now = if self.now.num_rows() == 0 {
                next
            } else {
                joined(&self.schema, &[self.now.clone(), next])?
            };
            self.next = self.read()?;
        }
        Ok(())
    }

    /// The customer of the last waiting row.
    fn last(&self) -> Option<&str> {
        id(&self.now, self.now.num_rows().checked_sub(1)?)
    }

    /// Takes the first rows.
    fn take(&mut self, rows: usize) -> RecordBatch {
        let taken = self.now.slice(0, rows);
        self.now = self.now.slice(rows, self.now.num_rows() - rows);
        taken
    }
}

fn id(batch: &RecordBatch, row: usize) -> Option<&str> {
    let ids = batch.column_by_name(CUSTOMER)?.as_string_view();
    ids.is_valid(row).then(|| ids.value(row))
}

/// How many rows at the beginning have customers before this one; rows without a customer come last.
fn below(batch: &RecordBatch, customer: &str) -> usize {
    let (mut low, mut high) = (0, batch.num_rows());
    while low < high {
        let middle = low + (high - low) / 2;
        if id(batch, middle).is_some_and(|id| id < customer) { low = middle + 1 } else { high = middle }
    }
    low
}

/// How many rows have a customer.
fn known(batch: &RecordBatch) -> usize {
    let ids = batch.column_by_name(CUSTOMER);
    batch.num_rows() - ids.map_or(0, Array::null_count)
}

/// Merges the rows of some cursors.
struct Merging {
    cursors: Vec<Cursor>,
    schema: SchemaRef,
    /// Merged rows to be returned, in reverse order.
    ready: Vec<RecordBatch>,
}

impl Merging {
    /// The rows of all customers that are complete in what was read.
    fn round(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            for cursor in &mut self.cursors {
                if cursor.now.num_rows() == 0 {
                    cursor.advance()?;
                }
            }
            self.cursors.retain(|cursor| cursor.now.num_rows() > 0);
            if self.cursors.is_empty() {
                return Ok(None);
            }
            // Beyond this customer, a run may have unread rows.
            let unfinished = self.cursors.iter().filter(|cursor| cursor.next.is_some());
            let bound: Option<Option<String>> = unfinished
                .map(|cursor| cursor.last().map(str::to_owned))
                .min_by(|a, b| (a.is_none(), a).cmp(&(b.is_none(), b)));
            let mut parts = Vec::new();
            for cursor in &mut self.cursors {
                let rows = match &bound {
                    None => cursor.now.num_rows(),
                    Some(Some(bound)) => below(&cursor.now, bound),
                    Some(None) => known(&cursor.now),
                };
                if rows > 0 {
                    parts.push(cursor.take(rows));
                }
            }
            match parts.as_slice() {
                [] => {}
                [one] => return Ok(Some(one.clone())),
                several => return Ok(Some(sorted(&joined(&self.schema, several)?)?)),
            }
            // One customer fills everything read from a run: read more of it.
            for cursor in &mut self.cursors {
                if bound.as_ref().is_some_and(|bound| cursor.last() == bound.as_deref()) {
                    cursor.advance()?;
                }
            }
        }
    }
}

impl Iterator for Merging {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            match self.round() {
                Ok(Some(rows)) => {
                    let starts = (0..rows.num_rows()).step_by(BATCH_ROWS);
                    self.ready = starts
                        .map(|start| rows.slice(start, BATCH_ROWS.min(rows.num_rows() - start)))
                        .collect();
                    self.ready.reverse();
                }
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        self.ready.pop().map(Ok)
    }
}

/// Whether a schema has the columns needed for merging.
pub fn has_customer(schema: &Schema) -> bool {
    schema
        .field_with_name(CUSTOMER)
        .is_ok_and(|field| *field.data_type() == arrow::datatypes::DataType::Utf8View)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Date32Array, Decimal128Array, StringViewArray};
    use arrow::compute::concat_batches;
    use arrow::datatypes::{DataType, Field};
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    use datafusion::physical_plan::{ExecutionPlanProperties, execute_stream_partitioned};
    use datafusion::prelude::SessionContext;
    use futures::TryStreamExt;
    use proptest::prelude::*;

    use super::*;
    use crate::engine::intake::part::write_run;

    const COLUMNS: [&str; 3] = ["customer_id", "day", "amount"];

    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("amount", DataType::Decimal128(38, 2), true),
            Field::new("customer_id", DataType::Utf8View, true),
            Field::new("day", DataType::Date32, true),
        ]))
    }

    type Row = (Option<String>, i32, i128);

    fn batch(rows: &[Row]) -> RecordBatch {
        let amounts: Decimal128Array = rows.iter().map(|row| Some(row.2)).collect();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(amounts.with_precision_and_scale(38, 2).unwrap()),
            Arc::new(rows.iter().map(|row| row.0.as_deref()).collect::<StringViewArray>()),
            Arc::new(rows.iter().map(|row| Some(row.1)).collect::<Date32Array>()),
        ];
        RecordBatch::try_new(schema(), columns).unwrap()
    }

    /// The rows as text, in their order.
    fn text(batch: &RecordBatch, names: &[&str]) -> Vec<String> {
        let options = FormatOptions::default().with_null("NULL");
        let columns: Vec<_> = names
            .iter()
            .map(|name| ArrayFormatter::try_new(batch.column_by_name(name).unwrap(), &options).unwrap())
            .collect();
        let line =
            |row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(" ");
        (0..batch.num_rows()).map(line).collect()
    }

    /// The rows of each range of a table of these runs, with some of its columns.
    fn merged(runs: &[Vec<Row>], columns: &[&str], splits: Option<Vec<String>>) -> Vec<RecordBatch> {
        let folder = tempfile::tempdir().unwrap();
        let files = runs.iter().enumerate().map(|(number, rows)| {
            let path = folder.path().join(format!("{number}.parquet"));
            let run = write_run(&path, format!("{number}.parquet"), &sorted(&batch(rows)).unwrap()).unwrap();
            (path, run)
        });
        let order = vec!["customer_id", "day"];
        let table = RunsTable::new(schema(), order.clone(), files.collect());
        let columns: Vec<usize> = columns.iter().map(|name| schema().index_of(name).unwrap()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let context = SessionContext::new();
            let plan: Arc<dyn ExecutionPlan> = match splits {
                None => table.scan(&context.state(), Some(&columns), &[], None).await.unwrap(),
                Some(splits) => {
                    let output = Arc::new(schema().project(&columns).unwrap());
                    Arc::new(
                        RunsExec::new(Arc::clone(&table.runs), schema(), output, &order, splits).unwrap(),
                    )
                }
            };
            let schema = plan.schema();
            assert_eq!(schema.fields().len(), columns.len());
            let streams = plan.output_partitioning().partition_count();
            let mut ranges = Vec::new();
            for stream in execute_stream_partitioned(plan, context.task_ctx()).unwrap() {
                let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
                assert!(batches.iter().all(|batch| batch.num_rows() > 0 && batch.num_rows() <= BATCH_ROWS));
                ranges.push(concat_batches(&schema, &batches).unwrap());
            }
            assert_eq!(ranges.len(), streams);
            ranges
        })
    }

    fn all(runs: &[Vec<Row>]) -> RecordBatch {
        sorted(&batch(&runs.concat())).unwrap()
    }

    fn runs() -> impl Strategy<Value = Vec<Vec<Row>>> {
        let customer = prop::option::weighted(0.8, prop::string::string_regex("[abé]{0,3}").unwrap());
        // Money with more digits than a narrow decimal has.
        let amount = prop_oneof![9 => -100..100_i128, 1 => Just(10_i128.pow(20))];
        let row = (customer, 0..5_i32, amount);
        prop::collection::vec(prop::collection::vec(row, 1..40), 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

        /// Merged runs are all rows sorted: for any ranges, each customer is in one of them, in order.
        #[test]
        fn merged_runs_are_all_rows_sorted(runs in runs(), mut splits in prop::collection::vec("[abé]{0,2}", 0..5)) {
            splits.sort();
            splits.dedup();
            let ranges = merged(&runs, &COLUMNS, Some(splits.clone()));
            prop_assert_eq!(ranges.len(), splits.len() + 1);
            let keys = &COLUMNS[..2];
            let found: Vec<String> = ranges.iter().flat_map(|range| text(range, keys)).collect();
            prop_assert_eq!(found, text(&all(&runs), keys));
            let mut found: Vec<String> = ranges.iter().flat_map(|range| text(range, &COLUMNS)).collect();
            let mut naive = text(&all(&runs), &COLUMNS);
            found.sort();
            naive.sort();
            prop_assert_eq!(found, naive);
            for (number, range) in ranges.iter().enumerate() {
                for row in 0..range.num_rows() {
                    let customer = id(range, row);
                    let from = number.checked_sub(1).map(|before| splits[before].as_str());
                    prop_assert!(from.is_none_or(|from| customer.is_none_or(|id| id >= from)));
                    prop_assert!(splits.get(number).is_none_or(|to| customer.is_some_and(|id| id < to.as_str())));
                }
            }
        }

        /// Without the columns that define the order.
        #[test]
        fn other_columns_alone(runs in runs()) {
            let mut found: Vec<String> =
                merged(&runs, &["amount"], None).iter().flat_map(|range| text(range, &["amount"])).collect();
            let mut naive = text(&all(&runs), &["amount"]);
            found.sort();
            naive.sort();
            prop_assert_eq!(found, naive);
        }
    }

    /// A customer with more rows than are read, returned or grouped at once; and as many rows without a customer.
    #[test]
    fn a_customer_larger_than_a_batch() {
        let rows = |customer: Option<&str>, many: usize, day: i32| -> Vec<Row> {
            vec![(customer.map(str::to_owned), day, 1); many]
        };
        let runs = vec![
            [rows(Some("a"), 10, 1), rows(Some("b"), 3 * BATCH_ROWS, 2), rows(None, 2 * BATCH_ROWS, 1)]
                .concat(),
            [rows(Some("b"), 70_000, 1), rows(Some("c"), 5, 1), rows(None, BATCH_ROWS + 1, 3)].concat(),
            rows(Some("b"), BATCH_ROWS, 3),
            rows(None, 5, 2),
        ];
        let naive = text(&all(&runs), &COLUMNS);
        for splits in [vec![], vec!["b".to_owned()], vec!["b".to_owned(), "bb".to_owned(), "c".to_owned()]] {
            let ranges = merged(&runs, &COLUMNS, Some(splits));
            let found: Vec<String> = ranges.iter().flat_map(|range| text(range, &COLUMNS)).collect();
            assert!(found == naive);
        }
        // The ranges that the table chooses itself.
        let found: Vec<String> =
            merged(&runs, &COLUMNS, None).iter().flat_map(|range| text(range, &COLUMNS)).collect();
        assert!(found == naive);
    }
}
