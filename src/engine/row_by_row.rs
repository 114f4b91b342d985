//! What a mapping or a rule must not do: read other rows, their order, or the run. It depends on each row alone; a
//! query step is the place for the rest.

use std::ops::ControlFlow;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, visit_expressions};

use crate::pipeline::{Spanned, When};
use crate::problem::Problem;

use super::mapper::Mapper;
use super::sql::{fickle, fickleness};

impl Mapper<'_> {
    /// Refuses a subquery in an expression, and a window function, before planning: planning may need tables that are
    /// not there.
    pub(super) fn one_row(&self, parsed: &SqlExpr, sql: &Spanned<String>) -> Result<(), Problem> {
        let mut found = None;
        let _ = visit_expressions(parsed, |expr: &SqlExpr| {
            found = match expr {
                SqlExpr::Subquery(_)
                | SqlExpr::Exists { .. }
                | SqlExpr::InSubquery { .. }
                | SqlExpr::AnyOp { .. }
                | SqlExpr::AllOp { .. }
                    if holds_query(expr) =>
                {
                    Some("a query within it".to_owned())
                }
                SqlExpr::Function(function) if function.over.is_some() => {
                    Some(format!("`{} ... over`", function.name))
                }
                _ => return ControlFlow::Continue(()),
            };
            ControlFlow::Break(())
        });
        found.map_or(Ok(()), |what| Err(self.many_rows(&what, sql)))
    }

    /// Refuses a planned expression that depends on other rows or on the run.
    pub(super) fn settled_by_row(&self, expr: &Expr, sql: &Spanned<String>) -> Result<(), Problem> {
        if let Some(function) = fickle(expr) {
            return Err(fickleness(&function).at(self.pipeline.place(&sql.at)));
        }
        let mut found = None;
        let _ = expr.apply(|expr| {
            found = match expr {
                Expr::AggregateFunction(function) => Some(format!("`{}`", function.func.name())),
                Expr::WindowFunction(function) => Some(format!("`{}`", function.fun.name())),
                Expr::Unnest(_) => Some("`unnest`".to_owned()),
                _ => return Ok(TreeNodeRecursion::Continue),
            };
            Ok(TreeNodeRecursion::Stop)
        });
        found.map_or(Ok(()), |what| Err(self.many_rows(&what, sql)))
    }

    fn many_rows(&self, what: &str, sql: &Spanned<String>) -> Problem {
        let rule = self.source.quarantine.iter().find(|rule| match &rule.when {
            When::Sql(condition) => condition.at == sql.at,
            When::Repeated(_) => false,
        });
        let column = self.source.columns.iter().find(|column| column.sql.at == sql.at);
        let (subject, help) = match (rule, column) {
            (Some(rule), _) => (
                format!("the rule `{}`", rule.name.value),
                "for duplicates use `repeated: [columns]`; what needs many rows belongs in a step's query",
            ),
            (None, Some(column)) => (
                format!("the column `{}`", column.name.value),
                "what needs many rows belongs in a step's query, which reads the source as a table",
            ),
            (None, None) => ("it".to_owned(), "what needs many rows belongs in a step's query"),
        };
        Problem::new(format!("{subject} looks at one row; {what} looks at many"))
            .at(self.pipeline.place(&sql.at))
            .help(help)
    }
}

/// Whether an expression is a query, or holds one as its right side.
fn holds_query(expr: &SqlExpr) -> bool {
    match expr {
        SqlExpr::AnyOp { right, .. } | SqlExpr::AllOp { right, .. } => {
            matches!(**right, SqlExpr::Subquery(_))
        }
        _ => true,
    }
}
