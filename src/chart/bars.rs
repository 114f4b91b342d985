//! Bars: one value per name, as rows or as columns.

use super::bands::{Bands, FIGURE, Lay, Names, figure_size};
use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, axis_room, compose};
use super::head::{Head, Swatch};
use super::palette::{BLUE, GREY, INK, RULE};
use super::scale::{Scale, extent};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame, Reference, at_most, said};

const NAME: &str = "bars";
/// Most bars that fit.
pub const MOST: usize = 36;
const HEIGHT: f64 = 340.0;
/// The share of its band that a bar takes.
const BAR: f64 = 0.72;

/// A bar.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// A second text in smaller type under the name; may be empty. Bars with one are rows, if their lay is to fit.
    pub note: String,
    /// Its value, of any unit; a negative bar grows the other way; not finite if unknown, then its place stays empty.
    pub value: f64,
    /// The value it is compared with, in the same unit: a stroke across the bar. Not finite if there is none.
    pub mark: f64,
    /// Whether this bar is emphasised. If one is, the others turn grey.
    pub highlight: bool,
}

/// What to draw.
pub struct Data<'a> {
    /// The bars, from the top or from the left; 36 at most.
    pub bars: &'a [Bar],
    /// A line across all bars, such as their mean or a target.
    pub reference: Option<Reference<'a>>,
    /// How they lie.
    pub lay: Lay,
    /// Writes a value; short, since it stands at the end of a bar.
    pub number: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the bars: what the values are, with the unit.
    pub value: &'a str,
    /// What the names are: written under columns, left out for rows.
    pub label: &'a str,
    /// What the stroke across a bar is.
    pub mark: &'a str,
}

/// Draws the bars, each with its figure; where figures do not fit over columns, an axis takes their place.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 36 bars.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "bars", data.bars.len(), MOST)?;
    extent(data.bars.iter().map(|bar| bar.value)).ok_or(ChartError::Empty(NAME))?;
    let line = data.reference.filter(|line| line.at.is_finite());
    let all = data.bars.iter().flat_map(|bar| [bar.value, bar.mark]).chain(line.map(|line| line.at));
    let (low, high) = extent(all).ok_or(ChartError::Empty(NAME))?;
    let range = (low.min(0.0), if high > 0.0 || low < 0.0 { high.max(0.0) } else { 1.0 });
    let labels: Vec<&str> = data.bars.iter().map(|bar| bar.label.as_str()).collect();
    let notes: Vec<&str> = data.bars.iter().map(|bar| bar.note.as_str()).collect();
    let sheet = Sheet {
        data,
        line,
        range,
        names: Names::new(&labels, &notes, data.lay),
        figures: data.bars.iter().map(|bar| figure(bar.value, data.number)).collect(),
        head: Head::new(words.value, &[(Swatch::Mark, if marked(data) { words.mark } else { "" })]),
    };
    if sheet.names.rows { sheet.rows(frame) } else { sheet.columns(frame, words) }
}

fn marked(data: &Data<'_>) -> bool {
    data.bars.iter().any(|bar| bar.mark.is_finite())
}

fn figure(value: f64, number: Format<'_>) -> String {
    if value.is_finite() { number(value) } else { String::new() }
}

struct Sheet<'a> {
    data: &'a Data<'a>,
    line: Option<Reference<'a>>,
    range: (f64, f64),
    names: Names,
    figures: Vec<String>,
    head: Head,
}

