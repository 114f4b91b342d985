//! Files that cannot be read: the message names the file, nothing is published, nothing panics.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};

use insta::assert_snapshot;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::data::{parquet, parquet_with, sales};
use crate::support::{PIPELINE, Project};

const ROW: (&str, &str, &str, &str) = ("t1", "ann", "2024-01-05", "10.00");

/// What `run` says; nothing may be published.
fn failure(project: &Project) -> String {
    let outcome = project.run(&["run", PIPELINE]);
    assert!(project.nothing_published(), "{}", outcome.err);
    outcome.message()
}

fn two_files(second: &[u8], name: &str) -> Project {
    let project = Project::shop("path: data");
    parquet(&project.path("data/good.parquet"), &sales(&[ROW]));
    project.write(&format!("data/{name}"), second);
    project
}

fn bytes_of_a_parquet_file() -> Vec<u8> {
    let project = Project::new();
    parquet(&project.path("a.parquet"), &sales(&[ROW]));
    std::fs::read(project.path("a.parquet")).unwrap()
}

#[test]
fn a_path_that_leads_nowhere() {
    assert_snapshot!(failure(&Project::shop("path: data/missing.parquet")), @r"
    exit code 3
      × source `transactions`: data/missing.parquet does not exist
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/missing.parquet
       ·           ────────────────────
     6 │ steps:
       ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
    ");
}

#[test]
fn a_glob_without_a_match() {
    assert_snapshot!(failure(&Project::shop("path: data/*.parquet")), @r"
    exit code 3
      × source `transactions`: no Parquet or CSV file matches data/*.parquet
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/*.parquet
       ·           ──────────────
     6 │ steps:
       ╰────
      help: check the glob and the folder it is relative to
    ");
}

#[test]
fn an_empty_folder() {
    let project = Project::shop("path: data");
    std::fs::create_dir(project.path("data")).unwrap();
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: data holds no Parquet or CSV file
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: the names of data files end in `.parquet` or `.csv`
    ");
}

#[test]
fn a_file_of_another_kind() {
    let project = Project::shop("path: data/sales.xlsx");
    project.write("data/sales.xlsx", "PK");
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: data/sales.xlsx is neither `.parquet` nor `.csv`
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/sales.xlsx
       ·           ───────────────
     6 │ steps:
       ╰────
      help: a data file's name says its format
    ");
}

#[test]
fn a_folder_of_both_kinds() {
    assert_snapshot!(failure(&two_files(b"id\n1\n", "more.csv")), @r"
    exit code 3
      × source `transactions`: data mixes Parquet and CSV: data/more.csv is not Parquet
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: name one kind with a glob, such as `data/*.parquet`
    ");
}

#[test]
fn a_parquet_file_without_bytes() {
    assert_snapshot!(failure(&two_files(b"", "empty.parquet")), @r"
    exit code 3
      × source `transactions`: data/empty.parquet is empty (0 bytes)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: copy the file again from where it came
    ");
}

#[test]
fn a_parquet_file_that_is_cut_short() {
    let bytes = bytes_of_a_parquet_file();
    assert_snapshot!(failure(&two_files(&bytes[..bytes.len() - 20], "short.parquet")), @r"
    exit code 3
      × source `transactions`: data/short.parquet is cut short: it begins as Parquet, but its end is
      │ missing (Invalid Parquet file. Corrupt footer)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: copy the file again from where it came
    ");
}

#[test]
fn a_file_that_is_parquet_by_name_only() {
    assert_snapshot!(failure(&two_files(b"id,customer\n1,ann\n", "named.parquet")), @r"
    exit code 3
      × source `transactions`: data/named.parquet is not a Parquet file (Invalid Parquet file. Corrupt
      │ footer)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: a file named `.parquet` must hold Parquet; rename or remove it
    ");
}

/// Several files are broken: all are named.
#[test]
fn several_broken_files() {
    let project = two_files(b"", "empty.parquet");
    project.write("data/named.parquet", "no Parquet at all");
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: data/empty.parquet is empty (0 bytes)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: copy the file again from where it came
      × source `transactions`: data/named.parquet is not a Parquet file (Invalid Parquet file. Corrupt
      │ footer)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: a file named `.parquet` must hold Parquet; rename or remove it
    ");
}

/// The footer is sound, so only the run itself can find a damaged page; the engine does not say in which file.
#[test]
fn a_damaged_page_behind_a_sound_footer() {
    let project = Project::shop("path: data");
    let rows: Vec<(String, String, String, String)> = (0..500)
        .map(|n| (format!("t{n}"), format!("c{}", n * 7919 % 500), "2024-01-05".into(), format!("{n}.00")))
        .collect();
    let rows: Vec<_> =
        rows.iter().map(|r| (r.0.as_str(), r.1.as_str(), r.2.as_str(), r.3.as_str())).collect();
    let properties = || WriterProperties::builder().set_max_row_group_row_count(Some(100)).build();
    for name in ["data/1.parquet", "data/2.parquet", "data/3.parquet"] {
        parquet_with(&project.path(name), &sales(&rows), properties());
    }
    let path = project.path("data/2.parquet");
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let (start, length) = reader.metadata().row_group(2).column(1).byte_range();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(start)).unwrap();
    file.write_all(&vec![0xff; usize::try_from(length).unwrap()]).unwrap();
    let check = project.run(&["check", PIPELINE]);
    assert_eq!(check.code, Some(0), "{}", check.err);
    let message = failure(&project);
    assert!(message.contains("2.parquet cannot be read"), "{message}");
    assert!(!message.contains("1.parquet") && !message.contains("3.parquet"), "{message}");
    assert!(message.starts_with("exit code 3\n"), "{message}");
    let record = project.read("site/.runs/shop.2024-03-31.json");
    assert!(record.contains("2.parquet cannot be read"), "{record}");
}

const CSV: &str = "path: data/a.csv
columns:
  transaction_id: id
  customer_id: customer
  occurred_at: CAST(day AS DATE)
  amount: CAST(amount AS DECIMAL(10, 2))";

fn csv(bytes: &[u8]) -> Project {
    let project = Project::shop(CSV);
    project.write("data/a.csv", bytes);
    project
}

#[test]
fn csv_without_bytes() {
    assert_snapshot!(failure(&csv(b"")), @r"
    exit code 3
      × source `transactions`: data/a.csv has no header line
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/a.csv
       ·           ──────────
     6 │     columns:
       ╰────
      help: the first line of a CSV file names its columns
    ");
}

#[test]
fn csv_whose_header_is_not_utf8() {
    assert_snapshot!(failure(&csv(b"id,customer,day,amount,caf\xe9\nt1,a,2024-01-05,1,x\n")), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 1, column 5: the byte E9 is not UTF-8 text
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/a.csv
       ·           ──────────
     6 │     columns:
       ╰────
      help: the file looks like Windows-1252 (Latin-1): add `encoding: windows-1252` to the source
    ");
}

#[test]
fn csv_whose_rows_are_not_utf8() {
    assert_snapshot!(failure(&csv(b"id,customer,day,amount\nt1,Andr\xe9,2024-01-05,1\n")), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 2, column `customer`: the byte E9 is not UTF-8 text
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/a.csv
       ·           ──────────
     6 │     columns:
       ╰────
      help: the file looks like Windows-1252 (Latin-1): add `encoding: windows-1252` to the source
    ");
}

#[test]
fn csv_with_a_row_of_another_length() {
    assert_snapshot!(failure(&csv(b"id,customer,day,amount\nt1,ann,2024-01-05,1\nt2,bob,2024-01-05\n")), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 3: the row has 3 values, but the header names 4
      │ columns
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/a.csv
       ·           ──────────
     6 │     columns:
       ╰────
      help: a row has a value or nothing for each column, with `,` between two: is it cut short, or
            are columns divided in another way? `delimiter:` says how
    ");
}

#[test]
fn csv_with_a_column_named_twice() {
    assert_snapshot!(failure(&csv(b"id,customer,day,id\nt1,ann,2024-01-05,1\n")), @r"
    exit code 3
      × source `transactions`: data/a.csv names the column `id` twice
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data/a.csv
       ·           ──────────
     6 │     columns:
       ╰────
      help: each column has a name of its own: rename one of them in the file
    ");
}

#[test]
fn csv_with_a_value_that_is_no_number() {
    assert_snapshot!(failure(&csv(b"id,customer,day,amount\nt1,ann,2024-01-05,1.00\nt2,bob,2024-01-06,n/a\n")), @r"
    exit code 3
      × `amount` of source `transactions`: 'n/a' cannot be read as DECIMAL(38, 10), in data/a.csv,
      │ line 3
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: CAST(day AS DATE)
     10 │       amount: CAST(amount AS DECIMAL(10, 2))
        ·               ──────────────────────────────
     11 │ steps:
        ╰────
      help: `TRY_CAST(... AS ...)` gives NULL for what does not fit; a quarantine rule can then set it
            aside
    ");
}

#[test]
fn csv_with_a_header_alone_has_no_rows() {
    let project = csv(b"id,customer,day,amount\n");
    project.ran();
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").batch.num_rows(), 0);
}

/// Damage anywhere in a file ends in a message or, where no row depends on the byte, in a report; never in a panic.
#[test]
fn damage_anywhere() {
    let sound = bytes_of_a_parquet_file();
    let project = two_files(b"", "hurt.parquet");
    let places = (0..sound.len()).step_by(sound.len() / 30);
    for (number, place) in places.enumerate() {
        let mut bytes = sound.clone();
        match number % 3 {
            0 => bytes[place] ^= 0xff,
            1 => bytes.truncate(place),
            _ => bytes.splice(place..place, [0, 0xff, 7]).for_each(drop),
        }
        project.write("data/hurt.parquet", &bytes);
        let outcome = project.run(&["run", PIPELINE]);
        let code = outcome.code;
        assert!(matches!(code, Some(0 | 2 | 3)), "byte {place}: {code:?}\n{}", outcome.err);
        assert!(code == Some(0) || outcome.err.contains("hurt.parquet"), "byte {place}:\n{}", outcome.err);
    }
}
