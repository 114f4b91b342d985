//! `modules`: which are switched on, with what settings, and what they bring into the pipeline.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::read::no_items;
use super::{Definition, Lack, Module, NeededColumn, NeededSource, Setting, SettingKind, names, path};
use crate::files;
use crate::pipeline::fill::named;
use crate::pipeline::reader::Reader;
use crate::pipeline::yaml::{self, Key, Node, NodeKind};
use crate::pipeline::{Param, Source, Spanned, Step, Value};
use crate::problem::{SourceText, suggestion};
use crate::shipped;
use crate::tables::Declaration;

/// What the modules of a pipeline bring into it.
#[derive(Default)]
pub struct Switched {
    /// The modules, in the order of the pipeline.
    pub modules: Vec<Module>,
    /// Their settings, as parameters of all queries.
    pub settings: Vec<Param>,
    /// Their steps.
    pub steps: Vec<Step>,
    /// Their sections, in order.
    pub sections: Vec<Spanned<String>>,
    /// Their sections at the end of the page.
    pub closing: Vec<Spanned<String>>,
    /// What the tables of a project's own modules hold.
    pub tables: Vec<(String, Declaration)>,
}

impl Reader {
    /// Reads `modules`. A module that lacks a source, or needs a module that does, brings nothing.
    pub(in crate::pipeline) fn modules(&mut self, node: &Node, root: &Path, sources: &[Source]) -> Switched {
        let mut switched = Switched::default();
        let known = names(root);
        let mut given: Vec<(Definition, &Key, &Node)> = Vec::new();
        for (key, value) in self.entries(node, "modules", "`module:`, such as `base:`") {
            if !known.contains(&key.name) {
                let path = path(&key.name);
                let short = path.strip_suffix("yaml").map(|stem| format!("{stem}yml"));
                let help = match short.filter(|short| root.join(short).is_file()) {
                    Some(short) => format!("rename {short} to {path}"),
                    None => suggestion(&key.name, known.iter().map(String::as_str))
                        .unwrap_or_else(|| "`regulars modules` lists them".to_owned()),
                };
                self.problem(&key.at, format!("there is no module `{}`", key.name), Some(help));
                continue;
            }
            if let Some(definition) = self.module_file(root, &key.name, key) {
                given.push((definition, key, value));
            }
        }
        self.needed(&given);
        self.values_of_settings(&given, &mut switched.settings);
        let choices: BTreeMap<String, Value> = given
            .iter()
            .flat_map(|(definition, ..)| &definition.settings)
            .filter(|setting| setting.kind == SettingKind::Choice)
            .filter_map(|setting| {
                let param = switched.settings.iter().find(|param| param.name.value == setting.name)?;
                Some((setting.name.clone(), param.value.clone()))
            })
            .collect();
        let mut left_out = left_out(&given, sources);
        for (definition, key, _) in given {
            let left_out = left_out.remove(&definition.name);
            if left_out.is_none() {
                switched.tables.extend(definition.tables.iter().cloned());
                if let Some(steps) = &definition.steps {
                    for (name, step) in self.entries(steps, "steps", "`name: { sql: sql/name.sql }`") {
                        let Some(name) = self.identifier(&name.name, &name.at, "table") else { continue };
                        if let Some(step) = chosen(step, &choices) {
                            switched.steps.extend(self.step(&name, &step));
                        }
                    }
                }
                switched.sections.extend(definition.sections.iter().cloned());
                switched.closing.extend(definition.closing.iter().cloned());
            }
            let name = Spanned { value: key.name.clone(), at: key.at.clone() };
            switched.modules.push(Module { name, definition, left_out });
        }
        switched
    }

    /// Each module that others need and that is not switched on is one problem.
    fn needed(&mut self, given: &[(Definition, &Key, &Node)]) {
        let mut missing: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
        for (definition, key, _) in given {
            for needed in &definition.needs {
                if !given.iter().any(|(other, ..)| other.name == *needed) {
                    missing.entry(needed).or_default().push(key);
                }
            }
        }
        for (needed, by) in missing {
            let names: Vec<String> = by.iter().map(|key| format!("`{}`", key.name)).collect();
            let what = match names.as_slice() {
                [one] => format!("the module {one} needs the module `{needed}`"),
                several => format!("the modules {} need the module `{needed}`", several.join(", ")),
            };
            let at = by.first().map_or(0..0, |key| key.at.clone());
            self.problem(&at, what, Some(format!("add `{needed}:` under `modules`, above this line")));
        }
    }

