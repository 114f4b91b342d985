//! Requests to leave, some of whom are kept, and the reports on customers who are lost.

use super::super::super::chance::{Chance, Mix, between, word};
use super::super::super::customer::SPEND_MEAN;
use super::super::super::life::Purchase;
use super::{Case, Log, Note, Relations, Use, way};

/// The chance that a business and a person ask to leave, of those who do leave.
const ASKS: (f64, f64) = (0.3, 0.06);
/// The chance that they ask after a purchase and stay after all, by an account manager of usual skill.
const STAYS: (f64, f64) = (0.04, 0.013);
/// Whoever buys again within so many days has not left.
const STAYED_WITHIN: i32 = 400;
/// Days without a purchase after which a customer is written off as lost, and the share of losses with a report.
const LOST_AFTER: i32 = 180;
const REPORTED: (f64, f64) = (0.95, 0.22);
/// Days within which the report's two papers are due.
const DUE_WITHIN: i32 = 10;
/// Why customers leave.
const REASONS: [(&str, f64); 8] = [
    ("price", 0.24),
    ("competitor", 0.2),
    ("service", 0.12),
    ("quality", 0.12),
    ("assortment", 0.1),
    ("moved", 0.1),
    ("need_ended", 0.09),
    ("manager_left", 0.03),
];
/// Why the shop itself lets customers go.
const RELEASED: [(&str, f64); 2] = [("unprofitable", 0.7), ("bad_credit", 0.3)];

impl Relations<'_> {
    pub(super) fn leaving(&self, case: &Case, log: &mut Log) {
        let mut rng = self.stream(case.life, Use::Leaving);
        for (position, purchase) in case.life.purchases.iter().enumerate() {
            let complained = case.experience.get(position).is_some_and(|of| of.complaint.is_some());
            let manager = case.hands.on(purchase.day).and_then(|number| self.staff().get(number));
            let skill = manager.map_or(1.0, |manager| manager.skill);
            if let Some(note) = request(case, *purchase, complained, skill, &mut rng) {
                log.add(Note { channel: way(case.life, &mut rng), ..note }, self.second(&mut rng));
            }
            self.loss(case, *purchase, complained, skill, &mut rng, log);
        }
    }

    /// The report on a customer who is lost after a purchase, and its two papers.
    fn loss(
        &self,
        case: &Case,
        purchase: Purchase,
        complained: bool,
        skill: f64,
        rng: &mut Mix,
        log: &mut Log,
    ) {
        let reported = rng.happens(if case.account.business { REPORTED.0 } else { REPORTED.1 });
        let day = purchase.day + LOST_AFTER + between(1, 5, rng);
        let next = purchase.gap.map(|gap| purchase.day + gap);
        if !reported || next.is_some_and(|next| next <= day) {
            return;
        }
        let reason = reason(case, purchase, complained, rng);
        let poor = f64::from(case.life.person.spend) < SPEND_MEAN / 2.0 || case.account.business;
        let (reason, outcome) = match rng.uniform() {
            u if u < 0.1 && poor => (word(&RELEASED, rng), "released"),
            _ if reason == "moved" || reason == "need_ended" => (reason, "lapsed"),
            _ => (reason, "lost"),
        };
        let decided = day + between(2, 30, rng);
        let closed = match next {
            Some(next) if next <= decided => (next, "won_back"),
            Some(next) if outcome == "lost" && next <= day + 120 => (next, "won_back"),
            _ => (decided, outcome),
        };
        let due_on = Some(day + DUE_WITHIN);
        let report = Note {
            day,
            kind: "loss_report",
            reason: Some(reason).filter(|_| rng.happens(0.93)),
            due_on,
            closed: Some(closed),
            ..Note::default()
        };
        log.add(report, self.second(rng));
        for paper in ["loss_analysis", "corrective_measures"] {
            let in_time = rng.happens(0.6 + 0.25 * skill);
            let written = if in_time { between(1, DUE_WITHIN, rng) } else { between(11, 32, rng) };
            let closed = rng.happens(0.96).then_some((day + written, "done"));
            let kind = "reminder";
            let note = Note { day, kind, reason: Some(paper), due_on, closed, ..Note::default() };
            log.add(note, self.second(rng));
        }
    }
}

/// A request to leave after a purchase.
fn request(case: &Case, purchase: Purchase, complained: bool, skill: f64, rng: &mut Mix) -> Option<Note> {
    let of = |(business, person): (f64, f64)| if case.account.business { business } else { person };
    let stays = purchase.returns_within(STAYED_WITHIN);
    let asks = rng.happens(if stays { of(STAYS) * skill } else { of(ASKS) });
    // Kept customers have asked, and were answered, before they bought again.
    let latest = purchase.gap.filter(|_| stays).map_or(60, |gap| gap / 2);
    let day = purchase.day + between(4, latest, rng);
    let answered = between(1, if stays { latest.max(2) - 1 } else { 14 }.min(14), rng);
    if !asks || latest < 5 {
        return None;
    }
    Some(Note {
        day,
        kind: "leave_request",
        reason: Some(reason(case, purchase, complained, rng)),
        due_on: Some(day + 5),
        closed: Some((day + answered, if stays { "saved" } else { "left" })),
        ..Note::default()
    })
}

/// Why somebody leaves: often what they complained of, or that other hands took over.
fn reason(case: &Case, purchase: Purchase, complained: bool, rng: &mut Mix) -> &'static str {
    let handed = case.hands.handover().is_some_and(|day| (day - 240..day + 240).contains(&purchase.day));
    match rng.uniform() {
        u if complained && u < 0.7 => word(&[("quality", 0.5), ("service", 0.5)], rng),
        u if handed && u < 0.35 => "manager_left",
        _ => word(&REASONS, rng),
    }
}
