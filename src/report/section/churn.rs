//! Who is leaving, what is at stake? Status by class, and the customers to win back first.

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell, customer_cell};
use super::super::picture;
use super::super::table::{Gap, Table};
use super::super::view::{Section, TableView};
use super::super::words::Filling;
use super::segments::segment_name;
use super::{headline, open, value};
use crate::chart;

const STEP: &str = "churn_summary";
/// Rows of the win-back list shown on the page; the download has all.
const SHOWN: usize = 15;
/// The statuses in the order of the chart's bars.
const STATUSES: [&str; 4] = ["active", "cooling", "at_risk", "lost"];

/// One row of the table `churn_summary`.
struct Group {
    class: String,
    status: String,
    customers: Decimal,
    at_risk: Decimal,
}

/// Writes the section.
///
/// # Errors
/// A gap in the table `churn_summary`.
pub fn write(desk: &Desk<'_>) -> Result<Section, Stop> {
    let groups = read(desk.table(STEP)?)?;
    let leaving = |group: &&Group| group.status == "at_risk" || group.status == "lost";
    let sum = |groups: Vec<Decimal>| {
        groups.into_iter().fold(Decimal::whole(0), |sum, next| sum.plus(next).unwrap_or(sum))
    };
    let all = sum(groups.iter().map(|group| group.customers).collect());
    let late = sum(groups.iter().filter(leaving).map(|group| group.customers).collect());
    let money = sum(groups.iter().map(|group| group.at_risk).collect());
    let best = sum(groups.iter().filter(|group| group.class == "A").map(|group| group.at_risk).collect());
    let late_best = sum(groups
        .iter()
        .filter(leaving)
        .filter(|group| group.class == "A")
        .map(|group| group.customers)
        .collect());
    let format = &desk.format;
    let share = if all.is_zero() { 0.0 } else { late.to_f64() / all.to_f64() };
    let fillings = [
        desk.figure("late", &format.count(late), STEP),
        desk.figure("customers", &format.count(all), STEP),
        desk.figure("share", &format.percent(share), STEP),
        desk.figure("money", &format.money(money), STEP),
        desk.figure("best", &format.money(best), STEP),
        desk.figure("late_best", &format.count(late_best), STEP),
    ];
    let mut section = open(desk, "churn", "churn.answer", &fillings)?;
    section.notes.push(desk.say("churn.best", &fillings)?);
    if value::nobody_leaves(desk).is_some() {
        section.notes.push(desk.say("churn.no_dropout", &[])?);
    }
    desk.part(&mut section, |section| bars(desk, section, &groups))?;
    desk.part(&mut section, |section| trend(desk, section))?;
    desk.part_table(&mut section, "winback", || winback(desk))?;
    Ok(section)
}

fn read(table: Table<'_>) -> Result<Vec<Group>, Gap> {
    let (class, status) = (table.texts("class")?, table.texts("status")?);
    let (customers, at_risk) = (table.numbers("customers")?, table.numbers("revenue_at_risk")?);
    let read = |row: usize| {
        Some(Group {
            class: class.at(row)?,
            status: status.at(row)?,
            customers: customers.at(row)?,
            at_risk: at_risk.at(row).unwrap_or(Decimal::whole(0)),
        })
    };
    Ok((0..table.rows()).filter_map(read).collect())
}

