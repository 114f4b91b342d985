//! `parameters:`, a table of parameters that were fitted before: with it a model scores customers, and is not
//! fitted. The table has columns of `<step>_fit`: which, is the model's to say.

use arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;

use crate::analysis::clv::Repurchase;
use crate::analysis::clv::cell::Cells;
use crate::analysis::clv::covariates::{Acting, Family, Process, WithCovariates};
use crate::analysis::clv::fit::Fit;
use crate::analysis::clv::gamma_gamma::{self, GammaGamma};
use crate::analysis::clv::parameters::{ParameterError, of_length};
use crate::analysis::clv::purchases::{Chain, Kind, Purchases};
use crate::problem::Problem;

use super::record::{COVARIATE, SPREAD};
use super::table::Wants;
use super::value::{Covariate, Level};
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

/// Those of a fit with covariates: a coefficient's row says what it is of, too.
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
    /// What takes the place of that for customers of known covariates.
    pub(super) with: Option<GivenCovariates>,
    /// None where its fit did not converge, or it is not in the table.
    pub(super) spend: Option<GammaGamma>,
}

/// A model with covariates, as it was fitted before.
pub(super) struct GivenCovariates {
    pub(super) family: Family,
    at_centre: [f64; 4],
    unit_days: f64,
    effects: Vec<GivenEffect>,
}

/// What a covariate does.
struct GivenEffect {
    covariate: Covariate,
    mean: f64,
    sd: f64,
    gammas: [Option<f64>; 2],
}

impl GivenCovariates {
    /// Puts them in the order in which a fit to a table of these columns has them: the same sums then have the same bits.
    pub(super) fn sort_by(&mut self, columns: &[String]) {
        self.effects.sort_by_cached_key(|GivenEffect { covariate: Covariate { column, level }, .. }| {
            let place = columns.iter().position(|name| name == column).unwrap_or(columns.len());
            (place, column.clone(), level.as_ref().map(|level| level.name.clone()))
        });
    }

    /// The covariates, each with its mean over the customers of the fit.
    pub(super) fn covariates(&self) -> Vec<(Covariate, f64)> {
        self.effects.iter().map(|effect| (effect.covariate.clone(), effect.mean)).collect()
    }

    /// The model of rows of these covariates.
    ///
    /// # Errors
    /// Parameters with which there is none.
    pub(super) fn model(&self) -> Result<WithCovariates, ParameterError> {
        let acting = self.effects.iter().enumerate().map(|(place, effect)| Acting {
            place,
            centre: effect.mean,
            scale: effect.sd,
            gammas: effect.gammas.map(Option::unwrap_or_default),
        });
        WithCovariates::new(self.family, self.at_centre, self.effects.len(), acting.collect(), self.unit_days)
    }
}

