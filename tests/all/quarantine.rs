//! Rows that rules set aside: the first rule wins, all are counted, valued and kept.

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

/// A project whose source has these rules and rows.
fn shop(rules: &str, rows: &[(&str, &str, &str, &str)]) -> Project {
    let rules: String = rules.lines().map(|line| format!("  {line}\n")).collect();
    let project = Project::shop(&format!("path: data\nquarantine:\n{rules}"));
    parquet(&project.path("data/a.parquet"), &sales(rows));
    project
}

fn aside(project: &Project) -> String {
    project.table("private/shop/2024-03-31/quarantine/transactions.parquet").text()
}

/// The manifest's line for each rule, and what is used of what came in.
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

const ROWS: [(&str, &str, &str, &str); 6] = [
    ("t1", "ann", "2024-01-05", "10.00"),
    ("t2", "", "2024-01-05", "-7.00"),
    ("t3", "bob", "2024-01-06", "-1.00"),
    ("t4", "bob", "2024-01-06", ""),
    ("t5", "", "2024-01-07", "2.50"),
    ("t6", "cy", "2024-01-08", "0.00"),
];

/// t2 meets both rules: the first of them has it. t4 has no amount: `amount < 0` is neither true nor false of it.
#[test]
fn the_first_rule_wins_and_null_is_no_match() {
    let project =
        shop("no_customer: customer_id IS NULL\nbelow_zero: amount < 0\nnever: amount > 1000", &ROWS);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 6 rows, 4.50
    used: 2 rows, 10.00
    no_customer: 2 rows, -4.50
    below_zero: 1 rows, -1.00
    never: 0 rows, 0.00
    no_amount: 1 rows, 0.00
    ");
    assert_snapshot!(aside(&project), @r"
    transaction_id | customer_id | occurred_at | amount | quantity | cost | discount | product_id | category | channel | store_id | currency | day | _rule
    t2 | NULL | 2024-01-05 | -7.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-05 | no_customer
    t3 | bob | 2024-01-06 | -1.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-06 | below_zero
    t4 | bob | 2024-01-06 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-06 | no_amount
    t5 | NULL | 2024-01-07 | 2.50 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-07 | no_customer
    ");
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 10.00
    t6 | cy | 2024-01-08 | 0.00
    ");
}

#[test]
fn the_other_order_of_rules() {
    let project = shop("below_zero: amount < 0\nno_customer: customer_id IS NULL", &ROWS);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 6 rows, 4.50
    used: 2 rows, 10.00
    below_zero: 2 rows, -8.00
    no_customer: 1 rows, 2.50
    no_amount: 1 rows, 0.00
    ");
    assert_snapshot!(aside(&project), @r"
    transaction_id | customer_id | occurred_at | amount | quantity | cost | discount | product_id | category | channel | store_id | currency | day | _rule
    t2 | NULL | 2024-01-05 | -7.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-05 | below_zero
    t3 | bob | 2024-01-06 | -1.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-06 | below_zero
    t4 | bob | 2024-01-06 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-06 | no_amount
    t5 | NULL | 2024-01-07 | 2.50 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-07 | no_customer
    ");
}

/// What queries and the report see of it.
#[test]
fn the_audit_is_a_table() {
    let project = shop("no_customer: customer_id IS NULL\nbelow_zero: amount < 0", &ROWS);
    project.write("sql/seen.sql", "select * from audit_rows order by source, rule nulls first");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    source | rule | rows | amount
    transactions | NULL | 2 | 10.0000
    transactions | below_zero | 1 | -1.0000
    transactions | no_amount | 1 | 0.0000
    transactions | no_customer | 2 | -4.5000
    ");
    // Spreadsheets know UTF-8 by the mark at its beginning.
    let download = project.read("site/shop/2024-03-31/downloads/audit_rows.csv");
    assert_snapshot!(download.strip_prefix('\u{feff}').unwrap(), @r"
    source,rule,rows,amount
    transactions,,2,10.0000
    transactions,no_customer,2,-4.5000
    transactions,below_zero,1,-1.0000
    transactions,no_amount,1,0.0000
    ");
}

/// A rule may name a column of the file that the table does not have, and a parameter.
#[test]
fn rules_over_the_file_s_columns_and_parameters() {
    let project = Project::shop(
        "path: data
columns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: occurred_at
  amount: amount * 2
quarantine:
  small: amount <= $least
  by_bob: CUSTOMER_ID = 'bob'",
    );
    project.replace(PIPELINE, "sources:", "params: { least: 10.5 }\nsources:");
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 6 rows, 9.00
    used: 1 rows, 20.00
    small: 4 rows, -11.00
    by_bob: 1 rows, 0.00
    ");
    project.done(&["run", PIPELINE, "--param", "least=-100"]);
    assert_snapshot!(counts(&project), @r"
    in: 6 rows, 9.00
    used: 2 rows, 20.00
    small: 0 rows, 0.00
    by_bob: 2 rows, -2.00
    no_customer_id: 2 rows, -9.00
    ");
}

const REPEATED: [(&str, &str, &str, &str); 8] = [
    ("t1", "ann", "2024-01-05", "10.00"),
    ("t1", "ann", "2024-01-05", "10.00"),
    ("t1", "ann", "2024-01-05", "10.00"),
    ("t2", "bob", "2024-01-06", "3.00"),
    ("t2", "bob", "2024-01-07", "4.00"),
    ("", "cy", "2024-01-08", "5.00"),
    ("", "cy", "2024-01-08", "5.00"),
    ("t3", "dee", "2024-01-09", "6.00"),
];

/// Of rows that are alike in the key exactly one stays; a NULL in the key makes a row unlike any other.
#[test]
fn repeated_keeps_one_of_each() {
    let project = shop("duplicate: { repeated: [transaction_id] }", &REPEATED);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 8 rows, 53.00
    used: 3 rows, 19.00
    duplicate: 3 rows, 24.00
    no_transaction_id: 2 rows, 10.00
    ");
    assert_snapshot!(aside(&project), @r"
    transaction_id | customer_id | occurred_at | amount | quantity | cost | discount | product_id | category | channel | store_id | currency | day | _rule
    t1 | ann | 2024-01-05 | 10.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-05 | duplicate
    t1 | ann | 2024-01-05 | 10.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-05 | duplicate
    t2 | bob | 2024-01-07 | 4.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-07 | duplicate
    NULL | cy | 2024-01-08 | 5.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-08 | no_transaction_id
    NULL | cy | 2024-01-08 | 5.00 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2024-01-08 | no_transaction_id
    ");
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 10.00
    t2 | bob | 2024-01-06 | 3.00
    t3 | dee | 2024-01-09 | 6.00
    ");
}

#[test]
fn repeated_by_two_columns() {
    let project = shop("duplicate: { repeated: [transaction_id, occurred_at] }", &REPEATED);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 8 rows, 53.00
    used: 4 rows, 23.00
    duplicate: 2 rows, 20.00
    no_transaction_id: 2 rows, 10.00
    ");
}

/// Which of them stays does not depend on the order of rows, nor on the files that they lie in.
#[test]
fn repeated_keeps_the_same_one_however_rows_are_ordered() {
    let rule = "duplicate: { repeated: [transaction_id] }";
    let first = shop(rule, &REPEATED);
    let mut turned = REPEATED;
    turned.reverse();
    let second = shop(rule, &turned[..3]);
    parquet(&second.path("data/0.parquet"), &sales(&turned[3..]));
    for project in [&first, &second] {
        project.ran();
    }
    assert_eq!(first.seen(), second.seen());
    assert_eq!(aside(&first), aside(&second));
}

/// A row that an earlier rule has set aside is none of those of which one stays.
#[test]
fn repeated_after_another_rule() {
    let rows = [
        ("t1", "ann", "2024-01-05", "1.00"),
        ("t1", "ann", "2024-01-05", "2.00"),
        ("t2", "bob", "2024-01-05", "3.00"),
        ("t2", "bob", "2024-01-05", "4.00"),
    ];
    let project = shop("small: amount < 1.5\nduplicate: { repeated: [transaction_id] }", &rows);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 4 rows, 10.00
    used: 2 rows, 5.00
    small: 1 rows, 1.00
    duplicate: 1 rows, 4.00
    ");
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 2.00
    t2 | bob | 2024-01-05 | 3.00
    ");
}

/// Two `repeated` rules, each with keys of its own.
#[test]
fn two_repeated_rules() {
    let rows = [
        ("t1", "ann", "2024-01-05", "1.00"),
        ("t1", "ann", "2024-01-05", "1.00"),
        ("t2", "bob", "2024-01-06", "2.00"),
        ("t3", "bob", "2024-01-06", "3.00"),
    ];
    let rules = "same_id: { repeated: [transaction_id] }\nsame_day: { repeated: [customer_id, occurred_at] }";
    let project = shop(rules, &rows);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 4 rows, 7.00
    used: 2 rows, 3.00
    same_id: 1 rows, 1.00
    same_day: 1 rows, 3.00
    ");
}

/// All rows set aside: a run without rows is a run.
#[test]
fn nothing_left() {
    let project = shop("all: amount IS NULL OR amount IS NOT NULL", &ROWS);
    project.ran();
    assert_snapshot!(counts(&project), @r"
    in: 6 rows, 4.50
    used: 0 rows, 0.00
    all: 6 rows, 4.50
    ");
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").batch.num_rows(), 0);
}

/// Its rows are counted and kept; there is no money to value.
#[test]
fn rules_of_a_source_without_money() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    parquet(&project.path("more/customers.parquet"), &sales(&ROWS));
    project.replace(
        PIPELINE,
        "steps:",
        "  customers:\n    path: more\n    quarantine: { unnamed: customer_id IS NULL }\nsteps:",
    );
    project
        .write("sql/seen.sql", "select source, rule, rows, amount from audit_rows order by 1, 2 nulls first");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    source | rule | rows | amount
    customers | NULL | 4 | NULL
    customers | unnamed | 2 | NULL
    transactions | NULL | 3 | 9.0000
    transactions | no_amount | 1 | 0.0000
    transactions | no_customer_id | 2 | -4.5000
    ");
    let kept = project.table("private/shop/2024-03-31/quarantine/customers.parquet");
    assert_eq!(kept.column("_rule"), ["unnamed", "unnamed"]);
}
