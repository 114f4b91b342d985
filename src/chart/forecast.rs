//! Months past and months ahead over one axis: what came, by whom, and what is expected.

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::palette::{BLUE, BLUE_PALE, GREY, INK};
use super::scale::{Scale, extent};
use super::text::{self, SMALL};
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "forecast";
const MOST: usize = 120;
/// The axis has room for this many, even where there are fewer.
const LEAST_MONTHS: usize = 6;
const HEIGHT: f64 = 420.0;
/// Between a column's middle and its edge; a month is 1.
const HALF: f64 = 0.38;

/// A month: what came stands below, what is expected on top of it. The month that is not over has both.
#[derive(Debug, Clone)]
pub struct Month {
    /// Its name on the axis.
    pub label: String,
    /// What came by those whose like the forecast is of; not finite where unknown or still ahead.
    pub earlier: f64,
    /// What came by all others; likewise.
    pub newcomers: f64,
    /// What is expected; not finite for a month that is over.
    pub ahead: f64,
}

/// What to draw.
pub struct Data<'a> {
    /// The months, oldest first.
    pub months: &'a [Month],
    /// Writes a number along the axis.
    pub count: Format<'a>,
    /// What is said of all months ahead together, such as their sum and between what ends it lies; may be empty.
    pub total: &'a str,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the columns.
    pub value: &'a str,
    /// Whose the lower part is.
    pub earlier: &'a str,
    /// Whose the middle part is.
    pub newcomers: &'a str,
    /// What is expected, and of whom.
    pub ahead: &'a str,
}

/// Draws the columns. A part that no month has is not in the key.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 120 months.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "months", data.months.len(), MOST)?;
    if !data.months.iter().any(|month| parts(month).iter().any(|part| part.is_finite())) {
        return Err(ChartError::Empty(NAME));
    }
    let tops = data.months.iter().map(|month| parts(month).into_iter().map(height).sum::<f64>());
    let scale = Scale::from_zero(extent(tops).ok_or(ChartError::Empty(NAME))?, 4, 1.0);
    let left = axis_room(&scale, data.count);
    // A month alone would fill the whole sheet.
    let spare = LEAST_MONTHS.saturating_sub(data.months.len()) as f64 / 2.0;
    let ends = (-0.5 - spare, data.months.len() as f64 - 0.5 + spare);
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        canvas.heading(words.value, 2.0, WIDTH)?;
        let mut top = draw_key(canvas, data.months, words)?;
        let ahead = data.months.iter().position(|month| height(month.ahead) > 0.0);
        let total = ahead.filter(|_| !data.total.is_empty());
        // A line of text, the bracket below it, and air.
        top += if total.is_some() { 42.0 } else { 14.0 };
        let place = Place { left, top, right: WIDTH - 4.0, bottom: HEIGHT - 28.0 };
        let plot = canvas.plot(place, ends, (scale.low, scale.high))?;
        plot.value_axis(canvas, &scale, data.count)?;
        for (index, month) in data.months.iter().enumerate() {
            draw_month(&plot, index as f64, month)?;
        }
        if let Some(first) = total {
            draw_total(canvas, &plot, (first, data.months.len()), data.total)?;
        }
        let labels: Vec<&str> = data.months.iter().map(|month| month.label.as_str()).collect();
        plot.name_axis(canvas, &labels)
    })
}

fn parts(month: &Month) -> [f64; 3] {
    [month.earlier, month.newcomers, month.ahead]
}

/// How high a part stands: what is unknown, or below zero, is nothing.
fn height(part: f64) -> f64 {
    if part.is_finite() { part.max(0.0) } else { 0.0 }
}

/// The key; returns its lower end.
fn draw_key(canvas: &Canvas<'_>, months: &[Month], words: &Words<'_>) -> Result<f64, ChartError> {
    let named = [(BLUE, words.earlier), (GREY, words.newcomers)];
    let shown = |part: usize| {
        months.iter().any(|month| parts(month).get(part).is_some_and(|part| height(*part) > 0.0))
    };
    let entries: Vec<_> =
        named.into_iter().enumerate().filter(|(part, _)| shown(*part)).map(|(_, entry)| entry).collect();
    let mut y = 30.0;
    for entry in entries {
        y = canvas.key(&[entry], Place { left: 0.0, top: y, right: WIDTH, bottom: HEIGHT })? + 3.0;
    }
    if shown(2) {
        let middle = y + text::BODY * 0.6;
        let mark = Place { left: 0.0, top: middle - 7.0, right: 14.0, bottom: middle + 7.0 };
        canvas.fill(mark, BLUE_PALE)?;
        canvas.outline(mark, BLUE, 1.0)?;
        let name = text::shorten(words.ahead, SMALL, WIDTH - 20.0);
        canvas.text(&name, 20.0, middle, Type::small().coloured(INK))?;
        y = middle + text::BODY * 0.6;
    }
    Ok(y)
}

fn draw_month(plot: &Plot<'_>, at: f64, month: &Month) -> Drawn {
    let (left, right) = (at - HALF, at + HALF);
    let [earlier, newcomers, ahead] = parts(month).map(height);
    let came = earlier + newcomers;
    if earlier > 0.0 {
        plot.column((left, right), (0.0, earlier), BLUE)?;
    }
    if newcomers > 0.0 {
        plot.column((left, right), (earlier, came), GREY)?;
    }
    if ahead > 0.0 {
        plot.column((left, right), (came, came + ahead), BLUE_PALE)?;
        let edge = [(left, came), (left, came + ahead), (right, came + ahead), (right, came)];
        plot.edge(&edge, BLUE, 1.0)?;
    }
    Ok(())
}

/// A bracket over the months ahead, with what is said of them together.
fn draw_total(canvas: &Canvas<'_>, plot: &Plot<'_>, (first, end): (usize, usize), total: &str) -> Drawn {
    let (left, _) = plot.at(first as f64 - HALF, 0.0);
    let (right, _) = plot.at(end as f64 - 1.0 + HALF, 0.0);
    let y = plot.place.top - 12.0;
    canvas.path(&[(left, y + 6.0), (left, y), (right, y), (right, y + 6.0)], BLUE, 1.5)?;
    let total = text::shorten(total, SMALL, WIDTH - 8.0);
    // Over the middle of the bracket, but on the sheet.
    let half = text::width(&total, SMALL) / 2.0;
    let x = f64::midpoint(left, right).min(WIDTH - 4.0 - half).max(4.0 + half);
    canvas.text(&total, x, y - 4.0, Type::small().coloured(INK).centred().above())
}
