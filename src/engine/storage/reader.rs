//! How the engine reads a source's Parquet files. Each read opens the file that was found, checks before and after that
//! it is unchanged, and closes it. So the number of open files is limited by the number of threads. What is read comes
//! from the recorded files, or is an error that names one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, RowGroupMetaData};

use super::pages::{MOST_PAGE_BYTES, examine};
use super::snapshot::Fault;
use super::{DataFile, footer};

type Outcome<T> = std::result::Result<T, ParquetError>;

/// A file of a source, with facts learnt while it is read.
#[derive(Debug)]
pub(super) struct SourceFile {
    file: DataFile,
    /// Its footer, as long as somebody uses it.
    footer: Mutex<Weak<ParquetMetaData>>,
    /// The start of each column, with its name.
    columns: OnceLock<HashMap<u64, String>>,
}

impl SourceFile {
    pub(super) fn new(file: DataFile) -> Self {
        Self { file, footer: Mutex::default(), columns: OnceLock::new() }
    }

    /// A file with a footer that was read already.
    pub(super) fn knowing(file: DataFile, footer: &Arc<ParquetMetaData>) -> Self {
        Self { footer: Mutex::new(Arc::downgrade(footer)), ..Self::new(file) }
    }

    pub(super) fn file(&self) -> &DataFile {
        &self.file
    }

    fn known(&self) -> Option<Arc<ParquetMetaData>> {
        self.footer.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    fn metadata(&self, policy: PageIndexPolicy) -> Outcome<Arc<ParquetMetaData>> {
        let has_index = |known: &Arc<ParquetMetaData>| {
            policy == PageIndexPolicy::Skip
                || (known.column_index().is_some() && known.offset_index().is_some())
        };
        if let Some(known) = self.known().filter(has_index) {
            return Ok(known);
        }
        let file = self.file.open()?;
        let metadata = footer::read(&file, self.file.bytes, policy);
        self.file.unchanged(&file)?;
        let metadata = Arc::new(metadata.map_err(|why| self.broken(why))?);
        *self.footer.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&metadata);
        Ok(metadata)
    }

    fn broken(&self, why: impl Into<String>) -> ParquetError {
        ParquetError::External(Box::new(Fault::broken(&self.file, why)))
    }

    /// Parts of the file; their pages are checked as far as possible before they are decompressed.
    pub(super) fn ranges(&self, ranges: &[Range<u64>], most: u64) -> Outcome<Vec<Bytes>> {
        let mut file = self.file.open()?;
        let parts = ranges.iter().map(|range| self.part(&mut file, range)).collect::<Outcome<Vec<_>>>();
        // Bytes read while the file changed may look like anything.
        self.file.unchanged(&file)?;
        let parts = parts?;
        let known = self.known();
        for (range, part) in ranges.iter().zip(&parts) {
            examine(part, known.as_deref().and_then(|known| column_around(known, range.start)), most)
                .map_err(|why| self.broken(format!("{} {why}", self.column_at(range.start))))?;
        }
        Ok(parts)
    }

    fn part(&self, file: &mut File, range: &Range<u64>) -> Outcome<Bytes> {
        let length = range.end.checked_sub(range.start).filter(|_| range.end <= self.file.bytes);
        let length = length.and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or_else(|| self.broken("it is cut short"))?;
        file.seek(SeekFrom::Start(range.start))?;
        let mut part = vec![0; length];
        file.read_exact(&mut part)?;
        Ok(part.into())
    }

    /// The column at a position of the file.
    fn column_at(&self, place: u64) -> String {
        let Some(metadata) = self.known() else { return "it".into() };
        let columns = self.columns.get_or_init(|| {
            let columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
            columns.map(|column| (column.byte_range().0, column.column_path().string())).collect()
        });
        columns.get(&place).map_or_else(|| "it".into(), |name| format!("the column `{name}`"))
    }
}

/// The column that contains a position of the file.
fn column_around(metadata: &ParquetMetaData, place: u64) -> Option<&ColumnChunkMetaData> {
    let within = |column: &&ColumnChunkMetaData| {
        let (start, length) = column.byte_range();
        place.checked_sub(start).is_some_and(|after| after < length)
    };
    metadata.row_groups().iter().flat_map(RowGroupMetaData::columns).find(within)
}

/// Makes readers of a source's files for the engine.
#[derive(Debug)]
pub(super) struct Readers {
    /// The most bytes of a decompressed page.
    pub(super) most: u64,
}

impl Readers {
    /// For a run that may use this much memory.
    pub(super) fn new(memory: Option<u64>) -> Self {
        const LEAST: u64 = 64 << 20;
        let share = memory.map_or(MOST_PAGE_BYTES, |memory| (memory / 2).max(LEAST));
        Self { most: share.min(MOST_PAGE_BYTES) }
    }
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        _: usize,
        file: PartitionedFile,
        _: Option<usize>,
        _: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let file = file.extension::<Arc<SourceFile>>().cloned();
        let file = file.ok_or_else(|| DataFusionError::Internal("a file of no source".into()))?;
        Ok(Box::new(Reader { file, most: self.most }))
    }
}

struct Reader {
    file: Arc<SourceFile>,
    most: u64,
}

impl Reader {
    /// Reads on a thread that may block.
    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SourceFile) -> Outcome<T> + Send + 'static,
    ) -> BoxFuture<'static, Outcome<T>> {
        let file = Arc::clone(&self.file);
        let read = tokio::task::spawn_blocking(move || work(&file));
        async move { read.await.map_err(|error| ParquetError::External(error.into()))? }.boxed()
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Outcome<Bytes>> {
        let parts = self.get_byte_ranges(vec![range]);
        async move { Ok(parts.await?.pop().unwrap_or_default()) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Outcome<Vec<Bytes>>> {
        let most = self.most;
        self.read(move |file| file.ranges(&ranges, most))
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Outcome<Arc<ParquetMetaData>>> {
        let policy = options.map_or(PageIndexPolicy::Skip, ArrowReaderOptions::column_index_policy);
        self.read(move |file| file.metadata(policy))
    }
}
