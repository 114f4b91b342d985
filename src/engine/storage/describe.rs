//! What each file states about itself, and whether it can be read to its end.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{LogicalType, Type as PhysicalType};
use parquet::file::metadata::PageIndexPolicy;
use parquet::schema::types::SchemaDescriptor;

use crate::engine::csv;
use crate::engine::functions::as_uuid;
use crate::engine::guard::caught;
use crate::files;
use crate::pipeline::CsvFormat;
use crate::problem::Problem;

use super::footer;
use super::snapshot::modified;
use super::{DataFile, Format, Identity};

/// Describes all files, on a few threads: a year of nightly files means hundreds of small reads. The results are in the
/// order of the paths; each is either a file or a problem.
pub(super) fn describe_all(
    base: &Path,
    paths: &[PathBuf],
    format: Format,
    csv: CsvFormat,
) -> (Vec<DataFile>, Vec<Problem>) {
    let described = on_threads(paths, |path| describe(base, path, format, csv));
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (path, file) in paths.iter().zip(described) {
        match file {
            Ok(Ok(file)) => files.push(file),
            Ok(Err(problem)) => problems.push(problem),
            // Decoders cannot handle all possible bytes.
            Err(Panicked) => {
                let what = format!("{} is damaged: it cannot be decoded", path.display());
                problems.push(Problem::new(what).help(COPY));
            }
        }
    }
    (files, problems)
}

/// The result of a path's work if it panicked.
struct Panicked;

/// Runs the work for each path on a few threads. There is always one result per path.
fn on_threads<T: Send>(paths: &[PathBuf], work: impl Fn(&Path) -> T + Sync) -> Vec<Result<T, Panicked>> {
    let guarded = |path: &PathBuf| caught(|| work(path)).map_err(|_| Panicked);
    let guarded = &guarded;
    let share = |paths: &[PathBuf]| paths.iter().map(guarded).collect::<Vec<_>>();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let chunks = paths.chunks(paths.len().div_ceil(threads).max(1));
    std::thread::scope(|scope| {
        let workers: Vec<_> = chunks
            .map(|chunk| (chunk, std::thread::Builder::new().spawn_scoped(scope, move || share(chunk))))
            .collect();
        let results =
            workers.into_iter().flat_map(|(chunk, worker)| match worker.map(ScopedJoinHandle::join) {
                Ok(Ok(results)) => results,
                // Work that a thread did not do is done here: the system had no thread, or a panic passed the guard.
                Ok(Err(_)) | Err(_) => share(chunk),
            });
        results.collect()
    })
}

const COPY: &str = "copy the file again from where it came";

fn describe(base: &Path, path: &Path, format: Format, csv: CsvFormat) -> Result<DataFile, Problem> {
    let name = path.strip_prefix(base).unwrap_or(path).display().to_string();
    let unreadable = |reason: String| Problem::new(format!("{} {reason}", path.display()));
    let file = files::open(path).map_err(|error| unreadable(format!("cannot be opened: {error}")))?;
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
    let twice = schema
        .fields()
        .iter()
        .enumerate()
        .find(|(at, field)| schema.fields().iter().take(*at).any(|other| other.name() == field.name()));
    if let Some((_, field)) = twice {
        let what = unreadable(format!("has two columns named `{}`", field.name()));
        return Err(what.help("write the file again, with a name of its own for each column"));
    }
    Ok(DataFile {
        path: path.to_path_buf(),
        name,
        bytes,
        modified: modified(&metadata),
        identity: Identity::of(&metadata),
        rows,
        schema,
        columns: Arc::new(Vec::new()),
        partitions: Vec::new(),
        csv,
        unnamed,
    })
}

/// The columns of a Parquet file, and the number of its rows.
fn parquet_schema(file: &File, bytes: u64) -> Result<(SchemaRef, u64), (String, &'static str)> {
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

/// The columns; those that the file declares as UUIDs are marked. Timestamps of 96 bits are read as microseconds: 64
/// bits of nanoseconds end in 2262, and later times would wrap around.
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
    /// Reads the file to its end, to check that it can be read.
    ///
    /// # Errors
    /// The reason why it cannot be read.
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

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

    /// Damage of one file affects only that file: each file has a result.
    #[test]
    fn a_panic_is_the_answer_of_its_file_alone() {
        let paths: Vec<PathBuf> = (0..20).map(|number| PathBuf::from(number.to_string())).collect();
        let done = on_threads(&paths, |path| {
            assert!(path != Path::new("7"), "damaged");
            path.to_path_buf()
        });
        assert_eq!(done.len(), 20);
        for (path, done) in paths.iter().zip(done) {
            assert_eq!(done.ok(), (path != Path::new("7")).then(|| path.clone()));
        }
    }

    /// Each byte of a footer is changed in turn: all such files are described, or reported by name.
    #[test]
    fn damaged_footers_do_not_take_other_files_along() {
        let folder = tempfile::tempdir().unwrap();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(StringArray::from(vec!["a", "b"]))),
            ("n", Arc::new(Int64Array::from(vec![1, 2]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut sound = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut sound, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let end = sound.len() - 8;
        let length = u32::from_le_bytes(sound.get(end..end + 4).unwrap().try_into().unwrap());
        let mut paths = Vec::new();
        for place in end - length as usize..end {
            for flip in [0x01, 0x10, 0xff] {
                let path = folder.path().join(format!("{place}-{flip}.parquet"));
                let mut bytes = sound.clone();
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= flip;
                }
                std::fs::write(&path, &bytes).unwrap();
                paths.push(path);
            }
        }
        let (files, problems) = describe_all(folder.path(), &paths, Format::Parquet, CsvFormat::default());
        assert_eq!(files.len() + problems.len(), paths.len());
        for problem in &problems {
            assert!(problem.what.contains(".parquet "), "{}", problem.what);
        }
    }
}
