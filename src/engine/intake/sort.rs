//! The order of history: by customer, business day and transaction.
//!
//! This order makes all later steps cheap: the rows of a customer are adjacent, so they are aggregated in a stream, and
//! nothing is hashed or sorted again.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::{DataType, Date32Type, Schema};
use arrow::error::ArrowError;

/// The columns that rows of history are sorted by, NULL last.
pub const ORDER: [&str; 3] = ["customer_id", "day", "transaction_id"];

/// The columns of [`ORDER`] that can sort the rows of a schema: those before the first that is missing or has another
/// type. A numeric `customer_id` sorts as a number, which is another order.
pub fn order_of(schema: &Schema) -> Vec<&'static str> {
    let text =
        |data_type: &DataType| matches!(data_type, DataType::Utf8View | DataType::Utf8 | DataType::LargeUtf8);
    let fits = |name: &&str| {
        schema.field_with_name(name).is_ok_and(|field| match *name {
            "day" => *field.data_type() == DataType::Date32,
            _ => text(field.data_type()),
        })
    };
    ORDER.into_iter().take_while(fits).collect()
}

/// Bytes of the customer's id that fit into a sort key, with the id's length and the day.
const ID_BYTES: usize = 11;
/// The same for an id that leaves no room for the day.
const LONG_ID_BYTES: usize = 15;

/// The rows of a batch in the [`ORDER`] of history, as far as the batch [has its columns](order_of).
///
/// # Errors
/// Those of Arrow.
pub fn sorted(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    match permutation(batch)? {
        Some(rows) => take_record_batch(batch, &rows),
        None => Ok(batch.clone()),
    }
}

/// The row numbers in sorted order; none if the rows are sorted already.
fn permutation(batch: &RecordBatch) -> Result<Option<UInt32Array>, ArrowError> {
    let order = order_of(&batch.schema());
    if order.is_empty() {
        return Ok(None);
    }
    let column = |name: &str| batch.column_by_name(name).filter(|_| order.contains(&name));
    let text = |name: &str| column(name).map(|column| cast(column, &DataType::Utf8View)).transpose();
    let (ids, transactions) = (text("customer_id")?, text("transaction_id")?);
    let days = column("day");
    let columns = Columns {
        ids: ids.as_ref().map(AsArray::as_string_view),
        days: days.map(AsArray::as_primitive::<Date32Type>),
        transactions: transactions.as_ref().map(AsArray::as_string_view),
    };
    let rows = u32::try_from(batch.num_rows())
        .map_err(|_| ArrowError::InvalidArgumentError("too many rows to sort at once".into()))?;
    let (mut keys, exact) = columns.keys(rows);
    let in_order = keys.windows(2).all(|pair| match pair {
        [a, b] => a.0 < b.0 || (a.0 == b.0 && columns.compare(exact, a.1, b.1) != Ordering::Greater),
        _ => true,
    });
    if in_order {
        return Ok(None);
    }
    // Existing sorted runs, as in merged parts, make this sort far cheaper than an unstable one.
    keys.sort_by_key(|key| key.0);
    let mut from = 0;
    for to in 1..=keys.len() {
        let same = keys.get(to).zip(keys.get(from)).is_some_and(|(a, b)| a.0 == b.0);
        if !same {
            if to - from > 1
                && let Some(ties) = keys.get_mut(from..to)
            {
                ties.sort_by(|a, b| columns.compare(exact, a.1, b.1));
            }
            from = to;
        }
    }
    Ok(Some(keys.into_iter().map(|(_, row)| row).collect::<Vec<u32>>().into()))
}

struct Columns<'a> {
    ids: Option<&'a StringViewArray>,
    days: Option<&'a arrow::array::Date32Array>,
    transactions: Option<&'a StringViewArray>,
}

