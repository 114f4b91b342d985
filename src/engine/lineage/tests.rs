use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::SessionContext;

use super::*;

/// The contents of a query's first column; the query reads `t` and `u`. `u` is known, `t` only by its column names.
async fn first(query: &str) -> Ids {
    let context = SessionContext::new();
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let t = vec![text("customer_id"), text("name"), Field::new("n", DataType::Int64, true)];
    let u = vec![text("who"), text("city"), Field::new("number", DataType::Int64, true)];
    for (name, fields) in [("t", t), ("u", u)] {
        let table = EmptyTable::new(Arc::new(Schema::new(fields)));
        context.register_table(name, Arc::new(table)).expect("a table");
    }
    let of_u = [("who", Ids::Whole), ("city", Ids::Other), ("number", Ids::Whole)];
    let of_u = of_u.map(|(name, ids)| (name.to_owned(), ids)).into();
    let known = Known::from([((Time::Current, "u".to_owned()), of_u)]);
    let plan = context.state().create_logical_plan(query).await;
    let plan = plan.unwrap_or_else(|error| panic!("{query}: {error}"));
    let ids = of(&plan, &known, Time::Current);
    let name = plan.schema().field(0).name();
    *ids.get(name).expect("a column")
}

#[tokio::test]
async fn expressions() {
    let cases = [
        ("customer_id", Ids::Whole),
        ("customer_id as n", Ids::Whole),
        ("cast(customer_id as bigint)", Ids::Whole),
        ("max(customer_id)", Ids::Whole),
        ("first_value(customer_id order by n)", Ids::Whole),
        ("lag(customer_id) over (order by n)", Ids::Whole),
        ("nullif(customer_id, 'x')", Ids::Whole),
        ("case when n = 1 then customer_id end", Ids::Whole),
        ("(select max(who) from u)", Ids::Whole),
        ("(select max(t.customer_id) from u where u.who = t.name)", Ids::Whole),
        ("case when n = 1 then customer_id else name end", Ids::Mixed),
        ("coalesce(customer_id, 'none')", Ids::Mixed),
        ("upper(customer_id)", Ids::Made),
        ("'C' || customer_id", Ids::Made),
        ("reverse(customer_id)", Ids::Made),
        ("array_agg(customer_id)", Ids::Made),
        ("string_agg(customer_id, ',')", Ids::Made),
        ("coalesce(upper(customer_id), 'none')", Ids::Made),
        ("count(customer_id)", Ids::Other),
        ("count(distinct customer_id)", Ids::Other),
        ("length(customer_id)", Ids::Other),
        ("customer_id = 'x'", Ids::Other),
        ("customer_id is null", Ids::Other),
        ("row_number() over (partition by customer_id order by customer_id)", Ids::Other),
        ("case when customer_id is null then 'guest' else 'member' end", Ids::Other),
        ("sum(n)", Ids::Other),
        ("'x'", Ids::Other),
        ("null", Ids::Nothing),
        ("name", Ids::Unknown),
        ("lower(name)", Ids::Unknown),
    ];
    for (expression, expected) in cases {
        assert_eq!(first(&format!("select {expression} from t")).await, expected, "{expression}");
    }
    // Numbers may be ids: a number made from one is, a sum over many is not.
    for (expression, expected) in [
        ("number", Ids::Whole),
        ("min(number)", Ids::Whole),
        ("cast(number as varchar)", Ids::Whole),
        ("number + 1", Ids::Made),
        ("sum(number)", Ids::Other),
        ("city", Ids::Other),
        ("city || 'x'", Ids::Other),
    ] {
        assert_eq!(first(&format!("select {expression} from u")).await, expected, "{expression}");
    }
}

#[tokio::test]
async fn queries() {
    for (query, expected) in [
        ("select who from t join u on t.customer_id = u.who", Ids::Whole),
        ("select a.name from t a join t b using (customer_id)", Ids::Unknown),
        ("select customer_id from t a join t b using (customer_id)", Ids::Whole),
        ("with x as (select customer_id as y from t) select z.y from x as z", Ids::Whole),
        ("select city from u union all select who from u", Ids::Mixed),
        ("select null as x union all select who from u", Ids::Whole),
        ("select name from t union all select city from u", Ids::Unknown),
        ("select who from u intersect select name from t", Ids::Whole),
        ("select distinct who from u order by who limit 3", Ids::Whole),
        ("select city, who from u group by grouping sets ((city), (who))", Ids::Other),
        ("select who, city from u group by grouping sets ((city), (who))", Ids::Whole),
        ("select unnest(array_agg(who)) from u", Ids::Made),
        ("select x from (values ('a', 1), ('b', 2)) as v(x, y)", Ids::Other),
        ("select city from u where exists (select 1 from t where customer_id = who)", Ids::Other),
        ("select city from u where who in (select customer_id from t)", Ids::Other),
        ("select x from (select city as x, who as y from u) where y = 'a'", Ids::Other),
        (
            "with recursive x as (select city as a, who as b from u union all select b, a from x) select a from x",
            Ids::Mixed,
        ),
        // The name alone is not enough: this is another table's column.
        ("with u as (select name as who from t) select who from u", Ids::Unknown),
    ] {
        assert_eq!(first(query).await, expected, "{query}");
    }
}
