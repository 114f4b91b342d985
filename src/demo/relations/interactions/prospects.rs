//! Leads and opportunities, with the calls and visits that go with them. Some become customers; most never buy.

use super::super::super::chance::{Chance, Mix, between, word};
use super::{Case, Log, Note, Relations, Use, stream};

/// The share of new businesses and new persons that began as a lead.
const BEGAN_AS_LEAD: (f64, f64) = (0.85, 0.1);
/// Leads that never buy, for each customer.
const NEVER: f64 = 0.25;
/// The share of them that becomes an opportunity.
const QUALIFIED: f64 = 0.4;
/// Where leads come from.
const ORIGINS: [(&str, f64); 5] =
    [("website", 0.34), ("referral", 0.22), ("store_visit", 0.2), ("fair", 0.12), ("cold_call", 0.12)];
/// Why opportunities are lost.
const LOST: [(&str, f64); 4] =
    [("price", 0.36), ("competitor", 0.26), ("no_need", 0.24), ("no_answer", 0.14)];

impl Relations<'_> {
    /// The lead and the opportunity from which a customer's first purchase came.
    pub(super) fn won(&self, case: &Case, log: &mut Log) {
        let mut rng = stream(self.days.shop.seed, case.life.number(), Use::Prospects);
        let business = case.account.business;
        let began = rng.happens(if business { BEGAN_AS_LEAD.0 } else { BEGAN_AS_LEAD.1 });
        let Some(first) = case.life.purchases.first().filter(|_| began && !case.life.person.present) else {
            return;
        };
        let lead = first.day - between(14, 90, &mut rng);
        let opportunity = lead + between(2, (first.day - lead) / 2, &mut rng);
        let won = Some((first.day, "won"));
        let calls = if business { between(2, 5, &mut rng) } else { between(0, 1, &mut rng) };
        let visits = if business { between(1, 2, &mut rng) } else { 0 };
        let mut add = |note: Note, rng: &mut Mix| log.add(note, self.second(rng));
        add(first_contact(lead, Some((opportunity, "qualified")), &mut rng), &mut rng);
        let kind = "opportunity";
        add(Note { day: opportunity, kind, closed: won, ..Note::default() }, &mut rng);
        for _ in 0..calls {
            add(call(between(lead + 1, first.day - 1, &mut rng), &mut rng), &mut rng);
        }
        for _ in 0..visits {
            add(visit(between(opportunity, first.day - 1, &mut rng), &mut rng), &mut rng);
        }
    }

    /// A lead that never buys, for some numbers.
    pub(super) fn never_bought(&self, number: u32, log: &mut Log) {
        let mut rng = stream(self.days.shop.seed ^ (1 << 40), number, Use::Prospects);
        if !rng.happens(NEVER) {
            return;
        }
        let lead = between(self.first, self.last, &mut rng);
        let manager = 1 + rng.below(self.staff().managers.len() as u32);
        let mut add = |note: Note, rng: &mut Mix| {
            let active = self.staff().get(manager).filter(|manager| {
                manager.active_from <= note.day && manager.active_to.is_none_or(|to| note.day <= to)
            });
            log.add_by(note, self.second(rng), active.map(|manager| manager.number));
        };
        let answered = lead + between(1, 21, &mut rng);
        let (qualified, dropped) = (rng.happens(QUALIFIED), rng.happens(0.8));
        let closed = if qualified { Some("qualified") } else { Some("unqualified").filter(|_| dropped) };
        add(first_contact(lead, closed.map(|outcome| (answered, outcome)), &mut rng), &mut rng);
        for _ in 0..between(0, 3, &mut rng) {
            add(call(between(lead, answered + 30, &mut rng), &mut rng), &mut rng);
        }
        if !qualified {
            return;
        }
        let ends = answered + between(10, 110, &mut rng);
        let decided = rng.happens(0.9) && ends <= self.last;
        let opportunity = Note {
            day: answered,
            kind: "opportunity",
            reason: Some(word(&LOST, &mut rng)).filter(|_| decided),
            closed: decided.then_some((ends, "lost")),
            ..Note::default()
        };
        add(opportunity, &mut rng);
        for _ in 0..between(0, 2, &mut rng) {
            add(call(between(answered, ends, &mut rng), &mut rng), &mut rng);
        }
        if rng.happens(0.45) {
            add(visit(between(answered, ends, &mut rng), &mut rng), &mut rng);
        }
    }
}

/// A lead, with where it came from.
fn first_contact(day: i32, closed: Option<(i32, &'static str)>, rng: &mut Mix) -> Note {
    let reason = Some(word(&ORIGINS, rng));
    Note { day, kind: "lead", reason, due_on: Some(day + 7), closed, ..Note::default() }
}

/// A call by the account manager.
pub(super) fn call(day: i32, rng: &mut Mix) -> Note {
    let outcome = if rng.happens(0.74) { "reached" } else { "not_reached" };
    Note { day, kind: "call", channel: Some("phone"), closed: Some((day, outcome)), ..Note::default() }
}

/// A visit by the account manager.
pub(super) fn visit(day: i32, rng: &mut Mix) -> Note {
    let outcome = if rng.happens(0.91) { "held" } else { "cancelled" };
    Note { day, kind: "visit", closed: Some((day, outcome)), ..Note::default() }
}
