//! A scatter of points by two values; some points have names.

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::head::Head;
use super::palette::{BLUE, GRID, INK, RULE, SOFT, faint};
use super::scale::{Scale, extent, stride};
use super::text::{self, LEADING, SMALL};
use super::{ChartError, Format, Frame, at_most, said};

const NAME: &str = "scatter";
/// Most points that fit.
pub const MOST: usize = 1000;
/// Most points that may have a name.
pub const MOST_NAMED: usize = 20;
const HEIGHT: f64 = 460.0;
const DOT: f64 = 4.0;

/// A point.
#[derive(Debug, Clone)]
pub struct Point {
    /// Its name, written beside it if there is room; empty for ordinary points. 20 points may have one.
    pub name: String,
    /// Its value to the right; a point is not drawn if one of its values is not finite.
    pub x: f64,
    /// Its value upwards.
    pub y: f64,
}

/// What to draw.
pub struct Data<'a> {
    /// The points; 1,000 at most.
    pub points: &'a [Point],
    /// Where lines divide the sheet in four, in the units of both axes: for example at means or medians.
    pub split: Option<(f64, f64)>,
    /// Writes a value of the horizontal axis.
    pub x: Format<'a>,
    /// Writes a value of the vertical axis.
    pub y: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Under the horizontal axis, with the unit.
    pub x: &'a str,
    /// Over the vertical axis, with the unit.
    pub y: &'a str,
    /// The quarters: upper left, upper right, lower left, lower right.
    pub quarters: [&'a str; 4],
}

/// Draws the points. The axes span the values, not all from zero.
///
/// # Errors
/// [`ChartError::Empty`] without a point, [`ChartError::TooMany`] above 1,000 points or 20 names.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "points", data.points.len(), MOST)?;
    at_most(NAME, "names", data.points.iter().filter(|point| !point.name.is_empty()).count(), MOST_NAMED)?;
    let points: Vec<&Point> =
        data.points.iter().filter(|point| point.x.is_finite() && point.y.is_finite()).collect();
    let split = data.split.filter(|split| split.0.is_finite() && split.1.is_finite() && !points.is_empty());
    let xs = points.iter().map(|point| point.x).chain(split.map(|split| split.0));
    let ys = points.iter().map(|point| point.y).chain(split.map(|split| split.1));
    let (x, y) = extent(xs).zip(extent(ys)).ok_or(ChartError::Empty(NAME))?;
    let (across, up) = (Scale::over(near_zero(x), 5, 0.0), Scale::over(near_zero(y), 5, 0.0));
    let head = Head::new(words.y, &[]);
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        let top = head.draw(canvas)? + 8.0;
        let left = axis_room(&up, data.y);
        let caption = if words.x.is_empty() { 0.0 } else { SMALL * LEADING };
        let place = Place { left, top, right: WIDTH - 10.0, bottom: HEIGHT - 30.0 - caption };
        let plot = canvas.plot(place, (across.low, across.high), (up.low, up.high))?;
        plot.value_axis(canvas, &up, data.y)?;
        draw_across(canvas, &plot, &across, data.x)?;
        let label = text::shorten(words.x, SMALL, WIDTH - 8.0);
        canvas.text(&label, place.right, HEIGHT - 3.0, Type::small().ending().above())?;
        let mut taken = match split {
            Some(split) => draw_quarters(canvas, &plot, split, words.quarters)?,
            None => vec![],
        };
        for point in points.iter().filter(|point| point.name.is_empty()) {
            let (x, y) = plot.at(point.x, point.y);
            let says = said(&[(data.x)(point.x), (data.y)(point.y)]);
            canvas.titled(&says, || canvas.dot(x, y, DOT, faint(BLUE, 0.4)))?;
        }
        let dots: Vec<Place> = points.iter().map(|point| around(plot.at(point.x, point.y), DOT)).collect();
        let named: Vec<&&Point> = points.iter().filter(|point| !point.name.is_empty()).collect();
        taken.extend(named.iter().map(|point| around(plot.at(point.x, point.y), DOT + 1.0)));
        for point in named {
            let at = plot.at(point.x, point.y);
            let says = said(&[point.name.clone(), (data.x)(point.x), (data.y)(point.y)]);
            canvas.titled(&says, || canvas.dot(at.0, at.1, DOT + 1.0, BLUE))?;
            draw_name(canvas, &plot, (at, &point.name), (&mut taken, &dots))?;
        }
        Ok(())
    })
}

/// Includes zero if it is near: an axis from 3 to 90 begins at 0, one from 70 to 90 does not.
fn near_zero((low, high): (f64, f64)) -> (f64, f64) {
    let low = if low > 0.0 && low < high * 0.4 { 0.0 } else { low };
    let high = if high < 0.0 && high > low * 0.4 { 0.0 } else { high };
    (low, high)
}

