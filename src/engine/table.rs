//! Tables of the run's own: Parquet files of which it is known how their rows lie.
//!
//! DataFusion learns from a table's [`Layout`] in what order its rows are, and from its [`Ranges`] that they can be read
//! in several parts of which each has customers of its own. So what groups, joins or sorts by the customer has neither
//! to sort nor to distribute rows, and uses all processors all the same.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, SplitPoint, Statistics};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingTableUrl, PartitionedFile};
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, ident};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr, RangePartitioning};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::prelude::SessionContext;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::metadata::ParquetMetaData;

use super::storage::url;

/// How the rows of a table lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The columns by which the rows of each file are sorted, the leading one first; none where they are in no order.
    pub order: Vec<(String, SortOptions)>,
    /// Whether the files, one after the other, are in this order too and no two of them share a value of the leading
    /// column. True of a single file.
    pub disjoint: bool,
}

impl Layout {
    /// The place of the column by which the tables of a run are divided, where the rows are sorted by it first.
    pub(super) fn key(&self, schema: &Schema) -> Option<usize> {
        let (name, options) = self.order.first()?;
        let (index, field) = schema.column_with_name(name)?;
        (name == KEY && *options == ASCENDING && is_text(field.data_type())).then_some(index)
    }

    /// Complains of the first row that does not lie as it is said, of the batches of one stream. Only in builds for
    /// development: it takes as long as a sort.
    pub(super) fn check(
        &self,
        schema: &Schema,
    ) -> Result<impl FnMut(&RecordBatch) -> Result<()> + Send + use<>> {
        let columns: Vec<_> = self
            .order
            .iter()
            .filter_map(|(name, options)| Some((schema.index_of(name).ok()?, *options)))
            .collect();
        let fields = columns.iter().map(|(index, options)| {
            SortField::new_with_options(schema.field(*index).data_type().clone(), *options)
        });
        let converter = RowConverter::new(fields.collect())?;
        let mut last: Option<OwnedRow> = None;
        Ok(move |batch: &RecordBatch| {
            if !cfg!(debug_assertions) || columns.is_empty() {
                return Ok(());
            }
            let sorted: Vec<ArrayRef> =
                columns.iter().filter_map(|(index, _)| batch.columns().get(*index).cloned()).collect();
            let rows = converter.convert_columns(&sorted)?;
            for row in &rows {
                let row = row.owned();
                if last.as_ref().is_some_and(|last| last.row() > row.row()) {
                    return Err(DataFusionError::Internal(
                        "rows do not lie in the order that is said".into(),
                    ));
                }
                last = Some(row);
            }
            Ok(())
        })
    }
}

/// `order by x`, as SQL has it.
pub const ASCENDING: SortOptions = SortOptions { descending: false, nulls_first: false };

/// The column by which the tables of a run are divided.
const KEY: &str = "customer_id";

/// Into how many ranges of customers the tables of a run are divided. More than the processors that most machines have,
/// so that none waits long for the last range; few enough that reading all at once takes little memory. It has nothing
/// to do with the machine, since the bytes of kept files depend on it.
pub const RANGES: usize = 8;

/// A table with fewer rows is read as one.
const RANGED_ROWS: u64 = 20_000;

/// The customers at which the tables of a run are divided, the same for all its tables, so that two of them can be
/// joined range by range. The first large table sorted by customers settles them, by its rows alone.
#[derive(Debug, Default)]
pub struct Division(OnceLock<Arc<[String]>>);

impl Division {
    /// That of a session's run, as far as it is settled.
    pub fn of(context: &SessionContext) -> Option<Arc<[String]>> {
        Self::shared(context)?.0.get().cloned()
    }

    fn shared(context: &SessionContext) -> Option<Arc<Self>> {
        context.state_ref().read().config().get_extension::<Self>()
    }
}

/// Where the ranges of a table begin.
#[derive(Debug, Clone)]
pub struct Ranges {
    /// The least key of each range but the first.
    keys: Arc<[String]>,
    /// The first row of each range but the first, counted through all files.
    rows: Vec<u64>,
}

