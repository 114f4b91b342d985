//! From a [`Pipeline`] to a [`Plan`]: everything that can be known before anything runs.
//!
//! All files are found and described, all expressions and queries are planned against the real columns, and all
//! problems are reported at once. After it succeeds, a run can fail only because of data or environment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::empty::EmptyTable;
use datafusion::logical_expr::{col, ident, lit};
use datafusion::prelude::DataFrame;
use jiff::Zoned;
use jiff::civil::Date;

use crate::pipeline::{
    AsOf, Dates, Parameters, Pipeline, Returns, Source, Spanned, Step, StepKind, TRANSACTIONS, Test, Value,
    graph,
};
use crate::problem::{Failure, Kind, Place, Problem, SourceText, suggestion};

use super::model::Model;
use super::session::{Sessions, Settings, Time};
use super::source::{AFTER_AS_OF, DAY, Mapped, Mapper, RULE, days, raw};
use super::sql::{Query, plain};
use super::storage::{self, Files};

/// What the command line adds to a pipeline.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--as-of`
    pub as_of: Option<Date>,
    /// `--param`, as `(key, value)` in the order given.
    pub params: Vec<(String, String)>,
    /// The number of threads that queries use; the machine's where absent.
    pub threads: Option<usize>,
}

/// A pipeline that can run.
pub struct Plan {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The dates of the run.
    pub dates: Dates,
    /// The parameters that every query may name: the pipeline's, with overrides, and `returns`.
    pub parameters: Parameters,
    /// The files of each source, in the pipeline's order.
    pub sources: Vec<PlannedSource>,
    /// What is to be computed, in order.
    pub nodes: Vec<Node>,
    /// How many threads queries use.
    pub threads: Option<usize>,
}

/// A source with its files.
pub struct PlannedSource {
    /// Its number in the pipeline.
    pub index: usize,
    /// Its path with parameters filled in, as a reader would name it.
    pub path: String,
    /// Its files.
    pub files: Files,
    /// The one schema that they fit.
    schema: Schema,
}

/// One table to compute at one time.
pub struct Node {
    /// The step's number in the pipeline.
    pub step: usize,
    /// Which time it is computed for.
    pub time: Time,
    /// How.
    pub work: Work,
    /// The parameters it is bound to.
    pub parameters: Parameters,
    /// The tables it reads.
    pub inputs: Vec<(Time, String)>,
}

/// How a node's table comes about.
pub enum Work {
    /// By a query.
    Query(Query),
    /// By a model, fitted on a table of the same time.
    Model(Model, String),
    /// As the rows of the current table up to this time's as-of date, by the named DATE column.
    Cut(String),
}

