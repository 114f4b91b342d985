//! The log-likelihood of BG/BB with its exact gradient and Hessian, by the logarithms of α, β, γ, δ.
//!
//! For one customer (Fader, Hardie and Shang 2010), with rising factorials (z)ₖ for its beta functions,
//!
//! L = (α)ₓ · [Σⱼ cⱼ + wₙ cₙ],  j from tₓ to n − 1,
//! cⱼ = (β)ⱼ₋ₓ / (α+β)ⱼ · γ (δ)ⱼ / (γ+δ)ⱼ₊₁,  wₙ = (γ+δ+n) / γ,
//!
//! where cⱼ means "left after opportunity j" and wₙcₙ "still there".
//!
//! A cell has n − tₓ terms, but cells with one x share them. As cⱼ falls with j, the sums Rₜ = Σⱼ≥ₜ cⱼ/cₜ, up to the
//! largest n of an x, lie between 1 and the number of their terms. They follow from each other (Rₜ = 1 + cₜ₊₁/cₜ ·
//! Rₜ₊₁), and give the bracket of each cell as cₜ · [Rₜ − (cₙ/cₜ) Rₙ + (cₙ/cₜ) wₙ] with t = tₓ. The difference loses at
//! most as many digits as the number of terms has, and nothing overflows. The derivatives are sums of the same kind.

use std::ops::Range;

use nalgebra::{SMatrix, SVector};

use crate::analysis::clv::discrete::{DiscreteCell, ln_risings};
use crate::analysis::optimise::Quadratic;
use crate::analysis::parallel;
use crate::analysis::special::{LnRising, Sum};

/// The parameters' positions in gradients and Hessians.
pub(super) const ALPHA: usize = 0;
pub(super) const BETA: usize = 1;
pub(super) const GAMMA: usize = 2;
pub(super) const DELTA: usize = 3;

/// With fewer cells than this, a second thread does not pay.
const FEWEST_CELLS: usize = 4096;

/// Cells arranged for repeated evaluations.
pub(super) struct CellLayout<'a> {
    cells: &'a [DiscreteCell],
    by_x: Vec<OfX>,
    /// The largest x and n.
    most_bought: u32,
    most: u32,
}

/// The cells with one x.
struct OfX {
    x: u32,
    cells: Range<usize>,
    /// The smallest tₓ and the largest n.
    earliest: u32,
    latest: u32,
}

impl<'a> CellLayout<'a> {
    /// From cells sorted by x.
    pub fn of(cells: &'a [DiscreteCell]) -> Self {
        let (mut by_x, mut at) = (Vec::new(), 0);
        for equal_x in cells.chunk_by(|left, right| left.x == right.x) {
            let Some(first) = equal_x.first() else { continue };
            let earliest = equal_x.iter().fold(first.t_x, |least, cell| least.min(cell.t_x));
            let latest = equal_x.iter().fold(first.n, |most, cell| most.max(cell.n));
            by_x.push(OfX { x: first.x, cells: at..at + equal_x.len(), earliest, latest });
            at += equal_x.len();
        }
        let most = by_x.iter().map(|of_x: &OfX| of_x.latest).max().unwrap_or(0);
        Self { cells, most_bought: by_x.last().map_or(0, |of_x| of_x.x), by_x, most }
    }
}

/// Σ weight · ln L with gradient and Hessian at θ = (ln α, ln β, ln γ, ln δ).
pub(super) fn log_likelihood(layout: &CellLayout, theta: &SVector<f64, 4>) -> Quadratic<4> {
    let tables = Tables::of(theta, layout.most_bought, layout.most);
    let work = |of_x: &OfX| tables.add(of_x, &layout.cells[of_x.cells.clone()]);
    let totals: Vec<Total> = if layout.cells.len() < FEWEST_CELLS {
        layout.by_x.iter().map(work).collect()
    } else {
        parallel::map(&layout.by_x, work)
    };
    let (mut value, mut gradient, mut hessian) = (Sum::default(), SVector::zeros(), SMatrix::zeros());
    for total in totals {
        value.add(total.value.value());
        gradient += SVector::from(total.gradient);
        for (sum, (i, j)) in total.hessian.iter().zip(PAIRS) {
            hessian[(i, j)] += sum;
            if i != j {
                hessian[(j, i)] += sum;
            }
        }
    }
    Quadratic { value: value.value(), gradient, hessian }
}

/// The positions of second derivatives: those of a symmetric matrix, row by row.
const PAIRS: [(usize, usize); 10] =
    [(0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)];

/// The position in [`PAIRS`] of the second derivative by β.
const TWICE_BETA: usize = 4;

/// For a term eᵗ with first derivatives t′ and second derivatives t″: 1, t′, and t′t′ᵀ + t″.
#[derive(Clone, Copy, Default)]
struct Moments {
    whole: f64,
    first: [f64; 4],
    second: [f64; 10],
}

impl Moments {
    /// The moments of one term, from its derivatives without those of (β)ⱼ₋ₓ, and those of (β)ⱼ₋ₓ.
    fn of(slopes: &Slopes, passed: &Passed) -> Self {
        let (mut first, mut second) = (slopes.first, slopes.second);
        first[BETA] += passed.first;
        second[TWICE_BETA] += passed.second;
        for (second, (i, j)) in second.iter_mut().zip(PAIRS) {
            *second += first[i] * first[j];
        }
        Self { whole: 1.0, first, second }
    }

    /// Adds a multiple of others.
    fn add(&mut self, factor: f64, others: &Self) {
        self.whole += factor * others.whole;
        for (sum, other) in self.first.iter_mut().zip(&others.first) {
            *sum += factor * other;
        }
        for (sum, other) in self.second.iter_mut().zip(&others.second) {
            *sum += factor * other;
        }
    }
}

