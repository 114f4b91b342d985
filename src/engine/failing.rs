//! Where in a query a conversion failed: the engine names the value and the type, but no place.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Diagnostic, Span};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, LogicalPlan};
use datafusion::prelude::SessionContext;

use crate::pipeline::{Parameters, date_meant};
use crate::problem::Problem;
use crate::tables::sql_types;

use super::comparison::span;
use super::explained::explain;
use super::sql::Query;

/// A conversion of text in a query.
struct Conversion {
    /// What is converted, in SQL as an analyst would write it.
    words: String,
    at: Option<Span>,
}

/// The error about a value that a query could not convert, with its place in the query's text if known, else with the
/// possible conversions. None if the message is about something else. `sources` are tables with expressions that are
/// not part of the query.
pub async fn conversion(
    query: &Query,
    context: &SessionContext,
    parameters: &Parameters,
    sources: &[&str],
    message: &str,
) -> Option<Problem> {
    let kind = Meant::of(message)?;
    let planned = query.plan(context, parameters).await.ok()?;
    let state = context.state();
    // The analyser inserts implicit casts.
    let analysed = state.analyzer().execute_and_check(planned, state.config_options(), |_, _| {}).ok()?;
    let mut found = Vec::new();
    let _ = analysed.apply_with_subqueries(|node| {
        if let LogicalPlan::SubqueryAlias(alias) = node
            && sources.contains(&alias.alias.table())
        {
            return Ok(TreeNodeRecursion::Jump);
        }
        let schema = merge_schema(&node.inputs());
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if kind.is_of(expr, &schema) {
                    let words = sql_types(&value(expr).human_display().to_string());
                    found.push(Conversion { words, at: span(expr) });
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(TreeNodeRecursion::Continue)
    });
    let first = found.first()?;
    let mut words: Vec<&str> = found.iter().map(|conversion| conversion.words.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    let each: Vec<String> = words.iter().map(|words| format!("`{words}`")).collect();
    let null = match kind {
        Meant::Function(name) => format!("`try_{name}`"),
        Meant::Type(_) | Meant::Time => "`TRY_CAST(... AS ...)`".to_owned(),
    };
    let help = format!("the value comes of {}; {null} gives NULL for what does not fit", each.join(" or "));
    let problem = Problem::new(message.to_owned());
    let Some(at) = first.at else { return Some(problem.help(help)) };
    let error = DataFusionError::Plan(String::new()).with_diagnostic(Diagnostic::new_error("", Some(at)));
    let place = explain(&error, &Arc::clone(&query.source), 0).place;
    Some(Problem { place, ..problem }.help(help))
}

/// The error about a text in a query that has no value of the type to which it is converted: `date '2024-02-30'`. `analysed` is
/// the query's plan with the casts that the engine adds.
pub(super) fn literal(query: &Query, analysed: &LogicalPlan) -> Option<Problem> {
    let mut found = None;
    let _ = analysed.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found = found.take().or_else(|| Unreadable::of(expr));
            Ok(TreeNodeRecursion::Continue)
        })
    });
    found.map(|found: Unreadable| found.problem().at(query.place_of_text(&found.text)))
}

/// A text that is converted to a type of which it is no value.
pub(super) struct Unreadable {
    text: String,
    kind: DataType,
}

impl Unreadable {
    /// The first such text in an expression. A parameter is a text of the expression too.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        let mut found = None;
        let _ = expr.apply(|expr| {
            found = Self::in_cast(expr);
            Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        });
        found
    }

    fn in_cast(expr: &Expr) -> Option<Self> {
        let Expr::Cast(Cast { expr, field }) = expr else { return None };
        let Expr::Literal(value, _) = expr.as_ref() else { return None };
        let text = value.try_as_str().flatten()?.to_owned();
        let kind = field.data_type();
        value.cast_to(kind).is_err().then(|| Self { text, kind: kind.clone() })
    }

    /// The error, without a place.
    pub(super) fn problem(&self) -> Problem {
        let kind_is = |name: &str| sql_types(&self.kind.to_string()).starts_with(name);
        let what = format!("'{}' cannot be read as {}", self.text, sql_types(&self.kind.to_string()));
        if self.text.starts_with('$') {
            let help = format!("a parameter stands without quotes: `{}`", self.text);
            return Problem::new(what).help(help);
        }
        if let Some(day) = date_meant(&self.text).filter(|_| kind_is("DATE") || kind_is("TIMESTAMP")) {
            return Problem::new(what).help(format!("write `'{day}'`"));
        }
        let plain = self.text.replace(',', ".");
        if self.kind.is_numeric() && plain != self.text && plain.parse::<f64>().is_ok() {
            return Problem::new(what).help(format!("write `{plain}`: a decimal has a point"));
        }
        let help = match &self.kind {
            DataType::Date32 | DataType::Date64 => {
                "write a date, a day of the calendar, as year-month-day: `2024-02-29`"
            }
            kind if is_time(kind) => "write a day of the calendar and a time: `2024-02-29 18:30:00`",
            kind if kind.is_numeric() => {
                "write a number: digits with a point, `1234.50`, or cast the other side to text"
            }
            _ => "write a value of that type",
        };
        Problem::new(what).help(help)
    }
}

/// What is converted.
fn value(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(Cast { expr, .. }) => value(expr),
        Expr::ScalarFunction(function) => function.args.first().map_or(expr, value),
        other => other,
    }
}

/// What the value could not be converted to, by the message.
enum Meant {
    /// A value of a type, by its SQL name.
    Type(String),
    /// The result of a function with this name.
    Function(&'static str),
    /// A date or a time.
    Time,
}

/// Functions that read text.
const READING: [&str; 3] = ["parse_decimal", "parse_date", "parse_timestamp"];

impl Meant {
    fn of(message: &str) -> Option<Self> {
        if let Some(name) = READING.into_iter().find(|name| message.contains(*name)) {
            return Some(Self::Function(name));
        }
        if let Some((_, rest)) = message.rsplit_once("to value of ") {
            return Some(Self::Type(word(rest).to_owned()));
        }
        ["error parsing ", "unable to cast to DATE", "error parsing timestamp"]
            .into_iter()
            .any(|part| message.to_lowercase().contains(&part.to_lowercase()))
            .then_some(Self::Time)
    }

    fn is_of(&self, expr: &Expr, schema: &DFSchema) -> bool {
        let text = |expr: &Expr| expr.get_type(schema).is_ok_and(|found| found.is_string());
        match (self, expr) {
            (Self::Type(wanted), Expr::Cast(Cast { expr, field })) => {
                text(expr) && word(&sql_types(&field.data_type().to_string())) == wanted
            }
            (Self::Time, Expr::Cast(Cast { expr, field })) => text(expr) && is_time(field.data_type()),
            (Self::Function(name), Expr::ScalarFunction(function)) => function.func.name() == *name,
            (Self::Time, Expr::ScalarFunction(function)) => {
                let name = function.func.name();
                let reads = name == "to_date" || name.starts_with("to_timestamp");
                reads && function.args.first().is_some_and(text)
            }
            _ => false,
        }
    }
}

fn is_time(data_type: &DataType) -> bool {
    data_type.is_temporal()
}

/// A type's name without its digits: `DECIMAL` of `DECIMAL(38, 10) type`.
fn word(text: &str) -> &str {
    text.split(['(', ' ']).next().unwrap_or(text)
}
