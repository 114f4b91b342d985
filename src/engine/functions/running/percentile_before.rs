//! `percentile_before(value, p) over (partition by customer_id order by day)`: the percentile of the values of earlier rows.
//!
//! The same as `percentile(distribution(value) over (... rows between unbounded preceding and 1 preceding), p)`, without a
//! distribution for each row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;

use super::super::distribution::percentile;
use super::{Groups, Running, Whole};

pub(super) const NAME: &str = "percentile_before";

/// The function, of whole numbers: DOUBLE, interpolated as `percentile` is. NULL where no earlier row of the group has a
/// value, or `p`, from 0 to 1, is NULL.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct PercentileBefore {
    signature: Signature,
}

impl PercentileBefore {
    pub(in super::super) fn new() -> Self {
        let of = TypeSignature::Exact(vec![DataType::Int64, DataType::Float64]);
        Self { signature: Signature::new(of, Volatility::Immutable) }
    }
}

impl WindowUDFImpl for PercentileBefore {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Whole(Earlier::default())))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::None
    }
}

/// Keeps the values of a group, in ascending order.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    ascending: Vec<i64>,
}

impl Running for Earlier {
    fn column(&mut self, arguments: &[ArrayRef], groups: &Groups) -> Result<ArrayRef> {
        let [values, places] = arguments else { return internal_err!("{NAME} takes a value and a place") };
        let (Some(values), Some(places)) =
            (values.as_primitive_opt::<Int64Type>(), places.as_primitive_opt::<Float64Type>())
        else {
            return internal_err!("{NAME} takes a whole number and a place");
        };
        let mut percentiles = Vec::with_capacity(groups.rows());
        for (rows, continued) in groups.iter() {
            if !continued {
                self.ascending.clear();
            }
            for row in rows {
                let place = places
                    .is_valid(row)
                    .then(|| places.value(row))
                    .filter(|place| (0.0..=1.0).contains(place));
                percentiles.push(place.and_then(|place| {
                    let ascending = self.ascending.iter().map(|value| i128::from(*value));
                    percentile(ascending, self.ascending.len(), place, |value| value as f64)
                }));
                if values.is_valid(row) {
                    let value = values.value(row);
                    let at = self.ascending.partition_point(|earlier| *earlier <= value);
                    self.ascending.insert(at, value);
                }
            }
        }
        Ok(Arc::new(Float64Array::from(percentiles)))
    }
}
