//! A table as a CSV file that a spreadsheet opens without surprises.
//!
//! RFC 4180 with CRLF lines, UTF-8 with a byte-order mark (without it, spreadsheets read Chinese as gibberish), and no
//! text that a spreadsheet would run as a formula: OWASP, "CSV Injection". That holds too where a spreadsheet splits at
//! semicolons or tabs, as many do by their country's settings, and takes for a cell what is a part of one here.
//! Characters that would affect a terminal, or hide from a reader, are shown in their place, as on the page.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Book, Export, Exporter, File, ReportError};
use crate::tables::{self, Declaration};
use crate::visible::visible;

/// `csv`: a file for each table.
#[derive(Debug)]
pub(super) struct Csv;

impl Exporter for Csv {
    fn meaning(&self) -> &'static str {
        "a file for each table, for programs and spreadsheets: names and values as SQL has them, every digit"
    }

    fn file(&self, _pipeline: &str, table: &str) -> String {
        format!("{table}.csv")
    }

    fn is_whole(&self) -> bool {
        false
    }

    fn begin<'a>(&self, book: &Book<'a>) -> Result<Box<dyn Export + 'a>, ReportError> {
        Ok(Box::new(Written { book: *book, next: 0 }))
    }
}

struct Written<'a> {
    book: Book<'a>,
    next: usize,
}

impl Export for Written<'_> {
    fn table(&mut self, rows: &RecordBatch) -> Result<Vec<File>, ReportError> {
        let Some(outline) = self.book.outlines.get(self.next) else { return Ok(Vec::new()) };
        self.next += 1;
        let bytes = write(rows, self.book.theme.declared.get(&outline.table))?;
        let name = Csv.file(&self.book.facts.pipeline, &outline.table);
        Ok(vec![File { name, bytes, cuts: Vec::new() }])
    }

    fn end(self: Box<Self>) -> Result<Vec<File>, ReportError> {
        Ok(Vec::new())
    }
}

/// The bytes of the file: a header line, then one line a row; a null is an empty cell.
///
/// A text that begins with `=`, `+`, `-` or `@`, narrow or wide, or with a tab or a line break, gets an apostrophe before
/// it, which spreadsheets take as "this is text"; so does what follows a semicolon, a tab or a line break within it.
/// Numbers keep their sign: they are no text. Escapes, marks of direction and other hidden characters are
/// [shown](crate::visible); the line breaks of Windows become line feeds.
///
/// Names are those of the table, as programs read them. Estimates of money that are floats have six decimals, as all
/// other means have.
///
/// # Errors
/// A column of a type that has no text form.
fn write(batch: &RecordBatch, declared: Option<&Declaration>) -> Result<Vec<u8>, ReportError> {
    let options = FormatOptions::new().with_null("");
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).map_err(|error| ReportError {
            what: format!("column {} cannot be written as CSV: {error}", field.name()),
            help: "leave the column out of the query, or cast it to text, a number or a date".to_owned(),
            at: None,
        })?;
        let found = array.data_type();
        let money = found.is_floating() && tables::kind(declared, field.name(), found).is_money();
        let floats = if money { cast(array, &DataType::Float64).ok() } else { None };
        columns.push((formatter, is_text(found), floats));
    }
    let mut out = String::from("\u{feff}");
    for (index, field) in schema.fields().iter().enumerate() {
        push_cell(&mut out, index, field.name(), true);
    }
    out.push_str("\r\n");
    for row in 0..batch.num_rows() {
        for (index, (formatter, text, floats)) in columns.iter().enumerate() {
            let amount = floats.as_ref().and_then(|floats| amount(floats, row));
            let value = amount.unwrap_or_else(|| formatter.value(row).to_string());
            push_cell(&mut out, index, &value, *text);
        }
        out.push_str("\r\n");
    }
    Ok(out.into_bytes())
}

/// An amount to six decimals; none where there is none, or none that is finite.
fn amount(floats: &dyn Array, row: usize) -> Option<String> {
    let floats = floats.as_primitive_opt::<Float64Type>()?;
    let value = floats.is_valid(row).then(|| floats.value(row)).filter(|value| value.is_finite())?;
    let text = format!("{value:.6}");
    // What rounds to nothing has no sign.
    Some(
        text.strip_prefix('-')
            .filter(|size| !size.contains(|c| ('1'..='9').contains(&c)))
            .map_or_else(|| text.clone(), str::to_owned),
    )
}

fn is_text(kind: &DataType) -> bool {
    !(kind.is_numeric() || kind.is_temporal() || matches!(kind, DataType::Boolean | DataType::Null))
}

fn push_cell(out: &mut String, index: usize, value: &str, text: bool) {
    if index > 0 {
        out.push(',');
    }
    let value = if text { shown(value) } else { Cow::Borrowed(value) };
    if value.contains([',', ';', '"', '\t', '\n', '\r']) {
        out.push('"');
        out.push_str(&value.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(&value);
    }
}

/// The text, harmless and with nothing hidden in it. Formulas are found in the text as it was: some programs drop
/// hidden characters, and a formula may then begin. Only after that, hidden characters are shown.
fn shown(text: &str) -> Cow<'_, str> {
    let lines =
        if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    match harmless(&lines) {
        Cow::Borrowed(same) if same.len() == text.len() => visible(text),
        safe => Cow::Owned(visible(&safe).into_owned()),
    }
}

/// What begins a formula: by Unicode's compatibility forms too, which some programs take for the plain ones.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];

