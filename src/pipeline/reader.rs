//! Reads typed values out of the YAML tree and gathers what is wrong with them, each with its place and help.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::problem::{Problem, suggestion};
use crate::tables;

use super::Spanned;
use super::texts::Texts;
use super::yaml::{Key, Node, NodeKind};

/// The files that are read and the problems met so far.
pub(crate) struct Reader {
    pub(crate) texts: Texts,
    pub(crate) problems: Vec<Problem>,
    /// The parameters that were filled into a file's texts.
    pub(crate) filled: BTreeSet<String>,
}

impl Reader {
    /// A reader of a text.
    pub(crate) fn new(texts: Texts) -> Self {
        Self { texts, problems: Vec::new(), filled: BTreeSet::new() }
    }
}

/// The entries of a map, by key.
pub(crate) struct Fields<'n> {
    /// The map's own place.
    pub(crate) at: Range<usize>,
    entries: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    /// The value of a key, if the map has it.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(k, _)| k.name == key).map(|(_, node)| node)
    }

    /// The place of a key, or of the map where it has no such key.
    pub(crate) fn key(&self, key: &str) -> Range<usize> {
        self.entries
            .iter()
            .find(|(k, _)| k.name == key)
            .map_or_else(|| self.at.clone(), |(k, _)| k.at.clone())
    }
}

fn is_sql_file(text: &str) -> bool {
    std::path::Path::new(text).extension().is_some_and(|ending| ending == "sql")
}

impl Reader {
    /// Notes a problem at a place of the file.
    pub(crate) fn problem(&mut self, at: &Range<usize>, what: impl Into<String>, help: Option<String>) {
        let problem = Problem::new(what).at(self.texts.place(at)).help_if(help);
        self.problems.push(problem);
    }

    fn blank<T>(&mut self, node: &Node, what: &str) -> Option<T> {
        let place = self.texts.place(&node.at);
        let line = place.source.text.get(..place.span.start).and_then(|before| before.rsplit('\n').next());
        let sign =
            line.and_then(|line| line.split(": ").nth(1)).and_then(|value| value.trim().chars().next());
        if let Some(sign) = sign.filter(|sign| "&!".contains(*sign)) {
            let help = format!("a text that begins with `{sign}` stands in quotes: `{what}: \"{sign}...\"`");
            self.problem(&node.at, format!("`{what}` is blank"), Some(help));
            return None;
        }
        let required = ["name", "path", "sql", "model", "from", "column", "values"].contains(&what);
        let help = if required {
            format!("give `{what}` a value")
        } else {
            format!("give it a value, or remove the line: `{what}` then has its default")
        };
        self.problem(&node.at, format!("`{what}` is blank"), Some(help));
        None
    }

    fn expected<T>(&mut self, node: &Node, key: &str, wanted: &str, help: Option<String>) -> Option<T> {
        let what = format!("`{key}` must be {wanted}, not {}", node.kind.name());
        self.problem(&node.at, what, help);
        None
    }

