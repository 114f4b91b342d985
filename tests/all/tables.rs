//! Stored tables: they say truly how their rows lie, and what is read from them is what was written.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Decimal128Array, RecordBatch, StringArray};
use arrow::compute::{SortOptions, concat_batches};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::MemTable;
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use datafusion::prelude::SessionContext;
use regulars::engine::output::{self, Stored};
use regulars::engine::session::Settings;
use regulars::engine::{Sessions, Time};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const CUSTOMERS: i32 = 30_000;
const ROWS: i32 = 140_000;
const ASCENDING: SortOptions = SortOptions { descending: false, nulls_first: false };

/// A session with the table `given`, of days of customers in no order, one of them with more money than 18 digits
/// hold and some rows without a customer.
struct Bench {
    folder: TempDir,
    sessions: Sessions,
    runtime: Runtime,
}

impl Bench {
    fn new(threads: usize) -> Self {
        let settings = Settings { threads: Some(threads), ..Settings::default() };
        let bench = Self {
            folder: TempDir::new().unwrap(),
            sessions: Sessions::new(&settings, None).unwrap(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
        };
        bench.sessions.register(Time::Current, "given", Arc::new(given())).unwrap();
        bench
    }

    fn context(&self) -> &SessionContext {
        self.sessions.at(Time::Current)
    }

    /// Runs a query, stores its rows as a step does, and makes them known as a table.
    fn store(&self, name: &str, kept: bool, sql: &str) -> Stored {
        let path = self.folder.path().join(name);
        let stored = self.runtime.block_on(async {
            let plan = self.context().sql(sql).await.unwrap().into_unoptimized_plan();
            let stored = if kept {
                output::keep(self.context(), plan, &path).await
            } else {
                output::scratch(self.context(), plan, &path).await
            };
            stored.unwrap().divided(self.context()).unwrap()
        });
        self.sessions.register(Time::Current, name, stored.table().unwrap()).unwrap();
        stored
    }

    fn plan(&self, sql: &str) -> Arc<dyn ExecutionPlan> {
        self.runtime
            .block_on(async { self.context().sql(sql).await.unwrap().create_physical_plan().await.unwrap() })
    }

    fn explain(&self, sql: &str) -> String {
        displayable(self.plan(sql).as_ref()).indent(false).to_string()
    }

    fn rows(&self, sql: &str) -> RecordBatch {
        let plan = self.plan(sql);
        let batches = self.runtime.block_on(collect(Arc::clone(&plan), self.context().task_ctx())).unwrap();
        concat_batches(&plan.schema(), &batches).unwrap()
    }

    /// Both tables have the same rows.
    fn same(&self, one: &str, other: &str) {
        for (a, b) in [(one, other), (other, one)] {
            let missing = self.rows(&format!("select * from {a} except all select * from {b}"));
            assert_eq!(missing.num_rows(), 0, "{a} has rows that {b} has not");
        }
    }
}

fn given() -> MemTable {
    let number = |row: i32| (row.wrapping_mul(7_919)).rem_euclid(ROWS);
    let rows = || (0..ROWS).map(number);
    let customer = |row: i32| (row % 1_000 != 7).then(|| format!("C{:06}", row % CUSTOMERS));
    let money = |row: i32| if row == 5_000 { 10_i128.pow(19) } else { i128::from(row) - 70_000 };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows().map(customer).collect::<StringArray>()),
        Arc::new(Date32Array::from_iter_values(rows().map(|row| 19_000 + row / CUSTOMERS))),
        Arc::new(
            Decimal128Array::from_iter_values(rows().map(money)).with_precision_and_scale(38, 2).unwrap(),
        ),
    ];
    let schema = Arc::new(Schema::new(vec![
        Field::new("customer_id", DataType::Utf8, true),
        Field::new("day", DataType::Date32, false),
        Field::new("money", DataType::Decimal128(38, 2), false),
    ]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let parts = (0..4).map(|part| vec![batch.slice(part * 35_000, 35_000)]).collect();
    MemTable::try_new(schema, parts).unwrap()
}

const DAYS: &str = "select * from given order by customer_id, day";
const CUSTOMER: &str = "select customer_id, count(*) as days, sum(money) as money, min(day) as first_day
    from customer_day group by customer_id order by customer_id";

#[test]
fn sorted_rows_are_read_in_ranges() {
    let bench = Bench::new(2);
    let stored = bench.store("customer_day", false, DAYS);
    assert_eq!(stored.rows, ROWS as u64);
    let order: Vec<_> = stored.layout.order.iter().map(|(name, options)| (name.as_str(), *options)).collect();
    assert_eq!(order, [("customer_id", ASCENDING), ("day", ASCENDING)]);
    bench.same("given", "customer_day");

    // Each partition is sorted, and begins after the one before it.
    let scan = bench.plan("select * from customer_day");
    let parts = scan.properties().output_partitioning().partition_count();
    assert_eq!(parts, 8);
    let mut last: Option<(bool, String, i32)> = None;
    let mut rows = 0;
    for part in 0..parts {
        let stream = scan.execute(part, bench.context().task_ctx()).unwrap();
        let batches = bench.runtime.block_on(datafusion::physical_plan::common::collect(stream)).unwrap();
        let before = last.clone();
        for batch in batches {
            let ids = arrow::compute::cast(batch.column(0), &DataType::Utf8).unwrap();
            let (ids, days) =
                (ids.as_string::<i32>(), batch.column(1).as_primitive::<arrow::datatypes::Date32Type>());
            for row in 0..batch.num_rows() {
                let id = if ids.is_null(row) { String::new() } else { ids.value(row).to_owned() };
                let key = (ids.is_null(row), id, days.value(row));
                assert!(last.as_ref().is_none_or(|last| *last <= key), "{last:?} {key:?}");
                assert!(
                    before.as_ref().is_none_or(|last| (last.0, &last.1) < (key.0, &key.1)),
                    "{before:?} {key:?}"
                );
                last = Some(key);
                rows += 1;
            }
        }
    }
    assert_eq!(rows, ROWS);
}

#[test]
fn what_follows_the_order_neither_sorts_nor_distributes() {
    let bench = Bench::new(2);
    bench.store("customer_day", false, DAYS);
    let windows = "select customer_id, day, lag(day) over (partition by customer_id order by day) as before
        from customer_day";
    let months = "select customer_id, date_trunc('month', day) as month, sum(money) from customer_day
        group by customer_id, month";
    for sql in [CUSTOMER, windows, months] {
        let plan = bench.explain(sql);
        assert!(!plan.contains("SortExec") && !plan.contains("RepartitionExec"), "{plan}");
    }
    bench.store("totals", true, CUSTOMER);
    let unsorted = CUSTOMER.replace("customer_day", "given");
    bench.same("totals", &format!("({unsorted})"));
}

/// Both sides of a join are read range by range, and so is its result written.
#[test]
fn ranges_are_joined_one_by_one() {
    let bench = Bench::new(2);
    bench.context().sql("set datafusion.optimizer.hash_join_single_partition_threshold = 1").wait(&bench);
    bench
        .context()
        .sql("set datafusion.optimizer.hash_join_single_partition_threshold_rows = 1")
        .wait(&bench);
    bench.store("customer_day", false, DAYS);
    bench.store("totals", true, CUSTOMER);
    let join = "select totals.customer_id, totals.money, customer_day.day from totals
        inner join customer_day on totals.customer_id = customer_day.customer_id";
    let plan = bench.explain(join);
    assert!(plan.contains("mode=Partitioned") && !plan.contains("RepartitionExec"), "{plan}");
    let joined = bench.store("joined", false, &format!("{join} order by totals.customer_id, day"));
    assert_eq!(joined.rows, 140_000 - 140);
}

/// Kept files are the same whatever the threads, and end row groups where ranges end.
#[test]
fn kept_bytes_are_of_the_rows_alone() {
    let bytes = |threads| {
        let bench = Bench::new(threads);
        bench.store("customer_day", false, DAYS);
        bench.store("totals", true, CUSTOMER);
        std::fs::read(bench.folder.path().join("totals")).unwrap()
    };
    let first = bytes(1);
    assert!(first == bytes(2) && first == bytes(5));
}

#[test]
fn rows_in_no_order_are_said_to_be_in_none() {
    let bench = Bench::new(2);
    let stored = bench.store("any", false, "select * from given where day > date '2022-01-10'");
    assert!(stored.layout.order.is_empty() && stored.ranges.is_none());
    bench.same("any", "(select * from given where day > date '2022-01-10')");
    let stored = bench.store("none", false, "select * from given where day < date '1990-01-01'");
    assert_eq!((stored.rows, bench.rows("select * from none").num_rows()), (0, 0));
    let stored = bench.store("none_kept", true, "select * from given where day < date '1990-01-01'");
    assert!(Path::new(&bench.folder.path().join("none_kept")).is_file() && stored.rows == 0);
}

trait Wait {
    fn wait(self, bench: &Bench);
}

impl<F: Future<Output = datafusion::error::Result<datafusion::prelude::DataFrame>>> Wait for F {
    fn wait(self, bench: &Bench) {
        bench.runtime.block_on(async { self.await.unwrap().collect().await.unwrap() });
    }
}
