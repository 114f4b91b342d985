//! `accepted_values: { column, values }`: no other value occurs. NULL is always accepted: `not_null` is the check for it.

use std::sync::Arc;

use super::{Asks, Measured, Node, Question, Reader, Spanned, Test, TestKind, Value};

pub(super) const KIND: TestKind = TestKind { key: "accepted_values", read };

#[derive(Debug)]
struct AcceptedValues {
    column: Spanned<String>,
    values: Vec<Value>,
}

fn read(reader: &mut Reader, node: &Node) -> Option<Arc<dyn Test>> {
    let fields = reader.fields(node, KIND.key, &["column", "values"])?;
    let column = reader.column(&fields, KIND.key);
    let Some(values) = fields.get("values") else {
        let help = "add `values: [...]`";
        reader.problem(&fields.at, "`accepted_values` has no `values`", Some(help.into()));
        return None;
    };
    let values: Vec<Value> =
        reader.items(values, "values").iter().filter_map(|item| reader.value(item, "values")).collect();
    if let Some(list) = values.iter().find(|value| matches!(value, Value::List(_))) {
        reader.problem(&fields.key("values"), format!("`values` has a list in it: {list}"), None);
    }
    for (number, value) in values.iter().enumerate() {
        if values.iter().take(number).any(|earlier| earlier == value) {
            let what = format!("`values` has {value} twice");
            reader.problem(&fields.key("values"), what, Some("remove one".into()));
        }
    }
    Some(Arc::new(AcceptedValues { column: column?, values }))
}

impl Test for AcceptedValues {
    fn key(&self) -> &'static str {
        KIND.key
    }

    fn columns(&self) -> Vec<&Spanned<String>> {
        vec![&self.column]
    }

    fn questions(&self) -> Vec<Question> {
        let column = self.column.value.clone();
        let expected: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        vec![Question {
            name: format!("{} {column}", KIND.key),
            measured: Measured::Other { column, values: self.values.clone() },
            asks: Asks::NoRows { how: "with another value".to_owned(), expected: expected.join(", ") },
        }]
    }

    fn compared(&self) -> Vec<&Value> {
        self.values.iter().collect()
    }
}
