//! Lines over months or other ordered names, each named at its end.

use plotters::style::RGBAColor;

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::head::Head;
use super::palette::{BLUE, INK, LINES, OLDEST, ORANGE, faint, mix};
use super::scale::{Scale, extent, spread};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame, Reference, at_most, exactly, named, said};

const NAME: &str = "line";
/// Most labels that fit.
pub const MOST_PLACES: usize = 120;
/// Most lines that fit if each has its own colour.
pub const MOST_DISTINCT: usize = 6;
/// Most lines that fit if they are in an order.
pub const MOST_ORDERED: usize = 12;
/// An axis not from zero spans at least this share of its highest value: small changes must not look large.
const LEAST_SPAN: f64 = 0.15;

/// A line.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its values, one per label, all in one unit; not finite if unknown, which breaks the line.
    pub values: Vec<f64>,
    /// Its last value as it is written at its end; may be empty. Lines may have different units, such as per cent and
    /// a plain coefficient.
    pub last: String,
}

/// How lines are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colours {
    /// Each has a colour of its own; six at most.
    #[default]
    Distinct,
    /// They are in an order, such as cohorts: from grey for the oldest to blue, the last one orange; twelve at most.
    Ordered,
}

/// What to draw.
pub struct Data<'a> {
    /// Names along the axis, from the left; 120 at most.
    pub labels: &'a [String],
    /// The lines.
    pub series: &'a [Series],
    /// How they are told apart.
    pub colours: Colours,
    /// Whether the axis begins at zero; otherwise it spans the values, since what matters is the change.
    pub from_zero: bool,
    /// A line that all others are compared with, such as a target.
    pub reference: Option<Reference<'a>>,
    /// How many of the last places are not final, such as a month that is not over: drawn paler, with rings.
    pub open: usize,
    /// Writes a value along the axis.
    pub number: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the lines: what the values are, with the unit.
    pub value: &'a str,
    /// Under the axis: what the labels are.
    pub label: &'a str,
}

/// The texts at the end of a line.
struct End {
    at: (f64, f64),
    colour: RGBAColor,
    figure: String,
    name: Vec<String>,
    dot: bool,
}

/// Draws the lines.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 120 labels, six distinct or twelve ordered
/// lines, [`ChartError::Shape`] where a line has not one value a label.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    let most = if data.colours == Colours::Distinct { MOST_DISTINCT } else { MOST_ORDERED };
    at_most(NAME, "lines", data.series.len(), most)?;
    at_most(NAME, "labels", data.labels.len(), MOST_PLACES)?;
    for series in data.series {
        exactly(NAME, "labels", series.values.len(), data.labels.len())?;
    }
    let values = || data.series.iter().flat_map(|series| series.values.iter().copied());
    extent(values()).ok_or(ChartError::Empty(NAME))?;
    let line = data.reference.filter(|line| line.at.is_finite());
    let range = extent(values().chain(line.map(|line| line.at))).ok_or(ChartError::Empty(NAME))?;
    let scale = if data.from_zero { Scale::from_zero(range, 4, 0.0) } else { around(range) };
    let names = |name: &str| text::wrap(name, SMALL, 124.0, 3);
    let all = data.series.iter().map(|series| names(&series.name)).chain(line.map(|line| names(line.name)));
    let lines: Vec<Vec<String>> = all.collect();
    let figure = |series: &Series| text::shorten(&series.last, BODY * 1.1, 150.0);
    let figures =
        data.series.iter().map(|series| text::width(&figure(series), BODY * 1.1)).fold(0.0, f64::max);
    let room = text::widest(lines.iter().flatten().map(String::as_str), SMALL).max(figures) + 36.0;
    let figured = if figures > 0.0 { BODY * LEADING } else { 0.0 };
    let most_lines = lines.iter().map(Vec::len).max().unwrap_or(0) as f64;
    let tallest = most_lines * SMALL * LEADING + figured;
    let gap = tallest + if tallest > SMALL * 1.5 { 6.0 } else { 0.0 };
    let head = Head::new(words.value, &[]);
    let top = head.height() + 6.0;
    let caption = if words.label.is_empty() { 0.0 } else { SMALL * LEADING + 4.0 };
    let tall = (gap * lines.len() as f64 + 10.0).max(if data.from_zero { 300.0 } else { 262.0 });
    let height = top + tall + 28.0 + caption;
    compose(frame, (WIDTH, height), |canvas| {
        head.draw(canvas)?;
        let left = axis_room(&scale, data.number);
        let place = Place { left, top, right: WIDTH - room, bottom: top + tall };
        let ends = (-0.3, (data.labels.len() as f64 - 0.7).max(0.3));
        let mut plot = canvas.plot(place, ends, (scale.low, scale.high))?;
        plot.value_axis(canvas, &scale, data.number)?;
        let labels: Vec<&str> = data.labels.iter().map(String::as_str).collect();
        plot.name_axis(canvas, &labels)?;
        let label = text::shorten(words.label, SMALL, WIDTH - room);
        canvas.text(&label, place.right, height - 4.0, Type::small().ending().above())?;
        let mut marks = vec![];
        for (index, (series, name)) in data.series.iter().zip(&lines).enumerate() {
            let colour = colour(data, index);
            let wide =
                if data.colours == Colours::Ordered && index + 1 < data.series.len() { 2.2 } else { 3.0 };
            let Some(at) = draw_line(canvas, &mut plot, (series, data.open), (colour, wide))? else {
                continue;
            };
            marks.push(End { at, colour, figure: figure(series), name: name.clone(), dot: true });
        }
        if let (Some(line), Some(name)) = (line, lines.last()) {
            let (_, y) = plot.at(0.0, line.at);
            canvas.dashes(&[(left, y), (place.right, y)], INK, 1.3)?;
            marks.push(End {
                at: (place.right, y),
                colour: INK,
                figure: String::new(),
                name: name.clone(),
                dot: false,
            });
        }
        draw_ends(canvas, place, &marks, (gap, tallest))?;
        for (index, label) in data.labels.iter().enumerate() {
            let value = |series: &Series| series.values.get(index).copied().unwrap_or(f64::NAN);
            let figures = data.series.iter().map(|series| named(&series.name, value(series), data.number));
            let says: Vec<String> = std::iter::once(label.clone()).chain(figures).collect();
            canvas.reach(&said(&says), plot.stripe(index, place))?;
        }
        Ok(())
    })
}

