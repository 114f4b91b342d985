//! `model: contest`: fits all models of purchases to what was known on past days. Judges them, and managers' rules of
//! thumb, by the windows after these days. Yields one row per origin and contender.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use jiff::Span;
use jiff::civil::Date;

use crate::analysis::clv::cell::History;
use crate::analysis::clv::contest::{
    Contender, Errors, LEAST_CUSTOMERS, LEAST_REPEATS, Origin, Outcome, Trial, Verdict, contest,
    verdict as judge,
};
use crate::analysis::clv::uncertainty::{Certainty, Past, Tenth};
use crate::problem::counted;
use crate::value::Value;

use super::columns::{InputColumn, Wants, column, count_at, numbers, whole_numbers};
use super::setting::{Unset, unit_days};
use super::{Fitted, Model, ModelKind, Role, StepRun, Tables, Yielded};

/// The model as steps name it.
pub(super) fn kind() -> ModelKind {
    ModelKind {
        key: "contest",
        needs: &[Role::From],
        may_read: &[],
        further: &["_calibration"],
        declared: &["contest"],
        make: Box::new(|_| Box::new(Contest::default())),
    }
}

/// The day that a row is about.
const ORIGIN: &str = "known_until";

/// The columns that it reads: a date, and numbers.
const READS: [&str; 9] = [
    ORIGIN,
    WINDOW,
    "repeat_days",
    "span_days",
    "tenure_days",
    "days_before",
    "days_after",
    "customers",
    "ln_gaps",
];

/// Its column with a contender's name.
const CONTENDER: &str = "contender";
/// Its column that says which contender predicted best.
const CHOSEN: &str = "chosen";

/// The columns of its own table that tell others which contender predicted best.
pub(super) fn verdict_columns() -> Vec<InputColumn> {
    vec![InputColumn::new(CONTENDER, Wants::Anything), InputColumn::new(CHOSEN, Wants::Truth)]
}

/// The columns that tell them how far off it was. A table may lack them.
const OUTCOME: [&str; 2] = ["purchases", "foretold"];
/// Its column with the days of a window.
const WINDOW: &str = "window_days";

/// The columns that others read of its own table.
pub(super) fn columns(table: &Schema) -> Vec<&'static str> {
    let is = |name: &str, fits: fn(&DataType) -> bool| {
        table.field_with_name(name).is_ok_and(|field| fits(field.data_type()))
    };
    let numbers = OUTCOME.into_iter().chain([WINDOW]).filter(|name| is(name, DataType::is_numeric));
    let days = [ORIGIN].into_iter().filter(|name| is(name, |of| *of == DataType::Date32));
    [CONTENDER, CHOSEN].into_iter().chain(numbers).chain(days).collect()
}

/// The step's settings.
#[derive(Debug)]
struct Contest {
    /// `unit_days`: the models' unit of time in days. Default 7.
    unit_days: f64,
}

impl Default for Contest {
    fn default() -> Self {
        Self { unit_days: 7.0 }
    }
}

impl Model for Contest {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        match name {
            "unit_days" => self.unit_days = unit_days(value)?,
            _ => return Err(Unset::Unknown(&["unit_days"])),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        vec![("unit_days".into(), self.unit_days.to_string())]
    }

    fn reads(&self, _: &Schema) -> Vec<InputColumn> {
        let column =
            |name: &str| InputColumn::new(name, if name == ORIGIN { Wants::Dates } else { Wants::Numbers });
        READS.into_iter().map(column).collect()
    }

    fn order(&self) -> Vec<String> {
        READS.map(str::to_owned).into()
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![(step.to_owned(), schema()), (format!("{step}_calibration"), calibration_schema())]
    }

    fn run(&self, mut tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String> {
        let (days, origins) = origins(&tables.take_from()?).map_err(|error| error.to_string())?;
        let mut remarks = Vec::new();
        let (mut judged_days, mut judged) = (Vec::new(), Vec::new());
        for (day, origin) in days.into_iter().zip(origins) {
            if origin.is_enough() {
                judged_days.push(day);
                judged.push(origin);
            } else {
                remarks.push(too_few(day, &origin));
            }
        }
        let (days, origins) = (judged_days, judged);
        let trials = contest(&origins, self.unit_days).map_err(|error| error.to_string())?;
        let trials = by_models(trials, &days, &mut remarks);
        let verdict = judge(&origins, &trials);
        match &verdict {
            Some(Verdict { chosen: Contender::Rule(_), .. }) => {
                let key = verdict.as_ref().map_or("", |verdict| verdict.chosen.key());
                remarks.push(format!("no model predicted the past as well as the rule {key}"));
            }
            Some(_) => {}
            None if origins.is_empty() => {
                remarks.push("there is too little history for a contest of models".to_owned());
            }
            None => remarks.push("no model and no rule could predict the past".to_owned()),
        }
        let rows = rows(&days, &origins, &trials, verdict.as_ref()).map_err(|error| error.to_string())?;
        let calibration = calibration(&days, &trials).map_err(|error| error.to_string())?;
        let tables = vec![
            Yielded::further(run.step, "", rows),
            Yielded::further(run.step, "_calibration", calibration),
        ];
        Ok(Fitted { tables, remarks })
    }
}

/// A day as it is written; its number, where the calendar has no such day.
fn date_of(day: i32) -> String {
    let since = Span::new().try_days(day).and_then(|days| Date::new(1970, 1, 1)?.checked_add(days));
    since.map_or_else(|_| format!("day {day}"), |date| date.to_string())
}

/// What is said of an origin that is left out.
fn too_few(day: i32, origin: &Origin) -> String {
    let (customers, repeats) = origin.known();
    format!(
        "the days after {} are not judged: {} and {} were known by then, and it takes {LEAST_CUSTOMERS} and {LEAST_REPEATS}",
        date_of(day),
        counted(customers, "customer"),
        counted(repeats, "repeat purchase"),
    )
}

/// The trials at origins where some model could predict; without such an origin, all trials. Rules can always predict,
/// and would win without competition.
fn by_models(trials: Vec<Trial>, days: &[i32], remarks: &mut Vec<String>) -> Vec<Trial> {
    let mut predicted = vec![false; days.len()];
    for trial in &trials {
        let of_model = matches!(trial.contender, Contender::Model(_)) && trial.errors.is_some();
        if let Some(predicted) = predicted.get_mut(trial.origin).filter(|_| of_model) {
            *predicted = true;
        }
    }
    if !predicted.contains(&true) {
        return trials;
    }
    for (day, _) in days.iter().zip(&predicted).filter(|(_, predicted)| !**predicted) {
        let day = date_of(*day);
        remarks.push(format!(
            "the days after {day} are not judged: no model could be fitted to what was known by then"
        ));
    }
    trials.into_iter().filter(|trial| predicted.get(trial.origin) == Some(&true)).collect()
}

/// The contender that predicted best, by a contest's table; `None` without one.
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
    found.map(Some).ok_or_else(|| format!("the contest's winner is {key}, which is not one of {}", known()))
}

