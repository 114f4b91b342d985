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
    assert_snapshot!(query("select day + 30 * interval '1 day' as due from transactions"), @"");
    assert_snapshot!(query("select day - interval '7 day', interval '1 day' / 2 as half from transactions"), @"");
    assert_snapshot!(query("select day * 2 as twice from transactions"), @"");
}

#[test]
fn a_column_to_order_by_that_is_not_there() {
    assert_snapshot!(query("select day as d, sum(amount) as revenue from transactions group by day order by revenu"), @"");
    assert_snapshot!(query("select customer_id, sum(amount) as total from transactions group by customer_id order by the_best"), @"");
    // Later queries of a union have no names of their own.
    assert_snapshot!(query("select 'a' as kind, amount as revenue from transactions\nunion all\nselect 'b', amount as money from transactions\norder by money"), @"");
}

#[test]
fn a_column_to_order_by_that_is_there_twice() {
    assert_snapshot!(query("select t.amount, u.amount from transactions t join transactions u on t.day = u.day order by amount"), @"");
}

/// Words of SQL's own are names only behind `as` or in quotes.
#[test]
fn words_of_sql_as_names() {
    assert_snapshot!(query("select count(*) cluster from transactions"), @"");
    assert_snapshot!(query("select top.day from transactions as top"), @"");
    assert_snapshot!(query("select day, top from transactions"), @"");
    assert_snapshot!(query("select count(*) minus from transactions"), @"");
    assert_snapshot!(query("select day from transactions minus"), @"");
    assert_snapshot!(query("select day from transactions minus select day from transactions"), @"");
    assert_snapshot!(query("select top 3 day from transactions"), @"");
}

#[test]
fn queries_of_a_union_with_different_columns() {
    assert_snapshot!(query("select customer_id, amount from transactions\nunion all\nselect customer_id from transactions"), @"");
}

#[test]
fn columns_without_names_of_their_own() {
    assert_snapshot!(query("select day, sum(amount), sum(amount) from transactions group by day"), @"");
    assert_snapshot!(query("select t.day, t.amount, u.day, u.amount from transactions t join transactions u on t.day = u.day"), @"");
}

#[test]
fn a_query_that_ends_too_early() {
    assert_snapshot!(query("select day from transactions where"), @"");
    assert_snapshot!(query("select day from transactions full"), @"");
}

#[test]
fn types_and_texts() {
    assert_snapshot!(query("select cast(amount as money) as amount from transactions"), @"");
    assert_snapshot!(query("select day from transactions where customer_id like 3"), @"");
    assert_snapshot!(query("select customer_id, sum(amount) as total from transactions group by customer_id qualify total > 3"), @"");
}
