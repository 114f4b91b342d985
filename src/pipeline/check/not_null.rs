//! `not_null: [columns]`: each row has a value.

use std::sync::Arc;

use super::{Asks, Measured, Question, Spanned, Test, TestKind};

pub(super) const KIND: TestKind = TestKind {
    key: "not_null",
    read: |reader, node| Some(Arc::new(NotNull(reader.names(node, "not_null")))),
};

#[derive(Debug)]
struct NotNull(Vec<Spanned<String>>);

impl Test for NotNull {
    fn key(&self) -> &'static str {
        KIND.key
    }

    fn columns(&self) -> Vec<&Spanned<String>> {
        self.0.iter().collect()
    }

    fn questions(&self) -> Vec<Question> {
        let question = |column: &Spanned<String>| Question {
            name: format!("{} {}", KIND.key, column.value),
            measured: Measured::Missing(column.value.clone()),
            asks: Asks::NoRows {
                how: "without a value".to_owned(),
                expected: "a value in every row".to_owned(),
            },
        };
        self.0.iter().map(question).collect()
    }
}
