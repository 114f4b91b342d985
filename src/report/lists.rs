//! What leads to reports: the list of all of them with their headline figures, the feed, and the way from one report to the
//! one before and the one after.

use std::collections::BTreeMap;

use minijinja::context;

use super::context;
use super::facts::IndexEntry;
use super::format::Format;
use super::html::{Html, relative};
use super::templates::{environment, fill};
use super::view::seen_by_templates;
use super::words::{Filling, Method, Words};
use super::{HeadlineFigure, ReportError, Theme};
use crate::chart::{Frame, sparkline};

/// The folders, beside the reports of a pipeline, of the pages that lead to the report before, and to the one after.
pub const BEFORE: &str = "before";
/// See [`BEFORE`].
pub const AFTER: &str = "after";

/// Most reports that the feed has: readers of feeds keep what they have seen.
const MOST_IN_FEED: usize = 50;

/// What leads to all reports.
#[derive(Clone, Debug)]
pub struct Lists {
    /// The page `index.html`.
    pub index: String,
    /// The Atom feed `feed.xml` (RFC 4287).
    pub feed: String,
}

/// One pipeline in the list of all reports.
#[derive(Clone, Debug)]
struct PipelineEntry {
    title: String,
    firm: Option<String>,
    pipeline: String,
    /// The headline figures of the latest report.
    figures: Vec<FigureEntry>,
    reports: Vec<ReportEntry>,
}

/// One headline figure.
#[derive(Clone, Debug)]
struct FigureEntry {
    label: String,
    value: String,
    change: String,
    /// The figure in all reports of the pipeline, as a line.
    trend: Option<Html>,
}

/// One report in the list, or in the feed.
#[derive(Clone, Debug)]
struct ReportEntry {
    title: String,
    firm: Option<String>,
    pipeline: String,
    as_of: String,
    /// The same day, as programs read it.
    day: String,
    href: String,
    figures: Vec<FigureEntry>,
}

seen_by_templates!(PipelineEntry { title, firm, pipeline, figures, reports });
seen_by_templates!(FigureEntry { label, value, change, trend });
seen_by_templates!(ReportEntry { title, firm, pipeline, as_of, day, href, figures });

/// The list of all reports, and the feed.
///
/// # Errors
/// A template or words that do not fit.
pub fn render(entries: &[IndexEntry], tag: &str, theme: &Theme) -> Result<Lists, ReportError> {
    let locale = context::locale(tag)?;
    let format = Format::new(locale, "");
    let words = Words::new(&theme.words, locale.tag(), Method::Nowhere);
    let mut by_pipeline: BTreeMap<&str, Vec<&IndexEntry>> = BTreeMap::new();
    for entry in entries {
        by_pipeline.entry(&entry.pipeline).or_default().push(entry);
    }
    let report = |entry: &IndexEntry| ReportEntry {
        title: entry.summary.title.clone(),
        firm: entry.summary.firm.clone(),
        pipeline: entry.pipeline.clone(),
        as_of: format.date(entry.as_of),
        day: entry.as_of.to_string(),
        href: relative(&entry.href),
        figures: entry.summary.figures.iter().map(|figure| as_entry(figure, None)).collect(),
    };
    let mut pipelines = Vec::with_capacity(by_pipeline.len());
    for (pipeline, mut reports) in by_pipeline {
        latest_first(&mut reports);
        let Some(latest) = reports.first() else { continue };
        let mut figures = Vec::new();
        for figure in &latest.summary.figures {
            figures.push(as_entry(figure, trend(&words, pipeline, figure, &reports)?));
        }
        pipelines.push(PipelineEntry {
            title: latest.summary.title.clone(),
            firm: latest.summary.firm.clone(),
            pipeline: pipeline.to_owned(),
            figures,
            reports: reports.into_iter().map(report).collect(),
        });
    }
    let mut newest: Vec<&IndexEntry> = entries.iter().collect();
    latest_first(&mut newest);
    let newest: Vec<ReportEntry> = newest.into_iter().take(MOST_IN_FEED).map(report).collect();
    let environment = environment(theme, locale.tag(), Method::Nowhere)?;
    let page = context! { lang => locale.tag() };
    Ok(Lists {
        index: fill(&environment, "index.html", context! { page => page.clone(), pipelines => pipelines })?,
        feed: fill(&environment, "feed.xml", context! { page => page, reports => newest })?,
    })
}

/// Pages that lead on to others, one for each address.
///
/// # Errors
/// As [`render`].
pub fn leads_to(hrefs: &[String], tag: &str, theme: &Theme) -> Result<Vec<String>, ReportError> {
    let locale = context::locale(tag)?;
    // A site has many such pages, and all templates are compiled for an environment: once for all of them.
    let environment = environment(theme, locale.tag(), Method::Nowhere)?;
    let page = context! { lang => locale.tag() };
    let lead = |href: &String| {
        fill(&environment, "lead.html", context! { page => page.clone(), href => relative(href) })
    };
    hrefs.iter().map(lead).collect()
}

/// The latest as-of day first.
fn latest_first(reports: &mut [&IndexEntry]) {
    reports.sort_by(|left, right| right.as_of.cmp(&left.as_of).then_with(|| left.href.cmp(&right.href)));
}

fn as_entry(figure: &HeadlineFigure, trend: Option<Html>) -> FigureEntry {
    FigureEntry {
        label: figure.label.clone(),
        value: figure.value.clone(),
        change: figure.change.clone(),
        trend,
    }
}

/// A figure in a pipeline's reports, latest first, as a line from the oldest to the latest; none where fewer than three have
/// it.
fn trend(
    words: &Words<'_>,
    pipeline: &str,
    figure: &HeadlineFigure,
    reports: &[&IndexEntry],
) -> Result<Option<Html>, ReportError> {
    let own = |entry: &&IndexEntry| {
        let same = entry.summary.figures.iter().find(|other| other.figure == figure.figure);
        same.and_then(|other| other.number)
    };
    let mut values: Vec<f64> = reports.iter().take(sparkline::MOST).filter_map(own).collect();
    if values.len() < 3 || figure.number.is_none() {
        return Ok(None);
    }
    values.reverse();
    let description = words.plain("index.trend", &[Filling::text("reports", &values.len().to_string())])?;
    let id = format!("{pipeline}-{}", figure.figure);
    let frame = Frame { id: &id, title: &figure.label, description: &description };
    let data = sparkline::Data { values: &values, ends_in_figure: true };
    Ok(sparkline::render(&frame, &data).ok().map(Html::markup))
}
