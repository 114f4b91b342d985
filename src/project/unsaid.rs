//! What the page would print as it stands in SQL, or leave out, because a text or a word of it is missing: of the project's own
//! tables, figures, findings and sentences.

use crate::engine::Plan;
use crate::engine::sql::Query;
use crate::pipeline::module::{self, Lack, Module};
use crate::pipeline::{Spanned, Step, StepKind};
use crate::problem::{Problem, closest, suggestion};
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
        problems.extend(unnamed_needs(plan));
        for step in &plan.pipeline.steps {
            let StepKind::Sql(path) = &step.kind else { continue };
            // What ships is complete.
            let Some(query) = own_query(plan, path) else { continue };
            let lacks = |key: &str| self.words.iter().any(|(_, words)| !words.contains_key(key));
            let into = step.into.as_ref().map(|into| into.value.as_str());
            let texts = |column: &str| query.texts_of(column);
            if into == Some("all_figures") {
                for (name, place) in
                    texts("figure").into_iter().filter(|(name, _)| lacks(&format!("figures.{name}")))
                {
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
            let tables: Vec<String> = plan.pipeline.steps.iter().flat_map(Step::outputs).collect();
            let sources = plan.pipeline.sources.iter().map(|source| source.name.value.clone());
            let known: Vec<String> = tables.into_iter().chain(sources).collect();
            for (name, place) in texts("step").into_iter().filter(|(name, _)| !known.contains(name)) {
                let what = format!("there is no step `{name}`: the figures of this sentence lead nowhere");
                let help = suggestion(&name, known.iter().map(String::as_str));
                problems.push(Problem::warning(what).at(place).help_if(help));
            }
            for (name, place) in
                texts("place").into_iter().filter(|(name, _)| !PLACES.contains(&name.as_str()))
            {
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
        let all = plan
            .pipeline
            .declared
            .iter()
            .flat_map(|(table, declared)| declared.columns.iter().map(move |column| (table, column)));
        for (table, column) in all.filter(|(_, column)| column.kind == ColumnKind::Word) {
            let Some(at) = &column.at else { continue };
            let name = &column.name;
            let Some(group) = &column.words else {
                let what = format!(
                    "`{name}` of the table `{table}` is a word, and no texts are named for its values"
                );
                let help = format!(
                    "add `words: {table}.{name}`, a group of the words files with a text for each value"
                );
                problems.push(Problem::warning(what).at(plan.pipeline.place(at)).help(help));
                continue;
            };
            let start = format!("{}.", group.split(".*").next().unwrap_or(group));
            if self.words.iter().any(|(_, words)| words.keys().any(|key| key.starts_with(&start))) {
                problems.extend(self.choices_without_words(plan, table, name, group));
                continue;
            }
            let groups = self.words.iter().flat_map(|(_, words)| words.keys());
            let groups: Vec<&str> =
                groups.filter_map(|key| key.rsplit_once('.')).map(|(group, _)| group).collect();
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

impl Theme {
    /// The values that a table's query chooses among, without a text in their group.
    fn choices_without_words(&self, plan: &Plan, table: &str, column: &str, group: &str) -> Vec<Problem> {
        let query = plan.query_of(table).and_then(|source| Query::parse(source).ok());
        let choices = query.map(|query| query.choices_of(column)).unwrap_or_default();
        let key = |value: &str| match group.split_once(".*") {
            Some((before, behind)) => format!("{before}.{value}{behind}"),
            None => format!("{group}.{value}"),
        };
        let lacks = |value: &str| self.words.iter().any(|(_, words)| !words.contains_key(&key(value)));
        let lacking = choices.into_iter().filter(|(value, _)| lacks(value));
        lacking
            .map(|(value, place)| {
                let what =
                    format!("the value `{value}` of `{column}` has no text: the page prints it as it is");
                Problem::warning(what)
                    .at(place)
                    .help(format!("add `{}` to the words of en and zh-CN", key(&value)))
            })
            .collect()
    }
}

/// What a module needs, and what that needs.
fn needs<'a>(module: &'a Module, modules: &'a [Module]) -> Vec<&'a str> {
    let mut all: Vec<&str> = module.definition.needs.iter().map(String::as_str).collect();
    let mut next = 0;
    while let Some(name) = all.get(next).copied() {
        let found = modules.iter().find(|module| module.name.value == name);
        for more in found.iter().flat_map(|module| &module.definition.needs) {
            if !all.contains(&more.as_str()) {
                all.push(more);
            }
        }
        next += 1;
    }
    all
}

/// Tables of other modules that a module of the project reads, and does not name under `needs`.
fn unnamed_needs(plan: &Plan) -> Vec<Problem> {
    let modules = &plan.pipeline.modules;
    let owner = |table: &str| modules.iter().find(|module| module.definition.has_step(table));
    let mut problems: Vec<Problem> = Vec::new();
    for node in &plan.nodes {
        let Some(step) = plan.step(node) else { continue };
        // A table that gathers reads those of all modules.
        let StepKind::Sql(_) = step.kind else { continue };
        let Some(reader) = owner(&step.name.value) else { continue };
        if shipped::text(&module::path(&reader.name.value)).is_some() {
            continue;
        }
        let known = needs(reader, modules);
        for (_, table) in &node.inputs {
            let Some(of) = owner(table).map(|of| of.name.value.as_str()) else { continue };
            if of == reader.name.value || known.contains(&of) {
                continue;
            }
            let name = &reader.name.value;
            let what = format!(
                "the module `{name}` reads the table `{table}` of the module `{of}`, and does not name that"
            );
            let help = format!("write `needs: [{of}]` in {}", module::path(name));
            let problem = Problem::warning(what).at(plan.pipeline.place(&reader.name.at)).help(help);
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    problems
}

/// The project's own modules that are left out, as a source or a column that they need is not there.
fn left_out(plan: &Plan) -> Vec<Problem> {
    let own =
        plan.pipeline.modules.iter().filter(|own| shipped::text(&module::path(&own.name.value)).is_none());
    let lacks = own.filter_map(|own| Some((own, own.left_out.as_ref()?)));
    let problem = |(own, lack): (&Module, &Lack)| {
        let name = &own.name.value;
        let what = format!("the module `{name}` is left out: {lack}");
        let known = plan.pipeline.sources.iter().map(|source| source.name.value.as_str());
        let help = match lack.root() {
            Lack::Source(source) => closest(source, known)
                .map(|meant| format!("add the source; or did you mean `{meant}` in {}?", module::path(name))),
            Lack::Column { column, .. } => Some(format!(
                "map `{column}` under the source's `columns`, or write `{column}?` if the module can do without"
            )),
            _ => None,
        };
        let help = help.unwrap_or_else(|| format!("add what is missing, or remove `{name}` under `modules`"));
        Problem::warning(what).at(plan.pipeline.place(&own.name.at)).help(help)
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
