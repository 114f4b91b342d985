//! Gains curves: customers, the most likely to leave first, against the share of those who left that they hold.
//!
//! The further a curve rises above the diagonal, the fewer customers need to be contacted to reach those who leave.

use plotters::style::RGBAColor;

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::palette::{BLUE, GREY, ORANGE, RULE};
use super::scale::Scale;
use super::text::{self, BODY, SMALL};
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "gains";
const HEIGHT: f64 = 480.0;
/// The first curve lies above the others; what it is compared with is grey.
const COLOURS: [RGBAColor; 3] = [BLUE, ORANGE, GREY];

/// A curve.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// Share of customers (0 to 1, ascending) and the share of those who left that is among them.
    pub points: Vec<(f64, f64)>,
}

/// What to draw; all figures are shares, 1 = 100 %.
pub struct Data<'a> {
    /// One to three curves, the main one first.
    pub curves: &'a [Curve],
    /// The share of customers at which the main curve is marked with its figure.
    pub mark: f64,
    /// Writes a share.
    pub share: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Under the horizontal axis.
    pub contacted: &'a str,
    /// Over the vertical axis.
    pub caught: &'a str,
    /// The diagonal, on which customers are picked by lot.
    pub chance: &'a str,
}

/// Draws the curves, the diagonal, and the mark.
///
/// # Errors
/// [`ChartError::Empty`] where no curve has a finite point, [`ChartError::TooMany`] above three curves.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "curves", data.curves.len(), COLOURS.len())?;
    let finite = |point: &&(f64, f64)| point.0.is_finite() && point.1.is_finite();
    if !data.curves.iter().flat_map(|curve| &curve.points).any(|point| finite(&point)) {
        return Err(ChartError::Empty(NAME));
    }
    let scale = Scale { low: 0.0, high: 1.0, ticks: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0] };
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        let key: Vec<(RGBAColor, &str)> =
            COLOURS.into_iter().zip(data.curves.iter().map(|curve| curve.name.as_str())).collect();
        let top = canvas.key(&key, Place { left: 0.0, top: 2.0, right: WIDTH, bottom: HEIGHT })?;
        canvas.text(&text::shorten(words.caught, SMALL, WIDTH), 0.0, top + 4.0, Type::small().below())?;
        let left = axis_room(&scale, data.share);
        let half = text::width(&(data.share)(1.0), SMALL) / 2.0;
        let place = Place { left, top: top + 40.0, right: WIDTH - half - 2.0, bottom: HEIGHT - 52.0 };
        let mut plot = canvas.plot(place, (0.0, 1.0), (0.0, 1.0))?;
        plot.value_axis(canvas, &scale, data.share)?;
        draw_contacted_axis(canvas, &plot, &scale, data, words)?;
        plot.line(&[(0.0, 0.0), (1.0, 1.0)], RULE, 1.0)?;
        let (x, y) = plot.at(0.56, 0.46);
        canvas.text(&text::shorten(words.chance, SMALL, plot.place.right - x), x, y, Type::small())?;
        // The main curve last, so that it lies on top.
        for (place, (curve, colour)) in data.curves.iter().zip(COLOURS).enumerate().rev() {
            plot.line(&curve.points, colour, if place == 0 { 3.5 } else { 2.5 })?;
        }
        draw_mark(canvas, &plot, data)
    })
}

fn draw_contacted_axis(
    canvas: &Canvas<'_>,
    plot: &Plot<'_>,
    scale: &Scale,
    data: &Data<'_>,
    words: &Words<'_>,
) -> Drawn {
    for &tick in &scale.ticks {
        let (x, _) = plot.at(tick, 0.0);
        canvas.text(&(data.share)(tick), x, plot.place.bottom + 6.0, Type::small().centred().below())?;
    }
    let line = text::shorten(words.contacted, SMALL, plot.place.right);
    canvas.text(&line, plot.place.right, HEIGHT - 4.0, Type::small().ending().above())
}

/// The dot on the main curve, thin lines to both axes, and the figure that is read off there.
fn draw_mark(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>) -> Drawn {
    let Some(share) = data.curves.first().and_then(|curve| at(&curve.points, data.mark)) else {
        return Ok(());
    };
    let (x, y) = plot.at(data.mark, share);
    let (axis, floor) = plot.at(0.0, 0.0);
    canvas.path(&[(axis, y), (x, y), (x, floor)], RULE, 1.0)?;
    canvas.dot(x, y, 5.5, BLUE)?;
    // To the left of the dot and above it no curve comes; near the upper end there is no room.
    let figure = (data.share)(share);
    let set = Type::body().bold();
    if y - plot.place.top > BODY * 2.0 {
        canvas.text(&figure, axis + 5.0, y - 5.0, set.above())
    } else {
        canvas.text(&figure, x + 10.0, floor - BODY * 1.2, set)
    }
}

/// The height of a curve at a share of customers, between its points on a straight line.
fn at(points: &[(f64, f64)], share: f64) -> Option<f64> {
    let finite = |point: &(f64, f64)| point.0.is_finite() && point.1.is_finite();
    points.windows(2).find_map(|pair| match pair {
        [left, right] if finite(left) && finite(right) && left.0 <= share && share <= right.0 => {
            let span = right.0 - left.0;
            let part = if span > 0.0 { (share - left.0) / span } else { 0.0 };
            Some(left.1 + (right.1 - left.1) * part).filter(|height| (0.0..=1.0).contains(height))
        }
        _ => None,
    })
}
