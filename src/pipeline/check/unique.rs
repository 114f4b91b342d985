//! `unique: [columns]`: no two rows have the same values in these columns.

use std::sync::Arc;

use super::{Asks, Measured, Question, Spanned, Test, TestKind};

pub(super) const KIND: TestKind =
    TestKind { key: "unique", read: |reader, node| Some(Arc::new(Unique(reader.names(node, "unique")))) };

#[derive(Debug)]
struct Unique(Vec<Spanned<String>>);

impl Test for Unique {
    fn key(&self) -> &'static str {
        KIND.key
    }

    fn columns(&self) -> Vec<&Spanned<String>> {
        self.0.iter().collect()
    }

    fn questions(&self) -> Vec<Question> {
        let names: Vec<String> = self.0.iter().map(|column| column.value.clone()).collect();
        let name = format!("{} {}", KIND.key, names.join(", "));
        vec![Question { name, measured: Measured::Repeats(names), asks: Asks::NoRepeats }]
    }
}
