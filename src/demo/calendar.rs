//! The shop's time: how busy each day is, the hours within a day, and business days in Asia/Shanghai.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::chance::Chance;

/// Asia/Shanghai is eight hours ahead of UTC all year (no summer time since 1991).
const OFFSET_SECONDS: i64 = 8 * 3600;
const DAY_SECONDS: i64 = 86_400;

/// How busy each month is, January first.
const MONTHS: [f64; 12] = [0.95, 0.82, 0.88, 0.92, 0.98, 1.06, 0.94, 0.92, 1.0, 1.05, 1.18, 1.16];
/// How busy each weekday is, Monday first.
const WEEKDAYS: [f64; 7] = [0.86, 0.84, 0.88, 0.92, 1.08, 1.3, 1.18];
/// Orders by hour of the day in a store, which is open from 9 to 22.
const STORE_HOURS: [f64; 24] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 5.0, 7.0, 7.5, 6.0, 6.0, 6.5, 7.0, 8.0, 9.5, 10.0, 9.0,
    5.0, 0.0, 0.0,
];
/// Orders by hour of the day online.
const ONLINE_HOURS: [f64; 24] = [
    2.2, 1.1, 0.6, 0.4, 0.3, 0.4, 0.9, 2.0, 3.4, 4.6, 5.4, 5.4, 6.2, 5.2, 4.6, 4.6, 4.6, 4.6, 5.0, 6.2, 8.2,
    9.4, 8.4, 5.0,
];
/// Chinese New Year's Day, 2015 to 2040, as (month, day).
const NEW_YEARS: [(i8, i8); 26] = [
    (2, 19),
    (2, 8),
    (1, 28),
    (2, 16),
    (2, 5),
    (1, 25),
    (2, 12),
    (2, 1),
    (1, 22),
    (2, 10),
    (1, 29),
    (2, 17),
    (2, 6),
    (1, 26),
    (2, 13),
    (2, 3),
    (1, 23),
    (2, 11),
    (1, 31),
    (2, 19),
    (2, 8),
    (1, 28),
    (2, 15),
    (2, 4),
    (1, 24),
    (2, 12),
];

/// The window of days that the shop's history covers.
pub(super) struct Calendar {
    days: Vec<Day>,
    /// Cumulative busyness from the first day to the end of each day; see [`Calendar::day_at`].
    cumulative: Vec<f64>,
    store_hours: [u8; 256],
    online_hours: [u8; 256],
}

/// One business day.
#[derive(Clone, Copy)]
pub(super) struct Day {
    /// The date in Asia/Shanghai.
    pub(super) date: Date,
    /// Its midnight, in seconds since 1970-01-01 UTC.
    midnight: i64,
    /// Whether a campaign runs: discounts are common.
    pub(super) campaign: bool,
}

impl Day {
    /// A moment of the day in microseconds since 1970-01-01 UTC.
    pub(super) fn micros(&self, second: u32) -> i64 {
        (self.midnight + i64::from(second)) * 1_000_000
    }
}

impl Calendar {
    /// The `days` days that end with `last`.
    ///
    /// # Errors
    /// When the first day cannot be expressed as a date.
    pub(super) fn new(last: Date, days: u32) -> Result<Self, jiff::Error> {
        let first = last.checked_sub(i64::from(days.max(1) - 1).days())?;
        let weights: Vec<f64> = first.series(1.day()).take(days as usize).map(weight).collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut total = 0.0;
        let cumulative = weights.iter().map(|weight| {
            total += weight / mean;
            total
        });
        Ok(Self {
            cumulative: cumulative.collect(),
            days: first.series(1.day()).take(days as usize).map(day).collect(),
            store_hours: hour_table(&STORE_HOURS),
            online_hours: hour_table(&ONLINE_HOURS),
        })
    }

    /// The first day's date.
    pub(super) fn first(&self) -> Date {
        self.days.first().map_or(Date::MIN, |day| day.date)
    }

    /// The last day's date.
    pub(super) fn last(&self) -> Date {
        self.days.last().map_or(Date::MIN, |day| day.date)
    }

    /// A day by its position.
    pub(super) fn day(&self, position: u32) -> Option<&Day> {
        self.days.get(position as usize)
    }

    /// The length of the window in shop time.
    pub(super) fn span(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or(0.0)
    }

    /// The day on which shop time `t` falls, if it is within the window.
    ///
    /// Shop time runs fast on busy days and averages one unit per day. A constant rate in shop time is a rate that
    /// follows the season.
    pub(super) fn day_at(&self, t: f64) -> Option<u32> {
        let position = self.cumulative.partition_point(|&end| end <= t);
        (position < self.cumulative.len()).then_some(position as u32)
    }

    /// A second of the day, within opening hours in a store and over a longer day online.
    pub(super) fn second(&self, in_store: bool, rng: &mut impl Chance) -> u32 {
        let table = if in_store { &self.store_hours } else { &self.online_hours };
        let bits = rng.next_u32();
        let hour = table.get((bits >> 24) as usize).copied().unwrap_or(12);
        u32::from(hour) * 3600 + ((u64::from(bits & 0xFF_FFFF) * 3600) >> 24) as u32
    }
}

