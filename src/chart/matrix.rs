//! A matrix of moves: how many went from where to where, such as customers from segment to segment.

use super::canvas::{WIDTH, compose};
use super::cells::{Cell, Heat};
use super::scale::extent;
use super::{ChartError, Format, Frame, at_most, exactly};

const NAME: &str = "matrix";
/// Most names that fit on a side.
pub const MOST: usize = 16;

/// What to draw.
pub struct Data<'a> {
    /// Names of where they were, from the top; 16 at most.
    pub from: &'a [String],
    /// Names of where they are, from the left; 16 at most. The cell where both names are the same is framed: they stayed.
    pub to: &'a [String],
    /// How many, by origin, then destination; not finite if unknown.
    pub counts: &'a [Vec<f64>],
    /// Writes a number; short, since cells are small.
    pub number: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the rows.
    pub from: &'a str,
    /// Over the columns.
    pub to: &'a str,
    /// What a frame means: they stayed where they were.
    pub stayed: &'a str,
}

/// Draws the matrix. Shades follow the square root of the count, as many more stay than move; cells without a move stay
/// empty.
///
/// # Errors
/// [`ChartError::Empty`] without a finite count, [`ChartError::Shape`] where counts and names differ in number,
/// [`ChartError::TooMany`] above 16 names on a side.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "names", data.from.len().max(data.to.len()), MOST)?;
    exactly(NAME, "rows", data.counts.len(), data.from.len())?;
    for row in data.counts {
        exactly(NAME, "columns", row.len(), data.to.len())?;
    }
    let (_, most) = extent(data.counts.iter().flatten().copied()).ok_or(ChartError::Empty(NAME))?;
    let cell = |from: &String, to: &String, count: f64| {
        let stayed = from == to;
        let shade = if most > 0.0 { (count / most).max(0.0).sqrt() } else { 0.0 };
        let text = if count == 0.0 { String::new() } else { (data.number)(count) };
        (count.is_finite() && (count != 0.0 || stayed)).then_some(Cell { shade, text, framed: stayed })
    };
    let rows = data.from.iter().zip(data.counts);
    let cells =
        rows.map(|(from, row)| data.to.iter().zip(row).map(|(to, &count)| cell(from, to, count)).collect());
    let heat = Heat {
        row_title: words.from,
        column_title: words.to,
        rows: data.from.iter().map(String::as_str).collect(),
        columns: data.to.iter().map(String::as_str).collect(),
        cells: cells.collect(),
        frame_note: words.stayed,
        ends: [(0.0, (data.number)(0.0)), (1.0, (data.number)(most))],
    };
    compose(frame, (WIDTH, heat.height()), |canvas| heat.draw(canvas))
}
