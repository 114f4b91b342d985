//! How many purchases a Pareto/NBD customer makes, for all counts in parallel.
//!
//! A live customer dies at τ with density f(τ) = s/β (1 + τ/β)^−(s+1). Purchases until then, or until t, are negative
//! binomial:
//!
//! P(X = n) = S(t) NBₙ(t) + ∫ f(τ) NBₙ(τ) dτ from 0 to t,  S(t) = (1 + t/β)⁻ˢ,  NBₙ(τ) = (r)ₙ/n! (τ/(α+τ))ⁿ (α/(α+τ))ʳ.
//!
//! One set of nodes in τ is used for all n: a step from n to n + 1 is one multiplication per node.
//! [`super::expectation`] has separate nodes for each n, and keeps all digits far in the tails.

use crate::analysis::clv::predictive::{MOST_PURCHASES, NegativeBinomial};
use crate::analysis::special::{NEGLIGIBLE, Rule};

/// Beyond this many standard deviations above all listed counts, a customer adds nothing to them (10⁻¹⁶ or less).
const FAR: f64 = 9.0;

/// Smaller values are dropped: near the limit of an `f64` they would only slow the arithmetic.
const VANISHED: f64 = 1e-290;

/// P(X > n) for n = 0, 1, 2, … in turn, in the next t of a customer who is alive at its beginning.
pub(super) fn beyond(parameters: [f64; 4], t: f64) -> impl FnMut() -> f64 {
    let mut lives = Lives::of(parameters, t);
    let (mut left, mut n) = (1.0, 0.0);
    move || {
        left -= lives.next(parameters[0], n);
        n += 1.0;
        left
    }
}

/// Times alive within the next t, each with its share of customers. The shares may sum to less than 1: the rest buys
/// too often to count.
#[derive(Default)]
struct Lives {
    /// For each time alive, its share times the n-th term, and the factor τ/(α+τ) for the next term.
    nodes: Vec<Node>,
    /// The shares with a first term below the range of an `f64`.
    small: Vec<(f64, NegativeBinomial)>,
}

struct Node {
    term: f64,
    ratio: f64,
}

impl Lives {
    fn of([m, alpha, s, beta]: [f64; 4], t: f64) -> Self {
        // In y = ln(1 + τ/c), c the smaller of α and β, the integrand has no singularity within π of the real axis.
        let scale = alpha.min(beta);
        let end = libm::log1p(t / scale);
        let survival = |tau: f64| -s * libm::log1p(tau / beta);
        let longest = Rule::for_panel(Rule::LONGEST, Rule::STEEPEST);
        let (mut lives, mut dead, mut y) = (Vec::new(), 0.0, 0.0);
        let mut ended = None;
        while y < end {
            let tau = scale * libm::expm1(y);
            let due = m * tau / alpha;
            let spread = (due * (1.0 + tau / alpha)).sqrt();
            let is_countless = due - FAR * spread > MOST_PURCHASES as f64;
            if is_countless || survival(tau) < -NEGLIGIBLE {
                ended = Some(tau);
                break;
            }
            // The peak of NBₙ is as wide as the spread of counts; the density falls as a power.
            let by_counts = libm::log1p((4.0 + 4.0 * spread) * alpha / m / (scale + tau));
            let by_deaths = Rule::STEEPEST / (s + 1.0) * (beta + tau) / (scale + tau);
            let length = Rule::LONGEST.min(by_counts).min(by_deaths).min(end - y);
            for (y, weight) in longest.on(y, length) {
                let tau = scale * libm::expm1(y);
                let density = weight * (scale + tau) / beta * libm::exp(-(s + 1.0) * libm::log1p(tau / beta));
                dead += density;
                lives.push((density, tau));
            }
            y += length;
        }
        // The shares then sum to 1 except for rounding, without the error of the rule.
        let share = -libm::expm1(survival(ended.unwrap_or(t))) / dead;
        for (weight, _) in &mut lives {
            *weight *= share;
        }
        if ended.is_none() {
            lives.push((libm::exp(survival(t)), t));
        }
        let mut sorted = Self::default();
        for (weight, tau) in lives {
            let purchases = NegativeBinomial::new(m, tau / alpha);
            match purchases.first() {
                Some(first) => sorted.nodes.push(Node { term: weight * first, ratio: tau / (alpha + tau) }),
                None => sorted.small.push((weight, purchases)),
            }
        }
        sorted
    }

    /// P(X = n), for each n in turn.
    fn next(&mut self, m: f64, n: f64) -> f64 {
        let mut sum = 0.0;
        let rise = (m + n) / (n + 1.0);
        for node in &mut self.nodes {
            sum += node.term;
            let next = node.term * (node.ratio * rise);
            node.term = if next < VANISHED { 0.0 } else { next };
        }
        for (weight, purchases) in &mut self.small {
            sum += *weight * purchases.next().unwrap_or(0.0);
        }
        sum
    }
}
