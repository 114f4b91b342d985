//! What a merge of sorted rows says of their order.
//!
//! The engine's operators that merge several sorted streams go by one order, and yet say of their rows all that was true
//! within each stream. Two things go wrong. Streams that are sorted by customer, day and transaction, merged by customer
//! and day, would count as sorted by transaction too. And streams of which each has one value of a column (the parts of a
//! `union all` with constants) would count as sorted by that column, once they are merged by another one. What relies on
//! such an order groups, joins or numbers rows wrongly, or leaves out a sort that the query asks for.
//!
//! So each merge goes by the whole order of what it merges. What it says beyond that order is hidden by a [`TrueOrder`].
//! An operator that relied on what is hidden gets a sort. This happens before the engine forgets what order the query
//! asks for.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::equivalence::EquivalenceProperties;
use datafusion::physical_expr::{LexOrdering, OrderingRequirements, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties,
    PlanProperties, ReplaceChildrenOptions,
};

/// The engine's rule that puts sorts where they are needed. Ours comes after it, and again at the end, as later rules make
/// merges too.
pub const SORTS: &str = "EnsureRequirements";

/// Lets merges go by the whole order of what they merge, and say no more than is true.
#[derive(Debug)]
pub struct TrueMerges;

impl PhysicalOptimizerRule for TrueMerges {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let before = Arc::clone(&plan);
            let plan = truthful(whole(sorted(plan)?))?;
            let changed = !Arc::ptr_eq(&before, &plan);
            Ok(Transformed::new(plan, changed, TreeNodeRecursion::Continue))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "true_merges"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The operator over inputs that lie as it needs them: sorted, where they do not any more.
fn sorted(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let mut changed = false;
    let mut inputs = Vec::new();
    for (input, order) in plan.children().into_iter().zip(plan.required_input_ordering()) {
        let order = order.map(OrderingRequirements::into_single);
        let lies = |order| input.equivalence_properties().ordering_satisfy_requirement(order);
        inputs.push(match order {
            Some(order) if !lies(order.clone())? => {
                changed = true;
                let parts = input.output_partitioning().partition_count() > 1;
                let sort = SortExec::new(LexOrdering::from(order), Arc::clone(input));
                Arc::new(sort.with_preserve_partitioning(parts)) as Arc<dyn ExecutionPlan>
            }
            _ => Arc::clone(input),
        });
    }
    if changed {
        plan.replace_children(inputs, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    } else {
        Ok(plan)
    }
}

/// A merge that goes by the whole order of what it merges.
fn whole(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() else { return plan };
    let input = merge.input();
    let longer = input.output_ordering().filter(|order| {
        order.len() > merge.expr().len() && order.iter().zip(merge.expr()).all(|(a, b)| a == b)
    });
    let Some(order) = longer else { return plan };
    let whole = SortPreservingMergeExec::new(order.clone(), Arc::clone(input));
    Arc::new(whole.with_fetch(merge.fetch()))
}

/// A merge below an operator that hides what it says too much.
fn truthful(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let Some(true_of) = merged(&plan) else { return Ok(plan) };
    for said in plan.equivalence_properties().oeq_class().iter() {
        if !true_of.ordering_satisfy(said.clone())? {
            return Ok(Arc::new(TrueOrder::new(plan, true_of)));
        }
    }
    Ok(plan)
}

/// What is true of the rows of an operator that merges several streams; none of another operator.
fn merged(plan: &Arc<dyn ExecutionPlan>) -> Option<EquivalenceProperties> {
    let (input, order) = if let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() {
        (merge.input(), Some(merge.expr().clone()))
    } else {
        let spread = plan.downcast_ref::<RepartitionExec>().filter(|spread| spread.preserve_order())?;
        (spread.input(), spread.input().output_ordering().cloned())
    };
    // A single stream stays as it is.
    if input.output_partitioning().partition_count() < 2 {
        return None;
    }
    let mut true_of = plan.equivalence_properties().clone();
    true_of.clear_orderings();
    true_of.clear_per_partition_constants();
    true_of.add_orderings(order);
    Some(true_of)
}

/// Passes rows on, and says of their order what is true.
#[derive(Debug)]
struct TrueOrder {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl TrueOrder {
    fn new(input: Arc<dyn ExecutionPlan>, true_of: EquivalenceProperties) -> Self {
        let properties = input.properties().as_ref().clone().with_eq_properties(true_of);
        Self { input, properties: Arc::new(properties) }
    }
}

impl DisplayAs for TrueOrder {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrueOrder")
    }
}

impl ExecutionPlan for TrueOrder {
    fn name(&self) -> &'static str {
        "TrueOrder"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.into_iter().next() else {
            return Err(DataFusionError::Internal("nothing to pass on".into()));
        };
        Ok(match merged(&input) {
            Some(true_of) => Arc::new(Self::new(input, true_of)),
            None => input,
        })
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, task)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, RecordBatch};
    use arrow::compute::concat_batches;
    use arrow::row::{RowConverter, SortField};
    use datafusion::prelude::SessionContext;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::engine::output;
    use crate::engine::session::{Sessions, Settings, Time};
    use crate::engine::table::Layout;

