//! `events`: what customers do with the shop's app and mini program, and what is sent to them there.
//!
//! The log reaches back a year. How much a customer does there follows from a habit of their own, and from
//! being a customer still: who has left opens the app no more. It hardly follows from spending.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};

use super::super::calendar::epoch_days;
use super::super::catalogue::CHANNELS;
use super::super::chance::{Chance, Mix, between};
use super::super::columns::{Batch, customers, flags, moments, schema, texts, time};
use super::super::fact::{Fact, Written};
use super::super::life::Life;
use super::{Relations, Use};

/// The days that the log reaches back.
const LOG_DAYS: i32 = 365;
/// The share of customers who use the app or the mini program, by the channel that they prefer.
const USERS: [f64; CHANNELS.len()] = [0.06, 0.25, 0.75, 0.06];
/// Days between two pieces of news.
const NEWS_EVERY: i32 = 14;
/// Days after which somebody who has left still opens the app.
const LINGERS: i32 = 30;

/// What kind of user somebody is.
struct Habit {
    share: f64,
    /// Launches a day.
    launches: f64,
    /// The share of launches that a push started.
    pushed: f64,
    /// Means a launch: tabs switched, functions visited, actions done.
    tabs: f64,
    functions: f64,
    actions: f64,
    /// The share of news that is read.
    reads: f64,
}

const fn habit(share: f64, launches: f64, pushed: f64, each: (f64, f64, f64), reads: f64) -> Habit {
    Habit { share, launches, pushed, tabs: each.0, functions: each.1, actions: each.2, reads }
}

/// Those who look around, those who get things done, those who follow a push, and those who hardly come.
const HABITS: [Habit; 4] = [
    habit(0.28, 0.11, 0.15, (2.6, 0.7, 0.5), 0.5),
    habit(0.22, 0.08, 0.1, (0.8, 1.6, 2.2), 0.2),
    habit(0.2, 0.06, 0.75, (0.6, 0.5, 0.4), 0.7),
    habit(0.3, 0.012, 0.3, (0.4, 0.4, 0.3), 0.05),
];

/// A row of `events`.
pub(in crate::demo) struct Touch {
    customer: u32,
    /// In days since 1970-01-01.
    day: i32,
    second: u32,
    event: &'static str,
    from_push: bool,
}

impl Relations<'_> {
    /// Adds what the customer does in the app.
    pub(super) fn touches(&self, life: &Life, rows: &mut Vec<Touch>) {
        let mut rng = self.stream(life, Use::Engagement);
        let uses = USERS.get(usize::from(life.person.channel)).copied().unwrap_or(0.0);
        if !rng.happens(uses) {
            return;
        }
        let habit = pick(&mut rng);
        let eager = rng.gamma(1.6) / 1.6;
        let from = self.first.max(self.last + 1 - LOG_DAYS).max(life.joined());
        let start = rows.len();
        self.sent(life, from, habit, &mut rng, rows);
        let mut day = from;
        loop {
            // Launches at a steady rate; those of somebody who has left stay out.
            day += (rng.exponential() / (habit.launches * eager)).min(1e6) as i32;
            if day > self.last {
                break;
            }
            if stays(life, day) {
                self.launch(life.number(), day, habit, &mut rng, rows);
            }
            day += i32::from(rng.happens(0.5));
        }
        if let Some(own) = rows.get_mut(start..) {
            own.sort_by_key(|touch| (touch.day, touch.second));
        }
    }

    /// News for all users, and messages about purchases.
    fn sent(&self, life: &Life, from: i32, habit: &Habit, rng: &mut Mix, rows: &mut Vec<Touch>) {
        let mut push = |day, second, event| {
            rows.push(Touch { customer: life.number(), day, second, event, from_push: false });
        };
        // The same days for everybody: news is sent to all at once.
        for day in (from..=self.last).filter(|day| day.rem_euclid(NEWS_EVERY) == 0) {
            // Who has left has taken the app off.
            if !stays(life, day) {
                continue;
            }
            push(day, 10 * 3600, "news_received");
            if rng.happens(habit.reads) {
                push(day, 10 * 3600 + 60 + rng.below(12 * 3600), "news_viewed");
            }
        }
        for bought in life.history.iter().filter(|bought| epoch_days(bought.day) >= from) {
            push(epoch_days(bought.day), 22 * 3600 + rng.below(3600), "account_message");
        }
    }

    /// A launch and what is done after it, within the hour.
    fn launch(&self, customer: u32, day: i32, habit: &Habit, rng: &mut Mix, rows: &mut Vec<Touch>) {
        let mut second = self.days.calendar.second(false, rng).min(23 * 3600);
        let from_push = rng.happens(habit.pushed);
        rows.push(Touch { customer, day, second, event: "launch", from_push });
        let kinds =
            [("tab_switch", habit.tabs), ("function_visit", habit.functions), ("action", habit.actions)];
        for (event, mean) in kinds {
            // Geometric, as of somebody who goes on with a steady chance.
            let on = mean / (1.0 + mean);
            let mut count = 0;
            while count < 12 && rng.happens(on) {
                count += 1;
                second += between(5, 90, rng).unsigned_abs();
                rows.push(Touch { customer, day, second, event, from_push: false });
            }
        }
    }
}

/// Whether somebody is a customer still, or has left just now.
fn stays(life: &Life, day: i32) -> bool {
    let last = life.purchases.iter().rfind(|purchase| purchase.day <= day).or(life.purchases.first());
    last.is_some_and(|purchase| match purchase.gap {
        Some(gap) => gap <= 400,
        None => day <= purchase.day + LINGERS,
    })
}

fn pick(rng: &mut Mix) -> &'static Habit {
    let mut left = rng.uniform();
    let found = HABITS.iter().find(|habit| {
        left -= habit.share;
        left < 0.0
    });
    found.unwrap_or(&HABITS[0])
}

impl Fact for Touch {
    const FILE: &'static str = "events.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("customer_id", DataType::Utf8, false),
            ("occurred_at", time(), false),
            ("event", DataType::Utf8, false),
            ("from_push", DataType::Boolean, false),
        ])
    }

    fn batch(rows: &[Self], shop: &Written) -> Batch {
        let columns = vec![
            customers(rows.iter().map(|row| row.customer), shop.digits),
            moments(rows.iter().map(|row| (row.day, row.second))),
            texts(rows.iter().map(|row| row.event)),
            flags(rows.iter().map(|row| Some(row.from_push))),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}
