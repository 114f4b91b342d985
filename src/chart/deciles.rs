//! Predicted value by tenth of the customers: columns with their figures.

use super::canvas::{Place, Type, WIDTH, axis_room, compose};
use super::palette::{BLUE, INK, RULE};
use super::scale::{Scale, extent};
use super::text::{self, BODY, SMALL};
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "deciles";
const MOST: usize = 20;
const HEIGHT: f64 = 340.0;

/// A column.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Its name on the axis.
    pub label: String,
    /// Money; not finite where unknown.
    pub value: f64,
}

/// What to draw.
pub struct Data<'a> {
    /// The columns, from the left.
    pub bars: &'a [Bar],
    /// Writes an amount of money; short, since it stands over a column.
    pub money: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the columns, with the unit.
    pub value: &'a str,
    /// Under the axis.
    pub decile: &'a str,
}

/// Draws the columns; where figures do not fit over them, an axis to the left takes their place.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above twenty columns.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "columns", data.bars.len(), MOST)?;
    let range = extent(data.bars.iter().map(|bar| bar.value)).ok_or(ChartError::Empty(NAME))?;
    let scale = Scale::from_zero(range, 4, 0.0);
    let figure = |value: f64| if value.is_finite() { (data.money)(value) } else { String::new() };
    let figures: Vec<String> = data.bars.iter().map(|bar| figure(bar.value)).collect();
    let each = (WIDTH - 8.0) / data.bars.len() as f64;
    let size = ((each - 4.0) / text::widest(figures.iter().map(String::as_str), 1.0).max(0.1)).min(BODY);
    let direct = size >= 12.5;
    let left = if direct { 4.0 } else { axis_room(&scale, data.money) };
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        canvas.heading(words.value, 2.0, WIDTH)?;
        let foot = if range.0 < 0.0 && direct { 68.0 } else { 50.0 };
        let place = Place { left, top: 52.0, right: WIDTH - 4.0, bottom: HEIGHT - foot };
        let (low, high) = if direct { (range.0.min(0.0), range.1.max(0.0)) } else { (scale.low, scale.high) };
        let high = if high > low { high } else { low + 1.0 };
        let plot = canvas.plot(place, (-0.5, data.bars.len() as f64 - 0.5), (low, high))?;
        if !direct {
            plot.value_axis(canvas, &scale, data.money)?;
        }
        for (index, bar) in data.bars.iter().enumerate().filter(|(_, bar)| bar.value.is_finite()) {
            let at = index as f64;
            plot.column((at - 0.4, at + 0.4), (0.0, bar.value), BLUE)?;
            let (x, y) = plot.at(at, bar.value);
            let set = Type::body().sized((size * 2.0).floor() / 2.0).centred();
            let (y, set) = if bar.value < 0.0 { (y + 4.0, set.below()) } else { (y - 4.0, set.above()) };
            if direct {
                canvas.text(&figure(bar.value), x, y, set)?;
            }
        }
        let (_, zero) = plot.at(0.0, 0.0);
        canvas.path(&[(place.left, zero), (place.right, zero)], RULE, 1.0)?;
        let bottom = HEIGHT - 46.0;
        for (index, bar) in data.bars.iter().enumerate() {
            let (x, _) = plot.at(index as f64, 0.0);
            let label = text::shorten(&bar.label, SMALL, each - 2.0);
            canvas.text(&label, x, bottom, Type::small().coloured(INK).centred().below())?;
        }
        canvas.text(words.decile, f64::midpoint(left, WIDTH), HEIGHT - 3.0, Type::small().centred().above())
    })
}
