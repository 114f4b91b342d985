//! Charts: data in, one `<svg>` element out, ready to stand inside a page.
//!
//! Each kind has its own file with a `render` function. All words come from the caller, in the reader's language and
//! already formatted. Functions of the caller format the figures along axes. Every picture has a title and a
//! description for those who do not see it, takes the width of its place, and follows the page's text colour. The same
//! data gives the same bytes.

pub mod area_band;
pub mod bars;
pub mod combo;
pub mod funnel;
pub mod grouped_bars;
pub mod heat;
pub mod histogram;
pub mod line;
pub mod lorenz;
pub mod matrix;
pub mod multiples;
pub mod pyramid;
pub mod sankey;
pub mod scatter;
pub mod sparkline;
pub mod stacked_bars;
pub mod waterfall;

mod bands;
mod canvas;
mod cells;
mod head;
mod palette;
mod scale;
mod svg;
mod text;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub use bands::Lay;

use head::Swatch;
use palette::{BLUE, GREY, ORANGE, PARTS, STAGES};

/// How a figure is written: shares as per cent, money with its unit, in the reader's language.
pub type Format<'a> = &'a dyn Fn(f64) -> String;

/// A picture's name, and the id that the page uses for it.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Unique on the page; ids inside the picture start with it. Other characters than ASCII letters, digits, `-` and
    /// `_` are written as `-`.
    pub id: &'a str,
    /// What the picture shows, in a few words.
    pub title: &'a str,
    /// What the reader would see, in a sentence or two: it replaces the picture.
    pub description: &'a str,
}

/// A line that values are compared with.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// Where it lies, in the unit of the values; not finite if there is none.
    pub at: f64,
    /// What it is, with its figure.
    pub name: &'a str,
}

/// The bars of one colour: one value per name.
#[derive(Debug, Clone)]
pub struct Series {
    /// What they show.
    pub name: String,
    /// One value per name, all of one unit; not finite if unknown.
    pub values: Vec<f64>,
    /// Their colour.
    pub tone: Tone,
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// One of several of equal rank, or in an order: each has its own colour.
    #[default]
    Plain,
    /// The main series.
    Main,
    /// What the main series is compared with.
    Beside,
    /// What needs attention.
    Alert,
    /// Not final, or in the future: pale, with an edge.
    Ahead,
    /// A stage of an order of six: new, good, a little bad, bad, gone, not known; counted from 0.
    Stage(usize),
}

/// The colours of series, in their order.
fn fills(series: &[Series]) -> Vec<Swatch> {
    let mut plain = PARTS.into_iter().cycle();
    let mut fill = |series: &Series| match series.tone {
        Tone::Plain => Swatch::Fill(plain.next().unwrap_or(BLUE)),
        Tone::Main => Swatch::Fill(BLUE),
        Tone::Beside => Swatch::Fill(GREY),
        Tone::Alert => Swatch::Fill(ORANGE),
        Tone::Ahead => Swatch::Pale,
        Tone::Stage(stage) => Swatch::Fill(STAGES.get(stage).copied().unwrap_or(GREY)),
    };
    series.iter().map(&mut fill).collect()
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// No value that can be drawn: no values, or none that is finite.
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
    /// Values that must ascend do not.
    #[error("the {chart} chart needs its {what} in ascending order")]
    Order {
        /// Kind of chart.
        chart: &'static str,
        /// What is out of order.
        what: &'static str,
    },
    /// The drawing library failed.
    #[error("the picture could not be drawn: {0}")]
    Drawing(String),
}

/// What a mark shows on hover: names and figures, without those that are empty.
fn said(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// What a figure is and how much, for a mark that has several; empty if the figure is unknown.
fn named(name: &str, value: f64, number: Format<'_>) -> String {
    if value.is_finite() { format!("{name} {}", number(value)) } else { String::new() }
}

/// Refuses more items than a picture has room for.
fn at_most(chart: &'static str, what: &'static str, found: usize, limit: usize) -> Result<(), ChartError> {
    if found > limit { Err(ChartError::TooMany { chart, what, found, limit }) } else { Ok(()) }
}

/// Refuses parts of different lengths.
fn exactly(chart: &'static str, what: &'static str, found: usize, expected: usize) -> Result<(), ChartError> {
    if found == expected { Ok(()) } else { Err(ChartError::Shape { chart, what, found, expected }) }
}
