//! Tables that must not be read as plain files: Delta, Iceberg and Hudi keep old versions of rows beside new ones, and
//! a log says which are valid.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// The problem for files that belong to such a table.
pub(super) fn lake(paths: &[PathBuf]) -> Option<Problem> {
    let mut seen: HashSet<PathBuf> = HashSet::new();
    for path in paths {
        // First as written, for the message; then all folders above, also through a link.
        let folder = path.parent().unwrap_or(Path::new(""));
        let known = !seen.insert(folder.to_path_buf());
        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let real = match (known, is_link) {
            (true, false) => continue,
            (_, true) => fs::canonicalize(path).ok().and_then(|path| path.parent().map(Path::to_path_buf)),
            (false, false) => {
                fs::canonicalize(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()
            }
        };
        let mut written: Vec<&Path> = if known { Vec::new() } else { folder.ancestors().collect() };
        let above: Vec<&Path> = real.iter().flat_map(|real| real.ancestors()).collect();
        written.extend(above);
        for (number, folder) in written.into_iter().enumerate() {
            if number > 0 && !seen.insert(folder.to_path_buf()) {
                continue;
            }
            let Some(format) = format(folder) else { continue };
            let at = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let what = format!(
                "{} is a table of {format}: read as plain files, it would count rows that were changed or deleted since",
                at.display()
            );
            let help = "write the table's current rows to a folder of Parquet files, and name that";
            return Some(Problem::new(what).help(help));
        }
    }
    None
}

/// The table format, if a folder is the root of such a table.
fn format(folder: &Path) -> Option<&'static str> {
    if folder.join("_delta_log").is_dir() {
        return Some("Delta Lake");
    }
    if folder.join(".hoodie").is_dir() {
        return Some("Hudi");
    }
    let metadata = folder.join("metadata");
    let of_iceberg = |name: &str| name == "version-hint.text" || name.ends_with(".metadata.json");
    let mut entries = fs::read_dir(metadata).ok()?.flatten();
    entries.any(|entry| entry.file_name().to_str().is_some_and(of_iceberg)).then_some("Iceberg")
}
