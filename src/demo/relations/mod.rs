//! What the shop and its customers have to do with each other beside sales: who looks after whom, what is said, asked
//! and complained of, what is owed, what it costs, and what was planned.
//!
//! All of it is derived from lives that are simulated already. Somebody who is not going to come back is more likely to
//! have complained, by the ratio that [`experience`] states: among those who complained, fewer come back. What customers
//! buy does not change by it.

mod account;
mod assignments;
mod costs;
mod engagement;
mod experience;
mod interactions;
mod profile;
mod receivables;
mod surveys;
mod targets;

use std::path::Path;

use super::DemoError;
use super::calendar::epoch_days;
use super::chance::Mix;
use super::day::Days;
use super::life::Life;
use super::months::{Months, Totals};
use super::programme::Entry;
use super::staff::Staff;

use account::Account;
pub(super) use assignments::Assignment;
pub(super) use costs::Cost;
pub(super) use engagement::Touch;
pub(super) use interactions::Interaction;
pub(super) use profile::Further;
pub(super) use receivables::Receivable;
pub(super) use surveys::Survey;

/// What a customer's chance is used for; each use has a stream of its own, so that none changes another.
#[derive(Clone, Copy)]
enum Use {
    Account = 401,
    Profile = 402,
    Assignments = 403,
    Experience = 404,
    Complaints = 405,
    Prospects = 406,
    Contacts = 407,
    Leaving = 408,
    Surveys = 409,
    Receivables = 410,
    Engagement = 411,
    Costs = 412,
    Reminders = 413,
    Birthdays = 414,
}

fn stream(seed: u64, number: u32, purpose: Use) -> Mix {
    Mix::new(seed ^ u64::from(number), purpose as u64)
}

/// The rows of some customers.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) assignments: Vec<Assignment>,
    pub(super) interactions: Vec<Interaction>,
    pub(super) surveys: Vec<Survey>,
    pub(super) receivables: Vec<Receivable>,
    pub(super) touches: Vec<Touch>,
    pub(super) costs: Vec<Cost>,
}

/// The relations of a shop with its customers.
pub(super) struct Relations<'a> {
    days: &'a Days<'a>,
    months: &'a Months,
    /// The first and the last day of the history, in days since 1970-01-01.
    first: i32,
    last: i32,
}

impl<'a> Relations<'a> {
    pub(super) fn new(days: &'a Days<'a>, months: &'a Months) -> Self {
        let (first, last) = (epoch_days(days.calendar.first()), epoch_days(days.calendar.last()));
        Self { days, months, first, last }
    }

    fn staff(&self) -> &Staff {
        &self.days.people.staff
    }

    fn stream(&self, life: &Life, purpose: Use) -> Mix {
        stream(self.days.shop.seed, life.number(), purpose)
    }

    /// Sums to which nothing was added yet.
    pub(super) fn totals(&self) -> Totals {
        Totals::new(self.months, self.staff().managers.len())
    }

    /// Adds a customer's part. `entries` are those of the customer's points.
    pub(super) fn customer(&self, life: &Life, entries: &[Entry], rows: &mut Rows, totals: &mut Totals) {
        let account = Account::new(self.days.people, &life.person, self.days.shop.customers as u32);
        let hands = self.assignments(life, &account);
        let experience = self.experience(life, &hands);
        let invoices = self.receivables(life, &account, &mut rows.receivables);
        let case =
            Case { life, account: &account, hands: &hands, experience: &experience, invoices: &invoices };
        let before = rows.interactions.len();
        self.interactions(&case, &mut rows.interactions);
        self.surveys(&case, &mut rows.surveys);
        self.touches(life, &mut rows.touches);
        let done = rows.interactions.get(before..).unwrap_or_default();
        self.costs(&case, done, entries, &mut rows.costs, totals);
        self.sum(&case, totals);
        rows.assignments.extend(hands.0);
    }

    /// The customer's part of the sums of each month.
    fn sum(&self, case: &Case, totals: &mut Totals) {
        let mut bought_in = None;
        for bought in &case.life.history {
            let day = epoch_days(bought.day);
            let position = self.months.position(day);
            let Some(total) = totals.0.get_mut(position) else { continue };
            total.revenue += bought.net();
            if bought.sale && bought_in != Some(position) {
                total.buyers += 1;
                total.newcomers += i64::from(bought_in.is_none() && !case.life.person.present);
                bought_in = Some(position);
            }
            let manager = case.hands.on(day).and_then(|manager| total.managers.get_mut(manager as usize));
            if let Some(revenue) = manager {
                *revenue += bought.net();
            }
        }
    }

    /// Writes the account managers; returns the file's size in bytes.
    pub(super) fn write_managers(&self, path: &Path) -> Result<u64, DemoError> {
        self.staff().write(path)
    }
}

/// All about one customer that more than one table draws on.
struct Case<'a> {
    life: &'a Life,
    account: &'a Account,
    hands: &'a assignments::Hands,
    /// What the customer made of each purchase, in their order.
    experience: &'a [experience::Experience],
    invoices: &'a [receivables::Invoice],
}
