//! What a query of one's own is told of: values that cannot be converted, with their place, and parameters that nothing
//! reads. And what it counts right, whatever the types of its parts.

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

const TWO: [(&str, &str, &str, &str); 2] =
    [("t1", "ann", "2024-01-05", "10.25"), ("t2", "7", "2024-02-05", "20.75")];

fn shop(query: &str) -> Project {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&TWO));
    project.write("sql/seen.sql", query);
    project
}

fn failed(query: &str) -> String {
    let project = shop(query);
    let message = project.run(&["run", PIPELINE]).message();
    assert!(!project.path("site/shop").exists());
    message
}

/// `case` and `union` are of the type of all their parts, in queries and in mappings: 0 beside 10.25 does not make whole
/// numbers of amounts.
#[test]
fn parts_of_several_types_keep_their_cents() {
    let project = shop(
        "select transaction_id, case when amount > 15 then 0 else amount end * 2 as doubled, \
         -(case when amount > 15 then 1 else amount end) as less from transactions order by 1",
    );
    project.ran();
    assert_eq!(project.seen(), "transaction_id | doubled | less\nt1 | 20.50 | -10.25\nt2 | 0.00 | -1.00");
    project.write(
        "sql/seen.sql",
        "with money as (select 1 as n union all select amount from transactions) select sum(n * 2) as n from money",
    );
    project.ran();
    assert_eq!(project.seen(), "n\n64.00");
    for (amount, total) in [
        ("CASE WHEN customer_id = '7' THEN 0 ELSE amount END", "10.25"),
        ("-1 * CASE WHEN amount > 15 THEN 1 ELSE amount END", "-11.25"),
    ] {
        let project = Project::shop(&format!(
            "path: data\ncolumns:\n  transaction_id: transaction_id\n  customer_id: customer_id\n  occurred_at: occurred_at\n  amount: \"{amount}\""
        ));
        parquet(&project.path("data/a.parquet"), &sales(&TWO));
        project.write("sql/seen.sql", "select sum(amount) as amount from transactions");
        project.ran();
        assert_eq!(project.seen(), format!("amount\n{total}"));
    }
}

