//! Prunes a tree to the splits that hold on rows not used for growing it.
//!
//! Breiman, L., J. H. Friedman, R. A. Olshen and C. J. Stone (1984), "Classification and Regression Trees", chapters 3
//! and 8. Impurity is the cost. At a price α per leaf one subtree is the cheapest; a rising price gives a nested
//! sequence of them. Held-out folds show which price is right.
//!
//! The book takes the smallest subtree within one standard error of the best. Here this is the standard error of the
//! difference between the two over held-out customers, as the two have much in common.

use super::bins::Binned;
use super::grow::{Grown, Node, grow, weight};
use super::{Impurity, Options, Pruning, shrunk_share};
use crate::analysis::classify::Sample;

/// Prices with a smaller difference count as equal.
const ROUNDING: f64 = 1e-9;

/// For each node, whether it is split in the subtree.
type Subtree = Vec<bool>;

/// The subtrees that are the cheapest at some price, each with its lowest such price.
fn sequence(nodes: &[Node], impurity: Impurity) -> Vec<(f64, Subtree)> {
    let mut subtree: Subtree = nodes.iter().map(|node| node.split.is_some()).collect();
    let mut all = vec![(0.0, subtree.clone())];
    while subtree[0] {
        let prices = prices(nodes, &subtree, impurity);
        let least = prices.iter().flatten().copied().fold(f64::INFINITY, f64::min).max(0.0);
        let price = least.max(all[all.len() - 1].0);
        collapse(nodes, &mut subtree, &prices, least);
        all.push((price, subtree.clone()));
    }
    all
}

/// The cheapest subtree at this price per leaf.
fn cheapest(nodes: &[Node], impurity: Impurity, price: f64) -> Subtree {
    let steps = sequence(nodes, impurity);
    let last = steps.partition_point(|(from, _)| *from <= price);
    steps.into_iter().nth(last.max(1) - 1).map(|(_, subtree)| subtree).unwrap_or_default()
}

/// For each split node, the price at which it costs the same as a leaf.
fn prices(nodes: &[Node], subtree: &Subtree, impurity: Impurity) -> Vec<Option<f64>> {
    // Impurity of the leaves below, and their number; children come after their parents.
    let mut below = vec![(0.0, 0.0); nodes.len()];
    let mut prices = vec![None; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        let own = impurity.of(node.counts);
        below[at] = match node.split.filter(|_| subtree[at]) {
            None => (own, 1.0),
            Some(split) => {
                let [(low, low_leaves), (high, high_leaves)] = split.children.map(|child| below[child]);
                prices[at] = Some((own - low - high) / (low_leaves + high_leaves - 1.0));
                (low + high, low_leaves + high_leaves)
            }
        };
    }
    // Nodes below a leaf are not part of the subtree.
    let mut reached = vec![false; nodes.len()];
    reached[0] = true;
    for (at, node) in nodes.iter().enumerate() {
        match node.split.filter(|_| subtree[at] && reached[at]) {
            Some(split) => split.children.iter().for_each(|&child| reached[child] = true),
            None => prices[at] = None,
        }
    }
    prices
}

fn collapse(nodes: &[Node], subtree: &mut Subtree, prices: &[Option<f64>], least: f64) {
    for (at, price) in prices.iter().enumerate() {
        if price.is_some_and(|price| price <= least * (1.0 + ROUNDING)) {
            subtree[at] = false;
        }
    }
    // Nodes below a leaf are removed with it.
    for at in 0..nodes.len() {
        if let Some(split) = nodes[at].split.filter(|_| !subtree[at]) {
            for child in split.children {
                subtree[child] = false;
            }
        }
    }
}

/// For each node, the last node on the path to it that is in the subtree.
fn standing(nodes: &[Node], subtree: &Subtree) -> Vec<usize> {
    let mut standing: Vec<usize> = (0..nodes.len()).collect();
    for (at, node) in nodes.iter().enumerate() {
        if let Some(split) = node.split {
            for child in split.children {
                standing[child] = if subtree[at] { child } else { standing[at] };
            }
        }
    }
    standing
}

/// Rows with the same fold, leaf and outcome: they have the same loss in each subtree.
struct Alike {
    weight: f64,
    /// For each subtree of the sequence.
    losses: Vec<f64>,
}

