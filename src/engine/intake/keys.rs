//! Finds the keys that occur more than once in all files. Only hashes of keys are kept, not the keys.
//!
//! Two keys with one hash are treated as one here. This costs a check of a few more rows, but decides nothing: the rows
//! of all such keys are held back and then compared themselves.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::common::hash_utils::{QualityRandomState, create_hashes};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::SessionContext;
use foldhash::HashSetExt;
use serde::Serialize;

use crate::engine::quarantine::{KeyColumns, repeated_keys};
use crate::pipeline::Source;
use crate::pipeline::check::Measured;

/// A set of hashes.
pub type Hashes = foldhash::HashSet<u64>;

/// With a fixed seed: stored hashes are compared with those of later runs.
const STATE: QualityRandomState = QualityRandomState::with_seed(0x7265_6775_6c61_7273);

/// A key that must not, or should not, occur twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeySet {
    /// Its columns.
    pub columns: KeyColumns,
    /// Whether a key with a NULL counts: it does for a `unique` check, but not for a `repeated` rule.
    pub nulls: bool,
}

/// The keys in the rules and checks of a source, each once.
pub fn key_sets(source: &Source) -> Vec<KeySet> {
    let mut sets: Vec<KeySet> = Vec::new();
    let repeated = repeated_keys(source).into_iter().map(|(_, columns)| (columns, false));
    let unique = unique_keys(source).into_iter().map(|columns| (columns, true));
    for (columns, nulls) in repeated.chain(unique) {
        match sets.iter_mut().find(|set| set.columns == columns) {
            Some(set) => set.nulls |= nulls,
            None => sets.push(KeySet { columns, nulls }),
        }
    }
    sets
}

/// The keys of the `unique` checks, in order.
pub fn unique_keys(source: &Source) -> Vec<KeyColumns> {
    let questions = source.checks.iter().flat_map(|check| check.test.questions());
    questions
        .filter_map(|question| match question.measured {
            Measured::Repeats(columns) => Some(columns),
            _ => None,
        })
        .collect()
}

impl KeySet {
    /// The hash of each row's key; none for a row without a key.
    ///
    /// # Errors
    /// If the batch lacks a column, or a type cannot be hashed.
    pub fn hashes(&self, batch: &RecordBatch) -> Result<Vec<Option<u64>>> {
        let column = |name: &String| {
            let column = batch.column_by_name(name).cloned();
            column.ok_or_else(|| DataFusionError::Internal(format!("no column {name}")))
        };
        let columns: Vec<ArrayRef> = self.columns.iter().map(column).collect::<Result<_>>()?;
        self.hashes_of(&columns, batch.num_rows())
    }

    /// The same, from the key's columns alone.
    ///
    /// # Errors
    /// For a type that cannot be hashed.
    pub fn hashes_of(&self, columns: &[ArrayRef], rows: usize) -> Result<Vec<Option<u64>>> {
        let mut hashes = vec![0; rows];
        create_hashes(columns, &STATE, &mut hashes)?;
        let nulls: Vec<&ArrayRef> =
            columns.iter().filter(|column| !self.nulls && column.null_count() > 0).collect();
        let whole = |row: usize| nulls.iter().all(|column| column.is_valid(row));
        Ok(hashes.into_iter().enumerate().map(|(row, hash)| whole(row).then_some(hash)).collect())
    }
}

/// Memory for hashes within the run's `memory:`.
#[derive(Debug)]
pub struct Room(MemoryReservation);

impl Room {
    /// No memory yet.
    pub fn none(context: &SessionContext) -> Self {
        let pool = &context.runtime_env().memory_pool;
        Self(MemoryConsumer::new("the keys of a `repeated` rule or `unique` check").register(pool))
    }

    /// Reserves memory for some more hashes in lists, and some in sets.
    ///
    /// # Errors
    /// If `memory:` is exhausted.
    pub fn more(&self, lists: usize, sets: usize) -> Result<()> {
        // A set is at most seven eighths full, doubles in size, and needs one more byte per slot.
        self.0.try_grow(lists.saturating_mul(8).saturating_add(sets.saturating_mul(16)))
    }

    /// Releases the memory of hashes in lists.
    pub fn less(&self, lists: usize) {
        self.0.shrink(lists.saturating_mul(8).min(self.0.size()));
    }
}

