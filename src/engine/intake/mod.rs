//! Takes in a source: every row is read once, checked, counted, and added to its customer's history.
//!
//! ```text
//! files ──file batches──> keys ──which occur twice──> judged rows ──┬─ counted, set aside
//!                                                           ├─ held back: rows of repeated keys, settled at the end
//!                                                           └─ sorted, added up: runs of history ──merged──> step tables
//! ```
//! A *file batch* is some of the files. Its contribution depends on other files only by shared keys: rows of such keys
//! are held back and settled together. So the contribution can be stored, and a night with one new file reads one file.
//! It is stored under a key of everything that it depends on (see [`store`](super::store)); the result is the same with
//! and without the store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{ident, lit};
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::prelude::{DataFrame, SessionContext};
use foldhash::HashSetExt;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::copies;
use super::implied;
use super::incremental::Incremental;
use super::mapper::{Mapped, Mapper};
use super::plan::{Plan, PlannedSource};
use super::quarantine::{
    disposition_column, dispositions, first_implied, repeated_keys, repeats, settle_repeats,
};
use super::session::{Sessions, Time};
use super::store::{Entry, Ingredients, Key, Store};
use super::transactions::DAY;
use super::unmatched;
use super::wanted::ROW_DAY;
use super::{guard, output, storage};
use crate::analysis::parallel;
use crate::pipeline::{Source, TRANSACTIONS};
use crate::problem::Problem;
use crate::tables::days;

mod batches;
mod columns;
mod families;
mod keys;
mod measures;
mod part;
mod runs;
mod sort;
mod writer;

/// What `benches/parts` measures separately; nothing else uses it.
#[doc(hidden)]
pub mod parts {
    pub use super::keys::{Hashes, KeySet, shared, twice};
    pub use super::part::PartMaker;
    pub use super::sort::{ORDER, sorted};
}

pub use batches::{Reading, Why};
pub use part::RunFile;
pub use runs::RunsTable;
pub use writer::{AMOUNT_SCALE, Disposition, Totals};

use batches::{FileBatch, FileBatchRecord, FileId};
use families::families;
use keys::{Gathered, Hashes, KeySet, Room, key_sets, unique_keys};
use measures::Measure;
use part::{PartMaker, unplanned};
use writer::{IntakeLayout, IntakeResult, IntakeWriter, Writers};

/// The hashes of a file batch's keys, as they are stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeysRecord {
    files: Vec<FileId>,
}

/// The file batches that have all their shared keys held back, by their states.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct KnownRecord {
    file_batches: BTreeSet<String>,
}

const HELD_KEYS: &str = "held";
const BATCH_KEYS: &str = "keys";

/// The result of taking in a source.
pub struct Taken {
    /// What was counted.
    pub totals: Totals,
    /// For each `unique` check, in order: the number of keys with more than one used row.
    pub repeats: Vec<u64>,
    /// Files of rows that rules set aside.
    pub aside: Vec<PathBuf>,
    /// The SHA-256 of each file, in their order.
    pub sha256: Vec<String>,
    /// How many files were read, and how many were known.
    pub reading: Reading,
    /// How long each phase took: finding repeated keys, taking in rows, settling rows held back.
    pub phases: Vec<(&'static str, Duration)>,
    /// The results for the variants' reports, in their order.
    pub beside: Vec<TakenBeside>,
}

/// The result for a variant's report: the rows of a source that meet its condition.
#[derive(Debug, Clone)]
pub struct TakenBeside {
    /// What was counted. Checks measure nothing here, as they belong to the source.
    pub totals: Totals,
    /// Used rows with an unknown result of the condition. They are in no such report.
    pub undecided: u64,
    /// Files of its rows that rules set aside.
    pub aside: Vec<PathBuf>,
}

/// The settings for taking in a source.
pub struct Intake<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The sessions where tables are registered.
    pub sessions: &'a Sessions,
    /// The store of earlier runs; none if nothing is to be kept.
    pub store: Option<&'a Store>,
    /// A private folder of the run.
    pub scratch: &'a Path,
    /// Whether files are identified by content instead of size and time.
    pub verify: bool,
    /// The variants' reports, made from the same reading.
    pub beside: &'a [(&'a Plan, &'a Sessions)],
}

/// A report that needs these rows.
struct View<'a> {
    plan: &'a Plan,
    sessions: &'a Sessions,
    source: &'a Source,
    steps: Arc<Vec<Incremental>>,
    /// The column that says which rows belong to it; none means all.
    within: Option<String>,
}

/// A source with everything needed to take it in.
struct SourceIntake<'a> {
    intake: &'a Intake<'a>,
    planned: &'a PlannedSource,
    source: &'a Source,
    /// The plan's own report, then those of the variants.
    views: Vec<View<'a>>,
    measures: Vec<Measure>,
    sets: Vec<KeySet>,
    columns: Vec<String>,
    lossy: Vec<String>,
    family: String,
    keys_family: String,
}

