//! Every kind of file that a source can be, and files that must fit together.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int64Array, LargeStringArray, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use insta::assert_snapshot;

use crate::data::{batch, days, decimals, parquet, sales, texts};
use crate::support::{PIPELINE, Project};

const TWO: [(&str, &str, &str, &str); 2] =
    [("t1", "ann", "2024-01-05", "10.00"), ("t2", "bob", "2024-02-05", "-2.50")];

/// How a CSV file's text becomes columns.
const CSV_COLUMNS: &str = "
columns:
  transaction_id: id
  customer_id: customer
  occurred_at: CAST(day AS DATE)
  amount: CAST(amount AS DECIMAL(10, 2))
";

fn csv(files: &[(&str, &str)], path: &str) -> Project {
    let project = Project::shop(&format!("path: {path}{CSV_COLUMNS}"));
    for (name, text) in files {
        project.write(name, text);
    }
    project
}

#[test]
fn one_parquet_file() {
    let project = Project::shop("path: data/sales.parquet");
    parquet(&project.path("data/sales.parquet"), &sales(&TWO));
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 10.00
    t2 | bob | 2024-02-05 | -2.50
    ");
}

#[test]
fn a_folder_with_folders_and_without_what_is_no_data() {
    let project = Project::shop("path: data/");
    parquet(&project.path("data/2024-01.parquet"), &sales(&TWO[..1]));
    parquet(&project.path("data/late/2024-02.parquet"), &sales(&TWO[1..]));
    parquet(&project.path("data/.hidden.parquet"), &sales(&TWO));
    project.write("data/_SUCCESS", "");
    project.write("data/notes.txt", "not data");
    project.ran();
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/seen.parquet").column("transaction_id"),
        ["t1", "t2"]
    );
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    let paths: Vec<&str> =
        manifest["inputs"].as_array().unwrap().iter().map(|input| input["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["data/2024-01.parquet", "data/late/2024-02.parquet"]);
}

#[test]
fn a_glob() {
    let project = Project::shop("path: data/2024-*.parquet");
    parquet(&project.path("data/2024-01.parquet"), &sales(&TWO[..1]));
    parquet(&project.path("data/2024-02.parquet"), &sales(&TWO[1..]));
    parquet(&project.path("data/2023-12.parquet"), &sales(&[("old", "ann", "2023-12-05", "1.00")]));
    project.ran();
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/seen.parquet").column("transaction_id"),
        ["t1", "t2"]
    );
}

/// The record's hash is the one that `sha256sum` gives.
#[test]
fn inputs_are_on_record_with_size_and_hash() {
    let project = csv(&[("data/a.csv", "id,customer,day,amount\nt1,ann,2024-01-05,1.50\n")], "data/a.csv");
    project.ran();
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    let input = &manifest["inputs"][0];
    assert_eq!(input["bytes"], 46);
    assert_eq!(input["sha256"], "c5b87c65b7dab7de6128d44b860b9aea1f840bc8770a7650b7aba3432444249c");
}

#[test]
fn hive_partitions_are_columns() {
    let project = Project::shop(
        "path: data
columns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: occurred_at
  amount: amount
  store_id: store
  channel: concat(channel, ' ', store)",
    );
    parquet(&project.path("data/channel=web/store=north/a.parquet"), &sales(&TWO[..1]));
    parquet(&project.path("data/channel=shop/store=south/a.parquet"), &sales(&TWO[1..]));
    project.write("sql/seen.sql", "select transaction_id, store_id, channel from transactions order by 1");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | store_id | channel
    t1 | north | web north
    t2 | south | shop south
    ");
}