/// Hashes being collected. Each is kept at most twice: this is enough to show that it repeats.
#[derive(Debug)]
pub struct Gathered {
    /// Sorted up to `sorted`, then in order of arrival.
    hashes: Vec<u64>,
    sorted: usize,
    room: Room,
    /// How many there is memory for.
    most: usize,
}

impl Gathered {
    /// Least number of unsorted hashes before they are sorted.
    const LEAST: usize = 1 << 18;

    /// No hashes yet.
    pub fn new(room: Room) -> Self {
        Self { hashes: Vec::new(), sorted: 0, room, most: 0 }
    }

    /// Adds some hashes.
    ///
    /// # Errors
    /// If `memory:` has no room for them.
    pub fn add(&mut self, hashes: impl IntoIterator<Item = u64>) -> Result<()> {
        for hash in hashes {
            if self.hashes.len() == self.most {
                self.grow()?;
            }
            self.hashes.push(hash);
        }
        Ok(())
    }

    /// All of them in order, with their memory.
    pub fn finish(mut self) -> (Vec<u64>, Room) {
        self.settle();
        (self.hashes, self.room)
    }

    /// Makes room, if possible by dropping hashes beyond two of a kind.
    fn grow(&mut self) -> Result<()> {
        self.settle();
        let most = self.sorted + self.sorted.max(Self::LEAST);
        if most > self.most {
            // Sorting needs half as much again.
            self.room.more((most - self.most) * 3 / 2, 0)?;
            self.hashes.reserve_exact(most - self.sorted);
            self.most = most;
        }
        Ok(())
    }

    #[expect(
        clippy::stable_sort_primitive,
        reason = "what is in order already is found and merged, which is several times as fast"
    )]
    fn settle(&mut self) {
        self.hashes.sort();
        let mut before = (None, None);
        self.hashes.retain(|hash| {
            let third = before == (Some(*hash), Some(*hash));
            before = (before.1, Some(*hash));
            !third
        });
        self.sorted = self.hashes.len();
    }
}

/// Writes sorted hashes, and returns the bytes written.
///
/// # Errors
/// Those of writing.
pub fn write(path: &Path, hashes: &[u64]) -> io::Result<Vec<u8>> {
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
    fs::write(path, &bytes)?;
    Ok(bytes)
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// Those of reading.
pub fn read(path: &Path) -> io::Result<Vec<u64>> {
    let bytes = fs::read(path)?;
    let (words, _) = bytes.as_chunks::<8>();
    Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

/// The hashes that occur more than once among sorted ones.
pub fn twice(sorted: &[u64]) -> Hashes {
    let mut found = Hashes::new();
    for pair in sorted.windows(2) {
        if let [a, b] = pair
            && a == b
        {
            found.insert(*a);
        }
    }
    found
}

/// The hashes that two sorted lists share.
pub fn shared(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut rest = long;
    let mut found = Vec::new();
    for hash in short {
        // If one list is far longer, looking up its hashes is faster than walking past them.
        let step = if long.len() / (short.len() + 1) > 16 {
            rest.partition_point(|other| other < hash)
        } else {
            rest.iter().take_while(|other| *other < hash).count()
        };
        rest = rest.get(step..).unwrap_or_default();
        if rest.first() == Some(hash) && found.last() != Some(hash) {
            found.push(*hash);
        }
    }
    found
}

/// Whether a row's key has one of these hashes. They keep their memory as long as the expression exists.
pub fn has_key(set: KeySet, hashes: Arc<Hashes>, room: Arc<Room>, columns: Vec<Expr>) -> Expr {
    let signature = Signature::variadic_any(Volatility::Immutable);
    ScalarUDF::from(HasKey { set, hashes, _room: room, signature }).call(columns)
}

#[derive(Debug)]
struct HasKey {
    set: KeySet,
    hashes: Arc<Hashes>,
    _room: Arc<Room>,
    signature: Signature,
}

impl PartialEq for HasKey {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set && Arc::ptr_eq(&self.hashes, &other.hashes)
    }
}

impl Eq for HasKey {}

impl Hash for HasKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.set.columns.hash(state);
    }
}

impl ScalarUDFImpl for HasKey {
    fn name(&self) -> &'static str {
        "has_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let rows = columns.first().map_or(0, Array::len);
        let hashes = self.set.hashes_of(&columns, rows)?.into_iter();
        let found: BooleanArray =
            hashes.map(|hash| Some(hash.is_some_and(|hash| self.hashes.contains(&hash)))).collect();
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use arrow::array::{Int32Array, StringViewArray};
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    use datafusion::prelude::SessionConfig;
    use proptest::prelude::*;

