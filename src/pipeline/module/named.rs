//! What the steps of a module name, in all their variants: settings, and queries.

use std::collections::BTreeSet;

use super::Definition;
use crate::pipeline::fill::named;
use crate::pipeline::yaml::{Node, NodeKind};

/// What the steps of a module name.
#[derive(Debug, Default)]
pub struct Named {
    /// Settings: under `when`, in the name of a query or a model, and in `with`.
    pub settings: BTreeSet<String>,
    /// The paths of queries, for every choice that their names leave open.
    pub queries: BTreeSet<String>,
}

impl Definition {
    /// What its steps name, those of variants that are not chosen too.
    pub fn named(&self) -> Named {
        let mut found = Named::default();
        if let Some(steps) = &self.steps {
            self.gather(steps, &mut found);
        }
        found
    }

    /// Its steps, each in a line: what it is made of, and where its rows go.
    pub fn described_steps(&self) -> Vec<String> {
        let Some(Node { kind: NodeKind::Map(steps), .. }) = &self.steps else { return Vec::new() };
        steps.iter().map(|(key, node)| format!("{}: {}", key.name, described(node))).collect()
    }

    fn gather(&self, node: &Node, found: &mut Named) {
        match &node.kind {
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    match (key.name.as_str(), &value.kind) {
                        ("when", NodeKind::Map(conditions)) => {
                            found.settings.extend(conditions.iter().map(|(setting, _)| setting.name.clone()));
                        }
                        ("sql", NodeKind::Text(path)) => found.queries.extend(self.paths(path)),
                        _ => {}
                    }
                    self.gather(value, found);
                }
            }
            NodeKind::List(items) => {
                for item in items {
                    self.gather(item, found);
                }
            }
            NodeKind::Text(text) => {
                named(text, |name| {
                    found.settings.insert(name.to_owned());
                    None
                });
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Number(_) => {}
        }
    }

    /// A path for each word of the choices in it.
    fn paths(&self, path: &str) -> Vec<String> {
        self.filled(path).into_iter().map(|(_, path)| path).collect()
    }
}

/// What a step is made of, in words.
fn described(step: &Node) -> String {
    let NodeKind::Map(entries) = &step.kind else { return String::new() };
    let of = |key: &str| entries.iter().find(|(known, _)| known.name == key).map(|(_, node)| &node.kind);
    let text = |key: &str| match of(key) {
        Some(NodeKind::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    if let Some(NodeKind::List(variants)) = of("either") {
        let mut made: Vec<String> = Vec::new();
        for variant in variants.iter().map(described) {
            if !made.contains(&variant) {
                made.push(variant);
            }
        }
        return made.join(", or ");
    }
    let made = match (text("sql"), text("model"), of("gather")) {
        (Some(path), ..) => path.to_owned(),
        (_, Some(model), _) => match text("from") {
            Some(table) => format!("model {model} on {table}"),
            None => format!("model {model}"),
        },
        (.., Some(_)) => "the rows of all steps that go into it".to_owned(),
        _ => String::new(),
    };
    match text("into") {
        Some(into) => format!("{made}, into {into}"),
        None => made,
    }
}
