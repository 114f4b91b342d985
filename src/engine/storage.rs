//! The files behind a source: which they are, what they hold, and the table that reads them.
//!
//! Everything that a broken file can do wrong is met here first, so that the message names the file: a path that leads
//! nowhere, an empty folder, a file that is cut short or is not what its name says, columns that do not fit together.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::PageIndexPolicy;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The formats that a source can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated text with a header line; every column is text.
    Csv,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
        }
    }
}

/// One file of a source.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name for messages and the record: relative to the source's path.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written, in nanoseconds since 1970-01-01; 0 where the file system does not say.
    pub modified: u128,
    /// Its columns as they stand in it.
    pub schema: SchemaRef,
    /// The character between two columns, for CSV.
    delimiter: u8,
}

impl DataFile {
    /// The SHA-256 of its content, in hexadecimal.
    ///
    /// # Errors
    /// Where the file cannot be read to its end.
    pub fn sha256(&self) -> std::io::Result<String> {
        let mut file = File::open(&self.path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
        Ok(hexadecimal(&hasher.finalize()))
    }
}

impl DataFile {
    /// Reads the file to its end, to learn whether it can be.
    ///
    /// # Errors
    /// The reason why not.
    pub fn read_whole(&self) -> Result<(), String> {
        let file = File::open(&self.path).map_err(|error| error.to_string())?;
        match Format::of(&self.path) {
            Some(Format::Parquet) => {
                // With the page index, as the engine reads it.
                let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::from(true));
                let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
                let reader = reader
                    .and_then(ParquetRecordBatchReaderBuilder::build)
                    .map_err(|error| error.to_string())?;
                for batch in reader {
                    batch.map_err(|error| error.to_string())?;
                }
            }
            _ => {
                let format =
                    arrow::csv::reader::Format::default().with_header(true).with_delimiter(self.delimiter);
                let reader = arrow::csv::ReaderBuilder::new(Arc::clone(&self.schema)).with_format(format);
                for batch in reader.build(file).map_err(|error| error.to_string())? {
                    batch.map_err(|error| error.to_string())?;
                }
            }
        }
        Ok(())
    }
}

/// Bytes as `sha256sum` prints them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble))).collect()
}

/// The files of a source, in the order of their names.
#[derive(Debug, Clone)]
pub struct Files {
    /// Their one format.
    pub format: Format,
    /// The files.
    pub files: Vec<DataFile>,
    /// The folder that Hive partitions (`month=2024-01/`) count from, and the partitions' names.
    partitions: Option<(PathBuf, Vec<String>)>,
    /// Whether these are only some of the files below that folder.
    some: bool,
}

impl Files {
    /// Some of the files, by their numbers.
    #[must_use]
    pub fn only(&self, numbers: &[usize]) -> Self {
        let files = numbers.iter().filter_map(|number| self.files.get(*number)).cloned().collect();
        Self { files, some: true, ..self.clone() }
    }

    /// The names of the partitions' columns.
    pub fn partition_columns(&self) -> &[String] {
        self.partitions.as_ref().map_or(&[], |(_, names)| names)
    }
}

/// A table that reads files, and the columns that their folders' names add to it.
pub struct FilesTable {
    /// The table.
    pub table: Arc<dyn TableProvider>,
    /// Names and values that all rows of the table share.
    pub shared: Shared,
}

/// Columns that all rows share, by name and value.
pub type Shared = Vec<(String, String)>;

/// Finds the files of a source's path and reads what each says of itself.
///
/// # Errors
/// One problem a file, or one for the path. They are faults of data or environment, not of the pipeline.
pub fn discover(path: &Path) -> Result<Files, Vec<Problem>> {
    let (base, mut paths) = list(path).map_err(|problem| vec![problem])?;
    paths.sort();
    let Some(format) = paths.first().and_then(|path| Format::of(path)) else {
        let what = format!("{} holds no Parquet or CSV file", path.display());
        return Err(vec![Problem::new(what).help("the names of data files end in `.parquet` or `.csv`")]);
    };
    if let Some(other) = paths.iter().find(|path| Format::of(path) != Some(format)) {
        let what =
            format!("{} mixes Parquet and CSV: {} is not {}", path.display(), other.display(), format.name());
        return Err(vec![Problem::new(what).help("name one kind with a glob, such as `data/*.parquet`")]);
    }
    let names = partition_names(&base, &paths);
    let (files, problems) = describe_all(&base, &paths, format);
    if !problems.is_empty() {
        return Err(problems);
    }
    let partitions = (!names.is_empty()).then_some((base, names));
    Ok(Files { format, files, partitions, some: false })
}

