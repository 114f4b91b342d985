-- Grain: one row per customer with any row on or before $as_of.
--
-- customer_id        text
-- first_day          first day with an order; of any row where the customer never ordered
-- last_day           last day with an order; likewise
-- second_day         day of the second order: the first day itself if it had two orders; NULL where there was no
--                    second order
-- transactions       distinct transaction ids, day by day
-- orders             distinct transaction ids with an amount of zero or more, day by day
-- active_days        days with an order
-- revenue, sales, returns  money
-- costed_revenue, cost  money of the rows with a known cost, and that cost; NULL without one
-- average_order      money: revenue / orders, to six decimals; NULL without an order
-- tenure_days        $as_of - first_day
-- recency_days       $as_of - last_day
-- span_days          last_day - first_day
-- repeat_days        active days after the first
-- mean_repeat_spend  money: mean revenue of the active days after the first, to six decimals; NULL without one
-- median_gap_days, p90_gap_days  days between consecutive active days; NULL below two of them
-- ln_gaps            sum of the natural logarithms of those gaps; it shows models how regular they are. NULL likewise
-- revenue_12m        money of the last 365 days, $as_of included
-- orders_12m         orders of these days
--
-- Parameters: $as_of.
with per_customer as (
    select
        customer_id,
        coalesce(min(day) filter (where orders > 0), min(day)) as first_day,
        coalesce(max(day) filter (where orders > 0), max(day)) as last_day,
        sum(transactions) as transactions,
        sum(orders) as orders,
        min(day) filter (where gap_days is not null or orders >= 2) as second_day,
        sum(revenue) as revenue,
        sum(returns) as returns,
        sum(costed_revenue) as costed_revenue,
        sum(cost) as cost,
        count(gap_days) as repeat_days,
        sum(revenue) filter (where gap_days is not null) as repeat_revenue,
        -- All gaps in order: both percentiles are read from it.
        distribution(gap_days) as gaps,
        sum(revenue) filter (where day > cast($as_of as date) - interval '365 days') as revenue_12m,
        sum(orders) filter (where day > cast($as_of as date) - interval '365 days') as orders_12m
    from customer_day
    where day <= $as_of
    group by customer_id
)

select
    customer_id,
    first_day,
    last_day,
    second_day,
    transactions,
    orders,
    -- Every day with an order but the first ends a gap.
    repeat_days + case when orders > 0 then 1 else 0 end as active_days,
    revenue,
    revenue + returns as sales,
    returns,
    costed_revenue,
    cost,
    cast(cast(revenue as decimal(38, 6)) / nullif(orders, 0) as decimal(38, 6)) as average_order,
    cast($as_of as date) - first_day as tenure_days,
    cast($as_of as date) - last_day as recency_days,
    last_day - first_day as span_days,
    repeat_days,
    cast(cast(repeat_revenue as decimal(38, 6)) / nullif(repeat_days, 0) as decimal(38, 6)) as mean_repeat_spend,
    percentile(gaps, 0.5) as median_gap_days,
    percentile(gaps, 0.9) as p90_gap_days,
    ln_sum(gaps) as ln_gaps,
    coalesce(revenue_12m, revenue - revenue) as revenue_12m,
    coalesce(orders_12m, 0) as orders_12m
from per_customer
order by customer_id
