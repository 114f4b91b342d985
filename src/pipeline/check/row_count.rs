//! `row_count: { min, max }`: the number of rows lies between.

use std::sync::Arc;

use super::{Asks, Measured, Node, Question, Reader, Spanned, Test, TestKind, Value};

pub(super) const KIND: TestKind = TestKind { key: "row_count", read };

#[derive(Debug)]
struct RowCount {
    min: Option<i64>,
    max: Option<i64>,
}

fn read(reader: &mut Reader, node: &Node) -> Option<Arc<dyn Test>> {
    let fields = reader.fields(node, KIND.key, &["min", "max"])?;
    reader.needs_one_of(&fields, KIND.key, ["min", "max"]);
    let min = fields.get("min").and_then(|node| reader.integer(node, "min"));
    let max = fields.get("max").and_then(|node| reader.integer(node, "max"));
    for (key, bound) in [("min", min), ("max", max)] {
        if let Some(rows) = bound.filter(|rows| *rows < 0) {
            let what = format!("`{key}` is {rows}: there are never fewer rows than none");
            reader.problem(&fields.key(key), what, Some("write a number of rows, 0 or more".into()));
        }
    }
    if let (Some(least), Some(most)) = (min, max) {
        reader.ascend(&fields, &Value::Integer(least), &Value::Integer(most));
    }
    Some(Arc::new(RowCount { min, max }))
}

impl Test for RowCount {
    fn key(&self) -> &'static str {
        KIND.key
    }

    fn columns(&self) -> Vec<&Spanned<String>> {
        Vec::new()
    }

    fn questions(&self) -> Vec<Question> {
        let asks = Asks::Rows { min: self.min, max: self.max };
        vec![Question { name: KIND.key.to_owned(), measured: Measured::Rows, asks }]
    }
}
