//! The other pipelines of a project: two with one name would publish into one folder, each over the other's reports.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::problem::{Problem, SourceText};

use super::Pipeline;
use super::yaml::{self, Node, NodeKind};

/// Files that are longer than this are no pipelines.
const MOST_BYTES: u64 = 1 << 20;

/// Another pipeline of the project that has the name of this one.
pub(super) fn same_name(pipeline: &Pipeline, path: &Path) -> Option<Problem> {
    let own = fs::canonicalize(path).ok();
    let folders = [pipeline.root.clone(), pipeline.root.join("pipelines")];
    let other = folders.iter().flat_map(|folder| files(folder)).find(|file| {
        let same_file = own.is_some() && fs::canonicalize(file).ok() == own;
        !same_file && name(file).as_deref() == Some(&pipeline.name.value)
    })?;
    let what = format!("{} has the name `{}` too", shown(&other), pipeline.name.value);
    let help = "give each pipeline a name of its own: its reports lie in the folder `site/<name>/`";
    Some(Problem::new(what).at(pipeline.place(&pipeline.name.at)).help(help))
}

/// The YAML files of a folder by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let is_file =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= MOST_BYTES);
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_yaml).filter(is_file).collect();
    files.sort();
    files
}

/// The `name` of a file, if it is a pipeline.
fn name(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let source = Arc::new(SourceText { name: file.display().to_string(), text });
    let Node { kind: NodeKind::Map(entries), .. } = yaml::parse(&source).ok()? else { return None };
    let has = |key: &str| entries.iter().any(|(known, _)| known.name == key);
    if !has("sources") || !(has("steps") || has("modules")) {
        return None;
    }
    entries.iter().find_map(|(key, value)| match &value.kind {
        NodeKind::Text(name) if key.name == "name" => Some(name.clone()),
        _ => None,
    })
}

/// A path without the `./` of a project that is the folder one is in.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
