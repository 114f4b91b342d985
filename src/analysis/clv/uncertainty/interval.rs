//! From a mean and a standard deviation to an interval.

use crate::analysis::special::distribution::{gamma_quantile, t_quantile};

/// A figure that is foretold, and how far it may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// What is expected.
    pub mean: f64,
    /// The standard deviation for want of knowing the parameters.
    pub by_parameters: f64,
    /// The standard deviation by the customers' own chance, were the parameters known.
    pub by_chance: f64,
    /// The most that can be: the number of customers where these are counted, else infinite.
    pub most: f64,
}

/// Two ends between which a figure is to lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end, never below 0.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether what came lies within, the ends included.
    pub fn holds(&self, came: f64) -> bool {
        self.low <= came && came <= self.high
    }
}

impl Spread {
    /// The standard deviation from both sources: they are independent, as chance is still to come and the estimates are of
    /// the past.
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

    /// The interval that holds the figure with probability `level` (0.8), with as much beyond one end as beyond the other, if
    /// the model is right.
    ///
    /// It is that of a gamma distribution with this mean and standard deviation. Purchases of one customer are a mixture of
    /// Poisson counts over gamma-distributed rates, nearly gamma themselves; those of many sum to nearly a normal, which a
    /// gamma of small variation is; and it has nothing below 0, however unsure the figure. A number of customers that
    /// is more than half of all is taken from above in the same way. NaN where mean or deviation is no number.
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

/// Less than this share of what was foretold counts as just this share: the logarithm of nothing is no measure.
const LEAST_SHARE: f64 = 0.01;

/// The interval of a total if the model is as wrong as it was in the past, where `errors` holds came/foretold − 1 of the same
/// total at each origin of a contest. `None` without such errors, or where there is nothing to foretell.
///
/// Errors are taken as ln(1 + e), so that twice as much and half as much are equally wrong; the interval is symmetric in
/// the logarithm, and never below 0. Their root mean square s, about 0 as an error that was always on one side is one too,
/// has as many degrees of freedom as there are origins. Chance and parameters were at work in these errors as well, so s
/// is set beside the model's own deviation (that of the logarithm, σ), not added to it, and the larger one counts:
///
/// mean · exp(± t · max(s, σ)),  t with n · (max(s, σ)/s)⁴ degrees of freedom.
///
/// Where s is the larger that is Student's interval of n observations: with one origin 2.4 times as wide as the normal one
/// at 80 %, with three 1.3 times. Where the past went better than the model promised, σ counts, and the degrees grow as a
/// variance of which only the share s²/σ² rests on the origins has them (Satterthwaite 1946), up to the normal interval.
/// It is never narrower than that of the model alone.
///
/// It assumes that the window ahead is as the windows past: that errors are independent between origins, with one variance
/// and a normal logarithm. Windows that overlap, or follow each other in one trend, tell less than their number, and a past
/// without upheavals says nothing of one to come.
pub fn tested_interval(mean: f64, own_sd: f64, errors: &[f64], level: f64) -> Option<Interval> {
    let usable = mean > 0.0 && mean.is_finite() && own_sd >= 0.0 && own_sd.is_finite();
    if !usable || errors.is_empty() || !errors.iter().all(|error| *error >= -1.0 && error.is_finite()) {
        return None;
    }
    let count = errors.len() as f64;
    let square = |error: &f64| libm::log((1.0 + error).max(LEAST_SHARE)).powi(2);
    let past = (errors.iter().map(square).sum::<f64>() / count).sqrt();
    let variation = own_sd / mean;
    let own = libm::log1p(variation * variation).sqrt();
    let scale = past.max(own);
    let degrees = count * (scale / past).powi(4);
    let reach = if scale > 0.0 {
        let degrees = if degrees.is_nan() { f64::INFINITY } else { degrees };
        scale * t_quantile(0.5 * (1.0 + level.clamp(0.0, 1.0)), degrees)
    } else {
        0.0
    };
    let alone = gamma(mean, own_sd, level);
    Some(Interval {
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

    #[test]
    fn past_errors_widen_by_students_t() {
        // 1.6377 is t at 90 % with three degrees (the table in any book); errors of ±10 % of the logarithm.
        let errors = [0.1_f64.exp_m1(), (-0.1_f64).exp_m1(), 0.1_f64.exp_m1()];
        let found = tested_interval(100.0, 1.0, &errors, 0.8).unwrap();
        assert!((found.high - 100.0 * (0.163_774_435_369_621_f64).exp()).abs() < 1e-9, "{found:?}");
        assert!((found.low - 100.0 * (-0.163_774_435_369_621_f64).exp()).abs() < 1e-9, "{found:?}");
        // A past that went better than promised cannot narrow the model's own interval.
        let own = spread(100.0, 20.0, 0.0).interval(0.8);
        for errors in [&[0.0][..], &[0.0, 0.01, 0.0], &[0.1; 3]] {
            let found = tested_interval(100.0, 20.0, errors, 0.8).unwrap();
            assert!(found.low <= own.low && found.high >= own.high, "{errors:?} {found:?} {own:?}");
        }
        // It widens with the errors without a jump.
        let mut before = 0.0;
        for i in 0..400 {
            let Interval { low, high } = tested_interval(100.0, 20.0, &[0.001 * f64::from(i)], 0.8).unwrap();
            assert!(low > 0.0 && high >= before && (i == 0 || high < before * 1.05), "{i} {high} {before}");
            before = high;
        }
    }

    #[test]
    fn without_a_past_or_a_forecast_there_is_nothing_to_say() {
        assert_eq!(tested_interval(100.0, 1.0, &[], 0.8), None);
        assert_eq!(tested_interval(0.0, 1.0, &[0.1], 0.8), None);
        assert_eq!(tested_interval(100.0, f64::NAN, &[0.1], 0.8), None);
        assert_eq!(tested_interval(100.0, 1.0, &[f64::NAN], 0.8), None);
        let nothing_came = tested_interval(100.0, 1.0, &[-1.0, -1.0], 0.8).unwrap();
        assert!(nothing_came.low > 0.0 && nothing_came.high.is_finite());
        assert_eq!(tested_interval(7.0, 0.0, &[0.0], 0.8), Some(Interval { low: 7.0, high: 7.0 }));
    }

    /// How often the interval holds where logarithms of errors, past and to come, are normal with this deviation, while the
    /// model believes in 5 %.
    fn held(truth: f64, origins: usize) -> f64 {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut error =
            || libm::exp(truth * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, &mut random));
        let rounds = 4000;
        let mut held = 0;
        for _ in 0..rounds {
            let errors: Vec<f64> = (0..origins).map(|_| error() - 1.0).collect();
            let came = 100.0 * error();
            held += u32::from(tested_interval(100.0, 5.0, &errors, 0.8).unwrap().holds(came));
        }
        f64::from(held) / f64::from(rounds)
    }

    #[test]
    fn a_tested_interval_holds_as_often_as_it_says_where_the_model_is_wrong() {
        for origins in 1..=3 {
            let found = held(0.2, origins);
            assert!((0.78..=0.83).contains(&found), "{origins}: {found}");
            // Where the model is right it holds more than it promises.
            let right = held(0.05, origins);
            assert!((0.8..=0.97).contains(&right), "{origins}: {right}");
        }
        // The model alone would hold 25 % of these.
    }
}
