-- Grain: one row per dimension and item, all sales first; of each dimension the most revenue first.
--
-- dimension        all, channel, category, brand, store, city or region; a dimension with a single item that is not stated is left
--                  out
-- dimension_order  1 is all
-- item             key, id or name; `-`: not stated. The items of each dimension add up to all sales
-- name             the name of a store, or else the item
-- item_as          how readers see the name: a group of the words file, or text
-- customers        with a row in the period
-- customers_before in the one before; NULL where history does not cover it
-- revenue          money of the last full period
-- share            of all revenue; NULL where that is not above zero
-- revenue_before   of the period before; NULL where history does not cover it
-- growth           revenue against it; NULL where there was none
-- contribution     (revenue - revenue_before) / all revenue before: points of the growth of all. They add up to it. NULL where there
--                  was no revenue before
-- revenue_year_ago, growth_year_ago, contribution_year_ago  the same against the same period a year ago
-- costed_revenue, cost  of the rows with a known cost, in the period; NULL without such a row
-- margin           1 - cost / costed_revenue; NULL where that is not above zero
-- costed_before, cost_before, margin_before  the same of the period before
-- margin_change    the difference, 0.01 = 1 point
--
-- Parameters: none.
with dimensions (dimension, dimension_order) as (
    values
    ('all', 1), ('channel', 2), ('category', 3), ('brand', 4), ('store', 5), ('city', 6), ('region', 7)
),

told as (
    select dimension
    from performance_rows
    group by dimension
    having dimension = 'all' or bool_or(item <> '-')
),

names as (
    select store_id, max(name) as name
    from performance_store_names
    group by store_id
),

total as (
    select revenue, revenue_before, revenue_year_ago
    from performance_rows
    where dimension = 'all'
),

compared as (
    select
        items.dimension,
        dimensions.dimension_order,
        items.item,
        coalesce(names.name, items.item) as name,
        items.item_as,
        items.customers,
        case when periods.before_reached then items.customers_before end as customers_before,
        items.revenue,
        case when total.revenue > 0 then cast(items.revenue as double) / cast(total.revenue as double) end as share,
        case when periods.before_reached then items.revenue_before end as revenue_before,
        case
            when periods.before_reached and total.revenue_before > 0
                then cast(items.revenue - items.revenue_before as double) / cast(total.revenue_before as double)
        end as contribution,
        case when periods.year_ago_reached then items.revenue_year_ago end as revenue_year_ago,
        case
            when periods.year_ago_reached and total.revenue_year_ago > 0
                then cast(items.revenue - items.revenue_year_ago as double) / cast(total.revenue_year_ago as double)
        end as contribution_year_ago,
        items.costed_revenue,
        items.cost,
        case when items.costed_revenue > 0 then 1 - cast(items.cost as double) / cast(items.costed_revenue as double) end as margin,
        case when periods.before_reached then items.costed_before end as costed_before,
        case when periods.before_reached then items.cost_before end as cost_before,
        case
            when periods.before_reached and items.costed_before > 0
                then 1 - cast(items.cost_before as double) / cast(items.costed_before as double)
        end as margin_before
    from performance_rows as items
    inner join dimensions on items.dimension = dimensions.dimension
    inner join told on items.dimension = told.dimension
    left join names on items.dimension = 'store' and items.item = names.store_id
    cross join total
    cross join periods
)

select
    dimension,
    dimension_order,
    item,
    name,
    item_as,
    customers,
    customers_before,
    revenue,
    share,
    revenue_before,
    case when revenue_before > 0 then cast(revenue as double) / cast(revenue_before as double) - 1 end as growth,
    contribution,
    revenue_year_ago,
    case when revenue_year_ago > 0 then cast(revenue as double) / cast(revenue_year_ago as double) - 1 end as growth_year_ago,
    contribution_year_ago,
    costed_revenue,
    cost,
    margin,
    costed_before,
    cost_before,
    margin_before,
    margin - margin_before as margin_change
from compared
order by dimension_order, revenue desc, item
