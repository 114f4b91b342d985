//! On whom do we depend? Curve, measures against their rules of thumb, classes, the ten largest.

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell};
use super::super::html::Html;
use super::super::picture;
use super::super::table::{Cells, Gap};
use super::super::view::{Cell, Section, TableView};
use super::super::{ReportError, words::Filling};
use super::customers;
use super::open;
use crate::chart;

const STEP: &str = "concentration";

/// The one row of the table `concentration`.
pub struct Figures {
    customers: Decimal,
    negative: Decimal,
    zero: Decimal,
    revenue: Decimal,
    top20_customers: Decimal,
    top20_share: f64,
    gini: f64,
    hhi: Option<f64>,
    for_80: Decimal,
    for_80_share: f64,
    top1: Option<f64>,
    top5: Option<f64>,
    top10: Option<f64>,
}

/// Writes the section.
///
/// # Errors
/// A gap in the table `concentration`, or a revenue that is not above zero, of which no shares can be had.
pub fn write(desk: &Desk<'_>) -> Result<Section, Stop> {
    let Some(figures) = read(desk)? else {
        return Err(Stop::Reason(desk.plain("concentration.no_revenue", &[])?));
    };
    let mut section = open(desk, "concentration", "concentration.answer", &sentence(desk, &figures))?;
    section.notes = notes(desk, &figures)?;
    section.tables.insert("measures", measures(desk, &figures)?);
    desk.part_table(&mut section, "abc", || abc(desk))?;
    desk.part_table(&mut section, "top", || customers::table(desk, "concentration.top", 10, false))?;
    desk.part(&mut section, |section| lorenz(desk, section, &figures))?;
    desk.part(&mut section, |section| trend(desk, section))?;
    Ok(section)
}

fn read(desk: &Desk<'_>) -> Result<Option<Figures>, Gap> {
    let table = desk.table(STEP)?;
    let number = |column: &str| Ok(table.numbers(column)?.at(0).unwrap_or(Decimal::whole(0)));
    let share = |column: &str| Ok(table.floats(column)?.at(0));
    let (top20, gini, for_80) = (share("top20_share")?, share("gini")?, share("customers_for_80_share")?);
    let figures = Figures {
        customers: number("customers")?,
        negative: number("customers_negative")?,
        zero: number("customers_zero")?,
        revenue: number("revenue")?,
        top20_customers: number("top20_customers")?,
        top20_share: top20.unwrap_or_default(),
        gini: gini.unwrap_or_default(),
        hhi: share("hhi")?,
        for_80: number("customers_for_80")?,
        for_80_share: for_80.unwrap_or_default(),
        top1: share("top1_share")?,
        top5: share("top5_share")?,
        top10: share("top10_share")?,
    };
    Ok((top20.is_some() && gini.is_some() && for_80.is_some()).then_some(figures))
}

fn sentence(desk: &Desk<'_>, figures: &Figures) -> Vec<Filling> {
    let format = &desk.format;
    vec![
        desk.figure("share", &format.percent(figures.top20_share), STEP),
        desk.figure("top", &format.count(figures.top20_customers), STEP),
        desk.figure("customers", &format.count(figures.customers), STEP),
        desk.figure("for80", &format.count(figures.for_80), STEP),
        desk.figure("for80_share", &format.percent(figures.for_80_share), STEP),
        desk.figure("revenue", &format.money(figures.revenue), STEP),
    ]
}

fn notes(desk: &Desk<'_>, figures: &Figures) -> Result<Vec<Html>, ReportError> {
    let format = &desk.format;
    let mut notes = Vec::new();
    if let (Some(top1), Some(top10)) = (figures.top1, figures.top10) {
        let fillings = [
            desk.figure("top1", &format.percent(top1), STEP),
            desk.figure("top10", &format.percent(top10), STEP),
        ];
        notes.push(desk.say("concentration.dependence", &fillings)?);
    }
    if !figures.negative.is_zero() || !figures.zero.is_zero() {
        let fillings = [
            desk.figure("negative", &format.count(figures.negative), STEP),
            desk.figure("zero", &format.count(figures.zero), STEP),
            desk.figure("customers", &format.count(figures.customers), STEP),
        ];
        let key =
            if figures.negative.is_zero() { "concentration.at_zero" } else { "concentration.below_zero" };
        notes.push(desk.say(key, &fillings)?);
    }
    Ok(notes)
}

/// Each measure with the rule of thumb that it is often held against.
fn measures(desk: &Desk<'_>, figures: &Figures) -> Result<TableView, ReportError> {
    let percent = |share: Option<f64>| desk.percent_cell(share);
    let number = |value: Option<f64>, places| cell(value, |value| desk.format.number(value, places));
    let mut rows = vec![
        ("top20", percent(Some(figures.top20_share))),
        ("for80", percent(Some(figures.for_80_share))),
        ("gini", number(Some(figures.gini), 3)),
        ("hhi", number(figures.hhi, 4)),
        ("top1", percent(figures.top1)),
        ("top5", percent(figures.top5)),
        ("top10", percent(figures.top10)),
    ];
    if let Some(share) = share_of_best(desk, 0.05) {
        rows.insert(1, ("vip", percent(Some(share))));
    }
    let mut cells = Vec::with_capacity(rows.len());
    for (name, value) in rows {
        let benchmark = format!("concentration.benchmark.{name}");
        let benchmark =
            if desk.words.has(&benchmark) { desk.plain(&benchmark, &[])? } else { "–".to_owned() };
        let label = desk.say(&format!("concentration.measure.{name}"), &[])?;
        cells.push(vec![Cell::html(label), value, Cell::text(&benchmark).with_class("soft")]);
    }
    desk.table_view("concentration.measures", STEP, &["measure", "#measured", "#rule_of_thumb"], cells)
}

