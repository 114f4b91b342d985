//! What a silence since the last purchase means, if the wait for a purchase has k stages.
//!
//! An Erlang-k wait is the sum of k exponential ones: a live customer passes stages at rate λ, and every k-th passed
//! stage is a purchase. After x purchases until tₓ, λ ~ gamma(m, α+tₓ) with m = r + kx. Then the number of stages
//! passed in the silence from tₓ to T is negative binomial: j stages have the probability (1−q)ᵐ (m)ⱼ/j! qʲ with q =
//! (T−tₓ)/(α+T). The customer was alive and silent if fewer than k were passed:
//!
//! (1−q)ᵐ S,  S = Σ (m)ⱼ/j! qʲ over j < k.
//!
//! All terms are positive, and so are those of the derivatives by m and by ln q.

use super::Regularity;

/// The terms of S for one m, without their powers of q.
pub(super) struct Silence {
    /// For j = 1, 2, …: (m)ⱼ/j! times 1, j, j², d, jd and e, with d the first derivative of ln (m)ⱼ by m and e the
    /// second derivative of (m)ⱼ by m in units of itself.
    terms: [[f64; 6]; Regularity::MOST - 1],
    count: usize,
}

/// S and its derivatives at one q.
#[derive(Default)]
pub(super) struct Open {
    /// S − 1.
    pub less_one: f64,
    /// By ln q.
    pub by_q: f64,
    /// By ln q, twice.
    pub by_q_q: f64,
    /// By m.
    pub by_m: f64,
    /// By m and ln q.
    pub by_m_q: f64,
    /// By m, twice.
    pub by_m_m: f64,
}

impl Silence {
    /// The terms for m > 0.
    pub fn of(m: f64, k: Regularity) -> Self {
        let mut terms = [[0.0; 6]; Regularity::MOST - 1];
        let count = k.count() - 1;
        let (mut term, mut first, mut second) = (1.0, 0.0, 0.0);
        for (j, terms) in terms.iter_mut().take(count).enumerate() {
            let (below, j) = (m + j as f64, j as f64 + 1.0);
            term *= below / j;
            second += 2.0 * first / below;
            first += 1.0 / below;
            *terms = [term, term * j, term * j * j, term * first, term * j * first, term * second];
        }
        Self { terms, count }
    }

    /// Whether S is 1 for any silence: waits of one stage.
    pub fn is_closed(&self) -> bool {
        self.count == 0
    }

    /// S and its derivatives at 0 ≤ q < 1.
    #[inline]
    pub fn at(&self, q: f64) -> Open {
        let mut sums = [0.0; 6];
        let mut power = 1.0;
        for terms in &self.terms[..self.count] {
            power *= q;
            for (sum, term) in sums.iter_mut().zip(terms) {
                *sum += term * power;
            }
        }
        let [less_one, by_q, by_q_q, by_m, by_m_q, by_m_m] = sums;
        Open { less_one, by_q, by_q_q, by_m, by_m_q, by_m_m }
    }
}

/// Fills in the probability of each stage for a live customer, and returns ln S.
pub(super) fn stages(m: f64, q: f64, weights: &mut [f64]) -> f64 {
    let (mut term, mut less_one) = (1.0, 0.0);
    for (j, weight) in weights.iter_mut().enumerate() {
        if j > 0 {
            term *= (m + j as f64 - 1.0) / j as f64 * q;
            less_one += term;
        }
        *weight = term;
    }
    for weight in weights {
        *weight /= 1.0 + less_one;
    }
    libm::log1p(less_one)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn silence_agrees_with_references() {
        // m, q, k and (1−q)ᵐ S: the regularised incomplete beta function I₁₋q(m, k), computed with 40 digits
        // (mpmath).
        for (m, q, k, expected) in REFERENCES {
            let k = Regularity::new(k).unwrap();
            let survived = |less_one: f64| (m * f64::ln_1p(-q) + less_one.ln_1p()).exp();
            let found = survived(Silence::of(m, k).at(q).less_one);
            assert!((found / expected - 1.0).abs() < 1e-13 * (1.0 + m), "{m} {q} {found}");
            let mut weights = vec![0.0; k.count()];
            let found = survived(stages(m, q, &mut weights).exp_m1());
            assert!((found / expected - 1.0).abs() < 1e-13 * (1.0 + m), "{m} {q} {found}");
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
    }

    const REFERENCES: [(f64, f64, u32, f64); 4] = [
        (0.3, 0.9, 1, 0.501_187_233_627_272_3),
        (0.3, 0.9, 3, 0.715_670_310_258_063_5),
        (36.5, 0.2, 5, 0.071_027_909_444_794),
        (1200.7, 0.01, 12, 0.447_647_690_364_805_3),
    ];

    proptest! {
        #[test]
        fn derivatives_agree_with_differences(m in -6.0..5.0_f64, q in 0.01..0.99_f64, k in 1..=12_u32) {
            let (m, k) = (m.exp(), Regularity::new(k).unwrap());
            let here = Silence::of(m, k).at(q);
            let step = 1e-6;
            let (up, down) = (Silence::of(m, k).at(q * (1.0 + step)), Silence::of(m, k).at(q * (1.0 - step)));
            let close = |found: f64, high: f64, low: f64, step: f64| {
                let slope = (high - low) / (2.0 * step);
                (found - slope).abs() < 1e-7 * (1.0 + found.abs() + (high.abs() + low.abs()) * 1e-2)
            };
            prop_assert!(close(here.by_q, up.less_one, down.less_one, step));
            prop_assert!(close(here.by_q_q, up.by_q, down.by_q, step));
            prop_assert!(close(here.by_m_q, up.by_m, down.by_m, step));
            let step = step * m;
            let (up, down) = (Silence::of(m + step, k).at(q), Silence::of(m - step, k).at(q));
            prop_assert!(close(here.by_m, up.less_one, down.less_one, step));
            prop_assert!(close(here.by_m_m, up.by_m, down.by_m, step));
        }
    }
}
