//! What a CSV file states before its first row: `sep=;`, and the line that names its columns.

use std::collections::HashSet;

use super::fault::{Flaw, FlawKind, shown};
use super::records::{Dialect, Records};
use super::text::Text;
use crate::pipeline::CsvFormat;

/// The most columns that a file may have.
pub(super) const MOST_COLUMNS: usize = 10_000;

/// The delimiters that are tried, the most likely first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

const HELP: &str = "the first line of a CSV file names its columns";

/// A file's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The names of all columns, as they stand; empty where a column has none.
    pub names: Vec<String>,
    /// The character between two columns.
    pub delimiter: u8,
}

impl Header {
    /// Reads the header; `records` then stands at the first row.
    pub fn read(text: Text, format: CsvFormat) -> Result<(Self, Records), Flaw> {
        let given = Dialect { delimiter: format.delimiter.unwrap_or(b','), unquoted: format.unquoted };
        let mut records = Records::new(text, given);
        let said = separator(&mut records);
        if let (Some(said), Some(set)) = (said, format.delimiter)
            && said != set
        {
            let what = format!("begins with `sep=`, which says that {} is between columns", shown(said));
            let help = format!(
                "the source's `delimiter` says {}: remove `delimiter` from the source, or the line from the file",
                shown(set)
            );
            return Err(Flaw::file(what, help));
        }
        let delimiter = match said.or(format.delimiter) {
            Some(delimiter) => delimiter,
            None => found(&mut records, given)?,
        };
        records.set(Dialect { delimiter, ..given }, MOST_COLUMNS);
        if !records.read()? || records.is_blank() {
            return Err(Flaw::file("has no header line", HELP));
        }
        if records.len() > MOST_COLUMNS {
            return Err(Flaw::file(
                "names more than 10,000 columns",
                "is it CSV? Its lines may end, or its columns be divided, in another way",
            ));
        }
        let names: Vec<String> =
            (0..records.len()).map(|place| records.value(place).text().trim().to_owned()).collect();
        let mut seen = HashSet::new();
        for name in names.iter().filter(|name| !name.is_empty()) {
            if !seen.insert(name.as_str()) {
                let what = format!("names the column `{}` twice", name.escape_debug());
                return Err(Flaw::file(
                    what,
                    "each column has a name of its own: rename one of them in the file",
                ));
            }
        }
        if seen.is_empty() {
            return Err(Flaw::file("names no column in its header line", HELP));
        }
        let width = names.len();
        records.set(records.dialect(), width);
        Ok((Self { names, delimiter }, records))
    }

    /// Where the columns without a name at the end of the header begin; they must be empty in all rows.
    pub fn unnamed_from(&self) -> usize {
        self.names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1)
    }
}

/// The delimiter from a first line `sep=;`, which tells it to Excel. The line is skipped.
fn separator(records: &mut Records) -> Option<u8> {
    let start = records.peek(10);
    let quoted = start.first() == Some(&b'"');
    let rest = start.get(usize::from(quoted)..).unwrap_or_default();
    let (word, rest) = rest.split_at_checked(4)?;
    let (delimiter, rest) = rest.split_first()?;
    let rest = if quoted { rest.strip_prefix(b"\"") } else { Some(rest) };
    let line_end = match rest {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\r' | b'\n', ..]) => 1,
        _ => return None,
    };
    if !word.eq_ignore_ascii_case(b"sep=") || !delimiter.is_ascii() || b"\"\r\n\0".contains(delimiter) {
        return None;
    }
    let delimiter = *delimiter;
    records.pass_line(5 + 2 * usize::from(quoted) + line_end);
    Some(delimiter)
}

/// The delimiter that gives the header the most columns. A delimiter that makes the header invalid does not count.
fn found(records: &mut Records, given: Dialect) -> Result<u8, Flaw> {
    let mut best: Option<(usize, u8)> = None;
    let mut flaw = None;
    for delimiter in DELIMITERS {
        records.set(Dialect { delimiter, ..given }, 1);
        match records.look() {
            Ok(columns) if best.is_none_or(|(most, _)| columns > most) => best = Some((columns, delimiter)),
            Ok(_) => {}
            // Errors other than those of structure do not depend on the delimiter.
            Err(other @ Flaw { kind: FlawKind::File(..) | FlawKind::Bytes(_) | FlawKind::TooLong, .. }) => {
                return Err(other);
            }
            Err(other) => flaw = flaw.or(Some(other)),
        }
    }
    match (best, flaw) {
        (Some((_, delimiter)), _) => Ok(delimiter),
        (None, Some(flaw)) => Err(flaw),
        (None, None) => Ok(given.delimiter),
    }
}
