//! How a fit by maximum likelihood ends, and its results.
//!
//! A likelihood may have no maximum at finite parameters: if six months show no lost customer, every smaller dropout
//! rate fits a little better. Such an end is a finding about the data ([`Ending::Boundary`]). Many limits are simpler
//! models (for example, all customers drop out with the same probability). Far enough out, the likelihood hardly
//! changes, and the parameters represent that model; then it predicts ([`Ending::predicts`]). Estimates are recorded
//! however a fit ends; forecasts need the model from [`Fit::model`].

use std::fmt;

use nalgebra::{DMatrix, SMatrix, SVector};

use crate::analysis::optimise::{Limits, Quadratic, Stop, Summit, maximise};

/// Fewer repeat buyers than this do not determine four parameters.
pub const FEWEST_REPEAT_BUYERS: f64 = 10.0;

/// Fewer lost customers than this show too little about how churn differs between customers.
pub const FEWEST_LOSSES: f64 = 10.0;

/// The limits of every fit, for parameters as logarithms on a scale where they are near 1: e¹⁴ ≈ 1.2 million. A
/// standard error of 3 means that even a factor of 400 cannot be excluded.
pub(super) const LIMITS: Limits = Limits { evaluations: 400, furthest: 14.0, flattest: 3.0 };

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// At a maximum of the likelihood, with every parameter identified.
    Converged,
    /// Nothing was fitted: the parameters were given.
    Given,
    /// A parameter goes to 0 or to infinity: in this direction the likelihood rises, or stays level, as far as the
    /// search goes.
    Boundary {
        /// The parameter that moves farthest, by the symbol of the paper.
        parameter: &'static str,
        /// Its limit.
        limit: Limit,
        /// What the limit means for the customers.
        meaning: Meaning,
    },
    /// The data do not determine the parameters.
    NotIdentified {
        /// What is lacking.
        why: Lacking,
    },
    /// The computation did not finish.
    Failed {
        /// What went wrong.
        why: Failure,
    },
}

/// The two ends of a parameter's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// 0.
    Zero,
    /// Infinity.
    Infinity,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "0",
            Self::Infinity => "infinity",
        })
    }
}

/// What a limit of the parameters means for the customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Dropout goes to 0, or fits no better than none.
    NoDropout,
    /// Everyone drops out after the first repeat purchase at the latest.
    OnlyDropout,
    /// All customers have the same dropout probability.
    EqualDropout,
    /// Every customer drops out at once or never.
    AllOrNothingDropout,
    /// Everyone under contract leaves at the first renewal.
    NoRenewal,
    /// All customers have the same purchase rate.
    EqualRates,
    /// Purchase rates differ without bound: most customers hardly buy, a few buy without limit.
    UnboundedRates,
    /// Customers buy at every opportunity or at none.
    AllOrNothingRates,
    /// Customers buy at every opportunity while they stay.
    EveryOpportunity,
    /// All customers have the same mean spend.
    EqualSpend,
    /// All purchases of a customer have the same amount.
    ConstantSpend,
    /// Spend differs without bound between customers or purchases.
    UnboundedSpend,
}

/// What the data lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// Fewer repeat buyers than [`FEWEST_REPEAT_BUYERS`].
    RepeatBuyers,
    /// Fewer customers under contract left than [`FEWEST_LOSSES`].
    Losses,
    /// Parameters should be given by a fit, but none converged.
    Parameters,
    /// The likelihood is level around the best parameters found.
    Curvature,
}

/// What went wrong in the computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A cell has an impossible number (negative, not finite, tₓ beyond T).
    BadCell,
    /// The search for the maximum did not finish.
    Stalled,
}

impl Ending {
    /// Whether there is a model after this ending.
    pub fn predicts(&self) -> bool {
        match self {
            Self::Converged | Self::Given => true,
            Self::Boundary { meaning, .. } => meaning.is_simpler_model(),
            Self::NotIdentified { .. } | Self::Failed { .. } => false,
        }
    }

