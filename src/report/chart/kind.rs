//! What a kind of chart is.

use super::super::context::Stop;
use super::input::{Drawn, Input};
use super::settings::Setting;

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
