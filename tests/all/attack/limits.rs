//! What is too deep, too long or too large is refused with a place and a remedy: nothing overflows a stack, hangs, or grows
//! without bound.

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

fn shop() -> Project {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "10.00")]));
    project
}

/// What `check` says of a query, its long lines cut.
fn query(sql: &str) -> String {
    let project = shop();
    project.write("sql/seen.sql", sql);
    project.complaint()
}

/// What `run` makes of a query.
fn runs(sql: &str) -> String {
    let project = shop();
    project.write("sql/seen.sql", sql);
    project.ran();
    project.seen()
}

#[test]
fn five_thousand_terms() {
    let terms = vec!["amount"; 5_000].join(" + ");
    assert_snapshot!(query(&format!("select {terms} as x\nfrom transactions")), @r"
    exit code 2
      × more than 1000 operators follow each other
       ╭─[sql/seen.sql:1:9015]
     1 │ …mount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount +…
       ·                                                              ─
     2 │ from transactions
       ╰────
      help: write `column in (...)` for a chain of `or`, join a table of the values, or add up in
            several columns
    ");
    let terms: Vec<String> = (0..5_000).map(|n| format!("customer_id = 'c{n}'")).collect();
    assert_snapshot!(query(&format!("select customer_id from transactions where {}", terms.join(" or "))), @r"
    exit code 2
      × more than 1000 operators follow each other
       ╭─[sql/seen.sql:1:11946]
     1 │ …customer_id = 'c498' or customer_id = 'c499' or customer_id = 'c500' or customer_id = 'c501' or customer_id = 'c502' or customer_id = 'c503' or customer_id = 'c…
       ·                                                              ─
       ╰────
      help: write `column in (...)` for a chain of `or`, join a table of the values, or add up in
            several columns
    ");
}

#[test]
fn five_thousand_terms_in_the_mapping() {
    let project = shop();
    let terms = vec!["amount"; 5_000].join(" + ");
    project.replace(PIPELINE, "    path: data\n", &format!("    path: data\n    columns:\n      customer_id: customer_id\n      transaction_id: transaction_id\n      occurred_at: occurred_at\n      amount: {terms}\n"));
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × more than 1000 operators follow each other
        ╭─[pipelines/shop.yaml:10:9022]
      9 │       occurred_at: occurred_at
     10 │ …mount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount + amount +…
        ·                                                              ─
     11 │ steps:
        ╰────
      help: write `column in (...)` for a chain of `or`, join a table of the values, or add up in
            several columns
    ");
}

#[test]
fn two_thousand_queries_put_together() {
    let queries = vec!["select customer_id from transactions"; 2_000].join("\nunion all\n");
    assert_snapshot!(query(&queries), @r"
    exit code 2
      × more than 500 queries are put together
          ╭─[sql/seen.sql:1000:1]
      999 │ select customer_id from transactions
     1000 │ union all
          · ─────
     1001 │ select customer_id from transactions
          ╰────
      help: read the files by one source, or put the queries together in several steps
    ");
}

#[test]
fn three_hundred_tables_joined() {
    let joins: Vec<String> =
        (1..300).map(|n| format!("join transactions as t{n} on t0.customer_id = t{n}.customer_id")).collect();
    assert_snapshot!(query(&format!("select t0.customer_id\nfrom transactions as t0\n{}", joins.join("\n"))), @r"
    exit code 2
      × more than 100 tables are joined
         ╭─[sql/seen.sql:103:1]
     102 │ join transactions as t100 on t0.customer_id = t100.customer_id
     103 │ join transactions as t101 on t0.customer_id = t101.customer_id
         · ────
     104 │ join transactions as t102 on t0.customer_id = t102.customer_id
         ╰────
      help: join them in several steps
    ");
}

#[test]
fn parentheses_two_hundred_deep() {
    assert_snapshot!(query(&format!("select {}1{} as x from transactions", "(".repeat(200), ")".repeat(200))), @r"
    exit code 2
      × parentheses, calls or queries are nested more than 50 deep
       ╭─[sql/seen.sql:1:1]
     1 │ select (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((…
       · ▲
       ╰────
      help: give the inner parts names with `with ... as (...)`, or steps of their own
    ");
}

/// Just within the bounds everything is planned and run.
#[test]
fn as_much_as_the_bounds_allow() {
    let terms = vec!["amount"; 500].join(" + ");
    assert_eq!(runs(&format!("select {terms} as x from transactions")), "x\n5000.00");
    let queries = vec!["select customer_id from transactions"; 100].join(" union all ");
    assert_eq!(runs(&format!("select count(*) as n from ({queries}) as q")), "n\n100");
    let values: Vec<String> = (0..20_000).map(|n| format!("'c{n}'")).collect();
    let many =
        format!("select count(*) as n from transactions where customer_id not in ({})", values.join(", "));
    assert_eq!(runs(&many), "n\n1");
}

#[test]
fn a_pipeline_that_nests_without_end() {
    let project = shop();
    for text in [
        format!("name: shop\nparams:\n  x: {}", "[".repeat(100_000)),
        format!(
            "name: shop\nparams:\n{}",
            (1..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()
        ),
    ] {
        project.write(PIPELINE, text);
        let outcome = project.run(&["check", PIPELINE]);
        assert_eq!(outcome.code, Some(2));
        assert!(
            outcome.err.contains("pipelines/shop.yaml is nested too deeply to be a pipeline"),
            "{}",
            outcome.err
        );
        assert!(outcome.err.len() < 2_000, "{}", outcome.err);
    }
}

#[test]
fn a_pipeline_of_aliases_of_aliases() {
    let project = shop();
    let lines = (1..9).map(|n| format!("  a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", ")));
    project.write(
        PIPELINE,
        format!("name: shop\nparams:\n  a0: &a0 [x, x, x, x, x]\n{}", lines.collect::<String>()),
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × pipelines/shop.yaml grows too large when its aliases (`*name`) are filled in
      help: write out what is needed, without aliases
    ");
}

/// A file that is no pipeline is not printed.
#[test]
fn a_file_that_is_none_of_ours() {
    let project = shop();
    project.write("big.csv", "id,customer,password\n".to_owned() + &"1,ann,secret\n".repeat(100_000));
    assert_snapshot!(project.run(&["check", "big.csv"]).message(), @r"
    exit code 2
      × big.csv is not a pipeline: it holds text in place of keys
      help: name a pipeline's file, such as pipelines/demo.yaml: it begins with `name: ...`
    ");
    project.write("shadow", "root:$6$secret:19000:0:99999:7:::\nann: [secret\n");
    assert_snapshot!(project.run(&["check", "shadow"]).message(), @r"
    exit code 2
      × shadow is not a pipeline, and not YAML either
      help: name the pipeline's file, such as pipelines/demo.yaml
    ");
}

#[test]
fn dates_at_the_ends_of_the_calendar() {
    let project = shop();
    for period in ["week", "month", "quarter", "year"] {
        project.write(
            "pipelines/other.yaml",
            project.read(PIPELINE).replace("name: shop", &format!("name: other\nperiod: {period}")),
        );
        for as_of in ["0001-01-01", "0000-01-01", "1677-09-21"] {
            project.done(&["run", "pipelines/other.yaml", &format!("--as-of={as_of}")]);
        }
        let ended = project.run(&["run", "pipelines/other.yaml", "--as-of=9999-12-31"]);
        assert!(matches!(ended.code, Some(0 | 2)), "{}", ended.err);
    }
}

#[test]
fn many_threads() {
    let project = shop();
    project.done(&["run", PIPELINE, "--threads", "1024"]);
    assert_snapshot!(project.run(&["run", PIPELINE, "--threads", "100000"]).message(), @r"
    exit code 2
      × `100000` is not a value of --threads
      help: write a whole number from 1 to 1024
    ");
}
