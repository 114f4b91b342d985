//! Cells arranged by x and T, with the grids of times for their integrals.

use std::ops::Range;

use crate::analysis::clv::cell::Cell;

/// The most x that share a grid: enough to spread its cost.
const WIDEST: usize = 8;

/// An x joins no grid that already has this many cells: they are enough work for a thread.
const FULL: usize = 20_000;

/// Cells arranged for repeated evaluations.
pub(in crate::analysis::clv) struct CellLayout {
    pub(super) bands: Vec<Band>,
    /// How many cells there are.
    pub cells: usize,
}

/// Neighbouring x that share a grid of times.
pub(super) struct Band {
    /// The distinct tₓ and T of the cells, ascending.
    pub times: Vec<f64>,
    /// Never empty.
    pub by_x: Vec<OfX>,
}

/// The cells with one x.
pub(super) struct OfX {
    pub x: u32,
    /// From the earliest tₓ to the latest T, as positions in the band's times.
    pub times: Range<usize>,
    pub ends: Vec<End>,
    /// For each cell, the position of its tₓ, and its weight.
    pub cells: Vec<(u32, f64)>,
}

/// The cells with one x and T.
pub(super) struct End {
    /// The position of T in the band's times.
    pub time: u32,
    pub cells: Range<usize>,
}

impl CellLayout {
    /// From cells sorted by x, and preferably by T after that.
    pub fn of(cells: &[Cell]) -> Self {
        let mut all: Vec<f64> = cells.iter().flat_map(|cell| [cell.t_x, cell.t]).collect();
        all.sort_unstable_by(f64::total_cmp);
        all.dedup_by(|left, right| left.total_cmp(right).is_eq());
        let mut unplaced: Vec<Vec<UnplacedX>> = Vec::new();
        for equal_x in cells.chunk_by(|left, right| left.x == right.x) {
            let one = UnplacedX::of(equal_x, &all);
            match unplaced.last_mut() {
                Some(band) if one.joins(band, all.len()) => band.push(one),
                _ => unplaced.push(vec![one]),
            }
        }
        let mut place = vec![0; all.len()];
        let bands = unplaced.into_iter().map(|band| Band::of(band, &all, &mut place)).collect();
        Self { bands, cells: cells.len() }
    }
}

/// The cells with one x, with positions among all times.
struct UnplacedX {
    of: OfX,
    /// The positions that occur, ascending.
    used: Vec<u32>,
}

impl UnplacedX {
    fn of(equal_x: &[Cell], all: &[f64]) -> Self {
        let position = |time: f64| all.partition_point(|other| other.total_cmp(&time).is_lt()) as u32;
        let (mut ends, mut cells, mut used) = (Vec::new(), Vec::with_capacity(equal_x.len()), Vec::new());
        for equal_t in equal_x.chunk_by(|left, right| left.t.total_cmp(&right.t).is_eq()) {
            let start = cells.len();
            cells.extend(equal_t.iter().map(|cell| (position(cell.t_x), cell.weight)));
            let time = equal_t.first().map_or(0, |cell| position(cell.t));
            ends.push(End { time, cells: start..cells.len() });
            used.push(time);
        }
        used.extend(cells.iter().map(|(last, _)| *last));
        used.sort_unstable();
        used.dedup();
        let x = equal_x.first().map_or(0, |cell| cell.x);
        Self { of: OfX { x, times: 0..0, ends, cells }, used }
    }

    /// Whether this x shares the grid of a band: if it has few times, it is better without those of others.
    fn joins(&self, band: &[Self], times: usize) -> bool {
        let near = band.first().is_some_and(|first| self.of.x <= 2 * first.of.x);
        let dense = |one: &Self| 2 * one.used.len() >= times;
        let cells: usize = band.iter().map(|one| one.of.cells.len()).sum();
        near && band.len() < WIDEST && cells < FULL && dense(self) && band.iter().all(dense)
    }
}

impl Band {
    /// The band of these x; `place` has room for a position in it for every time.
    fn of(band: Vec<UnplacedX>, all: &[f64], place: &mut [u32]) -> Self {
        let mut used: Vec<u32> = band.iter().flat_map(|one| one.used.iter().copied()).collect();
        used.sort_unstable();
        used.dedup();
        for (at, position) in (0..).zip(&used) {
            place[*position as usize] = at;
        }
        let times = used.iter().map(|position| all[*position as usize]).collect();
        let placed = |one: UnplacedX| {
            let UnplacedX { mut of, used } = one;
            for end in &mut of.ends {
                end.time = place[end.time as usize];
            }
            for (last, _) in &mut of.cells {
                *last = place[*last as usize];
            }
            let at =
                |position: Option<&u32>| position.map_or(0, |position| place[*position as usize] as usize);
            OfX { times: at(used.first())..at(used.last()), ..of }
        };
        Self { times, by_x: band.into_iter().map(placed).collect() }
    }
}
