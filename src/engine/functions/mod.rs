//! The product's own SQL functions, where DataFusion has none or a slow one: a file a function or family.

use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::SessionContext;

mod business_day;
mod distribution;
mod draw;
mod gap_days;
mod parsing;
mod ranking;
mod score;
mod scoring;
mod width_bucket;

pub use business_day::business_day;
pub use gap_days::StreamGaps;
pub use parsing::{Looks, looks};

/// Makes the functions known to a session.
pub fn register(context: &SessionContext) {
    context.register_udf(ScalarUDF::from(width_bucket::WidthBucket::new()));
    context.register_udf(ScalarUDF::from(business_day::BusinessDay::new()));
    context.register_udf(ScalarUDF::from(score::Score::new()));
    context.register_udf(ScalarUDF::from(draw::Draw::new()));
    context.register_udwf(WindowUDF::from(gap_days::GapDays::new()));
    context.register_udwf(WindowUDF::from(ranking::Ranking::new()));
    context.register_udaf(AggregateUDF::from(distribution::Distribution::new()));
    for reading in distribution::Reading::ALL {
        context.register_udf(ScalarUDF::from(distribution::Read::new(reading)));
    }
    for function in parsing::all() {
        context.register_udf(ScalarUDF::from(function));
    }
    for function in scoring::all() {
        context.register_udf(ScalarUDF::from(function));
    }
}

/// The type as which a function takes its one value, which must be exact: a whole number or a decimal.
fn one_exact_number(function: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::UInt64] => Ok(vec![DataType::Decimal128(20, 0)]),
        [DataType::Null] => Ok(vec![DataType::Int64]),
        [whole] if whole.is_integer() => Ok(vec![DataType::Int64]),
        [
            DataType::Decimal32(digits, scale)
            | DataType::Decimal64(digits, scale)
            | DataType::Decimal128(digits, scale),
        ] => Ok(vec![DataType::Decimal128(*digits, *scale)]),
        [_] => plan_err!("{function} takes whole numbers or decimals, which are exact"),
        _ => plan_err!("{function} takes one value"),
    }
}
