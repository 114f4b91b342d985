//! Do newer customers stay? Retention by cohort and age, and what a customer has brought by then.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell};
use super::super::picture;
use super::super::table::{Gap, Table};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, html::Html};
use super::open;
use crate::chart;

const STEP: &str = "cohorts";
/// Cohorts drawn as lines, which would else hide each other.
const LINES: usize = 8;
/// Cohorts and ages in the picture.
const DRAWN: usize = 24;
/// Ages in the table, in months.
const AGES: [i64; 4] = [1, 3, 6, 12];

/// A cohort at an age.
struct Point {
    active: f64,
    retention: f64,
    complete: bool,
    cumulative: Option<f64>,
}

/// The customers who first bought in one month.
struct Cohort {
    month: Date,
    size: Decimal,
    points: BTreeMap<i64, Point>,
}

impl Cohort {
    /// Retention at an age whose month is over.
    fn retained(&self, age: i64) -> Option<f64> {
        self.points.get(&age).filter(|point| point.complete).map(|point| point.retention)
    }
}

/// Writes the section.
///
/// # Errors
/// A gap in the table `cohorts`, or no cohort that is a month old.
pub fn write(desk: &Desk<'_>) -> Result<Section, Stop> {
    let cohorts = read(desk.table(STEP)?)?;
    // Month 3 says most; a young business has only month 1.
    let age = [3, 1].into_iter().find(|age| cohorts.iter().any(|cohort| cohort.retained(*age).is_some()));
    let Some(age) = age else { return Err(Stop::Reason(desk.plain("cohorts.too_young", &[])?)) };
    let mut section = answer(desk, &cohorts, age)?;
    section.notes.extend(after_first_month(desk)?);
    section.tables.insert("table", table(desk, &cohorts)?);
    desk.part(&mut section, |section| heat(desk, section, &cohorts))?;
    desk.part(&mut section, |section| lines(desk, section, &cohorts))?;
    Ok(section)
}

fn read(table: Table<'_>) -> Result<Vec<Cohort>, Gap> {
    let (cohort, age, complete) = (table.days("cohort")?, table.numbers("age")?, table.flags("complete")?);
    let (size, active) = (table.numbers("size")?, table.floats("active")?);
    let (retention, cumulative) = (table.floats("retention")?, table.floats("cumulative_revenue")?);
    let mut cohorts: BTreeMap<Date, Cohort> = BTreeMap::new();
    for row in 0..table.rows() {
        let (Some(month), Some(months), Some(size), Some(retention)) =
            (cohort.at(row), age.at(row), size.at(row), retention.at(row))
        else {
            continue;
        };
        let point = Point {
            active: active.at(row).unwrap_or_default(),
            retention,
            complete: complete.at(row).unwrap_or(true),
            cumulative: cumulative.at(row),
        };
        let entry = cohorts.entry(month).or_insert_with(|| Cohort { month, size, points: BTreeMap::new() });
        entry.points.insert(months.to_f64().round() as i64, point);
    }
    Ok(cohorts.into_values().collect())
}

/// The newest cohort whose month is over, against all customers of the (up to six) before it.
fn answer(desk: &Desk<'_>, cohorts: &[Cohort], age: i64) -> Result<Section, ReportError> {
    let known: Vec<&Cohort> = cohorts.iter().filter(|cohort| cohort.retained(age).is_some()).collect();
    let (newest, earlier) =
        known.split_last().map_or((None, known.as_slice()), |(last, rest)| (Some(*last), rest));
    let earlier = earlier.get(earlier.len().saturating_sub(6)..).unwrap_or_default();
    let active: f64 =
        earlier.iter().filter_map(|cohort| cohort.points.get(&age)).map(|point| point.active).sum();
    let size: f64 = earlier.iter().map(|cohort| cohort.size.to_f64()).sum();
    let now = newest.and_then(|cohort| cohort.retained(age)).unwrap_or_default();
    let mut fillings = vec![
        Filling::text("age", &age.to_string()),
        Filling::text("cohort", &newest.map_or_else(String::new, |cohort| desk.format.month(cohort.month))),
        desk.figure("size", &newest.map_or_else(String::new, |cohort| desk.format.count(cohort.size)), STEP),
        desk.figure("retention", &desk.format.percent(now), STEP),
    ];
    if size <= 0.0 {
        return open(desk, "cohorts", "cohorts.answer.alone", &fillings);
    }
    let difference = now - active / size;
    fillings.push(desk.figure("average", &desk.format.percent(active / size), STEP));
    fillings.push(desk.figure("difference", &desk.format.points_between(now, active / size), STEP));
    fillings.push(Filling::text("earlier", &earlier.len().to_string()));
    let key = if difference < 0.0 { "cohorts.answer.below" } else { "cohorts.answer.above" };
    open(desk, "cohorts", key, &fillings)
}

