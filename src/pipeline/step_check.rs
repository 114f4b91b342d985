//! `checks` of a step: what must hold of its table.

use std::ops::Range;
use std::sync::Arc;

use super::reader::{Fields, Reader};
use super::yaml::Node;
use super::{CheckSeverity, Spanned, Test, Value};

/// One entry of a step's `checks`.
#[derive(Debug, Clone)]
pub struct StepCheck {
    /// Where it stands.
    pub at: Range<usize>,
    /// `severity`: `error` (the default: nothing is published) or `warn`.
    pub severity: CheckSeverity,
    /// What must hold.
    pub test: StepTest,
}

/// What a check asks of a step's table.
#[derive(Debug, Clone)]
pub enum StepTest {
    /// A test that sources know too.
    Rows(Arc<dyn Test>),
    /// `relationships: { column, to, field }`: each value of the column is one of the other table's field.
    Relationships {
        /// The column.
        column: Spanned<String>,
        /// The other table.
        to: Spanned<String>,
        /// Its column. Default: the one of the same name.
        field: Spanned<String>,
    },
    /// `expression: "SQL"`: a condition that is true for every row.
    Expression(Spanned<String>),
    /// `reconcile: { column, to, field, within }`: the column and the other table's field have the same sum.
    Reconcile {
        /// The column; none: the tables have as many rows.
        column: Option<Spanned<String>>,
        /// The other table.
        to: Spanned<String>,
        /// Its column.
        field: Option<Spanned<String>>,
        /// By how much the sums may differ. Default 0.
        within: Value,
    },
}

/// The tests that only steps have.
pub(super) const OF_STEPS: [&str; 3] = ["relationships", "expression", "reconcile"];

impl Reader {
    /// A test that only steps have, by its name.
    pub(super) fn step_test(&mut self, test: &str, node: &Node) -> Option<StepTest> {
        match test {
            "relationships" => {
                let fields = self.fields(node, test, &["column", "to", "field"])?;
                let column = self.column(&fields, test)?;
                let to = self.other_table(&fields, test)?;
                let field = fields.get("field").map(|node| self.text(node, "field"));
                let field = field.unwrap_or_else(|| Some(column.clone()))?;
                Some(StepTest::Relationships { column, to, field })
            }
            "expression" => self.text(node, test).map(StepTest::Expression),
            _ => {
                let fields = self.fields(node, test, &["column", "to", "field", "within"])?;
                let column = fields.get("column").map(|node| self.text(node, "column"));
                let field = fields.get("field").map(|node| self.text(node, "field"));
                let to = self.other_table(&fields, test)?;
                if let (None, Some(field)) = (&column, fields.get("field")) {
                    let help = "add `column:`, or leave both out to compare numbers of rows";
                    self.problem(&field.at, "`field` has no use without `column`", Some(help.into()));
                }
                let within = match fields.get("within") {
                    Some(node) => match self.value(node, "within")? {
                        value @ (Value::Integer(_) | Value::Decimal(_)) => value,
                        other => {
                            let what = format!("`within` must be a number, not {other}");
                            self.problem(&node.at, what, Some("by how much the sums may differ".into()));
                            return None;
                        }
                    },
                    None => Value::Integer(0),
                };
                let column = column.map_or(Some(None), |column| column.map(Some))?;
                let field = field.map_or(Some(None), |field| field.map(Some))?;
                Some(StepTest::Reconcile { field: field.or_else(|| column.clone()), column, to, within })
            }
        }
    }

    fn other_table(&mut self, fields: &Fields<'_>, test: &str) -> Option<Spanned<String>> {
        if let Some(node) = fields.get("to") {
            return self.text(node, "to");
        }
        self.problem(&fields.at, format!("`{test}` has no `to`"), Some("add `to: table`".into()));
        None
    }
}
