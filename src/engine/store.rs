//! The store: results of a run that a later run can use again.
//!
//! ```text
//! .regulars/cache/<family>-<member>-<n>/    one entry: entry.json, and the files that it names
//! .regulars/cache/.new-<owner>-<n>/         an entry in the making; becomes one by a rename
//! ```
//! An entry's [`Key`] is a hash of everything that its content depends on, so an entry is never out of date: changed
//! input has another key. The key has two parts. The *family* is what entries share that can replace each other (a
//! source's mapping and rules, the program's version); the *member* distinguishes them (files). A family's entries can
//! be listed, and a run may choose among them. An entry that replaces another gets the next number: a run of another
//! pipeline may still read the old one, which is removed when no run uses the store.
//!
//! The store may be removed at any time, except while a run uses it; the next run computes its content again. Nothing
//! in it is trusted: an entry has its own checksum and one for each of its files. A bad disk block costs a second
//! reading of the input, and never a wrong figure.

use std::fs::{self, File, TryLockError};
use std::hash::Hasher;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use twox_hash::XxHash3_64;

use super::storage::hexadecimal;

/// The layout of entries; another number invalidates everything stored.
const LAYOUT: &str = "4";
const ENTRY: &str = "entry.json";
const DRAFT: &str = ".new-";

/// A hash over named ingredients, each with its length: two different lists never make the same text.
#[derive(Clone)]
pub struct Ingredients(Sha256);

impl Ingredients {
    /// For one kind of entry. The program's version is always an ingredient: its results may change with it.
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).with(LAYOUT).with(env!("CARGO_PKG_VERSION")).with(kind)
    }

    /// Adds one ingredient.
    #[must_use]
    pub fn with(mut self, ingredient: impl AsRef<[u8]>) -> Self {
        let bytes = ingredient.as_ref();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The hash, shortened for folder names.
    pub fn digest(self) -> String {
        hexadecimal(&self.0.finalize()).chars().take(24).collect()
    }
}

/// What an entry is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it shares with entries that can replace it.
    pub family: String,
    /// What distinguishes it.
    pub member: String,
}

/// A complete entry.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// Its folder.
    pub folder: PathBuf,
    /// What distinguishes it within its family.
    pub member: String,
    /// Its content.
    pub content: T,
    /// Its files.
    files: Vec<FileStamp>,
}

/// What is known of an entry's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FileStamp {
    name: String,
    bytes: u64,
    /// XXH3 of its content, in hexadecimal.
    checksum: String,
}

/// `entry.json` after its first line, which is the checksum of the rest: the content, and what is known of the files.
#[derive(Serialize, Deserialize)]
struct Stamped<T> {
    files: Vec<FileStamp>,
    content: T,
}

impl<T> Entry<T> {
    /// An entry in a folder outside any store, with its files.
    pub fn outside(folder: PathBuf, member: String, content: T) -> Self {
        Self { folder, member, content, files: Vec::new() }
    }

    /// Whether its files are unchanged since they were written. Reads all of them, at some GB/s.
    pub fn is_sound(&self) -> bool {
        self.files
            .iter()
            .all(|file| checksum(&self.folder.join(&file.name)).is_ok_and(|found| found == file.checksum))
    }
}

fn checksum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = XxHash3_64::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(format!("{:016x}", hasher.finish()));
        }
        hasher.write(buffer.get(..read).unwrap_or_default());
    }
}

fn seal(text: &[u8]) -> String {
    let mut hasher = XxHash3_64::new();
    hasher.write(text);
    format!("{:016x}", hasher.finish())
}

/// The store of a project.
pub struct Store {
    root: PathBuf,
    owner: String,
    /// A shared lock while the store is in use: nobody can trim it meanwhile. None for readers that only look.
    lock: Option<File>,
}

