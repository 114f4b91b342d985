//! Survival curves: how many are still there after which time, if not everyone has been observed to the end.
//!
//! An observation is a time to an event (a purchase, a cancellation), or a time without an event until then: it is
//! censored there. [`KaplanMeier`] estimates the curve, [`log_rank()`] tests whether groups share one.
//!
//! Notation: at the distinct times tᵢ with an event, there are dᵢ events among the nᵢ at risk. At risk are all observed
//! up to tᵢ or longer: those censored at tᵢ still count.

mod kaplan_meier;
mod log_rank;

use std::fmt;

pub use kaplan_meier::{KaplanMeier, Mean, Quantile, Step};
pub use log_rank::{Group, LogRank, log_rank};

/// A time to an event or to the end of observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// The time, 0 or more, in any unit.
    pub time: f64,
    /// Whether the event happened then; otherwise it had not happened until then.
    pub event: bool,
    /// How many customers share this observation.
    pub weight: f64,
}

/// Why there is no curve or no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SurvivalError {
    /// There are no observations.
    Empty,
    /// The observation at this position (over all groups) has an impossible time or weight.
    BadObservation(usize),
    /// No event happened while more than one group was at risk: there is nothing to compare.
    NothingToCompare,
}

impl fmt::Display for SurvivalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no observations"),
            Self::BadObservation(row) => {
                write!(f, "observation {row} has an impossible time or weight (negative, not a number)")
            }
            Self::NothingToCompare => f.write_str(
                "no event came while more than one group was at risk: there is nothing to compare",
            ),
        }
    }
}

impl std::error::Error for SurvivalError {}

/// The position of the first impossible observation.
fn first_bad<'a>(mut observations: impl Iterator<Item = &'a Observation>) -> Option<usize> {
    observations.position(|of| {
        let time = of.time >= 0.0 && of.time.is_finite();
        !(time && of.weight > 0.0 && of.weight.is_finite())
    })
}
