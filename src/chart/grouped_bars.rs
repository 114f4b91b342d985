//! Grouped bars: two to four values per name, side by side.

use super::bands::{Bands, FIGURE, Lay, Names, figure_size};
use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, axis_room, compose};
use super::head::{Head, Swatch};
use super::palette::{INK, SOFT};
use super::scale::{Scale, extent};
use super::text::{self, SMALL};
use super::{ChartError, Format, Frame, Series, Tone, at_most, exactly, fills, said};

const NAME: &str = "grouped bars";
/// Most groups that fit.
pub const MOST: usize = 36;
/// Most series that fit.
pub const MOST_SERIES: usize = 4;
const HEIGHT: f64 = 360.0;
/// Thickness of a bar in a row.
const BAR: f64 = 17.0;

/// What to draw.
pub struct Data<'a> {
    /// Names of the groups, from the top or from the left; 36 at most.
    pub labels: &'a [String],
    /// One to four series, each with one value per group, all in one unit; not finite if unknown.
    pub series: &'a [Series],
    /// How the bars lie.
    pub lay: Lay,
    /// Writes a value; short, since it stands at the end of a bar.
    pub number: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the bars: what the values are, with the unit.
    pub value: &'a str,
}

/// Draws the bars, each with its figure; where figures do not fit over columns, an axis takes their place.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 36 groups or four series,
/// [`ChartError::Shape`] if a series does not have one value per group.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "groups", data.labels.len(), MOST)?;
    at_most(NAME, "series", data.series.len(), MOST_SERIES)?;
    for series in data.series {
        exactly(NAME, "values", series.values.len(), data.labels.len())?;
    }
    let values = || data.series.iter().flat_map(|series| series.values.iter().copied());
    let (low, high) = extent(values()).ok_or(ChartError::Empty(NAME))?;
    let range = (low.min(0.0), if high > 0.0 || low < 0.0 { high.max(0.0) } else { 1.0 });
    let labels: Vec<&str> = data.labels.iter().map(String::as_str).collect();
    let names = Names::new(&labels, &[], data.lay);
    let key: Vec<(Swatch, &str)> =
        fills(data.series).into_iter().zip(data.series.iter().map(|series| series.name.as_str())).collect();
    let head = Head::new(words.value, &key);
    let figures: Vec<String> = values().filter(|value| value.is_finite()).map(data.number).collect();
    let room = text::widest(figures.iter().map(String::as_str), SMALL).min(FIGURE) + 10.0;
    let count = data.labels.len();
    if names.rows {
        let each = (BAR * data.series.len() as f64 + 14.0).max(names.tall() + 8.0);
        let (top, bottom) = (head.height(), head.height() + each * count as f64);
        let left = names.wide() + if low < 0.0 { room } else { 0.0 };
        let bands =
            Bands { rows: true, place: Place { left, top, right: WIDTH - room, bottom }, ends: range, count };
        return compose(frame, (WIDTH, bottom + 4.0), |canvas| {
            head.draw(canvas)?;
            names.draw(canvas, &bands)?;
            draw_bars(canvas, &bands, data, (BAR / each, Some(SMALL)))?;
            bands.zero(canvas)
        });
    }
    let scale = Scale::from_zero(range, 4, 0.0);
    let each = (WIDTH - 8.0) / (count * data.series.len()).max(1) as f64 * 0.84;
    let direct = figure_size(figures.iter().map(String::as_str), each - 1.0, SMALL);
    let left = if direct.is_some() { 4.0 } else { axis_room(&scale, data.number) };
    let below = if direct.is_some() && range.0 < 0.0 { 20.0 } else { 0.0 };
    let bottom = HEIGHT - names.tall() - 12.0 - below;
    let bands = Bands {
        rows: false,
        place: Place { left, top: head.height() + 20.0, right: WIDTH - 4.0, bottom },
        ends: if direct.is_some() { range } else { (scale.low, scale.high) },
        count,
    };
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        head.draw(canvas)?;
        if direct.is_none() {
            bands.axis(canvas, &scale, data.number)?;
        }
        draw_bars(canvas, &bands, data, (0.84 / data.series.len().max(1) as f64, direct))?;
        if direct.is_none() {
            draw_ends(canvas, &bands, data)?;
        }
        bands.zero(canvas)?;
        let place = Place { bottom: bottom + below, ..bands.place };
        names.draw(canvas, &Bands { place, ..bands })
    })
}

