//! Which tables are made of all used rows, and which of their columns show it: the run compares their sums with what
//! the audit counted as used.
//!
//! A table is whole if its query aggregates a whole table, and neither joins nor cuts it. It may leave out rows by the
//! sign of their money, as with returns: the sum of the others is known too. The result here is certain; about all
//! other tables nothing is known.

use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::{Aggregate, BinaryExpr, Expr, LogicalPlan, Operator, TableScan};

/// Which used rows a table is made of, by their money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    #[default]
    All,
    /// Those with money of zero or more.
    Sales,
    /// Those with money below zero.
    Returns,
}

/// The columns of a whole table that add up to what was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whole {
    /// The owner of the rows it is made of: a source, or a step that replaces `transactions`.
    pub of: String,
    /// Which of these rows.
    pub part: Part,
    /// The column that adds up to the money.
    pub money: Option<String>,
    /// The column that adds up to the number of rows.
    pub rows: Option<String>,
    /// Whether each row of the table is exactly one of these rows.
    pub one_a_row: bool,
}

/// What a column adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sum {
    Money,
    Rows,
}

/// What an optimised plan's columns add up to; none if it may lack rows. `known` describes the tables that it reads.
pub(super) fn whole(plan: &LogicalPlan, known: &dyn Fn(&TableScan) -> Option<Whole>) -> Option<Whole> {
    let Sums { columns, one_a_row, of, part } = sums(plan, known)?;
    let column = |wanted: Sum| {
        let place = columns.iter().position(|sum| *sum == Some(wanted))?;
        plan.schema().fields().get(place).map(|field| field.name().clone())
    };
    let whole = Whole { of, part, money: column(Sum::Money), rows: column(Sum::Rows), one_a_row };
    (whole.money.is_some() || whole.rows.is_some() || one_a_row).then_some(whole)
}

/// What a plan's columns add up to.
struct Sums {
    columns: Vec<Option<Sum>>,
    /// Whether each row is exactly one of the used rows.
    one_a_row: bool,
    of: String,
    part: Part,
}

fn sums(plan: &LogicalPlan, known: &dyn Fn(&TableScan) -> Option<Whole>) -> Option<Sums> {
    match plan {
        LogicalPlan::TableScan(scan) if scan.filters.is_empty() && scan.fetch.is_none() => {
            let whole = known(scan)?;
            let sum = |name: &str| match name {
                name if whole.money.as_deref() == Some(name) => Some(Sum::Money),
                name if whole.rows.as_deref() == Some(name) => Some(Sum::Rows),
                _ => None,
            };
            let fields = scan.projected_schema.fields().iter();
            let columns = fields.map(|field| sum(field.name())).collect();
            Some(Sums { columns, one_a_row: whole.one_a_row, of: whole.of, part: whole.part })
        }
        LogicalPlan::Filter(filter) => {
            let below = sums(&filter.input, known)?;
            by_money(&filter.predicate, filter.input.schema(), below)
        }
        LogicalPlan::SubqueryAlias(alias) => sums(&alias.input, known),
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => sums(&sort.input, known),
        LogicalPlan::Projection(projection) => {
            let below = sums(&projection.input, known)?;
            let schema = projection.input.schema();
            let columns = projection.expr.iter().map(|expr| of_column(expr, schema, &below.columns));
            Some(Sums { columns: columns.collect(), ..below })
        }
        LogicalPlan::Window(window) => {
            let mut below = sums(&window.input, known)?;
            below.columns.resize(window.schema.fields().len(), None);
            Some(below)
        }
        LogicalPlan::Aggregate(aggregate) => {
            let below = sums(&aggregate.input, known)?;
            let keys = aggregate.group_expr.iter();
            if keys.clone().any(|key| matches!(key, Expr::GroupingSet(_))) {
                return None;
            }
            let added = aggregate.aggr_expr.iter().map(|expr| of_aggregate(expr, aggregate, &below));
            let columns = keys.map(|_| None).chain(added).collect();
            Some(Sums { columns, one_a_row: false, ..below })
        }
        _ => None,
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        other => other,
    }
}

fn of_column(expr: &Expr, schema: &DFSchema, below: &[Option<Sum>]) -> Option<Sum> {
    let Expr::Column(column) = bare(expr) else { return None };
    below.get(schema.index_of_column(column).ok()?).copied().flatten()
}

/// Rows with money on one side of zero; none if the condition is another one.
fn by_money(condition: &Expr, schema: &DFSchema, below: Sums) -> Option<Sums> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else { return None };
    // The side is known only for the rows themselves.
    if !below.one_a_row || below.part != Part::All || !is_zero(right) {
        return None;
    }
    (of_column(left, schema, &below.columns)? == Sum::Money).then_some(())?;
    let (part, counted) = match op {
        Operator::GtEq => (Part::Sales, true),
        // Rows with zero add no money.
        Operator::Gt => (Part::Sales, false),
        Operator::Lt => (Part::Returns, true),
        Operator::LtEq => (Part::Returns, false),
        _ => return None,
    };
    Some(Sums { part, one_a_row: counted, ..below })
}

