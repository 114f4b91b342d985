//! A customer's life as the shop's books show it: what was bought and returned, day by day.

use jiff::civil::Date;

use super::calendar::epoch_days;
use super::customer::{Customer, Profile};
use super::day::Days;
use super::order::EventKind;

/// What a customer bought and returned on a day; money in cents.
pub(super) struct Bought {
    pub(super) day: Date,
    /// The sum of each transaction, returns below zero.
    pub(super) sums: Vec<i64>,
    pub(super) sale: bool,
    /// What was returned: how many days ago it was bought, and for how much.
    pub(super) returned: Vec<(u32, i64)>,
    /// What was bought: the product's position and the amount.
    pub(super) goods: Vec<(u16, i64)>,
}

impl Bought {
    pub(super) fn net(&self) -> i64 {
        self.sums.iter().sum()
    }

    /// All purchases of the day, without returns.
    pub(super) fn gross(&self) -> i64 {
        self.goods.iter().map(|(_, cents)| cents).sum()
    }
}

/// A day with a purchase, and what came after it.
#[derive(Clone, Copy)]
pub(super) struct Purchase {
    /// In days since 1970-01-01, as all days here.
    pub(super) day: i32,
    /// The position in the history.
    pub(super) at: usize,
    /// Days until the next purchase, which may lie beyond the history; none if there never is one.
    pub(super) gap: Option<i32>,
}

impl Purchase {
    /// Whether the customer buys again within so many days.
    pub(super) fn returns_within(&self, days: i32) -> bool {
        self.gap.is_some_and(|gap| gap <= days)
    }
}

/// All that is known of one customer.
pub(super) struct Life {
    pub(super) person: Customer,
    pub(super) profile: Profile,
    /// The days on which the customer bought or returned something, in order.
    pub(super) history: Vec<Bought>,
    /// The days with a purchase, in order.
    pub(super) purchases: Vec<Purchase>,
}

impl Life {
    /// The life of the customer with this number.
    pub(super) fn new(days: &Days, number: u32) -> Self {
        let mut events = Vec::new();
        let next = days.people.live(number, 0, days.shop.days, |day, event| events.push((day, event)));
        events.sort_unstable();
        let mut history: Vec<Bought> = Vec::new();
        let mut lines = Vec::new();
        for (day, event) in events {
            let (Some(today), Some(bought)) =
                (days.calendar.day(day), days.calendar.day(day.saturating_sub(event.back())))
            else {
                continue;
            };
            event.lines(bought, days.shop.lines, days.catalogue, &mut lines);
            let sum = lines.iter().filter_map(|line| line.amount).sum();
            if history.last().is_none_or(|last| last.day != today.date) {
                history.push(Bought {
                    day: today.date,
                    sums: Vec::new(),
                    sale: false,
                    returned: Vec::new(),
                    goods: Vec::new(),
                });
            }
            let Some(last) = history.last_mut() else { continue };
            last.sums.push(sum);
            if event.kind == EventKind::Sale {
                last.sale = true;
                last.goods.extend(lines.iter().filter_map(|line| Some((line.product, line.amount?))));
            } else {
                last.returned.push((event.back(), -sum));
            }
        }
        let person = days.people.customer(number);
        let profile = days.people.profile(&person);
        let purchases = purchases(&history, next);
        Self { person, profile, history, purchases }
    }

    pub(super) fn number(&self) -> u32 {
        self.person.number
    }

    /// What happened on the day of a purchase.
    pub(super) fn bought(&self, purchase: Purchase) -> Option<&Bought> {
        self.history.get(purchase.at)
    }

    pub(super) fn joined(&self) -> i32 {
        epoch_days(self.profile.joined_on)
    }
}

/// The days with a purchase of a history after which `next` days pass until the customer buys again.
fn purchases(history: &[Bought], next: Option<f64>) -> Vec<Purchase> {
    let sales = history.iter().enumerate().filter(|(_, bought)| bought.sale);
    let mut purchases: Vec<Purchase> =
        sales.map(|(at, bought)| Purchase { day: epoch_days(bought.day), at, gap: None }).collect();
    let mut after: Option<i32> = None;
    for purchase in purchases.iter_mut().rev() {
        purchase.gap = match after {
            Some(day) => Some(day - purchase.day),
            // Shop time and days differ by the season alone.
            None => next.map(|gap| gap.ceil().clamp(1.0, 1e6) as i32),
        };
        after = Some(purchase.day);
    }
    purchases
}
