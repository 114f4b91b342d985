//! Expectations after the horizon, for customers who are alive.
//!
//! Decades ahead an expectation is expensive: the series of BG/NBD have thousands of terms. But it is very smooth in
//! what distinguishes customers with one x. So it is computed at some places only, and interpolated between them by a
//! polynomial (Chebyshev's nodes of the second kind, in the barycentric form: Berrut and Trefethen 2004, "Barycentric
//! Lagrange Interpolation", SIAM Review 46, 501–517). If all have one model, the places are lengths T. If each has the
//! model of their own covariates, they are places in a plane: the expectation then depends on α + T, and on a in
//! BG/NBD, on β + T in Pareto/NBD ([`paces`]), and their logarithms are used.

use std::collections::BTreeMap;

use super::Repurchase;
use super::covariates::{at_paces, paces};
use super::population::{Alike, Population};
use super::purchases::Purchases;
use crate::analysis::parallel;

/// The number of T between the shortest and the longest for each x.
const NODES: usize = 20;

/// The number of places per unit of a logarithm, plus some more.
const NODES_A_UNIT: f64 = 4.0;
const FEWEST_ALONG: usize = 8;
const MOST_ALONG: usize = 48;

/// The expectation while alive for each run of cells, in each stage in turn; empty if it is not needed.
pub(super) fn residuals(population: &Population<'_>, alike: &[Alike<'_>], beyond: &[(f64, f64)]) -> Vec<f64> {
    if beyond.is_empty() {
        return Vec::new();
    }
    if population.has_covariates() { by_paces(alike, beyond) } else { by_length(alike, beyond) }
}

/// The expectation after the horizon, from the expectations at each of its days.
pub(super) fn residual(beyond: &[(f64, f64)], by_day: impl Iterator<Item = f64>) -> f64 {
    if beyond.is_empty() {
        return f64::NAN;
    }
    // Rounding must not make the result negative.
    beyond.iter().zip(by_day).map(|((_, weight), purchases)| weight * purchases).sum::<f64>().max(0.0)
}

/// The residual of a live customer in each stage.
fn at(model: &Purchases, x: u32, t: f64, beyond: &[(f64, f64)]) -> Vec<f64> {
    let stages = model.stages();
    let mut expected = vec![0.0; stages * beyond.len()];
    for ((day, _), expected) in beyond.iter().zip(expected.chunks_mut(stages)) {
        model.expected_by_stage(x, t, day / model.unit_days(), expected);
    }
    let of_stage = |stage| residual(beyond, expected.iter().skip(stage).step_by(stages).copied());
    (0..stages).map(of_stage).collect()
}

fn first(alike: &Alike<'_>) -> Option<(u32, f64)> {
    alike.cells.first().map(|cell| (cell.x, cell.t))
}

