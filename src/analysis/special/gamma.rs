//! The gamma function's logarithm, its derivatives, and the rising factorial.
//!
//! ψ and ψ′ by recurrence up to [`ASYMPTOTIC`] and Stirling's series from there (Abramowitz and Stegun 1964,
//! 6.3.18 and 6.4.12). A difference such as ln Γ(z+n) − ln Γ(z) is never taken between two large logarithms:
//! [`ln_rising`] computes it directly: it stays exact when a parameter goes to infinity.

/// From this argument on, seven terms of Stirling's series are exact to the last bit.
const ASYMPTOTIC: f64 = 16.0;

/// ln Γ(z), z > 0.
pub fn ln_gamma(z: f64) -> f64 {
    libm::lgamma_r(z).0
}

/// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), for a, b > 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a <= b { (a, b) } else { (b, a) };
    if large < ASYMPTOTIC {
        return ln_gamma(small) + ln_gamma(large) - ln_gamma(small + large);
    }
    // Γ(large) and Γ(small + large) nearly cancel if `large` dominates: their ratio is taken by Stirling's series.
    let whole = small + large;
    let ratio = (large - 0.5) * libm::log1p(small / large) + small * libm::log(whole) - small
        + stirling(whole)
        - stirling(large);
    ln_gamma(small) - ratio
}

/// ψ(z) = d ln Γ(z) / dz, z > 0.
pub fn digamma(z: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC {
        sum -= 1.0 / z;
        z += 1.0;
    }
    sum + libm::log(z) - digamma_tail(z)
}

/// ψ′(z), z > 0.
pub fn trigamma(z: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC {
        sum += 1.0 / (z * z);
        z += 1.0;
    }
    sum + 1.0 / z + trigamma_tail(z)
}

/// The logarithm of a rising factorial (z)ₙ = Γ(z+n) / Γ(z), with its derivatives by z.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LnRising {
    /// ln Γ(z+n) − ln Γ(z).
    pub value: f64,
    /// ψ(z+n) − ψ(z).
    pub first: f64,
    /// ψ′(z+n) − ψ′(z).
    pub second: f64,
}

/// ln (z)ₙ and its first two derivatives by z, for z > 0 and a whole n ≥ 0.
pub fn ln_rising(z: f64, n: u32) -> LnRising {
    let mut sum = LnRising::default();
    let (mut z, mut left) = (z, n);
    while left > 0 && (left <= 16 || z < ASYMPTOTIC) {
        sum.value += libm::log(z);
        sum.first += 1.0 / z;
        sum.second -= 1.0 / (z * z);
        z += 1.0;
        left -= 1;
    }
    if left == 0 {
        return sum;
    }
    let n = f64::from(left);
    let w = z + n;
    let growth = libm::log1p(n / z);
    sum.value += (z - 0.5) * growth + n * libm::log(w) - n + stirling(w) - stirling(z);
    sum.first += growth + digamma_tail(z) - digamma_tail(w);
    sum.second += -n / (z * w) + trigamma_tail(w) - trigamma_tail(z);
    sum
}

/// ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π], for z ≥ [`ASYMPTOTIC`].
fn stirling(z: f64) -> f64 {
    const SERIES: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    horner(&SERIES, 1.0 / (z * z)) / z
}

/// ln z − ψ(z), for z ≥ [`ASYMPTOTIC`].
fn digamma_tail(z: f64) -> f64 {
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    let inverse = 1.0 / z;
    0.5 * inverse + horner(&SERIES, inverse * inverse) * inverse * inverse
}

/// ψ′(z) − 1/z, for z ≥ [`ASYMPTOTIC`].
fn trigamma_tail(z: f64) -> f64 {
    const SERIES: [f64; 7] =
        [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];
    let inverse = 1.0 / z;
    let square = inverse * inverse;
    0.5 * square + horner(&SERIES, square) * square * inverse
}

