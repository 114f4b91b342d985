//! What keeps a text from being YAML, told from the line at which the reader stopped: its own reasons are for those who know
//! how YAML is read.

use std::ops::Range;

/// What is wrong, where, and what to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) what: String,
    pub(super) at: Range<usize>,
    pub(super) help: String,
}

/// Signs of Chinese keyboards that look like those of YAML.
const WIDE: [(char, &str); 6] = [('：', ":"), ('，', ","), ('“', "\""), ('”', "\""), ('‘', "'"), ('’', "'")];

/// A line with its place in the text.
#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// Without the comment at its end.
    fn words(self) -> &'a str {
        let mut quote = None;
        let mut before = ' ';
        for (at, letter) in self.text.char_indices() {
            match quote {
                Some(open) if open == letter => quote = None,
                None if letter == '"' || letter == '\'' => {
                    quote = (!before.is_alphanumeric()).then_some(letter);
                }
                None if letter == '#' && before.is_whitespace() => {
                    return self.text.get(..at).unwrap_or_default().trim_end();
                }
                _ => {}
            }
            before = letter;
        }
        self.text.trim_end()
    }

    fn indent(self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// The part of the line that has this text.
    fn part(self, part: &str) -> Range<usize> {
        let at = self.start + self.text.find(part).unwrap_or(0);
        at..at + part.len()
    }

    /// The words without `- ` before them.
    fn entry(self) -> &'a str {
        let mut entry = self.words().trim_start();
        while let Some(rest) = entry.strip_prefix("- ") {
            entry = rest.trim_start();
        }
        entry
    }

    /// The key and its value.
    fn pair(self) -> Option<(&'a str, &'a str)> {
        let (key, value) = self.entry().split_once(':')?;
        let good =
            !key.is_empty() && key.chars().all(|letter| letter.is_alphanumeric() || "_-.?".contains(letter));
        let (first, value) = (value.chars().next(), value.trim());
        (good && first.is_none_or(char::is_whitespace)).then_some((key, value))
    }
}

