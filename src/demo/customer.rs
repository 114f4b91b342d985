//! Customers: who they are, and when they buy.
//!
//! Purchases follow the BG/NBD model (Fader, Hardie and Lee, "Counting your customers the easy way", Marketing
//! Science 24, 2005): while alive a customer buys at a personal rate λ ~ gamma, and after each repeat purchase
//! leaves for good with a personal probability p ~ beta. Time is the shop's time, so the rate follows the season.
//! The mean value of an order differs between customers as in the gamma-gamma model (Fader and Hardie, 2013). A small
//! share of very regular buyers is added, which that model does not describe.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::calendar::Calendar;
use super::catalogue::Catalogue;
use super::chance::{Chance, Mix};
use super::order::{Event, EventKind, Sale};
use super::staff::Staff;

/// Shape of the purchase rate over customers.
const RATE_SHAPE: f64 = 0.55;
/// Mean purchase rate, in orders a day.
const RATE_MEAN: f64 = 0.0112;
/// Shapes of the probability of leaving after a repeat purchase.
const LEAVING: (f64, f64) = (0.8, 3.4);
/// Share of customers who had been buying before the first day.
const PRESENT: f64 = 0.34;
/// New customers a day at the end of the window, as a multiple of those at its start.
const GROWTH: f64 = 1.2;
/// Share of customers who buy in a steady rhythm.
const REGULAR: f64 = 0.03;
/// Shape of the mean order value over customers; a smaller shape is more unequal.
const SPEND_SHAPE: f64 = 2.5;
/// Mean value of an order in cents.
pub(super) const SPEND_MEAN: f64 = 21_000.0;
/// No customer's mean order is worth more than this many times the mean of all.
const SPEND_CAP: f64 = 40.0;

/// The random streams of a shop's customers: one per customer, to generate any customer's life alone.
pub(super) struct People<'a> {
    root: ChaCha8Rng,
    pub(super) seed: u64,
    calendar: &'a Calendar,
    pub(super) catalogue: &'a Catalogue,
    pub(super) staff: Staff,
    lines: f64,
}

/// The parameters of one customer's purchases.
pub(super) struct Customer {
    rng: ChaCha8Rng,
    pub(super) number: u32,
    rhythm: Rhythm,
    /// The probability of leaving after a repeat purchase.
    pub(super) leaving: f64,
    /// Mean value of an order in cents.
    pub(super) spend: u32,
    /// Shop time of the first purchase.
    first: f64,
    /// Bought before the window began.
    pub(super) present: bool,
    /// Preferred channel and home store, as positions.
    pub(super) channel: u8,
    pub(super) store: u8,
}

enum Rhythm {
    /// Exponential gaps at this rate.
    Rate(f64),
    /// Gaps of about this many days.
    Period(f64),
}

/// What the shop knows of a customer.
pub(super) struct Profile {
    pub(super) joined_on: Date,
    pub(super) birthday: Option<Date>,
    pub(super) city: &'static str,
    pub(super) gender: Option<&'static str>,
    /// The number of the account manager; some customers have none.
    pub(super) manager: Option<u32>,
}

impl<'a> People<'a> {
    pub(super) fn new(seed: u64, lines: f64, calendar: &'a Calendar, catalogue: &'a Catalogue) -> Self {
        let staff = Staff::new(seed, calendar, catalogue);
        Self { root: ChaCha8Rng::seed_from_u64(seed), seed, calendar, catalogue, staff, lines }
    }

    /// The stream of a customer, or of anything else with a number.
    pub(super) fn stream(&self, number: u64) -> ChaCha8Rng {
        let mut rng = self.root.clone();
        rng.set_stream(number);
        rng
    }

    /// A mean order value in cents.
    pub(super) fn spend(rng: &mut impl Chance) -> u32 {
        (SPEND_MEAN * ((SPEND_SHAPE - 1.0) / rng.gamma(SPEND_SHAPE)).min(SPEND_CAP)).round() as u32
    }

