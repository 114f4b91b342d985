//! Checks that tables are made of what was counted as used. If not, no figure of the report can be trusted, and the run
//! ends.

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{ident, lit};
use datafusion::prelude::DataFrame;

use crate::engine::intake::AMOUNT_SCALE;
use crate::problem::{Failure, Problem, counted, thousands};

use crate::engine::used::{Part, Whole};

use super::audit::{AuditRow, SourceAudit};
use super::money::money;

const REMEDY: &str = "nothing was published, as its figures would be wrong: run again with `--no-cache`; if it says the \
                      same, this is a fault of the program, to be reported with the pipeline";
const AMOUNT: &str = "amount";
const MONEY: &str = "_money";
const ROWS: &str = "_rows";

/// Rows and money, if known; money in units of [`AMOUNT_SCALE`] digits after the point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) rows: Option<u64>,
    pub(super) money: Option<i128>,
}

impl From<&AuditRow> for Sums {
    fn from(used: &AuditRow) -> Self {
        Self { rows: Some(used.rows), money: used.amount }
    }
}

/// What was used of a source, or of a step's table that replaces it: everything, and the part without returns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Used {
    all: Sums,
    sales: Sums,
}

impl Used {
    /// What was used of a source.
    pub(super) fn of_source(audit: &SourceAudit) -> Option<Self> {
        let all = Sums::from(audit.used()?);
        Some(Self { all, sales: audit.sales.as_ref().map(Sums::from).unwrap_or_default() })
    }

    /// The rows of a step's table that replaces `transactions`, and their money if `amount` is a decimal.
    ///
    /// # Errors
    /// Those of reading the table.
    pub(super) async fn of_table(frame: DataFrame) -> Result<Self> {
        let amount = frame.schema().field_with_unqualified_name(AMOUNT).ok().map(|field| field.data_type());
        let exact = matches!(amount, Some(DataType::Decimal128(_, scale)) if *scale <= AMOUNT_SCALE);
        if !exact {
            return Ok(Self { all: Sums::of(frame, None, Rows::Counted).await?, sales: Sums::default() });
        }
        let sales = frame.clone().filter(ident(AMOUNT).gt_eq(lit(0)))?;
        let sales = Sums::of(sales, Some(AMOUNT), Rows::Counted).await?;
        Ok(Self { all: Sums::of(frame, Some(AMOUNT), Rows::Counted).await?, sales })
    }

    /// All rows.
    pub(super) fn all(self) -> Sums {
        self.all
    }

    /// What a table made of this part must add up to.
    pub(super) fn part(self, part: Part) -> Sums {
        match part {
            Part::All => self.all,
            Part::Sales => self.sales,
            Part::Returns => self.all.less(self.sales),
        }
    }
}

/// Checks that the rows of the audit are as many as the files state.
///
/// # Errors
/// If they differ.
pub(super) fn all_accounted_for(audit: &SourceAudit) -> std::result::Result<(), Failure> {
    let (rows, Some(stated)) = (audit.rows_in(), audit.rows_stated) else { return Ok(()) };
    if rows == stated {
        return Ok(());
    }
    let what = format!(
        "source `{}`: the files say that they have {}, and {} are accounted for, used or not",
        audit.name,
        counted(stated, "row"),
        thousands(rows)
    );
    Err(Failure::run(Problem::new(what).help(REMEDY)))
}

impl Sums {
    fn less(self, other: Self) -> Self {
        Self {
            rows: self.rows.zip(other.rows).and_then(|(all, some)| all.checked_sub(some)),
            money: self.money.zip(other.money).and_then(|(all, some)| all.checked_sub(some)),
        }
    }

    /// What a whole table adds up to.
    ///
    /// # Errors
    /// Those of reading the table.
    pub(super) async fn of_whole(frame: DataFrame, whole: &Whole) -> Result<Self> {
        let rows = match &whole.rows {
            _ if whole.one_a_row => Rows::Counted,
            Some(column) => Rows::Of(column),
            None => Rows::Unknown,
        };
        Self::of(frame, whole.money.as_deref(), rows).await
    }

