//! Executing a [`Plan`]: sources, steps, report, publication.
//!
//! ```text
//! lock ─> stage ─> audit sources ─> steps in order ─> render ─> swap in ─> latest, index
//! ```
//! Everything is written to a staging folder beside the published site. A run that fails removes it, leaves the site as
//! it was, and leaves a record of itself under `site/.runs/`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;

use crate::engine::intake::{Intake, Reading, Taken};
use crate::engine::plan::cache;
use crate::engine::source::{AFTER_AS_OF, Mapped};
use crate::engine::sql::plain;
use crate::engine::store::Store;
use crate::engine::{Plan, PlannedSource, Sessions, Time, output};
use crate::pipeline::{CheckSeverity, Source, TRANSACTIONS};
use crate::problem::{Failure, Kind, Problem, counted, thousands};
use crate::project::Theme;
use crate::report::{self, HeadlineFigure, Tables};

pub mod audit;
mod facts;
mod manifest;
mod memory;
mod publish;
mod reconcile;
mod steps;

use audit::SourceAudit;
use manifest::{InputRecord, Record};
use publish::{Lock, Staging};
use reconcile::{Rows, Sums};
use steps::Steps;

/// Told of a run's progress; a terminal shows it, a log keeps it.
pub trait Watch: Sync {
    /// So many things will begin and end.
    fn expects(&self, count: usize);
    /// Something begins that may take a while.
    fn begins(&self, what: &str);
    /// It ended; `result` says what came of it.
    fn ended(&self, what: &str, result: &str, took: Duration);
    /// Something that a reader of the log should know.
    fn warns(&self, problem: &Problem);
}

/// What a run published.
#[derive(Debug)]
pub struct Published {
    /// The page, or the folder of tables where the pipeline has no `report`.
    pub page: PathBuf,
    /// The headline figures.
    pub headline: Vec<HeadlineFigure>,
    /// Warnings that the report repeats.
    pub warnings: usize,
}

/// What the cache of a project may take where the pipeline does not say.
const CACHE_BYTES: u64 = 20 << 30;

/// Runs a plan and publishes its results.
///
/// `interrupt` ends the run when it is ready; it yields the number of the signal that asked for it.
///
/// # Errors
/// A failed check, trouble with data or environment, or another run of the same pipeline; the published site is then
/// as it was.
pub async fn run(
    plan: &Plan,
    theme: &Theme,
    watch: &dyn Watch,
    interrupt: impl Future<Output = i32>,
) -> Result<Published, Failure> {
    let lock = Lock::take(plan)?;
    let staging = Staging::new(plan, &lock)?;
    let mut record = Record::new(plan);
    let result = {
        let work = Run { plan, theme, watch, staging: &staging, record: &mut record }.run();
        tokio::select! {
            result = work => result,
            signal = interrupt => {
                let problem = Problem::new("interrupted; nothing was published");
                Err(Failure { kind: Kind::Interrupted(signal), problems: vec![problem] })
            }
        }
    };
    if let Err(failure) = &result {
        record.fail(failure);
        staging.leave_record(&record);
    }
    result
}

struct Run<'a> {
    plan: &'a Plan,
    theme: &'a Theme,
    watch: &'a dyn Watch,
    staging: &'a Staging,
    record: &'a mut Record,
}