/// The share of revenue of the best customers, read off the Lorenz curve.
fn share_of_best(desk: &Desk<'_>, best: f64) -> Option<f64> {
    let table = desk.table("lorenz").ok()?;
    let (customers, revenue) = (table.floats("customer_share").ok()?, table.floats("revenue_share").ok()?);
    let row = customers.iter().position(|share| share.is_some_and(|share| (share - best).abs() < 1e-9))?;
    revenue.at(row)
}

fn abc(desk: &Desk<'_>) -> Result<TableView, Stop> {
    let table = desk.table("abc")?;
    let class = table.texts("class")?;
    let (customers, before) = (table.numbers("customers")?, table.numbers("customers_before")?);
    let revenue = table.numbers("revenue")?;
    let (customer_share, revenue_share) = (table.floats("customer_share")?, table.floats("revenue_share")?);
    let row = |row: usize| {
        vec![
            Cell::text(&class.at(row).unwrap_or_default()),
            desk.count_cell(customers.at(row)),
            desk.percent_cell(customer_share.at(row)),
            desk.change_cell(customers.at(row), before.at(row)),
            desk.money_cell(revenue.at(row)),
            desk.percent_cell(revenue_share.at(row)),
        ]
    };
    let rows = (0..table.rows()).map(row).collect();
    let columns = ["class", "#customers", "#customer_share", "#change", "$revenue", "#revenue_share"];
    Ok(desk.table_view("concentration.abc", "abc", &columns, rows)?)
}

fn lorenz(desk: &Desk<'_>, section: &mut Section, figures: &Figures) -> Result<(), Stop> {
    let now = curve(desk, "lorenz")?;
    let before =
        if year_reached(desk) { curve(desk, "year_ago.lorenz").unwrap_or_default() } else { Vec::new() };
    let share = |share: f64| desk.format.percent(share);
    let word = |name: &str, fillings: &[Filling]| {
        desk.plain(&format!("concentration.picture.lorenz.{name}"), fillings)
    };
    let top20 = word("top20", &[Filling::text("share", &share(figures.top20_share))])?;
    let for80 = word("for80", &[Filling::text("share", &share(figures.for_80_share))])?;
    let (customers, revenue) = (word("customers", &[])?, word("revenue", &[])?);
    let last_year = desk.format.date(desk.facts.year_ago_as_of);
    let this_year = desk.format.date(desk.facts.as_of);
    let equality = word("equality", &[])?;
    let words = chart::lorenz::Words { customers: &customers, total: &revenue, diagonal: &equality };
    let mut curves = vec![chart::lorenz::Curve { name: this_year, points: now }];
    if !before.is_empty() {
        curves.push(chart::lorenz::Curve { name: last_year, points: before });
    }
    let mark = |customers, total, note| Some(chart::lorenz::Mark { customers, total, note });
    let data = chart::lorenz::Data {
        curves: &curves,
        held: mark(0.2, figures.top20_share, &top20),
        needed: mark(figures.for_80_share, 0.8, &for80),
        share: &|share| desk.format.tick(share),
    };
    picture::hang(desk, section, "lorenz", "lorenz", |frame| chart::lorenz::render(frame, &data, &words))
}

/// Whether history covers the period a year ago; a curve of the few days before its end would be none to compare with.
fn year_reached(desk: &Desk<'_>) -> bool {
    let reached = desk.table("periods").and_then(|periods| periods.flags("year_ago_reached"));
    reached.map_or(true, |reached| reached.at(0).unwrap_or(true))
}

fn curve(desk: &Desk<'_>, name: &str) -> Result<Vec<(f64, f64)>, Gap> {
    let table = desk.table(name)?;
    let (customers, revenue) = (table.floats("customer_share")?, table.floats("revenue_share")?);
    Ok((0..table.rows()).filter_map(|row| customers.at(row).zip(revenue.at(row))).collect())
}

fn trend(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = desk.table("concentration_trend")?;
    let months = table.days("month")?;
    let (top20, gini) = (table.floats("top20_share")?, table.floats("gini")?);
    let from = table.rows().saturating_sub(24);
    let shown = from..table.rows();
    let names: Vec<String> =
        shown.clone().filter_map(|row| months.at(row)).map(|month| desk.format.month_short(month)).collect();
    let values =
        |cells: &Cells<f64>| shown.clone().map(|row| cells.at(row).unwrap_or(f64::NAN)).collect::<Vec<_>>();
    let (top20, gini) = (values(&top20), values(&gini));
    let last = |values: &[f64]| values.iter().rfind(|value| value.is_finite()).copied().unwrap_or(f64::NAN);
    let series = [
        chart::line::Series {
            name: desk.plain("concentration.measure.top20", &[])?,
            last: desk.format.percent(last(&top20)),
            values: top20,
        },
        chart::line::Series {
            name: desk.plain("concentration.measure.gini", &[])?,
            last: desk.format.number(last(&gini), 3),
            values: gini,
        },
    ];
    let data = chart::line::Data {
        labels: &names,
        series: &series,
        colours: chart::line::Colours::Distinct,
        from_zero: false,
        reference: None,
        open: 0,
        number: &|share| desk.format.tick(share),
    };
    let words = chart::line::Words { value: "", label: "" };
    picture::hang(desk, section, "trend", "concentration_trend", |frame| {
        chart::line::render(frame, &data, &words)
    })
}
