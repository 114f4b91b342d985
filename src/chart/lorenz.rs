//! Curves over shares: customers, best first, against their share of a total.
//!
//! The concentration of revenue, after M. O. Lorenz, "Methods of Measuring the Concentration of Wealth" (1905), but
//! best first: the curve bends upwards, and the 80/20 mark can be read off. Also the gains of a ranking: the
//! total is all who left or answered. If some customers cost more than they bring, a curve exceeds 100 % and falls back.

use plotters::style::RGBAColor;

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::head::{Head, Swatch};
use super::palette::{BLUE, GREY, INK, ORANGE, RULE};
use super::scale::{Scale, extent};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame, at_most, named, said};

const NAME: &str = "lorenz";
const HEIGHT: f64 = 510.0;
/// Most curves that fit.
pub const MOST: usize = 3;

/// A curve.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// Share of customers (0 to 1, ascending) and the share of the total that they hold; 1 = 100 %.
    pub points: Vec<(f64, f64)>,
}

/// A marked point of the main curve.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// Share of customers.
    pub customers: f64,
    /// Share of the total.
    pub total: f64,
    /// What the mark says, with its figure; may be empty.
    pub note: &'a str,
}

/// What to draw; all figures are shares, 1 = 100 %.
pub struct Data<'a> {
    /// One to three curves, the main one first; the curves that it is compared with are grey.
    pub curves: &'a [Curve],
    /// What a share of customers holds, such as the best 20 %: the figure is the share of the total.
    pub held: Option<Mark<'a>>,
    /// How many customers hold a share of the total, such as 80 %: the figure is the share of customers.
    pub needed: Option<Mark<'a>>,
    /// Writes a share.
    pub share: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Under the horizontal axis.
    pub customers: &'a str,
    /// Over the vertical axis.
    pub total: &'a str,
    /// The diagonal: all customers bring the same, or are picked at random.
    pub diagonal: &'a str,
}

/// The height of a curve at a share of customers, by linear interpolation between its points; none without
/// finite points on both sides, or if the height is outside 0 to 1.
pub fn height_at(points: &[(f64, f64)], customers: f64) -> Option<f64> {
    points.windows(2).find_map(|pair| match pair {
        [left, right] if finite(left) && finite(right) && left.0 <= customers && customers <= right.0 => {
            let span = right.0 - left.0;
            let part = if span > 0.0 { (customers - left.0) / span } else { 0.0 };
            Some(left.1 + (right.1 - left.1) * part).filter(|height| (0.0..=1.0).contains(height))
        }
        _ => None,
    })
}

fn finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

/// Draws the curves, the diagonal, and the marks.
///
/// # Errors
/// [`ChartError::Empty`] where the main curve has no finite point, [`ChartError::TooMany`] above three curves.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "curves", data.curves.len(), MOST)?;
    if !data.curves.first().is_some_and(|curve| curve.points.iter().any(finite)) {
        return Err(ChartError::Empty(NAME));
    }
    let all = data.curves.iter().flat_map(|curve| &curve.points).filter(|point| finite(point));
    let (low, high) = extent(all.map(|point| point.1)).ok_or(ChartError::Empty(NAME))?;
    let mut scale = Scale::over((low.min(0.0), high.max(1.0)), 5, 0.2);
    if low >= 0.0 && high < 1.15 {
        // A curve that rises a little above 100 % needs a little room, not a whole step of the axis.
        scale = Scale { low: 0.0, high: high.max(1.0), ticks: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0] };
    }
    let key: Vec<(Swatch, &str)> = colours(data.curves.len())
        .iter()
        .zip(data.curves)
        .map(|(&colour, curve)| (Swatch::Fill(colour), curve.name.as_str()))
        .collect();
    let head = Head::new("", &key);
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        let top = head.draw(canvas)?;
        let left = axis_room(&scale, data.share);
        let half = text::width(&(data.share)(1.0), SMALL) / 2.0;
        canvas.text(&text::shorten(words.total, SMALL, WIDTH), 0.0, top, Type::small().below())?;
        let right = (WIDTH - half - 2.0).max(left + 100.0);
        let place = Place { left, top: top + 42.0, right, bottom: HEIGHT - 52.0 };
        let mut plot = canvas.plot(place, (0.0, 1.0), (scale.low, scale.high))?;
        plot.value_axis(canvas, &scale, data.share)?;
        draw_customer_axis(canvas, &plot, data, words)?;
        plot.line(&[(0.0, 0.0), (1.0, 1.0)], RULE, 1.0)?;
        let (x, y) = plot.at(0.68, 0.62);
        canvas.text(&text::shorten(words.diagonal, SMALL, plot.place.right - x), x, y, Type::small())?;
        // The main curve comes last and lies on top.
        let curves = data.curves.iter().zip(colours(data.curves.len())).enumerate();
        for (index, (curve, colour)) in curves.collect::<Vec<_>>().into_iter().rev() {
            plot.line(&curve.points, *colour, if index == 0 { 3.5 } else { 2.5 })?;
        }
        draw_marks(canvas, &plot, data)?;
        draw_notes(canvas, &plot, data)?;
        draw_reaches(canvas, &plot, data, words)
    })
}

/// At each twentieth of the customers, what the curves hold.
fn draw_reaches(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>, words: &Words<'_>) -> Drawn {
    for twentieth in 1..=20_u8 {
        let customers = f64::from(twentieth) / 20.0;
        let held = |curve: &Curve| {
            let height = height_at(&curve.points, customers).unwrap_or(f64::NAN);
            named(&curve.name, height, data.share)
        };
        let first = format!("{} {}", words.customers, (data.share)(customers));
        let says: Vec<String> = std::iter::once(first).chain(data.curves.iter().map(held)).collect();
        let ((left, _), (right, _)) = (plot.at(customers - 0.025, 0.0), plot.at(customers + 0.025, 0.0));
        canvas.reach(&said(&says), Place { left, right, ..plot.place })?;
    }
    Ok(())
}

