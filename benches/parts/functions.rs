//! The product's own SQL functions beside what the engine has.

/// Days since the customer's last order.
pub mod gaps {
    use criterion::Criterion;
    use datafusion::prelude::{SessionConfig, SessionContext};
    use regulars::engine::functions;

    use crate::shop::{ROWS, history, rows, session, table};
    use crate::{Group, group, on};

    const OWN: &str = "select count(gap), sum(gap) from
        (select gap_days(day, orders > 0) over (partition by customer_id order by day) as gap from history)";
    const LAG: &str = "select count(gap), sum(gap) from
        (select case when orders > 0 then day - lag(case when orders > 0 then day end) ignore nulls
            over (partition by customer_id order by day) end as gap from history)";

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "gaps", ROWS);
        query(&mut group, "streaming", || session(1), OWN);
        query(&mut group, "window", engine_s_session, OWN);
        query(&mut group, "engine's lag", || session(1), LAG);
    }

    /// A session of the engine's own, in which its operator for windows runs the same function.
    fn engine_s_session() -> SessionContext {
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        functions::register(&context).expect("the functions are registered");
        context
    }

    fn query(group: &mut Group<'_>, name: &str, session: impl FnOnce() -> SessionContext, sql: &str) {
        let set_up = || {
            let context = session();
            context.register_table("history", table(&history(ROWS), &["customer_id", "day"])).unwrap();
            context
        };
        group.bench_function(name, on(set_up, |context| rows(context, sql)));
    }
}

/// Figures that are read from values in order: of each customer, and of all.
pub mod distributions {
    use criterion::{BenchmarkId, Criterion};
    use datafusion::prelude::SessionContext;

    use crate::shop::{ROWS, history, rows, session, table};
    use crate::{group, on};

    const CUSTOMERS_PERCENTILES: [&str; 2] = [
        "select percentile(of, 0.5), percentile(of, 0.9) from
            (select distribution(cast(day as int)) as of from history group by customer_id)",
        "select median(cast(day as int)), percentile_cont(cast(day as int), 0.9)
            from history group by customer_id",
    ];
    const PERCENTILES: [&str; 2] = [
        "select percentile(of, 0.5), percentile(of, 0.9) from
            (select distribution(revenue) as of from history)",
        "select median(cast(revenue as double)), percentile_cont(cast(revenue as double), 0.9)
            from history",
    ];
    const GINI: [&str; 2] = [
        "select gini(distribution(revenue)) from history",
        "select 2 * sum(place * cast(revenue as double)) / (count(*) * sum(cast(revenue as double)))
            - (count(*) + 1.0) / count(*) from
            (select revenue, row_number() over (order by revenue) as place from history)",
    ];

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "distributions", ROWS);
        let figures =
            [("customers' percentiles", CUSTOMERS_PERCENTILES), ("percentiles", PERCENTILES), ("Gini", GINI)];
        for (figure, [own, engine_s]) in figures {
            for (whose, sql) in [("own", own), ("engine's", engine_s)] {
                let query = on(context, |context| rows(context, sql));
                group.bench_function(BenchmarkId::new(figure, whose), query);
            }
        }
    }

    fn context() -> SessionContext {
        let context = session(1);
        context.register_table("history", table(&history(ROWS), &["customer_id", "day"])).unwrap();
        context
    }
}

/// The day of a time in a time zone: of rows as files have them, nearly sorted, and of rows in no order.
pub mod days {
    use std::sync::Arc;

    use arrow::array::{RecordBatch, TimestampMicrosecondArray};
    use criterion::{BenchmarkId, Criterion};
    use datafusion::prelude::SessionContext;
    use rand::Rng;

    use crate::shop::{ROWS, chance, rows, session, table};
    use crate::{group, on};

    const DAY: i64 = 86_400_000_000;
    const OWN: &str = "select max(business_day(at, 'Asia/Shanghai')) from times";
    const ENGINE_S: &str = "select max(cast(to_local_time(
        arrow_cast(at, 'Timestamp(Microsecond, Some(\"Asia/Shanghai\"))')) as date)) from times";

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "days", ROWS);
        for (order, ordered) in [("nearly sorted", true), ("in no order", false)] {
            for (whose, sql) in [("own", OWN), ("engine's", ENGINE_S)] {
                let query = on(|| times(ordered), |context| rows(context, sql));
                group.bench_function(BenchmarkId::new(whose, order), query);
            }
        }
    }

    fn times(ordered: bool) -> SessionContext {
        let mut chance = chance();
        let days = 1095;
        let row = i64::try_from(ROWS).unwrap();
        let times = (0..row).map(|at| {
            let day = if ordered { at * days / row } else { chance.random_range(0..days) };
            (18_000 + day) * DAY + chance.random_range(0..DAY)
        });
        let times: TimestampMicrosecondArray = times.map(Some).collect();
        let batch = RecordBatch::try_from_iter([("at", Arc::new(times.with_timezone("UTC")) as _)]).unwrap();
        let context = session(1);
        context.register_table("times", table(&batch, &[])).unwrap();
        context
    }
}

/// Every customer by a model's parameters: P(alive) and expected purchases in one query, in days and at any moment, of which
/// customers share fewer.
pub mod scoring {
    use std::sync::Arc;

    use arrow::array::{Float64Array, RecordBatch, UInt32Array};
    use criterion::{BenchmarkId, Criterion};
    use datafusion::prelude::SessionContext;

    use crate::customers::{Leaving, Population, Watch};
    use crate::shop::{chance, rows, session, table};
    use crate::{group, on};

    const CUSTOMERS: usize = 1 << 18;

    const PARAMETERS: [(&str, &str); 5] = [
        ("nbd", "0.8, 7.0"),
        ("bg_nbd", "0.8, 7.0, 0.9, 2.7"),
        ("mbg_nbd", "0.8, 7.0, 0.6, 2.4"),
        ("pareto_nbd", "0.8, 7.0, 0.7, 13.0"),
        ("bg_cnbd", "1.6, 2.3, 0.9, 2.7, 3"),
    ];

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "scoring", CUSTOMERS);
        for (clock, ticks) in [("days", 7.0), ("any moment", 1e6)] {
            for (model, parameters) in PARAMETERS {
                let sql = format!(
                    "select sum({model}_p_alive(x, t_x, t, {parameters})),
                        sum({model}_expected_purchases(x, t_x, t, 26, {parameters})) from customers"
                );
                let query = on(|| customers(ticks), |context| rows(context, &sql));
                group.bench_function(BenchmarkId::new(model, clock), query);
            }
        }
    }

    /// Histories in weeks, by a clock of so many ticks a week.
    fn customers(ticks: f64) -> SessionContext {
        let population = Population { rates: [0.8, 7.0], k: 1, leaving: Leaving::AtAnyTime([0.7, 13.0]) };
        let seen = population.watch(CUSTOMERS, Watch { tenure: [4.0, 104.0], ticks }, &mut chance());
        let weeks = |of: fn(u32, u32) -> u32| {
            let times = seen.histories.iter().map(|one| f64::from(of(one.t_x_days, one.t_days)) / ticks);
            Arc::new(Float64Array::from_iter_values(times))
        };
        let x = UInt32Array::from_iter_values(seen.histories.iter().map(|one| one.x));
        let batch = RecordBatch::try_from_iter([
            ("x", Arc::new(x) as _),
            ("t_x", weeks(|last, _| last) as _),
            ("t", weeks(|_, now| now) as _),
        ]);
        let context = session(1);
        context.register_table("customers", table(&batch.unwrap(), &[])).unwrap();
        context
    }
}
