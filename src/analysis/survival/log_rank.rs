//! The log-rank test: whether the event happens at the same pace in several groups.
//!
//! Mantel, N. (1966), "Evaluation of Survival Data and Two New Rank Order Statistics Arising in Its Consideration",
//! Cancer Chemotherapy Reports 50, 163–170; for several groups Peto and Peto (1972), Journal of the Royal Statistical
//! Society A 135, 185–207.
//!
//! If groups share one curve, the dᵢ events at tᵢ are distributed at random over the nᵢ at risk. Group g, with nᵢg of
//! them, expects eᵢg = dᵢ nᵢg / nᵢ, with covariances dᵢ (nᵢ − dᵢ)/(nᵢ − 1) · nᵢg/nᵢ (δgh − nᵢh/nᵢ). With u = Σᵢ
//! (observed − expected) and V the sum of the covariances, uᵀV⁻u is χ². Its degrees of freedom are the rank of V:
//! usually one less than the number of groups.

use nalgebra::{DMatrix, DVector};

use super::{Observation, SurvivalError, first_bad};
use crate::analysis::special::chi_square_tail;

/// Eigenvalues of V this far below the largest count as 0: they come from sums of counts that cancel.
const NOTHING: f64 = 1e-10;

/// The events of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Events.
    pub observed: f64,
    /// Expected events, if all groups shared one curve.
    pub expected: f64,
}

/// The result of the test.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// χ², 0 or more.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: u32,
    /// The probability of a χ² this large or larger, if groups share one curve.
    pub p_value: f64,
    /// The groups, in the order given.
    pub groups: Vec<Group>,
}

/// Tests whether groups share one survival curve. The order within a group does not matter.
///
/// # Errors
/// [`SurvivalError`] if there are no observations, one is impossible (positions count on over the groups), or no event
/// happened while more than one group was at risk.
pub fn log_rank(groups: &[&[Observation]]) -> Result<LogRank, SurvivalError> {
    if let Some(row) = first_bad(groups.iter().copied().flatten()) {
        return Err(SurvivalError::BadObservation(row));
    }
    let mut sorted: Vec<(usize, Observation)> =
        groups.iter().enumerate().flat_map(|(group, of)| of.iter().map(move |of| (group, *of))).collect();
    if sorted.is_empty() {
        return Err(SurvivalError::Empty);
    }
    // From the last time on: those observed longer are then already at risk.
    sorted.sort_unstable_by(|(left_group, left), (right_group, right)| {
        let by_time = right.time.total_cmp(&left.time);
        by_time.then(left_group.cmp(right_group)).then(left.weight.total_cmp(&right.weight))
    });
    let count = groups.len();
    let mut at_risk = DVector::<f64>::zeros(count);
    let (mut observed, mut expected) = (DVector::<f64>::zeros(count), DVector::<f64>::zeros(count));
    let mut covariance = DMatrix::<f64>::zeros(count, count);
    for same in sorted.chunk_by(|(_, left), (_, right)| left.time.total_cmp(&right.time).is_eq()) {
        let mut events = 0.0;
        for (group, of) in same {
            at_risk[*group] += of.weight;
            if of.event {
                observed[*group] += of.weight;
                events += of.weight;
            }
        }
        if events == 0.0 {
            continue;
        }
        let all = at_risk.sum();
        let shares = &at_risk / all;
        expected += &shares * events;
        if all > 1.0 {
            let spread = events * (all - events).max(0.0) / (all - 1.0);
            covariance += (DMatrix::from_diagonal(&shares) - &shares * shares.transpose()) * spread;
        }
    }
    let (statistic, degrees_of_freedom) =
        quadratic_form(&(&observed - &expected), covariance).ok_or(SurvivalError::NothingToCompare)?;
    let groups = observed.iter().zip(&expected);
    Ok(LogRank {
        statistic,
        degrees_of_freedom,
        p_value: chi_square_tail(statistic, degrees_of_freedom),
        groups: groups
            .map(|(observed, expected)| Group { observed: *observed, expected: *expected })
            .collect(),
    })
}

