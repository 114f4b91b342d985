//! Judging on the period `judge`: the model, other probabilities, and rules.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::classify::judge::{Bands, Costs, Outcomes};

use super::super::columns::{count_field, number_field, numbers, table, text_field as text};
use super::learned::Learned;
use super::{Classes, JUDGE, Rows, TRAIN};

/// The columns of `<step>_judged`.
pub(super) fn judged_schema() -> SchemaRef {
    let of = number_field;
    let mut fields = vec![text("contender", false), text("kind", false)];
    let counts = ["customers", "churned", "found", "needless", "missed", "left_alone"];
    let figures = [
        "customers",
        "churned",
        "share",
        "predicted",
        "auc",
        "auc_error",
        "brier",
        "brier_skill",
        "log_loss",
        "calibration_error",
        "threshold",
        "found",
        "needless",
        "missed",
        "left_alone",
        "precision",
        "recall",
        "cost",
    ];
    let field = |name| if counts.contains(&name) { count_field(name) } else { of(name) };
    fields.extend(figures.map(field));
    Arc::new(Schema::new(fields))
}

/// The columns of `<step>_gains`.
pub(super) fn gains_schema() -> SchemaRef {
    let of = number_field;
    let mut fields =
        vec![text("contender", false), text("kind", false), Field::new("tenth", DataType::Int64, false)];
    let figures = [
        "customers",
        "churned",
        "lowest",
        "highest",
        "predicted",
        "observed",
        "lift",
        "lift_so_far",
        "captured",
    ];
    fields.extend(figures.map(of));
    Arc::new(Schema::new(fields))
}

/// A contender: it says who leaves.
struct Contender {
    name: String,
    kind: &'static str,
    /// What is said of every row: a probability, or a place in the order.
    said: Vec<f64>,
    /// For a rule, the values in ascending order; `said` is the place among them, as a share.
    values: Option<Vec<f64>>,
}

impl Contender {
    /// A rule: its values only put customers in order.
    fn rule(name: &str, values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let most = sorted.len().max(1) as f64;
        let place = |value: &f64| {
            if value.is_nan() {
                f64::NAN
            } else {
                sorted.partition_point(|below| below < value) as f64 / most
            }
        };
        let said = values.iter().map(place).collect();
        Self { name: name.to_owned(), kind: "rule", said, values: Some(sorted) }
    }

    /// A threshold in what the contender says: for a rule, in its values.
    fn threshold(&self, threshold: f64) -> Option<f64> {
        let Some(values) = &self.values else { return threshold.is_finite().then_some(threshold) };
        // A threshold lies between two places, an edge of a band on one.
        let place = (threshold * values.len() as f64 - 1e-6).ceil();
        if place < 0.0 { None } else { values.get(place as usize).copied() }
    }

    /// What was said of these rows, and what came; none if nothing was said of one of them.
    fn outcomes(&self, rows: &Rows, period: &str) -> Result<Option<Outcomes>, String> {
        let of = rows.of(period);
        let said: Vec<f64> = of.iter().filter_map(|row| self.said.get(*row).copied()).collect();
        if said.is_empty() || said.iter().any(|said| said.is_nan()) {
            return Ok(None);
        }
        let outcomes = Outcomes::new(&said, &rows.churned(&of), None);
        outcomes.map(Some).map_err(|error| format!("`{}`: {error}", self.name))
    }
}

