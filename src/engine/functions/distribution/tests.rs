//! Compares the accumulators with a map of vectors, and the readings with plain sums over sorted rows.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Int64Array};
use arrow::util::display::array_value_to_string;
use datafusion::prelude::{SessionConfig, SessionContext};
use proptest::prelude::*;

use super::*;

/// A row: its group, its value, and whether the filter lets it pass.
type Row = (usize, Option<i128>, Option<bool>);

/// The values of each group, ascending, as the accumulator has them.
fn values_of(found: &ArrayRef) -> Vec<Vec<i128>> {
    let found = found.as_struct();
    (0..found.len())
        .map(|row| {
            let packed = found.column(2).as_binary::<i64>().value(row);
            let values: Vec<i128> = Run::read(Bytes::new(packed, 0)).collect();
            assert_eq!(found.is_null(row), values.is_empty());
            let count = found.column(0).as_primitive::<Int64Type>().value(row);
            assert_eq!(usize::try_from(count).unwrap(), values.len());
            let total = found.column(1).as_primitive::<Decimal128Type>().value(row);
            assert_eq!(total, values.iter().sum::<i128>());
            values
        })
        .collect()
}

fn decimals(rows: &[Row]) -> ArrayRef {
    Arc::new(rows.iter().map(|row| row.1).collect::<Decimal128Array>())
}

fn filter(rows: &[Row]) -> BooleanArray {
    rows.iter().map(|row| row.2).collect()
}

fn naive(rows: &[Row], groups: usize) -> Vec<Vec<i128>> {
    let mut all: BTreeMap<usize, Vec<i128>> = (0..groups).map(|group| (group, Vec::new())).collect();
    for (group, value, passes) in rows {
        if let (Some(value), Some(true)) = (value, passes) {
            all.entry(*group).or_default().push(*value);
        }
    }
    all.into_values()
        .map(|mut values| {
            values.sort_unstable();
            values
        })
        .collect()
}

const GROUPS: usize = 6;

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let value = prop_oneof![
        3 => (-50_i128..50).prop_map(Some),
        1 => Just(None),
        // More than 64 bits.
        1 => (-3_i128..3).prop_map(|value| Some(value << 70)),
    ];
    let passes = prop_oneof![4 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
    prop::collection::vec((0..GROUPS, value, passes), 0..120)
}

fn accumulator() -> Groups {
    Groups::new(&distribution_type(2))
}

fn feed(into: &mut Groups, rows: &[Row], groups: usize) {
    let numbers: Vec<usize> = rows.iter().map(|row| row.0).collect();
    into.update_batch(&[decimals(rows)], &numbers, Some(&filter(rows)), groups).unwrap();
}

