//! What the page would print as it stands in SQL, or leave out, because a text or a word of it is missing: of the project's own
//! tables, figures, findings and sentences.

use crate::engine::Plan;
use crate::engine::sql::Query;
use crate::pipeline::{Spanned, StepKind};
use crate::problem::{Problem, closest};
use crate::shipped;
use crate::tables::ColumnKind;

use super::Theme;

/// Where sentences can be.
const PLACES: [&str; 4] = ["answer", "note", "sentences", "left_out"];

impl Theme {
    /// Warnings of what is missing.
    pub(super) fn unsaid(&self, plan: &Plan) -> Vec<Problem> {
        let mut problems = self.values_without_words(plan);
        problems.extend(left_out(plan));
        for step in &plan.pipeline.steps {
            let StepKind::Sql(path) = &step.kind else { continue };
            // What ships is complete.
            let Some(query) = own_query(plan, path) else { continue };
            let lacks = |key: &str| self.words.iter().any(|(_, words)| !words.contains_key(key));
            let into = step.into.as_ref().map(|into| into.value.as_str());
            let texts = |column: &str| query.texts_of(column);
            if into == Some("all_figures") {
                for (name, place) in texts("figure").into_iter().filter(|(name, _)| lacks(&format!("figures.{name}"))) {
                    let what = format!("the figure `{name}` has no text: the page prints its name");
                    let help = format!("add `figures: {{ {name}: ... }}` to the words of en and zh-CN");
                    problems.push(Problem::warning(what).at(place).help(help));
                }
            }
            if into == Some("all_findings") {
                let key = |name: &str| format!("findings.rules.{name}.text");
                for (name, place) in texts("rule").into_iter().filter(|(name, _)| lacks(&key(name))) {
                    let what = format!("the finding `{name}` has no text: the page prints its numbers");
                    let help = format!(
                        "add `findings: {{ rules: {{ {name}: {{ title: ..., text: ... }} }} }}` to the words of en and zh-CN"
                    );
                    problems.push(Problem::warning(what).at(place).help(help));
                }
            }
            if texts("word").is_empty() {
                continue;
            }
            for (name, place) in texts("place").into_iter().filter(|(name, _)| !PLACES.contains(&name.as_str())) {
                // Another place is for a template, or a section file that asks for it.
                let Some(meant) = closest(&name, PLACES) else { continue };
                let what = format!("no section shows sentences of the place `{name}`");
                problems.push(Problem::warning(what).at(place).help(format!("did you mean `{meant}`?")));
            }
        }
        problems
    }

    /// Columns of words whose group of texts is not said, or is not there.
    fn values_without_words(&self, plan: &Plan) -> Vec<Problem> {
        let mut problems = Vec::new();
        let all = plan.pipeline.declared.iter().flat_map(|(table, declared)| {
            declared.columns.iter().map(move |column| (table, column))
        });
        for (table, column) in all.filter(|(_, column)| column.kind == ColumnKind::Word) {
            let Some(at) = &column.at else { continue };
            let name = &column.name;
            let Some(group) = &column.words else {
                let what = format!("`{name}` of the table `{table}` is a word, and no texts are named for its values");
                let help = format!("add `words: {table}.{name}`, a group of the words files with a text for each value");
                problems.push(Problem::warning(what).at(plan.pipeline.place(at)).help(help));
                continue;
            };
            let start = format!("{}.", group.split(".*").next().unwrap_or(group));
            if self.words.iter().any(|(_, words)| words.keys().any(|key| key.starts_with(&start))) {
                continue;
            }
            let groups = self.words.iter().flat_map(|(_, words)| words.keys());
            let groups: Vec<&str> = groups.filter_map(|key| key.rsplit_once('.')).map(|(group, _)| group).collect();
            let what = format!("the words have no group `{group}`: values of `{name}` are printed as in SQL");
            let help = match closest(group, groups) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("add `{group}` with a text for each value to the words of en and zh-CN"),
            };
            problems.push(Problem::warning(what).at(plan.pipeline.place(at)).help(help));
        }
        problems
    }
}

/// The project's own modules that are left out, as a source or a column that they need is not there.
fn left_out(plan: &Plan) -> Vec<Problem> {
    let own = plan.pipeline.modules.iter().filter(|module| {
        shipped::text(&crate::pipeline::module::path(&module.name.value)).is_none()
    });
    let lacks = own.filter_map(|module| Some((module, module.left_out.as_ref()?)));
    let problem = |(module, lack): (&crate::pipeline::Module, &crate::pipeline::module::Lack)| {
        let name = &module.name.value;
        let what = format!("the module `{name}` is left out: {lack}");
        let known = plan.pipeline.sources.iter().map(|source| source.name.value.as_str());
        let help = match lack.root() {
            crate::pipeline::module::Lack::Source(source) => closest(source, known)
                .map(|meant| format!("add the source; or did you mean `{meant}` in {}?", crate::pipeline::module::path(name))),
            crate::pipeline::module::Lack::Column { column, .. } => {
                Some(format!("map `{column}` under the source's `columns`, or write `{column}?` if the module can do without"))
            }
            _ => None,
        };
        let help = help.unwrap_or_else(|| format!("add what is missing, or remove `{name}` under `modules`"));
        Problem::warning(what).at(plan.pipeline.place(&module.name.at)).help(help)
    };
    lacks.map(problem).collect()
}

/// The query of a file that does not ship.
fn own_query(plan: &Plan, path: &Spanned<String>) -> Option<Query> {
    let shipped = shipped::text(&path.value);
    let text = shipped::open(&plan.pipeline.root, &path.value).ok()?;
    if shipped.is_some_and(|shipped| shipped == text) {
        return None;
    }
    let source = plan.nodes.iter().find_map(|node| {
        let step = plan.step(node)?;
        matches!(&step.kind, StepKind::Sql(own) if own.value == path.value)
            .then(|| plan.query_of(&step.name.value))
            .flatten()
    })?;
    Query::parse(source).ok()
}