    /// A stable word for tables: `converged`, `given`, `limit` (a boundary with a model that predicts), `boundary` (any
    /// other), `not_identified` or `failed`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Given => "given",
            Self::Boundary { .. } if self.predicts() => "limit",
            Self::Boundary { .. } => "boundary",
            Self::NotIdentified { .. } => "not_identified",
            Self::Failed { .. } => "failed",
        }
    }

    /// A stable word for the reason, used to find its translation; `none` after convergence.
    pub fn reason_key(&self) -> &'static str {
        match self {
            Self::Converged | Self::Given => "none",
            Self::Boundary { meaning, .. } => meaning.key(),
            Self::NotIdentified { why: Lacking::RepeatBuyers } => "repeat_buyers",
            Self::NotIdentified { why: Lacking::Losses } => "losses",
            Self::NotIdentified { why: Lacking::Parameters } => "parameters",
            Self::NotIdentified { why: Lacking::Curvature } => "curvature",
            Self::Failed { why: Failure::BadCell } => "bad_cell",
            Self::Failed { why: Failure::Stalled } => "stalled",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converged => f.write_str("the fit converged"),
            Self::Given => f.write_str("the parameters were given"),
            Self::Boundary { parameter, limit, meaning } => {
                write!(f, "{meaning} (parameter {parameter} runs to {limit})")
            }
            Self::NotIdentified { why: Lacking::RepeatBuyers } => {
                write!(
                    f,
                    "fewer than {FEWEST_REPEAT_BUYERS} customers bought again: too few to fit a model on"
                )
            }
            Self::NotIdentified { why: Lacking::Losses } => {
                write!(f, "fewer than {FEWEST_LOSSES} customers left: too few to fit a model on")
            }
            Self::NotIdentified { why: Lacking::Parameters } => {
                f.write_str("no parameters of a fit that converged were given")
            }
            Self::NotIdentified { why: Lacking::Curvature } => f.write_str(
                "the data cannot tell different parameters apart: very different ones fit as well",
            ),
            Self::Failed { why: Failure::BadCell } => f.write_str(
                "a customer's figures are impossible (negative, not a number, or last after the end)",
            ),
            Self::Failed { why: Failure::Stalled } => {
                f.write_str("the search for the best parameters did not come to an end")
            }
        }
    }
}

impl Meaning {
    /// Whether the limit is a model with fewer parameters. Without dropout it is another model, which predicts instead
    /// of this one; if rates or spend differ without bound, there is no expectation.
    fn is_simpler_model(self) -> bool {
        !matches!(self, Self::NoDropout | Self::UnboundedRates | Self::UnboundedSpend)
    }

    fn key(self) -> &'static str {
        match self {
            Self::NoDropout => "no_dropout",
            Self::OnlyDropout => "only_dropout",
            Self::EqualDropout => "equal_dropout",
            Self::AllOrNothingDropout => "all_or_nothing_dropout",
            Self::NoRenewal => "no_renewal",
            Self::EqualRates => "equal_rates",
            Self::UnboundedRates => "unbounded_rates",
            Self::AllOrNothingRates => "all_or_nothing_rates",
            Self::EveryOpportunity => "every_opportunity",
            Self::EqualSpend => "equal_spend",
            Self::ConstantSpend => "constant_spend",
            Self::UnboundedSpend => "unbounded_spend",
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDropout => "no dropout can be seen in this window",
            Self::OnlyDropout => "nobody seems to stay beyond the first repeat purchase",
            Self::EqualDropout => "no difference in dropout between customers can be seen",
            Self::AllOrNothingDropout => "customers seem to leave at once or never",
            Self::NoRenewal => "nobody seems to stay beyond the first renewal",
            Self::EqualRates => "no difference in purchase rate between customers can be seen",
            Self::UnboundedRates => "purchase rates differ without bound between customers",
            Self::AllOrNothingRates => "customers seem to buy at every opportunity or at none",
            Self::EveryOpportunity => "customers seem to buy at every opportunity while they stay",
            Self::EqualSpend => "no difference in mean spend between customers can be seen",
            Self::ConstantSpend => "no variation in spend between a customer's purchases can be seen",
            Self::UnboundedSpend => "spend differs without bound",
        })
    }
}

/// One fitted parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The symbol of the paper, spelled out (`r`, `alpha`, `a`, `b`; `p`, `q`, `gamma`).
    pub name: &'static str,
    /// The value, on the scale of the data (time in the cells' unit; money as given).
    pub value: f64,
    /// Its standard error by the delta method from the logarithm; `None` unless the fit converged.
    pub standard_error: Option<f64>,
}

