//! From a [`Pipeline`] to a [`Plan`]: everything that can be checked before anything runs.
//!
//! All files are found and described, all expressions and queries are planned against the real columns, and all
//! problems are reported at once. After that, a run can fail only because of data or environment.
//!
//! Here are parameters, files, the tables that each query reads at each time, and their order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::files;
use crate::near;
use crate::pipeline::module::{SettingKind, reference};
use crate::pipeline::{
    AsOf, Dates, FileColumn, Param, Parameters, Pipeline, Returns, Role, Source, Spanned, Step, StepKind,
    TRANSACTIONS, Value, When, graph, part_customers,
};
use crate::problem::{Failure, FailureKind, Problem, SourceText, closest, suggestion};
use crate::shipped;

use super::declared;
use super::gather;
use super::incremental::Incremental;
use super::lineage::Known;
use super::model_step;
use super::plan::{ModelInput, Node, Note, Overrides, Plan, PlannedSource, Work};
use super::session::Time;
use super::sql::Query;
use super::step_checks;
use super::storage::{self, Files, Format};
use super::types;
use super::unread::unread;
use super::used::Whole;

/// Collects problems while planning: those of the pipeline, and those of the data's files.
#[derive(Default)]
pub(super) struct Planner {
    pub(super) configuration: Vec<Problem>,
    pub(super) data: Vec<Problem>,
    /// Steps with a problem; their queries are not tried, as this would only report the same problem again.
    pub(super) broken: BTreeSet<usize>,
    /// Incremental steps that can be merged, each with the source that it reads.
    pub(super) incremental: Vec<(String, Incremental)>,
    /// The columns of each table that steps read.
    pub(super) columns: BTreeMap<(Time, String), BTreeSet<String>>,
    /// Which columns of each table hold customers' ids.
    pub(super) ids: Known,
    /// The columns of the tables that steps yield, as of the run's date.
    pub(super) yields: BTreeMap<String, SchemaRef>,
    /// Notes about sources' files.
    pub(super) notes: Vec<Note>,
    /// Unusual things that are not errors.
    pub(super) warnings: Vec<Problem>,
    /// The decimals of the amounts of `transactions`.
    pub(super) amount_scale: i8,
    /// Tables of the current time that are made of all used rows, each with the columns that add up to them.
    pub(super) whole: BTreeMap<String, Whole>,
    /// The parameters that the command line gives.
    given: BTreeSet<String>,
    /// Settings already reported as not meeting their module's rules; queries need not report them again.
    wrong: BTreeSet<String>,
}

/// A node before its place in the order is decided.
struct UnorderedNode {
    step: usize,
    time: Time,
    work: Work,
    inputs: Vec<(Time, String)>,
}

impl Plan {
    /// Plans a pipeline.
    ///
    /// # Errors
    /// All errors: of the pipeline or its SQL (a failure of configuration), or else of the data's files (a failure of
    /// the run).
    pub async fn new(mut pipeline: Pipeline, overrides: &Overrides) -> Result<Self, Failure> {
        let variants = std::mem::take(&mut pipeline.variants);
        let mut plan = Self::of(pipeline, overrides, None).await?;
        let variants = plan.each(variants).await?;
        let mut problems: Vec<Problem> = Vec::new();
        for variant in variants {
            // What holds for one value of an `each` holds for all.
            if let Some(known) = plan.variants.iter().find_map(|known| known.of_value(&variant)) {
                plan.variants.push(known);
                continue;
            }
            let name = variant.variant.as_ref().map_or_else(String::new, |of| of.name.value.clone());
            let named = |problem: &Problem| Problem {
                what: format!("variant `{name}`: {}", problem.what),
                ..problem.clone()
            };
            match Self::of(variant, overrides, Some(&plan)).await {
                Ok(mut variant) => {
                    problems.extend(reads_otherwise(&plan, &variant));
                    variant.warnings.retain(|warning| !plan.warnings.contains(warning));
                    variant.warnings = variant.warnings.iter().map(named).collect();
                    plan.variants.push(variant);
                }
                Err(failure) => {
                    // A condition over customers is that of several sources.
                    for problem in failure.problems.iter().map(named) {
                        if !problems.contains(&problem) {
                            problems.push(problem);
                        }
                    }
                }
            }
        }
        if problems.is_empty() {
            Ok(plan)
        } else {
            Err(Failure { kind: FailureKind::Configuration, problems })
        }
    }

