//! `<step>_months`: the expected purchases and revenue of each calendar month ahead, and how sure they are; and the
//! season, which all forecasts of the step follow by way of the population's calendar.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use jiff::civil::Date;
use jiff::{Span, ToSpan};

use crate::analysis::clv::population::Population;
use crate::analysis::clv::seasonal::{Calendar, NoSeason, PeriodTotal, Profile};
use crate::analysis::clv::uncertainty::{
    Interval, NoSpread, Past, PeriodTotals, Spend, Spread, Totals, period_totals, tested_interval,
};
use crate::tables::days as epoch_days;

use super::super::columns::{InputColumn, MONEY, Wants, column, money, numbers};

/// The columns of the table of past months.
pub(in super::super) fn reads() -> Vec<InputColumn> {
    let columns = [("month", Wants::Dates), ("complete", Wants::Truth), ("orders", Wants::Numbers)];
    columns.map(|(name, wants)| InputColumn::new(name, wants)).into()
}

/// Months of a year.
const CYCLE: usize = 12;

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    let money = |name: &str| Field::new(name, MONEY, true);
    Arc::new(Schema::new(vec![
        Field::new("month", DataType::Date32, false),
        Field::new("days", DataType::Float64, false),
        number("expected"),
        number("factor"),
        number("low"),
        number("high"),
        number("tested_low"),
        number("tested_high"),
        money("revenue"),
        money("revenue_low"),
        money("revenue_high"),
        money("revenue_tested_low"),
        money("revenue_tested_high"),
        number("level"),
        Field::new("reason", DataType::Utf8, false),
    ]))
}

/// The table without a row: of a rule, or where no model can predict.
pub(super) fn nothing() -> RecordBatch {
    RecordBatch::new_empty(schema())
}

/// The months ahead, and the season in them.
pub(super) struct Season {
    months: Vec<Month>,
    /// What a day of each month counts in mean days; otherwise the key of why there is no season.
    factors: Result<Vec<f64>, &'static str>,
}

impl Season {
    /// The season of the months past, if these are given, for those ahead up to the longest horizon.
    ///
    /// # Errors
    /// A column of the table of months past that cannot be read; a date beyond the calendar.
    pub(super) fn of(
        past: Option<&RecordBatch>,
        population: &Population<'_>,
        as_of: Date,
        horizon_days: i64,
    ) -> Result<Self, String> {
        let months = months_ahead(as_of, horizon_days).map_err(|error| error.to_string())?;
        let first = months.first().map_or(0, |month| position(month.first_day));
        let found = match past {
            Some(past) => profile(past, population, as_of).map_err(|error| error.to_string())?,
            None => Err("not_asked"),
        };
        let factors = found.map(|(profile, level)| {
            (0..months.len()).map(|at| profile.share(first + at, level)).collect::<Vec<f64>>()
        });
        Ok(Self { months, factors })
    }

    /// The calendar of the days ahead.
    pub(super) fn calendar(&self) -> Calendar {
        let factors = self.factors.iter().flatten();
        Calendar::of(self.months.iter().zip(factors).map(|(month, factor)| (month.end, *factor)).collect())
    }

    fn factor(&self, month: usize) -> Option<f64> {
        self.factors.as_ref().ok()?.get(month).copied()
    }
}

/// What is asked of the months ahead.
pub(super) struct Ahead<'a> {
    /// The season, which the population's calendar has too.
    pub season: &'a Season,
    /// How sure the totals of the horizons are. A month that ends with a horizon, from now on, is as sure.
    pub totals: &'a Result<Totals, &'static str>,
    /// How wrong forecasts were in the contest's windows.
    pub past: &'a Past,
    /// The share of cases that intervals should hold.
    pub level: f64,
}

