//! The engine's errors of queries and expressions as problems: in words that an analyst knows, with a place in the text and a
//! remedy.

use std::ops::Range;
use std::sync::Arc;

use datafusion::common::{Diagnostic, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use crate::problem::{Place, Problem, SourceText, closest, suggestion};
use crate::tables::sql_types;

use super::dialects;
use super::judged::unlike;
use super::reworded::{between, place, reworded, word_of_sql};
use super::span::bytes;
use super::syntax;

/// An engine's error as a problem in a SQL text, with a caret if the engine gives a place. `offset` is where the parsed
/// text begins in its source.
pub(super) fn explain(error: &DataFusionError, source: &Arc<SourceText>, offset: usize) -> Problem {
    if let Some(diagnostic) = error.diagnostic() {
        return from_diagnostic(diagnostic, error, source, offset);
    }
    let text = plain(error);
    if text.starts_with("recursionLimitExceeded") {
        let problem = Problem::new("parentheses, calls or queries are nested more than 50 deep");
        return problem
            .at(Place::new(source, offset..offset))
            .help("give the inner parts names with `with ... as (...)`, or steps of their own");
    }
    let sql = source.text.get(offset..).unwrap_or_default();
    // Behind an expression of the pipeline file the rest of that file follows.
    let sql = if offset == 0 { sql } else { sql.lines().next().unwrap_or_default() };
    if let Some(said) = reworded(&text, sql) {
        return said.problem(source, offset);
    }
    let (text, span) = match parser_location(&text) {
        Some((at, location)) => {
            let span = bytes(&source.text, Span::new(location, location), offset);
            let message = text[..at].trim_end().to_owned();
            return unread(&message, span, source, offset);
        }
        None => {
            let of_query = || {
                let at = place(&text, sql);
                // An expression of the pipeline file is the whole of what is meant.
                if offset == 0 { at } else { offset..offset }
            };
            (text.clone(), called(&text, &source.text, offset).unwrap_or_else(of_query))
        }
    };
    let twice = text.contains("duplicate") && text.len() < 300;
    let help = twice.then(|| "give each column a name of its own with `as`".to_owned());
    Problem::new(text).at(Place::new(source, span)).help_if(help)
}

/// What the parser says of a text that it cannot read on, in other words.
fn unread(message: &str, span: Range<usize>, source: &Arc<SourceText>, offset: usize) -> Problem {
    let rest = source.text.get(offset..).unwrap_or_default();
    let sql = if offset == 0 { rest } else { rest.lines().next().unwrap_or_default() };
    let at = span.start.saturating_sub(offset);
    if message.starts_with("unterminated string literal") {
        let hidden = offset > 0
            && source.text.get(span.start..).is_some_and(|text| {
                text.lines().next().is_some_and(|line| line.contains(" #") || line.contains("'#"))
            });
        let help = if hidden {
            "in YAML `#` begins a comment: put the whole expression in double quotes"
        } else {
            "write `'` at the end of the text; a quote within it is written twice: `''`"
        };
        let problem = Problem::new("the quote that begins here is not closed");
        return problem.at(Place::new(source, span.start..span.start + 1)).help(help);
    }
    if message.contains("multi-line comment") {
        let begins = rest.find("/*").map_or(span.start, |at| offset + at);
        let problem = Problem::new("the comment that begins here is not closed");
        return problem.at(Place::new(source, begins..begins + 2)).help("write `*/` at its end");
    }
    if offset > 0 && sql.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("select ")) {
        let problem = Problem::new("a column is an expression over the columns of the files, and no query");
        return problem
            .at(Place::new(source, offset..offset + 6))
            .help("write the expression alone, such as `upper(channel)`; a query is a step");
    }
    if let Some(said) = word_of_sql(sql, at) {
        return said.problem(source, offset);
    }
    if message.contains("xpected: ") {
        return syntax::stopped(sql, at, &lower_first(message)).problem(source, offset);
    }
    let help = "look at this word and the one before it";
    Problem::new(message.to_owned()).at(Place::new(source, span)).help(help)
}

