//! What a user reads after a mistake in a query or in how steps hang together: the caret is where the mistake is.

use insta::assert_snapshot;

use crate::messages::sound;
use crate::support::{PIPELINE, Project};

/// The complaint about a query.
fn query(sql: &str) -> String {
    let project = sound();
    project.write("sql/seen.sql", sql);
    project.complaint()
}

/// The complaint about these steps beside `seen`.
fn steps(steps: &[(&str, &str)]) -> String {
    let project = sound();
    project.write("sql/seen.sql", "select customer_id from transactions");
    let mut entries = "steps:\n".to_owned();
    for (name, sql) in steps {
        entries.push_str(&format!("  {name}: {{ sql: sql/{name}.sql }}\n"));
        project.write(&format!("sql/{name}.sql"), sql);
    }
    project.replace(PIPELINE, "steps:\n", &entries);
    project.complaint()
}

#[test]
fn an_unknown_table() {
    assert_snapshot!(query("-- All rows.\nselect *\nfrom transaction\n"), @r"
    exit code 2
      × there is no table `transaction`
       ╭─[sql/seen.sql:3:6]
     2 │ select *
     3 │ from transaction
       ·      ───────────
       ╰────
      help: did you mean `transactions`?
    ");
}

#[test]
fn an_unknown_column() {
    assert_snapshot!(query("select\n    customer_id,\n    sum(amonut) as revenue\nfrom transactions\ngroup by customer_id\n"), @r"
    exit code 2
      × there is no column `amonut` here
       ╭─[sql/seen.sql:3:9]
     2 │     customer_id,
     3 │     sum(amonut) as revenue
       ·         ──────
     4 │ from transactions
       ╰────
      help: did you mean `amount`?
    ");
}

#[test]
fn an_unknown_column_of_an_alias() {
    assert_snapshot!(query("select t.customer_id, t.price from transactions as t"), @r"
    exit code 2
      × `t` has no column `price`
       ╭─[sql/seen.sql:1:23]
     1 │ select t.customer_id, t.price from transactions as t
       ·                       ───────
       ╰────
      help: known here: cost, day, amount, channel, currency, quantity, discount, product_id,
            store_id, category, and 3 more
    ");
}

#[test]
fn an_unknown_function() {
    assert_snapshot!(query("select summ(amount) as revenue from transactions"), @r"
    exit code 2
      × there is no function `summ`
       ╭─[sql/seen.sql:1:8]
     1 │ select summ(amount) as revenue from transactions
       ·        ────
       ╰────
      help: did you mean `sum`?
    ");
}

#[test]
fn a_function_of_the_wrong_arguments() {
    assert_snapshot!(query("select sum(customer_id, amount) as revenue from transactions"), @r"
    exit code 2
      × `sum` takes 1 value, and has 2
       ╭─[sql/seen.sql:1:8]
     1 │ select sum(customer_id, amount) as revenue from transactions
       ·        ───
       ╰────
      help: write `sum(value)`; of some rows alone: `sum(value) filter (where condition)`
    ");
}

#[test]
fn types_that_do_not_compare() {
    assert_snapshot!(query("select customer_id from transactions where day > amount"), @r"
    exit code 2
      × a date is compared with a number
       ╭─[sql/seen.sql:1:44]
     1 │ select customer_id from transactions where day > amount
       ·                                            ───
       ╰────
      help: write dates as `date '2024-01-31'`, or as a parameter such as `$as_of`
    ");
}

#[test]
fn a_column_that_is_not_grouped() {
    assert_snapshot!(query("select customer_id, day, sum(amount) as revenue\nfrom transactions\ngroup by customer_id"), @r"
    exit code 2
      × `day` differs among the rows that are put together
       ╭─[sql/seen.sql:1:21]
     1 │ select customer_id, day, sum(amount) as revenue
       ·                     ───
     2 │ from transactions
       ╰────
      help: add `day` to `group by`, or take one value of it: `max(day)`, `sum(day)`
    ");
}

#[test]
fn a_syntax_error() {
    assert_snapshot!(query("select customer_id,\n    sum(amount)\nfrom transactions\ngroup customer_id\n"), @r#"
    exit code 2
      × `group` is a word of SQL's own, and cannot be a name here
       ╭─[sql/seen.sql:4:1]
     3 │ from transactions
     4 │ group customer_id
       · ─────
       ╰────
      help: write `as group` or `"group"`, or choose another name
    "#);
}

/// The caret counts letters, not bytes.
#[test]
fn a_syntax_error_behind_chinese() {
    assert_snapshot!(query("select '客户价值' as name, amount,, day from transactions"), @r"
    exit code 2
      × `,` cannot stand here
       ╭─[sql/seen.sql:1:31]
     1 │ select '客户价值' as name, amount,, day from transactions
       ·                                   ─
       ╰────
      help: a column or a value should stand here
    ");
}

#[test]
fn an_open_quote() {
    assert_snapshot!(query("select customer_id\nfrom transactions\nwhere customer_id = 'ann\n"), @r"
    exit code 2
      × the quote that begins here is not closed
       ╭─[sql/seen.sql:3:21]
     2 │ from transactions
     3 │ where customer_id = 'ann
       ·                     ─
       ╰────
      help: write `'` at the end of the text; a quote within it is written twice: `''`
    ");
}

#[test]
fn no_query_and_two_queries() {
    assert_snapshot!(query("-- nothing yet\n"), @r"
    exit code 2
      × sql/seen.sql holds no query
       ╭─[sql/seen.sql:1:1]
     1 │ -- nothing yet
       · ▲
       ╰────
      help: write one `select`: its result is the step's table
    ");
    assert_snapshot!(query("select 1 as a;\nselect 2 as b;\n"), @r"
    exit code 2
      × sql/seen.sql must hold one query
       ╭─[sql/seen.sql:2:1]
     1 │ select 1 as a;
     2 │ select 2 as b;
       · ──────
       ╰────
      help: put each query in a file and a step of its own
    ");
    assert_snapshot!(query("drop table transactions"), @r"
    exit code 2
      × sql/seen.sql is not a query
       ╭─[sql/seen.sql:1:1]
     1 │ drop table transactions
       · ▲
       ╰────
      help: a step is one `select` (or `with ... select`): its result is the step's table
    ");
}

#[test]
fn two_columns_of_one_name() {
    assert_snapshot!(query("select customer_id, amount as customer_id from transactions"), @r"
    exit code 2
      × two columns of a query are called `customer_id`
       ╭─[sql/seen.sql:1:31]
     1 │ select customer_id, amount as customer_id from transactions
       ·                               ───────────
       ╰────
      help: give each column a name of its own with `as`
    ");
}

/// What the engine says only where it chooses its operators is said by `check`, not in the night.
#[test]
fn a_query_within_one_that_cannot_be_answered() {
    for sql in [
        "select day, (select count(*) from transactions b where b.amount <= a.amount) as n from transactions a",
        "select day, (select b.amount from transactions b where b.day = a.day) as n from transactions a",
        "select day, amount in (select amount from transactions b where b.day = a.day) as n from transactions a",
        "select * from transactions a, lateral (select amount from transactions b where b.day = a.day limit 1)",
    ] {
        let told = query(sql);
        let says = "× the query in parentheses cannot be answered row by row of the outer one";
        assert!(told.contains("exit code 2") && told.contains(says), "{sql}\n{told}");
    }
    let sql = "select day, (select max(b.amount) from transactions b where b.day < a.day limit 1) as n\nfrom transactions a";
    assert_snapshot!(query(sql), @r#"
    exit code 2
      × the query in parentheses cannot be answered row by row of the outer one
       ╭─[sql/seen.sql:1:14]
     1 │ select day, (select max(b.amount) from transactions b where b.day < a.day limit 1) as n
       ·              ──────
     2 │ from transactions a
       ╰────
      help: a query in parentheses may compare columns of the outer query only by `=`, and gives a
            sum, a count or the like; otherwise name it with `with ... as (...)` and join it
    "#);
}

#[test]
fn texts_that_are_no_values() {
    assert_snapshot!(query("select *\nfrom transactions\nwhere day = date '2024-02-30'"), @r"
    exit code 2
      × '2024-02-30' cannot be read as DATE
       ╭─[sql/seen.sql:3:18]
     2 │ from transactions
     3 │ where day = date '2024-02-30'
       ·                  ────────────
       ╰────
      help: write a date, a day of the calendar, as year-month-day: `2024-02-29`
    ");
    assert_snapshot!(query("select * from transactions where amount > '1,5'"), @r"
    exit code 2
      × '1,5' cannot be read as DECIMAL(28, 2)
       ╭─[sql/seen.sql:1:43]
     1 │ select * from transactions where amount > '1,5'
       ·                                           ─────
       ╰────
      help: write `1.5`: a decimal has a point
    ");
    assert_snapshot!(query("select -row_number() over (order by day) as n from transactions"), @r#"
    exit code 2
      × a number that is never negative has no `-`
       ╭─[sql/seen.sql:1:1]
     1 │ select -row_number() over (order by day) as n from transactions
       · ▲
       ╰────
      help: convert it first, as in `-cast(row_number() over (...) as bigint)`
    "#);
}

#[test]
fn an_unknown_parameter() {
    assert_snapshot!(query("select *\nfrom transactions\nwhere day <= $asof\n"), @r"
    exit code 2
      × no parameter `$asof` is set
       ╭─[sql/seen.sql:3:14]
     2 │ from transactions
     3 │ where day <= $asof
       ·              ─────
       ╰────
      help: did you mean `as_of`?
    ");
}

#[test]
fn a_parameter_that_the_query_does_not_use() {
    let project = sound();
    project.replace(PIPELINE, "{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, with: { bins: 5 } }");
    project.write("sql/seen.sql", "select $bin as bin from transactions");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × sql/seen.sql does not use `$bins`
       ╭─[pipelines/shop.yaml:7:38]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, with: { bins: 5 } }
       ·                                      ────
       ╰────
      help: did you mean `bin`?
      × no parameter `$bin` is set
       ╭─[sql/seen.sql:1:8]
     1 │ select $bin as bin from transactions
       ·        ────
       ╰────
      help: did you mean `bins`?
    ");
}

#[test]
fn a_parameter_that_stands_for_none() {
    let project = sound();
    project.replace(PIPELINE, "{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, with: { bins: $bin } }");
    project.write("sql/seen.sql", "select $bins as bins from transactions");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × no parameter `$bin` is set
       ╭─[pipelines/shop.yaml:7:38]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, with: { bins: $bin } }
       ·                                      ────
       ╰────
      help: known here: as_of, returns, period_end, before_end, period_months, period_start,
            year_ago_end, before_start, previous_as_of, year_ago_as_of, and 1 more
    ");
}

#[test]
fn a_missing_sql_file() {
    let project = sound();
    std::fs::remove_file(project.path("sql/seen.sql")).unwrap();
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × sql/seen.sql cannot be read: there is no such file
       ╭─[pipelines/shop.yaml:7:16]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql }
       ·                ────────────
       ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
    ");
}

/// Mistakes of two files and of the pipeline: all at once.
#[test]
fn mistakes_in_several_files() {
    let project = sound();
    project.write("sql/seen.sql", "select custmer_id, revnue from transactions");
    project.write("sql/more.sql", "select * from sene");
    project.replace(
        PIPELINE,
        "steps:\n",
        "steps:\n  more: { sql: sql/more.sql }\n  lost: { sql: sql/lost.sql }\n",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × sql/lost.sql cannot be read: there is no such file
       ╭─[pipelines/shop.yaml:8:16]
     7 │   more: { sql: sql/more.sql }
     8 │   lost: { sql: sql/lost.sql }
       ·                ────────────
     9 │   seen: { sql: sql/seen.sql }
       ╰────
      help: did you mean `sql/account_managers/lost.sql`?
      × there is no table `sene`
       ╭─[sql/more.sql:1:15]
     1 │ select * from sene
       ·               ────
       ╰────
      help: did you mean `seen`?
      × there is no column `custmer_id` here
       ╭─[sql/seen.sql:1:8]
     1 │ select custmer_id, revnue from transactions
       ·        ──────────
       ╰────
      help: did you mean `customer_id`?
      × there is no column `revnue` here
       ╭─[sql/seen.sql:1:20]
     1 │ select custmer_id, revnue from transactions
       ·                    ──────
       ╰────
      help: known here: amount, channel, cost, currency, day, quantity, discount, category, store_id,
            occurred_at, and 3 more
    ");
}

#[test]
fn a_cycle() {
    let message = steps(&[
        ("first", "select * from seen union all select * from third"),
        ("second", "select * from first"),
        ("third", "select * from second"),
    ]);
    assert_snapshot!(message, @r"
    exit code 2
      × steps need each other: first → third → second → first
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   first: { sql: sql/first.sql }
       ·   ─────
     8 │   second: { sql: sql/second.sql }
       ╰────
      help: a table can be computed only from tables that do not need it
    ");
}

#[test]
fn a_step_that_needs_itself() {
    assert_snapshot!(steps(&[("first", "select * from first")]), @r"
    exit code 2
      × steps need each other: first → first
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   first: { sql: sql/first.sql }
       ·   ─────
     8 │   seen: { sql: sql/seen.sql }
       ╰────
      help: a query cannot read its own table; read the tables that it is made of
    ");
}

#[test]
fn one_step_too_far_back() {
    let message = steps(&[
        ("before", "select customer_id from previous.seen"),
        ("change", "select customer_id\nfrom previous.before"),
    ]);
    assert_snapshot!(message, @r"
    exit code 2
      × `previous.seen` is one step too far back
       ╭─[sql/before.sql:1:25]
     1 │ select customer_id from previous.seen
       ·                         ─────────────
       ╰────
      help: `before` is itself read as `previous.before` by another step; only one step back in time
            is possible
    ");
}

#[test]
fn an_unknown_schema() {
    assert_snapshot!(query("select * from last_year.transactions"), @r"
    exit code 2
      × there is no schema `last_year`
       ╭─[sql/seen.sql:1:15]
     1 │ select * from last_year.transactions
       ·               ──────────────────────
       ╰────
      help: write `transactions` alone, `previous.transactions` or `year_ago.transactions`
    ");
}

#[test]
fn a_model_on_a_table_without_its_columns() {
    let project = sound();
    project.replace(
        PIPELINE,
        "steps:\n",
        "steps:\n  clv: { model: bg_nbd, from: seen, with: { horizon_days: [90, 30], margins: 1 } }\n",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `horizon_days` must be ascending whole days from 1 to 3650, such as [30, 90, 365], not [90,
      │ 30]
       ╭─[pipelines/shop.yaml:7:45]
     6 │ steps:
     7 │   clv: { model: bg_nbd, from: seen, with: { horizon_days: [90, 30], margins: 1 } }
       ·                                             ────────────
     8 │   seen: { sql: sql/seen.sql }
       ╰────
      help: docs/models.md says what each setting means; without it the usual value holds
      × `margins` is not a setting of the model
       ╭─[pipelines/shop.yaml:7:69]
     6 │ steps:
     7 │   clv: { model: bg_nbd, from: seen, with: { horizon_days: [90, 30], margins: 1 } }
       ·                                                                     ───────
     8 │   seen: { sql: sql/seen.sql }
       ╰────
      help: did you mean `margin`?
    ");
    project.replace(PIPELINE, ", with: { horizon_days: [90, 30], margins: 1 }", "");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the model needs a column `active_days`, which `seen` does not have
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   clv: { model: bg_nbd, from: seen }
       ·   ───
     8 │   seen: { sql: sql/seen.sql }
       ╰────
      help: it reads customer_id, active_days, repeat_days, span_days, tenure_days, mean_repeat_spend
    ");
    project.replace(PIPELINE, "model: bg_nbd", "model: mbg_cnbd");
    project.replace(
        "sql/seen.sql",
        &project.read("sql/seen.sql"),
        "select customer_id, 1 as active_days, 0 as repeat_days, 0 as span_days, 0 as tenure_days,
            1.0 as mean_repeat_spend from transactions",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the model needs a column `ln_gaps`, which `seen` does not have
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   clv: { model: mbg_cnbd, from: seen }
       ·   ───
     8 │   seen: { sql: sql/seen.sql }
       ╰────
      help: it reads customer_id, active_days, repeat_days, span_days, tenure_days, mean_repeat_spend,
            ln_gaps
    ");
    project.replace(PIPELINE, "model: mbg_cnbd", "model: bg_nbd");
    project.replace(PIPELINE, "from: seen", "from: sene");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no table `sene`
       ╭─[pipelines/shop.yaml:7:31]
     6 │ steps:
     7 │   clv: { model: bg_nbd, from: sene }
       ·                               ────
     8 │   seen: { sql: sql/seen.sql }
       ╰────
      help: did you mean `seen`?
    ");
}

#[test]
fn by_day_that_is_no_day() {
    let project = sound();
    project.replace(PIPELINE, "{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, by_day: amount }");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `by_day: amount` names a column of type DECIMAL(28, 2), not DATE
       ╭─[pipelines/shop.yaml:7:38]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, by_day: amount }
       ·                                      ──────
       ╰────
      help: known here: day
    ");
    project.replace(PIPELINE, "by_day: amount", "by_day: dya");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `by_day: dya` is not a column of `seen`
       ╭─[pipelines/shop.yaml:7:38]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, by_day: dya }
       ·                                      ───
       ╰────
      help: did you mean `day`?
    ");
}

/// Only a run can find it: the message names the step.
#[test]
fn an_error_of_the_data_in_a_step() {
    let project: Project = sound();
    project.write("sql/seen.sql", "select cast(customer_id as bigint) as number from transactions");
    let outcome = project.run(&["run", PIPELINE]);
    assert!(project.nothing_published());
    assert_snapshot!(outcome.message(), @r"
    exit code 3
      × step `seen` failed: 'ann' cannot be read as BIGINT
       ╭─[sql/seen.sql:1:13]
     1 │ select cast(customer_id as bigint) as number from transactions
       ·             ───────────
       ╰────
      help: the value comes of `transactions.customer_id`; `TRY_CAST(... AS ...)` gives NULL for what
            does not fit
    ");
}

#[test]
fn a_function_that_reads_the_clock() {
    assert_snapshot!(query("select customer_id, now() as seen_at from transactions"), @r"
    exit code 2
      × `now()` gives something else on every run
       ╭─[sql/seen.sql:1:21]
     1 │ select customer_id, now() as seen_at from transactions
       ·                     ───
       ╰────
      help: the same files and as-of date must give the same figures; `$as_of` is the date of the run
    ");
}
