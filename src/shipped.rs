//! The files that ship inside the binary: pipelines, modules, queries, templates and words.
//!
//! A file of the same path in a project takes the place of a shipped one: it *shadows* it. A project thus holds only
//! what is its own, and a newer program brings newer files with it. [`copy`] takes one out to be edited, with a
//! [`Mark`] of what it was copied from. The mark shows later whether the shipped one has changed since.

pub mod earlier;

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path};

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use crate::files;

static PIPELINES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/pipelines");
static SQL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sql");
static REPORTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/reports");

/// The folder of the shipped modules.
pub const MODULES: &str = "pipelines/modules";

/// The file among these that says what columns mean in all tables. It is no module.
pub const COLUMNS: &str = "columns";

/// The file among these with the tables of models. It is no module either.
pub const OF_MODELS: &str = "models";

/// The text of a shipped file by its path in a project, such as `sql/rfm.sql`.
pub fn text(path: &str) -> Option<&'static str> {
    let (folder, rest) = path.split_once('/')?;
    let dir = match folder {
        "pipelines" => &PIPELINES,
        "sql" => &SQL,
        "reports" => &REPORTS,
        _ => return None,
    };
    dir.get_file(rest).and_then(|file| file.contents_utf8())
}

/// All shipped files below a folder, by their paths.
pub fn below(folder: &str) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    for (name, dir) in [("pipelines", &PIPELINES), ("sql", &SQL), ("reports", &REPORTS)] {
        gather(name, dir, &mut found);
    }
    let inside = format!("{folder}/");
    found.retain(|path, _| folder.is_empty() || path.starts_with(&inside));
    found
}

fn gather(at: &str, dir: &Dir<'static>, found: &mut BTreeMap<String, &'static str>) {
    for file in dir.files() {
        if let Some(text) = file.contents_utf8() {
            found.insert(format!("{at}/{}", slashed(file.path())), text);
        }
    }
    for inner in dir.dirs() {
        gather(at, inner, found);
    }
}

/// A path with slashes on every system.
pub fn slashed(path: &Path) -> String {
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The text of a file of a project: its own, or else the shipped one of that path.
///
/// # Errors
/// Where the project's own cannot be read, or where there is neither.
pub fn open(root: &Path, path: &str) -> io::Result<String> {
    match files::text(&root.join(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            text(&slashed(Path::new(path))).map(str::to_owned).ok_or(error)
        }
        found => found,
    }
}

/// The relation of a project's file to the shipped one of the same path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shadow {
    /// It was copied from the shipped file as it is now.
    Current,
    /// It was copied from a shipped file that has changed since.
    Outdated,
    /// Nobody knows what it was copied from.
    Unknown,
}

/// The relation of a text to the shipped file of the same path; none if it is the same, or if nothing of that path
/// ships.
pub fn shadow(path: &str, own: &str) -> Option<Shadow> {
    let shipped = text(path)?;
    // Another system's line ends are no change.
    let plain = |text: &str| text.replace("\r\n", "\n");
    let own = plain(own);
    let (mark, rest) = marked(&own).map_or((None, own.as_str()), |(mark, rest)| (Some(mark), rest));
    if rest == plain(shipped) {
        return None;
    }
    Some(match mark {
        Some(mark) if mark == fingerprint(shipped) => Shadow::Current,
        Some(_) => Shadow::Outdated,
        None => Shadow::Unknown,
    })
}

/// A shipped file as it is copied into a project: its first line is a comment that says what it was copied from.
pub fn copy(path: &str) -> Option<String> {
    let shipped = text(path)?;
    let said = format!("{COPIED} {} {}", env!("CARGO_PKG_VERSION"), fingerprint(shipped));
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    let comment = match ending {
        Some("sql") => format!("-- {said}"),
        Some("html") => format!("{{#- {said} -#}}"),
        Some("css") => format!("/* {said} */"),
        Some("js") => format!("// {said}"),
        _ => format!("# {said}"),
    };
    Some(format!("{comment}\n{shipped}"))
}

const COPIED: &str = "copied from regulars";

/// What a text was copied from, by the fingerprint that [`copy`] wrote in its first line; and the rest of it.
pub fn marked(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once('\n')?;
    Some((mark(first)?, rest))
}

/// The fingerprint in a line that [`copy`] wrote.
fn mark(line: &str) -> Option<&str> {
    let (_, said) = line.split_once(COPIED)?;
    said.split_whitespace().nth(1)
}

/// The fingerprint of a version of a text: twelve hex digits of its SHA-256.
pub fn fingerprint(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_no_shadow_until_it_is_edited() {
        for path in ["sql/rfm.sql", "reports/style.css", "reports/report.html", "reports/words/en.yaml"] {
            let copied = copy(path).unwrap();
            assert_eq!(shadow(path, &copied), None, "{path}");
            assert_eq!(shadow(path, &format!("{copied}\n")), Some(Shadow::Current), "{path}");
            let older = copied.replacen(&fingerprint(text(path).unwrap()), "0123456789ab", 1);
            assert_eq!(shadow(path, &format!("{older}\n")), Some(Shadow::Outdated), "{path}");
        }
        assert_eq!(shadow("sql/rfm.sql", "select 1"), Some(Shadow::Unknown));
        assert_eq!(shadow("sql/rfm.sql", text("sql/rfm.sql").unwrap()), None);
        assert_eq!(shadow("sql/mine.sql", "select 1"), None);
    }

    #[test]
    fn what_ships_is_found_by_its_path() {
        assert!(below("sql").contains_key("sql/rfm.sql"));
        assert!(below("reports").contains_key("reports/words/en.yaml"));
        assert!(!below("sql").contains_key("reports/report.html"));
        assert_eq!(text("sql/../sql/rfm.sql"), None);
        assert_eq!(open(Path::new("/nowhere"), "./sql/rfm.sql").unwrap(), text("sql/rfm.sql").unwrap());
    }
}
