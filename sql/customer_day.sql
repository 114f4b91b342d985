-- Grain: one row per customer and business day with at least one row kept.
--
-- customer_id   text
-- day           business day in the pipeline's time zone
-- transactions  distinct transaction ids
-- orders        distinct transaction ids with an amount of zero or more
-- units         quantity, exact; NULL where the source has none
-- revenue       money, by the returns policy
-- sales         money of the amounts of zero or more
-- returns       money of the amounts below zero, as a positive figure
-- costed_revenue, cost  money of the rows with a known cost, and that cost; NULL without one
-- gap_days      days since the customer's previous day with an order; NULL on the first one and on days
--               without an order. It looks only backwards: the rows up to an earlier date are the
--               same rows that a run as of that date would yield.
--
-- Parameters: none.
with per_day as (
    select
        customer_id,
        day,
        count(transaction_id) as transactions,
        count(transaction_id) filter (where highest_amount >= 0) as orders,
        sum(units) as units,
        sum(revenue) as revenue,
        coalesce(-sum(returns), sum(revenue) - sum(revenue)) as returns,
        sum(costed_revenue) as costed_revenue,
        sum(cost) as cost
    from receipts
    group by customer_id, day
)

select
    customer_id,
    day,
    transactions,
    orders,
    units,
    revenue,
    -- Revenue is what was sold less what came back.
    revenue + returns as sales,
    returns,
    costed_revenue,
    cost,
    gap_days(day, orders > 0) over (partition by customer_id order by day) as gap_days
from per_day
order by customer_id, day
