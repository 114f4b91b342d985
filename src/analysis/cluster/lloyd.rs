//! Lloyd's rounds: each point to its nearest centroid, each centroid to the mean of its points.

use std::array;

use rand::Rng;

use super::points::Points;
use super::{Place, parts};
use crate::analysis::parallel;

/// Rounds end when the sum of squares falls by less than this part.
const HARDLY: f64 = 1e-6;
/// And after so many at the latest.
const MOST_ROUNDS: u32 = 300;

/// Centroids, feature by feature: the distances of a point to all of them are then one loop.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Centroids {
    count: usize,
    dimensions: usize,
    /// Centroid by centroid.
    values: Vec<f64>,
}

/// What one round found of some points.
struct Round {
    nearest: Vec<u8>,
    /// Weight by centroid.
    weights: Vec<f64>,
    /// Sum of the points by centroid.
    sums: Vec<f64>,
    /// Sum of squared distances.
    within: f64,
}

/// Where the rounds ended.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub centroids: Centroids,
    /// How many customers each centroid has.
    pub customers: Vec<f64>,
    /// The sum of squared distances.
    pub within: f64,
    pub iterations: u32,
    pub settled: bool,
}

/// Centroids in lanes: for each feature those of all centroids, and infinity where there is none.
type Lanes<const L: usize> = Vec<[f64; L]>;

fn squares<const L: usize>(lanes: &Lanes<L>, point: &[f64]) -> [f64; L] {
    let mut squares = [0.0; L];
    for (lane, value) in lanes.iter().zip(point) {
        for (square, centroid) in squares.iter_mut().zip(lane) {
            let apart = value - centroid;
            *square += apart * apart;
        }
    }
    squares
}

/// The smallest value and its place; of equal ones the first.
fn smallest(values: &[f64]) -> (usize, f64) {
    let mut smallest = (0, f64::INFINITY);
    for (place, value) in values.iter().enumerate() {
        if *value < smallest.1 {
            smallest = (place, *value);
        }
    }
    smallest
}

/// Centroids that are ready to be compared with.
pub(super) struct Ready(Lanes<{ super::MOST_CLUSTERS }>);

impl Ready {
    /// The two nearest, with their distances.
    pub fn nearest_two(&self, point: &[f64]) -> Place {
        let mut squares = squares(&self.0, point);
        let (cluster, square) = smallest(&squares);
        if let Some(own) = squares.get_mut(cluster) {
            *own = f64::INFINITY;
        }
        let (next, next_square) = smallest(&squares);
        let next = next_square.is_finite().then(|| (next, next_square.sqrt()));
        Place { cluster, distance: square.sqrt(), next }
    }
}

impl Centroids {
    pub fn of(centroids: &[Vec<f64>]) -> Self {
        let dimensions = centroids.first().map_or(0, Vec::len);
        Self { count: centroids.len(), dimensions, values: centroids.concat() }
    }

    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.dimensions.max(1))
    }

    fn lanes<const L: usize>(&self) -> Lanes<L> {
        let lane = |feature: usize| -> [f64; L] {
            array::from_fn(|place| {
                let at = (place < self.count).then_some(place * self.dimensions + feature);
                at.and_then(|at| self.values.get(at).copied()).unwrap_or(f64::INFINITY)
            })
        };
        (0..self.dimensions).map(lane).collect()
    }

    /// Them, to find the nearest of many points.
    pub fn ready(&self) -> Ready {
        Ready(self.lanes())
    }

    /// The nearest one of each point.
    pub fn labels(&self, points: &Points) -> Vec<usize> {
        let round = self.round(points, false);
        round.nearest.into_iter().map(usize::from).collect()
    }

    /// The same, the one with the most customers first; of equal ones the lower in the first feature that differs.
    pub fn largest_first(&self, customers: &[f64]) -> Self {
        let mut each: Vec<(&[f64], f64)> = self.each().zip(customers.iter().copied()).collect();
        each.sort_by(|(left, of_left), (right, of_right)| {
            let values = left.iter().zip(*right).map(|(left, right)| left.total_cmp(right));
            of_right
                .total_cmp(of_left)
                .then_with(|| values.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then))
        });
        let values = each.iter().flat_map(|(centroid, _)| centroid.iter().copied()).collect();
        Self { count: self.count, dimensions: self.dimensions, values }
    }

    fn round_of<const L: usize>(&self, points: &Points, threads: bool) -> Vec<Round> {
        let lanes = self.lanes::<L>();
        let of = |part: &std::ops::Range<usize>| {
            let mut round = Round {
                nearest: Vec::with_capacity(part.len()),
                weights: vec![0.0; self.count],
                sums: vec![0.0; self.count * self.dimensions],
                within: 0.0,
            };
            for (point, weight) in points.part(part.clone()) {
                let (place, square) = smallest(&squares(&lanes, point));
                round.nearest.push(place as u8);
                round.within += weight * square;
                if let Some(of) = round.weights.get_mut(place) {
                    *of += weight;
                }
                let sums = round.sums.iter_mut().skip(place * self.dimensions);
                for (sum, value) in sums.zip(point) {
                    *sum += weight * value;
                }
            }
            round
        };
        let parts = parts(points.len());
        if threads { parallel::map(&parts, of) } else { parts.iter().map(of).collect() }
    }

    /// One round over all points. Parts are added up in their order: threads change nothing.
    fn round(&self, points: &Points, threads: bool) -> Round {
        let rounds = match self.count {
            0..=4 => self.round_of::<4>(points, threads),
            5..=8 => self.round_of::<8>(points, threads),
            9..=12 => self.round_of::<12>(points, threads),
            _ => self.round_of::<{ super::MOST_CLUSTERS }>(points, threads),
        };
        let mut all = Round {
            nearest: Vec::with_capacity(points.len()),
            weights: vec![0.0; self.count],
            sums: vec![0.0; self.count * self.dimensions],
            within: 0.0,
        };
        for round in rounds {
            all.nearest.extend(round.nearest);
            all.within += round.within;
            for (sum, part) in all.weights.iter_mut().zip(round.weights) {
                *sum += part;
            }
            for (sum, part) in all.sums.iter_mut().zip(round.sums) {
                *sum += part;
            }
        }
        all
    }

    /// The means of the points that are nearest. A centroid without a point goes to the point that is farthest from its
    /// own; of equal ones the first.
    fn moved(&self, points: &Points, round: &Round) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        let mut taken: Vec<usize> = Vec::new();
        for (sums, weight) in round.sums.chunks_exact(self.dimensions.max(1)).zip(&round.weights) {
            if *weight > 0.0 {
                values.extend(sums.iter().map(|sum| sum / weight));
                continue;
            }
            let mut farthest: Option<(usize, f64)> = None;
            for (place, ((point, _), own)) in points.each().zip(&round.nearest).enumerate() {
                let own = self.each().nth(usize::from(*own)).unwrap_or_default();
                let apart: f64 = own.iter().zip(point).map(|(own, value)| (own - value).powi(2)).sum();
                if !taken.contains(&place) && farthest.is_none_or(|(_, most)| apart > most) {
                    farthest = Some((place, apart));
                }
            }
            let place = farthest.map_or(0, |(place, _)| place);
            taken.push(place);
            values.extend_from_slice(points.point(place));
        }
        Self { count: self.count, dimensions: self.dimensions, values }
    }
}

