//! A table as a CSV file that a spreadsheet opens without surprises.
//!
//! RFC 4180 with CRLF lines, UTF-8 with a byte-order mark (without it, spreadsheets read Chinese as gibberish), and no
//! text that a spreadsheet would run as a formula: OWASP, "CSV Injection".

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::ReportError;

/// The bytes of the file: a header line, then one line a row; a null is an empty cell.
///
/// A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe before it, which
/// spreadsheets take as "this is text". Numbers keep their sign: they are no text.
///
/// # Errors
/// A column of a type that has no text form.
pub fn write(batch: &RecordBatch) -> Result<Vec<u8>, ReportError> {
    let options = FormatOptions::new().with_null("");
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).map_err(|error| ReportError {
            what: format!("column {} cannot be written as CSV: {error}", field.name()),
            help: "leave the column out of the query, or cast it to text, a number or a date".to_owned(),
        })?;
        columns.push((formatter, is_text(array.data_type())));
    }
    let mut out = String::from("\u{feff}");
    for (index, field) in schema.fields().iter().enumerate() {
        push_cell(&mut out, index, field.name(), true);
    }
    out.push_str("\r\n");
    for row in 0..batch.num_rows() {
        for (index, (formatter, text)) in columns.iter().enumerate() {
            push_cell(&mut out, index, &formatter.value(row).to_string(), *text);
        }
        out.push_str("\r\n");
    }
    Ok(out.into_bytes())
}

fn is_text(kind: &DataType) -> bool {
    !(kind.is_numeric() || kind.is_temporal() || matches!(kind, DataType::Boolean | DataType::Null))
}

fn push_cell(out: &mut String, index: usize, value: &str, text: bool) {
    if index > 0 {
        out.push(',');
    }
    let harmful = text && value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = value.contains([',', '"', '\n', '\r']);
    if quoted {
        out.push('"');
    }
    if harmful {
        out.push('\'');
    }
    if quoted {
        out.push_str(&value.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(value);
    }
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
        String::from_utf8(write(&batch).expect("bytes")).expect("UTF-8")
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_is_made_harmless() {
        let names = StringViewArray::from(vec!["=1+1", "+a", "-b", "@c", "\td", "e"]);
        let written = csv(vec![("customer_id", Arc::new(names))]);
        assert_eq!(written, "\u{feff}customer_id\r\n'=1+1\r\n'+a\r\n'-b\r\n'@c\r\n'\td\r\ne\r\n");
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
