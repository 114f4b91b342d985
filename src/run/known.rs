//! What the report says about itself before it is made.

use crate::engine::Plan;
use crate::engine::plan::Ending;
use crate::pipeline::module::Lack;
use crate::pipeline::{Amounts, CustomerIds, Module, Orders, Report, TRANSACTIONS};
use crate::report::{CustomerIds as Shown, Facts, LeftOut, NO_CURRENCY};

use super::manifest::parameter;

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
