//! The marks of the quarantine: which rule a row met first.
//!
//! Rules are applied in their order, each to the rows that no earlier rule took. Whether a row meets a condition
//! depends on the row alone. Whether a `repeated` rule takes it depends on all rows of its key, in any file. So the
//! conditions before the first such rule make one mark, those up to the next make another, and so on. For a row with a
//! unique key, the first mark that is set is enough. The few other rows are held back until all files are known, and
//! then [settled](settle_repeats). Before the pipeline's own rules come those
//! of rows [without a row](unmatched) of a joined source. After them come those that [required columns](implied) imply.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result as EngineResult;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, ExprSchemable, col, ident, lit, when};
use datafusion::prelude::DataFrame;

use crate::pipeline::{Rule, Source, Spanned, WHERE, When};
use crate::problem::Problem;
use crate::tables::{days, sql_types};

use super::comparison;
use super::copies::COPIES;
use super::explained::plain;
use super::implied;
use super::lost::lost_mark;
use super::mapper::{Mapped, Mapper};
use super::transactions::DAY;
use super::unmatched;
use super::wanted::ROW_DAY;

/// The column with the rule that a row met, NULL if it met none.
pub const RULE: &str = "_rule";
/// The mark of rows dated after the as-of date: the run ignores them, but counts them.
pub const AFTER_AS_OF: &str = "after_as_of";
/// The number of a row among those of its key.
const NUMBER: &str = "_number";

/// The disposition of a row in its marks: NULL is "used".
const AFTER_AS_OF_DISPOSITION: i32 = 1;
/// The disposition of the first rule; others follow in their order.
const FIRST_RULE_DISPOSITION: i32 = 2;

/// The names of the dispositions of a source's rows, by number: none is "used".
pub fn dispositions(source: &Source) -> Vec<Option<String>> {
    let rules = source.quarantine.iter().map(|rule| Some(rule.name.value.clone()));
    let rules = rules.chain(unmatched::rules(source).map(|(name, _)| Some(name)));
    let own: Vec<_> = [None, Some(AFTER_AS_OF.to_owned())].into_iter().chain(rules).collect();
    let implied = implied::rules(source).into_iter().map(|(name, _)| Some(name.to_owned()));
    let implied: Vec<_> = implied.filter(|name| !own.contains(name)).collect();
    own.into_iter().chain(implied).collect()
}

/// The number of the first disposition that nothing in the pipeline asks for.
pub fn first_implied(source: &Source) -> i32 {
    let of_joins = i32::try_from(unmatched::rules(source).count()).unwrap_or(i32::MAX);
    first_of_joins(source).saturating_add(of_joins)
}

/// The number of the first disposition of a row that found none of a source that is joined.
fn first_of_joins(source: &Source) -> i32 {
    i32::try_from(source.quarantine.len())
        .map_or(i32::MAX, |rules| FIRST_RULE_DISPOSITION.saturating_add(rules))
}

/// The implied rules of a source, each with its disposition: that of the pipeline's own rule of the same name, if any.
fn implied_dispositions(source: &Source) -> Vec<(Expr, i32)> {
    let dispositions = dispositions(source);
    let number =
        |name: &str| dispositions.iter().position(|disposition| disposition.as_deref() == Some(name));
    let rules = implied::rules(source).into_iter();
    rules.filter_map(|(name, condition)| Some((condition, i32::try_from(number(name)?).ok()?))).collect()
}

/// The columns of a `repeated` rule or a `unique` check.
pub type KeyColumns = Vec<String>;

/// The keys of the `repeated` rules, in order.
pub fn repeated_keys(source: &Source) -> Vec<(i32, KeyColumns)> {
    let dispositions = (FIRST_RULE_DISPOSITION..).zip(&source.quarantine);
    dispositions
        .filter_map(|(disposition, rule)| match &rule.when {
            When::Repeated(names) => {
                Some((disposition, names.iter().map(|name| name.value.clone()).collect()))
            }
            When::Sql(_) => None,
        })
        .collect()
}

/// The name of a column for the rule that a row met.
pub fn disposition_column(number: usize) -> String {
    format!("_mark_{number}")
}

