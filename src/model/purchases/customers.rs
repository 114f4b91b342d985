//! The customers of a table as the models see them.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::analysis::clv::cell::History;
use crate::analysis::clv::contest::Contender;
use crate::analysis::clv::gamma_gamma::SpendCell;
use crate::analysis::special::Sum;

use super::super::columns::{PurchaseDays, column, count_at, numbers, whole_numbers};
use super::{LN_GAPS, RECENT};

/// The customers of a table as the models see them.
pub(super) struct Customers {
    pub ids: ArrayRef,
    /// Of the customers with a purchase day, in the table's order.
    pub histories: Vec<History>,
    /// Which customers have a purchase day; `None` where all do.
    modelled: Option<BooleanBuffer>,
    mean_spend: Float64Array,
    /// Sums of ln gaps in days, where the model reads them.
    ln_gaps: Option<Float64Array>,
    /// What rules look at, of the same customers as the histories; empty where a model predicts.
    pub recent: Vec<Recent>,
}

/// The days with a purchase among the last so many days.
pub(super) struct Recent {
    pub days: u32,
    pub of_days: u32,
}

impl Customers {
    /// The customers with what this one reads, in the columns of [`super::Predictions::reads`].
    ///
    /// # Errors
    /// A column that is not of numbers.
    pub fn read(table: &RecordBatch, contender: Contender) -> Result<Self, ArrowError> {
        let ids = column(table, "customer_id", &DataType::Utf8View)?;
        let purchases = PurchaseDays::read(table)?;
        let mean_spend = numbers(table, "mean_repeat_spend")?;
        let gaps = matches!(contender, Contender::Model(kind) if kind.reads_gaps());
        let ln_gaps = gaps.then(|| numbers(table, LN_GAPS)).transpose()?;
        let recent = match contender {
            Contender::Rule(_) => Some((whole_numbers(table, RECENT[0])?, whole_numbers(table, RECENT[1])?)),
            Contender::Model(_) => None,
        };
        let mut histories = Vec::with_capacity(table.num_rows());
        let mut recents = Vec::new();
        let modelled = BooleanBuffer::collect_bool(table.num_rows(), |row| {
            let history = purchases.history(row);
            histories.extend(history);
            if let (Some(_), Some((days, of_days))) = (&history, &recent) {
                // Without such days there is no window, and a rule that looks at one predicts nothing.
                let [days, of_days] =
                    [count_at(days, row), count_at(of_days, row)].map(Option::unwrap_or_default);
                recents.push(Recent { days, of_days });
            }
            history.is_some()
        });
        let modelled = (histories.len() < table.num_rows()).then_some(modelled);
        Ok(Self { ids, histories, modelled, mean_spend, ln_gaps, recent: recents })
    }

    /// The rows of customers with a purchase day.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        (0..self.ids.len()).filter(|row| self.is_modelled(*row))
    }

    /// Whether a row's customer has a purchase day.
    pub fn is_modelled(&self, row: usize) -> bool {
        self.modelled.as_ref().is_none_or(|modelled| modelled.value(row))
    }

    /// The mean spend of a customer, where it is above 0.
    pub fn positive_mean(&self, row: usize) -> Option<f64> {
        let mean = if self.mean_spend.is_null(row) { f64::NAN } else { self.mean_spend.value(row) };
        (mean > 0.0).then_some(mean)
    }

    /// The customers with a purchase day: their histories and their mean spend, where it is above 0.
    pub fn known(&self) -> impl Iterator<Item = (&History, Option<f64>)> {
        self.histories.iter().zip(self.rows().map(|row| self.positive_mean(row)))
    }

    /// The mean spend of all repeat purchases of customers with a positive mean.
    pub fn observed_mean(&self) -> Option<f64> {
        let (mut money, mut purchases) = (Sum::default(), 0.0);
        for (history, mean) in self.known() {
            if let (1.., Some(mean)) = (history.x, mean) {
                money.add(mean * f64::from(history.x));
                purchases += f64::from(history.x);
            }
        }
        (purchases > 0.0).then(|| money.value() / purchases)
    }

    /// The distinct (x, mean spend) of the repeat buyers with a positive mean, in their order.
    pub fn spend_cells(&self) -> Vec<SpendCell> {
        // Nearly all means differ, but few x do: sorting the means of each x is less work than hashing them. Positive
        // numbers are in the order of their bits.
        let mut means: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for (history, mean) in self.known() {
            if let (1.., Some(mean)) = (history.x, mean) {
                means.entry(history.x).or_default().push(mean.to_bits());
            }
        }
        let mut cells = Vec::with_capacity(means.values().map(Vec::len).sum());
        for (x, mut means) in means {
            means.sort_unstable();
            cells.extend(means.chunk_by(|left, right| left == right).filter_map(|equal| {
                let z = f64::from_bits(*equal.first()?);
                Some(SpendCell { x, z, weight: equal.len() as f64 })
            }));
        }
        cells
    }

    /// Σ ln g over all gaps between purchases, in units of so many days; not a number if a customer with a gap has no
    /// sum, and 0 if it is not needed.
    pub fn sum_ln_gaps(&self, unit_days: f64) -> f64 {
        let Some(ln_gaps) = &self.ln_gaps else { return 0.0 };
        let mut sum = Sum::default();
        for (history, row) in self.histories.iter().zip(self.rows()).filter(|(history, _)| history.x > 0) {
            let of_days = if ln_gaps.is_null(row) { f64::NAN } else { ln_gaps.value(row) };
            sum.add(of_days - f64::from(history.x) * libm::log(unit_days));
        }
        sum.value()
    }

    /// How many customers have no purchase day.
    pub fn without_purchase(&self) -> usize {
        self.ids.len() - self.histories.len()
    }

    /// How many customers came back and have no mean spend above 0.
    pub fn without_positive_spend(&self) -> usize {
        self.known().filter(|(history, mean)| history.x > 0 && mean.is_none()).count()
    }
}
