//! A section of the page, of what a section file says and of the finished tables.

use minijinja::{Value, context};

use super::super::chart::{Drawn, Input};
use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop};
use super::super::html::{Html, anchor};
use super::super::shown::{self, Column};
use super::super::table::Gap;
use super::super::view::{self, Cell, Picture, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, format::UNKNOWN};
use super::sentences;
use super::spec::{ColumnPart, Columns, Part, PicturePart, Spec, TablePart, Words};
use crate::chart::Frame;

/// The template of sections that are data.
pub const TEMPLATE: &str = "sections/section.html";

/// Writes a section.
///
/// # Errors
/// A table that it needs and that is not there, or has no rows; a row of its sentences that says why there is none.
pub fn write(desk: &Desk<'_>, spec: &Spec) -> Result<Section, Stop> {
    for table in &spec.needs {
        desk.table(&table.value)?;
    }
    let label = match &spec.label {
        Some(words) => desk.written_plain(words, &[])?,
        None => capitalised(&desk.name("nav", &spec.name)),
    };
    let usual = format!("{}.question", spec.name);
    let question = match &spec.question {
        Some(words) => desk.written(words, &[])?,
        None if desk.words.has(&usual) => desk.say(&usual, &[])?,
        None => Html::text(&label),
    };
    let answer = answer(desk, spec, &label)?;
    let mut section = Section::new(&spec.name, label, question, answer);
    if !desk.theme.templates.contains_key(&section.template) {
        TEMPLATE.clone_into(&mut section.template);
    }
    let usual = format!("{}.definition", spec.name);
    match &spec.definition {
        Some(words) => section.definition.push(desk.written(words, &[])?),
        None if desk.words.has(&usual) => section.definition.push(desk.say(&usual, &[])?),
        None => {}
    }
    for asked in &spec.notes {
        match sentences::paragraphs(desk, &spec.name, asked) {
            Ok(notes) => section.notes.extend(notes),
            Err(Stop::Gap(Gap::NoTable { .. } | Gap::NoRows { .. })) if asked.optional => {}
            Err(stop) => desk.omit(&spec.name, stop, false)?,
        }
    }
    let mut writer = Writer { desk, spec, section };
    let parts = writer.parts(&spec.parts)?;
    writer.section.parts = parts;
    Ok(writer.section)
}

fn answer(desk: &Desk<'_>, spec: &Spec, label: &str) -> Result<Html, Stop> {
    if let Some(asked) = &spec.answer {
        let mut paragraphs = sentences::paragraphs(desk, &spec.name, asked)?.into_iter();
        let nothing = || Gap::NoRows {
            table: asked.table.as_ref().map_or_else(String::new, |table| table.value.clone()),
        };
        return Ok(paragraphs.next().ok_or_else(nothing)?);
    }
    let first = spec.tables().first().map(|named| named.table.value.clone());
    let Some(first) = first else { return Ok(Html::text(label)) };
    let rows = desk.rows_of(&first, desk.table(&first)?.rows());
    let count = Filling::text("rows", &desk.format.count_cell(Decimal::from(rows)));
    Ok(desk.say("other.answer", &[Filling::text("name", label), count])?)
}

/// A name with a capital letter, as a heading has it.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

struct Writer<'w, 'd> {
    desk: &'w Desk<'d>,
    spec: &'w Spec,
    section: Section,
}

impl Writer<'_, '_> {
    /// Parts as the template takes them; those that cannot be are left out, and noted.
    fn parts(&mut self, parts: &[Part]) -> Result<Vec<Value>, ReportError> {
        let mut written = Vec::new();
        for part in parts {
            match self.part(part) {
                Ok(part) => written.extend(part),
                Err(Stop::Gap(Gap::NoTable { .. } | Gap::NoRows { .. })) if is_optional(part) => {}
                Err(stop) => self.desk.omit(&self.spec.name, stop, false)?,
            }
        }
        Ok(written)
    }

