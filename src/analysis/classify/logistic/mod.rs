//! Logistic regression with a ridge penalty: the odds of churning as a product of what each feature contributes.
//!
//! Le Cessie, S. and J. C. van Houwelingen (1992), "Ridge Estimators in Logistic Regression", Applied Statistics 41,
//! 191–201. ln(p / (1−p)) = β₀ + Σ βⱼxⱼ with standardised x, fitted at the maximum of the log-likelihood less ½λ Σ βⱼ².
//! λ is the precision of a normal prior of mean 0 on each βⱼ and so does not grow with the number of customers.
//!
//! A missing value counts as the feature's mean, and a further column says that it was missing, so that both what is
//! known and that nothing is known have their own weight.

mod design;
mod newton;
mod separation;
#[cfg(test)]
mod tests;
mod weights;

use std::fmt;

use nalgebra::{DMatrix, DVector};

use self::design::{Design, Plan};
use self::newton::{Bernoulli, ENOUGH, End, Peak, Task, ascend};
pub use self::weights::{Weight, Weights};
use super::{Feature, Sample, SampleError};

/// Rows in one part of a sum.
const CHUNK: usize = 16_384;

/// λ where none is chosen: one standard deviation of a feature then changes the odds by up to e^±2 in 95 of 100 cases,
/// before the data have spoken.
pub const DEFAULT_PENALTY: f64 = 1.0;

/// The λ that are tried out, the heaviest first.
pub const PENALTIES: [f64; 6] = [1000.0, 100.0, 10.0, 1.0, 0.1, 0.01];

/// λ is chosen on so many rows at most, evenly spread: it matters little where there are more.
pub const ROWS_TO_CHOOSE_ON: usize = 50_000;

/// Fewer churned (or staying) customers than this for each column make coefficients unreliable (Peduzzi et al. 1996,
/// "A Simulation Study of the Number of Events per Variable in Logistic Regression Analysis", Journal of Clinical
/// Epidemiology 49, 1373–1379).
pub const FEWEST_PER_TERM: f64 = 10.0;

/// Where λ comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Penalty {
    /// This λ, 0 or more. At 0 the fit is by maximum likelihood.
    Fixed(f64),
    /// The one of [`PENALTIES`] with the least deviance of rows held out, in so many folds (2 or more), the heavier
    /// of two equal ones. Where the rows do not allow of it (a fold without a churned customer left), it is
    /// [`DEFAULT_PENALTY`].
    Chosen {
        /// Into how many folds rows are dealt, row i into fold i modulo that.
        folds: usize,
    },
}

impl Default for Penalty {
    fn default() -> Self {
        Self::Fixed(DEFAULT_PENALTY)
    }
}

/// How a fit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// At the maximum.
    Converged,
    /// Some column, or sum of columns, tells who churned without error, or does so but for rows of one value. Without
    /// a penalty its coefficient has no bound; with one there is a maximum nevertheless, and a model. Often it
    /// means that a feature was known only afterwards. Where chance would tell as many rows, and there is a penalty, nothing is
    /// said of it.
    Separated {
        /// The first column that does so by itself, by its label.
        by: Option<String>,
    },
    /// The data cannot tell different coefficients apart.
    NotIdentified {
        /// What is lacking.
        why: Lacking,
    },
    /// The computation did not come to an end, or could not begin.
    Failed {
        /// What went wrong.
        why: Failure,
    },
}

/// What the data lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// Nobody churned.
    Churned,
    /// Nobody stayed.
    Stayed,
    /// A column is a sum of others, and there is no penalty.
    Curvature,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// λ is negative or not a number, or there are fewer than two folds.
    BadPenalty,
    /// The search did not come to an end.
    Stalled,
}

