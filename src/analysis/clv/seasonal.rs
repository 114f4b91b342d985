//! Purchases by the calendar: seasons, which the random models leave out.
//!
//! The models know no season. If every December has twice the purchases of February, their forecast of a quarter is
//! right only on average over all quarters. A [`Profile`] is that pattern: the factor of each month relative to a
//! year's mean, by the classical decomposition (ratio to moving average; Macaulay 1931, "The Smoothing of Time
//! Series"). It exists only if a season is statistically significant.
//!
//! All rates are per day: forecasts in days know already that February is short.
//!
//! A [`Calendar`] carries the season into every forecast alike: totals of any horizon, months, values and intervals.

use std::fmt;

use crate::analysis::special::Sum;
use crate::analysis::special::distribution::f_beyond;

/// A season must be at most this likely by chance.
pub const BEYOND_CHANCE: f64 = 0.01;

/// The value used for a period without a purchase in logarithms.
const HALF_A_PURCHASE: f64 = 0.5;

/// The days ahead, counted as mean days: in a month with 30 % more purchases per day, ten days count as thirteen.
///
/// A model without a season forecasts mean days. If a customer's clock of purchases runs faster in some months, the
/// model's forecast for the next days is that for as many mean days as they count. So there is one forecast for any
/// stretch of days: what the months of a year are expected to bring is what the year is expected to bring. Leaving
/// follows the same clock. This is exact where customers leave after purchases; where they leave at any time
/// (Pareto/NBD) it moves the chance to leave within a year by a few days' worth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// The end of each period, in days from now, ascending; and what a day of it counts.
    periods: Vec<(f64, f64)>,
}

impl Calendar {
    /// Consecutive periods from now on, by their ends in days and by what a day of each counts; 0 in a month in which
    /// nobody buys. Days after the last period count as one each.
    pub fn of(periods: Vec<(f64, f64)>) -> Self {
        Self { periods }
    }

    /// The mean days that the next `days` days count.
    pub fn mean_days(&self, days: f64) -> f64 {
        let (mut begin, mut sum) = (0.0, 0.0);
        for (end, factor) in &self.periods {
            sum += (days.min(*end) - begin).max(0.0) * factor;
            begin = *end;
        }
        sum + (days - begin).max(0.0)
    }
}

/// The purchases of all customers in one calendar period, such as a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodTotal {
    /// Purchases; 0 if nobody bought, as while a shop is closed.
    pub total: f64,
    /// Days of the period. Only whole periods are informative.
    pub days: f64,
}

/// A season.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    factors: Vec<f64>,
    /// The probability of differences between the months this large by chance.
    pub p_value: f64,
    /// The errors for the last cycle, predicted from those before it; `None` with fewer than three.
    pub last_cycle: Option<LastCycle>,
}

/// The errors for the periods of the last cycle, predicted from the cycles before: Σ |actual − predicted| / Σ actual.
/// Both use the true total of the cycle, so only shapes are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastCycle {
    /// With the season of the cycles before.
    pub with: f64,
    /// Without one.
    pub without: f64,
}

/// Why there is no season.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoSeason {
    /// Fewer than two whole cycles.
    TooShort {
        /// The periods given.
        periods: usize,
        /// The periods needed.
        needed: usize,
    },
    /// In the cycle that begins at this position nobody bought, or a period has an invalid number of purchases or days:
    /// its periods cannot be compared.
    Empty(usize),
    /// Differences between the months are no larger than by chance.
    ByChance {
        /// Their probability by chance.
        p_value: f64,
    },
    /// The last cycle was predicted better without the season of those before it.
    NoBetter(LastCycle),
}

impl NoSeason {
    /// A stable word, used to find its translation.
    pub fn key(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::Empty(_) => "empty_period",
            Self::ByChance { .. } => "by_chance",
            Self::NoBetter(_) => "no_better",
        }
    }
}

