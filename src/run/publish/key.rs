//! The project's key: masked ids are the same every night, and nobody else can make them.

use std::fs;
use std::path::Path;

use crate::engine::Plan;
use crate::problem::{Failure, Problem};

use super::files::{io_failed, occupied, sync_folder, write_private};
use super::lock::SiteLock;
use super::{private, runs};

const BYTES: usize = 32;

/// The project's key, made by its first run.
///
/// # Errors
/// A key that cannot be read or made, or that is not valid.
pub(in crate::run) fn key(plan: &Plan) -> Result<Vec<u8>, Failure> {
    let folder = private(&plan.pipeline);
    let path = folder.join(".key");
    if !occupied(&path) {
        // Two first runs must not make two keys.
        let _lock = SiteLock::wait(&runs(&plan.pipeline))?;
        if !occupied(&path) {
            make(&folder, &path)?;
        }
    }
    let text = fs::read_to_string(&path).map_err(|error| io_failed("read", &path, &error))?;
    read(text.trim()).ok_or_else(|| {
        let problem = Problem::new(format!("{} is not the key that ids are masked with", path.display()));
        let help = "restore it from a backup; or remove it, and the next run makes another: ids are then masked otherwise than in earlier reports";
        Failure::run(problem.help(help))
    })
}

fn make(folder: &Path, path: &Path) -> Result<(), Failure> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::run(Problem::new(format!(
            "the system gives no random numbers for {}: {error}",
            path.display()
        )))
    })?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).chain(["\n".to_owned()]).collect();
    let new = folder.join(".key.new");
    write_private(&new, text.as_bytes())
        .and_then(|()| fs::rename(&new, path))
        .and_then(|()| sync_folder(folder))
        .map_err(|error| io_failed("written", path, &error))
}

fn read(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * BYTES || !text.is_ascii() {
        return None;
    }
    let pairs = (0..BYTES).map(|at| text.get(2 * at..2 * at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(".key");
        make(dir.path(), &path).expect("made");
        let first = read(fs::read_to_string(&path).expect("text").trim()).expect("a key");
        make(dir.path(), &path).expect("made");
        let second = read(fs::read_to_string(&path).expect("text").trim()).expect("a key");
        assert_eq!((first.len(), second.len()), (BYTES, BYTES));
        assert_ne!(first, second);
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_is_no_key() {
        for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
