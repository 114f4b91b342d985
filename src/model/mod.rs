//! The models that a step can name: what each is called, what it may be told, which tables it reads and yields. The numerics
//! are [`crate::analysis`]'s.
//!
//! A model is one file or folder: a type that is a [`Model`], and its entry of [`all`] beside it. Nothing else lists models:
//! the keys of steps, the names of their tables and what is declared of them follow from the entries.

mod bg_bb;
mod classes;
mod columns;
mod contest;
mod covariate;
mod given;
mod kaplan_meier;
mod kmeans;
mod purchases;
mod record;
mod s_bg;
mod setting;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use jiff::civil::Date;

use crate::problem::Problem;
use crate::tables::sql_types;
use crate::value::Value;

pub use columns::{InputColumn, Wants};
pub use given::Columns as ParameterColumns;
pub use setting::Unset;

/// What a table is to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `from`: what the model is fitted on.
    From,
    /// `judged_by`: a contest's table. It says which model or rule predicts.
    JudgedBy,
    /// `parameters`: parameters of an earlier fit. With them nothing is fitted.
    Parameters,
    /// `season`: what was bought in each past month.
    Season,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::From, Self::JudgedBy, Self::Parameters, Self::Season];

    /// The key that names the table.
    pub fn key(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::JudgedBy => "judged_by",
            Self::Parameters => "parameters",
            Self::Season => "season",
        }
    }
}

/// A model by its name in the pipeline file.
pub struct ModelKind {
    /// The name.
    pub key: &'static str,
    /// The tables that a step must name.
    pub needs: &'static [Role],
    /// Further tables that it may name.
    pub may_read: &'static [Role],
    /// What is added to a step's name for its further tables.
    pub further: &'static [&'static str],
    /// Where its tables are declared, as `pipelines/modules/models.yaml` names them: the first that has a table counts.
    pub declared: &'static [&'static str],
    make: Box<dyn Fn(bool) -> Box<dyn Model> + Send + Sync>,
}

impl ModelKind {
    /// The model with its defaults, to be fitted or, if they are `given`, with parameters of an earlier fit.
    pub fn make(&self, given: bool) -> Box<dyn Model> {
        (self.make)(given)
    }

    /// Whether a step may name a table for it.
    pub fn reads(&self, role: Role) -> bool {
        self.needs.contains(&role) || self.may_read.contains(&role)
    }
}

impl fmt::Debug for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelKind").field("key", &self.key).finish_non_exhaustive()
    }
}

/// All models, those of purchases first.
pub fn all() -> &'static [ModelKind] {
    static ALL: LazyLock<Vec<ModelKind>> = LazyLock::new(|| {
        let mut all = purchases::kinds();
        all.extend([contest::kind(), purchases::best(), bg_bb::kind(), s_bg::kind(), kaplan_meier::kind()]);
        all.extend(classes::kinds());
        all.push(kmeans::kind());
        all
    });
    &ALL
}

/// A model with its settings.
pub trait Model: fmt::Debug + Send + Sync {
    /// Takes a setting.
    ///
    /// # Errors
    /// What the value must be, or that there is no such setting.
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset>;

    /// The settings as they were resolved, for the record.
    fn settings(&self) -> Vec<(String, String)>;

    /// The columns that it needs of the table `from`, whether the table has them or not.
    fn reads(&self, table: &Schema) -> Vec<InputColumn>;

    /// The columns that it reads of the table `from`. Default: those that it needs.
    fn columns(&self, table: &Schema) -> Vec<String> {
        self.reads(table).into_iter().map(|column| column.name).collect()
    }

    /// The columns by which the rows of the table `from` are sorted: the order settles all that the model looks at.
    fn order(&self) -> Vec<String>;

    /// Whether it can make use of the table `from`, which has all columns that it needs.
    ///
    /// # Errors
    /// What is wrong with the table.
    fn check(&self, _table: &Schema, _name: &str) -> Result<(), Problem> {
        Ok(())
    }

    /// The columns of a table of its parameters.
    fn parameters(&self) -> &'static ParameterColumns {
        &given::A_ROW_A_PARAMETER
    }

    /// The names and columns of the tables that a step of this name yields, its own first.
    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)>;

    /// Fits the model to its table, or takes its parameters from a table of some, and makes what it yields.
    ///
    /// # Errors
    /// A column that cannot be read as it must be, or rows that cannot be. The message says which.
    fn run(&self, tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String>;
}

/// What a run asks of a model.
#[derive(Debug, Clone, Copy)]
pub struct StepRun<'a> {
    /// The name of the step.
    pub step: &'a str,
    /// The day of the report.
    pub as_of: Date,
    /// What will be read of its tables.
    pub required: &'a RequiredColumns,
}

/// A table that a model reads.
#[derive(Debug)]
pub struct InputTable {
    /// Its name.
    pub name: String,
    /// Its rows: the columns of [`columns_of`] in the order of [`order_of`].
    pub rows: RecordBatch,
}

/// The tables that a model reads.
#[derive(Debug, Default)]
pub struct Tables(BTreeMap<Role, InputTable>);

