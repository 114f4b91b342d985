//! The tables that read files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};

use super::{Columns, DataFile, Files, Format};

/// A table that reads files, and the columns that their folders' names add to it.
pub struct FilesTable {
    /// The table.
    pub table: Arc<dyn TableProvider>,
    /// The source's columns that it has, each with its name there; what is not among them is NULL.
    pub columns: Columns,
    /// Names and values that all rows of the table share.
    pub shared: Shared,
}

/// Columns that all rows share, by name and value; none is NULL.
pub type Shared = Vec<(String, Option<String>)>;

/// What files of one table have in common: the values of partitions, and the names of columns that differ from the source's.
type Alike<'a> = (&'a [Option<String>], Vec<&'a (String, String)>);

/// The tables that together read the files: exactly those that were found, each once.
///
/// # Errors
/// Where the engine cannot make a table of them.
pub fn tables(files: &Files, schema: &Schema) -> datafusion::error::Result<Vec<FilesTable>> {
    // Files of the same partitions that name their columns alike, in the order of the first of each.
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
        for (table, columns) in format_tables(files.format, &group, schema)? {
            tables.push(FilesTable { table, columns, shared: shared.clone() });
        }
    }
    Ok(tables)
}

/// One table for Parquet files, which name their columns alike; for CSV files, one for those that have the same columns.
fn format_tables(
    format: Format,
    files: &[&DataFile],
    schema: &Schema,
) -> datafusion::error::Result<Vec<(Arc<dyn TableProvider>, Columns)>> {
    match format {
        Format::Parquet => {
            // Where one of the files lacks a column, the reader gives NULL.
            let renamed = files.first().map(|file| file.columns.iter()).into_iter().flatten();
            let renamed: HashMap<&str, &str> =
                renamed.map(|(name, own)| (name.as_str(), own.as_str())).collect();
            let own = |name: &str| renamed.get(name).copied().unwrap_or(name).to_owned();
            let fields = schema.fields().iter();
            let columns = fields.clone().map(|field| (field.name().clone(), own(field.name()))).collect();
            let fields = fields.map(|field| field.as_ref().clone().with_name(own(field.name())));
            let schema = Schema::new(fields.collect::<Vec<_>>());
            let format = ParquetFormat::default().with_skip_metadata(true);
            Ok(vec![(listing(files, Arc::new(schema), Arc::new(format))?, columns)])
        }
        Format::Csv => {
            let mut groups: Vec<Vec<&DataFile>> = Vec::new();
            for file in files {
                let alike = |group: &&mut Vec<&DataFile>| {
                    group.first().is_some_and(|f| f.schema == file.schema && f.delimiter == file.delimiter)
                };
                match groups.iter_mut().find(alike) {
                    Some(group) => group.push(file),
                    None => groups.push(vec![file]),
                }
            }
            groups
                .iter()
                .filter_map(|group| group.first().map(|first| (group, first)))
                .map(|(group, first)| {
                    let format = CsvFormat::default()
                        .with_has_header(true)
                        .with_delimiter(first.delimiter)
                        .with_newlines_in_values(true);
                    let table = listing(group, Arc::clone(&first.schema), Arc::new(format))?;
                    Ok((table, first.columns.as_ref().clone()))
                })
                .collect()
        }
    }
}

fn listing(
    files: &[&DataFile],
    schema: SchemaRef,
    format: Arc<dyn FileFormat>,
) -> datafusion::error::Result<Arc<dyn TableProvider>> {
    // Whatever the case of their ending.
    let options = ListingOptions::new(format).with_file_extension("");
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
