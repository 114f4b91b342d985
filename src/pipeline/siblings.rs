//! The other pipelines of a project: two with one name would publish into one folder, each over the other's reports.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::problem::{Problem, SourceText};

use super::Pipeline;
use super::yaml::{self, Node, NodeKind};

/// Files that are longer than this are no pipelines.
const MOST_BYTES: u64 = 1 << 20;

/// Another pipeline of the project that has the name of this one or of one of its variants.
pub(super) fn same_name(pipeline: &Pipeline, path: &Path) -> Option<Problem> {
    let own = fs::canonicalize(path).ok();
    let folders = [pipeline.root.clone(), pipeline.root.join("pipelines")];
    let others: Vec<(PathBuf, Vec<String>)> = folders
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|file| own.is_none() || fs::canonicalize(file).ok() != own)
        .map(|file| {
            let names = names(&file);
            (file, names)
        })
        .collect();
    [pipeline].into_iter().chain(&pipeline.variants).find_map(|pipeline| {
        let name = &pipeline.name.value;
        let (other, _) = others.iter().find(|(_, names)| names.contains(name))?;
        let what = format!("{} has the name `{name}` too", shown(other));
        let help = "give each pipeline a name of its own: its reports lie in the folder `site/<name>/`";
        Some(Problem::new(what).at(pipeline.place(&pipeline.name.at)).help(help))
    })
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

/// The names under which a file's reports are published, if it is a pipeline: its own, and those of its variants.
fn names(file: &Path) -> Vec<String> {
    let Ok(text) = fs::read_to_string(file) else { return Vec::new() };
    let source = Arc::new(SourceText { name: file.display().to_string(), text });
    let Ok(Node { kind: NodeKind::Map(entries), .. }) = yaml::parse(&source) else { return Vec::new() };
    let value = |key: &str| entries.iter().find(|(known, _)| known.name == key).map(|(_, node)| &node.kind);
    if value("sources").is_none() || (value("steps").is_none() && value("modules").is_none()) {
        return Vec::new();
    }
    let Some(NodeKind::Text(name)) = value("name") else { return Vec::new() };
    let variants = match value("variants") {
        Some(NodeKind::Map(variants)) => variants.as_slice(),
        _ => &[],
    };
    let of_variants = variants.iter().map(|(variant, _)| format!("{name}-{}", variant.name));
    [name.clone()].into_iter().chain(of_variants).collect()
}

/// A path without the `./` of a project in the current folder.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
