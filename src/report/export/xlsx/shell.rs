//! The workbook without the rows of tables: what `rust_xlsxwriter` makes of it, taken apart again.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, IgnoreError, Note, Workbook, XlsxError};
use zip::ZipArchive;
use zip::result::ZipError;

use super::super::{Book, Lost};
use super::fault::{failed, refused};
use super::limits::{MOST_COLUMNS, MOST_ROWS, shown};
use super::look::Look;
use super::overview;
use crate::report::ReportError;
use crate::report::cells::Shown;
use crate::report::context::RenderContext;

/// The file of the first sheet.
pub(super) const OVERVIEW: &str = "xl/worksheets/sheet1.xml";
/// The texts of the first sheet.
pub(super) const TEXTS: &str = "xl/sharedStrings.xml";

/// The file of the sheet of a table, by the table's place.
pub(super) fn file_of(table: usize) -> String {
    format!("xl/worksheets/sheet{}.xml", table + 2)
}

/// The files of a workbook whose tables have no rows.
pub(super) struct Shells {
    /// All files but those of tables, with their names, in order.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// The sheets of tables.
    pub(super) sheets: Vec<Shell>,
    pub(super) styles: Styles,
}

/// The sheet of a table around its rows.
pub(super) struct Shell {
    start: String,
    pub(super) tail: String,
}

/// The numbers of the looks in the workbook's own list of formats.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Styles(BTreeMap<Look, u32>);

impl Styles {
    /// The number of a look.
    pub(super) fn of(&self, look: Look) -> u32 {
        self.0.get(&look).copied().unwrap_or(0)
    }
}

impl Shell {
    /// The sheet up to its columns, with the range that has cells.
    pub(super) fn head(&self, range: &str) -> String {
        let Some((before, rest)) = self.start.split_once("<dimension ref=\"") else {
            return self.start.clone();
        };
        let Some((_, after)) = rest.split_once('"') else { return self.start.clone() };
        format!("{before}<dimension ref=\"{range}\"{after}")
    }
}

/// Makes the workbook with an overview and an empty sheet for each table. `lost` is what had no room, by table.
///
/// # Errors
/// A text that the words file lacks.
pub(super) fn make(
    book: &Book<'_>,
    context: &RenderContext<'_>,
    lost: &[Lost],
) -> Result<Shells, ReportError> {
    let bytes = made(book, context, lost)?;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unzipped(&error))?;
    let (mut files, mut sheets, mut styles) = (Vec::new(), Vec::new(), Styles::default());
    let of_tables: BTreeMap<String, usize> =
        (0..book.outlines.len()).map(|table| (file_of(table), table)).collect();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| unzipped(&error))?;
        let name = file.name().map_err(|error| unzipped(&error))?.into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| unzipped(&ZipError::Io(error)))?;
        let Some(table) = of_tables.get(&name) else {
            files.push((name, bytes));
            continue;
        };
        let text = String::from_utf8(bytes).map_err(|_| unknown())?;
        let (start, rest) = text.split_once("<sheetData").ok_or_else(unknown)?;
        let (cells, tail) = match rest.strip_prefix("/>") {
            Some(tail) => ("", tail),
            None => rest.split_once("</sheetData>").ok_or_else(unknown)?,
        };
        if *table == 0 {
            styles = styles_in(cells)?;
        }
        sheets.push((*table, Shell { start: start.to_owned(), tail: tail.to_owned() }));
    }
    // The files come in the order of their numbers; nothing says that they must.
    sheets.sort_by_key(|(table, _)| *table);
    let sheets: Vec<Shell> = sheets.into_iter().map(|(_, sheet)| sheet).collect();
    if sheets.len() != book.outlines.len() {
        return Err(unknown());
    }
    Ok(Shells { files, sheets, styles })
}

