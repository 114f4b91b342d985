//! `model: bg_nbd_covariates` and `pareto_nbd_covariates`: fits purchases together with what else is known of each customer,
//! every column of the table that is not part of the purchase history. Yields `<step>`, one row a customer, `<step>_fit`, one
//! row a parameter, and `<step>_effects`, one row a covariate and process.
//!
//! Text becomes a column of 0 and 1 for each of its values but the most frequent one, beside which the others are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Float64Builder, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::analysis::clv::bg_nbd::BgNbd;
use crate::analysis::clv::cell::{Cells, History};
use crate::analysis::clv::covariates::{self, Column, Fit, Patterns};
use crate::analysis::clv::pareto_nbd::ParetoNbd;
use crate::pipeline::Value;
use crate::problem::counted;

use super::super::record::Record;
use super::super::{Fitted, PurchaseDays, Unset, Yielded, by_customer, column, numbers, unit_days};
use super::{Given, Kind, Read, Wants, ascending, text, written};

/// The columns of the purchase history.
const HISTORY: [&str; 4] = ["active_days", "repeat_days", "span_days", "tenure_days"];
/// Further columns of `customer_summary` and `histories` that say again what the history says: no covariates.
const NONE_OF_THEM: [&str; 4] = ["mean_repeat_spend", "ln_gaps", "recent_days", "window_days"];
/// A value of text that fewer customers have, by share and by number, is one of the others.
const RARE: (f64, usize) = (0.01, 50);
/// What rare values are called together, and what stands for none.
const OTHERS: &str = "(other)";
const NONE: &str = "(none)";

/// Which model it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// BG/NBD.
    BgNbd,
    /// Pareto/NBD.
    ParetoNbd,
}

impl Of {
    /// Its name with covariates, and without.
    fn keys(self) -> [&'static str; 2] {
        match self {
            Self::BgNbd => ["bg_nbd_covariates", "bg_nbd"],
            Self::ParetoNbd => ["pareto_nbd_covariates", "pareto_nbd"],
        }
    }
}

/// The step's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct WithCovariates {
    of: Of,
    /// `horizon_days`: whole days ahead, ascending. Default 30, 90, 365.
    horizon_days: Vec<u32>,
    /// `unit_days`: the model's unit of time in days. Default 7.
    unit_days: f64,
}

impl WithCovariates {
    /// The defaults.
    pub(super) fn new(of: Of) -> Self {
        Self { of, horizon_days: vec![30, 90, 365], unit_days: 7.0 }
    }

    /// Its name in the pipeline.
    pub(super) fn key(&self) -> &'static str {
        self.of.keys()[0]
    }

    fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("customer_id", DataType::Utf8View, false), super::number("p_alive")];
        let ahead = self.horizon_days.iter().map(|days| super::number(&format!("expected_purchases_{days}")));
        fields.extend(ahead);
        Arc::new(Schema::new(fields))
    }

    /// The fit and what follows from it, by either model.
    fn by<M: covariates::Model>(
        &self,
        table: &RecordBatch,
        customers: &Customers,
        step: &str,
    ) -> Result<Fitted, String> {
        let cells =
            Cells::collapse(&customers.histories, self.unit_days).map_err(|error| error.to_string())?;
        let columns: Vec<Column<'_>> =
            customers.covariates.iter().map(|(name, values)| Column { name, values }).collect();
        let patterns = Patterns::of(&cells, &columns).map_err(|error| error.to_string())?;
        let fit = M::fit_with(&patterns);
        let [own, plain] = self.of.keys();
        let mut record = Record::default();
        record.add(own, &fit, fit.replaced_by().map(|_| plain), Some(self.unit_days));
        record.add(plain, &fit.without, None, Some(self.unit_days));
        let mut remarks: Vec<String> = fit.left_out.iter().map(ToString::to_string).collect();
        if fit.model().is_none() {
            let instead = match fit.replaced_by() {
                Some(kind) => format!("{} without them predicts", kind.title()),
                None => "there are no predictions".to_owned(),
            };
            remarks.push(format!("covariates: {}; {instead}", fit.ending));
        }
        let scores = self.scores(&fit, &patterns)?;
        let mut modelled = patterns.cell_of().iter();
        let stride = self.horizon_days.len() + 1;
        let mut figures: Vec<Float64Builder> =
            (0..stride).map(|_| Float64Builder::with_capacity(table.num_rows())).collect();
        for known in &customers.modelled {
            let place = if *known { modelled.next() } else { None };
            let start = place.map(|place| *place as usize * stride);
            for (at, figure) in figures.iter_mut().enumerate() {
                figure.append_option(start.and_then(|start| scores.as_ref()?.get(start + at).copied()));
            }
        }
        let ids = column(table, "customer_id", &DataType::Utf8View).map_err(|error| error.to_string())?;
        let figures = figures.into_iter().map(|mut figure| Arc::new(figure.finish()) as ArrayRef);
        let scored = RecordBatch::try_new(self.schema(), [ids].into_iter().chain(figures).collect());
        let effects = effects(&fit).map_err(|error| error.to_string())?;
        let unordered = |suffix: &str, rows: RecordBatch| Yielded {
            name: format!("{step}{suffix}"),
            rows,
            order: Vec::new(),
        };
        Ok(Fitted {
            tables: vec![
                Yielded {
                    name: step.to_owned(),
                    rows: scored.map_err(|error| error.to_string())?,
                    order: by_customer(),
                },
                unordered("_fit", record.table().map_err(|error| error.to_string())?),
                unordered("_effects", effects),
            ],
            remarks,
        })
    }

    /// P(alive) and expected purchases of each cell of each pattern; none where nothing can predict.
    fn scores<M: covariates::Model>(
        &self,
        fit: &Fit<M>,
        patterns: &Patterns<'_>,
    ) -> Result<Option<Vec<f64>>, String> {
        let mut scores = Vec::new();
        for (row, range) in patterns.iter() {
            let Some(model) = fit.of(row).map_err(|error| error.to_string())? else { return Ok(None) };
            for cell in patterns.cells().get(range).unwrap_or_default() {
                scores.push(model.p_alive(cell.x, cell.t_x, cell.t));
                scores.extend(self.horizon_days.iter().map(|days| {
                    model.expected_purchases(cell.x, cell.t_x, cell.t, f64::from(*days) / self.unit_days)
                }));
            }
        }
        Ok(Some(scores))
    }
}

