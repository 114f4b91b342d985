//! How are we doing? Up to six figures, each against the period before and a year ago.
//!
//! It is code: its answer has clauses for each comparison, and each clause depends on unit, direction and noise.

use super::super::ReportError;
use super::super::chart::numbers::{
    Base, Figure, Moved, Unit, against, card, moved, of_headline, steady_text, value_text,
};
use super::super::context::{RenderContext, Stop, cell};
use super::super::decimal::Decimal;
use super::super::html::Html;
use super::super::picture;
use super::super::table::{Cells, Gap};
use super::super::view::{Card, Cell, Section, TableView};
use super::super::words::Filling;
use super::open;
use crate::chart;

/// Writes the section.
///
/// # Errors
/// A gap in the table `headline`, or no figure in it.
pub fn write(context: &RenderContext<'_>) -> Result<Section, Stop> {
    let figures = of_headline(context)?;
    let Some(first) = figures.iter().find(|figure| figure.key == "revenue").or(figures.first()) else {
        return Err(Stop::Gap(Gap::NoRows { table: "headline".to_owned() }));
    };
    let mut section = open(context, "headline", answer_key(first), &answer(context, first)?)?;
    if !context.facts.has_amounts {
        section.notes.push(context.say("method.no_amounts", &[])?);
    }
    section.notes.extend(compared(context, &figures)?);
    section.notes.extend(further(context, figures.len())?);
    let cards: Result<Vec<Card>, ReportError> =
        figures.iter().map(|figure| card(context, figure, "headline", Some("headline_series"))).collect();
    section.extra.insert("cards", minijinja::Value::from(cards?));
    context.part(&mut section, |section| monthly(context, section))?;
    // The bridge explains one change; where there is no change to explain, nothing is missing.
    if let Ok(bridge) = bridge(context, &figures) {
        section.tables.insert("bridge".to_owned(), bridge);
    }
    Ok(section)
}

/// Which days and periods are compared, and what is called usual; nothing where history does not reach back.
fn compared(context: &RenderContext<'_>, figures: &[Figure]) -> Result<Vec<Html>, ReportError> {
    let facts = context.facts;
    if figures.iter().all(|figure| figure.before.is_none()) {
        return Ok(Vec::new());
    }
    let fillings = [
        Filling::text("before", &context.format.period(facts.before.0, facts.before.1)),
        Filling::text("year_before", &context.format.period(facts.year_before.0, facts.year_before.1)),
        Filling::text("as_of", &context.format.date(facts.as_of)),
        Filling::text("previous", &context.format.date(facts.previous_as_of)),
        Filling::text("year_ago", &context.format.date(facts.year_ago_as_of)),
    ];
    let reaches = figures.iter().any(|figure| figure.year_ago.is_some());
    let key = if reaches { "headline.compared_year" } else { "headline.compared" };
    let mut notes = vec![context.say(key, &fillings)?];
    // For weeks and quarters, changes by chance are not known, so no change is called usual.
    if figures.iter().any(|figure| figure.noise.is_some()) {
        notes.push(context.say("headline.steady_means", &[])?);
    }
    Ok(notes)
}

/// Which figures of the table have no room on the page.
fn further(context: &RenderContext<'_>, shown: usize) -> Result<Option<Html>, Stop> {
    let table = context.table("headline")?;
    let keys = table.texts("figure")?;
    let names: Vec<String> =
        (shown..table.rows()).filter_map(|row| Some(context.name("figures", &keys.at(row)?))).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let between = context.plain("headline.further_between", &[])?;
    let names = context.figure("names", &names.join(&between), "headline");
    Ok(Some(context.say("headline.further", &[names])?))
}

