//! The DataFusion sessions of a run: one catalogue, with a schema for each time of the run.
//!
//! `current` is the default of one session, `previous` and `year_ago` of two others. So an SQL text means the tables of
//! its own time if it names them plainly, and those of an earlier time if it names the schema.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider, SchemaProvider,
};
use datafusion::catalog::{CatalogProviderList, TableProvider};
use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::optimizer::Optimizer;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::exists::FirstRow;
use super::functions;
use super::merges;
use super::nullable::TrueUnions;
use super::one_row;
use super::pushed;
use super::table::Division;
use super::views;

/// A time of a run, and the SQL schema with its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Time {
    /// As of the as-of date.
    Current,
    /// One period before it.
    Previous,
    /// One year before it.
    YearAgo,
}

impl Time {
    /// All times.
    pub const ALL: [Self; 3] = [Self::Current, Self::Previous, Self::YearAgo];

    /// The schema's name in SQL.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::YearAgo => "year_ago",
        }
    }

    /// The time with a schema of this name.
    pub fn of_schema(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|time| time.schema() == name)
    }
}

const CATALOG: &str = "regulars";

/// The operator's settings for the engine.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The most bytes that queries may hold before they spill to disk; no limit if absent.
    pub memory: Option<u64>,
    /// The number of threads for a query; all of the machine's if absent.
    pub threads: Option<usize>,
}

/// The sessions of one run.
#[derive(Clone)]
pub struct Sessions {
    contexts: [SessionContext; 3],
    settings: Settings,
    runtime: Arc<RuntimeEnv>,
    /// The rows of sources that others join.
    partners: Arc<Mutex<BTreeMap<String, Arc<dyn TableProvider>>>>,
}

impl Sessions {
    /// Sessions that spill into `scratch`.
    ///
    /// # Errors
    /// If the scratch folder cannot be used.
    pub fn new(settings: &Settings, scratch: Option<&Path>) -> Result<Self> {
        Self::with(settings, scratch, &physical_rules())
    }

    /// Sessions that plan queries and never run them. Which operators are chosen is the same; that they are not put in the
    /// best order saves half of the time.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn to_plan() -> Result<Self> {
        Self::with(&Settings { threads: Some(1), ..Settings::default() }, None, &[])
    }

    fn with(settings: &Settings, scratch: Option<&Path>, rules: &[Rule]) -> Result<Self> {
        let catalogs = Arc::new(MemoryCatalogProviderList::new());
        let catalog = Arc::new(MemoryCatalogProvider::new());
        for time in Time::ALL {
            catalog.register_schema(time.schema(), Arc::new(MemorySchemaProvider::new()))?;
        }
        catalogs.register_catalog(CATALOG.to_owned(), catalog);
        let runtime = runtime(settings, scratch)?;
        let division = Arc::new(Division::default());
        let context =
            |time: Time| context(time, settings, catalogs.clone(), &runtime, &division, rules.to_vec());
        let contexts = [context(Time::Current)?, context(Time::Previous)?, context(Time::YearAgo)?];
        Ok(Self { contexts, settings: settings.clone(), runtime, partners: Arc::default() })
    }

    /// A session with its own tables. It shares memory and scratch with the others and uses `threads` threads.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn alone(&self, threads: usize) -> Result<SessionContext> {
        let catalogs = Arc::new(MemoryCatalogProviderList::new());
        let catalog = Arc::new(MemoryCatalogProvider::new());
        catalog.register_schema(Time::Current.schema(), Arc::new(MemorySchemaProvider::new()))?;
        catalogs.register_catalog(CATALOG.to_owned(), catalog);
        let settings = Settings { threads: Some(threads), ..self.settings.clone() };
        let division = Arc::new(Division::default());
        let context =
            context(Time::Current, &settings, catalogs, &self.runtime, &division, physical_rules())?;
        // Files are read completely here, whatever statistics they have: reading these first only opens all files once
        // more.
        context.state_ref().write().config_mut().options_mut().execution.collect_statistics = false;
        Ok(context)
    }

    /// The session where plain table names mean this time's tables.
    pub fn at(&self, time: Time) -> &SessionContext {
        let [current, previous, year_ago] = &self.contexts;
        match time {
            Time::Current => current,
            Time::Previous => previous,
            Time::YearAgo => year_ago,
        }
    }

    /// Keeps the rows of a source that others join.
    pub(super) fn keep_partner(&self, source: &str, rows: Arc<dyn TableProvider>) {
        let mut partners = self.partners.lock().unwrap_or_else(PoisonError::into_inner);
        partners.insert(source.to_owned(), rows);
    }

    /// The rows of a source that others join, where they are there.
    pub(super) fn partner(&self, source: &str) -> Option<Arc<dyn TableProvider>> {
        self.partners.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }

    /// Registers a table in a time's schema, replacing one of the same name.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn register(&self, time: Time, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        let catalog = self.at(time).catalog(CATALOG);
        let schema: Option<Arc<dyn SchemaProvider>> =
            catalog.and_then(|catalog| catalog.schema(time.schema()));
        if let Some(schema) = schema {
            if schema.table_exist(name) {
                schema.deregister_table(name)?;
            }
            schema.register_table(name.to_owned(), table)?;
        }
        Ok(())
    }
}

