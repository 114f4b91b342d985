//! What each file says of itself, and whether it can be read to its end.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;

use crate::engine::csv;
use crate::engine::guard::caught;
use crate::problem::Problem;

use super::footer;
use super::snapshot::modified;
use super::{DataFile, Format, Identity};

/// Describes all files, on a few threads: a year of nightly files is hundreds of small reads.
pub(super) fn describe_all(base: &Path, paths: &[PathBuf], format: Format) -> (Vec<DataFile>, Vec<Problem>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = paths.len().div_ceil(threads).max(1);
    let described: Vec<Result<DataFile, Problem>> = std::thread::scope(|scope| {
        let workers: Vec<_> = paths
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || chunk.iter().map(|path| describe(base, path, format)).collect::<Vec<_>>())
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

fn describe(base: &Path, path: &Path, format: Format) -> Result<DataFile, Problem> {
    let name = path.strip_prefix(base).unwrap_or(path).display().to_string();
    let unreadable = |reason: String| Problem::new(format!("{} {reason}", path.display()));
    let file = File::open(path).map_err(|error| unreadable(format!("cannot be opened: {error}")))?;
    let metadata = file.metadata().map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let bytes = metadata.len();
    let mut rows = None;
    let (schema, delimiter) = match format {
        Format::Parquet => {
            let found =
                parquet_schema(&file, bytes).map_err(|(reason, help)| unreadable(reason).help(help))?;
            rows = Some(found.1);
            (found.0, b',')
        }
        Format::Csv => csv::describe(&file).map_err(|(reason, help)| unreadable(reason).help(help))?,
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
        delimiter,
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
        Ok(Ok(found)) => Ok((Arc::clone(found.schema()), rows)),
        Ok(Err(_)) | Err(_) => Err(("is damaged: its footer does not describe its columns".into(), COPY)),
    }
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
                let file = self.open().map_err(|error| error.to_string())?;
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
