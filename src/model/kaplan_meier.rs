//! `model: kaplan_meier`: the survival curves of times to an event, of all or of groups. Yields `<step>`, one row per
//! group and time with events, and `<step>_groups`, one row per group, with medians, means and the log-rank test.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};

use crate::analysis::survival::{KaplanMeier, LogRank, Mean, Observation, log_rank};
use crate::problem::counted as rows;
use crate::value::Value;

use super::columns::{
    InputColumn, Wants, column, count_field as count, counted, number_field, numbers, table,
    text_field as text,
};
use super::setting::{Unset, number};
use super::{Fitted, Model, ModelKind, Role, StepRun, Tables, Yielded};

/// The model as steps name it.
pub(super) fn kind() -> ModelKind {
    ModelKind {
        key: "kaplan_meier",
        needs: &[Role::From],
        may_read: &[],
        further: &["_groups"],
        declared: &["kaplan_meier"],
        make: Box::new(|_| Box::new(Durations::default())),
    }
}

/// The step's settings: names of columns, and how far the mean looks.
#[derive(Debug)]
struct Durations {
    /// `duration`: the time to the event, or the time watched without one. Default `duration`.
    duration: String,
    /// `event`: whether it came. Default `event`.
    event: String,
    /// `group`: the groups to compare. Default: one curve of all.
    group: Option<String>,
    /// `horizon`: the time up to which the mean is taken. Default: the last time up to which all groups were watched.
    horizon: Option<f64>,
}

impl Default for Durations {
    fn default() -> Self {
        Self { duration: "duration".into(), event: "event".into(), group: None, horizon: None }
    }
}

/// Nobody compares the curves of more groups than this.
const MOST_GROUPS: usize = 100;

fn curve_schema() -> SchemaRef {
    let of = number_field;
    Arc::new(Schema::new(vec![
        text("group_name", true),
        of("time"),
        count("at_risk"),
        count("events"),
        of("survival"),
        of("standard_error"),
        of("lower"),
        of("upper"),
    ]))
}

fn groups_schema() -> SchemaRef {
    let of = number_field;
    Arc::new(Schema::new(vec![
        text("group_name", true),
        count("customers"),
        count("events"),
        of("expected_events"),
        of("median"),
        of("median_lower"),
        of("median_upper"),
        of("horizon"),
        of("mean"),
        of("mean_error"),
        of("chi_square"),
        count("degrees_of_freedom"),
        of("p_value"),
    ]))
}

/// The observations of one group.
struct Group {
    name: Option<String>,
    observations: Vec<Observation>,
}

impl Durations {
    /// The groups in the order of their names, and how many rows lack a value.
    fn groups(&self, table: &RecordBatch) -> Result<(Vec<Group>, usize), String> {
        let message = |error: arrow::error::ArrowError| error.to_string();
        let time = numbers(table, &self.duration).map_err(message)?;
        let event = numbers(table, &self.event).map_err(message)?;
        let group = self.group.as_ref().map(|name| column(table, name, &DataType::Utf8)).transpose();
        let group = group.map_err(message)?.map(|group| group.as_string::<i32>().clone());
        let (mut groups, mut left_out): (Vec<Group>, usize) = (Vec::new(), 0);
        for row in 0..table.num_rows() {
            let unnamed = group.as_ref().is_some_and(|group| group.is_null(row));
            if time.is_null(row) || event.is_null(row) || unnamed {
                left_out += 1;
                continue;
            }
            let value = time.value(row);
            if !(value >= 0.0 && value.is_finite()) {
                return Err(format!(
                    "`{}` is {value} in a row: a time to an event is 0 or more",
                    self.duration
                ));
            }
            let name = group.as_ref().map(|group| group.value(row));
            let observation = Observation { time: value, event: event.value(row) != 0.0, weight: 1.0 };
            let begins = groups.last().is_none_or(|last| last.name.as_deref() != name);
            if begins && groups.len() == MOST_GROUPS {
                let by = self.group.as_deref().unwrap_or_default();
                return Err(format!("`{by}` has more than {MOST_GROUPS} different values to compare"));
            }
            if begins {
                groups.push(Group { name: name.map(str::to_owned), observations: Vec::new() });
            }
            if let Some(group) = groups.last_mut() {
                group.observations.push(observation);
            }
        }
        Ok((groups, left_out))
    }
}