impl Tables {
    /// Adds a table.
    pub fn insert(&mut self, role: Role, table: InputTable) {
        self.0.insert(role, table);
    }

    /// Takes the rows that the model is fitted on.
    fn take_from(&mut self) -> Result<RecordBatch, String> {
        Ok(self.0.remove(&Role::From).ok_or("the model lost its table")?.rows)
    }

    fn parameters(&self) -> Option<&InputTable> {
        self.0.get(&Role::Parameters)
    }

    fn rows(&self, role: Role) -> Option<&RecordBatch> {
        self.0.get(&role).map(|table| &table.rows)
    }
}

/// A table that a model yields.
#[derive(Debug)]
pub struct Yielded {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: RecordBatch,
    /// The columns by which they are sorted.
    pub order: Vec<String>,
}

impl Yielded {
    /// A further table of a step, in no order that others may rely on.
    fn further(step: &str, suffix: &str, rows: RecordBatch) -> Self {
        Self { name: format!("{step}{suffix}"), rows, order: Vec::new() }
    }
}

/// What a model step yields.
#[derive(Debug)]
pub struct Fitted {
    /// Its tables. The first one has the step's name.
    pub tables: Vec<Yielded>,
    /// What a reader of the log should know.
    pub remarks: Vec<String>,
}

/// What is read of the tables that a model yields. The rest need not be made.
#[derive(Debug, Clone)]
pub enum RequiredColumns {
    /// All of them.
    All,
    /// These columns of tables, by name.
    Columns(BTreeMap<String, BTreeSet<String>>),
}

impl RequiredColumns {
    /// Whether a table is read.
    fn table(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Columns(columns) => columns.contains_key(name),
        }
    }

    /// Whether one of these columns of a table is read.
    fn any_column(&self, table: &str, names: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Columns(columns) => {
                columns.get(table).is_some_and(|of| names.iter().any(|name| of.contains(name)))
            }
        }
    }
}

/// The columns that a model needs of a table, beside those of parameters.
fn needed(model: &dyn Model, role: Role, table: &Schema) -> Vec<InputColumn> {
    match role {
        Role::From => model.reads(table),
        Role::JudgedBy => contest::verdict_columns(),
        Role::Season => purchases::season_columns(),
        Role::Parameters => model.parameters().needed(),
    }
}

/// The columns that a model reads of a table.
pub fn columns_of(model: &dyn Model, role: Role, table: &Schema) -> Vec<String> {
    let owned = |names: Vec<&'static str>| names.into_iter().map(str::to_owned).collect();
    match role {
        Role::From => model.columns(table),
        Role::JudgedBy => owned(contest::columns(table)),
        Role::Parameters => owned(model.parameters().known(table)),
        Role::Season => needed(model, role, table).into_iter().map(|column| column.name).collect(),
    }
}

/// The columns by which the rows of a table are sorted before a model reads them.
pub fn order_of(model: &dyn Model, role: Role, table: &Schema) -> Vec<String> {
    match role {
        Role::From => model.order(),
        _ => needed(model, role, table).into_iter().map(|column| column.name).collect(),
    }
}

/// Whether a table has what a model needs of it.
///
/// # Errors
/// The first column that is missing or of a wrong type; what else the model cannot use.
pub fn check(model: &dyn Model, role: Role, table: &Schema, name: &str) -> Result<(), Problem> {
    if role == Role::Parameters {
        return model.parameters().check(table, name);
    }
    let needed = needed(model, role, table);
    for InputColumn { name: column, wants } in &needed {
        let Ok(field) = table.field_with_name(column) else {
            let what = format!("the model needs a column `{column}`, which `{name}` does not have");
            let names: Vec<&str> = needed.iter().map(|needed| needed.name.as_str()).collect();
            return Err(Problem::new(what).help(format!("it reads {}", names.join(", "))));
        };
        if !wants.allows(field.data_type()) {
            let (wants, found) = (wants.words(), sql_types(&field.data_type().to_string()));
            return Err(Problem::new(format!("the model needs {wants} in `{column}`, which is {found}")));
        }
    }
    if role == Role::From { model.check(table, name) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::declared::of_model;

    /// A step's tables are known by its model's entry before the model is made; both must say the same.
    #[test]
    fn entries_name_the_tables_that_models_yield() {
        for kind in all() {
            let yielded: Vec<String> =
                kind.make(false).schemas("step").into_iter().map(|(name, _)| name).collect();
            let named: Vec<String> =
                [""].iter().chain(kind.further).map(|suffix| format!("step{suffix}")).collect();
            assert_eq!(yielded, named, "{}", kind.key);
            for suffix in [""].iter().chain(kind.further) {
                assert!(of_model(kind, suffix).is_some(), "{}{suffix} is not declared", kind.key);
            }
            assert_eq!(all().iter().filter(|other| other.key == kind.key).count(), 1, "{}", kind.key);
        }
    }

    /// The manual has each by name.
    #[test]
    fn the_manual_names_all() {
        let manual = include_str!("../../docs/pipeline.md");
        for kind in all() {
            assert!(manual.contains(&format!("`{}`", kind.key)), "{}", kind.key);
        }
    }
}
