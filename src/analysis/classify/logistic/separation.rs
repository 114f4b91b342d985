//! Whether some sum of columns predicts churn without error.
//!
//! Albert, A. and J. A. Anderson (1984), "On the Existence of Maximum Likelihood Estimates in Logistic Regression
//! Models", Biometrika 71, 1–10. The likelihood has no maximum exactly if there is a direction d that makes no row
//! worse: η rises or stays for every churned row, and falls or stays for every other row.
//!
//! A few rows of a special kind can be predicted by chance, for example three customers with a missing feature who all
//! left. This means nothing, and a penalty handles it ([`Summary::is_beyond_chance`]).
//!
//! Such a direction shows when the penalty is almost removed. If it exists, the coefficients follow it without end, by
//! equal amounts for equal factors of the penalty; if not, they hardly move. The direction of the move is then checked
//! row by row: the answer is yes only if this direction is confirmed.

use nalgebra::DVector;

use super::newton::{End, Moments, Peak, Step, Task, ascend};
use super::summary::Summary;

/// Almost no penalty.
const NEARLY_NONE: f64 = 1e-4;

/// A hundredth of it: if coefficients run away, a Newton step to it moves the nearest rows by about 1.
const EVEN_LESS: f64 = 1e-6;

/// A gain in log-likelihood that is too small for a further step here.
const CLOSE: f64 = 1e-6;

/// A row counts as unchanged if the direction worsens it by less than this share of the best row's gain.
const LEFT_ALONE: f64 = 1e-3;

/// Coefficients that run away change by about a tenth of their size; others by less than this.
const HARDLY: f64 = 1e-3;

/// The rows that the columns together predict without error, with none predicted wrongly, if there is such a direction;
/// the search begins at `from`.
pub(super) fn separated(task: &Task<'_>, from: &DVector<f64>, there: Option<Moments>) -> Option<Summary> {
    // A point close to the maximum is enough: the rest adds almost nothing to a step that matters.
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

/// The rows that a direction predicts, if it worsens none by more than a share of the best row's gain: η rises for
/// churned rows and falls for others. If the share is 0, every row must gain.
fn told_along(task: &Task<'_>, direction: &DVector<f64>, left_alone: f64) -> Option<Summary> {
    let predictors = task.design.predictors(direction.as_slice(), task.sample.rows());
    let gains = || {
        predictors.iter().zip(task.sample.churned).map(|(eta, churned)| if *churned { *eta } else { -eta })
    };
    let (worst, best) = gains()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(worst, best), gain| (worst.min(gain), best.max(gain)));
    let fits = if left_alone > 0.0 { best > 0.0 && worst >= -left_alone * best } else { worst > 0.0 };
    let mut summary = Summary { stayed: 0, churned: 0 };
    for (_, churned) in gains().zip(task.sample.churned).filter(|(gain, _)| *gain > left_alone * best) {
        *(if *churned { &mut summary.churned } else { &mut summary.stayed }) += 1;
    }
    fits.then_some(summary)
}
