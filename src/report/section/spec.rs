//! A section that is data, typed: what a file of `reports/sections/`, or an entry of a pipeline's `sections`, says.
//!
//! [`super::read`] makes it of YAML, [`super::judge`] compares it with the tables and words that there are, [`super::write`]
//! makes a section of the page of it.

use std::ops::Range;
use std::sync::Arc;

use super::super::chart::{Chart, Settings};
use super::super::how::{Columns, How, Words};
use crate::pipeline::Spanned;
use crate::problem::SourceText;

/// A section.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name, which is also its anchor.
    pub name: String,
    /// The file that it stands in.
    pub source: Arc<SourceText>,
    /// Where in that.
    pub at: Range<usize>,
    /// Whether it came with the program as it is. Parts without data in the pipeline's tables are then left out, and
    /// are no mistake of the user's.
    pub shipped: bool,
    /// The tables without which it is left out.
    pub needs: Vec<Spanned<String>>,
    /// Its name in the table of contents; default `nav.<name>`.
    pub label: Option<Words>,
    /// What it answers; default `<name>.question`.
    pub question: Option<Words>,
    /// The answer; default: how many rows the first table has.
    pub answer: Option<Sentences>,
    /// Further sentences below the answer.
    pub notes: Vec<Sentences>,
    /// How its figures are defined; default `<name>.definition`, where there is such a text.
    pub definition: Option<Words>,
    /// What stands below.
    pub parts: Vec<Part>,
}

/// Sentences of the words file, chosen and filled by the rows of a table.
#[derive(Clone, Debug)]
pub struct Sentences {
    /// Where they are asked for.
    pub at: Range<usize>,
    /// The sentence; where absent, each row's column `word` has its key.
    pub word: Option<Words>,
    /// The table with the rows that fill it; none for a sentence without figures.
    pub table: Option<Spanned<String>>,
    /// For a table with a column `place`: which rows are meant.
    pub place: String,
    /// The step that figures link to; default: the row's column `step`, else the table.
    pub of: Option<Spanned<String>>,
    /// How the columns are written.
    pub columns: Columns,
    /// The text of a row if the words file does not have its own; without it, such a row is left out.
    pub otherwise: Option<Words>,
    /// Whether nothing is missed where the pipeline has no such table, or it has no rows.
    pub optional: bool,
}

/// A part of a section, below its answer and notes.
#[derive(Clone, Debug)]
pub enum Part {
    /// Two parts beside each other where the page is wide enough.
    Pair(Vec<Part>),
    /// Parts in reading width.
    Narrow(Vec<Part>),
    /// Parts below a heading; without parts there is no heading.
    Group(Words, Vec<Part>),
    /// Parts that open on demand, and on paper.
    Fold(Option<Words>, Vec<Part>),
    /// Sentences.
    Sentences(Sentences),
    /// Entries, one below the other: a heading, a sentence, and where to read on.
    List(ListPart),
    /// A table.
    Table(TablePart),
    /// A picture, or cards of big numbers.
    Picture(PicturePart),
}

/// A list of a section: an entry for each sentence.
#[derive(Clone, Debug)]
pub struct ListPart {
    /// The sentences.
    pub sentences: Sentences,
    /// The column with the headings.
    pub heading: Spanned<String>,
    /// A text beside the heading, filled by the row; left out where it asks for a value that the row does not have.
    pub beside: Option<Words>,
    /// The column that names the section that shows more.
    pub section: Option<Spanned<String>>,
}

/// A table of a section.
#[derive(Clone, Debug)]
pub struct TablePart {
    /// Its name in the section.
    pub name: String,
    /// The table of the pipeline.
    pub table: Spanned<String>,
    /// Its caption; default `<section>.<name>`.
    pub title: Option<Words>,
    /// Its columns; all of them where none are named.
    pub shown: Vec<ColumnPart>,
    /// The most rows that are shown.
    pub rows: usize,
    /// Whether the last row sums the others.
    pub total: bool,
    /// A remark below it.
    pub note: Option<Words>,
    /// A column that says which rows weigh less: they are pale.
    pub pale: Option<Spanned<String>>,
    /// How columns are written and called.
    pub columns: Columns,
    /// Whether nothing is missed where the pipeline has no such table, or it has no rows.
    pub optional: bool,
    /// Whether what is declared of its columns is explained with the section's definition.
    pub explained: bool,
}

