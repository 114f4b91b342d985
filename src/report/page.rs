//! Sections into templates, templates into a page.

use std::collections::BTreeMap;

use super::context::{self, RenderContext};
use super::facts::IndexEntry;
use super::format::Format;
use super::html::{Html, escape, relative};
use super::section::Written;
use super::view::seen_by_templates;
use super::words::{Filling, Words};
use super::{Page, ReportError, Theme};
use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context};

/// What the page's frame prints.
#[derive(Clone, Debug)]
struct Frame {
    lang: &'static str,
    title: String,
    pipeline: String,
    as_of: String,
    period: String,
    currency: String,
    version: String,
}

seen_by_templates!(Frame { lang, title, pipeline, as_of, period, currency, version });

/// The page of one report.
///
/// # Errors
/// A template that does not parse, or that asks for something that is not there.
pub fn render(context: &RenderContext<'_>, written: Written) -> Result<Page, ReportError> {
    let facts = context.facts;
    let frame = Frame {
        lang: context.format.locale().tag(),
        title: title(context)?,
        pipeline: facts.pipeline.clone(),
        as_of: context.format.date(facts.as_of),
        period: context.format.period(facts.period_start, facts.period_end),
        currency: facts.currency.clone(),
        version: facts.version.clone(),
    };
    let environment = environment(context.theme, frame.lang)?;
    let sections = written.sections;
    let html = fill(&environment, "report.html", context! { page => frame, sections => sections })?;
    Ok(Page { html, headline: written.headline, skipped: written.skipped })
}

fn title(context: &RenderContext<'_>) -> Result<String, ReportError> {
    let title = context.facts.title.clone().map_or_else(|| context.plain("page.title", &[]), Ok)?;
    Ok(match &context.facts.variant {
        Some(variant) => format!("{title} · {variant}"),
        None => title,
    })
}

/// One pipeline in the list of all reports.
#[derive(Clone, Debug)]
struct PipelineEntry {
    title: String,
    pipeline: String,
    reports: Vec<ReportEntry>,
}

/// One report in the list.
#[derive(Clone, Debug)]
struct ReportEntry {
    as_of: String,
    href: String,
}

seen_by_templates!(PipelineEntry { title, pipeline, reports });
seen_by_templates!(ReportEntry { as_of, href });

/// The list of all reports.
///
/// # Errors
/// As [`render`].
pub fn index(entries: &[IndexEntry], tag: &str, theme: &Theme) -> Result<String, ReportError> {
    let locale = context::locale(tag)?;
    let format = Format::new(locale, "");
    let mut by_pipeline: BTreeMap<&str, Vec<&IndexEntry>> = BTreeMap::new();
    for entry in entries {
        by_pipeline.entry(&entry.pipeline).or_default().push(entry);
    }
    let mut shelves = Vec::with_capacity(by_pipeline.len());
    for (pipeline, mut reports) in by_pipeline {
        reports.sort_by(|left, right| right.as_of.cmp(&left.as_of).then_with(|| left.href.cmp(&right.href)));
        let title = reports.first().map_or_else(|| pipeline.to_owned(), |latest| latest.title.clone());
        let volume = |entry: &&IndexEntry| ReportEntry {
            as_of: format.date(entry.as_of),
            href: relative(&entry.href),
        };
        let reports = reports.iter().map(volume).collect();
        shelves.push(PipelineEntry { title, pipeline: pipeline.to_owned(), reports });
    }
    let environment = environment(theme, locale.tag())?;
    fill(
        &environment,
        "index.html",
        context! { page => context! { lang => locale.tag() }, shelves => shelves },
    )
}

/// Templates with the functions they may call: `t(key, name=value…)` for a text, `style()` for the style
/// sheet, and the filter `striptags`.
fn environment(theme: &Theme, locale: &'static str) -> Result<Environment<'static>, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(
        |name| {
            if is_html(name) { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html) => {
            out.write_str(&escape(text)).map_err(minijinja::Error::from)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    for (path, text) in theme.templates.iter().filter(|(path, _)| is_html(path)) {
        let added = environment.add_template_owned(path.clone(), text.clone());
        added.map_err(|error| template_error(&error, path))?;
    }
    let words = theme.words.clone();
    environment.add_function("t", move |key: &str, kwargs: Kwargs| text(&words, locale, key, &kwargs));
    environment.add_filter("striptags", |value: Value| Value::from_safe_string(without_tags(&value)));
    let style = theme.templates.get("style.css").cloned();
    environment.add_function("style", move || {
        let style = style.clone().ok_or_else(|| refuse("there is no reports/style.css".to_owned()))?;
        // A style sheet cannot close its own element.
        Ok::<_, minijinja::Error>(Value::from_safe_string(style.replace("</", "<\\/")))
    });
    Ok(environment)
}

fn is_html(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "html")
}

fn text(
    words: &BTreeMap<String, String>,
    locale: &str,
    key: &str,
    kwargs: &Kwargs,
) -> Result<Value, minijinja::Error> {
    let mut fillings = Vec::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        let plain = value.to_string();
        let html = if value.is_safe() { Html::markup(plain.clone()) } else { Html::text(&plain) };
        fillings.push(Filling { name: name.to_owned(), html, plain });
    }
    let html = Words::new(words, locale).html(key, &fillings);
    html.map(|html| Value::from_safe_string(html.as_str().to_owned()))
        .map_err(|error| refuse(format!("{} ({})", error.what, error.help)))
}

/// The text of a piece of markup, still escaped.
fn without_tags(value: &Value) -> String {
    let markup = if value.is_safe() { value.to_string() } else { escape(&value.to_string()) };
    let mut text = String::with_capacity(markup.len());
    let mut inside = false;
    for letter in markup.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => text.push(other),
            _ => {}
        }
    }
    text
}

fn refuse(reason: String) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, reason)
}

fn fill(environment: &Environment<'_>, name: &str, context: Value) -> Result<String, ReportError> {
    let template = environment.get_template(name).map_err(|error| template_error(&error, name))?;
    template.render(context).map_err(|error| template_error(&error, name))
}

/// The innermost cause: an error in a section surfaces as one of the page that includes it.
fn template_error(error: &minijinja::Error, path: &str) -> ReportError {
    let mut cause = error;
    while let Some(inner) = std::error::Error::source(cause).and_then(|inner| inner.downcast_ref()) {
        cause = inner;
    }
    let place = cause.name().or_else(|| error.name()).unwrap_or(path);
    let at = cause.line().map(|line| (place.to_owned(), line));
    let line = cause.line().map_or_else(String::new, |line| format!(", line {line}"));
    let reason = cause
        .detail()
        .map_or_else(|| cause.kind().to_string(), |detail| format!("{}: {detail}", cause.kind()));
    ReportError {
        what: format!("template reports/{place}{line}: {reason}"),
        help: format!("mend reports/{place}, or remove it, and the shipped one is used"),
        at,
    }
}