    /// Plans a pipeline, or a variant of a planned pipeline, using that pipeline's files.
    async fn of(pipeline: Pipeline, overrides: &Overrides, base: Option<&Self>) -> Result<Self, Failure> {
        let mut planner = Planner::default();
        let plan = planner.plan(pipeline, overrides, base.map(|base| base.sources.clone())).await;
        let Planner { mut configuration, data, .. } = planner;
        let kind = if configuration.is_empty() { FailureKind::Run } else { FailureKind::Configuration };
        configuration
            .sort_by_key(|problem| problem.place.as_ref().map(|p| (p.source.name.clone(), p.span.start)));
        configuration.extend(data);
        match plan {
            Some(plan) if configuration.is_empty() => Ok(plan),
            _ => Err(Failure { kind, problems: configuration }),
        }
    }
}

/// The parameters that a variant changes although they decide how sources are read: these are read once for all.
fn reads_otherwise(plan: &Plan, variant: &Plan) -> Vec<Problem> {
    let pipeline = &variant.pipeline;
    let changed = pipeline.named_values().filter(|param| {
        let name = &param.name.value;
        plan.parameters.get(name).is_some_and(|own| variant.parameters.get(name) != Some(own))
    });
    let problem = |param: &Param| {
        let source = plan.pipeline.sources.iter().find(|source| source.names(&param.name.value))?;
        let what = format!("the source `{}` is read with `${}`", source.name.value, param.name.value);
        let help =
            "a variant cannot change it, as files are read once for all: make a pipeline of its own for that";
        Some(Problem::new(what).at(pipeline.place(&param.name.at)).help(help))
    };
    changed.filter_map(problem).collect()
}

/// The columns of a source's files, as far as they were found.
pub(super) fn columns_of(sources: &[PlannedSource], index: usize) -> Option<Vec<FileColumn>> {
    let planned = sources.iter().find(|planned| planned.index == index)?;
    let own = planned.schema.fields().iter().map(|field| FileColumn {
        name: field.name().clone(),
        identifies: types::may_identify(field.data_type()),
    });
    let folders = planned.files.partitions.iter();
    let folders = folders.map(|name| FileColumn { name: name.clone(), identifies: true });
    Some(own.chain(folders).collect())
}

