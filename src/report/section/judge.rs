//! Compares a section with what there is: tables with their columns, and words in both languages. A section that passes
//! can be rendered, whatever rows come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};

use super::super::chart::{BRACKET, FIGURES, Takes, listed};
use super::super::how::{Columns, How, Words};
use super::super::shown;
use super::super::words::{OF_RUN, in_group, placeholders};
use super::read::is_key;
use super::sentences::{PLACE, POSITION, STEP, WORD};
use super::spec::{ColumnPart, ListPart, Part, PicturePart, Sentences, Spec, TablePart};
use crate::pipeline::Spanned;
use crate::problem::{Place, Problem, SourceText, suggestion};
use crate::tables::{ColumnKind, Declared};

/// What sections can be made of.
#[derive(Debug, Default)]
pub struct Known<'a> {
    /// The columns of each table that a page can show.
    pub tables: BTreeMap<String, SchemaRef>,
    /// The query of a step, where it is one.
    pub queries: BTreeMap<String, Arc<SourceText>>,
    /// The words of each language, by its tag.
    pub words: Vec<(&'static str, &'a BTreeMap<String, String>)>,
    /// What is declared of tables.
    pub declared: Declared,
    /// The tag of the report's language.
    pub language: &'static str,
}

/// All that is wrong with a section.
pub fn judge(spec: &Spec, known: &Known<'_>) -> Vec<Problem> {
    // A pipeline need not make everything that a shipped section uses: the rest is left out, and the page says so.
    if spec.shipped {
        return Vec::new();
    }
    let mut judge = Judge { spec, known, problems: Vec::new() };
    judge.section();
    judge.problems
}

/// The chart that has no caption.
const NUMBERS: &str = "numbers";

struct Judge<'j> {
    spec: &'j Spec,
    known: &'j Known<'j>,
    problems: Vec<Problem>,
}

impl<'j> Judge<'j> {
    fn section(&mut self) {
        let spec = self.spec;
        for table in &spec.needs {
            self.table(table, false);
        }
        let own = [&spec.label, &spec.question, &spec.definition];
        for words in own.into_iter().flatten() {
            self.words(words, None);
        }
        for asked in spec.sentences() {
            self.sentences(asked);
        }
        let mut parts = Vec::new();
        spec.each(&mut |part| parts.push(part));
        for part in parts {
            match part {
                Part::Group(title, _) | Part::Fold(Some(title), _) => self.words(title, None),
                Part::List(part) => self.list(part),
                Part::Table(part) => self.table_part(part),
                Part::Picture(part) => self.picture(part),
                _ => {}
            }
        }
        self.in_one_language();
        self.in_no_language();
        self.problems.sort_by_key(|problem| problem.place.as_ref().map(|place| place.span.start));
        // A section's table is named once, and meant in several places.
        self.problems.dedup();
    }

    fn problem(&mut self, at: &std::ops::Range<usize>, what: String, help: Option<String>) {
        let place = Place::new(&self.spec.source, at.clone());
        self.problems.push(Problem::new(what).at(place).help_if(help));
    }

