//! What happened to a source's rows: counted, valued, checked and, if a rule said this, set aside.
//!
//! Rows in = rows used + rows set aside by each rule + rows dated after the as-of date; the same holds for money. Rows
//! in must be those that the files state, or the run ends. The audit is two ordinary tables, `audit_rows` and
//! `audit_checks`.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray};
use datafusion::error::Result;
use jiff::civil::Date;

use crate::engine::intake::{AMOUNT_SCALE, Disposition, Taken, TakenBeside, Totals};
use crate::engine::plan::{audit_checks_schema, audit_rows_schema};
use crate::engine::quarantine::AFTER_AS_OF;
use crate::engine::quarantine::dispositions;
use crate::engine::storage::stated_rows;
use crate::engine::unmatched;
use crate::engine::{Plan, PlannedSource};
use crate::pipeline::check::{Asks, Measured, bounds};
use crate::pipeline::{CheckSeverity, Source, TRANSACTIONS, Value, WHERE};
use crate::problem::counted;
use crate::tables::days;

/// What happened to a source's rows.
#[derive(Debug, Clone)]
pub struct SourceAudit {
    /// The source.
    pub name: String,
    /// The rows by disposition: no rule means "used", else the rule that set them aside, in the rules' order.
    pub rows: Vec<AuditRow>,
    /// The used rows with money of zero or more; none for a source without money.
    pub sales: Option<AuditRow>,
    /// The number of rows that the files state; none if they do not, as with CSV.
    pub rows_stated: Option<u64>,
    /// The checks' results.
    pub checks: Vec<CheckResult>,
    /// The first and the last business day of the rows used.
    pub days: Option<(Date, Date)>,
    /// The rows outside the report, if the report is a variant made of some rows.
    pub outside: Option<Outside>,
}

/// The rows of a source that a variant leaves out. They are neither used nor set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The variant's condition.
    pub only: String,
    /// The number of rows.
    pub rows: u64,
    /// Their money, in units of [`AMOUNT_SCALE`] decimals; none for a source without money.
    pub amount: Option<i128>,
    /// How many of them no rule set aside, and are outside only because a value is missing.
    pub undecided: u64,
    /// Whether readers may know how many there are. Those of a report of some customers may not.
    pub public: bool,
}

impl SourceAudit {
    /// What readers of a report of some customers may know: what is of their customers' rows.
    #[must_use]
    pub fn of_part(mut self) -> Self {
        let Some(outside) = self.outside.as_mut().filter(|outside| !outside.public) else { return self };
        (outside.rows, outside.undecided) = (0, 0);
        outside.amount = outside.amount.map(|_| 0);
        // These are of all rows.
        self.checks.clear();
        self.rows_stated = None;
        self
    }

    /// The rows that no rule set aside.
    pub fn used(&self) -> Option<&AuditRow> {
        self.rows.iter().find(|row| row.rule.is_none())
    }

    /// All rows of the report, used or not.
    pub fn rows_in(&self) -> u64 {
        self.rows.iter().map(|row| row.rows).sum()
    }

    /// All money of the report's rows, used or not; none for a source without money.
    pub fn amount_in(&self) -> Option<i128> {
        self.rows.iter().map(|row| row.amount).sum()
    }

    /// All rows of the files: those of the report and those outside.
    pub fn rows_read(&self) -> u64 {
        self.rows_in() + self.outside.as_ref().map_or(0, |outside| outside.rows)
    }

    /// All money of the files; none for a source without money.
    pub fn amount_read(&self) -> Option<i128> {
        match &self.outside {
            Some(outside) => {
                self.amount_in().zip(outside.amount).map(|(own, other)| own.saturating_add(other))
            }
            None => self.amount_in(),
        }
    }
}

/// The rows of one disposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The rule; none for the rows that are used.
    pub rule: Option<String>,
    /// The number of rows.
    pub rows: u64,
    /// Their money, in units of [`AMOUNT_SCALE`] decimals; none for a source without money.
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
    /// What was expected.
    pub expected: String,
}

