//! Which contender is to predict, by the results of all.

use super::{Contender, Origin, Trial};
use crate::analysis::special::Sum;

/// A root mean squared error that is larger by at most this share counts as equal: nobody would notice.
const AS_GOOD: f64 = 0.001;
/// Differences in calibration up to this, as a share of customers, count as equal.
const AS_TRUE: f64 = 0.005;

/// Which contender is to predict, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The chosen contender.
    pub chosen: Contender,
    /// The contender with the least error.
    pub least: Contender,
    /// Contenders that chance cannot distinguish from the least, which is included; in the order of [`Contender::ALL`].
    pub close: Vec<Contender>,
}

/// The best contender over all origins of these trials; `None` if no contender could predict at every origin.
///
/// Only contenders that predicted at every origin are compared: all had the same customers. Let D be the difference
/// between a contender's mean squared error and the least one. It is *close* if D is at most one standard error of D,
/// from paired differences by customer, or if the root of its error is within a thousandth. Windows overlap and share
/// customers, so the standard errors of the origins are added as if fully correlated: this is their upper bound.
///
/// Of the close models the best calibrated is chosen: the mean distance between the probability of any purchase and the
/// share who bought is least, over customers in tenths of that probability. Of the models within half a percentage
/// point of it the simplest is taken. A rule is chosen only if no model is close; then it has the least error.
pub fn verdict(origins: &[Origin], trials: &[Trial]) -> Option<Verdict> {
    let mut numbers: Vec<usize> = trials.iter().map(|trial| trial.origin).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let candidates: Vec<Candidate<'_>> = Contender::ALL
        .into_iter()
        .filter_map(|contender| Candidate::of(contender, &numbers, origins, trials))
        .collect();
    let least = candidates.iter().min_by(|left, right| left.squares.total_cmp(&right.squares))?;
    let close: Vec<&Candidate<'_>> =
        candidates.iter().filter(|candidate| candidate.is_close(least)).collect();
    let models = || close.iter().filter(|candidate| matches!(candidate.contender, Contender::Model(_)));
    let truest = models().map(|model| model.gap).min_by(f64::total_cmp);
    // The simplest models come first.
    let chosen = truest.and_then(|truest| models().find(|model| model.gap <= truest + AS_TRUE));
    Some(Verdict {
        chosen: chosen.map_or(least.contender, |chosen| chosen.contender),
        least: least.contender,
        close: close.iter().map(|candidate| candidate.contender).collect(),
    })
}

/// A contender that predicted at every origin.
struct Candidate<'a> {
    contender: Contender,
    /// At each origin, the actual outcomes and the forecasts.
    windows: Vec<(&'a Origin, &'a [f64])>,
    /// The mean squared error over all of them.
    squares: f64,
    /// The mean gap between probabilities of any purchase and the shares who bought; infinite without probabilities.
    gap: f64,
}

impl<'a> Candidate<'a> {
    fn of(
        contender: Contender,
        numbers: &[usize],
        origins: &'a [Origin],
        trials: &'a [Trial],
    ) -> Option<Self> {
        let (mut windows, mut squares, mut gaps, mut customers) =
            (Vec::new(), Sum::default(), Sum::default(), Sum::default());
        for number in numbers {
            let own = |trial: &&Trial| trial.contender == contender && trial.origin == *number;
            let trial = trials.iter().find(own)?;
            let errors = trial.errors?;
            windows.push((origins.get(*number)?, trial.forecasts.as_slice()));
            squares.add(errors.rmse * errors.rmse * errors.customers);
            gaps.add(trial.certainty.as_ref().map_or(f64::INFINITY, |of| of.gap * errors.customers));
            customers.add(errors.customers);
        }
        let customers = customers.value();
        let gap = gaps.value() / customers;
        // A compensated sum of infinite values is NaN.
        let gap = if gap.is_finite() { gap } else { f64::INFINITY };
        (customers > 0.0).then_some(Self { contender, windows, squares: squares.value() / customers, gap })
    }

    /// Whether chance alone may explain the difference of its error from the least.
    fn is_close(&self, least: &Self) -> bool {
        let as_good = ((1.0 + AS_GOOD) * (1.0 + AS_GOOD) - 1.0) * least.squares;
        self.squares - least.squares <= self.standard_error(least).max(as_good)
    }

    /// The standard error of the difference between the two mean squared errors.
    fn standard_error(&self, other: &Self) -> f64 {
        let (mut all, mut error) = (0.0, 0.0);
        for ((origin, own), (_, others)) in self.windows.iter().zip(&other.windows) {
            let (mut customers, mut sum, mut squares) = (0.0, Sum::default(), Sum::default());
            for ((outcome, own), other) in origin.outcomes.iter().zip(*own).zip(*others) {
                let (weight, came) = (f64::from(outcome.customers), f64::from(outcome.after));
                let more = (came - own).powi(2) - (came - other).powi(2);
                customers += weight;
                sum.add(weight * more);
                squares.add(weight * more * more);
            }
            // The square root of Σ (d − mean)², which is n times the standard error of the mean.
            error += (squares.value() - sum.value() * sum.value() / customers).max(0.0).sqrt();
            all += customers;
        }
        error / all
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, Rule};
    use super::*;
    use crate::analysis::clv::cell::History;
    use crate::analysis::clv::purchases::PurchaseModel;
    use crate::analysis::clv::uncertainty::{Certainty, Interval, Spread};

