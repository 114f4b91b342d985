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
mod kernel;
mod objective;
mod patterns;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests;

use std::fmt;
use std::marker::PhantomData;

use nalgebra::{DMatrix, DVector, SVector};

pub use design::{LeftOut, Redundant};
pub use patterns::{Column, ColumnError, Patterns};

use design::{Design, Standard};
use kernel::{Entry, Kernel};
use objective::Objective;

use super::Repurchase;
use super::bg_nbd::BgNbd;
use super::fit::{self, Estimate, Failure, Found, LIMITS, Lacking, ON_ITS_WAY};
use super::pace::Pace;
use super::parameters::ParameterError;
use super::pareto_nbd::ParetoNbd;
use super::purchases::Kind;
use crate::analysis::optimise::{DynStop, DynSummit, Quadratic, Stop, Summit, maximise_dyn};
use crate::analysis::special::chi_square_tail;

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

/// What a covariate acts upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// How often a live customer buys.
    Purchases,
    /// How soon a customer leaves.
    Dropout,
}

impl Process {
    /// Both, in the order in which effects are listed for a covariate.
    pub const ALL: [Self; 2] = [Self::Purchases, Self::Dropout];

    /// A stable word for tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Purchases => "purchases",
            Self::Dropout => "dropout",
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Purchases => "the purchase rate",
            Self::Dropout => "dropout",
        })
    }
}

/// How a fit with covariates ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// At a maximum of the likelihood, with every parameter and coefficient identified.
    Converged,
    /// No covariate is left that differs between customers: the model without them is the whole answer.
    NoCovariates,
    /// The model without covariates did not converge, for this reason, and no other fit was tried.
    Without(fit::Ending),
    /// A parameter of the model itself did not converge beside the covariates.
    Parameters(fit::Ending),
    /// A coefficient runs to infinity: customers at one end of the covariate hardly buy again, or do not leave, or all do.
    Unbounded {
        /// The covariate.
        covariate: String,
        /// What it acts upon.
        process: Process,
        /// Whether it runs to +∞ and not to −∞.
        upwards: bool,
    },
    /// The data cannot tell a coefficient from others.
    Unclear {
        /// The covariate.
        covariate: String,
        /// What it acts upon.
        process: Process,
    },
}

impl Ending {
    /// A stable word for tables: `converged`, `boundary`, `not_identified` or `failed`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Unbounded { .. } => "boundary",
            Self::NoCovariates | Self::Unclear { .. } => "not_identified",
            Self::Without(ending) | Self::Parameters(ending) => ending.key(),
        }
    }

    /// A stable word for the reason, by which a translation is found; `none` after convergence.
    pub fn reason_key(&self) -> &'static str {
        match self {
            Self::Converged => "none",
            Self::NoCovariates => "no_covariates",
            Self::Without(ending) | Self::Parameters(ending) => ending.reason_key(),
            Self::Unbounded { process: Process::Purchases, .. } => "unbounded_effect_on_purchases",
            Self::Unbounded { process: Process::Dropout, .. } => "unbounded_effect_on_dropout",
            Self::Unclear { .. } => "unclear_effect",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converged => f.write_str("the fit converged"),
            Self::NoCovariates => f.write_str("there is no covariate in which customers differ"),
            Self::Without(ending) => write!(f, "already without covariates: {ending}"),
            Self::Parameters(ending) => write!(f, "beside the covariates: {ending}"),
            Self::Unbounded { covariate, process, upwards } => {
                let found = match process {
                    Process::Purchases => "hardly a repeat purchase",
                    Process::Dropout => "no dropout, or nothing else,",
                };
                let sign = if *upwards { "+" } else { "-" };
                write!(
                    f,
                    "{found} can be seen at one end of {covariate} (its coefficient for {process} runs to {sign}infinity)"
                )
            }
            Self::Unclear { covariate, process } => {
                write!(f, "the data cannot tell the effect of {covariate} on {process} from others")
            }
        }
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

