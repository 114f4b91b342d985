-- Grain: one row per customer with any row on or before $as_of.
--
-- customer_id        text
-- first_day          first day with an order; of any row where the customer never ordered
-- last_day           last day with an order; likewise
-- second_day         day on which a second order had come: the first day itself where it had two orders; NULL
--                    where there was no second order
-- transactions       distinct transaction ids, day by day
-- orders             distinct transaction ids with an amount of zero or more, day by day
-- active_days        days with an order
-- revenue, sales, returns  money
-- average_order      money: revenue / orders; NULL without an order
-- tenure_days        $as_of - first_day
-- recency_days       $as_of - last_day
-- span_days          last_day - first_day
-- repeat_days        active days after the first
-- mean_repeat_spend  money as a double: mean revenue of the active days after the first; NULL without one
-- median_gap_days, p90_gap_days  days between consecutive active days; NULL below two of them
-- revenue_12m        money of the last 365 days, $as_of included
--
-- Parameters: $as_of.
with per_customer as (
    select
        customer_id,
        coalesce(min(case when orders > 0 then day end), min(day)) as first_day,
        coalesce(max(case when orders > 0 then day end), max(day)) as last_day,
        sum(transactions) as transactions,
        sum(orders) as orders,
        min(case when gap_days is not null or orders >= 2 then day end) as second_day,
        count(case when orders > 0 then day end) as active_days,
        sum(revenue) as revenue,
        sum(sales) as sales,
        sum(returns) as returns,
        count(gap_days) as repeat_days,
        sum(case when gap_days is not null then revenue end) as repeat_revenue,
        -- All gaps in order, from which both percentiles are read.
        distribution(gap_days) as gaps,
        sum(case when day > cast($as_of as date) - interval '365 days' then revenue end) as revenue_12m
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
    active_days,
    revenue,
    sales,
    returns,
    revenue / nullif(orders, 0) as average_order,
    cast($as_of as date) - first_day as tenure_days,
    cast($as_of as date) - last_day as recency_days,
    last_day - first_day as span_days,
    repeat_days,
    cast(repeat_revenue as double) / repeat_days as mean_repeat_spend,
    percentile(gaps, 0.5) as median_gap_days,
    percentile(gaps, 0.9) as p90_gap_days,
    coalesce(revenue_12m, revenue - revenue) as revenue_12m
from per_customer
order by customer_id
