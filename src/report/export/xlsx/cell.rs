//! The values of a table's columns, as cells of a sheet hold them.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field};
use jiff::civil::{Date, date};

use super::look::{Look, is_whole};
use crate::report::context::RenderContext;
use crate::report::decimal::Decimal;
use crate::report::mask;
use crate::report::table::{Cells, Gap, Table};
use crate::report::words::in_group;
use crate::report::{ReportError, cells::Shown};
use crate::tables::{self, ColumnKind};

/// A column of a sheet.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name in the table.
    pub(super) name: String,
    /// Its heading.
    pub(super) heading: String,
    /// How its cells look.
    pub(super) look: Look,
    read: Read,
}

/// How values are read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    Numbers {
        whole: bool,
    },
    Floats,
    Days,
    Instants,
    Flags,
    Texts,
    /// Keys of this group of words.
    Words(String),
    Lists,
    /// As a download in text has them.
    Written,
}

/// The values of some rows of a column.
#[derive(Debug)]
pub(super) enum Values {
    Numbers {
        cells: Cells<Decimal>,
        whole: bool,
    },
    Floats(Cells<f64>),
    Days(Cells<Date>),
    /// Seconds since 1970-01-01.
    Instants(Cells<f64>),
    Flags(Cells<bool>),
    Texts(Vec<Option<String>>),
}

/// What a cell holds.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    /// A number, a day or a point in time, as its file has it.
    Number(String),
    Flag(bool),
    Text(String),
}

impl Column {
    /// A column by its type and what is declared of it.
    ///
    /// # Errors
    /// A text that the words file lacks.
    pub(super) fn of(context: &RenderContext<'_>, table: &str, field: &Field) -> Result<Self, ReportError> {
        let (name, found) = (field.name(), field.data_type());
        let declared = context.theme.declared.get(table);
        let column = declared.and_then(|table| table.fitting(name, found));
        let kind = tables::kind(declared, name, found);
        let words = column.and_then(|column| column.words.clone());
        let read = match (kind, found) {
            (_, DataType::List(_) | DataType::LargeList(_)) => Read::Lists,
            (ColumnKind::Word, _) => words.map_or(Read::Texts, Read::Words),
            (ColumnKind::Date | ColumnKind::Month, _) => Read::Days,
            (ColumnKind::Instant, DataType::Timestamp(_, None)) => Read::Instants,
            (ColumnKind::Flag, _) => Read::Flags,
            (kind, found) if kind.is_figure() && found.is_floating() => Read::Floats,
            (kind, found) if kind.is_figure() => Read::Numbers { whole: is_whole(found) },
            (ColumnKind::Customer | ColumnKind::Text, _) => Read::Texts,
            _ => Read::Written,
        };
        let look = match read {
            Read::Texts | Read::Words(_) | Read::Lists | Read::Written => Look::Text,
            _ => Look::of(kind, found),
        };
        let label = Shown::of(name, column).name(context);
        let heading = match kind {
            kind if kind.is_money() => with_unit(context, &label, context.format.money_unit())?,
            ColumnKind::Points => with_unit(context, &label, &context.plain("workbook.points", &[])?)?,
            _ => label,
        };
        Ok(Self { name: name.clone(), heading, look, read })
    }

    /// The values of some rows.
    ///
    /// # Errors
    /// A type without a text form.
    pub(super) fn values(
        &self,
        context: &RenderContext<'_>,
        table: &str,
        rows: &RecordBatch,
    ) -> Result<Values, ReportError> {
        let name = self.name.as_str();
        if let Ok(values) = self.typed(context, Table::of(table, rows)) {
            return Ok(values);
        }
        let column = rows.column_by_name(name).map(|array| mask::texts(array.as_ref()));
        let texts = column.transpose().map_err(|error| ReportError {
            what: format!("column {name} of {table} cannot be written into a workbook: {error}"),
            help: "leave the column out of the query, or cast it to text, a number or a date".to_owned(),
            at: None,
        })?;
        Ok(Values::Texts(texts.unwrap_or_default()))
    }

