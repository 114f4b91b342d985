//! From a mean and a standard deviation to an interval.

use crate::analysis::special::distribution::{gamma_quantile, t_quantile};

/// A predicted figure, and its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The expected value.
    pub mean: f64,
    /// The standard deviation due to the uncertainty of the parameters.
    pub by_parameters: f64,
    /// The standard deviation due to the customers' random behaviour, with known parameters.
    pub by_chance: f64,
    /// The greatest possible value: the number of customers if these are counted, else infinite.
    pub most: f64,
}

/// The two ends of the range where a figure should lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end, never below 0.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the actual value lies within, the ends included.
    pub fn holds(&self, came: f64) -> bool {
        self.low <= came && came <= self.high
    }
}

impl Spread {
    /// The standard deviation from both sources: they are independent, as chance is in the future and the estimates are
    /// from the past.
    pub fn sd(&self) -> f64 {
        libm::hypot(self.by_parameters, self.by_chance)
    }

    /// The same figure times a number above 0, such as a margin.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self {
            mean: self.mean * factor,
            by_parameters: self.by_parameters * factor,
            by_chance: self.by_chance * factor,
            most: self.most * factor,
        }
    }

    /// The interval that holds the figure with probability `level` (0.8), with equal probability beyond each end, if
    /// the model is right.
    ///
    /// It is that of a gamma distribution with this mean and standard deviation. Purchases of one customer are Poisson
    /// counts with gamma-distributed rates, so nearly gamma themselves. Sums over many customers are nearly normal,
    /// like a gamma of small variation. Nothing lies below 0, however uncertain the figure. A number of customers above
    /// half of all is treated in the same way from the upper end. NaN if mean or deviation is NaN.
    pub fn interval(&self, level: f64) -> Interval {
        if 2.0 * self.mean > self.most {
            let rest = gamma(self.most - self.mean, self.sd(), level);
            return Interval { low: (self.most - rest.high).max(0.0), high: self.most - rest.low };
        }
        let Interval { low, high } = gamma(self.mean, self.sd(), level);
        Interval { low, high: if high > self.most { self.most } else { high } }
    }
}

fn gamma(mean: f64, sd: f64, level: f64) -> Interval {
    if sd.is_nan() || mean.is_nan() {
        return Interval { low: f64::NAN, high: f64::NAN };
    }
    let shape = mean / sd * (mean / sd);
    if mean <= 0.0 || sd <= 0.0 || !shape.is_finite() {
        let mean = mean.max(0.0);
        return Interval { low: mean, high: mean };
    }
    let tail = 0.5 * (1.0 - level.clamp(0.0, 1.0));
    let at = |p: f64| mean * (gamma_quantile(shape, p) / shape);
    Interval { low: at(tail), high: at(1.0 - tail) }
}

/// A smaller share of the prediction counts as this share: the logarithm of zero is useless.
const LEAST_SHARE: f64 = 0.01;
/// Ends further from the mean than this factor are useless.
const FARTHEST: f64 = 10.0;

/// The differences of totals from their predictions, in windows of the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// For each window, actual/predicted − 1.
    surprises: Vec<f64>,
    /// The number of windows without a common day that would give as much information.
    apart: f64,
    /// Days of each window, if known.
    window_days: Option<i64>,
    /// The factor by which errors are larger than in the windows.
    stretch: f64,
}

impl Default for Past {
    fn default() -> Self {
        Self::new(Vec::new(), 0.0, None)
    }
}

impl Past {
    /// From windows with these values of actual/predicted − 1; together they cover as many days as `apart` windows.
    pub fn new(surprises: Vec<f64>, apart: f64, window_days: Option<i64>) -> Self {
        let most = surprises.len() as f64;
        let apart = if apart.is_finite() { apart.clamp(1.0_f64.min(most), most) } else { most };
        Self { surprises, apart, window_days, stretch: 1.0 }
    }

    /// The same for a total that is complete only after `days`. Beyond the days of the windows, errors have not been
    /// observed. Causes such as growth and fashion accumulate from day to day: with such a random walk of the level,
    /// the error grows with the square root of time.
    #[must_use]
    pub fn as_far_as(&self, days: f64) -> Self {
        let windows = self.window_days.filter(|days| *days > 0).map(|window| days / window as f64);
        let stretch =
            windows.filter(|windows| windows.is_finite()).map_or(1.0, |windows| windows.max(1.0).sqrt());
        Self { stretch, ..self.clone() }
    }

    /// How many windows there are.
    pub fn windows(&self) -> usize {
        self.surprises.len()
    }

    /// Days of each window, if known.
    pub fn window_days(&self) -> Option<i64> {
        self.window_days
    }

