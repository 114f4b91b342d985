//! The log-likelihood of the family with its exact gradient and Hessian, by the logarithms of r, α, a, b.
//!
//! For one customer with c chances to leave that were not taken, m = r + kx, and g the gaps between purchases
//!
//! L = (r)ₖₓ αʳ / (α+T)ᵐ · (b)_c / (a+b)_c · [S + eᵘ] · Π gᵏ⁻¹ / Γ(k)ˣ,
//! u = ln a − ln(b+c−1) + m ln((α+T)/(α+tₓ)),
//!
//! where (z)ₙ is the rising factorial and S is that of [`super::silence`]. S stands for a customer who is still
//! there, eᵘ for one who left with the last purchase: together S/P(alive), where BG/NBD has 1/P(alive). The factor
//! of the gaps has no parameter and is not in here. c is x + 1 where customers may leave with their first purchase;
//! where they may not it is x, and eᵘ is 0 for x = 0.
//!
//! Cells are walked as BG/NBD walks them, with a table of the factors of tₓ in eᵘ.

use nalgebra::{SMatrix, SVector, Vector2};

use super::silence::{Open, Silence};
use super::{Dropout, Regularity};
use crate::analysis::clv::layout::{End, Layout};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnProduct, LnRising, Sum, ln_rising, softplus};

/// The parameters' places in gradients and Hessians.
pub(super) const R: usize = 0;
pub(super) const ALPHA: usize = 1;
pub(super) const A: usize = 2;
pub(super) const B: usize = 3;

/// Which model of the family.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub k: Regularity,
    /// When customers may leave; `None` where they never do, and the likelihood has neither a nor b.
    pub dropout: Option<Dropout>,
}

