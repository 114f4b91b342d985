//! `model: contest`: fits all models of purchases to what was known on days in the past, and judges them, and the rules that
//! managers go by, by the windows after these days. Yields one row an origin and contender.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::clv::cell::History;
use crate::analysis::clv::contest::{Contender, Errors, Origin, Outcome, Trial, contest, winner};
use crate::analysis::clv::uncertainty::{Certainty, Tenth};
use crate::pipeline::Value;

use super::{Unset, column, count_at, numbers, unit_days, whole_numbers};

/// The day that a row is about.
pub(super) const ORIGIN: &str = "known_until";

/// The columns that it reads: a date, and numbers.
pub(super) const READS: [&str; 9] = [
    ORIGIN,
    "window_days",
    "repeat_days",
    "span_days",
    "tenure_days",
    "days_before",
    "days_after",
    "customers",
    "ln_gaps",
];

/// Its column with a contender's name.
pub(super) const CONTENDER: &str = "contender";
/// Its column that says who foretold best.
pub(super) const CHOSEN: &str = "chosen";

/// The columns of its own table by which others know who foretold best.
pub(super) const VERDICT: [&str; 2] = [CONTENDER, CHOSEN];
/// Those by which they know how far off it was, which a table may lack.
const OUTCOME: [&str; 2] = ["purchases", "foretold"];

/// The columns that others read of its own table.
pub(super) fn columns(table: &Schema) -> Vec<&'static str> {
    let is_number =
        |name: &&&str| table.field_with_name(name).is_ok_and(|field| field.data_type().is_numeric());
    VERDICT.iter().chain(OUTCOME.iter().filter(is_number)).copied().collect()
}

/// The step's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    /// `unit_days`: the models' unit of time in days. Default 7.
    unit_days: f64,
}

impl Default for Contest {
    fn default() -> Self {
        Self { unit_days: 7.0 }
    }
}

/// What comes of a contest.
pub(super) struct Judged {
    /// One row an origin and contender.
    pub trials: RecordBatch,
    /// One row an origin, model and tenth of the probability to buy.
    pub calibration: RecordBatch,
    /// What a reader of the log should know.
    pub remarks: Vec<String>,
}

impl Contest {
    pub(super) fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        match name {
            "unit_days" => self.unit_days = unit_days(value)?,
            _ => return Err(Unset::Unknown(&["unit_days"])),
        }
        Ok(())
    }

    pub(super) fn settings(&self) -> Vec<(String, String)> {
        vec![("unit_days".into(), self.unit_days.to_string())]
    }

    pub(super) fn run(&self, table: &RecordBatch) -> Result<Judged, String> {
        let (days, origins) = origins(table).map_err(|error| error.to_string())?;
        let trials = contest(&origins, self.unit_days).map_err(|error| error.to_string())?;
        let best = winner(&trials);
        let remarks = match best {
            Some(Contender::Rule(_)) => {
                let key = best.map_or("", Contender::key);
                vec![format!("no model foretold the past as well as the rule {key}")]
            }
            None if origins.is_empty() => vec!["history is too short for a contest of models".to_owned()],
            None => vec!["nobody could foretell the past: too few customers bought again".to_owned()],
            Some(Contender::Model(_)) => Vec::new(),
        };
        let rows = rows(&days, &origins, &trials, best).map_err(|error| error.to_string())?;
        let calibration = calibration(&days, &trials).map_err(|error| error.to_string())?;
        Ok(Judged { trials: rows, calibration, remarks })
    }
}

/// Who foretold best, by a contest's table; `None` where nobody did.
///
/// # Errors
/// A name that no contender has.
pub(super) fn verdict(table: &RecordBatch) -> Result<Option<Contender>, String> {
    let columns = column(table, CHOSEN, &DataType::Boolean)
        .and_then(|chosen| Ok((chosen, column(table, CONTENDER, &DataType::Utf8)?)));
    let (chosen, contender) = columns.map_err(|error| error.to_string())?;
    let (chosen, contender) = (chosen.as_boolean(), contender.as_string::<i32>());
    let Some(row) = (0..table.num_rows()).find(|row| chosen.is_valid(*row) && chosen.value(*row)) else {
        return Ok(None);
    };
    let key = if contender.is_null(row) { "NULL" } else { contender.value(row) };
    let known = || Contender::ALL.map(Contender::key).join(", ");
    let found = Contender::of_key(key);
    found.map(Some).ok_or_else(|| format!("the contest's winner is {key}, which is none of {}", known()))
}

