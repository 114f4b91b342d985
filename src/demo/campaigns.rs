//! The shop's campaigns: the same ones every year.

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::DemoError;
use super::calendar::epoch_days;
use super::columns::{Batch, MONEY, days, money, schema, texts};
use super::table::Table;

/// Days before a festival from which the shop has it in its plans.
const PLANNED_DAYS: i32 = 45;

/// Who gets a campaign's letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    None,
    /// A treated arm and a control.
    Trial,
    /// A treated arm alone.
    TreatedOnly,
}

/// A campaign that is repeated every year.
pub(super) struct Yearly {
    name: &'static str,
    kind: &'static str,
    from: (i8, i8),
    to: (i8, i8),
    /// In yuan.
    cost: i64,
    pub(super) letters: Letters,
}

const fn yearly(
    name: &'static str,
    kind: &'static str,
    (from, to): ((i8, i8), (i8, i8)),
    cost: i64,
    letters: Letters,
) -> Yearly {
    Yearly { name, kind, from, to, cost, letters }
}

const CAMPAIGNS: [Yearly; 9] = [
    yearly("Winter coupon", "promotion", ((1, 5), (1, 20)), 6_000, Letters::Trial),
    yearly("Double points on Wednesdays", "double_points", ((2, 1), (4, 30)), 9_000, Letters::None),
    yearly("Spring coupon", "promotion", ((3, 10), (3, 30)), 6_500, Letters::Trial),
    yearly("Welcome-back coupon", "promotion", ((5, 6), (5, 26)), 7_500, Letters::Trial),
    yearly("Summer festival", "festival", ((6, 1), (6, 18)), 24_000, Letters::None),
    yearly("Late summer coupon", "promotion", ((8, 15), (9, 5)), 6_000, Letters::Trial),
    yearly("Members' evening", "event", ((9, 18), (9, 24)), 12_000, Letters::TreatedOnly),
    yearly("Autumn coupon", "promotion", ((10, 9), (10, 25)), 7_000, Letters::Trial),
    yearly("November festival", "festival", ((11, 1), (11, 11)), 30_000, Letters::None),
];

/// A campaign of one year.
pub(super) struct Campaign {
    pub(super) id: String,
    pub(super) yearly: &'static Yearly,
    pub(super) starts_on: Date,
    pub(super) ends_on: Date,
}

/// The campaigns that lie within the history, and the festivals that go on or are planned on its last day.
pub(super) fn campaigns(first_day: Date, last_day: Date) -> Vec<Campaign> {
    let mut found = Vec::new();
    let planned = last_day.checked_add(PLANNED_DAYS.days()).unwrap_or(last_day);
    for year in first_day.year()..=planned.year() {
        for yearly in &CAMPAIGNS {
            let starts_on = date(year, yearly.from.0, yearly.from.1);
            let ends_on = date(year, yearly.to.0, yearly.to.1);
            let is_known = ends_on <= last_day || yearly.kind == "festival" && starts_on <= planned;
            if starts_on >= first_day && is_known {
                found.push(Campaign { id: format!("K{:03}", found.len() + 1), yearly, starts_on, ends_on });
            }
        }
    }
    found
}

/// Writes the campaigns; returns the file's size in bytes.
pub(super) fn write(path: &Path, list: &[Campaign]) -> Result<u64, DemoError> {
    let mut table = Table::create(path, campaign_schema())?;
    table.push(campaign_batch(list))?;
    table.close()
}

fn campaign_schema() -> SchemaRef {
    schema(&[
        ("campaign_id", DataType::Utf8, false),
        ("name", DataType::Utf8, false),
        ("kind", DataType::Utf8, false),
        ("starts_on", DataType::Date32, false),
        ("ends_on", DataType::Date32, false),
        ("cost", MONEY, true),
    ])
}

fn campaign_batch(list: &[Campaign]) -> Batch {
    let columns = vec![
        texts(list.iter().map(|campaign| campaign.id.as_str())),
        texts(list.iter().map(|campaign| campaign.yearly.name)),
        texts(list.iter().map(|campaign| campaign.yearly.kind)),
        days(list.iter().map(|campaign| epoch_days(campaign.starts_on))),
        days(list.iter().map(|campaign| epoch_days(campaign.ends_on))),
        money(list.iter().map(|campaign| Some(campaign.yearly.cost * 100))),
    ];
    RecordBatch::try_new(campaign_schema(), columns)
}
