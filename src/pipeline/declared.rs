//! Declared tables, read: the files below `pipelines/modules/` that ship, and `table` of a step.
//!
//! ```yaml
//! columns:                 # what means the same in all tables; columns.yaml has those of all files
//!   customers: { kind: count, en: Customers, zh-CN: 客户数, means: { en: ..., zh-CN: ... } }
//! tables:
//!   abc:
//!     grain: class
//!     columns:
//!       customers: count   # the kind; name and meaning are those of the shared columns
//!       change: { kind: count_change, up: good }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use crate::problem::{Problem, SourceText};
use crate::shipped::{COLUMNS, MODULES, OF_MODELS, below};
use crate::tables::{Column, ColumnKind as Holds, Declaration, Declared, Group, Texts};

use super::reader::Reader;
use super::yaml::{self, Key, Node, NodeKind};
use super::{ModelKind, Spanned, Step, StepKind};

/// The order of the core's files in the manual: first those that all others are made of.
const ORDER: [&str; 11] = [
    "base",
    "concentration",
    "segments",
    "cohorts",
    "churn",
    "warning",
    "value",
    "equity",
    "acquisition",
    "customers",
    OF_MODELS,
];

/// Shared columns: tables need only name them.
pub type Shared = BTreeMap<String, Column>;

/// What the shipped files declare.
#[derive(Debug, Default)]
pub struct Shipped {
    /// The columns that all tables share.
    pub shared: Shared,
    /// The tables, file by file, those of models last.
    pub groups: Vec<Group>,
    /// What is wrong with the files. Tests make sure that nothing is.
    pub problems: Vec<Problem>,
}

/// The shipped declarations. They are read once.
pub fn shipped() -> &'static Shipped {
    static READ: LazyLock<Shipped> = LazyLock::new(Shipped::read);
    &READ
}

/// The names of the shared columns in a language, by the keys that the words file has for them: `columns.<name>`.
pub fn headings(tag: &str) -> BTreeMap<String, String> {
    let titled = shipped().shared.iter().filter_map(|(name, column)| Some((name, column.title.as_ref()?)));
    titled.map(|(name, title)| (format!("columns.{name}"), title.of(tag).to_owned())).collect()
}

/// What the tables of steps hold: by a step's own `table`, else what ships for its name, or for its model. For a step
/// of a project's own module, that module's file comes first.
pub(super) fn of_steps(steps: &[Step], own: &[(String, Declaration)]) -> Declared {
    let mut declared = Declared::new();
    for step in steps {
        let name = &step.name.value;
        match (&step.kind, &step.table) {
            (StepKind::Sql(_), Some(own)) => {
                declared.insert(name.clone(), own.clone());
            }
            (StepKind::Gather { .. }, _) | (StepKind::Sql(_), None) => {
                let own = own.iter().find(|(known, _)| known == name).map(|(_, table)| table);
                let ships = |name: &str| shipped().table(|group| group != OF_MODELS, name);
                // A table that goes into another one has its columns.
                let gathered = || ships(&step.into.as_ref()?.value);
                let known = own.or_else(|| ships(name)).or_else(gathered);
                declared.extend(known.map(|table| (name.clone(), table.clone())));
            }
            (StepKind::Model { model, .. }, _) => {
                let yields = step.outputs().into_iter();
                declared.extend(yields.filter_map(|output| {
                    let suffix = output.strip_prefix(name.as_str())?.to_owned();
                    Some((output, of_model(model.value, &suffix)?.clone()))
                }));
            }
        }
    }
    declared
}

/// The table that a model yields under its step's name and a suffix.
pub fn of_model(model: &ModelKind, suffix: &str) -> Option<&'static Declaration> {
    let table = |family: &&str| shipped().table(|group| group == OF_MODELS, &format!("{family}{suffix}"));
    model.declared.iter().find_map(table)
}

impl Shipped {
    fn read() -> Self {
        let mut shipped = Self::default();
        let all = below(MODULES);
        // Further modules follow by name.
        let known: Vec<String> = [COLUMNS].into_iter().chain(ORDER).map(super::module::path).collect();
        let further: Vec<String> = all.keys().filter(|path| !known.contains(path)).cloned().collect();
        for path in known.into_iter().chain(further) {
            let Some(text) = all.get(&path) else { continue };
            let name = path.rsplit('/').next().and_then(|file| file.strip_suffix(".yaml")).unwrap_or(&path);
            let source = Arc::new(SourceText { name: path.clone(), text: (*text).to_owned() });
            match tables_of(&source, &shipped.shared) {
                Ok((columns, _)) if name == COLUMNS => shipped.shared = columns,
                // A module without tables of its own has no list.
                Ok((_, tables)) if tables.is_empty() => {}
                Ok((_, tables)) => shipped.groups.push(Group { name: name.to_owned(), tables }),
                Err(problems) => shipped.problems.extend(problems),
            }
        }
        shipped
    }

