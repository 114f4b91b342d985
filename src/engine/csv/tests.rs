use std::fs;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use encoding_rs::Encoding;
use proptest::prelude::*;

use super::rows::Batches;
use super::*;
use crate::pipeline::TextEncoding;

type Row = Vec<Option<String>>;

/// A file of these bytes, as a source with these settings opens it.
fn file(folder: &Path, name: &str, bytes: &[u8], csv: CsvFormat) -> Result<DataFile, Fault> {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    let (schema, _) = describe(&path, File::open(&path).unwrap(), csv)?;
    Ok(DataFile { schema, csv, ..crate::engine::storage::discover(&path, csv).unwrap().files.remove(0) })
}

fn rows_of(batches: &[RecordBatch]) -> Vec<Row> {
    let row = |batch: &RecordBatch, row: usize| {
        let value = |column: &arrow::array::ArrayRef| {
            let column = column.as_string::<i32>();
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        batch.columns().iter().map(value).collect::<Row>()
    };
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |index| row(batch, index))).collect()
}

/// The header and the rows of a file, read a few rows at a time.
fn read_as(bytes: &[u8], name: &str, csv: CsvFormat) -> Result<(Vec<String>, Vec<Row>), String> {
    let folder = tempfile::tempdir().unwrap();
    let said = |fault: Fault| fault.to_string().replace(&format!("{}/", folder.path().display()), "");
    let file = file(folder.path(), name, bytes, csv).map_err(said)?;
    let names = file.schema.fields().iter().map(|field| field.name().clone()).collect();
    let batches = Batches::new(Arc::clone(&file.schema), vec![file], 3, None);
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(said)?;
    Ok((names, rows_of(&batches)))
}

fn read(bytes: impl AsRef<[u8]>) -> Result<(Vec<String>, Vec<Row>), String> {
    read_as(bytes.as_ref(), "a.csv", CsvFormat::default())
}

fn rows(bytes: impl AsRef<[u8]>) -> Vec<Row> {
    read(bytes).unwrap().1
}

fn row<const N: usize>(values: [&str; N]) -> Row {
    values.iter().map(|value| (!value.is_empty()).then(|| (*value).to_owned())).collect()
}

fn fault(bytes: impl AsRef<[u8]>) -> String {
    read(bytes).unwrap_err()
}

#[test]
fn lines_end_in_any_one_way_and_the_last_need_not() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("a,b{end}1,2{end}3,\"x{end}y\"{end}");
        let wanted = vec![row(["1", "2"]), row(["3", &format!("x{end}y")])];
        assert_eq!(rows(&text), wanted, "{end:?}");
        assert_eq!(rows(text.trim_end_matches(['\r', '\n'])), wanted, "{end:?}");
    }
    assert_eq!(rows("a,b\r\n1,2\n3,4\r"), [row(["1", "2"]), row(["3", "4"])]);
    assert_eq!(
        fault("a,b\n1,x\ry\n"),
        "a.csv, line 2, column `b`: a carriage return stands inside a value without quotes"
    );
    assert_eq!(
        fault("a,b\r1,2\n3,4\r"),
        "a.csv, line 2, column `b`: a line feed, but the lines of this file end with carriage returns"
    );
}

#[test]
fn quotes_are_where_they_belong() {
    assert_eq!(rows("a,b\n\"x,\"\"y\"\"\",\"\"\n"), [row(["x,\"y\"", ""])]);
    assert_eq!(rows("a,b\n,\"\"\"\"\n"), [row(["", "\""])]);
}

#[test]
fn stray_quotes_are_faults() {
    assert_eq!(
        fault("a,b\n1,6\" plate\n"),
        "a.csv, line 2, column `b`: a quote stands inside a value that does not begin with one"
    );
    assert_eq!(
        fault("a,b\n\"1\"x,2\n"),
        "a.csv, line 2, column `a`: text follows the closing quote of a value"
    );
    assert_eq!(
        fault("a,b\n1,\"5 inch\n2,x\n3,6\" plate\n"),
        "a.csv, line 4, column `b`: text follows the closing quote of a value that began on line 2"
    );
    assert_eq!(
        fault("a,b\n1,\"5 inch\n2,x\n"),
        "a.csv, line 2, column `b`: a value begins with a quote that nothing closes"
    );
    assert_eq!(
        fault("a,\"b\n1,2\n"),
        "a.csv, line 1, column 2: a value begins with a quote that nothing closes"
    );
    let unquoted = CsvFormat { unquoted: true, ..CsvFormat::default() };
    let (_, rows) = read_as(b"a,b\n\"1,6\" plate\n", "a.csv", unquoted).unwrap();
    assert_eq!(rows, [row(["\"1", "6\" plate"])]);
}

