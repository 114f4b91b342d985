//! Taking rows in: their order, their keys, and the runs that they become.

/// The order of history, of a chunk as it comes in and of one that is made of sorted parts.
pub mod sorting {
    use arrow::array::{RecordBatch, UInt32Array};
    use arrow::compute::{SortColumn, lexsort_to_indices, take_record_batch};
    use arrow::row::{RowConverter, SortField};
    use criterion::{BenchmarkId, Criterion};
    use regulars::engine::intake::parts::{ORDER, sorted};

    use crate::shop::{ROWS, nearly_sorted, receipts};
    use crate::{group, on};

    const COME: &str = "as rows come";
    const PARTS: &str = "in 8 sorted parts";

    fn batch(rows: &str) -> RecordBatch {
        if rows == COME { receipts(ROWS) } else { nearly_sorted(ROWS, 8) }
    }

    fn columns(batch: &RecordBatch) -> impl Iterator<Item = &arrow::array::ArrayRef> {
        ORDER.iter().map(|name| batch.column_by_name(name).unwrap())
    }

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "sorting", ROWS);
        for rows in [COME, PARTS] {
            let batch = || batch(rows);
            group.bench_function(BenchmarkId::new("own", rows), on(batch, |batch| sorted(batch).unwrap()));
            group.bench_function(BenchmarkId::new("columns of arrow", rows), on(batch, by_columns));
            group.bench_function(BenchmarkId::new("rows of arrow", rows), on(batch, by_rows));
        }
    }

    fn by_columns(batch: &RecordBatch) -> RecordBatch {
        let columns = columns(batch).map(|values| SortColumn { values: values.clone(), options: None });
        let rows = lexsort_to_indices(&columns.collect::<Vec<_>>(), None).unwrap();
        take_record_batch(batch, &rows).unwrap()
    }

    fn by_rows(batch: &RecordBatch) -> RecordBatch {
        let columns: Vec<_> = columns(batch).cloned().collect();
        let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
        let keys = RowConverter::new(fields).unwrap().convert_columns(&columns).unwrap();
        let mut order: Vec<u32> = (0..u32::try_from(keys.num_rows()).unwrap()).collect();
        order.sort_unstable_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
        take_record_batch(batch, &UInt32Array::from(order)).unwrap()
    }
}

/// Keys that occur twice, and rows that have one of them.
pub mod keys {
    use std::cell::LazyCell;
    use std::collections::HashSet;

    use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
    use rand::Rng;
    use regulars::engine::intake::parts::{Hashes, KeySet, shared, twice};

    use crate::shop::{ROWS, chance, receipts};
    use crate::{group, on};

    const HASHES: u64 = 1_000_000;

    fn key() -> KeySet {
        KeySet { columns: vec!["transaction_id".into(), "day".into()], nulls: false }
    }

    /// A million hashes, one in a thousand of them twice.
    fn hashes() -> Vec<u64> {
        let mut chance = chance();
        let mut hashes: Vec<u64> = (0..HASHES).map(|_| chance.random()).collect();
        let again: Vec<u64> = hashes.iter().step_by(1000).copied().collect();
        hashes.extend(again);
        hashes
    }

    /// The same in the order of a few lists, each of them sorted.
    fn lists() -> Vec<u64> {
        let mut lists = hashes();
        for list in lists.chunks_mut(250_000) {
            list.sort_unstable();
        }
        lists
    }

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "keys", ROWS);
        let set_up = || (receipts(ROWS), key());
        group.bench_function("hashing", on(set_up, |(batch, key)| key.hashes(batch).unwrap()));

        group.throughput(Throughput::Elements(HASHES + HASHES / 1000));
        let given = LazyCell::new(hashes);
        group.bench_function("twice by sorting", |bencher| {
            let given = LazyCell::force(&given);
            bencher.iter_batched(|| given.clone(), by_sorting, BatchSize::LargeInput);
        });
        let given = LazyCell::new(lists);
        group.bench_function("twice by merging", |bencher| {
            let given = LazyCell::force(&given);
            bencher.iter_batched(|| given.clone(), by_merging, BatchSize::LargeInput);
        });
        group.bench_function("twice by a set", on(hashes, |hashes| by_a_set(hashes)));
        group.bench_function("twice by the library's set", on(hashes, |hashes| by_the_library_s_set(hashes)));

        for rows in [1_000, 1_000_000] {
            group.throughput(Throughput::Elements(rows as u64));
            let shared = on(|| old_and_new(rows), |(old, new)| shared(new, old).len());
            group.bench_function(BenchmarkId::new("shared with a lot of", rows), shared);
        }
    }

    fn by_sorting(mut hashes: Vec<u64>) -> Hashes {
        hashes.sort_unstable();
        twice(&hashes)
    }

    /// As file batches have them: their lists are sorted already.
    #[expect(clippy::stable_sort_primitive, reason = "it finds the lists and merges them")]
    fn by_merging(mut hashes: Vec<u64>) -> Hashes {
        hashes.sort();
        twice(&hashes)
    }

    fn by_a_set(hashes: &[u64]) -> Hashes {
        let mut seen = Hashes::default();
        hashes.iter().copied().filter(|hash| !seen.insert(*hash)).collect()
    }

    fn by_the_library_s_set(hashes: &[u64]) -> HashSet<u64> {
        let mut seen = HashSet::new();
        hashes.iter().copied().filter(|hash| !seen.insert(*hash)).collect()
    }

    /// All of history, and a night's batch beside it.
    fn old_and_new(rows: usize) -> (Vec<u64>, Vec<u64>) {
        let mut old = hashes();
        let mut new: Vec<u64> = old.iter().take(rows).map(|hash| hash.wrapping_mul(3)).collect();
        old.sort_unstable();
        new.sort_unstable();
        (old, new)
    }
}

