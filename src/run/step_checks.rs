//! The checks of steps, made when all tables are complete.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::DataFrame;

use crate::engine::step_checks::{Asks, PlannedCheck, bounds};
use crate::engine::{Plan, Sessions, Time};
use crate::pipeline::Value;
use crate::problem::{Failure, Problem, counted};

use super::audit::{CheckResult, Parts, age, date};
use super::step_failed;

/// The result of each check, in the order of the steps.
///
/// # Errors
/// A check that cannot be made.
pub(super) async fn results(
    plan: &Plan,
    sessions: &Sessions,
) -> std::result::Result<Vec<CheckResult>, Failure> {
    let mut results = Vec::with_capacity(plan.step_checks.len());
    for check in &plan.step_checks {
        let result = result(plan, sessions, check).await;
        results.push(result.map_err(|error| {
            let failure = step_failed(&check.table, &error);
            let at = |problem: Problem| problem.at(plan.pipeline.place(&check.check.at));
            Failure { problems: failure.problems.into_iter().map(at).collect(), ..failure }
        })?);
    }
    Ok(results)
}

async fn result(plan: &Plan, sessions: &Sessions, check: &PlannedCheck) -> Result<CheckResult> {
    let context = sessions.at(Time::Current);
    let planned = check.query.plan(context, &check.parameters).await;
    let planned = planned.map_err(|problems| {
        DataFusionError::External(
            problems.first().map_or_else(String::new, |problem| problem.what.clone()).into(),
        )
    })?;
    let batches = DataFrame::new(context.state(), planned).collect().await?;
    let row = batches.into_iter().find(|batch| batch.num_rows() > 0);
    let row = row.ok_or_else(|| DataFusionError::Internal("a check without an answer".into()))?;
    let whole = || -> Result<u64> {
        let count = cast(row.column(0), &DataType::Int64)?;
        Ok(u64::try_from(count.as_primitive::<Int64Type>().value(0)).unwrap_or(0))
    };
    let name = check.name.clone();
    let parts = match &check.asks {
        Asks::NoRows { how, expected } => Parts::none_wrong(name, whole()?, how, expected),
        Asks::NoRepeats => Parts::no_repeats(name, whole()?),
        Asks::Rows { min, max } => {
            let rows = whole()?;
            let number = i64::try_from(rows).unwrap_or(i64::MAX);
            let passed = min.is_none_or(|least| number >= least) && max.is_none_or(|most| number <= most);
            let (min, max) = (min.map(Value::Integer), max.map(Value::Integer));
            Parts {
                check: name,
                passed,
                measured: counted(rows, "row"),
                expected: bounds(min.as_ref(), max.as_ref()),
            }
        }
        Asks::Newest { warn_after, fail_after } => {
            let newest = row.column(0).as_primitive::<Date32Type>();
            let newest = newest.is_valid(0).then(|| date(newest.value(0)));
            let limits = (*warn_after, *fail_after);
            let (parts, severity) = age(plan, name, check.severity, (newest, None), limits);
            return Ok(parts.result(&check.table, severity));
        }
        Asks::Agree { with } => {
            let text = |column: usize| -> Result<String> {
                let texts = cast(row.column(column), &DataType::Utf8)?;
                Ok(texts.as_string::<i32>().value(0).to_owned())
            };
            let agree = row.column(2).as_boolean();
            Parts {
                check: name,
                passed: agree.is_valid(0) && agree.value(0),
                measured: format!("{}, and {} in `{with}`", text(0)?, text(1)?),
                expected: "the same".to_owned(),
            }
        }
    };
    Ok(parts.result(&check.table, check.severity))
}
