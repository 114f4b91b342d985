//! A section file, or a section that stands in a pipeline, into a [`Spec`]. All mistakes in it are gathered, each with its
//! place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::chart::{self, Chart, Settings, Takes};
use super::super::how::{Columns, How, Words};
use super::spec::{ColumnPart, ListPart, Part, PicturePart, Sentences, Spec, TablePart};
use crate::pipeline::Spanned;
use crate::pipeline::reader::{Fields, Reader};
use crate::pipeline::yaml::{self, Node, NodeKind as Value};
use crate::problem::{Problem, SourceText, suggestion};
use crate::tables::{ColumnKind, Texts};

/// The most rows of a table on the page, unless a section says something else.
const ROWS: usize = 50;
/// The most that it may say.
const MOST_ROWS: i64 = 1000;

const SECTION: [&str; 8] = ["name", "needs", "nav", "question", "answer", "notes", "definition", "parts"];
const TABLE: [&str; 10] =
    ["table", "title", "columns", "rows", "total", "note", "pale", "as", "titles", "optional"];
const PICTURE: [&str; 8] = ["picture", "chart", "table", "title", "description", "as", "titles", "optional"];
const SENTENCES: [&str; 7] = ["word", "table", "place", "of", "as", "otherwise", "optional"];
/// What a list says beside what its sentences say.
const LIST: [&str; 3] = ["heading", "beside", "section"];
/// What a part is, by the one key that says so, in the order of the search.
const PARTS: [&str; 8] = ["pair", "narrow", "group", "fold", "sentences", "list", "chart", "table"];

/// The sections among the files of `reports/`: those below `sections/` that end in `.yaml`. `shipped` has the program's own
/// files.
pub fn files(
    files: &BTreeMap<String, String>,
    shipped: &BTreeMap<String, String>,
) -> (BTreeMap<String, Spec>, Vec<Problem>) {
    let mut specs = BTreeMap::new();
    let mut problems = Vec::new();
    for (path, text) in files {
        let Some(name) = path.strip_prefix("sections/").and_then(|rest| rest.strip_suffix(".yaml")) else {
            continue;
        };
        let source = Arc::new(SourceText { name: format!("reports/{path}"), text: text.clone() });
        let tree = match yaml::parse_part(&source) {
            Ok(tree) => tree,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        let (spec, found) = one(name, &source, &tree, shipped.get(path) == Some(text));
        specs.extend(spec.map(|spec| (name.to_owned(), spec)));
        problems.extend(found);
    }
    (specs, problems)
}

/// One section, and what is wrong with it.
pub fn one(name: &str, source: &Arc<SourceText>, node: &Node, shipped: bool) -> (Option<Spec>, Vec<Problem>) {
    let mut reader = Reader::new(crate::pipeline::texts::Texts::new(Arc::clone(source)));
    let spec = reader.spec(name, node, shipped);
    // A title is that of the section and of its parts.
    let mut problems: Vec<Problem> = Vec::with_capacity(reader.problems.len());
    for problem in reader.problems {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    (spec, problems)
}

/// The section of a table that a pipeline names: the table as it is.
pub fn of_table(table: &str) -> Spec {
    let spanned = Spanned { value: table.to_owned(), at: 0..0 };
    let part = TablePart {
        name: "all".to_owned(),
        table: spanned.clone(),
        title: None,
        shown: Vec::new(),
        rows: ROWS,
        total: false,
        note: None,
        pale: None,
        columns: Columns::default(),
        optional: false,
        explained: true,
    };
    Spec {
        name: table.to_owned(),
        source: Arc::new(SourceText { name: String::new(), text: String::new() }),
        at: 0..0,
        shipped: true,
        needs: vec![spanned],
        label: None,
        question: None,
        answer: None,
        notes: Vec::new(),
        definition: None,
        parts: vec![Part::Table(part)],
    }
}

/// Whether a text is a key of the words file: names with dots between them.
pub fn is_key(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|part| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        })
}

