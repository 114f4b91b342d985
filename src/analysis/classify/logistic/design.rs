//! The columns for a regression: standardised features, and indicators of missing values.

use std::ops::Range;

use crate::analysis::classify::{Feature, Sample};
use crate::analysis::parallel;
use crate::analysis::special::Sum;

use super::summary::Summary;

/// Rows processed at a time: with 30 columns they still fit into the processor's first-level cache.
pub(super) const BLOCK: usize = 128;

/// One column, without the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    /// The position of its feature.
    pub feature: usize,
    /// Whether it indicates that the feature is missing (1) or not (0), instead of the feature's value.
    pub missing: bool,
    pub mean: f64,
    pub sd: f64,
}

/// The columns with their rows.
#[derive(Debug, Clone)]
pub(super) struct Design<'a> {
    columns: &'a [Column],
    values: Vec<&'a [f64]>,
}

impl<'a> Design<'a> {
    pub fn new(columns: &'a [Column], features: &[Feature<'a>]) -> Self {
        Self { columns, values: columns.iter().map(|column| features[column.feature].values).collect() }
    }

    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Writes these rows (at most [`BLOCK`]) of each column, standardised: 0 for a missing value (the mean), and 0
    /// beyond the last row.
    pub fn block(&self, rows: &Range<usize>, block: &mut [[f64; BLOCK]]) {
        for ((column, values), standardised) in self.columns.iter().zip(&self.values).zip(block) {
            standardised.fill(0.0);
            let (mean, inverse) = (column.mean, 1.0 / column.sd);
            let values = &values[rows.clone()];
            if column.missing {
                for (to, value) in standardised.iter_mut().zip(values) {
                    *to = (f64::from(u8::from(value.is_nan())) - mean) * inverse;
                }
            } else {
                for (to, value) in standardised.iter_mut().zip(values) {
                    *to = if value.is_nan() { 0.0 } else { (value - mean) * inverse };
                }
            }
        }
    }

    /// β₀ + Σ βⱼxⱼ for each row of a block.
    pub fn predictors_of_block(beta: &[f64], block: &[[f64; BLOCK]], eta: &mut [f64; BLOCK]) {
        eta.fill(beta[0]);
        for (column, b) in block.iter().zip(&beta[1..]) {
            for (eta, x) in eta.iter_mut().zip(column) {
                *eta += b * x;
            }
        }
    }

    /// β₀ + Σ βⱼxⱼ for each row.
    pub fn predictors(&self, beta: &[f64], rows: usize) -> Vec<f64> {
        let parts = super::super::parts(rows, super::CHUNK);
        let done = parallel::map(&parts, |part| {
            let mut predictors = Vec::with_capacity(part.len());
            let (mut block, mut eta) = (vec![[0.0; BLOCK]; self.width()], [0.0; BLOCK]);
            for start in part.clone().step_by(BLOCK) {
                let rows = start..part.end.min(start + BLOCK);
                self.block(&rows, &mut block);
                Self::predictors_of_block(beta, &block, &mut eta);
                predictors.extend_from_slice(&eta[..rows.len()]);
            }
            predictors
        });
        done.concat()
    }
}

/// What must be known of a feature before a regression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Survey {
    mean: f64,
    sd: f64,
    /// Least and greatest value, for those who stayed and those who churned.
    ranges: [(f64, f64); 2],
    /// Weight of missing values, for those who stayed and those who churned.
    missing: [f64; 2],
    /// Rows with a missing value.
    missing_rows: usize,
}

impl Survey {
    fn of(sample: &Sample<'_>, values: &[f64]) -> Self {
        let mut ranges = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        let (mut missing, mut missing_rows) = ([0.0; 2], 0);
        let (mut present, mut total) = (Sum::default(), Sum::default());
        for (row, (&value, &churned)) in values.iter().zip(sample.churned).enumerate() {
            let (weight, class) = (sample.weight(row), usize::from(churned));
            if value.is_nan() {
                missing[class] += weight;
                missing_rows += 1;
            } else {
                ranges[class] = (ranges[class].0.min(value), ranges[class].1.max(value));
                present.add(weight);
                total.add(weight * value);
            }
        }
        let mean = total.value() / present.value();
        let mut squares = Sum::default();
        for (row, value) in values.iter().enumerate() {
            if !value.is_nan() {
                squares.add(sample.weight(row) * (value - mean) * (value - mean));
            }
        }
        let sd = (squares.value() / present.value()).sqrt();
        Self { mean, sd, ranges, missing, missing_rows }
    }

