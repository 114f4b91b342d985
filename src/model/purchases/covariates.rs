//! What else is known of each customer: the columns that are covariates, their values, and `<step>_effects`, what each of
//! them does.
//!
//! Text becomes a column of 0 and 1 for each of its values except the most frequent one. The others are compared with
//! that.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};

use crate::analysis::clv::cell::Cells;
use crate::analysis::clv::covariates::{self, Column, Fit, Patterns};
use crate::problem::{Problem, counted};

use super::super::columns::{column, number_field as number, numbers, text_field as text};
use super::super::covariate::{Covariate, Level};
use super::{LN_GAPS, NEEDS, RECENT};

/// A value of text with fewer customers than this, by share and by number, is one of the others.
const RARE: (f64, usize) = (0.01, 50);
/// What rare values are called together, and what stands for none.
const OTHERS: &str = "(other)";
const NONE: &str = "(none)";
/// Whose row it is.
const CUSTOMER: &str = "customer_id";

/// Whether a column of the table is taken for a covariate where none are named.
fn may_tell(name: &str) -> bool {
    name != CUSTOMER && name != LN_GAPS && !NEEDS.contains(&name) && !RECENT.contains(&name)
}

/// The columns that are covariates: those named, or all that have no other use.
pub(super) fn columns(named: Option<&[String]>, table: &Schema) -> Vec<String> {
    match named {
        Some(named) => named.to_vec(),
        None => {
            let names = table.fields().iter().map(|field| field.name());
            names.filter(|name| may_tell(name)).cloned().collect()
        }
    }
}

/// Whether the columns can be covariates.
///
/// # Errors
/// The first that is missing, has another use, or is neither numbers nor truth values nor text.
pub(in super::super) fn check(columns: &[String], table: &Schema, name: &str) -> Result<(), Problem> {
    for column in columns {
        let Ok(field) = table.field_with_name(column) else {
            let what = format!("the model needs a column `{column}`, which `{name}` does not have");
            return Err(Problem::new(what).help("it is named in `covariates`"));
        };
        if !may_tell(column) {
            let what = format!("`{column}` is no covariate: the model reads it as part of the history");
            return Err(Problem::new(what));
        }
        let kind = field.data_type();
        if !(kind.is_numeric() || kind.is_string() || *kind == DataType::Boolean) {
            let what = format!("the covariate `{column}` is {kind}; make it a number, a truth value or text");
            let help = "or name the columns that tell something: `with: { covariates: [channel] }`";
            return Err(Problem::new(what).help(help));
        }
    }
    Ok(())
}

/// The covariates of the customers with a purchase day.
#[derive(Default)]
pub(super) struct Known {
    pub covariates: Vec<Covariate>,
    /// Of each, one value a customer.
    values: Vec<Vec<f64>>,
    /// What a reader of the log should know.
    pub remarks: Vec<String>,
}

impl Known {
    /// From these columns of the rows that are customers with a purchase day.
    ///
    /// # Errors
    /// A column that cannot be read.
    pub fn read(table: &RecordBatch, columns: &[String], rows: &[usize]) -> Result<Self, String> {
        let mut known = Self::default();
        for name in columns {
            if is_text(table, name) {
                let texts = Texts::read(table, name)?;
                let (levels, values) = texts.levels(rows);
                if levels.is_empty() {
                    known.remarks.push(format!("{name} is the same for everybody"));
                }
                known.covariates.extend(levels);
                known.values.extend(values);
            } else {
                let values = read_numbers(table, name, rows)?;
                let count = values.iter().flatten().count().max(1);
                let mean = values.iter().flatten().sum::<f64>() / count as f64;
                known.add(Covariate { column: name.clone(), level: None }, &values, mean);
            }
        }
        Ok(known)
    }

    /// The same for a model that was fitted before: in its order, with its means for missing values, and its values of
    /// text.
    ///
    /// # Errors
    /// A column that the table does not have, or that cannot be read.
    pub fn read_as(table: &RecordBatch, given: &[(Covariate, f64)], rows: &[usize]) -> Result<Self, String> {
        let mut known = Self::default();
        // For each column of text, what it holds, and how many customers have a new value.
        let mut read: BTreeMap<&str, (Texts<'_>, usize)> = BTreeMap::new();
        for (covariate, centre) in given {
            let name = covariate.column.as_str();
            if table.column_by_name(name).is_none() {
                return Err(format!(
                    "the parameters are of a covariate `{name}`, which the step does not read: its table needs the \
                     column, and `covariates`, where it is set, must name it"
                ));
            }
            match (&covariate.level, is_text(table, name)) {
                (Some(level), true) => {
                    let of_column: Vec<&Level> = given
                        .iter()
                        .filter(|(other, _)| other.column == covariate.column)
                        .filter_map(|(other, _)| other.level.as_ref())
                        .collect();
                    let (texts, new) = match read.entry(name) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(column) => column.insert((Texts::read(table, name)?, 0)),
                    };
                    let values;
                    (values, *new) = texts.of_level(level, &of_column, rows);
                    known.covariates.push(covariate.clone());
                    known.values.push(values);
                }
                (None, false) => known.add(covariate.clone(), &read_numbers(table, name, rows)?, *centre),
                (level, _) => {
                    let [was, is] = if level.is_some() { ["text", "numbers"] } else { ["numbers", "text"] };
                    return Err(format!(
                        "the covariate `{name}` was {was} where it was fitted, and is {is} here"
                    ));
                }
            }
        }
        for (name, (_, new)) in read.into_iter().filter(|(_, (_, new))| *new > 0) {
            let customers = counted(new as u64, "customer");
            known.remarks.push(format!(
                "{customers} with a value of {name} that the fit did not know: taken for its most frequent one"
            ));
        }
        Ok(known)
    }

