//! Finished tables, read column by column.
//!
//! Analysts edit the queries, so a column may be missing or of another type than expected. That is not an error of
//! the report: the section that needs the column is left out and says why.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, BooleanArray, Decimal128Array, Decimal256Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt64Type,
};
use jiff::civil::Date;

use super::decimal::Decimal;

/// The finished tables of a run by name, each in one batch.
#[derive(Clone, Debug, Default)]
pub struct Tables(pub BTreeMap<String, RecordBatch>);

/// Why a table cannot be read as a section needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// There is no such table.
    NoTable {
        /// The table.
        table: String,
    },
    /// The table has no rows.
    NoRows {
        /// The table.
        table: String,
    },
    /// The table of sentences has rows, but none that belongs there.
    NoSentence {
        /// The table.
        table: String,
        /// Where the sentence would stand.
        place: String,
    },
    /// The table has no such column.
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The column holds another kind of value.
    OtherType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What the column holds, in Arrow's words.
        found: String,
    },
}

impl Tables {
    /// A table with at least one row.
    ///
    /// # Errors
    /// No such table, or no rows.
    pub fn get(&self, name: &str) -> Result<Table<'_>, Gap> {
        let table = self.0.get_key_value(name).map(|(name, batch)| Table { name, batch });
        let table = table.ok_or_else(|| Gap::NoTable { table: name.to_owned() })?;
        if table.rows() == 0 { Err(Gap::NoRows { table: name.to_owned() }) } else { Ok(table) }
    }
}