    /// The customer with this number.
    pub(super) fn customer(&self, number: u32) -> Customer {
        let mut rng = self.stream(u64::from(number));
        let present = rng.happens(PRESENT);
        let rhythm = if rng.happens(REGULAR) {
            Rhythm::Period(7.0 + 38.0 * rng.uniform())
        } else {
            Rhythm::Rate(rng.gamma(RATE_SHAPE) * RATE_MEAN / RATE_SHAPE)
        };
        let leaving = match rhythm {
            Rhythm::Rate(_) => rng.beta(LEAVING.0, LEAVING.1),
            Rhythm::Period(_) => 0.012,
        };
        let spend = Self::spend(&mut rng);
        let first = self.first(present, &rhythm, &mut rng);
        let channel = self.catalogue.any_channel(&mut rng);
        let store = self.catalogue.any_store(&mut rng);
        Customer { rng, number, rhythm, leaving, spend, first, present, channel, store }
    }

    /// Shop time of the first purchase, which always lies in the window.
    fn first(&self, present: bool, rhythm: &Rhythm, rng: &mut impl Chance) -> f64 {
        let span = self.calendar.span();
        let u = rng.uniform();
        let t = match rhythm {
            // Exponential, on condition that it is within the window.
            Rhythm::Rate(rate) if present && rate * span > 1e-6 => {
                -libm::log(1.0 - u * (1.0 - libm::exp(-rate * span))) / rate
            }
            Rhythm::Period(period) if present => u * period.min(span),
            // A density that rises linearly from 1 to GROWTH over the window.
            _ => span * ((1.0 + u * (GROWTH * GROWTH - 1.0)).sqrt() - 1.0) / (GROWTH - 1.0),
        };
        // Rounding must not move the purchase past the last day.
        t.min(span * (1.0 - 1e-9))
    }

    /// Calls `found` with each purchase and return of a customer on the days `from..to`. Returns the shop time from the
    /// last purchase before `to` until the next one; none if the customer has left for good by then.
    pub(super) fn live(
        &self,
        number: u32,
        from: u32,
        to: u32,
        mut found: impl FnMut(u32, Event),
    ) -> Option<f64> {
        let mut customer = self.customer(number);
        let mut time = Some(customer.first);
        let mut last = customer.first;
        let mut repeat = false;
        while let Some(t) = time {
            let Some(day) = self.calendar.day_at(t).filter(|day| *day < to) else { return Some(t - last) };
            let sale = customer.sale();
            let mut keep = |day: u32, kind, back| {
                if (from..to).contains(&day) {
                    found(day, sale.event(kind, back, self.calendar, self.catalogue));
                }
            };
            keep(day, EventKind::Sale, 0);
            if let Some(back) = sale.returned_after(self.lines) {
                keep(day + u32::from(back), EventKind::Return, back);
            }
            last = t;
            time = customer.gap(repeat).map(|gap| t + gap);
            repeat = true;
        }
        None
    }

    /// What the shop knows of the customer with this number.
    pub(super) fn profile(&self, customer: &Customer) -> Profile {
        let mut rng = Mix::new(self.seed ^ u64::from(customer.number), 202);
        let joined_on = self.joined_on(customer, &mut rng);
        let birthday = rng.happens(0.86).then(|| birthday(&mut rng));
        let home = if rng.happens(0.88) { customer.store } else { self.catalogue.any_store(&mut rng) };
        let gender = match rng.uniform() {
            u if u < 0.53 => Some("f"),
            u if u < 0.92 => Some("m"),
            _ => None,
        };
        let manager = self.staff.chosen(customer.store, customer.leaving, &mut rng);
        Profile {
            joined_on,
            birthday,
            city: self.catalogue.stores.get(usize::from(home)).map_or("Shanghai", |store| store.city),
            gender,
            manager,
        }
    }