    /// What some columns of a table add up to.
    ///
    /// # Errors
    /// Those of reading the table.
    pub(super) async fn of(frame: DataFrame, money: Option<&str>, rows: Rows<'_>) -> Result<Self> {
        let scale = money.and_then(|name| {
            let field = frame.schema().field_with_unqualified_name(name).ok()?;
            match field.data_type() {
                // The audit cannot check money with more decimals than it keeps.
                DataType::Decimal128(_, scale) if *scale <= AMOUNT_SCALE => Some(*scale),
                _ => None,
            }
        });
        let money = money.filter(|_| scale.is_some());
        if money.is_none() && rows == Rows::Unknown {
            return Ok(Self::default());
        }
        let mut asked: Vec<_> = money.map(|name| sum(ident(name)).alias(MONEY)).into_iter().collect();
        match rows {
            Rows::Counted => asked.push(count(lit(1)).alias(ROWS)),
            Rows::Of(name) => asked.push(sum(ident(name)).alias(ROWS)),
            Rows::Unknown => {}
        }
        let batches = frame.aggregate(Vec::new(), asked)?.collect().await?;
        let mut found = Self { rows: (rows != Rows::Unknown).then_some(0), money: money.map(|_| 0) };
        let unit = 10_i128.pow(u32::from(scale.map_or(0, |scale| AMOUNT_SCALE - scale).unsigned_abs()));
        // The sum of no rows is NULL, which means zero.
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            if let Some(column) = batch.column_by_name(MONEY) {
                let column = column.as_primitive_opt::<Decimal128Type>();
                found.money = column.and_then(|sums| sums.iter().flatten().sum::<i128>().checked_mul(unit));
            }
            if let Some(column) = batch.column_by_name(ROWS) {
                let column = column.as_primitive_opt::<Int64Type>();
                found.rows = column.and_then(|sums| u64::try_from(sums.iter().flatten().sum::<i64>()).ok());
            }
        }
        Ok(found)
    }

    /// Checks that a table has what was used.
    ///
    /// # Errors
    /// If they differ.
    pub(super) fn must_be(self, table: &str, used: Self) -> std::result::Result<(), Failure> {
        let differ = |a: Option<u64>, b: Option<u64>| a.zip(b).is_some_and(|(a, b)| a != b);
        let money_differs = self.money.zip(used.money).is_some_and(|(a, b)| a != b);
        if !differ(self.rows, used.rows) && !money_differs {
            return Ok(());
        }
        let what = format!(
            "`{table}` is not made of the rows used: it has {}, and {} were used",
            self.words(),
            used.words()
        );
        Err(Failure::run(Problem::new(what).help(REMEDY)))
    }

    fn words(self) -> String {
        let rows = self.rows.map(|rows| counted(rows, "row"));
        let money = self.money.map(money);
        match (rows, money) {
            (Some(rows), Some(money)) => format!("{rows} with {money} in money"),
            (Some(rows), None) => rows,
            (None, Some(money)) => format!("{money} in money"),
            (None, None) => "nothing".to_owned(),
        }
    }
}

/// Where the number of rows comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows<'a> {
    /// Each row counts as one.
    Counted,
    /// The sum of a column.
    Of(&'a str),
    /// The number is not known.
    Unknown,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch};
    use datafusion::prelude::SessionContext;

    use super::*;

    fn sums(money: &[i128], lines: &[i64], rows: Rows<'_>) -> Sums {
        let money = Decimal128Array::from(money.to_vec()).with_precision_and_scale(28, 2).unwrap();
        let columns: Vec<(&str, ArrayRef)> =
            vec![("revenue", Arc::new(money)), ("lines", Arc::new(Int64Array::from(lines.to_vec())))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let frame = SessionContext::new().read_batch(batch).unwrap();
            Sums::of(frame, Some("revenue"), rows).await.unwrap()
        })
    }

    #[test]
    fn tables_are_added_up() {
        let found = sums(&[5_000, 12_345], &[2, 3], Rows::Of("lines"));
        assert_eq!(found, Sums { rows: Some(5), money: Some(1_734_500_000_000) });
        assert_eq!(sums(&[5_000], &[2], Rows::Counted).rows, Some(1));
        assert_eq!(sums(&[], &[], Rows::Of("lines")), Sums { rows: Some(0), money: Some(0) });
    }

    #[test]
    fn returns_are_what_is_no_sale() {
        let all = Sums { rows: Some(5), money: Some(70) };
        let used = Used { all, sales: Sums { rows: Some(3), money: Some(100) } };
        assert_eq!(used.part(Part::All), all);
        assert_eq!(used.part(Part::Returns), Sums { rows: Some(2), money: Some(-30) });
        assert_eq!(Used { all, sales: Sums::default() }.part(Part::Returns), Sums::default());
    }

    #[test]
    fn rows_that_are_not_accounted_for_end_the_run() {
        let row = |rule: Option<&str>, rows| AuditRow { rule: rule.map(str::to_owned), rows, amount: None };
        let mut audit = SourceAudit {
            name: "visits".into(),
            rows: vec![row(None, 1_000), row(Some("no_customer"), 20), row(Some("after_as_of"), 3)],
            sales: None,
            rows_stated: Some(1_023),
            checks: Vec::new(),
            days: None,
            outside: None,
        };
        assert!(all_accounted_for(&audit).is_ok());
        audit.rows_stated = None;
        assert!(all_accounted_for(&audit).is_ok());
        audit.rows_stated = Some(1_024);
        let lost = all_accounted_for(&audit).unwrap_err();
        assert_eq!(
            lost.problems.first().unwrap().what,
            "source `visits`: the files say that they have 1,024 rows, and 1,023 are accounted for, used or not"
        );
    }

    #[test]
    fn what_differs_ends_the_run() {
        let used = Sums { rows: Some(2), money: Some(1_000_000_000_000) };
        assert!(used.must_be("receipts", used).is_ok());
        assert!(Sums { rows: None, money: Some(1_000_000_000_000) }.must_be("receipts", used).is_ok());
        assert!(Sums::default().must_be("receipts", used).is_ok());
        let lost =
            Sums { rows: Some(1), money: Some(500_000_000_000) }.must_be("receipts", used).unwrap_err();
        assert_eq!(
            lost.problems.first().unwrap().what,
            "`receipts` is not made of the rows used: it has 1 row with 50.00 in money, and 2 rows with 100.00 in \
             money were used"
        );
        assert!(Sums { rows: Some(2), money: Some(999_999_999_999) }.must_be("receipts", used).is_err());
        assert!(Sums { rows: Some(3), money: None }.must_be("receipts", used).is_err());
    }
}
