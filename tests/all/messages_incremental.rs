//! What a user reads of a step that cannot be `incremental`, and what one that can be yields.

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::messages::sound;
use crate::support::{PIPELINE, Project};

fn incremental(sql: &str) -> Project {
    let project = sound();
    project.replace(PIPELINE, "{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, incremental: true }");
    project.write("sql/seen.sql", sql);
    project
}

/// The reason why a query's step cannot be incremental.
fn reason(sql: &str) -> String {
    let complaint = incremental(sql).complaint();
    let lines = complaint.lines().filter(|line| line.starts_with("  × ") || line.starts_with("  │ "));
    let reason = lines.map(|line| line.chars().skip(4).collect::<String>()).collect::<Vec<_>>().join(" ");
    let reason = reason.strip_prefix("the step `seen` cannot be `incremental`: ");
    reason.unwrap_or_else(|| panic!("{complaint}")).to_owned()
}

#[test]
fn a_whole_message() {
    assert_snapshot!(incremental("select * from transactions").complaint(), @r"
    exit code 2
      × the step `seen` cannot be `incremental`: it is not one `select ... from source [where ...]
      │ group by ...`
       ╭─[sql/seen.sql:1:1]
     1 │ select * from transactions
       · ▲
       ╰────
      help: drop `incremental`, and the query is asked of all rows in every run
    ");
}

#[test]
fn what_cannot_be_merged() {
    let queries = [
        "select customer_id, count(distinct day) as days from transactions group by customer_id",
        "select customer_id, avg(amount) as mean from transactions group by customer_id",
        "select customer_id, sum(amount) / count(*) as mean from transactions group by customer_id",
        "select customer_id, -sum(amount) as less from transactions group by customer_id",
        "select sum(amount) as revenue from transactions group by customer_id",
        "select customer_id, sum(amount) as revenue from transactions group by customer_id having sum(amount) > 1",
        "select customer_id, sum(amount) as revenue from transactions group by customer_id order by 2 limit 3",
        "select distinct customer_id from transactions",
        "select customer_id, sum(n) as n from (select customer_id, row_number() over (order by day) as n from transactions) group by customer_id",
        "select customer_id, sum(n) as n from (select customer_id, day, count(*) as n from transactions group by customer_id, day) group by customer_id",
        "select a.customer_id, count(*) as n from transactions as a join transactions as b using (day) group by 1",
        "select customer_id, count(*) as n from transactions where day = (select max(day) from transactions) group by 1",
        "select customer_id, count(*) as n from transactions where customer_id in (select customer_id from transactions) group by 1",
        "select customer_id, sum(amount - (select min(amount) from transactions)) as n from transactions group by 1",
        "select customer_id, sum(cast(amount as double)) as n from transactions group by 1",
        "select customer_id, day, sum(amount) as n from transactions group by rollup (customer_id, day)",
        "select source as a, count(*) as n from audit_rows group by 1",
        "select count(*) as n from transactions, audit_rows",
        "select 1 as one",
    ];
    let reasons: Vec<String> = queries.iter().map(|sql| format!("{sql}\n    {}", reason(sql))).collect();
    assert_snapshot!(reasons.join("\n"), @r"
    select customer_id, count(distinct day) as days from transactions group by customer_id
        distinct values of parts cannot be added up; group by the values in this step, and count its rows in a step that reads it
    select customer_id, avg(amount) as mean from transactions group by customer_id
        `avg` of parts is not that of the whole; sum, count, min and max can
    select customer_id, sum(amount) / count(*) as mean from transactions group by customer_id
        `mean` is computed from the results of the aggregation; compute it in a step that reads this one
    select customer_id, -sum(amount) as less from transactions group by customer_id
        `less` is computed from the results of the aggregation; compute it in a step that reads this one
    select sum(amount) as revenue from transactions group by customer_id
        it groups by a column that it does not select
    select customer_id, sum(amount) as revenue from transactions group by customer_id having sum(amount) > 1
        it is not one `select ... from source [where ...] group by ...`
    select customer_id, sum(amount) as revenue from transactions group by customer_id order by 2 limit 3
        it is not one `select ... from source [where ...] group by ...`
    select distinct customer_id from transactions
        it is not one `select ... from source [where ...] group by ...`
    select customer_id, sum(n) as n from (select customer_id, row_number() over (order by day) as n from transactions) group by customer_id
        below its `group by` it may only choose rows of one source (`where`) and compute columns
    select customer_id, sum(n) as n from (select customer_id, day, count(*) as n from transactions group by customer_id, day) group by customer_id
        below its `group by` it may only choose rows of one source (`where`) and compute columns
    select a.customer_id, count(*) as n from transactions as a join transactions as b using (day) group by 1
        below its `group by` it may only choose rows of one source (`where`) and compute columns
    select customer_id, count(*) as n from transactions where day = (select max(day) from transactions) group by 1
        a query within it would see the rows of a part alone
    select customer_id, count(*) as n from transactions where customer_id in (select customer_id from transactions) group by 1
        a query within it would see the rows of a part alone
    select customer_id, sum(amount - (select min(amount) from transactions)) as n from transactions group by 1
        a query within it would see the rows of a part alone
    select customer_id, sum(cast(amount as double)) as n from transactions group by 1
        the sum of floating-point numbers depends on their order; cast them to a decimal type
    select customer_id, day, sum(amount) as n from transactions group by rollup (customer_id, day)
        grouping sets cannot be merged
    select source as a, count(*) as n from audit_rows group by 1
        `audit_rows` is not a source
    select count(*) as n from transactions, audit_rows
        it does not read exactly one table
    select 1 as one
        it does not read exactly one table
    ");
}

#[test]
fn incremental_beside_a_model() {
    let project = sound();
    project.replace(
        PIPELINE,
        "steps:",
        "steps:\n  clv:\n    model: bg_nbd\n    from: seen\n    incremental: true\n    with: { horizon_days: [30] }",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `incremental` has no use beside `model`
        ╭─[pipelines/shop.yaml:10:5]
      9 │     from: seen
     10 │     incremental: true
        ·     ───────────
     11 │     with: { horizon_days: [30] }
        ╰────
      help: a model is fitted on a whole table; `incremental` belongs to `sql`
    ");
}

/// Counts of no rows are 0; the order asked for is kept; rows may be only counted; a condition may follow a repeated key.
#[test]
fn what_can_be() {
    let project = Project::shop(
        "path: data\nquarantine:\n  no_number: customer_id = 'x'\n  again: { repeated: [transaction_id] }\n  low: cast(customer_id as int) < 0\n  none: amount < 100",
    );
    let (days, many) = ("sql/seen.sql", "sql/many.sql");
    project.replace(
        PIPELINE,
        "{ sql: sql/seen.sql }",
        "{ sql: sql/seen.sql, incremental: true }\n  many: { sql: sql/many.sql, incremental: true }",
    );
    project.write(
        days,
        "select day, sum(amount) as amount from transactions group by day order by amount desc, day",
    );
    project.write(many, "select count(*) as many, sum(amount) as amount from transactions");
    let rows = [
        ("t1", "1", "2024-01-05", "1.00"),
        ("t2", "2", "2024-01-06", "9.00"),
        ("t2", "3", "2024-01-07", "5.00"),
        ("t3", "x", "2024-01-07", "5.00"),
    ];
    parquet(&project.path("data/a.parquet"), &sales(&rows));
    project.ran();
    let table = |name: &str| project.table(&format!("private/shop/2024-03-31/tables/{name}.parquet")).text();
    assert_snapshot!(table("many"), @r"
    many | amount
    0 | NULL
    ");
    project.replace(PIPELINE, "amount < 100", "amount < 0");
    project.ran();
    assert_snapshot!(table("seen"), @r"
    day | amount
    2024-01-06 | 9.00
    2024-01-05 | 1.00
    ");
    parquet(&project.path("data/a.parquet"), &sales(&[]));
    project.ran();
    assert_eq!(table("many"), "many | amount\n0 | NULL");
    parquet(&project.path("data/a.parquet"), &sales(&rows));
    project.write(many, "select count(*) as many from transactions");
    project.write(days, "select count(*) as many from transactions");
    project.ran();
    assert_snapshot!(table("many"), @r"
    many
    2
    ");
}

/// Columns named as those of history, and of other types, are in no order of history: the table is that of a step which
/// is not incremental.
#[test]
fn other_types_than_those_of_history() {
    let queries = [
        "select customer_id, cast(day as timestamp) as day, count(*) as many from transactions group by 1, 2",
        "select length(customer_id) as customer_id, occurred_at as day, count(*) as many from transactions group by 1, 2",
        "select customer_id, to_char(day, '%a') as day, length(transaction_id) as transaction_id, count(*) as many
        from transactions group by 1, 2, 3",
    ];
    for sql in queries {
        let project = incremental(sql);
        for (file, ids) in [("a", ["ann", "bob", "bob", "a long name"]), ("b", ["bob", "", "ann", "ann"])] {
            let rows =
                [("t1", ids[0], "2024-01-05"), ("t10", ids[1], "2024-01-12"), ("t1", ids[2], "2024-01-06")];
            let last = ("t100", ids[3], "2024-01-05");
            let rows = rows.into_iter().chain([last]).map(|(id, customer, day)| (id, customer, day, "1.00"));
            parquet(&project.path(&format!("data/{file}.parquet")), &sales(&rows.collect::<Vec<_>>()));
            project.ran();
        }
        let merged = project.seen();
        project.replace(PIPELINE, ", incremental: true", "");
        project.ran();
        assert_eq!(merged, project.seen());
    }
}
