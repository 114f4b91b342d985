//! Locks: one per pipeline, held through a run, and one for the whole site, held during publication.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::engine::Plan;
use crate::problem::{Failure, FailureKind, Problem};

use super::files::{io_failed, open_lock, private_folder};
use super::runs;

/// How long a run waits for others that publish on the same site. Each takes only a moment.
const PATIENCE: Duration = Duration::from_mins(1);

/// Held while a run of a pipeline goes on; the system releases it when the process ends for any reason.
pub(in crate::run) struct Lock {
    _file: File,
}

impl Lock {
    /// # Errors
    /// [`FailureKind::Locked`] if another run holds it.
    pub(in crate::run) fn take(plan: &Plan) -> Result<Self, Failure> {
        let name = &plan.pipeline.name.value;
        let runs = runs(&plan.pipeline);
        private_folder(&runs).map_err(|error| io_failed("made", &runs, &error))?;
        let path = runs.join(format!("{name}.lock"));
        let what = format!("another run of `{name}` is going on");
        let help = "wait for it to end; the lock is released when its process ends";
        let problem = Problem::new(what).help(help);
        Ok(Self { _file: taken(&path, Duration::ZERO, problem)? })
    }
}

/// Held while a report is put in its place, together with `latest` and the index.
pub(super) struct SiteLock {
    _file: File,
}

impl SiteLock {
    /// Waits for other runs that are publishing, for a minute at most. It blocks the thread.
    ///
    /// # Errors
    /// [`FailureKind::Locked`] after that minute.
    pub(super) fn wait(runs: &Path) -> Result<Self, Failure> {
        Self::within(runs, PATIENCE)
    }

    fn within(runs: &Path, patience: Duration) -> Result<Self, Failure> {
        let problem = Problem::new("another run has been publishing for too long; nothing was published");
        let help = "find the process that holds site/.runs/.site.lock, and run again; the lock is released when it ends";
        // No pipeline's name contains a dot.
        Ok(Self { _file: taken(&runs.join(".site.lock"), patience, problem.help(help))? })
    }
}

fn taken(path: &Path, patience: Duration, problem: Problem) -> Result<File, Failure> {
    let file = open_lock(path).map_err(|error| {
        if path.is_symlink() {
            let problem =
                Problem::new(format!("{} is a link, and locks are not taken through links", path.display()));
            return Failure::run(problem.help("remove the link; what it leads to was not touched"));
        }
        io_failed("opened", path, &error)
    })?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begun.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Failure { kind: FailureKind::Locked, problems: vec![problem] });
            }
            Err(TryLockError::Error(error)) => return Err(io_failed("locked", path, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_the_site_has_an_end() {
        let dir = tempfile::tempdir().expect("a folder");
        let held = SiteLock::within(dir.path(), Duration::ZERO);
        assert!(held.is_ok());
        let refused = SiteLock::within(dir.path(), Duration::from_millis(30));
        assert_eq!(refused.err().map(|failure| failure.kind), Some(FailureKind::Locked));
        drop(held);
        assert!(SiteLock::within(dir.path(), Duration::ZERO).is_ok());
    }
}
