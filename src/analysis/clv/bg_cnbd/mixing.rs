//! Means over a beta distribution, by the trapezoidal rule in logit p.
//!
//! In y = logit p the density e^(ay) / (1+eʸ)^(a+b) is smooth and falls as eᵃʸ to the left and e⁻ᵇʸ to the right. With
//! step h, the error of the trapezoidal rule is e^(−2πd/h) for a function that is smooth up to a distance d from the
//! real line; here d is at least π/2. If a or b is small, one side of the density is long, but the function is constant
//! on nearly all of it: the rest of that side is a geometric series, and goes into its last node.

use crate::analysis::special::softplus;

/// A density below e⁻⁴⁰ of its peak is neglected.
pub(super) const NOTHING: f64 = 40.0;

/// e⁻³⁷ is below the rounding of 1.
pub(super) const ROUNDING: f64 = 37.0;

/// The longest step of the rule: an error of e⁻⁴⁹ at d = π/2.
pub(super) const STEP: f64 = 0.2;

/// The step in units of a narrow density's width: an error of e⁻⁵⁵ for a normal density.
pub(super) const STEPS_OF_WIDTH: f64 = 0.6;

/// One p with its share of the total weight.
pub(super) struct Node {
    /// p.
    pub leave: f64,
    /// 1 − p.
    pub stay: f64,
    /// ln(1 − p).
    pub ln_stay: f64,
    /// Weights sum to 1.
    pub weight: f64,
}

/// Nodes for means over p ~ beta(a, b) of functions that are constant for p below e^`ln_least`.
pub(super) fn over_beta(a: f64, b: f64, ln_least: f64) -> Vec<Node> {
    let step = STEP.min(STEPS_OF_WIDTH * (1.0 / a + 1.0 / b).sqrt());
    let ln_density = |y: f64| -a * softplus(-y).0 - b * softplus(y).0;
    let centre = libm::log(a / b);
    let peak = ln_density(centre);
    // Where the other factor of the density is 1.
    let edge = ROUNDING + libm::log(a + b).max(0.0);
    let mut nodes = Vec::new();
    let mut add = |from: f64, step: f64, end: f64, flank: f64| {
        let mut y = from;
        loop {
            let ln_weight = ln_density(y) - peak;
            let mut weight = libm::exp(ln_weight);
            let ended = (y - end) * step >= 0.0;
            if ended {
                weight /= -libm::expm1(-flank * step.abs());
            }
            let (more, leave) = softplus(y);
            nodes.push(Node { leave, stay: softplus(-y).1, ln_stay: -more, weight });
            if ended || ln_weight < -NOTHING {
                break;
            }
            y += step;
        }
    };
    add(centre, step, edge, b);
    add(centre - step, -step, ln_least.min(-edge), a);
    let whole: f64 = nodes.iter().map(|node| node.weight).sum();
    for node in &mut nodes {
        node.weight /= whole;
    }
    nodes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::special::ln_rising;

    proptest! {
        #[test]
        fn moments_are_those_of_a_beta_distribution(a in -9.0..9.0_f64, b in -9.0..9.0_f64) {
            let (a, b) = (a.exp(), b.exp());
            let nodes = over_beta(a, b, -50.0);
            prop_assert!(nodes.len() < 800, "{}", nodes.len());
            let mean = |of: &dyn Fn(&Node) -> f64| nodes.iter().map(|node| node.weight * of(node)).sum::<f64>();
            for n in [1, 2] {
                let expected = |a: f64, b: f64| {
                    libm::exp(ln_rising(a, n).value - ln_rising(a + b, n).value)
                };
                let leave = mean(&|node| libm::pow(node.leave, f64::from(n)));
                prop_assert!((leave / expected(a, b) - 1.0).abs() < 1e-11, "{n} {leave} {}", expected(a, b));
                let stay = mean(&|node| libm::pow(node.stay, f64::from(n)));
                prop_assert!((stay / expected(b, a) - 1.0).abs() < 1e-11, "{n} {stay} {}", expected(b, a));
            }
        }
    }
}
