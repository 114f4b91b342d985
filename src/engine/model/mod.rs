//! Model steps: what a model needs of its table, and the tables it yields. The numerics are [`crate::analysis`]'s.

mod contest;
pub mod given;
mod value;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::logical_expr::{SortExpr, ident};

use crate::pipeline::{Models, Param, Parameters, Pipeline, Step, Value};
use crate::problem::{Problem, suggestion};

use contest::Contest;
use given::Given;
use value::Predictions;

/// A model step's model, with its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// A model of purchases, and one of spend.
    Predictions(Predictions),
    /// All of the former, judged by what came after days in the past.
    Contest(Contest),
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

/// Why a setting is not taken.
enum Unset {
    /// It must be something else.
    Not(&'static str),
    /// There is none of this name; there are these.
    Unknown(&'static [&'static str]),
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
        let mut model = match model {
            Models::Purchases(kind) => Self::Predictions(Predictions::new(kind)),
            Models::Contest => Self::Contest(Contest::default()),
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
            }
        })
    }

    /// The model's name in the pipeline.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Predictions(model) => model.kind.key(),
            Self::Contest(_) => Models::Contest.key(),
        }
    }

    /// The settings as they were resolved, for the record.
    pub fn settings(&self) -> Vec<(String, String)> {
        match self {
            Self::Predictions(model) => model.settings(),
            Self::Contest(contest) => contest.settings(),
        }
    }

    /// The columns of its table that the model reads; it reads the rows in their order.
    pub fn reads(&self) -> Vec<&'static str> {
        match self {
            Self::Predictions(model) => model.reads().collect(),
            Self::Contest(_) => contest::READS.to_vec(),
        }
    }

    /// The order in which the model reads rows: one that settles all that it looks at.
    pub fn order(&self) -> Vec<SortExpr> {
        match self {
            Self::Predictions(_) => by_customer(),
            Self::Contest(_) => contest::READS.iter().map(|name| ident(*name).sort(true, false)).collect(),
        }
    }

    /// Whether a table has what the model reads.
    ///
    /// # Errors
    /// The first column that is missing or of a wrong type.
    pub fn check(&self, table: &Schema, name: &str) -> Result<(), Problem> {
        for column in self.reads() {
            let Ok(field) = table.field_with_name(column) else {
                let what = format!("the model needs a column `{column}`, which `{name}` does not have");
                let help = format!("it reads {}", self.reads().join(", "));
                return Err(Problem::new(what).help(help));
            };
            let (fits, wanted) = match column {
                "customer_id" => (true, ""),
                contest::ORIGIN => (field.data_type() == &DataType::Date32, "a date"),
                _ => (field.data_type().is_numeric(), "numbers"),
            };
            if !fits {
                let what = format!("the model needs {wanted} in `{column}`, which is {}", field.data_type());
                return Err(Problem::new(what));
            }
        }
        Ok(())
    }

    /// The names and columns of the tables that a step of this name yields.
    pub fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        match self {
            Self::Predictions(model) => {
                vec![(step.to_owned(), model.schema()), (format!("{step}_fit"), Predictions::fit_schema())]
            }
            Self::Contest(_) => vec![(step.to_owned(), contest::schema())],
        }
    }

    /// Parameters of the model from a table of this name, which has [`given::columns`].
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn given(&self, name: &str, rows: &RecordBatch) -> Result<Option<Given>, String> {
        match self {
            Self::Predictions(model) => Given::read(model.kind, model.unit_days, name, rows).map(Some),
            Self::Contest(_) => Ok(None),
        }
    }

    /// Fits the model to a table that has the columns of [`Model::reads`], in [`Model::order`], if its parameters are not
    /// given.
    ///
    /// # Errors
    /// Where a column cannot be read as numbers, or a history is impossible; the message says which.
    pub fn run(&self, table: &RecordBatch, given: Option<&Given>, step: &str) -> Result<Fitted, String> {
        match self {
            Self::Predictions(model) => {
                let fitted = model.run(table, given)?;
                let customers =
                    Yielded { name: step.to_owned(), rows: fitted.customers, order: by_customer() };
                let fit = Yielded { name: format!("{step}_fit"), rows: fitted.fit, order: Vec::new() };
                Ok(Fitted { tables: vec![customers, fit], remarks: fitted.remarks })
            }
            Self::Contest(contest) => {
                let (rows, remarks) = contest.run(table)?;
                let trials = Yielded { name: step.to_owned(), rows, order: Vec::new() };
                Ok(Fitted { tables: vec![trials], remarks })
            }
        }
    }
}

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
