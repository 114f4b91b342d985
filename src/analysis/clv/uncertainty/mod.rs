//! How sure forecasts are.
//!
//! A forecast may be off for three reasons. The parameters are estimates, and other customers would have given others
//! ([`Spread::by_parameters`]). Customers do by chance what they do, however well their rates were known
//! ([`Spread::by_chance`]). And the model may be wrong, which no figure of its own can tell: only the past does
//! ([`tested_interval`], and [`trial`] for how often intervals held).
//!
//! [`totals`] has the sums over all customers, [`periods`] those of each month ahead, [`customers`] each of them, [`interval`]
//! what a mean and a standard deviation say about where a figure will lie, and [`trial`] how that compares with what came.

pub mod customers;
mod delta;
pub mod interval;
mod nodes;
pub mod periods;
mod spend;
#[cfg(test)]
mod tests;
pub mod totals;
pub mod trial;

pub use customers::{CustomerInterval, customer_intervals};
pub use interval::{Interval, Past, Spread, tested_interval};
pub use periods::{PeriodTotals, period_totals};
pub use spend::Spend;
pub use totals::{Asked, HorizonTotals, NoSpread, Totals};
pub use trial::{Certainty, Tenth};

/// The share of cases that an interval is to hold, where nobody says otherwise.
pub const LEVEL: f64 = 0.8;
