//! The shop's programme: recipients of its campaigns, the card register, and entries of points.
//!
//! All of it follows from what customers buy, and does not change that. Recipients and the control group are drawn at
//! random, and no campaign makes anybody buy more: a report that finds an effect here found chance. Cards follow two
//! rules, 300 and 3,000 yuan on one day, with the errors of a real register: some customers qualify and never get a
//! card, some get a card without qualifying.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::calendar::epoch_days;
use super::campaigns::{Campaign, Letters};
use super::catalogue::Catalogue;
use super::chance::{Chance, Mix};
use super::columns::{Batch, MONEY, customers, days, money, optional_days, optional_texts, schema, texts};
use super::day::Days;
use super::fact::{Fact, Written};
use super::life::{Bought, Life};

/// Spend on one day, in cents, that qualifies for the two cards.
const GOLD: i64 = 30_000;
const DIAMOND: i64 = 300_000;
/// Cents that earn a point.
const POINT: i64 = 1_000;
/// Points of the smallest reward, and the price up to which an item may be chosen for it, in cents.
const REWARD: i64 = 1_000;
const REWARD_WORTH: i64 = 20_000;

/// A row of `responses`; the campaign is given by its position.
pub(super) struct Response {
    campaign: usize,
    customer: u32,
    arm: &'static str,
    responded_on: Option<Date>,
}

/// A row of `members`.
pub(super) struct CardEvent {
    customer: u32,
    day: Date,
    event: &'static str,
    tier: &'static str,
    card_no: Option<String>,
}

/// A row of `points`.
pub(super) struct Entry {
    customer: u32,
    pub(super) day: Date,
    kind: &'static str,
    points: i64,
    /// The product's position.
    product: Option<usize>,
    pub(super) cost: Option<i64>,
}

/// The rows of some customers.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) responses: Vec<Response>,
    pub(super) cards: Vec<CardEvent>,
    pub(super) entries: Vec<Entry>,
}

/// The programme of a shop.
pub(super) struct Programme<'a> {
    days: &'a Days<'a>,
    campaigns: &'a [Campaign],
    first_day: Date,
    last_day: Date,
}

impl<'a> Programme<'a> {
    pub(super) fn new(days: &'a Days<'a>, campaigns: &'a [Campaign]) -> Self {
        let (first_day, last_day) = (days.calendar.first(), days.shop.last_day);
        Self { days, campaigns, first_day, last_day }
    }

    /// Adds the customer's part.
    pub(super) fn customer(&self, life: &Life, rows: &mut Rows) {
        let (number, history) = (life.number(), &life.history);
        let mut rng = Mix::new(self.days.shop.seed ^ u64::from(number), 301);
        self.letters(number, history, &mut rng, rows);
        let mut rng = Mix::new(self.days.shop.seed ^ u64::from(number), 302);
        let earns_from = self.cards(life, &mut rng, rows);
        let mut rng = Mix::new(self.days.shop.seed ^ u64::from(number), 303);
        if let Some(from) = earns_from {
            self.points(number, history, from, &mut rng, rows);
        }
    }

    /// Letters go to some of those who bought within the last year.
    fn letters(&self, customer: u32, history: &[Bought], rng: &mut Mix, rows: &mut Rows) {
        for (position, campaign) in self.campaigns.iter().enumerate() {
            let share = match campaign.yearly.letters {
                Letters::None => continue,
                Letters::Trial => 0.7,
                Letters::TreatedOnly => 0.12,
            };
            let (asked, held_back, used) = (rng.happens(share), rng.happens(0.3), rng.happens(0.55));
            let year_before = campaign.starts_on.checked_sub(365.days()).unwrap_or(campaign.starts_on);
            let known =
                |bought: &Bought| bought.sale && (year_before..campaign.starts_on).contains(&bought.day);
            if !asked || !history.iter().any(known) {
                continue;
            }
            let control = held_back && campaign.yearly.letters == Letters::Trial;
            let within = |bought: &&Bought| {
                bought.sale && (campaign.starts_on..=campaign.ends_on).contains(&bought.day)
            };
            let responded_on =
                history.iter().find(within).filter(|_| used && !control).map(|bought| bought.day);
            let arm = if control { "control" } else { "treated" };
            rows.responses.push(Response { campaign: position, customer, arm, responded_on });
        }
    }

