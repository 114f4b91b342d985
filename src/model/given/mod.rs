//! `parameters:`, a table of parameters that were fitted before: with it a model scores customers, and is not fitted.
//! The table has columns of `<step>_fit`; the model says which.

mod covariates;
mod table;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use crate::analysis::clv::Repurchase;
use crate::analysis::clv::cell::Cells;
use crate::analysis::clv::covariates::Family;
use crate::analysis::clv::fit::Fit;
use crate::analysis::clv::gamma_gamma::GammaGamma;
use crate::analysis::clv::purchases::{Chain, PurchaseModel, Purchases};
use crate::problem::Problem;
use crate::tables::sql_types;

use super::columns::{InputColumn, Wants};
use super::record::{COVARIATE, SPREAD};

use covariates::GivenCovariates;
use table::Table;

/// The columns of a table of parameters.
#[derive(Debug)]
pub struct Columns {
    /// What the table must have. It is read in the order of these.
    pub(super) needs: &'static [(&'static str, Wants)],
    /// What it may have beside.
    pub(super) heeds: &'static [(&'static str, Wants)],
}

/// Those of a fit's table with one row per parameter. It may also have: how the fit ended, which model took its place,
/// and the days in the unit of time.
pub(super) const A_ROW_A_PARAMETER: Columns = Columns {
    needs: &[("model", Wants::Text), ("parameter", Wants::Text), ("estimate", Wants::Numbers)],
    heeds: &[("status", Wants::Anything), ("replaced_by", Wants::Anything), ("unit_days", Wants::Anything)],
};

/// Those of a fit with covariates: the row of a coefficient also says what it is of.
pub(super) const WITH_COVARIATES: Columns = Columns {
    needs: &[
        ("model", Wants::Text),
        ("parameter", Wants::Text),
        ("estimate", Wants::Numbers),
        (COVARIATE[0], Wants::Text),
        (COVARIATE[1], Wants::Text),
        (COVARIATE[2], Wants::Text),
        (SPREAD[0], Wants::Numbers),
    ],
    heeds: &[
        ("status", Wants::Anything),
        ("replaced_by", Wants::Anything),
        ("unit_days", Wants::Anything),
        (SPREAD[1], Wants::Numbers),
    ],
};

impl Columns {
    /// What the table must have.
    pub(super) fn needed(&self) -> Vec<InputColumn> {
        self.needs.iter().map(|(name, wants)| InputColumn::new(name, *wants)).collect()
    }

    /// The columns that are read of a table.
    pub(super) fn known(&self, table: &Schema) -> Vec<&'static str> {
        let all = self.needs.iter().chain(self.heeds).map(|(name, _)| *name);
        all.filter(|name| table.field_with_name(name).is_ok()).collect()
    }

    /// Whether a table may hold parameters.
    ///
    /// # Errors
    /// The first column that is missing or of a wrong type.
    pub(super) fn check(&self, table: &Schema, name: &str) -> Result<(), Problem> {
        for (column, _) in self.needs {
            if table.field_with_name(column).is_err() {
                let what = format!("parameters need a column `{column}`, which `{name}` does not have");
                let help =
                    "name the table `<step>_fit` of a model step, or a source or step with its columns";
                return Err(Problem::new(what).help(help));
            }
        }
        for (column, wants) in self.needs.iter().chain(self.heeds) {
            let Ok(field) = table.field_with_name(column) else { continue };
            if !wants.allows(field.data_type()) {
                let (wants, found) = (wants.words(), sql_types(&field.data_type().to_string()));
                let what = format!("parameters need {wants} in `{column}` of `{name}`, which is {found}");
                let help = "cast it: a column of a CSV file is text until `columns` says otherwise";
                return Err(Problem::new(what).help(help));
            }
        }
        Ok(())
    }
}

