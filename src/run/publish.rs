//! From staged files to a published report: readers see the old one or the new one, never a mix.
//!
//! ```text
//! site/.runs/<pipeline>.lock           held while a run of the pipeline goes on
//! site/.runs/<pipeline>.staging/       what the run writes; becomes site/<pipeline>/<as_of>/
//! site/.runs/<pipeline>.<as_of>.json   the record of a run that failed
//! site/<pipeline>/<as_of>/             a published report
//! site/<pipeline>/latest               a link to the one with the latest as-of date
//! site/index.html                      all of them
//! ```

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::engine::Plan;
use crate::engine::plan::site;
use crate::problem::{Failure, Kind, Problem};
use crate::project::Theme;
use crate::report::{self, IndexEntry};

use super::manifest::Record;

const RUNS: &str = ".runs";

fn io_failed(doing: &str, path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new(format!("{} cannot be {doing}: {error}", path.display()));
    Failure::run(problem.help("check the permissions and the free space of the project's site/ folder"))
}

/// Writes a whole file.
///
/// # Errors
/// A failure of the run that names the file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| io_failed("written", path, &error))
}

/// Held while a run of a pipeline goes on; released by the system when the process ends, however it ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// # Errors
    /// [`Kind::Locked`] where another run holds it.
    pub(super) fn take(plan: &Plan) -> Result<Self, Failure> {
        let runs = site(&plan.pipeline).join(RUNS);
        fs::create_dir_all(&runs).map_err(|error| io_failed("made", &runs, &error))?;
        let path = runs.join(format!("{}.lock", plan.pipeline.name.value));
        let file = File::create(&path).map_err(|error| io_failed("opened", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let what = format!("another run of `{}` is going on", plan.pipeline.name.value);
                let problem =
                    Problem::new(what).help("wait for it to end; the lock is released when its process ends");
                Err(Failure { kind: Kind::Locked, problems: vec![problem] })
            }
            Err(TryLockError::Error(error)) => Err(io_failed("locked", &path, &error)),
        }
    }
}

/// The folder that a run writes to. Removed when the run is over, whatever its end.
pub(super) struct Staging {
    root: PathBuf,
    scratch: PathBuf,
    record: PathBuf,
}

impl Staging {
    /// An empty staging folder; what a crashed run left there is removed.
    ///
    /// # Errors
    /// Where the folders cannot be made.
    pub(super) fn new(plan: &Plan, _: &Lock) -> Result<Self, Failure> {
        let runs = site(&plan.pipeline).join(RUNS);
        let name = &plan.pipeline.name.value;
        let root = runs.join(format!("{name}.staging"));
        let scratch = runs.join(format!("{name}.scratch"));
        for folder in [&root, &scratch] {
            if folder.exists() {
                fs::remove_dir_all(folder).map_err(|error| io_failed("removed", folder, &error))?;
            }
        }
        let staging = Self { record: runs.join(format!("{name}.{}.json", plan.dates.as_of)), root, scratch };
        for folder in [staging.root.join("tables"), staging.root.join("downloads"), staging.scratch.clone()] {
            fs::create_dir_all(&folder).map_err(|error| io_failed("made", &folder, &error))?;
        }
        Ok(staging)
    }

    /// Where intermediate rows and spills go.
    pub(super) fn scratch(&self) -> &Path {
        &self.scratch
    }

    pub(super) fn table(&self, name: &str) -> PathBuf {
        self.root.join("tables").join(format!("{name}.parquet"))
    }

    pub(super) fn download(&self, name: &str) -> PathBuf {
        self.root.join("downloads").join(name)
    }

    pub(super) fn page(&self) -> PathBuf {
        self.root.join("index.html")
    }

    /// Where the rows that a source's rules set aside are kept.
    pub(super) fn quarantine(&self, source: &str) -> Result<PathBuf, Failure> {
        let folder = self.root.join("quarantine");
        fs::create_dir_all(&folder).map_err(|error| io_failed("made", &folder, &error))?;
        Ok(folder.join(format!("{source}.parquet")))
    }

    /// Keeps the record of a run that failed. Best effort: the failure itself is what the operator must hear of.
    pub(super) fn leave_record(&self, record: &Record) {
        let _ = fs::write(&self.record, record.json());
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
        let _ = fs::remove_dir_all(&self.scratch);
    }
}