#[test]
fn a_value_that_cannot_be_converted() {
    assert_snapshot!(failed("select\n    transaction_id,\n    cast(customer_id as int) as number\nfrom transactions"), @r"
    exit code 3
      × step `seen` failed: 'ann' cannot be read as INT
       ╭─[sql/seen.sql:3:10]
     2 │     transaction_id,
     3 │     cast(customer_id as int) as number
       ·          ───────────
     4 │ from transactions
       ╰────
      help: the value comes of `transactions.customer_id`; `TRY_CAST(... AS ...)` gives NULL for what
            does not fit
    ");
    // By a cast that nobody wrote.
    assert_snapshot!(failed("select * from transactions t\nwhere t.customer_id > 5"), @r"
    exit code 3
      × step `seen` failed: 'ann' cannot be read as BIGINT
       ╭─[sql/seen.sql:2:7]
     1 │ select * from transactions t
     2 │ where t.customer_id > 5
       ·       ─────────────
       ╰────
      help: the value comes of `t.customer_id`; `TRY_CAST(... AS ...)` gives NULL for what does not
            fit
    ");
    assert_snapshot!(failed("select parse_date(customer_id, 'dd/mm/yyyy') as d from transactions"), @r"
    exit code 3
      × step `seen` failed: parse_date cannot read 'ann' as a date written 'dd/mm/yyyy'
       ╭─[sql/seen.sql:1:19]
     1 │ select parse_date(customer_id, 'dd/mm/yyyy') as d from transactions
       ·                   ───────────
       ╰────
      help: the value comes of `transactions.customer_id`; `try_parse_date` gives NULL for what does
            not fit
    ");
    // Nobody can tell which of them it was.
    assert_snapshot!(
        failed("select cast(customer_id as int) as a,\n cast(transaction_id as int) as b from transactions"), @r"
    exit code 3
      × step `seen` failed: 'ann' cannot be read as INT
       ╭─[sql/seen.sql:1:13]
     1 │ select cast(customer_id as int) as a,
       ·             ───────────
     2 │  cast(transaction_id as int) as b from transactions
       ╰────
      help: the value comes of `transactions.customer_id` or `transactions.transaction_id`;
            `TRY_CAST(... AS ...)` gives NULL for what does not fit
    ");
}

#[test]
fn a_value_that_cannot_be_converted_by_an_incremental_query() {
    let project = shop(
        "select customer_id, sum(cast(customer_id as int)) as n\nfrom transactions group by customer_id",
    );
    project.replace(PIPELINE, "sql/seen.sql }", "sql/seen.sql, incremental: true }");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × source `transactions`: 'ann' cannot be read as INT
       ╭─[sql/seen.sql:1:30]
     1 │ select customer_id, sum(cast(customer_id as int)) as n
       ·                              ───────────
     2 │ from transactions group by customer_id
       ╰────
      help: the value comes of `transactions.customer_id`; `TRY_CAST(... AS ...)` gives NULL for what
            does not fit
    ");
}

#[test]
fn parameters_that_nothing_reads() {
    let project =
        shop("select sum(amount) as amount from transactions where amount > $least and amount < $most");
    project.replace(
        PIPELINE,
        "sources:",
        "params: { least: 1, most: 100, mots: 9, folder: data, id: t1 }\nreturns: gross\nsources:",
    );
    project.replace(PIPELINE, "path: data", "path: $folder\n    quarantine: { one: transaction_id = $id }");
    assert_snapshot!(project.complaint(), @r"
    exit code 0
      ⚠ nothing reads the parameter `mots`: whatever it is changes no figure
       ╭─[pipelines/shop.yaml:3:32]
     2 │ as_of: 2024-03-31
     3 │ params: { least: 1, most: 100, mots: 9, folder: data, id: t1 }
       ·                                ────
     4 │ returns: gross
       ╰────
      help: remove it, or write `$mots` where it is meant
      ⚠ `returns: gross` changes no figure: no query names `$returns`
      help: write `where $returns = 'net' or amount >= 0` in the query that reads `transactions`
    pipelines/shop.yaml is sound: 1 source in 1 file, 1 step, as of 2024-03-31
    ");
    project.write(
        "sql/seen.sql",
        "select sum(amount) as amount from transactions where ($returns = 'net' or amount >= $least) and amount < $most + $mots",
    );
    let said = project.complaint();
    assert!(!said.contains("changes no figure"), "{said}");
}

/// Dates beside numbers, wherever one of them is taken or compared.
#[test]
fn dates_beside_numbers() {
    for query in [
        "select day as d from transactions union all select 5",
        "select case when amount > 15 then day else 5 end as d from transactions",
        "select coalesce(day, 5) as d from transactions",
        "select greatest(day, 20240101) as d from transactions",
        "select nullif(day, 20240101) as d from transactions",
        "select day as d from transactions where day in (20240105, 20240205)",
        "select day as d from transactions where day in (select 20240105)",
    ] {
        let said = shop(query).complaint();
        assert!(said.starts_with("exit code 2") && said.contains("sql/seen.sql:1:"), "{query}: {said}");
    }
    assert_snapshot!(shop("select greatest(day, 20240101) as d from transactions").complaint(), @r"
    exit code 2
      × `greatest` makes one column of a date and a number
       ╭─[sql/seen.sql:1:17]
     1 │ select greatest(day, 20240101) as d from transactions
       ·                 ───
       ╰────
      help: write dates as `date '2024-01-01'`, or as a parameter such as `$as_of`
    ");
}

/// Days between two dates are a whole number wherever they stand: also in a condition over a step's table, whose ranges the
/// engine knows and reasons about.
#[test]
fn days_between_dates_are_a_number() {
    let project = shop("select transaction_id, day from transactions order by 1");
    let pipeline = project.read(PIPELINE);
    let answers = [
        ("date '2024-02-10' - day < 30", "t2"),
        ("(date '2024-02-10' - day) / 30 >= 1", "t1"),
        ("(cast($as_of as date) - day) / 30 < 2", "t2"),
        ("day - date '2024-01-01' > 10", "t2"),
        ("floor(abs(day - date '2024-02-10') / 7.0) = 0", "t2"),
        ("cast(date '2024-02-10' - day as int) between 30 and 40", "t1"),
    ];
    let steps = answers.iter().enumerate().map(|(number, (condition, _))| {
        project.write(
            &format!("sql/q{number}.sql"),
            format!("select transaction_id, date '2024-02-10' - day as days from seen where {condition}"),
        );
        format!("  q{number}: {{ sql: sql/q{number}.sql }}\n")
    });
    let steps: String = steps.collect();
    project.write(PIPELINE, format!("{pipeline}{steps}"));
    project.ran();
    for (number, (condition, id)) in answers.iter().enumerate() {
        let table = project.table(&format!("private/shop/2024-03-31/tables/q{number}.parquet"));
        let days = if *id == "t1" { 36 } else { 5 };
        assert_eq!(table.text(), format!("transaction_id | days\n{id} | {days}"), "{condition}");
    }
}

/// A parameter may make a condition superfluous; the column that it names is there all the same.
#[test]
fn a_condition_that_folds_away_has_its_column() {
    let project = shop("select transaction_id from middle where $all or customer_id = 'ann' order by 1");
    project.write("sql/middle.sql", "select transaction_id, customer_id, amount from transactions");
    project.write(
        PIPELINE,
        format!(
            "{}  middle: {{ sql: sql/middle.sql, keep: false }}\nparams: {{ all: true }}\n",
            project.read(PIPELINE)
        ),
    );
    project.ran();
    assert_eq!(project.seen(), "transaction_id\nt1\nt2");
    project.done(&["run", PIPELINE, "--param", "all=false"]);
    assert_eq!(project.seen(), "transaction_id\nt1");
}

/// Sentences with constants, put together by `union all`, lie as the query asks. The engine would say of them that they are in
/// the order of each constant; what reads them relies on it, or leaves out a sort.
#[test]
fn constants_of_a_union_are_in_no_order_but_the_one_asked_for() {
    let project = shop(
        "with one as (select count(*) as n from transactions), \
         words as (\
             select 1 as position, 'z' as word, n from one \
             union all select 2, 'y', n from one where n > 0 \
             union all select 3, 'x', n from one where n > 1 \
             union all select 4, 'w', n from one where n > 0) \
         select position, word, n from words order by position",
    );
    project.write(
        "sql/numbered.sql",
        "select word, row_number() over (order by word) as number from seen order by number",
    );
    project.write("sql/counted.sql", "select word, count(*) as n from seen group by word order by word");
    project.replace(PIPELINE, "  seen: { sql: sql/seen.sql }", "  seen: { sql: sql/seen.sql }\n  numbered: { sql: sql/numbered.sql }\n  counted: { sql: sql/counted.sql }");
    project.ran();
    assert_eq!(project.seen(), "position | word | n\n1 | z | 2\n2 | y | 2\n3 | x | 2\n4 | w | 2");
    let table = |name: &str| project.table(&format!("private/shop/2024-03-31/tables/{name}.parquet")).text();
    assert_eq!(table("numbered"), "word | number\nw | 1\nx | 2\ny | 3\nz | 4");
    assert_eq!(table("counted"), "word | n\nw | 1\nx | 1\ny | 1\nz | 1");
}

/// What is constant in each part of a union is none over all parts: the sort goes by it too.
#[test]
fn a_union_is_sorted_by_what_its_parts_hold_constant() {
    let project = shop(
        "with s as (\
             select 1 as position, id as word, n + 1 as n, id from many where n > 0 \
             union all select 2, 'b', cast(7 as bigint), id from many where n > 0 \
             union all select 3, id as word, null, id from sorted) \
         select * from s order by id desc, position desc",
    );
    project.write(
        "sql/many.sql",
        "select customer_id as id, count(*) as n from transactions group by customer_id",
    );
    project.write("sql/sorted.sql", "select id, n from many order by id");
    project.replace(
        PIPELINE,
        "  seen: {",
        "  many: { sql: sql/many.sql }\n  sorted: { sql: sql/sorted.sql }\n  seen: {",
    );
    for threads in ["1", "3"] {
        project.done(&["run", PIPELINE, "--no-cache", "--threads", threads]);
        assert_eq!(
            project.seen(),
            "position | word | n | id\n3 | ann | NULL | ann\n2 | b | 7 | ann\n1 | ann | 2 | ann\n\
             3 | 7 | NULL | 7\n2 | b | 7 | 7\n1 | 7 | 2 | 7"
        );
    }
}

/// A flag that is never NULL in one part and perhaps in another, or in both, can be grouped by: the engine rewrites what it
/// is made of, and then takes it to be NULL perhaps.
#[test]
fn flags_of_a_union_are_grouped() {
    let project = shop(
        "with largest as (select customer_id, max(case when amount > 15 then amount end) as most \
                          from transactions group by customer_id), \
         flags as (\
             select 'a' as word, coalesce(most > 20, true) as flag from largest \
             union all select 'b', true from largest \
             union all select 'c', case when most > 20 then true else most is null end from largest \
             union all select 'd', most > 20 from largest) \
         select word, flag, count(*) as n from flags group by word, flag order by word, flag",
    );
    project.ran();
    assert_eq!(
        project.seen(),
        "word | flag | n\na | true | 2\nb | true | 2\nc | true | 2\nd | true | 1\nd | NULL | 1"
    );
}

/// A part of a union may have `null` where others have figures: the sum is one of figures.
#[test]
fn a_sum_over_a_column_that_begins_with_null() {
    let project = shop(
        "with parts as (select null as amount from transactions union all select amount from transactions) \
         select sum(amount) as amount, count(*) as n from parts",
    );
    project.ran();
    assert_eq!(project.seen(), "amount | n\n31.00 | 4");
}

/// `order by` may mean a column that the result does not show, although it has the name of one that it shows.
#[test]
fn a_hidden_column_of_a_name_that_is_shown_is_sorted_by() {
    for (query, seen) in [
        (
            "select transaction_id, -amount as amount from transactions order by transactions.amount",
            "t1 | -10.25\nt2 | -20.75",
        ),
        (
            "select transaction_id, -amount as amount from transactions t order by t.amount desc",
            "t2 | -20.75\nt1 | -10.25",
        ),
        (
            "select transaction_id, -amount as amount from transactions t order by t.amount desc limit 1",
            "t2 | -20.75",
        ),
        (
            "select transaction_id, -amount as amount from transactions order by amount",
            "t2 | -20.75\nt1 | -10.25",
        ),
        (
            "select customer_id, -sum(amount) as amount from transactions group by customer_id order by sum(amount)",
            "ann | -10.25\n7 | -20.75",
        ),
        (
            "select customer_id, -sum(amount) as amount from transactions group by customer_id order by max(amount) desc",
            "7 | -20.75\nann | -10.25",
        ),
        (
            "with t as (select customer_id, -amount as amount from transactions t order by abs(t.amount), day limit 1) \
             select customer_id, amount from t",
            "ann | -10.25",
        ),
        (
            "select t.customer_id as day, t.amount from transactions t order by t.day desc, amount",
            "7 | 20.75\nann | 10.25",
        ),
    ] {
        let project = shop(query);
        project.ran();
        let rows = project.seen();
        let (_, rows) = rows.split_once('\n').unwrap();
        assert_eq!(rows, seen, "{query}");
    }
}

/// What `case` leaves out is NULL, and so is each field of it.
#[test]
fn a_field_of_what_is_null_is_null() {
    let project = shop(
        "with made as (select customer_id, distribution(amount) as d from transactions group by customer_id), \
         some as (select customer_id, case when customer_id = 'ann' then d end as d from made) \
         select customer_id, d['count'] as n, d['total'] as total, \
                (case when customer_id = '7' then d end)['count'] as none, d is null as missing, \
                named_struct('inner', d)['inner']['count'] as deep \
         from some order by customer_id desc",
    );
    project.ran();
    assert_eq!(
        project.seen(),
        "customer_id | n | total | none | missing | deep\nann | 1 | 10.25 | NULL | false | 1\n\
         7 | NULL | NULL | NULL | true | NULL"
    );
}

/// A condition on other tables alone stays above a total: below it, the total of no rows would still be a row.
#[test]
fn a_condition_on_other_tables_stays_above_totals() {
    for (query, seen) in [
        (
            "with total as (select count(*) as n from transactions), large as (select amount from transactions where amount > 15) \
             select 'none' as word, n from total where (select count(*) from large) = 0 \
             union all select 'some', n from total where (select count(*) from large) > 0",
            "some | 2",
        ),
        (
            "select 'x' as word, count(*) as n from transactions having (select max(amount) from transactions) < 0",
            "",
        ),
        (
            "with total as (select count(*) as n from transactions) select 'x' as word, n from total \
             join (select max(amount) as most from transactions) m on (select count(*) from transactions) = 0",
            "",
        ),
        (
            "with total as (select count(*) as n from transactions) select most as word, n from total \
             left join (select max(amount) as most from transactions) m on (select count(*) from transactions) = 0",
            "NULL | 2",
        ),
        (
            "select customer_id as word, n from (select customer_id, count(*) as n from transactions group by rollup(customer_id)) as t \
             where (select count(*) from transactions) = 0",
            "",
        ),
        (
            "select customer_id as word, n from (select customer_id, count(*) as n from transactions group by rollup(customer_id)) as t \
             where customer_id = 'ann' and (select count(*) from transactions) > 0 and n > 0",
            "ann | 1",
        ),
    ] {
        let project = shop(query);
        for threads in ["1", "3"] {
            project.done(&["run", PIPELINE, "--no-cache", "--threads", threads]);
            let rows = project.seen();
            let rows = rows.split_once('\n').map_or("", |(_, rows)| rows);
            assert_eq!(rows, seen, "{query}");
        }
    }
}
