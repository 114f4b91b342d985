//! Gauss's hypergeometric function ₂F₁(a, b; c; z) in the range of the purchase models.
//!
//! Notation: (a)ₙ is the rising factorial; ₂F₁(a, b; c; z) = Σₙ (a)ₙ (b)ₙ / (c)ₙ · zⁿ / n!, for 0 ≤ z < 1.
//! If c < a + b, Euler's transformation ₂F₁(a, b; c; z) = (1−z)^(c−a−b) ₂F₁(c−a, c−b; c; z) (Abramowitz and Stegun
//! 1964, 15.3.3) moves the large part into a factor, which is kept as a logarithm: with two hundred purchases the plain
//! value exceeds the range of an `f64`.

use super::Sum;

/// More terms than this are not summed: the result is then NaN, which means "z too close to 1".
const MOST_TERMS: u32 = 1_000_000;

/// ln ₂F₁(a, b; c; z) for a, b, c > 0 and 0 ≤ z < 1; NaN outside that range.
pub fn ln_gauss_2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let positive = |v: f64| v > 0.0 && v.is_finite();
    if !(positive(a) && positive(b) && positive(c) && (0.0..1.0).contains(&z)) {
        return f64::NAN;
    }
    // A factor (c−a)ₙ with c far below a alternates in sign and cancels; the plain series is longer but positive.
    if c < a + b && c - a.max(b) > -4.0 {
        (c - a - b) * libm::log1p(-z) + ln_series(c - a, c - b, c, z)
    } else {
        ln_series(a, b, c, z)
    }
}

/// A bound on |(a+k)(b+k)| / ((c+k)(k+1)) for all k ≥ n, with b, c > 0: the ratio of later coefficients of ₂F₁.
///
/// Each factor alone falls with k or stays below 1; of the two ways to pair them the better is used. The last ratio is
/// not such a bound: the first coefficients may be tiny and later ones grow.
pub(crate) fn later_ratio([a, b, c]: [f64; 3], n: f64) -> f64 {
    let most = |upper: f64, lower: f64| ((upper + n).abs() / (lower + n)).max(1.0);
    (most(a, 1.0) * most(b, c)).min(most(a, c) * most(b, 1.0))
}

/// The logarithm of the plain series, rescaled whenever its sum grows large.
fn ln_series(a: f64, b: f64, c: f64, z: f64) -> f64 {
    const LARGE: f64 = 1e250;
    let (mut term, mut sum, mut scale) = (1.0_f64, Sum::default(), 0.0);
    sum.add(term);
    for n in 0..MOST_TERMS {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum.add(term);
        if term.abs() <= 1e-16 * sum.value().abs() {
            let shrink = z * later_ratio([a, b, c], n + 1.0);
            if term == 0.0 || (shrink < 1.0 && term.abs() <= 1e-16 * sum.value().abs() * (1.0 - shrink)) {
                return scale + libm::log(sum.value());
            }
        }
        if sum.value().abs() > LARGE {
            term /= LARGE;
            let rescaled = sum.value() / LARGE;
            sum = Sum::default();
            sum.add(rescaled);
            scale += libm::log(LARGE);
        }
    }
    f64::NAN
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_references() {
        // a, b, c, z, ln ₂F₁, computed with 40 digits (mpmath).
        let references = [
            (2.2426, 4.4259, 4.2188, 0.4740, 1.520_331_585_351_483_4),
            (200.25, 202.5, 202.3, 0.2, 44.728_718_952_310_193),
            (0.2426, 2.4259, 2.2188, 0.95, 0.893_206_883_487_85),
            (26.24, 28.4, 28.2, 0.6, 24.218_136_542_601_64),
            (1.0, 2.0, 5.0, 0.9999, 0.692_947_603_461_282),
            (5000.2, 5002.0, 5001.9, 0.5, 3_465.943_829_958_143_6),
            (1e-20, 100.0, 1.0, 0.5, 18.678_263_768_313_674),
            (0.5, 0.7, 40.0, 0.3, 0.002_646_387_289_492_456_6),
        ];
        for (a, b, c, z, expected) in references {
            let found = ln_gauss_2f1(a, b, c, z);
            assert!((found - expected).abs() < 3e-14 * expected.abs().max(1.0), "{a} {b} {c} {z}: {found}");
        }
    }

    #[test]
    fn agrees_with_elementary_functions() {
        // Abramowitz and Stegun 15.1.3 and 15.1.8: −ln(1−z)/z and (1−z)⁻ᵃ.
        for z in [1e-9, 0.1, 0.5, 0.9, 0.999] {
            let logarithm = (-f64::ln_1p(-z) / z).ln();
            assert!((ln_gauss_2f1(1.0, 1.0, 2.0, z) - logarithm).abs() < 1e-13, "{z}");
            let power = -7.5 * f64::ln_1p(-z);
            assert!((ln_gauss_2f1(7.5, 3.2, 3.2, z) - power).abs() < 1e-13 * power.max(1.0), "{z}");
        }
        assert_eq!(ln_gauss_2f1(3.0, 4.0, 5.0, 0.0), 0.0);
    }

    #[test]
    fn outside_its_range_it_is_not_a_number() {
        for (a, b, c, z) in
            [(0.0, 1.0, 1.0, 0.5), (1.0, -1.0, 1.0, 0.5), (1.0, 1.0, f64::NAN, 0.5), (1.0, 1.0, 1.0, 1.0)]
        {
            assert!(ln_gauss_2f1(a, b, c, z).is_nan(), "{a} {b} {c} {z}");
        }
    }
}
