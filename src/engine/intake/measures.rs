//! What the checks of a source measure, row by row.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::{and, filter};
use arrow::datatypes::{DataType, Date32Type, Schema};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, cast, ident, lit};

use crate::engine::transactions::DAY;
use crate::engine::types::held;
use crate::engine::unmatched;
use crate::pipeline::check::Measured;
use crate::pipeline::{Source, Value};
use crate::tables::days;

/// One quantity that a check measures.
#[derive(Debug, Clone)]
pub enum Measure {
    /// The number of rows that meet a condition which none should meet.
    Wrong(Expr),
    /// The number of rows without a value. Rows that an implied rule sets aside for this reason count too: a check for
    /// missing values must find them.
    Missing(Expr),
    /// The newest day up to this one: a day in the far future does not make old data fresh.
    Newest(Expr, i32),
    /// The first day after this one.
    Next(Expr, i32),
}

impl Measure {
    /// The measures of a source's checks, in the order of the checks. The last ones count used rows that found no row of
    /// a joined source.
    ///
    /// `table` is the source's table, `as_of` the date of the run in days since 1970-01-01.
    pub fn all(source: &Source, table: &Schema, as_of: i32) -> Vec<Self> {
        let of_checks = source
            .checks
            .iter()
            .flat_map(|check| check.test.questions())
            .flat_map(|asked| of(&asked.measured, table, as_of));
        let unmatched = unmatched::kept(source).map(|join| Self::Wrong(ident(unmatched::mark(join))));
        of_checks.chain(unmatched).collect()
    }

    /// Whether a result found on another day is still valid.
    pub fn serves(&self, found: Option<i64>) -> bool {
        match self {
            Self::Wrong(_) | Self::Missing(_) => true,
            Self::Newest(_, last) => found.is_none_or(|newest| newest <= i64::from(*last)),
            Self::Next(_, last) => found.is_none_or(|next| next > i64::from(*last)),
        }
    }

    /// The name of a measure's column.
    pub fn column(number: usize) -> String {
        format!("_measure_{number}")
    }

    /// Its expression.
    pub fn expr(&self) -> Expr {
        match self {
            Self::Wrong(expr) | Self::Missing(expr) | Self::Newest(expr, _) | Self::Next(expr, _) => {
                expr.clone()
            }
        }
    }

    /// The result of no rows.
    pub fn none(&self) -> Option<i64> {
        match self {
            Self::Wrong(_) | Self::Missing(_) => Some(0),
            Self::Newest(..) | Self::Next(..) => None,
        }
    }

    /// The result of two sets of rows together.
    pub fn joined(&self, a: Option<i64>, b: Option<i64>) -> Option<i64> {
        match self {
            Self::Wrong(_) | Self::Missing(_) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
            Self::Newest(..) => a.max(b),
            Self::Next(..) => [a, b].into_iter().flatten().min(),
        }
    }

    /// The result of a column's used rows; `wanted` includes the rows that an implied rule took.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn of(&self, column: &ArrayRef, used: &BooleanArray, wanted: &BooleanArray) -> Result<Option<i64>> {
        match self {
            Self::Wrong(_) | Self::Missing(_) => {
                let used = if matches!(self, Self::Missing(_)) { wanted } else { used };
                let wrong = column.as_boolean();
                let wrong = if wrong.null_count() == 0 {
                    wrong
                } else {
                    &arrow::compute::prep_null_mask_filter(wrong)
                };
                Ok(Some(i64::try_from(and(used, wrong)?.true_count()).unwrap_or(i64::MAX)))
            }
            Self::Newest(_, last) => {
                let of_used = filter(column, used)?;
                let days = of_used.as_primitive::<Date32Type>();
                Ok(days.iter().flatten().filter(|day| day <= last).max().map(i64::from))
            }
            Self::Next(_, last) => {
                let of_used = filter(column, used)?;
                let days = of_used.as_primitive::<Date32Type>();
                Ok(days.iter().flatten().filter(|day| day > last).min().map(i64::from))
            }
        }
    }
}

fn of(measured: &Measured, table: &Schema, as_of: i32) -> Vec<Measure> {
    let type_of = |name: &str| table.field_with_name(name).ok().map(|field| held(field.data_type()));
    match measured {
        Measured::Missing(column) => vec![Measure::Missing(ident(column).is_null())],
        Measured::Outside { column, min, max } => {
            let value = ident(column);
            let found = type_of(column);
            let below = min.as_ref().map(|min| value.clone().lt(literal(min, found)));
            let above = max.as_ref().map(|max| value.clone().gt(literal(max, found)));
            let outside = match (below, above) {
                (Some(below), Some(above)) => below.or(above),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => lit(false),
            };
            // NaN lies in no range; it sorts beyond the infinities.
            let outside = if found.is_some_and(DataType::is_floating) {
                let beyond = value.clone().gt(lit(f64::INFINITY)).or(value.lt(lit(f64::NEG_INFINITY)));
                outside.or(beyond)
            } else {
                outside
            };
            vec![Measure::Wrong(outside)]
        }
        Measured::Other { column, values } => {
            let value = ident(column);
            let found = type_of(column);
            let list = values.iter().map(|value| literal(value, found)).collect();
            vec![Measure::Wrong(value.clone().is_not_null().and(value.in_list(list, true)))]
        }
        Measured::Newest(column) => {
            let has_day = table.field_with_name(DAY).is_ok();
            let name = if has_day && column == "occurred_at" { DAY } else { column };
            let day = || cast(ident(name), DataType::Date32);
            // A run for yesterday is executed today, and the data that arrives with it may be dated today.
            let last = as_of.saturating_add(1);
            vec![Measure::Newest(day(), last), Measure::Next(day(), last)]
        }
        Measured::Rows | Measured::Repeats(_) => Vec::new(),
    }
}

/// A value for comparison with a column of this type. Text stays text, even if it is written like a date.
fn literal(value: &Value, column: Option<&DataType>) -> Expr {
    if column.is_some_and(DataType::is_string) {
        return lit(value.to_string());
    }
    match value {
        Value::Bool(value) => lit(*value),
        Value::Integer(value) => lit(*value),
        Value::Decimal(digits) => cast(lit(digits.as_str()), DataType::Decimal128(38, scale(digits))),
        Value::Date(day) => lit(ScalarValue::Date32(Some(days(*day)))),
        Value::Text(text) => lit(text.as_str()),
        Value::List(_) => lit(ScalarValue::Null),
    }
}

fn scale(digits: &str) -> i8 {
    digits.split_once('.').map_or(0, |(_, fraction)| i8::try_from(fraction.len()).unwrap_or(0))
}
