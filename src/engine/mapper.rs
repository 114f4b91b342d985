//! What a source's files are mapped with, and what comes of it. The steps of the mapping are in files of their own;
//! [`source`](super::source) takes them one after the other.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, ident};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt;
use jiff::civil::Date;

use crate::pipeline::{Join, Parameters, Pipeline, Source, Spanned, TRANSACTIONS};
use crate::problem::{Problem, suggestion};

use super::explained::explain;
use super::plan::PlannedSource;
use super::storage::Files;

/// The input of a mapping.
pub struct Mapper<'a> {
    /// The session.
    pub context: &'a SessionContext,
    /// The source's files, for messages.
    pub files: Option<&'a Files>,
    /// The pipeline, for places in messages.
    pub pipeline: &'a Pipeline,
    /// The source.
    pub source: &'a Source,
    /// The parameters that expressions may name.
    pub parameters: &'a Parameters,
    /// The as-of date.
    pub as_of: Date,
    /// The sources that it joins.
    pub partners: Vec<Partner<'a>>,
}

/// A source's rows with their canonical columns; the file's own columns are still there for the rules.
pub struct Mapped {
    pub(super) frame: DataFrame,
    /// The table's columns, in order.
    pub columns: Vec<String>,
    /// The columns that may lose digits in casts; each has a mark in every row, which `lost` names.
    pub lossy: Vec<String>,
    /// Unusual things in the mapping that are not errors.
    pub warnings: Vec<Problem>,
}

/// A source whose rows another one has beside its own.
pub struct Partner<'a> {
    /// How it is joined.
    pub join: &'a Join,
    pub(super) source: &'a Source,
    pub(super) planned: &'a PlannedSource,
    /// Its used rows; none before a run took them in.
    pub(super) rows: Option<Arc<dyn TableProvider>>,
}

impl Mapper<'_> {
    pub(super) fn is_transactions(&self) -> bool {
        self.source.name.value == TRANSACTIONS
    }

    /// The error for a name that is not a column of the table.
    pub fn unknown_column(&self, name: &Spanned<String>, columns: &[String]) -> Option<Problem> {
        if columns.contains(&name.value) {
            return None;
        }
        let what = format!("`{}` is not a column of `{}`", name.value, self.source.name.value);
        let help = suggestion(&name.value, columns.iter().map(String::as_str));
        Some(Problem::new(what).at(self.pipeline.place(&name.at)).help_if(help))
    }

    /// The error for a bad comparison in an expression of the pipeline.
    pub(super) fn odd(&self, odd: &DataFusionError, sql: &Spanned<String>) -> Problem {
        explain(odd, self.pipeline.file(), 0).at(self.pipeline.place(&sql.at))
    }

    pub(super) fn at_source(&self, what: &str) -> Problem {
        Problem::new(format!("the source `{}` cannot be read: {what}", self.source.name.value))
            .at(self.pipeline.place(&self.source.name.at))
    }
}

impl Mapped {
    /// Some columns of the rows.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn select(&self, columns: Vec<Expr>) -> EngineResult<DataFrame> {
        self.frame.clone().select(columns)
    }

    /// Computes a column for all rows, to check that it can be computed.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn read_column(&self, name: &str) -> EngineResult<()> {
        let mut rows = self.frame.clone().select(vec![ident(name)])?.execute_stream().await?;
        while let Some(batch) = rows.next().await {
            batch?;
        }
        Ok(())
    }
}
