//! Segments: share of customers against share of revenue, a pair of bars each.

use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, compose};
use super::palette::{BLUE, GREY, INK, RULE};
use super::scale::extent;
use super::text::{self, BODY, SMALL};
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "segments";
const MOST: usize = 12;
const ROW: f64 = 48.0;
const BAR: f64 = 17.0;

/// A pair of bars.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Name of the segment.
    pub name: String,
    /// Its share of customers, 1 = 100 %.
    pub customers: f64,
    /// Its share of revenue, 1 = 100 %; below zero where returns outweigh sales.
    pub revenue: f64,
}

/// What to draw.
pub struct Data<'a> {
    /// The segments, from the top.
    pub segments: &'a [Segment],
    /// Writes a share.
    pub share: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The grey bars.
    pub customers: &'a str,
    /// The blue bars.
    pub revenue: &'a str,
}

/// Where zero lies, and how long a bar of 100 % would be.
struct Ruler {
    zero: f64,
    unit: f64,
}

/// Draws the bars.
///
/// # Errors
/// [`ChartError::Empty`] without a finite share, [`ChartError::TooMany`] above twelve segments.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "segments", data.segments.len(), MOST)?;
    let shares = || data.segments.iter().flat_map(|segment| [segment.customers, segment.revenue]);
    let (low, high) = extent(shares()).ok_or(ChartError::Empty(NAME))?;
    let (low, high) = (low.min(0.0), high.max(0.0));
    let names = text::widest(data.segments.iter().map(|segment| segment.name.as_str()), BODY).min(180.0);
    let figures: Vec<String> = shares().filter(|share| share.is_finite()).map(data.share).collect();
    let figure = text::widest(figures.iter().map(String::as_str), SMALL) + 8.0;
    let left = names + 14.0 + if low < 0.0 { figure } else { 0.0 };
    let span = if high > low { high - low } else { 1.0 };
    let unit = (WIDTH - left - figure) / span;
    let ruler = Ruler { zero: left - low * unit, unit };
    let head = 36.0;
    let height = head + ROW * data.segments.len() as f64;
    compose(frame, (WIDTH, height), |canvas| {
        let sheet = Place { left: 0.0, top: 2.0, right: WIDTH, bottom: height };
        canvas.key(&[(GREY, words.customers), (BLUE, words.revenue)], sheet)?;
        for (index, segment) in data.segments.iter().enumerate() {
            let middle = head + ROW * (index as f64 + 0.5);
            let lines = text::wrap(&segment.name, BODY, names + 1.0, 2);
            canvas.lines(&lines, 0.0, middle, Type::body())?;
            draw_bar(canvas, &ruler, segment.customers, (middle - BAR, GREY), data.share)?;
            draw_bar(canvas, &ruler, segment.revenue, (middle, BLUE), data.share)?;
        }
        canvas.path(&[(ruler.zero, head), (ruler.zero, height)], RULE, 1.0)
    })
}

fn draw_bar(
    canvas: &Canvas<'_>,
    ruler: &Ruler,
    share: f64,
    (top, colour): (f64, plotters::style::RGBAColor),
    format: Format<'_>,
) -> Drawn {
    if !share.is_finite() {
        return Ok(());
    }
    let end = ruler.zero + share * ruler.unit;
    canvas.fill(Place { left: ruler.zero, top, right: end, bottom: top + BAR - 1.0 }, colour)?;
    let set = Type::small().coloured(INK);
    let (x, set) = if share < 0.0 { (end - 6.0, set.ending()) } else { (end + 6.0, set) };
    canvas.text(&format(share), x, top + BAR / 2.0, set)
}
