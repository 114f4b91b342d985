//! The part of a regression that scores customers: the weights of its columns, fitted or read from a table.

use super::design::{Column, Design};
use crate::analysis::classify::{Feature, SampleError, check_features};

/// The weight of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// The feature's name.
    pub feature: String,
    /// Whether it is for a missing feature (1) instead of the feature's value.
    pub missing: bool,
    /// The column's mean; a missing value counts as this.
    pub mean: f64,
    /// Its standard deviation, above 0.
    pub sd: f64,
    /// βⱼ: change of the log odds with one standard deviation.
    pub standardised: f64,
}

/// ln(p / (1−p)) = β₀ + Σ βⱼ (xⱼ − meanⱼ) / sdⱼ. The sum is taken in the order of names, the value before the indicator
/// of missing values: the same weights in any order give the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    names: Vec<String>,
    columns: Vec<Column>,
    /// β₀, then βⱼ of each column.
    beta: Vec<f64>,
}

impl Weights {
    /// The weights of feature values and of missing values, at most one of each per feature, which are finite numbers;
    /// and β₀, the log odds if each column has its mean.
    pub fn new(intercept: f64, weights: &[Weight]) -> Self {
        let mut names: Vec<String> = weights.iter().map(|weight| weight.feature.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let column = |weight: &Weight| {
            let feature = names.binary_search(&weight.feature).ok()?;
            Some(Column { feature, missing: weight.missing, mean: weight.mean, sd: weight.sd })
        };
        let columns: Vec<Column> = weights.iter().filter_map(column).collect();
        let beta = std::iter::once(intercept).chain(weights.iter().map(|weight| weight.standardised));
        Self::of(names, &columns, &beta.collect::<Vec<_>>())
    }

    /// The weights of these columns, with β₀ first in `beta`.
    pub(super) fn of(names: Vec<String>, columns: &[Column], beta: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by_key(|&at| (names[columns[at].feature].as_str(), columns[at].missing));
        let sorted = order.iter().map(|&at| columns[at].clone()).collect();
        let beta = std::iter::once(beta[0]).chain(order.iter().map(|&at| beta[at + 1])).collect();
        Self { names, columns: sorted, beta }
    }

    /// The weighted features: in the order of the fit, or by name if they were given.
    pub fn features(&self) -> &[String] {
        &self.names
    }

    /// The probability to churn for each of `rows` rows of [`features`](Self::features), in their order.
    ///
    /// # Errors
    ///
    /// Other features, columns of different lengths, infinite values.
    pub fn probabilities(&self, features: &[Feature<'_>], rows: usize) -> Result<Vec<f64>, SampleError> {
        let known = check_features(&self.names, features)?;
        let rows = if self.names.is_empty() { rows } else { known };
        let mut predictors = Design::new(&self.columns, features).predictors(&self.beta, rows);
        for value in &mut predictors {
            *value = 1.0 / (1.0 + libm::exp(-*value));
        }
        Ok(predictors)
    }
}
