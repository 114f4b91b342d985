//! What a query says that SQL takes, and that nobody means.

use datafusion::sql::sqlparser::tokenizer::Token;

use crate::pipeline::Parameters;
use crate::problem::{Place, Problem};

use super::reworded::{Word, Words};
use super::sql::Query;

/// Whether a word is of SQL itself: in quotes it would be a name.
fn is(word: &Word, name: &str) -> bool {
    word.is(name) && matches!(&word.token, Token::Word(word) if word.quote_style.is_none())
}

fn at(query: &Query, word: &Word) -> Place {
    Place::new(&query.source, word.at.clone())
}

/// Warnings: comparisons with NULL, and parameters in quotes.
pub(super) fn suspicious(query: &Query, parameters: &Parameters) -> Vec<Problem> {
    let Words { words: tokens, .. } = Words::of(&query.source.text);
    let mut problems = Vec::new();
    for pair in tokens.windows(2) {
        let [sign, value] = pair else { continue };
        let null = is(value, "null");
        let help = match sign.token {
            Token::Eq | Token::DoubleEq if null => "write `is null`",
            Token::Neq if null => "write `is not null`",
            _ => continue,
        };
        let what = "nothing is equal to NULL, nor different from it: no row meets this";
        problems.push(Problem::warning(what).at(at(query, sign)).help(help));
    }
    for token in &tokens {
        let Token::SingleQuotedString(text) = &token.token else { continue };
        let name = text.strip_prefix('$').map(|name| name.trim_matches(['{', '}']));
        if let Some(name) = name.filter(|name| parameters.contains_key(*name)) {
            let what = format!("`'{text}'` is a text: a parameter in quotes is none");
            let help = format!("write `${name}` without quotes");
            problems.push(Problem::warning(what).at(at(query, token)).help(help));
        }
    }
    problems
}

/// The error for words that the engine would read and then forget.
pub(super) fn forgotten(query: &Query) -> Option<Problem> {
    let Words { words: tokens, .. } = Words::of(&query.source.text);
    if let Some(token) = tokens.iter().find(|token| is(token, "tablesample")) {
        let what = "`tablesample` draws rows by chance, and a report must be the same each time";
        return Some(
            Problem::new(what).at(at(query, token)).help("remove it, or choose rows by a condition"),
        );
    }
    let of_lock = tokens
        .windows(2)
        .find(|pair| matches!(pair, [first, second] if is(first, "for") && is(second, "update")));
    let token = of_lock.and_then(|pair| pair.first())?;
    let what = "`for update` locks rows, and a query here only reads";
    Some(Problem::new(what).at(at(query, token)).help("remove it"))
}
