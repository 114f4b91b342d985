//! `modules [NAME]`: the modules that a pipeline can switch on, with what each answers and needs. A module that only adds to
//! another one stands below that.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::Modules;
use crate::console::Console;
use crate::pipeline::module::{self, Definition, NeededColumn, NeededSource};
use crate::problem::{Failure, FailureKind, Problem, suggestion};

/// By how much a module is set in below the one that it adds to.
const SET_IN: &str = "  ";

pub(super) fn modules(args: &Modules, console: &Console) -> Result<(), Failure> {
    let names = module::names(&args.project);
    if let Some(name) = &args.name {
        if !names.contains(name) {
            let help = suggestion(name, names.iter().map(String::as_str));
            return Err(Failure::configuration(
                Problem::new(format!("there is no module `{name}`")).help_if(help),
            ));
        }
        let definition = read(&args.project, name)?;
        // A mistake in another module does not concern this one.
        let all: Vec<Definition> =
            names.iter().filter_map(|name| module::read(&args.project, name).ok()).collect();
        let added: Vec<&Definition> =
            all.iter().filter(|other| adds_to(other, &names) == Some(name.as_str())).collect();
        for line in whole(&definition, &added) {
            console.print(&line);
        }
        return Ok(());
    }
    let mut all = Vec::new();
    for name in &names {
        all.push(read(&args.project, name)?);
    }
    for line in listed(&all, &names) {
        console.print(&line);
    }
    Ok(())
}

/// All modules, those that add to another one below it.
fn listed(all: &[Definition], names: &[String]) -> Vec<String> {
    let mut below: BTreeMap<Option<&str>, Vec<&Definition>> = BTreeMap::new();
    for definition in all {
        below.entry(adds_to(definition, names)).or_default().push(definition);
    }
    let widest = all.iter().map(|definition| definition.name.len()).max().unwrap_or_default() + SET_IN.len();
    let mut lines = Vec::new();
    // From the last to the first, so that the first is taken next.
    let mut waiting: Vec<(usize, &Definition)> =
        below.remove(&None).into_iter().flatten().rev().map(|definition| (0, definition)).collect();
    while let Some((depth, definition)) = waiting.pop() {
        let name = format!("{}{}", SET_IN.repeat(depth), definition.name);
        lines.push(format!("{name:widest$}  {}", definition.answers));
        lines.extend(needs(definition).iter().map(|line| format!("{:widest$}  {line}", "")));
        let inner = below.remove(&Some(definition.name.as_str()));
        waiting.extend(inner.into_iter().flatten().rev().map(|inner| (depth + 1, inner)));
    }
    lines
}

/// The module that another one only adds to: it needs it, has its name in front, and no section of its own.
fn adds_to<'d>(definition: &'d Definition, names: &[String]) -> Option<&'d str> {
    if !definition.sections.is_empty() || !definition.closing.is_empty() {
        return None;
    }
    let is_in_front = |needed: &&String| {
        definition.name.strip_prefix(needed.as_str()).is_some_and(|rest| rest.starts_with('_'))
    };
    let needed = definition.needs.iter().filter(is_in_front).filter(|needed| names.contains(needed));
    needed.max_by_key(|needed| needed.len()).map(String::as_str)
}

fn read(project: &Path, name: &str) -> Result<Definition, Failure> {
    module::read(project, name).map_err(|problems| Failure { kind: FailureKind::Configuration, problems })
}

/// What a module needs, a line for modules and one a source.
fn needs(definition: &Definition) -> Vec<String> {
    let modules =
        (!definition.needs.is_empty()).then(|| format!("needs the modules {}", definition.needs.join(", ")));
    let column = |column: &NeededColumn| match (column.kind, column.optional) {
        (None, false) => column.name.clone(),
        (None, true) => format!("{} (may be absent)", column.name),
        (Some(kind), false) => format!("{} ({})", column.name, kind.key()),
        (Some(kind), true) => format!("{} ({}, may be absent)", column.name, kind.key()),
    };
    let source = |NeededSource { name, columns, .. }: &NeededSource| {
        let columns: Vec<String> = columns.iter().map(column).collect();
        if columns.is_empty() {
            format!("reads the source {name}")
        } else {
            format!("reads the source {name}: {}", columns.join(", "))
        }
    };
    modules.into_iter().chain(definition.sources.iter().map(source)).collect()
}

/// The description of one module. `added` are those that only add to it.
fn whole(definition: &Definition, added: &[&Definition]) -> Vec<String> {
    let mut lines = vec![definition.answers.clone()];
    lines.extend(needs(definition));
    let by_day = definition.sources.iter().filter_map(|source| Some((&source.name, source.by_day.as_ref()?)));
    lines.extend(by_day.map(|(source, day)| format!("the day of a row of {source} is {day}")));
    let sections: Vec<&str> =
        definition.sections.iter().chain(&definition.closing).map(|section| section.value.as_str()).collect();
    if !sections.is_empty() {
        lines.push(format!("its sections: {}", sections.join(", ")));
    }
    lines.extend(module::page(&definition.name).map(|page| format!("its page of the manual: {page}")));
    for (heading, of) in [
        ("its steps:", definition.described_steps()),
        (
            "what adds to it:",
            added.iter().map(|added| format!("{}: {}", added.name, added.answers)).collect(),
        ),
    ] {
        if !of.is_empty() {
            lines.extend([String::new(), heading.to_owned()]);
        }
        lines.extend(of.into_iter().map(|line| format!("{SET_IN}{line}")));
    }
    lines.push(String::new());
    lines.push("modules:".to_owned());
    lines.push(format!("  {}:", definition.name));
    for setting in &definition.settings {
        lines.push(format!("    # {} ({})", setting.means, setting.wanted()));
        lines.push(format!("    {}: {}", setting.name, setting.default));
    }
    lines
}
