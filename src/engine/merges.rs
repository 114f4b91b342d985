//! What a merge of sorted rows says of their order.
//!
//! The engine's merge of several sorted streams goes by the columns that somebody asked for, and yet says of its rows all
//! that was true within each stream: merged by customer and day, streams sorted by customer, day and transaction would
//! count as sorted by transaction too. What relies on that, a window or a table that is read again, would go wrong. So
//! each merge goes by the whole order of what it merges, and then says no more than is true.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

/// Lets merges go by the whole order of what they merge.
#[derive(Debug)]
pub struct WholeMerges;

impl PhysicalOptimizerRule for WholeMerges {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() else {
                return Ok(Transformed::no(plan));
            };
            let input = merge.input();
            let Some(whole) = input.output_ordering().filter(|order| {
                order.len() > merge.expr().len() && order.iter().zip(merge.expr()).all(|(a, b)| a == b)
            }) else {
                return Ok(Transformed::no(plan));
            };
            let whole = SortPreservingMergeExec::new(whole.clone(), Arc::clone(input));
            let merge = whole.with_fetch(merge.fetch());
            Ok(Transformed::yes(Arc::new(merge) as Arc<dyn ExecutionPlan>))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "whole_merges"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
