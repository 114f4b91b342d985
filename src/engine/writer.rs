//! Writes rows as Parquet on all processors: row groups are encoded in parallel, and in parallel with the query that
//! yields their rows.
//!
//! In a kept file, the rows alone determine where row groups, pages and batches begin.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::table::{Layout, StoredFile, below};

/// Rows per batch for the encoder. It is fixed: pages then begin at the same rows, whatever the threads did.
const BATCH_ROWS: usize = 8192;

/// Rows per row group: enough for good compression, but few enough to process several in little memory.
const GROUP_ROWS: usize = 16 * BATCH_ROWS;

/// What the files are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// They are published: their bytes depend on the rows alone.
    Kept,
    /// They are temporary: only the speed of writing and reading matters.
    Scratch,
}

/// The largest precision of a decimal that Parquet stores as a 64-bit integer.
const NARROW: u8 = 18;

impl Use {
    /// Measured on the tables of a million customers. Sums of money and fractions hardly repeat: a dictionary costs
    /// more than it saves. Ids in order share their prefixes. Published files only use encodings that other programs
    /// have read for years.
    fn properties(self, schema: &Schema, layout: &Layout) -> Result<WriterProperties> {
        let mut builder = WriterProperties::builder()
            .set_created_by(concat!("regulars ", env!("CARGO_PKG_VERSION")).to_owned());
        builder = match self {
            Self::Kept => builder.set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)),
            // Nobody searches scratch files for single rows, so their pages need no statistics.
            Self::Scratch => {
                builder.set_compression(Compression::SNAPPY).set_statistics_enabled(EnabledStatistics::Chunk)
            }
        };
        let ids = layout.key(schema).filter(|_| layout.order.len() == 1);
        for (index, field) in schema.fields().iter().enumerate() {
            let encoding = match (field.data_type(), self) {
                (DataType::Decimal128(..) | DataType::Float64, Self::Kept) => Encoding::PLAIN,
                (DataType::Decimal128(..=NARROW, _), Self::Scratch) => Encoding::DELTA_BINARY_PACKED,
                (DataType::Decimal128(..) | DataType::Float64, Self::Scratch) => Encoding::BYTE_STREAM_SPLIT,
                _ if ids == Some(index) => Encoding::DELTA_BYTE_ARRAY,
                _ => continue,
            };
            // The parts of a path: a text would be split at a `.` in a name.
            let path = ColumnPath::new(vec![field.name().clone()]);
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, encoding);
        }
        Ok(builder.build())
    }
}

/// How rows become row groups of a file.
struct Form {
    schema: SchemaRef,
    properties: WriterProperties,
    factory: ArrowRowGroupWriterFactory,
}

impl Form {
    fn new(schema: SchemaRef, kind: Use, layout: &Layout) -> Result<Self> {
        let properties = kind.properties(&schema, layout)?;
        let writer = ArrowWriter::try_new(std::io::sink(), Arc::clone(&schema), Some(properties.clone()))?;
        let (_, factory) = writer.into_serialized_writer()?;
        Ok(Self { schema, properties, factory })
    }

    fn create(&self, path: &Path) -> Result<SerializedFileWriter<File>> {
        let writer = ArrowWriter::try_new(
            File::create(path)?,
            Arc::clone(&self.schema),
            Some(self.properties.clone()),
        )?;
        Ok(writer.into_serialized_writer()?.0)
    }

    fn encode(&self, batches: &[RecordBatch]) -> Result<Vec<ArrowColumnChunk>> {
        let mut chunks = Vec::new();
        let mut writers = self.factory.create_column_writers(0)?.into_iter();
        // Column by column: the data for encoding a column then stays in the processor's cache.
        for (index, field) in self.schema.fields().iter().enumerate() {
            let mut column: Vec<_> = writers.by_ref().take(leaves(field.data_type())).collect();
            for array in batches.iter().filter_map(|batch| batch.columns().get(index)) {
                for (writer, leaf) in column.iter_mut().zip(compute_leaves(field, array)?) {
                    writer.write(&leaf)?;
                }
            }
            for writer in column {
                chunks.push(writer.close()?);
            }
        }
        Ok(chunks)
    }
}

/// The number of Parquet columns of a column.
fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => leaves(field.data_type()),
        DataType::Dictionary(_, value) => leaves(value),
        _ => 1,
    }
}

