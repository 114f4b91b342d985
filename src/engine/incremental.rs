//! Steps with tables that are merged from parts.
//!
//! A step is `incremental` if its query is one aggregation of a source, and its results over parts of the rows can be
//! merged: counts and sums are added, minima and maxima compared. [`Merge`] is derived from the query's plan.

use std::collections::BTreeSet;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNode;
use datafusion::error::Result;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{max, min};
use datafusion::logical_expr::{Expr, LogicalPlan, SortExpr, cast, ident, lit};
use datafusion::prelude::DataFrame;

use crate::pipeline::Parameters;

use super::functions::sum;
use super::sql::Query;

/// How a column of partial tables is merged into the whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// A grouping column.
    Key,
    /// Values are added.
    Sum,
    /// Values are added too; without any part it is 0.
    Count,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
}

/// A step with a table that is merged from parts.
#[derive(Debug, Clone)]
pub struct Incremental {
    /// The step's name.
    pub name: String,
    /// Its query.
    pub query: Query,
    /// The parameters bound to it.
    pub parameters: Parameters,
    /// The columns of its table.
    pub schema: SchemaRef,
    /// How each column is merged.
    pub merge: Vec<Merge>,
    /// The query's `order by`, for a table that is kept.
    pub order_by: Vec<SortExpr>,
    /// The columns of the source that it reads.
    pub reads: BTreeSet<String>,
}

/// How the columns of a planned query merge.
///
/// # Errors
/// The reason why the query cannot be merged, in the analyst's words.
pub fn merges(plan: &LogicalPlan) -> std::result::Result<Vec<Merge>, String> {
    const SHAPE: &str = "one `select ... from source [where ...] group by ...`";
    match plan {
        LogicalPlan::Sort(sort) => merges(&sort.input),
        LogicalPlan::SubqueryAlias(alias) => merges(&alias.input),
        LogicalPlan::Projection(projection) => {
            let LogicalPlan::Aggregate(aggregate) = projection.input.as_ref() else {
                return Err(format!("it is not {SHAPE}"));
            };
            rows_only(&aggregate.input)?;
            let below = aggregated(aggregate)?;
            let columns: Vec<Merge> = projection
                .expr
                .iter()
                .map(|expr| {
                    let mut inner = expr;
                    while let Expr::Alias(alias) = inner {
                        inner = &alias.expr;
                    }
                    let Expr::Column(column) = inner else {
                        let name = expr.schema_name();
                        return Err(format!(
                            "`{name}` is computed from the results of the aggregation; compute it in a step that reads this one"
                        ));
                    };
                    let index = aggregate.schema.index_of_column(column).map_err(|error| error.to_string())?;
                    below.get(index).copied().ok_or_else(|| format!("it is not {SHAPE}"))
                })
                .collect::<std::result::Result<_, _>>()?;
            let keys = columns.iter().filter(|merge| **merge == Merge::Key).count();
            if keys < aggregate.group_expr.len() {
                return Err("it groups by a column that it does not select".into());
            }
            Ok(columns)
        }
        LogicalPlan::Aggregate(aggregate) => {
            rows_only(&aggregate.input)?;
            aggregated(aggregate)
        }
        _ => Err(format!("it is not {SHAPE}")),
    }
}

/// The `order by` of a planned query, in terms of its result's columns.
pub fn order_by(plan: &LogicalPlan) -> Vec<SortExpr> {
    let LogicalPlan::Sort(sort) = plan else { return Vec::new() };
    let by_column = |by: &SortExpr| match &by.expr {
        Expr::Column(column) => Some(ident(&column.name).sort(by.asc, by.nulls_first)),
        _ => None,
    };
    sort.expr.iter().map_while(by_column).collect()
}

fn aggregated(aggregate: &datafusion::logical_expr::Aggregate) -> std::result::Result<Vec<Merge>, String> {
    let mut columns = Vec::new();
    for expr in &aggregate.group_expr {
        if matches!(expr, Expr::GroupingSet(_)) {
            return Err("grouping sets cannot be merged".into());
        }
        row_by_row(expr)?;
        columns.push(Merge::Key);
    }
    for expr in &aggregate.aggr_expr {
        row_by_row(expr)?;
        let mut inner = expr;
        while let Expr::Alias(alias) = inner {
            inner = &alias.expr;
        }
        let Expr::AggregateFunction(function) = inner else {
            return Err(format!("`{}` cannot be merged", expr.schema_name()));
        };
        if function.params.distinct {
            let help = "group by the values in this step, and count its rows in a step that reads it";
            return Err(format!("distinct values of parts cannot be added up; {help}"));
        }
        let floating = aggregate.schema.field(columns.len()).data_type().is_floating();
        columns.push(match function.func.name() {
            "sum" if floating => {
                let help = "cast them to a decimal type";
                return Err(format!("the sum of floating-point numbers depends on their order; {help}"));
            }
            "sum" => Merge::Sum,
            "count" => Merge::Count,
            "min" => Merge::Min,
            "max" => Merge::Max,
            other => {
                let can = "sum, count, min and max can";
                return Err(format!("`{other}` of parts is not that of the whole; {can}"));
            }
        });
    }
    Ok(columns)
}

/// Below the aggregation, nothing may look at more than one row.
fn rows_only(plan: &LogicalPlan) -> std::result::Result<(), String> {
    match plan {
        LogicalPlan::Projection(projection) => {
            projection.expr.iter().try_for_each(row_by_row)?;
            rows_only(&projection.input)
        }
        LogicalPlan::Filter(filter) => {
            row_by_row(&filter.predicate)?;
            rows_only(&filter.input)
        }
        LogicalPlan::SubqueryAlias(alias) => rows_only(&alias.input),
        LogicalPlan::TableScan(_) => Ok(()),
        _ => {
            Err("below its `group by` it may only choose rows of one source (`where`) and compute columns"
                .into())
        }
    }
}

/// A subquery in an expression would see only the rows of one part.
fn row_by_row(expr: &Expr) -> std::result::Result<(), String> {
    let is_query = |expr: &Expr| {
        matches!(
            expr,
            Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_)
        )
    };
    match expr.exists(|expr| Ok(is_query(expr))) {
        Ok(false) => Ok(()),
        _ => Err("a query within it would see the rows of a part alone".into()),
    }
}

impl Incremental {
    /// The whole table, from the rows of all parts.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn merged(&self, parts: DataFrame) -> Result<DataFrame> {
        let fields = || self.schema.fields().iter().zip(&self.merge);
        let keys = fields().filter(|(_, merge)| **merge == Merge::Key).map(|(field, _)| ident(field.name()));
        let measures = fields().filter_map(|(field, merge)| {
            let of = ident(field.name());
            let merged = match merge {
                Merge::Key => return None,
                Merge::Sum | Merge::Count => sum(of),
                Merge::Min => min(of),
                Merge::Max => max(of),
            };
            Some(merged.alias(field.name()))
        });
        let frame = parts.aggregate(keys.collect(), measures.collect())?;
        // Sums of sums have more digits than necessary.
        let select = fields().map(|(field, merge)| {
            let merged = match merge {
                Merge::Count => coalesce(vec![ident(field.name()), lit(0_i64)]),
                _ => ident(field.name()),
            };
            cast(merged, field.data_type().clone()).alias(field.name())
        });
        frame.select(select.collect::<Vec<_>>())
    }
}
