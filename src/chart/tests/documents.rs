//! The pictures in the documents are those that the program draws today.

use std::path::PathBuf;

use super::super::sample::documented;

/// If this variable is set, the pictures are written anew: `REGULARS_DRAW_DOCS=1 cargo test documents`.
const WRITE: &str = "REGULARS_DRAW_DOCS";

/// A picture as a file of its own, on white: it takes no text colour from a page.
fn file(svg: &str) -> String {
    let (before, rest) = svg.split_once("class=\"chart").expect("a class");
    let (_, after) = rest.split_once('"').expect("its end");
    format!("{before}style=\"background:#fff;color:#222\"{after}")
}

#[test]
fn the_pictures_of_the_documents_are_current() {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = std::fs::read_to_string(docs.join("charts.md")).unwrap_or_default();
    let mut stale = vec![];
    for (name, picture) in documented() {
        let svg = file(&picture.unwrap_or_else(|error| panic!("{name}: {error}")));
        let path = docs.join("charts").join(format!("{name}.svg"));
        if std::env::var_os(WRITE).is_some() {
            std::fs::create_dir_all(docs.join("charts")).expect("a folder");
            std::fs::write(&path, &svg).expect("a file");
        } else if std::fs::read_to_string(&path).ok() != Some(svg) {
            stale.push(name);
        }
        assert!(page.contains(&format!("(charts/{name}.svg)")), "docs/charts.md does not show {name}");
        assert!(page.contains(&format!("## `{name}`")), "docs/charts.md has no part on {name}");
    }
    assert!(stale.is_empty(), "docs/charts/ is not current: {stale:?}; write it anew with {WRITE}=1");
}

#[test]
fn every_kind_is_in_the_documents() {
    let kinds = include_str!("../mod.rs");
    let kinds: Vec<&str> =
        kinds.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let mut documented: Vec<&str> = documented().into_iter().map(|(name, _)| name).collect();
    documented.sort_unstable();
    assert_eq!(documented, kinds);
}