#[test]
fn a_row_has_a_value_or_nothing_for_each_column() {
    assert_eq!(fault("a,b\n1,2\n3\n"), "a.csv, line 3: the row has 1 value, but the header names 2 columns");
    assert_eq!(fault("a,b\n1,2,\n"), "a.csv, line 2: the row has 3 values, but the header names 2 columns");
    assert_eq!(
        fault("a,b\n\"x\ny\",2\n1\n"),
        "a.csv, line 4: the row has 1 value, but the header names 2 columns"
    );
    assert_eq!(fault("a,b\n1,x\0\n"), "a.csv, line 2, column `b`: a byte of value 0; text has no such byte");
}

#[test]
fn blank_lines_are_no_rows_but_in_a_file_of_one_column() {
    assert_eq!(rows("a,b\n\n1,2\n\n\n"), [row(["1", "2"])]);
    assert_eq!(rows("a\n1\n\n2\n\n\n"), [row(["1"]), row([""]), row(["2"])]);
    assert_eq!(rows("a\n\"\"\n\"\"\n"), [row([""]), row([""])]);
    // However many blank lines there are, batches do not get larger.
    let folder = tempfile::tempdir().unwrap();
    let file =
        file(folder.path(), "a.csv", format!("a\n1{}2\n", "\n".repeat(9)).as_bytes(), CsvFormat::default())
            .unwrap();
    let batches =
        Batches::new(Arc::clone(&file.schema), vec![file], 3, None).collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [3, 3, 3, 1]);
    assert_eq!(rows_of(&batches).last(), Some(&row(["2"])));
    assert_eq!(rows("a,b\n,\n"), [row(["", ""])]);
}

#[test]
fn the_header_says_names_and_delimiter() {
    let names = |text: &str| read(text).unwrap().0.join("|");
    assert_eq!(names("a,b\n"), "a|b");
    assert_eq!(names("\u{feff}a;b\n"), "a|b");
    assert_eq!(names("\"a;b;c;d\",e\n"), "a;b;c;d|e");
    assert_eq!(names("\"a,x\"\t\"b,y,z\"\n"), "a,x|b,y,z");
    assert_eq!(names("\"a\nsecond, line\";b\n"), "a\nsecond, line|b");
    assert_eq!(names("sep=;\r\na,x;b\r\n"), "a,x|b");
    assert_eq!(names("\"sep=|\"\na,x,y|b\n"), "a,x,y|b");
    assert_eq!(names("sep=\t\na;x\tb\n"), "a;x|b");
    // A column with that name, not Excel's line.
    assert_eq!(names("sep=;,b\n"), "sep=;|b");
    assert_eq!(names(",a,,b,\n"), "a|b");
    assert_eq!(rows("sep=;\na;b\n1,5;2\n"), [row(["1,5", "2"])]);
    assert_eq!(
        fault("sep=;\na;b\n1\n"),
        "a.csv, line 3: the row has 1 value, but the header names 2 columns"
    );
    assert_eq!(fault(""), "a.csv has no header line");
    assert_eq!(fault("\u{feff}"), "a.csv has no header line");
    assert_eq!(fault("\na,b\n"), "a.csv has no header line");
    assert_eq!(fault(",,\n"), "a.csv names no column in its header line");
    assert_eq!(fault("a,b, a\n"), "a.csv names the column `a` twice");
    let tab = CsvFormat { delimiter: Some(b'\t'), ..CsvFormat::default() };
    assert_eq!(read_as(b"a,b\n1,2\n", "a.csv", tab).unwrap().1, [row(["1,2"])]);
    assert_eq!(
        read_as(b"sep=;\na;b\n", "a.csv", tab).unwrap_err(),
        "a.csv begins with `sep=`, which says that `;` is between columns"
    );
}

#[test]
fn columns_without_a_name_are_passed_over_and_at_the_end_are_empty() {
    assert_eq!(rows(",a,b,\n0,1,2,\n1,3,4,\"\"\n"), [row(["1", "2"]), row(["3", "4"])]);
    assert_eq!(
        fault("a,b,\n1,Smith, John\n"),
        "a.csv, line 2, column 3: a value stands in a column that the header does not name"
    );
}

