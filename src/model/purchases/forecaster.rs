//! The forecaster of purchases: models or a rule, for cells of equal customers or for each customer.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use crate::analysis::clv::cell::{Cell, Cells};
use crate::analysis::clv::contest::{Contender, Rule};
use crate::analysis::clv::covariates::{self, Family, Patterns};
use crate::analysis::clv::fit::{Ending, Fit};
use crate::analysis::clv::gamma_gamma::GammaGamma;
use crate::analysis::clv::population::Population;
use crate::analysis::clv::purchases::{Chain, PurchaseModel};
use crate::analysis::clv::uncertainty::{self, NoSpread, Spend, Totals};
use crate::analysis::clv::value::{Discounting, Scores, ValueError};
use crate::problem::counted;

use super::super::covariate::Covariate;
use super::super::given::Given;
use super::super::record::{AT_LIMIT, Ended, Record, SPEND};
use super::covariates::{Known, effects};
use super::customers::Customers;
use super::message;

/// The forecaster of purchases, with its customers.
pub(super) struct Forecaster {
    by: By,
    of: Of,
}

enum By {
    /// Models: with covariates, if these were asked for, and without. First the one asked for or tried in its place,
    /// then simpler ones until one predicts.
    Models { with: Option<Box<WithCovariates>>, chain: Chain },
    /// A rule.
    Rule(Rule),
}

/// A fit with covariates.
struct WithCovariates {
    fit: covariates::Fit,
    /// Those of a row.
    covariates: Vec<Covariate>,
}

/// What a forecast is for.
enum Of {
    /// A cell, with all of its customers.
    Cells(Cells),
    /// The same, of customers with the same covariates.
    Patterns(Patterns),
    /// One customer.
    Customers,
}

impl Of {
    /// The cells, and that of each customer with a purchase day.
    fn cells(&self) -> Option<(&[Cell], &[u32])> {
        match self {
            Self::Cells(cells) => Some((cells.cells(), cells.cell_of())),
            Self::Patterns(patterns) => Some((patterns.cells(), patterns.cell_of())),
            Self::Customers => None,
        }
    }
}

impl Forecaster {
    /// A model, fitted on the customers' cells or given.
    ///
    /// # Errors
    /// A history that is impossible.
    pub fn of_model(
        kind: PurchaseModel,
        given: Option<&Given>,
        customers: &Customers,
        unit_days: f64,
    ) -> Result<Self, String> {
        let cells = Cells::collapse(&customers.histories, unit_days).map_err(message)?;
        let chain = match given {
            None => Chain::fit(kind, &cells, customers.sum_ln_gaps(unit_days)),
            Some(given) => given.chain(&cells),
        };
        Ok(Self { by: By::Models { with: None, chain }, of: Of::Cells(cells) })
    }

    /// A model with covariates, and the one without where it does not predict.
    ///
    /// # Errors
    /// A history or a covariate that is impossible; parameters that give a customer no model.
    pub fn with_covariates(
        family: Family,
        given: Option<&Given>,
        customers: &Customers,
        known: &Known,
        unit_days: f64,
    ) -> Result<Self, String> {
        let cells = Cells::collapse(&customers.histories, unit_days).map_err(message)?;
        let (fit, chain, patterns) = match given {
            None => {
                let patterns = known.patterns(cells)?;
                let fit = family.fit(&patterns);
                let chain = Chain::after(family.kind(), fit.without.clone(), patterns.plain(), 0.0);
                (Some(fit), chain, patterns)
            }
            Some(given) => match &given.with {
                Some(with) => {
                    let patterns = known.patterns(cells)?;
                    let fit = covariates::Fit::given(with.model().map_err(message)?, &patterns);
                    (Some(fit), Chain { tried: Vec::new() }, patterns)
                }
                None => {
                    let by = By::Models { with: None, chain: given.chain(&cells) };
                    return Ok(Self { by, of: Of::Cells(cells) });
                }
            },
        };
        let predicts = fit.as_ref().is_some_and(|fit| fit.model().is_some());
        let with = fit.map(|fit| Box::new(WithCovariates { fit, covariates: known.covariates.clone() }));
        let of = if predicts { Of::Patterns(patterns) } else { Of::Cells(patterns.into_plain()) };
        Ok(Self { by: By::Models { with, chain }, of })
    }

    /// A rule, under which customers go on at their rates.
    pub fn of_rule(rule: Rule) -> Self {
        Self { by: By::Rule(rule), of: Of::Customers }
    }

