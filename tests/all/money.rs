//! Money cannot wrap and loses no digit unsaid: whole numbers of every width in mappings, rules and queries, decimals of
//! many digits, casts that round.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, UInt32Array, UInt64Array,
};
use insta::assert_snapshot;

use crate::data::{batch, days, decimals, parquet, texts};
use crate::support::{PIPELINE, Project, copy, repository};

const PRODUCT: &str = "path: data
columns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: occurred_at
  amount: Quantity * UnitPrice";

/// Three rows, with a quantity and a price of whatever types.
fn goods(quantity: ArrayRef, price: ArrayRef, amount: &str) -> Project {
    let project = Project::shop(&PRODUCT.replace("Quantity * UnitPrice", amount));
    write_goods(&project, quantity, price);
    project
}

fn write_goods(project: &Project, quantity: ArrayRef, price: ArrayRef) {
    let rows = batch(vec![
        ("transaction_id", texts(&["t1", "t2", "t3"])),
        ("customer_id", texts(&["ann", "ann", "bob"])),
        ("occurred_at", days(&["2024-01-05", "2024-01-06", "2024-01-07"])),
        ("Quantity", quantity),
        ("UnitPrice", price),
    ]);
    parquet(&project.path("data/a.parquet"), &rows);
}

fn amounts(project: &Project) -> Vec<String> {
    project.ran();
    project.table("private/shop/2024-03-31/tables/seen.parquet").column("amount")
}

#[test]
fn products_of_whole_numbers_do_not_wrap() {
    let quantity = Arc::new(Int8Array::from(vec![100, 127, -128])) as ArrayRef;
    let price = Arc::new(Int16Array::from(vec![3999, 32_767, 32_767])) as ArrayRef;
    let project = goods(quantity, price, "Quantity * UnitPrice");
    assert_eq!(amounts(&project), ["399900", "4161409", "-4194176"]);

    let quantity = Arc::new(Int32Array::from(vec![100_000, i32::MAX, i32::MIN])) as ArrayRef;
    let price = Arc::new(Int32Array::from(vec![25_000, i32::MAX, i32::MAX])) as ArrayRef;
    let project = goods(quantity, price, "Quantity * UnitPrice");
    assert_eq!(amounts(&project), ["2500000000", "4611686014132420609", "-4611686016279904256"]);
}

#[test]
fn differences_of_unsigned_numbers_do_not_wrap() {
    let quantity = Arc::new(UInt32Array::from(vec![2, 1, 0])) as ArrayRef;
    let price = Arc::new(UInt32Array::from(vec![1, 3, u32::MAX])) as ArrayRef;
    let project = goods(quantity, price, "(Quantity - UnitPrice) * 20");
    assert_eq!(amounts(&project), ["20", "-40", "-85899345900"]);

    let quantity = Arc::new(UInt64Array::from(vec![2, 1, 0])) as ArrayRef;
    let price = Arc::new(UInt64Array::from(vec![1, 3, 7])) as ArrayRef;
    let project = goods(quantity, price, "Quantity - UnitPrice");
    assert_eq!(amounts(&project), ["1", "-2", "-7"]);
}

#[test]
fn a_sign_is_turned_and_sums_are_wide() {
    let quantity = Arc::new(Int8Array::from(vec![-128, 127, 1])) as ArrayRef;
    let price = Arc::new(Int8Array::from(vec![127, 127, 1])) as ArrayRef;
    let project = goods(quantity, price, "-Quantity + UnitPrice + UnitPrice");
    assert_eq!(amounts(&project), ["382", "127", "1"]);
}

