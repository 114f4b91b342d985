//! A draft report, for its author only: the published site is not touched.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::engine::Plan;
use crate::engine::plan::drafts;
use crate::problem::Failure;
use crate::run::manifest::Record;

use super::Staging;
use super::files::{io_failed, make_private, private_folder, remove, write};

/// Puts a staged report into `drafts/<pipeline>/`, replacing the last draft: page, downloads and record as if
/// published, with the tables and the rows set aside. Returns the page, or the folder if there is no page.
///
/// # Errors
/// If the folder cannot be written.
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
