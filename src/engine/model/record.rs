//! `<step>_fit`: how each fit of a step ended, one row a parameter.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::clv::covariates;
use crate::analysis::clv::fit::{Estimate, Fit};

/// The fits of a step, in the order of trying.
#[derive(Default)]
pub(super) struct Record(Vec<Entry>);

/// A model and its fit.
struct Entry {
    model: &'static str,
    replaced_by: Option<&'static str>,
    unit_days: Option<f64>,
    fit: Ended,
}

/// How a fit ended.
pub(super) struct Ended {
    status: &'static str,
    reason: &'static str,
    message: String,
    estimates: Vec<Estimate>,
    log_likelihood: Option<f64>,
    customers: f64,
    cells: usize,
    iterations: u32,
}

impl<M> From<&Fit<M>> for Ended {
    fn from(fit: &Fit<M>) -> Self {
        Self {
            status: fit.ending.key(),
            reason: fit.ending.reason_key(),
            message: fit.ending.to_string(),
            estimates: fit.estimates.clone(),
            log_likelihood: fit.log_likelihood,
            customers: fit.customers,
            cells: fit.cells,
            iterations: fit.iterations,
        }
    }
}

/// By its parameters at the mean of each covariate.
impl<M> From<&covariates::Fit<M>> for Ended {
    fn from(fit: &covariates::Fit<M>) -> Self {
        Self {
            status: fit.ending.key(),
            reason: fit.ending.reason_key(),
            message: fit.ending.to_string(),
            estimates: fit.at_means.clone(),
            log_likelihood: fit.log_likelihood,
            customers: fit.customers,
            cells: fit.cells,
            iterations: fit.iterations,
        }
    }
}

impl Ended {
    /// A rule has no parameters, and nothing that could fail.
    pub(super) fn rule(customers: usize) -> Self {
        Self {
            status: "rule",
            reason: "rule",
            message: "no model foretold the past as well as this rule".to_owned(),
            estimates: Vec::new(),
            log_likelihood: None,
            customers: customers as f64,
            cells: 0,
            iterations: 0,
        }
    }
}

impl Record {
    /// The columns of the table.
    pub(super) fn schema() -> SchemaRef {
        let text = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
        let number = |name: &str| Field::new(name, DataType::Float64, true);
        let count = |name: &str| Field::new(name, DataType::Int64, false);
        Arc::new(Schema::new(vec![
            text("model", false),
            text("parameter", true),
            number("estimate"),
            number("standard_error"),
            text("status", false),
            text("reason", false),
            text("message", false),
            text("replaced_by", true),
            number("log_likelihood"),
            count("customers"),
            count("cells"),
            count("iterations"),
            number("unit_days"),
        ]))
    }

    /// Adds a model's fit, the model that was tried in its place, and the days in its unit of time, if it has one.
    pub(super) fn add(
        &mut self,
        model: &'static str,
        fit: impl Into<Ended>,
        replaced_by: Option<&'static str>,
        unit_days: Option<f64>,
    ) {
        self.0.push(Entry { model, replaced_by, unit_days, fit: fit.into() });
    }

    /// The table.
    pub(super) fn table(&self) -> Result<RecordBatch, ArrowError> {
        let rows: Vec<(&Entry, Option<&Estimate>)> = self.0.iter().flat_map(Entry::rows).collect();
        let text = |of: &dyn Fn(&Entry, Option<&Estimate>) -> Option<String>| -> ArrayRef {
            Arc::new(rows.iter().map(|(entry, estimate)| of(entry, *estimate)).collect::<StringArray>())
        };
        let number = |of: &dyn Fn(&Entry, Option<&Estimate>) -> Option<f64>| -> ArrayRef {
            Arc::new(rows.iter().map(|(entry, estimate)| of(entry, *estimate)).collect::<Float64Array>())
        };
        let count = |of: &dyn Fn(&Ended) -> i64| -> ArrayRef {
            Arc::new(rows.iter().map(|(entry, _)| Some(of(&entry.fit))).collect::<Int64Array>())
        };
        let columns: Vec<ArrayRef> = vec![
            text(&|entry, _| Some(entry.model.to_owned())),
            text(&|_, estimate| Some(estimate?.name.to_owned())),
            number(&|_, estimate| Some(estimate?.value)),
            number(&|_, estimate| estimate?.standard_error),
            text(&|entry, _| Some(entry.fit.status.to_owned())),
            text(&|entry, _| Some(entry.fit.reason.to_owned())),
            text(&|entry, _| Some(entry.fit.message.clone())),
            text(&|entry, _| entry.replaced_by.map(str::to_owned)),
            number(&|entry, _| entry.fit.log_likelihood),
            count(&|fit| fit.customers as i64),
            count(&|fit| i64::try_from(fit.cells).unwrap_or(i64::MAX)),
            count(&|fit| i64::from(fit.iterations)),
            number(&|entry, _| entry.unit_days),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}

impl Entry {
    /// One a parameter; a fit that never began still has a row that says why.
    fn rows(&self) -> Vec<(&Self, Option<&Estimate>)> {
        match self.fit.estimates.as_slice() {
            [] => vec![(self, None)],
            estimates => estimates.iter().map(|estimate| (self, Some(estimate))).collect(),
        }
    }
}
