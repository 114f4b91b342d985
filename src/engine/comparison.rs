//! Which values can be compared. The engine converts the two sides of a comparison to one type if it can: `day >
//! 20240201` then asks for days after the year 57,000. Such mistakes are found here.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Diagnostic, ScalarValue, Span};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Between, Case, Expr, ExprSchemable, LogicalPlan, Operator};

use crate::pipeline::{Pipeline, Test, Value};
use crate::problem::Problem;

use super::types::held;

/// The class of values, for comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Truth,
    Number,
    Text,
    Day,
    /// An interval of time.
    Stretch,
    Other,
}

impl Class {
    fn of(data_type: &DataType) -> Self {
        match held(data_type) {
            DataType::Boolean => Self::Truth,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Self::Day,
            DataType::Interval(_) | DataType::Duration(_) => Self::Stretch,
            found if found.is_string() => Self::Text,
            found if found.is_numeric() => Self::Number,
            _ => Self::Other,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Day => "a date or timestamp",
            Self::Stretch => "a stretch of time",
            Self::Other => "of another kind",
        }
    }
}

/// What two types are, in words, where no value of one equals one of the other as it stands.
pub(super) fn unlike(one: &DataType, other: &DataType) -> Option<(&'static str, &'static str)> {
    let (one, other) = (Class::of(one), Class::of(other));
    (one != other).then(|| (one.words(), other.words()))
}

/// Problems of a check's comparison values: one for each value that no value of the column can equal.
pub(super) fn unfit(
    pipeline: &Pipeline,
    test: &dyn Test,
    found: impl Fn(&str) -> Option<DataType>,
) -> Vec<Problem> {
    let (name, values) = (test.key(), test.compared());
    let Some(column) = test.columns().into_iter().next().filter(|_| !values.is_empty()) else {
        return Vec::new();
    };
    let Some(of) = found(&column.value).map(|found| Class::of(&found)) else { return Vec::new() };
    let fits = |value: &Value| match value {
        Value::Text(_) => of == Class::Text,
        // Text may be written like a date.
        Value::Date(_) => matches!(of, Class::Day | Class::Text),
        Value::Integer(_) | Value::Decimal(_) => of == Class::Number,
        Value::Bool(_) => of == Class::Truth,
        Value::List(_) => false,
    };
    let Some(value) = values.into_iter().find(|value| !fits(value)) else { return Vec::new() };
    let (shown, kind) = match value {
        Value::Text(text) => (format!("\"{text}\""), "text"),
        Value::Bool(_) => (value.to_string(), "a truth value"),
        other => (other.to_string(), other.kind()),
    };
    let what = format!("`{name}`: `{}` is {}, and {shown} is {kind}", column.value, of.words());
    let help = match of {
        Class::Text => {
            format!("put it in quotes, \"{value}\"; or bring the column to another type under `columns`")
        }
        Class::Number => {
            "write numbers without quotes, or cast the column to text under `columns`".to_owned()
        }
        Class::Day => "write dates as 2024-01-31".to_owned(),
        Class::Truth => "write true or false".to_owned(),
        Class::Stretch | Class::Other => "compute a column that can be compared under `columns`".to_owned(),
    };
    vec![Problem::new(what).at(pipeline.place(&column.at)).help(help)]
}

