//! Columns as readers see them: each value written by the kind of its column, in a cell, in a sentence or along an axis.

use super::ReportError;
use super::cells::Shown;
use super::context::{RenderContext, customer_cell};
use super::decimal::Decimal;
use super::format::UNKNOWN;
use super::how::{Columns, How};
use super::html::Html;
use super::table::{Cells, Gap, Table};
use super::view::Cell;
use super::words::{Filling, in_group};
use crate::tables::{self, ColumnKind};
use arrow::datatypes::DataType;
use jiff::civil::Date;

/// From this length of text on, in letters, a cell needs room to wrap.
const PROSE: usize = 40;

/// The key of a row of what the source does not name, such as all sales without a channel. Readers see a dash, as where a value is
/// missing.
const UNNAMED: &str = "-";

/// The groups of words that say what to do. However short, it is what a reader of the row looks for: on a phone a row with
/// it is a card, which has it in view.
const ADVICE: [&str; 3] = ["action", "next", "what"];

/// A column that is read, with how its values are written.
#[derive(Debug)]
pub struct Column {
    /// Its name in the table.
    pub name: String,
    /// How its values are written.
    pub how: How,
    /// What is declared of it.
    declared: Option<tables::Column>,
    values: Values,
    /// If another column says how to write this one: what that says, row by row.
    by: Option<Cells<String>>,
}

#[derive(Debug)]
enum Values {
    Numbers(Cells<Decimal>),
    Floats(Cells<f64>),
    Days(Cells<Date>),
    Texts(Cells<String>),
    Flags(Cells<bool>),
}

/// Reads a column of a table as its kind wants.
///
/// # Errors
/// No such column, or values that are not of its kind.
pub fn column(
    context: &RenderContext<'_>,
    table: Table<'_>,
    name: &str,
    columns: &Columns,
) -> Result<Column, Gap> {
    let found = table
        .kind(name)
        .ok_or_else(|| Gap::NoColumn { table: table.name().to_owned(), column: name.to_owned() })?;
    let declared = context.theme.declared.get(table.name()).and_then(|table| table.fitting(name, found));
    let how = how(columns, declared, name, found);
    let by = match &how {
        How::By(other) => Some(table.texts(other)?),
        _ => None,
    };
    let floating = found.is_floating();
    if let DataType::List(_) | DataType::LargeList(_) = found {
        let values = Values::Texts(table.lists(name, context.list_separator())?);
        return Ok(Column {
            name: name.to_owned(),
            how: How::Kind(ColumnKind::Number),
            declared: None,
            values,
            by: None,
        });
    }
    let values = match &how {
        How::Kind(ColumnKind::Date | ColumnKind::Month) => Values::Days(table.days(name)?),
        How::Kind(ColumnKind::Flag) => Values::Flags(table.flags(name)?),
        How::Kind(kind) if kind.is_figure() => figures(table, name, floating)?,
        How::Digits(_) | How::Signed(_) => figures(table, name, floating)?,
        // What each row is may be a figure here and a text there.
        How::By(_) => match figures(table, name, floating) {
            Ok(numbers) => numbers,
            Err(_) => Values::Texts(table.texts(name)?),
        },
        How::Kind(_) | How::Group(_) => Values::Texts(table.texts(name)?),
    };
    Ok(Column { name: name.to_owned(), how, declared: declared.cloned(), values, by })
}

fn figures(table: Table<'_>, name: &str, floating: bool) -> Result<Values, Gap> {
    // A float keeps all its digits until it is written.
    Ok(if floating { Values::Floats(table.floats(name)?) } else { Values::Numbers(table.numbers(name)?) })
}

/// How a column is written: as a section says, or as it is declared, or by its type and name.
pub fn how(columns: &Columns, declared: Option<&tables::Column>, name: &str, found: &DataType) -> How {
    match (columns.how(name), declared) {
        (Some(how), _) => how.clone(),
        (None, Some(column)) => match (column.kind, &column.words) {
            (ColumnKind::Word, Some(group)) => How::Group(group.clone()),
            (kind, _) => How::Kind(kind),
        },
        (None, None) => How::Kind(ColumnKind::guess(name, found)),
    }
}

impl Column {
    /// Whether the key of a row has a text of its own.
    pub fn is_known(&self, context: &RenderContext<'_>, row: usize) -> bool {
        match (&self.how, self.raw(row)) {
            (How::Group(group), Some(key)) => context.words.has(&in_group(group, &key)),
            (_, value) => value.is_some(),
        }
    }

    /// Whether any row has a value.
    pub fn any(&self) -> bool {
        match &self.values {
            Values::Numbers(cells) => cells.any(),
            Values::Floats(cells) => cells.any(),
            Values::Days(cells) => cells.any(),
            Values::Texts(cells) => cells.any(),
            Values::Flags(cells) => cells.any(),
        }
    }

