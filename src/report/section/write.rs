//! A section of the page, from a section file and the finished tables.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::super::chart::{Drawn, Input};
use super::super::context::{RenderContext, Stop};
use super::super::decimal::Decimal;
use super::super::how::{Columns, Words};
use super::super::html::{Html, anchor};
use super::super::shown::{self, Column};
use super::super::table::{Gap, Table};
use super::super::view::{self, Cell, Picture, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, Skipped, format::UNKNOWN};
use super::sentences;
use super::spec::{ColumnPart, ListPart, Part, PicturePart, Spec, TablePart};
use crate::chart::Frame;

/// The template of sections that are data.
pub const TEMPLATE: &str = "sections/section.html";

/// Writes a section.
///
/// # Errors
/// A table that it needs and that is not there, or has no rows; a row of its sentences that says why there is none.
pub fn write(context: &RenderContext<'_>, spec: &Spec) -> Result<Section, Stop> {
    for table in &spec.needs {
        context.table(&table.value)?;
    }
    let label = match &spec.label {
        Some(words) => context.written_plain(words, &[])?,
        None => capitalised(&context.name("nav", &spec.name)),
    };
    let usual = format!("{}.question", spec.name);
    let question = match &spec.question {
        Some(words) => context.written(words, &[])?,
        None if context.words.has(&usual) => context.say(&usual, &[])?,
        None => Html::text(&label),
    };
    let answer = answer(context, spec, &label)?;
    let mut section = Section::new(&spec.name, label, question, answer);
    if !context.theme.templates.contains_key(&section.template) {
        TEMPLATE.clone_into(&mut section.template);
    }
    let usual = format!("{}.definition", spec.name);
    match &spec.definition {
        Some(words) => section.definition.push(context.written(words, &[])?),
        None if context.words.has(&usual) => section.definition.push(context.say(&usual, &[])?),
        None => {}
    }
    for asked in &spec.notes {
        match sentences::paragraphs(context, &spec.name, asked) {
            Ok(notes) => section.notes.extend(notes),
            Err(Stop::Gap(Gap::NoTable { .. } | Gap::NoRows { .. })) if asked.optional => {}
            Err(stop) => context.omit(&spec.name, stop, false)?,
        }
    }
    let mut writer = Writer { context, spec, section };
    let parts = writer.parts(&spec.parts)?;
    writer.section.parts = parts;
    Ok(writer.section)
}

fn answer(context: &RenderContext<'_>, spec: &Spec, label: &str) -> Result<Html, Stop> {
    if let Some(asked) = &spec.answer {
        let mut paragraphs = sentences::paragraphs(context, &spec.name, asked)?.into_iter();
        if let (2.., Some(table)) = (paragraphs.len(), &asked.table) {
            let table = Filling::text("table", &table.value);
            let reason = context.plain("skipped.second_answer", &[table])?;
            context.note(Skipped { whole: false, section: spec.name.clone(), reason });
        }
        let nothing = || Gap::NoSentence {
            table: asked.table.as_ref().map_or_else(String::new, |table| table.value.clone()),
            place: asked.place.clone(),
        };
        return Ok(paragraphs.next().ok_or_else(nothing)?);
    }
    let first = spec.tables().first().map(|named| named.table.value.clone());
    let Some(first) = first else { return Ok(Html::text(label)) };
    let rows = context.rows_of(&first, context.table(&first)?.rows());
    let count = Filling::text("rows", &context.format.count_cell(Decimal::from(rows)));
    Ok(context.say("other.answer", &[Filling::text("name", label), count])?)
}

/// A name with a capital letter, as a heading has it.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

struct Writer<'w, 'd> {
    context: &'w RenderContext<'d>,
    spec: &'w Spec,
    section: Section,
}

impl Writer<'_, '_> {
    /// Parts as the template takes them; impossible ones are left out, and noted.
    fn parts(&mut self, parts: &[Part]) -> Result<Vec<Value>, ReportError> {
        let mut written = Vec::new();
        for part in parts {
            match self.part(part) {
                Ok(part) => written.extend(part),
                Err(Stop::Gap(Gap::NoTable { .. } | Gap::NoRows { .. })) if is_optional(part) => {}
                Err(stop) => self.context.omit(&self.spec.name, stop, false)?,
            }
        }
        Ok(written)
    }

