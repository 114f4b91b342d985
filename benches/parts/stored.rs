//! Tables of a run: written, and read in their order.

use std::sync::LazyLock;

use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;

use crate::shop::{ROWS, history, session, table, wait};

/// The rows of history in a session, and a plan that yields them in order.
fn source() -> (SessionContext, LogicalPlan) {
    static HISTORY: LazyLock<arrow::array::RecordBatch> = LazyLock::new(|| history(ROWS));
    let context = session(2);
    context.register_table("history", table(&HISTORY, &["customer_id", "day", "transaction_id"])).unwrap();
    let sql = "select * from history order by customer_id, day, transaction_id";
    let frame = wait(context.sql(sql)).unwrap();
    (context, frame.into_parts().1)
}

/// Writing a table as it is kept, as a scratch table, and as the Parquet library does with one thread.
pub mod write {
    use std::fs::File;

    use criterion::Criterion;
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::properties::WriterProperties;
    use regulars::engine::output;
    use tempfile::TempDir;

    use super::source;
    use crate::shop::{ROWS, history, wait};
    use crate::{Group, group, on};

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "write", ROWS);
        let set_up = || (TempDir::new().unwrap(), source());
        let kept = on(set_up, |(folder, (context, plan))| {
            let path = folder.path().join("kept.parquet");
            wait(output::keep_as_is(context, plan.clone(), &path)).unwrap().rows
        });
        group.bench_function("kept", kept);
        let scratch = on(set_up, |(folder, (context, plan))| {
            wait(output::scratch(context, plan.clone(), folder.path())).unwrap().rows
        });
        group.bench_function("scratch", scratch);
        library(&mut group, "library, Zstandard", Compression::ZSTD(ZstdLevel::default()));
        library(&mut group, "library, Snappy", Compression::SNAPPY);
    }

    fn library(group: &mut Group<'_>, name: &str, compression: Compression) {
        let set_up = || (TempDir::new().unwrap(), history(ROWS));
        let write = on(set_up, |(folder, batch)| {
            let properties = WriterProperties::builder().set_compression(compression).build();
            let file = File::create(folder.path().join("plain.parquet")).unwrap();
            let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
            writer.write(batch).unwrap();
            writer.close().unwrap()
        });
        group.bench_function(name, write);
    }
}

/// One row a customer, of a file whose order and ranges are known, and of the same file without.
pub mod read {
    use criterion::Criterion;
    use datafusion::prelude::SessionContext;
    use regulars::engine::{output, storage};
    use tempfile::TempDir;

    use super::source;
    use crate::shop::{ROWS, rows, session, wait};
    use crate::{group, on};

    const BY_CUSTOMER: &str = "select customer_id, sum(orders), sum(revenue), max(day)
        from stored group by customer_id";

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "read", ROWS);
        for (name, layout) in [("in ranges", true), ("as a plain file", false)] {
            let read = on(|| stored(layout), |(_folder, context)| rows(context, BY_CUSTOMER));
            group.bench_function(name, read);
        }
    }

    /// A session with the table, in a folder that stays as long as it is read.
    fn stored(layout: bool) -> (TempDir, SessionContext) {
        let (folder, (context, plan)) = (TempDir::new().unwrap(), source());
        let path = folder.path().join("kept.parquet");
        let stored = wait(output::keep_as_is(&context, plan, &path)).unwrap();
        let schema = stored.schema.clone();
        let reading = session(2);
        let table = if layout {
            stored.divided(&reading).unwrap().table().unwrap()
        } else {
            storage::parquet_table(&[path], &schema).unwrap()
        };
        reading.register_table("stored", table).unwrap();
        (folder, reading)
    }
}
