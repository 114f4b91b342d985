//! The first sheet: what the report is of, the headline with its months, and what the other sheets hold.

use jiff::civil::Date;
use rust_xlsxwriter::{
    Chart, ChartAxisDateUnitType, ChartFont, ChartFormat, ChartLine, ChartMarker, ChartMarkerType,
    ChartSolidFill, Color, Format, FormatAlign, Worksheet, XlsxError,
};

use super::super::{Book, Lost};
use super::cell::serial;
use super::fault::refused;
use super::limits::shown;
use super::look::{BLUE, Look, SOFT, head, signed};
use super::names::{allowed, of_tables};
use crate::report::ReportError;
use crate::report::chart::series;
use crate::report::context::RenderContext;
use crate::report::format::UNKNOWN;
use crate::report::page::title;
use crate::report::table::{Cells, Gap};
use crate::report::words::Filling;

/// The names of all sheets.
pub(super) struct Names {
    pub(super) overview: String,
    pub(super) tables: Vec<String>,
}

/// The names of the sheets of a book.
///
/// # Errors
/// A text that the words file lacks.
pub(super) fn names(book: &Book<'_>, context: &RenderContext<'_>) -> Result<Names, ReportError> {
    let overview = allowed(&context.plain("workbook.overview", &[])?);
    let tables = of_tables(&overview, book.outlines.iter().map(|outline| outline.table.as_str()));
    Ok(Names { overview, tables })
}

/// Charts beside the figures: as many as the page has cards.
const MOST_CHARTS: usize = 6;
/// The months of the headline.
const SERIES: &str = "headline_series";
/// The column in which charts begin.
const BESIDE: u16 = 8;

/// Writes the sheet. `lost` is what had no room, by table.
///
/// # Errors
/// A text that the words file lacks.
pub(super) fn write(
    sheet: &mut Worksheet,
    book: &Book<'_>,
    context: &RenderContext<'_>,
    names: &Names,
    lost: &[Lost],
) -> Result<(), ReportError> {
    let mut page = Page { sheet, context, minor: context.format.minor_digits(), row: 0 };
    page.frame().map_err(refused)?;
    page.opening()?;
    let figures = headline(context).unwrap_or_default();
    page.figures(&figures)?;
    page.months(&figures, &names.overview)?;
    page.sheets(book, names, lost)
}

/// A figure of the headline.
struct Figure {
    key: String,
    unit: Option<String>,
    now: Option<f64>,
    before: Option<f64>,
    before_change: Option<f64>,
    year_ago: Option<f64>,
    year_change: Option<f64>,
}

/// The table `headline`, as it stands.
fn headline(context: &RenderContext<'_>) -> Result<Vec<Figure>, Gap> {
    let table = context.table("headline")?;
    let (key, unit) = (table.texts("figure")?, table.texts("unit")?);
    // A project's own query may have fewer columns.
    let floats = |column: &str| table.floats(column).unwrap_or_default();
    let now = table.floats("now")?;
    let (before, before_change) = (floats("before"), floats("before_change"));
    let (year_ago, year_change) = (floats("year_ago"), floats("year_change"));
    let at = |cells: &Cells<f64>, row| cells.at(row);
    let figure = |row| {
        Some(Figure {
            key: key.at(row)?,
            unit: unit.at(row),
            now: at(&now, row),
            before: at(&before, row),
            before_change: at(&before_change, row),
            year_ago: at(&year_ago, row),
            year_change: at(&year_change, row),
        })
    };
    Ok((0..table.rows()).filter_map(figure).collect())
}

impl Figure {
    fn is_share(&self) -> bool {
        self.unit.as_deref() == Some("share")
    }

    fn look(&self) -> Look {
        match self.unit.as_deref() {
            Some("money") => Look::Money,
            Some("share") => Look::Share,
            _ => Look::Count,
        }
    }
}

/// The sheet while it is written, from the top down.
struct Page<'a, 'b> {
    sheet: &'a mut Worksheet,
    context: &'a RenderContext<'b>,
    minor: u32,
    row: u32,
}

impl Page<'_, '_> {
    fn frame(&mut self) -> Result<(), XlsxError> {
        self.sheet.set_screen_gridlines(false);
        self.sheet.set_landscape();
        self.sheet.set_print_fit_to_pages(1, 0);
        for (column, width) in [(0, 34), (1, 17), (2, 17), (3, 14), (4, 17), (5, 14), (6, 14), (7, 3)] {
            self.sheet.set_column_width(column, width)?;
        }
        Ok(())
    }

    fn text(&mut self, column: u16, text: &str, format: &Format) -> Result<(), ReportError> {
        self.sheet.write_string_with_format(self.row, column, shown(text), format).map_err(refused)?;
        Ok(())
    }

    fn number(&mut self, column: u16, value: Option<f64>, format: &Format) -> Result<(), ReportError> {
        match value {
            Some(value) => {
                self.sheet.write_number_with_format(self.row, column, value, format).map_err(refused)?;
                Ok(())
            }
            None => self.text(column, UNKNOWN, &Format::new().set_align(FormatAlign::Right)),
        }
    }

