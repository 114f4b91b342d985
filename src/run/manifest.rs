//! The record of a run: `manifest.json`. It is the only output of a run that contains clock times.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::engine::intake::Reading;
use crate::engine::{Node, Plan, PlannedSource, Time, Work};
use crate::pipeline::{Pipeline, Role, Step, Value};
use crate::problem::{Failure, FailureKind};
use crate::secret;

use super::audit::{CheckResult, SourceAudit};
use super::memory::peak_mib;
use super::money::money;

/// Everything that a run records about itself.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    regulars: &'static str,
    pipeline: String,
    /// Its name below `variants`, if it is a variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    pipeline_file: String,
    pipeline_sha256: String,
    pub(super) status: &'static str,
    started: String,
    seconds: f64,
    as_of: String,
    period_start: String,
    period_end: String,
    previous_as_of: String,
    year_ago_as_of: String,
    timezone: String,
    currency: String,
    locale: &'static str,
    parameters: BTreeMap<String, String>,
    pub(super) inputs: Vec<InputRecord>,
    sources: Vec<SourceRecord>,
    pub(super) steps: Vec<StepRecord>,
    /// Results of the checks of steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    step_checks: Vec<StepCheckRecord>,
    problems: Vec<String>,
    #[serde(skip)]
    begun: std::time::Instant,
}

/// One input file.
#[derive(Debug, Serialize)]
pub(super) struct InputRecord {
    pub(super) source: String,
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

#[derive(Debug, Serialize)]
struct SourceRecord {
    source: String,
    path: String,
    files: usize,
    /// How many files this run read; the results of the others were known.
    files_read: usize,
    /// What the files state themselves; none for CSV.
    rows_in_files: Option<u64>,
    rows_in: u64,
    rows_used: u64,
    amount_in: Option<String>,
    amount_used: Option<String>,
    set_aside: Vec<SetAsideRecord>,
    /// The rows that a variant's report leaves out.
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<OutsideRecord>,
    checks: Vec<CheckRecord>,
    seconds: f64,
    /// Seconds by phase.
    phases: BTreeMap<String, f64>,
    /// The most memory that the process held while the source was read, in MiB.
    peak_mib: Option<u64>,
}

#[derive(Debug, Serialize)]
struct SetAsideRecord {
    rule: String,
    rows: u64,
    amount: Option<String>,
}

#[derive(Debug, Serialize)]
struct OutsideRecord {
    #[serde(rename = "where")]
    only: String,
    /// Of a report of some customers it is not said how many rows others have.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<u64>,
}

#[derive(Debug, Serialize)]
struct StepCheckRecord {
    step: String,
    #[serde(flatten)]
    check: CheckRecord,
}

#[derive(Debug, Serialize)]
struct CheckRecord {
    check: String,
    severity: &'static str,
    passed: bool,
    measured: String,
    expected: String,
}

/// One step's table.
#[derive(Debug, Serialize)]
pub(super) struct StepRecord {
    pub(super) name: String,
    /// `sql/rfm.sql`, or `model bg_nbd`.
    pub(super) origin: String,
    /// SHA-256 of the query's text.
    pub(super) sha256: Option<String>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) reads: Vec<String>,
    /// None if the table is merged while its only reader reads it.
    pub(super) rows: Option<u64>,
    /// The money of a step that replaces `transactions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) amount: Option<String>,
    /// The kept table's file, relative to the project.
    pub(super) table: Option<String>,
    seconds: f64,
    /// The most memory that the process held during the step, in MiB.
    peak_mib: Option<u64>,
}

impl CheckRecord {
    fn of(result: &CheckResult) -> Self {
        Self {
            check: result.check.clone(),
            severity: result.severity.word(),
            passed: result.passed,
            measured: result.measured.clone(),
            expected: result.expected.clone(),
        }
    }
}

impl StepRecord {
    pub(super) fn new(
        node: &Node,
        step: &Step,
        name: &str,
        rows: Option<u64>,
        file: String,
        took: Duration,
    ) -> Self {
        let (origin, sha256, named) = match &node.work {
            Work::Query(query) | Work::Merged(query) => {
                (query.source.name.clone(), Some(sha256(query.source.text.as_bytes())), query.placeholders())
            }
            Work::Model(..) => {
                (format!("model {}", step.model().map_or("", |model| model.key)), None, BTreeSet::default())
            }
            Work::Cut(_) => (String::new(), None, BTreeSet::default()),
        };
        let bound = node.parameters.iter().filter(|(name, _)| named.contains(*name));
        let mut parameters: BTreeMap<String, String> =
            bound.map(|(name, value)| (name.clone(), value.to_string())).collect();
        if let Work::Model(model, tables) = &node.work {
            parameters.extend(model.settings());
            let beside = tables.iter().filter(|input| input.role != Role::From);
            parameters.extend(beside.map(|input| (input.role.key().to_owned(), input.table.clone())));
        }
        let reads = node.inputs.iter().map(|(time, table)| match time {
            Time::Current => table.clone(),
            earlier => format!("{}.{table}", earlier.schema()),
        });
        let kept = node.time == Time::Current && (step.keep || matches!(node.work, Work::Model(..)));
        Self {
            name: name.to_owned(),
            origin,
            sha256,
            parameters,
            reads: reads.collect(),
            rows,
            amount: None,
            table: kept.then_some(file),
            seconds: rounded(took),
            peak_mib: peak_mib(),
        }
    }
}

