//! Reading a source for the first time: rows are counted, valued, checked and, where a rule says so, set aside.
//!
//! Rows in = rows used + rows set aside by each rule + rows dated after the as-of date; money likewise. The record of
//! it is two tables, `audit_rows` and `audit_checks`, that queries and the report read like any other.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::logical_expr::{Expr, cast, col, ident, lit, when};
use datafusion::prelude::{DataFrame, SessionContext};
use jiff::civil::Date;

use crate::engine::plan::{audit_checks_schema, audit_rows_schema};
use crate::engine::source::{AFTER_AS_OF, DAY, RULE, days};
use crate::engine::{Plan, PlannedSource, Sessions, Time, output};
use crate::pipeline::{Check, CheckSeverity, Source, Spanned, TRANSACTIONS, Test, Value};
use crate::problem::{Problem, counted};

/// Where an audit puts rows.
pub struct Places {
    /// The folder for all rows, each with its mark.
    pub marked: PathBuf,
    /// The file for those that a rule set aside.
    pub quarantine: PathBuf,
}

/// What became of a source's rows.
#[derive(Debug, Clone)]
pub struct SourceAudit {
    /// The source.
    pub name: String,
    /// The rows by what became of them: none is "used", else the rule that set them aside, in the rules' order.
    pub rows: Vec<AuditRow>,
    /// The checks' results.
    pub checks: Vec<CheckResult>,
    /// The first and the last business day of the rows used.
    pub days: Option<(Date, Date)>,
}

impl SourceAudit {
    /// The rows that no rule set aside.
    pub fn used(&self) -> Option<&AuditRow> {
        self.rows.iter().find(|row| row.rule.is_none())
    }

    /// All rows of the files.
    pub fn rows_in(&self) -> u64 {
        self.rows.iter().map(|row| row.rows).sum()
    }

    /// All money of the files; none for a source without money.
    pub fn amount_in(&self) -> Option<i128> {
        self.rows.iter().map(|row| row.amount).sum()
    }
}

/// The rows of one fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The rule; none for the rows that are used.
    pub rule: Option<String>,
    /// How many.
    pub rows: u64,
    /// Their money, in ten-thousandths; none for a source without money.
    pub amount: Option<i128>,
}

/// One check's result.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// The source.
    pub source: String,
    /// The check in words, such as `not_null amount`.
    pub check: String,
    /// What its failure means.
    pub severity: CheckSeverity,
    /// Whether it held.
    pub passed: bool,
    /// What was measured.
    pub measured: String,
    /// What was asked.
    pub expected: String,
}

/// Digits after the point of an [`AuditRow`]'s money.
pub const AMOUNT_SCALE: i8 = 4;

/// Audits a source, keeps the rows that were set aside as Parquet, and makes the rest known as its table.
///
/// # Errors
/// Those of reading the files.
pub async fn audit(
    plan: &Plan,
    sessions: &Sessions,
    planned: &PlannedSource,
    source: &Source,
    places: &Places,
) -> std::result::Result<SourceAudit, Vec<Problem>> {
    let failed = |error: DataFusionError| vec![super::source_failed(plan, source, &error)];
    let context = sessions.at(Time::Current);
    let mapped = plan.mapped(sessions, planned, source)?;
    let keys = async |keys: DataFrame| some_rows(context, keys).await;
    let marked = plan.mapper(sessions, source).mark(&mapped, keys).await?;
    // The files are read, mapped and judged once; all that follows reads the marked rows instead.
    let (_, reading) = marked.into_parts();
    let stored = match output::scratch(context, reading, &places.marked).await {
        Ok(stored) => stored,
        Err(error) => return Err(vec![super::reading_failed(plan, planned, source, &mapped, &error).await]),
    };
    let marked = stored.table().and_then(|table| context.read_table(table)).map_err(failed)?;
    plan.register_source(sessions, source, &mapped.columns, &marked).map_err(failed)?;
    let money = source.name.value == TRANSACTIONS;
    let (rows, days) = count_rows(source, &marked, money).await.map_err(failed)?;
    let set_aside = |row: &AuditRow| row.rule.as_deref().is_some_and(|rule| rule != AFTER_AS_OF);
    if rows.iter().any(|row| set_aside(row) && row.rows > 0) {
        let aside =
            marked.clone().filter(ident(RULE).is_not_null().and(ident(RULE).not_eq(lit(AFTER_AS_OF))));
        let (_, aside) = aside.map_err(failed)?.into_parts();
        output::keep(context, aside, &places.quarantine).await.map_err(failed)?;
    }
    let used_rows = rows.iter().find(|row| row.rule.is_none()).map_or(0, |row| row.rows);
    let used = marked.filter(ident(RULE).is_null()).map_err(failed)?;
    let checks = checks(plan, source, &used, used_rows).await.map_err(failed)?;
    Ok(SourceAudit { name: source.name.value.clone(), rows, checks, days })
}

