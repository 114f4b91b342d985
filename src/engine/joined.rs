//! `join` of a source: the rows of its files, each with the columns of the one row of another source that it names.
//!
//! ```text
//! files ──unite──> raw ──join──> raw with `orders.customer_id` … ──columns──> mapped
//! ```
//! The other source is taken in before. Its used rows are written once, and a run ends where a key of it occurs twice. So no
//! row of the files is lost or repeated here. A row that finds none is marked; a rule or a check counts it.

use std::path::Path;
use std::sync::Arc;

use datafusion::common::{Column as Named, DFSchema, JoinType};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::Result as EngineResult;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, ExprSchemable, col, ident, lit};
use datafusion::prelude::DataFrame;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident};

use crate::pipeline::{Column, Join, Source, Spanned};
use crate::problem::{Failure, FailureKind, Problem, counted, suggestion};

use super::comparison;
use super::explained::plain;
use super::mapper::{Mapper, Partner};
use super::output;
use super::plan::{Plan, PlannedSource};
use super::session::{Sessions, Time};
use super::unmatched::mark;

impl Plan {
    /// The sources that a source joins, with their rows where a run has them.
    pub(super) fn partners<'a>(&'a self, sessions: &Sessions, source: &'a Source) -> Vec<Partner<'a>> {
        let partner = |join: &'a Join| {
            let planned = self.planned(&join.source.value)?;
            let rows = sessions.partner(&join.source.value);
            Some(Partner { join, source: self.source(planned)?, planned, rows })
        };
        source.joins.iter().filter_map(partner).collect()
    }

    /// The sources in the order in which they are taken in: those that others join first.
    pub fn intake_order(&self) -> Vec<&PlannedSource> {
        let joined = |planned: &&PlannedSource| {
            self.source(planned).is_some_and(|source| self.joins_of(source).next().is_some())
        };
        let (first, others): (Vec<_>, Vec<_>) = self.sources.iter().partition(joined);
        first.into_iter().chain(others).collect()
    }

    /// The joins that name a source.
    fn joins_of<'a>(&'a self, source: &'a Source) -> impl Iterator<Item = &'a Join> {
        let all = self.pipeline.sources.iter().flat_map(|other| &other.joins);
        all.filter(|join| join.source.value == source.name.value)
    }

    /// Keeps the used rows of a source that others join, and sees to it that each key is that of one row.
    ///
    /// # Errors
    /// A key of several rows: a check that failed. Else those of the engine.
    pub async fn keep_joined(
        &self,
        sessions: &Sessions,
        source: &Source,
        scratch: &Path,
    ) -> Result<(), Failure> {
        let Some(first) = self.joins_of(source).next() else { return Ok(()) };
        let failed = |error| {
            let what = format!("the source `{}` cannot be joined: {}", source.name.value, plain(&error));
            Failure::run(Problem::new(what).at(self.pipeline.place(&first.source.at)))
        };
        let context = sessions.at(Time::Current);
        let folder = scratch.join(format!("{}.joined", source.name.value));
        let rows = async {
            let rows = context.table(source.name.value.as_str()).await?.create_physical_plan().await?;
            output::scratch_parts(context, rows, &folder).await?.table()
        };
        let rows = rows.await.map_err(failed)?;
        sessions.keep_partner(&source.name.value, Arc::clone(&rows));
        let mut problems = Vec::new();
        for join in self.joins_of(source) {
            let twice = context.read_table(Arc::clone(&rows)).and_then(|rows| repeated(rows, join));
            let twice = async { twice?.collect().await };
            let twice = twice.await.map_err(failed)?;
            problems.extend(self.twice(source, join, &twice));
        }
        if problems.is_empty() { Ok(()) } else { Err(Failure { kind: FailureKind::Check, problems }) }
    }

    /// The complaint about keys of several rows.
    fn twice(&self, source: &Source, join: &Join, found: &[arrow::array::RecordBatch]) -> Option<Problem> {
        let number: usize = found.iter().map(arrow::array::RecordBatch::num_rows).sum();
        let first = found.iter().find(|batch| batch.num_rows() > 0)?;
        let value = |(number, column): (usize, &Column)| {
            let values = first.columns().get(number)?;
            let text = arrow::util::display::array_value_to_string(values, 0).ok()?;
            Some(format!("{} {}", column.name.value, crate::visible::visible(&text)))
        };
        let key: Vec<String> = join.on.iter().enumerate().filter_map(value).collect();
        let names: Vec<&str> = join.on.iter().map(|column| column.name.value.as_str()).collect();
        let what = format!(
            "source `{}`: {} of several rows, such as {}",
            source.name.value,
            match number {
                1 => "1 key is that".to_owned(),
                _ => format!("{} are those", counted(number as u64, "key")),
            },
            key.join(", ")
        );
        let help = format!(
            "a row that joins `{0}` must find one row: set the others aside by a rule of `{0}`, such as `twice: {{ repeated: [{1}] }}`",
            source.name.value,
            names.join(", ")
        );
        Some(Problem::new(what).at(self.pipeline.place(&join.source.at)).help(help))
    }
}

