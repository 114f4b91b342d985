//! A mapping and a rule look at one row: `check` refuses what asks of others, of their order, or of the run.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::support::Project;

fn complaint(amount: &str, rule: &str) -> String {
    let project = Project::shop(&format!(
        "path: data/a.csv
columns:
  transaction_id: id
  customer_id: id
  occurred_at: CAST(at AS DATE)
  amount: {amount}
quarantine:
  odd: {rule}"
    ));
    project.write("data/a.csv", "id,at,amount\nt1,2024-01-05,1\n");
    project.complaint()
}

#[test]
fn rules_and_columns_that_look_at_many_rows() {
    assert_snapshot!(complaint("CAST(amount AS DECIMAL(10, 2))", "sum(CAST(amount AS INT)) > 3"), @r"
    exit code 2
      × the rule `odd` looks at one row; `sum` looks at many
        ╭─[pipelines/shop.yaml:12:12]
     11 │     quarantine:
     12 │       odd: sum(CAST(amount AS INT)) > 3
        ·            ────────────────────────────
     13 │ steps:
        ╰────
      help: for duplicates use `repeated: [columns]`; what needs many rows belongs in a step's query
    ");
    assert_snapshot!(complaint("max(CAST(amount AS INT))", "1 = 2"), @r"
    exit code 2
      × the column `amount` looks at one row; `max` looks at many
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: CAST(at AS DATE)
     10 │       amount: max(CAST(amount AS INT))
        ·               ────────────────────────
     11 │     quarantine:
        ╰────
      help: what needs many rows belongs in a step's query, which reads the source as a table
    ");
}

#[test]
fn everything_that_does() {
    let mut told = String::new();
    for rule in [
        "row_number() over (order by id) > 1",
        "lag(id) over () = id",
        "sum(CAST(amount AS INT)) over () > 1",
        "max(id) = id",
        "count(*) > 1",
        "first_value(id) = id",
        "id in (select id from transactions)",
        "exists (select 1)",
        "(select 1) = 1",
        "id = any (select 'a')",
        "unnest([1, 2]) = 1",
        "uuid() = 'x'",
        "random() > 0.5",
        "now() > CAST(at AS TIMESTAMP)",
        "current_date > CAST(at AS DATE)",
        "current_timestamp > CAST(at AS TIMESTAMP)",
    ] {
        let complaint = complaint("CAST(amount AS DECIMAL(10, 2))", rule);
        let first = complaint.lines().find(|line| line.contains('×')).unwrap_or("sound").trim();
        writeln!(told, "{rule}\n    {first}").unwrap();
    }
    assert_snapshot!(told, @r"
    row_number() over (order by id) > 1
        × the rule `odd` looks at one row; `row_number ... over` looks at many
    lag(id) over () = id
        × the rule `odd` looks at one row; `lag ... over` looks at many
    sum(CAST(amount AS INT)) over () > 1
        × the rule `odd` looks at one row; `sum ... over` looks at many
    max(id) = id
        × the rule `odd` looks at one row; `max` looks at many
    count(*) > 1
        × the rule `odd` looks at one row; `count` looks at many
    first_value(id) = id
        × the rule `odd` looks at one row; `first_value` looks at many
    id in (select id from transactions)
        × the rule `odd` looks at one row; a query within it looks at many
    exists (select 1)
        × the rule `odd` looks at one row; a query within it looks at many
    (select 1) = 1
        × the rule `odd` looks at one row; a query within it looks at many
    id = any (select 'a')
        × the rule `odd` looks at one row; a query within it looks at many
    unnest([1, 2]) = 1
        × the rule `odd` looks at one row; `unnest` looks at many
    uuid() = 'x'
        × `uuid()` gives something else on every run
    random() > 0.5
        × `random()` gives something else on every run
    now() > CAST(at AS TIMESTAMP)
        × `now()` gives something else on every run
    current_date > CAST(at AS DATE)
        × `current_date()` gives something else on every run
    current_timestamp > CAST(at AS TIMESTAMP)
        × `now()` gives something else on every run
    ");
}

/// What looks at one row alone is fine, also where it looks like more.
#[test]
fn what_looks_at_one_row() {
    for rule in [
        "id in ('a', 'b')",
        "id = any (['a'])",
        "greatest(id, at) = at",
        "array_length([1, 2]) = 3",
        "CASE WHEN id = 'x' THEN true ELSE false END",
    ] {
        let complaint = complaint("CAST(amount AS DECIMAL(10, 2))", rule);
        assert!(complaint.contains("is sound"), "{rule}\n{complaint}");
    }
}
