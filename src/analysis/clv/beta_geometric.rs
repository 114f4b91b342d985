//! The beta-geometric distribution: for how many whole periods a customer stays.
//!
//! At the start of each period a customer leaves with their own probability θ; over customers θ ~ beta(a, b). The share
//! still there after k periods is
//!
//! S(k) = B(a, b+k) / B(a, b) = (b)ₖ / (a+b)ₖ,
//!
//! with (z)ₖ the rising factorial (Fader and Hardie 2007, with α, β for a, b). For a customer who has stayed n periods,
//! θ ~ beta(a, b+n): the same formulas hold with b+n. [`super::s_bg`] is this distribution; [`super::bg_bb`] uses it
//! for dropout.

use crate::analysis::special::{Sum, ln_rising};

/// Up to this many factors are multiplied one by one, which loses no digits if S(k) is near 1. Beyond it, the
/// difference of two large logarithms leaves ten digits.
const MOST_FACTORS: u32 = 10_000;

/// More terms than this of a continued fraction mean a discount rate too near 0 (below 10⁻⁹).
const MOST_TERMS: u32 = 1_000_000;

/// S(k), for a, b > 0.
pub(super) fn survival(a: f64, b: f64, k: u32) -> f64 {
    if k <= MOST_FACTORS {
        return (0..k).map(f64::from).fold(1.0, |share, i| share * ((b + i) / (a + b + i)));
    }
    libm::exp(ln_rising(b, k).value - ln_rising(a + b, k).value).min(1.0)
}

/// S(1) + … + S(m): in how many of the next m periods a customer is expected to be there. Takes time proportional to m.
///
/// The closed form, b/(a−1) · [1 − (b+1)ₘ/(a+b)ₘ], is 0/0 at a = 1 and loses digits around it; the sum does not.
pub(super) fn expected_periods(a: f64, b: f64, m: u32) -> f64 {
    let (mut share, mut sum) = (1.0, Sum::default());
    for i in 0..m {
        let i = f64::from(i);
        share *= (b + i) / (a + b + i);
        if share == 0.0 {
            break;
        }
        sum.add(share);
    }
    sum.value()
}

