//! `distribution(value)`: all values of a column in exact order, and what can be read from them.
//!
//! Medians, shares of the best customers and the Gini coefficient all need the values in order. In SQL this is a window
//! over a sort of whole rows; here only the values are collected, once for all figures read from them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Builder, Int64Builder, LargeBinaryArray,
    LargeBinaryBuilder, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Fields, Int64Type};
use datafusion::common::{ScalarValue, exec_datafusion_err, exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};

use super::one_exact_number;

mod read;
mod run;
mod single;
mod store;
#[cfg(test)]
mod tests;

pub(super) use read::{ReadDistribution, Reading, percentile};
use run::{Bytes, Run};
use single::{Ascending, Single};
use store::Store;

/// Digits of the decimals for sums.
const DIGITS: u8 = 38;

/// `distribution(value)`, of whole numbers or decimals: `STRUCT<count BIGINT, total DECIMAL(38, s), ascending>`. `s` is
/// the scale of the values, and `ascending` holds the values themselves, packed. NULLs are ignored; the result is NULL
/// without any value.
///
/// The result depends on the values alone, not on the order of rows.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Distribution {
    signature: Signature,
}

impl Distribution {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// The type of a distribution of values with this many decimals.
fn distribution_type(scale: i8) -> DataType {
    DataType::Struct(fields(scale))
}

/// If the whole is NULL, so are count and total: the engine reads a field without checking the whole.
fn fields(scale: i8) -> Fields {
    Fields::from(vec![
        Field::new("count", DataType::Int64, true),
        Field::new("total", DataType::Decimal128(DIGITS, scale), true),
        Field::new("ascending", DataType::LargeBinary, false),
    ])
}

/// The decimals of a distribution's values, by its type; none if the type is not a distribution.
fn scale_of(data_type: &DataType) -> Option<i8> {
    let DataType::Struct(found) = data_type else { return None };
    match found.get(1)?.data_type() {
        DataType::Decimal128(DIGITS, scale) => {
            let same = found
                .iter()
                .zip(&fields(*scale))
                .all(|(found, own)| found.name() == own.name() && found.data_type() == own.data_type());
            (same && found.len() == 3).then_some(*scale)
        }
        _ => None,
    }
}

impl AggregateUDFImpl for Distribution {
    fn name(&self) -> &'static str {
        "distribution"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        one_exact_number(self.name(), types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::Decimal128(_, scale)] => Ok(distribution_type(*scale)),
            _ => Ok(distribution_type(0)),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[ascending]", args.name), DataType::LargeBinary, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return plan_err!("distribution counts every value; it takes no DISTINCT");
        }
        Ok(Box::new(OneGroup::new(args.return_type())))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::new(args.return_type())))
    }
}

/// The distributions of many groups.
#[derive(Debug)]
struct Groups {
    store: Store,
    scale: i8,
}

impl Groups {
    fn new(returned: &DataType) -> Self {
        Self { store: Store::default(), scale: scale_of(returned).unwrap_or(0) }
    }

    fn update(&mut self, values: &[ArrayRef], group: impl Fn(usize) -> Option<usize>) -> Result<()> {
        each_value(values, |row, value| {
            if let Some(group) = group(row) {
                self.store.push(group, value);
            }
        })
    }

    fn merge(&mut self, states: &[ArrayRef], group: impl Fn(usize) -> usize) {
        let Some(states) = states.first().and_then(|states| states.as_binary_opt::<i64>()) else { return };
        for (row, state) in states.iter().enumerate() {
            for value in Run::read(Bytes::new(state.unwrap_or_default(), 0)) {
                self.store.push(group(row), value);
            }
        }
    }

    fn taken(&self, emit_to: EmitTo) -> usize {
        match emit_to {
            EmitTo::All => self.store.groups(),
            EmitTo::First(groups) => groups,
        }
    }

    fn packed(&mut self, emit_to: EmitTo) -> LargeBinaryArray {
        let groups = self.taken(emit_to);
        let mut packed = LargeBinaryBuilder::with_capacity(groups, 0);
        let mut bytes = Vec::new();
        self.store.take(groups, |values| match values {
            [] => packed.append_null(),
            values => {
                bytes.clear();
                run::write(values, &mut bytes);
                packed.append_value(&bytes);
            }
        });
        packed.finish()
    }

    fn distributions(&mut self, emit_to: EmitTo) -> Result<StructArray> {
        let groups = self.taken(emit_to);
        let mut built = Built::new(groups);
        self.store.take(groups, |values| built.push(values));
        built.finish(self.scale)
    }
}

