//! Covariates: facts about customers besides their purchases, such as the channel or region they came by.
//!
//! Fader, P. S. and B. G. S. Hardie (2007), "Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD
//! Models", note 019 on brucehardie.com.
//!
//! Customer i has a row z of covariates that do not change with time. They shift the distributions of the customer's
//! own rates; each process has its own coefficients:
//!
//! - purchases of both models: αᵢ = α₀ exp(−γ₁'z): for one unit more the mean rate r/αᵢ is multiplied by e^γ₁;
//! - dropout of Pareto/NBD: βᵢ = β₀ exp(−γ₂'z), the same for the dropout rate s/βᵢ;
//! - dropout of BG/NBD: aᵢ = a₀ exp(γ₂'z), with b the same for all. The note lets b vary too, with a third set of
//!   coefficients; if these are 0, it is this model. Two sets for one process cannot be interpreted: together they
//!   change the mean dropout and how equal customers are. With a alone, the odds aᵢ/(b+j) of dropping out at a repeat
//!   purchase, after j of them, are multiplied by e^γ₂ for any j. (One set for a and b together, as in some software,
//!   does not change the mean dropout a/(a+b).)
//!
//! Given z, a customer has a plain model with αᵢ and βᵢ or aᵢ, and all forecasts are those of this model
//! ([`WithCovariates::of`]).
//!
//! The search uses standardised covariates; results are on the scale of the given columns.

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

use nalgebra::DMatrix;

pub use design::{LeftOut, Redundant};
pub use ending::{Ending, Process};
pub use patterns::{Column, ColumnError, Patterns};

use kernel::{Entry, Kernel};
use search::fit_with;

use super::Repurchase;
use super::bg_nbd::BgNbd;
use super::fit::{self, Estimate};
use super::parameters::ParameterError;
use super::pareto_nbd::ParetoNbd;
use super::purchases::{PurchaseModel, Purchases};

/// The purchase models that can be fitted with covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// BG/NBD.
    BgNbd,
    /// Pareto/NBD.
    ParetoNbd,
}

impl Family {
    /// Both.
    pub const ALL: [Self; 2] = [Self::BgNbd, Self::ParetoNbd];

    /// Its stable name, for files and tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::BgNbd => "bg_nbd_covariates",
            Self::ParetoNbd => "pareto_nbd_covariates",
        }
    }

    /// Its name in the literature.
    pub fn title(self) -> &'static str {
        match self {
            Self::BgNbd => "BG/NBD with covariates",
            Self::ParetoNbd => "Pareto/NBD with covariates",
        }
    }

    /// The model without covariates; each customer's own model is of this kind too.
    pub fn kind(self) -> PurchaseModel {
        match self {
            Self::BgNbd => PurchaseModel::BgNbd,
            Self::ParetoNbd => PurchaseModel::ParetoNbd,
        }
    }

    /// Fits it with covariates by maximum likelihood, and without them.
    pub fn fit(self, patterns: &Patterns) -> Fit {
        match self {
            Self::BgNbd => fit_with::<BgNbd>(patterns),
            Self::ParetoNbd => fit_with::<ParetoNbd>(patterns),
        }
    }

    /// Where covariates enter.
    fn entries(self) -> [Entry; 2] {
        match self {
            Self::BgNbd => BgNbd::ENTRIES,
            Self::ParetoNbd => ParetoNbd::ENTRIES,
        }
    }
}

/// The quantities, besides x, that determine the expectation of live customers who differ only in covariates: the
/// logarithms of α + T, and of a in BG/NBD, of β + T in Pareto/NBD.
pub(super) fn paces(model: &Purchases, t: f64) -> [f64; 2] {
    match model {
        Purchases::BgNbd(model) => {
            let [_, alpha, a, _] = values_of(model);
            [libm::log(alpha + t), libm::log(a)]
        }
        Purchases::ParetoNbd(model) => {
            let [_, alpha, _, beta] = values_of(model);
            [libm::log(alpha + t), libm::log(beta + t)]
        }
        Purchases::Nbd(_) | Purchases::BgCnbd(_) => [f64::NAN; 2],
    }
}

