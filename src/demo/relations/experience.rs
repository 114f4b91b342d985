//! What customers make of their purchases: content or not, silent or not, and how a complaint ends.
//!
//! It is drawn from what they do next. By Bayes' rule, a complaint that is so many times as likely for those who do not
//! come back multiplies the odds of not coming back by just that ratio, against those without complaint very nearly.

use super::super::chance::Chance;
use super::super::life::{Life, Purchase};
use super::assignments::Hands;
use super::{Relations, Use};

/// A customer has come back who buys again within so many days.
pub(super) const BACK_WITHIN: i32 = 180;
/// The chance that somebody who comes back was not content with the purchase, and that of somebody who does not.
const UNHAPPY: (f64, f64) = (0.1, 0.3);
/// Per kind of answer: the chance that somebody who comes back has complained and got it, and how many times that of
/// somebody who does not come back is.
const AT_ONCE: (f64, f64) = (0.012, 1.15);
const LATE: (f64, f64) = (0.008, 2.2);
const UNSOLVED: (f64, f64) = (0.004, 7.0);

/// How the shop dealt with a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    AtOnce,
    Late,
    Unsolved,
}

/// What a customer made of a purchase.
#[derive(Clone, Copy)]
pub(super) struct Experience {
    /// Not content. Most of these say nothing.
    pub(super) unhappy: bool,
    pub(super) complaint: Option<Answer>,
}

impl Relations<'_> {
    /// What the customer made of each purchase.
    pub(super) fn experience(&self, life: &Life, hands: &Hands) -> Vec<Experience> {
        let mut rng = self.stream(life, Use::Experience);
        let of = |purchase: &Purchase| {
            let back = purchase.returns_within(BACK_WITHIN);
            let manager = hands.on(purchase.day).and_then(|number| self.staff().get(number));
            let skill = manager.map_or(1.0, |manager| manager.skill);
            let chance = |(usual, ratio): (f64, f64)| if back { usual } else { usual * ratio };
            // A skilled account manager solves more of them at once, and gives up fewer.
            let limits = [
                (Answer::AtOnce, chance(AT_ONCE) * skill),
                (Answer::Late, chance(LATE)),
                (Answer::Unsolved, chance(UNSOLVED) * (2.0 - skill)),
            ];
            let mut left = rng.uniform();
            let complaint = limits.into_iter().find_map(|(answer, chance)| {
                left -= chance;
                (left < 0.0).then_some(answer)
            });
            let silent = rng.happens(if back { UNHAPPY.0 } else { UNHAPPY.1 });
            Experience { unhappy: complaint.is_some() || silent, complaint }
        };
        life.purchases.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::super::Shop;
    use super::super::super::calendar::Calendar;
    use super::super::super::catalogue::Catalogue;
    use super::super::super::customer::People;
    use super::super::super::day::Days;
    use super::super::super::months::Months;
    use super::super::account::Account;
    use super::*;

    /// Purchases by what came of them: those after which the customer came back, and those after which not.
    #[derive(Default)]
    struct Found {
        content: [f64; 2],
        silent: [f64; 2],
        complained: [[f64; 2]; 3],
    }

    impl Found {
        fn of(customers: u32, seed: u64) -> Self {
            let shop = Shop { seed, customers: u64::from(customers), ..Shop::default() };
            let calendar = Calendar::new(shop.last_day, shop.days).expect("days of the calendar");
            let catalogue = Catalogue::new(seed, calendar.first(), date(2026, 10, 31));
            let people = People::new(seed, shop.lines, &calendar, &catalogue);
            let days = Days { shop: &shop, people: &people, calendar: &calendar, catalogue: &catalogue };
            let months = Months::new(calendar.first(), calendar.last());
            let relations = Relations::new(&days, &months);
            let mut found = Self::default();
            for number in 1..=customers {
                let life = Life::new(&days, number);
                let account = Account::new(&people, &life.person, customers);
                let hands = relations.assignments(&life, &account);
                for (purchase, made) in life.purchases.iter().zip(relations.experience(&life, &hands)) {
                    let back = usize::from(!purchase.returns_within(BACK_WITHIN));
                    match (made.complaint, made.unhappy) {
                        (Some(answer), _) => found.complained[answer as usize][back] += 1.0,
                        (None, true) => found.silent[back] += 1.0,
                        (None, false) => found.content[back] += 1.0,
                    }
                }
            }
            found
        }

        /// How many times the odds of not coming back are those of everybody without a complaint.
        fn ratio(&self, answer: Answer) -> f64 {
            let [back, gone] = self.complained[answer as usize];
            let usual = (self.content[1] + self.silent[1]) / (self.content[0] + self.silent[0]);
            gone / back / usual
        }
    }

    /// A complaint that is solved at once costs hardly a customer, a late answer some, and none most.
    #[test]
    fn complaints_go_with_leaving_by_the_ratio_that_is_stated() {
        for seed in [42, 7] {
            let found = Found::of(9_000, seed);
            let (at_once, late, unsolved) =
                (found.ratio(Answer::AtOnce), found.ratio(Answer::Late), found.ratio(Answer::Unsolved));
            assert!(1.0 < late && at_once < late && late < unsolved, "{at_once}, {late}, {unsolved}");
            for (ratio, (_, stated)) in [(at_once, AT_ONCE), (late, LATE), (unsolved, UNSOLVED)] {
                assert!((ratio / stated - 1.0).abs() < 0.3, "a ratio of {ratio} where {stated} is stated");
            }
        }
    }

    #[test]
    fn most_of_those_who_are_not_content_say_nothing_and_come_back_less_often() {
        let found = Found::of(3_000, 42);
        let complaints: f64 = found.complained.iter().flatten().sum();
        let silent: f64 = found.silent.iter().sum();
        assert!(silent > 2.0 * complaints, "{silent} silent, {complaints} complaints");
        let gone = |[back, gone]: [f64; 2]| gone / (back + gone);
        assert!(gone(found.silent) > gone(found.content) + 0.15);
    }
}