#[test]
fn what_64_bits_cannot_hold_names_the_column() {
    let quantity = Arc::new(Int64Array::from(vec![1, i64::MAX, 1])) as ArrayRef;
    let price = Arc::new(Int64Array::from(vec![1, 3, 1])) as ArrayRef;
    let project = goods(quantity, price, "Quantity * UnitPrice");
    let outcome = project.run(&["run", PIPELINE]);
    assert_snapshot!(outcome.message(), @r"
    exit code 3
      × `amount` of source `transactions`: `Quantity * UnitPrice` is beyond what a whole number can
      │ hold (9,223,372,036,854,775,807); make it a decimal, as in `CAST(... AS DECIMAL(38, 0))`
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: occurred_at
     10 │       amount: Quantity * UnitPrice
        ·               ────────────────────
     11 │ steps:
        ╰────
    ");
    // As decimals they fit.
    let quantity = Arc::new(Int64Array::from(vec![1, i64::MAX, 1])) as ArrayRef;
    let price = Arc::new(Int64Array::from(vec![1, 3, 1])) as ArrayRef;
    let project = goods(quantity, price, "CAST(Quantity AS DECIMAL(20, 0)) * UnitPrice");
    assert_eq!(amounts(&project), ["1", "27670116110564327421", "1"]);
}

#[test]
fn rules_do_not_wrap_either() {
    let quantity = Arc::new(Int8Array::from(vec![100, 127, -128])) as ArrayRef;
    let price = Arc::new(Int8Array::from(vec![2, 100, 100])) as ArrayRef;
    let project = Project::shop(&format!("{PRODUCT}\nquarantine:\n  dear: Quantity * UnitPrice > 10000"));
    write_goods(&project, quantity, price);
    assert_eq!(amounts(&project), ["200", "-12800"]);
}

/// One's own query, over a source of one's own.
fn queried(sql: &str) -> Project {
    let project = Project::shop("path: data");
    let rows = batch(vec![
        ("transaction_id", texts(&["t1", "t2"])),
        ("customer_id", texts(&["ann", "bob"])),
        ("occurred_at", days(&["2024-01-05", "2024-01-06"])),
        ("amount", decimals(&["1.00", "2.00"], 10, 2)),
        ("points", Arc::new(Int64Array::from(vec![i64::MAX - 1, 2])) as ArrayRef),
        ("few", Arc::new(Int8Array::from(vec![100, 100])) as ArrayRef),
        (
            "most",
            decimals(
                &["99999999999999999999999999999999999999", "99999999999999999999999999999999999999"],
                38,
                0,
            ),
        ),
    ]);
    parquet(&project.path("data/a.parquet"), &rows);
    project.write("sql/seen.sql", sql);
    project
}

#[test]
fn queries_are_exact_or_say_which_step() {
    let fails = |sql: &str| {
        let outcome = queried(sql).run(&["run", PIPELINE]);
        assert_eq!(outcome.code, Some(3), "{sql}\n{}", outcome.err);
        let words = outcome.words();
        words.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    };
    assert_snapshot!(fails("select sum(points) as n from transactions"), @"× step `seen` failed: `sum(transactions.points)` is beyond what a whole number can hold │ (9,223,372,036,854,775,807) ╭─[pipelines/shop.yaml:7:3] 6 │ steps: 7 │   seen: { sql: sql/seen.sql } ·   ──── ╰──── help: make it a decimal, as in `CAST(... AS DECIMAL(38, 0))`");
    assert_snapshot!(fails("select customer_id, sum(points) over () as n from transactions"), @"× step `seen` failed: `sum(transactions.points)` is beyond what a whole number can hold │ (9,223,372,036,854,775,807) ╭─[pipelines/shop.yaml:7:3] 6 │ steps: 7 │   seen: { sql: sql/seen.sql } ·   ──── ╰──── help: make it a decimal, as in `CAST(... AS DECIMAL(38, 0))`");
    assert_snapshot!(fails("select 9223372036854775807 + count(*) as n from transactions"), @"× step `seen` failed: `9223372036854775807 + count(*)` is beyond what a whole number can hold │ (9,223,372,036,854,775,807) ╭─[pipelines/shop.yaml:7:3] 6 │ steps: 7 │   seen: { sql: sql/seen.sql } ·   ──── ╰──── help: make it a decimal, as in `CAST(... AS DECIMAL(38, 0))`");
    assert_snapshot!(fails("select points * points as n from transactions"), @"× step `seen` failed: `transactions.points * transactions.points` is beyond what a whole number │ can hold (9,223,372,036,854,775,807) ╭─[pipelines/shop.yaml:7:3] 6 │ steps: 7 │   seen: { sql: sql/seen.sql } ·   ──── ╰──── help: make it a decimal, as in `CAST(... AS DECIMAL(38, 0))`");
    assert_snapshot!(fails("select sum(most) as n from transactions"), @"× step `seen` failed: `sum(transactions.most)` is beyond the 38 digits that a decimal can hold; │ give it fewer decimals ╭─[pipelines/shop.yaml:7:3] 6 │ steps: 7 │   seen: { sql: sql/seen.sql } ·   ──── ╰────");
    assert_snapshot!(fails("select day, sum(most) as n from transactions group by day, amount > 5 having count(*) = 9 union all select max(day), sum(most) from transactions group by amount > 5"), @"× step `seen` failed: `sum(transactions.most)` is beyond the 38 digits that a decimal can hold; │ give it fewer decimals ╭─[pipelines/shop.yaml:7:3] 6 │ steps: 7 │   seen: { sql: sql/seen.sql } ·   ──── ╰────");
    let shows = |sql: &str| {
        let project = queried(sql);
        project.ran();
        project.seen()
    };
    assert_snapshot!(shows("select sum(few * few) as n, -sum(few) as m, sum(distinct few) as d from transactions"), @r"
    n | m | d
    20000 | -200 | 100
    ");
    assert_snapshot!(shows("select sum(points) - 2 as n from transactions where points > 2"), @r"
    n
    9223372036854775804
    ");
    // A column without a name of its own keeps the one that it had.
    assert_snapshot!(shows("select few * few from transactions"), @r"
    transactions.few * transactions.few
    10000
    10000
    ");
}

/// A sum that is wide on the way and fits in the end is no error, in whatever order its rows come.
#[test]
fn only_the_result_must_fit() {
    let project = queried(
        "select sum(case when few > 0 then points else 0 end) - 0 as n from (select * from transactions union all select transaction_id, customer_id, occurred_at, amount, -points, few, most, null, null, null, null, null, null, null, null, day from transactions)",
    );
    project.write("sql/seen.sql", "with twice as (select points as p from transactions union all select points from transactions union all select -points from transactions union all select -points from transactions) select sum(p) as n from twice");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    n
    0
    ");
}

#[test]
fn an_incremental_step_says_its_name() {
    let project = queried("select customer_id is null as c, sum(points) as n from transactions group by 1");
    project.replace(
        PIPELINE,
        "seen: { sql: sql/seen.sql }",
        "seen: { sql: sql/seen.sql, incremental: true }",
    );
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × source `transactions`: step `seen`: `sum(transactions.points)` is beyond what a whole number
      │ can hold (9,223,372,036,854,775,807)
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: data
       ·           ────
     6 │ steps:
       ╰────
      help: make it a decimal, as in `CAST(... AS DECIMAL(38, 0))`
    ");
}

#[test]
fn cents_that_are_divided_as_whole_numbers_are_warned_of() {
    let quantity = Arc::new(Int64Array::from(vec![1050, 250, 99])) as ArrayRef;
    let price = Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef;
    let project = goods(quantity, price, "Quantity / 100");
    project.write("sql/seen.sql", "select points / 100 as amount from transactions");
    project.replace(PIPELINE, "  amount: Quantity / 100", "  amount: Quantity / 100\n      points: Quantity");
    assert_snapshot!(project.complaint(), @r"
    exit code 0
      ⚠ `amount` divides whole numbers, which drops what is left over: 1050 / 100 is 10
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: occurred_at
     10 │       amount: Quantity / 100
        ·               ──────────────
     11 │       points: Quantity
        ╰────
      help: write `Quantity / 100.00`, which keeps the decimals
      ⚠ whole numbers are divided by 100, which drops what is left over: 1050 / 100 is 10
       ╭─[sql/seen.sql:1:15]
     1 │ select points / 100 as amount from transactions
       ·               ─────
       ╰────
      help: write `/ 100.00`, which keeps the decimals
    pipelines/shop.yaml is sound: 1 source in 1 file, 1 step, as of 2024-03-31
    ");
    project.replace(PIPELINE, "amount: Quantity / 100", "amount: Quantity / 100.00");
    project.write("sql/seen.sql", "select amount from transactions");
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 1 step, as of 2024-03-31
    ");
    assert_eq!(amounts(&project), ["0.9900", "2.5000", "10.5000"]);
}

#[test]
fn the_audit_keeps_the_decimals_of_the_source() {
    let project = Project::shop("path: data\nquarantine:\n  of_bob: customer_id = 'bob'");
    let rows = batch(vec![
        ("transaction_id", texts(&["t1", "t2", "t3"])),
        ("customer_id", texts(&["ann", "ann", "bob"])),
        ("occurred_at", days(&["2024-01-05", "2024-01-06", "2024-01-07"])),
        ("amount", decimals(&["0.000049", "0.000049", "0.000049"], 12, 6)),
    ]);
    parquet(&project.path("data/a.parquet"), &rows);
    project.write("sql/seen.sql", "select rule, rows, amount from audit_rows order by rule nulls first");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    rule | rows | amount
    NULL | 2 | 0.000098
    of_bob | 1 | 0.000049
    ");
    let source = &project.json("site/shop/2024-03-31/manifest.json")["sources"][0];
    assert_eq!(source["set_aside"][0]["amount"], "0.000049");
}

#[test]
fn a_cast_that_loses_digits_is_counted_and_said() {
    let quantity = Arc::new(Int64Array::from(vec![1, 1, 3])) as ArrayRef;
    let price = Arc::new(Float64Array::from(vec![19.99, 0.125, 19.99])) as ArrayRef;
    let project = goods(quantity, price, "Quantity * CAST(UnitPrice AS DECIMAL(12, 2))");
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @r"
    ⚠ check digits amount of `transactions`: 1 row with more decimals than are kept
    help: expected a cast that keeps all decimals
    ");
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/seen.parquet").column("amount"),
        ["19.99", "0.13", "59.97"]
    );
    // From the cache it is said again.
    assert!(project.ran().err.contains("1 row with more decimals than are kept"));
    // A cast that is wide enough is no news.
    project.replace(PIPELINE, "DECIMAL(12, 2)", "DECIMAL(12, 4)");
    assert!(!project.ran().err.contains("digits"));

    let quantity = Arc::new(Int64Array::from(vec![1, 0, 3])) as ArrayRef;
    let project = goods(
        quantity,
        decimals(&["1.2399", "7.1111", "2.0000"], 12, 4),
        "CASE WHEN Quantity = 0 THEN 0.00 ELSE CAST(UnitPrice / Quantity AS DECIMAL(12, 2)) END",
    );
    let outcome = project.ran();
    assert!(outcome.err.contains("2 rows with more decimals than are kept"), "{}", outcome.err);
}

#[test]
fn text_and_quantities_that_lose_digits() {
    let project = Project::shop(
        "path: data/a.csv
columns:
  transaction_id: id
  customer_id: id
  occurred_at: CAST(at AS DATE)
  amount: CAST(amount AS DECIMAL(10, 2))
  quantity: CAST(weight AS DOUBLE)",
    );
    project.write("data/a.csv", "id,at,amount,weight\nt1,2024-01-05,1.239,0.25\nt2,2024-01-06,2.00,0.3335\n");
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @r"
    ⚠ check digits amount of `transactions`: 1 row with more decimals than are kept
    help: expected a cast that keeps all decimals
    ⚠ check digits quantity of `transactions`: 1 row with more decimals than are kept
    help: expected at most 3 decimals
    ");
}

/// Decimals that have 18 digits after the point, as Spark writes them, leave room for what is asked of them.
#[test]
fn decimals_of_many_digits_are_narrowed_where_that_is_exact() {
    let wide = |values: &[&str]| decimals(values, 38, 18);
    let project =
        goods(wide(&["3", "1000", "-2"]), wide(&["19.99", "1234567.25", "0.5"]), "Quantity * UnitPrice");
    assert_eq!(amounts(&project), ["59.9700000000", "1234567250.0000000000", "-1.0000000000"]);
    let project = goods(wide(&["3", "1000", "-2"]), wide(&["19.99", "1.5", "0.5"]), "UnitPrice");
    assert_eq!(amounts(&project), ["19.9900000000", "1.5000000000", "0.5000000000"]);
    let project = goods(wide(&["3", "1", "1"]), wide(&["0.00000000001", "1", "1"]), "Quantity * UnitPrice");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × `amount` of source `transactions`: `amount` is 0.00000000003, which has more than 10 decimals;
      │ choose those that count, as in `CAST(... AS DECIMAL(28, 10))`
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: occurred_at
     10 │       amount: Quantity * UnitPrice
        ·               ────────────────────
     11 │ steps:
        ╰────
    ");
}

fn of(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}

/// A shop that counts in rupiah: millions of millions a month, and as much more or less the month after.
#[test]
fn revenue_of_millions_of_millions_makes_a_page() {
    let project = Project::new();
    copy(&repository().join("sql"), &project.path("sql"));
    let pipeline = std::fs::read_to_string(repository().join("pipelines/online_retail.yaml")).unwrap();
    project.write("pipelines/shop.yaml", pipeline.replace("GBP", "IDR"));
    let (mut ids, mut customers, mut at, mut prices) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for month in 0..36 {
        for customer in 0..20 {
            let day = 1 + (customer * 7 + month) % 28;
            ids.push(format!("{month}-{customer}"));
            customers.push(format!("c{customer}"));
            at.push(format!("{}-{:02}-{day:02}", 2009 + month / 12, 1 + month % 12));
            prices.push(if month % 2 == 0 { "250000000000.00" } else { "50000000000.00" });
        }
    }
    let rows = batch(vec![
        ("InvoiceNo", texts(&of(&ids))),
        ("CustomerID", texts(&of(&customers))),
        ("StockCode", texts(&vec!["x"; ids.len()])),
        ("InvoiceDate", days(&of(&at))),
        ("Quantity", Arc::new(Int32Array::from(vec![1; ids.len()])) as ArrayRef),
        ("UnitPrice", decimals(&prices, 18, 2)),
    ]);
    parquet(&project.path("data/a.parquet"), &rows);
    let outcome = project.run(&["run", PIPELINE, "--param", "data=data", "--as-of", "2011-12-31"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let headline = project.table("private/online_retail/2011-12-31/tables/headline.parquet");
    assert_eq!(headline.at("figure", "revenue", "now"), "1000000000000.000000");
    // Each month is five times the one before, or a fifth of it, as a year earlier: so much is usual, and no more.
    for end in ["before_change", "before_low", "before_high"] {
        let change: f64 = headline.at("figure", "revenue", end).parse().unwrap();
        assert!((change + 0.8).abs() < 1e-6, "{end}: {change}");
    }
}
