//! The upper tail of χ².

use super::{Sum, ln_gamma};

/// P(χ² > x) with a whole number of degrees of freedom, x ≥ 0 (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5): a finite
/// sum of positive terms, and for odd degrees the normal tail.
pub fn chi_square_tail(x: f64, degrees: u32) -> f64 {
    if degrees == 0 || x <= 0.0 {
        return if degrees == 0 { 0.0 } else { 1.0 };
    }
    let half = 0.5 * x;
    let odd = degrees % 2 == 1;
    let (mut sum, first) = (Sum::default(), if odd { 0.5 } else { 0.0 });
    if odd {
        sum.add(libm::erfc(half.sqrt()));
    }
    for j in 0..degrees / 2 {
        let power = first + f64::from(j);
        sum.add(libm::exp(power * libm::log(half) - half - ln_gamma(power + 1.0)));
    }
    sum.value().min(1.0)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_references() {
        // x, degrees and P(χ² > x), computed with 40 digits (mpmath).
        for (x, degrees, expected) in [
            (3.841_458_820_694_124, 1, 0.05),
            (16.79, 1, 4.175_275_138_919_788e-5),
            (5.991, 2, 0.050_011_615_026_579_08),
            (0.01, 3, 0.999_734_834_941_344_4),
            (30.0, 7, 9.495_972_508_134_184e-5),
            (250.0, 11, 2.793_950_486_491_348e-47),
            (95.0, 100, 0.622_579_291_878_173_5),
            (1e-6, 1, 0.999_202_115_572_177_9),
            (1200.0, 1001, 1.349_007_580_754_396e-5),
        ] {
            let found = chi_square_tail(x, degrees);
            assert!((found / expected - 1.0).abs() < 1e-12, "{x} {degrees}: {found}");
        }
        assert_eq!(
            (chi_square_tail(0.0, 3), chi_square_tail(5.0, 0), chi_square_tail(1e5, 2)),
            (1.0, 0.0, 0.0)
        );
    }

    proptest! {
        #[test]
        fn falls_with_x_and_rises_with_the_degrees(x in 0.0..2000.0_f64, more in 0.0..9.0_f64, degrees in 1..300_u32) {
            let here = chi_square_tail(x, degrees);
            prop_assert!((0.0..=1.0).contains(&here));
            prop_assert!(chi_square_tail(x + more, degrees) <= here * (1.0 + 1e-10));
            prop_assert!(chi_square_tail(x, degrees + 1) >= here * (1.0 - 1e-10));
        }
    }
}
