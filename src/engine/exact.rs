//! Arithmetic that is exact or an error. It replaces the engine's own, which wraps, in every expression of a pipeline
//! and in every query.
//!
//! This needs to know which values are whole numbers. Before types are unified, the engine takes the type of `case` and
//! of `union` from their first part: `case when a then 0 else 1.5 end` counts as a whole number. So their types are
//! unified first.

use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion, TreeNodeRewriter};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, cast, lit};
use datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter;

use arrow::datatypes::DataType;

use super::clock::plain_cast;
use super::functions::{exact_product, is_whole, whole};

/// An expression where `+`, `-` and `*` of whole numbers cannot wrap.
///
/// # Errors
/// Operands of unknown type, and parts of a `case` without a common type.
pub fn exact(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    expr.transform_up(|expr| {
        let whole_number = |expr: &Expr| Ok::<_, DataFusionError>(is_whole(&expr.get_type(schema)?));
        match expr {
            // The type of a `case` depends on all its parts.
            Expr::Case(_) => TypeCoercionRewriter::new(schema).f_up(expr),
            Expr::BinaryExpr(BinaryExpr { left, op, right })
                if arithmetic(op) && whole_number(&left)? && whole_number(&right)? =>
            {
                match whole((*left).clone(), op, (*right).clone()) {
                    Some(exact) => Ok(Transformed::yes(exact)),
                    None => Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
                }
            }
            // The engine's own gives a number of days, but its range analysis takes this for an interval: a condition
            // over a table with known ranges would fail when the query runs.
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Minus, right })
                if is_day(&left, schema)? && is_day(&right, schema)? =>
            {
                let days = |day: Expr| cast(cast(day, DataType::Date32), DataType::Int64);
                match whole(days((*left).clone()), Operator::Minus, days((*right).clone())) {
                    Some(exact) => Ok(Transformed::yes(exact)),
                    None => {
                        Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op: Operator::Minus, right })))
                    }
                }
            }
            Expr::Negative(inner) if whole_number(&inner)? => {
                match whole(lit(0_i64), Operator::Minus, (*inner).clone()) {
                    Some(exact) => Ok(Transformed::yes(exact)),
                    None => Ok(Transformed::no(Expr::Negative(inner))),
                }
            }
            other => Ok(Transformed::no(other)),
        }
    })
}

fn is_day(expr: &Expr, schema: &DFSchema) -> Result<bool> {
    Ok(matches!(expr.get_type(schema)?, DataType::Date32 | DataType::Date64))
}

/// The most decimals of a product in a mapping; a value that needs more is an error.
const PRODUCT_SCALE: i8 = 18;

/// An expression with products of decimals that have room before the point: two factors of 18 decimals each would leave
/// two digits there.
///
/// # Errors
/// None that a user can cause.
pub fn exact_products(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let scale = |expr: &Expr| match expr.get_type(schema) {
        Ok(DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale)) => Some(scale),
        _ => None,
    };
    let product = expr.transform_up(|expr| {
        let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Multiply, right }) = &expr else {
            return Ok(Transformed::no(expr));
        };
        let decimals = scale(left).zip(scale(right)).map(|(l, r)| i16::from(l) + i16::from(r));
        if decimals.is_none_or(|decimals| decimals <= i16::from(PRODUCT_SCALE)) {
            return Ok(Transformed::no(expr));
        }
        let of = expr.human_display().to_string();
        let (left, right) = (left.as_ref().clone(), right.as_ref().clone());
        Ok(Transformed::yes(exact_product(left, right, PRODUCT_SCALE, &of)))
    });
    Ok(product?.data)
}

/// The first division of whole numbers in an expression, in words: it drops the remainder.
pub fn whole_division(expr: &Expr, schema: &DFSchema) -> Option<(String, String)> {
    let mut found = None;
    let whole = |expr: &Expr| expr.get_type(schema).is_ok_and(|data_type| is_whole(&data_type));
    let _ = expr.apply(|expr| {
        if let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Divide, right }) = expr
            && whole(left)
            && whole(right)
        {
            found = Some((left.human_display().to_string(), right.human_display().to_string()));
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

fn arithmetic(op: Operator) -> bool {
    matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply)
}

/// The same for all expressions of a plan and of its subqueries. Columns keep their names.
///
/// # Errors
/// Those of [`exact`], and parts of a `union` without a common type.
pub fn exact_plan(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !concerns(&plan)? {
        return Ok(plan);
    }
    let exact_node = |plan: LogicalPlan| {
        let plan = match plan {
            LogicalPlan::Union(union) => TypeCoercionRewriter::coerce_union(union)?,
            other => other,
        };
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let expr = expr.transform_up(|expr| Ok(plain_cast(expr)))?;
            let expr = expr.transform_data(|expr| exact(expr, &schema))?;
            Ok(expr.update_data(|expr| name.restore(expr)))
        })?
        // A type may have become wider here, or in what the node reads.
        .map_data(LogicalPlan::recompute_schema)
    };
    Ok(plan.transform_up_with_subqueries(exact_node)?.data)
}

/// Whether a rewrite is needed: arithmetic, or types that the engine knows only later.
fn concerns(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found = found || matches!(node, LogicalPlan::Union(_));
        node.apply_expressions(|expr| {
            found = found
                || expr.exists(|expr| {
                    Ok(match expr {
                        Expr::BinaryExpr(binary) => arithmetic(binary.op),
                        Expr::Negative(_) | Expr::Case(_) => true,
                        _ => false,
                    })
                })?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}
