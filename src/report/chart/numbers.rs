//! `numbers`: big figures with their changes since the period before and a year ago.

use jiff::Span;
use jiff::civil::Date;

use super::settings::{FIGURES, Setting, Takes};
use super::{Chart, Drawn, Input};
use crate::chart;
use crate::report::context::{RenderContext, Stop};
use crate::report::decimal::Decimal;
use crate::report::format::UNKNOWN;
use crate::report::html::Html;
use crate::report::table::{Cells, Gap, Table};
use crate::report::view::{Card, Change};
use crate::report::words::Filling;
use crate::report::{HeadlineFigure, ReportError};
use crate::tables::ColumnKind;

/// Most cards that a page shows.
const MOST: usize = 6;

pub(super) static NUMBERS: Chart = Chart {
    name: "numbers",
    purpose: "Up to six big figures, a row each, with their change and the last months as a line",
    settings: &[
        Setting {
            name: "figure",
            takes: Takes::Column(&[ColumnKind::Text, ColumnKind::Word]),
            required: true,
            meaning: "what is measured: its name, or a key of `figures` in the words file",
        },
        Setting { name: "now", takes: Takes::Column(FIGURES), required: true, meaning: "the figure" },
        Setting {
            name: "unit",
            takes: Takes::Column(&[ColumnKind::Text, ColumnKind::Word]),
            required: false,
            meaning: "what each row is counted in: `money`, `count` or `share`; by default what `now` is",
        },
        Setting {
            name: "before",
            takes: Takes::Column(FIGURES),
            required: false,
            meaning: "the same, one period earlier",
        },
        Setting {
            name: "year_ago",
            takes: Takes::Column(FIGURES),
            required: false,
            meaning: "the same, a year earlier",
        },
        Setting {
            name: "noise",
            takes: Takes::Column(FIGURES),
            required: false,
            meaning: "the standard error of a change: one within two of them is called steady",
        },
        Setting {
            name: "up_is_good",
            takes: Takes::Column(&[ColumnKind::Flag]),
            required: false,
            meaning: "whether more is good; NULL where it is neither",
        },
        Setting {
            name: "step",
            takes: Takes::Column(&[ColumnKind::Text, ColumnKind::Word]),
            required: false,
            meaning: "the step that a figure comes from, where that is another",
        },
        Setting {
            name: "series",
            takes: Takes::Table,
            required: false,
            meaning: "a table with the columns `figure`, `month` and `value`: the line on each card",
        },
    ],
    draw,
};

fn draw(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let settings = &input.part.settings;
    let name = |setting: &str| settings.columns_of(setting).first().map(|column| column.value.clone());
    let unit = match input.column("now")? {
        Some(column) if column.is_money() => Unit::Money,
        Some(column) if column.is_share() => Unit::Share,
        _ => Unit::Count,
    };
    let figures = read(input.table, unit, &name)?;
    if figures.is_empty() {
        return Err(Stop::Gap(Gap::NoRows { table: input.table.name().to_owned() }));
    }
    let series = settings.table_of("series").map(|table| table.value.as_str());
    let cards: Result<Vec<Card>, ReportError> =
        figures.iter().map(|figure| card(input.context, figure, input.frame.id, series)).collect();
    Ok(Drawn::Cards(cards?))
}

/// A figure, and what it was before.
#[derive(Debug)]
pub struct Figure {
    /// Its key, or its name.
    pub key: String,
    /// What it is counted in.
    pub unit: Unit,
    /// Its value; none where the period has none: no order has no average.
    pub now: Option<Decimal>,
    /// The same one period earlier.
    pub before: Option<Decimal>,
    /// The same a year earlier.
    pub year_ago: Option<Decimal>,
    /// The standard error of a change.
    pub noise: Option<f64>,
    up_is_good: Option<bool>,
    /// The step that made it.
    pub step: String,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Money.
    Money,
    /// How many.
    Count,
    /// A share.
    Share,
}

/// A change, once it is known whether it counts as one.
#[derive(Debug)]
pub enum Moved {
    /// There is nothing to compare.
    Unknown,
    /// Within noise.
    Steady,
    /// By so much: a ratio, or of shares a difference.
    By {
        /// How much.
        size: f64,
        /// Whether up.
        up: bool,
    },
    /// From zero, or from below: a ratio to that has no meaning.
    From {
        /// Whether up.
        up: bool,
    },
}

/// What a figure is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Base {
    /// The period before.
    Before,
    /// A year ago.
    YearAgo,
}

