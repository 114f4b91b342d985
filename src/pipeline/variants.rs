//! `variants`: reports beside the pipeline's own, of some of its rows or customers, in another language or with other
//! parameters.
//!
//! A variant is the pipeline with a few of its keys changed. So it is read as one: its keys replace those of the tree.
//! The result is a [`Pipeline`] like any other, with the places of its values in the same file. It cannot change
//! sources or how they are read: their files are read once for all reports.

use crate::problem::suggestion;

use super::Spanned;
use super::reader::Reader;
use super::yaml::{Key, Node, NodeKind};
use super::{Only, Param, Pipeline, TRANSACTIONS, Value};

/// The source that says who the customers are.
pub const CUSTOMERS: &str = "customers";

/// The key of a condition over the rows of a source.
pub const WHERE: &str = "where";

/// The parameter of a report for each value of a column: the value.
pub const EACH: &str = "each";

/// What makes a variant one.
const OWN: [&str; 4] = [WHERE, CUSTOMERS, EACH, "listed"];

/// What a variant can change.
const CHANGES: [&str; 7] = ["title", "locale", "currency", "period", "params", "modules", "report"];

/// What a variant cannot change, and why not.
const SHARED: [&str; 5] = ["sources", "timezone", "as_of", "returns", "steps"];

/// What makes a pipeline a variant of another.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name below `variants`.
    pub name: Spanned<String>,
    /// `where`: sources, each with a condition over its columns; of a source without one the report has all rows.
    pub only: Vec<(Spanned<String>, Spanned<String>)>,
    /// `customers`: a condition over the columns of that source. The report is of these customers: of every source that
    /// names customers it has their rows alone.
    pub customers: Option<Spanned<String>>,
    /// `each`: a column of the source of customers. There is a report for the customers of each of its values; until they
    /// are known, this stands for all of them.
    pub each: Option<Spanned<String>>,
    /// The value of that column, once it is known.
    pub value: Option<String>,
    /// Whether it has a title of its own; else its name is added to the pipeline's.
    pub titled: bool,
    /// `listed`: whether the list of all reports has it, and its page leads there. Default: unless it is of some customers.
    pub listed: bool,
}

/// Takes `variants` out of a pipeline's tree: of each, the tree that it makes of it.
pub(super) fn taken(reader: &mut Reader, tree: &mut Node) -> Vec<(Variant, Node)> {
    let NodeKind::Map(entries) = &mut tree.kind else { return Vec::new() };
    let Some(place) = entries.iter().position(|(key, _)| key.name == "variants") else { return Vec::new() };
    let (_, variants) = entries.remove(place);
    let mut found = Vec::new();
    for (key, node) in reader.entries(&variants, "variants", "`name: { where: ... }`") {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !key.name.chars().all(is_plain) {
            let help = "it becomes the end of a folder's name: use lower-case letters, digits and `_`";
            let what = format!("`{}` cannot be the name of a variant", key.name);
            reader.problem(&key.at, what, Some(help.into()));
            continue;
        }
        let name = Spanned { value: key.name.clone(), at: key.at.clone() };
        let known: Vec<&str> = OWN.into_iter().chain(CHANGES).collect();
        let NodeKind::Map(changes) = &node.kind else {
            let help = "say what is different: `where`, `title`, `locale`, `params` or another of its keys";
            reader.problem(&key.at, format!("the variant `{}` changes nothing", key.name), Some(help.into()));
            continue;
        };
        let mut changed = tree.clone();
        let (mut only, mut customers, mut each, mut listed) = (Vec::new(), None, None, None);
        for (key, value) in changes {
            match key.name.as_str() {
                WHERE => only = conditions(reader, key, value),
                CUSTOMERS => customers = reader.text(value, CUSTOMERS),
                EACH => each = reader.text(value, EACH),
                "listed" => listed = reader.boolean(value, "listed"),
                known if CHANGES.contains(&known) => change(&mut changed, key, value),
                other => {
                    let help = if SHARED.contains(&other) {
                        Some(
                            "files are read once for all variants; make a pipeline of its own for that"
                                .to_owned(),
                        )
                    } else {
                        suggestion(other, known.iter().copied())
                    };
                    reader.problem(&key.at, format!("`{other}` is not a key of a variant"), help);
                }
            }
        }
        name_of(&mut changed, &name);
        let in_report = |node: &Node| match &node.kind {
            NodeKind::Map(entries) => entries.iter().any(|(key, _)| key.name == "title"),
            _ => false,
        };
        let titled = changes
            .iter()
            .any(|(key, value)| key.name == "title" || (key.name == "report" && in_report(value)));
        let listed = listed.unwrap_or(customers.is_none() && each.is_none());
        found.push((Variant { name, only, customers, each, value: None, titled, listed }, changed));
    }
    found
}

