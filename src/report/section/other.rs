//! A section for any table: an analyst's own step, printed as it is.

use super::super::cells::Shown;
use super::super::desk::{Desk, Stop};
use super::super::html::Html;
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;

/// Rows shown on the page; the download has all.
const SHOWN: usize = 50;

/// Writes the section of the table `name`. It is laid out by `sections/<name>.html` where the theme has one, else by
/// `sections/table.html`; heads and formats follow from what is declared of the table, the title from the words file.
///
/// # Errors
/// A table without rows, or with a column that has no text form.
pub fn write(desk: &Desk<'_>, name: &str) -> Result<Section, Stop> {
    let table = desk.table(name)?;
    let shown = table.rows().min(SHOWN);
    let mut columns = Vec::new();
    let mut meanings = Vec::new();
    let mut rows: Vec<Vec<Cell>> = vec![Vec::new(); shown];
    for head in table.columns() {
        let column = Shown::of(desk, table, head);
        columns.push(column.head(desk)?);
        if let Some(meaning) = column.meaning(desk) {
            let label = column.label(desk)?;
            meanings.push(Html::markup(format!("<b>{}</b> {}", label.as_str(), meaning.as_str())));
        }
        for (row, cell) in rows.iter_mut().zip(column.cells(desk, table, 0..shown)?) {
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
    section.definition = meanings;
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
