//! The rows of a CSV file's text, read strictly: what RFC 4180 does not allow is a flaw, and is never read in another
//! way.
//!
//! There are two exceptions: lines may end in LF, CR LF or (if the header does) CR, and the last line need no end.

use super::fault::{Flaw, FlawKind};
use super::text::Text;

/// The most bytes that a row may have.
pub(super) const MOST_BYTES: usize = 16 << 20;

/// How values are written in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The character between two values.
    pub delimiter: u8,
    /// Whether quotes are ordinary characters.
    pub unquoted: bool,
}

/// A value's position in its row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Field {
    start: u32,
    end: u32,
    /// Whether it stood in quotes.
    quoted: bool,
    /// Whether quotes in it are written twice.
    doubled: bool,
}

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    bytes: &'a [u8],
    doubled: bool,
}

impl Value<'_> {
    /// Whether it is empty, with or without quotes.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends the value itself.
    #[inline]
    pub fn append(self, into: &mut Vec<u8>) {
        if self.doubled {
            self.append_doubled(into);
        } else {
            into.extend_from_slice(self.bytes);
        }
    }

    /// Each pair of quotes stands for one quote.
    fn append_doubled(self, into: &mut Vec<u8>) {
        let mut rest = self.bytes;
        while let Some(quote) = rest.iter().position(|byte| *byte == b'"') {
            let (part, after) = rest.split_at(quote + 1);
            into.extend_from_slice(part);
            rest = after.get(1..).unwrap_or_default();
        }
        into.extend_from_slice(rest);
    }

    /// The value as text.
    pub fn text(self) -> String {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        self.append(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Reads one row after the other.
pub(super) struct Records {
    text: Text,
    /// A piece of the text; the rows up to `next` have been read.
    buffer: Vec<u8>,
    next: usize,
    /// Where the last row read begins.
    start: usize,
    /// Whether the buffer holds the text's end.
    ended: bool,
    /// The line where the last row read begins, and the line where the next row begins.
    line: u64,
    next_line: u64,
    scan: Scan,
    dialect: Dialect,
    special: Special,
    /// Whether lines end with a carriage return alone; unknown before the end of the first line.
    returns: Option<bool>,
    /// An error after the buffer that was found too early.
    flaw: Option<FlawKind>,
}

/// The bytes that may end an unquoted value.
struct Special([bool; 256]);

impl Special {
    fn of(dialect: Dialect) -> Self {
        let mut special = [false; 256];
        let quote = (!dialect.unquoted).then_some(b'"');
        for byte in [dialect.delimiter, b'\n', b'\r', 0].into_iter().chain(quote) {
            if let Some(place) = special.get_mut(usize::from(byte)) {
                *place = true;
            }
        }
        Self(special)
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

impl Records {
    /// A reader of a text, from its beginning.
    pub fn new(text: Text, dialect: Dialect) -> Self {
        Self {
            text,
            buffer: Vec::new(),
            next: 0,
            start: 0,
            ended: false,
            line: 1,
            next_line: 1,
            scan: Scan::default(),
            special: Special::of(dialect),
            dialect,
            returns: None,
            flaw: None,
        }
    }

    /// Sets how the rest is written. Rows keep at most this many values, but count all.
    pub fn set(&mut self, dialect: Dialect, most_fields: usize) {
        self.dialect = dialect;
        self.special = Special::of(dialect);
        self.scan.most = most_fields;
    }

    /// How values are written.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The first bytes that come next: this many, or all that are left.
    pub fn peek(&mut self, bytes: usize) -> &[u8] {
        while self.buffer.len() - self.next < bytes && !self.ended && self.flaw.is_none() {
            match self.text.more(&mut self.buffer) {
                Ok(more) => self.ended = !more,
                // It will be found again at its place, after the rows before it.
                Err(kind) => self.flaw = Some(kind),
            }
        }
        let rest = self.buffer.get(self.next..).unwrap_or_default();
        rest.get(..bytes.min(rest.len())).unwrap_or_default()
    }

    /// Skips some bytes already seen, which are one line.
    pub fn pass_line(&mut self, bytes: usize) {
        self.next = (self.next + bytes).min(self.buffer.len());
        self.next_line += 1;
    }

    /// Reads a row; false at the end of the text.
    pub fn read(&mut self) -> Result<bool, Flaw> {
        let returns = self.returns;
        let read = self.try_read()?;
        match read {
            Some(bytes) if self.scan.count > 0 => {
                self.start = self.next;
                self.next += bytes;
                self.line = self.next_line;
                self.next_line = self.scan.line;
                self.returns = returns.or(self.scan.returns);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Looks at the next row without taking it, and returns its number of values.
    pub fn look(&mut self) -> Result<usize, Flaw> {
        self.try_read()?;
        Ok(self.scan.count)
    }

    fn try_read(&mut self) -> Result<Option<usize>, Flaw> {
        self.scan.begin(self.next_line, self.returns);
        loop {
            let bytes = self.buffer.get(self.next..).unwrap_or_default();
            match self.scan.on(bytes, self.ended, self.dialect, &self.special) {
                Ok(None) if bytes.len() > MOST_BYTES => {
                    let quoted = self.scan.state == State::Quoted;
                    let line = if quoted { self.scan.value_line } else { self.next_line };
                    return Err(Flaw { line, column: None, kind: FlawKind::TooLong });
                }
                Ok(None) => {
                    self.more()?;
                }
                Ok(done) => return Ok(done),
                Err(kind) => return Err(self.flaw_here(kind)),
            }
        }
    }

    fn flaw_here(&self, kind: FlawKind) -> Flaw {
        let line = if kind == FlawKind::NeverClosed { self.scan.value_line } else { self.scan.line };
        Flaw { line, column: Some(self.scan.count), kind }
    }

    /// Makes room and reads more; false if the text has ended.
    fn more(&mut self) -> Result<bool, Flaw> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.next);
        self.next = 0;
        self.start = 0;
        let more = match self.flaw.take() {
            Some(kind) => Err(kind),
            None => self.text.more(&mut self.buffer),
        };
        match more {
            Ok(more) => {
                self.ended = !more;
                Ok(more)
            }
            Err(kind @ FlawKind::Bytes(_)) => Err(self.flaw_here(kind)),
            Err(kind) => Err(Flaw { line: 0, column: None, kind }),
        }
    }

    /// The number of values in the last row read.
    pub fn len(&self) -> usize {
        self.scan.count
    }

    /// The line on which it begins.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether it is an empty line.
    pub fn is_blank(&self) -> bool {
        self.scan.count == 1
            && self.scan.fields.first().is_some_and(|field| field.start == field.end && !field.quoted)
    }

    /// One of its values, by position.
    #[inline]
    pub fn value(&self, place: usize) -> Value<'_> {
        let field = self.scan.fields.get(place).copied().unwrap_or_default();
        let range = self.start + field.start as usize..self.start + field.end as usize;
        Value { bytes: self.buffer.get(range).unwrap_or_default(), doubled: field.doubled }
    }
}

/// The state of reading a row, kept until more of the text is there.
struct Scan {
    state: State,
    /// The next byte, counted from the row's first byte.
    at: usize,
    /// Where the value begins, and on which line.
    value: usize,
    value_line: u64,
    doubled: bool,
    line: u64,
    returns: Option<bool>,
    fields: Vec<Field>,
    /// The number of values; `fields` has at most `most` of them.
    count: usize,
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a value.
    Before,
    /// In a value without quotes.
    Plain,
    /// In a value in quotes.
    Quoted,
    /// After the closing quote.
    Closed,
}

impl Default for Scan {
    fn default() -> Self {
        Self {
            state: State::Before,
            at: 0,
            value: 0,
            value_line: 1,
            doubled: false,
            line: 1,
            returns: None,
            fields: Vec::new(),
            count: 0,
            most: usize::MAX,
        }
    }
}

impl Scan {
    fn begin(&mut self, line: u64, returns: Option<bool>) {
        self.state = State::Before;
        self.at = 0;
        self.value = 0;
        self.value_line = line;
        self.line = line;
        self.returns = returns;
        self.fields.clear();
        self.count = 0;
    }

    #[inline]
    fn push(&mut self, end: usize, quoted: bool) {
        self.count += 1;
        if self.fields.len() < self.most {
            // A row is much shorter than 4 GiB.
            let (start, end) = (self.value as u32, end as u32);
            self.fields.push(Field { start, end, quoted, doubled: self.doubled });
        }
        self.doubled = false;
    }

    /// Continues a row; `bytes` start at its first byte. Returns its length with its line end, or none if more bytes
    /// are needed. No values and no bytes mean that there was no row.
    fn on(
        &mut self,
        bytes: &[u8],
        ended: bool,
        dialect: Dialect,
        special: &Special,
    ) -> Result<Option<usize>, FlawKind> {
        loop {
            match self.state {
                State::Before => match bytes.get(self.at) {
                    None if !ended => return Ok(None),
                    None if self.count == 0 => return Ok(Some(0)),
                    Some(b'"') if !dialect.unquoted => {
                        self.at += 1;
                        self.value = self.at;
                        self.value_line = self.line;
                        self.state = State::Quoted;
                    }
                    _ => {
                        self.value = self.at;
                        self.state = State::Plain;
                    }
                },
                State::Plain => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let Some(length) = rest.iter().position(|byte| special.has(*byte)) else {
                        self.at = bytes.len();
                        if ended {
                            self.push(self.at, false);
                            return Ok(Some(self.at));
                        }
                        return Ok(None);
                    };
                    self.at += length;
                    match rest.get(length) {
                        Some(byte) if *byte == dialect.delimiter => {
                            self.push(self.at, false);
                            self.at += 1;
                            // Usually another quoted value follows.
                            if bytes.get(self.at).is_some_and(|byte| *byte != b'"') {
                                self.value = self.at;
                            } else {
                                self.state = State::Before;
                            }
                        }
                        Some(b'\n' | b'\r') => {
                            let end = self.at;
                            let Some(length) = self.line_end(bytes, ended)? else { return Ok(None) };
                            self.push(end, false);
                            return Ok(Some(end + length));
                        }
                        Some(0) => return Err(FlawKind::Nul),
                        _ => return Err(FlawKind::QuoteInside),
                    }
                }
                State::Quoted => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'\n' | b'\r' | 0))
                    else {
                        self.at = bytes.len();
                        return if ended { Err(FlawKind::NeverClosed) } else { Ok(None) };
                    };
                    self.at += length;
                    let (byte, after) = (rest.get(length), rest.get(length + 1));
                    if after.is_none() && !ended {
                        return Ok(None);
                    }
                    match (byte, after) {
                        (Some(0), _) => return Err(FlawKind::Nul),
                        (Some(b'"'), Some(b'"')) => {
                            self.doubled = true;
                            self.at += 2;
                        }
                        (Some(b'"'), _) => {
                            self.push(self.at, true);
                            self.at += 1;
                            self.state = State::Closed;
                        }
                        // This is one line end, not two.
                        (Some(b'\r'), Some(b'\n')) => self.at += 1,
                        _ => {
                            self.line += 1;
                            self.at += 1;
                        }
                    }
                }
                State::Closed => match bytes.get(self.at) {
                    None => return Ok(ended.then_some(self.at)),
                    Some(byte) if *byte == dialect.delimiter => {
                        self.at += 1;
                        self.state = State::Before;
                    }
                    Some(b'\n' | b'\r') => {
                        let Some(length) = self.line_end(bytes, ended)? else { return Ok(None) };
                        return Ok(Some(self.at + length));
                    }
                    Some(_) => {
                        // The value that the message is about.
                        self.count -= 1;
                        return Err(FlawKind::AfterQuote(self.value_line));
                    }
                },
            }
        }
    }

    /// The length of the line end here.
    fn line_end(&mut self, bytes: &[u8], ended: bool) -> Result<Option<usize>, FlawKind> {
        let (byte, after) = (bytes.get(self.at), bytes.get(self.at + 1));
        let length = match (byte, after) {
            (Some(b'\n'), _) if self.returns == Some(true) => return Err(FlawKind::LineFeed),
            (Some(b'\n'), _) => 1,
            (_, None) if !ended => return Ok(None),
            (_, Some(b'\n')) if self.returns == Some(true) => return Err(FlawKind::LineFeed),
            (_, Some(b'\n')) => 2,
            (_, None) => 1,
            (_, Some(_)) if self.returns == Some(false) => return Err(FlawKind::CarriageReturn),
            (_, Some(_)) => {
                self.returns = Some(true);
                1
            }
        };
        self.returns = self.returns.or(Some(false));
        self.line += 1;
        Ok(Some(length))
    }
}
