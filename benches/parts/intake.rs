//! Taking rows in: their order, their keys, and the runs that they become.

/// The order of history, of a chunk as it comes in and of one that is made of sorted parts.
mod sorting {
    use arrow::array::{RecordBatch, UInt32Array};
    use arrow::compute::{SortColumn, lexsort_to_indices, take_record_batch};
    use arrow::row::{RowConverter, SortField};
    use divan::Bencher;
    use regulars::engine::intake::parts::{ORDER, sorted};

    use crate::shop::{ROWS, nearly_sorted, receipts};

    const COME: &str = "as rows come";
    const PARTS: &str = "in 8 sorted parts";

    fn batch(rows: &str) -> RecordBatch {
        if rows == COME { receipts(ROWS) } else { nearly_sorted(ROWS, 8) }
    }

    fn columns(batch: &RecordBatch) -> impl Iterator<Item = &arrow::array::ArrayRef> {
        ORDER.iter().map(|name| batch.column_by_name(name).unwrap())
    }

    #[divan::bench(args = [COME, PARTS])]
    fn own(bencher: Bencher<'_, '_>, rows: &str) {
        let batch = batch(rows);
        bencher.bench_local(|| sorted(&batch).unwrap());
    }

    #[divan::bench(args = [COME, PARTS])]
    fn columns_of_arrow(bencher: Bencher<'_, '_>, rows: &str) {
        let batch = batch(rows);
        bencher.bench_local(|| {
            let columns = columns(&batch).map(|values| SortColumn { values: values.clone(), options: None });
            let rows = lexsort_to_indices(&columns.collect::<Vec<_>>(), None).unwrap();
            take_record_batch(&batch, &rows).unwrap()
        });
    }

    #[divan::bench(args = [COME, PARTS])]
    fn rows_of_arrow(bencher: Bencher<'_, '_>, rows: &str) {
        let batch = batch(rows);
        bencher.bench_local(|| {
            let columns: Vec<_> = columns(&batch).cloned().collect();
            let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
            let keys = RowConverter::new(fields).unwrap().convert_columns(&columns).unwrap();
            let mut order: Vec<u32> = (0..u32::try_from(keys.num_rows()).unwrap()).collect();
            order.sort_unstable_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
            take_record_batch(&batch, &UInt32Array::from(order)).unwrap()
        });
    }
}

/// Keys that occur twice, and rows that have one of them.
mod keys {
    use std::collections::HashSet;

    use divan::Bencher;
    use rand::Rng;
    use regulars::engine::intake::parts::{Hashes, KeySet, shared, twice};

    use crate::shop::{ROWS, chance, receipts};

    fn key() -> KeySet {
        KeySet { columns: vec!["transaction_id".into(), "day".into()], nulls: false }
    }

    /// A million hashes, one in a thousand of them twice.
    fn hashes() -> Vec<u64> {
        let mut chance = chance();
        let mut hashes: Vec<u64> = (0..1_000_000).map(|_| chance.random()).collect();
        let again: Vec<u64> = hashes.iter().step_by(1000).copied().collect();
        hashes.extend(again);
        hashes
    }

    #[divan::bench]
    fn hashing(bencher: Bencher<'_, '_>) {
        let (batch, key) = (receipts(ROWS), key());
        bencher.bench_local(|| key.hashes(&batch).unwrap());
    }

    #[divan::bench]
    fn twice_by_sorting(bencher: Bencher<'_, '_>) {
        bencher.with_inputs(hashes).bench_local_values(|mut hashes| {
            hashes.sort_unstable();
            twice(&hashes)
        });
    }

    /// As lots have them: their lists are sorted already.
    #[expect(clippy::stable_sort_primitive, reason = "it finds the lists and merges them")]
    #[divan::bench]
    fn twice_by_merging(bencher: Bencher<'_, '_>) {
        let mut lists = hashes();
        for list in lists.chunks_mut(250_000) {
            list.sort_unstable();
        }
        bencher.with_inputs(|| lists.clone()).bench_local_values(|mut hashes| {
            hashes.sort();
            twice(&hashes)
        });
    }

    #[divan::bench]
    fn twice_by_a_set(bencher: Bencher<'_, '_>) {
        let hashes = hashes();
        bencher.bench_local(|| {
            let mut seen = Hashes::default();
            hashes.iter().copied().filter(|hash| !seen.insert(*hash)).collect::<Hashes>()
        });
    }

