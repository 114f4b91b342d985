//! `trailing_sums(amount, day, as_of)`: what each of thirteen overlapping years brought, in one pass over the rows.
//!
//! In SQL these are thirteen sums with a filter each, and each compares every row with both its ends. Here a row finds
//! the years that it lies in by its day.

use std::mem::size_of;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Builder, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, FieldRef};
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use jiff::ToSpan;
use jiff::civil::date;

use super::one_exact_number;
use super::sum::MOST;
use super::whole::overflow;
use crate::tables::days;

/// How many sums there are: of the months up to the same month a year ago.
const YEARS: usize = 13;
/// How many days each is of.
const DAYS: i32 = 365;

/// `trailing_sums(amount, day, as_of)`, of whole numbers or decimals: a list of 13 `DECIMAL(38, s)`, `s` the scale of
/// the amounts. The last is the sum of the 365 days up to `as_of`. Those before it are the sums of the 365 days up to
/// the last day of each of the twelve months before that of `as_of`, the oldest first. A sum without an amount is NULL.
/// Rows after `as_of` are in none.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct TrailingSums {
    signature: Signature,
}

impl TrailingSums {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for TrailingSums {
    fn name(&self) -> &'static str {
        "trailing_sums"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [amount, day, as_of] = types else {
            return plan_err!("trailing_sums takes an amount, its day and the as-of date");
        };
        let amount = match one_exact_number(self.name(), std::slice::from_ref(amount))?.pop() {
            Some(DataType::Decimal128(digits, scale)) => DataType::Decimal128(digits, scale),
            _ => DataType::Decimal128(20, 0),
        };
        for date in [day, as_of] {
            if !matches!(date, DataType::Date32 | DataType::Null) {
                return plan_err!("trailing_sums takes dates; of a time, write CAST(... AS DATE)");
            }
        }
        Ok(vec![amount, DataType::Date32, DataType::Date32])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.first() {
            Some(DataType::Decimal128(_, scale)) => Ok(DataType::List(item(*scale))),
            _ => Ok(DataType::List(item(0))),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let sums = DataType::List(item(scale_of(args.return_type())));
        Ok(vec![Arc::new(Field::new(format!("{}[sums]", args.name), sums, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return plan_err!("trailing_sums adds every amount; it takes no DISTINCT");
        }
        Ok(Box::new(OneGroup(Groups::new(scale_of(args.return_type())))))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::new(scale_of(args.return_type()))))
    }
}

fn item(scale: i8) -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Decimal128(38, scale), true))
}

fn scale_of(list: &DataType) -> i8 {
    match list {
        DataType::List(item) => match item.data_type() {
            DataType::Decimal128(_, scale) => *scale,
            _ => 0,
        },
        _ => 0,
    }
}

/// The years up to a date, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Years {
    as_of: i32,
    /// The last day of each.
    ends: [i32; YEARS],
}

impl Years {
    /// None if the date is not one that a calendar has.
    fn up_to(as_of: i32) -> Option<Self> {
        let month = date(1970, 1, 1).checked_add(as_of.days()).ok()?.first_of_month();
        let mut ends = [as_of; YEARS];
        for (ago, end) in ends.iter_mut().rev().enumerate().skip(1) {
            let after = month.checked_sub(i64::try_from(ago).ok()?.checked_sub(1)?.months()).ok()?;
            *end = days(after).checked_sub(1)?;
        }
        Some(Self { as_of, ends })
    }

    /// The places of the years with this day. Ends and starts both ascend, so these stand side by side.
    fn with(&self, day: i32) -> Range<usize> {
        let first = self.ends.partition_point(|end| *end < day);
        let beyond = self.ends.partition_point(|end| end.saturating_sub(DAYS) < day);
        first..beyond.max(first)
    }
}

/// The sums of one group, each with the number of amounts in it held to "none" or "some".
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    sums: [i128; YEARS],
    /// A bit for each sum that has an amount.
    known: u16,
}

