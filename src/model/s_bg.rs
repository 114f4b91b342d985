//! `model: s_bg`: fits the renewals of contracts to counts by cohort and renewal. Yields `<step>`, one row per renewal,
//! seen and projected, and `<step>_fit`, one row per parameter.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::analysis::clv::discrete::MOST_OPPORTUNITIES;
use crate::analysis::clv::fit::{Ending, Fit};
use crate::analysis::clv::parameters::of_length;
use crate::analysis::clv::s_bg::{self, Renewal, SBg};
use crate::value::Value;

use super::columns::{InputColumn, Wants, column, number_field, numbers, whole_numbers};
use super::given::values_of;
use super::record::{AT_LIMIT, Record};
use super::setting::{Unset, ascending, number};
use super::{Fitted, InputTable, Model, ModelKind, Role, StepRun, Tables, Yielded};

/// The model as steps name it.
pub(super) fn kind() -> ModelKind {
    ModelKind {
        key: "s_bg",
        needs: &[Role::From],
        may_read: &[Role::Parameters],
        further: &["_fit"],
        declared: &["s_bg", "purchases"],
        make: Box::new(|_| Box::new(Contracts::default())),
    }
}

/// The step's settings.
#[derive(Debug)]
struct Contracts {
    /// `horizon`: how many renewals beyond those seen are projected. Default 12.
    horizon: u32,
    /// `discount_rate`: that of one period. Default 0.1.
    discount_rate: f64,
}

impl Default for Contracts {
    fn default() -> Self {
        Self { horizon: 12, discount_rate: 0.1 }
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("renewal", DataType::Int64, false),
        number_field("at_risk"),
        number_field("lost"),
        number_field("observed_retention"),
        number_field("retention"),
        number_field("observed_survival"),
        number_field("survival"),
        number_field("residual_payments"),
    ]))
}

/// The renewals of all cohorts, from rows sorted by cohort and renewal.
fn renewals(table: &RecordBatch) -> Result<Vec<Renewal>, String> {
    let message = |error: arrow::error::ArrowError| error.to_string();
    let cohorts = column(table, "cohort", &DataType::Utf8).map_err(message)?;
    let cohorts = cohorts.as_string::<i32>();
    let (renewal, customers) =
        (whole_numbers(table, "renewal").map_err(message)?, numbers(table, "customers").map_err(message)?);
    let mut renewals = Vec::new();
    let mut before: Option<(&str, i64, f64)> = None;
    for row in 0..table.num_rows() {
        if cohorts.is_null(row) || renewal.is_null(row) || customers.is_null(row) {
            return Err("a row has no cohort, no renewal or no customers".to_owned());
        }
        let (cohort, at, left) = (cohorts.value(row), renewal.value(row), customers.value(row));
        let possible = (0..=i64::from(MOST_OPPORTUNITIES)).contains(&at) && left >= 0.0 && left.is_finite();
        if !possible {
            return Err(format!(
                "cohort `{cohort}` has {left} customers after {at} renewals: both must be 0 or more, and no more than \
                 {MOST_OPPORTUNITIES} renewals"
            ));
        }
        if let Some((_, last, there)) = before.filter(|(of, ..)| *of == cohort) {
            if at != last + 1 {
                return Err(format!(
                    "cohort `{cohort}` goes from renewal {last} to {at}: it must have one row for each renewal"
                ));
            }
            if left > there {
                return Err(format!(
                    "cohort `{cohort}` has {left} customers after renewal {at}, more than the {there} before it: count only \
                     those who never left"
                ));
            }
            renewals.push(Renewal { period: at as u32, at_risk: there, lost: there - left });
        }
        before = Some((cohort, at, left));
    }
    Ok(renewals)
}

