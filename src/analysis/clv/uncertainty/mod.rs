//! How certain forecasts are.
//!
//! A forecast may be wrong for three reasons. The parameters are estimates, and other customers would have given others
//! ([`Spread::by_parameters`]). Customers act at random, even with known rates ([`Spread::by_chance`]). And the model
//! may be wrong: its own figures cannot show this, only the past ([`tested_interval`], and [`trial`] for how often
//! intervals held).
//!
//! [`totals`] has the sums over all customers, [`periods`] those of each future month, [`customers`] each customer,
//! [`interval`] the range for a figure from a mean and a standard deviation, and [`trial`] the comparison with actual
//! values.

pub mod customers;
mod delta;
pub mod interval;
mod no_spread;
mod nodes;
pub mod periods;
mod spend;
#[cfg(test)]
mod tests;
pub mod totals;
pub mod trial;

pub use customers::{CustomerInterval, customer_intervals};
pub use interval::{Interval, Past, Spread, tested_interval};
pub use no_spread::NoSpread;
pub use periods::{PeriodTotals, period_totals};
pub use spend::Spend;
pub use totals::{Asked, HorizonTotals, Totals};
pub use trial::{Certainty, Tenth};

/// The default share of cases that an interval should hold.
pub const LEVEL: f64 = 0.8;
