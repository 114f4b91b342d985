//! From staged files to a published report: readers see the old one or the new one, never a mix.
//!
//! ```text
//! site/<pipeline>/<as_of>/               a published report: pages, downloads, record
//! site/<pipeline>/latest                 a link to the one with the latest as-of date
//! site/<pipeline>/before/<as_of>.html     leads to the report before that one; `after/` likewise
//! site/index.html, site/feed.xml         all of them
//! site/.runs/<pipeline>.lock             held while a run of the pipeline goes on
//! site/.runs/.site.lock                  held while something is published
//! site/.runs/<pipeline>.staging/         becomes site/<pipeline>/<as_of>/
//! site/.runs/<pipeline>.<as_of>.json     the record of a run that failed
//! private/<pipeline>/<as_of>/            the same run's tables with whole ids, and the rows set aside
//! private/.runs/<pipeline>.staging/      becomes private/<pipeline>/<as_of>/
//! private/.runs/<pipeline>.scratch/      intermediate rows and spills
//! private/.key                           what ids are masked with
//! drafts/<pipeline>/                     the last run that was told to publish nothing
//! ```
//! `private/` and `.runs/` are for the owner alone.
//!
//! ```text
//! write, sync ─> site lock ─> index and link beside their places ─> swap private/ ─> swap site/ ─> latest ─> index
//! ╰───────────────────── what can fail, does so here ───────────────────────────────╯
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::engine::Plan;
use crate::engine::plan::{private, site};
use crate::pipeline::Pipeline;
use crate::problem::{Failure, Problem};
use crate::project::Theme;
use crate::report::{self, AFTER, BEFORE, IndexEntry};

use super::manifest::Record;
use super::report_failed;

mod draft;
mod files;
mod index;
mod key;
mod lock;
mod staging;
mod swap;

pub(super) use draft::leave as leave_draft;
pub(super) use files::write;
pub use index::published;
pub(super) use key::key;
pub(super) use lock::Lock;
pub(super) use staging::Staging;

use files::{io_failed, make_private, occupied, private_folder, sync_below, sync_folder, write_anew};
use index::{Coming, Waiting};
use lock::SiteLock;
use swap::Swap;

const RUNS: &str = ".runs";

fn runs(pipeline: &Pipeline) -> PathBuf {
    site(pipeline).join(RUNS)
}

fn private_runs(pipeline: &Pipeline) -> PathBuf {
    private(pipeline).join(RUNS)
}

/// The folder of a pipeline's published reports.
fn site_of(plan: &Plan) -> PathBuf {
    site(&plan.pipeline).join(&plan.pipeline.name.value)
}

/// The folder of its runs' private output, for the owner only.
fn private_of(plan: &Plan) -> PathBuf {
    private(&plan.pipeline).join(&plan.pipeline.name.value)
}

/// Keeps others out of a folder with customers' ids. Best effort: it is not part of the report.
pub(super) fn keep_private(folder: &Path) {
    let _ = private_folder(folder);
}

/// Checks before the work that the report can be published later: known problems must not cost a night's work.
///
/// # Errors
/// What prevents publication.
pub(super) fn ready(plan: &Plan, theme: &Theme, staging: &Staging) -> Result<(), Failure> {
    let places = Places::of(plan, staging);
    let new = !places.folder.exists();
    places.prepare(plan, theme)?;
    if new {
        places.forget_folder();
    }
    Ok(())
}

