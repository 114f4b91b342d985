//! What a customer has brought so far, by age of the cohort: a line a cohort, named at the right.

use plotters::style::RGBAColor;

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::palette::{BLUE, ORANGE, mix};
use super::scale::{Scale, extent, spread, stride};
use super::text::{self, SMALL};
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "cumulative revenue";
const MOST: usize = 12;
const MOST_AGES: usize = 120;
const HEIGHT: f64 = 380.0;
const OLDEST: RGBAColor = RGBAColor(165, 172, 180, 1.0);

/// A line.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// Its name.
    pub label: String,
    /// Money a customer up to the age 0, 1, 2 … months; not finite where unknown.
    pub values: Vec<f64>,
}

/// What to draw.
pub struct Data<'a> {
    /// The cohorts, oldest first; the last one is set off in colour.
    pub cohorts: &'a [Cohort],
    /// Writes an amount of money.
    pub money: Format<'a>,
    /// Writes an age in months.
    pub age: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the axis of money, with the unit.
    pub money: &'a str,
    /// Under the axis of ages.
    pub age: &'a str,
}

/// Draws the lines, from grey for the oldest to blue; the newest is orange.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 12 cohorts or 120 ages.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "cohorts", data.cohorts.len(), MOST)?;
    let ages = data.cohorts.iter().map(|cohort| cohort.values.len()).max().unwrap_or(0);
    at_most(NAME, "ages", ages, MOST_AGES)?;
    let values = data.cohorts.iter().flat_map(|cohort| cohort.values.iter().copied());
    let scale = Scale::from_zero(extent(values).ok_or(ChartError::Empty(NAME))?, 4, 0.0);
    let labels = text::widest(data.cohorts.iter().map(|cohort| cohort.label.as_str()), SMALL).min(150.0);
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        canvas.heading(words.money, 2.0, WIDTH)?;
        let left = axis_room(&scale, data.money);
        let place = Place { left, top: 36.0, right: WIDTH - labels - 34.0, bottom: HEIGHT - 50.0 };
        let end = (ages as f64 - 1.0).max(1.0);
        let mut plot = canvas.plot(place, (0.0, end), (scale.low, scale.high))?;
        plot.value_axis(canvas, &scale, data.money)?;
        draw_ages(canvas, &plot, ages, data.age)?;
        canvas.text(words.age, place.right, HEIGHT - 4.0, Type::small().ending().above())?;
        for (index, cohort) in data.cohorts.iter().enumerate() {
            let newest = index + 1 == data.cohorts.len();
            let wide = if newest { 3.5 } else { 2.2 };
            plot.line(&points(cohort), colour(index, data.cohorts.len()), wide)?;
        }
        draw_names(canvas, &plot, data.cohorts, labels)
    })
}

fn points(cohort: &Cohort) -> Vec<(f64, f64)> {
    cohort.values.iter().enumerate().map(|(age, &value)| (age as f64, value)).collect()
}

fn colour(index: usize, count: usize) -> RGBAColor {
    if index + 1 == count {
        ORANGE
    } else {
        mix(OLDEST, BLUE, index as f64 / count.saturating_sub(2).max(1) as f64)
    }
}

fn draw_ages(canvas: &Canvas<'_>, plot: &Plot<'_>, ages: usize, format: Format<'_>) -> Drawn {
    let labels: Vec<String> = (0..ages).map(|age| format(age as f64)).collect();
    let widest = text::widest(labels.iter().map(String::as_str), SMALL) + 16.0;
    let step = stride(ages, plot.place.right - plot.place.left, widest);
    for (age, label) in labels.iter().enumerate().step_by(step) {
        let (x, _) = plot.at(age as f64, 0.0);
        canvas.text(label, x, plot.place.bottom + 6.0, Type::small().centred().below())?;
    }
    Ok(())
}

/// The names stand in one column, in the order in which the lines end, each tied to its line's end.
fn draw_names(canvas: &Canvas<'_>, plot: &Plot<'_>, cohorts: &[Cohort], room: f64) -> Drawn {
    let mut ends = vec![];
    for (index, cohort) in cohorts.iter().enumerate() {
        if let Some(&last) = points(cohort).iter().rev().find(|point| point.1.is_finite()) {
            ends.push((index, cohort, plot.at(last.0, last.1)));
        }
    }
    let wanted: Vec<f64> = ends.iter().map(|end| end.2.1).collect();
    let places = spread(&wanted, SMALL * 1.25, plot.place.top, plot.place.bottom + 10.0);
    for ((index, cohort, (x, y)), place) in ends.into_iter().zip(places) {
        let colour = colour(index, cohorts.len());
        let (bend, end) = (plot.place.right + 6.0, plot.place.right + 26.0);
        let faint = RGBAColor(colour.0, colour.1, colour.2, 0.55);
        canvas.path(&[(x, y), (bend.max(x), y), (end, place)], faint, 1.0)?;
        canvas.dot(x, y, 4.0, colour)?;
        canvas.text(&text::shorten(&cohort.label, SMALL, room), end + 4.0, place, Type::small())?;
    }
    Ok(())
}