proptest! {
    #[test]
    fn batches_do_not_matter(rows in rows(), size in 1_usize..40) {
        let mut groups = accumulator();
        for batch in rows.chunks(size) {
            feed(&mut groups, batch, GROUPS);
        }
        groups.store.expect(GROUPS);
        prop_assert_eq!(values_of(&groups.evaluate(EmitTo::All).unwrap()), naive(&rows, GROUPS));
    }

    #[test]
    fn partial_results_merge(rows in rows(), size in 1_usize..40, parts in 1_usize..4) {
        let mut partial: Vec<Groups> = (0..parts).map(|_| accumulator()).collect();
        for (index, batch) in rows.chunks(size).enumerate() {
            feed(&mut partial[index % parts], batch, GROUPS);
        }
        let mut merged = accumulator();
        for mut part in partial {
            part.store.expect(GROUPS);
            // Groups have other numbers when they are merged.
            let numbers: Vec<usize> = (0..GROUPS).rev().collect();
            let states = part.state(EmitTo::All).unwrap();
            merged.merge_batch(&states, &numbers, GROUPS).unwrap();
        }
        let mut expected = naive(&rows, GROUPS);
        expected.reverse();
        prop_assert_eq!(values_of(&merged.evaluate(EmitTo::All).unwrap()), expected);
    }

    /// As with ordered input: groups leave at the front while rows come in, and later groups move up.
    #[test]
    fn the_first_groups_may_leave(rows in rows(), first in 1_usize..GROUPS, split in 0_usize..120) {
        let split = split.min(rows.len());
        let (early, late): (Vec<Row>, Vec<Row>) = (rows[..split].to_vec(), rows[split..].to_vec());
        // Late rows belong only to groups that stay.
        let late: Vec<Row> = late.into_iter().filter(|row| row.0 >= first).collect();
        let mut groups = accumulator();
        feed(&mut groups, &early, GROUPS);
        let mut found = values_of(&groups.evaluate(EmitTo::First(first)).unwrap());
        let renumbered: Vec<Row> = late.iter().map(|row| (row.0 - first, row.1, row.2)).collect();
        feed(&mut groups, &renumbered, GROUPS - first);
        found.extend(values_of(&groups.evaluate(EmitTo::All).unwrap()));
        let all: Vec<Row> = early.into_iter().chain(late).collect();
        prop_assert_eq!(found, naive(&all, GROUPS));
        // The accumulator can start again.
        feed(&mut groups, &all, GROUPS);
        prop_assert_eq!(values_of(&groups.evaluate(EmitTo::All).unwrap()), naive(&all, GROUPS));
    }

    #[test]
    fn rows_become_states_one_by_one(rows in rows()) {
        let states = accumulator().convert_to_state(&[decimals(&rows)], Some(&filter(&rows))).unwrap();
        let mut merged = accumulator();
        let numbers: Vec<usize> = rows.iter().map(|row| row.0).collect();
        merged.merge_batch(&states, &numbers, GROUPS).unwrap();
        prop_assert_eq!(values_of(&merged.evaluate(EmitTo::All).unwrap()), naive(&rows, GROUPS));
    }

    /// Without groups, and evaluated twice.
    #[test]
    fn all_rows_are_one_group(rows in rows(), size in 1_usize..40) {
        let passing: Vec<Row> = rows.iter().map(|row| (0, row.1, Some(true))).collect();
        let (mut one, mut other) = (OneGroup::new(&distribution_type(2)), OneGroup::new(&distribution_type(2)));
        for batch in passing.chunks(size) {
            one.update_batch(&[decimals(batch)]).unwrap();
        }
        let expected = naive(&passing, 1);
        for _ in 0..2 {
            let found = one.evaluate().unwrap().to_array().unwrap();
            prop_assert_eq!(values_of(&found), expected.clone());
        }
        let state: Vec<ArrayRef> = one.state().unwrap().iter().map(|s| s.to_array().unwrap()).collect();
        other.merge_batch(&state).unwrap();
        prop_assert_eq!(values_of(&other.evaluate().unwrap().to_array().unwrap()), expected);
    }
}

/// Cells of one row, as text.
fn row(sql: &str) -> Vec<String> {
    try_row(sql).unwrap()
}

fn try_row(sql: &str) -> Result<Vec<String>> {
    let config = SessionConfig::new()
        .with_target_partitions(3)
        .set_bool("datafusion.sql_parser.parse_float_as_decimal", true);
    let context = SessionContext::new_with_config(config);
    crate::engine::functions::register(&context).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let batches = runtime.block_on(async { context.sql(sql).await?.collect().await })?;
    let batch = &batches[0];
    Ok(batch.columns().iter().map(|column| array_value_to_string(column, 0).unwrap()).collect())
}