/// The columns of `<step>_effects`.
fn effects_schema() -> SchemaRef {
    let mut fields = vec![text("covariate", false), text("process", true)];
    let figures = [
        "coefficient",
        "standard_error",
        "factor",
        "factor_low",
        "factor_high",
        "z",
        "p_value",
        "mean",
        "sd",
    ];
    fields.extend(figures.map(super::number));
    fields.push(text("left_out", true));
    fields.extend(["lr_statistic", "lr_degrees", "lr_p_value"].map(super::number));
    Arc::new(Schema::new(fields))
}

fn effects<M>(fit: &Fit<M>) -> Result<RecordBatch, arrow::error::ArrowError> {
    let all = || fit.effects.iter();
    let left_out = || fit.left_out.iter();
    let names = all().map(|effect| &effect.covariate).chain(left_out().map(|left| &left.covariate));
    let processes = all().map(|effect| Some(effect.process.key())).chain(left_out().map(|_| None));
    let figure = |of: &dyn Fn(&covariates::Effect) -> Option<f64>| -> ArrayRef {
        Arc::new(all().map(of).chain(left_out().map(|_| None)).collect::<Float64Array>())
    };
    let why = all().map(|_| None).chain(left_out().map(|left| Some(left.to_string())));
    let test = |of: &dyn Fn(&covariates::LikelihoodRatio) -> f64| -> ArrayRef {
        let value = fit.test.as_ref().map(of);
        Arc::new(all().map(|_| value).chain(left_out().map(|_| value)).collect::<Float64Array>())
    };
    RecordBatch::try_new(
        effects_schema(),
        vec![
            Arc::new(names.map(Some).collect::<StringArray>()),
            Arc::new(processes.collect::<StringArray>()),
            figure(&|effect| Some(effect.coefficient)),
            figure(&|effect| effect.standard_error),
            figure(&|effect| Some(effect.factor())),
            figure(&|effect| effect.factor_interval().map(|[low, _]| low)),
            figure(&|effect| effect.factor_interval().map(|[_, high]| high)),
            figure(&covariates::Effect::z),
            figure(&covariates::Effect::p_value),
            figure(&|effect| Some(effect.mean)),
            figure(&|effect| Some(effect.sd)),
            Arc::new(why.collect::<StringArray>()),
            test(&|test| test.statistic),
            test(&|test| f64::from(test.degrees)),
            test(&|test| test.p_value),
        ],
    )
}

/// The customers of a table: who has a history, and their covariates.
struct Customers {
    /// Of each row, whether the customer has a purchase day.
    modelled: Vec<bool>,
    /// Of those who have.
    histories: Vec<History>,
    covariates: Vec<(String, Vec<f64>)>,
    /// Columns of text of which all customers have the same.
    constant: Vec<String>,
}

impl Customers {
    fn read(table: &RecordBatch) -> Result<Self, String> {
        let purchases = PurchaseDays::read(table).map_err(|error| error.to_string())?;
        let histories: Vec<Option<History>> =
            (0..table.num_rows()).map(|row| purchases.history(row)).collect();
        let modelled: Vec<bool> = histories.iter().map(Option::is_some).collect();
        let (mut covariates, mut constant) = (Vec::new(), Vec::new());
        for field in table.schema().fields() {
            let name = field.name();
            if is_covariate(name) {
                let columns = values(table, name, field.data_type(), &modelled)?;
                if columns.is_empty() {
                    constant.push(name.clone());
                }
                covariates.extend(columns);
            }
        }
        Ok(Self { modelled, histories: histories.into_iter().flatten().collect(), covariates, constant })
    }
}

