//! What a chart is drawn from: the rows that it has room for, its settings, the words of the language.

use std::cell::Cell;

use super::super::context::{RenderContext, Stop};
use super::super::how::Columns;
use super::super::shown::{self, Column};
use super::super::table::{Gap, Table};
use super::super::view::Card;
use super::super::words::Filling;
use super::settings::Settings;
use crate::chart::{ChartError, Frame, Lay};

/// What came of drawing.
#[derive(Debug)]
pub enum Drawn {
    /// An `<svg>` element; and how many names it shows of how many, if it has no room for all.
    Svg(String, Option<(usize, usize)>),
    /// Cards of big numbers.
    Cards(Vec<Card>),
}

/// What a chart is drawn from.
pub struct Input<'i, 'd> {
    /// Words, formats, other tables.
    pub context: &'i RenderContext<'d>,
    /// The picture's title, description and id.
    pub frame: Frame<'i>,
    /// The rows to draw.
    pub table: Table<'i>,
    /// What the section asks for.
    pub settings: &'i Settings,
    /// How the section writes and calls columns.
    pub columns: &'i Columns,
    /// How many names are shown of how many, once that is known.
    shown: Cell<Option<(usize, usize)>>,
}

impl<'i, 'd> Input<'i, 'd> {
    /// What a picture of a table is drawn from.
    pub fn new(
        context: &'i RenderContext<'d>,
        frame: Frame<'i>,
        table: Table<'i>,
        settings: &'i Settings,
        columns: &'i Columns,
    ) -> Self {
        Self { context, frame, table, settings, columns, shown: Cell::new(None) }
    }

    /// How many of so many names are drawn if there is room for `most`: the first ones. They are the best in the order
    /// of the table. The page says so.
    pub fn first(&self, names: usize, most: usize) -> usize {
        let all =
            if names == self.table.rows() { self.context.rows_of(self.table.name(), names) } else { names };
        if all > most {
            self.shown.set(Some((names.min(most), all)));
        }
        names.min(most)
    }

    /// The first row that is drawn, where the last ones matter: months long past are not missed.
    pub fn last(&self, setting: &str, usual: usize) -> usize {
        let most = self.settings.number_of(setting).and_then(|most| usize::try_from(most).ok());
        self.table.rows().saturating_sub(most.unwrap_or(usual))
    }

    /// Which rows are not final: those that a column about completeness says are not complete.
    ///
    /// # Errors
    /// A column that the table does not have, or that does not say yes or no.
    pub fn incomplete(&self, setting: &str) -> Result<Vec<bool>, Gap> {
        let name = self.settings.columns_of(setting).first();
        let flags = name.map(|name| self.table.flags(&name.value)).transpose()?;
        Ok((0..self.table.rows())
            .map(|row| flags.as_ref().and_then(|flags| flags.at(row)) == Some(false))
            .collect())
    }

    /// How names lie, as the section asks.
    pub fn lay(&self) -> Lay {
        match self.settings.word_of("lay") {
            Some("rows") => Lay::Rows,
            Some("columns") => Lay::Columns,
            _ => Lay::Fit,
        }
    }

    /// Over a picture of several columns: the unit, where they are money.
    pub fn unit(&self, columns: &[Column]) -> String {
        match columns.first() {
            Some(column) if column.is_money() => self.context.format.money_unit().to_owned(),
            _ => String::new(),
        }
    }

    /// A figure in a picture: shares and their changes as per cent and points, what is counted in full, with as many
    /// places as the section asks for; all else short.
    pub fn short(&self, column: &Column, value: f64) -> String {
        if column.is_share() {
            self.context.format.percent(value)
        } else if column.is_count() || column.is_relative() || column.has_places() {
            column.figure(self.context, value)
        } else {
            column.tick(self.context, value)
        }
    }

    /// The columns of a setting.
    ///
    /// # Errors
    /// A column that the table does not have, or not of its kind.
    pub fn columns(&self, setting: &str) -> Result<Vec<Column>, Gap> {
        let names = self.settings.columns_of(setting);
        names.iter().map(|name| shown::column(self.context, self.table, &name.value, self.columns)).collect()
    }

    /// The column of a setting; none where the section does not give it.
    ///
    /// # Errors
    /// As [`Self::columns`].
    pub fn column(&self, setting: &str) -> Result<Option<Column>, Gap> {
        Ok(self.columns(setting)?.into_iter().next())
    }

    /// The column of a setting that a chart cannot do without.
    ///
    /// # Errors
    /// As [`Self::columns`].
    pub fn needed(&self, setting: &'static str) -> Result<Column, Stop> {
        let missing = || Gap::NoColumn { table: self.table.name().to_owned(), column: setting.to_owned() };
        Ok(self.column(setting)?.ok_or_else(missing)?)
    }

    /// The names that a column gives the rows.
    pub fn labels(&self, column: &Column) -> Vec<String> {
        (0..self.table.rows()).map(|row| column.label(self.context, row)).collect()
    }

    /// The figures of a column.
    pub fn values(&self, column: &Column) -> Vec<f64> {
        (0..self.table.rows()).map(|row| column.float(row)).collect()
    }

    /// What a column is called.
    ///
    /// # Errors
    /// A text that the words file lacks.
    pub fn title(&self, column: &Column) -> Result<String, Stop> {
        Ok(shown::title(self.context, column, self.columns)?)
    }

    /// What a column is called, with the unit of money.
    ///
    /// # Errors
    /// A text that the words file lacks.
    pub fn title_with_unit(&self, column: &Column) -> Result<String, Stop> {
        let title = self.title(column)?;
        if !column.is_money() {
            return Ok(title);
        }
        let unit = [Filling::text("label", &title), Filling::text("unit", self.context.format.money_unit())];
        Ok(self.context.plain("columns.with_unit", &unit)?)
    }

    /// The text of a setting, or of the words file where the section does not give it.
    ///
    /// # Errors
    /// A text that the words file lacks.
    pub fn text(&self, setting: &str, key: &str, fillings: &[Filling]) -> Result<String, Stop> {
        Ok(match self.settings.text_of(setting) {
            Some(words) => self.context.written_plain(words, fillings)?,
            None => self.context.plain(key, fillings)?,
        })
    }

    /// The picture, or in words why it cannot be drawn.
    ///
    /// # Errors
    /// Data that cannot be drawn.
    pub fn drawn(&self, svg: Result<String, ChartError>) -> Result<Drawn, Stop> {
        svg.map(|svg| Drawn::Svg(svg, self.shown.get())).map_err(|error| {
            let fillings =
                [Filling::text("picture", self.frame.title), Filling::text("reason", &error.to_string())];
            match self.context.plain("skipped.picture", &fillings) {
                Ok(reason) => Stop::Reason(reason),
                Err(error) => Stop::Error(error),
            }
        })
    }
}
