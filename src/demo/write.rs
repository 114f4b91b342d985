//! The tables of customers, products, stores and acquisition costs.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::calendar::epoch_days as days;
use super::catalogue::{CHANNELS, Catalogue};
use super::columns::{self, MONEY, schema};
use super::day::Days;
use super::relations::Further;
use super::table::Table;
use super::{AcquisitionCost, DemoError};

/// Customers are written in batches of this many.
const BATCH: u32 = 32_768;

/// Writes the customers; returns the file's size in bytes.
pub(super) fn customers(path: &Path, shop: &Days) -> Result<u64, DemoError> {
    let schema = schema(&[
        ("customer_id", DataType::Utf8, false),
        ("joined_on", DataType::Date32, false),
        ("birthday", DataType::Date32, true),
        ("city", DataType::Utf8, false),
        ("gender", DataType::Utf8, true),
        ("channel", DataType::Utf8, false),
        ("account_manager", DataType::Utf8, true),
        ("parent_id", DataType::Utf8, true),
        ("region", DataType::Utf8, true),
        ("industry", DataType::Utf8, true),
        ("income_band", DataType::Utf8, true),
        ("education", DataType::Utf8, true),
        ("married", DataType::Boolean, true),
        ("credit_grade", DataType::Utf8, true),
        ("contract_ends", DataType::Date32, true),
        ("referred_by", DataType::Utf8, true),
    ]);
    let mut table = Table::create(path, Arc::clone(&schema))?;
    let count = shop.shop.customers as u32;
    let mut from = 1;
    while from <= count {
        let to = from.saturating_add(BATCH - 1).min(count);
        let columns = customer_columns(from..=to, shop);
        table.push(RecordBatch::try_new(Arc::clone(&schema), columns))?;
        from = to + 1;
    }
    table.close()
}

fn customer_columns(numbers: std::ops::RangeInclusive<u32>, shop: &Days) -> Vec<ArrayRef> {
    let (people, digits) = (shop.people, shop.shop.customer_digits());
    let known = |number| {
        let customer = people.customer(number);
        let profile = people.profile(&customer);
        let further = Further::new(people, &customer, &profile, shop.calendar, shop.shop.customers as u32);
        (customer, profile, further)
    };
    let list: Vec<_> = numbers.map(known).collect();
    let profiles = || list.iter().map(|(_, profile, _)| profile);
    let further = || list.iter().map(|(.., further)| further);
    let channels = list.iter().map(|(customer, ..)| CHANNELS.get(usize::from(customer.channel)));
    vec![
        columns::customers(list.iter().map(|(customer, ..)| customer.number), digits),
        columns::days(profiles().map(|profile| days(profile.joined_on))),
        columns::optional_days(profiles().map(|profile| profile.birthday.map(days))),
        columns::texts(profiles().map(|profile| profile.city)),
        columns::optional_texts(profiles().map(|profile| profile.gender)),
        columns::texts(channels.map(|channel| channel.copied().unwrap_or("web"))),
        columns::managers(profiles().map(|profile| profile.manager)),
        columns::optional_customers(further().map(|of| of.parent), digits),
        columns::optional_texts(further().map(|of| of.region)),
        columns::optional_texts(further().map(|of| of.industry)),
        columns::optional_texts(further().map(|of| of.income_band)),
        columns::optional_texts(further().map(|of| of.education)),
        columns::flags(further().map(|of| of.married)),
        columns::optional_texts(further().map(|of| of.credit_grade)),
        columns::optional_days(further().map(|of| of.contract_ends)),
        columns::optional_customers(further().map(|of| of.referred_by), digits),
    ]
}

/// Writes the products; returns the file's size in bytes.
pub(super) fn products(path: &Path, catalogue: &Catalogue) -> Result<u64, DemoError> {
    let list = &catalogue.products;
    let schema = Arc::new(Schema::new(vec![
        Field::new("product_id", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
        Field::new("name_zh", DataType::Utf8, false),
        Field::new("category", DataType::Utf8, false),
        Field::new("brand", DataType::Utf8, false),
        Field::new("launched_on", DataType::Date32, false),
        Field::new("price", MONEY, false),
        Field::new("cost", MONEY, false),
        Field::new("style", DataType::Utf8, true),
        Field::new("special_price", DataType::Boolean, true),
        Field::new("rung", DataType::Int64, true),
    ]));
    let money = |cents: Vec<i64>| Decimal128Array::from_iter_values(cents.into_iter().map(i128::from));
    let mut table = Table::create(path, Arc::clone(&schema))?;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(list.iter().map(|p| &p.id))),
        Arc::new(StringArray::from_iter_values(list.iter().map(|p| &p.name))),
        Arc::new(StringArray::from_iter_values(list.iter().map(|p| &p.name_zh))),
        Arc::new(StringArray::from_iter_values(list.iter().map(|p| p.category))),
        Arc::new(StringArray::from_iter_values(list.iter().map(|p| p.brand))),
        Arc::new(Date32Array::from_iter_values(list.iter().map(|p| days(p.launched_on)))),
        Arc::new(money(list.iter().map(|p| p.price).collect()).with_data_type(MONEY)),
        Arc::new(money(list.iter().map(|p| p.cost).collect()).with_data_type(MONEY)),
        columns::optional_texts(list.iter().map(|p| p.style)),
        columns::flags(list.iter().map(|p| p.special_price)),
        Arc::new(list.iter().map(|p| p.rung).collect::<Int64Array>()),
    ];
    table.push(RecordBatch::try_new(schema, columns))?;
    table.close()
}

/// Writes the stores; returns the file's size in bytes.
pub(super) fn stores(path: &Path, catalogue: &Catalogue) -> Result<u64, DemoError> {
    let list = &catalogue.stores;
    let schema = Arc::new(Schema::new(vec![
        Field::new("store_id", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
        Field::new("city", DataType::Utf8, false),
        Field::new("opened_on", DataType::Date32, false),
        Field::new("floor", DataType::Utf8, true),
    ]));
    let mut table = Table::create(path, Arc::clone(&schema))?;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(list.iter().map(|s| &s.id))),
        Arc::new(StringArray::from_iter_values(list.iter().map(|s| format!("{} {}", s.city, s.name)))),
        Arc::new(StringArray::from_iter_values(list.iter().map(|s| s.city))),
        Arc::new(Date32Array::from_iter_values(list.iter().map(|s| days(s.opened_on)))),
        columns::optional_texts(list.iter().map(|s| s.floor)),
    ];
    table.push(RecordBatch::try_new(schema, columns))?;
    table.close()
}

/// Writes the acquisition costs; returns the file's size in bytes.
pub(super) fn acquisition_costs(path: &Path, list: &[AcquisitionCost]) -> Result<u64, DemoError> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("month", DataType::Date32, false),
        Field::new("channel", DataType::Utf8, false),
        Field::new("cost", MONEY, false),
    ]));
    let mut table = Table::create(path, Arc::clone(&schema))?;
    let channels = list.iter().map(|row| CHANNELS.get(row.channel).copied().unwrap_or_default());
    let costs: Decimal128Array = list.iter().map(|row| Some(i128::from(row.cost))).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from_iter_values(list.iter().map(|row| days(row.month)))),
        Arc::new(StringArray::from_iter_values(channels)),
        Arc::new(costs.with_data_type(MONEY)),
    ];
    table.push(RecordBatch::try_new(schema, columns))?;
    table.close()
}
