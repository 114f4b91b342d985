//! Sentences that SQL chooses and fills: each row names a text of the words file, and its columns are the figures in it.
//!
//! Rows with the same `position` make one paragraph. A row with the `place` `left_out` says why there is no section.

use std::collections::{BTreeMap, BTreeSet};

use super::super::context::{RenderContext, Stop};
use super::super::format::{Locale, UNKNOWN};
use super::super::how::Words;
use super::super::html::{Html, anchor};
use super::super::shown::{self, Column};
use super::super::table::{Cells, Gap, Table};
use super::super::view::{Download, Source, seen_by_templates};
use super::super::words::Filling;
use super::super::{ReportError, Skipped};
use super::spec::{ListPart, Sentences};

/// The column that has the key of a row's sentence.
pub const WORD: &str = "word";
/// The column that says where a row's sentence belongs.
pub const PLACE: &str = "place";
/// The column that orders them, and tells paragraphs apart.
pub const POSITION: &str = "position";
/// The column that names the step that a row's figures come from.
pub const STEP: &str = "step";
/// The place of a sentence that says why there is no section.
pub const LEFT_OUT: &str = "left_out";

/// The paragraphs of what a section asks for, in order. A row is left out, and noted, if its text is missing, or asks
/// for a missing figure.
///
/// # Errors
/// A gap in the table, or a row that says why there is no section.
pub fn paragraphs(context: &RenderContext<'_>, section: &str, asked: &Sentences) -> Result<Vec<Html>, Stop> {
    let Some(named) = &asked.table else {
        return Ok(asked.word.iter().map(|word| context.written(word, &[])).collect::<Result<_, _>>()?);
    };
    let rows = Rows::read(context, context.table(&named.value)?, asked)?;
    let mut paragraphs: Vec<(Option<String>, Vec<Html>)> = Vec::new();
    for (row, html, _) in rows.said(context, section, asked)? {
        let position = rows.position.at(row);
        match paragraphs.last_mut() {
            Some((last, sentences)) if position.is_some() && *last == position => sentences.push(html),
            _ => paragraphs.push((position, vec![html])),
        }
    }
    Ok(paragraphs.into_iter().map(|(_, sentences)| joined(context, &sentences)).collect())
}

/// The sentences that a table has for each value of a column, without markup: those with the same value as one text, in
/// order.
///
/// # Errors
/// A gap in the table; a text that the words file lacks.
pub fn by_value(
    context: &RenderContext<'_>,
    section: &str,
    asked: &Sentences,
    column: &str,
) -> Result<BTreeMap<String, String>, Stop> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let Some(named) = &asked.table else { return Ok(found) };
    let table = context.table(&named.value)?;
    let values = shown::column(context, table, column, &asked.columns)?;
    let between = context.plain("table.between_sentences", &[])?;
    for (row, _, plain) in Rows::read(context, table, asked)?.said(context, section, asked)? {
        let Some(value) = values.raw(row) else { continue };
        let text = found.entry(value).or_default();
        if !text.is_empty() {
            text.push_str(&between);
        }
        text.push_str(&plain);
    }
    Ok(found)
}

/// Notes the sentences that no section asks for: their place may be misspelt.
///
/// # Errors
/// A text that the words file lacks.
pub fn nowhere(context: &RenderContext<'_>) -> Result<(), ReportError> {
    let mut asked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for spec in context.theme.sections.values() {
        for sentences in spec.sentences() {
            if let Some(table) = &sentences.table {
                asked.entry(&table.value).or_default().insert(&sentences.place);
            }
        }
    }
    let mut taken = BTreeSet::new();
    // Sections that ship share tables with others that the report may not have.
    for (section, spec) in context.theme.sections.iter().filter(|(_, spec)| !spec.shipped) {
        for table in spec.sentences().into_iter().filter_map(|sentences| sentences.table.as_ref()) {
            let Ok(places) = context.table(&table.value).and_then(|found| found.texts(PLACE)) else {
                continue;
            };
            let known = asked.get(table.value.as_str());
            let is_known =
                |place: &str| place == LEFT_OUT || known.is_some_and(|known| known.contains(place));
            for place in places.iter().flatten().filter(|place| !is_known(place.as_str())) {
                if taken.insert((table.value.as_str(), place.clone())) {
                    let fillings = [Filling::text("table", &table.value), Filling::text("place", place)];
                    let reason = context.plain("skipped.no_place", &fillings)?;
                    context.note(Skipped { whole: false, section: section.clone(), reason });
                }
            }
        }
    }
    Ok(())
}