    /// The columns of a table; one that is not there is a problem, unless it may be absent.
    fn table(&mut self, table: &Spanned<String>, optional: bool) -> Option<&'j SchemaRef> {
        let found = self.known.tables.get(&table.value);
        if found.is_none() && !optional {
            let help = suggestion(&table.value, self.known.tables.keys().map(String::as_str));
            let what = format!("no step yields a table `{}`", table.value);
            self.problem(&table.at, what, help);
        }
        found
    }

    /// A column of a table, with how it is written; none where that is a problem already.
    fn column(
        &mut self,
        table: &str,
        schema: &SchemaRef,
        name: &Spanned<String>,
        columns: &Columns,
    ) -> Option<(How, DataType)> {
        let Ok(field) = schema.field_with_name(&name.value) else {
            let names = schema.fields().iter().map(|field| field.name().as_str());
            let help = suggestion(&name.value, names);
            self.problem(&name.at, format!("`{table}` has no column `{}`", name.value), help);
            return None;
        };
        let found = field.data_type();
        Some((self.how(table, &name.value, found, columns), found.clone()))
    }

    /// What a part says of columns.
    fn judge_columns(&mut self, table: &str, schema: &SchemaRef, columns: &Columns) {
        for (name, how) in &columns.written {
            let Some((_, found)) = self.column(table, schema, name, columns) else { continue };
            if let How::Group(group) = how
                && !self.group(name, group)
            {
                continue;
            }
            let fits = match how {
                How::Kind(kind) | How::Signed(kind) => kind.fits(&found),
                How::Digits(_) => ColumnKind::Number.fits(&found),
                How::Group(_) => ColumnKind::Word.fits(&found),
                How::By(other) => {
                    let other = Spanned { value: other.clone(), at: name.at.clone() };
                    self.column(table, schema, &other, &Columns::default());
                    true
                }
            };
            if !fits {
                let is = ColumnKind::guess(&name.value, &found);
                let what = format!("`{}` cannot be written so: its values are {}", name.value, said(is));
                let help = "say what they are, or make others of them in SQL".to_owned();
                self.problem(&name.at, what, Some(help));
            }
        }
        for (name, words) in &columns.titles {
            self.column(table, schema, name, &Columns::default());
            self.words(words, None);
        }
    }

    /// A group of the words file that says how a column is written: some key must be in it.
    fn group(&mut self, name: &Spanned<String>, group: &str) -> bool {
        if self.is_group(group) {
            return true;
        }
        let what = format!("`{}` cannot be written as `{group}`", name.value);
        let kinds = suggestion(group, ColumnKind::ALL.map(ColumnKind::key));
        let help = kinds.map_or_else(String::new, |kinds| format!(", {kinds}"));
        let help = format!("name a kind, or a group of the words files{help}");
        self.problem(&name.at, what, Some(help));
        false
    }

    /// Whether the words file has a text in a group.
    fn is_group(&self, group: &str) -> bool {
        let of_group = in_group(group, "\0");
        let (before, after) = of_group.split_once('\0').unwrap_or((&of_group, ""));
        let is_in = |key: &String| key.starts_with(before) && key.ends_with(after);
        self.known.words.first().is_some_and(|(_, words)| words.keys().any(is_in))
    }

    fn list(&mut self, part: &ListPart) {
        let Some(named) = &part.sentences.table else { return };
        let Some(schema) = self.known.tables.get(&named.value) else { return };
        for name in std::iter::once(&part.heading).chain(&part.section) {
            self.column(&named.value, schema, name, &part.sentences.columns);
        }
        if let Some(words) = &part.beside {
            self.words(words, Some(&figures(schema)));
        }
    }

    fn table_part(&mut self, part: &TablePart) {
        for words in part.title.iter().chain(&part.note) {
            self.words(words, None);
        }
        let Some(schema) = self.table(&part.table, part.optional) else { return };
        let table = part.table.value.as_str();
        self.judge_columns(table, schema, &part.columns);
        if let Some(name) = &part.pale
            && let Some((how, found)) = self.column(table, schema, name, &part.columns)
            && found != DataType::Boolean
        {
            let what = format!("`{}` does not say yes or no: its values are {}", name.value, described(&how));
            self.problem(&name.at, what, None);
        }
        for item in &part.shown {
            match item {
                ColumnPart::Plain { optional: true, name, .. }
                    if schema.field_with_name(&name.value).is_err() => {}
                ColumnPart::Plain { name, title, how, .. } => {
                    self.column(table, schema, name, &part.columns);
                    if let Some(words) = title {
                        self.words(words, None);
                    }
                    if let Some(How::Group(group)) = how {
                        self.group(name, group);
                    }
                }
                ColumnPart::Range { optional: true, low, .. }
                    if schema.field_with_name(&low.value).is_err() => {}
                ColumnPart::Change { of: first, from: second, title, .. }
                | ColumnPart::Range { low: first, high: second, title, .. } => {
                    self.words(title, None);
                    for name in [first, second] {
                        self.figure(table, schema, name, &part.columns);
                    }
                }
                ColumnPart::Sentences { sentences, by, title } => {
                    self.words(title, None);
                    self.column(table, schema, by, &part.columns);
                    let other = sentences.table.as_ref();
                    if let Some((other, schema)) =
                        other.and_then(|table| Some((table, self.known.tables.get(&table.value)?)))
                    {
                        self.column(&other.value, schema, by, &sentences.columns);
                    }
                }
            }
        }
    }

    fn figure(&mut self, table: &str, schema: &SchemaRef, name: &Spanned<String>, columns: &Columns) {
        if let Some((how, _)) = self.column(table, schema, name, columns)
            && !matches!(&how, How::Kind(kind) | How::Signed(kind) if kind.is_figure())
            && !matches!(how, How::Digits(_))
        {
            let what = format!("`{}` has no figures: its values are {}", name.value, described(&how));
            self.problem(&name.at, what, None);
        }
    }

    fn picture(&mut self, part: &PicturePart) {
        for words in part.title.iter().chain(&part.description) {
            self.words(words, None);
        }
        for words in part.settings.texts() {
            self.words(words, Some(&["value"]));
        }
        for table in part.settings.tables() {
            self.table(table, false);
        }
        let Some(schema) = self.table(&part.table, part.optional) else { return };
        let table = part.table.value.as_str();
        self.judge_columns(table, schema, &part.columns);
        if let [bracket, ..] = part.settings.columns_of(BRACKET.name) {
            let others = schema.fields().iter().map(|field| field.name().as_str());
            let figures: Vec<&str> = others.filter(|name| *name != bracket.value).collect();
            self.keys_of(table, &figures);
        }
        for setting in part.chart.settings {
            let (Takes::Column(kinds) | Takes::Columns { kinds, .. }) = setting.takes else { continue };
            self.one_unit(table, schema, part.settings.columns_of(setting.name), &part.columns);
            for name in part.settings.columns_of(setting.name) {
                let Some((how, _)) = self.column(table, schema, name, &part.columns) else { continue };
                if kinds.is_empty() || fits(&how, kinds) {
                    continue;
                }
                let what = format!(
                    "`{}` takes {}, and the values of `{}` are {}",
                    setting.name,
                    listed(kinds),
                    name.value,
                    described(&how)
                );
                let fitting: Vec<&str> = schema
                    .fields()
                    .iter()
                    .filter(|field| {
                        fits(&self.how(table, field.name(), field.data_type(), &part.columns), kinds)
                    })
                    .map(|field| field.name().as_str())
                    .collect();
                let help = match fitting.as_slice() {
                    [] => format!("`{table}` has no such column"),
                    some => format!("columns that fit: {}", some.join(", ")),
                };
                self.problem(&name.at, what, Some(help));
            }
        }
    }

    /// Values of one picture are measured by one scale: the first that is of another unit.
    fn one_unit(&mut self, table: &str, schema: &SchemaRef, names: &[Spanned<String>], columns: &Columns) {
        let kind = |name: &Spanned<String>| {
            let found = schema.field_with_name(&name.value).ok()?.data_type();
            match self.how(table, &name.value, found, columns) {
                How::Kind(kind) | How::Signed(kind) => Some((unit(kind)?, kind)),
                _ => None,
            }
        };
        let mut known = names.iter().filter_map(|name| Some((name, kind(name)?)));
        let Some((first, (of_first, first_kind))) = known.next() else { return };
        let Some((other, (_, other_kind))) = known.find(|(_, (of_other, _))| *of_other != of_first) else {
            return;
        };
        let what = format!(
            "the values of `{}` are {}, and those of `{}` are {}: one picture has one unit",
            first.value,
            said(first_kind),
            other.value,
            said(other_kind)
        );
        self.problem(&other.at, what, Some("draw them in two pictures".to_owned()));
    }

    fn how(&self, table: &str, name: &str, found: &DataType, columns: &Columns) -> How {
        let declared = self.known.declared.get(table).and_then(|table| table.fitting(name, found));
        shown::how(columns, declared, name, found)
    }

    fn sentences(&mut self, asked: &Sentences) {
        let Some(named) = &asked.table else {
            if let Some(words) = &asked.word {
                self.words(words, Some(&[]));
            }
            return;
        };
        let Some(schema) = self.table(named, asked.optional) else { return };
        let table = named.value.as_str();
        self.judge_columns(table, schema, &asked.columns);
        let figures = figures(schema);
        if let Some(words) = &asked.otherwise {
            self.words(words, Some(&figures));
        }
        if let Some(words) = &asked.word {
            return self.words(words, Some(&figures));
        }
        if schema.field_with_name(WORD).is_err() {
            let what = format!("`{table}` has no column `{WORD}` with the keys of sentences");
            let help = "add the column to its query, or `word:` here".to_owned();
            return self.problem(&named.at, what, Some(help));
        }
        self.keys_of(table, &figures);
    }

    /// The keys that a query has as texts: each must be there in both languages, and ask for no more than the table has.
    fn keys_of(&mut self, table: &str, figures: &[&str]) {
        let Some(source) = self.known.queries.get(table) else { return };
        for (at, key) in literals(&source.text) {
            // A group says how another column of the row is written; `number.2` does, too.
            if self.is_group(key) || matches!(How::of(key), Some(How::Digits(_) | How::Signed(_))) {
                continue;
            }
            for problem in self.missing(key, Some(figures)) {
                self.problems.push(problem.at(Place::new(source, at..at + key.len())));
            }
        }
    }

    fn words(&mut self, words: &Words, figures: Option<&[&str]>) {
        match words {
            Words::Key(key) => {
                for problem in self.missing(&key.value, figures) {
                    self.problems.push(problem.at(Place::new(&self.spec.source, key.at.clone())));
                }
            }
            Words::Texts(texts) => {
                for text in [&texts.en, &texts.zh_cn] {
                    let Some(unknown) = unfilled(text, figures) else { continue };
                    let problem =
                        Problem::new(format!("the text asks for {{{unknown}}}, which nothing fills"));
                    let place = Place::new(&self.spec.source, self.spec.at.clone());
                    self.problems.push(problem.at(place).help(filled_by(figures)));
                    return;
                }
            }
        }
    }

    /// Whether it stands in a file of its own; else in the pipeline.
    fn has_file(&self) -> bool {
        self.spec.source.name.contains("reports/sections/")
    }

    /// Where the words of a section belong. One in the pipeline has no file for them.
    fn words_file(&self, tag: &str) -> String {
        let of_section = if self.has_file() { format!("/{}", self.spec.name) } else { String::new() };
        format!("reports/words/{tag}{of_section}.yaml")
    }

    /// The section's texts that only some of the languages have: the page in another one would show the name of the thing, in
    /// English.
    fn in_one_language(&mut self) {
        if !self.has_file() {
            return;
        }
        let (group, nav) = (format!("{}.", self.spec.name), format!("nav.{}", self.spec.name));
        let known = &self.known.words;
        let all = known.iter().flat_map(|(_, words)| words.keys());
        let own: BTreeSet<&String> = all.filter(|key| key.starts_with(&group) || **key == nav).collect();
        for key in own {
            for (tag, _) in known.iter().filter(|(_, words)| !words.contains_key(key)) {
                let what = format!("there is no text `{key}` in the words of {tag}");
                // Where a query or a part names it, that is the better place.
                if self.problems.iter().any(|problem| problem.what == what) {
                    continue;
                }
                let help = format!("add it to {}", self.words_file(tag));
                let place = Place::new(&self.spec.source, self.spec.at.start..self.spec.at.start);
                self.problems.push(Problem::new(what).at(place).help(help));
            }
        }
    }

    /// The section's name and captions that no language has. The page prints the name of the section or table instead, with
    /// blanks: English may leave it at that, a page in another language may not.
    fn in_no_language(&mut self) {
        if matches!(self.known.language, "en" | "") {
            return;
        }
        let spec = self.spec;
        let start = spec.at.start..spec.at.start;
        let mut wanted: Vec<(std::ops::Range<usize>, String, &str)> = Vec::new();
        if spec.label.is_none() {
            wanted.push((start, format!("nav.{}", spec.name), &spec.name));
        }
        let mut parts = Vec::new();
        spec.each(&mut |part| parts.push(part));
        for part in parts {
            match part {
                // Cards of figures have no caption.
                Part::Picture(part)
                    if part.title.is_none() && spec.label.is_none() && part.chart.name != NUMBERS =>
                {
                    let key = format!("{}.picture.{}.caption", spec.name, part.name);
                    wanted.push((part.at.clone(), key, &part.table.value));
                }
                Part::Table(part) if part.title.is_none() => {
                    let key = format!("{}.{}", spec.name, part.name);
                    wanted.push((part.table.at.clone(), key, &part.table.value));
                }
                _ => {}
            }
        }
        for (at, key, printed) in wanted {
            let is_known = |key: &String| self.known.words.iter().any(|(_, words)| words.contains_key(key));
            // The name of a table stands in for its caption.
            if is_known(&key) || is_known(&format!("nav.{printed}")) {
                continue;
            }
            let printed = printed.replace('_', " ");
            if !self.has_file() {
                let what = format!(
                    "this section has no title in {}: the page would print `{printed}`",
                    self.known.language
                );
                let help = "add `title:` with a text in each language: `title: { en: ..., zh-CN: ... }`";
                self.problem(&at, what, Some(help.to_owned()));
                // Its parts go by the same title.
                break;
            }
            let what = format!("there is no text `{key}` in the words: the page would print `{printed}`");
            let files: Vec<String> = self.known.words.iter().map(|(tag, _)| self.words_file(tag)).collect();
            self.problem(&at, what, Some(format!("add it to {}", files.join(" and "))));
        }
    }

    /// What the languages lack of a text.
    fn missing(&self, key: &str, figures: Option<&[&str]>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let lacking: Vec<&str> = self
            .known
            .words
            .iter()
            .filter(|(_, words)| !words.contains_key(key))
            .map(|(tag, _)| *tag)
            .collect();
        if !lacking.is_empty() {
            let what = format!("there is no text `{key}` in the words of {}", lacking.join(" and "));
            let files: Vec<String> = lacking.iter().map(|tag| self.words_file(tag)).collect();
            let all = self.known.words.first().map(|(_, words)| words.keys().map(String::as_str));
            // A key that another language has is spelt correctly.
            let whole = lacking.len() == self.known.words.len();
            let meant = all.filter(|_| whole).and_then(|all| crate::problem::closest(key, all));
            let help = meant.map_or_else(
                || format!("add it to {}", files.join(" and ")),
                |meant| format!("did you mean `{meant}`?"),
            );
            problems.push(Problem::new(what).help(help));
        }
        for (tag, words) in &self.known.words {
            let Some(unknown) = words.get(key).and_then(|text| unfilled(text, figures)) else { continue };
            let what = format!("`{key}` of words/{tag}.yaml asks for {{{unknown}}}, which nothing fills");
            problems.push(Problem::new(what).help(filled_by(figures)));
        }
        problems
    }
}

