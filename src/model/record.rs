//! `<step>_fit`: how each fit of a step ended: one row per parameter, and per coefficient of a covariate.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::clv::covariates::{self, Effect};
use crate::analysis::clv::fit::{Estimate, Fit};

use super::columns::{number_field as number, text_field as text};
use super::covariate::Covariate;

/// What is said of a fit that [predicts](crate::analysis::clv::fit::Ending::predicts) at a limit.
pub(super) const AT_LIMIT: &str = "at that limit it is a simpler model, which predicts";

/// The name of the model of spend.
pub(super) const SPEND: &str = "gamma_gamma";

/// The fits of a step, in the order of trying.
#[derive(Default)]
pub(super) struct Record(Vec<Entry>);

/// A line of a fit: a parameter, or what a covariate does to a process.
struct Line {
    parameter: &'static str,
    estimate: f64,
    standard_error: Option<f64>,
    of: Option<Of>,
}

/// What a coefficient is of.
struct Of {
    covariate: Covariate,
    mean: f64,
    sd: f64,
}

impl From<&Estimate> for Line {
    fn from(of: &Estimate) -> Self {
        Self { parameter: of.name, estimate: of.value, standard_error: of.standard_error, of: None }
    }
}

/// The columns that say what a coefficient is of: the column of the table, and for text the value and the one to
/// compare with.
pub(super) const COVARIATE: [&str; 3] = ["covariate", "level", "base"];
/// The covariate's mean and standard deviation over the customers of the fit.
pub(super) const SPREAD: [&str; 2] = ["mean", "sd"];

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
    lines: Vec<Line>,
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
            lines: fit.estimates.iter().map(Line::from).collect(),
            log_likelihood: fit.log_likelihood,
            customers: fit.customers,
            cells: fit.cells,
            iterations: fit.iterations,
        }
    }
}

impl Ended {
    /// A fit with covariates, by its parameters at the mean of each and what each does. The covariates are those of a row.
    pub(super) fn with_covariates(fit: &covariates::Fit, covariates: &[Covariate]) -> Self {
        let effect = |effect: &Effect| {
            let covariate = covariates.get(effect.place)?.clone();
            Some(Line {
                parameter: effect.process.key(),
                estimate: effect.coefficient,
                standard_error: effect.standard_error,
                of: Some(Of { covariate, mean: effect.mean, sd: effect.sd }),
            })
        };
        Self {
            status: fit.ending.key(),
            reason: fit.ending.reason_key(),
            message: fit.ending.to_string(),
            lines: fit.at_means.iter().map(Line::from).chain(fit.effects.iter().filter_map(effect)).collect(),
            log_likelihood: fit.log_likelihood,
            customers: fit.customers,
            cells: fit.cells,
            iterations: fit.iterations,
        }
    }

    /// A rule has no parameters, and nothing that could fail.
    pub(super) fn rule(customers: usize) -> Self {
        Self {
            status: "rule",
            reason: "rule",
            message: "no model predicted the past as well as this rule".to_owned(),
            lines: Vec::new(),
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

    /// The columns of the table of a model with covariates: the same, and what each coefficient is of.
    pub(super) fn schema_with_covariates() -> SchemaRef {
        let own = Self::schema();
        let more = COVARIATE.map(|name| text(name, true)).into_iter().chain(SPREAD.map(number));
        let fields = own.fields().iter().cloned().chain(more.map(Arc::new));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
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
        self.table_of(Self::schema())
    }

    /// The table with the columns of one of the two schemas.
    pub(super) fn table_of(&self, schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
        let rows: Vec<(&Entry, Option<&Line>)> = self.0.iter().flat_map(Entry::rows).collect();
        let text = |of: &dyn Fn(&Entry, Option<&Line>) -> Option<String>| -> ArrayRef {
            Arc::new(rows.iter().map(|(entry, line)| of(entry, *line)).collect::<StringArray>())
        };
        let number = |of: &dyn Fn(&Entry, Option<&Line>) -> Option<f64>| -> ArrayRef {
            Arc::new(rows.iter().map(|(entry, line)| of(entry, *line)).collect::<Float64Array>())
        };
        let count = |of: &dyn Fn(&Ended) -> i64| -> ArrayRef {
            Arc::new(rows.iter().map(|(entry, _)| Some(of(&entry.fit))).collect::<Int64Array>())
        };
        let of_text = |of: &dyn Fn(&Covariate) -> Option<String>| {
            text(&|_, line| line?.of.as_ref().and_then(|effect| of(&effect.covariate)))
        };
        let of_number = |of: &dyn Fn(&Of) -> f64| {
            number(&|_, line| line?.of.as_ref().map(of).filter(|value| value.is_finite()))
        };
        let mut columns: Vec<ArrayRef> = vec![
            text(&|entry, _| Some(entry.model.to_owned())),
            text(&|_, line| Some(line?.parameter.to_owned())),
            number(&|_, line| Some(line?.estimate)),
            number(&|_, line| line?.standard_error),
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
        if schema.field_with_name(COVARIATE[0]).is_ok() {
            columns.extend([
                of_text(&|covariate| Some(covariate.column.clone())),
                of_text(&|covariate| Some(covariate.level.as_ref()?.name.clone())),
                of_text(&|covariate| Some(covariate.level.as_ref()?.base.clone())),
                of_number(&|effect| effect.mean),
                of_number(&|effect| effect.sd),
            ]);
        }
        RecordBatch::try_new(schema, columns)
    }
}

impl Entry {
    /// One a line; a fit that never began still has a row that says why.
    fn rows(&self) -> Vec<(&Self, Option<&Line>)> {
        match self.fit.lines.as_slice() {
            [] => vec![(self, None)],
            lines => lines.iter().map(|line| (self, Some(line))).collect(),
        }
    }
}