/// uᵀV⁻u, with V⁻ the inverse where V has one, and the rank of V; `None` if the rank is 0.
fn quadratic_form(excess: &DVector<f64>, covariance: DMatrix<f64>) -> Option<(f64, u32)> {
    let eigen = covariance.symmetric_eigen();
    let least = NOTHING * eigen.eigenvalues.amax();
    let along = eigen.eigenvectors.transpose() * excess;
    let (mut statistic, mut rank) = (0.0, 0);
    for (excess, variance) in along.iter().zip(&eigen.eigenvalues) {
        if *variance > least {
            statistic += excess * excess / variance;
            rank += 1;
        }
    }
    (rank > 0).then_some((statistic, rank))
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Exp};

    use super::super::kaplan_meier::tests::{placebo, some_observations, treated};
    use super::*;

    #[test]
    fn the_leukaemia_trial() {
        // χ² = 16.79 with 9 and 21 relapses where 19.25 and 10.75 were expected: Kleinbaum and Klein 2012, chapter 2;
        // R's survdiff; the further digits are from lifelines.
        let (treated, placebo) = (treated(), placebo());
        let found = log_rank(&[&treated, &placebo]).unwrap();
        assert!((found.statistic - 16.792_940_989_216_55).abs() < 1e-6, "{found:?}");
        assert_eq!(found.degrees_of_freedom, 1);
        assert!((found.p_value / 4.168_809_109_334_5e-5 - 1.0).abs() < 1e-6, "{found:?}");
        assert_eq!((found.groups[0].observed, found.groups[1].observed), (9.0, 21.0));
        assert!((found.groups[0].expected - 19.25).abs() < 5e-3, "{found:?}");
        assert!((found.groups[1].expected - 10.75).abs() < 5e-3, "{found:?}");
    }

    #[test]
    fn three_groups() {
        // The trial's two groups and a third from the first eleven of each, compared with lifelines' multivariate test.
        let (treated, placebo) = (treated(), placebo());
        let both = [&treated[..11], &placebo[..11]].concat();
        let found = log_rank(&[&treated, &placebo, &both]).unwrap();
        assert!((found.statistic - 22.189_730_401_944_1).abs() < 1e-6, "{found:?}");
        assert_eq!(found.degrees_of_freedom, 2);
        assert!((found.p_value / 1.519_012_213_393_2e-5 - 1.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn groups_that_never_meet_are_not_compared() {
        let of = |time: f64, event: bool| Observation { time, event, weight: 3.0 };
        assert_eq!(log_rank(&[]), Err(SurvivalError::Empty));
        assert_eq!(log_rank(&[&[], &[]]), Err(SurvivalError::Empty));
        assert_eq!(log_rank(&[&[of(1.0, true), of(4.0, true)]]), Err(SurvivalError::NothingToCompare));
        assert_eq!(log_rank(&[&[of(5.0, false)], &[of(7.0, false)]]), Err(SurvivalError::NothingToCompare));
        assert_eq!(log_rank(&[&[of(1.0, false)], &[of(7.0, true)]]), Err(SurvivalError::NothingToCompare));
        assert_eq!(log_rank(&[&[of(1.0, true)], &[of(-7.0, true)]]), Err(SurvivalError::BadObservation(1)));
        // A third group that is never at risk with the others does not change the test.
        let (treated, placebo) = (treated(), placebo());
        let two = log_rank(&[&treated, &placebo]).unwrap();
        let three = log_rank(&[&treated, &[of(0.5, false)], &placebo]).unwrap();
        assert!((two.statistic - three.statistic).abs() < 1e-9);
        assert_eq!(three.degrees_of_freedom, 1);
    }

    #[test]
    fn p_values_of_groups_alike_are_even() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let times = Exp::new(0.1).unwrap();
        let mut low = [0, 0];
        let samples = 1000;
        for _ in 0..samples {
            let mut sample = |size: usize, latest: f64| -> Vec<Observation> {
                (0..size)
                    .map(|_| {
                        let (event, end): (f64, f64) =
                            (times.sample(&mut random), random.random_range(0.0..latest));
                        Observation { time: event.min(end), event: event <= end, weight: 1.0 }
                    })
                    .collect()
            };
            let groups = [sample(50, 20.0), sample(60, 40.0), sample(40, 12.0)];
            let found = log_rank(&groups.each_ref().map(Vec::as_slice)).unwrap();
            low[0] += i32::from(found.p_value < 0.05);
            low[1] += i32::from(found.p_value < 0.5);
        }
        assert!((35..=65).contains(&low[0]) && (450..=550).contains(&low[1]), "{low:?}");
    }

    proptest! {
        #[test]
        fn what_is_expected_adds_up_to_what_is_observed(
            groups in prop::collection::vec(some_observations(), 2..5),
        ) {
            let slices: Vec<_> = groups.iter().map(Vec::as_slice).collect();
            if let Ok(found) = log_rank(&slices) {
                let (observed, expected) = found
                    .groups
                    .iter()
                    .fold((0.0, 0.0), |(observed, expected), of| (observed + of.observed, expected + of.expected));
                prop_assert!((observed - expected).abs() < 1e-10 * observed);
                prop_assert!(found.statistic >= 0.0 && (0.0..=1.0).contains(&found.p_value));
                prop_assert!((1..groups.len() as u32).contains(&found.degrees_of_freedom));
                // Groups in another order, their observations too: the same test.
                let reversed: Vec<Vec<_>> =
                    groups.iter().rev().map(|group| group.iter().rev().copied().collect()).collect();
                let slices: Vec<_> = reversed.iter().map(Vec::as_slice).collect();
                let other = log_rank(&slices).unwrap();
                prop_assert!((other.statistic - found.statistic).abs() < 1e-8 * (1.0 + found.statistic));
            }
        }
    }
}
