//! Masks customers' ids in what others will see: the tables for page and downloads, before these are made.
//!
//! Columns of ids are known from their declaration, and from their origin ([`lineage`](crate::engine::lineage)). In a
//! text column of unknown content, the values that are ids of the run's customers are masked. A column of whole numbers
//! is masked if all of them are ids and chance cannot be the reason ([`numbers`]).

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{cast, ident, lit};

use crate::engine::lineage::{CUSTOMER_ID, Ids};
use crate::engine::{Plan, Sessions, Time};
use crate::pipeline::{CustomerIds, Step, TRANSACTIONS};
use crate::problem::{Failure, Problem};
use crate::report::{Tables, mask};
use crate::tables::ColumnKind;

use super::{engine_failed, publish};

mod numbers;

/// The tables as the report may show them, and warnings for the operator.
///
/// # Errors
/// Where the project's key cannot be read or made, or ids cannot be looked up.
pub(super) async fn masked(
    plan: &Plan,
    sessions: &Sessions,
    tables: Tables,
) -> Result<(Tables, Vec<Problem>), Failure> {
    if plan.pipeline.report.as_ref().is_some_and(|report| report.customer_ids == CustomerIds::Shown) {
        return Ok((tables, Vec::new()));
    }
    let key = publish::key(plan)?;
    let mut work = Masking { plan, sessions, columns: columns(plan, &tables) };
    let masked = async {
        work.judge_numbers(&tables).await?;
        work.masked(&key, tables).await
    };
    masked.await.map_err(|error| engine_failed("masking customers' ids", &error))
}

/// A column of a table that others will see.
struct Column {
    table: String,
    at: usize,
    name: String,
    ids: Ids,
    text: bool,
    /// Whether it holds whole numbers that may be ids.
    number: bool,
    /// Whether its values show that they are ids.
    found: bool,
}

impl Column {
    /// Whether every value is masked.
    fn whole(&self) -> bool {
        match self.ids {
            Ids::Whole | Ids::Made => true,
            // Numbers are not compared: a count may be a customer's number by chance.
            Ids::Mixed => !self.text,
            Ids::Unknown => self.found,
            Ids::Other | Ids::Nothing => false,
        }
    }

    /// Whether only the values that are customers' ids are masked.
    fn in_part(&self) -> bool {
        self.text && matches!(self.ids, Ids::Mixed | Ids::Unknown)
    }
}

/// The columns that may need masking.
fn columns(plan: &Plan, tables: &Tables) -> Vec<Column> {
    let mut columns = Vec::new();
    for (table, batch) in &tables.0 {
        let (time, name) = match table.split_once('.') {
            Some((schema, name)) => (Time::of_schema(schema).unwrap_or(Time::Current), name),
            None => (Time::Current, table.as_str()),
        };
        // The run's own audit tables come from no query.
        let Some(known) = plan.ids.get(&(time, name.to_owned())) else { continue };
        for (at, field) in batch.schema().fields().iter().enumerate() {
            let traced = known.get(field.name()).copied().unwrap_or(Ids::Unknown);
            let declared = plan.pipeline.declared.get(name).and_then(|table| table.column(field.name()));
            let kind = declared.map(|column| column.kind);
            // A column that is declared an id is an id, whatever its origin.
            let ids = if kind == Some(ColumnKind::Customer) { Ids::Whole } else { traced };
            let text = is_text(field.data_type());
            // A column that is declared a figure is not an id.
            let figure = kind.is_some_and(ColumnKind::is_figure);
            let number = ids == Ids::Unknown && !figure && is_whole_number(field.data_type());
            let name = field.name().clone();
            let column = Column { table: table.clone(), at, name, ids, text, number, found: false };
            if column.whole() || column.in_part() || number {
                columns.push(column);
            }
        }
    }
    columns
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => is_text(value),
        kind => kind.is_string(),
    }
}

fn is_whole_number(kind: &DataType) -> bool {
    kind.is_integer() || matches!(kind, DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0))
}

struct Masking<'a> {
    plan: &'a Plan,
    sessions: &'a Sessions,
    columns: Vec<Column>,
}