fn draw_across(canvas: &Canvas<'_>, plot: &Plot<'_>, scale: &Scale, format: Format<'_>) -> Drawn {
    let labels: Vec<String> =
        scale.labels(format).iter().map(|label| text::shorten(label, SMALL, WIDTH / 3.0)).collect();
    let widest = text::widest(labels.iter().map(String::as_str), SMALL) + 14.0;
    let step = stride(labels.len(), plot.place.right - plot.place.left, widest);
    for (index, (&tick, label)) in scale.ticks.iter().zip(&labels).enumerate() {
        let (x, _) = plot.at(tick, scale.low);
        let colour = if tick == 0.0 { RULE } else { GRID };
        canvas.path(&[(x, plot.place.top), (x, plot.place.bottom)], colour, 1.0)?;
        if index % step == 0 {
            let half = text::width(label, SMALL) / 2.0;
            let x = x.min(WIDTH - half - 1.0).max(half + 1.0);
            canvas.text(label, x, plot.place.bottom + 6.0, Type::small().centred().below())?;
        }
    }
    Ok(())
}

/// The cross, and the names of the quarters in their outer corners; returns the places of the names.
fn draw_quarters(
    canvas: &Canvas<'_>,
    plot: &Plot<'_>,
    split: (f64, f64),
    names: [&str; 4],
) -> Result<Vec<Place>, ChartError> {
    let (x, y) = plot.at(split.0, split.1);
    let place = plot.place;
    canvas.path(&[(x, place.top), (x, place.bottom)], RULE, 1.5)?;
    canvas.path(&[(place.left, y), (place.right, y)], RULE, 1.5)?;
    let mut taken = vec![];
    for (index, name) in names.into_iter().enumerate() {
        let (left, upper) = (index % 2 == 0, index < 2);
        let room = if left { x - place.left } else { place.right - x } - 12.0;
        let lines = text::wrap(name, SMALL * 1.1, room, 2);
        let tall = lines.len() as f64 * SMALL * LEADING;
        // A quarter too small for its name shows none.
        let high = if upper { y - place.top } else { place.bottom - y };
        if lines.iter().any(|line| line.ends_with('…')) || tall + 6.0 > high {
            continue;
        }
        let wide = text::widest(lines.iter().map(String::as_str), SMALL * 1.1);
        let top = if upper { place.top + 3.0 } else { place.bottom - tall - 3.0 };
        let set = Type::small().coloured(SOFT).bold().below();
        let (start, set) = if left { (place.left + 5.0, set) } else { (place.right - 5.0, set.ending()) };
        canvas.lines(&lines, start, top, set)?;
        let corner = if left { start } else { start - wide };
        taken.push(Place { left: corner, top, right: corner + wide, bottom: top + tall });
    }
    Ok(taken)
}

/// The square around a dot.
fn around((x, y): (f64, f64), radius: f64) -> Place {
    Place { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
}

/// Writes a name on the first side of its point where it touches nothing, or only points without a name. Without such a
/// side the name is left out.
fn draw_name(
    canvas: &Canvas<'_>,
    plot: &Plot<'_>,
    ((x, y), name): ((f64, f64), &str),
    (taken, dots): (&mut Vec<Place>, &[Place]),
) -> Drawn {
    let name = text::shorten(name, SMALL, 200.0);
    let (wide, half) = (text::width(&name, SMALL), SMALL * 0.55);
    let at = |left: f64, middle: f64| Place {
        left,
        top: middle - half,
        right: left + wide,
        bottom: middle + half,
    };
    let near = [
        at(x + 8.0, y),
        at(x - 8.0 - wide, y),
        at(x - wide / 2.0, y - 15.0),
        at(x - wide / 2.0, y + 15.0),
        at(x + 5.0, y - 14.0),
        at(x + 5.0, y + 14.0),
        at(x - 5.0 - wide, y - 14.0),
        at(x - 5.0 - wide, y + 14.0),
    ];
    let free = |place: &&Place| {
        let inside = place.left >= plot.place.left
            && place.right <= plot.place.right + 8.0
            && place.top >= plot.place.top - 6.0
            && place.bottom <= plot.place.bottom;
        inside && !taken.iter().any(|other| touch(place, other))
    };
    let clear = |place: &&Place| !dots.iter().any(|dot| touch(place, dot));
    // A name further away is tied to its point by a thin line.
    let far: Vec<Place> = [30.0, 50.0, 75.0, 105.0]
        .into_iter()
        .flat_map(|off| [(off, -off), (off, off), (-off, -off), (-off, off)])
        .map(|(right, down)| at(if right > 0.0 { x + right } else { x + right - wide }, y + down))
        .collect();
    let first = near.iter().filter(free).find(clear).or_else(|| near.iter().find(free));
    let Some(place) = first.or_else(|| far.iter().find(free)).copied() else { return Ok(()) };
    let beside = |side: &Place| (side.left - place.left).abs() + (side.top - place.top).abs() < 0.5;
    if !near.iter().any(beside) {
        let end = if place.left > x { place.left - 2.0 } else { place.right + 2.0 };
        canvas.path(&[(x, y), (end, f64::midpoint(place.top, place.bottom))], RULE, 1.0)?;
    }
    taken.push(place);
    canvas.text(&name, place.left, f64::midpoint(place.top, place.bottom), Type::small().coloured(INK))
}

fn touch(a: &Place, b: &Place) -> bool {
    a.left < b.right + 2.0 && b.left < a.right + 2.0 && a.top < b.bottom && b.top < a.bottom
}
