//! A model step as it is planned: the settings that its `with` gives.

use std::sync::Arc;

use crate::model::{Model, ModelKind, Role, Unset};
use crate::pipeline::{Param, Parameters, Pipeline, Step, StepKind, Value};
use crate::problem::{Problem, suggestion};

/// A step's model with its settings.
///
/// # Errors
/// Unknown settings, and values of a wrong kind or range.
pub fn planned(
    kind: &ModelKind,
    pipeline: &Pipeline,
    step: &Step,
    parameters: &Parameters,
) -> Result<Arc<dyn Model>, Vec<Problem>> {
    let given = matches!(&step.kind, StepKind::Model { tables, .. }
        if tables.iter().any(|(role, _)| *role == Role::Parameters));
    let mut model = kind.make(given);
    let mut problems = Vec::new();
    for param in &step.with {
        let value = value(param, parameters);
        if let Err(unset) = model.set(&param.name.value, value) {
            problems.push(problem(pipeline, param, value, unset));
        }
    }
    if problems.is_empty() { Ok(Arc::from(model)) } else { Err(problems) }
}

/// The value of a setting, which may be a parameter of the pipeline.
fn value<'a>(param: &'a Param, parameters: &'a Parameters) -> &'a Value {
    let Value::Text(text) = &param.value else { return &param.value };
    text.strip_prefix('$').and_then(|name| parameters.get(name)).unwrap_or(&param.value)
}

fn problem(pipeline: &Pipeline, param: &Param, value: &Value, unset: Unset) -> Problem {
    let name = param.name.value.as_str();
    let place = pipeline.place(&param.name.at);
    match unset {
        Unset::Not(wanted) => Problem::new(format!("`{name}` must be {wanted}, not {value}"))
            .at(place)
            .help("docs/models.md says what each setting means; without it the usual value holds"),
        Unset::Unknown(keys) => Problem::new(format!("`{name}` is not a setting of the model"))
            .at(place)
            .help_if(suggestion(name, keys.iter().copied())),
        Unset::OfFitting => Problem::new(format!("`{name}` has no use beside `parameters`"))
            .at(place)
            .help("it is a setting of fitting, and with parameters nothing is fitted"),
    }
}
