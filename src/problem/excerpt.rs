//! The lines of a text that a message shows: the one with the mistake, and one on either side.

use std::ops::Range;

use super::Place;
use crate::visible::{shown, visible};

/// Most characters of a line that are shown; of a longer line, those around the caret.
const MOST_LETTERS: usize = 160;
/// This many of them stand before the caret.
const BEFORE: usize = 60;
/// Replaces what is left out.
const CUT: char = '…';

/// Lines of a text as they are drawn. Characters that would act on a terminal are shown, and long lines are cut.
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// The number of the first line, from 0.
    first: usize,
    /// The line and the column of the place in its own text, from 0.
    at: (usize, usize),
    /// The place in `text`; it ends with its line.
    pub(super) span: Range<usize>,
    pub(super) label: String,
}

impl Excerpt {
    pub(super) fn of(place: &Place) -> Self {
        let text = place.source.text.as_str();
        let start = floor(text, place.span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count();
        let begin = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| start + at);
        let marked = start..floor(text, place.span.end).clamp(start, end);
        let before = begin.checked_sub(1).and_then(|end| text.get(..end));
        let before = before.map(|before| before.rsplit('\n').next().unwrap_or_default());
        let after = text.get(end..).and_then(|rest| rest.strip_prefix('\n'));
        let after = after.filter(|after| !after.is_empty()).and_then(|after| after.split('\n').next());
        let mut drawn = String::new();
        if let Some(before) = before {
            draw(&mut drawn, before, 0..0);
            drawn.push('\n');
        }
        let within = text.get(begin..end).unwrap_or_default();
        let span = draw(&mut drawn, within, marked.start - begin..marked.end - begin);
        if let Some(after) = after {
            drawn.push('\n');
            draw(&mut drawn, after, 0..0);
        }
        Self {
            name: visible(&place.source.name).into_owned(),
            text: drawn,
            first: line - usize::from(before.is_some()),
            at: (line, text.get(begin..start).unwrap_or_default().chars().count()),
            span,
            label: visible(&place.label).into_owned(),
        }
    }
}

/// Adds a line as it is drawn, cut around some of its bytes; returns the place of those bytes.
fn draw(to: &mut String, line: &str, marked: Range<usize>) -> Range<usize> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let caret = line.get(..marked.start).map_or(0, |before| before.chars().count());
    let letters = line.chars().count();
    let skipped = if letters > MOST_LETTERS { caret.saturating_sub(BEFORE) } else { 0 };
    if skipped > 0 {
        to.push(CUT);
    }
    let (mut start, mut end) = (None, 0);
    for (at, letter) in line.char_indices().skip(skipped).take(MOST_LETTERS) {
        if at >= marked.start {
            start = start.or(Some(to.len()));
        }
        to.push(shown(letter));
        if at < marked.end {
            end = to.len();
        }
    }
    let start = start.unwrap_or(to.len());
    let span = start..end.max(start);
    if letters > skipped + MOST_LETTERS {
        to.push(CUT);
    }
    span
}

/// The start of the character that contains a byte.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl miette::SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        // Without context lines the place itself is wanted, for the heading.
        let (range, (line, column)) = if before + after == 0 {
            (span.offset()..span.offset() + span.len(), self.at)
        } else {
            (0..self.text.len(), (self.first, 0))
        };
        let data = self.text.get(range.clone()).ok_or(miette::MietteError::OutOfBounds)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.name.clone(),
            data.as_bytes(),
            (range.start, range.len()).into(),
            line,
            column,
            self.text.matches('\n').count() + 1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use insta::assert_snapshot;

    use crate::problem::{Place, Problem, SourceText};

    fn drawn(text: &str, span: std::ops::Range<usize>) -> String {
        let source = Arc::new(SourceText { name: "a\u{1b}.yaml".into(), text: text.into() });
        Problem::new("what\u{202e}ever").at(Place::new(&source, span)).help("do \u{7}this").render(false)
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_snapshot!(drawn("one\n\u{1b}[2Jtwo: \u{202e}three\nfour", 8..13), @r"
         × what�ever
          ╭─[a␛.yaml:2:5]
        1 │ one
        2 │ ␛[2Jtwo: �three
          ·     ─────
        3 │ four
          ╰────
         help: do ␇this
        ");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}here{}", "客".repeat(500), "b".repeat(500));
        assert_snapshot!(drawn(&text, 1500..1504), @r"
         × what�ever
          ╭─[a␛.yaml:1:501]
        1 │ …客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客herebbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
          ·                                                                                                                          ────
          ╰────
         help: do ␇this
        ");
        assert_snapshot!(drawn(&text, 1498..1504), @r"
         × what�ever
          ╭─[a␛.yaml:1:500]
        1 │ …客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客客herebbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
          ·                                                                                                                          ──────
          ╰────
         help: do ␇this
        ");
        assert_snapshot!(drawn(&text, 2004..2004), @r"
         × what�ever
          ╭─[a␛.yaml:1:1005]
        1 │ …bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
          ╰────
         help: do ␇this
        ");
    }

    #[test]
    fn a_place_of_many_lines_is_its_first() {
        assert_snapshot!(drawn("a: 1\nb:\n  c: 2\n  d: 3\n", 5..24), @r"
         × what�ever
          ╭─[a␛.yaml:2:1]
        1 │ a: 1
        2 │ b:
          · ──
        3 │   c: 2
          ╰────
         help: do ␇this
        ");
        assert_snapshot!(drawn("", 0..0), @r"
        × what�ever
         ╭─[a␛.yaml:1:1]
         ╰────
        help: do ␇this
        ");
    }
}
