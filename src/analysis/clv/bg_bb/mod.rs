//! BG/BB: at which future opportunities customers buy, and whether they are still there.
//!
//! Fader, P. S., B. G. S. Hardie and J. Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual
//! Setting", Marketing Science 29, 1086–1108.
//!
//! Purchases are possible only at set opportunities. At the start of each opportunity a live customer drops out for
//! good with probability θ; a customer who is still there buys with probability p. Over customers p ~ beta(α, β) (mean
//! α/(α+β)) and θ ~ beta(γ, δ) (mean γ/(γ+δ)), independently. For each customer the model uses purchases at x of n
//! opportunities, the last at opportunity tₓ.
//!
//! "Alive at n" means alive when opportunity n took place: a customer who bought at it certainly was. The paper's
//! P(alive) is for being alive at n + 1, which includes one more chance to drop out. Both are given.

mod likelihood;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use nalgebra::SVector;

use likelihood::{ALPHA, BETA, CellLayout, DELTA, GAMMA};

use super::beta_binomial::{self, OUTWEIGHS, meaning_of_purchases};
use super::beta_geometric::{discounted_periods, expected_periods};
use super::discrete::{DiscreteCell, Opportunities, is_history};
use super::fit::{Fit, Found, Meaning, Unscale, meaning_of_dropout, search};
use super::parameters::{ParameterError, positive};
use crate::analysis::special::ln_rising;

/// A fitted BG/BB model. Time is counted in opportunities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgBb {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
}

/// The parameters, in the order of `from_parameters`.
pub const SYMBOLS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

/// Fits BG/BB by maximum likelihood. The order of cells does not matter; customers may differ in n.
///
/// The search runs over logarithms of the parameters on the scale of the data: α and β are near 1 at the mean share of
/// opportunities with a purchase, and γ and δ at a mean lifetime of the mean n.
pub fn fit(cells: &[DiscreteCell]) -> Fit<BgBb> {
    let known = match Opportunities::of(cells) {
        Ok(known) => known,
        Err(ending) => return Fit::refused(ending, cells.iter().map(|cell| cell.weight).sum(), cells.len()),
    };
    let factors = [1.0, known.odds, 1.0, known.length];
    let scale = SVector::<f64, 4>::from(factors.map(f64::ln));
    let log = |values: [f64; 4]| SVector::<f64, 4>::from(values.map(f64::ln));
    let layout = CellLayout::of(&known.cells);
    let found = search(
        |theta| likelihood::log_likelihood(&layout, &(theta + scale)),
        log([1.0, 1.0, 1.0, 1.0]),
        &[log([0.3, 0.3, 0.3, 1.0]), log([5.0, 3.0, 0.2, 0.2]), log([1.0, 0.5, 10.0, 10.0])],
    );
    let unscale = Unscale { names: SYMBOLS, factors, offset: 0.0 };
    let size = (known.customers, known.cells.len());
    Fit::complete(
        &found,
        |found, direction| meaning(&known, found, direction),
        &unscale,
        size,
        |[alpha, beta, gamma, delta]| BgBb { alpha, beta, gamma, delta },
    )
}

/// The meaning of a flat or endless direction of the likelihood, and the parameter that moves farthest along it.
fn meaning(known: &Opportunities, found: &Found<4>, direction: &SVector<f64, 4>) -> (usize, Meaning) {
    let at = &found.summit.at;
    let purchases = || {
        let signed = |i: usize| at[i] + direction[i].abs() * at[i].signum();
        meaning_of_purchases(signed(ALPHA), signed(BETA), [ALPHA, BETA])
    };
    let without_dropout = || beta_binomial::best_log_likelihood(known);
    meaning_of_dropout(found, direction, purchases, without_dropout, at[GAMMA] - at[DELTA] > OUTWEIGHS)
}

impl BgBb {
    /// The model with α, β, γ and δ.
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0.
    pub fn from_parameters(values: [f64; 4]) -> Result<Self, ParameterError> {
        let [alpha, beta, gamma, delta] = positive(SYMBOLS, values)?;
        Ok(Self { alpha, beta, gamma, delta })
    }

    /// The probability that a customer with purchases at x of n opportunities, the last at tₓ, was alive at n: 1 if tₓ
    /// = n. Takes time proportional to n − tₓ. NaN for an impossible history.
    pub fn p_alive(&self, x: u32, t_x: u32, n: u32) -> f64 {
        if !is_history(x, t_x, n) {
            return f64::NAN;
        }
        let Self { alpha, beta, gamma, delta } = *self;
        // As in the likelihood: the sum of cⱼ/cₜ, and cₙ/cₜ at its end.
        let (mut term, mut left) = (1.0, 0.0);
        for j in t_x..n {
            left += term;
            let (passed, j) = (f64::from(j - x), f64::from(j));
            term *= (beta + passed) / (alpha + beta + j) * ((delta + j) / (gamma + delta + j + 1.0));
        }
        let there = term * ((gamma + delta + f64::from(n)) / gamma);
        there / (left + there)
    }

