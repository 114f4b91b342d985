//! The product's own SQL functions, where DataFusion has none or a slow one: one file per function or family.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::SessionContext;

mod business_day;
mod distribution;
mod doubles;
mod draw;
mod exact_decimal;
mod field;
mod parsing;
mod ranking;
mod running;
mod score;
mod scoring;
mod shop_clock;
mod sum;
mod trailing_sums;
mod uuid_text;
mod whole;
mod width_bucket;

pub use exact_decimal::{digits_lost, exact_decimal, exact_product};
pub use parsing::{Looks, is_pattern, looks};
pub use running::StreamWindows;
pub use shop_clock::{SHOP_CLOCK, Said, clock_day, shop_clock};
pub use sum::sum;
pub use uuid_text::{as_uuid, is_uuid, uuid_text};
pub use whole::{is_overflow, is_whole, overflow, whole};

/// Registers the functions in a session.
///
/// # Errors
/// None that a user can cause.
pub fn register(context: &SessionContext) -> Result<()> {
    context.state_ref().write().register_function_rewrite(Arc::new(field::TrueFields::new()))?;
    context.register_udf(ScalarUDF::from(width_bucket::WidthBucket::new()));
    context.register_udf(ScalarUDF::from(business_day::BusinessDay::new()));
    context.register_udf(ScalarUDF::from(score::Score::new()));
    context.register_udf(ScalarUDF::from(draw::Draw::new()));
    context.register_udwf(WindowUDF::from(running::GapDays::new()));
    context.register_udwf(WindowUDF::from(running::PercentileBefore::new()));
    context.register_udwf(WindowUDF::from(ranking::Ranking::new()));
    // These replace the engine's own functions.
    context.register_udaf(AggregateUDF::from(sum::Sum::new()));
    for function in doubles::all() {
        context.register_udaf(AggregateUDF::from(function));
    }
    context.register_udaf(AggregateUDF::from(distribution::Distribution::new()));
    context.register_udaf(AggregateUDF::from(trailing_sums::TrailingSums::new()));
    for reading in distribution::Reading::ALL {
        context.register_udf(ScalarUDF::from(distribution::ReadDistribution::new(reading)));
    }
    for function in parsing::all() {
        context.register_udf(ScalarUDF::from(function));
    }
    for function in scoring::all() {
        context.register_udf(ScalarUDF::from(function));
    }
    Ok(())
}

/// The argument type of a function with one value, which must be exact: a whole number or a decimal.
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