/// `where`: a condition over the columns of `transactions`, or conditions by source.
fn conditions(reader: &mut Reader, key: &Key, node: &Node) -> Vec<(Spanned<String>, Spanned<String>)> {
    let NodeKind::Map(_) = node.kind else {
        let of = Spanned { value: TRANSACTIONS.to_owned(), at: key.at.clone() };
        return reader.text(node, "where").map(|sql| (of, sql)).into_iter().collect();
    };
    let mut found = Vec::new();
    for (key, node) in reader.entries(node, "where", "`source: condition`") {
        let of = Spanned { value: key.name.clone(), at: key.at.clone() };
        found.extend(reader.text(node, &key.name).map(|sql| (of, sql)));
    }
    found
}

impl Reader {
    /// A pipeline as a variant: its sources have its conditions.
    pub(super) fn variant(&mut self, mut pipeline: Pipeline, variant: Variant) -> Option<Pipeline> {
        let before = self.problems.len();
        for (of, sql) in &variant.only {
            if of.value == TRANSACTIONS
                && !pipeline.sources.iter().any(|source| source.name.value == of.value)
            {
                let help = format!("it is a condition over the columns of the source `{TRANSACTIONS}`");
                self.problem(&sql.at, format!("`where` needs a source `{TRANSACTIONS}`"), Some(help));
                continue;
            }
            let names: Vec<String> =
                pipeline.sources.iter().map(|source| source.name.value.clone()).collect();
            let Some(source) = pipeline.sources.iter_mut().find(|source| source.name.value == of.value)
            else {
                let help = suggestion(&of.value, names.iter().map(String::as_str));
                self.problem(&of.at, format!("there is no source `{}`", of.value), help);
                continue;
            };
            let summary = sql.value.clone();
            source.only.push(Only { sql: sql.clone(), key: WHERE, of: None, summary });
        }
        if let Some(both) = variant.each.as_ref().filter(|_| variant.customers.is_some()) {
            let help = "leave one of them out: a report for each of some customers is not made";
            self.problem(&both.at, "`each` and `customers` are both there", Some(help.into()));
        }
        if let Some(apart) = variant.apart() {
            match pipeline.sources.iter().find(|source| source.name.value == CUSTOMERS) {
                None => {
                    let what = format!("a report of some customers needs a source `{CUSTOMERS}`");
                    let help = "it says who they are; for some rows of `transactions` write `where`";
                    self.problem(&apart.at, what, Some(help.into()));
                }
                Some(customers) if !customers.joins.is_empty() => {
                    let what =
                        format!("a report of some customers needs a source `{CUSTOMERS}` that joins none");
                    let help = "all other sources are joined with it; bring its columns into its files";
                    self.problem(&apart.at, what, Some(help.into()));
                }
                Some(_) => {}
            }
        }
        let params = |param: &Param| param.name.value == EACH;
        if let (Some(each), Some(param)) = (&variant.each, pipeline.params.iter().find(|param| params(param)))
        {
            let help = format!(
                "in the reports of `each: {}` it is the value; give the other one another name",
                each.value
            );
            self.problem(&param.name.at.clone(), format!("`{EACH}` cannot be a parameter here"), Some(help));
        }
        pipeline.variant = Some(variant);
        (self.problems.len() == before).then_some(pipeline)
    }
}

impl Variant {
    /// What makes it a report of some customers, where it is one.
    fn apart(&self) -> Option<&Spanned<String>> {
        self.customers.as_ref().or(self.each.as_ref())
    }