    fn part(&mut self, part: &Part) -> Result<Option<Value>, Stop> {
        let filled = |parts: Vec<Value>| Some(parts).filter(|parts| !parts.is_empty());
        Ok(match part {
            Part::Pair(parts) => {
                let written = self.parts(parts)?;
                // What has lost its other half stands alone.
                filled(written).map(|parts| {
                    let kind = if parts.len() > 1 { "pair" } else { "narrow" };
                    context! { kind => kind, parts => parts }
                })
            }
            Part::Narrow(parts) => {
                filled(self.parts(parts)?).map(|parts| context! { kind => "narrow", parts => parts })
            }
            Part::Group(title, parts) => {
                let title = self.desk.written(title, &[])?;
                filled(self.parts(parts)?)
                    .map(|parts| context! { kind => "group", title => title, parts => parts })
            }
            Part::Fold(title, parts) => {
                let own = match title {
                    Some(words) => Some(self.desk.written(words, &[])?),
                    None => None,
                };
                let written = self.parts(parts)?;
                let title = own.or_else(|| self.first_caption(parts));
                filled(written).map(|parts| context! { kind => "fold", title => title, parts => parts })
            }
            Part::Sentences(asked) => {
                let paragraphs = sentences::paragraphs(self.desk, &self.spec.name, asked)?;
                (!paragraphs.is_empty()).then(|| context! { kind => "sentences", sentences => paragraphs })
            }
            Part::Table(part) => {
                let view = table(self.desk, &self.spec.name, part)?;
                if part.told {
                    self.section.definition.extend(meanings(self.desk, part)?);
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
        let desk = self.desk;
        let all = desk.table(&part.table.value)?;
        let words = |given: &Option<Words>, last: &str| {
            let key = format!("{}.picture.{}.{last}", self.spec.name, part.name);
            given.clone().or_else(|| desk.words.has(&key).then(|| key_of(&key)))
        };
        let label = self.spec.label.as_ref();
        let title = words(&part.title, "caption").or_else(|| label.cloned());
        let title = title.unwrap_or_else(|| of_text(&desk.name("nav", &part.table.value)));
        let plain = desk.written_plain(&title, &[])?;
        let description = match words(&part.description, "description") {
            Some(words) => desk.written_plain(&words, &[])?,
            None => desk.plain("picture.described", &[Filling::text("title", &plain)])?,
        };
        let id = format!("{}-{}", anchor(&self.spec.name), anchor(&part.name));
        let frame = Frame { id: &id, title: &plain, description: &description };
        let input = Input::new(desk, frame, all, part);
        Ok(match (part.chart.draw)(&input)? {
            Drawn::Cards(cards) => {
                let cards: Vec<Value> = cards.into_iter().map(Value::from).collect();
                Some(context! { kind => "cards", cards => cards })
            }
            Drawn::Svg(svg, shown) => {
                let note = match shown {
                    Some((shown, rows)) => desk.shown_of(shown, rows, all.name())?,
                    None => None,
                };
                let picture = Picture {
                    svg: Html::markup(svg),
                    caption: desk.written(&title, &[])?,
                    source: desk.source(all.name()),
                    note,
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
        Part::Sentences(asked) => asked.optional,
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
fn table(desk: &Desk<'_>, section: &str, part: &TablePart) -> Result<TableView, Stop> {
    let table = desk.table(&part.table.value)?;
    let shown = table.rows().min(part.rows);
    let mut columns = Vec::new();
    let mut rows: Vec<Vec<Cell>> = vec![Vec::new(); shown];
    let mut push = |column: view::Column, cells: Vec<Cell>| {
        columns.push(column);
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    };
    let read = |name: &str| shown::column(desk, table, name, &part.columns);
    let plain = |column: &Column| -> Result<view::Column, ReportError> {
        let label = shown::head(desk, column, &part.columns)?;
        Ok(view::Column { label, numeric: column.is_figure() })
    };
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
    for item in named {
        match item {
            ColumnPart::Plain { name, title, how, optional, known, unless } => {
                if unless.as_ref().is_some_and(|table| desk.table(&table.value).is_ok()) {
                    continue;
                }
                let read = |column: &str| match how {
                    Some(how) => {
                        let name = crate::pipeline::Spanned { value: column.to_owned(), at: 0..0 };
                        let told = Columns { written: vec![(name, how.clone())], titles: Vec::new() };
                        shown::column(desk, table, column, &told)
                    }
                    None => read(column),
                };
                let column = match read(&name.value) {
                    Err(Gap::NoColumn { .. }) if *optional => continue,
                    column => column?,
                };
                if *optional && !column.any() {
                    continue;
                }
                let mut head = plain(&column)?;
                if let Some(words) = title {
                    head.label = desk.written(words, &[])?;
                }
                let cell = |row: usize| {
                    if *known && !column.is_known(desk, row) {
                        Cell::text(UNKNOWN)
                    } else {
                        column.cell(desk, row)
                    }
                };
                push(head, (0..shown).map(cell).collect());
            }
            ColumnPart::Change { of, from, title, rank } => {
                let (now, before) = (read(&of.value)?, read(&from.value)?);
                let label = desk.written(title, &[])?;
                let cell = |row: usize| change(desk, &now, (now.number(row), before.number(row)), *rank);
                push(view::Column { label, numeric: true }, (0..shown).map(cell).collect());
            }
        }
    }
    let usual = format!("{section}.{}", part.name);
    let caption = match &part.title {
        Some(words) => desk.written(words, &[])?,
        None if desk.words.has(&usual) => desk.say(&usual, &[])?,
        None => Html::text(&capitalised(&desk.label(table.name()))),
    };
    let rest = desk.shown_of(shown, desk.rows_of(table.name(), table.rows()), table.name())?;
    let note = match &part.note {
        Some(words) => Some(desk.written(words, &[])?),
        None => None,
    };
    Ok(TableView {
        caption,
        source: Some(desk.source(table.name())),
        columns,
        rows,
        total: part.total,
        note: rest.or(note),
    })
}

/// What the columns of a table mean, where that is declared.
fn meanings(desk: &Desk<'_>, part: &TablePart) -> Result<Vec<Html>, Stop> {
    let table = desk.table(&part.table.value)?;
    let mut told = Vec::new();
    for name in table.columns() {
        told.extend(shown::meaning(desk, &shown::column(desk, table, name, &part.columns)?)?);
    }
    Ok(told)
}

/// By how much a figure is more than it was.
fn change(desk: &Desk<'_>, column: &Column, values: (Option<Decimal>, Option<Decimal>), rank: bool) -> Cell {
    let (Some(now), Some(before)) = values else { return Cell::text(UNKNOWN) };
    let Some(change) = now.minus(before) else { return Cell::text(UNKNOWN) };
    if rank {
        // A rank that became smaller is a rise.
        let text = match (change.is_zero(), change.is_negative()) {
            (true, _) => "=".to_owned(),
            (false, true) => format!("▲ {}", desk.format.count_cell(change.abs())),
            (false, false) => format!("▼ {}", desk.format.count_cell(change)),
        };
        return Cell::text(&text);
    }
    let text = if column.is_money() {
        desk.format.money_change(change)
    } else if column.is_share() {
        desk.format.points(change.to_f64())
    } else {
        desk.format.count_change(change)
    };
    Cell::text(&text)
}