    /// Whether its cells stand to the right.
    pub fn is_figure(&self) -> bool {
        match &self.how {
            How::Kind(kind) => kind.is_figure(),
            How::Digits(_) | How::Signed(_) => true,
            How::Group(_) => false,
            How::By(_) => matches!(self.values, Values::Numbers(_) | Values::Floats(_)),
        }
    }

    /// Whether its figures are money: its head then has the unit.
    pub fn is_money(&self) -> bool {
        matches!(self.how, How::Kind(kind) if kind.is_money())
    }

    /// Whether its figures are counted, one by one.
    pub fn is_count(&self) -> bool {
        matches!(self.how, How::Kind(ColumnKind::Count | ColumnKind::Days))
    }

    /// Whether its figures are shares.
    pub fn is_share(&self) -> bool {
        matches!(self.how, How::Kind(ColumnKind::Share))
    }

    /// Whether its figures are differences of shares, or relative changes.
    pub fn is_relative(&self) -> bool {
        let (How::Kind(kind) | How::Signed(kind)) = &self.how else { return false };
        matches!(kind, ColumnKind::Points | ColumnKind::Growth)
    }

    /// Whether it is said how many places its figures have.
    pub fn has_places(&self) -> bool {
        matches!(self.how, How::Digits(_))
    }

    /// The number in a row.
    pub fn number(&self, row: usize) -> Option<Decimal> {
        match &self.values {
            Values::Numbers(cells) => cells.at(row),
            Values::Floats(cells) => cells.at(row).and_then(Decimal::from_f64),
            _ => None,
        }
    }

    /// The number in a row for a picture; not finite where there is none.
    pub fn float(&self, row: usize) -> f64 {
        self.share(row).unwrap_or(f64::NAN)
    }

    fn share(&self, row: usize) -> Option<f64> {
        match &self.values {
            Values::Floats(cells) => cells.at(row),
            Values::Numbers(cells) => cells.at(row).map(Decimal::to_f64),
            _ => None,
        }
    }

    /// The key or the text in a row, as the table has it.
    pub fn raw(&self, row: usize) -> Option<String> {
        match &self.values {
            Values::Texts(cells) => cells.at(row),
            Values::Numbers(_) | Values::Floats(_) => self.number(row).map(Decimal::digits),
            Values::Days(cells) => cells.at(row).map(|day| day.to_string()),
            Values::Flags(cells) => cells.at(row).map(|flag| flag.to_string()),
        }
    }

    fn how_at(&self, row: usize) -> Option<How> {
        match &self.by {
            None => Some(self.how.clone()),
            Some(by) => How::of(&by.at(row)?),
        }
    }

    /// The value of a row in a sentence; none where there is none. Differences have no sign: the words say which way.
    pub fn sentence(&self, context: &RenderContext<'_>, row: usize) -> Option<String> {
        let format = &context.format;
        let how = self.how_at(row)?;
        match &self.values {
            Values::Numbers(_) | Values::Floats(_) => {
                let (number, float) = (self.number(row)?, self.share(row)?);
                Some(match how {
                    How::Kind(ColumnKind::Money | ColumnKind::Estimate) => format.money(number),
                    How::Kind(ColumnKind::MoneyChange) => format.money(number.abs()),
                    How::Kind(ColumnKind::Share) => format.percent(float),
                    How::Kind(ColumnKind::Points) => format.points_size(float.abs()),
                    How::Kind(ColumnKind::Growth) => format.percent(float.abs()),
                    How::Kind(ColumnKind::Count | ColumnKind::Days) => format.count(number),
                    How::Kind(ColumnKind::CountChange) => format.count(number.abs()),
                    How::Signed(ColumnKind::MoneyChange) => format.money_signed(number),
                    How::Signed(ColumnKind::Points) => format.points(float),
                    How::Signed(ColumnKind::Growth) => format.change(float),
                    How::Signed(_) => format.count_change(number),
                    How::Digits(digits) => format.number(float, digits),
                    _ => format.parameter(float),
                })
            }
            Values::Days(cells) => {
                let day = cells.at(row)?;
                Some(if self.is_month() { format.month(day) } else { format.date(day) })
            }
            Values::Texts(cells) => cells.at(row).map(|text| Self::named(context, &how, &text)),
            Values::Flags(cells) => cells.at(row).map(|flag| flag_text(context, flag)),
        }
    }

    /// The figure of a row as an end of a range; none where there is none. Where an estimate may lie, nobody knows to the unit.
    pub fn end(&self, context: &RenderContext<'_>, row: usize) -> Option<String> {
        if matches!(self.how, How::Kind(ColumnKind::Estimate)) {
            return self.number(row).map(|number| context.format.money(number));
        }
        self.cell_at(context, row).map(|cell| cell.html.as_str().to_owned())
    }

