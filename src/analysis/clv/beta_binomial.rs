//! BB: purchases at set opportunities, by customers who never leave.
//!
//! Skellam, J. G. (1948), "A Probability Distribution Derived from the Binomial Distribution by Regarding the
//! Probability of Success as Variable between the Sets of Trials", Journal of the Royal Statistical Society B 10,
//! 257–261; in the notation of Fader, Hardie and Shang (2010): BB is the limit of their BG/BB without dropout.
//!
//! At each opportunity a customer buys with their own probability p; over customers p ~ beta(α, β). After purchases at
//! x of n opportunities it is beta(α+x, β+n−x): (α+x)/(α+β+n) purchases are expected at each further one. BB replaces
//! BG/BB if that ends on the boundary "no dropout"; then everyone counts as alive.

use nalgebra::{Matrix2, SVector, Vector2};

use super::discrete::{DiscreteCell, Opportunities, ln_risings};
use super::fit::{Fit, Found, Meaning, Unscale, search};
use super::parameters::{ParameterError, positive};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnRising, Sum};

/// A fitted BB model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    alpha: f64,
    beta: f64,
}

/// The parameters by the symbols of the paper, in the order of [`BetaBinomial::from_parameters`].
pub const SYMBOLS: [&str; 2] = ["alpha", "beta"];

impl BetaBinomial {
    /// The model with these parameters, in the order of [`SYMBOLS`].
    ///
    /// # Errors
    /// [`ParameterError`] names the first that is not a finite number above 0.
    pub fn from_parameters(values: [f64; 2]) -> Result<Self, ParameterError> {
        let [alpha, beta] = positive(SYMBOLS, values)?;
        Ok(Self { alpha, beta })
    }
}

/// Fits BB by maximum likelihood, with the same scale and the same endings as BG/BB. The order of cells does not
/// matter.
pub fn fit(cells: &[DiscreteCell]) -> Fit<BetaBinomial> {
    let known = match Opportunities::of(cells) {
        Ok(known) => known,
        Err(ending) => return Fit::refused(ending, cells.iter().map(|cell| cell.weight).sum(), cells.len()),
    };
    let found = climb(&known);
    let unscale = Unscale { names: SYMBOLS, factors: [1.0, known.odds], offset: 0.0 };
    let size = (known.customers, known.cells.len());
    Fit::complete(&found, meaning, &unscale, size, |[alpha, beta]| BetaBinomial { alpha, beta })
}

fn climb(known: &Opportunities) -> Found<2> {
    let counts = Counts::of(&known.cells);
    let start = |alpha: f64| SVector::<f64, 2>::new(alpha.ln(), alpha.ln());
    search(
        |theta| log_likelihood(&counts, &(theta + Vector2::new(0.0, known.odds.ln()))),
        start(1.0),
        &[start(0.2), start(5.0)],
    )
}

/// The highest log-likelihood of BB: a model with dropout must exceed it.
pub(super) fn best_log_likelihood(known: &Opportunities) -> f64 {
    climb(known).summit.there.value
}

fn meaning(found: &Found<2>, _: &SVector<f64, 2>) -> (usize, Meaning) {
    meaning_of_purchases(found.summit.at[0], found.summit.at[1], [0, 1])
}

/// If a parameter is larger than its partner by this, as a logarithm, the partner has no influence.
pub(super) const OUTWEIGHS: f64 = 5.0;

/// The meaning if ln α or ln β goes to a limit, and which of the two positions moves farther.
pub(super) fn meaning_of_purchases(alpha: f64, beta: f64, places: [usize; 2]) -> (usize, Meaning) {
    let farther = usize::from(beta.abs() > alpha.abs());
    let meaning = if alpha - beta > OUTWEIGHS {
        Meaning::EveryOpportunity
    } else if [alpha, beta][farther] > 0.0 {
        Meaning::EqualRates
    } else {
        Meaning::AllOrNothingRates
    };
    (places[farther], meaning)
}

/// How many customers have each x, each n−x and each n: the likelihood needs nothing else.
struct Counts {
    bought: Vec<f64>,
    passed: Vec<f64>,
    all: Vec<f64>,
}

impl Counts {
    fn of(cells: &[DiscreteCell]) -> Self {
        let most = cells.iter().map(|cell| cell.n).max().unwrap_or(0) as usize;
        let mut counts =
            Self { bought: vec![0.0; most + 1], passed: vec![0.0; most + 1], all: vec![0.0; most + 1] };
        for cell in cells {
            counts.bought[cell.x as usize] += cell.weight;
            counts.passed[(cell.n - cell.x) as usize] += cell.weight;
            counts.all[cell.n as usize] += cell.weight;
        }
        counts
    }
}

