//! Columns of tables, made from the fields of rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::calendar::moment;
use super::id::Id;

/// The type of every amount of money.
pub(super) const MONEY: DataType = DataType::Decimal128(12, 2);

pub(super) type Batch = Result<RecordBatch, arrow::error::ArrowError>;

/// A schema of columns with their type, and whether they may be NULL.
pub(super) fn schema(fields: &[(&str, DataType, bool)]) -> SchemaRef {
    let field = |(name, kind, nullable): &(&str, DataType, bool)| Field::new(*name, kind.clone(), *nullable);
    Arc::new(Schema::new(fields.iter().map(field).collect::<Vec<_>>()))
}

/// The type of a moment.
pub(super) fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

pub(super) fn texts<'t>(items: impl Iterator<Item = &'t str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(items))
}

pub(super) fn optional_texts<'t>(items: impl Iterator<Item = Option<&'t str>>) -> ArrayRef {
    Arc::new(items.collect::<StringArray>())
}

/// Days since 1970-01-01.
pub(super) fn days(items: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(items))
}

pub(super) fn optional_days(items: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(items.collect::<Date32Array>())
}

/// Moments, each as a day since 1970-01-01 and a second of it.
pub(super) fn moments(items: impl Iterator<Item = (i32, u32)>) -> ArrayRef {
    let micros = items.map(|(day, second)| moment(day, second));
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}

pub(super) fn flags(items: impl Iterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(items.collect::<BooleanArray>())
}

/// Money from cents.
pub(super) fn money(items: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    decimals(items, MONEY)
}

/// Decimals of a type, from their digits.
pub(super) fn decimals(items: impl Iterator<Item = Option<i64>>, kind: DataType) -> ArrayRef {
    let digits: Decimal128Array = items.map(|digits| digits.map(i128::from)).collect();
    Arc::new(digits.with_data_type(kind))
}

/// The ids of customers by their numbers.
pub(super) fn customers(items: impl Iterator<Item = u32>, digits: usize) -> ArrayRef {
    optional_customers(items.map(Some), digits)
}

pub(super) fn optional_customers(items: impl Iterator<Item = Option<u32>>, digits: usize) -> ArrayRef {
    let mut id = Id::default();
    let mut column = StringBuilder::new();
    for number in items {
        match number {
            Some(number) => {
                id.customer(number, digits);
                column.append_value(id.text());
            }
            None => column.append_null(),
        }
    }
    Arc::new(column.finish())
}

/// The ids of account managers by their numbers.
pub(super) fn managers(items: impl Iterator<Item = Option<u32>>) -> ArrayRef {
    Arc::new(items.map(|number| number.map(|number| format!("M{number:02}"))).collect::<StringArray>())
}
