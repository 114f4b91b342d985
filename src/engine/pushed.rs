//! Conditions stay above what yields a row even of no rows.
//!
//! The engine's rule moves a condition below an aggregate if the condition names none but columns of groups. A condition
//! on other tables alone, such as `(select count(*) from returns) = 0`, names no column at all. Below a total of all rows
//! it would empty what is counted, and the total, now 0, would still be a row. Of grouping sets, such as `rollup`, each
//! set but one lacks a column that the condition names.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

pub(super) type Rule = Arc<dyn OptimizerRule + Send + Sync>;

/// The engine's rule that moves conditions.
const MOVES: &str = "push_down_filter";

/// One of the engine's rules, as far as it is right.
pub(super) fn held(rule: Rule) -> Rule {
    if rule.name() == MOVES { Arc::new(Held(rule)) } else { rule }
}

/// The rule that moves conditions, kept from aggregates that yield a row of no rows.
#[derive(Debug)]
struct Held(Rule);

impl OptimizerRule for Held {
    fn name(&self) -> &str {
        self.0.name()
    }

    // The engine's rule moves a condition by one operator, and sees it again there.
    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if is_above_a_row_of_nothing(&plan) {
            Ok(Transformed::no(plan))
        } else {
            self.0.rewrite(plan, config)
        }
    }
}

fn is_above_a_row_of_nothing(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Filter(filter) = plan else { return false };
    match filter.input.as_ref() {
        LogicalPlan::Aggregate(aggregate) => yields_a_row_of_nothing(aggregate),
        // The engine's rule makes one of both, and moves it at once.
        below @ LogicalPlan::Filter(_) => is_above_a_row_of_nothing(below),
        _ => false,
    }
}

fn yields_a_row_of_nothing(aggregate: &Aggregate) -> bool {
    aggregate.group_expr.is_empty()
        || aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_)))
}

#[cfg(test)]
mod tests {
    use datafusion::optimizer::Optimizer;

    use super::*;

    #[test]
    fn the_engine_has_the_rule() {
        let names: Vec<String> = Optimizer::new().rules.iter().map(|rule| rule.name().to_owned()).collect();
        assert!(names.iter().any(|name| name == MOVES), "{names:?}");
    }
}