/// The cells of one column, from the first row down.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells<T>(Vec<Option<T>>);

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Cells<T> {
    /// The cell of a row; `None` where it is null, or where there is no such row.
    pub fn at(&self, row: usize) -> Option<T> {
        self.0.get(row).cloned().flatten()
    }

    /// Whether any cell is not null.
    pub fn any(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// All cells.
    pub fn iter(&self) -> impl Iterator<Item = Option<&T>> {
        self.0.iter().map(Option::as_ref)
    }
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    name: &'a str,
    batch: &'a RecordBatch,
}

impl<'a> Table<'a> {
    /// A table of that name, or some rows of it.
    pub const fn of(name: &'a str, batch: &'a RecordBatch) -> Self {
        Self { name, batch }
    }

    /// The table's name.
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The names of its columns.
    pub fn columns(&self) -> Vec<&'a str> {
        self.batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// The Arrow type of a column.
    pub fn kind(&self, column: &str) -> Option<&'a DataType> {
        self.batch.column_by_name(column).map(Array::data_type)
    }

    /// A column of numbers (integers of any width, decimals, floats) as exact decimals.
    ///
    /// # Errors
    /// No such column, or not numbers, or a number of more than 38 digits.
    pub fn numbers(&self, column: &str) -> Result<Cells<Decimal>, Gap> {
        let array = self.array(column)?;
        exact(array).map(Cells).ok_or_else(|| self.other_type(column, array.data_type()))
    }

    /// A column of numbers as floats, for shares and for pictures; what is not finite is `None`.
    ///
    /// # Errors
    /// No such column, or not numbers.
    pub fn floats(&self, column: &str) -> Result<Cells<f64>, Gap> {
        let array = self.array(column)?;
        if array.data_type().is_floating() {
            return floats(array).map(Cells).ok_or_else(|| self.other_type(column, array.data_type()));
        }
        Ok(Cells(self.numbers(column)?.iter().map(|cell| cell.map(|cell| cell.to_f64())).collect()))
    }

    /// A column of text; numbers are taken as their digits.
    ///
    /// # Errors
    /// No such column, or a type without a text form.
    pub fn texts(&self, column: &str) -> Result<Cells<String>, Gap> {
        let array = self.array(column)?;
        let other = || self.other_type(column, array.data_type());
        let text = cast(array, &DataType::Utf8).map_err(|_| other())?;
        let text = text.as_string_opt::<i32>().ok_or_else(other)?;
        Ok(Cells(text.iter().map(|cell| cell.map(str::to_owned)).collect()))
    }

    /// A column of lists, each as the text of its items with a separator between them.
    ///
    /// # Errors
    /// No such column, or items without a text form.
    pub fn lists(&self, column: &str, separator: &str) -> Result<Cells<String>, Gap> {
        let array = self.array(column)?;
        let other = || self.other_type(column, array.data_type());
        let lists = array.as_list_opt::<i32>().ok_or_else(other)?;
        let mut cells = Vec::with_capacity(lists.len());
        for list in lists.iter() {
            let Some(list) = list else {
                cells.push(None);
                continue;
            };
            let text = cast(&list, &DataType::Utf8).map_err(|_| other())?;
            let text = text.as_string_opt::<i32>().ok_or_else(other)?;
            cells.push(Some(text.iter().flatten().collect::<Vec<_>>().join(separator)));
        }
        Ok(Cells(cells))
    }

    /// A column of days.
    ///
    /// # Errors
    /// No such column, or neither dates nor timestamps.
    pub fn days(&self, column: &str) -> Result<Cells<Date>, Gap> {
        let array = self.array(column)?;
        let other = || self.other_type(column, array.data_type());
        if !(array.data_type().is_temporal() || array.data_type().is_null()) {
            return Err(other());
        }
        let days = cast(array, &DataType::Date32).map_err(|_| other())?;
        let days = days.as_primitive_opt::<Date32Type>().ok_or_else(other)?;
        Ok(Cells(days.iter().map(|cell| cell.and_then(day)).collect()))
    }

    /// A column of points in time without a time zone, as seconds since 1970-01-01.
    ///
    /// # Errors
    /// No such column, or no such timestamps.
    pub fn instants(&self, column: &str) -> Result<Cells<f64>, Gap> {
        let array = self.array(column)?;
        let other = || self.other_type(column, array.data_type());
        let DataType::Timestamp(_, None) = array.data_type() else { return Err(other()) };
        let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None)).map_err(|_| other())?;
        let micros = micros.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(other)?;
        Ok(Cells(micros.iter().map(|cell| cell.map(|micros| micros as f64 / 1e6)).collect()))
    }

    /// A column of yes and no.
    ///
    /// # Errors
    /// No such column, or not Boolean.
    pub fn flags(&self, column: &str) -> Result<Cells<bool>, Gap> {
        let array = self.array(column)?;
        let flags: Option<&BooleanArray> = array.as_boolean_opt();
        flags
            .map(|flags| Cells(flags.iter().collect()))
            .ok_or_else(|| self.other_type(column, array.data_type()))
    }

    fn array(&self, column: &str) -> Result<&'a dyn Array, Gap> {
        let array = self.batch.column_by_name(column).map(AsRef::as_ref);
        array.ok_or_else(|| Gap::NoColumn { table: self.name.to_owned(), column: column.to_owned() })
    }

    fn other_type(&self, column: &str, found: &DataType) -> Gap {
        Gap::OtherType { table: self.name.to_owned(), column: column.to_owned(), found: found.to_string() }
    }
}

/// The day so many days after 1970-01-01.
fn day(days: i32) -> Option<Date> {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(i64::from(days)).ok()?).ok()
}

/// The numbers of an array, exactly; `None` where they are none, or too long.
fn exact(array: &dyn Array) -> Option<Vec<Option<Decimal>>> {
    match array.data_type() {
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) => {
            let wide = cast(array, &DataType::Decimal128(38, *scale)).ok()?;
            decimals(wide.as_primitive_opt()?, *scale)
        }
        DataType::Decimal128(_, scale) => decimals(array.as_primitive_opt()?, *scale),
        DataType::Decimal256(_, scale) => wide_decimals(array.as_primitive_opt()?, *scale),
        DataType::UInt64 => {
            let whole = array.as_primitive_opt::<UInt64Type>()?;
            Some(whole.iter().map(|cell| cell.map(|cell| Decimal::whole(cell.into()))).collect())
        }
        kind if kind.is_integer() => {
            let wide = cast(array, &DataType::Int64).ok()?;
            let whole = wide.as_primitive_opt::<Int64Type>()?;
            Some(whole.iter().map(|cell| cell.map(|cell| Decimal::whole(cell.into()))).collect())
        }
        kind if kind.is_floating() => {
            Some(floats(array)?.into_iter().map(|cell| cell.and_then(Decimal::from_f64)).collect())
        }
        DataType::Null => Some(vec![None; array.len()]),
        _ => None,
    }
}

