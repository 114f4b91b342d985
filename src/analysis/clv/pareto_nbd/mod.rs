//! Pareto/NBD: when customers buy again, and whether they are still there.
//!
//! Schmittlein, D. C., D. G. Morrison and R. Colombo (1987), "Counting Your Customers: Who Are They and What Will They
//! Do Next?", Management Science 33, 1–24; in the notation of Fader, P. S. and B. G. S. Hardie (2005), "A Note on
//! Deriving the Pareto/NBD Model and Related Expressions".
//!
//! A live customer buys at random with rate λ and lives for an exponential time with rate μ, independent of purchases:
//! dropout may come at any time, even before the first repeat purchase. Over customers λ ~ gamma(r, α) (mean r/α) and μ
//! ~ gamma(s, β) (mean s/β), independently. For each customer the model uses x repeat purchases, the last at tₓ after
//! the first purchase, and the length T of the observation since then.

mod counts;
mod expectation;
mod grid;
pub(super) mod layout;
mod leaving;
pub(super) mod likelihood;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use nalgebra::SVector;

use layout::CellLayout;
use likelihood::{BETA, S};

use super::cell::Cells;
use super::fit::{Fit, Found, Meaning, Unscale, meaning_of_dropout, meaning_of_rates, search};
use super::pace::Pace;
use super::parameters::{ParameterError, checked};
use super::{Repurchase, nbd, predictive};
use crate::analysis::special::softplus;

/// A fitted Pareto/NBD model. Time is in the unit of the fitted cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
    unit_days: f64,
}

pub(super) const SYMBOLS: [&str; 4] = ["r", "alpha", "s", "beta"];

/// Fits Pareto/NBD by maximum likelihood.
///
/// The search runs over logarithms of the parameters, with time rescaled to the pace of purchases: it depends neither
/// on the unit of time nor on the number of customers.
pub fn fit(cells: &Cells) -> Fit<ParetoNbd> {
    let unit_days = cells.unit_days();
    let model = |[r, alpha, s, beta]: [f64; 4]| ParetoNbd { r, alpha, s, beta, unit_days };
    let pace = match Pace::of(cells.cells()) {
        Ok(pace) => pace,
        Err(ending) => return Fit::refused(ending, cells.customers() as f64, cells.cells().len()),
    };
    let scaled = pace.rescale(cells.cells());
    let log = |values: [f64; 4]| SVector::<f64, 4>::from(values.map(f64::ln));
    let layout = CellLayout::of(&scaled);
    let found = search(
        |theta| likelihood::log_likelihood(&layout, theta),
        log([1.0, 1.0, 1.0, 1.0]),
        &[log([0.2, 0.3, 0.5, 0.5]), log([5.0, 5.0, 0.1, 3.0]), log([1.0, 1.0, 10.0, 30.0])],
    );
    let unscale =
        Unscale { names: SYMBOLS, factors: [1.0, pace.unit, 1.0, pace.unit], offset: pace.offset() };
    let size = (pace.customers, cells.cells().len());
    let without_dropout = || nbd::best_log_likelihood(&scaled);
    let meaning = |found: &_, direction: &_| meaning(found, direction, without_dropout);
    Fit::complete(&found, meaning, &unscale, size, model)
}

/// If fewer than e⁻⁵ of all customers survive the mean time between purchases, nobody stays.
const DEADLY: f64 = 5.0;

/// The meaning of a flat or endless direction of the likelihood, and the parameter that moves farthest along it;
/// `without_dropout` gives the highest log-likelihood of the model without dropout.
pub(super) fn meaning(
    found: &Found<4>,
    direction: &SVector<f64, 4>,
    without_dropout: impl Fn() -> f64,
) -> (usize, Meaning) {
    let at = &found.summit.at;
    let rates = || meaning_of_rates(found, direction);
    let leaves_at_once = libm::exp(at[S]) * softplus(-at[BETA]).0 > DEADLY;
    meaning_of_dropout(found, direction, rates, without_dropout, leaves_at_once)
}

impl ParetoNbd {
    /// The model with r, α, s and β, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0.
    pub fn from_parameters(values: [f64; 4], unit_days: f64) -> Result<Self, ParameterError> {
        let [r, alpha, s, beta] = checked(SYMBOLS, values, unit_days)?;
        Ok(Self { r, alpha, s, beta, unit_days })
    }

