//! Rewrites a pipeline: the steps, parameters and sections that modules bring go, and the modules come.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::steps::{PARAMS, Switches, Written};
use super::text::{edited, in_braces, inline, lines_of, same};
use super::{Files, Rewritten};
use crate::pipeline::SECTIONS;
use crate::pipeline::module::Definition;
use crate::pipeline::yaml::{self, Key, Node, NodeKind};
use crate::problem::{Failure, FailureKind, Place, Problem, SourceText, counted};
use crate::shipped;
use crate::shipped::earlier::{Copied, was_copied};

/// The top of a map: its entries.
type Entries = [(Key, Node)];

/// What a pipeline becomes; none where it has no step that a module brings.
///
/// # Errors
/// Where it is no YAML, or is written in a way that cannot be rewritten safely.
pub(super) fn rewritten(
    source: &Arc<SourceText>,
    modules: &[Definition],
    files: &mut Files,
) -> Result<Option<Rewritten>, Failure> {
    let tree =
        yaml::parse(source).map_err(|problems| Failure { kind: FailureKind::Configuration, problems })?;
    let NodeKind::Map(top) = &tree.kind else { return Ok(None) };
    let Some((steps_key, steps)) = find(top, "steps") else { return Ok(None) };
    let entries = of_map(steps);
    let params: BTreeMap<String, NodeKind> = find(top, "params")
        .map(|(_, node)| of_map(node))
        .unwrap_or_default()
        .iter()
        .map(|(key, node)| (key.name.clone(), node.kind.clone()))
        .collect();

    let written: Vec<Written<'_>> =
        entries.iter().filter_map(|(key, node)| Written::read(key, node)).collect();
    let known = |step: &&Written<'_>| {
        step.query
            .as_ref()
            .is_none_or(|path| files.has(path) || was_copied(path) || shipped::text(path).is_some())
    };
    let replaced: Vec<_> = written
        .iter()
        .filter(known)
        .filter_map(|step| step.successor(modules).map(|(definition, variant)| (step, definition, variant)))
        .collect();
    if replaced.is_empty() {
        files.used.extend(written.iter().filter_map(|step| step.query.clone()));
        return Ok(None);
    }

    let mut switches = Switches::default();
    for (_, definition, _) in &replaced {
        switches.on(&definition.name, modules);
    }
    for (name, value) in &params {
        switches.set(name, value, PARAMS, modules);
    }
    for (step, definition, variant) in &replaced {
        switches.take(step, (definition, variant), &params, modules);
    }

    let mut gone: BTreeSet<&str> = replaced.iter().map(|(step, ..)| step.name).collect();
    gone.extend(superseded(&written, &gone, top, files));
    let settled: BTreeSet<&str> =
        params.keys().map(String::as_str).filter(|name| switches.setting(name, modules).is_some()).collect();

    let mut notes = vec![format!("{} that modules bring: taken out", counted(gone.len() as u64, "step"))];
    for (step, _, variant) in &replaced {
        let (Some(from), Some(to)) = (&step.query, &variant.query) else { continue };
        if files.kind(from) != Some(Copied::Unchanged) && files.has(from) {
            files.keep_as(from, to);
            if from != to {
                notes.push(format!(
                    "the query of `{}` is your own: {from} is {to} now, in place of the shipped one",
                    step.name
                ));
            }
        }
    }
    for step in written.iter().filter(|step| !gone.contains(step.name)) {
        files.used.extend(step.query.clone());
        let brought = switches.settings.keys().find(|name| {
            let definition = modules.iter().find(|definition| definition.name == **name);
            definition.is_some_and(|of| of.variants().iter().any(|variant| variant.name == step.name))
        });
        if let Some(module) = brought {
            notes.push(format!(
                "the step `{}` has the name of a step of the module `{module}`: rename it",
                step.name
            ));
        }
    }

    let mut edits = Vec::new();
    edits.push(take_out(source, steps_key, steps, &gone)?);
    if let Some((key, node)) = find(top, "params")
        && !settled.is_empty()
    {
        edits.push(take_out(source, key, node, &settled)?);
        let names: Vec<String> = settled.iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!("{} of `params`: settings of modules now", names.join(", ")));
    }
    notes.extend(sections(source, top, &switches, modules, &mut edits)?);
    notes.extend(switches.lost.iter().map(|lost| format!("not taken over: {lost}")));
    let block = block(&switches, top);
    notes.push(format!("modules: {}", block.said.join(", ")));

    let flat: Vec<(Range<usize>, String)> = edits.into_iter().flatten().collect();
    let mut text = edited(&source.text, flat);
    if find(top, "modules").is_none() {
        text = format!("{}\n\n{}", text.trim_end(), block.text);
    }
    if source.text.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    is_sound(source, top, &text, &gone, &settled)?;
    Ok(Some(Rewritten { path: source.name.clone(), text, notes }))
}