/// The keys that occur more than once.
struct Held {
    /// By key set, their hashes.
    sets: Vec<Arc<Hashes>>,
    /// By file batch, the folder with the hashes of all its keys.
    keys: Vec<PathBuf>,
    /// The memory that they use.
    room: Arc<Room>,
}

type Problems = Vec<Problem>;

impl Intake<'_> {
    /// Takes in a source. Registers its table at each time, and those of its incremental steps at the current time.
    ///
    /// # Errors
    /// Problems of planning; else the engine's error, which names neither file nor column.
    pub async fn take(
        &self,
        planned: &PlannedSource,
        source: &Source,
    ) -> std::result::Result<Result<Taken>, Problems> {
        let work = self.work(planned, source)?;
        let all: Vec<usize> = (0..planned.files.files.len()).collect();
        let judged = work.judged(self.sessions.at(Time::Current), &all)?;
        let taken = guard::caught_in(work.take(judged)).await;
        // A decoder panicked on damaged bytes; the caller finds the file.
        Ok(taken.unwrap_or_else(|text| Err(DataFusionError::External(text.into()))))
    }

    /// Which files would be read to take in a source.
    ///
    /// # Errors
    /// Problems of planning, and of the store.
    pub fn reading(
        &self,
        planned: &PlannedSource,
        source: &Source,
    ) -> std::result::Result<Reading, Problems> {
        let work = self.work(planned, source)?;
        let (_, reading) = work
            .file_batches()
            .map_err(|error| vec![Problem::new(format!("the cache cannot be read: {error}"))])?;
        Ok(reading)
    }

    fn work<'b>(
        &'b self,
        planned: &'b PlannedSource,
        source: &'b Source,
    ) -> std::result::Result<SourceIntake<'b>, Problems> {
        let views = self.views(planned, source);
        let mapped = self.plan.mapped(self.sessions, planned, source)?;
        let sets = key_sets(source);
        let measures = Measure::all(source, mapped.frame.schema().as_arrow(), days(self.plan.dates.as_of));
        let (family, keys_family) = families(self.plan, planned, source, &views, &sets);
        Ok(SourceIntake {
            intake: self,
            planned,
            source,
            views,
            measures,
            sets,
            columns: mapped.columns,
            lossy: mapped.lossy,
            family,
            keys_family,
        })
    }
}

impl<'a> Intake<'a> {
    /// The reports that a source is taken in for.
    fn views(&'a self, planned: &PlannedSource, source: &'a Source) -> Vec<View<'a>> {
        let of = |plan: &'a Plan, sessions: &'a Sessions, source: &'a Source, number: usize| View {
            plan,
            sessions,
            source,
            steps: Arc::new(plan.incremental_of(source)),
            within: (!source.only.is_empty()).then(|| within_column(number)),
        };
        let beside =
            self.beside.iter().zip(1..).filter_map(|((plan, sessions), number)| {
                Some(of(plan, sessions, plan.source(planned)?, number))
            });
        [of(self.plan, self.sessions, source, 0)].into_iter().chain(beside).collect()
    }
}

fn io(error: std::io::Error) -> DataFusionError {
    DataFusionError::IoError(error)
}

