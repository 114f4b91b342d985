-- Grain: one row per customer and store with a row in one of the periods of `periods`.
--
-- customer_id  text
-- region, city text; `-` where they are not known
-- store_id     text; `-`: the row has no store
-- store        its name, or else its id
-- revenue, revenue_before, revenue_year_ago, costed_revenue, cost, costed_before, cost_before  as in performance_lines
--
-- The region is that of the source stores, or else the one that all customers of its city have.
--
-- Parameters: none.
with shops as (
    select
        store_id,
        nullif(trim(max(name)), '') as name,
        nullif(trim(max(city)), '') as city,
        nullif(trim(max(region)), '') as region
    from stores
    where store_id is not null
    group by store_id
),

cities as (
    select city, min(region) as region
    from performance_city_regions
    group by city
)

select
    performance_lines.customer_id,
    coalesce(shops.region, cities.region, '-') as region,
    coalesce(shops.city, '-') as city,
    performance_lines.store_id,
    case when performance_lines.store_id = '-' then '-' else coalesce(shops.name, performance_lines.store_id) end as store,
    sum(performance_lines.revenue) as revenue,
    sum(performance_lines.revenue_before) as revenue_before,
    sum(performance_lines.revenue_year_ago) as revenue_year_ago,
    sum(performance_lines.costed_revenue) as costed_revenue,
    sum(performance_lines.cost) as cost,
    sum(performance_lines.costed_before) as costed_before,
    sum(performance_lines.cost_before) as cost_before
from performance_lines
left join shops on performance_lines.store_id = shops.store_id
left join cities on shops.city = cities.city
group by 1, 2, 3, 4, 5