/// Parameters of a model of purchases and of Gamma-Gamma.
pub(super) struct Given {
    /// The model that predicts: the one asked for, or the one that took its place when it was fitted.
    pub(super) kind: PurchaseModel,
    /// None where the fit did not converge.
    pub(super) model: Option<Purchases>,
    /// The model with covariates that takes its place.
    pub(super) with: Option<GivenCovariates>,
    /// None where its fit did not converge, or it is not in the table.
    pub(super) spend: Option<GammaGamma>,
}

impl Given {
    /// Reads the parameters of a model, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// Parameters of other models, or not all of them, or values that give no model.
    pub(super) fn read(
        kind: PurchaseModel,
        unit_days: f64,
        name: &str,
        rows: &RecordBatch,
    ) -> Result<Self, String> {
        let table = Table::read(name, rows).map_err(|error| error.to_string())?;
        Self::of(&table, kind, unit_days)
    }

    /// Reads the parameters of a model with covariates, and of the one that took its place if it did not predict.
    ///
    /// # Errors
    /// As [`Given::read`].
    pub(super) fn read_with_covariates(
        family: Family,
        unit_days: f64,
        name: &str,
        rows: &RecordBatch,
    ) -> Result<Self, String> {
        let table = Table::read(name, rows).map_err(|error| error.to_string())?;
        table.must_have(family.key())?;
        if !table.predicts(family.key()) {
            return match table.substitute(family.key())? {
                Some(kind) => Self::of(&table, kind, unit_days),
                None => Ok(Self { kind: family.kind(), model: None, with: None, spend: table.spend()? }),
            };
        }
        let with = GivenCovariates::read(family, unit_days, &table, rows)?;
        Ok(Self { kind: family.kind(), model: None, with: Some(with), spend: table.spend()? })
    }

    fn of(table: &Table<'_>, kind: PurchaseModel, unit_days: f64) -> Result<Self, String> {
        let mut predicts = kind;
        // No model takes the place of itself, nor of one before it.
        for _ in PurchaseModel::ALL {
            let Some(next) = table.substitute(predicts.key())? else { break };
            predicts = next;
        }
        let model = if table.predicts(predicts.key()) {
            let values = table.values(predicts.key(), predicts.symbols())?;
            table.check_unit(predicts.key(), unit_days)?;
            let model = predicts.with_parameters(&values, unit_days);
            Some(model.map_err(|error| format!("`{}` has no {}: {error}", table.name, predicts.title()))?)
        } else {
            None
        };
        Ok(Self { kind: predicts, model, with: None, spend: table.spend()? })
    }

    /// The model of purchases without covariates, as of a fit to these cells.
    pub(super) fn chain(&self, cells: &Cells) -> Chain {
        let symbols = self.kind.symbols();
        let values = self.model.iter().flat_map(Repurchase::parameters);
        let values = values.filter(|(name, _)| symbols.contains(name));
        let fit = Fit::given(self.model, values, cells.customers(), cells.cells().len());
        Chain { tried: vec![(self.kind, fit)] }
    }

    /// The record of spend, as of a fit.
    pub(super) fn spend(&self, customers: usize, cells: usize) -> Fit<GammaGamma> {
        let values = self.spend.iter().flat_map(GammaGamma::parameters);
        Fit::given(self.spend, values, customers, cells)
    }
}

/// Parameters of one model that stands alone: none where its fit does not predict.
///
/// # Errors
/// As [`Given::read`].
pub(super) fn values_of(
    given: &super::InputTable,
    model: &str,
    symbols: &[&str],
) -> Result<Option<Vec<f64>>, String> {
    let table = Table::read(&given.name, &given.rows).map_err(|error| error.to_string())?;
    table.must_have(model)?;
    if table.predicts(model) { table.values(model, symbols).map(Some) } else { Ok(None) }
}

/// Whether a table has parameters of a model.
pub(super) fn has(given: &super::InputTable, model: &str) -> bool {
    Table::read(&given.name, &given.rows).is_ok_and(|table| table.has(model))
}
