//! What required columns imply: rows without them are set aside by rules of their own, and the run says so. Shops
//! without order ids or amounts say that instead.

use std::sync::Arc;

use arrow::array::{ArrayRef, TimestampMicrosecondArray};
use insta::assert_snapshot;

use crate::data::{batch, decimals, parquet, sales, texts};
use crate::support::{PIPELINE, Project};

/// One good row, and one for each thing that can be missing.
const DIRTY: [(&str, &str, &str, &str); 7] = [
    ("t1", "ann", "2024-01-05", "50.00"),
    ("t2", "", "2024-01-05", "1.00"),
    ("t3", "  ", "2024-01-06", "2.00"),
    ("", "bob", "2024-01-06", "4.00"),
    ("t5", "bob", "", "8.00"),
    ("t6", "bob", "2024-01-07", ""),
    ("t7", "bob", "2024-04-07", "16.00"),
];

fn shop(entry: &str, rows: &[(&str, &str, &str, &str)]) -> Project {
    let project = Project::shop(&format!("path: data\n{entry}"));
    parquet(&project.path("data/a.parquet"), &sales(rows));
    project
}

/// The manifest's line for what was used and for each rule.
fn counts(project: &Project) -> String {
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    let source = &manifest["sources"][0];
    let text = |value: &serde_json::Value| value.to_string().replace('"', "");
    let mut lines = vec![
        format!("in: {} rows, {}", text(&source["rows_in"]), text(&source["amount_in"])),
        format!("used: {} rows, {}", text(&source["rows_used"]), text(&source["amount_used"])),
    ];
    for rule in source["set_aside"].as_array().unwrap() {
        lines.push(format!(
            "{}: {} rows, {}",
            text(&rule["rule"]),
            text(&rule["rows"]),
            text(&rule["amount"])
        ));
    }
    lines.join("\n")
}

