//! BG/CNBD-k and MBG/CNBD-k: when customers buy again, and whether they are still there, if purchases may be more
//! regular than at random.
//!
//! Batislam, E. P., M. Denizel and A. Filiztekin (2007), "Empirical Validation and Comparison of Models for Customer
//! Base Analysis", International Journal of Research in Marketing 24, 201–209, and Hoppe, D. and U. Wagner (2007),
//! "Customer Base Analysis: The Case for a Central Variant of the Betageometric/NBD Model", Marketing JRM 3, 75–90:
//! MBG/NBD. Reutterer, T., M. Platzer and N. Schröder (2021), "Leveraging Purchase Regularity for Predicting Customer
//! Behavior the Easy Way", International Journal of Research in Marketing 38, 194–215: both with Erlang-k waits.
//! Regularity helps them as in Platzer, M. and T. Reutterer (2016), "Ticking Away the Moments: Timing Regularity Helps
//! to Better Predict Customer Activity", Marketing Science 35, 779–799.
//!
//! A live customer waits for the next purchase through k stages, each passed at random with rate λ. So waits are
//! Erlang-k with mean k/λ, and more regular for larger k. The customer drops out with probability p: after each repeat
//! purchase (BG), or after each purchase, the first included (MBG). Over customers λ ~ gamma(r, α) and p ~ beta(a, b),
//! independently. For each customer the model uses x repeat purchases, the last at tₓ after the first purchase, and the
//! length T of the observation since then.
//!
//! With k = 1 purchases come at random, and the models are BG/NBD ([`super::bg_nbd`]) and MBG/NBD. Log-likelihoods are
//! those of the purchase times: they can be compared between different k, and with models of random purchases.
//!
//! Expected purchases are exact for every k, while Reutterer et al. scale those of BG/NBD. The silence since tₓ matters
//! through the stage that a live customer has reached: it gives the probabilities of the stages
//! ([`Repurchase::stage_weights`]). Within a stage λ is gamma-distributed, the future stages are negative binomial, and
//! every k-th of them is a purchase.

mod counts;
mod expectation;
mod likelihood;
mod mixing;
pub(super) mod residual;
mod silence;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use nalgebra::{Matrix2, SVector, Vector2};

use likelihood::Member;

use super::cell::{Cell, Cells};
use super::fit::{
    Ending, Estimate, Failure, Fit, Found, Meaning, Unscale, meaning_of_dropout, meaning_of_rates, search,
};
use super::layout::CellLayout;
use super::pace::Pace;
use super::parameters::{ParameterError, checked};
use super::terms::{A, ALPHA, B, R};
use super::{Repurchase, predictive};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnRising, Sum, ln_gamma, ln_rising, softplus};

/// When customers may drop out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropout {
    /// With each repeat purchase: BG. A customer without repeat purchases counts as alive.
    AfterRepeat,
    /// With each purchase, the first included: MBG.
    AfterAny,
}

impl Dropout {
    /// The number of chances to drop out for a customer with x repeat purchases.
    fn chances(self, x: u32) -> u32 {
        match self {
            Self::AfterRepeat => x,
            Self::AfterAny => x.saturating_add(1),
        }
    }
}

/// How regular purchases are: k, the number of stages of a wait. The coefficient of variation of waits (standard
/// deviation divided by mean) is 1/√k.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Regularity(u32);

impl Regularity {
    /// The largest k.
    const MOST: usize = 12;

    /// k = 1: purchases at random.
    pub const RANDOM: Self = Self(1);

    /// Waits of k stages, for k from 1 to 12.
    pub fn new(k: u32) -> Option<Self> {
        (1..=Self::MOST as u32).contains(&k).then_some(Self(k))
    }

    /// k.
    pub fn k(self) -> u32 {
        self.0
    }

    fn count(self) -> usize {
        self.0 as usize
    }

    /// kx, the stages passed until the x-th repeat purchase.
    fn stages(self, x: u32) -> f64 {
        f64::from(self.0) * f64::from(x)
    }