    use super::*;

    fn some(most: usize) -> impl Strategy<Value = Vec<u64>> {
        let hash = prop_oneof![0..40_u64, any::<u64>(), Just(u64::MAX)];
        prop::collection::vec(hash, 0..most).prop_map(|mut hashes| {
            hashes.sort_unstable();
            hashes
        })
    }

    /// However often a key occurs, at most two of its hashes are kept.
    #[test]
    fn hashes_are_held_twice_at_most() {
        let mut gathered = Gathered::new(Room::none(&SessionContext::new()));
        let many = Gathered::LEAST as u64;
        gathered.add(std::iter::repeat_n(7, 3 * Gathered::LEAST)).unwrap();
        assert!(gathered.hashes.len() <= Gathered::LEAST + 2, "{}", gathered.hashes.len());
        gathered.add((0..many).chain([9])).unwrap();
        let (found, _) = gathered.finish();
        let mut naive: Vec<u64> = (0..many).chain([7, 9]).collect();
        naive.sort_unstable();
        assert_eq!(found, naive);
    }

    /// Memory for keys counts as memory of queries.
    #[test]
    fn hashes_take_their_room_from_the_memory() {
        let runtime = RuntimeEnvBuilder::new().with_memory_limit(64 << 20, 1.0).build_arc().unwrap();
        let context = SessionContext::new_with_config_rt(SessionConfig::new(), runtime);
        let held = || context.runtime_env().memory_pool.reserved();
        let mut gathered = Gathered::new(Room::none(&context));
        gathered.add(0..1_000_000).unwrap();
        assert!(held() >= 8_000_000, "{}", held());
        // The same keys need no more memory.
        let before = held();
        gathered.add((0..1_000_000).chain(0..10)).unwrap();
        assert!(held() <= 2 * before + (8 << 18), "{}", held());
        let error = gathered.add(0..20_000_000).unwrap_err();
        assert!(matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)), "{error}");
        drop(gathered);
        assert_eq!(held(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        #[test]
        fn what_is_there_twice(hashes in some(50)) {
            let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
            for hash in &hashes {
                *counts.entry(*hash).or_default() += 1;
            }
            let naive: BTreeSet<u64> =
                counts.into_iter().filter(|(_, count)| *count > 1).map(|(hash, _)| hash).collect();
            prop_assert_eq!(twice(&hashes).into_iter().collect::<BTreeSet<_>>(), naive);
        }

        /// Also if one list is far longer than the other, and is searched instead of walked.
        #[test]
        fn what_two_share(a in some(400), b in some(8)) {
            let naive: BTreeSet<u64> = a.iter().filter(|hash| b.contains(hash)).copied().collect();
            let naive: Vec<u64> = naive.into_iter().collect();
            prop_assert_eq!(shared(&a, &b), naive.clone());
            prop_assert_eq!(shared(&b, &a), naive);
        }
    }

    /// Equal keys have equal hashes, whatever the other rows are; a NULL makes a key only for a `unique` check.
    #[test]
    fn hashes_of_keys() {
        let columns = |ids: Vec<Option<&str>>, lines: Vec<Option<i32>>| -> Vec<ArrayRef> {
            vec![Arc::new(StringViewArray::from(ids)), Arc::new(Int32Array::from(lines))]
        };
        let long = "an id that does not lie in its view";
        let a = columns(vec![Some("t1"), Some(long), None, None], vec![Some(1), Some(1), Some(2), None]);
        let b = columns(vec![Some(long), Some("t1"), Some("t1")], vec![Some(1), Some(1), Some(2)]);
        let set = |nulls| KeySet { columns: vec!["id".into(), "line".into()], nulls };
        let hashes = |nulls, columns: &[ArrayRef]| {
            set(nulls).hashes_of(columns, columns.first().map_or(0, Array::len)).unwrap()
        };
        let (of_a, of_b) = (hashes(false, &a), hashes(false, &b));
        assert_eq!((of_a[0], of_a[1]), (of_b[1], of_b[0]));
        assert_ne!(of_b[1], of_b[2]);
        assert_eq!(&of_a[2..], [None, None]);
        assert!(hashes(true, &a).iter().all(Option::is_some));
    }

    #[test]
    fn hashes_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hashes");
        write(&path, &[0, 7, u64::MAX]).unwrap();
        assert_eq!(read(&path).unwrap(), [0, 7, u64::MAX]);
    }
}
