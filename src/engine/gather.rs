//! `gather` of a step, and `into` of those that it gathers: a union of tables with the same columns.

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::prelude::SessionContext;

use crate::pipeline::{Pipeline, Spanned, Step, StepKind};
use crate::problem::{Problem, SourceText};
use crate::tables::sql_types;

use super::comparison;

/// The columns of a gathering step, each with its SQL type.
type Columns = [(Spanned<String>, Spanned<String>)];

/// The query that gathers tables. Each column is cast to its type, so one table cannot change that of all.
pub(super) fn query(name: &str, columns: &Columns, tables: &[String]) -> Arc<SourceText> {
    let typed = |of: &dyn Fn(&str) -> String| {
        let column = |(column, kind): &(Spanned<String>, Spanned<String>)| {
            format!("cast({} as {}) as \"{}\"", of(&column.value), kind.value, column.value)
        };
        columns.iter().map(column).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!("select {} where false", typed(&|_| "null".to_owned()));
    for table in tables {
        text.push_str(&format!(
            "\nunion all\nselect {} from {table}",
            typed(&|column| format!("\"{column}\""))
        ));
    }
    Arc::new(SourceText { name: format!("{name} (gathered)"), text })
}

/// What keeps a step's table out of the one that it goes `into`.
pub(super) async fn unfit(
    context: &SessionContext,
    pipeline: &Pipeline,
    step: &Step,
    found: &Schema,
) -> Vec<Problem> {
    let Some(into) = &step.into else { return Vec::new() };
    let gathering = pipeline.steps.iter().find(|other| other.name.value == into.value);
    let Some(StepKind::Gather { columns, .. }) = gathering.map(|gathering| &gathering.kind) else {
        return Vec::new();
    };
    let place = pipeline.place(&into.at);
    let goes = format!("`{}` goes into `{}`", step.name.value, into.value);
    let missing: Vec<_> =
        columns.iter().filter(|(column, _)| found.field_with_name(&column.value).is_err()).collect();
    let mut problems = Vec::new();
    if !missing.is_empty() {
        let named: Vec<String> = missing.iter().map(|(column, _)| format!("`{}`", column.value)).collect();
        let (s, they) = if named.len() == 1 { ("", "it") } else { ("s", "them") };
        let nulls: Vec<String> = missing
            .iter()
            .map(|(column, kind)| format!("cast(null as {}) as {}", kind.value, column.value))
            .collect();
        let what = format!("{goes}, and yields no column{s} {}", named.join(", "));
        let help = format!("add {they} to the query; where there is nothing to say, `{}`", nulls.join(", "));
        problems.push(Problem::new(what).at(place.clone()).help(help));
    }
    // The types that the names of SQL's mean.
    let wanted = context.state().create_logical_plan(&query(&into.value, columns, &[]).text).await;
    for (column, kind) in columns {
        let name = &column.value;
        let Ok(field) = found.field_with_name(name) else { continue };
        let wanted = wanted.as_ref().ok().map(|wanted| wanted.schema().as_arrow());
        let Some(wanted) = wanted.and_then(|wanted| wanted.field_with_name(name).ok()) else { continue };
        let untyped = field.data_type().is_null();
        if let Some((_, needed)) =
            comparison::unlike(field.data_type(), wanted.data_type()).filter(|_| !untyped)
        {
            let is = sql_types(&field.data_type().to_string());
            let what = format!("{goes}, and its `{name}` is {is}, not {needed}");
            let help = format!("cast it in the query: `cast(... as {}) as {name}`", kind.value);
            problems.push(Problem::new(what).at(place.clone()).help(help));
        }
    }
    problems
}