/// The model of a customer at T = 0 with these paces, otherwise like another with the same covariates; none beyond the
/// range of numbers.
pub(super) fn at_paces(like: &Purchases, paces: [f64; 2]) -> Option<Purchases> {
    let [first, second] = paces.map(libm::exp);
    let (kind, values) = match like {
        Purchases::BgNbd(model) => {
            let [r, _, _, b] = values_of(model);
            (PurchaseModel::BgNbd, [r, first, second, b])
        }
        Purchases::ParetoNbd(model) => {
            let [r, _, s, _] = values_of(model);
            (PurchaseModel::ParetoNbd, [r, first, s, second])
        }
        Purchases::Nbd(_) | Purchases::BgCnbd(_) => return None,
    };
    kind.with_parameters(&values, like.unit_days()).ok()
}

fn values_of(model: &impl Repurchase) -> [f64; 4] {
    let mut values = model.parameters().into_iter().map(|(_, value)| value);
    std::array::from_fn(|_| values.next().unwrap_or(f64::NAN))
}

/// The effect of one covariate on one process, on the scale of the given column.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The covariate.
    pub covariate: String,
    /// Its place in a row.
    pub place: usize,
    /// The process that it affects.
    pub process: Process,
    /// γ: for one unit more of the covariate, all others equal, the purchase rate or the dropout rate is multiplied by
    /// e^γ; for BG/NBD's dropout, the odds of leaving at a repeat purchase.
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

    /// The probability of a |z| this large or larger if the covariate has no such effect (Wald 1943).
    pub fn p_value(&self) -> Option<f64> {
        Some(libm::erfc(self.z()?.abs() * std::f64::consts::FRAC_1_SQRT_2))
    }
}

/// Tests whether the covariates together explain more than chance: twice the gain in log-likelihood over the model
/// without them, which is χ² if they explain nothing (Wilks 1938).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikelihoodRatio {
    /// Twice the gain, 0 or more.
    pub statistic: f64,
    /// How many coefficients there are.
    pub degrees: u32,
    /// The probability of a gain this large by chance.
    pub p_value: f64,
}

/// The record of one fit with covariates.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// What was fitted.
    pub family: Family,
    /// How it ended.
    pub ending: Ending,
    /// The fit without covariates; there is none for given parameters.
    pub without: fit::Fit<Purchases>,
    /// Redundant covariates that were left out.
    pub left_out: Vec<LeftOut>,
    /// The last parameters for covariates that are all 0 (α₀, β₀, a₀; r, s and b are the same for all); empty if the
    /// fit never began. If 0 is far from all customers, they mean little, and may be beyond the range of numbers.
    pub estimates: Vec<Estimate>,
    /// The same for a customer with the mean of each covariate; these can be compared with the fit without covariates.
    pub at_means: Vec<Estimate>,
    /// The last coefficients, covariate by covariate, each for purchases and for dropout; empty if the fit never began.
    pub effects: Vec<Effect>,
    /// The log-likelihood there; `None` if the fit never began.
    pub log_likelihood: Option<f64>,
    /// The test against the fit without covariates; `None` unless both converged.
    pub test: Option<LikelihoodRatio>,
    /// Customers in the fit.
    pub customers: f64,
    /// Distinct cells: customers with one history and one row of covariates.
    pub cells: usize,
    /// Distinct rows of covariates.
    pub patterns: usize,
    /// Evaluations of likelihood, gradient and Hessian, without those for the fit without covariates.
    pub iterations: u32,
    covariance: Option<DMatrix<f64>>,
    model: Option<WithCovariates>,
}