    /// The customer's cards; returns the day from which points are earned, if any.
    fn cards(&self, life: &Life, rng: &mut Mix, rows: &mut Rows) -> Option<Date> {
        let (customer, history, joined_on) = (life.number(), &life.history, life.profile.joined_on);
        let reached =
            |cents: i64| history.iter().find(|bought| bought.net() >= cents).map(|bought| bought.day);
        let later = |day: Date, days: u32| {
            day.checked_add(i64::from(days).days()).map_or(self.last_day, |day| day.min(self.last_day))
        };
        let mut push = |day, event, tier, numbered: bool| {
            let prefix = if tier == "gold" { 61 } else { 62 };
            let card_no = numbered.then(|| format!("{prefix}{customer:010}"));
            rows.cards.push(CardEvent { customer, day, event, tier, card_no });
        };
        let (old, asks, wait) = (rng.happens(0.3), rng.happens(0.93), rng.below(3));
        let gold = match reached(GOLD) {
            // Cards from before the history.
            _ if joined_on < self.first_day && old => Some(joined_on),
            Some(day) if asks => Some(later(day, wait)),
            _ => None,
        };
        let earns_from = reached(GOLD).or_else(|| gold.filter(|day| *day < self.first_day));
        let Some(gold) = gold else { return earns_from };
        push(gold, "issued", "gold", true);
        let (answer, wait) = (rng.uniform(), 2 + rng.below(9));
        match reached(DIAMOND) {
            Some(day) if answer < 0.7 => push(later(day.max(gold), wait), "approved", "diamond", true),
            Some(day) if answer < 0.8 => push(later(day.max(gold), wait), "rejected", "diamond", false),
            Some(_) => {}
            // A card as a favour: close to the rule, but below it.
            None => {
                if let Some(day) = reached(DIAMOND * 2 / 3).filter(|_| answer < 0.4) {
                    push(later(day.max(gold), wait), "granted", "diamond", true);
                }
            }
        }
        let (leaves, after) = (rng.happens(0.025), 60 + rng.below(500));
        let closed = gold.checked_add(i64::from(after).days()).unwrap_or(self.last_day);
        if leaves && closed > self.first_day && closed < self.last_day {
            push(closed, "closed", "gold", false);
        }
        earns_from
    }

    /// The points entries of a customer who earns points from a day on. Redemption is limited by a balance without
    /// bonuses: a true balance is seldom below zero.
    fn points(&self, customer: u32, history: &[Bought], from: Date, rng: &mut Mix, rows: &mut Rows) {
        let mut push = |day, kind, points, product: Option<usize>, cost| {
            rows.entries.push(Entry { customer, day, kind, points, product, cost });
        };
        let mut balance = 0;
        if from < self.first_day {
            let opening = i64::from(rng.below(30) * rng.below(30));
            balance = opening;
            push(self.first_day.yesterday().unwrap_or(self.first_day), "opening", opening, None, None);
        }
        let mut last = from;
        for bought in history.iter().filter(|bought| bought.day >= from) {
            let year_end = date(last.year(), 12, 31);
            // After a year without a purchase, the balance expires at the end of the year in which this happens.
            let gone = bought.day.since(last).map_or(0, |gap| gap.get_days()) > 365;
            if gone && balance > 0 && year_end < bought.day {
                let next = date(last.year() + 1, 12, 31).min(bought.day.yesterday().unwrap_or(bought.day));
                push(next, "expire", -balance, None, None);
                balance = 0;
            }
            last = bought.day;
            balance += bought.sums.iter().map(|sum| sum / POINT).sum::<i64>();
            if rng.happens(0.004) {
                push(bought.day, "adjust", 50, None, None);
                balance += 50;
            }
            let (redeems, how, pick) = (rng.happens(0.35), rng.uniform(), rng.below(480) as usize);
            if !redeems || !bought.sale || balance < REWARD {
                continue;
            }
            let (kind, product, cost) = if how < 0.7 {
                let product = reward(self.days.catalogue, pick);
                (
                    "redeem_item",
                    Some(product),
                    self.days.catalogue.products.get(product).map(|item| item.price),
                )
            } else if how < 0.85 {
                ("redeem_cash", None, Some(REWARD_WORTH / 2))
            } else {
                ("voucher", None, Some(REWARD_WORTH))
            };
            push(bought.day, kind, -REWARD, product, cost);
            balance -= REWARD;
        }
    }
}