/// The record of one fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit<M> {
    /// How it ended.
    pub ending: Ending,
    /// The last parameters, for the record; empty if the fit never began.
    pub estimates: Vec<Estimate>,
    /// The log-likelihood there; `None` if the fit never began.
    pub log_likelihood: Option<f64>,
    /// Customers in the fit (the sum of weights).
    pub customers: f64,
    /// Distinct cells in the fit.
    pub cells: usize,
    /// Evaluations of likelihood, gradient and Hessian, over all starts.
    pub iterations: u32,
    covariance: Option<DMatrix<f64>>,
    model: Option<M>,
}

impl<M> Fit<M> {
    /// The model for forecasts: it exists if the fit converged, or ended at a limit that is a simpler model.
    pub fn model(&self) -> Option<&M> {
        self.model.as_ref()
    }

    /// The covariance matrix of the estimates of the parameters' logarithms, in the order of [`Fit::estimates`]: the
    /// inverse of the exact Hessian of −ln L at the maximum. None without a model.
    ///
    /// At a limit it is the inverse only in the directions where the likelihood falls: towards the limit the likelihood
    /// is level, and so are forecasts.
    ///
    /// The search uses rescaled time or money. This adds a constant to a logarithm, without variance. So the matrix is
    /// the same in the coordinates of the search and in the unit of the data. A *k* chosen among whole numbers is not
    /// included.
    pub fn covariance(&self) -> Option<&DMatrix<f64>> {
        self.covariance.as_ref()
    }

    /// The same fit with another model type.
    pub(super) fn map<N>(self, to: impl FnOnce(M) -> N) -> Fit<N> {
        Fit {
            ending: self.ending,
            estimates: self.estimates,
            log_likelihood: self.log_likelihood,
            customers: self.customers,
            cells: self.cells,
            iterations: self.iterations,
            covariance: self.covariance,
            model: self.model.map(to),
        }
    }

    /// The record of a model with given parameters, or of their absence.
    pub fn given(
        model: Option<M>,
        values: impl Iterator<Item = (&'static str, f64)>,
        customers: usize,
        cells: usize,
    ) -> Self {
        let lacking = Ending::NotIdentified { why: Lacking::Parameters };
        let ending = if model.is_some() { Ending::Given } else { lacking };
        let estimates = values.map(|(name, value)| Estimate { name, value, standard_error: None }).collect();
        Self { estimates, model, ..Self::refused(ending, customers as f64, cells) }
    }

    /// A fit that never began.
    pub(super) fn refused(ending: Ending, customers: f64, cells: usize) -> Self {
        Self {
            ending,
            estimates: Vec::new(),
            log_likelihood: None,
            customers,
            cells,
            iterations: 0,
            covariance: None,
            model: None,
        }
    }

    /// Completes the record of a search over logarithms of parameters.
    ///
    /// `scales` converts the searched parameters to those of the data, `offset` does so for the log-likelihood.
    pub(super) fn complete<const N: usize>(
        found: &Found<N>,
        meaning: impl Fn(&Found<N>, &SVector<f64, N>) -> (usize, Meaning),
        unscale: &Unscale<N>,
        size: (f64, usize),
        model: impl Fn([f64; N]) -> M,
    ) -> Self {
        let summit = &found.summit;
        let values: [f64; N] = std::array::from_fn(|i| libm::exp(summit.at[i]) * unscale.factors[i]);
        let inverse = (-summit.there.hessian).cholesky().map(|factor| factor.inverse());
        let ending = match &summit.stop {
            Stop::Maximum if inverse.is_some() => Ending::Converged,
            Stop::Maximum => Ending::NotIdentified { why: Lacking::Curvature },
            Stop::Edge(direction) => edge(found, direction, meaning, &unscale.names),
            Stop::Stalled | Stop::Undefined => Ending::Failed { why: Failure::Stalled },
        };
        let covariance = match ending {
            Ending::Converged => inverse.map(|logs| DMatrix::from_column_slice(N, N, logs.as_slice())),
            _ => ending.predicts().then(|| inverse_where_steep(&-summit.there.hessian)),
        };
        // The distance of a parameter from its limit is not a random error.
        let converged = covariance.as_ref().filter(|_| ending == Ending::Converged);
        let error = |i: usize| converged.map(|covariance| values[i] * covariance[(i, i)].sqrt());
        let estimates = (0..N)
            .map(|i| Estimate { name: unscale.names[i], value: values[i], standard_error: error(i) })
            .collect();
        Self {
            ending,
            estimates,
            log_likelihood: Some(summit.there.value + unscale.offset),
            customers: size.0,
            cells: size.1,
            iterations: found.evaluations,
            covariance,
            model: ending.predicts().then(|| model(values)),
        }
    }
}

/// The inverse of a symmetric matrix in its steep directions: the eigenvectors with a standard error below the one that
/// [`LIMITS`] calls flat.
fn inverse_where_steep<const N: usize>(hessian: &SMatrix<f64, N, N>) -> DMatrix<f64> {
    let eigen = DMatrix::from_column_slice(N, N, hessian.as_slice()).symmetric_eigen();
    let mut inverse = DMatrix::zeros(N, N);
    for (value, vector) in eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter()) {
        if *value > LIMITS.flattest.powi(-2) {
            inverse += vector * vector.transpose() / *value;
        }
    }
    inverse
}