/// Which share of the cohorts' revenue came after each customer's first month, beside the rule of thumb for customers who
/// come back.
fn after_first_month(desk: &Desk<'_>) -> Result<Option<Html>, Stop> {
    let table = desk.table(STEP)?;
    let (age, revenue) = (table.floats("age")?, table.floats("revenue")?);
    let sum = |wanted: &dyn Fn(f64) -> bool| {
        let found = (0..table.rows()).filter(|row| age.at(*row).is_some_and(wanted));
        found.filter_map(|row| revenue.at(row)).sum::<f64>()
    };
    let (all, later) = (sum(&|_| true), sum(&|age| age > 0.5));
    if all <= 0.0 {
        return Ok(None);
    }
    let share = [desk.figure("share", &desk.format.percent(later / all), STEP)];
    Ok(Some(desk.say("cohorts.after_first_month", &share)?))
}

fn table(desk: &Desk<'_>, cohorts: &[Cohort]) -> Result<TableView, ReportError> {
    let row = |cohort: &Cohort| {
        let mut cells =
            vec![Cell::text(&desk.format.month_short(cohort.month)), desk.count_cell(Some(cohort.size))];
        cells.extend(AGES.map(|age| desk.percent_cell(cohort.retained(age))));
        let latest =
            cohort.points.values().rev().find_map(|point| point.cumulative).and_then(Decimal::from_f64);
        cells.push(cell(latest, |amount| desk.format.money_cell(amount)));
        cells
    };
    let rows = cohorts.iter().rev().map(row).collect();
    let heads = ["cohort", "#size", "#month_1", "#month_3", "#month_6", "#month_12", "$revenue_a_customer"];
    let mut view = desk.table_view("cohorts.table", STEP, &heads, rows)?;
    view.note = Some(Html::text(&desk.plain("cohorts.blank", &[])?));
    Ok(view)
}

fn heat(desk: &Desk<'_>, section: &mut Section, cohorts: &[Cohort]) -> Result<(), Stop> {
    let shown = cohorts.get(cohorts.len().saturating_sub(DRAWN)..).unwrap_or_default();
    let oldest =
        shown.iter().filter_map(|cohort| cohort.points.keys().next_back().copied()).max().unwrap_or_default();
    let ages = 0..=oldest.min(i64::try_from(DRAWN).unwrap_or(i64::MAX));
    let names: Vec<String> = ages.clone().map(|age| age.to_string()).collect();
    let rows: Vec<String> = shown.iter().map(|cohort| desk.format.month_short(cohort.month)).collect();
    let cell = |cohort: &Cohort, age: i64| {
        let point = cohort.points.get(&age)?;
        Some(chart::heat::Cell { value: point.retention, framed: !point.complete })
    };
    let cells: Vec<Vec<_>> =
        shown.iter().map(|cohort| ages.clone().map(|age| cell(cohort, age)).collect()).collect();
    // The first month is 100 % by definition; the largest share below it sets the shades.
    let below = cells.iter().flatten().flatten().map(|cell| cell.value).filter(|share| *share < 1.0);
    let darkest = below.reduce(f64::max);
    let (label, age) = (desk.plain("columns.cohort", &[])?, desk.plain("cohorts.months_since", &[])?);
    let incomplete = desk.plain("picture.incomplete", &[])?;
    let data = chart::heat::Data {
        rows: &rows,
        columns: &names,
        cells: &cells,
        darkest,
        number: &|share| desk.format.tick(share),
    };
    let words = chart::heat::Words { row: &label, column: &age, framed: &incomplete };
    picture::hang(desk, section, "heat", STEP, |frame| chart::heat::render(frame, &data, &words))
}

fn lines(desk: &Desk<'_>, section: &mut Section, cohorts: &[Cohort]) -> Result<(), Stop> {
    // A line needs two points; a month that is not over would bend it down.
    let long: Vec<&Cohort> = cohorts
        .iter()
        .filter(|cohort| cohort.points.values().filter(|point| point.complete).count() > 1)
        .collect();
    let shown = long.get(long.len().saturating_sub(LINES)..).unwrap_or_default();
    let complete = |cohort: &Cohort| -> Vec<f64> {
        let complete = cohort.points.values().filter(|point| point.complete);
        complete.map(|point| point.cumulative.unwrap_or(f64::NAN)).collect()
    };
    let longest = shown.iter().map(|cohort| complete(cohort).len()).max().unwrap_or_default();
    let line = |cohort: &&Cohort| {
        let mut values = complete(cohort);
        values.resize(longest, f64::NAN);
        chart::line::Series { name: desk.format.month_short(cohort.month), values, last: String::new() }
    };
    let lines: Vec<_> = shown.iter().map(line).collect();
    let ages: Vec<String> = (0..longest).map(|age| desk.format.number(age as f64, 0)).collect();
    let unit = [Filling::text("unit", desk.format.money_unit())];
    let (money, age) =
        (desk.plain("cohorts.picture.lines.money", &unit)?, desk.plain("cohorts.months_since", &[])?);
    let data = chart::line::Data {
        labels: &ages,
        series: &lines,
        colours: chart::line::Colours::Ordered,
        from_zero: true,
        reference: None,
        open: 0,
        number: &|amount| desk.format.axis(amount),
    };
    let words = chart::line::Words { value: &money, label: &age };
    picture::hang(desk, section, "lines", STEP, |frame| chart::line::render(frame, &data, &words))
}
