//! `targets`: the shop's balanced scorecard, and one for each account manager, month by month.
//!
//! A plan has three levels at most: a perspective, its measures, and what these are made of. The weights of what has the
//! same parent sum to 100. Leaves have a target and a direction; an actual stands only where no other table can give it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, SchemaRef};

use super::super::DemoError;
use super::super::chance::{Chance, Mix};
use super::super::columns::{Batch, days, decimals, optional_texts, schema, texts};
use super::super::months::{Total, Totals};
use super::super::staff::Manager;
use super::super::table::Table;
use super::Relations;

const WEIGHT: DataType = DataType::Decimal128(5, 2);
const VALUE: DataType = DataType::Decimal128(18, 4);
/// Months that a plan looks back to for its level, and the growth that it asks for.
const YEAR: usize = 12;
const GROWTH: f64 = 1.06;

/// Whether more or less of something is better.
#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

/// What a leaf aims at.
#[derive(Clone, Copy)]
enum Aim {
    /// The same every month.
    Fixed(f64),
    /// So many for each customer that an account manager has on average, and one at least.
    PerCustomer(f64),
    /// Grows from that of a year ago: yuan, customers, or new customers.
    Grown(fn(&Total) -> i64, f64),
    /// Fixed; no other table gives the actual, which lies around a mean, by a part of it.
    Measured(f64, f64, f64),
}

/// A line of a plan.
struct Line {
    perspective: &'static str,
    parent: Option<&'static str>,
    measure: &'static str,
    weight: i64,
    aim: Option<(Aim, Direction)>,
}

const fn branch(
    perspective: &'static str,
    parent: Option<&'static str>,
    measure: &'static str,
    weight: i64,
) -> Line {
    Line { perspective, parent, measure, weight, aim: None }
}

const fn leaf(
    perspective: &'static str,
    parent: &'static str,
    measure: &'static str,
    weight: i64,
    aim: Aim,
    direction: Direction,
) -> Line {
    Line { perspective, parent: Some(parent), measure, weight, aim: Some((aim, direction)) }
}

use Aim::{Fixed, Grown, Measured, PerCustomer};
use Direction::{Down, Up};

const COMPANY: [Line; 25] = [
    branch("financial", None, "financial", 30),
    leaf("financial", "financial", "revenue", 40, Grown(|total| total.revenue, 0.01), Up),
    leaf("financial", "financial", "gross_margin", 25, Fixed(0.43), Up),
    branch("financial", Some("financial"), "cash", 35),
    leaf("financial", "cash", "collected_in_45_days", 60, Fixed(0.8), Up),
    leaf("financial", "cash", "overdue_share", 40, Fixed(0.15), Down),
    branch("customer", None, "customer", 30),
    branch("customer", Some("customer"), "growth", 40),
    leaf("customer", "growth", "active_customers", 50, Grown(|total| total.buyers, 1.0), Up),
    leaf("customer", "growth", "new_customers", 50, Grown(|total| total.newcomers, 1.0), Up),
    branch("customer", Some("customer"), "loyalty", 35),
    leaf("customer", "loyalty", "repeat_rate", 60, Fixed(0.5), Up),
    leaf("customer", "loyalty", "lost_rate", 40, Fixed(0.08), Down),
    leaf("customer", "customer", "satisfaction", 25, Fixed(7.8), Up),
    branch("process", None, "process", 25),
    branch("process", Some("process"), "complaints", 50),
    leaf("process", "complaints", "complaint_rate", 50, Fixed(0.1), Down),
    leaf("process", "complaints", "complaints_solved_in_time", 50, Fixed(0.45), Up),
    leaf("process", "process", "new_goods_share", 25, Fixed(0.04), Up),
    leaf("process", "process", "stock_accuracy", 25, Measured(0.98, 0.974, 0.008), Up),
    branch("learning", None, "learning", 15),
    leaf("learning", "learning", "training_hours", 40, Measured(6.0, 5.4, 0.2), Up),
    branch("learning", Some("learning"), "people", 60),
    leaf("learning", "people", "staff_turnover", 50, Measured(0.015, 0.016, 0.35), Down),
    leaf("learning", "people", "staff_satisfaction", 50, Measured(80.0, 77.5, 0.03), Up),
];

const MANAGER: [Line; 11] = [
    branch("base", None, "base", 20),
    leaf("base", "base", "attendance", 60, Measured(1.0, 0.97, 0.03), Up),
    leaf("base", "base", "reports_in_time", 40, Measured(1.0, 0.9, 0.1), Up),
    branch("service", None, "service", 30),
    leaf("service", "service", "visits_and_calls", 40, PerCustomer(0.025), Up),
    leaf("service", "service", "complaints_solved_in_time", 60, Fixed(0.45), Up),
    branch("feedback", None, "feedback", 20),
    leaf("feedback", "feedback", "market_reports", 50, Measured(4.0, 3.4, 0.25), Up),
    leaf("feedback", "feedback", "survey_answers", 50, PerCustomer(0.012), Up),
    branch("marketing", None, "marketing", 30),
    leaf("marketing", "marketing", "revenue", 100, Fixed(0.0), Up),
];