/// What can fill a sentence of a table: all columns but those that say which sentence it is, and where it belongs.
fn figures(schema: &SchemaRef) -> Vec<&str> {
    let own = [WORD, PLACE, POSITION, STEP];
    schema.fields().iter().map(|field| field.name().as_str()).filter(|name| !own.contains(name)).collect()
}

/// The first placeholder of a text that none of the figures fills.
fn unfilled(text: &str, figures: Option<&[&str]>) -> Option<String> {
    let figures = figures.unwrap_or_default();
    let known = |name: &str| figures.contains(&name) || OF_RUN.contains(&name);
    placeholders(text).into_iter().find(|name| !known(name))
}

fn filled_by(figures: Option<&[&str]>) -> String {
    match figures.unwrap_or_default() {
        [] => "this text has no figures: remove the placeholder".to_owned(),
        some => format!("the columns of its row are {}", some.join(", ")),
    }
}

fn fits(how: &How, kinds: &[ColumnKind]) -> bool {
    match how {
        How::Kind(kind) | How::Signed(kind) => kinds.contains(kind),
        How::Digits(_) => FIGURES.iter().any(|figure| kinds.contains(figure)),
        How::Group(_) => kinds.contains(&ColumnKind::Word),
        How::By(_) => true,
    }
}

/// What values are, in words.
fn described(how: &How) -> String {
    match how {
        How::Kind(kind) | How::Signed(kind) => said(*kind),
        How::Digits(_) => said(ColumnKind::Number),
        How::Group(_) => said(ColumnKind::Word),
        How::By(column) => format!("what `{column}` says"),
    }
}

/// What figures of a kind are measured in; none where they are no figures.
fn unit(kind: ColumnKind) -> Option<&'static str> {
    match kind {
        kind if kind.is_money() => Some("money"),
        ColumnKind::Share | ColumnKind::Points | ColumnKind::Growth => Some("shares"),
        ColumnKind::Days => Some("days"),
        kind if kind.is_figure() => Some("numbers"),
        _ => None,
    }
}

fn said(kind: ColumnKind) -> String {
    kind.key().replace('_', " ")
}

/// The texts of a query that look like keys of the words file, each with its place.
fn literals(sql: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for line in sql.split_inclusive('\n') {
        let code = line.split("--").next().unwrap_or(line);
        let mut from = 0;
        for (number, piece) in code.split('\'').enumerate() {
            if number % 2 == 1 && is_key(piece) && !found.iter().any(|(_, known)| *known == piece) {
                found.push((at + from, piece));
            }
            from += piece.len() + 1;
        }
        at += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_a_query_and_not_in_its_comments() {
        let sql = "-- 'a.b'\nselect 'shop.answer' as word, 'text' as x, 'A.b' as y, 'a.' || z\n";
        assert_eq!(literals(sql), [(17, "shop.answer")]);
    }
}