#[test]
fn size_is_bounded() {
    let wide = |columns: usize| (0..columns).map(|column| format!("c{column}")).collect::<Vec<_>>().join(",");
    assert_eq!(read(format!("{}\n", wide(10_000))).unwrap().0.len(), 10_000);
    assert_eq!(fault(format!("{}\n", wide(140_000))), "a.csv names more than 10,000 columns");
    let long = vec![b'x'; 17 << 20];
    let message = |before: &str| fault([before.as_bytes(), &long].concat());
    assert_eq!(message("a,b\n1,\"2\n3,"), "a.csv, line 2: a row of more than 16 MiB begins here");
    assert_eq!(message(""), "a.csv, line 1: a row of more than 16 MiB begins here");
    let wanted = "x".repeat(3 << 20);
    assert_eq!(rows(format!("a,b\n1,{wanted}\n2,y\n")), [row(["1", &wanted]), row(["2", "y"])]);
}

#[test]
fn bytes_that_the_encoding_does_not_have_are_faults() {
    assert_eq!(fault(b"a,b\n1,Andr\xe9\n"), "a.csv, line 2, column `b`: the byte E9 is not UTF-8 text");
    assert_eq!(fault(b"a,caf\xe9\n"), "a.csv, line 1, column 2: the byte E9 is not UTF-8 text");
    assert_eq!(
        fault(b"a,b\n1,\xe5\xbc"),
        "a.csv, line 2, column `b`: the file ends in the midst of a character"
    );
    let gbk = CsvFormat { encoding: Some(TextEncoding::Named(encoding_rs::GBK)), ..CsvFormat::default() };
    assert_eq!(
        read_as(b"a,b\n1,\xff\n", "a.csv", gbk).unwrap_err(),
        "a.csv, line 2, column `b`: the byte FF is not GBK text"
    );
    assert_eq!(fault(b"\xff\xfe\0\0a"), "a.csv is UTF-32 text");
    assert_eq!(fault(b"PK\x03\x04aaaa"), "a.csv is a workbook or an archive, not CSV");
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn files_packed_by_gzip_are_read_whole_or_not_at_all() {
    let gz = |bytes: &[u8]| read_as(bytes, "a.csv.gz", CsvFormat::default());
    let members = [packed(b"a,b\n1,2\n3,"), packed(b"4\n5,6\n")].concat();
    assert_eq!(gz(&members).unwrap().1, [row(["1", "2"]), row(["3", "4"]), row(["5", "6"])]);
    let cut = members.len() - 5;
    assert_eq!(
        gz(&members[..cut]).unwrap_err(),
        "a.csv.gz is cut short: the end of what gzip packed is missing"
    );
    let mut hurt = packed("a,b\n1,2\n".repeat(3).as_bytes());
    let last = hurt.len() - 6;
    hurt[last] ^= 1;
    assert!(gz(&hurt).unwrap_err().starts_with("a.csv.gz is damaged: gzip cannot unpack it"));
    assert_eq!(gz(b"").unwrap_err(), "a.csv.gz is empty (0 bytes)");
    assert_eq!(gz(b"a,b\n1,2\n").unwrap_err(), "a.csv.gz is not packed by gzip");
    assert_eq!(fault(packed(b"a,b\n")), "a.csv is packed by gzip");
}

#[test]
fn a_file_that_swells_takes_no_more_memory_than_a_row() {
    let bomb = packed(&[b"a,b\n1,".to_vec(), vec![b'x'; 20 << 20]].concat());
    assert!(bomb.len() < 1 << 20);
    let message = read_as(&bomb, "a.csv.gz", CsvFormat::default()).unwrap_err();
    assert_eq!(message, "a.csv.gz, line 2: a row of more than 16 MiB begins here");
}

#[test]
fn files_with_the_same_columns_in_another_order_are_read_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let one = file(folder.path(), "a.csv", b"a,b,c\n1,2,3\n", CsvFormat::default()).unwrap();
    let other = file(folder.path(), "b.csv", b"c;x;a\n6;5;4\n", CsvFormat::default()).unwrap();
    let wanted = Arc::new(one.schema.project(&[2, 0]).unwrap());
    let limit = |rows| Batches::new(Arc::clone(&wanted), vec![one.clone(), other.clone()], 8192, rows);
    let all = |rows| rows_of(&limit(rows).map(Result::unwrap).collect::<Vec<_>>());
    assert_eq!(all(None), [row(["3", "1"]), row(["6", "4"])]);
    assert_eq!(all(Some(1)), [row(["3", "1"])]);
    let none = Arc::new(Schema::empty());
    let counted: usize =
        Batches::new(none, vec![one, other], 8192, None).map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(counted, 2);
}

