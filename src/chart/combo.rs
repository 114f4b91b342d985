//! Two panels over one axis of months: columns above, a line below.
//!
//! Each panel has its own axis. With two axes on one panel, unrelated values would look related.

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::line::{Series, draw_line};
use super::palette::{BLUE, BLUE_PALE};
use super::scale::{Scale, extent};
use super::text::{self, SMALL};
use super::{ChartError, Format, Frame, at_most, named, said};

const NAME: &str = "combo";
/// Most places that fit.
pub const MOST: usize = 120;
/// The axis has room for at least this many places.
const LEAST: usize = 6;
const HEIGHT: f64 = 480.0;

/// A place on the axis: a month, a week.
#[derive(Debug, Clone)]
pub struct Point {
    /// Its name.
    pub label: String,
    /// The value of its column, of any unit; a negative column hangs from zero; not finite if unknown.
    pub bar: f64,
    /// Its point on the line, of any unit; not finite if unknown.
    pub line: f64,
    /// Whether it is final: a month that is over.
    pub complete: bool,
}

/// What to draw.
pub struct Data<'a> {
    /// The places, oldest first; 120 at most.
    pub points: &'a [Point],
    /// Writes a value of the columns.
    pub bar: Format<'a>,
    /// Writes a value of the line.
    pub line: Format<'a>,
    /// The smallest step of the line's axis: 1 for what is counted, 0 for what is measured.
    pub line_step: f64,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the columns, with the unit.
    pub bar: &'a str,
    /// Over the line.
    pub line: &'a str,
    /// What paler columns mean: the month is not over.
    pub incomplete: &'a str,
}

/// Draws both panels, each from zero.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 120 places.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "places", data.points.len(), MOST)?;
    let bars = extent(data.points.iter().map(|point| point.bar));
    let lines = extent(data.points.iter().map(|point| point.line));
    if bars.is_none() && lines.is_none() {
        return Err(ChartError::Empty(NAME));
    }
    let bars = Scale::from_zero(bars.unwrap_or((0.0, 1.0)), 4, 0.0);
    let lines = Scale::from_zero(lines.unwrap_or((0.0, 1.0)), 3, data.line_step);
    let left = axis_room(&bars, data.bar).max(axis_room(&lines, data.line));
    // A single month would fill the whole sheet.
    let spare = LEAST.saturating_sub(data.points.len()) as f64 / 2.0;
    let ends = (-0.5 - spare, data.points.len() as f64 - 0.5 + spare);
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        draw_headings(canvas, data, words)?;
        let place = Place { left, top: 40.0, right: WIDTH - 4.0, bottom: 270.0 };
        let plot = canvas.plot(place, ends, (bars.low, bars.high))?;
        plot.value_axis(canvas, &bars, data.bar)?;
        draw_columns(&plot, data.points)?;
        let place = Place { top: 332.0, bottom: HEIGHT - 28.0, ..place };
        let mut plot = canvas.plot(place, ends, (lines.low, lines.high))?;
        plot.value_axis(canvas, &lines, data.line)?;
        let open = data.points.iter().rev().take_while(|point| !point.complete).count();
        let values = data.points.iter().map(|point| point.line).collect();
        let line = Series { name: String::new(), values, last: String::new() };
        draw_line(canvas, &mut plot, (&line, open), (BLUE, 2.5))?;
        let labels: Vec<&str> = data.points.iter().map(|point| point.label.as_str()).collect();
        plot.name_axis(canvas, &labels)?;
        let whole = Place { top: 40.0, ..place };
        for (index, point) in data.points.iter().enumerate() {
            let bar = named(words.bar, point.bar, data.bar);
            let says = said(&[point.label.clone(), bar, named(words.line, point.line, data.line)]);
            canvas.reach(&says, plot.stripe(index, whole))?;
        }
        Ok(())
    })
}

fn draw_headings(canvas: &Canvas<'_>, data: &Data<'_>, words: &Words<'_>) -> Drawn {
    let mut room = WIDTH;
    if !words.incomplete.is_empty() && data.points.iter().any(|point| !point.complete) {
        let note = text::shorten(words.incomplete, SMALL, WIDTH / 2.0);
        let x = WIDTH - text::width(&note, SMALL) - 4.0;
        let place = Place { left: x - 20.0, top: 4.0, right: x - 6.0, bottom: 18.0 };
        canvas.fill(place, BLUE_PALE)?;
        canvas.outline(place, BLUE, 1.0)?;
        canvas.text(&note, x, 11.0, Type::small())?;
        room = place.left - 16.0;
    }
    canvas.heading(words.bar, 2.0, room)?;
    canvas.heading(words.line, 294.0, WIDTH)
}

fn draw_columns(plot: &Plot<'_>, points: &[Point]) -> Drawn {
    let half = if points.len() > 60 { 0.44 } else { 0.38 };
    for (index, point) in points.iter().enumerate().filter(|(_, point)| point.bar.is_finite()) {
        let (left, right) = (index as f64 - half, index as f64 + half);
        let colour = if point.complete { BLUE } else { BLUE_PALE };
        plot.column((left, right), (0.0, point.bar), colour)?;
        if !point.complete {
            plot.edge(&[(left, 0.0), (left, point.bar), (right, point.bar), (right, 0.0)], BLUE, 1.0)?;
        }
    }
    Ok(())
}
