-- Grain: one row; none without a cost of the kind retention in the last 12 full months, or where history does not cover the 12 months
-- before these.
--
-- cost       money of these costs
-- customers  with an order in those 12 months and in the 12 before
--
-- Parameters: $as_of.
with bounds as (
    select
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') - interval '24 months' as date) as before_day,
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') - interval '12 months' as date) as first_day,
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') as date) as open_month
),

spent as (
    select sum(cast(costs.cost as decimal(38, 6))) as cost
    from costs
    cross join bounds
    where
        costs.kind = 'retention'
        and costs.month >= bounds.first_day
        and costs.month < bounds.open_month
        and costs.month <= $as_of
),

each as (
    select
        customer_day.customer_id,
        bool_or(customer_day.day >= bounds.first_day) as lately,
        bool_or(customer_day.day < bounds.first_day) as before
    from customer_day
    cross join bounds
    where
        customer_day.orders > 0
        and customer_day.day >= bounds.before_day
        and customer_day.day < bounds.open_month
        and customer_day.day <= $as_of
    group by customer_day.customer_id
),

retained as (
    select count(*) filter (where lately and before) as customers from each
),

history as (
    select min(day) as first_day from customer_day where day <= $as_of
)

select spent.cost, retained.customers
from spent
cross join retained
cross join history
cross join bounds
where spent.cost is not null and history.first_day <= bounds.before_day
