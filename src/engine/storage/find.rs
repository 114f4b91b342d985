//! Searches folders and globs: every file that a path means, each once, and what is skipped.
//!
//! Anything there that cannot be examined is an error: its rows would be missing, and nobody would know.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use glob::Pattern;

use crate::files::{Identity, identity, other_kind};
use crate::near;
use crate::problem::{Problem, counted};

use super::Format;
use super::partitions;
use super::passed::{Passed, PassedOver};

/// What a path means.
pub(super) struct Found {
    /// The folder that names are relative to.
    pub(super) base: PathBuf,
    /// The files, sorted by name.
    pub(super) paths: Vec<PathBuf>,
    /// What else is there.
    pub(super) passed: PassedOver,
}

/// Finds the files of a path.
///
/// # Errors
/// If nothing is there, or something on the way cannot be examined.
pub(super) fn find(path: &Path) -> Result<Found, Vec<Problem>> {
    let one = |problem| Err(vec![problem]);
    let is_glob = path.to_string_lossy().contains(WILD);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            if Format::of(path).is_none() {
                let what = format!("{} is neither `.parquet` nor `.csv`", path.display());
                return one(Problem::new(what).help("a data file's name says its format"));
            }
            let base = path.parent().unwrap_or(path).to_path_buf();
            Ok(Found { base, paths: vec![path.to_path_buf()], passed: PassedOver::default() })
        }
        Ok(metadata) if metadata.is_dir() => {
            let mut finder = Finder::new(path.to_path_buf());
            finder.walk(path);
            finder.finish()
        }
        Ok(metadata) => one(special(path, other_kind(&metadata).unwrap_or("no file"))),
        Err(error) if is_absent(&error) && is_glob => glob(path),
        Err(error) if is_absent(&error) && fs::symlink_metadata(path).is_err() => {
            let what = format!("{} does not exist", path.display());
            one(Problem::new(what).help(absent(path)))
        }
        Err(error) => one(unreadable(path, &error)),
    }
}

/// What to do about a path that leads to nothing.
fn absent(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.contains("://") || text.contains(":/") {
        return "files are local: copy them here first, or mount the place where they are".to_owned();
    }
    if text.contains("/~/") || text.starts_with("~/") || text.starts_with("./~/") {
        return "`~` is a sign of the shell: write the whole path, or `${HOME}/...`".to_owned();
    }
    if text.contains('\\') {
        let name = text.trim_start_matches("./").replace('\\', "/");
        return format!("folders are separated by `/`: `{name}`");
    }
    if text.contains('{') {
        return "of several files write a folder, or a glob with `*` and `?`: `data/*.csv`".to_owned();
    }
    // One of the same ending beside it, or in the folder above.
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_here = |folder: &&Path| folder.as_os_str().is_empty() || folder.is_dir();
    let found = path.ancestors().skip(1).find(is_here).zip(ending).and_then(|(folder, ending)| {
        let written = path.strip_prefix(folder).ok()?.to_string_lossy().into_owned();
        let look = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let meant = near::file(look, &written, ending, Vec::new())?;
        Some(folder.join(meant))
    });
    match found {
        Some(meant) => format!("did you mean `{}`?", meant.display()),
        None => "paths are relative to the project's folder, the one above `pipelines/`".to_owned(),
    }
}

/// The characters that make a path a glob.
const WILD: [char; 3] = ['*', '?', '['];

/// Most paths that cannot be examined and are reported one by one.
const MOST_TOLD: usize = 20;

/// A part of a glob, between slashes.
enum Part {
    /// A name.
    Name(OsString),
    /// A pattern for a name; and whether it asks for hidden names, because it begins as they do.
    Like(Pattern, bool),
    /// `**`: any number of folders.
    Deep,
}

