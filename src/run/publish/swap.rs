//! Putting a staged folder in its place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::files::{occupied, remove, sync_folder};

/// A staged folder and its target place.
pub(super) struct Swap<'a> {
    /// The staged folder; after the swap, what was in its place before.
    pub(super) staged: &'a Path,
    /// Its place: `<pipeline>/<as_of>`.
    pub(super) target: PathBuf,
    /// Where the old folder lies for a moment if the two cannot be exchanged in one step: `<pipeline>.<as_of>.old`.
    pub(super) aside: PathBuf,
}

impl Swap<'_> {
    /// Puts the staged folder in its place, and the old content in the staged folder's place.
    pub(super) fn there(&self) -> io::Result<()> {
        if occupied(&self.target) { self.exchange() } else { fs::rename(self.staged, &self.target) }
    }

    /// Undoes it.
    pub(super) fn back(&self) -> io::Result<()> {
        if occupied(self.staged) { self.exchange() } else { fs::rename(&self.target, self.staged) }
    }

    #[cfg(target_os = "linux")]
    fn exchange(&self) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, self.staged, CWD, &self.target, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            // Some network file systems do not support an exchange.
            Err(_) => self.exchange_in_steps(),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn exchange(&self) -> io::Result<()> {
        self.exchange_in_steps()
    }

    /// Between the first two renames, for a moment, the report is missing. If the second fails, the old report is
    /// restored; if the process ends, the next run restores it ([`recover`]).
    fn exchange_in_steps(&self) -> io::Result<()> {
        remove(&self.aside)?;
        fs::rename(&self.target, &self.aside)?;
        if let Err(error) = fs::rename(self.staged, &self.target) {
            fs::rename(&self.aside, &self.target)?;
            return Err(error);
        }
        fs::rename(&self.aside, self.staged)
    }
}

/// Finishes the work of a run that was killed between two renames. If the place of a moved report is empty, it is
/// restored, else it is removed.
///
/// `runs` is the folder of moved reports, `folder` the folder of the pipeline's reports.
pub(super) fn recover(runs: &Path, pipeline: &str, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(runs)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(of) = name.strip_suffix(".old") else { continue };
        let date = match of.strip_prefix(pipeline) {
            // Earlier versions did not name the date.
            Some("") => as_of(&path),
            Some(rest) => match rest.strip_prefix('.').and_then(|date| date.parse::<Date>().ok()) {
                Some(date) => Some(date),
                None => continue,
            },
            None => continue,
        };
        match date.map(|date| folder.join(date.to_string())) {
            Some(target) if !occupied(&target) && path.is_dir() => {
                fs::create_dir_all(folder)?;
                fs::rename(&path, &target)?;
                sync_folder(folder)?;
            }
            _ => remove(&path)?,
        }
    }
    Ok(())
}

/// The as-of date of a published report, from its record.
fn as_of(report: &Path) -> Option<Date> {
    let text = fs::read_to_string(report.join("manifest.json")).ok()?;
    let record: serde_json::Value = serde_json::from_str(&text).ok()?;
    record.get("as_of")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Site(tempfile::TempDir);

    impl Site {
        fn new() -> Self {
            let site = Self(tempfile::tempdir().expect("a folder"));
            fs::create_dir(site.path("runs")).expect("a folder");
            site
        }

        fn path(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn folder(&self, path: &str, text: &str) {
            fs::create_dir_all(self.path(path)).expect("a folder");
            fs::write(self.path(path).join("index.html"), text).expect("a file");
        }

        fn text(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.path(path).join("index.html")).ok()
        }

        fn swap<'a>(&self, staged: &'a Path) -> Swap<'a> {
            Swap {
                staged,
                target: self.path("shop/2024-03-31"),
                aside: self.path("runs/shop.2024-03-31.old"),
            }
        }
    }

    /// As on a file system without exchange: the old report ends in the staged folder's place, to be removed last.
    #[test]
    fn in_steps_whatever_lies_aside() {
        let site = Site::new();
        site.folder("staged", "new");
        site.folder("shop/2024-03-31", "old");
        site.folder("runs/shop.2024-03-31.old", "from a crash");
        let staged = site.path("staged");
        let swap = site.swap(&staged);
        swap.exchange_in_steps().expect("exchanged");
        assert_eq!(site.text("shop/2024-03-31").as_deref(), Some("new"));
        assert_eq!(site.text("staged").as_deref(), Some("old"));
        assert!(!site.path("runs/shop.2024-03-31.old").exists());
        swap.exchange_in_steps().expect("exchanged");
        assert_eq!(site.text("shop/2024-03-31").as_deref(), Some("old"));
    }

    #[test]
    fn in_steps_that_fail_the_old_one_comes_back() {
        let site = Site::new();
        site.folder("shop/2024-03-31", "old");
        let staged = site.path("staged");
        site.swap(&staged).exchange_in_steps().expect_err("nothing is staged");
        assert_eq!(site.text("shop/2024-03-31").as_deref(), Some("old"));
    }

    #[test]
    fn there_and_back() {
        let site = Site::new();
        site.folder("staged", "new");
        let staged = site.path("staged");
        let swap = site.swap(&staged);
        fs::create_dir(site.path("shop")).expect("a folder");
        swap.there().expect("moved");
        assert_eq!((site.text("shop/2024-03-31").as_deref(), site.text("staged")), (Some("new"), None));
        swap.back().expect("moved");
        assert_eq!((site.text("shop/2024-03-31"), site.text("staged").as_deref()), (None, Some("new")));
    }

    #[test]
    fn what_a_crash_left_aside_comes_back_or_goes() {
        let site = Site::new();
        let folder = site.path("shop");
        site.folder("runs/shop.2024-01-31.old", "january");
        site.folder("runs/shop.2024-02-29.old", "stale");
        site.folder("shop/2024-02-29", "february");
        site.folder("runs/shop.old", "march");
        fs::write(site.path("runs/shop.old/manifest.json"), r#"{"as_of": "2024-03-31"}"#).expect("a file");
        // Another pipeline's report, and a failed run's record, must not be touched.
        site.folder("runs/shop-two.2024-01-31.old", "another");
        fs::write(site.path("runs/shop.2024-01-31.json"), "{}").expect("a file");
        recover(&site.path("runs"), "shop", &folder).expect("recovered");
        assert_eq!(site.text("shop/2024-01-31").as_deref(), Some("january"));
        assert_eq!(site.text("shop/2024-02-29").as_deref(), Some("february"));
        assert_eq!(site.text("shop/2024-03-31").as_deref(), Some("march"));
        let mut left: Vec<_> = fs::read_dir(site.path("runs")).expect("a folder").flatten().collect();
        left.sort_by_key(fs::DirEntry::file_name);
        let left: Vec<_> = left.iter().map(fs::DirEntry::file_name).collect();
        assert_eq!(left, ["shop-two.2024-01-31.old", "shop.2024-01-31.json"]);
    }
}
