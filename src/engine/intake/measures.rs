//! What the checks of a source measure, row by row.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::{and, filter};
use arrow::datatypes::{DataType, Date32Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, cast, ident, lit};

use crate::engine::source::{DAY, days};
use crate::pipeline::{Source, Test, Value};

/// One thing that a check measures.
#[derive(Debug, Clone)]
pub enum Measure {
    /// How many rows meet a condition that none should.
    Wrong(Expr),
    /// The newest day.
    Newest(Expr),
}

impl Measure {
    /// The measures of a source's checks: those of each check follow those of the one before.
    pub fn all(source: &Source, has_day: bool) -> Vec<Self> {
        source.checks.iter().flat_map(|check| of_test(&check.test, has_day)).collect()
    }

    /// The name of a measure's column.
    pub fn column(number: usize) -> String {
        format!("_measure_{number}")
    }

    /// Its column.
    pub fn expr(&self) -> Expr {
        match self {
            Self::Wrong(expr) | Self::Newest(expr) => expr.clone(),
        }
    }

    /// Of no rows.
    pub fn none(&self) -> Option<i64> {
        match self {
            Self::Wrong(_) => Some(0),
            Self::Newest(_) => None,
        }
    }

    /// Of the rows of two.
    pub fn joined(&self, a: Option<i64>, b: Option<i64>) -> Option<i64> {
        match self {
            Self::Wrong(_) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
            Self::Newest(_) => a.max(b),
        }
    }

    /// Of the used rows of a column.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn of(&self, column: &ArrayRef, used: &BooleanArray) -> Result<Option<i64>> {
        match self {
            Self::Wrong(_) => {
                let wrong = column.as_boolean();
                let wrong = if wrong.null_count() == 0 {
                    wrong
                } else {
                    &arrow::compute::prep_null_mask_filter(wrong)
                };
                Ok(Some(i64::try_from(and(used, wrong)?.true_count()).unwrap_or(i64::MAX)))
            }
            Self::Newest(_) => {
                let of_used = filter(column, used)?;
                Ok(arrow::compute::max(of_used.as_primitive::<Date32Type>()).map(i64::from))
            }
        }
    }
}

fn of_test(test: &Test, has_day: bool) -> Vec<Measure> {
    match test {
        Test::NotNull(columns) => {
            columns.iter().map(|name| Measure::Wrong(ident(&name.value).is_null())).collect()
        }
        Test::Range { column, min, max } => {
            let value = ident(&column.value);
            let below = min.as_ref().map(|min| value.clone().lt(literal(min)));
            let above = max.as_ref().map(|max| value.clone().gt(literal(max)));
            let outside = match (below, above) {
                (Some(below), Some(above)) => below.or(above),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => lit(false),
            };
            vec![Measure::Wrong(outside)]
        }
        Test::Values { column, values } => {
            let value = ident(&column.value);
            let list = values.iter().map(literal).collect();
            vec![Measure::Wrong(value.clone().is_not_null().and(value.in_list(list, true)))]
        }
        Test::Freshness { column, .. } => {
            let name = if has_day && column.value == "occurred_at" { DAY } else { &column.value };
            vec![Measure::Newest(cast(ident(name), DataType::Date32))]
        }
        Test::RowCount { .. } | Test::Unique(_) => Vec::new(),
    }
}

fn literal(value: &Value) -> Expr {
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
