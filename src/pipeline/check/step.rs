//! What is asked of steps' tables. A step has the tests that sources have, and those that name another table or a
//! condition: a file each, and its entry of [`STEP_TESTS`](super::STEP_TESTS). The rest of the program knows what a test
//! asks as a query ([`Asked`]).

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{Asks, CheckSeverity, Fields, Measured, Node, Question, Reader, Spanned, Test, Value};

/// One entry of a step's `checks`.
#[derive(Debug, Clone)]
pub struct StepCheck {
    /// Where it stands.
    pub at: Range<usize>,
    /// `severity`: `error` (the default: nothing is published) or `warn`.
    pub severity: CheckSeverity,
    /// What must hold.
    pub test: Arc<dyn StepTest>,
}

impl StepCheck {
    /// The place of its errors: the condition or the other table that it names, else the whole check.
    pub fn place(&self) -> &Range<usize> {
        let named = self.test.expression().or_else(|| self.test.other().map(|other| other.to));
        named.map_or(&self.at, |named| &named.at)
    }
}

/// What a check asks of a step's table.
pub trait StepTest: fmt::Debug + Send + Sync {
    /// What it asks of the table of that name, one after the other.
    fn asked(&self, table: &str) -> Vec<Asked>;

    /// The other table that it names.
    fn other(&self) -> Option<Other<'_>> {
        None
    }

    /// The condition in the user's own words that its query is made of.
    fn expression(&self) -> Option<&Spanned<String>> {
        None
    }

    /// The test of rows that sources have too, if it is one.
    fn of_rows(&self) -> Option<&dyn Test> {
        None
    }
}

/// The table that a step's table is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Other<'t> {
    /// The table.
    pub to: &'t Spanned<String>,
    /// Its column.
    pub field: Option<&'t Spanned<String>>,
    /// The step's own column.
    pub column: Option<&'t Spanned<String>>,
    /// Whether both columns are summed up.
    pub sums: bool,
}

/// One query of a check. It yields one row.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The check in words, such as `not_null amount`.
    pub name: String,
    /// The query.
    pub text: String,
    /// Its parameters.
    pub values: Vec<(String, Value)>,
    /// What its result means.
    pub asks: Asks,
}

impl Asked {
    /// A query for the number of rows that meet a condition; there should be none.
    pub(super) fn no_rows(table: &str, name: String, condition: &str, how: &str, expected: String) -> Self {
        Self {
            name,
            text: format!("select count(*) as wrong from {table} where {condition}"),
            values: Vec::new(),
            asks: Asks::NoRows { how: how.to_owned(), expected },
        }
    }
}

/// A test of steps by its name, and how its value is read.
pub struct StepTestKind {
    /// The name.
    pub key: &'static str,
    pub(super) read: fn(&mut Reader, &Node) -> Option<Arc<dyn StepTest>>,
}

/// A test that sources have too.
#[derive(Debug)]
pub(super) struct OfRows(pub(super) Arc<dyn Test>);

impl StepTest for OfRows {
    fn asked(&self, table: &str) -> Vec<Asked> {
        let table = quoted(table);
        let asked = |question: Question| {
            let (text, values) = measured(&table, &question.measured);
            Asked { name: question.name, text, values, asks: question.asks }
        };
        self.0.questions().into_iter().map(asked).collect()
    }

    fn of_rows(&self) -> Option<&dyn Test> {
        Some(self.0.as_ref())
    }
}

/// The query that measures something of a table's rows, with the values of its parameters.
fn measured(table: &str, measured: &Measured) -> (String, Vec<(String, Value)>) {
    let wrong = |condition: String| format!("select count(*) as wrong from {table} where {condition}");
    match measured {
        Measured::Missing(column) => (wrong(format!("{} is null", quoted(column))), Vec::new()),
        Measured::Outside { column, min, max } => {
            let (mut conditions, mut values) = (Vec::new(), Vec::new());
            for (sign, key, bound) in [("<", "check_min", min), (">", "check_max", max)] {
                if let Some(bound) = bound {
                    conditions.push(format!("{} {sign} ${key}", quoted(column)));
                    values.push((key.to_owned(), bound.clone()));
                }
            }
            (wrong(conditions.join(" or ")), values)
        }
        Measured::Other { column, values } => {
            let keys: Vec<String> = (0..values.len()).map(|number| format!("check_{number}")).collect();
            let list: Vec<String> = keys.iter().map(|key| format!("${key}")).collect();
            let condition = format!("{} not in ({})", quoted(column), list.join(", "));
            (wrong(condition), keys.into_iter().zip(values.iter().cloned()).collect())
        }
        Measured::Repeats(columns) => {
            let keys: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
            let text = format!(
                "select count(*) as wrong from (select count(*) as n from {table} group by {} having count(*) > 1)",
                keys.join(", ")
            );
            (text, Vec::new())
        }
        Measured::Rows => (format!("select count(*) as wrong from {table}"), Vec::new()),
        Measured::Newest(column) => {
            let day = format!("cast({} as date)", quoted(column));
            let text =
                format!("select max({day}) as newest from {table} where {day} <= cast($as_of as date) + 1");
            (text, Vec::new())
        }
    }
}

/// A name as SQL has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Reader {
    /// `to` of a test.
    pub(super) fn other_table(&mut self, fields: &Fields<'_>, test: &str) -> Option<Spanned<String>> {
        if let Some(node) = fields.get("to") {
            return self.text(node, "to");
        }
        self.problem(&fields.at, format!("`{test}` has no `to`"), Some("add `to: table`".into()));
        None
    }
}
