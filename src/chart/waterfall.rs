//! From one amount to another, step by step: each step begins where the one before it ended.

use plotters::style::RGBAColor;

use super::bands::{Bands, LEAST_FIGURE, Lay, Names};
use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, compose};
use super::head::Head;
use super::palette::{BLUE, INK, ORANGE, PARTS, RULE};
use super::scale::extent;
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Frame, at_most, said};

const NAME: &str = "waterfall";
/// Most bars that fit.
pub const MOST: usize = 24;
/// With more bars than this, columns are too narrow for names and figures.
const MOST_COLUMNS: usize = 8;
const HEIGHT: f64 = 360.0;
const ROW: f64 = 38.0;
/// A step that is not zero is at least this high, to be visible.
const LEAST: f64 = 2.0;
/// Bars are cut if all their ends lie within this share of the highest: drawn from zero, the steps would be too thin.
const CUT_WITHIN: f64 = 0.25;
/// Below this share of the highest, steps stay thin: the picture then shows that nothing changed.
const CUT_FROM: f64 = 0.005;
/// Distance of a cut bar's break from its foot, and the width of the gap, in units of the view box.
const BREAK: (f64, f64) = (18.0, 6.0);

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarKind {
    /// An amount, from zero.
    Amount,
    /// What is added to the amount so far, or subtracted from it.
    Step,
}

/// A bar.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Its figure, as it is written at its end; a step's has a sign.
    pub figure: String,
    /// Amount or step, all in one unit; not finite if unknown, then its place stays empty.
    pub value: f64,
    /// Which of the two.
    pub kind: BarKind,
}

/// What to draw.
pub struct Data<'a> {
    /// The bars, in order; 24 at most. Up to eight may be columns.
    pub bars: &'a [Bar],
    /// How they lie.
    pub lay: Lay,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the bars, with the unit.
    pub value: &'a str,
    /// Says that bars are cut and do not begin at zero.
    pub cut: &'a str,
}

/// A bar with its start and its end.
struct Span<'a> {
    at: f64,
    bar: &'a Bar,
    from: f64,
    to: f64,
}

/// Draws the bars. Amounts that differ little are cut, and the picture says this.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 24 bars.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "bars", data.bars.len(), MOST)?;
    let spans = spans(data.bars);
    // An amount begins at zero, or is cut; a step begins where the one before it ended.
    let begins = spans.iter().filter(|span| span.bar.kind == BarKind::Step).map(|span| span.from);
    let (low, high) =
        extent(spans.iter().map(|span| span.to).chain(begins)).ok_or(ChartError::Empty(NAME))?;
    let cut = is_cut(low, high);
    let ends = if cut { (low - (high - low) * 0.6, high) } else { (low.min(0.0), high.max(0.0)) };
    let ends = if ends.1 > ends.0 { ends } else { (ends.0, ends.0 + 1.0) };
    let labels: Vec<&str> = data.bars.iter().map(|bar| bar.name.as_str()).collect();
    let each = (WIDTH - 8.0) / data.bars.len() as f64;
    let longest = text::widest(data.bars.iter().map(|bar| bar.figure.as_str()), LEAST_FIGURE * 1.1);
    let wrapped = |name: &&str| text::wrap(name, SMALL, each - 8.0, 3).iter().any(|line| line.ends_with('…'));
    let narrow = data.bars.len() > MOST_COLUMNS || longest > each - 4.0 || labels.iter().any(wrapped);
    let lay = match data.lay {
        Lay::Fit if !narrow => Lay::Columns,
        Lay::Columns if data.bars.len() <= MOST_COLUMNS => Lay::Columns,
        _ => Lay::Rows,
    };
    let names = Names::new(&labels, &[], lay);
    // The meaning of the bars and the note on the cut share one line if there is room.
    let note = if cut { words.cut } else { "" };
    let beside = text::width(words.value, BODY * 1.1) + text::width(note, SMALL) + 24.0 <= WIDTH;
    let head = Head::new(words.value, &[]);
    let top = head.height() + if beside { 0.0 } else { SMALL * LEADING };
    let draw_head = |canvas: &Canvas<'_>| -> Drawn {
        head.draw(canvas)?;
        let note = text::shorten(note, SMALL, WIDTH - 8.0);
        if beside {
            canvas.text(&note, WIDTH - 4.0, 13.0, Type::small().ending())
        } else {
            canvas.text(&note, 0.0, head.height() - 6.0, Type::small().below())
        }
    };
    let count = data.bars.len();
    if names.rows {
        let room =
            text::widest(data.bars.iter().map(|bar| bar.figure.as_str()), SMALL * 1.1).min(150.0) + 10.0;
        let each = ROW.max(names.tall() + 8.0);
        let left = names.wide() + 2.0;
        let place = Place { left, top, right: WIDTH - room, bottom: top + each * count as f64 };
        let bands = Bands { rows: true, place, ends, count };
        return compose(frame, (WIDTH, place.bottom + 4.0), |canvas| {
            draw_head(canvas)?;
            names.draw(canvas, &bands)?;
            draw(canvas, &bands, &spans, cut)?;
            for span in &spans {
                let x = bands.value(span.from.max(span.to)) + 6.0;
                let figure = text::shorten(&span.bar.figure, SMALL * 1.1, 150.0);
                let set = Type::small().coloured(INK);
                let set = if span.bar.kind == BarKind::Amount { set.bold() } else { set };
                canvas.text(&figure, x, bands.along(span.at + 0.5), set)?;
            }
            Ok(())
        });
    }
    let bottom = HEIGHT - 12.0 - names.tall();
    let place = Place { left: 4.0, top: top + 26.0, right: WIDTH - 4.0, bottom };
    let bands = Bands { rows: false, place, ends, count };
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        draw_head(canvas)?;
        names.draw(canvas, &bands)?;
        draw(canvas, &bands, &spans, cut)?;
        draw_figures(canvas, &bands, &spans)
    })
}