fn bars(desk: &Desk<'_>, section: &mut Section, groups: &[Group]) -> Result<(), Stop> {
    let mut classes: Vec<&str> = groups.iter().map(|group| group.class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    let (mut labels, mut notes) = (Vec::new(), Vec::new());
    for class in &classes {
        let money = groups
            .iter()
            .filter(|group| group.class == *class)
            .map(|group| group.at_risk)
            .fold(Decimal::whole(0), |sum, next| sum.plus(next).unwrap_or(sum));
        labels.push(desk.plain("churn.picture.status.class", &[Filling::text("class", class)])?);
        let money = Filling::text("money", &desk.format.money(money));
        notes.push(desk.plain("churn.picture.status.note", &[money])?);
    }
    let customers = |class: &str, status: &str| -> f64 {
        let found = groups.iter().filter(|group| group.class == class && group.status == status);
        found.map(|group| group.customers.to_f64()).sum()
    };
    let series = STATUSES.map(|status| chart::Series {
        name: desk.name("churn.status", status),
        values: classes.iter().map(|class| customers(class, status)).collect(),
        tone: chart::Tone::Plain,
    });
    let data = chart::stacked_bars::Data {
        labels: &labels,
        notes: &notes,
        series: &series,
        whole: chart::stacked_bars::Whole::Share,
        span: None,
        lay: chart::Lay::Rows,
        number: &|share| desk.format.percent(share),
    };
    let words = chart::stacked_bars::Words { value: "" };
    picture::hang(desk, section, "status", STEP, |frame| chart::stacked_bars::render(frame, &data, &words))
}

/// Revenue at risk over time, where at least three months are known.
fn trend(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    let points = headline::series(desk, "revenue_at_risk")?;
    if points.len() < 3 {
        return Ok(());
    }
    let months: Vec<String> = points.iter().map(|(month, _)| desk.format.month_short(*month)).collect();
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let last = values.last().and_then(|value| Decimal::from_f64(*value));
    let series = [chart::line::Series {
        name: desk.plain("figures.revenue_at_risk", &[])?,
        last: last.map_or_else(String::new, |last| desk.format.money(last)),
        values,
    }];
    let data = chart::line::Data {
        labels: &months,
        series: &series,
        colours: chart::line::Colours::Distinct,
        from_zero: false,
        reference: None,
        open: 0,
        number: &|amount| desk.format.axis(amount),
    };
    let words = chart::line::Words { value: "", label: "" };
    picture::hang(desk, section, "trend", "headline_series", |frame| {
        chart::line::render(frame, &data, &words)
    })
}

fn winback(desk: &Desk<'_>) -> Result<TableView, Stop> {
    let table = desk.table("winback")?;
    let (id, segment, status) =
        (table.texts("customer_id")?, table.texts("segment")?, table.texts("status")?);
    let (gap, recency, late) =
        (table.floats("gap_days")?, table.numbers("recency_days")?, table.numbers("days_late")?);
    let at_risk = table.numbers("revenue_at_risk")?;
    let (alive, clv) = (table.floats("p_alive")?, table.numbers("clv")?);
    let shown = table.rows().min(SHOWN);
    // Columns of a model that gave nothing are left out.
    let modelled = value::is_predicted(desk, &alive);
    // Where nobody leaves, the chance to be still active is 1 for all, and says nothing.
    let uncertain = modelled && value::nobody_leaves(desk).is_none();
    let rows = (0..shown).map(|row| {
        let mut cells = vec![
            customer_cell(id.at(row).as_deref()),
            cell(segment.at(row), |segment| segment_name(desk, Some(&segment))).with_class("word"),
            cell(status.at(row), |status| desk.name("churn.status", &status)).with_class("word"),
            cell(gap.at(row), |gap| desk.format.number(gap, 1)),
            desk.count_cell(recency.at(row)),
            desk.count_cell(late.at(row)),
            desk.money_cell(at_risk.at(row)),
        ];
        if uncertain {
            cells.push(desk.percent_cell(alive.at(row)));
        }
        if modelled {
            cells.push(desk.estimate_cell(clv.at(row)));
        }
        cells
    });
    let mut heads =
        vec!["customer", "segment", "status", "#rhythm", "#days_since", "#days_late", "$revenue_at_risk"];
    if uncertain {
        heads.push("#p_alive");
    }
    if modelled {
        heads.push("$clv");
    }
    let mut view = desk.table_view("churn.winback", "winback", &heads, rows.collect())?;
    view.note = desk.shown_of(shown, table.rows(), "winback")?;
    Ok(view)
}
