//! Who moved up, who down? From each segment one period ago to each segment now.

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop};
use super::super::picture;
use super::super::table::{Gap, Table};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::open;
use super::segments::segment_name;
use crate::chart;

const STEP: &str = "migration";
/// Rows of the table of the largest moves.
const SHOWN: usize = 10;

/// One row of the table `migration`.
struct Move {
    from: Option<String>,
    from_order: Option<f64>,
    to: String,
    to_order: f64,
    customers: Decimal,
    revenue: Option<Decimal>,
    before: Option<Decimal>,
}

impl Move {
    /// Below zero: to a better segment (a smaller order); `None` for who was not a customer before.
    fn direction(&self) -> Option<f64> {
        self.from_order.map(|from| self.to_order - from)
    }
}

/// Writes the section.
///
/// # Errors
/// A gap in the table `migration`, or a history that does not reach back a period.
pub fn write(desk: &Desk<'_>) -> Result<Section, Stop> {
    let moves = read(desk.table(STEP)?)?;
    let sum = |wanted: &dyn Fn(Option<f64>) -> bool| {
        let found = moves.iter().filter(|move_| wanted(move_.direction())).map(|move_| move_.customers);
        found.fold(Decimal::whole(0), |sum, customers| sum.plus(customers).unwrap_or(sum))
    };
    let known = sum(&|direction| direction.is_some());
    if known.is_zero() {
        return Err(Stop::Reason(desk.plain("migration.no_history", &[])?));
    }
    let up = sum(&|direction| direction.is_some_and(|direction| direction < 0.0));
    let down = sum(&|direction| direction.is_some_and(|direction| direction > 0.0));
    let new = sum(&|direction| direction.is_none());
    let count = |name: &str, count: Decimal| desk.figure(name, &desk.format.count(count), STEP);
    let since = Filling::text("since", &desk.format.date(desk.facts.previous_as_of));
    let fillings =
        [count("up", up), count("down", down), count("customers", known), count("new", new), since];
    let mut section = open(desk, "migration", "migration.answer", &fillings)?;
    section.tables.insert("largest", largest(desk, &moves)?);
    desk.part(&mut section, |section| matrix(desk, section, &moves))?;
    Ok(section)
}

fn read(table: Table<'_>) -> Result<Vec<Move>, Gap> {
    let (from, to) = (table.texts("from_segment")?, table.texts("to_segment")?);
    let (from_order, to_order) = (table.floats("from_order")?, table.floats("to_order")?);
    let (customers, revenue) = (table.numbers("customers")?, table.numbers("revenue")?);
    let before = table.numbers("revenue_before")?;
    let read = |row: usize| {
        Some(Move {
            from: from.at(row),
            from_order: from_order.at(row),
            to: to.at(row)?,
            to_order: to_order.at(row)?,
            customers: customers.at(row)?,
            revenue: revenue.at(row),
            before: before.at(row),
        })
    };
    Ok((0..table.rows()).filter_map(read).collect())
}

fn largest(desk: &Desk<'_>, moves: &[Move]) -> Result<TableView, Stop> {
    let mut moved: Vec<&Move> =
        moves.iter().filter(|move_| move_.direction().is_some_and(|direction| direction != 0.0)).collect();
    let money = |move_: &Move| move_.before.map_or(0.0, Decimal::to_f64);
    moved.sort_by(|left, right| {
        money(right)
            .total_cmp(&money(left))
            .then_with(|| (&left.from, &left.to).cmp(&(&right.from, &right.to)))
    });
    let row = |move_: &&Move| {
        let up = move_.direction().is_some_and(|direction| direction < 0.0);
        let key = if up { "migration.up" } else { "migration.down" };
        let arrow = Cell::text(&desk.plain(key, &[])?).with_class(if up { "good" } else { "bad" });
        Ok(vec![
            Cell::text(&segment_name(desk, move_.from.as_deref())),
            Cell::text(&segment_name(desk, Some(&move_.to))).with_class("word"),
            arrow,
            desk.count_cell(Some(move_.customers)),
            desk.money_cell(move_.before),
            desk.money_cell(move_.revenue),
        ])
    };
    let rows: Result<Vec<_>, Stop> = moved.iter().take(SHOWN).map(row).collect();
    let heads = ["from", "to", "direction", "#customers", "$revenue_before", "$revenue_now"];
    Ok(desk.table_view("migration.largest", STEP, &heads, rows?)?)
}

fn matrix(desk: &Desk<'_>, section: &mut Section, moves: &[Move]) -> Result<(), Stop> {
    let mut from: Vec<(f64, Option<&str>)> =
        moves.iter().map(|move_| (move_.from_order.unwrap_or(f64::MAX), move_.from.as_deref())).collect();
    let mut to: Vec<(f64, &str)> = moves.iter().map(|move_| (move_.to_order, move_.to.as_str())).collect();
    from.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| left.1.cmp(&right.1)));
    from.dedup();
    to.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| left.1.cmp(right.1)));
    to.dedup();
    let count = |from: Option<&str>, to: &str| {
        let found = moves.iter().filter(|move_| move_.from.as_deref() == from && move_.to == to);
        found.map(|move_| move_.customers.to_f64()).sum::<f64>()
    };
    let customers: Vec<Vec<f64>> =
        from.iter().map(|(_, from)| to.iter().map(|(_, to)| count(*from, to)).collect()).collect();
    let newcomer = desk.plain("migration.not_before", &[])?;
    let name =
        |segment: Option<&str>| segment.map_or_else(|| newcomer.clone(), |key| segment_name(desk, Some(key)));
    let from: Vec<String> = from.iter().map(|(_, segment)| name(*segment)).collect();
    let to: Vec<String> = to.iter().map(|(_, segment)| name(Some(segment))).collect();
    let data = chart::matrix::Data {
        from: &from,
        to: &to,
        counts: &customers,
        number: &|count| desk.format.axis(count),
    };
    let before = desk.plain("migration.picture.matrix.from", &[])?;
    let (now, stayed) = (
        desk.plain("migration.picture.matrix.to", &[])?,
        desk.plain("migration.picture.matrix.stayed", &[])?,
    );
    let words = chart::matrix::Words { from: &before, to: &now, stayed: &stayed };
    picture::hang(desk, section, "matrix", STEP, |frame| chart::matrix::render(frame, &data, &words))
}
