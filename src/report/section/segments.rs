//! Who are our customers? Segments with their share of customers and of revenue, and what to do for each.

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop};
use super::super::html::Html;
use super::super::table::{Cells, Gap, Table};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, picture};
use super::open;
use crate::chart;

const STEP: &str = "segment_summary";

/// The columns of the table `segment_summary`.
struct Columns {
    rows: usize,
    segment: Cells<String>,
    customers: Cells<Decimal>,
    customer_share: Cells<f64>,
    before: Cells<Decimal>,
    revenue: Cells<Decimal>,
    revenue_share: Cells<f64>,
    average_order: Cells<Decimal>,
    recency: Cells<f64>,
}

/// Writes the section.
///
/// # Errors
/// A gap in the table `segment_summary`.
pub fn write(desk: &Desk<'_>) -> Result<Section, Stop> {
    let columns = read(desk.table(STEP)?)?;
    let leader = (0..columns.rows).max_by(|left, right| {
        let share = |row: &usize| columns.revenue_share.at(*row).unwrap_or(f64::NEG_INFINITY);
        share(left).total_cmp(&share(right))
    });
    let all = columns.customers.iter().flatten().copied().try_fold(Decimal::whole(0), Decimal::plus);
    let leader = leader.unwrap_or_default();
    let format = &desk.format;
    let share = |share: Option<f64>| share.map_or_else(String::new, |share| format.percent(share));
    let count = |count: Option<Decimal>| count.map_or_else(String::new, |count| format.count(count));
    let fillings = [
        Filling::text("segment", &segment_name(desk, columns.segment.at(leader).as_deref())),
        desk.figure("customers", &count(columns.customers.at(leader)), STEP),
        desk.figure("of_customers", &count(all), STEP),
        desk.figure("customer_share", &share(columns.customer_share.at(leader)), STEP),
        desk.figure("revenue_share", &share(columns.revenue_share.at(leader)), STEP),
    ];
    let mut section = open(desk, "segments", "segments.answer", &fillings)?;
    section.tables.insert("summary", summary(desk, &columns)?);
    desk.part(&mut section, |section| bars(desk, section, &columns))?;
    desk.part(&mut section, |section| heat(desk, section))?;
    desk.part_table(&mut section, "bins", || bins(desk))?;
    if section.tables.contains_key("bins") {
        section.notes.extend(empty(desk)?);
    }
    Ok(section)
}

fn read(table: Table<'_>) -> Result<Columns, Gap> {
    Ok(Columns {
        rows: table.rows(),
        segment: table.texts("segment")?,
        customers: table.numbers("customers")?,
        customer_share: table.floats("customer_share")?,
        before: table.numbers("customers_before")?,
        revenue: table.numbers("revenue")?,
        revenue_share: table.floats("revenue_share")?,
        average_order: table.numbers("average_order")?,
        recency: table.floats("median_recency_days")?,
    })
}

/// The name of a segment; that of an analyst's own is its key.
pub fn segment_name(desk: &Desk<'_>, key: Option<&str>) -> String {
    desk.name("segments.name", key.unwrap_or("others"))
}

fn summary(desk: &Desk<'_>, columns: &Columns) -> Result<TableView, ReportError> {
    let row = |row: usize| {
        let key = columns.segment.at(row).unwrap_or_else(|| "others".to_owned());
        let action = format!("segments.action.{key}");
        let action = if desk.words.has(&action) { desk.plain(&action, &[])? } else { "–".to_owned() };
        let recency = columns.recency.at(row).and_then(Decimal::from_f64);
        Ok(vec![
            Cell::text(&segment_name(desk, Some(&key))),
            desk.count_cell(columns.customers.at(row)),
            desk.percent_cell(columns.customer_share.at(row)),
            desk.change_cell(columns.customers.at(row), columns.before.at(row)),
            desk.money_cell(columns.revenue.at(row)),
            desk.percent_cell(columns.revenue_share.at(row)),
            desk.money_cell(columns.average_order.at(row)),
            desk.count_cell(recency),
            Cell::text(&action).with_class("prose"),
        ])
    };
    let rows: Result<Vec<_>, ReportError> = (0..columns.rows).map(row).collect();
    let heads = [
        "segment",
        "#customers",
        "#customer_share",
        "#change",
        "$revenue",
        "#revenue_share",
        "$average_order",
        "#median_days_since",
        "action",
    ];
    desk.table_view("segments.summary", STEP, &heads, rows?)
}

