//! Concentration curve: customers, best first, against their share of revenue.
//!
//! After M. O. Lorenz, "Methods of Measuring the Concentration of Wealth" (1905), but best first, so that the curve
//! bends upwards and the 80/20 mark can be read off. Where some customers cost more than they bring, the curve rises
//! above 100 % and falls back.

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::palette::{BLUE, GREY, INK, ORANGE, RULE};
use super::scale::{Scale, extent};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame};

const NAME: &str = "concentration";
const HEIGHT: f64 = 510.0;
const PARETO_CUSTOMERS: f64 = 0.2;
const PARETO_REVENUE: f64 = 0.8;

/// What to draw; all figures are shares, 1 = 100 %.
pub struct Data<'a> {
    /// Share of customers (0 to 1, ascending) and the share of revenue they bring.
    pub curve: &'a [(f64, f64)],
    /// The same a year ago.
    pub before: Option<&'a [(f64, f64)]>,
    /// Share of revenue of the best 20 % of customers.
    pub top20_share: Option<f64>,
    /// Share of customers that bring 80 % of revenue.
    pub customers_for_80: Option<f64>,
    /// Writes a share.
    pub share: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Under the horizontal axis.
    pub customers: &'a str,
    /// Over the vertical axis.
    pub revenue: &'a str,
    /// The curve.
    pub now: &'a str,
    /// The paler curve.
    pub before: &'a str,
    /// The diagonal, on which all customers bring the same.
    pub equality: &'a str,
    /// What the mark at 20 % of customers says, with its figure.
    pub top20: &'a str,
    /// What the mark at 80 % of revenue says, with its figure.
    pub for80: &'a str,
}

/// Draws the curve, the diagonal, and the two marks.
///
/// # Errors
/// [`ChartError::Empty`] where the curve has no finite point.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    let points = data.curve.iter().chain(data.before.unwrap_or_default());
    let finite = points.filter(|point| point.0.is_finite() && point.1.is_finite());
    if !data.curve.iter().any(|point| point.0.is_finite() && point.1.is_finite()) {
        return Err(ChartError::Empty(NAME));
    }
    let (low, high) = extent(finite.map(|point| point.1)).ok_or(ChartError::Empty(NAME))?;
    let mut scale = Scale::over((low.min(0.0), high.max(1.0)), 5, 0.2);
    if low >= 0.0 && high < 1.15 {
        // A curve that rises a little above 100 % needs a little room, not a whole step of the axis.
        scale = Scale { low: 0.0, high: high.max(1.0), ticks: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0] };
    }
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        let top = draw_key(canvas, data, words)?;
        let left = axis_room(&scale, data.share);
        let half = text::width(&(data.share)(1.0), SMALL) / 2.0;
        canvas.text(&text::shorten(words.revenue, SMALL, WIDTH), 0.0, top + 4.0, Type::small().below())?;
        let place = Place { left, top: top + 46.0, right: WIDTH - half - 2.0, bottom: HEIGHT - 52.0 };
        let mut plot = canvas.plot(place, (0.0, 1.0), (scale.low, scale.high))?;
        plot.value_axis(canvas, &scale, data.share)?;
        draw_customer_axis(canvas, &plot, data, words)?;
        plot.line(&[(0.0, 0.0), (1.0, 1.0)], RULE, 1.0)?;
        let (x, y) = plot.at(0.68, 0.62);
        canvas.text(&text::shorten(words.equality, SMALL, plot.place.right - x), x, y, Type::small())?;
        plot.line(data.before.unwrap_or_default(), GREY, 2.5)?;
        plot.line(data.curve, BLUE, 3.5)?;
        draw_marks(canvas, &plot, data)?;
        draw_notes(canvas, &plot, data, words)
    })
}