    fn typed(&self, context: &RenderContext<'_>, table: Table<'_>) -> Result<Values, Gap> {
        let name = self.name.as_str();
        let texts = |cells: &Cells<String>| cells.iter().map(Option::<&String>::cloned).collect();
        Ok(match &self.read {
            Read::Numbers { whole } => Values::Numbers { cells: table.numbers(name)?, whole: *whole },
            Read::Floats => Values::Floats(table.floats(name)?),
            Read::Days => Values::Days(table.days(name)?),
            Read::Instants => Values::Instants(table.instants(name)?),
            Read::Flags => Values::Flags(table.flags(name)?),
            Read::Texts => Values::Texts(texts(&table.texts(name)?)),
            Read::Words(group) => {
                let named = |key: &String| {
                    let key_of = in_group(group, key);
                    // A key without a word, or with one that asks for figures, stands for itself.
                    context.plain(&key_of, &[]).unwrap_or_else(|_| key.clone())
                };
                Values::Texts(table.texts(name)?.iter().map(|cell| cell.map(named)).collect())
            }
            Read::Lists => Values::Texts(texts(&table.lists(name, context.list_separator())?)),
            Read::Written => {
                return Err(Gap::NoColumn { table: table.name().to_owned(), column: name.to_owned() });
            }
        })
    }
}

fn with_unit(context: &RenderContext<'_>, label: &str, unit: &str) -> Result<String, ReportError> {
    use crate::report::words::Filling;
    let unit =
        context.plain("columns.with_unit", &[Filling::text("label", label), Filling::text("unit", unit)])?;
    // A heading breaks where it has room.
    Ok(unit.replace('\u{a0}', " "))
}

/// Whole numbers of more digits would be rounded in a cell, and most are ids.
const MOST_DIGITS: u32 = 15;

impl Values {
    /// What the cell of a row holds; none where there is nothing, or nothing that a cell can hold.
    pub(super) fn at(&self, row: usize) -> Option<Value> {
        match self {
            Self::Numbers { cells, whole } => {
                let number = cells.at(row)?;
                let text = number.plain();
                Some(if *whole && number.reaches(MOST_DIGITS) {
                    Value::Text(text)
                } else {
                    Value::Number(text)
                })
            }
            Self::Floats(cells) => cells.at(row).map(float).map(Value::Number),
            Self::Days(cells) => {
                let day = cells.at(row)?;
                Some(
                    serial(day)
                        .map_or_else(|| Value::Text(day.to_string()), |days| Value::Number(days.to_string())),
                )
            }
            Self::Instants(cells) => {
                let seconds = cells.at(row)?;
                // The same bounds as of days.
                let days = seconds / 86_400.0 + f64::from(EPOCH);
                (f64::from(FIRST)..f64::from(LAST + 1)).contains(&days).then(|| Value::Number(float(days)))
            }
            Self::Flags(cells) => cells.at(row).map(Value::Flag),
            Self::Texts(cells) => {
                let text = cells.get(row)?.as_ref()?;
                (!text.is_empty()).then(|| Value::Text(text.clone()))
            }
        }
    }
}

/// A float with all its digits, as XML has it.
fn float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-5..1e15).contains(&size) { format!("{value:E}") } else { format!("{value}") }
}

/// 1970-01-01 as spreadsheets count days.
const EPOCH: i32 = 25_569;
/// 1900-03-01: before it spreadsheets count a day that never was.
const FIRST: i32 = 61;
/// 9999-12-31.
const LAST: i32 = 2_958_465;

/// A day as spreadsheets count them; none that they do not know.
pub(super) fn serial(day: Date) -> Option<i32> {
    let days = date(1970, 1, 1).until(day).ok()?.get_days().checked_add(EPOCH)?;
    (FIRST..=LAST).contains(&days).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_as_in_spreadsheets() {
        assert_eq!(serial(date(1970, 1, 1)), Some(25_569));
        assert_eq!(serial(date(2024, 3, 31)), Some(45_382));
        assert_eq!(serial(date(1900, 3, 1)), Some(61));
        assert_eq!((serial(date(1900, 2, 28)), serial(date(9999, 12, 31))), (None, Some(2_958_465)));
    }

    #[test]
    fn floats_keep_their_digits() {
        assert_eq!(
            [0.1 + 0.2, -2.0, 0.0, 1e300, 1e-7].map(float),
            ["0.30000000000000004", "-2", "0", "1E300", "1E-7"]
        );
    }
}
