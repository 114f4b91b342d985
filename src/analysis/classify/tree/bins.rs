//! Features as small whole numbers: which of at most [`MOST_BINS`] ranges contains a value.

use crate::analysis::classify::Sample;
use crate::analysis::parallel;

/// The most ranges per feature.
pub(super) const MOST_BINS: usize = 64;

/// One feature, row by row.
pub(super) struct Binned {
    /// The upper ends of the ranges, ascending: range b holds values at most cut b and above the cut before.
    pub cuts: Vec<f64>,
    /// The range of each row; one more than the last range if the value is missing.
    pub codes: Vec<u8>,
}

impl Binned {
    /// All features of a sample.
    pub fn all(sample: &Sample<'_>) -> Vec<Self> {
        parallel::map(sample.features, |feature| Self::of(sample, feature.values))
    }

    /// The code of a missing value.
    pub fn missing(&self) -> usize {
        self.cuts.len() + 1
    }

    #[allow(clippy::float_cmp, reason = "values are told apart by their last bit")]
    fn of(sample: &Sample<'_>, values: &[f64]) -> Self {
        let cuts = match sample.weights {
            None => {
                let mut present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
                present.sort_unstable_by(f64::total_cmp);
                cuts(|| {
                    present.chunk_by(|left, right| left == right).map(|same| (same[0], same.len() as f64))
                })
            }
            Some(weights) => {
                let pairs = values.iter().copied().zip(weights.iter().copied());
                let mut present: Vec<(f64, f64)> = pairs.filter(|(value, _)| !value.is_nan()).collect();
                present.sort_unstable_by(|left, right| {
                    left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1))
                });
                let weight = |same: &[(f64, f64)]| same.iter().map(|(_, weight)| weight).sum();
                cuts(|| {
                    present.chunk_by(|left, right| left.0 == right.0).map(|same| (same[0].0, weight(same)))
                })
            }
        };
        let missing = cuts.len() as u8 + 1;
        let code = |value: &f64| {
            if value.is_nan() { missing } else { cuts.partition_point(|cut| cut < value) as u8 }
        };
        let codes = values.iter().map(code).collect();
        Self { cuts, codes }
    }
}

/// Cuts between distinct values with their weights: between all if they are few, else near quantiles. A cut may move up
/// to a quarter of the way to the next one, to get a shorter number.
fn cuts<I: Iterator<Item = (f64, f64)>>(distinct: impl Fn() -> I) -> Vec<f64> {
    let neighbours = || distinct().map(|(value, _)| value).zip(distinct().map(|(value, _)| value).skip(1));
    if distinct().nth(MOST_BINS).is_none() {
        return neighbours().map(|(low, high)| simplest_between(low, high)).collect();
    }
    let total: f64 = distinct().map(|(_, weight)| weight).sum();
    // Rounding of sums of weights must not move a quantile.
    let step = total / MOST_BINS as f64 * (1.0 - 1e-12);
    let mut places = (1..MOST_BINS).flat_map(|at| [at as f64 - 0.25, at as f64 + 0.25]).peekable();
    // The value at each quantile, and the next one.
    let mut found = Vec::with_capacity(2 * MOST_BINS);
    let mut below = 0.0;
    for ((_, weight), (value, next)) in distinct().zip(neighbours()) {
        below += weight;
        while places.next_if(|place| below >= place * step).is_some() {
            found.push((value, next));
        }
    }
    // Remaining places lie in the cluster at the greatest value; a quantile that begins below it still has a cut.
    let mut cuts: Vec<f64> = Vec::with_capacity(MOST_BINS);
    for pair in found.chunks(2) {
        let (low, next) = pair[0];
        let high = pair.get(1).map_or(next, |(high, _)| high.max(next));
        let cut = simplest_between(low, high);
        if cuts.last().is_none_or(|last| *last < cut) {
            cuts.push(cut);
        }
    }
    cuts
}

/// A number at least `low` and less than `high`, with as few digits as possible, near the middle.
pub(super) fn simplest_between(low: f64, high: f64) -> f64 {
    let middle = 0.5 * low + 0.5 * high;
    let size = low.abs().max(high.abs());
    let first = libm::floor(libm::log10(size)) as i32;
    for exponent in (first - 17..=first + 1).rev() {
        // A power of ten with a whole exponent of 0 or more is exact up to 10²², and so is a division by it.
        let power = libm::pow(10.0, f64::from(exponent.abs()));
        let scaled = if exponent >= 0 { middle / power } else { middle * power };
        // For a half, the lower side is inside when the upper side may not be.
        for whole in [(scaled - 0.5).ceil(), scaled.floor()] {
            let rounded = if exponent >= 0 { whole * power } else { whole / power };
            if rounded >= low && rounded < high {
                // Not −0.
                return rounded + 0.0;
            }
        }
    }
    if middle < high { middle } else { low }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_short_numbers() {
        for (low, high, cut) in [
            (30.0, 31.0, 30.0),
            (123.456_789, 123.461, 123.46),
            (-3.7, 12.0, 0.0),
            (88.0, 131.0, 100.0),
            (0.000_123, 0.000_124, 0.000_123),
            (-2.0, -1.0, -2.0),
            (1e300, 2e300, 1e300),
        ] {
            assert_eq!(simplest_between(low, high), cut, "{low} {high}");
        }
        for (low, high) in [(1.0, 1.0 + f64::EPSILON), (-5e-324, 5e-324), (0.0, 5e-324), (-1e100, 1e100)] {
            let cut = simplest_between(low, high);
            assert!(low <= cut && cut < high, "{low:e} {high:e} {cut:e}");
        }
    }

    #[test]
    fn few_values_are_all_told_apart_and_many_by_quantiles() {
        let few = (0..64).map(|value| (f64::from(value), 1.0));
        assert_eq!(cuts(|| few.clone()), (0..63).map(f64::from).collect::<Vec<_>>());
        let many = (0..6400).map(|value| (f64::from(value), 1.0));
        let found = cuts(|| many.clone());
        // Between 74 and 125, and so on.
        assert_eq!(found, (1..64).map(|at| f64::from(100 * at)).collect::<Vec<_>>());
        // If half of the weight is at one value, it takes half of the quantiles.
        let heap = (0..6400).map(|value| (f64::from(value), if value == 3200 { 6400.0 } else { 1.0 }));
        assert!((32..=34).contains(&cuts(|| heap.clone()).len()));
        assert_eq!(cuts(|| [(5.0, 2.0)].into_iter()), [0.0; 0]);
        assert_eq!(cuts(std::iter::empty::<(f64, f64)>), [0.0; 0]);
    }
}
