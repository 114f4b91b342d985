//! `model: bg_bb`: fits purchases at set opportunities to one row per customer. Yields `<step>`, one row per customer,
//! and `<step>_fit`, one row per parameter. If no dropout can be seen, BB (`bb`) takes its place: in it nobody leaves.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::analysis::clv::beta_binomial::{self, BetaBinomial};
use crate::analysis::clv::bg_bb::{self, BgBb};
use crate::analysis::clv::discrete::{DiscreteCell, MOST_OPPORTUNITIES};
use crate::analysis::clv::fit::{Ending, Fit, Meaning};
use crate::analysis::clv::parameters::of_length;
use crate::value::Value;

use super::columns::{InputColumn, Wants, column, count_at, number_field, whole_numbers};
use super::given::{has, values_of};
use super::record::{AT_LIMIT, Record};
use super::setting::{Unset, ascending, number, written};
use super::{Fitted, InputTable, Model, ModelKind, Role, StepRun, Tables, Yielded};

/// The model as steps name it.
pub(super) fn kind() -> ModelKind {
    ModelKind {
        key: "bg_bb",
        needs: &[Role::From],
        may_read: &[Role::Parameters],
        further: &["_fit"],
        declared: &["bg_bb", "purchases"],
        make: Box::new(|_| Box::new(Occasions::default())),
    }
}

/// The step's settings.
#[derive(Debug)]
struct Occasions {
    /// `horizon`: opportunities ahead, ascending. Default 1, 5, 10.
    horizon: Vec<u32>,
    /// `discount_rate`: that of one opportunity. Default 0.1.
    discount_rate: f64,
}

impl Default for Occasions {
    fn default() -> Self {
        Self { horizon: vec![1, 5, 10], discount_rate: 0.1 }
    }
}

/// The furthest horizon.
const FURTHEST: i64 = 1000;

/// The model that predicts.
enum Predicting {
    Leaving(BgBb),
    Staying(BetaBinomial),
}

impl Predicting {
    /// P(alive) now and at the next opportunity, purchases in each horizon and discounted ones.
    fn figures(&self, (x, t_x, n): (u32, u32, u32), horizons: &[u32], rate: f64) -> Vec<f64> {
        let ahead = |of: &dyn Fn(u32) -> f64| horizons.iter().map(|horizon| of(*horizon)).collect::<Vec<_>>();
        let (alive, expected, residual) = match self {
            Self::Leaving(model) => (
                [model.p_alive(x, t_x, n), model.p_alive_next(x, t_x, n)],
                ahead(&|horizon| model.expected_purchases(x, t_x, n, horizon)),
                model.discounted_residual(x, t_x, n, rate),
            ),
            Self::Staying(model) => (
                [1.0, 1.0],
                ahead(&|horizon| model.expected_purchases(x, n, horizon)),
                model.discounted_residual(x, n, rate),
            ),
        };
        alive.into_iter().chain(expected).chain([residual]).collect()
    }
}

impl Occasions {
    fn schema(&self) -> SchemaRef {
        let mut fields = vec![
            Field::new("customer_id", DataType::Utf8View, false),
            number_field("p_alive"),
            number_field("p_alive_next"),
        ];
        let horizons =
            self.horizon.iter().map(|horizon| number_field(&format!("expected_purchases_{horizon}")));
        fields.extend(horizons);
        fields.push(number_field("residual_purchases"));
        Arc::new(Schema::new(fields))
    }
}

/// The customers' x, tₓ and n.
fn histories(table: &RecordBatch) -> Result<Vec<(u32, u32, u32)>, String> {
    let read = |name: &str| whole_numbers(table, name).map_err(|error| error.to_string());
    let ids = column(table, "customer_id", &DataType::Utf8).map_err(|error| error.to_string())?;
    let (x, t_x, n) = (read("purchases")?, read("last_occasion")?, read("occasions")?);
    let history = |row: usize| {
        let known = count_at(&x, row)
            .zip(count_at(&t_x, row))
            .zip(count_at(&n, row))
            .map(|((x, t_x), n)| (x, t_x, n));
        let possible = |(x, t_x, n): &(u32, u32, u32)| {
            x <= t_x && t_x <= n && (*x > 0 || *t_x == 0) && *n <= MOST_OPPORTUNITIES
        };
        known.filter(possible).ok_or_else(|| {
            let id = arrow::util::display::array_value_to_string(&ids, row).unwrap_or_default();
            format!(
                "customer `{id}` has impossible figures: purchases <= last_occasion <= occasions, \
                 all whole numbers of 0 or more, and last_occasion is 0 without a purchase"
            )
        })
    };
    (0..table.num_rows()).map(history).collect()
}

