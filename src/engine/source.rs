//! From a source's files to its table: the mapping onto canonical columns, the business day, and the mark that says
//! which quarantine rule a row met.
//!
//! ```text
//! files ──unite──> raw ──columns──> mapped ──rules──> marked ──(not marked, day <= as_of)──> the table that SQL sees
//! ```

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, cast, ident, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt;
use jiff::civil::Date;

use crate::pipeline::{Parameters, Pipeline, Source, Spanned, TRANSACTIONS};
use crate::problem::{Problem, suggestion};

use super::comparison;
use super::sql::{explain, plain};
use super::storage::{self, Files, FilesTable};

/// The column that holds the rule a row met, NULL where it met none.
pub const RULE: &str = "_rule";
/// The mark of rows dated after the as-of date: they do not exist for the run, but are counted.
pub const AFTER_AS_OF: &str = "after_as_of";
/// The business day of a transaction.
pub const DAY: &str = "day";

/// The raw files as one frame: the union by name of the tables that read them.
///
/// Partitions' columns, which folders' names give, come last.
///
/// # Errors
/// None that a user can cause once the files were described.
fn raw(context: &SessionContext, tables: &[FilesTable], schema: &Schema) -> EngineResult<DataFrame> {
    let mut frame: Option<DataFrame> = None;
    for FilesTable { table, shared } in tables {
        let part = context.read_table(Arc::clone(table))?;
        let own = part.schema().clone();
        // A column that these files lack is NULL for them; partitions' columns come last.
        let mut columns: Vec<Expr> = Vec::new();
        for field in schema.fields() {
            let column = if own.has_column_with_unqualified_name(field.name()) {
                cast(ident(field.name()), field.data_type().clone())
            } else {
                cast(lit(datafusion::scalar::ScalarValue::Null), field.data_type().clone())
            };
            columns.push(column.alias(field.name()));
        }
        for field in own.fields().iter().filter(|field| schema.field_with_name(field.name()).is_err()) {
            columns.push(ident(field.name()));
        }
        columns.extend(shared.iter().map(|(name, value)| lit(value.as_str()).alias(name)));
        let part = part.select(columns)?;
        frame = Some(match frame {
            Some(frame) => frame.union_by_name(part)?,
            None => part,
        });
    }
    match frame {
        Some(frame) => Ok(frame),
        None => context.read_empty(),
    }
}

/// What a mapping works with.
pub struct Mapper<'a> {
    /// The session.
    pub context: &'a SessionContext,
    /// The pipeline, for places.
    pub pipeline: &'a Pipeline,
    /// The source.
    pub source: &'a Source,
    /// The parameters that expressions may name.
    pub parameters: &'a Parameters,
    /// The as-of date.
    pub as_of: Date,
}

/// A source's rows under their canonical names, with the file's own columns still beside them for the rules.
pub struct Mapped {
    pub(super) frame: DataFrame,
    /// The table's columns, in order.
    pub columns: Vec<String>,
}

impl Mapper<'_> {
    /// The rows of some files under the names of the source's table, before rules.
    ///
    /// # Errors
    /// What cannot be planned.
    pub fn read(&self, files: &Files, schema: &Schema) -> Result<Mapped, Vec<Problem>> {
        let frame = storage::tables(files, schema).and_then(|tables| raw(self.context, &tables, schema));
        self.map(frame.map_err(|error| vec![self.at_source(&plain(&error))])?)
    }

    pub(super) fn is_transactions(&self) -> bool {
        self.source.name.value == TRANSACTIONS
    }

    /// Applies `columns`.
    ///
    /// # Errors
    /// Every expression that cannot be planned, every canonical column that is missing or of a wrong type.
    pub fn map(&self, raw: DataFrame) -> Result<Mapped, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut columns: Vec<(String, Expr)> = Vec::new();
        for column in &self.source.columns {
            match self.expression(&column.sql, raw.schema()) {
                Ok(expr) => match comparison::odd(&expr, raw.schema()) {
                    Some(odd) => problems.push(self.odd(&odd, &column.sql)),
                    None => match self.canonical(&column.name.value, expr, raw.schema(), &column.sql) {
                        Ok(expr) => columns.push((column.name.value.clone(), expr)),
                        Err(problem) => problems.push(problem),
                    },
                },
                Err(mut found) => problems.append(&mut found),
            }
        }
        if self.source.columns.is_empty() {
            self.own_columns(&raw, &mut columns, &mut problems);
        }
        if self.is_transactions() {
            self.stand_ins(&mut columns, &mut problems);
            self.complete(&mut columns, &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        self.project(raw, columns).map_err(|error| vec![self.at_source(&plain(&error))])
    }

    /// Without `columns`, the file's own are the table's.
    fn own_columns(&self, raw: &DataFrame, columns: &mut Vec<(String, Expr)>, problems: &mut Vec<Problem>) {
        for field in raw.schema().fields() {
            let name = field.name().to_ascii_lowercase();
            let expr = self.canonical(&name, ident(field.name()), raw.schema(), &self.source.path);
            match expr {
                Ok(expr) => columns.push((name, expr)),
                Err(problem) => problems.push(problem),
            }
        }
    }

    fn project(&self, raw: DataFrame, columns: Vec<(String, Expr)>) -> EngineResult<Mapped> {
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let own: Vec<String> = raw.schema().fields().iter().map(|field| field.name().clone()).collect();
        // A rule may name a file's column that the table does not have; a table's column hides a file's of its name.
        let beside = own.iter().filter(|name| !names.contains(name)).map(ident);
        let mut select: Vec<Expr> = columns.into_iter().map(|(name, expr)| expr.alias(name)).collect();
        select.extend(beside);
        let mut frame = raw.select(select)?;
        let mut columns = names;
        if self.is_transactions() {
            let day = self.day(&frame)?;
            frame = frame.with_column(DAY, day)?;
            if !columns.iter().any(|name| name == DAY) {
                columns.push(DAY.to_owned());
            }
            if let Some((name, id)) = self.order_id() {
                frame = frame.with_column(name, id)?;
                columns.push(name.to_owned());
            }
        }
        Ok(Mapped { frame, columns })
    }

    /// The complaint about a name that is no column of the table.
    pub fn unknown_column(&self, name: &Spanned<String>, columns: &[String]) -> Option<Problem> {
        if columns.contains(&name.value) {
            return None;
        }
        let what = format!("`{}` is not a column of `{}`", name.value, self.source.name.value);
        let help = suggestion(&name.value, columns.iter().map(String::as_str));
        Some(Problem::new(what).at(self.pipeline.place(&name.at)).help_if(help))
    }

    /// What is wrong with a comparison in an expression of the pipeline.
    pub(super) fn odd(&self, odd: &DataFusionError, sql: &Spanned<String>) -> Problem {
        explain(odd, &self.pipeline.file, 0).at(self.pipeline.place(&sql.at))
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

    /// Computes a column for all rows, to learn whether it can be.
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

/// A day as the engine counts it: days since 1970-01-01.
pub fn days(day: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(day).map_or(0, |span| span.get_days())
}
