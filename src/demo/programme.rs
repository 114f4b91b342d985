//! The shop's programme: campaigns and their recipients, the card register, and entries of points.
//!
//! All of it follows from what customers buy, and does not change that. Recipients and the control group are drawn at
//! random, and no campaign makes anybody buy more: a report that finds an effect here found chance. Cards follow two
//! rules, 300 and 3,000 yuan on one day, with the errors of a real register: some customers qualify and never get a
//! card, some get a card without qualifying.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::calendar::epoch_days;
use super::catalogue::Catalogue;
use super::chance::{Chance, Mix};
use super::day::Days;
use super::order::EventKind;
use super::parallel::parallel;
use super::transactions::Id;
use super::write::{MONEY, Table};
use super::{BLOCK, DemoError, Shop};

/// The files of this part.
pub(super) const FILES: [&str; 4] =
    ["campaigns.parquet", "responses.parquet", "members.parquet", "points.parquet"];

/// Blocks of customers in memory at a time.
const BLOCKS: usize = 32;
/// Spend on one day, in cents, that qualifies for the two cards.
const GOLD: i64 = 30_000;
const DIAMOND: i64 = 300_000;
/// Cents that earn a point.
const POINT: i64 = 1_000;
/// Points of the smallest reward, and the price up to which an item may be chosen for it, in cents.
const REWARD: i64 = 1_000;
const REWARD_WORTH: i64 = 20_000;

/// Who gets a campaign's letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    None,
    /// A treated arm and a control.
    Trial,
    /// A treated arm alone.
    TreatedOnly,
}

/// A campaign that is repeated every year.
struct Yearly {
    name: &'static str,
    kind: &'static str,
    from: (i8, i8),
    to: (i8, i8),
    /// In yuan.
    cost: i64,
    letters: Letters,
}

const fn yearly(
    name: &'static str,
    kind: &'static str,
    (from, to): ((i8, i8), (i8, i8)),
    cost: i64,
    letters: Letters,
) -> Yearly {
    Yearly { name, kind, from, to, cost, letters }
}

const CAMPAIGNS: [Yearly; 9] = [
    yearly("Winter coupon", "promotion", ((1, 5), (1, 20)), 6_000, Letters::Trial),
    yearly("Double points on Wednesdays", "double_points", ((2, 1), (4, 30)), 9_000, Letters::None),
    yearly("Spring coupon", "promotion", ((3, 10), (3, 30)), 6_500, Letters::Trial),
    yearly("Welcome-back coupon", "promotion", ((5, 6), (5, 26)), 7_500, Letters::Trial),
    yearly("Summer festival", "festival", ((6, 1), (6, 18)), 24_000, Letters::None),
    yearly("Late summer coupon", "promotion", ((8, 15), (9, 5)), 6_000, Letters::Trial),
    yearly("Members' evening", "event", ((9, 18), (9, 24)), 12_000, Letters::TreatedOnly),
    yearly("Autumn coupon", "promotion", ((10, 9), (10, 25)), 7_000, Letters::Trial),
    yearly("November festival", "festival", ((11, 1), (11, 11)), 30_000, Letters::None),
];

/// A campaign of one year.
struct Campaign {
    id: String,
    yearly: &'static Yearly,
    starts_on: Date,
    ends_on: Date,
}

/// The campaigns that lie within the history.
fn campaigns(first_day: Date, last_day: Date) -> Vec<Campaign> {
    let mut found = Vec::new();
    for year in first_day.year()..=last_day.year() {
        for yearly in &CAMPAIGNS {
            let starts_on = date(year, yearly.from.0, yearly.from.1);
            let ends_on = date(year, yearly.to.0, yearly.to.1);
            if starts_on >= first_day && ends_on <= last_day {
                found.push(Campaign { id: format!("K{:03}", found.len() + 1), yearly, starts_on, ends_on });
            }
        }
    }
    found
}

/// What a customer bought on a day: the sum of each transaction in cents, returns below zero.
struct Bought {
    day: Date,
    sums: Vec<i64>,
    sale: bool,
}

impl Bought {
    fn net(&self) -> i64 {
        self.sums.iter().sum()
    }
}

/// The days on which a customer bought or returned something, in order.
fn history(days: &Days, number: u32) -> Vec<Bought> {
    let mut events = Vec::new();
    days.people.live(number, 0, days.shop.days, |day, event| events.push((day, event)));
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
        let sale = event.kind == EventKind::Sale;
        match history.last_mut() {
            Some(last) if last.day == today.date => {
                last.sums.push(sum);
                last.sale |= sale;
            }
            _ => history.push(Bought { day: today.date, sums: vec![sum], sale }),
        }
    }
    history
}

