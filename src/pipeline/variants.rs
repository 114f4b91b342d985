//! `variants`: reports beside the pipeline's own, of some of its rows, in another language or with other parameters.
//!
//! A variant is the pipeline with a few of its keys changed. So it is read as one: its keys replace those of the tree.
//! The result is a [`Pipeline`] like any other, with the places of its values in the same file. It cannot change
//! sources or how they are read: their files are read once for all reports.

use crate::problem::suggestion;

use super::Spanned;
use super::reader::Reader;
use super::yaml::{Key, Node, NodeKind};

/// What a variant can change beside `where`.
const CHANGES: [&str; 7] = ["title", "locale", "currency", "period", "params", "modules", "report"];

/// What a variant cannot change, and why not.
const SHARED: [&str; 5] = ["sources", "timezone", "as_of", "returns", "steps"];

/// What makes a pipeline a variant of another.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name below `variants`.
    pub name: Spanned<String>,
    /// `where`: a condition over the columns of `transactions`; without it the report is of all rows.
    pub only: Option<Spanned<String>>,
    /// Whether it has a title of its own; else its name is added to the pipeline's.
    pub titled: bool,
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
        let known: Vec<&str> = ["where"].into_iter().chain(CHANGES).collect();
        let NodeKind::Map(changes) = &node.kind else {
            let help = "say what is different: `where`, `title`, `locale`, `params` or another of its keys";
            reader.problem(&key.at, format!("the variant `{}` changes nothing", key.name), Some(help.into()));
            continue;
        };
        let mut changed = tree.clone();
        let mut only = None;
        for (key, value) in changes {
            match key.name.as_str() {
                "where" => only = reader.text(value, "where"),
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
        found.push((Variant { name, only, titled }, changed));
    }
    found
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