/// An entry of a list, as the template prints it.
#[derive(Clone, Debug)]
pub struct Entry {
    heading: String,
    beside: Option<Html>,
    text: Html,
    look: Option<String>,
    look_title: String,
    source: Source,
    download: Option<Download>,
}

seen_by_templates!(Entry { heading, beside, text, look, look_title, source, download });

/// The entries of a list, in order: one for each sentence.
///
/// # Errors
/// A gap in the table, or a row that says why there is no section.
pub fn entries(context: &RenderContext<'_>, section: &str, part: &ListPart) -> Result<Vec<Entry>, Stop> {
    let asked = &part.sentences;
    let Some(named) = &asked.table else { return Ok(Vec::new()) };
    let table = context.table(&named.value)?;
    let rows = Rows::read(context, table, asked)?;
    let headings = shown::column(context, table, &part.heading.value, &asked.columns)?;
    let sections = part.section.as_ref().map(|column| table.texts(&column.value)).transpose()?;
    let mut entries = Vec::new();
    for (row, text, _) in rows.said(context, section, asked)? {
        let beside = match &part.beside {
            Some(words) if rows.fills(context, row, words) => {
                Some(context.written(words, &rows.fillings(context, asked, row))?)
            }
            _ => None,
        };
        let step = rows.step(asked, row);
        let more =
            sections.as_ref().and_then(|sections| sections.at(row).or_else(|| by_step(context, &step)));
        let more = more.filter(|more| context.facts.sections.contains(more));
        entries.push(Entry {
            heading: headings.sentence(context, row).unwrap_or_else(|| UNKNOWN.to_owned()),
            beside,
            text,
            look: more.as_ref().map(|more| format!("#{}", anchor(more))),
            look_title: more.map_or_else(String::new, |more| context.label(&more)),
            source: context.source(&step),
            download: context.download(&step),
        });
    }
    Ok(entries)
}

