//! The engine's messages that name neither place nor remedy, in words of whoever wrote the query: what is wrong, where, and
//! what to write.

use std::ops::Range;

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::{Keyword, RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_TABLE_ALIAS};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use std::sync::Arc;

use crate::problem::{Place, Problem, SourceText, closest};

use super::judged::judged;
use super::span::bytes;

/// How many columns a message lists.
const LISTED: usize = 10;

/// A message in other words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reworded {
    /// What is wrong.
    pub(super) what: String,
    /// Where in the query.
    pub(super) at: Range<usize>,
    /// What to write.
    pub(super) help: Option<String>,
}

impl Reworded {
    /// The message as a problem of the file in which the query begins at `offset`.
    pub(super) fn problem(self, source: &Arc<SourceText>, offset: usize) -> Problem {
        let at = offset + self.at.start..offset + self.at.end;
        Problem::new(self.what).at(Place::new(source, at)).help_if(self.help)
    }
}

/// What the engine says of a query, in other words; none for a message that is clear.
pub(super) fn reworded(message: &str, sql: &str) -> Option<Reworded> {
    let words = Words::of(sql);
    let reword = |what: String, at: Range<usize>, help: String| Some(Reworded { what, at, help: Some(help) });
    if let Some(rest) = message.strip_prefix("cannot get result type for temporal operation ") {
        return Some(words.temporal(rest));
    }
    if let Some(rest) = message.strip_prefix("no field named ") {
        return Some(words.no_column(rest));
    }
    if let Some(expected) = between(message, "expected: ", ", found: EOF") {
        let ends_in = |name: &str| words.words.last().is_some_and(|last| last.is(name));
        let comma = words.words.last().is_some_and(|last| last.token == Token::Comma);
        let missing = if comma {
            Some("remove the comma at the end".to_owned())
        } else if ["where", "having", "on", "and", "or", "when"].iter().any(|word| ends_in(word)) {
            Some("write the condition, such as `amount > 0`".to_owned())
        } else {
            Some("write the rest, or remove the last word".to_owned())
        };
        return Some(Reworded {
            what: match words.are() {
                "expression" if expected == "an expression" => {
                    "the expression ends where more is expected".to_owned()
                }
                these => format!("the {these} ends where {expected} is expected"),
            },
            at: words.end..words.end,
            help: words
                .words
                .last()
                .and_then(|last| reserved(&last.token))
                .map(|word| as_name(&word))
                .or(missing),
        });
    }
    if message.starts_with("MINUS ") {
        let help =
            "between two queries it is called `except`; as a name, write `as minus`, or choose another";
        return reword("`minus` is not known here".to_owned(), words.place("minus")?, help.to_owned());
    }
    if message == "TOP" {
        let help = "write `limit` and the number at the end of the query, behind `order by`";
        return reword("`top` is not known here".to_owned(), words.place("top")?, help.to_owned());
    }
    if message.starts_with("projections require unique expression names") {
        return Some(words.twice(between(message, "expression \"", "\" at position")?));
    }
    if let Some(rest) = message.strip_prefix("schema contains ") {
        let name = rest.split(" field name ").last()?.split(' ').next()?;
        return Some(words.twice(name.rsplit('.').next().unwrap_or(name).trim_matches('"')));
    }
    if message.starts_with("correlated scalar subquery must be aggregated") {
        return within(sql);
    }
    if let Some(name) = message.strip_prefix("unsupported SQL type ") {
        let help = "the usual types are `bigint`, `double`, `decimal(18, 2)`, `varchar`, `date`, `timestamp` and `boolean`";
        let at = words.place(&name.to_ascii_lowercase())?;
        return reword(format!("there is no type `{name}`"), at, help.to_owned());
    }
    if let Some(types) = between(message, "common type to coerce ", " in LIKE expression") {
        let what = format!("`like` compares texts, and has {types} here");
        return reword(what, words.place("like")?, "cast the other side: `cast(... as varchar)`".to_owned());
    }
    if message.starts_with("QUALIFY ") {
        let help =
            "it takes a condition on a window function; on sums and counts, write `having` behind `group by`";
        return reword(
            "`qualify` finds no window function here".to_owned(),
            words.place("qualify")?,
            help.to_owned(),
        );
    }
    judged(message, &words)
}