impl Sums {
    /// Adds to one sum; false if it is beyond what a number can hold.
    fn add(&mut self, place: usize, amount: i128) -> bool {
        let Some(sum) = self.sums.get_mut(place) else { return true };
        let (added, beyond) = sum.overflowing_add(amount);
        *sum = added;
        self.known |= 1 << place;
        !beyond
    }
}

/// The sums of many groups.
#[derive(Debug)]
struct Groups {
    sums: Vec<Sums>,
    scale: i8,
    years: Option<Years>,
}

impl Groups {
    fn new(scale: i8) -> Self {
        Self { sums: Vec::new(), scale, years: None }
    }

    fn years(&mut self, as_of: i32) -> Result<Years> {
        match self.years {
            Some(years) if years.as_of == as_of => Ok(years),
            Some(_) => exec_err!("trailing_sums takes one as-of date, the same for all rows"),
            None => match Years::up_to(as_of) {
                Some(years) => Ok(*self.years.insert(years)),
                None => exec_err!("trailing_sums takes as-of dates of the years 1 to 9999"),
            },
        }
    }

    fn update(&mut self, values: &[ArrayRef], group: impl Fn(usize) -> Option<usize>) -> Result<()> {
        let [amounts, days, dates] = values else {
            return exec_err!("trailing_sums takes an amount, its day and the as-of date");
        };
        let Some(amounts) = amounts.as_primitive_opt::<Decimal128Type>() else {
            return exec_err!("trailing_sums takes no {}", amounts.data_type());
        };
        let (Some(days), Some(dates)) =
            (days.as_primitive_opt::<Date32Type>(), dates.as_primitive_opt::<Date32Type>())
        else {
            return exec_err!("trailing_sums takes dates");
        };
        for (row, ((amount, day), as_of)) in amounts.iter().zip(days).zip(dates).enumerate() {
            let (Some(amount), Some(day), Some(as_of)) = (amount, day, as_of) else { continue };
            let years = self.years(as_of)?;
            let Some(sums) = group(row).and_then(|group| self.sums.get_mut(group)) else { continue };
            if day <= as_of && !years.with(day).all(|place| sums.add(place, amount)) {
                return Err(beyond());
            }
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group: impl Fn(usize) -> Option<usize>) -> Result<()> {
        let Some(states) = states.first().and_then(|states| states.as_list_opt::<i32>()) else {
            return Ok(());
        };
        for row in 0..states.len() {
            let Some(sums) = group(row).and_then(|group| self.sums.get_mut(group)) else { continue };
            let state = states.value(row);
            let Some(state) = state.as_primitive_opt::<Decimal128Type>() else { continue };
            for (place, sum) in state.iter().enumerate() {
                if sum.is_some_and(|sum| !sums.add(place, sum)) {
                    return Err(beyond());
                }
            }
        }
        Ok(())
    }

    fn list(&self, of: &[Sums]) -> Result<ListArray> {
        let mut each = Decimal128Builder::with_capacity(of.len() * YEARS);
        for group in of {
            for (place, sum) in group.sums.iter().enumerate() {
                if !(-MOST..=MOST).contains(sum) {
                    return Err(beyond());
                }
                each.append_option((group.known & 1 << place != 0).then_some(*sum));
            }
        }
        let each = each.finish().with_precision_and_scale(38, self.scale)?;
        let ends = OffsetBuffer::from_lengths(std::iter::repeat_n(YEARS, of.len()));
        Ok(ListArray::try_new(item(self.scale), ends, Arc::new(each), None)?)
    }

    fn take(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let taken = emit_to.take_needed(&mut self.sums);
        Ok(Arc::new(self.list(&taken)?))
    }
}

fn beyond() -> datafusion::error::DataFusionError {
    overflow("`trailing_sums` is beyond the 38 digits that a decimal can hold; give it fewer decimals".into())
}

/// Whether a filter lets a row pass.
fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.sums.resize(total, Sums::default());
        self.update(values, |row| groups.get(row).copied().filter(|_| passes(filter, row)))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.take(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.take(emit_to)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.sums.resize(total, Sums::default());
        self.merge(states, |row| groups.get(row).copied())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, Array::len);
        let groups: Vec<usize> = (0..rows).collect();
        let mut each = Self::new(self.scale);
        each.update_batch(values, &groups, filter, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<Sums>()
    }
}