impl SourceIntake<'_> {
    fn as_of(&self) -> i32 {
        days(self.intake.plan.dates.as_of)
    }

    fn is_transactions(&self) -> bool {
        self.source.name.value == TRANSACTIONS
    }

    /// The checked rows of some files, in a session.
    fn judged(&self, context: &SessionContext, files: &[usize]) -> std::result::Result<DataFrame, Problems> {
        let mapper = self.mapper(context);
        let mapped = self.mapped(&mapper, files)?;
        let mut within = Vec::new();
        for view in &self.views {
            let of_view = Mapper { context, ..view.plan.mapper(view.sessions, view.source) };
            if let (Some(column), Some(condition)) = (&view.within, of_view.within(&mapped)?) {
                within.push(condition.alias(column));
            }
        }
        mapper.judge(&mapped, within)
    }

    fn mapper<'a>(&'a self, context: &'a SessionContext) -> Mapper<'a> {
        Mapper { context, ..self.intake.plan.mapper(self.intake.sessions, self.source) }
    }

    fn mapped(&self, mapper: &Mapper<'_>, files: &[usize]) -> std::result::Result<Mapped, Problems> {
        let all = self.planned.files.files.len();
        let files =
            if files.len() == all { self.planned.files.clone() } else { self.planned.files.only(files) };
        mapper.read(&files, &self.planned.schema)
    }

    async fn take(&self, all: DataFrame) -> Result<Taken> {
        let mut phases = Phases::new();
        let (mut file_batches, mut reading) = self.file_batches().map_err(io)?;
        self.checked(&mut file_batches, &mut reading);
        let (mut file_batches, held) = self.find_repeats(file_batches, &mut reading).await?;
        phases.ended("keys");
        self.take_batches(&mut file_batches, &held).await?;
        phases.ended("rows");
        let mut gathered: Vec<GatheredView> =
            self.views.iter().enumerate().map(|(view, _)| GatheredView::new(self, view)).collect();
        let mut held_files = Vec::new();
        let mut sha256 = vec![String::new(); self.planned.files.files.len()];
        for file_batch in &file_batches {
            let Some(entry) = &file_batch.known else { continue };
            for (number, id) in file_batch.files.iter().zip(&entry.content.files) {
                if let Some(place) = sha256.get_mut(*number) {
                    place.clone_from(&id.sha256);
                }
            }
            for (gathered, result) in gathered.iter_mut().zip(&entry.content.results) {
                gathered.add(result, &entry.folder)?;
                held_files.extend(result.held.iter().map(|name| entry.folder.join(name)));
            }
        }
        let (settled, repeats, used) = self.settle(&held_files).await?;
        phases.ended("held");
        for (gathered, result) in gathered.iter_mut().zip(&settled) {
            gathered.add(result, &self.folder())?;
        }
        for (view, gathered) in self.views.iter().zip(&gathered) {
            view.register_steps(&gathered.runs)?;
            self.register_rows(view, all.clone(), &held, used.clone()).await?;
        }
        self.remember(&file_batches)?;
        let mut gathered = gathered.into_iter();
        let own = gathered.next().ok_or_else(|| DataFusionError::Internal("no view".into()))?;
        let beside = gathered
            .map(|GatheredView { totals, undecided, aside, .. }| TakenBeside { totals, undecided, aside })
            .collect();
        let (totals, aside) = (own.totals, own.aside);
        Ok(Taken { totals, repeats, aside, sha256, reading, phases: phases.done, beside })
    }

    fn dispositions(&self) -> Vec<Option<String>> {
        dispositions(self.source)
    }

    /// The folder for the run's own files of this source.
    fn folder(&self) -> PathBuf {
        self.intake.scratch.join(format!("{}.settled", self.source.name.value))
    }

    /// Finds the keys that occur more than once. A file batch that shares a key with a new one is taken in again: the
    /// rows of shared keys must be held back.
    async fn find_repeats(
        &self,
        mut file_batches: Vec<FileBatch>,
        reading: &mut Reading,
    ) -> Result<(Vec<FileBatch>, Held)> {
        let room = Room::none(self.intake.sessions.at(Time::Current));
        if self.sets.is_empty() {
            return Ok((file_batches, Held { sets: Vec::new(), keys: Vec::new(), room: Arc::new(room) }));
        }
        let known: KnownRecord = match self.intake.store {
            Some(store) => {
                let mut known = store.family(&self.known_family()).map_err(io)?;
                known.pop().map(|entry: Entry<KnownRecord>| entry.content).unwrap_or_default()
            }
            None => KnownRecord::default(),
        };
        let is_old = |file_batch: &FileBatch| {
            file_batch.known.as_ref().is_some_and(|entry| known.file_batches.contains(&entry.content.state))
        };
        let fresh_batches: Vec<bool> = file_batches.iter().map(|file_batch| !is_old(file_batch)).collect();
        let folders = self.batch_keys(&file_batches).await?;
        let mut all: Vec<Arc<Hashes>> = Vec::new();
        let mut again: BTreeSet<usize> = BTreeSet::new();
        for set in 0..self.sets.len() {
            let file = format!("{BATCH_KEYS}-{set}");
            let mut lists = 0;
            // Rows held back before stay held back: they are in no run. This holds for all file batches, even for
            // batches that were taken in without the others: it is enough that one of them held back the key.
            let mut was_held: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
            let mut held = Hashes::new();
            for (number, file_batch) in file_batches.iter().enumerate() {
                let Some(entry) = &file_batch.known else { continue };
                let hashes = keys::read(&entry.folder.join(format!("{HELD_KEYS}-{set}"))).map_err(io)?;
                let before = held.len();
                held.extend(&hashes);
                lists += hashes.len();
                room.more(hashes.len(), held.len() - before)?;
                was_held.insert(number, hashes);
            }
            let held_sorted = in_order(&held);
            let mut fresh: Vec<u64> = Vec::new();
            for (folder, _) in folders.iter().zip(&fresh_batches).filter(|(_, fresh)| **fresh) {
                let hashes = keys::read(&folder.join(&file)).map_err(io)?;
                // Merging needs half as much again.
                let more = hashes.len() * 3 / 2;
                room.more(more, 0)?;
                lists += more;
                fresh.extend(hashes);
            }
            // The hashes of each file batch are sorted already: a stable sort merges them.
            merge(&mut fresh);
            let mut repeated = keys::twice(&fresh);
            let mut needed: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
            let read = |number: usize| match folders.get(number) {
                Some(folder) => keys::read(&folder.join(&file)).map_err(io),
                None => Ok(Vec::new()),
            };
            for number in (0..file_batches.len()).filter(|number| fresh_batches.get(*number) == Some(&false))
            {
                let own = read(number)?;
                let mut shared = keys::shared(&fresh, &own);
                repeated.extend(&shared);
                shared.extend(keys::shared(&held_sorted, &own));
                room.more(shared.len(), 0)?;
                lists += shared.len();
                needed.insert(number, shared);
            }
            let held_before = held.len();
            repeated.extend(held);
            room.more(0, repeated.len().saturating_sub(held_before))?;
            for (number, was_held) in was_held {
                let needed = match needed.remove(&number) {
                    Some(needed) => needed,
                    None => read(number)?.into_iter().filter(|hash| repeated.contains(hash)).collect(),
                };
                if !needed.iter().all(|hash| was_held.binary_search(hash).is_ok()) {
                    again.insert(number);
                }
            }
            room.less(lists);
            all.push(Arc::new(repeated));
        }
        for number in again {
            if let Some(file_batch) = file_batches.get_mut(number) {
                file_batch.known = None;
                reading.again(file_batch, Why::Shared);
            }
        }
        reading.read.sort_unstable();
        Ok((file_batches, Held { sets: all, keys: folders, room: Arc::new(room) }))
    }

    fn known_family(&self) -> String {
        Ingredients::new("known").with(&self.family).digest()
    }

    /// The folders with the sorted hashes of each file batch's keys.
    async fn batch_keys(&self, file_batches: &[FileBatch]) -> Result<Vec<PathBuf>> {
        let mut known: HashMap<String, PathBuf> = HashMap::new();
        if let Some(store) = self.intake.store {
            let wanted: BTreeSet<String> = file_batches.iter().map(FileBatch::member).collect();
            let entries = store.family::<KeysRecord>(&self.keys_family).map_err(io)?;
            let entries: Vec<_> =
                entries.into_iter().filter(|entry| wanted.contains(&entry.member)).collect();
            let sound = parallel::map(&entries, Entry::is_sound);
            for (entry, sound) in entries.into_iter().zip(sound) {
                if sound {
                    store.used(&entry);
                    known.insert(entry.member, entry.folder);
                } else {
                    store.discard(&entry);
                }
            }
        }
        if self.intake.verify {
            // A replaced file with the same size and time has other keys.
            for file_batch in file_batches.iter().filter(|file_batch| file_batch.known.is_none()) {
                known.remove(&file_batch.member());
            }
        }
        let missing: Vec<&FileBatch> =
            file_batches.iter().filter(|file_batch| !known.contains_key(&file_batch.member())).collect();
        let threads = self.intake.plan.threads();
        let streams = streams(threads, missing.len());
        let permits = Arc::new(Semaphore::new(threads));
        let mut tasks: JoinSet<Result<(String, PathBuf)>> = JoinSet::new();
        for file_batch in missing {
            let context = self.intake.sessions.alone(streams)?;
            let frame = self.judged_keys(&context, file_batch)?;
            let (member, sets) = (file_batch.member(), self.sets.clone());
            let draft = self.intake.store.map(Store::draft).transpose().map_err(io)?;
            let folder = self.intake.scratch.join(format!("{}.keys-{member}", self.source.name.value));
            let files = self.files_of(file_batch);
            let key = Key { family: self.keys_family.clone(), member: member.clone() };
            let record = KeysRecord { files: file_batch.ids.clone() };
            let permits = Arc::clone(&permits);
            tasks.spawn(async move {
                let _permit =
                    permits.acquire().await.map_err(|error| DataFusionError::External(error.into()))?;
                let (hashes, rows) = hash_all(&context, frame, sets).await?;
                storage::all_rows(&files, rows)?;
                unchanged(&files)?;
                let to = match &draft {
                    Some(draft) => draft.folder().to_path_buf(),
                    None => {
                        std::fs::create_dir_all(&folder)?;
                        folder.clone()
                    }
                };
                for (set, hashes) in hashes.iter().enumerate() {
                    keys::write(&to.join(format!("{BATCH_KEYS}-{set}")), hashes)?;
                }
                match draft {
                    Some(draft) => Ok((member, draft.commit(&key, record)?.folder)),
                    None => Ok((member, folder)),
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            let (member, folder) = done.map_err(|error| DataFusionError::External(error.into()))??;
            known.insert(member, folder);
        }
        Ok(file_batches.iter().filter_map(|file_batch| known.get(&file_batch.member()).cloned()).collect())
    }

    fn files_of(&self, file_batch: &FileBatch) -> Vec<storage::DataFile> {
        file_batch.files.iter().filter_map(|file| self.planned.files.files.get(*file)).cloned().collect()
    }

    /// The key columns of a file batch's rows.
    fn judged_keys(&self, context: &SessionContext, file_batch: &FileBatch) -> Result<DataFrame> {
        let mapped = self.mapped(&self.mapper(context), &file_batch.files).map_err(unplanned)?;
        let names: BTreeSet<&String> = self.sets.iter().flat_map(|set| &set.columns).collect();
        mapped.select(names.into_iter().map(ident).collect())
    }

    /// Takes in the file batches that are not known.
    async fn take_batches(&self, file_batches: &mut [FileBatch], held: &Held) -> Result<()> {
        let threads = self.intake.plan.threads();
        let permits = Arc::new(Semaphore::new(threads));
        let mut tasks: JoinSet<Result<(usize, Entry<FileBatchRecord>)>> = JoinSet::new();
        let unknown: Vec<usize> = file_batches
            .iter()
            .enumerate()
            .filter(|(_, file_batch)| file_batch.known.is_none())
            .map(|(number, _)| number)
            .collect();
        let streams = streams(threads, unknown.len());
        // Hashes held back: rows of these file batches with such a hash are in no run. Each batch stores its own ones.
        let held_all: usize = held.sets.iter().map(|set| set.len()).sum();
        held.room.more(held_all, 0)?;
        let held_sorted: Arc<Vec<Vec<u64>>> = Arc::new(held.sets.iter().map(|set| in_order(set)).collect());
        for number in unknown {
            let Some(file_batch) = file_batches.get(number) else { continue };
            let context = self.intake.sessions.alone(streams)?;
            let judged = self.judged(&context, &file_batch.files).map_err(unplanned)?;
            let frame = self.measured(judged)?;
            let draft = self.intake.store.map(Store::draft).transpose().map_err(io)?;
            let member = file_batch.member();
            let own = self.intake.scratch.join(format!("{}.batch-{member}", self.source.name.value));
            let folder = draft.as_ref().map_or_else(|| own.clone(), |draft| draft.folder().to_path_buf());
            let layouts = self.layouts(&held.sets, &folder, self.disposition_columns());
            let makers: Vec<_> =
                (0..streams).map(|stream| self.makers(&folder, stream)).collect::<Result<_>>()?;
            let measures = self.measures.clone();
            let files = self.files_of(file_batch);
            let (ids, bytes) = (file_batch.ids.clone(), file_batch.bytes);
            let family = self.family.clone();
            let held_sorted = Arc::clone(&held_sorted);
            let own_keys = held.keys.get(number).cloned().unwrap_or_default();
            let permits = Arc::clone(&permits);
            let permit_count = u32::try_from(streams).unwrap_or(1);
            tasks.spawn(async move {
                let _permit = permits
                    .acquire_many(permit_count)
                    .await
                    .map_err(|error| DataFusionError::External(error.into()))?;
                std::fs::create_dir_all(&folder)?;
                let (results, rows) = write_all(&context, frame, layouts, makers, &measures).await?;
                storage::all_rows(&files, rows)?;
                let mut ids = ids;
                for (id, file) in ids.iter_mut().zip(&files) {
                    if id.sha256.is_empty() {
                        id.sha256 = file.sha256()?;
                    }
                }
                unchanged(&files)?;
                // Those of the plan's own report, which covers all rows.
                let dates = results.first().map(|all| (all.totals.last_day, all.totals.next_day));
                let (last, next) = dates.unwrap_or_default();
                let dates = format!("{last:?} {next:?}");
                let member = Ingredients::new("batch").with(&member).with(dates).digest();
                let mut state = Ingredients::new("state").with(&member);
                for id in &ids {
                    state = state.with(&id.sha256);
                }
                for (set, hashes) in held_sorted.iter().enumerate() {
                    let own = keys::read(&own_keys.join(format!("{BATCH_KEYS}-{set}")))?;
                    let held = keys::shared(hashes, &own);
                    state = state.with(keys::write(&folder.join(format!("{HELD_KEYS}-{set}")), &held)?);
                }
                let key = Key { family, member };
                let record = FileBatchRecord { files: ids, state: state.digest(), results, bytes };
                let entry = match draft {
                    Some(draft) => draft.commit(&key, record)?,
                    None => Entry::outside(own, key.member, record),
                };
                Ok((number, entry))
            });
        }
        while let Some(done) = tasks.join_next().await {
            let (number, entry) = done.map_err(|error| DataFusionError::External(error.into()))??;
            if let Some(file_batch) = file_batches.get_mut(number) {
                file_batch.known = Some(entry);
            }
        }
        held.room.less(held_all);
        Ok(())
    }

    fn disposition_columns(&self) -> usize {
        repeated_keys(self.source).len() + 1
    }

    /// The layouts for the writers of each view. Only the first one has what belongs to the source, such as checks.
    fn layouts(&self, held: &[Arc<Hashes>], folder: &Path, disposition_columns: usize) -> Vec<IntakeLayout> {
        let all = IntakeLayout {
            columns: self.columns.clone(),
            dispositions: self.dispositions(),
            implied: first_implied(self.source),
            disposition_columns,
            measures: self.measures.clone(),
            money: self.is_transactions(),
            lossy: self.lossy.clone(),
            as_of: self.as_of(),
            held: self.sets.iter().cloned().zip(held.iter().cloned()).collect(),
            day: self.day_column(),
            within: None,
            of_others: BTreeSet::new(),
            hidden: self.hidden_columns(),
            folder: folder.to_path_buf(),
            prefix: String::new(),
        };
        let part = |(number, view): (usize, &View<'_>)| match number {
            0 => all.clone(),
            _ => IntakeLayout {
                measures: Vec::new(),
                lossy: Vec::new(),
                held: Vec::new(),
                within: view.within.clone(),
                of_others: view.plan.of_others(view.source),
                prefix: view_prefix(number),
                ..all.clone()
            },
        };
        self.views.iter().enumerate().map(part).collect()
    }

    /// The column with the business day of a row.
    fn day_column(&self) -> Option<&'static str> {
        let by_day = self.source.by_day.is_some().then_some(ROW_DAY);
        if self.is_transactions() { Some(DAY) } else { by_day }
    }

    /// The columns that rows have in addition to those of the table.
    fn hidden_columns(&self) -> Vec<String> {
        let within = self.views.iter().filter_map(|view| view.within.clone());
        let by_day = self.source.by_day.iter().map(|_| ROW_DAY.to_owned());
        within.chain(by_day).chain(unmatched::marks(self.source)).collect()
    }

    /// The makers of partial tables from a stream's rows, one for each view.
    fn makers(&self, folder: &Path, stream: usize) -> Result<Vec<PartMaker>> {
        let maker = |(number, view): (usize, &View<'_>)| {
            let context = self.intake.sessions.alone(1)?;
            let prefix = format!("{}{stream}-", view_prefix(number));
            Ok(PartMaker::new(context, &self.source.name.value, &view.steps, folder, &prefix))
        };
        self.views.iter().enumerate().map(maker).collect()
    }

    /// Checked rows with the columns of the measures.
    fn measured(&self, judged: DataFrame) -> Result<DataFrame> {
        if self.measures.is_empty() {
            return Ok(judged);
        }
        let own = judged.schema().fields().iter().map(|field| ident(field.name()));
        let measures = self.measures.iter().enumerate();
        let measures = measures.map(|(number, measure)| measure.expr().alias(Measure::column(number)));
        let select: Vec<_> = own.chain(measures).collect();
        judged.select(select)
    }

    /// Settles the rows that were held back. Returns their results, the number of keys that each `unique` check found
    /// more than once, and the used rows among them.
    async fn settle(&self, held: &[PathBuf]) -> Result<(Vec<IntakeResult>, Vec<u64>, Option<DataFrame>)> {
        let unique = unique_keys(self.source);
        if held.is_empty() {
            return Ok((Vec::new(), vec![0; unique.len()], None));
        }
        let folder = self.folder();
        std::fs::create_dir_all(&folder)?;
        let context = self.intake.sessions.at(Time::Current);
        let rows = output::read(context, held)?;
        let repeated = repeated_keys(self.source);
        let unusable = implied::unusable(self.source);
        let rows = copies::folded(rows)?;
        let columns: Vec<String> = self.columns.iter().cloned().chain(self.hidden_columns()).collect();
        let settled = settle_repeats(rows, &columns, &repeated, unusable.as_ref())?;
        let settled = settled.create_physical_plan().await?;
        let settled = copies::unfolded(settled, &disposition_column(0), &repeats(&repeated))?;
        let stored = output::scratch_parts(context, settled, &folder.join("rows")).await?;
        let settled = || context.read_table(stored.table()?);
        let used = settled()?.filter(ident(disposition_column(0)).is_null())?;
        let mut repeats = Vec::new();
        for key in unique {
            let keys = key.iter().map(ident).collect();
            let found = used.clone().aggregate(keys, vec![count(lit(1)).alias("_rows")])?;
            repeats.push(found.filter(ident("_rows").gt(lit(1)))?.count().await? as u64);
        }
        let layouts = self.layouts(&[], &folder, 1);
        let frame = self.measured(settled()?)?;
        let one = self.intake.sessions.alone(1)?;
        let (_, planned) = frame.into_parts();
        let frame = DataFrame::new(one.state(), planned);
        let makers = vec![self.makers(&folder, 0)?];
        let (results, _) = write_all(&one, frame, layouts, makers, &self.measures).await?;
        Ok((results, repeats, Some(used)))
    }

    /// Registers the source's table at each time: the rows that no rule set aside, up to that time's as-of date. If a
    /// query names the table, they are read from the files again.
    async fn register_rows(
        &self,
        view: &View<'_>,
        judged: DataFrame,
        held: &Held,
        used: Option<DataFrame>,
    ) -> Result<()> {
        let within = |rows: DataFrame| match &view.within {
            Some(column) => rows.filter(ident(column)),
            None => Ok(rows),
        };
        let own = |rows: DataFrame| within(rows)?.select(self.columns.iter().map(ident).collect::<Vec<_>>());
        let mut rows = judged;
        for number in 0..self.disposition_columns() {
            rows = rows.filter(ident(disposition_column(number)).is_null())?;
        }
        if let Some(used) = used {
            for (set, hashes) in self.sets.iter().zip(&held.sets).filter(|(_, hashes)| !hashes.is_empty()) {
                let columns = set.columns.iter().map(ident).collect();
                rows = rows.filter(!keys::has_key(
                    set.clone(),
                    Arc::clone(hashes),
                    Arc::clone(&held.room),
                    columns,
                ))?;
            }
            rows = own(rows)?.union_by_name(own(used)?)?;
        } else {
            rows = own(rows)?;
        }
        let rows = view.plan.without_others(view.sessions, view.source, rows).await?;
        view.plan.register_source(view.sessions, view.source, &rows)
    }

    /// Records which file batches were compared with each other, and which entries were used.
    fn remember(&self, file_batches: &[FileBatch]) -> Result<()> {
        let Some(store) = self.intake.store else { return Ok(()) };
        let mut states = BTreeSet::new();
        for entry in file_batches.iter().filter_map(|file_batch| file_batch.known.as_ref()) {
            store.used(entry);
            states.insert(entry.content.state.clone());
        }
        if self.sets.is_empty() {
            return Ok(());
        }
        let key = Key { family: self.known_family(), member: "batches".into() };
        store
            .draft()
            .and_then(|draft| draft.commit(&key, KnownRecord { file_batches: states }))
            .map_err(io)?;
        Ok(())
    }
}

impl View<'_> {
    /// Registers the tables of incremental steps.
    fn register_steps(&self, runs: &BTreeMap<String, Vec<(PathBuf, RunFile)>>) -> Result<()> {
        let context = self.sessions.at(Time::Current);
        for step in self.steps.iter() {
            let files = runs.get(&step.name).cloned().unwrap_or_default();
            let order = step.order();
            let table: Arc<dyn TableProvider> = if files.is_empty() {
                Arc::new(datafusion::datasource::empty::EmptyTable::new(Arc::clone(&step.schema)))
            } else if order.is_empty() || !runs::has_customer(&step.schema) {
                let paths: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
                storage::parquet_table(&paths, &step.schema)?
            } else {
                Arc::new(RunsTable::new(Arc::clone(&step.schema), order, files))
            };
            let merged = step.merged(context.read_table(table)?)?;
            self.sessions.register(Time::Current, &step.name, merged.into_view())?;
        }
        Ok(())
    }
}

