//! `model: logistic` and `model: tree`: who leaves, from features of one period, judged on a later one.
//!
//! The table has one row per customer and period, with features, and a label if it is known who left. The model learns
//! on the rows of the period `train`. It is judged on those of `judge`, beside other probabilities and rules. All rows
//! are scored, also those of further periods such as `now`. Yields `<step>`, the scores; `<step>_fit`, the coefficients
//! or the groups; `<step>_judged`, one row a contender; `<step>_gains`, one row a contender and tenth of customers.
//! With parameters of an earlier fit nothing is learned, and no row needs a label.

mod given;
mod judged;
mod learned;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, StringViewArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::analysis::classify::Feature;
use crate::analysis::classify::judge::Costs;
use crate::analysis::classify::tree::DEEPEST;
use crate::problem::Problem;
use crate::value::Value;

use super::columns::{InputColumn, Wants, column, counted, number_field, numbers, text_field as text};
use super::given::Columns;
use super::setting::{Unset, names, number, written};
use super::{Fitted, Model, ModelKind, Role, StepRun, Tables, Yielded};

use given::Kept;
use judged::{gains_schema, judged_schema};
use learned::Learned;

/// The models as steps name them.
pub(super) fn kinds() -> [ModelKind; 2] {
    let kind = |method: Method, declared: &'static [&'static str]| ModelKind {
        key: method.key(),
        needs: &[Role::From],
        may_read: &[Role::Parameters],
        further: &["_fit", "_judged", "_gains"],
        declared,
        make: Box::new(move |given| Box::new(Classes::new(method, given))),
    };
    [kind(Method::Logistic, &["logistic", "classifier"]), kind(Method::Tree, &["tree", "classifier"])]
}

/// How the probabilities come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Weights of features.
    Logistic,
    /// Groups of customers.
    Tree,
}

impl Method {
    /// Its name in the pipeline file.
    fn key(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Tree => "tree",
        }
    }
}

/// The step's settings.
#[derive(Debug)]
struct Classes {
    method: Method,
    /// Whether its parameters are given.
    given: bool,
    /// `features`: the columns to learn from. Default: all of numbers and truth values, except the label and
    /// `probabilities`.
    features: Option<Vec<String>>,
    /// `probabilities`: columns that are judged beside the model, as probabilities to leave.
    probabilities: Vec<String>,
    /// `rules`: columns that are judged beside the model. They put customers in order, the highest value first.
    rules: Vec<String>,
    /// `cost_missed`: what it costs not to contact a customer who leaves. Default 5.
    cost_missed: f64,
    /// `cost_needless`: what it costs to contact one who stays. Default 1.
    cost_needless: f64,
    /// `penalty`: of the logistic regression; none: chosen on rows held out.
    penalty: Option<f64>,
    /// `depth`: of the tree. Default 4.
    depth: usize,
    /// `smallest_leaf`: the fewest customers of a group. Default 50.
    smallest_leaf: f64,
}

const CUSTOMER: &str = "customer_id";
const PERIOD: &str = "period";
const LABEL: &str = "label";
/// The period on which the model learns.
const TRAIN: &str = "train";
/// The period on which it is judged.
const JUDGE: &str = "judge";

const LOGISTIC_KEYS: [&str; 6] =
    ["features", "probabilities", "rules", "cost_missed", "cost_needless", "penalty"];
const TREE_KEYS: [&str; 7] =
    ["features", "probabilities", "rules", "cost_missed", "cost_needless", "depth", "smallest_leaf"];

/// The settings without use if parameters are given.
const OF_FITTING: [&str; 3] = ["penalty", "depth", "smallest_leaf"];

impl Classes {
    fn new(method: Method, given: bool) -> Self {
        Self {
            method,
            given,
            features: None,
            probabilities: Vec::new(),
            rules: Vec::new(),
            cost_missed: 5.0,
            cost_needless: 1.0,
            penalty: None,
            depth: DEEPEST,
            smallest_leaf: 50.0,
        }
    }

