//! The log-likelihood of BG/NBD with its exact gradient and Hessian, by the logarithms of r, α, a, b.
//!
//! For one customer (Fader, Hardie and Lee 2005, equation 6, in the form of Hardie's note on its computation)
//!
//! L = (r)ₓ αʳ / (α+T)^(r+x) · (b)ₓ / (a+b)ₓ · [1 + δₓ>₀ eᵘ],
//! u = ln a − ln(b+x−1) + (r+x) ln((α+T)/(α+tₓ)),
//!
//! where (z)ₓ is the rising factorial. The bracket is 1 / P(alive), and enters as softplus(u): with x = 200
//! either factor alone is far outside the range of an `f64`.
//!
//! Hundreds of thousands of cells share much: the rising factorials depend on x alone, the terms in front of the bracket
//! on x and T, and within one x, eᵘ is a factor of T times one of tₓ, of which there are no more than days in the
//! window. So cells are walked in order of x and T, with a table of the factors of tₓ for each x with many cells.

use nalgebra::{SMatrix, SVector, Vector2};

use crate::analysis::clv::layout::{End, Layout};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnProduct, LnRising, Sum, ln_rising, softplus};

/// The parameters' places in gradients and Hessians.
pub(super) const R: usize = 0;
pub(super) const ALPHA: usize = 1;
pub(super) const A: usize = 2;
pub(super) const B: usize = 3;