/// Centroids to begin with: k-means++, of some candidates each time the one that leaves the least (Arthur and
/// Vassilvitskii, section 7). There must be as many points.
pub(super) fn start(points: &Points, count: usize, random: &mut impl Rng) -> Centroids {
    let candidates = 2 + (count as f64).ln() as usize;
    let dimensions = points.dimensions();
    let mut chosen: Vec<Vec<f64>> = Vec::new();
    // The squared distance of each point to the nearest centroid so far.
    let mut left: Vec<f64> = vec![1.0; points.len()];
    for _ in 0..count {
        let all: f64 = left.iter().zip(points.each()).map(|(left, (_, weight))| left * weight).sum();
        let tries = if chosen.is_empty() { 1 } else { candidates };
        let mut best: Option<(f64, Vec<f64>, Vec<f64>)> = None;
        for _ in 0..tries {
            let mut at = random.random::<f64>() * all;
            let mut pick = None;
            for (place, (left, (_, weight))) in left.iter().zip(points.each()).enumerate() {
                let mass = left * weight;
                if mass > 0.0 {
                    pick = Some(place);
                    if at < mass {
                        break;
                    }
                    at -= mass;
                }
            }
            let Some(place) = pick else { continue };
            let point = points.point(place);
            let nearer = |(before, (other, _)): (&f64, (&[f64], f64))| {
                let apart: f64 = other.iter().zip(point).map(|(other, own)| (other - own).powi(2)).sum();
                if chosen.is_empty() { apart } else { before.min(apart) }
            };
            let after: Vec<f64> = left.iter().zip(points.each()).map(nearer).collect();
            let rest: f64 = after.iter().zip(points.each()).map(|(left, (_, weight))| left * weight).sum();
            if best.as_ref().is_none_or(|(least, ..)| rest < *least) {
                best = Some((rest, point.to_vec(), after));
            }
        }
        let Some((_, point, after)) = best else { break };
        chosen.push(point);
        left = after;
    }
    // A sample may have fewer different points than there are to be centroids; those without a point find one later.
    let filler = vec![0.0; dimensions];
    while chosen.len() < count {
        chosen.push(chosen.last().cloned().unwrap_or_else(|| filler.clone()));
    }
    Centroids::of(&chosen)
}

/// Rounds from these centroids on.
pub(super) fn run(points: &Points, start: Centroids, threads: bool) -> Found {
    let mut centroids = start;
    let mut before: Option<Round> = None;
    let mut iteration = 0;
    loop {
        iteration += 1;
        let round = centroids.round(points, threads);
        let empty = round.weights.contains(&0.0);
        let same = before.as_ref().is_some_and(|before| before.nearest == round.nearest);
        let hardly =
            before.as_ref().is_some_and(|before| before.within - round.within <= HARDLY * before.within);
        if (!empty && (same || hardly)) || iteration >= MOST_ROUNDS {
            return Found {
                centroids,
                customers: round.weights,
                within: round.within,
                iterations: iteration,
                settled: same,
            };
        }
        centroids = centroids.moved(points, &round);
        before = Some(round);
    }
}
