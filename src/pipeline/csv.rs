//! What a source says of its CSV files, where these do not say it themselves: `delimiter`, `encoding`, `quote`.

use encoding_rs::Encoding;

use super::Spanned;
use super::reader::{Fields, Reader};
use super::yaml::{Node, NodeKind};
use crate::problem::suggestion;

/// The settings of a source for its CSV files.
#[derive(Debug, Clone, Default)]
pub struct Csv {
    /// What they say.
    pub format: CsvFormat,
    /// The keys that are set, for a source without CSV files.
    pub keys: Vec<Spanned<&'static str>>,
}

/// How CSV files are written. What is not set is found from the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CsvFormat {
    /// `delimiter`: the character between two columns, one of ASCII. Default: found from the header.
    pub delimiter: Option<u8>,
    /// `encoding`: how characters are written as bytes. Default: UTF-8, or UTF-16 where a file begins with its mark.
    pub encoding: Option<TextEncoding>,
    /// `quote: none`: a quote is a character like any other. Default: values may stand in double quotes.
    pub unquoted: bool,
}

/// `encoding`: how characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-16; its byte order mark says the order of bytes.
    Utf16,
    /// An encoding of the Encoding Standard, as in browsers.
    Named(&'static Encoding),
}

/// The keys of [`Csv`].
const KEYS: [&str; 3] = ["delimiter", "encoding", "quote"];

/// Names of encodings that a message offers.
const ENCODINGS: [&str; 15] = [
    "utf-8",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "latin-1",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-2",
    "iso-8859-15",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-kr",
];

impl Reader {
    /// The settings for CSV files among a source's keys.
    pub(super) fn csv(&mut self, fields: &Fields<'_>) -> Csv {
        let keys = KEYS.into_iter().filter(|key| fields.get(key).is_some());
        let keys = keys.map(|key| Spanned { value: key, at: fields.key(key) }).collect();
        let delimiter = fields.get("delimiter").and_then(|node| self.delimiter(node));
        let encoding = fields.get("encoding").and_then(|node| self.encoding(node));
        let unquoted = fields.get("quote").is_some_and(|node| self.unquoted(node));
        Csv { format: CsvFormat { delimiter, encoding, unquoted }, keys }
    }

    fn delimiter(&mut self, node: &Node) -> Option<u8> {
        const HELP: &str = "write one character in quotes, such as `delimiter: \";\"`, or `delimiter: tab`";
        // A tab looks like blank text. So does `|` without quotes: it begins a text of several lines in YAML.
        let NodeKind::Text(text) = &node.kind else {
            self.problem(&node.at, "`delimiter` must be one character", Some(HELP.into()));
            return None;
        };
        let delimiter = match (text.as_str(), text.as_bytes()) {
            ("tab" | "\\t", _) => Some(b'\t'),
            (_, [byte]) if byte.is_ascii() => Some(*byte),
            _ => None,
        };
        let fits = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"\"\r\n\0".contains(byte);
        let delimiter = delimiter.filter(fits);
        if delimiter.is_none() {
            let what = if text.is_empty() {
                "`delimiter` is empty".to_owned()
            } else {
                format!("`{}` cannot be a delimiter", text.escape_debug())
            };
            self.problem(&node.at, what, Some(HELP.into()));
        }
        delimiter
    }

    fn encoding(&mut self, node: &Node) -> Option<TextEncoding> {
        let text = self.text(node, "encoding")?;
        let name = text.value.trim().to_ascii_lowercase();
        let encoding = match name.as_str() {
            "utf-16" | "utf16" => Some(TextEncoding::Utf16),
            "latin-1" => Some(TextEncoding::Named(encoding_rs::WINDOWS_1252)),
            name => Encoding::for_label_no_replacement(name.as_bytes()).map(TextEncoding::Named),
        };
        if encoding.is_none() {
            let help = suggestion(&name, ENCODINGS);
            self.problem(&text.at, format!("`{}` is not an encoding", text.value), help);
        }
        encoding
    }

    fn unquoted(&mut self, node: &Node) -> bool {
        let text = self.text(node, "quote");
        match text.as_ref().map(|text| text.value.as_str()) {
            Some("none") => true,
            Some("\"" | "double") | None => false,
            Some(other) => {
                let what = format!("`{}` is not a value of `quote`", other.escape_debug());
                let help = "values stand in double quotes or, with `quote: none`, in no quotes at all";
                self.problem(&node.at, what, Some(help.into()));
                false
            }
        }
    }
}