impl Base {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Before, Self::YearAgo];

    /// The value of then.
    pub fn of(self, figure: &Figure) -> Option<Decimal> {
        match self {
            Self::Before => figure.before,
            Self::YearAgo => figure.year_ago,
        }
    }

    /// Its name among the words.
    pub fn key(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::YearAgo => "year_ago",
        }
    }

    /// The placeholder for its words in the section's answer.
    pub fn against(self) -> &'static str {
        match self {
            Self::Before => "on_before",
            Self::YearAgo => "on_year_ago",
        }
    }
}

/// The figures of a table, by the columns that a section names.
///
/// # Errors
/// A column that the table does not have, or of another kind.
pub fn read(
    table: Table<'_>,
    usual: Unit,
    name: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Figure>, Gap> {
    fn none<T>() -> Cells<T> {
        Cells::default()
    }
    let texts = |setting: &str| name(setting).map_or_else(|| Ok(none()), |column| table.texts(&column));
    let numbers = |setting: &str| name(setting).map_or_else(|| Ok(none()), |column| table.numbers(&column));
    let (key, unit, step) = (texts("figure")?, texts("unit")?, texts("step")?);
    let noise = name("noise").map_or_else(|| Ok(none()), |column| table.floats(&column))?;
    let [now, before, year_ago] = [numbers("now")?, numbers("before")?, numbers("year_ago")?];
    let up_is_good = name("up_is_good").map_or_else(|| Ok(none()), |column| table.flags(&column))?;
    let read = |row: usize| {
        Some(Figure {
            key: key.at(row)?,
            unit: match unit.at(row).as_deref() {
                Some("money") => Unit::Money,
                Some("share") => Unit::Share,
                Some(_) => Unit::Count,
                None => usual,
            },
            now: now.at(row),
            before: before.at(row),
            year_ago: year_ago.at(row),
            noise: noise.at(row),
            up_is_good: up_is_good.at(row),
            step: step.at(row).unwrap_or_else(|| table.name().to_owned()),
        })
    };
    Ok((0..table.rows()).filter_map(read).take(MOST).collect())
}

/// The figures of the table `headline`.
///
/// # Errors
/// A gap in it.
pub fn of_headline(context: &RenderContext<'_>) -> Result<Vec<Figure>, Gap> {
    let mut figures = read(context.table("headline")?, Unit::Count, &|setting| Some(setting.to_owned()))?;
    // The year before a year is the period before: it stands there once.
    if context.facts.before == context.facts.year_before {
        for figure in &mut figures {
            figure.year_ago = None;
        }
    }
    Ok(figures)
}

/// The figures as text for the console; none where the table has a gap.
///
/// # Errors
/// A text that the words file lacks.
pub fn figures(context: &RenderContext<'_>) -> Result<Vec<HeadlineFigure>, ReportError> {
    let mut texts = Vec::new();
    for figure in of_headline(context).unwrap_or_default() {
        let change = match figure.before.map(|before| (before, moved(&figure, before))) {
            None | Some((_, Moved::Unknown)) => String::new(),
            Some((before, moved)) => {
                let against = context.plain(against(&moved, Base::Before), &[])?;
                let text = [
                    Filling::text("change", &moved_text(context, &figure, &moved, before)?),
                    Filling::text("against", &against),
                ];
                context.plain("headline.change_on", &text)?
            }
        };
        texts.push(HeadlineFigure {
            label: context.name("figures", &figure.key),
            value: value_text(context, figure.unit, figure.now),
            change,
        });
    }
    Ok(texts)
}

/// A value as a sentence has it.
pub fn value_text(context: &RenderContext<'_>, unit: Unit, value: Option<Decimal>) -> String {
    let Some(value) = value else { return UNKNOWN.to_owned() };
    match unit {
        Unit::Money => context.format.money(value),
        Unit::Count => context.format.count(value),
        Unit::Share => context.format.percent(value.to_f64()),
    }
}

/// Shares differ by points, amounts by a ratio of what was above zero. A change within two standard errors is none.
pub fn moved(figure: &Figure, base: Decimal) -> Moved {
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

fn moved_text(
    context: &RenderContext<'_>,
    figure: &Figure,
    moved: &Moved,
    base: Decimal,
) -> Result<String, ReportError> {
    match moved {
        Moved::Unknown => Ok(UNKNOWN.to_owned()),
        Moved::Steady => steady_text(context, figure, base),
        Moved::By { size, .. } if figure.unit == Unit::Share => Ok(context.format.points(*size)),
        Moved::By { size, .. } => Ok(context.format.change(*size)),
        Moved::From { .. } => {
            let base = value_text(context, figure.unit, Some(base));
            context.plain("headline.from", &[Filling::text("base", &base)])
        }
    }
}

/// The words for what it is compared with, after the text of a change.
pub fn against(moved: &Moved, base: Base) -> &'static str {
    match (base, moved) {
        (Base::Before, Moved::From { .. }) => "headline.in_before",
        (Base::YearAgo, Moved::From { .. }) => "headline.in_year_ago",
        (Base::Before, _) => "headline.before",
        (Base::YearAgo, _) => "headline.year_ago",
    }
}

/// The card of a figure. `id` begins the ids of its picture; `series` is the table of its line.
///
/// # Errors
/// A text that the words file lacks.
pub fn card(
    context: &RenderContext<'_>,
    figure: &Figure,
    id: &str,
    series: Option<&str>,
) -> Result<Card, ReportError> {
    let mut changes = Vec::new();
    for of in Base::ALL {
        let Some(base) = of.of(figure) else { continue };
        let moved = moved(figure, base);
        let (arrow, tone) = match moved {
            // A missing figure has no change.
            Moved::Unknown => continue,
            Moved::Steady => ("", "neutral"),
            Moved::By { up, .. } | Moved::From { up } => {
                (if up { "▲" } else { "▼" }, tone(figure.up_is_good, up))
            }
        };
        let text = Html::text(&moved_text(context, figure, &moved, base)?);
        let hint = hint(context, figure, &moved, base)?;
        changes.push(Change { text, against: context.say(against(&moved, of), &[])?, tone, arrow, hint });
    }
    let label = context.name("figures", &figure.key);
    let term = format!("terms.{}.definition", figure.key);
    Ok(Card {
        label: if context.words.has(&term) {
            context.words.term(&label, &figure.key)?
        } else {
            Html::text(&label)
        },
        value: Html::text(&value_text(context, figure.unit, figure.now)),
        changes,
        sparkline: match series {
            Some(series) => sparkline(context, series, &figure.key, (id, &label))?,
            None => None,
        },
        beside: if is_month(context) { None } else { Some(context.say("headline.by_month", &[])?) },
        source: context.source(&figure.step),
    })
}

/// The change that months make by themselves. A reader finds it in the tables too, and may judge differently.
///
/// # Errors
/// A missing text.
pub fn steady_text(
    context: &RenderContext<'_>,
    figure: &Figure,
    base: Decimal,
) -> Result<String, ReportError> {
    match steady_change(context, figure, base) {
        Some(change) => context.plain("headline.steady_by", &[Filling::text("change", &change)]),
        None => context.plain("headline.steady", &[]),
    }
}

/// The change within noise; none if nothing changed, or from zero or below: a ratio to that has no meaning.
fn steady_change(context: &RenderContext<'_>, figure: &Figure, base: Decimal) -> Option<String> {
    let (now, base) = (figure.now?.to_f64(), base.to_f64());
    let difference = now - base;
    match figure.unit {
        _ if difference == 0.0 => None,
        Unit::Share => Some(context.format.points(difference)),
        _ if base > 0.0 => Some(context.format.change(difference / base)),
        _ => None,
    }
}

/// What is meant by that, for the hover text.
fn hint(
    context: &RenderContext<'_>,
    figure: &Figure,
    moved: &Moved,
    base: Decimal,
) -> Result<Option<String>, ReportError> {
    let Moved::Steady = moved else { return Ok(None) };
    let Some(change) = steady_change(context, figure, base) else { return Ok(None) };
    context.plain("headline.within_noise", &[Filling::text("change", &change)]).map(Some)
}

fn tone(up_is_good: Option<bool>, up: bool) -> &'static str {
    match up_is_good {
        None => "neutral",
        Some(good) if good == up => "good",
        Some(_) => "bad",
    }
}

