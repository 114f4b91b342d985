//! Errors in a CSV file, in words.

use std::error::Error;
use std::fmt;

use crate::engine::cause::behind;

/// A CSV file that is not read, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, with line and column if they are known.
    pub place: String,
    /// The error; a complete sentence if `place` ends with a line.
    pub what: String,
    /// What to do about it; may be empty.
    pub help: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place, self.what)
    }
}

impl Error for Fault {}

impl Fault {
    /// The fault of a whole file: `what` says what the file does or is.
    pub fn of_file(file: &str, what: impl fmt::Display, help: impl Into<String>) -> Self {
        Self { place: file.to_owned(), what: format!(" {what}"), help: help.into() }
    }

    /// What to do about it, if anything is known.
    pub fn remedy(&self) -> Option<String> {
        (!self.help.is_empty()).then(|| self.help.clone())
    }

    /// The fault behind an engine's error, if it is one of a CSV file.
    pub fn behind<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        behind(error)
    }
}

/// Something in a file's text that is not allowed, with its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    /// The line, counted from 1.
    pub line: u64,
    /// The column's position in its row, counted from 0; none if the whole row is meant.
    pub column: Option<usize>,
    /// What was found.
    pub kind: FlawKind,
}

/// The kinds of flaws in a file's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FlawKind {
    /// A quote inside a value that does not begin with one.
    QuoteInside,
    /// Text between a closing quote and the next delimiter; the line on which the value began.
    AfterQuote(u64),
    /// A quote that is never closed.
    NeverClosed,
    /// A carriage return that does not end a line.
    CarriageReturn,
    /// A line feed in a file with carriage returns as line ends.
    LineFeed,
    /// A byte of value 0.
    Nul,
    /// A row that is too long.
    TooLong,
    /// A row with a different number of values than the header has columns: both numbers.
    Width(usize, usize),
    /// A value in a column without a name, at the end of a row.
    Unnamed,
    /// Bytes that are not valid in the encoding.
    Bytes(BadBytes),
    /// The file cannot be read, or is not text: what it does or is, and the remedy.
    File(String, String),
}

/// Bytes that are not valid in an encoding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadBytes {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The encoding's name.
    pub encoding: &'static str,
    /// The encoding that the text looks like: its name in words, and as a setting.
    pub likely: Option<(&'static str, &'static str)>,
    /// Whether the file ends in the middle of a character.
    pub cut: bool,
}

pub(super) const COPY: &str = "copy the file again from where it came";

impl Flaw {
    /// A flaw of the whole file.
    pub fn file(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { line: 0, column: None, kind: FlawKind::File(what.into(), help.into()) }
    }

    /// The flaw in words. `names` are those of the header, as far as it was read.
    pub fn fault(&self, file: &str, names: &[String], delimiter: u8) -> Fault {
        if let FlawKind::File(what, help) = &self.kind {
            return Fault::of_file(file, what, help);
        }
        let mut place = format!("{file}, line {}", self.line);
        match self.column.map(|column| (column, names.get(column))) {
            Some((_, Some(name))) if !name.is_empty() => {
                place = format!("{place}, column `{}`", name.escape_debug());
            }
            Some((column, _)) => place = format!("{place}, column {}", column + 1),
            None => {}
        }
        let (what, help) = self.words(delimiter);
        Fault { place, what: format!(": {what}"), help }
    }

    fn words(&self, delimiter: u8) -> (String, String) {
        const QUOTES: &str = "a value that holds a quote stands in quotes, and the quote in it twice, as in `\"6\"\" plate\"`; \
                              where quotes are characters like any other, add `quote: none` to the source";
        let between = shown(delimiter);
        match &self.kind {
            FlawKind::QuoteInside => {
                ("a quote stands inside a value that does not begin with one".into(), QUOTES.into())
            }
            FlawKind::AfterQuote(begun) if *begun != self.line => (
                format!("text follows the closing quote of a value that began on line {begun}"),
                QUOTES.into(),
            ),
            FlawKind::AfterQuote(_) => ("text follows the closing quote of a value".into(), QUOTES.into()),
            FlawKind::NeverClosed => ("a value begins with a quote that nothing closes".into(), QUOTES.into()),
            FlawKind::CarriageReturn => (
                "a carriage return stands inside a value without quotes".into(),
                "a value that holds a line break stands in quotes; or write the file with one kind of line ends".into(),
            ),
            FlawKind::LineFeed => (
                "a line feed, but the lines of this file end with carriage returns".into(),
                "a value that holds a line break stands in quotes; or write the file with one kind of line ends".into(),
            ),
            FlawKind::Nul => (
                "a byte of value 0; text has no such byte".into(),
                format!("{COPY}; if it is UTF-16, add `encoding: utf-16le` to the source"),
            ),
            FlawKind::TooLong => (
                "a row of more than 16 MiB begins here".into(),
                "is a quote never closed, or do lines end in another way?".into(),
            ),
            FlawKind::Width(found, wanted) => {
                let values = if *found == 1 { "value" } else { "values" };
                let columns = if *wanted == 1 { "column" } else { "columns" };
                let help = if found > wanted {
                    format!(
                        "a value that holds the delimiter {between} stands in quotes; if rows end with a delimiter, the header must too; \
                         if columns are divided in another way, set `delimiter:`"
                    )
                } else {
                    format!(
                        "a row has a value or nothing for each column, with {between} between two: is it cut short, or are columns \
                         divided in another way? `delimiter:` says how"
                    )
                };
                (format!("the row has {found} {values}, but the header names {wanted} {columns}"), help)
            }
            FlawKind::Unnamed => (
                "a value stands in a column that the header does not name".into(),
                format!("name the column; or is it a value that holds the delimiter {between} and needs quotes?"),
            ),
            FlawKind::Bytes(bad) => bad.words(),
            FlawKind::File(what, help) => (what.clone(), help.clone()),
        }
    }
}

impl BadBytes {
    fn words(&self) -> (String, String) {
        let bytes: Vec<String> = self.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let bytes = bytes.join(" ");
        if self.cut {
            return ("the file ends in the midst of a character".into(), COPY.into());
        }
        let noun = if self.bytes.len() == 1 { "byte" } else { "bytes" };
        let are = if self.bytes.len() == 1 { "is" } else { "are" };
        let what = format!("the {noun} {bytes} {are} not {} text", self.encoding);
        let help = match self.likely {
            Some((name, setting)) => format!("the file looks like {name}: add `encoding: {setting}` to the source"),
            None if self.encoding == "UTF-8" => {
                "say how the file is encoded, such as `encoding: windows-1252`, `encoding: gbk` or `encoding: utf-16`".to_owned()
            }
            None => format!("is the file encoded in another way than `encoding:` says? Else {COPY}"),
        };
        (what, help)
    }
}

/// A delimiter as a message shows it.
pub(super) fn shown(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tab".to_owned(),
        b' ' => "space".to_owned(),
        other => format!("`{}`", char::from(other).escape_debug()),
    }
}
