//! The tables that read files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl, PartitionedFile,
};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::reader::{Readers, SourceFile};
use super::snapshot::stated_rows;
use super::{Columns, DataFile, Files, Format};
use crate::engine::csv::CsvTable;

/// A table that reads files, and the columns from their folder names.
pub struct FilesTable {
    /// The table.
    pub table: Arc<dyn TableProvider>,
    /// The source's columns that it has, each with its name there; the others are NULL.
    pub columns: Columns,
    /// Names and values that all rows of the table share.
    pub shared: Shared,
}

/// Columns that all rows share, by name and value; no value means NULL.
pub type Shared = Vec<(String, Option<String>)>;

/// What the files of one table share: the values of partitions, and column names that differ from the source's.
type Alike<'a> = (&'a [Option<String>], Vec<&'a (String, String)>);

/// The tables that together read exactly the files that were found, each once.
///
/// # Errors
/// If the engine cannot make a table of them.
pub fn tables(files: &Files, schema: &Schema) -> datafusion::error::Result<Vec<FilesTable>> {
    // Files with the same partitions and the same column names, in the order of their first file.
    let mut groups: Vec<Vec<&DataFile>> = Vec::new();
    let mut numbers: HashMap<Alike<'_>, usize> = HashMap::new();
    for file in &files.files {
        let renamed = file.columns.iter().filter(|(name, own)| name != own).collect();
        let number = *numbers.entry((&file.partitions, renamed)).or_insert(groups.len());
        match groups.get_mut(number) {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    let mut tables = Vec::new();
    for group in groups {
        let Some(first) = group.first() else { continue };
        let shared: Shared = files.partitions.iter().cloned().zip(first.partitions.iter().cloned()).collect();
        for (table, columns) in format_tables(files.format, &group, schema) {
            tables.push(FilesTable { table, columns, shared: shared.clone() });
        }
    }
    Ok(tables)
}

/// One table for Parquet files, which have the same column names; for CSV files, one for each set of columns.
fn format_tables(
    format: Format,
    files: &[&DataFile],
    schema: &Schema,
) -> Vec<(Arc<dyn TableProvider>, Columns)> {
    match format {
        Format::Parquet => {
            // If one of the files lacks a column, the reader gives NULL.
            let renamed = files.first().map(|file| file.columns.iter()).into_iter().flatten();
            let renamed: HashMap<&str, &str> =
                renamed.map(|(name, own)| (name.as_str(), own.as_str())).collect();
            let own = |name: &str| renamed.get(name).copied().unwrap_or(name).to_owned();
            let fields = schema.fields().iter();
            let columns = fields.clone().map(|field| (field.name().clone(), own(field.name()))).collect();
            let fields = fields.map(|field| field.as_ref().clone().with_name(own(field.name())));
            let schema = Schema::new(fields.collect::<Vec<_>>());
            vec![(Arc::new(SourceTable::new(files, Arc::new(schema))), columns)]
        }
        Format::Csv => {
            let mut groups: Vec<Vec<&DataFile>> = Vec::new();
            for file in files {
                let alike = |group: &&mut Vec<&DataFile>| {
                    group.first().is_some_and(|first| first.schema == file.schema)
                };
                match groups.iter_mut().find(alike) {
                    Some(group) => group.push(file),
                    None => groups.push(vec![file]),
                }
            }
            let table = |group: Vec<&DataFile>| {
                let first = group.first()?;
                let (schema, columns) = (Arc::clone(&first.schema), first.columns.as_ref().clone());
                let table: Arc<dyn TableProvider> =
                    Arc::new(CsvTable::new(schema, group.into_iter().cloned().collect()));
                Some((table, columns))
            };
            groups.into_iter().filter_map(table).collect()
        }
    }
}

/// A schema that does not copy a dictionary's text for each row that refers to it.
#[must_use]
pub fn views(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View))
        }
        _ => Arc::clone(field),
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}

/// Exactly these Parquet files of a source, as one table.
#[derive(Debug)]
struct SourceTable {
    schema: SchemaRef,
    files: Vec<Arc<SourceFile>>,
}

impl SourceTable {
    fn new(files: &[&DataFile], schema: SchemaRef) -> Self {
        let files = files.iter().map(|file| Arc::new(SourceFile::new((*file).clone())));
        Self { schema, files: files.collect() }
    }

    fn statistics(&self, rows: Option<u64>) -> Statistics {
        let mut statistics = Statistics::new_unknown(&self.schema);
        let rows = rows.and_then(|rows| usize::try_from(rows).ok());
        statistics.num_rows = rows.map_or(Precision::Absent, Precision::Exact);
        statistics
    }

    /// The files as the engine knows them: by number, as their names could have a meaning for the engine.
    fn group(&self) -> FileGroup {
        let files = self.files.iter().enumerate().map(|(number, file)| {
            PartitionedFile::new(format!("{number:07}"), file.file().bytes)
                .with_statistics(Arc::new(self.statistics(file.file().rows)))
                .with_extension(Arc::clone(file))
        });
        FileGroup::new(files.collect())
    }
}

#[async_trait]
impl TableProvider for SourceTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        let memory = match session.runtime_env().memory_pool.memory_limit() {
            MemoryLimit::Finite(bytes) => Some(bytes as u64),
            _ => None,
        };
        let mut options = TableParquetOptions::default();
        // Timestamps of 96 bits, as they were described.
        options.global.coerce_int96 = Some("us".into());
        let source = ParquetSource::new(TableSchema::from(Arc::clone(&self.schema)))
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(Readers::new(memory)));
        let rows = stated_rows(self.files.iter().map(|file| file.file()));
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(self.group().split_files(session.config().target_partitions().max(1)))
            .with_statistics(self.statistics(rows))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> datafusion::error::Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}

/// A table of the program's own Parquet files, in no order.
///
/// # Errors
/// If the engine cannot make a table of them.
pub fn parquet_table(
    files: &[PathBuf],
    schema: &SchemaRef,
) -> datafusion::error::Result<Arc<dyn TableProvider>> {
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let urls = files.iter().map(|path| url(path)).collect::<datafusion::error::Result<_>>()?;
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(Arc::clone(schema));
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// The engine's paths contain no `..`.
fn absolute(path: &Path) -> datafusion::error::Result<PathBuf> {
    Ok(std::fs::canonicalize(path)?)
}

/// A file's URL. It is built from the path, not parsed: `[` and `*` in a name are then not a glob.
pub fn url(path: &Path) -> datafusion::error::Result<ListingTableUrl> {
    let path = absolute(path)?;
    let url = url::Url::from_file_path(&path).map_err(|()| {
        datafusion::error::DataFusionError::Execution(format!("{} is not a path", path.display()))
    })?;
    ListingTableUrl::try_new(url, None)
}
