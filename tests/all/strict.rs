//! Nothing is accepted and then ignored or changed: settings, checks, comparisons, templates, names, dates.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use regulars::pipeline::{Dates, module};

use crate::data::{parquet, sales};
use crate::messages::sound;
use crate::support::{PIPELINE, Project, content, copy, repository};

/// The complaint about the pipeline with some text in place of other.
fn changed(old: &str, new: &str) -> String {
    let project = sound();
    project.replace(PIPELINE, old, new);
    project.complaint()
}

/// The complaint about a source with these rules and checks.
fn source(entry: &str) -> String {
    changed("    path: data\n", &format!("    path: data\n{entry}"))
}

/// The complaint about these entries at the top.
fn top(entries: &str) -> String {
    changed("sources:\n", &format!("{entries}\nsources:\n"))
}

#[test]
fn a_rule_without_a_condition() {
    assert_snapshot!(
        source("    quarantine:\n      no_customer: {}\n      twice: { repeated: [] }\n      again: { repeated: [amount, amount] }\n"),
        @r"
    exit code 2
      × the rule `no_customer` has no condition
       ╭─[pipelines/shop.yaml:7:20]
     6 │     quarantine:
     7 │       no_customer: {}
       ·                    ─
     8 │       twice: { repeated: [] }
       ╰────
      help: write `no_customer: <SQL condition>`, or `no_customer: { repeated: [columns] }`
      × `repeated` is empty
       ╭─[pipelines/shop.yaml:8:26]
     7 │       no_customer: {}
     8 │       twice: { repeated: [] }
       ·                          ─
     9 │       again: { repeated: [amount, amount] }
       ╰────
      help: write what belongs in it, or remove `repeated`
      × `amount` is listed twice under `repeated`
        ╭─[pipelines/shop.yaml:9:35]
      8 │       twice: { repeated: [] }
      9 │       again: { repeated: [amount, amount] }
        ·                                   ──────
     10 │ steps:
        ╰────
      help: remove one of them
    "
    );
}

