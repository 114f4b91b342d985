//! A page of made-up tables: mistakes in templates and words are found when a pipeline is checked, and not at night,
//! with its real tables.
//!
//! The page is rendered three times: with tables without rows; with one row without values; with one row for each word
//! that a column of words can hold. A table of sentences then has a row for each place that sections ask for. Its text
//! exists: else its sections would be left out. A gap in such tables leaves a section out, as on any night. All other
//! problems come from a template or from the words.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::section::sentences::{PLACE, WORD};
use super::section::spec::Spec;
use super::words::placeholders;
use super::{
    Facts, HeadlineFigure, IndexEntry, ReportError, Summary, Tables, Theme, export, leads_to, lists, render,
};
use crate::tables::{ColumnKind, Declaration};

/// Everything that keeps a page of these tables from being rendered, whatever they hold; each once.
pub fn rehearse(facts: &Facts, schemas: &BTreeMap<String, SchemaRef>, theme: &Theme) -> Vec<ReportError> {
    let mut errors: Vec<ReportError> = Vec::new();
    let mut note = |error: ReportError| {
        if !errors.contains(&error) {
            errors.push(error);
        }
    };
    let sentences = Sentences::of(theme);
    for rows in [Rows::None, Rows::Empty, Rows::Words] {
        let made = schemas
            .iter()
            .filter_map(|(name, schema)| Some((name.clone(), table(name, schema, rows, theme, &sentences)?)));
        let tables = Tables(made.collect());
        if let Err(error) = export::rehearse(facts, theme, &tables) {
            note(error);
        }
        if let Err(error) = render(facts, &tables, theme) {
            note(error);
            // One section after the other: the page stops at the first of them that cannot be.
            for section in &facts.sections {
                let alone = Facts { sections: vec![section.clone()], ..facts.clone() };
                if let Err(error) = render(&alone, &tables, theme) {
                    note(error);
                }
            }
        }
    }
    let entry = IndexEntry {
        pipeline: facts.pipeline.clone(),
        summary: Summary { figures: vec![HeadlineFigure::default()], ..Summary::default() },
        as_of: facts.as_of,
        href: "index.html".to_owned(),
    };
    let earlier = IndexEntry { as_of: facts.previous_as_of, ..entry.clone() };
    if let Err(error) = lists(&[entry, earlier], &facts.locale, theme) {
        note(error);
    }
    if let Err(error) = leads_to(&["index.html".to_owned()], &facts.locale, theme) {
        note(error);
    }
    errors
}

/// Which rows a made-up table has.
#[derive(Clone, Copy, PartialEq)]
enum Rows {
    None,
    /// One, of NULL wherever that may be.
    Empty,
    /// One for each word of the column that can hold most of them, and one where there is no such column.
    Words,
}

/// What tables of sentences hold in place of any text.
struct Sentences<'t> {
    /// By table, the places that sections ask it for.
    places: BTreeMap<&'t str, Vec<&'t str>>,
    /// The key of a text that asks for no figure.
    word: &'t str,
}

impl<'t> Sentences<'t> {
    fn of(theme: &'t Theme) -> Self {
        let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for asked in theme.sections.values().flat_map(Spec::sentences) {
            let Some(table) = &asked.table else { continue };
            let places = places.entry(table.value.as_str()).or_default();
            if !places.contains(&asked.place.as_str()) {
                places.push(&asked.place);
            }
        }
        let plain = theme.words.iter().find(|(_, text)| placeholders(text).is_empty());
        Self { places, word: plain.map_or("", |(key, _)| key.as_str()) }
    }

    /// The values of a column, where it is one that chooses sentences.
    fn words(&self, table: &str, column: &str) -> Option<Vec<&'t str>> {
        let places = self.places.get(table)?;
        match column {
            PLACE => Some(places.clone()),
            WORD => Some(vec![self.word]),
            _ => None,
        }
    }
}

fn table(
    name: &str,
    schema: &SchemaRef,
    rows: Rows,
    theme: &Theme,
    sentences: &Sentences<'_>,
) -> Option<RecordBatch> {
    if rows == Rows::None {
        return Some(RecordBatch::new_empty(Arc::clone(schema)));
    }
    let declared = theme.declared.get(name);
    let words_of = |field: &Arc<Field>| {
        sentences.words(name, field.name()).unwrap_or_else(|| words_of(field, declared, theme))
    };
    let words: Vec<Vec<&str>> = schema.fields().iter().map(words_of).collect();
    let most = words.iter().map(Vec::len).max().unwrap_or(0);
    let count = if rows == Rows::Empty { 1 } else { most.max(1) };
    let columns = schema.fields().iter().zip(&words).map(|(field, words)| {
        let is_null = rows == Rows::Empty && field.is_nullable();
        if is_null {
            new_null_array(field.data_type(), count)
        } else {
            values(field.data_type(), words, count)
        }
    });
    // A type without made-up values holds NULL, even if it says that it cannot.
    let fields: Vec<Field> =
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.collect()).ok()
}

/// The words that a column's values can be, where it is declared to hold words.
fn words_of<'t>(field: &Field, declared: Option<&Declaration>, theme: &'t Theme) -> Vec<&'t str> {
    let column = declared.and_then(|table| table.fitting(field.name(), field.data_type()));
    let column = column.filter(|column| column.kind == ColumnKind::Word);
    let Some(group) = column.and_then(|column| column.words.as_ref()) else { return Vec::new() };
    let group = format!("{group}.");
    let below = theme.words.keys().filter_map(|key| key.strip_prefix(group.as_str()));
    let mut words: Vec<&str> = below.map(|key| key.split('.').next().unwrap_or(key)).collect();
    words.dedup();
    words
}

/// So many values of a type.
fn values(data_type: &DataType, words: &[&str], count: usize) -> ArrayRef {
    let of: ArrayRef = match data_type {
        DataType::Boolean => Arc::new((0..count).map(|row| Some(row % 2 == 0)).collect::<BooleanArray>()),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            // Some day of the year 2024, and those after it.
            Arc::new((0..count).map(|row| i32::try_from(19_800 + row).ok()).collect::<Date32Array>())
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Arc::new(
            (0..count).map(|row| Some((row as f64 + 1.0) / (count as f64 + 1.0))).collect::<Float64Array>(),
        ),
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => {
            let whole = (0..count).map(|row| i128::try_from(row + 1).ok()).collect::<Decimal128Array>();
            whole
                .with_precision_and_scale(38, 1)
                .map_or_else(|_| new_null_array(data_type, count), |of| Arc::new(of))
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            let word = |row: usize| words.get(row % words.len().max(1)).copied().unwrap_or("x");
            Arc::new((0..count).map(|row| Some(word(row))).collect::<StringArray>())
        }
        other if other.is_integer() => {
            Arc::new((0..count).map(|row| i64::try_from(row + 1).ok()).collect::<Int64Array>())
        }
        other => return new_null_array(other, count),
    };
    cast(&of, data_type).unwrap_or_else(|_| new_null_array(data_type, count))
}