/// Converts from the searched scale back to that of the data.
pub(super) struct Unscale<const N: usize> {
    /// The parameters' names.
    pub names: [&'static str; N],
    /// The factor of each searched parameter.
    pub factors: [f64; N],
    /// The constant added to the log-likelihood.
    pub offset: f64,
}

/// The best of several searches.
pub(super) struct Found<const N: usize> {
    /// Where it ended.
    pub summit: Summit<N>,
    /// Evaluations over all searches.
    pub evaluations: u32,
}

/// Searches from the first start, and also from the others unless that ends at a maximum. Keeps the highest end, and
/// among equal ones a maximum.
pub(super) fn search<const N: usize>(
    function: impl Fn(&SVector<f64, N>) -> Quadratic<N>,
    first: SVector<f64, N>,
    others: &[SVector<f64, N>],
) -> Found<N> {
    let summit = maximise(&function, first, LIMITS);
    let mut found = Found { evaluations: summit.evaluations, summit };
    for start in others {
        if found.summit.stop == Stop::Maximum {
            break;
        }
        let summit = maximise(&function, *start, LIMITS);
        found.evaluations += summit.evaluations;
        let level = 1e-6 + 1e-12 * summit.there.value.abs();
        let gain = summit.there.value - found.summit.there.value;
        let better = gain > level || (gain > -level && summit.stop == Stop::Maximum);
        if summit.stop != Stop::Undefined && (better || found.summit.stop == Stop::Undefined) {
            found.summit = summit;
        }
    }
    found
}

/// Twice this gain in log-likelihood is the 95 % point of χ² with two degrees of freedom: dropout with a smaller gain
/// over the same model without it may be chance.
pub(super) const GAIN_OF_CHANCE: f64 = 3.0;

/// The meaning of a flat or endless direction, if the first two parameters are for purchases and the last two for
/// dropout, and the parameter that moves farthest along it.
///
/// `purchases` gives the meaning for the first two, `without_dropout` the highest log-likelihood of the model without
/// the last two, and `leaves_at_once` whether these let nobody stay.
pub(super) fn meaning_of_dropout(
    found: &Found<4>,
    direction: &SVector<f64, 4>,
    purchases: impl Fn() -> (usize, Meaning),
    without_dropout: impl Fn() -> f64,
    leaves_at_once: bool,
) -> (usize, Meaning) {
    let at = &found.summit.at;
    // If two parameters have moved equally far, the one that still moves names the limit.
    let far = |i: usize| at[i].abs() + direction[i].abs();
    if far(2).max(far(3)) < far(0).max(far(1)) {
        return purchases();
    }
    let farthest = if far(2) >= far(3) { 2 } else { 3 };
    let meaning = if found.summit.there.value - without_dropout() < GAIN_OF_CHANCE {
        Meaning::NoDropout
    } else if leaves_at_once {
        Meaning::OnlyDropout
    } else if at[farthest] > 0.0 {
        Meaning::EqualDropout
    } else {
        Meaning::AllOrNothingDropout
    };
    (farthest, meaning)
}

/// The meaning if a gamma distribution of rates goes to a limit; its parameters come first.
pub(super) fn meaning_of_rates(found: &Found<4>, direction: &SVector<f64, 4>) -> (usize, Meaning) {
    let at = &found.summit.at;
    let far = |i: usize| at[i].abs() + direction[i].abs();
    let farthest = usize::from(far(1) > far(0));
    (farthest, if at[farthest] > 0.0 { Meaning::EqualRates } else { Meaning::UnboundedRates })
}

/// A parameter further than this from 1, as a logarithm, is moving to a limit (a factor of 20).
pub(super) const ON_ITS_WAY: f64 = 3.0;

/// The ending of a search that went to the edge, by the meaning of its direction.
pub(super) fn edge<const N: usize>(
    found: &Found<N>,
    direction: &SVector<f64, N>,
    meaning: impl Fn(&Found<N>, &SVector<f64, N>) -> (usize, Meaning),
    names: &[&'static str; N],
) -> Ending {
    let (at, meaning) = meaning(found, direction);
    if found.summit.at.amax() < ON_ITS_WAY && meaning != Meaning::NoDropout {
        return Ending::NotIdentified { why: Lacking::Curvature };
    }
    let limit = if found.summit.at[at] > 0.0 { Limit::Infinity } else { Limit::Zero };
    Ending::Boundary { parameter: names[at], limit, meaning }
}

/// Common checks of the models' fits, for any customers.
#[cfg(test)]
pub(super) mod predictions {
    use super::Fit;
    use crate::analysis::clv::Repurchase;
    use crate::analysis::clv::cell::Cells;

    /// It predicts if its ending says so, and then with plausible results, at a limit too.
    pub fn check<M: Repurchase>(fit: &Fit<M>, cells: &Cells) {
        assert_eq!(fit.model().is_some(), fit.ending.predicts(), "{:?}", fit.ending);
        assert_eq!(fit.covariance().is_some(), fit.ending.predicts(), "{:?}", fit.ending);
        assert!(fit.covariance().iter().flat_map(|of| of.iter()).all(|value| value.is_finite()));
        let Some(model) = fit.model() else { return };
        for cell in cells.cells() {
            let alive = model.p_alive(cell.x, cell.t_x, cell.t);
            assert!((0.0..=1.0).contains(&alive), "{:?} {:?} {cell:?} {alive}", fit.ending, fit.estimates);
            let mut before = 0.0;
            for horizon in [1.0, 50.0, 5_000.0] {
                let expected = model.expected_purchases(cell.x, cell.t_x, cell.t, horizon);
                let sound = expected.is_finite() && expected >= before * (1.0 - 1e-9);
                assert!(sound, "{:?} {:?} {cell:?} {horizon} {expected} {before}", fit.ending, fit.estimates);
                before = expected;
            }
        }
    }
}

/// Common checks of fits to populations with known parameters.
#[cfg(test)]
pub(super) mod recovery {
    use super::{Ending, Fit};

    /// At each size all estimates are within four standard errors of the truth, and standard errors shrink as 1/√n;
    /// both for logarithms, which the search uses.
    pub fn check<M>(truth: &[f64], sizes: &[usize], fit: impl Fn(usize) -> Fit<M>) {
        let mut before: Option<Vec<f64>> = None;
        for customers in sizes {
            let fit = fit(*customers);
            assert_eq!(fit.ending, Ending::Converged, "{customers}");
            let mut scaled = Vec::new();
            for (estimate, truth) in fit.estimates.iter().zip(truth) {
                let error = estimate.standard_error.unwrap() / estimate.value;
                let off = (estimate.value / truth).ln() / error;
                assert!(off.abs() < 4.0, "{customers}: {estimate:?} {truth}");
                scaled.push(error * (*customers as f64).sqrt());
            }
            for (now, before) in scaled.iter().zip(before.iter().flatten()) {
                assert!((now / before).ln().abs() < 0.5, "{customers}: {now} {before}");
            }
            before = Some(scaled);
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_a_key_and_a_sentence() {
        let boundary = Ending::Boundary { parameter: "a", limit: Limit::Zero, meaning: Meaning::NoDropout };
        let lacking = Ending::NotIdentified { why: Lacking::RepeatBuyers };
        for (ending, key, reason, sentence) in [
            (Ending::Converged, "converged", "none", "the fit converged"),
            (
                boundary,
                "boundary",
                "no_dropout",
                "no dropout can be seen in this window (parameter a runs to 0)",
            ),
            (
                lacking,
                "not_identified",
                "repeat_buyers",
                "fewer than 10 customers bought again: too few to fit a model on",
            ),
            (
                Ending::NotIdentified { why: Lacking::Losses },
                "not_identified",
                "losses",
                "fewer than 10 customers left: too few to fit a model on",
            ),
            (
                Ending::Failed { why: Failure::Stalled },
                "failed",
                "stalled",
                "the search for the best parameters did not come to an end",
            ),
        ] {
            assert_eq!((ending.key(), ending.reason_key()), (key, reason));
            assert_eq!(ending.to_string(), sentence);
        }
    }

    /// A search that ended in `stop` at a point where −H is the identity.
    fn ended(at: f64, stop: Stop<1>, meaning: Meaning) -> Fit<f64> {
        let there =
            Quadratic { value: -5.0, gradient: SVector::from([0.0]), hessian: SMatrix::from([[-4.0]]) };
        let summit = Summit { at: SVector::from([at]), there, stop, evaluations: 3 };
        let unscale = Unscale { names: ["q"], factors: [10.0], offset: 1.0 };
        let meaning = |_: &Found<1>, _: &SVector<f64, 1>| (0, meaning);
        Fit::complete(&Found { summit, evaluations: 7 }, meaning, &unscale, (40.0, 9), |[q]| q)
    }

    #[test]
    fn a_maximum_gives_estimates_errors_and_a_model() {
        let fit = ended(0.0, Stop::Maximum, Meaning::EqualSpend);
        assert_eq!(fit.ending, Ending::Converged);
        // exp(0) · 10, with the standard error of the logarithm, 1/√4, times the value.
        let estimate = Estimate { name: "q", value: 10.0, standard_error: Some(5.0) };
        assert_eq!(fit.estimates, [estimate]);
        assert_eq!((fit.model(), fit.log_likelihood, fit.iterations), (Some(&10.0), Some(-4.0), 7));
        // For the logarithm: it contains neither the estimate nor the scale.
        assert_eq!(fit.covariance(), Some(&DMatrix::from_element(1, 1, 0.25)));
    }

    #[test]
    fn a_limit_that_is_a_simpler_model_gives_that() {
        let fit = ended(9.0, Stop::Edge(SVector::from([1.0])), Meaning::EqualSpend);
        let far = Ending::Boundary { parameter: "q", limit: Limit::Infinity, meaning: Meaning::EqualSpend };
        assert_eq!((fit.ending, fit.ending.key()), (far, "limit"));
        assert_eq!(fit.model(), Some(&(9f64.exp() * 10.0)));
        assert!(fit.estimates.iter().all(|estimate| estimate.standard_error.is_none()));
        // The curvature is steep here, so the covariance is its inverse; a level direction contributes nothing.
        assert_eq!(fit.covariance(), Some(&DMatrix::from_element(1, 1, 0.25)));
        let level = inverse_where_steep(&SMatrix::from([[2.0, 1.0], [1.0, 0.5]]));
        // From (2, 1)/√5 with 2.5, as (1, −2)/√5 has 0.
        for (place, value) in [((0, 0), 0.32), ((0, 1), 0.16), ((1, 1), 0.08)] {
            assert!((level[place] - value).abs() < 1e-12, "{level}");
        }
    }

    #[test]
    fn no_other_end_gives_a_model() {
        let up = SVector::from([1.0]);
        let without_bound =
            Ending::Boundary { parameter: "q", limit: Limit::Infinity, meaning: Meaning::UnboundedSpend };
        assert_eq!(without_bound.key(), "boundary");
        for (at, stop, ending) in [
            (9.0, Stop::Edge(up), without_bound),
            (1.0, Stop::Edge(up), Ending::NotIdentified { why: Lacking::Curvature }),
            (1.0, Stop::Stalled, Ending::Failed { why: Failure::Stalled }),
        ] {
            let fit = ended(at, stop, Meaning::UnboundedSpend);
            assert_eq!(fit.ending, ending);
            assert_eq!(fit.model(), None);
            assert_eq!(fit.covariance(), None);
            assert!(fit.estimates.iter().all(|estimate| estimate.standard_error.is_none()));
        }
    }
}