/// Σ weight · ln L with gradient and Hessian at θ = (ln r, ln α, ln a, ln b).
pub(in crate::analysis::clv) fn log_likelihood(layout: &Layout, theta: &SVector<f64, 4>) -> Quadratic<4> {
    let parameters =
        Parameters { r: theta[R].exp(), alpha: theta[ALPHA].exp(), a: theta[A].exp(), b: theta[B].exp() };
    let mut total = Total::default();
    let mut tables = Tables::of(&layout.lasts, parameters.alpha);
    for of_x in &layout.by_x {
        let shared = Shared::of(&parameters, of_x.x);
        let ends = &layout.ends[of_x.ends.clone()];
        for end in ends {
            total.add_end(&parameters, &shared, end);
        }
        if of_x.x > 0 {
            let mut brackets = Brackets::default();
            // A table pays where it has fewer entries than there are cells to use it.
            if layout.lasts.len() <= of_x.cells && tables.fill(&parameters, &shared, ends) {
                for end in ends {
                    brackets.add_by_table(
                        &parameters,
                        &shared,
                        &tables,
                        end,
                        &layout.cells[end.cells.clone()],
                    );
                }
            } else {
                for end in ends {
                    for (last, weight) in &layout.cells[end.cells.clone()] {
                        brackets.add(&parameters, &shared, layout.lasts[*last as usize], end.t, *weight);
                    }
                }
            }
            total.add_brackets(&parameters, &shared, brackets);
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
    /// The terms that depend on T and not on tₓ.
    fn add_end(&mut self, p: &Parameters, shared: &Shared, at: &End) {
        let Parameters { r, alpha, .. } = *p;
        let (x, weight) = (shared.x, at.weight);
        self.weight += weight;
        let end = alpha + at.t;
        let spread = libm::log1p(at.t / alpha);
        // r ln α − (r+x) ln(α+T), without the difference of large logarithms.
        let purchases = if x > 0.0 { x * libm::log(end) } else { 0.0 };
        self.value.add(weight * (-r * spread - purchases));
        self.gradient[R] -= weight * r * spread;
        self.gradient[ALPHA] += weight * (r * at.t - x * alpha) / end;
        self.hessian[(R, R)] -= weight * r * spread;
        self.hessian[(R, ALPHA)] += weight * r * at.t / end;
        self.hessian[(ALPHA, ALPHA)] -= weight * (alpha / end) * (at.t / end) * (r + x);
    }

    /// The brackets of one x. Their u changes by 1 with ln a, by `odds_by_b` with ln b, by r ln((α+T)/(α+tₓ)) with ln r,
    /// and by r+x times the derivatives of that logarithm with ln α.
    #[allow(clippy::needless_pass_by_value, reason = "the sums are used up")]
    fn add_brackets(&mut self, p: &Parameters, shared: &Shared, brackets: Brackets) {
        let Brackets { value, product, dead, spread, dead_by, spread_by, spread_by_two } = brackets;
        let (r, m) = (p.r, p.r + shared.x);
        let (by_b, by_bb) = shared.odds_by_b;
        self.value.add(value.value());
        self.value.add(product.ln());
        self.gradient[R] += r * dead_by[0];
        self.gradient[ALPHA] += m * dead_by[1];
        self.gradient[A] += dead;
        self.gradient[B] += dead * by_b;
        self.hessian[(R, R)] += r * dead_by[0] + r * r * spread_by_two[0];
        self.hessian[(R, ALPHA)] += r * dead_by[1] + r * m * spread_by_two[1];
        self.hessian[(ALPHA, ALPHA)] += m * dead_by[2] + m * m * spread_by_two[2];
        self.hessian[(A, A)] += spread;
        self.hessian[(A, B)] += spread * by_b;
        self.hessian[(B, B)] += spread * by_b * by_b + dead * by_bb;
        for (i, factor) in [(R, r), (ALPHA, m)] {
            self.hessian[(i, A)] += factor * spread_by[i];
            self.hessian[(i, B)] += factor * spread_by[i] * by_b;
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

/// Sums over cells of one x > 0 of ln [1 + eᵘ] and what its derivatives are made of, with the logarithm
/// l = ln((α+T)/(α+tₓ)) and its derivatives l′ and l″ by ln α.
#[derive(Default)]
struct Brackets {
    /// Σ weight · ln [1 + eᵘ], but for what is still in `product`.
    value: Sum,
    product: LnProduct,
    /// Σ weight · P(dropped out), which is the derivative by u.
    dead: f64,
    /// Σ weight · P(dropped out) · P(alive), which is the second derivative.
    spread: f64,
    /// Σ weight · P(dropped out) times l, l′ and l″.
    dead_by: [f64; 3],
    /// Σ weight · P(dropped out) · P(alive) times l and l′.
    spread_by: [f64; 2],
    /// The same times l², l·l′ and l′².
    spread_by_two: [f64; 3],
}

impl Brackets {
    /// Adds one cell, exact for every u.
    fn add(&mut self, p: &Parameters, shared: &Shared, t_x: f64, t: f64, weight: f64) {
        let silence = t - t_x;
        let (last, end) = (p.alpha + t_x, p.alpha + t);
        let ln_ratio = libm::log1p(silence / last);
        let (value, dead) = softplus(shared.ln_odds + (p.r + shared.x) * ln_ratio);
        let first = -(p.alpha / end) * (silence / last);
        let second = first * (1.0 - p.alpha / end - p.alpha / last);
        self.value.add(weight * value);
        self.add_slopes([weight * dead, weight * dead * (1.0 - dead)], [ln_ratio, first, second]);
    }

    /// Adds the cells of one T, with eᵘ by the table.
    fn add_by_table(
        &mut self,
        p: &Parameters,
        shared: &Shared,
        tables: &Tables,
        at: &End,
        cells: &[(u32, f64)],
    ) {
        let spread = libm::log1p(at.t / p.alpha);
        let of_end = libm::exp(shared.ln_odds + (p.r + shared.x) * spread);
        let share = p.alpha / (p.alpha + at.t);
        for (last, weight) in cells {
            let last = &tables.lasts[*last as usize];
            let odds = of_end * last.factor;
            let alive = 1.0 / (1.0 + odds);
            let dead = odds * alive;
            let first = -share * ((at.t - last.t_x) * last.inverse);
            let second = first * (1.0 - share - p.alpha * last.inverse);
            // Weights are counts.
            if (*weight - 1.0).abs() < f64::EPSILON {
                self.product.times(odds);
                if self.product.is_large() {
                    self.value.add(std::mem::take(&mut self.product).ln());
                }
            } else {
                self.value.add(weight * libm::log1p(odds));
            }
            self.add_slopes([weight * dead, weight * dead * alive], [spread - last.spread, first, second]);
        }
    }

    #[inline]
    fn add_slopes(&mut self, [dead, spread]: [f64; 2], [ln_ratio, first, second]: [f64; 3]) {
        self.dead += dead;
        self.spread += spread;
        self.dead_by[0] += dead * ln_ratio;
        self.dead_by[1] += dead * first;
        self.dead_by[2] += dead * second;
        let (by_r, by_alpha) = (spread * ln_ratio, spread * first);
        self.spread_by[0] += by_r;
        self.spread_by[1] += by_alpha;
        self.spread_by_two[0] += by_r * ln_ratio;
        self.spread_by_two[1] += by_r * first;
        self.spread_by_two[2] += by_alpha * first;
    }
}

/// What depends on tₓ, for each that there is.
struct Tables {
    lasts: Vec<OfLast>,
}

struct OfLast {
    t_x: f64,
    /// ln(1 + tₓ/α).
    spread: f64,
    /// 1 / (α + tₓ).
    inverse: f64,
    /// (1 + tₓ/α)^−(r+x), for the x at hand.
    factor: f64,
}

impl Tables {
    fn of(lasts: &[f64], alpha: f64) -> Self {
        let of = |t_x: &f64| OfLast {
            t_x: *t_x,
            spread: libm::log1p(t_x / alpha),
            inverse: 1.0 / (alpha + t_x),
            factor: f64::NAN,
        };
        Self { lasts: lasts.iter().map(of).collect() }
    }

    /// Turns to another x; false where its eᵘ, or the factors of it, may leave the range of an `f64`.
    fn fill(&mut self, p: &Parameters, shared: &Shared, ends: &[End]) -> bool {
        // e³⁰⁰ is 10¹³⁰, by which even a large product can be multiplied.
        const LARGEST: f64 = 300.0;
        let m = p.r + shared.x;
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
