//! `modules [NAME]`: the modules that a pipeline can switch on, with what each answers and needs.

use std::path::Path;

use crate::cli::Modules;
use crate::console::Console;
use crate::pipeline::module::{self, Definition, NeededColumn, NeededSource};
use crate::problem::{Failure, FailureKind, Problem, suggestion};

pub(super) fn modules(args: &Modules, console: &Console) -> Result<(), Failure> {
    let names = module::names(&args.project);
    if let Some(name) = &args.name {
        if !names.contains(name) {
            let help = suggestion(name, names.iter().map(String::as_str));
            return Err(Failure::configuration(
                Problem::new(format!("there is no module `{name}`")).help_if(help),
            ));
        }
        for line in whole(&read(&args.project, name)?) {
            console.print(&line);
        }
        return Ok(());
    }
    let widest = names.iter().map(String::len).max().unwrap_or_default();
    for name in &names {
        let definition = read(&args.project, name)?;
        console.print(&format!("{name:widest$}  {}", definition.answers));
        for line in needs(&definition) {
            console.print(&format!("{:widest$}  {line}", ""));
        }
    }
    Ok(())
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

/// The description of one module.
fn whole(definition: &Definition) -> Vec<String> {
    let mut lines = vec![definition.answers.clone()];
    lines.extend(needs(definition));
    let sections: Vec<&str> =
        definition.sections.iter().chain(&definition.closing).map(|section| section.value.as_str()).collect();
    if !sections.is_empty() {
        lines.push(format!("its sections: {}", sections.join(", ")));
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
