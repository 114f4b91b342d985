//! What must hold of the tables of steps: checks of a step's own, asked when all tables are there.

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project};

const SALES: &str = "who,id,at,paid\nann,1,2024-01-05,10.00\nbob,2,2024-03-07,20.50\nann,3,2024-03-08,\ndee,4,2024-03-09,0.25\n";

const PEOPLE: &str = "customer_id,city\nann,Ulm\nbob,\ncho,Bonn\n";

/// A shop with a step of orders and a source of people; `checks` are those of the step `orders`.
fn shop(checks: &str) -> Project {
    let project = Project::new();
    project.write("data/sales.csv", SALES);
    project.write("data/people.csv", PEOPLE);
    project.write(
        "sql/orders.sql",
        "select transaction_id, customer_id, day, amount, case when amount > 15 then 'large' else 'small' end as size \
         from transactions order by transaction_id\n",
    );
    project.write(
        "sql/sums.sql",
        "select customer_id, sum(amount) as revenue, count(*) as n from transactions group by customer_id\n",
    );
    let checks: String = checks.lines().map(|line| format!("      - {line}\n")).collect();
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/sales.csv\n    columns:\n      \
             customer_id: who\n      transaction_id: id\n      occurred_at: cast(\"at\" as date)\n      \
             amount: coalesce(try_cast(paid as decimal(10, 2)), 0)\n  people: {{ path: data/people.csv }}\nparams: {{ least: 0 }}\nsteps:\n  \
             orders:\n    sql: sql/orders.sql\n    checks:\n{checks}  sums: {{ sql: sql/sums.sql, keep: false }}\nreport: {{ sections: [orders, method] }}\n"
        ),
    );
    project
}

/// All that were asked, with what came of them.
fn results(project: &Project) -> String {
    let record = project.json("site/shop/2024-03-31/manifest.json");
    let of = |check: &serde_json::Value| {
        let word = |key: &str| check[key].as_str().unwrap().to_owned();
        let passed = if check["passed"] == true { "held" } else { "failed" };
        format!(
            "{} {}: {passed}, {}; expected {}",
            word("step"),
            word("check"),
            word("measured"),
            word("expected")
        )
    };
    record["step_checks"].as_array().unwrap().iter().map(of).collect::<Vec<_>>().join("\n")
}

const HOLD: &str = "not_null: [transaction_id, customer_id]
unique: transaction_id
accepted_range: { column: amount, min: 0, max: 20.50 }
accepted_values: { column: size, values: [small, large] }
row_count: { min: 4, max: 4 }
freshness: { column: day, fail_after: 22d }
relationships: { column: customer_id, to: sums }
relationships: { column: customer_id, to: sums, field: customer_id }
expression: amount >= $least
reconcile: { column: amount, to: sums, field: revenue }
reconcile: { column: amount, to: transactions }
reconcile: { to: transactions }";

const FAIL: &str = "not_null: [transaction_id]
unique: customer_id
accepted_range: { column: amount, min: 0.01 }
accepted_values: { column: size, values: [small] }
row_count: { min: 5 }
freshness: { column: day, warn_after: 21d, fail_after: 30d }
relationships: { column: customer_id, to: people }
expression: 'amount > 0 -- a return has its own line'
reconcile: { column: amount, to: sums, field: n }
reconcile: { to: people }
reconcile: { to: people, within: 1 }";

