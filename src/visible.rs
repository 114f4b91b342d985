//! Text that shows what it holds: nothing in it moves a cursor, colours a terminal, hides, or turns the direction of reading.
//!
//! File names, columns, values and pipelines come from outside. An escape sequence among them could rewrite what an
//! operator reads, and a character such as U+202E lets `gpj.exe` read as `exe.jpg`. All that is printed, drawn or written
//! for a reader goes through here.

use std::borrow::Cow;

use crate::secret;

/// Whether a character affects its surroundings instead of showing itself: controls other than the line feed and the
/// tab, marks of direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), separators of lines and
/// paragraphs, zero-width spaces and joints of words, annotations and tags. The joiners U+200C and U+200D stay: names
/// of people are written with them.
pub fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        letter if letter.is_control() => true,
        '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

/// What is shown in a character's place: its picture for a control (␛ for the escape), � without a picture.
pub fn shown(letter: char) -> char {
    if !is_hidden(letter) {
        return letter;
    }
    match letter {
        '\u{0}'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(letter)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}' => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// The text with secrets masked, and with characters shown that would affect their surroundings.
pub fn visible(text: &str) -> Cow<'_, str> {
    let text = secret::without(text);
    if text.chars().any(is_hidden) { text.chars().map(shown).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_on_its_surroundings_is_shown() {
        assert_eq!(visible("\u{1b}[31mred\u{7}\u{7f}\r"), "␛[31mred␇␡␍");
        assert_eq!(visible("a\u{202e}b\u{2066}c\u{9b}d\u{feff}"), "a�b�c�d�");
        assert_eq!(visible("two\nlines\tand 客户, نام\u{200c}ه, é"), "two\nlines\tand 客户, نام\u{200c}ه, é");
    }
}
