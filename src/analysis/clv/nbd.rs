//! NBD: repeat purchases of customers who never leave.
//!
//! Ehrenberg, A. S. C. (1959), "The Pattern of Consumer Purchases", Applied Statistics 8, 26–41; in the notation of
//! Fader, Hardie and Lee (2005): NBD is the limit of their BG/NBD without dropout.
//!
//! A customer buys at random with rate λ; over customers λ ~ gamma(r, α). After x repeat purchases in a time T the rate
//! is gamma(r+x, α+T): (r+x)/(α+T) purchases are expected per unit of time. NBD replaces BG/NBD if that ends on the
//! boundary "no dropout"; then everyone counts as alive.

use nalgebra::{Matrix2, SVector, Vector2};

use super::cell::{Cell, Cells};
use super::fit::{Fit, Found, Meaning, Unscale, search};
use super::pace::Pace;
use super::parameters::{ParameterError, checked};
use super::{Repurchase, predictive};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{Sum, ln_beta, ln_rising};

/// A fitted NBD model. Time is in the unit of the fitted cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nbd {
    r: f64,
    alpha: f64,
    unit_days: f64,
}

const SYMBOLS: [&str; 2] = ["r", "alpha"];

/// Fits NBD by maximum likelihood, with the same scale and the same endings as BG/NBD.
pub fn fit(cells: &Cells) -> Fit<Nbd> {
    let unit_days = cells.unit_days();
    let pace = match Pace::of(cells.cells()) {
        Ok(pace) => pace,
        Err(ending) => return Fit::refused(ending, cells.customers() as f64, cells.cells().len()),
    };
    let scaled = pace.rescale(cells.cells());
    let found = climb(&scaled);
    let unscale = Unscale { names: SYMBOLS, factors: [1.0, pace.unit], offset: pace.offset() };
    let size = (pace.customers, cells.cells().len());
    Fit::complete(&found, meaning, &unscale, size, |[r, alpha]| Nbd { r, alpha, unit_days })
}

/// The search, over cells rescaled by their pace: r/α is then near 1.
fn climb(scaled: &[Cell]) -> Found<2> {
    // The model does not use tₓ, the only difference between most cells of one x and T.
    let mut merged: Vec<Cell> = Vec::new();
    for cell in scaled {
        match merged.last_mut() {
            Some(last) if last.x == cell.x && last.t.total_cmp(&cell.t).is_eq() => last.weight += cell.weight,
            _ => merged.push(*cell),
        }
    }
    let start = |r: f64| SVector::<f64, 2>::new(r.ln(), r.ln());
    search(|theta| log_likelihood(&merged, theta), start(1.0), &[start(0.2), start(5.0)])
}

/// The highest log-likelihood of NBD on rescaled cells: a model with dropout must exceed it.
pub(super) fn best_log_likelihood(scaled: &[Cell]) -> f64 {
    climb(scaled).summit.there.value
}

fn meaning(found: &Found<2>, _: &SVector<f64, 2>) -> (usize, Meaning) {
    let at = &found.summit.at;
    let farthest = usize::from(at[1].abs() > at[0].abs());
    (farthest, if at[farthest] > 0.0 { Meaning::EqualRates } else { Meaning::UnboundedRates })
}

/// Σ weight · ln [(r)ₓ αʳ / (α+T)^(r+x)] with gradient and Hessian at (ln r, ln α), over cells sorted by x: the
/// likelihood of the purchase times, which is the limit of BG/NBD's as a → 0.
fn log_likelihood(cells: &[Cell], theta: &SVector<f64, 2>) -> Quadratic<2> {
    let (r, alpha) = (theta[0].exp(), theta[1].exp());
    let (mut value, mut gradient, mut hessian) = (Sum::default(), Vector2::zeros(), Matrix2::zeros());
    for equal_x in cells.chunk_by(|left, right| left.x == right.x) {
        let Some(first) = equal_x.first() else { continue };
        let x = f64::from(first.x);
        let rising = ln_rising(r, first.x);
        for cell in equal_x {
            let (end, spread) = (alpha + cell.t, libm::log1p(cell.t / alpha));
            let by_r = r * (rising.first - spread);
            let by_both = r * cell.t / end;
            let by_alpha = (r * cell.t - x * alpha) / end;
            value.add(cell.weight * (rising.value - r * spread - x * libm::log(end)));
            gradient += cell.weight * Vector2::new(by_r, by_alpha);
            hessian += cell.weight
                * Matrix2::new(
                    by_r + r * r * rising.second,
                    by_both,
                    by_both,
                    -(alpha / end) * (cell.t / end) * (r + x),
                );
        }
    }
    Quadratic { value: value.value(), gradient, hessian }
}

impl Nbd {
    /// The model with r and α, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0.
    pub fn from_parameters(values: [f64; 2], unit_days: f64) -> Result<Self, ParameterError> {
        let [r, alpha] = checked(SYMBOLS, values, unit_days)?;
        Ok(Self { r, alpha, unit_days })
    }

    /// The mean rate of a customer with x repeat purchases at t.
    fn rate(&self, x: u32, t: f64) -> f64 {
        (self.r + f64::from(x)) / (self.alpha + t)
    }
}