/// The columns of `audit_rows`.
pub fn audit_rows_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("rule", DataType::Utf8, true),
        Field::new("rows", DataType::Int64, false),
        Field::new("amount", DataType::Decimal128(38, 4), true),
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
    /// Plans a pipeline.
    ///
    /// # Errors
    /// All that is wrong: with the pipeline or its SQL (a failure of configuration), or else with the data's files (a
    /// failure of the run).
    pub async fn new(pipeline: Pipeline, overrides: &Overrides) -> Result<Self, Failure> {
        let mut planner = Planner { configuration: Vec::new(), data: Vec::new() };
        let plan = planner.plan(pipeline, overrides).await;
        let Planner { mut configuration, data } = planner;
        let kind = if configuration.is_empty() { Kind::Run } else { Kind::Configuration };
        configuration
            .sort_by_key(|problem| problem.place.as_ref().map(|p| (p.source.name.clone(), p.span.start)));
        configuration.extend(data);
        match plan {
            Some(plan) if configuration.is_empty() => Ok(plan),
            _ => Err(Failure { kind, problems: configuration }),
        }
    }

    /// The settings of the engine for this plan.
    pub fn settings(&self) -> Settings {
        let timezone = self.pipeline.timezone.iana_name().unwrap_or("UTC").to_owned();
        Settings { memory: self.pipeline.memory, threads: self.threads, timezone }
    }

    /// The step of a node.
    pub fn step(&self, node: &Node) -> Option<&Step> {
        self.pipeline.steps.get(node.step)
    }

    /// A source as it stands in the pipeline.
    pub fn source(&self, planned: &PlannedSource) -> Option<&Source> {
        self.pipeline.sources.get(planned.index)
    }

    /// What is needed to read a source in a session.
    pub fn mapper<'a>(&'a self, sessions: &'a Sessions, source: &'a Source) -> Mapper<'a> {
        Mapper {
            context: sessions.at(Time::Current),
            pipeline: &self.pipeline,
            source,
            parameters: &self.parameters,
            as_of: self.dates.as_of,
        }
    }

    /// A source's rows under the names of its table, before rules.
    ///
    /// # Errors
    /// What cannot be planned.
    pub fn mapped(
        &self,
        sessions: &Sessions,
        planned: &PlannedSource,
        source: &Source,
    ) -> Result<Mapped, Vec<Problem>> {
        let context = sessions.at(Time::Current);
        let frame = storage::tables(&planned.files, &planned.schema)
            .and_then(|tables| raw(context, &tables, &planned.schema))
            .map_err(|error| {
                vec![Problem::new(format!(
                    "the source `{}` cannot be read: {}",
                    source.name.value,
                    plain(&error)
                ))]
            })?;
        self.mapper(sessions, source).map(frame)
    }

    /// Makes a source's table known at each time: the rows that no rule set aside, up to that time's as-of date.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn register_source(
        &self,
        sessions: &Sessions,
        source: &Source,
        columns: &[String],
        marked: &DataFrame,
    ) -> datafusion::error::Result<()> {
        let used = marked.clone().filter(ident(RULE).is_null())?;
        for time in Time::ALL {
            let mut frame = used.clone();
            if source.name.value == TRANSACTIONS && time != Time::Current {
                let as_of = datafusion::scalar::ScalarValue::Date32(Some(days(self.dates_at(time).as_of)));
                frame = frame.filter(col(DAY).lt_eq(lit(as_of)))?;
            }
            let frame = frame.select(columns.iter().map(ident).collect::<Vec<_>>())?;
            sessions.register(time, &source.name.value, frame.into_view())?;
        }
        Ok(())
    }

    /// The dates as a time's queries see them.
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

/// Gathers problems while planning: those of the pipeline, and those of the data's files.
struct Planner {
    configuration: Vec<Problem>,
    data: Vec<Problem>,
}

/// A node before its place in the order is known.
struct Draft {
    step: usize,
    time: Time,
    work: Work,
    inputs: Vec<(Time, String)>,
}

impl Planner {
    async fn plan(&mut self, mut pipeline: Pipeline, overrides: &Overrides) -> Option<Plan> {
        let parameters = self.parameters(&mut pipeline, &overrides.params);
        let as_of = overrides.as_of.unwrap_or_else(|| as_of(&pipeline));
        let dates = Dates::new(as_of, pipeline.period);
        let sources = self.sources(&pipeline, &parameters);
        let drafts = self.drafts(&pipeline);
        let order = self.order(&pipeline, &drafts);
        let all_found = sources.len() == pipeline.sources.len();
        let mut plan =
            Plan { pipeline, dates, parameters, sources, nodes: Vec::new(), threads: overrides.threads };
        let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
        for index in order? {
            if let Some(draft) = drafts.get_mut(index).and_then(Option::take) {
                let node = self.node(&plan, draft);
                plan.nodes.push(node);
            }
        }
        if all_found {
            self.try_out(&plan).await;
        }
        Some(plan)
    }

