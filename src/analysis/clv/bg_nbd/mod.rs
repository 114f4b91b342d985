//! BG/NBD: when customers buy again, and whether they are still there.
//!
//! Fader, P. S., B. G. S. Hardie and K. L. Lee (2005), "Counting Your Customers the Easy Way: An Alternative
//! to the Pareto/NBD Model", Marketing Science 24, 275–284.
//!
//! A live customer buys at random with rate λ; after each repeat purchase the customer drops out with probability p.
//! Over customers λ ~ gamma(r, α) (mean r/α) and p ~ beta(a, b) (mean a/(a+b)), independently. For each customer the
//! model uses x repeat purchases, the last at tₓ after the first purchase, and the length T of the observation since
//! then. A customer without repeat purchases counts as alive: in this model dropout follows a repeat purchase.

pub(super) mod expectation;
pub(super) mod likelihood;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use nalgebra::SVector;

use super::cell::Cells;
use super::fit::{Fit, Found, Meaning, Unscale, meaning_of_dropout, meaning_of_rates, search};
use super::layout::CellLayout;
use super::pace::Pace;
use super::parameters::{ParameterError, checked};
use super::terms::{A, B};
use super::{Repurchase, bg_cnbd, nbd, predictive};
use crate::analysis::special::softplus;

/// A fitted BG/NBD model. Time is in the unit of the cells that it was fitted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit_days: f64,
}

pub(super) const SYMBOLS: [&str; 4] = ["r", "alpha", "a", "b"];

/// Fits BG/NBD by maximum likelihood.
///
/// The search runs over logarithms of the parameters, with time rescaled to make α near 1: it depends neither on the
/// unit of time nor on the number of customers.
pub fn fit(cells: &Cells) -> Fit<BgNbd> {
    let unit_days = cells.unit_days();
    let model = |[r, alpha, a, b]: [f64; 4]| BgNbd { r, alpha, a, b, unit_days };
    let pace = match Pace::of(cells.cells()) {
        Ok(pace) => pace,
        Err(ending) => return Fit::refused(ending, cells.customers() as f64, cells.cells().len()),
    };
    let scaled = pace.rescale(cells.cells());
    let log = |values: [f64; 4]| SVector::<f64, 4>::from(values.map(f64::ln));
    let layout = CellLayout::of(&scaled);
    let found = search(
        |theta| likelihood::log_likelihood(&layout, theta),
        log([1.0, 1.0, 1.0, 3.0]),
        &[log([0.2, 0.3, 0.5, 5.0]), log([5.0, 5.0, 0.1, 10.0]), log([1.0, 1.0, 10.0, 10.0])],
    );
    let unscale = Unscale { names: SYMBOLS, factors: [1.0, pace.unit, 1.0, 1.0], offset: pace.offset() };
    let size = (pace.customers, cells.cells().len());
    let without_dropout = || nbd::best_log_likelihood(&scaled);
    let meaning = |found: &_, direction: &_| meaning(found, direction, without_dropout);
    Fit::complete(&found, meaning, &unscale, size, model)
}

/// The meaning of a flat or endless direction of the likelihood, and the parameter that moves farthest along it;
/// `without_dropout` gives the highest log-likelihood of the model without dropout.
pub(super) fn meaning(
    found: &Found<4>,
    direction: &SVector<f64, 4>,
    without_dropout: impl Fn() -> f64,
) -> (usize, Meaning) {
    let at = &found.summit.at;
    let rates = || meaning_of_rates(found, direction);
    meaning_of_dropout(found, direction, rates, without_dropout, at[A] - at[B] > 5.0)
}

impl BgNbd {
    /// The model with r, α, a and b, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0.
    pub fn from_parameters(values: [f64; 4], unit_days: f64) -> Result<Self, ParameterError> {
        let [r, alpha, a, b] = checked(SYMBOLS, values, unit_days)?;
        Ok(Self { r, alpha, a, b, unit_days })
    }

    /// r, α, a and b of a customer with x repeat purchases who is alive at t: a new customer with these parameters.
    fn alive_at(&self, x: u32, t: f64) -> [f64; 4] {
        let count = f64::from(x);
        [self.r + count, self.alpha + t, self.a, self.b + count]
    }
}

impl Repurchase for BgNbd {
    fn unit_days(&self) -> f64 {
        self.unit_days
    }

    fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64 {
        if x == 0 {
            return 1.0;
        }
        let stay = self.b + f64::from(x - 1);
        let silence = libm::log1p((t - t_x) / (self.alpha + t_x));
        softplus(libm::log(stay) - libm::log(self.a) - (self.r + f64::from(x)) * silence).1
    }

    /// The paper's equation 9.
    fn expected_if_alive(&self, x: u32, _: usize, t: f64, horizon: f64) -> f64 {
        let [m, end, a, b] = self.alive_at(x, t);
        expectation::expected_while_alive(m, a, b, horizon / end)
    }

    /// The paper's equation 8. Takes time proportional to n.
    fn probability_of_next(&self, n: u32, x: u32, t_x: f64, t: f64, horizon: f64) -> f64 {
        let [m, end, a, b] = self.alive_at(x, t);
        let alive = self.p_alive(x, t_x, t);
        let dead = if n == 0 { 1.0 - alive } else { 0.0 };
        dead + alive * expectation::probability(m, a, b, horizon / (end + horizon), n)
    }

    fn predictive(&self, x: u32, t_x: f64, t: f64, horizon: f64, probabilities: &mut Vec<f64>) {
        let [m, end, a, b] = self.alive_at(x, t);
        let due = predictive::tail(m, horizon / end);
        predictive::list_with_dropout(self.p_alive(x, t_x, t), [a, b], due, probabilities);
    }

    /// By quadrature, with an error below 10⁻¹⁰ of the value. Without a discount it is infinite if a ≤ 1.
    fn discounted_residual(&self, x: u32, t_x: f64, t: f64, rate: f64) -> f64 {
        let [m, end, a, b] = self.alive_at(x, t);
        self.p_alive(x, t_x, t) * bg_cnbd::residual::discounted_at_random(m, [a, b], rate * end)
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        SYMBOLS.into_iter().zip([self.r, self.alpha, self.a, self.b]).collect()
    }
}
