//! The manual's lists of tables are those that are declared.

use std::fs;

use regulars::pipeline::declared::shipped;
use regulars::tables::{kinds, reference};

use crate::support::repository;

/// Set it to write the lists anew: `REGULARS_WRITE_DOCS=1 cargo test --test all docs_are_current`.
const WRITE: &str = "REGULARS_WRITE_DOCS";

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end -->";

/// The text with each generated part made anew, and the names of these parts.
fn made_anew(text: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once(BEGIN) {
        let (name, after) = marked.split_once(" -->\n").expect("a name");
        let (_, after) = after.split_once(END).expect("an end");
        out.push_str(before);
        let groups = &shipped().groups;
        let list = match name {
            "kinds" => kinds(),
            name => {
                let group = groups.iter().find(|group| group.name == name);
                reference(&group.unwrap_or_else(|| panic!("no tables of {name}")).tables)
            }
        };
        out.push_str(&format!("{BEGIN}{name} -->\n\n{}\n\n{END}", list.trim_end()));
        names.push(name.to_owned());
        rest = after;
    }
    out.push_str(rest);
    (out, names)
}

#[test]
fn docs_are_current() {
    let path = repository().join("docs/tables.md");
    let found = fs::read_to_string(&path).unwrap();
    let (wanted, names) = made_anew(&found);
    let mut all = vec!["kinds"];
    all.extend(shipped().groups.iter().map(|group| group.name.as_str()));
    assert_eq!(names, all, "each file of declared tables has a list in docs/tables.md");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &wanted).unwrap();
    } else {
        assert!(found == wanted, "docs/tables.md is not as declared; {WRITE}=1 writes it anew");
    }
}
