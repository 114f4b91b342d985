//! Sections into templates, templates into pages.

use super::context::RenderContext;
use super::lists::{AFTER, BEFORE};
use super::section::Written;
use super::templates::{environment, fill};
use super::view::{self, seen_by_templates};
use super::words::{METHOD_PAGE, Method};
use super::{Page, ReportError, Summary};
use minijinja::context;

/// What the frame of a page prints.
#[derive(Clone, Debug)]
struct Frame {
    lang: &'static str,
    firm: Option<String>,
    title: String,
    /// Firm, title and date in one line.
    head: String,
    pipeline: String,
    as_of: String,
    period: String,
    currency: String,
    version: String,
    /// The address of the report's own page.
    report: &'static str,
    /// The address of the page on data and method, where there is one.
    method: Option<&'static str>,
    /// Where the reports around this one are found; none for a draft.
    around: Option<Around>,
    /// The files that have all tables.
    downloads: Vec<view::Download>,
}

/// The addresses of a report's neighbours. They are known before the neighbours are: a page there leads on to them.
#[derive(Clone, Debug)]
struct Around {
    before: String,
    after: String,
    /// The list of all reports; none if it does not have this one.
    all: Option<&'static str>,
}

seen_by_templates!(Around { before, after, all });

seen_by_templates!(Frame {
    lang,
    firm,
    title,
    head,
    pipeline,
    as_of,
    period,
    currency,
    version,
    report,
    method,
    around,
    downloads
});

/// The file of the report's own page.
const REPORT_PAGE: &str = "index.html";

/// The pages of one report.
///
/// # Errors
/// A template that does not parse, or that asks for something that is not there.
pub fn render(context: &RenderContext<'_>, written: Written) -> Result<Page, ReportError> {
    let facts = context.facts;
    let (title, as_of) = (title(context)?, context.format.date(facts.as_of));
    let head = [facts.firm.as_deref(), Some(&title), Some(&as_of)];
    let frame = Frame {
        lang: context.format.locale().tag(),
        firm: facts.firm.clone(),
        head: head.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        title,
        pipeline: facts.pipeline.clone(),
        as_of,
        period: context.format.period(facts.period_start, facts.period_end),
        currency: facts.currency.clone(),
        version: facts.version.clone(),
        report: REPORT_PAGE,
        method: written.method.as_ref().map(|_| METHOD_PAGE),
        around: facts.on_site.then(|| Around {
            before: format!("../{BEFORE}/{}.html", facts.as_of),
            after: format!("../{AFTER}/{}.html", facts.as_of),
            all: facts.listed.then_some("../../index.html"),
        }),
        downloads: facts.downloads.iter().map(view::Download::of).collect(),
    };
    let summary = Summary {
        title: frame.title.clone(),
        firm: frame.firm.clone(),
        locale: frame.lang.to_owned(),
        listed: facts.listed,
        figures: written.headline,
    };
    let beside = if written.method.is_some() { Method::Beside } else { Method::Nowhere };
    let environment_of = |method| environment(context.theme, frame.lang, method);
    let sections = written.sections;
    let html = fill(
        &environment_of(beside)?,
        "report.html",
        context! { page => frame.clone(), sections => sections },
    )?;
    let method = match written.method {
        Some(section) => {
            let page = context! { page => frame.clone(), section => section };
            Some(fill(&environment_of(Method::Here)?, "method.html", page)?)
        }
        None => None,
    };
    Ok(Page { html, method, summary, skipped: written.skipped })
}

/// The report's heading.
///
/// # Errors
/// A text that the words file lacks.
pub fn title(context: &RenderContext<'_>) -> Result<String, ReportError> {
    let title = context.facts.title.clone().map_or_else(|| context.plain("page.title", &[]), Ok)?;
    Ok(match &context.facts.variant {
        Some(variant) => format!("{title} · {variant}"),
        None => title,
    })
}
