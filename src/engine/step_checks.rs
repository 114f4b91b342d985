//! The checks of steps as queries: each counts the errors of a table, after all tables are complete.

use std::sync::Arc;

use crate::pipeline::check::{Asks, Measured, Question};
use crate::pipeline::step_check::{StepCheck, StepTest};
use crate::pipeline::{CheckSeverity, Parameters, Pipeline, Step, Test, Value};
use crate::problem::{Problem, SourceText};

use super::sql::Query;

/// A check of a step's table.
#[derive(Debug, Clone)]
pub struct PlannedCheck {
    /// The table.
    pub table: String,
    /// The check in words, such as `not_null amount`.
    pub name: String,
    /// What its failure means.
    pub severity: CheckSeverity,
    /// The query, which yields one row.
    pub query: Query,
    /// The parameters bound to it.
    pub parameters: Parameters,
    /// What its result means.
    pub asks: Asks,
    /// The check in the pipeline.
    pub check: StepCheck,
}

/// The checks of a pipeline's steps.
pub(super) fn planned(
    pipeline: &Pipeline,
    parameters: impl Fn(usize) -> Parameters,
) -> (Vec<PlannedCheck>, Vec<Problem>) {
    let (mut checks, mut problems) = (Vec::new(), Vec::new());
    for (index, step) in pipeline.steps.iter().enumerate() {
        for check in &step.checks {
            for asked in asked(step, check) {
                let source = Arc::new(SourceText {
                    name: format!("a check of `{}`", step.name.value),
                    text: asked.text,
                });
                match Query::parse(&source) {
                    Ok(query) => {
                        let mut bound = parameters(index);
                        bound.extend(asked.values);
                        checks.push(PlannedCheck {
                            table: step.name.value.clone(),
                            name: asked.name,
                            severity: check.severity,
                            query,
                            parameters: bound,
                            asks: asked.asks,
                            check: check.clone(),
                        });
                    }
                    // Only an expression is a user's own text.
                    Err(problem) => problems
                        .push(Problem::new(problem.what).at(pipeline.place(at(check))).help_if(problem.help)),
                }
            }
        }
    }
    (checks, problems)
}

/// The place of a check for its errors.
pub(super) fn at(check: &StepCheck) -> &std::ops::Range<usize> {
    match &check.test {
        StepTest::Expression(sql) => &sql.at,
        StepTest::Relationships { to, .. } | StepTest::Reconcile { to, .. } => &to.at,
        StepTest::Rows(_) => &check.at,
    }
}

/// One query of a check.
struct Asked {
    name: String,
    text: String,
    values: Vec<(String, Value)>,
    asks: Asks,
}

fn asked(step: &Step, check: &StepCheck) -> Vec<Asked> {
    let table = quoted(&step.name.value);
    match &check.test {
        StepTest::Rows(test) => of_rows(&table, test.as_ref()),
        StepTest::Relationships { column, to, field } => {
            let (own, other) = (quoted(&column.value), quoted(&field.value));
            let condition = format!(
                "{table}.{own} is not null and not exists (select 1 from {} as other_table where other_table.{other} = {table}.{own})",
                quoted(&to.value)
            );
            let there = format!("{}.{}", to.value, field.value);
            let label = format!("relationships {} to {there}", column.value);
            let how = format!("with a value that `{there}` does not have");
            vec![no_rows(&table, label, &condition, &how, format!("every value in `{there}`"), Vec::new())]
        }
        StepTest::Expression(sql) => {
            let condition = format!("({}\n) is not true", sql.value);
            let label = format!("expression {}", sql.value.split_whitespace().collect::<Vec<_>>().join(" "));
            vec![no_rows(
                &table,
                label,
                &condition,
                "for which it is not true",
                "true for every row".to_owned(),
                Vec::new(),
            )]
        }
        StepTest::Reconcile { column, to, field, within } => {
            let sum = |column: Option<&str>| {
                column.map_or_else(
                    || "count(*)".to_owned(),
                    |column| format!("coalesce(sum({}), 0)", quoted(column)),
                )
            };
            let own = sum(column.as_ref().map(|column| column.value.as_str()));
            let other = sum(field.as_ref().map(|field| field.value.as_str()));
            let of = |table: &str, field: Option<&str>| {
                field.map_or_else(|| format!("rows of {table}"), |field| format!("{table}.{field}"))
            };
            let with = of(&to.value, field.as_ref().map(|field| field.value.as_str()));
            let name = column.as_ref().map_or("rows", |column| column.value.as_str());
            vec![Asked {
                name: format!("reconcile {name} with {with}"),
                text: format!(
                    "select cast(own as varchar) as own, cast(other as varchar) as other, abs(own - other) <= $check_within as agree \
                     from (select {own} as own from {table}) cross join (select {other} as other from {})",
                    quoted(&to.value)
                ),
                values: vec![("check_within".to_owned(), within.clone())],
                asks: Asks::Agree { with },
            }]
        }
    }
}

/// A query for the number of rows that meet a condition; there should be none.
fn no_rows(
    table: &str,
    name: String,
    condition: &str,
    how: &str,
    expected: String,
    values: Vec<(String, Value)>,
) -> Asked {
    Asked {
        name,
        text: format!("select count(*) as wrong from {table} where {condition}"),
        values,
        asks: Asks::NoRows { how: how.to_owned(), expected },
    }
}

/// The queries of a test that sources have too.
fn of_rows(table: &str, test: &dyn Test) -> Vec<Asked> {
    let asked = |question: Question| {
        let (text, values) = measured(table, &question.measured);
        Asked { name: question.name, text, values, asks: question.asks }
    };
    test.questions().into_iter().map(asked).collect()
}

/// The query that measures something of a table's rows, with the values of its parameters.
fn measured(table: &str, measured: &Measured) -> (String, Vec<(String, Value)>) {
    let wrong = |condition: String| format!("select count(*) as wrong from {table} where {condition}");
    match measured {
        Measured::Missing(column) => (wrong(format!("{} is null", quoted(column))), Vec::new()),
        Measured::Outside { column, min, max } => {
            let (mut conditions, mut values) = (Vec::new(), Vec::new());
            for (sign, key, bound) in [("<", "check_min", min), (">", "check_max", max)] {
                if let Some(bound) = bound {
                    conditions.push(format!("{} {sign} ${key}", quoted(column)));
                    values.push((key.to_owned(), bound.clone()));
                }
            }
            (wrong(conditions.join(" or ")), values)
        }
        Measured::Other { column, values } => {
            let keys: Vec<String> = (0..values.len()).map(|number| format!("check_{number}")).collect();
            let list: Vec<String> = keys.iter().map(|key| format!("${key}")).collect();
            let condition = format!("{} not in ({})", quoted(column), list.join(", "));
            (wrong(condition), keys.into_iter().zip(values.iter().cloned()).collect())
        }
        Measured::Repeats(columns) => {
            let keys: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
            let text = format!(
                "select count(*) as wrong from (select count(*) as n from {table} group by {} having count(*) > 1)",
                keys.join(", ")
            );
            (text, Vec::new())
        }
        Measured::Rows => (format!("select count(*) as wrong from {table}"), Vec::new()),
        Measured::Newest(column) => {
            let day = format!("cast({} as date)", quoted(column));
            let text =
                format!("select max({day}) as newest from {table} where {day} <= cast($as_of as date) + 1");
            (text, Vec::new())
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
