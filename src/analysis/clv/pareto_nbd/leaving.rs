//! P(alive) by the share who leave before the next purchase: without an integral for each customer.
//!
//! Of customers alive at t after x purchases, a share q(t) leave before they would have bought again:
//!
//! q(t) = ∫ s/(β+τ) ((α+t)/(α+τ))ᵐ ((β+t)/(β+τ))ˢ dτ from t to ∞,  m = r + x.
//!
//! From tₓ to T a share E = ((α+tₓ)/(α+T))ᵐ ((β+tₓ)/(β+T))ˢ neither buy nor leave, and q(tₓ) − E q(T) leave in silence:
//!
//! P(alive) = E / (E + q(tₓ) − E q(T)).
//!
//! As q(T) ≤ 1, the difference costs no digits. With c and C the smaller and the larger of α and β, w = (c+t)/(C+t) and
//! v = 1 − w, it is (Abramowitz and Stegun 1964, 15.3.1 and 15.3.3)
//!
//! q(t) = s/(m+s) ₂F₁(1, m; m+s+1; v) where α ≥ β,  s/(m+s) w ₂F₁(1, s+1; m+s+1; v) where α < β.
//!
//! ₂F₁(1, a; a+b; v) is the mean of 1/(1−vu) over u ~ beta(a, b). Gauss's continued fraction converges to it, faster
//! for larger w; every second of its steps is used (Wall 1948, "Analytic Theory of Continued Fractions", sections 4 and
//! 89). Its coefficients come from the canonical moments of u, (a+k)/(a+b+2k) in odd places and k/(a+b+2k−1) in even
//! ones, and from their complements to 1: they are sums and products of positive numbers. They depend on x alone, and
//! many customers share them.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::expectation::ln_odds_of_death;
use super::grid::Parameters;
use crate::analysis::special::softplus;

/// The relative error where the fraction ends: too small for an `f64`.
const TOLERANCE: f64 = 3e-17;

/// The resolution of w in [`LENGTHS`].
const PARTS: usize = 256;

/// How many terms are enough from w = i/[`PARTS`] on; 0 for the first entry, where no number is enough.
///
/// n terms are Gauss's rule with n nodes for the mean, so at most twice as bad as the best polynomial of degree 2n − 1:
/// the error is at most v/w ρ^(2n−1), ρ = (1−√w)/(1+√w), for any a and b (Chebyshev's approximation of 1/(z−u)).
static LENGTHS: LazyLock<[usize; PARTS + 1]> = LazyLock::new(|| {
    std::array::from_fn(|part| {
        if part == 0 {
            return 0;
        }
        let w = part as f64 / PARTS as f64;
        let (v, root) = (1.0 - w, w.sqrt());
        let reach = libm::log(v / w / TOLERANCE) / libm::log((1.0 + root) / (1.0 - root));
        // No number at w = 1; there the first term is complete.
        (0.5 * (reach + 1.0)).ceil().max(2.0) as usize
    })
});

/// Denominators fall by a factor between 1 and 1/[`PARTS`] per term. Multiplied by this, those of all lengths fit the
/// range of an `f64`.
const SCALE: f64 = 8.0;

/// If a share below e to the power of minus this neither buys nor leaves, everything is computed in logarithms.
const FAINTEST: f64 = 600.0;

/// The most terms that are kept, for one x after the other.
const MOST_KEPT: usize = 1 << 16;

/// One term of 1/(w + vκ₀ − v²λ₁/(w + vκ₁ − v²λ₂/(w + vκ₂ − …))).
#[derive(Debug, Clone, Copy)]
struct Term {
    kappa: f64,
    /// The λ before it; 0 for the first.
    lambda: f64,
}

/// The terms for the mean over beta(a, b).
fn terms([a, b]: [f64; 2], length: usize) -> impl Iterator<Item = Term> {
    let whole = a + b;
    // From the term before: its odd moment, and its part in λ.
    let (mut odd_before, mut part) = (0.0, 0.0);
    (0..length).map(move |k| {
        let k = k as f64;
        let (by_even, by_odd) = (1.0 / (whole + (2.0 * k - 1.0)), 1.0 / (whole + 2.0 * k));
        // a + b − 1 may be too small to be distinguished from 0.
        let (even, not_even) =
            if k > 0.0 { (k * by_even, (whole + (k - 1.0)) * by_even) } else { (0.0, 1.0) };
        let (odd, not_odd) = ((a + k) * by_odd, (b + k) * by_odd);
        let term = Term { kappa: even * odd_before + not_even * not_odd, lambda: part * even };
        (odd_before, part) = (odd, not_even * odd * not_odd);
        term
    })
}

