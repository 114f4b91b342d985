//! What each file says of itself, and whether it can be read to its end.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{LogicalType, Type as PhysicalType};
use parquet::file::metadata::PageIndexPolicy;
use parquet::schema::types::SchemaDescriptor;

use crate::engine::csv;
use crate::engine::functions::as_uuid;
use crate::pipeline::CsvFormat;
use crate::problem::Problem;

use super::{DataFile, Format};

/// Describes all files, on a few threads: a year of nightly files is hundreds of small reads.
pub(super) fn describe_all(
    base: &Path,
    paths: &[PathBuf],
    format: Format,
    csv: CsvFormat,
) -> (Vec<DataFile>, Vec<Problem>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = paths.len().div_ceil(threads).max(1);
    let described: Vec<Result<DataFile, Problem>> = std::thread::scope(|scope| {
        let workers: Vec<_> = paths
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || {
                    chunk.iter().map(|path| describe(base, path, format, csv)).collect::<Vec<_>>()
                })
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

fn describe(base: &Path, path: &Path, format: Format, csv: CsvFormat) -> Result<DataFile, Problem> {
    let name = path.strip_prefix(base).unwrap_or(path).display().to_string();
    let unreadable = |reason: String| Problem::new(format!("{} {reason}", path.display()));
    let file = File::open(path).map_err(|error| unreadable(format!("cannot be opened: {error}")))?;
    let metadata = file.metadata().map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let bytes = metadata.len();
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |since| since.as_nanos());
    let (schema, unnamed) = match format {
        Format::Parquet => {
            (parquet_schema(&file, bytes).map_err(|(reason, help)| unreadable(reason).help(help))?, 0)
        }
        Format::Csv => csv::describe(path, file, csv)
            .map_err(|fault| Problem::new(fault.to_string()).help_if(fault.remedy()))?,
    };
    Ok(DataFile {
        path: path.to_path_buf(),
        name,
        bytes,
        modified,
        schema,
        partitions: Vec::new(),
        csv,
        unnamed,
    })
}

fn parquet_schema(file: &File, bytes: u64) -> Result<SchemaRef, (String, &'static str)> {
    const COPY: &str = "copy the file again from where it came";
    if bytes == 0 {
        return Err(("is empty (0 bytes)".into(), COPY));
    }
    let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new().with_skip_arrow_metadata(false));
    match metadata {
        Ok(metadata) => Ok(as_meant(metadata.schema(), metadata.parquet_schema())),
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

/// The columns, those that the file says to be UUIDs with a note of it. Timestamps of 96 bits are taken to the microsecond:
/// 64 bits of nanoseconds end in 2262, and what is beyond would come round.
fn as_meant(schema: &SchemaRef, described: &SchemaDescriptor) -> SchemaRef {
    let meant = |field: &Arc<Field>| {
        let mut columns = described.root_schema().get_fields().iter();
        let column =
            columns.find(|column| column.name() == field.name()).filter(|column| column.is_primitive());
        let Some(column) = column else { return Arc::clone(field) };
        if column.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid) {
            return Arc::new(as_uuid(field));
        }
        if column.get_physical_type() == PhysicalType::INT96 {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
            return Arc::new(field.as_ref().clone().with_data_type(micros));
        }
        Arc::clone(field)
    };
    let fields = schema.fields().iter().map(meant);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn first_bytes(mut file: &File) -> Option<[u8; 4]> {
    use std::io::{Seek, SeekFrom};
    let mut start = [0; 4];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut start).ok()?;
    Some(start)
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
                csv::read_whole(self).map_err(|fault| fault.to_string())?;
            }
        }
        Ok(())
    }
}