/// Two queries of a `union` and the like with different numbers of columns.
fn set_of_columns(diagnostic: &Diagnostic, source: &Arc<SourceText>, offset: usize) -> Option<Problem> {
    let (set, _) = diagnostic.message.split_once(" queries have different number of columns")?;
    let counts: Vec<&str> = diagnostic
        .notes
        .iter()
        .filter_map(|note| note.message.strip_prefix("this side has ")?.split(' ').next())
        .collect();
    let [first, second] = counts.as_slice() else { return None };
    // A query behind `minus` was mostly meant to be something else.
    if set == "MINUS" {
        let said = reworded(&diagnostic.message, source.text.get(offset..).unwrap_or_default())?;
        return Some(said.problem(source, offset));
    }
    let span = diagnostic.notes.last().and_then(|note| note.span).or(diagnostic.span);
    let at = span.map_or(offset..offset, |span| {
        let location = |at: datafusion::common::Location| Location::new(at.line, at.column);
        bytes(&source.text, Span::new(location(span.start), location(span.end)), offset)
    });
    let what = format!(
        "the queries of `{}` have different numbers of columns: {first}, and {second} here",
        set.to_ascii_lowercase()
    );
    let help = "give them the same columns in the same order; where one has nothing to say, `cast(null as varchar) as name`";
    Some(Problem::new(what).at(Place::new(source, at)).help(help))
}

/// Where the function named in a message ("function 'sum' expects ...") is first called.
fn called(message: &str, text: &str, offset: usize) -> Option<Range<usize>> {
    let name = between(message, "unction '", "'").or_else(|| between(message, "no function `", "("))?;
    let rest = text.get(offset..)?.to_ascii_lowercase();
    let at = offset + rest.find(&format!("{}(", name.to_ascii_lowercase()))?;
    Some(at..at + name.len())
}

fn from_diagnostic(
    diagnostic: &Diagnostic,
    error: &DataFusionError,
    source: &Arc<SourceText>,
    offset: usize,
) -> Problem {
    if let Some(problem) = set_of_columns(diagnostic, source, offset) {
        return problem;
    }
    let span = diagnostic.span.map_or(offset..offset, |span| {
        let start = Location::new(span.start.line, span.start.column);
        let end = Location::new(span.end.line, span.end.column);
        bytes(&source.text, Span::new(start, end), offset)
    });
    if diagnostic.message.starts_with("- cannot be used with UInt") {
        let what = "a number that is never negative has no `-`";
        let help = "convert it first, as in `-cast(row_number() over (...) as bigint)`";
        return Problem::new(what).at(Place::new(source, span)).help(help);
    }
    if diagnostic.message.contains("xpected: ") && diagnostic.message.contains("found: ") {
        let message = parser_location(&diagnostic.message)
            .map_or(diagnostic.message.as_str(), |(at, _)| diagnostic.message[..at].trim_end());
        return unread(message, span, source, offset);
    }
    if let Some(problem) = of_diagnostic(diagnostic, error, span.clone(), source, offset) {
        return problem;
    }
    let helps = diagnostic.helps.iter().map(|help| (help.message.as_str(), help.span));
    let notes = diagnostic.notes.iter().map(|note| (note.message.as_str(), note.span));
    let mut help: Vec<String> = Vec::new();
    for (text, span) in helps.chain(notes) {
        let mut text = lower_first(&sql_types(text));
        // "has type DATE" refers to the expression at its span.
        if let Some(span) = span.filter(|_| text.starts_with("has type")) {
            let start = Location::new(span.start.line, span.start.column);
            let end = Location::new(span.end.line, span.end.column);
            let of = bytes(&source.text, Span::new(start, end), offset);
            text = format!("`{}` {text}", source.text.get(of).unwrap_or("it"));
        }
        if !help.contains(&text) {
            help.push(text);
        }
    }
    let help = (!help.is_empty()).then(|| help.join("; "));
    let message = parser_location(&diagnostic.message)
        .map_or(diagnostic.message.as_str(), |(at, _)| diagnostic.message[..at].trim_end());
    Problem::new(lower_first(&sql_types(message))).at(Place::new(source, span)).help_if(help)
}

