//! How wide a text is, and how to break it into lines.
//!
//! No font is loaded. Widths are those of the widest of the common interface fonts (Verdana, `DejaVu Sans`): a label
//! always fits its place. An ideograph is one em; Latin letters have a few width classes.

use crate::visible::is_hidden;

/// What the reader's browser may pick from; Chinese faces are named so that both languages look alike.
pub(super) const FONTS: &str =
    "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans', sans-serif";

/// Size of ordinary labels, in units of the view box.
pub(super) const BODY: f64 = 18.0;
/// Size of axis labels, in units of the view box.
pub(super) const SMALL: f64 = 16.0;
/// Distance between base lines, as a multiple of the size.
pub(super) const LEADING: f64 = 1.22;

const ELLIPSIS: char = '…';

/// Width of a line of text at a font size, in the unit of the size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// Width of the widest of some texts.
pub(super) fn widest<'t>(texts: impl IntoIterator<Item = &'t str>, size: f64) -> f64 {
    texts.into_iter().map(|text| width(text, size)).fold(0.0, f64::max)
}

/// Breaks a text into at most `most` lines no wider than `limit`, of even length; the rest is replaced by an ellipsis.
pub(super) fn wrap(text: &str, size: f64, limit: f64, most: usize) -> Vec<String> {
    let mut lines = fill(text, size, limit);
    let count = lines.len();
    if count > 1 && count <= most {
        // The narrowest limit that needs no more lines leaves no single word on the last line.
        let mut narrower = (50..100).map(|hundredth| fill(text, size, limit * f64::from(hundredth) / 100.0));
        let fits = |lines: &Vec<String>| {
            lines.len() == count && widest(lines.iter().map(|line| line.trim()), size) <= limit
        };
        lines = narrower.find(fits).unwrap_or(lines);
    }
    if count > most && most > 0 {
        let rest = lines.split_off(most - 1);
        lines.push(rest.concat());
    }
    lines.iter().map(|line| shorten(line.trim(), size, limit)).collect()
}

/// Breaks a text into lines, each as long as possible; a part that cannot be broken may be longer.
fn fill(text: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    let mut line = String::new();
    for piece in pieces(text) {
        let joined = format!("{line}{piece}");
        if line.is_empty() || width(joined.trim_end(), size) <= limit {
            line = joined;
        } else {
            lines.push(std::mem::replace(&mut line, piece.trim_start().to_owned()));
        }
    }
    if !line.trim().is_empty() {
        lines.push(line);
    }
    lines
}

/// Cuts a line to a width, with an ellipsis if something is lost.
pub(super) fn shorten(line: &str, size: f64, limit: f64) -> String {
    if width(line, size) <= limit {
        return line.to_owned();
    }
    let room = limit / size - advance(ELLIPSIS);
    let mut used = 0.0;
    let mut short: String = line
        .chars()
        .take_while(|&c| {
            used += advance(c);
            used <= room
        })
        .collect();
    short.truncate(short.trim_end().len());
    short.push(ELLIPSIS);
    short
}

/// Escapes a text for element content and for attribute values. Characters that XML forbids, and characters that change
/// the text beside them, are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            c if is_hidden(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// The parts between possible line breaks: after a space, and on either side of an ideograph, but never before closing
/// or after opening punctuation.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = vec![];
    let mut previous = ' ';
    for c in text.chars() {
        let may_break = previous == ' ' || is_wide(c) || is_wide(previous);
        let may_break = may_break && !matches!(previous, '（' | '《' | '「' | '“' | '(');
        match pieces.last_mut() {
            Some(piece) if !may_break || closes(c) || c == ' ' => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
        previous = c;
    }
    pieces
}

fn closes(c: char) -> bool {
    matches!(
        c,
        '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》' | '」' | '％' | ',' | '.' | ')' | '%'
    )
}

/// Advance of a character in em.
fn advance(c: char) -> f64 {
    match c {
        // Shown as �.
        c if is_hidden(c) => 0.62,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '\u{a0}' | '·' => 0.32,
        '\u{2009}' | '\u{202f}' => 0.21,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '-' | '/' => 0.40,
        'm' | 'M' | 'W' | '%' | '@' => 0.96,
        'w' | '+' | '=' | '<' | '>' | '−' => 0.83,
        'A'..='Z' | '&' => 0.72,
        '0'..='9' => 0.64,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' => 0.0,
        c if is_wide(c) || c == '…' || c == '—' => 1.0,
        c if c.is_uppercase() => 0.74,
        _ => 0.62,
    }
}

/// Whether a character fills a square: ideographs, kana, hangul, full-width forms, pictographs.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ideograph_is_one_em_and_latin_about_half() {
        assert!((width("客户", 10.0) - 20.0).abs() < 1e-9);
        let latin = width("Share of customers", 10.0) / 18.0;
        assert!((5.0..7.0).contains(&latin), "{latin}");
    }

    #[test]
    fn lines_break_at_spaces_and_between_ideographs() {
        assert_eq!(wrap("one two three", 10.0, 47.0, 3), ["one two", "three"]);
        assert_eq!(wrap("重要价值客户", 10.0, 41.0, 3), ["重要价", "值客户"]);
    }

    #[test]
    fn punctuation_stays_with_what_it_belongs_to() {
        assert_eq!(wrap("一二三，四", 10.0, 31.0, 3), ["一二", "三，四"]);
        assert_eq!(wrap("一二（三）", 10.0, 31.0, 3), ["一二", "（三）"]);
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis_and_stays_within_the_limit() {
        for text in
            ["Customers that need attention", "需要关注的重要挽留客户", "Donaudampfschifffahrtsgesellschaft"]
        {
            let lines = wrap(text, 10.0, 60.0, 2);
            assert!(lines.len() <= 2);
            assert!(lines.iter().all(|line| width(line, 10.0) <= 60.0), "{lines:?}");
        }
        assert!(wrap("Donaudampfschiff", 10.0, 60.0, 2)[0].ends_with('…'));
    }

    #[test]
    fn escaping_leaves_no_markup_and_no_control_characters() {
        assert_eq!(
            escape("<a b=\"c\" d='e'>&\u{1}\n"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\u{fffd} "
        );
    }
}