/// The pipeline's file relative to the project: its place on the server must not be published.
fn in_project(pipeline: &Pipeline) -> String {
    let file = Path::new(&pipeline.file().name);
    let within = file.strip_prefix(&pipeline.root).ok();
    let named = within.or_else(|| file.file_name().map(Path::new)).unwrap_or(file);
    named.display().to_string()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    crate::engine::storage::hexadecimal(&Sha256::digest(bytes))
}

/// A source's path in the record. It must not tell readers the server's folder names.
fn source_path(pipeline: &Pipeline, path: &str) -> String {
    let fixed = Path::new(path)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
        .count();
    let wild = Path::new(path).components().count() - fixed;
    secret::without(&pipeline.shown(Path::new(path), wild + 1)).into_owned()
}

/// A parameter's value in the record; a path is shortened like a source's path.
pub(super) fn parameter(pipeline: &Pipeline, name: &str, value: &Value) -> String {
    let part = format!("${name}");
    let of_path = |path: &str| path.split('/').any(|of| of == part);
    match value {
        Value::Text(path) if pipeline.sources.iter().any(|source| of_path(&source.path.value)) => {
            source_path(pipeline, path)
        }
        _ => secret::without(&value.to_string()).into_owned(),
    }
}

fn rounded(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}

impl Record {
    pub(super) fn new(plan: &Plan) -> Self {
        let (pipeline, dates) = (&plan.pipeline, plan.dates);
        Self {
            regulars: env!("CARGO_PKG_VERSION"),
            pipeline: pipeline.name.value.clone(),
            variant: pipeline.variant.as_ref().map(|variant| variant.name.value.clone()),
            pipeline_file: in_project(pipeline),
            pipeline_sha256: sha256(pipeline.file().text.as_bytes()),
            status: "running",
            started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            seconds: 0.0,
            as_of: dates.as_of.to_string(),
            period_start: dates.period_start.to_string(),
            period_end: dates.period_end.to_string(),
            previous_as_of: dates.previous_as_of.to_string(),
            year_ago_as_of: dates.year_ago_as_of.to_string(),
            timezone: pipeline.timezone.iana_name().unwrap_or("UTC").to_owned(),
            currency: pipeline.currency.clone(),
            locale: pipeline.locale.tag(),
            parameters: plan
                .parameters
                .iter()
                .map(|(name, value)| (name.clone(), parameter(pipeline, name, value)))
                .collect(),
            inputs: Vec::new(),
            sources: Vec::new(),
            steps: Vec::new(),
            step_checks: Vec::new(),
            problems: Vec::new(),
            begun: std::time::Instant::now(),
        }
    }

    pub(super) fn source(
        &mut self,
        pipeline: &Pipeline,
        planned: &PlannedSource,
        audit: &SourceAudit,
        reading: &Reading,
        phases: &[(&str, Duration)],
        took: Duration,
    ) {
        let used = audit.used();
        let set_aside = audit.rows.iter().filter_map(|row| {
            let rule = row.rule.clone()?;
            Some(SetAsideRecord { rule, rows: row.rows, amount: row.amount.map(money) })
        });
        let checks = audit.checks.iter().map(CheckRecord::of);
        self.sources.push(SourceRecord {
            source: audit.name.clone(),
            path: source_path(pipeline, &planned.path),
            files: planned.files.files.len(),
            files_read: reading.read.len(),
            rows_in_files: audit.rows_stated,
            rows_in: audit.rows_read(),
            rows_used: used.map_or(0, |row| row.rows),
            amount_in: audit.amount_read().map(money),
            amount_used: used.and_then(|row| row.amount).map(money),
            set_aside: set_aside.collect(),
            outside: audit.outside.as_ref().map(|outside| OutsideRecord {
                only: outside.only.clone(),
                rows: outside.public.then_some(outside.rows),
                amount: outside.amount.filter(|_| outside.public).map(money),
                undecided: outside.public.then_some(outside.undecided),
            }),
            checks: checks.collect(),
            seconds: rounded(took),
            phases: phases.iter().map(|(phase, took)| ((*phase).to_owned(), rounded(*took))).collect(),
            peak_mib: peak_mib(),
        });
    }

    /// Puts the sources in the order of the pipeline: those that others join were taken in first.
    pub(super) fn order_sources(&mut self, pipeline: &Pipeline) {
        let place = |name: &str| pipeline.sources.iter().position(|source| source.name.value == name);
        self.sources.sort_by_key(|source| place(&source.source));
        self.inputs.sort_by_key(|input| place(&input.source));
    }

    /// Records the results of the checks of steps.
    pub(super) fn checks(&mut self, results: &[CheckResult]) {
        let of = |result: &CheckResult| StepCheckRecord {
            step: result.source.clone(),
            check: CheckRecord::of(result),
        };
        self.step_checks = results.iter().map(of).collect();
    }

    pub(super) fn done(&mut self) {
        self.status = "published";
        self.seconds = rounded(self.begun.elapsed());
    }

    pub(super) fn fail(&mut self, failure: &Failure) {
        self.status = match failure.kind {
            FailureKind::Check => "check failed",
            FailureKind::Configuration => "configuration",
            FailureKind::Run => "failed",
            FailureKind::Locked => "locked",
            FailureKind::Interrupted(_) => "interrupted",
        };
        self.seconds = rounded(self.begun.elapsed());
        self.problems = failure.problems.iter().map(|problem| problem.what.clone()).collect();
    }

    pub(super) fn json(&self) -> Vec<u8> {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        secret::without(&json).into_owned().into_bytes()
    }
}
