//! Parquet files that are damaged: each is read right, or ends the run with its name; nothing panics, aborts or hangs, and
//! no figure is another where the file has checksums.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewBuilder};
use insta::assert_snapshot;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use regulars::engine::storage;

use crate::data::{batch, days, decimals, parquet, parquet_with, sales, texts};
use crate::support::{PIPELINE, Project};

/// What `check` and then `run` say; nothing may be published.
fn failure(project: &Project) -> String {
    let outcome = project.run(&["run", PIPELINE]);
    assert!(project.nothing_published(), "{}", outcome.err);
    outcome.message()
}

fn some_sales() -> RecordBatch {
    let ids: Vec<String> = (0..300).map(|number| format!("t{number}")).collect();
    let customers: Vec<String> = (0..300).map(|number| format!("customer {}", number % 17)).collect();
    let rows = ids.iter().zip(&customers);
    let rows: Vec<_> =
        rows.map(|(id, customer)| (id.as_str(), customer.as_str(), "2024-01-05", "1850.18")).collect();
    sales(&rows)
}

fn metadata(path: &Path) -> ParquetMetaData {
    ParquetMetaDataReader::new().parse_and_finish(&File::open(path).unwrap()).unwrap()
}

/// Gives each page of a file its checksum, as some writers do and ours does not. Each column must be one page.
fn with_checksums(path: &Path) {
    let bytes = fs::read(path).unwrap();
    let metadata = metadata(path);
    let mut out = b"PAR1".to_vec();
    let mut groups = Vec::new();
    for group in metadata.row_groups() {
        let mut columns = Vec::new();
        for column in group.columns() {
            let (start, length) = column.byte_range();
            let (start, length) = (usize::try_from(start).unwrap(), usize::try_from(length).unwrap());
            let chunk = &bytes[start..start + length];
            // Kind, size and packed size: a field's head and a number each.
            let mut at = 0;
            for _ in 0..3 {
                assert_eq!(chunk[at], 0x15);
                at += 1 + chunk[at + 1..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
            }
            assert_eq!(chunk[at], 0x2c, "the page's own part comes next");
            let packed = usize::try_from(column.compressed_size()).unwrap();
            assert_eq!(packed, length);
            let begin = header_length(chunk);
            let checksum = crc32fast::hash(&chunk[begin..]).cast_signed();
            let offset = out.len();
            out.extend(&chunk[..at]);
            out.push(0x15);
            let mut zigzag = ((checksum << 1) ^ (checksum >> 31)).cast_unsigned();
            while zigzag > 0x7f {
                out.push((zigzag & 0x7f) as u8 | 0x80);
                zigzag >>= 7;
            }
            out.push(zigzag as u8);
            out.push(0x1c);
            out.extend(&chunk[at + 1..]);
            let length = i64::try_from(out.len() - offset).unwrap();
            let column = column.clone().into_builder();
            let column = column
                .set_data_page_offset(i64::try_from(offset).unwrap())
                .set_total_compressed_size(length)
                .set_offset_index_offset(None)
                .set_offset_index_length(None)
                .set_column_index_offset(None)
                .set_column_index_length(None);
            columns.push(column.build().unwrap());
        }
        groups.push(group.clone().into_builder().set_column_metadata(columns).build().unwrap());
    }
    let metadata =
        metadata.into_builder().set_row_groups(groups).set_column_index(None).set_offset_index(None);
    ParquetMetaDataWriter::new(&mut out, &metadata.build()).finish().unwrap();
    // The writer counts from what it wrote itself.
    fs::write(path, out).unwrap();
}

/// The length of the header of a chunk's one page: two structures, of numbers alone, end it.
fn header_length(chunk: &[u8]) -> usize {
    let mut at = 0;
    let mut open = 1;
    while open > 0 {
        match chunk[at] & 15 {
            0 => (open, at) = (open - 1, at + 1),
            0xc => (open, at) = (open + 1, at + 1),
            5 => at += 2 + chunk[at + 1..].iter().position(|byte| byte & 0x80 == 0).unwrap(),
            other => panic!("{other}"),
        }
    }
    at
}

fn plain() -> WriterProperties {
    WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_compression(Compression::UNCOMPRESSED)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .build()
}

/// The place of a file in which a column's bytes lie.
fn column_at(path: &Path, column: usize) -> std::ops::Range<usize> {
    let (start, length) = metadata(path).row_group(0).column(column).byte_range();
    let start = usize::try_from(start).unwrap();
    start..start + usize::try_from(length).unwrap()
}

/// One bit of an amount: without looking at the checksum, the report would have another figure.
#[test]
fn a_flipped_bit_under_a_checksum() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&[("t0", "bob", "2024-01-04", "1.00")]));
    let path = project.path("data/b.parquet");
    parquet_with(&path, &some_sales(), plain());
    with_checksums(&path);
    project.ran();
    fs::remove_dir_all(project.path("site")).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[column_at(&path, 3).end - 5] ^= 0x40;
    fs::write(&path, bytes).unwrap();
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: b.parquet cannot be read: the column `amount` has a damaged page: its
      │ checksum is wrong
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: copy the file again from where it came, or move it away
    ");
}

