//! Checks that a query yields what its table is declared to hold.
//!
//! A step's own `table` is the analyst's promise: a missing column, or one of another kind, is an error; a column that
//! is not declared is a warning. Built-in sections and queries read built-in tables: if an edited query lacks one of
//! their columns, sections are left out, and this is a warning too. Extra columns are allowed.

use arrow::datatypes::{Field, Schema};

use crate::pipeline::{SECTIONS, Step, StepKind};
use crate::problem::{Place, Problem, closest};
use crate::shipped::earlier::{Copied, UPGRADE, copied};
use crate::tables::sql_types;
use crate::tables::{Column, ColumnKind, Declaration};

use super::plan::{Node, Plan};
use super::planner::Planner;
use super::session::Time;
use super::sql::Query;

impl Planner {
    /// Compares a query's columns with those of its declared table. The order does not matter.
    pub(super) fn try_declaration(
        &mut self,
        plan: &Plan,
        node: &Node,
        step: &Step,
        query: &Query,
        found: &Schema,
    ) {
        let name = &step.name.value;
        let Some(declared) = plan.pipeline.declared.get(name).filter(|_| node.time == Time::Current) else {
            return;
        };
        let at = declared.at.clone().unwrap_or_default();
        let place = plan.pipeline.place(&at);
        // A module declares the tables of all its steps in one place.
        let key = if place.source.name == plan.pipeline.file().name { "table" } else { "tables" };
        let compared = Compared { name, file: &query.source.name, key, found };
        if declared.at.is_none() {
            if matters(plan, step) {
                let place = Place::new(&query.source, 0..0);
                let is_old = copied(&query.source.name, &query.source.text) == Copied::Unchanged;
                self.warnings.extend(compared.shipped(declared, is_old).map(|problem| problem.at(place)));
            }
            return;
        }
        for (column, problem) in compared.own(declared) {
            let at = column.at.as_ref().or(declared.at.as_ref()).cloned().unwrap_or_default();
            self.configuration.push(problem.at(plan.pipeline.place(&at)));
        }
        self.warnings.extend(compared.beyond(declared).map(|problem| problem.at(place)));
    }
}

/// Whether the report has built-in sections of built-in tables; without them, a step's name has no meaning.
fn matters(plan: &Plan, step: &Step) -> bool {
    let listed = plan.pipeline.report.iter().flat_map(|report| &report.sections);
    let mut builtin = listed.filter(|section| SECTIONS.contains(&section.value.as_str()));
    matches!(step.kind, StepKind::Sql(_)) && builtin.any(|section| section.value != "method")
}

/// A table's found columns, to be compared with a declaration.
struct Compared<'a> {
    name: &'a str,
    file: &'a str,
    /// The key under which the table is declared.
    key: &'a str,
    found: &'a Schema,
}

