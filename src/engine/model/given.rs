//! `parameters:`, a table of parameters that were fitted before: with it a model scores customers, and is not
//! fitted. The table has columns of `<step>_fit`: which, is the model's to say.

use arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;

use crate::analysis::clv::Repurchase;
use crate::analysis::clv::fit::Fit;
use crate::analysis::clv::gamma_gamma::{self, GammaGamma};
use crate::analysis::clv::parameters::of_length;
use crate::analysis::clv::purchases::{Kind, Purchases};
use crate::problem::Problem;

use super::table::Wants;
use super::{column, numbers};

/// The columns of a table of parameters.
pub(super) struct Columns {
    /// What the table must have. It is read in the order of these.
    pub(super) needs: &'static [(&'static str, Wants)],
    /// What it may have beside.
    pub(super) heeds: &'static [(&'static str, Wants)],
}

/// Those of the table of a fit with a row a parameter: what may be there is how the fit ended, which model took its place,
/// and days in the unit of time.
pub(super) const A_ROW_A_PARAMETER: Columns = Columns {
    needs: &[("model", Wants::Text), ("parameter", Wants::Text), ("estimate", Wants::Numbers)],
    heeds: &[("status", Wants::Anything), ("replaced_by", Wants::Anything), ("unit_days", Wants::Anything)],
};

/// The name of the model of spend.
pub(super) const SPEND: &str = "gamma_gamma";

impl Columns {
    /// The names of what the table must have.
    pub(super) fn needed(&self) -> Vec<&'static str> {
        self.needs.iter().map(|(name, _)| *name).collect()
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
                let (wants, found) = (wants.words(), field.data_type());
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
    pub(super) kind: Kind,
    /// None where the fit did not converge.
    pub(super) model: Option<Purchases>,
    /// None where its fit did not converge, or it is not in the table.
    pub(super) spend: Option<GammaGamma>,
}

impl Given {
    /// Reads the parameters of a model, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// Parameters of other models, or not all of them, or values with which there is no model.
    pub(super) fn read(kind: Kind, unit_days: f64, name: &str, rows: &RecordBatch) -> Result<Self, String> {
        let table = Table::read(name, rows).map_err(|error| error.to_string())?;
        let mut predicts = kind;
        // No model takes the place of itself, nor of one before it.
        for _ in Kind::ALL {
            let Some(next) = table.substitute(predicts)? else { break };
            predicts = next;
        }
        let model = if table.predicts(predicts.key()) {
            let values = table.values(predicts.key(), predicts.symbols())?;
            table.check_unit(predicts, unit_days)?;
            let model = predicts.with_parameters(&values, unit_days);
            Some(model.map_err(|error| format!("`{name}` has no {}: {error}", predicts.title()))?)
        } else {
            None
        };
        let spend = if table.has(SPEND) && table.predicts(SPEND) {
            let values = table.values(SPEND, &gamma_gamma::SYMBOLS)?;
            let model = GammaGamma::from_parameters(of_length(&values));
            Some(model.map_err(|error| format!("`{name}` has no Gamma-Gamma: {error}"))?)
        } else {
            None
        };
        Ok(Self { kind: predicts, model, spend })
    }

    /// The record of purchases, as of a fit.
    pub(super) fn purchases(&self, customers: usize, cells: usize) -> Fit<Purchases> {
        let symbols = self.kind.symbols();
        let values = self.model.iter().flat_map(Repurchase::parameters);
        Fit::given(self.model, values.filter(|(name, _)| symbols.contains(name)), customers, cells)
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
    given: &super::Read,
    model: &str,
    symbols: &[&str],
) -> Result<Option<Vec<f64>>, String> {
    let table = Table::read(&given.name, &given.rows).map_err(|error| error.to_string())?;
    table.must_have(model)?;
    if table.predicts(model) { table.values(model, symbols).map(Some) } else { Ok(None) }
}

/// Whether a table has parameters of a model.
pub(super) fn has(given: &super::Read, model: &str) -> bool {
    Table::read(&given.name, &given.rows).is_ok_and(|table| table.has(model))
}

/// The columns of a table of parameters.
struct Table<'a> {
    name: &'a str,
    models: StringArray,
    parameters: StringArray,
    estimates: Float64Array,
    status: Option<StringArray>,
    replaced_by: Option<StringArray>,
    unit_days: Option<Float64Array>,
}

impl<'a> Table<'a> {
    fn read(name: &'a str, rows: &RecordBatch) -> Result<Self, ArrowError> {
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
        })
    }

    fn rows_of<'b>(&'b self, model: &'b str) -> impl Iterator<Item = usize> + 'b {
        (0..self.models.len()).filter(move |row| text(&self.models, *row) == Some(model))
    }

    fn has(&self, model: &str) -> bool {
        self.rows_of(model).next().is_some()
    }

    /// Whether its parameters are those of a fit that predicts; where nothing is said of that, they are.
    fn predicts(&self, model: &str) -> bool {
        let Some(status) = &self.status else { return true };
        self.rows_of(model)
            .all(|row| matches!(text(status, row), None | Some("converged" | "limit" | "given")))
    }

    fn must_have(&self, model: &str) -> Result<(), String> {
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

    /// The model that took its place.
    fn substitute(&self, kind: Kind) -> Result<Option<Kind>, String> {
        self.must_have(kind.key())?;
        let Some(replaced_by) = &self.replaced_by else { return Ok(None) };
        let mut named = self.rows_of(kind.key()).filter_map(|row| text(replaced_by, row));
        let Some(key) = named.next() else { return Ok(None) };
        let unknown =
            || format!("`{}` names `{key}` in place of `{}`, which is no model", self.name, kind.key());
        Kind::of_key(key).map(Some).ok_or_else(unknown)
    }

    /// The values of these parameters, each of which must be there once, and no others.
    fn values(&self, model: &str, symbols: &[&str]) -> Result<Vec<f64>, String> {
        let name = self.name;
        let mut values = vec![None; symbols.len()];
        for row in self.rows_of(model) {
            let symbol = text(&self.parameters, row).unwrap_or_default();
            let Some(place) = symbols.iter().position(|known| *known == symbol) else {
                // The fit of MBG/NBD says that its waits have one stage.
                if symbol == "k" && model == Kind::MbgNbd.key() {
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
    fn check_unit(&self, kind: Kind, unit_days: f64) -> Result<(), String> {
        let Some(units) = &self.unit_days else { return Ok(()) };
        let mut other =
            self.rows_of(kind.key()).filter(|row| units.is_valid(*row)).map(|row| units.value(row));
        match other.find(|days| days.total_cmp(&unit_days).is_ne()) {
            Some(days) => Err(format!(
                "`unit_days` is {days} in `{}`, but {unit_days} in the step: say `with: {{ unit_days: {days} }}`",
                self.name
            )),
            None => Ok(()),
        }
    }
}

fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}