fn fit_with<K: Kernel>(patterns: &Patterns<'_>) -> Fit<K> {
    let without = K::fit_without(patterns.plain());
    let design = Design::of(patterns);
    let mut fit = Fit {
        ending: Ending::NoCovariates,
        left_out: design.left_out.clone(),
        estimates: Vec::new(),
        at_means: Vec::new(),
        effects: Vec::new(),
        log_likelihood: None,
        test: None,
        customers: without.customers,
        cells: patterns.cells().len(),
        patterns: patterns.len(),
        iterations: 0,
        model: None,
        without,
    };
    if fit.without.model().is_none() {
        fit.ending = Ending::Without(fit.without.ending);
        return fit;
    }
    if design.columns.is_empty() {
        return fit;
    }
    // Of the plain cells, whose order does not depend on the covariates, so that neither does the scale.
    let pace = match Pace::of(patterns.plain().cells()) {
        Ok(pace) => pace,
        Err(ending) => {
            fit.ending = Ending::Without(ending);
            return fit;
        }
    };
    let scaled = pace.rescale(patterns.cells());
    let objective = Objective::<K>::of(patterns, &design, &scaled);
    let scale = Scale::of::<K>(&design, pace.unit);
    // From the maximum without covariates: a step that loses likelihood is never taken.
    let start = DVector::from_fn(objective.size(), |i, _| match fit.without.estimates.get(i) {
        Some(estimate) => libm::log(estimate.value) - scale.ln_units[i],
        None => 0.0,
    });
    let summit = maximise_dyn(|phi| objective.at(phi), start.clone(), LIMITS);
    let covariance = (-&summit.there.hessian).cholesky().map(|factor| factor.inverse());
    fit.ending = match &summit.stop {
        DynStop::Maximum if covariance.is_some() => Ending::Converged,
        DynStop::Maximum => Ending::Parameters(fit::Ending::NotIdentified { why: Lacking::Curvature }),
        DynStop::Edge(direction) => {
            let name = |column: &Standard| patterns.names()[column.place].clone();
            edge(&objective, &summit, direction, &start, &design.columns, name)
        }
        DynStop::Stalled | DynStop::Undefined => {
            Ending::Parameters(fit::Ending::Failed { why: Failure::Stalled })
        }
    };
    fit.iterations = summit.evaluations;
    fit.log_likelihood = Some(summit.there.value + pace.offset());
    let covariance = covariance.filter(|_| fit.ending == Ending::Converged);
    scale.report(&mut fit, &summit.at, covariance.as_ref(), patterns, &design.columns);
    if let (Ending::Converged, Some(with), Some(without)) =
        (&fit.ending, fit.log_likelihood, fit.without.log_likelihood)
    {
        let (statistic, degrees) = (f64::max(2.0 * (with - without), 0.0), 2 * design.columns.len() as u32);
        fit.test = Some(LikelihoodRatio { statistic, degrees, p_value: chi_square_tail(statistic, degrees) });
        let width = design.columns.len();
        let gammas = |j: usize, column: &Standard| {
            [0, 1].map(|process| summit.at[4 + process * width + j] / column.sd)
        };
        fit.model = Some(WithCovariates {
            covariates: patterns.names().len(),
            theta: std::array::from_fn(|i| summit.at[i] + scale.ln_units[i]),
            entries: K::ENTRIES,
            columns: design
                .columns
                .iter()
                .enumerate()
                .map(|(j, column)| (column.clone(), gammas(j, column)))
                .collect(),
            unit_days: patterns.plain().unit_days(),
            model: PhantomData,
        });
    }
    fit
}

/// How to get from the searched scale back to that of the data.
struct Scale {
    /// What is added to the logarithms of the parameters.
    ln_units: [f64; 4],
    /// The logarithms of the parameters where all covariates are 0, and the coefficients for one unit, as sums of the
    /// searched variables.
    back: DMatrix<f64>,
}

impl Scale {
    fn of<K: Kernel>(design: &Design, unit: f64) -> Self {
        let width = design.columns.len();
        let mut back = DMatrix::identity(4 + 2 * width, 4 + 2 * width);
        for (process, (place, sign)) in K::ENTRIES.into_iter().enumerate() {
            for (j, column) in design.columns.iter().enumerate() {
                let at = 4 + process * width + j;
                back[(at, at)] = 1.0 / column.sd;
                back[(place, at)] = -sign * column.mean / column.sd;
            }
        }
        Self { ln_units: K::OF_TIME.map(|of_time| if of_time { libm::log(unit) } else { 0.0 }), back }
    }

