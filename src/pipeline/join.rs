//! `join` of a source: the columns of other sources beside those of its files.

use super::load::source::COLUMNS;
use super::reader::Reader;
use super::yaml::{Node, NodeKind};
use super::{Column, Source, Spanned};
use crate::problem::suggestion;

/// One entry of `join`: another source, with a unique key for each row.
#[derive(Debug, Clone)]
pub struct Join {
    /// The other source.
    pub source: Spanned<String>,
    /// `on`: its key columns, each with the expression over the files' columns that it equals.
    pub on: Vec<Column>,
    /// `unmatched`: what happens to rows without a row of the other source. Default `set_aside`.
    pub unmatched: Unmatched,
    /// Whether the pipeline does not ask for it: reports of some customers do.
    pub implied: bool,
}

/// What happens to a row without a row of the other source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unmatched {
    /// A rule, [`Join::rule`], sets it aside.
    SetAside,
    /// It is used, with NULL in the other source's columns. A check warns of such rows.
    Keep,
}

const UNMATCHED: [(&str, Unmatched); 2] = [("set_aside", Unmatched::SetAside), ("keep", Unmatched::Keep)];

impl Join {
    /// The name of the rule that sets aside rows without a row of the other source.
    pub fn rule(&self) -> String {
        format!("without_{}", self.source.value)
    }

    /// The name of a column of the other source in expressions.
    pub fn column(&self, column: &str) -> String {
        format!("{}.{column}", self.source.value)
    }
}

impl Reader {
    /// `join`.
    pub(super) fn joins(&mut self, source: &Spanned<String>, node: &Node) -> Vec<Join> {
        let mut joins = Vec::new();
        for (key, value) in self.entries(node, "join", "`source: { on: { its_column: column } }`") {
            let Some(name) = self.identifier(&key.name, &key.at, "source") else { continue };
            if name.value == source.value {
                let help = "`join` names another source";
                self.problem(&name.at, format!("`{}` is joined with itself", name.value), Some(help.into()));
                continue;
            }
            joins.extend(self.join(name, value));
        }
        joins
    }

    /// What is wrong with the sources that others join.
    pub(super) fn joined(&mut self, sources: &[Source]) {
        let names: Vec<&str> = sources.iter().map(|source| source.name.value.as_str()).collect();
        for source in sources {
            for join in &source.joins {
                let name = &join.source;
                let Some(other) = sources.iter().find(|other| other.name.value == name.value) else {
                    let help = suggestion(&name.value, names.iter().copied());
                    let help =
                        help.or_else(|| Some("only sources are joined: add it under `sources`".into()));
                    self.problem(&name.at, format!("there is no source `{}`", name.value), help);
                    continue;
                };
                if let Some(further) = other.joins.first() {
                    let what = format!("`{}` joins another source itself", name.value);
                    let help = format!(
                        "join both here: `{further}: {{ on: {{ its_column: {}.column }} }}` after `{}`",
                        name.value,
                        name.value,
                        further = further.source.value
                    );
                    self.problem(&name.at, what, Some(help));
                }
                let rule = source.quarantine.iter().find(|rule| rule.name.value == join.rule());
                if let Some(rule) = rule.filter(|_| join.unmatched == Unmatched::SetAside) {
                    let what = format!("`{}` is the rule of `join`", rule.name.value);
                    let help = "choose another name for this rule, or write `unmatched: keep`";
                    self.problem(&rule.name.at, what, Some(help.into()));
                }
            }
        }
    }

    fn join(&mut self, source: Spanned<String>, node: &Node) -> Option<Join> {
        let help = format!("write `{}: {{ on: {{ its_column: column }} }}`", source.value);
        if !matches!(node.kind, NodeKind::Map(_)) {
            let what = format!("it is not said what joins `{}`", source.value);
            self.problem(&source.at, what, Some(help));
            return None;
        }
        let fields = self.fields(node, &source.value, &["on", "unmatched"])?;
        let unmatched = self.one_of(&fields, "unmatched", &UNMATCHED).unwrap_or(Unmatched::SetAside);
        let Some(on) = fields.get("on") else {
            let what = format!("it is not said what joins `{}`", source.value);
            self.problem(&source.at, what, Some(help));
            return None;
        };
        let on = self.mapping(on, "on", COLUMNS);
        (!on.is_empty()).then_some(Join { source, on, unmatched, implied: false })
    }
}