fn is_covariate(name: &str) -> bool {
    name != "customer_id" && !HISTORY.contains(&name) && !NONE_OF_THEM.contains(&name)
}

/// A column as covariates, of the customers who are modelled.
fn values(
    table: &RecordBatch,
    name: &str,
    data_type: &DataType,
    modelled: &[bool],
) -> Result<Vec<(String, Vec<f64>)>, String> {
    let rows = || modelled.iter().enumerate().filter_map(|(row, known)| known.then_some(row));
    if data_type.is_numeric() || *data_type == DataType::Boolean {
        let numbers = numbers(table, name).map_err(|error| error.to_string())?;
        let known: Vec<Option<f64>> =
            rows().map(|row| (!numbers.is_null(row)).then(|| numbers.value(row))).collect();
        let count = known.iter().flatten().count().max(1);
        let mean = known.iter().flatten().sum::<f64>() / count as f64;
        return Ok(vec![(name.to_owned(), known.into_iter().map(|value| value.unwrap_or(mean)).collect())]);
    }
    if !data_type.is_string() {
        return Err(format!(
            "the covariate `{name}` is {data_type}; make it a number, a truth value or text"
        ));
    }
    let texts = column(table, name, &DataType::Utf8).map_err(|error| error.to_string())?;
    let texts = texts.as_string::<i32>();
    let of = |row: usize| if texts.is_null(row) { NONE } else { texts.value(row) };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rows().for_each(|row| *counts.entry(of(row)).or_default() += 1);
    let all: usize = counts.values().sum();
    let is_rare = |count: usize| (count as f64) < RARE.0 * all as f64 || count < RARE.1;
    let level = |row: usize| {
        let level = of(row);
        if counts.get(level).is_some_and(|count| is_rare(*count)) { OTHERS } else { level }
    };
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    rows().for_each(|row| *levels.entry(level(row)).or_default() += 1);
    // The first of the most frequent ones is what the others are held against.
    let most = levels.values().copied().max().unwrap_or_default();
    let base = levels.iter().find(|(_, count)| **count == most).map_or("", |(level, _)| *level);
    let dummy = |of: &str| {
        let values = rows().map(|row| f64::from(u8::from(level(row) == of))).collect();
        (format!("{name} = {of}, not {base}"), values)
    };
    Ok(levels.keys().filter(|level| **level != base).map(|level| dummy(level)).collect())
}

impl Kind for WithCovariates {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        match name {
            "horizon_days" => match ascending(value, 3650) {
                Some(days) => self.horizon_days = days,
                None => return Err(Unset::Not("ascending whole days from 1 to 3650, such as [30, 90, 365]")),
            },
            "unit_days" => self.unit_days = unit_days(value)?,
            _ => return Err(Unset::Unknown(&["horizon_days", "unit_days"])),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        vec![
            ("horizon_days".into(), written(&self.horizon_days)),
            ("unit_days".into(), self.unit_days.to_string()),
        ]
    }

    fn reads(&self, table: &Schema) -> Vec<Read> {
        let history = HISTORY.map(|name| Read::new(name, Wants::Numbers));
        let names =
            table.fields().iter().map(|field| field.name().as_str()).filter(|name| is_covariate(name));
        let covariates = names.map(|name| Read::new(name, Wants::Anything));
        [Read::new("customer_id", Wants::Anything)].into_iter().chain(history).chain(covariates).collect()
    }

    fn order(&self) -> Vec<String> {
        vec!["customer_id".into()]
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![
            (step.to_owned(), self.schema()),
            (format!("{step}_fit"), Record::schema()),
            (format!("{step}_effects"), effects_schema()),
        ]
    }

    fn run(&self, table: &RecordBatch, _: Option<&Given>, step: &str) -> Result<Fitted, String> {
        let customers = Customers::read(table)?;
        let mut fitted = match self.of {
            Of::BgNbd => self.by::<BgNbd>(table, &customers, step)?,
            Of::ParetoNbd => self.by::<ParetoNbd>(table, &customers, step)?,
        };
        let constant = customers.constant.iter().map(|name| format!("{name} is the same for everybody"));
        fitted.remarks.extend(constant);
        let none = table.num_rows() - customers.histories.len();
        if none > 0 {
            let have = if none == 1 { "has" } else { "have" };
            let who = counted(none as u64, "customer");
            fitted.remarks.push(format!("{who} without a purchase day {have} no prediction"));
        }
        Ok(fitted)
    }
}
