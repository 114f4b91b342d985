//! The distributions that intervals are based on: normal, Student's t, gamma and F.
//!
//! Their tails are regularised incomplete gamma and beta functions (DLMF 8.11.4, 8.9.2 and 8.17.22), as sums or
//! continued fractions. A quantile is found by bisection of its monotone tail, down to neighbouring numbers.

use super::{ln_beta, ln_gamma};

/// Beyond this shape a gamma quantile is taken from Wilson and Hilferty's cube root; its relative error falls as the
/// shape to the power of −3/2, and is below 10⁻⁸ here.
const LARGE_SHAPE: f64 = 1e5;

/// Beyond this many degrees of freedom t is the normal with its first correction.
const MANY_DEGREES: f64 = 1e5;

/// No sum or fraction here needs more terms than this: about √a for the largest shapes.
const MOST_TERMS: u32 = 20_000;

/// P(X ≤ x) for X ~ gamma(shape, 1).
pub fn gamma_below(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let scale = libm::exp(shape * libm::log(x) - x - ln_gamma(shape));
    if x < shape + 1.0 {
        let (mut term, mut sum) = (1.0 / shape, 1.0 / shape);
        for n in 1..MOST_TERMS {
            term *= x / (shape + f64::from(n));
            sum += term;
            if term < 1e-17 * sum {
                break;
            }
        }
        return (scale * sum).min(1.0);
    }
    let step = |n: u32| {
        let n = f64::from(n);
        (-n * (n - shape), x + 2.0 * n + 1.0 - shape)
    };
    (1.0 - scale / fraction(x + 1.0 - shape, step)).max(0.0)
}

/// The x with P(X ≤ x) = p for X ~ gamma(shape, 1); 0 for p ≤ 0, infinite for p ≥ 1.
pub fn gamma_quantile(shape: f64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { 0.0 } else { f64::INFINITY };
    }
    if shape > LARGE_SHAPE {
        let ninth = 1.0 / (9.0 * shape);
        let root = 1.0 - ninth + normal_quantile(p) * ninth.sqrt();
        return shape * root * root * root;
    }
    // P ≤ xᵃ/Γ(a+1).
    let low = (libm::log(p) + ln_gamma(shape + 1.0)) / shape;
    let mut high = libm::log(shape + 1.0);
    while gamma_below(shape, libm::exp(high)) < p {
        high += 1.0;
    }
    libm::exp(bisect(low.min(high), high, |ln_x| gamma_below(shape, libm::exp(ln_x)) >= p))
}

/// The z with P(Z ≤ z) = p for a standard normal Z.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let tail = p.min(1.0 - p);
    if tail >= 0.5 {
        return 0.0;
    }
    // P(Z > 39) is below the range of an `f64`.
    let z = bisect(0.0, 39.0, |z| 0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2) <= tail);
    if p < 0.5 { -z } else { z }
}

/// The t with P(T ≤ t) = p for Student's T with these degrees of freedom, from ½ on; they need not be whole.
pub fn t_quantile(p: f64, degrees: f64) -> f64 {
    if degrees > MANY_DEGREES || p <= 0.0 || p >= 1.0 {
        let z = normal_quantile(p);
        return if z.is_finite() { z + z * (z * z + 1.0) / (4.0 * degrees) } else { z };
    }
    let tail = p.min(1.0 - p);
    if tail >= 0.5 {
        return 0.0;
    }
    let beyond = |t: f64| 0.5 * beta_below(0.5 * degrees, 0.5, degrees / (degrees + t * t));
    let mut high = 1.0;
    while beyond(high) > tail && high < 1e150 {
        high *= 2.0;
    }
    let t = bisect(0.0, high, |t| beyond(t) <= tail);
    if p < 0.5 { -t } else { t }
}

/// P(F > f) with these degrees of freedom of numerator and denominator.
pub fn f_beyond(f: f64, [above, below]: [f64; 2]) -> f64 {
    if f <= 0.0 { 1.0 } else { beta_below(0.5 * below, 0.5 * above, below / (below + above * f)) }
}

/// P(X ≤ x) for X ~ beta(a, b).
pub fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below_mean(b, a, 1.0 - x);
    }
    beta_below_mean(a, b, x)
}

/// The same where the continued fraction converges fast.
fn beta_below_mean(a: f64, b: f64, x: f64) -> f64 {
    let scale = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b)) / a;
    let step = |n: u32| {
        let m = f64::from(n / 2);
        let numerator = if n.is_multiple_of(2) {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    };
    (scale / fraction(1.0, step)).min(1.0)
}

