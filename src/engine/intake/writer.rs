//! What happens to checked rows: they are counted and valued by disposition, then set aside, held back, or sorted into
//! runs of history.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch, StringArray, new_null_array,
};
use arrow::compute::{filter_record_batch, is_null, not};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Int8Type, Int32Type, Schema, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use super::columns::{chosen, column};
use super::keys::{Hashes, KeySet};
use super::measures::Measure;
use super::part::{PartMaker, RunFile};
use crate::engine::functions::overflow;
use crate::engine::lost::lost_mark;
use crate::engine::quarantine::{RULE, disposition_column};
use crate::engine::transactions::MONEY_SCALE;

/// Digits after the point of money in totals: the most that money can have.
pub const AMOUNT_SCALE: i8 = MONEY_SCALE;

/// The rows of one disposition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// The number of rows.
    pub rows: u64,
    /// Their money, in units of [`AMOUNT_SCALE`] decimals; 0 for a source without money.
    pub amount: i128,
}

impl Disposition {
    fn add(&mut self, other: Self) -> Result<()> {
        self.rows += other.rows;
        self.amount = self.amount.checked_add(other.amount).ok_or_else(too_much)?;
        Ok(())
    }
}

/// Counts of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// By disposition: used, after the as-of date, then each rule in order.
    pub dispositions: Vec<Disposition>,
    /// For each measure of the checks, over the used rows: the number of wrong rows, or the newest day.
    pub measures: Vec<Option<i64>>,
    /// The used rows with money of zero or more; those below are returns.
    pub sales: Disposition,
    /// The first and the last business day of the used rows, in days since 1970-01-01.
    pub used_days: Option<(i32, i32)>,
    /// The last business day of all rows up to the as-of date.
    pub last_day: Option<i32>,
    /// The first business day of the rows after the as-of date. For any date from the last day on and before this one,
    /// the same rows are on this side of it: files may have a few rows in the far future.
    pub next_day: Option<i32>,
    /// For each column: the number of rows, with any disposition, that lost digits in a cast.
    pub lost: BTreeMap<String, u64>,
}

impl Totals {
    /// Nothing counted yet.
    pub fn new(dispositions: usize, measures: &[Measure]) -> Self {
        Self {
            dispositions: vec![Disposition::default(); dispositions],
            measures: measures.iter().map(Measure::none).collect(),
            sales: Disposition::default(),
            used_days: None,
            last_day: None,
            next_day: None,
            lost: BTreeMap::new(),
        }
    }

    /// Adds other totals.
    ///
    /// # Errors
    /// Money that is too large.
    pub fn add(&mut self, other: &Self, measures: &[Measure]) -> Result<()> {
        for (own, other) in self.dispositions.iter_mut().zip(&other.dispositions) {
            own.add(*other)?;
        }
        self.sales.add(other.sales)?;
        for (column, rows) in &other.lost {
            *self.lost.entry(column.clone()).or_default() += rows;
        }
        for ((own, other), measure) in self.measures.iter_mut().zip(&other.measures).zip(measures) {
            *own = measure.joined(*own, *other);
        }
        self.used_days = match (self.used_days, other.used_days) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, None) | (None, one) => one,
        };
        self.last_day = self.last_day.max(other.last_day);
        self.next_day = [self.next_day, other.next_day].into_iter().flatten().min();
        Ok(())
    }
}

/// What a writer knows about its rows.
#[derive(Clone)]
pub struct IntakeLayout {
    /// The columns of the source's table.
    pub columns: Vec<String>,
    /// The names of dispositions.
    pub dispositions: Vec<Option<String>>,
    /// The first disposition of an implied rule.
    pub implied: i32,
    /// The number of disposition columns in a row.
    pub disposition_columns: usize,
    /// The measures of the checks, one column each.
    pub measures: Vec<Measure>,
    /// Whether rows have money.
    pub money: bool,
    /// The column with the business day, if rows have one.
    pub day: Option<&'static str>,
    /// The columns that may lose digits in casts.
    pub lossy: Vec<String>,
    /// The as-of date, in days since 1970-01-01.
    pub as_of: i32,
    /// Keys, and the hashes of keys with rows that are held back.
    pub held: Vec<(KeySet, Arc<Hashes>)>,
    /// The column that says whether a row is taken; none means every row.
    pub within: Option<String>,
    /// The columns in which rows may name customers who are not of the view's report: NULL in rows set aside.
    pub of_others: BTreeSet<String>,
    /// The additional columns of rows, which rows held back keep.
    pub hidden: Vec<String>,
    /// The folder for files.
    pub folder: PathBuf,
    /// The prefix for file names: writers in parallel then have different names.
    pub prefix: String,
}

