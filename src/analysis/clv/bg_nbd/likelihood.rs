//! The log-likelihood of BG/NBD with its exact gradient and Hessian, by the logarithms of r, α, a, b.
//!
//! For one customer (Fader, Hardie and Lee 2005, equation 6, in the form of Hardie's note on its computation)
//!
//! L = (r)ₓ αʳ / (α+T)^(r+x) · (b)ₓ / (a+b)ₓ · [1 + δₓ>₀ eᵘ],
//! u = ln a − ln(b+x−1) + (r+x) ln((α+T)/(α+tₓ)),
//!
//! where (z)ₓ is the rising factorial. The bracket is 1 / P(alive), and enters as softplus(u): with x = 200 each factor
//! alone is far outside the range of an `f64`.
//!
//! Hundreds of thousands of cells share much. The rising factorials depend on x alone, the terms before the bracket on
//! x and T. Within one x, eᵘ is a factor of T times a factor of tₓ, and there are no more tₓ than days in the window.
//! So cells are processed in order of x and T, with a table of the factors of tₓ for each x with many cells.

use nalgebra::SVector;

use crate::analysis::clv::cell::Cell;
use crate::analysis::clv::layout::{CellLayout, End};
use crate::analysis::clv::terms::{A, ALPHA, B, Parameters, R, Shared, Tables, Total};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnProduct, Sum, ln_rising, softplus};

/// Σ weight · ln L with gradient and Hessian at θ = (ln r, ln α, ln a, ln b).
pub(in crate::analysis::clv) fn log_likelihood(layout: &CellLayout, theta: &SVector<f64, 4>) -> Quadratic<4> {
    let parameters = Parameters::of(theta);
    let mut total = Total::default();
    let mut tables = Tables::of(&layout.lasts, parameters.alpha);
    for of_x in &layout.by_x {
        let by_r = ln_rising(parameters.r, of_x.x);
        let shared = Shared::of(&parameters, f64::from(of_x.x), by_r, of_x.x);
        let ends = &layout.ends[of_x.ends.clone()];
        for end in ends {
            total.add_end(&parameters, &shared, end);
        }
        if of_x.x > 0 {
            let mut brackets = Brackets::default();
            // A table pays if it has fewer entries than there are cells to use it.
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
            brackets.add_to(&mut total, &parameters, &shared);
        }
        total.add_shared(&parameters, &shared);
    }
    total.finish()
}

/// The same for a few cells, sorted by x, where a layout would not pay.
pub(in crate::analysis::clv) fn of_few(cells: &[Cell], theta: &SVector<f64, 4>) -> Quadratic<4> {
    let parameters = Parameters::of(theta);
    let mut total = Total::default();
    for equal_x in cells.chunk_by(|left, right| left.x == right.x) {
        let Some(Cell { x, .. }) = equal_x.first().copied() else { continue };
        let shared = Shared::of(&parameters, f64::from(x), ln_rising(parameters.r, x), x);
        let mut brackets = Brackets::default();
        for cell in equal_x {
            total.add_end(&parameters, &shared, &End { t: cell.t, weight: cell.weight, cells: 0..1 });
            if x > 0 {
                brackets.add(&parameters, &shared, cell.t_x, cell.t, cell.weight);
            }
        }
        brackets.add_to(&mut total, &parameters, &shared);
        total.add_shared(&parameters, &shared);
    }
    total.finish()
}

/// Sums over cells of one x > 0 of ln [1 + eᵘ] and the parts of its derivatives, with the logarithm l =
/// ln((α+T)/(α+tₓ)) and its derivatives l′ and l″ by ln α.
#[derive(Default)]
struct Brackets {
    /// Σ weight · ln [1 + eᵘ], without what is still in `product`.
    value: Sum,
    product: LnProduct,
    /// Σ weight · P(dropped out): the derivative by u.
    dead: f64,
    /// Σ weight · P(dropped out) · P(alive): the second derivative.
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
        let (value, dead) = softplus(shared.ln_odds + (p.r + shared.passed) * ln_ratio);
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
        let of_end = libm::exp(shared.ln_odds + (p.r + shared.passed) * spread);
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

    /// The brackets of one x. Their u changes by 1 with ln a, by `odds_by_b` with ln b, by r ln((α+T)/(α+tₓ)) with ln
    /// r, and by r+x times the derivatives of that logarithm with ln α.
    fn add_to(self, total: &mut Total, p: &Parameters, shared: &Shared) {
        let Brackets { value, product, dead, spread, dead_by, spread_by, spread_by_two } = self;
        let (r, m) = (p.r, p.r + shared.passed);
        let (by_b, by_bb) = shared.odds_by_b;
        total.value.add(value.value());
        total.value.add(product.ln());
        total.gradient[R] += r * dead_by[0];
        total.gradient[ALPHA] += m * dead_by[1];
        total.gradient[A] += dead;
        total.gradient[B] += dead * by_b;
        total.hessian[(R, R)] += r * dead_by[0] + r * r * spread_by_two[0];
        total.hessian[(R, ALPHA)] += r * dead_by[1] + r * m * spread_by_two[1];
        total.hessian[(ALPHA, ALPHA)] += m * dead_by[2] + m * m * spread_by_two[2];
        total.hessian[(A, A)] += spread;
        total.hessian[(A, B)] += spread * by_b;
        total.hessian[(B, B)] += spread * by_b * by_b + dead * by_bb;
        for (i, factor) in [(R, r), (ALPHA, m)] {
            total.hessian[(i, A)] += factor * spread_by[i];
            total.hessian[(i, B)] += factor * spread_by[i] * by_b;
        }
    }
}
