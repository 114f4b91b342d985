//! `costs`: what service, marketing, keeping customers and rewards cost, by month.
//!
//! Service for businesses and everything given to a single customer stand with the customer; the rest stands with the
//! channel, or with neither. No money is told twice: new customers and campaigns have their costs in
//! `acquisition_costs` and `campaigns`. The rewards are those of `points`, as the books have them.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};

use super::super::calendar::epoch_days;
use super::super::catalogue::CHANNELS;
use super::super::chance::{Chance, Mix};
use super::super::columns::{Batch, MONEY, days, money, optional_customers, optional_texts, schema, texts};
use super::super::fact::{Fact, Written};
use super::super::months::Totals;
use super::super::programme::Entry;
use super::interactions::Interaction;
use super::{Case, Relations, Use};

/// Marketing of a month as a share of its revenue, and how it is divided among the channels.
const MARKETING: f64 = 0.024;
const CHANNEL_SHARES: [f64; CHANNELS.len()] = [0.3, 0.28, 0.26, 0.16];
/// The cost of programmes to keep customers, as a share of revenue, beside what single customers are given.
const RETENTION: f64 = 0.002;
/// The cost of the service desk of each channel, as a share of revenue, beside its single cases.
const DESK: f64 = 0.0015;
/// What somebody who stays after all is given, in cents, at least and at most.
const GIVEN: (f64, f64) = (3_000.0, 20_000.0);

/// A row of `costs`.
pub(in crate::demo) struct Cost {
    /// The position of the month.
    month: usize,
    kind: &'static str,
    customer: Option<u32>,
    channel: Option<usize>,
    cents: i64,
}

/// What a case costs on average, in cents.
fn service(kind: &str) -> f64 {
    match kind {
        "visit" => 6_000.0,
        "complaint" => 4_500.0,
        "call" => 700.0,
        "inquiry" => 500.0,
        "suggestion" | "leave_request" => 900.0,
        _ => 0.0,
    }
}

impl Relations<'_> {
    /// Adds the costs of one customer, with whom all this was done, and whose entries of points these are.
    pub(super) fn costs(
        &self,
        case: &Case,
        done: &[Interaction],
        entries: &[Entry],
        rows: &mut Vec<Cost>,
        totals: &mut Totals,
    ) {
        let mut rng = self.stream(case.life, Use::Costs);
        let number = case.life.number();
        let mut own: BTreeMap<(usize, &'static str), i64> = BTreeMap::new();
        for interaction in done.iter().filter(|interaction| interaction.is_of(number)) {
            let month = self.months.position(interaction.day);
            let cents = (service(interaction.kind) * (0.6 + 0.8 * rng.uniform())).round() as i64;
            if interaction.outcome == Some("saved") {
                let given = (GIVEN.0 + (GIVEN.1 - GIVEN.0) * rng.uniform()).round() as i64;
                let closed = self.months.position(interaction.closed_on.unwrap_or(interaction.day));
                *own.entry((closed, "retention")).or_default() += given;
            }
            if case.account.business {
                *own.entry((month, "service")).or_default() += cents;
            } else if let Some(total) = totals.0.get_mut(month) {
                let channel = usize::from(case.life.person.channel);
                if let Some(sum) = total.service.get_mut(channel) {
                    *sum += cents;
                }
            }
        }
        for entry in entries {
            if let Some(cents) = entry.cost {
                *own.entry((self.months.position(epoch_days(entry.day)), "reward")).or_default() += cents;
            }
        }
        let own = own.into_iter().filter(|(_, cents)| *cents > 0);
        rows.extend(own.map(|((month, kind), cents)| Cost {
            month,
            kind,
            customer: Some(number),
            channel: None,
            cents,
        }));
    }

    /// The costs that belong to no single customer.
    pub(in crate::demo) fn shop_costs(&self, totals: &Totals) -> Vec<Cost> {
        let mut rng = Mix::new(self.days.shop.seed, 422);
        let mut costs = Vec::new();
        for (month, total) in totals.0.iter().enumerate() {
            let mut of_revenue = |share: f64| {
                (total.revenue.max(0) as f64 * share * (0.85 + 0.3 * rng.uniform())).round() as i64
            };
            for (channel, share) in CHANNEL_SHARES.iter().enumerate() {
                let desk = of_revenue(DESK * share) + total.service.get(channel).copied().unwrap_or(0);
                let marketing = of_revenue(MARKETING * share);
                for (kind, cents) in [("service", desk), ("marketing", marketing)] {
                    costs.push(Cost { month, kind, customer: None, channel: Some(channel), cents });
                }
            }
            let cents = of_revenue(RETENTION);
            costs.push(Cost { month, kind: "retention", customer: None, channel: None, cents });
        }
        costs
    }
}

impl Fact for Cost {
    const FILE: &'static str = "costs.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("month", DataType::Date32, false),
            ("kind", DataType::Utf8, false),
            ("customer_id", DataType::Utf8, true),
            ("channel", DataType::Utf8, true),
            ("cost", MONEY, false),
        ])
    }

    fn batch(rows: &[Self], shop: &Written) -> Batch {
        let columns = vec![
            days(rows.iter().map(|row| shop.months.start(row.month))),
            texts(rows.iter().map(|row| row.kind)),
            optional_customers(rows.iter().map(|row| row.customer), shop.digits),
            optional_texts(rows.iter().map(|row| CHANNELS.get(row.channel?).copied())),
            money(rows.iter().map(|row| Some(row.cents))),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}
