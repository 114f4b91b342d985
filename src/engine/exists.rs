//! Whether a table has rows is known by its first row.
//!
//! The engine answers `exists (select 1 from returns)` by a join without keys: each row of the query is compared with all rows
//! of the table. With a million rows on both sides it does not end. One row of the table says the same.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// Takes one row of each query in `exists` that has no column of the outer query.
#[derive(Debug)]
pub(super) struct FirstRow;

impl OptimizerRule for FirstRow {
    fn name(&self) -> &'static str {
        "first_row_of_exists"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        plan.map_expressions(|expr| expr.transform_up(first_row))
    }
}

fn first_row(expr: Expr) -> Result<Transformed<Expr>> {
    match expr {
        Expr::Exists(Exists { mut subquery, negated })
            if subquery.outer_ref_columns.is_empty()
                && !matches!(subquery.subquery.as_ref(), LogicalPlan::Limit(_)) =>
        {
            let limited =
                LogicalPlanBuilder::from(Arc::unwrap_or_clone(subquery.subquery)).limit(0, Some(1))?;
            subquery.subquery = Arc::new(limited.build()?);
            Ok(Transformed::yes(Expr::Exists(Exists { subquery, negated })))
        }
        other => Ok(Transformed::no(other)),
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::session::{Sessions, Settings};

    async fn rows(sql: &str) -> (usize, String) {
        let sessions = Sessions::new(&Settings::default(), None).unwrap();
        let context = sessions.alone(2).unwrap();
        let frame = context.sql(sql).await.unwrap();
        let plan = frame.clone().into_optimized_plan().unwrap().display_indent().to_string();
        (frame.count().await.unwrap(), plan)
    }

    #[tokio::test]
    async fn one_row_is_read() {
        let (count, plan) = rows(
            "with two as (values (1), (2)), three as (values (1), (2), (3)), none as (select 1 where false) \
             select * from three where exists (select 1 from two) and not exists (select 1 from none)",
        )
        .await;
        assert_eq!(count, 3);
        assert!(plan.contains("fetch=1"), "{plan}");
    }

    /// A query that names columns of the outer one is another for each row.
    #[tokio::test]
    async fn not_where_rows_are_compared() {
        let (count, plan) = rows(
            "with two as (select column1 as a from (values (1), (2))), three as (select column1 as b from (values (1), (2), (3))) \
             select * from three where exists (select 1 from two where a = b)",
        )
        .await;
        assert_eq!(count, 2);
        assert!(!plan.contains("fetch=1"), "{plan}");
    }
}
