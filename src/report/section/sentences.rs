//! Sentences that SQL chooses and fills: each row names a text of the words file, and its columns are the figures in it.
//!
//! Rows whose `position` is the same make one paragraph. A row whose `place` is `left_out` says why there is no section.

use super::super::context::{RenderContext, Stop};
use super::super::format::{Locale, UNKNOWN};
use super::super::html::Html;
use super::super::shown::{self, Column};
use super::super::table::{Cells, Gap, Table};
use super::super::words::Filling;
use super::super::{ReportError, Skipped};
use super::spec::Sentences;

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

/// The paragraphs of what a section asks for, in order. A row whose text is not there, or asks for a figure that is not,
/// is left out, and noted.
///
/// # Errors
/// A gap in the table, or a row that says why there is no section.
pub fn paragraphs(context: &RenderContext<'_>, section: &str, asked: &Sentences) -> Result<Vec<Html>, Stop> {
    let Some(named) = &asked.table else {
        return Ok(asked.word.iter().map(|word| context.written(word, &[])).collect::<Result<_, _>>()?);
    };
    let table = context.table(&named.value)?;
    let rows = Rows::read(context, table, asked)?;
    if let Some(row) = rows.placed(LEFT_OUT).first() {
        return Err(match rows.say(context, asked, *row)? {
            Some(said) => Stop::Reason(said.1),
            None => Stop::Gap(Gap::NoRows { table: named.value.clone() }),
        });
    }
    let mut paragraphs: Vec<(Option<String>, Vec<Html>)> = Vec::new();
    for row in rows.placed(&asked.place) {
        let Some((html, _)) = rows.say(context, asked, row)? else {
            let text = Filling::text("text", &rows.word.at(row).unwrap_or_default());
            let reason = context.plain("skipped.no_text", &[text, Filling::text("table", &named.value)])?;
            context.note(Skipped { whole: false, section: section.to_owned(), reason });
            continue;
        };
        let position = rows.position.at(row);
        match paragraphs.last_mut() {
            Some((last, sentences)) if position.is_some() && *last == position => sentences.push(html),
            _ => paragraphs.push((position, vec![html])),
        }
    }
    Ok(paragraphs.into_iter().map(|(_, sentences)| joined(context, &sentences)).collect())
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

    /// The sentence of a row, with markup and without; none where there is no such text, or not all that it asks for.
    fn say(
        &self,
        context: &RenderContext<'_>,
        asked: &Sentences,
        row: usize,
    ) -> Result<Option<(Html, String)>, ReportError> {
        let step = match (&asked.of, self.of.at(row)) {
            (Some(step), _) => step.value.clone(),
            (None, Some(step)) => step,
            (None, None) => self.table.name().to_owned(),
        };
        let filling = |column: &Column| match column.sentence(context, row) {
            Some(text) if column.is_figure() => context.figure(&column.name, &text, &step),
            Some(text) => Filling::text(&column.name, &text),
            None => Filling::text(&column.name, UNKNOWN),
        };
        let fillings: Vec<Filling> = self.figures.iter().map(filling).collect();
        if let Some(word) = &asked.word {
            return Ok(Some((context.written(word, &fillings)?, context.written_plain(word, &fillings)?)));
        }
        let Some(key) = self.word.at(row) else { return Ok(None) };
        // What data chooses must not end a run.
        Ok(match (context.say(&key, &fillings), context.plain(&key, &fillings)) {
            (Ok(html), Ok(plain)) => Some((html, plain)),
            _ => None,
        })
    }
}
