//! The engine's `lag(value, n)` and `row_number()` as columns that are computed batch after batch.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt64Array, new_empty_array, new_null_array};
use arrow::compute::{concat, interleave};
use datafusion::common::{Result, internal_err};

use super::{Groups, Running};

/// `lag(value, n)`: keeps the last `n` values of a group.
#[derive(Debug)]
pub(super) struct Lag {
    back: usize,
    kept: Option<ArrayRef>,
}

impl Lag {
    pub(super) fn new(back: usize) -> Self {
        Self { back, kept: None }
    }
}

impl Running for Lag {
    fn column(&mut self, arguments: &[ArrayRef], groups: &Groups) -> Result<ArrayRef> {
        let [values] = arguments else { return internal_err!("lag takes one value") };
        let before = self.kept.take().unwrap_or_else(|| new_empty_array(values.data_type()));
        let none = new_null_array(values.data_type(), 1);
        // Which array each value is taken from, and its row there.
        let (kept, batch, null) = (0, 1, (2, 0));
        let mut places = Vec::with_capacity(groups.rows());
        for (rows, continued) in groups.iter() {
            let start = rows.start;
            places.extend(rows.map(|row| match (row - start).checked_sub(self.back) {
                Some(_) => (batch, row - self.back),
                None if continued => {
                    let back = self.back - (row - start);
                    before.len().checked_sub(back).map_or(null, |row| (kept, row))
                }
                None => null,
            }));
        }
        let column = interleave(&[before.as_ref(), values.as_ref(), none.as_ref()], &places)?;
        if let Some((rows, continued)) = groups.iter().last() {
            let own = values.slice(rows.start, rows.len());
            let own = if continued { concat(&[before.as_ref(), own.as_ref()])? } else { own };
            self.kept = Some(own.slice(own.len().saturating_sub(self.back), own.len().min(self.back)));
        }
        Ok(column)
    }
}

/// `row_number()`: keeps the last number.
#[derive(Debug, Default)]
pub(super) struct RowNumber {
    last: u64,
}

impl Running for RowNumber {
    fn column(&mut self, _: &[ArrayRef], groups: &Groups) -> Result<ArrayRef> {
        let mut numbers = Vec::with_capacity(groups.rows());
        for (rows, continued) in groups.iter() {
            let before = if continued { self.last } else { 0 };
            self.last = before + rows.len() as u64;
            numbers.extend(before + 1..=self.last);
        }
        Ok(Arc::new(UInt64Array::from(numbers)))
    }
}
