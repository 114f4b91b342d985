//! What all customers together are expected to bring, with intervals: for the section on value.

use super::super::ReportError;
use super::super::context::{RenderContext, Stop, cell};
use super::super::decimal::Decimal;
use super::super::format::UNKNOWN;
use super::super::html::Html;
use super::super::table::{Cells, Gap, Table};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;

const STEP: &str = "clv_forecast";
const MONTHS: &str = "clv_months";

/// The columns of the table `clv_forecast`.
struct Forecast {
    rows: usize,
    figure: Cells<String>,
    days: Cells<Decimal>,
    expected: Cells<f64>,
    /// By the model alone.
    own: [Cells<f64>; 2],
    /// As wrong as in the past.
    tested: [Cells<f64>; 2],
    level: Cells<f64>,
    /// The windows of the past that gave the tested ends, the days of each, and in how many the actual figure was as
    /// near; a project's own table may lack them.
    past: Option<[Cells<Decimal>; 3]>,
}

/// With fewer windows nobody can tell how often intervals hold.
const ENOUGH_WINDOWS: f64 = 20.0;

/// Adds the sentence on revenue over the longest horizon, and the table.
///
/// # Errors
/// A gap in the table `clv_forecast`.
pub fn add(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = context.table(STEP)?;
    let forecast = Forecast {
        rows: table.rows(),
        figure: table.texts("figure")?,
        days: table.numbers("horizon_days")?,
        expected: table.floats("expected")?,
        own: [table.floats("low")?, table.floats("high")?],
        tested: [table.floats("tested_low")?, table.floats("tested_high")?],
        level: table.floats("level")?,
        past: match ["windows", "window_days", "windows_held"].map(|name| table.numbers(name)) {
            [Ok(windows), Ok(days), Ok(held)] => Some([windows, days, held]),
            _ => None,
        },
    };
    section.notes.extend(sentence(context, &forecast)?);
    let view = view(context, &forecast)?;
    section.tables.insert("forecast".to_owned(), view);
    Ok(())
}

impl Forecast {
    fn is(&self, row: usize, figure: &str) -> bool {
        self.figure.at(row).as_deref() == Some(figure)
    }

    /// A figure of money, or a count, as it is written in sentences.
    fn written(&self, context: &RenderContext<'_>, row: usize, value: f64) -> String {
        let money = self.is(row, "revenue") || self.is(row, "value");
        written(value, &|value| {
            if money { context.format.money(value) } else { context.format.count(value.round(0)) }
        })
    }

    /// Both ends as one text; a dash where nobody knows.
    fn ends(
        &self,
        context: &RenderContext<'_>,
        row: usize,
        ends: &[Cells<f64>; 2],
    ) -> Result<String, ReportError> {
        between(context, row, ends, &|value| self.written(context, row, value))
    }
}

/// Both ends as one text; a dash where nobody knows.
pub fn between(
    context: &RenderContext<'_>,
    row: usize,
    [low, high]: &[Cells<f64>; 2],
    write: &dyn Fn(f64) -> String,
) -> Result<String, ReportError> {
    let (Some(low), Some(high)) = (low.at(row), high.at(row)) else { return Ok(UNKNOWN.to_owned()) };
    let ends = [Filling::text("low", &write(low)), Filling::text("high", &write(high))];
    context.plain("value.forecast.ends", &ends)
}

/// A figure of money or a count, as it is written in sentences.
fn written(value: f64, write: &dyn Fn(Decimal) -> String) -> String {
    Decimal::from_f64(value).map_or_else(|| UNKNOWN.to_owned(), write)
}

fn sentence(context: &RenderContext<'_>, forecast: &Forecast) -> Result<Option<Html>, ReportError> {
    let Some(row) = (0..forecast.rows).rfind(|row| forecast.is(*row, "revenue")) else { return Ok(None) };
    let past = forecast.past.as_ref();
    let past = past.and_then(|[windows, days, held]| Some((windows.at(row)?, days.at(row), held.at(row))));
    let tested = forecast.tested[0].at(row).is_some();
    let (key, ends) = match (&past, forecast.own[0].at(row)) {
        (Some((windows, ..)), _) if tested && windows.to_f64() < ENOUGH_WINDOWS => {
            ("tested", &forecast.tested)
        }
        (Some(_), _) if tested => ("tested_often", &forecast.tested),
        (None, _) if tested => ("tested_before", &forecast.tested),
        // The model's own interval is not credible then.
        (Some(_), _) => ("too_wrong", &forecast.tested),
        (None, Some(_)) => ("own", &forecast.own),
        (None, None) => return Ok(None),
    };
    let Some(level) = forecast.level.at(row) else { return Ok(None) };
    let count = |name: &str, count: Option<Decimal>| match count {
        Some(count) => context.figure(name, &context.format.count(count), STEP),
        None => Filling::text(name, UNKNOWN),
    };
    let (windows, days, held) =
        past.map_or((None, None, None), |(windows, days, held)| (Some(windows), days, held));
    let fillings = [
        context.figure("ends", &forecast.ends(context, row, ends)?, STEP),
        Filling::text("level", &context.format.number(100.0 * level, 0)),
        count("windows", windows),
        count("days", days),
        count("held", held),
    ];
    context.say(&format!("value.forecast.{key}"), &fillings).map(Some)
}

