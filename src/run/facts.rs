//! What the report says about the run itself.

use crate::engine::Plan;
use crate::engine::intake::AMOUNT_SCALE;
use crate::engine::plan::Ending;
use crate::engine::source::AFTER_AS_OF;
use crate::pipeline::module::Lack;
use crate::pipeline::{Amounts, CustomerIds, Module, Orders, Report, TRANSACTIONS};
use crate::report::{
    CheckFacts, CustomerIds as Shown, Facts, LeftOut, Made, NO_CURRENCY, Outside, SetAside, SourceFacts,
    StepFacts,
};

use super::audit::{AuditRow, CheckResult, SourceAudit};
use super::downloads::Written;
use super::manifest::{StepRecord, parameter};

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

/// What is known about a report before it is made.
pub(super) fn known(plan: &Plan, report: &Report) -> Facts {
    let pipeline = &plan.pipeline;
    let mut parameters: Vec<(String, String)> = plan
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), parameter(pipeline, name, value)))
        .collect();
    for step in &pipeline.steps {
        let own = step.with.iter().map(|own| {
            let value = own.value.to_string();
            // For `$lost_after_days` the reader wants to see the number of days.
            let named = value.strip_prefix('$').and_then(|name| Some((name, plan.parameters.get(name)?)));
            let value = named.map_or_else(|| value.clone(), |(name, of)| parameter(pipeline, name, of));
            (format!("{}.{}", step.name.value, own.name.value), value)
        });
        parameters.extend(own);
    }
    let transactions = pipeline.sources.iter().find(|source| source.name.value == TRANSACTIONS);
    let has_amounts = transactions.is_none_or(|source| source.amounts == Amounts::Mapped);
    let orders = transactions.map_or(Orders::ById, |source| source.orders);
    Facts {
        pipeline: pipeline.name.value.clone(),
        title: report.title.clone(),
        firm: report.firm.as_ref().map(|firm| firm.of(pipeline.locale.tag()).to_owned()),
        variant: pipeline
            .variant
            .as_ref()
            .filter(|variant| !variant.titled)
            .map(|variant| variant.name.value.clone()),
        locale: pipeline.locale.tag().to_owned(),
        currency: if has_amounts { pipeline.currency.clone() } else { NO_CURRENCY.to_owned() },
        timezone: pipeline.timezone.iana_name().unwrap_or("UTC").to_owned(),
        as_of: plan.dates.as_of,
        period_start: plan.dates.period_start,
        period_end: plan.dates.period_end,
        before: plan.dates.before,
        year_before: plan.dates.year_before,
        previous_as_of: plan.dates.previous_as_of,
        year_ago_as_of: plan.dates.year_ago_as_of,
        returns_policy: pipeline.returns.word().to_owned(),
        sections: report.sections.iter().map(|section| section.value.clone()).collect(),
        customer_ids: match report.customer_ids {
            CustomerIds::Masked => Shown::Masked,
            CustomerIds::Shown => Shown::Shown,
        },
        least_group: report.least_group,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        parameters,
        sources: Vec::new(),
        checks: Vec::new(),
        steps: Vec::new(),
        made: None,
        orders: orders.word().to_owned(),
        has_amounts,
        on_site: plan.ending == Ending::Published,
        listed: pipeline.is_listed(),
        left_out: pipeline.modules.iter().filter_map(left_out).collect(),
        downloads: Vec::new(),
        download_rows: report.download_rows,
    }
}

/// A module that is left out, for the page.
fn left_out(module: &Module) -> Option<LeftOut> {
    let lack = module.left_out.as_ref()?;
    let (name, column) = match lack.root() {
        Lack::Column { source, column } => (source.as_str(), column.as_str()),
        Lack::Source(name) | Lack::Off(name) | Lack::Module { module: name, .. } => (name.as_str(), ""),
    };
    let (word, needed) = match lack {
        Lack::Off(_) => ("no_module", ""),
        Lack::Module { module: other, .. } if column.is_empty() => ("no_module_source", other.as_str()),
        Lack::Module { module: other, .. } => ("no_module_column", other.as_str()),
        Lack::Source(_) => ("no_source", ""),
        Lack::Column { .. } => ("no_source_column", ""),
    };
    Some(LeftOut {
        module: module.name.value.clone(),
        word,
        needed: needed.to_owned(),
        name: name.to_owned(),
        column: column.to_owned(),
    })
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
            told: outside.told,
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

/// Money as a plain decimal, without zeros after the cents.
pub(super) fn money(amount: i128) -> String {
    let unit = 10_i128.pow(u32::from(AMOUNT_SCALE.unsigned_abs()));
    let (sign, amount) = if amount < 0 { ("-", amount.unsigned_abs()) } else { ("", amount.unsigned_abs()) };
    let (whole, fraction) = (amount / unit.unsigned_abs(), amount % unit.unsigned_abs());
    let mut fraction = format!("{fraction:0width$}", width = usize::from(AMOUNT_SCALE.unsigned_abs()));
    while fraction.len() > 2 && fraction.ends_with('0') {
        fraction.pop();
    }
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn money_keeps_what_it_has_and_at_least_cents() {
        assert_eq!(money(97_477_479_340_000_000), "9747747.934");
        assert_eq!(money(-15_000_000_000), "-1.50");
        assert_eq!(money(0), "0.00");
        assert_eq!(money(-1), "-0.0000000001");
        assert_eq!(money(490_000), "0.000049");
    }
}