/// What some program takes for the end of a cell.
const ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// The text with an apostrophe wherever some program would see a formula begin.
fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(FORMULA) && !text.starts_with(ENDS) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    if text.starts_with(['\t', '\n', '\r']) || begins_formula(text) {
        out.push('\'');
    }
    for (at, letter) in text.char_indices() {
        out.push(letter);
        let rest = text.get(at + letter.len_utf8()..).unwrap_or_default();
        // Once for several ends beside each other: before the last of them nothing begins.
        if ENDS.contains(&letter) && !rest.starts_with(ENDS) && begins_formula(rest) {
            out.push('\'');
        }
    }
    Cow::Owned(out)
}

/// Whether a program that passes over blanks, invisible characters and quotes would see a formula.
fn begins_formula(text: &str) -> bool {
    let passed_over = |c: char| {
        (c.is_whitespace() && !ENDS.contains(&c))
            || c.is_control() && !ENDS.contains(&c)
            || matches!(c, '"' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.trim_start_matches(passed_over).starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringViewArray};

    use super::*;

    fn csv(columns: Vec<(&str, ArrayRef)>) -> String {
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .expect("a batch");
        String::from_utf8(write(&batch, None).expect("bytes")).expect("UTF-8")
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_is_made_harmless() {
        let names = StringViewArray::from(vec!["=1+1", "+a", "-b", "@c", "\td", "e"]);
        let written = csv(vec![("customer_id", Arc::new(names))]);
        assert_eq!(written, "\u{feff}customer_id\r\n'=1+1\r\n'+a\r\n'-b\r\n'@c\r\n\"'\td\"\r\ne\r\n");
    }

    #[test]
    fn however_it_is_hidden() {
        let cases = [
            ("\n=1", "'\n'=1"),
            ("\r=1", "'\r'=1"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠x", "'＠x"),
            ("  =1", "'  =1"),
            ("\u{a0}\u{200b}\u{202e}=1", "'\u{a0}\u{200b}\u{202e}=1"),
            ("\"=1", "'\"=1"),
            ("a;=1", "a;'=1"),
            ("a; @x", "a;' @x"),
            ("a;\"=1\"", "a;'\"=1\""),
            ("a\t-1", "a\t'-1"),
            ("a\n+1", "a\n'+1"),
            ("a\r\n=1", "a\r\n'=1"),
            (";=1", ";'=1"),
            (";;=1;=2", ";;'=1;'=2"),
        ];
        for (text, expected) in cases {
            assert_eq!(harmless(text), expected, "{text:?}");
        }
        for plain in ["", "a=b", "a;b", "a-b; c", "1-2", "two\nlines", "'=1", "年;月", "a;b=c"] {
            assert_eq!(harmless(plain), plain);
        }
    }

    #[test]
    fn what_is_hidden_is_shown() {
        let cases = [
            ("invoice\u{202e}fdp.exe", "invoice�fdp.exe"),
            ("a\u{1b}[2Jb\u{7}\u{9b}", "a␛[2Jb␇�"),
            ("two\r\nlines\rand\na\ttab", "two\nlines␍and\na\ttab"),
            ("\u{202e}=1", "'�=1"),
            ("\u{1b}＝1", "'␛＝1"),
            ("a;\u{2066}＋1", "a;'�＋1"),
            ("a\n\u{200b}－1", "a\n'�－1"),
            ("\r\n＠x", "'\n'＠x"),
            ("نام\u{200c}ه, é, 客户", "نام\u{200c}ه, é, 客户"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text:?}");
        }
        let names = StringViewArray::from(vec!["a\u{202e}b"]);
        let written = csv(vec![("na\u{1b}me", Arc::new(names))]);
        assert_eq!(written, "\u{feff}na␛me\r\na�b\r\n");
    }

    /// A program that splits at semicolons, and knows quotes only where a cell begins with one.
    #[test]
    fn no_cell_is_a_formula_for_those_who_split_at_semicolons() {
        let names = StringViewArray::from(vec!["a;=1+1", ";=2", "x\n=3", "say \"hi\";\"=4\"", "；=5"]);
        let written = csv(vec![("n", Arc::new(Int64Array::from(vec![1; 5]))), ("name", Arc::new(names))]);
        for line in written.split(['\r', '\n']) {
            for cell in line.split([';', '\t']) {
                assert!(!cell.trim_start_matches(['"', ' ']).starts_with(FORMULA), "{cell:?} in {written:?}");
            }
        }
        assert!(written.contains("1,\"a;'=1+1\"\r\n"), "{written:?}");
    }

    #[test]
    fn numbers_keep_sign_and_every_digit() {
        let money = Decimal128Array::from(vec![Some(-1_234_567), None])
            .with_precision_and_scale(20, 3)
            .expect("a decimal");
        let written = csv(vec![
            ("revenue", Arc::new(money)),
            ("orders", Arc::new(Int64Array::from(vec![-3, 4]))),
            ("day", Arc::new(Date32Array::from(vec![0, 1]))),
        ]);
        assert_eq!(written, "\u{feff}revenue,orders,day\r\n-1234.567,-3,1970-01-01\r\n,4,1970-01-02\r\n");
    }

    #[test]
    fn cells_are_quoted_by_rfc_4180() {
        let names = StringViewArray::from(vec!["a,b", "say \"hi\"", "two\nlines", "=x,y"]);
        let written = csv(vec![("name", Arc::new(names))]);
        assert_eq!(
            written,
            "\u{feff}name\r\n\"a,b\"\r\n\"say \"\"hi\"\"\"\r\n\"two\nlines\"\r\n\"'=x,y\"\r\n"
        );
    }
}