    fn table(&self, of: impl Fn(&str) -> bool, name: &str) -> Option<&Declaration> {
        let groups = self.groups.iter().filter(|group| of(&group.name));
        let mut tables = groups.flat_map(|group| &group.tables);
        tables.find(|(known, _)| known == name).map(|(_, table)| table)
    }
}

/// Tables by name, in the order of their file.
type Tables = Vec<(String, Declaration)>;

/// What a module's file declares: the columns that its tables share, together with those given, and its tables. Other keys of
/// the file are not looked at.
///
/// # Errors
/// Everything that is wrong with the two blocks, or that the file is no YAML.
pub fn tables_of(source: &Arc<SourceText>, shared: &Shared) -> Result<(Shared, Tables), Vec<Problem>> {
    let tree = yaml::parse(source)?;
    let texts = crate::pipeline::texts::Texts::new(Arc::clone(source));
    let reader = Reader::new(texts);
    let mut declarer = Declarer { reader, both: true, placed: false };
    let declared = declarer.declared(&tree, shared);
    let problems = declarer.reader.problems;
    if problems.is_empty() { Ok(declared) } else { Err(problems) }
}

impl Reader {
    /// The tables that the file of a project's module declares. `placed`: they are the analyst's word, held with their
    /// places in the file.
    pub(super) fn tables_of_module(&mut self, tree: &Node, placed: bool) -> Tables {
        let own = Self::new(self.texts.clone());
        let mut declarer = Declarer { reader: own, both: true, placed };
        let (_, tables) = declarer.declared(tree, &shipped().shared);
        self.problems.extend(declarer.reader.problems);
        tables
    }

    /// `table` of a step.
    pub(super) fn table_of_step(
        &mut self,
        name: &Spanned<String>,
        node: &Node,
        step: Option<&StepKind>,
    ) -> Option<Declaration> {
        if let Some(StepKind::Model { .. }) = step {
            let help = "what a model's tables hold is known; `table` belongs to `sql`";
            self.problem(&node.at, "`table` has no use beside `model`", Some(help.into()));
            return None;
        }
        let own = Self::new(self.texts.clone());
        let mut reader = Declarer { reader: own, both: false, placed: true };
        let table = reader.table(&name.value, node, &shipped().shared);
        let sound = reader.reader.problems.is_empty();
        self.problems.extend(reader.reader.problems);
        let mut table = table.filter(|_| sound)?;
        table.at = Some(name.at.clone());
        Some(table)
    }
}

/// Reads declarations.
struct Declarer {
    reader: Reader,
    /// Whether texts must be there in both languages; else one stands for the other.
    both: bool,
    /// Whether it is noted where tables and columns are declared.
    placed: bool,
}

const COLUMN: [&str; 6] = ["kind", "words", "up", "en", "zh-CN", "means"];
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

