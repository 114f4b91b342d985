//! Values of tables in words and numbers.

use jiff::civil::{Date, date};

/// A message with SQL's names of types instead of the engine's: an analyst knows them.
pub fn sql_types(text: &str) -> String {
    const NAMES: [(&str, &str); 9] = [
        ("LargeUtf8", "VARCHAR"),
        ("Utf8View", "VARCHAR"),
        ("Utf8", "VARCHAR"),
        ("Float64", "DOUBLE"),
        ("Decimal128", "DECIMAL"),
        ("Int64", "BIGINT"),
        ("Int32", "INT"),
        ("Date32", "DATE"),
        ("Timestamp(µs)", "TIMESTAMP"),
    ];
    NAMES.iter().fold(text.to_owned(), |text, (name, word)| text.replace(name, word))
}

/// A day as tables hold it: days since 1970-01-01.
pub fn days(day: Date) -> i32 {
    date(1970, 1, 1).until(day).map_or(0, |span| span.get_days())
}