impl fmt::Display for NoSeason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { periods, needed } => {
                write!(f, "a season needs {needed} whole periods or more, and there are {periods}")
            }
            Self::Empty(at) => {
                write!(f, "the cycle from period {at} has no purchases, so its periods cannot be compared")
            }
            Self::ByChance { p_value } => {
                write!(f, "differences between periods are no larger than by chance (p = {p_value:.2})")
            }
            Self::NoBetter(LastCycle { with, without }) => write!(
                f,
                "the last cycle was predicted no better with a season ({with:.3}) than without one ({without:.3})"
            ),
        }
    }
}

impl std::error::Error for NoSeason {}

impl Profile {
    /// The season of consecutive whole periods, with `cycle` periods per cycle (12 for months). The first period has
    /// the position `first` in its cycle (0 for January).
    ///
    /// The factor of a position is the median (for two, the mean) of the ratios of its periods to the mean of the cycle
    /// around each. For an even cycle that mean counts the two ends by half. Factors are scaled to a mean of 1.
    ///
    /// Two conditions must hold. First, ln(purchases per day), after removing a linear trend, differs between positions
    /// by more than chance ([`BEYOND_CHANCE`], F test with cycle − 1 and n − cycle − 1 degrees of freedom). Second,
    /// with three cycles or more, the season of the earlier cycles predicts the last one better than no season.
    ///
    /// A period without a purchase counts as 0 in the factors. For its logarithm, half a purchase is added to all
    /// periods.
    ///
    /// # Errors
    /// [`NoSeason`] says why there is none.
    pub fn of(periods: &[PeriodTotal], first: usize, cycle: usize) -> Result<Self, NoSeason> {
        let needed = 2 * cycle.max(2);
        if periods.len() < needed || cycle < 2 {
            return Err(NoSeason::TooShort { periods: periods.len(), needed });
        }
        let is_good = |of: &PeriodTotal| {
            of.total >= 0.0 && of.total.is_finite() && of.days > 0.0 && of.days.is_finite()
        };
        let is_empty = |of: &[PeriodTotal]| of.iter().all(|of| of.total <= 0.0);
        let bad = periods.iter().position(|of| !is_good(of));
        if let Some(at) = bad.or_else(|| periods.windows(cycle).position(is_empty)) {
            return Err(NoSeason::Empty(at));
        }
        let rates: Vec<f64> = periods.iter().map(|of| of.total / of.days).collect();
        let closed = periods.iter().any(|of| of.total <= 0.0);
        let least = if closed { HALF_A_PURCHASE } else { 0.0 };
        let compared: Vec<f64> = periods.iter().map(|of| (of.total + least) / of.days).collect();
        let p_value = by_chance(&compared, cycle);
        if p_value > BEYOND_CHANCE {
            return Err(NoSeason::ByChance { p_value });
        }
        let last_cycle = (periods.len() >= 3 * cycle).then(|| last_cycle(periods, &rates, first, cycle));
        if let Some(last) = last_cycle.filter(|last| last.with >= last.without) {
            return Err(NoSeason::NoBetter(last));
        }
        Ok(Self { factors: factors(&rates, first, cycle), p_value, last_cycle })
    }

    /// The factor of each position of the cycle relative to its mean: 1.3 in a month with 30 % more purchases per day.
    pub fn factors(&self) -> &[f64] {
        &self.factors
    }

    /// The factor at a position, which may lie beyond the first cycle.
    pub fn factor(&self, position: usize) -> f64 {
        self.factors.get(position % self.factors.len().max(1)).copied().unwrap_or(1.0)
    }

    /// The mean factor of the days on which customers were observed. `exposure` has the customer-days of each period
    /// (see [`exposure`]); the first period is at position `first`. It is 1 if nobody was observed.
    ///
    /// Over whole years it is 1. Customers observed only in the best months look like frequent buyers: their rates are
    /// higher than a year's mean by this factor.
    pub fn level(&self, exposure: &[f64], first: usize) -> f64 {
        let (mut whole, mut sum) = (Sum::default(), Sum::default());
        for (at, days) in exposure.iter().enumerate() {
            whole.add(*days);
            sum.add(days * self.factor(first + at));
        }
        if whole.value() > 0.0 { sum.value() / whole.value() } else { 1.0 }
    }

