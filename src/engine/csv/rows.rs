//! The rows of CSV files as batches of text columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, NullBufferBuilder, RecordBatch, RecordBatchOptions, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::SchemaRef;

use super::fault::{Fault, Flaw, FlawKind};
use super::header::Header;
use super::records::{Records, Value};
use super::text::Text;
use crate::engine::storage::DataFile;

/// A batch ends when its values take this many bytes, however few rows it has.
const BATCH_BYTES: usize = 4 << 20;

/// The rows of one file, from the first.
pub(super) struct Rows {
    /// The file's name for messages.
    name: String,
    header: Header,
    records: Records,
    /// Blank lines that count as rows if another row follows: in a file with one column.
    blank: u64,
    /// How many of them come before the last row read.
    owed: u64,
    /// Whether a row has been read but not handed on, because blank lines come first.
    waits: bool,
}

impl Rows {
    /// Opens a file.
    pub fn open(file: &DataFile) -> Result<Self, Fault> {
        let name = file.path.display().to_string();
        let opened =
            file.open().map_err(|error| Fault::of_file(&name, format!("cannot be opened: {error}"), ""))?;
        Self::new(name, opened, super::is_packed(&file.path), file.csv)
    }

    /// The rows of an open file.
    pub fn new(
        name: String,
        file: std::fs::File,
        packed: bool,
        format: crate::pipeline::CsvFormat,
    ) -> Result<Self, Fault> {
        let delimiter = format.delimiter.unwrap_or(b',');
        let read = Text::new(file, packed, format.encoding).and_then(|text| Header::read(text, format));
        match read {
            Ok((header, records)) => Ok(Self { name, header, records, blank: 0, owed: 0, waits: false }),
            Err(flaw) => Err(flaw.fault(&name, &[], delimiter)),
        }
    }

    /// What the file's header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Takes the next row; false at the file's end.
    fn next(&mut self) -> Result<Next, Fault> {
        let read = match self.records.read() {
            Ok(true) => self.judge(),
            Ok(false) => Ok(Next::End),
            Err(flaw) => Err(flaw),
        };
        read.map_err(|flaw| flaw.fault(&self.name, &self.header.names, self.header.delimiter))
    }

    fn judge(&self) -> Result<Next, Flaw> {
        if self.records.is_blank() {
            return Ok(Next::Blank);
        }
        let (found, wanted) = (self.records.len(), self.header.names.len());
        let line = self.records.line();
        if found != wanted {
            return Err(Flaw { line, column: None, kind: FlawKind::Width(found, wanted) });
        }
        let mut unnamed = self.header.unnamed_from()..wanted;
        if let Some(place) = unnamed.find(|place| !self.records.value(*place).is_empty()) {
            return Err(Flaw { line, column: Some(place), kind: FlawKind::Unnamed });
        }
        Ok(Next::Row)
    }

    /// Calls `row` for each row with its line and its values, by position in the header, until it returns false.
    pub fn each(&mut self, mut row: impl FnMut(u64, &dyn Fn(usize) -> String) -> bool) -> Result<(), Fault> {
        loop {
            match self.next()? {
                Next::End => return Ok(()),
                Next::Blank => {}
                Next::Row => {
                    let value = |place: usize| self.records.value(place).text();
                    if !row(self.records.line(), &value) {
                        return Ok(());
                    }
                }
            }
        }
    }
}

enum Next {
    Row,
    Blank,
    End,
}

/// Reads the columns of a schema from one file after the other.
pub(super) struct Batches {
    schema: SchemaRef,
    files: std::vec::IntoIter<DataFile>,
    /// The file being read, and the positions of the columns in its rows.
    now: Option<(Rows, Vec<usize>)>,
    columns: Vec<Column>,
    rows: usize,
    /// The most rows of a batch, and the most rows in all.
    batch_rows: usize,
    left: usize,
}

impl Batches {
    /// For files that all have the columns of the schema.
    pub fn new(schema: SchemaRef, files: Vec<DataFile>, batch_rows: usize, limit: Option<usize>) -> Self {
        let columns = schema.fields().iter().map(|_| Column::default()).collect();
        let left = limit.unwrap_or(usize::MAX);
        Self { schema, files: files.into_iter(), now: None, columns, rows: 0, batch_rows, left }
    }

