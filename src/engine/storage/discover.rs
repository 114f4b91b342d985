//! Which files a source's path means.

use std::path::{Path, PathBuf};

use crate::pipeline::CsvFormat;
use crate::problem::Problem;

use super::describe::describe_all;
use super::{Files, Format};

/// Finds the files of a source's path and reads what each says of itself.
///
/// # Errors
/// One problem a file, or one for the path. They are faults of data or environment, not of the pipeline.
pub fn discover(path: &Path, csv: CsvFormat) -> Result<Files, Vec<Problem>> {
    let (base, mut paths) = list(path).map_err(|problem| vec![problem])?;
    paths.sort();
    let Some(format) = paths.first().and_then(|path| Format::of(path)) else {
        let what = format!("{} holds no Parquet or CSV file", path.display());
        return Err(vec![Problem::new(what).help("the names of data files end in `.parquet` or `.csv`")]);
    };
    if let Some(other) = paths.iter().find(|path| Format::of(path) != Some(format)) {
        let what =
            format!("{} mixes Parquet and CSV: {} is not {}", path.display(), other.display(), format.name());
        return Err(vec![Problem::new(what).help("name one kind with a glob, such as `data/*.parquet`")]);
    }
    let partitions = partition_names(&base, &paths);
    let (mut files, problems) = describe_all(&base, &paths, format, csv);
    if !problems.is_empty() {
        return Err(problems);
    }
    for file in &mut files {
        file.partitions = partition_values(&base, &partitions, &file.path);
    }
    Ok(Files { format, files, partitions })
}

/// The folder that names are relative to, and the files.
fn list(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), Problem> {
    let text = path.to_string_lossy();
    if path.is_file() {
        if Format::of(path).is_none() {
            let what = format!("{} is neither `.parquet` nor `.csv`", path.display());
            return Err(Problem::new(what).help("a data file's name says its format"));
        }
        return Ok((path.parent().unwrap_or(path).to_path_buf(), vec![path.to_path_buf()]));
    }
    if path.is_dir() {
        let mut files = Vec::new();
        walk(path, &mut files)
            .map_err(|error| Problem::new(format!("{} cannot be read: {error}", path.display())))?;
        return Ok((path.to_path_buf(), files));
    }
    if text.contains(['*', '?', '[']) {
        let found =
            glob::glob(&text).map_err(|error| Problem::new(format!("`{text}` is not a glob: {error}")))?;
        let files: Vec<PathBuf> =
            found.flatten().filter(|path| path.is_file() && Format::of(path).is_some()).collect();
        if files.is_empty() {
            return Err(Problem::new(format!("no Parquet or CSV file matches {text}"))
                .help("check the glob and the folder it is relative to"));
        }
        let fixed: PathBuf = path
            .components()
            .take_while(|c| !c.as_os_str().to_string_lossy().contains(['*', '?', '[']))
            .collect();
        return Ok((fixed, files));
    }
    Err(Problem::new(format!("{} does not exist", path.display()))
        .help("paths are relative to the project's folder, the one above `pipelines/`"))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // Hidden files and marks such as `_SUCCESS` are not data.
        let aside = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']));
        if aside {
            continue;
        }
        if path.is_dir() {
            walk(&path, files)?;
        } else if Format::of(&path).is_some() {
            files.push(path);
        }
    }
    Ok(())
}

/// The names of Hive partitions in the first file's folders below the base.
fn partition_names(base: &Path, paths: &[PathBuf]) -> Vec<String> {
    let Some(inner) = paths.first().and_then(|path| path.strip_prefix(base).ok()) else { return Vec::new() };
    let folders = inner.parent().into_iter().flat_map(Path::components);
    folders
        .filter_map(|folder| folder.as_os_str().to_str()?.split_once('=').map(|(name, _)| name.to_owned()))
        .collect()
}

/// The values that a file's folders give the partitions' columns.
fn partition_values(base: &Path, names: &[String], file: &Path) -> Vec<String> {
    let inner = file.strip_prefix(base).unwrap_or(file);
    let folders = inner.parent().into_iter().flat_map(Path::components);
    folders
        .filter_map(|folder| folder.as_os_str().to_str()?.split_once('='))
        .filter(|(name, _)| names.iter().any(|known| known == name))
        .map(|(_, value)| value.to_owned())
        .collect()
}