#[test]
fn checks_that_nothing_or_everything_passes() {
    assert_snapshot!(
        source("    checks:
      - accepted_range: { column: amount, min: 100, max: 1.5 }
      - row_count: { min: 10, max: 5 }
      - row_count: { min: -1 }
      - freshness: { column: occurred_at, warn_after: 7d, fail_after: 2d }
      - not_null: [amount, amount]
      - not_null: []
      - accepted_values: { column: customer_id, values: [ann, bob, ann] }
"),
        @r"
    exit code 2
      × `min` is 100, which is above `max`, 1.5
       ╭─[pipelines/shop.yaml:7:43]
     6 │     checks:
     7 │       - accepted_range: { column: amount, min: 100, max: 1.5 }
       ·                                           ───
     8 │       - row_count: { min: 10, max: 5 }
       ╰────
      help: no value lies between; exchange them
      × `min` is 10, which is above `max`, 5
       ╭─[pipelines/shop.yaml:8:22]
     7 │       - accepted_range: { column: amount, min: 100, max: 1.5 }
     8 │       - row_count: { min: 10, max: 5 }
       ·                      ───
     9 │       - row_count: { min: -1 }
       ╰────
      help: no value lies between; exchange them
      × `min` is -1: there are never fewer rows than none
        ╭─[pipelines/shop.yaml:9:22]
      8 │       - row_count: { min: 10, max: 5 }
      9 │       - row_count: { min: -1 }
        ·                      ───
     10 │       - freshness: { column: occurred_at, warn_after: 7d, fail_after: 2d }
        ╰────
      help: write a number of rows, 0 or more
      × a warning after 7d can never come: the check fails after 2d
        ╭─[pipelines/shop.yaml:10:43]
      9 │       - row_count: { min: -1 }
     10 │       - freshness: { column: occurred_at, warn_after: 7d, fail_after: 2d }
        ·                                           ──────────
     11 │       - not_null: [amount, amount]
        ╰────
      help: warn earlier than you fail
      × `amount` is listed twice under `not_null`
        ╭─[pipelines/shop.yaml:11:28]
     10 │       - freshness: { column: occurred_at, warn_after: 7d, fail_after: 2d }
     11 │       - not_null: [amount, amount]
        ·                            ──────
     12 │       - not_null: []
        ╰────
      help: remove one of them
      × `not_null` is empty
        ╭─[pipelines/shop.yaml:12:19]
     11 │       - not_null: [amount, amount]
     12 │       - not_null: []
        ·                   ─
     13 │       - accepted_values: { column: customer_id, values: [ann, bob, ann] }
        ╰────
      help: write what belongs in it, or remove `not_null`
      × `values` has ann twice
        ╭─[pipelines/shop.yaml:13:49]
     12 │       - not_null: []
     13 │       - accepted_values: { column: customer_id, values: [ann, bob, ann] }
        ·                                                 ──────
     14 │ steps:
        ╰────
      help: remove one
    "
    );
}

#[test]
fn values_of_another_kind_than_the_column() {
    assert_snapshot!(
        source("    checks:
      - accepted_values: { column: customer_id, values: [1, 2, 3] }
      - accepted_values: { column: amount, values: [\"1\", \"2\"] }
      - accepted_range: { column: customer_id, min: 1 }
      - accepted_range: { column: amount, max: 2024-01-31 }
      - accepted_range: { column: occurred_at, min: 20240131 }
      - accepted_values: { column: occurred_at, values: [true] }
      - not_null: [amuont]
"),
        @r#"
    exit code 2
      × `accepted_values`: `customer_id` is text, and 1 is a whole number
       ╭─[pipelines/shop.yaml:7:36]
     6 │     checks:
     7 │       - accepted_values: { column: customer_id, values: [1, 2, 3] }
       ·                                    ───────────
     8 │       - accepted_values: { column: amount, values: ["1", "2"] }
       ╰────
      help: put it in quotes, "1"; or bring the column to another type under `columns`
      × `accepted_values`: `amount` is a number, and "1" is text
       ╭─[pipelines/shop.yaml:8:36]
     7 │       - accepted_values: { column: customer_id, values: [1, 2, 3] }
     8 │       - accepted_values: { column: amount, values: ["1", "2"] }
       ·                                    ──────
     9 │       - accepted_range: { column: customer_id, min: 1 }
       ╰────
      help: write numbers without quotes, or cast the column to text under `columns`
      × `accepted_range`: `customer_id` is text, and 1 is a whole number
        ╭─[pipelines/shop.yaml:9:35]
      8 │       - accepted_values: { column: amount, values: ["1", "2"] }
      9 │       - accepted_range: { column: customer_id, min: 1 }
        ·                                   ───────────
     10 │       - accepted_range: { column: amount, max: 2024-01-31 }
        ╰────
      help: put it in quotes, "1"; or bring the column to another type under `columns`
      × `accepted_range`: `amount` is a number, and 2024-01-31 is a date (YYYY-MM-DD)
        ╭─[pipelines/shop.yaml:10:35]
      9 │       - accepted_range: { column: customer_id, min: 1 }
     10 │       - accepted_range: { column: amount, max: 2024-01-31 }
        ·                                   ──────
     11 │       - accepted_range: { column: occurred_at, min: 20240131 }
        ╰────
      help: write numbers without quotes, or cast the column to text under `columns`
      × `accepted_range`: `occurred_at` is a date or timestamp, and 20240131 is a whole number
        ╭─[pipelines/shop.yaml:11:35]
     10 │       - accepted_range: { column: amount, max: 2024-01-31 }
     11 │       - accepted_range: { column: occurred_at, min: 20240131 }
        ·                                   ───────────
     12 │       - accepted_values: { column: occurred_at, values: [true] }
        ╰────
      help: write dates as 2024-01-31
      × `accepted_values`: `occurred_at` is a date or timestamp, and true is a truth value
        ╭─[pipelines/shop.yaml:12:36]
     11 │       - accepted_range: { column: occurred_at, min: 20240131 }
     12 │       - accepted_values: { column: occurred_at, values: [true] }
        ·                                    ───────────
     13 │       - not_null: [amuont]
        ╰────
      help: write dates as 2024-01-31
      × `amuont` is not a column of `transactions`
        ╭─[pipelines/shop.yaml:13:20]
     12 │       - accepted_values: { column: occurred_at, values: [true] }
     13 │       - not_null: [amuont]
        ·                    ──────
     14 │ steps:
        ╰────
      help: did you mean `amount`?
    "#
    );
}

/// Text that looks like dates is text where the column is.
#[test]
fn text_written_like_dates() {
    let project = Project::shop(
        "path: data\nchecks:\n  - accepted_values: { column: customer_id, values: [2024-01-31] }",
    );
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "2024-01-31", "2024-01-05", "1.00")]));
    project.ran();
    project.replace(PIPELINE, "[2024-01-31]", "[2024-01-30]");
    assert_eq!(project.run(&["run", PIPELINE]).code, Some(1));
}

