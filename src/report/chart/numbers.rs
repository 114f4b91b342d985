//! `numbers`: big figures with their changes since the period before and a year ago.

use jiff::Span;
use jiff::civil::Date;

use super::input::{Drawn, Input};
use super::kind::Chart;
use super::settings::{FIGURES, Setting, Takes};
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
            name: "usual",
            takes: Takes::Columns { kinds: FIGURES, most: 2 },
            required: false,
            meaning: "two columns: the ends between which the change since the period before usually lies, as a ratio less 1, or for shares as a difference",
        },
        Setting {
            name: "usual_year",
            takes: Takes::Columns { kinds: FIGURES, most: 2 },
            required: false,
            meaning: "the same of the change within a year",
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
    let settings = input.settings;
    let names =
        |setting: &str| settings.columns_of(setting).iter().map(|column| column.value.clone()).collect();
    let unit = match input.column("now")? {
        Some(column) if column.is_money() => Unit::Money,
        Some(column) if column.is_share() => Unit::Share,
        _ => Unit::Count,
    };
    let figures = read(input.table, unit, &names)?;
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
struct Figure {
    /// Its key, or its name.
    key: String,
    /// What it is counted in.
    unit: Unit,
    /// Its value; none where the period has none: no order has no average.
    now: Option<Decimal>,
    /// The same one period earlier.
    before: Base,
    /// The same a year earlier.
    year_ago: Base,
    up_is_good: Option<bool>,
    /// The step that made it.
    step: String,
}

/// What a figure is compared with.
#[derive(Debug)]
struct Base {
    /// The value of then.
    value: Option<Decimal>,
    /// The ends between which the change since then usually lies.
    usual: Option<(f64, f64)>,
    /// Its name among the words: `before`, `year_ago`.
    word: &'static str,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Money,
    Count,
    Share,
}

/// A change.
#[derive(Debug)]
enum Moved {
    /// Not so much that it shows in print.
    Not,
    /// By so much.
    By {
        /// A ratio less 1, or of shares a difference.
        size: f64,
        /// As it is printed.
        text: String,
    },
    /// From zero, or from below: a ratio to that has no meaning.
    From {
        /// Whether up.
        up: bool,
    },
}

/// The figures of a table, by the columns that a section names.
fn read(table: Table<'_>, unit: Unit, names: &dyn Fn(&str) -> Vec<String>) -> Result<Vec<Figure>, Gap> {
    fn none<T>() -> Cells<T> {
        Cells::default()
    }
    let name = |setting: &str| names(setting).into_iter().next();
    let texts = |setting: &str| name(setting).map_or_else(|| Ok(none()), |column| table.texts(&column));
    let numbers = |setting: &str| name(setting).map_or_else(|| Ok(none()), |column| table.numbers(&column));
    let ends = |setting: &str| match names(setting).as_slice() {
        [low, high] => Ok((table.floats(low)?, table.floats(high)?)),
        _ => Ok((none(), none())),
    };
    let (key, own_unit, step) = (texts("figure")?, texts("unit")?, texts("step")?);
    let [now, before, year_ago] = [numbers("now")?, numbers("before")?, numbers("year_ago")?];
    let [usual, usual_year] = [ends("usual")?, ends("usual_year")?];
    let up_is_good = name("up_is_good").map_or_else(|| Ok(none()), |column| table.flags(&column))?;
    let base = |value: &Cells<Decimal>, (low, high): &(Cells<f64>, Cells<f64>), row, word| Base {
        value: value.at(row),
        usual: low.at(row).zip(high.at(row)),
        word,
    };
    let figure = |row: usize| {
        Some(Figure {
            key: key.at(row)?,
            unit: match own_unit.at(row).as_deref() {
                Some("money") => Unit::Money,
                Some("share") => Unit::Share,
                Some(_) => Unit::Count,
                None => unit,
            },
            now: now.at(row),
            before: base(&before, &usual, row, "before"),
            year_ago: base(&year_ago, &usual_year, row, "year_ago"),
            up_is_good: up_is_good.at(row),
            step: step.at(row).unwrap_or_else(|| table.name().to_owned()),
        })
    };
    Ok((0..table.rows()).filter_map(figure).take(MOST).collect())
}

/// The figures of the table `headline` as text for the console; none where the table has a gap.
///
/// # Errors
/// A text that the words file lacks.
pub fn figures(context: &RenderContext<'_>) -> Result<Vec<HeadlineFigure>, ReportError> {
    let read = context.table("headline").and_then(|table| {
        read(table, Unit::Count, &|setting| match setting {
            "usual" | "usual_year" => Vec::new(),
            own => vec![own.to_owned()],
        })
    });
    let mut texts = Vec::new();
    for figure in read.unwrap_or_default() {
        let change = match moved(context, &figure, &figure.before) {
            None => String::new(),
            Some(moved) => {
                let (key, filling) = change_text(context, &figure, &figure.before, &moved)?;
                context.plain(&key, &[filling])?
            }
        };
        texts.push(HeadlineFigure {
            figure: figure.key.clone(),
            label: context.name("figures", &figure.key),
            value: value_text(context, figure.unit, figure.now),
            change,
            number: figure.now.map(Decimal::to_f64),
        });
    }
    Ok(texts)
}

/// A value as a sentence has it.
fn value_text(context: &RenderContext<'_>, unit: Unit, value: Option<Decimal>) -> String {
    let Some(value) = value else { return UNKNOWN.to_owned() };
    match unit {
        Unit::Money => context.format.money(value),
        Unit::Count => context.format.count(value),
        Unit::Share => context.format.percent(value.to_f64()),
    }
}

/// Shares differ by points, amounts by a ratio of what was above zero; none without both values.
fn moved(context: &RenderContext<'_>, figure: &Figure, base: &Base) -> Option<Moved> {
    let (now, base) = (figure.now?.to_f64(), base.value?.to_f64());
    let difference = now - base;
    let size = match figure.unit {
        Unit::Share => difference,
        _ if base > 0.0 => difference / base,
        _ if difference == 0.0 => return Some(Moved::Not),
        _ => return Some(Moved::From { up: difference > 0.0 }),
    };
    let text = size_text(context, figure.unit, size);
    // What rounds to nothing has neither sign.
    Some(if text.starts_with('±') { Moved::Not } else { Moved::By { size, text } })
}

/// A change as it is printed, with its sign.
fn size_text(context: &RenderContext<'_>, unit: Unit, size: f64) -> String {
    if unit == Unit::Share { context.format.points(size) } else { context.format.change(size) }
}

/// The words of a change, and what is put into them.
fn change_text(
    context: &RenderContext<'_>,
    figure: &Figure,
    base: &Base,
    moved: &Moved,
) -> Result<(String, Filling), ReportError> {
    Ok(match moved {
        Moved::Not => {
            let none = context.plain("headline.unchanged", &[])?;
            (format!("headline.change.{}", base.word), Filling::text("change", &none))
        }
        Moved::By { text, .. } => (format!("headline.change.{}", base.word), Filling::text("change", text)),
        Moved::From { .. } => {
            let value = value_text(context, figure.unit, base.value);
            (format!("headline.from.{}", base.word), Filling::text("base", &value))
        }
    })
}

/// The card of a figure. `id` begins the ids of its picture; `series` is the table of its line.
fn card(
    context: &RenderContext<'_>,
    figure: &Figure,
    id: &str,
    series: Option<&str>,
) -> Result<Card, ReportError> {
    let mut changes = Vec::new();
    for base in [&figure.before, &figure.year_ago] {
        let Some(moved) = moved(context, figure, base) else { continue };
        changes.push(change(context, figure, base, &moved)?);
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

/// A change on a card. It is good or bad only beyond what is usual, where that is known.
fn change(
    context: &RenderContext<'_>,
    figure: &Figure,
    base: &Base,
    moved: &Moved,
) -> Result<Change, ReportError> {
    let (key, filling) = change_text(context, figure, base, moved)?;
    let emphasised = Filling { html: Html::markup(format!("<b>{}</b>", filling.html.as_str())), ..filling };
    let (up, is_usual) = match moved {
        Moved::Not => (None, false),
        Moved::By { size, .. } => {
            (Some(*size > 0.0), base.usual.is_some_and(|(low, high)| (low..=high).contains(size)))
        }
        Moved::From { up } => (Some(*up), false),
    };
    let tone = match (figure.up_is_good, up) {
        (Some(good), Some(up)) if !is_usual => {
            if good == up {
                "good"
            } else {
                "bad"
            }
        }
        _ => "neutral",
    };
    let usual = match base.usual {
        Some((low, high)) if !matches!(moved, Moved::From { .. }) => {
            // Ends are a hair wider than they are exact: nothing is nothing.
            let end = |end: f64| size_text(context, figure.unit, if end.abs() < 1e-6 { 0.0 } else { end });
            let ends = [Filling::text("low", &end(low)), Filling::text("high", &end(high))];
            let key = match moved {
                Moved::By { .. } if !is_usual => "headline.unusual",
                _ => "headline.usual",
            };
            Some(context.say(key, &ends)?)
        }
        _ => None,
    };
    Ok(Change {
        text: context.say(&key, &[emphasised])?,
        tone,
        arrow: match up {
            None => "",
            Some(true) => "▲",
            Some(false) => "▼",
        },
        usual,
    })
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
/// No such table, or columns of other types.
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
