//! Discounted future purchases, for any k.
//!
//! Given λ, p and the customer's stage j, the i-th future purchase is ik − j stages away, and counts ξ^(ik−j) with ξ =
//! λ/(λ+δ), δ the discount rate. With the probability to be still there, the sum is ξ^(k−j) / (1 − (1−p)ξᵏ). It is
//! averaged over the stages, over p by nodes (see [`super::mixing`]), and over λ by the trapezoidal rule in ln λ.

use super::Regularity;
use super::mixing::{NOTHING, ROUNDING, STEP, STEPS_OF_WIDTH, over_beta};
use super::silence;

/// The same for random purchases, with λ ~ gamma(m, β), p ~ beta(a, b), and the discount rate in units of 1/β.
pub(in crate::analysis::clv) fn discounted_at_random(m: f64, [a, b]: [f64; 2], rate: f64) -> f64 {
    Wait { m, silence: 0.0, k: Regularity::RANDOM, a, b }.discounted(rate)
}

/// What is known about a customer alive at T.
pub(super) struct Wait {
    /// The shape of λ at tₓ, r + kx.
    pub m: f64,
    /// The silence since tₓ, (T−tₓ)/(α+T).
    pub silence: f64,
    pub k: Regularity,
    /// p ~ beta(a, b).
    pub a: f64,
    pub b: f64,
}

impl Wait {
    /// Discounted expected purchases, with the discount rate in units of 1/(α+T).
    pub fn discounted(&self, rate: f64) -> f64 {
        if rate.is_nan() || rate < 0.0 {
            return f64::NAN;
        }
        if rate == 0.0 {
            return if self.a > 1.0 { (self.a + self.b - 1.0) / (self.a - 1.0) } else { f64::INFINITY };
        }
        let rates = self.over_rates(rate);
        // 1 − ξᵏ is smallest for the largest λ; where p is small even compared with that, it does not matter.
        let least = rates.iter().fold(1.0, |least: f64, node| least.min(node.apart));
        let dropouts = over_beta(self.a, self.b, libm::log(least) - ROUNDING);
        let (mut whole, mut sum) = (0.0, 0.0);
        for node in rates {
            let purchases: f64 = dropouts
                .iter()
                .map(|dropout| dropout.weight / (node.apart + dropout.leave * (1.0 - node.apart)))
                .sum();
            whole += node.weight;
            sum += node.weight * node.next * purchases;
        }
        sum / whole
    }

    /// Nodes for means over λ, in units of 1/(α+T), of functions that go to 0 as λ becomes small compared with `rate`.
    fn over_rates(&self, rate: f64) -> Vec<Node> {
        let Self { m, silence, k, .. } = *self;
        let mut weights = [0.0; Regularity::MOST];
        let weights = &mut weights[..k.count()];
        silence::stages(m, silence, weights);
        let passed: f64 = weights.iter().zip(0_u32..).map(|(weight, j)| weight * f64::from(j)).sum();
        // Over ln λ, λᵐ e^−λ times Σ (λs)ʲ/j!; that is gamma(m+j) over the stages.
        let centre = m + passed;
        let step = STEP.min(STEPS_OF_WIDTH / (m + f64::from(k.k())).sqrt());
        let mut peak = None;
        let mut at = |y: f64| {
            let lambda = centre * libm::exp(y);
            let factor = lambda / (lambda + rate);
            let (mut stage, mut stages, mut ahead) = (1.0, 0.0, 0.0);
            for j in 0..k.k() {
                stages += stage;
                ahead = (ahead + stage) * factor;
                stage *= lambda * silence / (f64::from(j) + 1.0);
            }
            let ln_density = m * y - centre * libm::expm1(y) + libm::log(stages);
            let ln_weight = ln_density - *peak.get_or_insert(ln_density);
            let apart = -libm::expm1(-f64::from(k.k()) * libm::log1p(rate / lambda));
            (Node { weight: libm::exp(ln_weight), apart, next: ahead / stages }, ln_weight > -NOTHING)
        };
        let mut nodes = Vec::new();
        for i in 0.. {
            let (node, counts) = at(f64::from(i) * step);
            nodes.push(node);
            if !counts {
                break;
            }
        }
        let end = libm::log(rate.min(1.0) / centre) - ROUNDING;
        for i in 1.. {
            let y = -f64::from(i) * step;
            let (mut node, counts) = at(y);
            // From here on the density is e^(m ln λ), a geometric series.
            let ended = y < end;
            if ended {
                node.weight /= -libm::expm1(-m * step);
            }
            nodes.push(node);
            if ended || !counts {
                break;
            }
        }
        nodes
    }
}

/// One λ.
struct Node {
    weight: f64,
    /// 1 − ξᵏ.
    apart: f64,
    /// ξ^(k−j), the discount of the next purchase, averaged over the stages.
    next: f64,
}