#[test]
fn what_is_not_a_number_lies_in_no_range() {
    let check = "path: data\ncolumns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: occurred_at
  amount: amount
  ratio: CAST(amount AS DOUBLE) / CAST(0 AS DOUBLE)
checks:
  - accepted_range: { column: ratio, min: 0 }";
    let project = Project::shop(check);
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "0.00")]));
    let failed = "exit code 1\n  × check accepted_range ratio of `transactions`: 1 row outside";
    assert!(project.run(&["run", PIPELINE]).message().starts_with(failed));
    project.replace(PIPELINE, "min: 0", "max: 5");
    assert!(project.run(&["run", PIPELINE]).message().starts_with(failed));
}

/// One date of some far future does not make old data fresh.
#[test]
fn freshness_of_a_date_to_come() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "1.00")]));
    project.replace(
        PIPELINE,
        "steps:",
        "  customers:\n    path: customers.csv\n    columns: { seen: CAST(seen AS DATE) }\n    checks: [{ freshness: { column: seen, fail_after: 2d } }]\nsteps:",
    );
    project.write("customers.csv", "seen\n2024-01-01\n2099-01-01\n");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 1
      × check freshness seen of `customers`: newest 2024-01-01, 90 days before 2024-03-31
      help: expected at most 2 days old
    ");
    project.write("customers.csv", "seen\n2099-01-01\n");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 1
      × check freshness seen of `customers`: no value before 2099-01-01, which is after 2024-03-31
      help: expected at most 2 days old
    ");
    // A run of yesterday's business goes on today.
    project.write("customers.csv", "seen\n2024-01-01\n2024-04-01\n2099-01-01\n");
    project.ran();
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    assert_eq!(manifest["sources"][1]["checks"][0]["measured"], "newest 2024-04-01, 1 day after 2024-03-31");
    // What is known of the file is of use only up to the next date in it.
    project.run(&["run", PIPELINE, "--as-of", "2024-03-30"]);
    let failed = project.run(&["run", PIPELINE, "--as-of", "2024-03-30"]).message();
    assert!(failed.contains("newest 2024-01-01, 89 days before 2024-03-30"), "{failed}");
}

