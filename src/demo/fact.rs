//! A row of a table that follows from customers' lives, and what such tables are written with.

use arrow::datatypes::SchemaRef;

use super::campaigns::Campaign;
use super::columns::Batch;
use super::day::Days;
use super::months::Months;

/// A row of a table that has rows for many customers.
pub(super) trait Fact: Sized {
    /// The table's file.
    const FILE: &'static str;

    fn schema() -> SchemaRef;

    fn batch(rows: &[Self], shop: &Written) -> Batch;
}

/// What the tables are written with.
pub(super) struct Written<'a> {
    pub(super) days: &'a Days<'a>,
    /// The shop's campaigns.
    pub(super) campaigns: Vec<Campaign>,
    pub(super) months: Months,
    /// Digits of a customer's number.
    pub(super) digits: usize,
}
