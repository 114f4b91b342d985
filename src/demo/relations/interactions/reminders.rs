//! Reminders: what account managers have noted for themselves, with the day on which it is due. It may lie ahead.

use jiff::civil::{Date, date};

use super::super::super::calendar::epoch_days;
use super::super::super::chance::{Chance, between};
use super::super::super::customer::SPEND_MEAN;
use super::super::profile::contract_end;
use super::{Case, Log, Note, Relations, Use};

/// Days after which an invoice that is open is noted, and those after which it is overdue.
const CHASED: (i32, i32) = (38, 45);
/// Days before the end of a contract at which it is noted, and those by which it should be settled.
const CONTRACT: (i32, i32) = (60, 30);
/// Days before a birthday at which it is noted, and how far back these notes are kept.
const BIRTHDAY: (i32, i32) = (14, 400);
/// Persons whose orders are worth this many times the usual value are wished a happy birthday.
const HIGH: f64 = 2.0;

impl Relations<'_> {
    pub(super) fn reminders(&self, case: &Case, log: &mut Log) {
        let mut rng = self.stream(case.life, Use::Reminders);
        let mut add = |day, reason, due_on, closed| {
            let (reason, due_on, kind) = (Some(reason), Some(due_on), "reminder");
            let note = Note { day, kind, reason, due_on, closed, ..Note::default() };
            log.add(note, self.second(&mut rng));
        };
        for invoice in case.invoices {
            let day = invoice.day + CHASED.0;
            if invoice.settled.is_none_or(|settled| settled > day) {
                add(day, "payment", invoice.day + CHASED.1, invoice.settled.map(|day| (day, "done")));
            }
        }
        if let Some(days) = case.account.contract {
            let ends = contract_end(case.life.joined(), days, self.days.calendar);
            add(ends - CONTRACT.0, "contract_end", ends - CONTRACT.1, None);
        }
        let valued = f64::from(case.life.person.spend) >= HIGH * SPEND_MEAN;
        let birthday = case.life.profile.birthday.filter(|_| valued || case.account.business);
        let (Some(birthday), Some(bought)) = (birthday, case.life.purchases.last()) else { return };
        let mut rng = self.stream(case.life, Use::Birthdays);
        let years = self.days.calendar.last().year();
        for year in years - 1..=years + 1 {
            let due = epoch_days(in_year(birthday, year));
            let day = due - BIRTHDAY.0;
            let customer = (case.life.joined()..bought.day + 200).contains(&day);
            let (done, late) = (rng.happens(0.9), between(-2, 0, &mut rng));
            if customer && day > self.last - BIRTHDAY.1 {
                let kind = "reminder";
                let (reason, due_on) = (Some("birthday"), Some(due));
                let closed = done.then_some((due + late, "done"));
                log.add(Note { day, kind, reason, due_on, closed, ..Note::default() }, self.second(&mut rng));
            }
        }
    }
}

/// The birthday in a year; on 28 February where the year has no 29th.
fn in_year(birthday: Date, year: i16) -> Date {
    Date::new(year, birthday.month(), birthday.day()).unwrap_or(date(year, 2, 28))
}
