//! Which files are taken in together as a batch, and which batches are known from earlier runs.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::SourceIntake;
use super::writer::IntakeResult;
use crate::analysis::parallel;
use crate::engine::store::{Entry, Ingredients};

/// Least bytes of a file batch. More bytes make fewer batches. Fewer bytes leave less to read again if a file changes,
/// or has rows beyond an as-of date.
const LEAST_BATCH_BYTES: u64 = 16 << 20;
/// A source is divided into at most about this many file batches.
const MOST_BATCHES: u64 = 48;
/// If more file batches than this are smaller than a quarter of the intended size, they are merged.
const MOST_SMALL_BATCHES: usize = 24;

/// What identifies a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileId {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) modified: u128,
    pub(super) sha256: String,
}

/// What is stored of a file batch's contribution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FileBatchRecord {
    pub(super) files: Vec<FileId>,
    /// A hash of its files, the as-of dates that it is valid for, and the keys with rows that it holds back.
    pub(super) state: String,
    /// What was counted and written, for each report made from these files.
    pub(super) results: Vec<IntakeResult>,
    /// Bytes of the input files.
    pub(super) bytes: u64,
}

/// Which of a source's files are read, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Files with known contributions.
    pub known: usize,
    /// Files to read, each with the reason.
    pub read: Vec<(usize, Why)>,
    /// Bytes of the files to read.
    pub bytes: u64,
    /// How many entries of the store were damaged and not used.
    pub damaged: usize,
}

impl Reading {
    /// A known file batch must be read after all.
    pub(super) fn again(&mut self, file_batch: &FileBatch, why: Why) {
        self.known -= file_batch.files.len();
        self.bytes += file_batch.bytes;
        self.read.extend(file_batch.files.iter().map(|file| (*file, why)));
    }
}

fn known_entries(file_batches: &[FileBatch]) -> Vec<&Entry<FileBatchRecord>> {
    file_batches.iter().filter_map(|file_batch| file_batch.known.as_ref()).collect()
}

/// Why a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Nothing is known about the source with its present rules and mapping.
    First,
    /// It is new.
    New,
    /// Its size or its time changed.
    Changed,
    /// It was taken in together with a file that changed or vanished.
    Together,
    /// It has rows beyond the as-of date, now or then.
    AsOf,
    /// It shares keys with another file.
    Shared,
    /// It is one of many small files from single nights, which are now merged into a batch.
    Gathered,
    /// Its stored contribution is damaged.
    Damaged,
}

/// One file batch of a run.
pub(super) struct FileBatch {
    /// Its files, by number.
    pub(super) files: Vec<usize>,
    pub(super) ids: Vec<FileId>,
    pub(super) bytes: u64,
    /// Its contribution, if known.
    pub(super) known: Option<Entry<FileBatchRecord>>,
}

impl FileBatch {
    pub(super) fn member(&self) -> String {
        let files = self.ids.iter();
        let of = files.fold(Ingredients::new("files"), |of, file| {
            of.with(&file.name).with(file.bytes.to_le_bytes()).with(file.modified.to_le_bytes())
        });
        of.digest()
    }
}

