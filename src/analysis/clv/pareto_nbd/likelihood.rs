//! The log-likelihood of Pareto/NBD with its exact gradient and Hessian, by the logarithms of r, α, s, β.
//!
//! For one customer (Schmittlein, Morrison and Colombo 1987; Fader and Hardie 2005, before the integral is written as a
//! difference of hypergeometric functions)
//!
//! L = (r)ₓ α⁻ˣ [A + D],
//! A = (1 + T/α)⁻ᵐ (1 + T/β)⁻ˢ,  D = ∫ g(τ) dτ from tₓ to T,  g(τ) = s/β (1 + τ/α)⁻ᵐ (1 + τ/β)^−(s+1),
//!
//! where (r)ₓ is the rising factorial and m = r + x. A is for customers alive at T, D for those who died at τ. The
//! usual difference of two functions ₂F₁ loses its digits with many purchases, and its derivatives by the parameters
//! are separate series. Here D is integrated: all terms are positive, and the derivatives are integrals of g times
//! polynomials in
//!
//! λ = ln(1 + τ/α), p = τ/(α+τ), μ = ln(1 + τ/β), w = τ/(β+τ).
//!
//! Cells with one x need the same integrals between different times. With R(t) = ∫ g(τ)/g(t) dτ from t to the latest T
//! (see [`super::grid`]), D = g(tₓ)R(tₓ) − g(T)R(T). As g(T)R(T) is at most A, the difference costs ln(A + D) no
//! digits.

use nalgebra::{SMatrix, SVector};

use super::grid::{Grid, Moments, Parameters, Place, add, integral};
use super::layout::{Band, CellLayout, OfX};
use crate::analysis::clv::cell::Cell;
use crate::analysis::optimise::Quadratic;
use crate::analysis::parallel;
use crate::analysis::special::{LnRising, Sum, ln_rising};

/// The parameters' positions in gradients and Hessians.
pub(super) const R: usize = 0;
pub(in crate::analysis::clv) const ALPHA: usize = 1;
pub(super) const S: usize = 2;
pub(in crate::analysis::clv) const BETA: usize = 3;

impl Parameters {
    /// From θ = (ln r, ln α, ln s, ln β).
    fn of(theta: &SVector<f64, 4>) -> Self {
        let [r, alpha, s, beta] = [R, ALPHA, S, BETA].map(|i| libm::exp(theta[i]));
        Self { r, alpha, s, beta }
    }
}

/// With fewer cells than this, threads cost more than they save.
const MANY: usize = 2_000;

/// Σ weight · ln L with gradient and Hessian at θ = (ln r, ln α, ln s, ln β).
pub(in crate::analysis::clv) fn log_likelihood(layout: &CellLayout, theta: &SVector<f64, 4>) -> Quadratic<4> {
    let p = Parameters::of(theta);
    let parts = if layout.cells < MANY {
        layout.bands.iter().map(|band| total_of(&p, band)).collect()
    } else {
        parallel::map(&layout.bands, |band| total_of(&p, band))
    };
    let mut total = Total::default();
    for part in parts {
        total.value.add(part.value.value());
        total.gradient += part.gradient;
        total.hessian += part.hessian;
    }
    total.finish()
}

/// The same for a few cells, where a layout would not pay.
pub(in crate::analysis::clv) fn of_few(cells: &[Cell], theta: &SVector<f64, 4>) -> Quadratic<4> {
    let p = Parameters::of(theta);
    let mut total = Total::default();
    for cell in cells {
        let x = f64::from(cell.x);
        let places = [cell.t_x, cell.t].map(|time| Place::of(&p, time));
        let tail = integral(&p, places[0], [cell.t_x, cell.t - cell.t_x], p.r + x);
        let times = Times {
            places: &places,
            ln_hazards: &[cell.t_x, cell.t].map(|time| p.ln_hazard(time)),
            tails: &[tail, [0.0; 16]],
        };
        let mut sums = Sums::default();
        sums.add_end(&p, x, times, 1, &[(0, cell.weight)]);
        sums.add_before(&p, x, (cell.t, places[1]), cell.weight);
        total.add(&p, x, &ln_rising(p.r, cell.x), sums);
    }
    total.finish()
}

