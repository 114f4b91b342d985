//! Fitted models in SQL: `bg_nbd_p_alive(x, t_x, t, r, alpha, a, b)` and similar functions, for every model with
//! parameters.
//!
//! [`catalogue`] is the table of functions. [`arguments`] defines their arguments and refuses impossible values. This
//! file has the one engine function behind all of them. Parameters are nearly always the same for all rows, from
//! literals or subqueries. So a model is made once per distinct set of parameters in a batch, and its cached values
//! ([`memory`]) are used for the whole batch.

mod arguments;
mod catalogue;
mod memory;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Float64Builder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::analysis::clv::parameters::ParameterError;

use arguments::{Argument, History};
pub(super) use catalogue::all;

/// Computes a row's figure from the row's arguments.
type Score = Box<dyn FnMut(&[f64]) -> f64>;

/// Makes a model from its parameters.
type Make = dyn Fn(&[f64]) -> std::result::Result<Score, ParameterError> + Send + Sync;

/// A function of customers' figures and a model's parameters, in this order; DOUBLE. NULL if an argument is NULL,
/// except an unused mean spend, and if the figure is infinite.
pub(super) struct Scoring {
    name: String,
    takes: Vec<Argument>,
    history: Option<History>,
    parameters: &'static [&'static str],
    make: Arc<Make>,
    signature: Signature,
}

impl Scoring {
    fn new(
        name: String,
        takes: &[Argument],
        parameters: &'static [&'static str],
        make: impl Fn(&[f64]) -> std::result::Result<Score, ParameterError> + Send + Sync + 'static,
    ) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        let history = History::among(takes);
        Self { name, takes: takes.to_vec(), history, parameters, make: Arc::new(make), signature }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.takes.iter().map(|argument| argument.name).chain(self.parameters.iter().copied())
    }

    /// Refuses impossible values.
    fn check(&self, row: &[f64]) -> Result<()> {
        for (argument, value) in self.takes.iter().zip(row) {
            if !argument.allows(*value) {
                return exec_err!("{}: {}", self.name, argument.refuse(*value));
            }
        }
        match self.history.and_then(|history| history.refuse(row)) {
            Some(reason) => exec_err!("{}: {reason}", self.name),
            None => Ok(()),
        }
    }

    fn made(&self, parameters: &[f64]) -> Result<Score> {
        (self.make)(parameters).or_else(|error| {
            exec_err!("{}: {error}; parameters are the estimates of a fit that converged", self.name)
        })
    }
}

/// An argument's values: one for all rows, or one per row.
enum Values {
    Same(Option<f64>),
    Each(Float64Array),
}

impl Values {
    fn of(value: &ColumnarValue) -> Result<Self> {
        Ok(match value {
            ColumnarValue::Scalar(scalar) => match scalar.cast_to(&DataType::Float64)? {
                ScalarValue::Float64(value) => Self::Same(value),
                _ => Self::Same(None),
            },
            ColumnarValue::Array(array) => {
                Self::Each(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
        })
    }

    fn has_null(&self) -> bool {
        match self {
            Self::Same(value) => value.is_none(),
            Self::Each(values) => values.null_count() > 0,
        }
    }

    #[inline]
    fn at(&self, row: usize) -> Option<f64> {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => (!values.is_null(row)).then(|| values.value(row)),
        }
    }
}

/// The models of a batch, by the bits of their parameters.
struct Models<'a> {
    function: &'a Scoring,
    made: Vec<Score>,
    places: HashMap<Vec<u64>, usize>,
    /// The parameters of the row before, and the position of their model.
    last: Option<(Vec<u64>, usize)>,
}

impl Models<'_> {
    fn of(&mut self, parameters: &[f64]) -> Result<Option<&mut Score>> {
        let as_before = self
            .last
            .as_ref()
            .filter(|(last, _)| last.iter().zip(parameters).all(|(last, value)| *last == value.to_bits()));
        let place = match as_before {
            Some((_, place)) => *place,
            None => {
                let bits: Vec<u64> = parameters.iter().map(|value| value.to_bits()).collect();
                let place = match self.places.get(&bits) {
                    Some(place) => *place,
                    None => {
                        self.made.push(self.function.made(parameters)?);
                        self.places.insert(bits.clone(), self.made.len() - 1);
                        self.made.len() - 1
                    }
                };
                self.last = Some((bits, place));
                place
            }
        };
        Ok(self.made.get_mut(place))
    }
}

impl ScalarUDFImpl for Scoring {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let names: Vec<&str> = self.names().collect();
        if types.len() != names.len() {
            let (name, listed) = (&self.name, names.join(", "));
            return plan_err!("the function '{name}' takes {}: {listed}; not {}", names.len(), types.len());
        }
        for (argument, found) in names.iter().zip(types) {
            if !(found.is_numeric() || found.is_null()) {
                return plan_err!("the function '{}' takes numbers, but {argument} is {found}", self.name);
            }
        }
        Ok(vec![DataType::Float64; types.len()])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = args.args.iter().map(Values::of).collect::<Result<Vec<_>>>()?;
        let same = columns.iter().all(|column| matches!(column, Values::Same(_)));
        let rows = if same { 1 } else { args.number_rows };
        let mut models = Models { function: self, made: Vec::new(), places: HashMap::new(), last: None };
        let mut scores = Float64Builder::with_capacity(rows);
        let mut values = vec![0.0; columns.len()];
        let nullable = columns.iter().any(Values::has_null);
        for row in 0..rows {
            for (value, column) in values.iter_mut().zip(&columns) {
                // NaN stands for NULL: no argument may be NaN otherwise.
                *value = column.at(row).unwrap_or(f64::NAN);
            }
            let (of_customer, parameters) = values.split_at(self.takes.len().min(values.len()));
            let missing = nullable
                && columns.iter().enumerate().any(|(place, column)| {
                    let looked_at =
                        self.takes.get(place).is_none_or(|argument| argument.is_looked_at(of_customer));
                    looked_at && column.at(row).is_none()
                });
            if missing {
                scores.append_null();
                continue;
            }
            self.check(of_customer)?;
            let score = models.of(parameters)?.map(|score| score(of_customer));
            scores.append_option(score.filter(|score| score.is_finite()));
        }
        let scores: ArrayRef = Arc::new(scores.finish());
        if same {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&scores, 0)?));
        }
        Ok(ColumnarValue::Array(scores))
    }
}

// Two functions with the same name are equal.
impl PartialEq for Scoring {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Scoring {}

impl Hash for Scoring {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for Scoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoring").field("name", &self.name).finish_non_exhaustive()
    }
}
