//! `expression: "SQL"`: a condition that is true for every row.

use std::sync::Arc;

use super::Spanned;
use super::step::{Asked, StepTest, StepTestKind, quoted};

pub(super) const KIND: StepTestKind = StepTestKind {
    key: "expression",
    read: |reader, node| Some(Arc::new(Expression(reader.text(node, "expression")?))),
};

#[derive(Debug)]
struct Expression(Spanned<String>);

impl StepTest for Expression {
    fn asked(&self, table: &str) -> Vec<Asked> {
        let condition = format!("({}\n) is not true", self.0.value);
        let words: Vec<&str> = self.0.value.split_whitespace().collect();
        let name = format!("{} {}", KIND.key, words.join(" "));
        let (how, expected) = ("for which it is not true", "true for every row".to_owned());
        vec![Asked::no_rows(&quoted(table), name, &condition, how, expected)]
    }

    fn expression(&self) -> Option<&Spanned<String>> {
        Some(&self.0)
    }
}
