//! `each` of a variant: a report for the customers of each value of a column.
//!
//! The values are known only from the files. So they are read when the pipeline itself is planned, and the variant becomes as
//! many as there are values.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::DataType;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{cast, ident};

use crate::pipeline::{CUSTOMERS, EACH, Pipeline, Spanned, Value, part_customers};
use crate::problem::{Failure, FailureKind, Problem, suggestion, thousands};
use crate::visible::visible;

use super::explained::plain;
use super::plan::Plan;
use super::planner::columns_of;
use super::session::Sessions;

/// The most reports of one `each`.
const MOST: usize = 200;
/// The most characters of a value in the name of a folder.
const LONGEST: usize = 60;

impl Plan {
    /// The variants of the planned pipeline: in place of one that has `each`, one for each value.
    ///
    /// # Errors
    /// A column that is not there; too many values; values whose folders would have one name.
    pub(super) async fn each(&self, variants: Vec<Pipeline>) -> Result<Vec<Pipeline>, Failure> {
        let mut all = Vec::new();
        for variant in variants {
            let Some(each) = variant.variant.as_ref().and_then(|variant| variant.each.clone()) else {
                all.push(variant);
                continue;
            };
            let (column, values) = Box::pin(self.values(&each)).await?;
            for (name, value) in named(self, &each, &values)? {
                all.push(variant.of_value(&column, &value, &name));
            }
        }
        Ok(all)
    }

    /// The column of the customers' source that is meant, and its values in order, as text.
    async fn values(&self, each: &Spanned<String>) -> Result<(String, Vec<String>), Failure> {
        let at = self.pipeline.place(&each.at);
        let failed = |what: String| Failure::run(Problem::new(what).at(at.clone()));
        let planned = self.planned(CUSTOMERS).and_then(|planned| Some((planned, self.source(planned)?)));
        let Some((planned, source)) = planned else {
            return Err(failed(format!("the source `{CUSTOMERS}` is not there")));
        };
        let engine =
            |error| failed(format!("the values of `{}` cannot be read: {}", each.value, plain(&error)));
        let sessions = Sessions::new(&self.settings(), None).map_err(engine)?;
        let mapped = self
            .mapped(&sessions, planned, source)
            .map_err(|problems| Failure { kind: FailureKind::Configuration, problems })?;
        let known = mapped.columns.iter().find(|name| name.eq_ignore_ascii_case(&each.value));
        let Some(column) = known.cloned() else {
            let what = format!("`{CUSTOMERS}` has no column `{}`", each.value);
            let help = suggestion(&each.value, mapped.columns.iter().map(String::as_str));
            return Err(Failure::configuration(Problem::new(what).at(at.clone()).help_if(help)));
        };
        let read = async {
            let text = cast(ident(&column), DataType::Utf8);
            let values = mapped.select(vec![text.alias(&column)])?;
            let order = vec![ident(&column).sort(true, false)];
            let values = values.filter(ident(&column).is_not_null())?.distinct()?.sort(order)?;
            let mut texts = Vec::new();
            for batch in values.limit(0, Some(MOST + 1))?.collect().await? {
                let found = batch.columns().first().and_then(|found| found.as_string_opt::<i32>());
                texts.extend(found.into_iter().flatten().flatten().map(str::to_owned));
            }
            EngineResult::Ok(texts)
        };
        let values = read.await.map_err(engine)?;
        if values.len() > MOST {
            let what = format!("`{}` has more than {} values", each.value, thousands(MOST as u64));
            let help = "a report is made for each: name a column with fewer, such as the account manager";
            return Err(Failure::configuration(Problem::new(what).at(at).help(help)));
        }
        Ok((column, values))
    }
}

impl Plan {
    /// The plan for another value of the same `each`. Its queries are those of this plan, with another value bound to
    /// `$each`. None where this plan is of no value of that `each`, or where a setting or a step's parameter has the value:
    /// it may decide more than the rows.
    pub(super) fn of_value(&self, variant: &Pipeline) -> Option<Self> {
        let of = |pipeline: &Pipeline| {
            let variant = pipeline.variant.as_ref()?;
            Some((variant.name.at.clone(), variant.value.clone()?))
        };
        let ((at, _), (other, value)) = (of(&self.pipeline)?, of(variant)?);
        if at != other || decides_more(variant) {
            return None;
        }
        let mut pipeline = variant.clone();
        part_customers(&mut pipeline, |index| columns_of(&self.sources, index)).ok()?;
        pipeline.returns = self.pipeline.returns;
        let mut plan = Self { pipeline, warnings: Vec::new(), ..self.clone() };
        let nodes = plan.nodes.iter_mut().map(|node| &mut node.parameters);
        let incremental = plan.incremental.iter_mut().map(|(_, step)| &mut step.parameters);
        let checks = plan.step_checks.iter_mut().map(|check| &mut check.parameters);
        for parameters in nodes.chain(incremental).chain(checks).chain([&mut plan.parameters]) {
            if let Some(known) = parameters.get_mut(EACH) {
                *known = Value::Text(value.clone());
            }
        }
        Some(plan)
    }
}

/// Whether a setting, or a parameter of a step, has the value of `$each`: it then may decide more than the rows.
pub fn decides_more(variant: &Pipeline) -> bool {
    let mut named = variant.named_values().filter(|param| param.name.value != EACH).map(|param| &param.value);
    let mut bound = variant.steps.iter().flat_map(|step| step.with.iter().map(|param| &param.value));
    named.any(names_each) || bound.any(names_each)
}

/// Whether a value is that of `$each`.
fn names_each(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains("$each"),
        Value::List(items) => items.iter().any(names_each),
        _ => false,
    }
}

/// The values by the names that their folders end with.
fn named(
    plan: &Plan,
    each: &Spanned<String>,
    values: &[String],
) -> Result<BTreeMap<String, String>, Failure> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for value in values {
        let name = folder(value);
        if let Some(other) = names.insert(name.clone(), value.clone()) {
            let what = format!(
                "the reports of `{}` and `{}` would lie in one folder, `{}-{name}`",
                visible(&other),
                visible(value),
                plan.pipeline.name.value
            );
            let help = format!("make the values of `{}` differ in letters or digits", each.value);
            return Err(Failure::configuration(
                Problem::new(what).at(plan.pipeline.place(&each.at)).help(help),
            ));
        }
    }
    Ok(names)
}

/// A value as a part of a folder's name: its letters and digits, small, with `-` for all between them.
fn folder(value: &str) -> String {
    let mut name = String::new();
    for c in value.chars().flat_map(char::to_lowercase).take(LONGEST) {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "other".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_value_becomes_the_name_of_a_folder() {
        for (value, name) in [
            ("Li Wei", "li-wei"),
            ("  M-01 ", "m-01"),
            ("../../etc", "etc"),
            ("张伟", "张伟"),
            ("…", "other"),
            ("", "other"),
            ("A/B\\C", "a-b-c"),
        ] {
            assert_eq!(folder(value), name);
        }
    }
}