    fn day(&mut self, column: u16, day: Date, look: Look) -> Result<(), ReportError> {
        let format = look.format(self.minor);
        self.number(column, serial(day).map(f64::from), &format)
    }

    /// The height of the row, in points: no program settles it before the sheet is opened.
    fn height(&mut self, height: u32) -> Result<(), ReportError> {
        self.sheet.set_row_height(self.row, height).map_err(refused)?;
        Ok(())
    }

    /// Headings, the first to the left and the others to the right.
    fn heads(&mut self, heads: &[String]) -> Result<(), ReportError> {
        for (column, text) in (0..).zip(heads) {
            let look = if column == 0 { Look::Head } else { Look::HeadOfFigures };
            self.text(column, text, &look.format(self.minor))?;
        }
        self.height(32)?;
        self.row += 1;
        Ok(())
    }

    /// What the report is of.
    fn opening(&mut self) -> Result<(), ReportError> {
        let (context, facts) = (self.context, self.context.facts);
        let bold = Format::new().set_bold();
        if let Some(firm) = &facts.firm {
            self.text(0, firm, &bold.clone().set_font_color(BLUE).set_font_size(12))?;
            self.height(18)?;
            self.row += 1;
        }
        self.text(0, &title(context)?, &bold.set_font_size(18))?;
        self.height(27)?;
        self.row += 2;
        let soft = Format::new().set_font_color(SOFT);
        let plain = Format::new().set_align(FormatAlign::Left);
        let mut settings = vec![("period", context.format.period(facts.period_start, facts.period_end))];
        if facts.has_amounts {
            settings.push(("currency", facts.currency.clone()));
        }
        settings.push(("pipeline", facts.pipeline.clone()));
        self.text(0, &context.plain("method.setting.as_of", &[])?, &soft)?;
        self.day(1, facts.as_of, Look::Date)?;
        self.row += 1;
        for (setting, value) in settings {
            self.text(0, &context.plain(&format!("method.setting.{setting}"), &[])?, &soft)?;
            self.text(1, &value, &plain)?;
            self.row += 1;
        }
        self.row += 1;
        Ok(())
    }

    /// The figures of the headline with their changes.
    fn figures(&mut self, figures: &[Figure]) -> Result<(), ReportError> {
        if figures.is_empty() {
            return Ok(());
        }
        let words = ["figure", "now", "before", "before_change", "year_ago", "year_change"];
        let heads: Result<Vec<String>, ReportError> =
            words.iter().map(|word| self.context.plain(&format!("workbook.{word}"), &[])).collect();
        self.heads(&heads?)?;
        let points = self.context.plain("workbook.by_points", &[])?.replace('"', "");
        let points = Format::new().set_num_format(signed(&format!("0.0\"{points}\"")));
        let growth = Look::Change.format(self.minor);
        for figure in figures {
            let value = figure.look().format(self.minor);
            self.text(0, &self.context.name("figures", &figure.key), &Format::new())?;
            self.number(1, figure.now, &value)?;
            self.number(2, figure.before, &value)?;
            self.number(4, figure.year_ago, &value)?;
            for (column, change) in [(3, figure.before_change), (5, figure.year_change)] {
                if figure.is_share() {
                    self.number(column, change.map(|change| change * 100.0), &points)?;
                } else {
                    self.number(column, change, &growth)?;
                }
            }
            self.row += 1;
        }
        self.row += 1;
        Ok(())
    }

    /// The months of figures, and a chart of each.
    fn months(&mut self, figures: &[Figure], own: &str) -> Result<(), ReportError> {
        let lines = figures.iter().filter_map(|figure| {
            let points = series(self.context, SERIES, &figure.key).ok()?;
            (points.len() >= 3).then_some((figure, points))
        });
        let lines: Vec<(&Figure, Vec<(Date, f64)>)> = lines.take(MOST_CHARTS).collect();
        let mut months: Vec<Date> =
            lines.iter().flat_map(|(_, points)| points.iter().map(|(month, _)| *month)).collect();
        months.sort_unstable();
        months.dedup();
        if months.is_empty() {
            return Ok(());
        }
        let name = |figure: &Figure| self.context.name("figures", &figure.key);
        let mut heads = vec![self.context.plain("workbook.month", &[])?];
        heads.extend(lines.iter().map(|(figure, _)| name(figure)));
        self.heads(&heads)?;
        let first = self.row;
        for month in &months {
            self.day(0, *month, Look::Month)?;
            for (column, (figure, points)) in (1..).zip(&lines) {
                if let Some((_, value)) = points.iter().find(|(known, _)| known == month) {
                    self.number(column, Some(*value), &figure.look().format(self.minor))?;
                }
            }
            self.row += 1;
        }
        let last = self.row - 1;
        for (number, (column, (figure, points))) in (0..).zip((1..).zip(&lines)) {
            // A line begins with its first month.
            let begin = first + u32::try_from(months.len() - points.len()).unwrap_or(0);
            let label = name(figure);
            let chart = chart(own, (begin, last), column, (figure, &label), self.minor);
            let (row, beside) = (2 + (number / 2) * 11, BESIDE + u16::try_from(number % 2).unwrap_or(0) * 6);
            self.sheet.insert_chart(row, beside, &chart).map_err(refused)?;
        }
        self.row += 1;
        Ok(())
    }