/// One file of a table.
#[derive(Debug, Clone)]
pub struct StoredFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How many rows it has.
    pub rows: u64,
    /// What it says of its columns.
    pub statistics: Arc<Statistics>,
}

impl StoredFile {
    /// A file that has just been written, to be read as rows of a schema.
    ///
    /// # Errors
    /// Where the file is gone, or is none of that schema.
    pub fn new(path: &Path, schema: &SchemaRef, metadata: &ParquetMetaData) -> Result<Self> {
        let statistics = DFParquetMetadata::statistics_from_parquet_metadata(metadata, schema)?;
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        let bytes = std::fs::metadata(path)?.len();
        Ok(Self { path: path.to_path_buf(), bytes, rows, statistics: Arc::new(statistics) })
    }
}

/// Rows that a plan yielded, where they lie now.
#[derive(Debug, Clone)]
pub struct Stored {
    /// How many.
    pub rows: u64,
    /// Their columns.
    pub schema: SchemaRef,
    /// The files, in order.
    pub files: Vec<StoredFile>,
    /// How the rows lie in them.
    pub layout: Layout,
    /// The ranges in which they can be read.
    pub ranges: Option<Ranges>,
}

impl Stored {
    /// Rows in files, of which it is said how they lie. What is said of the files' own order is checked.
    pub fn new(schema: SchemaRef, files: Vec<StoredFile>, mut layout: Layout) -> Self {
        let rows = files.iter().map(|file| file.rows).sum();
        let files: Vec<_> = files.into_iter().filter(|file| file.rows > 0).collect();
        layout.disjoint = files.len() < 2 || layout.disjoint && in_order(&files, &schema, &layout);
        Self { rows, schema, files, layout, ranges: None }
    }

