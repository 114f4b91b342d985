//! Window functions whose value follows from the rows of a group up to this one, in one pass over rows in order.
//!
//! The engine evaluates a window for each group by itself, or for each row: with a few rows a customer, nearly all of the
//! time goes into beginning anew. [`StreamWindows`] replaces its operator by [`streaming::Streaming`], which reads batches
//! as they come and keeps what the next row of a customer needs. It knows the product's own functions, `gap_days` and
//! `percentile_before`, and the engine's `lag` and `row_number`.

mod earlier;
mod gap_days;
mod percentile_before;
mod streaming;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::compute::partition;
use datafusion::common::Result;
use datafusion::logical_expr::PartitionEvaluator;

pub(super) use gap_days::GapDays;
pub(super) use percentile_before::PercentileBefore;
pub use streaming::StreamWindows;

/// A column that is computed batch after batch.
trait Running: fmt::Debug + Send {
    /// The values of a batch's rows, from the values of the arguments.
    ///
    /// # Errors
    /// Arguments of other types than the function takes.
    fn column(&mut self, arguments: &[ArrayRef], groups: &Groups) -> Result<ArrayRef>;
}

/// The groups of a batch: rows of one customer, say, lie together.
struct Groups {
    ranges: Vec<Range<usize>>,
    /// Whether the first group began in an earlier batch.
    continued: bool,
}

impl Groups {
    /// The groups of rows that are sorted by these keys.
    fn of(keys: &[ArrayRef], continued: bool) -> Result<Self> {
        Ok(Self { ranges: partition(keys)?.ranges(), continued })
    }

    /// Each group, and whether it began in an earlier batch.
    fn iter(&self) -> impl Iterator<Item = (Range<usize>, bool)> + '_ {
        self.ranges.iter().cloned().enumerate().map(|(number, rows)| (rows, number == 0 && self.continued))
    }

    fn rows(&self) -> usize {
        self.ranges.last().map_or(0, |range| range.end)
    }
}

/// The function where the engine's own operator evaluates it: one group, whole.
#[derive(Debug)]
struct Whole<R>(R);

impl<R: Running + 'static> PartitionEvaluator for Whole<R> {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        self.0.column(values, &Groups { ranges: std::iter::once(0..rows).collect(), continued: false })
    }
}