/// From revenue of the period before to revenue of this one, by what changed it.
fn bridge(context: &RenderContext<'_>, figures: &[Figure]) -> Result<TableView, Stop> {
    let table = context.table("revenue_bridge")?;
    let (component, customers) = (table.texts("component")?, table.numbers("customers")?);
    let (before, now, change) =
        (table.numbers("revenue_before")?, table.numbers("revenue")?, table.numbers("change")?);
    let sum =
        |cells: &Cells<Decimal>| cells.iter().flatten().copied().try_fold(Decimal::whole(0), Decimal::plus);
    let end = |key: &str, cells: &Cells<Decimal>| -> Result<Vec<Cell>, ReportError> {
        Ok(vec![Cell::text(&context.plain(key, &[])?), Cell::text(""), context.money_cell(sum(cells))])
    };
    let mut rows = vec![end("headline.bridge.start", &before)?];
    rows.extend((0..table.rows()).map(|row| {
        vec![
            Cell::text(&context.name("headline.bridge", &component.at(row).unwrap_or_default())),
            context.count_cell(customers.at(row)),
            cell(change.at(row), |change| context.format.money_change(change)),
        ]
    }));
    rows.push(end("headline.bridge.end", &now)?);
    let heads = ["component", "#customers", "$revenue"];
    let view = context.table_view("headline.bridge.caption", "revenue_bridge", &heads, rows)?;
    // A customer with nothing but returns is in the table, but is not active: the two counts differ, and the page says
    // why.
    let here = (0..table.rows())
        .filter(|row| component.at(*row).as_deref() != Some("churn"))
        .filter_map(|row| customers.at(row))
        .try_fold(Decimal::whole(0), Decimal::plus);
    let active = figures.iter().find(|figure| figure.key == "active_customers").and_then(|figure| figure.now);
    let note = match (here, active) {
        (Some(here), Some(active)) if here.to_f64() > active.to_f64() => {
            let returned = Decimal::from_f64(here.to_f64() - active.to_f64()).unwrap_or(here);
            let counts = [
                context.figure("count", &context.format.count(returned), "revenue_bridge"),
                context.figure("here", &context.format.count(here), "revenue_bridge"),
                context.figure("active", &context.format.count(active), "headline"),
            ];
            Some(context.say("headline.bridge.returned", &counts)?)
        }
        _ => None,
    };
    Ok(TableView { total: true, note, ..view })
}

fn answer_key(figure: &Figure) -> &'static str {
    // Of a missing figure, nothing else can be said.
    let known = |base: Option<Decimal>| base.filter(|_| figure.now.is_some());
    match (known(figure.before), known(figure.year_ago)) {
        (Some(_), Some(_)) => "headline.answer.both",
        (Some(_), None) => "headline.answer.before",
        (None, Some(_)) => "headline.answer.year_ago",
        (None, None) => "headline.answer.alone",
    }
}

fn answer(context: &RenderContext<'_>, figure: &Figure) -> Result<Vec<Filling>, ReportError> {
    let mut fillings = vec![
        Filling::text("figure", &context.name("figures", &figure.key)),
        Filling::text("period", &context.format.period(context.facts.period_start, context.facts.period_end)),
        context.figure("value", &value_text(context, figure.unit, figure.now), &figure.step),
    ];
    for of in Base::ALL {
        let Some(base) = of.of(figure) else { continue };
        let moved = moved(figure, base);
        let text = match moved {
            Moved::Unknown => continue,
            Moved::Steady => steady_text(context, figure, base)?,
            Moved::By { size, up } => {
                let size = match figure.unit {
                    Unit::Share => context.format.points_size(size),
                    _ => context.format.percent(size.abs()),
                };
                let key = if up { "headline.clause.up" } else { "headline.clause.down" };
                context.plain(key, &[Filling::text("size", &size)])?
            }
            Moved::From { up } => {
                let base = value_text(context, figure.unit, Some(base));
                let key = if up { "headline.clause.up_from" } else { "headline.clause.down_from" };
                context.plain(key, &[Filling::text("base", &base)])?
            }
        };
        fillings.push(context.figure(of.key(), &text, &figure.step));
        fillings.push(Filling::text(of.against(), &context.plain(against(&moved, of), &[])?));
    }
    Ok(fillings)
}

fn monthly(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = context.table("monthly")?;
    let (month, complete) = (table.days("month")?, table.flags("complete")?);
    let (revenue, active) = (table.floats("revenue")?, table.floats("active")?);
    let from = table.rows().saturating_sub(36);
    let months: Vec<_> = (from..table.rows())
        .filter_map(|row| {
            Some(chart::combo::Point {
                label: context.format.month_short(month.at(row)?),
                bar: revenue.at(row).unwrap_or(f64::NAN),
                line: active.at(row).unwrap_or(f64::NAN),
                complete: complete.at(row).unwrap_or(true),
            })
        })
        .collect();
    let unit = [Filling::text("unit", context.format.money_unit())];
    let (revenue, active) = (
        context.plain("headline.picture.monthly.revenue", &unit)?,
        context.plain("headline.picture.monthly.active", &[])?,
    );
    let incomplete = context.plain("picture.incomplete", &[])?;
    let data = chart::combo::Data {
        points: &months,
        bar: &|amount| context.format.axis(amount),
        line: &|count| context.format.axis(count),
        line_step: 1.0,
    };
    let words = chart::combo::Words { bar: &revenue, line: &active, incomplete: &incomplete };
    picture::hang(context, section, "monthly", "monthly", |frame| chart::combo::render(frame, &data, &words))
}
