//! The likelihood of a logistic regression, and Newton's method on it.
//!
//! With p = 1 / (1 + e^−η), η = β₀ + Σ βⱼxⱼ, the penalised log-likelihood Σ w (y ln p + (1−y) ln(1−p)) − ½λ Σ βⱼ² is
//! concave: Newton steps that do not overshoot lead to its only maximum. The intercept β₀ is not penalised. The steps
//! are those of iteratively reweighted least squares.

use std::ops::Range;

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::CHUNK;
use super::design::{BLOCK, Design};
use crate::analysis::classify::{Sample, parts};
use crate::analysis::parallel;

/// A step with less expected gain in log-likelihood than this is not taken.
pub(super) const ENOUGH: f64 = 1e-14;

/// At most this many passes over the rows.
const MOST_PASSES: u32 = 100;

/// A column counts as a sum of the others if less than this share of its variance is its own.
const COLLINEAR: f64 = 1e-11;

/// Rows to fit on.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub sample: &'a Sample<'a>,
    pub design: &'a Design<'a>,
    /// The fold to leave out, and the number of folds.
    pub without: Option<(usize, usize)>,
}

/// The log-likelihood, its gradient and minus its second derivatives (the lower half, row after row).
#[derive(Clone)]
pub(super) struct Moments {
    /// The value; the penalty is not included, nor in the derivatives.
    pub value: f64,
    gradient: Vec<f64>,
    information: Vec<f64>,
}

impl Task<'_> {
    fn weight(&self, row: usize) -> f64 {
        match self.without {
            Some((fold, folds)) if row % folds == fold => 0.0,
            _ => self.sample.weight(row),
        }
    }

    pub fn moments(&self, beta: &[f64]) -> Moments {
        let parts = parts(self.sample.rows(), CHUNK);
        let mut done = parallel::map(&parts, |part| self.moments_of(part, beta)).into_iter();
        let mut total = done.next().unwrap_or_else(|| Moments::zero(beta.len()));
        for part in done {
            total.value += part.value;
            add(&mut total.gradient, &part.gradient);
            add(&mut total.information, &part.information);
        }
        total
    }

    fn moments_of(&self, part: &Range<usize>, beta: &[f64]) -> Moments {
        let mut sums = Moments::zero(beta.len());
        let mut block = vec![[0.0; BLOCK]; self.design.width()];
        let mut weighted = [0.0; BLOCK];
        let mut eta = [0.0; BLOCK];
        for start in part.clone().step_by(BLOCK) {
            let rows = start..part.end.min(start + BLOCK);
            self.design.block(&rows, &mut block);
            Design::predictors_of_block(beta, &block, &mut eta);
            let (mut residuals, mut spread) = ([0.0; BLOCK], [0.0; BLOCK]);
            for (at, row) in rows.enumerate() {
                let (weight, churned) = (self.weight(row), self.sample.churned[row]);
                let term = Bernoulli::at(eta[at], churned);
                sums.value += weight * term.log_likelihood;
                residuals[at] = weight * term.residual;
                spread[at] = weight * term.variance;
            }
            sums.gradient[0] += residuals.iter().sum::<f64>();
            sums.information[0] += spread.iter().sum::<f64>();
            let mut at = 1;
            for (j, column) in block.iter().enumerate() {
                sums.gradient[j + 1] += dot(&residuals, column);
                for ((to, weight), x) in weighted.iter_mut().zip(&spread).zip(column) {
                    *to = weight * x;
                }
                sums.information[at] += weighted.iter().sum::<f64>();
                at += 1;
                for other in &block[..=j] {
                    sums.information[at] += dot(&weighted, other);
                    at += 1;
                }
            }
        }
        sums
    }
}

impl Moments {
    fn zero(size: usize) -> Self {
        Self { value: 0.0, gradient: vec![0.0; size], information: vec![0.0; size * (size + 1) / 2] }
    }
}

fn add(total: &mut [f64], part: &[f64]) {
    for (total, part) in total.iter_mut().zip(part) {
        *total += part;
    }
}

/// A scalar product in lanes, so the compiler can use wide registers; the order of sums is fixed.
fn dot(left: &[f64; BLOCK], right: &[f64; BLOCK]) -> f64 {
    let mut lanes = [0.0; 8];
    for (left, right) in left.chunks_exact(8).zip(right.chunks_exact(8)) {
        for (lane, (x, y)) in lanes.iter_mut().zip(left.iter().zip(right)) {
            *lane += x * y;
        }
    }
    lanes.iter().sum()
}