fn total_of(p: &Parameters, band: &Band) -> Total {
    let x_of = |of_x: Option<&OfX>| of_x.map_or(0.0, |of_x| f64::from(of_x.x));
    let grid = Grid::of(p, &band.times, [x_of(band.by_x.first()), x_of(band.by_x.last())]);
    let mut total = Total::default();
    let mut tails = vec![[0.0; 16]; band.times.len()];
    for of_x in &band.by_x {
        let x = f64::from(of_x.x);
        grid.integrate(p.r + x, of_x.times.clone(), &mut tails);
        let mut sums = Sums::default();
        for end in &of_x.ends {
            let (cells, end) = (&of_x.cells[end.cells.clone()], end.time as usize);
            let times = Times { places: &grid.places, ln_hazards: &grid.ln_hazards, tails: &tails };
            sums.add_end(p, x, times, end, cells);
            let weight = cells.iter().map(|(_, weight)| weight).sum();
            sums.add_before(p, x, (band.times[end], grid.places[end]), weight);
        }
        total.add(p, x, &ln_rising(p.r, of_x.x), sums);
    }
    total
}

/// The values that depend on a time, for some times.
#[derive(Clone, Copy)]
struct Times<'a> {
    places: &'a [Place],
    ln_hazards: &'a [f64],
    /// R at each, up to the latest.
    tails: &'a [Moments],
}

/// Sums over the cells of one x.
#[derive(Default)]
struct Sums {
    weight: f64,
    value: Sum,
    /// Σ weight · P(dead) · E\[moments at death\].
    dead: Moments,
    /// Σ weight · P(alive) · moments at T.
    alive: Moments,
    /// Σ weight · (the gradient of ln(A + D))(its transpose), the upper triangle.
    squares: SMatrix<f64, 4, 4>,
}

impl Sums {
    /// Adds ln A and the preceding α⁻ˣ for cells of one T, without the difference of large logarithms.
    fn add_before(&mut self, p: &Parameters, x: f64, (t, at): (f64, Place), weight: f64) {
        let purchases = if x > 0.0 { x * libm::log(p.alpha + t) } else { 0.0 };
        self.weight += weight;
        self.value.add(-weight * (p.r * at.lambda + purchases + p.s * at.mu));
    }

    /// Adds the parts of ln(1 + D/A) and of the derivatives of ln(A + D) for the cells of one T.
    fn add_end(&mut self, p: &Parameters, x: f64, times: Times<'_>, end: usize, cells: &[(u32, f64)]) {
        let m = p.r + x;
        let (at_end, hazard, later) =
            (times.places[end], libm::exp(times.ln_hazards[end]), &times.tails[end]);
        let mut living = 0.0;
        for (last, weight) in cells {
            let (at_last, sooner) = (times.places[*last as usize], &times.tails[*last as usize]);
            // ln of g(tₓ)/A; the larger of the two is scaled to 1 below.
            let lead = times.ln_hazards[*last as usize]
                + m * (at_end.lambda - at_last.lambda)
                + p.s * (at_end.mu - at_last.mu);
            let (death, life) = if lead > 0.0 { (1.0, libm::exp(-lead)) } else { (libm::exp(lead), 1.0) };
            let dead_later = life * hazard;
            let dead = (death * sooner[0] - dead_later * later[0]).max(0.0);
            let whole = life + dead;
            self.value.add(weight * (lead.max(0.0) + libm::log(whole)));
            // The means over death and life.
            let (death, dead_later, alive) = (death / whole, dead_later / whole, life / whole);
            let dead = dead / whole;
            let of_dead = |i: usize| death * sooner[i] - dead_later * later[i];
            let slopes = [
                -p.r * (of_dead(1) + alive * at_end.lambda),
                m * (of_dead(2) + alive * at_end.p),
                dead - p.s * (of_dead(3) + alive * at_end.mu),
                (p.s + 1.0) * of_dead(4) - dead + p.s * alive * at_end.w,
            ];
            for i in 0..4 {
                for j in i..4 {
                    self.squares[(i, j)] += weight * slopes[i] * slopes[j];
                }
            }
            living += weight * alive;
            add(&mut self.dead, weight * death, sooner);
        }
        add(&mut self.dead, -living * hazard, later);
        add(&mut self.alive, living, &at_end.moments());
    }
}

