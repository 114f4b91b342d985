//! What is filled into a pipeline file before it is read: `${NAME}`, a variable of the environment, in paths and parameters;
//! and `$name`, a parameter, in what the file says of the report as a whole.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::yaml::{Node, NodeKind};
use crate::problem::suggestion;
use crate::secret;

/// The keys at the top with texts that take parameters.
const WITH_PARAMETERS: [&str; 6] = ["name", "as_of", "period", "timezone", "currency", "locale"];

/// Fills a file's tree in. `given` are the parameters of the command line; one that is known `later` stays as it is written.
pub(super) fn fill(reader: &mut Reader, tree: &mut Node, given: &[(String, String)], later: Option<&str>) {
    let NodeKind::Map(entries) = &mut tree.kind else { return };
    let mut secrets = Vec::new();
    if let Some((_, Node { kind: NodeKind::List(items), .. })) =
        entries.iter().find(|(key, _)| key.name == "secrets")
    {
        for item in items {
            if let NodeKind::Text(name) = &item.kind {
                secrets.push(name.clone());
            }
        }
    }
    for (_, node) in entries.iter_mut().filter(|(key, _)| key.name == "params" || key.name == "modules") {
        environment(reader, node, &secrets);
    }
    for (_, node) in entries.iter_mut().filter(|(key, _)| key.name == "sources") {
        let NodeKind::Map(sources) = &mut node.kind else { continue };
        for (_, source) in sources {
            let NodeKind::Map(keys) = &mut source.kind else { continue };
            for (_, path) in keys.iter_mut().filter(|(key, _)| key.name == "path") {
                environment(reader, path, &secrets);
            }
        }
    }
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    if let Some((_, Node { kind: NodeKind::Map(params), .. })) =
        entries.iter().find(|(key, _)| key.name == "params")
    {
        for (key, value) in params {
            let text = match &value.kind {
                NodeKind::Text(text) | NodeKind::Number(text) => text.clone(),
                NodeKind::Integer(number) => number.to_string(),
                NodeKind::Bool(flag) => flag.to_string(),
                _ => continue,
            };
            values.insert(key.name.clone(), text);
        }
    }
    for (name, value) in given {
        if let Some(known) = values.get_mut(name) {
            known.clone_from(value);
        }
    }
    values.extend(later.map(|name| (name.to_owned(), format!("${name}"))));
    for (key, node) in entries {
        if WITH_PARAMETERS.contains(&key.name.as_str()) {
            parameters(reader, node, &values);
        } else if key.name == "report"
            && let NodeKind::Map(report) = &mut node.kind
        {
            for (_, text) in report.iter_mut().filter(|(key, _)| key.name == "title" || key.name == "firm") {
                if let NodeKind::Map(languages) = &mut text.kind {
                    for (_, text) in languages {
                        parameters(reader, text, &values);
                    }
                }
                parameters(reader, text, &values);
            }
        }
    }
}

/// A text with values in the place of `$name`; where `value` has none, the name stays as it is written.
pub(super) fn named(text: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut parts = text.split('$');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        match value(name) {
            Some(value) => filled.push_str(&value),
            None => {
                filled.push('$');
                filled.push_str(name);
            }
        }
        filled.push_str(rest);
    }
    filled
}

/// Fills in parameters.
fn parameters(reader: &mut Reader, node: &mut Node, values: &BTreeMap<String, String>) {
    let NodeKind::Text(text) = &mut node.kind else { return };
    *text = named(text, |name| {
        // `$5 off` is a title like any other.
        if values.contains_key(name) || !name.starts_with(|c: char| !c.is_ascii_digit()) {
            reader.filled.insert(name.to_owned());
            return values.get(name).cloned();
        }
        let help = suggestion(name, values.keys().map(String::as_str));
        reader.problem(&node.at, format!("no parameter `${name}` is set"), help);
        // The rest of the text gives no further problem.
        Some(String::new())
    });
}

/// Fills in variables of the environment, in all texts below a node.
fn environment(reader: &mut Reader, node: &mut Node, secrets: &[String]) {
    match &mut node.kind {
        NodeKind::Text(text) => {
            let mut filled = String::with_capacity(text.len());
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("${") {
                filled.push_str(before);
                let Some((name, behind)) = after.split_once('}') else {
                    let help = "write it as `${NAME}`";
                    reader.problem(&node.at, "a `${` has no `}`", Some(help.into()));
                    return;
                };
                match std::env::var(name) {
                    Ok(value) => {
                        if secrets.iter().any(|secret| secret == name) && !secret::keep(&value) {
                            let what = format!("the variable `{name}` is too short for a secret");
                            let help = "what it holds would be found in other texts too; it needs 8 characters or more";
                            reader.problem(&node.at, what, Some(help.into()));
                        }
                        filled.push_str(&value);
                    }
                    Err(_) => {
                        let what = format!("the environment has no variable `{name}`");
                        let help = format!("set it for the program: `{name}=... regulars run ...`");
                        reader.problem(&node.at, what, Some(help));
                    }
                }
                rest = behind;
            }
            filled.push_str(rest);
            *text = filled;
        }
        NodeKind::List(items) => {
            for item in items {
                environment(reader, item, secrets);
            }
        }
        NodeKind::Map(entries) => {
            for (_, value) in entries {
                environment(reader, value, secrets);
            }
        }
        _ => {}
    }
}