    /// Which customers it is of: by a condition over their source's columns, or by a value of one of them.
    pub(super) fn of_customers(&self) -> Option<Only> {
        if let Some(sql) = &self.customers {
            return Some(Only { sql: sql.clone(), key: CUSTOMERS, of: None, summary: sql.value.clone() });
        }
        let (column, value) = self.each.as_ref().zip(self.value.as_ref())?;
        let quoted = column.value.replace('"', "\"\"");
        let sql =
            Spanned { value: format!("CAST(\"{quoted}\" AS VARCHAR) = ${EACH}"), at: column.at.clone() };
        Some(Only { sql, key: EACH, of: None, summary: format!("{} = {value}", column.value) })
    }
}

impl Pipeline {
    /// Whether the list of all reports has those of the pipeline: all but those of variants that say otherwise.
    pub fn is_listed(&self) -> bool {
        self.variant.as_ref().is_none_or(|variant| variant.listed)
    }

    /// Whether it is a report of some customers.
    pub fn is_of_some_customers(&self) -> bool {
        self.variant.as_ref().is_some_and(|variant| variant.apart().is_some())
    }

    /// Settles for it and its variants whether one of them is of some customers: their files are read as one.
    pub(super) fn settle_parts(&mut self) {
        let mut variants = self.variants.iter().filter_map(|variant| variant.variant.as_ref());
        let parts = variants.any(|variant| variant.apart().is_some());
        self.parts_customers = parts;
        for variant in &mut self.variants {
            variant.parts_customers = parts;
        }
    }

    /// The pipeline for one value of the column that `each` names. `name` is the value as a part of the folder's name.
    #[must_use]
    pub fn of_value(&self, column: &str, value: &str, name: &str) -> Self {
        let mut pipeline = self.clone();
        let Some(variant) = &mut pipeline.variant else { return pipeline };
        let Some(each) = &mut variant.each else { return pipeline };
        column.clone_into(&mut each.value);
        let named = Spanned { value: EACH.to_owned(), at: each.at.clone() };
        variant.value = Some(value.to_owned());
        variant.name.value = format!("{}-{name}", variant.name.value);
        pipeline.name.value = format!("{}-{name}", pipeline.name.value);
        if let Some(report) = &mut pipeline.report {
            report.title = report.title.take().map(|title| title.replace("$each", value));
        }
        pipeline.params.push(Param { name: named, value: Value::Text(value.to_owned()) });
        pipeline
    }
}

/// Puts a value in the place of the pipeline's own. Of a map, each entry by itself.
fn change(tree: &mut Node, key: &Key, value: &Node) {
    // A title belongs to the report.
    if key.name == "title" {
        let title = vec![(key.clone(), value.clone())];
        let report = Key { at: key.at.clone(), name: "report".to_owned() };
        return change(tree, &report, &Node { at: value.at.clone(), kind: NodeKind::Map(title) });
    }
    let NodeKind::Map(entries) = &mut tree.kind else { return };
    put(entries, key, value);
}

fn put(entries: &mut Vec<(Key, Node)>, key: &Key, value: &Node) {
    match entries.iter_mut().find(|(own, _)| own.name == key.name) {
        Some((own, node)) => {
            // What is wrong with a value is said where it stands.
            own.at.clone_from(&key.at);
            merge(node, value);
        }
        None => entries.push((key.clone(), value.clone())),
    }
}

fn merge(own: &mut Node, other: &Node) {
    match (&mut own.kind, &other.kind) {
        (NodeKind::Map(entries), NodeKind::Map(changes)) => {
            for (key, value) in changes {
                put(entries, key, value);
            }
        }
        _ => *own = other.clone(),
    }
}

/// A variant's reports lie beside those of the pipeline: `site/shop-uk/` beside `site/shop/`.
fn name_of(tree: &mut Node, variant: &Spanned<String>) {
    let NodeKind::Map(entries) = &mut tree.kind else { return };
    let name = entries.iter_mut().find(|(key, _)| key.name == "name");
    if let Some((_, Node { kind: NodeKind::Text(name), at })) = name {
        name.push('-');
        name.push_str(&variant.value);
        at.clone_from(&variant.at);
    }
}
