//! What a query requires of its parameters, in comments of its file:
//!
//! ```sql
//! -- $bins must be a whole number from 2 to 10
//! -- $at_risk_after must be a number above $cooling_after
//! -- $recency_cuts must be ascending numbers, one fewer than $bins
//! -- $to_date must be true or false
//! ```
//!
//! A setting's range is written once, beside the SQL that needs it, and a user's own query can declare ranges too. The
//! values that a run would bind are checked before anything runs.

use std::cmp::Ordering;
use std::ops::Range;

use crate::pipeline::{Parameters, Value};
use crate::problem::{Place, Problem};

use super::sql::Query;

/// What a parameter must be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Declared {
    /// The parameter, without `$`.
    name: String,
    /// The words after "must be", for a message.
    words: String,
    rule: Rule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// A number, maybe a whole one, with bounds.
    Number { whole: bool, bounds: Vec<Bound> },
    /// A list of ascending numbers, and the parameter that is one more than their count.
    Ascending { one_fewer_than: Option<String> },
    /// True or false.
    Truth,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bound {
    /// At least this.
    From(Value),
    /// At most this.
    To(Value),
    /// More than this.
    Above(Value),
    /// More than another parameter.
    AboveOf(String),
}

/// A value that is not what its query requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unmet {
    /// The parameter, without `$`.
    pub(super) name: String,
    /// What it is and what it must be.
    pub(super) what: String,
    /// Which query requires it.
    pub(super) help: String,
}

/// The values that are not what a query requires, in the order of its file. A parameter without a value is not among
/// them: that is another problem.
///
/// # Errors
/// A comment that begins as a declaration but is not one.
pub(super) fn unmet(query: &Query, parameters: &Parameters) -> Result<Vec<Unmet>, Problem> {
    let mut unmet = Vec::new();
    for (line, at) in lines(&query.source.text) {
        let Some((name, words)) = declaration(line) else { continue };
        let Some(rule) = rule(words) else {
            let what = format!("what `${name}` must be is not understood");
            let help =
                "write it as `-- $x must be a whole number from 1 to 10`; docs/pipeline.md has all forms";
            return Err(Problem::new(what).at(Place::new(&query.source, at)).help(help));
        };
        let declared = Declared { name: name.to_owned(), words: words.to_owned(), rule };
        let Some(value) = parameters.get(name) else { continue };
        if !declared.holds(value, parameters) {
            let (what, words) = (written(value), declared.in_words(parameters));
            unmet.push(Unmet {
                name: declared.name,
                what: format!("`{name}` is {what}, but must be {words}"),
                help: format!("{} says so", query.source.name),
            });
        }
    }
    Ok(unmet)
}

/// The lines of a text, each with its byte range.
fn lines(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start..start + line.trim_end().len();
        start += line.len();
        (line.trim_end(), at)
    })
}

/// The parameter and its requirement, from a comment that declares one.
fn declaration(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix("--")?.trim_start().strip_prefix('$')?;
    let (name, words) = rest.split_once(" must be ")?;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name(name).then_some((name, words.trim()))
}

fn rule(words: &str) -> Option<Rule> {
    if words == "true or false" {
        return Some(Rule::Truth);
    }
    if let Some(rest) = words.strip_prefix("ascending numbers") {
        let one_fewer_than = match rest {
            "" => None,
            rest => Some(rest.strip_prefix(", one fewer than $")?.to_owned()),
        };
        return Some(Rule::Ascending { one_fewer_than });
    }
    let (whole, rest) = match words.strip_prefix("a whole number") {
        Some(rest) => (true, rest),
        None => (false, words.strip_prefix("a number")?),
    };
    let number = |text: &str| match text.parse() {
        Ok(number) => Some(Value::Integer(number)),
        Err(_) => Value::from_number(text).ok(),
    };
    let mut bounds = Vec::new();
    let mut rest = rest.split_whitespace();
    while let Some(word) = rest.next() {
        bounds.push(match (word, rest.next()?) {
            ("above", other) if other.starts_with('$') => {
                Bound::AboveOf(other.trim_start_matches('$').to_owned())
            }
            ("above", text) => Bound::Above(number(text)?),
            ("from", text) => Bound::From(number(text)?),
            ("to", text) => Bound::To(number(text)?),
            ("of", text) => {
                (rest.next() == Some("or") && rest.next() == Some("more")).then_some(())?;
                Bound::From(number(text)?)
            }
            _ => return None,
        });
    }
    Some(Rule::Number { whole, bounds })
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}

impl Declared {
    fn holds(&self, value: &Value, parameters: &Parameters) -> bool {
        match &self.rule {
            Rule::Truth => matches!(value, Value::Bool(_)),
            Rule::Number { whole, bounds } => {
                let kind = matches!(value, Value::Integer(_)) || !whole && matches!(value, Value::Decimal(_));
                kind && bounds.iter().all(|bound| bound.holds(value, parameters))
            }
            Rule::Ascending { one_fewer_than } => {
                let Value::List(items) = value else { return false };
                let ascend = items.is_sorted_by(|a, b| a.order(b) == Some(Ordering::Less));
                let numbers = items.iter().all(|item| matches!(item, Value::Integer(_) | Value::Decimal(_)));
                let wanted = one_fewer_than.as_ref().and_then(|name| parameters.get(name));
                let count = match wanted {
                    Some(Value::Integer(one_more)) => {
                        usize::try_from(*one_more).ok() == Some(items.len() + 1)
                    }
                    _ => true,
                };
                ascend && numbers && count
            }
        }
    }