impl Planner {
    /// Plans a pipeline. `known` has its sources if their files are found already.
    pub(super) async fn plan(
        &mut self,
        mut pipeline: Pipeline,
        overrides: &Overrides,
        known: Option<Vec<PlannedSource>>,
    ) -> Option<Plan> {
        let parameters = self.parameters(&mut pipeline, &overrides.params);
        let today = today(&pipeline);
        let as_of = overrides.as_of.unwrap_or_else(|| as_of(&pipeline, today));
        if !overrides.made_up {
            self.not_ahead(&pipeline, overrides, as_of, today);
        }
        let dates = Dates::new(as_of, pipeline.period);
        let sources = match known {
            Some(known) => known,
            None => self.sources(&pipeline, &parameters),
        };
        if let Err(problems) = part_customers(&mut pipeline, |index| columns_of(&sources, index)) {
            self.configuration.extend(problems);
        }
        let unordered = self.unordered(&pipeline, &parameters);
        let order = self.order(&pipeline, &unordered);
        let all_found = sources.len() == pipeline.sources.len();
        let mut plan = Plan {
            pipeline,
            dates,
            parameters,
            sources,
            notes: Vec::new(),
            nodes: Vec::new(),
            incremental: Vec::new(),
            columns: BTreeMap::new(),
            ids: Known::new(),
            yields: BTreeMap::new(),
            whole: BTreeMap::new(),
            threads: overrides.threads,
            fresh: overrides.fresh,
            verify: overrides.verify,
            ending: overrides.ending,
            step_checks: Vec::new(),
            warnings: Vec::new(),
            variants: Vec::new(),
            amount_scale: 0,
        };
        let mut unordered: Vec<Option<UnorderedNode>> = unordered.into_iter().map(Some).collect();
        for index in order? {
            if let Some(node) = unordered.get_mut(index).and_then(Option::take) {
                let node = self.node(&plan, node);
                plan.nodes.push(node);
            }
        }
        let of_step = |index: usize| {
            let node = plan.nodes.iter().find(|node| node.step == index && node.time == Time::Current);
            node.map_or_else(|| plan.parameters.clone(), |node| node.parameters.clone())
        };
        let (checks, problems) = step_checks::planned(&plan.pipeline, of_step);
        plan.step_checks = checks;
        self.configuration.extend(problems);
        self.margins(&plan);
        if all_found {
            self.try_out(&plan).await;
        }
        plan.notes = std::mem::take(&mut self.notes);
        plan.incremental = std::mem::take(&mut self.incremental);
        plan.ids = std::mem::take(&mut self.ids);
        plan.yields = std::mem::take(&mut self.yields);
        plan.warnings = std::mem::take(&mut self.warnings);
        if self.configuration.is_empty() {
            plan.warnings.extend(unread(&plan));
        }
        plan.amount_scale = self.amount_scale;
        plan.whole = std::mem::take(&mut self.whole);
        plan.columns = std::mem::take(&mut self.columns);
        // An earlier state that is cut from the current table needs its columns there.
        for node in &plan.nodes {
            if let (Work::Cut(_), Some(step)) = (&node.work, plan.pipeline.steps.get(node.step)) {
                let name = &step.name.value;
                let read = plan.columns.get(&(node.time, name.clone())).cloned().unwrap_or_default();
                if let Some(current) = plan.columns.get_mut(&(Time::Current, name.clone())) {
                    current.extend(read);
                }
            }
        }
        Some(plan)
    }