/// The rows of `<step>_judged` and `<step>_gains`.
#[derive(Default)]
pub(super) struct Judged {
    contenders: Vec<(String, &'static str)>,
    figures: Vec<[Option<f64>; 18]>,
    tenths: Vec<(String, &'static str, i64)>,
    gains: Vec<[Option<f64>; 9]>,
}

impl Judged {
    fn add(&mut self, contender: &Contender, judged: &Outcomes, train: Option<&Outcomes>, costs: Costs) {
        let is_rule = contender.values.is_some();
        let of_probability = |value: f64| (!is_rule).then_some(value);
        let auc = judged.auc();
        // Chosen on the period for learning.
        let threshold = train.map(|train| train.cheapest_threshold(costs).probability);
        let confusion = threshold.map(|threshold| judged.confusion(threshold));
        let calibration = judged.calibration(Bands::EqualWeight, 10);
        self.contenders.push((contender.name.clone(), contender.kind));
        self.figures.push([
            Some(judged.customers()),
            Some(judged.share() * judged.customers()),
            Some(judged.share()),
            of_probability(judged.predicted_share()),
            auc.map(|auc| auc.value),
            auc.and_then(|auc| auc.standard_error),
            of_probability(judged.brier()),
            judged.brier_skill().and_then(of_probability),
            of_probability(judged.log_loss()),
            of_probability(calibration.expected_error),
            threshold.and_then(|threshold| contender.threshold(threshold)),
            confusion.map(|confusion| confusion.found),
            confusion.map(|confusion| confusion.needless),
            confusion.map(|confusion| confusion.missed),
            confusion.map(|confusion| confusion.left_alone),
            confusion.and_then(|confusion| confusion.precision()),
            confusion.and_then(|confusion| confusion.recall()),
            confusion.map(|confusion| confusion.cost(costs)),
        ]);
        for (tenth, gain) in (1..).zip(judged.gains()) {
            let (lowest, highest) = gain.band.range;
            let edge = |said: f64| if is_rule { contender.threshold(said) } else { Some(said) };
            self.tenths.push((contender.name.clone(), contender.kind, tenth));
            self.gains.push([
                Some(gain.band.weight),
                Some(gain.band.churned),
                edge(lowest),
                edge(highest),
                of_probability(gain.band.predicted),
                Some(gain.band.observed),
                gain.lift,
                gain.lift_so_far,
                gain.captured,
            ]);
        }
    }

    /// Both tables.
    pub fn tables(self) -> Result<(RecordBatch, RecordBatch), ArrowError> {
        let names: ArrayRef =
            Arc::new(self.contenders.iter().map(|(name, _)| Some(name)).collect::<StringArray>());
        let kinds: ArrayRef =
            Arc::new(self.contenders.iter().map(|(_, kind)| Some(*kind)).collect::<StringArray>());
        let columns = [names, kinds].into_iter().chain(columns(&self.figures)).collect();
        let judged = table(judged_schema(), columns)?;
        let names: ArrayRef =
            Arc::new(self.tenths.iter().map(|(name, ..)| Some(name)).collect::<StringArray>());
        let kinds: ArrayRef =
            Arc::new(self.tenths.iter().map(|(_, kind, _)| Some(*kind)).collect::<StringArray>());
        let tenths: ArrayRef =
            Arc::new(self.tenths.iter().map(|(_, _, tenth)| *tenth).collect::<Int64Array>());
        let columns = [names, kinds, tenths].into_iter().chain(self::columns(&self.gains)).collect();
        Ok((judged, RecordBatch::try_new(gains_schema(), columns)?))
    }
}

/// Rows of figures as columns.
fn columns<const N: usize>(rows: &[[Option<f64>; N]]) -> Vec<ArrayRef> {
    let column = |place: usize| -> ArrayRef {
        // A sum of nothing is −0.
        let values = rows.iter().map(|row| row.get(place).copied().flatten().map(|value| value + 0.0));
        Arc::new(values.collect::<Float64Array>())
    };
    (0..N).map(column).collect()
}

impl Classes {
    /// Compares what each contender says with what came.
    ///
    /// # Errors
    /// Probabilities that are none.
    pub(super) fn judge(
        &self,
        table: &RecordBatch,
        rows: &Rows,
        learned: &Learned,
        remarks: &mut Vec<String>,
    ) -> Result<Judged, String> {
        let values = |name: &String| -> Result<Vec<f64>, String> {
            let values = numbers(table, name).map_err(|error| error.to_string())?;
            Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
        };
        let mut contenders = Vec::new();
        if let Some(probability) = &learned.probability {
            let name = self.method.key().to_owned();
            contenders.push(Contender { name, kind: "model", said: probability.clone(), values: None });
        }
        for name in &self.probabilities {
            let said = values(name)?;
            contenders.push(Contender { name: name.clone(), kind: "probability", said, values: None });
        }
        for name in &self.rules {
            contenders.push(Contender::rule(name, &values(name)?));
        }
        let mut judged = Judged::default();
        if rows.of(JUDGE).is_empty() {
            // A user who only scores does not miss it.
            if !self.given || rows.has(JUDGE) {
                remarks.push(format!("no row of the period `{JUDGE}` has a label: nobody is judged"));
            }
            return Ok(judged);
        }
        for contender in &contenders {
            match contender.outcomes(rows, JUDGE)? {
                Some(outcomes) => {
                    let train = contender.outcomes(rows, TRAIN)?;
                    judged.add(contender, &outcomes, train.as_ref(), self.costs());
                }
                None => remarks
                    .push(format!("`{}` says nothing of some customers, and is not judged", contender.name)),
            }
        }
        Ok(judged)
    }
}
