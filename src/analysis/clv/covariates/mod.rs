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

/// The models of purchases that covariates can be fitted with.
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

    /// The model without covariates, which is also that of each customer.
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

/// What, beside x, tells apart what is expected of live customers who differ by covariates alone: the logarithms of α + T, and
/// of a in BG/NBD, of β + T in Pareto/NBD.
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

/// The model with which a customer at T = 0 is as these paces have it, otherwise like another with the same covariates; none
/// beyond the range of numbers.
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

/// What one covariate does to one process, on the scale of the column as given.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The covariate.
    pub covariate: String,
    /// Its place in a row.
    pub place: usize,
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
pub struct Fit {
    /// What was fitted.
    pub family: Family,
    /// How it ended.
    pub ending: Ending,
    /// The fit without covariates; of given parameters there is none.
    pub without: fit::Fit<Purchases>,
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
    covariance: Option<DMatrix<f64>>,
    model: Option<WithCovariates>,
}

impl Fit {
    /// The record of a model whose parameters are given, for rows of these covariates.
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

    /// The model for forecasts: there is one where the fit converged, and where parameters were given.
    pub fn model(&self) -> Option<&WithCovariates> {
        self.model.as_ref()
    }

    /// The covariance of what [`WithCovariates::shifted`] shifts, as [`fit::Fit::covariance`] has it; none without a model.
    pub fn covariance(&self) -> Option<&DMatrix<f64>> {
        self.covariance.as_ref()
    }

    /// The model without covariates, by name, where it predicts in place of the one with them. That may have no fit
    /// either: then see [`Fit::without`].
    pub fn replaced_by(&self) -> Option<PurchaseModel> {
        (self.model.is_none() && self.without.model().is_some()).then(|| self.family.kind())
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
pub struct WithCovariates {
    family: Family,
    covariates: usize,
    /// The parameters of a customer with the centre of each covariate.
    at_centre: [f64; 4],
    acting: Vec<Acting>,
    unit_days: f64,
}

/// What a covariate does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Acting {
    /// Its place in a row.
    pub place: usize,
    /// Where it does nothing: its mean over the customers of the fit.
    pub centre: f64,
    /// By how much the search moved it: its standard deviation over them.
    pub scale: f64,
    /// γ for purchases and for dropout, for one unit more.
    pub gammas: [f64; 2],
}

impl WithCovariates {
    /// The model of rows of so many covariates, of which these act, with the parameters of a customer at the centre of each,
    /// in the order of [`super::Repurchase::parameters`].
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

    /// The plain model of a customer with these covariates, in the order of [`Patterns::names`], those left out
    /// included.
    ///
    /// # Errors
    /// [`RowError`]: not as many values as covariates, or such as leave no finite parameter.
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

    /// The same model with the logarithms of its parameters shifted, and then its γ for one [scale](Acting::scale): of
    /// purchases, covariate after covariate, and of dropout.
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