/// What file batches contributed to a view.
struct GatheredView {
    totals: Totals,
    measures: Vec<Measure>,
    undecided: u64,
    aside: Vec<PathBuf>,
    /// The runs of each step, by its name.
    runs: BTreeMap<String, Vec<(PathBuf, RunFile)>>,
}

impl GatheredView {
    fn new(intake: &SourceIntake<'_>, view: usize) -> Self {
        let measures = if view == 0 { intake.measures.clone() } else { Vec::new() };
        let totals = Totals::new(intake.dispositions().len(), &measures);
        Self { totals, measures, undecided: 0, aside: Vec::new(), runs: BTreeMap::new() }
    }

    fn add(&mut self, result: &IntakeResult, folder: &Path) -> Result<()> {
        self.totals.add(&result.totals, &self.measures)?;
        self.undecided += result.undecided;
        self.aside.extend(result.aside.iter().map(|name| folder.join(name)));
        add_runs(&mut self.runs, result, folder);
        Ok(())
    }
}

/// The name of the column that says whether a row belongs to a view.
fn within_column(view: usize) -> String {
    format!("_within_{view}")
}

/// The prefix for the names of a view's files.
fn view_prefix(view: usize) -> String {
    if view == 0 { String::new() } else { format!("v{view}-") }
}