    /// The same for being alive at n + 1, the next opportunity: the paper's P(alive) (its equation 11).
    pub fn p_alive_next(&self, x: u32, t_x: u32, n: u32) -> f64 {
        let behind = self.delta + f64::from(n);
        self.p_alive(x, t_x, n) * (behind / (self.gamma + behind))
    }

    /// Expected purchases at the next `horizon` opportunities of a customer who bought at x of n and was alive at n.
    /// Takes time proportional to the horizon.
    pub fn expected_if_alive(&self, x: u32, n: u32, horizon: u32) -> f64 {
        self.posterior_mean(x, n) * expected_periods(self.gamma, self.delta + f64::from(n), horizon)
    }

    /// Expected purchases at the next `horizon` opportunities, whether alive or not: E\[X(n, n+n*) | x, tₓ, n\] (the
    /// paper's equation 13).
    pub fn expected_purchases(&self, x: u32, t_x: u32, n: u32, horizon: u32) -> f64 {
        self.p_alive(x, t_x, n) * self.expected_if_alive(x, n, horizon)
    }

    /// DERT: expected purchases at all future opportunities, each divided by (1 + `rate`) to the power of the
    /// opportunities until then (the paper's equation 14). The rate is per opportunity, 0 or more. Below 10⁻⁹ but not 0
    /// the result is NaN; at 0 it is infinite unless γ > 1.
    pub fn discounted_residual(&self, x: u32, t_x: u32, n: u32, rate: f64) -> f64 {
        let periods = discounted_periods(self.gamma, self.delta + f64::from(n), rate);
        // A customer who has certainly left makes no purchases, discounted or not.
        let alive = self.p_alive(x, t_x, n);
        if alive == 0.0 { 0.0 } else { alive * self.posterior_mean(x, n) * periods }
    }

    /// Expected purchases of a new customer at the first n opportunities, E\[X(n)\] (the paper's equation 8).
    pub fn expected_of_new_customer(&self, n: u32) -> f64 {
        self.expected_if_alive(0, 0, n)
    }

    /// P(X(n) = x): the probability that a new customer buys at x of the first n opportunities. Takes time proportional
    /// to n.
    pub fn probability_of(&self, x: u32, n: u32) -> f64 {
        probability([self.alpha, self.beta, self.gamma, self.delta], x, n)
    }

    /// P(X(n, n+n*) = x*): the probability that a customer who bought at x of n opportunities, last at tₓ, buys at
    /// `purchases` of the next `horizon`. Takes time proportional to the horizon.
    pub fn probability_of_next(&self, purchases: u32, horizon: u32, (x, t_x, n): (u32, u32, u32)) -> f64 {
        let alive = self.p_alive(x, t_x, n);
        if alive.is_nan() {
            return alive;
        }
        let (bought, passed) = (f64::from(x), f64::from(n - x));
        let later = [self.alpha + bought, self.beta + passed, self.gamma, self.delta + f64::from(n)];
        let none = if purchases == 0 { 1.0 - alive } else { 0.0 };
        none + alive * probability(later, purchases, horizon)
    }

    /// The mean of p after purchases at x of n opportunities, given that the customer was alive at n.
    fn posterior_mean(&self, x: u32, n: u32) -> f64 {
        (self.alpha + f64::from(x)) / (self.alpha + self.beta + f64::from(n))
    }
}

/// P(X(n) = x) for a new customer: the sum over those who leave after opportunity i ≥ x and those who stay to n, each
/// times the probability of x purchases in i or n opportunities.
fn probability([alpha, beta, gamma, delta]: [f64; 4], x: u32, n: u32) -> f64 {
    if x > n {
        return 0.0;
    }
    // The logarithm of (i over x) B(α+x, β+i−x)/B(α, β) · B(γ, δ+i)/B(γ, δ), from i = x on. It may start below the
    // range of an `f64` and rise.
    let mut ln_there = ln_rising(alpha, x).value - ln_rising(alpha + beta, x).value
        + ln_rising(delta, x).value
        - ln_rising(gamma + delta, x).value;
    let mut sum = 0.0;
    for i in x..n {
        let (passed, i) = (f64::from(i - x), f64::from(i));
        sum += libm::exp(ln_there) * (gamma / (gamma + delta + i));
        let spread = (i + 1.0) / (passed + 1.0) * ((beta + passed) / (alpha + beta + i));
        ln_there += libm::log(spread * ((delta + i) / (gamma + delta + i)));
    }
    sum + libm::exp(ln_there)
}
