//! Cross joins with a table of one row.
//!
//! Queries read bounds, dates and totals so: `from customers cross join windows`. The engine's operator keeps its left
//! table and reads the right one batch by batch; for each of these it writes a batch for each row that it keeps. With the
//! one row on the right it writes a batch for every row of the other table. A million customers are a million batches,
//! and what reads them costs a thousand times as much. The engine puts the smaller table on the left, but only if it
//! knows the size of both. So the table of one row is put there if the other one's size is not known.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::CrossJoinExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

/// The engine's rule that chooses the sides of joins. Ours comes right after it, as later ones place what those sides need.
pub const SIDES: &str = "join_selection";

/// Puts a table of one row on the left of a cross join.
#[derive(Debug)]
pub struct OneRowLeft;

impl PhysicalOptimizerRule for OneRowLeft {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let swapped = match plan.downcast_ref::<CrossJoinExec>() {
                Some(join) if is_one_row(join.right())? && !is_one_row(join.left())? => {
                    Some(join.swap_inputs()?)
                }
                _ => None,
            };
            Ok(swapped.map_or_else(|| Transformed::no(plan), Transformed::yes))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "one_row_left"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether a table is known or estimated to have one row at most.
fn is_one_row(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let known = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new())?;
    Ok(known.num_rows.get_value().is_some_and(|rows| *rows <= 1))
}

#[cfg(test)]
mod tests {
    use datafusion::execution::SessionStateBuilder;
    use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::super::session::after;
    use super::*;

    async fn batches(rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>, query: &str) -> Vec<usize> {
        let state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(SessionConfig::new().with_target_partitions(1))
            .with_physical_optimizer_rules(rules)
            .build();
        let context = SessionContext::new_with_state(state);
        let found = context.sql(query).await.unwrap().collect().await.unwrap();
        found.iter().map(arrow::array::RecordBatch::num_rows).filter(|rows| *rows > 0).collect()
    }

    #[tokio::test]
    async fn a_cross_join_with_one_row_keeps_batches_whole() {
        let query = "with groups as (select value % 5000 as g, count(*) as rows from range(20000) group by g), \
                     one as (select sum(rows) as all_rows from groups) \
                     select g, rows, all_rows from groups cross join one where rows > 0";
        let engine = PhysicalOptimizer::new().rules;
        let mut rules = engine.clone();
        after(&mut rules, SIDES, Arc::new(OneRowLeft));
        let ours = batches(rules, query).await;
        assert_eq!(ours.iter().sum::<usize>(), 5000);
        assert!(ours.len() < 10, "{} batches", ours.len());
        // What this rule is for: without it there is a batch for each row. If this fails, the rule may have become needless.
        assert_eq!(batches(engine, query).await, vec![1; 5000]);
    }
}