    fn keys(&self) -> &'static [&'static str] {
        match self.method {
            Method::Logistic => &LOGISTIC_KEYS,
            Method::Tree => &TREE_KEYS,
        }
    }

    fn costs(&self) -> Costs {
        Costs { missed: self.cost_missed, needless: self.cost_needless }
    }

    /// The columns of a table to learn from: those named, or all without another use.
    fn features_of(&self, table: &Schema) -> Vec<String> {
        if let Some(named) = &self.features {
            return named.clone();
        }
        let other = |name: &String| {
            let own = [CUSTOMER, PERIOD, LABEL].contains(&name.as_str());
            own || self.probabilities.contains(name)
        };
        table
            .fields()
            .iter()
            .filter(|field| may_tell(field))
            .map(|field| field.name().clone())
            .filter(|name| !other(name))
            .collect()
    }

    /// Without `features`, all columns of numbers are features. A column that cannot be one must not be skipped
    /// silently.
    ///
    /// # Errors
    /// The columns that cannot be features.
    fn all_tell(&self, table: &Schema, name: &str) -> Result<(), Problem> {
        if self.features.is_some() || self.given {
            return Ok(());
        }
        let has_use = |column: &String| {
            let own = [CUSTOMER, PERIOD, LABEL].contains(&column.as_str());
            own || self.probabilities.contains(column) || self.rules.contains(column)
        };
        let columns = table.fields().iter().filter(|field| !may_tell(field)).map(|field| field.name());
        let mute: Vec<String> =
            columns.filter(|column| !has_use(column)).map(|column| format!("`{column}`")).collect();
        if mute.is_empty() {
            return Ok(());
        }
        let (columns, are) = (mute.join(", "), if mute.len() == 1 { "is" } else { "are" });
        let what = format!(
            "{columns} of `{name}` {are} neither a number nor true or false, and cannot be a feature"
        );
        let help = "name the `features`, or make numbers of it in the query: `case when channel = 'web' then 1 else 0 end`";
        Err(Problem::new(what).help(help))
    }

    fn score_schema(&self) -> SchemaRef {
        let mut fields = vec![
            Field::new(CUSTOMER, DataType::Utf8View, false),
            text(PERIOD, false),
            number_field("probability"),
        ];
        if self.method == Method::Tree {
            fields.push(Field::new("leaf", DataType::Int64, true));
        }
        Arc::new(Schema::new(fields))
    }
}

/// Whether a column is of numbers or truth values.
fn may_tell(field: &Field) -> bool {
    Wants::Flags.allows(field.data_type())
}

/// The table's rows.
struct Rows {
    ids: ArrayRef,
    period: StringArray,
    label: Float64Array,
    features: Vec<(String, Vec<f64>)>,
}

impl Rows {
    fn read(table: &RecordBatch, features: &[String]) -> Result<Self, ArrowError> {
        let values = |name: &String| -> Result<(String, Vec<f64>), ArrowError> {
            let values = numbers(table, name)?;
            Ok((name.clone(), values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()))
        };
        Ok(Self {
            ids: column(table, CUSTOMER, &DataType::Utf8View)?,
            period: column(table, PERIOD, &DataType::Utf8)?.as_string().clone(),
            label: match table.column_by_name(LABEL) {
                Some(_) => numbers(table, LABEL)?,
                None => Float64Array::new_null(table.num_rows()),
            },
            features: features.iter().map(values).collect::<Result<_, _>>()?,
        })
    }

    /// The rows of a period with a known label.
    fn of(&self, period: &str) -> Vec<usize> {
        let is = |row: &usize| {
            self.period.is_valid(*row) && self.period.value(*row) == period && self.label.is_valid(*row)
        };
        (0..self.period.len()).filter(is).collect()
    }

    fn churned(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|row| self.label.value(*row) != 0.0).collect()
    }

    /// Features of some rows.
    fn picked(&self, rows: &[usize]) -> Vec<(&str, Vec<f64>)> {
        let pick = |values: &Vec<f64>| rows.iter().filter_map(|row| values.get(*row).copied()).collect();
        self.features.iter().map(|(name, values)| (name.as_str(), pick(values))).collect()
    }

    fn has(&self, period: &str) -> bool {
        self.period.iter().flatten().any(|of| of == period)
    }

    fn without_label(&self) -> usize {
        let judged =
            |row: &usize| self.period.is_valid(*row) && [TRAIN, JUDGE].contains(&self.period.value(*row));
        (0..self.period.len()).filter(judged).filter(|row| self.label.is_null(*row)).count()
    }
}

fn features(columns: &[(impl AsRef<str>, Vec<f64>)]) -> Vec<Feature<'_>> {
    columns.iter().map(|(name, values)| Feature { name: name.as_ref(), values }).collect()
}

impl Classes {
    fn scores(&self, rows: &Rows, learned: &Learned) -> Result<RecordBatch, ArrowError> {
        let count = rows.period.len();
        let probability = |row: usize| learned.probability.as_ref()?.get(row).copied();
        let mut columns: Vec<ArrayRef> = vec![
            Arc::clone(&rows.ids),
            Arc::new(rows.period.clone()),
            Arc::new((0..count).map(probability).collect::<Float64Array>()),
        ];
        if self.method == Method::Tree {
            let leaf = |row: usize| learned.leaf.as_ref()?.get(row).copied();
            columns.push(Arc::new((0..count).map(leaf).collect::<Int64Array>()));
        }
        RecordBatch::try_new(self.score_schema(), columns)
    }
}

/// Every row needs a customer and a period.
fn check_keys(rows: &Rows) -> Result<(), String> {
    let ids: Option<&StringViewArray> = rows.ids.as_string_view_opt();
    if ids.is_some_and(|ids| ids.null_count() > 0) || rows.period.null_count() > 0 {
        return Err(format!("a row has no `{CUSTOMER}` or no `{PERIOD}`"));
    }
    Ok(())
}

