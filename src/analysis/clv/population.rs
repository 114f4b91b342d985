//! Customers in cells, with the model that predicts each: one for all of them, or one for each row of covariates.
//!
//! Forecasts and their uncertainty need only this: the model of a cell's customers, and how it changes with the
//! uncertainty of a fit ([`Population::shifted`], [`Population::covariance`]).

use std::ops::Range;

use nalgebra::DMatrix;

use super::Repurchase;
use super::cell::{Cell, Cells};
use super::covariates::{Fit as CovariatesFit, Patterns, RowError, WithCovariates};
use super::fit::Fit;
use super::purchases::Purchases;
use super::seasonal::Calendar;
use crate::analysis::special::Sum;

/// All customers, with their models, and the calendar of the days ahead.
#[derive(Debug, Clone)]
pub struct Population<'a> {
    cells: &'a [Cell],
    groups: Vec<Group<'a>>,
    unit_days: f64,
    covariates: Option<&'a WithCovariates>,
    covariance: Option<&'a DMatrix<f64>>,
    calendar: Calendar,
}

/// Cells of customers with one model. Sorted by x, then T, then tₓ.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// The model.
    pub model: Purchases,
    /// Their positions among the cells.
    pub places: Range<usize>,
    /// The covariates of these customers.
    row: &'a [f64],
}

/// Cells of one group with the same x and T: their forecasts differ only in how likely a customer is still there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alike<'a> {
    pub model: &'a Purchases,
    /// The position of the group.
    pub group: usize,
    /// The position of the first cell.
    pub first: usize,
    pub cells: &'a [Cell],
}

impl<'a> Population<'a> {
    /// Customers who all have this exact model, without uncertainty. The cells are sorted by x, then T, then tₓ.
    pub fn of(model: Purchases, cells: &'a [Cell]) -> Self {
        let groups = vec![Group { model, places: 0..cells.len(), row: &[] }];
        Self {
            cells,
            groups,
            unit_days: model.unit_days(),
            covariates: None,
            covariance: None,
            calendar: Calendar::default(),
        }
    }

    /// Customers who all have a fitted model; none if it does not predict.
    pub fn fitted(fit: &'a Fit<Purchases>, cells: &'a Cells) -> Option<Self> {
        Some(Self::of(*fit.model()?, cells.cells()).known_to(fit.covariance()))
    }

    /// Customers with the models of their covariates, with the uncertainty of the fit; none if the fit does not
    /// predict.
    ///
    /// # Errors
    /// [`RowError`] if the covariates of a customer give no model.
    pub fn with_covariates(fit: &'a CovariatesFit, patterns: &'a Patterns) -> Result<Option<Self>, RowError> {
        let Some(model) = fit.model() else { return Ok(None) };
        let group =
            |(row, places): (&'a [f64], Range<usize>)| Ok(Group { model: model.of(row)?, places, row });
        Ok(Some(Self {
            cells: patterns.cells(),
            groups: patterns.iter().map(group).collect::<Result<_, _>>()?,
            unit_days: patterns.plain().unit_days(),
            covariates: Some(model),
            covariance: fit.covariance(),
            calendar: Calendar::default(),
        }))
    }

    /// The same with another covariance for [`Population::shifted`].
    #[must_use]
    pub fn known_to(self, covariance: Option<&'a DMatrix<f64>>) -> Self {
        Self { covariance, ..self }
    }

    /// The same with a season in the days ahead. All forecasts then follow it.
    #[must_use]
    pub fn with_calendar(self, calendar: Calendar) -> Self {
        Self { calendar, ..self }
    }

    /// The mean days that the next `days` days count: what models are asked for.
    pub fn mean_days(&self, days: f64) -> f64 {
        self.calendar.mean_days(days)
    }

    /// All cells, group by group.
    pub fn cells(&self) -> &'a [Cell] {
        self.cells
    }

    /// The groups, in the order of the cells.
    pub fn groups(&self) -> &[Group<'a>] {
        &self.groups
    }

    /// Days in the time unit of cells and models.
    pub fn unit_days(&self) -> f64 {
        self.unit_days
    }

    /// Whether each customer has the model of their own covariates.
    pub(super) fn has_covariates(&self) -> bool {
        self.covariates.is_some()
    }

    /// Customer-days in each past period. The k-th begins `starts_days_ago[k]` days before the end of the observation
    /// and ends where the next begins; the last ends at that end. Descending.
    pub fn exposure(&self, starts_days_ago: &[f64]) -> Vec<f64> {
        let ends = starts_days_ago.iter().skip(1).copied().chain([0.0]);
        let watched = |(start, end): (&f64, f64)| {
            let mut sum = Sum::default();
            for cell in self.cells {
                let tenure = cell.t * self.unit_days;
                sum.add(cell.weight * (tenure.min(*start) - end).max(0.0));
            }
            sum.value()
        };
        starts_days_ago.iter().zip(ends).map(watched).collect()
    }