/// The forms of one table's files.
struct Forms {
    plain: Form,
    /// With decimals of 18 digits instead of wider ones, which Parquet can only store as bytes.
    narrow: Option<Form>,
}

impl Forms {
    fn new(schema: &SchemaRef, kind: Use, layout: &Layout) -> Result<Self> {
        let narrow = (kind == Use::Scratch).then(|| narrow_schema(schema)).flatten();
        let narrow = narrow.map(|schema| Form::new(schema, kind, layout)).transpose()?;
        Ok(Self { plain: Form::new(Arc::clone(schema), kind, layout)?, narrow })
    }

    fn form(&self, narrow: bool) -> &Form {
        self.narrow.as_ref().filter(|_| narrow).unwrap_or(&self.plain)
    }

    fn encode(&self, batches: &[RecordBatch]) -> Result<Encoded> {
        if let Some(form) = &self.narrow {
            let narrowed: Option<Vec<_>> =
                batches.iter().map(|batch| narrowed(batch, &form.schema)).collect();
            if let Some(narrowed) = narrowed {
                return Ok(Encoded { narrow: true, chunks: form.encode(&narrowed)? });
            }
        }
        Ok(Encoded { narrow: false, chunks: self.plain.encode(batches)? })
    }
}

/// The schema with narrowed decimals; none if there is nothing to narrow.
fn narrow_schema(schema: &Schema) -> Option<SchemaRef> {
    let narrow = |field: &Arc<Field>| match field.data_type() {
        DataType::Decimal128(precision, scale)
            if *precision > NARROW && (0..=NARROW.cast_signed()).contains(scale) =>
        {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Decimal128(NARROW, *scale)))
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<_> = schema.fields().iter().map(narrow).collect();
    (fields.iter().zip(schema.fields()).any(|(a, b)| a != b))
        .then(|| Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}

/// The batch with narrowed decimals, if all values fit.
fn narrowed(batch: &RecordBatch, schema: &SchemaRef) -> Option<RecordBatch> {
    const LIMIT: i128 = 10_i128.pow(NARROW as u32);
    let column = |(column, field): (&ArrayRef, &Arc<Field>)| {
        let &DataType::Decimal128(precision, scale) = field.data_type() else {
            return Some(Arc::clone(column));
        };
        if column.data_type() == field.data_type() {
            return Some(Arc::clone(column));
        }
        let decimals = column.as_primitive_opt::<Decimal128Type>()?;
        // The value behind a NULL may be anything, but is seldom large.
        let fits = decimals.values().iter().all(|value| -LIMIT < *value && *value < LIMIT);
        let narrow =
            fits.then(|| decimals.clone().with_precision_and_scale(precision, scale).ok()).flatten()?;
        Some(Arc::new(narrow) as ArrayRef)
    };
    let columns: Option<Vec<_>> = batch.columns().iter().zip(schema.fields()).map(column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns?, &options).ok()
}

/// An encoded row group.
struct Encoded {
    narrow: bool,
    chunks: Vec<ArrowColumnChunk>,
}

/// Rows to be divided into row groups.
struct Groups {
    coalescer: BatchCoalescer,
    /// Rows of the current group.
    rows: usize,
    batches: Vec<RecordBatch>,
    complete: VecDeque<Vec<RecordBatch>>,
    /// The sort column of the rows, and the keys that start a new row group.
    cuts: Option<(usize, VecDeque<String>)>,
}

impl Groups {
    fn new(schema: &SchemaRef, layout: &Layout, keys: Option<&[String]>) -> Self {
        let column = layout.key(schema);
        Self {
            coalescer: BatchCoalescer::new(Arc::clone(schema), BATCH_ROWS),
            rows: 0,
            batches: Vec::new(),
            complete: VecDeque::new(),
            cuts: column.zip(keys.map(|keys| keys.iter().cloned().collect())),
        }
    }

    fn push(&mut self, mut batch: RecordBatch) -> Result<()> {
        while batch.num_rows() > 0 {
            let room = GROUP_ROWS - self.rows;
            let before_cut = self.before_cut(&batch)?;
            let rows = room.min(before_cut.unwrap_or(usize::MAX)).min(batch.num_rows());
            if rows > 0 {
                self.coalescer.push_batch(batch.slice(0, rows))?;
                self.rows += rows;
            }
            if self.rows == GROUP_ROWS || before_cut == Some(rows) {
                self.finish()?;
            }
            if before_cut == Some(rows)
                && let Some((_, keys)) = &mut self.cuts
            {
                keys.pop_front();
            }
            batch = batch.slice(rows, batch.num_rows() - rows);
            while let Some(batch) = self.coalescer.next_completed_batch() {
                self.batches.push(batch);
            }
        }
        Ok(())
    }

    /// How many rows of the batch come before the next key that starts a row group; none if it is not in the batch.
    fn before_cut(&self, batch: &RecordBatch) -> Result<Option<usize>> {
        let Some((column, keys)) = &self.cuts else { return Ok(None) };
        let (Some(key), Some(column)) = (keys.front(), batch.columns().get(*column)) else { return Ok(None) };
        let last = arrow::compute::cast(&column.slice(column.len() - 1, 1), &DataType::Utf8View)?;
        let last = last.as_string_view();
        if last.is_valid(0) && last.value(0) < key.as_str() {
            return Ok(None);
        }
        let column = arrow::compute::cast(column, &DataType::Utf8View)?;
        let column = column.as_string_view();
        Ok(Some(below(column.len(), |at| column.is_valid(at) && column.value(at) < key.as_str())))
    }

    fn finish(&mut self) -> Result<()> {
        self.coalescer.finish_buffered_batch()?;
        while let Some(batch) = self.coalescer.next_completed_batch() {
            self.batches.push(batch);
        }
        if !self.batches.is_empty() {
            self.complete.push_back(std::mem::take(&mut self.batches));
        }
        self.rows = 0;
        Ok(())
    }
}

/// Writes the rows of a query to files.
pub(super) struct Writer {
    schema: SchemaRef,
    kind: Use,
    layout: Layout,
    keys: Option<Arc<[String]>>,
    forms: Arc<Forms>,
    threads: usize,
}

impl Writer {
    /// A writer of rows in the order of `layout`, with row groups that begin at the given keys.
    pub(super) fn new(
        schema: SchemaRef,
        kind: Use,
        layout: Layout,
        keys: Option<Arc<[String]>>,
        threads: usize,
    ) -> Result<Self> {
        let threads = threads.max(1);
        let forms = Arc::new(Forms::new(&schema, kind, &layout)?);
        // Kept files have the same row groups, however the engine yields the rows. Scratch files do not need this.
        let keys = keys.filter(|_| kind == Use::Kept);
        Ok(Self { schema, kind, layout, keys, forms, threads })
    }

    /// Writes consecutive streams as one table: all in one file if it is kept. They are processed from the first on, as
    /// many at once as there are threads.
    pub(super) async fn in_order(
        &self,
        streams: impl ExactSizeIterator<Item = Result<SendableRecordBatchStream>>,
        path: impl Fn(usize) -> PathBuf,
    ) -> Result<Vec<StoredFile>> {
        // A single stream uses all threads for its row groups. Several streams encode their own row groups; this also
        // prevents a query from running ahead of the writer.
        let ahead = if streams.len() == 1 { self.threads } else { 0 };
        self.write(streams, ahead, path).await
    }

    async fn write(
        &self,
        mut streams: impl Iterator<Item = Result<SendableRecordBatchStream>>,
        ahead: usize,
        path: impl Fn(usize) -> PathBuf,
    ) -> Result<Vec<StoredFile>> {
        let mut tasks = JoinSet::new();
        let mut running = VecDeque::new();
        let mut target = Target::new(&self.schema, &self.forms);
        loop {
            while running.len() < self.threads
                && let Some(stream) = streams.next()
            {
                running.push_back(self.encode(stream?, ahead, &mut tasks));
            }
            let Some(mut groups) = running.pop_front() else { break };
            if self.kind == Use::Scratch {
                target.close()?;
            }
            while let Some(group) = groups.recv().await {
                target.append(group?, &path)?;
            }
        }
        while let Some(task) = tasks.join_next().await {
            task.map_err(failed)?;
        }
        if self.kind == Use::Kept {
            // A table without rows still has a file.
            target.open(false, &path)?;
        }
        target.files()
    }

    /// Writes independent streams, each to its own files.
    pub(super) async fn side_by_side(
        self: Arc<Self>,
        streams: impl Iterator<Item = Result<SendableRecordBatchStream>>,
        path: impl Fn(usize, usize) -> PathBuf + Clone + Send + Sync + 'static,
    ) -> Result<Vec<StoredFile>> {
        let mut tasks = JoinSet::new();
        for (part, stream) in streams.enumerate() {
            let (writer, path, stream) = (Arc::clone(&self), path.clone(), stream?);
            tasks.spawn(async move {
                let files = writer.write(std::iter::once(Ok(stream)), 0, |file| path(part, file)).await;
                files.map(|files| (part, files))
            });
        }
        let mut files = Vec::new();
        while let Some(task) = tasks.join_next().await {
            files.push(task.map_err(failed)??);
        }
        files.sort_by_key(|(part, _)| *part);
        Ok(files.into_iter().flat_map(|(_, files)| files).collect())
    }

    /// Begins to encode a stream, with `ahead` row groups in parallel with the query. Encoded groups wait until they
    /// are requested.
    fn encode(
        &self,
        mut stream: SendableRecordBatchStream,
        ahead: usize,
        tasks: &mut JoinSet<()>,
    ) -> mpsc::UnboundedReceiver<Result<Encoded>> {
        // At most one range of a table waits here, and it is encoded.
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut groups = Groups::new(&self.schema, &self.layout, self.keys.as_deref());
        let forms = Arc::clone(&self.forms);
        let (layout, schema) = (self.layout.clone(), Arc::clone(&self.schema));
        tasks.spawn(async move {
            let work = async {
                let mut check = layout.check(&schema)?;
                let mut running: VecDeque<JoinHandle<Result<Encoded>>> = VecDeque::new();
                loop {
                    let batch = stream.next().await.transpose()?;
                    match &batch {
                        Some(batch) => {
                            check(batch)?;
                            groups.push(batch.clone())?;
                        }
                        None => groups.finish()?,
                    }
                    while let Some(group) = groups.complete.pop_front() {
                        if ahead == 0 {
                            let _ = sender.send(forms.encode(&group));
                            continue;
                        }
                        if running.len() == ahead
                            && let Some(first) = running.pop_front()
                        {
                            let _ = sender.send(first.await.map_err(failed)?);
                        }
                        let forms = Arc::clone(&forms);
                        running.push_back(tokio::task::spawn_blocking(move || forms.encode(&group)));
                    }
                    if batch.is_none() {
                        break;
                    }
                }
                for last in running {
                    let _ = sender.send(last.await.map_err(failed)?);
                }
                Ok(())
            };
            if let Err(error) = work.await {
                let _ = sender.send(Err(error));
            }
        });
        receiver
    }
}

fn failed(error: tokio::task::JoinError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The files that row groups are appended to.
struct Target<'a> {
    schema: &'a SchemaRef,
    forms: &'a Forms,
    current: Option<(bool, PathBuf, SerializedFileWriter<File>)>,
    files: Vec<StoredFile>,
}

impl<'a> Target<'a> {
    fn new(schema: &'a SchemaRef, forms: &'a Forms) -> Self {
        Self { schema, forms, current: None, files: Vec::new() }
    }

    /// Row groups with another form go to another file.
    fn append(&mut self, group: Encoded, path: impl Fn(usize) -> PathBuf) -> Result<()> {
        if self.current.as_ref().is_some_and(|(narrow, ..)| *narrow != group.narrow) {
            self.close()?;
        }
        self.open(group.narrow, path)?;
        if let Some((_, _, file)) = &mut self.current {
            let mut writer = file.next_row_group()?;
            for chunk in group.chunks {
                chunk.append_to_row_group(&mut writer)?;
            }
            writer.close()?;
        }
        Ok(())
    }

    fn open(&mut self, narrow: bool, path: impl Fn(usize) -> PathBuf) -> Result<()> {
        if self.current.is_none() {
            let path = path(self.files.len());
            let file = self.forms.form(narrow).create(&path)?;
            self.current = Some((narrow, path, file));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        if let Some((_, path, file)) = self.current.take() {
            let metadata = file.close()?;
            self.files.push(StoredFile::new(&path, self.schema, &metadata)?);
        }
        Ok(())
    }

    fn files(mut self) -> Result<Vec<StoredFile>> {
        self.close()?;
        Ok(self.files)
    }
}
