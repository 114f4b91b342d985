//! The log-likelihood of the family with its exact gradient and Hessian, by the logarithms of r, α, a, b.
//!
//! For one customer with c unused chances to leave, m = r + kx, and g the gaps between purchases
//!
//! L = (r)ₖₓ αʳ / (α+T)ᵐ · (b)_c / (a+b)_c · [S + eᵘ] · Π gᵏ⁻¹ / Γ(k)ˣ,
//! u = ln a − ln(b+c−1) + m ln((α+T)/(α+tₓ)),
//!
//! where (z)ₙ is the rising factorial and S is that of [`super::silence`]. S is for a customer who is still there, eᵘ
//! for a customer who left with the last purchase: together S/P(alive), where BG/NBD has 1/P(alive). The factor of the
//! gaps has no parameter and is left out. c is x + 1 if customers may leave with their first purchase; otherwise it is
//! x, and eᵘ is 0 for x = 0.
//!
//! Cells are processed as in BG/NBD, with a table of the factors of tₓ in eᵘ.

use nalgebra::SVector;

use super::silence::{Open, Silence};
use super::{Dropout, Regularity};
use crate::analysis::clv::layout::{CellLayout, End};
use crate::analysis::clv::terms::{A, ALPHA, B, Parameters, R, Shared, Tables, Total};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnProduct, Sum, softplus};

/// Which model of the family.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub k: Regularity,
    /// When customers may leave; `None` if they never do; the likelihood then has neither a nor b.
    pub dropout: Option<Dropout>,
}

/// Σ weight · ln L, without the gaps, with gradient and Hessian at θ = (ln r, ln α, ln a, ln b).
pub(super) fn log_likelihood(layout: &CellLayout, member: Member, theta: &SVector<f64, 4>) -> Quadratic<4> {
    let parameters = Parameters::of(theta);
    let mut total = Total::default();
    let mut tables = Tables::of(&layout.lasts, parameters.alpha);
    for of_x in &layout.by_x {
        let passed = member.k.stages(of_x.x);
        let chances = member.dropout.map_or(0, |dropout| dropout.chances(of_x.x));
        let by_r = member.k.ln_rising(parameters.r, of_x.x);
        let shared = Shared::of(&parameters, passed, by_r, chances);
        let waiting = Silence::of(parameters.r + passed, member.k);
        let ends = &layout.ends[of_x.ends.clone()];
        for end in ends {
            total.add_end(&parameters, &shared, end);
        }
        // If nobody waits in an open stage and nobody may have left, the bracket is 1.
        if !(waiting.is_closed() && shared.ln_odds == f64::NEG_INFINITY) {
            let mut brackets = Brackets::default();
            let of = Walk { p: &parameters, shared: &shared, waiting: &waiting };
            let by_table = of_x.x > 0
                // A table pays if it has fewer entries than there are cells to use it.
                && layout.lasts.len() <= of_x.cells
                && tables.fill(&parameters, &shared, ends);
            for end in ends {
                let cells = &layout.cells[end.cells.clone()];
                if by_table {
                    brackets.add_by_table(&of, &tables, end, cells);
                } else if of_x.x == 0 {
                    brackets.add(&of, 0.0, end.t, end.weight);
                } else {
                    for (last, weight) in cells {
                        brackets.add(&of, layout.lasts[*last as usize], end.t, *weight);
                    }
                }
            }
            brackets.add_to(&mut total, &shared);
        }
        total.add_shared(&parameters, &shared);
    }
    total.finish()
}

/// The data for processing the cells of one x.
struct Walk<'a> {
    p: &'a Parameters,
    shared: &'a Shared,
    /// The likelihood of the silence of a customer who is still there.
    waiting: &'a Silence,
}

/// Sums over cells of one x of ln [S + eᵘ] and its derivatives.
#[derive(Default)]
struct Brackets {
    /// Σ weight · ln [S + eᵘ], without what is still in `product`.
    value: Sum,
    product: LnProduct,
    /// Σ weight · P(dropped out): the derivative by u.
    dead: f64,
    /// Σ weight · P(dropped out) · P(alive): the second derivative.
    spread: f64,
    /// The derivatives by ln r and ln α.
    slopes: [f64; 2],
    /// The second derivatives by ln r, by ln r and ln α, by ln α.
    bends: [f64; 3],
    /// The derivatives of `dead` by ln r and ln α.
    bends_by_a: [f64; 2],
}

/// One cell: its weight, the part of it that has dropped out, and its times.
struct At {
    weight: f64,
    dead: f64,
    alive: f64,
    /// α/(α+T).
    share: f64,
    /// ln((α+T)/(α+tₓ)).
    ln_ratio: f64,
    /// (T−tₓ)/(α+tₓ).
    silence: f64,
    /// α/(α+tₓ).
    share_of_last: f64,
}

impl Brackets {
    /// Adds one cell, exact for every u.
    fn add(&mut self, of: &Walk<'_>, t_x: f64, t: f64, weight: f64) {
        let Walk { p, shared, waiting } = of;
        let (last, end) = (p.alpha + t_x, p.alpha + t);
        let silence = (t - t_x) / last;
        let ln_ratio = libm::log1p(silence);
        let open = waiting.at((t - t_x) / end);
        let ln_open = libm::log1p(open.less_one);
        let over = shared.ln_odds + (p.r + shared.passed) * ln_ratio - ln_open;
        let (value, dead) = softplus(over);
        let alive = softplus(-over).1;
        self.value.add(weight * (ln_open + value));
        let share_of_last = p.alpha / last;
        self.add_slopes(
            of,
            &open,
            &At { weight, dead, alive, share: p.alpha / end, ln_ratio, silence, share_of_last },
        );
    }

