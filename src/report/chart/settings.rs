//! What a chart asks for, and what a section gave it.

use super::super::how::Words;
use crate::pipeline::Spanned;
use crate::tables::ColumnKind;

/// One thing that a chart asks for.
#[derive(Debug)]
pub struct Setting {
    /// Its key.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether the chart needs it.
    pub required: bool,
    /// What it does.
    pub meaning: &'static str,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// A column of one of these kinds; of any where none are named.
    Column(&'static [ColumnKind]),
    /// Columns of one of these kinds.
    Columns {
        /// The kinds.
        kinds: &'static [ColumnKind],
        /// The most columns.
        most: usize,
    },
    /// The name of another table.
    Table,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A text, or a key of the words file.
    Text,
}

/// Columns with figures.
pub const FIGURES: &[ColumnKind] = &[
    ColumnKind::Money,
    ColumnKind::Estimate,
    ColumnKind::MoneyChange,
    ColumnKind::Share,
    ColumnKind::Points,
    ColumnKind::Growth,
    ColumnKind::Count,
    ColumnKind::CountChange,
    ColumnKind::Number,
    ColumnKind::Days,
];

impl Takes {
    /// What is to be written, for a remedy.
    pub fn wanted(self) -> String {
        match self {
            Self::Column([]) => "with the name of a column".to_owned(),
            Self::Column(kinds) => format!("with the name of a column of {}", listed(kinds)),
            Self::Columns { kinds, .. } => format!("with the names of columns of {}", listed(kinds)),
            Self::Table => "with the name of a table".to_owned(),
            Self::Word(words) => format!("with one of {}", words.join(", ")),
            Self::Flag => "with true or false".to_owned(),
            Self::Number { least, most } => format!("with a whole number from {least} to {most}"),
            Self::Text => "with a text, or a key of the words file".to_owned(),
        }
    }
}

/// Kinds in words: all figures by one.
pub fn listed(kinds: &[ColumnKind]) -> String {
    if FIGURES.iter().all(|figure| kinds.contains(figure)) {
        let others = kinds.iter().filter(|kind| !kind.is_figure()).map(|kind| kind.key());
        return std::iter::once("figures").chain(others).collect::<Vec<_>>().join(" or ");
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.key()).collect();
    match names.split_last() {
        None => "any kind".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// What a section gave a chart, by the names of the settings.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    given: Vec<(&'static str, Given)>,
}

#[derive(Clone, Debug)]
enum Given {
    Columns(Vec<Spanned<String>>),
    Table(Spanned<String>),
    Word(&'static str),
    Flag(bool),
    Number(i64),
    Text(Words),
}

impl Settings {
    /// Notes a column.
    pub fn column(&mut self, name: &'static str, column: Spanned<String>) {
        self.given.push((name, Given::Columns(vec![column])));
    }

    /// Notes columns.
    pub fn columns(&mut self, name: &'static str, columns: Vec<Spanned<String>>) {
        self.given.push((name, Given::Columns(columns)));
    }

    /// Notes a table.
    pub fn table(&mut self, name: &'static str, table: Spanned<String>) {
        self.given.push((name, Given::Table(table)));
    }

    /// Notes a word.
    pub fn word(&mut self, name: &'static str, word: &'static str) {
        self.given.push((name, Given::Word(word)));
    }

    /// Notes a flag.
    pub fn flag(&mut self, name: &'static str, flag: bool) {
        self.given.push((name, Given::Flag(flag)));
    }

    /// Notes a number.
    pub fn number(&mut self, name: &'static str, number: i64) {
        self.given.push((name, Given::Number(number)));
    }

    /// Notes a text.
    pub fn text(&mut self, name: &'static str, words: Words) {
        self.given.push((name, Given::Text(words)));
    }

    fn get(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|(known, _)| *known == name).map(|(_, given)| given)
    }

    /// The columns of a setting; none where it is absent.
    pub fn columns_of(&self, name: &str) -> &[Spanned<String>] {
        match self.get(name) {
            Some(Given::Columns(columns)) => columns,
            _ => &[],
        }
    }

    /// The table of a setting.
    pub fn table_of(&self, name: &str) -> Option<&Spanned<String>> {
        match self.get(name)? {
            Given::Table(table) => Some(table),
            _ => None,
        }
    }

    /// All tables that settings name.
    pub fn tables(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.given.iter().filter_map(|(_, given)| match given {
            Given::Table(table) => Some(table),
            _ => None,
        })
    }

    /// The word of a setting.
    pub fn word_of(&self, name: &str) -> Option<&'static str> {
        match self.get(name)? {
            Given::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The flag of a setting; not set where absent.
    pub fn flag_of(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Given::Flag(true)))
    }

    /// The number of a setting.
    pub fn number_of(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Given::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text of a setting.
    pub fn text_of(&self, name: &str) -> Option<&Words> {
        match self.get(name)? {
            Given::Text(words) => Some(words),
            _ => None,
        }
    }

    /// All texts.
    pub fn texts(&self) -> impl Iterator<Item = &Words> {
        self.given.iter().filter_map(|(_, given)| match given {
            Given::Text(words) => Some(words),
            _ => None,
        })
    }
}
