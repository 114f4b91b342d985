//! Learning on the period `train`: the probabilities, and the table of the fit.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::classify::Sample;
use crate::analysis::classify::logistic::{self, Penalty};
use crate::analysis::classify::tree;

use super::super::columns::{count_field as count, counted, number_field, table, text_field as text};
use super::{Classes, Method, Rows, TRAIN, features};

/// The number of folds in which rows are held out.
const FOLDS: usize = 5;

/// What came of a fit.
pub(super) struct Learned {
    /// The probability of every row, and the group that it is in.
    pub probability: Option<Vec<f64>>,
    pub leaf: Option<Vec<i64>>,
    /// The table of the fit.
    pub fit: RecordBatch,
    /// What a reader of the log should know.
    pub remark: Option<String>,
}

impl Classes {
    /// The columns of the table of the fit.
    pub(super) fn fit_schema(&self) -> SchemaRef {
        let of = number_field;
        let own = match self.method {
            Method::Logistic => vec![
                text("feature", true),
                Field::new("missing", DataType::Boolean, true),
                of("coefficient"),
                of("standard_error"),
                of("standardised"),
                of("standardised_error"),
                of("odds_ratio"),
                of("mean"),
                of("sd"),
                text("left_out", true),
                of("penalty"),
                of("log_likelihood"),
                of("log_likelihood_without"),
                Field::new("thin", DataType::Boolean, false),
            ],
            Method::Tree => vec![
                Field::new("leaf", DataType::Int64, true),
                text("rule", true),
                count("leaf_customers"),
                count("leaf_churned"),
                of("share"),
                of("probability"),
            ],
        };
        let shared =
            vec![text("status", false), text("message", false), count("customers"), count("churned")];
        Arc::new(Schema::new(own.into_iter().chain(shared).collect::<Vec<_>>()))
    }

    /// Fits the model to the rows of the period `train`, and gives every row its probability.
    ///
    /// # Errors
    /// Impossible features.
    pub(super) fn learn(&self, rows: &Rows) -> Result<Learned, String> {
        let train = rows.of(TRAIN);
        let (picked, churned) = (rows.picked(&train), rows.churned(&train));
        let known = features(&picked);
        let message = |error: ArrowError| error.to_string();
        if churned.is_empty() {
            let remark =
                format!("no row of the period `{TRAIN}` has a label: there is nothing to learn from");
            let fit = self.fit_of_nothing(&remark).map_err(message)?;
            return Ok(Learned { probability: None, leaf: None, fit, remark: Some(remark) });
        }
        let sample = Sample::new(&known, &churned, None).map_err(|error| error.to_string())?;
        let all = features(&rows.features);
        match self.method {
            Method::Logistic => {
                let penalty = self.penalty.map_or(Penalty::Chosen { folds: FOLDS }, Penalty::Fixed);
                let fit = logistic::fit(&sample, penalty);
                let probability = fit.model().map(|model| model.probabilities(&all)).transpose();
                let converged = fit.ending == logistic::Ending::Converged;
                let thin = fit.is_thin().then(|| {
                    "there are few customers for so many features: coefficients are unsure".to_owned()
                });
                Ok(Learned {
                    probability: probability.map_err(|error| error.to_string())?,
                    leaf: None,
                    remark: if converged { thin } else { Some(fit.ending.to_string()) },
                    fit: self.coefficients(&fit).map_err(message)?,
                })
            }
            Method::Tree => {
                let options = tree::Options {
                    depth: self.depth,
                    smallest_leaf: self.smallest_leaf,
                    folds: FOLDS,
                    ..tree::Options::default()
                };
                let fit = tree::fit(&sample, options);
                let probability = fit.tree().map(|tree| tree.probabilities(&all)).transpose();
                let leaf = fit.tree().map(|tree| tree.leaf_of(&all)).transpose();
                let grown = fit.ending == tree::Ending::Grown;
                let left = churned.iter().filter(|churned| **churned).count();
                Ok(Learned {
                    probability: probability.map_err(|error| error.to_string())?,
                    leaf: leaf
                        .map_err(|error| error.to_string())?
                        .map(|leaf| leaf.into_iter().map(|leaf| counted(leaf + 1)).collect()),
                    remark: (!grown).then(|| fit.ending.to_string()),
                    fit: self.groups(&fit, churned.len(), left).map_err(message)?,
                })
            }
        }
    }

    fn fit_of_nothing(&self, message: &str) -> Result<RecordBatch, ArrowError> {
        let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
        let none: ArrayRef = Arc::new(Float64Array::from(vec![0.0]));
        let known = vec![
            ("status", text("not_identified")),
            ("message", text(message)),
            ("customers", Arc::clone(&none)),
            ("churned", none),
            ("thin", Arc::new(BooleanArray::from(vec![true]))),
        ];
        self.fit_with(&known, 1)
    }