    /// What a day of the period at this position counts in mean days: its factor divided by the `level` of the model's
    /// observations ([`Profile::level`]).
    ///
    /// Nothing is scaled to the model's sum. Over a whole year it is kept anyway, as factors average 1. Over part of a
    /// year it must not be: a quarter with December is worth more than a quarter of a year, and the model's sum is that
    /// of a mean quarter.
    pub fn share(&self, position: usize, level: f64) -> f64 {
        self.factor(position) / level
    }
}

/// The probability of the differences of ln rate between positions by chance, with a linear trend removed.
fn by_chance(rates: &[f64], cycle: usize) -> f64 {
    let points: Vec<(f64, f64)> =
        rates.iter().zip(0_u32..).map(|(rate, t)| (f64::from(t), libm::log(*rate))).collect();
    // The residual of a line, if each set of points has its own level.
    let residual = |sets: usize| {
        let mut sums = (0.0, 0.0, 0.0);
        for set in 0..sets {
            let of_set = || points.iter().skip(set).step_by(sets);
            let count = of_set().count() as f64;
            let (t, y) =
                of_set().fold((0.0, 0.0), |(t, y), point| (t + point.0 / count, y + point.1 / count));
            for point in of_set() {
                let (t, y) = (point.0 - t, point.1 - y);
                sums = (sums.0 + t * t, sums.1 + t * y, sums.2 + y * y);
            }
        }
        (sums.2 - sums.1 * sums.1 / sums.0).max(0.0)
    };
    let (line, season) = (residual(1), residual(cycle));
    let degrees = [cycle as f64 - 1.0, (rates.len() - cycle) as f64 - 1.0];
    // Rounding is not a season.
    let gain = line - season;
    if gain <= 1e-12 * points.iter().map(|(_, y)| 1.0 + y * y).sum::<f64>() {
        return 1.0;
    }
    if season > 0.0 { f_beyond(gain / degrees[0] / (season / degrees[1]), degrees) } else { 0.0 }
}

/// The factors by the ratio to the moving average, from two cycles or more.
fn factors(rates: &[f64], first: usize, cycle: usize) -> Vec<f64> {
    // An even cycle has no middle: cycle + 1 periods, the two ends by half.
    let (half, is_even) = (cycle / 2, cycle.is_multiple_of(2));
    let mut ratios = vec![Vec::new(); cycle];
    for (from, window) in rates.windows(2 * half + 1).enumerate() {
        let whole: f64 = window.iter().sum();
        let ends = if is_even { 0.5 * (window[0] + window[2 * half]) } else { 0.0 };
        ratios[(first + from + half) % cycle].push(window[half] / ((whole - ends) / cycle as f64));
    }
    let mut factors: Vec<f64> = ratios.into_iter().map(median).collect();
    let mean = factors.iter().sum::<f64>() / cycle as f64;
    for factor in &mut factors {
        *factor /= mean;
    }
    factors
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.get(middle) {
        Some(upper) if values.len().is_multiple_of(2) => 0.5 * (values[middle - 1] + upper),
        Some(middle) => *middle,
        None => 1.0,
    }
}