#[test]
fn checks_that_hold() {
    let project = shop(HOLD);
    project.ran();
    assert_snapshot!(results(&project), @r"
    orders not_null transaction_id: held, 0 rows without a value; expected a value in every row
    orders not_null customer_id: held, 0 rows without a value; expected a value in every row
    orders unique transaction_id: held, 0 values more than once; expected no value twice
    orders accepted_range amount: held, 0 rows outside; expected 0 to 20.5
    orders accepted_values size: held, 0 rows with another value; expected small, large
    orders row_count: held, 4 rows; expected 4 to 4
    orders freshness day: held, newest 2024-03-09, 22 days before 2024-03-31; expected at most 22 days old
    orders relationships customer_id to sums.customer_id: held, 0 rows with a value that `sums.customer_id` does not have; expected every value in `sums.customer_id`
    orders relationships customer_id to sums.customer_id: held, 0 rows with a value that `sums.customer_id` does not have; expected every value in `sums.customer_id`
    orders expression amount >= $least: held, 0 rows for which it is not true; expected true for every row
    orders reconcile amount with sums.revenue: held, 30.75, and 30.75 in `sums.revenue`; expected the same
    orders reconcile amount with transactions.amount: held, 30.75, and 30.75 in `transactions.amount`; expected the same
    orders reconcile rows with rows of transactions: held, 4, and 4 in `rows of transactions`; expected the same
    ");
    let page = project.read("site/shop/2024-03-31/method.html");
    assert!(page.contains("reconcile amount with sums.revenue"), "{page}");
    let downloads = project.read("site/shop/2024-03-31/downloads/audit_checks.csv");
    assert!(
        downloads.contains("orders,expression amount &gt;= $least")
            || downloads.contains("expression amount >= $least"),
        "{downloads}"
    );
}

/// Each failure is told, and those of severity `error` together end the run before anything is published.
#[test]
fn checks_that_fail() {
    let project = shop(FAIL);
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 1
      ⚠ nothing reads the parameter `least`: whatever it is changes no figure
        ╭─[pipelines/shop.yaml:12:11]
     11 │   people: { path: data/people.csv }
     12 │ params: { least: 0 }
        ·           ─────
     13 │ steps:
        ╰────
      help: remove it, or write `$least` where it is meant
      ⚠ check freshness day of `orders`: newest 2024-03-09, 22 days before 2024-03-31
      help: expected at most 21 days old
      × check unique customer_id of `orders`: 1 value more than once
      help: expected no value twice
      × check accepted_range amount of `orders`: 1 row outside
      help: expected at least 0.01
      × check accepted_values size of `orders`: 1 row with another value
      help: expected small
      × check row_count of `orders`: 4 rows
      help: expected at least 5
      × check relationships customer_id to people.customer_id of `orders`: 1 row with a value that
      │ `people.customer_id` does not have
      help: expected every value in `people.customer_id`
      × check expression amount > 0 -- a return has its own line of `orders`: 1 row for which it is
      │ not true
      help: expected true for every row
      × check reconcile amount with sums.n of `orders`: 30.75, and 4 in `sums.n`
      help: expected the same
      × check reconcile rows with rows of people of `orders`: 4, and 3 in `rows of people`
      help: expected the same
    ");
    assert!(project.nothing_published());
    let warned: String = FAIL.lines().map(|line| format!("{{ {line}, severity: warn }}\n")).collect();
    let project = shop(&warned);
    let done = project.ran();
    assert_eq!(done.err.matches("⚠ check").count(), 9, "{}", done.err);
    assert_snapshot!(results(&project), @r"
    orders not_null transaction_id: held, 0 rows without a value; expected a value in every row
    orders unique customer_id: failed, 1 value more than once; expected no value twice
    orders accepted_range amount: failed, 1 row outside; expected at least 0.01
    orders accepted_values size: failed, 1 row with another value; expected small
    orders row_count: failed, 4 rows; expected at least 5
    orders freshness day: failed, newest 2024-03-09, 22 days before 2024-03-31; expected at most 21 days old
    orders relationships customer_id to people.customer_id: failed, 1 row with a value that `people.customer_id` does not have; expected every value in `people.customer_id`
    orders expression amount > 0 -- a return has its own line: failed, 1 row for which it is not true; expected true for every row
    orders reconcile amount with sums.n: failed, 30.75, and 4 in `sums.n`; expected the same
    orders reconcile rows with rows of people: failed, 4, and 3 in `rows of people`; expected the same
    orders reconcile rows with rows of people: held, 4, and 3 in `rows of people`; expected the same
    ");
}

/// Values that are missing are no one's; an expression must be true, and NULL is not.
#[test]
fn missing_values() {
    let project = shop(
        "relationships: { column: city, to: towns }\nexpression: city <> 'Rome'\naccepted_values: { column: city, values: [Ulm, Bonn] }",
    );
    project.write("sql/orders.sql", "select customer_id, city from people\n");
    project.write("sql/towns.sql", "select 'Ulm' as city union all select 'Bonn' union all select null\n");
    project.replace(PIPELINE, "  sums:", "  towns: { sql: sql/towns.sql }\n  sums:");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 1
      ⚠ nothing reads the parameter `least`: whatever it is changes no figure
        ╭─[pipelines/shop.yaml:12:11]
     11 │   people: { path: data/people.csv }
     12 │ params: { least: 0 }
        ·           ─────
     13 │ steps:
        ╰────
      help: remove it, or write `$least` where it is meant
      × check expression city <> 'Rome' of `orders`: 1 row for which it is not true
      help: expected true for every row
    ");
}

#[test]
fn mistakes_have_their_places() {
    let complaint = |checks: &str| shop(checks).complaint();
    assert_snapshot!(complaint("not_null: transaction_di\nrelationships: { column: customer_id, to: poeple }\nrelationships: { column: customer_id, to: people, field: id }"), @r"
    exit code 2
      × `transaction_di` is not a column of `orders`
        ╭─[pipelines/shop.yaml:17:19]
     16 │     checks:
     17 │       - not_null: transaction_di
        ·                   ──────────────
     18 │       - relationships: { column: customer_id, to: poeple }
        ╰────
      help: did you mean `transaction_id`?
      × there is no table `poeple`
        ╭─[pipelines/shop.yaml:18:51]
     17 │       - not_null: transaction_di
     18 │       - relationships: { column: customer_id, to: poeple }
        ·                                                   ──────
     19 │       - relationships: { column: customer_id, to: people, field: id }
        ╰────
      help: did you mean `people`?
      × `id` is not a column of `people`
        ╭─[pipelines/shop.yaml:19:66]
     18 │       - relationships: { column: customer_id, to: poeple }
     19 │       - relationships: { column: customer_id, to: people, field: id }
        ·                                                                  ──
     20 │   sums: { sql: sql/sums.sql, keep: false }
        ╰────
      help: known here: customer_id, city
    ");
    assert_snapshot!(complaint("expression: amuont > 0\nexpression: amount >\nexpression: amount + 1\nexpression: day > now()"), @r"
    exit code 2
      × there is no column `amuont` here
        ╭─[pipelines/shop.yaml:17:21]
     16 │     checks:
     17 │       - expression: amuont > 0
        ·                     ──────────
     18 │       - expression: amount >
        ╰────
      help: did you mean `amount`?
      × `)` cannot stand here
        ╭─[pipelines/shop.yaml:18:21]
     17 │       - expression: amuont > 0
     18 │       - expression: amount >
        ·                     ────────
     19 │       - expression: amount + 1
        ╰────
      help: a column or a value should stand here
      × the expression is no condition, or its types do not go together
        ╭─[pipelines/shop.yaml:19:21]
     18 │       - expression: amount >
     19 │       - expression: amount + 1
        ·                     ──────────
     20 │       - expression: day > now()
        ╰────
      help: write a condition that is true for every row, as in `amount >= 0`
      × `now()` gives something else on every run
        ╭─[pipelines/shop.yaml:20:21]
     19 │       - expression: amount + 1
     20 │       - expression: day > now()
        ·                     ───────────
     21 │   sums: { sql: sql/sums.sql, keep: false }
        ╰────
      help: the same files and as-of date must give the same figures; `$as_of` is the date of the run
    ");
    assert_snapshot!(complaint("reconcile: { column: size, to: sums, field: n }\naccepted_range: { column: size, min: 3 }"), @r#"
    exit code 2
      × `size` of `orders` is VARCHAR, which does not add up
        ╭─[pipelines/shop.yaml:17:30]
     16 │     checks:
     17 │       - reconcile: { column: size, to: sums, field: n }
        ·                              ────
     18 │       - accepted_range: { column: size, min: 3 }
        ╰────
      help: reconcile columns of numbers; leave both columns out to compare numbers of rows
      × `accepted_range`: `size` is text, and 3 is a whole number
        ╭─[pipelines/shop.yaml:18:35]
     17 │       - reconcile: { column: size, to: sums, field: n }
     18 │       - accepted_range: { column: size, min: 3 }
        ·                                   ────
     19 │   sums: { sql: sql/sums.sql, keep: false }
        ╰────
      help: put it in quotes, "3"; or bring the column to another type under `columns`
    "#);
}

/// Keys that are missing, of no use, or not those of a check.
#[test]
fn keys_that_cannot_be() {
    let complaint = |checks: &str| shop(checks).complaint();
    assert_snapshot!(complaint("reconcile: { field: n, to: sums }\nrelationships: { to: people }\nreconcile: { column: amount }\nreconcile: { to: sums, within: much }\nunknown: 3"), @r"
    exit code 2
      × `field` has no use without `column`
        ╭─[pipelines/shop.yaml:17:29]
     16 │     checks:
     17 │       - reconcile: { field: n, to: sums }
        ·                             ─
     18 │       - relationships: { to: people }
        ╰────
      help: add `column:`, or leave both out to compare numbers of rows
      × `relationships` has no `column`
        ╭─[pipelines/shop.yaml:18:24]
     17 │       - reconcile: { field: n, to: sums }
     18 │       - relationships: { to: people }
        ·                        ─
     19 │       - reconcile: { column: amount }
        ╰────
      help: add `column: name`
      × `reconcile` has no `to`
        ╭─[pipelines/shop.yaml:19:20]
     18 │       - relationships: { to: people }
     19 │       - reconcile: { column: amount }
        ·                    ─
     20 │       - reconcile: { to: sums, within: much }
        ╰────
      help: add `to: table`
      × `within` must be a number, not much
        ╭─[pipelines/shop.yaml:20:40]
     19 │       - reconcile: { column: amount }
     20 │       - reconcile: { to: sums, within: much }
        ·                                        ────
     21 │       - unknown: 3
        ╰────
      help: by how much the sums may differ
      × `unknown` is not a key of `checks`
        ╭─[pipelines/shop.yaml:21:9]
     20 │       - reconcile: { to: sums, within: much }
     21 │       - unknown: 3
        ·         ───────
     22 │   sums: { sql: sql/sums.sql, keep: false }
        ╰────
      help: known here: not_null, unique, accepted_range, accepted_values, row_count, freshness,
            relationships, expression, reconcile, severity
      × this check names 0 tests
        ╭─[pipelines/shop.yaml:21:9]
     20 │       - reconcile: { to: sums, within: much }
     21 │       - unknown: 3
        ·         ▲
     22 │   sums: { sql: sql/sums.sql, keep: false }
        ╰────
      help: each check names exactly one of not_null, unique, accepted_range, accepted_values,
            row_count, freshness, relationships, expression, reconcile
    ");
    let of_source = shop("row_count: { min: 1 }");
    of_source.replace(
        PIPELINE,
        "  people: { path: data/people.csv }",
        "  people: { path: data/people.csv, checks: [expression: city <> ''] }",
    );
    assert_snapshot!(of_source.complaint(), @r"
    exit code 2
      × `expression` is not a key of `checks`
        ╭─[pipelines/shop.yaml:11:45]
     10 │       amount: coalesce(try_cast(paid as decimal(10, 2)), 0)
     11 │   people: { path: data/people.csv, checks: [expression: city <> ''] }
        ·                                             ──────────
     12 │ params: { least: 0 }
        ╰────
      help: known here: not_null, unique, accepted_range, accepted_values, row_count, freshness,
            severity
      × this check names 0 tests
        ╭─[pipelines/shop.yaml:11:45]
     10 │       amount: coalesce(try_cast(paid as decimal(10, 2)), 0)
     11 │   people: { path: data/people.csv, checks: [expression: city <> ''] }
        ·                                             ▲
     12 │ params: { least: 0 }
        ╰────
      help: each check names exactly one of not_null, unique, accepted_range, accepted_values,
            row_count, freshness
    ");
}

/// The module's own steps may have checks; a model's table too.
#[test]
fn steps_of_modules_and_models() {
    let project = shop("row_count: { min: 1 }");
    project.write(
        "pipelines/modules/mine.yaml",
        "answers: Mine?\nsteps:\n  mine: { sql: sql/sums.sql, checks: [{ expression: revenue > 100, severity: warn }] }\n",
    );
    let text = project.read(PIPELINE).replace("params:", "modules:\n  mine:\nparams:");
    project.write(PIPELINE, text);
    let done = project.ran();
    assert!(
        done.err.contains("check expression revenue > 100 of `mine`: 3 rows for which it is not true"),
        "{}",
        done.err
    );
}