    /// The pipeline's parameters with those of the command line, which must be of the same kinds.
    fn parameters(&mut self, pipeline: &mut Pipeline, given: &[(String, String)]) -> Parameters {
        let mut parameters: Parameters =
            pipeline.params.iter().map(|param| (param.name.value.clone(), param.value.clone())).collect();
        for (name, words) in given {
            if name == "returns" {
                match words.as_str() {
                    "net" => pipeline.returns = Returns::Net,
                    "gross" => pipeline.returns = Returns::Gross,
                    _ => self.configuration.push(
                        Problem::new(format!("--param returns={words}: not a policy for returns"))
                            .help("use net or gross"),
                    ),
                }
                continue;
            }
            let Some(known) = parameters.get(name) else {
                let known = parameters.keys().map(String::as_str).chain(["returns"]);
                let problem = Problem::new(format!("--param {name}: the pipeline has no such parameter"));
                self.configuration.push(problem.help_if(suggestion(name, known)));
                continue;
            };
            match known.like(words) {
                Ok(value) => {
                    parameters.insert(name.clone(), value);
                }
                Err(reason) => {
                    let problem = Problem::new(format!("--param {name}: {reason}"));
                    self.configuration.push(problem.help(format!("the pipeline's own value is {known}")));
                }
            }
        }
        parameters.insert("returns".into(), Value::Text(pipeline.returns.word().into()));
        parameters
    }

    fn sources(&mut self, pipeline: &Pipeline, parameters: &Parameters) -> Vec<PlannedSource> {
        let mut sources = Vec::new();
        for (index, source) in pipeline.sources.iter().enumerate() {
            let path = match fill(&source.path.value, parameters) {
                Ok(path) => path,
                Err(name) => {
                    let help = suggestion(&name, parameters.keys().map(String::as_str));
                    let problem = Problem::new(format!("no parameter `${name}` is set"));
                    self.configuration.push(problem.at(pipeline.place(&source.path.at)).help_if(help));
                    continue;
                }
            };
            let found = storage::discover(&pipeline.path(&path))
                .and_then(|files| storage::unite(&files).map(|schema| (files, schema)));
            match found {
                Ok((files, schema)) => sources.push(PlannedSource { index, path, files, schema }),
                Err(problems) => {
                    let place = pipeline.place(&source.path.at);
                    let named = |problem: Problem| Problem {
                        what: format!("source `{}`: {}", source.name.value, problem.what),
                        ..problem
                    };
                    self.data.extend(problems.into_iter().map(|problem| named(problem).at(place.clone())));
                }
            }
        }
        sources
    }

    /// One draft for each step, and one more for each earlier time at which a query reads it.
    fn drafts(&mut self, pipeline: &Pipeline) -> Vec<Draft> {
        let mut queries: Vec<Option<Query>> = Vec::new();
        for step in &pipeline.steps {
            queries.push(match &step.kind {
                StepKind::Sql(path) => self.query(pipeline, path),
                StepKind::Model { .. } => None,
            });
        }
        let mut drafts: Vec<Draft> = Vec::new();
        let mut wanted: Vec<(Time, usize)> =
            (0..pipeline.steps.len()).map(|step| (Time::Current, step)).collect();
        wanted.extend(shown_earlier(pipeline));
        let mut seen: BTreeSet<(Time, usize)> = wanted.iter().copied().collect();
        while let Some((time, step)) = wanted.pop() {
            let Some(draft) = self.draft(pipeline, &queries, time, step) else { continue };
            for (time, table) in &draft.inputs {
                if let Some(owner) = owner(pipeline, table)
                    && seen.insert((*time, owner))
                {
                    wanted.push((*time, owner));
                }
            }
            drafts.push(draft);
        }
        drafts.sort_by_key(|draft| (draft.time, draft.step));
        drafts
    }

    fn query(&mut self, pipeline: &Pipeline, path: &Spanned<String>) -> Option<Query> {
        let text = match std::fs::read_to_string(pipeline.path(&path.value)) {
            Ok(text) => text,
            Err(error) => {
                let problem = Problem::new(format!("{} cannot be read: {error}", path.value));
                let help = "paths are relative to the project's folder, the one above `pipelines/`";
                self.configuration.push(problem.at(pipeline.place(&path.at)).help(help));
                return None;
            }
        };
        let source = Arc::new(SourceText { name: path.value.clone(), text });
        Query::parse(&source).map_err(|problem| self.configuration.push(problem)).ok()
    }