    /// Writes estimates and effects, with errors where there is a covariance of the searched variables.
    fn report<K: Kernel>(
        &self,
        fit: &mut Fit<K>,
        at: &DVector<f64>,
        covariance: Option<&DMatrix<f64>>,
        patterns: &Patterns<'_>,
        columns: &[Standard],
    ) {
        let values = &self.back * at;
        let spread = covariance.map(|covariance| &self.back * covariance * self.back.transpose());
        let estimate = |name: &'static str, i: usize, ln_value: f64, variance: Option<f64>| {
            let value = libm::exp(ln_value + self.ln_units[i]);
            Estimate { name, value, standard_error: variance.map(|variance| value * variance.sqrt()) }
        };
        let of = |matrix: Option<&DMatrix<f64>>, i: usize| matrix.map(|matrix| matrix[(i, i)]);
        for (i, (name, symbol)) in K::NAMES.into_iter().zip(K::SYMBOLS).enumerate() {
            fit.estimates.push(estimate(name, i, values[i], of(spread.as_ref(), i)));
            fit.at_means.push(estimate(symbol, i, at[i], of(covariance, i)));
        }
        for (j, column) in columns.iter().enumerate() {
            for (process, at) in Process::ALL.into_iter().zip([4 + j, 4 + columns.len() + j]) {
                fit.effects.push(Effect {
                    covariate: patterns.names()[column.place].clone(),
                    process,
                    coefficient: values[at],
                    standard_error: of(spread.as_ref(), at).map(f64::sqrt),
                    mean: column.mean,
                    sd: column.sd,
                });
            }
        }
    }
}

/// What it says that a search went to the edge along this direction.
fn edge<K: Kernel>(
    objective: &Objective<'_, K>,
    summit: &DynSummit,
    direction: &DVector<f64>,
    start: &DVector<f64>,
    columns: &[Standard],
    name: impl Fn(&Standard) -> String,
) -> Ending {
    let width = columns.len();
    let effect = |at: usize| (name(&columns[at % width]), Process::ALL[at / width]);
    // By how much a coefficient moves the logarithm of a parameter between the two ends of its covariate.
    let moves = |vector: &DVector<f64>, at: usize| vector[4 + at].abs() * columns[at % width].reach;
    let most = |ats: &mut dyn Iterator<Item = usize>, of: &DVector<f64>| {
        ats.max_by(|left, right| moves(of, *left).total_cmp(&moves(of, *right)))
    };
    let in_effects = |vector: &DVector<f64>, at: usize| moves(vector, at) >= vector.rows(0, 4).amax();
    // Where a coefficient runs away it may leave others without meaning, whose direction then is the flattest.
    let curvatures = (-&summit.there.hessian).symmetric_eigen();
    let is_flat = |at: &usize| curvatures.eigenvalues[*at] < 1.0 / (LIMITS.flattest * LIMITS.flattest);
    let mut flat: Vec<DVector<f64>> = (0..4 + 2 * width)
        .filter(is_flat)
        .map(|at| curvatures.eigenvectors.column(at).into_owned())
        .collect();
    flat.push(direction.clone());
    let gone =
        |at: &usize| moves(&summit.at, *at) > ON_ITS_WAY && flat.iter().any(|vector| in_effects(vector, *at));
    if let Some(at) = most(&mut (0..2 * width).filter(gone), &summit.at) {
        let (covariate, process) = effect(at);
        return Ending::Unbounded { covariate, process, upwards: summit.at[4 + at] > 0.0 };
    }
    match most(&mut (0..2 * width), direction) {
        Some(at) if in_effects(direction, at) => {
            let (covariate, process) = effect(at);
            Ending::Unclear { covariate, process }
        }
        _ => {
            let of_model = |vector: &DVector<f64>| SVector::<f64, 4>::from_fn(|i, _| vector[i]);
            let there = Quadratic {
                value: summit.there.value,
                gradient: of_model(&summit.there.gradient),
                hessian: summit.there.hessian.fixed_view::<4, 4>(0, 0).into_owned(),
            };
            let direction = of_model(direction);
            let stop = Stop::Edge(direction);
            let evaluations = summit.evaluations;
            let found =
                Found { summit: Summit { at: of_model(&summit.at), there, stop, evaluations }, evaluations };
            let without_dropout = || objective.best_without_dropout(start);
            let meaning =
                |found: &Found<4>, direction: &SVector<f64, 4>| K::meaning(found, direction, without_dropout);
            Ending::Parameters(fit::edge(&found, &direction, meaning, &K::NAMES))
        }
    }
}