/// What to say where a query can be read but not be answered, for a query within it that uses columns of the outer one in a way
/// that the engine does not have. None without such a query.
pub(super) fn within(sql: &str) -> Option<Reworded> {
    let words = Words::of(sql);
    let is = |index: Option<usize>, names: &[&str]| {
        let word = index.and_then(|index| words.words.get(index));
        word.is_some_and(|word| names.iter().any(|name| word.is(name)))
    };
    let opens = |index: Option<usize>| {
        index.and_then(|index| words.words.get(index)).is_some_and(|word| word.token == Token::LParen)
    };
    let inner = (0..words.words.len()).find(|index| {
        let (bracket, before) = (index.checked_sub(1), index.checked_sub(2));
        is(Some(*index), &["select"]) && opens(bracket) && !is(before, &["as", "from", "join"])
    })?;
    let help = "a query in parentheses may compare columns of the outer query only by `=`, and gives a sum, a count or the like; \
                otherwise name it with `with ... as (...)` and join it";
    Some(Reworded {
        what: "the query in parentheses cannot be answered row by row of the outer one".to_owned(),
        at: words.words.get(inner)?.at.clone(),
        help: Some(help.to_owned()),
    })
}

/// What to say where a word of SQL's own keeps the parser from reading a query on: it was meant as a name. `at` is where the
/// parser stopped.
pub(super) fn word_of_sql(sql: &str, at: usize) -> Option<Reworded> {
    let words = Words::of(sql);
    let found = words.words.iter().position(|word| word.at.start == at)?;
    let before = found.checked_sub(1).and_then(|before| words.words.get(before));
    let is_top = |word: &&Word| matches!(&word.token, Token::Word(word) if word.keyword == Keyword::TOP);
    let word = before.filter(is_top).or_else(|| words.words.get(found))?;
    let name = reserved(&word.token)?;
    let what = format!("`{name}` is a word of SQL's own, and cannot be a name here");
    Some(Reworded { what, at: word.at.clone(), help: Some(as_name(&name)) })
}

/// Where a message without a place belongs: at the word of SQL's own that it names in capitals, else where the query begins.
pub(super) fn place(message: &str, sql: &str) -> Range<usize> {
    let words = Words::of(sql);
    let capital = |word: &&str| word.len() > 2 && word.chars().all(|letter| letter.is_ascii_uppercase());
    let named = message.split(|letter: char| !letter.is_ascii_alphabetic()).filter(capital);
    let mut named = named.map(str::to_ascii_lowercase);
    let named = named.find_map(|word| words.place(&word));
    named.or_else(|| words.words.first().map(|word| word.at.clone())).unwrap_or(0..0)
}

pub(super) fn as_name(word: &str) -> String {
    format!("write `as {word}` or `\"{word}\"`, or choose another name")
}

/// A word that cannot be a name without `as`, unless it begins a part of a query.
pub(super) fn reserved(token: &Token) -> Option<String> {
    use Keyword::{
        END, EXCEPT, FROM, GROUP, HAVING, INNER, INTERSECT, JOIN, LIMIT, ON, ORDER, SELECT, UNION, VALUES,
        WHERE, WITH,
    };
    let parts = [
        END, EXCEPT, FROM, GROUP, HAVING, INNER, INTERSECT, JOIN, LIMIT, ON, ORDER, SELECT, UNION, VALUES,
        WHERE, WITH,
    ];
    let Token::Word(word) = token else { return None };
    let is = RESERVED_FOR_COLUMN_ALIAS.contains(&word.keyword)
        || RESERVED_FOR_TABLE_ALIAS.contains(&word.keyword)
        || word.keyword == Keyword::TOP;
    (is && word.quote_style.is_none() && !parts.contains(&word.keyword))
        .then(|| word.value.to_ascii_lowercase())
}

pub(super) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inner, _)| inner)
}

/// A token that is neither a blank nor a comment, and its place.
pub(super) struct Word {
    pub(super) token: Token,
    pub(super) at: Range<usize>,
}

impl Word {
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(&self.token, Token::Word(word) if word.value.eq_ignore_ascii_case(name))
    }
}

/// The tokens of a query.
pub(super) struct Words {
    pub(super) words: Vec<Word>,
    /// Where the last of them ends.
    end: usize,
}

