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
    assert_snapshot!(of_gifts.join("\n"), @r"
    gifts  Who buys for others?
      gifts_cards                      With which cards?
           needs the modules gifts
           reads the source cards: kind
        gifts_cards_lost               Which were lost?
           needs the modules gifts_cards, gifts
    gifts_later                        When?
           needs the modules gifts
           needs the modules base
    ");
    // Every module is there once.
    for name in regulars::pipeline::module::names(repository()) {
        let lines = listed.lines().filter(|line| line.trim_start().starts_with(&format!("{name} ")));
        assert_eq!(lines.count(), 1, "{name}");
    }
}

#[test]
fn a_module_in_full() {
    let project = Project::new();
    assert_snapshot!(project.done(&["modules", "in_charge"]).out, @r"
    Which account manager is in charge of a customer?
    needs the modules base
    its page of the manual: docs/modules/care.md

    its steps:
      in_charge_entries: the rows of all steps that go into it
      in_charge: sql/in_charge/in_charge.sql

    what adds to it:
      in_charge_assignments: Which account manager is a customer assigned to, as of the day?
      in_charge_customers: Which account manager does the list of customers name?

    modules:
      in_charge:
    ");
    assert_snapshot!(project.done(&["modules", "care_birthdays"]).out, @r"
    Who has a birthday soon?
    needs the modules base, care
    reads the source customers: customer_id (customer), birthday (date)
    its page of the manual: docs/modules/care.md

    its steps:
      care_birthday: sql/care/birthdays.sql, into care_entries

    modules:
      care_birthdays:
    ");
}

/// Every module that ships has a page of the manual.
#[test]
fn modules_have_pages() {
    for name in regulars::pipeline::module::names(repository()) {
        let page = regulars::pipeline::module::page(&name).unwrap_or_else(|| panic!("{name} has no page"));
        assert!(repository().join(page).is_file(), "{page}");
    }
}
