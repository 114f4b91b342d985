//! Expected purchases of a live customer, with beta-distributed dropout.
//!
//! Given a purchase rate λ and a dropout probability p, a live customer makes (1 − e^(−λpt)) / p purchases in a time t
//! (Fader, Hardie and Lee 2005, equation 9). Over λ ~ gamma(m, β) and p ~ beta(a, B) this becomes
//!
//! h(m, B, v) = E[(1 − (1 + pv)⁻ᵐ) / p],  v = t/β,
//!
//! which the paper writes as C/(a−1) · [1 − (1−z)ᵐ ₂F₁(m, B; C; z)] with C = a + B − 1 and z = v/(1+v). That form is
//! 0/0 at a = 1 and at C = 0, and loses digits near both. Here its Taylor coefficients in z are summed instead, by the
//! recurrence that h′ gives (see [`series`]); they have neither singularity. If a series would be long or alternate,
//! the expectation is integrated.

use crate::analysis::special::{later_ratio, ln_rising, softplus};

/// With more terms than this, the integral is cheaper.
const MOST_TERMS: u32 = 10_000;

/// h(m, B, v) = E[(1 − (1 + pv)⁻ᵐ) / p] for p ~ beta(a, B); all of m, a, B > 0 and v ≥ 0.
pub(in crate::analysis::clv) fn expected_while_alive(m: f64, a: f64, b: f64, v: f64) -> f64 {
    if v <= 0.0 {
        return 0.0;
    }
    let z = v / (1.0 + v);
    // Euler's form: its coefficients share one sign if κ ≥ 0, and cancel little if κ is not far below 0.
    let kappa = a + b - m - 1.0;
    let by_euler = (kappa > -6.0).then(|| series(m, a - 1.0, [kappa, a, a + b], z)).flatten();
    // The plain form: all coefficients are positive, but there are many if m is large.
    let by_plain = || series(m, m, [m + 1.0, b, a + b], z);
    by_euler.or_else(by_plain).unwrap_or_else(|| integral(m, a, b, v))
}

/// (1−z)ˢ Σₙ dₙzⁿ with d₀ = 0 and (n+1) dₙ₊₁ = (n+s) dₙ + m eₙ, where Σ eₙzⁿ = ₂F₁(A, B; C; z).
///
/// It solves h′ = m (1−z)^(s−1) ₂F₁(A, B; C; z) with h(0) = 0. This is dh/dz for (A, B, C) = (m+1, B, a+B) and s = m;
/// by Euler's transformation also for (a+B−m−1, a, a+B) and s = a − 1. `None` if the sum would be too long or leave the
/// range of an `f64`.
fn series(m: f64, s: f64, [upper, other, lower]: [f64; 3], z: f64) -> Option<f64> {
    let fall = s * libm::log1p(-z);
    if fall < -600.0 {
        return None;
    }
    let (mut e, mut d, mut sum) = (1.0_f64, 0.0_f64, 0.0_f64);
    for n in 0..MOST_TERMS {
        let n = f64::from(n);
        let next = ((n + s) * d + m * e) / (n + 1.0) * z;
        sum += next;
        if next.abs() <= 1e-15 * sum.abs() {
            // Later e shrink at least by `shrink`, and so do later d, except for the e that they include.
            let own = ((n + 1.0 + s) / (n + 2.0)).max(1.0);
            let shrink = z * own.max(later_ratio([upper, other, lower], n));
            let rest = (next.abs() + (m * e * z).abs() / ((n + 1.0) * (1.0 - shrink))) / (1.0 - shrink);
            if shrink < 1.0 && rest <= 1e-15 * sum.abs() {
                let value = libm::exp(fall) * sum;
                return value.is_finite().then_some(value);
            }
        }
        d = next;
        e *= (upper + n) * (other + n) / ((lower + n) * (n + 1.0)) * z;
    }
    None
}

