//! Churn as a yes-or-no question: which customers of a day have left some time later, predicted from what was known on
//! that day.
//!
//! [`logistic`] weights features against each other. [`tree`] divides customers into a few groups that a reader can
//! understand. Both learn on a first period and give probabilities; [`judge`] measures on a later period how good these
//! are.
//!
//! A feature is a column of numbers, NaN if the value is missing. Weights count customers: a row of weight 2 is two
//! rows, to the last digit of a float sum. There are no random numbers. If rows are held out, row i is in fold i modulo
//! K, so the caller's order (by customer, say) decides the folds. Otherwise the order only affects rounding.

pub mod judge;
pub mod logistic;
pub mod tree;

use std::fmt;
use std::ops::Range;

/// Values beyond ± this are refused: their squares would not fit a float.
pub const LARGEST_VALUE: f64 = 1e100;

/// One feature of all customers.
#[derive(Debug, Clone, Copy)]
pub struct Feature<'a> {
    /// Its name, in findings and rules.
    pub name: &'a str,
    /// Its value for each customer; NaN if missing.
    pub values: &'a [f64],
}

/// Customers with their features, and which of them churned.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    features: &'a [Feature<'a>],
    churned: &'a [bool],
    weights: Option<&'a [f64]>,
}

/// Why numbers are not a sample, or do not fit a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SampleError {
    /// There are no rows.
    Empty,
    /// Two features have this name.
    TwiceNamed(String),
    /// This column does not have the same number of rows as the labels (or the first column).
    Length(String),
    /// A value is infinite or beyond [`LARGEST_VALUE`].
    BadValue {
        /// The feature.
        feature: String,
        /// The row, counted from 0.
        row: usize,
    },
    /// The weight of this row, counted from 0, is not a number above 0.
    BadWeight(usize),
    /// The probability of this row, counted from 0, is not a probability.
    BadProbability(usize),
    /// The model was fitted on other features, or on these in another order; this is the first that is not found in its
    /// place.
    OtherFeatures(String),
}

impl fmt::Display for SampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no rows"),
            Self::TwiceNamed(feature) => write!(f, "two features are called `{feature}`"),
            Self::Length(column) => write!(f, "`{column}` has another number of rows than the rest"),
            Self::BadValue { feature, row } => {
                write!(f, "`{feature}` is infinite or beyond {LARGEST_VALUE:e} in row {row}")
            }
            Self::BadWeight(row) => write!(f, "the weight of row {row} is not a number above 0"),
            Self::BadProbability(row) => write!(f, "the probability of row {row} is not between 0 and 1"),
            Self::OtherFeatures(feature) => {
                write!(f, "the model was fitted on other features: `{feature}` is not in its place")
            }
        }
    }
}

impl std::error::Error for SampleError {}

impl<'a> Sample<'a> {
    /// Checks that the columns have one length and valid numbers.
    ///
    /// # Errors
    ///
    /// No rows, two features with one name, columns of different lengths, infinite values, weights that are not finite
    /// numbers above 0.
    pub fn new(
        features: &'a [Feature<'a>],
        churned: &'a [bool],
        weights: Option<&'a [f64]>,
    ) -> Result<Self, SampleError> {
        check_rows(churned.len(), weights)?;
        for (at, feature) in features.iter().enumerate() {
            if features[..at].iter().any(|before| before.name == feature.name) {
                return Err(SampleError::TwiceNamed(feature.name.to_owned()));
            }
        }
        check_values(features, churned.len())?;
        Ok(Self { features, churned, weights })
    }

    fn rows(&self) -> usize {
        self.churned.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// The total weight, and that of churned customers.
    fn totals(&self) -> (f64, f64) {
        let (mut all, mut churned) = (0.0, 0.0);
        for (row, &gone) in self.churned.iter().enumerate() {
            let weight = self.weight(row);
            all += weight;
            churned += if gone { weight } else { 0.0 };
        }
        (all, churned)
    }

    fn names(&self) -> Vec<String> {
        self.features.iter().map(|feature| feature.name.to_owned()).collect()
    }
}