/// The rows of a frame as a frame of their own; none where there are none, as is usual for repeated keys.
async fn some_rows(context: &SessionContext, frame: DataFrame) -> Result<Option<DataFrame>> {
    let batches = frame.collect().await?;
    let some = batches.iter().any(|batch| batch.num_rows() > 0);
    if some { context.read_batches(batches).map(Some) } else { Ok(None) }
}

async fn count_rows(
    source: &Source,
    marked: &DataFrame,
    money: bool,
) -> Result<(Vec<AuditRow>, Option<(Date, Date)>)> {
    let mut measures = vec![count(lit(1)).alias("_rows")];
    if money {
        let amount = cast(col("amount"), DataType::Decimal128(38, AMOUNT_SCALE));
        measures.extend([
            sum(amount).alias("_amount"),
            min(col(DAY)).alias("_first"),
            max(col(DAY)).alias("_last"),
        ]);
    }
    let batches = marked.clone().aggregate(vec![ident(RULE)], measures)?.collect().await?;
    let mut found: Vec<AuditRow> = Vec::new();
    let mut days = None;
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let rule = text(batch, RULE, row)?;
            let rows = integer(batch, "_rows", row)?;
            let amount = if money { Some(decimal(batch, "_amount", row)?) } else { None };
            if rule.is_none() && money {
                days = day(batch, "_first", row)?.zip(day(batch, "_last", row)?);
            }
            found.push(AuditRow { rule, rows, amount });
        }
    }
    let named = |rule: Option<&str>| {
        found.iter().find(|row| row.rule.as_deref() == rule).cloned().unwrap_or_else(|| AuditRow {
            rule: rule.map(str::to_owned),
            rows: 0,
            amount: money.then_some(0),
        })
    };
    // Every rule has its row, also one that no row met: a reader sees that it was asked.
    let mut rows = vec![named(None)];
    rows.extend(source.quarantine.iter().map(|rule| named(Some(&rule.name.value))));
    rows.extend(found.iter().filter(|row| row.rule.as_deref() == Some(AFTER_AS_OF)).cloned());
    Ok((rows, days))
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a Arc<dyn Array>> {
    batch.column_by_name(name).ok_or_else(|| DataFusionError::Internal(format!("no column {name}")))
}

fn text(batch: &RecordBatch, name: &str, row: usize) -> Result<Option<String>> {
    let column = arrow::compute::cast(column(batch, name)?, &DataType::Utf8)?;
    let column = column.as_string::<i32>();
    Ok((!column.is_null(row)).then(|| column.value(row).to_owned()))
}

fn integer(batch: &RecordBatch, name: &str, row: usize) -> Result<u64> {
    let column = arrow::compute::cast(column(batch, name)?, &DataType::Int64)?;
    Ok(u64::try_from(column.as_primitive::<Int64Type>().value(row)).unwrap_or(0))
}

fn decimal(batch: &RecordBatch, name: &str, row: usize) -> Result<i128> {
    let column = arrow::compute::cast(column(batch, name)?, &DataType::Decimal128(38, AMOUNT_SCALE))?;
    let column = column.as_primitive::<Decimal128Type>();
    Ok(if column.is_null(row) { 0 } else { column.value(row) })
}

fn day(batch: &RecordBatch, name: &str, row: usize) -> Result<Option<Date>> {
    let column = column(batch, name)?.as_primitive::<Date32Type>();
    Ok((!column.is_null(row)).then(|| date(column.value(row))))
}

fn date(days: i32) -> Date {
    use jiff::ToSpan;
    jiff::civil::date(1970, 1, 1).saturating_add(i64::from(days).days())
}

