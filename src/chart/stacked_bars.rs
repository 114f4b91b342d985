//! Stacked bars: the parts of a whole, one bar per name; as amounts, or each whole as 100 %.

use super::bands::{Bands, Lay, Names};
use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, axis_room, compose};
use super::head::{Head, Swatch};
use super::palette::{BLUE, BLUE_PALE, INK, text_on};
use super::scale::{Scale, extent};
use super::text::{self, LEADING, SMALL};
use super::{ChartError, Format, Frame, Series, at_most, exactly, fills, said};

const NAME: &str = "stacked bars";
/// Most columns that fit.
pub const MOST: usize = 120;
/// Most rows that fit.
pub const MOST_ROWS: usize = 36;
/// Most parts of a bar.
pub const MOST_SERIES: usize = 6;
const HEIGHT: f64 = 420.0;
/// Between parts, in units of the view box.
const GAP: f64 = 1.5;
/// There is room for at least this many columns.
const LEAST: usize = 6;

/// Whether a bar's length is its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// The length is the sum of the parts. Parts below zero go the other way.
    Sum,
    /// All bars have one length: the parts are shares of their sum. A part below zero counts as nothing.
    Share,
}

/// A note on some neighbouring columns together, over a bracket.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// The first column.
    pub first: usize,
    /// The column after the last.
    pub end: usize,
    /// The text.
    pub text: &'a str,
}

/// What to draw.
pub struct Data<'a> {
    /// Names of the bars, from the top or from the left; 36 rows or 120 columns at most.
    pub labels: &'a [String],
    /// A second text per name in smaller type; none at all, or one per name. Bars with a note are rows.
    pub notes: &'a [String],
    /// One to six parts, in order, each with one value per bar, all in one unit; not finite if unknown.
    pub series: &'a [Series],
    /// What a bar's length is.
    pub whole: Whole,
    /// A bracket over columns; rows have none.
    pub span: Option<Span<'a>>,
    /// How the bars lie.
    pub lay: Lay,
    /// Writes a value, or with [`Whole::Share`] a share (1 = 100 %).
    pub number: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the bars: what the values are, with the unit.
    pub value: &'a str,
}

/// Draws the bars. A part that no bar has is not in the key.
///
/// # Errors
/// [`ChartError::Empty`] without a part that can be drawn, [`ChartError::TooMany`] above six parts, 36 rows or 120
/// columns, [`ChartError::Shape`] if a series does not have one value per bar, or if there are notes but not one per
/// bar.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "parts", data.series.len(), MOST_SERIES)?;
    for series in data.series {
        exactly(NAME, "values", series.values.len(), data.labels.len())?;
    }
    if !data.notes.is_empty() {
        exactly(NAME, "notes", data.notes.len(), data.labels.len())?;
    }
    let labels: Vec<&str> = data.labels.iter().map(String::as_str).collect();
    let notes: Vec<&str> = data.notes.iter().map(String::as_str).collect();
    let names = Names::new(&labels, &notes, data.lay);
    at_most(NAME, "bars", data.labels.len(), if names.rows { MOST_ROWS } else { MOST })?;
    let bars: Vec<Vec<Part>> = (0..data.labels.len()).map(|bar| parts(data, bar)).collect();
    let all = || bars.iter().flatten();
    let ends = extent(all().flat_map(|part| [part.from, part.to])).ok_or(ChartError::Empty(NAME))?;
    let swatches = fills(data.series);
    let used = swatches.iter().zip(data.series).enumerate();
    let key: Vec<(Swatch, &str)> = used
        .filter(|(index, _)| all().any(|part| part.series == *index && part.to > part.from))
        .map(|(_, (swatch, series))| (*swatch, series.name.as_str()))
        .collect();
    let head = Head::new(words.value, &key);
    let stack = Stack { data, names, bars, swatches, head };
    let range = (ends.0.min(0.0), if ends.1 > 0.0 || ends.0 < 0.0 { ends.1.max(0.0) } else { 1.0 });
    if stack.names.rows { stack.rows(frame, range) } else { stack.columns(frame, range) }
}

/// A part of a bar: which series, from where, to where.
#[derive(Debug, Clone, Copy)]
struct Part {
    series: usize,
    from: f64,
    to: f64,
    value: f64,
}