    fn part(&mut self, part: &Part) -> Result<Option<Value>, Stop> {
        let filled = |parts: Vec<Value>| Some(parts).filter(|parts| !parts.is_empty());
        Ok(match part {
            Part::Pair(parts) => {
                let written = self.parts(parts)?;
                // A part without its other half stands alone.
                filled(written).map(|parts| {
                    let kind = if parts.len() > 1 { "pair" } else { "narrow" };
                    context! { kind => kind, parts => parts }
                })
            }
            Part::Narrow(parts) => {
                filled(self.parts(parts)?).map(|parts| context! { kind => "narrow", parts => parts })
            }
            Part::Group(title, parts) => {
                let title = self.context.written(title, &[])?;
                filled(self.parts(parts)?)
                    .map(|parts| context! { kind => "group", title => title, parts => parts })
            }
            Part::Fold(title, parts) => {
                let own = match title {
                    Some(words) => Some(self.context.written(words, &[])?),
                    None => None,
                };
                let written = self.parts(parts)?;
                let title = own.or_else(|| self.first_caption(parts));
                filled(written).map(|parts| context! { kind => "fold", title => title, parts => parts })
            }
            Part::Sentences(asked) => {
                let paragraphs = sentences::paragraphs(self.context, &self.spec.name, asked)?;
                (!paragraphs.is_empty()).then(|| context! { kind => "sentences", sentences => paragraphs })
            }
            Part::List(part) => {
                let entries = sentences::entries(self.context, &self.spec.name, part)?;
                (!entries.is_empty()).then(|| context! { kind => "list", entries => entries.into_iter().map(Value::from).collect::<Vec<_>>() })
            }
            Part::Table(part) => {
                let view = table(self.context, &self.spec.name, part)?;
                if part.explained {
                    self.section.definition.extend(meanings(self.context, part)?);
                }
                self.section.tables.insert(part.name.clone(), view.clone());
                Some(context! { kind => "table", table => Value::from(view) })
            }
            Part::Picture(part) => self.picture(part)?,
        })
    }

    fn first_caption(&self, parts: &[Part]) -> Option<Html> {
        parts.iter().find_map(|part| match part {
            Part::Table(part) => Some(self.section.tables.get(&part.name)?.caption.clone()),
            Part::Picture(part) => Some(self.section.pictures.get(&part.name)?.caption.clone()),
            _ => None,
        })
    }

    fn picture(&mut self, part: &PicturePart) -> Result<Option<Value>, Stop> {
        let context = self.context;
        let all = context.table(&part.table.value)?;
        let words = |given: &Option<Words>, last: &str| {
            let key = format!("{}.picture.{}.{last}", self.spec.name, part.name);
            given.clone().or_else(|| context.words.has(&key).then(|| key_of(&key)))
        };
        let label = self.spec.label.as_ref();
        let title = words(&part.title, "caption").or_else(|| label.cloned());
        let title = title.unwrap_or_else(|| of_text(&context.name("nav", &part.table.value)));
        let plain = context.written_plain(&title, &[])?;
        let description = match words(&part.description, "description") {
            Some(words) => context.written_plain(&words, &[])?,
            None => context.plain("picture.described", &[Filling::text("title", &plain)])?,
        };
        let id = format!("{}-{}", anchor(&self.spec.name), anchor(&part.name));
        let frame = Frame { id: &id, title: &plain, description: &description };
        let input = Input::new(context, frame, all, &part.settings, &part.columns);
        Ok(match (part.chart.draw)(&input)? {
            Drawn::Cards(cards) => {
                let cards: Vec<Value> = cards.into_iter().map(Value::from).collect();
                Some(context! { kind => "cards", cards => cards })
            }
            Drawn::Svg(svg, shown) => {
                let note = match shown {
                    Some((shown, rows)) => context.shown_of(shown, rows, all.name())?,
                    None => None,
                };
                let picture = Picture {
                    svg: Html::markup(svg),
                    caption: context.written(&title, &[])?,
                    source: context.source(all.name()),
                    note,
                    download: context.download(all.name()),
                };
                self.section.pictures.insert(part.name.clone(), picture.clone());
                Some(context! { kind => "picture", picture => Value::from(picture) })
            }
        })
    }
}