/// Puts the staged report in its place. Returns the page, or the folder if there is no page, and later problems.
///
/// # Errors
/// If the site cannot be written; it is then unchanged.
pub(super) async fn publish(
    plan: &Plan,
    theme: &Theme,
    staging: &Staging,
    record: &mut Record,
) -> Result<(PathBuf, Vec<Problem>), Failure> {
    record.done();
    write(&staging.site.join("manifest.json"), &record.json())?;
    let (public, private, runs) = (staging.site.clone(), staging.private.clone(), runs(&plan.pipeline));
    // A signal need not wait for the disk or for other runs.
    let waited = tokio::task::spawn_blocking(move || {
        make_private(&private).map_err(|error| io_failed("closed to others", &private, &error))?;
        for folder in [&private, &public] {
            sync_below(folder).map_err(|error| io_failed("brought to the disk", folder, &error))?;
        }
        SiteLock::wait(&runs)
    });
    let waited = waited.await;
    let lost = |error| Failure::run(Problem::new(format!("the work of publishing was lost: {error}")));
    // No `await` from here to the end: a signal comes before all of it or after.
    let _lock = waited.map_err(lost)??;
    let places = Places::of(plan, staging);
    let prepared = places.prepare(plan, theme)?;
    places.swap()?;
    let mut warnings = prepared.warnings;
    let mut late = |result: Result<(), (PathBuf, io::Error)>| {
        if let Err((path, error)) = result {
            let what = format!("{} is as it was before this run: {error}", path.display());
            let help = "the report is published; the next run tries again";
            warnings.push(Problem::warning(what).help(help));
        }
    };
    for waiting in [prepared.latest, prepared.feed, prepared.index].into_iter().chain(prepared.leads) {
        late(waiting.take_place());
    }
    for folder in [&places.site, &places.folder, &places.private_folder] {
        late(sync_folder(folder).map_err(|error| (folder.clone(), error)));
    }
    let _ = fs::remove_file(&staging.record);
    let page = places.target.join("index.html");
    Ok((if page.exists() { page } else { places.target }, warnings))
}

/// Where a report goes.
struct Places<'a> {
    staging: &'a Staging,
    site: PathBuf,
    /// `site/<pipeline>`
    folder: PathBuf,
    /// `site/<pipeline>/<as_of>`
    target: PathBuf,
    /// `private/<pipeline>`
    private_folder: PathBuf,
    /// `<as_of>`
    date: String,
    /// `<pipeline>.<as_of>.old`
    aside: String,
}

/// What is ready beside its place until the report is in place.
struct Prepared {
    latest: Waiting,
    index: Waiting,
    feed: Waiting,
    /// The pages that lead from one report to the next.
    leads: Vec<Waiting>,
    warnings: Vec<Problem>,
}

impl<'a> Places<'a> {
    fn of(plan: &Plan, staging: &'a Staging) -> Self {
        let date = plan.dates.as_of.to_string();
        let folder = site_of(plan);
        Self {
            staging,
            site: site(&plan.pipeline),
            target: folder.join(&date),
            folder,
            private_folder: private_of(plan),
            aside: format!("{}.{date}.old", plan.pipeline.name.value),
            date,
        }
    }

    /// Makes all that follows the report into place, and checks that the report's own place is free.
    fn prepare(&self, plan: &Plan, theme: &Theme) -> Result<Prepared, Failure> {
        let name = plan.pipeline.name.value.as_str();
        let new = !self.folder.exists();
        let result = self.prepared(plan, theme, name);
        if new && result.is_err() {
            self.forget_folder();
        }
        result
    }

    /// Removes the folder of reports if there is none in it: it would suggest that there is one.
    fn forget_folder(&self) {
        for folder in [&self.folder.join(BEFORE), &self.folder.join(AFTER), &self.folder] {
            let _ = fs::remove_dir(folder);
        }
    }

    fn prepared(&self, plan: &Plan, theme: &Theme, name: &str) -> Result<Prepared, Failure> {
        let made = |folder: &Path, error| io_failed("made", folder, &error);
        fs::create_dir_all(&self.folder).map_err(|error| made(&self.folder, error))?;
        private_folder(&self.private_folder).map_err(|error| made(&self.private_folder, error))?;
        for target in [&self.target, &self.private_folder.join(&self.date)] {
            if occupied(target) && !fs::symlink_metadata(target).is_ok_and(|found| found.is_dir()) {
                let problem =
                    Problem::new(format!("{} is in the report's place, and is no folder", target.display()));
                return Err(Failure::run(problem.help("move it away, and run again")));
            }
        }
        free(&self.site.join("index.html"), "page")?;
        free(&self.site.join("feed.xml"), "feed")?;
        free(&self.folder.join("latest"), "link")?;
        let page = self.staging.page();
        let page = plan.pipeline.report.as_ref().map(|_| page.as_path());
        let coming = Coming { pipeline: name, as_of: plan.dates.as_of, page };
        let (entries, warnings) =
            index::entries(&self.site, &coming).map_err(|error| io_failed("read", &self.site, &error))?;
        let tag = plan.pipeline.locale.tag();
        let listed: Vec<IndexEntry> = entries.iter().filter(|entry| entry.summary.listed).cloned().collect();
        let lists = report::lists(&listed, tag, &theme.report).map_err(report_failed)?;
        let listed = |file: &str, text: &str| {
            Waiting::new(&self.site, file, name, |path| write_anew(path, text.as_bytes()))
                .map_err(|error| io_failed("written", &self.site.join(file), &error))
        };
        let (index, feed) = (listed("index.html", &lists.index)?, listed("feed.xml", &lists.feed)?);
        let leads = self.leads(plan, &entries, tag, theme)?;
        let latest = index::latest(&self.folder, plan.dates.as_of)
            .map_err(|error| io_failed("read", &self.folder, &error))?;
        let latest = link(&self.folder, name, &latest.to_string());
        let latest = latest.map_err(|error| io_failed("linked", &self.folder.join("latest"), &error))?;
        Ok(Prepared { latest, index, feed, leads, warnings })
    }