/// b₀ + a₁/(b₁ + a₂/(b₂ + …)) by Lentz's method, with (aₙ, bₙ) given.
fn fraction(first: f64, step: impl Fn(u32) -> (f64, f64)) -> f64 {
    let keep = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut value = keep(first);
    let (mut c, mut d) = (value, 0.0);
    for n in 1..MOST_TERMS {
        let (a, b) = step(n);
        d = 1.0 / keep(b + a * d);
        c = keep(b + a / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The least x between `low` and `high` where `reached` holds; it holds from some x on.
fn bisect(mut low: f64, mut high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, expected: f64, what: &str) {
        assert!((found / expected - 1.0).abs() < 1e-11, "{what}: {found} {expected}");
    }

    #[test]
    fn tails_and_quantiles_agree_with_references() {
        // Computed with 40 digits (mpmath).
        for (shape, x, expected) in [
            (0.3, 0.01, 0.279_240_996_359_014_84),
            (2.5, 1.0, 0.150_854_963_915_390_36),
            (2.5, 9.0, 0.997_053_595_412_119_7),
            (80.0, 95.5, 0.952_432_071_440_851_3),
            (900.0, 850.0, 0.045_762_494_179_241_796),
        ] {
            near(gamma_below(shape, x), expected, "gamma");
        }
        for (shape, p, expected) in [
            (0.05, 0.1, 5.844_632_057_286_521e-21),
            (0.7, 0.1, 0.033_145_497_754_433_43),
            (0.7, 0.9, 1.757_128_510_704_42),
            (4.0, 0.1, 1.744_769_562_824_911_4),
            (60.0, 0.9, 70.116_284_478_395_9),
            (5000.0, 0.1, 4_909.597_440_922_41),
        ] {
            near(gamma_quantile(shape, p), expected, "gamma quantile");
        }
        for (degrees, p, expected) in [
            (1.0, 0.9, 3.077_683_537_175_254),
            (2.0, 0.9, 1.885_618_083_164_127),
            (3.0, 0.9, 1.637_744_353_696_210_4),
            (3.0, 0.975, 3.182_446_305_283_708),
            (4.7, 0.95, 2.043_811_093_013_787_6),
            (15.0, 0.9, 1.340_605_607_850_455_8),
            (30000.0, 0.9, 1.281_579_785_671_170_6),
        ] {
            near(t_quantile(p, degrees), expected, "t");
        }
        for (p, expected) in [
            (0.9, 1.281_551_565_544_600_6),
            (0.975, 1.959_963_984_540_053_8),
            (0.6, 0.253_347_103_135_799_7),
            (1e-05, -4.264_890_793_922_825),
        ] {
            near(normal_quantile(p), expected, "normal");
        }
        for (f, degrees, expected) in [
            (4.46, [11.0, 11.0], 0.010_020_945_486_634_488),
            (1.0, [11.0, 23.0], 0.475_469_705_894_358_83),
            (0.2, [6.0, 40.0], 0.974_843_002_398_581_1),
            (30.0, [11.0, 35.0], 1.417_600_131_963_574e-14),
        ] {
            near(f_beyond(f, degrees), expected, "F");
        }
    }

    #[test]
    fn ends_are_ends() {
        assert_eq!([0.0, 1.0].map(|p| gamma_quantile(3.0, p)), [0.0, f64::INFINITY]);
        assert_eq!([0.0, 0.5, 1.0].map(normal_quantile), [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
        assert_eq!(
            (gamma_below(2.0, -1.0), beta_below(2.0, 3.0, 0.0), beta_below(2.0, 3.0, 1.0)),
            (0.0, 0.0, 1.0)
        );
        assert_eq!(f_beyond(0.0, [3.0, 4.0]), 1.0);
    }

    proptest! {
        #[test]
        fn quantiles_are_inverse_and_in_order(ln_shape in -5.0..14.0_f64, p in 0.001..0.999_f64) {
            let shape = ln_shape.exp();
            let x = gamma_quantile(shape, p);
            if x > 1e-290 && shape <= LARGE_SHAPE {
                prop_assert!((gamma_below(shape, x) - p).abs() < 1e-8, "{shape} {p} {x}");
            }
            prop_assert!(gamma_quantile(shape, p + 0.0005) >= x);
            let degrees = 0.5 + shape;
            let t = t_quantile(p, degrees);
            prop_assert!(t_quantile(p + 0.0005, degrees) > t);
            prop_assert!((t + t_quantile(1.0 - p, degrees)).abs() <= 1e-9 * t.abs() + 1e-9);
            // Fewer degrees give a wider interval.
            prop_assert!(t_quantile(0.9, degrees) >= t_quantile(0.9, degrees * 2.0));
        }
    }
}