impl SourceIntake<'_> {
    /// What distinguishes the source's files from other files, and from their own earlier versions.
    fn file_ids(&self) -> std::io::Result<Vec<FileId>> {
        let files = &self.planned.files.files;
        let mut ids: Vec<FileId> = files
            .iter()
            .map(|file| FileId {
                name: file.name.clone(),
                bytes: file.bytes,
                modified: file.modified,
                sha256: String::new(),
            })
            .collect();
        if self.intake.verify {
            for (id, file) in ids.iter_mut().zip(files) {
                id.sha256 = file.sha256()?;
            }
        }
        Ok(ids)
    }

    /// The file batches of the run: known ones as far as they are valid, and new ones of all other files.
    pub(super) fn file_batches(&self) -> std::io::Result<(Vec<FileBatch>, Reading)> {
        let ids = self.file_ids()?;
        let mut entries: Vec<Entry<FileBatchRecord>> = match self.intake.store {
            Some(store) => store.family(&self.family)?,
            None => Vec::new(),
        };
        // Prefer one file batch of many files to many batches of one.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.content.files.len()));
        let numbers: HashMap<&str, usize> =
            ids.iter().enumerate().map(|(number, id)| (id.name.as_str(), number)).collect();
        let same = |known: &FileId| {
            let id = numbers.get(known.name.as_str()).and_then(|number| ids.get(*number))?;
            let same = if self.intake.verify {
                id.sha256 == known.sha256
            } else {
                (id.bytes, id.modified) == (known.bytes, known.modified)
            };
            Some((*numbers.get(known.name.as_str())?, same))
        };
        let mut covered: Vec<Option<Why>> = vec![None; ids.len()];
        let mut taken: HashSet<usize> = HashSet::new();
        let mut file_batches = Vec::new();
        let first = entries.is_empty();
        for entry in entries {
            let found: Vec<Option<(usize, bool)>> = entry.content.files.iter().map(same).collect();
            let whole = found.iter().all(|found| found.is_some_and(|(_, same)| same));
            let numbers: Vec<usize> = found.iter().flatten().map(|(number, _)| *number).collect();
            let fits = self.fits(&entry.content);
            if whole && fits && numbers.iter().all(|number| !taken.contains(number)) {
                taken.extend(&numbers);
                let ids = entry.content.files.clone();
                file_batches.push(FileBatch {
                    files: numbers,
                    ids,
                    bytes: entry.content.bytes,
                    known: Some(entry),
                });
                continue;
            }
            for (number, same) in found.iter().flatten() {
                let why = match (same, whole && !fits) {
                    (false, _) => Why::Changed,
                    (true, true) => Why::AsOf,
                    (true, false) => Why::Together,
                };
                if let Some(place) = covered.get_mut(*number) {
                    *place = Some(place.map_or(why, |other| other.min(why)));
                }
            }
        }
        let batch_bytes = LEAST_BATCH_BYTES.max(ids.iter().map(|id| id.bytes).sum::<u64>() / MOST_BATCHES);
        let small = |file_batch: &FileBatch| file_batch.bytes < batch_bytes / 4;
        if file_batches.iter().filter(|file_batch| small(file_batch)).count() > MOST_SMALL_BATCHES {
            // Each night leaves a small file batch. Reading a few small files again keeps the number of runs small.
            for file_batch in file_batches.iter().filter(|file_batch| small(file_batch)) {
                for number in &file_batch.files {
                    taken.remove(number);
                    if let Some(place) = covered.get_mut(*number) {
                        *place = Some(Why::Gathered);
                    }
                }
            }
            file_batches.retain(|file_batch| !small(file_batch));
        }
        let mut reading = Reading { known: taken.len(), ..Reading::default() };
        let mut file_batch: Vec<usize> = Vec::new();
        let mut bytes = 0;
        let mut fresh = Vec::new();
        for (number, id) in ids.iter().enumerate() {
            if taken.contains(&number) {
                continue;
            }
            let why =
                if first { Why::First } else { covered.get(number).copied().flatten().unwrap_or(Why::New) };
            reading.read.push((number, why));
            reading.bytes += id.bytes;
            // The newest file most probably has rows beyond the as-of date, and will then be read again.
            let newest = number + 1 == ids.len() && bytes > batch_bytes / 4;
            if bytes > 0 && (newest || bytes + id.bytes > batch_bytes) {
                fresh.push((std::mem::take(&mut file_batch), std::mem::take(&mut bytes)));
            }
            file_batch.push(number);
            bytes += id.bytes;
        }
        if !file_batch.is_empty() {
            fresh.push((file_batch, bytes));
        }
        file_batches.extend(fresh.into_iter().map(|(files, bytes)| {
            let ids = files.iter().filter_map(|number| ids.get(*number)).cloned().collect();
            FileBatch { files, ids, bytes, known: None }
        }));
        file_batches.sort_by_key(|file_batch| file_batch.files.first().copied());
        Ok((file_batches, reading))
    }

    /// Checks the stored data of known file batches; damaged batches will be read again.
    pub(super) fn checked(&self, file_batches: &mut [FileBatch], reading: &mut Reading) {
        let Some(store) = self.intake.store else { return };
        let damaged = parallel::map(&known_entries(file_batches), |entry| !entry.is_sound());
        let mut damaged = damaged.into_iter();
        for file_batch in file_batches {
            if file_batch.known.is_none() || damaged.next() != Some(true) {
                continue;
            }
            if let Some(entry) = file_batch.known.take() {
                store.discard(&entry);
            }
            reading.damaged += 1;
            reading.again(file_batch, Why::Damaged);
        }
        reading.read.sort_unstable();
    }

    /// Whether a contribution is valid for the as-of date: the same rows are on this side of it.
    fn fits(&self, record: &FileBatchRecord) -> bool {
        // The first result covers all rows.
        let Some(IntakeResult { totals, .. }) = record.results.first() else { return false };
        totals.last_day.is_none_or(|last| last <= self.as_of())
            && totals.next_day.is_none_or(|next| next > self.as_of())
            && self.measures.iter().zip(&totals.measures).all(|(measure, found)| measure.serves(*found))
    }
}