    /// In how many windows the actual value was as near to the prediction as the interval's ends to this mean.
    pub fn held_by(&self, interval: Interval, mean: f64) -> usize {
        // An end may be exactly the actual value.
        let rounding = 1e-9 * mean;
        let wide = Interval { low: interval.low - rounding, high: interval.high + rounding };
        self.surprises.iter().filter(|surprise| wide.holds(mean * (1.0 + **surprise))).count()
    }
}

/// The interval of a total, if the model is as wrong as it was in the past. `None` without a past, if nothing is
/// predicted, and if forecasts were so wrong that an end would be a tenth or ten times of the prediction.
///
/// Errors e are taken as ln(1 + e): twice as much and half as much are equally wrong. The interval is symmetric in the
/// logarithm, and never below 0. Their root mean square s is taken about 0, as a constant bias is an error too. Its
/// degrees of freedom n are the number of windows without a common day: for three windows, each half a window after the
/// other, two. These errors include chance and parameters. So s is not added to the model's own deviation (of the
/// logarithm, σ): the larger one is used:
///
/// mean · exp(± t · max(s, σ)),  t with n · (max(s, σ)/s)⁴ degrees of freedom.
///
/// If s is larger, this is Student's interval of n observations: with one window 2.4 times as wide as the normal one at
/// 80 %, with two 1.5 times. If the past was better than the model states, σ is used. The degrees of freedom then grow
/// as for a variance with only the share s²/σ² from the windows (Satterthwaite 1946), up to the normal interval.
///
/// If the total lies further ahead than the windows reach, s is larger by the factor of [`Past::as_far_as`].
///
/// The interval is never narrower than that of the model alone, and wide enough to have held in at least the promised
/// share of the known windows: at 80 %, with four windows or fewer, in each of them.
///
/// It assumes that the next window is like the past ones, and that errors have one variance and a normal logarithm. So
/// few windows cannot show whether it holds as often as it promises; a past without shocks says nothing about a future
/// one.
pub fn tested_interval(mean: f64, own_sd: f64, past: &Past, level: f64) -> Option<Interval> {
    let usable = mean > 0.0 && mean.is_finite() && own_sd >= 0.0 && own_sd.is_finite();
    let errors = &past.surprises;
    if !usable || errors.is_empty() || !errors.iter().all(|error| *error >= -1.0 && error.is_finite()) {
        return None;
    }
    let level = level.clamp(0.0, 1.0);
    let mut misses: Vec<f64> =
        errors.iter().map(|error| past.stretch * libm::log((1.0 + error).max(LEAST_SHARE)).abs()).collect();
    misses.sort_by(f64::total_cmp);
    let count = errors.len() as f64;
    let square = misses.iter().map(|miss| miss * miss).sum::<f64>() / count;
    let past_scale = square.sqrt();
    let variation = own_sd / mean;
    let own = libm::log1p(variation * variation).sqrt();
    let scale = past_scale.max(own);
    let degrees = past.apart * (scale / past_scale).powi(4);
    let reach = if scale > 0.0 {
        let degrees = if degrees.is_nan() { f64::INFINITY } else { degrees };
        scale * t_quantile(0.5 * (1.0 + level), degrees)
    } else {
        0.0
    };
    // The promised share, applied to the known windows.
    let promised = (level * count).ceil() as usize;
    let known = promised.checked_sub(1).and_then(|place| misses.get(place)).copied();
    let reach = reach.max(known.unwrap_or(0.0));
    let alone = gamma(mean, own_sd, level);
    (reach <= libm::log(FARTHEST)).then(|| Interval {
        low: (mean * libm::exp(-reach)).min(alone.low),
        high: (mean * libm::exp(reach)).max(alone.high),
    })
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn spread(mean: f64, by_parameters: f64, by_chance: f64) -> Spread {
        Spread { mean, by_parameters, by_chance, most: f64::INFINITY }
    }

    /// Four times as far ahead as observed, the logarithm of an end lies twice as far; within the windows nothing
    /// changes, and also not if their length is unknown.
    #[test]
    fn beyond_the_windows_ends_lie_further() {
        let past = Past::new(vec![0.1, -0.05, 0.2], 2.0, Some(90));
        let reach = |past: &Past| libm::log(tested_interval(100.0, 1.0, past, 0.8).unwrap().high / 100.0);
        let seen = reach(&past);
        for days in [0.0, 30.0, 90.0] {
            assert_eq!(reach(&past.as_far_as(days)), seen);
        }
        assert!((reach(&past.as_far_as(360.0)) / seen - 2.0).abs() < 1e-12);
        assert!((reach(&past.as_far_as(135.0)) / seen - 1.5_f64.sqrt()).abs() < 1e-12);
        let unknown = Past::new(vec![0.1, -0.05, 0.2], 2.0, None);
        assert_eq!(reach(&unknown.as_far_as(360.0)), seen);
        // So far that an end would be ten times the prediction.
        assert_eq!(tested_interval(100.0, 1.0, &past.as_far_as(90.0 * 400.0), 0.8), None);
    }

    #[test]
    fn a_narrow_interval_is_the_normal_one() {
        let one = spread(1000.0, 3.0, 4.0);
        assert_eq!(one.sd(), 5.0);
        let Interval { low, high } = one.interval(0.8);
        // 1.28155 standard deviations, and a skewness of 2σ/μ, which moves both ends by (z² − 1)/6 of it.
        let moved = 5.0 * (1.281_551_6 * 1.281_551_6 - 1.0) / 6.0 * 0.01;
        assert!((low - (1000.0 - 6.407_758 + moved)).abs() < 1e-3, "{low}");
        assert!((high - (1000.0 + 6.407_758 + moved)).abs() < 1e-3, "{high}");
        assert_eq!(one.times(2.0).interval(0.8), Interval { low: low * 2.0, high: high * 2.0 });
    }

    #[test]
    fn nothing_lies_below_zero_and_nobody_beyond_all() {
        // With a deviation as large as the mean the gamma is the exponential distribution.
        let Interval { low, high } = spread(1.0, 0.0, 1.0).interval(0.8);
        assert!(
            (low + (0.9_f64).ln()).abs() < 1e-12 && (high + (0.1_f64).ln()).abs() < 1e-12,
            "{low} {high}"
        );
        let nearly_all = Spread { most: 10.0, ..spread(9.0, 0.0, 1.0) }.interval(0.8);
        assert!((nearly_all.high - (10.0 + (0.9_f64).ln())).abs() < 1e-12, "{nearly_all:?}");
        assert!((nearly_all.low - (10.0 + (0.1_f64).ln())).abs() < 1e-12, "{nearly_all:?}");
        assert_eq!(spread(0.0, 0.0, 0.0).interval(0.8), Interval { low: 0.0, high: 0.0 });
        assert_eq!(spread(3.0, 0.0, 0.0).interval(0.8), Interval { low: 3.0, high: 3.0 });
        assert!(spread(3.0, f64::NAN, 1.0).interval(0.8).low.is_nan());
        let far = spread(1e-3, 1e3, 1e3).interval(0.8);
        assert!(far.low >= 0.0 && far.high >= far.low && far.high < 1e3, "{far:?}");
    }

    /// Windows without a common day.
    fn past(surprises: &[f64]) -> Past {
        Past::new(surprises.to_vec(), surprises.len() as f64, None)
    }

    #[test]
    fn past_errors_widen_by_students_t() {
        // 1.6377 is t at 90 % with three degrees (the table in any book); errors of ±10 % of the logarithm.
        let errors = [0.1_f64.exp_m1(), (-0.1_f64).exp_m1(), 0.1_f64.exp_m1()];
        let found = tested_interval(100.0, 1.0, &past(&errors), 0.8).unwrap();
        assert!((found.high - 100.0 * (0.163_774_435_369_621_f64).exp()).abs() < 1e-9, "{found:?}");
        assert!((found.low - 100.0 * (-0.163_774_435_369_621_f64).exp()).abs() < 1e-9, "{found:?}");
        // 1.8856 with two, the equivalent of three windows that overlap by half.
        let overlapping = Past::new(errors.to_vec(), 2.0, Some(90));
        let found = tested_interval(100.0, 1.0, &overlapping, 0.8).unwrap();
        assert!((found.high - 100.0 * (0.188_561_808_316_413_f64).exp()).abs() < 1e-9, "{found:?}");
        assert_eq!((overlapping.windows(), overlapping.window_days()), (3, Some(90)));
        // A past that was better than promised cannot narrow the model's own interval.
        let own = spread(100.0, 20.0, 0.0).interval(0.8);
        for errors in [&[0.0][..], &[0.0, 0.01, 0.0], &[0.1; 3]] {
            let found = tested_interval(100.0, 20.0, &past(errors), 0.8).unwrap();
            assert!(found.low <= own.low && found.high >= own.high, "{errors:?} {found:?} {own:?}");
        }
        // It widens with the errors, without a jump.
        let mut before = 0.0;
        for i in 0..400 {
            let past = past(&[0.001 * f64::from(i)]);
            let Interval { low, high } = tested_interval(100.0, 20.0, &past, 0.8).unwrap();
            assert!(low > 0.0 && high >= before && (i == 0 || high < before * 1.05), "{i} {high} {before}");
            before = high;
        }
    }

    #[test]
    fn it_would_have_held_in_as_many_windows_as_it_promises() {
        // One miss of three, 1.73 times their root mean square, is beyond 1.64 times of it.
        let late = past(&[0.0, 0.0, 0.5]);
        let found = tested_interval(100.0, 0.0, &late, 0.8).unwrap();
        assert!((found.high - 150.0).abs() < 1e-9, "{found:?}");
        assert_eq!(late.held_by(found, 100.0), 3);
        // Ends at this distance also hold for twice the figure, and nearer ends do not.
        let twice = Interval { low: 2.0 * found.low, high: 2.0 * found.high };
        assert_eq!(late.held_by(twice, 200.0), 3);
        assert_eq!(late.held_by(Interval { low: 90.0, high: 110.0 }, 100.0), 2);
        // With ten windows eight are enough, and Student's t makes it wider here anyway.
        let many = past(&[0.05, -0.05, 0.05, -0.05, 0.05, -0.05, 0.05, -0.05, 1.0, 1.0]);
        let found = tested_interval(100.0, 0.0, &many, 0.8).unwrap();
        assert!(found.high < 200.0 && many.held_by(found, 100.0) == 8, "{found:?}");
    }

    #[test]
    fn without_a_past_or_a_forecast_there_is_nothing_to_say() {
        assert_eq!(tested_interval(100.0, 1.0, &past(&[]), 0.8), None);
        assert_eq!(tested_interval(100.0, 1.0, &Past::default(), 0.8), None);
        assert_eq!(tested_interval(0.0, 1.0, &past(&[0.1]), 0.8), None);
        assert_eq!(tested_interval(100.0, f64::NAN, &past(&[0.1]), 0.8), None);
        assert_eq!(tested_interval(100.0, 1.0, &past(&[f64::NAN]), 0.8), None);
        assert_eq!(tested_interval(7.0, 0.0, &past(&[0.0]), 0.8), Some(Interval { low: 7.0, high: 7.0 }));
    }

    /// Ends from 19.6 thousand to 3.45 billion are useless.
    #[test]
    fn where_forecasts_were_far_off_there_are_no_ends() {
        for errors in [&[-1.0, -1.0][..], &[-0.99, 0.1, 0.0], &[1.2], &[9.5, 0.0, 0.0]] {
            assert_eq!(tested_interval(100.0, 1.0, &past(errors), 0.8), None, "{errors:?}");
        }
        // Twice as much as predicted, in the only known window.
        let twice = tested_interval(100.0, 1.0, &past(&[1.0]), 0.8).unwrap();
        assert!(twice.low > 10.0 && twice.high < 1000.0, "{twice:?}");
    }

    /// How often the interval holds if the logarithms of past and future errors are normal with this deviation, while
    /// the model assumes 5 %. With overlap, each window begins half a window after the one before, and both share the
    /// errors of the common half.
    fn held(truth: f64, windows: usize, overlap: bool) -> f64 {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut normal =
            || truth * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, &mut random);
        let rounds = 4000;
        let mut held = 0;
        for _ in 0..rounds {
            let halves: Vec<f64> = (0..=windows).map(|_| normal()).collect();
            let errors: Vec<f64> = if overlap {
                halves.windows(2).map(|pair| (pair.iter().sum::<f64>() / 2.0_f64.sqrt()).exp_m1()).collect()
            } else {
                halves.iter().skip(1).map(|error| error.exp_m1()).collect()
            };
            let apart = if overlap { 0.5 * (windows as f64 + 1.0) } else { windows as f64 };
            let came = 100.0 * normal().exp();
            let found = tested_interval(100.0, 5.0, &Past::new(errors, apart, None), 0.8);
            // If there are no ends, none is wrong.
            held += u32::from(found.is_none_or(|interval| interval.holds(came)));
        }
        f64::from(held) / f64::from(rounds)
    }

    #[test]
    fn a_tested_interval_holds_as_often_as_it_says_where_the_model_is_wrong() {
        for (windows, overlap) in [(1, false), (2, false), (3, false), (2, true), (3, true)] {
            let found = held(0.2, windows, overlap);
            assert!((0.78..=0.84).contains(&found), "{windows} {overlap}: {found}");
            // If the model is right, it holds more than it promises.
            let right = held(0.05, windows, overlap);
            assert!((0.8..=0.97).contains(&right), "{windows} {overlap}: {right}");
        }
        // The model alone would hold 25 % of these.
    }
}