/// What the engine tells with a place, in other words.
fn of_diagnostic(
    diagnostic: &Diagnostic,
    error: &DataFusionError,
    span: Range<usize>,
    source: &Arc<SourceText>,
    offset: usize,
) -> Option<Problem> {
    let rest = source.text.get(offset..).unwrap_or_default();
    let sql = if offset == 0 { rest } else { rest.lines().next().unwrap_or_default() };
    let message = lower_first(&sql_types(&diagnostic.message));
    let here =
        |what: String, help: String| Some(Problem::new(what).at(Place::new(source, span.clone())).help(help));
    let bare = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned();
    let named = |start: &str| -> Vec<String> {
        let helps = diagnostic.helps.iter().map(|help| help.message.as_str());
        let notes = diagnostic.notes.iter().map(|note| note.message.as_str());
        helps
            .chain(notes)
            .filter_map(|text| Some(lower_first(text).strip_prefix(start)?.trim_matches('\'').to_owned()))
            .collect()
    };
    if let Some(name) = between(&message, "column '", "' not found") {
        return Some(no_column(name, error, &named("possible column "), span, source, offset));
    }
    if let Some(name) = between(&message, "column '", "' is ambiguous") {
        let tables: Vec<String> = named("possible column ").iter().map(|name| format!("`{name}`")).collect();
        return here(
            format!("`{name}` is a column of several tables"),
            format!("write {}", tables.join(" or ")),
        );
    }
    if let Some(name) = between(&message, "invalid function '", "'") {
        let near = named("possible function ");
        let near: Vec<&str> = near.iter().map(String::as_str).collect();
        return here(format!("there is no function `{name}`"), dialects::instead(name, &near));
    }
    if let Some(name) = between(&message, "'", "' must appear in GROUP BY") {
        let name = bare(name);
        return here(
            format!("`{name}` differs among the rows that are put together"),
            format!("add `{name}` to `group by`, or take one value of it: `max({name})`, `sum({name})`"),
        );
    }
    if message == "expressions have incompatible types" {
        let mut types: Vec<String> = Vec::new();
        for note in diagnostic.notes.iter().filter_map(|note| note.message.strip_prefix("has type ")) {
            types.push(sql_types(note));
        }
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let (what, help) = unlike(&types);
        let at = diagnostic.notes.iter().find_map(|note| note.span).or(diagnostic.span);
        let at = at.map_or(span.clone(), |span| bytes(&source.text, of_engine(span), offset));
        return Some(Problem::new(what).at(Place::new(source, at)).help(help));
    }
    let said = reworded(&message, sql)?;
    Some(said.problem(source, offset))
}

/// A span of the engine's as one of the parser's.
fn of_engine(span: datafusion::common::Span) -> Span {
    let location = |at: datafusion::common::Location| Location::new(at.line, at.column);
    Span::new(location(span.start), location(span.end))
}