    /// All rows of one partition of an operator.
    async fn rows(plan: &Arc<dyn ExecutionPlan>, partition: usize, task: &Arc<TaskContext>) -> RecordBatch {
        let stream = plan.execute(partition, Arc::clone(task)).unwrap();
        let batches = datafusion::physical_plan::common::collect(stream).await.unwrap();
        concat_batches(&plan.schema(), &batches).unwrap()
    }

    /// The orders that operators say of their rows, and that these are not in.
    async fn false_claims(plan: &Arc<dyn ExecutionPlan>, context: &SessionContext) -> Vec<String> {
        let mut found = Vec::new();
        let mut operators = vec![Arc::clone(plan)];
        while let Some(plan) = operators.pop() {
            let children = plan.children().into_iter();
            if plan.downcast_ref::<TrueOrder>().is_some() {
                // Nobody sees what the operator below says.
                operators.extend(children.flat_map(|merge| merge.children()).map(Arc::clone));
            } else {
                operators.extend(children.map(Arc::clone));
            }
            let parts = plan.output_partitioning().partition_count();
            // Each execution of what is shared by partitions needs operators of its own.
            for part in 0..parts {
                let fresh =
                    datafusion::physical_plan::execution_plan::reset_plan_states(Arc::clone(&plan)).unwrap();
                if fresh.downcast_ref::<RepartitionExec>().is_some() {
                    continue;
                }
                let rows = rows(&fresh, part, &context.task_ctx()).await;
                for said in plan.equivalence_properties().oeq_class().iter() {
                    let columns: Vec<ArrayRef> = said
                        .iter()
                        .map(|sort| sort.expr.evaluate(&rows).unwrap().into_array(rows.num_rows()).unwrap())
                        .collect();
                    let fields = said.iter().zip(&columns).map(|(sort, column)| {
                        SortField::new_with_options(column.data_type().clone(), sort.options)
                    });
                    let converter = RowConverter::new(fields.collect()).unwrap();
                    let keys = converter.convert_columns(&columns).unwrap();
                    let sorted = keys.iter().zip(keys.iter().skip(1)).all(|(one, next)| one <= next);
                    if !sorted {
                        found.push(format!("{} [{said}]", plan.name()));
                    }
                }
            }
        }
        found
    }