/// The last cycle, predicted from those before it.
fn last_cycle(periods: &[PeriodTotal], rates: &[f64], first: usize, cycle: usize) -> LastCycle {
    let known = rates.len() - cycle;
    let factors = factors(&rates[..known], first, cycle);
    let last = &periods[known..];
    let came: f64 = last.iter().map(|of| of.total).sum();
    let off = |factor: &dyn Fn(usize) -> f64| {
        let shares: Vec<f64> =
            last.iter().enumerate().map(|(at, of)| of.days * factor(first + known + at)).collect();
        let whole: f64 = shares.iter().sum();
        let off = last.iter().zip(&shares).map(|(of, share)| (of.total - came * share / whole).abs());
        off.sum::<f64>() / came
    };
    LastCycle { with: off(&|position| factors[position % cycle]), without: off(&|_| 1.0) }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    const SEASON: [f64; 12] = [0.8, 0.7, 0.9, 1.0, 1.05, 1.0, 0.9, 0.85, 1.0, 1.1, 1.3, 1.4];
    const DAYS: [f64; 12] = [31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0];

    /// Months with this growth per month and normal noise in the logarithm.
    fn months(
        count: usize,
        first: usize,
        growth: f64,
        season: f64,
        noise: f64,
        seed: u64,
    ) -> Vec<PeriodTotal> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..count)
            .map(|at| {
                let position = (first + at) % 12;
                let by_chance: f64 = StandardNormal.sample(&mut random);
                let factor = 1.0 + season * (SEASON[position] - 1.0);
                let rate = 50.0 * (growth * at as f64 + noise * by_chance).exp() * factor;
                PeriodTotal { total: rate * DAYS[position], days: DAYS[position] }
            })
            .collect()
    }

    #[test]
    fn a_season_without_noise_is_found_as_it_is() {
        for (count, first) in [(24, 0), (29, 3), (60, 11)] {
            let found = Profile::of(&months(count, first, 0.0, 1.0, 0.0, 1), first, 12).unwrap();
            for (factor, expected) in found.factors().iter().zip(SEASON) {
                assert!((factor - expected).abs() < 1e-12, "{count} {first} {factor} {expected}");
            }
            assert!(found.p_value < 1e-12);
            if let Some(last) = found.last_cycle {
                assert!(last.with < 1e-12 && last.without > 0.1, "{last:?}");
            }
        }
        // Growth of 2 % per month distorts the moving average only slightly.
        let found = Profile::of(&months(48, 0, 0.02, 1.0, 0.0, 1), 0, 12).unwrap();
        assert!(
            found.factors().iter().zip(SEASON).all(|(factor, season)| (factor / season - 1.0).abs() < 0.02)
        );
    }

    #[test]
    fn a_cycle_of_another_length_has_a_profile_too() {
        let week = [1.2, 1.0, 0.9, 0.9, 1.0, 1.4, 0.6];
        let days: Vec<PeriodTotal> =
            (0..28).map(|at| PeriodTotal { total: week[(at + 2) % 7], days: 1.0 }).collect();
        let found = Profile::of(&days, 2, 7).unwrap();
        assert!(found.factors().iter().zip(week).all(|(factor, expected)| (factor - expected).abs() < 1e-12));
        assert_eq!(found.factor(7 + 6), found.factors()[6]);
    }

    #[test]
    fn the_median_of_years_forgets_one_odd_month() {
        let mut months = months(72, 0, 0.0, 1.0, 0.0, 1);
        months[30].total *= 3.0;
        let found = Profile::of(&months, 0, 12).unwrap();
        assert!(
            found.factors().iter().zip(SEASON).all(|(factor, season)| (factor / season - 1.0).abs() < 0.02)
        );
    }

    #[test]
    fn chance_is_taken_for_a_season_as_seldom_as_it_says() {
        let found = |count: usize, season: f64| {
            (0..1000)
                .filter(|seed| Profile::of(&months(count, 0, 0.01, season, 0.1, *seed), 0, 12).is_ok())
                .count()
        };
        let (short, long) = (found(24, 0.0), found(48, 0.0));
        assert!((2..=20).contains(&short) && long <= 20, "{short} {long}");
        // A true season with a tenth of noise is nearly always detected from three years on.
        assert!(found(24, 1.0) > 500 && found(48, 1.0) > 950, "{} {}", found(24, 1.0), found(48, 1.0));
    }

    #[test]
    fn where_there_is_no_season_it_says_why() {
        let refused = |months: &[PeriodTotal]| Profile::of(months, 0, 12).unwrap_err();
        let short = refused(&months(23, 0, 0.0, 1.0, 0.0, 1));
        assert_eq!(short, NoSeason::TooShort { periods: 23, needed: 24 });
        assert_eq!(short.to_string(), "a season needs 24 whole periods or more, and there are 23");
        assert_eq!(refused(&months(36, 0, 0.0, 0.0, 0.0, 1)), NoSeason::ByChance { p_value: 1.0 });
        assert_eq!(refused(&months(36, 0, 0.03, 0.0, 0.0, 1)).key(), "by_chance");
        let mut empty = months(24, 0, 0.0, 1.0, 0.0, 1);
        empty[5].total = f64::NAN;
        assert_eq!(refused(&empty), NoSeason::Empty(5));
        // A year without a purchase has no shape.
        let mut closed = months(36, 0, 0.0, 1.0, 0.0, 1);
        closed[10..22].iter_mut().for_each(|month| month.total = 0.0);
        assert_eq!(refused(&closed), NoSeason::Empty(10));
        assert_eq!(refused(&[]).key(), "too_short");
        // Eight years with one pattern, and a last year with the reverse.
        let mut turned = months(108, 0, 0.0, 1.0, 0.0, 1);
        for month in &mut turned[96..] {
            month.total = month.days * 50.0 * 50.0 / (month.total / month.days);
        }
        let why = refused(&turned);
        assert_eq!(why.key(), "no_better", "{why}");
    }

    #[test]
    fn a_shop_that_closes_each_year_keeps_its_season() {
        for count in [24, 36] {
            let mut found = months(count, 0, 0.0, 1.0, 0.05, 7);
            found.iter_mut().skip(1).step_by(12).for_each(|month| month.total = 0.0);
            let found = Profile::of(&found, 0, 12).unwrap();
            assert_eq!(found.factor(1), 0.0);
            assert!((found.factors().iter().sum::<f64>() - 12.0).abs() < 1e-12);
            assert!(found.factor(11) > 1.3 && found.factor(0) > 0.6, "{:?}", found.factors());
        }
        // Closed once in two years is not a season.
        let mut once = months(24, 0, 0.0, 1.0, 0.05, 7);
        once[5].total = 0.0;
        assert_eq!(Profile::of(&once, 0, 12).unwrap_err().key(), "by_chance");
    }

    #[test]
    fn a_part_of_a_year_keeps_its_own_weight() {
        let profile = Profile::of(&months(36, 0, 0.0, 1.0, 0.0, 1), 0, 12).unwrap();
        // A year keeps its sum if months are equal.
        let year: Vec<f64> = (4..16).map(|position| 10.0 * profile.share(position, 1.0)).collect();
        assert!((year.iter().sum::<f64>() - 120.0).abs() < 1e-10);
        assert!((year[7] - 14.0).abs() < 1e-12, "{year:?}");
        // November and half a December are more than a model without a season predicts.
        let part = [10.0 * profile.share(10, 1.0), 5.0 * profile.share(11, 1.0)];
        assert!((part[0] - 13.0).abs() < 1e-12 && (part[1] - 7.0).abs() < 1e-12);
        // A customer observed only in November and December is not a frequent customer.
        let level = profile.level(&[30.0, 30.0], 10);
        assert!((level - 1.35).abs() < 1e-12);
        assert!((13.5 * profile.share(1, level) - 7.0).abs() < 1e-12);
        assert_eq!(profile.level(&[], 0), 1.0);
    }

    #[test]
    fn days_ahead_count_by_their_months() {
        // Ten days at 1.5, twenty at 0 (closed), thirty at 2; then mean days.
        let calendar = Calendar::of(vec![(10.0, 1.5), (30.0, 0.0), (60.0, 2.0)]);
        for (days, counted) in
            [(0.0, 0.0), (4.0, 6.0), (10.0, 15.0), (25.0, 15.0), (40.0, 35.0), (60.0, 75.0), (100.0, 115.0)]
        {
            assert_eq!(calendar.mean_days(days), counted, "{days}");
        }
        assert_eq!(Calendar::default().mean_days(36.5), 36.5);
    }
}
