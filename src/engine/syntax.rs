//! What keeps a text from being SQL, told from the word at which the parser stopped and those before it.

use std::ops::Range;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;

use crate::problem::{closest, full_width};

use super::reworded::{Reworded, Word, Words, as_name, reserved};

/// The parts of a query, in their order.
const PARTS: [&str; 6] = ["from", "where", "group", "having", "order", "limit"];
const ORDER: &str =
    "the parts of a query are in this order: select, from, where, group by, having, order by, limit";

/// A message of the parser in other words. `at` is where it stopped in `sql`.
pub(super) fn stopped(sql: &str, at: usize, message: &str) -> Reworded {
    let words = Words::of(sql);
    let found = words.words.iter().position(|word| word.at.start == at);
    let found = found.or_else(|| words.words.iter().position(|word| word.at.contains(&at)));
    let is_query =
        words.are() == "query" || words.words.first().is_some_and(|first| is_near(first, "select"));
    let said = found.and_then(|index| Stop { words: &words, index, is_query }.reworded(message));
    said.unwrap_or_else(|| in_general(sql, at, message))
}

fn is_near(word: &Word, keyword: &str) -> bool {
    matches!(&word.token, Token::Word(found) if closest(&found.value.to_ascii_lowercase(), [keyword]).is_some())
}

fn in_general(sql: &str, at: usize, message: &str) -> Reworded {
    let rest = sql.get(at..).unwrap_or_default();
    let word: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    let word = if word.is_empty() { rest.chars().take(1).collect() } else { word };
    let wanted =
        message.split("expected: ").nth(1).and_then(|text| text.split(", found").next()).unwrap_or("");
    let wanted = match wanted {
        "end of statement" => {
            "the query should end before it, or go on with a comma, an operator or a part such as `where`"
        }
        "end of expression" => {
            "the expression should end before it: a column has one expression, in one line"
        }
        "an expression" | "an expression:" => "a column or a value should stand here",
        "identifier" => "a name should stand here",
        "an SQL statement" => "a query begins with `select` or `with`",
        other => {
            let help = format!("{} should stand here", other.to_ascii_lowercase());
            return Reworded {
                what: format!("`{word}` cannot stand here"),
                at: at..at + word.len(),
                help: Some(help),
            };
        }
    };
    Reworded {
        what: format!("`{word}` cannot stand here"),
        at: at..at + word.len(),
        help: Some(wanted.to_owned()),
    }
}

/// Where the parser stopped.
struct Stop<'a> {
    words: &'a Words,
    index: usize,
    is_query: bool,
}

