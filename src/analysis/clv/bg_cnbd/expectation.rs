//! Expected purchases of a live customer in each stage of the wait, exact for every k.
//!
//! Over λ ~ gamma(m, β), the stages passed in a time t are negative binomial, N ~ NB(m, v) with v = t/β: P(N = n) =
//! (m)ₙ/n! zⁿ (1−z)ᵐ, z = v/(1+v). A customer who has passed j of k stages of the wait has λ ~ gamma(m+j, β), as each
//! passed stage adds one to the shape, and buys ⌊(N+j)/k⌋ times if not dropped out before. With p ~ beta(a, B), the
//! i-th purchase is still made with probability sᵢ₋₁ = (B)ᵢ₋₁/(a+B)ᵢ₋₁. So
//!
//! Vⱼ = E[c(⌊(N+j)/k⌋)],  N ~ NB(m+j, v),  c(i) = s₀ + … + sᵢ₋₁.
//!
//! This sum is computed directly, with all terms positive, for all j in parallel. If it would be long, p is integrated
//! last instead. For k = 1 both give BG/NBD's own expectation.

use std::f64::consts::PI;

use super::mixing::over_beta;
use crate::analysis::clv::bg_nbd::expectation::expected_while_alive;

/// With more stages than this, the integral is cheaper.
const MOST_STAGES: f64 = 10_000.0;

/// Vⱼ for each j < k; `expected` has k places. All of m, a, B > 0 and v ≥ 0.
pub(super) fn by_stage(m: f64, a: f64, b: f64, v: f64, expected: &mut [f64]) {
    if v <= 0.0 {
        expected.fill(0.0);
    } else if let [expected] = expected {
        *expected = expected_while_alive(m, a, b, v);
    } else if stages(m, v, expected.len()) < MOST_STAGES {
        series_of_k(m, a, b, v, expected);
    } else {
        integral(m, a, b, v, expected);
    }
}

/// The range of nearly all of the negative binomial: eight standard deviations, or the length of its tail.
fn stages(m: f64, v: f64, k: usize) -> f64 {
    let mean = (m + k as f64) * v;
    mean + 8.0 * (mean * (1.0 + v)).sqrt() + 40.0 * (1.0 + v)
}

/// The series for k = the number of places: separate code for each k keeps the sums of all stages in registers.
fn series_of_k(m: f64, a: f64, b: f64, v: f64, expected: &mut [f64]) {
    macro_rules! by_k {
        ($($k:literal)*) => {
            match expected.len() {
                $($k => if let Ok(expected) = expected.try_into() { series::<$k>(m, a, b, v, expected) },)*
                _ => integral(m, a, b, v, expected),
            }
        };
    }
    by_k!(2 3 4 5 6 7 8 9 10 11 12);
}

/// The sum over n, in units of P(N = 0) for j = 0, rescaled when it grows large.
fn series<const K: usize>(m: f64, a: f64, b: f64, v: f64, expected: &mut [f64; K]) {
    const LARGE: f64 = 1e200;
    let z = v / (1.0 + v);
    let (mut terms, mut wholes, mut due) = ([0.0; K], [0.0; K], [0.0; K]);
    for (j, term) in terms.iter_mut().enumerate() {
        *term = libm::exp(-(j as f64) * libm::log1p(v));
    }
    expected.fill(0.0);
    // s and c of the next purchase.
    let (mut stay, mut purchases, mut n) = (1.0, 0.0, 0.0);
    for i in 0..MOST_STAGES as u32 {
        for step in 0..K {
            // With the n-th stage, customers in this stage buy once more.
            due[(K - step) % K] = purchases;
            if step == 0 {
                purchases += stay;
            }
            let shrink = z / (n + 1.0);
            let mut upper = m + n;
            for j in 0..K {
                wholes[j] += terms[j];
                expected[j] += terms[j] * due[j];
                terms[j] *= upper * shrink;
                upper += 1.0;
            }
            n += 1.0;
        }
        stay *= (b + f64::from(i)) / (a + b + f64::from(i));
        // Later terms shrink at least by this factor, while c grows no faster than i.
        let shrink = ((m + K as f64 + n) / (n + 1.0)).max(1.0) * z;
        let rest = purchases / ((1.0 - shrink) * (1.0 - shrink));
        if shrink < 1.0 && terms.iter().zip(expected.iter()).all(|(term, sum)| term * rest <= 1e-14 * sum) {
            break;
        }
        if wholes.iter().any(|whole| *whole > LARGE) {
            for value in terms.iter_mut().chain(wholes.iter_mut()).chain(expected.iter_mut()) {
                *value /= LARGE;
            }
        }
    }
    for (expected, whole) in expected.iter_mut().zip(wholes) {
        *expected /= whole;
    }
}

/// If fewer customers than this stay, the sum over purchases has few terms left and is used.
const FEW_STAY: f64 = 1e-3;
const FEW: usize = 4;