    /// The pipeline's parameters with those of the command line, which must have the same kinds.
    fn parameters(&mut self, pipeline: &mut Pipeline, given: &[(String, String)]) -> Parameters {
        let mut parameters: Parameters =
            pipeline.named_values().map(|param| (param.name.value.clone(), param.value.clone())).collect();
        for (name, words) in given {
            if given.iter().filter(|(other, _)| other == name).count() > 1 {
                let problem = Problem::new(format!("--param {name} is given more than once"));
                self.once(problem.help("give each parameter one value"));
                continue;
            }
            self.given.insert(name.clone());
            if name == "returns" {
                match words.as_str() {
                    "net" => pipeline.returns = Returns::Net,
                    "gross" => pipeline.returns = Returns::Gross,
                    _ => self.configuration.push(
                        Problem::new(format!("--param returns={words}: returns are `net` or `gross`"))
                            .help("use net or gross"),
                    ),
                }
                continue;
            }
            let Some(known) = parameters.get(name) else {
                let known = parameters.keys().map(String::as_str).chain(["returns"]);
                let problem = Problem::new(format!("--param {name}: the pipeline has no such parameter"));
                let help = match name.as_str() {
                    "as_of" => Some("the date of the run is set by `--as-of`".to_owned()),
                    _ => suggestion(name, known),
                };
                self.configuration.push(problem.help_if(help));
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
        self.settings(pipeline, &mut parameters);
        parameters
    }

    /// Replaces settings of modules that name a parameter (`$name`), and checks all against their rules: the command
    /// line may have changed them.
    fn settings(&mut self, pipeline: &Pipeline, parameters: &mut Parameters) {
        for param in &pipeline.settings {
            let name = &param.name.value;
            let Some(value) = parameters.get(name).cloned() else { continue };
            let named = reference(&value).map(|of| (of.to_owned(), parameters.get(of).cloned()));
            let value = match named {
                Some((of, None)) => {
                    let known = pipeline.params.iter().map(|param| param.name.value.as_str());
                    let help = suggestion(&of, known)
                        .unwrap_or_else(|| format!("set it: `params: {{ {of}: ... }}`"));
                    let problem = Problem::new(format!("no parameter `${of}` is set"));
                    self.configuration.push(problem.at(pipeline.place(&param.name.at)).help(help));
                    continue;
                }
                Some((_, Some(value))) => value,
                None => value,
            };
            let settings = pipeline.modules.iter().flat_map(|module| &module.definition.settings);
            let setting = settings.into_iter().find(|setting| setting.name == *name);
            if let Some(setting) = setting.filter(|setting| !setting.accepts(&value)) {
                self.wrong.insert(name.clone());
                let problem =
                    Problem::new(format!("`{name}` must be {}, not {value}", setting.wanted_of(&value)));
                let problem = if self.given.contains(name) {
                    problem
                } else {
                    problem.at(pipeline.place(&param.name.at))
                };
                self.configuration.push(problem.help(setting.means.clone()));
            }
            if self.given.contains(name) && setting.is_some_and(|setting| setting.kind == SettingKind::Choice)
            {
                let problem =
                    Problem::new(format!("--param {name}: it settles which query or model a step has"));
                self.configuration.push(problem.help("set it in the pipeline, under `modules`"));
            }
            parameters.insert(name.clone(), value);
        }
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
            let found = storage::discover(&pipeline.path(&path), source.csv.format)
                .and_then(|mut files| {
                    let schema = storage::unite(&mut files);
                    agreed(source, &files).map(|()| (files, schema))
                })
                .map(|(files, schema)| match files.format {
                    Format::Parquet => (files, storage::views(&schema)),
                    Format::Csv => (files, schema),
                });
            match found {
                Ok((files, schema)) => {
                    self.configuration.extend(useless_csv(pipeline, source, &files));
                    let overlaid = files.overlaid.iter().map(storage::Overlaid::summary);
                    let left_out = files.conflicts.iter().map(|conflict| {
                        format!("{}; nothing names it, and it is left out", conflict.summary)
                    });
                    let notes = files.passed.summary(&path).into_iter().chain(overlaid).chain(left_out);
                    // The project's folder need not be shown.
                    let root = format!("{}/", pipeline.root.display());
                    let short = |note: String| if root == "./" { note } else { note.replace(&root, "") };
                    let usual =
                        files.overlaid.is_empty() && files.conflicts.is_empty() && files.passed.is_usual();
                    self.notes.extend(notes.map(|note| Note {
                        source: index,
                        warns: !usual,
                        text: short(note),
                    }));
                    sources.push(PlannedSource { index, path, files, schema });
                }
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

    /// One node for each step, and one more for each earlier time that a query reads.
    fn unordered(&mut self, pipeline: &Pipeline, parameters: &Parameters) -> Vec<UnorderedNode> {
        let mut queries: Vec<Option<Query>> = Vec::new();
        for step in &pipeline.steps {
            queries.push(match &step.kind {
                StepKind::Sql(path) => self.query(pipeline, path),
                StepKind::Gather { columns, tables } => self.gathered(&step.name.value, columns, tables),
                StepKind::Model { .. } => None,
            });
        }
        let mut unordered: Vec<UnorderedNode> = Vec::new();
        let mut wanted: Vec<(Time, usize)> =
            (0..pipeline.steps.len()).map(|step| (Time::Current, step)).collect();
        let mut seen: BTreeSet<(Time, usize)> = wanted.iter().copied().collect();
        while let Some((time, step)) = wanted.pop() {
            let Some(node) = self.unordered_node(pipeline, &queries, parameters, time, step) else {
                continue;
            };
            for (time, table) in &node.inputs {
                if let Some(owner) = owner(pipeline, table)
                    && seen.insert((*time, owner))
                {
                    wanted.push((*time, owner));
                }
            }
            unordered.push(node);
        }
        unordered.sort_by_key(|node| (node.time, node.step));
        unordered
    }

    fn query(&mut self, pipeline: &Pipeline, path: &Spanned<String>) -> Option<Query> {
        let text = match shipped::open(&pipeline.root, &path.value) {
            Ok(text) => text,
            Err(error) => {
                let begins = path.value.trim_start().to_ascii_lowercase();
                let problem = if ["select ", "with "].iter().any(|word| begins.starts_with(word)) {
                    Problem::new("`sql` takes the name of a file, and has a query here")
                        .help("write the query to a file such as sql/mine.sql, and `sql: sql/mine.sql` here")
                } else {
                    let what = format!("{} cannot be read: {}", path.value, files::reason(&error));
                    let own = shipped::below("sql").into_keys().collect();
                    let meant = (error.kind() == std::io::ErrorKind::NotFound)
                        .then(|| near::file(&pipeline.root, &path.value, "sql", own))
                        .flatten();
                    let paths = "paths are relative to the project's folder, the one above `pipelines/`";
                    let help = meant.map(|meant| format!("did you mean `{meant}`?"));
                    Problem::new(what)
                        .help(help.or_else(|| files::remedy(&error)).unwrap_or_else(|| paths.to_owned()))
                };
                self.configuration.push(problem.at(pipeline.place(&path.at)));
                return None;
            }
        };
        let source = Arc::new(SourceText { name: pipeline.shown(Path::new(&path.value), 1), text });
        Query::parse(&source).map_err(|problem| self.configuration.push(problem)).ok()
    }

    /// The query of a step that gathers tables: their rows, or without any table only its columns.
    fn gathered(
        &mut self,
        name: &str,
        columns: &[(Spanned<String>, Spanned<String>)],
        tables: &[String],
    ) -> Option<Query> {
        let source = gather::query(name, columns, tables);
        Query::parse(&source).map_err(|problem| self.configuration.push(problem)).ok()
    }

    fn unordered_node(
        &mut self,
        pipeline: &Pipeline,
        queries: &[Option<Query>],
        parameters: &Parameters,
        time: Time,
        index: usize,
    ) -> Option<UnorderedNode> {
        let step = pipeline.steps.get(index)?;
        if time != Time::Current
            && let Some(day) = &step.by_day
        {
            let inputs = vec![(Time::Current, step.name.value.clone())];
            return Some(UnorderedNode { step: index, time, work: Work::Cut(day.value.clone()), inputs });
        }
        match &step.kind {
            StepKind::Sql(_) | StepKind::Gather { .. } => {
                let query = queries.get(index)?.clone()?;
                let inputs = self.inputs(pipeline, &query, step, time)?;
                let merged = step.incremental && time == Time::Current;
                let work = if merged { Work::Merged(query) } else { Work::Query(query) };
                Some(UnorderedNode { step: index, time, work, inputs })
            }
            StepKind::Model { model: kind, tables } => {
                let model = model_step::planned(kind.value, pipeline, step, parameters).map_err(|problems| {
                    if time == Time::Current {
                        self.configuration.extend(problems);
                    }
                });
                let missing: Vec<_> =
                    tables.iter().filter(|(_, table)| !known(pipeline, &table.value)).collect();
                for (_, table) in &missing {
                    let known = table_names(pipeline);
                    let problem = Problem::new(format!("there is no table `{}`", table.value));
                    let help = suggestion(&table.value, known.iter().map(String::as_str));
                    self.once(problem.at(pipeline.place(&table.at)).help_if(help));
                }
                if !missing.is_empty() {
                    return None;
                }
                let read = |(role, table): &(Role, Spanned<String>)| {
                    // The forecaster is chosen once per run, and the season found once: others would change a customer's
                    // value without any action of the customer. Also, a contest costs as much as everything that uses it.
                    let once = [Role::JudgedBy, Role::Season].contains(role);
                    let time = if once { Time::Current } else { time };
                    ModelInput { role: *role, time, table: table.value.clone() }
                };
                let tables: Vec<_> = tables.iter().map(read).collect();
                let inputs = tables.iter().map(|input| (input.time, input.table.clone())).collect();
                Some(UnorderedNode { step: index, time, work: Work::Model(model.ok()?, tables), inputs })
            }
        }
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
            match Self::input(pipeline, query, step, time, &table) {
                Ok(input) => inputs.push(input),
                Err(problem) => {
                    good = false;
                    self.once(problem);
                }
            }
        }
        good.then_some(inputs)
    }

    fn input(
        pipeline: &Pipeline,
        query: &Query,
        step: &Step,
        time: Time,
        table: &TableReference,
    ) -> Result<(Time, String), Problem> {
        let name = table.table();
        let written = table.to_string();
        let place = query.place_of(&written);
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
                let help = match closest(schema, ["previous", "year_ago"]) {
                    Some(meant) => format!("did you mean `{meant}.{name}`?"),
                    None => format!("write `{name}` alone, `previous.{name}` or `year_ago.{name}`"),
                };
                return Err(Problem::new(what).at(place).help(help));
            }
        };
        if !known(pipeline, name) {
            let known = table_names(pipeline);
            let by_case = known.iter().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str);
            let is_file = [".csv", ".parquet", ".CSV", ".xlsx"].iter().any(|ending| name.contains(ending));
            let of_module = crate::pipeline::declared::shipped()
                .groups
                .iter()
                .find(|group| group.tables.iter().any(|(table, _)| table == name));
            let source = closest(name, pipeline.sources.iter().map(|source| source.name.value.as_str()));
            let help = match by_case.or_else(|| closest(name, known.iter().map(String::as_str))) {
                Some(_) if name == TRANSACTIONS && source.is_some() => format!(
                    "queries and modules call it `{TRANSACTIONS}`: give the source `{}` that name",
                    source.unwrap_or_default()
                ),
                Some(meant) => format!("did you mean `{meant}`?"),
                None if is_file => {
                    "a query reads tables, not files: name the file under `sources`, and its table here"
                        .to_owned()
                }
                None if of_module.is_some() => format!(
                    "it is a table of the module `{}`: switch that on under `modules`",
                    of_module.map_or("", |group| group.name.as_str())
                ),
                // In a built-in pipeline the list of all tables is longer than a screen.
                None => format!(
                    "add it under `sources` or `steps`, or remove the step `{}` if you have no use for it",
                    step.name.value
                ),
            };
            return Err(Problem::new(format!("there is no table `{name}`")).at(place).help(help));
        }
        Ok((of, name.to_owned()))
    }