    /// Finds the ranges of customers in which the table can be read; where no table settled the customers at which those
    /// begin, this one does if it is fit for it.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn divided(mut self, context: &SessionContext) -> Result<Self> {
        let Some(index) = self.layout.key(&self.schema) else { return Ok(self) };
        if self.rows < RANGED_ROWS || !self.layout.disjoint {
            return Ok(self);
        }
        let Some(division) = Division::shared(context) else { return Ok(self) };
        let files = Opened::all(&self.files, index)?;
        let keys = match division.0.get() {
            Some(keys) => Arc::clone(keys),
            None => {
                let keys = quantiles(&files, self.rows)?;
                Arc::clone(division.0.get_or_init(|| keys))
            }
        };
        if !keys.is_empty() {
            let rows = keys.iter().map(|key| row_of(&files, key)).collect::<Result<_>>()?;
            self.ranges = Some(Ranges { keys, rows });
        }
        Ok(self)
    }

    /// A table that reads the rows.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn table(&self) -> Result<Arc<dyn TableProvider>> {
        let urls = self.files.iter().map(|file| url(&file.path)).collect::<Result<_>>()?;
        let statistics =
            Statistics::try_merge_iter(self.files.iter().map(|file| file.statistics.as_ref()), &self.schema)?;
        Ok(Arc::new(StoredTable { stored: self.clone(), urls, statistics }))
    }

    /// All rows as one batch.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn collect(&self, context: &SessionContext) -> Result<RecordBatch> {
        let batches = context.read_table(self.table()?)?.collect().await?;
        Ok(arrow::compute::concat_batches(&self.schema, &batches)?)
    }

    /// The rows in their order, a few thousand at a time: of all columns, or of one. They are read as they are asked for.
    pub fn batches(&self, column: Option<usize>) -> impl Iterator<Item = Result<RecordBatch>> + use<'_> {
        self.files.iter().flat_map(move |file| -> Box<dyn Iterator<Item = Result<RecordBatch>>> {
            match self.of_file(file, column) {
                Ok(batches) => Box::new(batches),
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        })
    }

    fn of_file(
        &self,
        file: &StoredFile,
        column: Option<usize>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
        let wanted = match column {
            Some(column) => Arc::new(self.schema.project(&[column])?),
            None => Arc::clone(&self.schema),
        };
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&file.path)?)?;
        let mask = column.map_or_else(ProjectionMask::all, |column| {
            ProjectionMask::roots(reader.parquet_schema(), [column])
        });
        let reader = reader.with_projection(mask).build()?;
        // A file may hold a column in another form than it is read in.
        let as_wanted = move |batch: RecordBatch| {
            let columns = batch.columns().iter().zip(wanted.fields());
            let columns = columns.map(|(array, field)| arrow::compute::cast(array, field.data_type()));
            Ok(RecordBatch::try_new(Arc::clone(&wanted), columns.collect::<Result<_, _>>()?)?)
        };
        Ok(reader.map(move |batch| as_wanted(batch?)))
    }

    /// The first rows in the table's own order, and among rows that are alike in it by all other columns.
    ///
    /// # Errors
    /// Those of reading the table.
    pub async fn first(&self, context: &SessionContext, rows: usize) -> Result<RecordBatch> {
        let led = self
            .layout
            .order
            .iter()
            .map(|(name, options)| ident(name.as_str()).sort(!options.descending, options.nulls_first));
        let named = |name: &str| self.layout.order.iter().any(|(known, _)| known == name);
        let fields = self.schema.fields().iter().filter(|field| !named(field.name()));
        let order: Vec<_> =
            led.chain(fields.map(|field| ident(field.name().as_str()).sort(true, true))).collect();
        let frame = context.read_table(self.table()?)?.sort(order)?.limit(0, Some(rows))?;
        let batches = frame.collect().await?;
        Ok(arrow::compute::concat_batches(&self.schema, &batches)?)
    }

    /// The order of the rows as the engine has it.
    fn ordering(&self) -> Option<LexOrdering> {
        LexOrdering::new(self.layout.order.iter().filter_map(|(name, options)| {
            let column = Column::new(name, self.schema.index_of(name).ok()?);
            Some(PhysicalSortExpr::new(Arc::new(column), *options))
        }))
    }

    /// How the table is spread over the partitions of a scan, as far as the engine can make use of it.
    fn partitioning(&self) -> Option<(&Ranges, Partitioning)> {
        let ranges = self.ranges.as_ref()?;
        let index = self.layout.key(&self.schema)?;
        let field = self.schema.fields().get(index)?;
        let column = PhysicalSortExpr::new(Arc::new(Column::new(field.name(), index)), ASCENDING);
        let points = ranges.keys.iter().map(|key| SplitPoint::new(vec![scalar(field.data_type(), key)]));
        let range = RangePartitioning::try_new(LexOrdering::new([column])?, points.collect()).ok()?;
        Some((ranges, Partitioning::Range(range)))
    }
}