/// Measures all checks of a source: those of single rows in one pass, uniqueness in a pass each.
async fn checks(plan: &Plan, source: &Source, used: &DataFrame, rows: u64) -> Result<Vec<CheckResult>> {
    let mut measures = Vec::new();
    for check in &source.checks {
        measures.extend(measured(&check.test, used)?);
    }
    let batch = if measures.is_empty() {
        None
    } else {
        let named = measures.iter().enumerate().map(|(n, measure)| measure.clone().alias(format!("_{n}")));
        let batches = used.clone().aggregate(vec![], named.collect())?.collect().await?;
        batches.into_iter().find(|batch| batch.num_rows() > 0)
    };
    let mut results = Vec::new();
    let mut at = 0;
    for check in &source.checks {
        let mut next = || {
            let name = format!("_{at}");
            at += 1;
            name
        };
        let outcome = |parts: Parts| parts.result(source, check.severity);
        match &check.test {
            Test::NotNull(columns) => {
                for name in columns {
                    let nulls = batch.as_ref().map_or(Ok(0), |batch| integer(batch, &next(), 0))?;
                    results.push(outcome(Parts::none_wrong(
                        format!("not_null {}", name.value),
                        nulls,
                        "without a value",
                        "a value in every row",
                    )));
                }
            }
            Test::Range { column, min, max } => {
                let outside = batch.as_ref().map_or(Ok(0), |batch| integer(batch, &next(), 0))?;
                let expected = bounds(min.as_ref(), max.as_ref());
                results.push(outcome(Parts::none_wrong(
                    format!("accepted_range {}", column.value),
                    outside,
                    "outside",
                    &expected,
                )));
            }
            Test::Values { column, values } => {
                let outside = batch.as_ref().map_or(Ok(0), |batch| integer(batch, &next(), 0))?;
                let expected: Vec<String> = values.iter().map(ToString::to_string).collect();
                let check = format!("accepted_values {}", column.value);
                results.push(outcome(Parts::none_wrong(
                    check,
                    outside,
                    "with another value",
                    &expected.join(", "),
                )));
            }
            Test::Freshness { column, warn_after, fail_after } => {
                let newest = batch.as_ref().map_or(Ok(None), |batch| day(batch, &next(), 0))?;
                results.push(freshness(plan, source, check, column, newest, (*warn_after, *fail_after)));
            }
            Test::RowCount { min, max } => {
                let number = i64::try_from(rows).unwrap_or(i64::MAX);
                let passed = min.is_none_or(|least| number >= least) && max.is_none_or(|most| number <= most);
                let (min, max) = (min.map(Value::Integer), max.map(Value::Integer));
                let expected = bounds(min.as_ref(), max.as_ref());
                results.push(outcome(Parts {
                    check: "row_count".into(),
                    passed,
                    measured: counted(rows, "row"),
                    expected,
                }));
            }
            Test::Unique(columns) => {
                let repeats = repeats(used, columns).await?;
                let names: Vec<&str> = columns.iter().map(|name| name.value.as_str()).collect();
                let parts = Parts {
                    check: format!("unique {}", names.join(", ")),
                    passed: repeats == 0,
                    measured: format!("{} more than once", counted(repeats as u64, "value")),
                    expected: "no value twice".into(),
                };
                results.push(outcome(parts));
            }
        }
    }
    Ok(results)
}

struct Parts {
    check: String,
    passed: bool,
    measured: String,
    expected: String,
}

impl Parts {
    fn none_wrong(check: String, wrong: u64, how: &str, expected: &str) -> Self {
        Self {
            check,
            passed: wrong == 0,
            measured: format!("{} {how}", counted(wrong, "row")),
            expected: expected.to_owned(),
        }
    }

    fn result(self, source: &Source, severity: CheckSeverity) -> CheckResult {
        CheckResult {
            source: source.name.value.clone(),
            check: self.check,
            severity,
            passed: self.passed,
            measured: self.measured,
            expected: self.expected,
        }
    }
}

fn bounds(min: Option<&Value>, max: Option<&Value>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "anything".into(),
    }
}

/// The aggregates that a test asks for.
fn measured(test: &Test, used: &DataFrame) -> Result<Vec<Expr>> {
    let wrong = |condition: Expr| -> Result<Expr> { Ok(count(when(condition, lit(1)).end()?)) };
    match test {
        Test::NotNull(columns) => columns.iter().map(|name| wrong(ident(&name.value).is_null())).collect(),
        Test::Range { column, min, max } => {
            let value = ident(&column.value);
            let below = min.as_ref().map(|min| value.clone().lt(literal(min)));
            let above = max.as_ref().map(|max| value.clone().gt(literal(max)));
            let outside = match (below, above) {
                (Some(below), Some(above)) => below.or(above),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => lit(false),
            };
            Ok(vec![wrong(outside)?])
        }
        Test::Values { column, values } => {
            let value = ident(&column.value);
            let list = values.iter().map(literal).collect();
            Ok(vec![wrong(value.clone().is_not_null().and(value.in_list(list, true)))?])
        }
        Test::Freshness { column, .. } => {
            let has_day = used.schema().has_column_with_unqualified_name(DAY);
            let name = if has_day && column.value == "occurred_at" { DAY } else { &column.value };
            Ok(vec![max(cast(ident(name), DataType::Date32))])
        }
        Test::RowCount { .. } | Test::Unique(_) => Ok(Vec::new()),
    }
}