fn colours(curves: usize) -> &'static [RGBAColor] {
    if curves > 2 { &[BLUE, ORANGE, GREY] } else { &[BLUE, GREY] }
}

fn draw_customer_axis(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>, words: &Words<'_>) -> Drawn {
    let labels: Vec<(f64, String)> =
        (0..=5_u8).map(|fifth| f64::from(fifth) / 5.0).map(|share| (share, (data.share)(share))).collect();
    let widest = text::widest(labels.iter().map(|label| label.1.as_str()), SMALL) + 8.0;
    let fits = widest <= (plot.place.right - plot.place.left) / 5.0;
    for (share, label) in labels.iter().step_by(if fits { 1 } else { 5 }) {
        let half = text::width(label, SMALL) / 2.0;
        let x = plot.at(*share, 0.0).0.min(WIDTH - half - 1.0).max(half + 1.0);
        canvas.text(label, x, plot.place.bottom + 6.0, Type::small().centred().below())?;
    }
    let line = text::shorten(words.customers, SMALL, plot.place.right);
    canvas.text(&line, plot.place.right, HEIGHT - 4.0, Type::small().ending().above())
}

fn inside(mark: &Mark<'_>) -> bool {
    (0.0..=1.0).contains(&mark.customers) && mark.total.is_finite()
}

/// The marks: dots on the curve, thin lines to the axes, and the figures that are read off there.
fn draw_marks(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>) -> Drawn {
    let (axis, floor) = plot.at(0.0, 0.0);
    let bold = Type::body().bold();
    let held = data.held.filter(inside);
    if let Some(mark) = data.needed.filter(inside) {
        let (x, y) = plot.at(mark.customers, mark.total);
        canvas.path(&[(axis, y), (x, y), (x, floor)], RULE, 1.0)?;
        canvas.dot(x, y, 5.5, ORANGE)?;
        let figure = text::shorten(&(data.share)(mark.customers), BODY * 1.1, plot.place.right - axis - 24.0);
        let wide = text::width(&figure, BODY) + 10.0;
        // To the left only if the other mark's line is in the way and the axis leaves room.
        let other = held.map(|held| plot.at(held.customers, 0.0).0);
        let blocked = other.is_some_and(|other| x < other && x + wide > other);
        let left = (blocked && x - axis > wide) || x + wide + 14.0 > plot.place.right;
        let (x, set) = if left { (x - 7.0, bold.ending()) } else { (x + 7.0, bold) };
        canvas.text(&figure, x, floor - 14.0, set)?;
    }
    if let Some(mark) = held {
        let (x, y) = plot.at(mark.customers, mark.total);
        canvas.path(&[(axis, y), (x, y), (x, floor)], RULE, 1.0)?;
        canvas.dot(x, y, 5.5, if data.needed.is_some() { INK } else { BLUE })?;
        // A share of next to nothing can have hundreds of digits.
        let figure = text::shorten(&(data.share)(mark.total), BODY * 1.1, plot.place.right - axis - 24.0);
        let wide = text::width(&figure, BODY * 1.1);
        if is_clear_below(plot, data, (mark.customers, y), wide) {
            canvas.text(&figure, axis + 4.0, y + 4.0, bold.below())?;
        } else if x - 8.0 - wide > axis {
            canvas.text(&figure, x - 8.0, y - 4.0, bold.ending().above())?;
        } else {
            canvas.text(&figure, axis + 5.0, y - 4.0, bold.above())?;
        }
    }
    Ok(())
}

/// Whether the figure at a height is better below its line than above: above, a grid line would cross it; below, the
/// curves leave room beside the axis.
fn is_clear_below(plot: &Plot<'_>, data: &Data<'_>, (customers, y): (f64, f64), wide: f64) -> bool {
    const TALL: f64 = BODY * 1.3;
    let within = |share: f64, top: f64, bottom: f64| {
        let (_, at) = plot.at(0.0, share);
        top < at && at < bottom
    };
    let crossed = (1..=5).any(|fifth| within(f64::from(fifth) / 5.0, y - TALL, y - 2.0));
    let (axis, _) = plot.at(0.0, 0.0);
    let reach = (wide + 8.0) / (plot.place.right - axis).max(1.0);
    let near = reach.max(customers * 0.6);
    let curves = data.curves.iter().flat_map(|curve| &curve.points);
    let steep = curves.filter(|point| point.0 <= near).any(|point| within(point.1, 0.0, y + TALL));
    crossed && !steep
}

/// The sentences of the marks, in the lower right, where no curve comes.
fn draw_notes(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>) -> Drawn {
    let (left, _) = plot.at(0.5, 0.0);
    let room = plot.place.right - left - 20.0;
    let mut bottom = plot.place.bottom - 34.0;
    let needed = data.needed.map(|mark| (ORANGE, mark.note));
    let held = data.held.map(|mark| (if data.needed.is_some() { INK } else { BLUE }, mark.note));
    for (colour, note) in [needed, held].into_iter().flatten().filter(|mark| !mark.1.is_empty()) {
        let lines = text::wrap(note, SMALL, room, 3);
        let height = lines.len() as f64 * SMALL * LEADING;
        canvas.dot(left, bottom - height + SMALL * 0.7, 5.5, colour)?;
        canvas.lines(&lines, left + 14.0, bottom - height + 2.0, Type::small().coloured(INK).below())?;
        bottom -= height + 12.0;
    }
    Ok(())
}
