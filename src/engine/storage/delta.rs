//! Lengths in pages of delta-encoded text (`DELTA_LENGTH_BYTE_ARRAY`, `DELTA_BYTE_ARRAY`). A few bytes can state
//! billions of lengths, and the reader allocates memory for all before it looks further. So they are first counted and
//! added up here, without allocation.
//!
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/>

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use crate::engine::guard::caught;

/// Checks the lengths in a page, which is given with its header. Other pages are left to the reader.
///
/// # Errors
/// More lengths than the page has values, or texts of more than `most` bytes.
pub(super) fn examine(
    page: Bytes,
    values: u64,
    column: &ColumnChunkMetaData,
    most: u64,
) -> Result<(), String> {
    let unpacked = caught(|| unpacked(page, values, column)).ok().flatten();
    let Some((bytes, encoding)) = unpacked else { return Ok(()) };
    let mut lengths = Lengths { rest: &bytes, values, most, total: 0 };
    lengths
        .add()
        .and_then(|()| if encoding == Encoding::DELTA_BYTE_ARRAY { lengths.add() } else { Ok(()) })
        .or_else(|odd| match odd {
            Odd::Fault(why) => Err(why),
            Odd::Unreadable => Ok(()),
        })
}

/// The bytes of a page's values, and their encoding; none if the reader would fail before them.
fn unpacked(page: Bytes, values: u64, column: &ColumnChunkMetaData) -> Option<(Bytes, Encoding)> {
    let chunk = ColumnChunkMetaData::builder(column.column_descr_ptr())
        .set_compression(column.compression())
        .set_data_page_offset(0)
        .set_total_compressed_size(i64::try_from(page.len()).ok()?)
        .set_num_values(i64::try_from(values).ok()?)
        .build()
        .ok()?;
    let mut pages =
        SerializedPageReader::new(Arc::new(page), &chunk, usize::try_from(values).ok()?, None).ok()?;
    let deep = [column.column_descr().max_rep_level(), column.column_descr().max_def_level()];
    match pages.get_next_page().ok()?? {
        Page::DataPage { buf, encoding, rep_level_encoding, def_level_encoding, .. } => {
            let mut at = 0_usize;
            for (level, written) in deep.into_iter().zip([rep_level_encoding, def_level_encoding]) {
                at = at.checked_add(levels(buf.get(at..)?, level, written, values)?)?;
            }
            Some((part(&buf, at)?, encoding))
        }
        Page::DataPageV2 { buf, encoding, rep_levels_byte_len, def_levels_byte_len, .. } => {
            let at = usize::try_from(rep_levels_byte_len.checked_add(def_levels_byte_len)?).ok()?;
            Some((part(&buf, at)?, encoding))
        }
        Page::DictionaryPage { .. } => None,
    }
}

fn part(bytes: &Bytes, at: usize) -> Option<Bytes> {
    (at <= bytes.len()).then(|| bytes.slice(at..))
}

/// The number of bytes of the levels at the beginning of a page.
fn levels(bytes: &[u8], most: i16, written: Encoding, values: u64) -> Option<usize> {
    if most == 0 {
        return Some(0);
    }
    if written == Encoding::RLE {
        let stated = u32::from_le_bytes(*bytes.first_chunk()?);
        return usize::try_from(stated).ok()?.checked_add(4);
    }
    let bits = u64::from(i16::BITS - most.leading_zeros());
    usize::try_from(values.checked_mul(bits)?.div_ceil(8)).ok()
}

/// Why lengths were not added up.
enum Odd {
    /// They exceed a limit.
    Fault(String),
    /// They are not lengths; the reader will find the same.
    Unreadable,
}

/// Lengths that are added up while they are read.
struct Lengths<'a> {
    rest: &'a [u8],
    values: u64,
    most: u64,
    total: u64,
}