    fn order(&mut self, pipeline: &Pipeline, unordered: &[UnorderedNode]) -> Option<Vec<usize>> {
        let number: BTreeMap<(Time, usize), usize> =
            unordered.iter().enumerate().map(|(number, node)| ((node.time, node.step), number)).collect();
        let needs: Vec<Vec<usize>> = unordered
            .iter()
            .map(|node| {
                let owners =
                    node.inputs.iter().filter_map(|(time, table)| Some((*time, owner(pipeline, table)?)));
                owners.filter_map(|owner| number.get(&owner).copied()).collect()
            })
            .collect();
        match graph::order(&needs) {
            Ok(order) => Some(order),
            Err(cycle) => {
                let steps: Vec<&Step> = cycle
                    .iter()
                    .filter_map(|number| {
                        unordered.get(*number).and_then(|node| pipeline.steps.get(node.step))
                    })
                    .collect();
                let names: Vec<&str> =
                    steps.iter().chain(steps.first()).map(|step| step.name.value.as_str()).collect();
                let problem = Problem::new(format!("steps need each other: {}", names.join(" → ")));
                let place = steps.first().map(|step| pipeline.place(&step.name.at));
                let help = if let [_] = cycle.as_slice() {
                    "a query cannot read its own table; read the tables that it is made of"
                } else {
                    "a table can be computed only from tables that do not need it"
                };
                self.configuration.push(Problem { place, ..problem }.help(help));
                None
            }
        }
    }