/// Every byte of every page under a checksum.
#[test]
fn no_page_under_a_checksum_is_read_wrong() {
    let project = Project::new();
    let path = project.path("a.parquet");
    parquet_with(&path, &some_sales(), plain());
    with_checksums(&path);
    let sound = fs::read(&path).unwrap();
    assert_eq!(read(&path), Ok(Some(300)));
    for column in 0..4 {
        let place = column_at(&path, column);
        let first = place.start + header_length(&sound[place.clone()]);
        for at in (first..place.end).step_by(23) {
            let mut bytes = sound.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, bytes).unwrap();
            let why = read(&path).unwrap_err();
            assert!(why.contains("checksum"), "byte {at}: {why}");
        }
        fs::write(&path, &sound).unwrap();
    }
}

/// Describes a file and reads it to its end: the rows that it states, or what is wrong.
pub(super) fn read(path: &Path) -> Result<Option<u64>, String> {
    let found = storage::discover(path, regulars::pipeline::CsvFormat::default());
    let found =
        found.map_err(|problems| problems.into_iter().map(|problem| problem.what).collect::<String>())?;
    let file = &found.files[0];
    file.read_whole()?;
    Ok(file.rows)
}

/// Small files of all kinds of encoding.
pub(super) fn kinds(folder: &Path) -> Vec<PathBuf> {
    let table = some_sales();
    let packed = |codec| WriterProperties::builder().set_compression(codec);
    let kinds = [
        ("plain", plain()),
        ("snappy", packed(Compression::SNAPPY).build()),
        ("zstd", packed(Compression::ZSTD(parquet::basic::ZstdLevel::default())).build()),
        (
            "delta",
            WriterProperties::builder()
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .set_dictionary_enabled(false)
                .build(),
        ),
        ("groups", WriterProperties::builder().set_max_row_group_row_count(Some(50)).build()),
    ];
    kinds
        .into_iter()
        .map(|(name, properties)| {
            let path = folder.join(format!("{name}.parquet"));
            parquet_with(&path, &table, properties);
            path
        })
        .collect()
}

/// The file's bytes, hurt in one of several ways.
pub(super) fn hurt(sound: &[u8], number: usize, place: usize) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    match number % 6 {
        0 => bytes[place] ^= 1 << (number / 6 % 8),
        1 => bytes[place] = 0xff,
        2 => bytes.truncate(place),
        3 => bytes.splice(place..place, [0xff, 0xff, 0xff, 0x7f]).for_each(drop),
        4 => bytes[place..].iter_mut().take(8).for_each(|byte| *byte = 0xff),
        _ => bytes.drain(place..(place + 3).min(sound.len())).for_each(drop),
    }
    bytes
}

/// Hundreds of damaged files are described and read in one process: it survives all of them, and an answer is the
/// sound file's number of rows, or a reason.
#[test]
fn damage_of_hundreds_of_kinds() {
    let project = Project::new();
    let mut sound_again = 0;
    for path in kinds(project.root()) {
        let sound = fs::read(&path).unwrap();
        // The ends of files are the densest.
        let footer = (sound.len() * 2 / 3..sound.len()).step_by(5);
        let places = (0..sound.len()).step_by(sound.len() / 120 + 1).chain(footer);
        for (number, place) in places.enumerate() {
            fs::write(&path, hurt(&sound, number, place)).unwrap();
            match read(&path) {
                Ok(rows) => {
                    assert_eq!(rows, Some(300), "{}: {number} at {place}", path.display());
                    sound_again += 1;
                }
                Err(why) => assert!(!why.is_empty()),
            }
        }
    }
    assert!(sound_again > 0);
}

