//! Types of columns that are exact, whatever writers call them; and what cannot be taken, which `check` finds.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewArray, Date64Array, FixedSizeBinaryArray, Int32Array, Int64Array, ListArray,
    StringViewArray, Time32SecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use insta::assert_snapshot;
use parquet::data_type::{
    ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type as ParquetInt32, Int96,
    Int96Type,
};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::data::{batch, days, decimals, parquet, texts};
use crate::support::Project;

/// Two rows, with some columns of other types.
fn rows(project: &Project, file: &str, ids: &[&str], of: Vec<(&str, ArrayRef)>) {
    let day = days(&vec!["2024-01-05"; ids.len()]);
    let amount = decimals(&vec!["1.00"; ids.len()], 10, 2);
    let mut columns = vec![
        ("transaction_id", texts(ids)),
        ("customer_id", texts(ids)),
        ("occurred_at", day),
        ("amount", amount),
    ];
    for (name, array) in of {
        match columns.iter_mut().find(|(known, _)| *known == name) {
            Some(column) => column.1 = array,
            None => columns.push((name, array)),
        }
    }
    parquet(&project.path(file), &batch(columns));
}

fn seen(of: Vec<(&str, ArrayRef)>) -> String {
    let project = Project::shop("path: data");
    rows(&project, "data/a.parquet", &["t1", "t2"], of);
    project.ran();
    project.seen()
}

#[test]
fn decimals_of_every_width() {
    let of = |to: DataType| cast(&decimals(&["12.34", "-5.60"], 9, 2), &to).unwrap();
    for to in [
        DataType::Decimal32(9, 2),
        DataType::Decimal64(18, 2),
        DataType::Decimal256(38, 2),
        DataType::Decimal256(60, 2),
    ] {
        let found = seen(vec![("amount", of(to.clone()))]);
        assert!(found.contains("12.34") && found.contains("-5.60"), "{to}: {found}");
    }
    // In files of their own, together.
    let project = Project::shop("path: data");
    rows(&project, "data/a.parquet", &["t1", "t2"], vec![("amount", of(DataType::Decimal32(9, 2)))]);
    rows(&project, "data/b.parquet", &["t3", "t4"], vec![("amount", of(DataType::Decimal256(76, 2)))]);
    rows(
        &project,
        "data/c.parquet",
        &["t5", "t6"],
        vec![("amount", Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef)],
    );
    project.ran();
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/seen.parquet").column("amount"),
        ["12.34", "-5.60", "12.34", "-5.60", "7.00", "8.00"]
    );
}

