//! One or two shares over months, each named at the end of its line.

use super::canvas::{Place, Type, WIDTH, axis_room, compose};
use super::palette::{BLUE, ORANGE, RULE};
use super::scale::{Scale, extent, spread};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame, at_most, exactly};

const NAME: &str = "trend";
const MOST_MONTHS: usize = 120;
const HEIGHT: f64 = 300.0;

/// A line.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Shares by month, 1 = 100 %; not finite where unknown.
    pub values: Vec<f64>,
    /// Writes its last value; lines may have different units, such as per cent and a plain coefficient.
    pub last: String,
}

/// What to draw.
pub struct Data<'a> {
    /// Names of the months, oldest first.
    pub months: &'a [String],
    /// One or two lines.
    pub series: &'a [Series],
    /// Writes a share along the axis.
    pub share: Format<'a>,
}

/// Draws the lines. The axis spans the values, not all from zero: what matters is the change.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above two lines or 120 months,
/// [`ChartError::Shape`] where a line has not one value a month.
pub fn render(frame: &Frame<'_>, data: &Data<'_>) -> Result<String, ChartError> {
    const COLOURS: [plotters::style::RGBAColor; 2] = [BLUE, ORANGE];
    at_most(NAME, "lines", data.series.len(), COLOURS.len())?;
    at_most(NAME, "months", data.months.len(), MOST_MONTHS)?;
    for series in data.series {
        exactly(NAME, "months", series.values.len(), data.months.len())?;
    }
    let values = data.series.iter().flat_map(|series| series.values.iter().copied());
    let (low, high) = extent(values).ok_or(ChartError::Empty(NAME))?;
    // A tenth at least, so that a steady share looks steady.
    let pad = ((0.1 - (high - low)) / 2.0).max((high - low) * 0.05);
    let scale = Scale::over((low - pad, high + pad), 4, 0.0);
    let names: Vec<Vec<String>> =
        data.series.iter().map(|series| text::wrap(&series.name, SMALL, 120.0, 3)).collect();
    let figures = text::widest(data.series.iter().map(|series| series.last.as_str()), BODY * 1.1);
    let room = text::widest(names.iter().flatten().map(String::as_str), SMALL).max(figures) + 34.0;
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        let left = axis_room(&scale, data.share);
        let place = Place { left, top: 12.0, right: WIDTH - room, bottom: HEIGHT - 28.0 };
        let ends = (-0.3, (data.months.len() as f64 - 0.7).max(0.3));
        let mut plot = canvas.plot(place, ends, (scale.low, scale.high))?;
        plot.value_axis(canvas, &scale, data.share)?;
        let labels: Vec<&str> = data.months.iter().map(String::as_str).collect();
        plot.name_axis(canvas, &labels)?;
        let mut marks = vec![];
        for ((series, names), colour) in data.series.iter().zip(&names).zip(COLOURS) {
            let points: Vec<(f64, f64)> =
                series.values.iter().enumerate().map(|(month, &value)| (month as f64, value)).collect();
            plot.line(&points, colour, 3.0)?;
            let Some(&last) = points.iter().rev().find(|point| point.1.is_finite()) else { continue };
            marks.push((plot.at(last.0, last.1), colour, series, names));
        }
        let tallest = marks.iter().map(|mark| mark.3.len()).max().unwrap_or(0) as f64 * SMALL * LEADING
            + BODY * LEADING;
        let wanted: Vec<f64> = marks.iter().map(|mark| mark.0.1 - BODY * 0.6).collect();
        let tops = spread(&wanted, tallest + 6.0, 2.0, HEIGHT - tallest - 4.0);
        for ((end, colour, series, names), top) in marks.iter().zip(tops) {
            let x = place.right + 26.0;
            canvas.path(&[*end, (x - 5.0, top + BODY * 0.6)], RULE, 1.0)?;
            canvas.dot(end.0, end.1, 5.0, *colour)?;
            canvas.text(&series.last, x, top, Type::body().bold().below())?;
            canvas.lines(names, x, top + BODY * LEADING, Type::small().below())?;
        }
        Ok(())
    })
}
