//! `gap_days(day, counts) over (partition by customer_id order by day)`: days since the last earlier day that counts.
//!
//! The same as `lag(...) ignore nulls` with three expressions.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;

use super::{Groups, Running, Whole};

pub(super) const NAME: &str = "gap_days";

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct GapDays {
    signature: Signature,
}

impl GapDays {
    pub(in super::super) fn new() -> Self {
        let of = TypeSignature::Exact(vec![DataType::Date32, DataType::Boolean]);
        Self { signature: Signature::new(of, Volatility::Immutable) }
    }
}

impl WindowUDFImpl for GapDays {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Whole(Gaps::default())))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Int64, true)))
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::None
    }
}

/// Keeps the last day that counted.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    last: Option<i32>,
}

impl Running for Gaps {
    fn column(&mut self, arguments: &[ArrayRef], groups: &Groups) -> Result<ArrayRef> {
        let [days, counts] = arguments else { return internal_err!("{NAME} takes a day and a condition") };
        let (Some(days), Some(counts)) = (days.as_primitive_opt::<Date32Type>(), counts.as_boolean_opt())
        else {
            return internal_err!("{NAME} takes a day and a condition");
        };
        let mut gaps = Vec::with_capacity(groups.rows());
        for (rows, continued) in groups.iter() {
            if !continued {
                self.last = None;
            }
            gaps.extend(rows.map(|row| {
                if days.is_null(row) || counts.is_null(row) || !counts.value(row) {
                    return None;
                }
                let day = days.value(row);
                self.last.replace(day).map(|before| i64::from(day) - i64::from(before))
            }));
        }
        Ok(Arc::new(Int64Array::from(gaps)))
    }
}
