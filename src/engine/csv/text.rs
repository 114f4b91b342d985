//! A CSV file's text as UTF-8, decompressed if necessary, piece by piece.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GBK, UTF_8, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;

use super::fault::{BadBytes, COPY, Flaw, FlawKind};
use crate::pipeline::TextEncoding;

/// Bytes that are read and decoded at a time.
const PIECE: usize = 128 << 10;

/// A file's text from its beginning, without a byte order mark.
pub(super) struct Text {
    source: Box<dyn Read + Send>,
    coder: Coder,
    /// Bytes that were read but not decoded yet, at the beginning.
    raw: Vec<u8>,
    held: usize,
    decoded: Vec<u8>,
    /// Whether the source has no more bytes.
    ended: bool,
    /// Whether all text was returned.
    finished: bool,
    /// The flaw that comes after the returned text.
    flaw: Option<FlawKind>,
}

/// How bytes become UTF-8.
enum Coder {
    Utf8,
    Other(Box<Decoder>, &'static Encoding),
}

impl Text {
    /// The text of an open file. A byte order mark takes precedence over the encoding setting.
    pub fn new(file: File, packed: bool, encoding: Option<TextEncoding>) -> Result<Self, Flaw> {
        let mut file = BufReader::with_capacity(PIECE, file);
        let start = file.fill_buf().map_err(|error| unreadable(&error))?;
        if packed && start.is_empty() {
            return Err(Flaw::file("is empty (0 bytes)", COPY));
        }
        let is_gzip = start.starts_with(&[0x1f, 0x8b]);
        let kinds: [(&[u8], &str); 3] = [
            (b"PK\x03\x04", "a workbook or an archive"),
            (b"PAR1", "Parquet"),
            (b"\x28\xb5\x2f\xfd", "packed by zstd"),
        ];
        if let Some((_, kind)) = kinds.iter().find(|(magic, _)| start.starts_with(magic)) {
            return Err(Flaw::file(
                format!("is {kind}, not CSV"),
                "a data file's name says its format; save it as CSV",
            ));
        }
        let source: Box<dyn Read + Send> = match (packed, is_gzip) {
            (true, true) => Box::new(MultiGzDecoder::new(file)),
            (true, false) => {
                return Err(Flaw::file(
                    "is not packed by gzip",
                    "name it `.csv`, or copy it again from where it came",
                ));
            }
            (false, true) => return Err(Flaw::file("is packed by gzip", "name it `.csv.gz`")),
            (false, false) => Box::new(file),
        };
        Self::of(source, encoding)
    }

    fn of(source: Box<dyn Read + Send>, encoding: Option<TextEncoding>) -> Result<Self, Flaw> {
        let mut text = Self {
            source,
            coder: Coder::Utf8,
            raw: vec![0; PIECE],
            held: 0,
            decoded: Vec::new(),
            ended: false,
            finished: false,
            flaw: None,
        };
        while text.held < 4 && !text.ended {
            text.fill()?;
        }
        let start = text.raw.get(..text.held.min(4)).unwrap_or_default();
        let (mark, marked) = match start {
            [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => {
                return Err(Flaw::file("is UTF-32 text", "write it as UTF-8"));
            }
            [0xef, 0xbb, 0xbf, ..] => (3, Some(UTF_8)),
            [0xff, 0xfe, ..] => (2, Some(UTF_16LE)),
            [0xfe, 0xff, ..] => (2, Some(UTF_16BE)),
            _ => (0, None),
        };
        let encoding = match (marked, encoding) {
            (Some(marked), _) => marked,
            (None, Some(TextEncoding::Named(encoding))) => encoding,
            (None, Some(TextEncoding::Utf16)) => {
                let help = "write `encoding: utf-16le` or `encoding: utf-16be`; Windows writes the first";
                return Err(Flaw::file("does not begin with the byte order mark of UTF-16", help));
            }
            (None, None) => UTF_8,
        };
        text.drop_raw(mark);
        if encoding != UTF_8 {
            text.coder = Coder::Other(Box::new(encoding.new_decoder_without_bom_handling()), encoding);
            text.decoded = vec![0; PIECE];
        }
        Ok(text)
    }

    /// Appends more of the text; false if there is no more.
    pub fn more(&mut self, into: &mut Vec<u8>) -> Result<bool, FlawKind> {
        let before = into.len();
        while into.len() == before {
            if let Some(flaw) = self.flaw.take() {
                self.finished = true;
                return Err(flaw);
            }
            if self.finished {
                return Ok(false);
            }
            if !self.ended && self.held < self.raw.len() {
                self.fill().map_err(|flaw| flaw.kind)?;
            }
            match &mut self.coder {
                Coder::Utf8 => self.take_utf8(into),
                Coder::Other(..) => self.decode(into),
            }
        }
        Ok(true)
    }

    /// Reads once more from the file.
    fn fill(&mut self) -> Result<(), Flaw> {
        let free = self.raw.get_mut(self.held..).unwrap_or_default();
        let read = loop {
            match self.source.read(free) {
                Ok(read) => break read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&error)),
            }
        };
        self.held += read;
        self.ended = read == 0;
        Ok(())
    }

    fn drop_raw(&mut self, bytes: usize) {
        self.raw.copy_within(bytes..self.held, 0);
        self.held -= bytes;
    }

