//! YAML text to a tree. Every value knows its place. The only file that names the YAML crate.
//!
//! The tree is read by [`super::load`], which gathers all problems; a derived deserialiser would stop at the first.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;

use crate::problem::{Place, Problem, SourceText};

use super::not_yaml::{Flaw, flaw};

/// A value and the bytes of the file where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// The bytes; for a list or a map its beginning.
    pub at: Range<usize>,
    /// The value.
    pub kind: NodeKind,
}

/// What a YAML value can be.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number, as it is written: a float would drop digits of money.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A map's key and its place.
#[derive(Debug, Clone)]
pub struct Key {
    /// The bytes.
    pub at: Range<usize>,
    /// The key.
    pub name: String,
}

impl Node {
    /// The same value in a text that begins so many bytes later.
    #[must_use]
    pub fn moved(self, by: usize) -> Self {
        let later = |at: Range<usize>| at.start + by..at.end + by;
        let kind = match self.kind {
            NodeKind::List(items) => NodeKind::List(items.into_iter().map(|item| item.moved(by)).collect()),
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (Key { at: later(key.at), name: key.name }, value.moved(by)))
                    .collect(),
            ),
            plain => plain,
        };
        Self { at: later(self.at), kind }
    }
}

impl NodeKind {
    /// The name of the kind for a message.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// Reads a file of a project's `reports/`, which holds a map of keys.
///
/// # Errors
/// The place and reason of the first thing that is not YAML, or that it is no map.
pub fn parse_part(source: &Arc<SourceText>) -> Result<Node, Vec<Problem>> {
    if source.text.trim().is_empty() {
        let problem = Problem::new(format!("{} is empty", source.name));
        return Err(vec![problem.help("write its keys, or remove the file")]);
    }
    let root = tree(source).map_err(|error| vec![unreadable_part(&error, source)])?;
    all_once(&root, source)?;
    if let NodeKind::Map(_) = root.kind {
        return Ok(root);
    }
    let what = format!("{} must be a map of keys, not {}", source.name, root.kind.name());
    Err(vec![Problem::new(what).at(Place::new(source, root.at.clone())).help("each line is `key: value`")])
}

/// The tree of a text. A key that is there twice is an entry of its own each time.
fn tree(source: &SourceText) -> Result<Node, serde_yaml::Error> {
    let options = serde_yaml::options! {
        strict_booleans: true,
        with_snippet: false,
        duplicate_keys: serde_yaml::DuplicateKeyPolicy::PassThrough,
    };
    serde_yaml::from_str_with_options::<Spanned<Tree>>(&source.text, options)
        .map(|tree| node(tree, &source.text))
}

/// All keys that are there twice, each where it is there again.
fn all_once(root: &Node, source: &Arc<SourceText>) -> Result<(), Vec<Problem>> {
    fn look(node: &Node, found: &mut Vec<(Range<usize>, String)>) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|item| look(item, found)),
            NodeKind::Map(entries) => {
                let mut seen = HashSet::new();
                for (key, value) in entries {
                    let again = (key.at.clone(), key.name.clone());
                    // What an alias repeats is told once.
                    if !seen.insert(key.name.as_str()) && !found.contains(&again) {
                        found.push(again);
                    }
                    look(value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    look(root, &mut found);
    if found.is_empty() {
        return Ok(());
    }
    let problem = |(at, name): (Range<usize>, String)| {
        let problem = Problem::new(format!("the key `{name}` is there twice"));
        problem.at(Place::new(source, at)).help("remove one of them")
    };
    Err(found.into_iter().map(problem).collect())
}

fn unreadable_part(error: &serde_yaml::Error, source: &Arc<SourceText>) -> Problem {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default();
    let reason = reason.split(" at line ").next().unwrap_or(reason);
    let span = error.location().and_then(|location| range(&location, &source.text));
    not_yaml(reason, source, span)
}

/// What is no YAML, by the reason that the reader gives.
fn not_yaml(reason: &str, source: &Arc<SourceText>, span: Option<Range<usize>>) -> Problem {
    if let Some(Flaw { what, at, help }) =
        span.as_ref().and_then(|span| flaw(&source.text, span.start, reason))
    {
        return Problem::new(what).at(Place::new(source, at)).help(help);
    }
    let problem = in_general(reason, source);
    match span {
        Some(span) => problem.at(Place::new(source, span)),
        None => problem,
    }
}

/// The same where the line does not tell what is wrong.
fn in_general(reason: &str, source: &SourceText) -> Problem {
    let name = &source.name;
    if reason.contains("flow mapping") || reason.contains("flow sequence") {
        let (kind, end) = if reason.contains("flow mapping") { ("braces", '}') } else { ("brackets", ']') };
        let what =
            format!("{name} is not readable as YAML: between {kind}, `,` or `{end}` should stand here");
        let help = "a text between them that has one of `, : # [ ] { }` stands in quotes: `means: \"Gifts: all of them\"`";
        return Problem::new(what).help(help);
    }
    if reason.starts_with("unexpected character") || reason.contains("unknown anchor") {
        let problem = Problem::new(format!("{name} is not readable as YAML from here on"));
        return problem.help("a text that begins with such a character stands in quotes");
    }
    Problem::new(format!("{name} is not readable as YAML from here on"))
        .help("look at this line and the one above: indentation, a colon and a blank after each key, quotes, brackets")
}

/// Reads one YAML document.
///
/// # Errors
/// The place and reason of the first thing that is not YAML, with a repeated key among them.
pub fn parse(source: &Arc<SourceText>) -> Result<Node, Vec<Problem>> {
    if source.text.trim().is_empty() {
        let problem = Problem::new(format!("{} is empty", source.name));
        return Err(vec![problem.help("`regulars init` writes a pipeline to start from")]);
    }
    let root = tree(source).map_err(|error| vec![unreadable(&error, source)])?;
    all_once(&root, source)?;
    if let NodeKind::Map(_) = root.kind {
        return Ok(root);
    }
    // Its lines must not be printed.
    let what = format!("{} is not a pipeline: it holds {} in place of keys", source.name, root.kind.name());
    Err(vec![
        Problem::new(what)
            .help("name a pipeline's file, such as pipelines/demo.yaml: it begins with `name: ...`"),
    ])
}

/// Whether some line of a text begins as one of a pipeline does. The lines of another file, such as one of customers or of
/// passwords, are not shown in messages.
fn is_ours(text: &str) -> bool {
    const KEYS: [&str; 7] = ["name:", "sources:", "steps:", "report:", "params:", "modules:", "answers:"];
    text.lines().any(|line| KEYS.iter().any(|key| line.starts_with(key)))
}

fn unreadable(error: &serde_yaml::Error, source: &Arc<SourceText>) -> Problem {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default();
    // The place is shown by the caret.
    let reason = reason.split(" at line ").next().unwrap_or(reason);
    let deep = reason == "recursion limit exceeded" || reason.starts_with("budget breached: Depth");
    if deep && is_ours(&source.text) {
        let problem = Problem::new(format!("{} is nested too deeply to be a pipeline", source.name))
            .help("a value is nested a few levels deep, not dozens");
        return match error.location().and_then(|location| range(&location, &source.text)) {
            Some(span) => problem.at(Place::new(source, span)),
            None => problem,
        };
    }
    if reason.starts_with("budget breached") && is_ours(&source.text) {
        return Problem::new(format!(
            "{} grows too large when its aliases (`*name`) are filled in",
            source.name
        ))
        .help("write out what is needed, without aliases");
    }
    if !is_ours(&source.text) {
        return Problem::new(format!("{} is not a pipeline, and not YAML either", source.name))
            .help("name the pipeline's file, such as pipelines/demo.yaml");
    }
    not_yaml(reason, source, error.location().and_then(|location| range(&location, &source.text)))
}

/// The crate's view of a value, before places become bytes.
enum Tree {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

fn node(tree: Spanned<Tree>, text: &str) -> Node {
    let at = range(&tree.referenced, text).unwrap_or(0..0);
    let kind = match tree.value {
        Tree::Null => NodeKind::Null,
        Tree::Bool(value) => NodeKind::Bool(value),
        Tree::Integer(value) => NodeKind::Integer(value),
        // What stands there, where the place is known to hold a number.
        Tree::Number(value) => {
            let written = text.get(at.clone()).map(str::trim).filter(|written| is_number(written));
            NodeKind::Number(written.map_or_else(|| value.to_string(), str::to_owned))
        }
        Tree::Text(value) => NodeKind::Text(value),
        Tree::List(items) => NodeKind::List(items.into_iter().map(|item| node(item, text)).collect()),
        Tree::Map(entries) => NodeKind::Map(
            entries.into_iter().map(|(key, value)| (self::key(key, text), node(value, text))).collect(),
        ),
    };
    Node { at, kind }
}

/// Whether a text is digits with at most one point, sign and exponent.
fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok() && text.bytes().any(|byte| byte.is_ascii_digit())
}

fn key(key: Spanned<String>, text: &str) -> Key {
    Key { at: range(&key.referenced, text).unwrap_or(0..0), name: key.value }
}

/// The bytes that a location of the crate means: its byte offsets where it has them, else its line and column.
fn range(location: &serde_yaml::Location, text: &str) -> Option<Range<usize>> {
    let span = location.span();
    if let (Some(offset), Some(len)) = (span.byte_offset(), span.byte_len()) {
        let start = usize::try_from(offset).ok()?.min(text.len());
        let end = start.saturating_add(usize::try_from(len).ok()?).min(text.len());
        return Some(start..end);
    }
    let line = usize::try_from(location.line()).ok()?.checked_sub(1)?;
    let column = usize::try_from(location.column()).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let within: usize = text.get(start..)?.chars().take(column).map(char::len_utf8).sum();
    Some(start + within..start + within)
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(i64::try_from(value).map_or(Tree::Number(value as f64), Tree::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}