    fn module_file(&mut self, root: &Path, name: &str, key: &Key) -> Option<Definition> {
        let path = path(name);
        let text = match shipped::open(root, &path) {
            Ok(text) => text,
            Err(error) => {
                let what = format!("the module {path} cannot be read: {}", files::reason(&error));
                self.problem(&key.at, what, files::remedy(&error));
                return None;
            }
        };
        let source = Arc::new(SourceText { name: path, text });
        let tree = yaml::parse(&source).map_err(|problems| self.problems.extend(problems)).ok()?;
        let begin = self.texts.add(Arc::clone(&source));
        let tree = tree.moved(begin);
        let mut definition = self.definition(&tree, name)?;
        // What the shipped files declare is known.
        if shipped::text(&source.name) != Some(source.text.as_str()) {
            // What a module of the project's own says of its tables is the analyst's word; a copy of a shipped one is not.
            definition.tables = self.tables_of_module(&tree, shipped::text(&source.name).is_none());
        }
        Some(definition)
    }

    /// The values of all settings: those that the pipeline gives, and defaults.
    fn values_of_settings(&mut self, given: &[(Definition, &Key, &Node)], params: &mut Vec<Param>) {
        for (definition, key, node) in given {
            let entries: &[(Key, Node)] = match &node.kind {
                NodeKind::Null => &[],
                _ => self.entries(node, &definition.name, "`setting: value`"),
            };
            for (name, _) in entries {
                let known = definition.settings.iter().any(|setting| setting.name == name.name);
                if !known && !definition.broken.contains(&name.name) {
                    let what =
                        format!("`{}` is not a setting of the module `{}`", name.name, definition.name);
                    self.problem(&name.at, what, Some(meant(&name.name, definition, given)));
                }
            }
            for setting in &definition.settings {
                if let Some(other) = params.iter().find(|param| param.name.value == setting.name) {
                    let has = |known: &&(Definition, &Key, &Node)| {
                        known.0.settings.iter().any(|known| known.name == other.name.value)
                    };
                    let first = given.iter().find(has).map_or("", |(first, ..)| first.name.as_str());
                    let what = format!(
                        "the modules `{first}` and `{}` both have the setting `{}`",
                        definition.name, setting.name
                    );
                    let help = format!(
                        "rename it in {}: a setting means one thing in all queries",
                        path(&definition.name)
                    );
                    self.problem(&key.at, what, Some(help));
                    continue;
                }
                let entry = entries.iter().find(|(name, _)| name.name == setting.name);
                let (at, value) = match entry {
                    Some((name, node)) => match self.setting_value(setting, node) {
                        Some(value) => (name.at.clone(), value),
                        None => (name.at.clone(), setting.default.clone()),
                    },
                    None => (key.at.clone(), setting.default.clone()),
                };
                params.push(Param { name: Spanned { value: setting.name.clone(), at }, value });
            }
        }
    }

    fn setting_value(&mut self, setting: &Setting, node: &Node) -> Option<Value> {
        let value = match no_items(node).filter(|_| setting.kind.is_list()) {
            Some(none) => none,
            None => self.value(node, &setting.name)?,
        };
        if setting.accepts(&value) {
            return Some(value);
        }
        let what = format!("`{}` must be {}, not {value}", setting.name, setting.wanted_of(&value));
        let help = match (&setting.kind, &value) {
            (SettingKind::Choice, Value::Text(word)) => {
                suggestion(word, setting.choices.iter().map(String::as_str))
            }
            _ => Some(setting.means.clone()),
        };
        self.problem(&node.at, what, help);
        None
    }
}