fn made(book: &Book<'_>, context: &RenderContext<'_>, lost: &[Lost]) -> Result<Vec<u8>, ReportError> {
    let mut workbook = Workbook::new();
    // It is taken apart at once.
    workbook.set_zip_compression_level(1);
    workbook.set_properties(&properties(book, context)?);
    let names = overview::names(book, context)?;
    workbook.add_worksheet().set_name(&names.overview).map_err(refused)?;
    for (number, name) in names.tables.iter().enumerate() {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).map_err(refused)?;
        if let Some(outline) = book.outlines.get(number) {
            lay_out(sheet, outline, context).map_err(refused)?;
        }
        // The first sheet of a table tells which number each look has.
        if number == 0 {
            for (column, look) in (0..).zip(Look::ALL) {
                let format = look.format(context.format.minor_digits());
                sheet.write_blank(0, column, &format).map_err(refused)?;
            }
        }
    }
    let sheet = workbook.worksheet_from_index(0).map_err(refused)?;
    overview::write(sheet, book, context, &names, lost)?;
    workbook.save_to_buffer().map_err(refused)
}

/// What a sheet has beside its rows: a head that stays, a filter, and what columns are.
fn lay_out(
    sheet: &mut rust_xlsxwriter::Worksheet,
    outline: &super::super::Outline,
    context: &RenderContext<'_>,
) -> Result<(), XlsxError> {
    let columns = outline.columns.len().min(MOST_COLUMNS);
    let Some(last) = columns.checked_sub(1).and_then(|last| u16::try_from(last).ok()) else { return Ok(()) };
    let rows = u32::try_from(outline.rows.min(MOST_ROWS as u64 - 1)).unwrap_or(0);
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, rows, last)?;
    sheet.ignore_error_range(0, 0, rows, last, IgnoreError::NumberStoredAsText)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    let declared = context.theme.declared.get(&outline.table);
    for (at, name) in (0..).zip(outline.columns.iter().take(columns)) {
        let column = declared.and_then(|table| table.column(name));
        let meaning = Shown::of(name, column).meaning_text(context).unwrap_or_default();
        let text = if meaning.is_empty() { name.clone() } else { format!("{name}\n{meaning}") };
        let lines = 2 + text.chars().count() / 28;
        let height = u32::try_from(lines.min(20) * 18).unwrap_or(100);
        let text = shown(&text);
        let text: String = text.chars().take(2_000).collect();
        sheet.insert_note(
            0,
            at,
            &Note::new(text).add_author_prefix(false).set_width(240).set_height(height),
        )?;
    }
    Ok(())
}

fn properties(book: &Book<'_>, context: &RenderContext<'_>) -> Result<DocProperties, ReportError> {
    let facts = book.facts;
    let day = facts.as_of;
    // The day of the report, not of the clock: the same input gives the same bytes. Spreadsheets know no year before 1900.
    let year = u16::try_from(day.year()).unwrap_or_default();
    let day = ExcelDateTime::from_ymd(year, day.month().unsigned_abs(), day.day().unsigned_abs())
        .or_else(|_| ExcelDateTime::from_ymd(1900, 1, 1));
    let firm = facts.firm.as_deref().map(shown).unwrap_or_default();
    Ok(DocProperties::new()
        .set_title(shown(&crate::report::page::title(context)?))
        .set_author(format!("regulars {}", facts.version))
        .set_company(firm)
        .set_creation_datetime(&day.map_err(refused)?))
}

/// The numbers of the looks, by the cells of the row that has one of each: `<c r="A1" s="3"/>`.
fn styles_in(cells: &str) -> Result<Styles, ReportError> {
    let number = |cell: &str| -> Option<u32> {
        let cell = cell.split_once('>')?.0;
        match cell.split_once("s=\"") {
            Some((_, number)) => number.split('"').next()?.parse().ok(),
            None => Some(0),
        }
    };
    let numbers: Vec<u32> = cells.split("<c ").skip(1).map_while(number).collect();
    if numbers.len() < Look::ALL.len() {
        return Err(unknown());
    }
    Ok(Styles(Look::ALL.into_iter().zip(numbers).collect()))
}

fn unzipped(error: &ZipError) -> ReportError {
    failed(&error.to_string())
}

fn unknown() -> ReportError {
    failed("the parts of the workbook are not as they are expected")
}