    fn add(&mut self, covariate: Covariate, values: &[Option<f64>], missing: f64) {
        self.covariates.push(covariate);
        self.values.push(values.iter().map(|value| value.unwrap_or(missing)).collect());
    }

    /// The cells of customers by their covariates.
    ///
    /// # Errors
    /// A value that is beyond all numbers.
    pub fn patterns(&self, cells: Cells) -> Result<Patterns, String> {
        let names: Vec<String> = self.covariates.iter().map(Covariate::name).collect();
        let columns = names.iter().zip(&self.values).map(|(name, values)| Column { name, values });
        Patterns::of(cells, &columns.collect::<Vec<_>>()).map_err(|error| error.to_string())
    }
}

fn is_text(table: &RecordBatch, name: &str) -> bool {
    table.column_by_name(name).is_some_and(|column| column.data_type().is_string())
}

fn read_numbers(table: &RecordBatch, name: &str, rows: &[usize]) -> Result<Vec<Option<f64>>, String> {
    let numbers = numbers(table, name).map_err(|error| error.to_string())?;
    Ok(rows.iter().map(|row| (!numbers.is_null(*row)).then(|| numbers.value(*row))).collect())
}

/// A column of text.
struct Texts<'a> {
    name: &'a str,
    texts: StringArray,
}

impl<'a> Texts<'a> {
    fn read(table: &RecordBatch, name: &'a str) -> Result<Self, String> {
        let texts = column(table, name, &DataType::Utf8).map_err(|error| error.to_string())?;
        Ok(Self { name, texts: texts.as_string::<i32>().clone() })
    }

    fn at(&self, row: usize) -> &str {
        if self.texts.is_null(row) { NONE } else { self.texts.value(row) }
    }

    /// A covariate for each value except the most frequent one, the rare ones taken together.
    fn levels(&self, rows: &[usize]) -> (Vec<Covariate>, Vec<Vec<f64>>) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            *counts.entry(self.at(*row)).or_default() += 1;
        }
        let is_rare = |count: usize| (count as f64) < RARE.0 * rows.len() as f64 || count < RARE.1;
        let level = |row: usize| {
            let level = self.at(row);
            if counts.get(level).is_some_and(|count| is_rare(*count)) { OTHERS } else { level }
        };
        let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            *levels.entry(level(*row)).or_default() += 1;
        }
        // The others are compared with the first of the most frequent ones.
        let most = levels.values().copied().max().unwrap_or_default();
        let base = levels.iter().find(|(_, count)| **count == most).map_or("", |(level, _)| *level);
        let of = |name: &&str| {
            let values = rows.iter().map(|row| f64::from(u8::from(level(*row) == *name))).collect();
            let level = Level { name: (*name).to_owned(), base: base.to_owned() };
            (Covariate { column: self.name.to_owned(), level: Some(level) }, values)
        };
        levels.keys().filter(|level| **level != base).map(of).unzip()
    }

    /// A level of an earlier fit, among these of the column, and how many customers have a value that was not in it.
    fn of_level(&self, level: &Level, all: &[&Level], rows: &[usize]) -> (Vec<f64>, usize) {
        let others = all.iter().any(|level| level.name == OTHERS);
        let mut new = 0;
        let mut value = |row: &usize| {
            let found = self.at(*row);
            let known = found == level.base || all.iter().any(|level| level.name == found);
            new += usize::from(!known && !others && level.base != OTHERS);
            let found = if known || !others { found } else { OTHERS };
            f64::from(u8::from(found == level.name))
        };
        (rows.iter().map(&mut value).collect(), new)
    }
}

/// The columns of `<step>_effects`.
pub(in super::super) fn effects_schema() -> SchemaRef {
    let mut fields =
        vec![text("covariate", false), text("level", true), text("base", true), text("process", true)];
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
    fields.extend(figures.map(number));
    fields.push(text("left_out", true));
    fields.extend(["lr_statistic", "lr_degrees", "lr_p_value"].map(number));
    Arc::new(Schema::new(fields))
}

/// What each covariate does, or why it was left out; the covariates are those of a row.
pub(super) fn effects(fit: &Fit, covariates: &[Covariate]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let all = || fit.effects.iter();
    let left_out = || fit.left_out.iter();
    let named = |name: &str| covariates.iter().find(|covariate| covariate.name() == name);
    let of: Vec<Option<&Covariate>> = all()
        .map(|effect| covariates.get(effect.place))
        .chain(left_out().map(|left| named(&left.covariate)))
        .collect();
    let text = |of_covariate: &dyn Fn(&Covariate) -> Option<String>| -> ArrayRef {
        Arc::new(of.iter().map(|of| of.and_then(of_covariate)).collect::<StringArray>())
    };
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
            text(&|covariate| Some(covariate.column.clone())),
            text(&|covariate| Some(covariate.level.as_ref()?.name.clone())),
            text(&|covariate| Some(covariate.level.as_ref()?.base.clone())),
            Arc::new(processes.collect::<StringArray>()),
            figure(&|effect| Some(effect.coefficient)),
            figure(&|effect| effect.standard_error),
            figure(&|effect| Some(effect.factor())),
            figure(&|effect| effect.factor_interval().map(|[low, _]| low)),
            figure(&|effect| effect.factor_interval().map(|[_, high]| high)),
            figure(&covariates::Effect::z),
            figure(&covariates::Effect::p_value),
            figure(&|effect| Some(effect.mean)),
            figure(&|effect| Some(effect.sd).filter(|sd| sd.is_finite())),
            Arc::new(why.collect::<StringArray>()),
            test(&|test| test.statistic),
            test(&|test| f64::from(test.degrees)),
            test(&|test| test.p_value),
        ],
    )
}
