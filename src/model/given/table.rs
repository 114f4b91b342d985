//! A table of parameters, one per row: what it has for each model.

use arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::analysis::clv::gamma_gamma::{self, GammaGamma};
use crate::analysis::clv::parameters::of_length;
use crate::analysis::clv::purchases::PurchaseModel;

use super::super::columns::{column, numbers};
use super::super::record::{COVARIATE, SPEND};

/// The columns of a table of parameters.
pub(super) struct Table<'a> {
    pub(super) name: &'a str,
    models: StringArray,
    pub(super) parameters: StringArray,
    pub(super) estimates: Float64Array,
    status: Option<StringArray>,
    replaced_by: Option<StringArray>,
    unit_days: Option<Float64Array>,
    /// What a coefficient is of: the column, and for text the value and the one to compare with.
    pub(super) covariates: Option<[StringArray; 3]>,
}

impl<'a> Table<'a> {
    pub(super) fn read(name: &'a str, rows: &RecordBatch) -> Result<Self, ArrowError> {
        let texts = |name: &str| column(rows, name, &DataType::Utf8).map(|texts| texts.as_string().clone());
        let has = |name: &str| rows.column_by_name(name).is_some();
        Ok(Self {
            name,
            models: texts("model")?,
            parameters: texts("parameter")?,
            estimates: numbers(rows, "estimate")?,
            status: has("status").then(|| texts("status")).transpose()?,
            replaced_by: has("replaced_by").then(|| texts("replaced_by")).transpose()?,
            unit_days: has("unit_days").then(|| numbers(rows, "unit_days")).transpose()?,
            covariates: if COVARIATE.iter().all(|name| has(name)) {
                let [column, level, base] = COVARIATE.map(texts);
                Some([column?, level?, base?])
            } else {
                None
            },
        })
    }

    pub(super) fn rows_of<'b>(&'b self, model: &'b str) -> impl Iterator<Item = usize> + 'b {
        (0..self.models.len()).filter(move |row| text(&self.models, *row) == Some(model))
    }

    /// Whether a row is of a covariate.
    pub(super) fn is_coefficient(&self, row: usize) -> bool {
        self.covariates.as_ref().is_some_and(|[column, ..]| column.is_valid(row))
    }

    pub(super) fn has(&self, model: &str) -> bool {
        self.rows_of(model).next().is_some()
    }

    /// Whether its parameters are those of a fit that predicts; true if the table does not say.
    pub(super) fn predicts(&self, model: &str) -> bool {
        let Some(status) = &self.status else { return true };
        self.rows_of(model)
            .all(|row| matches!(text(status, row), None | Some("converged" | "limit" | "given")))
    }

    pub(super) fn must_have(&self, model: &str) -> Result<(), String> {
        if !self.has(model) {
            let mut known: Vec<&str> = self.models.iter().flatten().collect();
            known.sort_unstable();
            known.dedup();
            let has = if known.is_empty() {
                "it has no rows".into()
            } else {
                format!("it has those of {}", known.join(", "))
            };
            return Err(format!("`{}` has no parameters of `{model}`; {has}", self.name));
        }
        Ok(())
    }

    /// The model of spend, if there is one that predicts.
    pub(super) fn spend(&self) -> Result<Option<GammaGamma>, String> {
        if !self.has(SPEND) || !self.predicts(SPEND) {
            return Ok(None);
        }
        let model = GammaGamma::from_parameters(of_length(&self.values(SPEND, &gamma_gamma::SYMBOLS)?));
        model.map(Some).map_err(|error| format!("`{}` has no Gamma-Gamma: {error}", self.name))
    }

    /// The model that took its place.
    pub(super) fn substitute(&self, model: &str) -> Result<Option<PurchaseModel>, String> {
        self.must_have(model)?;
        let Some(replaced_by) = &self.replaced_by else { return Ok(None) };
        let mut named = self.rows_of(model).filter_map(|row| text(replaced_by, row));
        let Some(key) = named.next() else { return Ok(None) };
        let unknown = || format!("`{}` names `{key}` in place of `{model}`, which is no model", self.name);
        PurchaseModel::of_key(key).map(Some).ok_or_else(unknown)
    }

    /// The values of these parameters. Each must be there once, and no others.
    pub(super) fn values(&self, model: &str, symbols: &[&str]) -> Result<Vec<f64>, String> {
        let name = self.name;
        let mut values = vec![None; symbols.len()];
        for row in self.rows_of(model).filter(|row| !self.is_coefficient(*row)) {
            let symbol = text(&self.parameters, row).unwrap_or_default();
            let Some(place) = symbols.iter().position(|known| *known == symbol) else {
                // The fit of MBG/NBD says that its waits have one stage.
                if symbol == "k" && model == PurchaseModel::MbgNbd.key() {
                    continue;
                }
                let takes = symbols.join(", ");
                return Err(format!("`{name}` has a parameter `{symbol}` of `{model}`, which takes {takes}"));
            };
            let slot: &mut Option<f64> =
                values.get_mut(place).ok_or_else(|| format!("`{name}` has too many parameters"))?;
            if slot.is_some() {
                return Err(format!(
                    "`{name}` has more than one `{symbol}` of `{model}`: filter it to one fit"
                ));
            }
            *slot = (!self.estimates.is_null(row)).then(|| self.estimates.value(row));
        }
        let missing = |symbol: &str| format!("`{name}` lacks the parameter `{symbol}` of `{model}`");
        symbols.iter().zip(values).map(|(symbol, value)| value.ok_or_else(|| missing(symbol))).collect()
    }

    /// Parameters per week are no parameters per day.
    pub(super) fn check_unit(&self, model: &str, unit_days: f64) -> Result<(), String> {
        let Some(units) = &self.unit_days else { return Ok(()) };
        let mut other = self.rows_of(model).filter(|row| units.is_valid(*row)).map(|row| units.value(row));
        match other.find(|days| days.total_cmp(&unit_days).is_ne()) {
            Some(days) => Err(format!(
                "`unit_days` is {days} in `{}`, but {unit_days} in the step: say `with: {{ unit_days: {days} }}`",
                self.name
            )),
            None => Ok(()),
        }
    }
}

/// A text of a row.
pub(super) fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}