/// How many more purchases came than the chosen one predicted, as a share, in each window; nothing if the table does
/// not say.
pub(super) fn past(table: &RecordBatch) -> Past {
    let columns = OUTCOME.map(|name| numbers(table, name));
    let ([Ok(came), Ok(foretold)], Ok(chosen)) = (columns, column(table, CHOSEN, &DataType::Boolean)) else {
        return Past::default();
    };
    let chosen = chosen.as_boolean();
    let rows = (0..table.num_rows()).filter(|row| chosen.is_valid(*row) && chosen.value(*row));
    let known: Vec<usize> = rows
        .filter(|row| came.is_valid(*row) && foretold.is_valid(*row) && foretold.value(*row) > 0.0)
        .collect();
    let mut surprises: Vec<f64> =
        known.iter().map(|row| came.value(*row) / foretold.value(*row) - 1.0).collect();
    // Results must not depend on the order of rows.
    surprises.sort_by(f64::total_cmp);
    let (apart, window_days) = windows(table, &known).unwrap_or((surprises.len() as f64, None));
    Past::new(surprises, apart, window_days)
}

/// The number of windows without a common day that cover as many days as those of these rows, and the days of one, if
/// all have the same.
fn windows(table: &RecordBatch, rows: &[usize]) -> Option<(f64, Option<i64>)> {
    let day = column(table, ORIGIN, &DataType::Date32).ok()?.as_primitive::<Date32Type>().clone();
    let of = whole_numbers(table, WINDOW).ok()?;
    let is_known = |row: &&usize| day.is_valid(**row) && of.is_valid(**row) && of.value(**row) > 0;
    if !rows.iter().all(|row| is_known(&row)) {
        return None;
    }
    let mut windows: Vec<(i64, i64)> =
        rows.iter().map(|row| (i64::from(day.value(*row)), of.value(*row))).collect();
    windows.sort_unstable();
    let length = windows.first()?.1;
    if windows.iter().any(|(_, days)| *days != length) {
        return None;
    }
    let covered: i64 = windows
        .windows(2)
        .map(|pair| match pair {
            [(first, _), (second, _)] => length.min(second - first),
            _ => 0,
        })
        .sum();
    Some((1.0 + covered as f64 / length as f64, Some(length)))
}

/// The days of the origins, with what was known and what came after each. The rows are sorted by origin.
fn origins(table: &RecordBatch) -> Result<(Vec<i32>, Vec<Origin>), ArrowError> {
    let day = column(table, ORIGIN, &DataType::Date32)?.as_primitive::<Date32Type>().clone();
    let ln_gaps = numbers(table, "ln_gaps")?;
    let whole = |name: &str| whole_numbers(table, name);
    let (window, repeats, span) = (whole(WINDOW)?, whole("repeat_days")?, whole("span_days")?);
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
            let window_days = number(&window, WINDOW)?;
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
fn schema() -> SchemaRef {
    let text = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    Arc::new(Schema::new(vec![
        Field::new(ORIGIN, DataType::Date32, false),
        Field::new(WINDOW, DataType::Int64, false),
        text(CONTENDER, false),
        text("kind", false),
        Field::new(CHOSEN, DataType::Boolean, false),
        Field::new("close", DataType::Boolean, false),
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
    verdict: Option<&Verdict>,
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
    let is = |of: &dyn Fn(&Verdict, Contender) -> bool| -> ArrayRef {
        let holds = |trial: &Trial| verdict.is_some_and(|verdict| of(verdict, trial.contender));
        Arc::new(trials.iter().map(|trial| Some(holds(trial))).collect::<BooleanArray>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(day),
        Arc::new(window),
        text(&|trial| Some(trial.contender.key())),
        text(&|trial| Some(if matches!(trial.contender, Contender::Model(_)) { "model" } else { "rule" })),
        is(&|verdict, contender| verdict.chosen == contender),
        is(&|verdict, contender| verdict.close.contains(&contender)),
        text(&|trial| trial.fitted?.1.map(crate::analysis::clv::purchases::PurchaseModel::key)),
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
fn calibration_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(ORIGIN, DataType::Date32, false),
        Field::new(CONTENDER, DataType::Utf8, false),
        Field::new("tenth", DataType::Int64, false),
        Field::new("customers", DataType::Int64, false),
        Field::new("foretold", DataType::Float64, false),
        Field::new("bought", DataType::Float64, false),
    ]))
}

/// Per model and origin: how many customers with about the same predicted probability to buy did buy.
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
