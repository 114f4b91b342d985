//! Why a total has no deviation.

use std::fmt;

/// Why a total has no deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSpread {
    /// The fit gave no model.
    NoModel,
    /// There is no spend model.
    NoSpendModel,
    /// Spend differs so much between customers that it has no mean.
    NoMean,
    /// Spend differs so much between customers that it has no variance (q ≤ 2, or px + q ≤ 2).
    NoVariance,
    /// There are no such customers.
    NoCustomers,
    /// The parameters are so uncertain that a step along them leaves the range of numbers.
    OutOfRange,
}

impl NoSpread {
    /// A stable word, used to find its translation.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoModel => "no_model",
            Self::NoSpendModel => "no_spend_model",
            Self::NoMean => "no_mean",
            Self::NoVariance => "no_variance",
            Self::NoCustomers => "no_customers",
            Self::OutOfRange => "out_of_range",
        }
    }
}

impl fmt::Display for NoSpread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoModel => "no model of purchases could be fitted",
            Self::NoSpendModel => "no model of spend could be fitted",
            Self::NoMean => "spend differs so much between customers that it has no mean",
            Self::NoVariance => "spend differs so much between customers that it has no variance",
            Self::NoCustomers => "there are no customers",
            Self::OutOfRange => "the parameters are too unsure for a forecast from their neighbours",
        })
    }
}

impl std::error::Error for NoSpread {}