    /// What the other sheets hold, and what is on none.
    fn sheets(&mut self, book: &Book<'_>, names: &Names, lost: &[Lost]) -> Result<(), ReportError> {
        let heads =
            ["sheet", "rows", "holds"].map(|word| self.context.plain(&format!("workbook.{word}"), &[]));
        for (column, text) in (0..).zip(heads) {
            let look = if column == 1 { Look::HeadOfFigures } else { Look::Head };
            let format = look.format(self.minor);
            self.text(column, &text?, &if column == 2 { format.set_indent(1) } else { format })?;
        }
        for column in 3..6 {
            self.text(column, "", &head(Format::new()))?;
        }
        self.row += 1;
        let count = Look::Count.format(self.minor);
        let beside = Format::new().set_indent(1);
        for (number, (outline, name)) in book.outlines.iter().zip(&names.tables).enumerate() {
            let link = format!("internal:'{}'!A1", name.replace('\'', "''"));
            let link = rust_xlsxwriter::Url::new(link).set_text(shown(&outline.table));
            self.sheet.write_url(self.row, 0, link).map_err(refused)?;
            self.number(1, Some(outline.rows as f64), &count)?;
            let grain = self.grain(&outline.table);
            let notes = lost.get(number).map_or_else(|| Ok(Vec::new()), |lost| self.notes(*lost))?;
            let separator = if grain.is_empty() || notes.is_empty() { "" } else { " · " };
            self.text(2, &format!("{grain}{separator}{}", notes.join(" ")), &beside)?;
            self.row += 1;
        }
        let soft = Format::new().set_font_color(SOFT);
        for left_out in book.left_out {
            self.text(0, &left_out.table, &soft)?;
            self.number(1, Some(left_out.rows as f64), &count)?;
            let rows = self.context.format.count_cell(book.most_rows.into());
            let note = self.context.plain("workbook.left_out", &[Filling::text("rows", &rows)])?;
            self.text(2, &note, &soft.clone().set_indent(1))?;
            self.row += 1;
        }
        Ok(())
    }

    /// What one row of a table is; nothing where nobody said.
    fn grain(&self, table: &str) -> String {
        let Some(declared) = self.context.theme.declared.get(table) else {
            // The run's own tables are declared nowhere.
            return self.context.plain(&format!("workbook.of.{table}"), &[]).unwrap_or_default();
        };
        let mut text = declared.grain.of(self.context.format.locale().tag()).replace('`', "");
        // `$vip_size` is a number to the reader. Longer names first: one may begin with another.
        let mut parameters: Vec<_> = self.context.facts.parameters.iter().collect();
        parameters.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, value) in parameters {
            text = text.replace(&format!("${name}"), value);
        }
        text
    }

    /// What had no room on a sheet.
    fn notes(&self, lost: Lost) -> Result<Vec<String>, ReportError> {
        let counted =
            [("cut_rows", lost.rows), ("cut_columns", lost.columns as u64), ("cut_texts", lost.texts as u64)];
        let some = counted.into_iter().filter(|(_, count)| *count > 0);
        some.map(|(word, count)| {
            let count = self.context.format.count_cell(count.into());
            self.context.plain(&format!("workbook.{word}"), &[Filling::text("n", &count)])
        })
        .collect()
    }
}

/// The line of a figure by month. Its values are in a column of this sheet.
fn chart(
    sheet: &str,
    (first, last): (u32, u32),
    column: u16,
    (figure, label): (&Figure, &str),
    minor: u32,
) -> Chart {
    let grey = ChartFont::new().set_color(SOFT).set_size(9).clone();
    let mut chart = Chart::new_line();
    let mut line = ChartLine::new();
    line.set_color(BLUE).set_width(2.25);
    let mut marker = ChartMarker::new();
    let fill = ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(BLUE)).clone();
    marker.set_type(ChartMarkerType::Circle).set_size(4).set_format(&mut fill.clone());
    chart
        .add_series()
        .set_name(label)
        .set_categories((sheet, first, 0, last, 0))
        .set_values((sheet, first, column, last, column))
        .set_format(&mut line)
        .set_marker(&marker);
    chart.title().set_name(label).set_font(ChartFont::new().set_size(11).set_bold().set_color(Color::Black));
    chart.legend().set_hidden();
    chart
        .x_axis()
        .set_date_axis(true)
        .set_num_format("yyyy-mm")
        .set_major_unit(3)
        .set_major_unit_date_type(ChartAxisDateUnitType::Months)
        .set_font(&grey);
    let numbers = match figure.look() {
        // Cents have no room on an axis.
        Look::Money => Look::Estimate.numbers(minor),
        look => look.numbers(minor),
    };
    let mut rule = ChartLine::new();
    rule.set_color(Color::RGB(0x00DC_DFE3)).set_width(0.75);
    chart.y_axis().set_num_format(numbers).set_font(&grey).set_major_gridlines_line(&rule);
    chart.set_width(380).set_height(210).set_alt_text(label);
    chart
}