fn bars(desk: &Desk<'_>, section: &mut Section, columns: &Columns) -> Result<(), Stop> {
    let labels: Vec<String> =
        (0..columns.rows).map(|row| segment_name(desk, columns.segment.at(row).as_deref())).collect();
    let shares = |cells: &Cells<f64>| -> Vec<f64> {
        (0..columns.rows).map(|row| cells.at(row).unwrap_or(f64::NAN)).collect()
    };
    let series = [
        chart::Series {
            name: desk.plain("columns.customer_share", &[])?,
            values: shares(&columns.customer_share),
            tone: chart::Tone::Beside,
        },
        chart::Series {
            name: desk.plain("columns.revenue_share", &[])?,
            values: shares(&columns.revenue_share),
            tone: chart::Tone::Main,
        },
    ];
    let data = chart::grouped_bars::Data {
        labels: &labels,
        series: &series,
        lay: chart::Lay::Rows,
        number: &|share| desk.format.percent(share),
    };
    let words = chart::grouped_bars::Words { value: "" };
    picture::hang(desk, section, "bars", STEP, |frame| chart::grouped_bars::render(frame, &data, &words))
}

fn heat(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = desk.table("rf_grid")?;
    let (r, f, shares) = (table.floats("r")?, table.floats("f")?, table.floats("customer_share")?);
    let scores = |cells: &Cells<f64>| {
        let mut scores: Vec<i64> = cells.iter().flatten().map(|score| score.round() as i64).collect();
        scores.sort_unstable();
        scores.dedup();
        scores
    };
    let (mut recency, frequency) = (scores(&r), scores(&f));
    recency.reverse();
    let share = |wanted: (i64, i64)| {
        let row = (0..table.rows()).find(|row| {
            r.at(*row).map(|score| score.round() as i64) == Some(wanted.0)
                && f.at(*row).map(|score| score.round() as i64) == Some(wanted.1)
        });
        row.and_then(|row| shares.at(row)).unwrap_or(0.0)
    };
    let cell = |wanted| Some(chart::heat::Cell { value: share(wanted), framed: false });
    let grid: Vec<Vec<_>> =
        recency.iter().map(|r| frequency.iter().map(|f| cell((*r, *f))).collect()).collect();
    let name = |scores: &[i64]| scores.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (recency, frequency) = (name(&recency), name(&frequency));
    let data = chart::heat::Data {
        rows: &recency,
        columns: &frequency,
        cells: &grid,
        darkest: None,
        number: &|share| desk.format.percent(share),
    };
    let (recency, frequency) = (
        desk.plain("segments.picture.heat.recency", &[])?,
        desk.plain("segments.picture.heat.frequency", &[])?,
    );
    let words = chart::heat::Words { row: &recency, column: &frequency, framed: "" };
    picture::hang(desk, section, "heat", "rf_grid", |frame| chart::heat::render(frame, &data, &words))
}

/// One sentence a measure: the scores that nobody has.
fn empty(desk: &Desk<'_>) -> Result<Vec<Html>, Stop> {
    let table = desk.table("rfm_bins")?;
    let (measure, score, customers) =
        (table.texts("measure")?, table.numbers("score")?, table.numbers("customers")?);
    let mut scores: Vec<(String, Vec<String>)> = Vec::new();
    for row in 0..table.rows() {
        let (Some(measure), Some(score), Some(customers)) =
            (measure.at(row), score.at(row), customers.at(row))
        else {
            continue;
        };
        if !customers.is_zero() {
            continue;
        }
        let score = desk.format.count_cell(score);
        match scores.iter_mut().find(|(known, _)| *known == measure) {
            Some((_, scores)) => scores.push(score),
            None => scores.push((measure, vec![score])),
        }
    }
    let sentence = |(measure, scores): (String, Vec<String>)| {
        let fillings = [
            Filling::text("measure", &desk.name("segments.score", &measure)),
            desk.figure("scores", &scores.join(desk.list_separator()), "rfm_bins"),
        ];
        desk.say("segments.empty", &fillings)
    };
    Ok(scores.into_iter().map(sentence).collect::<Result<_, _>>()?)
}

/// What each score stands for: from and to.
fn bins(desk: &Desk<'_>) -> Result<TableView, Stop> {
    let table = desk.table("rfm_bins")?;
    let (measure, score, customers) =
        (table.texts("measure")?, table.numbers("score")?, table.numbers("customers")?);
    let (lowest, highest) = (table.numbers("lowest")?, table.numbers("highest")?);
    let rows = (0..table.rows()).map(|row| {
        let key = measure.at(row).unwrap_or_default();
        vec![
            Cell::text(&desk.name("segments.measure", &key)),
            desk.count_cell(score.at(row)),
            desk.count_cell(customers.at(row)),
            desk.count_cell(lowest.at(row)),
            desk.count_cell(highest.at(row)),
        ]
    });
    let heads = ["measure", "#score", "#customers", "#lowest", "#highest"];
    Ok(desk.table_view("segments.bins", "rfm_bins", &heads, rows.collect())?)
}