/// BG/BB with given parameters, or BB, if it took its place in their fit.
fn kept(
    given: &InputTable,
    cells: &[DiscreteCell],
) -> Result<(Fit<BgBb>, Option<Fit<BetaBinomial>>), String> {
    let customers: f64 = cells.iter().map(|cell| cell.weight).sum();
    let size = (customers as usize, cells.len());
    let no_model = |title: &str, error| format!("`{}` has no {title}: {error}", given.name);
    if let Some(values) = values_of(given, "bg_bb", &bg_bb::SYMBOLS)? {
        let model = BgBb::from_parameters(of_length(&values)).map_err(|error| no_model("BG/BB", error))?;
        let known = bg_bb::SYMBOLS.into_iter().zip(values);
        return Ok((Fit::given(Some(model), known, size.0, size.1), None));
    }
    let fit = Fit::given(None, std::iter::empty(), size.0, size.1);
    let without = if has(given, "bb") { values_of(given, "bb", &beta_binomial::SYMBOLS)? } else { None };
    let Some(values) = without else { return Ok((fit, None)) };
    let model = BetaBinomial::from_parameters(of_length(&values)).map_err(|error| no_model("BB", error))?;
    let known = beta_binomial::SYMBOLS.into_iter().zip(values);
    Ok((fit, Some(Fit::given(Some(model), known, size.0, size.1))))
}

impl Model for Occasions {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        match name {
            "horizon" => match ascending(value, FURTHEST) {
                Some(horizon) => self.horizon = horizon,
                None => return Err(Unset::Not("ascending whole numbers from 1 to 1000, such as [1, 5, 10]")),
            },
            "discount_rate" => match number(value) {
                Some(rate) if rate > 1e-6 && rate <= 1.0 => self.discount_rate = rate,
                _ => {
                    return Err(Unset::Not(
                        "a rate an opportunity above 0 and up to 1, such as 0.1 for 10 %",
                    ));
                }
            },
            _ => return Err(Unset::Unknown(&["horizon", "discount_rate"])),
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        vec![
            ("horizon".into(), written(&self.horizon)),
            ("discount_rate".into(), self.discount_rate.to_string()),
        ]
    }

    fn reads(&self, _: &Schema) -> Vec<InputColumn> {
        let whole =
            ["purchases", "last_occasion", "occasions"].map(|name| InputColumn::new(name, Wants::Numbers));
        [InputColumn::new("customer_id", Wants::Anything)].into_iter().chain(whole).collect()
    }

    fn order(&self) -> Vec<String> {
        vec!["customer_id".into()]
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        vec![(step.to_owned(), self.schema()), (format!("{step}_fit"), Record::schema())]
    }

    fn run(&self, mut tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String> {
        let table = tables.take_from()?;
        let histories = histories(&table)?;
        let mut cells: Vec<(u32, u32, u32)> = histories.clone();
        cells.sort_unstable();
        let counted: Vec<DiscreteCell> = cells
            .chunk_by(|left, right| left == right)
            .filter_map(|same| {
                let (x, t_x, n) = *same.first()?;
                Some(DiscreteCell { x, t_x, n, weight: same.len() as f64 })
            })
            .collect();
        let (fit, without) = match tables.parameters() {
            Some(given) => kept(given, &counted)?,
            None => {
                let fit = bg_bb::fit(&counted);
                let unseen = matches!(fit.ending, Ending::Boundary { meaning: Meaning::NoDropout, .. });
                (fit, unseen.then(|| beta_binomial::fit(&counted)))
            }
        };
        let staying = without.as_ref().and_then(|fit| fit.model().copied()).map(Predicting::Staying);
        let model = fit.model().copied().map(Predicting::Leaving).or(staying);
        let mut record = Record::default();
        record.add("bg_bb", &fit, without.as_ref().map(|_| "bb"), None);
        if let Some(without) = &without {
            record.add("bb", without, None, None);
        }
        let mut remarks = Vec::new();
        if !matches!(fit.ending, Ending::Converged | Ending::Given) {
            let instead = match (&without, &model) {
                (Some(_), Some(_)) => "BB, which knows no dropout, takes its place",
                (None, Some(_)) => AT_LIMIT,
                (_, None) => "there are no predictions",
            };
            remarks.push(format!("BG/BB: {}; {instead}", fit.ending));
        }
        cells.dedup();
        let figures: Option<Vec<Vec<f64>>> = model.map(|model| {
            let of = |cell: &(u32, u32, u32)| model.figures(*cell, &self.horizon, self.discount_rate);
            cells.iter().map(of).collect()
        });
        let place: Vec<Option<usize>> =
            histories.iter().map(|history| cells.binary_search(history).ok()).collect();
        let of = |figure: usize| -> ArrayRef {
            let value = |place: &Option<usize>| figures.as_ref()?.get((*place)?)?.get(figure).copied();
            Arc::new(place.iter().map(value).collect::<Float64Array>())
        };
        let ids = column(&table, "customer_id", &DataType::Utf8View).map_err(|error| error.to_string())?;
        let columns: Vec<ArrayRef> = [ids].into_iter().chain((0..self.horizon.len() + 3).map(of)).collect();
        let customers = RecordBatch::try_new(self.schema(), columns).map_err(|error| error.to_string())?;
        let fit = record.table().map_err(|error| error.to_string())?;
        Ok(Fitted {
            tables: vec![
                Yielded { name: run.step.to_owned(), rows: customers, order: self.order() },
                Yielded::further(run.step, "_fit", fit),
            ],
            remarks,
        })
    }
}