fn day(date: Date) -> Day {
    Day {
        date,
        midnight: i64::from(epoch_days(date)) * DAY_SECONDS - OFFSET_SECONDS,
        campaign: event(date) >= 1.4,
    }
}

/// A second of a day, counted in days since 1970-01-01, in microseconds since 1970-01-01 UTC.
pub(super) fn moment(day: i32, second: u32) -> i64 {
    (i64::from(day) * DAY_SECONDS - OFFSET_SECONDS + i64::from(second)) * 1_000_000
}

/// Days since 1970-01-01.
pub(super) fn epoch_days(date: Date) -> i32 {
    date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours().div_euclid(24) as i32
}

fn weight(date: Date) -> f64 {
    let month = MONTHS.get(date.month() as usize - 1).copied().unwrap_or(1.0);
    let weekday = date.weekday().to_monday_zero_offset() as usize;
    month * WEEKDAYS.get(weekday).copied().unwrap_or(1.0) * event(date)
}

/// The lift of shopping festivals and of the weeks around Chinese New Year.
fn event(date: Date) -> f64 {
    let until_new_year = epoch_days(new_year(date.year())) - epoch_days(date);
    let lunar = match until_new_year {
        1 => 0.9,
        2..=6 => 1.55,
        7..=20 => 1.4,
        -6..=0 => 0.55,
        _ => 1.0,
    };
    let festival = match (date.month(), date.day()) {
        (11, 11) => 2.6,
        (6, 18) => 2.2,
        (12, 12) => 1.7,
        (11, 1..=10) | (6, 1..=17) => 1.2,
        (10, 1..=7) => 1.3,
        _ => 1.0,
    };
    lunar * festival
}

fn new_year(year: i16) -> Date {
    let known = usize::try_from(year - 2015).ok().and_then(|position| NEW_YEARS.get(position));
    // Beyond the table, the middle of the possible dates is used: only the date of a peak depends on it.
    let (month, day) = known.copied().unwrap_or((2, 5));
    date(year, month, day)
}

/// The 256 equally likely hours with shares nearest to the weights.
fn hour_table(weights: &[f64; 24]) -> [u8; 256] {
    let total: f64 = weights.iter().sum();
    let mut table = [0; 256];
    let (mut hour, mut reached) = (0, weights[0]);
    for (slot, entry) in table.iter_mut().enumerate() {
        let wanted = (slot as f64 + 0.5) / 256.0 * total;
        while wanted > reached && hour < 23 {
            hour += 1;
            reached += weights[hour];
        }
        *entry = hour as u8;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::chance::Mix;
    use super::*;

    #[test]
    fn business_day_starts_at_sixteen_hours_utc_of_the_day_before() -> Result<(), jiff::Error> {
        let calendar = Calendar::new(date(2026, 10, 31), 30)?;
        let last = calendar.day(29).expect("thirty days");
        assert_eq!(last.date, date(2026, 10, 31));
        let moment = |second| jiff::Timestamp::from_microsecond(last.micros(second)).map(|t| t.to_string());
        assert_eq!(moment(0)?, "2026-10-30T16:00:00Z");
        assert_eq!(moment(86_399)?, "2026-10-31T15:59:59Z");
        Ok(())
    }

    #[test]
    fn shop_time_averages_a_unit_a_day_and_runs_fast_on_busy_days() -> Result<(), jiff::Error> {
        let calendar = Calendar::new(date(2025, 12, 31), 365)?;
        assert!((calendar.span() - 365.0).abs() < 1e-9);
        assert_eq!(calendar.day_at(0.0), Some(0));
        assert_eq!(calendar.day_at(365.1), None);
        let length = |position: usize| calendar.cumulative[position] - calendar.cumulative[position - 1];
        let (singles_day, a_week_later) = (314, 321);
        assert_eq!(calendar.days[singles_day].date, date(2025, 11, 11));
        assert!(length(singles_day) > 2.0 * length(a_week_later));
        assert!(calendar.days[singles_day].campaign && !calendar.days[a_week_later].campaign);
        Ok(())
    }

    #[test]
    fn stores_sell_in_opening_hours_only() -> Result<(), jiff::Error> {
        let calendar = Calendar::new(date(2025, 12, 31), 1)?;
        let mut rng = Mix::new(3, 0);
        let seconds: Vec<u32> = (0..2000).map(|_| calendar.second(true, &mut rng)).collect();
        assert!(seconds.iter().all(|s| (9 * 3600..22 * 3600).contains(s)));
        let night = (0..2000).filter(|_| calendar.second(false, &mut rng) < 8 * 3600).count();
        assert!((80..300).contains(&night), "{night} of 2000 online orders before eight");
        Ok(())
    }
}
