//! The rows of a table as those of a sheet.
//!
//! `rust_xlsxwriter` holds every cell of all sheets until the workbook is saved, and then the text of all sheets: about 150
//! bytes a cell. A shop with 100,000 customers has some 18 million cells. So it makes the workbook with empty sheets
//! ([`super::shell`]), and rows are written here, a few thousand at a time.

use std::fmt::Write as _;
use std::io::{self, Write};

use arrow::array::RecordBatch;

use super::super::Lost;
use super::cell::{Column, Value, Values};
use super::limits::{MOST_COLUMNS, MOST_LETTERS, MOST_ROWS, shown};
use super::look::Look;
use super::shell::{Shell, Styles};
use crate::report::ReportError;
use crate::report::context::RenderContext;

/// Rows that are written at once.
const AT_ONCE: usize = 4_096;
/// Rows that settle the width of a column.
const MEASURED: usize = 1_000;

/// Why a sheet could not be written.
pub(super) enum Stop {
    Report(ReportError),
    Io(io::Error),
}

impl From<ReportError> for Stop {
    fn from(error: ReportError) -> Self {
        Self::Report(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Writes a sheet: its shell with the head and the rows of a table. Returns what had no room.
///
/// # Errors
/// A column of a type without a text form.
pub(super) fn write(
    context: &RenderContext<'_>,
    (shell, styles): (&Shell, &Styles),
    table: &str,
    rows: &RecordBatch,
    out: &mut dyn Write,
) -> Result<Lost, Stop> {
    let schema = rows.schema();
    let columns: Result<Vec<Column>, _> =
        schema.fields().iter().take(MOST_COLUMNS).map(|field| Column::of(context, table, field)).collect();
    let columns = columns?;
    let count = rows.num_rows().min(MOST_ROWS - 1);
    let mut lost = Lost {
        rows: (rows.num_rows() - count) as u64,
        columns: rows.num_columns() - columns.len(),
        texts: 0,
    };
    let letters: Vec<String> = (0..columns.len()).map(letters).collect();
    let mut text = shell.head(&format!("A1:{}{}", letters.last().map_or("A", String::as_str), count + 1));
    let widths = widths(context, table, &columns, &rows.slice(0, count.min(MEASURED)))?;
    cols(&mut text, &widths);
    let height = head_height(&columns, &widths);
    // Writing to a string cannot fail.
    let _ = write!(text, "<sheetData><row r=\"1\" ht=\"{height}\" customHeight=\"1\">");
    for (column, letters) in columns.iter().zip(&letters) {
        let look = if column.look.is_figure() { Look::HeadOfFigures } else { Look::Head };
        push_text(&mut text, letters, 1, styles.of(look), &column.heading);
    }
    text.push_str("</row>");
    for begin in (0..count).step_by(AT_ONCE) {
        let some = rows.slice(begin, AT_ONCE.min(count - begin));
        let values: Result<Vec<Values>, ReportError> =
            columns.iter().map(|column| column.values(context, table, &some)).collect();
        let values = values?;
        for at in 0..some.num_rows() {
            let row = begin + at + 2;
            // Writing to a string cannot fail.
            let _ = write!(text, "<row r=\"{row}\">");
            for ((column, letters), values) in columns.iter().zip(&letters).zip(&values) {
                let style = styles.of(column.look);
                match values.at(at) {
                    None => {}
                    Some(Value::Number(number)) => {
                        let _ = write!(text, "<c r=\"{letters}{row}\" s=\"{style}\"><v>{number}</v></c>");
                    }
                    Some(Value::Flag(flag)) => {
                        let flag = u8::from(flag);
                        let _ =
                            write!(text, "<c r=\"{letters}{row}\" s=\"{style}\" t=\"b\"><v>{flag}</v></c>");
                    }
                    Some(Value::Text(value)) => {
                        let style = styles.of(Look::Text);
                        lost.texts += usize::from(push_text(&mut text, letters, row, style, &value));
                    }
                }
            }
            text.push_str("</row>");
        }
        out.write_all(text.as_bytes())?;
        text.clear();
    }
    text.push_str("</sheetData>");
    text.push_str(&shell.tail);
    out.write_all(text.as_bytes())?;
    Ok(lost)
}

/// The letters of a column: A, B, …, Z, AA.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// Writes a text. Returns whether its end had no room.
fn push_text(out: &mut String, letters: &str, row: usize, style: u32, text: &str) -> bool {
    let shown = shown(text);
    let (kept, is_cut) = fitting(&shown);
    // Writing to a string cannot fail.
    let _ =
        write!(out, "<c r=\"{letters}{row}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    push_escaped(out, kept);
    if is_cut {
        out.push('…');
    }
    out.push_str("</t></is></c>");
    is_cut
}

/// As much of a text as a cell has room for, with one letter left for the mark of a cut; and whether it is cut.
fn fitting(text: &str) -> (&str, bool) {
    if text.len() <= MOST_LETTERS {
        return (text, false);
    }
    let mut units = 0;
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        units += letter.len_utf16();
        if units < MOST_LETTERS {
            end = at + letter.len_utf8();
        }
        if units > MOST_LETTERS {
            return (text.get(..end).unwrap_or_default(), true);
        }
    }
    (text, false)
}

/// Spreadsheets read `_x003D_` as the letter of that number. Where a text has these letters itself, the first is written so.
fn push_escaped(out: &mut String, text: &str) {
    for (at, letter) in text.char_indices() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '_' if is_escape(text.get(at..).unwrap_or_default()) => out.push_str("_x005F_"),
            other => out.push(other),
        }
    }
}

fn is_escape(text: &str) -> bool {
    match text.as_bytes() {
        [b'_', b'x' | b'X', digits @ ..] => {
            matches!(digits.get(..5), Some([a, b, c, d, b'_']) if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()))
        }
        _ => false,
    }
}

