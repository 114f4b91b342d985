-- Grain: one row per customer, channel and store with a row in one of the periods of `periods`.
--
-- customer_id, channel, store_id  text; channel and store are `-` where the source has none
-- revenue, revenue_before, revenue_year_ago  money of the last full period, of the one before, of the same a year ago; NULL without
--                a row in it
-- costed_revenue, cost, costed_before, cost_before  of the rows with a known cost
--
-- Parameters: none.
with dated as (
    select
        performance_sold.customer_id,
        coalesce(performance_sold.channel, '-') as channel,
        coalesce(performance_sold.store_id, '-') as store_id,
        performance_sold.revenue,
        performance_sold.costed_revenue,
        performance_sold.cost,
        performance_sold.day between periods.period_start and periods.period_end as is_now,
        performance_sold.day between periods.before_start and periods.before_end as is_before,
        performance_sold.day between periods.year_ago_start and periods.year_ago_end as is_year_ago
    from performance_sold
    cross join periods
    where performance_sold.day between periods.year_ago_start and periods.period_end
)

select
    customer_id,
    channel,
    store_id,
    sum(revenue) filter (where is_now) as revenue,
    sum(revenue) filter (where is_before) as revenue_before,
    sum(revenue) filter (where is_year_ago) as revenue_year_ago,
    sum(costed_revenue) filter (where is_now) as costed_revenue,
    sum(cost) filter (where is_now) as cost,
    sum(costed_revenue) filter (where is_before) as costed_before,
    sum(cost) filter (where is_before) as cost_before
from dated
where is_now or is_before or is_year_ago
group by customer_id, channel, store_id