/// History by customer, of eight sorted runs: merged in order, or as files that say nothing of their order.
pub mod runs {
    use std::cell::LazyCell;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use arrow::array::RecordBatch;
    use arrow::datatypes::SchemaRef;
    use criterion::{BatchSize, Criterion, Throughput};
    use datafusion::catalog::TableProvider;
    use datafusion::prelude::SessionContext;
    use regulars::engine::incremental::{Incremental, Merge};
    use regulars::engine::intake::parts::PartMaker;
    use regulars::engine::intake::{RunFile, RunsTable};
    use regulars::engine::sql::Query;
    use regulars::engine::storage;
    use regulars::problem::SourceText;
    use tempfile::TempDir;

    use crate::shop::{ROWS, receipts, rows, session, wait};
    use crate::{group, on};

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

    /// What makes a run of one part of the rows, and these.
    fn maker(folder: &Path, receipts: &RecordBatch, part: usize) -> (PartMaker, RecordBatch) {
        let steps = Arc::new(vec![step()]);
        let maker = PartMaker::new(session(1), "transactions", &steps, folder, &format!("{part}-"));
        let batch = receipts.slice(part * ROWS / RUNS, ROWS / RUNS);
        let columns = maker.columns().iter().map(|name| batch.schema().index_of(name).unwrap());
        let batch = batch.project(&columns.collect::<Vec<_>>()).unwrap();
        (maker, batch)
    }

    /// Sorting an eighth of the rows, adding them up, writing them.
    fn make_one((mut maker, batch): (PartMaker, RecordBatch)) -> Vec<RunFile> {
        let made = wait(async {
            maker.push(batch).await.unwrap();
            maker.finish().await.unwrap()
        });
        made.into_values().flatten().collect()
    }

    fn made() -> Made {
        let (folder, receipts) = (TempDir::new().unwrap(), receipts(ROWS));
        let files = (0..RUNS).flat_map(|part| make_one(maker(folder.path(), &receipts, part)));
        let files = files.map(|file| (folder.path().join(&file.file), file)).collect();
        Made { schema: step().schema, files, _folder: folder }
    }

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "runs", ROWS / RUNS);
        let given = LazyCell::new(|| (TempDir::new().unwrap(), receipts(ROWS)));
        group.bench_function("make one", |bencher| {
            let (folder, receipts) = LazyCell::force(&given);
            let maker = || maker(folder.path(), receipts, 0);
            bencher.iter_batched(maker, make_one, BatchSize::PerIteration);
        });

        let made = LazyCell::new(made);
        group.throughput(Throughput::Elements(ROWS as u64));
        let merged = on(|| context(merged(&made)), |context| rows(context, BY_CUSTOMER));
        group.bench_function("by customer, merged", merged);
        let hashed = on(|| context(hashed(&made)), |context| rows(context, BY_CUSTOMER));
        group.bench_function("by customer, hashed", hashed);
    }

    fn merged(made: &Made) -> Arc<dyn TableProvider> {
        let order = vec!["customer_id", "day", "transaction_id"];
        Arc::new(RunsTable::new(Arc::clone(&made.schema), order, made.files.clone()))
    }

    fn hashed(made: &Made) -> Arc<dyn TableProvider> {
        let paths: Vec<PathBuf> = made.files.iter().map(|(path, _)| path.clone()).collect();
        storage::parquet_table(&paths, &made.schema).unwrap()
    }

    fn context(table: Arc<dyn TableProvider>) -> SessionContext {
        let context = session(2);
        context.register_table("history", table).unwrap();
        context
    }
}