impl Compared<'_> {
    /// What an own declaration states and the query does not yield.
    fn own<'d>(&self, declared: &'d Declaration) -> Vec<(&'d Column, Problem)> {
        let problem = |column: &'d Column| {
            let Some(field) = self.field(column) else {
                return Some((column, self.missing(column, declared)));
            };
            if column.kind.fits(field.data_type()) {
                return None;
            }
            let what = format!(
                "`{}` of the table `{}` is declared as `{}`, {}, but {} yields {}",
                column.name,
                self.name,
                column.kind.key(),
                column.kind.meaning(),
                self.file,
                type_of(field)
            );
            let seems = ColumnKind::guess(field.name(), field.data_type()).key();
            let help = match cast(column.kind, field) {
                Some(cast) => format!("{cast}, or declare it as `{seems}`"),
                None => format!("cast it in the query, or declare it as `{seems}`"),
            };
            Some((column, Problem::new(what).help(help)))
        };
        declared.columns.iter().filter_map(problem).collect()
    }

    fn missing(&self, column: &Column, declared: &Declaration) -> Problem {
        let what = format!(
            "{} yields no column `{}`, which the table `{}` is declared to have",
            self.file, column.name, self.name
        );
        let undeclared = self.names().filter(|name| declared.column(name).is_none());
        let help = match closest(&column.name, undeclared) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!(
                "add it to the query, or take it out of `{}`; the query yields {}",
                self.key,
                self.names().collect::<Vec<_>>().join(", ")
            ),
        };
        Problem::new(what).help(help)
    }

    /// The columns that an own declaration lacks.
    fn beyond(&self, declared: &Declaration) -> Option<Problem> {
        let beyond = self.names().filter(|name| declared.column(name).is_none());
        let beyond: Vec<String> = beyond.map(|name| format!("`{name}`")).collect();
        let (are, their) = if beyond.len() == 1 { ("is", "its kind is") } else { ("are", "their kinds are") };
        let what =
            format!("{} of the table `{}` {are} not declared: {their} guessed", beyond.join(", "), self.name);
        let them = if beyond.len() == 1 { "it" } else { "them" };
        let help = format!("add {them} to `{}`, or take {them} out of {}", self.key, self.file);
        (!beyond.is_empty()).then(|| Problem::warning(what).help(help))
    }

    /// What to write for numbers of another kind than a built-in declaration has.
    fn casts(&self, declared: &Declaration) -> Option<String> {
        let unfit = |column: &Column| {
            let field = self.field(column).filter(|field| !column.kind.fits(field.data_type()))?;
            cast(column.kind, field)
        };
        declared.columns.iter().find_map(unfit)
    }

    /// What a built-in declaration states and the query does not yield. It is one problem, as a table of the same name
    /// may have quite other columns. A query may be as an earlier version of the program wrote it.
    fn shipped(&self, declared: &Declaration, is_old: bool) -> Option<Problem> {
        let differs = |column: &Column| match self.field(column) {
            None => Some(format!("`{}`", column.name)),
            Some(field) if column.kind.fits(field.data_type()) => None,
            Some(field) => {
                Some(format!("`{}` as {} (it is {})", column.name, column.kind.meaning(), type_of(field)))
            }
        };
        let differing: Vec<String> = declared.columns.iter().filter_map(differs).collect();
        let what = format!(
            "{} does not yield what the shipped table `{}` has: {}",
            self.file,
            self.name,
            differing.join(", ")
        );
        if is_old {
            let what = format!("{what}; an earlier version of the program wrote it");
            let help = format!("sections that read it will be left out; {UPGRADE}");
            return (!differing.is_empty()).then(|| Problem::warning(what).help(help));
        }
        let help = format!(
            "sections that read it will be left out; add it to the query, or give the step `{}` a `table` that says what it holds",
            self.name
        );
        let help = self.casts(declared).map_or_else(|| help.clone(), |cast| format!("{cast}; {help}"));
        (!differing.is_empty()).then(|| Problem::warning(what).help(help))
    }

    fn field(&self, column: &Column) -> Option<&Field> {
        self.found
            .fields()
            .iter()
            .map(AsRef::as_ref)
            .find(|field: &&Field| column.number(field.name()).is_some())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.found.fields().iter().map(|field| field.name().as_str())
    }
}

/// What to write in the query for numbers that the kind does not take; none for values that are no numbers.
fn cast(kind: ColumnKind, field: &Field) -> Option<String> {
    if !field.data_type().is_numeric() {
        return None;
    }
    let name = field.name();
    match kind {
        ColumnKind::Count | ColumnKind::CountChange => {
            Some(format!("write `cast(... as bigint) as {name}`: a count has no fractions"))
        }
        ColumnKind::Share | ColumnKind::Points | ColumnKind::Growth => Some(format!(
            "write `cast(... as double) / ... as {name}`: a whole number divided by a whole number has no decimals"
        )),
        _ => None,
    }
}

fn type_of(field: &Field) -> String {
    sql_types(&field.data_type().to_string())
}
