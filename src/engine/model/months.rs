//! `<step>_months`: the purchases that are expected in each calendar month ahead, and what the season makes of them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::analysis::clv::Repurchase;
use crate::analysis::clv::cell::Cells;
use crate::analysis::clv::seasonal::{NoSeason, PeriodTotal, Profile, expected_by_period, exposure};
use crate::engine::source::days as epoch_days;

use super::{column, numbers};

/// The columns of the table of months past.
pub(super) const READS: [&str; 3] = ["month", "complete", "orders"];
/// Months of a year.
const CYCLE: usize = 12;

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    Arc::new(Schema::new(vec![
        Field::new("month", DataType::Date32, false),
        Field::new("days", DataType::Float64, false),
        number("expected"),
        number("factor"),
        number("foretold"),
        Field::new("reason", DataType::Utf8, false),
    ]))
}

/// The table without a row: of a rule, or where no model can predict.
pub(super) fn nothing() -> RecordBatch {
    RecordBatch::new_empty(schema())
}

/// The months ahead, up to the longest horizon; the first and the last one may be cut off.
///
/// `past` is the table of months, where the season is asked for.
///
/// # Errors
/// A column of that table that cannot be read; a date beyond the calendar.
pub(super) fn table(
    model: &(impl Repurchase + Sync),
    cells: &Cells,
    past: Option<&RecordBatch>,
    as_of: Date,
    horizon_days: i64,
) -> Result<RecordBatch, String> {
    let ahead = ahead(as_of, horizon_days).map_err(|error| error.to_string())?;
    let ends: Vec<f64> = ahead.iter().map(|month| month.end).collect();
    let expected = expected_by_period(model, cells, &ends).map_err(|error| error.to_string())?;
    let first = ahead.first().map_or(0, |month| position(month.first_day));
    let season =
        past.map(|past| season(past, cells, as_of)).transpose().map_err(|error| error.to_string())?;
    let (foretold, reason) = match &season {
        Some(Ok((profile, level))) => (Some(profile.seasoned(&expected, first, *level)), "none"),
        Some(Err(reason)) => (None, *reason),
        None => (None, "not_asked"),
    };
    let factor = |at: usize| match &season {
        Some(Ok((profile, level))) => Some(profile.factor(first + at) / level),
        _ => None,
    };
    let mut begin = 0.0;
    let lengths: Vec<f64> = ends
        .iter()
        .map(|end| {
            let length = end - begin;
            begin = *end;
            length
        })
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ahead.iter().map(|month| Some(epoch_days(month.first_day))).collect::<Date32Array>()),
        Arc::new(Float64Array::from(lengths)),
        Arc::new(Float64Array::from(expected.clone())),
        Arc::new((0..ahead.len()).map(factor).collect::<Float64Array>()),
        Arc::new(Float64Array::from(foretold.unwrap_or(expected))),
        Arc::new(ahead.iter().map(|_| Some(reason)).collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|error| error.to_string())
}

/// A month ahead.
struct Ahead {
    first_day: Date,
    /// Days from now to its end, or to the horizon.
    end: f64,
}

fn ahead(as_of: Date, horizon_days: i64) -> Result<Vec<Ahead>, jiff::Error> {
    let (mut months, mut day) = (Vec::new(), as_of.checked_add(1.day())?.first_of_month());
    loop {
        let next = day.checked_add(1.month())?;
        // The last day that the month has, as days from now.
        let end = i64::from(epoch_days(next) - epoch_days(as_of)) - 1;
        months.push(Ahead { first_day: day, end: end.min(horizon_days) as f64 });
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

/// The season of the whole months past, and the level at which the customers were watched; otherwise the key of why there is
/// none.
type Season = Result<(Profile, f64), &'static str>;

fn season(past: &RecordBatch, cells: &Cells, as_of: Date) -> Result<Season, ArrowError> {
    let month = column(past, "month", &DataType::Date32)?.as_primitive::<Date32Type>().clone();
    let complete = column(past, "complete", &DataType::Boolean)?.as_boolean().clone();
    let orders = numbers(past, "orders")?;
    let mut months: Vec<(i32, f64)> = (0..past.num_rows())
        .filter(|row| month.is_valid(*row) && complete.is_valid(*row) && complete.value(*row))
        .map(|row| (month.value(row), if orders.is_null(row) { 0.0 } else { orders.value(row) }))
        .collect();
    months.sort_by_key(|(month, _)| *month);
    // History may have begun in the middle of its first month.
    let months = months.split_first().map_or(&[][..], |(_, whole)| whole);
    let Some((first, _)) = months.first() else { return Ok(Err("too_short")) };
    let day = |days: i32| Date::new(1970, 1, 1).and_then(|epoch| epoch.checked_add(i64::from(days).days()));
    let beyond = |error: jiff::Error| ArrowError::ComputeError(error.to_string());
    let first = position(day(*first).map_err(beyond)?);
    let mut totals = Vec::new();
    for (month, total) in months {
        let next = day(*month).and_then(|month| month.checked_add(1.month())).map_err(beyond)?;
        totals.push(PeriodTotal { total: *total, days: f64::from(epoch_days(next) - month) });
    }
    Ok(match Profile::of(&totals, first, CYCLE) {
        Ok(profile) => {
            let ago: Vec<f64> =
                months.iter().map(|(month, _)| f64::from(epoch_days(as_of) - month) + 1.0).collect();
            let level = profile.level(&exposure(cells, &ago), first);
            Ok((profile, level))
        }
        Err(reason) => Err(NoSeason::key(&reason)),
    })
}