    /// The requirement in words, with the values of other parameters.
    fn in_words(&self, parameters: &Parameters) -> String {
        let mut words = self.words.clone();
        let other = match &self.rule {
            Rule::Number { bounds, .. } => bounds.iter().find_map(|bound| match bound {
                Bound::AboveOf(name) => Some(name),
                _ => None,
            }),
            Rule::Ascending { one_fewer_than } => one_fewer_than.as_ref(),
            Rule::Truth => None,
        };
        if let Some((name, value)) = other.and_then(|name| Some((name, parameters.get(name)?))) {
            words = words.replace(&format!("${name}"), &format!("`{name}`, which is {}", written(value)));
        }
        words
    }
}

impl Bound {
    fn holds(&self, value: &Value, parameters: &Parameters) -> bool {
        let is = |other: &Value, wanted: &[Ordering]| {
            value.order(other).is_some_and(|order| wanted.contains(&order))
        };
        match self {
            Self::From(least) => is(least, &[Ordering::Greater, Ordering::Equal]),
            Self::To(most) => is(most, &[Ordering::Less, Ordering::Equal]),
            Self::Above(below) => is(below, &[Ordering::Greater]),
            // The requirement of the other parameter is stated at its own place.
            Self::AboveOf(name) => parameters
                .get(name)
                .is_none_or(|other| value.order(other).is_none_or(|order| order == Ordering::Greater)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::problem::SourceText;

    use super::*;

    fn unmet_of(comments: &str, parameters: &[(&str, Value)]) -> Vec<String> {
        let text = format!("{comments}\nselect 1 as one\n");
        let query = Query::parse(&Arc::new(SourceText { name: "sql/x.sql".into(), text })).unwrap();
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        match unmet(&query, &parameters) {
            Ok(unmet) => unmet.into_iter().map(|unmet| unmet.what).collect(),
            Err(problem) => vec![problem.what],
        }
    }

    fn number(text: &str) -> Value {
        text.parse().map_or_else(|_| Value::from_number(text).unwrap(), Value::Integer)
    }

    #[test]
    fn bounds_of_numbers() {
        let bins = "-- $bins must be a whole number from 2 to 10";
        assert!(unmet_of(bins, &[("bins", number("2"))]).is_empty());
        assert!(unmet_of(bins, &[("bins", number("10"))]).is_empty());
        let must = "but must be a whole number from 2 to 10";
        assert_eq!(unmet_of(bins, &[("bins", number("11"))]), [format!("`bins` is 11, {must}")]);
        assert_eq!(unmet_of(bins, &[("bins", number("5.5"))]), [format!("`bins` is 5.5, {must}")]);
        let text = Value::Text("many".into());
        assert_eq!(unmet_of(bins, &[("bins", text)]), [format!("`bins` is `many`, {must}")]);
        assert!(unmet_of(bins, &[]).is_empty());
        let above = "-- $x must be a number above 0 to 1.5";
        assert_eq!(
            unmet_of(above, &[("x", number("0.0"))]),
            ["`x` is 0.0, but must be a number above 0 to 1.5"]
        );
        assert!(unmet_of(above, &[("x", number("1.5"))]).is_empty());
        assert_eq!(unmet_of("-- $x must be a number of 0 or more", &[("x", number("-0.1"))]).len(), 1);
    }

    #[test]
    fn true_or_false() {
        let comments = "-- $x must be true or false";
        assert!(unmet_of(comments, &[("x", Value::Bool(false))]).is_empty());
        assert_eq!(unmet_of(comments, &[("x", number("1"))]), ["`x` is 1, but must be true or false"]);
    }

    #[test]
    fn parameters_beside_each_other() {
        let comments = "-- $b must be a number above $a";
        assert!(unmet_of(comments, &[("a", number("1.5")), ("b", number("3"))]).is_empty());
        assert_eq!(
            unmet_of(comments, &[("a", number("3")), ("b", number("1.5"))]),
            ["`b` is 1.5, but must be a number above `a`, which is 3"]
        );
        let cuts = "-- $cuts must be ascending numbers, one fewer than $bins";
        let list = |items: &[&str]| Value::List(items.iter().map(|item| number(item)).collect());
        assert!(unmet_of(cuts, &[("bins", number("3")), ("cuts", list(&["1", "2.5"]))]).is_empty());
        assert_eq!(
            unmet_of(cuts, &[("bins", number("3")), ("cuts", list(&["2", "1"]))]),
            ["`cuts` is [2, 1], but must be ascending numbers, one fewer than `bins`, which is 3"]
        );
        assert_eq!(unmet_of(cuts, &[("bins", number("3")), ("cuts", list(&["1"]))]).len(), 1);
        assert_eq!(unmet_of(cuts, &[("bins", number("3")), ("cuts", list(&["1", "1"]))]).len(), 1);
    }

    #[test]
    fn what_begins_as_a_declaration_must_be_one() {
        assert_eq!(unmet_of("-- $x must be lucky", &[]), ["what `$x` must be is not understood"]);
        assert_eq!(unmet_of("-- $x must be a number from", &[]), ["what `$x` must be is not understood"]);
        assert!(unmet_of("-- Parameters: $x, which must be good", &[]).is_empty());
    }
}
