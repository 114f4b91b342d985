//! What a run needs to know: a [`Plan`]. [`Plan::new`] makes it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use jiff::civil::Date;

use crate::model::{Model, RequiredColumns};
use crate::pipeline::{Dates, Parameters, Pipeline, Role, Source, Step};
use crate::problem::{Problem, SourceText};

use super::incremental::Incremental;
use super::lineage::Known;
use super::session::{Settings, Time};
use super::sql::Query;
use super::step_checks::PlannedCheck;
use super::storage::Files;
use super::used::Whole;

/// Settings of the command line for a pipeline.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--as-of`
    pub as_of: Option<Date>,
    /// `--param`, as `(key, value)` in the order given.
    pub params: Vec<(String, String)>,
    /// The number of threads for queries; all of the machine's if absent.
    pub threads: Option<usize>,
    /// Whether the run does not use or fill the cache.
    pub fresh: bool,
    /// Whether input files are identified by content instead of size and time.
    pub verify: bool,
    /// What happens to the report.
    pub ending: Ending,
    /// Whether the data is of an invented time, independent of the clock.
    pub made_up: bool,
}

/// What happens to a run's report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// It is published.
    #[default]
    Published,
    /// It is left as a draft for its author.
    Draft,
}

/// A pipeline that can run.
#[derive(Clone)]
pub struct Plan {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The dates of the run.
    pub dates: Dates,
    /// The parameters that every query may name: the pipeline's, with overrides, and `returns`.
    pub parameters: Parameters,
    /// The files of each source, in the pipeline's order.
    pub sources: Vec<PlannedSource>,
    /// Notes about sources' files.
    pub notes: Vec<Note>,
    /// The tables to compute, in order.
    pub nodes: Vec<Node>,
    /// The incremental steps, each with the source that it reads.
    pub incremental: Vec<(String, Incremental)>,
    /// The columns of each table that steps read.
    pub columns: BTreeMap<(Time, String), BTreeSet<String>>,
    /// Which columns of each table hold customers' ids.
    pub ids: Known,
    /// The columns of the tables that steps yield, as of the run's date.
    pub yields: BTreeMap<String, SchemaRef>,
    /// The tables of the current time that are made of all used rows of a source, or of those with money on one side of
    /// zero.
    pub whole: BTreeMap<String, Whole>,
    /// The number of threads for queries.
    pub threads: Option<usize>,
    /// Whether the run does not use or fill the cache.
    pub fresh: bool,
    /// Whether input files are identified by content instead of size and time.
    pub verify: bool,
    /// What happens to the report.
    pub ending: Ending,
    /// The checks of steps.
    pub step_checks: Vec<PlannedCheck>,
    /// Unusual things in the pipeline that are not errors.
    pub warnings: Vec<Problem>,
    /// The plans of the pipeline's variants, in order.
    pub variants: Vec<Plan>,
    /// The decimals of the amounts of `transactions`.
    pub amount_scale: i8,
}

/// A note about a source's files: what is not read, which files lack a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The source's number in the pipeline.
    pub source: usize,
    /// Whether it is a warning; else it is normal, such as marker files beside the data.
    pub warns: bool,
    /// Its text.
    pub text: String,
}

/// A source with its files.
#[derive(Clone)]
pub struct PlannedSource {
    /// Its number in the pipeline.
    pub index: usize,
    /// Its path with parameters filled in, as shown to a reader.
    pub path: String,
    /// Its files.
    pub files: Files,
    /// The common schema of its files.
    pub(super) schema: Schema,
}

/// One table to compute at one time.
#[derive(Clone)]
pub struct Node {
    /// The step's number in the pipeline.
    pub step: usize,
    /// Which time it is computed for.
    pub time: Time,
    /// How it is computed.
    pub work: Work,
    /// The parameters bound to it.
    pub parameters: Parameters,
    /// The tables it reads.
    pub inputs: Vec<(Time, String)>,
}

/// A table that a model reads.
#[derive(Clone)]
pub struct ModelInput {
    /// Its role for the model.
    pub role: Role,
    /// Its time.
    pub time: Time,
    /// Its name.
    pub table: String,
}

/// How a node's table is made.
#[derive(Clone)]
pub enum Work {
    /// By a query.
    Query(Query),
    /// By merging the contributions of files; the query is run on each part.
    Merged(Query),
    /// By a model, from these tables.
    Model(Arc<dyn Model>, Vec<ModelInput>),
    /// The rows of the current table up to this time's as-of date, by the named DATE column.
    Cut(String),
}

