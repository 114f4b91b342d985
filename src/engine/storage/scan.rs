//! The tables that read files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};

use super::{DataFile, Files, Format};
use crate::engine::csv::CsvTable;

/// A table that reads files, and the columns that their folders' names add to it.
pub struct FilesTable {
    /// The table.
    pub table: Arc<dyn TableProvider>,
    /// Names and values that all rows of the table share.
    pub shared: Shared,
}

/// Columns that all rows share, by name and value.
pub type Shared = Vec<(String, String)>;

/// The tables that together read the files: exactly those that were found, each once.
///
/// # Errors
/// Where the engine cannot make a table of them.
pub fn tables(files: &Files, schema: &Schema) -> datafusion::error::Result<Vec<FilesTable>> {
    let mut groups: Vec<(&[String], Vec<&DataFile>)> = Vec::new();
    for file in &files.files {
        match groups.iter_mut().find(|(values, _)| *values == file.partitions.as_slice()) {
            Some((_, group)) => group.push(file),
            None => groups.push((&file.partitions, vec![file])),
        }
    }
    let mut tables = Vec::new();
    for (values, group) in groups {
        let shared: Shared = files.partitions.iter().cloned().zip(values.iter().cloned()).collect();
        for table in format_tables(files.format, &group, schema)? {
            tables.push(FilesTable { table, shared: shared.clone() });
        }
    }
    Ok(tables)
}

/// One table for Parquet files; for CSV files, one for those that have the same columns.
fn format_tables(
    format: Format,
    files: &[&DataFile],
    schema: &Schema,
) -> datafusion::error::Result<Vec<Arc<dyn TableProvider>>> {
    match format {
        Format::Parquet => {
            let mut options = TableParquetOptions::default();
            // Timestamps of 96 bits as they are described.
            options.global.coerce_int96 = Some("us".into());
            let format = ParquetFormat::default().with_options(options).with_skip_metadata(true);
            Ok(vec![listing(files, Arc::new(schema.clone()), Arc::new(format))?])
        }
        Format::Csv => {
            let mut groups: Vec<(&SchemaRef, Vec<DataFile>)> = Vec::new();
            for file in files {
                match groups.iter_mut().find(|(schema, _)| **schema == file.schema) {
                    Some((_, group)) => group.push((*file).clone()),
                    None => groups.push((&file.schema, vec![(*file).clone()])),
                }
            }
            let table = |(schema, group): (&SchemaRef, Vec<DataFile>)| {
                Arc::new(CsvTable::new(Arc::clone(schema), group)) as Arc<dyn TableProvider>
            };
            Ok(groups.into_iter().map(table).collect())
        }
    }
}

fn listing(
    files: &[&DataFile],
    schema: SchemaRef,
    format: Arc<dyn FileFormat>,
) -> datafusion::error::Result<Arc<dyn TableProvider>> {
    let extension = format.get_ext();
    let options = ListingOptions::new(format).with_file_extension(format!(".{extension}"));
    let urls = files.iter().map(|file| url(&file.path)).collect::<datafusion::error::Result<_>>()?;
    let config =
        ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// A table of Parquet files of the program's own, in no order.
///
/// # Errors
/// Where the engine cannot make a table of them.
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

/// The engine's paths have no `..` in them.
fn absolute(path: &Path) -> datafusion::error::Result<PathBuf> {
    Ok(std::fs::canonicalize(path)?)
}

/// A file's URL. Made from the path rather than parsed, so that `[` and `*` in a name are not a glob.
pub fn url(path: &Path) -> datafusion::error::Result<ListingTableUrl> {
    let path = absolute(path)?;
    let url = url::Url::from_file_path(&path).map_err(|()| {
        datafusion::error::DataFusionError::Execution(format!("{} is not a path", path.display()))
    })?;
    ListingTableUrl::try_new(url, None)
}
