//! `freshness: { column, warn_after, fail_after }`: whole days from the newest value to the as-of date.

use std::sync::Arc;

use super::{Asks, Measured, Node, Question, Reader, Spanned, Test, TestKind};
use crate::pipeline::yaml::NodeKind;

pub(super) const KIND: TestKind = TestKind { key: "freshness", read };

#[derive(Debug)]
struct Freshness {
    /// A date or timestamp column.
    column: Spanned<String>,
    warn_after: Option<i64>,
    fail_after: Option<i64>,
}

fn read(reader: &mut Reader, node: &Node) -> Option<Arc<dyn Test>> {
    let fields = reader.fields(node, KIND.key, &["column", "warn_after", "fail_after"])?;
    reader.needs_one_of(&fields, KIND.key, ["warn_after", "fail_after"]);
    let warn_after = fields.get("warn_after").and_then(|node| days(reader, node, "warn_after"));
    let fail_after = fields.get("fail_after").and_then(|node| days(reader, node, "fail_after"));
    if let (Some(warn), Some(fail)) = (warn_after, fail_after)
        && warn >= fail
    {
        let what = format!("a warning after {warn}d can never come: the check fails after {fail}d");
        reader.problem(&fields.key("warn_after"), what, Some("warn earlier than you fail".into()));
    }
    Some(Arc::new(Freshness { column: reader.column(&fields, KIND.key)?, warn_after, fail_after }))
}

fn days(reader: &mut Reader, node: &Node, what: &str) -> Option<i64> {
    if let NodeKind::Integer(days) = node.kind {
        let help = format!("write `{what}: {days}d`");
        reader.problem(&node.at, format!("`{what}` has no unit"), Some(help));
        return None;
    }
    let text = reader.text(node, what)?;
    let days = text.value.strip_suffix('d').and_then(|digits| digits.parse::<u16>().ok());
    if days.is_none() {
        let help = format!("write whole days, such as `{what}: 2d`");
        reader.problem(&text.at, format!("`{}` is not a number of days", text.value), Some(help));
    }
    days.map(i64::from)
}

impl Test for Freshness {
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
            measured: Measured::Newest(column),
            asks: Asks::Newest { warn_after: self.warn_after, fail_after: self.fail_after },
        }]
    }

    fn is_of_days(&self) -> bool {
        true
    }
}
