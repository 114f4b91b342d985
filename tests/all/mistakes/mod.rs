//! What a user reads after each of some hundred mistakes, held word for word and scored by rules.
//!
//! - `*.txt`: the mistakes, a file an area. [`case`] says how they are written.
//! - `shop/`: the sound project in which each is made.
//! - [`score`]: how much a message helps, from 3 to 0.
//!
//! `REGULARS_WRITE_DOCS=1` writes the messages and `docs/messages.md` anew, unless a score falls.

mod case;
mod score;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::repository;

use case::{Area, Case};
use score::score;

/// Set it to write messages and scores anew.
const WRITE: &str = "REGULARS_WRITE_DOCS";
/// At most one mistake in so many may have the score 1, and none 0.
const ONE_IN: usize = 20;
const STACK_BYTES: usize = 512 << 20;

fn areas() -> Vec<Area> {
    let folder = repository().join("tests/all/mistakes");
    let files = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    files.sort();
    files.iter().map(|path| Area::read(path)).collect()
}

/// What is said after each mistake, in their order.
fn said(cases: &[&Case]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some((index, case)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, cases.get(index)?)))
        {
            // Plans are made by recursion, as in the program: on a thread with a large stack.
            let said = thread::scope(|scope| {
                let worker =
                    thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || case.said());
                worker.unwrap().join().unwrap_or_else(|_| "panicked\n".to_owned())
            });
            found.lock().unwrap().insert(index, said);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap().into_values().collect()
}

/// The page of scores.
fn page(scores: &BTreeMap<(String, String), u8>) -> String {
    let mut page = include_str!("page.md").to_owned();
    let areas: Vec<&String> = scores.keys().map(|(area, _)| area).collect();
    let count = |area: Option<&str>, wanted: u8| {
        let of =
            scores.iter().filter(|((of, _), score)| area.is_none_or(|area| area == of) && **score == wanted);
        of.count()
    };
    let mut line = |name: &str, area: Option<&str>| {
        let [three, two, one, none] = [3, 2, 1, 0].map(|wanted| count(area, wanted));
        let all = three + two + one + none;
        writeln!(page, "| {name} | {all} | {three} | {two} | {one} | {none} |").unwrap();
    };
    let mut before = None;
    for area in areas {
        if before != Some(area) {
            line(area, Some(area));
        }
        before = Some(area);
    }
    line("**all**", None);
    page.push_str("\nBelow 3:\n\n");
    for ((area, name), score) in scores.iter().filter(|(_, score)| **score < 3) {
        writeln!(page, "- {area} / {name}: {score}").unwrap();
    }
    page
}

/// The scores below 3 that a page lists.
fn listed(page: &str) -> BTreeMap<(String, String), u8> {
    let entry = |line: &str| {
        let (area, rest) = line.strip_prefix("- ")?.split_once(" / ")?;
        let (name, score) = rest.rsplit_once(": ")?;
        Some(((area.to_owned(), name.to_owned()), score.parse().ok()?))
    };
    page.lines().filter_map(entry).collect()
}

#[test]
fn messages_are_as_held_and_help() {
    let mut areas = areas();
    let only = std::env::var("REGULARS_MISTAKE").ok();
    if let Some(only) = &only {
        for area in &mut areas {
            area.cases.retain(|case| case.name.contains(only));
        }
    }
    let cases: Vec<&Case> = areas.iter().flat_map(|area| &area.cases).collect();
    let found = said(&cases);
    let write = std::env::var_os(WRITE).is_some();
    let mut wrong = String::new();
    let mut scores = BTreeMap::new();
    for (case, said) in cases.iter().zip(&found) {
        let (score, why) = score(case, said);
        let key = (case.area.clone(), case.name.clone());
        assert!(scores.insert(key, score).is_none(), "{} / {} is there twice", case.area, case.name);
        if only.is_some() {
            eprintln!("{} / {}: {score} {why}\n{said}", case.area, case.name);
        } else if case.held != *said && !write {
            write!(wrong, "\n{} / {}: {score} {why}\n{said}", case.area, case.name).unwrap();
        }
    }
    if only.is_some() {
        return;
    }
    let path = repository().join("docs/messages.md");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let before = listed(&old);
    let fell = scores.iter().filter(|(key, score)| {
        let known = before.get(*key).copied().unwrap_or(3);
        !old.is_empty() && **score < known && old.contains("Below 3") && was_known(key, &areas)
    });
    for ((area, name), score) in fell {
        write!(wrong, "\n{area} / {name}: its score falls to {score}\n").unwrap();
    }
    let page = page(&scores);
    if write && wrong.is_empty() {
        let mut found = found.iter();
        for area in &areas {
            area.write(found.by_ref());
        }
        fs::write(&path, &page).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}\n{WRITE}=1 writes messages and scores anew");
    assert!(write || page == old, "docs/messages.md is not current; {WRITE}=1 writes it anew");
    let of = |wanted: u8| scores.values().filter(|score| **score == wanted).count();
    assert_eq!(of(0), 0, "mistakes with the score 0");
    assert!(of(1) * ONE_IN < scores.len(), "{} of {} mistakes have the score 1", of(1), scores.len());
}

/// Whether a mistake was there when the page was last written: its message is held.
fn was_known(key: &(String, String), areas: &[Area]) -> bool {
    let mut cases = areas.iter().flat_map(|area| &area.cases);
    cases.any(|case| (&case.area, &case.name) == (&key.0, &key.1) && !case.held.is_empty())
}
