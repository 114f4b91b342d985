//! What the engine says of a query that can be read but not planned, in other words: aggregates, types, conditions, positions.

use std::ops::Range;

use datafusion::sql::sqlparser::tokenizer::Token;

use super::dialects;
use super::reworded::{Reworded, Words, between};

const AGGREGATES: [&str; 8] = ["sum", "count", "avg", "min", "max", "median", "string_agg", "array_agg"];

/// The message in other words; none for one of another kind. Messages are as [`super::explained::plain`] gives them.
pub(super) fn judged(message: &str, words: &Words) -> Option<Reworded> {
    conditions(message, words).or_else(|| calls(message, words)).or_else(|| parts(message, words))
}

#[expect(clippy::unnecessary_wraps, reason = "each message that is known returns with it")]
fn say(what: impl Into<String>, at: Range<usize>, help: impl Into<String>) -> Option<Reworded> {
    Some(Reworded { what: what.into(), at, help: Some(help.into()) })
}

fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name).trim_matches('"')
}

fn conditions(message: &str, words: &Words) -> Option<Reworded> {
    if let Some(rest) = message.strip_prefix("cannot create filter with non-boolean predicate '") {
        let (of, kind) = rest.split_once("' returning ")?;
        let name = bare(of);
        let at = words.behind("where", name).or_else(|| words.place("where")).unwrap_or(0..0);
        let compare =
            if kind.starts_with("VARCHAR") { format!("{name} = '...'") } else { format!("{name} > 0") };
        return say(
            format!("`where` needs a condition, and `{name}` is {kind}"),
            at,
            format!("write `{compare}`"),
        );
    }
    if let Some(kind) = message.strip_prefix("join condition must be boolean type, but got ") {
        let at = words.place("on").unwrap_or(0..0);
        return say(
            format!("`on` needs a condition, and has {kind}"),
            at,
            "compare two columns: `a.customer_id = b.customer_id`",
        );
    }
    if let Some(kinds) = between(message, "cannot automatically convert ", " to Boolean") {
        let first = ["when", "not", "and", "or"].iter().find_map(|word| words.place(word));
        let what = format!("a condition is needed here, and {kinds} is none");
        return say(what, first.unwrap_or(0..0), "compare it, as in `amount > 0`");
    }
    if message.starts_with("aggregate functions are not allowed in the WHERE clause") {
        let (call, at) = words.call_behind("where", &AGGREGATES)?;
        let what = format!("`where` looks at one row, and `{call}` at many");
        return say(what, at, format!("write the condition behind `group by`: `having {call}(...) > 0`"));
    }
    if message.starts_with("aggregate function calls cannot be nested") {
        let at = words.nested(&AGGREGATES).unwrap_or(0..0);
        return say(
            "an aggregate stands within another",
            at,
            "compute the inner one in `with x as (...)`, and the outer one over `x`",
        );
    }
    if message.starts_with("physical plan does not support logical expression ") {
        let window = message.contains("WindowFunction(");
        let at = words
            .place(if window { "over" } else { "where" })
            .or_else(|| words.place("having"))
            .unwrap_or(0..0);
        let what = if window {
            "a window function looks at rows that `where` has already chosen"
        } else {
            "a part of this query looks at many rows where it has one"
        };
        return say(what, at, "compute it in `with x as (...)`, and choose among the rows of `x`");
    }
    None
}

fn calls(message: &str, words: &Words) -> Option<Reworded> {
    if let Some(call) = between(message, "there is no function `", "`") {
        let name = call.split('(').next().unwrap_or(call);
        let what = format!("there is no function `{call}`");
        return say(what, words.called(name).unwrap_or(0..0), dialects::call(name));
    }
    if let Some(name) = between(message, "function '", "' expects ") {
        let count = message.rsplit("received ").next().unwrap_or("other");
        let takes = between(message, "expects ", " arguments").unwrap_or("other");
        let values =
            |count: &str| if count == "1" { "1 value".to_owned() } else { format!("{count} values") };
        let what = if takes.chars().all(|digit| digit.is_ascii_digit()) && takes < count {
            format!("`{name}` takes {}, and has {count}", values(takes))
        } else {
            format!("`{name}` does not take what it is given")
        };
        return say(what, words.called(name).unwrap_or(0..0), dialects::call(name));
    }
    if let Some(name) = between(message, "function '", "' requires ") {
        let kind = between(message, "(DataType: ", ")").unwrap_or("another type");
        let help = match kind {
            "Boolean" => format!("count rows by `count(*) filter (where ...)`; `{name}` takes numbers"),
            "VARCHAR" => format!("make it a number: `{name}(cast(... as decimal(18, 4)))`"),
            _ if name == "date_trunc" => dialects::call(name),
            kind if kind.starts_with("DATE") => {
                "take days since a date: `day - date '2020-01-01'` is a number".to_owned()
            }
            _ => dialects::call(name),
        };
        return say(format!("`{name}` does not take {kind}"), words.called(name).unwrap_or(0..0), help);
    }
    if message.starts_with("substring without for/from") {
        let name = if words.called("substr").is_some() { "substr" } else { "substring" };
        return say(
            format!("`{name}` needs more than a text"),
            words.called(name).unwrap_or(0..0),
            dialects::call(name),
        );
    }
    if message.starts_with("unsupported ast node") {
        let pivot = words.place("pivot").or_else(|| words.place("unpivot"));
        if let Some(at) = pivot {
            let help = "write a column for each value: `sum(amount) filter (where channel = 'web') as web`";
            return say("`pivot` is not known here", at, help);
        }
        if let Some(at) = words.called("convert") {
            return say("there is no function `convert`", at, dialects::instead("convert", &[]));
        }
        let help = "write it in the usual words of SQL; docs/pipeline.md says what a query can have";
        return say("a part of this query is not known here", words.first(), help);
    }
    if message.starts_with("unsupported logical plan") {
        let at = words.place("into").unwrap_or_else(|| words.first());
        return say(
            "`into` would write a table",
            at,
            "remove `into` and its name: the step's name is the table's name",
        );
    }
    if let Some(name) = between(message, "variable [\"", "\"] has no type") {
        let plain = name.trim_start_matches('@');
        let at = words.with_text(name).unwrap_or_else(|| words.first());
        return say(
            format!("there is no variable `{name}`"),
            at,
            format!("a parameter is written `${plain}`"),
        );
    }
    if message.starts_with("unnest() can only be applied") {
        return say(
            "`unnest` takes a list",
            words.called("unnest").unwrap_or(0..0),
            "make one of a text: `unnest(string_to_array(text, ','))`",
        );
    }
    None
}