#[derive(Default)]
struct Total {
    value: Sum,
    gradient: SVector<f64, 4>,
    hessian: SMatrix<f64, 4, 4>,
}

impl Total {
    /// Adds the cells of one x.
    ///
    /// ln A has the derivatives −rλ, mp, −sμ, sw at T; ln g has those plus 0, 0, 1 − sμ, (s+1)w − 1. The gradient is
    /// their mean over death and life. The Hessian is the mean of their products and of their own derivatives, minus
    /// the product of the means.
    #[allow(clippy::needless_pass_by_value, reason = "the sums are used up")]
    fn add(&mut self, parameters: &Parameters, x: f64, rising: &LnRising, sums: Sums) {
        let Parameters { r, s, .. } = *parameters;
        let (m, n) = (r + x, s + 1.0);
        let Sums { weight, value, dead, alive, squares } = sums;
        self.value.add(value.value());
        self.value.add(weight * rising.value);
        let both: Moments = std::array::from_fn(|i| dead[i] + alive[i]);
        let [_, lambda, p, mu, _, lambda_lambda, lambda_p, lambda_mu, _, p_p, p_mu, _, mu_mu, ..] = both;
        let [
            deaths,
            dead_lambda,
            dead_p,
            dead_mu,
            dead_w,
            _,
            _,
            _,
            dead_lambda_w,
            _,
            _,
            dead_p_w,
            _,
            dead_mu_w,
            dead_w_w,
            _,
        ] = dead;
        let [_, _, _, _, alive_w, _, _, _, alive_lambda_w, _, _, alive_p_w, _, alive_mu_w, alive_w_w, _] =
            alive;
        self.gradient += SVector::from([
            weight * r * rising.first - r * lambda,
            m * p - weight * x,
            deaths - s * mu,
            n * dead_w - deaths + s * alive_w,
        ]);
        let mut hessian = -squares;
        hessian[(R, R)] +=
            weight * r * (rising.first + r * rising.second) - r * lambda + r * r * lambda_lambda;
        hessian[(R, ALPHA)] += r * p - r * m * lambda_p;
        hessian[(R, S)] += r * (s * lambda_mu - dead_lambda);
        hessian[(R, BETA)] += r * (dead_lambda - n * dead_lambda_w - s * alive_lambda_w);
        hessian[(ALPHA, ALPHA)] += m * (p_p - p) + m * m * p_p;
        hessian[(ALPHA, S)] += m * (dead_p - s * p_mu);
        hessian[(ALPHA, BETA)] += m * (n * dead_p_w - dead_p + s * alive_p_w);
        hessian[(S, S)] += deaths - 2.0 * s * dead_mu + s * s * mu_mu - s * mu;
        hessian[(S, BETA)] +=
            n * dead_w - deaths - s * (n * dead_mu_w - dead_mu) - s * s * alive_mu_w + s * (dead_w + alive_w);
        hessian[(BETA, BETA)] += n * n * dead_w_w - 2.0 * n * dead_w + deaths + s * s * alive_w_w
            - n * (dead_w - dead_w_w)
            - s * (alive_w - alive_w_w);
        self.hessian += hessian;
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