/// The months ahead, up to the longest horizon; the first and the last one may be cut off.
///
/// # Errors
/// A horizon that is invalid.
pub(super) fn table(
    population: &Population<'_>,
    spend: Option<&Spend>,
    asked: &Ahead<'_>,
) -> Result<RecordBatch, String> {
    let ahead = &asked.season.months;
    let ends: Vec<f64> = ahead.iter().map(|month| month.end).collect();
    let mut months = period_totals(population, &ends, spend).map_err(|error| error.to_string())?;
    if let (Some(first), Some(end), Ok(totals)) = (months.first_mut(), ends.first(), asked.totals)
        && let Some(same) = totals.horizons.iter().find(|horizon| horizon.days.total_cmp(end).is_eq())
    {
        (first.of_purchases, first.of_revenue) = (Ok(same.purchases), same.revenue);
    }
    let reason = asked.season.factors.as_ref().err().copied().unwrap_or("none");
    let mut begin = 0.0;
    let lengths = ends.iter().map(|end| {
        let length = end - begin;
        begin = *end;
        length
    });
    let number = |of: &dyn Fn(&PeriodTotals) -> Option<f64>| -> ArrayRef {
        let values = months.iter().map(|month| of(month).filter(|value| value.is_finite()));
        Arc::new(values.collect::<Float64Array>())
    };
    let paid = |of: &dyn Fn(&PeriodTotals) -> Option<f64>| {
        money(months.iter().map(of)).map_err(|error| error.to_string())
    };
    let own = |spread: Result<Spread, NoSpread>| Some(spread.ok()?.interval(asked.level));
    let tested = |end: f64, mean: f64, spread: Result<Spread, NoSpread>| {
        let sd = spread.map_or(0.0, |spread| spread.sd());
        tested_interval(mean, sd, &asked.past.as_far_as(end), asked.level)
    };
    let of_purchases =
        |(month, end): (&PeriodTotals, &f64)| tested(*end, month.purchases, month.of_purchases);
    let of_revenue =
        |(month, end): (&PeriodTotals, &f64)| tested(*end, month.revenue.ok()?, month.of_revenue);
    let tested_purchases: Vec<Option<Interval>> = months.iter().zip(&ends).map(of_purchases).collect();
    let tested_revenue: Vec<Option<Interval>> = months.iter().zip(&ends).map(of_revenue).collect();
    let ends_of = |intervals: &[Option<Interval>], end: fn(Interval) -> f64| -> ArrayRef {
        Arc::new(intervals.iter().map(|interval| interval.map(end)).collect::<Float64Array>())
    };
    let paid_ends = |intervals: &[Option<Interval>], end: fn(Interval) -> f64| {
        money(intervals.iter().map(|interval| interval.map(end))).map_err(|error| error.to_string())
    };
    let low = |of: Interval| of.low;
    let high = |of: Interval| of.high;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ahead.iter().map(|month| Some(epoch_days(month.first_day))).collect::<Date32Array>()),
        Arc::new(lengths.map(Some).collect::<Float64Array>()),
        number(&|month| Some(month.purchases)),
        Arc::new((0..ahead.len()).map(|at| asked.season.factor(at)).collect::<Float64Array>()),
        number(&|month| Some(own(month.of_purchases)?.low)),
        number(&|month| Some(own(month.of_purchases)?.high)),
        ends_of(&tested_purchases, low),
        ends_of(&tested_purchases, high),
        paid(&|month| month.revenue.ok())?,
        paid(&|month| Some(own(month.of_revenue)?.low))?,
        paid(&|month| Some(own(month.of_revenue)?.high))?,
        paid_ends(&tested_revenue, low)?,
        paid_ends(&tested_revenue, high)?,
        number(&|_| Some(asked.level)),
        Arc::new(ahead.iter().map(|_| Some(reason)).collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|error| error.to_string())
}

/// A month ahead.
struct Month {
    first_day: Date,
    /// Days from now to its end, or to the horizon.
    end: f64,
}

fn months_ahead(as_of: Date, horizon_days: i64) -> Result<Vec<Month>, jiff::Error> {
    let (mut months, mut day) = (Vec::new(), as_of.checked_add(1.day())?.first_of_month());
    loop {
        let next = day.checked_add(1.month())?;
        // The last day that the month has, as days from now.
        let end = i64::from(epoch_days(next) - epoch_days(as_of)) - 1;
        months.push(Month { first_day: day, end: end.min(horizon_days) as f64 });
        if end >= horizon_days {
            return Ok(months);
        }
        day = next;
    }
}

