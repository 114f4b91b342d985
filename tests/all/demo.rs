//! `demo`: a shop, its report, and faults that are found again one by one.

use insta::assert_snapshot;
use regulars::demo::Shop;

use crate::support::{Project, content};

const SMALL: [&str; 5] = ["demo", "shop", "--customers", "300", "--days=200"];

/// Digits as `#`, so that what is said counts here and not what came of the shop.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if shape.ends_with('#') => {}
            '0'..='9' => shape.push('#'),
            c => shape.push(c),
        }
    }
    shape.replace("#,#", "#").replace("#.#", "#").replace(['+', '−'], "±")
}

/// The headline and the page's path are data; all other words are not.
#[test]
fn a_small_shop() {
    let project = Project::new();
    let outcome = project.done(&SMALL);
    assert_snapshot!(shape(&outcome.out), @r"
    Revenue: ¥#K  (±#% vs September)
    Active customers: #  (±#% vs September)
    Repeat rate, # months: #%
    Average order value: ¥#  (±#% vs September)
    Top #% share of revenue: #%
    Revenue at risk: ¥#K  (±#% vs September)
    shop/site/customer_value/#-#-#/index.html
    ");
    let page = outcome.out.lines().last().unwrap();
    assert!(project.path(page).is_file(), "{page}");
    // What models make of so small a shop is said in an order that is not settled.
    let words = outcome.words();
    let settled: Vec<&str> = words.lines().filter(|line| !line.starts_with("  ")).collect();
    assert_snapshot!(shape(&settled.join("\n")), @r"
    # project files written to shop
    demo shop: # rows of # customers in # files, # of them faulty on purpose
    ");

    // Again: the data stays, the report is made anew.
    let again = project.done(&SMALL);
    assert_eq!(again.out, outcome.out);
    assert!(
        again.err.starts_with(
            "shop is a project already; its files stay as they are\nthe demo shop is there already\n"
        ),
        "{}",
        again.err
    );

    // With other settings: that would be another shop.
    let other = project.run(&["demo", "shop", "--customers", "301", "--days=200"]);
    assert_snapshot!(other.message(), @r"
    exit code 2
    shop is a project already; its files stay as they are
      × shop holds another demo shop: customers=300 days=200 seed=42 lines=1.6
      help: remove shop/data, or name another folder
    ");
}

/// Every fault that was planted is set aside by its own rule, and nothing else is.
#[test]
fn faults_are_found_again_and_the_page_is_chinese() {
    let project = Project::new();
    let arguments: Vec<&str> = SMALL.into_iter().chain(["--locale", "zh-CN"]).collect();
    let outcome = project.done(&arguments);
    assert!(outcome.out.starts_with("收入"), "{}", outcome.out);
    let page = project.read("shop/site/customer_value/2026-10-31/index.html");
    assert!(page.contains("<html lang=\"zh-CN\">"));
    assert!(page.contains("<section id=\"warning\"") && page.contains("接下来谁会流失？"));
    assert!(project.read("shop/pipelines/demo.yaml").contains("\nlocale: zh-CN "));

    let summary =
        Shop { customers: 300, days: 200, ..Shop::default() }.write(&project.path("again"), &|_| {}).unwrap();
    let manifest = project.json("shop/site/customer_value/2026-10-31/manifest.json");
    let source = &manifest["sources"][0];
    assert_eq!(source["rows_in"].as_u64(), Some(summary.rows));
    assert_eq!(source["files"].as_u64(), Some(summary.files));
    let faults = summary.defects;
    assert!(faults.total() > 20, "{faults:?}");
    assert_eq!(source["rows_used"].as_u64(), Some(summary.rows - faults.total()));
    let found: Vec<(&str, u64)> = source["set_aside"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["rule"].as_str().unwrap(), rule["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("no_customer", faults.no_customer),
            ("no_time", faults.time_missing),
            ("time_outside", faults.time_outside),
            ("no_amount", faults.amount_missing),
            ("amount_zero", faults.amount_zero),
            ("sale_below_zero", faults.price_negative),
            ("duplicate", faults.duplicate),
        ]
    );
}

/// Whoever has changed the pipeline runs it by `run`: another demo would report on it as a simulated shop.
#[test]
fn in_a_demo_that_was_changed() {
    let project = Project::new();
    project.done(&SMALL);
    let before = content(&project.root().join("shop"));
    project.replace("shop/pipelines/demo.yaml", "\nname: customer_value", "\nname: my_shop");
    assert_snapshot!(project.run(&SMALL).message(), @r"
    exit code 2
      × shop/pipelines/demo.yaml is not as `demo` writes it: it was changed, or is of another version
      help: `regulars run shop/pipelines/demo.yaml` runs it as it is; `regulars demo` with another
            folder makes a fresh demo; nothing was written
    ");
    project.replace("shop/pipelines/demo.yaml", "\nname: my_shop", "\nname: customer_value");
    assert!(content(&project.root().join("shop")) == before);
    // Other files are the project's own: they stay, serve, and are named.
    project.done(&["eject", "sql/rfm.sql", "--project", "shop"]);
    project.write("shop/sql/rfm.sql", project.read("shop/sql/rfm.sql") + "-- mine\n");
    let again = project.done(&SMALL);
    assert!(
        again.err.starts_with(
            "shop is a project already; its files stay as they are\n\
             the report is made with files that are not as `demo` writes them: sql/rfm.sql\n"
        ),
        "{}",
        again.err
    );
    assert!(project.read("shop/sql/rfm.sql").ends_with("-- mine\n"));
}

#[test]
fn settings_out_of_their_range() {
    let project = Project::new();
    assert_snapshot!(project.run(&["demo", "shop", "--customers", "0", "--data-only"]).message(), @r"
    exit code 2
      × `customers` is 0, but must be from 1 to 100000000
      help: choose a value within the range
    ");
    assert!(!project.path("shop").exists());
    assert_snapshot!(project.run(&["demo", "shop", "--locale", "de"]).message(), @r"
    exit code 2
    error: invalid value 'de' for '--locale <LOCALE>'
      [possible values: en, zh-CN]

    For more information, try '--help'.
    ");
}
