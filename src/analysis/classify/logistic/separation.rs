//! Whether some sum of columns tells without error who churned.
//!
//! Albert, A. and J. A. Anderson (1984), "On the Existence of Maximum Likelihood Estimates in Logistic Regression
//! Models", Biometrika 71, 1–10: the likelihood has no maximum just where a direction d exists along which no row
//! gets worse: η rises with every churned row, or stays, and falls with every other, or stays.
//!
//! A few rows of a kind of their own are told so by chance: three customers with a feature missing, all of whom left. That
//! is no sign of anything, and a penalty deals with it ([`Summary::is_beyond_chance`]).
//!
//! Such a direction shows when the penalty is nearly taken away. Where it exists, the coefficients follow it without
//! end, by as much for each further factor of the penalty; where it does not, they hardly move. The direction of the
//! move is then checked row by row, so that the answer is yes only with a direction in hand.

use nalgebra::DVector;

use super::newton::{End, Moments, Peak, Step, Task, ascend};

/// Nearly no penalty.
const NEARLY_NONE: f64 = 1e-4;

/// A hundredth of it: where coefficients run, a Newton step to it moves the nearest rows by about 1.
const EVEN_LESS: f64 = 1e-6;

/// A gain in log-likelihood that is not worth a further step here.
const CLOSE: f64 = 1e-6;

/// A row that the direction makes worse by less than this share of what the best row gains counts as left alone.
const LEFT_ALONE: f64 = 1e-3;

/// Coefficients that run move by a tenth or so of themselves; others, by less than this.
const HARDLY: f64 = 1e-3;

/// Chance tells rows as often as this where nothing is amiss.
const BY_CHANCE: f64 = 1e-3;

/// Rows that are told without error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    /// Of those who stayed.
    pub stayed: usize,
    /// Of those who churned.
    pub churned: usize,
}

impl Summary {
    /// Whether chance would seldom tell so many, where this share of all rows churned: that so many that were told apart by one
    /// of `columns` all are of the kind that they are.
    pub fn is_beyond_chance(self, share: f64, columns: usize) -> bool {
        let chance = self.churned as f64 * libm::log(share) + self.stayed as f64 * libm::log1p(-share);
        chance + libm::log(columns as f64) < libm::log(BY_CHANCE)
    }

    /// The same of a direction that was sought among sums of columns, which can be laid so that it tells as many rows as
    /// there are columns.
    pub fn is_beyond_search(self, share: f64, columns: usize) -> bool {
        let sought = (self.stayed + self.churned).saturating_sub(columns + 1);
        sought as f64 * libm::log(share.max(1.0 - share)) < libm::log(BY_CHANCE)
    }
}

/// The rows that the columns together tell without error, no row being told wrongly, if there is a direction that does so;
/// `from` is where to begin the search.
pub(super) fn told(task: &Task<'_>, from: &DVector<f64>, there: Option<Moments>) -> Option<Summary> {
    // Close by the maximum is enough: what is left to it adds next to nothing to a step that counts.
    let Peak { beta, there, end, .. } = ascend(task, from, there, NEARLY_NONE, CLOSE);
    if end == End::Singular {
        return None;
    }
    let Step { change, .. } = Step::at(&there, &beta, EVEN_LESS)?;
    let length = |vector: &DVector<f64>| vector.rows_range(1..).norm();
    if length(&change) <= HARDLY * length(&beta) {
        return None;
    }
    told_along(task, &beta, 0.0).or_else(|| told_along(task, &change, LEFT_ALONE))
}

/// The rows that a direction tells, if it makes none worse by more than a share of what the best row gains: η rises for churned
/// rows and falls for others. Without such a share every row must gain.
fn told_along(task: &Task<'_>, direction: &DVector<f64>, left_alone: f64) -> Option<Summary> {
    let predictors = task.design.predictors(direction.as_slice(), task.sample.rows());
    let gains = || {
        predictors.iter().zip(task.sample.churned).map(|(eta, churned)| if *churned { *eta } else { -eta })
    };
    let (worst, best) = gains()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(worst, best), gain| (worst.min(gain), best.max(gain)));
    let fits = if left_alone > 0.0 { best > 0.0 && worst >= -left_alone * best } else { worst > 0.0 };
    let mut told = Summary { stayed: 0, churned: 0 };
    for (_, churned) in gains().zip(task.sample.churned).filter(|(gain, _)| *gain > left_alone * best) {
        *(if *churned { &mut told.churned } else { &mut told.stayed }) += 1;
    }
    fits.then_some(told)
}
