//! Complaints, inquiries and suggestions, each by design, quality, promise or service.

use super::super::super::chance::{Chance, Mix, between, word};
use super::super::super::life::Purchase;
use super::super::experience::Answer;
use super::{Case, Log, Note, Relations, Use, way};

/// What complaints, inquiries and suggestions are about.
const COMPLAINTS: [(&str, f64); 4] =
    [("quality", 0.38), ("service", 0.28), ("promise", 0.22), ("design", 0.12)];
const INQUIRIES: [(&str, f64); 4] = [("promise", 0.4), ("service", 0.3), ("quality", 0.18), ("design", 0.12)];
const SUGGESTIONS: [(&str, f64); 4] =
    [("design", 0.4), ("service", 0.34), ("quality", 0.16), ("promise", 0.1)];
/// The severities of complaints, with the days until an answer is due: how common they are where it is solved, and
/// where it is not.
const SEVERITIES: [(&str, f64); 3] = [("low", 0.42), ("medium", 0.4), ("high", 0.18)];
const UNSOLVED_SEVERITIES: [(&str, f64); 3] = [("low", 0.2), ("medium", 0.42), ("high", 0.38)];
/// Inquiries and suggestions a purchase.
const ASKS: f64 = 0.03;
const SUGGESTS: f64 = 0.008;

fn due_within(severity: &str) -> i32 {
    match severity {
        "high" => 1,
        "medium" => 3,
        _ => 7,
    }
}

impl Relations<'_> {
    pub(super) fn complaints(&self, case: &Case, log: &mut Log) {
        let mut rng = self.stream(case.life, Use::Complaints);
        for (purchase, experience) in case.life.purchases.iter().zip(case.experience) {
            if let Some(answer) = experience.complaint {
                let note = complaint(*purchase, answer, &mut rng);
                let channel = way(case.life, &mut rng);
                log.add(Note { channel, ..note }, self.second(&mut rng));
            }
            if rng.happens(ASKS) {
                let day = purchase.day + between(0, 12, &mut rng);
                let closed = Some((day + between(0, 3, &mut rng), "answered"));
                let (reason, channel) = (Some(word(&INQUIRIES, &mut rng)), way(case.life, &mut rng));
                let due_on = Some(day + 2);
                let note = Note { day, kind: "inquiry", reason, channel, due_on, closed, ..Note::default() };
                log.add(note, self.second(&mut rng));
            }
            if rng.happens(SUGGESTS) {
                let day = purchase.day + between(0, 20, &mut rng);
                let outcome = if rng.happens(0.25) { "adopted" } else { "declined" };
                let closed = rng.happens(0.85).then_some((day + between(7, 60, &mut rng), outcome));
                let (reason, channel) = (Some(word(&SUGGESTIONS, &mut rng)), way(case.life, &mut rng));
                let note = Note { day, kind: "suggestion", reason, channel, closed, ..Note::default() };
                log.add(note, self.second(&mut rng));
            }
        }
    }
}

/// A complaint about a purchase, made before the next one.
fn complaint(purchase: Purchase, answer: Answer, rng: &mut Mix) -> Note {
    let latest = purchase.gap.map_or(10, |gap| (gap - 1).clamp(0, 10));
    let day = purchase.day + between(0, latest, rng);
    let severities = if answer == Answer::Unsolved { &UNSOLVED_SEVERITIES } else { &SEVERITIES };
    let severity = word(severities, rng);
    let due_on = day + due_within(severity);
    let (at_once, late) = (day + i32::from(rng.happens(0.3)), due_on + between(1, 25, rng));
    let (given_up, closes) = (day + between(10, 45, rng), rng.happens(0.55));
    let closed = match answer {
        Answer::AtOnce => Some((at_once, "solved")),
        Answer::Late => Some((late, "solved")),
        Answer::Unsolved => closes.then_some((given_up, "unsolved")),
    };
    Note {
        day,
        kind: "complaint",
        reason: Some(word(&COMPLAINTS, rng)),
        severity: Some(severity),
        due_on: Some(due_on),
        closed,
        ..Note::default()
    }
}
