//! Two places never give different counts or money for one thing: the queries of `tests/agreements` put the shipped
//! tables side by side, over the demo shop and over shops of all kinds.

use std::fmt::Write;

use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::data::Table;
use crate::shop::{Line, PIPELINE, Shop, line};
use crate::support::{Project, repository};

/// The steps that compare, to be added to a pipeline.
fn compare(project: &Project, root: &str, pipeline: &str, of: &[&str]) {
    let mut steps = String::from("\nsteps:\n");
    for name in of {
        let query =
            std::fs::read_to_string(repository().join(format!("tests/agreements/{name}.sql"))).unwrap();
        project.write(&format!("{root}sql/agree_{name}.sql"), query);
        writeln!(steps, "  agree_{name}: {{ sql: sql/agree_{name}.sql }}").unwrap();
    }
    let pipeline = format!("{root}{pipeline}");
    project.write(&pipeline, project.read(&pipeline) + &steps);
}

/// The figures that two places give and that differ, one a line; and how many were compared.
fn differing(table: &Table) -> (Vec<String>, usize) {
    let [figure, one, other, here, there] =
        ["figure", "one", "other", "here", "there"].map(|name| table.column(name));
    let rows = figure.iter().zip(&one).zip(&other).zip(&here).zip(&there);
    // In SQL a sum over no rows is NULL: there is none.
    let number = |text: &str| if text == "NULL" { Ok(0.0) } else { text.parse::<f64>() };
    let differ = |here: &str, there: &str| match (number(here), number(there)) {
        // Estimates are added up in different orders.
        (Ok(here), Ok(there)) => (here - there).abs() > 1e-6_f64.max(1e-9 * here.abs()),
        _ => here != there,
    };
    let told = rows
        .filter(|(_, there)| !there.is_empty())
        .filter(|((_, here), there)| differ(here, there))
        .map(|((((figure, one), other), here), there)| {
            format!("{figure}: {here} in {one}, {there} in {other}")
        })
        .collect();
    (told, figure.len())
}

/// All queries that compare, each with the least number of figures that it finds in the demo shop.
const ALL: [(&str, usize); 16] = [
    ("care", 20),
    ("core", 60),
    ("customers", 120),
    ("dependence", 90),
    ("equity", 5),
    ("goods", 250),
    ("indicators", 50),
    ("managers", 300),
    ("membership", 20),
    ("profiles", 120),
    ("profit", 45),
    ("receivables", 40),
    ("value", 8),
    ("voices", 40),
    ("warning", 5),
    ("words", 60),
];

/// Every module that ships, over a demo shop with so many customers and days; rows that meet the rule are set aside. How
/// many figures each query compared.
fn compared(
    customers: &str,
    days: &str,
    rule: Option<&str>,
    as_of: &str,
) -> Vec<(&'static str, usize, usize)> {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", customers, "--days", days, "--data-only"]);
    let mut pipeline = std::fs::read_to_string(repository().join("pipelines/crm.yaml")).unwrap();
    if let Some(rule) = rule {
        let first = "    quarantine:\n";
        assert_eq!(pipeline.matches(first).count(), 1);
        pipeline = pipeline.replace(first, &format!("{first}      thinned: {rule}\n"));
    }
    // A handful of customers need not have ordered lately.
    let fresh = "      - freshness: { column: occurred_at, warn_after: 2d, fail_after: 7d }\n";
    assert_eq!(pipeline.matches(fresh).count(), 1);
    let pipeline = pipeline.replace(fresh, "");
    project.write("shop/pipelines/crm.yaml", pipeline);
    compare(&project, "shop/", "pipelines/crm.yaml", &ALL.map(|(name, _)| name));
    project.done(&["run", "shop/pipelines/crm.yaml", "--as-of", as_of]);
    let differ = |(name, least)| {
        let table = format!("shop/private/crm/{as_of}/tables/agree_{name}.parquet");
        let (differing, compared) = differing(&project.table(&table));
        assert!(differing.is_empty(), "{rule:?}, {as_of}: {name}\n{}", differing.join("\n"));
        (name, least, compared)
    };
    ALL.into_iter().map(differ).collect()
}

#[test]
fn in_the_demo_shop() {
    for (name, least, compared) in compared("300", "760", None, "2026-10-31") {
        assert!(compared >= least, "{name}: {compared}");
    }
}

