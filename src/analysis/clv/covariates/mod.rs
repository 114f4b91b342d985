//! Covariates: what is known of customers besides their purchases, such as the channel or the region they came by.
//!
//! Fader, P. S. and B. G. S. Hardie (2007), "Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD
//! Models", note 019 on brucehardie.com.
//!
//! Customer i has a row z of covariates that do not change with time. They shift the distributions from which the
//! customer's own rates come, each process with coefficients of its own:
//!
//! - purchases of both models: αᵢ = α₀ exp(−γ₁'z), so that the mean rate r/αᵢ is multiplied by e^γ₁ for one unit more;
//! - dropout of Pareto/NBD: βᵢ = β₀ exp(−γ₂'z), which does the same for the dropout rate s/βᵢ;
//! - dropout of BG/NBD: aᵢ = a₀ exp(γ₂'z), with b the same for all. The note lets b vary as well, with a third set of
//!   coefficients, which is this where these are 0. Two sets for one process cannot be read: they differ in the mean
//!   dropout and in how equal customers are at once. With a alone, the odds aᵢ/(b+j) of dropping out at a repeat purchase
//!   with j of them behind are multiplied by e^γ₂, whatever j is. (One set for a and b together, as some software has it,
//!   leaves the mean dropout a/(a+b) as it was.)
//!
//! Given z a customer has a plain model with αᵢ and βᵢ or aᵢ, and all forecasts are its own ([`WithCovariates::of`]).
//!
//! The search runs over standardised covariates; results are on the scale of the columns as given.

mod design;
mod ending;
mod kernel;
mod objective;
mod patterns;
mod search;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use std::fmt;
use std::marker::PhantomData;

pub use design::{LeftOut, Redundant};
pub use ending::{Ending, Process};
pub use patterns::{Column, ColumnError, Patterns};

use design::Standard;
use kernel::Entry;
use search::fit_with;

use super::Repurchase;
use super::bg_nbd::BgNbd;
use super::fit::{self, Estimate};
use super::parameters::ParameterError;
use super::pareto_nbd::ParetoNbd;
use super::purchases::Kind;

/// A model of purchases that covariates can be fitted with.
pub trait Model: Repurchase + Clone + PartialEq + fmt::Debug {
    /// Its name.
    const KIND: Kind;

    /// The model of these parameters, in the order of [`Repurchase::parameters`].
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0.
    fn from_values(values: [f64; 4], unit_days: f64) -> Result<Self, ParameterError>;

    /// Fits it with covariates by maximum likelihood, and without them.
    fn fit_with(patterns: &Patterns<'_>) -> Fit<Self>;
}

impl Model for BgNbd {
    const KIND: Kind = Kind::BgNbd;

    fn from_values(values: [f64; 4], unit_days: f64) -> Result<Self, ParameterError> {
        Self::from_parameters(values, unit_days)
    }

    fn fit_with(patterns: &Patterns<'_>) -> Fit<Self> {
        fit_with(patterns)
    }
}

impl Model for ParetoNbd {
    const KIND: Kind = Kind::ParetoNbd;

    fn from_values(values: [f64; 4], unit_days: f64) -> Result<Self, ParameterError> {
        Self::from_parameters(values, unit_days)
    }

    fn fit_with(patterns: &Patterns<'_>) -> Fit<Self> {
        fit_with(patterns)
    }
}

/// What one covariate does to one process, on the scale of the column as given.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The covariate.
    pub covariate: String,
    /// What it acts upon.
    pub process: Process,
    /// γ: for one unit more of the covariate, all others equal, the purchase rate or the dropout rate is multiplied by
    /// e^γ; for BG/NBD's dropout, the odds of leaving at a repeat purchase are.
    pub coefficient: f64,
    /// Its standard error; `None` unless the fit converged.
    pub standard_error: Option<f64>,
    /// The covariate's mean over customers.
    pub mean: f64,
    /// Its standard deviation over customers.
    pub sd: f64,
}

impl Effect {
    /// e^γ: the factor for one unit more.
    pub fn factor(&self) -> f64 {
        libm::exp(self.coefficient)
    }

    /// The 95 % interval of that factor, by the normal approximation to γ.
    pub fn factor_interval(&self) -> Option<[f64; 2]> {
        let reach = 1.959_963_984_540_054 * self.standard_error?;
        Some([libm::exp(self.coefficient - reach), libm::exp(self.coefficient + reach)])
    }

    /// γ in standard errors.
    pub fn z(&self) -> Option<f64> {
        Some(self.coefficient / self.standard_error?)
    }

    /// The probability of a |z| as large or larger where the covariate has no such effect (Wald 1943).
    pub fn p_value(&self) -> Option<f64> {
        Some(libm::erfc(self.z()?.abs() * std::f64::consts::FRAC_1_SQRT_2))
    }
}