/// The mean over p of (1 − E[(1−p)^⌊(N+j)/k⌋]) / p, for customers with many stages due.
fn integral(m: f64, a: f64, b: f64, v: f64, expected: &mut [f64]) {
    let k = expected.len();
    // If p is small compared with one over the purchases due, they are all made.
    let nodes = over_beta(a, b, -libm::log(1e14 * (1.0 + v) * (1.0 + m)));
    for (j, expected) in expected.iter_mut().enumerate() {
        let m = m + j as f64;
        let due = Due { m, v, j, k };
        let few = due.few();
        let purchases = |leave: f64, stay: f64, ln_stay: f64| {
            if stay < FEW_STAY { horner(&few, stay) } else { due.purchases(leave, -ln_stay / k as f64) }
        };
        *expected =
            nodes.iter().map(|node| node.weight * purchases(node.leave, node.stay, node.ln_stay)).sum();
    }
}

/// N ~ NB(m, v) future stages, for customers who have passed j of k.
struct Due {
    m: f64,
    v: f64,
    j: usize,
    k: usize,
}

impl Due {
    /// P(N ≥ ik − j) for i = 1, 2, …: expected purchases are Σ (1−p)ⁱ⁻¹ times these.
    fn few(&self) -> [f64; FEW] {
        let mut term = libm::exp(-self.m * libm::log1p(self.v));
        let (mut below, mut n) = (0.0, 0);
        let z = self.v / (1.0 + self.v);
        std::array::from_fn(|i| {
            while n < (i + 1) * self.k - self.j {
                below += term;
                term *= (self.m + n as f64) / (n as f64 + 1.0) * z;
                n += 1;
            }
            1.0 - below
        })
    }

    /// Expected purchases given p = `leave`, with (1−p)^(1/k) = φ = e^−`decay`.
    ///
    /// E[(1−p)^⌊(N+j)/k⌋] is a sum over the k-th roots ω of 1 of the generating function of N: with u = φω,
    ///
    /// p/(k(1−p)) Σ u^(j+1) / (1−u) · (1 + v(1−u))⁻ᵐ,
    ///
    /// where the term of ω = 1 is nearly all if many stages are due.
    fn purchases(&self, leave: f64, decay: f64) -> f64 {
        let (j, k) = (self.j as f64, self.k as f64);
        let rest = -libm::expm1(-decay);
        // For ω = 1, the term is φ^(j+1−k) times the mean of 1, φ, …, φ^(k−1) times the generating function.
        let mean: f64 = (1..self.k).map(|i| libm::expm1(-(i as f64) * decay)).sum();
        let ahead = (k - 1.0 - j) * decay;
        let first = ahead + libm::log1p(mean / k) - self.m * libm::log1p(self.v * rest);
        let mut purchases = -libm::expm1(first) / leave;
        let phi = 1.0 - rest;
        for root in 1..=self.k / 2 {
            let angle = 2.0 * PI * root as f64 / k;
            let (sine, cosine) = libm::sincos(angle);
            let (real, imaginary) = (1.0 - phi * cosine, -phi * sine);
            let (up, across) = (1.0 + self.v * real, self.v * imaginary);
            let ln_size = ahead - self.m * libm::log(libm::hypot(up, across));
            if ln_size < -45.0 {
                continue;
            }
            let turn = angle * (j + 1.0) - self.m * libm::atan2(across, up) - libm::atan2(imaginary, real);
            // A root and its conjugate; −1 is its own.
            let both = if 2 * root == self.k { 1.0 } else { 2.0 };
            let term = libm::exp(ln_size) / libm::hypot(real, imaginary) * libm::cos(turn);
            purchases -= both * term / k;
        }
        purchases
    }
}

