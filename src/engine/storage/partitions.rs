//! Hive partitions: columns given by folder names (`store=007/month=2024-01/`).

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::problem::{Problem, thousands};

/// How Hive and Spark write a partition with the value NULL.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// Names of partitions, and their values for every file.
pub(super) struct Partitions {
    /// The names, in the order of their first occurrence.
    pub(super) names: Vec<String>,
    /// For each file, the values in the order of the names.
    pub(super) values: Vec<Vec<Option<String>>>,
}

/// The partitions of files below a folder: each file has all of them.
///
/// # Errors
/// A file with folders that name a partition twice, or lack a partition that others have.
pub(super) fn partitions(base: &Path, paths: &[PathBuf]) -> Result<Partitions, Vec<Problem>> {
    let of_files: Vec<Vec<(String, Option<String>)>> = paths.iter().map(|path| pairs(base, path)).collect();
    let mut problems = Vec::new();
    // Each name with the first file that has it.
    let mut names: Vec<(String, &Path)> = Vec::new();
    for (path, pairs) in paths.iter().zip(&of_files) {
        for (at, (name, _)) in pairs.iter().enumerate() {
            if pairs.iter().take(at).any(|(other, _)| other == name) {
                let what = format!("the folders of {} name the partition `{name}` twice", path.display());
                problems.push(Problem::new(what).help("each partition is one folder on the way to a file"));
            } else if !names.iter().any(|(known, _)| known == name) {
                names.push((name.clone(), path));
            }
        }
    }
    for (name, first) in &names {
        let lacks = |(_, pairs): &(&PathBuf, &Vec<(String, Option<String>)>)| {
            !pairs.iter().any(|(known, _)| known == name)
        };
        let lacking: Vec<&PathBuf> =
            paths.iter().zip(&of_files).filter(lacks).map(|(path, _)| path).collect();
        let Some(path) = lacking.first() else { continue };
        let more = match lacking.len() {
            1 => String::new(),
            all => format!(" (and {} more)", thousands(all as u64 - 1)),
        };
        let what =
            format!("{}{more} lies in no folder `{name}=...`, but {} does", path.display(), first.display());
        let help = format!(
            "move it into the folder of its `{name}`, or name only the partitions with a glob, such as `{}/*`",
            base.join(format!("{name}=*")).display()
        );
        problems.push(Problem::new(what).help(help));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let value = |pairs: &Vec<(String, Option<String>)>, name: &str| {
        pairs.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.clone())
    };
    let values =
        of_files.iter().map(|pairs| names.iter().map(|(name, _)| value(pairs, name)).collect()).collect();
    Ok(Partitions { names: names.into_iter().map(|(name, _)| name).collect(), values })
}

/// The names of the partition folders between a folder and a path below it.
pub(super) fn folders(base: &Path, path: &Path) -> Vec<OsString> {
    let inner = path.strip_prefix(base).unwrap_or(path);
    let folders = inner.components().map(Component::as_os_str);
    folders
        .filter(|name| name.to_str().is_some_and(|name| pair(name).is_some()))
        .map(OsString::from)
        .collect()
}

fn pairs(base: &Path, file: &Path) -> Vec<(String, Option<String>)> {
    let inner = file.strip_prefix(base).unwrap_or(file);
    let folders = inner.parent().into_iter().flat_map(Path::components);
    folders.filter_map(|folder| pair(folder.as_os_str().to_str()?)).collect()
}

fn pair(folder: &str) -> Option<(String, Option<String>)> {
    let (name, value) = folder.split_once('=').filter(|(name, _)| !name.is_empty())?;
    Some((decoded(name), (value != NULL).then(|| decoded(value))))
}

/// Text with `%XX` decoded: these stand for characters that folder names cannot have, or seldom have.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = match after {
            [high, low, ..] if *byte == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match code {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        let value = |folder| pair(folder).map(|(name, value)| (name, value.unwrap_or("NULL".into())));
        let is = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(value("city=S%C3%A3o%20Paulo"), is("city", "São Paulo"));
        assert_eq!(value("the%20city=a=b"), is("the city", "a=b"));
        assert_eq!(value("share=100%"), is("share", "100%"));
        assert_eq!(value("share=5%2"), is("share", "5%2"));
        assert_eq!(value("bytes=%ff"), is("bytes", "%ff"));
        assert_eq!(value("store=__HIVE_DEFAULT_PARTITION__"), is("store", "NULL"));
        assert_eq!(value("store="), is("store", ""));
        assert_eq!(value("=7"), None);
        assert_eq!(value("2024"), None);
    }
}
