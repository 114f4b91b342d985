//! Downloads: the kept tables in the formats that the pipeline asks for, for those who read the report.
//!
//! What the page has of small tables goes into them as it is. Large ones are read from their files one after the other,
//! masked, written and let go: only one is in memory at a time.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use datafusion::error::DataFusionError;

use crate::engine::output::Stored;
use crate::engine::{Plan, guard};
use crate::pipeline::{DownloadFormat, Pipeline, Report};
use crate::problem::{Failure, Problem, counted};
use crate::project::Theme;
use crate::report::export::{Book, Cut, File, LeftOut, Outline, exporter};
use crate::report::{Download, ReportError, Tables};

use super::known::known;
use super::masking::Masking;
use super::publish::{self, Staging};
use super::steps::{Kept, SMALL_ROWS};
use super::{engine_failed, report_failed};

/// Which tables become downloads.
pub(super) struct Downloads {
    formats: Vec<DownloadFormat>,
    most_rows: u64,
    outlines: Vec<Outline>,
    left_out: Vec<LeftOut>,
    /// Those that the page has not got whole.
    large: BTreeMap<String, Stored>,
}

/// What was written.
#[derive(Default)]
pub(super) struct Written {
    formats: Vec<DownloadFormat>,
    pipeline: String,
    tables: BTreeSet<String>,
    too_large: BTreeSet<String>,
    /// The files that have all tables.
    pub(super) whole: Vec<Download>,
    /// What is no download and why, for the log.
    pub(super) left_out: Vec<String>,
    pub(super) warnings: Vec<Problem>,
}

impl Written {
    /// The files with a table.
    pub(super) fn of(&self, table: &str) -> Vec<Download> {
        if !self.tables.contains(table) {
            return Vec::new();
        }
        self.formats.iter().map(|format| download(*format, &self.pipeline, table)).collect()
    }

    /// Whether a table has too many rows.
    pub(super) fn is_left_out(&self, table: &str) -> bool {
        self.too_large.contains(table)
    }
}

/// The files that a table of a pipeline would be in.
pub(super) fn downloads(table: &str, pipeline: &Pipeline) -> Vec<Download> {
    let (formats, _) = pipeline.downloads();
    formats.into_iter().map(|format| download(format, &pipeline.name.value, table)).collect()
}

fn download(format: DownloadFormat, pipeline: &str, table: &str) -> Download {
    let made = exporter(format);
    Download {
        path: format!("downloads/{}", made.file(pipeline, table)),
        format: format.key(),
        is_whole: made.is_whole(),
    }
}

impl Downloads {
    /// The downloads of a run: of its kept tables, in their order, and of its own tables.
    pub(super) fn of(plan: &Plan, kept: Vec<Kept>, tables: &Tables) -> Self {
        let (formats, most_rows) = plan.pipeline.downloads();
        let mut found =
            Self { formats, most_rows, outlines: Vec::new(), left_out: Vec::new(), large: BTreeMap::new() };
        if found.formats.is_empty() {
            return found;
        }
        for Kept { name, stored } in kept {
            if stored.rows > most_rows {
                found.left_out.push(LeftOut { table: name, rows: stored.rows });
                continue;
            }
            let columns = stored.schema.fields().iter().map(|field| field.name().clone()).collect();
            found.outlines.push(Outline { table: name.clone(), columns, rows: stored.rows });
            if stored.rows > SMALL_ROWS {
                found.large.insert(name, stored);
            }
        }
        // The run's own tables come from no step.
        for name in ["audit_rows", "audit_checks"] {
            let Some(batch) = tables.0.get(name) else { continue };
            let columns = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
            let rows = batch.num_rows() as u64;
            found.outlines.push(Outline { table: name.to_owned(), columns, rows });
        }
        found
    }

    /// The tables that are read from their files.
    pub(super) fn large(&self) -> &BTreeMap<String, Stored> {
        &self.large
    }