    /// ln (z)ₖₓ with its derivatives.
    fn ln_rising(self, z: f64, x: u32) -> LnRising {
        if let Some(n) = x.checked_mul(self.0) {
            return ln_rising(z, n);
        }
        let mut sum = LnRising::default();
        for part in 0..self.0 {
            let part = ln_rising(z + f64::from(part) * f64::from(x), x);
            sum.value += part.value;
            sum.first += part.first;
            sum.second += part.second;
        }
        sum
    }
}

/// A fitted model of the family. Time is in the unit of the cells that it was fitted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgCnbd {
    dropout: Dropout,
    k: Regularity,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit_days: f64,
}

/// The parameters without k, which the search does not change.
const SYMBOLS: [&str; 4] = ["r", "alpha", "a", "b"];

/// Fits MBG/NBD: random purchases, dropout after any of them.
pub fn fit_mbg_nbd(cells: &Cells) -> Fit<BgCnbd> {
    fit_regular(cells, Dropout::AfterAny, Regularity::RANDOM, 0.0)
}

/// Fits the family with k estimated: for k = 1, 2, … up to 12, or until the likelihood has fallen twice in a row. The
/// result is the fit with the highest likelihood, with the evaluations of all fits.
///
/// `sum_ln_gaps` is Σ ln g over all gaps g between successive purchases of all customers, in the cells' unit of time.
/// The cells alone do not say how regular purchases are.
pub fn fit(cells: &Cells, dropout: Dropout, sum_ln_gaps: f64) -> Fit<BgCnbd> {
    let (mut best, mut start): (Option<Fit<BgCnbd>>, _) = (None, None);
    let (mut before, mut falls, mut evaluations) = (f64::NEG_INFINITY, 0, 0);
    for k in (1..=Regularity::MOST as u32).map(Regularity) {
        let (fit, end) = fit_from(cells, dropout, k, sum_ln_gaps, start);
        start = end;
        evaluations += fit.iterations;
        // If one fit is refused, all are.
        let Some(value) = fit.log_likelihood else { return fit };
        falls = if value < before { falls + 1 } else { 0 };
        before = value;
        let failed = |fit: &Fit<BgCnbd>| matches!(fit.ending, Ending::Failed { .. });
        let better = best.as_ref().is_none_or(|best| {
            failed(best) || (!failed(&fit) && best.log_likelihood.is_none_or(|highest| value > highest))
        });
        if better {
            best = Some(fit);
        }
        if falls == 2 {
            break;
        }
    }
    let mut best = best.unwrap_or_else(|| fit_regular(cells, dropout, Regularity::RANDOM, sum_ln_gaps));
    best.iterations = evaluations;
    best
}

/// Fits the model with one k by maximum likelihood. For `sum_ln_gaps` see [`fit`]; with k = 1 any finite number is
/// right.
///
/// The search runs over logarithms of the parameters, with time rescaled to make α near 1: it depends neither on the
/// unit of time nor on the number of customers.
pub fn fit_regular(cells: &Cells, dropout: Dropout, k: Regularity, sum_ln_gaps: f64) -> Fit<BgCnbd> {
    fit_from(cells, dropout, k, sum_ln_gaps, None).0
}

type Point = SVector<f64, 4>;

