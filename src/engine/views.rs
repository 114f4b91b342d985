//! Texts in buffers of their batch's own.
//!
//! The engine holds a text of more than twelve bytes as a view of a buffer. A batch from a Parquet file views the page it
//! was read from: thousands of rows that say `potential_loyalist` view the same few bytes. What copies such a batch keeps
//! all buffers that it views, and a join gives each of its batches the buffers of its whole left side. If that join is the
//! left side of the next one, all batches come together there, each with all these buffers: their number is squared with
//! every join. After three joins of a million customers the run needed twenty gigabytes.
//!
//! So texts are copied to a buffer of their batch's own where rows are joined. Texts of up to twelve bytes lie in the view
//! itself: ids mostly do, and then nothing is copied and no page is held.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;

/// The most bytes of texts that are copied for a batch.
const MOST: usize = 4 << 20;

/// Puts an [`OwnTexts`] over each join of rows with texts. It goes last: the engine's rules look for joins.
#[derive(Debug)]
pub struct CopyTexts;

impl PhysicalOptimizerRule for CopyTexts {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            Ok(if joins(&plan) && has_texts(&plan.schema()) {
                Transformed::yes(Arc::new(OwnTexts { input: plan }) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(plan)
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "copy_texts"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether the batches of an operator view buffers of other batches.
fn joins(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.downcast_ref::<HashJoinExec>().is_some()
        || plan.downcast_ref::<SortMergeJoinExec>().is_some()
        || plan.downcast_ref::<NestedLoopJoinExec>().is_some()
        || plan.downcast_ref::<CrossJoinExec>().is_some()
}

fn has_texts(schema: &SchemaRef) -> bool {
    schema.fields().iter().any(|field| *field.data_type() == DataType::Utf8View)
}

/// Passes rows on, with texts in buffers of their batch's own.
#[derive(Debug)]
struct OwnTexts {
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for OwnTexts {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnTexts")
    }
}

impl ExecutionPlan for OwnTexts {
    fn name(&self) -> &'static str {
        "OwnTexts"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
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
        let Some(input) = children.into_iter().next() else {
            return Err(DataFusionError::Internal("nothing to pass on".into()));
        };
        Ok(Arc::new(Self { input }))
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, task)?;
        let schema = rows.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.map(|batch| owned(&batch?)))))
    }
}

/// The batch with its texts in buffers of its own.
fn owned(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(own).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(batch.schema(), columns, &options)?)
}

fn own(column: &ArrayRef) -> ArrayRef {
    match column.as_string_view_opt() {
        // Rows that share one long text would each get a copy.
        Some(texts) if !texts.data_buffers().is_empty() && texts.total_buffer_bytes_used() <= MOST => {
            Arc::new(texts.gc())
        }
        _ => Arc::clone(column),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringViewArray};
    use arrow::datatypes::{Field, Schema};
    use datafusion::execution::SessionStateBuilder;
    use datafusion::parquet::arrow::ArrowWriter;
    use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};

    use super::*;

    const ROWS: i64 = 40_000;

    /// The most buffers that a batch views, after joins of tables with a text that many rows share.
    async fn buffers(rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segments.parquet");
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int64, false),
            Field::new("segment", DataType::Utf8View, false),
        ]));
        let ids = Int64Array::from_iter_values(0..ROWS);
        let segments: StringViewArray = (0..ROWS)
            .map(|id| Some(["a rather long name", "another long name"][(id % 2) as usize]))
            .collect();
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(ids), Arc::new(segments)]).unwrap();
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), schema, None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let mut state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(SessionConfig::new().with_target_partitions(1).with_batch_size(500));
        for rule in rules {
            state = state.with_physical_optimizer_rule(rule);
        }
        let context = SessionContext::new_with_state(state.build());
        let name = path.to_str().unwrap();
        context.register_parquet("segments", name, ParquetReadOptions::default()).await.unwrap();
        let query = "select a.segment, b.segment, c.segment from segments a \
                     inner join segments b on a.id = b.id inner join segments c on b.id = c.id";
        let found = context.sql(query).await.unwrap().collect().await.unwrap();
        assert_eq!(found.iter().map(RecordBatch::num_rows).sum::<usize>(), usize::try_from(ROWS).unwrap());
        let texts = found.iter().flat_map(RecordBatch::columns);
        texts.map(|column| column.as_string_view().data_buffers().len()).max().unwrap()
    }

    #[tokio::test]
    async fn joins_do_not_gather_the_buffers_of_their_inputs() {
        let ours = buffers(vec![Arc::new(CopyTexts)]).await;
        assert!(ours <= 4, "{ours} buffers");
        // What this rule is for. If this fails, the rule may have become needless.
        let engine = buffers(Vec::new()).await;
        assert!(engine > 1000, "{engine} buffers");
    }
}
