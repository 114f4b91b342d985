//! Small tables for tests: made, written, read again as text.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array, Decimal128Array, Float64Array, RecordBatch, StringArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

/// Rows of a Parquet file.
pub struct Table {
    pub batch: RecordBatch,
}

impl Table {
    /// Reads all rows of a file.
    pub fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let schema = Arc::clone(builder.schema());
        let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
        Self { batch: concat_batches(&schema, &batches).unwrap() }
    }

    /// The rows as lines, columns parted by bars, the names first.
    pub fn text(&self) -> String {
        let schema = self.batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let columns: Vec<Vec<String>> = names.iter().map(|name| self.column(name)).collect();
        let mut lines = vec![names.join(" | ")];
        lines
            .extend((0..self.batch.num_rows()).map(|row| {
                columns.iter().map(|column| column[row].as_str()).collect::<Vec<_>>().join(" | ")
            }));
        lines.join("\n")
    }

    /// A column's values as text.
    pub fn column(&self, name: &str) -> Vec<String> {
        let column = self.batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
        shown(column)
    }

    /// The value of a table's one row.
    pub fn one(&self, name: &str) -> String {
        assert_eq!(self.batch.num_rows(), 1);
        self.column(name).remove(0)
    }

    /// The value in the row whose `key` column has this text.
    pub fn at(&self, key: &str, value: &str, name: &str) -> String {
        let row = self.column(key).iter().position(|found| found == value);
        let row = row.unwrap_or_else(|| panic!("no row with {key} = {value}"));
        self.column(name).swap_remove(row)
    }

    /// A column as floating-point numbers; NULL is not a number.
    pub fn floats(&self, name: &str) -> Vec<f64> {
        let column = self.batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
        let column = cast(column, &DataType::Float64).unwrap();
        let column: &Float64Array = column.as_any().downcast_ref().unwrap();
        column.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    }
}

/// An array's values as text.
pub fn shown(column: &ArrayRef) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options).unwrap();
    (0..column.len()).map(|row| formatter.value(row).to_string()).collect()
}

/// A table of named columns.
pub fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

/// Writes a table as a Parquet file.
pub fn parquet(path: &Path, batch: &RecordBatch) {
    parquet_with(path, batch, WriterProperties::default());
}

/// Writes a table as a Parquet file with properties of its own.
pub fn parquet_with(path: &Path, batch: &RecordBatch, properties: WriterProperties) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// Text; an empty one is NULL.
pub fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(values.iter().map(|value| (!value.is_empty()).then_some(*value)).collect::<StringArray>())
}

/// Days, `YYYY-MM-DD`; an empty one is NULL.
pub fn days(values: &[&str]) -> ArrayRef {
    cast(&texts(values), &DataType::Date32).unwrap()
}

/// Decimals of so many digits, so many after the point; an empty one is NULL.
pub fn decimals(values: &[&str], precision: u8, scale: i8) -> ArrayRef {
    let array = cast(&texts(values), &DataType::Decimal128(precision, scale)).unwrap();
    assert!(array.as_any().is::<Decimal128Array>());
    array
}

/// The columns of `transactions` under their own names: id, customer, day, amount; empty values are NULL.
pub fn sales(rows: &[(&str, &str, &str, &str)]) -> RecordBatch {
    let of =
        |part: usize| -> Vec<&str> { rows.iter().map(|row| [row.0, row.1, row.2, row.3][part]).collect() };
    let day = days(&of(2));
    assert!(day.as_any().is::<Date32Array>());
    batch(vec![
        ("transaction_id", texts(&of(0))),
        ("customer_id", texts(&of(1))),
        ("occurred_at", day),
        ("amount", decimals(&of(3), 10, 2)),
    ])
}