/// The fit, starting from this point if there is one; and the maximum on the searched scale, which is near that of
/// another k.
fn fit_from(
    cells: &Cells,
    dropout: Dropout,
    k: Regularity,
    sum_ln_gaps: f64,
    near: Option<Point>,
) -> (Fit<BgCnbd>, Option<Point>) {
    let unit_days = cells.unit_days();
    let model = |[r, alpha, a, b]: [f64; 4]| BgCnbd { dropout, k, r, alpha, a, b, unit_days };
    let refused = |ending| (Fit::refused(ending, cells.customers() as f64, cells.cells().len()), None);
    let pace = match Pace::of(cells.cells()) {
        // In units of a stage's time, a mean rate r/α of 1 fits.
        Ok(pace) => Pace { unit: pace.unit / f64::from(k.0), ..pace },
        Err(ending) => return refused(ending),
    };
    if !are_possible(cells.cells(), pace.purchases, k, sum_ln_gaps) {
        return refused(Ending::Failed { why: Failure::BadCell });
    }
    let layout = CellLayout::of(&pace.rescale(cells.cells()));
    let log = |values: [f64; 4]| Point::from(values.map(f64::ln));
    let starts = [
        log([1.0, 1.0, 1.0, 3.0]),
        log([0.2, 0.3, 0.5, 5.0]),
        log([5.0, 5.0, 0.1, 10.0]),
        log([1.0, 1.0, 10.0, 10.0]),
    ];
    let function =
        |theta: &Point| likelihood::log_likelihood(&layout, Member { k, dropout: Some(dropout) }, theta);
    let found = match near {
        Some(near) => search(function, near, &starts),
        None => search(function, starts[0], &starts[1..]),
    };
    // The unit of a stage's time enters each density k times; a gap enters as its (k−1)-th power over Γ(k).
    let gaps = (f64::from(k.0) - 1.0) * sum_ln_gaps - pace.purchases * ln_gamma(f64::from(k.0));
    let offset = f64::from(k.0) * pace.offset() + gaps;
    let unscale = Unscale { names: SYMBOLS, factors: [1.0, pace.unit, 1.0, 1.0], offset };
    let size = (pace.customers, cells.cells().len());
    let mut fit = Fit::complete(
        &found,
        |found, direction| meaning(&layout, k, found, direction),
        &unscale,
        size,
        model,
    );
    fit.estimates.push(Estimate { name: "k", value: f64::from(k.0), standard_error: None });
    let end = fit.model().map(|_| found.summit.at);
    (fit, end)
}

/// Whether Σ ln g is possible for the customers: for x gaps with sum tₓ it is at most x ln(tₓ/x), if all gaps are
/// equal. A sum in another unit of time is wrong by much more than the rounding of days.
fn are_possible(cells: &[Cell], purchases: f64, k: Regularity, sum_ln_gaps: f64) -> bool {
    const SLACK: f64 = 0.1;
    if k == Regularity::RANDOM {
        return sum_ln_gaps.is_finite();
    }
    let mut most = Sum::default();
    for cell in cells.iter().filter(|cell| cell.x > 0) {
        let x = f64::from(cell.x);
        most.add(cell.weight * x * libm::log(cell.t_x / x));
    }
    sum_ln_gaps.is_finite() && sum_ln_gaps <= most.value() + SLACK * purchases
}

/// The meaning of a flat or endless direction of the likelihood, and the parameter that moves farthest along it.
fn meaning(layout: &CellLayout, k: Regularity, found: &Found<4>, direction: &Point) -> (usize, Meaning) {
    let at = &found.summit.at;
    let rates = || meaning_of_rates(found, direction);
    let without_dropout = || best_without_dropout(layout, k);
    meaning_of_dropout(found, direction, rates, without_dropout, at[A] - at[B] > 5.0)
}

/// The highest log-likelihood, without the gaps, of customers with the same waits who never leave.
fn best_without_dropout(layout: &CellLayout, k: Regularity) -> f64 {
    let function = |theta: &SVector<f64, 2>| {
        let whole = likelihood::log_likelihood(
            layout,
            Member { k, dropout: None },
            &Point::new(theta[0], theta[1], 0.0, 0.0),
        );
        let (slope, bend) = (whole.gradient, whole.hessian);
        Quadratic {
            value: whole.value,
            gradient: Vector2::new(slope[R], slope[ALPHA]),
            hessian: Matrix2::new(bend[(R, R)], bend[(R, ALPHA)], bend[(ALPHA, R)], bend[(ALPHA, ALPHA)]),
        }
    };
    let start = |r: f64| SVector::<f64, 2>::new(r.ln(), r.ln());
    search(function, start(1.0), &[start(0.2), start(5.0)]).summit.there.value
}

