//! Retention: of the customers who first bought in a month, the share who bought again so many months later.

use super::canvas::{WIDTH, compose};
use super::heat::{self, Heat};
use super::scale::extent;
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "cohort";
const MOST: usize = 36;

/// A cohort at an age.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Share of the cohort's customers, 1 = 100 %.
    pub retention: f64,
    /// Whether the month is over, so that the share is final.
    pub complete: bool,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// The month in which its customers first bought.
    pub label: String,
    /// By age, in the order of [`Data::ages`]; nothing where the age is not reached. May be shorter than the ages.
    pub cells: Vec<Option<Cell>>,
}

/// What to draw.
pub struct Data<'a> {
    /// The cohorts, from the top.
    pub cohorts: &'a [Cohort],
    /// Names of the ages, from the left.
    pub ages: &'a [String],
    /// Writes a share; short, since cells are small.
    pub share: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the rows.
    pub cohort: &'a str,
    /// Over the columns.
    pub age: &'a str,
    /// What a frame means: the month is not over.
    pub incomplete: &'a str,
}

/// Draws the triangle. Retention of 100 % (the first month, by definition) does not set the shades; the largest share
/// below it does.
///
/// # Errors
/// [`ChartError::Empty`] without a finite share, [`ChartError::TooMany`] above 36 cohorts or ages.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "cohorts", data.cohorts.len(), MOST)?;
    at_most(NAME, "ages", data.ages.len(), MOST)?;
    let all = || data.cohorts.iter().flat_map(|cohort| cohort.cells.iter().take(data.ages.len()).flatten());
    let shares = || all().map(|cell| cell.retention);
    let (_, most) = extent(shares()).ok_or(ChartError::Empty(NAME))?;
    let darkest = extent(shares().filter(|&share| share < 1.0)).map_or(most, |(_, high)| high);
    let cell = |cell: &Option<Cell>| {
        cell.filter(|cell| cell.retention.is_finite()).map(|cell| heat::Cell {
            shade: if darkest > 0.0 { cell.retention / darkest } else { 0.0 },
            text: (data.share)(cell.retention),
            framed: !cell.complete,
        })
    };
    let row = |cohort: &Cohort| cohort.cells.iter().take(data.ages.len()).map(cell).collect();
    let heat = Heat {
        row_title: words.cohort,
        column_title: words.age,
        rows: data.cohorts.iter().map(|cohort| cohort.label.as_str()).collect(),
        columns: data.ages.iter().map(String::as_str).collect(),
        cells: data.cohorts.iter().map(row).collect(),
        aspect: 0.7,
        turn: false,
        frame_note: words.incomplete,
        ends: ((data.share)(0.0), (data.share)(darkest)),
    };
    compose(frame, (WIDTH, heat.height()), |canvas| heat.draw(canvas))
}
