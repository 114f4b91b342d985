//! From a source's files to its table: the mapping onto canonical columns, the business day, and the mark that says
//! which quarantine rule a row met.
//!
//! ```text
//! files ──unite──> raw ──columns──> mapped ──rules──> marked ──(not marked, day <= as_of)──> the table that SQL sees
//! ```

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::DFSchema;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{Expr, ExprSchemable, cast, col, ident, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident, visit_expressions_mut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use futures::StreamExt;
use jiff::civil::Date;

use crate::pipeline::{Parameters, Pipeline, Source, Spanned, TRANSACTIONS};
use crate::problem::{Problem, closest, suggestion};

use super::functions::business_day;
use super::sql::{bind, explain, fickle, fickleness, plain, sql_types};
use super::storage::{self, Files, FilesTable};

/// The column that holds the rule a row met, NULL where it met none.
pub const RULE: &str = "_rule";
/// The mark of rows dated after the as-of date: they do not exist for the run, but are counted.
pub const AFTER_AS_OF: &str = "after_as_of";
/// The business day of a transaction.
pub const DAY: &str = "day";

/// The canonical columns of `transactions` in their order, each with whether a source must map it.
const CANONICAL: [(&str, bool); 12] = [
    ("customer_id", true),
    ("transaction_id", true),
    ("occurred_at", true),
    ("amount", true),
    ("quantity", false),
    ("cost", false),
    ("discount", false),
    ("product_id", false),
    ("category", false),
    ("channel", false),
    ("store_id", false),
    ("currency", false),
];

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
                Ok(expr) => match self.canonical(&column.name.value, expr, raw.schema(), &column.sql) {
                    Ok(expr) => columns.push((column.name.value.clone(), expr)),
                    Err(problem) => problems.push(problem),
                },
                Err(mut found) => problems.append(&mut found),
            }
        }
        if self.source.columns.is_empty() {
            self.own_columns(&raw, &mut columns, &mut problems);
        }
        if self.is_transactions() {
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

    /// Adds the optional columns that are not mapped, as NULL, and the business day.
    fn complete(&self, columns: &mut Vec<(String, Expr)>, problems: &mut Vec<Problem>) {
        for (name, required) in CANONICAL {
            if columns.iter().any(|(column, _)| column == name) {
                continue;
            }
            if required {
                let what = format!("the source `transactions` maps no `{name}`");
                let help = format!("add `{name}: <SQL over the file's columns>` under `columns`");
                let place = self.pipeline.place(&self.source.name.at);
                if let Some(typo) =
                    self.source.columns.iter().find(|column| is_typo(&column.name.value, name))
                {
                    let what = format!("`{}` is not a canonical column", typo.name.value);
                    let problem = Problem::new(what).at(self.pipeline.place(&typo.name.at));
                    problems.push(problem.help(format!("did you mean `{name}`?")));
                    continue;
                }
                let mapped_wrongly = self.source.columns.iter().any(|column| column.name.value == name);
                if !mapped_wrongly {
                    problems.push(Problem::new(what).at(place).help(help));
                }
            } else {
                let null = cast(lit(datafusion::scalar::ScalarValue::Null), optional_type(name));
                columns.push((name.to_owned(), null));
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
        }
        Ok(Mapped { frame, columns })
    }

    /// The business day of `occurred_at`: in the pipeline's time zone where the timestamp has one; a timestamp without
    /// one is the shop's own clock.
    fn day(&self, frame: &DataFrame) -> EngineResult<Expr> {
        let at = col("occurred_at");
        let zone = self.pipeline.timezone.iana_name().unwrap_or("UTC");
        Ok(match at.get_type(frame.schema())? {
            DataType::Timestamp(_, Some(_)) => business_day(at, zone),
            _ => cast(at, DataType::Date32),
        })
    }

    /// A canonical column's expression, brought to the column's type.
    fn canonical(
        &self,
        name: &str,
        expr: Expr,
        schema: &DFSchema,
        sql: &Spanned<String>,
    ) -> Result<Expr, Problem> {
        let wrong =
            |what: String, help: &str| Err(Problem::new(what).at(self.pipeline.place(&sql.at)).help(help));
        let data_type = match expr.get_type(schema) {
            Ok(data_type) => data_type,
            Err(error) => return wrong(plain(&error), "check the types of the columns in this expression"),
        };
        let known = CANONICAL.iter().any(|(column, _)| *column == name);
        if !self.is_transactions() || !known {
            return Ok(expr);
        }
        match name {
            "occurred_at" => match data_type {
                DataType::Date32 | DataType::Timestamp(..) => Ok(expr),
                _ => wrong(
                    format!(
                        "`occurred_at` is {}, not a date or timestamp",
                        sql_types(&data_type.to_string())
                    ),
                    "convert it, as in `to_timestamp(column)` or `CAST(column AS DATE)`",
                ),
            },
            "amount" | "cost" | "discount" => match data_type {
                DataType::Decimal128(_, scale) => Ok(cast(expr, DataType::Decimal128(MONEY_DIGITS, scale))),
                _ if data_type.is_integer() => Ok(cast(expr, DataType::Decimal128(MONEY_DIGITS, 0))),
                DataType::Null => Ok(cast(expr, optional_type(name))),
                _ => wrong(
                    format!("`{name}` is {}; money must be exact", sql_types(&data_type.to_string())),
                    "convert it to a decimal of the cents you mean, as in `CAST(column AS DECIMAL(12, 2))`",
                ),
            },
            "quantity" => {
                let exact = matches!(data_type, DataType::Decimal128(..)) || data_type.is_integer();
                if exact || data_type.is_floating() || data_type == DataType::Null {
                    return Ok(cast(expr, optional_type(name)));
                }
                wrong(
                    format!("`quantity` is {}, not a number", sql_types(&data_type.to_string())),
                    "convert it, as in `CAST(column AS BIGINT)`",
                )
            }
            _ => Ok(cast(expr, DataType::Utf8View)),
        }
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

    /// Plans an expression of the pipeline file. Names are matched to columns as written, or else without regard to
    /// case, so that `CustomerID` needs no quotes.
    pub(super) fn expression(&self, sql: &Spanned<String>, schema: &DFSchema) -> Result<Expr, Vec<Problem>> {
        let file = &self.pipeline.file;
        // The value may be quoted or folded in YAML; the caret then falls on its beginning.
        let offset = file
            .text
            .get(sql.at.clone())
            .map_or(sql.at.start, |text| sql.at.start + usize::from(text.starts_with(['"', '\''])));
        let verbatim = file.text.get(offset..).is_some_and(|text| text.starts_with(&sql.value));
        let narrow =
            |problem: Problem| if verbatim { problem } else { problem.at(self.pipeline.place(&sql.at)) };
        let dialect = GenericDialect {};
        let parsed = DFParserBuilder::new(sql.value.as_str())
            .with_dialect(&dialect)
            .build()
            .and_then(|mut parser| parser.parse_into_expr());
        let mut parsed = parsed.map_err(|error| vec![narrow(explain(&error, file, offset))])?;
        bind(&mut parsed.expr, self.parameters, file, offset)
            .map_err(|problems| problems.into_iter().map(narrow).collect::<Vec<_>>())?;
        self.resolve(&mut parsed.expr, schema, sql)?;
        let expr = self
            .context
            .state()
            .create_logical_expr_from_sql_expr(parsed, schema)
            .map_err(|error| vec![narrow(explain(&error, file, offset))])?;
        match fickle(&expr) {
            Some(function) => Err(vec![fickleness(&function).at(self.pipeline.place(&sql.at))]),
            None => Ok(expr),
        }
    }

    fn resolve(
        &self,
        expr: &mut SqlExpr,
        schema: &DFSchema,
        sql: &Spanned<String>,
    ) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let _ = visit_expressions_mut(expr, |expr: &mut SqlExpr| {
            if let SqlExpr::Identifier(name) = expr
                && name.quote_style.is_none()
            {
                match self.match_column(&name.value, schema, sql) {
                    Ok(column) => *name = Ident { quote_style: Some('"'), value: column, span: name.span },
                    Err(problem) => problems.push(problem),
                }
            }
            ControlFlow::<()>::Continue(())
        });
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn match_column(&self, name: &str, schema: &DFSchema, sql: &Spanned<String>) -> Result<String, Problem> {
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        if names.contains(&name) {
            return Ok(name.to_owned());
        }
        let alike: Vec<&&str> = names.iter().filter(|column| column.eq_ignore_ascii_case(name)).collect();
        if let [one] = alike.as_slice() {
            return Ok((**one).to_owned());
        }
        let at = self.pipeline.file.text.get(sql.at.clone()).and_then(|text| text.find(name));
        let at = at.map_or(sql.at.clone(), |start| sql.at.start + start..sql.at.start + start + name.len());
        let (what, help) = if alike.is_empty() {
            let what = format!("the files of `{}` have no column `{name}`", self.source.name.value);
            (what, suggestion(name, names))
        } else {
            let what = format!("`{name}` could be several columns of the files");
            (what, Some(format!("quote the one you mean, as in \"{}\"", alike[0])))
        };
        Err(Problem::new(what).at(self.pipeline.place(&at)).help_if(help))
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

/// Whether a column's name is a canonical one's, misspelt.
fn is_typo(written: &str, canonical: &str) -> bool {
    closest(written, [canonical]).is_some() && !CANONICAL.iter().any(|(name, _)| *name == written)
}

/// The digits of money: the most that leave room for sums of many rows.
const MONEY_DIGITS: u8 = 28;

fn optional_type(name: &str) -> DataType {
    match name {
        "quantity" => DataType::Decimal128(18, 3),
        "cost" | "discount" => DataType::Decimal128(MONEY_DIGITS, 2),
        _ => DataType::Utf8View,
    }
}

/// A day as the engine counts it: days since 1970-01-01.
pub fn days(day: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(day).map_or(0, |span| span.get_days())
}