impl Words {
    pub(super) fn of(sql: &str) -> Self {
        let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().unwrap_or_default();
        let visible = tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_)));
        let words: Vec<Word> =
            visible.map(|token| Word { at: bytes(sql, token.span, 0), token: token.token }).collect();
        let end = words.last().map_or(0, |word| word.at.end);
        Self { words, end }
    }

    /// Where a word first stands.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        self.words.iter().find(|word| word.is(name)).map(|word| word.at.clone())
    }

    /// `BIGINT * Interval(MonthDayNano): ...`
    fn temporal(&self, rest: &str) -> Reworded {
        let operation = rest.split(": ").next().unwrap_or(rest);
        let sign = |token: &Token| match token {
            Token::Mul => Some("*"),
            Token::Div => Some("/"),
            Token::Mod => Some("%"),
            Token::Plus => Some("+"),
            Token::Minus => Some("-"),
            _ => None,
        };
        let of = operation.split(' ').find(|part| ["*", "/", "%", "+", "-"].contains(part)).unwrap_or("*");
        let signs: Vec<usize> = (0..self.words.len())
            .filter(|index| self.words.get(*index).is_some_and(|word| sign(&word.token) == Some(of)))
            .collect();
        let is_interval = |index: usize| self.words.get(index).is_some_and(|word| word.is("interval"));
        // `interval '1 day' * 30`, `interval 1 day * 30`, `30 * interval '1 day'`.
        let near = |sign: &usize| {
            [sign + 1, sign.saturating_sub(2), sign.saturating_sub(3)]
                .into_iter()
                .find(|near| is_interval(*near))
        };
        let interval = signs.iter().find_map(near).filter(|_| operation.contains("Interval"));
        let at = interval.or_else(|| signs.first().copied()).and_then(|index| self.words.get(index));
        let at = at.map_or(0..0, |word| word.at.clone());
        if operation.contains("Interval") && matches!(of, "*" | "/") {
            let what = format!(
                "an interval cannot be {} a number",
                if of == "*" { "multiplied by" } else { "divided by" }
            );
            let help = "write the number within it, as in `interval 30 day` or `interval $days day`; or add whole days to a \
                        date: `day + 30`";
            return Reworded { what, at, help: Some(help.to_owned()) };
        }
        let what = format!("`{operation}` has no meaning");
        let help =
            "whole days are added to a date or taken from it, as in `day + 30`; cast other values first";
        Reworded { what, at, help: Some(help.to_owned()) }
    }

    /// `x. Did you mean 'y'?` and the columns that there are.
    fn no_column(&self, rest: &str) -> Reworded {
        let written = rest.split(". Did you mean").next().unwrap_or(rest);
        let written = written.split(".\n").next().unwrap_or(written).trim_end_matches('.');
        let bare = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned();
        let name = bare(written);
        let (_, known) = rest.split_once("Valid fields are ").unwrap_or_default();
        let mut columns: Vec<String> = Vec::new();
        for column in known.trim_end_matches('.').split(", ").filter(|column| !column.is_empty()).map(bare) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let last = self.words.iter().rev().find(|word| word.is(&name));
        let meant = closest(&name, columns.iter().map(String::as_str))
            .map(|meant| format!("did you mean `{meant}`?"));
        let listed = columns.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
        let help = meant.or_else(|| {
            let of_union = self.words.iter().any(|word| word.is("union"));
            let names = if of_union {
                "the columns of a union have the names of its first query"
            } else {
                "known here"
            };
            (!listed.is_empty()).then(|| format!("{names}: {listed}"))
        });
        Reworded {
            what: format!("there is no column `{name}` here"),
            at: last.map_or(0..0, |word| word.at.clone()),
            help,
        }
    }

    /// What the words are: a query, or an expression of the pipeline file.
    pub(super) fn are(&self) -> &'static str {
        let begins = |word: &Word| word.is("select") || word.is("with") || word.token == Token::LParen;
        if self.words.first().is_some_and(begins) { "query" } else { "expression" }
    }

    /// Two columns of one name: the name, and where the second of them is. `expression` is what the engine calls them: a column,
    /// a call, either with ` AS ` and a name.
    fn twice(&self, expression: &str) -> Reworded {
        let alias = expression.rsplit_once(" AS ").map(|(_, name)| name.trim_matches('"'));
        let (call, _) = expression.split_once('(').unwrap_or((expression, ""));
        let called = alias.unwrap_or_else(|| call.rsplit('.').next().unwrap_or(call).trim_matches('"'));
        let named = |index: &usize| self.words.get(*index).is_some_and(|word| word.is(called));
        let places: Vec<usize> = (0..self.words.len()).filter(named).collect();
        let behind_as = |index: &usize| {
            let before = index.checked_sub(1).and_then(|before| self.words.get(before));
            before.is_some_and(|before| before.is("as"))
        };
        let as_names: Vec<usize> = places.iter().copied().filter(behind_as).collect();
        let second = match alias {
            Some(_) => as_names.get(1),
            None => as_names.last().or_else(|| places.get(1)).or_else(|| places.first()),
        };
        let name = alias.unwrap_or(expression);
        Reworded {
            what: format!("two columns of a query are called `{name}`"),
            at: second
                .or(Some(&0))
                .and_then(|index| self.words.get(*index))
                .map_or(0..0, |word| word.at.clone()),
            help: Some("give each column a name of its own with `as`".to_owned()),
        }
    }

    /// Where the first word is.
    pub(super) fn first(&self) -> Range<usize> {
        self.words.first().map_or(0..0, |word| word.at.clone())
    }

    /// Where a word first stands behind another.
    pub(super) fn behind(&self, word: &str, name: &str) -> Option<Range<usize>> {
        let mut behind = self.words.iter().skip_while(|found| !found.is(word)).skip(1);
        behind.find(|found| found.is(name) || found.token.to_string() == name).map(|found| found.at.clone())
    }

    /// What stands right behind a word.
    pub(super) fn place_after(&self, word: &str) -> Option<Range<usize>> {
        self.words.iter().skip_while(|found| !found.is(word)).nth(1).map(|found| found.at.clone())
    }

    /// The first word that reads so.
    pub(super) fn with_text(&self, text: &str) -> Option<Range<usize>> {
        self.words.iter().find(|word| word.token.to_string() == text).map(|word| word.at.clone())
    }

    /// Where a function is first called.
    pub(super) fn called(&self, name: &str) -> Option<Range<usize>> {
        self.calls().find(|(word, _)| word.is(name)).map(|(word, _)| word.at.clone())
    }

    /// Words with a bracket behind them, and their number.
    fn calls(&self) -> impl Iterator<Item = (&Word, usize)> {
        let pairs = self.words.iter().zip(self.words.iter().skip(1)).enumerate();
        pairs.filter(|(_, (_, next))| next.token == Token::LParen).map(|(index, (word, _))| (word, index))
    }

    /// The first call of one of some functions behind a word.
    pub(super) fn call_behind(&self, word: &str, names: &[&str]) -> Option<(String, Range<usize>)> {
        let start = self.place(word)?.start;
        let is = |call: &Word| call.at.start > start && names.iter().any(|name| call.is(name));
        let (found, _) = self.calls().find(|(call, _)| is(call))?;
        Some((found.token.to_string().to_ascii_lowercase(), found.at.clone()))
    }

    /// A call of one of some functions within another.
    pub(super) fn nested(&self, names: &[&str]) -> Option<Range<usize>> {
        let is = |call: &Word| names.iter().any(|name| call.is(name));
        self.calls().filter(|(call, _)| is(call)).find_map(|(_, index)| {
            let mut depth = 0_usize;
            for word in self.words.iter().skip(index + 1) {
                match word.token {
                    Token::LParen => depth += 1,
                    Token::RParen if depth <= 1 => return None,
                    Token::RParen => depth -= 1,
                    _ if is(word) => return Some(word.at.clone()),
                    _ => {}
                }
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str, sql: &str) -> Option<(String, String, String)> {
        let Reworded { what, at, help } = reworded(message, sql)?;
        Some((what, sql.get(at).unwrap_or("?").to_owned(), help.unwrap_or_default()))
    }

    #[test]
    fn the_place_of_an_interval_is_beside_its_sign() {
        let message =
            "cannot get result type for temporal operation BIGINT * Interval(MonthDayNano): Invalid";
        for sql in [
            "select day - interval '7 day', 2 * interval '1 day'",
            "select day - interval '7 day', interval '1 day' * 2",
            "select day - interval '7 day', interval 1 day * 2",
        ] {
            let Reworded { at, .. } = reworded(message, sql).unwrap();
            assert_eq!(Some(at.start), sql.rfind("interval"), "{sql}");
        }
    }

    #[test]
    fn the_second_of_two_columns_is_meant() {
        let message = "projections require unique expression names but the expression \"sum(x)\" at position 0 and \"sum(x)\" \
                       at position 1 have the same name";
        let Reworded { at, .. } = reworded(message, "select sum(x), sum(x) from y").unwrap();
        assert_eq!(at, 15..18);
        let message = message.replace("\"sum(x)\"", "\"t.sum AS a\"");
        let Reworded { at, what, .. } = reworded(&message, "select a.a as a, sum as a from a").unwrap();
        assert_eq!((at, what.as_str()), (24..25, "two columns of a query are called `a`"));
    }

    #[test]
    fn words_that_begin_a_part_of_a_query_are_no_names() {
        let stopped =
            |sql: &str, word: &str| word_of_sql(sql, sql.rfind(word).unwrap()).map(|said| said.what);
        assert_eq!(stopped("select a b c from d", "from"), None);
        assert_eq!(
            stopped("select a cluster", "cluster").unwrap(),
            "`cluster` is a word of SQL's own, and cannot be a name here"
        );
        assert_eq!(
            stopped("select top from a", "from").unwrap(),
            "`top` is a word of SQL's own, and cannot be a name here"
        );
    }

    #[test]
    fn other_messages_stay_as_they_are() {
        assert_eq!(said("a clear message", "select 1"), None);
        assert_eq!(place("QUALIFY clause requires windows", "-- x\nselect a from b qualify c"), 21..28);
        assert_eq!(place("nothing", "-- x\nselect a"), 5..11);
    }
}