/// The first product, from a position on, that the smallest reward allows and that is not cheap.
fn reward(catalogue: &Catalogue, from: usize) -> usize {
    let fits = |position: &usize| {
        let price = catalogue.products.get(*position).map_or(0, |product| product.price);
        (REWARD_WORTH / 2..=REWARD_WORTH).contains(&price)
    };
    (from..480).chain(0..from).find(fits).unwrap_or(from)
}

impl Fact for Response {
    const FILE: &'static str = "responses.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("campaign_id", DataType::Utf8, false),
            ("customer_id", DataType::Utf8, false),
            ("arm", DataType::Utf8, false),
            ("sent_on", DataType::Date32, false),
            ("responded_on", DataType::Date32, true),
        ])
    }

    fn batch(list: &[Self], shop: &Written) -> Batch {
        let campaign = |response: &Self| shop.campaigns.get(response.campaign);
        let columns = vec![
            texts(list.iter().map(|row| campaign(row).map_or("", |campaign| campaign.id.as_str()))),
            customers(list.iter().map(|row| row.customer), shop.digits),
            texts(list.iter().map(|row| row.arm)),
            days(list.iter().map(|row| campaign(row).map_or(0, |campaign| epoch_days(campaign.starts_on)))),
            optional_days(list.iter().map(|row| row.responded_on.map(epoch_days))),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}

impl Fact for CardEvent {
    const FILE: &'static str = "members.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("customer_id", DataType::Utf8, false),
            ("day", DataType::Date32, false),
            ("event", DataType::Utf8, false),
            ("tier", DataType::Utf8, false),
            ("card_no", DataType::Utf8, true),
        ])
    }

    fn batch(list: &[Self], shop: &Written) -> Batch {
        let columns = vec![
            customers(list.iter().map(|row| row.customer), shop.digits),
            days(list.iter().map(|row| epoch_days(row.day))),
            texts(list.iter().map(|row| row.event)),
            texts(list.iter().map(|row| row.tier)),
            optional_texts(list.iter().map(|row| row.card_no.as_deref())),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}

impl Fact for Entry {
    const FILE: &'static str = "points.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("customer_id", DataType::Utf8, false),
            ("day", DataType::Date32, false),
            ("kind", DataType::Utf8, false),
            ("points", DataType::Int64, false),
            ("product_id", DataType::Utf8, true),
            ("cost", MONEY, true),
        ])
    }

    fn batch(list: &[Self], shop: &Written) -> Batch {
        let product = |row: &Self| shop.days.catalogue.products.get(row.product?);
        let columns = vec![
            customers(list.iter().map(|row| row.customer), shop.digits),
            days(list.iter().map(|row| epoch_days(row.day))),
            texts(list.iter().map(|row| row.kind)),
            Arc::new(Int64Array::from_iter_values(list.iter().map(|row| row.points))),
            optional_texts(list.iter().map(|row| product(row).map(|product| product.id.as_str()))),
            money(list.iter().map(|row| row.cost)),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}