#[test]
fn a_pipeline_without_rules_on_dirty_data() {
    let project = shop("", &DIRTY);
    let outcome = project.ran();
    assert_eq!(outcome.words(), "");
    assert_snapshot!(counts(&project), @r"
    in: 7 rows, 81.00
    used: 1 rows, 50.00
    no_customer_id: 2 rows, 3.00
    no_transaction_id: 1 rows, 4.00
    no_occurred_at: 1 rows, 8.00
    no_amount: 1 rows, 0.00
    after_as_of: 1 rows, 16.00
    ");
    // What is used is what tables are made of.
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 50.00
    ");
    let aside = project.table("private/shop/2024-03-31/quarantine/transactions.parquet");
    let mut rules = aside.column("_rule");
    rules.sort();
    assert_eq!(
        rules,
        ["no_amount", "no_customer_id", "no_customer_id", "no_occurred_at", "no_transaction_id"]
    );
}

/// Rules that no row met are not told of, but for the pipeline's own.
#[test]
fn clean_data_has_no_implied_rules_in_its_record() {
    let project = shop("quarantine:\n  zero: amount = 0\n", &DIRTY[..1]);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 1 rows, 50.00
    used: 1 rows, 50.00
    zero: 0 rows, 0.00
    ");
}

/// The pipeline's own rules come first, and one that has the name of an implied rule takes all that the rule implies.
#[test]
fn rules_of_ones_own_come_first() {
    let rules = "quarantine:\n  no_customer: customer_id IS NULL\n  no_amount: amount IS NULL AND transaction_id = 'x'\n";
    let project = shop(rules, &DIRTY);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 7 rows, 81.00
    used: 1 rows, 50.00
    no_customer: 1 rows, 1.00
    no_amount: 1 rows, 0.00
    no_customer_id: 1 rows, 2.00
    no_transaction_id: 1 rows, 4.00
    no_occurred_at: 1 rows, 8.00
    after_as_of: 1 rows, 16.00
    ");
}

/// Of rows with one key, one that is of no use does not stay in the place of one that counts.
#[test]
fn a_row_of_no_use_takes_nobody_s_place() {
    let rows = [
        ("t1", "ann", "2024-01-05", ""),
        ("t1", "ann", "2024-01-05", "5.00"),
        ("t2", "", "2024-01-05", "7.00"),
        ("t2", "bob", "2024-01-05", "7.00"),
    ];
    let project = shop("quarantine:\n  duplicate: { repeated: [transaction_id] }\n", &rows);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 4 rows, 19.00
    used: 2 rows, 12.00
    duplicate: 2 rows, 7.00
    ");
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 5.00
    t2 | bob | 2024-01-05 | 7.00
    ");
}

/// A check that asks for values still finds that they are missing: the rows are of no use because of it.
#[test]
fn not_null_is_not_made_true_by_setting_rows_aside() {
    let project = shop("checks:\n  - not_null: [customer_id, amount]\n  - row_count: { min: 1 }\n", &DIRTY);
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 1
      × check not_null customer_id of `transactions`: 1 row without a value
      help: expected a value in every row
      × check not_null amount of `transactions`: 1 row without a value
      help: expected a value in every row
    ");
    // A rule of one's own says that such rows are expected.
    project.replace(
        PIPELINE,
        "    checks:",
        "    quarantine: { no_customer: customer_id IS NULL, no_amount: amount IS NULL }\n    checks:",
    );
    project.ran();
}

/// An instant beyond the calendar has no day.
#[test]
fn an_instant_without_a_day() {
    let instants = vec![Some(1_704_412_800_000_000), Some(400_000_000_000_000_000)];
    let instants: ArrayRef = Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC"));
    let project = Project::shop("path: data");
    let rows = batch(vec![
        ("transaction_id", texts(&["t1", "t2"])),
        ("customer_id", texts(&["ann", "bob"])),
        ("occurred_at", instants),
        ("amount", decimals(&["50.00", "50.00"], 10, 2)),
    ]);
    parquet(&project.path("data/a.parquet"), &rows);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 2 rows, 100.00
    used: 1 rows, 50.00
    day_out_of_range: 1 rows, 50.00
    ");
}

/// Visits, say: no order ids, no money. Rows of a customer and day are one order, and each row counts 1.
const VISITS: &str = "customer,at
ann,2024-01-05T09:00:00
ann,2024-01-05T18:00:00
ann,2024-01-05T18:00:00
ann,2024-01-06T09:00:00
bob,2024-01-06T09:00:00
,2024-01-06T09:00:00
";

fn visits(settings: &str) -> Project {
    let columns = "columns:\n  customer_id: customer\n  occurred_at: CAST(at AS TIMESTAMP)\n";
    let project = Project::shop(&format!("path: data/visits.csv\n{settings}{columns}"));
    project.write("data/visits.csv", VISITS);
    project.write(
        "sql/seen.sql",
        "select transaction_id, count(*) as lines, sum(amount) as amount from transactions group by 1 order by 1",
    );
    project
}

#[test]
fn one_order_per_customer_and_day() {
    let project = visits("orders: one_per_customer_day\namounts: none\n");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | lines | amount
    ann 2024-01-05 | 3 | 3.00
    ann 2024-01-06 | 1 | 1.00
    bob 2024-01-06 | 1 | 1.00
    ");
    assert_snapshot!(counts(&project), @r"
    in: 6 rows, 6.00
    used: 5 rows, 5.00
    no_customer_id: 1 rows, 1.00
    ");
}

#[test]
fn one_order_per_customer_and_time() {
    let project = visits("orders: one_per_customer_time\namounts: none\n");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | lines | amount
    ann 2024-01-05T09:00:00 | 1 | 1.00
    ann 2024-01-05T18:00:00 | 2 | 2.00
    ann 2024-01-06T09:00:00 | 1 | 1.00
    bob 2024-01-06T09:00:00 | 1 | 1.00
    ");
}

/// What an order is may change while files stay: what is kept of them is then of another kind.
#[test]
fn the_cache_knows_what_an_order_is() {
    let project = visits("orders: one_per_customer_day\namounts: none\n");
    project.replace(PIPELINE, "{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, incremental: true }");
    project.ran();
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").batch.num_rows(), 3);
    project.replace(PIPELINE, "one_per_customer_day", "one_per_customer_time");
    project.ran();
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").batch.num_rows(), 4);
}

/// What is missing is said, with the setting for shops that do not have it.
#[test]
fn the_messages_offer_the_settings() {
    assert_snapshot!(visits("").complaint(), @r"
    exit code 2
      × the source `transactions` maps no `transaction_id`
       ╭─[pipelines/shop.yaml:4:3]
     3 │ sources:
     4 │   transactions:
       ·   ────────────
     5 │     path: data/visits.csv
       ╰────
      help: add `transaction_id: <SQL over the file's columns>` under `columns`; without order ids,
            `orders: one_per_customer_day` beside `path` makes them
      × the source `transactions` maps no `amount`
       ╭─[pipelines/shop.yaml:4:3]
     3 │ sources:
     4 │   transactions:
       ·   ────────────
     5 │     path: data/visits.csv
       ╰────
      help: add `amount: <SQL over the file's columns>` under `columns`; without money, `amounts:
            none` beside `path` counts each row as 1
    ");
}

/// A column that is made and mapped, or lies in the files, would be one of the two unsaid.
#[test]
fn what_is_made_is_not_mapped_too() {
    let project = visits("orders: one_per_customer_day\namounts: none\n");
    project.replace(
        PIPELINE,
        "      customer_id:",
        "      transaction_id: customer\n      amount: paid\n      customer_id:",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `transaction_id` is mapped, and `orders` makes it
        ╭─[pipelines/shop.yaml:9:7]
      8 │     columns:
      9 │       transaction_id: customer
        ·       ──────────────
     10 │       amount: paid
        ╰────
      help: remove this line, or `orders`
      × `amount` is mapped, and `amounts` makes it
        ╭─[pipelines/shop.yaml:10:7]
      9 │       transaction_id: customer
     10 │       amount: paid
        ·       ──────
     11 │       customer_id: customer
        ╰────
      help: remove this line, or `amounts`
    ");
    let project = shop("amounts: none\norders: one_per_customer_day\n", &DIRTY);
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the files have a column `transaction_id`, and `orders` makes it
       ╭─[pipelines/shop.yaml:4:3]
     3 │ sources:
     4 │   transactions:
       ·   ────────────
     5 │     path: data
       ╰────
      help: list the `columns` to use without `transaction_id`, or remove `orders`
    ");
    let project = shop("", &DIRTY);
    project.replace(PIPELINE, "steps:", "  others: { path: data, orders: by_id, amounts: none }\nsteps:");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `orders` has no use here
       ╭─[pipelines/shop.yaml:6:25]
     5 │     path: data
     6 │   others: { path: data, orders: by_id, amounts: none }
       ·                         ──────
     7 │ steps:
       ╰────
      help: `orders` belongs to the source `transactions`
      × `amounts` has no use here
       ╭─[pipelines/shop.yaml:6:40]
     5 │     path: data
     6 │   others: { path: data, orders: by_id, amounts: none }
       ·                                        ───────
     7 │ steps:
       ╰────
      help: `amounts` belongs to the source `transactions`
    ");
}
