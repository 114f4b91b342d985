//! Model steps: what a model needs of its table, and the tables it yields. The numerics are [`crate::analysis`]'s.

mod contest;
mod forecast;
mod given;
mod months;
mod record;
mod table;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::logical_expr::{SortExpr, ident};
use jiff::civil::Date;

use crate::analysis::clv::cell::History;
use crate::engine::sql::sql_types;
use crate::pipeline::{Models, Param, Parameters, Pipeline, Role, Step, StepKind, Value};
use crate::problem::{Problem, suggestion};

use contest::Contest;
use table::TableModel;
use value::{Asked, Predictions, check_covariates, effects_schema};

/// A model step's model, with its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// A model of purchases, and one of spend.
    Predictions(Predictions),
    /// All of the former, judged by what came after days in the past.
    Contest(Contest),
    /// A model of a table of another kind.
    Table(TableModel),
}

/// A table that a model yields.
pub struct Yielded {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: RecordBatch,
    /// The order that they are in.
    pub order: Vec<SortExpr>,
}

/// What a model step yields.
pub struct Fitted {
    /// Its tables, that of the step's name first.
    pub tables: Vec<Yielded>,
    /// What a reader of the log should know.
    pub remarks: Vec<String>,
}

/// A table that a model reads.
pub struct InputTable {
    /// Its name.
    pub name: String,
    /// Its rows, with the columns of [`Model::columns`] in [`Model::order`].
    pub rows: RecordBatch,
}

/// The parts of a model's tables that somebody will read; the rest need not be made.
#[derive(Debug, Clone)]
pub enum RequiredColumns {
    /// All of them.
    All,
    /// These columns of tables, by name.
    Columns(BTreeMap<String, BTreeSet<String>>),
}

impl RequiredColumns {
    /// Whether a table is seen.
    fn table(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Columns(columns) => columns.contains_key(name),
        }
    }

    /// Whether one of these columns of a table is seen.
    fn any_column(&self, table: &str, names: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Columns(columns) => {
                columns.get(table).is_some_and(|of| names.iter().any(|n| of.contains(n)))
            }
        }
    }
}

/// The tables that a model reads.
pub type Tables = BTreeMap<Role, InputTable>;

/// Why a setting is not taken.
enum Unset {
    /// It must be something else.
    Not(&'static str),
    /// There is none of this name; there are these.
    Unknown(&'static [&'static str]),
    /// It is for fitting, but parameters are given.
    OfFitting,
}

impl Model {
    /// Reads a model step's `with`.
    ///
    /// # Errors
    /// Unknown keys, and values of a wrong kind or range.
    pub fn new(
        model: Models,
        pipeline: &Pipeline,
        step: &Step,
        parameters: &Parameters,
    ) -> Result<Self, Vec<Problem>> {
        let given = matches!(&step.kind, StepKind::Model { tables, .. }
            if tables.iter().any(|(role, _)| *role == Role::Parameters));
        let mut model = match model {
            Models::Purchases(kind) => Self::Predictions(Predictions::new(Asked::Model(kind))),
            Models::Covariates(family) => Self::Predictions(Predictions::new(Asked::Covariates(family))),
            Models::Best => Self::Predictions(Predictions::new(Asked::Best)),
            Models::Contest => Self::Contest(Contest::default()),
            other => Self::Table(TableModel::new(other, given).ok_or_else(Vec::new)?),
        };
        let set = step.with.iter().filter_map(|param| model.set(pipeline, param, parameters).err());
        let problems: Vec<Problem> = set.collect();
        if problems.is_empty() { Ok(model) } else { Err(problems) }
    }

    fn set(&mut self, pipeline: &Pipeline, param: &Param, parameters: &Parameters) -> Result<(), Problem> {
        let name = param.name.value.as_str();
        // A model's value may also be a parameter of the pipeline.
        let value = match &param.value {
            Value::Text(text) => {
                text.strip_prefix('$').and_then(|name| parameters.get(name)).unwrap_or(&param.value)
            }
            value => value,
        };
        let set = match self {
            Self::Predictions(model) => model.set(name, value),
            Self::Contest(contest) => contest.set(name, value),
            Self::Table(model) => model.kind_mut().set(name, value),
        };
        set.map_err(|unset| {
            let place = pipeline.place(&param.name.at);
            match unset {
                Unset::Not(wanted) => {
                    Problem::new(format!("`{name}` must be {wanted}, not {value}")).at(place)
                }
                Unset::Unknown(keys) => Problem::new(format!("`{name}` is not a setting of the model"))
                    .at(place)
                    .help_if(suggestion(name, keys.iter().copied())),
                Unset::OfFitting => Problem::new(format!("`{name}` has no use beside `parameters`"))
                    .at(place)
                    .help("it is a setting of fitting, and with parameters nothing is fitted"),
            }
        })
    }

