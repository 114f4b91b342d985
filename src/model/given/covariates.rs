//! The coefficients of covariates among parameters that are given.

use arrow::array::{Array, Float64Array, RecordBatch};

use crate::analysis::clv::covariates::{Acting, Family, Process, WithCovariates};
use crate::analysis::clv::parameters::{ParameterError, of_length};

use super::super::columns::numbers;
use super::super::covariate::{Covariate, Level};
use super::super::record::SPREAD;
use super::table::{Table, text};

/// A model with covariates, as it was fitted before.
pub struct GivenCovariates {
    family: Family,
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
    /// From a table, with time in units of `unit_days` days.
    ///
    /// # Errors
    /// Parameters or coefficients that are not all there, are there twice, or give no model.
    pub(super) fn read(
        family: Family,
        unit_days: f64,
        table: &Table<'_>,
        rows: &RecordBatch,
    ) -> Result<Self, String> {
        let effects = table.effects(family.key(), rows)?;
        let values = table.values(family.key(), family.kind().symbols())?;
        table.check_unit(family.key(), unit_days)?;
        let given = Self { family, at_centre: of_length(&values), unit_days, effects };
        given.model().map_err(|error| format!("`{}` has no {}: {error}", table.name, family.title()))?;
        Ok(given)
    }

    /// Puts them in the order of a fit to a table of these columns: the same sums then have the same bits.
    pub fn sort_by(&mut self, columns: &[String]) {
        self.effects.sort_by_cached_key(|GivenEffect { covariate: Covariate { column, level }, .. }| {
            let place = columns.iter().position(|name| name == column).unwrap_or(columns.len());
            (place, column.clone(), level.as_ref().map(|level| level.name.clone()))
        });
    }

    /// The covariates, each with its mean over the customers of the fit.
    pub fn covariates(&self) -> Vec<(Covariate, f64)> {
        self.effects.iter().map(|effect| (effect.covariate.clone(), effect.mean)).collect()
    }

    /// The model of rows of these covariates.
    ///
    /// # Errors
    /// Parameters that give no model.
    pub fn model(&self) -> Result<WithCovariates, ParameterError> {
        let acting = self.effects.iter().enumerate().map(|(place, effect)| Acting {
            place,
            centre: effect.mean,
            scale: effect.sd,
            gammas: effect.gammas.map(Option::unwrap_or_default),
        });
        WithCovariates::new(self.family, self.at_centre, self.effects.len(), acting.collect(), self.unit_days)
    }
}

impl Table<'_> {
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
}
