-- Grain: one row per category that an existing customer bought for the first time in the last full period; the most money
-- first.
--
-- category          key
-- customers         existing customers who bought it for the first time
-- cross_sold        their money in it
-- revenue           all money of the category in the period
-- cross_sold_share  cross_sold / revenue; NULL where revenue is not above zero
--
-- Parameters: none.
with summed as (
    select
        category,
        count(distinct case when is_new and revenue <> 0 then customer_id end) as customers,
        coalesce(sum(revenue) filter (where is_new), 0) as cross_sold,
        sum(revenue) as revenue
    from growth_sources_goods
    where category is not null
    group by category
)

select
    category,
    customers,
    cross_sold,
    revenue,
    case when revenue > 0 then cast(cross_sold as double) / cast(revenue as double) end as cross_sold_share
from summed
where customers > 0
order by cross_sold desc, category
