//! The rows of one day as columns, and their Parquet file.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Decimal128Builder, Int32Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use super::DemoError;
use super::calendar::Day;
use super::catalogue::{CHANNELS, Catalogue};
use super::columns::MONEY;
use super::id::Id;
use super::order::{Event, Line, NOBODY};
use super::table::Table;

/// One row before it is split into columns.
pub(super) struct Row<'a> {
    pub(super) event: Event,
    /// The event's number in its day, from 1.
    pub(super) number: u32,
    pub(super) line_no: i32,
    pub(super) line: &'a Line,
    /// Microseconds since 1970-01-01 UTC.
    pub(super) micros: Option<i64>,
}

/// The columns of a day's file.
pub(super) struct Columns {
    customer_digits: usize,
    customer_id: StringBuilder,
    transaction_id: StringBuilder,
    line_no: Int32Builder,
    occurred_at: TimestampMicrosecondBuilder,
    product_id: StringBuilder,
    category: StringBuilder,
    quantity: Int32Builder,
    unit_price: Decimal128Builder,
    discount: Decimal128Builder,
    amount: Decimal128Builder,
    cost: Decimal128Builder,
    channel: StringBuilder,
    store_id: StringBuilder,
    rows: u64,
}

/// The schema of `transactions`.
pub(super) fn schema() -> SchemaRef {
    let text = DataType::Utf8;
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("customer_id", text.clone(), true),
        Field::new("transaction_id", text.clone(), false),
        Field::new("line_no", DataType::Int32, false),
        Field::new("occurred_at", time, true),
        Field::new("product_id", text.clone(), false),
        Field::new("category", text.clone(), false),
        Field::new("quantity", DataType::Int32, false),
        Field::new("unit_price", MONEY, false),
        Field::new("discount", MONEY, false),
        Field::new("amount", MONEY, true),
        Field::new("cost", MONEY, false),
        Field::new("channel", text.clone(), false),
        Field::new("store_id", text, true),
    ]))
}

impl Columns {
    pub(super) fn with_capacity(rows: usize, customer_digits: usize) -> Self {
        let text = |width: usize| StringBuilder::with_capacity(rows, rows * width);
        let money = || Decimal128Builder::with_capacity(rows).with_data_type(MONEY);
        Self {
            customer_digits,
            customer_id: text(customer_digits + 1),
            transaction_id: text(17),
            line_no: Int32Builder::with_capacity(rows),
            occurred_at: TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC"),
            product_id: text(5),
            category: text(11),
            quantity: Int32Builder::with_capacity(rows),
            unit_price: money(),
            discount: money(),
            amount: money(),
            cost: money(),
            channel: text(7),
            store_id: text(2),
            rows: 0,
        }
    }

    /// The number of rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds a row of `day`.
    pub(super) fn push(&mut self, row: &Row, day: &Day, catalogue: &Catalogue) {
        let mut id = Id::default();
        if row.event.customer == NOBODY {
            self.customer_id.append_null();
        } else {
            id.customer(row.event.customer, self.customer_digits);
            self.customer_id.append_value(id.text());
        }
        id.transaction(row.event.kind, day, row.number);
        self.transaction_id.append_value(id.text());
        self.line_no.append_value(row.line_no);
        self.occurred_at.append_option(row.micros);
        self.goods(row.line, catalogue);
        let (channel, store) = row.event.place();
        self.channel.append_value(CHANNELS.get(channel).copied().unwrap_or("web"));
        let store = store.and_then(|store| catalogue.stores.get(store));
        self.store_id.append_option(store.map(|store| store.id.as_str()));
        self.rows += 1;
    }

    fn goods(&mut self, line: &Line, catalogue: &Catalogue) {
        let product = catalogue.products.get(usize::from(line.product));
        let (id, category) = product.map_or(("", ""), |product| (product.id.as_str(), product.category));
        self.product_id.append_value(id);
        self.category.append_value(category);
        self.quantity.append_value(line.quantity);
        self.unit_price.append_value(i128::from(line.price));
        self.discount.append_value(i128::from(line.discount));
        self.amount.append_option(line.amount.map(i128::from));
        self.cost.append_value(i128::from(line.cost));
    }

    /// Writes the rows to `path`; returns the file's size in bytes.
    pub(super) fn write(mut self, path: &Path) -> Result<u64, DemoError> {
        let mut table = Table::create(path, schema())?;
        table.push(self.batch())?;
        table.close()
    }

    fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.customer_id.finish()),
            Arc::new(self.transaction_id.finish()),
            Arc::new(self.line_no.finish()),
            Arc::new(self.occurred_at.finish()) as Arc<dyn Array>,
            Arc::new(self.product_id.finish()),
            Arc::new(self.category.finish()),
            Arc::new(self.quantity.finish()),
            Arc::new(self.unit_price.finish()),
            Arc::new(self.discount.finish()),
            Arc::new(self.amount.finish()),
            Arc::new(self.cost.finish()),
            Arc::new(self.channel.finish()),
            Arc::new(self.store_id.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}
