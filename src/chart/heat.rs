//! A heat map: one value per row and column, as a shade and a figure. Retention by cohort and age; recency by frequency.

use super::canvas::{WIDTH, compose};
use super::cells::{self, Heat};
use super::scale::extent;
use super::{ChartError, Format, Frame, at_most, exactly};

const NAME: &str = "heat";
/// Rows that fit, and columns.
pub const MOST: usize = 37;

/// A cell.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Its value; not finite if unknown, then the cell is empty.
    pub value: f64,
    /// Whether it is framed, such as for a month that is not over.
    pub framed: bool,
}

/// What to draw.
pub struct Data<'a> {
    /// Names of the rows, from the top; 37 at most.
    pub rows: &'a [String],
    /// Names of the columns, from the left; 37 at most.
    pub columns: &'a [String],
    /// By row, then column; none where there is no cell. A row may be shorter than the columns.
    pub cells: &'a [Vec<Option<Cell>>],
    /// The value with the darkest shade; greater values get the same. None: the largest, in either direction.
    pub darkest: Option<f64>,
    /// Writes a value; short, since cells are small.
    pub number: Format<'a>,
    /// Writes the value of the darkest shade where greater values have it too.
    pub and_more: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the rows' names.
    pub row: &'a str,
    /// Over the columns' names.
    pub column: &'a str,
    /// What a frame means.
    pub framed: &'a str,
}

/// Draws the map: blue for values above zero, orange for those below.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 37 rows or columns,
/// [`ChartError::Shape`] where cells and names differ in number.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "rows", data.rows.len(), MOST)?;
    at_most(NAME, "columns", data.columns.len(), MOST)?;
    exactly(NAME, "rows", data.cells.len(), data.rows.len())?;
    for row in data.cells.iter().filter(|row| row.len() > data.columns.len()) {
        exactly(NAME, "columns", row.len(), data.columns.len())?;
    }
    let values = || data.cells.iter().flatten().flatten().map(|cell| cell.value);
    let (low, high) = extent(values()).ok_or(ChartError::Empty(NAME))?;
    let given = data.darkest.filter(|darkest| darkest.is_finite() && *darkest > 0.0);
    let darkest = given.unwrap_or(high.abs().max(low.abs()));
    let shade = |value: f64| if darkest > 0.0 { (value / darkest).clamp(-1.0, 1.0) } else { 0.0 };
    let cell = |cell: &Option<Cell>| {
        cell.filter(|cell| cell.value.is_finite()).map(|cell| cells::Cell {
            shade: shade(cell.value),
            text: (data.number)(cell.value),
            framed: cell.framed,
        })
    };
    let most = given.unwrap_or(high);
    let heat = Heat {
        row_title: words.row,
        column_title: words.column,
        rows: data.rows.iter().map(String::as_str).collect(),
        columns: data.columns.iter().map(String::as_str).collect(),
        cells: data.cells.iter().map(|row| row.iter().map(cell).collect()).collect(),
        frame_note: words.framed,
        ends: [low.min(0.0), most.max(0.0)].map(|value| {
            // Values beyond the darkest shade have it too.
            let text = if value < high && value > 0.0 { data.and_more } else { data.number };
            (shade(value), text(value))
        }),
    };
    compose(frame, (WIDTH, heat.height()), |canvas| heat.draw(canvas))
}