impl Model for Classes {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        let columns = || names(value).ok_or(Unset::Not("a list of columns, each once"));
        if self.given && OF_FITTING.contains(&name) && self.keys().contains(&name) {
            return Err(Unset::OfFitting);
        }
        let cost = || match number(value) {
            Some(cost) if (0.0..=1e9).contains(&cost) => Ok(cost),
            _ => Err(Unset::Not("a cost of 0 or more")),
        };
        match (self.method, name) {
            (_, "features") => self.features = Some(columns()?),
            (_, "probabilities") => self.probabilities = columns()?,
            (_, "rules") => self.rules = columns()?,
            (_, "cost_missed") => self.cost_missed = cost()?,
            (_, "cost_needless") => self.cost_needless = cost()?,
            (Method::Logistic, "penalty") => match number(value) {
                Some(penalty) if (0.0..=1e6).contains(&penalty) => self.penalty = Some(penalty),
                _ => {
                    return Err(Unset::Not(
                        "a number of 0 or more, or absent: it is then chosen on rows held out",
                    ));
                }
            },
            (Method::Tree, "depth") => match value {
                Value::Integer(depth @ 1..) if *depth <= counted(DEEPEST) => self.depth = *depth as usize,
                _ => return Err(Unset::Not("a whole number from 1 to 4")),
            },
            (Method::Tree, "smallest_leaf") => match value {
                Value::Integer(customers @ 1..) => self.smallest_leaf = *customers as f64,
                _ => return Err(Unset::Not("a whole number of customers")),
            },
            _ => return Err(Unset::Unknown(self.keys())),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut settings: Vec<(String, String)> = Vec::new();
        settings.extend(self.features.iter().map(|names| ("features".to_owned(), written(names))));
        for (key, names) in [("probabilities", &self.probabilities), ("rules", &self.rules)] {
            settings.push((key.to_owned(), written(names)));
        }
        settings.push(("cost_missed".into(), self.cost_missed.to_string()));
        settings.push(("cost_needless".into(), self.cost_needless.to_string()));
        match self.method {
            _ if self.given => {}
            Method::Logistic => {
                let penalty = self.penalty.map_or("chosen".to_owned(), |penalty| penalty.to_string());
                settings.push(("penalty".into(), penalty));
            }
            Method::Tree => {
                settings.push(("depth".into(), self.depth.to_string()));
                settings.push(("smallest_leaf".into(), self.smallest_leaf.to_string()));
            }
        }
        settings
    }

    fn reads(&self, table: &Schema) -> Vec<InputColumn> {
        let mut reads =
            vec![InputColumn::new(CUSTOMER, Wants::Anything), InputColumn::new(PERIOD, Wants::Anything)];
        if !self.given || table.field_with_name(LABEL).is_ok() {
            reads.push(InputColumn::new(LABEL, Wants::Flags));
        }
        let mut add = |name: &str, wants: Wants| {
            if !reads.iter().any(|read| read.name == name) {
                reads.push(InputColumn::new(name, wants));
            }
        };
        for name in self.features_of(table) {
            add(&name, Wants::Flags);
        }
        for name in self.probabilities.iter().chain(&self.rules) {
            add(name, Wants::Numbers);
        }
        reads
    }

    fn parameters(&self) -> &'static Columns {
        match self.method {
            Method::Logistic => &given::WEIGHTS,
            Method::Tree => &given::GROUPS,
        }
    }

    fn check(&self, table: &Schema, name: &str) -> Result<(), Problem> {
        self.all_tell(table, name)
    }

    fn order(&self) -> Vec<String> {
        vec![CUSTOMER.into(), PERIOD.into()]
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![
            (step.to_owned(), self.score_schema()),
            (format!("{step}_fit"), self.fit_schema()),
            (format!("{step}_judged"), judged_schema()),
            (format!("{step}_gains"), gains_schema()),
        ]
    }

    fn run(&self, mut tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String> {
        let table = &tables.take_from()?;
        let message = |error: ArrowError| error.to_string();
        let kept = tables.parameters().map(|given| Kept::read(self, given, &table.schema())).transpose()?;
        let features = match &kept {
            Some(kept) => kept.features().to_vec(),
            None => self.features_of(&table.schema()),
        };
        let rows = Rows::read(table, &features).map_err(message)?;
        check_keys(&rows)?;
        let learned = match kept {
            Some(kept) => kept.score(&rows)?,
            None => self.learn(&rows)?,
        };
        let mut remarks: Vec<String> = learned.remark.iter().cloned().collect();
        let without = rows.without_label();
        if without > 0 && table.column_by_name(LABEL).is_some() {
            let without = crate::problem::counted(without as u64, "row");
            remarks
                .push(format!("left out: {without} of the periods `{TRAIN}` and `{JUDGE}` without a label"));
        }
        let judged = self.judge(table, &rows, &learned, &mut remarks)?;
        let (judged, gains) = judged.tables().map_err(message)?;
        let scores = self.scores(&rows, &learned).map_err(message)?;
        Ok(Fitted {
            tables: vec![
                Yielded { name: run.step.to_owned(), rows: scores, order: self.order() },
                Yielded::further(run.step, "_fit", learned.fit),
                Yielded::further(run.step, "_judged", judged),
                Yielded::further(run.step, "_gains", gains),
            ],
            remarks,
        })
    }
}