    /// The next batch; none after the last file.
    fn batch(&mut self) -> Result<Option<RecordBatch>, Fault> {
        let mut bytes = 0;
        while self.rows < self.batch_rows.min(self.left) && bytes < BATCH_BYTES {
            let Some((rows, places)) = &mut self.now else {
                match self.files.next() {
                    Some(file) => self.now = Some(self.open(&file)?),
                    None => break,
                }
                continue;
            };
            if rows.owed > 0 {
                rows.owed -= 1;
                self.rows += 1;
                self.columns.iter_mut().for_each(Column::push_null);
                continue;
            }
            let next = if std::mem::take(&mut rows.waits) { Next::Row } else { rows.next()? };
            match next {
                Next::End => self.now = None,
                // A blank line is no row. In a file of one column it is a row without a value, except at the end.
                Next::Blank => rows.blank += u64::from(rows.header.names.len() == 1),
                Next::Row if rows.blank > 0 => {
                    rows.owed = std::mem::take(&mut rows.blank);
                    rows.waits = true;
                }
                Next::Row => {
                    self.rows += 1;
                    for (column, place) in self.columns.iter_mut().zip(places) {
                        bytes += column.push(rows.records.value(*place));
                    }
                }
            }
        }
        if self.rows == 0 || self.left == 0 {
            return Ok(None);
        }
        let rows = std::mem::take(&mut self.rows);
        self.left = self.left.saturating_sub(rows);
        let arrays: Result<Vec<ArrayRef>, _> = self.columns.iter_mut().map(Column::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = arrays
            .and_then(|arrays| RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options));
        batch.map(Some).map_err(|error| {
            let name = self.now.as_ref().map_or("a CSV file", |(rows, _)| rows.name.as_str());
            Fault::of_file(name, format!("cannot be read: {error}"), "")
        })
    }

    fn open(&self, file: &DataFile) -> Result<(Rows, Vec<usize>), Fault> {
        let rows = Rows::open(file)?;
        let names = &rows.header.names;
        let place = |name: &String| names.iter().position(|own| own == name);
        let places: Option<Vec<usize>> =
            self.schema.fields().iter().map(|field| place(field.name())).collect();
        match places {
            Some(places) => Ok((rows, places)),
            None => Err(Fault::of_file(
                &rows.name,
                "has another header than a moment ago",
                "it changed while the run read it: run again when it is complete",
            )),
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batch().transpose();
        if let Some(Err(_)) = &batch {
            // Nothing follows a fault.
            self.left = 0;
            self.rows = 0;
        }
        batch
    }
}

/// The values of one column of a batch.
struct Column {
    values: Vec<u8>,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl Default for Column {
    fn default() -> Self {
        Self { values: Vec::new(), offsets: vec![0], nulls: NullBufferBuilder::new(0) }
    }
}

impl Column {
    /// An empty value, in quotes or not, is no value.
    #[inline]
    fn push(&mut self, value: Value<'_>) -> usize {
        if value.is_empty() {
            self.push_null();
            return 0;
        }
        let before = self.values.len();
        value.append(&mut self.values);
        self.end();
        self.nulls.append_non_null();
        self.values.len() - before
    }

    fn push_null(&mut self) {
        self.end();
        self.nulls.append_null();
    }

    fn end(&mut self) {
        // A batch holds a few MiB, and a row at most 16 MiB; `finish` would refuse a wrong offset.
        self.offsets.push(i32::try_from(self.values.len()).unwrap_or(i32::MAX));
    }

    fn finish(&mut self) -> Result<ArrayRef, arrow::error::ArrowError> {
        // The next batch is probably as large.
        let next = (Vec::with_capacity(self.values.len()), Vec::with_capacity(self.offsets.len()));
        let values = std::mem::replace(&mut self.values, next.0);
        let offsets = std::mem::replace(&mut self.offsets, next.1);
        self.offsets.push(0);
        let offsets = OffsetBuffer::new(offsets.into());
        Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(values), self.nulls.finish())?))
    }
}