/// The audit of a source, from its totals.
pub fn audit(plan: &Plan, planned: &PlannedSource, source: &Source, taken: &Taken) -> SourceAudit {
    let mut checks = checks(plan, source, taken);
    checks.extend(digits(source, taken));
    let rows_stated = stated_rows(&planned.files.files);
    SourceAudit { rows_stated, checks, ..counted_rows(source, &taken.totals) }
}

/// The audit of a variant, from its totals. Its rows are some of those in `all`. The checks are those of the source.
pub fn audit_beside(source: &Source, all: &SourceAudit, taken: &TakenBeside) -> SourceAudit {
    let of = counted_rows(source, &taken.totals);
    let outside = told_of(source).map(|only| Outside {
        only,
        rows: all.rows_in().saturating_sub(of.rows_in()),
        amount: all.amount_in().zip(of.amount_in()).map(|(all, some)| all.saturating_sub(some)),
        undecided: taken.undecided,
        public: source.only.iter().all(|only| only.key == WHERE),
    });
    SourceAudit { rows_stated: all.rows_stated, checks: all.checks.clone(), outside, ..of }
}

/// What a source's rows must meet to be in a variant's report, as its readers are told; none if all are in it.
pub fn told_of(source: &Source) -> Option<String> {
    match source.only.as_slice() {
        [] => None,
        [one] => Some(one.summary.clone()),
        several => {
            Some(several.iter().map(|only| format!("({})", only.summary)).collect::<Vec<_>>().join(" and "))
        }
    }
}

/// The rows by disposition.
fn counted_rows(source: &Source, totals: &Totals) -> SourceAudit {
    let money = source.name.value == TRANSACTIONS;
    let row = |rule: Option<String>, disposition: &Disposition| AuditRow {
        rule,
        rows: disposition.rows,
        amount: money.then_some(disposition.amount),
    };
    let mut rows: Vec<AuditRow> = dispositions(source)
        .into_iter()
        .zip(&totals.dispositions)
        .map(|(rule, disposition)| row(rule, disposition))
        .collect();
    // Every rule of the pipeline has a row, even if no row met it: a reader sees that it was applied. Rules implied by
    // required columns appear only if rows met them. Rows after the as-of date come last.
    let own = |rule: &str| {
        source.quarantine.iter().any(|own| own.name.value == rule)
            || unmatched::rules(source).any(|(name, _)| name == rule)
    };
    rows.retain(|row| {
        row.rows > 0 || row.rule.as_deref().is_none_or(|rule| rule == AFTER_AS_OF || own(rule))
    });
    let after = rows.iter().position(|row| row.rule.as_deref() == Some(AFTER_AS_OF));
    let after = after.map(|place| rows.remove(place));
    rows.extend(after.filter(|row| row.rows > 0));
    let days = totals.used_days.map(|(first, last)| (date(first), date(last)));
    let sales = money.then(|| row(None, &totals.sales));
    let name = source.name.value.clone();
    SourceAudit { name, rows, sales, rows_stated: None, checks: Vec::new(), days, outside: None }
}

pub(super) fn date(days: i32) -> Date {
    // A file may have days beyond the calendar's limits; they are shown as the limits.
    match jiff::Span::new().try_days(days) {
        Ok(days) => jiff::civil::date(1970, 1, 1).saturating_add(days),
        Err(_) if days < 0 => Date::MIN,
        Err(_) => Date::MAX,
    }
}

