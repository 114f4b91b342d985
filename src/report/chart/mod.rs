//! The kinds of charts that a section can ask for, in one list: what each is for, what it asks for, how it is drawn.
//!
//! [`crate::chart`] draws: it knows shapes and no tables. Here the columns of a table become such shapes. A kind is a
//! [`Chart`] in a file of its own, with its name in [`CHARTS`]; the messages of `check`, and the tables of settings in
//! `docs/charts.md`, are made of that.

mod input;
mod line;
mod lorenz;
pub mod numbers;
mod settings;

pub use input::{Drawn, Input};
pub use numbers::figures;
pub use settings::{FIGURES, Setting, Settings, Takes, listed};

use super::desk::Stop;

/// A kind of chart.
#[derive(Debug)]
pub struct Chart {
    /// Its name in a section: `bars`.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub purpose: &'static str,
    /// What it asks for.
    pub settings: &'static [Setting],
    /// Which rows it shows of a table that has more than it has room for.
    pub room: Room,
    /// Draws it.
    pub draw: fn(&Input<'_, '_>) -> Result<Drawn, Stop>,
}

/// Which rows a chart shows of a table that has more.
#[derive(Debug, Clone, Copy)]
pub enum Room {
    /// The first so many: the best, in the order of the table.
    First(usize),
    /// The last so many: the newest.
    Last(usize),
}

/// All kinds, in the order of the manual.
pub static CHARTS: [&Chart; 3] = [&numbers::NUMBERS, &line::LINE, &lorenz::LORENZ];

/// The kind of a name.
pub fn of(name: &str) -> Option<&'static Chart> {
    CHARTS.into_iter().find(|chart| chart.name == name)
}
