//! How are we doing? Up to six figures, each against the period before and a year ago.

use jiff::Span;
use jiff::civil::Date;

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell};
use super::super::format::UNKNOWN;
use super::super::html::Html;
use super::super::table::{Cells, Gap};
use super::super::view::{Card, Cell, Change, Section, TableView};
use super::super::words::Filling;
use super::super::{HeadlineFigure, ReportError, picture};
use super::open;
use crate::chart;

/// Most cards that a page shows.
const MOST: usize = 6;

/// One row of the table `headline`.
struct Figure {
    key: String,
    position: f64,
    unit: Unit,
    /// None where the period has none: no order has no average.
    now: Option<Decimal>,
    before: Option<Decimal>,
    year_ago: Option<Decimal>,
    noise: Option<f64>,
    up_is_good: Option<bool>,
    step: String,
}

/// What a figure is counted in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Money,
    Count,
    Share,
}

/// A change, once it is known whether it counts as one.
enum Moved {
    /// There is nothing to compare.
    Unknown,
    Steady,
    By {
        size: f64,
        up: bool,
    },
    /// From nothing, or from below: no share of that says anything.
    From {
        up: bool,
    },
}

/// What a figure is compared with.
#[derive(Clone, Copy)]
enum Base {
    Before,
    YearAgo,
}

impl Base {
    const ALL: [Self; 2] = [Self::Before, Self::YearAgo];

    fn of(self, figure: &Figure) -> Option<Decimal> {
        match self {
            Self::Before => figure.before,
            Self::YearAgo => figure.year_ago,
        }
    }

    /// Its name among the words.
    fn key(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::YearAgo => "year_ago",
        }
    }

    /// The name of the words for it among the fillings of the section's answer.
    fn against(self) -> &'static str {
        match self {
            Self::Before => "on_before",
            Self::YearAgo => "on_year_ago",
        }
    }
}

/// Writes the section.
///
/// # Errors
/// A gap in the table `headline`, or no figure in it.
pub fn write(desk: &Desk<'_>) -> Result<Section, Stop> {
    let figures = read(desk)?;
    let Some(first) = figures.iter().find(|figure| figure.key == "revenue").or(figures.first()) else {
        return Err(Stop::Gap(Gap::NoRows { table: "headline".to_owned() }));
    };
    let mut section = open(desk, "headline", answer_key(first), &answer(desk, first)?)?;
    if !desk.facts.has_amounts {
        section.notes.push(desk.say("method.no_amounts", &[])?);
    }
    section.notes.extend(compared(desk, &figures)?);
    let cards: Result<Vec<Card>, ReportError> = figures.iter().map(|figure| card(desk, figure)).collect();
    section.extra.insert("cards", minijinja::Value::from(cards?));
    desk.part(&mut section, |section| monthly(desk, section))?;
    // The bridge explains one change; where there is no change to explain, nothing is missing.
    if let Ok(bridge) = bridge(desk) {
        section.tables.insert("bridge", bridge);
    }
    Ok(section)
}

/// Which days and periods are compared, and what is called steady; nothing where history does not reach back.
fn compared(desk: &Desk<'_>, figures: &[Figure]) -> Result<Vec<Html>, ReportError> {
    let facts = desk.facts;
    if figures.iter().all(|figure| figure.before.is_none()) {
        return Ok(Vec::new());
    }
    let (before, year_before) = earlier_periods(facts.period_start, facts.period_end);
    let fillings = [
        Filling::text("before", &desk.format.period(before.0, before.1)),
        Filling::text("year_before", &desk.format.period(year_before.0, year_before.1)),
        Filling::text("as_of", &desk.format.date(facts.as_of)),
        Filling::text("previous", &desk.format.date(facts.previous_as_of)),
        Filling::text("year_ago", &desk.format.date(facts.year_ago_as_of)),
    ];
    let reaches = figures.iter().any(|figure| figure.year_ago.is_some());
    let key = if reaches { "headline.compared_year" } else { "headline.compared" };
    let mut notes = vec![desk.say(key, &fillings)?];
    // Of weeks and quarters nobody knows what they do by chance, and no change is called steady for that.
    if figures.iter().any(|figure| figure.noise.is_some()) {
        notes.push(desk.say("headline.steady_means", &[])?);
    }
    Ok(notes)
}

/// First and last day of a period.
type Days = (Date, Date);

