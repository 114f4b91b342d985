//! The file of a module: from YAML to a [`Definition`].

use std::sync::Arc;

use super::{Definition, NeededColumn, NeededSource, Setting, SettingKind};
use crate::pipeline::reader::Reader;
use crate::pipeline::texts::Texts;
use crate::pipeline::yaml::{self, Node, NodeKind};
use crate::pipeline::{Spanned, Value};
use crate::problem::{Problem, SourceText};
use crate::tables::ColumnKind;

const KEYS: [&str; 9] =
    ["answers", "needs", "sources", "settings", "steps", "sections", "closing", "columns", "tables"];

/// Reads a module's file outside any pipeline.
pub(super) fn alone(source: &Arc<SourceText>, name: &str) -> Result<Definition, Vec<Problem>> {
    let tree = yaml::parse(source)?;
    let mut reader = Reader::new(Texts::new(Arc::clone(source)));
    match reader.definition(&tree, name) {
        Some(definition) if reader.problems.is_empty() => Ok(definition),
        _ => Err(reader.problems),
    }
}

impl Reader {
    /// The definition that a module's file holds.
    pub(super) fn definition(&mut self, tree: &Node, name: &str) -> Option<Definition> {
        let fields = self.fields(tree, "module", &KEYS)?;
        let answers = match fields.get("answers") {
            Some(node) => self.text(node, "answers").map(|text| text.value),
            None => {
                let help = "add `answers:` with the question that it answers";
                self.problem(
                    &(tree.at.start..tree.at.start),
                    "the module has no `answers`",
                    Some(help.into()),
                );
                None
            }
        };
        let list = |reader: &mut Self, key: &str| -> Vec<String> {
            let names = fields.get(key).map(|node| reader.names(node, key)).unwrap_or_default();
            names.into_iter().map(|name| name.value).collect()
        };
        let needs = list(self, "needs");
        let placed = |reader: &mut Self, key: &str| {
            fields.get(key).map(|node| reader.names(node, key)).unwrap_or_default()
        };
        let (sections, closing) = (placed(self, "sections"), placed(self, "closing"));
        let mut sources = Vec::new();
        if let Some(node) = fields.get("sources") {
            for (key, value) in self.entries(node, "sources", "`source: [columns]`") {
                sources.extend(self.needed_source(&key.name, value));
            }
        }
        let (mut settings, mut broken) = (Vec::new(), Vec::new());
        if let Some(node) = fields.get("settings") {
            for (key, value) in
                self.entries(node, "settings", "`setting: { kind: ..., default: ..., means: ... }`")
            {
                if let Some(name) = self.identifier(&key.name, &key.at, "setting") {
                    match self.setting(&name, value) {
                        Some(setting) => settings.push(setting),
                        None => broken.push(name.value),
                    }
                }
            }
        }
        let steps = fields.get("steps").cloned();
        Some(Definition {
            name: name.to_owned(),
            answers: answers?,
            needs,
            sources,
            settings,
            broken,
            sections,
            closing,
            tables: Vec::new(),
            steps,
        })
    }

    /// A source that a module reads: a list of columns, or columns with their kinds and the one that says the day. `?`
    /// at the end of a name says that it may be absent.
    fn needed_source(&mut self, name: &str, node: &Node) -> Option<NeededSource> {
        let column = |name: &str, kind: Option<ColumnKind>| NeededColumn {
            name: name.trim_end_matches('?').to_owned(),
            kind,
            optional: name.ends_with('?'),
        };
        let of = |columns: Vec<NeededColumn>, by_day: Option<String>| {
            Some(NeededSource { name: name.to_owned(), columns, by_day })
        };
        match &node.kind {
            NodeKind::Null => of(Vec::new(), None),
            NodeKind::Map(_) => {
                let fields = self.fields(node, name, &["by_day", "columns"])?;
                let by_day = fields.get("by_day").and_then(|node| self.text(node, "by_day"));
                let mut columns = Vec::new();
                if let Some(node) = fields.get("columns") {
                    let kinds = ColumnKind::ALL.map(|kind| (kind.key(), kind));
                    for (key, value) in self.entries(node, "columns", "`column: kind`") {
                        let kind = self.word(value, &key.name, &kinds);
                        columns.push(column(&key.name, kind));
                    }
                }
                of(columns, by_day.map(|day| day.value))
            }
            _ => {
                let names = self.names(node, name);
                of(names.iter().map(|name| column(&name.value, None)).collect(), None)
            }
        }
    }

    fn setting(&mut self, name: &Spanned<String>, node: &Node) -> Option<Setting> {
        let (name, at) = (name.value.as_str(), name.at.clone());
        let fields = self.fields(node, name, &["kind", "from", "to", "of", "empty", "default", "means"])?;
        for key in ["kind", "default", "means"].into_iter().filter(|key| fields.get(key).is_none()) {
            self.problem(
                &fields.at,
                format!("the setting `{name}` has no `{key}`"),
                Some(format!("add `{key}:`")),
            );
        }
        let kind = self.word(fields.get("kind")?, "kind", &SettingKind::ALL)?;
        let empty = match fields.get("empty") {
            Some(node) => self.boolean(node, "empty").unwrap_or(false),
            None => false,
        };
        if empty && !kind.is_list() {
            let help = "it says of `wholes` and `words` that the list may be empty; remove it";
            self.problem(&fields.key("empty"), "`empty` has no use here", Some(help.into()));
        }
        let default = fields.get("default")?;
        let default = match no_items(default).filter(|_| kind.is_list()) {
            Some(none) => none,
            None => self.value(default, "default")?,
        };
        let means = self.text(fields.get("means")?, "means")?.value;
        let usual = |least: Option<i64>| least.map(Value::Integer);
        let (from, to) = match kind {
            SettingKind::Share => (usual(Some(0)), usual(Some(1))),
            SettingKind::Days => (usual(Some(1)), None),
            _ => (None, None),
        };
        let bound = |reader: &mut Self, key: &str| fields.get(key).and_then(|node| reader.value(node, key));
        let (least, most) = (bound(self, "from").or(from), bound(self, "to").or(to));
        let choices = fields.get("of").map(|node| self.names(node, "of")).unwrap_or_default();
        let choices = choices.into_iter().map(|choice| choice.value).collect();
        let setting =
            Setting { name: name.to_owned(), at, kind, least, most, choices, empty, default, means };
        if !setting.accepts(&setting.default) {
            let wanted = setting.wanted_of(&setting.default);
            let what = format!("the default of `{name}` must be {wanted}, not {}", setting.default);
            let help = setting.lacks_items(&setting.default).then(|| {
                "if its queries can do without items, write `empty: true` beside the default".to_owned()
            });
            let help =
                help.unwrap_or_else(|| "a default is a value that a pipeline could set, too".to_owned());
            self.problem(&fields.key("default"), what, Some(help));
        }
        Some(setting)
    }
}

/// The value of a list without items, which does not say of what kind they would be.
pub(super) fn no_items(node: &Node) -> Option<Value> {
    matches!(&node.kind, NodeKind::List(items) if items.is_empty()).then(|| Value::List(Vec::new()))
}
