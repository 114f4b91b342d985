//! Parameters and settings that are set but never read: the user believes that they have an effect.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::pipeline::module::{self, Module, reference};
use crate::pipeline::{Pipeline, Returns, Value, When};
use crate::problem::{Problem, SourceText, suggestion};
use crate::shipped;

use super::plan::{Plan, Work};
use super::sql::Query;

/// A warning for each parameter of the pipeline that no query, expression, path or step names, and for each such setting of
/// a module of the project's own.
pub(super) fn unread(plan: &Plan) -> Vec<Problem> {
    let pipeline = &plan.pipeline;
    let read = read(plan);
    let known = || read.iter().map(String::as_str).filter(|name| !is_set(pipeline, name));
    let unread = pipeline.params.iter().filter(|param| !read.contains(&param.name.value));
    let mut warnings: Vec<Problem> = unread
        .map(|param| {
            let name = &param.name.value;
            let what = format!("nothing reads the parameter `{name}`: whatever it is changes no figure");
            let help = suggestion(name, known()).filter(|help| help.starts_with("did you mean"));
            let help = help.unwrap_or_else(|| format!("remove it, or write `${name}` where it is meant"));
            Problem::warning(what).at(pipeline.place(&param.name.at)).help(help)
        })
        .collect();
    if pipeline.returns == Returns::Gross && !read.contains("returns") {
        let what = "`returns: gross` changes no figure: no query names `$returns`";
        let help = "write `where $returns = 'net' or amount >= 0` in the query that reads `transactions`";
        warnings.push(Problem::warning(what).help(help));
    }
    warnings.extend(pipeline.modules.iter().flat_map(|module| unread_settings(pipeline, module, &read)));
    warnings
}

/// A warning for each setting of a module of the project's own that nothing reads. Tests hold shipped modules to it.
fn unread_settings(pipeline: &Pipeline, module: &Module, read: &BTreeSet<String>) -> Vec<Problem> {
    let definition = &module.definition;
    if module.left_out.is_some() || shipped::text(&module::path(&definition.name)).is_some() {
        return Vec::new();
    }
    let named = definition.named();
    // Queries of variants that are not chosen; what is wrong with them is told when they are.
    let parsed = |path: &String| {
        let text = shipped::open(&pipeline.root, path).ok()?;
        Query::parse(&Arc::new(SourceText { name: path.clone(), text })).ok()
    };
    let queries: Vec<Query> = named.queries.iter().filter_map(parsed).collect();
    let of_variants: BTreeSet<String> = queries.iter().flat_map(Query::placeholders).collect();
    let is_read = |name: &String| [read, &named.settings, &of_variants].iter().any(|of| of.contains(name));
    let unread = definition.settings.iter().filter(|setting| !is_read(&setting.name));
    unread
        .map(|setting| {
            let name = &setting.name;
            let what = format!(
                "nothing reads the setting `{name}` of the module `{}`: whatever it is changes no figure",
                definition.name
            );
            let help = format!("remove it, or write `${name}` in a query where it is meant");
            Problem::warning(what).at(pipeline.place(&setting.at)).help(help)
        })
        .collect()
}

fn is_set(pipeline: &Pipeline, name: &str) -> bool {
    pipeline.params.iter().any(|param| param.name.value == name)
}

/// All names after a `$`.
fn read(plan: &Plan) -> BTreeSet<String> {
    // What the file says of the report as a whole is filled in when it is read.
    let mut read = plan.pipeline.filled.clone();
    read.extend(
        plan.pipeline.settings.iter().filter_map(|setting| reference(&setting.value)).map(str::to_owned),
    );
    for node in &plan.nodes {
        if let Work::Query(query) | Work::Merged(query) = &node.work {
            read.extend(query.placeholders());
            // The rule of a parameter may depend on another parameter.
            read.extend(query.source.text.lines().filter(|line| line.contains(" must be ")).flat_map(names));
        }
    }
    read.extend(plan.step_checks.iter().flat_map(|check| check.query.placeholders()));
    for source in &plan.pipeline.sources {
        read.extend(names(&source.path.value));
        read.extend(source.only.iter().flat_map(|only| names(&only.sql.value)));
        read.extend(source.columns.iter().flat_map(|column| names(&column.sql.value)));
        read.extend(source.quarantine.iter().flat_map(|rule| match &rule.when {
            When::Sql(sql) => names(&sql.value),
            When::Repeated(_) => Vec::new(),
        }));
    }
    for param in plan.pipeline.steps.iter().flat_map(|step| &step.with) {
        if let Value::Text(text) = &param.value {
            read.extend(names(text));
        }
    }
    read
}

fn names(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let after = text.split('$').skip(1);
    after.map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default().to_owned()).collect()
}