/// The section of the page that a step belongs to: a module's tables begin with the name of its section.
fn by_step(context: &RenderContext<'_>, step: &str) -> Option<String> {
    let own = |section: &&String| {
        step.strip_prefix(section.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    context.facts.sections.iter().filter(own).max_by_key(|section| section.len()).cloned()
}

/// Sentences as one paragraph.
fn joined(context: &RenderContext<'_>, sentences: &[Html]) -> Html {
    let between = match context.format.locale() {
        Locale::En => " ",
        Locale::ZhCn => "",
    };
    let sentences: Vec<&str> = sentences.iter().map(Html::as_str).collect();
    Html::markup(sentences.join(between))
}

/// A table of sentences, read.
struct Rows<'t> {
    table: Table<'t>,
    word: Cells<String>,
    place: Option<Cells<String>>,
    position: Cells<String>,
    of: Cells<String>,
    figures: Vec<Column>,
}

impl<'t> Rows<'t> {
    fn read(context: &RenderContext<'_>, table: Table<'t>, asked: &Sentences) -> Result<Self, Gap> {
        let own = [WORD, PLACE, POSITION, STEP];
        let figures = table.columns().into_iter().filter(|name| !own.contains(name));
        let optional = |name: &str| table.texts(name).unwrap_or_default();
        Ok(Self {
            table,
            word: if asked.word.is_some() { Cells::default() } else { table.texts(WORD)? },
            place: table.texts(PLACE).ok(),
            position: optional(POSITION),
            of: optional(STEP),
            figures: figures
                .map(|name| shown::column(context, table, name, &asked.columns))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The rows of a place, in order: all of them where the table does not say what belongs where.
    fn placed(&self, place: &str) -> Vec<usize> {
        let belongs = |row: &usize| match &self.place {
            Some(places) => places.at(*row).as_deref() == Some(place),
            None => place != LEFT_OUT,
        };
        let mut rows: Vec<usize> = (0..self.table.rows()).filter(belongs).collect();
        let position = |row: &usize| self.position.at(*row).and_then(|text| text.parse::<f64>().ok());
        rows.sort_by(|left, right| {
            position(left).unwrap_or(f64::MAX).total_cmp(&position(right).unwrap_or(f64::MAX))
        });
        rows
    }

    /// The sentences that are asked for, each with its row, with markup and without. One without a text is noted.
    fn said(
        &self,
        context: &RenderContext<'_>,
        section: &str,
        asked: &Sentences,
    ) -> Result<Vec<(usize, Html, String)>, Stop> {
        let table = self.table.name();
        if let Some(row) = self.placed(LEFT_OUT).first() {
            return Err(match self.say(context, asked, *row)? {
                Some(said) => Stop::Reason(said.1),
                None => Stop::Gap(Gap::NoRows { table: table.to_owned() }),
            });
        }
        let mut said = Vec::new();
        for row in self.placed(&asked.place) {
            if let Some((html, plain)) = self.say(context, asked, row)? {
                said.push((row, html, plain));
                continue;
            }
            let text = Filling::text("text", &self.word.at(row).unwrap_or_default());
            let reason = context.plain("skipped.no_text", &[text, Filling::text("table", table)])?;
            context.note(Skipped { whole: false, section: section.to_owned(), reason });
        }
        Ok(said)
    }

    /// The step that a row's figures link to.
    fn step(&self, asked: &Sentences, row: usize) -> String {
        let own = || self.of.at(row).unwrap_or_else(|| self.table.name().to_owned());
        asked.of.as_ref().map_or_else(own, |step| step.value.clone())
    }

    /// What a row has to fill a text with.
    fn fillings(&self, context: &RenderContext<'_>, asked: &Sentences, row: usize) -> Vec<Filling> {
        let step = self.step(asked, row);
        let filling = |column: &Column| match column.sentence(context, row) {
            Some(text) if column.is_figure() => context.figure(&column.name, &text, &step),
            Some(text) => Filling::text(&column.name, &text),
            None => Filling::text(&column.name, UNKNOWN),
        };
        self.figures.iter().map(filling).collect()
    }

    /// Whether a row has a value for all that a text asks for.
    fn fills(&self, context: &RenderContext<'_>, row: usize, words: &Words) -> bool {
        let empty = |column: &&Column| column.sentence(context, row).is_none();
        let empty: Vec<&str> = self.figures.iter().filter(empty).map(|column| column.name.as_str()).collect();
        !context.placeholders(words).iter().any(|name| empty.contains(&name.as_str()))
    }

    /// The sentence of a row, with markup and without; none where there is no such text, or not all that it asks for.
    fn say(
        &self,
        context: &RenderContext<'_>,
        asked: &Sentences,
        row: usize,
    ) -> Result<Option<(Html, String)>, ReportError> {
        let fillings = self.fillings(context, asked, row);
        let written = |word: &Words| -> Result<_, ReportError> {
            Ok(Some((context.written(word, &fillings)?, context.written_plain(word, &fillings)?)))
        };
        if let Some(word) = &asked.word {
            return written(word);
        }
        let Some(key) = self.word.at(row) else { return Ok(None) };
        if let Some(otherwise) = asked.otherwise.as_ref().filter(|_| !context.words.has(&key)) {
            return written(otherwise);
        }
        // A choice by the data must not end a run.
        Ok(match (context.say(&key, &fillings), context.plain(&key, &fillings)) {
            (Ok(html), Ok(plain)) => Some((html, plain)),
            _ => None,
        })
    }
}