/// An axis over the values with a margin.
fn around((low, high): (f64, f64)) -> Scale {
    let least = low.abs().max(high.abs()) * LEAST_SPAN;
    let pad = ((least - (high - low)) / 2.0).max((high - low) * 0.05);
    let padded = (low - pad, high + pad);
    // If no value is below zero, neither is the axis.
    let padded = if low >= 0.0 { (padded.0.max(0.0), padded.1) } else { padded };
    let padded = if (padded.1 - padded.0).is_finite() { padded } else { (low, high) };
    Scale::over(padded, 4, 0.0)
}

fn colour(data: &Data<'_>, index: usize) -> RGBAColor {
    let count = data.series.len();
    match data.colours {
        Colours::Distinct => LINES.get(index).copied().unwrap_or(BLUE),
        Colours::Ordered if count == 1 => BLUE,
        Colours::Ordered if index + 1 == count => ORANGE,
        Colours::Ordered => mix(OLDEST, BLUE, index as f64 / count.saturating_sub(2).max(1) as f64),
    }
}

/// A line with its open end; returns where its last point lies on the sheet.
pub(super) fn draw_line(
    canvas: &Canvas<'_>,
    plot: &mut Plot<'_>,
    (series, open): (&Series, usize),
    (colour, wide): (RGBAColor, f64),
) -> Result<Option<(f64, f64)>, ChartError> {
    let points: Vec<(f64, f64)> =
        series.values.iter().enumerate().map(|(place, &value)| (place as f64, value)).collect();
    let (solid, open) = points.split_at(points.len().saturating_sub(open));
    let pale = faint(colour, 0.45);
    if let (Some(&last), Some(&first)) = (solid.last(), open.first())
        && last.1.is_finite()
        && first.1.is_finite()
    {
        plot.line(&[last, first], pale, wide)?;
    }
    plot.line(solid, colour, wide)?;
    if open.len() > 1 {
        plot.line(open, pale, wide)?;
    }
    for &(x, y) in open.iter().filter(|point| point.1.is_finite()) {
        let (x, y) = plot.at(x, y);
        canvas.ring(x, y, 4.0, colour)?;
    }
    let last = points.iter().rev().find(|point| point.1.is_finite());
    if let Some(&last) = last.filter(|last| solid.iter().any(|point| point.0 >= last.0)) {
        plot.dot(last, 4.5, colour)?;
    }
    Ok(last.map(|last| plot.at(last.0, last.1)))
}

/// Figures and names stand in one column, in the order of the lines' ends. Each is tied to its line's end.
fn draw_ends(canvas: &Canvas<'_>, place: Place, ends: &[End], (gap, tallest): (f64, f64)) -> Drawn {
    let first = if ends.iter().any(|end| !end.figure.is_empty()) { BODY * 0.6 } else { SMALL * 0.6 };
    let wanted: Vec<f64> = ends.iter().map(|end| end.at.1 - first).collect();
    let tops = spread(&wanted, gap, place.top - 4.0, (place.bottom + 22.0 - tallest).max(place.top));
    for (end, top) in ends.iter().zip(tops) {
        let x = place.right + 28.0;
        let own = if end.figure.is_empty() { SMALL * 0.6 } else { BODY * 0.6 };
        let bend = (place.right + 6.0).max(end.at.0);
        let tie = [end.at, (bend, end.at.1), (x - 4.0, top + own)];
        canvas.path(&tie, faint(end.colour, 0.55), 1.0)?;
        if end.dot {
            canvas.dot(end.at.0, end.at.1, 2.5, end.colour)?;
        }
        let set = Type::body().bold().below();
        canvas.text(&end.figure, x, top, set)?;
        let under = if end.figure.is_empty() { top } else { top + BODY * LEADING };
        canvas.lines(&end.name, x, under, Type::small().below())?;
    }
    Ok(())
}