    fn node(&mut self, plan: &Plan, node: UnorderedNode) -> Node {
        let mut parameters = plan.parameters.clone();
        let dates = plan.dates_at(node.time);
        for (name, value) in dates.parameters() {
            parameters.insert(name.into(), value);
        }
        if let Some(step) = plan.pipeline.steps.get(node.step) {
            self.with(plan, step, &node, &mut parameters);
        }
        self.declared(plan, &node, &parameters);
        Node { step: node.step, time: node.time, work: node.work, parameters, inputs: node.inputs }
    }

    /// Adds a problem of the pipeline, but only once if it occurs at two times.
    pub(super) fn once(&mut self, problem: Problem) {
        if !self.configuration.contains(&problem) {
            self.configuration.push(problem);
        }
    }

    /// Checks what a query requires of its parameters.
    fn declared(&mut self, plan: &Plan, node: &UnorderedNode, parameters: &Parameters) {
        let (Work::Query(query) | Work::Merged(query)) = &node.work else { return };
        let unmet = match declared::unmet(query, parameters) {
            Ok(unmet) => unmet,
            Err(problem) => {
                self.broken.insert(node.step);
                return self.once(problem);
            }
        };
        let own = || plan.pipeline.steps.get(node.step).into_iter().flat_map(|step| &step.with);
        for unmet in unmet {
            self.broken.insert(node.step);
            if self.wrong.contains(&unmet.name) {
                continue;
            }
            let own = own().find(|param| param.name.value == unmet.name);
            let of_pipeline = plan.pipeline.named_values().find(|param| param.name.value == unmet.name);
            let problem = if own.is_none() && self.given.contains(&unmet.name) {
                Problem::new(format!("--param {0}: {1}", unmet.name, unmet.what))
            } else {
                let place = own.or(of_pipeline).map(|param| plan.pipeline.place(&param.name.at));
                Problem { place, ..Problem::new(unmet.what) }
            };
            // Several queries may have the same error for a parameter of the pipeline: one is enough.
            let is_known = |known: &Problem| known.what == problem.what && known.place == problem.place;
            if !self.configuration.iter().any(is_known) {
                self.configuration.push(problem.help(unmet.help));
            }
        }
    }

