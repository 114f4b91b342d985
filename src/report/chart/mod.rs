//! The kinds of charts that a section can ask for, in one list: what each is for, what it asks for, how it is drawn.
//!
//! [`crate::chart`] draws: it knows shapes and no tables. Here the columns of a table become such shapes. A kind is a
//! [`Chart`], with its name in [`CHARTS`]; the messages of `check`, and the tables of settings in the manual, are made of
//! that.

mod bars;
mod curves;
mod input;
mod lines;
mod maps;
pub mod numbers;
mod pivot;
mod settings;
mod spread;
mod steps;

pub use bars::BRACKET;
pub use input::{Drawn, Input};
pub use numbers::{figures, series};
pub use settings::{FIGURES, Setting, Settings, Takes, listed, reference};

use super::context::Stop;

/// A kind of chart.
#[derive(Debug)]
pub struct Chart {
    /// Its name in a section: `bars`.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub purpose: &'static str,
    /// What it asks for.
    pub settings: &'static [Setting],
    /// Draws it.
    pub draw: fn(&Input<'_, '_>) -> Result<Drawn, Stop>,
}

/// All kinds, in the order of the manual.
pub static CHARTS: [&Chart; 17] = [
    &numbers::NUMBERS,
    &bars::BARS,
    &bars::GROUPED,
    &bars::STACKED,
    &lines::LINE,
    &lines::AREA_BAND,
    &lines::COMBO,
    &lines::MULTIPLES,
    &maps::HEAT,
    &maps::MATRIX,
    &maps::SANKEY,
    &spread::HISTOGRAM,
    &curves::LORENZ,
    &spread::SCATTER,
    &steps::WATERFALL,
    &steps::FUNNEL,
    &steps::PYRAMID,
];

/// The kind of a name.
pub fn of(name: &str) -> Option<&'static Chart> {
    CHARTS.into_iter().find(|chart| chart.name == name)
}
