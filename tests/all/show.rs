//! `show`: the tables that a run left.

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project};

/// A shop whose customers have names of all kinds.
fn shop() -> Project {
    let rows = "1,张伟,2024-01-02,10.50\n2,\"Smith, Ann\",2024-02-03,-4.00\n3,,2024-03-01,1.00\n4,Bo,2024-03-05,1234567.89\n";
    let project = Project::masked_shop(
        "id,customer,day,amount",
        rows,
        "  transaction_id: id\nquarantine:\n  nobody: customer IS NULL\n",
    );
    let query = "select customer_id, day, sum(amount) as revenue, count(*) as lines, customer_id = 'Bo' as is_bo, \
                 nullif(customer_id, 'Bo') as other, avg(amount / 4) as quarter from transactions group by all order by day";
    project.write("sql/seen.sql", query);
    project
}

#[test]
fn tables_of_the_last_run() {
    let project = shop();
    assert_snapshot!(project.run(&["show", PIPELINE]).message(), @r"
    exit code 2
      × there is no run of shop yet
      help: `regulars run pipelines/shop.yaml` makes one
    ");
    project.ran();
    assert_snapshot!(project.done(&["show", PIPELINE]).message(), @r"
    exit code 0
    seen            3  customer_id, day, revenue, lines, is_bo, other, quarter
    tables of shop as of 2024-03-31
    ");
    assert_snapshot!(project.done(&["show", PIPELINE, "seen"]).message(), @r"
    exit code 0
    customer_id  day            revenue  lines  is_bo  other                 quarter
    张伟         2024-01-02       10.50      1  false  张伟             2.6250000000
    Smith, Ann   2024-02-03       -4.00      1  false  Smith, Ann      -1.0000000000
    Bo           2024-03-05  1234567.89      1  true   NULL        308641.9725000000
    ");
    assert_snapshot!(project.done(&["show", PIPELINE, "seen", "--limit", "1"]).message(), @r"
    exit code 0
    customer_id  day         revenue  lines  is_bo  other       quarter
    张伟         2024-01-02    10.50      1  false  张伟   2.6250000000
    the first 1 row; --limit 0 shows all
    ");
    assert_snapshot!(project.done(&["show", PIPELINE, "seen", "--format", "csv"]).message(), @r#"
    exit code 0
    customer_id,day,revenue,lines,is_bo,other,quarter
    张伟,2024-01-02,10.50,1,false,张伟,2.6250000000
    "Smith, Ann",2024-02-03,-4.00,1,false,"Smith, Ann",-1.0000000000
    Bo,2024-03-05,1234567.89,1,true,,308641.9725000000
    "#);
    assert_snapshot!(project.done(&["show", PIPELINE, "seen", "--format", "json"]).message(), @r#"
    exit code 0
    [
    {"customer_id": "张伟", "day": "2024-01-02", "revenue": "10.50", "lines": 1, "is_bo": false, "other": "张伟", "quarter": "2.6250000000"},
    {"customer_id": "Smith, Ann", "day": "2024-02-03", "revenue": "-4.00", "lines": 1, "is_bo": false, "other": "Smith, Ann", "quarter": "-1.0000000000"},
    {"customer_id": "Bo", "day": "2024-03-05", "revenue": "1234567.89", "lines": 1, "is_bo": true, "other": null, "quarter": "308641.9725000000"}
    ]
    "#);
    let sql =
        "select lines, count(*) as days from seen where day <= $as_of group by lines having count(*) > 9";
    assert_snapshot!(project.done(&["show", PIPELINE, "--sql", sql]).message(), @r"
    exit code 0
    lines  days
    ");
    // An earlier run has tables of its own.
    project.done(&["run", PIPELINE, "--as-of", "2024-02-29"]);
    assert_snapshot!(project.done(&["show", PIPELINE, "seen", "--as-of", "2024-02-29"]).message(), @r"
    exit code 0
    customer_id  day         revenue  lines  is_bo  other             quarter
    张伟         2024-01-02    10.50      1  false  张伟         2.6250000000
    Smith, Ann   2024-02-03    -4.00      1  false  Smith, Ann  -1.0000000000
    ");
}

#[test]
fn what_cannot_be_shown() {
    let project = shop();
    project.ran();
    assert_snapshot!(project.run(&["show", PIPELINE, "sene"]).message(), @r"
    exit code 2
      × the run of 2024-03-31 left no table `sene`
      help: did you mean `seen`?
    ");
    assert_snapshot!(project.run(&["show", PIPELINE, "--as-of", "2023-01-01"]).message(), @r"
    exit code 2
      × there is no run of shop as of 2023-01-01
      help: the last run is of 2024-03-31; `regulars run pipelines/shop.yaml --as-of 2023-01-01` makes
            this one
    ");
    assert_snapshot!(project.run(&["show", PIPELINE, "--sql", "select revenu from seen"]).message(), @r"
    exit code 2
      × there is no column `revenu` here
       ╭─[--sql:1:8]
     1 │ select revenu from seen
       ·        ──────
       ╰────
      help: did you mean `revenue`?
    ");
    assert_snapshot!(project.run(&["show", PIPELINE, "--sql", "select 1 / 0 as x from seen"]).message(), @r"
    exit code 3
      × a number is divided by zero
       ╭─[--sql:1:1]
     1 │ select 1 / 0 as x from seen
       · ──────
       ╰────
      help: write `nullif(x, 0)` for what you divide by: the result is NULL then
    ");
    assert_snapshot!(project.run(&["show", PIPELINE, "--sql", "drop table seen"]).message(), @r"
    exit code 2
      × --sql is not a query
       ╭─[--sql:1:1]
     1 │ drop table seen
       · ▲
       ╰────
      help: write one `select`: its rows are shown, and nothing is changed
    ");
    assert_snapshot!(project.run(&["show", PIPELINE, "--variant", "uk"]).message(), @r"
    exit code 2
      × there is no run of shop-uk yet
      help: `regulars run pipelines/shop.yaml` makes one
    ");
    project.write("private/shop/2024-03-31/tables/seen.parquet", "no Parquet");
    assert_snapshot!(project.run(&["show", PIPELINE, "seen"]).message(), @r"
    exit code 3
      × private/shop/2024-03-31/tables/seen.parquet is not a whole Parquet file
      help: run the pipeline again
    ");
}
