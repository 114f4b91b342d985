//! Cells in the order that a purchase model's likelihood uses.
//!
//! A likelihood has factors of x alone, of x and T, and of tₓ within one x. There are few x, few T for one x, and no
//! more tₓ than days in the window. So each factor is computed once if cells are processed by x and T, with tₓ by
//! number.

use std::ops::Range;

use super::cell::Cell;

/// Cells arranged for repeated evaluations.
pub(super) struct CellLayout {
    /// The distinct tₓ of cells with x > 0, ascending.
    pub lasts: Vec<f64>,
    /// The values of x, ascending.
    pub by_x: Vec<OfX>,
    /// The values of T for each x.
    pub ends: Vec<End>,
    /// For each cell, the position of its tₓ in `lasts`, and its weight.
    pub cells: Vec<(u32, f64)>,
}

/// The cells with one x.
pub(super) struct OfX {
    pub x: u32,
    /// Their positions among the ends.
    pub ends: Range<usize>,
    /// How many cells there are.
    pub cells: usize,
}

/// The cells with one x and T.
pub(super) struct End {
    pub t: f64,
    /// Σ weight.
    pub weight: f64,
    /// Their positions among the cells.
    pub cells: Range<usize>,
}

impl CellLayout {
    /// From cells sorted by x, and preferably by T after that.
    pub fn of(cells: &[Cell]) -> Self {
        let mut lasts: Vec<f64> = cells.iter().filter(|cell| cell.x > 0).map(|cell| cell.t_x).collect();
        lasts.sort_unstable_by(f64::total_cmp);
        lasts.dedup_by(|left, right| left.total_cmp(right).is_eq());
        let (mut by_x, mut ends, mut laid) = (Vec::new(), Vec::new(), Vec::with_capacity(cells.len()));
        for equal_x in cells.chunk_by(|left, right| left.x == right.x) {
            let Some(Cell { x, .. }) = equal_x.first().copied() else { continue };
            let begin = ends.len();
            for equal_t in equal_x.chunk_by(|left, right| left.t.total_cmp(&right.t).is_eq()) {
                let Some(Cell { t, .. }) = equal_t.first().copied() else { continue };
                let (start, mut weight) = (laid.len(), 0.0);
                for cell in equal_t {
                    weight += cell.weight;
                    let last = lasts.partition_point(|last| last.total_cmp(&cell.t_x).is_lt());
                    laid.push((last as u32, cell.weight));
                }
                ends.push(End { t, weight, cells: start..laid.len() });
            }
            by_x.push(OfX { x, ends: begin..ends.len(), cells: equal_x.len() });
        }
        Self { lasts, by_x, ends, cells: laid }
    }
}
