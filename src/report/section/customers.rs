//! Who are the best? The customers with the most revenue, and how their rank moved.

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell, customer_cell};
use super::super::view::{Cell, Section, TableView};
use super::{open, value};

/// Rows shown on the page; the download has all.
const SHOWN: usize = 20;

/// Writes the section.
///
/// # Errors
/// A gap in the table `top_customers`.
pub fn write(desk: &Desk<'_>) -> Result<Section, Stop> {
    let table = desk.table("top_customers")?;
    let (revenue, share) = (table.numbers("revenue")?, table.floats("revenue_share")?);
    let rows = table.rows().min(SHOWN);
    let sum = (0..rows).filter_map(|row| revenue.at(row)).try_fold(Decimal::whole(0), Decimal::plus);
    let shares: f64 = (0..rows).filter_map(|row| share.at(row)).sum();
    let (ranks, before) = (table.numbers("value_rank")?, table.numbers("rank_before")?);
    let limit = Decimal::from(rows);
    let newcomers = (0..rows)
        .filter(|row| {
            before.at(*row).is_none_or(|before| limit.minus(before).is_none_or(Decimal::is_negative))
        })
        .count();
    let known = ranks.iter().zip(before.iter()).any(|(_, before)| before.is_some());
    let fillings = [
        desk.figure("shown", &desk.format.count(limit), "top_customers"),
        desk.figure("revenue", &sum.map_or_else(String::new, |sum| desk.format.money(sum)), "top_customers"),
        desk.figure("share", &desk.format.percent(shares), "top_customers"),
        desk.figure("newcomers", &newcomers.to_string(), "top_customers"),
    ];
    let key = match (known, newcomers) {
        (false, _) => "customers.answer.alone",
        (true, 0) => "customers.answer.same",
        (true, _) => "customers.answer.moved",
    };
    let mut section = open(desk, "customers", key, &fillings)?;
    section.tables.insert("top", self::table(desk, "customers.top", SHOWN, true)?);
    Ok(section)
}

/// The best customers as a table; `full` adds order, segment and value.
///
/// # Errors
/// A gap in the table `top_customers`.
pub fn table(desk: &Desk<'_>, caption: &str, most: usize, full: bool) -> Result<TableView, Stop> {
    let table = desk.table("top_customers")?;
    let (rank, before, id) =
        (table.numbers("value_rank")?, table.numbers("rank_before")?, table.texts("customer_id")?);
    let (revenue, share) = (table.numbers("revenue")?, table.floats("revenue_share")?);
    let mut rows: Vec<Vec<Cell>> = (0..table.rows().min(most))
        .map(|row| {
            vec![
                desk.count_cell(rank.at(row)),
                customer_cell(id.at(row).as_deref()),
                cell(before.at(row).zip(rank.at(row)), |(before, now)| rank_change(desk, before, now)),
                desk.money_cell(revenue.at(row)),
                desk.percent_cell(share.at(row)),
            ]
        })
        .collect();
    let mut columns = vec!["#rank", "customer", "#rank_change", "$revenue", "#revenue_share"];
    if full {
        columns.extend(["#orders", "last_order", "segment", "status"]);
        let (orders, last) = (table.numbers("orders")?, table.days("last_day")?);
        let (segment, status) = (table.texts("segment")?, table.texts("status")?);
        let clv = table.numbers("clv")?;
        let modelled = value::is_predicted(desk, &clv);
        for (row, cells) in rows.iter_mut().enumerate() {
            cells.extend([
                desk.count_cell(orders.at(row)),
                cell(last.at(row), |last| desk.format.day(last)).with_class("word"),
                cell(segment.at(row), |segment| desk.name("segments.name", &segment)).with_class("word"),
                cell(status.at(row), |status| desk.name("churn.status", &status)).with_class("word"),
            ]);
            // A model that gave nothing gets no column of dashes.
            if modelled {
                cells.push(desk.estimate_cell(clv.at(row)));
            }
        }
        if modelled {
            columns.push("$clv");
        }
    }
    Ok(desk.table_view(caption, "top_customers", &columns, rows)?)
}

/// A rank that became smaller is a rise.
fn rank_change(desk: &Desk<'_>, before: Decimal, now: Decimal) -> String {
    match before.minus(now) {
        Some(rise) if rise.is_zero() => "=".to_owned(),
        Some(rise) if rise.is_negative() => format!("▼ {}", desk.format.count_cell(rise.abs())),
        Some(rise) => format!("▲ {}", desk.format.count_cell(rise)),
        None => String::new(),
    }
}