    fn draft(
        &mut self,
        pipeline: &Pipeline,
        queries: &[Option<Query>],
        time: Time,
        index: usize,
    ) -> Option<Draft> {
        let step = pipeline.steps.get(index)?;
        if time != Time::Current
            && let Some(day) = &step.by_day
        {
            let inputs = vec![(Time::Current, step.name.value.clone())];
            return Some(Draft { step: index, time, work: Work::Cut(day.value.clone()), inputs });
        }
        match &step.kind {
            StepKind::Sql(_) => {
                let query = queries.get(index)?.clone()?;
                let inputs = self.inputs(pipeline, &query, step, time)?;
                Some(Draft { step: index, time, work: Work::Query(query), inputs })
            }
            StepKind::Model { from, .. } => {
                let model = Model::new(pipeline, step).map_err(|problems| {
                    if time == Time::Current {
                        self.configuration.extend(problems);
                    }
                });
                if !self.known(pipeline, &from.value) {
                    let known = table_names(pipeline);
                    let problem = Problem::new(format!("there is no table `{}`", from.value));
                    let help = suggestion(&from.value, known.iter().map(String::as_str));
                    self.configuration.push(problem.at(pipeline.place(&from.at)).help_if(help));
                    return None;
                }
                let inputs = vec![(time, from.value.clone())];
                Some(Draft { step: index, time, work: Work::Model(model.ok()?, from.value.clone()), inputs })
            }
        }
    }

    fn known(&self, pipeline: &Pipeline, table: &str) -> bool {
        table_names(pipeline).iter().any(|name| name == table)
    }

    /// The tables that a query reads at its time.
    fn inputs(
        &mut self,
        pipeline: &Pipeline,
        query: &Query,
        step: &Step,
        time: Time,
    ) -> Option<Vec<(Time, String)>> {
        let tables = match query.tables() {
            Ok(tables) => tables,
            Err(problem) => {
                self.configuration.push(problem);
                return None;
            }
        };
        let mut inputs = Vec::new();
        let mut good = true;
        for table in tables {
            match self.input(pipeline, query, step, time, &table) {
                Ok(input) => inputs.push(input),
                Err(problem) => {
                    good = false;
                    // A step that is read at two times is complained about once.
                    if !self.configuration.contains(&problem) {
                        self.configuration.push(problem);
                    }
                }
            }
        }
        good.then_some(inputs)
    }

    fn input(
        &self,
        pipeline: &Pipeline,
        query: &Query,
        step: &Step,
        time: Time,
        table: &TableReference,
    ) -> Result<(Time, String), Problem> {
        let name = table.table();
        let written = table.to_string();
        let at = query.source.text.find(&written).unwrap_or(0);
        let place = Place::new(&query.source, at..at + written.len());
        let of = match table.schema().map(|schema| (schema, Time::of_schema(schema))) {
            None => time,
            Some((_, Some(of))) if of == Time::Current || time == Time::Current => of,
            Some((schema, Some(_))) => {
                let what = format!("`{schema}.{name}` is one step too far back");
                let help = format!(
                    "`{0}` is itself read as `{1}.{0}` by another step; only one step back in time is possible",
                    step.name.value,
                    time.schema()
                );
                return Err(Problem::new(what).at(place).help(help));
            }
            Some((schema, None)) => {
                let what = format!("there is no schema `{schema}`");
                return Err(Problem::new(what)
                    .at(place)
                    .help("use `previous.` or `year_ago.`, or the plain name"));
            }
        };
        if !self.known(pipeline, name) {
            let known = table_names(pipeline);
            let help = suggestion(name, known.iter().map(String::as_str));
            return Err(Problem::new(format!("there is no table `{name}`")).at(place).help_if(help));
        }
        Ok((of, name.to_owned()))
    }