fn is_zero(expr: &Expr) -> bool {
    let Expr::Literal(value, _) = expr else { return false };
    match value {
        ScalarValue::Decimal128(value, ..) => *value == Some(0),
        ScalarValue::Int64(value) => *value == Some(0),
        _ => false,
    }
}

fn of_aggregate(expr: &Expr, aggregate: &Aggregate, below: &Sums) -> Option<Sum> {
    let Expr::AggregateFunction(function) = bare(expr) else { return None };
    let parameters = &function.params;
    if parameters.distinct || parameters.filter.is_some() {
        return None;
    }
    let [argument] = parameters.args.as_slice() else { return None };
    match (function.func.name(), argument) {
        ("sum", argument) => of_column(argument, aggregate.input.schema(), &below.columns),
        ("count", Expr::Literal(value, _)) if below.one_a_row && !value.is_null() => Some(Sum::Rows),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::datasource::empty::EmptyTable;
    use datafusion::prelude::SessionContext;

    use super::*;

    fn whole_of(query: &str) -> Option<Whole> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let context = SessionContext::new();
            let schema = Schema::new(vec![
                Field::new("customer_id", DataType::Utf8, true),
                Field::new("day", DataType::Date32, true),
                Field::new("amount", DataType::Decimal128(28, 2), true),
            ]);
            context.register_table("transactions", Arc::new(EmptyTable::new(Arc::new(schema)))).unwrap();
            let plan = context.state().create_logical_plan(query).await.unwrap();
            let plan = context.state().optimize(&plan).unwrap();
            let transactions = Whole { money: Some("amount".into()), one_a_row: true, ..Whole::default() };
            whole(&plan, &|_| Some(transactions.clone()))
        })
    }

    fn found(query: &str) -> Option<(Option<String>, Option<String>)> {
        whole_of(query).map(|whole| (whole.money, whole.rows))
    }

    fn columns(money: Option<&str>, rows: Option<&str>) -> (Option<String>, Option<String>) {
        (money.map(str::to_owned), rows.map(str::to_owned))
    }

    #[test]
    fn what_is_added_up_whole() {
        let by_day = "select day, sum(amount) as revenue, count(*) as lines from transactions group by day";
        assert_eq!(found(by_day), Some(columns(Some("revenue"), Some("lines"))));
        let net = "select day, sum(amount) as revenue from transactions where 'net' = 'net' or amount >= 0 group by day";
        assert_eq!(found(net), Some(columns(Some("revenue"), None)));
        let twice = "with days as (select customer_id, day, sum(amount) as revenue from transactions group by 1, 2) \
                     select customer_id, sum(revenue) as total, max(revenue) as most, \
                     row_number() over (order by customer_id) as number from days group by customer_id order by 1";
        assert_eq!(found(twice), Some(columns(Some("total"), None)));
        assert_eq!(found("select * from transactions"), Some(columns(Some("amount"), None)));
    }

    #[test]
    fn rows_on_one_side_of_zero() {
        let of = |condition: &str| {
            let query = format!(
                "select day, sum(amount) as revenue, count(*) as lines from transactions where {condition} group by day"
            );
            let whole = whole_of(&query)?;
            assert_eq!(whole.money.as_deref(), Some("revenue"), "{condition}");
            Some((whole.part, whole.rows.is_some()))
        };
        assert_eq!(of("'gross' = 'net' or amount >= 0"), Some((Part::Sales, true)));
        assert_eq!(of("amount > 0"), Some((Part::Sales, false)));
        assert_eq!(of("amount < 0.00"), Some((Part::Returns, true)));
        assert_eq!(of("amount <= 0"), Some((Part::Returns, false)));
        assert_eq!(of("amount >= 1"), None);
        assert_eq!(of("amount = 0"), None);
        assert_eq!(of("day >= date '2024-01-01' and amount >= 0"), None);
        // A customer's sum may be on another side than the rows.
        let sums = "select sum(spent) as revenue from \
                    (select customer_id, sum(amount) as spent from transactions group by 1) where spent >= 0";
        assert_eq!(whole_of(sums), None);
    }

    #[test]
    fn what_may_lack_rows_or_money() {
        for query in [
            "select day, sum(amount) as revenue from transactions where amount > 5 group by day",
            "select sum(a.amount) as revenue from transactions a join transactions b on a.day = b.day",
            "select amount from transactions limit 3",
            "select distinct amount from transactions",
        ] {
            assert_eq!(found(query), None, "{query}");
        }
        assert_eq!(found("select sum(amount) filter (where amount > 0) as sales from transactions"), None);
        assert_eq!(found("select day, sum(amount / 2) as half from transactions group by day"), None);
        assert_eq!(found("select count(day) as days from transactions"), None);
    }
}