    /// The cell of a row. A change that is good or bad has its colour.
    pub fn cell(&self, context: &RenderContext<'_>, row: usize) -> Cell {
        let cell = self.cell_at(context, row).unwrap_or_else(|| Cell::text(UNKNOWN));
        let good = self.declared.as_ref().and_then(|column| column.up_is_good);
        let change = match self.how {
            How::Signed(_) => true,
            How::Kind(kind) => kind.is_difference(),
            _ => false,
        };
        // What rounds to nothing is neither.
        let change = change && !cell.html.as_str().starts_with('±');
        match (good.filter(|_| change), self.share(row).filter(|change| *change != 0.0)) {
            (Some(good), Some(change)) => {
                cell.with_class(if (change > 0.0) == good { "good" } else { "bad" })
            }
            _ => cell,
        }
    }

    fn cell_at(&self, context: &RenderContext<'_>, row: usize) -> Option<Cell> {
        let format = &context.format;
        let how = self.how_at(row)?;
        Some(match &self.values {
            Values::Numbers(_) | Values::Floats(_) => {
                let (number, float) = (self.number(row)?, self.share(row)?);
                let text = match how {
                    How::Kind(ColumnKind::Share) => format.percent(float),
                    How::Kind(ColumnKind::Number) if self.is_floating() => format.parameter(float),
                    // Of what is weighed or drawn, or stands among figures with decimals.
                    How::Kind(ColumnKind::Count | ColumnKind::Days) => format.decimal(tenths(number)),
                    How::Kind(ColumnKind::Money) => format.money_cell(number),
                    How::Kind(ColumnKind::Estimate) => format.money_estimate(number),
                    How::Kind(ColumnKind::MoneyChange) | How::Signed(ColumnKind::MoneyChange) => {
                        format.money_change(number)
                    }
                    How::Kind(ColumnKind::Points) | How::Signed(ColumnKind::Points) => format.points(float),
                    How::Kind(ColumnKind::Growth) | How::Signed(ColumnKind::Growth) => format.change(float),
                    How::Kind(ColumnKind::CountChange) | How::Signed(ColumnKind::CountChange) => {
                        format.count_change(number)
                    }
                    How::Digits(digits) => format.number(float, digits),
                    _ => format.decimal(number),
                };
                Cell::text(&text)
            }
            Values::Days(cells) => {
                let day = cells.at(row)?;
                Cell::text(&if self.is_month() { format.month_short(day) } else { format.day(day) })
                    .with_class("word")
                    .with_value(day.to_string())
            }
            Values::Texts(cells) => {
                let text = cells.at(row)?;
                match how {
                    How::Kind(ColumnKind::Customer) => customer_cell(Some(&text)),
                    How::Group(group) => word_cell(context, &group, &text),
                    _ if text == UNNAMED => return None,
                    _ => Cell::text(&text),
                }
            }
            Values::Flags(cells) => Cell::text(&flag_text(context, cells.at(row)?)),
        })
    }

    /// The value of a row where a picture names it: short.
    pub fn label(&self, context: &RenderContext<'_>, row: usize) -> String {
        let label = match &self.values {
            Values::Days(cells) => cells.at(row).map(|day| {
                if self.is_month() { context.format.month_short(day) } else { context.format.day(day) }
            }),
            Values::Numbers(_) | Values::Floats(_) => self.number(row).map(|number| match self.how_at(row) {
                Some(How::Kind(ColumnKind::Count | ColumnKind::Days) | How::Group(_)) | None => {
                    context.format.decimal(number)
                }
                Some(How::Kind(ColumnKind::Number)) if !self.is_floating() => context.format.decimal(number),
                Some(how) => figure(context, &how, number.to_f64()),
            }),
            _ => self.sentence(context, row),
        };
        label.unwrap_or_else(|| UNKNOWN.to_owned())
    }

    /// A figure of the column along an axis.
    pub fn tick(&self, context: &RenderContext<'_>, value: f64) -> String {
        let format = &context.format;
        match &self.how {
            How::Kind(ColumnKind::Share) => format.tick(value),
            How::Kind(ColumnKind::Points) | How::Signed(ColumnKind::Points) => format.points_tick(value),
            How::Kind(ColumnKind::Growth) | How::Signed(ColumnKind::Growth) => format.change_tick(value),
            _ => format.axis(value),
        }
    }

    /// A figure of the column in one of many cells of a picture.
    pub fn in_cell(&self, context: &RenderContext<'_>, value: f64) -> String {
        if self.is_share() { context.format.percent_cell(value) } else { self.tick(context, value) }
    }

    /// A figure of the column where a picture names it: as in a sentence.
    pub fn figure(&self, context: &RenderContext<'_>, value: f64) -> String {
        figure(context, &self.how, value)
    }

    fn is_floating(&self) -> bool {
        matches!(self.values, Values::Floats(_))
    }

