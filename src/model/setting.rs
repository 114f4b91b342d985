//! Settings of models: reading their values, and writing them for the record.

use crate::value::Value;

/// Why a setting is not taken.
#[derive(Debug, Clone, Copy)]
pub enum Unset {
    /// It must be something else.
    Not(&'static str),
    /// There is none of this name; there are these.
    Unknown(&'static [&'static str]),
    /// It is a setting of fitting, and parameters are given.
    OfFitting,
}

/// A number.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(value) => Some(*value as f64),
        Value::Decimal(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// `unit_days`.
pub(super) fn unit_days(value: &Value) -> Result<f64, Unset> {
    match number(value) {
        Some(days) if days > 0.0 && days <= 366.0 => Ok(days),
        _ => Err(Unset::Not("a number of days above 0, such as 7 for weeks")),
    }
}

/// The settings that are ascending whole numbers: one, or a list.
pub(super) fn ascending(value: &Value, most: i64) -> Option<Vec<u32>> {
    let items = match value {
        Value::List(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    let whole = |item: &Value| match item {
        Value::Integer(number) if (1..=most).contains(number) => u32::try_from(*number).ok(),
        _ => None,
    };
    let numbers: Vec<u32> = items.iter().map(whole).collect::<Option<_>>()?;
    (!numbers.is_empty() && numbers.is_sorted_by(|left, right| left < right)).then_some(numbers)
}

/// A list of names, each once, or one.
pub(super) fn names(value: &Value) -> Option<Vec<String>> {
    let items = match value {
        Value::List(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    let name = |item: &Value| match item {
        Value::Text(name) => Some(name.clone()),
        _ => None,
    };
    let names: Vec<String> = items.iter().map(name).collect::<Option<_>>()?;
    let once =
        names.iter().enumerate().all(|(place, name)| !names.iter().take(place).any(|other| other == name));
    once.then_some(names)
}

/// How a list is written in the record.
pub(super) fn written<T: ToString>(items: &[T]) -> String {
    format!("[{}]", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}