    fn order(&mut self, pipeline: &Pipeline, drafts: &[Draft]) -> Option<Vec<usize>> {
        let number: BTreeMap<(Time, usize), usize> =
            drafts.iter().enumerate().map(|(number, draft)| ((draft.time, draft.step), number)).collect();
        let needs: Vec<Vec<usize>> = drafts
            .iter()
            .map(|draft| {
                let owners =
                    draft.inputs.iter().filter_map(|(time, table)| Some((*time, owner(pipeline, table)?)));
                owners.filter_map(|owner| number.get(&owner).copied()).collect()
            })
            .collect();
        match graph::order(&needs) {
            Ok(order) => Some(order),
            Err(cycle) => {
                let steps: Vec<&Step> = cycle
                    .iter()
                    .filter_map(|number| drafts.get(*number).and_then(|draft| pipeline.steps.get(draft.step)))
                    .collect();
                let names: Vec<&str> =
                    steps.iter().chain(steps.first()).map(|step| step.name.value.as_str()).collect();
                let problem = Problem::new(format!("steps need each other: {}", names.join(" → ")));
                let place = steps.first().map(|step| pipeline.place(&step.name.at));
                let help = "a table can be computed only from tables that do not need it";
                self.configuration.push(Problem { place, ..problem }.help(help));
                None
            }
        }
    }

    fn node(&mut self, plan: &Plan, draft: Draft) -> Node {
        let mut parameters = plan.parameters.clone();
        let dates = plan.dates_at(draft.time);
        for (name, day) in [
            ("as_of", dates.as_of),
            ("period_start", dates.period_start),
            ("period_end", dates.period_end),
            ("previous_as_of", dates.previous_as_of),
            ("year_ago_as_of", dates.year_ago_as_of),
        ] {
            parameters.insert(name.into(), Value::Date(day));
        }
        if let Some(step) = plan.pipeline.steps.get(draft.step) {
            self.with(plan, step, &draft, &mut parameters);
        }
        Node { step: draft.step, time: draft.time, work: draft.work, parameters, inputs: draft.inputs }
    }

    /// Adds the step's own parameters; one that its query does not name is a mistake.
    fn with(&mut self, plan: &Plan, step: &Step, draft: &Draft, parameters: &mut Parameters) {
        let Work::Query(query) = &draft.work else { return };
        let named = query.placeholders();
        for param in &step.with {
            let name = &param.name.value;
            if !named.contains(name) && draft.time == Time::Current {
                let problem = Problem::new(format!("{} does not use `${name}`", query.source.name));
                let help = suggestion(name, named.iter().map(String::as_str));
                self.configuration.push(problem.at(plan.pipeline.place(&param.name.at)).help_if(help));
            }
            let value = match &param.value {
                Value::Text(text) if text.starts_with('$') => {
                    parameters.get(text.trim_start_matches('$')).cloned()
                }
                value => Some(value.clone()),
            };
            match value {
                Some(value) => {
                    parameters.insert(name.clone(), value);
                }
                None => {
                    let problem = Problem::new(format!("no parameter `{}` is set", param.value));
                    let help = suggestion(&param.value.to_string(), parameters.keys().map(String::as_str));
                    self.configuration.push(problem.at(plan.pipeline.place(&param.name.at)).help_if(help));
                }
            }
        }
    }

