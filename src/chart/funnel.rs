//! A funnel: how many reach each stage, and what share of the stage before that is.

use super::bands::{Bands, Lay, Names};
use super::canvas::{Place, Type, WIDTH, compose};
use super::head::Head;
use super::palette::{BLUE, INK, SOFT, faint};
use super::scale::extent;
use super::text::{self, SMALL};
use super::{ChartError, Format, Frame, at_most, said};

const NAME: &str = "funnel";
/// Most stages that fit.
pub const MOST: usize = 12;
const BAR: f64 = 38.0;
/// Between bars: room for the share that goes on.
const BETWEEN: f64 = 26.0;

/// A stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name.
    pub label: String,
    /// How many reach it; not finite where unknown, below zero counts as nothing.
    pub count: f64,
}

/// What to draw.
pub struct Data<'a> {
    /// The stages, first to last; twelve at most. A stage may have more than the one before it.
    pub stages: &'a [Stage],
    /// Writes a count.
    pub number: Format<'a>,
    /// Writes a share (1 = 100 %).
    pub share: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the bars: what is counted.
    pub value: &'a str,
    /// After the shares between bars, such as "go on".
    pub step: &'a str,
}

/// Draws the bars from one edge; their lengths can then be compared. Each bar has its count and its share of the first.
/// Between two bars stands the share of the former that reaches the latter.
///
/// # Errors
/// [`ChartError::Empty`] without a finite count, [`ChartError::TooMany`] above twelve stages.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "stages", data.stages.len(), MOST)?;
    let (_, high) = extent(data.stages.iter().map(|stage| stage.count)).ok_or(ChartError::Empty(NAME))?;
    let high = if high > 0.0 { high } else { 1.0 };
    let labels: Vec<&str> = data.stages.iter().map(|stage| stage.label.as_str()).collect();
    let names = Names::new(&labels, &[], Lay::Rows);
    let first = data.stages.first().map_or(f64::NAN, |stage| stage.count);
    let figure = |(index, stage): (usize, &Stage)| {
        let of_first = stage.count / first;
        let share = index > 0 && first > 0.0 && of_first.is_finite();
        match (stage.count.is_finite(), share) {
            (false, _) => String::new(),
            (true, false) => (data.number)(stage.count),
            (true, true) => format!("{} · {}", (data.number)(stage.count), (data.share)(of_first)),
        }
    };
    let figures: Vec<String> = data.stages.iter().enumerate().map(figure).collect();
    let head = Head::new(words.value, &[]);
    let room = text::widest(figures.iter().map(String::as_str), SMALL * 1.1).min(210.0) + 10.0;
    let (top, each) = (head.height(), BAR.max(names.tall()) + BETWEEN);
    let bottom = top + each * data.stages.len() as f64;
    let place = Place { left: names.wide(), top, right: WIDTH - room, bottom };
    let bands = Bands { rows: true, place, ends: (0.0, high), count: data.stages.len() };
    let half = (each - BETWEEN) / each / 2.0;
    compose(frame, (WIDTH, bottom - BETWEEN / 2.0 + 6.0), |canvas| {
        head.draw(canvas)?;
        names.draw(canvas, &bands)?;
        for (index, (stage, figure)) in data.stages.iter().zip(&figures).enumerate() {
            let middle = index as f64 + 0.5;
            let along = (middle - half, middle + half);
            if let Some(before) = index.checked_sub(1).and_then(|before| data.stages.get(before)) {
                // The paler area behind this bar shows what was lost since the stage before.
                canvas.fill(bands.bar(along, (0.0, before.count)), faint(BLUE, 0.16))?;
                let share = stage.count / before.count;
                if share.is_finite() && before.count > 0.0 {
                    let y = bands.along(index as f64);
                    let x = place.left;
                    canvas.shape(&[(x + 2.0, y - 4.0), (x + 14.0, y - 4.0), (x + 8.0, y + 5.0)], SOFT)?;
                    let line = format!("{} {}", (data.share)(share), words.step);
                    let line = text::shorten(line.trim_end(), SMALL, WIDTH - x - 24.0);
                    canvas.text(&line, x + 20.0, y, Type::small())?;
                }
            }
            let says = said(&[stage.label.clone(), figure.clone()]);
            canvas.titled(&says, || canvas.fill(bands.bar(along, (0.0, stage.count)), BLUE))?;
            let before = index.checked_sub(1).and_then(|before| data.stages.get(before));
            let reach =
                before.map_or(0.0, |before| if before.count.is_finite() { before.count } else { 0.0 });
            let x = bands.value(if stage.count.is_finite() { stage.count.max(reach) } else { reach }) + 8.0;
            let figure = text::shorten(figure, SMALL * 1.1, 210.0);
            canvas.text(&figure, x, bands.along(middle), Type::small().coloured(INK).bold())?;
        }
        Ok(())
    })
}
