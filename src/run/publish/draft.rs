//! A report for its maker alone: nothing that readers see is touched.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::engine::Plan;
use crate::engine::plan::drafts;
use crate::problem::Failure;
use crate::run::manifest::Record;

use super::Staging;
use super::files::{io_failed, make_private, private_folder, remove, write};

/// Leaves a staged report in `drafts/<pipeline>/`, in the place of the draft before: page, downloads and record as they would
/// have been published, with the tables and the rows set aside beside them. Gives the page, or the folder where there is none.
///
/// # Errors
/// Where the folder cannot be written.
pub(in crate::run) fn leave(plan: &Plan, staging: &Staging, record: &mut Record) -> Result<PathBuf, Failure> {
    record.done();
    write(&staging.site.join("manifest.json"), &record.json())?;
    let root = drafts(&plan.pipeline);
    let target = root.join(&plan.pipeline.name.value);
    let moved = || -> io::Result<()> {
        make_private(&staging.private)?;
        private_folder(&root)?;
        remove(&target)?;
        fs::rename(&staging.site, &target)?;
        for entry in fs::read_dir(&staging.private)? {
            let entry = entry?;
            fs::rename(entry.path(), target.join(entry.file_name()))?;
        }
        Ok(())
    };
    moved().map_err(|error| io_failed("written", &target, &error))?;
    let _ = fs::remove_file(&staging.record);
    let page = target.join("index.html");
    Ok(if page.exists() { page } else { target })
}
