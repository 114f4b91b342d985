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
mod write {
    use std::fs::File;

    use divan::Bencher;
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::properties::WriterProperties;
    use regulars::engine::output;
    use tempfile::TempDir;

    use super::source;
    use crate::shop::{ROWS, history, wait};

    #[divan::bench]
    fn kept(bencher: Bencher<'_, '_>) {
        let (folder, (context, plan)) = (TempDir::new().unwrap(), source());
        let path = folder.path().join("kept.parquet");
        bencher.bench_local(|| wait(output::keep_as_is(&context, plan.clone(), &path)).unwrap().rows);
    }

    #[divan::bench]
    fn scratch(bencher: Bencher<'_, '_>) {
        let (folder, (context, plan)) = (TempDir::new().unwrap(), source());
        bencher.bench_local(|| wait(output::scratch(&context, plan.clone(), folder.path())).unwrap().rows);
    }

    #[divan::bench]
    fn library_zstd(bencher: Bencher<'_, '_>) {
        library(bencher, Compression::ZSTD(ZstdLevel::default()));
    }

    #[divan::bench]
    fn library_snappy(bencher: Bencher<'_, '_>) {
        library(bencher, Compression::SNAPPY);
    }

    fn library(bencher: Bencher<'_, '_>, compression: Compression) {
        let (folder, batch) = (TempDir::new().unwrap(), history(ROWS));
        let path = folder.path().join("plain.parquet");
        bencher.bench_local(|| {
            let properties = WriterProperties::builder().set_compression(compression).build();
            let file = File::create(&path).unwrap();
            let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap()
        });
    }
}

/// One row a customer, of a file whose order and ranges are known, and of the same file without.
mod read {
    use divan::Bencher;
    use regulars::engine::{output, storage};
    use tempfile::TempDir;

    use super::source;
    use crate::shop::{rows, session, wait};

    const BY_CUSTOMER: &str = "select customer_id, sum(orders), sum(revenue), max(day)
        from stored group by customer_id";

    #[divan::bench]
    fn in_ranges(bencher: Bencher<'_, '_>) {
        with(bencher, true);
    }

    #[divan::bench]
    fn as_a_plain_file(bencher: Bencher<'_, '_>) {
        with(bencher, false);
    }

    fn with(bencher: Bencher<'_, '_>, layout: bool) {
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
        bencher.bench_local(|| rows(&reading, BY_CUSTOMER));
    }
}
