//! `sum` that is exact or an error: the engine's own wraps.
//!
//! Whole numbers are added in 128 bits, which no number of 64-bit values can overflow; the total must fit 64 bits. So
//! the order does not decide whether a sum fits. Decimals with few digits, which no number of rows can overflow, are
//! left to the engine. Doubles are rounded once, in [`doubles`].

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{
    Array, ArrayRef, ArrowNumericType, AsArray, BooleanArray, Decimal128Array, Int64Array, PrimitiveArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type, UInt64Type};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, Expr, GroupsAccumulator, ReversedUDAF,
    SetMonotonicity, Signature,
};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::prim_op::PrimitiveGroupsAccumulator;

use super::doubles::{self, Figure};
use super::whole::overflow;

/// Decimals with this many digits need 10^10 rows to overflow 128 bits.
const HARMLESS_DIGITS: u8 = 28;
/// The largest number of 38 digits.
pub(super) const MOST: i128 = 10_i128.pow(38) - 1;
/// The type for adding whole numbers.
const WIDE: DataType = DataType::Decimal128(38, 0);

/// `sum(value)` as an expression.
pub fn sum(value: Expr) -> Expr {
    AggregateUDF::from(Sum::new()).call(vec![value])
}

/// `sum(value)`, like the engine's, but it never wraps.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Sum {
    engine: Arc<AggregateUDF>,
}

/// How values are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By the engine.
    Engine,
    /// Whole numbers, in 128 bits.
    Whole,
    /// Decimals with many digits, each addition checked.
    Decimal,
    /// Doubles, rounded once.
    Doubles,
}

impl Way {
    fn of(value: Option<&FieldRef>, result: &DataType) -> Self {
        match (value.map(|field| field.data_type()), result) {
            (_, DataType::Int64 | DataType::UInt64) => Self::Whole,
            (Some(DataType::Decimal128(digits, _)), DataType::Decimal128(..))
                if *digits <= HARMLESS_DIGITS =>
            {
                Self::Engine
            }
            (_, DataType::Decimal128(..)) => Self::Decimal,
            (Some(DataType::Float64), DataType::Float64) => Self::Doubles,
            _ => Self::Engine,
        }
    }
}

impl Sum {
    pub(super) fn new() -> Self {
        Self { engine: sum_udaf() }
    }
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        self.engine.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            // What a part of a union writes as `null` has a type only after all parts were seen.
            [DataType::Null] => Ok(DataType::Int64),
            types => self.engine.return_type(types),
        }
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match Way::of(args.expr_fields.first(), args.return_type()) {
            Way::Engine => return self.engine.accumulator(args),
            Way::Doubles => return Ok(doubles::one(Figure::Sum, &args)),
            Way::Whole | Way::Decimal => {}
        }
        let seen = args.is_distinct.then(HashSet::new);
        Ok(Box::new(Running {
            sum: 0,
            values: 0,
            seen,
            result: args.return_type().clone(),
            name: args.name.into(),
        }))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct || Way::of(args.expr_fields.first(), args.return_type()) == Way::Engine {
            return self.engine.create_sliding_accumulator(args);
        }
        self.accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        match Way::of(args.input_fields.first(), args.return_type()) {
            Way::Doubles => return Ok(doubles::state_fields(args.name)),
            Way::Whole if !args.is_distinct => {}
            _ => return self.engine.state_fields(args),
        }
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "sum"), WIDE, true))])
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let way = Way::of(args.expr_fields.first(), args.return_type());
        let result = args.return_type().clone();
        let full = Arc::new(AtomicBool::new(false));
        let wide = match way {
            Way::Engine => return self.engine.create_groups_accumulator(args),
            Way::Whole => WIDE,
            Way::Decimal => result.clone(),
            Way::Doubles => return Ok(doubles::many(Figure::Sum)),
        };
        let noted = Arc::clone(&full);
        let sums = PrimitiveGroupsAccumulator::<Decimal128Type, _>::new(
            &wide,
            move |sum: &mut i128, value: i128| {
                let (added, beyond) = sum.overflowing_add(value);
                *sum = added;
                if beyond {
                    noted.store(true, Ordering::Relaxed);
                }
            },
        );
        Ok(Box::new(Groups { sums, full, result, name: args.name.into() }))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.engine.inner().set_monotonicity(data_type)
    }
}

fn too_much(name: &str, result: &DataType) -> datafusion::error::DataFusionError {
    // A window's frame is not part of the analyst's text.
    let name =
        name.split(" ROWS BETWEEN ").next().unwrap_or(name).split(" RANGE BETWEEN ").next().unwrap_or(name);
    let remedy = match result {
        DataType::Int64 | DataType::UInt64 => {
            "what a whole number can hold (9,223,372,036,854,775,807); make it a decimal, as in \
             `CAST(... AS DECIMAL(38, 0))`"
        }
        _ => "the 38 digits that a decimal can hold; give it fewer decimals",
    };
    overflow(format!("`{name}` is beyond {remedy}"))
}