/// What is wrong with a text that is no YAML. `at` is where the reader stopped, for `reason`.
pub(super) fn flaw(text: &str, at: usize, reason: &str) -> Option<Flaw> {
    let mut start = 0;
    let mut lines: Vec<Line<'_>> = Vec::new();
    for whole in text.split_inclusive('\n') {
        lines.push(Line { start, text: whole.trim_end_matches(['\n', '\r']) });
        start += whole.len();
    }
    let stopped = lines.iter().rposition(|line| line.start <= at)?;
    if let Some(flaw) = by_reason(&lines, at, reason) {
        return Some(flaw);
    }
    let is_blank = |index: &usize| lines.get(*index).is_none_or(|line| line.words().trim().is_empty());
    let before = (0..stopped).rev().find(|index| !is_blank(index));
    let after = (stopped + 1..lines.len()).find(|index| !is_blank(index));
    // The reader stops where a line cannot go on the one before, or only behind it.
    let near: Vec<usize> = [Some(stopped), before, after].into_iter().flatten().collect();
    let each =
        |judge: &dyn Fn(Line<'_>) -> Option<Flaw>| near.iter().find_map(|index| judge(*lines.get(*index)?));
    each(&tab)
        .or_else(|| each(&wide))
        .or_else(|| each(&unspaced))
        .or_else(|| each(&unclosed))
        .or_else(|| each(&quoted))
        .or_else(|| each(&begun))
        .or_else(|| each(&colon))
        .or_else(|| near.iter().find_map(|index| indented(&lines, *index)))
        .or_else(|| each(&bare))
        .or_else(|| each(&comma))
}

/// What the reader's own reason tells.
fn by_reason(lines: &[Line<'_>], at: usize, reason: &str) -> Option<Flaw> {
    let here = at..at;
    let told = |what: &str, help: &str| {
        Some(Flaw { what: what.to_owned(), at: here.clone(), help: help.to_owned() })
    };
    if reason.starts_with("multiple YAML documents") {
        let second =
            lines.iter().skip(1).find(|line| line.text.starts_with("---") || line.text.starts_with("..."))?;
        let mark = second.text.trim();
        let what = "a second document begins here, and the file is one".to_owned();
        return Some(Flaw { what, at: second.part(mark), help: format!("remove the line `{mark}`") });
    }
    if reason.contains("into string; use Option") {
        return told("`null` cannot be a key", "a key is a name; put it in quotes if it is meant");
    }
    if reason == "expected string scalar" && !lines.iter().any(|line| line.text.contains("{{")) {
        return told("a list or a map cannot be a key", "a key is a name: `name: value`");
    }
    if reason.starts_with("non-finite float") {
        return told(
            "this is not a number that can be used",
            "write a number in digits, or put a text in quotes",
        );
    }
    if reason.contains("tagged scalar") {
        return told("`!!` says the type of a value, which has no use here", "write the value alone");
    }
    if reason.contains("control character") || reason.contains("invalid character") {
        return told(
            "a character that no text has stands here",
            "remove it; perhaps the file is UTF-16: save it as UTF-8",
        );
    }
    if reason == "unclosed quote" {
        let line = lines.iter().rfind(|line| line.start <= at)?;
        let quote = line.text.get(at - line.start..)?.chars().next().filter(|sign| "\"'".contains(*sign))?;
        return Some(Flaw {
            what: "the quote that begins here is not closed".to_owned(),
            at: at..at + 1,
            help: format!("write `{quote}` at the end of the text"),
        });
    }
    None
}

fn tab(line: Line<'_>) -> Option<Flaw> {
    let blank = line.text.len() - line.text.trim_start().len();
    let tab = line.text.get(..blank)?.find('\t')?;
    Some(Flaw {
        what: "this line is indented with a tab".to_owned(),
        at: line.start + tab..line.start + tab + 1,
        help: "indent with blanks: YAML takes no tabs".to_owned(),
    })
}

fn wide(line: Line<'_>) -> Option<Flaw> {
    let (at, sign, plain) = line.words().char_indices().find_map(|(at, letter)| {
        WIDE.iter().find(|(wide, _)| *wide == letter).map(|(_, plain)| (at, letter, *plain))
    })?;
    let mut mended = line.text.trim().to_owned();
    for (wide, plain) in WIDE {
        let with_blank = match plain {
            ":" => ": ",
            "," => ", ",
            other => other,
        };
        mended = mended.replace(&format!("{wide} "), with_blank).replace(wide, with_blank);
    }
    Some(Flaw {
        what: format!("`{sign}` is no sign of YAML"),
        at: line.start + at..line.start + at + sign.len_utf8(),
        help: format!("write `{plain}`: `{mended}`"),
    })
}

/// `currency:GBP`, `-item`.
fn unspaced(line: Line<'_>) -> Option<Flaw> {
    let entry = line.entry();
    let rest =
        entry.strip_prefix('-').filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()));
    if let Some(rest) = rest.filter(|rest| rest.contains(": ")) {
        return Some(Flaw {
            what: "a blank is missing after `-`".to_owned(),
            at: line.part(entry),
            help: format!("write `- {rest}`"),
        });
    }
    let (key, value) = entry.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let begins = value.starts_with(|first: char| !first.is_whitespace() && !"/:\\".contains(first));
    (is_key && begins).then(|| Flaw {
        what: format!("a blank is missing after the colon of `{key}`"),
        at: line.part(entry),
        help: format!("write `{key}: {value}`"),
    })
}

/// A bracket that nothing closes, or another one does; entries without a comma between them.
fn unclosed(line: Line<'_>) -> Option<Flaw> {
    let words = line.words();
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote = None;
    let mut before = ' ';
    // Only brackets that begin a value, or stand within one.
    for (at, letter) in words.char_indices() {
        match (quote, letter) {
            (Some(sign), _) if sign == letter => quote = None,
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(letter),
            (None, '[' | '{') if !open.is_empty() || before.is_whitespace() => open.push((at, letter)),
            (None, ']' | '}') => {
                let (begun, sign) = open.pop()?;
                let right = if sign == '[' { ']' } else { '}' };
                if letter != right {
                    return Some(Flaw {
                        what: format!("`{sign}` is closed by `{letter}`"),
                        at: line.start + begun..line.start + begun + 1,
                        help: format!("write `{right}` in place of `{letter}`, or before it"),
                    });
                }
            }
            _ => {}
        }
        before = letter;
    }
    let (begun, sign) = open.pop()?;
    let right = if sign == '[' { ']' } else { '}' };
    // A list may go on in the next line, after a comma.
    let goes_on = words.ends_with([',', '[', '{']);
    (!goes_on && quote.is_none()).then(|| Flaw {
        what: format!("`{sign}` is not closed"),
        at: line.start + begun..line.start + begun + 1,
        help: format!("write `{right}` at the end: `{}{right}`", words.get(begun..).unwrap_or_default()),
    })
}

