//! Checks before a run that its report can be rendered.

use std::path::Path;
use std::sync::Arc;

use crate::engine::Plan;
use crate::engine::plan::{audit_checks_schema, audit_rows_schema};
use crate::pipeline::{Check, CheckSeverity, Pipeline, Source, Step};
use crate::problem::{Failure, Place, Problem, SourceText};
use crate::project::Theme;
use crate::report::{self, CheckFacts, Facts, Outside, ReportError, SetAside, SourceFacts, StepFacts};

use super::audit::told_of;
use super::downloads::downloads;
use super::known::known;

/// Renders the page of a plan's report with made-up tables.
///
/// # Errors
/// Everything wrong with its templates and words.
pub fn rehearse(plan: &Plan, theme: &Theme) -> Result<(), Failure> {
    let Some(report) = &plan.pipeline.report else { return Ok(()) };
    let mut schemas = plan.yields.clone();
    schemas.insert("audit_rows".to_owned(), audit_rows_schema(plan.amount_scale));
    schemas.insert("audit_checks".to_owned(), audit_checks_schema());
    let facts = made_up(plan, known(plan, report));
    let errors = report::rehearse(&facts, &schemas, &theme.report);
    if errors.is_empty() {
        return Ok(());
    }
    let problems = errors.into_iter().map(|error| problem(&plan.pipeline, theme, error)).collect();
    Err(Failure { kind: crate::problem::FailureKind::Configuration, problems })
}

/// Facts of an imaginary run: one file per source, one row set aside by each rule, passed and failed checks.
fn made_up(plan: &Plan, facts: Facts) -> Facts {
    let sources = &plan.pipeline.sources;
    let steps = plan.pipeline.steps.iter().flat_map(Step::outputs);
    Facts {
        sources: sources.iter().map(source).collect(),
        checks: sources
            .iter()
            .flat_map(|source| source.checks.iter().flat_map(|of| checks(source, of)))
            .collect(),
        steps: steps.map(|name| step(name, &plan.pipeline)).collect(),
        downloads: downloads("table", &plan.pipeline).into_iter().filter(|file| file.is_whole).collect(),
        ..facts
    }
}

fn step(name: String, pipeline: &Pipeline) -> StepFacts {
    let downloads = downloads(&name, pipeline);
    StepFacts { name, rows: Some(1), downloads, ..StepFacts::default() }
}

fn source(source: &Source) -> SourceFacts {
    let set_aside = source.quarantine.iter().map(|rule| SetAside {
        rule: rule.name.value.clone(),
        rows: 1,
        amount: Some("1.00".to_owned()),
    });
    let outside = told_of(source).map(|only| Outside {
        only,
        rows: 1,
        amount: Some("1.00".to_owned()),
        undecided: 1,
        public: true,
    });
    let rows = 1 + source.quarantine.len() + outside.iter().count();
    SourceFacts {
        name: source.name.value.clone(),
        files: 1,
        rows_in: rows as u64,
        rows_used: 1,
        amount_in: Some(format!("{rows}.00")),
        amount_used: Some("1.00".to_owned()),
        set_aside: set_aside.collect(),
        outside,
        first_day: None,
        last_day: None,
    }
}

fn checks(source: &Source, check: &Check) -> Vec<CheckFacts> {
    let of = |passed: bool, severity: CheckSeverity| CheckFacts {
        source: source.name.value.clone(),
        severity: severity.word().to_owned(),
        passed,
        ..CheckFacts::default()
    };
    vec![of(true, check.severity), of(false, CheckSeverity::Warn)]
}

/// An error of rendering, with its place in the file if known.
fn problem(pipeline: &Pipeline, theme: &Theme, error: ReportError) -> Problem {
    let problem = Problem::new(error.what).help(error.help);
    let Some((file, line)) = error.at else { return problem };
    let Some(text) = theme.report.templates.get(&file) else { return problem };
    let name = pipeline.shown(Path::new(&format!("reports/{file}")), 1);
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let of_line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent = of_line.len() - of_line.trim_start().len();
    let span = start + indent..start + of_line.trim_end().len().max(indent);
    let source = Arc::new(SourceText { name, text: text.clone() });
    problem.at(Place::new(&source, span))
}
