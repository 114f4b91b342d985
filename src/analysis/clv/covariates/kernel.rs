//! What a purchase model must provide for a fit with covariates.

use nalgebra::SVector;

use super::Family;
use crate::analysis::clv::bg_nbd::{self, BgNbd};
use crate::analysis::clv::cell::Cell;
use crate::analysis::clv::fit::{Found, Meaning};
use crate::analysis::clv::layout;
use crate::analysis::clv::pareto_nbd::{self, ParetoNbd};
use crate::analysis::clv::terms;
use crate::analysis::optimise::Quadratic;

/// Where covariates enter: a parameter's position, and the sign of γ'z in its logarithm.
pub(super) type Entry = (usize, f64);

/// A model with four parameters: the first two for purchases, the last two for dropout.
pub(super) trait Kernel {
    /// Which model it is.
    const FAMILY: Family;

    /// The parameters' names.
    const SYMBOLS: [&'static str; 4];

    /// Their names if all covariates are 0.
    const NAMES: [&'static str; 4];

    /// Whether a parameter has the unit of time.
    const OF_TIME: [bool; 4];

    /// Where covariates enter for the purchase rate and for dropout.
    const ENTRIES: [Entry; 2];

    /// Cells arranged for repeated evaluations.
    type CellLayout: Send + Sync;

    /// Arranges cells sorted by x, T and tₓ.
    fn layout(cells: &[Cell]) -> Self::CellLayout;

    /// The log-likelihood of cells by the logarithms of the parameters.
    fn log_likelihood(layout: &Self::CellLayout, theta: &SVector<f64, 4>) -> Quadratic<4>;

    /// The same for a few cells.
    fn of_few(cells: &[Cell], theta: &SVector<f64, 4>) -> Quadratic<4>;

    /// The meaning of a flat or endless direction.
    fn meaning(
        found: &Found<4>,
        direction: &SVector<f64, 4>,
        without_dropout: impl Fn() -> f64,
    ) -> (usize, Meaning);
}

impl Kernel for BgNbd {
    const FAMILY: Family = Family::BgNbd;
    const SYMBOLS: [&'static str; 4] = bg_nbd::SYMBOLS;
    const NAMES: [&'static str; 4] = ["r", "alpha_0", "a_0", "b"];
    const OF_TIME: [bool; 4] = [false, true, false, false];
    const ENTRIES: [Entry; 2] = [(terms::ALPHA, -1.0), (terms::A, 1.0)];

    type CellLayout = layout::CellLayout;

    fn layout(cells: &[Cell]) -> Self::CellLayout {
        layout::CellLayout::of(cells)
    }

    fn log_likelihood(layout: &Self::CellLayout, theta: &SVector<f64, 4>) -> Quadratic<4> {
        bg_nbd::likelihood::log_likelihood(layout, theta)
    }

    fn of_few(cells: &[Cell], theta: &SVector<f64, 4>) -> Quadratic<4> {
        bg_nbd::likelihood::of_few(cells, theta)
    }

    fn meaning(
        found: &Found<4>,
        direction: &SVector<f64, 4>,
        without_dropout: impl Fn() -> f64,
    ) -> (usize, Meaning) {
        bg_nbd::meaning(found, direction, without_dropout)
    }
}

impl Kernel for ParetoNbd {
    const FAMILY: Family = Family::ParetoNbd;
    const SYMBOLS: [&'static str; 4] = pareto_nbd::SYMBOLS;
    const NAMES: [&'static str; 4] = ["r", "alpha_0", "s", "beta_0"];
    const OF_TIME: [bool; 4] = [false, true, false, true];
    const ENTRIES: [Entry; 2] = [(pareto_nbd::likelihood::ALPHA, -1.0), (pareto_nbd::likelihood::BETA, -1.0)];

    type CellLayout = pareto_nbd::layout::CellLayout;

    fn layout(cells: &[Cell]) -> Self::CellLayout {
        pareto_nbd::layout::CellLayout::of(cells)
    }

    fn log_likelihood(layout: &Self::CellLayout, theta: &SVector<f64, 4>) -> Quadratic<4> {
        pareto_nbd::likelihood::log_likelihood(layout, theta)
    }

    fn of_few(cells: &[Cell], theta: &SVector<f64, 4>) -> Quadratic<4> {
        pareto_nbd::likelihood::of_few(cells, theta)
    }

    fn meaning(
        found: &Found<4>,
        direction: &SVector<f64, 4>,
        without_dropout: impl Fn() -> f64,
    ) -> (usize, Meaning) {
        pareto_nbd::meaning(found, direction, without_dropout)
    }
}
