//! What tables hold, declared once per table: its grain, and for each column the kind, the name in both languages,
//! whether up is good, and the meaning.
//!
//! A [`Declaration`] is used to check that a query yields what it says, for headings and formats of pages and
//! downloads, and for the tables' reference in `docs/`. Without a declaration, [`ColumnKind::guess`] uses type and
//! name.

mod kind;
mod reference;
mod types;

use std::collections::BTreeMap;
use std::ops::Range;

use arrow::datatypes::DataType;

pub use kind::ColumnKind;
pub use reference::{kinds, reference};
pub use types::{days, sql_types};

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
    /// Its name in SQL. `<n>` stands for a number: `expected_purchases_<n>` means one column per horizon.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// The group of the words file that has its values as keys, such as `segments.name`; only for [`ColumnKind::Word`].
    pub words: Option<String>,
    /// Its title for readers; if absent, its name with spaces for underscores. `{n}` in it is the number of the name.
    pub title: Option<Texts>,
    /// Whether the title comes from the shared columns; then the words file may replace it by `columns.<name>`.
    pub shared: bool,
    /// Whether more of it is good; none if it is neither good nor bad.
    pub up_is_good: Option<bool>,
    /// What it means: definition, unit, when it is NULL.
    pub meaning: Option<Texts>,
    /// Where it is declared, in the pipeline file; none for built-in columns.
    pub at: Option<Range<usize>>,
}

impl Column {
    /// The number in a column's name, if this column is declared for names with any number. Empty if the name is the
    /// column's own, none if the name is of another column.
    pub fn number<'a>(&self, name: &'a str) -> Option<&'a str> {
        if self.name == name {
            return Some("");
        }
        let (before, after) = self.name.split_once("<n>")?;
        let number = name.strip_prefix(before)?.strip_suffix(after)?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What one row is: `customer`, `customer × month`, `one row`.
    pub grain: Texts,
    /// Its columns, in the order of the query.
    pub columns: Vec<Column>,
    /// Where it is declared, in the pipeline file; none for built-in tables.
    pub at: Option<Range<usize>>,
}

impl Declaration {
    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        let own = self.columns.iter().find(|column| column.name == name);
        own.or_else(|| self.columns.iter().find(|column| column.number(name).is_some()))
    }

    /// A column by its name, if values of the found type can have its kind.
    pub fn fitting(&self, name: &str, found: &DataType) -> Option<&Column> {
        self.column(name).filter(|column| column.kind.fits(found))
    }
}

/// The kind of a column: as declared if that fits the found type, else by name and type.
pub fn kind(declared: Option<&Declaration>, name: &str, found: &DataType) -> ColumnKind {
    let column = declared.and_then(|table| table.fitting(name, found));
    column.map_or_else(|| ColumnKind::guess(name, found), |column| column.kind)
}

/// The declared tables by name.
pub type Declared = BTreeMap<String, Declaration>;

/// A file of declared tables.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// The name of the module, or of the file.
    pub name: String,
    /// Its tables, in the order of the file.
    pub tables: Vec<(String, Declaration)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: ColumnKind) -> Column {
        Column {
            name: name.to_owned(),
            kind,
            words: None,
            title: None,
            shared: false,
            up_is_good: None,
            meaning: None,
            at: None,
        }
    }

    #[test]
    fn a_name_with_a_number_is_found_by_its_pattern() {
        let columns =
            vec![column("purchases_<n>", ColumnKind::Number), column("purchases_30", ColumnKind::Count)];
        let table = Declaration { grain: Texts::default(), columns, at: None };
        let found = |name: &str| table.column(name).map(|column| column.kind);
        assert_eq!(found("purchases_30"), Some(ColumnKind::Count));
        assert_eq!(found("purchases_365"), Some(ColumnKind::Number));
        assert_eq!((found("purchases_"), found("purchases_3x"), found("orders_30")), (None, None, None));
        assert_eq!(table.columns[0].number("purchases_365"), Some("365"));
    }

    #[test]
    fn what_does_not_fit_is_guessed() {
        let columns = vec![column("rate", ColumnKind::Word), column("margin", ColumnKind::Share)];
        let table = Declaration { grain: Texts::default(), columns, at: None };
        assert_eq!(kind(Some(&table), "rate", &DataType::Float64), ColumnKind::Share);
        assert_eq!(kind(Some(&table), "margin", &DataType::Float64), ColumnKind::Share);
        assert_eq!(kind(None, "margin", &DataType::Float64), ColumnKind::Number);
    }
}
