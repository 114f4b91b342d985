//! Special functions that the customer models need, for real arguments.

mod chi_square;
pub mod distribution;
mod exact;
mod gamma;
mod hypergeometric;
mod quadrature;

pub use chi_square::chi_square_tail;
pub use exact::ExactSum;
pub use gamma::{LnRising, digamma, ln_beta, ln_gamma, ln_rising, trigamma};
pub(crate) use hypergeometric::later_ratio;
pub use hypergeometric::ln_gauss_2f1;
pub(crate) use quadrature::{NEGLIGIBLE, Rule, ln_integral};

/// ln(eˣ + eʸ) without overflow; either argument may be −∞.
pub fn log_add_exp(x: f64, y: f64) -> f64 {
    let (high, low) = if x >= y { (x, y) } else { (y, x) };
    if high.is_infinite() { high } else { high + libm::log1p(libm::exp(low - high)) }
}

/// ln(1 + eᵘ) and its derivative 1 / (1 + e⁻ᵘ), without overflow.
pub fn softplus(u: f64) -> (f64, f64) {
    let e = libm::exp(-u.abs());
    let slope = if u >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
    (u.max(0.0) + libm::log1p(e), slope)
}

/// A running sum that keeps what rounding would lose (Neumaier 1974), for sums over many cells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds one term.
    pub fn add(&mut self, term: f64) {
        let total = self.total + term;
        self.lost += if self.total.abs() >= term.abs() {
            (self.total - total) + term
        } else {
            (term - total) + self.total
        };
        self.total = total;
    }

    /// The sum of all terms so far.
    pub fn value(self) -> f64 {
        self.total + self.lost
    }
}

/// A product of factors 1 + m, m ≥ 0, for the sum of their logarithms: one logarithm instead of one per factor.
///
/// The product minus 1 is stored: tiny m then lose nothing. The caller takes the logarithm before the product
/// overflows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LnProduct {
    less_one: f64,
}

impl LnProduct {
    /// Multiplies by 1 + m.
    #[inline]
    pub fn times(&mut self, m: f64) {
        self.less_one += m * (1.0 + self.less_one);
    }

    /// The product with another one.
    pub fn and(mut self, other: Self) -> Self {
        self.times(other.less_one);
        self
    }

    /// Its logarithm.
    pub fn ln(self) -> f64 {
        libm::log1p(self.less_one)
    }

    /// Whether it is so large that it soon overflows.
    #[inline]
    pub fn is_large(self) -> bool {
        self.less_one > 1e100
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn log_add_exp_does_not_overflow() {
        assert!((log_add_exp(0.0, 0.0) - core::f64::consts::LN_2).abs() < 1e-16);
        assert_eq!(log_add_exp(1e5, -1e5), 1e5);
        assert!((log_add_exp(1000.0, 999.0) - 1_000.313_261_687_518_2).abs() < 1e-12);
        assert_eq!(log_add_exp(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!(log_add_exp(f64::NEG_INFINITY, 3.0), 3.0);
    }

    #[test]
    fn softplus_agrees_with_log_add_exp() {
        for u in [-800.0, -30.0, -1.0, 0.0, 1.0, 30.0, 800.0] {
            let (value, slope) = softplus(u);
            assert!((value - log_add_exp(0.0, u)).abs() <= 1e-15 * value.max(1.0), "{u}");
            assert!((slope - 1.0 / (1.0 + (-u).exp())).abs() < 1e-15, "{u}");
        }
    }

    #[test]
    fn a_product_keeps_tiny_and_large_factors() {
        for scale in [1e-300, 1e-20, 1e-9, 1e-3, 1.0, 1e4] {
            let (mut product, mut sum) = (LnProduct::default(), Sum::default());
            for i in 1..20 {
                product.times(scale * f64::from(i));
                sum.add(libm::log1p(scale * f64::from(i)));
            }
            assert!((product.ln() / sum.value() - 1.0).abs() < 1e-14, "{scale:e}");
            assert!(!product.is_large());
        }
    }

    #[test]
    fn a_sum_keeps_small_terms_beside_large_ones() {
        let mut sum = Sum::default();
        for term in [1e16, 1.0, -1e16, 1.0] {
            sum.add(term);
        }
        assert_eq!(sum.value(), 2.0);
    }
}