#[test]
fn a_decimal_that_does_not_fit_names_the_column() {
    let project = Project::shop("path: data");
    let huge =
        cast(&texts(&["1", "99999999999999999999999999999999999999999.00"]), &DataType::Decimal256(60, 2))
            .unwrap();
    rows(&project, "data/a.parquet", &["t1", "t2"], vec![("amount", huge)]);
    project.replace(crate::support::PIPELINE, "    path: data", "    path: data\n    columns:\n      transaction_id: transaction_id\n      customer_id: customer_id\n      occurred_at: occurred_at\n      amount: amount");
    assert_snapshot!(project.run(&["run", crate::support::PIPELINE]).message(), @r"
    exit code 3
      × `amount` of source `transactions`: `amount` is 99999999999999999999999999999999999999999,
      │ which has too many digits
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: occurred_at
     10 │       amount: amount
        ·               ──────
     11 │ steps:
        ╰────
    ");
}

#[test]
fn dates_counted_in_milliseconds_and_texts_of_every_kind() {
    let day = 86_400_000;
    let dates = Arc::new(Date64Array::from(vec![19_000 * day, 19_001 * day])) as ArrayRef;
    let view = Arc::new(StringViewArray::from(vec!["a customer with a long name", "b"])) as ArrayRef;
    let bytes = Arc::new(BinaryViewArray::from_iter_values([b"x1", b"x2"])) as ArrayRef;
    let found = seen(vec![("occurred_at", dates), ("customer_id", view), ("transaction_id", bytes)]);
    assert_snapshot!(found, @r"
    transaction_id | customer_id | day | amount
    x1 | a customer with a long name | 2022-01-08 | 1.00
    x2 | b | 2022-01-09 | 1.00
    ");
}

#[test]
fn timestamps_of_several_units_together() {
    let at = 1_709_335_800_i64;
    let project = Project::shop("path: data");
    let milli = Arc::new(TimestampMillisecondArray::from(vec![at * 1000, 253_402_214_400_000])) as ArrayRef;
    let nano = Arc::new(TimestampNanosecondArray::from(vec![at * 1_000_000_000])) as ArrayRef;
    rows(&project, "data/a.parquet", &["t1", "t2"], vec![("occurred_at", milli)]);
    rows(&project, "data/b.parquet", &["t3"], vec![("occurred_at", nano)]);
    rows(&project, "data/c.parquet", &["t4"], vec![]);
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | t1 | 2024-03-01 | 1.00
    t3 | t3 | 2024-03-01 | 1.00
    t4 | t4 | 2024-01-05 | 1.00
    ");
    // Instants are the same in whatever zone they are told.
    let project = Project::shop("path: data");
    let utc =
        Arc::new(TimestampMicrosecondArray::from(vec![at * 1_000_000]).with_timezone("UTC")) as ArrayRef;
    let there =
        Arc::new(TimestampMillisecondArray::from(vec![at * 1000]).with_timezone("Asia/Tokyo")) as ArrayRef;
    rows(&project, "data/a.parquet", &["t1"], vec![("occurred_at", utc)]);
    rows(&project, "data/b.parquet", &["t2"], vec![("occurred_at", there)]);
    project.replace(crate::support::PIPELINE, "as_of:", "timezone: Asia/Tokyo\nas_of:");
    project.ran();
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/seen.parquet").column("day"),
        ["2024-03-02", "2024-03-02"]
    );
}

/// A file as other programs write it, without Arrow's own schema: identifiers are 16 bytes, said to be UUIDs.
#[test]
fn uuids_are_text() {
    let project = Project::shop("path: data");
    let schema = "message m {
        required fixed_len_byte_array(16) customer_id (UUID);
        required binary transaction_id;
        required int32 occurred_at (DATE);
        required int32 amount (DECIMAL(9, 2));
    }";
    std::fs::create_dir_all(project.path("data")).unwrap();
    let file = std::fs::File::create(project.path("data/a.parquet")).unwrap();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let bytes: Vec<u8> = (0..16).map(|n| n * 17).collect();
    let ids = [FixedLenByteArray::from(bytes.clone()), FixedLenByteArray::from(bytes)];
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<FixedLenByteArrayType>().write_batch(&ids, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<ByteArrayType>()
        .write_batch(&[ByteArray::from("t1"), ByteArray::from("t2")], None, None)
        .unwrap();
    column.close().unwrap();
    for values in [[19_000, 19_001], [1234, -560]] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ParquetInt32>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | 00112233-4455-6677-8899-aabbccddeeff | 2022-01-08 | 12.34
    t2 | 00112233-4455-6677-8899-aabbccddeeff | 2022-01-09 | -5.60
    ");
    // In expressions too.
    project.replace(
        crate::support::PIPELINE,
        "    path: data",
        "    path: data\n    columns:\n      transaction_id: transaction_id\n      customer_id: upper(customer_id)\n      occurred_at: occurred_at\n      amount: amount\n    quarantine:\n      of_one: customer_id <> '00112233-4455-6677-8899-AABBCCDDEEFF'",
    );
    project.ran();
    assert!(project.seen().contains("00112233-4455-6677-8899-AABBCCDDEEFF"), "{}", project.seen());
}

/// Timestamps of 96 bits, as Spark writes them: far beyond 2262 is far beyond, and does not come round.
#[test]
fn timestamps_of_96_bits() {
    let project = Project::shop("path: data");
    let schema = "message m {
        required int96 occurred_at;
        required binary customer_id (UTF8);
        required binary transaction_id (UTF8);
        required int32 amount (DECIMAL(9, 2));
    }";
    std::fs::create_dir_all(project.path("data")).unwrap();
    let file = std::fs::File::create(project.path("data/a.parquet")).unwrap();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    // Nanoseconds of the day, then the Julian day.
    let at = |day: u32, hour: u64| {
        let nanos = hour * 3_600_000_000_000;
        let mut value = Int96::new();
        value.set_data(nanos as u32, (nanos >> 32) as u32, 2_440_588 + day);
        value
    };
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int96Type>().write_batch(&[at(19_000, 23), at(2_932_896, 0)], None, None).unwrap();
    column.close().unwrap();
    for _ in 0..2 {
        let mut column = group.next_column().unwrap().unwrap();
        let ids = [ByteArray::from("t1"), ByteArray::from("t2")];
        column.typed::<ByteArrayType>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ParquetInt32>().write_batch(&[100, 200], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | t1 | 2022-01-08 | 1.00
    ");
    let source = &project.json("site/shop/2024-03-31/manifest.json")["sources"][0];
    assert_eq!(source["set_aside"].to_string(), r#"[{"amount":"2.00","rows":1,"rule":"after_as_of"}]"#);
}

#[test]
fn unsigned_numbers_and_columns_that_nothing_needs() {
    let points = Arc::new(UInt64Array::from(vec![u64::MAX, 1])) as ArrayRef;
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), None]);
    let found = seen(vec![
        ("amount", points),
        ("tags", Arc::new(lists) as ArrayRef),
        ("hour", Arc::new(Time32SecondArray::from(vec![1, 2])) as ArrayRef),
        ("ratio", cast(&(Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef), &DataType::Float16).unwrap()),
    ]);
    assert_snapshot!(found, @r"
    transaction_id | customer_id | day | amount
    t1 | t1 | 2024-01-05 | 18446744073709551615
    t2 | t2 | 2024-01-05 | 1
    ");
}

#[test]
fn what_is_no_text_is_found_by_check() {
    let project = Project::shop("path: data");
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), None]);
    let raw = FixedSizeBinaryArray::try_from_iter([[1_u8; 4], [2; 4]].iter()).unwrap();
    rows(
        &project,
        "data/a.parquet",
        &["t1", "t2"],
        vec![("customer_id", Arc::new(lists) as ArrayRef), ("transaction_id", Arc::new(raw) as ArrayRef)],
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `transaction_id` is 4 bytes a row, which is no text (the column `transaction_id` of a.parquet)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: give a column of text or numbers; a part of a structure is written as in `column['field']`
      × `customer_id` is a list, which is no text (the column `customer_id` of a.parquet)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: give a column of text or numbers; a part of a structure is written as in `column['field']`
    ");
}