    fn any<'a>(random: &mut StdRng, of: &[&'a str]) -> &'a str {
        of[random.random_range(0..of.len())]
    }

    /// A union of selects with constants, as sentences are chosen; with what may be asked of it.
    fn query(random: &mut StdRng) -> String {
        let tables = [
            "one",
            "many",
            "best",
            "(select * from many where n > 1)",
            "sorted",
            "(select id, max(n) as n from many group by id)",
        ];
        let parts: Vec<String> = (1..=random.random_range(2..6))
            .map(|position| {
                let word = any(random, &["'a'", "'b'", "'c'", "id", "null"]);
                let figure = any(random, &["n", "null", "7", "n + 1"]);
                let table = any(random, &tables);
                let filter = any(random, &["", " where n > 1", " where n > 0"]);
                format!("select {position} as position, {word} as word, cast({figure} as bigint) as n, id from {table}{filter}")
            })
            .collect();
        let union = format!("({})", parts.join(" union all "));
        let (select, columns) = any_of(
            random,
            &[
                ("select * from s", "position, word, n, id"),
                ("select position, word, n from s", "position, word, n"),
                ("select position, word, n as a, n as b from s", "position, word, a, b"),
                ("select word as v, word, id as w, id, position from s", "v, word, w, id, position"),
                ("select word, position, id from s where n is not null", "word, position, id"),
                (
                    "select word, count(*) as n, max(position) as position from s group by word",
                    "word, n, position",
                ),
                ("select position, word, row_number() over (order by word) as k from s", "position, word, k"),
                (
                    "select word, n, id, sum(n) over (partition by word order by id, n) as k from s",
                    "word, n, id, k",
                ),
                ("select distinct position, word, n, id from s", "position, word, n, id"),
                ("select s.position, s.word, m.n from s join sorted m on m.id = s.id", "position, word, n"),
                ("select position, word, n from s union all select 9, word, n from s", "position, word, n"),
                (
                    "select position, word, n from (select * from s order by word, n limit 5) as s",
                    "position, word, n",
                ),
            ],
        );
        let columns: Vec<&str> = columns.split(", ").collect();
        let order: Vec<String> = (0..random.random_range(1..3))
            .map(|_| {
                let (column, other) = (any(random, &columns), any(random, &columns));
                match random.random_range(0..4) {
                    0 => format!(
                        "case when {column} is null then 1 when {column} > {column} then 2 else 0 end"
                    ),
                    1 => format!("case when {column} is null then {other} end desc"),
                    _ => format!("{column}{}", any(random, &["", " desc"])),
                }
            })
            .collect();
        let order = order.join(", ");
        format!(
            "with best as (select id, n from many order by n desc, id limit 1), s as {union} select * from ({select}) as t order by {order}"
        )
    }

    fn any_of<'a>(random: &mut StdRng, of: &[(&'a str, &'a str)]) -> (&'a str, &'a str) {
        of[random.random_range(0..of.len())]
    }

    async fn session(folder: &std::path::Path) -> SessionContext {
        let sessions = Sessions::new(&Settings { threads: Some(3), memory: None }, None).unwrap();
        let context = sessions.at(Time::Current).clone();
        let made = "select * from (values ('p', 1), ('q', 3), ('r', 2), ('s', 3), ('t', 1)) as v(id, n)";
        for (name, query) in [
            ("one", "select 'z' as id, cast(5 as bigint) as n".to_owned()),
            ("many", made.to_owned()),
            ("sorted", format!("select id, n from ({made}) as v order by id")),
        ] {
            let plan = context.state().create_logical_plan(&query).await.unwrap();
            let stored = output::scratch(&context, plan, &folder.join(name)).await.unwrap();
            context.register_table(name, stored.table().unwrap()).unwrap();
        }
        context
    }

    /// Whatever a query is made of, its operators say no order of their rows that these are not in; and its rows are in the
    /// order that it asks for. `REGULARS_QUERIES=1000 cargo test --lib merges` tries so many, from `REGULARS_SEED` on.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_operators_say_of_their_rows_is_true() {
        let folder = tempfile::tempdir().unwrap();
        let context = session(folder.path()).await;
        let seed = std::env::var("REGULARS_SEED").map_or(1, |seed| seed.parse().unwrap());
        let queries = std::env::var("REGULARS_QUERIES").map_or(40, |number| number.parse().unwrap());
        let mut random = StdRng::seed_from_u64(seed);
        let mut all = Vec::new();
        for _ in 0..queries {
            let text = query(&mut random);
            let plan = context.state().create_logical_plan(&text).await.unwrap();
            let (plan, _) = output::settle(plan).unwrap();
            let asked = Layout { order: output::order_of(&plan), disjoint: true };
            let frame = datafusion::prelude::DataFrame::new(context.state(), plan);
            let plan = match frame.create_physical_plan().await {
                Ok(plan) => plan,
                Err(error) => panic!("{text}: {error}"),
            };
            let mut in_order = asked.check(&plan.schema()).unwrap();
            in_order(&rows(&plan, 0, &context.task_ctx()).await)
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            let found = false_claims(&plan, &context).await;
            if !found.is_empty() {
                all.push(format!(
                    "{text}\n{}\n{}",
                    found.join("\n"),
                    datafusion::physical_plan::displayable(plan.as_ref()).indent(false)
                ));
            }
        }
        assert!(all.is_empty(), "{} of {queries}\n{}", all.len(), all.first().unwrap());
    }
}