    fn is_month(&self) -> bool {
        matches!(self.how, How::Kind(ColumnKind::Month))
    }

    fn named(context: &RenderContext<'_>, how: &How, text: &str) -> String {
        match how {
            How::Group(group) => context.name(group, text),
            // Where another column says that this row's text is a day.
            How::Kind(ColumnKind::Date) => {
                text.parse().map_or_else(|_| text.to_owned(), |day| context.format.date(day))
            }
            How::Kind(ColumnKind::Month) => {
                text.parse().map_or_else(|_| text.to_owned(), |day| context.format.month_short(day))
            }
            _ if text == UNNAMED => UNKNOWN.to_owned(),
            _ => text.to_owned(),
        }
    }
}

/// A figure where a picture names it: as in a sentence, and changes with their sign.
fn figure(context: &RenderContext<'_>, how: &How, value: f64) -> String {
    let format = &context.format;
    match (how, Decimal::from_f64(value)) {
        (_, None) => UNKNOWN.to_owned(),
        (How::Kind(ColumnKind::Share), _) => format.percent(value),
        (How::Kind(ColumnKind::Points) | How::Signed(ColumnKind::Points), _) => format.points(value),
        (How::Kind(ColumnKind::Growth) | How::Signed(ColumnKind::Growth), _) => format.change(value),
        (How::Digits(digits), _) => format.number(value, *digits),
        (How::Kind(ColumnKind::Money | ColumnKind::Estimate | ColumnKind::MoneyChange), Some(number)) => {
            format.money(number)
        }
        (How::Kind(ColumnKind::Count | ColumnKind::Days | ColumnKind::CountChange), Some(number)) => {
            format.count(number)
        }
        _ => format.parameter(value),
    }
}

/// A name by the words file, with its links; by itself where the words file does not have it.
fn word_cell(context: &RenderContext<'_>, group: &str, key: &str) -> Cell {
    let name = context.name(group, key);
    let html = context.say(&in_group(group, key), &[]).unwrap_or_else(|_| Html::text(&name));
    let advice = group.rsplit('.').next().is_some_and(|last| ADVICE.contains(&last));
    let sentence = advice || name.chars().count() > PROSE || name.ends_with(['.', '。']);
    let class = if sentence { "prose" } else { "word" };
    Cell::html(html).with_class(class)
}

fn flag_text(context: &RenderContext<'_>, flag: bool) -> String {
    context.name("flag", if flag { "is" } else { "is_not" })
}

/// What a column is called: as the section says, as it is declared, by the words file, or by its own name.
///
/// # Errors
/// A text that the words file lacks.
pub fn name(context: &RenderContext<'_>, column: &Column, columns: &Columns) -> Result<Html, ReportError> {
    if let Some(words) = columns.title(&column.name) {
        return context.written(words, &[]);
    }
    Shown::of(&column.name, column.declared.as_ref()).label(context)
}

/// The head of a column: its name, with the unit of money.
///
/// # Errors
/// A text that the words file lacks.
pub fn head(context: &RenderContext<'_>, column: &Column, columns: &Columns) -> Result<Html, ReportError> {
    let name = name(context, column, columns)?;
    if column.is_money() { with_unit(context, name) } else { Ok(name) }
}

/// What a column means, as a sentence that begins with its name; none where nobody said.
///
/// # Errors
/// As for [`name`].
pub fn meaning(context: &RenderContext<'_>, column: &Column) -> Result<Option<Html>, ReportError> {
    let shown = Shown::of(&column.name, column.declared.as_ref());
    let Some(meaning) = shown.meaning(context) else { return Ok(None) };
    Ok(Some(Html::markup(format!("<b>{}</b> {}", shown.label(context)?.as_str(), meaning.as_str()))))
}

/// Whole, or with one place.
fn tenths(value: Decimal) -> Decimal {
    let whole = value.round(0);
    if value.minus(whole).is_some_and(Decimal::is_zero) { whole } else { value.round(1) }
}

/// A head with the unit of money.
///
/// # Errors
/// A text that the words file lacks.
pub fn with_unit(context: &RenderContext<'_>, label: Html) -> Result<Html, ReportError> {
    let unit = [
        Filling { name: "label".to_owned(), plain: label.as_str().to_owned(), html: label },
        Filling::text("unit", context.format.money_unit()),
    ];
    context.say("columns.with_unit", &unit)
}

/// What a column is called, without markup, for a picture.
///
/// # Errors
/// A text that the words file lacks.
pub fn title(context: &RenderContext<'_>, column: &Column, columns: &Columns) -> Result<String, ReportError> {
    if let Some(words) = columns.title(&column.name) {
        return context.written_plain(words, &[]);
    }
    Ok(Shown::of(&column.name, column.declared.as_ref()).name(context))
}
