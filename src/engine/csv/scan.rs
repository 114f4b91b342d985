//! CSV files as a table of the engine.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::StreamExt;

use super::rows::Batches;
use crate::engine::storage::DataFile;

/// CSV files with the same columns, in any order and with any delimiter, as one table. One thread reads a whole file;
/// several threads read several files.
#[derive(Debug)]
pub struct CsvTable {
    schema: SchemaRef,
    files: Vec<DataFile>,
}

impl CsvTable {
    /// A table of files; their headers name the columns of `schema`, all of type text.
    pub fn new(schema: SchemaRef, files: Vec<DataFile>) -> Self {
        Self { schema, files }
    }
}

#[async_trait]
impl TableProvider for CsvTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let parts = session.config().target_partitions().clamp(1, self.files.len().max(1));
        Ok(Arc::new(CsvExec::new(schema, shared_out(&self.files, parts), limit)))
    }
}

/// Distributes files over this many parts of about the same size.
fn shared_out(files: &[DataFile], parts: usize) -> Vec<Vec<DataFile>> {
    let mut files: Vec<&DataFile> = files.iter().collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    let mut shared: Vec<(u64, Vec<DataFile>)> = vec![(0, Vec::new()); parts];
    for file in files {
        if let Some((bytes, part)) = shared.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            *bytes += file.bytes.max(1);
            part.push(file.clone());
        }
    }
    shared.into_iter().map(|(_, part)| part).collect()
}

/// Reads CSV files.
#[derive(Debug)]
struct CsvExec {
    schema: SchemaRef,
    parts: Vec<Vec<DataFile>>,
    limit: Option<usize>,
    properties: Arc<PlanProperties>,
}

impl CsvExec {
    fn new(schema: SchemaRef, parts: Vec<Vec<DataFile>>, limit: Option<usize>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(parts.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { schema, parts, limit, properties: Arc::new(properties) }
    }
}

impl DisplayAs for CsvExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: usize = self.parts.iter().map(Vec::len).sum();
        write!(f, "CsvExec: files={files}, columns={}", self.schema.fields().len())
    }
}

impl ExecutionPlan for CsvExec {
    fn name(&self) -> &'static str {
        "CsvExec"
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

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let files = self.parts.get(partition).cloned().unwrap_or_default();
        let rows = context.session_config().batch_size();
        let batches = Batches::new(Arc::clone(&self.schema), files, rows, self.limit);
        let stream = futures::stream::iter(batches)
            .map(|batch| batch.map_err(|fault| DataFusionError::External(Box::new(fault))));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream)))
    }
}