/// By how much more came than the chosen one foretold, at each origin, as shares; none where the table does not say.
pub(super) fn surprises(table: &RecordBatch) -> Vec<f64> {
    let columns = OUTCOME.map(|name| numbers(table, name));
    let ([Ok(came), Ok(foretold)], Ok(chosen)) = (columns, column(table, CHOSEN, &DataType::Boolean)) else {
        return Vec::new();
    };
    let chosen = chosen.as_boolean();
    let rows = (0..table.num_rows()).filter(|row| chosen.is_valid(*row) && chosen.value(*row));
    let known =
        rows.filter(|row| came.is_valid(*row) && foretold.is_valid(*row) && foretold.value(*row) > 0.0);
    let mut surprises: Vec<f64> = known.map(|row| came.value(row) / foretold.value(row) - 1.0).collect();
    // What is made of them must not depend on the order of rows.
    surprises.sort_by(f64::total_cmp);
    surprises
}

/// The days of the origins, and what was known and came of each, from rows that are sorted by them.
fn origins(table: &RecordBatch) -> Result<(Vec<i32>, Vec<Origin>), ArrowError> {
    let day = column(table, ORIGIN, &DataType::Date32)?.as_primitive::<Date32Type>().clone();
    let ln_gaps = numbers(table, "ln_gaps")?;
    let whole = |name: &str| whole_numbers(table, name);
    let (window, repeats, span) = (whole("window_days")?, whole("repeat_days")?, whole("span_days")?);
    let (tenure, before, after) = (whole("tenure_days")?, whole("days_before")?, whole("days_after")?);
    let customers = whole("customers")?;
    let (mut days, mut origins): (Vec<i32>, Vec<Origin>) = (Vec::new(), Vec::new());
    for row in 0..table.num_rows() {
        let number = |array: &Int64Array, name: &str| {
            let what = format!("the column {name} has a NULL, or a number out of range");
            count_at(array, row).ok_or(ArrowError::InvalidArgumentError(what))
        };
        if day.is_null(row) || ln_gaps.is_null(row) {
            let what = "the columns known_until and ln_gaps must not have a NULL".to_owned();
            return Err(ArrowError::InvalidArgumentError(what));
        }
        let outcome = Outcome {
            history: History {
                x: number(&repeats, "repeat_days")?,
                t_x_days: number(&span, "span_days")?,
                t_days: number(&tenure, "tenure_days")?,
            },
            before: number(&before, "days_before")?,
            after: number(&after, "days_after")?,
            customers: number(&customers, "customers")?,
        };
        if days.last() != Some(&day.value(row)) {
            days.push(day.value(row));
            let window_days = number(&window, "window_days")?;
            origins.push(Origin { window_days, outcomes: Vec::new(), sum_ln_gaps: 0.0 });
        }
        if let Some(origin) = origins.last_mut() {
            origin.sum_ln_gaps += ln_gaps.value(row);
            origin.outcomes.push(outcome);
        }
    }
    Ok((days, origins))
}

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    let text = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    Arc::new(Schema::new(vec![
        Field::new(ORIGIN, DataType::Date32, false),
        Field::new("window_days", DataType::Int64, false),
        text(CONTENDER, false),
        text("kind", false),
        Field::new(CHOSEN, DataType::Boolean, false),
        text("replaced_by", true),
        text("status", true),
        text("reason", true),
        Field::new("customers", DataType::Int64, true),
        Field::new("purchases", DataType::Int64, true),
        number("foretold"),
        number("bias"),
        number("mae"),
        number("rmse"),
        number("deviance"),
        number("gini"),
        number("top_tenth"),
        number("foretold_low"),
        number("foretold_high"),
        Field::new("held", DataType::Boolean, true),
        number("customers_within"),
        number("customers_promised"),
        number("calibration_gap"),
    ]))
}

