//! A section for any table: an analyst's own step, printed as it is.

use arrow::datatypes::DataType;

use super::super::desk::{Desk, Stop, cell, customer_cell};
use super::super::html::Html;
use super::super::table::{Gap, Table};
use super::super::view::{Cell, Column, Section, TableView};
use super::super::words::Filling;

/// Rows shown on the page; the download has all.
const SHOWN: usize = 50;

/// Writes the section of the table `name`. It is laid out by `sections/<name>.html` where the theme has one, else by
/// `sections/table.html`; heads and title come from the words file where it has them.
///
/// # Errors
/// A table without rows, or with a column that has no text form.
pub fn write(desk: &Desk<'_>, name: &str) -> Result<Section, Stop> {
    let table = desk.table(name)?;
    let shown = table.rows().min(SHOWN);
    let mut columns = Vec::new();
    let mut rows: Vec<Vec<Cell>> = vec![Vec::new(); shown];
    for head in table.columns() {
        let numeric = table.kind(head).is_some_and(DataType::is_numeric);
        columns.push(Column { label: Html::text(&desk.name("columns", head)), numeric });
        let cells = cells(desk, table, head)?;
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    let title = capitalised(&desk.name("nav", name));
    let count = Filling::text("rows", &desk.format.count_cell(table.rows().into()));
    let answer = desk.say("other.answer", &[Filling::text("name", &title), count])?;
    let mut section = Section::new(name, title.clone(), Html::text(&title), answer);
    if !desk.theme.templates.contains_key(&section.template) {
        "sections/table.html".clone_into(&mut section.template);
    }
    let view = TableView {
        caption: Html::text(&title),
        source: Some(desk.source(name)),
        columns,
        rows,
        total: false,
        note: desk.shown_of(shown, table.rows(), name)?,
    };
    section.tables.insert("all", view);
    Ok(section)
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn cells(desk: &Desk<'_>, table: Table<'_>, head: &str) -> Result<Vec<Cell>, Gap> {
    let rows = 0..table.rows().min(SHOWN);
    let kind = table.kind(head).cloned().unwrap_or(DataType::Null);
    if head == "customer_id" {
        let ids = table.texts(head)?;
        return Ok(rows.map(|row| customer_cell(ids.at(row).as_deref())).collect());
    }
    if kind.is_floating() {
        let numbers = table.floats(head)?;
        let share = head.ends_with("share") || head.ends_with("rate");
        let write =
            |value: f64| if share { desk.format.percent(value) } else { desk.format.parameter(value) };
        return Ok(rows.map(|row| cell(numbers.at(row), write)).collect());
    }
    if kind.is_numeric() {
        let numbers = table.numbers(head)?;
        return Ok(rows.map(|row| cell(numbers.at(row), |number| desk.format.decimal(number))).collect());
    }
    if matches!(kind, DataType::Date32 | DataType::Date64) {
        let days = table.days(head)?;
        return Ok(rows.map(|row| cell(days.at(row), |day| desk.format.day(day))).collect());
    }
    let texts = table.texts(head)?;
    Ok(rows.map(|row| cell(texts.at(row), |text| text)).collect())
}