/// Whether the files follow each other in the order of the leading column. Bounds are enough: they may be wider than the
/// values, never narrower.
fn in_order(files: &[StoredFile], schema: &SchemaRef, layout: &Layout) -> bool {
    let Some((name, ASCENDING)) = layout.order.first().map(|(name, options)| (name, *options)) else {
        return false;
    };
    let Ok(index) = schema.index_of(name) else { return false };
    let column = |file: &StoredFile| file.statistics.column_statistics.get(index).cloned();
    files.iter().zip(files.iter().skip(1)).all(|(one, next)| {
        let (Some(one), Some(next)) = (column(one), column(next)) else { return false };
        // Rows without a key come last, so only the last file may have any.
        one.null_count == Precision::Exact(0)
            && matches!(
                (one.max_value.get_value(), next.min_value.get_value()),
                (Some(last), Some(first)) if last < first
            )
    })
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn scalar(data_type: &DataType, text: &str) -> ScalarValue {
    match data_type {
        DataType::LargeUtf8 => ScalarValue::LargeUtf8(Some(text.to_owned())),
        DataType::Utf8View => ScalarValue::Utf8View(Some(text.to_owned())),
        _ => ScalarValue::Utf8(Some(text.to_owned())),
    }
}

/// A file whose keys are looked up.
struct Opened {
    file: File,
    metadata: ArrowReaderMetadata,
    column: usize,
    /// The row of the table with which it begins.
    begin: u64,
    rows: u64,
}

impl Opened {
    fn all(files: &[StoredFile], column: usize) -> Result<Vec<Self>> {
        let mut begin = 0;
        files
            .iter()
            .map(|stored| {
                let file = File::open(&stored.path)?;
                let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
                let opened = Self { file, metadata, column, begin, rows: stored.rows };
                begin += stored.rows;
                Ok(opened)
            })
            .collect()
    }

    /// The keys of some rows of a row group.
    fn keys(&self, group: usize, skip: usize, limit: usize) -> Result<Vec<ArrayRef>> {
        let file = self.file.try_clone()?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), [self.column]);
        let reader = builder.with_row_groups(vec![group]).with_projection(mask);
        let reader = reader.with_offset(skip).with_limit(limit).build()?;
        let keys = reader.map(|batch| {
            let batch = batch?;
            let column = batch.columns().first().cloned();
            column
                .map_or_else(|| Err(missing()), |keys| Ok(arrow::compute::cast(&keys, &DataType::Utf8View)?))
        });
        keys.collect()
    }

    /// The key of a row, counted from the file's first.
    fn key(&self, row: u64) -> Result<Option<String>> {
        let mut skip = usize::try_from(row).map_err(|_| missing())?;
        for (group, metadata) in self.metadata.metadata().row_groups().iter().enumerate() {
            let rows = usize::try_from(metadata.num_rows()).map_err(|_| missing())?;
            if skip < rows {
                let keys = self.keys(group, skip, 1)?;
                let key = keys.first().map(AsArray::as_string_view);
                return Ok(key.and_then(|keys| keys.iter().next().flatten().map(str::to_owned)));
            }
            skip -= rows;
        }
        Ok(None)
    }

    /// The first row, counted from the file's first, whose key is not below the given one.
    fn row_of(&self, key: &str) -> Result<Option<u64>> {
        let groups = self.metadata.metadata().row_groups();
        let schema = self.metadata.schema();
        let converter = StatisticsConverter::try_new(
            schema.field(self.column).name(),
            schema,
            self.metadata.parquet_schema(),
        )?;
        let bound = |array: ArrayRef| arrow::compute::cast(&array, &DataType::Utf8View);
        let (least, most) =
            (bound(converter.row_group_mins(groups)?)?, bound(converter.row_group_maxes(groups)?)?);
        let (least, most) = (least.as_string_view(), most.as_string_view());
        let mut row = 0;
        for (group, metadata) in groups.iter().enumerate() {
            if most.is_valid(group) && most.value(group) < key {
                row += u64::try_from(metadata.num_rows()).unwrap_or(0);
                continue;
            }
            if least.is_valid(group) && least.value(group) >= key {
                return Ok(Some(row));
            }
            for keys in self.keys(group, 0, usize::MAX)? {
                let keys = keys.as_string_view();
                // Rows without a key come last.
                let below = below(keys.len(), |at| keys.is_valid(at) && keys.value(at) < key);
                row += below as u64;
                if below < keys.len() {
                    return Ok(Some(row));
                }
            }
        }
        Ok(None)
    }
}

fn missing() -> DataFusionError {
    DataFusionError::Internal("a table's file is not as it was written".into())
}

/// How many of the first elements hold what all elements before some place do, and none after it.
pub(super) fn below(len: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, len);
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) { from = middle + 1 } else { to = middle }
    }
    from
}

/// The keys at equal distances through all rows, each once, without the least.
fn quantiles(files: &[Opened], rows: u64) -> Result<Arc<[String]>> {
    let mut keys: Vec<String> = Vec::new();
    for range in 1..RANGES as u64 {
        let row = rows * range / RANGES as u64;
        let Some(file) = files.iter().find(|file| row < file.begin + file.rows) else { continue };
        let Some(key) = file.key(row - file.begin)? else { continue };
        if keys.last().is_none_or(|last| *last < key) && row_of(files, &key)? > 0 {
            keys.push(key);
        }
    }
    Ok(keys.into())
}

/// The first row of all files whose key is not below the given one.
fn row_of(files: &[Opened], key: &str) -> Result<u64> {
    for file in files {
        if let Some(row) = file.row_of(key)? {
            return Ok(file.begin + row);
        }
    }
    Ok(files.last().map_or(0, |file| file.begin + file.rows))
}