/// A column that is not there: what was meant, or which there are.
fn no_column(
    name: &str,
    error: &DataFusionError,
    possible: &[String],
    span: Range<usize>,
    source: &Arc<SourceText>,
    offset: usize,
) -> Problem {
    let bare = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned();
    let mut known: Vec<String> = Vec::new();
    let mut tables: Vec<String> = Vec::new();
    let mut of: Option<String> = None;
    if let DataFusionError::SchemaError(failed, _) = error.find_root()
        && let SchemaError::FieldNotFound { field, valid_fields } = failed.as_ref()
    {
        of = field.relation.as_ref().map(|table| table.table().to_owned());
        for field in valid_fields {
            let table = field.relation.as_ref().map(|table| table.table().to_owned());
            tables.extend(table.clone().filter(|table| !tables.contains(table)));
            let fits = of.is_none() || of == table;
            if fits && !known.contains(&field.name) {
                known.push(field.name.clone());
            }
        }
    }
    let (written, quoted) = {
        let text = source.text.get(span.clone()).unwrap_or_default();
        let before = source.text.get(..span.start).is_some_and(|before| before.ends_with('"'));
        (text.to_owned(), text.starts_with('"') || before)
    };
    let at = Place::new(source, span);
    let unknown_table = of.as_ref().filter(|of| !tables.is_empty() && !tables.contains(of));
    if let Some(of) = unknown_table {
        let help = suggestion(of, tables.iter().map(String::as_str));
        return Problem::new(format!("there is no table `{of}` in this query")).at(at).help_if(help);
    }
    let what = match &of {
        Some(of) => format!("`{of}` has no column `{name}`"),
        None => format!("there is no column `{name}` here"),
    };
    let sql = source.text.get(offset..).unwrap_or_default().to_ascii_lowercase();
    let near: Vec<String> = possible.iter().map(|name| bare(name)).collect();
    let all = known.iter().chain(&near).map(String::as_str);
    let help = if let Some(help) = dialects::word(name) {
        Some(help)
    } else if let Some(meant) = known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .map(String::as_str)
        .or_else(|| closest(name, all))
    {
        Some(format!("did you mean `{meant}`?"))
    } else if quoted {
        Some(format!(
            "a text stands in single quotes: `'{}'`; double quotes are for names",
            written.trim_matches('"')
        ))
    } else if sql.contains(&format!(" as {}", name.to_ascii_lowercase())) {
        Some(format!(
            "`{name}` is a name that `select` gives: repeat its expression here, or name it in `with x as (...)`"
        ))
    } else if known.is_empty() && !sql.contains("from") {
        Some("a query names its table: `select ... from transactions`".to_owned())
    } else {
        suggestion(name, known.iter().map(String::as_str))
    };
    Problem::new(what).at(at).help_if(help)
}

/// An engine's message without its type names, backtraces and apologies.
pub fn plain(error: &DataFusionError) -> String {
    const PREFIXES: [&str; 17] = [
        "Parser error: ",
        "Arithmetic overflow: ",
        "Cast error: ",
        "Error during planning: ",
        "SQL error: ",
        "Schema error: ",
        "Execution error: ",
        "Arrow error: ",
        "Parquet error: ",
        "Parquet argument error: ",
        "Csv error: ",
        "External error: ",
        "External: ",
        "Object Store error: ",
        "Compute error: ",
        "Internal error: ",
        "This feature is not implemented: ",
    ];
    let text = error.strip_backtrace();
    let mut text = text.as_str();
    // The error of an optimiser's rule wraps a cause that a user can understand.
    if let Some((_, cause)) = text.rsplit_once("caused by\n") {
        text = cause;
    }
    text = text.split("\nThis issue was likely caused by").next().unwrap_or(text);
    text = text.split(".\nThis issue was likely caused by").next().unwrap_or(text);
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| {
        let alike = text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        alike.then(|| text.get(prefix.len()..)).flatten()
    }) {
        text = rest;
    }
    for wrapper in ["ParserError(\"", "TokenizerError(\""] {
        text = text.strip_prefix(wrapper).map_or(text, |inner| inner.strip_suffix("\")").unwrap_or(inner));
    }
    // "Function 'sum' failed to match any signature, errors: ... No function matches the given name and argument types
    // 'sum(Utf8View)'. ...": the part that says what was called.
    if let Some(call) = between(text, "argument types '", "'") {
        return format!("there is no function `{}`", sql_types(call));
    }
    // Or one error for each signature: the first is enough.
    if let Some((_, first)) = text.split_once("errors: Error during planning: ") {
        text = first.split(",Error during planning: ").next().unwrap_or(first);
    }
    lower_first(sql_types(text).trim_end_matches('.'))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.as_str()) {
        // A word in capitals (SQL, GROUP) is kept.
        (Some(first), rest) if !rest.starts_with(|c: char| c.is_uppercase()) => {
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => text.to_owned(),
    }
}

/// "... at Line: 3, Column: 5", as at the end of the parser's messages: where it begins, and the location.
fn parser_location(text: &str) -> Option<(usize, Location)> {
    let at = text.rfind("at Line: ")?;
    let mut numbers = text[at..]
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(line)), Some(Ok(column))) => Some((at, Location::new(line, column))),
        _ => None,
    }
}