fn literal(value: &Value) -> Expr {
    match value {
        Value::Bool(value) => lit(*value),
        Value::Integer(value) => lit(*value),
        Value::Decimal(digits) => cast(lit(digits.as_str()), DataType::Decimal128(38, scale(digits))),
        Value::Date(day) => lit(ScalarValue::Date32(Some(days(*day)))),
        Value::Text(text) => lit(text.as_str()),
        Value::List(_) => lit(ScalarValue::Null),
    }
}

fn scale(digits: &str) -> i8 {
    digits.split_once('.').map_or(0, |(_, fraction)| i8::try_from(fraction.len()).unwrap_or(0))
}

fn freshness(
    plan: &Plan,
    source: &Source,
    check: &Check,
    column: &Spanned<String>,
    newest: Option<Date>,
    (warn_after, fail_after): (Option<i64>, Option<i64>),
) -> CheckResult {
    let age = newest.map(|newest| i64::from(days(plan.dates.as_of)) - i64::from(days(newest)));
    let beyond = |limit: Option<i64>| limit.is_some_and(|limit| age.is_none_or(|age| age > limit));
    let (failed, warned) = (beyond(fail_after), beyond(warn_after));
    let limit = if failed { fail_after } else { warn_after.or(fail_after) };
    let severity = if failed || warn_after.is_none() { check.severity } else { CheckSeverity::Warn };
    let measured = match (newest, age) {
        (Some(newest), Some(age)) => {
            format!("newest {newest}, {} before {}", counted(age.unsigned_abs(), "day"), plan.dates.as_of)
        }
        _ => "no value at all".to_owned(),
    };
    let parts = Parts {
        check: format!("freshness {}", column.value),
        passed: !failed && !warned,
        measured,
        expected: limit
            .map_or_else(String::new, |days| format!("at most {} old", counted(days.unsigned_abs(), "day"))),
    };
    parts.result(source, severity)
}

async fn repeats(used: &DataFrame, columns: &[Spanned<String>]) -> Result<usize> {
    let keys: Vec<Expr> = columns.iter().map(|name| ident(&name.value)).collect();
    used.clone()
        .aggregate(keys, vec![count(lit(1)).alias("_rows")])?
        .filter(ident("_rows").gt(lit(1)))?
        .count()
        .await
}

/// `audit_rows` and `audit_checks` as tables.
///
/// # Errors
/// None that a user can cause.
pub fn tables(audits: &[SourceAudit]) -> Result<(RecordBatch, RecordBatch)> {
    let rows: Vec<(&str, &AuditRow)> =
        audits.iter().flat_map(|audit| audit.rows.iter().map(|row| (audit.name.as_str(), row))).collect();
    let amounts: Decimal128Array = rows.iter().map(|(_, row)| row.amount).collect();
    let counts = rows.iter().map(|(_, row)| i64::try_from(row.rows).unwrap_or(i64::MAX));
    let audit_rows = RecordBatch::try_new(
        audit_rows_schema(),
        vec![
            Arc::new(rows.iter().map(|(source, _)| Some(*source)).collect::<StringArray>()),
            Arc::new(rows.iter().map(|(_, row)| row.rule.as_deref()).collect::<StringArray>()),
            Arc::new(counts.collect::<Int64Array>()),
            Arc::new(amounts.with_precision_and_scale(38, AMOUNT_SCALE)?),
        ],
    )?;
    let checks: Vec<&CheckResult> = audits.iter().flat_map(|audit| &audit.checks).collect();
    let words = |of: fn(&CheckResult) -> &str| {
        Arc::new(checks.iter().map(|check| Some(of(check))).collect::<StringArray>()) as Arc<dyn Array>
    };
    let audit_checks = RecordBatch::try_new(
        audit_checks_schema(),
        vec![
            words(|check| &check.source),
            words(|check| &check.check),
            words(|check| check.severity.word()),
            Arc::new(checks.iter().map(|check| Some(check.passed)).collect::<BooleanArray>()),
            words(|check| &check.measured),
            words(|check| &check.expected),
        ],
    )?;
    Ok((audit_rows, audit_checks))
}