fn view(context: &RenderContext<'_>, forecast: &Forecast) -> Result<TableView, ReportError> {
    // A model that the pipeline names was not tested on the past; one with given parameters does not know how sure it
    // is.
    let intervals = [("#tested_interval", &forecast.tested), ("#own_interval", &forecast.own)];
    let intervals: Vec<_> = intervals.into_iter().filter(|(_, ends)| ends.iter().all(Cells::any)).collect();
    let row = |row: usize| -> Result<Vec<Cell>, ReportError> {
        let days =
            forecast.days.at(row).map_or_else(|| UNKNOWN.to_owned(), |days| context.format.count(days));
        let expected = forecast.expected.at(row);
        let mut cells = vec![
            Cell::text(&context.name("value.forecast.figure", &forecast.figure.at(row).unwrap_or_default())),
            Cell::text(&context.plain("value.horizon.days", &[Filling::text("days", &days)])?)
                .with_class("word"),
            Cell::text(
                &expected.map_or_else(|| UNKNOWN.to_owned(), |value| forecast.written(context, row, value)),
            ),
        ];
        for (_, ends) in &intervals {
            cells.push(Cell::text(&forecast.ends(context, row, ends)?));
        }
        Ok(cells)
    };
    let rows: Result<Vec<_>, ReportError> = (0..forecast.rows).map(row).collect();
    let heads = ["figure", "horizon", "#forecast"].into_iter().chain(intervals.iter().map(|(head, _)| *head));
    let mut view = context.table_view("value.forecast.table", STEP, &heads.collect::<Vec<_>>(), rows?)?;
    let mut notes = Vec::new();
    if !intervals.is_empty() {
        let level = forecast.level.at(0).unwrap_or_default();
        let level = [Filling::text("level", &context.format.number(100.0 * level, 0))];
        notes.push(context.say("value.forecast.note", &level)?);
    }
    // The months ahead have a season that these totals do not have: the next 30 days and next month would seem at odds.
    if context.table(MONTHS).and_then(|months| is_seasonal(&months)).unwrap_or(false) {
        notes.push(context.say("value.forecast.no_season", &[])?);
    }
    let notes: Vec<&str> = notes.iter().map(Html::as_str).collect();
    view.note = (!notes.is_empty()).then(|| Html::markup(notes.join(" ")));
    Ok(view)
}

/// Whether the months ahead have a season.
fn is_seasonal(months: &Table<'_>) -> Result<bool, Gap> {
    Ok(months.texts("reason")?.at(0).as_deref() == Some("none"))
}

/// Adds the months ahead, and whether they have a season.
///
/// # Errors
/// A gap in the table `clv_months`.
pub fn add_months(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = match context.table(MONTHS) {
        // A rule predicts, or nothing does.
        Err(Gap::NoRows { .. }) => return Ok(()),
        table => table?,
    };
    let (month, days) = (table.days("month")?, table.numbers("days")?);
    let [expected, factor, foretold] =
        [table.floats("expected")?, table.floats("factor")?, table.floats("foretold")?];
    let reason = table.texts("reason")?.at(0).unwrap_or_default();
    let seasonal = is_seasonal(&table)?;
    let count = |value: Option<f64>| {
        cell(value.and_then(Decimal::from_f64), |value| context.format.count_cell(value.round(0)))
    };
    // A project's own table may lack intervals and revenue.
    let ends = |low: &str, high: &str| {
        let pair = [table.floats(low).ok()?, table.floats(high).ok()?];
        pair.iter().all(Cells::any).then_some(pair)
    };
    let tested = ends("tested_low", "tested_high");
    let interval = tested.as_ref().map_or("#own_interval", |_| "#tested_interval");
    let of_count = tested.or_else(|| ends("low", "high"));
    let revenue = table.floats("revenue").ok().filter(Cells::any);
    let of_revenue = ends("revenue_tested_low", "revenue_tested_high")
        .or_else(|| ends("revenue_low", "revenue_high"))
        .filter(|_| revenue.is_some());
    let between = |row: usize, ends: &[Cells<f64>; 2], write: &dyn Fn(Decimal) -> String| {
        between(context, row, ends, &|value| written(value, write)).map(|text| Cell::text(&text))
    };
    let row = |row: usize| -> Result<Vec<Cell>, ReportError> {
        let mut cells = vec![
            Cell::text(
                &month.at(row).map_or_else(|| UNKNOWN.to_owned(), |month| context.format.month(month)),
            ),
            context.count_cell(days.at(row)),
            count(expected.at(row)),
        ];
        if seasonal {
            cells.push(cell(factor.at(row), |factor| context.format.number(factor, 2)));
            cells.push(count(foretold.at(row)));
        }
        if let Some(ends) = &of_count {
            cells.push(between(row, ends, &|count| context.format.count(count.round(0)))?);
        }
        if let Some(revenue) = &revenue {
            cells.push(context.estimate_cell(revenue.at(row).and_then(Decimal::from_f64)));
        }
        if let Some(ends) = &of_revenue {
            cells.push(between(row, ends, &|money| context.format.money(money))?);
        }
        Ok(cells)
    };
    let rows: Result<Vec<Vec<Cell>>, ReportError> = (0..table.rows()).map(row).collect();
    let mut heads = vec!["month", "#days", "#forecast"];
    if seasonal {
        heads.extend(["#season", "#with_season"]);
    }
    heads.extend(of_count.as_ref().map(|_| interval));
    heads.extend(revenue.as_ref().map(|_| "$revenue_ahead"));
    heads.extend(of_revenue.as_ref().map(|_| "#revenue_interval"));
    let mut view = context.table_view("value.months.table", MONTHS, &heads, rows?)?;
    let key = format!("value.months.season.{reason}");
    if context.words.has(&key) {
        view.note = Some(context.say(&key, &[])?);
    }
    section.tables.insert("months".to_owned(), view);
    Ok(())
}