fn glob(path: &Path) -> Result<Found, Vec<Problem>> {
    let text = path.to_string_lossy();
    let mut base = PathBuf::new();
    let mut parts = Vec::new();
    for component in path.components() {
        let name = component.as_os_str().to_string_lossy();
        let wild = matches!(component, Component::Normal(_)) && name.contains(WILD);
        if wild && name == "**" {
            parts.push(Part::Deep);
        } else if wild {
            let pattern = Pattern::new(&name)
                .map_err(|error| vec![Problem::new(format!("`{text}` is not a glob: {error}"))])?;
            parts.push(Part::Like(pattern, is_hidden(component.as_os_str())));
        } else if parts.is_empty() {
            base.push(component);
        } else {
            parts.push(Part::Name(component.as_os_str().to_owned()));
        }
    }
    if let (Some(Part::Deep), Ok(any)) = (parts.last(), Pattern::new("*")) {
        parts.push(Part::Like(any, false));
    }
    let mut finder = Finder::new(base.clone());
    finder.deep = parts.iter().any(|part| matches!(part, Part::Deep));
    finder.expand(&base, &parts);
    finder.follow();
    if finder.found.is_empty() && finder.problems.is_empty() {
        let help = match finder.passed.kinds.get(&Passed::Folder) {
            Some((_, folder)) => {
                format!("it matches folders, such as {folder}; add `/*.parquet` for the files in them")
            }
            None => "check the glob and the folder it is relative to".to_owned(),
        };
        return Err(vec![Problem::new(format!("no Parquet or CSV file matches {text}")).help(help)]);
    }
    finder.finish()
}

struct Finder {
    base: PathBuf,
    found: Vec<(PathBuf, Identity)>,
    /// Folders that were searched, each with the partitions on the way to it.
    seen: HashSet<(Identity, Vec<OsString>)>,
    /// Links, followed after everything else: a file is then found by its own name. Each with whether folders are
    /// searched.
    links: VecDeque<(PathBuf, bool)>,
    /// Whether the glob itself searches folders.
    deep: bool,
    passed: PassedOver,
    problems: Vec<Problem>,
}

impl Finder {
    fn new(base: PathBuf) -> Self {
        Self {
            base,
            found: Vec::new(),
            seen: HashSet::new(),
            links: VecDeque::new(),
            deep: false,
            passed: PassedOver::default(),
            problems: Vec::new(),
        }
    }

