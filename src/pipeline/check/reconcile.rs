//! `reconcile: { column, to, field, within }`: the column and the other table's field have the same sum.

use std::sync::Arc;

use super::step::{Asked, Other, StepTest, StepTestKind, quoted};
use super::{Asks, Node, Reader, Spanned, Value};

pub(super) const KIND: StepTestKind = StepTestKind { key: "reconcile", read };

#[derive(Debug)]
struct Reconcile {
    /// The column; none: the tables have as many rows.
    column: Option<Spanned<String>>,
    /// The other table.
    to: Spanned<String>,
    /// Its column.
    field: Option<Spanned<String>>,
    /// By how much the sums may differ. Default 0.
    within: Value,
}

fn read(reader: &mut Reader, node: &Node) -> Option<Arc<dyn StepTest>> {
    let fields = reader.fields(node, KIND.key, &["column", "to", "field", "within"])?;
    let column = fields.get("column").map(|node| reader.text(node, "column"));
    let field = fields.get("field").map(|node| reader.text(node, "field"));
    let to = reader.other_table(&fields, KIND.key)?;
    if let (None, Some(field)) = (&column, fields.get("field")) {
        let help = "add `column:`, or leave both out to compare numbers of rows";
        reader.problem(&field.at, "`field` has no use without `column`", Some(help.into()));
    }
    let within = match fields.get("within") {
        Some(node) => match reader.value(node, "within")? {
            value @ (Value::Integer(_) | Value::Decimal(_)) => value,
            other => {
                let what = format!("`within` must be a number, not {other}");
                reader.problem(&node.at, what, Some("by how much the sums may differ".into()));
                return None;
            }
        },
        None => Value::Integer(0),
    };
    let column = column.map_or(Some(None), |column| column.map(Some))?;
    let field = field.map_or(Some(None), |field| field.map(Some))?;
    Some(Arc::new(Reconcile { field: field.or_else(|| column.clone()), column, to, within }))
}

impl StepTest for Reconcile {
    fn asked(&self, table: &str) -> Vec<Asked> {
        let name = |column: &Option<Spanned<String>>| column.as_ref().map(|column| column.value.clone());
        let (column, field) = (name(&self.column), name(&self.field));
        let sum = |column: Option<&str>| {
            column.map_or_else(
                || "count(*)".to_owned(),
                |column| format!("coalesce(sum({}), 0)", quoted(column)),
            )
        };
        let (own, other) = (sum(column.as_deref()), sum(field.as_deref()));
        let to = &self.to.value;
        let with = field.map_or_else(|| format!("rows of {to}"), |field| format!("{to}.{field}"));
        vec![Asked {
            name: format!("{} {} with {with}", KIND.key, column.as_deref().unwrap_or("rows")),
            text: format!(
                "select cast(own as varchar) as own, cast(other as varchar) as other, abs(own - other) <= $check_within as agree \
                 from (select {own} as own from {}) cross join (select {other} as other from {})",
                quoted(table),
                quoted(to)
            ),
            values: vec![("check_within".to_owned(), self.within.clone())],
            asks: Asks::Agree { with },
        }]
    }

    fn other(&self) -> Option<Other<'_>> {
        let (column, field) = (self.column.as_ref(), self.field.as_ref());
        Some(Other { to: &self.to, field, column, sums: true })
    }
}
