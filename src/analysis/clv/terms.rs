//! What the likelihoods of BG/NBD and of BG/CNBD-k share: all but the bracket for those still there and those gone.
//!
//! Both have factors of x alone, of x and T, and of tₓ within one x. They differ in a live customer's silence.

use nalgebra::{SMatrix, SVector, Vector2};

use super::layout::End;
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnRising, Sum, ln_rising};

/// The parameters' positions in gradients and Hessians.
pub const R: usize = 0;
pub const ALPHA: usize = 1;
pub const A: usize = 2;
pub const B: usize = 3;

/// The parameters, not their logarithms.
pub(super) struct Parameters {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

impl Parameters {
    /// From θ = (ln r, ln α, ln a, ln b).
    pub fn of(theta: &SVector<f64, 4>) -> Self {
        Self { r: theta[R].exp(), alpha: theta[ALPHA].exp(), a: theta[A].exp(), b: theta[B].exp() }
    }
}

/// What all cells with one x share.
pub(super) struct Shared {
    /// The stages passed until the last purchase: x, or kx if a wait has k stages.
    pub passed: f64,
    by_r: LnRising,
    by_b: LnRising,
    by_ab: LnRising,
    /// ln a − ln(b+c−1) for c chances to leave; −∞ if there was none: then nobody has left.
    pub ln_odds: f64,
    /// d u / d ln b and its derivative.
    pub odds_by_b: (f64, f64),
}

impl Shared {
    /// For `passed` stages, with ln (r)ₙ over them, and `chances` unused chances to leave.
    pub fn of(p: &Parameters, passed: f64, by_r: LnRising, chances: u32) -> Self {
        let before = f64::from(chances.saturating_sub(1));
        // For one chance this is b itself; b + 1 − 1 would lose digits.
        let stay = p.b + before;
        let share = p.b / stay;
        Self {
            passed,
            by_r,
            by_b: ln_rising(p.b, chances),
            by_ab: ln_rising(p.a + p.b, chances),
            ln_odds: if chances == 0 { f64::NEG_INFINITY } else { libm::log(p.a) - libm::log(stay) },
            odds_by_b: (-share, -share * (before / stay)),
        }
    }
}

/// Sums over cells. The sums for the cells of one x stay in `weight` and similar fields until the shared terms are
/// added.
#[derive(Default)]
pub(super) struct Total {
    pub value: Sum,
    pub gradient: SVector<f64, 4>,
    pub hessian: SMatrix<f64, 4, 4>,
    /// Σ weight over the cells of the current x.
    weight: f64,
}

impl Total {
    /// The terms that depend on T and not on tₓ.
    pub fn add_end(&mut self, p: &Parameters, shared: &Shared, at: &End) {
        let Parameters { r, alpha, .. } = *p;
        let (passed, weight) = (shared.passed, at.weight);
        self.weight += weight;
        let end = alpha + at.t;
        let spread = libm::log1p(at.t / alpha);
        // r ln α − m ln(α+T), without the difference of large logarithms.
        let purchases = if passed > 0.0 { passed * libm::log(end) } else { 0.0 };
        self.value.add(weight * (-r * spread - purchases));
        self.gradient[R] -= weight * r * spread;
        self.gradient[ALPHA] += weight * (r * at.t - passed * alpha) / end;
        self.hessian[(R, R)] -= weight * r * spread;
        self.hessian[(R, ALPHA)] += weight * r * at.t / end;
        self.hessian[(ALPHA, ALPHA)] -= weight * (alpha / end) * (at.t / end) * (r + passed);
    }

    /// The rising factorials, times the weight of all cells with their x.
    pub fn add_shared(&mut self, p: &Parameters, shared: &Shared) {
        let weight = std::mem::take(&mut self.weight);
        let Shared { by_r, by_b, by_ab, .. } = shared;
        self.value.add(weight * by_r.value);
        self.value.add(weight * (by_b.value - by_ab.value));
        self.gradient[R] += weight * p.r * by_r.first;
        self.hessian[(R, R)] += weight * p.r * (by_r.first + p.r * by_r.second);
        let gradient = Vector2::new(-p.a * by_ab.first, p.b * (by_b.first - by_ab.first));
        self.gradient[A] += weight * gradient[0];
        self.gradient[B] += weight * gradient[1];
        self.hessian[(A, A)] += weight * (gradient[0] - p.a * p.a * by_ab.second);
        self.hessian[(A, B)] -= weight * p.a * p.b * by_ab.second;
        self.hessian[(B, B)] += weight * (gradient[1] + p.b * p.b * (by_b.second - by_ab.second));
    }

    /// The final sums.
    pub fn finish(mut self) -> Quadratic<4> {
        for i in 0..4 {
            for j in 0..i {
                self.hessian[(i, j)] = self.hessian[(j, i)];
            }
        }
        Quadratic { value: self.value.value(), gradient: self.gradient, hessian: self.hessian }
    }
}

/// The values that depend on tₓ, for every tₓ.
pub(super) struct Tables {
    pub lasts: Vec<OfLast>,
}

/// The values that depend on one tₓ.
pub(super) struct OfLast {
    pub t_x: f64,
    /// ln(1 + tₓ/α).
    pub spread: f64,
    /// 1 / (α + tₓ).
    pub inverse: f64,
    /// (1 + tₓ/α)⁻ᵐ, for the current x.
    pub factor: f64,
}

impl Tables {
    /// All tₓ, for no x yet.
    pub fn of(lasts: &[f64], alpha: f64) -> Self {
        let of = |t_x: &f64| OfLast {
            t_x: *t_x,
            spread: libm::log1p(t_x / alpha),
            inverse: 1.0 / (alpha + t_x),
            factor: f64::NAN,
        };
        Self { lasts: lasts.iter().map(of).collect() }
    }

    /// Switches to another x; false if its eᵘ, or the factors of it, may leave the range of an `f64`.
    pub fn fill(&mut self, p: &Parameters, shared: &Shared, ends: &[End]) -> bool {
        // e³⁰⁰ is 10¹³⁰: even a large product can be multiplied by it.
        const LARGEST: f64 = 300.0;
        let m = p.r + shared.passed;
        let latest = ends.iter().fold(0.0, |latest: f64, end| latest.max(end.t));
        let latest = self.lasts.last().map_or(latest, |last| latest.max(last.t_x));
        let largest = shared.ln_odds.abs() + m * libm::log1p(latest / p.alpha);
        if largest.is_nan() || largest >= LARGEST {
            return false;
        }
        for last in &mut self.lasts {
            last.factor = libm::exp(-m * last.spread);
        }
        true
    }
}