/// The folder that names are relative to, and the files.
fn list(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), Problem> {
    let text = path.to_string_lossy();
    if path.is_file() {
        if Format::of(path).is_none() {
            let what = format!("{} is neither `.parquet` nor `.csv`", path.display());
            return Err(Problem::new(what).help("a data file's name says its format"));
        }
        return Ok((path.parent().unwrap_or(path).to_path_buf(), vec![path.to_path_buf()]));
    }
    if path.is_dir() {
        let mut files = Vec::new();
        walk(path, &mut files)
            .map_err(|error| Problem::new(format!("{} cannot be read: {error}", path.display())))?;
        return Ok((path.to_path_buf(), files));
    }
    if text.contains(['*', '?', '[']) {
        let found =
            glob::glob(&text).map_err(|error| Problem::new(format!("`{text}` is not a glob: {error}")))?;
        let files: Vec<PathBuf> =
            found.flatten().filter(|path| path.is_file() && Format::of(path).is_some()).collect();
        if files.is_empty() {
            return Err(Problem::new(format!("no Parquet or CSV file matches {text}"))
                .help("check the glob and the folder it is relative to"));
        }
        let fixed: PathBuf = path
            .components()
            .take_while(|c| !c.as_os_str().to_string_lossy().contains(['*', '?', '[']))
            .collect();
        return Ok((fixed, files));
    }
    Err(Problem::new(format!("{} does not exist", path.display()))
        .help("paths are relative to the project's folder, the one above `pipelines/`"))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // Hidden files and marks such as `_SUCCESS` are not data.
        let aside = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']));
        if aside {
            continue;
        }
        if path.is_dir() {
            walk(&path, files)?;
        } else if Format::of(&path).is_some() {
            files.push(path);
        }
    }
    Ok(())
}

/// The names of Hive partitions in the first file's folders below the base.
fn partition_names(base: &Path, paths: &[PathBuf]) -> Vec<String> {
    let Some(inner) = paths.first().and_then(|path| path.strip_prefix(base).ok()) else { return Vec::new() };
    let folders = inner.parent().into_iter().flat_map(Path::components);
    folders
        .filter_map(|folder| folder.as_os_str().to_str()?.split_once('=').map(|(name, _)| name.to_owned()))
        .collect()
}

/// Describes all files, on a few threads: a year of nightly files is hundreds of small reads.
fn describe_all(base: &Path, paths: &[PathBuf], format: Format) -> (Vec<DataFile>, Vec<Problem>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = paths.len().div_ceil(threads).max(1);
    let described: Vec<Result<DataFile, Problem>> = std::thread::scope(|scope| {
        let workers: Vec<_> = paths
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || chunk.iter().map(|path| describe(base, path, format)).collect::<Vec<_>>())
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for file in described {
        match file {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    (files, problems)
}

fn describe(base: &Path, path: &Path, format: Format) -> Result<DataFile, Problem> {
    let name = path.strip_prefix(base).unwrap_or(path).display().to_string();
    let unreadable = |reason: String| Problem::new(format!("{} {reason}", path.display()));
    let file = File::open(path).map_err(|error| unreadable(format!("cannot be opened: {error}")))?;
    let metadata = file.metadata().map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let bytes = metadata.len();
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |since| since.as_nanos());
    let (schema, delimiter) = match format {
        Format::Parquet => {
            (parquet_schema(&file, bytes).map_err(|(reason, help)| unreadable(reason).help(help))?, b',')
        }
        Format::Csv => csv_schema(&file).map_err(|(reason, help)| unreadable(reason).help(help))?,
    };
    Ok(DataFile { path: path.to_path_buf(), name, bytes, modified, schema, delimiter })
}

fn parquet_schema(file: &File, bytes: u64) -> Result<SchemaRef, (String, &'static str)> {
    const COPY: &str = "copy the file again from where it came";
    if bytes == 0 {
        return Err(("is empty (0 bytes)".into(), COPY));
    }
    let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new().with_skip_arrow_metadata(false));
    match metadata {
        Ok(metadata) => Ok(Arc::clone(metadata.schema())),
        Err(error) => {
            let text = error.to_string();
            let text = text.split(": ").last().unwrap_or(&text).trim_end_matches('.').to_owned();
            if first_bytes(file).is_some_and(|magic| magic == *b"PAR1") {
                return Err((
                    format!("is cut short: it begins as Parquet, but its end is missing ({text})"),
                    COPY,
                ));
            }
            Err((
                format!("is not a Parquet file ({text})"),
                "a file named `.parquet` must hold Parquet; rename or remove it",
            ))
        }
    }
}

fn first_bytes(mut file: &File) -> Option<[u8; 4]> {
    use std::io::{Seek, SeekFrom};
    let mut start = [0; 4];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut start).ok()?;
    Some(start)
}