impl Declarer {
    /// The two blocks of a module's file: shared columns, those given among them, and tables.
    fn declared(&mut self, tree: &Node, shared: &Shared) -> (Shared, Tables) {
        let NodeKind::Map(entries) = &tree.kind else { return (shared.clone(), Tables::new()) };
        let block = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node);
        let mut columns = shared.clone();
        let mut own = BTreeSet::new();
        if let Some(node) = block("columns") {
            for (key, node) in self.reader.entries(node, "columns", "`column: { kind: ... }`") {
                own.insert(key.name.clone());
                let column = self.column(key, node, &Shared::new());
                columns.extend(column.map(|column| (column.name.clone(), Column { shared: true, ..column })));
            }
        }
        // Only the columns of all files are known by the words file. What this file says of a column comes before what all
        // share.
        let mut within = columns.clone();
        for (name, column) in &mut within {
            column.shared = shared.contains_key(name) && !own.contains(name);
        }
        let mut tables = Tables::new();
        if let Some(node) = block("tables") {
            for (key, node) in self.reader.entries(node, "tables", "`table: { grain: ..., columns: ... }`") {
                let at = self.placed.then(|| key.at.clone());
                let table = self.table(&key.name, node, &within);
                tables.extend(table.map(|table| (key.name.clone(), Declaration { at, ..table })));
            }
        }
        (columns, tables)
    }

    fn table(&mut self, name: &str, node: &Node, shared: &Shared) -> Option<Declaration> {
        let fields = self.reader.fields(node, name, &["grain", "columns"])?;
        let grain = match fields.get("grain") {
            Some(node) => self.reader.per_language(node, "grain"),
            None => {
                let what = format!("the table `{name}` has no `grain`");
                let help =
                    "say what one row is: `grain: customer`, `grain: customer × month`, `grain: one row`";
                self.reader.problem(&fields.at, what, Some(help.into()));
                None
            }
        };
        let Some(node) = fields.get("columns") else {
            let help = "add `columns:` with `column: kind` below it";
            self.reader.problem(
                &fields.at,
                format!("the table `{name}` has no `columns`"),
                Some(help.into()),
            );
            return None;
        };
        let entries = self.reader.entries(node, "columns", "`column: kind`");
        let columns = entries.iter().filter_map(|(key, node)| self.column(key, node, shared)).collect();
        Some(Declaration { grain: grain?, columns, at: None })
    }

    /// A column: its kind alone, or a map. The rest is that of the shared column of its name.
    fn column(&mut self, key: &Key, node: &Node, shared: &Shared) -> Option<Column> {
        let name = &key.name;
        let known = shared.get(name);
        let at = self.placed.then(|| key.at.clone());
        let bare = |kind| {
            let known = known.cloned();
            let words =
                known.as_ref().filter(|column| column.kind == kind).and_then(|column| column.words.clone());
            Column {
                name: name.clone(),
                kind,
                words,
                title: known.as_ref().and_then(|column| column.title.clone()),
                shared: known.as_ref().is_some_and(|column| column.shared),
                up_is_good: known.as_ref().and_then(|column| column.up_is_good),
                meaning: known.and_then(|column| column.meaning),
                at,
            }
        };
        let fields = match &node.kind {
            NodeKind::Map(_) => self.reader.fields(node, name, &COLUMN)?,
            NodeKind::Null => return self.kind(None, known, key).map(bare),
            NodeKind::Text(_) => return self.kind(Some(node), known, key).map(bare),
            other => {
                let what = format!("the column `{name}` must be a kind or a map, not {}", other.name());
                let help = format!("write `{name}: count` or `{name}: {{ kind: count, en: ... }}`");
                self.reader.problem(&node.at, what, Some(help));
                return None;
            }
        };
        let mut column = self.kind(fields.get("kind"), known, key).map(bare)?;
        if let Some(node) = fields.get("words") {
            let words = self.reader.text(node, "words");
            if column.kind != Holds::Word {
                let help =
                    "`words` is for `kind: word`: it names a group of the words file with the values as keys";
                let what = format!("`words` has no effect on a column of kind `{}`", column.kind.key());
                self.reader.problem(&fields.key("words"), what, Some(help.into()));
            }
            column.words = words.map(|words| words.value);
        }
        if let Some(node) = fields.get("up") {
            column.up_is_good = self.reader.word(node, "up", &[("good", true), ("bad", false)]);
        }
        let titles = LANGUAGES.map(|tag| fields.get(tag).and_then(|node| self.reader.text(node, tag)));
        if let Some(title) = self.texts(titles, name, &key.at) {
            column.title = Some(title);
            column.shared = false;
        }
        if let Some(node) = fields.get("means") {
            column.meaning = self.meaning(node, name);
        }
        if self.both && column.title.is_none() {
            let what = format!("the column `{name}` has no name for readers");
            let help = "add `en: ...` and `zh-CN: ...`, or the column to the shared ones";
            self.reader.problem(&key.at, what, Some(help.into()));
        }
        Some(column)
    }

    fn kind(&mut self, node: Option<&Node>, known: Option<&Column>, key: &Key) -> Option<Holds> {
        let kinds = Holds::ALL.map(|kind| (kind.key(), kind));
        match (node, known) {
            (Some(node), _) => self.reader.word(node, "kind", &kinds),
            (None, Some(column)) => Some(column.kind),
            (None, None) => {
                let what = format!("the column `{}` has no kind", key.name);
                let words = kinds.map(|(word, _)| word).join(", ");
                self.reader.problem(&key.at, what, Some(format!("write one of {words}")));
                None
            }
        }
    }

    fn meaning(&mut self, node: &Node, column: &str) -> Option<Texts> {
        if let (NodeKind::Text(_), false) = (&node.kind, self.both) {
            let text = self.reader.text(node, "means")?.value;
            return Some(Texts { en: text.clone(), zh_cn: text });
        }
        let fields = self.reader.fields(node, "means", &LANGUAGES)?;
        let texts = LANGUAGES.map(|tag| fields.get(tag).and_then(|node| self.reader.text(node, tag)));
        self.texts(texts, column, &fields.at)
    }

    /// Texts in both languages; where there is one only, it stands for the other, or is a problem.
    fn texts(
        &mut self,
        [en, zh_cn]: [Option<Spanned<String>>; 2],
        column: &str,
        at: &std::ops::Range<usize>,
    ) -> Option<Texts> {
        let lacks = match (&en, &zh_cn) {
            (None, None) => return None,
            (Some(_), None) => Some("zh-CN"),
            (None, Some(_)) => Some("en"),
            (Some(_), Some(_)) => None,
        };
        if let Some(lacks) = lacks.filter(|_| self.both) {
            let what = format!("the text of the column `{column}` has no `{lacks}`");
            self.reader.problem(at, what, Some(format!("add `{lacks}: ...`: reports are in both languages")));
        }
        let one = en.as_ref().or(zh_cn.as_ref())?.value.clone();
        let text = |text: Option<Spanned<String>>| text.map_or_else(|| one.clone(), |text| text.value);
        Some(Texts { en: text(en), zh_cn: text(zh_cn) })
    }
}
