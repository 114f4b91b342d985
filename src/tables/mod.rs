//! What tables hold, declared once a table: its grain, and of each column the kind, the name in both languages, whether up
//! is good, and the meaning.
//!
//! From a [`Declaration`] come the check that a query yields what it says, headings and formats of pages and downloads, and
//! the tables' reference in `docs/`. Where nothing is declared, [`Kind::guess`] goes by type and name.

mod kind;

use std::collections::BTreeMap;

pub use kind::Kind;

/// A text in the languages that reports are written in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh_cn: String,
}

impl Texts {
    /// The text of a language, by its tag; English where the tag is another.
    pub fn of(&self, tag: &str) -> &str {
        if tag == "zh-CN" { &self.zh_cn } else { &self.en }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in SQL.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// The group of the words file in which its values are keys, such as `segments`; of [`Kind::Word`] alone.
    pub words: Option<String>,
    /// What readers call it; where absent, its name with spaces for underscores.
    pub title: Option<Texts>,
    /// Whether more of it is good; none where it is neither good nor bad.
    pub up_is_good: Option<bool>,
    /// What it means: definition, unit, when it is NULL.
    pub meaning: Option<Texts>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What one row is: `customer`, `customer × month`, `one row`.
    pub grain: String,
    /// Its columns, in the order of the query.
    pub columns: Vec<Column>,
}

impl Declaration {
    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The declared tables by name.
pub type Declared = BTreeMap<String, Declaration>;