fn runtime(settings: &Settings, scratch: Option<&Path>) -> Result<Arc<RuntimeEnv>> {
    let mut builder = RuntimeEnvBuilder::new();
    if let Some(folder) = scratch {
        let mode = DiskManagerMode::Directories(vec![folder.to_path_buf()]);
        builder = builder.with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode));
    }
    if let Some(bytes) = settings.memory {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        builder = builder.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
    }
    builder.build_arc()
}

fn context(
    time: Time,
    settings: &Settings,
    catalogs: Arc<MemoryCatalogProviderList>,
    runtime: &Arc<RuntimeEnv>,
    division: &Arc<Division>,
    rules: Vec<Rule>,
) -> Result<SessionContext> {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, time.schema())
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        // `0.2` in a calculation with money is an exact decimal, not a float.
        .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
        // Carets in messages about SQL.
        .set_bool("datafusion.sql_parser.collect_spans", true)
        // Tables divided by customer can also be grouped by customer and month as they are.
        .set_usize("datafusion.optimizer.subset_repartition_threshold", 1)
        .with_extension(Arc::clone(division));
    if let Some(threads) = settings.threads {
        config = config.with_target_partitions(threads.max(1));
    }
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .with_runtime_env(Arc::clone(runtime))
        .with_optimizer_rules(logical_rules())
        .with_physical_optimizer_rules(rules)
        .with_catalog_list(catalogs)
        .build();
    let context = SessionContext::new_with_state(state);
    functions::register(&context)?;
    Ok(context)
}

/// The engine's rules for plans of queries, with ours among them.
fn logical_rules() -> Vec<pushed::Rule> {
    let mut rules: Vec<pushed::Rule> = Optimizer::new().rules.into_iter().map(pushed::held).collect();
    // Ahead of the engine's, which make joins of queries in conditions.
    rules.insert(0, Arc::new(FirstRow));
    rules.push(Arc::new(TrueUnions));
    rules
}

/// The engine's rules for operators with ours among them.
fn physical_rules() -> Vec<Rule> {
    let mut rules = PhysicalOptimizer::new().rules;
    after(&mut rules, one_row::SIDES, Arc::new(one_row::OneRowLeft));
    after(&mut rules, merges::SORTS, Arc::new(merges::TrueMerges));
    rules.push(Arc::new(merges::TrueMerges));
    rules.push(Arc::new(functions::StreamWindows));
    rules.push(Arc::new(views::CopyTexts));
    rules
}

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// Puts a rule after the engine's rule of that name.
pub(super) fn after(rules: &mut Vec<Rule>, name: &str, rule: Rule) {
    if let Some(place) = rules.iter().position(|other| other.name() == name) {
        rules.insert(place + 1, rule);
    }
}