fn floats(values: Vec<Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

fn curves(groups: &[Group], curves: &[KaplanMeier]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let steps: Vec<_> = groups
        .iter()
        .zip(curves)
        .flat_map(|(group, curve)| curve.steps().iter().map(move |step| (group.name.as_deref(), step)))
        .collect();
    let of = |value: fn(&crate::analysis::survival::Step) -> Option<f64>| {
        floats(steps.iter().map(|(_, step)| value(step)).collect())
    };
    table(
        curve_schema(),
        vec![
            Arc::new(steps.iter().map(|(name, _)| *name).collect::<StringArray>()),
            of(|step| Some(step.time)),
            of(|step| Some(step.at_risk)),
            of(|step| Some(step.events)),
            of(|step| Some(step.survival)),
            of(|step| step.standard_error),
            of(|step| step.band.map(|(lower, _)| lower)),
            of(|step| step.band.map(|(_, upper)| upper)),
        ],
    )
}

fn compared(
    groups: &[Group],
    curves: &[KaplanMeier],
    test: Option<&LogRank>,
    horizon: f64,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let each = |of: &dyn Fn(&KaplanMeier) -> Option<f64>| floats(curves.iter().map(of).collect());
    let all = |value: Option<f64>| floats(vec![value; groups.len()]);
    let mean = |curve: &KaplanMeier| -> Option<Mean> { curve.restricted_mean(horizon) };
    let expected: Vec<Option<f64>> = (0..groups.len())
        .map(|place| test.and_then(|test| test.groups.get(place)).map(|group| group.expected))
        .collect();
    let degrees = test.map(|test| i64::from(test.degrees_of_freedom));
    table(
        groups_schema(),
        vec![
            Arc::new(groups.iter().map(|group| group.name.as_deref()).collect::<StringArray>()),
            Arc::new(groups.iter().map(|group| counted(group.observations.len())).collect::<Int64Array>()),
            each(&|curve| Some(curve.steps().iter().map(|step| step.events).sum())),
            floats(expected),
            each(&|curve| curve.median().time),
            each(&|curve| curve.median().lower),
            each(&|curve| curve.median().upper),
            all(Some(horizon)),
            each(&|curve| mean(curve).map(|mean| mean.value)),
            each(&|curve| mean(curve).map(|mean| mean.standard_error)),
            all(test.map(|test| test.statistic)),
            Arc::new(Int64Array::from(vec![degrees; groups.len()])),
            all(test.map(|test| test.p_value)),
        ],
    )
}

impl Model for Durations {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        let named = || match value {
            Value::Text(name) => Ok(name.clone()),
            _ => Err(Unset::Not("the name of a column")),
        };
        match name {
            "duration" => self.duration = named()?,
            "event" => self.event = named()?,
            "group" => self.group = Some(named()?),
            "horizon" => match number(value) {
                Some(time) if time > 0.0 && time.is_finite() => self.horizon = Some(time),
                _ => return Err(Unset::Not("a time above 0, such as 365")),
            },
            _ => return Err(Unset::Unknown(&["duration", "event", "group", "horizon"])),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut settings =
            vec![("duration".into(), self.duration.clone()), ("event".into(), self.event.clone())];
        settings.extend(self.group.iter().map(|group| ("group".into(), group.clone())));
        settings.extend(self.horizon.iter().map(|horizon| ("horizon".into(), horizon.to_string())));
        settings
    }

    fn reads(&self, _: &Schema) -> Vec<InputColumn> {
        let mut reads = vec![
            InputColumn::new(&self.duration, Wants::Numbers),
            InputColumn::new(&self.event, Wants::Flags),
        ];
        reads.extend(self.group.iter().map(|group| InputColumn::new(group, Wants::Anything)));
        reads
    }

    fn order(&self) -> Vec<String> {
        self.group.iter().chain([&self.duration, &self.event]).cloned().collect()
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![(step.to_owned(), curve_schema()), (format!("{step}_groups"), groups_schema())]
    }

    fn run(&self, mut tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String> {
        let (groups, left_out) = self.groups(&tables.take_from()?)?;
        let fitted: Result<Vec<KaplanMeier>, _> =
            groups.iter().map(|group| KaplanMeier::of(&group.observations)).collect();
        let fitted = fitted.map_err(|error| error.to_string())?;
        let mut remarks = Vec::new();
        if left_out > 0 {
            let columns: Vec<&str> = [Some(&self.duration), Some(&self.event), self.group.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            remarks.push(format!(
                "left out: {} without {}",
                rows(left_out as u64, "row"),
                columns.join(", ")
            ));
        }
        let mut test = None;
        if groups.len() > 1 {
            let observations: Vec<&[Observation]> =
                groups.iter().map(|group| group.observations.as_slice()).collect();
            match log_rank(&observations) {
                Ok(result) => test = Some(result),
                Err(reason) => remarks.push(format!("the groups cannot be compared: {reason}")),
            }
        } else if groups.is_empty() {
            remarks.push("there is nobody to watch, so there is no curve".to_owned());
        }
        let watched = fitted.iter().map(KaplanMeier::last).reduce(f64::min).unwrap_or(0.0);
        let horizon = self.horizon.unwrap_or(watched);
        let message = |error: arrow::error::ArrowError| error.to_string();
        let curve = curves(&groups, &fitted).map_err(message)?;
        let compared = compared(&groups, &fitted, test.as_ref(), horizon).map_err(message)?;
        Ok(Fitted {
            tables: vec![
                Yielded::further(run.step, "", curve),
                Yielded::further(run.step, "_groups", compared),
            ],
            remarks,
        })
    }
}