impl Reader {
    fn spec(&mut self, name: &str, node: &Node, shipped: bool) -> Option<Spec> {
        let Value::Map(entries) = &node.kind else { return None };
        let has = |key: &str| entries.iter().any(|(known, _)| known.name == key);
        let short = has("table") || has("chart");
        let chart = if short { self.chart(entries) } else { None };
        let mut known: Vec<&str> = SECTION.to_vec();
        if short {
            // Its title is the section's, and the table below the picture has its rows and columns.
            known.extend(TABLE.iter().chain(&PICTURE));
            known.extend(chart.iter().flat_map(|chart| chart.settings.iter().map(|setting| setting.name)));
            // An unknown kind is already a problem; its settings are not.
            if has("chart") && chart.is_none() {
                known.extend(entries.iter().map(|(key, _)| key.name.as_str()));
            }
        }
        let what = if short { "sections" } else { name };
        let fields = self.fields(node, what, &known)?;
        let title = fields.get("title").and_then(|node| self.words(node, "title"));
        let mut parts = Vec::new();
        let mut needs = fields.get("needs").map_or_else(Vec::new, |node| self.names(node, "needs"));
        if short {
            let table = fields.get("table").and_then(|node| self.text(node, "table"));
            if table.is_none() && fields.get("table").is_none() {
                let help = "add `table:` with the name of a step";
                self.problem(&fields.at, "a picture has no `table`", Some(help.into()));
            }
            needs.extend(table);
            let picture = chart.and_then(|chart| self.picture(&fields, chart));
            let table = self.table(&fields);
            parts.extend(beside(picture, table));
        }
        if let Some(node) = fields.get("parts") {
            parts.extend(self.parts(node, "parts"));
        }
        if parts.is_empty() && !short && fields.get("answer").is_none() && fields.get("parts").is_none() {
            let help = "write `{ table: channels, title: Channels, chart: bars, label: channel, value: revenue }`, \
                        or `parts:`";
            self.problem(&fields.at, "this section has neither a `table` nor `parts`", Some(help.into()));
        }
        let notes = fields.get("notes").map_or(&[][..], |node| match &node.kind {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        });
        Some(Spec {
            name: name.to_owned(),
            source: Arc::clone(self.texts.first()),
            at: node.at.clone(),
            shipped,
            needs,
            label: fields.get("nav").and_then(|node| self.words(node, "nav")).or_else(|| title.clone()),
            question: fields.get("question").and_then(|node| self.words(node, "question")).or(title),
            answer: fields.get("answer").and_then(|node| self.sentences(node, "answer")),
            notes: notes.iter().filter_map(|node| self.sentences(node, "note")).collect(),
            definition: fields.get("definition").and_then(|node| self.words(node, "definition")),
            parts,
        })
    }

    /// A text: a key of the words file, the text itself, or one in each language.
    fn words(&mut self, node: &Node, what: &str) -> Option<Words> {
        if let Value::Map(_) = node.kind {
            let fields = self.fields(node, what, &["en", "zh-CN"])?;
            return self.in_each_language(&fields, what).map(Words::Texts);
        }
        let text = self.text(node, what)?;
        if is_key(&text.value) {
            return Some(Words::Key(text));
        }
        Some(Words::Texts(Texts { en: text.value.clone(), zh_cn: text.value }))
    }

    /// Sentences: a text, or a map that says which table chooses and fills them. `place` is where they stand.
    fn sentences(&mut self, node: &Node, place: &str) -> Option<Sentences> {
        let mut sentences = no_sentences(node, place);
        let is_text = match &node.kind {
            Value::Map(entries) => {
                entries.iter().all(|(key, _)| ["en", "zh-CN"].contains(&key.name.as_str()))
            }
            _ => true,
        };
        if is_text {
            sentences.word = Some(self.words(node, place)?);
            return Some(sentences);
        }
        let fields = self.fields(node, place, &SENTENCES)?;
        self.chosen(&fields, sentences)
    }

