//! The shipped SQL, table by table: runs every file of `tests/slt` against the engine's own sessions.
//!
//! Beside SQL, a statement may be `step NAME from sql/FILE.sql with a = 1, d = '2024-01-31', l = [1, 2]`: the shipped
//! file, bound to these parameters as a run binds them, becomes the table `NAME`; `previous.NAME` one of that schema.
//! `gather NAME from sql/A.sql + sql/B.sql with ...` is the rows of all these together, as of a step that gathers tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::datatypes::DataType;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::DataFrame;
use regulars::engine::output::in_one_order;
use regulars::engine::session::Settings;
use regulars::engine::sql::Query;
use regulars::engine::{Sessions, Time};
use regulars::pipeline::{Parameters, Value};
use regulars::problem::{Problem, SourceText};
use sqllogictest::{DBOutput, DefaultColumnType, Runner};
use tokio::runtime::Runtime;

use crate::data::shown;
use crate::support::{content, repository};

const STACK_BYTES: usize = 16 << 20;

struct Engine {
    sessions: Sessions,
    runtime: Runtime,
}

#[derive(Debug)]
struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl From<DataFusionError> for Failed {
    fn from(error: DataFusionError) -> Self {
        Self(error.strip_backtrace())
    }
}

type Output = DBOutput<DefaultColumnType>;

