//! Growing a tree, level by level, on histograms.

use super::bins::{Binned, MOST_BINS};
use super::{DEEPEST, Impurity, Options};
use crate::analysis::classify::Sample;
use crate::analysis::parallel;

/// A gain that is better by less than this share is not better; below this share of all impurity it is none.
const ROUNDING: f64 = 1e-12;

/// Counts in one range: those who stayed, those who churned.
type Counts = [f64; 2];

/// The ranges plus the code of missing values.
const CODES: usize = MOST_BINS + 1;

/// A node, and its split.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub counts: Counts,
    pub split: Option<Split>,
}

/// How a node's rows are divided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub feature: usize,
    /// Values at most this go to the low side; without it, all values go low and missing ones high.
    pub cut: Option<f64>,
    /// Rows with codes up to this go low.
    code: usize,
    /// Whether missing values go low.
    pub missing_low: bool,
    /// Whether this is known from missing values in the data.
    pub missing_seen: bool,
    /// The decrease in impurity.
    pub gain: f64,
    /// The child nodes: low and high.
    pub children: [usize; 2],
}

/// A possible split.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    split: Split,
    sides: [Counts; 2],
}

/// A grown tree, each node before its children, and the leaf of each row, held out or not.
pub(super) struct Grown {
    pub nodes: Vec<Node>,
    pub leaf_of: Vec<u8>,
}

pub(super) fn weight(counts: Counts) -> f64 {
    counts[0] + counts[1]
}

impl Impurity {
    /// The impurity of these customers together.
    pub(super) fn of(self, counts: Counts) -> f64 {
        let [stayed, churned] = counts;
        let all = stayed + churned;
        if stayed <= 0.0 || churned <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Gini => 2.0 * stayed * churned / all,
            Self::Deviance => -2.0 * (stayed * libm::log(stayed / all) + churned * libm::log(churned / all)),
        }
    }
}

/// Grows a tree on all rows except those of one fold.
pub(super) fn grow(
    sample: &Sample<'_>,
    binned: &[Binned],
    options: Options,
    without: Option<(usize, usize)>,
) -> Grown {
    let rows = sample.rows();
    let held_out = |row: usize| without.is_some_and(|(fold, folds)| row % folds == fold);
    let mut root = [0.0; 2];
    for row in (0..rows).filter(|row| !held_out(*row)) {
        root[usize::from(sample.churned[row])] += sample.weight(row);
    }
    let level = ROUNDING * options.impurity.of(root);
    let mut nodes = vec![Node { counts: root, split: None }];
    let mut leaf_of = vec![0_u8; rows];
    let mut frontier = 0..1;
    for _ in 0..options.depth.min(DEEPEST) {
        // The place of a row in a histogram, without its code. Rows that do not count have a place beyond the last.
        let beyond = frontier.len();
        let place = |row: usize| {
            let node = usize::from(leaf_of[row]);
            let slot =
                if frontier.contains(&node) && !held_out(row) { node - frontier.start } else { beyond };
            (slot * CODES * 2 + usize::from(sample.churned[row])) as u16
        };
        let places: Vec<u16> = (0..rows).map(place).collect();
        let by_feature = parallel::map(binned, |feature| {
            let mut histogram = vec![0.0; (beyond + 1) * CODES * 2];
            for (row, (place, code)) in places.iter().zip(&feature.codes).enumerate() {
                histogram[usize::from(*place) + 2 * usize::from(*code)] += sample.weight(row);
            }
            histogram
        });
        let start = nodes.len();
        for node in frontier.clone() {
            let slot = node - frontier.start;
            let mut best: Option<Candidate> = None;
            for (feature, (histogram, binned)) in by_feature.iter().zip(binned).enumerate() {
                let histogram = &histogram[slot * CODES * 2..(slot + 1) * CODES * 2];
                best_split(histogram, feature, binned, nodes[node].counts, options, level, &mut best);
            }
            if let Some(Candidate { mut split, sides }) = best {
                split.children = [nodes.len(), nodes.len() + 1];
                nodes[node].split = Some(split);
                nodes.extend(sides.map(|counts| Node { counts, split: None }));
            }
        }
        for (row, leaf) in leaf_of.iter_mut().enumerate() {
            if let Some(split) = nodes[usize::from(*leaf)].split {
                let binned = &binned[split.feature];
                let code = usize::from(binned.codes[row]);
                let low = if code == binned.missing() { split.missing_low } else { code <= split.code };
                *leaf = split.children[usize::from(!low)] as u8;
            }
        }
        frontier = start..nodes.len();
        if frontier.is_empty() {
            break;
        }
    }
    Grown { nodes, leaf_of }
}

/// Replaces `best` by the best split of this node on this feature if that is better.
fn best_split(
    histogram: &[f64],
    feature: usize,
    binned: &Binned,
    all: Counts,
    options: Options,
    level: f64,
    best: &mut Option<Candidate>,
) {
    let of = |code: usize| [histogram[2 * code], histogram[2 * code + 1]];
    let missing = of(binned.missing());
    let missing_seen = weight(missing) > 0.0;
    let before = options.impurity.of(all);
    let present = 0..=binned.cuts.len();
    let first = present.clone().find(|&code| weight(of(code)) > 0.0);
    let last = present.rev().find(|&code| weight(of(code)) > 0.0);
    let (Some(first), Some(last)) = (first, last) else { return };
    let mut low = [0.0; 2];
    // A cut has values on both sides; at the last value, all values are low and only missing ones can be high.
    for code in first..=last {
        low = plus(low, of(code));
        let cut = binned.cuts.get(code).copied().filter(|_| code < last);
        let sides: &[bool] = match (cut, missing_seen) {
            (None, false) => &[],
            (None, true) | (Some(_), false) => &[false],
            (Some(_), true) => &[false, true],
        };
        for &missing_low in sides {
            let below = if missing_low { plus(low, missing) } else { low };
            let above = [(all[0] - below[0]).max(0.0), (all[1] - below[1]).max(0.0)];
            if weight(below).min(weight(above)) < options.smallest_leaf {
                continue;
            }
            let gain = before - options.impurity.of(below) - options.impurity.of(above);
            if gain > best.map_or(level, |best| best.split.gain * (1.0 + ROUNDING)) {
                // If no value is missing, a later missing value goes to the larger side.
                let missing_low = if missing_seen { missing_low } else { weight(below) >= weight(above) };
                let code = if cut.is_some() { code } else { binned.cuts.len() };
                let split = Split { feature, cut, code, missing_low, missing_seen, gain, children: [0, 0] };
                *best = Some(Candidate { split, sides: [below, above] });
            }
        }
    }
}

fn plus(left: Counts, right: Counts) -> Counts {
    [left[0] + right[0], left[1] + right[1]]
}