    /// All files in a folder and below it.
    fn walk(&mut self, folder: &Path) {
        for name in self.names(folder) {
            let path = folder.join(&name);
            if is_hidden(&name) {
                self.passed.note(Passed::Hidden, &path);
            } else if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
                self.links.push_back((path, true));
            } else {
                self.take(path, true);
            }
        }
    }

    /// Handles a path that was not skipped: a file may be data or not; a folder may be searched.
    fn take(&mut self, path: PathBuf, into_folders: bool) {
        let Some(metadata) = self.metadata(&path) else { return };
        let format = Format::of(Path::new(path.to_string_lossy().as_ref()));
        if metadata.is_dir() {
            if format.is_some() {
                self.passed.note_like_file(&path);
            }
            if into_folders || format.is_some() {
                self.enter(&path, &metadata);
            } else if !self.deep {
                self.passed.note(Passed::Folder, &path);
            }
        } else if let Some(kind) = other_kind(&metadata) {
            match format {
                Some(_) => self.problems.push(special(&path, kind)),
                None => self.passed.note(Passed::Special(kind), &path),
            }
        } else if format.is_none() {
            self.passed.note(Passed::of_file(&path), &path);
        } else if path.to_str().is_none() {
            let what = format!("the name of {} is not UTF-8", path.display());
            self.problems.push(Problem::new(what).help("rename the file"));
        } else {
            let identity = identity(&path, &metadata);
            self.found.push((path, identity));
        }
    }

    fn enter(&mut self, folder: &Path, metadata: &Metadata) {
        if Self::leads_back(folder) {
            self.passed.note_loop(folder);
        } else if self.seen.insert((identity(folder, metadata), partitions::folders(&self.base, folder))) {
            self.walk(folder);
        }
    }

    /// Whether a folder is a link to one of the folders above it.
    fn leads_back(folder: &Path) -> bool {
        let above =
            folder.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
        let real = |path: &Path| fs::canonicalize(path).ok();
        match (real(folder), above.and_then(real)) {
            (Some(folder), Some(above)) => above.starts_with(folder),
            _ => false,
        }
    }

    /// Finds what matches the parts of a glob below a folder.
    fn expand(&mut self, at: &Path, parts: &[Part]) {
        let Some((part, rest)) = parts.split_first() else { return };
        match part {
            Part::Name(name) => self.step(at.join(name), rest),
            Part::Like(pattern, asks_for_hidden) => {
                for name in self.names(at) {
                    if !name.to_str().is_some_and(|name| pattern.matches(name)) {
                        continue;
                    }
                    let path = at.join(&name);
                    if is_hidden(&name) && !asks_for_hidden {
                        self.passed.note(Passed::Hidden, &path);
                    } else {
                        self.step(path, rest);
                    }
                }
            }
            Part::Deep => {
                self.expand(at, rest);
                for name in self.names(at) {
                    let path = at.join(&name);
                    if is_hidden(&name) {
                        continue;
                    }
                    if self.metadata(&path).is_some_and(|metadata| metadata.is_dir()) {
                        if Self::leads_back(&path) {
                            self.passed.note_loop(&path);
                        } else {
                            self.expand(&path, parts);
                        }
                    }
                }
            }
        }
    }

    fn step(&mut self, path: PathBuf, rest: &[Part]) {
        if !rest.is_empty() {
            return self.expand(&path, rest);
        }
        match fs::symlink_metadata(&path) {
            Err(error) if is_absent(&error) => {}
            Ok(metadata) if metadata.is_symlink() => self.links.push_back((path, false)),
            _ => self.take(path, false),
        }
    }

    /// The names in a folder, sorted; none if it is not a folder.
    fn names(&mut self, folder: &Path) -> Vec<OsString> {
        let at = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let names = fs::read_dir(at).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()
        });
        match names {
            Ok(mut names) => {
                names.sort();
                names
            }
            Err(error) => {
                // A path that is not a folder holds nothing that a glob could match; but a broken link might.
                let is_link = || fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_symlink());
                if !is_absent(&error) || error.kind() == ErrorKind::NotFound && is_link() {
                    self.problems.push(unreadable(folder, &error));
                }
                Vec::new()
            }
        }
    }

    fn metadata(&mut self, path: &Path) -> Option<Metadata> {
        match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            // It disappeared after the folder was listed, for example because another program renamed it.
            Err(error) if is_absent(&error) && fs::symlink_metadata(path).is_err() => None,
            Err(error) => {
                self.problems.push(unreadable(path, &error));
                None
            }
        }
    }

    fn follow(&mut self) {
        while let Some((path, into_folders)) = self.links.pop_front() {
            self.take(path, into_folders);
        }
    }

    fn finish(mut self) -> Result<Found, Vec<Problem>> {
        self.follow();
        let mut names: HashMap<Identity, PathBuf> = HashMap::new();
        let mut paths = Vec::new();
        for (path, identity) in std::mem::take(&mut self.found) {
            match names.get(&identity) {
                None => {
                    names.insert(identity, path.clone());
                    paths.push(path);
                }
                Some(first) if *first == path => {}
                Some(first)
                    if partitions::folders(&self.base, first) != partitions::folders(&self.base, &path) =>
                {
                    let what = format!(
                        "{} and {} are one file in folders of different partitions",
                        first.display(),
                        path.display()
                    );
                    self.problems.push(Problem::new(what).help("remove one of the two names"));
                }
                Some(first) => self.passed.note_again(&path, first),
            }
        }
        paths.sort();
        if self.problems.is_empty() {
            return Ok(Found { base: self.base, paths, passed: self.passed });
        }
        // A glob may find the same thing twice.
        let mut seen = HashSet::new();
        self.problems.retain(|problem| seen.insert(problem.what.clone()));
        let more = self.problems.len().saturating_sub(MOST_TOLD);
        self.problems.truncate(MOST_TOLD);
        if more > 0 {
            self.problems.push(Problem::new(format!("{} like these", counted(more as u64, "more name"))));
        }
        Err(self.problems)
    }
}

fn is_hidden(name: &OsStr) -> bool {
    matches!(name.as_encoded_bytes().first(), Some(b'.' | b'_'))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn special(path: &Path, kind: &str) -> Problem {
    Problem::new(format!("{} is {kind}, not a file", path.display()))
        .help("only files are read; move it away, or name the files with a glob")
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let at = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if is_absent(error)
        && let Ok(target) = fs::read_link(path)
    {
        let what = format!("{} is a link to {}, which is not there", at.display(), target.display());
        return Problem::new(what).help("mend the link, or remove it");
    }
    let help = match error.kind() {
        ErrorKind::PermissionDenied => "let the program's user read it, or move it away",
        _ => "mend it, or move it away",
    };
    Problem::new(format!("{} cannot be read: {error}", at.display())).help(help)
}
