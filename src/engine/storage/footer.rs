//! The footer of a Parquet file, which describes its content. It is read with care, as all later reading depends on it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use super::thrift::Thrift;
use crate::engine::guard::caught;

/// Greatest depth of nested column groups that is accepted.
const MOST_NESTED: usize = 64;
/// The length field of the footer and the four letters, at a file's end.
const TAIL: u64 = 8;

/// Reads a file's footer, and its page index if wanted.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(file: &File, bytes: u64, policy: PageIndexPolicy) -> Result<ParquetMetaData, String> {
    let footer = footer_bytes(file, bytes).map_err(|error| error.to_string())?;
    if let Some(footer) = &footer {
        let Some(depth) = depth(footer) else {
            return Err("its footer is damaged".into());
        };
        if depth > MOST_NESTED {
            return Err(format!("its columns lie more than {MOST_NESTED} levels deep"));
        }
    }
    let read = || -> Result<ParquetMetaData, ParquetError> {
        let Some(footer) = footer else {
            // The reader says why there is none.
            return ParquetMetaDataReader::new().parse_and_finish(file);
        };
        let metadata = ParquetMetaDataReader::decode_metadata(&footer)?;
        if policy == PageIndexPolicy::Skip {
            return Ok(metadata);
        }
        let mut reader = ParquetMetaDataReader::new_with_metadata(metadata).with_page_index_policy(policy);
        reader.read_page_indexes_sized(file, bytes)?;
        reader.finish()
    };
    let metadata = caught(read)?.map_err(|error| plain(&error))?;
    sound(&metadata, bytes)?;
    Ok(metadata)
}

/// The reason in a reader's error, without its wrappers.
pub(super) fn plain(error: &ParquetError) -> String {
    const WRAPPERS: [&str; 6] =
        ["External: ", "Parquet error: ", "Parquet argument error: ", "Arrow: ", "EOF: ", "NYI: "];
    let text = error.to_string();
    let mut text = text.as_str();
    while let Some(rest) = WRAPPERS.iter().find_map(|wrapper| text.strip_prefix(wrapper)) {
        text = rest;
    }
    text.trim_end_matches('.').to_owned()
}

/// The footer's own bytes; none if the file does not end like a Parquet file.
fn footer_bytes(mut file: &File, bytes: u64) -> io::Result<Option<Vec<u8>>> {
    if bytes < TAIL {
        return Ok(None);
    }
    let mut tail = [0; TAIL as usize];
    file.seek(SeekFrom::Start(bytes - TAIL))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let Some(begin) = (bytes - TAIL).checked_sub(length).filter(|_| magic == *b"PAR1") else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(begin))?;
    let mut footer = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact(&mut footer)?;
    Ok(Some(footer))
}

/// How deep the columns are nested in groups; none if the bytes are not a footer. The reader allocates lists by their
/// stated number of elements, and follows groups by recursion.
fn depth(footer: &[u8]) -> Option<usize> {
    let mut thrift = Thrift::new(footer);
    let mut depth = 0;
    let mut before = 0;
    while let Some((number, kind)) = thrift.field(before)? {
        if number == 2 {
            let (_, size) = thrift.list()?;
            // The number of columns left in each open group.
            let mut open: Vec<i64> = Vec::new();
            for _ in 0..size {
                if let Some(left) = open.last_mut() {
                    *left -= 1;
                }
                match children(&mut thrift)? {
                    0 => {}
                    more => open.push(more),
                }
                depth = depth.max(open.len());
                while open.last().is_some_and(|left| *left <= 0) {
                    open.pop();
                }
            }
        } else {
            thrift.skip(kind)?;
        }
        before = number;
    }
    Some(depth)
}

/// The number of columns within the next element of the schema.
fn children(thrift: &mut Thrift<'_>) -> Option<i64> {
    let mut before = 0;
    let mut children = 0;
    while let Some((number, kind)) = thrift.field(before)? {
        if number == 5 {
            children = thrift.number()?;
        } else {
            thrift.skip(kind)?;
        }
        before = number;
    }
    (children >= 0).then_some(children)
}

/// Whether the footer is plausible: columns lie within the file, and the counts of rows agree.
fn sound(metadata: &ParquetMetaData, bytes: u64) -> Result<(), String> {
    let mut rows = 0_i64;
    for group in metadata.row_groups() {
        let more = Some(group.num_rows()).filter(|rows| *rows >= 0);
        rows = more
            .and_then(|more| rows.checked_add(more))
            .ok_or("its footer is damaged: it states an impossible number of rows")?;
        for column in group.columns() {
            let first = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
            let begin = u64::try_from(first).ok();
            let length = u64::try_from(column.compressed_size()).ok();
            let end = begin.zip(length).and_then(|(begin, length)| begin.checked_add(length));
            let numbers = column.num_values() >= 0 && column.data_page_offset() >= 0;
            if !numbers || end.is_none_or(|end| end > bytes) {
                return Err(format!(
                    "its footer is damaged: the column `{}` does not lie within the file",
                    column.column_path().string()
                ));
            }
        }
    }
    if rows == metadata.file_metadata().num_rows() {
        Ok(())
    } else {
        Err(format!(
            "its footer is damaged: it says {} rows in all, but {rows} in its parts",
            metadata.file_metadata().num_rows()
        ))
    }
}
