//! Migration: how many customers went from which segment to which.

use super::canvas::{WIDTH, compose};
use super::heat::{Cell, Heat};
use super::scale::extent;
use super::{ChartError, Format, Frame, at_most, exactly};

const NAME: &str = "migration";
const MOST: usize = 12;

/// What to draw.
pub struct Data<'a> {
    /// Names of where customers were, from the top.
    pub from: &'a [String],
    /// Names of where they are, from the left. The cell where both names are the same is framed: they stayed.
    pub to: &'a [String],
    /// Customers by origin, then destination.
    pub customers: &'a [Vec<f64>],
    /// Writes a number of customers.
    pub count: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the rows.
    pub from: &'a str,
    /// Over the columns.
    pub to: &'a str,
    /// What a frame means: they stayed where they were.
    pub stayed: &'a str,
}

/// Draws the matrix. Shades go by the square root of the count, since those who stay outnumber those who move; cells
/// without customers stay empty.
///
/// # Errors
/// [`ChartError::Empty`] without a finite count, [`ChartError::Shape`] where counts and names differ in number,
/// [`ChartError::TooMany`] above twelve names on a side.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "segments", data.from.len().max(data.to.len()), MOST)?;
    exactly(NAME, "rows", data.customers.len(), data.from.len())?;
    for row in data.customers {
        exactly(NAME, "columns", row.len(), data.to.len())?;
    }
    let (_, most) = extent(data.customers.iter().flatten().copied()).ok_or(ChartError::Empty(NAME))?;
    let cell = |from: &String, to: &String, count: f64| {
        let stayed = from == to;
        let shade = if most > 0.0 { (count / most).max(0.0).sqrt() } else { 0.0 };
        let text = if count == 0.0 { String::new() } else { (data.count)(count) };
        (count.is_finite() && (count != 0.0 || stayed)).then_some(Cell { shade, text, framed: stayed })
    };
    let rows = data.from.iter().zip(data.customers);
    let cells =
        rows.map(|(from, row)| data.to.iter().zip(row).map(|(to, &count)| cell(from, to, count)).collect());
    let heat = Heat {
        row_title: words.from,
        column_title: words.to,
        rows: data.from.iter().map(String::as_str).collect(),
        columns: data.to.iter().map(String::as_str).collect(),
        cells: cells.collect(),
        aspect: 0.62,
        turn: true,
        frame_note: words.stayed,
        ends: ((data.count)(0.0), (data.count)(most)),
    };
    compose(frame, (WIDTH, heat.height()), |canvas| heat.draw(canvas))
}
