//! Checks: each kind holds, warns and fails; a failed one publishes nothing and leaves the old report as it was.

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, content};

/// The last two are of no use, and set aside.
const ROWS: [(&str, &str, &str, &str); 6] = [
    ("t1", "ann", "2024-03-01", "10.00"),
    ("t2", "bob", "2024-03-20", "-2.50"),
    ("t2", "bob", "2024-03-29", "4.00"),
    ("t3", "ann", "2024-03-29", "1.00"),
    ("t4", "", "2024-03-29", "4.00"),
    ("t5", "bob", "2024-03-29", ""),
];

fn shop(checks: &str) -> Project {
    let project = Project::shop(&format!("path: data\nchecks:\n{checks}"));
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    project
}

/// The checks on record, one a line.
fn recorded(project: &Project, path: &str) -> String {
    let manifest = project.json(path);
    let checks = manifest["sources"][0]["checks"].as_array().unwrap();
    let line = |check: &serde_json::Value| {
        let text = |key: &str| check[key].as_str().unwrap().to_owned();
        let passed = if check["passed"].as_bool().unwrap() { "passed" } else { "failed" };
        format!(
            "{} {} [{}]: {}; {}",
            text("severity"),
            passed,
            text("check"),
            text("measured"),
            text("expected")
        )
    };
    checks.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_that_hold() {
    let project = shop(
        "  - not_null: [transaction_id, occurred_at]
  - unique: [transaction_id, occurred_at]
  - accepted_range: { column: amount, min: -2.5, max: 10 }
  - accepted_values: { column: customer_id, values: [ann, bob] }
  - row_count: { min: 4, max: 4 }
  - freshness: { column: occurred_at, warn_after: 2d, fail_after: 3d }",
    );
    let outcome = project.ran();
    assert_eq!(outcome.words(), "");
    assert_snapshot!(recorded(&project, "site/shop/2024-03-31/manifest.json"), @r"
    error passed [not_null transaction_id]: 0 rows without a value; a value in every row
    error passed [not_null occurred_at]: 0 rows without a value; a value in every row
    error passed [unique transaction_id, occurred_at]: 0 values more than once; no value twice
    error passed [accepted_range amount]: 0 rows outside; -2.5 to 10
    error passed [accepted_values customer_id]: 0 rows with another value; ann, bob
    error passed [row_count]: 4 rows; 4 to 4
    warn passed [freshness occurred_at]: newest 2024-03-29, 2 days before 2024-03-31; at most 2 days old
    ");
}

#[test]
fn all_that_warn() {
    let project = shop(
        "  - { not_null: [amount, customer_id, transaction_id], severity: warn }
  - { unique: transaction_id, severity: warn }
  - { accepted_range: { column: amount, min: -2.49 }, severity: warn }
  - { accepted_range: { column: amount, max: 9.99 }, severity: warn }
  - { accepted_values: { column: customer_id, values: [ann] }, severity: warn }
  - { row_count: { min: 5 }, severity: warn }
  - { row_count: { max: 3 }, severity: warn }
  - { freshness: { column: occurred_at, fail_after: 1d }, severity: warn }
  - freshness: { column: occurred_at, warn_after: 1d, fail_after: 2d }",
    );
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @r"
    ⚠ check not_null amount of `transactions`: 1 row without a value
    help: expected a value in every row
    ⚠ check not_null customer_id of `transactions`: 1 row without a value
    help: expected a value in every row
    ⚠ check unique transaction_id of `transactions`: 1 value more than once
    help: expected no value twice
    ⚠ check accepted_range amount of `transactions`: 1 row outside
    help: expected at least -2.49
    ⚠ check accepted_range amount of `transactions`: 1 row outside
    help: expected at most 9.99
    ⚠ check accepted_values customer_id of `transactions`: 2 rows with another value
    help: expected ann
    ⚠ check row_count of `transactions`: 4 rows
    help: expected at least 5
    ⚠ check row_count of `transactions`: 4 rows
    help: expected at most 3
    ⚠ check freshness occurred_at of `transactions`: newest 2024-03-29, 2 days before 2024-03-31
    help: expected at most 1 day old
    ⚠ check freshness occurred_at of `transactions`: newest 2024-03-29, 2 days before 2024-03-31
    help: expected at most 1 day old
    ");
    assert_snapshot!(recorded(&project, "site/shop/2024-03-31/manifest.json"), @r"
    warn failed [not_null amount]: 1 row without a value; a value in every row
    warn failed [not_null customer_id]: 1 row without a value; a value in every row
    warn passed [not_null transaction_id]: 0 rows without a value; a value in every row
    warn failed [unique transaction_id]: 1 value more than once; no value twice
    warn failed [accepted_range amount]: 1 row outside; at least -2.49
    warn failed [accepted_range amount]: 1 row outside; at most 9.99
    warn failed [accepted_values customer_id]: 2 rows with another value; ann
    warn failed [row_count]: 4 rows; at least 5
    warn failed [row_count]: 4 rows; at most 3
    warn failed [freshness occurred_at]: newest 2024-03-29, 2 days before 2024-03-31; at most 1 day old
    warn failed [freshness occurred_at]: newest 2024-03-29, 2 days before 2024-03-31; at most 1 day old
    ");
    // Queries and the report see the same.
    let audit = project.read("site/shop/2024-03-31/downloads/audit_checks.csv");
    assert_eq!(audit.lines().filter(|line| line.contains("false")).count(), 10, "{audit}");
}

/// All that fail are told of at once.
#[test]
fn all_that_fail() {
    let project = shop(
        "  - not_null: [amount, transaction_id]
  - unique: [transaction_id]
  - accepted_range: { column: occurred_at, min: 2024-03-02, max: 2024-03-28 }
  - accepted_values: { column: customer_id, values: [bob], }
  - row_count: { min: 5, max: 9 }
  - freshness: { column: occurred_at, warn_after: 0d, fail_after: 1d }",
    );
    let outcome = project.run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(1));
    assert_eq!(outcome.out, "");
    assert!(project.nothing_published());
    assert_snapshot!(outcome.words(), @r"
    × check not_null amount of `transactions`: 1 row without a value
    help: expected a value in every row
    × check unique transaction_id of `transactions`: 1 value more than once
    help: expected no value twice
    × check accepted_range occurred_at of `transactions`: 3 rows outside
    help: expected 2024-03-02 to 2024-03-28
    × check accepted_values customer_id of `transactions`: 2 rows with another value
    help: expected bob
    × check row_count of `transactions`: 4 rows
    help: expected 5 to 9
    × check freshness occurred_at of `transactions`: newest 2024-03-29, 2 days before 2024-03-31
    help: expected at most 1 day old
    ");
    let record = project.json("site/.runs/shop.2024-03-31.json");
    assert_eq!(record["status"], "check failed");
    assert_eq!(record["problems"].as_array().unwrap().len(), 6);
    assert_snapshot!(recorded(&project, "site/.runs/shop.2024-03-31.json"), @r"
    error failed [not_null amount]: 1 row without a value; a value in every row
    error passed [not_null transaction_id]: 0 rows without a value; a value in every row
    error failed [unique transaction_id]: 1 value more than once; no value twice
    error failed [accepted_range occurred_at]: 3 rows outside; 2024-03-02 to 2024-03-28
    error failed [accepted_values customer_id]: 2 rows with another value; bob
    error failed [row_count]: 4 rows; 5 to 9
    error failed [freshness occurred_at]: newest 2024-03-29, 2 days before 2024-03-31; at most 1 day old
    ");
}

/// A warning and a failure: the run fails, and both are told.
#[test]
fn a_warning_beside_a_failure() {
    let project = shop("  - { not_null: amount, severity: warn }\n  - row_count: { min: 5 }");
    let outcome = project.run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(1));
    assert_snapshot!(outcome.words(), @r"
    ⚠ check not_null amount of `transactions`: 1 row without a value
    help: expected a value in every row
    × check row_count of `transactions`: 4 rows
    help: expected at least 5
    ");
}

#[test]
fn rows_set_aside_are_not_checked() {
    let project = shop("  - not_null: [amount, customer_id]");
    project.replace(
        PIPELINE,
        "    checks:",
        "    quarantine: { no_customer: customer_id IS NULL, no_amount: amount IS NULL }\n    checks:",
    );
    project.ran();
    assert_snapshot!(recorded(&project, "site/shop/2024-03-31/manifest.json"), @r"
    error passed [not_null amount]: 0 rows without a value; a value in every row
    error passed [not_null customer_id]: 0 rows without a value; a value in every row
    ");
}

/// No row at all: nothing can be wrong with a row, but nothing is fresh.
#[test]
fn checks_of_no_rows() {
    let project = shop(
        "  - not_null: [amount]
  - unique: [transaction_id]
  - accepted_range: { column: amount, min: 0 }
  - { freshness: { column: occurred_at, fail_after: 9d }, severity: warn }
  - { row_count: { min: 1 }, severity: warn }",
    );
    project.replace(
        PIPELINE,
        "    checks:",
        "    quarantine: { all: transaction_id LIKE 't%' }\n    checks:",
    );
    project.ran();
    assert_snapshot!(recorded(&project, "site/shop/2024-03-31/manifest.json"), @r"
    error passed [not_null amount]: 0 rows without a value; a value in every row
    error passed [unique transaction_id]: 0 values more than once; no value twice
    error passed [accepted_range amount]: 0 rows outside; at least 0
    warn failed [freshness occurred_at]: no value at all; at most 9 days old
    warn failed [row_count]: 0 rows; at least 1
    ");
}

/// The report of yesterday's good run stays byte for byte; when the data is good again the record of the failure goes.
#[test]
fn a_failed_check_leaves_the_published_report() {
    let project = shop("  - row_count: { min: 4 }");
    project.ran();
    let published = || {
        let all = content(&project.path("site"));
        all.into_iter().filter(|(name, _)| !name.starts_with(".runs")).collect::<Vec<_>>()
    };
    let before = published();
    parquet(&project.path("data/a.parquet"), &sales(&ROWS[..3]));
    assert_eq!(project.run(&["run", PIPELINE]).code, Some(1));
    assert!(published() == before);
    assert!(project.path("site/.runs/shop.2024-03-31.json").exists());
    assert!(!project.path("site/.runs/shop.staging").exists());
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    project.ran();
    assert!(!project.path("site/.runs/shop.2024-03-31.json").exists());
}
