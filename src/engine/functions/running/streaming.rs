//! The operator, and the rule that puts it in place of the engine's.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::window::{StandardWindowExpr, WindowExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec, WindowUDFExpr};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputOrderMode, PlanProperties,
};
use futures::StreamExt;

use super::earlier::{Lag, RowNumber};
use super::gap_days::{self, Gaps};
use super::percentile_before::{self, Earlier};
use super::{Groups, Running};

/// Replaces the engine's window operators by [`Streaming`] where it knows all functions.
#[derive(Debug)]
pub struct StreamWindows;

impl PhysicalOptimizerRule for StreamWindows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            Ok(match Streaming::of(&plan) {
                Some(streaming) => Transformed::yes(Arc::new(streaming) as Arc<dyn ExecutionPlan>),
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "stream_windows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A function of a window, with what it is of.
#[derive(Debug, Clone)]
struct Function {
    kind: Kind,
    arguments: Vec<Arc<dyn PhysicalExpr>>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    GapDays,
    PercentileBefore,
    Lag(usize),
    RowNumber,
}

impl Function {
    fn of(expr: &Arc<dyn WindowExpr>) -> Option<Self> {
        let standard = expr.as_any().downcast_ref::<StandardWindowExpr>()?;
        let function = standard.get_standard_func_expr().as_any().downcast_ref::<WindowUDFExpr>()?;
        // The engine tells only here whether NULLs are passed over, and whether it turned the order around.
        if !format!("{function:?}").ends_with("is_reversed: false, ignore_nulls: false }") {
            return None;
        }
        let (kind, arguments) = match (function.fun().name(), function.args()) {
            (gap_days::NAME, arguments) => (Kind::GapDays, arguments),
            (percentile_before::NAME, arguments) => (Kind::PercentileBefore, arguments),
            ("row_number", []) => (Kind::RowNumber, [].as_slice()),
            ("lag", [value]) => (Kind::Lag(1), std::slice::from_ref(value)),
            ("lag", [value, back]) => {
                let back = back.downcast_ref::<Literal>()?.value().to_string().parse().ok()?;
                (Kind::Lag(back), std::slice::from_ref(value))
            }
            _ => return None,
        };
        Some(Self { kind, arguments: arguments.to_vec() })
    }

    fn begin(&self) -> Box<dyn Running> {
        match self.kind {
            Kind::GapDays => Box::new(Gaps::default()),
            Kind::PercentileBefore => Box::new(Earlier::default()),
            Kind::Lag(back) => Box::new(Lag::new(back)),
            Kind::RowNumber => Box::new(RowNumber::default()),
        }
    }
}

/// Window functions over rows that are sorted by their groups.
#[derive(Debug, Clone)]
pub(super) struct Streaming {
    input: Arc<dyn ExecutionPlan>,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    functions: Vec<Function>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl Streaming {
    /// The replacement of an engine's operator.
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        let (windows, input) = if let Some(window) = plan.downcast_ref::<WindowAggExec>() {
            (window.window_expr(), window.input())
        } else {
            let window = plan.downcast_ref::<BoundedWindowAggExec>()?;
            if window.input_order_mode != InputOrderMode::Sorted {
                return None;
            }
            (window.window_expr(), window.input())
        };
        // All of an operator's functions have the same groups.
        let keys = windows.first()?.partition_by().to_vec();
        let functions: Vec<Function> = windows.iter().map(Function::of).collect::<Option<_>>()?;
        (!keys.is_empty()).then(|| Self {
            input: Arc::clone(input),
            keys,
            functions,
            schema: plan.schema(),
            properties: Arc::clone(plan.properties()),
        })
    }

    fn batch(&self, batch: &RecordBatch, state: &mut State) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        if rows == 0 {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        let column = |expr: &Arc<dyn PhysicalExpr>| expr.evaluate(batch)?.into_array(rows);
        let keys: Vec<ArrayRef> = self.keys.iter().map(column).collect::<Result<_>>()?;
        let groups = Groups::of(&keys, state.continues(&keys)?)?;
        let mut columns = batch.columns().to_vec();
        for (function, running) in self.functions.iter().zip(&mut state.running) {
            let arguments: Vec<ArrayRef> = function.arguments.iter().map(column).collect::<Result<_>>()?;
            columns.push(running.column(&arguments, &groups)?);
        }
        state.last = keys.iter().map(|key| key.slice(rows - 1, 1)).collect();
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    fn expressions(&self) -> impl Iterator<Item = &Arc<dyn PhysicalExpr>> {
        self.keys.iter().chain(self.functions.iter().flat_map(|function| &function.arguments))
    }
}

/// What the rows before leave.
struct State {
    /// The keys of the last row; none before the first.
    last: Vec<ArrayRef>,
    running: Vec<Box<dyn Running>>,
}

impl State {
    /// Whether the first row of a batch belongs to the group of the last row before.
    fn continues(&self, keys: &[ArrayRef]) -> Result<bool> {
        for (before, now) in self.last.iter().zip(keys) {
            if make_comparator(before, now, SortOptions::default())?(0, 0).is_ne() {
                return Ok(false);
            }
        }
        Ok(!self.last.is_empty())
    }
}

impl DisplayAs for Streaming {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<Kind> = self.functions.iter().map(|function| function.kind).collect();
        write!(f, "StreamingWindows: {kinds:?}")
    }
}

impl ExecutionPlan for Streaming {
    fn name(&self) -> &'static str {
        "StreamingWindows"
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
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for expr in self.expressions() {
            if f(expr)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(input) => Ok(Arc::new(Self { input, ..Arc::unwrap_or_clone(self) })),
            None => internal_err!("a window has no input"),
        }
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, task)?;
        let own = self.clone();
        let running = self.functions.iter().map(Function::begin).collect();
        let mut state = State { last: Vec::new(), running };
        let windows = input.map(move |batch| own.batch(&batch?, &mut state));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), windows)))
    }
}
