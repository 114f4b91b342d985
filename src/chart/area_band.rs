//! Actual values and a forecast with its interval: a solid line, a dashed line, and a band around it.

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::head::{Head, Swatch};
use super::palette::{BLUE, INK, RULE, faint};
use super::scale::{Scale, extent};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame, at_most, named, said};

const NAME: &str = "area with band";
/// Most places that fit.
pub const MOST: usize = 180;
const HEIGHT: f64 = 380.0;
const BAND: f64 = 0.22;

/// A place on the axis: a month, a week.
#[derive(Debug, Clone)]
pub struct Point {
    /// Its name.
    pub label: String,
    /// The actual value; not finite if it is unknown or in the future.
    pub actual: f64,
    /// The expected value; not finite where there is none, such as in the past.
    pub expected: f64,
    /// Lower and upper end of the interval, in either order; not finite if unknown.
    pub interval: (f64, f64),
}

/// What to draw; all values in one unit.
pub struct Data<'a> {
    /// The places, oldest first; 180 at most.
    pub points: &'a [Point],
    /// Whether the area under the actual values is filled; the axis then begins at zero.
    pub filled: bool,
    /// Writes a value along the axis.
    pub number: Format<'a>,
    /// The last expected value, as it is written at its end; may be empty.
    pub last: &'a str,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the lines: what the values are, with the unit.
    pub value: &'a str,
    /// The solid line.
    pub actual: &'a str,
    /// The dashed line.
    pub expected: &'a str,
    /// The band.
    pub interval: &'a str,
    /// Where the forecast begins.
    pub boundary: &'a str,
}

/// Draws both lines, the band, and the boundary between past and future.
///
/// # Errors
/// [`ChartError::Empty`] without a value that is known or expected, [`ChartError::TooMany`] above 180 places.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "places", data.points.len(), MOST)?;
    extent(data.points.iter().flat_map(|point| [point.actual, point.expected]))
        .ok_or(ChartError::Empty(NAME))?;
    let all = |point: &Point| [point.actual, point.expected, point.interval.0, point.interval.1];
    let range = extent(data.points.iter().flat_map(all)).ok_or(ChartError::Empty(NAME))?;
    let scale = Scale::from_zero(range, 4, 0.0);
    let has = |test: &dyn Fn(&Point) -> bool| data.points.iter().any(test);
    let key = [
        (has(&|point| point.actual.is_finite()), Swatch::Line(BLUE), words.actual),
        (has(&|point| point.expected.is_finite()), Swatch::Dashes(BLUE), words.expected),
        (has(&|point| band(point).is_some()), Swatch::Fill(faint(BLUE, BAND)), words.interval),
    ];
    let key: Vec<(Swatch, &str)> =
        key.into_iter().filter(|entry| entry.0).map(|(_, swatch, name)| (swatch, name)).collect();
    let head = Head::new(words.value, &key);
    let last = text::shorten(data.last, BODY * 1.1, 130.0);
    let room = if last.is_empty() { 6.0 } else { text::width(&last, BODY * 1.1) + 16.0 };
    let boundary = data.points.iter().position(|point| point.expected.is_finite());
    let past = data.points.iter().any(|point| point.actual.is_finite());
    let boundary = boundary.filter(|_| past);
    let above = if boundary.is_some() && !words.boundary.is_empty() { SMALL * LEADING + 4.0 } else { 4.0 };
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        let top = head.draw(canvas)? + above;
        let left = axis_room(&scale, data.number);
        let place = Place { left, top, right: WIDTH - room, bottom: HEIGHT - 28.0 };
        let ends = (-0.3, (data.points.len() as f64 - 0.7).max(0.3));
        let mut plot = canvas.plot(place, ends, (scale.low, scale.high))?;
        draw_grounds(canvas, &plot, data)?;
        plot.value_axis(canvas, &scale, data.number)?;
        let labels: Vec<&str> = data.points.iter().map(|point| point.label.as_str()).collect();
        plot.name_axis(canvas, &labels)?;
        if let Some(first) = boundary {
            let (x, _) = plot.at(first as f64 - 0.5, 0.0);
            canvas.path(&[(x, top - 4.0), (x, place.bottom)], RULE, 1.2)?;
            let name = text::shorten(words.boundary, SMALL, WIDTH - 8.0);
            let half = text::width(&name, SMALL) / 2.0;
            let x = x.min(WIDTH - half - 2.0).max(half + 2.0);
            canvas.text(&name, x, top - 6.0, Type::small().coloured(INK).centred().above())?;
        }
        draw_lines(canvas, &mut plot, data)?;
        let end = data.points.iter().rposition(|point| point.expected.is_finite());
        if let Some((index, point)) = end.and_then(|end| Some((end, data.points.get(end)?))) {
            let (x, y) = plot.at(index as f64, point.expected);
            canvas.dot(x, y, 4.5, BLUE)?;
            canvas.text(&last, place.right + 10.0, y, Type::body().bold())?;
        }
        for (index, point) in data.points.iter().enumerate() {
            let band = band(point).map_or_else(String::new, |(low, high)| {
                format!("{} {} – {}", words.interval, (data.number)(low), (data.number)(high))
            });
            let actual = named(words.actual, point.actual, data.number);
            let expected = named(words.expected, point.expected, data.number);
            canvas.reach(&said(&[point.label.clone(), actual, expected, band]), plot.stripe(index, place))?;
        }
        Ok(())
    })
}

