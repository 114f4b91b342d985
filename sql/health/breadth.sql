-- Grain: one row per customer who ever bought goods of a category.
--
-- got  categories with revenue above zero in the last $health_window_days days / $health_categories, 1 at most; 0 without one
--
-- Parameters: $as_of, $health_window_days, $health_categories.
with categories as (
    select
        customer_id,
        category,
        coalesce(
            sum(revenue) filter (where day > cast(cast($as_of as date) - interval $health_window_days day as date)), 0
        ) > 0 as bought
    from goods_sold
    where category is not null and day <= cast($as_of as date)
    group by customer_id, category
)

select
    cast(customer_id as varchar) as customer_id,
    'breadth' as driver,
    least(cast(count(*) filter (where bought) as double) / cast($health_categories as double), 1) as got
from categories
group by cast(customer_id as varchar)
