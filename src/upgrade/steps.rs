//! Steps that a pipeline writes out, and the modules that bring them now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::text::{inline, same};
use crate::pipeline::module::{Definition, Setting, Variant};
use crate::pipeline::yaml::{Key, Node, NodeKind};
use crate::shipped;
use crate::value::Value;

/// A step of a pipeline, as far as it matters here.
pub(super) struct Written<'a> {
    /// Its name.
    pub name: &'a str,
    /// The path of its query, if it is one.
    pub query: Option<String>,
    /// The name of its model, if it is one.
    model: Option<&'a str>,
    /// Its keys.
    keys: &'a [(Key, Node)],
}

impl<'a> Written<'a> {
    /// Reads a step; none where it is neither a query nor a model.
    pub(super) fn read(key: &'a Key, node: &'a Node) -> Option<Self> {
        let NodeKind::Map(keys) = &node.kind else { return None };
        let text = |wanted: &str| match keys
            .iter()
            .find(|(key, _)| key.name == wanted)
            .map(|(_, node)| &node.kind)
        {
            Some(NodeKind::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let query = text("sql").map(|path| shipped::slashed(Path::new(path)));
        Some(Self { name: &key.name, query, model: text("model"), keys })
    }

    fn with(&self) -> &'a [(Key, Node)] {
        match self.keys.iter().find(|(key, _)| key.name == "with").map(|(_, node)| &node.kind) {
            Some(NodeKind::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// The step of a module that takes its place: the same query or model, or else, for a query, the usual one of the name.
    pub(super) fn successor<'d>(&self, modules: &'d [Definition]) -> Option<(&'d Definition, Variant<'d>)> {
        let named = |definition: &'d Definition| {
            let variants = definition.variants().into_iter().filter(|variant| variant.name == self.name);
            variants.map(move |variant| (definition, variant)).collect::<Vec<_>>()
        };
        let mut found: Vec<(&Definition, Variant<'_>)> = modules.iter().flat_map(named).collect();
        let is_same = |(_, variant): &(&Definition, Variant<'_>)| match self.model {
            Some(model) => variant.model.as_deref() == Some(model),
            None => variant.query.is_some() && variant.query == self.query,
        };
        let is_usual = |(definition, variant): &(&Definition, Variant<'_>)| {
            self.query.is_some() && variant.query.is_some() && variant.is_usual(definition)
        };
        let at = found.iter().position(is_same).or_else(|| found.iter().position(is_usual))?;
        Some(found.swap_remove(at))
    }
}

/// The modules to switch on, with their settings.
#[derive(Default)]
pub(super) struct Switches {
    /// The settings of modules that were given values, by module.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// The values as they are read.
    values: BTreeMap<String, NodeKind>,
    /// What could not be taken over, each a sentence.
    pub lost: BTreeSet<String>,
}

impl Switches {
    /// Switches modules on, and those that they need.
    pub(super) fn on(&mut self, name: &str, modules: &[Definition]) {
        if self.settings.contains_key(name) {
            return;
        }
        self.settings.insert(name.to_owned(), BTreeMap::new());
        if let Some(definition) = modules.iter().find(|definition| definition.name == name) {
            for needed in &definition.needs {
                self.on(needed, modules);
            }
        }
    }

    /// The setting of a name among the modules that are on.
    pub(super) fn setting<'d>(
        &self,
        name: &str,
        modules: &'d [Definition],
    ) -> Option<(&'d Definition, &'d Setting)> {
        let on = modules.iter().filter(|definition| self.settings.contains_key(&definition.name));
        on.flat_map(|definition| definition.settings.iter().map(move |setting| (definition, setting)))
            .find(|(_, setting)| setting.name == name)
    }

    /// Takes over what a step's keys say, of the step of a module that takes its place.
    pub(super) fn take(
        &mut self,
        step: &Written<'_>,
        (module, successor): (&Definition, &Variant<'_>),
        params: &BTreeMap<String, NodeKind>,
        modules: &[Definition],
    ) {
        for (setting, word) in &successor.choices {
            self.set(setting, &NodeKind::Text(word.clone()), step.name, modules);
        }
        for (key, value) in step.with() {
            let value = resolved(&value.kind, params);
            match successor.with(&key.name) {
                // What the module says of it, the pipeline says no more.
                Some(NodeKind::Text(text)) if text.starts_with('$') => {
                    let setting = text.trim_start_matches('$');
                    // What follows the same setting as before is taken over with that.
                    let follows = value.1.as_deref() == Some(setting);
                    // What was of this step alone is no setting for all.
                    let own = setting == key.name || module.settings.iter().any(|of| of.name == setting);
                    if !follows && own {
                        self.set(setting, value.0, step.name, modules);
                    } else if !follows && !self.is_usual(setting, value.0, modules) {
                        self.lose(
                            step.name,
                            &key.name,
                            value.0,
                            &format!("it follows the setting `{setting}` now"),
                        );
                    }
                }
                Some(fixed) if same(fixed, value.0) => {}
                Some(fixed) => {
                    self.lose(step.name, &key.name, value.0, &format!("the module has {}", inline(fixed)));
                }
                None if step.query.is_some() && self.setting(&key.name, modules).is_some() => {
                    self.set(&key.name, value.0, step.name, modules);
                }
                None => self.lose(step.name, &key.name, value.0, "no setting of a module is like it"),
            }
        }
        for (key, value) in step.keys {
            let is_known = successor.keys.iter().any(|(known, _)| known.name == key.name);
            let is_plain = matches!(value.kind, NodeKind::Bool(false) | NodeKind::Null);
            if !(is_known
                || is_plain
                || ["sql", "model", "with", "from", "keep"].contains(&key.name.as_str()))
            {
                self.lose(step.name, &key.name, &value.kind, "the module's step has no such key");
            }
        }
    }

    /// Gives a setting a value, if it is not the usual one.
    pub(super) fn set(&mut self, name: &str, value: &NodeKind, by: &str, modules: &[Definition]) {
        let Some((definition, setting)) = self.setting(name, modules) else { return };
        if let Some(first) = self.values.get(name) {
            if !same(first, value) {
                let first = inline(first);
                self.lose(
                    by,
                    name,
                    value,
                    &format!("`{name}` is one setting for all, and {first} was found first"),
                );
            }
            return;
        }
        let read = read(value);
        if by != PARAMS && !read.as_ref().is_some_and(|value| setting.accepts(value)) {
            self.lose(by, name, value, &format!("the setting must be {}", setting.wanted()));
            return;
        }
        self.values.insert(name.to_owned(), value.clone());
        if !read.is_some_and(|value| is_equal(&value, &setting.default)) {
            let settings = self.settings.entry(definition.name.clone()).or_default();
            settings.insert(name.to_owned(), inline(value));
        }
    }

    /// Whether a setting has this value.
    fn is_usual(&self, name: &str, value: &NodeKind, modules: &[Definition]) -> bool {
        let usual = || {
            let (_, setting) = self.setting(name, modules)?;
            Some(is_equal(&read(value)?, &setting.default))
        };
        self.values.get(name).map_or_else(|| usual().unwrap_or(false), |found| same(found, value))
    }

    fn lose(&mut self, step: &str, key: &str, value: &NodeKind, why: &str) {
        self.lost.insert(format!("`{key}: {}` of `{step}`: {why}", inline(value)));
    }
}

/// What gave a value, where it is no step.
pub(super) const PARAMS: &str = "params";

/// A value, or that of the parameter that it names; and that parameter's name.
fn resolved<'a>(
    value: &'a NodeKind,
    params: &'a BTreeMap<String, NodeKind>,
) -> (&'a NodeKind, Option<String>) {
    let NodeKind::Text(text) = value else { return (value, None) };
    let named = text.strip_prefix('$').and_then(|name| Some((name, params.get(name)?)));
    named.map_or((value, None), |(name, of)| (of, Some(name.to_owned())))
}

fn read(value: &NodeKind) -> Option<Value> {
    Some(match value {
        NodeKind::Bool(flag) => Value::Bool(*flag),
        NodeKind::Integer(number) => Value::Integer(*number),
        NodeKind::Number(written) => Value::from_number(written).ok()?,
        NodeKind::Text(text) => Value::from_text(text),
        NodeKind::List(items) => {
            Value::List(items.iter().map(|item| read(&item.kind)).collect::<Option<_>>()?)
        }
        NodeKind::Null | NodeKind::Map(_) => return None,
    })
}

/// Whether two values are equal: 1 and 1.0 are.
fn is_equal(a: &Value, b: &Value) -> bool {
    a == b || a.order(b) == Some(std::cmp::Ordering::Equal)
}