fn find<'a>(top: &'a Entries, name: &str) -> Option<(&'a Key, &'a Node)> {
    top.iter().find(|(key, _)| key.name == name).map(|(key, node)| (key, node))
}

fn of_map(node: &Node) -> &Entries {
    match &node.kind {
        NodeKind::Map(entries) => entries,
        _ => &[],
    }
}

/// Steps that only fed those that are gone: their query is as an earlier version wrote it, ships no more, and nothing that
/// stays reads the table.
fn superseded<'a>(
    written: &[Written<'a>],
    gone: &BTreeSet<&str>,
    top: &Entries,
    files: &Files,
) -> Vec<&'a str> {
    let old = |step: &&Written<'a>| {
        let path = step.query.as_deref().unwrap_or_default();
        let unchanged = files.kind(path) == Some(Copied::Unchanged) || !files.has(path);
        !gone.contains(step.name) && was_copied(path) && unchanged && shipped::text(path).is_none()
    };
    let old: Vec<&Written<'a>> = written.iter().filter(old).collect();
    let is_old = |step: &Written<'a>| old.iter().any(|other| other.name == step.name);
    let stays = written.iter().filter(|step| !gone.contains(step.name) && !is_old(step));
    let texts: Vec<String> = stays
        .filter_map(|step| files.text(step.query.as_deref()?).map(str::to_owned))
        .chain(find(top, "report").map(|(_, report)| inline(&report.kind)))
        .collect();
    let is_read = |name: &str| {
        let words = |text: &String| {
            text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|word| word.eq_ignore_ascii_case(name))
        };
        texts.iter().any(words)
    };
    old.iter().map(|step| step.name).filter(|name| !is_read(name)).collect()
}

/// The edits that take entries out of a map; the map itself where none is left.
fn take_out(
    source: &Arc<SourceText>,
    key: &Key,
    map: &Node,
    names: &BTreeSet<&str>,
) -> Result<Vec<(Range<usize>, String)>, Failure> {
    let unsafe_ = || unsafe_to(source, key);
    let whole = lines_of(&source.text, key).ok_or_else(unsafe_)?;
    let entries = of_map(map);
    let stay: Vec<&(Key, Node)> =
        entries.iter().filter(|(key, _)| !names.contains(key.name.as_str())).collect();
    if stay.is_empty() {
        return Ok(vec![(whole, String::new())]);
    }
    if in_braces(&source.text, map) {
        let stay = stay.iter().map(|(key, node)| (key.clone(), node.clone())).collect();
        return Ok(vec![(whole, format!("{}: {}\n", key.name, inline(&NodeKind::Map(stay))))]);
    }
    let out = entries.iter().filter(|(key, _)| names.contains(key.name.as_str()));
    out.map(|(key, _)| Ok((lines_of(&source.text, key).ok_or_else(unsafe_)?, String::new()))).collect()
}

