//! A histogram: how many fall into each bin of a value.

use super::bands::{Bands, figure_size};
use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, axis_room, compose};
use super::head::Head;
use super::palette::{BLUE, INK};
use super::scale::{Scale, extent, stride};
use super::text::{self, LEADING, SMALL};
use super::{ChartError, Format, Frame, Reference, at_most, exactly, said};

const NAME: &str = "histogram";
/// Most bins that fit.
pub const MOST: usize = 80;
/// Most values that may be marked.
pub const MOST_MARKS: usize = 3;
const HEIGHT: f64 = 340.0;

/// What to draw.
pub struct Data<'a> {
    /// The edges of the bins, ascending: one more than there are bins, 80 bins at most. The first edge may be −∞ and
    /// the last ∞, for open bins; such an edge has no figure.
    pub edges: &'a [f64],
    /// How many fall into each bin; not finite where unknown.
    pub counts: &'a [f64],
    /// Values that stand out, such as median and mean; three at most.
    pub marks: &'a [Reference<'a>],
    /// Writes an edge.
    pub edge: Format<'a>,
    /// Writes a count.
    pub count: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the columns: what is counted.
    pub count: &'a str,
    /// Under the axis: what the edges are, with the unit.
    pub edge: &'a str,
}

/// Draws the columns, without gaps. Bins of unequal width are drawn equally wide between their edges: the height is the
/// count, not the density.
///
/// # Errors
/// [`ChartError::Empty`] without a finite count, [`ChartError::TooMany`] above 80 bins or three marks,
/// [`ChartError::Shape`] where there is not one edge more than counts, [`ChartError::Order`] where edges do not ascend.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "bins", data.counts.len(), MOST)?;
    at_most(NAME, "marks", data.marks.len(), MOST_MARKS)?;
    exactly(NAME, "edges", data.edges.len(), data.counts.len() + 1)?;
    let ascends = |pair: &[f64]| matches!(pair, [low, high] if low < high);
    if !data.edges.windows(2).all(ascends) {
        return Err(ChartError::Order { chart: NAME, what: "edges" });
    }
    let (low, high) = extent(data.counts.iter().copied()).ok_or(ChartError::Empty(NAME))?;
    let range = (low.min(0.0), if high > 0.0 || low < 0.0 { high.max(0.0) } else { 1.0 });
    let marks: Vec<(f64, &str)> =
        data.marks.iter().filter_map(|mark| Some((place_of(data.edges, mark.at)?, mark.name))).collect();
    let figures: Vec<String> =
        data.counts.iter().filter(|count| count.is_finite()).map(|&count| (data.count)(count)).collect();
    let each = (WIDTH - 24.0) / data.counts.len() as f64;
    let direct = figure_size(figures.iter().map(String::as_str), each - 3.0, SMALL);
    let scale = Scale::from_zero(range, 4, 1.0);
    let edges: Vec<String> =
        data.edges.iter().map(|&edge| text::shorten(&figure(edge, data.edge), SMALL, 116.0)).collect();
    let half =
        |edge: Option<&String>| edge.map_or(0.0, |edge| text::width(edge, SMALL) / 2.0 + 2.0).min(60.0);
    let axis = if direct.is_some() { 4.0 } else { axis_room(&scale, data.count) };
    let head = Head::new(words.count, &[]);
    let rows = marks.len() as f64 * SMALL * LEADING;
    let caption = if words.edge.is_empty() { 0.0 } else { SMALL * LEADING + 2.0 };
    let place = Place {
        left: axis.max(half(edges.first())),
        top: head.height() + rows + 20.0,
        right: WIDTH - half(edges.last()).max(4.0),
        bottom: HEIGHT - 30.0 - caption,
    };
    let ends = if direct.is_some() { range } else { (scale.low, scale.high) };
    let bands = Bands { rows: false, place, ends, count: data.counts.len() };
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        head.draw(canvas)?;
        if direct.is_none() {
            bands.axis(canvas, &scale, data.count)?;
        }
        for (index, &count) in data.counts.iter().enumerate().filter(|(_, count)| count.is_finite()) {
            let gap = if bands.each() > 8.0 { 0.5 / bands.each() } else { 0.0 };
            let at = index as f64;
            let edge = |index: usize| edges.get(index).cloned().unwrap_or_default();
            let says = said(&[format!("{} – {}", edge(index), edge(index + 1)), (data.count)(count)]);
            let bar = bands.bar((at + gap, at + 1.0 - gap), (0.0, count));
            canvas.titled(&says, || canvas.fill(bar, BLUE))?;
            if let Some(size) = direct {
                let y = bands.value(count.max(0.0)) - 3.0;
                let set = Type::small().sized(size).coloured(INK).centred().above();
                canvas.text(&(data.count)(count), bands.along(at + 0.5), y, set)?;
            }
        }
        bands.zero(canvas)?;
        draw_edges(canvas, &bands, &edges)?;
        draw_marks(canvas, &bands, &marks, head.height())?;
        let label = text::shorten(words.edge, SMALL, WIDTH - 8.0);
        canvas.text(&label, WIDTH - 4.0, HEIGHT - 3.0, Type::small().ending().above())
    })
}

fn figure(edge: f64, format: Format<'_>) -> String {
    if edge.is_finite() { format(edge) } else { String::new() }
}

/// Where a value lies along the bins, each one unit wide. In an open bin it is the middle; outside of all bins there is
/// none.
fn place_of(edges: &[f64], value: f64) -> Option<f64> {
    let index =
        edges.windows(2).position(|pair| matches!(pair, [low, high] if *low <= value && value <= *high))?;
    let (low, high) = (edges.get(index)?, edges.get(index + 1)?);
    let share = if low.is_finite() && high.is_finite() { (value - low) / (high - low) } else { 0.5 };
    Some(index as f64 + if share.is_finite() { share } else { 0.5 })
}

fn draw_edges(canvas: &Canvas<'_>, bands: &Bands, edges: &[String]) -> Drawn {
    let widest = text::widest(edges.iter().map(String::as_str), SMALL) + 10.0;
    let step = stride(bands.count, bands.place.right - bands.place.left, widest);
    for (index, edge) in edges.iter().enumerate().step_by(step) {
        let half = text::width(edge, SMALL) / 2.0;
        let x = bands.along(index as f64);
        canvas.path(&[(x, bands.place.bottom), (x, bands.place.bottom + 4.0)], INK, 1.0)?;
        let x = x.min(WIDTH - half - 1.0).max(half + 1.0);
        canvas.text(edge, x, bands.place.bottom + 7.0, Type::small().coloured(INK).centred().below())?;
    }
    Ok(())
}

/// The name of each mark has its own line, beside its stroke and away from those below it.
fn draw_marks(canvas: &Canvas<'_>, bands: &Bands, marks: &[(f64, &str)], top: f64) -> Drawn {
    let mut marks = marks.to_vec();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let left = marks.last().is_some_and(|mark| mark.0 > bands.count as f64 * 0.6);
    if left {
        marks.reverse();
    }
    for (index, (at, name)) in marks.iter().enumerate() {
        let x = bands.along(*at);
        let y = top + SMALL * LEADING * index as f64;
        let name = text::shorten(name, SMALL, WIDTH - 8.0);
        let wide = text::width(&name, SMALL);
        canvas.dashes(&[(x, y + 2.0), (x, bands.place.bottom)], INK, 1.3)?;
        let start = if left { x - 6.0 - wide } else { x + 6.0 };
        let start = start.min(WIDTH - wide - 2.0).max(2.0);
        canvas.text(&name, start, y, Type::small().coloured(INK).below())?;
    }
    Ok(())
}