impl Masking<'_> {
    async fn masked(&self, key: &[u8], tables: Tables) -> EngineResult<(Tables, Vec<Problem>)> {
        let (mut hidden, mut ids, mut asked) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut values: Vec<BTreeSet<String>> = Vec::new();
        for column in &self.columns {
            let found = match tables.0.get(&column.table).and_then(|batch| batch.columns().get(column.at)) {
                Some(array) => mask::texts(array)?.into_iter().flatten().collect(),
                None => BTreeSet::new(),
            };
            if column.whole() {
                if column.ids == Ids::Whole {
                    ids.extend(found.iter().cloned());
                }
                hidden.extend(found.iter().cloned());
            } else {
                asked.extend(found.iter().cloned());
            }
            values.push(found);
        }
        let mut known: BTreeSet<String> = asked.intersection(&ids).cloned().collect();
        let open = asked.difference(&known).cloned().collect();
        known.extend(self.customers_among(open).await?);
        let mut warnings = Vec::new();
        let mut by_table: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (column, values) in self.columns.iter().zip(&values) {
            if column.in_part() && values.is_disjoint(&known) {
                continue;
            }
            by_table.entry(&column.table).or_default().push(column.at);
            if column.ids == Ids::Unknown {
                let what = format!(
                    "customers' ids are masked in the column `{}` of `{}`",
                    column.name, column.table
                );
                let help = "if they are none, say so in the source that they come from: `customer_ids:` lists the columns that hold ids, `[]` that there are no more";
                warnings.push(Problem::warning(what).help(help));
            }
        }
        // A column masked in part masks only known ids; these include ids that another column masks too.
        hidden.extend(known.iter().cloned());
        let masks = mask::Masks::new(key, hidden);
        let in_part = masks.only(&known);
        let mut out = Tables::default();
        for (name, batch) in &tables.0 {
            out.insert(name, self.table(name, batch, &by_table, &masks, &in_part)?);
        }
        Ok((out, warnings))
    }

    fn table(
        &self,
        name: &str,
        batch: &RecordBatch,
        by_table: &BTreeMap<&str, Vec<usize>>,
        masks: &mask::Masks,
        in_part: &mask::Masks,
    ) -> EngineResult<RecordBatch> {
        let Some(columns) = by_table.get(name) else { return Ok(batch.clone()) };
        let is_whole = |at: &usize| {
            self.columns.iter().any(|column| column.table == name && column.at == *at && column.whole())
        };
        let (whole, part): (Vec<usize>, Vec<usize>) = columns.iter().partition(|at| is_whole(at));
        Ok(mask::masked(&mask::masked(batch, &whole, masks)?, &part, in_part)?)
    }

    /// Which of some values are customers' ids, by the tables that this run keeps of customers; if it keeps none, by
    /// the transactions.
    async fn customers_among(&self, mut values: BTreeSet<String>) -> EngineResult<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for (table, column) in self.places() {
            if values.is_empty() {
                break;
            }
            let context = self.sessions.at(Time::Current);
            let Ok(frame) = context.table(table.as_str()).await else { continue };
            let wanted = values.iter().map(|value| lit(value.as_str())).collect();
            let rows = frame
                .select(vec![cast(ident(&column), DataType::Utf8).alias("id")])?
                .filter(ident("id").in_list(wanted, false))?
                .distinct()?
                .collect()
                .await?;
            for batch in rows {
                for ids in batch.columns() {
                    found.extend(mask::texts(ids)?.into_iter().flatten());
                }
            }
            values = values.difference(&found).cloned().collect();
        }
        Ok(found)
    }

    /// Where ids of customers can be looked up.
    fn places(&self) -> Vec<(String, String)> {
        let mut places = self.kept();
        if places.is_empty() {
            places.push((TRANSACTIONS.to_owned(), CUSTOMER_ID.to_owned()));
        }
        places
    }

    /// The kept tables with unchanged customers' ids, each with its column.
    fn kept(&self) -> Vec<(String, String)> {
        let mut kept = Vec::new();
        for node in self.plan.nodes.iter().filter(|node| node.time == Time::Current) {
            let Some(step) = self.plan.step(node).filter(|step| step.keep) else { continue };
            for table in Step::outputs(step) {
                let Some(known) = self.plan.ids.get(&(Time::Current, table.clone())) else { continue };
                let whole = known.iter().filter(|(_, ids)| **ids == Ids::Whole);
                kept.extend(whole.map(|(column, _)| (table.clone(), column.clone())));
            }
        }
        kept
    }
}