/// h by the trapezoidal rule in y = logit p, stretched as y = y₀ + w sinh u about the peak y₀ of the density. Then both
/// sides of the peak (eᵃʸ to the left, e⁻ᴮʸ to the right) end within a short range of u.
fn integral(m: f64, a: f64, b: f64, v: f64) -> f64 {
    const STEP: f64 = 1.0 / 64.0;
    let width = (1.0 / a + 1.0 / b).sqrt().min(1.0);
    let centre = libm::log(a / b);
    let reach = |flank: f64| libm::asinh((60.0 / (flank * width)).max(12.0));
    let (left, right) = (reach(a), reach(b));
    let ln_density = |y: f64| -a * softplus(-y).0 - b * softplus(y).0;
    let peak = ln_density(centre);
    let count = ((left + right) / STEP).ceil() as u32;
    let (mut whole, mut sum) = (0.0, 0.0);
    for i in 0..=count {
        let u = f64::from(i) * STEP - left;
        let y = centre + width * libm::sinh(u);
        let weight = libm::exp(ln_density(y) - peak) * libm::cosh(u);
        whole += weight;
        sum += weight * purchases(m, softplus(y).1, v);
    }
    sum / whole
}

/// (1 − (1 + pv)⁻ᵐ) / p, which goes to mv as p → 0.
fn purchases(m: f64, p: f64, v: f64) -> f64 {
    if p * v * (m + 1.0) < 1e-12 { m * v } else { -libm::expm1(-m * libm::log1p(p * v)) / p }
}

/// P(X(t) = n) for a new customer (Fader, Hardie and Lee 2005, equation 8), with w = t/(α+t).
pub(super) fn probability(r: f64, a: f64, b: f64, share: f64, n: u32) -> f64 {
    // The negative binomial's terms (r)ⱼ/j! (1−w)ʳ wʲ, as logarithms: the first is 0 if many purchases are due.
    let mut ln_term = r * libm::log1p(-share);
    if n == 0 {
        return libm::exp(ln_term);
    }
    let mut below = 0.0;
    for j in 0..n {
        below += libm::exp(ln_term);
        ln_term += libm::log((r + f64::from(j)) / (f64::from(j) + 1.0) * share);
    }
    let term = libm::exp(ln_term);
    let ln_survive = ln_rising(b, n).value - ln_rising(a + b, n).value;
    // B(a+1, b+n−1) / B(a, b) = a / (b+n−1) · B(a, b+n) / B(a, b).
    let ln_leave = ln_survive + libm::log(a) - libm::log(b + f64::from(n) - 1.0);
    let small = (below > 0.9).then(|| upper_tail(r, share, n, term)).flatten();
    let at_least = small.unwrap_or((1.0 - below).max(0.0));
    libm::exp(ln_survive) * term + libm::exp(ln_leave) * at_least
}