/// The keys that are those of several rows, in order, one of NULL in them left out.
fn repeated(rows: DataFrame, join: &Join) -> EngineResult<DataFrame> {
    const ROWS: &str = "_rows";
    let keys = || join.on.iter().map(|column| ident(&column.name.value));
    let whole = keys().map(Expr::is_not_null).reduce(Expr::and).unwrap_or_else(|| lit(true));
    let counts = rows.filter(whole)?.aggregate(keys().collect(), vec![count(lit(1)).alias(ROWS)])?;
    let order = keys().map(|key| key.sort(true, false)).collect();
    counts.filter(ident(ROWS).gt(lit(1)))?.sort(order)
}

impl Partner<'_> {
    /// What the other source's columns are called here.
    fn names(&self, columns: &[String]) -> Vec<Expr> {
        columns.iter().map(|name| ident(name).alias(self.join.column(name))).collect()
    }
}

impl Mapper<'_> {
    /// The rows of the files with the columns of the sources that are joined.
    ///
    /// # Errors
    /// Every key that cannot be planned or compared.
    pub(super) fn joined(&self, mut raw: DataFrame) -> Result<DataFrame, Vec<Problem>> {
        let mut problems = Vec::new();
        for partner in &self.partners {
            match self.with_partner(raw.clone(), partner) {
                Ok(joined) => raw = joined,
                Err(mut found) => problems.append(&mut found),
            }
        }
        if problems.is_empty() { Ok(raw) } else { Err(problems) }
    }

    fn with_partner(&self, raw: DataFrame, partner: &Partner<'_>) -> Result<DataFrame, Vec<Problem>> {
        let engine = |error| vec![self.at_source(&plain(&error))];
        let Some((other, columns)) = self.partner_rows(partner)? else { return Ok(raw) };
        let named = other.select(partner.names(&columns)).map_err(engine)?;
        let both = raw.schema().join(named.schema()).map_err(engine)?;
        let mut problems = Vec::new();
        let mut conditions = Vec::new();
        for key in &partner.join.on {
            if !columns.contains(&key.name.value) {
                problems.push(self.not_of_partner(partner, &key.name, &columns));
                continue;
            }
            match self.expression(&key.sql, raw.schema()) {
                Ok(expr) => {
                    let theirs = col(Named::new_unqualified(partner.join.column(&key.name.value)));
                    match self.unlike(key, (&expr, &theirs), &both) {
                        Some(problem) => problems.push(problem),
                        None => conditions.push(expr.eq(theirs)),
                    }
                }
                Err(mut found) => problems.append(&mut found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let found = partner.join.on.first().map_or_else(
            || lit(false),
            |key| col(Named::new_unqualified(partner.join.column(&key.name.value))).is_null(),
        );
        raw.join_on(named, JoinType::Left, conditions)
            .and_then(|joined| joined.with_column(&mark(partner.join), found))
            .map_err(engine)
    }

    /// The rows of a source that is joined, and the columns of its table; none without rows where a run has not taken it in.
    fn partner_rows(&self, partner: &Partner<'_>) -> Result<Option<(DataFrame, Vec<String>)>, Vec<Problem>> {
        let engine = |error| vec![self.at_source(&plain(&error))];
        if let Some(rows) = &partner.rows {
            let rows = self.context.read_table(Arc::clone(rows)).map_err(engine)?;
            let columns = rows.schema().fields().iter().map(|field| field.name().clone()).collect();
            return Ok(Some((rows, columns)));
        }
        let files = Some(&partner.planned.files);
        let of_other = Mapper { source: partner.source, files, partners: Vec::new(), ..*self };
        // What is wrong with it is told of it.
        let Ok(mapped) = of_other.read_nothing(&partner.planned.files, &partner.planned.schema) else {
            return Ok(None);
        };
        let rows = mapped.select(mapped.columns.iter().map(ident).collect()).map_err(engine)?;
        Ok(Some((rows, mapped.columns)))
    }

    /// The schema of the files with the columns of the sources that are joined.
    pub(super) fn joined_schema(&self, files: arrow::datatypes::Schema) -> Option<DFSchema> {
        let empty = self.context.read_table(Arc::new(EmptyTable::new(Arc::new(files)))).ok()?;
        Some(self.joined(empty).ok()?.schema().clone())
    }

    /// The complaint about a key that no value of the other source's column can equal.
    fn unlike(&self, key: &Column, (own, theirs): (&Expr, &Expr), schema: &DFSchema) -> Option<Problem> {
        let (own, theirs) = (own.get_type(schema).ok()?, theirs.get_type(schema).ok()?);
        let (is, other) = comparison::unlike(&own, &theirs)?;
        let name = &key.name.value;
        let what = format!("`{name}` is {other}, and `{}` is {is}", key.sql.value);
        let text = format!("`CAST({} AS VARCHAR)`", key.sql.value);
        let help = if other == "text" {
            format!("write {text}")
        } else if is == "text" {
            format!("make both of one kind, such as `{name}: CAST(... AS VARCHAR)` in the other source")
        } else {
            "make both of one kind by a cast".to_owned()
        };
        Some(Problem::new(what).at(self.pipeline.place(&key.sql.at)).help(help))
    }

    /// Whether a name that expressions may use is one that a user can see.
    pub(super) fn is_shown(&self, name: &str) -> bool {
        !self.partners.iter().any(|partner| mark(partner.join) == name)
    }

    /// The column of a source that is joined which has this name there, as it is written here.
    pub(super) fn elsewhere(&self, name: &str, names: &[&str]) -> Option<String> {
        let of_source = |partner: &Partner<'_>| {
            let written = partner.join.column(name);
            names.iter().find(|known| known.eq_ignore_ascii_case(&written)).map(|known| (*known).to_owned())
        };
        self.partners.iter().find_map(of_source)
    }

    fn not_of_partner(&self, partner: &Partner<'_>, column: &Spanned<String>, columns: &[String]) -> Problem {
        let what = format!("`{}` is not a column of `{}`", column.value, partner.join.source.value);
        let help = suggestion(&column.value, columns.iter().map(String::as_str));
        Problem::new(what).at(self.pipeline.place(&column.at)).help_if(help)
    }

    /// `orders.customer_id` as the one name that the column has here; none for anything else.
    pub(super) fn of_partner(&self, expr: &SqlExpr) -> Option<Ident> {
        let SqlExpr::CompoundIdentifier(parts) = expr else { return None };
        let [source, column] = parts.as_slice() else { return None };
        let partner = self.partners.iter().find(|partner| {
            let name = &partner.join.source.value;
            *name == source.value || source.quote_style.is_none() && name.eq_ignore_ascii_case(&source.value)
        })?;
        Some(Ident { value: partner.join.column(&column.value), quote_style: None, span: source.span })
    }

    /// The source that a name of [`Self::of_partner`] is of, and its column.
    pub(super) fn partner_named<'n>(&self, name: &'n str) -> Option<(&str, &'n str)> {
        let (source, column) = name.split_once('.')?;
        let partner = self.partners.iter().find(|partner| partner.join.source.value == source)?;
        Some((&partner.join.source.value, column))
    }
}
