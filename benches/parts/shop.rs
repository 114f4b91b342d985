//! Rows to work on, and a session to query them in.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::concat_batches;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::ident;
use datafusion::prelude::SessionContext;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regulars::engine::intake::parts::sorted;
use regulars::engine::session::Settings;
use regulars::engine::{Sessions, Time};
use tokio::runtime::Runtime;

/// Rows of history.
pub const ROWS: usize = 1 << 18;
/// Rows that a query works on at once.
const BATCH: usize = 8192;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Chance that is the same every time.
pub fn chance() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(0x7061_7274)
}

pub fn wait<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// Receipts of customers who come six times in three years on average, as they come in: day by day.
pub fn receipts(rows: usize) -> RecordBatch {
    let mut chance = chance();
    let customers = (rows / 6).max(1);
    let day = |row: usize| 18_000 + i32::try_from(row * 1095 / rows).unwrap();
    let ids = (0..rows).map(|_| format!("C{:09}", chance.random_range(0..customers)));
    let ids: StringViewArray = ids.map(Some).collect();
    let days: Date32Array = (0..rows).map(|row| Some(day(row))).collect();
    let transactions: StringViewArray = (0..rows).map(|row| Some(format!("T{row:011}"))).collect();
    // A tenth of the rows are returns.
    let orders: Int64Array = (0..rows).map(|_| Some(i64::from(chance.random_range(0..10) > 0))).collect();
    let revenue = (0..rows).map(|_| Some(chance.random_range(100..90_000_i128)));
    let revenue = revenue.collect::<Decimal128Array>().with_precision_and_scale(28, 2).unwrap();
    let columns: [(&str, ArrayRef); 5] = [
        ("customer_id", Arc::new(ids)),
        ("day", Arc::new(days)),
        ("transaction_id", Arc::new(transactions)),
        ("orders", Arc::new(orders)),
        ("revenue", Arc::new(revenue)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The same by customer and day.
pub fn history(rows: usize) -> RecordBatch {
    sorted(&receipts(rows)).unwrap()
}

/// The same in some parts, one after the other, each of them in order.
pub fn nearly_sorted(rows: usize, parts: usize) -> RecordBatch {
    let batch = receipts(rows);
    let length = rows / parts;
    let parts: Vec<_> = (0..parts).map(|part| sorted(&batch.slice(part * length, length)).unwrap()).collect();
    concat_batches(&batch.schema(), &parts).unwrap()
}

/// The product's session, with so many threads.
pub fn session(threads: usize) -> SessionContext {
    let settings = Settings { threads: Some(threads), ..Settings::default() };
    Sessions::new(&settings, None).unwrap().at(Time::Current).clone()
}

/// A table in memory, of which the engine knows the columns that it is sorted by.
pub fn table(batch: &RecordBatch, order: &[&str]) -> Arc<dyn TableProvider> {
    let starts = (0..batch.num_rows()).step_by(BATCH);
    let pieces = starts.map(|at| batch.slice(at, BATCH.min(batch.num_rows() - at))).collect();
    let table = MemTable::try_new(batch.schema(), vec![pieces]).unwrap();
    let order: Vec<_> = order.iter().map(|name| ident(*name).sort(true, false)).collect();
    Arc::new(if order.is_empty() { table } else { table.with_sort_order(vec![order]) })
}

/// The rows of a query.
pub fn rows(context: &SessionContext, sql: &str) -> usize {
    let batches = wait(async { context.sql(sql).await.unwrap().collect().await.unwrap() });
    batches.iter().map(RecordBatch::num_rows).sum()
}