impl BgCnbd {
    /// The model with r, α, a, b and k, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0, or a k that is not a whole number from 1 to 12.
    pub fn from_parameters(
        dropout: Dropout,
        [r, alpha, a, b, k]: [f64; 5],
        unit_days: f64,
    ) -> Result<Self, ParameterError> {
        let [r, alpha, a, b] = checked(SYMBOLS, [r, alpha, a, b], unit_days)?;
        let most = Regularity::MOST as u32;
        let k = (1..=most)
            .find(|whole| f64::from(*whole).total_cmp(&k).is_eq())
            .ok_or(ParameterError::Regularity { value: k, most })?;
        Ok(Self { dropout, k: Regularity(k), r, alpha, a, b, unit_days })
    }

    /// When customers may drop out.
    pub fn dropout(&self) -> Dropout {
        self.dropout
    }

    /// How regular purchases are.
    pub fn regularity(&self) -> Regularity {
        self.k
    }

    /// The wait of a customer with x repeat purchases, the last at tₓ, who is alive at t.
    fn wait(&self, x: u32, t_x: f64, t: f64) -> residual::Wait {
        residual::Wait {
            m: self.r + self.k.stages(x),
            silence: (t - t_x) / (self.alpha + t),
            k: self.k,
            a: self.a,
            b: self.staying(x),
        }
    }

    /// b after x repeat purchases that the customer did not leave with.
    fn staying(&self, x: u32) -> f64 {
        self.b + f64::from(self.dropout.chances(x))
    }
}

impl Repurchase for BgCnbd {
    fn unit_days(&self) -> f64 {
        self.unit_days
    }

    fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64 {
        let chances = self.dropout.chances(x);
        if chances == 0 {
            return 1.0;
        }
        let m = self.r + self.k.stages(x);
        let stay = self.b + f64::from(chances - 1);
        let mut weights = [0.0; Regularity::MOST];
        let ln_open = silence::stages(m, (t - t_x) / (self.alpha + t), &mut weights[..self.k.count()]);
        let silence = libm::log1p((t - t_x) / (self.alpha + t_x));
        softplus(libm::log(stay) - libm::log(self.a) - (m * silence - ln_open)).1
    }

    fn stages(&self) -> usize {
        self.k.count()
    }

    fn stage_weights(&self, x: u32, t_x: f64, t: f64, weights: &mut [f64]) {
        silence::stages(self.r + self.k.stages(x), (t - t_x) / (self.alpha + t), weights);
    }

    fn expected_if_alive(&self, x: u32, stage: usize, t: f64, horizon: f64) -> f64 {
        let mut expected = [0.0; Regularity::MOST];
        self.expected_by_stage(x, t, horizon, &mut expected[..self.k.count()]);
        expected.get(stage).copied().unwrap_or(f64::NAN)
    }

    fn expected_by_stage(&self, x: u32, t: f64, horizon: f64, expected: &mut [f64]) {
        let (m, v) = (self.r + self.k.stages(x), horizon / (self.alpha + t));
        expectation::by_stage(m, self.a, self.staying(x), v, expected);
    }

    /// Takes time proportional to kn, in each stage that the customer may be in.
    fn probability_of_next(&self, n: u32, x: u32, t_x: f64, t: f64, horizon: f64) -> f64 {
        let alive = self.p_alive(x, t_x, t);
        let dead = if n == 0 { 1.0 - alive } else { 0.0 };
        dead + alive * self.wait(x, t_x, t).probability(horizon / (self.alpha + t), n)
    }

    /// Takes time proportional to k times the length of the list.
    fn predictive(&self, x: u32, t_x: f64, t: f64, horizon: f64, probabilities: &mut Vec<f64>) {
        let wait = self.wait(x, t_x, t);
        let due = wait.due(horizon / (self.alpha + t));
        predictive::list_with_dropout(self.p_alive(x, t_x, t), [wait.a, wait.b], due, probabilities);
    }

    /// By quadrature, with an error below 10⁻¹⁰ of the value. Without a discount it is infinite if a ≤ 1.
    fn discounted_residual(&self, x: u32, t_x: f64, t: f64, rate: f64) -> f64 {
        self.p_alive(x, t_x, t) * self.wait(x, t_x, t).discounted(rate * (self.alpha + t))
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        let k = ("k", f64::from(self.k.0));
        SYMBOLS.into_iter().zip([self.r, self.alpha, self.a, self.b]).chain([k]).collect()
    }
}
