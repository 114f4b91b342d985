//! Small groups are not shown: a table that is shared does not say what a few customers did.
//!
//! A row of a table is a group where a column `customers` counts them. Of a group of at least one and fewer than the least
//! number, all figures are empty, that count too. Sentences ([`WORD`]) are chosen for the whole report, and stay.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, nullif};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::error::ArrowError;

use crate::tables::ColumnKind;

/// The column that counts the customers of a group.
const CUSTOMERS: &str = "customers";
/// The column of tables of sentences.
const WORD: &str = "word";

/// A table without the figures of groups of fewer than `least` customers. `kind` says what a column is declared to hold.
///
/// # Errors
/// None: every column can be emptied.
pub(super) fn without_small(
    batch: &RecordBatch,
    least: u64,
    kind: impl Fn(&str) -> Option<ColumnKind>,
) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let counts = batch.column_by_name(CUSTOMERS).filter(|counts| counts.data_type().is_numeric());
    let (Some(counts), None) = (counts, schema.column_with_name(WORD)) else {
        return Ok(batch.clone());
    };
    let counts = cast(counts, &DataType::Int64)?;
    let counts = counts.as_primitive::<Int64Type>();
    let small = |count: i64| count > 0 && u64::try_from(count).is_ok_and(|count| count < least);
    let small: BooleanArray = counts.iter().map(|count| Some(count.is_some_and(small))).collect();
    if small.true_count() == 0 {
        return Ok(batch.clone());
    }
    let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        // A number that nobody declared may be a figure.
        let figure = kind(field.name()).map_or(field.data_type().is_numeric(), ColumnKind::is_figure);
        if figure {
            fields.push(field.as_ref().clone().with_nullable(true));
            columns.push(nullif(column, &small)?);
        } else {
            fields.push(field.as_ref().clone());
            columns.push(Arc::clone(column));
        }
    }
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    RecordBatch::try_new(Arc::new(schema), columns)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal128Array, Int64Array, StringArray};

    use super::*;

    fn table(second: (&str, ArrayRef)) -> RecordBatch {
        let city: ArrayRef = Arc::new(StringArray::from(vec!["Paris", "Rome", "Oslo", "Bern"]));
        let customers: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), Some(4), Some(0), None]));
        RecordBatch::try_from_iter([("city", city), (CUSTOMERS, customers), second]).unwrap()
    }

    fn kind(name: &str) -> Option<ColumnKind> {
        match name {
            "city" => Some(ColumnKind::Text),
            "revenue" => Some(ColumnKind::Money),
            _ => None,
        }
    }

    #[test]
    fn figures_of_four_are_empty_and_those_of_five_and_none_are_not() {
        let revenue: ArrayRef = Arc::new(Decimal128Array::from(vec![500, 400, 0, 7]));
        let shown = without_small(&table(("revenue", revenue)), 5, kind).unwrap();
        let empty = |name: &str| -> Vec<bool> {
            let column = shown.column_by_name(name).unwrap();
            (0..column.len()).map(|row| column.is_null(row)).collect()
        };
        assert_eq!(empty("city"), [false; 4]);
        assert_eq!(empty(CUSTOMERS), [false, true, false, true]);
        assert_eq!(empty("revenue"), [false, true, false, false]);
    }

    #[test]
    fn sentences_stay() {
        let words: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
        let table = table((WORD, words));
        assert_eq!(without_small(&table, 5, kind).unwrap(), table);
    }
}
