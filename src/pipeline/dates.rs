//! Business dates: the as-of date, the last full period before it, and the dates that "before" and "a year ago" mean.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::value::Value;

/// `period`: the length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// January to June, or July to December.
    HalfYear,
    /// A calendar year.
    Year,
}

/// The day that a text means which writes it in another way than `2024-03-31`: `20240331`, `31.03.2024`, `2024年3月31日`. Of two
/// numbers that could both be months the first is the day.
pub fn date_meant(written: &str) -> Option<Date> {
    let numbers: Vec<&str> =
        written.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty()).collect();
    let of = |year: &str, month: &str, day: &str| {
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    };
    match numbers.as_slice() {
        [whole] if whole.len() == 8 => of(whole.get(..4)?, whole.get(4..6)?, whole.get(6..)?),
        [year, month, day, ..] if year.len() == 4 => of(year, month, day),
        [day, month, year, ..] if year.len() == 4 => of(year, month, day).or_else(|| of(year, day, month)),
        _ => None,
    }
}

impl Period {
    /// All of them, by the word of the pipeline file.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("half_year", Self::HalfYear),
        ("year", Self::Year),
    ];

    /// The first day of the period that a day lies in.
    fn start(self, day: Date) -> Date {
        match self {
            Self::Week => {
                let since_monday = day.weekday().since(Weekday::Monday);
                day.saturating_sub(i64::from(since_monday).days())
            }
            Self::Month => day.first_of_month(),
            Self::Quarter => Self::months_start(day, 3),
            Self::HalfYear => Self::months_start(day, 6),
            Self::Year => day.first_of_year(),
        }
    }

    /// The first day of the stretch of so many months of the year that a day lies in.
    fn months_start(day: Date, months: i8) -> Date {
        day.first_of_month().saturating_sub(i64::from((day.month() - 1) % months).months())
    }

    /// The calendar months of a period; none where it is not made of whole months.
    fn months(self) -> Option<i64> {
        match self {
            Self::Week => None,
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::HalfYear => Some(6),
            Self::Year => Some(12),
        }
    }

    /// The same place in the calendar, so many periods earlier. The end of a month stays the end of a month.
    fn earlier(self, day: Date, periods: i64) -> Date {
        let Some(months) = self.months() else { return day.saturating_sub((7 * periods).days()) };
        let moved = day.saturating_sub((months * periods).months());
        if day == day.last_of_month() { moved.last_of_month() } else { moved }
    }
}

/// The weeks from a week to the same one a year later.
const WEEKS: i64 = 52;

/// The dates that a run binds to its queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// The business date that the report speaks of; later rows do not exist for the run.
    pub as_of: Date,
    /// The first day of the last full period that ends on or before `as_of`.
    pub period_start: Date,
    /// Its last day.
    pub period_end: Date,
    /// The first and the last day of the period before it.
    pub before: (Date, Date),
    /// The first and the last day of the same period a year ago; with weekly periods 52 weeks ago.
    pub year_before: (Date, Date),
    /// One period before `as_of`.
    pub previous_as_of: Date,
    /// One year before `as_of`; with weekly periods 52 weeks, which keeps the weekday.
    pub year_ago_as_of: Date,
    /// The calendar months of a period; none where it is not made of whole months.
    pub months: Option<i64>,
}

/// What every query gets of the dates: a parameter's name, what it is, and its value.
type Parameter = (&'static str, &'static str, fn(&Dates) -> Value);

/// The parameters that every query gets of the dates.
const PARAMETERS: [Parameter; 10] = [
    ("as_of", "the date of the run", |dates| Value::Date(dates.as_of)),
    ("period_start", "the first day of the last full period", |dates| Value::Date(dates.period_start)),
    ("period_end", "the last day of the last full period", |dates| Value::Date(dates.period_end)),
    ("period_months", "the calendar months of a period", |dates| Value::Integer(dates.months.unwrap_or(0))),
    ("before_start", "the first day of the period before", |dates| Value::Date(dates.before.0)),
    ("before_end", "the last day of the period before", |dates| Value::Date(dates.before.1)),
    ("year_ago_start", "the first day of the same period a year before", |dates| {
        Value::Date(dates.year_before.0)
    }),
    ("year_ago_end", "the last day of the same period a year before", |dates| {
        Value::Date(dates.year_before.1)
    }),
    ("previous_as_of", "the as-of date one period before", |dates| Value::Date(dates.previous_as_of)),
    ("year_ago_as_of", "the as-of date a year before", |dates| Value::Date(dates.year_ago_as_of)),
];