impl Run<'_> {
    async fn run(mut self) -> Result<Published, Failure> {
        let scratch = self.staging.scratch();
        let sessions = Sessions::new(&self.plan.settings(), Some(scratch))
            .map_err(|error| engine_failed("the engine", &error))?;
        // The report is one more.
        self.watch.expects(self.plan.sources.len() + self.plan.nodes.len() + 1);
        let store = self.store()?;
        let result = self.publish(&sessions, store.as_ref()).await;
        // Steps read what is in the store to the end.
        if let Some(store) = store {
            let most = self.plan.pipeline.cache.unwrap_or(CACHE_BYTES);
            if let Err(error) = store.trim(most) {
                self.watch
                    .warns(&Problem::warning(format!("the cache in .regulars/ cannot be tidied: {error}")));
            }
        }
        result
    }

    async fn publish(&mut self, sessions: &Sessions, store: Option<&Store>) -> Result<Published, Failure> {
        let audits = self.take_in(sessions, store).await?;
        let mut warnings = self.judge(&audits)?;
        let mut tables = Tables::default();
        self.register_audits(sessions, &audits, &mut tables)?;
        let used = audits.iter().find(|audit| audit.name == TRANSACTIONS).and_then(SourceAudit::used);
        let used = used.map(Sums::from);
        let steps = Steps { plan: self.plan, sessions, staging: self.staging, watch: self.watch, used };
        for done in steps.run().await? {
            self.record.steps.extend(done.record);
            for (name, batch) in done.tables {
                tables.insert(&name, batch);
            }
        }
        let (page, headline) = self.render(&tables, &audits)?;
        warnings += page.unwrap_or(0);
        let page = publish::publish(self.plan, self.theme, self.staging, self.record)?;
        Ok(Published { page, headline, warnings })
    }

    /// Takes all sources in: their rows are read as far as earlier runs did not, counted, judged and set aside.
    async fn take_in(
        &mut self,
        sessions: &Sessions,
        store: Option<&Store>,
    ) -> Result<Vec<SourceAudit>, Failure> {
        let mut audits = Vec::new();
        for planned in &self.plan.sources {
            let Some(source) = self.plan.source(planned) else { continue };
            let begun = Instant::now();
            memory::forget_peak();
            self.watch.begins(&source.name.value);
            let intake = Intake {
                plan: self.plan,
                sessions,
                store,
                scratch: self.staging.scratch(),
                verify: self.plan.verify,
            };
            let failed = |problems| Failure { kind: Kind::Run, problems };
            let steps = self.plan.incremental_of(source);
            let taken = match intake.take(planned, source, steps).await.map_err(failed)? {
                Ok(taken) => taken,
                Err(error) => {
                    let mapped = self.plan.mapped(sessions, planned, source).map_err(failed)?;
                    let problem = reading_failed(self.plan, planned, source, &mapped, &error).await;
                    return Err(Failure::run(problem));
                }
            };
            let audit = audit::audit(self.plan, source, &taken);
            self.reconcile(sessions, planned, source, &audit).await?;
            let aside_begun = Instant::now();
            self.keep_aside(sessions, source, &taken).await?;
            let mut phases = taken.phases.clone();
            phases.push(("set aside", aside_begun.elapsed()));
            self.watch.ended(&source.name.value, &told(&audit, &taken.reading), begun.elapsed());
            self.inputs(planned, source, &taken);
            self.record.source(planned, &audit, &taken.reading, &phases, begun.elapsed());
            audits.push(audit);
        }
        Ok(audits)
    }

    /// Holds the table of a source, where steps read its rows again, against what was counted as used. A source without
    /// rules has all its rows.
    async fn reconcile(
        &self,
        sessions: &Sessions,
        planned: &PlannedSource,
        source: &Source,
        audit: &SourceAudit,
    ) -> Result<(), Failure> {
        let transactions = source.name.value == TRANSACTIONS;
        let judged = transactions || !source.quarantine.is_empty();
        let (true, Some(used)) = (judged && self.plan.reads_rows(source), audit.used()) else {
            return Ok(());
        };
        let name = source.name.value.as_str();
        let found = async {
            let frame = sessions.at(Time::Current).table(name).await?;
            Sums::of(frame, transactions.then_some("amount"), Rows::Counted).await
        };
        match found.await {
            Ok(found) => found.must_be(name, Sums::from(used)),
            Err(error) => {
                let failed = |problems| Failure { kind: Kind::Run, problems };
                let mapped = self.plan.mapped(sessions, planned, source).map_err(failed)?;
                Err(Failure::run(reading_failed(self.plan, planned, source, &mapped, &error).await))
            }
        }
    }

    /// What earlier runs left; none where the pipeline or the operator wants nothing kept.
    fn store(&self) -> Result<Option<Store>, Failure> {
        if self.plan.pipeline.cache == Some(0) || self.plan.fresh {
            return Ok(None);
        }
        let root = cache(&self.plan.pipeline);
        let store =
            Store::open(&root, &self.plan.pipeline.name.value).map_err(|error| cache_failed(&error))?;
        Ok(Some(store))
    }

    /// Keeps the rows that rules set aside, in an order that does not depend on files or threads.
    async fn keep_aside(&self, sessions: &Sessions, source: &Source, taken: &Taken) -> Result<(), Failure> {
        if taken.aside.is_empty() {
            return Ok(());
        }
        let context = sessions.at(Time::Current);
        let path = self.staging.quarantine(&source.name.value)?;
        let kept = async {
            let rows = output::read(context, &taken.aside)?;
            let (_, planned) = rows.into_parts();
            output::keep(context, planned, &path).await
        };
        kept.await
            .map_err(|error: DataFusionError| Failure::run(source_failed(self.plan, source, &error)))?;
        Ok(())
    }

    /// Puts the files that went in on record, each with its hash, so that the record says exactly what was read.
    fn inputs(&mut self, planned: &PlannedSource, source: &Source, taken: &Taken) {
        for (file, sha256) in planned.files.files.iter().zip(&taken.sha256) {
            let name = format!("{}/{}", planned.path.trim_end_matches('/'), file.name);
            let path = if planned.path.ends_with(&file.name) { planned.path.clone() } else { name };
            self.record.inputs.push(InputRecord {
                source: source.name.value.clone(),
                path,
                bytes: file.bytes,
                sha256: sha256.clone(),
            });
        }
    }

    /// Tells of failed checks; those of severity `error` end the run.
    fn judge(&self, audits: &[SourceAudit]) -> Result<usize, Failure> {
        let mut failed = Vec::new();
        let mut warned = 0;
        for check in audits.iter().flat_map(|audit| &audit.checks).filter(|check| !check.passed) {
            let what = format!("check {} of `{}`: {}", check.check, check.source, check.measured);
            let help = format!("expected {}", check.expected);
            match check.severity {
                CheckSeverity::Error => failed.push(Problem::new(what).help(help)),
                CheckSeverity::Warn => {
                    warned += 1;
                    self.watch.warns(&Problem::warning(what).help(help));
                }
            }
        }
        if failed.is_empty() { Ok(warned) } else { Err(Failure { kind: Kind::Check, problems: failed }) }
    }

    fn register_audits(
        &self,
        sessions: &Sessions,
        audits: &[SourceAudit],
        tables: &mut Tables,
    ) -> Result<(), Failure> {
        let (rows, checks) = audit::tables(audits).map_err(|error| engine_failed("the audit", &error))?;
        for (name, batch) in [("audit_rows", rows), ("audit_checks", checks)] {
            for time in Time::ALL {
                register(sessions, time, name, batch.clone()).map_err(|error| engine_failed(name, &error))?;
            }
            write_csv(self.staging, name, &batch)?;
            tables.insert(name, batch);
        }
        Ok(())
    }

    fn render(
        &self,
        tables: &Tables,
        audits: &[SourceAudit],
    ) -> Result<(Option<usize>, Vec<HeadlineFigure>), Failure> {
        let Some(report) = &self.plan.pipeline.report else { return Ok((None, Vec::new())) };
        let begun = Instant::now();
        self.watch.begins("report");
        let facts = facts::facts(self.plan, report, audits, &self.record.steps, self.staging);
        let page = report::render(&facts, tables, &self.theme.report).map_err(report_failed)?;
        publish::write(&self.staging.page(), page.html.as_bytes())?;
        for skipped in &page.skipped {
            let what = if skipped.whole { "section" } else { "part of section" };
            let problem =
                Problem::warning(format!("{what} `{}` is left out: {}", skipped.section, skipped.reason));
            self.watch.warns(&problem);
        }
        self.watch.ended("report", &format!("{:.0} kB", page.html.len() as f64 / 1e3), begun.elapsed());
        Ok((Some(page.skipped.len()), page.headline))
    }
}

