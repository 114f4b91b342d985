//! Executing a [`Plan`]: sources, steps, report, publication.
//!
//! ```text
//! lock ─> stage ─> audit sources ─> steps in order ─> mask ─> downloads, page ─> swap in ─> latest, index
//!                                 ╰──────────── of each variant too ─────────╯
//! ```
//! Everything is written to staging folders beside the published ones. A run that fails removes them, leaves the site
//! unchanged, and writes a record of itself under `site/.runs/`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::ident;

use crate::engine::cause::behind;
use crate::engine::data_errors::worded;
use crate::engine::explained::plain;
use crate::engine::functions::is_overflow;
use crate::engine::intake::{Intake, Reading, Taken};
use crate::engine::mapper::Mapped;
use crate::engine::plan::{Ending, cache};
use crate::engine::quarantine::AFTER_AS_OF;
use crate::engine::storage::{DataFile, Fault};
use crate::engine::store::Store;
use crate::engine::{Plan, PlannedSource, Sessions, Time, csv, failing, guard, output};
use crate::pipeline::{CUSTOMERS, CheckSeverity, Source, TRANSACTIONS, WHERE, When};
use crate::problem::{Failure, FailureKind, Problem, counted, thousands};
use crate::project::Theme;
use crate::report::{self, HeadlineFigure, Tables};

pub mod audit;
mod downloads;
mod facts;
mod groups;
mod known;
mod manifest;
mod masking;
mod memory;
mod money;
mod publish;
mod reconcile;
mod rehearsal;
mod step_checks;
mod steps;
mod unfit;

use audit::{CheckResult, SourceAudit};
use downloads::{Downloads, Written};
use manifest::{InputRecord, Record};
use masking::Masking;
use publish::{Lock, Staging};
use reconcile::{Rows, Sums, Used};
use steps::Steps;

pub use publish::published;
pub use rehearsal::rehearse;

/// Receives a run's progress; a terminal shows it, a log keeps it.
pub trait Watch: Sync {
    /// This many tasks will begin and end.
    fn expects(&self, count: usize);
    /// A task begins that may take a while.
    fn begins(&self, what: &str);
    /// The task ended; `result` describes its outcome.
    fn ended(&self, what: &str, result: &str, took: Duration);
    /// Something normal, for the log.
    fn tells(&self, line: &str);
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
    /// Warnings that the report shows too.
    pub warnings: usize,
}

/// Limit of a project's cache if the pipeline does not set one.
const CACHE_BYTES: u64 = 20 << 30;

/// A report to make: a pipeline's own, or that of one of its variants.
pub struct Edition<'a> {
    /// Its plan.
    pub plan: &'a Plan,
    /// Its look and words.
    pub theme: &'a Theme,
}

impl<'a> Edition<'a> {
    /// Those of a plan and of its variants; the themes stand in the same order, the plan's own first.
    pub fn all(plan: &'a Plan, themes: &'a [Theme]) -> Vec<Self> {
        let plans = [plan].into_iter().chain(&plan.variants);
        plans.zip(themes).map(|(plan, theme)| Self { plan, theme }).collect()
    }
}

/// Runs a plan and those of its variants, and publishes the results.
///
/// Files are read once for all reports. The reports are published one after the other when all are made. `editions` are
/// the plan's own and those of its variants, in order. `interrupt` ends the run when it is ready; it yields the number
/// of the signal.
///
/// # Errors
/// A failed check, a problem with data or environment, or another run of the same pipeline; the published site is then
/// unchanged.
pub async fn run(
    editions: &[Edition<'_>],
    watch: &dyn Watch,
    interrupt: impl Future<Output = i32>,
) -> Result<Vec<Published>, Failure> {
    let mut locks = Vec::new();
    for edition in editions {
        locks.push(Lock::take(edition.plan)?);
    }
    let mut places = Vec::new();
    for (edition, lock) in editions.iter().zip(&locks) {
        let staging = Staging::new(edition.plan, lock)?;
        if edition.plan.ending == Ending::Published {
            publish::ready(edition.plan, edition.theme, &staging)?;
        }
        let watch = OfVariant { name: variant_name(edition.plan), watch };
        places.push((staging, Record::new(edition.plan), watch));
    }
    let result = {
        let runs = editions.iter().zip(&mut places).map(|(edition, (staging, record, watch))| Run {
            plan: edition.plan,
            theme: edition.theme,
            watch,
            staging,
            record,
        });
        let work = all(runs.collect());
        tokio::select! {
            result = Box::pin(guard::caught_in(work)) => result.unwrap_or_else(|text| Err(Failure::run(gave_up(&text)))),
            signal = interrupt => {
                let problem = Problem::new("interrupted; nothing was published");
                Err(Failure { kind: FailureKind::Interrupted(signal), problems: vec![problem] })
            }
        }
    };
    if let Err(failure) = &result {
        for (staging, record, _) in &mut places {
            record.fail(failure);
            staging.leave_record(record);
        }
    }
    result
}

fn variant_name(plan: &Plan) -> Option<&str> {
    plan.pipeline.variant.as_ref().map(|variant| variant.name.value.as_str())
}

/// Adds the variant's name to its progress.
struct OfVariant<'a> {
    name: Option<&'a str>,
    watch: &'a dyn Watch,
}