    /// A map with these keys and no others; every unknown one is a problem of its own.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let NodeKind::Map(entries) = &node.kind else {
            let help = match &node.kind {
                NodeKind::Null => format!("write keys below it, or remove `{what}`"),
                NodeKind::Text(text) if known.contains(&"sql") && is_sql_file(text) => {
                    format!("write `{what}: {{ sql: {text} }}`")
                }
                _ => {
                    let first: Vec<&str> = known.iter().take(3).copied().collect();
                    format!("write keys with their values below it; the first of them: {}", first.join(", "))
                }
            };
            return self.expected(node, what, "a map", Some(help));
        };
        for (index, (key, value)) in entries.iter().enumerate() {
            if known.contains(&key.name.as_str()) {
                continue;
            }
            let before = entries.get(..index).unwrap_or_default();
            if matches!(value.kind, NodeKind::Null)
                && let Some((of, whole)) = self.cut_by_comma(before, key, known)
            {
                // The rest of a text with several commas is part of the same mistake.
                let is_reported = before.last().is_some_and(|(last, node)| {
                    matches!(node.kind, NodeKind::Null) && !known.contains(&last.name.as_str())
                });
                if !is_reported {
                    let what = format!("a comma ends the text of `{of}`, and `{}` becomes a key", key.name);
                    let help = format!("put the whole text in quotes: `{of}: \"{whole}\"`");
                    self.problem(&key.at, what, Some(help));
                }
                continue;
            }
            let help = suggestion(&key.name, known.iter().copied());
            self.problem(&key.at, format!("`{}` is not a key of `{what}`", key.name), help);
        }
        Some(Fields { at: node.at.clone(), entries })
    }

    /// Whether a key without a value is the rest of a text between braces that has a comma: then the key of that text, and the
    /// whole of it.
    fn cut_by_comma<'n>(
        &self,
        before: &'n [(Key, Node)],
        rest: &Key,
        known: &[&str],
    ) -> Option<(&'n str, String)> {
        let place = self.texts.place(&rest.at);
        let comma = place.source.text.get(..place.span.start)?.trim_end().ends_with(',');
        let (of, text) = before.iter().rev().find_map(|(key, node)| match &node.kind {
            NodeKind::Text(text) => Some((key, text.as_str())),
            _ => None,
        })?;
        let between = before.iter().rev().take_while(|(key, _)| key.name != of.name);
        let mut parts: Vec<&str> = between.map(|(key, _)| key.name.as_str()).collect();
        let all_cut = parts.iter().all(|part| !known.contains(part));
        parts.push(text);
        parts.reverse();
        parts.push(&rest.name);
        (comma && all_cut).then(|| (of.name.as_str(), parts.join(", ")))
    }

    /// The entries of a map with the user's own names as keys.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, what: &str, each: &str) -> &'n [(Key, Node)] {
        match &node.kind {
            NodeKind::Map(entries) if !entries.is_empty() => entries,
            NodeKind::Map(_) | NodeKind::Null => {
                let what = format!("`{what}` is blank");
                self.problem(&node.at, what, Some(format!("add {each} below it")));
                &[]
            }
            _ => self.expected(node, what, "a map", Some(format!("each entry is {each}"))).unwrap_or(&[]),
        }
    }

    /// The items of a list.
    pub(crate) fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.kind {
            NodeKind::List(items) if !items.is_empty() => items,
            NodeKind::List(_) | NodeKind::Null => {
                let help = format!("write what belongs in it, or remove `{what}`");
                self.problem(&node.at, format!("`{what}` is empty"), Some(help));
                &[]
            }
            _ => {
                let help = format!("write `{what}: [...]` or one `- item` a line");
                self.expected(node, what, "a list", Some(help)).unwrap_or(&[])
            }
        }
    }

    /// Text.
    pub(crate) fn text(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match &node.kind {
            NodeKind::Text(text) if !text.trim().is_empty() => {
                Some(Spanned { value: text.clone(), at: node.at.clone() })
            }
            NodeKind::Text(_) => {
                let help = format!("write a text, or remove `{what}`");
                self.problem(&node.at, format!("`{what}` is empty"), Some(help));
                None
            }
            NodeKind::Null => self.blank(node, what),
            NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Number(_) => {
                self.expected(node, what, "text", Some("put it in quotes".into()))
            }
            _ => {
                let help = format!("write one text: `{what}: ...`");
                self.expected(node, what, "text", Some(help))
            }
        }
    }

    /// A text, or one in each language.
    pub(crate) fn per_language(&mut self, node: &Node, what: &str) -> Option<tables::Texts> {
        if let NodeKind::Map(_) = node.kind {
            let fields = self.fields(node, what, &["en", "zh-CN"])?;
            return self.in_each_language(&fields, what);
        }
        let text = self.text(node, what)?.value;
        Some(tables::Texts { en: text.clone(), zh_cn: text })
    }

    /// A text in each language: the values of `en` and `zh-CN`.
    pub(crate) fn in_each_language(&mut self, fields: &Fields<'_>, what: &str) -> Option<tables::Texts> {
        let mut text = |tag: &str| {
            let found = fields.get(tag).map(|node| self.text(node, tag));
            if found.is_none() {
                let help = format!("add `{tag}:`, or write one text for both languages");
                self.problem(&fields.at, format!("`{what}` has no text for {tag}"), Some(help));
            }
            found.flatten()
        };
        let (en, zh_cn) = (text("en"), text("zh-CN"));
        Some(tables::Texts { en: en?.value, zh_cn: zh_cn?.value })
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, node: &Node, what: &str) -> Option<i64> {
        match node.kind {
            NodeKind::Integer(value) => Some(value),
            NodeKind::Null => self.blank(node, what),
            NodeKind::Text(ref text) if text.trim().parse::<i64>().is_ok() => {
                let help = format!("write it without quotes: `{what}: {}`", text.trim());
                self.expected(node, what, "a whole number", Some(help))
            }
            NodeKind::Number(ref written) => {
                let whole =
                    written.parse::<f64>().ok().filter(|value| value.fract() == 0.0 && value.abs() < 1e15);
                let help = match whole {
                    Some(value) => format!("write `{what}: {value:.0}`"),
                    None => format!("write digits alone, fewer than 19, such as `{what}: 10`"),
                };
                self.expected(node, what, "a whole number", Some(help))
            }
            _ => self.expected(
                node,
                what,
                "a whole number",
                Some(format!("write digits, such as `{what}: 10`")),
            ),
        }
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match node.kind {
            NodeKind::Bool(value) => Some(value),
            NodeKind::Null => self.blank(node, what),
            NodeKind::Text(ref text) => {
                let help = match text.to_lowercase().as_str() {
                    "yes" | "on" | "y" => format!("write `{what}: true`"),
                    "no" | "off" | "n" => format!("write `{what}: false`"),
                    "true" | "false" => format!("write it without quotes: `{what}: {}`", text.to_lowercase()),
                    _ => format!("write `{what}: true` or `{what}: false`"),
                };
                self.expected(node, what, "true or false", Some(help))
            }
            _ => self.expected(
                node,
                what,
                "true or false",
                Some(format!("write `{what}: true` or `{what}: false`")),
            ),
        }
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        if !matches!(node.kind, NodeKind::Text(_) | NodeKind::Null) {
            let known: Vec<&str> = words.iter().take(6).map(|(word, _)| *word).collect();
            return self.expected(node, what, "one word", Some(format!("write one of {}", known.join(", "))));
        }
        let text = self.text(node, what)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(*value);
        }
        let help = suggestion(&text.value, words.iter().map(|(word, _)| *word));
        self.problem(&text.at, format!("`{}` is not a value of `{what}`", text.value), help);
        None
    }

    /// A list of column names; a single name may stand without brackets.
    pub(crate) fn names(&mut self, node: &Node, what: &str) -> Vec<Spanned<String>> {
        if let NodeKind::Text(_) = node.kind {
            return self.text(node, what).into_iter().collect();
        }
        let names: Vec<Spanned<String>> =
            self.items(node, what).iter().filter_map(|item| self.text(item, what)).collect();
        for (number, name) in names.iter().enumerate() {
            if names.iter().take(number).any(|earlier| earlier.value == name.value) {
                let what = format!("`{}` is listed twice under `{what}`", name.value);
                self.problem(&name.at, what, Some("remove one of them".into()));
            }
        }
        names
    }

    /// A name that SQL can use without quotes.
    pub(crate) fn identifier(
        &mut self,
        name: &str,
        at: &Range<usize>,
        what: &str,
    ) -> Option<Spanned<String>> {
        let good = name.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if good {
            return Some(Spanned { value: name.to_owned(), at: at.clone() });
        }
        let mut help =
            "use lower-case letters, digits and `_`, beginning with a letter: SQL can then name it without quotes"
                .to_owned();
        let mended: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let mended = mended.trim_matches('_');
        if mended.starts_with(|c: char| c.is_ascii_lowercase()) {
            help.push_str(&format!("; `{mended}` can be one"));
        }
        self.problem(at, format!("`{name}` cannot be the name of a {what}"), Some(help));
        None
    }
}
