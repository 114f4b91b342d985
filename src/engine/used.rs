//! Which tables are made of all used rows, and which of their columns say so: the run holds their sums against what the
//! audit counted as used.
//!
//! A table is whole if its query adds up a whole table, and neither filters, joins nor cuts it. What is read off here is
//! sure; of all other tables nothing is known.

use datafusion::common::DFSchema;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, TableScan};

/// The columns of a whole table that add up to what was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whole {
    /// Adds up to the money.
    pub money: Option<String>,
    /// Adds up to the number of rows.
    pub rows: Option<String>,
    /// Whether each row of the table is one of the rows themselves.
    pub one_a_row: bool,
}

/// What a column adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sum {
    Money,
    Rows,
}

/// What an optimised plan's columns add up to; none where it may lack rows. `known` tells of the tables that it reads.
pub(super) fn whole(plan: &LogicalPlan, known: &dyn Fn(&TableScan) -> Option<Whole>) -> Option<Whole> {
    let (sums, one_a_row) = sums(plan, known)?;
    let column = |wanted: Sum| {
        let place = sums.iter().position(|sum| *sum == Some(wanted))?;
        plan.schema().fields().get(place).map(|field| field.name().clone())
    };
    let whole = Whole { money: column(Sum::Money), rows: column(Sum::Rows), one_a_row };
    (whole.money.is_some() || whole.rows.is_some() || one_a_row).then_some(whole)
}

type Sums = (Vec<Option<Sum>>, bool);

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
            Some((fields.map(|field| sum(field.name())).collect(), whole.one_a_row))
        }
        LogicalPlan::SubqueryAlias(alias) => sums(&alias.input, known),
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => sums(&sort.input, known),
        LogicalPlan::Projection(projection) => {
            let (below, one_a_row) = sums(&projection.input, known)?;
            let schema = projection.input.schema();
            Some((projection.expr.iter().map(|expr| of_column(expr, schema, &below)).collect(), one_a_row))
        }
        LogicalPlan::Window(window) => {
            let (mut below, one_a_row) = sums(&window.input, known)?;
            below.resize(window.schema.fields().len(), None);
            Some((below, one_a_row))
        }
        LogicalPlan::Aggregate(aggregate) => {
            let below = sums(&aggregate.input, known)?;
            let keys = aggregate.group_expr.iter();
            if keys.clone().any(|key| matches!(key, Expr::GroupingSet(_))) {
                return None;
            }
            let added = aggregate.aggr_expr.iter().map(|expr| of_aggregate(expr, aggregate, &below));
            Some((keys.map(|_| None).chain(added).collect(), false))
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

fn of_aggregate(expr: &Expr, aggregate: &Aggregate, (below, one_a_row): &Sums) -> Option<Sum> {
    let Expr::AggregateFunction(function) = bare(expr) else { return None };
    let parameters = &function.params;
    if parameters.distinct || parameters.filter.is_some() {
        return None;
    }
    let [argument] = parameters.args.as_slice() else { return None };
    match (function.func.name(), argument) {
        ("sum", argument) => of_column(argument, aggregate.input.schema(), below),
        ("count", Expr::Literal(value, _)) if *one_a_row && !value.is_null() => Some(Sum::Rows),
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

    fn found(query: &str) -> Option<(Option<String>, Option<String>)> {
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
            let transactions = Whole { money: Some("amount".into()), rows: None, one_a_row: true };
            whole(&plan, &|_| Some(transactions.clone())).map(|whole| (whole.money, whole.rows))
        })
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
    fn what_may_lack_rows_or_money() {
        for query in [
            "select day, sum(amount) as revenue from transactions where amount > 0 group by day",
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