/// Σₖ₌₁ S(k) / (1+d)ᵏ over all k, for a discount rate d ≥ 0 a period; it is ₂F₁(1, b; a+b; 1/(1+d)) − 1 (Fader and
/// Hardie 2010).
///
/// By Gauss's continued fraction for ₂F₁(1, b; c; z), c = a+b, with the k-th coefficient gₖ(1−gₖ₋₁)z, where g₀ = 0 and
///
/// g₂ⱼ₊₁ = (b+j) / (c+2j),  g₂ⱼ₊₂ = (j+1) / (c+2j+1)
///
/// (Wall 1948, Analytic Theory of Continued Fractions, chapter 18). It is summed forwards as Euler's series ρ₁ + ρ₁ρ₂ +
/// …. Each ρ is written without a subtraction: all digits stay. About 20/√d terms are needed, where the plain series
/// needs 35/d. For d = 0 the sum is b/(a−1), or infinite if a ≤ 1. NaN if d is negative or NaN, or above 0 and below
/// 10⁻⁹.
pub(super) fn discounted_periods(a: f64, b: f64, d: f64) -> f64 {
    if d == 0.0 {
        return if a > 1.0 { b / (a - 1.0) } else { f64::INFINITY };
    }
    if d.is_nan() || d < 0.0 {
        return f64::NAN;
    }
    let c = a + b;
    // z and 1 − z.
    let (z, rest) = (1.0 / (1.0 + d), 1.0 / (1.0 + 1.0 / d));
    let limit = {
        let root = rest.sqrt();
        (1.0 - root) / (1.0 + root)
    };
    // The denominator of the k-th step is 1 − gₖ + excess.
    let (mut above, mut excess, mut before) = (1.0, 0.0, f64::INFINITY);
    let (mut term, mut sum) = (1.0, Sum::default());
    for k in 0..MOST_TERMS {
        let j = f64::from(k / 2);
        let (g, below) = if k % 2 == 0 {
            ((b + j) / (c + 2.0 * j), (a + j) / (c + 2.0 * j))
        } else {
            ((j + 1.0) / (c + 2.0 * j + 1.0), (c + j) / (c + 2.0 * j + 1.0))
        };
        let denominator = above + excess;
        let numerator = z * g * above / denominator;
        excess = g * (rest * above + excess) / denominator;
        above = below;
        let ratio = numerator / (above + excess);
        term *= ratio;
        sum.add(term);
        // Two steps together shrink the terms; one alone may not, as the g of odd and even steps differ.
        let pair = (before * ratio).max(limit * limit);
        if pair < 1.0 {
            let left = term * before.max(limit) * (1.0 + ratio.max(limit)) / (1.0 - pair);
            if left <= 1e-16 * sum.value() {
                return sum.value();
            }
        }
        before = ratio;
    }
    f64::NAN
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::special::ln_gauss_2f1;

    #[test]
    fn discounted_periods_agree_with_references() {
        // a, b, d and ₂F₁(1, b; a+b; 1/(1+d)) − 1, computed with 50 digits (mpmath).
        let references = [
            ([0.6568, 8.7838, 0.1], 6.524_738_584_469_971),
            ([0.6568, 8.7838, 0.001], 89.706_619_729_713_98),
            ([0.6681, 3.8061, 0.1], 4.922_204_559_206_98),
            ([1.0, 3.0, 0.05], 4.690_745_860_908_733),
            ([0.001, 1000.0, 0.1], 9.999_891_078_773_097),
            ([1000.0, 0.001, 0.1], 9.099_179_491_013_984e-7),
            ([0.001, 0.001, 0.0001], 4_954.175_505_575_696),
            ([0.5, 5000.0, 0.0001], 6_556.467_591_041_407),
            ([20.0, 20_000.0, 1e-5], 1_041.060_713_033_441),
            ([3.0, 2.0, 10.0], 0.038_107_587_969_678_38),
            ([5.0, 100_000.0, 1e-6], 24_204.975_391_462_013),
            // One step in two shrinks the terms a thousand times more than the next pair does.
            ([4e-6, 10_000.0, 0.002], 499.999_904_371_667_6),
            ([100_000.0, 1e-6, 0.1], 9.090_991_736_205_113e-12),
        ];
        for ([a, b, d], expected) in references {
            let found = discounted_periods(a, b, d);
            assert!((found / expected - 1.0).abs() < 1e-13, "{a} {b} {d}: {found} {expected}");
        }
    }

    #[test]
    fn without_discount_the_sum_is_the_mean() {
        assert_eq!(discounted_periods(3.0, 5.0, 0.0), 2.5);
        assert_eq!(discounted_periods(1.0, 5.0, 0.0), f64::INFINITY);
        assert!((discounted_periods(3.0, 5.0, 1e-7) - 2.5).abs() < 1e-5);
        assert!(
            discounted_periods(3.0, 5.0, -0.1).is_nan() && discounted_periods(3.0, 5.0, f64::NAN).is_nan()
        );
        assert_eq!(discounted_periods(3.0, 5.0, f64::INFINITY), 0.0);
    }

    #[test]
    fn one_by_one_and_by_logarithms_survival_is_the_same() {
        for (a, b) in [(0.7, 1.2), (3.8, 15.2), (1e-3, 900.0), (40.0, 0.02)] {
            let (here, next) = (survival(a, b, MOST_FACTORS), survival(a, b, MOST_FACTORS + 1));
            let last = f64::from(MOST_FACTORS);
            assert!((next / here * ((a + b + last) / (b + last)) - 1.0).abs() < 1e-10, "{a} {b}");
        }
        assert_eq!(survival(0.7, 1.2, 0), 1.0);
    }

    proptest! {
        #[test]
        fn sums_agree_with_their_closed_forms(
            a in 1.2..30.0_f64, b in 0.01..3000.0_f64, m in 1..3000_u32, d in 0.02..3.0_f64,
        ) {
            let ln_ratio = ln_rising(b + 1.0, m).value - ln_rising(a + b, m).value;
            let closed = -b / (a - 1.0) * ln_ratio.exp_m1();
            let found = expected_periods(a, b, m);
            prop_assert!((found / closed - 1.0).abs() < 1e-9, "{found} {closed}");
            let series = ln_gauss_2f1(1.0, b, a + b, 1.0 / (1.0 + d)).exp_m1();
            let found = discounted_periods(a, b, d);
            prop_assert!((found / series - 1.0).abs() < 1e-9 / series.min(1.0), "{found} {series}");
        }

        #[test]
        fn wild_parameters_keep_the_order(
            parameters in prop::array::uniform2(-14.0..14.0_f64),
            k in prop_oneof![0..20_u32, 0..11_000_u32],
            ln_d in -12.0..5.0_f64,
        ) {
            let ([a, b], d) = (parameters.map(f64::exp), ln_d.exp());
            let share = survival(a, b, k);
            prop_assert!((0.0..=1.0).contains(&share));
            let slack = if k < MOST_FACTORS { 0.0 } else { 1e-10 };
            prop_assert!(survival(a, b, k + 1) <= share * (1.0 + slack));
            let periods = expected_periods(a, b, k);
            prop_assert!(periods >= f64::from(k) * share * (1.0 - 1e-11) && periods <= f64::from(k));
            // Each period counts less than for a customer who always stays, or without a discount.
            let discounted = discounted_periods(a, b, d);
            prop_assert!(discounted > 0.0 && discounted <= 1.0 / d * (1.0 + 1e-12), "{discounted}");
            prop_assert!(discounted <= discounted_periods(a, b, 0.0) * (1.0 + 1e-12));
            prop_assert!(discounted_periods(a, b, 2.0 * d) <= discounted);
            // After n periods, a customer is worth more.
            prop_assert!(discounted_periods(a, b + 1.0, d) >= discounted * (1.0 - 1e-12));
        }
    }
}
