//! The checks of steps as queries: each counts the errors of a table, after all tables are complete.

use std::sync::Arc;

use crate::pipeline::check::Asks;
use crate::pipeline::check::step::StepCheck;
use crate::pipeline::{CheckSeverity, Parameters, Pipeline};
use crate::problem::{Problem, SourceText};

use super::sql::Query;

/// A check of a step's table.
#[derive(Debug, Clone)]
pub struct PlannedCheck {
    /// The table.
    pub table: String,
    /// The check in words, such as `not_null amount`.
    pub name: String,
    /// What its failure means.
    pub severity: CheckSeverity,
    /// The query, which yields one row.
    pub query: Query,
    /// The parameters bound to it.
    pub parameters: Parameters,
    /// What its result means.
    pub asks: Asks,
    /// The check in the pipeline.
    pub check: StepCheck,
}

/// The checks of a pipeline's steps.
pub(super) fn planned(
    pipeline: &Pipeline,
    parameters: impl Fn(usize) -> Parameters,
) -> (Vec<PlannedCheck>, Vec<Problem>) {
    let (mut checks, mut problems) = (Vec::new(), Vec::new());
    for (index, step) in pipeline.steps.iter().enumerate() {
        for check in &step.checks {
            for asked in check.test.asked(&step.name.value) {
                let source = Arc::new(SourceText {
                    name: format!("a check of `{}`", step.name.value),
                    text: asked.text,
                });
                match Query::parse(&source) {
                    Ok(query) => {
                        let mut bound = parameters(index);
                        bound.extend(asked.values);
                        checks.push(PlannedCheck {
                            table: step.name.value.clone(),
                            name: asked.name,
                            severity: check.severity,
                            query,
                            parameters: bound,
                            asks: asked.asks,
                            check: check.clone(),
                        });
                    }
                    // Only an expression is a user's own text.
                    Err(problem) => {
                        let at = pipeline.place(check.place());
                        problems.push(Problem::new(problem.what).at(at).help_if(problem.help));
                    }
                }
            }
        }
    }
    (checks, problems)
}