#[test]
fn names_of_the_program_s_own() {
    assert_snapshot!(top("params: { as_of: 2020-01-01, period_end: 2020-01-31, returns: gross }"), @r"
    exit code 2
      × `as_of` is a name of the program's own: the date of the run
       ╭─[pipelines/shop.yaml:3:11]
     2 │ as_of: 2024-03-31
     3 │ params: { as_of: 2020-01-01, period_end: 2020-01-31, returns: gross }
       ·           ─────
     4 │ sources:
       ╰────
      help: set it at the top of the file, or by `--as-of`
      × `period_end` is a name of the program's own: the last day of the last full period
       ╭─[pipelines/shop.yaml:3:30]
     2 │ as_of: 2024-03-31
     3 │ params: { as_of: 2020-01-01, period_end: 2020-01-31, returns: gross }
       ·                              ──────────
     4 │ sources:
       ╰────
      help: choose another name
      × `returns` is a name of the program's own: the policy for returns
       ╭─[pipelines/shop.yaml:3:54]
     2 │ as_of: 2024-03-31
     3 │ params: { as_of: 2020-01-01, period_end: 2020-01-31, returns: gross }
       ·                                                      ───────
     4 │ sources:
       ╰────
      help: set it at the top of the file, or by `--param returns=gross`
    ");
    assert_snapshot!(changed("{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, with: { as_of: 2020-01-01 } }"), @r"
    exit code 2
      × `as_of` is a name of the program's own: the date of the run
       ╭─[pipelines/shop.yaml:7:38]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, with: { as_of: 2020-01-01 } }
       ·                                      ─────
       ╰────
      help: set it at the top of the file, or by `--as-of`
    ");
    let project = sound();
    assert_snapshot!(project.run(&["check", PIPELINE, "--param", "as_of=2020-01-01"]).message(), @r"
    exit code 2
      × --param as_of: the pipeline has no such parameter
      help: the date of the run is set by `--as-of`
    ");
    project.replace(PIPELINE, "sources:", "params: { x: 1 }\nsources:");
    assert_snapshot!(project.run(&["check", PIPELINE, "--param", "x=1", "--param", "x=2"]).message(), @r"
    exit code 2
      × --param x is given more than once
      help: give each parameter one value
    ");
}

/// A number has all the digits that were written, in SQL and in the record.
#[test]
fn numbers_keep_their_digits() {
    let project = sound();
    project.replace(
        PIPELINE,
        "sources:",
        "params: { most: 1234567890123456.78, whole: 2.0, small: 1e-3 }\nsources:",
    );
    project.write(
        "sql/seen.sql",
        "select $most as most, 7 / $whole as half, $small as small from transactions limit 1",
    );
    project.ran();
    assert_snapshot!(project.table("private/shop/2024-03-31/tables/seen.parquet").text(), @r"
    most | half | small
    1234567890123456.78 | 3.5000 | 0.001
    ");
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    assert_eq!(manifest["parameters"]["most"], "1234567890123456.78");
    project.done(&["run", PIPELINE, "--param", "most=9876543210987654.32", "--param", "whole=4"]);
    assert_snapshot!(project.table("private/shop/2024-03-31/tables/seen.parquet").text(), @r"
    most | half | small
    9876543210987654.32 | 1.7500 | 0.001
    ");
    let many = "1".repeat(39);
    assert!(top(&format!("params: {{ x: {many}.5 }}")).contains("`x` must be a number of at most 38 digits"));
}

/// A project with one shipped query, bound to some parameters.
fn shipped(query: &str, with: &str) -> String {
    let project = Project::new();
    copy(&repository().join("sql"), &project.path("sql"));
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data\nsteps:\n  seen: {{ sql: sql/{query}.sql, with: {{ {with} }} }}\n  receipts: {{ sql: sql/receipts.sql }}\n  customer_day: {{ sql: sql/customer_day.sql }}\n  customer_summary: {{ sql: sql/customer_summary.sql }}\n  customer_value: {{ sql: sql/margins.sql }}\n"
        ),
    );
    project
        .write("sql/margins.sql", "select customer_id, cast(0.3 as double) as margin from customer_summary");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "1.00")]));
    project.complaint()
}