/// What a writer produces.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IntakeResult {
    /// What was counted.
    pub totals: Totals,
    /// Files of rows that a rule set aside, with [`RULE`].
    pub aside: Vec<String>,
    /// Used rows that cannot be assigned to the view or not, because the condition is unknown.
    pub undecided: u64,
    /// Files of rows held back, with their marks.
    pub held: Vec<String>,
    /// Runs of each step's partial rows, by the step's name.
    pub runs: BTreeMap<String, Vec<RunFile>>,
}

/// Takes checked rows, batch by batch.
pub struct IntakeWriter {
    layout: IntakeLayout,
    totals: Totals,
    undecided: u64,
    aside: Option<Rows>,
    held: Option<Rows>,
    parts: PartMaker,
}

/// The writers of a stream: one for all rows, and one for each view of some rows.
pub struct Writers {
    all: Vec<IntakeWriter>,
}

impl Writers {
    /// The first writer takes all rows, and holds back rows of repeated keys for all writers.
    pub fn new(writers: impl Iterator<Item = IntakeWriter>) -> Self {
        Self { all: writers.collect() }
    }

    /// Takes a batch.
    ///
    /// # Errors
    /// Those of writing and of the steps' queries.
    pub async fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut of_all = self.all.iter_mut();
        let Some(first) = of_all.next() else { return Ok(()) };
        let Some(batch) = first.hold(batch)? else { return Ok(()) };
        first.push(&batch).await?;
        for writer in of_all {
            writer.push_within(&batch).await?;
        }
        Ok(())
    }

    /// Finishes.
    ///
    /// # Errors
    /// Those of writing and of the steps' queries.
    pub async fn finish(self) -> Result<Vec<IntakeResult>> {
        let mut results = Vec::with_capacity(self.all.len());
        for writer in self.all {
            results.push(writer.finish().await?);
        }
        Ok(results)
    }
}

impl IntakeWriter {
    /// A writer without rows.
    pub fn new(layout: IntakeLayout, parts: PartMaker) -> Self {
        let totals = Totals::new(layout.dispositions.len(), &layout.measures);
        Self { layout, totals, undecided: 0, aside: None, held: None, parts }
    }

    /// Takes the rows of a batch that belong to the writer's view.
    async fn push_within(&mut self, batch: &RecordBatch) -> Result<()> {
        let Some(name) = &self.layout.within else { return self.push(batch).await };
        let within = column(batch, name)?.as_boolean().clone();
        if within.null_count() > 0 {
            let used = is_null(&self.disposition(batch)?)?;
            let undecided = arrow::compute::and(&used, &is_null(&within)?)?;
            self.undecided += undecided.true_count() as u64;
        }
        self.push(&filter_record_batch(batch, &within)?).await
    }

