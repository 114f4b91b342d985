//! What a user reads where the engine's own words name neither the place of a mistake nor its remedy.

use insta::assert_snapshot;

use crate::messages::sound;

/// The complaint about a query.
fn query(sql: &str) -> String {
    let project = sound();
    project.write("sql/seen.sql", format!("-- Grain: one row per order.\n{sql}\n"));
    project.complaint()
}

/// A span of days that is a number is part of an interval, or added to a date.
#[test]
fn an_interval_times_a_number() {
    assert_snapshot!(query("select day + 30 * interval '1 day' as due from transactions"), @r"
    exit code 2
      × an interval cannot be multiplied by a number
       ╭─[sql/seen.sql:2:19]
     1 │ -- Grain: one row per order.
     2 │ select day + 30 * interval '1 day' as due from transactions
       ·                   ────────
       ╰────
      help: write the number within it, as in `interval 30 day` or `interval $days day`; or add whole
            days to a date: `day + 30`
    ");
    assert_snapshot!(query("select day - interval '7 day', interval '1 day' / 2 as half from transactions"), @r"
    exit code 2
      × an interval cannot be divided by a number
       ╭─[sql/seen.sql:2:32]
     1 │ -- Grain: one row per order.
     2 │ select day - interval '7 day', interval '1 day' / 2 as half from transactions
       ·                                ────────
       ╰────
      help: write the number within it, as in `interval 30 day` or `interval $days day`; or add whole
            days to a date: `day + 30`
    ");
    assert_snapshot!(query("select day * 2 as twice from transactions"), @r"
    exit code 2
      × `DATE * BIGINT` has no meaning
       ╭─[sql/seen.sql:2:12]
     1 │ -- Grain: one row per order.
     2 │ select day * 2 as twice from transactions
       ·            ─
       ╰────
      help: whole days are added to a date or taken from it, as in `day + 30`; cast other values first
    ");
}

#[test]
fn a_column_to_order_by_that_is_not_there() {
    assert_snapshot!(query("select day as d, sum(amount) as revenue from transactions group by day order by revenu"), @r"
    exit code 2
      × there is no column `revenu` here
       ╭─[sql/seen.sql:2:81]
     1 │ -- Grain: one row per order.
     2 │ select day as d, sum(amount) as revenue from transactions group by day order by revenu
       ·                                                                                 ──────
       ╰────
      help: did you mean `revenue`?
    ");
    assert_snapshot!(query("select customer_id, sum(amount) as total from transactions group by customer_id order by the_best"), @r"
    exit code 2
      × there is no column `the_best` here
       ╭─[sql/seen.sql:2:90]
     1 │ -- Grain: one row per order.
     2 │ select customer_id, sum(amount) as total from transactions group by customer_id order by the_best
       ·                                                                                          ────────
       ╰────
      help: known here: customer_id, total, transaction_id, occurred_at, amount, quantity, cost,
            discount, product_id, category
    ");
    // Later queries of a union have no names of their own.
    assert_snapshot!(query("select 'a' as kind, amount as revenue from transactions\nunion all\nselect 'b', amount as money from transactions\norder by money"), @r"
    exit code 2
      × there is no column `money` here
       ╭─[sql/seen.sql:5:10]
     4 │ select 'b', amount as money from transactions
     5 │ order by money
       ·          ─────
       ╰────
      help: the columns of a union have the names of its first query: kind, revenue
    ");
}

#[test]
fn a_column_to_order_by_that_is_there_twice() {
    assert_snapshot!(query("select t.amount, u.amount from transactions t join transactions u on t.day = u.day order by amount"), @r"
    exit code 2
      × `amount` is a column of several tables
       ╭─[sql/seen.sql:2:93]
     1 │ -- Grain: one row per order.
     2 │ select t.amount, u.amount from transactions t join transactions u on t.day = u.day order by amount
       ·                                                                                             ──────
       ╰────
      help: write `t.amount` or `u.amount`
    ");
}

/// Words of SQL's own are names only behind `as` or in quotes.
#[test]
fn words_of_sql_as_names() {
    assert_snapshot!(query("select count(*) cluster from transactions"), @r#"
    exit code 2
      × `cluster` is a word of SQL's own, and cannot be a name here
       ╭─[sql/seen.sql:2:17]
     1 │ -- Grain: one row per order.
     2 │ select count(*) cluster from transactions
       ·                 ───────
       ╰────
      help: write `as cluster` or `"cluster"`, or choose another name
    "#);
    assert_snapshot!(query("select top.day from transactions as top"), @r#"
    exit code 2
      × `top` is a word of SQL's own, and cannot be a name here
       ╭─[sql/seen.sql:2:8]
     1 │ -- Grain: one row per order.
     2 │ select top.day from transactions as top
       ·        ───
       ╰────
      help: write `as top` or `"top"`, or choose another name
    "#);
    assert_snapshot!(query("select day, top from transactions"), @r#"
    exit code 2
      × `top` is a word of SQL's own, and cannot be a name here
       ╭─[sql/seen.sql:2:13]
     1 │ -- Grain: one row per order.
     2 │ select day, top from transactions
       ·             ───
       ╰────
      help: write `as top` or `"top"`, or choose another name
    "#);
    assert_snapshot!(query("select count(*) minus from transactions"), @r"
    exit code 2
      × `minus` is not known here
       ╭─[sql/seen.sql:2:17]
     1 │ -- Grain: one row per order.
     2 │ select count(*) minus from transactions
       ·                 ─────
       ╰────
      help: between two queries it is called `except`; as a name, write `as minus`, or choose another
    ");
    assert_snapshot!(query("select day from transactions minus"), @r#"
    exit code 2
      × the query ends where SELECT, VALUES, or a subquery in the query body is expected
       ╭─[sql/seen.sql:2:35]
     1 │ -- Grain: one row per order.
     2 │ select day from transactions minus
       ╰────
      help: write `as minus` or `"minus"`, or choose another name
    "#);
    assert_snapshot!(query("select day from transactions minus select day from transactions"), @r"
    exit code 2
      × `minus` is not known here
       ╭─[sql/seen.sql:2:30]
     1 │ -- Grain: one row per order.
     2 │ select day from transactions minus select day from transactions
       ·                              ─────
       ╰────
      help: between two queries it is called `except`; as a name, write `as minus`, or choose another
    ");
    assert_snapshot!(query("select top 3 day from transactions"), @r"
    exit code 2
      × `top` is not known here
       ╭─[sql/seen.sql:2:8]
     1 │ -- Grain: one row per order.
     2 │ select top 3 day from transactions
       ·        ───
       ╰────
      help: write `limit` and the number at the end of the query, behind `order by`
    ");
}

#[test]
fn queries_of_a_union_with_different_columns() {
    assert_snapshot!(query("select customer_id, amount from transactions\nunion all\nselect customer_id from transactions"), @r"
    exit code 2
      × the queries of `union` have different numbers of columns: 2, and 1 here
       ╭─[sql/seen.sql:4:1]
     3 │ union all
     4 │ select customer_id from transactions
       · ────────────────────────────────────
       ╰────
      help: give them the same columns in the same order; where one has nothing to say, `cast(null as
            varchar) as name`
    ");
}

#[test]
fn columns_without_names_of_their_own() {
    assert_snapshot!(query("select day, sum(amount), sum(amount) from transactions group by day"), @r"
    exit code 2
      × two columns of a query are called `sum(transactions.amount)`
       ╭─[sql/seen.sql:2:26]
     1 │ -- Grain: one row per order.
     2 │ select day, sum(amount), sum(amount) from transactions group by day
       ·                          ───
       ╰────
      help: give each column a name of its own with `as`
    ");
    assert_snapshot!(query("select t.day, t.amount, u.day, u.amount from transactions t join transactions u on t.day = u.day"), @r"
    exit code 2
      × sql/seen.sql yields two columns of each of these names: `day`, `amount`
       ╭─[sql/seen.sql:2:1]
     1 │ -- Grain: one row per order.
     2 │ select t.day, t.amount, u.day, u.amount from transactions t join transactions u on t.day = u.day
       · ──────
       ╰────
      help: give each column a name of its own with `as`; in place of `*`, list the columns that you
            need
    ");
}

#[test]
fn a_query_that_ends_too_early() {
    assert_snapshot!(query("select day from transactions where"), @r"
    exit code 2
      × the query ends where an expression is expected
       ╭─[sql/seen.sql:2:35]
     1 │ -- Grain: one row per order.
     2 │ select day from transactions where
       ╰────
      help: write the condition, such as `amount > 0`
    ");
    assert_snapshot!(query("select day from transactions full"), @r#"
    exit code 2
      × the query ends where JOIN is expected
       ╭─[sql/seen.sql:2:34]
     1 │ -- Grain: one row per order.
     2 │ select day from transactions full
       ╰────
      help: write `as full` or `"full"`, or choose another name
    "#);
}

#[test]
fn types_and_texts() {
    assert_snapshot!(query("select cast(amount as money) as amount from transactions"), @r"
    exit code 2
      × there is no type `money`
       ╭─[sql/seen.sql:2:23]
     1 │ -- Grain: one row per order.
     2 │ select cast(amount as money) as amount from transactions
       ·                       ─────
       ╰────
      help: the usual types are `bigint`, `double`, `decimal(18, 2)`, `varchar`, `date`, `timestamp`
            and `boolean`
    ");
    assert_snapshot!(query("select day from transactions where customer_id like 3"), @r"
    exit code 2
      × `like` compares texts, and has VARCHAR and BIGINT here
       ╭─[sql/seen.sql:2:48]
     1 │ -- Grain: one row per order.
     2 │ select day from transactions where customer_id like 3
       ·                                                ────
       ╰────
      help: cast the other side: `cast(... as varchar)`
    ");
    assert_snapshot!(query("select customer_id, sum(amount) as total from transactions group by customer_id qualify total > 3"), @r"
    exit code 2
      × `qualify` finds no window function here
       ╭─[sql/seen.sql:2:81]
     1 │ -- Grain: one row per order.
     2 │ select customer_id, sum(amount) as total from transactions group by customer_id qualify total > 3
       ·                                                                                 ───────
       ╰────
      help: it takes a condition on a window function; on sums and counts, write `having` behind
            `group by`
    ");
}
