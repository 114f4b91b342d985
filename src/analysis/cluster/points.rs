//! Customers as points: standardised, in the order of their values, equal ones once with a weight.

use rand::Rng;

use super::{Feature, Scale};

/// Points in the order of their values.
#[derive(Debug, Clone)]
pub(super) struct Points {
    dimensions: usize,
    /// Point by point.
    values: Vec<f64>,
    /// How many customers each point is.
    weights: Vec<f64>,
}

impl Points {
    /// All rows of which a feature is known.
    pub fn of(features: &[(&Feature<'_>, Scale)]) -> Self {
        let dimensions = features.len();
        let rows = features.first().map_or(0, |(feature, _)| feature.values.len());
        let mut table = vec![0.0; rows * dimensions];
        let mut known = vec![false; rows];
        for (place, (feature, scale)) in features.iter().enumerate() {
            let cells = table.iter_mut().skip(place).step_by(dimensions.max(1));
            for ((cell, known), value) in cells.zip(&mut known).zip(feature.values) {
                *cell = scale.standardised(*value);
                *known |= !value.is_nan();
            }
        }
        let mut rows: Vec<&[f64]> = table
            .chunks_exact(dimensions.max(1))
            .zip(&known)
            .filter(|(_, known)| **known)
            .map(|(row, _)| row)
            .collect();
        rows.sort_unstable_by(|left, right| in_order(left, right));
        let mut points = Self { dimensions, values: Vec::new(), weights: Vec::new() };
        let mut last: &[f64] = &[];
        for row in rows {
            match points.weights.last_mut() {
                Some(weight) if in_order(last, row).is_eq() => *weight += 1.0,
                _ => points.push(row, 1.0),
            }
            last = row;
        }
        points
    }

    fn push(&mut self, point: &[f64], weight: f64) {
        self.values.extend_from_slice(point);
        self.weights.push(weight);
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// How many features a point has.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many customers the points are.
    pub fn customers(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// A point.
    pub fn point(&self, place: usize) -> &[f64] {
        let from = place * self.dimensions;
        self.values.get(from..from + self.dimensions).unwrap_or_default()
    }

    /// The points of a part with their weights.
    pub fn part(&self, part: std::ops::Range<usize>) -> impl Iterator<Item = (&[f64], f64)> {
        let values = self.values.get(part.start * self.dimensions..part.end * self.dimensions);
        let weights = self.weights.get(part).unwrap_or_default();
        values.unwrap_or_default().chunks_exact(self.dimensions.max(1)).zip(weights.iter().copied())
    }

    /// All points with their weights.
    pub fn each(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.part(0..self.len())
    }
}

fn in_order(left: &[f64], right: &[f64]) -> std::cmp::Ordering {
    let differ =
        left.iter().zip(right).map(|(left, right)| left.total_cmp(right)).find(|order| order.is_ne());
    differ.unwrap_or_else(|| left.len().cmp(&right.len()))
}

/// At most so many customers, each with the same chance: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S.
/// All where there are no more.
pub(super) fn drawn(points: &Points, most: usize, mut random: impl Rng) -> Points {
    let all = points.customers();
    if all <= most as f64 {
        return points.clone();
    }
    let mut sample = Points { dimensions: points.dimensions, values: Vec::new(), weights: Vec::new() };
    let (mut left, mut wanted) = (all, most as f64);
    for (point, weight) in points.each() {
        let mut taken = 0.0;
        for _ in 0..weight as u64 {
            if random.random::<f64>() * left < wanted {
                taken += 1.0;
                wanted -= 1.0;
            }
            left -= 1.0;
        }
        if taken > 0.0 {
            sample.push(point, taken);
        }
    }
    sample
}
