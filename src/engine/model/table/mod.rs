//! Models of tables that are not purchase histories: opportunities, contracts, times to an event, features.

mod bg_bb;
mod classes;
mod kaplan_meier;
mod s_bg;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::engine::sql::sql_types;
use crate::pipeline::{Models, Value};
use crate::problem::Problem;

use super::given::{A_ROW_A_PARAMETER, Columns};
use super::{Fitted, InputTable as Given, Unset};

use bg_bb::Occasions;
use classes::{Classes, Method};
use kaplan_meier::Durations;
use s_bg::Contracts;

/// A model with its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum TableModel {
    /// `bg_bb`
    Occasions(Occasions),
    /// `s_bg`
    Contracts(Contracts),
    /// `kaplan_meier`
    Durations(Durations),
    /// `logistic` and `tree`
    Classes(Classes),
}

/// What the step needs to know of such a model.
pub(super) trait TableModelKind {
    /// Takes a setting; otherwise says what it must be, or that there is no such setting.
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset>;

    /// The settings as they were resolved, for the record.
    fn settings(&self) -> Vec<(String, String)>;

    /// The columns that it reads of this table, whether they are there or not.
    fn reads(&self, table: &Schema) -> Vec<InputColumn>;

    /// The columns of a table of its parameters.
    fn parameters(&self) -> &'static Columns {
        &A_ROW_A_PARAMETER
    }

    /// The columns that the rows are sorted by.
    fn order(&self) -> Vec<String>;

    /// The names and columns of the tables that a step of this name yields, its own first.
    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)>;

    /// Fits the model, or takes its parameters from a table of some, if the kind [may](Models::may_read) and there is one.
    ///
    /// # Errors
    /// Impossible rows; the message says which.
    fn run(&self, table: &RecordBatch, given: Option<&Given>, step: &str) -> Result<Fitted, String>;
}

/// A column that a model reads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InputColumn {
    pub name: String,
    pub wants: Wants,
}

/// What a column must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wants {
    /// Anything that can be written as text.
    Anything,
    Text,
    Numbers,
    /// Truth values, or numbers; 0 is false.
    Flags,
}

impl InputColumn {
    pub fn new(name: &str, wants: Wants) -> Self {
        Self { name: name.to_owned(), wants }
    }
}

impl Wants {
    pub(super) fn allows(self, data_type: &DataType) -> bool {
        match self {
            Self::Anything => true,
            Self::Text => data_type.is_string(),
            Self::Numbers => data_type.is_numeric(),
            Self::Flags => data_type.is_numeric() || *data_type == DataType::Boolean,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Anything => "something",
            Self::Text => "text",
            Self::Numbers => "numbers",
            Self::Flags => "truth values or numbers",
        }
    }
}

impl TableModel {
    /// The model with its defaults, to be fitted or with parameters that are given; none for those of other kinds.
    pub(super) fn new(model: Models, given: bool) -> Option<Self> {
        Some(match model {
            Models::BgBb => Self::Occasions(Occasions::default()),
            Models::SBg => Self::Contracts(Contracts::default()),
            Models::KaplanMeier => Self::Durations(Durations::default()),
            Models::Logistic => Self::Classes(Classes::new(Method::Logistic, given)),
            Models::Tree => Self::Classes(Classes::new(Method::Tree, given)),
            Models::Purchases(_) | Models::Covariates(_) | Models::Contest | Models::Best => return None,
        })
    }

    pub(super) fn kind(&self) -> &dyn TableModelKind {
        match self {
            Self::Occasions(model) => model,
            Self::Contracts(model) => model,
            Self::Durations(model) => model,
            Self::Classes(model) => model,
        }
    }

    pub(super) fn kind_mut(&mut self) -> &mut dyn TableModelKind {
        match self {
            Self::Occasions(model) => model,
            Self::Contracts(model) => model,
            Self::Durations(model) => model,
            Self::Classes(model) => model,
        }
    }

    /// Its name in the pipeline.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::Occasions(_) => Models::BgBb.key(),
            Self::Contracts(_) => Models::SBg.key(),
            Self::Durations(_) => Models::KaplanMeier.key(),
            Self::Classes(classes) => classes.key(),
        }
    }

    /// The columns of a table that the model reads.
    pub(super) fn columns(&self, table: &Schema) -> Vec<String> {
        self.kind().reads(table).into_iter().map(|column| column.name).collect()
    }

    /// Whether a table has what the model reads.
    ///
    /// # Errors
    /// The first column that is missing or of a wrong type.
    pub(super) fn check(&self, table: &Schema, name: &str) -> Result<(), Problem> {
        let reads = self.kind().reads(table);
        for InputColumn { name: column, wants } in &reads {
            let Ok(field) = table.field_with_name(column) else {
                let what = format!("the model needs a column `{column}`, which `{name}` does not have");
                let names: Vec<&str> = reads.iter().map(|read| read.name.as_str()).collect();
                return Err(Problem::new(what).help(format!("it reads {}", names.join(", "))));
            };
            if !wants.allows(field.data_type()) {
                let (wants, found) = (wants.words(), sql_types(&field.data_type().to_string()));
                return Err(Problem::new(format!("the model needs {wants} in `{column}`, which is {found}")));
            }
        }
        match self {
            Self::Classes(classes) => classes.all_tell(table, name),
            _ => Ok(()),
        }
    }
}

/// A column of numbers that may be NULL.
pub(super) fn number(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

/// A column of counts.
fn count(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

/// The table of columns of its types; counts may be doubles.
fn table(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, ArrowError> {
    let fields = schema.fields().iter().zip(columns);
    let columns: Result<Vec<ArrayRef>, _> =
        fields.map(|(field, column)| cast(&column, field.data_type())).collect();
    RecordBatch::try_new(schema, columns?)
}

/// A column of text.
pub(super) fn text(name: &str, null: bool) -> Field {
    Field::new(name, DataType::Utf8, null)
}

/// The settings that are ascending whole numbers: one, or a list.
pub(super) fn ascending(value: &Value, most: i64) -> Option<Vec<u32>> {
    let items = match value {
        Value::List(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    let whole = |item: &Value| match item {
        Value::Integer(number) if (1..=most).contains(number) => u32::try_from(*number).ok(),
        _ => None,
    };
    let numbers: Vec<u32> = items.iter().map(whole).collect::<Option<_>>()?;
    (!numbers.is_empty() && numbers.is_sorted_by(|left, right| left < right)).then_some(numbers)
}

/// A list of names, each once, or one.
pub(super) fn names(value: &Value) -> Option<Vec<String>> {
    let items = match value {
        Value::List(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    let name = |item: &Value| match item {
        Value::Text(name) => Some(name.clone()),
        _ => None,
    };
    let names: Vec<String> = items.iter().map(name).collect::<Option<_>>()?;
    let once =
        names.iter().enumerate().all(|(place, name)| !names.iter().take(place).any(|other| other == name));
    once.then_some(names)
}

/// A count as a column has it.
fn counted(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How a list is written in the record.
pub(super) fn written<T: ToString>(items: &[T]) -> String {
    format!("[{}]", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}
