//! Masks customers' ids in what others will see: the tables for page and downloads, before these are made.
//!
//! Columns of ids are known from their declaration, and from their origin ([`lineage`](crate::engine::lineage)). In a
//! text column of unknown content, the values that are ids of the run's customers are masked. A column of whole numbers
//! is masked if all of them are ids and chance cannot be the reason ([`numbers`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::JoinType;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{cast, ident};
use datafusion::prelude::{DataFrame, SessionContext};

use crate::engine::lineage::{CUSTOMER_ID, Ids};
use crate::engine::output::Stored;
use crate::engine::{Plan, Sessions, Time};
use crate::pipeline::{CustomerIds, Step, TRANSACTIONS};
use crate::problem::{Failure, Problem};
use crate::report::Tables;
use crate::report::mask::{self, Masks};
use crate::tables::ColumnKind;

use super::{engine_failed, groups, publish};

mod numbers;

/// What is masked in a run, for its small tables and for the large ones that become downloads.
pub(super) struct Masking<'a> {
    plan: &'a Plan,
    sessions: &'a Sessions,
    columns: Vec<Column>,
    masks: Masks,
    /// Those of the ids that columns hold among other values.
    in_part: Masks,
    /// The columns that are masked although nobody said that they hold ids.
    warned: BTreeSet<(String, usize)>,
    warnings: Vec<Problem>,
}

/// The tables that others will see.
#[derive(Clone, Copy)]
struct Published<'a> {
    tables: &'a Tables,
    /// Those with more rows than `tables` has of them.
    large: &'a BTreeMap<String, Stored>,
}