/// How many figures are compared in shops that lack much of what the demo shop has.
fn in_another_shop(customers: &str, days: &str, rule: Option<&str>, as_of: &str) {
    let all: usize = compared(customers, days, rule, as_of).iter().map(|(_, _, compared)| *compared).sum();
    assert!(all > 300, "{rule:?}, {as_of}: {all}");
}

/// Months since October 2024, when the history of 760 days begins, in which an order is of a hundredth of all by its id.
const MONTHS: &str = "(extract(year from occurred_at) * 12 + extract(month from occurred_at) - 24298)";
const HUNDREDTH: &str = "cast(right(transaction_id, 2) as bigint)";

/// Four of a hundred orders in the first month, four more each month.
#[test]
fn all_modules_in_a_growing_shop() {
    in_another_shop("80", "760", Some(&format!("{HUNDREDTH} > 4 + 4 * {MONTHS}")), "2026-10-31");
}

/// Four of a hundred orders fewer each month, as of a day within a month.
#[test]
fn all_modules_in_a_shrinking_shop() {
    in_another_shop("80", "760", Some(&format!("{HUNDREDTH} < 4 * {MONTHS}")), "2026-09-12");
}

/// Most orders in the last quarter of a year, as of the end of a quiet month.
#[test]
fn all_modules_in_a_seasonal_shop() {
    let rule = format!("extract(month from occurred_at) < 10 and {HUNDREDTH} > 30");
    in_another_shop("80", "760", Some(&rule), "2026-02-28");
}

/// A handful of customers, and less than a year of history.
#[test]
fn all_modules_in_a_tiny_shop() {
    in_another_shop("7", "200", None, "2026-10-31");
}

/// No query lies in the folder and is not asked.
#[test]
fn every_query_is_asked() {
    let mut files: Vec<String> = std::fs::read_dir(repository().join("tests/agreements"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap().replace(".sql", ""))
        .collect();
    files.sort();
    assert_eq!(files, ALL.map(|(name, _)| name));
}

/// How a shop goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Growing,
    /// No newcomers after the first quarter.
    Shrinking,
    /// Most orders before Christmas.
    Seasonal,
    /// A handful of customers, some who only return goods.
    Tiny,
}

/// Two years of orders and returns; the day of a return may be a customer's first.
fn sales(course: Course, runner: &mut TestRunner) -> Vec<Line> {
    let mut chance = |most: u32| (0..most).new_tree(runner).unwrap().current();
    let begin = jiff::civil::date(2022, 4, 1);
    let mut lines = Vec::new();
    let customers = if course == Course::Tiny { 7 } else { 90 };
    for customer in 0..customers {
        let joined = match course {
            Course::Growing => 730 - (730 - chance(730)) * chance(100) / 100,
            Course::Shrinking => chance(90),
            Course::Seasonal | Course::Tiny => chance(600),
        };
        let gap = 10 + chance(110);
        let leaves = joined + chance(730);
        let mut day = joined;
        while day < 731 && day <= leaves {
            let date = begin.checked_add(jiff::Span::new().days(i64::from(day))).unwrap();
            let quiet = course == Course::Seasonal && date.month() < 10 && chance(3) > 0;
            if !quiet {
                let cents = 500 + chance(20_000);
                let amount = format!("{}.{:02}", cents / 100, cents % 100);
                let sign = if chance(9) == 0 { "-" } else { "" };
                lines.push(line(
                    10_000 + customer,
                    customer * 1000 + day,
                    &date.to_string(),
                    &format!("{sign}{amount}"),
                ));
            }
            day += 1 + chance(2 * gap);
        }
    }
    lines
}

/// Shops made by chance, by a fixed seed.
#[test]
fn in_shops_of_all_kinds() {
    let mut runner = TestRunner::deterministic();
    for course in [Course::Growing, Course::Shrinking, Course::Seasonal, Course::Tiny] {
        let lines = sales(course, &mut runner);
        let all = ["core", "value", "warning"];
        // A month's end, or a day within a month.
        let as_of = if course == Course::Seasonal { "2024-03-12" } else { "2024-03-31" };
        let shop = Shop::open_with(as_of, &lines, |project| compare(project, "", PIPELINE, &all));
        for name in all {
            let (differing, compared) = differing(&shop.table(&format!("agree_{name}")));
            assert!(differing.is_empty(), "{course:?}, {as_of}:\n{}", differing.join("\n"));
            assert!(compared >= if name == "core" { 30 } else { 0 }, "{course:?}, {name}: {compared}");
        }
    }
}
