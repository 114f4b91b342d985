//! The log-likelihood with covariates, with its exact gradient and Hessian.
//!
//! The customers of a pattern share all parameters θᵢ: the plain model's likelihood gives their part. Its derivatives
//! by φ = (θ, γ₁, γ₂) follow from those by θᵢ: covariates enter one parameter of each process, θᵢ = θ ± γ'z there,
//! which is linear in φ.

use std::ops::Range;

use nalgebra::{DMatrix, DVector, SMatrix, SVector};

use super::design::Design;
use super::kernel::Kernel;
use super::patterns::Patterns;
use crate::analysis::clv::cell::Cell;
use crate::analysis::clv::fit::LIMITS;
use crate::analysis::optimise::{DynQuadratic, maximise_dyn};
use crate::analysis::parallel;
use crate::analysis::special::Sum;

/// A pattern with fewer cells than this gets no layout.
const FEW: usize = 12;

/// Patterns are processed in parts of about this many cells.
const PART: usize = 1_000;

/// A customer's parameter beyond e^± this is refused: no data are near it.
const FURTHEST: f64 = 60.0;

/// ln a and ln b, or ln s and ln β: with these nobody leaves.
const NOBODY_LEAVES: [f64; 2] = [-40.0, 0.0];

/// A log-likelihood over φ: the logarithms of the four parameters at the means of the covariates, and the coefficients
/// of the standardised covariates, purchases before dropout.
pub(super) struct Objective<'a, K: Kernel> {
    width: usize,
    rows: &'a [f64],
    cells: &'a [Cell],
    pub(super) patterns: Vec<Pattern<K>>,
    pub(super) parts: Vec<Range<usize>>,
}

/// The cells of one pattern.
pub(super) enum Pattern<K: Kernel> {
    Few(Range<usize>),
    Many(K::CellLayout),
}

impl<'a, K: Kernel> Objective<'a, K> {
    /// For cells in the order of the patterns, on the time scale of the fit.
    pub fn of(patterns: &Patterns, design: &'a Design, cells: &'a [Cell]) -> Self {
        let (mut parts, mut start, mut size) = (Vec::new(), 0, 0);
        for (at, (_, range)) in patterns.iter().enumerate() {
            size += range.len();
            if size >= PART {
                parts.push(start..at + 1);
                (start, size) = (at + 1, 0);
            }
        }
        parts.push(start..patterns.len());
        let pattern = |range: Range<usize>| {
            if range.len() < FEW { Pattern::Few(range) } else { Pattern::Many(K::layout(&cells[range])) }
        };
        Self {
            width: design.columns.len(),
            rows: &design.rows,
            cells,
            patterns: patterns.iter().map(|(_, range)| pattern(range)).collect(),
            parts,
        }
    }

    /// The number of variables in φ.
    pub fn size(&self) -> usize {
        4 + 2 * self.width
    }

    /// The log-likelihood at φ; NaN if some customer's parameters are out of bounds.
    pub fn at(&self, phi: &DVector<f64>) -> DynQuadratic {
        self.total(&parallel::map(&self.parts, |part| self.of_part(phi, part)))
    }

    /// The highest log-likelihood with covariates for purchases, if nobody leaves.
    pub fn best_without_dropout(&self, start: &DVector<f64>) -> f64 {
        // r, α and γ₁ among all variables.
        let places: Vec<usize> = [0, 1].into_iter().chain(4..4 + self.width).collect();
        let whole = |some: &DVector<f64>| {
            let mut phi = DVector::zeros(self.size());
            phi.rows_mut(2, 2).copy_from_slice(&NOBODY_LEAVES);
            for (value, place) in some.iter().zip(&places) {
                phi[*place] = *value;
            }
            phi
        };
        let function = |some: &DVector<f64>| {
            let DynQuadratic { value, gradient, hessian } = self.at(&whole(some));
            DynQuadratic {
                value,
                gradient: DVector::from_fn(places.len(), |i, _| gradient[places[i]]),
                hessian: DMatrix::from_fn(places.len(), places.len(), |i, j| hessian[(places[i], places[j])]),
            }
        };
        let start = DVector::from_fn(places.len(), |i, _| start[places[i]]);
        maximise_dyn(function, start, LIMITS).there.value
    }

