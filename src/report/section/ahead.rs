//! Months past and months ahead in one picture, and how to compare the two: for the section on value.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::context::{RenderContext, Stop};
use super::super::decimal::Decimal;
use super::super::html::Html;
use super::super::picture;
use super::super::table::Gap;
use super::super::view::Section;
use super::super::words::Filling;
use super::value::beside;
use crate::chart;

const PAST: &str = "order_days";
const AHEAD: &str = "clv_months";
const FORECAST: &str = "clv_forecast";
/// A last month with less than this share of its days would look like a fall.
const WHOLE: f64 = 0.9;
/// How far the sum of the months may be from the total that is written over them. The season moves a part of a year,
/// but the interval is that of the forecast without a season.
const ALIKE: f64 = 0.05;
/// Spans that a year's figures can be compared with.
pub const YEAR: std::ops::RangeInclusive<i64> = 350..=380;
/// For these, the months past are there if history reaches back.
const MONTHS_PAST: usize = 12;

/// The table `order_days`.
struct Past {
    months: Vec<(Date, f64, f64)>,
    /// Of its whole months: by those who were customers before them, and by all others.
    sums: (f64, f64),
    whole_months: usize,
    won_before: Option<Date>,
}

/// What all days with an order over the longest horizon come to.
struct Whole {
    days: i64,
    expected: f64,
    /// As wrong as in the past, or, without a contest, by the model alone.
    ends: Option<(f64, f64)>,
}

/// Adds the picture, and the sentence that says what to compare.
///
/// # Errors
/// A gap in one of the tables.
pub fn add(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let ahead = match ahead(context) {
        // A rule predicts, or nothing does.
        Err(Gap::NoRows { .. }) => return Ok(()),
        other => other?,
    };
    let past = past(context)?;
    let sum: f64 = ahead.iter().map(|month| month.orders).sum();
    let whole = whole(context).filter(|whole| (sum - whole.expected).abs() <= ALIKE * whole.expected);
    let drawn: Vec<&Foretold> = ahead.iter().filter(|month| !month.is_rest).collect();
    if let Some(whole) = &whole {
        let sentence = comparison(context, &past, whole)?;
        beside(section, "ahead", vec![sentence]);
    }
    hang(context, section, &past, &drawn, whole.as_ref())
}

/// A month ahead.
struct Foretold {
    month: Date,
    orders: f64,
    /// The last one, if too little of it is within the horizon to be drawn.
    is_rest: bool,
}

fn ahead(context: &RenderContext<'_>) -> Result<Vec<Foretold>, Gap> {
    let table = context.table(AHEAD)?;
    let (month, days) = (table.days("month")?, table.floats("days")?);
    let (expected, foretold) = (table.floats("expected")?, table.floats("foretold")?);
    let mut months = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let Some(month) = month.at(row) else { continue };
        let share = days.at(row).unwrap_or(0.0) / f64::from(month.days_in_month());
        let is_rest = row > 0 && row + 1 == table.rows() && share < WHOLE;
        let orders = foretold.at(row).or_else(|| expected.at(row)).unwrap_or(f64::NAN);
        months.push(Foretold { month, orders, is_rest });
    }
    Ok(months)
}

fn past(context: &RenderContext<'_>) -> Result<Past, Gap> {
    let table = context.table(PAST)?;
    let (month, complete) = (table.days("month")?, table.flags("complete")?);
    let (earlier, newcomers) = (table.floats("of_earlier")?, table.floats("of_newcomers")?);
    let won_before = table.days("won_before")?.at(0);
    let mut past = Past { months: Vec::new(), sums: (0.0, 0.0), whole_months: 0, won_before };
    for row in 0..table.rows() {
        let Some(month) = month.at(row) else { continue };
        let (earlier, newcomers) = (earlier.at(row).unwrap_or(0.0), newcomers.at(row).unwrap_or(0.0));
        past.months.push((month, earlier, newcomers));
        if complete.at(row) == Some(true) {
            past.sums = (past.sums.0 + earlier, past.sums.1 + newcomers);
            past.whole_months += 1;
        }
    }
    Ok(past)
}