    /// Plans everything once against empty tables.
    async fn try_out(&mut self, plan: &Plan) {
        let sessions = match Sessions::new(&plan.settings(), None) {
            Ok(sessions) => sessions,
            Err(error) => return self.data.push(Problem::new(plain(&error))),
        };
        let mut broken: BTreeSet<(Time, String)> = BTreeSet::new();
        for planned in &plan.sources {
            let Some(source) = plan.source(planned) else { continue };
            if let Err(problems) = self.try_source(plan, &sessions, planned, source) {
                self.configuration.extend(problems);
                broken.extend(Time::ALL.map(|time| (time, source.name.value.clone())));
            }
        }
        for (name, schema) in [("audit_rows", audit_rows_schema()), ("audit_checks", audit_checks_schema())] {
            for time in Time::ALL {
                let _ = sessions.register(time, name, Arc::new(EmptyTable::new(Arc::clone(&schema))));
            }
        }
        for node in &plan.nodes {
            let Some(step) = plan.step(node) else { continue };
            let tables = if node.inputs.iter().any(|input| broken.contains(input)) {
                None
            } else {
                self.try_node(plan, &sessions, node, step).await
            };
            match tables {
                Some(tables) => {
                    for (name, schema) in tables {
                        let _ = sessions.register(node.time, &name, Arc::new(EmptyTable::new(schema)));
                    }
                }
                None => broken.extend(outputs(step).into_iter().map(|name| (node.time, name))),
            }
        }
    }

    fn try_source(
        &mut self,
        plan: &Plan,
        sessions: &Sessions,
        planned: &PlannedSource,
        source: &Source,
    ) -> Result<(), Vec<Problem>> {
        let mapped = plan.mapped(sessions, planned, source)?;
        let mapper = plan.mapper(sessions, source);
        let repeats = vec![None; source.quarantine.len()];
        let marked = mapper.mark(&mapped, &repeats)?;
        let named = |name| mapper.unknown_column(name, &mapped.columns);
        let problems: Vec<Problem> =
            source.checks.iter().flat_map(|check| columns_of(&check.test)).filter_map(named).collect();
        let reserved = source.quarantine.iter().find(|rule| rule.name.value == AFTER_AS_OF).map(|rule| {
            let what = format!("`{AFTER_AS_OF}` is the mark of rows dated after the as-of date");
            Problem::new(what).at(plan.pipeline.place(&rule.name.at)).help("choose another name for the rule")
        });
        let problems: Vec<Problem> = problems.into_iter().chain(reserved).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        plan.register_source(sessions, source, &mapped.columns, &marked)
            .map_err(|error| vec![Problem::new(plain(&error)).at(plan.pipeline.place(&source.name.at))])
    }

    /// The tables that a node will yield, by name, or none where it cannot be planned.
    async fn try_node(
        &mut self,
        plan: &Plan,
        sessions: &Sessions,
        node: &Node,
        step: &Step,
    ) -> Option<Vec<(String, SchemaRef)>> {
        let name = step.name.value.clone();
        match &node.work {
            Work::Query(query) => match query.plan(sessions.at(node.time), &node.parameters).await {
                Ok(planned) => {
                    let schema: SchemaRef = Arc::new(planned.schema().as_arrow().clone());
                    self.try_columns(plan, step, &schema, &query.source).then(|| vec![(name, schema)])
                }
                Err(problems) => {
                    let news = problems.into_iter().filter(|problem| !self.configuration.contains(problem));
                    let news: Vec<Problem> = news.collect();
                    self.configuration.extend(news);
                    None
                }
            },
            Work::Model(model, from) => {
                let provider = sessions.at(node.time).table_provider(from.as_str()).await.ok()?;
                match model.check(&provider.schema(), from) {
                    Ok(()) => Some(vec![
                        (name.clone(), model.schema()),
                        (format!("{name}_fit"), Model::fit_schema()),
                    ]),
                    Err(problem) => {
                        let place = plan.pipeline.place(&step.name.at);
                        if node.time == Time::Current {
                            self.configuration.push(problem.at(place));
                        }
                        None
                    }
                }
            }
            Work::Cut(_) => {
                let provider: Arc<dyn TableProvider> =
                    sessions.at(Time::Current).table_provider(name.as_str()).await.ok()?;
                Some(vec![(name, provider.schema())])
            }
        }
    }