    #[divan::bench]
    fn twice_by_the_library_s_set(bencher: Bencher<'_, '_>) {
        let hashes = hashes();
        bencher.bench_local(|| {
            let mut seen = HashSet::new();
            hashes.iter().copied().filter(|hash| !seen.insert(*hash)).collect::<HashSet<u64>>()
        });
    }

    /// A night's lot beside all of history.
    #[divan::bench(args = [1_000, 1_000_000])]
    fn shared_with_a_lot_of(bencher: Bencher<'_, '_>, rows: usize) {
        let mut old = hashes();
        let mut new: Vec<u64> = old.iter().take(rows).map(|hash| hash.wrapping_mul(3)).collect();
        old.sort_unstable();
        new.sort_unstable();
        bencher.bench_local(|| shared(&new, &old).len());
    }
}

/// History by customer, of eight sorted runs: merged in order, or as files that say nothing of their order.
mod runs {
    use std::path::PathBuf;
    use std::sync::{Arc, LazyLock};

    use arrow::datatypes::SchemaRef;
    use datafusion::catalog::TableProvider;
    use divan::Bencher;
    use regulars::engine::intake::parts::PartMaker;
    use regulars::engine::intake::{Incremental, Merge, RunFile, RunsTable};
    use regulars::engine::sql::Query;
    use regulars::engine::storage;
    use regulars::problem::SourceText;
    use tempfile::TempDir;

    use crate::shop::{ROWS, receipts, rows, session, wait};

    const RUNS: usize = 8;
    const TEXT: &str =
        "select customer_id, day, transaction_id, sum(orders) as orders, sum(revenue) as revenue
        from transactions group by customer_id, day, transaction_id";
    const BY_CUSTOMER: &str = "select customer_id, sum(orders), sum(revenue), count(distinct day)
        from history group by customer_id";

    struct Made {
        schema: SchemaRef,
        files: Vec<(PathBuf, RunFile)>,
        _folder: TempDir,
    }

    static MADE: LazyLock<Made> = LazyLock::new(made);

    fn step() -> Incremental {
        let source = Arc::new(SourceText { name: "history.sql".into(), text: TEXT.into() });
        let query = Query::parse(&source).unwrap();
        let schema = receipts(1).schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        Incremental {
            name: "history".into(),
            query,
            parameters: regulars::pipeline::Parameters::new(),
            merge: vec![Merge::Key, Merge::Key, Merge::Key, Merge::Sum, Merge::Sum],
            reads: names.collect(),
            schema,
            order_by: Vec::new(),
        }
    }

    fn run(folder: &std::path::Path, part: usize) -> Vec<(PathBuf, RunFile)> {
        let steps = Arc::new(vec![step()]);
        let mut maker = PartMaker::new(session(1), "transactions", &steps, folder, &format!("{part}-"));
        let columns: Vec<&str> = maker.columns().iter().map(String::as_str).collect();
        let batch = receipts(ROWS).slice(part * ROWS / RUNS, ROWS / RUNS);
        let batch = batch
            .project(&columns.iter().map(|name| batch.schema().index_of(name).unwrap()).collect::<Vec<_>>());
        let made = wait(async {
            maker.push(batch.unwrap()).await.unwrap();
            maker.finish().await.unwrap()
        });
        let files = made.into_values().flatten();
        files.map(|file| (folder.join(&file.file), file)).collect()
    }

    fn made() -> Made {
        let folder = TempDir::new().unwrap();
        let files = (0..RUNS).flat_map(|part| run(folder.path(), part)).collect();
        Made { schema: step().schema, files, _folder: folder }
    }

    fn query(bencher: Bencher<'_, '_>, table: Arc<dyn TableProvider>) {
        let context = session(2);
        context.register_table("history", table).unwrap();
        bencher.bench_local(|| rows(&context, BY_CUSTOMER));
    }

    /// Sorting an eighth of the rows, adding them up, writing them.
    #[divan::bench]
    fn make_one(bencher: Bencher<'_, '_>) {
        let folder = TempDir::new().unwrap();
        bencher.bench_local(|| run(folder.path(), 0));
    }

    #[divan::bench]
    fn by_customer_merged(bencher: Bencher<'_, '_>) {
        let order = vec!["customer_id", "day", "transaction_id"];
        query(bencher, Arc::new(RunsTable::new(Arc::clone(&MADE.schema), order, MADE.files.clone())));
    }

    #[divan::bench]
    fn by_customer_hashed(bencher: Bencher<'_, '_>) {
        let paths: Vec<PathBuf> = MADE.files.iter().map(|(path, _)| path.clone()).collect();
        query(bencher, storage::parquet_table(&paths, &MADE.schema).unwrap());
    }
}
