//! Cells that represent all cells.
//!
//! Deviations need only two digits, and a cell's part in them costs a hundred times as much as its forecast. So with
//! many cells they are computed over some of them. These are drawn at equal steps along the cells, in proportion to
//! what each contributes (systematic sampling with probability proportional to size: Madow 1949, "On the Theory of
//! Systematic Sampling, II", Annals of Mathematical Statistics 20, 333–354). Nothing is random: the same cells give the
//! same nodes. The cells of one x are in the order of their forecast, upwards and downwards in turn. Neighbours are
//! then similar in all that matters, and the sum over nodes is a quadrature along that line.

use super::super::cell::Cell;
use super::super::population::Population;
use super::super::purchases::Purchases;
use crate::analysis::parallel;
use crate::analysis::special::Sum;

/// The most nodes: with this many, deviations of skewed populations have an error of about 1 % (see the tests).
pub(super) const MOST: usize = 3000;

/// The number of different (x, T) processed at a time.
pub(super) const PART: usize = 32;

/// A cell with the weight that it represents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    /// Its position among the cells.
    pub place: usize,
    /// The position of its group among those with nodes.
    pub group: usize,
    /// The customers that it represents.
    pub cell: Cell,
}

/// The nodes of a population, and their groups.
pub(super) struct Nodes {
    pub nodes: Vec<Node>,
    groups: Vec<usize>,
}

impl Nodes {
    /// For a population with cells of these sizes and forecasts: see [`nodes`].
    pub fn of(population: &Population<'_>, sizes: &[f64], forecasts: &[f64], most: usize) -> Self {
        let mut nodes = nodes(population.cells(), sizes, forecasts, most);
        let mut groups: Vec<usize> = Vec::new();
        // Groups follow each other, and so do their nodes.
        for node in &mut nodes {
            let group = population.group_of(node.place);
            if groups.last() != Some(&group) {
                groups.push(group);
            }
            node.group = groups.len() - 1;
        }
        Self { nodes, groups }
    }

    /// The model of each group.
    pub fn models(&self, population: &Population<'_>) -> Vec<Purchases> {
        let model = |group: &usize| population.groups().get(*group).map(|group| group.model);
        self.groups.iter().filter_map(model).collect()
    }

    /// The same, shifted: see [`Population::shifted`].
    pub fn shifted(&self, population: &Population<'_>, by: &[f64]) -> Option<Vec<Purchases>> {
        population.shifted(&self.groups, by)
    }
}

/// The nodes of cells with these sizes (0 or more, one per cell) and forecasts per customer, in the order of the cells:
/// all cells if there are no more than `most`.
pub(super) fn nodes(cells: &[Cell], sizes: &[f64], forecasts: &[f64], most: usize) -> Vec<Node> {
    if cells.len() <= most {
        return cells.iter().enumerate().map(|(place, cell)| Node { place, group: 0, cell: *cell }).collect();
    }
    // A cell at least a step long is a node of its own.
    let step = sum(sizes.iter().copied()) / most as f64;
    let alone = sizes.iter().filter(|size| **size >= step).count();
    let rest = sum(sizes.iter().copied().filter(|size| *size < step));
    let step_of_rest = rest / most.saturating_sub(alone).max(1) as f64;
    let mut nodes = Vec::with_capacity(most + 1);
    let mut passed = Sum::default();
    // Nodes lie in the middle of their steps.
    let mut next = 0.5;
    for place in line(cells, forecasts) {
        let (Some(cell), Some(size)) = (cells.get(place), sizes.get(place)) else { continue };
        if *size >= step {
            nodes.push(Node { place, group: 0, cell: *cell });
            continue;
        }
        passed.add(*size);
        let mut stands_for = 0.0;
        while next * step_of_rest < passed.value() {
            stands_for += step_of_rest;
            next += 1.0;
        }
        if stands_for > 0.0 {
            let weight = cell.weight * (stands_for / size);
            nodes.push(Node { place, group: 0, cell: Cell { weight, ..*cell } });
        }
    }
    nodes.sort_unstable_by_key(|node| node.place);
    nodes
}

/// The positions of the cells by x, and then by forecast, rising in one x and falling in the next.
fn line(cells: &[Cell], forecasts: &[f64]) -> Vec<usize> {
    let mut counts: Vec<u32> = cells.iter().map(|cell| cell.x).collect();
    counts.sort_unstable();
    counts.dedup();
    let mut line: Vec<(u32, f64, usize)> = Vec::with_capacity(cells.len());
    for (place, (cell, forecast)) in cells.iter().zip(forecasts).enumerate() {
        let rises = counts.partition_point(|x| *x < cell.x).is_multiple_of(2);
        line.push((cell.x, if rises { *forecast } else { -*forecast }, place));
    }
    line.sort_unstable_by(|left, right| {
        left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.cmp(&right.2))
    });
    line.into_iter().map(|(_, _, place)| place).collect()
}

/// `add` over nodes, one group, x and T at a time, with their model; in parts, summed in their order.
pub(super) fn sums_over(
    nodes: &[Node],
    models: &[Purchases],
    figures: usize,
    add: impl Fn(&Purchases, &[(usize, &Node)], &mut [Sum]) + Sync,
) -> Vec<f64> {
    let placed: Vec<(usize, &Node)> = nodes.iter().enumerate().collect();
    let alike: Vec<&[(usize, &Node)]> = placed
        .chunk_by(|(_, left), (_, right)| {
            let same = left.group == right.group && left.cell.x == right.cell.x;
            same && left.cell.t.total_cmp(&right.cell.t).is_eq()
        })
        .collect();
    let parts: Vec<&[&[(usize, &Node)]]> = alike.chunks(PART).collect();
    let parts = parallel::map(&parts, |part| {
        let mut sums = vec![Sum::default(); figures];
        for nodes in *part {
            let group = nodes.first().map_or(0, |(_, node)| node.group);
            if let Some(model) = models.get(group) {
                add(model, nodes, &mut sums);
            }
        }
        sums
    });
    let mut sums = vec![Sum::default(); figures];
    for part in parts {
        for (sum, part) in sums.iter_mut().zip(part) {
            sum.add(part.value());
        }
    }
    sums.into_iter().map(Sum::value).collect()
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    for value in values {
        sum.add(value);
    }
    sum.value()
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(count: u32) -> Vec<Cell> {
        (0..count)
            .map(|i| Cell { x: i / 40, t_x: 0.1, t: f64::from(i % 40), weight: 1.0 + f64::from(i % 3) })
            .collect()
    }

    #[test]
    fn few_cells_are_all_nodes() {
        let cells = cells(50);
        let found = nodes(&cells, &[1.0; 50], &[2.0; 50], 50);
        assert!(found.iter().map(|node| node.cell).eq(cells));
        assert_eq!(nodes(&[], &[], &[], 50), []);
    }

    proptest! {
        #[test]
        fn nodes_stand_for_the_sum_of_sizes(
            sizes in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1.0_f64, Just(300.0)], 200..900),
            most in 20..100_usize,
        ) {
            let cells = cells(sizes.len() as u32);
            let found = nodes(&cells, &sizes, &sizes, most);
            prop_assert!(found.len() <= most + 1);
            let total: f64 = sizes.iter().sum();
            // Size is proportional to weight, so a node's share grows with the weight that it represents.
            let stood: f64 =
                found.iter().map(|node| sizes[node.place] * node.cell.weight / cells[node.place].weight).sum();
            prop_assert!((stood - total).abs() <= total / most as f64 * 1.001 + 1e-9, "{stood} {total}");
        }
    }
}