    /// Whether all values are equal.
    fn is_constant(&self) -> bool {
        let low = self.ranges[0].0.min(self.ranges[1].0);
        let high = self.ranges[0].1.max(self.ranges[1].1);
        low >= high || self.sd <= 0.0
    }

    /// Whether some value separates those who churned from those who stayed; both sides may touch it. If so: the number
    /// of rows beyond the other side's values.
    fn separated_by_values(&self, sample: &Sample<'_>, values: &[f64]) -> Option<Summary> {
        let [(low_stayed, high_stayed), (low_churned, high_churned)] = self.ranges;
        let both = low_stayed <= high_stayed && low_churned <= high_churned;
        if !(both && (high_stayed <= low_churned || high_churned <= low_stayed)) {
            return None;
        }
        let is_separated = |value: f64, churned: bool| {
            let [low, high] = if churned { [low_stayed, high_stayed] } else { [low_churned, high_churned] };
            value < low || value > high
        };
        let separated =
            values.iter().zip(sample.churned).filter(|(value, churned)| is_separated(**value, **churned));
        Some(counted(separated.map(|(_, churned)| *churned)))
    }

    /// Whether all customers with a missing value, or all with a present one, have one outcome. If so: their number.
    fn separated_by_missing(&self, sample: &Sample<'_>, values: &[f64], totals: [f64; 2]) -> Option<Summary> {
        let [stayed, churned] = self.missing;
        // Weights are above 0: the sum of none is 0, and the sum of all is the total, added in the same order.
        let missing_are_told = stayed == 0.0 || churned == 0.0;
        let present_are_told = stayed >= totals[0] || churned >= totals[1];
        if !(missing_are_told || present_are_told) {
            return None;
        }
        let is_separated = |value: &f64| if value.is_nan() { missing_are_told } else { present_are_told };
        let separated = values.iter().zip(sample.churned).filter(|(value, _)| is_separated(value));
        Some(counted(separated.map(|(_, churned)| *churned)))
    }
}

/// How many stayed, and how many churned.
fn counted(churned: impl Iterator<Item = bool>) -> Summary {
    churned.fold(Summary { stayed: 0, churned: 0 }, |mut summary, churned| {
        *(if churned { &mut summary.churned } else { &mut summary.stayed }) += 1;
        summary
    })
}

/// Columns for a sample, and the features left out.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub columns: Vec<Column>,
    /// For each column, the features that are missing in exactly the same rows.
    pub shared: Vec<Vec<usize>>,
    /// Features without two different values.
    pub constant: Vec<usize>,
    /// Features without any value.
    pub empty: Vec<usize>,
    /// The columns that alone predict some rows without error, and none wrongly.
    pub telling: Vec<(usize, Summary)>,
}

impl Plan {
    pub fn of(sample: &Sample<'_>) -> Self {
        let (all, churned) = sample.totals();
        let totals = [all - churned, churned];
        let surveys = parallel::map(sample.features, |feature| Survey::of(sample, feature.values));
        let mut plan = Self::default();
        for (feature, survey) in surveys.iter().enumerate() {
            if survey.missing_rows == sample.rows() {
                plan.empty.push(feature);
                continue;
            }
            if survey.is_constant() {
                plan.constant.push(feature);
            } else {
                let summary = survey.separated_by_values(sample, sample.features[feature].values);
                plan.telling.extend(summary.map(|summary| (plan.columns.len(), summary)));
                plan.add(Column { feature, missing: false, mean: survey.mean, sd: survey.sd });
            }
            if survey.missing_rows == 0 {
                continue;
            }
            // Two identical indicators would share one effect.
            let same = |column: &Column| {
                let other = &surveys[column.feature];
                let (left, right) = (sample.features[column.feature].values, sample.features[feature].values);
                column.missing
                    && other.missing_rows == survey.missing_rows
                    && left.iter().zip(right).all(|(left, right)| left.is_nan() == right.is_nan())
            };
            if let Some(at) = plan.columns.iter().position(same) {
                plan.shared[at].push(feature);
                continue;
            }
            let share = (survey.missing[0] + survey.missing[1]) / all;
            let summary = survey.separated_by_missing(sample, sample.features[feature].values, totals);
            plan.telling.extend(summary.map(|summary| (plan.columns.len(), summary)));
            plan.add(Column { feature, missing: true, mean: share, sd: (share * (1.0 - share)).sqrt() });
        }
        plan
    }

    fn add(&mut self, column: Column) {
        self.columns.push(column);
        self.shared.push(Vec::new());
    }
}
