//! One file a section: the tables it reads, the sentence that answers its question, its pictures and tables.

mod ahead;
mod checked;
mod churn;
mod cohorts;
mod concentration;
mod contest;
mod customers;
mod effects;
mod equity;
mod features;
mod findings;
mod forecast;
mod headline;
mod method;
mod migration;
mod other;
mod segments;
mod value;
mod warning;

use super::desk::Desk;
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
    Ok(Written {
        sections: places.into_iter().flatten().collect(),
        headline: headline::figures(desk)?,
        skipped,
    })
}

/// One section, or `None` where it is left out; the reason is noted on the desk.
fn one(desk: &Desk<'_>, name: &str) -> Result<Option<Section>, ReportError> {
    let written = match name {
        "headline" => headline::write(desk),
        "findings" => findings::write(desk),
        "concentration" => concentration::write(desk),
        "segments" => segments::write(desk),
        "migration" => migration::write(desk),
        "value" => value::write(desk),
        "churn" => churn::write(desk),
        "warning" => warning::write(desk),
        "cohorts" => cohorts::write(desk),
        "customers" => customers::write(desk),
        table if desk.has_table(table) => other::write(desk, table),
        unknown => return Err(no_such_section(unknown)),
    };
    match written {
        Ok(section) => Ok(Some(section)),
        Err(stop) => desk.omit(name, stop, true).map(|()| None),
    }
}

fn no_such_section(name: &str) -> ReportError {
    ReportError {
        what: format!("there is no section {name}, and no table of that name"),
        help: "sections are headline, findings, concentration, segments, migration, value, churn, warning, cohorts, \
               customers, method, and any step by its name"
            .to_owned(),
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