    fn own(&self) -> grid::Parameters {
        let Self { r, alpha, s, beta, .. } = *self;
        grid::Parameters { r, alpha, s, beta }
    }

    /// [`Repurchase::p_alive`] of one customer after the other, by x, tₓ and T: equal to the last bit to the value of
    /// each alone, and faster if they share x.
    pub fn p_alive_of_each(&self) -> impl FnMut(u32, f64, f64) -> f64 + use<> {
        self.own().p_alive_of_each()
    }

    /// The parameters of a customer who is alive at t after x repeat purchases: r+x, α+t, s, β+t.
    fn alive_at(&self, x: u32, t: f64) -> [f64; 4] {
        [self.r + f64::from(x), self.alpha + t, self.s, self.beta + t]
    }

    /// P(X = 0) in the next `horizon`: the likelihood of the history with that much more silence, divided by that of
    /// the history. Each is the probability of being alive, ∝ (α+t)⁻ᵐ (β+t)⁻ˢ, divided by P(alive). The cost is two
    /// P(alive). `None` if death is so likely that its odds have too few digits.
    fn probability_of_none(&self, x: u32, t_x: f64, t: f64, horizon: f64) -> Option<f64> {
        const FEW_DIGITS: f64 = 50.0;
        let [now, later] =
            [t, t + horizon.max(0.0)].map(|end| softplus(self.ln_odds_of_death(x, t_x, end)).0);
        let [m, alpha, s, beta] = self.alive_at(x, t);
        let silent = m * libm::log1p(horizon / alpha) + s * libm::log1p(horizon / beta);
        (later + silent < FEW_DIGITS).then(|| libm::exp(later - now - silent).min(1.0))
    }

    fn p_dead(&self, x: u32, t_x: f64, t: f64) -> f64 {
        softplus(self.ln_odds_of_death(x, t_x, t)).1
    }

    fn ln_odds_of_death(&self, x: u32, t_x: f64, t: f64) -> f64 {
        let last = if x == 0 { 0.0 } else { t_x };
        expectation::ln_odds_of_death([self.r + f64::from(x), self.alpha, self.s, self.beta], last, t)
    }
}

impl Repurchase for ParetoNbd {
    fn unit_days(&self) -> f64 {
        self.unit_days
    }

    fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64 {
        self.own().p_alive(x, t_x, t)
    }

    /// Fader and Hardie (2005), equation 41, without P(alive).
    fn expected_if_alive(&self, x: u32, _: usize, t: f64, horizon: f64) -> f64 {
        let [m, alpha, s, beta] = self.alive_at(x, t);
        m / alpha * expectation::time_alive(s, beta, horizon)
    }

    fn probability_of_next(&self, n: u32, x: u32, t_x: f64, t: f64, horizon: f64) -> f64 {
        if n == 0
            && let Some(none) = self.probability_of_none(x, t_x, t, horizon)
        {
            return none;
        }
        let alive = self.p_alive(x, t_x, t);
        let none = if n == 0 { self.p_dead(x, t_x, t) } else { 0.0 };
        none + alive * expectation::probability(self.alive_at(x, t), horizon, n)
    }

    fn predictive(&self, x: u32, t_x: f64, t: f64, horizon: f64, probabilities: &mut Vec<f64>) {
        let beyond = counts::beyond(self.alive_at(x, t), horizon);
        predictive::list(self.p_alive(x, t_x, t), beyond, probabilities);
    }

    /// Fader, Hardie and Lee (2005b), by quadrature with a relative error of about 10⁻¹¹ at x = 10,000, and less for
    /// fewer purchases. Without a discount it is infinite if s ≤ 1.
    fn discounted_residual(&self, x: u32, t_x: f64, t: f64, rate: f64) -> f64 {
        let [m, alpha, s, beta] = self.alive_at(x, t);
        let time = expectation::discounted_time_alive(s, beta, rate);
        // However unlikely life is, 0 times infinity is not a result.
        if time.is_infinite() { time } else { self.p_alive(x, t_x, t) * (m / alpha) * time }
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        SYMBOLS.into_iter().zip([self.r, self.alpha, self.s, self.beta]).collect()
    }
}
