//! What earlier versions wrote into projects.
//!
//! Before there were modules, `init` copied all queries, templates and words into a project. Which of these a project has
//! as they were copied is known by the fingerprints of all versions of that time.

use super::{fingerprint, marked, text as shipped};

/// A line a file: its path, and the fingerprints of its versions. No version adds to it: nothing is copied unasked any more.
const EARLIER: &str = include_str!("earlier.txt");

/// What to do about files that an earlier version wrote.
pub const UPGRADE: &str = "`regulars upgrade` brings the project up to date";

/// What is known of a file of a project, by its path and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// As some version of the program wrote it, and nobody changed it.
    Unchanged,
    /// Written by a version before modules, and changed since.
    Changed,
    /// The project's own, or copied out by `eject` to be changed.
    Own,
}

/// Tells what a file is.
pub fn copied(path: &str, text: &str) -> Copied {
    let text = text.replace("\r\n", "\n");
    if let Some((mark, rest)) = marked(&text) {
        // One of this version was taken out to be changed.
        let is_old = mark == fingerprint(rest) && shipped(path) != Some(rest);
        return if is_old { Copied::Unchanged } else { Copied::Own };
    }
    let Some(known) = versions(path) else {
        return if shipped(path) == Some(text.as_str()) { Copied::Unchanged } else { Copied::Own };
    };
    let found = fingerprint(&text);
    let is = known.split(' ').any(|version| version == found) || shipped(path) == Some(text.as_str());
    if is { Copied::Unchanged } else { Copied::Changed }
}

/// Whether a version before modules wrote a file of this path.
pub fn was_copied(path: &str) -> bool {
    versions(path).is_some()
}

fn versions(path: &str) -> Option<&'static str> {
    EARLIER.lines().find_map(|line| line.strip_prefix(path)?.strip_prefix(' '))
}