fn rows(
    days: &[i32],
    origins: &[Origin],
    trials: &[Trial],
    best: Option<Contender>,
) -> Result<RecordBatch, ArrowError> {
    let number = |of: &dyn Fn(&Errors) -> Option<f64>| -> ArrayRef {
        let values = trials.iter().map(|trial| trial.errors.as_ref().and_then(of));
        Arc::new(values.collect::<Float64Array>())
    };
    let whole = |of: &dyn Fn(&Errors) -> f64| -> ArrayRef {
        let values = trials.iter().map(|trial| trial.errors.as_ref().map(|errors| of(errors) as i64));
        Arc::new(values.collect::<Int64Array>())
    };
    let text = |of: &dyn Fn(&Trial) -> Option<&'static str>| -> ArrayRef {
        Arc::new(trials.iter().map(of).collect::<StringArray>())
    };
    let sure = |of: &dyn Fn(&Certainty) -> f64| -> ArrayRef {
        let values = trials.iter().map(|trial| trial.certainty.as_ref().map(of));
        Arc::new(values.collect::<Float64Array>())
    };
    let day: Date32Array = trials.iter().map(|trial| days.get(trial.origin).copied()).collect();
    let window: Int64Array = trials
        .iter()
        .map(|trial| origins.get(trial.origin).map(|origin| i64::from(origin.window_days)))
        .collect();
    let chosen: BooleanArray = trials.iter().map(|trial| Some(Some(trial.contender) == best)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(day),
        Arc::new(window),
        text(&|trial| Some(trial.contender.key())),
        text(&|trial| Some(if matches!(trial.contender, Contender::Model(_)) { "model" } else { "rule" })),
        Arc::new(chosen),
        text(&|trial| trial.fitted?.1.map(crate::analysis::clv::purchases::Kind::key)),
        text(&|trial| Some(trial.fitted?.0.key())),
        text(&|trial| Some(trial.fitted?.0.reason_key())),
        whole(&|errors| errors.customers),
        whole(&|errors| errors.purchases),
        number(&|errors| Some(errors.foretold)),
        number(&Errors::bias),
        number(&|errors| Some(errors.mae)),
        number(&|errors| Some(errors.rmse)),
        number(&|errors| errors.deviance),
        number(&|errors| errors.gini),
        number(&|errors| Some(errors.top_tenth)),
        sure(&|certainty| certainty.interval.low),
        sure(&|certainty| certainty.interval.high),
        Arc::new(trials.iter().map(|trial| Some(trial.certainty.as_ref()?.held)).collect::<BooleanArray>()),
        sure(&|certainty| certainty.customers_within),
        sure(&|certainty| certainty.customers_promised),
        sure(&|certainty| certainty.gap),
    ];
    RecordBatch::try_new(schema(), columns)
}

/// The columns of the table of calibration.
pub(super) fn calibration_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(ORIGIN, DataType::Date32, false),
        Field::new(CONTENDER, DataType::Utf8, false),
        Field::new("tenth", DataType::Int64, false),
        Field::new("customers", DataType::Int64, false),
        Field::new("foretold", DataType::Float64, false),
        Field::new("bought", DataType::Float64, false),
    ]))
}

/// Of each model and origin, how many of whom it gave about the same probability to buy did so.
fn calibration(days: &[i32], trials: &[Trial]) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<(i32, &'static str, Tenth)> = trials
        .iter()
        .filter_map(|trial| {
            Some((*days.get(trial.origin)?, trial.contender.key(), trial.certainty.as_ref()?))
        })
        .flat_map(|(day, key, certainty)| certainty.tenths.iter().map(move |tenth| (day, key, *tenth)))
        .collect();
    let number = |of: fn(&Tenth) -> f64| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, _, tenth)| Some(of(tenth))).collect::<Float64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|(day, ..)| Some(*day)).collect::<Date32Array>()),
        Arc::new(rows.iter().map(|(_, key, _)| Some(*key)).collect::<StringArray>()),
        Arc::new(rows.iter().map(|(_, _, tenth)| Some(i64::from(tenth.tenth) + 1)).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|(_, _, tenth)| Some(tenth.customers as i64)).collect::<Int64Array>()),
        number(|tenth| tenth.foretold),
        number(|tenth| tenth.bought),
    ];
    RecordBatch::try_new(calibration_schema(), columns)
}