/// A table of stored rows.
struct StoredTable {
    stored: Stored,
    urls: Vec<ListingTableUrl>,
    statistics: Statistics,
}

impl fmt::Debug for StoredTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredTable").field("files", &self.stored.files.len()).finish_non_exhaustive()
    }
}

impl StoredTable {
    /// The rows from one to before another, as parts of files.
    fn part(&self, from: u64, to: u64) -> FileGroup {
        let mut begin = 0;
        let mut files = Vec::new();
        for (file, url) in self.stored.files.iter().zip(&self.urls) {
            let end = begin + file.rows;
            let (first, last) = (from.max(begin), to.min(end));
            if first < last {
                let whole = first == begin && last == end;
                files.push(partitioned(file, url, (!whole).then(|| (first - begin, last - begin))));
            }
            begin = end;
        }
        FileGroup::new(files)
    }

    fn groups(&self, threads: usize) -> (Vec<FileGroup>, Option<Partitioning>) {
        let stored = &self.stored;
        if let Some((ranges, partitioning)) = stored.partitioning() {
            let begins = std::iter::once(0).chain(ranges.rows.iter().copied());
            let ends = ranges.rows.iter().copied().chain([stored.rows]);
            let groups = begins.zip(ends).map(|(begin, end)| self.part(begin, end)).collect();
            return (groups, Some(partitioning));
        }
        let files: Vec<_> =
            stored.files.iter().zip(&self.urls).map(|(file, url)| partitioned(file, url, None)).collect();
        if stored.layout.order.is_empty() {
            return (FileGroup::new(files).split_files(threads.max(1)), None);
        }
        // Files that follow each other are one sorted run; others have to be merged.
        let groups = if stored.layout.disjoint {
            vec![FileGroup::new(files)]
        } else {
            files.into_iter().map(|file| FileGroup::new(vec![file])).collect()
        };
        (groups, None)
    }
}

fn partitioned(file: &StoredFile, url: &ListingTableUrl, rows: Option<(u64, u64)>) -> PartitionedFile {
    let mut part = PartitionedFile::new("", file.bytes);
    part.object_meta.location = url.prefix().clone();
    let mut statistics = file.statistics.as_ref().clone();
    if let Some((from, to)) = rows {
        let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        // The bounds of the whole file are bounds of its parts.
        statistics = statistics.to_inexact();
        statistics.num_rows = Precision::Exact(count(to - from));
        let selection = RowSelection::from(vec![
            RowSelector::skip(count(from)),
            RowSelector::select(count(to - from)),
            RowSelector::skip(count(file.rows - to)),
        ]);
        part = part.with_extension(ParquetRowSelection::new(selection));
    }
    part.with_statistics(Arc::new(statistics))
}

/// What `async` is in a trait that is also a type.
type Planned<'a> = Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'a>>;

impl TableProvider for StoredTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.stored.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn scan<'life0, 'life1, 'life2, 'life3, 'async_trait>(
        &'life0 self,
        state: &'life1 dyn Session,
        projection: Option<&'life2 Vec<usize>>,
        _filters: &'life3 [Expr],
        limit: Option<usize>,
    ) -> Planned<'async_trait>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        'life3: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let Some(first) = self.urls.first() else {
                let schema = datafusion::common::project_schema(&self.stored.schema, projection)?;
                return Ok(Arc::new(EmptyExec::new(schema)) as Arc<dyn ExecutionPlan>);
            };
            let options = state.default_table_options().parquet;
            let format = ParquetFormat::default().with_options(options);
            let source = format.file_source(TableSchema::from(Arc::clone(&self.stored.schema)));
            let (groups, partitioning) = self.groups(state.config().target_partitions());
            let config = FileScanConfigBuilder::new(first.object_store(), source)
                .with_file_groups(groups)
                .with_statistics(self.statistics.clone())
                .with_projection_indices(projection.cloned())?
                .with_limit(limit)
                .with_output_ordering(self.stored.ordering().into_iter().collect())
                .with_output_partitioning(partitioning)
                .build();
            format.create_physical_plan(state, config).await
        })
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(self.statistics.clone())
    }
}
