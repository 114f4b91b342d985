//! What a sheet can hold: so many columns, rows and letters, and not every letter.

use std::borrow::Cow;

use crate::visible::visible;

/// Most columns of a sheet.
pub(super) const MOST_COLUMNS: usize = 16_384;
/// Most rows of a sheet, with the head.
pub(super) const MOST_ROWS: usize = 1_048_576;
/// Most letters of a cell, in units of UTF-16.
pub(super) const MOST_LETTERS: usize = 32_767;

/// The text with nothing hidden in it, and with no letter that XML cannot have.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    let lines =
        if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    let shown = match lines {
        Cow::Borrowed(text) => visible(text),
        Cow::Owned(text) => Cow::Owned(visible(&text).into_owned()),
    };
    if shown.contains(['\u{fffe}', '\u{ffff}']) {
        return Cow::Owned(shown.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"));
    }
    shown
}