impl Engine {
    fn new() -> Self {
        let settings = Settings { threads: Some(2), ..Settings::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { sessions: Sessions::new(&settings, None).unwrap(), runtime }
    }

    fn sql(&self, sql: &str) -> Result<Output, Failed> {
        let context = self.sessions.at(Time::Current);
        let source = Arc::new(SourceText { name: "query".to_owned(), text: sql.to_owned() });
        // As a step's query is planned; other statements make the tables that it reads.
        let frame = match Query::parse(&source) {
            Ok(query) => {
                let plan = self.runtime.block_on(query.plan(context, &Parameters::new()));
                let plan = plan.map_err(|problems| self.explained(sql, &problems))?;
                DataFrame::new(context.state(), plan)
            }
            Err(_) => self.runtime.block_on(context.sql(sql))?,
        };
        let types: Vec<DefaultColumnType> =
            frame.schema().fields().iter().map(|field| column_type(field.data_type())).collect();
        let batches = self.runtime.block_on(frame.collect())?;
        if types.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let mut rows: Vec<Vec<String>> = Vec::new();
        for batch in &batches {
            let columns: Vec<Vec<String>> = batch.columns().iter().map(shown).collect();
            rows.extend((0..batch.num_rows()).map(|row| {
                let cell = |column: &Vec<String>| match column[row].as_str() {
                    "" => "(empty)".to_owned(),
                    text => text.to_owned(),
                };
                columns.iter().map(cell).collect()
            }));
        }
        Ok(DBOutput::Rows { types, rows })
    }

    /// What is said of a query, and after it what the engine says.
    fn explained(&self, sql: &str, problems: &[Problem]) -> Failed {
        let own = self.runtime.block_on(self.sessions.at(Time::Current).sql(sql)).err();
        let own = own.map_or_else(String::new, |error| error.strip_backtrace());
        Failed(format!("{}\n{own}", told(problems)))
    }

    /// Runs a shipped file and makes its result known as a table, its rows settled as a run settles them.
    fn step(&self, words: &str) -> Result<Output, Failed> {
        let (name, rest) =
            words.split_once(" from ").ok_or_else(|| Failed(format!("`from` is missing: {words}")))?;
        let (path, with) = rest.split_once(" with ").unwrap_or((rest, ""));
        let (path, name) = (path.trim(), name.trim());
        let text = std::fs::read_to_string(repository().join(path))
            .map_err(|error| Failed(format!("{path}: {error}")))?;
        let source = Arc::new(SourceText { name: path.to_owned(), text });
        let query = Query::parse(&source).map_err(|problem| Failed(problem.render(false)))?;
        let (time, table) = match name.split_once('.') {
            Some((schema, table)) => {
                (Time::of_schema(schema).ok_or_else(|| Failed(format!("no schema {schema}")))?, table)
            }
            None => (Time::Current, name),
        };
        let parameters = parameters(with)?;
        self.runtime.block_on(async {
            let context = self.sessions.at(time);
            let plan = query.plan(context, &parameters).await;
            let plan = plan.map_err(|problems| told(&problems))?;
            let frame = DataFrame::new(context.state(), in_one_order(plan)?);
            // The rows' own schema: of what may be NULL the planner knows less than the engine.
            let planned = frame.create_physical_plan().await?;
            let schema = planned.schema();
            let batches = datafusion::physical_plan::collect(planned, context.task_ctx()).await?;
            self.sessions.register(time, table, Arc::new(MemTable::try_new(schema, vec![batches])?))?;
            Ok(DBOutput::StatementComplete(0))
        })
    }
}

impl Engine {
    /// Runs several shipped files that yield the same columns, and makes their rows known as one table.
    fn gather(&self, words: &str) -> Result<Output, Failed> {
        let (name, rest) =
            words.split_once(" from ").ok_or_else(|| Failed(format!("`from` is missing: {words}")))?;
        let (paths, with) = rest.split_once(" with ").unwrap_or((rest, ""));
        let mut parts = Vec::new();
        for (number, path) in paths.split('+').enumerate() {
            let part = format!("{}_{number}", name.trim());
            self.step(&format!("{part} from {} with {with}", path.trim()))?;
            parts.push(part);
        }
        let columns = self.runtime.block_on(async {
            let first = self.sessions.at(Time::Current).table(parts[0].as_str()).await?;
            Ok::<_, DataFusionError>(
                first
                    .schema()
                    .fields()
                    .iter()
                    .map(|field| format!("\"{}\"", field.name()))
                    .collect::<Vec<_>>(),
            )
        })?;
        let selects: Vec<String> =
            parts.iter().map(|part| format!("select {} from {part}", columns.join(", "))).collect();
        self.sql(&format!("create or replace table {} as {}", name.trim(), selects.join(" union all ")))
    }
}

fn told(problems: &[Problem]) -> Failed {
    Failed(problems.iter().map(|problem| problem.render(false)).collect())
}

impl sqllogictest::DB for Engine {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<Output, Failed> {
        let sql = sql.trim();
        match (sql.strip_prefix("step "), sql.strip_prefix("gather ")) {
            (Some(words), _) => self.step(words),
            (None, Some(words)) => self.gather(words),
            (None, None) => self.sql(sql),
        }
    }
}

fn column_type(data_type: &DataType) -> DefaultColumnType {
    match data_type {
        DataType::Decimal128(..) => DefaultColumnType::FloatingPoint,
        number if number.is_integer() => DefaultColumnType::Integer,
        number if number.is_floating() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Text,
    }
}

/// `a = 1, d = '2024-01-31', l = [1, 2]`
fn parameters(words: &str) -> Result<Parameters, Failed> {
    let mut parameters = Parameters::new();
    let mut rest = words.trim();
    while !rest.is_empty() {
        let wrong = || Failed(format!("not a parameter: {rest}"));
        let (name, after) = rest.split_once('=').ok_or_else(wrong)?;
        let after = after.trim_start();
        let end = match after.chars().next().ok_or_else(wrong)? {
            '[' => after.find(']').ok_or_else(wrong)? + 1,
            '\'' => after[1..].find('\'').ok_or_else(wrong)? + 2,
            _ => after.find(',').unwrap_or(after.len()),
        };
        parameters.insert(name.trim().to_owned(), value(after[..end].trim())?);
        rest = after[end..].trim_start().trim_start_matches(',').trim_start();
    }
    Ok(parameters)
}

fn value(words: &str) -> Result<Value, Failed> {
    if let Some(text) = words.strip_prefix('\'').and_then(|words| words.strip_suffix('\'')) {
        return Ok(Value::from_text(text));
    }
    if let Some(items) = words.strip_prefix('[').and_then(|words| words.strip_suffix(']')) {
        if items.trim().is_empty() {
            return Ok(Value::List(Vec::new()));
        }
        return items.split(',').map(|item| value(item.trim())).collect::<Result<_, _>>().map(Value::List);
    }
    match (words, words.parse::<i64>(), words.parse::<f64>()) {
        ("true" | "false", ..) => Ok(Value::Bool(words == "true")),
        (_, Ok(whole), _) => Ok(Value::Integer(whole)),
        (_, _, Ok(_)) => Ok(Value::Decimal(words.to_owned())),
        _ => Err(Failed(format!("not a value: {words}"))),
    }
}

fn run(file: &Path) -> Result<(), String> {
    let mut runner = Runner::new(|| async { Ok(Engine::new()) });
    runner.with_column_validator(sqllogictest::strict_column_validator);
    runner.run_file(file).map_err(|error| error.display(false).to_string())
}

/// The files of a folder and of those in it: each module has one of its own.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Runs files on as many threads as the machine has; what failed, in the files' order.
fn run_all(files: &[PathBuf]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let one = || {
        let mut failures = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(number) else { return failures };
            failures.extend(run(file).err().map(|failure| (number, failure)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut failures = std::thread::scope(|scope| {
        // Plans are walked by recursion, which takes much stack where the build is not optimised.
        let start = |_| std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, one).unwrap();
        let started: Vec<_> = (0..threads).map(start).collect();
        started
            .into_iter()
            .flat_map(|thread| thread.join().expect("a file made the runner panic"))
            .collect::<Vec<_>>()
    });
    failures.sort();
    failures.into_iter().map(|(_, failure)| failure).collect()
}

/// Set it to run only files with this in their path: `REGULARS_SLT=care/health cargo test --test all slt`.
const ONLY: &str = "REGULARS_SLT";

/// Each module has a folder of files, and each file is run: none is left out by its name.
#[test]
fn every_shipped_table() {
    let mut files = files_below(&repository().join("tests/slt"));
    if let Ok(only) = std::env::var(ONLY) {
        files.retain(|file| file.display().to_string().contains(&only));
    }
    assert!(!files.is_empty(), "no such file below tests/slt");
    let failures = run_all(&files);
    assert!(
        failures.is_empty(),
        "{} of {} files of tests/slt fail\n\n{}",
        failures.len(),
        files.len(),
        failures.join("\n\n")
    );
}

/// No query ships without rows of which somebody has counted what it must yield.
#[test]
fn every_query_is_tested() {
    let tested: String = files_below(&repository().join("tests/slt"))
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let untested: Vec<String> = content(&repository().join("sql"))
        .into_iter()
        .map(|(name, _)| format!("sql/{name}"))
        .filter(|path| !tested.contains(path.as_str()))
        .collect();
    assert!(untested.is_empty(), "no file of tests/slt has {untested:#?}");
}

/// The runner itself: a wrong figure, an unbound parameter and an unknown table are failures.
#[test]
fn the_runner_can_fail() {
    let folder = tempfile::TempDir::new().unwrap();
    let fails = |text: &str| {
        let file = folder.path().join("wrong.slt");
        std::fs::write(&file, text).unwrap();
        run(&file).unwrap_err()
    };
    assert!(fails("query I\nselect 1\n----\n2\n").contains("query result mismatch"));
    assert!(fails("query T\nselect 1\n----\n1\n").contains("query columns mismatch"));
    assert!(fails("statement ok\nstep a from sql/rfm.sql with bins = 5\n").contains("customer_summary"));
    let unbound = "statement ok\ncreate table customer_summary as select 'a' as customer_id\n\nstatement ok\nstep a from sql/rfm.sql\n";
    assert!(fails(unbound).contains("no parameter `$bins` is set"));
}
