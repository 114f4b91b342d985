-- Grain: one row per brand: the figures of `brands`, with what is known of costs.
--
-- dimension     brand
-- item          its name; `-` where the products name none
-- item_as       text; of `-` a group of the words file
-- customers, customers_before, revenue, revenue_before, revenue_year_ago  of `brands`; 0 where history does not reach
-- costed_revenue, cost, costed_before, cost_before  of the rows with a known cost, in the period and in the one before; NULL without
--                such a row
--
-- Parameters: none.
with branded as (
    select product_id, max(brand) as brand
    from products
    where product_id is not null
    group by product_id
),

costs as (
    select
        coalesce(branded.brand, '-') as brand,
        sum(performance_goods.costed_revenue) filter (where day between periods.period_start and periods.period_end) as costed_revenue,
        sum(performance_goods.cost) filter (where day between periods.period_start and periods.period_end) as cost,
        sum(performance_goods.costed_revenue) filter (where day between periods.before_start and periods.before_end) as costed_before,
        sum(performance_goods.cost) filter (where day between periods.before_start and periods.before_end) as cost_before
    from performance_goods
    cross join periods
    left join branded on performance_goods.product_id = branded.product_id
    where performance_goods.day between periods.before_start and periods.period_end
    group by 1
)

select
    'brand' as dimension,
    brands.brand as item,
    case when brands.brand = '-' then 'performance.none' else 'text' end as item_as,
    brands.customers,
    coalesce(brands.customers_before, 0) as customers_before,
    cast(brands.revenue as decimal(38, 6)) as revenue,
    cast(coalesce(brands.revenue_before, 0) as decimal(38, 6)) as revenue_before,
    cast(coalesce(brands.revenue_year_ago, 0) as decimal(38, 6)) as revenue_year_ago,
    cast(costs.costed_revenue as decimal(38, 6)) as costed_revenue,
    cast(costs.cost as decimal(38, 6)) as cost,
    cast(costs.costed_before as decimal(38, 6)) as costed_before,
    cast(costs.cost_before as decimal(38, 6)) as cost_before
from brands
left join costs on brands.brand = costs.brand