fn is_optional(part: &Part) -> bool {
    match part {
        Part::Table(part) => part.optional,
        Part::Picture(part) => part.optional,
        Part::Sentences(asked) | Part::List(ListPart { sentences: asked, .. }) => asked.optional,
        _ => false,
    }
}

fn key_of(key: &str) -> Words {
    Words::Key(crate::pipeline::Spanned { value: key.to_owned(), at: 0..0 })
}

fn of_text(text: &str) -> Words {
    Words::Texts(crate::tables::Texts { en: text.to_owned(), zh_cn: text.to_owned() })
}

/// A table of a section.
///
/// # Errors
/// A gap in the table.
fn table(context: &RenderContext<'_>, section: &str, part: &TablePart) -> Result<TableView, Stop> {
    let table = context.table(&part.table.value)?;
    let shown = table.rows().min(part.rows);
    let whole: Vec<ColumnPart>;
    let named = if part.shown.is_empty() {
        let all = table.columns().into_iter();
        let plain =
            |name: &str| super::read::plain(crate::pipeline::Spanned { value: name.to_owned(), at: 0..0 });
        whole = all.map(plain).collect();
        &whole
    } else {
        &part.shown
    };
    let mut columns = Vec::new();
    let mut rows: Vec<Vec<Cell>> = vec![Vec::new(); shown];
    let shape = Shape { context, section, table, columns: &part.columns, shown };
    for item in named {
        let Some((column, cells)) = shape.column(item)? else { continue };
        columns.push(column);
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    let pale = match &part.pale {
        Some(name) => {
            let flags = table.flags(&name.value)?;
            (0..shown).map(|row| flags.at(row) == Some(true)).collect()
        }
        None => Vec::new(),
    };
    let usual = format!("{section}.{}", part.name);
    let caption = match &part.title {
        Some(words) => context.written(words, &[])?,
        None if context.words.has(&usual) => context.say(&usual, &[])?,
        None => Html::text(&capitalised(&context.label(table.name()))),
    };
    let rest = context.shown_of(shown, context.rows_of(table.name(), table.rows()), table.name())?;
    let note = match &part.note {
        Some(words) => Some(context.written(words, &[])?),
        None => None,
    };
    Ok(TableView {
        caption,
        source: Some(context.source(table.name())),
        columns,
        rows,
        pale,
        total: part.total,
        note: rest.or(note),
    })
}

/// What the columns of a table are made of.
struct Shape<'s> {
    context: &'s RenderContext<'s>,
    section: &'s str,
    table: Table<'s>,
    columns: &'s Columns,
    /// How many rows are shown.
    shown: usize,
}

/// A column with its cells; none where it is left out.
type Filled = Option<(view::Column, Vec<Cell>)>;