/// Some of them through the whole program.
#[test]
fn damage_ends_the_run_with_the_name_of_the_file() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/good.parquet"), &sales(&[("t0", "bob", "2024-01-04", "1.00")]));
    let elsewhere = Project::new();
    for (kind, path) in kinds(elsewhere.root()).into_iter().enumerate() {
        let sound = fs::read(&path).unwrap();
        for number in 0..6 {
            let place = sound.len() * (2 * number + kind % 2 + 1) / 14;
            project.write("data/hurt.parquet", hurt(&sound, number + 6 * kind, place));
            let outcome = project.run(&["run", PIPELINE]);
            assert!(
                matches!(outcome.code, Some(0 | 2 | 3)),
                "{number} at {place}: {:?}\n{}",
                outcome.code,
                outcome.err
            );
            let named = outcome.code == Some(0) || outcome.err.contains("hurt.parquet");
            assert!(named, "{number} at {place}:\n{}", outcome.err);
        }
    }
}

/// The file says that it has more rows than there are in it.
#[test]
fn a_file_that_lacks_rows() {
    let project = Project::shop("path: data");
    let path = project.path("data/a.parquet");
    parquet_with(&path, &some_sales(), plain());
    let bytes = fs::read(&path).unwrap();
    let found = metadata(&path);
    let group = found.row_group(0).clone().into_builder().set_num_rows(310).build().unwrap();
    let file = found.file_metadata();
    let file = parquet::file::metadata::FileMetaData::new(
        file.version(),
        310,
        file.created_by().map(str::to_owned),
        file.key_value_metadata().cloned(),
        file.schema_descr_ptr(),
        None,
    );
    let mut out = bytes[..column_at(&path, 3).end].to_vec();
    ParquetMetaDataWriter::new(&mut out, &ParquetMetaData::new(file, vec![group])).finish().unwrap();
    fs::write(&path, out).unwrap();
    let message = failure(&project);
    assert!(message.starts_with("exit code 3\n"), "{message}");
    assert!(message.contains("a.parquet"), "{message}");
}

/// A text of a megabyte that a thousand rows name lies in a file of some kilobytes; written out for each row it
/// would be a gigabyte.
#[test]
fn a_small_file_that_unpacks_to_a_gigabyte() {
    let project = Project::shop(
        "path: data\ncolumns: { transaction_id: transaction_id, customer_id: customer_id, occurred_at: occurred_at, amount: amount }",
    );
    project.replace(PIPELINE, "name: shop\n", "name: shop\nmemory: 256MiB\n");
    let rows = 1_000;
    let mut notes = StringViewBuilder::new().with_deduplicate_strings();
    let long = "x".repeat(1 << 20);
    (0..rows).for_each(|_| notes.append_value(&long));
    let notes: ArrayRef = Arc::new(notes.finish());
    let table = batch(vec![
        ("transaction_id", texts(&vec!["t1"; rows])),
        ("customer_id", texts(&vec!["ann"; rows])),
        ("occurred_at", days(&vec!["2024-01-05"; rows])),
        ("amount", decimals(&vec!["1.00"; rows], 10, 2)),
        ("note", notes),
    ]);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
        .set_dictionary_page_size_limit(8 << 20)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    parquet_with(&project.path("data/a.parquet"), &table, properties);
    assert!(fs::metadata(project.path("data/a.parquet")).unwrap().len() < 20_000);
    project.write("sql/seen.sql", "select customer_id, count(*) as n from transactions group by customer_id");
    project.replace(PIPELINE, "columns: {", "quarantine: { long: octet_length(note) < 5 }\n    columns: {");
    project.ran();
    let record = project.json("site/shop/2024-03-31/manifest.json");
    let sources = record["sources"].as_array().unwrap().iter();
    // Where the system tells.
    if let Some(peak) = sources.filter_map(|source| source["peak_mib"].as_u64()).max() {
        assert!(peak < 700, "{peak} MiB");
    }
}

/// Twenty bytes that state eight billion lengths of texts, for which a reader would make room.
#[test]
fn a_page_that_states_billions_of_lengths() {
    for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
        let project = Project::shop("path: data");
        let path = project.path("data/a.parquet");
        let properties = plain().into_builder().set_column_encoding("customer_id".into(), encoding).build();
        parquet_with(&path, &some_sales(), properties);
        project.ran();
        fs::remove_dir_all(project.path("site")).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let column = column_at(&path, 1);
        // Blocks of 128 in four parts, 300 lengths.
        let head = [0x80, 0x01, 0x04, 0xac, 0x02];
        let at = bytes[column.clone()].windows(head.len()).position(|bytes| bytes == head).unwrap();
        bytes[column.start + at + 3..][..5].copy_from_slice(&[0x80, 0x80, 0x80, 0x80, 0x20]);
        fs::write(&path, bytes).unwrap();
        let message = failure(&project);
        assert!(message.starts_with("exit code 3\n"), "{message}");
        assert!(
            message.contains("a.parquet cannot be read: the column `customer_id` states 8589934592"),
            "{message}"
        );
    }
}