/// A row of `responses`; the campaign is given by its position.
struct Response {
    campaign: usize,
    customer: u32,
    arm: &'static str,
    responded_on: Option<Date>,
}

/// A row of `members`.
struct CardEvent {
    customer: u32,
    day: Date,
    event: &'static str,
    tier: &'static str,
    card_no: Option<String>,
}

/// A row of `points`.
struct Entry {
    customer: u32,
    day: Date,
    kind: &'static str,
    points: i64,
    /// The product's position.
    product: Option<usize>,
    cost: Option<i64>,
}

/// The rows of some customers.
#[derive(Default)]
struct Rows {
    responses: Vec<Response>,
    cards: Vec<CardEvent>,
    entries: Vec<Entry>,
}

/// The input for generating a customer's part.
struct Programme<'a> {
    days: &'a Days<'a>,
    campaigns: &'a [Campaign],
    first_day: Date,
    last_day: Date,
}

impl Programme<'_> {
    fn customer(&self, number: u32, rows: &mut Rows) {
        let history = history(self.days, number);
        let mut rng = Mix::new(self.days.shop.seed ^ u64::from(number), 301);
        self.letters(number, &history, &mut rng, rows);
        let mut rng = Mix::new(self.days.shop.seed ^ u64::from(number), 302);
        let earns_from = self.cards(number, &history, &mut rng, rows);
        let mut rng = Mix::new(self.days.shop.seed ^ u64::from(number), 303);
        if let Some(from) = earns_from {
            self.points(number, &history, from, &mut rng, rows);
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
    fn cards(&self, customer: u32, history: &[Bought], rng: &mut Mix, rows: &mut Rows) -> Option<Date> {
        let person = self.days.people.customer(customer);
        let joined_on = self.days.people.profile(&person).joined_on;
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

/// Writes the four files of the programme; returns their size in bytes. `told` receives the progress in thousandths.
pub(super) fn write(days: &Days, stage: &Path, told: &dyn Fn(u32)) -> Result<u64, DemoError> {
    let shop: &Shop = days.shop;
    let (first_day, last_day) = (days.calendar.first(), shop.last_day);
    let campaigns = campaigns(first_day, last_day);
    let programme = Programme { days, campaigns: &campaigns, first_day, last_day };
    let digits = shop.customer_digits();
    let mut responses = Table::create(&stage.join("responses.parquet"), response_schema())?;
    let mut cards = Table::create(&stage.join("members.parquet"), card_schema())?;
    let mut entries = Table::create(&stage.join("points.parquet"), entry_schema())?;
    let count = shop.customers as u32;
    let blocks = count.div_ceil(BLOCK) as usize;
    for start in (0..blocks).step_by(BLOCKS) {
        let block = |done: &mut Vec<(usize, Rows)>, number: usize| {
            let mut rows = Rows::default();
            let first = (start + number) as u32 * BLOCK + 1;
            for customer in first..=(first + BLOCK - 1).min(count) {
                programme.customer(customer, &mut rows);
            }
            done.push((number, rows));
            Ok(())
        };
        let tasks = BLOCKS.min(blocks - start);
        let mut parts: Vec<(usize, Rows)> =
            parallel(shop.threads(), tasks, Vec::new, block, &|_| {})?.into_iter().flatten().collect();
        parts.sort_unstable_by_key(|(number, _)| *number);
        for (_, rows) in parts {
            responses.push(response_batch(&rows.responses, &campaigns, digits))?;
            cards.push(card_batch(&rows.cards, digits))?;
            entries.push(entry_batch(&rows.entries, days.catalogue, digits))?;
        }
        told(((start + tasks) * 1000 / blocks) as u32);
    }
    let mut list = Table::create(&stage.join("campaigns.parquet"), campaign_schema())?;
    list.push(campaign_batch(&campaigns))?;
    Ok(list.close()? + responses.close()? + cards.close()? + entries.close()?)
}

fn schema(fields: &[(&str, DataType, bool)]) -> SchemaRef {
    let field = |(name, kind, nullable): &(&str, DataType, bool)| Field::new(*name, kind.clone(), *nullable);
    Arc::new(Schema::new(fields.iter().map(field).collect::<Vec<_>>()))
}

fn campaign_schema() -> SchemaRef {
    schema(&[
        ("campaign_id", DataType::Utf8, false),
        ("name", DataType::Utf8, false),
        ("kind", DataType::Utf8, false),
        ("starts_on", DataType::Date32, false),
        ("ends_on", DataType::Date32, false),
        ("cost", MONEY, true),
    ])
}

fn response_schema() -> SchemaRef {
    schema(&[
        ("campaign_id", DataType::Utf8, false),
        ("customer_id", DataType::Utf8, false),
        ("arm", DataType::Utf8, false),
        ("sent_on", DataType::Date32, false),
        ("responded_on", DataType::Date32, true),
    ])
}

fn card_schema() -> SchemaRef {
    schema(&[
        ("customer_id", DataType::Utf8, false),
        ("day", DataType::Date32, false),
        ("event", DataType::Utf8, false),
        ("tier", DataType::Utf8, false),
        ("card_no", DataType::Utf8, true),
    ])
}

fn entry_schema() -> SchemaRef {
    schema(&[
        ("customer_id", DataType::Utf8, false),
        ("day", DataType::Date32, false),
        ("kind", DataType::Utf8, false),
        ("points", DataType::Int64, false),
        ("product_id", DataType::Utf8, true),
        ("cost", MONEY, true),
    ])
}

type Batch = Result<RecordBatch, arrow::error::ArrowError>;

fn texts<'t>(items: impl Iterator<Item = &'t str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(items))
}

fn optional_texts<'t>(items: impl Iterator<Item = Option<&'t str>>) -> ArrayRef {
    Arc::new(items.collect::<StringArray>())
}