impl Dates {
    /// The names of the parameters that every query gets of the dates, each with what it is.
    pub fn parameter_names() -> impl Iterator<Item = (&'static str, &'static str)> {
        PARAMETERS.into_iter().map(|(name, what, _)| (name, what))
    }

    /// These parameters with their values. `period_months` is 0 where a period is not made of whole months.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, Value)> {
        PARAMETERS.into_iter().map(|(name, _, value)| (name, value(self)))
    }

    /// The dates that follow from an as-of date.
    pub fn new(as_of: Date, period: Period) -> Self {
        let next = as_of.saturating_add(1.day());
        let after_last_full = period.start(next);
        let period_end = after_last_full.saturating_sub(1.day());
        let period_start = period.start(period_end);
        let before_end = period_start.saturating_sub(1.day());
        let year_before = match period {
            Period::Week => (period.earlier(period_start, WEEKS), period.earlier(period_end, WEEKS)),
            Period::Month | Period::Quarter | Period::HalfYear | Period::Year => {
                (Period::Year.earlier(period_start, 1), Period::Year.earlier(period_end, 1))
            }
        };
        Self {
            as_of,
            period_start,
            period_end,
            before: (period.start(before_end), before_end),
            year_before,
            previous_as_of: period.earlier(as_of, 1),
            year_ago_as_of: match period {
                Period::Week => period.earlier(as_of, WEEKS),
                Period::Month | Period::Quarter | Period::HalfYear | Period::Year => {
                    Period::Year.earlier(as_of, 1)
                }
            },
            months: period.months(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_that_is_over_is_the_last_full_period() {
        let dates = Dates::new(date(2024, 2, 29), Period::Month);
        assert_eq!((dates.period_start, dates.period_end), (date(2024, 2, 1), date(2024, 2, 29)));
        assert_eq!(dates.previous_as_of, date(2024, 1, 31));
        assert_eq!(dates.year_ago_as_of, date(2023, 2, 28));
        assert_eq!(dates.before, (date(2024, 1, 1), date(2024, 1, 31)));
        assert_eq!(dates.year_before, (date(2023, 2, 1), date(2023, 2, 28)));
    }

    #[test]
    fn half_years_begin_in_january_and_july() {
        let dates = Dates::new(date(2026, 10, 31), Period::HalfYear);
        assert_eq!((dates.period_start, dates.period_end), (date(2026, 1, 1), date(2026, 6, 30)));
        assert_eq!((dates.previous_as_of, dates.year_ago_as_of), (date(2026, 4, 30), date(2025, 10, 31)));
        let dates = Dates::new(date(2026, 12, 31), Period::HalfYear);
        assert_eq!((dates.period_start, dates.previous_as_of), (date(2026, 7, 1), date(2026, 6, 30)));
    }

    #[test]
    fn a_month_that_goes_on_is_not() {
        let dates = Dates::new(date(2011, 12, 9), Period::Month);
        assert_eq!((dates.period_start, dates.period_end), (date(2011, 11, 1), date(2011, 11, 30)));
        assert_eq!(dates.previous_as_of, date(2011, 11, 9));
        assert_eq!(dates.year_ago_as_of, date(2010, 12, 9));
    }

    #[test]
    fn weeks_quarters_and_years() {
        let week = Dates::new(date(2024, 5, 1), Period::Week);
        assert_eq!((week.period_start, week.period_end), (date(2024, 4, 22), date(2024, 4, 28)));
        // A Wednesday, as every date of a weekly report.
        assert_eq!((week.previous_as_of, week.year_ago_as_of), (date(2024, 4, 24), date(2023, 5, 3)));
        assert_eq!(week.before, (date(2024, 4, 15), date(2024, 4, 21)));
        assert_eq!(week.year_before, (date(2023, 4, 24), date(2023, 4, 30)));
        let quarter = Dates::new(date(2024, 5, 1), Period::Quarter);
        assert_eq!(quarter.before, (date(2023, 10, 1), date(2023, 12, 31)));
        assert_eq!(quarter.year_before, (date(2023, 1, 1), date(2023, 3, 31)));
        assert_eq!((quarter.period_start, quarter.period_end), (date(2024, 1, 1), date(2024, 3, 31)));
        assert_eq!(quarter.previous_as_of, date(2024, 2, 1));
        let year = Dates::new(date(2024, 12, 31), Period::Year);
        assert_eq!((year.period_start, year.period_end), (date(2024, 1, 1), date(2024, 12, 31)));
        assert_eq!(
            (year.before, year.year_before),
            (year.year_before, (date(2023, 1, 1), date(2023, 12, 31)))
        );
    }
}
