//! From a source's files to its table: the steps of the mapping, one after the other.
//!
//! ```text
//! files ──unite──> raw ──join, columns──> mapped ──rules──> marked ──(not marked, day <= as_of)──> the table that SQL sees
//! ```

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Union, cast, ident, lit};
use datafusion::prelude::{DataFrame, SessionContext};

use crate::pipeline::Column;
use crate::problem::Problem;

use super::comparison;
use super::exact::whole_division;
use super::explained::plain;
use super::expression::uuids;
use super::functions::digits_lost;
use super::lost::{any, loses_digits, lost_mark, may_lose};
use super::mapper::{Mapped, Mapper};
use super::storage::{self, Files, FilesTable};
use super::transactions::{DAY, QUANTITY_SCALE};
use super::wanted::ROW_DAY;

/// The canonical columns with exact digits, each with the decimals that the table keeps of an inexact value.
const EXACT: [(&str, Option<i8>); 4] =
    [("amount", None), ("cost", None), ("discount", None), ("quantity", Some(QUANTITY_SCALE))];

/// The raw files as one frame: the union by name of the tables that read them.
///
/// Columns of partitions, from folder names, come last.
///
/// # Errors
/// None that a user can cause after the files were described.
fn raw(context: &SessionContext, tables: &[FilesTable], schema: &Schema) -> EngineResult<DataFrame> {
    let mut parts = Vec::new();
    for FilesTable { table, columns: names, shared } in tables {
        let part = context.read_table(Arc::clone(table))?;
        // A column that these files lack is NULL for them; columns of partitions come last.
        let mut columns: Vec<Expr> = Vec::new();
        for field in schema.fields() {
            let own = names.iter().find(|(name, _)| name == field.name()).map(|(_, own)| own);
            let found = own.and_then(|own| part.schema().field_with_unqualified_name(own).ok());
            let column = match (own, found) {
                // Unchanged, with its metadata.
                (Some(own), Some(found)) if found.data_type() == field.data_type() => ident(own),
                (Some(own), _) => cast(ident(own), field.data_type().clone()),
                (None, _) => cast(lit(ScalarValue::Null), field.data_type().clone()),
            };
            columns.push(column.alias(field.name()));
        }
        columns.extend(shared.iter().map(|(name, value)| lit(ScalarValue::Utf8(value.clone())).alias(name)));
        parts.push(part.select(columns)?);
    }
    // One union of all: with thousands of partitions, nested unions would cost their square.
    if parts.len() < 2 {
        return parts.pop().map_or_else(|| context.read_empty(), Ok);
    }
    let plans = parts.into_iter().map(|part| Arc::new(part.into_unoptimized_plan())).collect();
    Ok(DataFrame::new(context.state(), LogicalPlan::Union(Union::try_new(plans)?)))
}