impl Ending {
    /// A stable word for tables: `converged`, `separated`, `not_identified` or `failed`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Separated { .. } => "separated",
            Self::NotIdentified { .. } => "not_identified",
            Self::Failed { .. } => "failed",
        }
    }

    /// A stable word for the reason, by which a translation is found; `none` after convergence.
    pub fn reason_key(&self) -> &'static str {
        match self {
            Self::Converged => "none",
            Self::Separated { by: Some(_) } => "separated_by_one",
            Self::Separated { by: None } => "separated_by_several",
            Self::NotIdentified { why: Lacking::Churned } => "nobody_churned",
            Self::NotIdentified { why: Lacking::Stayed } => "nobody_stayed",
            Self::NotIdentified { why: Lacking::Curvature } => "curvature",
            Self::Failed { why: Failure::BadPenalty } => "bad_penalty",
            Self::Failed { why: Failure::Stalled } => "stalled",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converged => f.write_str("the fit converged"),
            Self::Separated { by: Some(label) } => write!(
                f,
                "{label} by itself parts those who churned from those who stayed, wholly or but for one value"
            ),
            Self::Separated { by: None } => f.write_str(
                "several features together part those who churned from those who stayed, wholly or nearly so",
            ),
            Self::NotIdentified { why: Lacking::Churned } => f.write_str("nobody churned"),
            Self::NotIdentified { why: Lacking::Stayed } => f.write_str("nobody stayed"),
            Self::NotIdentified { why: Lacking::Curvature } => {
                f.write_str("a feature is a sum of others: the data cannot tell their effects apart")
            }
            Self::Failed { why: Failure::BadPenalty } => {
                f.write_str("the penalty is negative or not a number, or there are fewer than two folds")
            }
            Self::Failed { why: Failure::Stalled } => {
                f.write_str("the search for the best coefficients did not come to an end")
            }
        }
    }
}

/// A value with its standard error, from the curvature of the penalised log-likelihood. With λ > 0 the value is drawn
/// towards 0, and the error says nothing of that bias.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// What one column contributes to the odds.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The feature's name.
    pub feature: String,
    /// Whether the term is for the feature being missing (1) instead of for its value.
    pub missing: bool,
    /// For such a term: other features that are missing in just the same rows, and so share it.
    pub shared_with: Vec<String>,
    /// The column's weighted mean: of the values there are, or the share missing.
    pub mean: f64,
    /// Its weighted standard deviation (with the total weight as divisor), above 0.
    pub sd: f64,
    /// βⱼ: change of the log odds with one standard deviation.
    pub standardised: Estimate,
    /// βⱼ / sd: change of the log odds with one unit.
    pub coefficient: Estimate,
}

impl Term {
    /// By what the odds are multiplied for one standard deviation more, e^β.
    pub fn odds_ratio(&self) -> f64 {
        libm::exp(self.standardised.value)
    }

    /// The feature's name, with a note where the term is for its being missing.
    pub fn label(&self) -> String {
        label(&self.feature, self.missing)
    }
}

fn label(feature: &str, missing: bool) -> String {
    if missing { format!("`{feature}` being missing") } else { format!("`{feature}`") }
}

/// The record of one fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// How it ended.
    pub ending: Ending,
    /// λ.
    pub penalty: f64,
    /// Where λ was chosen: the mean deviance of a held-out customer at each of [`PENALTIES`].
    pub held_out: Vec<(f64, f64)>,
    /// Features left out for having the same value in every row, or in every row in which they have one.
    pub constant: Vec<String>,
    /// Features left out for having no value at all.
    pub empty: Vec<String>,
    /// The log-likelihood, without the penalty; `None` where the fit never began.
    pub log_likelihood: Option<f64>,
    /// The log-likelihood of one probability for all.
    pub log_likelihood_without_features: f64,
    /// The number of coefficients, each counted by the part of it that the penalty leaves free; `None` without a
    /// model.
    pub effective_terms: Option<f64>,
    /// Customers (the sum of weights).
    pub customers: f64,
    /// Those of them who churned.
    pub churned: f64,
    /// Passes over the rows by the fit at λ.
    pub passes: u32,
    model: Option<Logistic>,
}

impl Fit {
    /// The model: there is one after convergence, and after separation with a penalty.
    pub fn model(&self) -> Option<&Logistic> {
        self.model.as_ref()
    }

    /// Whether there are fewer than [`FEWEST_PER_TERM`] churned, or staying, customers for each term.
    pub fn is_thin(&self) -> bool {
        let terms = self.model.as_ref().map_or(0, |model| model.terms.len());
        self.churned.min(self.customers - self.churned) < FEWEST_PER_TERM * terms as f64
    }
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    weights: Weights,
    /// β₀: the log odds of a customer with the mean of every column.
    pub standardised_intercept: Estimate,
    /// The log odds at 0 of every feature, with none missing.
    pub intercept: Estimate,
    /// The terms, in the order of features, a feature's value before its being missing.
    pub terms: Vec<Term>,
}