/// The sums of all rows.
#[derive(Debug)]
struct OneGroup(Groups);

impl OneGroup {
    fn one(&mut self) -> &mut Groups {
        self.0.sums.resize(1, Sums::default());
        &mut self.0
    }
}

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.one().update(values, |_| Some(0))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let groups = self.one();
        ScalarValue::try_from_array(&groups.list(&groups.sums)?, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.one().merge(states, |_| Some(0))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.size()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, Decimal128Array};
    use proptest::prelude::*;

    use super::*;

    const AS_OF: i32 = 19_843; // 2024-04-30, a Tuesday after a leap day

    /// A row: its group, its amount and its day.
    type Row = (usize, Option<i128>, Option<i32>);

    fn columns(rows: &[Row]) -> Vec<ArrayRef> {
        let amounts: Decimal128Array = rows.iter().map(|row| row.1).collect();
        let days: Date32Array = rows.iter().map(|row| row.2).collect();
        vec![Arc::new(amounts), Arc::new(days), Arc::new(Date32Array::from(vec![AS_OF; rows.len()]))]
    }

    fn feed(into: &mut Groups, rows: &[Row], groups: usize) {
        let numbers: Vec<usize> = rows.iter().map(|row| row.0).collect();
        into.update_batch(&columns(rows), &numbers, None, groups).unwrap();
    }

    fn sums(found: &ArrayRef) -> Vec<Vec<Option<i128>>> {
        let list = found.as_list::<i32>();
        (0..list.len()).map(|row| list.value(row).as_primitive::<Decimal128Type>().iter().collect()).collect()
    }

    /// The sums by comparing each row with each year.
    fn naive(rows: &[Row], groups: usize) -> Vec<Vec<Option<i128>>> {
        let ends = [
            "2023-04-30",
            "2023-05-31",
            "2023-06-30",
            "2023-07-31",
            "2023-08-31",
            "2023-09-30",
            "2023-10-31",
            "2023-11-30",
            "2023-12-31",
            "2024-01-31",
            "2024-02-29",
            "2024-03-31",
            "2024-04-30",
        ];
        let sum = |group: usize, end: i32| {
            let of = rows.iter().filter(|row| row.0 == group);
            let within = of.filter(|row| row.2.is_some_and(|day| day <= end && day > end - 365));
            within.filter_map(|row| row.1).fold(None, |sum, amount| Some(sum.unwrap_or(0) + amount))
        };
        (0..groups)
            .map(|group| ends.iter().map(|end| sum(group, days(end.parse().unwrap()))).collect())
            .collect()
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let day = prop_oneof![9 => (AS_OF - 800..AS_OF + 40).prop_map(Some), 1 => Just(None)];
        let amount = prop_oneof![9 => (-50_i128..50).prop_map(Some), 1 => Just(None)];
        prop::collection::vec((0..4_usize, amount, day), 0..200)
    }

    proptest! {
        #[test]
        fn each_sum_is_of_its_days(rows in rows(), cut in 0..200_usize) {
            let (one, other) = rows.split_at(cut.min(rows.len()));
            let (mut first, mut second) = (Groups::new(2), Groups::new(2));
            feed(&mut first, one, 4);
            feed(&mut second, other, 4);
            let state = second.state(EmitTo::All).unwrap();
            first.merge_batch(&state, &[0, 1, 2, 3], 4).unwrap();
            prop_assert_eq!(sums(&first.evaluate(EmitTo::All).unwrap()), naive(&rows, 4));
        }
    }

    #[test]
    fn a_sum_beyond_38_digits_is_an_error() {
        let mut groups = Groups::new(0);
        let row = (0, Some(MOST / 3 * 2), Some(AS_OF));
        feed(&mut groups, &[row, row], 1);
        let error = groups.evaluate(EmitTo::All).unwrap_err();
        assert!(super::super::whole::is_overflow(&error), "{error}");
    }
}