    /// What a map says of sentences.
    fn chosen(&mut self, fields: &Fields<'_>, mut sentences: Sentences) -> Option<Sentences> {
        sentences.word = fields.get("word").and_then(|node| self.words(node, "word"));
        sentences.table = fields.get("table").and_then(|node| self.text(node, "table"));
        sentences.of = fields.get("of").and_then(|node| self.text(node, "of"));
        if let Some(place) = fields.get("place").and_then(|node| self.text(node, "place")) {
            sentences.place = place.value;
        }
        sentences.columns = self.columns(fields);
        sentences.otherwise = fields.get("otherwise").and_then(|node| self.words(node, "otherwise"));
        sentences.optional = self.flag(fields, "optional");
        if sentences.word.is_none() && sentences.table.is_none() {
            let help =
                "add `word:`, or `table:` with a step that has the sentence's key in its column `word`";
            let what = format!("`{}` says nothing", sentences.place);
            self.problem(&fields.at, what, Some(help.into()));
            return None;
        }
        Some(sentences)
    }

    fn flag(&mut self, fields: &Fields<'_>, key: &str) -> bool {
        fields.get(key).and_then(|node| self.boolean(node, key)).unwrap_or(false)
    }

    /// How a column is written.
    fn how(&mut self, node: &Node, what: &str) -> Option<How> {
        let text = self.text(node, what)?;
        let how = How::of(&text.value);
        if how.is_none() {
            let what = format!("`{}` is no way to write a column", text.value);
            self.problem(&text.at, what, suggestion(&text.value, ColumnKind::ALL.map(ColumnKind::key)));
        }
        how
    }

    /// `as` and `titles`.
    fn columns(&mut self, fields: &Fields<'_>) -> Columns {
        let mut columns = Columns::default();
        if let Some(node) = fields.get("as") {
            for (key, value) in self.entries(node, "as", "`column: kind`") {
                let name = Spanned { value: key.name.clone(), at: key.at.clone() };
                columns.written.extend(self.how(value, &key.name).map(|how| (name, how)));
            }
        }
        if let Some(node) = fields.get("titles") {
            for (key, value) in self.entries(node, "titles", "`column: title`") {
                let name = Spanned { value: key.name.clone(), at: key.at.clone() };
                columns.titles.extend(self.words(value, &key.name).map(|words| (name, words)));
            }
        }
        columns
    }

    fn parts(&mut self, node: &Node, what: &str) -> Vec<Part> {
        self.items(node, what).iter().filter_map(|item| self.part(item)).collect()
    }

    fn part(&mut self, node: &Node) -> Option<Part> {
        let Value::Map(entries) = &node.kind else {
            let what = format!("a part must be a map, not {}", node.kind.name());
            self.problem(&node.at, what, Some(format!("a part is one of {}", PARTS.join(", "))));
            return None;
        };
        let has = |wanted: &str| entries.iter().any(|(key, _)| key.name == wanted);
        let Some(kind) = PARTS.into_iter().find(|kind| has(kind)) else {
            let known = PARTS.join(", ");
            let help =
                entries.first().and_then(|(key, _)| crate::problem::closest(&key.name, PARTS)).map_or_else(
                    || format!("a part is one of {known}"),
                    |meant| format!("did you mean `{meant}`?"),
                );
            let at = entries.first().map_or(&node.at, |(key, _)| &key.at);
            self.problem(at, "this part is of no kind", Some(help));
            return None;
        };
        match kind {
            "pair" | "narrow" => {
                let fields = self.fields(node, kind, &[kind])?;
                let parts = self.parts(fields.get(kind)?, kind);
                Some(if kind == "pair" { Part::Pair(parts) } else { Part::Narrow(parts) })
            }
            "group" | "fold" => {
                let fields = self.fields(node, "parts", &[kind])?;
                let inner = self.fields(fields.get(kind)?, kind, &["title", "parts"])?;
                let title = inner.get("title").and_then(|node| self.words(node, "title"));
                let parts = match inner.get("parts") {
                    Some(node) => self.parts(node, "parts"),
                    None => {
                        let help = "add `parts:` with a list of parts";
                        self.problem(&inner.at, format!("`{kind}` has no `parts`"), Some(help.into()));
                        return None;
                    }
                };
                match (kind, title) {
                    ("fold", title) => Some(Part::Fold(title, parts)),
                    (_, Some(title)) => Some(Part::Group(title, parts)),
                    _ => {
                        let help = "add `title:` with a text or a key of the words file";
                        self.problem(&inner.at, "`group` has no `title`", Some(help.into()));
                        None
                    }
                }
            }
            "sentences" => {
                let fields = self.fields(node, "sentences", &["sentences"])?;
                self.sentences(fields.get("sentences")?, "sentences").map(Part::Sentences)
            }
            "list" => {
                let fields = self.fields(node, "list", &["list"])?;
                self.list(fields.get("list")?).map(Part::List)
            }
            "chart" => {
                let chart = self.chart(entries)?;
                let mut known: Vec<&str> = PICTURE.to_vec();
                known.extend(chart.settings.iter().map(|setting| setting.name));
                let fields = self.fields(node, &format!("chart: {}", chart.name), &known)?;
                if fields.get("table").is_none() {
                    let help = "add `table:` with the name of a step";
                    self.problem(&fields.at, "a picture has no `table`", Some(help.into()));
                }
                self.picture(&fields, chart).map(Part::Picture)
            }
            _ => {
                let fields = self.fields(node, "table", &TABLE)?;
                self.table(&fields).map(Part::Table)
            }
        }
    }

