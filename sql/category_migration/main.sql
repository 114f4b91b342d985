-- Grain: one row per customer with a purchase in the last $category_migration_days or in as many days before: the category
-- of most money in each. None where history does not cover both.
--
-- customer_id
-- category_before, revenue_before  the main category then (ties by name), and its money; NULL without a purchase
-- category_now, revenue_now        likewise now
--
-- Parameters: $as_of, $category_migration_days.
with spent as (
    select
        goods_sold.customer_id,
        goods_sold.category,
        goods_sold.day > cast($as_of as date) - interval $category_migration_days day as is_now,
        sum(goods_sold.revenue) as revenue
    from goods_sold
    cross join periods
    where
        goods_sold.category is not null
        and goods_sold.day <= $as_of
        and goods_sold.day > cast($as_of as date) - interval $category_migration_days day - interval $category_migration_days day
        and periods.history_start
        <= cast($as_of as date) - interval $category_migration_days day - interval $category_migration_days day + interval '1 day'
    group by 1, 2, 3
    having sum(goods_sold.revenue) > 0
),

ranked as (
    select *, row_number() over (partition by customer_id, is_now order by revenue desc, category) as place
    from spent
)

select
    customer_id,
    max(category) filter (where not is_now) as category_before,
    max(revenue) filter (where not is_now) as revenue_before,
    max(category) filter (where is_now) as category_now,
    max(revenue) filter (where is_now) as revenue_now
from ranked
where place = 1
group by customer_id