    /// Adds the cells of one T, with eᵘ by the table.
    fn add_by_table(&mut self, of: &Walk<'_>, tables: &Tables, at: &End, cells: &[(u32, f64)]) {
        let Walk { p, shared, waiting } = of;
        let spread = libm::log1p(at.t / p.alpha);
        let of_end = libm::exp(shared.ln_odds + (p.r + shared.passed) * spread);
        let inverse = 1.0 / (p.alpha + at.t);
        let share = p.alpha * inverse;
        for (last, weight) in cells {
            let last = &tables.lasts[*last as usize];
            let odds = of_end * last.factor;
            let since = at.t - last.t_x;
            let open = waiting.at(since * inverse);
            let alive = (1.0 + open.less_one) / (1.0 + open.less_one + odds);
            let dead = odds / (1.0 + open.less_one + odds);
            // Weights are counts.
            if (*weight - 1.0).abs() < f64::EPSILON {
                self.product.times(open.less_one + odds);
                if self.product.is_large() {
                    self.value.add(std::mem::take(&mut self.product).ln());
                }
            } else {
                self.value.add(weight * libm::log1p(open.less_one + odds));
            }
            let at = At {
                weight: *weight,
                dead,
                alive,
                share,
                ln_ratio: spread - last.spread,
                silence: since * last.inverse,
                share_of_last: p.alpha * last.inverse,
            };
            self.add_slopes(of, &open, &at);
        }
    }

    /// With v = ln S and the shares of those alive and dead, the first derivatives of ln [S + eᵘ] are alive·v′ +
    /// dead·u′, and the second are alive·v″ + dead·u″ + alive·dead·(u′−v′)².
    #[inline]
    fn add_slopes(&mut self, of: &Walk<'_>, open: &Open, at: &At) {
        let Walk { p, shared, waiting } = of;
        let At { weight, dead, alive, share, ln_ratio, silence, share_of_last } = *at;
        let (r, m) = (p.r, p.r + shared.passed);
        // u by ln r, which is also its second derivative; by ln α; by both; by ln α twice.
        let by_alpha = -share * silence;
        let gone = [r * ln_ratio, m * by_alpha];
        let gone_twice = [gone[0], r * by_alpha, gone[1] * (1.0 - share - share_of_last)];
        let mut apart = gone;
        let (both, dead) = (weight * dead * alive, weight * dead);
        self.dead += dead;
        self.spread += both;
        let mut slopes = [dead * gone[0], dead * gone[1]];
        let mut bends = gone_twice.map(|bend| dead * bend);
        if !waiting.is_closed() {
            // The same for v; q changes by −share with ln α, and share by share·(1−share).
            let (alive, inverse) = (weight * alive, 1.0 / (1.0 + open.less_one));
            let (by_q, by_m) = (open.by_q * inverse, open.by_m * inverse);
            let here = [r * by_m, -share * by_q];
            let here_twice = [
                here[0] + r * r * (open.by_m_m * inverse - by_m * by_m),
                -share * r * (open.by_m_q * inverse - by_m * by_q),
                here[1] * (1.0 - share) + share * share * (open.by_q_q * inverse - by_q * by_q),
            ];
            for i in 0..2 {
                slopes[i] += alive * here[i];
                apart[i] -= here[i];
            }
            for (bend, here) in bends.iter_mut().zip(here_twice) {
                *bend += alive * here;
            }
        }
        let by_a = apart.map(|apart| both * apart);
        self.bends_by_a[0] += by_a[0];
        self.bends_by_a[1] += by_a[1];
        self.slopes[0] += slopes[0];
        self.slopes[1] += slopes[1];
        self.bends[0] += bends[0] + by_a[0] * apart[0];
        self.bends[1] += bends[1] + by_a[0] * apart[1];
        self.bends[2] += bends[2] + by_a[1] * apart[1];
    }

    /// The brackets of one x. By ln a their u changes by 1, and by ln b by `odds_by_b`.
    fn add_to(self, total: &mut Total, shared: &Shared) {
        let Brackets { value, product, dead, spread, slopes, bends, bends_by_a } = self;
        let (by_b, by_bb) = shared.odds_by_b;
        total.value.add(value.value());
        total.value.add(product.ln());
        total.gradient += SVector::from([slopes[0], slopes[1], dead, dead * by_b]);
        total.hessian[(R, R)] += bends[0];
        total.hessian[(R, ALPHA)] += bends[1];
        total.hessian[(ALPHA, ALPHA)] += bends[2];
        total.hessian[(A, A)] += spread;
        total.hessian[(A, B)] += spread * by_b;
        total.hessian[(B, B)] += spread * by_b * by_b + dead * by_bb;
        for (i, bend) in [R, ALPHA].into_iter().zip(bends_by_a) {
            total.hessian[(i, A)] += bend;
            total.hessian[(i, B)] += bend * by_b;
        }
    }
}