impl Repurchase for Nbd {
    fn unit_days(&self) -> f64 {
        self.unit_days
    }

    fn p_alive(&self, _: u32, _: f64, _: f64) -> f64 {
        1.0
    }

    fn expected_if_alive(&self, x: u32, _: usize, t: f64, horizon: f64) -> f64 {
        self.rate(x, t) * horizon
    }

    /// The term of a negative binomial (Ehrenberg 1959).
    fn probability_of_next(&self, n: u32, x: u32, _: f64, t: f64, horizon: f64) -> f64 {
        if horizon <= 0.0 {
            return if n == 0 { 1.0 } else { 0.0 };
        }
        let (m, v, count) = (self.r + f64::from(x), horizon / (self.alpha + t), f64::from(n));
        // (m)ₙ/n! = 1 / (n B(m, n)), without the difference of large logarithms.
        let ln_ways = if n == 0 { 0.0 } else { -libm::log(count) - ln_beta(m, count) };
        libm::exp(ln_ways - m * libm::log1p(v) - count * libm::log1p(1.0 / v))
    }

    fn predictive(&self, x: u32, _: f64, t: f64, horizon: f64, probabilities: &mut Vec<f64>) {
        let due = predictive::tail(self.r + f64::from(x), horizon / (self.alpha + t));
        predictive::list(1.0, due, probabilities);
    }

    /// (r+x)/(α+T) purchases per unit of time for ever, with total weight 1/`rate`.
    fn discounted_residual(&self, x: u32, _: f64, t: f64, rate: f64) -> f64 {
        if rate < 0.0 { f64::NAN } else { self.rate(x, t) / rate }
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        SYMBOLS.into_iter().zip([self.r, self.alpha]).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expects_the_mean_of_the_posterior_rate() {
        // CDNOW's sample (BTYDplus): (r + x) / (α + T) a week.
        let model = Nbd { r: 0.3848, alpha: 12.072, unit_days: 7.0 };
        let expected = 2.3848 / (12.072 + 38.86) * 39.0;
        assert!((model.expected_purchases(2, 30.43, 38.86, 39.0) - expected).abs() < 1e-14);
        assert!((model.p_alive(2, 1.0, 38.86) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn counts_and_value_of_the_posterior_rate() {
        // (m)ₙ/n! zⁿ (1−z)ᵐ computed with 40 digits (mpmath): m = 900 with v = 1.5, and m = 0.4 with v = 3.
        let model = Nbd::from_parameters([0.4, 2.0], 7.0).unwrap();
        let found = model.probability_of(7, 6.0);
        assert!((found / 0.010_570_095_394_757_604 - 1.0).abs() < 1e-13, "{found}");
        let model = Nbd::from_parameters([100.0, 2.0], 7.0).unwrap();
        let found = model.probability_of_next(1300, 800, 3.0, 6.0, 12.0);
        assert!((found / 0.004_849_486_014_054_255 - 1.0).abs() < 1e-11, "{found}");
        // 112.5 purchases per unit of time.
        assert!((model.discounted_residual(800, 3.0, 6.0, 0.1) - 1125.0).abs() < 1e-10);
        assert!(model.discounted_residual(800, 3.0, 6.0, 0.0).is_infinite());
        assert!(model.discounted_residual(800, 3.0, 6.0, -0.1).is_nan());
    }

    #[test]
    fn likelihood_is_that_of_the_purchase_times() {
        // One customer with r = 1, α = 2, x = 3, T = 4: 3! · 2 / 6⁴.
        let cell = [Cell { x: 3, t_x: 1.0, t: 4.0, weight: 2.0 }];
        let found = log_likelihood(&cell, &SVector::from([0.0, 2_f64.ln()])).value;
        assert!((found - 2.0 * (12.0_f64 / 1296.0).ln()).abs() < 1e-14, "{found}");
    }

    proptest! {
        #[test]
        fn gradient_and_hessian_agree_with_differences(
            theta in prop::array::uniform2(-3.0..3.0_f64),
            customers in prop::collection::vec((0..40_u32, 0.0..50.0_f64, 1.0..9.0_f64), 1..6),
        ) {
            let mut cells: Vec<_> =
                customers.into_iter().map(|(x, t, weight)| Cell { x, t_x: 0.0, t, weight }).collect();
            cells.sort_by_key(|cell| cell.x);
            let at = SVector::<f64, 2>::from(theta);
            let here = log_likelihood(&cells, &at);
            let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
            for i in 0..2 {
                let mut shift = SVector::<f64, 2>::zeros();
                shift[i] = 1e-5;
                let up = log_likelihood(&cells, &(at + shift));
                let down = log_likelihood(&cells, &(at - shift));
                let slope = (up.value - down.value) / 2e-5;
                prop_assert!((slope - here.gradient[i]).abs() < 1e-6 * scale);
                let bend = (up.gradient - down.gradient) / 2e-5;
                prop_assert!((bend - here.hessian.column(i)).amax() < 1e-6 * scale);
            }
        }
    }
}