fn dates(items: impl Iterator<Item = Date>) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(items.map(epoch_days)))
}

fn money(items: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    let cents: Decimal128Array = items.map(|cents| cents.map(i128::from)).collect();
    Arc::new(cents.with_data_type(MONEY))
}

fn customers(items: impl Iterator<Item = u32>, digits: usize) -> ArrayRef {
    let mut id = Id::default();
    let text = |number| {
        id.customer(number, digits);
        id.text().to_owned()
    };
    Arc::new(StringArray::from_iter_values(items.map(text)))
}

fn campaign_batch(list: &[Campaign]) -> Batch {
    let columns = vec![
        texts(list.iter().map(|campaign| campaign.id.as_str())),
        texts(list.iter().map(|campaign| campaign.yearly.name)),
        texts(list.iter().map(|campaign| campaign.yearly.kind)),
        dates(list.iter().map(|campaign| campaign.starts_on)),
        dates(list.iter().map(|campaign| campaign.ends_on)),
        money(list.iter().map(|campaign| Some(campaign.yearly.cost * 100))),
    ];
    RecordBatch::try_new(campaign_schema(), columns)
}

fn response_batch(list: &[Response], campaigns: &[Campaign], digits: usize) -> Batch {
    let campaign = |response: &Response| campaigns.get(response.campaign);
    let columns = vec![
        texts(list.iter().map(|row| campaign(row).map_or("", |campaign| campaign.id.as_str()))),
        customers(list.iter().map(|row| row.customer), digits),
        texts(list.iter().map(|row| row.arm)),
        dates(list.iter().map(|row| campaign(row).map_or(Date::ZERO, |campaign| campaign.starts_on))),
        Arc::new(list.iter().map(|row| row.responded_on.map(epoch_days)).collect::<Date32Array>()),
    ];
    RecordBatch::try_new(response_schema(), columns)
}

fn card_batch(list: &[CardEvent], digits: usize) -> Batch {
    let columns = vec![
        customers(list.iter().map(|row| row.customer), digits),
        dates(list.iter().map(|row| row.day)),
        texts(list.iter().map(|row| row.event)),
        texts(list.iter().map(|row| row.tier)),
        optional_texts(list.iter().map(|row| row.card_no.as_deref())),
    ];
    RecordBatch::try_new(card_schema(), columns)
}

fn entry_batch(list: &[Entry], catalogue: &Catalogue, digits: usize) -> Batch {
    let product = |row: &Entry| catalogue.products.get(row.product?).map(|product| product.id.clone());
    let products: StringArray = list.iter().map(product).collect();
    let columns = vec![
        customers(list.iter().map(|row| row.customer), digits),
        dates(list.iter().map(|row| row.day)),
        texts(list.iter().map(|row| row.kind)),
        Arc::new(Int64Array::from_iter_values(list.iter().map(|row| row.points))),
        Arc::new(products),
        money(list.iter().map(|row| row.cost)),
    ];
    RecordBatch::try_new(entry_schema(), columns)
}
