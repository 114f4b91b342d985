//! The product's own SQL functions, where DataFusion has none or a slow one: a file a function or family.

use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::SessionContext;

mod business_day;
mod distribution;
mod draw;
mod gap_days;
mod ranking;
mod score;
mod width_bucket;

pub use business_day::business_day;
pub use gap_days::StreamGaps;

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
}
