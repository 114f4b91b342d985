//! The manual's links lead somewhere, and its map of the code names what there is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::repository;

/// The pages: those at the top of the repository, and all below `docs/`.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["", "docs", "docs/modules"] {
        let entries = fs::read_dir(repository().join(folder)).unwrap().flatten();
        let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md");
        pages.extend(entries.map(|entry| entry.path()).filter(is_page));
    }
    pages.sort();
    pages
}

/// A page without its fenced blocks.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// The anchors that a page has: its headings in small letters, with hyphens for blanks and without other signs.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().chars();
        let kept = kept.filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// What is wrong with the links of a page.
fn broken(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let mut broken = Vec::new();
    for link in prose(&text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        if link.contains("://") {
            continue;
        }
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let file = if file.is_empty() { page.to_path_buf() } else { page.parent().unwrap().join(file) };
        let leads =
            anchor.is_empty() || fs::read_to_string(&file).is_ok_and(|text| anchors(&text).contains(&anchor.to_owned()));
        if !file.exists() || !leads {
            broken.push(format!("{}: {link}", page.display()));
        }
    }
    broken
}

#[test]
fn links_lead_somewhere() {
    let broken: Vec<String> = pages().iter().flat_map(|page| broken(page)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The paths of the trees of a chapter: a line is a name, with those below it two blanks to the right.
fn tree(chapter: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for block in chapter.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let mut above: Vec<&str> = Vec::new();
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            above.truncate((line.len() - line.trim_start().len()) / 2);
            above.push(line.split_whitespace().next().unwrap());
            paths.push(above.concat());
        }
    }
    paths
}

#[test]
fn the_map_of_the_code_is_true() {
    let page = fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let (_, map) = page.split_once("## Code map").unwrap();
    let (map, _) = map.split_once("\n## ").unwrap();
    let mut paths = tree(map);
    assert!(paths.len() > 100, "{paths:?}");
    let table = page.split_once("## Where a change goes").unwrap().1;
    let spans = table.split('`').skip(1).step_by(2);
    paths.extend(spans.filter(|span| span.contains('/')).map(str::to_owned));
    let wrong = |path: &String| {
        let found = repository().join(path);
        if path.ends_with('/') { !found.is_dir() } else { !found.is_file() }
    };
    let missing: Vec<String> = paths.into_iter().filter(wrong).collect();
    assert!(missing.is_empty(), "no such files: {missing:#?}");
}

/// A folder that is listed alone stands for what is below it. Where the map lists a folder's files, it lists its folders too.
#[test]
fn the_map_of_the_code_leaves_no_folder_out() {
    let page = fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let listed = tree(page.split_once("## Code map").unwrap().1);
    let mut folders = vec![PathBuf::from("src")];
    let mut unlisted = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(repository().join(&folder)).unwrap().flatten() {
            let path = folder.join(entry.file_name());
            let name = path.display().to_string();
            if entry.path().is_dir() && !name.ends_with("/tests") {
                let whole = format!("{name}/");
                if listed.iter().any(|line| line.len() > whole.len() && line.starts_with(&whole)) {
                    folders.push(path);
                } else if !listed.contains(&whole) {
                    unlisted.push(whole);
                }
            }
        }
    }
    assert!(unlisted.is_empty(), "{unlisted:?}");
}