fn csv_schema(file: &File) -> Result<(SchemaRef, u8), (String, &'static str)> {
    const HEADER: &str = "the first line of a CSV file names its columns, in UTF-8";
    let mut line = Vec::new();
    let mut reader = BufReader::new(file).take(1 << 20);
    reader.read_until(b'\n', &mut line).map_err(|error| (format!("cannot be read: {error}"), HEADER))?;
    let text = String::from_utf8(line).map_err(|_| ("is not UTF-8 text".to_owned(), HEADER))?;
    let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(("has no header line".into(), HEADER));
    }
    let delimiter = [',', ';', '\t', '|']
        .into_iter()
        .max_by_key(|c| (text.matches(*c).count(), *c == ','))
        .unwrap_or(',');
    let mut fields: Vec<Field> = Vec::new();
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    for name in header(text, delimiter).map_err(|reason| (reason, HEADER))? {
        let name = name.trim();
        if fields.iter().any(|field| field.name() == name) {
            return Err((format!("names the column `{name}` twice"), HEADER));
        }
        fields.push(Field::new(name, DataType::Utf8, true));
    }
    Ok((Arc::new(Schema::new(fields)), delimiter))
}

/// The names of a header line, by the rules of CSV.
fn header(line: &str, delimiter: u8) -> Result<Vec<String>, String> {
    let format = arrow::csv::reader::Format::default().with_header(true).with_delimiter(delimiter);
    let (schema, _) = format
        .infer_schema(line.as_bytes(), Some(0))
        .map_err(|error| format!("has a header line that cannot be read: {error}"))?;
    Ok(schema.fields().iter().map(|field| field.name().clone()).collect())
}

/// The one schema that all files' columns fit, by name, and the partitions' columns as text at its end.
///
/// # Errors
/// A column whose types cannot be brought together, with the two files.
pub fn unite(files: &Files) -> Result<Schema, Vec<Problem>> {
    let mut columns: Vec<(Field, &DataFile)> = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for file in &files.files {
        for field in file.schema.fields() {
            let Some((known, first)) = columns.iter_mut().find(|(known, _)| known.name() == field.name())
            else {
                columns.push((
                    field.as_ref().clone().with_nullable(true).with_metadata(HashMap::default()),
                    file,
                ));
                continue;
            };
            match wider(known.data_type(), field.data_type()) {
                Some(data_type) => *known = known.clone().with_data_type(data_type),
                None => {
                    let what = format!(
                        "the column `{}` of {} is {}, but in {} it is {}",
                        field.name(),
                        file.name,
                        field.data_type(),
                        first.name,
                        known.data_type()
                    );
                    let help = "files of one source must agree on a column's type; write the file again with the other type";
                    problems.push(Problem::new(what).help(help));
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(Schema::new(columns.into_iter().map(|(field, _)| field).collect::<Vec<_>>()))
    } else {
        Err(problems)
    }
}

/// The narrower of the types that hold all values of both exactly; none where there is no such type.
fn wider(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{
        Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, LargeUtf8, Null, Timestamp, UInt8,
        UInt16, UInt32, Utf8, Utf8View,
    };
    const SIGNED: [DataType; 4] = [Int8, Int16, Int32, Int64];
    let rank = |of: &DataType| match of {
        Int8 => Some(0),
        UInt8 | Int16 => Some(1),
        UInt16 | Int32 => Some(2),
        UInt32 | Int64 => Some(3),
        _ => None,
    };
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Null, other) | (other, Null) => Some(other.clone()),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => Some(Utf8View),
        (DataType::Dictionary(_, value), other) | (other, DataType::Dictionary(_, value)) => {
            wider(value, other)
        }
        (Float32, Float64) | (Float64, Float32) => Some(Float64),
        (Decimal128(p, s), Decimal128(q, t)) => {
            let scale = *s.max(t);
            let whole = (i16::from(*p) - i16::from(*s)).max(i16::from(*q) - i16::from(*t));
            let precision = u8::try_from(whole + i16::from(scale)).ok()?;
            (precision <= 38).then_some(Decimal128(precision, scale))
        }
        (Date32, Timestamp(unit, zone)) | (Timestamp(unit, zone), Date32) if zone.is_none() => {
            Some(Timestamp(*unit, None))
        }
        (Timestamp(u, z), Timestamp(v, w)) if z == w => Some(Timestamp(finer(*u, *v), z.clone())),
        _ => {
            let (a, b) = (rank(a)?, rank(b)?);
            SIGNED.get(a.max(b)).cloned()
        }
    }
}

fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    a.max(b)
}

