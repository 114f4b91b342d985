//! Orders: what a basket contains, what is returned, and which rows a faulty interface sends twice.
//!
//! An order is stored as an [`Event`] of 20 bytes. Everything else about it follows from its seed and can be generated
//! again when it is needed: on its day, on the day of its return, and in the file of the next day.

use super::Defects;
use super::calendar::{Calendar, Day};
use super::catalogue::Catalogue;
use super::chance::{Chance, Mix};

/// Share of rows that are a second copy of another row.
const COPIED: f64 = 0.003;
/// Share of order lines that are returned.
const RETURNED: f64 = 0.032;
/// Longest time until a return, in days.
const RETURN_DAYS: u32 = 21;
/// Share of lines with a discount, on an ordinary day and during a campaign.
const DISCOUNTED: (f64, f64) = (0.14, 0.45);
/// Shape of an order's value around the customer's mean, as in the gamma-gamma model.
const VALUE_SHAPE: f64 = 4.0;
/// Share of orders in the customer's own channel, and of store orders in the home store.
const FAITHFUL: f64 = 0.82;

/// The customer number of a purchase without a customer.
pub(super) const NOBODY: u32 = u32::MAX;

/// The kind of an event. The order of the variants is the order of rows at the same second: a return's id begins with
/// `R` and sorts before the others, which begin with `T`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum EventKind {
    Return,
    Sale,
    AmountMissing,
    AmountZero,
    TimeMissing,
    TimeOutside,
    PriceNegative,
}

impl EventKind {
    /// The kinds of broken rows.
    pub(super) const BROKEN: [Self; 5] =
        [Self::AmountMissing, Self::AmountZero, Self::TimeMissing, Self::TimeOutside, Self::PriceNegative];
}

/// Something that happens on a day. The derived order is the order within the day; different events never compare
/// equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Event {
    pub(super) second: u32,
    pub(super) kind: EventKind,
    /// [`NOBODY`] if the purchase has no customer.
    pub(super) customer: u32,
    seed: u32,
    /// Days since the purchase that a return belongs to.
    back: u8,
    channel: u8,
    store: u8,
    /// The customer's mean order value in cents.
    pub(super) spend: u32,
}

/// When a second copy of a row is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Copied {
    SameDay,
    NextDay,
}

/// A purchase before its place and time are decided.
pub(super) struct Sale {
    pub(super) customer: u32,
    pub(super) seed: u32,
    pub(super) spend: u32,
    /// The buyer's preferred channel and home store.
    pub(super) channel: u8,
    pub(super) store: u8,
}

/// One row of an order; money in cents. In a return, quantity and money are negative, but the unit price is not.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) product: u16,
    pub(super) quantity: i32,
    pub(super) price: i64,
    pub(super) discount: i64,
    pub(super) amount: Option<i64>,
    pub(super) cost: i64,
}

fn key(customer: u32, seed: u32) -> u64 {
    u64::from(customer) << 32 | u64::from(seed)
}

impl Sale {
    /// After how many days a line of the order is returned, if any is, in a shop with `lines` lines per order.
    pub(super) fn returned_after(&self, lines: f64) -> Option<u8> {
        let mut mix = Mix::new(key(self.customer, self.seed), 1);
        // Early returns are more common: the smaller of two draws.
        mix.happens((RETURNED * lines).min(0.9))
            .then(|| (1 + mix.below(RETURN_DAYS).min(mix.below(RETURN_DAYS))) as u8)
    }

    /// The event of this purchase, or of its return `back` days later.
    pub(super) fn event(
        &self,
        kind: EventKind,
        back: u8,
        calendar: &Calendar,
        catalogue: &Catalogue,
    ) -> Event {
        let mut mix = Mix::new(key(self.customer, self.seed), 2);
        let channel = if mix.happens(FAITHFUL) { self.channel } else { catalogue.any_channel(&mut mix) };
        let store = if mix.happens(FAITHFUL) { self.store } else { catalogue.any_store(&mut mix) };
        // A return takes the second draw and has its own time.
        let mut second = calendar.second(channel == 0, &mut mix);
        if kind == EventKind::Return {
            second = calendar.second(channel == 0, &mut mix);
        }
        let (customer, seed, spend) = (self.customer, self.seed, self.spend);
        Event { second, kind, customer, seed, back, channel, store, spend }
    }
}

impl Event {
    /// A broken row of this event's customer, at another second and with other goods.
    pub(super) fn broken(self, kind: EventKind, second: u32, seed: u32) -> Self {
        Self { second, kind, seed, back: 0, ..self }
    }

    /// The channel's position, and the store's position if the channel has stores.
    pub(super) fn place(self) -> (usize, Option<usize>) {
        (usize::from(self.channel), (self.channel == 0).then_some(usize::from(self.store)))
    }

    /// How many days ago the goods were bought.
    pub(super) fn back(self) -> u32 {
        u32::from(self.back)
    }

    /// When a line of the event is sent twice, in a shop with `lines` lines per order. Only valid rows are sent twice:
    /// a row has at most one defect.
    pub(super) fn copied(self, lines: f64) -> Option<Copied> {
        let lines = match self.kind {
            EventKind::Sale if self.customer != NOBODY => lines,
            EventKind::Return => 1.0,
            _ => return None,
        };
        let mut mix = Mix::new(key(self.customer, self.seed), 4 + self.kind as u64);
        mix.happens(COPIED * lines).then(|| if mix.happens(0.5) { Copied::SameDay } else { Copied::NextDay })
    }

    /// Which of the event's `count` lines is copied or returned.
    pub(super) fn pick(self, count: usize) -> usize {
        Mix::new(key(self.customer, self.seed), 3).below(count as u32) as usize
    }

