//! The marks of the quarantine: which rule a row met first.
//!
//! Rules are judged in their order, each over the rows that no earlier one took. A condition is a column more; a
//! `repeated` rule needs to know beforehand which keys occur more than once, and then sorts only the rows of those.

use arrow::datatypes::DataType;
use datafusion::common::{Column as ColumnRef, JoinType, ScalarValue};
use datafusion::error::Result as EngineResult;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, ExprSchemable, cast, col, ident, lit, when};
use datafusion::prelude::DataFrame;

use crate::pipeline::{Rule, Spanned, When};
use crate::problem::Problem;

use super::source::{AFTER_AS_OF, DAY, Mapped, Mapper, RULE, days};
use super::sql::{plain, sql_types};

/// The number of a row among those of its key.
const NUMBER: &str = "_number";

impl Mapper<'_> {
    /// The rows with the columns of their table and [`RULE`], the first rule that each met.
    ///
    /// `keys` runs the query for the keys of a `repeated` rule that occur more than once and gives its rows, or none
    /// where there are none (or where nothing shall run, because a pipeline is only checked).
    ///
    /// # Errors
    /// Every condition that cannot be planned; what `keys` reports.
    pub async fn mark(
        &self,
        mapped: &Mapped,
        keys: impl AsyncFn(DataFrame) -> EngineResult<Option<DataFrame>>,
    ) -> Result<DataFrame, Vec<Problem>> {
        let failed = |error| vec![self.at_source(&plain(&error))];
        let schema = mapped.frame.schema().clone();
        let mut problems = Vec::new();
        let mut conditions: Vec<Option<Expr>> = Vec::new();
        for rule in &self.source.quarantine {
            match self.condition(rule, &schema, &mapped.columns) {
                Ok(condition) => conditions.push(condition),
                Err(mut found) => problems.append(&mut found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let none = cast(lit(ScalarValue::Null), DataType::Utf8);
        let mut frame = mapped.frame.clone().with_column(RULE, none).map_err(failed)?;
        // Conditions that follow each other become one column: each is then judged once a row.
        let mut cases: Vec<(Expr, &str)> = Vec::new();
        if self.is_transactions() {
            let as_of = lit(ScalarValue::Date32(Some(days(self.as_of))));
            cases.push((col(DAY).gt(as_of), AFTER_AS_OF));
        }
        for (rule, condition) in self.source.quarantine.iter().zip(conditions) {
            match (&rule.when, condition) {
                (When::Sql(_), Some(condition)) => cases.push((condition, &rule.name.value)),
                (When::Sql(_), None) => {}
                (When::Repeated(names), _) => {
                    frame = marked(frame, std::mem::take(&mut cases)).map_err(failed)?;
                    let twice = repeated_keys(&frame, names).map_err(failed)?;
                    if let Some(twice) = keys(twice).await.map_err(failed)? {
                        frame = without_repeats(frame, mapped, rule, names, &twice).map_err(failed)?;
                    }
                }
            }
        }
        frame = marked(frame, cases).map_err(failed)?;
        let columns = mapped.columns.iter().map(String::as_str).chain([RULE]).map(ident);
        frame.select(columns.collect::<Vec<_>>()).map_err(failed)
    }

    /// A rule's condition; none for a `repeated` rule, after its columns were checked.
    fn condition(
        &self,
        rule: &Rule,
        schema: &datafusion::common::DFSchema,
        columns: &[String],
    ) -> Result<Option<Expr>, Vec<Problem>> {
        match &rule.when {
            When::Sql(sql) => {
                let expr = self.expression(sql, schema)?;
                match expr.get_type(schema) {
                    Ok(DataType::Boolean) => Ok(Some(expr)),
                    Ok(other) => {
                        let what = {
                            let found = sql_types(&other.to_string());
                            format!("the rule `{}` is {found}, not a condition", rule.name.value)
                        };
                        let help = "a rule is true for the rows to set aside, as in `amount = 0`";
                        Err(vec![Problem::new(what).at(self.pipeline.place(&sql.at)).help(help)])
                    }
                    Err(error) => Err(vec![Problem::new(plain(&error)).at(self.pipeline.place(&sql.at))]),
                }
            }
            When::Repeated(names) => {
                let unknown: Vec<Problem> =
                    names.iter().filter_map(|name| self.unknown_column(name, columns)).collect();
                if unknown.is_empty() { Ok(None) } else { Err(unknown) }
            }
        }
    }
}

/// Gives the rows that have no mark that of the first rule whose condition they meet.
fn marked(frame: DataFrame, cases: Vec<(Expr, &str)>) -> EngineResult<DataFrame> {
    if cases.is_empty() {
        return Ok(frame);
    }
    let mut mark = when(ident(RULE).is_not_null(), ident(RULE));
    for (condition, rule) in cases {
        mark = mark.when(condition, lit(rule));
    }
    frame.with_column(RULE, mark.end()?)
}

/// The keys that occur more than once among the rows that have no mark; a key with a NULL in it is none.
fn repeated_keys(frame: &DataFrame, names: &[Spanned<String>]) -> EngineResult<DataFrame> {
    let mut frame = frame.clone().filter(ident(RULE).is_null())?;
    for name in names {
        frame = frame.filter(ident(&name.value).is_not_null())?;
    }
    let count = datafusion::functions_aggregate::expr_fn::count(lit(1));
    frame
        .aggregate(names.iter().map(|name| ident(&name.value)).collect(), vec![count.alias("_rows")])?
        .filter(ident("_rows").gt(lit(1)))?
        .select(names.iter().map(|name| ident(&name.value)).collect::<Vec<_>>())
}

/// Marks all but the first row of each repeated key, in the order of all columns. Only the few rows of such keys are
/// sorted: the rest streams by.
fn without_repeats(
    frame: DataFrame,
    mapped: &Mapped,
    rule: &Rule,
    names: &[Spanned<String>],
    twice: &DataFrame,
) -> EngineResult<DataFrame> {
    let names: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
    let renamed: Vec<String> = (0..names.len()).map(|key| format!("_key_{key}")).collect();
    let aliases = names.iter().zip(&renamed).map(|(name, renamed)| ident(*name).alias(renamed));
    let twice = twice.clone().select(aliases.collect::<Vec<_>>())?;
    let right: Vec<&str> = renamed.iter().map(String::as_str).collect();
    // Rows with a mark match no key, and so stay as they are.
    let free = || Some(ident(RULE).is_null());
    let once = frame.clone().join(twice.clone(), JoinType::LeftAnti, &names, &right, free())?;
    let order =
        mapped.columns.iter().map(|name| Expr::Column(ColumnRef::new_unqualified(name)).sort(true, true));
    let number = row_number()
        .partition_by(names.iter().map(|name| ident(*name)).collect())
        .order_by(order.collect())
        .build()?;
    let more = frame.join(twice, JoinType::LeftSemi, &names, &right, free())?.with_column(NUMBER, number)?;
    let repeat = ident(NUMBER).gt(lit(1_u64));
    let more = marked(more, vec![(repeat, &rule.name.value)])?.drop_columns(&[NUMBER])?;
    once.union_by_name(more)
}