    /// The covariance of a fit's parameters; none if the parameters were given.
    pub fn covariance(&self) -> Option<&'a DMatrix<f64>> {
        self.covariance
    }

    /// The models of these groups with shifted parameters: the logarithms of the parameters, then the coefficients of
    /// covariates ([`WithCovariates::shifted`]). `None` if a parameter would leave the range of numbers.
    pub fn shifted(&self, groups: &[usize], by: &[f64]) -> Option<Vec<Purchases>> {
        let covariates = self.covariates.map(|covariates| covariates.shifted(by));
        let shifted = |group: &usize| {
            let group = self.groups.get(*group)?;
            match &covariates {
                Some(covariates) => covariates.of(group.row).ok(),
                None => group.model.shifted(by),
            }
        };
        groups.iter().map(shifted).collect()
    }

    /// The cells in runs with the same group, x and T, in their order.
    pub(super) fn alike(&self) -> Vec<Alike<'_>> {
        let mut alike = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            let mut first = group.places.start;
            let cells = self.cells.get(group.places.clone()).unwrap_or_default();
            let same = |left: &Cell, right: &Cell| left.x == right.x && left.t.total_cmp(&right.t).is_eq();
            alike.extend(cells.chunk_by(same).map(|cells| {
                let run = Alike { model: &group.model, group: at, first, cells };
                first += cells.len();
                run
            }));
        }
        alike
    }

    /// The position of the group that contains a cell.
    pub(super) fn group_of(&self, place: usize) -> usize {
        self.groups.partition_point(|group| group.places.end <= place)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::super::bg_nbd::BgNbd;
    use super::super::cell::History;
    use super::super::covariates::{Acting, Column, Family};
    use super::super::nbd::Nbd;
    use super::*;

    /// Few different histories: several customers share x and T.
    fn customers() -> Vec<History> {
        (0..900_u32)
            .map(|i| {
                let x = (i * i / 7) % 6;
                let t_days = 100 + 50 * (i % 5);
                History { x, t_x_days: if x == 0 { 0 } else { 10 + (i * 13) % 90 }, t_days }
            })
            .collect()
    }

    #[test]
    fn one_model_is_that_of_all() {
        let cells = Cells::collapse(&customers(), 7.0).unwrap();
        let model = Purchases::BgNbd(BgNbd::from_parameters([0.8, 6.0, 0.7, 2.4], 7.0).unwrap());
        let population = Population::of(model, cells.cells());
        assert_eq!((population.groups().len(), population.covariance()), (1, None));
        let runs = population.alike();
        assert!(runs.len() < cells.cells().len(), "{}", runs.len());
        let joined: Vec<Cell> = runs.iter().flat_map(|run| run.cells.iter().copied()).collect();
        assert_eq!(joined, cells.cells());
        assert_eq!(population.shifted(&[0], &[]), Some(vec![model]));
        assert_eq!(population.shifted(&[0], &[1e4]), None);
    }

    #[test]
    fn every_row_of_covariates_has_its_model() {
        let customers = customers();
        let age: Vec<f64> = (0..customers.len()).map(|at| f64::from(20 + (at % 11) as u32)).collect();
        let cells = Cells::collapse(&customers, 7.0).unwrap();
        let patterns = Patterns::of(cells, &[Column { name: "age", values: &age }]).unwrap();
        let acting = Acting { place: 0, centre: 24.0, scale: 3.0, gammas: [0.05, -0.02] };
        let model = WithCovariates::new(Family::ParetoNbd, [0.8, 6.0, 0.7, 11.0], 1, vec![acting], 7.0);
        let fit = CovariatesFit::given(model.unwrap(), &patterns);
        let population = Population::with_covariates(&fit, &patterns).unwrap().unwrap();
        assert_eq!(population.groups().len(), 11);
        let mut next = 0;
        for (at, group) in population.groups().iter().enumerate() {
            assert_eq!(group.places.start, next);
            next = group.places.end;
            assert_eq!(group.model, fit.model().unwrap().of(&[20.0 + at as f64]).unwrap());
            for place in group.places.clone() {
                assert_eq!(population.group_of(place), at, "{place}");
            }
        }
        assert_eq!(next, population.cells().len());
        let mut first = 0;
        for run in population.alike() {
            assert_eq!((run.first, run.group), (first, population.group_of(first)));
            assert_eq!(run.model, &population.groups()[run.group].model);
            assert!(run.cells.iter().all(|cell| cell.x == run.cells[0].x));
            first += run.cells.len();
        }
        assert_eq!(first, population.cells().len());
        // The model of the last group moves with its own row.
        let by = [0.1, -0.2, 0.05, 0.0, 0.3, -0.1];
        let moved = fit.model().unwrap().shifted(&by).of(&[30.0]).unwrap();
        assert_eq!(population.shifted(&[10], &by), Some(vec![moved]));
    }

    #[test]
    fn days_that_customers_were_watched() {
        let customers =
            [History { x: 1, t_x_days: 7, t_days: 50 }, History { x: 0, t_x_days: 0, t_days: 20 }];
        let cells = Cells::collapse(&customers, 7.0).unwrap();
        let model = Purchases::Nbd(Nbd::from_parameters([1.0, 1.0], 7.0).unwrap());
        let population = Population::of(model, cells.cells());
        assert_eq!(population.exposure(&[60.0, 30.0, 15.0]), [20.0, 15.0 + 5.0, 30.0]);
    }
}
