//! Where the parser's lines and columns lie in a text.

use std::ops::Range;

use datafusion::sql::sqlparser::tokenizer::{Location, Span};

/// The bytes of a parser's span; its lines and columns count from `offset` in the text.
pub(super) fn bytes(text: &str, span: Span, offset: usize) -> Range<usize> {
    let start = byte(text, span.start, offset);
    let end = byte(text, span.end, offset).max(start);
    start..end
}

fn byte(text: &str, location: Location, offset: usize) -> usize {
    let Some(parsed) = text.get(offset..) else { return offset };
    let lines = usize::try_from(location.line.saturating_sub(1)).unwrap_or(0);
    let columns = usize::try_from(location.column.saturating_sub(1)).unwrap_or(0);
    let line: usize = parsed.split_inclusive('\n').take(lines).map(str::len).sum();
    let within: usize = parsed.get(line..).unwrap_or("").chars().take(columns).map(char::len_utf8).sum();
    offset + line + within
}