    /// The model's name in the pipeline.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Predictions(model) => match model.asked {
                Asked::Model(kind) => kind.key(),
                Asked::Covariates(family) => family.key(),
                Asked::Best => Models::Best.key(),
            },
            Self::Contest(_) => Models::Contest.key(),
            Self::Table(model) => model.key(),
        }
    }

    /// The settings as they were resolved, for the record.
    pub fn settings(&self) -> Vec<(String, String)> {
        match self {
            Self::Predictions(model) => model.settings(),
            Self::Contest(contest) => contest.settings(),
            Self::Table(model) => model.kind().settings(),
        }
    }

    /// The columns of a table of parameters.
    fn parameters(&self) -> &'static given::Columns {
        match self {
            Self::Table(model) => model.kind().parameters(),
            Self::Predictions(Predictions { asked: Asked::Covariates(_), .. }) => &given::WITH_COVARIATES,
            Self::Predictions(_) | Self::Contest(_) => &given::A_ROW_A_PARAMETER,
        }
    }

    /// The columns that a table must have, whatever other columns it has.
    fn reads(&self, role: Role) -> Vec<&'static str> {
        match (self, role) {
            (_, Role::JudgedBy) => contest::VERDICT.to_vec(),
            (_, Role::Parameters) => self.parameters().needed(),
            (_, Role::Season) => months::READS.to_vec(),
            (Self::Predictions(model), Role::From) => model.reads(),
            (Self::Contest(_), Role::From) => contest::READS.to_vec(),
            (Self::Table(_), Role::From) => Vec::new(),
        }
    }

    /// The columns of a table that the model reads.
    pub fn columns(&self, role: Role, table: &Schema) -> Vec<String> {
        let known = match (self, role) {
            (Self::Table(model), Role::From) => return model.columns(table),
            (_, Role::Parameters) => self.parameters().known(table),
            (_, Role::JudgedBy) => contest::columns(table),
            (_, Role::From | Role::Season) => self.reads(role),
        };
        let mut columns: Vec<String> = known.into_iter().map(str::to_owned).collect();
        if let (Self::Predictions(model), Role::From) = (self, role) {
            columns.extend(model.covariates(table));
        }
        columns
    }

    /// The order in which the model reads rows: it determines all that the model looks at.
    pub fn order(&self, role: Role) -> Vec<SortExpr> {
        match (self, role) {
            (Self::Predictions(_), Role::From) => by_customer(),
            (Self::Table(model), Role::From) => {
                model.kind().order().into_iter().map(|name| ident(name).sort(true, false)).collect()
            }
            _ => self.reads(role).iter().map(|name| ident(*name).sort(true, false)).collect(),
        }
    }

    /// Whether a table has what the model reads.
    ///
    /// # Errors
    /// The first column that is missing or of a wrong type.
    pub fn check(&self, role: Role, table: &Schema, name: &str) -> Result<(), Problem> {
        if role == Role::Parameters {
            return self.parameters().check(table, name);
        }
        if let (Self::Table(model), Role::From) = (self, role) {
            return model.check(table, name);
        }
        let reads = self.reads(role);
        for column in &reads {
            let Ok(field) = table.field_with_name(column) else {
                let what = format!("the model needs a column `{column}`, which `{name}` does not have");
                let help = format!("it reads {}", reads.join(", "));
                return Err(Problem::new(what).help(help));
            };
            let (fits, wanted) = match *column {
                "customer_id" | contest::CONTENDER => (true, ""),
                contest::CHOSEN | "complete" => (field.data_type() == &DataType::Boolean, "true or false"),
                contest::ORIGIN | "month" => (field.data_type() == &DataType::Date32, "a date"),
                _ => (field.data_type().is_numeric(), "numbers"),
            };
            if !fits {
                let found = sql_types(&field.data_type().to_string());
                let what = format!("the model needs {wanted} in `{column}`, which is {found}");
                return Err(Problem::new(what));
            }
        }
        match (self, role) {
            (Self::Predictions(model), Role::From) => check_covariates(&model.covariates(table), table, name),
            _ => Ok(()),
        }
    }

    /// The names and columns of the tables that a step of this name yields.
    pub fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        match self {
            Self::Predictions(model) => {
                let mut schemas = vec![
                    (step.to_owned(), model.schema()),
                    (format!("{step}_fit"), model.fit_schema()),
                    (format!("{step}_forecast"), forecast::schema()),
                    (format!("{step}_months"), months::schema()),
                ];
                if matches!(model.asked, Asked::Covariates(_)) {
                    schemas.push((format!("{step}_effects"), effects_schema()));
                }
                schemas
            }
            Self::Contest(_) => vec![
                (step.to_owned(), contest::schema()),
                (format!("{step}_calibration"), contest::calibration_schema()),
            ],
            Self::Table(model) => model.kind().schemas(step),
        }
    }

    /// Fits the model to its table, if its parameters are not given, and makes what it yields as of a day.
    ///
    /// # Errors
    /// Where a column cannot be read as numbers, or a history is impossible; the message says which.
    pub fn run(
        &self,
        mut tables: Tables,
        step: &str,
        as_of: Date,
        seen: &RequiredColumns,
    ) -> Result<Fitted, String> {
        let table = tables.remove(&Role::From).ok_or("the model lost its table")?.rows;
        match self {
            Self::Predictions(model) => {
                let rows = |role: Role| tables.get(&role).map(|read| &read.rows);
                let given = tables.get(&Role::Parameters);
                let (contest, season) = (rows(Role::JudgedBy), rows(Role::Season));
                let beside = value::Beside { contest, given, season, as_of };
                let asked = value::Wanted {
                    ends: seen.any_column(step, &model.ends()),
                    forecast: seen.table(&format!("{step}_forecast")),
                    months: seen.table(&format!("{step}_months")),
                    residual: seen.any_column(step, &[value::RESIDUAL.to_owned()]),
                };
                let fitted = model.run(table, beside, asked)?;
                let customers =
                    Yielded { name: step.to_owned(), rows: fitted.customers, order: by_customer() };
                let further = [
                    ("fit", Some(fitted.fit)),
                    ("forecast", fitted.forecast),
                    ("months", fitted.months),
                    ("effects", fitted.effects),
                ];
                let further = further.into_iter().filter_map(|(name, rows)| {
                    Some(Yielded { name: format!("{step}_{name}"), rows: rows?, order: Vec::new() })
                });
                let tables = std::iter::once(customers).chain(further).collect();
                Ok(Fitted { tables, remarks: fitted.remarks })
            }
            Self::Contest(contest) => {
                let judged = contest.run(&table)?;
                let calibration = format!("{step}_calibration");
                let tables = [(step.to_owned(), judged.trials), (calibration, judged.calibration)];
                let tables = tables.map(|(name, rows)| Yielded { name, rows, order: Vec::new() });
                Ok(Fitted { tables: tables.into(), remarks: judged.remarks })
            }
            Self::Table(model) => model.kind().run(&table, tables.get(&Role::Parameters), step),
        }
    }
}

