//! Files and folders of a run. They never follow a link, their modes do not depend on the process's umask, and they are
//! on the disk before anybody learns of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::files;
use crate::problem::{Failure, Problem};

pub(super) fn io_failed(doing: &str, path: &Path, error: &io::Error) -> Failure {
    let problem = Problem::new(format!("{} cannot be {doing}: {}", path.display(), files::reason(error)));
    Failure::run(
        problem.help("check the permissions and the free space of the project's site/ and private/ folders"),
    )
}

/// Writes a whole file.
///
/// # Errors
/// A failure of the run, with the name of the file.
pub(in crate::run) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| io_failed("written", path, &error))
}

/// Writes a whole file and replaces anything of that name; a link is replaced, not followed.
pub(super) fn write_anew(path: &Path, bytes: &[u8]) -> io::Result<()> {
    remove(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a file that only its owner may read, and replaces anything of that name.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    remove(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Opens a lock file, and creates it if it is missing. Its content is kept, and a link is not followed: otherwise
/// anyone with write access to the folder could have any file truncated.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Opening a pipe of that name would block.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}

/// Removes a file, a link, or a folder with all its content; does nothing if nothing is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether something has this name; a broken link counts too.
pub(super) fn occupied(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// A folder for the owner only, created if missing.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    set_mode(path, 0o700)
}

/// Makes a folder and all its content accessible to the owner only.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    for path in below(folder)? {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        set_mode(&path, mode)?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // A file system without modes may refuse a change; none is needed if the mode is right.
    if fs::metadata(path)?.permissions().mode() & 0o777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// A folder and everything in it, each folder before its content.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![folder.to_path_buf()];
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.push(path);
        }
    }
    Ok(found)
}

/// Files that are synced in parallel. The file system's journal takes them together: a hundred small files then take as
/// long as a few.
const AT_ONCE: usize = 8;

/// Syncs a folder, and all files and folders in it, to the disk.
pub(super) fn sync_below(folder: &Path) -> io::Result<()> {
    let paths = Mutex::new(below(folder)?);
    let work = || -> io::Result<()> {
        loop {
            let next = paths.lock().map_or(None, |mut paths| paths.pop());
            let Some(path) = next else { return Ok(()) };
            if path.is_dir() { sync_folder(&path)? } else { File::open(&path)?.sync_all()? }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (1..AT_ONCE).map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        let others = threads.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread that brings files to the disk broke")))
        });
        others.fold(own, io::Result::and)
    })
}

/// Syncs the names in a folder to the disk: a rename then survives a power failure.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems do not support this.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        result => result,
    }
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).map_or(0, |found| found.permissions().mode() & 0o777)
    }

    #[test]
    fn a_link_is_replaced_or_refused_and_never_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        fs::write(&target, "precious").expect("a file");
        symlink(&target, &link).expect("a link");
        assert!(open_lock(&link).is_err());
        write_anew(&link, b"new").expect("written");
        assert!(!link.is_symlink());
        fs::remove_file(&link).expect("removed");
        symlink(dir.path().join("nowhere"), &link).expect("a link");
        assert!(occupied(&link) && !link.exists());
        write_private(&link, b"new").expect("written");
        assert_eq!(mode(&link), 0o600);
        fs::create_dir(dir.path().join("folder")).expect("a folder");
        fs::write(dir.path().join("folder/inner"), "x").expect("a file");
        fs::remove_file(&link).expect("removed");
        symlink(dir.path().join("folder"), &link).expect("a link");
        remove(&link).expect("removed");
        assert!(dir.path().join("folder/inner").exists() && !occupied(&link));
        assert_eq!(fs::read_to_string(&target).expect("text"), "precious");
    }

    #[test]
    fn a_lock_keeps_what_is_in_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("x.lock");
        fs::write(&path, "a note").expect("a file");
        drop(open_lock(&path).expect("opened"));
        assert_eq!(fs::read_to_string(&path).expect("text"), "a note");
    }

    #[test]
    fn everything_below_becomes_the_owners_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let inner = dir.path().join("a/b");
        fs::create_dir_all(&inner).expect("folders");
        fs::write(inner.join("c"), "x").expect("a file");
        make_private(&dir.path().join("a")).expect("modes");
        assert_eq!((mode(&inner), mode(&inner.join("c"))), (0o700, 0o600));
        sync_below(dir.path()).expect("on the disk");
    }
}
