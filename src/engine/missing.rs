//! Columns that a source's expressions name and some of its files lack.
//!
//! A column that is NULL for a year of files makes a wrong figure that nobody sees. So it is an error unless the
//! pipeline says that the column may be missing. Columns that no expression names may be absent freely.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};

use crate::pipeline::{MissingColumns, Source, Spanned, When};
use crate::problem::{Problem, closest, suggestion};

use super::mapper::{Mapped, Mapper};
use super::plan::{Note, Plan, PlannedSource};
use super::planner::Planner;
use super::storage::Lack;
use super::transactions::is_canonical;

/// A file column that something in the pipeline names.
struct Named {
    column: String,
    /// What names it.
    by: String,
    at: Range<usize>,
}

impl Planner {
    /// Reports columns that expressions name and files lack, or notes them if they may be missing.
    pub(super) fn missing_columns(
        &mut self,
        plan: &Plan,
        planned: &PlannedSource,
        source: &Source,
        mapper: &Mapper<'_>,
        mapped: &Mapped,
    ) {
        let files = &planned.files;
        if let MissingColumns::AsNull(Some(columns)) = &source.missing_columns {
            let known: Vec<&str> =
                planned.schema.fields().iter().map(|field| field.name().as_str()).collect();
            for name in columns {
                // The one file with the column may be gone tonight; but a misspelt name is an error.
                let there = known.iter().any(|known| known.eq_ignore_ascii_case(&name.value));
                if !there && closest(&name.value, known.iter().copied()).is_some() {
                    let what =
                        format!("the files of `{}` have no column `{}`", source.name.value, name.value);
                    let help = suggestion(&name.value, known.iter().copied());
                    self.configuration
                        .push(Problem::new(what).at(plan.pipeline.place(&name.at)).help_if(help));
                }
            }
        }
        if files.lacking.is_empty() {
            return;
        }
        let all = files.files.len();
        let mut reported = BTreeSet::new();
        for Named { column, by, at } in named(planned, source, mapper, mapped) {
            let Some(lack) = files.lacking.iter().find(|lack| lack.column == column) else { continue };
            if !reported.insert(column) {
                continue;
            }
            if may_be_missing(source, lack) {
                let what = format!("{}; it is NULL there", lack.summary(all));
                self.note(planned, what);
            } else {
                let what = format!("source `{}`: {}; {by} needs it", source.name.value, lack.summary(all));
                let help = format!(
                    "write the file again with the column, or add `missing_columns: [{}]` to the source for NULL there",
                    lack.column
                );
                self.data.push(Problem::new(what).at(plan.pipeline.place(&at)).help(help));
            }
        }
        // Without `columns` no expression names any: every reader of the table finds NULL.
        if source.columns.is_empty() {
            let rest: Vec<&Lack> =
                files.lacking.iter().filter(|lack| !reported.contains(&lack.column)).collect();
            for lack in rest.iter().take(MOST_TOLD) {
                self.note(planned, format!("{}; it is NULL there", lack.summary(all)));
            }
            if let Some(more) = rest.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
                self.note(planned, format!("some files lack {more} more of the columns"));
            }
        }
    }
}

impl Planner {
    fn note(&mut self, planned: &PlannedSource, text: String) {
        self.notes.push(Note { source: planned.index, warns: true, text });
    }
}

/// Most columns that are reported one by one.
const MOST_TOLD: usize = 5;

fn may_be_missing(source: &Source, lack: &Lack) -> bool {
    match &source.missing_columns {
        MissingColumns::Error => false,
        MissingColumns::AsNull(None) => true,
        MissingColumns::AsNull(Some(columns)) => {
            columns.iter().any(|name| name.value.eq_ignore_ascii_case(&lack.column))
        }
    }
}

/// The files' columns that a source's expressions name, in the order of the pipeline.
fn named(planned: &PlannedSource, source: &Source, mapper: &Mapper<'_>, mapped: &Mapped) -> Vec<Named> {
    let mut named = Vec::new();
    let partitions = planned.files.partitions.iter().map(|name| Field::new(name, DataType::Utf8, true));
    let fields: Vec<Field> =
        planned.schema.fields().iter().map(|field| field.as_ref().clone()).chain(partitions).collect();
    if let Some(raw) = mapper.joined_schema(Schema::new(fields)) {
        for column in source.joins.iter().flat_map(|join| &join.on).chain(&source.columns) {
            // An expression that cannot be planned is already reported.
            let Ok(expr) = mapper.expression(&column.sql, &raw) else { continue };
            let by = format!("`{}`", column.name.value);
            named.extend(expr.column_refs().into_iter().map(|name| Named {
                column: name.name.clone(),
                by: by.clone(),
                at: column.sql.at.clone(),
            }));
        }
    }
    if source.columns.is_empty() && mapper.is_transactions() {
        let canonical =
            planned.schema.fields().iter().filter(|field| is_canonical(&field.name().to_ascii_lowercase()));
        named.extend(canonical.map(|field| Named {
            column: field.name().clone(),
            by: format!("`{}` of `{}`", field.name().to_ascii_lowercase(), source.name.value),
            at: source.path.at.clone(),
        }));
    }
    let in_condition = |sql: &Spanned<String>, of: Option<&str>| {
        let expr = mapper.expression_of(sql, mapped.frame.schema(), of).ok()?;
        let names: Vec<String> = expr.column_refs().into_iter().map(|name| name.name.clone()).collect();
        Some((names, sql.at.clone()))
    };
    let rules = source.quarantine.iter().filter_map(|rule| {
        let (names, at) = match &rule.when {
            When::Sql(sql) => in_condition(sql, None)?,
            When::Repeated(names) => {
                let at = names.first().map_or(rule.name.at.clone(), |name| name.at.clone());
                (names.iter().map(|name| name.value.clone()).collect(), at)
            }
        };
        Some((format!("the rule `{}`", rule.name.value), names, at))
    });
    let only = source.only.iter().filter_map(|only| {
        let (names, at) = in_condition(&only.sql, only.of.as_deref())?;
        Some((format!("`{}`", only.key), names, at))
    });
    let by_day =
        source.by_day.iter().map(|day| ("`by_day`".to_owned(), vec![day.value.clone()], day.at.clone()));
    let wanted = source.wanted.iter().filter(|wanted| !wanted.optional && source.columns.is_empty());
    let wanted = wanted.map(|wanted| {
        (format!("the module `{}`", wanted.module), vec![wanted.name.clone()], source.path.at.clone())
    });
    for (by, names, at) in rules.chain(only).chain(by_day).chain(wanted) {
        for name in names {
            // A column of the table hides a file's column of the same name, unless it is that column.
            let of_table = mapped.columns.contains(&name);
            let same = |field: &&Arc<Field>| field.name().eq_ignore_ascii_case(&name);
            let column = match (of_table, source.columns.is_empty()) {
                (false, _) => Some(name),
                (true, true) => planned.schema.fields().iter().find(same).map(|field| field.name().clone()),
                (true, false) => None,
            };
            named.extend(column.map(|column| Named { column, by: by.clone(), at: at.clone() }));
        }
    }
    let order = |name: &Named| (name.at.start, name.column.clone());
    named.sort_by_key(order);
    named
}
