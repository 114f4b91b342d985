//! The survival curve of Kaplan and Meier, with its statistical uncertainty.
//!
//! Kaplan, E. L. and P. Meier (1958), "Nonparametric Estimation from Incomplete Observations", Journal of the American
//! Statistical Association 53, 457–481. Variances by Greenwood (1926):
//!
//! S(t) = Π (nᵢ − dᵢ)/nᵢ over tᵢ ≤ t;  Var S(t) = S(t)² G(t), G(t) = Σ dᵢ / (nᵢ (nᵢ − dᵢ)).
//!
//! Bands are those of ln(−ln S) (Kalbfleisch and Prentice 2002, section 1.4), S^exp(± z √G / ln S): they stay between 0
//! and 1, but S ± z √Var does not.

use super::{Observation, SurvivalError, first_bad};
use crate::analysis::special::Sum;

/// The quantile of the normal distribution with 2½ % beyond: bands and intervals have 95 %.
const NORMAL_POINT: f64 = 1.959_963_984_540_054;

/// A curve this close above a share has reached it: products of counts are rounded.
const ROUNDING: f64 = 1e-12;

/// The curve from one time with events to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time of the events, tᵢ.
    pub time: f64,
    /// The number at risk just before.
    pub at_risk: f64,
    /// The number of events.
    pub events: f64,
    /// The share with the event later than this, S(tᵢ).
    pub survival: f64,
    /// The standard error of the share (Greenwood); `None` if nobody is left.
    pub standard_error: Option<f64>,
    /// The 95 % band of the share, lower and upper; `None` if nobody is left.
    pub band: Option<(f64, f64)>,
    /// Σ d / (n (n − d)) up to here; infinite if nobody is left.
    greenwood: f64,
}

/// The time when a share of events has happened, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The time; `None` if the curve does not fall so far.
    pub time: Option<f64>,
    /// The lower end of the interval; `None` if the band does not fall so far.
    pub lower: Option<f64>,
    /// The upper end of the interval; `None` if it is open.
    pub upper: Option<f64>,
}

/// A mean with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// A survival curve.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    steps: Vec<Step>,
    last: f64,
}

impl KaplanMeier {
    /// The curve of observations in any order.
    ///
    /// # Errors
    /// [`SurvivalError`] if there are none, or one is impossible.
    pub fn of(observations: &[Observation]) -> Result<Self, SurvivalError> {
        if let Some(row) = first_bad(observations.iter()) {
            return Err(SurvivalError::BadObservation(row));
        }
        let mut sorted = observations.to_vec();
        sorted.sort_unstable_by(|left, right| {
            left.time.total_cmp(&right.time).then(left.weight.total_cmp(&right.weight))
        });
        let last = sorted.last().ok_or(SurvivalError::Empty)?.time;
        Ok(Self { steps: steps(&sorted), last })
    }

    /// The steps of the curve, one for each time with an event. Before the first the share is 1.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The time of the last observation, up to which the curve is known.
    pub fn last(&self) -> f64 {
        self.last
    }

    /// S(t): the share with the event later than t. `None` for a t beyond the last observation, unless nobody was left
    /// by then, and for an invalid t.
    pub fn survival(&self, t: f64) -> Option<f64> {
        let past = self.steps.partition_point(|step| step.time <= t);
        let share = past.checked_sub(1).and_then(|at| self.steps.get(at)).map_or(1.0, |step| step.survival);
        let known = t >= 0.0 && (t <= self.last || share == 0.0);
        known.then_some(share)
    }

    /// The first time when the share is at most `share` (0.5 for the median), and those of the band's ends (Brookmeyer
    /// and Crowley 1982, on the scale of the band).
    pub fn quantile(&self, share: f64) -> Quantile {
        let reached = |value: f64| value <= share * (1.0 + ROUNDING);
        let first = |at: fn(&Step) -> Option<f64>| {
            self.steps.iter().find(|step| at(step).is_some_and(reached)).map(|step| step.time)
        };
        Quantile {
            time: first(|step| Some(step.survival)),
            lower: first(|step| Some(step.band.map_or(0.0, |(lower, _)| lower))),
            upper: first(|step| step.band.map(|(_, upper)| upper)),
        }
    }

    /// The median: the time when the event has happened for half of all.
    pub fn median(&self) -> Quantile {
        self.quantile(0.5)
    }

