//! The steps of a module, under every choice of its settings that they differ by.

use std::collections::BTreeMap;

use super::{Definition, SettingKind};
use crate::pipeline::fill::named;
use crate::pipeline::yaml::{Key, Node, NodeKind};

/// A step of a module under one choice of settings.
#[derive(Debug, Clone)]
pub struct Variant<'a> {
    /// The step's name, which is its table's.
    pub name: &'a str,
    /// The settings by which it is chosen, and their words.
    pub choices: BTreeMap<String, String>,
    /// The path of its query, if it is one.
    pub query: Option<String>,
    /// The name of its model, if it is one.
    pub model: Option<String>,
    /// Its keys, as they stand in the file.
    pub keys: &'a [(Key, Node)],
}

impl Variant<'_> {
    /// The value of a key of `with`.
    pub fn with(&self, key: &str) -> Option<&NodeKind> {
        let (_, with) = self.keys.iter().find(|(key, _)| key.name == "with")?;
        let NodeKind::Map(entries) = &with.kind else { return None };
        entries.iter().find(|(name, _)| name.name == key).map(|(_, value)| &value.kind)
    }

    /// Whether it is the one that a pipeline has that chooses nothing.
    pub fn is_usual(&self, definition: &Definition) -> bool {
        self.choices.iter().all(|(name, word)| {
            let setting = definition.settings.iter().find(|setting| setting.name == *name);
            setting.is_some_and(|setting| setting.default.to_string() == *word)
        })
    }
}

impl Definition {
    /// Its steps, each under every choice of settings.
    pub fn variants(&self) -> Vec<Variant<'_>> {
        let Some(Node { kind: NodeKind::Map(steps), .. }) = &self.steps else { return Vec::new() };
        steps.iter().flat_map(|(key, node)| self.variants_of(&key.name, node)).collect()
    }

    fn variants_of<'a>(&'a self, name: &'a str, node: &'a Node) -> Vec<Variant<'a>> {
        let NodeKind::Map(keys) = &node.kind else { return Vec::new() };
        let of = |wanted: &str| keys.iter().find(|(key, _)| key.name == wanted).map(|(_, node)| &node.kind);
        if let Some(NodeKind::List(variants)) = of("either") {
            return variants.iter().flat_map(|variant| self.variants_of(name, variant)).collect();
        }
        let mut choices = BTreeMap::new();
        if let Some(NodeKind::Map(conditions)) = of("when") {
            for (setting, word) in conditions {
                if let NodeKind::Text(word) = &word.kind {
                    choices.insert(setting.name.clone(), word.clone());
                }
            }
        }
        let (key, text) = match (of("sql"), of("model")) {
            (Some(NodeKind::Text(path)), _) => ("sql", path.as_str()),
            (_, Some(NodeKind::Text(model))) => ("model", model.as_str()),
            _ => return Vec::new(),
        };
        let variant = |(chosen, text): (BTreeMap<String, String>, String)| {
            let (query, model) = if key == "sql" { (Some(text), None) } else { (None, Some(text)) };
            let mut choices = choices.clone();
            choices.extend(chosen);
            Variant { name, choices, query, model, keys }
        };
        self.filled(text).into_iter().map(variant).collect()
    }

    /// A text with every word of the settings that it names, as choices leave them open; and these words.
    pub(super) fn filled(&self, text: &str) -> Vec<(BTreeMap<String, String>, String)> {
        let mut texts = vec![(BTreeMap::new(), text.to_owned())];
        for setting in self.settings.iter().filter(|setting| setting.kind == SettingKind::Choice) {
            let mut further = Vec::new();
            for (chosen, text) in texts {
                if !names(&text, &setting.name) {
                    further.push((chosen, text));
                    continue;
                }
                for word in &setting.choices {
                    let mut chosen: BTreeMap<String, String> = chosen.clone();
                    chosen.insert(setting.name.clone(), word.clone());
                    further.push((chosen, named(&text, |name| (name == setting.name).then(|| word.clone()))));
                }
            }
            texts = further;
        }
        texts
    }
}

/// Whether a text names a setting as `$setting`.
fn names(text: &str, setting: &str) -> bool {
    let mut found = false;
    named(text, |name| {
        found |= name == setting;
        None
    });
    found
}