/// Σ weight · ln L, but for the gaps, with gradient and Hessian at θ = (ln r, ln α, ln a, ln b).
pub(super) fn log_likelihood(layout: &Layout, member: Member, theta: &SVector<f64, 4>) -> Quadratic<4> {
    let parameters =
        Parameters { r: theta[R].exp(), alpha: theta[ALPHA].exp(), a: theta[A].exp(), b: theta[B].exp() };
    let mut total = Total::default();
    let mut tables = Tables::of(&layout.lasts, parameters.alpha);
    for of_x in &layout.by_x {
        let shared = Shared::of(&parameters, member, of_x.x);
        let ends = &layout.ends[of_x.ends.clone()];
        for end in ends {
            total.add_end(&parameters, &shared, end);
        }
        if !shared.is_bare() {
            let mut brackets = Brackets::default();
            let by_table = of_x.x > 0
                // A table pays where it has fewer entries than there are cells to use it.
                && layout.lasts.len() <= of_x.cells
                && tables.fill(&parameters, &shared, ends);
            for end in ends {
                let cells = &layout.cells[end.cells.clone()];
                if by_table {
                    brackets.add_by_table(&parameters, &shared, &tables, end, cells);
                } else if of_x.x == 0 {
                    brackets.add(&parameters, &shared, 0.0, end.t, end.weight);
                } else {
                    for (last, weight) in cells {
                        brackets.add(&parameters, &shared, layout.lasts[*last as usize], end.t, *weight);
                    }
                }
            }
            total.add_brackets(&shared, brackets);
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
    /// kx, the stages passed until the last purchase.
    passed: f64,
    by_r: LnRising,
    by_b: LnRising,
    by_ab: LnRising,
    silence: Silence,
    /// ln a − ln(b+c−1); −∞ where there was no chance to leave.
    ln_odds: f64,
    /// d u / d ln b and its derivative.
    odds_by_b: (f64, f64),
}

impl Shared {
    fn of(p: &Parameters, member: Member, x: u32) -> Self {
        let passed = member.k.stages(x);
        let chances = member.dropout.map_or(0, |dropout| dropout.chances(x));
        let before = f64::from(chances.saturating_sub(1));
        // For one chance this is b itself, with no digits lost to b + 1 − 1.
        let stay = p.b + before;
        let share = p.b / stay;
        Self {
            passed,
            by_r: member.k.ln_rising(p.r, x),
            by_b: ln_rising(p.b, chances),
            by_ab: ln_rising(p.a + p.b, chances),
            silence: Silence::of(p.r + passed, member.k),
            ln_odds: if chances == 0 { f64::NEG_INFINITY } else { libm::log(p.a) - libm::log(stay) },
            odds_by_b: (-share, -share * (before / stay)),
        }
    }

    /// Whether the bracket is 1.
    fn is_bare(&self) -> bool {
        self.silence.is_closed() && self.ln_odds == f64::NEG_INFINITY
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

    /// The brackets of one x. By ln a their u changes by 1, and by ln b by `odds_by_b`.
    #[allow(clippy::needless_pass_by_value, reason = "the sums are used up")]
    fn add_brackets(&mut self, shared: &Shared, brackets: Brackets) {
        let Brackets { value, product, dead, spread, slopes, bends, bends_by_a } = brackets;
        let (by_b, by_bb) = shared.odds_by_b;
        self.value.add(value.value());
        self.value.add(product.ln());
        self.gradient += SVector::from([slopes[0], slopes[1], dead, dead * by_b]);
        self.hessian[(R, R)] += bends[0];
        self.hessian[(R, ALPHA)] += bends[1];
        self.hessian[(ALPHA, ALPHA)] += bends[2];
        self.hessian[(A, A)] += spread;
        self.hessian[(A, B)] += spread * by_b;
        self.hessian[(B, B)] += spread * by_b * by_b + dead * by_bb;
        for (i, bend) in [R, ALPHA].into_iter().zip(bends_by_a) {
            self.hessian[(i, A)] += bend;
            self.hessian[(i, B)] += bend * by_b;
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

/// Sums over cells of one x of ln [S + eᵘ] and its derivatives.
#[derive(Default)]
struct Brackets {
    /// Σ weight · ln [S + eᵘ], but for what is still in `product`.
    value: Sum,
    product: LnProduct,
    /// Σ weight · P(dropped out), which is the derivative by u.
    dead: f64,
    /// Σ weight · P(dropped out) · P(alive), which is the second derivative.
    spread: f64,
    /// The derivatives by ln r and ln α.
    slopes: [f64; 2],
    /// The second derivatives by ln r, by ln r and ln α, by ln α.
    bends: [f64; 3],
    /// The derivatives of `dead` by ln r and ln α.
    bends_by_a: [f64; 2],
}

/// One cell: its weight, what of it has dropped out, and where it stands in time.
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
    fn add(&mut self, p: &Parameters, shared: &Shared, t_x: f64, t: f64, weight: f64) {
        let (last, end) = (p.alpha + t_x, p.alpha + t);
        let silence = (t - t_x) / last;
        let ln_ratio = libm::log1p(silence);
        let open = shared.silence.at((t - t_x) / end);
        let ln_open = libm::log1p(open.less_one);
        let over = shared.ln_odds + (p.r + shared.passed) * ln_ratio - ln_open;
        let (value, dead) = softplus(over);
        let alive = softplus(-over).1;
        self.value.add(weight * (ln_open + value));
        let share_of_last = p.alpha / last;
        self.add_slopes(
            p,
            shared,
            &open,
            &At { weight, dead, alive, share: p.alpha / end, ln_ratio, silence, share_of_last },
        );
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
        let inverse = 1.0 / (p.alpha + at.t);
        let share = p.alpha * inverse;
        for (last, weight) in cells {
            let last = &tables.lasts[*last as usize];
            let odds = of_end * last.factor;
            let since = at.t - last.t_x;
            let open = shared.silence.at(since * inverse);
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
            self.add_slopes(p, shared, &open, &at);
        }
    }

    /// With v = ln S and the shares of those alive and those dead, the derivatives of ln [S + eᵘ] are
    /// alive·v′ + dead·u′, and its second ones alive·v″ + dead·u″ + alive·dead·(u′−v′)².
    #[inline]
    fn add_slopes(&mut self, p: &Parameters, shared: &Shared, open: &Open, at: &At) {
        let At { weight, dead, alive, share, ln_ratio, silence, share_of_last } = *at;
        let (r, m) = (p.r, p.r + shared.passed);
        // u by ln r, which is its own second derivative; by ln α; by both; by ln α twice.
        let by_alpha = -share * silence;
        let gone = [r * ln_ratio, m * by_alpha];
        let gone_twice = [gone[0], r * by_alpha, gone[1] * (1.0 - share - share_of_last)];
        let mut apart = gone;
        let (both, dead) = (weight * dead * alive, weight * dead);
        self.dead += dead;
        self.spread += both;
        let mut slopes = [dead * gone[0], dead * gone[1]];
        let mut bends = gone_twice.map(|bend| dead * bend);
        if !shared.silence.is_closed() {
            // v likewise; q changes by −share with ln α, which changes by share·(1−share).
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
    /// (1 + tₓ/α)⁻ᵐ, for the x at hand.
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
        // e³⁰⁰ is 10¹³⁰, by which even a large product can be multiplied. S is no larger than eᵘ without its odds.
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