    /// The table of the fit where these columns are all that is known.
    pub(super) fn fit_with(
        &self,
        known: &[(&str, ArrayRef)],
        rows: usize,
    ) -> Result<RecordBatch, ArrowError> {
        let schema = self.fit_schema();
        let columns = schema.fields().iter().map(|field| {
            let column = known.iter().find(|(name, _)| name == field.name());
            column.map_or_else(
                || arrow::array::new_null_array(field.data_type(), rows),
                |(_, column)| Arc::clone(column),
            )
        });
        table(Arc::clone(&schema), columns.collect())
    }

    fn coefficients(&self, fit: &logistic::Fit) -> Result<RecordBatch, ArrowError> {
        /// One row: a feature, whether it is about missing values, figures, and why it was left out.
        type Row<'a> = (&'a str, Option<bool>, [Option<f64>; 7], Option<&'a str>);
        let mut rows: Vec<Row<'_>> = Vec::new();
        if let Some(model) = fit.model() {
            let [plain, scaled] = [model.intercept, model.standardised_intercept];
            let values = [plain.value, plain.standard_error, scaled.value, scaled.standard_error].map(Some);
            let [value, error, scaled, scaled_error] = values;
            rows.push(("intercept", None, [value, error, scaled, scaled_error, None, None, None], None));
            for term in &model.terms {
                let (plain, scaled) = (term.coefficient, term.standardised);
                let figures = [
                    plain.value,
                    plain.standard_error,
                    scaled.value,
                    scaled.standard_error,
                    term.odds_ratio(),
                    term.mean,
                    term.sd,
                ];
                rows.push((&term.feature, Some(term.missing), figures.map(Some), None));
            }
        }
        for (names, why) in [(&fit.constant, "constant"), (&fit.empty, "empty")] {
            rows.extend(names.iter().map(|name| (name.as_str(), None, [None; 7], Some(why))));
        }
        if rows.is_empty() {
            rows.push(("intercept", None, [None; 7], None));
        }
        let count = rows.len();
        let figure = |place: usize| -> ArrayRef {
            Arc::new(rows.iter().map(|row| row.2.get(place).copied().flatten()).collect::<Float64Array>())
        };
        let same = |value: Option<f64>| -> ArrayRef { Arc::new(Float64Array::from(vec![value; count])) };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(rows.iter().map(|row| Some(row.0)).collect::<StringArray>()),
            Arc::new(rows.iter().map(|row| row.1).collect::<BooleanArray>()),
        ];
        columns.extend((0..7).map(figure));
        columns.push(Arc::new(rows.iter().map(|row| row.3).collect::<StringArray>()));
        columns.push(same(Some(fit.penalty)));
        columns.push(same(fit.log_likelihood));
        columns.push(same(Some(fit.log_likelihood_without_features)));
        columns.push(Arc::new(BooleanArray::from(vec![fit.is_thin(); count])));
        columns.push(Arc::new(StringArray::from(vec![fit.ending.key(); count])));
        columns.push(Arc::new(StringArray::from(vec![fit.ending.to_string(); count])));
        columns.push(same(Some(fit.customers)));
        columns.push(same(Some(fit.churned)));
        table(self.fit_schema(), columns)
    }

    fn groups(&self, fit: &tree::Fit, customers: usize, churned: usize) -> Result<RecordBatch, ArrowError> {
        let leaves = fit.tree().map(tree::Tree::leaves).unwrap_or_default();
        let count = leaves.len().max(1);
        let rule = |leaf: &tree::Leaf| tree::rule::written(&leaf.conditions);
        let figure = |of: &dyn Fn(&tree::Leaf) -> f64| -> ArrayRef {
            let values = (0..count).map(|place| leaves.get(place).map(of));
            Arc::new(values.collect::<Float64Array>())
        };
        let number_of = |place: usize| leaves.get(place).map(|_| counted(place + 1));
        let same = |value: usize| -> ArrayRef { Arc::new(Float64Array::from(vec![value as f64; count])) };
        table(
            self.fit_schema(),
            vec![
                Arc::new((0..count).map(number_of).collect::<Int64Array>()),
                Arc::new((0..count).map(|place| leaves.get(place).map(rule)).collect::<StringArray>()),
                figure(&|leaf| leaf.weight),
                figure(&|leaf| leaf.churned),
                figure(&|leaf| leaf.share),
                figure(&|leaf| leaf.probability),
                Arc::new(StringArray::from(vec![fit.ending.key(); count])),
                Arc::new(StringArray::from(vec![fit.ending.to_string(); count])),
                same(customers),
                same(churned),
            ],
        )
    }
}
