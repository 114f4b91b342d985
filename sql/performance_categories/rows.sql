-- Grain: one row per category: the figures of `categories`, with what is known of costs.
--
-- dimension     category
-- item          its key; `-` where the source has none
-- item_as       the group of the words file
-- customers, customers_before, revenue, revenue_before, revenue_year_ago  of `categories`; 0 where history does not reach
-- costed_revenue, cost, costed_before, cost_before  of the rows with a known cost, in the period and in the one before; NULL without
--                such a row
--
-- Parameters: none.
with costs as (
    select
        coalesce(performance_goods.category, '-') as category,
        sum(performance_goods.costed_revenue) filter (where day between periods.period_start and periods.period_end) as costed_revenue,
        sum(performance_goods.cost) filter (where day between periods.period_start and periods.period_end) as cost,
        sum(performance_goods.costed_revenue) filter (where day between periods.before_start and periods.before_end) as costed_before,
        sum(performance_goods.cost) filter (where day between periods.before_start and periods.before_end) as cost_before
    from performance_goods
    cross join periods
    where performance_goods.day between periods.before_start and periods.period_end
    group by 1
)

select
    'category' as dimension,
    categories.category as item,
    'programme.category' as item_as,
    categories.customers,
    coalesce(categories.customers_before, 0) as customers_before,
    cast(categories.revenue as decimal(38, 6)) as revenue,
    cast(coalesce(categories.revenue_before, 0) as decimal(38, 6)) as revenue_before,
    cast(coalesce(categories.revenue_year_ago, 0) as decimal(38, 6)) as revenue_year_ago,
    cast(costs.costed_revenue as decimal(38, 6)) as costed_revenue,
    cast(costs.cost as decimal(38, 6)) as cost,
    cast(costs.costed_before as decimal(38, 6)) as costed_before,
    cast(costs.cost_before as decimal(38, 6)) as cost_before
from categories
left join costs on categories.category = costs.category