/// The values as 128-bit numbers of their own scale.
fn widened(values: &ArrayRef) -> Result<Decimal128Array> {
    fn wide<T: ArrowNumericType>(values: &PrimitiveArray<T>) -> Decimal128Array
    where
        T::Native: Into<i128>,
    {
        values.unary(Into::into)
    }
    Ok(match values.data_type() {
        DataType::Int64 => wide(values.as_primitive::<Int64Type>()).with_data_type(WIDE),
        DataType::UInt64 => wide(values.as_primitive::<UInt64Type>()).with_data_type(WIDE),
        DataType::Decimal128(..) => values.as_primitive::<Decimal128Type>().clone(),
        DataType::Null => Decimal128Array::new_null(values.len()).with_data_type(WIDE),
        other => return exec_err!("sum takes no {other}"),
    })
}

/// Sums in the type that the query expects.
fn narrowed(sums: &Decimal128Array, result: &DataType, name: &str) -> Result<ArrayRef> {
    let beyond = || too_much(name, result);
    Ok(match result {
        DataType::Int64 => {
            let sums: Int64Array = sums.try_unary(|sum| i64::try_from(sum).map_err(|_| beyond()))?;
            Arc::new(sums)
        }
        DataType::UInt64 => {
            let sums: UInt64Array = sums.try_unary(|sum| u64::try_from(sum).map_err(|_| beyond()))?;
            Arc::new(sums)
        }
        decimal => {
            if sums.iter().flatten().any(|sum| !(-MOST..=MOST).contains(&sum)) {
                return Err(beyond());
            }
            Arc::new(sums.clone().with_data_type(decimal.clone()))
        }
    })
}

/// The sums of many groups.
struct Groups<F: Fn(&mut i128, i128) + Send + Sync + 'static> {
    sums: PrimitiveGroupsAccumulator<Decimal128Type, F>,
    /// Whether some sum exceeded 128 bits.
    full: Arc<AtomicBool>,
    result: DataType,
    name: String,
}

impl<F: Fn(&mut i128, i128) + Send + Sync + 'static> Groups<F> {
    fn checked(&self) -> Result<()> {
        if self.full.load(Ordering::Relaxed) { Err(too_much(&self.name, &self.result)) } else { Ok(()) }
    }
}

impl<F: Fn(&mut i128, i128) + Send + Sync + 'static> GroupsAccumulator for Groups<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let values = values.iter().map(wide_array).collect::<Result<Vec<_>>>()?;
        self.sums.update_batch(&values, group_indices, opt_filter, total_num_groups)?;
        self.checked()
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.sums.merge_batch(values, group_indices, total_num_groups)?;
        self.checked()
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let sums = self.sums.evaluate(emit_to)?;
        narrowed(sums.as_primitive::<Decimal128Type>(), &self.result, &self.name)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.sums.state(emit_to)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = values.iter().map(wide_array).collect::<Result<Vec<_>>>()?;
        self.sums.convert_to_state(&values, opt_filter)
    }

    fn size(&self) -> usize {
        self.sums.size()
    }
}

fn wide_array(values: &ArrayRef) -> Result<ArrayRef> {
    if matches!(values.data_type(), DataType::Decimal128(..)) {
        return Ok(Arc::clone(values));
    }
    Ok(Arc::new(widened(values)?))
}

/// One sum; values can also be subtracted again.
#[derive(Debug)]
struct Running {
    sum: i128,
    /// How many values are in it: without any the sum is NULL.
    values: u64,
    /// The values, if each counts only once.
    seen: Option<HashSet<i128>>,
    result: DataType,
    name: String,
}

impl Running {
    fn add(&mut self, value: i128) -> Result<()> {
        if self.seen.as_mut().is_some_and(|seen| !seen.insert(value)) {
            return Ok(());
        }
        let sum = self.sum.checked_add(value);
        self.sum = sum.ok_or_else(|| too_much(&self.name, &self.result))?;
        self.values += 1;
        Ok(())
    }

    fn add_all(&mut self, values: &ArrayRef) -> Result<()> {
        let values = widened(values)?;
        values.iter().flatten().try_for_each(|value| self.add(value))
    }

    fn scalar(&self, value: Option<i128>) -> Result<ScalarValue> {
        let one: Decimal128Array = [value].into_iter().collect();
        ScalarValue::try_from_array(&narrowed(&one, &self.result, &self.name)?, 0)
    }
}

impl Accumulator for Running {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().try_for_each(|values| self.add_all(values))
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for values in values {
            for value in widened(values)?.iter().flatten() {
                let sum = self.sum.checked_sub(value);
                self.sum = sum.ok_or_else(|| too_much(&self.name, &self.result))?;
                self.values -= 1;
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        self.seen.is_none()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.scalar((self.values > 0).then_some(self.sum))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Some(seen) = &self.seen else {
            let sum = (self.values > 0).then_some(self.sum);
            return Ok(vec![match &self.result {
                DataType::Decimal128(digits, scale) => ScalarValue::Decimal128(sum, *digits, *scale),
                _ => ScalarValue::Decimal128(sum, 38, 0),
            }]);
        };
        let values = seen.iter().map(|value| self.scalar(Some(*value))).collect::<Result<Vec<_>>>()?;
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &self.result))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(state) = states.first() else { return Ok(()) };
        if self.seen.is_none() {
            return self.add_all(state);
        }
        state.as_list::<i32>().iter().flatten().try_for_each(|values| self.add_all(&values))
    }

    fn size(&self) -> usize {
        let seen = self.seen.as_ref().map_or(0, HashSet::capacity);
        size_of_val(self) + seen * 2 * size_of::<i128>()
    }
}