impl Published<'_> {
    /// Each table with its columns.
    fn schemas(&self) -> BTreeMap<&str, SchemaRef> {
        let small = self.tables.0.iter().map(|(name, batch)| (name.as_str(), batch.schema()));
        small
            .chain(self.large.iter().map(|(name, stored)| (name.as_str(), Arc::clone(&stored.schema))))
            .collect()
    }

    /// The values of a column, each once.
    fn values(&self, column: &Column) -> EngineResult<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut take = |array: &dyn Array| -> EngineResult<()> {
            found.extend(mask::texts(array)?.into_iter().flatten());
            Ok(())
        };
        if let Some(stored) = self.large.get(&column.table) {
            for batch in stored.batches(Some(column.at)) {
                for array in batch?.columns() {
                    take(array)?;
                }
            }
        } else if let Some(array) =
            self.tables.0.get(&column.table).and_then(|batch| batch.columns().get(column.at))
        {
            take(array)?;
        }
        Ok(found)
    }
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
fn columns(plan: &Plan, published: Published<'_>) -> Vec<Column> {
    let mut columns = Vec::new();
    for (table, schema) in published.schemas() {
        let (time, name) = match table.split_once('.') {
            Some((schema, name)) => (Time::of_schema(schema).unwrap_or(Time::Current), name),
            None => (Time::Current, table),
        };
        // The run's own audit tables come from no query.
        let Some(known) = plan.ids.get(&(time, name.to_owned())) else { continue };
        for (at, field) in schema.fields().iter().enumerate() {
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
            let column = Column { table: table.to_owned(), at, name, ids, text, number, found: false };
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

impl<'a> Masking<'a> {
    /// Finds the ids in the tables that others will see. All ids of a run are masked together: no two look the same.
    ///
    /// # Errors
    /// Where the project's key cannot be read or made, or ids cannot be looked up.
    pub(super) async fn learn(
        plan: &'a Plan,
        sessions: &'a Sessions,
        tables: &Tables,
        large: &BTreeMap<String, Stored>,
    ) -> Result<Self, Failure> {
        let mut masking = Self {
            plan,
            sessions,
            columns: Vec::new(),
            masks: Masks::default(),
            in_part: Masks::default(),
            warned: BTreeSet::new(),
            warnings: Vec::new(),
        };
        if plan.pipeline.report.as_ref().is_some_and(|report| report.customer_ids == CustomerIds::Shown) {
            return Ok(masking);
        }
        let key = publish::key(plan)?;
        let published = Published { tables, large };
        masking.columns = columns(plan, published);
        let found = async {
            masking.judge_numbers(published).await?;
            masking.find_ids(published, &key).await
        };
        found.await.map_err(|error| masking_failed(&error))?;
        Ok(masking)
    }

    async fn find_ids(&mut self, published: Published<'_>, key: &[u8]) -> EngineResult<()> {
        let (mut hidden, mut ids, mut asked) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for column in &self.columns {
            let found = published.values(column)?;
            if column.whole() {
                if column.ids == Ids::Whole {
                    ids.extend(found.iter().cloned());
                }
                hidden.extend(found);
            } else {
                asked.extend(found);
            }
        }
        let mut known: BTreeSet<String> = asked.intersection(&ids).cloned().collect();
        let open = asked.difference(&known).cloned().collect();
        known.extend(self.customers_among(open).await?);
        // A column masked in part masks only known ids; these include ids that another column masks too.
        hidden.extend(known.iter().cloned());
        self.masks = Masks::new(key, hidden);
        self.in_part = self.masks.only(&known);
        Ok(())
    }

    /// The small tables as others may see them.
    ///
    /// # Errors
    /// A column of a type without a text form.
    pub(super) fn tables(&mut self, tables: Tables) -> Result<Tables, Failure> {
        let mut out = Tables::default();
        for (name, batch) in tables.0 {
            let masked = self.table(&name, &batch)?;
            out.insert(&name, masked);
        }
        Ok(out)
    }

    /// A table as others may see it.
    ///
    /// # Errors
    /// A column of a type without a text form.
    pub(super) fn table(&mut self, name: &str, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        let masked = self.masked(name, batch).map_err(|error| masking_failed(&error))?;
        let Some(least) = self.plan.pipeline.report.as_ref().and_then(|report| report.least_group) else {
            return Ok(masked);
        };
        let declared = self.plan.pipeline.declared.get(name.split_once('.').map_or(name, |(_, name)| name));
        let kind = |column: &str| declared.and_then(|table| table.column(column)).map(|column| column.kind);
        groups::without_small(&masked, least, kind).map_err(|error| masking_failed(&error.into()))
    }

    fn masked(&mut self, name: &str, batch: &RecordBatch) -> EngineResult<RecordBatch> {
        let (mut whole, mut part) = (Vec::new(), Vec::new());
        for column in self.columns.iter().filter(|column| column.table == name) {
            if column.whole() {
                whole.push(column.at);
            } else if let Some(array) = batch.columns().get(column.at)
                && mask::texts(array)?.iter().flatten().any(|text| self.in_part.get(text).is_some())
            {
                part.push(column.at);
            } else {
                continue;
            }
            if column.ids == Ids::Unknown && self.warned.insert((name.to_owned(), column.at)) {
                let what = format!(
                    "customers' ids are masked in the column `{}` of `{}`",
                    column.name, column.table
                );
                let help = "if they are none, say so in the source that they come from: `customer_ids:` lists the columns that hold ids, `[]` that there are no more";
                self.warnings.push(Problem::warning(what).help(help));
            }
        }
        if whole.is_empty() && part.is_empty() {
            return Ok(batch.clone());
        }
        Ok(mask::masked(&mask::masked(batch, &whole, &self.masks)?, &part, &self.in_part)?)
    }

    /// What the operator should know of what was masked since it was last asked.
    pub(super) fn warnings(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.warnings)
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
            let ids = frame.select(vec![cast(ident(&column), DataType::Utf8).alias("id")])?;
            let wanted = Arc::new(StringArray::from_iter_values(&values));
            let rows = among(context, ids, wanted)?.collect().await?;
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

/// Those of some values that are among ids, in a column `wanted`. They may be as many as a large table has rows: a join
/// takes them as they are, and a list of literals would be planned one by one.
fn among(context: &SessionContext, ids: DataFrame, wanted: ArrayRef) -> EngineResult<DataFrame> {
    let wanted = RecordBatch::try_from_iter([("wanted", wanted)])?;
    context.read_batch(wanted)?.join(ids, JoinType::LeftSemi, &["wanted"], &["id"], None)
}

fn masking_failed(error: &DataFusionError) -> Failure {
    engine_failed("masking customers' ids", error)
}