impl Fit {
    /// The record of a model with given parameters, for rows of these covariates.
    pub fn given(model: WithCovariates, patterns: &Patterns) -> Self {
        let symbols = model.family.kind().symbols();
        let estimate =
            |(name, value): (&&'static str, &f64)| Estimate { name, value: *value, standard_error: None };
        let effect = |(acting, process): (&Acting, Process)| Effect {
            covariate: patterns.names().get(acting.place).cloned().unwrap_or_default(),
            place: acting.place,
            process,
            coefficient: acting.gammas[process as usize],
            standard_error: None,
            mean: acting.centre,
            sd: acting.scale,
        };
        let customers = patterns.plain().customers();
        let none = std::iter::empty();
        Self {
            family: model.family,
            ending: Ending::Given,
            without: fit::Fit::given(None, none, customers, patterns.plain().cells().len()),
            left_out: Vec::new(),
            estimates: Vec::new(),
            at_means: symbols.iter().zip(&model.at_centre).map(estimate).collect(),
            effects: model
                .acting
                .iter()
                .flat_map(|acting| Process::ALL.map(|process| effect((acting, process))))
                .collect(),
            log_likelihood: None,
            test: None,
            customers: customers as f64,
            cells: patterns.cells().len(),
            patterns: patterns.len(),
            iterations: 0,
            covariance: None,
            model: Some(model),
        }
    }

    /// The model for forecasts: it exists if the fit converged, or if parameters were given.
    pub fn model(&self) -> Option<&WithCovariates> {
        self.model.as_ref()
    }

    /// The covariance of what [`WithCovariates::shifted`] shifts, as in [`fit::Fit::covariance`]; none without a model.
    pub fn covariance(&self) -> Option<&DMatrix<f64>> {
        self.covariance.as_ref()
    }

    /// The kind of the model without covariates, if it predicts instead of the one with them. It may have no fit
    /// either: see [`Fit::without`].
    pub fn replaced_by(&self) -> Option<PurchaseModel> {
        (self.model.is_none() && self.without.model().is_some()).then(|| self.family.kind())
    }
}

/// A row of covariates without a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RowError {
    /// The number of values differs from the number of covariates.
    Length {
        /// How many values there are.
        values: usize,
        /// How many covariates.
        covariates: usize,
    },
    /// With these values, which are far from those of the fit or not numbers, a parameter is invalid.
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
pub struct WithCovariates {
    family: Family,
    covariates: usize,
    /// The parameters of a customer with each covariate at its centre.
    at_centre: [f64; 4],
    acting: Vec<Acting>,
    unit_days: f64,
}

/// The effect of a covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Acting {
    /// Its place in a row.
    pub place: usize,
    /// The value without an effect: its mean over the customers of the fit.
    pub centre: f64,
    /// The unit of the search: its standard deviation over them.
    pub scale: f64,
    /// γ for purchases and for dropout, for one unit more.
    pub gammas: [f64; 2],
}

impl WithCovariates {
    /// The model for rows with `covariates` values; those in `acting` have an effect. The parameters are those of a
    /// customer at the centre of each, in the order of [`super::Repurchase::parameters`].
    ///
    /// # Errors
    /// [`ParameterError`] names a parameter that is not finite and above 0.
    pub fn new(
        family: Family,
        at_centre: [f64; 4],
        covariates: usize,
        acting: Vec<Acting>,
        unit_days: f64,
    ) -> Result<Self, ParameterError> {
        family.kind().with_parameters(&at_centre, unit_days)?;
        Ok(Self { family, covariates, at_centre, acting, unit_days })
    }

    /// The plain model of a customer with these covariates, in the order of [`Patterns::names`], including those left
    /// out.
    ///
    /// # Errors
    /// [`RowError`]: the number of values is wrong, or they give no finite parameter.
    pub fn of(&self, row: &[f64]) -> Result<Purchases, RowError> {
        if row.len() != self.covariates {
            return Err(RowError::Length { values: row.len(), covariates: self.covariates });
        }
        let mut own = self.at_centre;
        for (process, (place, sign)) in self.family.entries().into_iter().enumerate() {
            let effect = |acting: &Acting| acting.gammas[process] * (row[acting.place] - acting.centre);
            own[place] *= libm::exp(sign * self.acting.iter().map(effect).sum::<f64>());
        }
        self.family.kind().with_parameters(&own, self.unit_days).map_err(RowError::Parameter)
    }

    /// The same model with shifted logarithms of its parameters, and then shifted γ for one [scale](Acting::scale): for
    /// purchases, covariate by covariate, and for dropout.
    #[must_use]
    pub fn shifted(&self, by: &[f64]) -> Self {
        let mut shifted = self.clone();
        let mut by = by.iter();
        for (value, by) in shifted.at_centre.iter_mut().zip(by.by_ref()) {
            *value *= libm::exp(*by);
        }
        for process in 0..2 {
            for (acting, by) in shifted.acting.iter_mut().zip(by.by_ref()) {
                acting.gammas[process] += by / acting.scale;
            }
        }
        shifted
    }
}
