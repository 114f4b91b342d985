//! The sections of a page. Most are data: a file of `reports/sections/`, or an entry of the pipeline, says which tables
//! answer which question ([`spec`]). The others are code, one file each, which says why.

mod ahead;
mod checked;
mod contest;
mod effects;
mod equity;
mod features;
mod findings;
mod forecast;
mod headline;
pub mod judge;
mod method;
pub mod read;
mod sentences;
pub mod spec;
mod value;
mod warning;
mod write;

use super::chart::figures;
use super::desk::{Desk, Stop};
use super::view::Section;
use super::words::Filling;
use super::{HeadlineFigure, ReportError, Skipped};

/// Everything that was written, in the order asked for.
#[derive(Debug)]
pub struct Written {
    /// The sections.
    pub sections: Vec<Section>,
    /// The headline figures as text.
    pub headline: Vec<HeadlineFigure>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
}

/// Writes every section that the report asks for.
///
/// # Errors
/// A section that is neither built in nor a table; a text that the words file lacks.
pub fn all(desk: &Desk<'_>) -> Result<Written, ReportError> {
    let mut places: Vec<Option<Section>> = Vec::with_capacity(desk.facts.sections.len());
    for name in &desk.facts.sections {
        // The method section lists what was left out, so it is written when that is known.
        places.push(if name == "method" { None } else { one(desk, name)? });
    }
    let skipped = desk.omissions();
    if let Some(place) = desk.facts.sections.iter().position(|name| name == "method") {
        let written = method::write(desk, &skipped)?;
        if let Some(slot) = places.get_mut(place) {
            *slot = Some(written);
        }
    }
    Ok(Written { sections: places.into_iter().flatten().collect(), headline: figures(desk)?, skipped })
}

/// A section that is code.
type Coded = fn(&Desk<'_>) -> Result<Section, Stop>;

/// The sections that are code, by name. The section on data and method is not among them: it is written when it is known
/// what was left out.
const CODED: [(&str, Coded); 4] = [
    ("headline", headline::write),
    ("findings", findings::write),
    ("value", value::write),
    ("warning", warning::write),
];

/// Whether a section of this name is code.
pub fn is_code(name: &str) -> bool {
    name == "method" || CODED.iter().any(|(known, _)| *known == name)
}

/// One section, or `None` where it is left out; the reason is noted on the desk.
fn one(desk: &Desk<'_>, name: &str) -> Result<Option<Section>, ReportError> {
    let coded = CODED.iter().find(|(known, _)| *known == name);
    let written = match (desk.theme.sections.get(name), coded) {
        (Some(spec), _) => write::write(desk, spec),
        (None, Some((_, coded))) => coded(desk),
        (None, None) if desk.has_table(name) => write::write(desk, &read::of_table(name)),
        (None, None) => return Err(no_such_section(desk, name)),
    };
    match written {
        Ok(section) => Ok(Some(section)),
        Err(stop) => desk.omit(name, stop, true).map(|()| None),
    }
}

fn no_such_section(desk: &Desk<'_>, name: &str) -> ReportError {
    let coded = CODED.iter().map(|(name, _)| *name).chain(["method"]);
    let mut known: Vec<&str> = desk.theme.sections.keys().map(String::as_str).chain(coded).collect();
    known.sort_unstable();
    ReportError {
        what: format!("there is no section {name}, and no table of that name"),
        help: format!("sections are {}, and any step by its name", known.join(", ")),
    }
}

/// A section with its question and its answer from the words file.
fn open(desk: &Desk<'_>, id: &str, answer: &str, fillings: &[Filling]) -> Result<Section, ReportError> {
    let mut section = Section::new(
        id,
        desk.name("nav", id),
        desk.say(&format!("{id}.question"), &[])?,
        desk.say(answer, fillings)?,
    );
    let definition = format!("{id}.definition");
    if desk.words.has(&definition) {
        section.definition.push(desk.say(&definition, &[])?);
    }
    Ok(section)
}
