//! `accepted_range: { column, min, max }`: no value lies outside; both bounds are included.

use std::sync::Arc;

use super::{Asks, Measured, Node, Question, Reader, Spanned, Test, TestKind, Value, bounds};

pub(super) const KIND: TestKind = TestKind { key: "accepted_range", read };

#[derive(Debug)]
struct AcceptedRange {
    column: Spanned<String>,
    min: Option<Value>,
    max: Option<Value>,
}

fn read(reader: &mut Reader, node: &Node) -> Option<Arc<dyn Test>> {
    let fields = reader.fields(node, KIND.key, &["column", "min", "max"])?;
    reader.needs_one_of(&fields, KIND.key, ["min", "max"]);
    let min = fields.get("min").and_then(|node| reader.value(node, "min"));
    let max = fields.get("max").and_then(|node| reader.value(node, "max"));
    for (key, bound) in [("min", &min), ("max", &max)] {
        if let (Some(Value::List(_)), Some(node)) = (bound, fields.get(key)) {
            reader.problem(&node.at, format!("`{key}` must be one value, not a list"), None);
            return None;
        }
    }
    if let (Some(least), Some(most)) = (&min, &max) {
        reader.ascend(&fields, least, most);
    }
    Some(Arc::new(AcceptedRange { column: reader.column(&fields, KIND.key)?, min, max }))
}

impl Test for AcceptedRange {
    fn key(&self) -> &'static str {
        KIND.key
    }

    fn columns(&self) -> Vec<&Spanned<String>> {
        vec![&self.column]
    }

    fn questions(&self) -> Vec<Question> {
        let column = self.column.value.clone();
        vec![Question {
            name: format!("{} {column}", KIND.key),
            measured: Measured::Outside { column, min: self.min.clone(), max: self.max.clone() },
            asks: Asks::NoRows {
                how: "outside".to_owned(),
                expected: bounds(self.min.as_ref(), self.max.as_ref()),
            },
        }]
    }

    fn compared(&self) -> Vec<&Value> {
        self.min.iter().chain(&self.max).collect()
    }
}
