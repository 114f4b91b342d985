//! CSV files as shops have them: what is read, and what is an error with file, line and remedy.

use std::io::Write;

use encoding_rs::{GBK, WINDOWS_1252};
use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

const COLUMNS: &str = "columns:
  transaction_id: id
  customer_id: customer
  occurred_at: CAST(day AS DATE)
  amount: CAST(amount AS DECIMAL(10, 2))";

/// A shop with one file and these lines above its `columns`.
fn shop(name: &str, settings: &str, bytes: impl AsRef<[u8]>) -> Project {
    let project = Project::shop(&format!("path: data\n{settings}{COLUMNS}"));
    project.write(&format!("data/{name}"), bytes);
    project
}

/// What `run` says; nothing may be published.
fn failure(project: &Project) -> String {
    let outcome = project.run(&["run", PIPELINE]);
    assert!(project.nothing_published(), "{}", outcome.err);
    outcome.message()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

const PLATES: &str = "id,customer,day,amount,item
t1,ann,2024-01-05,1.00,\"5 inch plate
t2,bob,2024-01-06,2.00,cup
t3,cy,2024-01-07,3.00,jug
t4,dee,2024-01-08,4.00,6\" plate
";

/// By other readers' leave, this file has two rows of four.
#[test]
fn a_stray_quote_takes_no_rows() {
    assert_snapshot!(failure(&shop("a.csv", "", PLATES)), @r#"
    exit code 3
      × source `transactions`: data/a.csv, line 5, column `item`: text follows the closing quote of a
      │ value that began on line 2
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: a value that holds a quote stands in quotes, and the quote in it twice, as in `"6""
            plate"`; where quotes are characters like any other, add `quote: none` to the source
    "#);
}

#[test]
fn where_quotes_mean_nothing_they_are_characters() {
    let project = shop("a.csv", "quote: none\n", PLATES);
    project.ran();
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").batch.num_rows(), 4);
}

#[test]
fn a_quote_inside_a_value() {
    let project = shop("a.csv", "", "id,customer,day,amount\nt1,ann \"the cat\" lee,2024-01-05,1\n");
    assert_snapshot!(failure(&project), @r#"
    exit code 3
      × source `transactions`: data/a.csv, line 2, column `customer`: a quote stands inside a value
      │ that does not begin with one
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: a value that holds a quote stands in quotes, and the quote in it twice, as in `"6""
            plate"`; where quotes are characters like any other, add `quote: none` to the source
    "#);
}

#[test]
fn a_quote_that_nothing_closes() {
    let project = shop("a.csv", "", "id,customer,day,amount\nt1,\"ann,2024-01-05,1\nt2,bob,2024-01-06,2\n");
    assert_snapshot!(failure(&project), @r#"
    exit code 3
      × source `transactions`: data/a.csv, line 2, column `customer`: a value begins with a quote that
      │ nothing closes
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: a value that holds a quote stands in quotes, and the quote in it twice, as in `"6""
            plate"`; where quotes are characters like any other, add `quote: none` to the source
    "#);
}

/// The file is named, and the line in it, whichever it is.
#[test]
fn a_row_with_more_values_than_columns() {
    let project = shop("a.csv", "", "id,customer,day,amount\nt1,ann,2024-01-05,1\n");
    project.write(
        "data/b.csv",
        "id,customer,day,amount\nt2,\"Lee\n\n\",2024-01-05,1\nt3,Lee, Bo,2024-01-05,2\n",
    );
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: data/b.csv, line 5: the row has 5 values, but the header names 4
      │ columns
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: a value that holds the delimiter `,` stands in quotes; if rows end with a delimiter, the
            header must too; if columns are divided in another way, set `delimiter:`
    ");
}

#[test]
fn a_value_below_no_name() {
    let project =
        shop("a.csv", "", ",id,customer,day,amount,,\n0,t1,ann,2024-01-05,1,,\n1,t2,bob,2024-01-05,1,x,\n");
    assert_snapshot!(failure(&project), @r"
    exit code 3
      ⚠ source `transactions`: 3 unnamed columns are not read, in a.csv
      help: a column is read if the header names it
      × source `transactions`: data/a.csv, line 3, column 6: a value stands in a column that the
      │ header does not name
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: name the column; or is it a value that holds the delimiter `,` and needs quotes?
    ");
}

#[test]
fn columns_without_a_name_are_passed_over() {
    let project = shop("a.csv", "", ",id,customer,day,amount,,\n0,t1,ann,2024-01-05,1,,\n");
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @r"
    ⚠ source `transactions`: 3 unnamed columns are not read, in a.csv
    help: a column is read if the header names it
    ");
    let plan = project.done(&["plan", PIPELINE]).out;
    assert!(plan.contains("\n    3 unnamed columns are not read, in a.csv\n"), "{plan}");
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 1.00
    ");
}

#[test]
fn a_byte_of_value_0() {
    assert_snapshot!(failure(&shop("a.csv", "", "id,customer,day,amount\nt1,a\0n,2024-01-05,1\n")), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 2, column `customer`: a byte of value 0; text has no
      │ such byte
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: copy the file again from where it came; if it is UTF-16, add `encoding: utf-16le` to the
            source
    ");
}

/// The delimiter is what divides the header, not what its names hold; and Excel's first line says it.
#[test]
fn headers_of_every_make() {
    for header in [
        "id,\"customer; a; b; c; d\",day,amount",
        "\u{feff}id,\"customer\nof ours; a; b; c; d\",day,amount",
        "\"id\",\"customer\",\"day\",\"amount\"",
        "sep=,\r\nid,customer;a;b;c;d,day,amount",
        "\"sep=,\"\nid,customer|a|b|c|d,day,amount",
    ] {
        let project = shop("a.csv", "", format!("{header}\nt1,ann,2024-01-05,1\n"));
        let name = if header.contains("\nof") {
            "customer\\nof ours; a; b; c; d"
        } else if header.contains("; a") {
            "customer; a; b; c; d"
        } else if header.contains(";a") {
            "customer;a;b;c;d"
        } else if header.contains('|') {
            "customer|a|b|c|d"
        } else {
            "customer"
        };
        project.replace(PIPELINE, "customer_id: customer\n", &format!("customer_id: \"\\\"{name}\\\"\"\n"));
        project.ran();
        assert_eq!(
            project.table("private/shop/2024-03-31/tables/seen.parquet").column("customer_id"),
            ["ann"],
            "{header}"
        );
    }
}

#[test]
fn excel_s_first_line_is_no_row_and_counts_as_a_line() {
    let project = shop("a.csv", "", "sep=;\r\nid;customer;day;amount\r\nt1;ann;2024-01-05;1\r\nt2;bob\r\n");
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 4: the row has 2 values, but the header names 4
      │ columns
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: a row has a value or nothing for each column, with `;` between two: is it cut short, or
            are columns divided in another way? `delimiter:` says how
    ");
}

#[test]
fn a_delimiter_that_is_set() {
    for (setting, delimiter) in
        [("\":\"", ':'), ("tab", '\t'), ("\"\\t\"", '\t'), ("\" \"", ' '), ("'|'", '|')]
    {
        let line = |values: [&str; 4]| values.join(&delimiter.to_string()) + "\n";
        let text = line(["id", "customer", "day", "amount"]) + &line(["t1", "a,b;c", "2024-01-05", "1"]);
        let project = shop("a.csv", &format!("delimiter: {setting}\n"), text);
        project.ran();
        assert_eq!(
            project.table("private/shop/2024-03-31/tables/seen.parquet").column("customer_id"),
            ["a,b;c"]
        );
    }
}

#[test]
fn an_encoding_that_is_set() {
    let text = "id,customer,day,amount\nt1,André,2024-01-05,1\n";
    let chinese = "id,customer,day,amount\nt1,张伟,2024-01-05,1\n";
    let utf16 =
        |mark: &str, text: &str| (mark.to_owned() + text).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [(&str, Vec<u8>, &str); 7] = [
        ("encoding: latin-1\n", WINDOWS_1252.encode(text).0.into_owned(), "André"),
        ("encoding: windows-1252\n", WINDOWS_1252.encode(text).0.into_owned(), "André"),
        ("encoding: GBK\n", GBK.encode(chinese).0.into_owned(), "张伟"),
        ("encoding: gb18030\n", GBK.encode(chinese).0.into_owned(), "张伟"),
        ("encoding: utf-16\n", utf16("\u{feff}", chinese), "张伟"),
        ("encoding: utf-16le\n", utf16("", chinese), "张伟"),
        ("", utf16("\u{feff}", text), "André"),
    ];
    for (setting, bytes, name) in files {
        let project = shop("a.csv", setting, bytes);
        project.ran();
        let seen = project.table("private/shop/2024-03-31/tables/seen.parquet");
        assert_eq!(seen.column("customer_id"), [name], "{setting}");
    }
}

/// What an earlier run kept was read in another way.
#[test]
fn a_setting_that_changes_is_noticed() {
    let bytes = WINDOWS_1252.encode("id,customer,day,amount\nt1,Ž,2024-01-05,1\n").0.into_owned();
    let project = shop("a.csv", "encoding: windows-1252\n", bytes);
    project.ran();
    project.replace(PIPELINE, "windows-1252", "windows-1251");
    project.ran();
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").column("customer_id"), ["Ћ"]);
}

#[test]
fn bytes_that_look_like_gbk() {
    let bytes = GBK.encode("id,customer,day,amount\nt1,张伟,2024-01-05,1\n").0.into_owned();
    assert_snapshot!(failure(&shop("a.csv", "", bytes)), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 2, column `customer`: the byte D5 is not UTF-8 text
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: the file looks like GBK: add `encoding: gbk` to the source
    ");
}

#[test]
fn bytes_that_look_like_latin_1_in_the_header() {
    let project = shop("a.csv", "", b"id,customer,day,amount,pr\xe9nom\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 1, column 5: the byte E9 is not UTF-8 text
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: the file looks like Windows-1252 (Latin-1): add `encoding: windows-1252` to the source
    ");
}

#[test]
fn bytes_that_the_encoding_does_not_have() {
    let project = shop("a.csv", "encoding: gbk\n", b"id,customer,day,amount\nt1,\xff,2024-01-05,1\n");
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 2, column `customer`: the byte FF is not GBK text
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     encoding: gbk
       ╰────
      help: is the file encoded in another way than `encoding:` says? Else copy the file again from
            where it came
    ");
}

#[test]
fn settings_that_cannot_be() {
    let project = shop("a.csv", "delimiter: \";;\"\nencoding: gbkk\nquote: no\nseparator: x\n", "id\n");
    assert_snapshot!(project.complaint(), @r#"
    exit code 2
      × `;;` cannot be a delimiter
       ╭─[pipelines/shop.yaml:6:16]
     5 │     path: data
     6 │     delimiter: ";;"
       ·                ────
     7 │     encoding: gbkk
       ╰────
      help: write one character in quotes, such as `delimiter: ";"`, or `delimiter: tab`
      × `gbkk` is not an encoding
       ╭─[pipelines/shop.yaml:7:15]
     6 │     delimiter: ";;"
     7 │     encoding: gbkk
       ·               ────
     8 │     quote: no
       ╰────
      help: did you mean `gbk`?
      × `no` is not a value of `quote`
       ╭─[pipelines/shop.yaml:8:12]
     7 │     encoding: gbkk
     8 │     quote: no
       ·            ──
     9 │     separator: x
       ╰────
      help: values stand in double quotes or, with `quote: none`, in no quotes at all
      × `separator` is not a key of `transactions`
        ╭─[pipelines/shop.yaml:9:5]
      8 │     quote: no
      9 │     separator: x
        ·     ─────────
     10 │     columns:
        ╰────
      help: known here: path, delimiter, shared, quarantine, encoding, quote, orders, amounts, by_day,
            join, and 4 more
    "#);
}

#[test]
fn settings_that_are_blank() {
    let project = shop("a.csv", "delimiter:\nencoding:\n", "id\n");
    assert_snapshot!(project.complaint(), @r#"
    exit code 2
      × `delimiter` must be one character
       ╭─[pipelines/shop.yaml:6:14]
     5 │     path: data
     6 │     delimiter:
       ·              ▲
     7 │     encoding:
       ╰────
      help: write one character in quotes, such as `delimiter: ";"`, or `delimiter: tab`
      × `encoding` is blank
       ╭─[pipelines/shop.yaml:7:13]
     6 │     delimiter:
     7 │     encoding:
       ·             ▲
     8 │     columns:
       ╰────
      help: give it a value, or remove the line: `encoding` then has its default
    "#);
}

#[test]
fn settings_for_a_source_of_parquet() {
    let project = Project::shop("path: data\nencoding: gbk\ndelimiter: tab");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "1.00")]));
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `encoding` has no use: the files of `transactions` are Parquet
       ╭─[pipelines/shop.yaml:6:5]
     5 │     path: data
     6 │     encoding: gbk
       ·     ────────
     7 │     delimiter: tab
       ╰────
      help: remove the line: it is for CSV files, which end in `.csv` or `.csv.gz`
      × `delimiter` has no use: the files of `transactions` are Parquet
       ╭─[pipelines/shop.yaml:7:5]
     6 │     encoding: gbk
     7 │     delimiter: tab
       ·     ─────────
     8 │ steps:
       ╰────
      help: remove the line: it is for CSV files, which end in `.csv` or `.csv.gz`
    ");
}

#[test]
fn a_first_line_that_contradicts_the_setting() {
    let project = shop("a.csv", "delimiter: ','\n", "sep=;\nid;customer;day;amount\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 3
      × source `transactions`: data/a.csv begins with `sep=`, which says that `;` is between columns
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     delimiter: ','
       ╰────
      help: the source's `delimiter` says `,`: remove `delimiter` from the source, or the line from
            the file
    ");
}

#[test]
fn files_packed_by_gzip_beside_others() {
    let project = shop("a.csv", "", "id,customer,day,amount\nt1,ann,2024-01-05,1\n");
    // Of two members, as `cat a.gz b.gz` makes them.
    let members = [packed(b"id;customer;day;amount\nt2;bob;2024"), packed(b"-01-06;2\n")].concat();
    project.write("data/B.CSV.GZ", &members);
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 1.00
    t2 | bob | 2024-01-06 | 2.00
    ");
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    assert_eq!(manifest["inputs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_packed_file_that_is_cut_short() {
    let rows: String =
        (0..50_000).map(|n| format!("t{n},c{},2024-01-05,{}\n", n * 7919 % 1000, n % 97)).collect();
    let bytes = packed(format!("id,customer,day,amount\n{rows}").as_bytes());
    assert_snapshot!(failure(&shop("a.csv.gz", "", &bytes[..bytes.len() / 2])), @r"
    exit code 3
      × source `transactions`: data/a.csv.gz is cut short: the end of what gzip packed is missing
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: copy the file again from where it came
    ");
}

#[test]
fn a_header_of_too_many_columns() {
    let names: Vec<String> = (0..140_000).map(|column| format!("c{column}")).collect();
    assert_snapshot!(shop("a.csv", "", names.join(",") + "\n").complaint(), @r"
    exit code 3
      × source `transactions`: data/a.csv names more than 10,000 columns
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: is it CSV? Its lines may end, or its columns be divided, in another way
    ");
}

#[test]
fn a_file_without_line_breaks() {
    assert_snapshot!(shop("a.csv", "", vec![b'x'; 17 << 20]).complaint(), @r"
    exit code 3
      × source `transactions`: data/a.csv, line 1: a row of more than 16 MiB begins here
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: is a quote never closed, or do lines end in another way?
    ");
}

#[test]
fn a_workbook_by_another_name() {
    assert_snapshot!(shop("a.csv", "", b"PK\x03\x04\x14\0\0\0").complaint(), @r"
    exit code 3
      × source `transactions`: data/a.csv is a workbook or an archive, not CSV
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │     columns:
       ╰────
      help: a data file's name says its format; save it as CSV
    ");
}

/// Text is text: nothing but nothing is NULL.
#[test]
fn nothing_but_an_empty_value_is_null() {
    let text = "id,customer,day,amount\nt1,\\N,2024-01-05,1\nt2,NA,2024-01-05,1\nt3,null,2024-01-05,1\nt4, x ,2024-01-05,1\nt5,,2024-01-05,\nt6,\"\",2024-01-05,\"\"\n";
    let project = shop("a.csv", "", text);
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | \N | 2024-01-05 | 1.00
    t2 | NA | 2024-01-05 | 1.00
    t3 | null | 2024-01-05 | 1.00
    t4 |  x  | 2024-01-05 | 1.00
    ");
}

const COMMA: &str = "path: data
columns:
  transaction_id: Beleg
  customer_id: Kunde
  occurred_at: CAST(Datum AS DATE)
  amount: CAST(Betrag AS DECIMAL(10, 2))";

/// The message says how such a number is read, then how such a date is; with both the report is right.
#[test]
fn decimal_commas_and_days_before_months() {
    let project = Project::shop(COMMA);
    project.write("data/a.csv", "Beleg;Kunde;Datum;Betrag\nt1;ann;2024-01-05;1\n");
    project
        .write("data/b.csv", "Beleg;Kunde;Datum;Betrag\nt2;bob;31/01/2024;1.234,56\nt3;cy;1/2/2024;-0,50\n");
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × `occurred_at` of source `transactions`: '31/01/2024' cannot be read as DATE, in data/b.csv,
      │ line 2
        ╭─[pipelines/shop.yaml:9:20]
      8 │       customer_id: Kunde
      9 │       occurred_at: CAST(Datum AS DATE)
        ·                    ───────────────────
     10 │       amount: CAST(Betrag AS DECIMAL(10, 2))
        ╰────
      help: write `parse_date(Datum, 'dd/mm/yyyy')`; with `try_` before the name what does not fit is
            NULL, and a quarantine rule can set it aside
    ");
    project.replace(
        PIPELINE,
        "CAST(Datum AS DATE)",
        "coalesce(try_parse_date(Datum, 'dd/mm/yyyy'), TRY_CAST(Datum AS DATE))",
    );
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × `amount` of source `transactions`: '1.234,56' cannot be read as DECIMAL(38, 10), in data/
      │ b.csv, line 2
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: coalesce(try_parse_date(Datum, 'dd/mm/yyyy'), TRY_CAST(Datum AS DATE))
     10 │       amount: CAST(Betrag AS DECIMAL(10, 2))
        ·               ──────────────────────────────
     11 │ steps:
        ╰────
      help: write `parse_decimal(Betrag, ',')`; with `try_` before the name what does not fit is NULL,
            and a quarantine rule can set it aside
    ");
    project.replace(PIPELINE, "CAST(Betrag AS DECIMAL(10, 2))", "parse_decimal(Betrag, ',')");
    project.ran();
    assert_snapshot!(project.seen(), @"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 1.0000
    t2 | bob | 2024-01-31 | 1234.5600
    t3 | cy | 2024-02-01 | -0.5000
    ");
}

#[test]
fn a_value_that_the_pattern_does_not_fit() {
    let project = shop("a.csv", "", "id,customer,day,amount\nt1,ann,05/01/2024,1\nt2,bob,31/02/2024,1\n");
    project.replace(PIPELINE, "CAST(day AS DATE)", "parse_date(day, 'dd/mm/yyyy')");
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × `occurred_at` of source `transactions`: parse_date cannot read '31/02/2024' as a date written
      │ 'dd/mm/yyyy', in data/a.csv, line 3
        ╭─[pipelines/shop.yaml:9:20]
      8 │       customer_id: customer
      9 │       occurred_at: parse_date(day, 'dd/mm/yyyy')
        ·                    ─────────────────────────────
     10 │       amount: CAST(amount AS DECIMAL(10, 2))
        ╰────
      help: `try_parse_date` gives NULL for what does not fit; a quarantine rule can then set it aside
    ");
}

/// It is not in the mapping alone that values are read.
#[test]
fn a_value_that_does_not_fit_in_a_rule() {
    let project = Project::shop(&format!(
        "path: data\n{COLUMNS}\nquarantine:\n  free: CAST(rate AS DECIMAL(4, 2)) = 0"
    ));
    project.write(
        "data/a.csv",
        "id,customer,day,amount,rate\nt1,ann,2024-01-05,1,0.5\nt2,bob,2024-01-06,1,\"7,25\"\n",
    );
    assert_snapshot!(failure(&project), @r"
    exit code 3
      × source `transactions`: '7,25' cannot be read as DECIMAL(38, 10), in data/a.csv, line 3
        ╭─[pipelines/shop.yaml:12:13]
     11 │     quarantine:
     12 │       free: CAST(rate AS DECIMAL(4, 2)) = 0
        ·             ───────────────────────────────
     13 │ steps:
        ╰────
      help: write `parse_decimal(rate, ',')`; with `try_` before the name what does not fit is NULL,
            and a quarantine rule can set it aside
    ");
}

#[test]
fn a_pattern_that_is_none() {
    let project = shop("a.csv", "", "id,customer,day,amount\n");
    project.replace(PIPELINE, "CAST(day AS DATE)", "parse_date(day, '%d/%m/%Y')");
    project.replace(PIPELINE, "CAST(amount AS DECIMAL(10, 2))", "parse_decimal(amount, ';')");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × parse_date('%d/%m/%Y'): a pattern is written with yyyy, yy, mm, mon, dd, hh, hh12, mi, ss, ff
      │ and am, as in 'dd/mm/yyyy'
        ╭─[pipelines/shop.yaml:9:20]
      8 │       customer_id: customer
      9 │       occurred_at: parse_date(day, '%d/%m/%Y')
        ·                    ───────────────────────────
     10 │       amount: parse_decimal(amount, ';')
        ╰────
      help: write 'dd/mm/yyyy' for '%d/%m/%Y'
      × the decimal mark of parse_decimal is ',' or '.'
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: parse_date(day, '%d/%m/%Y')
     10 │       amount: parse_decimal(amount, ';')
        ·               ──────────────────────────
     11 │ steps:
        ╰────
      help: write `','` for 1.234,56 and `'.'` for 1,234.56
    ");
    let help = |pattern: &str| {
        let project = shop("a.csv", "", "id,customer,day,amount\n");
        project.replace(PIPELINE, "CAST(day AS DATE)", &format!("parse_timestamp(day, '{pattern}')"));
        let said = project.complaint().replace("\n            ", " ");
        said.split_once("help: ").unwrap().1.trim().to_owned()
    };
    assert_eq!(help("yyyy-MM-dd HH:mm:ss"), "write 'yyyy-mm-dd hh:mi:ss' for 'yyyy-MM-dd HH:mm:ss'");
    assert!(
        help("tt.mm.jjjj").starts_with("the pattern is one text of the file with its digits put into words")
    );
}

#[test]
fn the_same_whatever_the_number_of_files_and_threads() {
    let mut seen = Vec::new();
    for threads in ["1", "3"] {
        let project = shop("a.csv", "", "id,customer,day,amount\nt0,ann,2024-01-05,1\n");
        for file in 0..9 {
            let rows: String = (0..50).map(|n| format!("t{file}-{n},c{n},2024-01-05,{n}.{file}\n")).collect();
            project.write(&format!("data/{file}.csv"), format!("id,customer,day,amount\n{rows}"));
        }
        project.done(&["run", PIPELINE, "--threads", threads]);
        seen.push(project.seen());
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].matches("2024-01-05").count(), 451);
}