/// A text with quotes that end within it.
fn quoted(line: Line<'_>) -> Option<Flaw> {
    let (key, value) = line.pair()?;
    let quote = value.chars().next().filter(|sign| "\"'".contains(*sign))?;
    let rest = value.get(1..)?;
    let close = rest.find(quote)?;
    let behind = rest.get(close + 1..)?.trim();
    (!behind.is_empty() && !behind.starts_with(quote)).then(|| {
        let inner = if rest.ends_with(quote) && quote == '\'' { rest.trim_end_matches(quote) } else { value };
        Flaw {
            what: "a text stands behind the closing quote".to_owned(),
            at: line.part(value),
            help: format!("put the whole text in quotes: `{key}: '{}'`", inner.replace('\'', "''")),
        }
    })
}

/// A text that begins with a sign of YAML's own.
fn begun(line: Line<'_>) -> Option<Flaw> {
    let (key, value) = line.pair()?;
    let first = value.chars().next()?;
    if let Some(inner) = value.strip_prefix("{{") {
        let name = inner.split(['}', ')']).next().unwrap_or(inner).trim();
        let variable = name.split('"').nth(1).or_else(|| name.split('\'').nth(1));
        let help = match variable {
            Some(variable) => format!("a variable of the environment is `${{{variable}}}`"),
            None => format!(
                "a parameter is `${name}`, a variable of the environment `${{{}}}`",
                name.to_uppercase()
            ),
        };
        return Some(Flaw { what: "`{{` begins no value".to_owned(), at: line.part(value), help });
    }
    let sign = match first {
        '@' | '`' | '%' | '*' | '&' | '!' | '|' | '>' if value.chars().count() > 1 => true,
        '-' | '?' => value.chars().nth(1).is_none_or(char::is_whitespace),
        '{' | '[' => {
            let close = if first == '{' { '}' } else { ']' };
            value.find(close).is_some_and(|end| {
                let behind = value.get(end + 1..).unwrap_or_default().trim();
                behind.starts_with(|first: char| first.is_alphanumeric())
            })
        }
        _ => false,
    };
    sign.then(|| Flaw {
        what: format!("a text that begins with `{first}` stands in quotes"),
        at: line.part(value),
        help: format!("put it in quotes: `{key}: {}`", in_quotes(value)),
    })
}

/// A text with `: ` in it.
fn colon(line: Line<'_>) -> Option<Flaw> {
    let (key, value) = line.pair()?;
    let plain = !value.starts_with(['{', '[', '"', '\'', '|', '>', '&', '*']);
    (plain && value.contains(": ")).then(|| Flaw {
        what: "a text that has a colon and a blank stands in quotes".to_owned(),
        at: line.part(value),
        help: format!("put it in quotes: `{key}: {}`", in_quotes(value)),
    })
}

/// A line whose indentation fits none above.
fn indented(lines: &[Line<'_>], index: usize) -> Option<Flaw> {
    let line = *lines.get(index)?;
    let own = line.indent();
    let mut above: Vec<Line<'_>> = Vec::new();
    for earlier in lines.get(..index)? {
        if !earlier.words().trim().is_empty() {
            above.retain(|open| open.indent() < earlier.indent());
            above.push(*earlier);
        }
    }
    let last = *above.last()?;
    let at = line.part(line.text.trim());
    let at = at.start..line.start + line.words().len();
    let levels: Vec<usize> = above.iter().map(|open| open.indent()).collect();
    let is_item = |line: Line<'_>| line.text.trim_start().starts_with("- ") || line.text.trim() == "-";
    if levels.contains(&own) {
        let twin = above.iter().find(|open| open.indent() == own)?;
        let bare = line.pair().is_some() && !is_item(line);
        let help = if own == 0 {
            "remove `- ` before the first key: a file's keys stand at the beginning of lines, as in `name: ...`".to_owned()
        } else {
            format!("write `- {}`, or indent it as one of the lines above", line.entry())
        };
        return (is_item(*twin) && bare).then(|| Flaw {
            what: "the lines beside this one are items of a list".to_owned(),
            at,
            help,
        });
    }
    let has_value = last.pair().is_some_and(|(_, value)| !value.is_empty());
    if own > last.indent() && !has_value {
        return None;
    }
    let near = levels.iter().min_by_key(|level| level.abs_diff(own))?;
    Some(Flaw {
        what: format!("this line is indented by {own}, and those above by {}", listed(&levels)),
        at,
        help: format!("indent it by {near}, if it belongs beside them"),
    })
}

fn listed(levels: &[usize]) -> String {
    let words: Vec<String> = levels.iter().map(ToString::to_string).collect();
    match words.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => words.join(""),
    }
}