fn draw_key(canvas: &Canvas<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<f64, ChartError> {
    let mut entries = vec![(BLUE, words.now)];
    if data.before.is_some() {
        entries.push((GREY, words.before));
    }
    canvas.key(&entries, Place { left: 0.0, top: 2.0, right: WIDTH, bottom: HEIGHT })
}

fn draw_customer_axis(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>, words: &Words<'_>) -> Drawn {
    for fifth in 0..=5_u8 {
        let share = f64::from(fifth) / 5.0;
        let (x, _) = plot.at(share, 0.0);
        canvas.text(&(data.share)(share), x, plot.place.bottom + 6.0, Type::small().centred().below())?;
    }
    let line = text::shorten(words.customers, SMALL, plot.place.right);
    canvas.text(&line, plot.place.right, HEIGHT - 4.0, Type::small().ending().above())
}

/// The marks: dots on the curve, thin lines to the axes, and the figures that are read off there.
fn draw_marks(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>) -> Drawn {
    let (axis, _) = plot.at(0.0, 0.0);
    let (_, floor) = plot.at(0.0, 0.0);
    let bold = Type::body().bold();
    if let Some(share) = data.customers_for_80.filter(|share| (0.0..=1.0).contains(share)) {
        let (x, y) = plot.at(share, PARETO_REVENUE);
        canvas.path(&[(axis, y), (x, y), (x, floor)], RULE, 1.0)?;
        canvas.dot(x, y, 5.5, ORANGE)?;
        let figure = (data.share)(share);
        let (other, _) = plot.at(PARETO_CUSTOMERS, 0.0);
        // To the left only where the other mark's line is in the way and the axis leaves room.
        let blocked =
            data.top20_share.is_some() && x < other && x + text::width(&figure, BODY) + 10.0 > other;
        let left = (blocked && x - axis > text::width(&figure, BODY) + 10.0) || x > plot.place.right - 60.0;
        let (x, set) = if left { (x - 7.0, bold.ending()) } else { (x + 7.0, bold) };
        canvas.text(&figure, x, floor - 14.0, set)?;
    }
    if let Some(share) = data.top20_share.filter(|share| share.is_finite()) {
        let (x, y) = plot.at(PARETO_CUSTOMERS, share);
        canvas.path(&[(axis, y), (x, y), (x, floor)], RULE, 1.0)?;
        canvas.dot(x, y, 5.5, INK)?;
        let figure = (data.share)(share);
        if is_clear_below(plot, data, y) {
            canvas.text(&figure, axis + 4.0, y + 4.0, bold.below())?;
        } else {
            canvas.text(&figure, x - 8.0, y - 4.0, bold.ending().above())?;
        }
    }
    Ok(())
}

/// Whether the figure at a height stands better below its line than above: a grid line would cross it above, and the
/// curve leaves room below, beside the axis.
fn is_clear_below(plot: &Plot<'_>, data: &Data<'_>, y: f64) -> bool {
    const TALL: f64 = BODY * 1.3;
    let within = |share: f64, top: f64, bottom: f64| {
        let (_, at) = plot.at(0.0, share);
        top < at && at < bottom
    };
    let crossed = (1..=5).any(|fifth| within(f64::from(fifth) / 5.0, y - TALL, y - 2.0));
    let curve = data.curve.iter().chain(data.before.unwrap_or_default());
    let steep =
        curve.filter(|point| point.0 <= PARETO_CUSTOMERS * 0.6).any(|point| within(point.1, 0.0, y + TALL));
    crossed && !steep
}

/// The sentences to the marks, in the lower right, where no such curve ever comes.
fn draw_notes(canvas: &Canvas<'_>, plot: &Plot<'_>, data: &Data<'_>, words: &Words<'_>) -> Drawn {
    let (left, _) = plot.at(0.5, 0.0);
    let (_, floor) = plot.at(0.0, 0.0);
    let room = plot.place.right - left - 20.0;
    let mut bottom = floor - 34.0;
    let for80 = data.customers_for_80.map(|_| (ORANGE, words.for80));
    let top20 = data.top20_share.map(|_| (INK, words.top20));
    for (colour, note) in [for80, top20].into_iter().flatten() {
        let lines = text::wrap(note, SMALL, room, 3);
        let height = lines.len() as f64 * SMALL * LEADING;
        canvas.dot(left, bottom - height + SMALL * 0.7, 5.5, colour)?;
        canvas.lines(&lines, left + 14.0, bottom - height + 2.0, Type::small().coloured(INK).below())?;
        bottom -= height + 12.0;
    }
    Ok(())
}