    /// The mean time to the event or to `horizon`, whichever is first: the area under the curve up to there, with the
    /// variance Σ Aᵢ² dᵢ / (nᵢ (nᵢ − dᵢ)), Aᵢ the area from tᵢ on (Klein and Moeschberger 2003, section 4.5). `None` if
    /// the curve is not known so far, or the horizon is invalid.
    pub fn restricted_mean(&self, horizon: f64) -> Option<Mean> {
        self.survival(horizon).filter(|_| horizon.is_finite())?;
        let past = self.steps.partition_point(|step| step.time < horizon);
        let (mut area, mut variance, mut end) = (Sum::default(), Sum::default(), horizon);
        // From the end: the area beyond each step is then known.
        for (at, step) in self.steps.iter().enumerate().take(past).rev() {
            area.add((end - step.time) * step.survival);
            end = step.time;
            let before =
                at.checked_sub(1).and_then(|at| self.steps.get(at)).map_or(0.0, |step| step.greenwood);
            if step.survival > 0.0 {
                variance.add(area.value().powi(2) * (step.greenwood - before));
            }
        }
        area.add(end);
        Some(Mean { value: area.value(), standard_error: variance.value().max(0.0).sqrt() })
    }
}

/// The steps of observations sorted by time.
fn steps(sorted: &[Observation]) -> Vec<Step> {
    // From the end: those observed longer are counted first, and sums of whole weights are exact.
    let mut steps: Vec<Step> = Vec::new();
    let mut watched = Sum::default();
    for same in sorted.chunk_by(|left, right| left.time.total_cmp(&right.time).is_eq()).rev() {
        let (mut events, mut kept) = (Sum::default(), watched);
        for of in same {
            if of.event {
                events.add(of.weight);
            } else {
                kept.add(of.weight);
            }
        }
        watched = kept;
        watched.add(events.value());
        if let Some(first) = same.first().filter(|_| events.value() > 0.0) {
            let (at_risk, events, kept) = (watched.value(), events.value(), kept.value());
            // First each step has its own share and term; the products and sums follow.
            let (survival, greenwood) = (kept / at_risk, events / at_risk / kept);
            steps.push(Step {
                time: first.time,
                at_risk,
                events,
                survival,
                standard_error: None,
                band: None,
                greenwood,
            });
        }
    }
    steps.reverse();
    let (mut survival, mut greenwood) = (1.0, Sum::default());
    for step in &mut steps {
        survival *= step.survival;
        step.survival = survival;
        if survival > 0.0 {
            greenwood.add(step.greenwood);
            step.greenwood = greenwood.value();
            let error = step.greenwood.sqrt();
            step.standard_error = Some(survival * error);
            step.band = Some(band(survival, error));
        } else {
            step.greenwood = f64::INFINITY;
        }
    }
    steps
}

