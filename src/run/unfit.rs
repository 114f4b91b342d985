//! A value of a file that a column's expression cannot convert: which it is, where it stands, and how it can be read.

use crate::engine::functions::{Looks, looks};
use crate::engine::{PlannedSource, csv};
use crate::pipeline::date_meant;

/// The value in the quotes of an engine's error message.
fn value_of(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('\'')?;
    // A value may contain quotes itself.
    let end = rest.rfind("' to value of").or_else(|| rest.find("': ")).or_else(|| rest.find("' "));
    let value = rest.get(..end.or_else(|| rest.find('\''))?)?;
    (!value.is_empty()).then_some(value)
}

/// Details on a value that does not fit: its place, as the end of a message, and the remedy.
pub(super) fn explain(planned: &PlannedSource, sql: &str, message: &str) -> (String, String) {
    const TRY: &str =
        "`TRY_CAST(... AS ...)` gives NULL for what does not fit; a quarantine rule can then set it aside";
    let Some(value) = value_of(message) else { return (String::new(), TRY.to_owned()) };
    let used = used(planned, sql);
    let place = place(planned, &used, value).map_or_else(String::new, |place| format!(", in {place}"));
    let name = match used.as_slice() {
        [one] if is_plain(one) => one.clone(),
        [one] => format!("\"{one}\""),
        _ => "...".to_owned(),
    };
    if let Some(function) =
        ["parse_decimal", "parse_date", "parse_timestamp"].iter().find(|name| message.contains(*name))
    {
        let help = format!(
            "`try_{function}` gives NULL for what does not fit; a quarantine rule can then set it aside"
        );
        return (place, help);
    }
    let of_time = message.contains("timestamp") || message.contains("DATE");
    if let Some(help) = counted_time(&name, value).filter(|_| of_time) {
        return (place, help);
    }
    if let Some(sign) = sign_of(value).filter(|_| !of_time) {
        let help = format!("write `CAST(replace({name}, '{sign}', '') AS DECIMAL(18, 4))`; {TRY}");
        return (place, help);
    }
    let read = match looks(value) {
        Looks::Decimal(mark) => Some(format!("write `parse_decimal({name}, '{mark}')`")),
        Looks::Date(pattern, None) => Some(format!("write `parse_date({name}, '{pattern}')`")),
        Looks::Date(pattern, Some(other)) => Some(format!(
            "write `parse_date({name}, '{pattern}')` or, if the month comes first, `parse_date({name}, '{other}')`"
        )),
        Looks::Time(pattern, None) => Some(format!("write `parse_timestamp({name}, '{pattern}')`")),
        Looks::Time(pattern, Some(other)) => Some(format!(
            "write `parse_timestamp({name}, '{pattern}')` or, if the month comes first, `parse_timestamp({name}, '{other}')`"
        )),
        Looks::Other => None,
    };
    let help = match read {
        Some(read) => format!(
            "{read}; with `try_` before the name what does not fit is NULL, and a quarantine rule can set it aside"
        ),
        None => TRY.to_owned(),
    };
    (place, help)
}

/// How to read a time that is written as one number: days as a spreadsheet counts them, a date without signs, seconds.
fn counted_time(name: &str, value: &str) -> Option<String> {
    value.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    match value.len() {
        5 => Some(format!("a spreadsheet counts days so: write `date '1899-12-30' + CAST({name} AS INT)`")),
        8 => date_meant(value).map(|_| format!("write `parse_date({name}, 'yyyymmdd')`")),
        10 => Some(format!(
            "these are seconds since 1970: write `to_timestamp_seconds(CAST({name} AS BIGINT))`"
        )),
        13 => Some(format!(
            "these are milliseconds since 1970: write `to_timestamp_millis(CAST({name} AS BIGINT))`"
        )),
        _ => None,
    }
}

/// The sign before or behind a number: `£10.50`, `10%`.
fn sign_of(value: &str) -> Option<char> {
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
    let (first, last) = (value.chars().next()?, value.chars().next_back()?);
    let before = value.strip_prefix(first).is_some_and(is_number) && !first.is_ascii_alphanumeric();
    let behind = value.strip_suffix(last).is_some_and(is_number) && !last.is_ascii_alphanumeric();
    if before && !"+-.".contains(first) {
        return Some(first);
    }
    (behind && last != '.').then_some(last)
}

fn is_plain(name: &str) -> bool {
    name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The files' columns that an expression names.
fn used(planned: &PlannedSource, sql: &str) -> Vec<String> {
    let sql = sql.to_lowercase();
    let words: Vec<&str> = sql.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let fields = planned.files.files.iter().flat_map(|file| file.schema.fields());
    let mut used: Vec<String> = Vec::new();
    for field in fields {
        let name = field.name().to_lowercase();
        let named = if is_plain(&name) { words.contains(&name.as_str()) } else { sql.contains(&name) };
        if named && !used.contains(field.name()) {
            used.push(field.name().clone());
        }
    }
    used
}

/// The file and the line of the first row with the value. None if no row has exactly this value, for example if the
/// expression built it.
fn place(planned: &PlannedSource, columns: &[String], value: &str) -> Option<String> {
    if planned.files.format != crate::engine::storage::Format::Csv {
        return None;
    }
    planned.files.files.iter().find_map(|file| {
        let line = csv::line_of(file, columns, value).ok()??;
        Some(format!("{}, line {line}", file.path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn the_value_is_what_stands_in_the_message_s_quotes() {
        assert_eq!(value_of("cannot cast string '1,5' to value of DECIMAL(38, 10) type"), Some("1,5"));
        assert_eq!(value_of("cannot cast string 'd'or' to value of BIGINT type"), Some("d'or"));
        assert_eq!(
            value_of("error parsing timestamp from '31/12/2024': error parsing date"),
            Some("31/12/2024")
        );
        assert_eq!(value_of("divide by zero"), None);
    }
}