impl Contracts {
    fn rows(
        &self,
        renewals: &[Renewal],
        model: Option<&SBg>,
    ) -> Result<RecordBatch, arrow::error::ArrowError> {
        let mut seen: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for renewal in renewals {
            let (at_risk, lost) = seen.entry(renewal.period).or_default();
            (*at_risk, *lost) = (*at_risk + renewal.at_risk, *lost + renewal.lost);
        }
        let last = seen.keys().last().copied().unwrap_or(0) + self.horizon;
        let mut survived = Some(1.0);
        let mut figures: Vec<[Option<f64>; 7]> = Vec::new();
        for t in 0..=last {
            let known = seen.get(&t).copied().filter(|(at_risk, _)| *at_risk > 0.0);
            let kept = known.map(|(at_risk, lost)| 1.0 - lost / at_risk);
            if t > 0 {
                // Unknown from the first renewal without a customer on.
                survived = survived.zip(kept).map(|(survived, kept)| survived * kept);
            }
            let finite = |value: f64| value.is_finite().then_some(value);
            figures.push([
                known.map(|(at_risk, _)| at_risk),
                known.map(|(_, lost)| lost),
                kept,
                model.map(|model| model.retention(t)),
                survived,
                model.map(|model| model.survival(t)),
                model.and_then(|model| finite(model.discounted_residual_lifetime(t, self.discount_rate))),
            ]);
        }
        let of = |place: usize| -> ArrayRef {
            Arc::new(figures.iter().map(|row| row.get(place).copied().flatten()).collect::<Float64Array>())
        };
        let renewal: ArrayRef = Arc::new((0..=i64::from(last)).collect::<Int64Array>());
        RecordBatch::try_new(schema(), [renewal].into_iter().chain((0..7).map(of)).collect())
    }
}

/// The model with given parameters.
fn kept(given: &InputTable, renewals: &[Renewal]) -> Result<Fit<SBg>, String> {
    let starting = renewals.iter().filter(|renewal| renewal.period == 1).map(|renewal| renewal.at_risk);
    let customers = starting.sum::<f64>() as usize;
    let Some(values) = values_of(given, "s_bg", &s_bg::SYMBOLS)? else {
        return Ok(Fit::given(None, std::iter::empty(), customers, renewals.len()));
    };
    let model = SBg::from_parameters(of_length(&values));
    let model = model.map_err(|error| format!("`{}` has no sBG: {error}", given.name))?;
    let known = s_bg::SYMBOLS.into_iter().zip(values);
    Ok(Fit::given(Some(model), known, customers, renewals.len()))
}

impl Model for Contracts {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        match name {
            "horizon" => match ascending(value, 1000).as_deref() {
                Some([horizon]) => self.horizon = *horizon,
                _ => return Err(Unset::Not("a whole number of renewals from 1 to 1000, such as 12")),
            },
            "discount_rate" => match number(value) {
                Some(rate) if rate > 1e-6 && rate <= 1.0 => self.discount_rate = rate,
                _ => return Err(Unset::Not("a rate a period above 0 and up to 1, such as 0.1 for 10 %")),
            },
            _ => return Err(Unset::Unknown(&["horizon", "discount_rate"])),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        vec![
            ("horizon".into(), self.horizon.to_string()),
            ("discount_rate".into(), self.discount_rate.to_string()),
        ]
    }

    fn reads(&self, _: &Schema) -> Vec<InputColumn> {
        vec![
            InputColumn::new("cohort", Wants::Anything),
            InputColumn::new("renewal", Wants::Numbers),
            InputColumn::new("customers", Wants::Numbers),
        ]
    }

    fn order(&self) -> Vec<String> {
        vec!["cohort".into(), "renewal".into()]
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![(step.to_owned(), schema()), (format!("{step}_fit"), Record::schema())]
    }

    fn run(&self, mut tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String> {
        let renewals = renewals(&tables.take_from()?)?;
        let fit = match tables.parameters() {
            Some(given) => kept(given, &renewals)?,
            None => s_bg::fit(&renewals),
        };
        let rows = self.rows(&renewals, fit.model()).map_err(|error| error.to_string())?;
        let mut record = Record::default();
        record.add("s_bg", &fit, None, None);
        let record = record.table().map_err(|error| error.to_string())?;
        let then = if fit.ending.predicts() { AT_LIMIT } else { "nothing is projected" };
        let remarks = match fit.ending {
            Ending::Converged | Ending::Given => Vec::new(),
            ending => vec![format!("sBG: {ending}; {then}")],
        };
        Ok(Fitted {
            tables: vec![
                Yielded { name: run.step.to_owned(), rows, order: vec!["renewal".to_owned()] },
                Yielded::further(run.step, "_fit", record),
            ],
            remarks,
        })
    }
}
