//! `interactions`: what customers and the shop say to each other, a row for each time, with what became of it.

mod complaints;
mod contacts;
mod leaving;
mod prospects;
mod reminders;

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, SchemaRef};

use super::super::catalogue::CHANNELS;
use super::super::chance::{Chance, Mix};
use super::super::columns::{Batch, managers, moments, optional_days, optional_texts, schema, texts, time};
use super::super::fact::{Fact, Written};
use super::super::life::Life;
use super::super::staff::Manager;
use super::assignments::Hands;
use super::{Case, Relations, Use, stream};

/// A row of `interactions`; days count from 1970-01-01.
pub(in crate::demo) struct Interaction {
    party: Party,
    /// Counts the party's interactions, from 1.
    number: u32,
    pub(super) day: i32,
    second: u32,
    pub(super) kind: &'static str,
    reason: Option<&'static str>,
    severity: Option<&'static str>,
    channel: Option<&'static str>,
    manager: Option<u32>,
    due_on: Option<i32>,
    pub(super) closed_on: Option<i32>,
    pub(super) outcome: Option<&'static str>,
}

impl Interaction {
    /// Whether the customer with this number is the other party.
    pub(super) fn is_of(&self, customer: u32) -> bool {
        self.party == Party::Customer(customer)
    }
}

/// With whom: a customer, or somebody who never bought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Party {
    Customer(u32),
    Prospect(u32),
}

/// What is noted of an interaction beside the party, the time and the account manager.
#[derive(Clone, Copy, Default)]
struct Note {
    day: i32,
    kind: &'static str,
    reason: Option<&'static str>,
    severity: Option<&'static str>,
    channel: Option<&'static str>,
    due_on: Option<i32>,
    /// When it was closed, and how.
    closed: Option<(i32, &'static str)>,
}

/// A party's interactions while they are made.
struct Log<'a> {
    party: Party,
    hands: Option<&'a Hands>,
    /// In whose hands a customer comes first: the one who has found them.
    finder: Option<&'a Manager>,
    /// The history's first and last day: what is closed later is open on the last day.
    first: i32,
    last: i32,
    rows: Vec<Interaction>,
}

impl Log<'_> {
    /// Adds an interaction, if it lies within the history.
    fn add(&mut self, note: Note, second: u32) {
        let finder = self.finder.filter(|finder| finder.active_from <= note.day);
        let manager = self.hands.and_then(|hands| hands.on(note.day));
        let manager = manager.or(finder.map(|finder| finder.number));
        self.add_by(note, second, manager);
    }

    fn add_by(&mut self, note: Note, second: u32, manager: Option<u32>) {
        if !(self.first..=self.last).contains(&note.day) {
            return;
        }
        let closed = note.closed.filter(|(day, _)| *day <= self.last);
        self.rows.push(Interaction {
            party: self.party,
            number: 0,
            day: note.day,
            second,
            kind: note.kind,
            reason: note.reason,
            severity: note.severity,
            channel: note.channel,
            manager,
            due_on: note.due_on,
            closed_on: closed.map(|(day, _)| day),
            outcome: closed.map(|(_, outcome)| outcome),
        });
    }

    /// Numbers the interactions by their time and hands them over.
    fn close(mut self, rows: &mut Vec<Interaction>) {
        // Stable: of two at the same second, the one that was made first comes first.
        self.rows.sort_by_key(|row| (row.day, row.second));
        for (row, number) in self.rows.iter_mut().zip(1..) {
            row.number = number;
        }
        rows.append(&mut self.rows);
    }
}

impl Relations<'_> {
    /// Adds what the customer and the shop say to each other, and the shop and somebody who never buys.
    pub(super) fn interactions(&self, case: &Case, rows: &mut Vec<Interaction>) {
        let mut log = self.log(Party::Customer(case.life.number()), Some(case.hands));
        self.won(case, &mut log);
        self.contacts(case, &mut log);
        self.complaints(case, &mut log);
        self.leaving(case, &mut log);
        self.reminders(case, &mut log);
        log.close(rows);
        let mut log = self.log(Party::Prospect(case.life.number()), None);
        self.never_bought(case.life.number(), &mut log);
        log.close(rows);
    }

    fn log<'h>(&'h self, party: Party, hands: Option<&'h Hands>) -> Log<'h> {
        let finder = hands.and_then(|hands| self.staff().get(hands.0.first()?.manager));
        Log { party, hands, finder, first: self.first, last: self.last, rows: Vec::new() }
    }

    /// A second of a day during opening hours.
    fn second(&self, rng: &mut Mix) -> u32 {
        self.days.calendar.second(true, rng)
    }
}

/// The way by which a customer turns to the shop.
fn way(life: &Life, rng: &mut Mix) -> Option<&'static str> {
    if rng.happens(0.45) {
        return Some("phone");
    }
    if rng.happens(0.06) {
        return None;
    }
    CHANNELS.get(usize::from(life.person.channel)).copied()
}

impl Fact for Interaction {
    const FILE: &'static str = "interactions.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("interaction_id", DataType::Utf8, false),
            ("customer_id", DataType::Utf8, false),
            ("occurred_at", time(), false),
            ("kind", DataType::Utf8, false),
            ("reason", DataType::Utf8, true),
            ("severity", DataType::Utf8, true),
            ("channel", DataType::Utf8, true),
            ("account_manager", DataType::Utf8, true),
            ("due_on", DataType::Date32, true),
            ("closed_on", DataType::Date32, true),
            ("outcome", DataType::Utf8, true),
        ])
    }

    fn batch(rows: &[Self], shop: &Written) -> Batch {
        let digits = shop.digits;
        let party = |row: &Self| match row.party {
            Party::Customer(number) => format!("C{number:0digits$}"),
            Party::Prospect(number) => format!("L{number:0digits$}"),
        };
        let columns = vec![
            Arc::new(StringArray::from_iter_values(
                rows.iter().map(|row| format!("N{}-{:03}", party(row), row.number)),
            )),
            Arc::new(StringArray::from_iter_values(rows.iter().map(party))),
            moments(rows.iter().map(|row| (row.day, row.second))),
            texts(rows.iter().map(|row| row.kind)),
            optional_texts(rows.iter().map(|row| row.reason)),
            optional_texts(rows.iter().map(|row| row.severity)),
            optional_texts(rows.iter().map(|row| row.channel)),
            managers(rows.iter().map(|row| row.manager)),
            optional_days(rows.iter().map(|row| row.due_on)),
            optional_days(rows.iter().map(|row| row.closed_on)),
            optional_texts(rows.iter().map(|row| row.outcome)),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}
