//! The sections of a page. They are data: a file of `reports/sections/`, or an entry of the pipeline, says which tables
//! answer which question ([`spec`]). One is code, and says why: [`method`], on data and method.

mod checked;
pub mod judge;
mod method;
pub mod read;
pub mod sentences;
pub mod spec;
mod write;

use super::chart::figures;
use super::context::RenderContext;
use super::view::Section;
use super::words::Method;
use super::{HeadlineFigure, ReportError, Skipped};

/// Everything that was written, in the order asked for.
#[derive(Debug)]
pub struct Written {
    /// The sections.
    pub sections: Vec<Section>,
    /// What the page on data and method says, where the report asks for that section.
    pub method: Option<Section>,
    /// The headline figures as text.
    pub headline: Vec<HeadlineFigure>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
}

/// Writes every section that the report asks for.
///
/// # Errors
/// A section that is neither built in nor a table; a text that the words file lacks.
pub fn all(context: &RenderContext<'_>) -> Result<Written, ReportError> {
    let mut places: Vec<Option<Section>> = Vec::with_capacity(context.facts.sections.len());
    for name in &context.facts.sections {
        // Data and method list what was left out, so that is written when it is known.
        places.push(if name == METHOD { None } else { one(context, name)? });
    }
    // Whoever reads on must know what revenue is.
    if !context.facts.has_amounts
        && let Some(first) = places.iter_mut().flatten().next()
    {
        first.notes.insert(0, context.say("method.no_amounts", &[])?);
    }
    sentences::nowhere(context)?;
    let skipped = context.omissions();
    let mut method = None;
    if let Some(place) = context.facts.sections.iter().position(|name| name == METHOD) {
        let short = method::in_short(context, &skipped)?;
        if let Some(slot) = places.get_mut(place) {
            *slot = Some(short);
        }
        // It lists the terms and tables of all that was written, so it comes last.
        context.words.set_method(Method::Here);
        method = Some(method::write(context, &skipped)?);
    }
    let sections = places.into_iter().flatten().collect();
    Ok(Written { sections, method, headline: figures(context)?, skipped })
}

/// The section that is code.
const METHOD: &str = "method";

/// Whether a section of this name is code.
pub fn is_code(name: &str) -> bool {
    name == METHOD
}

/// One section, or `None` where it is left out; the reason is noted on the context.
fn one(context: &RenderContext<'_>, name: &str) -> Result<Option<Section>, ReportError> {
    let written = match context.theme.sections.get(name) {
        Some(spec) => write::write(context, spec),
        None if context.has_table(name) => write::write(context, &read::of_table(name)),
        None => return Err(no_such_section(context, name)),
    };
    match written {
        Ok(section) => Ok(Some(section)),
        Err(stop) => context.omit(name, stop, true).map(|()| None),
    }
}

fn no_such_section(context: &RenderContext<'_>, name: &str) -> ReportError {
    let mut known: Vec<&str> = context.theme.sections.keys().map(String::as_str).chain([METHOD]).collect();
    known.sort_unstable();
    ReportError {
        what: format!("there is no section {name}, and no table of that name"),
        help: format!("sections are {}, and any step by its name", known.join(", ")),
        at: None,
    }
}
