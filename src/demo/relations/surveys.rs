//! `surveys`: what customers answer when they are asked.
//!
//! After some purchases five questions are asked. The answers go with what the customer makes of the purchase and does
//! next. A panel says once a year what it spends on a category in all shops.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};

use super::super::calendar::epoch_days;
use super::super::chance::{Chance, Mix, between, word};
use super::super::columns::{Batch, MONEY, customers, days, money, optional_texts, schema, texts};
use super::super::fact::{Fact, Written};
use super::super::life::{Life, Purchase};
use super::experience::{BACK_WITHIN, Experience};
use super::{Case, Relations, Use};

/// The share of purchases after which questions are answered.
const ANSWERED: f64 = 0.07;
/// The share of these answers that leave out a question.
const LEFT_OUT: f64 = 0.04;
/// The share of them that say what keeps the customer.
const SAYS_WHY: f64 = 0.3;
/// The share of customers in the panel.
const PANEL: f64 = 0.09;
/// Days that the panel looks back, and the categories that it is asked about at most.
const PANEL_DAYS: i32 = 365;
const PANEL_CATEGORIES: usize = 3;
/// What keeps customers who are content and those who are not.
const KEPT_BY: [(&str, f64); 7] = [
    ("convenience", 0.24),
    ("price", 0.18),
    ("incentive", 0.14),
    ("premium", 0.2),
    ("inertia", 0.12),
    ("latent", 0.08),
    ("monopoly", 0.04),
];
const UNHAPPY_KEPT_BY: [(&str, f64); 4] =
    [("inertia", 0.4), ("price", 0.25), ("monopoly", 0.15), ("convenience", 0.2)];

/// A row of `surveys`; the day counts from 1970-01-01, the score is in hundredths.
pub(in crate::demo) struct Survey {
    customer: u32,
    day: i32,
    question: &'static str,
    score: Option<i64>,
    answer: Option<&'static str>,
}

impl Relations<'_> {
    /// Adds what the customer answers.
    pub(super) fn surveys(&self, case: &Case, rows: &mut Vec<Survey>) {
        let mut rng = self.stream(case.life, Use::Surveys);
        // A hard judge is hard in every answer.
        let mood = 0.5 * rng.normal();
        for (purchase, experience) in case.life.purchases.iter().zip(case.experience) {
            let asked = rng.happens(ANSWERED);
            let day = purchase.day + between(1, 14, &mut rng);
            if asked && day <= self.last {
                after_purchase(case.life, *purchase, *experience, (day, mood), &mut rng, rows);
            }
        }
        if rng.happens(PANEL) {
            self.panel(case.life, &mut rng, rows);
        }
    }

    /// Once a year, in the weeks after a purchase: spending on a few categories, here and elsewhere.
    fn panel(&self, life: &Life, rng: &mut Mix, rows: &mut Vec<Survey>) {
        let mut next = self.first;
        for purchase in life.purchases.iter().filter(|purchase| purchase.day >= self.first + 60) {
            let day = purchase.day + between(5, 30, rng);
            if day < next || day > self.last {
                continue;
            }
            next = day + PANEL_DAYS;
            for (category, cents) in self.spent(life, day) {
                // All spending is what is spent here, divided by this; people round, and some forget.
                let share = rng.beta(2.2, 2.2).clamp(0.08, 0.97) * if rng.happens(0.03) { 1.25 } else { 1.0 };
                let yuan = (cents as f64 / 100.0 / share / 10.0).round().max(1.0) * 10.0;
                rows.push(Survey {
                    customer: life.number(),
                    day,
                    question: "category_spend",
                    score: Some(yuan as i64 * 100),
                    answer: Some(category),
                });
            }
        }
    }

    /// The categories in which the customer spent most in the year up to a day, each with the cents.
    fn spent(&self, life: &Life, day: i32) -> Vec<(&'static str, i64)> {
        let mut spent: BTreeMap<&'static str, i64> = BTreeMap::new();
        for bought in &life.history {
            if (day - PANEL_DAYS..day).contains(&epoch_days(bought.day)) {
                for (product, cents) in &bought.goods {
                    let product = self.days.catalogue.products.get(usize::from(*product));
                    *spent.entry(product.map_or("", |product| product.category)).or_default() += cents;
                }
            }
        }
        let mut most: Vec<_> = spent.into_iter().filter(|(_, cents)| *cents > 0).collect();
        most.sort_by_key(|(category, cents)| (-cents, *category));
        most.truncate(PANEL_CATEGORIES);
        most
    }
}

/// Adds the answers to the questions about a purchase, given on a day by somebody of a mood.
fn after_purchase(
    life: &Life,
    purchase: Purchase,
    experience: Experience,
    (day, mood): (i32, f64),
    rng: &mut Mix,
    rows: &mut Vec<Survey>,
) {
    let customer = life.number();
    let expected = (7.6 + rng.normal()).round().clamp(3.0, 10.0);
    let level = if experience.unhappy { 4.7 + 1.3 * rng.normal() } else { 8.1 + 0.9 * rng.normal() };
    let experienced = (level + mood).round().clamp(1.0, 10.0);
    let satisfied = (7.8 * experienced / expected + 0.5 * rng.normal()).round().clamp(1.0, 10.0);
    // Below a knee nothing makes people buy again, above another hardly anything keeps them from it.
    let pull = (0.9 * (satisfied - 6.0)).clamp(-2.0, 2.0);
    let back = if purchase.returns_within(BACK_WITHIN) { 7.3 } else { 5.9 };
    let again = (back + pull + 1.1 * rng.normal()).round().clamp(1.0, 10.0);
    let recommends = (0.55 * satisfied + 0.4 * again + 0.3 + 0.9 * rng.normal()).round().clamp(0.0, 10.0);
    let scores = [
        ("expectation", expected),
        ("experience", experienced),
        ("satisfaction", satisfied),
        ("repurchase", again),
        ("recommend", recommends),
    ];
    for (question, score) in scores {
        let score = (!rng.happens(LEFT_OUT)).then_some(score as i64 * 100);
        rows.push(Survey { customer, day, question, score, answer: None });
    }
    if rng.happens(SAYS_WHY) {
        let words: &[(&'static str, f64)] = if satisfied < 6.0 { &UNHAPPY_KEPT_BY } else { &KEPT_BY };
        let answer = Some(word(words, rng));
        rows.push(Survey { customer, day, question: "loyalty", score: None, answer });
    }
}

impl Fact for Survey {
    const FILE: &'static str = "surveys.parquet";

    fn schema() -> SchemaRef {
        schema(&[
            ("customer_id", DataType::Utf8, false),
            ("day", DataType::Date32, false),
            ("question", DataType::Utf8, false),
            ("score", MONEY, true),
            ("answer", DataType::Utf8, true),
        ])
    }

    fn batch(rows: &[Self], shop: &Written) -> Batch {
        let columns = vec![
            customers(rows.iter().map(|row| row.customer), shop.digits),
            days(rows.iter().map(|row| row.day)),
            texts(rows.iter().map(|row| row.question)),
            money(rows.iter().map(|row| row.score)),
            optional_texts(rows.iter().map(|row| row.answer)),
        ];
        RecordBatch::try_new(Self::schema(), columns)
    }
}
