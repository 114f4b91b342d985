//! What a column's pages state about themselves, checked before they are decompressed: their sizes and checksums.

use bytes::Bytes;
use parquet::file::metadata::ColumnChunkMetaData;

use super::delta;
use super::thrift::Thrift;

/// The most bytes of a decompressed page: writers make pages of about a megabyte.
pub(super) const MOST_PAGE_BYTES: u64 = 512 << 20;

/// The header before a page's bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// The length of the header itself in bytes.
    length: usize,
    is_dictionary: bool,
    unpacked: u64,
    packed: usize,
    /// The CRC-32 of the page's compressed bytes.
    checksum: Option<u32>,
    values: u64,
    /// The encoding of the values, by number.
    encoding: i64,
}

/// Delta-encoded texts: only their lengths, or their prefixes too.
const DELTA_TEXTS: [i64; 2] = [6, 7];

impl PageHeader {
    /// None if the bytes do not begin with a page.
    fn read(bytes: &[u8]) -> Option<Self> {
        /// A kind of page, and the field number of its specific part.
        const PARTS: [(i64, i16); 4] = [(0, 5), (1, 6), (DICTIONARY, 7), (3, 8)];
        const DICTIONARY: i64 = 2;
        let (mut page, mut parts) = (None, Vec::new());
        let mut thrift = Thrift::new(bytes);
        let mut header = Self::default();
        let mut before = 0;
        while let Some((number, kind)) = thrift.field(before)? {
            match number {
                1 => page = Some(thrift.number()?),
                2 => header.unpacked = u64::try_from(thrift.number()?).ok()?,
                3 => header.packed = usize::try_from(thrift.number()?).ok()?,
                4 => header.checksum = Some(thrift.number()? as u32),
                // The specific parts of the three kinds of pages begin with the number of values.
                5 | 7 => (header.values, header.encoding) = values(&mut thrift, 2)?,
                8 => (header.values, header.encoding) = values(&mut thrift, 4)?,
                _ => thrift.skip(kind)?,
            }
            if number > 4 {
                parts.push(number);
            }
            before = number;
        }
        let (kind, part) = PARTS.into_iter().find(|(kind, _)| page == Some(*kind))?;
        if parts != [part] {
            return None;
        }
        header.is_dictionary = kind == DICTIONARY;
        header.length = bytes.len() - thrift.left();
        Some(header)
    }
}

/// The number of values, and the number of their encoding.
fn values(thrift: &mut Thrift<'_>, encoding: i16) -> Option<(u64, i64)> {
    let mut before = 0;
    let (mut values, mut written) = (0, 0);
    while let Some((number, kind)) = thrift.field(before)? {
        if number == 1 {
            values = u64::try_from(thrift.number()?).ok()?;
        } else if number == encoding {
            written = thrift.number()?;
        } else {
            thrift.skip(kind)?;
        }
        before = number;
    }
    Some((values, written))
}

/// Checks the pages in some bytes of a column; the bytes begin with a page. Bytes that are not a page are left to the
/// reader, which knows more variants of writers.
///
/// # Errors
/// A page with a wrong checksum, or with more than `most` decompressed bytes, or with more stated text lengths than
/// values.
pub(super) fn examine(bytes: &Bytes, column: Option<&ColumnChunkMetaData>, most: u64) -> Result<(), String> {
    let mut rest = bytes.as_ref();
    while let Some(header) = (!rest.is_empty()).then(|| PageHeader::read(rest)).flatten() {
        let Some(page) = rest.get(header.length..).and_then(|rest| rest.get(..header.packed)) else { break };
        if header.unpacked > most {
            return Err(format!(
                "has a page of {}, and up to {} are taken",
                size(header.unpacked),
                size(most)
            ));
        }
        // The reader allocates a dictionary's values by their stated number.
        if header.is_dictionary && header.values > header.unpacked.max(1) {
            return Err(format!("states {} values in {} bytes", header.values, header.unpacked));
        }
        if header.checksum.is_some_and(|stated| stated != crc32fast::hash(page)) {
            return Err("has a damaged page: its checksum is wrong".into());
        }
        let whole = header.length + header.packed;
        if let Some(column) =
            column.filter(|_| DELTA_TEXTS.contains(&header.encoding) && !header.is_dictionary)
        {
            let begin = bytes.len() - rest.len();
            delta::examine(bytes.slice(begin..begin + whole), header.values, column, most)?;
        }
        rest = rest.get(whole..).unwrap_or_default();
    }
    Ok(())
}

fn size(bytes: u64) -> String {
    match bytes {
        1_000_000.. => format!("{} MB", bytes / 1_000_000),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(bytes: &[u8], most: u64) -> Result<(), String> {
        examine(&Bytes::copy_from_slice(bytes), None, most)
    }

    /// A dictionary of two values in eight bytes, as written by a writer with checksums.
    fn page(unpacked: u8, values: u8, bytes: &[u8], checksum: u32) -> Vec<u8> {
        let zigzag = |number: i32| ((number << 1) ^ (number >> 31)).cast_unsigned();
        let mut page = vec![0x15, 4, 0x15, unpacked * 2, 0x15, bytes.len() as u8 * 2, 0x15];
        let mut rest = zigzag(checksum.cast_signed());
        while rest > 0x7f {
            page.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        page.push(rest as u8);
        page.extend([0x3c, 0x15, values * 2, 0x15, 0, 0, 0]);
        page.extend(bytes);
        page
    }

    #[test]
    fn a_page_is_held_against_its_checksum_and_size() {
        let bytes = *b"12345678";
        let sound = page(8, 2, &bytes, crc32fast::hash(&bytes));
        assert_eq!(examined(&sound, 8), Ok(()));
        // Two pages, and then bytes that are not a page.
        assert_eq!(examined(&[sound.as_slice(), &sound, b"end"].concat(), 8), Ok(()));
        let hurt = page(8, 2, b"12345679", crc32fast::hash(&bytes));
        let checksum = "has a damaged page: its checksum is wrong";
        assert_eq!(examined(&[sound.as_slice(), &hurt].concat(), 8), Err(checksum.into()));
        let large = examined(&sound, 7).unwrap_err();
        assert_eq!(large, "has a page of 8 bytes, and up to 7 bytes are taken");
        let many = page(8, 9, &bytes, crc32fast::hash(&bytes));
        assert_eq!(examined(&many, 8), Err("states 9 values in 8 bytes".into()));
    }

    #[test]
    fn bytes_that_are_no_page_are_left_to_the_reader() {
        for bytes in
            [&b""[..], b"\x15", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", &[0x19; 40], &[0x0c; 4096]]
        {
            assert_eq!(examined(bytes, 8), Ok(()));
        }
    }
}