/// First and second derivatives of a logarithm.
struct Slopes {
    first: [f64; 4],
    second: [f64; 10],
}

/// ln (β)ₖ and its derivatives by ln β.
struct Passed {
    value: f64,
    first: f64,
    second: f64,
}

/// The part that depends on j but not on x.
struct Step {
    /// ln cⱼ without (β)ⱼ₋ₓ.
    value: f64,
    /// Its derivatives, and those of wⱼcⱼ instead.
    left: Slopes,
    there: Slopes,
    /// cⱼ₊₁/cⱼ without its factor β+j−x.
    ratio: f64,
    /// wⱼ.
    odds: f64,
}

struct Tables {
    alpha: f64,
    beta: f64,
    /// ln (α)ₓ.
    bought: Vec<LnRising>,
    /// ln (β)ₖ.
    passed: Vec<Passed>,
    steps: Vec<Step>,
}

impl Tables {
    fn of(theta: &SVector<f64, 4>, most_bought: u32, most: u32) -> Self {
        let [alpha, beta, gamma, delta] = [ALPHA, BETA, GAMMA, DELTA].map(|i| theta[i].exp());
        let passed = ln_risings(beta, most).into_iter().map(|of| Passed {
            value: of.value,
            first: beta * of.first,
            second: beta * of.first + beta * beta * of.second,
        });
        let all = ln_risings(alpha + beta, most);
        let stayed = ln_risings(delta, most);
        let ended = ln_risings(gamma + delta, most + 1);
        let slopes = |all: &LnRising, stayed: &LnRising, ended: &LnRising, left: f64| {
            let first = [
                -alpha * all.first,
                -beta * all.first,
                left - gamma * ended.first,
                delta * (stayed.first - ended.first),
            ];
            let mut second = [0.0; 10];
            second[0] = first[ALPHA] - alpha * alpha * all.second;
            second[1] = -alpha * beta * all.second;
            second[TWICE_BETA] = first[BETA] - beta * beta * all.second;
            second[7] = -gamma * (ended.first + gamma * ended.second);
            second[8] = -gamma * delta * ended.second;
            second[9] = first[DELTA] + delta * delta * (stayed.second - ended.second);
            Slopes { first, second }
        };
        let steps =
            all.iter().zip(&stayed).zip(ended.windows(2)).zip(0..=most).map(|(((all, stayed), ended), j)| {
                let j = f64::from(j);
                let end = gamma + delta + j;
                Step {
                    value: theta[GAMMA] - all.value + (stayed.value - ended[1].value),
                    left: slopes(all, stayed, &ended[1], 1.0),
                    there: slopes(all, stayed, &ended[0], 0.0),
                    ratio: (delta + j) / ((alpha + beta + j) * (end + 1.0)),
                    odds: end / gamma,
                }
            });
        Self {
            alpha,
            beta,
            bought: ln_risings(alpha, most_bought),
            passed: passed.collect(),
            steps: steps.collect(),
        }
    }

    /// Σⱼ≥ₜ cⱼ/cₜ and its derivatives, for t from the earliest tₓ of an x to its latest n, where the sum is empty.
    fn sums(&self, of_x: &OfX) -> Vec<Moments> {
        let steps = &self.steps[of_x.earliest as usize..of_x.latest as usize];
        let mut sums = vec![Moments::default(); steps.len() + 1];
        let mut next = Moments::default();
        for (at, step) in steps.iter().enumerate().rev() {
            let passed = of_x.earliest as usize + at - of_x.x as usize;
            let mut here = Moments::of(&step.left, &self.passed[passed]);
            here.add(step.ratio * (self.beta + passed as f64), &next);
            sums[at] = here;
            next = here;
        }
        sums
    }

    /// The sums over the cells of one x.
    fn add(&self, of_x: &OfX, cells: &[DiscreteCell]) -> Total {
        let sums = self.sums(of_x);
        let sum_from = |t: u32| &sums[(t - of_x.earliest) as usize];
        let (mut total, mut weight) = (Total::default(), 0.0);
        for cell in cells {
            let (last, end) = (&self.steps[cell.t_x as usize], &self.steps[cell.n as usize]);
            let passed = |t: u32| &self.passed[(t - cell.x) as usize];
            let value = last.value + passed(cell.t_x).value;
            let mut bracket = Moments::default();
            let mut share = 1.0;
            if cell.t_x < cell.n {
                share = libm::exp(end.value + passed(cell.n).value - value);
                bracket = *sum_from(cell.t_x);
                bracket.add(-share, sum_from(cell.n));
            }
            bracket.add(share * end.odds, &Moments::of(&end.there, passed(cell.n)));
            total.add(cell.weight, value, &bracket);
            weight += cell.weight;
        }
        let LnRising { value, first, second } = self.bought[of_x.x as usize];
        total.value.add(weight * value);
        total.gradient[ALPHA] += weight * self.alpha * first;
        total.hessian[0] += weight * self.alpha * (first + self.alpha * second);
        total
    }
}

/// Sums over cells.
#[derive(Default)]
struct Total {
    value: Sum,
    gradient: [f64; 4],
    hessian: [f64; 10],
}

impl Total {
    /// Adds the logarithm of a bracket times its factor.
    fn add(&mut self, weight: f64, ln_factor: f64, bracket: &Moments) {
        self.value.add(weight * (ln_factor + libm::log(bracket.whole)));
        let first = bracket.first.map(|sum| sum / bracket.whole);
        for (sum, first) in self.gradient.iter_mut().zip(first) {
            *sum += weight * first;
        }
        for ((sum, second), (i, j)) in self.hessian.iter_mut().zip(bracket.second).zip(PAIRS) {
            *sum += weight * (second / bracket.whole - first[i] * first[j]);
        }
    }
}
