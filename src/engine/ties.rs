//! Rows that tie in an order are sorted by their other columns while they stream by.
//!
//! If only the customer orders the rows, the order of one customer's rows depends on threads and on the cache. Sorting
//! all rows by all columns would fix this, at the cost of a sort. Ties are adjacent, and most tables have none: finding
//! them takes one comparison per row, and only batches with ties are sorted.

use std::collections::VecDeque;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{
    SortColumn, SortOptions, concat_batches, lexsort_to_indices, partition, take_record_batch,
};
use arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;

use super::table::ASCENDING;

/// The rows of a stream sorted by some columns; ties are in ascending order of all other columns.
pub(super) fn settled(
    rows: SendableRecordBatchStream,
    order: &[(String, SortOptions)],
) -> SendableRecordBatchStream {
    let schema = rows.schema();
    let sorted_by: Vec<(usize, SortOptions)> =
        order.iter().filter_map(|(name, options)| Some((schema.index_of(name).ok()?, *options))).collect();
    let is_other = |index: &usize| {
        !sorted_by.iter().any(|(sorted, _)| sorted == index) && !schema.field(*index).data_type().is_nested()
    };
    let others: Vec<usize> = (0..schema.fields().len()).filter(is_other).collect();
    if others.is_empty() {
        return rows;
    }
    let settling = Settling {
        rows,
        schema: schema.clone(),
        sorted_by,
        others,
        last: Vec::new(),
        ready: VecDeque::new(),
        ended: false,
    };
    let stream = futures::stream::try_unfold(settling, |mut settling| async move {
        Ok(settling.next().await?.map(|batch| (batch, settling)))
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, stream))
}

struct Settling {
    rows: SendableRecordBatchStream,
    schema: SchemaRef,
    sorted_by: Vec<(usize, SortOptions)>,
    others: Vec<usize>,
    /// The rows that tie with the last one; more of them may come.
    last: Vec<RecordBatch>,
    ready: VecDeque<RecordBatch>,
    ended: bool,
}

impl Settling {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            if self.ended {
                return Ok(None);
            }
            match self.rows.next().await.transpose()? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => self.push(&batch)?,
                None => {
                    self.end_last()?;
                    self.ended = true;
                }
            }
        }
    }

    fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        if self.sorted_by.is_empty() {
            // The engine knows of only one customer: all rows tie.
            self.last.push(batch.clone());
            return Ok(());
        }
        let groups = partition(&self.keys(batch))?.ranges();
        let rows = batch.num_rows();
        let mut from = 0;
        if self.ties_with_last(batch)? {
            from = groups.first().map_or(rows, |first| first.end);
            self.last.push(batch.slice(0, from));
            if from == rows {
                return Ok(());
            }
        }
        self.end_last()?;
        let to = groups.last().map_or(from, |last| last.start);
        if from < to {
            let body = batch.slice(from, to - from);
            let unique =
                groups.iter().all(|group| group.len() == 1 || group.start >= to || group.end <= from);
            self.ready.push_back(if unique { body } else { self.sorted(&body)? });
        }
        self.last.push(batch.slice(to, rows - to));
        Ok(())
    }

    fn keys(&self, batch: &RecordBatch) -> Vec<ArrayRef> {
        self.sorted_by.iter().filter_map(|(index, _)| batch.columns().get(*index).cloned()).collect()
    }

    /// Whether the first row ties with the waiting rows.
    fn ties_with_last(&self, batch: &RecordBatch) -> Result<bool> {
        let Some(last) = self.last.last() else { return Ok(false) };
        let two = [last.slice(last.num_rows() - 1, 1), batch.slice(0, 1)];
        let two = concat_batches(&self.schema, &two)?;
        Ok(partition(&self.keys(&two))?.len() == 1)
    }

    fn end_last(&mut self) -> Result<()> {
        let last = std::mem::take(&mut self.last);
        match last.as_slice() {
            [] => {}
            [one] if one.num_rows() == 1 => self.ready.push_back(one.clone()),
            several => {
                let group = concat_batches(&self.schema, several)?;
                self.ready.push_back(self.sorted(&group)?);
            }
        }
        Ok(())
    }

    fn sorted(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let others = self.others.iter().map(|index| (*index, ASCENDING));
        let columns: Vec<SortColumn> = self
            .sorted_by
            .iter()
            .copied()
            .chain(others)
            .filter_map(|(index, options)| {
                Some(SortColumn { values: batch.columns().get(index).cloned()?, options: Some(options) })
            })
            .collect();
        Ok(take_record_batch(batch, &lexsort_to_indices(&columns, None)?)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, AsArray, Int32Array, StringArray};
    use arrow::datatypes::{DataType, Field, Int32Type, Schema};
    use futures::TryStreamExt;
    use proptest::prelude::*;

    use super::*;

    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("other", DataType::Int32, true),
            Field::new("key", DataType::Utf8, true),
        ]))
    }

    type Row = (Option<String>, Option<i32>);

    fn batch(rows: &[Row]) -> RecordBatch {
        let others: Int32Array = rows.iter().map(|row| row.1).collect();
        let keys: StringArray = rows.iter().map(|row| row.0.as_deref()).collect();
        RecordBatch::try_new(schema(), vec![Arc::new(others), Arc::new(keys)]).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        /// For any batches: sorted by the key, then by the other column, NULL last.
        #[test]
        fn ties_are_in_one_order(
            mut rows in prop::collection::vec((prop::option::of("[a-c]"), prop::option::of(0..9_i32)), 0..60),
            sizes in prop::collection::vec(1..9_usize, 60),
        ) {
            rows.sort_by_key(|row| (row.0.is_none(), row.0.clone()));
            let mut batches = Vec::new();
            let mut rest = rows.as_slice();
            for size in sizes {
                let (now, later) = rest.split_at(size.min(rest.len()));
                batches.push(Ok(batch(now)));
                rest = later;
            }
            let stream = Box::pin(RecordBatchStreamAdapter::new(schema(), futures::stream::iter(batches)));
            let order = [("key".to_owned(), ASCENDING)];
            let found: Vec<RecordBatch> =
                futures::executor::block_on(settled(stream, &order).try_collect()).unwrap();
            let found = concat_batches(&schema(), &found).unwrap();
            let keys = found.column(1).as_string::<i32>();
            let others = found.column(0).as_primitive::<Int32Type>();
            let found: Vec<Row> = (0..found.num_rows())
                .map(|row| {
                    let key = keys.is_valid(row).then(|| keys.value(row).to_owned());
                    (key, others.is_valid(row).then(|| others.value(row)))
                })
                .collect();
            rows.sort_by_key(|row| (row.0.is_none(), row.0.clone(), row.1.is_none(), row.1));
            prop_assert_eq!(found, rows);
        }
    }
}
