-- Grain: one row per customer with any row in the last full period, the one before it or the same one a year ago
-- (periods has their dates).
--
-- customer_id       text
-- first_row_day     the customer's first day with any row, in a period or not
-- revenue           money of the last full period; NULL where the customer has no row in it
-- orders            count, likewise
-- revenue_before, orders_before      of the period before it
-- revenue_year_ago, orders_year_ago  of the same one a year ago
--
-- Parameters: $as_of.
with bounds as (
    select
        customer_id,
        day,
        orders,
        revenue,
        day between (select period_start from periods) and (select period_end from periods) as is_now,
        day between (select before_start from periods) and (select before_end from periods) as is_before,
        day between (select year_ago_start from periods) and (select year_ago_end from periods) as is_year_ago
    from customer_day
    where day <= $as_of
),

per_customer as (
    select
        customer_id,
        min(day) as first_row_day,
        sum(revenue) filter (where is_now) as revenue,
        sum(orders) filter (where is_now) as orders,
        sum(revenue) filter (where is_before) as revenue_before,
        sum(orders) filter (where is_before) as orders_before,
        sum(revenue) filter (where is_year_ago) as revenue_year_ago,
        sum(orders) filter (where is_year_ago) as orders_year_ago
    from bounds
    group by customer_id
)

select
    customer_id,
    first_row_day,
    revenue,
    orders,
    revenue_before,
    orders_before,
    revenue_year_ago,
    orders_year_ago
from per_customer
where revenue is not null or revenue_before is not null or revenue_year_ago is not null
order by customer_id