/// How wide the columns are, in letters.
fn widths(
    context: &RenderContext<'_>,
    table: &str,
    columns: &[Column],
    rows: &RecordBatch,
) -> Result<Vec<usize>, ReportError> {
    let mut widths = Vec::with_capacity(columns.len());
    for column in columns {
        let values = column.values(context, table, rows)?;
        // The sign of a filter has its place beside the last word.
        let words = column.heading.split(' ').map(wide).max().unwrap_or(0) + 3;
        let cells = (0..rows.num_rows()).filter_map(|row| values.at(row));
        let longest = cells.map(|value| cell_width(column.look, &value)).max().unwrap_or(0);
        let least = match column.look {
            // Sorted tables have their greatest figures anywhere.
            Look::Money | Look::MoneyChange | Look::Estimate => 13,
            Look::Instant => 19,
            _ => 9,
        };
        widths.push(longest.max(words).clamp(least, 60) + 1);
    }
    Ok(widths)
}

/// How high the head is, in points: no program breaks its lines before it is opened.
fn head_height(columns: &[Column], widths: &[usize]) -> usize {
    let lines =
        columns.iter().zip(widths).map(|(column, width)| lines(&column.heading, width.saturating_sub(3)));
    lines.max().unwrap_or(1).min(8) * 15 + 2
}

/// Into how many lines of some width a text breaks.
fn lines(text: &str, width: usize) -> usize {
    let (mut lines, mut used) = (1, 0);
    for word in text.split(' ') {
        let long = wide(word);
        if used > 0 && used + 1 + long > width {
            lines += 1;
            used = 0;
        }
        used += long + usize::from(used > 0);
        // Chinese breaks between any two letters.
        while used > width.max(1) {
            lines += 1;
            used -= width.max(1);
        }
    }
    lines
}

fn cell_width(look: Look, value: &Value) -> usize {
    match (value, look) {
        (Value::Text(text), _) => text.lines().map(wide).max().unwrap_or(0),
        (Value::Flag(_), _) => 5,
        (Value::Number(_), Look::Date | Look::Month | Look::Instant) => 10,
        (Value::Number(number), look) => {
            let whole = number.split(['.', 'E']).next().unwrap_or(number).trim_start_matches('-').len();
            let places = match look {
                Look::Money | Look::MoneyChange => 3,
                Look::Share | Look::Change => 5,
                // As many as are shown in general.
                Look::Number => number.len().saturating_sub(whole).min(5),
                _ => 2,
            };
            whole + whole / 3 + places + 1
        }
    }
}

/// How wide a text is: letters of Chinese, Japanese and Korean have twice the width of others.
fn wide(text: &str) -> usize {
    text.chars()
        .map(|letter| if ('\u{1100}'..='\u{ffff}').contains(&letter) && letter >= '\u{2e80}' { 2 } else { 1 })
        .sum()
}

fn cols(out: &mut String, widths: &[usize]) {
    if widths.is_empty() {
        return;
    }
    out.push_str("<cols>");
    for (number, width) in (1..).zip(widths) {
        // Writing to a string cannot fail.
        let _ = write!(out, "<col min=\"{number}\" max=\"{number}\" width=\"{width}\" customWidth=\"1\"/>");
    }
    out.push_str("</cols>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_to_what_a_cell_can_hold() {
        let units = |text: &str| text.chars().map(char::len_utf16).sum::<usize>();
        let written = |text: &str| {
            let mut out = String::new();
            let is_cut = push_text(&mut out, "A", 1, 0, text);
            let text = out.split_once("preserve\">").unwrap().1.split_once("</t>").unwrap().0;
            (units(text), is_cut)
        };
        assert_eq!(written(&"x".repeat(MOST_LETTERS)), (MOST_LETTERS, false));
        assert_eq!(written(&"x".repeat(MOST_LETTERS + 1)), (MOST_LETTERS, true));
        // Fewer letters than bytes, and two units each.
        assert_eq!(written(&"年".repeat(MOST_LETTERS)), (MOST_LETTERS, false));
        assert_eq!(written(&"😀".repeat(MOST_LETTERS)), (MOST_LETTERS, true));
    }

    #[test]
    fn nothing_hides_in_a_cell() {
        let written = |text: &str| {
            let mut out = String::new();
            push_escaped(&mut out, &shown(text));
            out
        };
        assert_eq!(written("a\u{202e}b\u{1b}<&>\r\n\u{ffff}\t"), "a�b␛&lt;&amp;&gt;\n�\t");
        assert_eq!(written("_x003D_1 _x12 _x00g0_ _x202E_"), "_x005F_x003D_1 _x12 _x00g0_ _x005F_x202E_");
    }
}
