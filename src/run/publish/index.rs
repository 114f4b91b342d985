//! How readers find reports: the index of all reports, and each pipeline's link to its latest.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::problem::Problem;
use crate::report::{IndexEntry, SUMMARY, Summary};

/// A report that is about to be published.
pub(super) struct Coming<'a> {
    pub(super) pipeline: &'a str,
    pub(super) as_of: Date,
    /// Its page, staged or still to be written; none if the pipeline has no `report`.
    pub(super) page: Option<&'a Path>,
}

/// The as-of dates of a pipeline's published reports, latest first.
///
/// # Errors
/// A folder that cannot be read.
pub fn published(folder: &Path) -> io::Result<Vec<Date>> {
    let mut dates: Vec<Date> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let date: Option<Date> = entry.file_name().to_str().and_then(|name| name.parse().ok());
        dates.extend(date.filter(|_| entry.path().is_dir()));
    }
    dates.sort_by(|a, b| b.cmp(a));
    Ok(dates)
}

/// The date that `latest` must point to.
///
/// # Errors
/// A folder that cannot be read.
pub(super) fn latest(folder: &Path, coming: Date) -> io::Result<Date> {
    Ok(published(folder)?.into_iter().chain([coming]).max().unwrap_or(coming))
}

/// The list of all reports, including the new one; and folders that could not be read, as warnings.
///
/// # Errors
/// If the site itself cannot be read.
pub(super) fn entries(site: &Path, coming: &Coming<'_>) -> io::Result<(Vec<IndexEntry>, Vec<Problem>)> {
    let (mut entries, mut warnings) = (Vec::new(), Vec::new());
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(site)? {
        let entry = entry?;
        // Other entries, such as a file system's `lost+found`, belong to no pipeline.
        if let Some(name) = entry.file_name().to_str().filter(|name| is_name(name))
            && entry.path().is_dir()
        {
            names.push(name.to_owned());
        }
    }
    if !names.iter().any(|name| name == coming.pipeline) {
        names.push(coming.pipeline.to_owned());
    }
    names.sort();
    for name in names {
        let folder = site.join(&name);
        let own = name == coming.pipeline;
        let mut dates = match published(&folder) {
            Ok(dates) => dates,
            Err(error) if own && error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                let what = format!("{} cannot be read, and is not in the index: {error}", folder.display());
                warnings.push(Problem::warning(what).help("check the folder's permissions, or move it away"));
                continue;
            }
        };
        if own && !dates.contains(&coming.as_of) {
            dates.push(coming.as_of);
            dates.sort_by(|a, b| b.cmp(a));
        }
        for as_of in dates {
            let there = folder.join(as_of.to_string()).join("index.html");
            let page = match coming.page {
                page if own && as_of == coming.as_of => page,
                _ => Some(there.as_path()).filter(|page| page.exists()),
            };
            if let Some(page) = page {
                entries.push(IndexEntry {
                    summary: summary(page, &name),
                    href: format!("{name}/{as_of}/index.html"),
                    pipeline: name.clone(),
                    as_of,
                });
            }
        }
    }
    Ok((entries, warnings))
}

/// Whether a folder may belong to a pipeline.
fn is_name(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// What lies beside a page. An older report has no summary; its title is in the page.
fn summary(page: &Path, pipeline: &str) -> Summary {
    let beside = fs::read(page.with_file_name(SUMMARY)).ok();
    beside.and_then(|bytes| Summary::from_json(&bytes)).unwrap_or_else(|| Summary {
        title: title(page).unwrap_or_else(|| pipeline.to_owned()),
        ..Summary::default()
    })
}

/// How many bytes of a page are searched for its title.
const HEAD_BYTES: u64 = 64 << 10;

/// The title in a published page.
fn title(page: &Path) -> Option<String> {
    let mut head = Vec::new();
    File::open(page).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let text = String::from_utf8_lossy(&head);
    let (_, rest) = text.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    let plain = title.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    Some(plain.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&amp;", "&"))
}

/// A file or link made beside its place, then moved there by one rename. Removed if it was never moved.
pub(super) struct Waiting {
    new: PathBuf,
    place: PathBuf,
}

impl Waiting {
    /// What `make` makes, in its target folder: success shows that names can be changed there.
    ///
    /// No other run uses the same name: this run holds the pipeline's lock and the site lock.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn new(
        folder: &Path,
        name: &str,
        pipeline: &str,
        make: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<Self> {
        let (new, place) = (folder.join(format!(".{name}.{pipeline}")), folder.join(name));
        super::files::remove(&new)?;
        let waiting = Self { new, place };
        make(&waiting.new)?;
        Ok(waiting)
    }

    /// Moves it to its place.
    ///
    /// # Errors
    /// Those of the rename; the old content is then still there.
    pub(super) fn take_place(self) -> Result<(), (PathBuf, io::Error)> {
        fs::rename(&self.new, &self.place).map_err(|error| (self.place.clone(), error))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.new);
    }
}