/// What may have been meant by a name that is no setting of a module.
fn meant(name: &str, definition: &Definition, given: &[(Definition, &Key, &Node)]) -> String {
    let owner = given.iter().find(|(other, ..)| other.settings.iter().any(|setting| setting.name == name));
    if let Some((owner, ..)) = owner {
        return format!("it is a setting of `{}`: write it there", owner.name);
    }
    suggestion(name, definition.settings.iter().map(|setting| setting.name.as_str())).unwrap_or_else(|| {
        if definition.settings.is_empty() {
            "the module has no settings: write its name and a colon alone".to_owned()
        } else {
            format!("`regulars modules {}` lists its settings", definition.name)
        }
    })
}

/// Why modules are left out, by their names: they need a source that is not there, or a module that does. The order in which
/// the pipeline names them does not matter. A module that is not switched on is reported once, and not again for what would go
/// into its tables.
fn left_out(given: &[(Definition, &Key, &Node)], sources: &[Source]) -> BTreeMap<String, Lack> {
    let off = |name: &&String| !given.iter().any(|(other, ..)| other.name == **name);
    let own = |(definition, ..): &(Definition, &Key, &Node)| {
        let off = definition.needs.iter().find(off).map(|name| Lack::Off(name.clone()));
        Some((definition.name.clone(), off.or_else(|| lack(definition, sources))?))
    };
    let mut left_out: BTreeMap<String, Lack> = given.iter().filter_map(own).collect();
    loop {
        let known = left_out.len();
        for (definition, ..) in given {
            let needed = definition.needs.iter().find_map(|name| Some((name, left_out.get(name)?)));
            if let Some((name, because)) = needed {
                let lack = Lack::Module { module: name.clone(), because: Box::new(because.clone()) };
                left_out.entry(definition.name.clone()).or_insert(lack);
            }
        }
        if left_out.len() == known {
            return left_out;
        }
    }
}

/// The source, or the column of one, that a module needs and that is not there.
fn lack(definition: &Definition, sources: &[Source]) -> Option<Lack> {
    for NeededSource { name, columns, .. } in &definition.sources {
        let Some(source) = sources.iter().find(|source| source.name.value == *name) else {
            return Some(Lack::Source(name.clone()));
        };
        // Without a mapping the columns are those of the files, which are not known yet.
        let mapped = |column: &str| source.columns.iter().any(|mapped| mapped.name.value == column);
        let lacks =
            |column: &&NeededColumn| !column.optional && !source.columns.is_empty() && !mapped(&column.name);
        if let Some(column) = columns.iter().find(lacks) {
            return Some(Lack::Column { source: name.clone(), column: column.name.clone() });
        }
    }
    None
}

/// A step for the chosen settings: the first entry of `either` with a `when` that holds, and `$setting` filled into the
/// names of queries and models. None if no entry holds: then there is no such step.
fn chosen(step: &Node, choices: &BTreeMap<String, Value>) -> Option<Node> {
    let NodeKind::Map(entries) = &step.kind else { return Some(step.clone()) };
    if let Some((_, Node { kind: NodeKind::List(variants), .. })) =
        entries.iter().find(|(key, _)| key.name == "either")
    {
        return variants.iter().find_map(|variant| chosen(variant, choices));
    }
    let holds = |(key, node): &(Key, Node)| {
        let word = choices.get(&key.name).map(ToString::to_string);
        match &node.kind {
            NodeKind::Text(text) => word.as_ref() == Some(text),
            NodeKind::List(items) => items
                .iter()
                .any(|item| matches!(&item.kind, NodeKind::Text(text) if word.as_ref() == Some(text))),
            _ => false,
        }
    };
    let mut kept = Vec::new();
    for (key, node) in entries {
        match (key.name.as_str(), &node.kind) {
            ("when", NodeKind::Map(conditions)) => {
                if !conditions.iter().all(holds) {
                    return None;
                }
            }
            ("sql" | "model", NodeKind::Text(text)) => {
                let kind = NodeKind::Text(named(text, |name| choices.get(name).map(ToString::to_string)));
                kept.push((key.clone(), Node { at: node.at.clone(), kind }));
            }
            _ => kept.push((key.clone(), node.clone())),
        }
    }
    Some(Node { at: step.at.clone(), kind: NodeKind::Map(kept) })
}
