//! Which files of a project change.
//!
//! The system tells of each change below a folder. What runs themselves write is no change, nor is what only looks at a
//! file, nor what an editor keeps beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch;

use crate::engine::Plan;
use crate::problem::{Failure, Problem};

/// Folders of a project that runs write to.
const WRITTEN: [&str; 3] = ["site", "private", "drafts"];
/// Editors write a file in several steps. After this long without one it stands.
const QUIET: Duration = Duration::from_millis(150);

/// Hears of changes below a project's folder, and below those of its data elsewhere.
pub struct Changes {
    root: PathBuf,
    watcher: RecommendedWatcher,
    known: BTreeSet<PathBuf>,
    seen: watch::Receiver<u64>,
}

impl Changes {
    /// Listens below a project's folder.
    ///
    /// # Errors
    /// If the system tells of no changes, or not of so many folders.
    pub fn of(root: &Path) -> Result<Self, Failure> {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        let (tell, seen) = watch::channel(0);
        let below = root.clone();
        let heard = move |event: notify::Result<Event>| {
            // An event may be lost, as where a queue is full: then something has changed.
            if event.as_ref().map_or(true, |event| matters(&below, event)) {
                tell.send_modify(|count| *count += 1);
            }
        };
        let watcher = notify::recommended_watcher(heard).map_err(|error| deaf(&root, &error))?;
        let mut changes = Self { root, watcher, known: BTreeSet::new(), seen };
        changes.listen(&changes.root.clone(), RecursiveMode::NonRecursive)?;
        changes.learn()?;
        Ok(changes)
    }

    /// Listens below the folders that lie in the project's now. Those that runs write to hold much that is none of our
    /// business.
    fn learn(&mut self) -> Result<(), Failure> {
        let entries = fs::read_dir(&self.root).map(|entries| entries.flatten().collect::<Vec<_>>());
        for entry in entries.unwrap_or_default() {
            let path = entry.path();
            if path.is_dir() && !is_beside(&self.root, &path) {
                self.listen(&path, RecursiveMode::Recursive)?;
            }
        }
        Ok(())
    }

    /// Listens below the folders of a plan's data that lie outside the project.
    ///
    /// # Errors
    /// If the system does not tell of so many folders.
    pub fn learn_of(&mut self, plan: &Plan) -> Result<(), Failure> {
        let folders: BTreeSet<PathBuf> = plan
            .sources
            .iter()
            .flat_map(|source| &source.files.files)
            .filter_map(|file| file.path.parent()?.canonicalize().ok())
            .filter(|folder| !folder.starts_with(&self.root))
            .collect();
        folders.iter().try_for_each(|folder| self.listen(folder, RecursiveMode::NonRecursive))
    }

    fn listen(&mut self, folder: &Path, mode: RecursiveMode) -> Result<(), Failure> {
        if self.known.contains(folder) {
            return Ok(());
        }
        self.watcher.watch(folder, mode).map_err(|error| deaf(folder, &error))?;
        self.known.insert(folder.to_path_buf());
        Ok(())
    }

    /// Marks all that has changed until now as seen.
    ///
    /// # Errors
    /// If the system does not tell of so many folders.
    pub fn see(&mut self) -> Result<(), Failure> {
        self.seen.borrow_and_update();
        self.learn()
    }

    /// Ready when something has changed since [`Changes::see`].
    pub fn another(&self) -> impl Future<Output = ()> + use<> {
        let mut seen = self.seen.clone();
        async move {
            if seen.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Ready when something has changed, and nothing else does for a moment.
    pub async fn settled(&mut self) {
        self.another().await;
        self.seen.borrow_and_update();
        while tokio::time::timeout(QUIET, self.another()).await.is_ok() {
            self.seen.borrow_and_update();
        }
    }
}

fn deaf(folder: &Path, error: &notify::Error) -> Failure {
    let what = format!("the system does not tell of changes below {}: {error}", folder.display());
    let help = "run without --watch; if there are too many folders, raise fs.inotify.max_user_watches";
    Failure::run(Problem::new(what).help(help))
}

fn matters(root: &Path, event: &Event) -> bool {
    let looked = matches!(event.kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)));
    let rescan = event.need_rescan();
    rescan || (!looked && event.paths.iter().any(|path| !is_beside(root, path)))
}

/// Whether a path is written by runs, hidden, or what an editor keeps beside a file.
fn is_beside(root: &Path, path: &Path) -> bool {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<String> = inner
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    // Outside the project only the file itself says something.
    let names = if path.starts_with(root) {
        names.as_slice()
    } else {
        names.get(names.len().saturating_sub(1)..).unwrap_or_default()
    };
    let written =
        path.starts_with(root) && names.first().is_some_and(|first| WRITTEN.contains(&first.as_str()));
    let kept = |name: &String| {
        name.starts_with('.') || name.starts_with('#') || name.ends_with('~') || name == "4913"
    };
    written || names.iter().any(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_write_and_editors_keep_is_no_change() {
        let root = Path::new("/p/.hidden/shop");
        let beside = |path: &str| is_beside(root, &root.join(path));
        for path in [
            "pipelines/shop.yaml",
            "sql/a.sql",
            "data/x=1/part.parquet",
            "reports/words/en.yaml",
            "data/site/x.csv",
        ] {
            assert!(!beside(path), "{path}");
        }
        for path in [
            "site/index.html",
            "private/.runs/x",
            "drafts/shop/index.html",
            ".regulars/cache/x",
            ".git/index",
            "pipelines/.shop.yaml.swp",
            "sql/a.sql~",
            "sql/#a.sql#",
            "sql/4913",
        ] {
            assert!(beside(path), "{path}");
        }
        assert!(!beside("/elsewhere/.data/x.parquet"));
        assert!(beside("/elsewhere/.x.parquet.tmp"));
    }
}
