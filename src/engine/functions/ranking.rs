//! `ranking(value) over (order by customer_id)`: each row's place among all, from the highest value down, and the
//! running total up to it.
//!
//! In SQL this is `row_number() over (order by value desc, customer_id)`: the engine moves whole rows into that order,
//! and then back into the customers' order. Here rows stay in place, and only numbers are sorted.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Fields, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDFImpl};
use datafusion::physical_expr::PhysicalExpr;

use super::one_exact_number;

const NAME: &str = "ranking";
/// Digits of the decimals for sums.
const DIGITS: u8 = 38;

/// `ranking(value) over (…)`, of whole numbers or decimals: `STRUCT<place BIGINT, total DECIMAL(38, s), better BIGINT,
/// worse BIGINT, total_better DECIMAL(38, s)>`, with `s` the scale of the values. `place` is 1 for the highest value;
/// among equal values, the earlier row of the window comes first. `total` is the sum of the value and of all places
/// before it. The other three are the same for equal values: how many values are higher, how many are lower, and the
/// sum of the higher ones. NULLs have no place: the result is NULL.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Ranking {
    signature: Signature,
}

impl Ranking {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// If the whole is NULL, so is each field: the engine reads a field without checking the whole.
fn fields(scale: i8) -> Fields {
    Fields::from(vec![
        Field::new("place", DataType::Int64, true),
        Field::new("total", DataType::Decimal128(DIGITS, scale), true),
        Field::new("better", DataType::Int64, true),
        Field::new("worse", DataType::Int64, true),
        Field::new("total_better", DataType::Decimal128(DIGITS, scale), true),
    ])
}

impl WindowUDFImpl for Ranking {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        one_exact_number(NAME, types)
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        let scale = match args.get_input_field(0).map(|field| field.data_type().clone()) {
            Some(DataType::Decimal128(_, scale)) => scale,
            _ => 0,
        };
        Ok(Arc::new(Field::new(args.name(), DataType::Struct(fields(scale)), true)))
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::Unknown
    }
}

#[derive(Debug)]
struct Evaluator;

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], _: usize) -> Result<ArrayRef> {
        let Some(values) = values.first() else {
            return Err(DataFusionError::Internal(format!("{NAME} takes a value")));
        };
        if let Some(whole) = values.as_primitive_opt::<Int64Type>() {
            return ranking(whole.len(), whole.nulls(), 0, |row| whole.value(row));
        }
        let Some(decimals) = values.as_primitive_opt::<Decimal128Type>() else {
            return Err(DataFusionError::Internal(format!("{NAME} takes no {}", values.data_type())));
        };
        // Half the memory, and faster to sort.
        let narrow = decimals.iter().flatten().all(|value| i64::try_from(value).is_ok());
        if narrow {
            ranking(decimals.len(), decimals.nulls(), decimals.scale(), |row| decimals.value(row) as i64)
        } else {
            ranking(decimals.len(), decimals.nulls(), decimals.scale(), |row| decimals.value(row))
        }
    }
}

/// The places and totals of rows, and the figures that equal values share.
fn ranking<V: Copy + Ord + Into<i128>>(
    rows: usize,
    nulls: Option<&NullBuffer>,
    scale: i8,
    value: impl Fn(usize) -> V,
) -> Result<ArrayRef> {
    let present = (0..rows).filter(|row| nulls.is_none_or(|nulls| nulls.is_valid(*row)));
    let mut order: Vec<(std::cmp::Reverse<V>, u32)> = Vec::with_capacity(rows);
    for row in present {
        let number =
            u32::try_from(row).map_err(|_| exec_datafusion_err!("{NAME}: more than {} rows", u32::MAX))?;
        order.push((std::cmp::Reverse(value(row)), number));
    }
    order.sort_unstable();
    let length = |of: &[_]| i64::try_from(of.len()).unwrap_or(i64::MAX);
    let count = length(&order);
    let (mut places, mut better, mut worse) = (vec![0_i64; rows], vec![0_i64; rows], vec![0_i64; rows]);
    let (mut totals, mut totals_better) = (vec![0_i128; rows], vec![0_i128; rows]);
    let (mut place, mut total) = (0_i64, 0_i128);
    for equal in order.chunk_by(|(left, _), (right, _)| left == right) {
        let (ahead, total_ahead) = (place, total);
        let behind = count - ahead - length(equal);
        for (std::cmp::Reverse(value), row) in equal {
            place += 1;
            total = total
                .checked_add((*value).into())
                .ok_or_else(|| exec_datafusion_err!("{NAME}: the total has more than {DIGITS} digits"))?;
            let row = *row as usize;
            set(&mut places, row, place);
            set(&mut totals, row, total);
            set(&mut better, row, ahead);
            set(&mut worse, row, behind);
            set(&mut totals_better, row, total_ahead);
        }
    }
    let whole = |of: Vec<i64>| Int64Array::try_new(of.into(), nulls.cloned());
    let decimal = |of: Vec<i128>| {
        Decimal128Array::try_new(of.into(), nulls.cloned())?.with_precision_and_scale(DIGITS, scale)
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(whole(places)?),
        Arc::new(decimal(totals)?),
        Arc::new(whole(better)?),
        Arc::new(whole(worse)?),
        Arc::new(decimal(totals_better)?),
    ];
    Ok(Arc::new(StructArray::try_new(fields(scale), columns, nulls.cloned())?))
}

fn set<N>(of: &mut [N], row: usize, number: N) {
    if let Some(cell) = of.get_mut(row) {
        *cell = number;
    }
}