/// Whether the period is a month, as the points of a line are.
fn is_month(context: &RenderContext<'_>) -> bool {
    let (start, end) = (context.facts.period_start, context.facts.period_end);
    start.day() == 1 && end == start.last_of_month()
}

/// The last periods of a figure as a line; none where there are fewer than three.
fn sparkline(
    context: &RenderContext<'_>,
    table: &str,
    key: &str,
    (id, label): (&str, &str),
) -> Result<Option<Html>, ReportError> {
    let Ok(points) = series(context, table, key) else { return Ok(None) };
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    if values.len() < 3 {
        return Ok(None);
    }
    let description =
        context.plain("headline.sparkline", &[Filling::text("periods", &values.len().to_string())])?;
    let frame = chart::Frame { id: &format!("{id}-{key}"), title: label, description: &description };
    let data = chart::sparkline::Data { values: &values, ends_in_figure: is_month(context) };
    Ok(chart::sparkline::render(&frame, &data).ok().map(Html::markup))
}

/// The last 13 months of a figure, oldest first, as far back as no month is missing.
///
/// # Errors
/// A gap in the table.
pub fn series(context: &RenderContext<'_>, table: &str, key: &str) -> Result<Vec<(Date, f64)>, Gap> {
    let table = context.table(table)?;
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
