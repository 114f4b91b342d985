//! `assignments`: in whose hands a customer is, from when to when, and with which share.

use arrow::array::{Float64Array, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};

use std::sync::Arc;

use super::super::chance::{Chance, between};
use super::super::columns::{Batch, customers, days, managers, optional_days, schema};
use super::super::fact::{Fact, Written};
use super::super::life::Life;
use super::super::staff::HANDED;
use super::account::Account;
use super::{Relations, Use};

/// The share of businesses with an assisting account manager.
const ASSISTED: f64 = 0.6;
/// The shares of the lead and the assisting account manager.
const SHARES: [(f64, f64); 3] = [(0.8, 0.2), (0.7, 0.3), (0.6, 0.4)];

/// A row of `assignments`. Days are days since 1970-01-01; the last is the last in these hands.
#[derive(Clone, Copy)]
pub(in crate::demo) struct Assignment {
    customer: u32,
    pub(super) manager: u32,
    from: i32,
    to: Option<i32>,
    share: f64,
    lead: bool,
}

/// The hands that a customer has been in.
pub(super) struct Hands(pub(super) Vec<Assignment>);

impl Hands {
    /// The lead account manager on a day.
    pub(super) fn on(&self, day: i32) -> Option<u32> {
        let then = |row: &&Assignment| row.lead && row.from <= day && row.to.is_none_or(|to| day <= to);
        self.0.iter().find(then).map(|row| row.manager)
    }

    /// The day on which the customer came into other hands.
    pub(super) fn handover(&self) -> Option<i32> {
        let (first, second) = (self.0.first()?, self.0.get(1)?);
        (first.manager != second.manager && second.lead).then_some(second.from)
    }
}

impl Relations<'_> {
    pub(super) fn assignments(&self, life: &Life, account: &Account) -> Hands {
        let mut rng = self.stream(life, Use::Assignments);
        let (customer, joined) = (life.number(), life.joined());
        let mut rows = Vec::new();
        let Some(manager) = life.profile.manager else { return Hands(rows) };
        let mut push = |manager, from, to, share, lead| {
            rows.push(Assignment { customer, manager, from, to, share, lead });
        };
        let active = self.staff().get(manager).map_or(joined, |manager| manager.active_from);
        let mut from = joined.max(active);
        if let Some((before, left)) = self.staff().before(manager).filter(|(_, left)| joined < left - 30) {
            let later = life.purchases.last().is_some_and(|purchase| {
                purchase.day > left || purchase.gap.is_some_and(|gap| gap < left - purchase.day + 180)
            });
            if rng.happens(if later { HANDED.0 } else { HANDED.1 }) {
                push(before, joined, Some(left), 1.0, true);
                from = left + 1;
            }
        }
        let helper = self.staff().partner(manager).filter(|_| account.business && rng.happens(ASSISTED));
        let since = helper.map(|helper| helper.active_from.max(from) + between(1, 400, &mut rng));
        let shares = SHARES.get(rng.below(3) as usize).copied().unwrap_or((0.5, 0.5));
        match helper.zip(since).filter(|(_, since)| *since <= self.last) {
            Some((helper, since)) => {
                push(manager, from, Some(since - 1), 1.0, true);
                push(manager, since, None, shares.0, true);
                push(helper.number, since, None, shares.1, false);
            }
            None => push(manager, from, None, 1.0, true),
        }
        Hands(rows)
    }
}

impl Fact for Assignment {
    const FILE: &'static str = "assignments.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("customer_id", DataType::Utf8, false),
            ("account_manager", DataType::Utf8, false),
            ("from_day", DataType::Date32, false),
            ("to_day", DataType::Date32, true),
            ("share", DataType::Float64, false),
        ])
    }

    fn batch(rows: &[Self], shop: &Written) -> Batch {
        let columns = vec![
            customers(rows.iter().map(|row| row.customer), shop.digits),
            managers(rows.iter().map(|row| Some(row.manager))),
            days(rows.iter().map(|row| row.from)),
            optional_days(rows.iter().map(|row| row.to)),
            Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.share))),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}
