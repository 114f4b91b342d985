use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray, StringViewArray,
};
use arrow::compute::concat_batches;
use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{SessionConfig, SessionContext};
use proptest::prelude::*;

use super::StreamWindows;
use crate::engine::functions::register;

/// A session with the table `t` in batches of a few rows, which is in order; with the rule or without.
fn session(rows: &[(u8, i32, Option<i64>, bool)], batch: usize, rule: bool) -> SessionContext {
    let mut builder = SessionStateBuilder::new()
        .with_config(SessionConfig::new().with_target_partitions(1).with_batch_size(batch))
        .with_default_features();
    if rule {
        builder = builder.with_physical_optimizer_rule(Arc::new(StreamWindows));
    }
    let context = SessionContext::new_with_state(builder.build());
    register(&context).unwrap();
    let group =
        |row: &(u8, i32, Option<i64>, bool)| (row.0 > 0).then(|| format!("a customer's long id {}", row.0));
    let columns: [(&str, ArrayRef); 5] = [
        ("customer_id", Arc::new(rows.iter().map(group).collect::<StringViewArray>())),
        ("day", Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.1)))),
        ("value", Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>())),
        ("counts", Arc::new(rows.iter().map(|row| Some(row.3)).collect::<BooleanArray>())),
        (
            "word",
            Arc::new(rows.iter().map(|row| row.2.map(|value| format!("w{value}"))).collect::<StringArray>()),
        ),
    ];
    let whole =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap();
    let parts =
        (0..rows.len()).step_by(batch).map(|row| whole.slice(row, batch.min(rows.len() - row))).collect();
    let table = MemTable::try_new(whole.schema(), vec![parts]).unwrap();
    context.register_table("t", Arc::new(table)).unwrap();
    context
}

async fn answer(context: &SessionContext, sql: &str) -> String {
    let rows = context.sql(sql).await.unwrap().collect().await.unwrap();
    let whole = concat_batches(&rows[0].schema(), &rows).unwrap();
    pretty_format_batches(&[whole]).unwrap().to_string()
}

/// Each function of a window in two ways: as we compute it, and as the engine does.
const WAYS: [(&str, &str); 6] = [
    ("row_number() over w", "row_number() over w"),
    ("lag(word) over w", "lag(word) over w"),
    ("lag(value, 3) over w", "lag(value, 3) over w"),
    ("lag(value) ignore nulls over w", "lag(value) ignore nulls over w"),
    (
        "percentile_before(value, 0.9) over w",
        "percentile(distribution(value) over (w rows between unbounded preceding and 1 preceding), 0.9)",
    ),
    (
        "gap_days(day, counts) over w",
        "case when counts then day - lag(case when counts then day end) ignore nulls over w end",
    ),
];

/// Two orders of the same table: each sorts it first, so that groups cross the bounds of batches.
fn query(function: &str) -> String {
    let own = "partition by customer_id order by day";
    let function = function.replace("over (w rows", &format!("over ({own} rows"));
    format!(
        "select customer_id, day, value, {function} as found from t window w as ({own}) order by customer_id, day"
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_function_is_the_engines_wherever_batches_end(
        steps in prop::collection::vec((0_u8..5, 1_i32..40, prop::option::of(-9_i64..40), any::<bool>()), 1..60),
        batch in 1_usize..9,
    ) {
        // Days are unique within a customer: an order of one kind.
        let rows: Vec<_> =
            (0..).zip(&steps).map(|(place, step)| (step.0, step.1 * 100 + place, step.2, step.3)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (ours, engines) in WAYS {
            let ours = runtime.block_on(answer(&session(&rows, batch, true), &query(ours)));
            let engines = runtime.block_on(answer(&session(&rows, 1000, false), &query(engines)));
            prop_assert_eq!(&ours, &engines);
        }
    }
}

#[tokio::test]
async fn the_operator_takes_the_place_of_the_engines() {
    let context = session(&[(1, 1, Some(1), true)], 8, true);
    for (function, replaced) in [
        ("row_number() over w, lag(word, 2) over w", true),
        ("gap_days(day, counts) over w", true),
        ("percentile_before(value, 0.5) over w", true),
        ("lag(value) ignore nulls over w", false),
        ("row_number() over w, sum(value) over w", false),
        ("lag(word, 1, 'none') over w", false),
    ] {
        let sql = format!("select {function} from t window w as (partition by customer_id order by day)");
        let plan = context.sql(&sql).await.unwrap().create_physical_plan().await.unwrap();
        let plan = displayable(plan.as_ref()).indent(false).to_string();
        assert_eq!(plan.contains("StreamingWindows"), replaced, "{function}:\n{plan}");
    }
}
