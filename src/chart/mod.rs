//! Charts: data in, one `<svg>` element out, ready to stand inside a page.
//!
//! Each kind has a file of its own with a `render` function. All words come from the caller, in the reader's language
//! and already formatted; figures along axes are formatted by functions that the caller passes. Every picture carries a
//! title and a description for those who do not see it, takes the width of its place, follows the page's text colour,
//! and is the same to the byte for the same data.

pub mod bridge;
pub mod churn;
pub mod cohorts;
pub mod cumulative;
pub mod deciles;
pub mod forecast;
pub mod gains;
pub mod lorenz;
pub mod migration;
pub mod monthly;
pub mod rf_heat;
pub mod segments;
pub mod sparkline;
pub mod trend;

mod canvas;
mod heat;
mod palette;
mod scale;
mod svg;
mod text;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

/// How a figure is written: shares as per cent, money with its unit, in the reader's language.
pub type Format<'a> = &'a dyn Fn(f64) -> String;

/// What a picture is called, and by what a page refers to it.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Unique on the page; ids inside the picture start with it. Other characters than ASCII letters, digits, `-` and
    /// `_` are written as `-`.
    pub id: &'a str,
    /// What the picture shows, in a few words.
    pub title: &'a str,
    /// What is to be seen, in a sentence or two: it stands in for the picture.
    pub description: &'a str,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// No value that could be drawn: none at all, or none that is finite.
    #[error("the {0} chart has nothing to draw")]
    Empty(&'static str),
    /// More of something than the picture has room for.
    #[error("the {chart} chart has room for {limit} {what}, not for {found}")]
    TooMany {
        /// Kind of chart.
        chart: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many fit.
        limit: usize,
    },
    /// Parts of the data that belong together differ in length.
    #[error("the {chart} chart needs {expected} {what}, not {found}")]
    Shape {
        /// Kind of chart.
        chart: &'static str,
        /// What is missing or left over.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// The drawing library refused.
    #[error("the picture could not be drawn: {0}")]
    Drawing(String),
}

/// Refuses more of something than a picture has room for.
fn at_most(chart: &'static str, what: &'static str, found: usize, limit: usize) -> Result<(), ChartError> {
    if found > limit { Err(ChartError::TooMany { chart, what, found, limit }) } else { Ok(()) }
}

/// Refuses parts whose lengths do not match.
fn exactly(chart: &'static str, what: &'static str, found: usize, expected: usize) -> Result<(), ChartError> {
    if found == expected { Ok(()) } else { Err(ChartError::Shape { chart, what, found, expected }) }
}