    /// A table's columns must have names of their own, and `by_day` must be one of them.
    fn try_columns(
        &mut self,
        plan: &Plan,
        step: &Step,
        schema: &SchemaRef,
        source: &Arc<SourceText>,
    ) -> bool {
        let before = self.configuration.len();
        for (index, field) in schema.fields().iter().enumerate() {
            if schema.fields().iter().take(index).any(|other| other.name() == field.name()) {
                let what = format!("{} yields two columns named `{}`", source.name, field.name());
                let help = "give each column a name of its own with `as`";
                self.configuration.push(Problem::new(what).at(Place::new(source, 0..0)).help(help));
            }
        }
        if let Some(day) = &step.by_day {
            let found = schema.field_with_name(&day.value).ok().map(Field::data_type);
            if found != Some(&DataType::Date32) {
                let what = match found {
                    Some(other) => {
                        format!("`by_day: {}` names a column of type {other}, not DATE", day.value)
                    }
                    None => format!("`by_day: {}` is not a column of `{}`", day.value, step.name.value),
                };
                let help = suggestion(&day.value, schema.fields().iter().map(|field| field.name().as_str()));
                self.configuration.push(Problem::new(what).at(plan.pipeline.place(&day.at)).help_if(help));
            }
        }
        before == self.configuration.len()
    }
}

/// The day that a pipeline's `as_of` means now. The only place that reads the clock for a figure's sake.
fn as_of(pipeline: &Pipeline) -> Date {
    let today = || Zoned::now().with_time_zone(pipeline.timezone.clone()).date();
    match pipeline.as_of {
        AsOf::On(day) => day,
        AsOf::Today => today(),
        AsOf::Yesterday => today().yesterday().unwrap_or_else(|_| today()),
    }
}

/// A path with its parameters filled in: `$name` is the whole value or a folder of it.
fn fill(path: &str, parameters: &Parameters) -> Result<String, String> {
    let mut filled = Vec::new();
    for part in path.split('/') {
        filled.push(match part.strip_prefix('$') {
            Some(name) => parameters.get(name).ok_or_else(|| name.to_owned())?.to_string(),
            None => part.to_owned(),
        });
    }
    Ok(filled.join("/"))
}

/// The step that yields a table; none for a source or a table of the run's own.
fn owner(pipeline: &Pipeline, table: &str) -> Option<usize> {
    pipeline.steps.iter().position(|step| outputs(step).iter().any(|name| name == table))
}

/// The tables that a step yields.
pub fn outputs(step: &Step) -> Vec<String> {
    let name = step.name.value.clone();
    match step.kind {
        StepKind::Sql(_) => vec![name],
        StepKind::Model { .. } => {
            let fit = format!("{name}_fit");
            vec![name, fit]
        }
    }
}

/// The steps whose table of an earlier time the report shows.
fn shown_earlier(pipeline: &Pipeline) -> impl Iterator<Item = (Time, usize)> {
    let shown = if pipeline.report.is_some() { crate::report::EARLIER.as_slice() } else { &[] };
    shown.iter().filter_map(|name| {
        let (schema, table) = name.split_once('.')?;
        Some((Time::of_schema(schema)?, owner(pipeline, table)?))
    })
}

fn table_names(pipeline: &Pipeline) -> Vec<String> {
    let sources = pipeline.sources.iter().map(|source| source.name.value.clone());
    let own = ["audit_rows", "audit_checks"].map(String::from);
    sources.chain(pipeline.steps.iter().flat_map(outputs)).chain(own).collect()
}

fn columns_of(test: &Test) -> Vec<&Spanned<String>> {
    match test {
        Test::NotNull(columns) | Test::Unique(columns) => columns.iter().collect(),
        Test::Range { column, .. } | Test::Values { column, .. } | Test::Freshness { column, .. } => {
            vec![column]
        }
        Test::RowCount { .. } => Vec::new(),
    }
}

/// The folder of a project in which runs are published.
pub fn site(pipeline: &Pipeline) -> PathBuf {
    pipeline.path("site")
}
