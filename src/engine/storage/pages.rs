//! What the pages of a column say of themselves, looked at before they are unpacked: their sizes, and their checksums.

use super::thrift::Thrift;

/// A page may unpack to this many bytes: writers make pages of about a megabyte.
pub(super) const MOST_PAGE_BYTES: u64 = 512 << 20;

/// What precedes a page's bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// Bytes that the header itself takes.
    length: usize,
    is_dictionary: bool,
    unpacked: u64,
    packed: usize,
    /// The CRC-32 of the page's packed bytes.
    checksum: Option<u32>,
    values: u64,
}

impl PageHeader {
    /// None where the bytes do not begin with a page.
    fn read(bytes: &[u8]) -> Option<Self> {
        const DICTIONARY: i64 = 2;
        let mut thrift = Thrift::new(bytes);
        let mut header = Self::default();
        let mut before = 0;
        while let Some((number, kind)) = thrift.field(before)? {
            match number {
                1 => header.is_dictionary = thrift.number()? == DICTIONARY,
                2 => header.unpacked = u64::try_from(thrift.number()?).ok()?,
                3 => header.packed = usize::try_from(thrift.number()?).ok()?,
                4 => header.checksum = Some(thrift.number()? as i32 as u32),
                // The parts of the three kinds of pages begin with the number of values.
                5 | 7 | 8 => header.values = values(&mut thrift)?,
                _ => thrift.skip(kind)?,
            }
            before = number;
        }
        header.length = bytes.len() - thrift.left();
        Some(header)
    }
}

fn values(thrift: &mut Thrift<'_>) -> Option<u64> {
    let mut before = 0;
    let mut values = 0;
    while let Some((number, kind)) = thrift.field(before)? {
        if number == 1 {
            values = u64::try_from(thrift.number()?).ok()?;
        } else {
            thrift.skip(kind)?;
        }
        before = number;
    }
    Some(values)
}

/// Looks at the pages in some bytes of a column, which begin with one. Bytes that are no page are left to the reader,
/// which knows more of the oddities of writers.
///
/// # Errors
/// A page that does not have the checksum that its header states, or would unpack to more than `most` bytes.
pub(super) fn examine(bytes: &[u8], most: u64) -> Result<(), String> {
    let mut rest = bytes;
    while let Some(header) = (!rest.is_empty()).then(|| PageHeader::read(rest)).flatten() {
        let Some(page) = rest.get(header.length..).and_then(|rest| rest.get(..header.packed)) else { break };
        if header.unpacked > most {
            return Err(format!(
                "has a page of {}, and up to {} are taken",
                size(header.unpacked),
                size(most)
            ));
        }
        // The reader makes room for a dictionary's values by their stated number.
        if header.is_dictionary && header.values > header.unpacked.max(1) {
            return Err(format!("states {} values in {} bytes", header.values, header.unpacked));
        }
        if header.checksum.is_some_and(|stated| stated != crc32fast::hash(page)) {
            return Err("has a page whose bytes do not have the checksum that they were written with".into());
        }
        rest = rest.get(header.length + header.packed..).unwrap_or_default();
    }
    Ok(())
}

fn size(bytes: u64) -> String {
    match bytes {
        1_000_000.. => format!("{} MB", bytes / 1_000_000),
        _ => format!("{bytes} bytes"),
    }
}
