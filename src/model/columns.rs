//! Columns of the tables that models read and yield.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::clv::cell::History;

/// A column that a model reads.
#[derive(Debug, Clone, PartialEq)]
pub struct InputColumn {
    /// Its name.
    pub name: String,
    /// What it must hold.
    pub wants: Wants,
}

/// What a column must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wants {
    /// Anything that can be written as text.
    Anything,
    /// Text.
    Text,
    /// Numbers.
    Numbers,
    /// Truth values.
    Truth,
    /// Dates.
    Dates,
    /// Truth values, or numbers of which 0 is false.
    Flags,
}

impl InputColumn {
    /// A column of this name.
    pub fn new(name: &str, wants: Wants) -> Self {
        Self { name: name.to_owned(), wants }
    }
}

impl Wants {
    /// Whether a column of this type can hold it.
    pub fn allows(self, data_type: &DataType) -> bool {
        match self {
            Self::Anything => true,
            Self::Text => data_type.is_string(),
            Self::Numbers => data_type.is_numeric(),
            Self::Truth => *data_type == DataType::Boolean,
            Self::Dates => *data_type == DataType::Date32,
            Self::Flags => data_type.is_numeric() || *data_type == DataType::Boolean,
        }
    }

    /// It in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Anything => "something",
            Self::Text => "text",
            Self::Numbers => "numbers",
            Self::Truth => "true or false",
            Self::Dates => "a date",
            Self::Flags => "truth values or numbers",
        }
    }
}

/// A column of numbers that may be NULL.
pub(super) fn number_field(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

/// A column of counts.
pub(super) fn count_field(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

/// The table of columns that are of its types but for counts, which may be doubles.
pub(super) fn table(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, ArrowError> {
    let fields = schema.fields().iter().zip(columns);
    let columns: Result<Vec<ArrayRef>, _> =
        fields.map(|(field, column)| cast(&column, field.data_type())).collect();
    RecordBatch::try_new(schema, columns?)
}

/// A column of text.
pub(super) fn text_field(name: &str, null: bool) -> Field {
    Field::new(name, DataType::Utf8, null)
}

/// A count as a column has it.
pub(super) fn counted(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A column of the model's table, as this type.
pub(super) fn column(table: &RecordBatch, name: &str, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let missing = || ArrowError::SchemaError(format!("the model's table lost its column {name}"));
    cast(table.column_by_name(name).ok_or_else(missing)?, data_type)
}

/// A column of whole numbers.
pub(super) fn whole_numbers(table: &RecordBatch, name: &str) -> Result<Int64Array, ArrowError> {
    column(table, name, &DataType::Int64).map(|column| column.as_primitive().clone())
}

/// A column of numbers.
pub(super) fn numbers(table: &RecordBatch, name: &str) -> Result<Float64Array, ArrowError> {
    column(table, name, &DataType::Float64).map(|column| column.as_primitive().clone())
}

/// The type of money that a model foretells, as of all tables made of it.
pub(super) const MONEY: DataType = DataType::Decimal128(MONEY_DIGITS, MONEY_SCALE);
const MONEY_DIGITS: u8 = 38;
const MONEY_SCALE: i8 = 6;

/// Money that a model foretells, rounded half away from zero to the decimals of [`MONEY`]; none where it is no number, or
/// longer than any money.
pub(super) fn money(values: impl Iterator<Item = Option<f64>>) -> Result<ArrayRef, ArrowError> {
    const UNIT: f64 = 1e6;
    const LONGEST: f64 = 1e31;
    let units = values.map(|value| {
        let value = value.filter(|value| value.abs() < LONGEST)?;
        Some((value * UNIT).round() as i128)
    });
    let units: Decimal128Array = units.collect();
    Ok(Arc::new(units.with_precision_and_scale(MONEY_DIGITS, MONEY_SCALE)?))
}

/// A count of a row; none where it is NULL, or none that can be.
pub(super) fn count_at(counts: &Int64Array, row: usize) -> Option<u32> {
    if counts.is_null(row) { None } else { u32::try_from(counts.value(row)).ok() }
}

/// The columns that say when customers bought.
pub(super) struct PurchaseDays {
    active: Int64Array,
    repeat: Int64Array,
    span: Int64Array,
    tenure: Int64Array,
}

impl PurchaseDays {
    pub(super) fn read(table: &RecordBatch) -> Result<Self, ArrowError> {
        Ok(Self {
            active: whole_numbers(table, "active_days")?,
            repeat: whole_numbers(table, "repeat_days")?,
            span: whole_numbers(table, "span_days")?,
            tenure: whole_numbers(table, "tenure_days")?,
        })
    }

    /// The history of a row's customer; none without a purchase day.
    pub(super) fn history(&self, row: usize) -> Option<History> {
        count_at(&self.active, row).filter(|days| *days > 0)?;
        Some(History {
            x: count_at(&self.repeat, row)?,
            t_x_days: count_at(&self.span, row)?,
            t_days: count_at(&self.tenure, row)?,
        })
    }
}