/// The period before and the one a year ago, as `sql/periods.sql` has them: of whole months where the period is, else
/// of as many days, and 52 weeks back.
fn earlier_periods(start: Date, end: Date) -> (Days, Days) {
    let after = end.tomorrow().unwrap_or(end);
    let whole_months = start.day() == 1 && after.day() == 1;
    let back = |day: Date, span: Span| day.checked_sub(span).unwrap_or(day);
    let last = |day: Date| day.yesterday().unwrap_or(day);
    if whole_months {
        let months = (i32::from(after.year()) - i32::from(start.year())) * 12 + i32::from(after.month())
            - i32::from(start.month());
        let (length, year) = (Span::new().months(months), Span::new().months(12));
        return ((back(start, length), last(start)), (back(start, year), last(back(after, year))));
    }
    let days = Span::new().days(start.until(after).map_or(1, |span| span.get_days()));
    let year = Span::new().days(364);
    ((back(start, days), last(start)), (back(start, year), back(end, year)))
}

/// From revenue of the period before to revenue of this one, by what changed it.
fn bridge(desk: &Desk<'_>) -> Result<TableView, Stop> {
    let table = desk.table("revenue_bridge")?;
    let (component, customers) = (table.texts("component")?, table.numbers("customers")?);
    let (before, now, change) =
        (table.numbers("revenue_before")?, table.numbers("revenue")?, table.numbers("change")?);
    let sum =
        |cells: &Cells<Decimal>| cells.iter().flatten().copied().try_fold(Decimal::whole(0), Decimal::plus);
    let end = |key: &str, cells: &Cells<Decimal>| -> Result<Vec<Cell>, ReportError> {
        Ok(vec![Cell::text(&desk.plain(key, &[])?), Cell::text(""), desk.money_cell(sum(cells))])
    };
    let mut rows = vec![end("headline.bridge.start", &before)?];
    rows.extend((0..table.rows()).map(|row| {
        vec![
            Cell::text(&desk.name("headline.bridge", &component.at(row).unwrap_or_default())),
            desk.count_cell(customers.at(row)),
            cell(change.at(row), |change| desk.format.money_change(change)),
        ]
    }));
    rows.push(end("headline.bridge.end", &now)?);
    let heads = ["component", "#customers", "$revenue"];
    let view = desk.table_view("headline.bridge.caption", "revenue_bridge", &heads, rows)?;
    Ok(TableView { total: true, ..view })
}

/// The figures as text for the console; none where the table has a gap.
///
/// # Errors
/// A text that the words file lacks.
pub fn figures(desk: &Desk<'_>) -> Result<Vec<HeadlineFigure>, ReportError> {
    let mut texts = Vec::new();
    for figure in read(desk).unwrap_or_default() {
        let change = match figure.before.map(|before| (before, moved(&figure, before))) {
            None | Some((_, Moved::Unknown)) => String::new(),
            Some((before, moved)) => {
                let against = desk.plain(against(&moved, Base::Before), &[])?;
                let text = [
                    Filling::text("change", &moved_text(desk, &figure, &moved, before)?),
                    Filling::text("against", &against),
                ];
                desk.plain("headline.change_on", &text)?
            }
        };
        texts.push(HeadlineFigure {
            label: desk.name("figures", &figure.key),
            value: value_text(desk, figure.unit, figure.now),
            change,
        });
    }
    Ok(texts)
}

fn read(desk: &Desk<'_>) -> Result<Vec<Figure>, Gap> {
    let table = desk.table("headline")?;
    let (key, unit, step) = (table.texts("figure")?, table.texts("unit")?, table.texts("step")?);
    let (position, noise) = (table.floats("position")?, table.floats("noise")?);
    let [now, before, year_ago] =
        [table.numbers("now")?, table.numbers("before")?, table.numbers("year_ago")?];
    let up_is_good = table.flags("up_is_good")?;
    let read = |row: usize| {
        Some(Figure {
            key: key.at(row)?,
            position: position.at(row).unwrap_or(f64::MAX),
            unit: match unit.at(row).as_deref() {
                Some("money") => Unit::Money,
                Some("share") => Unit::Share,
                _ => Unit::Count,
            },
            now: now.at(row),
            before: before.at(row),
            year_ago: year_ago.at(row),
            noise: noise.at(row),
            up_is_good: up_is_good.at(row),
            step: step.at(row).unwrap_or_else(|| "headline".to_owned()),
        })
    };
    let mut figures: Vec<Figure> = (0..table.rows()).filter_map(read).collect();
    figures.sort_by(|left, right| left.position.total_cmp(&right.position));
    figures.truncate(MOST);
    Ok(figures)
}

fn value_text(desk: &Desk<'_>, unit: Unit, value: Option<Decimal>) -> String {
    let Some(value) = value else { return UNKNOWN.to_owned() };
    match unit {
        Unit::Money => desk.format.money(value),
        Unit::Count => desk.format.count(value),
        Unit::Share => desk.format.percent(value.to_f64()),
    }
}

