//! The search for the best parameters and coefficients, and the meaning of its end.

use nalgebra::{DMatrix, DVector, SVector};

use super::design::{Design, Standard};
use super::kernel::Kernel;
use super::objective::Objective;
use super::{Acting, Effect, Ending, Fit, LikelihoodRatio, Patterns, Process, WithCovariates};
use crate::analysis::clv::fit::{self, Estimate, Failure, Found, LIMITS, Lacking, ON_ITS_WAY};
use crate::analysis::clv::pace::Pace;
use crate::analysis::optimise::{DynStop, DynSummit, Quadratic, Stop, Summit, maximise_dyn};
use crate::analysis::special::chi_square_tail;

/// Fits a model with the covariates of the patterns, and without them.
pub(super) fn fit_with<K: Kernel>(patterns: &Patterns) -> Fit {
    // Neither model uses gaps.
    let without = K::FAMILY.kind().fit(patterns.plain(), 0.0);
    let design = Design::of(patterns);
    let mut fit = Fit {
        family: K::FAMILY,
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
        covariance: None,
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
    // From the plain cells: their order does not depend on the covariates, so neither does the scale.
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
    // From the maximum without covariates: a step that lowers the likelihood is never taken.
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
    scale.report::<K>(&mut fit, &summit.at, covariance.as_ref(), patterns, &design.columns);
    if let (Ending::Converged, Some(with), Some(without)) =
        (&fit.ending, fit.log_likelihood, fit.without.log_likelihood)
    {
        let (statistic, degrees) = (f64::max(2.0 * (with - without), 0.0), 2 * design.columns.len() as u32);
        fit.test = Some(LikelihoodRatio { statistic, degrees, p_value: chi_square_tail(statistic, degrees) });
        fit.model = model(&fit, patterns, &design.columns);
        fit.covariance = covariance.filter(|_| fit.model.is_some());
    }
    fit
}

/// The model from the recorded figures: these give the same model again.
fn model(fit: &Fit, patterns: &Patterns, columns: &[Standard]) -> Option<WithCovariates> {
    let mut at_means = fit.at_means.iter().map(|estimate| estimate.value);
    let values = [at_means.next()?, at_means.next()?, at_means.next()?, at_means.next()?];
    let acting = columns.iter().zip(fit.effects.chunks_exact(2)).map(|(column, effects)| Acting {
        place: column.place,
        centre: column.mean,
        scale: column.sd,
        gammas: [0, 1].map(|process| effects[process].coefficient),
    });
    let (covariates, unit_days) = (patterns.names().len(), patterns.plain().unit_days());
    // The limits of the search keep parameters finite.
    WithCovariates::new(fit.family, values, covariates, acting.collect(), unit_days).ok()
}

/// Converts from the searched scale back to that of the data.
struct Scale {
    /// The constants added to the logarithms of the parameters.
    ln_units: [f64; 4],
    /// The logarithms of the parameters if all covariates are 0, and the coefficients for one unit, as linear
    /// combinations of the searched variables.
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

    /// Writes estimates and effects, with errors if there is a covariance of the searched variables.
    fn report<K: Kernel>(
        &self,
        fit: &mut Fit,
        at: &DVector<f64>,
        covariance: Option<&DMatrix<f64>>,
        patterns: &Patterns,
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
                    place: column.place,
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

/// The meaning of a search that went to the edge along this direction.
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
    // How far a coefficient moves the logarithm of a parameter between the two ends of its covariate.
    let moves = |vector: &DVector<f64>, at: usize| vector[4 + at].abs() * columns[at % width].reach;
    let most = |ats: &mut dyn Iterator<Item = usize>, of: &DVector<f64>| {
        ats.max_by(|left, right| moves(of, *left).total_cmp(&moves(of, *right)))
    };
    let in_effects = |vector: &DVector<f64>, at: usize| moves(vector, at) >= vector.rows(0, 4).amax();
    // A coefficient that runs away may leave others undetermined; their direction is then the flattest.
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