fn horner(coefficients: &[f64], at: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * at + c)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) -> bool {
        (found - expected).abs() <= tolerance * expected.abs().max(1.0)
    }

    /// z, ψ(z), ψ′(z), computed with 40 digits (mpmath).
    const POLYGAMMA: [(f64, f64, f64); 10] = [
        (1e-8, -100_000_000.577_215_65, 1.000_000_000_000_000_2e16),
        (0.001, -1_000.575_571_931_810_3, 1_000_001.642_533_195_9),
        (0.2425, -4.360_182_381_657_143, 18.212_361_262_395_593),
        (1.0, -0.577_215_664_901_532_9, 1.644_934_066_848_226_4),
        (1.461_632_144_968_362_3, -3.992_873_041_246_304_4e-17, 0.967_672_245_447_621_2),
        (3.7, 1.167_153_539_361_511_4, 0.310_037_857_670_038_32),
        (15.9, 2.734_543_070_175_774, 0.064_912_281_599_060_11),
        (16.1, 2.747_442_005_514_623, 0.064_080_645_042_418_56),
        (1234.5, 7.118_016_231_827_998, 0.000_810_372_727_126_966_7),
        (1e9, 20.723_265_836_446_411, 1.000_000_000_5e-9),
    ];

    #[test]
    fn polygamma_agrees_with_references() {
        for (z, first, second) in POLYGAMMA {
            assert!(close(digamma(z), first, 1e-14), "ψ({z}) = {}", digamma(z));
            assert!((trigamma(z) / second - 1.0).abs() < 1e-14, "ψ′({z}) = {}", trigamma(z));
        }
    }

    #[test]
    fn every_term_of_the_series_counts() {
        // The three remainders at 16, where the series begin, computed with 40 digits (mpmath).
        assert!((stirling(16.0) - 0.005_207_655_919_609_640_4).abs() < 4e-18, "{:e}", stirling(16.0));
        assert!((digamma_tail(16.0) - 0.031_575_393_912_320_87).abs() < 2e-17, "{:e}", digamma_tail(16.0));
        assert!((trigamma_tail(16.0) - 0.001_993_783_403_239_362).abs() < 2e-18, "{:e}", trigamma_tail(16.0));
    }

    #[test]
    fn rising_factorials_agree_with_references() {
        // z, n, ln (z)ₙ, ψ(z+n) − ψ(z), ψ′(z+n) − ψ′(z), computed with 40 digits (mpmath).
        let references = [
            (1e-6, 1, -13.815_510_557_964_274, 1e6, -1e12),
            (0.2425, 26, 57.469_928_159_624_89, 7.608_388_563_963_614, -18.173_519_878_938_635),
            (0.25, 200, 857.969_757_697_850_8, 9.524_521_162_293_794, -17.192_322_907_140_568),
            (3.2, 17, 39.049_606_088_637_13, 1.981_887_059_522_207, -0.315_570_659_440_320_6),
            (2.4, 100_000, 1_051_315.123_152_250_3, 10.860_043_295_093_299, -0.515_142_509_086_940_8),
            (1e6, 40, 552.621_202_308_301_1, 3.999_922_002_053_925e-5, -3.999_844_006_161_756_6e-11),
            (1e10, 100_000, 2_302_585.592_987_379, 9.999_950_000_833_325e-6, -9.999_900_001_999_975e-16),
            (20.5, 16, 53.092_961_987_768_96, 0.587_714_689_614_719_2, -0.022_213_600_292_656_18),
            (
                1e-6,
                4_000_000_000,
                84_438_240_768.313_87,
                1_000_022.686_774_217_9,
                -1.000_000_000_001_644_9e12,
            ),
        ];
        for (z, n, value, first, second) in references {
            let found = ln_rising(z, n);
            assert!((found.value / value - 1.0).abs() < 1e-14, "{z} {n} {found:?}");
            assert!((found.first / first - 1.0).abs() < 1e-13, "{z} {n} {found:?}");
            assert!((found.second / second - 1.0).abs() < 1e-13, "{z} {n} {found:?}");
        }
        assert_eq!(ln_rising(3.0, 0), LnRising::default());
    }

    #[test]
    fn beta_agrees_with_references() {
        // a, b, ln B(a, b), computed with 40 digits (mpmath).
        let references = [
            (0.8, 2.5, -0.550_356_029_021_977_9),
            (1e-6, 1e-6, 14.508_657_738_522_574),
            (0.03, 1.4e6, 3.065_411_569_997_705_6),
            (300.0, 700.0, -612.618_603_795_092_2),
            (1e8, 2.5, -45.767_019_008_157_994),
            (1e6, 1e6, -1_386_300.003_362_921),
            (1e-6, 1e8, 13.815_491_560_068_693),
        ];
        for (a, b, expected) in references {
            assert!(close(ln_beta(a, b), expected, 1e-14), "{a} {b} {}", ln_beta(a, b));
            assert_eq!(ln_beta(a, b), ln_beta(b, a));
        }
    }

    proptest! {
        #[test]
        fn gamma_functions_agree_with_statrs(exponent in -9.0..12.0_f64) {
            use statrs::function::gamma;
            let z = 10_f64.powf(exponent);
            prop_assert!(close(ln_gamma(z), gamma::ln_gamma(z), 1e-13));
            prop_assert!(close(digamma(z), gamma::digamma(z), 1e-11));
        }

        #[test]
        fn rising_factorials_take_one_factor_more_at_a_time(exponent in -6.0..6.0_f64, n in 0..100_000_u32) {
            let z = 10_f64.powf(exponent);
            let (here, next) = (ln_rising(z, n), ln_rising(z, n + 1));
            let factor = z + f64::from(n);
            let slack = 1e-14 * (1.0 + next.value.abs());
            prop_assert!((next.value - here.value - factor.ln()).abs() < slack);
            prop_assert!((next.first - here.first - 1.0 / factor).abs() < 1e-14 * (1.0 + next.first.abs()));
            let second = next.second - here.second + 1.0 / (factor * factor);
            prop_assert!(second.abs() < 1e-14 * (1.0 + next.second.abs()));
        }
    }
}