    fn take_utf8(&mut self, into: &mut Vec<u8>) {
        let bytes = self.raw.get(..self.held).unwrap_or_default();
        let Err(error) = std::str::from_utf8(bytes) else {
            into.extend_from_slice(bytes);
            self.held = 0;
            self.finished = self.ended;
            return;
        };
        let (good, rest) = bytes.split_at(error.valid_up_to());
        into.extend_from_slice(good);
        match error.error_len() {
            // The piece ends in the middle of a character.
            None if !self.ended => self.drop_raw(good.len()),
            wrong => {
                let bad = rest.get(..wrong.unwrap_or(rest.len())).unwrap_or(rest).to_vec();
                let likely = likely(bytes);
                self.flaw = Some(FlawKind::Bytes(BadBytes {
                    bytes: bad,
                    encoding: "UTF-8",
                    likely,
                    cut: wrong.is_none(),
                }));
            }
        }
    }

    fn decode(&mut self, into: &mut Vec<u8>) {
        let Coder::Other(decoder, encoding) = &mut self.coder else { return };
        let bytes = self.raw.get(..self.held).unwrap_or_default();
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(bytes, &mut self.decoded, self.ended);
        into.extend_from_slice(self.decoded.get(..written).unwrap_or_default());
        match result {
            DecoderResult::InputEmpty => self.finished = self.ended,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                let end = read.saturating_sub(usize::from(after));
                let bad = bytes.get(end.saturating_sub(usize::from(length))..end).unwrap_or_default();
                let cut = self.ended && end == bytes.len();
                let encoding = encoding.name();
                self.flaw =
                    Some(FlawKind::Bytes(BadBytes { bytes: bad.to_vec(), encoding, likely: None, cut }));
            }
        }
        self.drop_raw(read);
    }
}

fn unreadable(error: &std::io::Error) -> Flaw {
    // The decompressor's error for a file that ends too soon, or that has damaged bytes.
    match error.kind() {
        ErrorKind::UnexpectedEof => Flaw::file("is cut short: the end of what gzip packed is missing", COPY),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => {
            Flaw::file(format!("is damaged: gzip cannot unpack it ({error})"), COPY)
        }
        _ => Flaw::file(format!("cannot be read: {error}"), COPY),
    }
}

/// The probable encoding of text that is not UTF-8: its name in words, and as a setting.
fn likely(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if even.max(odd) > bytes.len() / 8 {
        return Some(if odd > even { ("UTF-16", "utf-16le") } else { ("UTF-16", "utf-16be") });
    }
    // Chinese is written in pairs of high bytes. Nearly all its characters are of the first level: their pairs begin
    // with B0 to D7. Accented letters stand alone between plain letters.
    let runs: Vec<&[u8]> = bytes.split(u8::is_ascii).filter(|run| !run.is_empty()).collect();
    let pairs: Vec<&[u8]> =
        runs.iter().filter(|run| run.len() % 2 == 0).flat_map(|run| run.chunks(2)).collect();
    let common =
        pairs.iter().filter(|pair| pair.first().is_some_and(|lead| (0xb0..=0xd7).contains(lead))).count();
    let even_runs = runs.iter().filter(|run| run.len() % 2 == 0).count();
    let whole =
        bytes.iter().rposition(|byte| *byte == b'\n').and_then(|end| bytes.get(..end)).unwrap_or(bytes);
    let clean = GBK.decode_without_bom_handling_and_without_replacement(whole).is_some();
    if clean && 2 * even_runs > runs.len() && 2 * common >= pairs.len() {
        return Some(("GBK", "gbk"));
    }
    let short = runs.iter().filter(|run| run.len() <= 2).count();
    let letters = bytes.iter().filter(|byte| **byte >= 0xa0 || (0x80..=0x99).contains(*byte)).count();
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    (10 * short >= 9 * runs.len() && 10 * letters >= 9 * high)
        .then_some(("Windows-1252 (Latin-1)", "windows-1252"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_told_from_bytes() {
        let gbk = |text: &str| GBK.encode(text).0.into_owned();
        assert_eq!(likely(&gbk("编号,客户\n1,张伟\n2,王芳\n")), Some(("GBK", "gbk")));
        assert_eq!(likely(b"1,Andr\xe9\n2,M\xfcller\n"), Some(("Windows-1252 (Latin-1)", "windows-1252")));
        assert_eq!(likely(b"1,cr\xe9\xe9e\n"), Some(("Windows-1252 (Latin-1)", "windows-1252")));
        assert_eq!(likely(b"i\0d\0,\0\xe9\0\n\0"), Some(("UTF-16", "utf-16le")));
    }

    #[test]
    fn characters_across_pieces_are_whole() {
        struct Dribble(Vec<u8>);
        impl Read for Dribble {
            fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                let read = self.0.len().min(1);
                into[..read].copy_from_slice(&self.0[..read]);
                self.0.drain(..read);
                Ok(read)
            }
        }
        let text = "né,张伟,😀\n";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xff\xfe".to_vec(), utf16.clone()].concat();
        let gb18030 = encoding_rs::GB18030.encode(text).0.into_owned();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), None),
            (format!("\u{feff}{text}").into_bytes(), Some(TextEncoding::Named(GBK))),
            (marked, Some(TextEncoding::Utf16)),
            (utf16, Some(TextEncoding::Named(UTF_16LE))),
            (gb18030, Some(TextEncoding::Named(encoding_rs::GB18030))),
        ] {
            let mut read = Vec::new();
            let mut all = Text::of(Box::new(Dribble(bytes)), encoding).unwrap();
            while all.more(&mut read).unwrap() {}
            assert_eq!(String::from_utf8(read).unwrap(), text, "{encoding:?}");
        }
    }
}
