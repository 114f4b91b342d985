//! A part of Thrift's compact protocol, to check what Parquet files state before their reader does. Lists with more
//! elements than there are bytes, and pages that claim to decompress to gigabytes, are found here.

/// Greatest depth of nested structures that is followed.
const MOST_DEPTH: usize = 32;

/// Kinds of values.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// Bytes that are read value by value. All methods return none if the bytes are not such a value.
pub(super) struct Thrift<'a> {
    rest: &'a [u8],
}

/// A field of a structure: its number, and the kind of its value.
type Field = (i16, u8);

impl<'a> Thrift<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are not read yet.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A whole number of 16, 32 or 64 bits.
    pub(super) fn number(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// The next field of a structure, given the number of the field before; the inner none is the structure's end.
    #[expect(clippy::option_option, reason = "bytes that are no field are not the end of a structure")]
    pub(super) fn field(&mut self, before: i16) -> Option<Option<Field>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let number = match head >> 4 {
            0 => i16::try_from(self.number()?).ok()?,
            more => before.checked_add(i16::from(more))?,
        };
        Some(Some((number, head & 15)))
    }

    /// The kind of a list's elements, and their number: at most as many as there are bytes for.
    pub(super) fn list(&mut self) -> Option<(u8, usize)> {
        let head = self.byte()?;
        let size = match head >> 4 {
            15 => usize::try_from(self.unsigned()?).ok()?,
            few => usize::from(few),
        };
        (size <= self.left()).then_some((head & 15, size))
    }

    /// Skips a value.
    pub(super) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_within(kind, 0)
    }

    fn skip_within(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > MOST_DEPTH {
            return None;
        }
        match kind {
            TRUE | FALSE => Some(()),
            BYTE => self.pass(1),
            I16 | I32 | I64 => self.unsigned().map(|_| ()),
            DOUBLE => self.pass(8),
            UUID => self.pass(16),
            BINARY => {
                let length = usize::try_from(self.unsigned()?).ok()?;
                self.pass(length)
            }
            LIST | SET => {
                let (kind, size) = self.list()?;
                (0..size).try_for_each(|_| self.skip_element(kind, depth + 1))
            }
            MAP => {
                let size = usize::try_from(self.unsigned()?).ok()?;
                if size == 0 {
                    return Some(());
                }
                if size > self.left() {
                    return None;
                }
                let kinds = self.byte()?;
                (0..size).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth + 1)?;
                    self.skip_element(kinds & 15, depth + 1)
                })
            }
            STRUCT => {
                let mut before = 0;
                while let Some((number, kind)) = self.field(before)? {
                    self.skip_within(kind, depth + 1)?;
                    before = number;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Within lists and maps, a boolean takes one byte.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Option<()> {
        if kind == TRUE || kind == FALSE { self.pass(1) } else { self.skip_within(kind, depth) }
    }
}