/// Judges all checks of a source.
fn checks(plan: &Plan, source: &Source, taken: &Taken) -> Vec<CheckResult> {
    let rows = taken.totals.dispositions.first().map_or(0, |used| used.rows);
    let mut measures = taken.totals.measures.iter().copied();
    let mut next = || measures.next().flatten();
    let mut repeats = taken.repeats.iter().copied();
    let mut results = Vec::new();
    for check in &source.checks {
        for question in check.test.questions() {
            let mut day = || next().and_then(|day| i32::try_from(day).ok()).map(date);
            let answer = match &question.measured {
                Measured::Missing(_) | Measured::Outside { .. } | Measured::Other { .. } => {
                    Answer::Count(next().and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0))
                }
                Measured::Newest(_) => Answer::Days(day(), day()),
                Measured::Rows => Answer::Count(rows),
                Measured::Repeats(_) => Answer::Count(repeats.next().unwrap_or(0)),
            };
            let (parts, severity) = judged(plan, question.name, check.severity, &question.asks, answer);
            results.push(parts.result(&source.name.value, severity));
        }
    }
    for join in unmatched::kept(source) {
        let without = next().and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0);
        let other = &join.source.value;
        let parts = Parts::none_wrong(
            format!("join {other}"),
            without,
            &format!("without a row of `{other}`"),
            &format!("a row of `{other}` for every row"),
        );
        results.push(parts.result(&source.name.value, CheckSeverity::Warn));
    }
    results
}

/// The columns of money that lost digits in casts, as checks that warn.
fn digits(source: &Source, taken: &Taken) -> Vec<CheckResult> {
    let lost = taken.totals.lost.iter().filter(|(_, rows)| **rows > 0);
    let warnings = lost.map(|(column, rows)| {
        let parts = Parts {
            check: format!("digits {column}"),
            passed: false,
            measured: format!("{} with more decimals than are kept", counted(*rows, "row")),
            expected: if column == "quantity" {
                "at most 3 decimals"
            } else {
                "a cast that keeps all decimals"
            }
            .into(),
        };
        parts.result(&source.name.value, CheckSeverity::Warn)
    });
    warnings.collect()
}

/// What was measured for a check.
pub(super) enum Answer {
    /// A number of rows, or of keys.
    Count(u64),
    /// The newest day that counts, and the first one that is too late to.
    Days(Option<Date>, Option<Date>),
    /// Two figures, and whether they agree.
    Pair {
        /// That of the checked table.
        own: String,
        /// That of the other one.
        other: String,
        /// Whether they agree.
        agree: bool,
    },
}

/// What an answer says of a check, and how much it weighs.
pub(super) fn judged(
    plan: &Plan,
    check: String,
    severity: CheckSeverity,
    asks: &Asks,
    answer: Answer,
) -> (Parts, CheckSeverity) {
    let parts = match (asks, answer) {
        (Asks::NoRows { how, expected }, Answer::Count(rows)) => {
            Parts::none_wrong(check, rows, how, expected)
        }
        (Asks::NoRepeats, Answer::Count(keys)) => Parts::no_repeats(check, keys),
        (Asks::Rows { min, max }, Answer::Count(rows)) => {
            let number = i64::try_from(rows).unwrap_or(i64::MAX);
            let passed = min.is_none_or(|least| number >= least) && max.is_none_or(|most| number <= most);
            let (min, max) = (min.map(Value::Integer), max.map(Value::Integer));
            let expected = bounds(min.as_ref(), max.as_ref());
            Parts { check, passed, measured: counted(rows, "row"), expected }
        }
        (Asks::Newest { warn_after, fail_after }, Answer::Days(newest, later)) => {
            return age(plan, check, severity, (newest, later), (*warn_after, *fail_after));
        }
        (Asks::Agree { with }, Answer::Pair { own, other, agree }) => Parts {
            check,
            passed: agree,
            measured: format!("{own}, and {other} in `{with}`"),
            expected: "the same".to_owned(),
        },
        // A measure that is no answer to the question: nothing was shown to hold.
        _ => Parts { check, passed: false, measured: "not measured".to_owned(), expected: String::new() },
    };
    (parts, severity)
}

/// What a check found, for any kind of check.
pub(super) struct Parts {
    pub(super) check: String,
    pub(super) passed: bool,
    pub(super) measured: String,
    pub(super) expected: String,
}