/// Lets the modules say which sections the page has, if the list is theirs and in their order. Says what it did.
fn sections(
    source: &Arc<SourceText>,
    top: &Entries,
    switches: &Switches,
    modules: &[Definition],
    edits: &mut Vec<Vec<(Range<usize>, String)>>,
) -> Result<Vec<String>, Failure> {
    let Some((report_key, report)) = find(top, "report") else {
        return Ok(vec!["it had no `report`: with modules it has a page".to_owned()]);
    };
    let Some((key, node)) = find(of_map(report), "sections") else { return Ok(Vec::new()) };
    let NodeKind::List(items) = &node.kind else { return Ok(Vec::new()) };
    let brought = usual_sections(switches, top, modules);
    let names: Vec<Option<&str>> = items
        .iter()
        .map(|item| match &item.kind {
            NodeKind::Text(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let shipped: Vec<&str> =
        names.iter().flatten().copied().filter(|name| brought.iter().any(|other| other == name)).collect();
    let usual: Vec<&str> = brought.iter().map(String::as_str).filter(|name| shipped.contains(name)).collect();
    let unlisted: Vec<&str> =
        brought.iter().map(String::as_str).filter(|name| !shipped.contains(name)).collect();
    let left_out = unlisted.iter().any(|name| SECTIONS.contains(name));
    // Those at the end of the page stay there, whatever comes before them.
    let is_closing =
        |name: &str| modules.iter().flat_map(|of| &of.closing).any(|closing| closing.value == name);
    let last = names.iter().rev().take_while(|name| name.is_some_and(is_closing)).count();
    let (body, _) = names.split_at(names.len() - last);
    let of_module = |name: Option<&str>| name.is_some_and(|name| shipped.contains(&name));
    let first = body.iter().position(|name| of_module(*name));
    let run = body.iter().skip_while(|name| !of_module(**name)).take_while(|name| of_module(**name)).count();
    if left_out || shipped != usual || run != body.iter().filter(|name| of_module(**name)).count() {
        if unlisted.is_empty() {
            return Ok(Vec::new());
        }
        return Ok(vec![format!(
            "`sections` stays as it is; the modules have further ones, which you can add: {}",
            unlisted.join(", ")
        )]);
    }
    let all = shipped.len() == items.len();
    let mut kept: Vec<Node> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let of_module = of_module(names.get(at).copied().flatten());
        if Some(at) == first {
            kept.push(Node { at: item.at.clone(), kind: NodeKind::Text("modules".to_owned()) });
        } else if !of_module {
            kept.push(item.clone());
        }
    }
    edits.push(if all {
        take_out(source, report_key, report, &BTreeSet::from(["sections"]))?
    } else {
        vec![relist(source, (report_key, report), key, &kept)?]
    });
    let said = if all {
        "`sections` had all that the modules bring, in their order: taken out"
    } else {
        "in `sections` the word `modules` stands for all that they bring"
    };
    Ok(vec![said.to_owned()])
}

/// The edit that gives a report another list of sections.
fn relist(
    source: &Arc<SourceText>,
    (report_key, report): (&Key, &Node),
    key: &Key,
    items: &[Node],
) -> Result<(Range<usize>, String), Failure> {
    if in_braces(&source.text, report) {
        let mut entries = of_map(report).to_vec();
        for (_, list) in entries.iter_mut().filter(|(key, _)| key.name == "sections") {
            list.kind = NodeKind::List(items.to_vec());
        }
        let whole = lines_of(&source.text, report_key).ok_or_else(|| unsafe_to(source, report_key))?;
        return Ok((whole, format!("report: {}\n", inline(&NodeKind::Map(entries)))));
    }
    let range = lines_of(&source.text, key).ok_or_else(|| unsafe_to(source, key))?;
    let lines = source.text.get(..key.at.start).unwrap_or_default();
    let indent = " ".repeat(lines.len() - lines.rfind('\n').map_or(0, |at| at + 1));
    let items: Vec<String> =
        items.iter().map(|item| format!("{indent}  - {}\n", inline(&item.kind))).collect();
    Ok((range, format!("{indent}sections:\n{}", items.concat())))
}

/// The sections of modules, in the order in which they will stand.
fn usual_sections(switches: &Switches, top: &Entries, modules: &[Definition]) -> Vec<String> {
    let names = ordered(switches, top);
    let definitions = || names.iter().filter_map(|name| modules.iter().find(|of| of.name == *name));
    let sections = definitions().flat_map(|of| &of.sections).chain(definitions().flat_map(|of| &of.closing));
    sections.map(|section| section.value.clone()).collect()
}

/// The modules in the order of the shipped pipeline, others behind them.
fn ordered(switches: &Switches, top: &Entries) -> Vec<String> {
    let mut names: Vec<String> = switches.settings.keys().cloned().collect();
    let there = find(top, "modules").map(|(_, node)| of_map(node)).unwrap_or_default();
    names.retain(|name| !there.iter().any(|(key, _)| key.name == *name));
    let usual = usual_order();
    names.sort_by_key(|name| usual.iter().position(|usual| usual == name).unwrap_or(usize::MAX));
    names
}

fn usual_order() -> Vec<String> {
    let text = shipped::text(crate::project::DEMO).unwrap_or_default().to_owned();
    let source = Arc::new(SourceText { name: crate::project::DEMO.to_owned(), text });
    let Ok(tree) = yaml::parse(&source) else { return Vec::new() };
    let modules = find(of_map(&tree), "modules").map(|(_, node)| of_map(node)).unwrap_or_default();
    modules.iter().map(|(key, _)| key.name.clone()).collect()
}

/// The text of `modules`, and what is said of it.
struct Block {
    text: String,
    said: Vec<String>,
}

fn block(switches: &Switches, top: &Entries) -> Block {
    let names = ordered(switches, top);
    let mut text = String::from(
        "# What ships, with settings that differ from the usual ones. `regulars modules` lists all; `regulars modules churn` tells of one.\nmodules:\n",
    );
    let mut said = Vec::new();
    for name in names {
        let settings = switches.settings.get(&name).into_iter().flatten();
        let settings: Vec<String> = settings.map(|(setting, value)| format!("{setting}: {value}")).collect();
        let values =
            if settings.is_empty() { String::new() } else { format!(" {{ {} }}", settings.join(", ")) };
        text.push_str(&format!("  {name}:{values}\n"));
        said.push(format!("{name}{values}"));
    }
    Block { text, said }
}

/// Whether the new text says the same as the old one of all that stays.
fn is_sound(
    source: &Arc<SourceText>,
    top: &Entries,
    text: &str,
    gone: &BTreeSet<&str>,
    settled: &BTreeSet<&str>,
) -> Result<(), Failure> {
    let new = Arc::new(SourceText { name: source.name.clone(), text: text.to_owned() });
    let new = yaml::parse(&new).map_err(|_| unsafe_at_all(source))?;
    let left = |name: &str, out: &BTreeSet<&str>| -> Vec<(Key, Node)> {
        let entries = find(top, name).map(|(_, node)| of_map(node)).unwrap_or_default();
        entries.iter().filter(|(key, _)| !out.contains(key.name.as_str())).cloned().collect()
    };
    for (key, node) in top {
        let kept = match key.name.as_str() {
            "steps" => NodeKind::Map(left("steps", gone)),
            "params" => NodeKind::Map(left("params", settled)),
            // Which sections it names has changed.
            "report" => continue,
            _ => node.kind.clone(),
        };
        let empty = matches!(&kept, NodeKind::Map(entries) if entries.is_empty());
        let is_same = match find(of_map(&new), &key.name) {
            Some((_, found)) => same(&found.kind, &kept),
            None => empty,
        };
        if !is_same {
            return Err(unsafe_to(source, key));
        }
    }
    Ok(())
}

fn unsafe_to(source: &Arc<SourceText>, key: &Key) -> Failure {
    let what = format!("`{}` is written in a way that cannot be changed safely", key.name);
    let problem = Problem::new(what).at(Place::new(source, key.at.clone()));
    Failure::configuration(problem.help("write each of its keys in a line of its own; nothing was written"))
}

fn unsafe_at_all(source: &Arc<SourceText>) -> Failure {
    let what = format!("{} cannot be rewritten safely", source.name);
    let help =
        "switch the modules on by hand, as pipelines/demo.yaml of a new project does; nothing was written";
    Failure::configuration(Problem::new(what).help(help))
}
