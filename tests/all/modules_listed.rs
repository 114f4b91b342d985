//! `modules`: the list, in which a module that only adds to another one stands below it; and one module in full.

use insta::assert_snapshot;

use crate::support::{Project, repository};

#[test]
fn modules_that_add_to_another_stand_below_it() {
    let project = Project::new();
    project.write(
        "pipelines/modules/gifts.yaml",
        "answers: Who buys for others?\nsections: [gifts]\nsteps:\n  gifts: { sql: sql/gifts.sql }\n",
    );
    project.write(
        "pipelines/modules/gifts_cards.yaml",
        "answers: With which cards?\nneeds: [gifts]\nsources:\n  cards: [kind]\n",
    );
    project.write(
        "pipelines/modules/gifts_later.yaml",
        "answers: When?\nneeds: [gifts]\nsections: [gifts_later]\n",
    );
    project.write(
        "pipelines/modules/gifts_cards_lost.yaml",
        "answers: Which were lost?\nneeds: [gifts_cards, gifts]\n",
    );
    let listed = project.done(&["modules"]).out;
    let of_gifts: Vec<String> = listed
        .lines()
        .skip_while(|line| !line.starts_with("gifts "))
        .take_while(|line| line.starts_with([' ', 'g']))
        .map(|line| line.replacen("                              ", "  ", 1))
        .filter(|line| !line.starts_with("goods"))
        .take(9)
        .collect();
    assert_snapshot!(of_gifts.join("\n"), @"");
    // Every module is there once.
    for name in regulars::pipeline::module::names(&repository()) {
        let lines = listed.lines().filter(|line| line.trim_start().starts_with(&format!("{name} ")));
        assert_eq!(lines.count(), 1, "{name}");
    }
}

#[test]
fn a_module_in_full() {
    let project = Project::new();
    assert_snapshot!(project.done(&["modules", "in_charge"]).out, @"");
    assert_snapshot!(project.done(&["modules", "care_birthdays"]).out, @"");
}

/// Every module that ships has a page of the manual.
#[test]
fn modules_have_pages() {
    for name in regulars::pipeline::module::names(&repository()) {
        let page = regulars::pipeline::module::page(&name).unwrap_or_else(|| panic!("{name} has no page"));
        assert!(repository().join(page).is_file(), "{page}");
    }
}