    /// For most, the day of the first purchase; some register up to a month earlier. Customers present when the history
    /// begins registered up to three years before it.
    fn joined_on(&self, customer: &Customer, rng: &mut Mix) -> Date {
        let first = self.calendar.day_at(customer.first).and_then(|day| self.calendar.day(day));
        let first = first.map_or(self.calendar.first(), |day| day.date);
        let (from, before) = if customer.present {
            (self.calendar.first(), 1 + rng.below(1095))
        } else {
            (first, if rng.happens(0.7) { 0 } else { rng.below(30) })
        };
        from.checked_sub(i64::from(before).days()).unwrap_or(from)
    }
}

fn birthday(rng: &mut Mix) -> Date {
    // Years of birth lie around 1986, between 1946 and 2007.
    let year = (1986.0 + 11.0 * rng.normal()).round().clamp(1946.0, 2007.0) as i16;
    let new_year = date(year, 1, 1);
    new_year.checked_add(i64::from(rng.below(365)).days()).unwrap_or(new_year)
}

impl Customer {
    /// Whether the customer buys in a steady rhythm.
    pub(super) fn is_regular(&self) -> bool {
        matches!(self.rhythm, Rhythm::Period(_))
    }

    /// A purchase, without its day.
    fn sale(&mut self) -> Sale {
        let seed = self.rng.next_u32();
        Sale { customer: self.number, seed, spend: self.spend, channel: self.channel, store: self.store }
    }

    /// Shop time until the next purchase; none if the customer leaves, which can only follow a repeat purchase.
    fn gap(&mut self, repeat: bool) -> Option<f64> {
        if repeat && self.rng.happens(self.leaving) {
            return None;
        }
        Some(match self.rhythm {
            Rhythm::Rate(rate) => self.rng.exponential() / rate,
            Rhythm::Period(period) => period * (1.0 + 0.15 * self.rng.normal()).max(0.3),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_people<T>(test: impl FnOnce(&People) -> T) -> Result<T, jiff::Error> {
        let calendar = Calendar::new(date(2026, 10, 31), 760)?;
        let catalogue = Catalogue::new(42, calendar.first(), date(2026, 10, 31));
        Ok(test(&People::new(42, 1.6, &calendar, &catalogue)))
    }

    fn life(people: &People, number: u32, from: u32, to: u32) -> Vec<(u32, Event)> {
        let mut events = Vec::new();
        people.live(number, from, to, |day, event| events.push((day, event)));
        events
    }

    #[test]
    fn every_customer_buys_and_has_joined_by_then() -> Result<(), jiff::Error> {
        with_people(|people| {
            for number in 1..500 {
                let events = life(people, number, 0, 760);
                let (day, first) = events.first().expect("a purchase");
                assert_eq!(first.kind, EventKind::Sale);
                let day = people.calendar.day(*day).expect("a day of the window").date;
                assert!(people.profile(&people.customer(number)).joined_on <= day);
            }
        })
    }

    #[test]
    fn a_life_told_in_parts_is_the_life() -> Result<(), jiff::Error> {
        with_people(|people| {
            for number in 1..200 {
                let mut parts = life(people, number, 0, 300);
                parts.extend(life(people, number, 300, 760));
                let mut whole = life(people, number, 0, 760);
                parts.sort_unstable();
                whole.sort_unstable();
                assert_eq!(parts, whole);
            }
        })
    }

    #[test]
    fn most_revenue_comes_from_few() -> Result<(), jiff::Error> {
        let mut values: Vec<f64> = with_people(|people| {
            let value = |n| life(people, n, 0, 760).iter().map(|(_, event)| f64::from(event.spend)).sum();
            (1..4000).map(value).collect()
        })?;
        values.sort_by(|a, b| b.total_cmp(a));
        let share = values.iter().take(values.len() / 5).sum::<f64>() / values.iter().sum::<f64>();
        assert!((0.65..0.8).contains(&share), "the best fifth of customers brings {share}");
        Ok(())
    }
}
