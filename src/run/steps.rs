//! Executes the steps of a plan: each as soon as the tables that it reads are complete, a few in parallel.
//!
//! A single step seldom keeps all processors busy: it needs planning, and at the end its rows pass through one stream.
//! So another step runs in parallel. The result of a step does not depend on which.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arrow::array::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, SortExpr, ident, lit};
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::task::JoinSet;

use crate::engine::data_errors::worded;
use crate::engine::incremental::Incremental;
use crate::engine::output::Stored;
use crate::engine::sql::Query;
use crate::engine::table::Division;
use crate::engine::{ModelInput, Node, Plan, Sessions, Time, Work, failing, guard, output};
use crate::model::{self, InputTable, Model, StepRun, Yielded};
use crate::pipeline::{Step, TRANSACTIONS};
use crate::problem::{Failure, FailureKind, Problem, counted};
use crate::tables::days;

use super::manifest::StepRecord;
use super::money::money;
use super::publish::Staging;
use super::reconcile::{Sums, Used};
use super::{Watch, broken_file, gave_up, memory, step_failed};

/// Tables with more rows than this are for queries and downloads, not for the page.
pub(super) const SMALL_ROWS: u64 = 5_000;

/// The most rows of a larger table that the page gets for a section: the first ones in its query's order.
const PAGE_ROWS: usize = 1_000;

/// Steps that run in parallel. More steps would find no free processor, and would take memory.
const AT_ONCE: usize = 2;

/// The result of a step.
#[derive(Default)]
pub(super) struct Done {
    /// None if the step is a view of existing rows.
    pub(super) record: Option<StepRecord>,
    /// The tables that a page may show.
    pub(super) tables: Vec<(String, RecordBatch)>,
    /// The tables of the as-of date that are kept: these can be downloads.
    pub(super) kept: Vec<Kept>,
}

/// A table that is kept.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) stored: Stored,
}

/// The steps of a run.
pub(super) struct Steps<'a> {
    pub(super) plan: &'a Plan,
    pub(super) sessions: &'a Sessions,
    pub(super) staging: &'a Staging,
    pub(super) watch: &'a dyn Watch,
    /// What was used of each source, and of a step's table that replaces `transactions`.
    pub(super) used: Mutex<BTreeMap<String, Used>>,
}