#[test]
fn settings_of_shipped_queries_have_ranges() {
    assert_snapshot!(shipped("monthly", "lost_after_days: -180"), @r"
    exit code 2
      × `lost_after_days` is -180, but must be a whole number from 1 to 3650
       ╭─[pipelines/shop.yaml:7:41]
     6 │ steps:
     7 │   seen: { sql: sql/monthly.sql, with: { lost_after_days: -180 } }
       ·                                         ───────────────
     8 │   receipts: { sql: sql/receipts.sql }
       ╰────
      help: sql/monthly.sql says so
    ");
    assert_snapshot!(shipped("rfm", "bins: 5.5"), @r"
    exit code 2
      × `bins` is 5.5, but must be a whole number from 2 to 10
       ╭─[pipelines/shop.yaml:7:37]
     6 │ steps:
     7 │   seen: { sql: sql/rfm.sql, with: { bins: 5.5 } }
       ·                                     ────
     8 │   receipts: { sql: sql/receipts.sql }
       ╰────
      help: sql/rfm.sql says so
    ");
    assert_snapshot!(
        shipped("churn", "cooling_after: 3, at_risk_after: 1.5, lost_after: 6, min_gap_days: 7"),
        @r"
    exit code 2
      × `at_risk_after` is 1.5, but must be a number above `cooling_after`, which is 3
       ╭─[pipelines/shop.yaml:7:57]
     6 │ steps:
     7 │   seen: { sql: sql/churn.sql, with: { cooling_after: 3, at_risk_after: 1.5, lost_after: 6, min_gap_days: 7 } }
       ·                                                         ─────────────
     8 │   receipts: { sql: sql/receipts.sql }
       ╰────
      help: sql/churn.sql says so
    "
    );
    // Per cent in place of a share.
    assert_snapshot!(shipped("equity/retention_what_if", "discount_rate: 10, margin: 40"), @r"
    exit code 2
      × `discount_rate` is 10, but must be a number from 0 to 1
       ╭─[pipelines/shop.yaml:7:58]
     6 │ steps:
     7 │   seen: { sql: sql/equity/retention_what_if.sql, with: { discount_rate: 10, margin: 40 } }
       ·                                                          ─────────────
     8 │   receipts: { sql: sql/receipts.sql }
       ╰────
      help: sql/equity/retention_what_if.sql says so
      × `margin` is 40, but must be a number above 0 to 1
       ╭─[pipelines/shop.yaml:7:77]
     6 │ steps:
     7 │   seen: { sql: sql/equity/retention_what_if.sql, with: { discount_rate: 10, margin: 40 } }
       ·                                                                             ──────
     8 │   receipts: { sql: sql/receipts.sql }
       ╰────
      help: sql/equity/retention_what_if.sql says so
    ");
    assert_snapshot!(shipped("rfm", "bins: 5"), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 5 steps, as of 2024-03-31
    ");
}

/// Every parameter of a shipped query that a user sets says what it must be.
#[test]
fn every_setting_of_a_shipped_query_is_declared() {
    // The steps of a module say which dimension each is of.
    let own: Vec<&str> =
        Dates::parameter_names().map(|(name, _)| name).chain(["returns", "dimension"]).collect();
    // A setting of a module is declared in the module's file.
    let modules = module::names(repository());
    let settings: BTreeSet<String> = modules
        .iter()
        .flat_map(|name| module::read(repository(), name).unwrap().settings)
        .map(|setting| setting.name)
        .collect();
    for (name, bytes) in content(&repository().join("sql")) {
        let text = String::from_utf8(bytes).unwrap();
        let query: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        for part in query.join("\n").split('$').skip(1) {
            let parameter: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            // The end of a regular expression.
            if parameter.is_empty() {
                continue;
            }
            let declared =
                text.contains(&format!("\n-- ${parameter} must be ")) || settings.contains(&parameter);
            assert!(declared || own.contains(&parameter.as_str()), "{name}: ${parameter}");
        }
    }
}

/// A query of one's own can say what its parameters must be, and the command line is held to it too.
#[test]
fn declarations_of_ones_own() {
    let project = sound();
    project.replace(PIPELINE, "sources:", "params: { days: 90 }\nsources:");
    project.write(
        "sql/seen.sql",
        "-- $days must be a whole number from 1 to 365\nselect $days as days from transactions",
    );
    project.done(&["check", PIPELINE]);
    assert_snapshot!(project.run(&["check", PIPELINE, "--param", "days=400"]).message(), @r"
    exit code 2
      × --param days: `days` is 400, but must be a whole number from 1 to 365
      help: sql/seen.sql says so
    ");
    project.write("sql/seen.sql", "-- $days must be even\nselect $days as days from transactions");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × what `$days` must be is not understood
       ╭─[sql/seen.sql:1:1]
     1 │ -- $days must be even
       · ─────────────────────
     2 │ select $days as days from transactions
       ╰────
      help: write it as `-- $x must be a whole number from 1 to 10`; docs/pipeline.md has all forms
    ");
}

#[test]
fn dates_are_not_compared_with_numbers() {
    let query = |sql: &str| {
        let project = sound();
        project.write("sql/seen.sql", sql);
        project.complaint()
    };
    assert_snapshot!(query("select customer_id\nfrom transactions\nwhere day > 20240201\n"), @r"
    exit code 2
      × a date is compared with a number
       ╭─[sql/seen.sql:3:7]
     2 │ from transactions
     3 │ where day > 20240201
       ·       ───
       ╰────
      help: write dates as `date '2024-02-01'`, or as a parameter such as `$as_of`
    ");
    assert_snapshot!(query("select case when amount > 0 then day in (1, 2) end as x from transactions"), @r"
    exit code 2
      × a date is compared with a number
       ╭─[sql/seen.sql:1:34]
     1 │ select case when amount > 0 then day in (1, 2) end as x from transactions
       ·                                  ───
       ╰────
      help: write dates as `date '2024-01-31'`, or as a parameter such as `$as_of`
    ");
    assert_snapshot!(query("select a.day from transactions a join transactions b on a.day = b.amount"), @r"
    exit code 2
      × a date is compared with a number
       ╭─[sql/seen.sql:1:57]
     1 │ select a.day from transactions a join transactions b on a.day = b.amount
       ·                                                         ─────
       ╰────
      help: write dates as `date '2024-01-31'`, or as a parameter such as `$as_of`
    ");
    let sound_ones = "select customer_id from transactions where day > date '2024-02-01' and day > '2024-02-01' \
                      and day between $as_of - interval 90 day and $as_of and day > $as_of - 90 and amount > 5";
    assert!(query(sound_ones).starts_with("exit code 0"), "{}", query(sound_ones));
    assert_snapshot!(source("    quarantine:\n      old: occurred_at < 20200101\n"), @r"
    exit code 2
      × a date is compared with a number
       ╭─[pipelines/shop.yaml:7:12]
     6 │     quarantine:
     7 │       old: occurred_at < 20200101
       ·            ──────────────────────
     8 │ steps:
       ╰────
      help: write dates as `date '2020-01-01'`, or as a parameter such as `$as_of`
    ");
}

#[test]
fn settings_that_would_have_no_effect() {
    assert_snapshot!(
        changed(
            "{ sql: sql/seen.sql }",
            "{ sql: sql/seen.sql, keep: false }\n  clv: { model: bg_nbd, from: seen, by_day: day, keep: false }\nreport:\n  sections: [seen, seen, nothing]"
        ),
        @r"
    exit code 2
      × `by_day` has no use beside `model`
       ╭─[pipelines/shop.yaml:8:37]
     7 │   seen: { sql: sql/seen.sql, keep: false }
     8 │   clv: { model: bg_nbd, from: seen, by_day: day, keep: false }
       ·                                     ──────
     9 │ report:
       ╰────
      help: what a model says changes with every day; `by_day` belongs to `sql`
      × `keep` has no use beside `model`
       ╭─[pipelines/shop.yaml:8:50]
     7 │   seen: { sql: sql/seen.sql, keep: false }
     8 │   clv: { model: bg_nbd, from: seen, by_day: day, keep: false }
       ·                                                  ────
     9 │ report:
       ╰────
      help: a model's tables are always kept; `keep: false` belongs to `sql`
      × the section `seen` is listed twice
        ╭─[pipelines/shop.yaml:10:20]
      9 │ report:
     10 │   sections: [seen, seen, nothing]
        ·                    ────
        ╰────
      × `nothing` is not a value of `sections`
        ╭─[pipelines/shop.yaml:10:26]
      9 │ report:
     10 │   sections: [seen, seen, nothing]
        ·                          ───────
        ╰────
      help: known here: warning, findings, method, headline, churn, cohorts, seen, segments, value,
            clv, and 6 more
    "
    );
    assert_snapshot!(top("timezone: EST\ncurrency: RMB\nmemory: 0\ncache: 1MiB"), @r"
    exit code 2
      × `EST` is not a time zone
       ╭─[pipelines/shop.yaml:3:11]
     2 │ as_of: 2024-03-31
     3 │ timezone: EST
       ·           ───
     4 │ currency: RMB
       ╰────
      help: did you mean `EST`? It is a name of the IANA database
      × `RMB` is not a currency
       ╭─[pipelines/shop.yaml:4:11]
     3 │ timezone: EST
     4 │ currency: RMB
       ·           ───
     5 │ memory: 0
       ╰────
      help: did you mean `CNY`? It is an ISO 4217 code
      × `memory` must be an amount, not a whole number
       ╭─[pipelines/shop.yaml:5:9]
     4 │ currency: RMB
     5 │ memory: 0
       ·         ─
     6 │ cache: 1MiB
       ╰────
      help: write a whole number of MiB or GiB, at least 64MiB, such as `memory: 2GiB`
      × `1MiB` is not an amount of cache
       ╭─[pipelines/shop.yaml:6:8]
     5 │ memory: 0
     6 │ cache: 1MiB
       ·        ────
     7 │ sources:
       ╰────
      help: write a whole number of MiB or GiB, at least 64MiB, such as `cache: 5GiB`
    ");
}

/// Both would publish into one folder.
#[test]
fn two_pipelines_of_one_name() {
    let project = sound();
    let text = project.read(PIPELINE);
    project.write("pipelines/copy.yaml", &text);
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × pipelines/copy.yaml has the name `shop` too
       ╭─[pipelines/shop.yaml:1:7]
     1 │ name: shop
       ·       ────
     2 │ as_of: 2024-03-31
       ╰────
      help: give each pipeline a name of its own: its reports lie in the folder `site/<name>/`
    ");
    assert_eq!(project.run(&["run", "pipelines/copy.yaml"]).code, Some(2));
    assert!(project.nothing_published());
    project.replace("pipelines/copy.yaml", "name: shop", "name: other");
    // What is no pipeline has names of its own.
    project.write("pipelines/values.yaml", "name: shop\nimage: shop\n");
    project.write("compose.yaml", "name: shop\n");
    project.ran();
}

/// `latest` would point there for good.
#[test]
fn an_as_of_date_to_come() {
    let project = sound();
    let message = project.run(&["run", PIPELINE, "--as-of", "9000-01-01"]).message();
    let (what, help) = message.split_once("today is ").unwrap();
    assert_eq!(what, "exit code 2\n  × the as-of date 9000-01-01 lies ahead: ");
    assert!(help.ends_with("by this machine's clock\n  help: a report speaks of days that are over; give a date up to tomorrow"), "{help}");
    assert!(project.nothing_published());
    project.replace(PIPELINE, "as_of: 2024-03-31", "as_of: 9000-01-01");
    let message = project.complaint();
    assert!(message.contains("2 │ as_of: 9000-01-01\n   ·        ──────────"), "{message}");
}

/// A project's templates are taken file by file.
#[test]
fn templates_without_the_page_s_own() {
    let project = sound();
    let text = project.read(PIPELINE);
    project.write(PIPELINE, format!("{text}report:\n  sections: [seen]\n"));
    // A folder that has nothing of the program's names is something else.
    project.write("reports/2023.html", "<p>an old report</p>");
    project.ran();
    std::fs::remove_file(project.path("reports/2023.html")).unwrap();
    project.write("reports/sections/seen.html", "<section>our own words</section>");
    project.ran();
    assert!(project.read("site/shop/2024-03-31/index.html").contains("our own words"));
    project.write("reports/style.css", "/* our own style */");
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(page.contains("our own words") && page.contains("our own style"), "{page}");
    project.write("reports/sections/headlin.html", "<p>never seen</p>");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × reports/sections/headlin.html is a file that no page is made of
      help: did you mean `sections/headline.html`?
    ");
}

/// A simulated shop does not come into a project of somebody's own.
#[test]
fn a_demo_in_a_real_project() {
    let project = Project::new();
    project.done(&["init", "shop"]);
    let text = project.read("shop/pipelines/demo.yaml");
    project.write("shop/pipelines/demo.yaml", text.replace("$data/transactions/", "/srv/sales/"));
    let before = content(project.root());
    let demo = ["demo", "shop", "--customers", "40", "--days", "20"];
    assert_snapshot!(project.run(&demo).message(), @r"
    exit code 2
      × shop is a project of its own: it has pipelines/
      help: name another folder, such as `regulars demo regulars-demo`; nothing was written
    ");
    assert!(content(project.root()) == before);
    project.write("shop/pipelines/demo.yaml", text);
    project.write("shop/data/sales.csv", "id\n");
    assert_snapshot!(project.run(&demo).message(), @r"
    exit code 2
      × shop is a project of its own: it has data/
      help: name another folder, such as `regulars demo regulars-demo`; nothing was written
    ");
    let other = Project::new();
    other.write("pipelines/sales.yaml", "name: sales\n");
    assert_eq!(other.run(&["demo", "."]).code, Some(2));
}