/// `values (group, value)`, as money if decimals are wanted.
fn table(rows: &[(i64, i64)], money: bool) -> String {
    let cents = |value: &i64| {
        let sign = if *value < 0 { "-" } else { "" };
        format!("cast('{sign}{}.{:02}' as decimal(38, 2))", value.abs() / 100, value.abs() % 100)
    };
    let rows: Vec<String> = rows
        .iter()
        .map(|(group, value)| {
            format!("({group}, {})", if money { cents(value) } else { format!("cast({value} as bigint)") })
        })
        .collect();
    format!("(values {}) as t (g, x)", rows.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The engine's own median, and its percentile where that is exact; a tenth of whole days is a whole tenth.
    #[test]
    fn percentiles_are_the_engines(values in prop::collection::vec((0_i64..3, -400_i64..400), 1..30)) {
        let sql = format!(
            "select count(*), count(case when m = percentile(d, 0.5)
                and abs(p - percentile(d, 0.9)) < 0.001
                and percentile(d, 0.9) = cast(round(percentile(d, 0.9) * 10) as double) / 10 then 1 end) from (
                select g, median(cast(x as double)) as m,
                    percentile_cont(0.9) within group (order by cast(x as double)) as p, distribution(x) as d
                from {} group by g)",
            table(&values, false)
        );
        let found = row(&sql);
        prop_assert_eq!(&found[0], &found[1]);
    }

    /// The functions give the same as windows over sorted rows.
    #[test]
    fn readings_are_those_of_sorted_rows(values in prop::collection::vec((Just(0), -300_i64..3000), 1..40)) {
        let sql = format!(
            "with t as (select * from {}), totals as (select count(*) as n, sum(x) as s, cast(sum(x) as double) as b from t),
            r as (select x, n, s, b, cast(row_number() over (order by x desc) as bigint) as i,
                sum(x) over (order by x desc rows unbounded preceding) as c from t cross join totals),
            slow as (select
                2 * cast(sum((n + 1 - i) * x) as double) / (cast(max(n) as double) * max(b))
                    - (cast(max(n) as double) + 1) / cast(max(n) as double) as gini,
                cast(sum(x) filter (where i <= (n + 4) / 5) as double) / max(b) as top_share,
                sum(x) filter (where i <= 3) as top_sum,
                count(*) filter (where (c - x) * 100 < s * 80) as top_count,
                cast(sum(cast(power(cast(x as double) / b, 2) as decimal(38, 18))) as double) as hhi,
                max(s) as s from r),
            d as (select distribution(x) as d from t)
            select s <= 0 or (gini = gini(d) and top_share = top_share(d, 0.2) and top_count = top_count(d, 0.8)
                and hhi = hhi(d) and gini is not null and hhi is not null),
                top_sum = top_sum(d, 3), s > 0 or (gini(d) is null and hhi(d) is null and top_count(d, 0.8) is null
                and top_share(d, 0.2) is null and lorenz(d, 4)[5] is null) from slow cross join d",
            table(&values, true)
        );
        prop_assert_eq!(row(&sql), ["true", "true", "true"]);
    }

    #[test]
    fn a_lorenz_curve_has_the_top_shares(values in prop::collection::vec((Just(0), 0_i64..3000), 1..40)) {
        let sql = format!(
            "with d as (select distribution(x) as d from {})
            select coalesce(lorenz(d, 4) = [0.0::double, top_share(d, 0.25), top_share(d, 0.5), top_share(d, 0.75),
                top_share(d, 1)] or d['total'] = 0, false) from d",
            table(&values, true)
        );
        prop_assert_eq!(row(&sql), ["true"]);
    }

    /// A score is 1 + floor(bins x p), bins at most, with p = below / (below + above), a half if all are equal.
    #[test]
    fn scores_go_by_who_is_below_and_above(
        values in prop::collection::vec((Just(0), prop_oneof![-20_i64..20, -1_i64..2]), 1..40),
        bins in 1_i64..11,
    ) {
        let sql = format!(
            "with t as (select * from {}),
            cuts as (select quantile_cuts(distribution(x), {bins}) as c from t),
            placed as (
                select
                    x,
                    cast(rank() over (order by x) as bigint) - 1 as below,
                    cast(rank() over (order by x desc) as bigint) - 1 as above
                from t
            )
            select
                count(*),
                count(case when score(x, c) = least({bins}, 1 + case
                    when below + above = 0 then {bins} / 2 else {bins} * below / (below + above)
                end) then 1 end)
            from placed cross join cuts",
            table(&values, true)
        );
        let found = row(&sql);
        prop_assert_eq!(&found[0], &found[1]);
    }
}

