//! The store: what a run computed and a later run can use again.
//!
//! ```text
//! .regulars/cache/<family>-<member>/    one entry: entry.json, and the files that it names
//! .regulars/cache/.new-<owner>-<n>/     an entry in the making; becomes one by a rename
//! ```
//! An entry's [`Key`] is a hash of all that its content depends on, so an entry is never out of date: what changed has
//! another key. The key has two halves. The *family* is what entries share that can serve each other (a source's
//! mapping and rules, the program's version); the *member* is what sets one apart within it (files). A family's entries
//! can be listed, so that a run may choose among them.
//!
//! The store may be removed at any time, but for the moment in which a run uses it; the run after it computes again what
//! was in it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::storage::hexadecimal;

/// The layout of entries; another number makes all that is stored unknown.
const LAYOUT: &str = "1";
const ENTRY: &str = "entry.json";
const DRAFT: &str = ".new-";

/// A hash over named ingredients, each with its length, so that no two lists of them are one text.
#[derive(Clone)]
pub struct Ingredients(Sha256);

impl Ingredients {
    /// Of one kind of entry. The program's version is an ingredient of all: what it computes may change with it.
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).with(LAYOUT).with(env!("CARGO_PKG_VERSION")).with(kind)
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, ingredient: impl AsRef<[u8]>) -> Self {
        let bytes = ingredient.as_ref();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The hash, as far as names of folders need it.
    pub fn digest(self) -> String {
        hexadecimal(&self.0.finalize()).chars().take(24).collect()
    }
}

/// What an entry is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it shares with entries that can serve in its stead.
    pub family: String,
    /// What sets it apart.
    pub member: String,
}

/// An entry that is whole.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub content: T,
}

/// `entry.json`: the content, and the files' sizes, by which an entry that a crash of the machine tore is known.
#[derive(Serialize, Deserialize)]
struct Stamped<T> {
    files: Vec<(String, u64)>,
    content: T,
}

/// The store of a project.
pub struct Store {
    root: PathBuf,
    owner: String,
    /// Held shared while the store is in use, so that nobody trims it meanwhile.
    lock: File,
}

impl Store {
    /// Opens the store for one owner, of which there is one at a time; what its last run left unfinished is removed.
    ///
    /// # Errors
    /// Where the folder cannot be made or used.
    pub fn open(root: &Path, owner: &str) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let lock = File::create(root.join(".lock"))?;
        lock.lock_shared()?;
        let own = format!("{DRAFT}{owner}-");
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&own) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(Self { root: root.to_path_buf(), owner: owner.to_owned(), lock })
    }

    /// The entries of a family. One that is torn, or that cannot be read as `T`, is removed.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn family<T: DeserializeOwned>(&self, family: &str) -> io::Result<Vec<Entry<T>>> {
        let prefix = format!("{family}-");
        let mut folders: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                folders.push(entry.path());
            }
        }
        folders.sort();
        let mut entries = Vec::new();
        for folder in folders {
            match read(&folder) {
                Some(content) => entries.push(Entry { folder, content }),
                None => fs::remove_dir_all(&folder)?,
            }
        }
        Ok(entries)
    }

    /// A new entry's folder, to be filled and then [committed](Draft::commit).
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn draft(&self) -> io::Result<Draft> {
        for number in 0_u32.. {
            let folder = self.root.join(format!("{DRAFT}{}-{number}", self.owner));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Draft { root: self.root.clone(), folder, done: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("no name is left for a new entry"))
    }

    /// Says that an entry was of use, for the order in which entries make room.
    pub fn used<T>(&self, entry: &Entry<T>) {
        if let Ok(file) = File::open(entry.folder.join(ENTRY)) {
            // An entry whose time cannot be set is at worst removed too early.
            let _ = file.set_modified(SystemTime::now());
        }
    }

    /// Removes an entry that nothing will use again.
    pub fn remove<T>(&self, entry: &Entry<T>) {
        // What stays behind is found, and removed, by a later trim.
        let _ = fs::remove_dir_all(&entry.folder);
    }

    /// Removes entries, those longest unused first, until the store takes at most so many bytes. Does nothing while
    /// another run uses the store.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn trim(self, most_bytes: u64) -> io::Result<()> {
        self.lock.unlock()?;
        match self.lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let folder = entry?.path();
            if !folder.is_dir() {
                continue;
            }
            let stamp = fs::metadata(folder.join(ENTRY)).and_then(|file| file.modified());
            entries.push((stamp.unwrap_or(SystemTime::UNIX_EPOCH), bytes(&folder)?, folder));
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

fn read<T: DeserializeOwned>(folder: &Path) -> Option<T> {
    let text = fs::read(folder.join(ENTRY)).ok()?;
    let stamped: Stamped<T> = serde_json::from_slice(&text).ok()?;
    let whole = |(name, bytes): &(String, u64)| {
        fs::metadata(folder.join(name)).is_ok_and(|file| file.len() == *bytes)
    };
    stamped.files.iter().all(whole).then_some(stamped.content)
}

fn bytes(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        total += entry?.metadata()?.len();
    }
    Ok(total)
}

/// An entry in the making. Dropped without a commit, it is removed.
pub struct Draft {
    root: PathBuf,
    folder: PathBuf,
    done: bool,
}

impl Draft {
    /// The folder that its files are written to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes it an entry, in place of one of the same key.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn commit<T: Serialize>(mut self, key: &Key, content: T) -> io::Result<Entry<T>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            files.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
        }
        files.sort();
        let stamped = Stamped { files, content };
        fs::write(self.folder.join(ENTRY), serde_json::to_vec(&stamped)?)?;
        let folder = self.root.join(format!("{}-{}", key.family, key.member));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::rename(&self.folder, &folder)?;
        self.done = true;
        Ok(Entry { folder, content: stamped.content })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