    const NBD: Contender = Contender::Model(PurchaseModel::Nbd);
    const MBG: Contender = Contender::Model(PurchaseModel::MbgNbd);
    const RULE: Contender = Contender::Rule(Rule::RecentOnly);

    /// Customers: every second one makes two purchases, the others none.
    fn origin(customers: u32) -> Origin {
        let outcome = |after| Outcome {
            history: History { x: 1, t_x_days: 5, t_days: 10 },
            before: 1,
            after,
            customers: customers / 2,
        };
        Origin { window_days: 10, outcomes: vec![outcome(2), outcome(0)], sum_ln_gaps: 0.0 }
    }

    fn certainty(gap: f64) -> Certainty {
        Certainty {
            level: 0.8,
            total: Spread { mean: 1.0, by_parameters: 0.0, by_chance: 1.0, most: f64::INFINITY },
            interval: Interval { low: 0.0, high: 1.0 },
            held: true,
            customers_within: 1.0,
            customers_promised: 1.0,
            tenths: Vec::new(),
            gap,
        }
    }

    /// A contender with these forecasts for buyers and for others; a rule if it gives no probabilities.
    fn trial(
        contender: Contender,
        number: usize,
        of: &Origin,
        forecasts: [f64; 2],
        gap: Option<f64>,
    ) -> Trial {
        Trial {
            contender,
            origin: number,
            fitted: None,
            errors: of.errors(&forecasts),
            forecasts: forecasts.to_vec(),
            certainty: gap.map(certainty),
        }
    }

    /// The verdict over one origin with this many customers.
    fn of(customers: u32, trials: &[(Contender, [f64; 2], Option<f64>)]) -> Verdict {
        let origin = origin(customers);
        let trials: Vec<Trial> =
            trials.iter().map(|(who, forecast, gap)| trial(*who, 0, &origin, *forecast, *gap)).collect();
        verdict(&[origin], &trials).unwrap()
    }

    #[test]
    fn a_rule_predicts_only_where_no_model_is_as_close() {
        // Squared errors of 0.81 and 0.49, 0.64 on average, against 0.49 and 1: the differences are −0.32 and 0.51,
        // 0.095 on average, with deviation 0.415. The standard error is that over the root of the number of customers.
        let tried = [(NBD, [1.3, 1.0], Some(0.1)), (RULE, [1.1, 0.7], None)];
        let few = of(18, &tried);
        assert_eq!((few.chosen, few.least, few.close), (NBD, RULE, vec![NBD, RULE]));
        let many = of(20, &tried);
        assert_eq!((many.chosen, many.least, many.close), (RULE, RULE, vec![RULE]));
    }

    #[test]
    fn among_those_as_close_the_best_calibrated_and_then_the_simplest_predicts() {
        let tried = |gaps: [f64; 2]| {
            of(
                10,
                &[
                    (NBD, [1.3, 1.0], Some(gaps[0])),
                    (MBG, [1.1, 0.7], Some(gaps[1])),
                    (RULE, [0.0, 2.0], None),
                ],
            )
        };
        assert_eq!(tried([0.1, 0.1]).chosen, NBD);
        assert_eq!(tried([0.1, 0.096]).chosen, NBD);
        assert_eq!(tried([0.1, 0.09]).chosen, MBG);
        assert_eq!(tried([0.09, 0.1]).chosen, NBD);
        // If the error is large, good calibration does not help.
        assert_eq!(of(1000, &[(NBD, [0.0, 2.0], Some(0.0)), (MBG, [1.1, 0.7], Some(0.2))]).chosen, MBG);
    }

    #[test]
    fn what_is_within_a_thousandth_is_as_good_whatever_the_number_of_customers() {
        let tried = |more: f64| {
            of(2_000_000_000, &[(NBD, [1.0 - more, 0.0], Some(0.1)), (MBG, [1.0, 0.0], Some(0.1))])
        };
        assert_eq!(tried(0.0009).chosen, NBD);
        assert_eq!(tried(0.0011).chosen, MBG);
    }

    #[test]
    fn all_who_are_compared_have_met_the_same_customers() {
        // The model was closer, but it could not predict at one of the two origins.
        let both = [origin(100), origin(100)];
        let none = Trial { errors: None, forecasts: Vec::new(), ..trial(MBG, 1, &both[1], [2.0, 0.0], None) };
        let mut trials = vec![
            trial(MBG, 0, &both[0], [2.0, 0.0], Some(0.0)),
            none,
            trial(NBD, 0, &both[0], [1.5, 0.5], Some(0.1)),
            trial(NBD, 1, &both[1], [1.5, 0.5], Some(0.1)),
        ];
        assert_eq!(verdict(&both, &trials).unwrap().close, [NBD]);
        // With only one origin it is compared.
        trials.retain(|trial| trial.origin == 0);
        assert_eq!(verdict(&both, &trials).unwrap().chosen, MBG);
        assert_eq!(verdict(&[], &[]), None);
    }

    #[test]
    fn origins_are_added_as_if_they_erred_together() {
        // Two equal origins have the standard error of one, not a 1.4th: with 18 customers at each the model is still
        // close.
        let both = [origin(18), origin(18)];
        let trials: Vec<Trial> = [0, 1]
            .into_iter()
            .flat_map(|number| {
                let of = &both[number];
                [trial(NBD, number, of, [1.3, 1.0], Some(0.1)), trial(RULE, number, of, [1.1, 0.7], None)]
            })
            .collect();
        assert_eq!(verdict(&both, &trials).unwrap().close, [NBD, RULE]);
    }
}