impl OfVariant<'_> {
    fn named(&self, what: &str) -> String {
        self.name.map_or_else(|| what.to_owned(), |name| format!("{name}: {what}"))
    }
}

impl Watch for OfVariant<'_> {
    fn expects(&self, count: usize) {
        self.watch.expects(count);
    }
    fn begins(&self, what: &str) {
        self.watch.begins(&self.named(what));
    }
    fn ended(&self, what: &str, result: &str, took: Duration) {
        self.watch.ended(&self.named(what), result, took);
    }
    fn tells(&self, line: &str) {
        self.watch.tells(&self.named(line));
    }
    fn warns(&self, problem: &Problem) {
        self.watch.warns(&Problem { what: self.named(&problem.what), ..problem.clone() });
    }
}

/// One report being made.
struct Run<'a> {
    plan: &'a Plan,
    theme: &'a Theme,
    watch: &'a dyn Watch,
    staging: &'a Staging,
    record: &'a mut Record,
}

/// A report that is staged.
struct Staged {
    headline: Vec<HeadlineFigure>,
    warnings: usize,
}

/// Takes in the sources, makes all reports, and publishes them.
async fn all(mut runs: Vec<Run<'_>>) -> Result<Vec<Published>, Failure> {
    let mut sessions = Vec::new();
    for run in &runs {
        let scratch = run.staging.scratch();
        let own = Sessions::new(&run.plan.settings(), Some(scratch));
        sessions.push(own.map_err(|error| engine_failed("the engine", &error))?);
    }
    let Some(first) = runs.first() else { return Ok(Vec::new()) };
    let nodes: usize = runs.iter().map(|run| run.plan.nodes.len()).sum();
    first.watch.expects(first.plan.sources.len() + nodes + runs.len());
    let store = first.store();
    let result = publish_all(&mut runs, &sessions, store.as_ref()).await;
    // The store must stay until the steps have finished reading from it.
    if let (Some(store), Some(first)) = (store, runs.first()) {
        let most = first.plan.pipeline.cache.unwrap_or(CACHE_BYTES);
        if let Err(error) = store.trim(most) {
            first
                .watch
                .warns(&Problem::warning(format!("the cache in .regulars/ cannot be tidied: {error}")));
        }
    }
    result
}