    /// The pages that lead from each report to its neighbours, those that are not there as they must be. Where there is no
    /// neighbour, they lead to the list of all reports; where that does not have the pipeline's reports, back to the report.
    fn leads(
        &self,
        plan: &Plan,
        entries: &[IndexEntry],
        tag: &str,
        theme: &Theme,
    ) -> Result<Vec<Waiting>, Failure> {
        let name = plan.pipeline.name.value.as_str();
        let listed = plan.pipeline.is_listed();
        let mut dates: Vec<Date> =
            entries.iter().filter(|entry| entry.pipeline == name).map(|entry| entry.as_of).collect();
        dates.sort_unstable();
        let (mut places, mut hrefs) = (Vec::new(), Vec::new());
        for (place, date) in dates.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|place| dates.get(place));
            for (way, to) in [(BEFORE, before), (AFTER, dates.get(place + 1))] {
                places.push((self.folder.join(way), format!("{date}.html")));
                hrefs.push(match to {
                    Some(to) => format!("../{to}/index.html"),
                    None if listed => "../../index.html".to_owned(),
                    None => format!("../{date}/index.html"),
                });
            }
        }
        let texts = report::leads_to(&hrefs, tag, &theme.report).map_err(report_failed)?;
        let mut leads = Vec::new();
        for ((folder, file), text) in places.into_iter().zip(texts) {
            if fs::read(folder.join(&file)).is_ok_and(|there| there == text.as_bytes()) {
                continue;
            }
            let failed = |error| io_failed("written", &folder.join(&file), &error);
            fs::create_dir_all(&folder).map_err(failed)?;
            let made = Waiting::new(&folder, &file, name, |path| write_anew(path, text.as_bytes()));
            leads.push(made.map_err(failed)?);
        }
        Ok(leads)
    }

    /// Swaps both folders, or neither.
    fn swap(&self) -> Result<(), Failure> {
        let (runs, private_runs) = (parent(&self.staging.site), parent(&self.staging.private));
        let private = Swap {
            staged: &self.staging.private,
            target: self.private_folder.join(&self.date),
            aside: private_runs.join(&self.aside),
        };
        let public =
            Swap { staged: &self.staging.site, target: self.target.clone(), aside: runs.join(&self.aside) };
        private.there().map_err(|error| io_failed("put in its place", &private.target, &error))?;
        public.there().map_err(|error| {
            let failure = io_failed("published", &self.target, &error);
            match private.back() {
                Ok(()) => failure,
                Err(error) => {
                    let mut failure = failure;
                    let what = format!("{} holds this run's tables: {error}", private.target.display());
                    failure.problems.push(Problem::new(what).help("run again"));
                    failure
                }
            }
        })
    }
}

/// A rename cannot replace a folder by a file or a link.
fn free(place: &Path, what: &str) -> Result<(), Failure> {
    if fs::symlink_metadata(place).is_ok_and(|found| found.is_dir()) {
        let problem = Problem::new(format!("{} is a folder, where a run puts a {what}", place.display()));
        return Err(Failure::run(problem.help("move it away, and run again")));
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

#[cfg(unix)]
fn link(folder: &Path, pipeline: &str, to: &str) -> io::Result<Waiting> {
    Waiting::new(folder, "latest", pipeline, |path| std::os::unix::fs::symlink(to, path))
}

/// A link to `to`; on a system without links, a page that leads there.
#[cfg(not(unix))]
fn link(folder: &Path, pipeline: &str, to: &str) -> io::Result<Waiting> {
    let page = format!("<meta http-equiv=\"refresh\" content=\"0;url={to}/index.html\">");
    Waiting::new(folder, "latest.html", pipeline, |path| write_anew(path, page.as_bytes()))
}