fn decimals(array: &Decimal128Array, scale: i8) -> Option<Vec<Option<Decimal>>> {
    array.iter().map(|cell| cell.map_or(Some(None), |units| scaled(units, scale).map(Some))).collect()
}

fn wide_decimals(array: &Decimal256Array, scale: i8) -> Option<Vec<Option<Decimal>>> {
    array
        .iter()
        .map(|cell| cell.map_or(Some(None), |units| scaled(units.to_i128()?, scale).map(Some)))
        .collect()
}

/// A scale below zero counts zeros before the point.
fn scaled(units: i128, scale: i8) -> Option<Decimal> {
    match u32::try_from(scale) {
        Ok(scale) => Some(Decimal::new(units, scale)),
        Err(_) => units.checked_mul(10i128.checked_pow(scale.unsigned_abs().into())?).map(Decimal::whole),
    }
}

fn floats(array: &dyn Array) -> Option<Vec<Option<f64>>> {
    let wide = cast(array, &DataType::Float64).ok()?;
    let wide = wide.as_primitive_opt::<Float64Type>()?;
    Some(wide.iter().map(|cell| cell.filter(|cell| cell.is_finite())).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, Date32Array, Float64Array, Int16Array, Int64Array, LargeStringArray, StringViewArray,
    };

    use super::*;

    fn tables(columns: Vec<(&str, ArrayRef)>) -> Tables {
        let columns = columns.into_iter().map(|(name, array)| (name, array, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("a batch");
        Tables([("t".to_owned(), batch)].into())
    }

    #[test]
    fn any_width_of_number_is_read_exactly() {
        let decimal = Decimal128Array::from(vec![Some(12_345), None]).with_precision_and_scale(20, 3);
        let tables = tables(vec![
            ("short", Arc::new(Int16Array::from(vec![Some(-7), None]))),
            ("money", Arc::new(decimal.expect("a decimal"))),
            ("float", Arc::new(Float64Array::from(vec![Some(0.25), Some(f64::NAN)]))),
        ]);
        let table = tables.get("t").expect("a table");
        assert_eq!(table.numbers("short"), Ok(Cells(vec![Some(Decimal::whole(-7)), None])));
        assert_eq!(table.numbers("money"), Ok(Cells(vec![Some(Decimal::new(12_345, 3)), None])));
        assert_eq!(table.floats("money"), Ok(Cells(vec![Some(12.345), None])));
        assert_eq!(table.floats("float"), Ok(Cells(vec![Some(0.25), None])));
    }

    #[test]
    fn any_text_and_day_is_read() {
        let tables = tables(vec![
            ("large", Arc::new(LargeStringArray::from(vec!["a"]))),
            ("view", Arc::new(StringViewArray::from(vec![Some("b")]))),
            ("id", Arc::new(Int64Array::from(vec![12_345]))),
            ("day", Arc::new(Date32Array::from(vec![15_308]))),
        ]);
        let table = tables.get("t").expect("a table");
        assert_eq!(table.texts("large"), Ok(Cells(vec![Some("a".to_owned())])));
        assert_eq!(table.texts("view"), Ok(Cells(vec![Some("b".to_owned())])));
        assert_eq!(table.texts("id"), Ok(Cells(vec![Some("12345".to_owned())])));
        assert_eq!(table.days("day"), Ok(Cells(vec![Some(jiff::civil::date(2011, 11, 30))])));
    }

    #[test]
    fn a_gap_names_table_column_and_type() {
        let tables = tables(vec![("name", Arc::new(StringViewArray::from(vec!["x"])))]);
        let table = tables.get("t").expect("a table");
        let (t, name) = ("t".to_owned(), "name".to_owned());
        assert_eq!(tables.get("u").err(), Some(Gap::NoTable { table: "u".to_owned() }));
        let gap = Gap::NoColumn { table: t.clone(), column: "gini".to_owned() };
        assert_eq!(table.numbers("gini"), Err(gap));
        let gap = Gap::OtherType { table: t, column: name, found: "Utf8View".to_owned() };
        assert_eq!(table.numbers("name"), Err(gap.clone()));
        assert_eq!(table.days("name"), Err(gap.clone()));
        assert_eq!(table.flags("name"), Err(gap));
    }
}