/// A row of `targets`.
struct Target<'a> {
    period_start: i32,
    scorecard: &'static str,
    subject: String,
    line: &'a Line,
    /// In ten-thousandths, as the actual.
    planned: Option<i64>,
    actual: Option<i64>,
}

impl Relations<'_> {
    /// Writes the plans; returns the file's size in bytes.
    pub(in crate::demo) fn write_targets(&self, path: &Path, totals: &Totals) -> Result<u64, DemoError> {
        let mut table = Table::create(path, schema_of_targets())?;
        let mut rng = Mix::new(self.days.shop.seed, 423);
        let each = self.days.shop.customers as f64 / self.staff().managers.len() as f64;
        for month in 0..self.months.starts.len() {
            let mut rows = Vec::new();
            let level = |of: &dyn Fn(&Total) -> i64, chance: &mut Mix| level(totals, month, of, chance);
            let (scorecard, subject) = ("company", "company".to_owned());
            self.plan(month, (scorecard, &subject), &COMPANY, &mut rng, &mut rows, |line, rng| {
                match line.aim?.0 {
                    Grown(of, unit) => Some(level(&of, rng) * unit),
                    Fixed(value) | Measured(value, ..) => Some(value),
                    PerCustomer(_) => None,
                }
            });
            for manager in self.staff().managers.iter().filter(|manager| self.works(manager, month)) {
                let subject = format!("M{:02}", manager.number);
                let revenue =
                    |total: &Total| total.managers.get(manager.number as usize).copied().unwrap_or_default();
                let who = ("account_manager", subject.as_str());
                self.plan(month, who, &MANAGER, &mut rng, &mut rows, |line, rng| match line.aim?.0 {
                    _ if line.measure == "revenue" => Some(level(&revenue, rng) / 100.0),
                    Fixed(value) | Measured(value, ..) => Some(value),
                    PerCustomer(rate) => Some((rate * each).round().max(1.0)),
                    Grown(..) => None,
                });
            }
            table.push(batch(&rows))?;
        }
        table.close()
    }

    /// Whether somebody works for the shop in a month from its first day on.
    fn works(&self, manager: &Manager, month: usize) -> bool {
        let start = self.months.start(month).max(self.first);
        manager.active_from <= start && manager.active_to.is_none_or(|to| to >= start)
    }

    /// Adds the lines of one scorecard for a month.
    fn plan<'l>(
        &self,
        month: usize,
        (scorecard, subject): (&'static str, &str),
        lines: &'l [Line],
        rng: &mut Mix,
        rows: &mut Vec<Target<'l>>,
        aims_at: impl Fn(&Line, &mut Mix) -> Option<f64>,
    ) {
        for line in lines {
            let planned = aims_at(line, rng);
            let actual = match line.aim {
                Some((Measured(_, mean, part), _)) => {
                    // A share is 1 at most.
                    let most = if mean < 1.0 { 1.0 } else { f64::INFINITY };
                    Some((mean * (1.0 + part * rng.normal())).clamp(0.0, most))
                }
                _ => None,
            };
            let digits = |value: f64| (value * 10_000.0).round() as i64;
            rows.push(Target {
                period_start: self.months.start(month),
                scorecard,
                subject: subject.to_owned(),
                line,
                planned: planned.map(digits),
                actual: actual.map(digits),
            });
        }
    }
}

/// What is planned for a month: that of a year ago and some growth. Before there is such a year, somebody has guessed.
fn level(totals: &Totals, month: usize, of: &dyn Fn(&Total) -> i64, rng: &mut Mix) -> f64 {
    let guess = 0.92 + 0.16 * rng.uniform();
    let of = |month: usize| totals.0.get(month).map_or(0.0, |total| of(total).max(0) as f64);
    let year_ago = month.checked_sub(YEAR).filter(|before| *before > 0).map(of);
    let level = year_ago.map_or(of(month) * guess, |level| level * GROWTH);
    level.round().max(1.0)
}

fn schema_of_targets() -> SchemaRef {
    schema(&[
        ("period_start", DataType::Date32, false),
        ("scorecard", DataType::Utf8, false),
        ("subject", DataType::Utf8, false),
        ("perspective", DataType::Utf8, false),
        ("measure", DataType::Utf8, false),
        ("parent", DataType::Utf8, true),
        ("weight", WEIGHT, false),
        ("target", VALUE, true),
        ("direction", DataType::Utf8, true),
        ("actual", VALUE, true),
    ])
}

fn batch(rows: &[Target]) -> Batch {
    let direction = |row: &Target| {
        row.line.aim.map(|(_, direction)| match direction {
            Up => "up",
            Down => "down",
        })
    };
    let columns = vec![
        days(rows.iter().map(|row| row.period_start)),
        texts(rows.iter().map(|row| row.scorecard)),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.subject))),
        texts(rows.iter().map(|row| row.line.perspective)),
        texts(rows.iter().map(|row| row.line.measure)),
        optional_texts(rows.iter().map(|row| row.line.parent)),
        decimals(rows.iter().map(|row| Some(row.line.weight * 100)), WEIGHT),
        decimals(rows.iter().map(|row| row.planned), VALUE),
        optional_texts(rows.iter().map(direction)),
        decimals(rows.iter().map(|row| row.actual), VALUE),
    ];
    RecordBatch::try_new(schema_of_targets(), columns)
}