/// With any number of ties, the highest value scores best and the lowest worst. If all are equal, the score is the
/// middle; with an even number of bins, the upper of the two.
#[test]
fn ties_do_not_move_the_ends() {
    let scores = |values: &str, bins: i64| {
        row(&format!(
            "with t as (select unnest({values}) as x), cuts as (select quantile_cuts(distribution(x), {bins}) as c from t)
            select array_to_string(array_agg(score(x, c) order by x), ' ') from t cross join cuts"
        ))
        .remove(0)
    };
    assert_eq!(scores("[1, 2, 2, 2, 2, 2, 2, 2]", 5), "1 5 5 5 5 5 5 5");
    assert_eq!(scores("[1, 1, 1, 1, 1, 1, 1, 2]", 5), "1 1 1 1 1 1 1 5");
    assert_eq!(scores("[1, 1, 1, 2, 3, 3, 3]", 5), "1 1 1 3 5 5 5");
    assert_eq!(scores("[1, 2, 3, 4, 5]", 5), "1 2 3 4 5");
    assert_eq!(scores("[7, 7, 7]", 5), "3 3 3");
    assert_eq!(scores("[7]", 5), "3");
    assert_eq!(scores("[7, 7]", 4), "3 3");
    assert_eq!(scores("[-7, 7]", 10), "1 10");
}

/// The customer who exactly reaches a share is the last one needed; a fifth of five is one, of six two.
#[test]
fn edges_are_exact() {
    let two = "(values (80.00), (20.00), (0.00)) as t (x)";
    assert_eq!(
        row(&format!("select top_count(distribution(x), 0.8), top_count(distribution(x), 1) from {two}")),
        ["1", "2"]
    );
    let top = |n: i64| {
        row(&format!("select top_share(distribution(value), 0.2) * {n} * ({n} - 1) / 2 from range({n})"))
    };
    assert_eq!((top(5), top(6)), (vec!["4.0".to_owned()], vec!["9.0".to_owned()]));
}

#[test]
fn nothing_has_no_distribution() {
    let none = "(select cast(null as bigint) as x) as t";
    let sql = format!(
        "select d is null, d['count'], d['total'], percentile(d, 0.5), lorenz(d, 2)
            from (select distribution(x) as d from {none})"
    );
    assert_eq!(row(&sql), ["true", "", "", "", ""]);
    assert_eq!(row("select percentile(distribution(1), cast(null as double))"), [""]);
    assert_eq!(row("select score(null, quantile_cuts(distribution(1), 2))"), [""]);
}

/// The engine first rewrites it as a grouping.
#[test]
fn distinct_values_count_once() {
    assert_eq!(
        row("select percentile(distribution(distinct x), 0.5) from (values (1), (1), (1), (4)) as t (x)"),
        ["2.5"]
    );
}

/// A running window asks for the distribution repeatedly.
#[test]
fn a_running_distribution_grows() {
    let sql = "select sum(m) from (select percentile(distribution(x) over (order by x), 1.0) as m from (values (1), (2), (4)) as t (x))";
    assert_eq!(row(sql), ["7.0"]);
}

#[test]
fn wrong_arguments_are_told_of() {
    let says = |sql: &str| try_row(sql).unwrap_err().to_string();
    assert!(says("select distribution(cast(1 as double))").contains("exact"));
    assert!(says("select gini(1)").contains("gini takes a distribution"));
    assert!(says("select percentile(distribution(1))").contains("and a number"));
    assert!(says("select percentile(distribution(1), 'a')").contains("takes a number"));
    assert!(says("select percentile(distribution(1), 1.5)").contains("from 0 to 1"));
    assert!(says("select top_share(distribution(1), -0.5)").contains("from 0 to 1"));
    assert!(says("select lorenz(distribution(1), 0)").contains("from 1 to"));
    assert!(says("select score(1.5::double, quantile_cuts(distribution(1), 2))").contains("score takes"));
}

#[test]
fn whole_numbers_of_any_width_are_values() {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None, Some(-1)]));
    let mut groups = Groups::new(&distribution_type(0));
    groups.update_batch(&[values], &[0, 0, 0], None, 1).unwrap();
    assert_eq!(values_of(&groups.evaluate(EmitTo::All).unwrap()), [[-1, 3]]);
    assert_eq!(row("select percentile(distribution(cast(7 as smallint)), 0.5)"), ["7.0"]);
    assert_eq!(row("select percentile(distribution(cast(7 as bigint unsigned)), 0.5)"), ["7.0"]);
}
