//! Casts in a mapping that may lose digits of money: which casts, and which rows lose digits.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, TryCast, bitwise_or, lit, try_cast};

use super::functions::{digits_lost, is_whole};

/// The prefix of a mark's name: the row's value of the column named after it lost digits in a cast.
const LOST: &str = "_lost_";

/// The name of the mark of rows that lost digits in a column.
pub fn lost_mark(column: &str) -> String {
    format!("{LOST}{column}")
}

/// A mark that is 1 for rows with a value that some cast of the expression changed, and 0 for the others; none if no
/// cast can.
///
/// Branches are evaluated as in the expression, and inner casts never fail: the mark does not change the result. It
/// must be a number, not a condition: the engine turns a condition's branches into `and`, and evaluates all of them.
///
/// # Errors
/// None that a user can cause.
pub fn loses_digits(expr: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    match expr {
        Expr::Cast(Cast { expr: inner, field }) | Expr::TryCast(TryCast { expr: inner, field }) => {
            let below = loses_digits(inner, schema)?;
            let own = match decimals(field.data_type()) {
                Some(scale) if may_lose(&inner.get_type(schema)?, scale) => {
                    Some(digits_lost(never_failing(inner)?, scale))
                }
                _ => None,
            };
            Ok(any([below, own]))
        }
        Expr::Case(Case { expr: of, when_then_expr, else_expr }) => {
            let mut lost = false;
            let mut then = |expr: &Expr| -> Result<Box<Expr>> {
                let found = loses_digits(expr, schema)?;
                lost |= found.is_some();
                Ok(Box::new(found.unwrap_or_else(|| lit(0_i8))))
            };
            let branches = when_then_expr.iter().map(|(when, value)| Ok((when.clone(), then(value)?)));
            let when_then_expr = branches.collect::<Result<Vec<_>>>()?;
            let else_expr = else_expr.as_ref().map(|value| then(value)).transpose()?;
            let case = Case { expr: of.clone(), when_then_expr, else_expr };
            Ok(lost.then_some(Expr::Case(case)))
        }
        Expr::ScalarFunction(function) if function.func.name() == "coalesce" => {
            let mut found: Option<Expr> = None;
            // From the last argument on: each counts if those before it are NULL.
            for value in function.args.iter().rev() {
                let own = loses_digits(value, schema)?;
                found = match (own, found) {
                    (None, None) => None,
                    (own, rest) => {
                        let first = never_failing(value)?.is_not_null();
                        let case = Case {
                            expr: None,
                            when_then_expr: vec![(
                                Box::new(first),
                                Box::new(own.unwrap_or_else(|| lit(0_i8))),
                            )],
                            else_expr: Some(Box::new(rest.unwrap_or_else(|| lit(0_i8)))),
                        };
                        Some(Expr::Case(case))
                    }
                };
            }
            Ok(found)
        }
        other => {
            let mut found = None;
            other.apply_children(|child| {
                found = any([found.take(), loses_digits(child, schema)?]);
                Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
            })?;
            Ok(found)
        }
    }
}

/// Either of two marks.
pub fn any(conditions: [Option<Expr>; 2]) -> Option<Expr> {
    conditions.into_iter().flatten().reduce(bitwise_or)
}

/// The number of decimals of an exact type.
fn decimals(data_type: &DataType) -> Option<i8> {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => Some(*scale),
        whole if is_whole(whole) => Some(0),
        _ => None,
    }
}

/// Whether values of a type may have more than this many decimals.
pub fn may_lose(from: &DataType, scale: i8) -> bool {
    match from {
        DataType::Decimal128(_, own) | DataType::Decimal256(_, own) => *own > scale,
        other => other.is_floating() || other.is_string(),
    }
}

/// The expression with casts that give NULL instead of an error.
fn never_failing(expr: &Expr) -> Result<Expr> {
    let safe = expr.clone().transform_up(|expr| {
        Ok(match expr {
            Expr::Cast(Cast { expr, field }) => Transformed::yes(try_cast(*expr, field.data_type().clone())),
            other => Transformed::no(other),
        })
    });
    Ok(safe?.data)
}
