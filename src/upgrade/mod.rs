//! `upgrade`: brings a project that an earlier version made up to date.
//!
//! Before there were modules, a pipeline wrote out all steps, and a project had copies of all queries, templates and words.
//! Today's pipeline switches modules on, and a file of the project's own takes the place of a shipped one. So [`prepare`]
//! rewrites each pipeline and finds the copies that are to go; [`Upgrade::write`] does it. What is taken away or rewritten
//! is kept in a folder beside it.

mod pipeline;
mod steps;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files;
use crate::pipeline::module::{self, Definition};
use crate::problem::{Failure, FailureKind, Problem, SourceText};
use crate::shipped;
use crate::shipped::earlier::{Copied, copied};

/// The folder of a project that takes what an upgrade replaces.
pub const BEFORE: &str = "before_upgrade";

/// What an upgrade does to a project.
#[derive(Debug, Default)]
pub struct Upgrade {
    /// The pipelines that change.
    pub pipelines: Vec<Rewritten>,
    /// Files of the project that go, because the program has them: as an earlier version wrote them.
    pub unchanged: Vec<String>,
    /// Files below `reports/` that go, although somebody changed them: no page is made of their kind any more.
    pub outgrown: Vec<String>,
    /// Queries of the project's own that take the place of shipped ones: where they lay, and where they lie now.
    pub own: Vec<(String, String)>,
}

/// A pipeline that changes.
#[derive(Debug)]
pub struct Rewritten {
    /// Its path in the project.
    pub path: String,
    /// Its new text.
    pub text: String,
    /// What was done to it, each a sentence.
    pub notes: Vec<String>,
}

/// The files of a project below `sql/` and `reports/`.
struct Files {
    texts: BTreeMap<String, String>,
    /// Queries that steps name which stay.
    used: BTreeSet<String>,
    /// Queries that take the place of shipped ones, and whose.
    own: BTreeMap<String, String>,
}

impl Files {
    fn has(&self, path: &str) -> bool {
        self.texts.contains_key(path)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str).or_else(|| shipped::text(path))
    }

    fn kind(&self, path: &str) -> Option<Copied> {
        self.texts.get(path).map(|text| copied(path, text))
    }

    fn keep_as(&mut self, from: &str, to: &str) {
        self.own.insert(from.to_owned(), to.to_owned());
    }
}

/// Finds out what there is to do. Nothing is written.
///
/// # Errors
/// Where a file cannot be read, or a pipeline cannot be rewritten.
pub fn prepare(root: &Path) -> Result<Upgrade, Failure> {
    let mut files = Files { texts: BTreeMap::new(), used: BTreeSet::new(), own: BTreeMap::new() };
    for folder in ["sql", "reports"] {
        gather(root, Path::new(folder), &mut files.texts)
            .map_err(|(path, error)| unreadable(&path, &error))?;
    }
    let modules = modules(root)?;
    let mut upgrade = Upgrade::default();
    for path in pipelines(root).map_err(|(path, error)| unreadable(&path, &error))? {
        let text = files::text(&root.join(&path)).map_err(|error| unreadable(&root.join(&path), &error))?;
        let source = Arc::new(SourceText { name: path, text });
        upgrade.pipelines.extend(pipeline::rewritten(&source, &modules, &mut files)?);
    }
    upgrade.own = files.own.iter().map(|(from, to)| (from.clone(), to.clone())).collect();
    let is_old = !upgrade.pipelines.is_empty();
    for (path, text) in &files.texts {
        let is_used = files.used.contains(path) && shipped::text(path).is_none();
        match copied(path, text) {
            _ if is_used || files.own.contains_key(path) => {}
            Copied::Unchanged => upgrade.unchanged.push(path.clone()),
            // In a project of today such a file holds what is its own.
            Copied::Changed if is_old && path.starts_with("reports/") => upgrade.outgrown.push(path.clone()),
            Copied::Changed | Copied::Own => {}
        }
    }
    for (from, to) in &upgrade.own {
        let is_free = from == to || !files.has(to) || upgrade.unchanged.contains(to);
        if !is_free {
            let what = format!(
                "{from} is a query of your own for what {to} ships for, and there is a {to} of your own too"
            );
            let help = "move one of them away; nothing was written";
            return Err(Failure::configuration(Problem::new(what).help(help)));
        }
    }
    Ok(upgrade)
}