impl Store {
    /// Opens the store for its single current owner; unfinished entries of the owner's last run are removed.
    ///
    /// # Errors
    /// If the folder cannot be created or used.
    pub fn open(root: &Path, owner: &str) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        // Version control should not keep what can be computed again.
        let ignore = root.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
        let lock = File::create(root.join(".lock"))?;
        lock.lock_shared()?;
        let own = format!("{DRAFT}{owner}-");
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            // The drafts of `shop` are not those of `shop-2`.
            let name = entry.file_name();
            if name.to_str().and_then(|name| name.strip_prefix(&own)).is_some_and(is_number) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(Self { root: root.to_path_buf(), owner: owner.to_owned(), lock: Some(lock) })
    }

    /// Opens the store only to look at it; none if there is no store.
    pub fn look(root: &Path) -> Option<Self> {
        root.is_dir().then(|| Self { root: root.to_path_buf(), owner: String::new(), lock: None })
    }

    /// The newest entry of each member of a family. An incomplete entry, or one that cannot be read as `T`, is removed.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn family<T: DeserializeOwned>(&self, family: &str) -> io::Result<Vec<Entry<T>>> {
        let mut folders: Vec<(Name, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if let Some(name) = Name::of(&entry.path()).filter(|name| name.family == family) {
                folders.push((name, entry.path()));
            }
        }
        folders.sort();
        let mut entries: Vec<Entry<T>> = Vec::new();
        for (Name { member, .. }, folder) in folders {
            let Some(Stamped { files, content }) = read(&folder) else {
                if self.lock.is_some() {
                    // Another run may have removed it already; at worst it stays, unused.
                    let _ = fs::remove_dir_all(&folder);
                }
                continue;
            };
            match entries.last_mut().filter(|older| older.member == member) {
                Some(older) => *older = Entry { folder, member, content, files },
                None => entries.push(Entry { folder, member, content, files }),
            }
        }
        Ok(entries)
    }

    /// A new entry's folder, to be filled and then [committed](NewEntry::commit).
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn draft(&self) -> io::Result<NewEntry> {
        for number in 0_u32.. {
            let folder = self.root.join(format!("{DRAFT}{}-{number}", self.owner));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(NewEntry { root: self.root.clone(), folder, done: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("no name is left for a new entry"))
    }

    /// Removes a damaged entry.
    pub fn discard<T>(&self, entry: &Entry<T>) {
        // At worst it stays, is found damaged again, and is not used.
        let _ = fs::remove_dir_all(&entry.folder);
    }

    /// Marks an entry as used; entries unused for longest are removed first.
    pub fn used<T>(&self, entry: &Entry<T>) {
        if let Ok(file) = File::open(entry.folder.join(ENTRY)) {
            // If the time cannot be set, the entry is at worst removed too early.
            let _ = file.set_modified(SystemTime::now());
        }
    }

    /// Removes what is no longer useful; then entries, the longest unused first, until the store takes at most
    /// `most_bytes`. Does nothing while another run uses the store.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn trim(self, most_bytes: u64) -> io::Result<()> {
        let Some(lock) = &self.lock else { return Ok(()) };
        lock.unlock()?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut folders: Vec<(Option<Name>, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let folder = entry?.path();
            if folder.is_dir() {
                folders.push((Name::of(&folder), folder));
            }
        }
        folders.sort();
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        let mut next = folders.iter().skip(1).map(|(name, _)| name);
        for (name, folder) in &folders {
            let next = next.next().and_then(Option::as_ref);
            let newest = name.as_ref().is_some_and(|name| !next.is_some_and(|next| next.replaces(name)));
            if !newest {
                // Replaced, or the draft of a run that has ended.
                fs::remove_dir_all(folder)?;
                continue;
            }
            let stamp = fs::metadata(folder.join(ENTRY)).and_then(|file| file.modified());
            entries.push((stamp.unwrap_or(SystemTime::UNIX_EPOCH), bytes(folder)?, folder.clone()));
        }
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, folder) in entries {
            if total <= most_bytes {
                break;
            }
            fs::remove_dir_all(folder)?;
            total -= bytes;
        }
        Ok(())
    }
}

/// The parts of an entry's folder name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    family: String,
    member: String,
    number: u64,
}

impl Name {
    fn of(folder: &Path) -> Option<Self> {
        let mut parts = folder.file_name()?.to_str()?.split('-');
        let (family, member, number) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = parts.next().is_none() && !family.starts_with('.') && is_number(number);
        let number = number.parse().ok().filter(|_| whole)?;
        Some(Self { family: family.to_owned(), member: member.to_owned(), number })
    }

    fn replaces(&self, other: &Self) -> bool {
        (&self.family, &self.member) == (&other.family, &other.member) && self.number > other.number
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn read<T: DeserializeOwned>(folder: &Path) -> Option<Stamped<T>> {
    let text = fs::read_to_string(folder.join(ENTRY)).ok()?;
    let (sealed, json) = text.split_once('\n')?;
    if seal(json.as_bytes()) != sealed {
        return None;
    }
    let stamped: Stamped<T> = serde_json::from_str(json).ok()?;
    let whole =
        |file: &FileStamp| fs::metadata(folder.join(&file.name)).is_ok_and(|found| found.len() == file.bytes);
    stamped.files.iter().all(whole).then_some(stamped)
}

fn bytes(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        total += entry?.metadata()?.len();
    }
    Ok(total)
}

/// An entry being made. It is removed if dropped without a commit.
pub struct NewEntry {
    root: PathBuf,
    folder: PathBuf,
    done: bool,
}

impl NewEntry {
    /// The folder that its files are written to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes it an entry, replacing one with the same key.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn commit<T: Serialize>(mut self, key: &Key, content: T) -> io::Result<Entry<T>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            files.push(FileStamp {
                name: entry.file_name().to_string_lossy().into_owned(),
                bytes: entry.metadata()?.len(),
                checksum: checksum(&entry.path())?,
            });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let stamped = Stamped { files, content };
        let json = serde_json::to_string(&stamped)?;
        fs::write(self.folder.join(ENTRY), format!("{}\n{json}", seal(json.as_bytes())))?;
        loop {
            let mut number = 0;
            for entry in fs::read_dir(&self.root)? {
                let name = Name::of(&entry?.path());
                if let Some(name) = name.filter(|name| name.family == key.family && name.member == key.member)
                {
                    number = number.max(name.number + 1);
                }
            }
            let folder = self.root.join(format!("{}-{}-{number}", key.family, key.member));
            match fs::rename(&self.folder, &folder) {
                Ok(()) => {
                    self.done = true;
                    let Stamped { files, content } = stamped;
                    return Ok(Entry { folder, member: key.member.clone(), content, files });
                }
                // Another run took this number.
                Err(error) if folder.exists() && self.folder.exists() => drop(error),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for NewEntry {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