    fn list(&mut self, node: &Node) -> Option<ListPart> {
        let known: Vec<&str> = SENTENCES.iter().chain(&LIST).copied().collect();
        let fields = self.fields(node, "list", &known)?;
        for (key, what) in [("table", "the name of a step"), ("heading", "the column of the headings")] {
            if fields.get(key).is_none() {
                let help = format!("add `{key}:` with {what}");
                self.problem(&fields.at, format!("`list` has no `{key}`"), Some(help));
            }
        }
        fields.get("table")?;
        let sentences = self.chosen(&fields, no_sentences(node, "list"));
        let heading = fields.get("heading").and_then(|node| self.text(node, "heading"));
        let beside = fields.get("beside").and_then(|node| self.words(node, "beside"));
        let section = fields.get("section").and_then(|node| self.text(node, "section"));
        let sentences = sentences.filter(|sentences| sentences.table.is_some())?;
        Some(ListPart { sentences, heading: heading?, beside, section })
    }

    /// The kind of chart that a map asks for.
    fn chart(&mut self, entries: &[(yaml::Key, Node)]) -> Option<&'static Chart> {
        let node = entries.iter().find(|(key, _)| key.name == "chart").map(|(_, node)| node)?;
        let name = self.text(node, "chart")?;
        if let Some(chart) = chart::of(&name.value) {
            return Some(chart);
        }
        let help = suggestion(&name.value, chart::CHARTS.iter().map(|chart| chart.name));
        self.problem(&name.at, format!("there is no chart `{}`", name.value), help);
        None
    }

    fn picture(&mut self, fields: &Fields<'_>, chart: &'static Chart) -> Option<PicturePart> {
        let table = fields.get("table").and_then(|node| self.text(node, "table"));
        let named = fields.get("picture").and_then(|node| self.text(node, "picture"));
        let title = fields.get("title").and_then(|node| self.words(node, "title"));
        let description = fields.get("description").and_then(|node| self.words(node, "description"));
        let settings = self.settings(fields, chart);
        let columns = self.columns(fields);
        let optional = self.flag(fields, "optional");
        let table = table?;
        let name = named.map_or_else(|| table.value.clone(), |name| name.value);
        let at = fields.key("chart");
        Some(PicturePart {
            at,
            name,
            chart,
            table,
            title,
            description,
            settings: settings?,
            columns,
            optional,
        })
    }

    /// What a kind of chart asks for; none if something that it needs is missing.
    fn settings(&mut self, fields: &Fields<'_>, chart: &'static Chart) -> Option<Settings> {
        let mut settings = Settings::default();
        let mut complete = true;
        for setting in chart.settings {
            let Some(node) = fields.get(setting.name) else {
                if setting.required {
                    let what = format!("the chart `{}` has no `{}`", chart.name, setting.name);
                    let help = format!("add `{}:`, {}", setting.name, setting.takes.wanted());
                    self.problem(&fields.key("chart"), what, Some(help));
                    complete = false;
                }
                continue;
            };
            let read = match setting.takes {
                Takes::Column(_) => {
                    self.text(node, setting.name).map(|name| settings.column(setting.name, name))
                }
                Takes::Columns { most, .. } => {
                    let names = self.names(node, setting.name);
                    if let Some(beyond) = names.get(most) {
                        let what = format!("the chart `{}` has room for {most} columns", chart.name);
                        self.problem(&beyond.at, what, Some("remove this one".to_owned()));
                    }
                    (!names.is_empty()).then(|| settings.columns(setting.name, names))
                }
                Takes::Table => self.text(node, setting.name).map(|name| settings.table(setting.name, name)),
                Takes::Word(words) => {
                    let pairs: Vec<(&str, &'static str)> = words.iter().map(|word| (*word, *word)).collect();
                    self.word(node, setting.name, &pairs).map(|word| settings.word(setting.name, word))
                }
                Takes::Flag => self.boolean(node, setting.name).map(|flag| settings.flag(setting.name, flag)),
                Takes::Number { least, most } => match self.integer(node, setting.name) {
                    Some(number) if (least..=most).contains(&number) => {
                        settings.number(setting.name, number);
                        Some(())
                    }
                    Some(_) => {
                        let what = format!("`{}` must be from {least} to {most}", setting.name);
                        self.problem(&node.at, what, None);
                        None
                    }
                    None => None,
                },
                Takes::Text => self.words(node, setting.name).map(|words| settings.text(setting.name, words)),
            };
            complete &= read.is_some() || !setting.required;
        }
        complete.then_some(settings)
    }

    fn table(&mut self, fields: &Fields<'_>) -> Option<TablePart> {
        let table = fields.get("table").and_then(|node| self.text(node, "table"));
        let title = fields.get("title").and_then(|node| self.words(node, "title"));
        let shown = match fields.get("columns") {
            Some(node) => self.items(node, "columns").iter().filter_map(|item| self.shown(item)).collect(),
            None => Vec::new(),
        };
        let rows = match fields.get("rows") {
            Some(node) => match self.integer(node, "rows") {
                Some(rows) if (1..=MOST_ROWS).contains(&rows) => usize::try_from(rows).unwrap_or(ROWS),
                Some(_) => {
                    self.problem(&node.at, format!("`rows` must be from 1 to {MOST_ROWS}"), None);
                    ROWS
                }
                None => ROWS,
            },
            None => ROWS,
        };
        let total = fields.get("total").and_then(|node| self.word(node, "total", &[("last", true)]));
        let note = fields.get("note").and_then(|node| self.words(node, "note"));
        let pale = fields.get("pale").and_then(|node| self.text(node, "pale"));
        let columns = self.columns(fields);
        let optional = self.flag(fields, "optional");
        let table = table?;
        Some(TablePart {
            name: table.value.clone(),
            table,
            title,
            shown,
            rows,
            total: total.unwrap_or(false),
            note,
            pale,
            columns,
            optional,
            explained: false,
        })
    }

    /// A column of a table: its name, or a map that says more.
    fn shown(&mut self, node: &Node) -> Option<ColumnPart> {
        if !matches!(node.kind, Value::Map(_)) {
            return self.text(node, "columns").map(plain);
        }
        if let Value::Map(entries) = &node.kind
            && entries.iter().any(|(key, _)| key.name == "sentences")
        {
            return self.sentences_of_rows(node);
        }
        let known =
            ["column", "as", "optional", "known", "unless", "change", "rise", "from", "range", "title"];
        let fields = self.fields(node, "columns", &known)?;
        if let Some(node) = fields.get("column") {
            let name = self.text(node, "column")?;
            return Some(ColumnPart::Plain {
                name,
                title: fields.get("title").and_then(|node| self.words(node, "title")),
                how: fields.get("as").and_then(|node| self.how(node, "as")),
                optional: self.flag(&fields, "optional"),
                known: self.flag(&fields, "known"),
                unless: fields.get("unless").and_then(|node| self.text(node, "unless")),
            });
        }
        if let Some(ends) = fields.get("range") {
            let names = self.names(ends, "range");
            let title = fields.get("title").and_then(|node| self.words(node, "title"));
            let (Ok([low, high]), Some(title)) = (<[_; 2]>::try_from(names), title) else {
                let help = "write `{ range: [low, high], title: columns.range }`";
                self.problem(&node.at, "this column is not complete", Some(help.into()));
                return None;
            };
            return Some(ColumnPart::Range { low, high, title, optional: self.flag(&fields, "optional") });
        }
        let rank = fields.get("rise").is_some();
        let of = fields.get("change").or(fields.get("rise")).and_then(|node| self.text(node, "change"));
        let from = fields.get("from").and_then(|node| self.text(node, "from"));
        let title = fields.get("title").and_then(|node| self.words(node, "title"));
        let (Some(of), Some(from), Some(title)) = (of, from, title) else {
            let help = "write a column's name, `{ column: clv, optional: true }`, \
                        `{ change: customers, from: customers_before, title: columns.change }`, or \
                        `{ range: [low, high], title: columns.range }`";
            self.problem(&node.at, "this column is not complete", Some(help.into()));
            return None;
        };
        Some(ColumnPart::Change { of, from, title, rank })
    }

    /// A column of sentences that another table has for each row.
    fn sentences_of_rows(&mut self, node: &Node) -> Option<ColumnPart> {
        let fields =
            self.fields(node, "columns", &["sentences", "by", "title", "word", "as", "otherwise"])?;
        let mut sentences = no_sentences(node, "sentences");
        sentences.table = fields.get("sentences").and_then(|node| self.text(node, "sentences"));
        sentences.word = fields.get("word").and_then(|node| self.words(node, "word"));
        sentences.otherwise = fields.get("otherwise").and_then(|node| self.words(node, "otherwise"));
        sentences.columns = self.columns(&fields);
        let by = fields.get("by").and_then(|node| self.text(node, "by"));
        let title = fields.get("title").and_then(|node| self.words(node, "title"));
        let (Some(_), Some(by), Some(title)) = (&sentences.table, by, title) else {
            let help = "write `{ sentences: basket_words, by: basket, title: baskets.what }`: a table of sentences, and \
                        the column that both tables have";
            self.problem(&node.at, "this column is not complete", Some(help.into()));
            return None;
        };
        Some(ColumnPart::Sentences { sentences, by, title })
    }
}

