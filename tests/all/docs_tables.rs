//! The manual's lists of tables and settings are those that are declared.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use regulars::pipeline::declared::shipped;
use regulars::pipeline::module;
use regulars::report::export;
use regulars::tables::{kinds, reference};

use crate::support::repository;

/// Set it to write the lists anew: `REGULARS_WRITE_DOCS=1 cargo test --test all docs_are_current`.
const WRITE: &str = "REGULARS_WRITE_DOCS";

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end -->";

/// The list of a name: `kinds`, `formats`, the tables of a module, or `settings of` a module.
fn list(name: &str) -> String {
    match name {
        "kinds" => return kinds(),
        "formats" => return export::reference(),
        _ => {}
    }
    if let Some(module) = name.strip_prefix("settings of ") {
        let definition = module::read(repository(), module).unwrap_or_else(|_| panic!("no module {module}"));
        return definition.settings_for_the_manual();
    }
    let group = shipped().groups.iter().find(|group| group.name == name);
    reference(&group.unwrap_or_else(|| panic!("no tables of {name}")).tables)
}

/// The text with each generated part made anew, and the names of these parts.
fn made_anew(text: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once(BEGIN) {
        let (name, after) = marked.split_once(" -->\n").expect("a name");
        let (_, after) = after.split_once(END).expect("an end");
        out.push_str(before);
        out.push_str(&format!("{BEGIN}{name} -->\n\n{}\n\n{END}", list(name).trim_end()));
        names.push(name.to_owned());
        rest = after;
    }
    out.push_str(rest);
    (out, names)
}

/// The pages with lists: those of the core in one, those of further modules each in a page of its own, and the pipeline's.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![repository().join("docs/tables.md"), repository().join("docs/pipeline.md")];
    let entries = fs::read_dir(repository().join("docs/modules")).unwrap().flatten();
    pages.extend(
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "md")),
    );
    pages.sort();
    pages
}

#[test]
fn docs_are_current() {
    let mut listed = BTreeSet::new();
    for path in pages() {
        let found = fs::read_to_string(&path).unwrap();
        let (wanted, names) = made_anew(&found);
        for name in names {
            assert!(listed.insert(name.clone()), "{name} is listed twice");
        }
        if std::env::var_os(WRITE).is_some() {
            fs::write(&path, &wanted).unwrap();
        } else {
            assert!(found == wanted, "{} is not as declared; {WRITE}=1 writes it anew", path.display());
        }
    }
    let mut all = BTreeSet::from(["kinds", "formats"].map(str::to_owned));
    all.extend(shipped().groups.iter().map(|group| group.name.clone()));
    all.extend(module::names(repository()).iter().map(|name| format!("settings of {name}")));
    let missing: Vec<&String> = all.difference(&listed).collect();
    assert!(missing.is_empty(), "no page lists {missing:?}");
}