    /// Writes all of them. `tables` are those of the page, masked.
    ///
    /// # Errors
    /// A disk that is full, a table that cannot be read or written out, a text that the words lack.
    pub(super) fn write(
        &self,
        plan: &Plan,
        theme: &Theme,
        staging: &Staging,
        tables: &Tables,
        masking: &mut Masking<'_>,
    ) -> Result<Written, Failure> {
        if self.formats.is_empty() {
            return Ok(Written::default());
        }
        let pipeline = &plan.pipeline;
        let usual = Report::default();
        let mut facts = known(plan, pipeline.report.as_ref().unwrap_or(&usual));
        if pipeline.report.is_none() {
            facts.title = Some(facts.pipeline.clone());
        }
        let book = Book {
            facts: &facts,
            theme: &theme.report,
            tables,
            outlines: &self.outlines,
            left_out: &self.left_out,
            most_rows: self.most_rows,
        };
        let mut writing = Vec::with_capacity(self.formats.len());
        for format in &self.formats {
            writing.push((*format, within(*format, || exporter(*format).begin(&book))?));
        }
        let mut files = Files { staging, warnings: Vec::new() };
        for outline in &self.outlines {
            let rows = self.rows(&outline.table, tables, masking)?;
            for (format, export) in &mut writing {
                files.write(within(*format, || export.table(&rows))?, *format)?;
            }
        }
        for (format, export) in writing {
            files.write(within(format, || export.end())?, format)?;
        }
        let whole = self.formats.iter().filter(|format| exporter(**format).is_whole());
        let left_out = self.left_out.iter().map(|left_out| {
            format!(
                "`{}` has {}, more than `download_rows: {}`: it is no download",
                left_out.table,
                counted(left_out.rows, "row"),
                self.most_rows
            )
        });
        Ok(Written {
            formats: self.formats.clone(),
            pipeline: facts.pipeline.clone(),
            tables: self.outlines.iter().map(|outline| outline.table.clone()).collect(),
            too_large: self.left_out.iter().map(|left_out| left_out.table.clone()).collect(),
            whole: whole.map(|format| download(*format, &facts.pipeline, "")).collect(),
            left_out: left_out.collect(),
            warnings: files.warnings,
        })
    }

    /// The rows of a table, masked.
    fn rows(&self, name: &str, tables: &Tables, masking: &mut Masking<'_>) -> Result<RecordBatch, Failure> {
        let Some(stored) = self.large.get(name) else {
            let missing = || DataFusionError::Internal(format!("the table {name} is gone"));
            return tables.0.get(name).cloned().ok_or_else(|| engine_failed("writing downloads", &missing()));
        };
        let batches = stored.batches(None).collect::<Result<Vec<_>, _>>();
        let rows = batches.and_then(|batches| Ok(concat_batches(&stored.schema, &batches)?));
        masking.table(name, &rows.map_err(|error| engine_failed(name, &error))?)
    }
}

/// Makes a part of a file. A library that gives up must not end the program without a word.
fn within<T>(format: DownloadFormat, make: impl FnOnce() -> Result<T, ReportError>) -> Result<T, Failure> {
    match guard::caught(make) {
        Ok(made) => made.map_err(report_failed),
        Err(text) => {
            let what = format!("the downloads in the format `{}` cannot be made: {text}", format.key());
            let help = "this is a fault of the program, please report it; remove the format from `report: formats:` to do without";
            Err(Failure::run(Problem::new(what).help(help)))
        }
    }
}

/// Puts files in their place.
struct Files<'a> {
    staging: &'a Staging,
    warnings: Vec<Problem>,
}

impl Files<'_> {
    fn write(&mut self, files: Vec<File>, format: DownloadFormat) -> Result<(), Failure> {
        for file in files {
            publish::write(&self.staging.download(&file.name), &file.bytes)?;
            self.warnings.extend(file.cuts.iter().map(|cut| cut_warning(&file.name, cut, format)));
        }
        Ok(())
    }
}

/// What had no room, for the log.
fn cut_warning(file: &str, Cut { table, lost }: &Cut, format: DownloadFormat) -> Problem {
    let mut parts = Vec::new();
    if lost.rows > 0 {
        parts.push(format!("the last {}", counted(lost.rows, "row")));
    }
    if lost.columns > 0 {
        parts.push(format!("the last {}", counted(lost.columns as u64, "column")));
    }
    if lost.texts > 0 {
        let end = if lost.texts == 1 { "end" } else { "ends" };
        parts.push(format!("the {end} of {}", counted(lost.texts as u64, "long text")));
    }
    let what = format!("`{table}` does not fit into {file}: without {}", parts.join(" and "));
    let others = DownloadFormat::ALL.into_iter();
    let others = others.filter(|other| !exporter(*other).is_whole() && *other != format);
    let others: Vec<String> = others.map(|other| format!("`{}`", other.key())).collect();
    Problem::warning(what)
        .help(format!("the format {} has them; the first sheet of {file} says so too", others.join(" or ")))
}
