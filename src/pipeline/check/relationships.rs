//! `relationships: { column, to, field }`: each value of the column is one of the other table's field.

use std::sync::Arc;

use super::step::{Asked, Other, StepTest, StepTestKind, quoted};
use super::{Node, Reader, Spanned};

pub(super) const KIND: StepTestKind = StepTestKind { key: "relationships", read };

#[derive(Debug)]
struct Relationships {
    column: Spanned<String>,
    /// The other table.
    to: Spanned<String>,
    /// Its column. Default: the one of the same name.
    field: Spanned<String>,
}

fn read(reader: &mut Reader, node: &Node) -> Option<Arc<dyn StepTest>> {
    let fields = reader.fields(node, KIND.key, &["column", "to", "field"])?;
    let column = reader.column(&fields, KIND.key)?;
    let to = reader.other_table(&fields, KIND.key)?;
    let field = fields.get("field").map(|node| reader.text(node, "field"));
    let field = field.unwrap_or_else(|| Some(column.clone()))?;
    Some(Arc::new(Relationships { column, to, field }))
}

impl StepTest for Relationships {
    fn asked(&self, table: &str) -> Vec<Asked> {
        let (table, own, other) = (quoted(table), quoted(&self.column.value), quoted(&self.field.value));
        let condition = format!(
            "{table}.{own} is not null and not exists (select 1 from {} as other_table where other_table.{other} = {table}.{own})",
            quoted(&self.to.value)
        );
        let there = format!("{}.{}", self.to.value, self.field.value);
        let name = format!("{} {} to {there}", KIND.key, self.column.value);
        let how = format!("with a value that `{there}` does not have");
        vec![Asked::no_rows(&table, name, &condition, &how, format!("every value in `{there}`"))]
    }

    fn other(&self) -> Option<Other<'_>> {
        Some(Other { to: &self.to, field: Some(&self.field), column: Some(&self.column), sums: false })
    }
}