/// Σ weight · ln [(α)ₓ (β)ₙ₋ₓ / (α+β)ₙ] with gradient and Hessian at (ln α, ln β).
fn log_likelihood(counts: &Counts, theta: &SVector<f64, 2>) -> Quadratic<2> {
    let (alpha, beta) = (theta[0].exp(), theta[1].exp());
    let weigh = |z: f64, counts: &[f64]| {
        let [mut value, mut first, mut second] = [Sum::default(); 3];
        for (of, weight) in ln_risings(z, counts.len() as u32 - 1).iter().zip(counts) {
            value.add(weight * of.value);
            first.add(weight * of.first);
            second.add(weight * of.second);
        }
        LnRising { value: value.value(), first: first.value(), second: second.value() }
    };
    let bought = weigh(alpha, &counts.bought);
    let passed = weigh(beta, &counts.passed);
    let all = weigh(alpha + beta, &counts.all);
    let gradient = Vector2::new(alpha * (bought.first - all.first), beta * (passed.first - all.first));
    let both = -alpha * beta * all.second;
    let hessian = Matrix2::new(
        gradient[0] + alpha * alpha * (bought.second - all.second),
        both,
        both,
        gradient[1] + beta * beta * (passed.second - all.second),
    );
    Quadratic { value: bought.value + passed.value - all.value, gradient, hessian }
}

impl BetaBinomial {
    /// Expected purchases at the next `horizon` opportunities of a customer who bought at x of n.
    pub fn expected_purchases(&self, x: u32, n: u32, horizon: u32) -> f64 {
        self.posterior_mean(x, n) * f64::from(horizon)
    }

    /// Expected purchases at all future opportunities, each divided by (1 + `rate`) to the power of the opportunities
    /// until then; infinite for a rate of 0.
    pub fn discounted_residual(&self, x: u32, n: u32, rate: f64) -> f64 {
        self.posterior_mean(x, n) / rate
    }

    /// Expected purchases of a new customer at the first n opportunities.
    pub fn expected_of_new_customer(&self, n: u32) -> f64 {
        self.expected_purchases(0, 0, n)
    }

    /// The mean of p given purchases at x of n opportunities.
    fn posterior_mean(&self, x: u32, n: u32) -> f64 {
        (self.alpha + f64::from(x)) / (self.alpha + self.beta + f64::from(n))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::clv::fit::{Ending, Limit};

    fn cell(x: u32, n: u32, weight: f64) -> DiscreteCell {
        DiscreteCell { x, t_x: x, n, weight }
    }

    #[test]
    fn likelihood_is_that_of_the_order_of_purchases() {
        // α = 1, β = 2, x = 2, n = 5: 1·2 · 2·3·4 / (3·4·5·6·7).
        let found = log_likelihood(&Counts::of(&[cell(2, 5, 3.0)]), &SVector::from([0.0, 2_f64.ln()])).value;
        assert!((found - 3.0 * (48.0_f64 / 2520.0).ln()).abs() < 1e-13, "{found}");
    }

    #[test]
    fn expects_the_mean_of_the_posterior_probability() {
        let model = BetaBinomial { alpha: 1.2, beta: 0.75 };
        assert!((model.expected_purchases(2, 6, 10) - 10.0 * 3.2 / 7.95).abs() < 1e-14);
        assert!((model.expected_of_new_customer(10) - 10.0 * 1.2 / 1.95).abs() < 1e-14);
        let discounted: f64 = (1..400).map(|k| 3.2 / 7.95 / 1.1_f64.powi(k)).sum();
        assert!((model.discounted_residual(2, 6, 0.1) - discounted).abs() < 1e-12);
    }

    #[test]
    fn equal_rates_and_all_or_nothing_are_boundaries() {
        // Binomial counts of 12 opportunities at p = ¼, and customers who buy always or never.
        let binomial = |x: u32| {
            (0..x).fold(1e4 * 0.75_f64.powi(12), |p, i| p * f64::from(12 - i) / f64::from(i + 1) / 3.0)
        };
        let equal: Vec<_> = (0..=12).map(|x| cell(x, 12, binomial(x).round().max(1e-3))).collect();
        let narrower: Vec<_> = equal.iter().filter(|cell| cell.x < 9).copied().collect();
        let fitted = fit(&narrower);
        assert!(
            matches!(
                fitted.ending,
                Ending::Boundary { meaning: Meaning::EqualRates, limit: Limit::Infinity, .. }
            ),
            "{fitted:?}"
        );
        let fitted = fit(&[cell(0, 12, 700.0), cell(12, 12, 300.0)]);
        assert!(
            matches!(
                fitted.ending,
                Ending::Boundary { meaning: Meaning::AllOrNothingRates, limit: Limit::Zero, .. }
            ),
            "{fitted:?}"
        );
    }

    proptest! {
        #[test]
        fn gradient_and_hessian_agree_with_differences(
            theta in prop::array::uniform2(-3.0..3.0_f64),
            customers in prop::collection::vec((0..40_u32, 0..40_u32, 1.0..9.0_f64), 1..6),
        ) {
            let cells: Vec<_> =
                customers.into_iter().map(|(x, more, weight)| cell(x, x + more, weight)).collect();
            let counts = Counts::of(&cells);
            let at = SVector::<f64, 2>::from(theta);
            let here = log_likelihood(&counts, &at);
            let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
            for i in 0..2 {
                let mut shift = SVector::<f64, 2>::zeros();
                shift[i] = 1e-5;
                let up = log_likelihood(&counts, &(at + shift));
                let down = log_likelihood(&counts, &(at - shift));
                let slope = (up.value - down.value) / 2e-5;
                prop_assert!((slope - here.gradient[i]).abs() < 1e-6 * scale);
                let bend = (up.gradient - down.gradient) / 2e-5;
                prop_assert!((bend - here.hessian.column(i)).amax() < 1e-6 * scale);
            }
        }
    }
}
