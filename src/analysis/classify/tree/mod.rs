//! A shallow decision tree: a few groups of customers with short rules that differ most in churn.
//!
//! Breiman, L., J. H. Friedman, R. A. Olshen and C. J. Stone (1984), "Classification and Regression Trees". Each node
//! is split at the feature and cut that lower impurity the most, down to [`DEEPEST`] levels; splits that held-out rows
//! do not confirm are pruned. Candidate cuts lie near up to 63 quantiles of a feature, at numbers with few digits. A
//! missing value goes to the side that fits better, and a split may separate missing from present values.

mod bins;
mod groups;
mod grow;
mod prune;
pub mod rule;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use std::fmt;

use self::bins::Binned;
pub use self::groups::{Fault, Groups, MOST_GROUPS};
use self::grow::{Grown, Node, grow, weight};
use self::rule::{Condition, Missing, Values};
use super::{Feature, Sample, SampleError, check_features, parts};
use crate::analysis::parallel;

/// A rule with more steps than this is hard to read.
pub const DEEPEST: usize = 4;

/// Rows that are scored at a time.
const CHUNK: usize = 16_384;

/// How mixed a group is: those who churned and those who stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Impurity {
    /// 2p(1−p) per customer. The loss on held-out rows is the squared error.
    #[default]
    Gini,
    /// −2 (p ln p + (1−p) ln(1−p)) per customer. The loss on held-out rows is −ln of the probability given.
    Deviance,
}

/// How to grow and prune a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The measure that a split lowers.
    pub impurity: Impurity,
    /// The most levels of splits, at most [`DEEPEST`].
    pub depth: usize,
    /// The least number of customers in a leaf.
    pub smallest_leaf: f64,
    /// The number of folds for pruning: row i is held out in fold i modulo this number. With fewer than 2 nothing is
    /// pruned.
    pub folds: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { impurity: Impurity::Gini, depth: DEEPEST, smallest_leaf: 50.0, folds: 5 }
    }
}

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With groups that differ in churn.
    Grown,
    /// With one group: no split lowers impurity and leaves enough customers on each side.
    NoSplit,
    /// With one group: there were splits, but held-out rows do not confirm them.
    NothingHolds,
    /// Nobody churned.
    NobodyChurned,
    /// Nobody stayed.
    NobodyStayed,
}

impl Ending {
    /// A stable word for tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Grown => "grown",
            Self::NoSplit => "no_split",
            Self::NothingHolds => "nothing_holds",
            Self::NobodyChurned => "nobody_churned",
            Self::NobodyStayed => "nobody_stayed",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grown => "groups with different churn were found",
            Self::NoSplit => "no feature parts customers into large enough groups with different churn",
            Self::NothingHolds => "the groups that were found do not hold on customers held out",
            Self::NobodyChurned => "nobody churned",
            Self::NobodyStayed => "nobody stayed",
        })
    }
}

/// One step of pruning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pruning {
    /// How many leaves are left.
    pub leaves: usize,
    /// The complexity cost per leaf, in impurity, from which on this is the cheapest subtree.
    pub price: f64,
    /// The mean loss of held-out customers: squared error, or −ln of the probability given.
    pub loss: f64,
    /// Whether this is the tree that was kept.
    pub chosen: bool,
}

/// The record of one fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// How it ended.
    pub ending: Ending,
    /// The steps of pruning, the full tree first; empty if there was no pruning.
    pub held_out: Vec<Pruning>,
    tree: Option<Tree>,
}

impl Fit {
    /// The tree: it exists unless all have the same outcome. It may be one leaf.
    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref()
    }
}

/// A fitted tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    names: Vec<String>,
    nodes: Vec<Node>,
    impurity: Impurity,
}

/// One group of customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The group's conditions, one per feature, in the order of the tree; all must hold. Empty for a tree of one leaf.
    pub conditions: Vec<Condition>,
    /// How many customers it had when the tree was grown.
    pub weight: f64,
    /// How many of them churned.
    pub churned: f64,
    /// The share of them that churned.
    pub share: f64,
    /// The probability that the tree gives: the group's share after adding one customer with the overall share of
    /// churn. So none is certain (the m-estimate with m = 1; Cestnik 1990, "Estimating Probabilities: A Crucial Task in
    /// Machine Learning", ECAI 9, 147–149).
    pub probability: f64,
}

/// See [`Leaf::probability`].
fn shrunk_share(counts: [f64; 2], root: [f64; 2]) -> f64 {
    (counts[1] + root[1] / weight(root)) / (weight(counts) + 1.0)
}

