//! `<step>_forecast`: what all customers together are expected to do, and how sure that is: by the model alone, and by
//! its errors in the contest.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::clv::uncertainty::{NoSpread, Past, Spread, Totals, tested_interval};
use crate::analysis::special::Sum;

use super::super::columns::{MONEY, money};

/// The sums over all customers of their own forecasts.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// Purchases within each horizon.
    pub purchases: Vec<Sum>,
    /// Revenue within each horizon; of customers with an expected spend.
    pub revenue: Vec<Sum>,
    /// Lifetime value.
    pub value: Sum,
    /// Customers with a forecast of purchases, and with a value.
    pub customers: u64,
    pub valued: u64,
}

impl Sums {
    /// Of no customers yet.
    pub(super) fn new(horizons: usize) -> Self {
        let none = vec![Sum::default(); horizons];
        Self { purchases: none.clone(), revenue: none, ..Self::default() }
    }
}

/// How sure the sums are.
pub(super) struct Certainty<'a> {
    /// By the model alone; otherwise the key of why there is no deviation.
    pub totals: &'a Result<Totals, &'static str>,
    /// How wrong forecasts were in the contest's windows.
    pub past: &'a Past,
    /// The share of cases that intervals should hold.
    pub level: f64,
    /// The share of revenue that is value.
    pub margin: f64,
}

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    let figure = |name: &str| Field::new(name, MONEY, true);
    Arc::new(Schema::new(vec![
        Field::new("figure", DataType::Utf8, false),
        Field::new("horizon_days", DataType::Int64, false),
        figure("expected"),
        figure("by_parameters"),
        figure("by_chance"),
        figure("low"),
        figure("high"),
        figure("tested_low"),
        figure("tested_high"),
        number("level"),
        Field::new("windows", DataType::Int64, true),
        Field::new("window_days", DataType::Int64, true),
        Field::new("windows_held", DataType::Int64, true),
        Field::new("reason", DataType::Utf8, false),
    ]))
}

/// A row: its figure and horizon, what is expected, and its deviations.
struct Row {
    figure: &'static str,
    days: i64,
    expected: Option<f64>,
    spread: Result<Spread, &'static str>,
    /// Whether the contest's errors apply to it: they are errors of purchases.
    tested: bool,
}

/// The table: for each horizon purchases, revenue, and customers who buy, then lifetime value over the longest.
pub(super) fn table(
    horizon_days: &[i64],
    sums: &Sums,
    certainty: &Certainty<'_>,
) -> Result<RecordBatch, ArrowError> {
    let mut rows = Vec::new();
    let key = |spread: Result<Spread, NoSpread>| spread.map_err(NoSpread::key);
    let known = |any: u64, sum: Option<&Sum>| sum.filter(|_| any > 0).map(|sum| sum.value());
    for (place, days) in horizon_days.iter().enumerate() {
        let totals = certainty.totals.as_ref().map_err(|reason| *reason);
        let horizon = totals.and_then(|totals| totals.horizons.get(place).ok_or("no_model"));
        let expected = known(sums.customers, sums.purchases.get(place));
        let spread = horizon.map(|horizon| horizon.purchases);
        rows.push(Row { figure: "purchases", days: *days, expected, spread, tested: true });
        let expected = known(sums.valued, sums.revenue.get(place));
        let spread = horizon.and_then(|horizon| key(horizon.revenue));
        rows.push(Row { figure: "revenue", days: *days, expected, spread, tested: true });
        if let Ok(horizon) = horizon {
            let (expected, spread) = (Some(horizon.active.mean), Ok(horizon.active));
            rows.push(Row { figure: "active_customers", days: *days, expected, spread, tested: false });
        }
    }
    let days = horizon_days.last().copied().unwrap_or_default();
    let spread = match certainty.totals {
        Ok(totals) => key(totals.value).map(|value| value.times(certainty.margin)),
        Err(reason) => Err(*reason),
    };
    let expected = known(sums.valued, Some(&sums.value));
    rows.push(Row { figure: "value", days, expected, spread, tested: true });
    batch(&rows, certainty)
}

fn batch(rows: &[Row], certainty: &Certainty<'_>) -> Result<RecordBatch, ArrowError> {
    // Two of the figures are money.
    let figure = |of: &dyn Fn(&Row) -> Option<f64>| money(rows.iter().map(of));
    // The interval is about the customers' sums; the spread's own mean differs from them only by rounding.
    let own = |row: &Row| row.spread.ok().map(|spread| spread.interval(certainty.level));
    let tested = |row: &Row| {
        let sd = row.spread.map_or(0.0, |spread| spread.sd());
        let past = certainty.past.as_far_as(row.days as f64);
        tested_interval(row.expected.filter(|_| row.tested)?, sd, &past, certainty.level)
    };
    let whole = |of: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef {
        let of_past = |row: &Row| if row.tested && certainty.past.windows() > 0 { of(row) } else { None };
        Arc::new(rows.iter().map(of_past).collect::<Int64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(row.figure)).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| Some(row.days)).collect::<Int64Array>()),
        figure(&|row| row.expected)?,
        figure(&|row| row.spread.ok().map(|spread| spread.by_parameters))?,
        figure(&|row| row.spread.ok().map(|spread| spread.by_chance))?,
        figure(&|row| own(row).map(|interval| interval.low))?,
        figure(&|row| own(row).map(|interval| interval.high))?,
        figure(&|row| tested(row).map(|interval| interval.low))?,
        figure(&|row| tested(row).map(|interval| interval.high))?,
        Arc::new(rows.iter().map(|_| Some(certainty.level)).collect::<Float64Array>()),
        whole(&|_| i64::try_from(certainty.past.windows()).ok()),
        whole(&|_| certainty.past.window_days()),
        whole(&|row| i64::try_from(certainty.past.held_by(tested(row)?, row.expected?)).ok()),
        Arc::new(rows.iter().map(|row| Some(row.spread.err().unwrap_or("none"))).collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns)
}
