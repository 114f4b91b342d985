//! The tables that a run left, opened to be asked.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::pipeline::Parameters;
use crate::problem::{Failure, FailureKind, Problem, SourceText};

use super::data_errors::worded;
use super::explained::{explain, plain};
use super::session::{Sessions, Settings};
use super::sql::Query;
use super::storage::parquet_table;

/// The tables in a folder of a run, for queries.
pub struct LastRun {
    sessions: datafusion::prelude::SessionContext,
    tables: Vec<LeftTable>,
}

/// A table that a run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftTable {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Its columns.
    pub columns: Vec<String>,
}

impl LastRun {
    /// Opens the Parquet files of a folder, each as the table of its name.
    ///
    /// # Errors
    /// Where the folder or a file cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        // One thread: rows come in the order of the file.
        let sessions = Sessions::new(&Settings::default(), None)?.alone(1)?;
        let mut tables = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let (Some(name), Some("parquet")) = (
                path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
                path.extension().and_then(|ending| ending.to_str()),
            ) else {
                continue;
            };
            let file = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path)?)
                .map_err(|_| DataFusionError::External(damaged(&path).into()))?;
            let schema = Arc::clone(file.schema());
            let rows = file.metadata().file_metadata().num_rows();
            let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
            sessions.register_table(name.as_str(), parquet_table(&[path], &schema)?)?;
            tables.push(LeftTable { name, rows: u64::try_from(rows).unwrap_or_default(), columns });
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { sessions, tables })
    }

    /// The tables, by name.
    pub fn tables(&self) -> &[LeftTable] {
        &self.tables
    }

    /// The rows of a query over the tables; with `most`, no more than these.
    ///
    /// # Errors
    /// What is wrong with the query; or with the files, while they are read.
    pub async fn ask(
        &self,
        source: &Arc<SourceText>,
        parameters: &Parameters,
        most: Option<usize>,
    ) -> Result<Vec<RecordBatch>, Failure> {
        let query = Query::parse(source).map_err(|problem| {
            let is_none = problem.what.ends_with("is not a query");
            let help = "write one `select`: its rows are shown, and nothing is changed";
            Failure::configuration(if is_none { problem.help(help) } else { problem })
        })?;
        let planned = query
            .plan(&self.sessions, parameters)
            .await
            .map_err(|problems| Failure { kind: FailureKind::Configuration, problems })?;
        let failed = |error: DataFusionError| Failure::run(worded(explain(&error, source, 0)));
        let rows = self.sessions.execute_logical_plan(planned).await.map_err(failed)?;
        let schema = Arc::new(rows.schema().as_arrow().clone());
        let rows = if most.is_some() { rows.limit(0, most).map_err(failed)? } else { rows };
        let mut batches = rows.collect().await.map_err(failed)?;
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok(batches)
    }
}

fn damaged(path: &Path) -> String {
    format!("{} is not a whole Parquet file", path.display())
}

/// That a folder's tables cannot be read.
pub fn unreadable(folder: &Path, error: &DataFusionError) -> Failure {
    let what = match error {
        DataFusionError::External(damaged) => damaged.to_string(),
        error => format!("{} cannot be read: {}", folder.display(), plain(error)),
    };
    Failure::run(Problem::new(what).help("run the pipeline again"))
}
