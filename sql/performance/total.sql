-- Grain: one row, all sales.
--
-- dimension, item, item_as  all, all, performance.dimension
-- customers, customers_before  with a row in the period, and in the one before
-- revenue, revenue_before, revenue_year_ago  money of the periods; 0 without a row
-- costed_revenue, cost, costed_before, cost_before  of the rows with a known cost, in the period and in the one before; NULL without
--                such a row
--
-- Parameters: none.
with per_customer as (
    select
        customer_id,
        sum(revenue) as revenue,
        sum(revenue_before) as revenue_before,
        sum(revenue_year_ago) as revenue_year_ago,
        sum(costed_revenue) as costed_revenue,
        sum(cost) as cost,
        sum(costed_before) as costed_before,
        sum(cost_before) as cost_before
    from performance_lines
    group by customer_id
)

select
    'all' as dimension,
    'all' as item,
    'performance.dimension' as item_as,
    count(revenue) as customers,
    count(revenue_before) as customers_before,
    cast(coalesce(sum(revenue), 0) as decimal(38, 6)) as revenue,
    cast(coalesce(sum(revenue_before), 0) as decimal(38, 6)) as revenue_before,
    cast(coalesce(sum(revenue_year_ago), 0) as decimal(38, 6)) as revenue_year_ago,
    cast(sum(costed_revenue) as decimal(38, 6)) as costed_revenue,
    cast(sum(cost) as decimal(38, 6)) as cost,
    cast(sum(costed_before) as decimal(38, 6)) as costed_before,
    cast(sum(cost_before) as decimal(38, 6)) as cost_before
from per_customer
