//! How much a message helps, by rules.
//!
//! | score | what |
//! | --- | --- |
//! | 3 | place, cause and remedy, in the user's words |
//! | 2 | one of them is missing |
//! | 1 | words of the engine or the parser; a wrong place or remedy; more or fewer problems than there are |
//! | 0 | nothing is said, a crash, a dump |

use super::case::Case;

/// Words that a user never wrote: those of the engine, of the parsers and of Rust.
const JARGON: [&str; 76] = [
    "DataFusion",
    "datafusion",
    "sqlparser",
    "serde",
    "Utf8",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt",
    "Float32",
    "Float64",
    "Decimal128",
    "Decimal256",
    "Date32",
    "Timestamp(",
    "MonthDayNano",
    "Interval(",
    "List(",
    "Struct(",
    "LogicalPlan",
    "logical expression",
    "logical plan",
    "physical plan",
    "Schema error",
    "Arrow error",
    "arrow type",
    "Execution error",
    "Parquet error",
    "Csv error",
    "Compute error",
    "IO error",
    "NYI",
    "AggregateFunction(",
    "ScalarSubquery",
    "ScalarFunction",
    "Expr::",
    "Some(",
    "None)",
    "Option<",
    "qualified",
    "signature",
    "coerc",
    "compatible types",
    "incompatible",
    "predicate",
    "projection",
    "Projection",
    "optimizer",
    "planner",
    "parser error",
    "SQL statement",
    "found: ",
    "expected: ",
    "EOF",
    "deserialize",
    "scalar",
    "mapping values",
    "block mapping",
    "flow mapping",
    "flow sequence",
    "simple key",
    "sequence entries",
    "multiline text",
    "budget",
    "configured policy",
    "recursion limit",
    "invalid function",
    "possible function",
    "possible column",
    "cannot cast string",
    "must appear in GROUP BY",
    "os error",
    "stream did not contain",
    "not implemented",
    "unsupported",
];

/// Characters of one message beyond which it is a dump.
const MOST: usize = 700;

/// One problem of a message.
struct Part<'a> {
    /// The text before the place.
    what: String,
    place: Option<&'a str>,
    help: Option<String>,
}

/// The score of what is said, and why it is not higher.
pub fn score(case: &Case, said: &str) -> (u8, String) {
    let (code, text) = said.split_once('\n').unwrap_or((said, ""));
    let code: Option<i32> = code.strip_prefix("exit code ").and_then(|code| code.parse().ok());
    let (warns, sound) = (case.given("warns").next().is_some(), case.given("sound").next().is_some());
    if code.is_none() || text.contains("panicked") || text.contains("the program made a mistake") {
        return (0, "a crash".into());
    }
    if sound {
        return if code == Some(0) { (3, String::new()) } else { (1, "nothing is wrong".into()) };
    }
    let parts = parts(text);
    if (code == Some(0)) != warns && !(warns && parts.is_empty()) {
        return (u8::from(code != Some(0)), "the wrong exit code".into());
    }
    if parts.is_empty() {
        return (0, "nothing is said".into());
    }
    if parts.iter().any(|part| part.what.chars().count() > MOST) {
        return (0, "a dump".into());
    }
    if let Some(word) = JARGON.iter().find(|word| spoken(&parts).contains(**word)) {
        return (1, format!("`{word}`"));
    }
    if let Some(at) = case.given("at").next()
        && parts.first().and_then(|part| part.place) != Some(at)
    {
        return (1, format!("the place is not {at}"));
    }
    let helped = parts.iter().any(|part| part.help.is_some());
    if let Some(missing) = case.given("helps").find(|help| helped && !helps(&parts).contains(help)) {
        return (1, format!("no remedy has `{missing}`"));
    }
    if let Some(count) = case.given("counts").next()
        && parts.len().to_string() != count
    {
        return (1, format!("{} problems, not {count}", parts.len()));
    }
    let lacking = parts.iter().map(|part| {
        let named = part.place.is_some() || names_a_place(&part.what) || names_an_argument(case, &part.what);
        (usize::from(!named) + usize::from(part.help.is_none()), named)
    });
    match lacking.max_by_key(|(lacks, _)| *lacks).unwrap_or_default() {
        (0, _) => (3, String::new()),
        (1, true) => (2, "no remedy".into()),
        (1, false) => (2, "no place".into()),
        _ => (1, "neither place nor remedy".into()),
    }
}

/// All that is said, without the lines of the user's own files.
fn spoken(parts: &[Part<'_>]) -> String {
    let all = parts.iter().map(|part| format!("{}\n{}", part.what, part.help.as_deref().unwrap_or_default()));
    all.collect::<Vec<_>>().join("\n")
}

fn helps(parts: &[Part<'_>]) -> String {
    parts.iter().filter_map(|part| part.help.clone()).collect::<Vec<_>>().join("\n")
}

/// Whether words name a part of the command line.
fn names_an_argument(case: &Case, what: &str) -> bool {
    let mut words = case.given("run").flat_map(|line| line.split(' '));
    what.contains("<PIPELINE>") || words.any(|word| word.len() > 3 && what.contains(word))
}

/// Whether words name a place: an option, a file, or a source, step, module, check.
fn names_a_place(what: &str) -> bool {
    let file = [".yaml", ".sql", ".csv", ".parquet", ".html", ".txt", ".yml", "site/"]
        .iter()
        .any(|ending| what.contains(ending));
    let thing =
        ["step `", "source `", "module `", "section `", "check "].iter().any(|thing| what.contains(thing));
    file || thing || what.contains("--") || what.contains("pipelines")
}

/// The problems of a text: each begins with its sign, has its place behind `╭─[` and its remedy behind `help:`.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut helps = false;
    let mut heads = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let sign = ["× ", "⚠ ", "error: ", "warning: "].iter().find_map(|sign| trimmed.strip_prefix(sign));
        if let Some(what) = sign {
            parts.push(Part { what: what.to_owned(), place: None, help: None });
            (helps, heads) = (false, true);
            continue;
        }
        let Some(part) = parts.last_mut() else { continue };
        if let Some((_, rest)) = trimmed.split_once("╭─[") {
            part.place = rest.strip_suffix(']');
            heads = false;
        } else if let Some(help) = trimmed.strip_prefix("help: ") {
            part.help = Some(help.to_owned());
            (helps, heads) = (true, false);
        } else if heads && trimmed.starts_with("│ ") {
            part.what.push_str(trimmed.trim_start_matches('│'));
        } else if helps && line.starts_with("   ") {
            let help = part.help.get_or_insert_default();
            help.push(' ');
            help.push_str(trimmed);
        }
    }
    parts
}