impl Stop<'_> {
    fn word(&self, back: usize) -> Option<&Word> {
        self.words.words.get(self.index.checked_sub(back)?)
    }

    fn next(&self) -> Option<&Word> {
        self.words.words.get(self.index + 1)
    }

    fn before(&self) -> &[Word] {
        self.words.words.get(..self.index).unwrap_or_default()
    }

    fn reworded(&self, message: &str) -> Option<Reworded> {
        let here = self.word(0)?;
        let say = |what: String, at: &Range<usize>, help: String| {
            Some(Reworded { what, at: at.clone(), help: Some(help) })
        };
        let text = |word: &Word| word.token.to_string();
        if let Some((wide, plain)) = self.near().find_map(|word| full_width(&text(word))) {
            let word = self.near().find(|word| text(word).contains(wide))?;
            let start = word.at.start + text(word).find(wide).unwrap_or(0);
            let at = start..start + wide.len_utf8();
            return say(format!("`{wide}` is no sign of SQL"), &at, format!("write `{plain}`"));
        }
        if here.token == Token::LBrace {
            let name = self
                .next()
                .filter(|next| next.token != Token::LBrace)
                .or_else(|| self.words.words.get(self.index + 2));
            let inner =
                self.words.words.get(self.index..)?.iter().find(|word| matches!(word.token, Token::Word(_)));
            let name = inner.or(name).map(text).unwrap_or_default();
            return say(
                "braces are no part of SQL".to_owned(),
                &here.at,
                format!("a parameter is written `${name}`"),
            );
        }
        if let Token::Placeholder(name) = &here.token {
            return self.placeholder(name, message);
        }
        if matches!(here.token, Token::Sharp) || text(here) == "//" || text(here) == "/" && self.index == 0 {
            return say(
                "a comment does not begin so".to_owned(),
                &here.at,
                "write `--` before it".to_owned(),
            );
        }
        if text(here).eq_ignore_ascii_case("go") && self.index > 0 {
            return say(
                "`GO` is a word of another program".to_owned(),
                &here.at,
                "remove `GO`: a file is one query".to_owned(),
            );
        }
        self.case()
            .or_else(|| self.misspelt())
            .or_else(|| self.brackets())
            .or_else(|| self.signs())
            .or_else(|| self.commas())
            .or_else(|| self.out_of_order())
            .or_else(|| self.in_expression())
    }

    fn near(&self) -> impl Iterator<Item = &Word> {
        [self.word(0), self.word(1)].into_iter().flatten()
    }

    fn placeholder(&self, name: &str, message: &str) -> Option<Reworded> {
        let here = self.word(0)?;
        if self.word(1)?.is("in") {
            let of = self.word(2).map_or("column".to_owned(), |word| word.token.to_string());
            return Some(Reworded {
                what: format!("`in` takes values in parentheses, and `{name}` is a value of its own"),
                at: here.at.clone(),
                help: Some(format!("whether a list has a value asks `array_has({name}, {of})`")),
            });
        }
        message.contains("identifier").then(|| Reworded {
            what: format!("`{name}` stands for a value, not for a table or a column"),
            at: here.at.clone(),
            help: Some("write the name itself".to_owned()),
        })
    }

    /// A word of SQL with wrong letters.
    fn misspelt(&self) -> Option<Reworded> {
        const WORDS: [&str; 13] = [
            "from", "where", "group", "order", "having", "limit", "join", "union", "between", "distinct",
            "inner", "left", "select",
        ];
        let candidates: &[usize] = if self.index == 0 { &[0] } else { &[1, 0] };
        candidates.iter().find_map(|back| {
            let word = self.word(*back)?;
            let Token::Word(found) = &word.token else { return None };
            let name = found.value.to_ascii_lowercase();
            if found.quote_style.is_some()
                || found.keyword != Keyword::NoKeyword
                || WORDS.contains(&name.as_str())
            {
                return None;
            }
            let known: &[&str] = if self.index == 0 { &["select", "with"] } else { &WORDS };
            let meant = closest(&name, known.iter().copied())?;
            Some(Reworded {
                what: format!("`{}` is not a word of SQL", found.value),
                at: word.at.clone(),
                help: Some(format!("did you mean `{meant}`?")),
            })
        })
    }

    fn brackets(&self) -> Option<Reworded> {
        let here = self.word(0)?;
        let mut open: Vec<&Word> = Vec::new();
        for word in self.before() {
            match word.token {
                Token::LParen => open.push(word),
                Token::RParen => {
                    open.pop();
                }
                _ => {}
            }
        }
        match (&here.token, open.last()) {
            (Token::RParen, None) => Some(Reworded {
                what: "nothing opens what `)` closes here".to_owned(),
                at: here.at.clone(),
                help: Some("remove `)`, or write `(` where it belongs".to_owned()),
            }),
            (token, Some(last))
                if *token != Token::RParen
                    && self.words.words.iter().filter(|word| word.token == Token::LParen).count()
                        > self.words.words.iter().filter(|word| word.token == Token::RParen).count() =>
            {
                Some(Reworded {
                    what: "`(` is not closed".to_owned(),
                    at: last.at.clone(),
                    help: Some(format!("write `)` before `{}`", here.token)),
                })
            }
            _ => None,
        }
    }

    /// A `case` without its `end`.
    fn case(&self) -> Option<Reworded> {
        let all = &self.words.words;
        let else_if = all.windows(2).find(|pair| {
            pair.first().is_some_and(|word| word.is("else")) && pair.last().is_some_and(|word| word.is("if"))
        });
        if let Some([at, ..]) = else_if {
            return Some(Reworded {
                what: "`else if` is not known here".to_owned(),
                at: at.at.clone(),
                help: Some(
                    "write `when condition then ...` for each further case, and `else` before the last value"
                        .to_owned(),
                ),
            });
        }
        let open = all.iter().filter(|word| word.is("case")).count();
        let closed = all.iter().filter(|word| word.is("end")).count();
        let first = all.iter().find(|word| word.is("case")).filter(|_| open > closed)?;
        Some(Reworded {
            what: "`case` has no `end`".to_owned(),
            at: first.at.clone(),
            help: Some("write `case when condition then value else other end`".to_owned()),
        })
    }

    fn signs(&self) -> Option<Reworded> {
        let (here, last) = (self.word(0)?, self.word(1)?);
        let say = |what: &str, help: String| {
            Some(Reworded { what: what.to_owned(), at: here.at.clone(), help: Some(help) })
        };
        if here.token == Token::ExclamationMark || here.token.to_string() == "!" {
            return say("`!` cannot stand here", "not equal is `<>`".to_owned());
        }
        let between = self.before().iter().rev().take(4).any(|word| word.is("between"));
        if between && here.token == Token::Comma {
            return say(
                "`between` takes two values with `and` between them",
                "write `between 1 and 3`".to_owned(),
            );
        }
        if last.is("in") {
            return say("`in` takes values in parentheses", "write `in ('web', 'store')`".to_owned());
        }
        let twice = |word: &Word| word.is("and") || word.is("or");
        if twice(last) && self.word(2).is_some_and(twice) {
            return say("two words stand here where one is enough", format!("remove one: `{}`", last.token));
        }
        let is_number =
            |word: Option<&Word>| word.is_some_and(|word| matches!(word.token, Token::Number(..)));
        if here.token == Token::Comma && is_number(Some(last)) && is_number(self.next()) {
            let next = self.next().map(|word| word.token.to_string()).unwrap_or_default();
            return say(
                "a number has no comma",
                format!("write `{}{next}`, or `{}.{next}`", last.token, last.token),
            );
        }
        None
    }

    fn commas(&self) -> Option<Reworded> {
        let (here, last) = (self.word(0)?, self.word(1)?);
        let before_last = self.word(2);
        let is_name = |word: &Word| matches!(&word.token, Token::Word(found) if reserved(&word.token).is_none() && !PARTS.contains(&found.value.to_ascii_lowercase().as_str()) && !found.value.eq_ignore_ascii_case("as"));
        let begins = |word: &Word| word.is("select") || PARTS.iter().any(|part| word.is(part));
        let comma = if last.token == Token::Comma && (begins(here) || here.token == Token::RParen) {
            Some((last, here))
        } else if begins(last) && before_last.is_some_and(|word| word.token == Token::Comma) {
            before_last.map(|comma| (comma, last))
        } else {
            None
        };
        if let Some((comma, next)) = comma {
            return Some(Reworded {
                what: format!("a comma stands before `{}`", next.token),
                at: comma.at.clone(),
                help: Some("remove the comma".to_owned()),
            });
        }
        if !self.is_query {
            return None;
        }
        let say = |next: &Word, before: &Word| {
            Some(Reworded {
                what: format!("a comma is missing before `{}`", next.token),
                at: here.at.clone(),
                help: Some(format!(
                    "write `{}, {}`; a name of its own stands behind `as`",
                    before.token, next.token
                )),
            })
        };
        let in_select =
            self.before().iter().rev().find(|word| begins(word)).is_none_or(|word| word.is("select"));
        if here.token == Token::LParen && in_select && is_name(last) && before_last.is_some_and(is_name) {
            return say(last, before_last?);
        }
        if is_name(here) && in_select && (is_name(last) || last.token == Token::RParen) && !last.is("select")
        {
            return say(here, last);
        }
        let of_with = self.next().is_some_and(|next| next.is("as")) && last.token == Token::RParen;
        if of_with && self.words.words.first().is_some_and(|first| first.is("with")) {
            return say(here, last);
        }
        None
    }

    /// A part of a query behind one that it comes before.
    fn out_of_order(&self) -> Option<Reworded> {
        let here = self.word(0)?;
        let part = PARTS.iter().position(|part| here.is(part))?;
        let name = |part: &str| {
            if ["group", "order"].contains(&part) { format!("{part} by") } else { part.to_owned() }
        };
        let is_by = self.next().is_some_and(|next| next.is("by"));
        let of_by = PARTS.get(part).is_some_and(|part| ["group", "order"].contains(part));
        if of_by && !is_by {
            let what = format!("`{}` is a word of SQL's own, and cannot be a name here", here.token);
            return Some(Reworded {
                what,
                at: here.at.clone(),
                help: Some(as_name(&here.token.to_string())),
            });
        }
        let later = self.before().iter().find_map(|word| {
            PARTS
                .iter()
                .enumerate()
                .find(|(index, known)| *index > part && word.is(known))
                .map(|(_, known)| *known)
        });
        let own = name(PARTS.get(part)?);
        let help = match later {
            Some(later) => format!("write it before `{}`: {ORDER}", name(later)),
            None => ORDER.to_owned(),
        };
        Some(Reworded { what: format!("`{own}` cannot stand here"), at: here.at.clone(), help: Some(help) })
    }

    /// A column's expression of a pipeline file.
    fn in_expression(&self) -> Option<Reworded> {
        if self.is_query && !self.words.words.first().is_some_and(|first| first.is("select")) {
            return None;
        }
        let (here, last) = (self.word(0)?, self.word(1)?);
        if self.words.are() == "query" {
            return None;
        }
        let say = |what: &str, help: &str| {
            Some(Reworded { what: what.to_owned(), at: here.at.clone(), help: Some(help.to_owned()) })
        };
        if here.token == Token::Comma {
            return say(
                "an expression is one value, and a second begins here",
                "write one of them; a second column has a line of its own",
            );
        }
        let names = matches!((&last.token, &here.token), (Token::Word(_), Token::Word(_)));
        names
            .then(|| {
                say(
                    "two names stand side by side",
                    "a column's name with a blank stands in double quotes: `'\"Order No\"'`",
                )
            })
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::stopped;

    fn said(sql: &str, at: &str) -> (String, String) {
        let said = stopped(sql, sql.rfind(at).unwrap(), "expected: end of statement, found: x");
        (said.what, said.help.unwrap())
    }

    #[test]
    fn the_words_before_say_what_is_meant() {
        assert_eq!(said("select a form b", "b").1, "did you mean `from`?");
        assert_eq!(said("select a sum(b) from c", "(").0, "a comma is missing before `sum`");
        assert_eq!(said("select a from b group by a where c", "where").0, "`where` cannot stand here");
        assert_eq!(said("select a) from b", ")").0, "nothing opens what `)` closes here");
        assert_eq!(said("select a，b from c", "，").1, "write `,`");
    }
}
