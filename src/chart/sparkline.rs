//! A small line beside a headline figure: its history, without axes.

use super::canvas::{Place, compose};
use super::palette::{BLUE, GREY};
use super::scale::extent;
use super::{ChartError, Frame, at_most};

const NAME: &str = "sparkline";
/// Most values that fit.
pub const MOST: usize = 60;
const SIZE: (f64, f64) = (160.0, 40.0);

/// What to draw.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// The values, oldest first, of any unit; not finite if unknown.
    pub values: &'a [f64],
    /// Whether the last value is the figure beside the line: it is marked then.
    pub ends_in_figure: bool,
}

/// Draws the line from its lowest to its highest value; a line without change runs in the middle.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 60 values.
pub fn render(frame: &Frame<'_>, data: &Data<'_>) -> Result<String, ChartError> {
    at_most(NAME, "values", data.values.len(), MOST)?;
    let (low, high) = extent(data.values.iter().copied()).ok_or(ChartError::Empty(NAME))?;
    // Scaled here: values near the limits of a float keep their shape, and equal values lie in the middle.
    let span = high - low;
    let share = |value: f64| if span > 0.0 { (value - low) / span } else { 0.5 };
    let points: Vec<(f64, f64)> =
        data.values.iter().enumerate().map(|(index, &value)| (index as f64, share(value))).collect();
    compose(frame, SIZE, |canvas| {
        let place = Place { left: 5.0, top: 6.0, right: SIZE.0 - 6.0, bottom: SIZE.1 - 6.0 };
        let end = (data.values.len() as f64 - 1.0).max(1.0);
        let mut plot = canvas.plot(place, (0.0, end), (0.0, 1.0))?;
        plot.line(&points, GREY, 2.0)?;
        match points.iter().rev().find(|point| point.1.is_finite()) {
            Some(&last) if data.ends_in_figure => plot.dot(last, 4.0, BLUE),
            _ => Ok(()),
        }
    })
}
