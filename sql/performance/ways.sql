-- Grain: one row of all sales, one per channel and one per store with a row in one of the periods of `periods`.
--
-- dimension     all, channel, store
-- item          all; the key or id; `-` where the source has none
-- item_as       how readers see the item: a group of the words file, or text
-- customers, customers_before  with a row in the period, and in the one before
-- revenue, revenue_before, revenue_year_ago  money of the periods; 0 without a row
-- costed_revenue, cost, costed_before, cost_before  of the rows with a known cost, in the period and in the one before; NULL without
--                such a row
--
-- Parameters: none.
with placed as (
    select 'all' as dimension, 'all' as item, * from performance_lines
    union all
    select 'channel' as dimension, channel as item, * from performance_lines
    union all
    select 'store' as dimension, store_id as item, * from performance_lines
),

per_customer as (
    select
        dimension,
        item,
        customer_id,
        sum(revenue) as revenue,
        sum(revenue_before) as revenue_before,
        sum(revenue_year_ago) as revenue_year_ago,
        sum(costed_revenue) as costed_revenue,
        sum(cost) as cost,
        sum(costed_before) as costed_before,
        sum(cost_before) as cost_before
    from placed
    group by dimension, item, customer_id
)

select
    dimension,
    item,
    case
        when dimension = 'all' then 'performance.dimension'
        when dimension = 'channel' then case when item = '-' then 'performance.none' else 'value.channel' end
        when item = '-' then 'performance.no_store'
        else 'text'
    end as item_as,
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
group by dimension, item