/// The bars with their figures; `thick` is a bar's thickness as a share of its group.
fn draw_bars(
    canvas: &Canvas<'_>,
    bands: &Bands,
    data: &Data<'_>,
    (thick, figures): (f64, Option<f64>),
) -> Drawn {
    let start = (1.0 - thick * data.series.len() as f64) / 2.0;
    for (row, (series, swatch)) in data.series.iter().zip(fills(data.series)).enumerate() {
        for (index, &value) in series.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            let from = index as f64 + start + thick * row as f64;
            let bar = bands.bar((from, from + thick * 0.94), (0.0, value));
            let label = data.labels.get(index).cloned().unwrap_or_default();
            let says = said(&[label, series.name.clone(), (data.number)(value)]);
            canvas.titled(&says, || super::stacked_bars::paint(canvas, bar, swatch))?;
            let Some(size) = figures else { continue };
            let set = Type::small().sized(size).coloured(INK);
            let (along, end) = (bands.along(from + thick * 0.47), bands.value(value));
            let figure = text::shorten(&(data.number)(value), size, FIGURE);
            match (bands.rows, value < 0.0) {
                (true, false) => canvas.text(&figure, end + 6.0, along, set)?,
                (true, true) => canvas.text(&figure, end - 6.0, along, set.ending())?,
                (false, false) => canvas.text(&figure, along, end - 3.0, set.centred().above())?,
                (false, true) => canvas.text(&figure, along, end + 3.0, set.centred().below())?,
            }
        }
    }
    Ok(())
}

/// Where columns have an axis in place of figures: those that a reader asks for first, of the main series its last value
/// beside what that is compared with, and its highest one.
fn draw_ends(canvas: &Canvas<'_>, bands: &Bands, data: &Data<'_>) -> Drawn {
    let of = |tone: Tone| data.series.iter().find(|series| series.tone == tone);
    let Some(main) = of(Tone::Main) else { return Ok(()) };
    let known =
        |series: &Series, index: usize| series.values.get(index).copied().filter(|value| value.is_finite());
    let Some((last, value)) =
        (0..data.labels.len()).rev().find_map(|index| Some((index, known(main, index)?)))
    else {
        return Ok(());
    };
    // Over all columns that a text stands above.
    let above = |first: usize, end: usize| {
        let values =
            (first..end).flat_map(|index| data.series.iter().filter_map(move |series| known(series, index)));
        bands.value(values.fold(0.0, f64::max)) - 3.0
    };
    let set = Type::small().sized(SMALL).above();
    let write = |value: f64| text::shorten(&(data.number)(value), SMALL, FIGURE);
    let figure = write(value);
    let right = bands.along(last as f64 + 1.0);
    let before = of(Tone::Beside).and_then(|series| known(series, last)).map(write);
    let gap = before.as_ref().map_or(0.0, |before| text::width(before, SMALL) + 6.0);
    // Bold letters are wider.
    let own = text::width(&figure, SMALL) * 1.1;
    let wide = own + gap;
    let first = (0..=last).find(|index| bands.along(*index as f64 + 1.0) > right - wide).unwrap_or(last);
    let y = above(first, last + 1);
    canvas.text(&figure, right, y, set.bold().coloured(INK).ending())?;
    if let Some(before) = before {
        canvas.text(&before, right - own - 6.0, y, set.coloured(SOFT).ending())?;
    }
    let highest =
        (0..=last).filter_map(|index| Some((index, known(main, index)?))).max_by(|a, b| a.1.total_cmp(&b.1));
    match highest {
        // Nearer to the end, its text would stand on that of the last.
        Some((peak, highest)) if peak < first && highest > 0.0 => {
            let figure = write(highest);
            // Near an edge the text moves inwards.
            let half = text::width(&figure, SMALL) / 2.0;
            let middle =
                bands.along(peak as f64 + 0.5).min(bands.place.right - half).max(bands.place.left + half);
            let y = above(peak.saturating_sub(1), (peak + 2).min(first));
            canvas.text(&figure, middle, y, set.coloured(INK).centred())
        }
        _ => Ok(()),
    }
}