fn check_rows(rows: usize, weights: Option<&[f64]>) -> Result<(), SampleError> {
    if rows == 0 {
        return Err(SampleError::Empty);
    }
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(SampleError::Length("weights".to_owned()));
    }
    let possible = |weight: &f64| *weight > 0.0 && weight.is_finite();
    weights.iter().position(|weight| !possible(weight)).map_or(Ok(()), |row| Err(SampleError::BadWeight(row)))
}

fn check_values(features: &[Feature<'_>], rows: usize) -> Result<(), SampleError> {
    for feature in features {
        if feature.values.len() != rows {
            return Err(SampleError::Length(feature.name.to_owned()));
        }
        // NaN, a missing value, is allowed.
        if let Some(row) = feature.values.iter().position(|value| value.abs() > LARGEST_VALUE) {
            return Err(SampleError::BadValue { feature: feature.name.to_owned(), row });
        }
    }
    Ok(())
}

/// The number of rows, after a check that the features are those of a model, in its order.
fn check_features(expected: &[String], features: &[Feature<'_>]) -> Result<usize, SampleError> {
    for (at, name) in expected.iter().enumerate() {
        if features.get(at).is_none_or(|feature| feature.name != name) {
            return Err(SampleError::OtherFeatures(name.clone()));
        }
    }
    if let Some(more) = features.get(expected.len()) {
        return Err(SampleError::OtherFeatures(more.name.to_owned()));
    }
    let rows = features.first().map_or(0, |feature| feature.values.len());
    check_values(features, rows)?;
    Ok(rows)
}

/// Rows in parts of a fixed size, independent of the number of threads.
fn parts(rows: usize, size: usize) -> Vec<Range<usize>> {
    (0..rows).step_by(size).map(|start| start..rows.min(start + size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_samples_are_refused() {
        let long = [1.0, f64::NAN];
        let of = |values| [Feature { name: "x", values }];
        let error = |features: &[Feature<'_>], churned: &[bool], weights: Option<&[f64]>| {
            Sample::new(features, churned, weights).unwrap_err().to_string()
        };
        assert!(Sample::new(&of(&long), &[true, false], Some(&[1.0, 0.5])).is_ok());
        assert_eq!(error(&of(&[]), &[], None), "there are no rows");
        assert_eq!(error(&of(&long), &[true], None), "`x` has another number of rows than the rest");
        let twice = [of(&long)[0]; 2];
        assert_eq!(error(&twice, &[true, false], None), "two features are called `x`");
        let infinite = [0.0, f64::NEG_INFINITY];
        assert_eq!(error(&of(&infinite), &[true, false], None), "`x` is infinite or beyond 1e100 in row 1");
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let message = error(&of(&long), &[true, false], Some(&[1.0, weight]));
            assert_eq!(message, "the weight of row 1 is not a number above 0");
        }
        let message = error(&of(&long), &[true, false], Some(&[1.0]));
        assert_eq!(message, "`weights` has another number of rows than the rest");
    }

    #[test]
    fn a_model_asks_for_its_own_features() {
        let values = [1.0];
        let of = |names: &[&'static str]| -> Vec<Feature<'_>> {
            names.iter().map(|&name| Feature { name, values: &values }).collect()
        };
        let expected = ["a".to_owned(), "b".to_owned()];
        assert_eq!(check_features(&expected, &of(&["a", "b"])), Ok(1));
        for (names, missed) in [(&["b", "a"][..], "a"), (&["a"][..], "b"), (&["a", "b", "c"][..], "c")] {
            let error = SampleError::OtherFeatures(missed.to_owned());
            assert_eq!(check_features(&expected, &of(names)), Err(error));
        }
    }
}
