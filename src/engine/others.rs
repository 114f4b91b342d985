//! Customers who are not of a report of some customers, in the rows of those who are: who recommended them, which group they
//! belong to.
//!
//! Such ids are NULL in the report. The columns that hold them are known from `customer_ids`, from what modules read, and
//! from the mapping. A text column of which nothing is known is looked through: a run ends where it holds ids.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;
use datafusion::common::JoinType;
use datafusion::error::Result as EngineResult;
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::logical_expr::{Expr, cast, ident, when};
use datafusion::prelude::DataFrame;

use crate::pipeline::{CUSTOMERS, Source};
use crate::problem::{Failure, FailureKind, Problem};

use super::explained::plain;
use super::lineage::{CUSTOMER_ID, Ids, Known};
use super::plan::Plan;
use super::session::{Sessions, Time};

/// The ids of known customers beside those of a column.
fn found(number: usize) -> String {
    format!("_customer_{number}")
}

/// The columns of a source beside `customer_id` that are known to hold ids of customers.
pub(super) fn columns_of_others(known: &Known, source: &Source) -> BTreeSet<String> {
    columns_with(known, source, |ids| matches!(ids, Ids::Whole | Ids::Mixed | Ids::Made))
}

fn columns_with(known: &Known, source: &Source, holds: impl Fn(Ids) -> bool) -> BTreeSet<String> {
    let known = known.get(&(Time::Current, source.name.value.clone()));
    let columns = known.into_iter().flatten().filter(|(name, ids)| *name != CUSTOMER_ID && holds(**ids));
    columns.map(|(name, _)| name.clone()).collect()
}

/// The rows, beside each value of the columns the same id among `customers`, NULL where it is none of them.
fn beside(rows: DataFrame, columns: &BTreeSet<String>, customers: &DataFrame) -> EngineResult<DataFrame> {
    let ids = customers.clone().select(vec![text(CUSTOMER_ID).alias(CUSTOMER_ID)])?.distinct()?;
    let mut rows = rows;
    for (number, column) in columns.iter().enumerate() {
        let ids = ids.clone().select(vec![ident(CUSTOMER_ID).alias(found(number))])?;
        rows = rows.join_on(ids, JoinType::Left, [text(column).eq(ident(found(number)))])?;
    }
    Ok(rows)
}

fn text(column: &str) -> Expr {
    cast(ident(column), DataType::Utf8)
}

impl Plan {
    /// The columns of a source in which its rows may name customers who are not of the report.
    pub(super) fn of_others(&self, source: &Source) -> BTreeSet<String> {
        if self.pipeline.is_of_some_customers() {
            columns_of_others(&self.ids, source)
        } else {
            BTreeSet::new()
        }
    }

    /// The rows of a source as a report of some customers has them: ids of others are NULL.
    ///
    /// # Errors
    /// Those of the engine.
    pub(super) async fn without_others(
        &self,
        sessions: &Sessions,
        source: &Source,
        rows: DataFrame,
    ) -> EngineResult<DataFrame> {
        let columns = self.of_others(source);
        if columns.is_empty() {
            return Ok(rows);
        }
        let names: Vec<String> = rows.schema().fields().iter().map(|field| field.name().clone()).collect();
        let customers = if source.name.value == CUSTOMERS {
            rows.clone()
        } else {
            sessions.at(Time::Current).table(CUSTOMERS).await?
        };
        let rows = beside(rows, &columns, &customers)?;
        let select = names.iter().map(|name| match columns.iter().position(|column| column == name) {
            Some(number) => Ok(when(ident(found(number)).is_not_null(), ident(name)).end()?.alias(name)),
            None => Ok(ident(name)),
        });
        rows.select(select.collect::<EngineResult<Vec<Expr>>>()?)
    }

    /// Sees to it that no text column of unknown content holds ids of customers, where reports of some customers are made:
    /// they would tell of others.
    ///
    /// # Errors
    /// Columns with such ids: a check that failed. Else those of the engine.
    pub async fn tells_of_no_others(&self, sessions: &Sessions, source: &Source) -> Result<(), Failure> {
        if !self.pipeline.parts_customers {
            return Ok(());
        }
        let unknown = columns_with(&self.ids, source, |ids| ids == Ids::Unknown);
        let place = || self.pipeline.place(&source.name.at);
        let found = self.columns_found(sessions, source, unknown).await.map_err(|error| {
            let what =
                format!("the source `{}` cannot be looked through: {}", source.name.value, plain(&error));
            Failure::run(Problem::new(what).at(place()))
        })?;
        let problems: Vec<Problem> = found
            .iter()
            .map(|column| {
                let what = format!(
                    "source `{}`: the column `{column}` holds ids of customers, which reports of some customers would tell to others",
                    source.name.value
                );
                let mut listed: Vec<&str> = source.customer_ids.iter().flatten().map(|name| name.value.as_str()).collect();
                let without = format!("[{}]", listed.join(", "));
                listed.push(column);
                let help = format!(
                    "write `customer_ids: [{}]` beside `path`, and those of other customers are NULL there; if they are no ids, \
                     `customer_ids: {without}`",
                    listed.join(", ")
                );
                Problem::new(what).at(place()).help(help)
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(Failure { kind: FailureKind::Check, problems }) }
    }

    /// The text columns among these with an id of a customer other than the row's own.
    async fn columns_found(
        &self,
        sessions: &Sessions,
        source: &Source,
        columns: BTreeSet<String>,
    ) -> EngineResult<Vec<String>> {
        let context = sessions.at(Time::Current);
        let rows = context.table(source.name.value.as_str()).await?;
        let is_text = |name: &String| {
            rows.schema().field_with_unqualified_name(name).is_ok_and(|field| match field.data_type() {
                DataType::Dictionary(_, value) => value.is_string(),
                kind => kind.is_string(),
            })
        };
        let columns: BTreeSet<String> = columns.into_iter().filter(is_text).collect();
        let Some(customers) = sessions.partner(CUSTOMERS).filter(|_| !columns.is_empty()) else {
            return Ok(Vec::new());
        };
        let customers = context.read_table(customers)?;
        let own = rows.schema().has_column_with_unqualified_name(CUSTOMER_ID);
        let asked = |number: usize| {
            let id = ident(found(number));
            if own { when(text(CUSTOMER_ID).not_eq(id.clone()), id).end() } else { Ok(id) }
        };
        let names: Vec<&str> = columns.iter().map(String::as_str).chain(own.then_some(CUSTOMER_ID)).collect();
        let rows = rows.select(names.iter().map(|name| ident(*name)).collect::<Vec<_>>())?;
        let rows = beside(rows, &columns, &customers)?;
        let largest = (0..columns.len()).map(|number| Ok(max(asked(number)?).alias(found(number))));
        let largest = rows.aggregate(Vec::new(), largest.collect::<EngineResult<Vec<_>>>()?)?;
        let batches = largest.collect().await?;
        let holds = |number: usize| {
            batches
                .iter()
                .any(|batch| batch.columns().get(number).is_some_and(|ids| ids.null_count() < ids.len()))
        };
        let found = columns.iter().enumerate().filter(|(number, _)| holds(*number));
        Ok(found.map(|(_, column)| column.clone()).collect())
    }
}