fn register(sessions: &Sessions, time: Time, name: &str, batch: RecordBatch) -> Result<(), DataFusionError> {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    sessions.register(time, name, Arc::new(table))
}

/// Writes a small table as a download.
fn write_csv(staging: &Staging, table: &str, batch: &RecordBatch) -> Result<(), Failure> {
    let bytes = report::csv::write(batch).map_err(report_failed)?;
    publish::write(&staging.download(&format!("{table}.csv")), &bytes)
}

fn report_failed(error: report::ReportError) -> Failure {
    Failure { kind: Kind::Configuration, problems: vec![Problem::new(error.what).help(error.help)] }
}

fn engine_failed(what: &str, error: &DataFusionError) -> Failure {
    Failure::run(Problem::new(format!("{what} failed: {}", plain(error))))
}

/// The end of a run by a step.
fn step_failed(name: &str, error: &DataFusionError) -> Failure {
    Failure::run(explained(format!("step `{name}` failed: {}", plain(error)), error))
}

fn explained(what: String, error: &DataFusionError) -> Problem {
    let problem = Problem::new(what);
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => {
            problem.help("raise `memory:` in the pipeline, or free space for what spills to disk under site/")
        }
        _ => problem,
    }
}

/// The end of a run by a source, once its rows lie in the run's own files.
fn source_failed(plan: &Plan, source: &Source, error: &DataFusionError) -> Problem {
    let what = format!("source `{}`: {}", source.name.value, plain(error));
    explained(what, error).at(plan.pipeline.place(&source.path.at))
}