    pub(super) fn of_part(&self, phi: &DVector<f64>, part: &Range<usize>) -> Moments {
        let width = self.width;
        let mut sums = Moments::zero(width);
        let theta = SVector::<f64, 4>::from_fn(|i, _| phi[i]);
        let gammas = [0, 1].map(|process| &phi.as_slice()[4 + process * width..][..width]);
        for at in part.clone() {
            let row = &self.rows[at * width..][..width];
            let mut own = theta;
            for (gamma, (place, sign)) in gammas.iter().zip(K::ENTRIES) {
                let effect: f64 = gamma.iter().zip(row).map(|(gamma, z)| gamma * z).sum();
                own[place] += sign * effect;
            }
            if own.iter().any(|value| value.is_nan() || value.abs() > FURTHEST) {
                sums.value.add(f64::NAN);
                return sums;
            }
            let there = match &self.patterns[at] {
                Pattern::Few(range) => K::of_few(&self.cells[range.clone()], &own),
                Pattern::Many(layout) => K::log_likelihood(layout, &own),
            };
            sums.value.add(there.value);
            sums.gradient += there.gradient;
            sums.hessian += there.hessian;
            let slopes = K::ENTRIES.map(|(place, sign)| sign * there.gradient[place]);
            let across = K::ENTRIES.map(|(place, sign)| there.hessian.column(place) * sign);
            let (purchases, dropout) = (K::ENTRIES[0], K::ENTRIES[1]);
            let squares = [
                purchases.1 * across[0][purchases.0],
                purchases.1 * across[1][purchases.0],
                dropout.1 * across[1][dropout.0],
            ];
            sums.add(row, &slopes, &across, &squares);
        }
        sums
    }

    pub(super) fn total(&self, parts: &[Moments]) -> DynQuadratic {
        let (width, size) = (self.width, self.size());
        let mut value = Sum::default();
        let (mut gradient, mut hessian) = (DVector::zeros(size), DMatrix::zeros(size, size));
        for part in parts {
            value.add(part.value.value());
            for i in 0..4 {
                gradient[i] += part.gradient[i];
                for j in 0..4 {
                    hessian[(i, j)] += part.hessian[(i, j)];
                }
            }
            for process in 0..2 {
                for j in 0..width {
                    let column = 4 + process * width + j;
                    gradient[column] += part.slopes[process][j];
                    for i in 0..4 {
                        hessian[(i, column)] += part.across[process][j][i];
                    }
                }
            }
            let pairs = (0..width).flat_map(|j| (0..=j).map(move |k| (j, k)));
            for ((j, k), squares) in pairs.zip(&part.squares) {
                for (left, right, square) in [(0, 0, squares[0]), (0, 1, squares[1]), (1, 1, squares[2])] {
                    hessian[(4 + left * width + k, 4 + right * width + j)] += square;
                    // The block of both processes has its own lower half.
                    if left != right && j != k {
                        hessian[(4 + left * width + j, 4 + right * width + k)] += square;
                    }
                }
            }
        }
        for i in 0..size {
            for j in 0..i {
                hessian[(i, j)] = hessian[(j, i)];
            }
        }
        DynQuadratic { value: value.value(), gradient, hessian }
    }
}

/// Sums over patterns.
pub(super) struct Moments {
    value: Sum,
    gradient: SVector<f64, 4>,
    hessian: SMatrix<f64, 4, 4>,
    /// For each process, Σ z times the derivative by the parameter that covariates enter.
    slopes: [Vec<f64>; 2],
    /// For each process, Σ z times the derivatives of that by θ.
    across: [Vec<SVector<f64, 4>>; 2],
    /// For each pair of covariates, Σ z z' times the second derivatives: by purchases, by both, by dropout.
    squares: Vec<[f64; 3]>,
}

impl Moments {
    fn zero(width: usize) -> Self {
        Self {
            value: Sum::default(),
            gradient: SVector::zeros(),
            hessian: SMatrix::zeros(),
            slopes: [vec![0.0; width], vec![0.0; width]],
            across: [vec![SVector::zeros(); width], vec![SVector::zeros(); width]],
            squares: vec![[0.0; 3]; width * (width + 1) / 2],
        }
    }

    fn add(&mut self, row: &[f64], slopes: &[f64; 2], across: &[SVector<f64, 4>; 2], squares: &[f64; 3]) {
        let mut pairs = self.squares.iter_mut();
        for (j, z) in row.iter().enumerate() {
            for process in 0..2 {
                self.slopes[process][j] += slopes[process] * z;
                self.across[process][j] += across[process] * *z;
            }
            for (other, pair) in row[..=j].iter().zip(&mut pairs) {
                let product = z * other;
                for (sum, square) in pair.iter_mut().zip(squares) {
                    *sum += square * product;
                }
            }
        }
    }
}
