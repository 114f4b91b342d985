//! The folders that a run writes to while it goes on.

use std::fs;
use std::path::{Path, PathBuf};

use crate::engine::Plan;
use crate::problem::Failure;
use crate::report::{METHOD_PAGE, SUMMARY};
use crate::run::manifest::Record;

use super::files::{io_failed, private_folder, remove, write_anew, write_private};
use super::lock::Lock;
use super::swap::recover;
use super::{private, private_of, private_runs, runs, site_of};

/// What a run writes. Removed when the run ends, however it ends.
pub(in crate::run) struct Staging {
    /// Becomes `site/<pipeline>/<as_of>/`.
    pub(super) site: PathBuf,
    /// Becomes `private/<pipeline>/<as_of>/`.
    pub(super) private: PathBuf,
    scratch: PathBuf,
    /// The record of a failed run.
    pub(super) record: PathBuf,
    /// The private folder, as named in the record.
    named: String,
}

impl Staging {
    /// New, empty staging folders. What a crashed run left there is removed; a report that it moved aside is restored.
    ///
    /// # Errors
    /// If the folders cannot be created.
    pub(in crate::run) fn new(plan: &Plan, _: &Lock) -> Result<Self, Failure> {
        let name = &plan.pipeline.name.value;
        let (runs, private_runs) = (runs(&plan.pipeline), private_runs(&plan.pipeline));
        let private = private(&plan.pipeline);
        let made = |folder: &Path| private_folder(folder).map_err(|error| io_failed("made", folder, &error));
        for folder in [&private, &private_runs] {
            made(folder)?;
        }
        let ignore = private.join(".gitignore");
        if !ignore.exists() {
            write_private(&ignore, b"*\n").map_err(|error| io_failed("written", &ignore, &error))?;
        }
        for (runs, folder) in [(&runs, site_of(plan)), (&private_runs, private_of(plan))] {
            recover(runs, name, &folder).map_err(|error| io_failed("put in order", runs, &error))?;
        }
        let staging = Self {
            site: runs.join(format!("{name}.staging")),
            private: private_runs.join(format!("{name}.staging")),
            scratch: private_runs.join(format!("{name}.scratch")),
            record: runs.join(format!("{name}.{}.json", plan.dates.as_of)),
            named: format!("private/{name}/{}", plan.dates.as_of),
        };
        // Earlier versions spilled beside the staged page.
        for folder in
            [&staging.site, &staging.private, &staging.scratch, &runs.join(format!("{name}.scratch"))]
        {
            remove(folder).map_err(|error| io_failed("removed", folder, &error))?;
        }
        // Only this folder itself: this must fail if something took its place since.
        let public =
            |folder: &Path| fs::create_dir(folder).map_err(|error| io_failed("made", folder, &error));
        public(&staging.site)?;
        if !plan.pipeline.downloads().0.is_empty() {
            public(&staging.site.join("downloads"))?;
        }
        for folder in [&staging.private, &staging.private.join("tables"), &staging.scratch] {
            made(folder)?;
        }
        Ok(staging)
    }

    /// Where intermediate rows and spills go.
    pub(in crate::run) fn scratch(&self) -> &Path {
        &self.scratch
    }

    pub(in crate::run) fn table(&self, name: &str) -> PathBuf {
        self.private.join("tables").join(format!("{name}.parquet"))
    }

    /// A table's file relative to the project, once it is published.
    pub(in crate::run) fn table_name(&self, name: &str) -> String {
        format!("{}/tables/{name}.parquet", self.named)
    }

    pub(in crate::run) fn download(&self, name: &str) -> PathBuf {
        self.site.join("downloads").join(name)
    }

    pub(in crate::run) fn page(&self) -> PathBuf {
        self.site.join("index.html")
    }

    pub(in crate::run) fn method_page(&self) -> PathBuf {
        self.site.join(METHOD_PAGE)
    }

    pub(in crate::run) fn summary(&self) -> PathBuf {
        self.site.join(SUMMARY)
    }

    /// Where the rows set aside by a source's rules are kept.
    pub(in crate::run) fn quarantine(&self, source: &str) -> Result<PathBuf, Failure> {
        let folder = self.private.join("quarantine");
        private_folder(&folder).map_err(|error| io_failed("made", &folder, &error))?;
        Ok(folder.join(format!("{source}.parquet")))
    }

    /// Keeps the record of a failed run. Best effort: the failure itself is more important to the operator.
    pub(in crate::run) fn leave_record(&self, record: &Record) {
        let _ = write_anew(&self.record, &record.json());
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        for folder in [&self.site, &self.private, &self.scratch] {
            let _ = remove(folder);
        }
    }
}
