//! How many purchases a Pareto/NBD customer makes, all counts side by side.
//!
//! A live customer dies at τ with density f(τ) = s/β (1 + τ/β)^−(s+1). Until then, or until t, purchases are negative
//! binomial:
//!
//! P(X = n) = S(t) NBₙ(t) + ∫ f(τ) NBₙ(τ) dτ from 0 to t,  S(t) = (1 + t/β)⁻ˢ,  NBₙ(τ) = (r)ₙ/n! (τ/(α+τ))ⁿ (α/(α+τ))ʳ.
//!
//! One set of nodes in τ serves all n: a step from n to n + 1 is a multiplication a node. [`super::expectation`] has its own
//! nodes for each n, and all digits far in the tails.

use crate::analysis::clv::predictive::{MOST_PURCHASES, NegativeBinomial};
use crate::analysis::special::{NEGLIGIBLE, Rule};

/// So many standard deviations above all counts that are told apart, a customer adds to none of them (10⁻¹⁶ or less).
const FAR: f64 = 9.0;

/// P(X > n) for n = 0, 1, 2, … in turn, in the next t of a customer who is alive at its beginning.
pub(super) fn beyond(parameters: [f64; 4], t: f64) -> impl FnMut() -> f64 {
    let mut lives = lives(parameters, t);
    let mut left = 1.0;
    move || {
        for (weight, purchases) in &mut lives {
            left -= *weight * purchases.next().unwrap_or(0.0);
        }
        left
    }
}

/// Times alive within the next t, each with its share of customers and their purchases. What the shares lack to 1 is of
/// customers who buy too often to count.
fn lives([m, alpha, s, beta]: [f64; 4], t: f64) -> Vec<(f64, NegativeBinomial)> {
    // In y = ln(1 + τ/c), c the smaller of α and β, the integrand has no singularity within π of the real axis.
    let scale = alpha.min(beta);
    let end = libm::log1p(t / scale);
    let survival = |tau: f64| -s * libm::log1p(tau / beta);
    let longest = Rule::for_panel(Rule::LONGEST, Rule::STEEPEST);
    let (mut lives, mut dead, mut y) = (Vec::new(), 0.0, 0.0);
    let mut last = t;
    while y < end {
        let tau = scale * libm::expm1(y);
        let due = m * tau / alpha;
        let spread = (due * (1.0 + tau / alpha)).sqrt();
        let is_countless = due - FAR * spread > MOST_PURCHASES as f64;
        if is_countless || survival(tau) < -NEGLIGIBLE {
            last = tau;
            break;
        }
        // NBₙ has a peak as wide as counts spread; the density falls as a power.
        let by_counts = libm::log1p((4.0 + 4.0 * spread) * alpha / m / (scale + tau));
        let by_deaths = Rule::STEEPEST / (s + 1.0) * (beta + tau) / (scale + tau);
        let length = Rule::LONGEST.min(by_counts).min(by_deaths).min(end - y);
        for (y, weight) in longest.on(y, length) {
            let tau = scale * libm::expm1(y);
            let density = weight * (scale + tau) / beta * libm::exp(survival(tau) - libm::log1p(tau / beta));
            dead += density;
            lives.push((density, NegativeBinomial::new(m, tau / alpha)));
        }
        y += length;
    }
    // Shares that sum to 1 but for rounding leave nothing to the error of the rule.
    let share = -libm::expm1(survival(last)) / dead;
    for (weight, _) in &mut lives {
        *weight *= share;
    }
    if last >= t {
        lives.push((libm::exp(survival(t)), NegativeBinomial::new(m, t / alpha)));
    }
    lives
}