/// Calls `each` with the row and the value of every value that is not NULL.
fn each_value(values: &[ArrayRef], mut each: impl FnMut(usize, i128)) -> Result<()> {
    let Some(values) = values.first() else { return Ok(()) };
    if let Some(whole) = values.as_primitive_opt::<Int64Type>() {
        for (row, value) in whole.iter().enumerate() {
            if let Some(value) = value {
                each(row, value.into());
            }
        }
    } else if let Some(decimals) = values.as_primitive_opt::<Decimal128Type>() {
        for (row, value) in decimals.iter().enumerate() {
            if let Some(value) = value {
                each(row, value);
            }
        }
    } else {
        return exec_err!("distribution takes no {}", values.data_type());
    }
    Ok(())
}

/// Distributions as a column.
struct Built {
    counts: Int64Builder,
    totals: Decimal128Builder,
    packed: LargeBinaryBuilder,
    known: Vec<bool>,
    bytes: Vec<u8>,
    too_large: bool,
}

impl Built {
    fn new(groups: usize) -> Self {
        Self {
            counts: Int64Builder::with_capacity(groups),
            totals: Decimal128Builder::with_capacity(groups),
            packed: LargeBinaryBuilder::with_capacity(groups, 0),
            known: Vec::with_capacity(groups),
            bytes: Vec::new(),
            too_large: false,
        }
    }

    /// Adds the distribution of ascending values.
    fn push<V: Copy + Into<i128>>(&mut self, values: &[V]) {
        let mut each = values.iter().map(|value| (*value).into());
        let total = each.try_fold(0_i128, i128::checked_add);
        self.too_large |= total.is_none();
        let known = !values.is_empty();
        self.counts.append_option(known.then(|| i64::try_from(values.len()).unwrap_or(i64::MAX)));
        self.totals.append_option(total.filter(|_| known));
        self.bytes.clear();
        run::write(values, &mut self.bytes);
        self.packed.append_value(&self.bytes);
        self.known.push(known);
    }

    fn finish(mut self, scale: i8) -> Result<StructArray> {
        if self.too_large {
            return Err(exec_datafusion_err!("distribution: the total has more than {DIGITS} digits"));
        }
        let totals = self.totals.finish().with_precision_and_scale(DIGITS, scale)?;
        let columns: Vec<ArrayRef> =
            vec![Arc::new(self.counts.finish()), Arc::new(totals), Arc::new(self.packed.finish())];
        Ok(StructArray::try_new(fields(scale), columns, Some(NullBuffer::from(self.known)))?)
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.store.expect(total);
        match filter {
            None => self.update(values, |row| groups.get(row).copied()),
            Some(filter) => self.update(values, |row| {
                groups.get(row).copied().filter(|_| filter.is_valid(row) && filter.value(row))
            }),
        }
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        Ok(Arc::new(self.distributions(emit_to)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![Arc::new(self.packed(emit_to))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.store.expect(total);
        // There is a group for each row; the fallback is never used.
        self.merge(states, |row| groups.get(row).copied().unwrap_or(0));
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, Array::len);
        let mut each = Self { store: Store::default(), scale: self.scale };
        let groups: Vec<usize> = (0..rows).collect();
        each.update_batch(values, &groups, filter, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.store.size()
    }
}

/// The distribution of all rows.
#[derive(Debug)]
struct OneGroup {
    store: Single,
    scale: i8,
}

impl OneGroup {
    fn new(returned: &DataType) -> Self {
        Self { store: Single::default(), scale: scale_of(returned).unwrap_or(0) }
    }

    fn distribution(&mut self) -> Result<StructArray> {
        let mut built = Built::new(1);
        match self.store.take() {
            Ascending::Narrow(values) => built.push(&values),
            Ascending::Wide(values) => built.push(&values),
        }
        // A window asks again later, with more rows.
        if built.known == [true] {
            self.store.push_run(&built.bytes);
        }
        built.finish(self.scale)
    }
}

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        each_value(values, |_, value| self.store.push(value))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.distribution()?, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut packed = Vec::new();
        match self.store.take() {
            Ascending::Narrow(values) => run::write(&values, &mut packed),
            Ascending::Wide(values) => run::write(&values, &mut packed),
        }
        Ok(vec![ScalarValue::LargeBinary(Some(packed))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = states.first().and_then(|states| states.as_binary_opt::<i64>());
        for state in states.into_iter().flatten().flatten() {
            self.store.push_run(state);
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.store.size()
    }
}