impl Given {
    /// Reads the parameters of a model, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// Parameters of other models, or not all of them, or values with which there is no model.
    pub(super) fn read(kind: Kind, unit_days: f64, name: &str, rows: &RecordBatch) -> Result<Self, String> {
        let table = Table::read(name, rows).map_err(|error| error.to_string())?;
        Self::of(&table, kind, unit_days, name)
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
                Some(kind) => Self::of(&table, kind, unit_days, name),
                None => Ok(Self { kind: family.kind(), model: None, with: None, spend: table.spend()? }),
            };
        }
        let effects = table.effects(family.key(), rows)?;
        let values = table.values(family.key(), family.kind().symbols())?;
        table.check_unit(family.key(), unit_days)?;
        let with = GivenCovariates { family, at_centre: of_length(&values), unit_days, effects };
        with.model().map_err(|error| format!("`{name}` has no {}: {error}", family.title()))?;
        Ok(Self { kind: family.kind(), model: None, with: Some(with), spend: table.spend()? })
    }

    fn of(table: &Table<'_>, kind: Kind, unit_days: f64, name: &str) -> Result<Self, String> {
        let mut predicts = kind;
        // No model takes the place of itself, nor of one before it.
        for _ in Kind::ALL {
            let Some(next) = table.substitute(predicts.key())? else { break };
            predicts = next;
        }
        let model = if table.predicts(predicts.key()) {
            let values = table.values(predicts.key(), predicts.symbols())?;
            table.check_unit(predicts.key(), unit_days)?;
            let model = predicts.with_parameters(&values, unit_days);
            Some(model.map_err(|error| format!("`{name}` has no {}: {error}", predicts.title()))?)
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
    covariates: Option<[StringArray; 3]>,
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
            covariates: if COVARIATE.iter().all(|name| has(name)) {
                let [column, level, base] = COVARIATE.map(texts);
                Some([column?, level?, base?])
            } else {
                None
            },
        })
    }

    fn rows_of<'b>(&'b self, model: &'b str) -> impl Iterator<Item = usize> + 'b {
        (0..self.models.len()).filter(move |row| text(&self.models, *row) == Some(model))
    }

    /// Whether a row is of a covariate.
    fn is_coefficient(&self, row: usize) -> bool {
        self.covariates.as_ref().is_some_and(|[column, ..]| column.is_valid(row))
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

    /// The model of spend, if there is one that predicts.
    fn spend(&self) -> Result<Option<GammaGamma>, String> {
        if !self.has(SPEND) || !self.predicts(SPEND) {
            return Ok(None);
        }
        let model = GammaGamma::from_parameters(of_length(&self.values(SPEND, &gamma_gamma::SYMBOLS)?));
        model.map(Some).map_err(|error| format!("`{}` has no Gamma-Gamma: {error}", self.name))
    }

    /// What each covariate does by a model, in the order of the table.
    fn effects(&self, model: &str, rows: &RecordBatch) -> Result<Vec<GivenEffect>, String> {
        let columns = self.covariates.as_ref().ok_or("the parameters lost their covariates")?;
        let [mean, sd] = SPREAD.map(|name| numbers(rows, name).ok());
        let figure = |numbers: &Option<Float64Array>, row: usize| {
            let numbers = numbers.as_ref().filter(|numbers| numbers.is_valid(row))?;
            Some(numbers.value(row)).filter(|value| value.is_finite())
        };
        let mut effects: Vec<GivenEffect> = Vec::new();
        for row in self.rows_of(model) {
            let [column, level, base] = columns.each_ref().map(|texts| text(texts, row));
            let Some(column) = column else { continue };
            let level = level.zip(base).map(|(name, base)| Level { name: name.into(), base: base.into() });
            let covariate = Covariate { column: column.to_owned(), level };
            let (said, symbol) = (covariate.name(), text(&self.parameters, row).unwrap_or_default());
            let Some(process) = Process::ALL.into_iter().find(|process| process.key() == symbol) else {
                let processes = Process::ALL.map(Process::key).join(" and ");
                return Err(format!(
                    "`{}` has a coefficient `{symbol}` of {said}; there are those for {processes}",
                    self.name
                ));
            };
            let place = effects.iter().position(|effect| effect.covariate == covariate);
            let place = place.unwrap_or_else(|| {
                let (mean, sd) = (figure(&mean, row), figure(&sd, row).unwrap_or(f64::NAN));
                let mean = mean.unwrap_or(f64::NAN);
                effects.push(GivenEffect { covariate, mean, sd, gammas: [None; 2] });
                effects.len() - 1
            });
            let estimate = (!self.estimates.is_null(row)).then(|| self.estimates.value(row));
            let Some(effect) = effects.get_mut(place) else { continue };
            if effect.gammas[process as usize].is_some() {
                return Err(format!(
                    "`{}` has more than one coefficient of {said} for {symbol}: filter it to one fit",
                    self.name
                ));
            }
            effect.gammas[process as usize] = estimate.filter(|estimate| estimate.is_finite());
        }
        for effect in &effects {
            let said = effect.covariate.name();
            if effect.mean.is_nan() {
                return Err(format!("`{}` has no `{}` of {said}", self.name, SPREAD[0]));
            }
            for process in Process::ALL {
                if effect.gammas[process as usize].is_none() {
                    return Err(format!(
                        "`{}` lacks the coefficient of {said} for {}",
                        self.name,
                        process.key()
                    ));
                }
            }
        }
        Ok(effects)
    }

    /// The model that took its place.
    fn substitute(&self, model: &str) -> Result<Option<Kind>, String> {
        self.must_have(model)?;
        let Some(replaced_by) = &self.replaced_by else { return Ok(None) };
        let mut named = self.rows_of(model).filter_map(|row| text(replaced_by, row));
        let Some(key) = named.next() else { return Ok(None) };
        let unknown = || format!("`{}` names `{key}` in place of `{model}`, which is no model", self.name);
        Kind::of_key(key).map(Some).ok_or_else(unknown)
    }

    /// The values of these parameters, each of which must be there once, and no others.
    fn values(&self, model: &str, symbols: &[&str]) -> Result<Vec<f64>, String> {
        let name = self.name;
        let mut values = vec![None; symbols.len()];
        for row in self.rows_of(model).filter(|row| !self.is_coefficient(*row)) {
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
    fn check_unit(&self, model: &str, unit_days: f64) -> Result<(), String> {
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

fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}
