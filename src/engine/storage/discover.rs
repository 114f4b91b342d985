//! Which files a source's path means, and what each of them contains.

use std::path::Path;

use crate::pipeline::CsvFormat;
use crate::problem::Problem;

use super::describe::describe_all;
use super::find::{Found, find};
use super::lake::lake;
use super::partitions::partitions;
use super::{Files, Format};

/// Finds the files of a source's path and reads what each states about itself.
///
/// # Errors
/// One problem per file, or one for the path. They are failures of data or environment, not of the pipeline.
pub fn discover(path: &Path, csv: CsvFormat) -> Result<Files, Vec<Problem>> {
    let Found { base, paths, passed } = find(path)?;
    let Some(format) = paths.first().and_then(|path| Format::of(path)) else {
        let what = format!("{} holds no Parquet or CSV file", path.display());
        let rest = passed.summary(&path.display().to_string());
        let help = match rest.first() {
            Some(passed) => format!("the names of data files end in `.parquet` or `.csv`; {passed}"),
            None => "the names of data files end in `.parquet` or `.csv`".to_owned(),
        };
        return Err(vec![Problem::new(what).help(help)]);
    };
    if let Some(other) = paths.iter().find(|path| Format::of(path) != Some(format)) {
        let what =
            format!("{} mixes Parquet and CSV: {} is not {}", path.display(), other.display(), format.name());
        return Err(vec![Problem::new(what).help("name one kind with a glob, such as `data/*.parquet`")]);
    }
    if let Some(problem) = lake(&paths) {
        return Err(vec![problem]);
    }
    let partitions = partitions(&base, &paths)?;
    let (mut files, problems) = describe_all(&base, &paths, format, csv);
    if !problems.is_empty() {
        return Err(problems);
    }
    for (file, values) in files.iter_mut().zip(partitions.values) {
        file.partitions = values;
    }
    Ok(Files {
        format,
        files,
        partitions: partitions.names,
        passed,
        lacking: Vec::new(),
        overlaid: Vec::new(),
        conflicts: Vec::new(),
    })
}