async fn publish_all(
    runs: &mut [Run<'_>],
    sessions: &[Sessions],
    store: Option<&Store>,
) -> Result<Vec<Published>, Failure> {
    for run in &*runs {
        run.tell();
    }
    let audits = take_in(runs, sessions, store).await?;
    let mut staged = Vec::new();
    for ((run, sessions), audits) in runs.iter_mut().zip(sessions).zip(&audits) {
        staged.push(run.make(sessions, audits).await?);
    }
    if let Some(first) = runs.first() {
        first.unchanged()?;
    }
    let mut published = Vec::new();
    for (run, staged) in runs.iter_mut().zip(staged) {
        published.push(run.publish(staged).await?);
    }
    Ok(published)
}

/// Takes in all sources: rows not known from earlier runs are read, counted, checked and set aside. Ordered by report.
async fn take_in(
    runs: &mut [Run<'_>],
    sessions: &[Sessions],
    store: Option<&Store>,
) -> Result<Vec<Vec<SourceAudit>>, Failure> {
    let mut audits: Vec<Vec<(usize, SourceAudit)>> = runs.iter().map(|_| Vec::new()).collect();
    let sources = runs.first().map(|first| first.plan.intake_order()).unwrap_or_default();
    for planned in sources {
        let begun = Instant::now();
        memory::forget_peak();
        let Some((taken, of_source, mut phases)) = take_source(runs, sessions, store, planned).await? else {
            continue;
        };
        let aside_begun = Instant::now();
        for ((run, sessions), audit) in runs.iter().zip(sessions).zip(&of_source) {
            let Some(source) = run.plan.source(planned) else { continue };
            run.reconcile(sessions, planned, source, audit).await?;
        }
        let aside = [&taken.aside].into_iter().chain(taken.beside.iter().map(|beside| &beside.aside));
        for ((run, sessions), aside) in runs.iter().zip(sessions).zip(aside) {
            let Some(source) = run.plan.source(planned) else { continue };
            run.keep_aside(sessions, source, aside).await?;
        }
        phases.push(("set aside", aside_begun.elapsed()));
        for ((run, audit), audits) in runs.iter_mut().zip(of_source).zip(&mut audits) {
            let Some(source) = run.plan.source(planned) else { continue };
            run.source_ended(planned, source, &audit, &taken, begun.elapsed());
            let audit = audit.of_part();
            run.inputs(planned, source, &taken);
            let (reading, took) = (&taken.reading, begun.elapsed());
            run.record.source(&run.plan.pipeline, planned, &audit, reading, &phases, took);
            audits.push((planned.index, audit));
        }
    }
    for run in runs {
        run.record.order_sources(&run.plan.pipeline);
    }
    // What is told of them stands in the order of the pipeline.
    let in_order = |mut audits: Vec<(usize, SourceAudit)>| {
        audits.sort_by_key(|(index, _)| *index);
        audits.into_iter().map(|(_, audit)| audit).collect()
    };
    Ok(audits.into_iter().map(in_order).collect())
}

/// The result of taking in a source: the source itself, and its audit for each report.
type TakenSource = (Taken, Vec<SourceAudit>, Vec<(&'static str, Duration)>);

async fn take_source(
    runs: &[Run<'_>],
    sessions: &[Sessions],
    store: Option<&Store>,
    planned: &PlannedSource,
) -> Result<Option<TakenSource>, Failure> {
    let Some((first, of_first)) = runs.first().zip(sessions.first()) else { return Ok(None) };
    let Some(source) = first.plan.source(planned) else { return Ok(None) };
    first.watch.begins(&source.name.value);
    if let Some(unnamed) = csv::unnamed(&planned.files.files) {
        let what = format!("source `{}`: {unnamed}", source.name.value);
        first.watch.warns(&Problem::warning(what).help("a column is read if the header names it"));
    }
    let beside: Vec<(&Plan, &Sessions)> =
        runs.iter().zip(sessions).skip(1).map(|(run, sessions)| (run.plan, sessions)).collect();
    let intake = Intake {
        plan: first.plan,
        sessions: of_first,
        store,
        scratch: first.staging.scratch(),
        verify: first.plan.verify,
        beside: &beside,
    };
    let failed = |problems| Failure { kind: FailureKind::Run, problems };
    let mut taken = intake.take(planned, source).await.map_err(failed)?;
    // A failure caused by the cache may not occur without it.
    if let (Err(error), Some(_)) = (&taken, store)
        && Fault::behind(error).is_none()
        && csv::Fault::behind(error).is_none()
        && let Some(reason) = io_cause(error)
    {
        let without = Intake { store: None, ..intake };
        let again = without.take(planned, source).await.map_err(failed)?;
        if again.is_ok() {
            first.watch.warns(&without_cache(&reason));
            taken = again;
        }
    }
    let taken = match taken {
        Ok(taken) => taken,
        Err(error) => {
            let mapped = first.plan.mapped(of_first, planned, source).map_err(failed)?;
            let problem = reading_failed(first.plan, of_first, planned, source, &mapped, &error).await;
            return Err(Failure::run(problem));
        }
    };
    let audit = audit::audit(first.plan, planned, source, &taken);
    reconcile::all_accounted_for(&audit)?;
    first.plan.keep_joined(of_first, source, first.staging.scratch()).await?;
    first.plan.tells_of_no_others(of_first, source).await?;
    let mut audits = Vec::with_capacity(runs.len());
    for (run, beside) in runs.iter().skip(1).zip(&taken.beside) {
        let Some(source) = run.plan.source(planned) else { continue };
        audits.push(audit::audit_beside(source, &audit, beside));
    }
    audits.insert(0, audit);
    let phases = taken.phases.clone();
    Ok(Some((taken, audits, phases)))
}

impl Run<'_> {
    /// Reports what is known before anything is read.
    fn tell(&self) {
        for warning in &self.plan.warnings {
            self.watch.warns(warning);
        }
        for module in &self.plan.pipeline.modules {
            if let Some(lack) = &module.left_out {
                self.watch.tells(&format!("the module `{}` is left out: {lack}", module.name.value));
            }
        }
    }

    /// Makes the report, up to the point where only publication is left.
    async fn make(&mut self, sessions: &Sessions, audits: &[SourceAudit]) -> Result<Staged, Failure> {
        // These checks are of the source, which is the same for all reports.
        let of_sources: Vec<CheckResult> = audits.iter().flat_map(|audit| audit.checks.clone()).collect();
        let checks = if self.plan.pipeline.variant.is_some() { 0 } else { self.judge(&of_sources)? };
        let mut warnings = checks + self.plan.warnings.len();
        let mut tables = Tables::default();
        register_audits(self.plan, sessions, audits, &mut tables)?;
        let used = audits.iter().filter_map(|audit| Some((audit.name.clone(), Used::of_source(audit)?)));
        let used = Mutex::new(used.collect());
        let steps = Steps { plan: self.plan, sessions, staging: self.staging, watch: self.watch, used };
        let mut kept = Vec::new();
        for done in steps.run().await? {
            self.record.steps.extend(done.record);
            kept.extend(done.kept);
            for (name, batch) in done.tables {
                tables.insert(&name, batch);
            }
        }
        let of_steps = step_checks::results(self.plan, sessions).await?;
        warnings += self.judge(&of_steps)?;
        if !of_steps.is_empty() {
            let all = audit::tables(self.plan, audits, &of_steps);
            let (_, checks) = all.map_err(|error| engine_failed("the audit", &error))?;
            tables.insert("audit_checks", checks);
        }
        self.record.checks(&of_steps);
        let downloads = Downloads::of(self.plan, kept, &tables);
        let mut masking = Masking::learn(self.plan, sessions, &tables, downloads.large()).await?;
        let tables = masking.tables(tables)?;
        let written = downloads.write(self.plan, self.theme, self.staging, &tables, &mut masking)?;
        warnings += self.warn(&masking.warnings()) + self.warn(&written.warnings);
        for line in &written.left_out {
            self.watch.tells(line);
        }
        let (page, headline) = self.render(&tables, audits, &of_steps, &written)?;
        warnings += page.unwrap_or(0);
        Ok(Staged { headline, warnings })
    }

    async fn publish(&mut self, Staged { headline, mut warnings }: Staged) -> Result<Published, Failure> {
        if self.plan.ending == Ending::Draft {
            let page = publish::leave_draft(self.plan, self.staging, self.record)?;
            return Ok(Published { page, headline, warnings });
        }
        let (page, warned) = publish::publish(self.plan, self.theme, self.staging, self.record).await?;
        warnings += self.warn(&warned);
        Ok(Published { page, headline, warnings })
    }

    fn warn(&self, problems: &[Problem]) -> usize {
        for problem in problems {
            self.watch.warns(problem);
        }
        problems.len()
    }

    /// Reports the outcome of a source: for its files once, and for its rows in each variant made of some of them.
    fn source_ended(
        &self,
        planned: &PlannedSource,
        source: &Source,
        audit: &SourceAudit,
        taken: &Taken,
        took: Duration,
    ) {
        let name = &source.name.value;
        if self.plan.pipeline.variant.is_some() {
            if let Some(outside) = &audit.outside {
                let text = format!("{name}: {}, {} outside", rows_summary(audit), thousands(outside.rows));
                self.watch.tells(&text);
                let empty = audit.used().is_none_or(|used| used.rows == 0);
                if empty && name == TRANSACTIONS {
                    let key = source.only.first().map_or(WHERE, |only| only.key);
                    let what = format!("no row of `{name}` meets the variant's `{key}`: its report is empty");
                    self.watch.warns(&Problem::warning(what));
                }
                if outside.undecided > 0 && !outside.public {
                    let rows = counted(outside.undecided, "used row");
                    let text = format!(
                        "{name}: {rows} of customers of whom `{CUSTOMERS}` does not say it; in no such report"
                    );
                    self.watch.tells(&text);
                } else if outside.undecided > 0 {
                    let rows = counted(outside.undecided, "used row");
                    let what = format!(
                        "`where` is neither true nor false for {rows} of `{name}`, as a value is missing"
                    );
                    let help = "they are not in this report; say what is meant, as in `coalesce(country, '') = 'FR'`";
                    self.watch.warns(&Problem::warning(what).help(help));
                }
            }
            return;
        }
        self.watch.ended(name, &summary(audit, &taken.reading), took);
        if taken.reading.damaged > 0 {
            self.watch.warns(&damaged(name, taken.reading.damaged));
        }
        if name == TRANSACTIONS && self.plan.pipeline.report.is_some() {
            self.warn_of_nothing(source, audit);
        }
        for note in self.plan.notes_of(planned) {
            let text = format!("source `{name}`: {}", note.text);
            if note.warns {
                self.watch.warns(&Problem::warning(text));
            } else {
                self.watch.tells(&text);
            }
        }
    }

    /// Warns of a report of zeros: no row is used, or none is of the report's time.
    fn warn_of_nothing(&self, source: &Source, audit: &SourceAudit) {
        let dates = &self.plan.dates;
        let at = self.plan.pipeline.as_of_at.clone().unwrap_or_else(|| source.path.at.clone());
        let used = audit.used().map_or(0, |row| row.rows);
        if used == 0 && audit.rows_in() > 0 {
            let most = audit.rows.iter().filter(|row| row.rule.is_some()).max_by_key(|row| row.rows);
            let rule = most.and_then(|row| row.rule.as_deref()).unwrap_or_default();
            let rows = counted(audit.rows_in(), "row");
            let what = format!("none of {rows} of `{TRANSACTIONS}` is used: all figures are zero");
            let (help, at) = if rule == AFTER_AS_OF {
                (
                    format!(
                        "they are dated after {}: choose a later date under `as_of`, or by `--as-of`",
                        dates.as_of
                    ),
                    at,
                )
            } else {
                let of_rule = source.quarantine.iter().find(|known| known.name.value == rule);
                let at = of_rule.map_or(at, |rule| rule.name.at.clone());
                (
                    format!("most met the quarantine rule `{rule}`; they are in private/, under quarantine/"),
                    at,
                )
            };
            self.watch.warns(&Problem::warning(what).at(self.plan.pipeline.place(&at)).help(help));
            return;
        }
        let Some((_, last)) = audit.days.filter(|(_, last)| *last < dates.before.0) else { return };
        let what = format!(
            "the last row of `{TRANSACTIONS}` is of {last}, and the report's last full period begins on {}: its figures are zero",
            dates.period_start
        );
        let help = format!("choose a date within the data under `as_of`, such as {last}, or by `--as-of`");
        self.watch.warns(&Problem::warning(what).at(self.plan.pipeline.place(&at)).help(help));
    }

    /// Compares the table of a source with what was counted as used, if steps read its rows again. A source without
    /// rules uses all its rows.
    async fn reconcile(
        &self,
        sessions: &Sessions,
        planned: &PlannedSource,
        source: &Source,
        audit: &SourceAudit,
    ) -> Result<(), Failure> {
        let transactions = source.name.value == TRANSACTIONS;
        let judged = transactions || source.by_day.is_some() || !source.quarantine.is_empty();
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
                let failed = |problems| Failure { kind: FailureKind::Run, problems };
                let mapped = self.plan.mapped(sessions, planned, source).map_err(failed)?;
                Err(Failure::run(reading_failed(self.plan, sessions, planned, source, &mapped, &error).await))
            }
        }
    }

    /// The store of earlier runs; none if the pipeline or the operator turned it off.
    fn store(&self) -> Option<Store> {
        if self.plan.pipeline.cache == Some(0) || self.plan.fresh {
            return None;
        }
        let root = cache(&self.plan.pipeline);
        // It holds rows with unmasked ids.
        publish::keep_private(root.parent().unwrap_or(&root));
        match Store::open(&root, &self.plan.pipeline.name.value) {
            Ok(store) => Some(store),
            Err(error) => {
                self.watch.warns(&without_cache(&error.to_string()));
                None
            }
        }
    }

    /// Keeps the rows that rules set aside, in an order that does not depend on files or threads.
    async fn keep_aside(
        &self,
        sessions: &Sessions,
        source: &Source,
        aside: &[PathBuf],
    ) -> Result<(), Failure> {
        if aside.is_empty() {
            return Ok(());
        }
        let context = sessions.at(Time::Current);
        let path = self.staging.quarantine(&source.name.value)?;
        let kept = async { output::keep_folded(context, output::read(context, aside)?, &path).await };
        kept.await
            .map_err(|error: DataFusionError| Failure::run(source_failed(self.plan, source, &error)))?;
        Ok(())
    }

    /// Records the input files, each with its hash: the record says exactly what was read.
    fn inputs(&mut self, planned: &PlannedSource, source: &Source, taken: &Taken) {
        for (file, sha256) in planned.files.files.iter().zip(&taken.sha256) {
            self.record.inputs.push(InputRecord {
                source: source.name.value.clone(),
                // Outside the project, a file is named by the source's folder and its path below that folder.
                path: self.plan.pipeline.shown(&file.path, Path::new(&file.name).components().count() + 1),
                bytes: file.bytes,
                sha256: sha256.clone(),
            });
        }
    }

    /// Whether all files are still the same as found: the published report must be of these files, even if they were
    /// not read again.
    fn unchanged(&self) -> Result<(), Failure> {
        for planned in &self.plan.sources {
            let Some(source) = self.plan.source(planned) else { continue };
            let changed = planned.files.files.iter().find_map(|file| DataFile::still_there(file).err());
            if let Some(error) = changed {
                let error = DataFusionError::IoError(error);
                let problem = at_fault(self.plan, source, &error);
                return Err(Failure::run(
                    problem.unwrap_or_else(|| source_failed(self.plan, source, &error)),
                ));
            }
        }
        Ok(())
    }

    /// Reports failed checks; those of severity `error` end the run.
    fn judge(&self, results: &[CheckResult]) -> Result<usize, Failure> {
        let mut failed = Vec::new();
        let mut warned = 0;
        for check in results.iter().filter(|check| !check.passed) {
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
        if failed.is_empty() {
            Ok(warned)
        } else {
            Err(Failure { kind: FailureKind::Check, problems: failed })
        }
    }

    fn render(
        &self,
        tables: &Tables,
        audits: &[SourceAudit],
        of_steps: &[CheckResult],
        written: &Written,
    ) -> Result<(Option<usize>, Vec<HeadlineFigure>), Failure> {
        let Some(report) = &self.plan.pipeline.report else { return Ok((None, Vec::new())) };
        let begun = Instant::now();
        self.watch.begins("report");
        let facts = facts::facts(self.plan, report, audits, of_steps, &self.record.steps, written);
        let page = report::render(&facts, tables, &self.theme.report).map_err(report_failed)?;
        publish::write(&self.staging.page(), page.html.as_bytes())?;
        let mut bytes = page.html.len();
        if let Some(method) = &page.method {
            publish::write(&self.staging.method_page(), method.as_bytes())?;
            bytes += method.len();
        }
        let summary = page.summary.to_json().map_err(|error| {
            Failure::run(Problem::new(format!("the headline figures cannot be written: {error}")))
        })?;
        publish::write(&self.staging.summary(), &summary)?;
        for skipped in &page.skipped {
            let what = if skipped.whole { "section" } else { "part of section" };
            let problem =
                Problem::warning(format!("{what} `{}` is left out: {}", skipped.section, skipped.reason));
            self.watch.warns(
                &problem
                    .help("if there should be something, look at the dates and conditions of its queries"),
            );
        }
        self.watch.ended("report", &format!("{:.0} kB", bytes as f64 / 1e3), begun.elapsed());
        Ok((Some(page.skipped.len()), page.summary.figures))
    }
}

/// Makes the audit tables available to queries and to the page.
fn register_audits(
    plan: &Plan,
    sessions: &Sessions,
    audits: &[SourceAudit],
    tables: &mut Tables,
) -> Result<(), Failure> {
    let (rows, checks) =
        audit::tables(plan, audits, &[]).map_err(|error| engine_failed("the audit", &error))?;
    for (name, batch) in [("audit_rows", rows), ("audit_checks", checks)] {
        for time in Time::ALL {
            register(sessions, time, name, batch.clone()).map_err(|error| engine_failed(name, &error))?;
        }
        tables.insert(name, batch);
    }
    Ok(())
}

fn register(sessions: &Sessions, time: Time, name: &str, batch: RecordBatch) -> Result<(), DataFusionError> {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    sessions.register(time, name, Arc::new(table))
}

fn report_failed(error: report::ReportError) -> Failure {
    Failure { kind: FailureKind::Configuration, problems: vec![Problem::new(error.what).help(error.help)] }
}

fn engine_failed(what: &str, error: &DataFusionError) -> Failure {
    Failure::run(Problem::new(format!("{what} failed: {}", plain(error))))
}

/// The error that ends a run because of a step.
fn step_failed(name: &str, error: &DataFusionError) -> Failure {
    Failure::run(explained(format!("step `{name}` failed: {}", plain(error)), error))
}

fn explained(what: String, error: &DataFusionError) -> Problem {
    let problem = Problem::new(what);
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => problem
            .help("raise `memory:` in the pipeline, or free space for what spills to disk under private/"),
        _ => problem,
    }
}

/// The error that ends a run because of a source, after its rows are in the run's own files.
fn source_failed(plan: &Plan, source: &Source, error: &DataFusionError) -> Problem {
    let what = format!("source `{}`: {}", source.name.value, plain(error));
    explained(what, error).at(plan.pipeline.place(&source.path.at))
}

/// The error that ends a run because a file is not as it was found, if `error` says this.
fn at_fault(plan: &Plan, source: &Source, error: &DataFusionError) -> Option<Problem> {
    let fault = Fault::behind(error)?;
    let problem = Problem::new(format!("source `{}`: {fault}", source.name.value));
    Some(problem.at(plan.pipeline.place(&source.path.at)).help(fault.remedy()))
}

/// The error that ends the program because of a bug of its own.
pub(crate) fn gave_up(text: &str) -> Problem {
    Problem::new(format!("the program gave up on something that it does not know: {text}"))
        .help("this is a fault of the program, please report it; nothing was published")
}

/// The error for the first file of a source that cannot be read to its end.
fn broken_file(plan: &Plan, planned: &PlannedSource, source: &Source) -> Option<Problem> {
    planned.files.files.iter().find_map(|file| {
        let why = file.read_whole().err()?;
        let fault = file.still_there().err().map(DataFusionError::IoError);
        if let Some(problem) = fault.and_then(|error| at_fault(plan, source, &error)) {
            return Some(problem);
        }
        let what = format!("source `{}`: {} cannot be read: {why}", source.name.value, file.name);
        let problem = Problem::new(what).at(plan.pipeline.place(&source.path.at));
        Some(problem.help("copy the file again from where it came, or move it away"))
    })
}

/// The error that ends a run because a source's files cannot be read. The engine does not name the file or the column,
/// so each is read again alone.
async fn reading_failed(
    plan: &Plan,
    sessions: &Sessions,
    planned: &PlannedSource,
    source: &Source,
    mapped: &Mapped,
    error: &DataFusionError,
) -> Problem {
    if let Some(fault) = csv::Fault::behind(error) {
        let what = format!("source `{}`: {fault}", source.name.value);
        return Problem::new(what).at(plan.pipeline.place(&source.path.at)).help_if(fault.remedy());
    }
    if let Some(Fault::Changed(_) | Fault::Broken { .. }) = Fault::behind(error)
        && let Some(problem) = at_fault(plan, source, error)
    {
        return problem;
    }
    if let Some(problem) = broken_file(plan, planned, source) {
        return problem;
    }
    if let Some(problem) = at_fault(plan, source, error) {
        return problem;
    }
    for column in &source.columns {
        if let Err(error) = mapped.read_column(&column.name.value).await {
            let reason = plain(&error);
            if is_overflow(&error) {
                let what = format!("`{}` of source `{}`: {reason}", column.name.value, source.name.value);
                return Problem::new(what).at(plan.pipeline.place(&column.sql.at));
            }
            let (place, help) = unfit::explain(planned, &column.sql.value, &reason);
            let what = format!("`{}` of source `{}`: {reason}{place}", column.name.value, source.name.value);
            return worded(Problem::new(what)).at(plan.pipeline.place(&column.sql.at)).help(help);
        }
    }
    let rules: Vec<&str> = source
        .quarantine
        .iter()
        .filter_map(|rule| match &rule.when {
            When::Sql(sql) => Some(sql.value.as_str()),
            When::Repeated(_) => None,
        })
        .collect();
    let problem = source_failed(plan, source, error);
    let (place, help) = unfit::explain(planned, &rules.join("\n"), &problem.what);
    // The only rule that can fail so is the one that did.
    let divides = problem.what.contains("divide by zero");
    let can = |sql: &str| {
        let sql = sql.to_ascii_lowercase();
        if divides {
            sql.contains(['/', '%'])
        } else {
            ["cast", "::", "parse_"].iter().any(|word| sql.contains(word))
        }
    };
    let mut fails = source.quarantine.iter().filter_map(|rule| match &rule.when {
        When::Sql(sql) if can(&sql.value) => Some(&sql.at),
        _ => None,
    });
    let rule = fails.next().filter(|_| fails.next().is_none());
    // Without a place, it is unknown whether the value belongs to a rule.
    let problem = if place.is_empty() {
        in_increments(plan, sessions, source, mapped, &problem.what).await.unwrap_or(problem)
    } else {
        Problem { what: format!("{}{place}", problem.what), ..problem.help(help) }
    };
    let of_rule = divides || !place.is_empty();
    let problem = worded(problem);
    match rule.filter(|_| of_rule) {
        Some(at) => problem.at(plan.pipeline.place(at)),
        None => problem,
    }
}

/// The error for a value that a query could not convert, if the query is applied to each file's rows alone.
async fn in_increments(
    plan: &Plan,
    sessions: &Sessions,
    source: &Source,
    mapped: &Mapped,
    message: &str,
) -> Option<Problem> {
    let name = source.name.value.as_str();
    let alone = sessions.alone(1).ok()?;
    let columns = mapped.columns.iter().map(ident).collect();
    let schema = Arc::new(mapped.select(columns).ok()?.schema().as_arrow().clone());
    alone.register_table(name, Arc::new(EmptyTable::new(schema))).ok()?;
    for step in plan.incremental_of(source) {
        let found = failing::conversion(&step.query, &alone, &step.parameters, &[], message).await;
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The warning that the cache cannot be used; this only costs time.
fn without_cache(reason: &str) -> Problem {
    Problem::warning(format!("the cache in .regulars/ cannot be used ({reason}); the run goes on without it"))
        .help("check its permissions and the free space; it may be removed at any time; `cache: off` does without")
}

fn damaged(source: &str, entries: usize) -> Problem {
    let what = format!(
        "source `{source}`: {} of the cache in .regulars/ {} damaged; the files were read again",
        counted(entries as u64, "part"),
        if entries == 1 { "was" } else { "were" }
    );
    Problem::warning(what).help("if this comes again, check the disk")
}

/// The system's message, if an error comes from reading or writing files.
fn io_cause(error: &DataFusionError) -> Option<String> {
    behind::<std::io::Error>(error).map(ToString::to_string)
}

/// What happened to a source's rows and files, for the log.
fn summary(audit: &SourceAudit, reading: &Reading) -> String {
    let text = rows_summary(audit);
    if reading.known == 0 {
        return text;
    }
    let (known, read) = (reading.known as u64, reading.read.len() as u64);
    format!("{text}; {} read, {} known", counted(read, "file"), thousands(known))
}

fn rows_summary(audit: &SourceAudit) -> String {
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
    text
}