/// The forecast of days with an order over the longest horizon, where there is one.
fn whole(context: &RenderContext<'_>) -> Option<Whole> {
    let table = context.table(FORECAST).ok()?;
    let (figure, days) = (table.texts("figure").ok()?, table.floats("horizon_days").ok()?);
    let ends = |low: &str, high: &str, row: usize| {
        Some((table.floats(low).ok()?.at(row)?, table.floats(high).ok()?.at(row)?))
    };
    let row = (0..table.rows()).rfind(|row| figure.at(*row).as_deref() == Some("purchases"))?;
    // If forecasts of the past were too far off for an interval, the model's own one is not credible.
    let is_tried = table.floats("windows").is_ok_and(|windows| windows.at(row).is_some());
    let own = || ends("low", "high", row).filter(|_| !is_tried);
    Some(Whole {
        days: days.at(row)? as i64,
        expected: table.floats("expected").ok()?.at(row).filter(|expected| *expected > 0.0)?,
        ends: ends("tested_low", "tested_high", row).or_else(own),
    })
}

fn count(context: &RenderContext<'_>, value: f64) -> String {
    Decimal::from_f64(value).map_or_else(String::new, |value| context.format.count(value.round(0)))
}

/// What the customers of a year ago brought since, beside what today's customers are expected to bring. Without such
/// customers, or with different spans, it says that the two cannot be compared.
fn comparison(context: &RenderContext<'_>, past: &Past, whole: &Whole) -> Result<Html, Stop> {
    let like = past.sums.0 > 0.0 && past.whole_months == MONTHS_PAST && YEAR.contains(&whole.days);
    let since = past.won_before.filter(|_| like);
    let key = if since.is_some() { "value.ahead.comparison" } else { "value.ahead.alone" };
    let fillings = [
        context.figure("expected", &count(context, whole.expected), FORECAST),
        Filling::text("days", &whole.days.to_string()),
        context.figure("earlier", &count(context, past.sums.0), PAST),
        context.figure("newcomers", &count(context, past.sums.1), PAST),
        Filling::text("since", &since.map_or_else(String::new, |since| context.format.month(since))),
    ];
    Ok(context.say(key, &fillings)?)
}

fn hang(
    context: &RenderContext<'_>,
    section: &mut Section,
    past: &Past,
    ahead: &[&Foretold],
    whole: Option<&Whole>,
) -> Result<(), Stop> {
    // Where nobody was a customer before, there are no two kinds to tell apart.
    let apart = past.months.iter().any(|(_, earlier, _)| *earlier > 0.0);
    // What came by those who were customers before, by all others, and what is still to come.
    let mut months: BTreeMap<Date, [f64; 3]> = BTreeMap::new();
    for &(month, earlier, newcomers) in &past.months {
        let came = if apart { [earlier, newcomers] } else { [earlier + newcomers, f64::NAN] };
        months.insert(month, [came[0], came[1], f64::NAN]);
    }
    for foretold in ahead {
        months.entry(foretold.month).or_insert([f64::NAN; 3])[2] = foretold.orders;
    }
    let labels: Vec<String> = months.keys().map(|month| context.format.month_short(*month)).collect();
    let first = months.values().position(|[_, _, ahead]| *ahead > 0.0);
    let since = past.won_before.map_or_else(String::new, |since| context.format.month(since));
    let since = [Filling::text("since", &since)];
    let say =
        |name: &str, fillings: &[Filling]| context.plain(&format!("value.picture.ahead.{name}"), fillings);
    let total = match whole {
        Some(Whole { days, expected, ends }) => {
            let mut fillings = vec![
                Filling::text("days", &days.to_string()),
                Filling::text("expected", &count(context, *expected)),
            ];
            if let Some((low, high)) = ends {
                fillings.push(Filling::text("low", &count(context, *low)));
                fillings.push(Filling::text("high", &count(context, *high)));
            }
            say(if ends.is_some() { "total" } else { "total_alone" }, &fillings)?
        }
        None => String::new(),
    };
    let (value, newcomers, expected) = (say("value", &[])?, say("newcomers", &[])?, say("expected", &[])?);
    let earlier = if apart { say("earlier", &since)? } else { say("all", &[])? };
    let part = |name: String, tone, values: Vec<f64>| chart::Series { name, values, tone };
    let series = [
        part(earlier, chart::Tone::Main, months.values().map(|parts| parts[0]).collect()),
        part(newcomers, chart::Tone::Beside, months.values().map(|parts| parts[1]).collect()),
        part(expected, chart::Tone::Ahead, months.values().map(|parts| parts[2]).collect()),
    ];
    let data = chart::stacked_bars::Data {
        labels: &labels,
        notes: &[],
        series: &series,
        whole: chart::stacked_bars::Whole::Sum,
        span: first.map(|first| chart::stacked_bars::Span { first, end: labels.len(), text: &total }),
        lay: chart::Lay::Columns,
        number: &|number| context.format.axis(number),
    };
    let words = chart::stacked_bars::Words { value: &value };
    picture::hang(context, section, "ahead", AHEAD, |frame| chart::stacked_bars::render(frame, &data, &words))
}