/// Swaps the staged report in, then `latest` and the index. Returns the page, or the folder where there is none.
///
/// # Errors
/// Where the site cannot be written; it is then as it was.
pub(super) fn publish(
    plan: &Plan,
    theme: &Theme,
    staging: &Staging,
    record: &mut Record,
) -> Result<PathBuf, Failure> {
    let site = site(&plan.pipeline);
    let folder = site.join(&plan.pipeline.name.value);
    let target = folder.join(plan.dates.as_of.to_string());
    fs::create_dir_all(&folder).map_err(|error| io_failed("made", &folder, &error))?;
    let quarantine = staging.root.join("quarantine");
    // An empty folder says nothing.
    let _ = fs::remove_dir(&quarantine);
    record.done();
    write(&staging.root.join("manifest.json"), &record.json())?;
    if target.exists() {
        exchange(&staging.root, &target).map_err(|error| io_failed("replaced", &target, &error))?;
    } else {
        fs::rename(&staging.root, &target).map_err(|error| io_failed("published", &target, &error))?;
    }
    link_latest(&folder).map_err(|error| io_failed("linked", &folder.join("latest"), &error))?;
    write_index(plan, theme, &site)?;
    let _ = fs::remove_file(&staging.record);
    let page = target.join("index.html");
    Ok(if page.exists() { page } else { target })
}

/// Puts a folder in another's place. What was there is then at the first path, to be removed with the staging.
#[cfg(target_os = "linux")]
fn exchange(staged: &Path, target: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, staged, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Some network file systems cannot exchange.
        Err(_) => exchange_in_two_steps(staged, target),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(staged: &Path, target: &Path) -> std::io::Result<()> {
    exchange_in_two_steps(staged, target)
}

/// Two renames: between them, for a moment, the report is not there; if the second fails the old one comes back.
fn exchange_in_two_steps(staged: &Path, target: &Path) -> std::io::Result<()> {
    let old = staged.with_extension("old");
    fs::rename(target, &old)?;
    if let Err(error) = fs::rename(staged, target) {
        fs::rename(&old, target)?;
        return Err(error);
    }
    fs::remove_dir_all(&old)
}

/// The as-of dates of a pipeline's published reports, latest first.
fn published(folder: &Path) -> std::io::Result<Vec<Date>> {
    let mut dates: Vec<Date> = fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    dates.sort_by(|a, b| b.cmp(a));
    Ok(dates)
}

fn link_latest(folder: &Path) -> std::io::Result<()> {
    let Some(latest) = published(folder)?.first().copied() else { return Ok(()) };
    let (link, new) = (folder.join("latest"), folder.join(".latest"));
    let _ = fs::remove_file(&new);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(latest.to_string(), &new)?;
        fs::rename(&new, &link)
    }
    #[cfg(not(unix))]
    {
        // Without links, a page that leads there.
        let _ = (link, new);
        let page = format!("<meta http-equiv=\"refresh\" content=\"0;url={latest}/index.html\">");
        fs::write(folder.join("latest.html"), page)
    }
}

fn write_index(plan: &Plan, theme: &Theme, site: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| io_failed("read", site, &error);
    let mut entries = Vec::new();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(site).map_err(failed)?.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { continue };
        if name.starts_with('.') {
            continue;
        }
        for as_of in published(folder).map_err(failed)? {
            let page = folder.join(as_of.to_string()).join("index.html");
            if page.exists() {
                entries.push(IndexEntry {
                    pipeline: name.to_owned(),
                    title: title(&page).unwrap_or_else(|| name.to_owned()),
                    as_of,
                    href: format!("{name}/{as_of}/index.html"),
                });
            }
        }
    }
    let html =
        report::index(&entries, plan.pipeline.locale.tag(), &theme.report).map_err(super::report_failed)?;
    let (index, new) = (site.join("index.html"), site.join(RUNS).join("index.html"));
    write(&new, html.as_bytes())?;
    fs::rename(&new, &index).map_err(|error| io_failed("published", &index, &error))
}

/// A published page's own title, so that the index needs no other record of it.
fn title(page: &Path) -> Option<String> {
    let text = fs::read_to_string(page).ok()?;
    let (_, rest) = text.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    let plain =
        title.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'");
    Some(plain.replace("&#x2f;", "/").replace("&amp;", "&"))
}
