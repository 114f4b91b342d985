//! The product's own SQL functions beside what the engine has.

/// Days since the customer's last order.
mod gaps {
    use datafusion::prelude::SessionContext;
    use divan::Bencher;
    use regulars::engine::functions;

    use crate::shop::{ROWS, history, rows, session, table};

    const OWN: &str = "select count(gap), sum(gap) from
        (select gap_days(day, orders > 0) over (partition by customer_id order by day) as gap from history)";
    const LAG: &str = "select count(gap), sum(gap) from
        (select case when orders > 0 then day - lag(case when orders > 0 then day end) ignore nulls
            over (partition by customer_id order by day) end as gap from history)";

    fn query(bencher: Bencher<'_, '_>, context: &SessionContext, sql: &str) {
        context.register_table("history", table(&history(ROWS), &["customer_id", "day"])).unwrap();
        bencher.bench_local(|| rows(context, sql));
    }

    #[divan::bench]
    fn streaming(bencher: Bencher<'_, '_>) {
        query(bencher, &session(1), OWN);
    }

    /// The same function in the engine's operator for windows.
    #[divan::bench]
    fn window(bencher: Bencher<'_, '_>) {
        let config = datafusion::prelude::SessionConfig::new().with_target_partitions(1);
        let context = SessionContext::new_with_config(config);
        functions::register(&context);
        query(bencher, &context, OWN);
    }

    #[divan::bench]
    fn engine_s_lag(bencher: Bencher<'_, '_>) {
        query(bencher, &session(1), LAG);
    }
}

/// Figures that are read from values in order: of each customer, and of all.
mod distributions {
    use divan::Bencher;

    use crate::shop::{ROWS, history, rows, session, table};

    fn query(bencher: Bencher<'_, '_>, sql: &str) {
        let context = session(1);
        context.register_table("history", table(&history(ROWS), &["customer_id", "day"])).unwrap();
        bencher.bench_local(|| rows(&context, sql));
    }

    #[divan::bench]
    fn customers_percentiles_own(bencher: Bencher<'_, '_>) {
        let sql = "select percentile(of, 0.5), percentile(of, 0.9) from
            (select distribution(cast(day as int)) as of from history group by customer_id)";
        query(bencher, sql);
    }

    #[divan::bench]
    fn customers_percentiles_engine_s(bencher: Bencher<'_, '_>) {
        let sql = "select median(cast(day as int)), percentile_cont(cast(day as int), 0.9)
            from history group by customer_id";
        query(bencher, sql);
    }

    #[divan::bench]
    fn percentiles_own(bencher: Bencher<'_, '_>) {
        let sql = "select percentile(of, 0.5), percentile(of, 0.9) from
            (select distribution(revenue) as of from history)";
        query(bencher, sql);
    }

    #[divan::bench]
    fn percentiles_engine_s(bencher: Bencher<'_, '_>) {
        let sql = "select median(cast(revenue as double)), percentile_cont(cast(revenue as double), 0.9)
            from history";
        query(bencher, sql);
    }

    #[divan::bench]
    fn gini_own(bencher: Bencher<'_, '_>) {
        query(bencher, "select gini(distribution(revenue)) from history");
    }

    #[divan::bench]
    fn gini_engine_s(bencher: Bencher<'_, '_>) {
        let sql =
            "select 2 * sum(place * cast(revenue as double)) / (count(*) * sum(cast(revenue as double)))
            - (count(*) + 1.0) / count(*) from
            (select revenue, row_number() over (order by revenue) as place from history)";
        query(bencher, sql);
    }
}

/// The day of a time in a time zone: of rows as files have them, nearly sorted, and of rows in no order.
mod days {
    use std::sync::Arc;

    use arrow::array::{RecordBatch, TimestampMicrosecondArray};
    use divan::Bencher;
    use rand::Rng;

    use crate::shop::{ROWS, chance, rows, session, table};

    const DAY: i64 = 86_400_000_000;

    fn query(bencher: Bencher<'_, '_>, ordered: bool, sql: &str) {
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
        bencher.bench_local(|| rows(&context, sql));
    }

    #[divan::bench(args = [true, false])]
    fn own_ordered(bencher: Bencher<'_, '_>, ordered: bool) {
        query(bencher, ordered, "select max(business_day(at, 'Asia/Shanghai')) from times");
    }

    #[divan::bench(args = [true, false])]
    fn engine_s_ordered(bencher: Bencher<'_, '_>, ordered: bool) {
        let zoned = "arrow_cast(at, 'Timestamp(Microsecond, Some(\"Asia/Shanghai\"))')";
        query(bencher, ordered, &format!("select max(cast(to_local_time({zoned}) as date)) from times"));
    }
}