impl Lengths<'_> {
    /// Reads the next lengths: a header, then blocks of smaller blocks, each with numbers of one width.
    fn add(&mut self) -> Result<(), Odd> {
        let block = self.number()?;
        let parts = self.number()?;
        let count = self.number()?;
        let mut last = self.signed()?;
        if count > self.values {
            return Err(Odd::Fault(format!("states {count} lengths in a page of {} values", self.values)));
        }
        // The reader holds two lengths per value.
        if count.checked_mul(8).is_none_or(|bytes| bytes > self.most) {
            return Err(Odd::Fault(format!("states {count} lengths in a page")));
        }
        let width = block.checked_div(parts).filter(|width| width % 32 == 0).ok_or(Odd::Unreadable)?;
        let mut left = count;
        if left > 0 {
            self.length(last)?;
            left -= 1;
        }
        while left > 0 {
            let least = self.signed()?;
            let parts = usize::try_from(parts).ok().filter(|parts| *parts <= self.rest.len());
            let (bits, rest) = self.rest.split_at(parts.ok_or(Odd::Unreadable)?);
            self.rest = rest;
            for bits in bits.iter().copied() {
                if left == 0 {
                    break;
                }
                if bits > 32 {
                    return Err(Odd::Unreadable);
                }
                let here = left.min(width);
                for number in 0..here {
                    let more = packed(self.rest, number, bits).ok_or(Odd::Unreadable)?;
                    last = last.wrapping_add(least).wrapping_add(i64::from(more));
                    // As in the reader: lengths have 32 bits.
                    last = i64::from(last as i32);
                    self.length(last)?;
                }
                left -= here;
                let bytes = width.checked_mul(u64::from(bits)).map(|bits| bits / 8);
                let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
                self.rest = self.rest.get(bytes..).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn length(&mut self, length: i64) -> Result<(), Odd> {
        self.total = u64::try_from(length)
            .ok()
            .and_then(|length| self.total.checked_add(length))
            .ok_or(Odd::Unreadable)?;
        if self.total > self.most {
            return Err(Odd::Fault(format!("has a page with texts of more than {} bytes", self.most)));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u64, Odd> {
        let mut value = 0;
        for place in 0..10 {
            let (first, rest) = self.rest.split_first().ok_or(Odd::Unreadable)?;
            self.rest = rest;
            value |= u64::from(first & 0x7f) << (7 * place);
            if first & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Odd::Unreadable)
    }

    fn signed(&mut self) -> Result<i64, Odd> {
        let value = self.number()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

/// The number at a position among numbers of a bit width, the lowest bits first.
fn packed(bytes: &[u8], place: u64, bits: u8) -> Option<u32> {
    if bits == 0 {
        return Some(0);
    }
    let first = place.checked_mul(u64::from(bits))?;
    let (at, shift) = (usize::try_from(first / 8).ok()?, first % 8);
    let last = usize::try_from((first + u64::from(bits) - 1) / 8).ok()?;
    let mut word = 0_u64;
    for (number, byte) in bytes.get(at..=last)?.iter().enumerate() {
        word |= u64::from(*byte) << (8 * number);
    }
    Some(((word >> shift) & ((1 << bits) - 1)) as u32)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::Compression;
    use parquet::file::metadata::ParquetMetaDataReader;
    use parquet::file::properties::{WriterProperties, WriterVersion};

    use super::*;

    /// A column's bytes, with its metadata from the footer.
    fn column(texts: &[Option<String>], properties: WriterProperties) -> (Bytes, ColumnChunkMetaData) {
        let texts: ArrayRef = Arc::new(texts.iter().map(Option::as_deref).collect::<StringArray>());
        let batch = RecordBatch::try_from_iter_with_nullable([("text", texts, true)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let bytes = Bytes::from(bytes);
        let found = ParquetMetaDataReader::new().parse_and_finish(&bytes).unwrap();
        let column = found.row_group(0).column(0).clone();
        let (start, length) = column.byte_range();
        (bytes.slice(start as usize..(start + length) as usize), column)
    }

    /// The lengths of a page are those of its texts: exactly this limit is accepted, one byte less is not.
    #[test]
    fn lengths_are_those_of_the_texts() {
        let shapes: [fn(u32) -> Option<String>; 4] = [
            |row| Some(format!("{}{row}", "x".repeat((row * 7 % 50) as usize))),
            |row| (row % 3 > 0).then(|| format!("customer {}", row / 9)),
            |row| Some("y".repeat(if row == 311 { 70_000 } else { 3 })),
            |row| (row == 5).then(|| "alone".into()),
        ];
        for (number, shape) in shapes.into_iter().enumerate() {
            let texts: Vec<Option<String>> = (0..1_000).map(shape).collect();
            let all: usize = texts.iter().flatten().map(String::len).sum();
            let there = texts.iter().flatten().count() as u64;
            for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
                for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
                    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
                        let properties = WriterProperties::builder()
                            .set_dictionary_enabled(false)
                            .set_encoding(encoding)
                            .set_writer_version(version)
                            .set_compression(compression)
                            .build();
                        let (bytes, column) = column(&texts, properties);
                        let room = (all as u64).max(8 * there);
                        let what = format!("{number} {encoding} {version:?} {compression}");
                        assert_eq!(examine(bytes.clone(), 1_000, &column, room), Ok(()), "{what}");
                        assert!(examine(bytes.clone(), 1_000, &column, room - 1).is_err(), "{what}");
                        let fewer = examine(bytes, there - 1, &column, room).unwrap_err();
                        assert_eq!(
                            fewer,
                            format!("states {there} lengths in a page of {} values", there - 1)
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_of_any_width() {
        let bytes = [0b1010_0101, 0xff, 0, 0x12, 0x34, 0x56, 0x78, 0x9a];
        assert_eq!(packed(&bytes, 1, 4), Some(0b1010));
        assert_eq!(packed(&bytes, 1, 7), Some(0b111_1111));
        assert_eq!(packed(&bytes, 1, 32), Some(0x9a78_5634));
        assert_eq!(packed(&bytes, 2, 32), None);
        assert_eq!(packed(&[], 1 << 60, 0), Some(0));
    }
}