/// January is 0.
fn position(month: Date) -> usize {
    usize::from(month.month().unsigned_abs()) - 1
}

/// Orders before an empty month do not belong to history if they are at most this share of all, or only one.
const STRAY: f64 = 0.01;

/// The months since history began. A single order, dated years before the next one, would leave years of empty months,
/// and no season.
fn since_beginning(months: &[(i32, f64)]) -> &[(i32, f64)] {
    let all: f64 = months.iter().map(|(_, orders)| orders).sum();
    let (mut before, mut begins) = (0.0, 0);
    for (place, (_, orders)) in months.iter().enumerate() {
        before += orders;
        if before > (STRAY * all).max(1.0) {
            break;
        }
        if *orders <= 0.0 {
            begins = place + 1;
        }
    }
    months.get(begins..).unwrap_or_default()
}

/// The season of the whole months past, and the level at which the customers were watched; otherwise the key of why there is
/// none.
type Found = Result<(Profile, f64), &'static str>;

fn profile(past: &RecordBatch, population: &Population<'_>, as_of: Date) -> Result<Found, ArrowError> {
    let month = column(past, "month", &DataType::Date32)?.as_primitive::<Date32Type>().clone();
    let complete = column(past, "complete", &DataType::Boolean)?.as_boolean().clone();
    let orders = numbers(past, "orders")?;
    let mut months: Vec<(i32, f64)> = (0..past.num_rows())
        .filter(|row| month.is_valid(*row) && complete.is_valid(*row) && complete.value(*row))
        .map(|row| (month.value(row), if orders.is_null(row) { 0.0 } else { orders.value(row) }))
        .collect();
    months.sort_by_key(|(month, _)| *month);
    // History may have begun in the middle of its first month.
    let months = since_beginning(&months).split_first().map_or(&[][..], |(_, whole)| whole);
    let Some((first, _)) = months.first() else { return Ok(Err("too_short")) };
    let day = |days: i32| Date::new(1970, 1, 1)?.checked_add(Span::new().try_days(days)?);
    let beyond = |error: jiff::Error| ArrowError::ComputeError(error.to_string());
    let first = position(day(*first).map_err(beyond)?);
    let mut totals = Vec::new();
    for (month, total) in months {
        let next = day(*month).and_then(|month| month.checked_add(1.month())).map_err(beyond)?;
        totals.push(PeriodTotal { total: *total, days: f64::from(epoch_days(next) - month) });
    }
    Ok(match Profile::of(&totals, first, CYCLE) {
        Ok(profile) => {
            // At an earlier time nobody had been watched in the months since.
            let ago = |month: i32| f64::from((epoch_days(as_of) - month + 1).max(0));
            let ago: Vec<f64> = months.iter().map(|(month, _)| ago(*month)).collect();
            let level = profile.level(&population.exposure(&ago), first);
            Ok((profile, level))
        }
        Err(reason) => Err(NoSeason::key(&reason)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_order_years_before_is_no_month_of_history() {
        let months = |orders: &[f64]| -> Vec<(i32, f64)> { (0..).zip(orders.iter().copied()).collect() };
        let begins = |orders: &[f64]| months(orders).len() - since_beginning(&months(orders)).len();
        assert_eq!(begins(&[1.0, 0.0, 0.0, 40.0, 50.0, 60.0]), 3);
        assert_eq!(begins(&[1.0, 0.0, 1.0, 0.0, 140.0, 150.0]), 4);
        // A month without an order within history stays.
        assert_eq!(begins(&[40.0, 0.0, 50.0, 60.0]), 0);
        assert_eq!(begins(&[1.0, 2.0, 40.0, 0.0]), 0);
        assert_eq!(begins(&[]), 0);
    }
}
