//! How a section wants its texts and columns: in which words, and values written in which way, where that differs from
//! what is declared.

use crate::pipeline::Spanned;
use crate::tables::{ColumnKind, Texts};

/// A text of the page.
#[derive(Clone, Debug)]
pub enum Words {
    /// A key of the words file.
    Key(Spanned<String>),
    /// The text itself.
    Texts(Texts),
}

/// How columns are written and called, where it differs from what is declared of them.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// `as`: how a column's values are written.
    pub written: Vec<(Spanned<String>, How)>,
    /// `titles`: what a column is called.
    pub titles: Vec<(Spanned<String>, Words)>,
}

impl Columns {
    /// How a column is written, where that is said.
    pub fn how(&self, column: &str) -> Option<&How> {
        self.written.iter().find(|(name, _)| name.value == column).map(|(_, how)| how)
    }

    /// What a column is called, where that is said.
    pub fn title(&self, column: &str) -> Option<&Words> {
        self.titles.iter().find(|(name, _)| name.value == column).map(|(_, words)| words)
    }
}

/// How the values of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// As values of a kind.
    Kind(ColumnKind),
    /// As values of a kind of differences, with their sign in sentences too: `signed.growth`.
    Signed(ColumnKind),
    /// As plain numbers with so many decimals.
    Digits(u32),
    /// As the name of a group of the words file has it: `segments.name`.
    Group(String),
    /// Each row as another column of it says.
    By(String),
}

impl How {
    /// What is written for it in a section file, or in a column that says how another is written.
    pub fn of(text: &str) -> Option<Self> {
        if let Some(kind) = ColumnKind::ALL.into_iter().find(|kind| kind.key() == text) {
            return Some(Self::Kind(kind));
        }
        match text.split_once('.') {
            Some(("number", digits)) => digits.parse().ok().filter(|digits| *digits <= 9).map(Self::Digits),
            Some(("signed", kind)) => ColumnKind::ALL
                .into_iter()
                .find(|known| known.key() == kind && known.is_difference())
                .map(Self::Signed),
            Some(("by", column)) if !column.is_empty() => Some(Self::By(column.to_owned())),
            Some((_, "")) => None,
            _ => Some(Self::Group(text.to_owned())),
        }
    }
}