/// Where each bar begins and ends; a bar without a value has none, and the next bars continue from before it.
fn spans(bars: &[Bar]) -> Vec<Span<'_>> {
    let mut so_far = 0.0;
    let mut spans = vec![];
    for (index, bar) in bars.iter().enumerate() {
        let (from, to) = match bar.kind {
            BarKind::Amount => (0.0, bar.value),
            BarKind::Step => (so_far, so_far + bar.value),
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

fn draw(canvas: &Canvas<'_>, bands: &Bands, spans: &[Span<'_>], cut: bool) -> Drawn {
    for pair in spans.windows(2) {
        if let [span, next] = pair {
            canvas.path(&bands.across(span.to, (span.at + 0.86, next.at + 0.14)), RULE, 1.0)?;
        }
    }
    for span in spans {
        let says = said(&[span.bar.name.clone(), span.bar.figure.clone()]);
        canvas.titled(&says, || draw_bar(canvas, bands, span, cut))?;
    }
    if cut { Ok(()) } else { bands.zero(canvas) }
}

fn draw_bar(canvas: &Canvas<'_>, bands: &Bands, span: &Span<'_>, cut: bool) -> Drawn {
    let mut bar = bands.bar((span.at + 0.14, span.at + 0.86), (span.from, span.to));
    if span.to.total_cmp(&span.from).is_ne() {
        if bands.rows {
            bar.right = bar.right.max(bar.left + LEAST);
        } else {
            bar.bottom = bar.bottom.max(bar.top + LEAST);
        }
    }
    let colour = colour(span);
    if !(cut && span.bar.kind == BarKind::Amount) {
        return canvas.fill(bar, colour);
    }
    // The end at zero is cut off.
    if bands.rows {
        let (near, far) = (bar.left + BREAK.0, bar.left + BREAK.0 + BREAK.1);
        canvas.fill(Place { left: far.min(bar.right), ..bar }, colour)?;
        canvas.fill(Place { right: near.min(bar.right), ..bar }, colour)
    } else {
        let (upper, lower) = (bar.bottom - BREAK.0 - BREAK.1, bar.bottom - BREAK.0);
        canvas.fill(Place { bottom: upper.max(bar.top), ..bar }, colour)?;
        canvas.fill(Place { top: lower.max(bar.top), ..bar }, colour)
    }
}

fn colour(span: &Span<'_>) -> RGBAColor {
    let [_, light, ..] = PARTS;
    match span.bar.kind {
        BarKind::Amount => BLUE,
        BarKind::Step if span.bar.value < 0.0 => ORANGE,
        BarKind::Step => light,
    }
}

/// Each figure stands over its column.
fn draw_figures(canvas: &Canvas<'_>, bands: &Bands, spans: &[Span<'_>]) -> Drawn {
    let each = bands.each();
    let widest = text::widest(spans.iter().map(|span| span.bar.figure.as_str()), 1.1).max(0.1);
    let size = (((each - 6.0) / widest).clamp(10.0, BODY) * 2.0).floor() / 2.0;
    for span in spans {
        let y = bands.value(span.from.max(span.to));
        let figure = text::shorten(&span.bar.figure, size * 1.1, each - 4.0);
        let set = Type::body().sized(size).centred().above();
        let set = if span.bar.kind == BarKind::Amount { set.bold() } else { set };
        canvas.text(&figure, bands.along(span.at + 0.5), y - 4.0, set)?;
    }
    Ok(())
}