/// How long each phase of some work took.
struct Phases {
    begun: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Phases {
    fn new() -> Self {
        Self { begun: Instant::now(), done: Vec::new() }
    }

    fn ended(&mut self, phase: &'static str) {
        self.done.push((phase, self.begun.elapsed()));
        self.begun = Instant::now();
    }
}

fn add_runs(runs: &mut BTreeMap<String, Vec<(PathBuf, RunFile)>>, result: &IntakeResult, folder: &Path) {
    for (step, files) in &result.runs {
        let files = files.iter().map(|run| (folder.join(&run.file), run.clone()));
        runs.entry(step.clone()).or_default().extend(files);
    }
}

/// Sorts a concatenation of sorted lists.
#[expect(
    clippy::stable_sort_primitive,
    reason = "it finds the lists and merges them, which is several times as fast"
)]
fn merge(lists: &mut [u64]) {
    lists.sort();
}

fn in_order(hashes: &Hashes) -> Vec<u64> {
    let mut sorted: Vec<u64> = hashes.iter().copied().collect();
    sorted.sort_unstable();
    sorted
}

/// In how many streams a file batch is read, if there are this many: with many batches in parallel, one is enough.
fn streams(threads: usize, file_batches: usize) -> usize {
    if file_batches < threads { threads } else { 1 }
}

