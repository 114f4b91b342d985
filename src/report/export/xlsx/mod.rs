//! Tables as one workbook: an overview, and a sheet for each table.
//!
//! Cells are typed: amounts, counts and days are numbers with a format of their kind, texts are texts whatever they look
//! like. Headings are those of the page, in the report's language; a note at each has the column's name in SQL and what
//! it means. So there is one head, as filters and pivot tables want it.

mod cell;
mod fault;
mod limits;
mod look;
mod names;
mod overview;
mod sheet;
mod shell;

use std::io::{Cursor, Write};

use arrow::array::RecordBatch;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Book, Cut, Export, Exporter, File, Lost};
use crate::report::ReportError;
use crate::report::context::RenderContext;
use crate::report::words::Method;
use fault::failed;
use sheet::Stop;
use shell::{OVERVIEW, Shells, TEXTS, file_of};

/// `xlsx`: one workbook.
#[derive(Debug)]
pub(super) struct Xlsx;

impl Exporter for Xlsx {
    fn meaning(&self) -> &'static str {
        "one workbook with an overview and a sheet for each table: headings in the report's language, typed cells, filters, charts"
    }

    fn file(&self, pipeline: &str, _table: &str) -> String {
        format!("{pipeline}.xlsx")
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn begin<'a>(&self, book: &Book<'a>) -> Result<Box<dyn Export + 'a>, ReportError> {
        let context = RenderContext::new(book.facts, book.tables, book.theme)?;
        // Links to definitions lead nowhere from here.
        context.words.set_method(Method::Nowhere);
        let shells = shell::make(book, &context, &[])?;
        let mut made = Made {
            book: *book,
            context,
            shells,
            zip: ZipWriter::new(Cursor::new(Vec::new())),
            lost: Vec::new(),
        };
        let parts = std::mem::take(&mut made.shells.files);
        let (last, first): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(name, _)| is_last(name));
        for (name, bytes) in first {
            made.put(&name, &bytes)?;
        }
        made.shells.files = last;
        Ok(Box::new(made))
    }
}

/// Of 1 to 9. Rows of a sheet are much alike: they become small at any level, and sooner at a low one.
const COMPRESSION: i64 = 3;

/// The overview and its texts come last: they say what had no room.
fn is_last(name: &str) -> bool {
    name == OVERVIEW || name == TEXTS
}

/// A workbook that is being made.
struct Made<'a> {
    book: Book<'a>,
    context: RenderContext<'a>,
    shells: Shells,
    zip: ZipWriter<Cursor<Vec<u8>>>,
    /// What had no room, by table.
    lost: Vec<Lost>,
}

impl Made<'_> {
    fn start(&mut self, name: &str) -> Result<(), ReportError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(COMPRESSION))
            // Of no clock.
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        self.zip.start_file(name, options).map_err(|error| failed(&error.to_string()))
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
        self.start(name)?;
        self.zip.write_all(bytes).map_err(|error| failed(&error.to_string()))
    }
}

impl Export for Made<'_> {
    fn table(&mut self, rows: &RecordBatch) -> Result<Vec<File>, ReportError> {
        let number = self.lost.len();
        let (Some(outline), true) = (self.book.outlines.get(number), number < self.shells.sheets.len())
        else {
            return Ok(Vec::new());
        };
        self.start(&file_of(number))?;
        let Some(shell) = self.shells.sheets.get(number) else { return Ok(Vec::new()) };
        let of_sheet = (shell, &self.shells.styles);
        let written = sheet::write(&self.context, of_sheet, &outline.table, rows, &mut self.zip);
        self.lost.push(written.map_err(|stop| match stop {
            Stop::Report(error) => error,
            Stop::Io(error) => failed(&error.to_string()),
        })?);
        Ok(Vec::new())
    }

    fn end(mut self: Box<Self>) -> Result<Vec<File>, ReportError> {
        let mut last = std::mem::take(&mut self.shells.files);
        if self.lost.iter().any(|lost| *lost != Lost::default()) {
            let shells = shell::make(&self.book, &self.context, &self.lost)?;
            if shells.styles != self.shells.styles {
                return Err(failed("its formats changed while it was made"));
            }
            last = shells.files.into_iter().filter(|(name, _)| is_last(name)).collect();
        }
        for (name, bytes) in last {
            self.put(&name, &bytes)?;
        }
        let Self { book, zip, lost, .. } = *self;
        let bytes = zip.finish().map_err(|error| failed(&error.to_string()))?.into_inner();
        let of_tables = book.outlines.iter().zip(lost).filter(|(_, lost)| *lost != Lost::default());
        let cuts = of_tables.map(|(outline, lost)| Cut { table: outline.table.clone(), lost }).collect();
        Ok(vec![File { name: Xlsx.file(&book.facts.pipeline, ""), bytes, cuts }])
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::super::Outline;
    use super::*;
    use crate::report::fixture::{facts, tables, theme};

    /// What spreadsheets have no room for is cut, and the overview and the log say so.
    #[test]
    fn columns_that_have_no_room() {
        let names: Vec<String> = (0..limits::MOST_COLUMNS + 2).map(|number| format!("c{number}")).collect();
        let values: ArrayRef = Arc::new(Int64Array::from(vec![7]));
        let rows = RecordBatch::try_from_iter(names.iter().map(|name| (name, Arc::clone(&values))))
            .expect("a batch");
        let outlines = [Outline { table: "wide".to_owned(), columns: names, rows: 1 }];
        let (facts, theme, tables) = (facts("en"), theme("en"), tables());
        let book = Book {
            facts: &facts,
            theme: &theme,
            tables: &tables,
            outlines: &outlines,
            left_out: &[],
            most_rows: 9,
        };
        let mut export = Xlsx.begin(&book).expect("begun");
        assert!(export.table(&rows).expect("written").is_empty());
        let files = export.end().expect("a workbook");
        let [file] = files.as_slice() else { panic!("{} files", files.len()) };
        let lost = Lost { columns: 2, ..Lost::default() };
        assert_eq!(file.cuts, [Cut { table: "wide".to_owned(), lost }]);
        assert_eq!(file.name, "customer_value.xlsx");
        let mut archive = zip::ZipArchive::new(Cursor::new(&file.bytes)).expect("a workbook");
        let mut part = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
            text
        };
        assert!(part(TEXTS).contains("The last 2 columns are left out: a sheet has no more room."));
        let sheet = part(&file_of(0));
        assert!(sheet.contains("<dimension ref=\"A1:XFD2\"/>") && sheet.contains("<c r=\"XFD2\""));
        assert!(!sheet.contains("XFE"));
    }
}