    /// A report of future days would move `latest` there for good, and contain nothing of them.
    fn not_ahead(&mut self, pipeline: &Pipeline, overrides: &Overrides, as_of: Date, today: Date) {
        if as_of <= today.tomorrow().unwrap_or(today) {
            return;
        }
        let what = format!("the as-of date {as_of} lies ahead: today is {today} by this machine's clock");
        let problem =
            Problem::new(what).help("a report speaks of days that are over; give a date up to tomorrow");
        let place = pipeline.as_of_at.as_ref().filter(|_| overrides.as_of.is_none());
        self.configuration.push(Problem { place: place.map(|at| pipeline.place(at)), ..problem });
    }

    /// Adds the step's own parameters; it is an error if its query does not name one of them.
    fn with(&mut self, plan: &Plan, step: &Step, node: &UnorderedNode, parameters: &mut Parameters) {
        let (Work::Query(query) | Work::Merged(query)) = &node.work else { return };
        let named = query.placeholders();
        for param in &step.with {
            let name = &param.name.value;
            if !named.contains(name) && node.time == Time::Current {
                let problem = Problem::new(format!("{} does not use `${name}`", query.source.name));
                let help = suggestion(name, named.iter().map(String::as_str))
                    .unwrap_or_else(|| format!("remove it, or write `${name}` in the query"));
                self.configuration.push(problem.at(plan.pipeline.place(&param.name.at)).help(help));
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
                    self.broken.insert(node.step);
                    let problem = Problem::new(format!("no parameter `{}` is set", param.value));
                    let help = suggestion(&param.value.to_string(), parameters.keys().map(String::as_str));
                    self.configuration.push(problem.at(plan.pipeline.place(&param.name.at)).help_if(help));
                }
            }
        }
    }
}

