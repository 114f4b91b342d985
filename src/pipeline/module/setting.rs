//! The settings of a module, with kind, range, default and meaning.

use std::ops::Range;

use crate::pipeline::Value;

/// A setting of a module. Its value is a parameter of the same name for all queries of the pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Where its module's file has it.
    pub at: Range<usize>,
    /// What its value is.
    pub kind: SettingKind,
    /// The least value, of numbers.
    pub least: Option<Value>,
    /// The greatest value, of numbers.
    pub most: Option<Value>,
    /// The words to choose from, of [`SettingKind::Choice`].
    pub choices: Vec<String>,
    /// Whether a list may be empty.
    pub empty: bool,
    /// The value where the pipeline gives none.
    pub default: Value,
    /// What it means, in a sentence.
    pub means: String,
}

/// What the value of a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A share, from 0 to 1 where no other range is given.
    Share,
    /// A number of days, 1 or more where no other range is given.
    Days,
    /// One of a few words. It may choose which query or model a step has, so the file alone decides it.
    Choice,
    /// `true` or `false`.
    Flag,
    /// Text.
    Text,
    /// A list of whole numbers.
    Wholes,
    /// A list of words.
    Words,
}

impl SettingKind {
    /// All of them, by the word in a module's file.
    pub const ALL: [(&'static str, Self); 9] = [
        ("whole", Self::Whole),
        ("number", Self::Number),
        ("share", Self::Share),
        ("days", Self::Days),
        ("choice", Self::Choice),
        ("flag", Self::Flag),
        ("text", Self::Text),
        ("wholes", Self::Wholes),
        ("words", Self::Words),
    ];

    fn is(self, value: &Value) -> bool {
        let number = matches!(value, Value::Integer(_) | Value::Decimal(_));
        match self {
            Self::Whole | Self::Days => matches!(value, Value::Integer(_)),
            Self::Number | Self::Share => number,
            Self::Choice | Self::Text => matches!(value, Value::Text(_)),
            Self::Flag => matches!(value, Value::Bool(_)),
            Self::Wholes => all(value, |item| matches!(item, Value::Integer(_))),
            Self::Words => all(value, |item| matches!(item, Value::Text(_))),
        }
    }

    /// Whether its values are lists.
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Wholes | Self::Words)
    }
}

impl Setting {
    /// What a value must be, in words that follow "must be".
    pub fn wanted(&self) -> String {
        let range = |what: &str| match (&self.least, &self.most) {
            (Some(least), Some(most)) => format!("{what} from {least} to {most}"),
            (Some(least), None) => format!("{what} of {least} or more"),
            (None, Some(most)) => format!("{what} of {most} or less"),
            (None, None) => what.to_owned(),
        };
        match self.kind {
            SettingKind::Whole => range("a whole number"),
            SettingKind::Number => range("a number"),
            SettingKind::Share => range("a share"),
            SettingKind::Days => range("a whole number of days"),
            SettingKind::Choice => format!("one of {}", self.choices.join(", ")),
            SettingKind::Flag => "true or false".to_owned(),
            SettingKind::Text => "text".to_owned(),
            SettingKind::Wholes if self.empty => range("a list of whole numbers, which may be empty, each"),
            SettingKind::Wholes => range("a list of whole numbers, each"),
            SettingKind::Words if self.empty => "a list of words, which may be empty".to_owned(),
            SettingKind::Words => "a list of words".to_owned(),
        }
    }

    /// What a value must be that is not accepted.
    pub fn wanted_of(&self, value: &Value) -> String {
        if self.lacks_items(value) { "a list with at least one item".to_owned() } else { self.wanted() }
    }

    /// Whether a value is an empty list where the module's queries need an item.
    pub fn lacks_items(&self, value: &Value) -> bool {
        self.kind.is_list() && !self.empty && matches!(value, Value::List(items) if items.is_empty())
    }

    /// Whether a value may be given. A value that names a parameter (`$name`) is known later.
    pub fn accepts(&self, value: &Value) -> bool {
        if reference(value).is_some() && self.kind != SettingKind::Choice {
            return true;
        }
        let within = |value: &Value| {
            use std::cmp::Ordering::{Greater, Less};
            let above = self.least.as_ref().is_none_or(|least| value.order(least) != Some(Less));
            above && self.most.as_ref().is_none_or(|most| value.order(most) != Some(Greater))
        };
        self.kind.is(value)
            && match value {
                Value::List(items) => (self.empty || !items.is_empty()) && items.iter().all(within),
                Value::Text(word) if self.kind == SettingKind::Choice => self.choices.contains(word),
                value => within(value),
            }
    }
}

/// The parameter that a value stands for.
pub fn reference(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => text.strip_prefix('$'),
        _ => None,
    }
}

/// Whether a value is a list, and this holds for all items.
fn all(value: &Value, is: impl Fn(&Value) -> bool) -> bool {
    matches!(value, Value::List(items) if items.iter().all(is))
}