/// The first place in a plan where a date and a number are compared or made one column, as an error with its place.
pub(super) fn odd_in(plan: &LogicalPlan) -> Option<DataFusionError> {
    let mut odd = None;
    let _ = plan.apply_with_subqueries(|node| {
        let mut schema = DFSchema::empty();
        for input in node.inputs() {
            schema.merge(input.schema());
        }
        if let LogicalPlan::Join(join) = node {
            let pairs = join.on.iter().filter_map(|(left, right)| compared(left, right, &schema));
            odd = odd.take().or(pairs.into_iter().next());
        }
        if let LogicalPlan::Union(union) = node {
            odd = odd.take().or_else(|| stacked(&union.inputs));
        }
        let _ = node.apply_expressions(|expr| {
            odd = odd.take().or_else(|| self::odd(expr, &schema));
            Ok(TreeNodeRecursion::Continue)
        });
        Ok(if odd.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    odd
}

/// The first such comparison in an expression.
pub(super) fn odd(expr: &Expr, schema: &DFSchema) -> Option<DataFusionError> {
    let mut odd = None;
    let _ = expr.apply(|expr| {
        let each =
            |of: &Expr, others: Vec<&Expr>| others.into_iter().find_map(|other| compared(of, other, schema));
        odd = match expr {
            Expr::BinaryExpr(binary) if is_comparison(binary.op) => each(&binary.left, vec![&binary.right]),
            Expr::Between(Between { expr, low, high, .. }) => each(expr, vec![low, high]),
            Expr::InList(list) => each(&list.expr, list.list.iter().collect()),
            Expr::InSubquery(query) => {
                let fields = query.subquery.subquery.schema().fields();
                let class = fields.first().map_or(Class::Other, |field| Class::of(field.data_type()));
                let of = query.expr.get_type(schema).map_or(Class::Other, |found| Class::of(&found));
                mixed(of, class).map(|kind| complaint(kind, Use::Compared, None, span(&query.expr)))
            }
            Expr::Case(Case { expr, when_then_expr, else_expr }) => {
                let whens = when_then_expr.iter().map(|(when, _)| when.as_ref());
                let compared = expr.as_ref().and_then(|expr| each(expr, whens.collect()));
                let thens = when_then_expr.iter().map(|(_, then)| then.as_ref());
                let values: Vec<&Expr> = thens.chain(else_expr.as_deref()).collect();
                compared.or_else(|| united(&values, "case", schema))
            }
            Expr::ScalarFunction(function) if ONE_OF.contains(&function.func.name()) => {
                united(&function.args.iter().collect::<Vec<_>>(), function.func.name(), schema)
            }
            _ => None,
        };
        Ok(if odd.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    odd
}

fn is_comparison(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// Functions that return one of their arguments.
const ONE_OF: [&str; 7] = ["coalesce", "greatest", "ifnull", "least", "make_array", "nullif", "nvl"];

/// How two values that do not fit together are used.
#[derive(Clone, Copy)]
enum Use<'a> {
    Compared,
    /// United by `case`, a function, or `union`.
    United(&'a str),
}

/// The class of the other value, if one is a number and the other a time.
fn mixed(left: Class, right: Class) -> Option<Class> {
    match (left, right) {
        (kind @ (Class::Day | Class::Stretch), Class::Number)
        | (Class::Number, kind @ (Class::Day | Class::Stretch)) => Some(kind),
        _ => None,
    }
}

fn class(expr: &Expr, schema: &DFSchema) -> Option<Class> {
    expr.get_type(schema).ok().map(|found| Class::of(&found))
}

fn compared(left: &Expr, right: &Expr, schema: &DFSchema) -> Option<DataFusionError> {
    together(left, right, schema, Use::Compared)
}

fn together(left: &Expr, right: &Expr, schema: &DFSchema, how: Use<'_>) -> Option<DataFusionError> {
    let (l, r) = (class(left, schema)?, class(right, schema)?);
    let kind = mixed(l, r)?;
    let (number, other) = if r == Class::Number { (right, left) } else { (left, right) };
    Some(complaint(kind, how, digits(number), span(other).or_else(|| span(number))))
}

/// Alternative values, such as those of `case`.
fn united(values: &[&Expr], by: &str, schema: &DFSchema) -> Option<DataFusionError> {
    let (first, others) = values.split_first()?;
    let odd = others.iter().find_map(|other| together(first, other, schema, Use::United(by)));
    // The first value may be NULL.
    odd.or_else(|| united(others, by, schema))
}

/// Columns that a `union` puts below each other.
fn stacked(parts: &[Arc<LogicalPlan>]) -> Option<DataFusionError> {
    let class = |part: &LogicalPlan, column: usize| {
        part.schema().fields().get(column).map_or(Class::Other, |field| Class::of(field.data_type()))
    };
    let place = |part: &LogicalPlan, column: usize| match part {
        LogicalPlan::Projection(projection) => span(projection.expr.get(column)?),
        _ => None,
    };
    let columns = parts.first()?.schema().fields().len();
    (0..columns).find_map(|column| {
        let kind = parts.iter().enumerate().find_map(|(number, part)| {
            let others = parts.iter().skip(number + 1);
            others.into_iter().find_map(|other| mixed(class(part, column), class(other, column)))
        })?;
        let at = parts.iter().find_map(|part| place(part, column));
        Some(complaint(kind, Use::United("union"), None, at))
    })
}

fn complaint(kind: Class, how: Use<'_>, day: Option<String>, at: Option<Span>) -> DataFusionError {
    let (value, help) = if kind == Class::Day {
        let day = day.unwrap_or_else(|| "2024-01-31".to_owned());
        ("a date", format!("write dates as `date '{day}'`, or as a parameter such as `$as_of`"))
    } else {
        ("a stretch of time", "write it as one, such as `interval '90 days'`".to_owned())
    };
    let what = match how {
        Use::Compared => format!("{value} is compared with a number"),
        Use::United(by) => format!("`{by}` makes one column of {value} and a number"),
    };
    let diagnostic = Diagnostic::new_error(what.clone(), at).with_help(help, None);
    DataFusionError::Plan(what).with_diagnostic(diagnostic)
}

/// `20240201` as the date that was probably meant.
fn digits(number: &Expr) -> Option<String> {
    let Expr::Literal(ScalarValue::Int64(Some(number)), _) = number else { return None };
    let date = jiff::civil::Date::strptime("%Y%m%d", number.to_string()).ok()?;
    Some(date.to_string())
}

/// Where the first column of an expression stands.
pub(super) fn span(expr: &Expr) -> Option<Span> {
    let mut span = None;
    let _ = expr.apply(|expr| {
        if let Expr::Column(column) = expr {
            span = column.spans.first();
        }
        Ok(if span.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    span
}
