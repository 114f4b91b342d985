//! What each file says of itself, and whether it can be read to its end.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{LogicalType, Type as PhysicalType};
use parquet::file::metadata::PageIndexPolicy;
use parquet::schema::types::SchemaDescriptor;

use crate::engine::csv;
use crate::engine::functions::as_uuid;
use crate::engine::guard::caught;
use crate::pipeline::CsvFormat;
use crate::problem::Problem;

use super::footer;
use super::snapshot::modified;
use super::{DataFile, Format, Identity};

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
        workers
            .into_iter()
            .flat_map(|worker| {
                worker.join().unwrap_or_else(|_| vec![Err(Problem::new("a file cannot be described"))])
            })
            .collect()
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
    let mut rows = None;
    let (schema, unnamed) = match format {
        Format::Parquet => {
            let found =
                parquet_schema(&file, bytes).map_err(|(reason, help)| unreadable(reason).help(help))?;
            rows = Some(found.1);
            (found.0, 0)
        }
        Format::Csv => csv::describe(path, file, csv)
            .map_err(|fault| Problem::new(fault.to_string()).help_if(fault.remedy()))?,
    };
    Ok(DataFile {
        path: path.to_path_buf(),
        name,
        bytes,
        modified: modified(&metadata),
        identity: Identity::of(&metadata),
        rows,
        schema,
        partitions: Vec::new(),
        csv,
        unnamed,
    })
}

/// The columns of a Parquet file, and the number of its rows.
fn parquet_schema(file: &File, bytes: u64) -> Result<(SchemaRef, u64), (String, &'static str)> {
    const COPY: &str = "copy the file again from where it came";
    if bytes == 0 {
        return Err(("is empty (0 bytes)".into(), COPY));
    }
    let metadata = footer::read(file, bytes, PageIndexPolicy::Skip).map_err(|text| {
        if text.starts_with("its ") {
            return (format!("is damaged: {text}"), COPY);
        }
        if first_bytes(file).is_some_and(|magic| magic == *b"PAR1") {
            return (format!("is cut short: it begins as Parquet, but its end is missing ({text})"), COPY);
        }
        (
            format!("is not a Parquet file ({text})"),
            "a file named `.parquet` must hold Parquet; rename or remove it",
        )
    })?;
    let rows = metadata.row_groups().iter().map(|group| group.num_rows().unsigned_abs()).sum();
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(false);
    match caught(|| ArrowReaderMetadata::try_new(Arc::new(metadata), options)) {
        Ok(Ok(found)) => Ok((as_meant(found.schema(), found.parquet_schema()), rows)),
        Ok(Err(_)) | Err(_) => Err(("is damaged: its footer does not describe its columns".into(), COPY)),
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
        match Format::of(&self.path) {
            Some(Format::Parquet) => self.read_parquet()?,
            _ => {
                csv::read_whole(self).map_err(|fault| fault.to_string())?;
            }
        }
        Ok(())
    }
}
