//! Modules: what ships, switched on by a line. A module answers one business question and is data: settings, steps and
//! sections in `pipelines/modules/<name>.yaml`, beside its queries, words and section files.
//!
//! [`Definition`] is such a file; [`Module`] one that a pipeline switches on. The steps of a module become steps of the
//! pipeline, and its settings parameters of all queries. Nothing behind this point knows of modules.

mod named;
mod read;
mod setting;
pub(in crate::pipeline) mod switch;
mod variant;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::{Spanned, yaml};
use crate::problem::{Problem, SourceText};
use crate::shipped;
use crate::tables::{ColumnKind, Declaration};

pub use named::Named;
pub use setting::{Setting, SettingKind, reference};
pub use variant::Variant;

/// A module's file.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name, which is also the file's.
    pub name: String,
    /// The question that it answers.
    pub answers: String,
    /// The modules that it reads tables of.
    pub needs: Vec<String>,
    /// The sources that it reads.
    pub sources: Vec<NeededSource>,
    /// Its settings.
    pub settings: Vec<Setting>,
    /// The names of settings that are a problem already.
    broken: Vec<String>,
    /// Its sections, in order.
    pub sections: Vec<Spanned<String>>,
    /// Its sections at the end of the page.
    pub closing: Vec<Spanned<String>>,
    /// What its tables hold, of a project's own module.
    pub tables: Vec<(String, Declaration)>,
    /// Its steps as they stand in the file: they are read once the settings are known.
    steps: Option<yaml::Node>,
}

impl Definition {
    /// Whether it has a step of a name.
    pub fn has_step(&self, name: &str) -> bool {
        match self.steps.as_ref().map(|steps| &steps.kind) {
            Some(yaml::NodeKind::Map(entries)) => entries.iter().any(|(key, _)| key.name == name),
            _ => false,
        }
    }

    /// Its settings as a table of the manual, in Markdown.
    pub fn settings_for_the_manual(&self) -> String {
        if self.settings.is_empty() {
            return "It has no settings.\n".to_owned();
        }
        let mut lines = vec![
            "| setting | what it must be | default | meaning |".to_owned(),
            "| --- | --- | --- | --- |".to_owned(),
        ];
        for setting in &self.settings {
            let row = [
                format!("`{}`", setting.name),
                setting.wanted(),
                format!("`{}`", setting.default),
                setting.means.clone(),
            ];
            lines.push(format!("| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | ")));
        }
        lines.join("\n") + "\n"
    }
}

/// A source that a module reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededSource {
    /// Its name.
    pub name: String,
    /// The columns that it reads.
    pub columns: Vec<NeededColumn>,
    /// The column that says on which day a row happened.
    pub by_day: Option<String>,
}

/// A column of a source that a module reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededColumn {
    /// Its name.
    pub name: String,
    /// What its values must be.
    pub kind: Option<ColumnKind>,
    /// Whether it may be absent: it is NULL then.
    pub optional: bool,
}

/// A module that a pipeline switches on.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its name, and where the pipeline names it.
    pub name: Spanned<String>,
    /// Its file.
    pub definition: Definition,
    /// Why it is left out, if it is.
    pub left_out: Option<Lack>,
}

/// What a module needs but the pipeline does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A source.
    Source(String),
    /// A column of a source.
    Column {
        /// The source.
        source: String,
        /// The column.
        column: String,
    },
    /// A module that is not switched on. That is a mistake in the pipeline, which is told by itself.
    Off(String),
    /// A module, which is left out itself, and why it is.
    Module {
        /// The module.
        module: String,
        /// Why it is left out.
        because: Box<Self>,
    },
}

impl Lack {
    /// What is not there in the end: no module that is left out itself.
    pub fn root(&self) -> &Self {
        match self {
            Self::Module { because, .. } => because.root(),
            root => root,
        }
    }

    /// What is needed, in words that follow "it needs".
    fn needed(&self) -> String {
        match self {
            Self::Source(source) => format!("the source `{source}`, which is not there"),
            Self::Column { source, column } => {
                format!("the column `{column}` of the source `{source}`, which is not there")
            }
            Self::Off(module) => format!("the module `{module}`, which is not switched on"),
            Self::Module { module, because } => {
                format!("the module `{module}`, which needs {}", because.needed())
            }
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => write!(f, "there is no source `{source}`"),
            Self::Column { source, column } => write!(f, "the source `{source}` has no column `{column}`"),
            Self::Off(_) | Self::Module { .. } => write!(f, "it needs {}", self.needed()),
        }
    }
}

/// The manual's pages, by the modules that they tell of.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The manual's page of a module that ships, as a path in the program's repository.
pub fn page(name: &str) -> Option<&'static str> {
    PAGES.iter().find(|(module, _)| *module == name).map(|(_, page)| *page)
}

/// The names of all modules that a project can switch on, its own and the shipped ones.
pub fn names(root: &Path) -> Vec<String> {
    let mut names: Vec<String> = shipped::below(shipped::MODULES)
        .keys()
        .filter_map(|path| path.strip_prefix(&format!("{}/", shipped::MODULES))?.strip_suffix(".yaml"))
        .map(str::to_owned)
        .collect();
    for entry in std::fs::read_dir(root.join(shipped::MODULES)).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "yaml") && path.is_file() {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.retain(|name| name != shipped::COLUMNS && name != shipped::OF_MODELS);
    names.sort();
    names.dedup();
    names
}

/// Reads the file of a module.
///
/// # Errors
/// All that is wrong with it.
pub fn read(root: &Path, name: &str) -> Result<Definition, Vec<Problem>> {
    let path = path(name);
    let text = shipped::open(root, &path)
        .map_err(|error| vec![Problem::new(format!("the module {path} cannot be read: {error}"))])?;
    read::alone(&Arc::new(SourceText { name: path, text }), name)
}

/// Where the file of a module lies.
pub fn path(name: &str) -> String {
    format!("{}/{name}.yaml", shipped::MODULES)
}
