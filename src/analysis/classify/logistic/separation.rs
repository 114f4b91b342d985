//! Whether some sum of columns tells without error who churned.
//!
//! Albert, A. and J. A. Anderson (1984), "On the Existence of Maximum Likelihood Estimates in Logistic Regression
//! Models", Biometrika 71, 1–10: the likelihood has no maximum just where a direction d exists along which no row
//! gets worse: η rises with every churned row, or stays, and falls with every other, or stays.
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

/// Whether the columns separate those who churned from those who did not; `from` is where to begin the search.
pub(super) fn is_separable(task: &Task<'_>, from: &DVector<f64>, there: Option<Moments>) -> bool {
    // Close by the maximum is enough: what is left to it adds next to nothing to a step that counts.
    let Peak { beta, there, end, .. } = ascend(task, from, there, NEARLY_NONE, CLOSE);
    if end == End::Singular {
        return false;
    }
    let Some(Step { change, .. }) = Step::at(&there, &beta, EVEN_LESS) else { return false };
    let length = |vector: &DVector<f64>| vector.rows_range(1..).norm();
    if length(&change) <= HARDLY * length(&beta) {
        return false;
    }
    if gains(task, &beta).0 > 0.0 {
        return true;
    }
    let (worst, best) = gains(task, &change);
    best > 0.0 && worst >= -LEFT_ALONE * best
}

/// The least and the greatest of η for churned rows and −η for others.
fn gains(task: &Task<'_>, direction: &DVector<f64>) -> (f64, f64) {
    let (mut worst, mut best) = (f64::INFINITY, f64::NEG_INFINITY);
    let predictors = task.design.predictors(direction.as_slice(), task.sample.rows());
    for (eta, &churned) in predictors.iter().zip(task.sample.churned) {
        let gain = if churned { *eta } else { -eta };
        (worst, best) = (worst.min(gain), best.max(gain));
    }
    (worst, best)
}