impl Mapper<'_> {
    /// Whether a row belongs to the report, if this has only some rows.
    ///
    /// # Errors
    /// A condition that cannot be planned.
    pub fn within(&self, mapped: &Mapped) -> Result<Option<Expr>, Vec<Problem>> {
        let schema = mapped.frame.schema();
        let mut all: Option<Expr> = None;
        for only in &self.source.only {
            let expr = match (&only.of, only.key) {
                (None, WHERE) => self.expression(&only.sql, schema)?,
                (Some(of), _) => self.expression_of(&only.sql, schema, Some(of))?,
                // Of the customers themselves too it names columns of their table, and not those of the files.
                (None, _) => {
                    let own = mapped.select(mapped.columns.iter().map(ident).collect());
                    let own = own.map_err(|error| vec![self.at_source(&plain(&error))])?;
                    self.expression_of(&only.sql, own.schema(), Some(&self.source.name.value))?
                }
            };
            let help = "a report has the rows for which it is true";
            let expr = self.true_or_false(expr, &only.sql, schema, &format!("`{}`", only.key), help)?;
            all = Some(match all {
                Some(others) => others.and(expr),
                None => expr,
            });
        }
        Ok(all)
    }

    /// The rows with the columns of their table, their marks (one more than there are `repeated` rules), the marks of
    /// lost digits, and further columns of the caller.
    ///
    /// # Errors
    /// Every condition that cannot be planned.
    pub fn judge(&self, mapped: &Mapped, beside: Vec<Expr>) -> Result<DataFrame, Vec<Problem>> {
        let schema = mapped.frame.schema().clone();
        let mut problems = Vec::new();
        let mut marks: Vec<Vec<(Expr, i32)>> = vec![Vec::new()];
        if self.is_transactions() {
            let as_of = lit(ScalarValue::Date32(Some(days(self.as_of))));
            if let Some(first) = marks.first_mut() {
                first.push((col(DAY).gt(as_of), AFTER_AS_OF_DISPOSITION));
            }
        }
        if self.source.by_day.is_some() {
            let as_of = lit(ScalarValue::Date32(Some(days(self.as_of))));
            if let Some(first) = marks.first_mut() {
                first.push((ident(ROW_DAY).gt(as_of), AFTER_AS_OF_DISPOSITION));
            }
        }
        // Before the pipeline's own rules, which would find values missing.
        if let Some(first) = marks.first_mut() {
            let of_joins = (first_of_joins(self.source)..).zip(unmatched::rules(self.source));
            first.extend(of_joins.map(|(disposition, (_, condition))| (condition, disposition)));
        }
        for (disposition, rule) in (FIRST_RULE_DISPOSITION..).zip(&self.source.quarantine) {
            match self.condition(rule, &schema, &mapped.columns) {
                Ok(Some(condition)) => {
                    if let Some(last) = marks.last_mut() {
                        last.push((condition, disposition));
                    }
                }
                Ok(None) => marks.push(Vec::new()),
                Err(mut found) => problems.append(&mut found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(last) = marks.last_mut() {
            last.extend(implied_dispositions(self.source));
        }
        let judged = || {
            let mut select: Vec<Expr> = mapped.columns.iter().map(ident).collect();
            let mut before = Vec::new();
            for (number, cases) in marks.into_iter().enumerate() {
                let conditions: Vec<Expr> = cases.iter().map(|(condition, _)| condition.clone()).collect();
                select.push(first_met(&before, cases)?.alias(disposition_column(number)));
                before.extend(conditions);
            }
            select.extend(mapped.lossy.iter().map(|name| ident(lost_mark(name))));
            select.extend(self.source.by_day.iter().map(|_| ident(ROW_DAY)));
            select.extend(unmatched::marks(self.source).map(ident));
            select.extend(beside);
            mapped.frame.clone().select(select)
        };
        judged().map_err(|error| vec![self.at_source(&plain(&error))])
    }

    /// A rule's condition; none for a `repeated` rule, after a check of its columns.
    fn condition(
        &self,
        rule: &Rule,
        schema: &datafusion::common::DFSchema,
        columns: &[String],
    ) -> Result<Option<Expr>, Vec<Problem>> {
        match &rule.when {
            When::Sql(sql) => {
                let name = format!("the rule `{}`", rule.name.value);
                let help = "a rule is true for the rows to set aside, as in `amount = 0`";
                let expr = self.expression(sql, schema)?;
                self.true_or_false(expr, sql, schema, &name, help).map(Some)
            }
            When::Repeated(names) => {
                let unknown: Vec<Problem> =
                    names.iter().filter_map(|name| self.unknown_column(name, columns)).collect();
                if unknown.is_empty() { Ok(None) } else { Err(unknown) }
            }
        }
    }

    /// A condition over the columns of the table and of the files.
    fn true_or_false(
        &self,
        expr: Expr,
        sql: &Spanned<String>,
        schema: &datafusion::common::DFSchema,
        name: &str,
        help: &str,
    ) -> Result<Expr, Vec<Problem>> {
        if let Some(odd) = comparison::odd(&expr, schema) {
            return Err(vec![self.odd(&odd, sql)]);
        }
        match expr.get_type(schema) {
            Ok(DataType::Boolean) => Ok(expr),
            Ok(other) => {
                let found = sql_types(&other.to_string());
                let what = format!("{name} is {found}, not a condition");
                Err(vec![Problem::new(what).at(self.pipeline.place(&sql.at)).help(help)])
            }
            Err(error) => Err(vec![Problem::new(plain(&error)).at(self.pipeline.place(&sql.at))]),
        }
    }
}

/// The disposition of the first condition that is met, if none of `before` is met. Later conditions are not evaluated:
/// an earlier rule may set aside rows that they cannot compute.
fn first_met(before: &[Expr], cases: Vec<(Expr, i32)>) -> EngineResult<Expr> {
    let none = || lit(ScalarValue::Int32(None));
    if cases.is_empty() {
        return Ok(none());
    }
    let before = before.iter().map(|condition| (condition.clone(), none()));
    let mut cases =
        before.chain(cases.into_iter().map(|(condition, disposition)| (condition, lit(disposition))));
    let Some((condition, disposition)) = cases.next() else { return Ok(none()) };
    let mut mark = when(condition, disposition);
    for (condition, disposition) in cases {
        mark = mark.when(condition, disposition);
    }
    mark.end()
}

/// Settles rows that were held back. Of the rows with one key that no earlier rule took, all but the first, in the
/// order of all columns, go to the `repeated` rule; the later conditions apply to the rest. A key with a NULL does not
/// count. `unusable` rows come last: none of them replaces a row that counts. All rows of each repeated key must be
/// present. Equal rows may be held as one ([`COPIES`]) and stay so: for these, [`repeats`] says how many go to each
/// rule.
///
/// # Errors
/// None that a user can cause.
pub fn settle_repeats(
    held: DataFrame,
    columns: &[String],
    repeated: &[(i32, KeyColumns)],
    unusable: Option<&Expr>,
) -> EngineResult<DataFrame> {
    const DISPOSITION: &str = "_disposition";
    let mut frame = held.with_column(DISPOSITION, ident(disposition_column(0)))?;
    for (number, (disposition, key)) in repeated.iter().enumerate() {
        let complete = key.iter().map(|name| ident(name).is_not_null());
        let free = complete.fold(ident(DISPOSITION).is_null(), Expr::and);
        let last = unusable.into_iter().map(|unusable| unusable.clone().sort(true, true));
        let order = last.chain(columns.iter().map(|name| ident(name).sort(true, true)));
        let row = row_number()
            .partition_by([free.clone()].into_iter().chain(key.iter().map(ident)).collect())
            .order_by(order.collect())
            .build()?;
        let first = free.clone().and(ident(NUMBER).eq(lit(1_u64)));
        let repeat = free.and(ident(NUMBER).gt(lit(1_u64)));
        let settled = when(repeat, lit(*disposition))
            .otherwise(coalesce(vec![ident(DISPOSITION), ident(disposition_column(number + 1))]))?;
        let others = when(first.clone(), ident(COPIES) - lit(1_i64)).otherwise(lit(0_i64))?;
        let copies = when(first, lit(1_i64)).otherwise(ident(COPIES))?;
        let kept = frame.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
        let kept = kept.iter().filter(|name| *name != DISPOSITION && *name != COPIES).map(ident);
        let select: Vec<Expr> = kept
            .chain([settled.alias(DISPOSITION), copies.alias(COPIES), others.alias(repeats_of(number))])
            .collect();
        frame = frame.with_column(NUMBER, row)?.select(select)?;
    }
    let numbers = (0..repeated.len()).map(|number| ident(repeats_of(number)));
    let select = columns
        .iter()
        .map(ident)
        .chain([ident(DISPOSITION).alias(disposition_column(0)), ident(COPIES)])
        .chain(numbers);
    frame.select(select.collect::<Vec<_>>())
}

/// The columns of [`settle_repeats`] that say how many more rows, equal to this one, go to a `repeated` rule; each with
/// the rule's disposition.
pub fn repeats(repeated: &[(i32, KeyColumns)]) -> Vec<(String, i32)> {
    repeated.iter().enumerate().map(|(number, (disposition, _))| (repeats_of(number), *disposition)).collect()
}

fn repeats_of(number: usize) -> String {
    format!("_repeats_{number}")
}