/// Whether the covariates together tell more than chance would: twice the gain in log-likelihood over the model without
/// them, which is χ² where they tell nothing (Wilks 1938).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikelihoodRatio {
    /// Twice the gain, 0 or more.
    pub statistic: f64,
    /// How many coefficients there are.
    pub degrees: u32,
    /// The probability of so large a gain by chance.
    pub p_value: f64,
}

/// The record of one fit with covariates.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit<M> {
    /// How it ended.
    pub ending: Ending,
    /// The fit without covariates.
    pub without: fit::Fit<M>,
    /// Covariates that tell nothing of their own and were left out.
    pub left_out: Vec<LeftOut>,
    /// The last parameters of a customer whose covariates are all 0 (α₀, β₀, a₀; r, s and b are the same for all); empty
    /// where the fit never began. Where 0 is far from all customers they say little, and may be beyond all numbers.
    pub estimates: Vec<Estimate>,
    /// The same of a customer with the mean of each covariate, which compare with those of the fit without covariates.
    pub at_means: Vec<Estimate>,
    /// The last coefficients, covariate after covariate, each for purchases and for dropout; empty where the fit never
    /// began.
    pub effects: Vec<Effect>,
    /// The log-likelihood there; `None` where the fit never began.
    pub log_likelihood: Option<f64>,
    /// The test against the fit without covariates; `None` unless both converged.
    pub test: Option<LikelihoodRatio>,
    /// Customers in the fit.
    pub customers: f64,
    /// Distinct cells, of customers with one history and one row of covariates.
    pub cells: usize,
    /// Distinct rows of covariates.
    pub patterns: usize,
    /// Evaluations of likelihood, gradient and Hessian, without those of the fit without covariates.
    pub iterations: u32,
    model: Option<WithCovariates<M>>,
}

impl<M: Model> Fit<M> {
    /// The model for forecasts: there is one only where the fit converged.
    pub fn model(&self) -> Option<&WithCovariates<M>> {
        self.model.as_ref()
    }

    /// The model without covariates, by name, where it predicts in place of the one with them. That may have no fit
    /// either: then see [`Fit::without`].
    pub fn replaced_by(&self) -> Option<Kind> {
        (self.model.is_none() && self.without.model().is_some()).then_some(M::KIND)
    }

    /// The plain model that predicts for a customer with these covariates, in the order of [`Patterns::names`]: that of
    /// everybody where the fit with covariates did not converge. `None` where the fit without them did not either.
    ///
    /// # Errors
    /// [`RowError`], if covariates are used.
    pub fn of(&self, row: &[f64]) -> Result<Option<M>, RowError> {
        match &self.model {
            Some(model) => model.of(row).map(Some),
            None => Ok(self.without.model().cloned()),
        }
    }
}

/// A row of covariates for which there is no model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RowError {
    /// There are more or fewer values than covariates.
    Length {
        /// How many values there are.
        values: usize,
        /// How many covariates.
        covariates: usize,
    },
    /// With these values, which are far from those of the fit or no numbers, a parameter is none.
    Parameter(ParameterError),
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { values, covariates } => {
                write!(f, "{values} values for {covariates} covariates")
            }
            Self::Parameter(error) => write!(f, "too far from the covariates of the fit: {error}"),
        }
    }
}

impl std::error::Error for RowError {}

/// A fitted model with covariates: it gives each customer a plain model.
#[derive(Debug, Clone, PartialEq)]
pub struct WithCovariates<M> {
    covariates: usize,
    /// The logarithms of the parameters where all covariates have their means.
    theta: [f64; 4],
    entries: [Entry; 2],
    /// The covariates with their coefficients on the scale given.
    columns: Vec<(Standard, [f64; 2])>,
    unit_days: f64,
    model: PhantomData<M>,
}

impl<M: Model> WithCovariates<M> {
    /// The plain model of a customer with these covariates, in the order of [`Patterns::names`], those left out
    /// included.
    ///
    /// # Errors
    /// [`RowError`]: not as many values as covariates, or such as leave no finite parameter.
    pub fn of(&self, row: &[f64]) -> Result<M, RowError> {
        if row.len() != self.covariates {
            return Err(RowError::Length { values: row.len(), covariates: self.covariates });
        }
        let mut theta = self.theta;
        for (process, (place, sign)) in self.entries.into_iter().enumerate() {
            let effect =
                |(column, gammas): &(Standard, [f64; 2])| gammas[process] * (row[column.place] - column.mean);
            theta[place] += sign * self.columns.iter().map(effect).sum::<f64>();
        }
        M::from_values(theta.map(libm::exp), self.unit_days).map_err(RowError::Parameter)
    }

    /// The plain model of a customer with the mean of each covariate.
    ///
    /// # Errors
    /// [`RowError`], if there a parameter is no number: the limits of the search do not let it come to that.
    pub fn of_mean(&self) -> Result<M, RowError> {
        M::from_values(self.theta.map(libm::exp), self.unit_days).map_err(RowError::Parameter)
    }
}