/// The tables that together read the files. Each reads exactly the files that were found, but for a partitioned folder,
/// which as a whole is read as one.
///
/// # Errors
/// Where the engine cannot make a table of them.
pub fn tables(files: &Files, schema: &Schema) -> datafusion::error::Result<Vec<FilesTable>> {
    match &files.partitions {
        Some((base, names)) if files.some => {
            // The engine reads partitions off whole folders only; here the values are put in by hand.
            let mut groups: Vec<(Shared, Vec<&DataFile>)> = Vec::new();
            for file in &files.files {
                let values = partition_values(base, names, &file.path);
                match groups.iter_mut().find(|(known, _)| *known == values) {
                    Some((_, group)) => group.push(file),
                    None => groups.push((values, vec![file])),
                }
            }
            let mut tables = Vec::new();
            for (shared, group) in groups {
                for table in format_tables(files.format, &group, schema, None)? {
                    tables.push(FilesTable { table, shared: shared.clone() });
                }
            }
            Ok(tables)
        }
        partitions => {
            let all: Vec<&DataFile> = files.files.iter().collect();
            let tables = format_tables(files.format, &all, schema, partitions.as_ref())?;
            Ok(tables.into_iter().map(|table| FilesTable { table, shared: Vec::new() }).collect())
        }
    }
}

/// The values that a file's folders give the partitions' columns.
fn partition_values(base: &Path, names: &[String], file: &Path) -> Vec<(String, String)> {
    let inner = file.strip_prefix(base).unwrap_or(file);
    let folders = inner.parent().into_iter().flat_map(Path::components);
    folders
        .filter_map(|folder| folder.as_os_str().to_str()?.split_once('='))
        .filter(|(name, _)| names.iter().any(|known| known == name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// One table for Parquet files; for CSV files, one for those that have the same columns.
fn format_tables(
    format: Format,
    files: &[&DataFile],
    schema: &Schema,
    partitions: Option<&(PathBuf, Vec<String>)>,
) -> datafusion::error::Result<Vec<Arc<dyn TableProvider>>> {
    match format {
        Format::Parquet => {
            let format = ParquetFormat::default().with_skip_metadata(true);
            Ok(vec![listing(files, Arc::new(schema.clone()), Arc::new(format), partitions)?])
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
                    listing(group, Arc::clone(&first.schema), Arc::new(format), partitions)
                })
                .collect()
        }
    }
}

fn listing(
    files: &[&DataFile],
    schema: SchemaRef,
    format: Arc<dyn FileFormat>,
    partitions: Option<&(PathBuf, Vec<String>)>,
) -> datafusion::error::Result<Arc<dyn TableProvider>> {
    let extension = format.get_ext();
    let mut options = ListingOptions::new(format).with_file_extension(format!(".{extension}"));
    let urls = if let Some((folder, names)) = partitions {
        options =
            options.with_table_partition_cols(names.iter().map(|n| (n.clone(), DataType::Utf8)).collect());
        vec![ListingTableUrl::parse(format!("{}/", absolute(folder)?.display()))?]
    } else {
        files.iter().map(|file| url(&file.path)).collect::<datafusion::error::Result<_>>()?
    };
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
pub(super) fn url(path: &Path) -> datafusion::error::Result<ListingTableUrl> {
    let path = absolute(path)?;
    let url = url::Url::from_file_path(&path).map_err(|()| {
        datafusion::error::DataFusionError::Execution(format!("{} is not a path", path.display()))
    })?;
    ListingTableUrl::try_new(url, None)
}