/// The message about a fit that [predicts](crate::analysis::clv::fit::Ending::predicts) at a limit.
const AT_LIMIT: &str = "at that limit it is a simpler model, which predicts";

/// A column of the model's table, as this type.
fn column(table: &RecordBatch, name: &str, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let missing = || ArrowError::SchemaError(format!("the model's table lost its column {name}"));
    cast(table.column_by_name(name).ok_or_else(missing)?, data_type)
}

/// A column of whole numbers.
fn whole_numbers(table: &RecordBatch, name: &str) -> Result<Int64Array, ArrowError> {
    column(table, name, &DataType::Int64).map(|column| column.as_primitive().clone())
}

/// A column of numbers.
fn numbers(table: &RecordBatch, name: &str) -> Result<Float64Array, ArrowError> {
    column(table, name, &DataType::Float64).map(|column| column.as_primitive().clone())
}

/// The type of the money that a model predicts, and of all tables made from it.
const MONEY: DataType = DataType::Decimal128(MONEY_DIGITS, MONEY_SCALE);
const MONEY_DIGITS: u8 = 38;
const MONEY_SCALE: i8 = 6;

/// Predicted money, rounded half away from zero to the decimals of [`MONEY`]; none if it is not a number, or too large
/// for money.
fn money(values: impl Iterator<Item = Option<f64>>) -> Result<ArrayRef, ArrowError> {
    const UNIT: f64 = 1e6;
    const LONGEST: f64 = 1e31;
    let units = values.map(|value| {
        let value = value.filter(|value| value.abs() < LONGEST)?;
        Some((value * UNIT).round() as i128)
    });
    let units: Decimal128Array = units.collect();
    Ok(Arc::new(units.with_precision_and_scale(MONEY_DIGITS, MONEY_SCALE)?))
}

/// A count of a row; none if it is NULL or impossible.
fn count_at(counts: &Int64Array, row: usize) -> Option<u32> {
    if counts.is_null(row) { None } else { u32::try_from(counts.value(row)).ok() }
}

/// The columns that say when customers bought.
struct PurchaseDays {
    active: Int64Array,
    repeat: Int64Array,
    span: Int64Array,
    tenure: Int64Array,
}

impl PurchaseDays {
    fn read(table: &RecordBatch) -> Result<Self, ArrowError> {
        Ok(Self {
            active: whole_numbers(table, "active_days")?,
            repeat: whole_numbers(table, "repeat_days")?,
            span: whole_numbers(table, "span_days")?,
            tenure: whole_numbers(table, "tenure_days")?,
        })
    }

    /// The history of a row's customer; none without a purchase day.
    fn history(&self, row: usize) -> Option<History> {
        count_at(&self.active, row).filter(|days| *days > 0)?;
        Some(History {
            x: count_at(&self.repeat, row)?,
            t_x_days: count_at(&self.span, row)?,
            t_days: count_at(&self.tenure, row)?,
        })
    }
}

fn by_customer() -> Vec<SortExpr> {
    vec![ident("customer_id").sort(true, false)]
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(value) => Some(*value as f64),
        Value::Decimal(digits) => digits.parse().ok(),
        _ => None,
    }
}

fn unit_days(value: &Value) -> Result<f64, Unset> {
    match number(value) {
        Some(days) if days > 0.0 && days <= 366.0 => Ok(days),
        _ => Err(Unset::Not("a number of days above 0, such as 7 for weeks")),
    }
}