/// Whether files are still the same as found: what is stored must belong to them.
fn unchanged(files: &[storage::DataFile]) -> Result<()> {
    files.iter().try_for_each(storage::DataFile::still_there).map_err(io)
}

/// The sorted hashes of all keys of a frame's rows, each twice at most; and the number of rows.
async fn hash_all(
    context: &SessionContext,
    frame: DataFrame,
    sets: Vec<KeySet>,
) -> Result<(Vec<Vec<u64>>, u64)> {
    let physical = frame.create_physical_plan().await?;
    let streams = execute_stream_partitioned(physical, context.task_ctx())?;
    let gathered = || -> Vec<Gathered> { sets.iter().map(|_| Gathered::new(Room::none(context))).collect() };
    let mut tasks: JoinSet<Result<(Vec<Gathered>, u64)>> = JoinSet::new();
    for mut stream in streams {
        let (sets, mut hashes) = (sets.clone(), gathered());
        tasks.spawn(async move {
            let mut rows = 0;
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                rows += batch.num_rows() as u64;
                for (set, hashes) in sets.iter().zip(&mut hashes) {
                    hashes.add(set.hashes(&batch)?.into_iter().flatten())?;
                }
            }
            Ok((hashes, rows))
        });
    }
    let mut all = gathered();
    let mut all_rows = 0;
    while let Some(done) = tasks.join_next().await {
        let (hashes, rows) = done.map_err(|error| DataFusionError::External(error.into()))??;
        all_rows += rows;
        for (all, hashes) in all.iter_mut().zip(hashes) {
            let (hashes, _room) = hashes.finish();
            all.add(hashes)?;
        }
    }
    Ok((all.into_iter().map(|all| all.finish().0).collect(), all_rows))
}