/// The columns of `audit_rows`, with amounts of this many decimals: at least four.
pub fn audit_rows_schema(amount_scale: i8) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("rule", DataType::Utf8, true),
        Field::new("rows", DataType::Int64, false),
        Field::new("amount", DataType::Decimal128(38, amount_scale.max(4)), true),
    ]))
}

/// The columns of `audit_checks`.
pub fn audit_checks_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("check", DataType::Utf8, false),
        Field::new("severity", DataType::Utf8, false),
        Field::new("passed", DataType::Boolean, false),
        Field::new("measured", DataType::Utf8, false),
        Field::new("expected", DataType::Utf8, false),
    ]))
}

impl Plan {
    /// The settings of the engine for this plan.
    pub fn settings(&self) -> Settings {
        Settings { memory: self.pipeline.memory, threads: self.threads }
    }

    /// The number of threads for the run's work.
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// The query of the step that yields a table, if it is a query.
    pub fn query_of(&self, table: &str) -> Option<&Arc<SourceText>> {
        self.nodes.iter().find_map(|node| match &node.work {
            Work::Query(query) | Work::Merged(query)
                if node.time == Time::Current
                    && self.step(node).is_some_and(|step| step.name.value == table) =>
            {
                Some(&query.source)
            }
            _ => None,
        })
    }

    /// The step of a node.
    pub fn step(&self, node: &Node) -> Option<&Step> {
        self.pipeline.steps.get(node.step)
    }

    /// A source's definition in the pipeline.
    pub fn source(&self, planned: &PlannedSource) -> Option<&Source> {
        self.pipeline.sources.get(planned.index)
    }

    /// A source with its files, by its name.
    pub(super) fn planned(&self, source: &str) -> Option<&PlannedSource> {
        let of_name =
            |planned: &&PlannedSource| self.source(planned).is_some_and(|known| known.name.value == source);
        self.sources.iter().find(of_name)
    }

    /// The notes about a source's files.
    pub fn notes_of(&self, planned: &PlannedSource) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(|note| note.source == planned.index)
    }

    /// The columns that steps read of a table that nobody else will see; none if all may be wanted.
    pub fn columns_read(&self, time: Time, table: &str) -> Option<&BTreeSet<String>> {
        self.columns.get(&(time, table.to_owned())).filter(|columns| !columns.is_empty())
    }

    /// The columns of a node's tables that are needed. At the current time: all. At earlier times, where tables vanish
    /// with the run: what steps read.
    pub fn required_columns(&self, node: &Node) -> RequiredColumns {
        if node.time == Time::Current || self.columns.is_empty() {
            return RequiredColumns::All;
        }
        let of_time = self.columns.iter().filter(|((time, _), _)| *time == node.time);
        RequiredColumns::Columns(
            of_time.map(|((_, table), columns)| (table.clone(), columns.clone())).collect(),
        )
    }

    /// Whether a step reads the rows of a source, not the contributions of its files.
    pub fn reads_rows(&self, source: &Source) -> bool {
        let reads = |node: &Node| node.inputs.iter().any(|(_, name)| *name == source.name.value);
        self.nodes.iter().any(|node| !matches!(node.work, Work::Merged(_)) && reads(node))
    }

    /// The incremental steps that read a source.
    pub fn incremental_of(&self, source: &Source) -> Vec<Incremental> {
        let of = self.incremental.iter().filter(|(name, _)| *name == source.name.value);
        of.map(|(_, step)| step.clone()).collect()
    }

    /// The dates in the queries of a time.
    pub fn dates_at(&self, time: Time) -> Dates {
        dates_at(self.dates, self.pipeline.period, time)
    }
}

fn dates_at(dates: Dates, period: crate::pipeline::Period, time: Time) -> Dates {
    match time {
        Time::Current => dates,
        Time::Previous => Dates::new(dates.previous_as_of, period),
        Time::YearAgo => Dates::new(dates.year_ago_as_of, period),
    }
}

/// The folder of a project for data that later runs can use.
pub fn cache(pipeline: &Pipeline) -> PathBuf {
    pipeline.path(".regulars/cache")
}

/// The folder of a project for published runs.
pub fn site(pipeline: &Pipeline) -> PathBuf {
    pipeline.path("site")
}

/// The folder of a project for output that only the owner may see.
pub fn private(pipeline: &Pipeline) -> PathBuf {
    pipeline.path("private")
}

/// The folder of a project for reports of runs that publish nothing.
pub fn drafts(pipeline: &Pipeline) -> PathBuf {
    pipeline.path("drafts")
}