impl Columns<'_> {
    /// A key for each row that sorts as (customer, day) does: the bytes of the id after the prefix shared by all ids,
    /// the id's length, the day. If an id is too long for a key, keys have only the beginnings of ids, and rows with
    /// the same key are compared completely; the second value says whether keys are exact.
    fn keys(&self, rows: u32) -> (Vec<(u128, u32)>, bool) {
        let shared = self.ids.map_or(0, shared_bytes);
        let longest = self.ids.map_or(0, |ids| ids.iter().flatten().map(str::len).max().unwrap_or(0));
        let exact = longest <= shared + ID_BYTES;
        let room = if exact { ID_BYTES } else { LONG_ID_BYTES };
        let keys = (0..rows)
            .map(|row| {
                let at = row as usize;
                // NULL sorts last.
                let mut key = [u8::MAX; 16];
                if let Some(ids) = self.ids
                    && ids.is_valid(at)
                {
                    key = [0; 16];
                    let id = ids.value(at).as_bytes().get(shared..).unwrap_or_default();
                    let id = id.get(..room).unwrap_or(id);
                    for (place, byte) in key.iter_mut().zip(id) {
                        *place = *byte;
                    }
                    key[room] = u8::try_from(id.len()).unwrap_or(u8::MAX);
                }
                if exact && let Some(days) = self.days {
                    let known =
                        days.is_valid(at).then(|| days.value(at).wrapping_sub(i32::MIN).cast_unsigned());
                    key[12..].copy_from_slice(&known.unwrap_or(u32::MAX).to_be_bytes());
                }
                (u128::from_be_bytes(key), row)
            })
            .collect();
        (keys, exact)
    }

    /// The order of two rows with the same key.
    fn compare(&self, exact: bool, a: u32, b: u32) -> Ordering {
        let text = |column: Option<&StringViewArray>| {
            column.map_or(Ordering::Equal, |column| nulls_last(value(column, a), value(column, b)))
        };
        let by_transaction = || text(self.transactions);
        if exact {
            return by_transaction();
        }
        let by_day = || {
            let day = |row: u32| {
                self.days.and_then(|days| {
                    let row = row as usize;
                    days.is_valid(row).then(|| days.value(row))
                })
            };
            nulls_last(day(a), day(b))
        };
        text(self.ids).then_with(by_day).then_with(by_transaction)
    }
}

fn nulls_last<T: Ord + Copy>(a: Option<T>, b: Option<T>) -> Ordering {
    a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(&b))
}

fn value(column: &StringViewArray, row: u32) -> Option<&str> {
    let row = row as usize;
    column.is_valid(row).then(|| column.value(row))
}

