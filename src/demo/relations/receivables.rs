//! `receivables`: what businesses that pay on invoice owe, pay, are credited and never pay.
//!
//! All purchases of a customer on one day stand on one invoice. A return before the invoice is paid becomes a credit
//! note of just its amount; one after that is paid back in cash and leaves no entry here.

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, SchemaRef};
use jiff::ToSpan;
use jiff::civil::date;

use std::sync::Arc;

use super::super::calendar::epoch_days;
use super::super::chance::{Chance, Mix, between};
use super::super::columns::{Batch, MONEY, customers, days, money, optional_days, schema, texts};
use super::super::fact::{Fact, Written};
use super::super::life::{Life, Purchase};
use super::account::{Account, Grade};
use super::{Relations, Use};

/// Days until an invoice is due, for most and for some.
const TERMS: (i32, i32) = (45, 30);
/// Shape of the time until payment.
const PAYING_SHAPE: f64 = 6.0;

impl Grade {
    /// The mean time until payment in days, and the chances of a payment in parts and of none at all.
    fn paying(self) -> (f64, f64, f64) {
        match self {
            Self::A => (24.0, 0.06, 0.001),
            Self::B => (32.0, 0.1, 0.004),
            Self::C => (44.0, 0.16, 0.02),
            Self::D => (60.0, 0.25, 0.07),
        }
    }
}

/// A row of `receivables`; days since 1970-01-01, cents.
pub(in crate::demo) struct Receivable {
    customer: u32,
    /// The day of the invoice, which names it.
    invoiced: i32,
    day: i32,
    entry: &'static str,
    cents: i64,
    due_on: Option<i32>,
}

/// An invoice and what became of it by the last day.
pub(super) struct Invoice {
    pub(super) day: i32,
    /// The day on which nothing was open any more.
    pub(super) settled: Option<i32>,
}

/// What happens to an invoice.
enum Step {
    Credit(i64),
    /// A share of what is open.
    Pay(f64),
    WriteOff,
}

impl Relations<'_> {
    /// Adds the entries of a customer who pays on invoice; returns the invoices.
    pub(super) fn receivables(
        &self,
        life: &Life,
        account: &Account,
        rows: &mut Vec<Receivable>,
    ) -> Vec<Invoice> {
        if !account.invoiced {
            return Vec::new();
        }
        let mut rng = self.stream(life, Use::Receivables);
        let invoice = |purchase: &Purchase| {
            let steps = steps(life, *purchase, account.grade, &mut rng);
            let due_on = match rng.uniform() {
                u if u < 0.85 => Some(purchase.day + TERMS.0),
                u if u < 0.95 => Some(purchase.day + TERMS.1),
                _ => None,
            };
            self.invoice(life, *purchase, due_on, steps, rows)
        };
        life.purchases.iter().filter_map(invoice).collect()
    }

    /// Adds the entries of one invoice.
    fn invoice(
        &self,
        life: &Life,
        purchase: Purchase,
        due_on: Option<i32>,
        mut steps: Vec<(i32, Step)>,
        rows: &mut Vec<Receivable>,
    ) -> Option<Invoice> {
        let mut open = life.bought(purchase)?.gross();
        if open <= 0 {
            return None;
        }
        let customer = life.number();
        let mut push = |day, entry, cents, due_on| {
            rows.push(Receivable { customer, invoiced: purchase.day, day, entry, cents, due_on });
        };
        push(purchase.day, "invoice", open, due_on);
        // Stable: on one day a credit note comes before a payment.
        steps.sort_by_key(|(day, _)| *day);
        let mut settled = None;
        for (day, step) in steps.into_iter().filter(|(day, _)| *day <= self.last) {
            let (entry, cents) = match step {
                Step::Credit(cents) if cents <= open => ("credit_note", cents),
                Step::Credit(_) => continue,
                Step::Pay(share) => ("payment", ((open as f64 * share).round() as i64).clamp(0, open)),
                Step::WriteOff => ("write_off", open),
            };
            if cents > 0 {
                push(day, entry, cents, None);
                open -= cents;
            }
            if open == 0 {
                settled = settled.or(Some(day));
            }
        }
        Some(Invoice { day: purchase.day, settled })
    }
}

/// What will happen to the invoice of a purchase, credit notes first.
fn steps(life: &Life, purchase: Purchase, grade: Grade, rng: &mut Mix) -> Vec<(i32, Step)> {
    let mut steps = Vec::new();
    for later in life.history.iter().skip(purchase.at) {
        let day = epoch_days(later.day);
        let of_this =
            later.returned.iter().filter(|(back, _)| i64::from(day - purchase.day) == i64::from(*back));
        steps.extend(of_this.map(|(_, cents)| (day, Step::Credit(*cents))));
    }
    let (mean, in_parts, never) = grade.paying();
    let paid = purchase.day + (mean / PAYING_SHAPE * rng.gamma(PAYING_SHAPE)).round().max(2.0) as i32;
    let (parts, lost, share) = (rng.happens(in_parts), rng.happens(never), 0.4 + 0.3 * rng.uniform());
    let rest = between(10, 40, rng);
    let given_up = purchase.day + between(120, 200, rng);
    if parts {
        steps.push((paid, Step::Pay(share)));
    }
    match (parts, lost) {
        (_, true) => steps.push((given_up.max(paid + rest), Step::WriteOff)),
        (true, false) => steps.push((paid + rest, Step::Pay(1.0))),
        (false, false) => steps.push((paid, Step::Pay(1.0))),
    }
    steps
}

/// The invoice's id: `V20261031-0000123`, the day and the customer's number.
fn invoice_id(row: &Receivable, digits: usize) -> String {
    let day = date(1970, 1, 1).checked_add(i64::from(row.invoiced).days()).unwrap_or_default();
    format!("V{}-{:0digits$}", day.strftime("%Y%m%d"), row.customer)
}

impl Fact for Receivable {
    const FILE: &'static str = "receivables.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("invoice_id", DataType::Utf8, false),
            ("customer_id", DataType::Utf8, false),
            ("day", DataType::Date32, false),
            ("entry", DataType::Utf8, false),
            ("amount", MONEY, false),
            ("due_on", DataType::Date32, true),
        ])
    }

    fn batch(rows: &[Self], shop: &Written) -> Batch {
        let ids = rows.iter().map(|row| invoice_id(row, shop.digits));
        let columns = vec![
            Arc::new(StringArray::from_iter_values(ids)),
            customers(rows.iter().map(|row| row.customer), shop.digits),
            days(rows.iter().map(|row| row.day)),
            texts(rows.iter().map(|row| row.entry)),
            money(rows.iter().map(|row| Some(row.cents))),
            optional_days(rows.iter().map(|row| row.due_on)),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}