fn horner(coefficients: &[f64], at: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * at + c)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// m, a, B, v and Vⱼ for j < k: the sum over n with 30 digits (mpmath).
    const REFERENCES: [([f64; 4], &[f64]); 12] = [
        ([15.7, 0.9, 3.4, 0.8], &[2.839_688_721_121_644_4, 3.157_623_754_170_893_4, 3.451_944_176_296_045]),
        ([0.52, 0.9, 2.6, 6.0], &[0.969_222_924_495_013, 2.808_026_200_872_24]),
        (
            [0.3, 0.05, 2.0, 40.0],
            &[
                2.027_286_752_601_847,
                9.447_889_273_659_868,
                16.756_347_157_818_53,
                23.913_215_076_986_65,
                30.964_775_368_947_33,
            ],
        ),
        (
            [60.5, 40.0, 7.0, 1.5],
            &[
                1.179_429_934_771_594_9,
                1.179_443_962_442_137_1,
                1.179_454_480_506_269_7,
                1.179_462_384_945_903_6,
                1.179_468_338_468_069_3,
                1.179_472_832_411_999_2,
                1.179_476_231_918_199_3,
                1.179_478_808_967_623_4,
                1.179_480_766_608_422_6,
                1.179_482_256_764_094_4,
                1.179_483_393_354_715,
                1.179_484_261_987_295_6,
            ],
        ),
        (
            [2.5, 0.001, 900.0, 0.02],
            &[
                1.302_547_273_520_600_3e-06,
                0.000_104_883_843_228_542_89,
                0.004_544_086_341_453_324,
                0.103_193_349_647_329_11,
            ],
        ),
        (
            [600.5, 0.8, 52.5, 1.0],
            &[
                37.511_444_258_350_33,
                37.609_624_618_679_94,
                37.707_676_242_037_22,
                37.805_599_507_604_036,
                37.903_394_792_827_76,
                38.001_062_473_432_11,
                38.098_602_923_427_74,
                38.196_016_515_122_87,
                38.293_303_619_133_766,
                38.390_464_604_395_14,
                38.487_499_838_170_535,
                38.584_409_686_062_536,
            ],
        ),
        ([0.02, 0.7, 1.3, 900.0], &[0.639_366_456_106_661_9, 15.294_733_336_576_966, 20.753_175_162_251_71]),
        (
            [40_000.0, 0.2, 3.0, 0.7],
            &[
                1_802.628_969_691_321,
                1_802.716_638_235_778_4,
                1_802.804_305_715_974_6,
                1_802.891_972_131_986_7,
            ],
        ),
        (
            [36_000.2, 0.02, 3_001.6, 0.5],
            &[
                1_493.085_569_606_313,
                1_493.209_560_837_492,
                1_493.333_551_999_791_6,
                1_493.457_543_093_213_2,
                1_493.581_534_117_759_5,
                1_493.705_525_073_431_5,
                1_493.829_515_960_232,
                1_493.953_506_778_162_6,
                1_494.077_497_527_225_2,
                1_494.201_488_207_421_8,
                1_494.325_478_818_754_4,
                1_494.449_469_361_224_8,
            ],
        ),
        ([0.05, 2.0, 0.01, 3_000.0], &[0.298_848_116_989_718_5, 1.009_733_109_370_718_5]),
        (
            [0.4, 900.0, 1.5, 2_000.0],
            &[
                0.857_442_316_914_485_7,
                1.001_101_601_842_305_8,
                1.001_667_333_857_937_6,
                1.001_668_518_987_158_4,
                1.001_668_520_576_923_1,
                1.001_668_520_578_419_5,
                1.001_668_520_578_420_6,
                1.001_668_520_578_420_6,
                1.001_668_520_578_420_6,
                1.001_668_520_578_420_6,
                1.001_668_520_578_420_6,
                1.001_668_520_578_420_6,
            ],
        ),
        (
            [3.3, 1.5, 900.0, 4_000.0],
            &[
                726.624_375_321_156_1,
                825.886_020_897_754_2,
                902.968_221_041_846_4,
                964.815_603_668_484_1,
                1_015.740_325_905_984_8,
                1_058.554_114_278_309_3,
                1_095.167_293_151_473_8,
            ],
        ),
    ];

    #[test]
    fn expectation_agrees_with_references() {
        for ([m, a, b, v], references) in REFERENCES {
            let mut found = vec![0.0; references.len()];
            by_stage(m, a, b, v, &mut found);
            for (found, expected) in found.iter().zip(references) {
                assert!((found / expected - 1.0).abs() < 1e-11, "{m} {a} {b} {v}: {found} {expected}");
            }
        }
        let mut none = [1.0; 3];
        by_stage(2.0, 1.0, 1.0, 0.0, &mut none);
        assert_eq!(none, [0.0; 3]);
    }

    proptest! {
        #[test]
        fn series_and_integral_agree(
            m in -3.0..6.0_f64, a in -5.0..5.0_f64, b in -3.0..6.0_f64, v in -2.0..4.0_f64, k in 2..=12_usize,
        ) {
            let [m, a, b, v] = [m, a, b, v].map(f64::exp);
            prop_assume!(stages(m, v, k) < MOST_STAGES);
            let (mut found, mut check) = (vec![0.0; k], vec![0.0; k]);
            series_of_k(m, a, b, v, &mut found);
            integral(m, a, b, v, &mut check);
            for (found, check) in found.iter().zip(&check) {
                // The integral takes the difference of sums near 1.
                prop_assert!((found - check).abs() < 1e-9 * found + 1e-11, "{found} {check}");
            }
        }

        #[test]
        fn wild_arguments_give_numbers_between_none_and_all(
            parameters in prop::array::uniform3(-14.0..14.0_f64), ln_v in -20.0..20.0_f64, k in 1..=12_usize,
        ) {
            let ([m, a, b], v) = (parameters.map(f64::exp), ln_v.exp());
            let mut found = vec![0.0; k];
            by_stage(m, a, b, v, &mut found);
            for (j, due) in found.iter().enumerate() {
                let most = ((m + j as f64) * v + j as f64) / k as f64;
                prop_assert!(*due >= 0.0 && *due <= most * (1.0 + 1e-9), "{due} {most}");
                // A customer in a later stage buys sooner.
                prop_assert!(j == 0 || *due >= found[j - 1] * (1.0 - 1e-9), "{found:?}");
            }
        }
    }
}