/// The fraction for two w, each with its v: the same recurrence gives numerator and denominator.
#[inline]
fn fractions(w: [f64; 2], v: [f64; 2], terms: &[Term]) -> [f64; 2] {
    let Some((first, later)) = terms.split_first() else { return [f64::NAN; 2] };
    let (w, v) = (w.map(|w| SCALE * w), v.map(|v| SCALE * v));
    let square = v.map(|v| v * v);
    let (mut above, mut above_before) = ([1.0; 2], [0.0; 2]);
    let (mut below, mut below_before) = ([0, 1].map(|i| w[i] + v[i] * first.kappa), [1.0; 2]);
    for Term { kappa, lambda } in later {
        for i in 0..2 {
            let (by, by_before) = (w[i] + v[i] * kappa, square[i] * lambda);
            (above[i], above_before[i]) = (by * above[i] - by_before * above_before[i], above[i]);
            (below[i], below_before[i]) = (by * below[i] - by_before * below_before[i], below[i]);
        }
    }
    [0, 1].map(|i| SCALE * above[i] / below[i])
}

impl Parameters {
    /// w and v at a time.
    fn contrast(&self, time: f64) -> (f64, f64) {
        let (least, most) = (self.alpha.min(self.beta), self.alpha.max(self.beta));
        let by = 1.0 / (most + time);
        ((least + time) * by, (most - least) * by)
    }

    /// P(alive) of a customer with x repeat purchases, the last at tₓ, at t; `terms` gives the first terms for a and b.
    #[inline]
    fn p_alive_by<'a>(
        &self,
        [x, t_x, t]: [f64; 3],
        terms: impl FnOnce([f64; 2], usize) -> &'a [Term],
    ) -> f64 {
        let Self { r, alpha, s, beta } = *self;
        let m = r + x;
        let last = if x == 0.0 { 0.0 } else { t_x };
        let silence = t - last;
        if silence <= 0.0 {
            return 1.0;
        }
        let faint = m * libm::log1p(silence / (alpha + last)) + s * libm::log1p(silence / (beta + last));
        let ((w, v), (later_w, later_v)) = (self.contrast(last), self.contrast(t));
        // w rises with time: what is enough first is enough later.
        let length = length_from(w);
        let by_fraction = length > 0 && faint < FAINTEST;
        if !by_fraction {
            return softplus(-ln_odds_of_death([m, alpha, s, beta], last, t)).1;
        }
        let by_rates = alpha >= beta;
        let mixing = if by_rates { [m, s + 1.0] } else { [s + 1.0, m] };
        let [first, later] = fractions([w, later_w], [v, later_v], terms(mixing, length));
        let (first, later) = if by_rates { (first, later) } else { (w * first, later_w * later) };
        let stay = libm::exp(-faint);
        let left = s / (m + s) * (first - stay * later);
        stay / (stay + left.max(0.0))
    }

    /// P(alive) of one customer.
    pub fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64 {
        let mut own = Vec::new();
        self.p_alive_by([f64::from(x), t_x, t], |mixing, length| {
            own.extend(terms(mixing, length));
            &own
        })
    }

    /// P(alive) of one customer after the other, equal to the last bit to the value of each alone.
    pub fn p_alive_of_each(self) -> impl FnMut(u32, f64, f64) -> f64 {
        let mut kept: Vec<Term> = Vec::new();
        let mut starts: HashMap<u32, usize, FixedState> = HashMap::default();
        // Enough for all times, except for the rounding of w.
        let (first, _) = self.contrast(0.0);
        let longest = length_from((first - 1.0 / PARTS as f64).max(1.0 / PARTS as f64));
        move |x, t_x, t| {
            self.p_alive_by([f64::from(x), t_x, t], |mixing, length| {
                if kept.len() > MOST_KEPT {
                    kept.clear();
                    starts.clear();
                }
                let start = *starts.entry(x).or_insert_with(|| {
                    let start = kept.len();
                    kept.extend(terms(mixing, longest));
                    start
                });
                kept.get(start..start + length).unwrap_or_default()
            })
        }
    }
}

/// How many terms are enough from this w on; 0 where no number is enough.
fn length_from(w: f64) -> usize {
    LENGTHS.get((w * PARTS as f64) as usize).copied().unwrap_or_default()
}