    /// The customers with the models that predict for them; none where no model can, or a rule does.
    ///
    /// # Errors
    /// A customer with covariates that leave no model.
    pub fn population(&self) -> Result<Option<Population<'_>>, String> {
        match (&self.by, &self.of) {
            (By::Models { with: Some(with), .. }, Of::Patterns(patterns)) => {
                Population::with_covariates(&with.fit, patterns).map_err(message)
            }
            (By::Models { chain, .. }, Of::Cells(cells)) => {
                Ok(chain.fitted().and_then(|fit| Population::fitted(fit, cells)))
            }
            _ => Ok(None),
        }
    }

    /// The forecasts of all customers; none if nothing can predict.
    ///
    /// # Errors
    /// A horizon that has no meaning.
    pub fn scores(
        &self,
        population: Option<&Population<'_>>,
        customers: &Customers,
        horizons: &[f64],
        terms: Discounting,
    ) -> Result<Option<Scores>, ValueError> {
        match &self.by {
            By::Models { .. } => {
                population.map(|population| Scores::compute(population, horizons, terms)).transpose()
            }
            By::Rule(rule) => {
                let rates = customers.histories.iter().zip(&customers.recent);
                let rates = rates.map(|(of, recent)| rule.forecast(of, recent.days, recent.of_days, 1.0));
                Scores::at_rates(rates, horizons, terms).map(Some)
            }
        }
    }

    /// The place of the forecast of a customer with a purchase day, by their number.
    pub fn score_of(&self, customer: usize) -> u32 {
        let place = match self.of.cells() {
            Some((_, cell_of)) => cell_of.get(customer).copied(),
            None => u32::try_from(customer).ok(),
        };
        // No forecast has this place.
        place.unwrap_or(u32::MAX)
    }

    /// What the customers of each cell spend, where a model knows.
    pub fn spent(&self, customers: &Customers, spend: &Fit<GammaGamma>) -> Option<Spend> {
        let (cells, cell_of) = self.of.cells()?;
        Spend::new(spend, cells, cell_of, customers.known().map(|(_, mean)| mean))
    }

    /// How sure the totals are by the model alone; otherwise the key of the reason.
    pub fn totals(
        &self,
        population: Option<&Population<'_>>,
        scores: Option<&Scores>,
        spent: Option<&Spend>,
        asked: uncertainty::Asked<'_>,
    ) -> Result<Totals, &'static str> {
        if matches!(self.by, By::Rule(_)) {
            return Err("rule");
        }
        let (population, scores) = population.zip(scores).ok_or("no_model")?;
        if population.covariance().is_none() {
            return Err("given");
        }
        Totals::of(population, scores, asked, spent).map_err(NoSpread::key)
    }

    /// `<step>_effects`, where covariates were asked for.
    pub fn effects(&self) -> Result<Option<RecordBatch>, ArrowError> {
        match &self.by {
            By::Models { with: Some(with), .. } => effects(&with.fit, &with.covariates).map(Some),
            By::Models { with: None, .. } | By::Rule(_) => Ok(None),
        }
    }

    /// What a reader of the log should know of the fits.
    pub fn remarks(&self, customers: &Customers, spend: &Ending) -> Vec<String> {
        let mut remarks = Vec::new();
        let tried = match &self.by {
            By::Models { with: Some(with), chain } => {
                remarks.extend(with.fit.left_out.iter().map(ToString::to_string));
                if with.fit.model().is_some() {
                    &[]
                } else {
                    let instead = match with.fit.replaced_by() {
                        Some(kind) => format!("{} without them predicts", kind.title()),
                        None => format!("{} was tried without them", with.fit.family.kind().title()),
                    };
                    remarks.push(format!("covariates: {}; {instead}", with.fit.ending));
                    chain.tried.as_slice()
                }
            }
            By::Models { with: None, chain } => chain.tried.as_slice(),
            By::Rule(rule) => {
                let key = Contender::Rule(*rule).key();
                remarks.push(format!(
                    "purchases are predicted by the rule {key}, as no model was as good on the past"
                ));
                &[]
            }
        };
        for (place, (kind, fit)) in tried.iter().enumerate() {
            if matches!(fit.ending, Ending::Converged | Ending::Given) {
                continue;
            }
            let instead = match tried.get(place + 1) {
                Some((PurchaseModel::Nbd, _)) => "; NBD, which knows no dropout, takes its place".to_owned(),
                Some((simpler, _)) => format!("; the simpler {} takes its place", simpler.title()),
                None if fit.ending.predicts() => format!("; {AT_LIMIT}"),
                None => "; there are no predictions".to_owned(),
            };
            remarks.push(format!("{}: {}{instead}", kind.title(), fit.ending));
        }
        if !matches!(spend, Ending::Converged | Ending::Given) {
            let then = if spend.predicts() { AT_LIMIT } else { "there are no predictions of spend or value" };
            remarks.push(format!("Gamma-Gamma: {spend}; {then}"));
        }
        let (none, unpaid) = (customers.without_purchase(), customers.without_positive_spend());
        if none > 0 {
            let customers = counted(none as u64, "customer");
            let have = if none == 1 { "has" } else { "have" };
            remarks.push(format!("{customers} without a purchase day {have} no prediction"));
        }
        if unpaid > 0 {
            let customers = counted(unpaid as u64, "repeat customer");
            let are = if unpaid == 1 { "is" } else { "are" };
            remarks.push(format!("{customers} with a mean spend of 0 or less {are} left out of Gamma-Gamma"));
        }
        remarks
    }

    /// `<step>_fit`, with the columns of one of [`Record`]'s schemas.
    pub fn fits(
        &self,
        customers: &Customers,
        spend: &Fit<GammaGamma>,
        unit_days: f64,
        schema: SchemaRef,
    ) -> Result<RecordBatch, ArrowError> {
        let mut record = Record::default();
        match &self.by {
            By::Models { with, chain } => {
                if let Some(with) = with {
                    let simpler = chain.tried.first().filter(|_| with.fit.model().is_none());
                    let ended = Ended::with_covariates(&with.fit, &with.covariates);
                    record.add(
                        with.fit.family.key(),
                        ended,
                        simpler.map(|(kind, _)| kind.key()),
                        Some(unit_days),
                    );
                }
                for (place, (kind, fit)) in chain.tried.iter().enumerate() {
                    let simpler = chain.tried.get(place + 1).map(|(simpler, _)| simpler.key());
                    record.add(kind.key(), fit, simpler, Some(unit_days));
                }
            }
            By::Rule(rule) => {
                let ended = Ended::rule(customers.histories.len());
                record.add(Contender::Rule(*rule).key(), ended, None, None);
            }
        }
        record.add(SPEND, spend, None, None);
        record.table_of(schema)
    }
}