/// Takes in the rows of a frame, with writers for each stream, and counts them: the results for each view.
async fn write_all(
    context: &SessionContext,
    frame: DataFrame,
    layouts: Vec<IntakeLayout>,
    makers: Vec<Vec<PartMaker>>,
    measures: &[Measure],
) -> Result<(Vec<IntakeResult>, u64)> {
    let physical = frame.create_physical_plan().await?;
    let streams = execute_stream_partitioned(physical, context.task_ctx())?;
    // Files with several layouts make more streams than requested.
    let mut shares: Vec<Vec<_>> = makers.iter().map(|_| Vec::new()).collect();
    for (number, stream) in streams.into_iter().enumerate() {
        let share = number % shares.len().max(1);
        if let Some(share) = shares.get_mut(share) {
            share.push(stream);
        }
    }
    let mut tasks: JoinSet<Result<(usize, Vec<IntakeResult>, u64)>> = JoinSet::new();
    for (number, (makers, share)) in makers.into_iter().zip(shares).enumerate() {
        let own = |layout: &IntakeLayout| {
            let prefix = format!("{}{number}-", layout.prefix);
            IntakeLayout { prefix, ..layout.clone() }
        };
        let writers = layouts.iter().map(own).zip(makers);
        let mut writers = Writers::new(writers.map(|(layout, maker)| IntakeWriter::new(layout, maker)));
        tasks.spawn(async move {
            let mut rows = 0;
            for mut stream in share {
                while let Some(batch) = stream.next().await {
                    let batch = batch?;
                    rows += batch.num_rows() as u64;
                    writers.push(&batch).await?;
                }
            }
            Ok((number, writers.finish().await?, rows))
        });
    }
    let mut done: Vec<(usize, Vec<IntakeResult>, u64)> = Vec::new();
    while let Some(result) = tasks.join_next().await {
        done.push(result.map_err(|error| DataFusionError::External(error.into()))??);
    }
    done.sort_by_key(|(number, ..)| *number);
    let none = |(view, layout): (usize, &IntakeLayout)| {
        let measures = if view == 0 { measures } else { &[] };
        let totals = Totals::new(layout.dispositions.len(), measures);
        IntakeResult { totals, ..IntakeResult::default() }
    };
    let mut all: Vec<IntakeResult> = layouts.iter().enumerate().map(none).collect();
    let mut all_rows = 0;
    for (_, results, rows) in done {
        all_rows += rows;
        for (view, (all, result)) in all.iter_mut().zip(results).enumerate() {
            all.totals.add(&result.totals, if view == 0 { measures } else { &[] })?;
            all.undecided += result.undecided;
            all.aside.extend(result.aside);
            all.held.extend(result.held);
            for (step, runs) in result.runs {
                all.runs.entry(step).or_default().extend(runs);
            }
        }
    }
    Ok((all, all_rows))
}
