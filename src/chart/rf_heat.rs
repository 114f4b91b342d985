//! Recency × frequency: how the customers spread over the two scores.

use super::canvas::{WIDTH, compose};
use super::heat::{Cell, Heat};
use super::scale::extent;
use super::{ChartError, Format, Frame, at_most, exactly};

const NAME: &str = "recency and frequency";
const MOST: usize = 10;

/// What to draw.
pub struct Data<'a> {
    /// Names of the recency scores, from the top.
    pub recency: &'a [String],
    /// Names of the frequency scores, from the left.
    pub frequency: &'a [String],
    /// Share of customers (1 = 100 %) by recency, then frequency.
    pub shares: &'a [Vec<f64>],
    /// Writes a share.
    pub share: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the rows.
    pub recency: &'a str,
    /// Over the columns.
    pub frequency: &'a str,
}

/// Draws the matrix.
///
/// # Errors
/// [`ChartError::Empty`] without a finite share, [`ChartError::Shape`] where shares and scores differ in number,
/// [`ChartError::TooMany`] above ten scores.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "scores", data.recency.len().max(data.frequency.len()), MOST)?;
    exactly(NAME, "rows", data.shares.len(), data.recency.len())?;
    for row in data.shares {
        exactly(NAME, "columns", row.len(), data.frequency.len())?;
    }
    let (_, most) = extent(data.shares.iter().flatten().copied()).ok_or(ChartError::Empty(NAME))?;
    let cell = |&share: &f64| {
        let shade = if most > 0.0 { share / most } else { 0.0 };
        share.is_finite().then(|| Cell { shade, text: (data.share)(share), framed: false })
    };
    let heat = Heat {
        row_title: words.recency,
        column_title: words.frequency,
        rows: data.recency.iter().map(String::as_str).collect(),
        columns: data.frequency.iter().map(String::as_str).collect(),
        cells: data.shares.iter().map(|row| row.iter().map(cell).collect()).collect(),
        aspect: 0.5,
        turn: false,
        frame_note: "",
        ends: ((data.share)(0.0), (data.share)(most)),
    };
    compose(frame, (WIDTH, heat.height()), |canvas| heat.draw(canvas))
}
