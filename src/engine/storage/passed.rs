//! What a path holds but is not read: counted by kind, each with an example.

use std::collections::BTreeMap;
use std::path::Path;

use crate::problem::{counted, thousands};

/// Why something in a path is not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passed {
    /// Its name has no data file's ending: the ending, empty if there is none.
    Ending(String),
    /// Its name begins with `.` or `_`.
    Hidden,
    /// A folder that a glob matches: a glob reads matching files, not what lies below folders.
    Folder,
    /// A pipe, a socket or a device.
    Special(&'static str),
}

impl Passed {
    /// The kind of a file, by the ending of its name.
    pub(super) fn of_file(path: &Path) -> Self {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        Self::Ending(ending.unwrap_or_default())
    }

    fn summary(&self) -> String {
        match self {
            Self::Ending(ending) if ending.is_empty() => "without an ending".into(),
            Self::Ending(ending) => format!("`.{}`", ending.escape_debug()),
            Self::Hidden => "hidden".into(),
            Self::Folder => "a folder that the glob matches".into(),
            Self::Special(kind) => (*kind).to_owned(),
        }
    }
}

/// What a path holds but is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// The number of each kind, and the path of one of them.
    pub kinds: BTreeMap<Passed, (usize, String)>,
    /// Names of files that are read under another name: how many, and one name with the other.
    pub again: Option<(usize, String, String)>,
    /// Folders with names like data files, read as folders: how many, and one of them.
    pub like_files: Option<(usize, String)>,
    /// Links that lead back to a folder above them: how many, and one of them.
    pub loops: Option<(usize, String)>,
}

impl PassedOver {
    pub(super) fn note(&mut self, kind: Passed, path: &Path) {
        self.kinds.entry(kind).or_insert_with(|| (0, path.display().to_string())).0 += 1;
    }

    pub(super) fn note_again(&mut self, path: &Path, first: &Path) {
        let new = || (0, path.display().to_string(), first.display().to_string());
        self.again.get_or_insert_with(new).0 += 1;
    }

    pub(super) fn note_like_file(&mut self, path: &Path) {
        self.like_files.get_or_insert_with(|| (0, path.display().to_string())).0 += 1;
    }

    pub(super) fn note_loop(&mut self, path: &Path) {
        self.loops.get_or_insert_with(|| (0, path.display().to_string())).0 += 1;
    }

    /// Whether it is normal beside data: hidden names.
    pub fn is_usual(&self) -> bool {
        let hidden = self.kinds.keys().all(|kind| *kind == Passed::Hidden);
        hidden && self.again.is_none() && self.loops.is_none()
    }

    /// All of it in words, one sentence per line; `path` is the source's path.
    pub fn summary(&self, path: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let all: usize = self.kinds.values().map(|(count, _)| count).sum();
        if let Some((_, example)) = self.kinds.values().next() {
            let kinds: Vec<String> = self
                .kinds
                .iter()
                .map(|(kind, (count, _))| format!("{} {}", thousands(*count as u64), kind.summary()))
                .collect();
            let only_files = self.kinds.keys().all(|kind| matches!(kind, Passed::Ending(_)));
            let what = counted(all as u64, if only_files { "file" } else { "name" });
            let are = if all == 1 { "is" } else { "are" };
            lines.push(format!("{path}: {what} {are} not read ({}), such as {example}", kinds.join(", ")));
        }
        if let Some((count, name, first)) = &self.again {
            let what = counted(*count as u64, "name");
            let leads = if *count == 1 { "leads" } else { "lead" };
            lines.push(format!(
                "{path}: {what} {leads} to a file that has another, such as {name} to {first}; each file is read once"
            ));
        }
        if let Some((count, name)) = &self.loops {
            let what = counted(*count as u64, "link");
            let leads = if *count == 1 { "leads" } else { "lead" };
            lines
                .push(format!("{path}: {what} {leads} back to a folder above, such as {name}; not followed"));
        }
        if let Some((count, name)) = &self.like_files {
            let what = counted(*count as u64, "folder");
            let are = if *count == 1 { "is" } else { "are" };
            lines.push(format!(
                "{path}: {what} {are} named like a file, such as {name}; the files inside are read"
            ));
        }
        lines
    }
}
