//! The log-likelihood of BG/NBD with its exact gradient and Hessian, by the logarithms of r, α, a, b.
//!
//! For one customer (Fader, Hardie and Lee 2005, equation 6, in the form of Hardie's note on its computation)
//!
//! L = (r)ₓ αʳ / (α+T)^(r+x) · (b)ₓ / (a+b)ₓ · [1 + δₓ>₀ eᵘ],
//! u = ln a − ln(b+x−1) + (r+x) ln((α+T)/(α+tₓ)),
//!
//! where (z)ₓ is the rising factorial. The bracket is 1 / P(alive), and enters as softplus(u): with x = 200
//! either factor alone is far outside the range of an `f64`. The rising factorials depend on x alone, so
//! cells are walked in order of x and share them.

use nalgebra::{Matrix2, SMatrix, SVector, Vector2};

use crate::analysis::clv::cell::Cell;
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnRising, Sum, ln_rising, softplus};

/// The parameters' places in gradients and Hessians.
pub(super) const R: usize = 0;
pub(super) const ALPHA: usize = 1;
pub(super) const A: usize = 2;
pub(super) const B: usize = 3;

/// Σ weight · ln L with gradient and Hessian at θ = (ln r, ln α, ln a, ln b), over cells sorted by x.
pub(super) fn log_likelihood(cells: &[Cell], theta: &SVector<f64, 4>) -> Quadratic<4> {
    let parameters =
        Parameters { r: theta[R].exp(), alpha: theta[ALPHA].exp(), a: theta[A].exp(), b: theta[B].exp() };
    let mut total = Total::default();
    for equal_x in cells.chunk_by(|left, right| left.x == right.x) {
        let Some(first) = equal_x.first() else { continue };
        let shared = Shared::of(&parameters, first.x);
        for cell in equal_x {
            total.add(&parameters, &shared, cell);
        }
        total.add_shared(&parameters, &shared);
    }
    total.finish()
}

struct Parameters {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

/// What all cells of one x share.
struct Shared {
    x: f64,
    by_r: LnRising,
    by_b: LnRising,
    by_ab: LnRising,
    /// ln a − ln(b+x−1); −∞ for x = 0, which makes the bracket 1.
    ln_odds: f64,
    /// d u / d ln b and its derivative.
    odds_by_b: (f64, f64),
}

impl Shared {
    fn of(p: &Parameters, x: u32) -> Self {
        let count = f64::from(x);
        // For x = 1 this is b itself, with no digits lost to b + 1 − 1.
        let stay = p.b + f64::from(x.saturating_sub(1));
        let share = p.b / stay;
        Self {
            x: count,
            by_r: ln_rising(p.r, x),
            by_b: ln_rising(p.b, x),
            by_ab: ln_rising(p.a + p.b, x),
            ln_odds: if x == 0 { f64::NEG_INFINITY } else { libm::log(p.a) - libm::log(stay) },
            odds_by_b: (-share, -share * (f64::from(x.saturating_sub(1)) / stay)),
        }
    }
}

/// Sums over cells: those of the cells of one x wait in `weight` and its kin until they meet the shared
/// terms.
#[derive(Default)]
struct Total {
    value: Sum,
    gradient: SVector<f64, 4>,
    hessian: SMatrix<f64, 4, 4>,
    /// Σ weight over the cells of the x at hand.
    weight: f64,
}

impl Total {
    /// The terms that depend on tₓ and T.
    fn add(&mut self, p: &Parameters, shared: &Shared, cell: &Cell) {
        let Parameters { r, alpha, .. } = *p;
        let (x, weight) = (shared.x, cell.weight);
        self.weight += weight;
        let m = r + x;
        let end = alpha + cell.t;
        let spread = libm::log1p(cell.t / alpha);
        // r ln α − (r+x) ln(α+T), without the difference of large logarithms.
        let mut value = -r * spread;
        let mut gradient = Vector2::new(-r * spread, (r * cell.t - x * alpha) / end);
        let mut hessian = Matrix2::new(
            -r * spread,
            r * cell.t / end,
            r * cell.t / end,
            -(alpha / end) * (cell.t / end) * m,
        );
        if shared.x > 0.0 {
            value -= x * libm::log(end);
            let bracket = Bracket::of(p, shared, cell, m);
            value += bracket.value;
            gradient += bracket.dead * bracket.slopes;
            hessian += bracket.dead * bracket.curvatures
                + bracket.spread * bracket.slopes * bracket.slopes.transpose();
            self.add_dropout(weight, shared, &bracket);
        }
        self.value.add(weight * value);
        for i in [R, ALPHA] {
            self.gradient[i] += weight * gradient[i];
            for j in [R, ALPHA] {
                self.hessian[(i, j)] += weight * hessian[(i, j)];
            }
        }
    }

    /// The bracket's derivatives by ln a and ln b, where u changes by 1 and by `odds_by_b`.
    fn add_dropout(&mut self, weight: f64, shared: &Shared, bracket: &Bracket) {
        let (by_b, by_bb) = shared.odds_by_b;
        let (dead, spread) = (weight * bracket.dead, weight * bracket.spread);
        self.gradient[A] += dead;
        self.gradient[B] += dead * by_b;
        self.hessian[(A, A)] += spread;
        self.hessian[(A, B)] += spread * by_b;
        self.hessian[(B, B)] += spread * by_b * by_b + dead * by_bb;
        for i in [R, ALPHA] {
            self.hessian[(i, A)] += spread * bracket.slopes[i];
            self.hessian[(i, B)] += spread * bracket.slopes[i] * by_b;
        }
    }

    /// The rising factorials, times the weight of all cells of their x.
    fn add_shared(&mut self, p: &Parameters, shared: &Shared) {
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

    fn finish(mut self) -> Quadratic<4> {
        for i in 0..4 {
            for j in 0..i {
                self.hessian[(i, j)] = self.hessian[(j, i)];
            }
        }
        Quadratic { value: self.value.value(), gradient: self.gradient, hessian: self.hessian }
    }
}

/// ln [1 + eᵘ] for a cell with x > 0.
struct Bracket {
    value: f64,
    /// P(dropped out) = d value / du.
    dead: f64,
    /// P(dropped out) · P(alive) = d² value / du².
    spread: f64,
    /// u by (ln r, ln α).
    slopes: Vector2<f64>,
    /// Its second derivatives.
    curvatures: Matrix2<f64>,
}

impl Bracket {
    fn of(p: &Parameters, shared: &Shared, cell: &Cell, m: f64) -> Self {
        let silence = cell.t - cell.t_x;
        let (last, end) = (p.alpha + cell.t_x, p.alpha + cell.t);
        let ln_ratio = libm::log1p(silence / last);
        let (value, dead) = softplus(shared.ln_odds + m * ln_ratio);
        // ln((α+T)/(α+tₓ)) by ln α, once and twice.
        let first = -(p.alpha / end) * (silence / last);
        let second = first * (1.0 - p.alpha / end - p.alpha / last);
        let by_r = p.r * ln_ratio;
        let by_both = p.r * first;
        Self {
            value,
            dead,
            spread: dead * (1.0 - dead),
            slopes: Vector2::new(by_r, m * first),
            curvatures: Matrix2::new(by_r, by_both, by_both, m * second),
        }
    }
}
