//! What a user reads after a mistake in the SQL of a source's entry: columns, rules and checks.

use insta::assert_snapshot;

use crate::messages::sound;
use crate::support::PIPELINE;

/// The complaint about a source's entry.
fn source(entry: &str) -> String {
    let project = sound();
    project.replace(PIPELINE, "    path: data\n", &format!("    path: data\n{entry}"));
    project.complaint()
}

#[test]
fn a_column_that_the_files_do_not_have() {
    let columns = "    columns:
      transaction_id: transaction_id
      customer_id: CustomerNo
      occurred_at: occurred_at
      amount: amount + shiping
";
    assert_snapshot!(source(columns), @r"
    exit code 2
      × the files of `transactions` have no column `CustomerNo`
       ╭─[pipelines/shop.yaml:8:20]
     7 │       transaction_id: transaction_id
     8 │       customer_id: CustomerNo
       ·                    ──────────
     9 │       occurred_at: occurred_at
       ╰────
      help: known here: transaction_id, customer_id, occurred_at, amount
      × the files of `transactions` have no column `shiping`
        ╭─[pipelines/shop.yaml:10:24]
      9 │       occurred_at: occurred_at
     10 │       amount: amount + shiping
        ·                        ───────
     11 │ steps:
        ╰────
      help: known here: transaction_id, customer_id, occurred_at, amount
    ");
}

#[test]
fn a_missing_canonical_column() {
    let columns = "    columns:
      transaction_id: transaction_id
      customer_id: customer_id
      occured_at: occurred_at
";
    assert_snapshot!(source(columns), @r"
    exit code 2
      × the source `transactions` maps no `amount`
       ╭─[pipelines/shop.yaml:4:3]
     3 │ sources:
     4 │   transactions:
       ·   ────────────
     5 │     path: data
       ╰────
      help: add `amount: <SQL over the file's columns>` under `columns`; without money, `amounts:
            none` beside `path` counts each row as 1
      × `occured_at` is not a canonical column
        ╭─[pipelines/shop.yaml:9:7]
      8 │       customer_id: customer_id
      9 │       occured_at: occurred_at
        ·       ──────────
     10 │ steps:
        ╰────
      help: did you mean `occurred_at`?
    ");
}

#[test]
fn money_that_is_not_exact() {
    let columns = "    columns:
      transaction_id: transaction_id
      customer_id: customer_id
      occurred_at: CAST(occurred_at AS VARCHAR)
      amount: CAST(amount AS DOUBLE)
      quantity: customer_id
";
    assert_snapshot!(source(columns), @r"
    exit code 2
      × `occurred_at` is VARCHAR, not a date or timestamp
        ╭─[pipelines/shop.yaml:9:20]
      8 │       customer_id: customer_id
      9 │       occurred_at: CAST(occurred_at AS VARCHAR)
        ·                    ────────────────────────────
     10 │       amount: CAST(amount AS DOUBLE)
        ╰────
      help: convert it, as in `to_timestamp(column)` or `CAST(column AS DATE)`
      × `amount` is DOUBLE; money must be exact
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: CAST(occurred_at AS VARCHAR)
     10 │       amount: CAST(amount AS DOUBLE)
        ·               ──────────────────────
     11 │       quantity: customer_id
        ╰────
      help: convert it to a decimal with all decimals that your prices have, as in `CAST(column AS
            DECIMAL(18, 4))`; rows that lose digits by it are counted, and a run says how many
      × `quantity` is VARCHAR, not a number (the column `customer_id` of a.parquet)
        ╭─[pipelines/shop.yaml:11:17]
     10 │       amount: CAST(amount AS DOUBLE)
     11 │       quantity: customer_id
        ·                 ───────────
     12 │ steps:
        ╰────
      help: convert it, as in `CAST(column AS BIGINT)`
    ");
}

#[test]
fn not_sql_in_a_mapping() {
    let columns = "    columns:
      transaction_id: transaction_id
      customer_id: concat(customer_id,
      occurred_at: occurred_at
      amount: \"amount +* 2\"
";
    assert_snapshot!(source(columns), @r#"
    exit code 2
      × the expression ends where more is expected
       ╭─[pipelines/shop.yaml:8:39]
     7 │       transaction_id: transaction_id
     8 │       customer_id: concat(customer_id,
       ·                                       ▲
     9 │       occurred_at: occurred_at
       ╰────
      help: remove the comma at the end
      × `*` cannot stand here
        ╭─[pipelines/shop.yaml:10:24]
      9 │       occurred_at: occurred_at
     10 │       amount: "amount +* 2"
        ·                        ─
     11 │ steps:
        ╰────
      help: a column or a value should stand here
    "#);
}

#[test]
fn unknown_columns_in_checks() {
    let checks = "    checks:
      - not_null: [amount, custmer_id]
      - accepted_range: { column: price, min: 0 }
";
    assert_snapshot!(source(checks), @r"
    exit code 2
      × `custmer_id` is not a column of `transactions`
       ╭─[pipelines/shop.yaml:7:28]
     6 │     checks:
     7 │       - not_null: [amount, custmer_id]
       ·                            ──────────
     8 │       - accepted_range: { column: price, min: 0 }
       ╰────
      help: did you mean `customer_id`?
      × `price` is not a column of `transactions`
       ╭─[pipelines/shop.yaml:8:35]
     7 │       - not_null: [amount, custmer_id]
     8 │       - accepted_range: { column: price, min: 0 }
       ·                                   ─────
     9 │ steps:
       ╰────
      help: known here: cost, day, amount, channel, currency, quantity, discount, product_id,
            store_id, category, and 3 more
    ");
}

#[test]
fn unknown_columns_in_rules() {
    let rules = "    quarantine:
      no_amount: amonut IS NULL
      no_condition: amount + 1
      duplicate: { repeated: [transaction_id, line] }
";
    assert_snapshot!(source(rules), @r"
    exit code 2
      × the files of `transactions` have no column `amonut`
       ╭─[pipelines/shop.yaml:7:18]
     6 │     quarantine:
     7 │       no_amount: amonut IS NULL
       ·                  ──────
     8 │       no_condition: amount + 1
       ╰────
      help: did you mean `amount`?
      × the rule `no_condition` is DECIMAL(29, 2), not a condition
       ╭─[pipelines/shop.yaml:8:21]
     7 │       no_amount: amonut IS NULL
     8 │       no_condition: amount + 1
       ·                     ──────────
     9 │       duplicate: { repeated: [transaction_id, line] }
       ╰────
      help: a rule is true for the rows to set aside, as in `amount = 0`
      × `line` is not a column of `transactions`
        ╭─[pipelines/shop.yaml:9:47]
      8 │       no_condition: amount + 1
      9 │       duplicate: { repeated: [transaction_id, line] }
        ·                                               ────
     10 │ steps:
        ╰────
      help: known here: cost, day, amount, channel, discount, quantity, category, store_id, currency,
            customer_id, and 3 more
    ");
}

#[test]
fn a_rule_that_reads_the_clock() {
    let rules = "    quarantine:
      from_tomorrow: occurred_at > now()
";
    assert_snapshot!(source(rules), @r"
    exit code 2
      × `now()` gives something else on every run
       ╭─[pipelines/shop.yaml:7:22]
     6 │     quarantine:
     7 │       from_tomorrow: occurred_at > now()
       ·                      ───────────────────
     8 │ steps:
       ╰────
      help: the same files and as-of date must give the same figures; `$as_of` is the date of the run
    ");
}