impl Shape<'_> {
    fn read(&self, name: &str) -> Result<Column, Gap> {
        shown::column(self.context, self.table, name, self.columns)
    }

    fn cells(&self, cell: impl Fn(usize) -> Cell) -> Vec<Cell> {
        (0..self.shown).map(cell).collect()
    }

    fn column(&self, item: &ColumnPart) -> Result<Filled, Stop> {
        let context = self.context;
        match item {
            ColumnPart::Plain { .. } => self.plain(item),
            ColumnPart::Range { low, high, title, optional } => {
                let (low, high) = match (self.read(&low.value), self.read(&high.value)) {
                    (Err(Gap::NoColumn { .. }), _) | (_, Err(Gap::NoColumn { .. })) if *optional => {
                        return Ok(None);
                    }
                    (low, high) => (low?, high?),
                };
                self.range(&low, &high, title, *optional)
            }
            ColumnPart::Change { of, from, title, rank } => {
                let (now, before) = (self.read(&of.value)?, self.read(&from.value)?);
                let label = context.written(title, &[])?;
                let cell = |row: usize| change(context, &now, (now.number(row), before.number(row)), *rank);
                Ok(Some((view::Column { label, numeric: true }, self.cells(cell))))
            }
            ColumnPart::Sentences { sentences: asked, by, title } => {
                let label = context.written(title, &[])?;
                let of = self.read(&by.value)?;
                let texts = match sentences::by_value(context, self.section, asked, &by.value) {
                    Err(Stop::Gap(Gap::NoRows { .. })) => BTreeMap::new(),
                    texts => texts?,
                };
                let cell = |row: usize| {
                    let text = of.raw(row).and_then(|value| texts.get(&value));
                    text.map_or_else(|| Cell::text(UNKNOWN), |text| Cell::text(text).with_class("prose"))
                };
                Ok(Some((view::Column { label, numeric: false }, self.cells(cell))))
            }
        }
    }

    /// A column of the table.
    fn plain(&self, item: &ColumnPart) -> Result<Filled, Stop> {
        let ColumnPart::Plain { name, title, how, optional, known, unless } = item else { return Ok(None) };
        let context = self.context;
        if unless.as_ref().is_some_and(|table| context.table(&table.value).is_ok()) {
            return Ok(None);
        }
        let read = match how {
            Some(how) => {
                let own = crate::pipeline::Spanned { value: name.value.clone(), at: 0..0 };
                let columns = Columns { written: vec![(own, how.clone())], titles: Vec::new() };
                shown::column(context, self.table, &name.value, &columns)
            }
            None => self.read(&name.value),
        };
        let column = match read {
            Err(Gap::NoColumn { .. }) if *optional => return Ok(None),
            column => column?,
        };
        if *optional && !column.any() {
            return Ok(None);
        }
        let label = match title {
            Some(words) => context.written(words, &[])?,
            None => shown::head(context, &column, self.columns)?,
        };
        let cell = |row: usize| {
            if *known && !column.is_known(context, row) {
                Cell::text(UNKNOWN)
            } else {
                column.cell(context, row)
            }
        };
        Ok(Some((view::Column { label, numeric: column.is_figure() }, self.cells(cell))))
    }

    /// Two columns as the ends of a range.
    fn range(&self, low: &Column, high: &Column, title: &Words, optional: bool) -> Result<Filled, Stop> {
        let context = self.context;
        let ends = |row: usize| Some((low.end(context, row)?, high.end(context, row)?));
        if optional && (0..self.shown).all(|row| ends(row).is_none()) {
            return Ok(None);
        }
        let mut cells = Vec::with_capacity(self.shown);
        for row in 0..self.shown {
            let text = match ends(row) {
                Some((low, high)) => {
                    let ends = [Filling::text("low", &low), Filling::text("high", &high)];
                    context.plain("table.range", &ends)?
                }
                None => UNKNOWN.to_owned(),
            };
            cells.push(Cell::text(&text));
        }
        Ok(Some((view::Column { label: context.written(title, &[])?, numeric: true }, cells)))
    }
}

/// What the columns of a table mean, where that is declared.
fn meanings(context: &RenderContext<'_>, part: &TablePart) -> Result<Vec<Html>, Stop> {
    let table = context.table(&part.table.value)?;
    let mut meanings = Vec::new();
    for name in table.columns() {
        meanings.extend(shown::meaning(context, &shown::column(context, table, name, &part.columns)?)?);
    }
    Ok(meanings)
}

/// By how much a figure is more than it was.
fn change(
    context: &RenderContext<'_>,
    column: &Column,
    values: (Option<Decimal>, Option<Decimal>),
    rank: bool,
) -> Cell {
    let (Some(now), Some(before)) = values else { return Cell::text(UNKNOWN) };
    let Some(change) = now.minus(before) else { return Cell::text(UNKNOWN) };
    if rank {
        // A rank that became smaller is a rise.
        let text = match (change.is_zero(), change.is_negative()) {
            (true, _) => "=".to_owned(),
            (false, true) => format!("▲ {}", context.format.count_cell(change.abs())),
            (false, false) => format!("▼ {}", context.format.count_cell(change)),
        };
        return Cell::text(&text);
    }
    let text = if column.is_money() {
        context.format.money_change(change)
    } else if column.is_share() {
        context.format.points(change.to_f64())
    } else {
        context.format.count_change(change)
    };
    Cell::text(&text)
}
