//! The account manager's calls and visits to those who are customers.

use super::super::super::chance::{Chance, between};
use super::super::super::customer::SPEND_MEAN;
use super::prospects::{call, visit};
use super::{Case, Log, Note, Relations, Use};

/// Days between two calls and between two visits to a business that buys often or much, by somebody of usual diligence.
const CALLS: f64 = 55.0;
const VISITS: f64 = 110.0;
/// How many times as long these days are for other businesses.
const SELDOM: f64 = 2.5;
/// Days between two calls to a person whose orders are of high value, and how many times the usual value this is.
const CALLS_TO_PERSONS: f64 = 200.0;
const HIGH: f64 = 3.0;
/// Days after the last purchase of somebody who has left during which they are still looked after.
const AFTER: i32 = 100;
/// The share of visits after which there is something left to do.
const FOLLOWED_UP: f64 = 0.3;

impl Relations<'_> {
    pub(super) fn contacts(&self, case: &Case, log: &mut Log) {
        let valued = f64::from(case.life.person.spend) >= HIGH * SPEND_MEAN;
        let (calls, visits) = match (case.account.business, valued || case.life.person.is_regular()) {
            (true, true) => (CALLS, Some(VISITS)),
            (true, false) => (CALLS * SELDOM, Some(VISITS * SELDOM)),
            (false, _) if valued => (CALLS_TO_PERSONS, None),
            (false, _) => return,
        };
        let Some(manager) = case.life.profile.manager else { return };
        let mut rng = self.stream(case.life, Use::Contacts);
        let (Some(first), Some(last)) = (case.life.purchases.first(), case.life.purchases.last()) else {
            return;
        };
        let until = if last.gap.is_some() { self.last } else { (last.day + AFTER).min(self.last) };
        let diligence = self.staff().get(manager).map_or(0.8, |manager| manager.diligence) / 0.78;
        for (every, is_call) in [(Some(calls), true), (visits, false)] {
            let Some(every) = every else { continue };
            let mut day = first.day;
            loop {
                day += (every / diligence * (0.5 + rng.exponential() / 2.0)).max(3.0) as i32;
                if day > until {
                    break;
                }
                if is_call {
                    log.add(call(day, &mut rng), self.second(&mut rng));
                    continue;
                }
                log.add(visit(day, &mut rng), self.second(&mut rng));
                if rng.happens(FOLLOWED_UP) {
                    let closed = rng.happens(0.85).then_some((day + between(1, 12, &mut rng), "done"));
                    let (kind, reason) = ("reminder", Some("follow_up"));
                    let note = Note { day, kind, reason, due_on: Some(day + 7), closed, ..Note::default() };
                    log.add(note, self.second(&mut rng));
                }
            }
        }
    }
}