/// The band of a share S strictly between 0 and 1, with √G.
fn band(survival: f64, error: f64) -> (f64, f64) {
    let ln_survival = libm::log(survival);
    let spread = NORMAL_POINT * error / -ln_survival;
    (libm::exp(ln_survival * libm::exp(spread)), libm::exp(ln_survival * libm::exp(-spread)))
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
pub(super) mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Exp};

    use super::*;

    /// Weeks to relapse of children with leukaemia on 6-mercaptopurine; `false` where they were still in remission.
    /// Freireich, E. J. et al. (1963), Blood 21, 699–716, as Kalbfleisch and Prentice and most texts print it.
    pub const TREATED: [(f64, bool); 21] = [
        (6.0, true),
        (6.0, true),
        (6.0, true),
        (6.0, false),
        (7.0, true),
        (9.0, false),
        (10.0, true),
        (10.0, false),
        (11.0, false),
        (13.0, true),
        (16.0, true),
        (17.0, false),
        (19.0, false),
        (20.0, false),
        (22.0, true),
        (23.0, true),
        (25.0, false),
        (32.0, false),
        (32.0, false),
        (34.0, false),
        (35.0, false),
    ];

    /// The same of those on placebo, all with a relapse.
    pub const PLACEBO: [f64; 21] = [
        1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0, 15.0, 17.0,
        22.0, 23.0,
    ];

    pub fn treated() -> Vec<Observation> {
        TREATED.iter().map(|(time, event)| Observation { time: *time, event: *event, weight: 1.0 }).collect()
    }

    pub fn placebo() -> Vec<Observation> {
        PLACEBO.iter().map(|time| Observation { time: *time, event: true, weight: 1.0 }).collect()
    }

    #[test]
    fn the_curve_of_the_leukaemia_trial() {
        // Time, at risk, relapses, S and its standard error as the texts print them (Kleinbaum and Klein 2012, chapter 2;
        // Collett 2015); the bands by lifelines.
        let expected = [
            (6.0, 21.0, 3.0, 0.8571, 0.0764, 0.619_718, 0.951_552),
            (7.0, 17.0, 1.0, 0.8067, 0.0869, 0.563_147, 0.922_809),
            (10.0, 15.0, 1.0, 0.7529, 0.0963, 0.503_200, 0.889_362),
            (13.0, 12.0, 1.0, 0.6902, 0.1068, 0.431_610, 0.849_066),
            (16.0, 11.0, 1.0, 0.6275, 0.1141, 0.367_511, 0.804_912),
            (22.0, 7.0, 1.0, 0.5378, 0.1282, 0.267_779, 0.746_791),
            (23.0, 6.0, 1.0, 0.4482, 0.1346, 0.188_052, 0.680_143),
        ];
        let curve = KaplanMeier::of(&treated()).unwrap();
        assert_eq!(curve.steps().len(), expected.len());
        for (step, (time, at_risk, events, survival, error, lower, upper)) in
            curve.steps().iter().zip(expected)
        {
            assert_eq!((step.time, step.at_risk, step.events), (time, at_risk, events));
            assert!((step.survival - survival).abs() < 5e-5, "{step:?}");
            assert!((step.standard_error.unwrap() - error).abs() < 5e-5, "{step:?}");
            let (low, high) = step.band.unwrap();
            assert!((low - lower).abs() < 1e-6 && (high - upper).abs() < 1e-6, "{step:?}");
        }
        assert_eq!((curve.last(), curve.survival(35.0)), (35.0, Some(curve.steps()[6].survival)));
        assert_eq!(
            (curve.survival(5.9), curve.survival(35.1), curve.survival(f64::NAN)),
            (Some(1.0), None, None)
        );
    }

    #[test]
    fn medians_and_means_of_the_leukaemia_trial() {
        // Medians of 23 and 8 weeks in all texts; intervals by lifelines; the mean up to 35 weeks by lifelines, its
        // standard error by the formula, computed separately from this code.
        let (treated, placebo) = (KaplanMeier::of(&treated()).unwrap(), KaplanMeier::of(&placebo()).unwrap());
        assert_eq!(treated.median(), Quantile { time: Some(23.0), lower: Some(13.0), upper: None });
        assert_eq!(placebo.median(), Quantile { time: Some(8.0), lower: Some(4.0), upper: Some(11.0) });
        assert_eq!(treated.quantile(0.1), Quantile { time: None, lower: None, upper: None });
        let mean = treated.restricted_mean(35.0).unwrap();
        assert!((mean.value - 23.287).abs() < 5e-4 && (mean.standard_error - 2.827).abs() < 5e-4, "{mean:?}");
        // Without censoring: the mean, and its standard error with n instead of n − 1.
        let mean = placebo.restricted_mean(23.0).unwrap();
        assert!((mean.value - 182.0 / 21.0).abs() < 1e-12, "{mean:?}");
        let variance: f64 =
            PLACEBO.iter().map(|time| (time - 182.0 / 21.0).powi(2)).sum::<f64>() / (21.0 * 21.0);
        assert!((mean.standard_error - variance.sqrt()).abs() < 1e-12, "{mean:?}");
        assert_eq!(placebo.restricted_mean(50.0), placebo.restricted_mean(23.0));
        assert_eq!(treated.restricted_mean(36.0), None);
        assert_eq!(treated.restricted_mean(-1.0), None);
        assert_eq!(treated.restricted_mean(f64::NAN), None);
        assert_eq!(treated.restricted_mean(4.0), Some(Mean { value: 4.0, standard_error: 0.0 }));
    }

    #[test]
    fn the_end_of_a_curve_that_falls_to_nothing_has_no_band() {
        let curve = KaplanMeier::of(&placebo()).unwrap();
        let last = curve.steps().last().unwrap();
        assert_eq!((last.survival, last.standard_error, last.band), (0.0, None, None));
        assert_eq!((curve.survival(99.0), curve.quantile(0.0).time), (Some(0.0), Some(23.0)));
    }

    #[test]
    fn no_curve_of_nothing_or_of_the_impossible() {
        let good = Observation { time: 3.0, event: true, weight: 2.0 };
        assert_eq!(KaplanMeier::of(&[]), Err(SurvivalError::Empty));
        for bad in [
            Observation { time: -1.0, ..good },
            Observation { time: f64::NAN, ..good },
            Observation { time: f64::INFINITY, ..good },
            Observation { weight: 0.0, ..good },
            Observation { weight: f64::NAN, ..good },
        ] {
            assert_eq!(KaplanMeier::of(&[good, bad]), Err(SurvivalError::BadObservation(1)), "{bad:?}");
        }
        // Nobody had the event: the curve is 1 as far as it is known.
        let none = KaplanMeier::of(&[Observation { event: false, ..good }]).unwrap();
        assert_eq!((none.steps().len(), none.survival(3.0), none.survival(3.1)), (0, Some(1.0), None));
        assert_eq!(none.median(), Quantile { time: None, lower: None, upper: None });
    }

    #[test]
    fn bands_hold_the_truth_as_often_as_they_say() {
        // Exponential times of mean 10, censored between 0 and 20: S(8), the median and the mean up to 15.
        let mut random = ChaCha8Rng::seed_from_u64(12);
        let times = Exp::new(0.1).unwrap();
        let (mut share, mut median, mut mean, samples) = (0, 0, 0, 1000);
        for _ in 0..samples {
            let sample: Vec<_> = (0..100)
                .map(|_| {
                    let (event, end): (f64, f64) =
                        (times.sample(&mut random), random.random_range(0.0..20.0));
                    Observation { time: event.min(end), event: event <= end, weight: 1.0 }
                })
                .collect();
            let curve = KaplanMeier::of(&sample).unwrap();
            let at = curve.steps().iter().rfind(|step| step.time <= 8.0).unwrap();
            let (low, high) = at.band.unwrap();
            share += i32::from((low..=high).contains(&(-0.8_f64).exp()));
            let Quantile { lower, upper, .. } = curve.median();
            let truth = 10.0 * core::f64::consts::LN_2;
            median += i32::from(
                lower.is_none_or(|lower| lower <= truth) && upper.is_none_or(|upper| upper >= truth),
            );
            if let Some(found) = curve.restricted_mean(15.0) {
                let truth = 10.0 * -(-1.5_f64).exp_m1();
                mean += i32::from((found.value - truth).abs() < NORMAL_POINT * found.standard_error);
            } else {
                mean += 1;
            }
        }
        for held in [share, median, mean] {
            assert!(
                (0.93..0.97).contains(&(f64::from(held) / f64::from(samples))),
                "{share} {median} {mean}"
            );
        }
    }

    pub fn some_observations() -> impl Strategy<Value = Vec<Observation>> {
        let one = (0..20_u32, any::<bool>(), 1..5_u32).prop_map(|(time, event, weight)| Observation {
            time: f64::from(time),
            event,
            weight: f64::from(weight),
        });
        prop::collection::vec(one, 1..30)
    }

    proptest! {
        #[test]
        fn weights_are_repetitions_and_order_does_not_matter(mut observations in some_observations()) {
            let curve = KaplanMeier::of(&observations).unwrap();
            observations.reverse();
            prop_assert_eq!(&curve, &KaplanMeier::of(&observations).unwrap());
            let repeated: Vec<_> = observations
                .iter()
                .flat_map(|of| vec![Observation { weight: 1.0, ..*of }; of.weight as usize])
                .collect();
            prop_assert_eq!(curve, KaplanMeier::of(&repeated).unwrap());
        }

        #[test]
        fn curves_fall_within_their_bands(observations in some_observations(), share in 0.01..0.99_f64) {
            let curve = KaplanMeier::of(&observations).unwrap();
            let mut before = 1.0;
            for step in curve.steps() {
                prop_assert!(step.survival < before && step.survival >= 0.0);
                prop_assert!(step.events > 0.0 && step.at_risk >= step.events);
                prop_assert_eq!(step.band.is_none(), step.survival == 0.0);
                if let Some((lower, upper)) = step.band {
                    prop_assert!(0.0 <= lower && lower <= step.survival && step.survival <= upper && upper <= 1.0);
                }
                before = step.survival;
            }
            let Quantile { time, lower, upper } = curve.quantile(share);
            if let Some(time) = time {
                prop_assert!(lower.unwrap() <= time && upper.is_none_or(|upper| upper >= time));
                prop_assert!(curve.survival(time).unwrap() <= share * (1.0 + 1e-9));
            }
            let mean = curve.restricted_mean(curve.last()).unwrap();
            prop_assert!(mean.value >= 0.0 && mean.value <= curve.last() && mean.standard_error >= 0.0);
        }

        #[test]
        fn without_censoring_the_curve_counts(times in prop::collection::vec(0..20_u32, 1..40), t in 0..20_u32) {
            let sample: Vec<_> =
                times.iter().map(|time| Observation { time: f64::from(*time), event: true, weight: 1.0 }).collect();
            let curve = KaplanMeier::of(&sample).unwrap();
            let later = times.iter().filter(|time| **time > t).count() as f64 / times.len() as f64;
            prop_assert!((curve.survival(f64::from(t)).unwrap() - later).abs() < 1e-13);
        }
    }
}
