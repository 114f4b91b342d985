//! Unions say of each column whether it can be NULL, as their parts do.
//!
//! The engine settles this when it plans a query, and then rewrites the parts: `coalesce(big, true)`, which is never NULL,
//! becomes a condition that it takes to be NULL perhaps. The union still says that the column is never NULL. An aggregate
//! over it (`group by`, `distinct`) then ends the run: what it reads is not what was planned.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::Result;
use datafusion::logical_expr::{LogicalPlan, Union};
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Lets unions, and what reads them, know which columns can be NULL.
#[derive(Debug)]
pub(super) struct TrueUnions;

impl OptimizerRule for TrueUnions {
    fn name(&self) -> &'static str {
        "true_unions"
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if !wrong_anywhere(&plan)? {
            return Ok(Transformed::no(plan));
        }
        let widened = plan.transform_up_with_subqueries(|plan| {
            let plan = match plan {
                LogicalPlan::Union(union) => match true_schema(&union)? {
                    Some(schema) => LogicalPlan::Union(Union { inputs: union.inputs, schema }),
                    None => LogicalPlan::Union(union),
                },
                other => other.recompute_schema()?,
            };
            Ok(Transformed::yes(plan))
        });
        Ok(Transformed::yes(widened.data()?))
    }
}

fn wrong_anywhere(plan: &LogicalPlan) -> Result<bool> {
    let mut wrong = false;
    plan.apply_with_subqueries(|plan| {
        if let LogicalPlan::Union(union) = plan {
            wrong |= true_schema(union)?.is_some();
        }
        Ok(if wrong { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(wrong)
}

/// The union's columns, if one of them can be NULL in a part and the union says that it cannot.
fn true_schema(union: &Union) -> Result<Option<DFSchemaRef>> {
    let mut changed = false;
    let mut fields = Vec::new();
    for (index, (table, field)) in union.schema.iter().enumerate() {
        let can = union
            .inputs
            .iter()
            .any(|part| part.schema().fields().get(index).is_some_and(|field| field.is_nullable()));
        let wrong = can && !field.is_nullable();
        changed |= wrong;
        let field =
            if wrong { Arc::new(field.as_ref().clone().with_nullable(true)) } else { Arc::clone(field) };
        fields.push((table.cloned(), field));
    }
    if !changed {
        return Ok(None);
    }
    let schema = DFSchema::new_with_metadata(fields, union.schema.metadata().clone())?;
    Ok(Some(Arc::new(schema.with_functional_dependencies(union.schema.functional_dependencies().clone())?)))
}