impl Steps<'_> {
    /// Runs all steps, and returns their results in the plan's order.
    ///
    /// # Errors
    /// The first step that fails; the others end with it.
    pub(super) async fn run(&self) -> Result<Vec<Done>, Failure> {
        let nodes = &self.plan.nodes;
        let owners = self.owners();
        let mut done: BTreeMap<usize, Done> = BTreeMap::new();
        let mut waiting: Vec<usize> = (0..nodes.len()).collect();
        let mut going = FuturesUnordered::new();
        loop {
            let ready = |number: &usize| {
                let Some(node) = nodes.get(*number) else { return false };
                node.inputs.iter().filter_map(|input| owners.get(input)).all(|owner| done.contains_key(owner))
            };
            while going.len() < self.at_once()
                && let Some(place) = waiting.iter().position(ready)
            {
                let number = waiting.remove(place);
                if let Some(node) = nodes.get(number) {
                    going.push(async move {
                        let done = guard::caught_in(self.node(node)).await;
                        let done = done.unwrap_or_else(|text| Err(Failure::run(gave_up(&text))));
                        let done = done.map_err(|failure| self.at_step(node, self.traced(node, failure)));
                        done.map(|done| (number, done))
                    });
                }
            }
            match going.next().await {
                Some(ended) => {
                    let (number, result) = ended?;
                    done.insert(number, result);
                }
                None => return Ok(done.into_values().collect()),
            }
        }
    }

    /// The failure of a step, or of the file that caused it: the engine does not say which file it could not read.
    fn traced(&self, node: &Node, failure: Failure) -> Failure {
        let sources =
            self.plan.sources.iter().filter_map(|planned| Some((planned, self.plan.source(planned)?)));
        let mut read = sources
            .filter(|(_, source)| node.inputs.iter().any(|(_, table)| *table == source.name.value))
            .filter_map(|(planned, source)| broken_file(self.plan, planned, source));
        read.next().map_or(failure, Failure::run)
    }

    /// The failure of a step: what has no place of its own is where the step is asked for.
    fn at_step(&self, node: &Node, failure: Failure) -> Failure {
        let Some(step) = self.plan.step(node) else { return failure };
        let placed = |problem: Problem| match problem.place {
            Some(_) => problem,
            None => problem.at(self.plan.pipeline.place(&step.name.at)),
        };
        Failure { problems: failure.problems.into_iter().map(placed).collect(), ..failure }
    }

    /// The failure of a query, with the place in its text if a value could not be converted.
    async fn placed(&self, node: &Node, query: &Query, failure: Failure) -> Failure {
        let [problem] = failure.problems.as_slice() else { return failure };
        let sources: Vec<&str> =
            self.plan.pipeline.sources.iter().map(|source| source.name.value.as_str()).collect();
        let context = self.sessions.at(node.time);
        let found = failing::conversion(query, context, &node.parameters, &sources, &problem.what).await;
        let Some(found) = found else {
            let problem = worded(problem.clone());
            // The only division of a query is the one that failed.
            let sign = problem.what.ends_with("divided by zero").then(|| query.place_of_division()).flatten();
            let problem = match sign {
                Some(place) => problem.at(place),
                None => problem,
            };
            return Failure { problems: vec![problem], ..failure };
        };
        Failure::run(worded(found))
    }

    /// The first large table decides at which customers tables are divided. This must not depend on chance, so until
    /// then steps run one by one.
    fn at_once(&self) -> usize {
        let settled = Division::of(self.sessions.at(Time::Current)).is_some();
        if settled && self.plan.threads() > 1 { AT_ONCE } else { 1 }
    }

    /// The node that yields each table.
    fn owners(&self) -> BTreeMap<(Time, String), usize> {
        let mut owners = BTreeMap::new();
        for (number, node) in self.plan.nodes.iter().enumerate() {
            let Some(step) = self.plan.step(node) else { continue };
            owners.extend(step.outputs().into_iter().map(|name| ((node.time, name), number)));
        }
        owners
    }

    async fn node(&self, node: &Node) -> Result<Done, Failure> {
        let Some(step) = self.plan.step(node) else { return Ok(Done::default()) };
        let name = match node.time {
            Time::Current => step.name.value.clone(),
            earlier => format!("{}.{}", earlier.schema(), step.name.value),
        };
        let begun = Instant::now();
        memory::forget_peak();
        self.watch.begins(&name);
        let failed = |error: DataFusionError| step_failed(&name, &error);
        let mut done = Done::default();
        let rows = match &node.work {
            Work::Query(query) => {
                let planned = query.plan(self.sessions.at(node.time), &node.parameters).await;
                let planned = planned.map_err(|problems| Failure { kind: FailureKind::Run, problems })?;
                match self.keep_rows(node, step, planned, &mut done, &name).await {
                    Ok(rows) => Some(rows),
                    Err(failure) => return Err(self.placed(node, query, failure).await),
                }
            }
            Work::Merged(_) => {
                let merged = self.sessions.at(node.time).table(step.name.value.as_str()).await;
                let merged = merged.map_err(failed)?;
                let name = &step.name.value;
                if !step.keep && !self.is_shown(name) && self.readers(name) <= 1 {
                    // Merged while its only reader reads it: its rows are not counted.
                    None
                } else {
                    let is_step = |(_, known): &&(String, Incremental)| known.name == step.name.value;
                    let merged = match self.plan.incremental.iter().find(is_step) {
                        Some((_, known)) if step.keep && !known.order_by.is_empty() => {
                            merged.sort(known.order_by.clone()).map_err(failed)?
                        }
                        _ => merged,
                    };
                    let (_, planned) = merged.into_parts();
                    Some(self.keep_rows(node, step, planned, &mut done, name).await?)
                }
            }
            Work::Cut(day) => {
                let frame = self.cut(node, step, day).await.map_err(failed)?;
                self.sessions.register(node.time, &step.name.value, frame.into_view()).map_err(failed)?;
                // A view of existing rows: nothing to report.
                return Ok(Done::default());
            }
            Work::Model(model, inputs) => {
                let mut read = model::Tables::default();
                for input in inputs {
                    let rows = self.rows_of(model.as_ref(), input).await.map_err(failed)?;
                    read.insert(input.role, InputTable { name: input.table.clone(), rows });
                }
                let (model, step_name) = (Arc::clone(model), step.name.value.clone());
                let required = self.plan.required_columns(node);
                let as_of = self.plan.dates_at(node.time).as_of;
                let fitted = tokio::task::spawn_blocking(move || {
                    model.run(read, &StepRun { step: &step_name, as_of, required: &required })
                });
                let fitted = fitted.await;
                let fitted = fitted.map_err(|error| error.to_string()).and_then(|fitted| fitted);
                let fitted = fitted.map_err(|reason| {
                    Failure::run(Problem::new(format!("step `{name}` failed: {reason}")))
                })?;
                for remark in &fitted.remarks {
                    self.watch.warns(&Problem::warning(format!("step `{name}`: {remark}")));
                }
                let mut rows = None;
                for yielded in fitted.tables {
                    let kept = self.keep_batch(node, yielded, &mut done).await?;
                    // The first table is the step's own.
                    rows = rows.or(Some(kept));
                }
                rows
            }
        };
        if let Some(rows) = rows {
            self.watch.ended(&name, &counted(rows, "row"), begun.elapsed());
        }
        let file = self.staging.table_name(&step.name.value);
        let mut record = StepRecord::new(node, step, &name, rows, file, begun.elapsed());
        if name == TRANSACTIONS {
            record.amount = self.used(TRANSACTIONS).and_then(|made| made.all().money).map(money);
        }
        Ok(Done { record: Some(record), ..done })
    }

    /// Whether the page shows a table, by name.
    fn is_shown(&self, table: &str) -> bool {
        self.plan.pipeline.report.as_ref().is_some_and(|report| report.shows.contains(table))
    }

    /// How many steps read a table of the current time.
    fn readers(&self, table: &str) -> usize {
        let reads =
            |node: &&Node| node.inputs.iter().any(|(time, name)| *time == Time::Current && name == table);
        self.plan.nodes.iter().filter(reads).count()
    }

    async fn cut(&self, node: &Node, step: &Step, day: &str) -> Result<DataFrame, DataFusionError> {
        let as_of = ScalarValue::Date32(Some(days(self.plan.dates_at(node.time).as_of)));
        let frame = self.sessions.at(Time::Current).table(step.name.value.as_str()).await?;
        frame.filter(ident(day).lt_eq(lit(as_of)))
    }

    /// The rows of a table that a model reads, in the model's order.
    async fn rows_of(&self, model: &dyn Model, input: &ModelInput) -> Result<RecordBatch, DataFusionError> {
        let ModelInput { role, time, table } = input;
        let context = self.sessions.at(*time);
        let frame = context.table(table.as_str()).await?;
        let columns = model::columns_of(model, *role, frame.schema().as_arrow());
        let order = model::order_of(model, *role, frame.schema().as_arrow());
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let frame = frame.select_columns(&columns)?;
        let frame = frame.sort(ascending(&order))?;
        output::gather(context, frame.into_unoptimized_plan()).await
    }

    /// Runs a query and keeps its rows where the step's rows are kept.
    async fn keep_rows(
        &self,
        node: &Node,
        step: &Step,
        planned: LogicalPlan,
        done: &mut Done,
        name: &str,
    ) -> Result<u64, Failure> {
        let failed = |error: DataFusionError| step_failed(name, &error);
        let context = self.sessions.at(node.time);
        let table = &step.name.value;
        let kept = node.time == Time::Current && step.keep;
        let wanted = node.time == Time::Current && self.is_shown(table);
        let shown = kept || wanted;
        // Of a table that nobody will see, only the columns that are read are computed.
        let read = if shown { None } else { self.plan.columns_read(node.time, table) };
        let planned = output::pruned(planned, read).map_err(failed)?;
        let path = if kept { self.staging.table(table) } else { self.staging.scratch().join(name) };
        let own = context.clone();
        let stored = beside(async move {
            if kept {
                output::keep(&own, planned, &path).await
            } else {
                output::scratch(&own, planned, &path).await
            }
        });
        let stored = stored.await.and_then(|stored| stored.divided(context)).map_err(failed)?;
        let provider = stored.table().map_err(failed)?;
        self.sessions.register(node.time, table, provider).map_err(failed)?;
        if node.time == Time::Current {
            self.reconcile(table).await?;
        }
        if shown && stored.rows <= SMALL_ROWS {
            let batch = stored.collect(context).await.map_err(failed)?;
            done.tables.push((name.to_owned(), batch));
        } else if wanted {
            let batch = stored.first(context, PAGE_ROWS).await.map_err(failed)?;
            done.tables.push((name.to_owned(), batch));
        }
        let rows = stored.rows;
        if kept {
            done.kept.push(Kept { name: name.to_owned(), stored });
        }
        Ok(rows)
    }

    /// Checks that a table made of all used rows agrees with them.
    async fn reconcile(&self, table: &str) -> Result<(), Failure> {
        let failed = |error: DataFusionError| step_failed(table, &error);
        let frame = self.sessions.at(Time::Current).table(table);
        if let Some(whole) = self.plan.whole.get(table)
            && let Some(used) = self.used(&whole.of)
        {
            let found = async { Sums::of_whole(frame.await?, whole).await };
            found.await.map_err(failed)?.must_be(table, used.part(whole.part))?;
        }
        if table == TRANSACTIONS {
            let frame = self.sessions.at(Time::Current).table(table);
            let made = async { Used::of_table(frame.await?).await };
            let made = made.await.map_err(failed)?;
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(table.to_owned(), made);
        }
        Ok(())
    }

    fn used(&self, table: &str) -> Option<Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).get(table).copied()
    }

    /// Keeps rows that a model made.
    async fn keep_batch(&self, node: &Node, yielded: Yielded, done: &mut Done) -> Result<u64, Failure> {
        let Yielded { name, rows: batch, order } = yielded;
        let name = name.as_str();
        let rows = batch.num_rows() as u64;
        let failed = |error: DataFusionError| step_failed(name, &error);
        let context = self.sessions.at(node.time);
        let in_order = MemTable::try_new(batch.schema(), vec![vec![batch.clone()]]);
        let in_order = in_order.map(|table| {
            if order.is_empty() { table } else { table.with_sort_order(vec![ascending(&order)]) }
        });
        let frame = in_order.and_then(|table| context.read_table(Arc::new(table)));
        let (_, planned) = frame.map_err(failed)?.into_parts();
        let own = context.clone();
        let stored = if node.time == Time::Current {
            let path = self.staging.table(name);
            beside(async move { output::keep_as_is(&own, planned, &path).await }).await
        } else {
            let read = self.plan.columns_read(node.time, name);
            let planned = output::pruned(planned, read).map_err(failed)?;
            let path = self.staging.scratch().join(format!("{}.{name}", node.time.schema()));
            beside(async move { output::scratch(&own, planned, &path).await }).await
        };
        let stored = stored.and_then(|stored| stored.divided(context)).map_err(failed)?;
        self.sessions.register(node.time, name, stored.table().map_err(failed)?).map_err(failed)?;
        if node.time == Time::Current {
            if rows <= SMALL_ROWS {
                done.tables.push((name.to_owned(), batch));
            } else if self.is_shown(name) {
                done.tables.push((name.to_owned(), batch.slice(0, PAGE_ROWS)));
            }
            done.kept.push(Kept { name: name.to_owned(), stored });
        }
        Ok(rows)
    }
}

/// Runs work on a separate thread, for as long as somebody waits for the result.
async fn beside<T: Send + 'static>(
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Result<T, DataFusionError> {
    let mut tasks = JoinSet::new();
    tasks.spawn(work);
    match tasks.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(error)) => Err(DataFusionError::External(Box::new(error))),
        None => Err(DataFusionError::Internal("work that never began".into())),
    }
}

/// Columns as an order of SQL: ascending, NULL last.
fn ascending(columns: &[String]) -> Vec<SortExpr> {
    columns.iter().map(|name| ident(name).sort(true, false)).collect()
}