/// The first file of a source that cannot be read to its end.
fn broken_file(plan: &Plan, planned: &PlannedSource, source: &Source) -> Option<Problem> {
    planned.files.files.iter().find_map(|file| {
        let why = file.read_whole().err()?;
        let what = format!("source `{}`: {} cannot be read: {why}", source.name.value, file.name);
        let problem = Problem::new(what).at(plan.pipeline.place(&source.path.at));
        Some(problem.help("copy the file again from where it came, or move it away"))
    })
}

/// The end of a run by reading a source's files. The engine says neither which file nor which column broke it, so each
/// is read again by itself.
async fn reading_failed(
    plan: &Plan,
    planned: &PlannedSource,
    source: &Source,
    mapped: &Mapped,
    error: &DataFusionError,
) -> Problem {
    if let Some(problem) = broken_file(plan, planned, source) {
        return problem;
    }
    for column in &source.columns {
        if let Err(error) = mapped.read_column(&column.name.value).await {
            let what =
                format!("`{}` of source `{}`: {}", column.name.value, source.name.value, plain(&error));
            let problem = Problem::new(what).at(plan.pipeline.place(&column.sql.at));
            let help = "`TRY_CAST(... AS ...)` gives NULL for what does not fit; a quarantine rule can then set it aside";
            return problem.help(help);
        }
    }
    source_failed(plan, source, error)
}

fn cache_failed(error: &std::io::Error) -> Failure {
    let problem = Problem::new(format!("the cache in .regulars/ cannot be used: {error}"));
    Failure::run(problem.help("it may be removed at any time; `--no-cache` runs without it"))
}

/// What became of a source's rows, for the log.
fn told(audit: &SourceAudit, reading: &Reading) -> String {
    let (mut used, mut aside, mut later) = (0, 0, 0);
    for row in &audit.rows {
        match row.rule.as_deref() {
            None => used += row.rows,
            Some(AFTER_AS_OF) => later += row.rows,
            Some(_) => aside += row.rows,
        }
    }
    let mut text = format!("{} used", counted(used, "row"));
    for (rows, what) in [(aside, "set aside"), (later, "after as-of")] {
        if rows > 0 {
            text = format!("{text}, {} {what}", thousands(rows));
        }
    }
    if reading.known > 0 {
        let (known, read) = (reading.known as u64, reading.read.len() as u64);
        text = format!("{text}; {} read, {} known", counted(read, "file"), thousands(known));
    }
    text
}