impl Mapper<'_> {
    /// The rows of some files with the columns of the source's table, before rules.
    ///
    /// # Errors
    /// What cannot be planned.
    pub fn read(&self, files: &Files, schema: &Schema) -> Result<Mapped, Vec<Problem>> {
        let frame = storage::tables(files, schema).and_then(|tables| raw(self.context, &tables, schema));
        self.map(&frame.map_err(|error| vec![self.at_source(&plain(&error))])?)
    }

    /// The same without rows, which is enough to test expressions.
    ///
    /// # Errors
    /// What cannot be planned.
    pub fn read_nothing(&self, files: &Files, schema: &Schema) -> Result<Mapped, Vec<Problem>> {
        let partitions = files.partitions.iter().map(|name| Arc::new(Field::new(name, DataType::Utf8, true)));
        let fields: Vec<Arc<Field>> = schema.fields().iter().map(Arc::clone).chain(partitions).collect();
        let table = EmptyTable::new(Arc::new(Schema::new(fields)));
        let frame = self.context.read_table(Arc::new(table));
        self.map(&frame.map_err(|error| vec![self.at_source(&plain(&error))])?)
    }

    /// Applies `join` and `columns`.
    ///
    /// # Errors
    /// Every expression that cannot be planned, every canonical column that is missing or of a wrong type.
    pub fn map(&self, files: &DataFrame) -> Result<Mapped, Vec<Problem>> {
        let raw = self.joined(files.clone())?;
        let mut problems = Vec::new();
        let mut columns: Vec<(String, Expr)> = Vec::new();
        let mut warnings = Vec::new();
        let mut lost = Vec::new();
        for column in &self.source.columns {
            match self.expression(&column.sql, raw.schema()) {
                Ok(expr) => {
                    if let Some(odd) = comparison::odd(&expr, raw.schema()) {
                        problems.push(self.odd(&odd, &column.sql));
                        continue;
                    }
                    if self.is_transactions() {
                        self.watch_digits(column, &expr, raw.schema(), &mut lost, &mut warnings);
                    }
                    match self.canonical(&column.name.value, expr, raw.schema(), &column.sql) {
                        Ok(expr) => columns.push((column.name.value.clone(), expr)),
                        Err(problem) => problems.push(problem),
                    }
                }
                Err(mut found) => problems.append(&mut found),
            }
        }
        if self.source.columns.is_empty() {
            self.own_columns(files, &mut columns, &mut problems);
        }
        if self.is_transactions() {
            self.stand_ins(&mut columns, &mut problems);
            self.complete(&mut columns, &mut problems);
        }
        self.wanted(raw.schema(), &mut columns, &mut problems);
        if !self.is_transactions()
            && let Some(by_day) = &self.source.by_day
            && !columns.iter().any(|(name, _)| *name == by_day.value)
        {
            let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
            problems.extend(self.unknown_column(by_day, &names));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mapped =
            self.project(raw, columns, lost).map_err(|error| vec![self.at_source(&plain(&error))])?;
        Ok(Mapped { warnings, ..mapped.map_err(|problem| vec![problem])? })
    }

    /// Notes how an expression of money may lose digits: in casts, counted by a run, and by dividing whole numbers.
    fn watch_digits(
        &self,
        column: &Column,
        expr: &Expr,
        schema: &DFSchema,
        lost: &mut Vec<(String, Expr)>,
        warnings: &mut Vec<Problem>,
    ) {
        let name = &column.name.value;
        let Some((_, kept)) = EXACT.iter().find(|(known, _)| known == name) else { return };
        let own = kept.filter(|scale| expr.get_type(schema).is_ok_and(|found| may_lose(&found, *scale)));
        let own = own.map(|scale| digits_lost(expr.clone(), scale));
        let by_cast = loses_digits(expr, schema).ok().flatten();
        if let Some(condition) = any([own, by_cast]) {
            lost.push((name.clone(), condition));
        }
        if let Some((left, right)) = whole_division(expr, schema) {
            let what =
                format!("`{name}` divides whole numbers, which drops what is left over: 1050 / 100 is 10");
            let decimal = if right.bytes().all(|digit| digit.is_ascii_digit()) {
                format!("{right}.00")
            } else {
                format!("CAST({right} AS DECIMAL(18, 2))")
            };
            let help = format!("write `{left} / {decimal}`, which keeps the decimals");
            warnings.push(Problem::warning(what).at(self.pipeline.place(&column.sql.at)).help(help));
        }
    }

    /// Without `columns`, the table has the file's own columns.
    fn own_columns(&self, raw: &DataFrame, columns: &mut Vec<(String, Expr)>, problems: &mut Vec<Problem>) {
        for field in raw.schema().fields() {
            let name = field.name().to_ascii_lowercase();
            let own = uuids(ident(field.name()), raw.schema()).unwrap_or_else(|_| ident(field.name()));
            match self.canonical(&name, own, raw.schema(), &self.source.path) {
                Ok(expr) => columns.push((name, expr)),
                Err(problem) => {
                    problems.push(problem);
                    // The column exists, but cannot be used.
                    columns.push((name, lit(ScalarValue::Null)));
                }
            }
        }
    }

    fn project(
        &self,
        raw: DataFrame,
        columns: Vec<(String, Expr)>,
        lost: Vec<(String, Expr)>,
    ) -> EngineResult<Result<Mapped, Problem>> {
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let own: Vec<String> = raw.schema().fields().iter().map(|field| field.name().clone()).collect();
        // A rule may name a file's column that the table lacks; a table's column hides a file's of the same name.
        let beside = own.iter().filter(|name| !names.contains(name)).map(ident);
        let mut select: Vec<Expr> = columns.into_iter().map(|(name, expr)| expr.alias(name)).collect();
        select.extend(beside);
        let lossy: Vec<String> = lost.iter().map(|(name, _)| name.clone()).collect();
        select.extend(lost.into_iter().map(|(name, condition)| condition.alias(lost_mark(&name))));
        let mut frame = raw.select(select)?;
        let mut columns = names;
        if self.is_transactions() {
            frame = frame.with_column(DAY, Self::day())?;
            if !columns.iter().any(|name| name == DAY) {
                columns.push(DAY.to_owned());
            }
            if let Some((name, id)) = self.order_id() {
                frame = frame.with_column(name, id)?;
                columns.push(name.to_owned());
            }
        }
        match self.row_day(frame.schema()) {
            Ok(Some(day)) => frame = frame.with_column(ROW_DAY, day)?,
            Ok(None) => {}
            Err(problem) => return Ok(Err(problem)),
        }
        Ok(Ok(Mapped { frame, columns, lossy, warnings: Vec::new() }))
    }
}
