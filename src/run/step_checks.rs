//! The checks of steps, made when all tables are complete.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::DataFrame;

use crate::engine::step_checks::PlannedCheck;
use crate::engine::{Plan, Sessions, Time};
use crate::pipeline::check::Asks;
use crate::problem::{Failure, Problem};

use super::audit::{Answer, CheckResult, date, judged};
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
    let answer = match &check.asks {
        Asks::NoRows { .. } | Asks::NoRepeats | Asks::Rows { .. } => Answer::Count(whole()?),
        Asks::Newest { .. } => {
            let newest = row.column(0).as_primitive::<Date32Type>();
            Answer::Days(newest.is_valid(0).then(|| date(newest.value(0))), None)
        }
        Asks::Agree { .. } => {
            let text = |column: usize| -> Result<String> {
                let texts = cast(row.column(column), &DataType::Utf8)?;
                Ok(texts.as_string::<i32>().value(0).to_owned())
            };
            let agree = row.column(2).as_boolean();
            let agree = agree.is_valid(0) && agree.value(0);
            Answer::Pair { own: text(0)?, other: text(1)?, agree }
        }
    };
    let (parts, severity) = judged(plan, check.name.clone(), check.severity, &check.asks, answer);
    Ok(parts.result(&check.table, severity))
}