fn parts(message: &str, words: &Words) -> Option<Reworded> {
    if let Some(rest) = message.strip_prefix("cannot find column with position ") {
        let (position, _) = rest.split_once(' ')?;
        let last = message.rsplit("to ").next().unwrap_or("1");
        let at = words.behind("group", position).or_else(|| words.with_text(position)).unwrap_or(0..0);
        return say(format!("there is no column {position} in `select`"), at, positions(last));
    }
    if let Some(rest) = message.strip_prefix("order by column out of bounds, specified: ") {
        let (position, last) = rest.split_once(", max: ")?;
        let at = words.behind("order", position).or_else(|| words.with_text(position)).unwrap_or(0..0);
        return say(format!("there is no column {position} in `select`"), at, positions(last));
    }
    if let Some(rest) = message.strip_prefix("for SELECT DISTINCT, ORDER BY expressions ") {
        let name = bare(rest.split(' ').next()?);
        let at = words.behind("order", name).unwrap_or(0..0);
        let what =
            format!("with `distinct`, rows are ordered by what `select` has, and `{name}` is not in it");
        return say(what, at, format!("add `{name}` to `select`, or remove `distinct`"));
    }
    if message.starts_with("expected LIMIT to be")
        || message.starts_with("LIMIT must be")
        || message.starts_with("limit must be")
    {
        let at = words.place_after("limit").or_else(|| words.place("limit")).unwrap_or(0..0);
        return say("`limit` takes a whole number of 0 or more", at, "write `limit 10`");
    }
    if let Some(text) = between(message, "input syntax for type interval: \"", "\"") {
        let at = words.place("interval").unwrap_or(0..0);
        let help = "write a whole number and a unit: `interval 30 day`, `interval '1 month'`; a parameter in it is a whole number";
        return say(format!("`{text}` is no span of time"), at, help);
    }
    if message.starts_with("decimal scale ") {
        let is_wide =
            |token: &Token| matches!(token, Token::Number(digits, _) if digits.contains(['e', 'E']));
        let at = words
            .words
            .iter()
            .find(|word| is_wide(&word.token))
            .map_or_else(|| words.first(), |word| word.at.clone());
        return say(
            "this number is too large or too small to be exact",
            at,
            "write it as a double: `cast('1e300' as double)`",
        );
    }
    if let Some(types) = between(message, "types to compare ", "]") {
        let at = words.place("in").unwrap_or_else(|| words.first());
        if types.contains("List(") {
            return say(
                "a list cannot be one of the values of `in (...)`",
                at,
                "write `array_has($list, column)`: it asks whether the list has the value",
            );
        }
        let types = types.replace('[', "");
        return say(
            format!("`in` compares values of one type, and has {types}"),
            at,
            "write values of the column's type: texts in quotes, numbers without",
        );
    }
    if let Some(name) = between(message, "table '", "' not found") {
        let last = name.rsplit('.').next().unwrap_or(name);
        let help = format!("write `{last}`, `previous.{last}` or `year_ago.{last}`");
        return say(
            format!("there is no table `{name}`"),
            words.with_text(name.split('.').next().unwrap_or(name)).unwrap_or(0..0),
            help,
        );
    }
    None
}

fn positions(last: &str) -> String {
    format!("`select` has {last}: count from 1, or write the column's name")
}

/// What two types have against each other, and what to write.
pub(super) fn unlike(types: &[&str]) -> (String, String) {
    let is_text = |kind: &str| kind.starts_with("VARCHAR");
    let names: Vec<&str> =
        types.iter().map(|kind| if kind.starts_with("List(") { "a list" } else { *kind }).collect();
    let mut both = names.clone();
    both.dedup();
    let what = match both.as_slice() {
        [one] => format!("two values of {one} cannot stand on both sides of this"),
        _ => format!("{} do not go together", names.join(" and ")),
    };
    let help = if names.contains(&"a list") {
        "`array_has(list, value)` asks whether a list has a value"
    } else if types.iter().all(|kind| is_text(kind)) {
        "texts are joined by `||`; to calculate, make each a number: `cast(... as decimal(18, 4))`"
    } else if types.iter().any(|kind| kind.starts_with("DATE")) {
        "whole days are added to a date, as in `day + 30`; a date is written `date '2024-01-31'`"
    } else if types.iter().any(|kind| is_text(kind)) {
        "make the text a number: `cast(... as decimal(18, 4))`"
    } else {
        "give one of them the type of the other: `cast(... as ...)`"
    };
    (what, help.to_owned())
}