/// The day that a pipeline's `as_of` means.
fn as_of(pipeline: &Pipeline, today: Date) -> Date {
    match pipeline.as_of {
        AsOf::On(day) => day,
        AsOf::Today => today,
        AsOf::Yesterday => today.yesterday().unwrap_or(today),
    }
}

/// The current day in the pipeline's time zone. Only this function reads the clock for a figure.
fn today(pipeline: &Pipeline) -> Date {
    Timestamp::now().to_zoned(pipeline.timezone.clone()).date()
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
    pipeline.steps.iter().position(|step| step.outputs().iter().any(|name| name == table))
}

fn known(pipeline: &Pipeline, table: &str) -> bool {
    table_names(pipeline).iter().any(|name| name == table)
}

fn table_names(pipeline: &Pipeline) -> Vec<String> {
    let sources = pipeline.sources.iter().map(|source| source.name.value.clone());
    let own = ["audit_rows", "audit_checks"].map(String::from);
    sources.chain(pipeline.steps.iter().flat_map(Step::outputs)).chain(own).collect()
}

/// Reports needed columns of a source that have conflicting types in its files.
fn agreed(source: &Source, files: &Files) -> Result<(), Vec<Problem>> {
    let all = source.columns.is_empty();
    let needed = files.conflicts.iter().filter(|conflict| all || names(source, &conflict.column));
    let help = if all {
        "files of one source must agree on a column's type; write the file again with the other type, or list the columns \
         that you need under `columns`"
    } else {
        "files of one source must agree on a column's type; write the file again with the other type"
    };
    let problems: Vec<Problem> =
        needed.map(|conflict| Problem::new(conflict.summary.clone()).help(help)).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Whether an expression or a rule of a source may name a column of its files.
fn names(source: &Source, column: &str) -> bool {
    let column = column.to_lowercase();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let plain = column.chars().all(is_name);
    let named = |sql: &str| {
        let sql = sql.to_lowercase();
        if plain { sql.split(|c| !is_name(c)).any(|word| word == column) } else { sql.contains(&column) }
    };
    source.columns.iter().any(|mapped| named(&mapped.sql.value))
        || source.quarantine.iter().any(|rule| match &rule.when {
            When::Sql(sql) => named(&sql.value),
            When::Repeated(columns) => columns.iter().any(|name| named(&name.value)),
        })
}

/// Reports settings for CSV files of a source without CSV files.
fn useless_csv(pipeline: &Pipeline, source: &Source, files: &Files) -> Vec<Problem> {
    if files.format == Format::Csv {
        return Vec::new();
    }
    let complaint = |key: &Spanned<&'static str>| {
        let what = format!("`{}` has no use: the files of `{}` are Parquet", key.value, source.name.value);
        let help = "remove the line: it is for CSV files, which end in `.csv` or `.csv.gz`";
        Problem::new(what).at(pipeline.place(&key.at)).help(help)
    };
    source.csv.keys.iter().map(complaint).collect()
}