/// Shares differ by points, amounts by a ratio of what was above zero. A change within two standard errors is none.
fn moved(figure: &Figure, base: Decimal) -> Moved {
    let Some(now) = figure.now else { return Moved::Unknown };
    let (now, base) = (now.to_f64(), base.to_f64());
    let difference = now - base;
    if difference == 0.0 || figure.noise.is_some_and(|noise| difference.abs() <= 2.0 * noise) {
        return Moved::Steady;
    }
    let up = difference > 0.0;
    match figure.unit {
        Unit::Share => Moved::By { size: difference, up },
        _ if base > 0.0 => Moved::By { size: difference / base, up },
        _ => Moved::From { up },
    }
}

fn moved_text(desk: &Desk<'_>, figure: &Figure, moved: &Moved, base: Decimal) -> Result<String, ReportError> {
    match moved {
        Moved::Unknown => Ok(UNKNOWN.to_owned()),
        Moved::Steady => desk.plain("headline.steady", &[]),
        Moved::By { size, .. } if figure.unit == Unit::Share => Ok(desk.format.points(*size)),
        Moved::By { size, .. } => Ok(desk.format.change(*size)),
        Moved::From { .. } => {
            let base = value_text(desk, figure.unit, Some(base));
            desk.plain("headline.from", &[Filling::text("base", &base)])
        }
    }
}

/// The words that name what it is compared with, after the text of a change.
fn against(moved: &Moved, base: Base) -> &'static str {
    match (base, moved) {
        (Base::Before, Moved::From { .. }) => "headline.in_before",
        (Base::YearAgo, Moved::From { .. }) => "headline.in_year_ago",
        (Base::Before, _) => "headline.before",
        (Base::YearAgo, _) => "headline.year_ago",
    }
}

fn card(desk: &Desk<'_>, figure: &Figure) -> Result<Card, ReportError> {
    let mut changes = Vec::new();
    for of in Base::ALL {
        let Some(base) = of.of(figure) else { continue };
        let moved = moved(figure, base);
        let (arrow, tone) = match moved {
            // A figure that is not there has no change.
            Moved::Unknown => continue,
            Moved::Steady => ("", "neutral"),
            Moved::By { up, .. } | Moved::From { up } => {
                (if up { "▲" } else { "▼" }, tone(figure.up_is_good, up))
            }
        };
        let text = Html::text(&moved_text(desk, figure, &moved, base)?);
        let hint = hint(desk, figure, &moved, base)?;
        changes.push(Change { text, against: desk.say(against(&moved, of), &[])?, tone, arrow, hint });
    }
    let label = desk.name("figures", &figure.key);
    let term = format!("terms.{}.definition", figure.key);
    Ok(Card {
        label: if desk.words.has(&term) { desk.words.term(&label, &figure.key)? } else { Html::text(&label) },
        value: Html::text(&value_text(desk, figure.unit, figure.now)),
        changes,
        sparkline: sparkline(desk, &figure.key, &label)?,
        source: desk.source(&figure.step),
    })
}

/// The figure behind "steady", for the hover text.
fn hint(
    desk: &Desk<'_>,
    figure: &Figure,
    moved: &Moved,
    base: Decimal,
) -> Result<Option<String>, ReportError> {
    let (Moved::Steady, Some(now)) = (moved, figure.now) else { return Ok(None) };
    let (now, base) = (now.to_f64(), base.to_f64());
    if figure.unit != Unit::Share && base <= 0.0 {
        return Ok(None);
    }
    let difference = now - base;
    let change = match figure.unit {
        Unit::Share => desk.format.points(difference),
        _ => desk.format.change(difference / base),
    };
    desk.plain("headline.within_noise", &[Filling::text("change", &change)]).map(Some)
}

fn tone(up_is_good: Option<bool>, up: bool) -> &'static str {
    match up_is_good {
        None => "neutral",
        Some(good) if good == up => "good",
        Some(_) => "bad",
    }
}

fn answer_key(figure: &Figure) -> &'static str {
    // Of a figure that is not there nothing can be said but that.
    let known = |base: Option<Decimal>| base.filter(|_| figure.now.is_some());
    match (known(figure.before), known(figure.year_ago)) {
        (Some(_), Some(_)) => "headline.answer.both",
        (Some(_), None) => "headline.answer.before",
        (None, Some(_)) => "headline.answer.year_ago",
        (None, None) => "headline.answer.alone",
    }
}