/// A line without a colon.
fn bare(line: Line<'_>) -> Option<Flaw> {
    let entry = line.entry();
    let is_bare = !entry.contains(':') && !entry.is_empty();
    let key = entry.split_whitespace().next().filter(|_| is_bare)?;
    let good = key.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let rest = entry.get(key.len()..)?.trim();
    let gap = if rest.is_empty() { "" } else { " " };
    good.then(|| Flaw {
        what: format!("a colon is missing after `{key}`"),
        at: line.part(entry),
        help: format!("write `{key}:{gap}{rest}`"),
    })
}

/// Two entries between brackets without a comma between them: `{ a: 1 b: 2 }`.
fn comma(line: Line<'_>) -> Option<Flaw> {
    let words = line.words();
    let inner = words.find(['{', '['])?;
    let part = words.get(inner + 1..)?;
    let colons: Vec<usize> = part.match_indices(": ").map(|(at, _)| at).collect();
    colons.windows(2).find_map(|pair| {
        let [first, second] = pair else { return None };
        let value = part.get(first + 2..*second)?;
        (!value.contains([',', '{', '[', '}', ']'])).then_some(())?;
        let (_, key) = value.trim_end().rsplit_once(' ')?;
        let start = part.get(..*second)?.rfind(key)?;
        let at = line.start + inner + 1 + start;
        Some(Flaw {
            what: format!("a comma is missing before `{key}`"),
            at: at..at + key.len(),
            help: format!("write `, {key}: ...`; a text that has `: ` stands in quotes"),
        })
    })
}

/// A value in the quotes that it needs.
pub(super) fn in_quotes(value: &str) -> String {
    if value.contains(['"', '\\']) {
        format!("'{}'", value.replace('\'', "''"))
    } else {
        format!("\"{value}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::flaw;

    fn told(text: &str, part: &str, reason: &str) -> (String, String, String) {
        let found = flaw(text, text.find(part).unwrap(), reason).unwrap();
        (found.what, text[found.at].to_owned(), found.help)
    }

    #[test]
    fn a_line_without_a_blank_is_told_from_one_without_a_colon() {
        let (what, at, help) = told("name: a\ncurrency:GBP\nb: 1\n", "currency", "");
        assert_eq!(what, "a blank is missing after the colon of `currency`");
        assert_eq!((at.as_str(), help.as_str()), ("currency:GBP", "write `currency: GBP`"));
        let (what, _, help) = told("name: a\ncurrency GBP\nb: 1\n", "currency", "");
        assert_eq!(
            (what.as_str(), help.as_str()),
            ("a colon is missing after `currency`", "write `currency: GBP`")
        );
    }

    #[test]
    fn indentation_is_compared_with_the_lines_above() {
        let text = "a:\n  b:\n    c: 1\n   d: 2\n";
        let (what, at, help) = told(text, "d:", "did not find expected key");
        assert_eq!(what, "this line is indented by 3, and those above by 0, 2 and 4");
        assert_eq!((at.as_str(), help.as_str()), ("d: 2", "indent it by 2, if it belongs beside them"));
    }

    #[test]
    fn texts_in_quotes_are_no_brackets() {
        assert_eq!(flaw("a: \"[x\"\n", 0, "unknown"), None);
        let (what, ..) = told("a: [x, \"]\"\nb: 1\n", "b", "");
        assert_eq!(what, "`[` is not closed");
    }
}