    /// Takes a batch without rows to hold back.
    async fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let disposition = self.disposition(batch)?;
        let used = is_null(&disposition)?;
        let all_used = disposition.null_count() == disposition.len();
        self.count(batch, &disposition, all_used)?;
        self.measure(batch, &disposition, &used, all_used)?;
        if !all_used {
            self.set_aside(batch, &disposition)?;
        }
        let columns = self.parts.columns();
        if columns.is_empty() {
            return Ok(());
        }
        let wanted = chosen(batch, columns)?;
        let wanted = if all_used { wanted } else { filter_record_batch(&wanted, &used)? };
        self.parts.push(wanted).await
    }

    /// Finishes.
    ///
    /// # Errors
    /// Those of writing and of the steps' queries.
    pub async fn finish(self) -> Result<IntakeResult> {
        let runs = self.parts.finish().await?;
        let end = |rows: Option<Rows>| rows.map(Rows::finish).transpose();
        Ok(IntakeResult {
            totals: self.totals,
            undecided: self.undecided,
            aside: end(self.aside)?.into_iter().collect(),
            held: end(self.held)?.into_iter().collect(),
            runs,
        })
    }

    /// Counts what does not depend on dispositions, and holds back the rows of keys that occur more than once. Returns
    /// the other rows; none if there are none.
    fn hold(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>> {
        if batch.num_rows() == 0 {
            return Ok(None);
        }
        self.note_days(batch)?;
        self.note_lost(batch);
        let mut held: Option<BooleanArray> = None;
        for (key, hashes) in self.layout.held.iter().filter(|(_, hashes)| !hashes.is_empty()) {
            let found = key.hashes(batch)?;
            let found: BooleanArray =
                found.into_iter().map(|hash| Some(hash.is_some_and(|hash| hashes.contains(&hash)))).collect();
            held = Some(match held {
                Some(other) => arrow::compute::or(&other, &found)?,
                None => found,
            });
        }
        let Some(held) = held.filter(|held| held.true_count() > 0) else { return Ok(Some(batch.clone())) };
        let marks = (0..self.layout.disposition_columns).map(disposition_column);
        let hidden = self.layout.hidden.iter().cloned();
        let columns: Vec<String> = self.layout.columns.iter().cloned().chain(hidden).chain(marks).collect();
        let rows = filter_record_batch(&chosen(batch, &columns)?, &held)?;
        let path = self.path("held");
        Rows::add(&mut self.held, &path, &rows)?;
        Ok(Some(filter_record_batch(batch, &not(&held)?)?))
    }

    /// Notes on which side of the as-of date the days lie.
    fn note_days(&mut self, batch: &RecordBatch) -> Result<()> {
        let Some(day) = self.layout.day else { return Ok(()) };
        for day in column(batch, day)?.as_primitive::<Date32Type>().iter().flatten() {
            if day <= self.layout.as_of {
                self.totals.last_day = self.totals.last_day.max(Some(day));
            } else {
                self.totals.next_day = Some(self.totals.next_day.map_or(day, |next| next.min(day)));
            }
        }
        Ok(())
    }

    /// Counts the rows that lost digits in casts.
    fn note_lost(&mut self, batch: &RecordBatch) {
        for name in &self.layout.lossy {
            let Some(lost) = batch.column_by_name(&lost_mark(name)) else { continue };
            let lost = lost.as_primitive::<Int8Type>().iter().flatten();
            let rows = lost.filter(|lost| *lost > 0).count() as u64;
            *self.totals.lost.entry(name.clone()).or_default() += rows;
        }
    }

    /// The first mark that is set.
    fn disposition(&self, batch: &RecordBatch) -> Result<Int32Array> {
        let mut disposition: Option<Int32Array> = None;
        for number in 0..self.layout.disposition_columns {
            let mark = column(batch, &disposition_column(number))?.as_primitive::<Int32Type>();
            disposition = Some(match disposition {
                None => mark.clone(),
                Some(disposition) if mark.null_count() == mark.len() => disposition,
                Some(disposition) => {
                    disposition.iter().zip(mark.iter()).map(|(first, next)| first.or(next)).collect()
                }
            });
        }
        disposition.ok_or_else(|| DataFusionError::Internal("rows without a mark".into()))
    }

    fn count(&mut self, batch: &RecordBatch, disposition: &Int32Array, all_used: bool) -> Result<()> {
        let amounts = if self.layout.money { Some(amounts(batch)?) } else { None };
        let amounts =
            amounts.as_ref().map(|(amounts, unit)| (amounts.as_primitive::<Decimal128Type>(), *unit));
        let days = self.layout.day.map(|day| column(batch, day)).transpose()?;
        let days = days.map(AsArray::as_primitive::<Date32Type>);
        let mut used_days = |low: Option<i32>, high: Option<i32>| {
            if let Some((low, high)) = low.zip(high) {
                let (first, last) = self.totals.used_days.unwrap_or((low, high));
                self.totals.used_days = Some((first.min(low), last.max(high)));
            }
        };
        if all_used {
            if let Some(used) = self.totals.dispositions.first_mut() {
                used.rows += batch.num_rows() as u64;
                if let Some((amounts, unit)) = amounts {
                    let sum = sum(amounts).and_then(|sum| used.amount.checked_add(sum.checked_mul(unit)?));
                    used.amount = sum.ok_or_else(too_much)?;
                    self.totals.sales.add(sales(amounts, unit).ok_or_else(too_much)?)?;
                }
            }
            if let Some(days) = days {
                used_days(arrow::compute::min(days), arrow::compute::max(days));
            }
            return Ok(());
        }
        for (row, disposition) in disposition.iter().enumerate() {
            let Some(total) =
                self.totals.dispositions.get_mut(usize::try_from(disposition.unwrap_or(0)).unwrap_or(0))
            else {
                continue;
            };
            total.rows += 1;
            if let Some((amounts, unit)) = amounts
                && amounts.is_valid(row)
            {
                let amount = amounts.value(row).checked_mul(unit).ok_or_else(too_much)?;
                total.amount = total.amount.checked_add(amount).ok_or_else(too_much)?;
                if disposition.is_none() && amount >= 0 {
                    self.totals.sales.add(Disposition { rows: 1, amount })?;
                }
            }
            if let Some(days) = days.filter(|days| disposition.is_none() && days.is_valid(row)) {
                used_days(Some(days.value(row)), Some(days.value(row)));
            }
        }
        Ok(())
    }

    fn measure(
        &mut self,
        batch: &RecordBatch,
        disposition: &Int32Array,
        used: &BooleanArray,
        all_used: bool,
    ) -> Result<()> {
        let implied = self.layout.implied;
        let wanted: Option<BooleanArray> = (!all_used && !self.layout.measures.is_empty()).then(|| {
            disposition
                .iter()
                .map(|disposition| Some(disposition.is_none_or(|disposition| disposition >= implied)))
                .collect()
        });
        let wanted = wanted.as_ref().unwrap_or(used);
        for (number, measure) in self.layout.measures.iter().enumerate() {
            let found = measure.of(column(batch, &Measure::column(number))?, used, wanted)?;
            if let Some(total) = self.totals.measures.get_mut(number) {
                *total = measure.joined(*total, found);
            }
        }
        Ok(())
    }

    /// Keeps rows that a rule took; rows after the as-of date are only counted.
    fn set_aside(&mut self, batch: &RecordBatch, disposition: &Int32Array) -> Result<()> {
        let taken: BooleanArray = disposition
            .iter()
            .map(|disposition| Some(disposition.is_some_and(|disposition| disposition > 1)))
            .collect();
        if taken.true_count() == 0 {
            return Ok(());
        }
        let rules: StringArray = disposition
            .iter()
            .map(|disposition| {
                let disposition = usize::try_from(disposition.unwrap_or(0)).unwrap_or(0);
                self.layout.dispositions.get(disposition).and_then(Option::as_deref)
            })
            .collect();
        let rows = chosen(batch, &self.layout.columns)?;
        let of_others = |field: &Field| self.layout.of_others.contains(field.name());
        let mut fields: Vec<Arc<Field>> = rows
            .schema()
            .fields()
            .iter()
            .map(|field| {
                let nullable = field.is_nullable() || of_others(field);
                Arc::new(field.as_ref().clone().with_nullable(nullable))
            })
            .collect();
        let shown = rows.schema_ref().fields().iter().zip(rows.columns()).map(|(field, values)| {
            if of_others(field) {
                new_null_array(values.data_type(), values.len())
            } else {
                Arc::clone(values)
            }
        });
        let mut arrays: Vec<ArrayRef> = shown.collect();
        arrays.push(Arc::new(rules));
        fields.push(Arc::new(Field::new(RULE, DataType::Utf8, true)));
        let schema = Arc::new(Schema::new(fields));
        let rows = filter_record_batch(&RecordBatch::try_new(schema, arrays)?, &taken)?;
        let path = self.path("aside");
        Rows::add(&mut self.aside, &path, &rows)
    }

    fn path(&self, what: &str) -> PathBuf {
        self.layout.folder.join(format!("{}{what}.parquet", self.layout.prefix))
    }
}

