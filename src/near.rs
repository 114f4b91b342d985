//! Files whose names are near a misspelt one.

use std::fs;
use std::path::Path;

use crate::problem::closest;

/// Folders below a project that are looked through, and how many names.
const DEEP: usize = 4;
const MOST: usize = 2_000;

/// The file of a project that was meant by a name that is not there: one of the same name in another folder, else one whose path
/// or name is near. `ending` is that of its kind, and `more` are the paths of files that ship: these are many, so one is named only
/// where its name differs by a slip of the keyboard.
pub(crate) fn file(root: &Path, written: &str, ending: &str, mut more: Vec<String>) -> Option<String> {
    let shipped = more.len();
    below(root, "", ending, DEEP, &mut more);
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let bare = name(written);
    let with_ending = format!("{bare}.{ending}");
    let same = more.iter().find(|path| {
        let name = name(path);
        **path != written && (name == bare || name == with_ending)
    });
    // Without the ending: of a short name it would be the larger part that is alike.
    let stem = |path: &str| {
        let name = name(path);
        name.split('.').next().unwrap_or_default().to_owned()
    };
    let named = || {
        let (shipped, own) = more.split_at(shipped);
        let written = stem(written);
        let stems: Vec<String> = own.iter().map(|path| stem(path)).collect();
        let found = closest(&written, stems.iter().map(String::as_str));
        let of_own = found.and_then(|found| own.iter().find(|path| stem(path) == found));
        of_own.or_else(|| shipped.iter().find(|path| is_slip(&written, &stem(path)))).cloned()
    };
    same.cloned().or_else(named)
}

/// Whether two names differ by one letter, or two that were exchanged.
fn is_slip(written: &str, known: &str) -> bool {
    written.chars().count() > 3 && strsim::osa_distance(written, known) <= 1
}

fn below(root: &Path, prefix: &str, ending: &str, deep: usize, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(prefix)) else { return };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    for name in names {
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        if root.join(&path).is_dir() {
            let of_runs = prefix.is_empty() && ["site", "private", "drafts", "target"].contains(&name);
            if deep > 0 && !of_runs {
                below(root, &path, ending, deep - 1, found);
            }
        } else if found.len() < MOST && Path::new(name).extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
}