impl Sheet<'_> {
    fn rows(&self, frame: &Frame<'_>) -> Result<String, ChartError> {
        let count = self.data.bars.len();
        let each = (self.names.tall() + 10.0).max(if count > 16 { 28.0 } else { 36.0 });
        let above = self.line.map_or(0.0, |_| SMALL * LEADING + 2.0);
        let top = self.head.height() + above;
        let bottom = top + each * count as f64;
        let room = text::widest(self.figures.iter().map(String::as_str), SMALL).min(FIGURE) + 10.0;
        let left = self.names.wide() + if self.range.0 < 0.0 { room } else { 0.0 };
        let place = Place { left, top, right: WIDTH - room, bottom };
        let bands = Bands { rows: true, place, ends: self.range, count };
        compose(frame, (WIDTH, bottom + 4.0), |canvas| {
            self.head.draw(canvas)?;
            self.names.draw(canvas, &bands)?;
            self.bars(canvas, &bands)?;
            for (index, (bar, figure)) in self.data.bars.iter().zip(&self.figures).enumerate() {
                let y = bands.along(index as f64 + 0.5);
                let set = Type::small().coloured(INK);
                let set = if bar.highlight { set.bold() } else { set };
                let figure = text::shorten(figure, SMALL, FIGURE);
                let wide = text::width(&figure, SMALL);
                // Where the line would cross it, the figure stands beyond the line.
                let line = self.line.map_or(f64::NAN, |line| bands.value(line.at));
                let end = end(bar, &bands);
                if self.marked_upward() {
                    // Beyond a mark a figure would read as that of the mark; so all stand in one column.
                    canvas.text(&figure, WIDTH - 2.0, y, set.ending())?;
                } else if bar.value < 0.0 {
                    let crossed = line < end && line > end - 10.0 - wide;
                    let x = if crossed { line } else { end } - 6.0;
                    canvas.text(&figure, x, y, set.ending())?;
                } else {
                    let crossed = line > end && line < end + 10.0 + wide;
                    let x = if crossed { line } else { end } + 6.0;
                    canvas.text(&figure, x, y, set)?;
                }
            }
            bands.zero(canvas)?;
            let Some(line) = self.line else { return Ok(()) };
            let name = text::shorten(line.name, SMALL, WIDTH - 4.0);
            let half = text::width(&name, SMALL) / 2.0;
            let at = bands.value(line.at);
            canvas.path(&[(at, top - 3.0), (at, bottom)], INK, 1.2)?;
            let x = at.min(WIDTH - half - 2.0).max(half + 2.0);
            canvas.text(&name, x, top - 5.0, Type::small().coloured(INK).centred().above())
        })
    }

    /// Whether bars have marks, and all of them point one way.
    fn marked_upward(&self) -> bool {
        marked(self.data) && self.range.0 >= 0.0
    }

    fn columns(&self, frame: &Frame<'_>, words: &Words<'_>) -> Result<String, ChartError> {
        let data = self.data;
        let named = self.line.map(|line| text::wrap(line.name, SMALL, 110.0, 4)).unwrap_or_default();
        let beside = text::widest(named.iter().map(String::as_str), SMALL);
        let right = WIDTH - 4.0 - if beside > 0.0 { beside + 6.0 } else { 0.0 };
        let each = (right - 4.0) / data.bars.len() as f64;
        let direct = figure_size(self.figures.iter().map(String::as_str), each - 4.0, BODY);
        let scale = Scale::from_zero(self.range, 4, 0.0);
        let left = if direct.is_some() { 4.0 } else { axis_room(&scale, data.number) };
        let caption = if words.label.is_empty() { 4.0 } else { SMALL * LEADING + 6.0 };
        let below = if direct.is_some() && self.range.0 < 0.0 { 22.0 } else { 0.0 };
        let bottom = HEIGHT - self.names.tall() - 8.0 - caption - below;
        let place = Place { left, top: self.head.height() + 22.0, right, bottom };
        let ends = if direct.is_some() { self.range } else { (scale.low, scale.high) };
        let bands = Bands { rows: false, place, ends, count: data.bars.len() };
        compose(frame, (WIDTH, HEIGHT), |canvas| {
            self.head.draw(canvas)?;
            if direct.is_none() {
                bands.axis(canvas, &scale, data.number)?;
            }
            self.bars(canvas, &bands)?;
            if let Some(size) = direct {
                self.figures_on_columns(canvas, &bands, size)?;
            }
            bands.zero(canvas)?;
            if let Some(line) = self.line {
                let y = bands.value(line.at);
                canvas.path(&[(left, y), (right, y)], INK, 1.2)?;
                canvas.lines(&named, right + 6.0, y, Type::small().coloured(INK))?;
            }
            let foot = Place { bottom: bottom + below, ..place };
            self.names.draw(canvas, &Bands { place: foot, ..bands })?;
            let label = text::shorten(words.label, SMALL, WIDTH - 8.0);
            let half = text::width(&label, SMALL) / 2.0;
            let x = f64::midpoint(left, right).max(half + 2.0).min(WIDTH - half - 2.0);
            canvas.text(&label, x, HEIGHT - 3.0, Type::small().centred().above())
        })
    }

    fn figures_on_columns(&self, canvas: &Canvas<'_>, bands: &Bands, size: f64) -> Drawn {
        for (index, (bar, figure)) in self.data.bars.iter().zip(&self.figures).enumerate() {
            let set = Type::body().sized(size).centred();
            let set = if bar.highlight { set.bold() } else { set };
            let (x, y) = (bands.along(index as f64 + 0.5), end(bar, bands));
            let (y, set) = if bar.value < 0.0 { (y + 4.0, set.below()) } else { (y - 4.0, set.above()) };
            canvas.text(figure, x, y, set)?;
        }
        Ok(())
    }

    fn bars(&self, canvas: &Canvas<'_>, bands: &Bands) -> Drawn {
        let chosen = self.data.bars.iter().any(|bar| bar.highlight);
        for (index, bar) in self.data.bars.iter().enumerate() {
            let at = index as f64;
            let along = (at + (1.0 - BAR) / 2.0, at + f64::midpoint(1.0, BAR));
            let number = |value| figure(value, self.data.number);
            let says = said(&[bar.label.clone(), number(bar.value), number(bar.mark)]);
            canvas.titled(&says, || {
                if bar.value.is_finite() {
                    let colour = if chosen && !bar.highlight { GREY } else { BLUE };
                    canvas.fill(bands.bar(along, (0.0, bar.value)), colour)?;
                } else if self.names.rows {
                    // A missing value must look different from zero.
                    canvas.dashes(&bands.across(0.0, along), RULE, 2.0)?;
                }
                if bar.mark.is_finite() {
                    canvas.path(&bands.across(bar.mark, (along.0 - 0.06, along.1 + 0.06)), INK, 2.5)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// The end of a bar, or of the stroke across it if that lies further out: the figure stands beyond both.
fn end(bar: &Bar, bands: &Bands) -> f64 {
    let (value, mark) = (bands.value(bar.value), bands.value(bar.mark));
    let outward = if bar.value < 0.0 { bar.mark < bar.value } else { bar.mark > bar.value };
    if bar.mark.is_finite() && outward { mark } else { value }
}
