//! `distribution(value)`: all values of a column in order, exactly, and what can be read from them.
//!
//! Medians, shares of the best customers and the Gini coefficient all need the values in order. In SQL that is a window
//! over a sort of whole rows; here the values alone are collected, once for all figures that are read from them.

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

mod read;
mod run;
mod store;
#[cfg(test)]
mod tests;

pub(super) use read::{Read, Reading};
use run::{Bytes, Run};
use store::Store;

/// Digits of the decimals that hold sums.
const DIGITS: u8 = 38;

/// `distribution(value)`, of whole numbers or decimals: `STRUCT<count BIGINT, total DECIMAL(38, s), ascending>`, where
/// `s` is the scale of the values and `ascending` are the values themselves, packed. NULLs are no values; NULL where
/// there is no value.
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

/// The type of a distribution of values with so many decimals.
fn distribution_type(scale: i8) -> DataType {
    DataType::Struct(fields(scale))
}

fn fields(scale: i8) -> Fields {
    Fields::from(vec![
        Field::new("count", DataType::Int64, false),
        Field::new("total", DataType::Decimal128(DIGITS, scale), false),
        Field::new("ascending", DataType::LargeBinary, false),
    ])
}

/// The decimals of a distribution's values, by its type; none where the type is no distribution's.
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
        match types {
            [DataType::UInt64] => Ok(vec![DataType::Decimal128(20, 0)]),
            [DataType::Null] => Ok(vec![DataType::Int64]),
            [whole] if whole.is_integer() => Ok(vec![DataType::Int64]),
            [
                DataType::Decimal32(digits, scale)
                | DataType::Decimal64(digits, scale)
                | DataType::Decimal128(digits, scale),
            ] => Ok(vec![DataType::Decimal128(*digits, *scale)]),
            [_] => plan_err!("distribution takes whole numbers or decimals, which are exact"),
            _ => plan_err!("distribution takes one value"),
        }
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
        Ok(Box::new(OneGroup(Groups::new(args.return_type()))))
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
        let Some(values) = values.first() else { return Ok(()) };
        if let Some(whole) = values.as_primitive_opt::<Int64Type>() {
            for (row, value) in whole.iter().enumerate() {
                if let (Some(value), Some(group)) = (value, group(row)) {
                    self.store.push(group, i128::from(value));
                }
            }
        } else if let Some(decimals) = values.as_primitive_opt::<Decimal128Type>() {
            for (row, value) in decimals.iter().enumerate() {
                if let (Some(value), Some(group)) = (value, group(row)) {
                    self.store.push(group, value);
                }
            }
        } else {
            return exec_err!("distribution takes no {}", values.data_type());
        }
        Ok(())
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
        let mut counts = Int64Builder::with_capacity(groups);
        let mut totals = Decimal128Builder::with_capacity(groups);
        let mut packed = LargeBinaryBuilder::with_capacity(groups, 0);
        let mut known = Vec::with_capacity(groups);
        let mut bytes = Vec::new();
        let mut too_large = false;
        self.store.take(groups, |values| {
            let total = values.iter().try_fold(0_i128, |total, value| total.checked_add(*value));
            too_large |= total.is_none();
            counts.append_value(i64::try_from(values.len()).unwrap_or(i64::MAX));
            totals.append_value(total.unwrap_or(0));
            bytes.clear();
            run::write(values, &mut bytes);
            packed.append_value(&bytes);
            known.push(!values.is_empty());
        });
        if too_large {
            return Err(exec_datafusion_err!("distribution: the total has more than {DIGITS} digits"));
        }
        let totals = totals.finish().with_precision_and_scale(DIGITS, self.scale)?;
        let columns: Vec<ArrayRef> =
            vec![Arc::new(counts.finish()), Arc::new(totals), Arc::new(packed.finish())];
        Ok(StructArray::try_new(fields(self.scale), columns, Some(NullBuffer::from(known)))?)
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
        // There is a group for each row; the fallback is never met.
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
struct OneGroup(Groups);

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update(values, |_| Some(0))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let distribution = self.0.distributions(EmitTo::First(1))?;
        // A window asks again, with more rows.
        if let Some(packed) = distribution.column(2).as_binary_opt::<i64>()
            && !packed.is_empty()
        {
            self.0.store.put_back(packed.value(0));
        }
        ScalarValue::try_from_array(&distribution, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::try_from_array(&self.0.packed(EmitTo::First(1)), 0)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge(states, |_| 0);
        Ok(())
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}