/// A column of a table of a section.
#[derive(Clone, Debug)]
pub enum ColumnPart {
    /// A column of the table.
    Plain {
        /// The column.
        name: Spanned<String>,
        /// Its head, where it differs from what the column is called.
        title: Option<Words>,
        /// How it is written, where it differs from how the column is.
        how: Option<How>,
        /// Whether it is left out where no row has a value.
        optional: bool,
        /// Whether keys without a text are left blank; else they stand for themselves.
        known: bool,
        /// A table: if it has rows, the column is left out.
        unless: Option<Spanned<String>>,
    },
    /// By how much one column is more than another.
    Change {
        /// The column of now.
        of: Spanned<String>,
        /// The column of before.
        from: Spanned<String>,
        /// Its head.
        title: Words,
        /// Whether it is a rank (less is better): written with an arrow.
        rank: bool,
    },
    /// Sentences of another table: those that have the same value as the row in a column of both tables.
    Sentences {
        /// The sentences.
        sentences: Sentences,
        /// The column of both tables.
        by: Spanned<String>,
        /// Its head.
        title: Words,
    },
    /// From where to where a figure may lie, in one column.
    Range {
        /// The column of the lower end.
        low: Spanned<String>,
        /// The column of the upper end.
        high: Spanned<String>,
        /// Its head.
        title: Words,
        /// Whether it is left out where no row has both ends.
        optional: bool,
    },
}

/// A picture of a section.
#[derive(Clone, Debug)]
pub struct PicturePart {
    /// Where it is asked for.
    pub at: Range<usize>,
    /// Its name in the section.
    pub name: String,
    /// Its kind.
    pub chart: &'static Chart,
    /// The table of the pipeline.
    pub table: Spanned<String>,
    /// Its caption; default `<section>.picture.<name>.caption`.
    pub title: Option<Words>,
    /// What stands in for it where it is not seen; default `<section>.picture.<name>.description`.
    pub description: Option<Words>,
    /// What its kind asks for.
    pub settings: Settings,
    /// How columns are written and called.
    pub columns: Columns,
    /// Whether nothing is missed where the pipeline has no such table, or it has no rows.
    pub optional: bool,
}

/// A table that a section names: which it is, and whether it may be absent.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The name, and its place.
    pub table: &'a Spanned<String>,
    /// Whether nothing is missed without it.
    pub optional: bool,
}

impl Spec {
    /// All sentences, wherever they stand.
    pub fn sentences(&self) -> Vec<&Sentences> {
        let mut found: Vec<&Sentences> = self.answer.iter().chain(&self.notes).collect();
        self.each(&mut |part| match part {
            Part::Sentences(sentences) | Part::List(ListPart { sentences, .. }) => found.push(sentences),
            Part::Table(part) => found.extend(part.shown.iter().filter_map(|column| match column {
                ColumnPart::Sentences { sentences, .. } => Some(sentences),
                _ => None,
            })),
            _ => {}
        });
        found
    }

    /// Every part, those within others too.
    pub fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s Part)) {
        for part in &self.parts {
            part.each(visit);
        }
    }

    /// The tables that it names.
    pub fn tables(&self) -> Vec<Named<'_>> {
        let mut named: Vec<Named<'_>> =
            self.needs.iter().map(|table| Named { table, optional: false }).collect();
        let sentences = self.sentences();
        named.extend(sentences.iter().filter_map(|sentences| {
            Some(Named { table: sentences.table.as_ref()?, optional: sentences.optional })
        }));
        self.each(&mut |part| match part {
            Part::Table(part) => {
                named.push(Named { table: &part.table, optional: part.optional });
                named.extend(part.shown.iter().filter_map(|column| match column {
                    ColumnPart::Plain { unless: Some(table), .. } => Some(Named { table, optional: true }),
                    _ => None,
                }));
            }
            Part::Picture(part) => {
                named.push(Named { table: &part.table, optional: part.optional });
                named.extend(part.settings.tables().map(|table| Named { table, optional: true }));
            }
            _ => {}
        });
        named
    }
}

impl Part {
    fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s Self)) {
        visit(self);
        if let Self::Pair(parts) | Self::Narrow(parts) | Self::Group(_, parts) | Self::Fold(_, parts) = self {
            for part in parts {
                part.each(visit);
            }
        }
    }
}
