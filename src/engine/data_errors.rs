//! What the engine says of data that a query or an expression cannot take, in other words.

use crate::problem::Problem;

/// A problem of data in other words, with what to write where it has no remedy yet; others stay as they are.
pub fn worded(problem: Problem) -> Problem {
    match in_words(&problem.what) {
        Some((what, help)) => {
            let help = problem.help.or(help);
            Problem { what, help, ..problem }
        }
        None => problem,
    }
}

/// What is wrong in other words, and what to write, where that follows; none for other messages. Words before and behind the
/// engine's own stay.
fn in_words(message: &str) -> Option<(String, Option<String>)> {
    const WORDS: [(&str, &str, &str); 7] = [
        (
            "divide by zero error",
            "a number is divided by zero",
            "write `nullif(x, 0)` for what you divide by: the result is NULL then",
        ),
        (
            "scalar subquery returned more than one row",
            "a query in parentheses gives more than one row, and one value is needed",
            "take one of them: `max(...)`, or `order by ... limit 1`",
        ),
        (
            "NYI: Attempting to write an Arrow interval type MonthDayNano to parquet that is not yet implemented",
            "a column is a span of time, which no table can keep",
            "write a number of days, or a text: `cast(... as varchar)`",
        ),
        (
            "cannot take square root of a negative number",
            "the square root of a negative number is taken",
            "write `case when x >= 0 then sqrt(x) end`",
        ),
        ("string size overflow on repeat", "`repeat` would make too long a text", "repeat it fewer times"),
        (
            "format error",
            "a pattern of `to_char` is not known",
            "patterns are as in `to_char(day, '%Y-%m-%d')`",
        ),
        (
            "FD pruning unexpectedly removed all ORDER BY expressions",
            "the rows of this table cannot be put in order",
            "give the query a column of a number, a text or a date; a list becomes a text by `array_to_string(list, ', ')`",
        ),
    ];
    for (engine, what, help) in WORDS {
        if let Some((before, behind)) = message.split_once(engine) {
            // What follows are the engine's numbers; behind a division there may be the place of the value.
            let behind = if behind.starts_with(", in ") { behind } else { "" };
            return Some((format!("{before}{what}{behind}"), Some(help.to_owned())));
        }
    }
    if let Some((before, rest)) = message.split_once("unsupported date_trunc granularity: '") {
        let unit = rest.split('\'').next().unwrap_or(rest);
        let help = "write one of day, week, month, quarter and year".to_owned();
        return Some((format!("{before}`date_trunc` knows no unit '{unit}'"), Some(help)));
    }
    if let Some((before, rest)) = message.split_once("date part '") {
        let part = rest.split('\'').next().unwrap_or(rest);
        let help = "write one of year, quarter, month, week, day, dow, doy and hour".to_owned();
        return Some((format!("{before}`extract` knows no part '{part}' of a date"), Some(help)));
    }
    if let Some((before, rest)) = message.split_once("cannot cast string '") {
        let (value, rest) = rest.split_once("' to value of ")?;
        let (kind, behind) = rest.split_once(" type").unwrap_or((rest, ""));
        return Some((format!("{before}'{value}' cannot be read as {kind}{behind}"), None));
    }
    if let Some((before, rest)) = message.split_once("error parsing timestamp from '") {
        let (value, rest) = rest.split_once('\'')?;
        let behind = rest.find(", in ").and_then(|at| rest.get(at..)).unwrap_or_default();
        return Some((format!("{before}'{value}' cannot be read as a time{behind}"), None));
    }
    if let Some((before, rest)) = message.split_once("invalid argument error: ")
        && let Some((value, rest)) = rest.split_once(" is too large to store in a DECIMAL of precision ")
    {
        let (digits, most) = rest.split_once(". Max is ").unwrap_or((rest, ""));
        let what = format!("{before}{value} does not fit into a decimal of {digits} digits: at most {most}");
        return Some((what, Some("write a wider type, such as `decimal(18, 2)`".to_owned())));
    }
    if let Some((before, rest)) = message.split_once("value of ")
        && let Some((value, kind)) = rest.split_once(" is out of range ")
    {
        let what = format!("{before}{value} is beyond what {kind} holds");
        return Some((what, Some("cast it to `bigint`, or to a decimal".to_owned())));
    }
    if let Some((before, _)) = message.split_once("date arithmetic overflow") {
        let what = format!("{before}a date is moved beyond the calendar");
        return Some((what, Some("add or take fewer days".to_owned())));
    }
    if let Some((what, help)) = message.split_once("; make it a decimal, ") {
        return Some((what.to_owned(), Some(format!("make it a decimal, {help}"))));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn what_stands_around_the_engine_s_words_stays() {
        let (what, help) = in_words("step `a` failed: divide by zero error").unwrap();
        assert_eq!(what, "step `a` failed: a number is divided by zero");
        assert!(help.unwrap().contains("nullif"));
        let (what, _) =
            in_words("`b`: cannot cast string 'x' to value of INT type, in a.csv, line 2").unwrap();
        assert_eq!(what, "`b`: 'x' cannot be read as INT, in a.csv, line 2");
        assert_eq!(in_words("all is well"), None);
    }
}
