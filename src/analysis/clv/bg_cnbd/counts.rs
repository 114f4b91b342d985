//! How many purchases a live customer makes, for each stage of the wait.
//!
//! For a customer who has passed j of k stages, λ ~ gamma(m+j, β), and the stages passed in the next t are negative
//! binomial, N ~ NB(m+j, v) with v = t/β. The n-th purchase comes with stage nk − j: its probability is
//!
//! Tⱼ(n) = P(N ≥ nk − j) = I(nk−j, m+j),
//!
//! with I(i, c) the regularised incomplete beta function at z = v/(1+v).

use super::Regularity;
use super::residual::Wait;
use super::silence;
use crate::analysis::clv::predictive::NegativeBinomial;
use crate::analysis::special::ln_rising;

/// Longer tails than this are not summed: such a tail is not small.
const MOST_OF_TAIL: u64 = 100_000;

impl Wait {
    /// The probability of n purchases in a time t, with v = t/(α+T), for a customer who is alive at its beginning.
    pub fn probability(&self, v: f64, n: u32) -> f64 {
        let stay = libm::exp(ln_rising(self.b, n).value - ln_rising(self.a + self.b, n).value);
        // B(a+1, b+n−1) / B(a, b) = a / (b+n−1) · B(a, b+n) / B(a, b).
        let leave = if n == 0 { 0.0 } else { stay * self.a / (self.b + f64::from(n - 1)) };
        let mut sum = 0.0;
        for (weight, j) in self.stage_weights().into_iter().zip(0..self.k.k()) {
            if weight > 0.0 {
                let (exactly, at_least) = renewals(self.m + f64::from(j), v, self.k, n, j);
                sum += weight * (stay * exactly + leave * at_least);
            }
        }
        sum
    }

    /// The probability that more than n purchases are due in a time t for a customer who stays, for n = 0, 1, 2, … in
    /// turn.
    ///
    /// T₀ is one minus a sum. From one stage to the next, I(i, c) − I(i+1, c−1) = zⁱ (1−z)^(c−1) / (i B(i, c))
    /// (Abramowitz and Stegun 1964, 26.5.16) adds
    ///
    /// Tⱼ₊₁(n) − Tⱼ(n) = Dⱼ(n),  D₀ = (m+l)/m · P(N₀ = l) for l = nk − 1,  Dⱼ₊₁/Dⱼ = (l−j)/((m+j+1) v),
    ///
    /// A purchase therefore costs k steps for all stages together.
    pub fn due(&self, v: f64) -> impl FnMut() -> f64 {
        let (m, k) = (self.m, self.k.count());
        let mut further = self.stage_weights();
        // P(stage > j), without the rounding of 1 − P(stage ≤ j).
        let mut above = 0.0;
        for weight in further.iter_mut().rev() {
            (*weight, above) = (above, above + *weight);
        }
        let (mut terms, mut below, mut passed) = (NegativeBinomial::new(m, v), 0.0, 0.0);
        move || {
            let mut last = 0.0;
            for term in terms.by_ref().take(k) {
                last = term;
                below += term;
            }
            passed += k as f64;
            let mut due = 1.0 - below;
            let mut more = (m + passed - 1.0) / m * last;
            let mut j = 0.0;
            for further in &further[..k - 1] {
                if more <= 0.0 {
                    break;
                }
                due += further * more;
                more *= (passed - 1.0 - j) / ((m + j + 1.0) * v);
                j += 1.0;
            }
            due
        }
    }

    fn stage_weights(&self) -> [f64; Regularity::MOST] {
        let mut weights = [0.0; Regularity::MOST];
        silence::stages(self.m, self.silence, &mut weights[..self.k.count()]);
        weights
    }
}

/// P(n renewals) and P(n renewals or more) in a time t, for λ ~ gamma(m, β) and v = t/β, for a customer who has passed
/// j of k stages: kn − j to kn − j + k − 1 stages passed, or more.
fn renewals(m: f64, v: f64, k: Regularity, n: u32, j: u32) -> (f64, f64) {
    let end = (u64::from(n) + 1) * u64::from(k.k()) - u64::from(j);
    let begin = end.saturating_sub(u64::from(k.k()));
    let mut terms = NegativeBinomial::new(m, v);
    let below: f64 = (0..begin).zip(&mut terms).map(|(_, term)| term).sum();
    let exactly: f64 = (begin..end).zip(&mut terms).map(|(_, term)| term).sum();
    // 1 − Σ would lose the digits of a small tail. The tail finally falls as zⁿ.
    let is_long = 36.0 * (1.0 + v) > MOST_OF_TAIL as f64;
    if below < 0.999 || is_long {
        return (exactly, (1.0 - below).max(0.0));
    }
    let share = v / (1.0 + v);
    let mut above = exactly;
    for (i, term) in (end..end + MOST_OF_TAIL).zip(terms) {
        above += term;
        let ratio = (m + i as f64) / (i as f64 + 1.0) * share;
        // A value too small for an `f64` may always round to itself.
        let is_nothing = term < f64::MIN_POSITIVE;
        if is_nothing || ratio < 1.0 && term * ratio <= f64::EPSILON * above * (1.0 - ratio.max(share)) {
            return (exactly, above);
        }
    }
    (exactly, (1.0 - below).max(0.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn renewals_sum_to_one(r in -5.0..5.0_f64, v in -5.0..3.0_f64, k in 1..=12_u32, j in 0..12_u32) {
            let (r, v, k, j) = (r.exp(), v.exp(), Regularity::new(k).unwrap(), j % k);
            let mut below = 0.0;
            for n in 0..40 {
                let (exactly, at_least) = renewals(r, v, k, n, j);
                prop_assert!((at_least - (1.0 - below)).abs() < 1e-11, "{n} {at_least} {below}");
                below += exactly;
            }
        }

        #[test]
        fn all_stages_together_are_due_as_one_by_one(
            m in -5.0..7.0_f64, v in -9.0..4.0_f64, silence in 0.0..1.0_f64, k in 1..=12_u32,
        ) {
            let (m, v, k) = (m.exp(), v.exp(), Regularity::new(k).unwrap());
            let wait = Wait { m, silence, k, a: 1.0, b: 1.0 };
            let mut due = wait.due(v);
            for n in 1..30 {
                let weights = wait.stage_weights();
                let by_stage = weights.iter().zip(0..k.k());
                let expected: f64 =
                    by_stage.map(|(weight, j)| weight * renewals(m + f64::from(j), v, k, n, j).1).sum();
                let found = due();
                prop_assert!((found - expected).abs() < 1e-12, "{n} {found} {expected}");
            }
        }
    }
}
