//! Parameter values: what `params`, `with` and `--param` can hold.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

/// A value that can be bound to a query's placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// An exact decimal, as digits with at most one point and sign.
    Decimal(String),
    /// A day; written as text `YYYY-MM-DD`.
    Date(Date),
    /// Any other text.
    Text(String),
    /// A list of values of one kind.
    List(Vec<Value>),
}

impl Value {
    /// The kind's name, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Decimal(_) => "a number",
            Self::Date(_) => "a date (YYYY-MM-DD)",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
        }
    }

    /// Text as a pipeline's value: a day where it is written as one, else text.
    pub fn from_text(text: &str) -> Self {
        let looks_like_day = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
        match text.parse::<Date>() {
            Ok(day) if looks_like_day => Self::Date(day),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// A YAML number that is not whole, as the decimal that was written.
    pub fn from_number(number: f64) -> Option<Self> {
        number.is_finite().then(|| Self::Decimal(format!("{number}")))
    }

    /// The words of a command line as a value of the same kind as `self`.
    ///
    /// # Errors
    /// The kind that was asked for, where the words are of another.
    pub fn like(&self, words: &str) -> Result<Self, String> {
        let wrong = || format!("`{words}` is not {}", self.kind());
        match self {
            Self::Bool(_) => words.parse().map(Self::Bool).map_err(|_| wrong()),
            Self::Integer(_) => words.parse().map(Self::Integer).map_err(|_| wrong()),
            Self::Decimal(_) => decimal(words).map(Self::Decimal).ok_or_else(wrong),
            Self::Date(_) => words.parse().map(Self::Date).map_err(|_| wrong()),
            Self::Text(_) => Ok(Self::Text(words.to_owned())),
            Self::List(items) => {
                let Some(first) = items.first() else { return Err(wrong()) };
                words.split(',').map(|word| first.like(word.trim())).collect::<Result<_, _>>().map(Self::List)
            }
        }
    }
}

fn decimal(words: &str) -> Option<String> {
    let digits = words.strip_prefix('-').unwrap_or(words);
    let number = digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.chars().any(|c| c.is_ascii_digit())
        && digits.matches('.').count() <= 1;
    number.then(|| words.to_owned())
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) | Self::Text(value) => f.write_str(value),
            Self::Date(value) => write!(f, "{value}"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

/// Named values in the order of their names.
pub type Parameters = BTreeMap<String, Value>;