/// Prunes a tree; also returns the held-out loss of each step of the sequence, for the record.
pub(super) fn prune(
    sample: &Sample<'_>,
    binned: &[Binned],
    options: Options,
    nodes: &mut Vec<Node>,
) -> Vec<Pruning> {
    let steps = sequence(nodes, options.impurity);
    if options.folds < 2 || options.folds > sample.rows() || steps.len() < 2 {
        return Vec::new();
    }
    let total = weight(nodes[0].counts);
    // Each step is represented by a price within its range (the book's geometric mean).
    let typical: Vec<f64> = (0..steps.len())
        .map(|at| steps.get(at + 1).map_or(f64::INFINITY, |next| (steps[at].0 * next.0).sqrt()))
        .collect();
    let mut alike = Vec::new();
    for fold in 0..options.folds {
        let grown = grow(sample, binned, options, Some((fold, options.folds)));
        alike.extend(losses(sample, options, fold, &grown, &typical, total));
    }
    let mean =
        |of: &dyn Fn(&Alike) -> f64| alike.iter().map(|rows| rows.weight * of(rows)).sum::<f64>() / total;
    let means: Vec<f64> = (0..steps.len()).map(|step| mean(&|rows| rows.losses[step])).collect();
    let best = (0..steps.len()).fold(0, |best, step| if means[step] <= means[best] { step } else { best });
    let excess = |step: usize| {
        let difference = |rows: &Alike| rows.losses[step] - rows.losses[best];
        let excess = mean(&difference);
        let variance = mean(&|rows| (difference(rows) - excess) * (difference(rows) - excess));
        (excess, (variance / total).sqrt())
    };
    let chosen = (best..steps.len())
        .rev()
        .find(|step| {
            let (excess, error) = excess(*step);
            excess <= error
        })
        .unwrap_or(best);
    let record = steps.iter().zip(&means).enumerate().map(|(at, ((price, subtree), loss))| Pruning {
        leaves: leaves(nodes, subtree),
        price: *price,
        loss: *loss,
        chosen: at == chosen,
    });
    let record = record.collect();
    keep(nodes, &steps[chosen].1);
    record
}

fn leaves(nodes: &[Node], subtree: &Subtree) -> usize {
    let standing = standing(nodes, subtree);
    (0..nodes.len()).filter(|&at| standing[at] == at && !subtree[at]).count()
}

/// The losses of held-out rows at each price, by the subtree of the tree grown without them.
fn losses(
    sample: &Sample<'_>,
    options: Options,
    fold: usize,
    grown: &Grown,
    typical: &[f64],
    total: f64,
) -> Vec<Alike> {
    let Grown { nodes, leaf_of } = grown;
    let root = nodes[0].counts;
    let mut weights = vec![[0.0; 2]; nodes.len()];
    for row in (fold..sample.rows()).step_by(options.folds) {
        weights[usize::from(leaf_of[row])][usize::from(sample.churned[row])] += sample.weight(row);
    }
    // Impurities are sums over customers, and there are fewer customers here.
    let standing: Vec<Vec<usize>> = typical
        .iter()
        .map(|price| {
            let subtree = cheapest(nodes, options.impurity, price * weight(root) / total);
            standing(nodes, &subtree)
        })
        .collect();
    let mut alike = Vec::new();
    for (leaf, weights) in weights.iter().enumerate() {
        for (kind, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let loss = |standing: &Vec<usize>| {
                let p = shrunk_share(nodes[standing[leaf]].counts, root);
                let given = if kind == 1 { p } else { 1.0 - p };
                match options.impurity {
                    Impurity::Gini => (1.0 - given) * (1.0 - given),
                    Impurity::Deviance => -libm::log(given.max(f64::MIN_POSITIVE)),
                }
            };
            alike.push(Alike { weight, losses: standing.iter().map(loss).collect() });
        }
    }
    alike
}

/// Removes the nodes that are not in the subtree.
fn keep(nodes: &mut Vec<Node>, subtree: &Subtree) {
    let standing = standing(nodes, subtree);
    let kept: Vec<usize> = (0..nodes.len()).filter(|&at| standing[at] == at).collect();
    let mut moved = vec![0; nodes.len()];
    for (to, &from) in kept.iter().enumerate() {
        moved[from] = to;
    }
    *nodes = kept
        .iter()
        .map(|&at| {
            let mut node = nodes[at].clone();
            node.split = node.split.filter(|_| subtree[at]);
            if let Some(split) = &mut node.split {
                split.children = split.children.map(|child| moved[child]);
            }
            node
        })
        .collect();
}