fn parts(data: &Data<'_>, bar: usize) -> Vec<Part> {
    let value = |series: &Series| series.values.get(bar).copied().filter(|value| value.is_finite());
    let all = || data.series.iter().enumerate().filter_map(|(index, series)| Some((index, value(series)?)));
    let (mut up, mut down) = (0.0, 0.0);
    match data.whole {
        Whole::Sum => all()
            .map(|(series, value)| {
                let end = if value < 0.0 { &mut down } else { &mut up };
                let before = *end;
                *end += value;
                Part { series, from: before.min(*end), to: before.max(*end), value }
            })
            .collect(),
        Whole::Share => {
            let sum: f64 = all().map(|(_, value)| value.max(0.0)).sum();
            if !(sum > 0.0 && sum.is_finite()) {
                return vec![];
            }
            all()
                .map(|(series, value)| {
                    let (share, before) = (value.max(0.0) / sum, up);
                    up += share;
                    Part { series, from: before, to: up, value: share }
                })
                .collect()
        }
    }
}

struct Stack<'a> {
    data: &'a Data<'a>,
    names: Names,
    bars: Vec<Vec<Part>>,
    swatches: Vec<Swatch>,
    head: Head,
}

impl Stack<'_> {
    fn rows(&self, frame: &Frame<'_>, range: (f64, f64)) -> Result<String, ChartError> {
        let count = self.bars.len();
        let each = (self.names.tall() + 12.0).max(if count > 12 { 34.0 } else { 48.0 });
        let totals: Vec<String> = self.bars.iter().map(|parts| self.total(parts)).collect();
        let room = text::widest(totals.iter().map(String::as_str), SMALL * 1.1).min(150.0);
        let room = if room > 0.0 { room + 10.0 } else { 2.0 };
        let (top, bottom) = (self.head.height(), self.head.height() + each * count as f64);
        let place = Place { left: self.names.wide(), top, right: WIDTH - room, bottom };
        let bands = Bands { rows: true, place, ends: range, count };
        compose(frame, (WIDTH, bottom + 4.0), |canvas| {
            self.head.draw(canvas)?;
            self.names.draw(canvas, &bands)?;
            self.parts(canvas, &bands)?;
            for (index, (parts, total)) in self.bars.iter().zip(&totals).enumerate() {
                let end = parts.iter().map(|part| part.to).fold(0.0, f64::max);
                let y = bands.along(index as f64 + 0.5);
                let total = text::shorten(total, SMALL * 1.1, 150.0);
                canvas.text(&total, bands.value(end) + 6.0, y, Type::small().bold().coloured(INK))?;
            }
            if range.0 < 0.0 { bands.zero(canvas) } else { Ok(()) }
        })
    }

    /// The sum of a bar's parts; empty where bars are shares, or where there is a single part.
    fn total(&self, parts: &[Part]) -> String {
        let sum: f64 = parts.iter().map(|part| part.value).sum();
        let wanted = self.data.whole == Whole::Sum && self.data.series.len() > 1 && !parts.is_empty();
        if wanted && sum.is_finite() { (self.data.number)(sum) } else { String::new() }
    }

    fn columns(&self, frame: &Frame<'_>, range: (f64, f64)) -> Result<String, ChartError> {
        let count = self.bars.len();
        let scale = match self.data.whole {
            Whole::Sum => Scale::from_zero(range, 4, 0.0),
            Whole::Share => Scale { low: 0.0, high: 1.0, ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0] },
        };
        let span = self.data.span.filter(|span| !span.text.is_empty() && span.first < span.end);
        // A line of text, the bracket below it, and a margin.
        let top = self.head.height() + if span.is_some() { 36.0 } else { 6.0 };
        let left = axis_room(&scale, self.data.number);
        let bottom = HEIGHT - self.names.tall() - 10.0;
        let whole = Place { left, top, right: WIDTH - 4.0, bottom };
        // A single column would fill the whole sheet.
        let spare = LEAST.saturating_sub(count) as f64 / LEAST as f64 * (whole.right - left) / 2.0;
        let place = Place { left: left + spare, right: whole.right - spare, ..whole };
        let bands = Bands { rows: false, place, ends: (scale.low, scale.high), count };
        compose(frame, (WIDTH, HEIGHT), |canvas| {
            self.head.draw(canvas)?;
            Bands { place: whole, ..bands }.axis(canvas, &scale, self.data.number)?;
            self.parts(canvas, &bands)?;
            if let Some(span) = span {
                draw_span(canvas, &bands, span)?;
            }
            self.names.draw(canvas, &bands)
        })
    }

    fn parts(&self, canvas: &Canvas<'_>, bands: &Bands) -> Drawn {
        for (index, parts) in self.bars.iter().enumerate() {
            let half = if bands.rows || bands.count < 60 { 0.38 } else { 0.44 };
            let along = (index as f64 + 0.5 - half, index as f64 + 0.5 + half);
            for part in parts.iter().filter(|part| part.to > part.from) {
                let (Some(&swatch), Some(series)) =
                    (self.swatches.get(part.series), self.data.series.get(part.series))
                else {
                    continue;
                };
                let place = bands.bar(along, (part.from, part.to));
                let (wide, high) = (place.right - place.left, place.bottom - place.top);
                // The gap stands where the next part begins.
                let place = if bands.rows {
                    Place { right: place.left + (wide - GAP).max(wide * 0.5), ..place }
                } else if bands.each() > 12.0 {
                    Place { top: place.bottom - (high - GAP).max(high * 0.5), ..place }
                } else {
                    place
                };
                let label = self.data.labels.get(index).cloned().unwrap_or_default();
                let says = said(&[label, series.name.clone(), (self.data.number)(part.value)]);
                canvas.titled(&says, || paint(canvas, place, swatch))?;
                self.figure(canvas, bands, (part, place), (swatch, &series.name))?;
            }
        }
        Ok(())
    }

    /// The name and figure of a part if both fit, else its figure, else nothing.
    fn figure(
        &self,
        canvas: &Canvas<'_>,
        bands: &Bands,
        (part, place): (&Part, Place),
        (swatch, name): (Swatch, &str),
    ) -> Drawn {
        let (wide, high) = (place.right - place.left, place.bottom - place.top);
        let figure = (self.data.number)(part.value);
        let both = format!("{name} {figure}");
        let fits = |line: &String| text::width(line, SMALL) + 4.0 <= wide && high >= SMALL * LEADING;
        let lines = if bands.rows { vec![both, figure] } else { vec![figure] };
        let Some(line) = lines.iter().find(|line| fits(line)) else { return Ok(()) };
        let colour = match swatch {
            Swatch::Fill(ground) => text_on(ground),
            _ => INK,
        };
        let (x, y) = (f64::midpoint(place.left, place.right), f64::midpoint(place.top, place.bottom));
        canvas.text(line, x, y, Type::small().centred().coloured(colour))
    }
}