    /// Fills `lines` with the rows of the event. `bought` is the day of the purchase, `mean` the mean number of
    /// lines of an order.
    pub(super) fn lines(self, bought: &Day, mean: f64, catalogue: &Catalogue, lines: &mut Vec<Line>) {
        lines.clear();
        let mut mix = Mix::new(key(self.customer, self.seed), 0);
        let one = !matches!(self.kind, EventKind::Sale | EventKind::Return);
        let mut count = 1.0;
        while !one && mix.happens(1.0 - 1.0 / mean) {
            count += 1.0;
        }
        let value = f64::from(self.spend) * mix.gamma(VALUE_SHAPE) / VALUE_SHAPE;
        let mut left = count;
        while left > 0.0 {
            left -= 1.0;
            let cents = value / count * (0.5 + mix.uniform());
            lines.extend(line(cents, bought.campaign, catalogue, &mut mix));
        }
        let mut which = Mix::new(key(self.customer, self.seed), 12);
        for line in lines.iter_mut() {
            line.product = catalogue.sold(line.product, bought.date, which.uniform());
        }
        match self.kind {
            EventKind::Sale => {}
            EventKind::Return => {
                let returned = lines.get(self.pick(lines.len())).copied();
                lines.clear();
                lines.extend(returned.map(Line::returned));
            }
            broken => lines.iter_mut().for_each(|line| line.spoil(broken)),
        }
    }
}

/// A line worth about `cents`.
fn line(cents: f64, campaign: bool, catalogue: &Catalogue, mix: &mut Mix) -> Option<Line> {
    let (position, product) = catalogue.product_near(cents, mix)?;
    let quantity = (cents / product.price as f64).round().clamp(1.0, 12.0) as i32;
    let gross = i64::from(quantity) * product.price;
    let discounted = if campaign { DISCOUNTED.1 } else { DISCOUNTED.0 };
    // 5, 10, 15 or 20 per cent.
    let percent = if mix.happens(discounted) { 5 * i64::from(1 + mix.below(4)) } else { 0 };
    let discount = gross * percent / 100;
    Some(Line {
        product: position,
        quantity,
        price: product.price,
        discount,
        amount: Some(gross - discount),
        cost: i64::from(quantity) * product.cost,
    })
}

impl Line {
    fn returned(self) -> Self {
        Self {
            quantity: -self.quantity,
            discount: -self.discount,
            amount: self.amount.map(|amount| -amount),
            cost: -self.cost,
            ..self
        }
    }

    fn spoil(&mut self, kind: EventKind) {
        match kind {
            EventKind::AmountMissing => self.amount = None,
            EventKind::AmountZero => self.amount = Some(0),
            EventKind::PriceNegative => {
                self.price = -self.price;
                self.discount = 0;
                self.amount = Some(i64::from(self.quantity) * self.price);
            }
            EventKind::Sale | EventKind::Return | EventKind::TimeMissing | EventKind::TimeOutside => {}
        }
    }
}

impl Defects {
    /// Counts the rows of an event.
    pub(super) fn count(&mut self, event: Event, rows: u64) {
        match event.kind {
            EventKind::Sale if event.customer == NOBODY => self.no_customer += rows,
            EventKind::Sale | EventKind::Return => {}
            EventKind::AmountMissing => self.amount_missing += rows,
            EventKind::AmountZero => self.amount_zero += rows,
            EventKind::TimeMissing => self.time_missing += rows,
            EventKind::TimeOutside => self.time_outside += rows,
            EventKind::PriceNegative => self.price_negative += rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn lines_of(kind: EventKind, seed: u32, mean: f64) -> Result<Vec<Line>, jiff::Error> {
        let calendar = Calendar::new(date(2026, 10, 31), 30)?;
        let catalogue = Catalogue::new(42, calendar.first(), date(2026, 10, 31));
        let sale = Sale { customer: 9, seed, spend: 20_000, channel: 0, store: 3 };
        let mut lines = Vec::new();
        let day = calendar.day(0).expect("a day");
        sale.event(kind, 0, &calendar, &catalogue).lines(day, mean, &catalogue, &mut lines);
        Ok(lines)
    }

    #[test]
    fn amounts_follow_from_quantity_price_and_discount() -> Result<(), jiff::Error> {
        for seed in 0..200 {
            for kind in [EventKind::Sale, EventKind::Return] {
                for line in lines_of(kind, seed, 2.0)? {
                    let gross = i64::from(line.quantity) * line.price;
                    assert_eq!(line.amount, Some(gross - line.discount));
                    assert_eq!(line.amount < Some(0), kind == EventKind::Return);
                }
            }
        }
        Ok(())
    }

    #[test]
    fn a_return_takes_back_a_line_of_its_order() -> Result<(), jiff::Error> {
        for seed in 0..100 {
            let order = lines_of(EventKind::Sale, seed, 3.0)?;
            let back = lines_of(EventKind::Return, seed, 3.0)?;
            assert_eq!(back.len(), 1);
            let same = |line: &Line| line.product == back[0].product && line.quantity == -back[0].quantity;
            assert!(order.iter().any(same));
        }
        Ok(())
    }

    #[test]
    fn one_line_an_order_is_one_row() -> Result<(), jiff::Error> {
        for seed in 0..100 {
            assert_eq!(lines_of(EventKind::Sale, seed, 1.0)?.len(), 1);
        }
        let rows: usize =
            (0..2000).map(|seed| lines_of(EventKind::Sale, seed, 1.6).map_or(0, |l| l.len())).sum();
        assert!((3000..3400).contains(&rows), "{rows} rows of 2000 orders");
        Ok(())
    }
}