/// Sentences with nothing set yet.
fn no_sentences(node: &Node, place: &str) -> Sentences {
    Sentences {
        at: node.at.clone(),
        word: None,
        table: None,
        place: place.to_owned(),
        of: None,
        columns: Columns::default(),
        otherwise: None,
        optional: false,
    }
}

/// A column as it is.
pub fn plain(name: Spanned<String>) -> ColumnPart {
    ColumnPart::Plain { name, title: None, how: None, optional: false, known: false, unless: None }
}

/// A picture and its table: beside each other where the table is narrow.
fn beside(picture: Option<PicturePart>, table: Option<TablePart>) -> Vec<Part> {
    match (picture, table) {
        (Some(picture), Some(table)) => {
            vec![Part::Pair(vec![Part::Picture(picture), Part::Table(table)])]
        }
        (picture, table) => picture.map(Part::Picture).into_iter().chain(table.map(Part::Table)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_charts_ask_for_is_no_key_of_sections_and_tables() {
        for chart in chart::CHARTS {
            for setting in chart.settings {
                let taken = SECTION.iter().chain(&TABLE).chain(&PICTURE).any(|key| *key == setting.name);
                assert!(!taken, "{} of {}", setting.name, chart.name);
            }
        }
    }

    #[test]
    fn keys_of_the_words_file_have_dots_and_small_letters() {
        assert!(is_key("shop.answer") && is_key("value.contest.table_2"));
        assert!(!is_key("Shop.answer") && !is_key("shop") && !is_key("Sales by channel.") && !is_key("a..b"));
    }
}
