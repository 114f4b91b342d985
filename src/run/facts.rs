//! What the report says about the run itself.

use crate::engine::Plan;
use crate::engine::quarantine::AFTER_AS_OF;
use crate::pipeline::{Report, TRANSACTIONS};
use crate::report::{CheckFacts, Facts, Made, Outside, SetAside, SourceFacts, StepFacts};

use super::audit::{AuditRow, CheckResult, SourceAudit};
use super::downloads::Written;
use super::known::known;
use super::manifest::StepRecord;
use super::money::money;

/// Collects the facts of a run for its page.
pub(super) fn facts(
    plan: &Plan,
    report: &Report,
    audits: &[SourceAudit],
    of_steps: &[CheckResult],
    steps: &[StepRecord],
    written: &Written,
) -> Facts {
    Facts {
        sources: plan
            .sources
            .iter()
            .zip(audits)
            .map(|(p, audit)| source(p.files.files.len(), audit))
            .collect(),
        checks: audits.iter().flat_map(|audit| &audit.checks).chain(of_steps).map(check).collect(),
        steps: steps
            .iter()
            .filter(|step| !step.name.contains('.'))
            .map(|record| step(record, written))
            .collect(),
        made: made(audits, steps),
        downloads: written.whole.clone(),
        ..known(plan, report)
    }
}

/// How `transactions` was made, if a step makes it.
fn made(audits: &[SourceAudit], steps: &[StepRecord]) -> Option<Made> {
    let record = steps.iter().find(|record| record.name == TRANSACTIONS)?;
    let read = audits.iter().filter(|audit| record.reads.contains(&audit.name));
    let from = read.map(|audit| (audit.name.clone(), audit.used().map_or(0, |used| used.rows)));
    Some(Made { rows: record.rows, amount: record.amount.clone(), from: from.collect() })
}

fn source(files: usize, audit: &SourceAudit) -> SourceFacts {
    let used = audit.used();
    // Rows dated after the as-of date are the last line of the unused rows.
    let aside = audit.rows.iter().filter(|row| row.rule.is_some());
    SourceFacts {
        name: audit.name.clone(),
        files: files as u64,
        rows_in: audit.rows_read(),
        rows_used: used.map_or(0, |row| row.rows),
        amount_in: audit.amount_read().map(money),
        amount_used: used.and_then(|row| row.amount).map(money),
        set_aside: aside.map(set_aside).collect(),
        outside: audit.outside.as_ref().map(|outside| Outside {
            only: outside.only.clone(),
            rows: outside.rows,
            amount: outside.amount.map(money),
            undecided: outside.undecided,
            public: outside.public,
        }),
        first_day: audit.days.map(|(first, _)| first),
        last_day: audit.days.map(|(_, last)| last),
    }
}

fn set_aside(row: &AuditRow) -> SetAside {
    SetAside {
        rule: row.rule.clone().unwrap_or_else(|| AFTER_AS_OF.to_owned()),
        rows: row.rows,
        amount: row.amount.map(money),
    }
}

fn check(check: &CheckResult) -> CheckFacts {
    CheckFacts {
        source: check.source.clone(),
        check: check.check.clone(),
        severity: check.severity.word().to_owned(),
        passed: check.passed,
        measured: check.measured.clone(),
        expected: check.expected.clone(),
    }
}

fn step(record: &StepRecord, written: &Written) -> StepFacts {
    StepFacts {
        name: record.name.clone(),
        origin: record.origin.clone(),
        rows: record.rows,
        downloads: written.of(&record.name),
        too_large: written.is_left_out(&record.name),
    }
}
