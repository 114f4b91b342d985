//! From one amount to another, step by step: a bridge of columns, each step hanging where the one before it ended.

use plotters::style::RGBAColor;

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, compose};
use super::palette::{BLUE, INK, ORANGE, RULE, STATUSES};
use super::scale::extent;
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Frame, at_most};

const NAME: &str = "bridge";
const MOST: usize = 8;
const HEIGHT: f64 = 360.0;
/// A step that is there is seen, however small.
const LEAST: f64 = 2.0;
/// Where all ends of columns lie within so much of the highest, columns are cut: from zero the steps would be slivers.
const CUT_WITHIN: f64 = 0.25;
/// Below so much of the highest, steps stay slivers: that nothing changed is then what there is to see.
const CUT_FROM: f64 = 0.005;
/// How far up from the foot a cut column is broken, and how wide the gap is, in units of the view box.
const BREAK: (f64, f64) = (18.0, 6.0);

/// What a column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An amount, from zero.
    Amount,
    /// What is added to the amount so far, or taken off it.
    Step,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Its name under the axis.
    pub name: String,
    /// Its figure, as it is written over it; a step's has a sign.
    pub figure: String,
    /// Amount or step; not finite where unknown, which leaves its place empty.
    pub value: f64,
    /// Which of the two.
    pub kind: Kind,
}

/// What to draw.
pub struct Data<'a> {
    /// The columns, from the left.
    pub bars: &'a [Bar],
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the columns, with the unit.
    pub value: &'a str,
    /// That columns are cut, so that they do not begin at zero.
    pub cut: &'a str,
}

/// A column with its ends: where it begins, and where it leads.
struct Span<'a> {
    at: f64,
    bar: &'a Bar,
    from: f64,
    to: f64,
}

/// Draws the bridge. Amounts that differ by little are cut, and the picture says so.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above eight columns.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "columns", data.bars.len(), MOST)?;
    let spans = spans(data.bars);
    // An amount begins at zero, or is cut; a step begins where the one before it led.
    let begins = spans.iter().filter(|span| span.bar.kind == Kind::Step).map(|span| span.from);
    let (low, high) =
        extent(spans.iter().map(|span| span.to).chain(begins)).ok_or(ChartError::Empty(NAME))?;
    let cut = is_cut(low, high);
    let ends = if cut { (low - (high - low) * 0.6, high) } else { (low.min(0.0), high.max(0.0)) };
    let ends = if ends.1 > ends.0 { ends } else { (ends.0, ends.0 + 1.0) };
    let each = (WIDTH - 8.0) / data.bars.len() as f64;
    let names: Vec<Vec<String>> =
        data.bars.iter().map(|bar| text::wrap(&bar.name, SMALL, each - 8.0, 3)).collect();
    let rows = names.iter().map(Vec::len).max().unwrap_or(0) as f64;
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        draw_headings(canvas, words, cut)?;
        let foot = HEIGHT - 12.0 - rows * SMALL * LEADING;
        let place = Place { left: 4.0, top: 58.0, right: WIDTH - 4.0, bottom: foot };
        let plot = canvas.plot(place, (-0.5, data.bars.len() as f64 - 0.5), ends)?;
        for pair in spans.windows(2) {
            if let [span, next] = pair {
                let (left, y) = plot.at(span.at + 0.36, span.to);
                let (right, _) = plot.at(next.at - 0.36, span.to);
                canvas.path(&[(left, y), (right, y)], RULE, 1.0)?;
            }
        }
        for span in &spans {
            draw_column(canvas, &plot, span, cut)?;
        }
        draw_figures(canvas, &plot, &spans, each)?;
        let (_, zero) = plot.at(0.0, 0.0);
        if !cut {
            canvas.path(&[(place.left, zero), (place.right, zero)], RULE, 1.0)?;
        }
        for (index, lines) in names.iter().enumerate() {
            let (x, _) = plot.at(index as f64, ends.0);
            canvas.lines(lines, x, foot + 8.0, Type::small().coloured(INK).centred().below())?;
        }
        Ok(())
    })
}

/// Where each column begins and ends; a column without a value has none, and those after it go on from before it.
fn spans(bars: &[Bar]) -> Vec<Span<'_>> {
    let mut so_far = 0.0;
    let mut spans = vec![];
    for (index, bar) in bars.iter().enumerate() {
        let (from, to) = match bar.kind {
            Kind::Amount => (0.0, bar.value),
            Kind::Step => (so_far, so_far + bar.value),
        };
        if to.is_finite() {
            spans.push(Span { at: index as f64, bar, from, to });
            so_far = to;
        }
    }
    spans
}

fn is_cut(low: f64, high: f64) -> bool {
    let spread = (high - low) / high;
    low > 0.0 && spread < CUT_WITHIN && spread > CUT_FROM
}

fn draw_headings(canvas: &Canvas<'_>, words: &Words<'_>, cut: bool) -> Drawn {
    let mut room = WIDTH;
    if cut {
        let note = text::shorten(words.cut, SMALL, WIDTH / 2.0);
        canvas.text(&note, WIDTH - 4.0, 11.0, Type::small().ending())?;
        room -= text::width(&note, SMALL) + 20.0;
    }
    canvas.heading(words.value, 2.0, room)
}

fn draw_column(canvas: &Canvas<'_>, plot: &Plot<'_>, span: &Span<'_>, cut: bool) -> Drawn {
    let (left, from) = plot.at(span.at - 0.36, span.from);
    let (right, to) = plot.at(span.at + 0.36, span.to);
    let (top, mut bottom) = (from.min(to), from.max(to));
    if span.to.total_cmp(&span.from).is_ne() {
        bottom = bottom.max(top + LEAST);
    }
    let colour = colour(span);
    if cut && span.bar.kind == Kind::Amount {
        let (upper, lower) = (bottom - BREAK.0 - BREAK.1, bottom - BREAK.0);
        canvas.fill(Place { left, top, right, bottom: upper.max(top) }, colour)?;
        return canvas.fill(Place { left, top: lower, right, bottom }, colour);
    }
    canvas.fill(Place { left, top, right, bottom }, colour)
}

fn colour(span: &Span<'_>) -> RGBAColor {
    let [_, light, ..] = STATUSES;
    match span.bar.kind {
        Kind::Amount => BLUE,
        Kind::Step if span.bar.value < 0.0 => ORANGE,
        Kind::Step => light,
    }
}

/// Each figure stands over its column.
fn draw_figures(canvas: &Canvas<'_>, plot: &Plot<'_>, spans: &[Span<'_>], each: f64) -> Drawn {
    let widest = text::widest(spans.iter().map(|span| span.bar.figure.as_str()), 1.1).max(0.1);
    let size = (((each - 6.0) / widest).clamp(10.0, BODY) * 2.0).floor() / 2.0;
    for span in spans {
        let (x, y) = plot.at(span.at, span.from.max(span.to));
        let figure = text::shorten(&span.bar.figure, size * 1.1, each - 4.0);
        let set = Type::body().sized(size).centred().above();
        let set = if span.bar.kind == Kind::Amount { set.bold() } else { set };
        canvas.text(&figure, x, y - 4.0, set)?;
    }
    Ok(())
}