/// How many first bytes all texts share. A text of this length has none beyond them.
fn shared_bytes(texts: &StringViewArray) -> usize {
    let mut texts = texts.iter().flatten();
    let Some(first) = texts.next() else { return 0 };
    texts.fold(first.len(), |shared, text| {
        let alike = first.bytes().zip(text.bytes()).take(shared).take_while(|(a, b)| a == b);
        alike.count()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, Int32Array, Int64Array, TimestampSecondArray};
    use proptest::prelude::*;

    use super::*;

    type Row = (Option<String>, Option<i32>, Option<String>);

    fn batch(rows: &[Row]) -> RecordBatch {
        let ids: StringViewArray = rows.iter().map(|row| row.0.as_deref()).collect();
        let days: Date32Array = rows.iter().map(|row| row.1).collect();
        let transactions: StringViewArray = rows.iter().map(|row| row.2.as_deref()).collect();
        let numbers: Int32Array = (0..).take(rows.len()).map(Some).collect();
        let columns: [(&str, ArrayRef); 4] = [
            ("number", Arc::new(numbers)),
            ("customer_id", Arc::new(ids)),
            ("day", Arc::new(days)),
            ("transaction_id", Arc::new(transactions)),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
    }

    /// The rows in sorted order, with their original numbers.
    fn naive(rows: &[Row]) -> Vec<(Row, i32)> {
        let mut rows: Vec<(Row, i32)> = rows.iter().cloned().zip(0..).collect();
        let key = |row: &Row| {
            let (id, day, transaction) = row.clone();
            ((id.is_none(), id), (day.is_none(), day), (transaction.is_none(), transaction))
        };
        rows.sort_by_key(|(row, _)| key(row));
        rows
    }

    fn rows_of(batch: &RecordBatch) -> Vec<(Row, i32)> {
        let text = |name: &str, row: usize| {
            value(batch.column_by_name(name).unwrap().as_string_view(), u32::try_from(row).unwrap())
                .map(str::to_owned)
        };
        let days = batch.column_by_name("day").unwrap().as_primitive::<Date32Type>();
        let numbers = batch.column(0).as_primitive::<arrow::datatypes::Int32Type>();
        (0..batch.num_rows())
            .map(|row| {
                let day = days.is_valid(row).then(|| days.value(row));
                ((text("customer_id", row), day, text("transaction_id", row)), numbers.value(row))
            })
            .collect()
    }

    /// Ids that share prefixes of any length, are empty, or are not ASCII.
    fn id() -> impl Strategy<Value = Option<String>> {
        let start = prop::sample::select(vec!["", "c", "customer-", "customer-000000000000-", "å", "客户-"]);
        // Many differ only in a final NUL, the byte that pads shorter ids.
        let end = prop::string::string_regex("[0-9a\u{0}\u{ff}é客]{0,18}|[a\u{0}]{0,2}").unwrap();
        prop::option::weighted(0.9, (start, end).prop_map(|(start, end)| format!("{start}{end}")))
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let day = prop::option::weighted(0.9, prop_oneof![-3..3_i32, any::<i16>().prop_map(i32::from)]);
        let one_start = prop::sample::select(vec!["", "C0000000000000000000", "客户"]);
        let transaction = prop::option::weighted(0.9, prop::string::string_regex("[ab客]{0,3}").unwrap());
        // Short ids fit into the sort keys, long ids do not.
        let most = prop::sample::select(vec![1, 2, 4, 8, 30]);
        let all = prop::collection::vec((id(), day, transaction), 0..60);
        (one_start, most, all).prop_map(|(start, most, rows)| {
            let cut = |id: Option<String>| {
                id.map(|id| start.chars().chain(id.chars().take(most)).collect::<String>())
            };
            rows.into_iter().map(|(id, day, transaction)| (cut(id), day, transaction)).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        /// The same as sorting by comparison; equal rows keep their order.
        #[test]
        fn as_a_naive_sort(rows in rows()) {
            let sorted = sorted(&batch(&rows)).unwrap();
            prop_assert_eq!(rows_of(&sorted), naive(&rows));
        }

        /// Sorted rows stay in place.
        #[test]
        fn sorting_again_changes_nothing(rows in rows()) {
            let once = sorted(&batch(&rows)).unwrap();
            prop_assert_eq!(permutation(&once).unwrap().map(|rows| rows.len()), None);
        }
    }

    /// A number sorts as a number, and a time is more than its day: such columns are in no order of history.
    #[test]
    fn columns_of_other_types_do_not_count() {
        let customers: ArrayRef = Arc::new(Int64Array::from(vec![10, 9, 10]));
        let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![7, 3, 5]));
        let ids: ArrayRef = Arc::new(StringViewArray::from(vec!["b", "a", "a"]));
        let numbers = RecordBatch::try_from_iter([("customer_id", customers), ("day", Arc::clone(&times))]);
        let numbers = numbers.unwrap();
        assert!(order_of(&numbers.schema()).is_empty());
        assert_eq!(sorted(&numbers).unwrap(), numbers);
        let texts = [("customer_id", Arc::clone(&ids)), ("day", times), ("transaction_id", ids)];
        let texts = RecordBatch::try_from_iter(texts).unwrap();
        assert_eq!(order_of(&texts.schema()), ["customer_id"]);
        let times = sorted(&texts).unwrap();
        let times = times.column(1).as_primitive::<arrow::datatypes::TimestampSecondType>();
        assert_eq!(times.values().to_vec(), [3, 5, 7]);
    }
}
