//! `gap_days(day, counts) over (partition by customer_id order by day)`: days since the last earlier day that counts.
//!
//! The same as `lag(...) ignore nulls` with three expressions, but in one pass: a window of the engine starts again for
//! each row, or each customer. If rows are already in order, as in history, [`Streaming`] replaces the engine's
//! operator: it keeps one day in memory, and neither sorts nor collects rows.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Int64Array, RecordBatch, StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::window::StandardWindowExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::{WindowAggExec, WindowUDFExpr};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;

const NAME: &str = "gap_days";

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct GapDays {
    signature: Signature,
}

impl GapDays {
    pub(super) fn new() -> Self {
        let of = TypeSignature::Exact(vec![DataType::Date32, DataType::Boolean]);
        Self { signature: Signature::new(of, Volatility::Immutable) }
    }
}

impl WindowUDFImpl for GapDays {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Int64, true)))
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::None
    }
}

#[derive(Debug)]
struct Evaluator;

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], _: usize) -> Result<ArrayRef> {
        let [days, counts] = values else {
            return Err(DataFusionError::Internal(format!("{NAME} takes a day and a condition")));
        };
        let mut last = None;
        let days = days.as_primitive::<Date32Type>();
        let counts = counts.as_boolean();
        let gaps = (0..days.len()).map(|row| gap(days, counts, row, &mut last));
        Ok(Arc::new(gaps.collect::<Int64Array>()))
    }
}

/// A row's gap; `last` is the last day that counted.
fn gap(days: &Date32Array, counts: &BooleanArray, row: usize, last: &mut Option<i32>) -> Option<i64> {
    if days.is_null(row) || counts.is_null(row) || !counts.value(row) {
        return None;
    }
    let day = days.value(row);
    last.replace(day).map(|before| i64::from(day) - i64::from(before))
}

/// Replaces the engine's operator, which collects all rows before it begins, by [`Streaming`].
#[derive(Debug)]
pub struct StreamGaps;

impl PhysicalOptimizerRule for StreamGaps {
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
        "stream_gaps"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Gaps of rows sorted by customer and day.
#[derive(Debug, Clone)]
struct Streaming {
    input: Arc<dyn ExecutionPlan>,
    customer: Arc<dyn PhysicalExpr>,
    day: Arc<dyn PhysicalExpr>,
    counts: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl Streaming {
    /// The replacement of an engine's operator, if that computes gaps by one text column and by day.
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Option<Self> {
        let window = plan.downcast_ref::<WindowAggExec>()?;
        let [expr] = window.window_expr() else { return None };
        let standard = expr.as_any().downcast_ref::<StandardWindowExpr>()?;
        let function = standard.get_standard_func_expr().as_any().downcast_ref::<WindowUDFExpr>()?;
        if function.fun().name() != NAME {
            return None;
        }
        let ([customer], [_], [day, counts]) = (expr.partition_by(), expr.order_by(), function.args()) else {
            return None;
        };
        let input = Arc::clone(window.input());
        let text = matches!(customer.data_type(&input.schema()), Ok(DataType::Utf8View | DataType::Utf8));
        text.then(|| Self {
            customer: Arc::clone(customer),
            day: Arc::clone(day),
            counts: Arc::clone(counts),
            schema: plan.schema(),
            properties: Arc::clone(plan.properties()),
            input,
        })
    }

    fn batch(&self, batch: &RecordBatch, last: &mut Last) -> Result<RecordBatch> {
        let column = |expr: &Arc<dyn PhysicalExpr>| expr.evaluate(batch)?.into_array(batch.num_rows());
        let (customers, days, counts) = (column(&self.customer)?, column(&self.day)?, column(&self.counts)?);
        let customers = cast(&customers, &DataType::Utf8View)?;
        let gaps = last.gaps(customers.as_string_view(), days.as_primitive(), counts.as_boolean());
        let columns = batch.columns().iter().cloned().chain([Arc::new(gaps) as ArrayRef]);
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns.collect())?)
    }
}

/// The state after the rows before.
#[derive(Default)]
struct Last {
    begun: bool,
    customer: Option<String>,
    day: Option<i32>,
}

impl Last {
    fn gaps(&mut self, customers: &StringViewArray, days: &Date32Array, counts: &BooleanArray) -> Int64Array {
        let rows = customers.len();
        let customer = |row: usize| customers.is_valid(row).then(|| customers.value(row));
        let mut gaps = Vec::with_capacity(rows);
        for row in 0..rows {
            let same = match row.checked_sub(1) {
                Some(before) => customer(before) == customer(row),
                None => self.begun && self.customer.as_deref() == customer(row),
            };
            if !same {
                self.day = None;
            }
            gaps.push(gap(days, counts, row, &mut self.day));
        }
        if let Some(end) = rows.checked_sub(1) {
            self.begun = true;
            self.customer = customer(end).map(str::to_owned);
        }
        Int64Array::from(gaps)
    }
}

impl DisplayAs for Streaming {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamingGaps: customer={}, day={}, counts={}", self.customer, self.day, self.counts)
    }
}

impl ExecutionPlan for Streaming {
    fn name(&self) -> &'static str {
        "StreamingGaps"
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
        for expr in [&self.customer, &self.day, &self.counts] {
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
            None => Err(DataFusionError::Internal(format!("{NAME} has no input"))),
        }
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, task)?;
        let (own, mut last) = (self.clone(), Last::default());
        let gaps = input.map(move |batch| own.batch(&batch?, &mut last));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), gaps)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of customers a to d with days that need not count, cut into batches at any place.
    #[test]
    fn batches_may_break_anywhere() {
        let customers = ["a", "a", "a", "b", "c", "c", "c", "c", "d"];
        let days = [1, 4, 9, 2, 3, 5, 6, 11, 1];
        let counts = [true, false, true, true, false, true, true, true, false];
        let gaps = [None, None, Some(8), None, None, None, Some(1), Some(5), None];
        for cut in 0..=customers.len() {
            let mut last = Last::default();
            let mut found = Vec::new();
            for range in [0..cut, cut..customers.len()] {
                let customers = StringViewArray::from_iter_values(customers[range.clone()].iter());
                let days = Date32Array::from(days[range.clone()].to_vec());
                let counts = BooleanArray::from(counts[range].to_vec());
                found.extend(last.gaps(&customers, &days, &counts).iter());
            }
            assert_eq!(found, gaps, "cut at {cut}");
        }
    }
}
