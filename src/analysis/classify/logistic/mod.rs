//! Logistic regression with a ridge penalty: the odds of churning as a product of one factor per feature.
//!
//! Le Cessie, S. and J. C. van Houwelingen (1992), "Ridge Estimators in Logistic Regression", Applied Statistics 41,
//! 191–201. ln(p / (1−p)) = β₀ + Σ βⱼxⱼ with standardised x, fitted at the maximum of the log-likelihood less ½λ Σ βⱼ².
//! λ is the precision of a normal prior of mean 0 on each βⱼ and so does not grow with the number of customers.
//!
//! A missing value counts as the feature's mean. A second column indicates that it was missing: known values and
//! missing values then have separate weights.

mod design;
mod newton;
mod separation;
mod summary;
#[cfg(test)]
mod tests;
mod weights;

use std::fmt;

use nalgebra::{DMatrix, DVector};

use self::design::{Design, Plan};
use self::newton::{Bernoulli, ENOUGH, End, Peak, Task, ascend};
pub use self::weights::{Weight, Weights};
use super::{Feature, Sample, SampleError};

/// Rows in one partial sum.
const CHUNK: usize = 16_384;

/// The default λ. Before any data, one standard deviation of a feature then changes the odds by at most e^±2 in 95 of
/// 100 cases.
pub const DEFAULT_PENALTY: f64 = 1.0;

/// The values of λ that are tried, the strongest first.
pub const PENALTIES: [f64; 6] = [1000.0, 100.0, 10.0, 1.0, 0.1, 0.01];

/// λ is chosen on at most this many rows, evenly spaced: more rows change little.
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
    /// The value in [`PENALTIES`] with the least deviance of held-out rows, in so many folds (2 or more); of two equal
    /// ones the stronger. If the rows do not allow it (without some fold, nobody of a kind is left), it is
    /// [`DEFAULT_PENALTY`].
    Chosen {
        /// The number of folds; row i is in fold i modulo this number.
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
    /// Some column, or sum of columns, predicts churn without error, or without error except for rows of one value.
    /// Without a penalty its coefficient has no bound. With a penalty there is still a maximum, and a model. Often the
    /// feature became known only afterwards. With a penalty, this is not reported if chance could predict as many rows.
    Separated {
        /// The first single column that does so, by its label.
        by: Option<String>,
    },
    /// The data do not determine the coefficients.
    NotIdentified {
        /// What is lacking.
        why: Lacking,
    },
    /// The computation did not finish, or could not begin.
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
    /// The search did not finish.
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

    /// A stable word for the reason, used to find its translation; `none` after convergence.
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
                "{label} by itself separates those who churned from those who stayed, completely or except for one value"
            ),
            Self::Separated { by: None } => f.write_str(
                "several features together separate those who churned from those who stayed, completely or nearly",
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

/// A value with its standard error, from the curvature of the penalised log-likelihood. If λ > 0, the value is shrunk
/// towards 0, and the error does not include this bias.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// The contribution of one column to the odds.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The feature's name.
    pub feature: String,
    /// Whether the term is for a missing feature (1) instead of the feature's value.
    pub missing: bool,
    /// For such a term: other features that are missing in exactly the same rows, and share the term.
    pub shared_with: Vec<String>,
    /// The column's weighted mean: of the present values, or the share missing.
    pub mean: f64,
    /// Its weighted standard deviation (with the total weight as divisor), above 0.
    pub sd: f64,
    /// βⱼ: change of the log odds with one standard deviation.
    pub standardised: Estimate,
    /// βⱼ / sd: change of the log odds with one unit.
    pub coefficient: Estimate,
}

impl Term {
    /// The factor of the odds for one standard deviation more, e^β.
    pub fn odds_ratio(&self) -> f64 {
        libm::exp(self.standardised.value)
    }

    /// The feature's name, with a note if the term is for missing values.
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
    /// If λ was chosen: the mean deviance of a held-out customer at each of [`PENALTIES`].
    pub held_out: Vec<(f64, f64)>,
    /// Features left out because all their values, or all present values, are equal.
    pub constant: Vec<String>,
    /// Features left out because they have no value at all.
    pub empty: Vec<String>,
    /// The log-likelihood, without the penalty; `None` if the fit never began.
    pub log_likelihood: Option<f64>,
    /// The log-likelihood with one probability for all.
    pub log_likelihood_without_features: f64,
    /// The effective number of coefficients: each counts with the part that the penalty leaves free; `None` without a
    /// model.
    pub effective_terms: Option<f64>,
    /// Customers (the sum of weights).
    pub customers: f64,
    /// Those of them who churned.
    pub churned: f64,
    /// Passes over the rows for the fit at λ.
    pub passes: u32,
    model: Option<Logistic>,
}

impl Fit {
    /// The model: it exists after convergence, and after separation with a penalty.
    pub fn model(&self) -> Option<&Logistic> {
        self.model.as_ref()
    }

    /// Whether there are fewer than [`FEWEST_PER_TERM`] churned, or staying, customers per term.
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
    /// The terms, in the order of features, the value before the indicator of missing values.
    pub terms: Vec<Term>,
}

impl Logistic {
    /// The probability to churn for each row of these features. They must be those of the fit, in the same order.
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
/// The order of rows affects the choice of λ, as rows are held out by position; otherwise it only affects rounding.
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
    let by = plan.telling.iter().find(|(_, summary)| counts(summary.is_beyond_chance(share, columns)));
    // If one column does it, sums of columns are not tested.
    let together = if by.is_none() { separation::separated(&task, from, there) } else { None };
    let separated = together.is_some() || !plan.telling.is_empty();
    let by = by.map(|(at, _)| {
        let column = &plan.columns[*at];
        label(sample.features[column.feature].name, column.missing)
    });
    let is_named =
        by.is_some() || together.is_some_and(|summary| counts(summary.is_beyond_search(share, columns)));
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

/// x ln y; 0 if x is 0.
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
    // The intercept at 0: β₀ − Σ βⱼ meanⱼ / sdⱼ.
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

/// The mean deviance of a held-out customer at each of [`PENALTIES`]; empty if some fold leaves nobody of a kind.
///
/// Features are standardised over all folds; this reveals nothing about churn.
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