#[test]
fn csv_with_quotes_and_line_breaks() {
    let text = "id,customer,day,amount\nt1,\"Smith, Ann\",2024-01-05,10.00\nt2,\"the \"\"old\"\"\nshop\",2024-01-06,1.25\n";
    let project = csv(&[("data/a.csv", text)], "data");
    project.ran();
    assert_snapshot!(project.seen(), @r#"
    transaction_id | customer_id | day | amount
    t1 | Smith, Ann | 2024-01-05 | 10.00
    t2 | the "old"
    shop | 2024-01-06 | 1.25
    "#);
}

#[test]
fn csv_with_a_byte_order_mark_and_carriage_returns() {
    let text = "\u{feff}id,customer,day,amount\r\nt1,ann,2024-01-05,10.00\r\n";
    let project = csv(&[("data/a.csv", text)], "data");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 10.00
    ");
}

#[test]
fn csv_with_a_quoted_header_that_holds_the_delimiter() {
    let project = Project::shop(
        "path: data
columns:
  transaction_id: id
  customer_id: '\"customer, full name\"'
  occurred_at: CAST(day AS DATE)
  amount: CAST(amount AS DECIMAL(10, 2))",
    );
    project.write("data/a.csv", "id,\"customer, full name\",day,amount\nt1,ann,2024-01-05,10.00\n");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 10.00
    ");
}

#[test]
fn csv_files_of_other_delimiters_and_column_orders() {
    let files = [
        ("data/a.csv", "id,customer,day,amount\nt1,ann,2024-01-05,10.00\n"),
        ("data/b.csv", "amount;day;customer;id\n2.50;2024-01-06;bob, jr;t2\n"),
        ("data/c.csv", "day\tid\tnote\tamount\tcustomer\n2024-01-07\tt3\tx\t3.00\tcy\n"),
    ];
    let project = csv(&files, "data");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 10.00
    t2 | bob, jr | 2024-01-06 | 2.50
    t3 | cy | 2024-01-07 | 3.00
    ");
}

#[test]
fn an_empty_field_of_csv_is_null() {
    let project =
        csv(&[("data/a.csv", "id,customer,day,amount\nt1,,2024-01-05,10.00\nt2,ann,2024-01-05,\n")], "data");
    project.ran();
    // What has no customer, or no amount, is of no use; the field is neither an empty text nor 0.
    let aside = project.table("private/shop/2024-03-31/quarantine/transactions.parquet");
    let [id, customer, amount] = ["transaction_id", "customer_id", "amount"].map(|name| aside.column(name));
    assert_eq!((id, customer), (vec!["t1".into(), "t2".into()], vec!["NULL".to_owned(), "ann".into()]));
    assert_eq!(amount, ["10.00", "NULL"]);
}

/// Columns are matched by name; each takes the narrowest type that holds all values.
#[test]
fn types_that_widen() {
    let project = Project::shop(
        "path: data
columns:
  transaction_id: id
  customer_id: customer
  occurred_at: day
  amount: price
  quantity: pieces
  channel: channel
missing_columns: [channel]",
    );
    let ints = |values: Vec<i32>| Arc::new(Int32Array::from(values)) as ArrayRef;
    let longs = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
    parquet(
        &project.path("data/a.parquet"),
        &batch(vec![
            ("id", Arc::new(StringArray::from(vec!["t1"]))),
            ("customer", texts(&["ann"])),
            ("day", days(&["2024-01-05"])),
            ("price", decimals(&["12.50"], 6, 2)),
            ("pieces", ints(vec![2])),
        ]),
    );
    parquet(
        &project.path("data/b.parquet"),
        &batch(vec![
            ("pieces", longs(vec![5_000_000_000])),
            ("channel", texts(&["web"])),
            ("price", decimals(&["123456789.125"], 14, 3)),
            ("id", Arc::new(LargeStringArray::from(vec!["t2"]))),
            ("customer", texts(&["bob"])),
            (
                "day",
                cast(
                    &days(&["2024-01-06"]),
                    &DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, None),
                )
                .unwrap(),
            ),
        ]),
    );
    project.write(
        "sql/seen.sql",
        "select transaction_id, customer_id, day, amount, quantity, channel from transactions order by 1",
    );
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount | quantity | channel
    t1 | ann | 2024-01-05 | 12.500 | 2.000 | NULL
    t2 | bob | 2024-01-06 | 123456789.125 | 5000000000.000 | web
    ");
}

/// What is wrong with both columns is said at once, with the files.
#[test]
fn types_that_do_not_fit() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&TWO));
    let other = batch(vec![
        ("transaction_id", Arc::new(Int64Array::from(vec![7])) as ArrayRef),
        ("customer_id", texts(&["ann"])),
        ("occurred_at", texts(&["2024-01-05"])),
        ("amount", decimals(&["1.00"], 10, 2)),
    ]);
    parquet(&project.path("data/b.parquet"), &other);
    assert_snapshot!(project.complaint(), @r"
    exit code 3
      × source `transactions`: the column `transaction_id` of b.parquet is BIGINT, but in a.parquet it
      │ is VARCHAR
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: files of one source must agree on a column's type; write the file again with the other
            type, or list the columns that you need under `columns`
      × source `transactions`: the column `occurred_at` of b.parquet is VARCHAR, but in a.parquet it
      │ is DATE
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: files of one source must agree on a column's type; write the file again with the other
            type, or list the columns that you need under `columns`
    ");
}

/// A column on whose type files do not agree hinders nobody who does not name it; it is told of.
#[test]
fn types_that_do_not_fit_of_a_column_that_nothing_names() {
    let project = Project::shop(
        "path: data\ncolumns:\n  transaction_id: transaction_id\n  customer_id: customer_id\n  occurred_at: occurred_at\n  amount: amount",
    );
    for (file, id, note) in [
        ("data/a.parquet", "t1", texts(&["x"])),
        ("data/b.parquet", "t2", Arc::new(Int64Array::from(vec![7])) as ArrayRef),
    ] {
        let rows = batch(vec![
            ("Note", note),
            ("transaction_id", texts(&[id])),
            ("customer_id", texts(&["ann"])),
            ("occurred_at", days(&["2024-01-05"])),
            ("amount", decimals(&["1.00"], 10, 2)),
        ]);
        parquet(&project.path(file), &rows);
    }
    let told = "the column `Note` of b.parquet is BIGINT, but in a.parquet it is VARCHAR; nothing names it, and it is left out";
    let said = project.ran().err.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
    assert!(said.contains(told), "{said}");
    assert_eq!(project.seen().lines().count(), 3);
    // Who names it in a rule is told that they cannot.
    project.replace(PIPELINE, "    columns:\n", "    quarantine:\n      noted: note = 'x'\n    columns:\n");
    let said = project.complaint();
    assert!(said.contains("the column `Note` of b.parquet is BIGINT"), "{said}");
}