fn answer(desk: &Desk<'_>, figure: &Figure) -> Result<Vec<Filling>, ReportError> {
    let mut fillings = vec![
        Filling::text("figure", &desk.name("figures", &figure.key)),
        Filling::text("period", &desk.format.period(desk.facts.period_start, desk.facts.period_end)),
        desk.figure("value", &value_text(desk, figure.unit, figure.now), &figure.step),
    ];
    for of in Base::ALL {
        let Some(base) = of.of(figure) else { continue };
        let moved = moved(figure, base);
        let text = match moved {
            Moved::Unknown => continue,
            Moved::Steady => desk.plain("headline.clause.steady", &[])?,
            Moved::By { size, up } => {
                let size = match figure.unit {
                    Unit::Share => desk.format.points_size(size),
                    _ => desk.format.percent(size.abs()),
                };
                let key = if up { "headline.clause.up" } else { "headline.clause.down" };
                desk.plain(key, &[Filling::text("size", &size)])?
            }
            Moved::From { up } => {
                let base = value_text(desk, figure.unit, Some(base));
                let key = if up { "headline.clause.up_from" } else { "headline.clause.down_from" };
                desk.plain(key, &[Filling::text("base", &base)])?
            }
        };
        fillings.push(desk.figure(of.key(), &text, &figure.step));
        fillings.push(Filling::text(of.against(), &desk.plain(against(&moved, of), &[])?));
    }
    Ok(fillings)
}

/// The last periods of a figure as a line; none where there are fewer than three.
fn sparkline(desk: &Desk<'_>, key: &str, label: &str) -> Result<Option<Html>, ReportError> {
    let Ok(points) = series(desk, key) else { return Ok(None) };
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    if values.len() < 3 {
        return Ok(None);
    }
    let description =
        desk.plain("headline.sparkline", &[Filling::text("periods", &values.len().to_string())])?;
    let frame = chart::Frame { id: &format!("headline-{key}"), title: label, description: &description };
    Ok(chart::sparkline::render(&frame, &chart::sparkline::Data { values: &values }).ok().map(Html::markup))
}

/// The last 13 months of a figure, oldest first, as far back as no month is missing.
///
/// # Errors
/// A gap in the table `headline_series`.
pub fn series(desk: &Desk<'_>, key: &str) -> Result<Vec<(Date, f64)>, Gap> {
    let table = desk.table("headline_series")?;
    let (figure, month, value) = (table.texts("figure")?, table.days("month")?, table.floats("value")?);
    let mut points: Vec<_> = (0..table.rows())
        .filter(|row| figure.at(*row).as_deref() == Some(key))
        .filter_map(|row| Some((month.at(row)?, value.at(row)?)))
        .collect();
    points.sort_by_key(|(month, _)| *month);
    // A line across a gap would show a slope that nobody measured.
    let follows = |pair: &[(Date, f64)]| matches!(pair, [(one, _), (next, _)] if consecutive(*one, *next));
    let unbroken = points.windows(2).rev().take_while(|pair| follows(pair)).count() + 1;
    let from = points.len().saturating_sub(unbroken.min(13));
    Ok(points.into_iter().skip(from).collect())
}

fn consecutive(month: Date, next: Date) -> bool {
    month
        .first_of_month()
        .checked_add(Span::new().months(1))
        .is_ok_and(|after| after == next.first_of_month())
}

fn monthly(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = desk.table("monthly")?;
    let (month, complete) = (table.days("month")?, table.flags("complete")?);
    let (revenue, active) = (table.floats("revenue")?, table.floats("active")?);
    let from = table.rows().saturating_sub(36);
    let months: Vec<_> = (from..table.rows())
        .filter_map(|row| {
            Some(chart::combo::Point {
                label: desk.format.month_short(month.at(row)?),
                bar: revenue.at(row).unwrap_or(f64::NAN),
                line: active.at(row).unwrap_or(f64::NAN),
                complete: complete.at(row).unwrap_or(true),
            })
        })
        .collect();
    let unit = [Filling::text("unit", desk.format.money_unit())];
    let (revenue, active) = (
        desk.plain("headline.picture.monthly.revenue", &unit)?,
        desk.plain("headline.picture.monthly.active", &[])?,
    );
    let incomplete = desk.plain("picture.incomplete", &[])?;
    let data = chart::combo::Data {
        points: &months,
        bar: &|amount| desk.format.axis(amount),
        line: &|count| desk.format.axis(count),
        line_step: 1.0,
    };
    let words = chart::combo::Words { bar: &revenue, line: &active, incomplete: &incomplete };
    picture::hang(desk, section, "monthly", "monthly", |frame| chart::combo::render(frame, &data, &words))
}
