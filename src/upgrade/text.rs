//! Cuts entries out of the text of a YAML file, and leaves the rest as it is written.

use std::ops::Range;

use crate::pipeline::yaml::{Key, Node, NodeKind};

/// The lines of an entry of a map, with the comments right above it. None where the entry does not begin its line.
pub(super) fn lines_of(text: &str, key: &Key) -> Option<Range<usize>> {
    let start = line_start(text, key.at.start);
    let indent = key.at.start - start;
    if !text.get(start..key.at.start)?.chars().all(|c| c == ' ') {
        return None;
    }
    let mut end = line_end(text, key.at.start);
    let mut at = end;
    while at < text.len() {
        let next = line_end(text, at);
        let line = text.get(at..next)?;
        let trimmed = line.trim();
        if !(trimmed.is_empty() || trimmed.starts_with('#')) {
            let inside = line.len() - line.trim_start_matches(' ').len();
            if inside < indent || (inside == indent && !trimmed.starts_with("- ")) {
                break;
            }
            end = next;
        } else if line.starts_with(&" ".repeat(indent + 1)) && trimmed.starts_with('#') {
            // A comment inside it.
            end = next;
        }
        at = next;
    }
    let mut begin = start;
    while begin > 0 {
        let above = line_start(text, begin - 1);
        let line = text.get(above..begin)?;
        let same = line.len() - line.trim_start_matches(' ').len() == indent;
        if !(same && line.trim_start().starts_with('#')) {
            break;
        }
        begin = above;
    }
    // At the top of the file they speak of the whole.
    let begin = if begin == 0 { start } else { begin };
    Some(begin..end)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found + 1)
}

/// Whether a map is written between braces.
pub(super) fn in_braces(text: &str, map: &Node) -> bool {
    text.get(map.at.start..).is_some_and(|rest| rest.starts_with('{'))
}

/// A text after edits: each takes the place of a range. Ranges do not overlap. Blank lines that an edit leaves in a row
/// become one.
pub(super) fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (range, new) in edits {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&new);
        at = range.end.max(at);
        if out.is_empty() || out.ends_with("\n\n") || out.ends_with("\n\r\n") {
            let rest = text.get(at..).unwrap_or_default();
            at += rest.len() - rest.trim_start_matches(['\n', '\r']).len();
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// A value in one line.
pub(super) fn inline(value: &NodeKind) -> String {
    match value {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Bool(flag) => flag.to_string(),
        NodeKind::Integer(number) => number.to_string(),
        NodeKind::Number(written) => written.clone(),
        NodeKind::Text(text) => quoted(text),
        NodeKind::List(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(&item.kind)).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let entries =
                entries.iter().map(|(key, value)| format!("{}: {}", quoted(&key.name), inline(&value.kind)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as it is, where that is read as the same text; else between quotes.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_$/.-".contains(c);
    let word = text.starts_with(|c: char| c.is_alphabetic() || "_$/".contains(c)) && text.chars().all(plain);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if word && !reserved.contains(&text.to_lowercase().as_str()) {
        return text.to_owned();
    }
    // JSON's texts are YAML's texts.
    serde_json::Value::from(text).to_string()
}

/// Whether two values are the same, wherever they stand.
pub(super) fn same(a: &NodeKind, b: &NodeKind) -> bool {
    match (a, b) {
        (NodeKind::Null, NodeKind::Null) => true,
        (NodeKind::Bool(a), NodeKind::Bool(b)) => a == b,
        (NodeKind::Integer(a), NodeKind::Integer(b)) => a == b,
        (NodeKind::Number(a), NodeKind::Number(b)) | (NodeKind::Text(a), NodeKind::Text(b)) => a == b,
        (NodeKind::List(a), NodeKind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.kind, &b.kind))
        }
        (NodeKind::Map(a), NodeKind::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|((key, a), (other, b))| key.name == other.name && same(&a.kind, &b.kind))
        }
        _ => false,
    }
}