/// The ends of an interval, the lower first.
fn band(point: &Point) -> Option<(f64, f64)> {
    let (a, b) = point.interval;
    (a.is_finite() && b.is_finite()).then(|| (a.min(b), a.max(b)))
}

/// The band, and the area under the actual values; each run of neighbours is one shape.
fn draw_grounds(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>) -> Drawn {
    let bands: Vec<Option<(f64, f64)>> = data.points.iter().map(band).collect();
    draw_runs(canvas, plot, &bands, BAND)?;
    if data.filled {
        let ground = |point: &Point| point.actual.is_finite().then_some((0.0, point.actual));
        let grounds: Vec<Option<(f64, f64)>> = data.points.iter().map(ground).collect();
        draw_runs(canvas, plot, &grounds, 0.14)?;
    }
    Ok(())
}

fn draw_runs(canvas: &Canvas<'_>, plot: &Plot<'_>, spans: &[Option<(f64, f64)>], share: f64) -> Drawn {
    let mut first = 0;
    for run in spans.split(Option::is_none) {
        let at = |(index, span): (usize, &Option<(f64, f64)>)| {
            span.map(|(low, high)| ((first + index) as f64, low, high))
        };
        let run_at: Vec<(f64, f64, f64)> = run.iter().enumerate().filter_map(at).collect();
        first += run.len() + 1;
        let upper = run_at.iter().map(|&(x, _, high)| plot.at(x, high));
        let lower = run_at.iter().rev().map(|&(x, low, _)| plot.at(x, low));
        match run_at.as_slice() {
            [] => {}
            &[(x, low, high)] => {
                // A single place has no width to fill.
                let (x, top) = plot.at(x, high);
                let (_, bottom) = plot.at(0.0, low);
                canvas.fill(Place { left: x - 4.0, top, right: x + 4.0, bottom }, faint(BLUE, share))?;
            }
            _ => canvas.shape(&upper.chain(lower).collect::<Vec<_>>(), faint(BLUE, share))?,
        }
    }
    Ok(())
}

fn draw_lines(canvas: &Canvas<'_>, plot: &mut Plot<'_>, data: &Data<'_>) -> Drawn {
    let line = |value: fn(&Point) -> f64| -> Vec<(f64, f64)> {
        data.points.iter().enumerate().map(|(index, point)| (index as f64, value(point))).collect()
    };
    let (actual, expected) = (line(|point| point.actual), line(|point| point.expected));
    for run in expected.split(|point| !point.1.is_finite()) {
        let mut places: Vec<(f64, f64)> = run.iter().map(|point| plot.at(point.0, point.1)).collect();
        // The line starts at the last known value if that is the neighbour.
        let before =
            run.first().and_then(|first| actual.iter().find(|point| (point.0 + 1.0 - first.0).abs() < 0.5));
        if let Some(before) = before.filter(|before| before.1.is_finite()) {
            places.insert(0, plot.at(before.0, before.1));
        }
        match places.as_slice() {
            [] => {}
            &[(x, y)] => canvas.ring(x, y, 4.0, BLUE)?,
            places => canvas.dashes(places, BLUE, 3.0)?,
        }
    }
    plot.line(&actual, BLUE, 3.0)
}