fn by_length(alike: &[Alike<'_>], beyond: &[(f64, f64)]) -> Vec<f64> {
    let same = |left: &Alike<'_>, right: &Alike<'_>| {
        left.group == right.group && first(left).map(|(x, _)| x) == first(right).map(|(x, _)| x)
    };
    let of_x: Vec<&[Alike<'_>]> = alike.chunk_by(same).collect();
    let found = parallel::map(&of_x, |same| {
        let Some(Alike { model, .. }) = same.first() else { return Vec::new() };
        let lives: Vec<(u32, f64)> = same.iter().filter_map(first).collect();
        match (lives.first(), lives.last()) {
            (Some((x, shortest)), Some((_, longest))) if lives.len() > NODES => {
                let nodes = Nodes::between(*shortest, *longest, NODES);
                let values: Vec<Vec<f64>> = nodes.at.iter().map(|t| at(model, *x, *t, beyond)).collect();
                lives.iter().flat_map(|(_, t)| nodes.mean_of(&values, *t)).collect::<Vec<f64>>()
            }
            _ => lives.iter().flat_map(|(x, t)| at(model, *x, *t, beyond)).collect(),
        }
    });
    found.concat()
}

/// A run of cells with the paces of its customers.
struct Paced<'a> {
    place: usize,
    model: &'a Purchases,
    t: f64,
    paces: [f64; 2],
}

fn by_paces(alike: &[Alike<'_>], beyond: &[(f64, f64)]) -> Vec<f64> {
    let mut of_x: BTreeMap<u32, Vec<Paced<'_>>> = BTreeMap::new();
    for (place, run) in alike.iter().enumerate() {
        let Some((x, t)) = first(run) else { continue };
        let paces = paces(run.model, t);
        of_x.entry(x).or_default().push(Paced { place, model: run.model, t, paces });
    }
    let of_x: Vec<(u32, Vec<Paced<'_>>)> = of_x.into_iter().collect();
    let found = parallel::map(&of_x, |(x, runs)| {
        let surface = Surface::of(*x, runs, beyond);
        let value = |run: &Paced<'_>| match &surface {
            Some(surface) => surface.at(run.paces),
            None => at(run.model, *x, run.t, beyond).first().copied().unwrap_or(f64::NAN),
        };
        runs.iter().map(|run| (run.place, value(run))).collect::<Vec<_>>()
    });
    let mut residuals = vec![f64::NAN; alike.len()];
    for (place, value) in found.into_iter().flatten() {
        if let Some(residual) = residuals.get_mut(place) {
            *residual = value;
        }
    }
    residuals
}

/// The logarithm of the residual for one x over the plane of paces.
struct Surface {
    along: [Nodes; 2],
    /// Row by row: along the second pace, for each node of the first.
    values: Vec<Vec<f64>>,
}

impl Surface {
    /// Over these runs; none if they are too few to be worth its nodes.
    fn of(x: u32, runs: &[Paced<'_>], beyond: &[(f64, f64)]) -> Option<Self> {
        let like = runs.first()?.model;
        let along = [0, 1].map(|pace| {
            let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
            for run in runs {
                (low, high) = (low.min(run.paces[pace]), high.max(run.paces[pace]));
            }
            let count = FEWEST_ALONG + (NODES_A_UNIT * (high - low)).min(MOST_ALONG as f64).ceil() as usize;
            Nodes::between(low, high, if high > low { count.min(MOST_ALONG) } else { 1 })
        });
        if runs.len() <= 2 * along[0].at.len() * along[1].at.len() {
            return None;
        }
        let value = |paces| {
            let residual = *at(&at_paces(like, paces)?, x, 0.0, beyond).first()?;
            let ln = libm::log(residual);
            ln.is_finite().then_some(ln)
        };
        let row =
            |one: &f64| along[1].at.iter().map(|other| value([*one, *other])).collect::<Option<Vec<f64>>>();
        let values = along[0].at.iter().map(row).collect::<Option<Vec<_>>>()?;
        Some(Self { along, values })
    }

    fn at(&self, [one, other]: [f64; 2]) -> f64 {
        let [first, second] = &self.along;
        let weights = second.weights(other);
        let of_row =
            |row: &Vec<f64>| row.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f64>();
        let ln: f64 =
            first.weights(one).iter().zip(&self.values).map(|(weight, row)| weight * of_row(row)).sum();
        libm::exp(ln)
    }
}

/// Chebyshev's nodes of the second kind between two ends.
struct Nodes {
    at: Vec<f64>,
}

impl Nodes {
    fn between(low: f64, high: f64, count: usize) -> Self {
        let last = count.saturating_sub(1).max(1) as f64;
        let node = |at: usize| {
            let along = 0.5 - 0.5 * libm::cos(core::f64::consts::PI * at as f64 / last);
            low + (high - low) * along
        };
        Self { at: (0..count).map(node).collect() }
    }

    /// The weights of the nodes at a place; their sum is 1.
    fn weights(&self, place: f64) -> Vec<f64> {
        if let Some(hit) = self.at.iter().position(|node| node.total_cmp(&place).is_eq()) {
            return (0..self.at.len()).map(|at| f64::from(u8::from(at == hit))).collect();
        }
        let last = self.at.len().saturating_sub(1);
        let mut weights: Vec<f64> = self
            .at
            .iter()
            .enumerate()
            .map(|(at, node)| {
                let weight = if at == 0 || at == last { 0.5 } else { 1.0 };
                (if at.is_multiple_of(2) { weight } else { -weight }) / (place - node)
            })
            .collect();
        let whole: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= whole;
        }
        weights
    }

    /// The weighted mean of values at a place; there is one list of values per node.
    fn mean_of(&self, values: &[Vec<f64>], place: f64) -> Vec<f64> {
        let mut sums = vec![0.0; values.first().map_or(0, Vec::len)];
        for (weight, values) in self.weights(place).into_iter().zip(values) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::{Cells, History};
    use super::super::covariates::{Acting, Column, Family, Fit, Patterns, WithCovariates};
    use super::super::value::{Discounting, Scores, Timing};
    use super::*;

    /// Three thousand customers, each with a different age, some so far from the mean that effects are large.
    #[test]
    fn a_surface_gives_what_each_customer_would_have_alone() {
        for (family, values) in
            [(Family::BgNbd, [0.8, 6.0, 0.7, 2.4]), (Family::ParetoNbd, [0.8, 6.0, 0.7, 11.0])]
        {
            let histories: Vec<History> = (0..3000_u32)
                .map(|i| {
                    let x = [0, 1, 9][i as usize % 3];
                    History { x, t_x_days: if x == 0 { 0 } else { 10 + i % 20 }, t_days: 30 + i * 7 % 800 }
                })
                .collect();
            let age: Vec<f64> = (0..3000).map(|i| 20.0 + f64::from(i * 37 % 3001) / 50.0).collect();
            let cells = Cells::collapse(&histories, 7.0).unwrap();
            let patterns = Patterns::of(cells, &[Column { name: "age", values: &age }]).unwrap();
            let acting = Acting { place: 0, centre: 50.0, scale: 17.0, gammas: [0.03, -0.04] };
            let model = WithCovariates::new(family, values, 1, vec![acting], 7.0).unwrap();
            let fit = Fit::given(model.clone(), &patterns);
            let population = Population::with_covariates(&fit, &patterns).unwrap().unwrap();
            assert_eq!(population.groups().len(), 3000);
            for rate in [0.02, 0.1] {
                let terms = Discounting::new(365.0, rate, Timing::Middle).unwrap().and_beyond();
                let scores = Scores::compute(&population, &[], terms).unwrap();
                for customer in (0..3000).step_by(41) {
                    let own = model.of(&[age[customer]]).unwrap();
                    let alone = Cells::collapse(&histories[customer..=customer], 7.0).unwrap();
                    let alone = Population::of(own, alone.cells());
                    let alone = Scores::compute(&alone, &[], terms).unwrap();
                    let [found, exact] = [scores.of_cell(patterns.cell_of()[customer]), alone.of_cell(0)]
                        .map(|forecast| forecast.unwrap().residual_purchases.unwrap());
                    assert!((found / exact - 1.0).abs() < 1e-4, "{family:?} {customer}: {found} {exact}");
                }
            }
        }
    }

    #[test]
    fn a_polynomial_is_met_between_its_nodes() {
        let nodes = Nodes::between(-1.0, 3.0, 8);
        let cubic = |x: f64| 2.0 - x + 0.5 * x * x * x;
        let values: Vec<Vec<f64>> = nodes.at.iter().map(|x| vec![cubic(*x), 1.0]).collect();
        for place in [-1.0, -0.3, 0.0, 1.7, 3.0] {
            let found = nodes.mean_of(&values, place);
            assert!((found[0] - cubic(place)).abs() < 1e-12 && (found[1] - 1.0).abs() < 1e-14, "{place}");
        }
        assert_eq!(Nodes::between(2.0, 2.0, 1).mean_of(&[vec![7.0]], 2.0), [7.0]);
    }
}
