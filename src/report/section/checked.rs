//! What a check measured and what it expects, in the language of the report.
//!
//! Checks say it in English: `3 rows without a value`, `at least 1`. The words file has each such sentence under
//! `checked.<its words>`, with `n` for each figure or day: `checked.n_rows_without_a_value`.

use jiff::civil::Date;

use super::super::ReportError;
use super::super::context::RenderContext;
use super::super::decimal::Decimal;
use super::super::words::Filling;

/// The names of the figures of a sentence, in their order.
const NAMES: [&str; 3] = ["a", "b", "c"];

/// The sentence in the report's language; one that the words file does not know stays as it is.
///
/// # Errors
/// A text that asks for more figures than the sentence has.
pub fn in_words(context: &RenderContext<'_>, sentence: &str) -> Result<String, ReportError> {
    let mut fillings = Vec::new();
    let mut key = Vec::new();
    for word in sentence.split(' ') {
        let bare = word.trim_end_matches(',');
        let figure =
            bare.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-' || letter == '−');
        match NAMES.get(fillings.len()).filter(|_| figure) {
            Some(name) => {
                fillings.push(Filling::text(name, &figure_text(context, bare)));
                key.push("n");
            }
            None if key.last() == Some(&"n") => key.push(several(word)),
            None => key.push(word),
        }
    }
    let key = format!("checked.{}", key.join("_"));
    if context.words.has(&key) { context.plain(&key, &fillings) } else { Ok(sentence.to_owned()) }
}

/// A day or a whole number as the page writes it.
fn figure_text(context: &RenderContext<'_>, figure: &str) -> String {
    if let Ok(day) = figure.parse::<Date>() {
        return context.format.day(day);
    }
    match figure.parse::<i64>() {
        Ok(number) => context.format.count_cell(Decimal::whole(number.into())),
        Err(_) => figure.to_owned(),
    }
}

/// What is counted: one or many make the same key.
fn several(word: &str) -> &str {
    match word {
        "row" => "rows",
        "day" => "days",
        other => other,
    }
}