impl Upgrade {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.pipelines.is_empty() && self.unchanged.is_empty() && self.outgrown.is_empty()
    }

    /// Does it. First all that changes is copied to [`BEFORE`], so that nothing is lost where it ends early.
    ///
    /// # Errors
    /// Where that folder is there already, or a file cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), Failure> {
        let before = root.join(BEFORE);
        if before.exists() {
            let what = format!("{} is there already", before.display());
            let help = "it holds what an earlier upgrade replaced: move it away; nothing was written";
            return Err(Failure::configuration(Problem::new(what).help(help)));
        }
        let moved = self.own.iter().filter(|(from, to)| from != to);
        let going: Vec<&String> = self.unchanged.iter().chain(&self.outgrown).collect();
        let pipelines = self.pipelines.iter().map(|pipeline| &pipeline.path);
        for path in pipelines.chain(going.iter().copied()).chain(moved.clone().map(|(from, _)| from)) {
            copy(&root.join(path), &before.join(path))?;
        }
        for path in going {
            remove(&root.join(path))?;
        }
        for (from, to) in moved {
            copy(&before.join(from), &root.join(to))?;
            remove(&root.join(from))?;
        }
        for pipeline in &self.pipelines {
            let (path, beside) = (root.join(&pipeline.path), root.join(format!("{}.new", pipeline.path)));
            std::fs::write(&beside, &pipeline.text)
                .and_then(|()| std::fs::rename(&beside, &path))
                .map_err(|error| unwritable(&path, &error))?;
        }
        for folder in ["sql", "reports"] {
            remove_empty(&root.join(folder));
        }
        Ok(())
    }
}

/// The modules of a project, the shipped ones among them.
fn modules(root: &Path) -> Result<Vec<Definition>, Failure> {
    let (mut modules, mut problems) = (Vec::new(), Vec::new());
    for name in module::names(root) {
        match module::read(root, &name) {
            Ok(definition) => modules.push(definition),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(modules)
    } else {
        Err(Failure { kind: FailureKind::Configuration, problems })
    }
}

/// The pipelines of a project, by their paths in it.
fn pipelines(root: &Path) -> Result<Vec<String>, (PathBuf, io::Error)> {
    let folder = root.join("pipelines");
    let failed = |error| (folder.clone(), error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") && path.is_file() {
            found.push(shipped::slashed(path.strip_prefix(root).unwrap_or(&path)));
        }
    }
    found.sort();
    Ok(found)
}

/// The texts below a folder of a project. Files that are no text are none of ours.
fn gather(
    root: &Path,
    folder: &Path,
    texts: &mut BTreeMap<String, String>,
) -> Result<(), (PathBuf, io::Error)> {
    let path = root.join(folder);
    if !path.is_dir() {
        return Ok(());
    }
    let failed = |error| (path.clone(), error);
    for entry in std::fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let inner = folder.join(entry.file_name());
        // Links may lead back.
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            gather(root, &inner, texts)?;
        } else if kind.is_file()
            && let Ok(text) = files::text(&root.join(&inner))
        {
            texts.insert(shipped::slashed(&inner), text);
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let folder = to.parent().unwrap_or(to);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::copy(from, to).map(|_| ()))
        .map_err(|error| unwritable(to, &error))
}

fn remove(path: &Path) -> Result<(), Failure> {
    std::fs::remove_file(path).map_err(|error| unwritable(path, &error))
}

/// Folders that are left without a file go too.
fn remove_empty(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&entry.path());
        }
    }
    // One with files stays.
    let _ = std::fs::remove_dir(folder);
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let what = format!("{} cannot be read: {error}", path.display());
    Failure::configuration(
        Problem::new(what).help("name a project's folder by --project; nothing was written"),
    )
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let what = format!("{} cannot be written: {error}", path.display());
    let help = format!("what was changed so far is kept in {BEFORE}/");
    Failure::run(Problem::new(what).help(help))
}
