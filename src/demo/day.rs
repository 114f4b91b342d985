//! A day's events in their order, and the rows they become.

use rand::RngCore;

use super::calendar::{Calendar, Day};
use super::catalogue::Catalogue;
use super::chance::Chance;
use super::customer::People;
use super::order::{Copied, Event, EventKind, Line, NOBODY, Sale};
use super::transactions::{Columns, Row};
use super::{Defects, Shop};

/// Purchases without a customer, as a multiple of those with one.
const NOBODY_RATIO: f64 = 0.115;
/// Rows of each broken kind, as a multiple of the rows of identified customers.
const BROKEN_RATIO: f64 = 0.000_15;
/// The time that a broken clock writes, in microseconds since 1970-01-01 UTC: 2099-12-31 16:00, midnight on New Year's
/// Day 2100 in Shanghai.
const OUTSIDE_MICROS: i64 = 4_102_416_000_000_000;

/// The input for making days.
pub(super) struct Days<'a> {
    pub(super) shop: &'a Shop,
    pub(super) people: &'a People<'a>,
    pub(super) calendar: &'a Calendar,
    pub(super) catalogue: &'a Catalogue,
}

/// The number of a day's stream; customers' numbers are below 2³².
fn day_stream(day: u32) -> u64 {
    u64::from(day) | 1 << 40
}

impl Days<'_> {
    /// Sorts a day's events and adds those that belong to no customer's life: purchases without a customer, and broken
    /// rows.
    pub(super) fn settle(&self, day: u32, events: &mut Vec<Event>) {
        events.sort_unstable();
        let mut rng = self.people.stream(day_stream(day));
        let sales = events.len();
        let mut number_of = |ratio: f64| (sales as f64 * ratio + rng.uniform()) as usize;
        let nobodies = number_of(NOBODY_RATIO);
        let broken = EventKind::BROKEN.map(|kind| (kind, number_of(BROKEN_RATIO * self.shop.lines)));
        for _ in 0..nobodies {
            let sale = Sale {
                customer: NOBODY,
                seed: rng.next_u32(),
                spend: People::spend(&mut rng),
                channel: self.catalogue.any_channel(&mut rng),
                store: self.catalogue.any_store(&mut rng),
            };
            events.push(sale.event(EventKind::Sale, 0, self.calendar, self.catalogue));
        }
        for (kind, count) in broken {
            for _ in 0..count {
                let Some(model) = events.get(rng.below(sales as u32) as usize) else { continue };
                let second = self.calendar.second(true, &mut rng);
                let event = model.broken(kind, second, rng.next_u32());
                events.push(event);
            }
        }
        events.sort_unstable();
    }

    /// The rows of a day's file: the day's own `events` and the rows of the day before that are sent again. Ordered by
    /// time, id and line; rows without a time come last.
    pub(super) fn rows(
        &self,
        day: u32,
        before: Option<&[Event]>,
        events: &[Event],
    ) -> (Columns, Defects, u64) {
        let mut summary = DaySummary::new(self, events.len());
        if let (Some(before), Some(date)) = (before, day.checked_sub(1)) {
            summary.resent(date, before);
        }
        summary.own(day, events);
        summary.broken_clock(day, events);
        (summary.columns, summary.defects, summary.returns)
    }
}

/// The rows of a file while they are generated.
struct DaySummary<'a> {
    days: &'a Days<'a>,
    columns: Columns,
    defects: Defects,
    returns: u64,
    lines: Vec<Line>,
}

impl<'a> DaySummary<'a> {
    fn new(days: &'a Days<'a>, events: usize) -> Self {
        let rows = (events as f64 * days.shop.lines * 1.1) as usize + 16;
        let columns = Columns::with_capacity(rows, days.shop.customer_digits());
        Self { days, columns, defects: Defects::default(), returns: 0, lines: Vec::new() }
    }

    /// The second copies of rows of the day before.
    fn resent(&mut self, day: u32, events: &[Event]) {
        for (event, number) in events.iter().zip(1..) {
            if event.copied(self.days.shop.lines) == Some(Copied::NextDay) {
                self.tell(day, *event, number, true);
            }
        }
    }

    /// The day's events, with second copies beside their originals.
    fn own(&mut self, day: u32, events: &[Event]) {
        for (event, number) in events.iter().zip(1..) {
            if matches!(event.kind, EventKind::TimeMissing | EventKind::TimeOutside) {
                continue;
            }
            self.tell(day, *event, number, false);
        }
    }

    /// Rows of a wrong clock, then rows without a time.
    fn broken_clock(&mut self, day: u32, events: &[Event]) {
        for kind in [EventKind::TimeOutside, EventKind::TimeMissing] {
            for (event, number) in events.iter().zip(1..).filter(|(event, _)| event.kind == kind) {
                self.tell(day, *event, number, false);
            }
        }
    }

    /// The rows of one event, or with `copy_only` only the row that is sent again.
    fn tell(&mut self, day: u32, event: Event, number: u32, copy_only: bool) {
        let calendar = self.days.calendar;
        let (Some(today), Some(bought)) = (calendar.day(day), calendar.day(day.saturating_sub(event.back())))
        else {
            return;
        };
        event.lines(bought, self.days.shop.lines, self.days.catalogue, &mut self.lines);
        let copied = event.copied(self.days.shop.lines);
        let picked = event.pick(self.lines.len());
        for (position, line) in self.lines.iter().enumerate() {
            let twice = copied == Some(Copied::SameDay) && position == picked;
            let times = match (copy_only, position == picked) {
                (true, picked) => usize::from(picked),
                (false, _) => 1 + usize::from(twice),
            };
            let row = Row {
                event,
                number,
                line_no: 1 + i32::try_from(position).unwrap_or(i32::MAX - 1),
                line,
                micros: micros(event, today),
            };
            for _ in 0..times {
                self.columns.push(&row, today, self.days.catalogue);
            }
            self.defects.duplicate += u64::from(copy_only && times == 1 || twice);
        }
        if !copy_only {
            self.defects.count(event, self.lines.len() as u64);
            self.returns += u64::from(event.kind == EventKind::Return);
        }
    }
}

fn micros(event: Event, day: &Day) -> Option<i64> {
    match event.kind {
        EventKind::TimeMissing => None,
        EventKind::TimeOutside => Some(OUTSIDE_MICROS),
        _ => Some(day.micros(event.second)),
    }
}