/// 2024-01-31 23:30 in New York is February in London, and 2024-02-01 00:30 in London is January in New York.
#[test]
fn the_business_day_is_the_pipelines_time_zone_s() {
    let instants = ["2024-01-31T23:30:00-05:00", "2024-02-01T00:30:00+00:00", "2024-03-31T00:59:00Z"];
    let micros: Vec<i64> =
        instants.iter().map(|at| at.parse::<jiff::Timestamp>().unwrap().as_microsecond()).collect();
    let rows = batch(vec![
        ("transaction_id", texts(&["t1", "t2", "t3"])),
        ("customer_id", texts(&["a", "a", "a"])),
        ("occurred_at", Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC")) as ArrayRef),
        ("amount", decimals(&["1", "1", "1"], 10, 2)),
    ]);
    let mut found = String::new();
    for zone in ["UTC", "Europe/London", "America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"] {
        let project = Project::shop("path: data");
        project.replace(
            "pipelines/shop.yaml",
            "as_of: 2024-03-31\n",
            &format!("as_of: 2024-04-01\ntimezone: {zone}\n"),
        );
        parquet(&project.path("data/a.parquet"), &rows);
        project.ran();
        let days = project.table("private/shop/2024-04-01/tables/seen.parquet").column("day");
        writeln!(found, "{zone}: {}", days.join(" ")).unwrap();
    }
    assert_snapshot!(found, @r"
    UTC: 2024-02-01 2024-02-01 2024-03-31
    Europe/London: 2024-02-01 2024-02-01 2024-03-31
    America/New_York: 2024-01-31 2024-01-31 2024-03-30
    Asia/Shanghai: 2024-02-01 2024-02-01 2024-03-31
    Pacific/Kiritimati: 2024-02-01 2024-02-01 2024-03-31
    ");
}

/// A timestamp without a zone is the shop's own clock: its day is its day.
#[test]
fn a_timestamp_without_a_zone_keeps_its_day() {
    let project = Project::shop(
        "path: data/a.csv
columns:
  transaction_id: id
  customer_id: id
  occurred_at: to_timestamp(at)
  amount: CAST(amount AS DECIMAL(10, 2))",
    );
    project.replace("pipelines/shop.yaml", "as_of:", "timezone: Asia/Shanghai\nas_of:");
    project.write("data/a.csv", "id,at,amount\nt1,2024-01-31 23:59:59,1\nt2,2024-02-01 00:00:00,1\n");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | t1 | 2024-01-31 | 1.00
    t2 | t2 | 2024-02-01 | 1.00
    ");
}

#[test]
fn names_with_capitals_and_spaces() {
    let project = Project::shop(
        "path: data/export [2024] 1.parquet
columns:
  transaction_id: '\"Invoice No\"'
  customer_id: CustomerID
  occurred_at: INVOICEDATE
  amount: '\"Unit Price\" * Quantity'",
    );
    parquet(
        &project.path("data/export [2024] 1.parquet"),
        &batch(vec![
            ("Invoice No", texts(&["t1", "t2"])),
            ("CustomerID", texts(&["ann", "bob"])),
            ("InvoiceDate", days(&["2024-01-05", "2024-01-06"])),
            ("Quantity", Arc::new(Int64Array::from(vec![2, -1])) as ArrayRef),
            ("Unit Price", decimals(&["1.250", "3.000"], 12, 3)),
        ]),
    );
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 2.500
    t2 | bob | 2024-01-06 | -3.000
    ");
}

#[test]
fn a_folder_with_odd_file_names() {
    let project = Project::shop("path: data");
    for (name, row) in [("a[1].parquet", TWO[0]), ("100% * ü?#.parquet", TWO[1])] {
        parquet(&project.path(&format!("data/{name}")), &sales(&[row]));
    }
    project.ran();
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/seen.parquet").column("transaction_id"),
        ["t1", "t2"]
    );
}

/// Rows after the as-of date do not exist for the run, but are counted.
#[test]
fn rows_after_the_as_of_date() {
    let project = Project::shop("path: data");
    let late = ("t3", "ann", "2024-04-01", "5.00");
    parquet(&project.path("data/a.parquet"), &sales(&[TWO[0], TWO[1], late]));
    project.ran();
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/seen.parquet").column("transaction_id"),
        ["t1", "t2"]
    );
    let source = &project.json("site/shop/2024-03-31/manifest.json")["sources"][0];
    assert_eq!(source["set_aside"].to_string(), r#"[{"amount":"5.00","rows":1,"rule":"after_as_of"}]"#);
    // What is not set aside by a rule is not kept beside the report either.
    assert!(!project.path("private/shop/2024-03-31/quarantine").exists());
}