/// One row's part at η.
pub(super) struct Bernoulli {
    /// ln p of the actual outcome.
    pub log_likelihood: f64,
    /// y − p.
    residual: f64,
    /// p (1 − p).
    variance: f64,
}

impl Bernoulli {
    /// No cancellation, however far η is from 0.
    pub fn at(eta: f64, churned: bool) -> Self {
        let e = libm::exp(-eta.abs());
        let larger = 1.0 / (1.0 + e);
        // The probability of the other outcome.
        let expected = (eta >= 0.0) == churned;
        let miss = if expected { e * larger } else { larger };
        let softplus = libm::log1p(e) + if expected { 0.0 } else { eta.abs() };
        Self {
            log_likelihood: -softplus,
            residual: if churned { miss } else { -miss },
            variance: e * larger * larger,
        }
    }
}

/// Where Newton's method ended.
pub(super) struct Peak {
    pub beta: DVector<f64>,
    pub there: Moments,
    /// The inverse of minus the second derivatives of the penalised log-likelihood, if it exists.
    pub covariance: Option<DMatrix<f64>>,
    pub end: End,
    pub passes: u32,
}

/// How Newton's method ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Maximum,
    /// The second derivatives have no inverse.
    Singular,
    Stalled,
}

/// Climbs to the maximum of the penalised log-likelihood, until the expected gain of a step is below `enough`.
pub(super) fn ascend(
    task: &Task<'_>,
    start: &DVector<f64>,
    from: Option<Moments>,
    penalty: f64,
    enough: f64,
) -> Peak {
    let mut passes = u32::from(from.is_none());
    let mut beta = start.clone();
    let mut there = from.unwrap_or_else(|| task.moments(beta.as_slice()));
    loop {
        let height = penalised(&there, &beta, penalty);
        let Some(Step { factor, change, gain }) = Step::at(&there, &beta, penalty) else {
            return Peak { beta, there, covariance: None, end: End::Singular, passes };
        };
        if gain < enough {
            let covariance = Some(factor.inverse());
            return Peak { beta, there, covariance, end: End::Maximum, passes };
        }
        let mut length = 1.0;
        loop {
            if passes >= MOST_PASSES || length < 1e-9 {
                return Peak { beta, there, covariance: None, end: End::Stalled, passes };
            }
            let next = &beta + &change * length;
            let found = task.moments(next.as_slice());
            passes += 1;
            // Near the maximum, a gain can be smaller than rounding.
            if penalised(&found, &next, penalty) >= height - 1e-12 * (1.0 + height.abs()) {
                (beta, there) = (next, found);
                break;
            }
            length *= 0.5;
        }
    }
}

/// A Newton step.
pub(super) struct Step {
    factor: Cholesky<f64, Dyn>,
    pub change: DVector<f64>,
    /// Its expected gain: half its squared length in standard errors.
    gain: f64,
}

impl Step {
    /// The step from here; `None` if the second derivatives have no inverse.
    pub fn at(there: &Moments, beta: &DVector<f64>, penalty: f64) -> Option<Self> {
        let size = beta.len();
        let ridge = |j: usize| if j == 0 { 0.0 } else { penalty };
        let gradient = DVector::from_fn(size, |j, _| there.gradient[j] - ridge(j) * beta[j]);
        let information = DMatrix::from_fn(size, size, |i, j| {
            let (low, high) = (i.min(j), i.max(j));
            let entry = there.information[high * (high + 1) / 2 + low];
            if i == j { entry + ridge(j) } else { entry }
        });
        let diagonal = information.diagonal();
        let factor = information.cholesky()?;
        let own = |j: usize| factor.l_dirty()[(j, j)].powi(2) / diagonal[j];
        if !(0..size).all(|j| own(j) > COLLINEAR) {
            return None;
        }
        let change = factor.solve(&gradient);
        let gain = 0.5 * change.dot(&gradient);
        gain.is_finite().then_some(Self { factor, change, gain })
    }
}

fn penalised(there: &Moments, beta: &DVector<f64>, penalty: f64) -> f64 {
    let squares: f64 = beta.iter().skip(1).map(|b| b * b).sum();
    there.value - 0.5 * penalty * squares
}
