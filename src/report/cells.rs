//! Columns of a table as a reader sees them, by the kind of their values: heads, cells, meanings.

use std::ops::Range;

use arrow::datatypes::DataType;

use crate::tables::{self, Kind};

use super::ReportError;
use super::decimal::Decimal;
use super::desk::{Desk, cell, customer_cell};
use super::html::{Html, escape};
use super::table::{Gap, Table};
use super::view::{Cell, Column};
use super::words::Filling;

/// A column of a table: what is declared of it, and what its values are.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    name: &'a str,
    declared: Option<&'a tables::Column>,
    kind: Kind,
}

impl<'a> Shown<'a> {
    /// A column of a table, by its declaration if that fits what the column holds.
    pub fn of(desk: &Desk<'a>, table: Table<'a>, name: &'a str) -> Self {
        let declared = desk.theme.declared.get(table.name());
        let found = table.kind(name).unwrap_or(&DataType::Null);
        let fitting = declared.and_then(|declared| declared.fitting(name, found));
        Self { name, declared: fitting, kind: tables::kind(declared, name, found) }
    }

    /// A column as it is declared, whatever a table of the run holds.
    pub fn declared(column: &'a tables::Column) -> Self {
        Self { name: &column.name, declared: Some(column), kind: column.kind }
    }

    /// Its head: the declared name, or the one that the words file has, or the column's own; with the unit of money.
    ///
    /// # Errors
    /// A text of the words file that asks for a figure.
    pub fn head(&self, desk: &Desk<'_>) -> Result<Column, ReportError> {
        let label = self.label(desk)?;
        let numeric = self.kind.is_figure();
        if !self.kind.is_money() {
            return Ok(Column { label, numeric });
        }
        let unit = [
            Filling { name: "label".to_owned(), plain: label.as_str().to_owned(), html: label },
            Filling::text("unit", desk.format.money_unit()),
        ];
        Ok(Column { label: desk.say("columns.with_unit", &unit)?, numeric })
    }

    /// Its name for readers, with links to definitions.
    ///
    /// # Errors
    /// As for [`Self::head`].
    pub fn label(&self, desk: &Desk<'_>) -> Result<Html, ReportError> {
        // Definitions are in that section.
        if !desk.facts.sections.iter().any(|section| section == "method") {
            return Ok(Html::text(&self.name(desk)));
        }
        if let Some((title, number)) = self.title(desk) {
            // A name of the analyst's that only looks as if it had figures or links is a name.
            return Ok(desk.words.html_of(self.name, title, &number).unwrap_or_else(|_| Html::text(title)));
        }
        let key = format!("columns.{}", self.name);
        if desk.words.has(&key) { desk.say(&key, &[]) } else { Ok(Html::text(&self.name(desk))) }
    }

    /// Its name for readers, as text.
    pub fn name(&self, desk: &Desk<'_>) -> String {
        match self.title(desk) {
            Some((title, number)) => {
                desk.words.plain_of(self.name, title, &number).unwrap_or_else(|_| title.to_owned())
            }
            None => desk.name("columns", self.name),
        }
    }

    /// The name that the table itself declares, and the number that it may ask for.
    fn title(&self, desk: &Desk<'_>) -> Option<(&'a str, [Filling; 1])> {
        let column = self.declared.filter(|column| !column.shared)?;
        let title = column.title.as_ref()?.of(desk.format.locale().tag());
        // The column of all numbers is that of n.
        let number = column.number(self.name).filter(|number| !number.is_empty());
        Some((title, [Filling::text("n", number.unwrap_or("n"))]))
    }

    /// What it means; none where nobody said.
    pub fn meaning(&self, desk: &Desk<'_>) -> Option<Html> {
        let meaning = self.declared?.meaning.as_ref()?;
        Some(Html::markup(with_code(meaning.of(desk.format.locale().tag()))))
    }

    /// Its cells in some rows.
    ///
    /// # Errors
    /// Values without a text form.
    pub fn cells(&self, desk: &Desk<'_>, table: Table<'_>, mut rows: Range<usize>) -> Result<Vec<Cell>, Gap> {
        let name = self.name;
        let format = &desk.format;
        let floating = table.kind(name).is_some_and(DataType::is_floating);
        let mut cells = match self.kind {
            Kind::Share | Kind::Points | Kind::Growth => {
                let values = table.floats(name)?;
                let write = |value: f64| match self.kind {
                    Kind::Points => format.points(value),
                    Kind::Growth => format.change(value),
                    _ => format.percent(value),
                };
                rows.clone().map(|row| cell(values.at(row), write)).collect()
            }
            Kind::Number if floating => {
                let values = table.floats(name)?;
                rows.clone().map(|row| cell(values.at(row), |value| format.parameter(value))).collect()
            }
            kind if kind.is_figure() => {
                let values = table.numbers(name)?;
                let write = |value: Decimal| match kind {
                    Kind::Money => format.money_cell(value),
                    Kind::Estimate => format.money_estimate(value),
                    Kind::MoneyChange => format.money_change(value),
                    Kind::CountChange => format.count_change(value),
                    // Of what is weighed or drawn.
                    Kind::Count | Kind::Days if floating => format.decimal(tenths(value)),
                    _ => format.decimal(value),
                };
                rows.clone().map(|row| cell(values.at(row), write)).collect()
            }
            Kind::Customer => {
                let ids = table.texts(name)?;
                rows.clone().map(|row| customer_cell(ids.at(row).as_deref())).collect()
            }
            Kind::Date | Kind::Month => {
                let days = table.days(name)?;
                let month = self.kind == Kind::Month;
                let write = |day| if month { format.month_short(day) } else { format.day(day) };
                rows.clone().map(|row| cell(days.at(row), write).with_class("word")).collect()
            }
            Kind::Flag => {
                let flags = table.flags(name)?;
                let write = |yes: bool| desk.name("flag", if yes { "is" } else { "is_not" });
                rows.clone().map(|row| cell(flags.at(row), write)).collect()
            }
            Kind::Word => {
                let keys = table.texts(name)?;
                let group = self.declared.and_then(|column| column.words.as_deref()).unwrap_or_default();
                rows.clone()
                    .map(|row| cell(keys.at(row), |key| desk.name(group, &key)).with_class("word"))
                    .collect()
            }
            _ => {
                let texts = table.texts(name)?;
                rows.clone().map(|row| cell(texts.at(row), |text| text)).collect::<Vec<_>>()
            }
        };
        if let Some(good) = self.declared.and_then(|column| column.up_is_good)
            && matches!(self.kind, Kind::MoneyChange | Kind::CountChange | Kind::Points | Kind::Growth)
        {
            let values = table.floats(name)?;
            for cell in &mut cells {
                let up = rows.next().and_then(|row| values.at(row)).filter(|change| *change != 0.0);
                if let Some(up) = up.map(|change| change > 0.0) {
                    cell.class = if up == good { "good" } else { "bad" };
                }
            }
        }
        Ok(cells)
    }
}

/// Whole, or with one place.
fn tenths(value: Decimal) -> Decimal {
    let whole = value.round(0);
    if value.minus(whole).is_some_and(Decimal::is_zero) { whole } else { value.round(1) }
}

/// Text in which what stands between backticks is code.
fn with_code(text: &str) -> String {
    let mut out = String::new();
    for (number, piece) in text.split('`').enumerate() {
        let piece = escape(piece);
        if number % 2 == 1 {
            out.push_str("<code>");
            out.push_str(&piece);
            out.push_str("</code>");
        } else {
            out.push_str(&piece);
        }
    }
    out
}