/// The money of rows, and the number of totals' units in one unit of it.
fn amounts(batch: &RecordBatch) -> Result<(ArrayRef, i128)> {
    let amounts = column(batch, "amount")?;
    match amounts.data_type() {
        DataType::Decimal128(_, scale) if (0..=AMOUNT_SCALE).contains(scale) => {
            Ok((Arc::clone(amounts), 10_i128.pow(u32::from((AMOUNT_SCALE - scale).unsigned_abs()))))
        }
        _ => Ok((arrow::compute::cast(amounts, &DataType::Decimal128(38, AMOUNT_SCALE))?, 1)),
    }
}

fn sum(amounts: &arrow::array::Decimal128Array) -> Option<i128> {
    let add = |sum: i128, amount: i128| sum.checked_add(amount);
    if amounts.null_count() == 0 {
        amounts.values().iter().copied().try_fold(0, add)
    } else {
        amounts.iter().flatten().try_fold(0, add)
    }
}

/// The rows with money of zero or more, and its sum.
fn sales(amounts: &arrow::array::Decimal128Array, unit: i128) -> Option<Disposition> {
    let add = |(rows, sum): (u64, i128), amount: i128| {
        Some(if amount < 0 { (rows, sum) } else { (rows + 1, sum.checked_add(amount)?) })
    };
    let (rows, sum) = if amounts.null_count() == 0 {
        amounts.values().iter().copied().try_fold((0, 0), add)?
    } else {
        amounts.iter().flatten().try_fold((0, 0), add)?
    };
    Some(Disposition { rows, amount: sum.checked_mul(unit)? })
}

fn too_much() -> DataFusionError {
    overflow("the sum of `amount` has too many digits".to_owned())
}

/// A file of rows being written, created with its first rows.
struct Rows {
    name: String,
    writer: ArrowWriter<File>,
}

impl Rows {
    fn add(rows: &mut Option<Self>, path: &Path, batch: &RecordBatch) -> Result<()> {
        if rows.is_none() {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            *rows = Some(Self { name, writer: writer(path, batch.schema())? });
        }
        if let Some(rows) = rows {
            rows.writer.write(batch)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<String> {
        self.writer.close()?;
        Ok(self.name)
    }
}

/// A writer of files that only the program reads.
pub(super) fn writer(path: &Path, schema: SchemaRef) -> Result<ArrowWriter<File>> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    Ok(ArrowWriter::try_new(File::create(path)?, schema, Some(properties))?)
}