/// Grows a tree and prunes it.
///
/// The order of rows affects pruning, as rows are held out by position; otherwise, if weights are not whole numbers,
/// only rounding. Of equally good splits the first feature's lowest cut is taken.
pub fn fit(sample: &Sample<'_>, options: Options) -> Fit {
    let refused = |ending| Fit { ending, held_out: Vec::new(), tree: None };
    if !sample.churned.contains(&true) {
        return refused(Ending::NobodyChurned);
    }
    if !sample.churned.contains(&false) {
        return refused(Ending::NobodyStayed);
    }
    let binned = Binned::all(sample);
    let Grown { mut nodes, .. } = grow(sample, &binned, options, None);
    let whole = nodes.len();
    let held_out = prune::prune(sample, &binned, options, &mut nodes);
    let ending = match (whole, nodes.len()) {
        (1, _) => Ending::NoSplit,
        (_, 1) => Ending::NothingHolds,
        _ => Ending::Grown,
    };
    let tree = Tree { names: sample.names(), nodes, impurity: options.impurity };
    Fit { ending, held_out, tree: Some(tree) }
}

impl Tree {
    /// The groups, in the order of the tree: lower values first.
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        self.visit(0, &mut Vec::new(), &mut leaves);
        leaves
    }

    fn visit(&self, at: usize, path: &mut Vec<Condition>, leaves: &mut Vec<Leaf>) {
        let node = &self.nodes[at];
        let Some(split) = node.split else {
            leaves.push(Leaf {
                conditions: path.clone(),
                weight: weight(node.counts),
                churned: node.counts[1],
                share: node.counts[1] / weight(node.counts),
                probability: shrunk_share(node.counts, self.nodes[0].counts),
            });
            return;
        };
        for (low, child) in [true, false].into_iter().zip(split.children) {
            let before = path.clone();
            let feature = &self.names[split.feature];
            let known =
                path.iter().position(|condition| condition.feature == *feature).unwrap_or_else(|| {
                    path.push(Condition {
                        feature: feature.clone(),
                        values: Some(Values::default()),
                        missing: Missing::Passes,
                    });
                    path.len() - 1
                });
            let condition = &mut path[known];
            condition.missing = condition.missing.min(match split.missing_low == low {
                false => Missing::Fails,
                true if split.missing_seen => Missing::Passes,
                true => Missing::WouldPass,
            });
            // A deeper cut is always within the bounds of the cuts above.
            condition.values = match (condition.values, split.cut) {
                (Some(values), Some(cut)) if low => Some(Values { at_most: Some(cut), ..values }),
                (Some(values), Some(cut)) => Some(Values { above: Some(cut), ..values }),
                (values, None) if low => values,
                _ => None,
            };
            self.visit(child, path, leaves);
            *path = before;
        }
    }

    /// For each feature in the tree, the share of all impurity that its splits remove, the largest first.
    pub fn gains(&self) -> Vec<(String, f64)> {
        let all = self.impurity.of(self.nodes[0].counts);
        let mut gains: Vec<(usize, f64)> = Vec::new();
        for split in self.nodes.iter().filter_map(|node| node.split) {
            match gains.iter_mut().find(|(feature, _)| *feature == split.feature) {
                Some((_, gain)) => *gain += split.gain / all,
                None => gains.push((split.feature, split.gain / all)),
            }
        }
        gains.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        gains.into_iter().map(|(feature, gain)| (self.names[feature].clone(), gain)).collect()
    }

    /// The probability to churn for each row of these features. They must be those of the fit, in the same order.
    ///
    /// # Errors
    ///
    /// Other features, columns of different lengths, infinite values.
    pub fn probabilities(&self, features: &[Feature<'_>]) -> Result<Vec<f64>, SampleError> {
        let root = self.nodes[0].counts;
        let of: Vec<f64> = self.nodes.iter().map(|node| shrunk_share(node.counts, root)).collect();
        Ok(self.nodes_of(features)?.into_iter().map(|node| of[node]).collect())
    }

    /// The position of each row's leaf in [`Tree::leaves`], counted from 0.
    ///
    /// # Errors
    ///
    /// Other features, columns of different lengths, infinite values.
    pub fn leaf_of(&self, features: &[Feature<'_>]) -> Result<Vec<usize>, SampleError> {
        let mut order = vec![0; self.nodes.len()];
        let (mut open, mut next) = (vec![0], 0);
        while let Some(at) = open.pop() {
            match self.nodes[at].split {
                Some(split) => open.extend([split.children[1], split.children[0]]),
                None => {
                    order[at] = next;
                    next += 1;
                }
            }
        }
        Ok(self.nodes_of(features)?.into_iter().map(|node| order[node]).collect())
    }

    fn nodes_of(&self, features: &[Feature<'_>]) -> Result<Vec<usize>, SampleError> {
        let rows = check_features(&self.names, features)?;
        let node_of = |row: usize| {
            let mut at = 0;
            while let Some(split) = self.nodes[at].split {
                let value = features[split.feature].values[row];
                let low =
                    if value.is_nan() { split.missing_low } else { split.cut.is_none_or(|cut| value <= cut) };
                at = split.children[usize::from(!low)];
            }
            at
        };
        let done = parallel::map(&parts(rows, CHUNK), |part| part.clone().map(node_of).collect::<Vec<_>>());
        Ok(done.concat())
    }
}
