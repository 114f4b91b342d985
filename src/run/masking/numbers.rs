//! Whether a column of whole numbers of unknown meaning holds customers' ids.
//!
//! One number that equals an id proves little: it may be a count. But if ids are few among the numbers between a
//! column's least and greatest value, it is almost impossible that all its values are ids by chance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::{ident, lit, try_cast, when};
use datafusion::prelude::DataFrame;

use super::{Masking, Published, among};
use crate::engine::Time;

/// Greatest probability that chance alone makes a column masked.
const BY_CHANCE: f64 = 1e-6;

impl Masking<'_> {
    /// Finds the columns of numbers that hold ids, and leaves all other numbers alone.
    pub(super) async fn judge_numbers(&mut self, published: Published<'_>) -> Result<()> {
        let mut asked: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
        for (number, column) in self.columns.iter().enumerate().filter(|(_, column)| column.number) {
            let texts = published.values(column)?;
            let values: Option<BTreeSet<i64>> = texts.into_iter().map(|text| text.parse().ok()).collect();
            // A single value proves nothing.
            if let Some(values) = values.filter(|values| values.len() > 1) {
                asked.insert(number, values);
            }
        }
        let found = self.that_are_ids(asked).await?;
        for (number, column) in self.columns.iter_mut().enumerate() {
            column.found = found.contains(&number);
        }
        self.columns.retain(|column| !column.number || column.found);
        Ok(())
    }

    /// The columns that hold only ids; reads the ids twice, however many columns there are.
    async fn that_are_ids(&self, mut asked: BTreeMap<usize, BTreeSet<i64>>) -> Result<BTreeSet<usize>> {
        let Some(ids) = self.numbers_of_customers(&asked).await? else { return Ok(BTreeSet::new()) };
        let wanted: BTreeSet<i64> = asked.values().flatten().copied().collect();
        let wanted = Arc::new(Int64Array::from_iter_values(wanted));
        let context = self.sessions.at(Time::Current);
        let same = among(context, ids.clone(), wanted)?.collect().await?;
        let same: BTreeSet<i64> = same
            .iter()
            .flat_map(RecordBatch::columns)
            .flat_map(|column| column.as_primitive::<Int64Type>().iter().flatten())
            .collect();
        asked.retain(|_, values| values.is_subset(&same));
        if asked.is_empty() {
            return Ok(BTreeSet::new());
        }
        let within = asked.iter().map(|(number, values)| {
            let (low, high) = ends(values);
            let one = when(ident("id").between(lit(low), lit(high)), lit(1_i64)).otherwise(lit(0_i64))?;
            Ok(sum(one).alias(number.to_string()))
        });
        let counted = ids.aggregate(Vec::new(), within.collect::<Result<_>>()?)?.collect().await?;
        let mut found = BTreeSet::new();
        for (number, values) in asked {
            let column = counted.first().and_then(|batch| batch.column_by_name(&number.to_string()));
            let count = column.and_then(|column| {
                let counts = arrow::compute::cast(column, &DataType::Int64).ok()?;
                counts.as_primitive::<Int64Type>().iter().next().flatten()
            });
            let (low, high) = ends(&values);
            let numbers = high.abs_diff(low) as f64 + 1.0;
            let share = count.unwrap_or(0) as f64 / numbers;
            if libm::log(share) * values.len() as f64 <= libm::log(BY_CHANCE) {
                found.insert(number);
            }
        }
        Ok(found)
    }

    /// The customers' ids that are whole numbers, each once, within the range of the numbers in question.
    async fn numbers_of_customers(
        &self,
        asked: &BTreeMap<usize, BTreeSet<i64>>,
    ) -> Result<Option<DataFrame>> {
        let ends = asked.values().map(ends).reduce(|(a, b), (low, high)| (a.min(low), b.max(high)));
        let Some((low, high)) = ends else { return Ok(None) };
        let context = self.sessions.at(Time::Current);
        let mut largest: Option<(usize, DataFrame, String)> = None;
        // A table has at most as many customers as rows, and its own file states the number of rows.
        for (table, column) in self.places() {
            let Ok(frame) = context.table(table.as_str()).await else { continue };
            let rows = frame.clone().count().await?;
            if largest.as_ref().is_none_or(|(most, ..)| rows > *most) {
                largest = Some((rows, frame, column));
            }
        }
        let Some((_, frame, column)) = largest else { return Ok(None) };
        let ids = frame.select(vec![try_cast(ident(column), DataType::Int64).alias("id")])?;
        ids.filter(ident("id").between(lit(low), lit(high)))?.distinct().map(Some)
    }
}

/// The least and the greatest of some values; there is at least one.
fn ends(values: &BTreeSet<i64>) -> (i64, i64) {
    (values.first().copied().unwrap_or(0), values.last().copied().unwrap_or(0))
}