impl Logistic {
    /// The probability to churn for each row of these features, which must be those of the fit in the same order.
    ///
    /// # Errors
    ///
    /// Other features, columns of different lengths, infinite values.
    pub fn probabilities(&self, features: &[Feature<'_>]) -> Result<Vec<f64>, SampleError> {
        let rows = features.first().map_or(0, |feature| feature.values.len());
        self.weights.probabilities(features, rows)
    }
}

/// Fits a logistic regression.
///
/// The order of rows matters to the choice of λ, which holds out rows by position, and beyond that only to rounding.
pub fn fit(sample: &Sample<'_>, penalty: Penalty) -> Fit {
    let (customers, churned) = sample.totals();
    let share = churned / customers;
    let lacking = match () {
        () if !sample.churned.contains(&true) => Some(Lacking::Churned),
        () if !sample.churned.contains(&false) => Some(Lacking::Stayed),
        () => None,
    };
    let mut record = Fit {
        ending: Ending::Converged,
        penalty: DEFAULT_PENALTY,
        held_out: Vec::new(),
        constant: Vec::new(),
        empty: Vec::new(),
        log_likelihood: None,
        log_likelihood_without_features: x_ln_y(churned, share) + x_ln_y(customers - churned, 1.0 - share),
        effective_terms: None,
        customers,
        churned,
        passes: 0,
        model: None,
    };
    if let Some(why) = lacking {
        record.ending = Ending::NotIdentified { why };
        return record;
    }
    match penalty {
        Penalty::Fixed(penalty) if penalty >= 0.0 && penalty.is_finite() => record.penalty = penalty,
        Penalty::Chosen { folds } if folds >= 2 => {
            record.held_out = held_out_deviances(sample, folds);
            let mut least = f64::INFINITY;
            for &(penalty, deviance) in &record.held_out {
                if deviance < least {
                    (record.penalty, least) = (penalty, deviance);
                }
            }
        }
        _ => {
            record.ending = Ending::Failed { why: Failure::BadPenalty };
            return record;
        }
    }
    let plan = Plan::of(sample);
    let name = |feature: &usize| sample.features[*feature].name.to_owned();
    record.constant = plan.constant.iter().map(name).collect();
    record.empty = plan.empty.iter().map(name).collect();
    let design = Design::new(&plan.columns, sample.features);
    let task = Task { sample, design: &design, without: None };
    let start = start(plan.columns.len(), share);
    let peak = ascend(&task, &start, None, record.penalty, ENOUGH);
    record.log_likelihood = Some(peak.there.value);
    record.passes = peak.passes;
    let at_maximum = peak.end == End::Maximum;
    let (from, there) = if at_maximum { (&peak.beta, Some(peak.there.clone())) } else { (&start, None) };
    // Without a penalty there is no maximum, however few the rows are.
    let columns = plan.columns.len();
    let counts = |beyond: bool| beyond || record.penalty <= 0.0;
    let by = plan.telling.iter().find(|(_, told)| counts(told.is_beyond_chance(share, columns)));
    // Where one column says it, nobody asks of several.
    let together = if by.is_none() { separation::told(&task, from, there) } else { None };
    let separated = together.is_some() || !plan.telling.is_empty();
    let by = by.map(|(at, _)| {
        let column = &plan.columns[*at];
        label(sample.features[column.feature].name, column.missing)
    });
    let is_named = by.is_some() || together.is_some_and(|told| counts(told.is_beyond_search(share, columns)));
    record.ending = match peak.end {
        _ if is_named => Ending::Separated { by },
        End::Maximum => Ending::Converged,
        End::Singular => Ending::NotIdentified { why: Lacking::Curvature },
        End::Stalled => Ending::Failed { why: Failure::Stalled },
    };
    let estimates_exist = at_maximum && (record.penalty > 0.0 || !separated);
    if let Some(covariance) = peak.covariance.as_ref().filter(|_| estimates_exist) {
        let shrunk: f64 = (1..=plan.columns.len()).map(|j| record.penalty * covariance[(j, j)]).sum();
        record.effective_terms = Some(plan.columns.len() as f64 - shrunk);
        record.model = Some(model(sample, &plan, &peak, covariance));
    }
    record
}

/// x ln y, 0 where x is.
fn x_ln_y(x: f64, y: f64) -> f64 {
    if x > 0.0 { x * libm::log(y) } else { 0.0 }
}

/// The maximum without features.
fn start(columns: usize, share: f64) -> DVector<f64> {
    DVector::from_fn(columns + 1, |j, _| if j == 0 { libm::log(share / (1.0 - share)) } else { 0.0 })
}

fn model(sample: &Sample<'_>, plan: &Plan, peak: &Peak, covariance: &DMatrix<f64>) -> Logistic {
    let beta = &peak.beta;
    let error = |j: usize| covariance[(j, j)].sqrt();
    let terms = plan.columns.iter().zip(&plan.shared).zip(1..).map(|((column, shared), j)| Term {
        feature: sample.features[column.feature].name.to_owned(),
        missing: column.missing,
        shared_with: shared.iter().map(|&feature| sample.features[feature].name.to_owned()).collect(),
        mean: column.mean,
        sd: column.sd,
        standardised: Estimate { value: beta[j], standard_error: error(j) },
        coefficient: Estimate { value: beta[j] / column.sd, standard_error: error(j) / column.sd },
    });
    // What the intercept at 0 is made of: β₀ − Σ βⱼ meanⱼ / sdⱼ.
    let share = |j: usize| if j == 0 { 1.0 } else { -plan.columns[j - 1].mean / plan.columns[j - 1].sd };
    let (mut value, mut variance) = (0.0, 0.0);
    for i in 0..beta.len() {
        value += share(i) * beta[i];
        for j in 0..beta.len() {
            variance += share(i) * share(j) * covariance[(i, j)];
        }
    }
    Logistic {
        weights: Weights::of(sample.names(), &plan.columns, beta.as_slice()),
        standardised_intercept: Estimate { value: beta[0], standard_error: error(0) },
        intercept: Estimate { value, standard_error: variance.sqrt() },
        terms: terms.collect(),
    }
}

/// The mean deviance of a held-out customer at each of [`PENALTIES`]; empty where some fold leaves nobody of a kind.
///
/// Features are standardised over all folds, which tells nothing about who churned.
fn held_out_deviances(sample: &Sample<'_>, folds: usize) -> Vec<(f64, f64)> {
    let every = sample.rows().div_ceil(ROWS_TO_CHOOSE_ON);
    let thin = |values: &[f64]| -> Vec<f64> { values.iter().copied().step_by(every).collect() };
    let columns: Vec<_> = sample.features.iter().map(|feature| thin(feature.values)).collect();
    let churned: Vec<_> = sample.churned.iter().copied().step_by(every).collect();
    let weights = sample.weights.map(thin);
    let names = sample.features.iter().map(|feature| feature.name);
    let features: Vec<_> =
        names.zip(&columns).map(|(name, values)| Feature { name, values: values.as_slice() }).collect();
    let thinned = Sample { features: &features, churned: &churned, weights: weights.as_deref() };

    let left = |fold: usize, kind: bool| {
        churned.iter().enumerate().any(|(row, churned)| row % folds != fold && *churned == kind)
    };
    if folds > churned.len() || !(0..folds).all(|fold| left(fold, true) && left(fold, false)) {
        return Vec::new();
    }
    let plan = Plan::of(&thinned);
    let design = Design::new(&plan.columns, &features);
    let (all, gone) = thinned.totals();
    let mut deviances = PENALTIES.map(|penalty| (penalty, 0.0));
    for fold in 0..folds {
        let task = Task { sample: &thinned, design: &design, without: Some((fold, folds)) };
        let mut beta = start(plan.columns.len(), gone / all);
        let mut from = None;
        for (penalty, deviance) in &mut deviances {
            let peak = ascend(&task, &beta, from.take(), *penalty, ENOUGH);
            if peak.end != End::Maximum {
                *deviance = f64::INFINITY;
                continue;
            }
            (beta, from) = (peak.beta, Some(peak.there));
            let predictors = design.predictors(beta.as_slice(), churned.len());
            for row in (fold..churned.len()).step_by(folds) {
                let log_likelihood = Bernoulli::at(predictors[row], churned[row]).log_likelihood;
                *deviance -= 2.0 * thinned.weight(row) * log_likelihood / all;
            }
        }
    }
    deviances.to_vec()
}