/// Fills a bar as its swatch requires.
pub(super) fn paint(canvas: &Canvas<'_>, place: Place, swatch: Swatch) -> Drawn {
    match swatch {
        Swatch::Fill(colour) | Swatch::Line(colour) | Swatch::Dashes(colour) => canvas.fill(place, colour),
        Swatch::Pale | Swatch::Mark => {
            canvas.fill(place, BLUE_PALE)?;
            let Place { left, top, right, bottom } = place;
            canvas.path(&[(left, bottom), (left, top), (right, top), (right, bottom)], BLUE, 1.0)
        }
    }
}

/// A bracket over columns, with its text.
fn draw_span(canvas: &Canvas<'_>, bands: &Bands, span: Span<'_>) -> Drawn {
    let end = span.end.min(bands.count) as f64;
    let (left, right) = (bands.along(span.first as f64 + 0.12), bands.along(end - 0.12));
    let y = bands.place.top - 10.0;
    canvas.path(&[(left, y + 6.0), (left, y), (right, y), (right, y + 6.0)], BLUE, 1.5)?;
    let line = text::shorten(span.text, SMALL, WIDTH - 8.0);
    // Over the middle of the bracket, but on the sheet.
    let half = text::width(&line, SMALL) / 2.0;
    let x = f64::midpoint(left, right).min(WIDTH - 4.0 - half).max(4.0 + half);
    canvas.text(&line, x, y - 4.0, Type::small().coloured(INK).centred().above())
}
