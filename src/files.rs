//! Files that a user names. They are opened only if they are files, and read only up to a limit.
//!
//! The program would wait for a pipe or a device in a file's place, or read it, without end.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The most bytes of a pipeline, a query, a template or a file of words: thousands of pages.
pub const MOST_TEXT: u64 = 4 << 20;

/// Opens a file to be read. A folder is opened too, as far as the system lets it be; reading it then fails.
///
/// # Errors
/// Those of the system; that it is a pipe, a socket or a device, which are not opened.
pub fn open(path: &Path) -> io::Result<File> {
    refuse(&fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    // Another may have put a pipe in the file's place meanwhile: opening it must not wait for a writer.
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    refuse(&file.metadata()?)?;
    Ok(file)
}

/// The text of a small file of the user's: a pipeline, a query, a template. A mark of its encoding at its beginning is no part
/// of it.
///
/// # Errors
/// Those of [`open`]; that it is larger than [`MOST_TEXT`], or is not UTF-8.
pub fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    open(path)?.take(MOST_TEXT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_TEXT {
        return Err(io::Error::other(format!("it is larger than {} MiB", MOST_TEXT >> 20)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, not_utf8(error.as_bytes()))),
    }
}

/// Why a file cannot be read, in words: what the system says is for programmers.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "its permissions do not allow it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is a file, not a folder".to_owned(),
        io::ErrorKind::InvalidFilename => "its name is too long".to_owned(),
        _ => error.to_string(),
    }
}

/// What to do about it, where that follows from the reason.
pub fn remedy(error: &io::Error) -> Option<String> {
    let help = match error.kind() {
        io::ErrorKind::InvalidData => "save it as UTF-8 in your editor",
        io::ErrorKind::PermissionDenied => "ask for the permission to read it",
        io::ErrorKind::IsADirectory => "name a file in it",
        _ => return None,
    };
    Some(help.to_owned())
}

/// Which encoding some bytes seem to have, and where they first are not UTF-8.
fn not_utf8(bytes: &[u8]) -> String {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return "it is UTF-16, not UTF-8".to_owned();
    }
    let good = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let before = bytes.get(..good).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    // In GBK a character is two bytes. Texts of Latin-1 have lone ones, before letters that are not its second.
    let (text, wrong) = encoding_rs::GBK.decode_without_bom_handling(bytes);
    let chinese = text.chars().filter(|letter| ('\u{4e00}'..='\u{9fff}').contains(letter)).count();
    let guess = if !wrong && chinese > 0 { "GBK" } else { "Latin-1 (Windows-1252)" };
    format!("it is not UTF-8, from line {line} on; it seems to be {guess}")
}

/// The kind of a thing that is neither a file nor a folder.
pub fn other_kind(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() || kind.is_dir() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}

fn refuse(metadata: &Metadata) -> io::Result<()> {
    match other_kind(metadata) {
        Some(kind) => Err(io::Error::other(format!("it is {kind}, not a file"))),
        None => Ok(()),
    }
}

/// The identity of a file or folder, whatever name leads to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity(#[cfg(unix)] u64, #[cfg(unix)] u64, #[cfg(not(unix))] std::path::PathBuf);

/// The identity of what a path leads to, from its metadata.
#[cfg(unix)]
pub fn identity(_path: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity(metadata.dev(), metadata.ino())
}

/// The identity of what a path leads to, from its metadata.
#[cfg(not(unix))]
pub fn identity(path: &Path, _metadata: &Metadata) -> Identity {
    Identity(fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sql");
        fs::write(&path, "select 1").unwrap();
        assert_eq!(text(&path).unwrap(), "select 1");
        fs::write(&path, vec![b' '; usize::try_from(MOST_TEXT).unwrap() + 1]).unwrap();
        assert_eq!(text(&path).unwrap_err().to_string(), "it is larger than 4 MiB");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_opened() {
        assert_eq!(open(Path::new("/dev/zero")).unwrap_err().to_string(), "it is a device, not a file");
    }
}