impl Parts {
    pub(super) fn no_repeats(check: String, repeats: u64) -> Self {
        Self {
            check,
            passed: repeats == 0,
            measured: format!("{} more than once", counted(repeats, "value")),
            expected: "no value twice".into(),
        }
    }

    pub(super) fn none_wrong(check: String, wrong: u64, how: &str, expected: &str) -> Self {
        Self {
            check,
            passed: wrong == 0,
            measured: format!("{} {how}", counted(wrong, "row")),
            expected: expected.to_owned(),
        }
    }

    pub(super) fn result(self, table: &str, severity: CheckSeverity) -> CheckResult {
        CheckResult {
            source: table.to_owned(),
            check: self.check,
            severity,
            passed: self.passed,
            measured: self.measured,
            expected: self.expected,
        }
    }
}

/// How old the newest day of a table is, and what that means. `later` is its first day after the date of the run:
/// such days do not count.
fn age(
    plan: &Plan,
    check: String,
    severity: CheckSeverity,
    (newest, later): (Option<Date>, Option<Date>),
    (warn_after, fail_after): (Option<i64>, Option<i64>),
) -> (Parts, CheckSeverity) {
    let age = newest.map(|newest| i64::from(days(plan.dates.as_of)) - i64::from(days(newest)));
    let beyond = |limit: Option<i64>| limit.is_some_and(|limit| age.is_none_or(|age| age > limit));
    let (failed, warned) = (beyond(fail_after), beyond(warn_after));
    let limit = if failed { fail_after } else { warn_after.or(fail_after) };
    let severity = if failed || warn_after.is_none() { severity } else { CheckSeverity::Warn };
    let measured = match (newest, age) {
        (Some(newest), Some(age)) => {
            let side = if age < 0 { "after" } else { "before" };
            format!("newest {newest}, {} {side} {}", counted(age.unsigned_abs(), "day"), plan.dates.as_of)
        }
        _ => match later {
            // Later values do not count: they do not show that the data reaches the date of the run.
            Some(later) => format!("no value before {later}, which is after {}", plan.dates.as_of),
            None => "no value at all".to_owned(),
        },
    };
    let parts = Parts {
        check,
        passed: !failed && !warned,
        measured,
        expected: limit
            .map_or_else(String::new, |days| format!("at most {} old", counted(days.unsigned_abs(), "day"))),
    };
    (parts, severity)
}

/// `audit_rows` and `audit_checks` as tables.
///
/// # Errors
/// None that a user can cause.
pub fn tables(
    plan: &Plan,
    audits: &[SourceAudit],
    of_steps: &[CheckResult],
) -> Result<(RecordBatch, RecordBatch)> {
    let schema = audit_rows_schema(plan.amount_scale);
    let rows: Vec<(&str, &AuditRow)> =
        audits.iter().flat_map(|audit| audit.rows.iter().map(|row| (audit.name.as_str(), row))).collect();
    // Amounts have at most as many decimals as those of the source.
    let scale = plan.amount_scale.max(4);
    let unit = 10_i128.pow(u32::from((AMOUNT_SCALE - scale).unsigned_abs()));
    let amounts: Decimal128Array =
        rows.iter().map(|(_, row)| row.amount.map(|amount| amount / unit)).collect();
    let counts = rows.iter().map(|(_, row)| i64::try_from(row.rows).unwrap_or(i64::MAX));
    let audit_rows = RecordBatch::try_new(
        schema,
        vec![
            Arc::new(rows.iter().map(|(source, _)| Some(*source)).collect::<StringArray>()),
            Arc::new(rows.iter().map(|(_, row)| row.rule.as_deref()).collect::<StringArray>()),
            Arc::new(counts.collect::<Int64Array>()),
            Arc::new(amounts.with_precision_and_scale(38, scale)?),
        ],
    )?;
    let checks: Vec<&CheckResult> = audits.iter().flat_map(|audit| &audit.checks).chain(of_steps).collect();
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