#[test]
fn a_value_is_found_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file =
        file(folder.path(), "a.csv", b"a,b\n\"x\ny\",2\n\nn/a,1\n3,n/a\n", CsvFormat::default()).unwrap();
    let line = |column: &str| line_of(&file, &[column.to_owned()], "n/a").unwrap();
    assert_eq!((line("a"), line("b"), line("c")), (Some(5), Some(6), None));
    assert_eq!(read_whole(&file), Ok(()));
}

/// Texts that are hard to read: all special characters, next to letters that only this encoding has.
fn value() -> impl Strategy<Value = String> {
    let hard =
        prop::sample::select(vec!['"', ',', ';', '\t', '|', '\n', '\r', ' ', 'a', '0', 'é', '张', '€', '\'']);
    prop::collection::vec(hard, 0..12).prop_map(|chars| chars.into_iter().collect())
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1usize..5).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(value(), width), 0..12))
}

/// As a correct writer writes it: special characters are in quotes, other values sometimes.
fn written(table: &[Vec<String>], delimiter: char, end: &str, all: bool) -> String {
    let quoted = |value: &String| {
        let needed = value.contains(['"', delimiter, '\n', '\r']) || value.is_empty() || all;
        if needed { format!("\"{}\"", value.replace('"', "\"\"")) } else { value.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter.to_string());
    table.iter().map(|row| line(row) + end).collect()
}

proptest! {
    #[test]
    fn what_a_correct_writer_writes_is_read_back(
        table in table(),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        all in any::<bool>(),
        encoding in prop::sample::select(vec!["utf-8", "gb18030", "utf-16le", "utf-16 with its mark"]),
        is_packed in any::<bool>(),
    ) {
        let width = table.first().map_or(2, Vec::len);
        let names: Vec<String> = (0..width).map(|column| format!("n{column}, the {column}")).collect();
        let text = written(std::slice::from_ref(&names), delimiter, end, true) + &written(&table, delimiter, end, all);
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let named = |label: &str| Encoding::for_label(label.as_bytes()).map(TextEncoding::Named);
        let (bytes, encoding) = match encoding {
            "gb18030" => (encoding_rs::GB18030.encode(&text).0.into_owned(), named("gb18030")),
            "utf-16le" => (utf16(&text), named("utf-16le")),
            "utf-8" => (text.into_bytes(), None),
            _ => (utf16(&format!("\u{feff}{text}")), None),
        };
        let (bytes, name) = if is_packed { (packed(&bytes), "a.csv.gz") } else { (bytes, "a.csv") };
        // With one column, no delimiter can be found.
        let delimiter = (width == 1).then_some(delimiter as u8);
        let (found, rows) = read_as(&bytes, name, CsvFormat { delimiter, encoding, unquoted: false }).unwrap();
        prop_assert_eq!(found, names);
        let wanted: Vec<Row> =
            table.iter().map(|row| row.iter().map(|value| (!value.is_empty()).then(|| value.clone())).collect()).collect();
        prop_assert_eq!(rows, wanted);
    }

    #[test]
    fn any_bytes_are_rows_or_a_fault(bytes in prop::collection::vec(prop::sample::select(b"a,b;\"\"\n\n\r\0\xe9\xff1|".to_vec()), 0..60)) {
        for unquoted in [false, true] {
            if let Ok((names, rows)) = read_as(&bytes, "a.csv", CsvFormat { unquoted, ..CsvFormat::default() }) {
                prop_assert!(rows.iter().all(|row| row.len() == names.len()));
            }
        }
    }
}

/// The result does not depend on where pieces of a text end.
#[test]
fn rows_across_pieces_are_whole() {
    let mut text = "id,note,more\n".to_owned();
    let mut wanted = Vec::new();
    for number in 0..40_000 {
        let note = format!("{number} \"{}\", \r\n{}", "é".repeat(number % 7), "张".repeat(number % 5));
        text += &format!("{number},\"{}\",{}\r\n", note.replace('"', "\"\""), "x".repeat(number % 11));
        wanted.push(row([&number.to_string(), &note, &"x".repeat(number % 11)]));
    }
    assert!(text.len() > 1 << 20);
    assert_eq!(rows(&text), wanted);
}