/// Σⱼ≥ₙ of the negative binomial's terms, from the n-th on; 1 − Σⱼ<ₙ would lose the digits of a small tail. `None` if
/// the tail is long, and therefore not small.
fn upper_tail(r: f64, share: f64, n: u32, first: f64) -> Option<f64> {
    let (mut term, mut sum) = (first, 0.0);
    for j in n..n.saturating_add(MOST_TERMS * 10) {
        sum += term;
        let ratio = (r + f64::from(j)) / (f64::from(j) + 1.0) * share;
        term *= ratio;
        // A value too small for an `f64` may always round to itself.
        let is_nothing = term < f64::MIN_POSITIVE;
        if is_nothing || ratio < 1.0 && term <= f64::EPSILON * sum * (1.0 - ratio) {
            return Some(sum);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::special::ln_gauss_2f1;

    #[test]
    fn expectation_agrees_with_references() {
        // m, a, B, v and h, computed with 120 digits (mpmath), including a = 1, a + B = 1, and the far corners.
        let references = [
            ([2.2426, 0.7929, 4.4259, 0.9], 1.685_194_333_974_283_2),
            ([0.2426, 0.7929, 2.4259, 11.78], 1.443_920_939_398_797_3),
            ([0.2426, 1.0, 2.4259, 3.0], 0.514_174_618_340_821_8),
            ([0.2426, 0.3, 0.7, 3.0], 0.542_131_586_937_721_1),
            ([200.25, 0.8, 202.5, 0.5], 84.700_652_590_562_65),
            ([1000.0, 0.2, 3.0, 0.7], 283.959_271_173_598_96),
            ([100_000.3, 0.7, 100_002.0, 0.05], 4_914.914_377_735_726),
            ([3.0, 40.0, 7.0, 2.0], 1.118_699_458_090_413),
            ([0.5, 900.0, 3.0, 50.0], 0.862_611_945_621_475),
            ([50.0, 1e-6, 2.0, 0.3], 14.999_976_296_305_433),
            ([2.2, 1e-6, 1e6, 0.3], 0.659_999_999_999_683_2),
            ([500.0, 500.0, 500.0, 30.0], 2.002_004_008_016_032),
            ([1.5, 2000.0, 3000.0, 0.8], 0.851_558_479_182_380_3),
            ([0.001, 2.0, 0.001, 1e6], 0.013_732_611_896_199_797),
            ([30.0, 0.01, 0.02, 1e5], 1_730_696.735_219_305),
            ([700.0, 0.02, 1.5, 20.0], 11_813.176_210_864_649),
        ];
        for ([m, a, b, v], expected) in references {
            let found = expected_while_alive(m, a, b, v);
            assert!((found / expected - 1.0).abs() < 1e-11, "{m} {a} {b} {v}: {found} {expected}");
        }
        assert_eq!(expected_while_alive(2.0, 1.0, 1.0, 0.0), 0.0);
    }

    #[test]
    fn probability_agrees_with_references() {
        // Equation 8 at r = .243, α = 4.414, a = .793, b = 2.426, t = 39, computed with 120 digits (mpmath).
        let share = 39.0 / 43.414;
        for (n, expected) in [
            (1, 0.199_395_280_835_911_46),
            (2, 0.085_429_759_539_060_76),
            (10, 0.003_590_429_540_189_673_2),
            (60, 9.145_875_671_165_387e-7),
        ] {
            let found = probability(0.243, 0.793, 2.426, share, n);
            assert!((found / expected - 1.0).abs() < 1e-11, "{n}: {found}");
        }
        // Far in the tail, where one minus the sum below would have no digits: r = 3, α = 40, a = 2, b = 5, t = 2.
        let found = probability(3.0, 2.0, 5.0, 2.0 / 42.0, 30);
        assert!((found / 2.334_508_970_632_508_6e-39 - 1.0).abs() < 1e-11, "{found}");
    }

    #[test]
    fn probabilities_sum_to_one_and_average_to_the_expectation() {
        let (r, a, b, v) = (1.4, 2.0, 3.0, 2.5);
        let (mut whole, mut mean) = (0.0, 0.0);
        for n in 0..400 {
            let share = probability(r, a, b, v / (1.0 + v), n);
            whole += share;
            mean += f64::from(n) * share;
        }
        assert!((whole - 1.0).abs() < 1e-12, "{whole}");
        assert!((mean - expected_while_alive(r, a, b, v)).abs() < 1e-10, "{mean}");
    }

    proptest! {
        #[test]
        fn series_and_integral_agree(
            m in -3.0..6.0_f64, a in -5.0..5.0_f64, b in -3.0..6.0_f64, v in -6.0..4.0_f64,
        ) {
            let [m, a, b, v] = [m, a, b, v].map(f64::exp);
            let (found, check) = (expected_while_alive(m, a, b, v), integral(m, a, b, v));
            prop_assert!((found / check - 1.0).abs() < 1e-9, "{found} {check}");
        }

        #[test]
        fn agrees_with_the_form_of_the_paper(
            m in 0.1..50.0_f64, a in 1.3..4.0_f64, b in 0.5..50.0_f64, v in 0.05..5.0_f64,
        ) {
            // C/(a−1) [1 − (1−z)ᵐ ₂F₁(m, B; C; z)], away from its singularity.
            let (whole, z) = (a + b - 1.0, v / (1.0 + v));
            let paper = -whole / (a - 1.0) * (ln_gauss_2f1(m, b, whole, z) + m * (-z).ln_1p()).exp_m1();
            let found = expected_while_alive(m, a, b, v);
            prop_assert!((found / paper - 1.0).abs() < 1e-9, "{found} {paper}");
        }

        #[test]
        fn wild_arguments_give_numbers_between_none_and_all(
            parameters in prop::array::uniform3(-14.0..14.0_f64), ln_v in -20.0..20.0_f64,
        ) {
            let ([m, a, b], v) = (parameters.map(f64::exp), ln_v.exp());
            let found = expected_while_alive(m, a, b, v);
            prop_assert!(found >= 0.0 && found <= m * v * (1.0 + 1e-9), "{found} {}", m * v);
            let share = v / (1.0 + v);
            for n in [0, 1, 7, 300] {
                let chance = probability(m, a, b, share, n);
                prop_assert!((0.0..=1.0 + 1e-9).contains(&chance), "{n} {chance}");
            }
        }
    }
}
