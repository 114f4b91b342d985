//! CSV files: what their header line says.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

/// The columns that a file's header line names, all of them text, and the character between two columns.
///
/// # Errors
/// What is wrong with the header, and the remedy.
pub fn describe(file: &File) -> Result<(SchemaRef, u8), (String, &'static str)> {
    const HEADER: &str = "the first line of a CSV file names its columns, in UTF-8";
    let mut line = Vec::new();
    let mut reader = BufReader::new(file).take(1 << 20);
    reader.read_until(b'\n', &mut line).map_err(|error| (format!("cannot be read: {error}"), HEADER))?;
    let text = String::from_utf8(line).map_err(|_| ("is not UTF-8 text".to_owned(), HEADER))?;
    let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(("has no header line".into(), HEADER));
    }
    let delimiter = [',', ';', '\t', '|']
        .into_iter()
        .max_by_key(|c| (text.matches(*c).count(), *c == ','))
        .unwrap_or(',');
    let mut fields: Vec<Field> = Vec::new();
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    for name in header(text, delimiter).map_err(|reason| (reason, HEADER))? {
        let name = name.trim();
        if fields.iter().any(|field| field.name() == name) {
            return Err((format!("names the column `{name}` twice"), HEADER));
        }
        fields.push(Field::new(name, DataType::Utf8, true));
    }
    Ok((Arc::new(Schema::new(fields)), delimiter))
}

/// The names of a header line, by the rules of CSV.
fn header(line: &str, delimiter: u8) -> Result<Vec<String>, String> {
    let format = arrow::csv::reader::Format::default().with_header(true).with_delimiter(delimiter);
    let (schema, _) = format
        .infer_schema(line.as_bytes(), Some(0))
        .map_err(|error| format!("has a header line that cannot be read: {error}"))?;
    Ok(schema.fields().iter().map(|field| field.name().clone()).collect())
}
