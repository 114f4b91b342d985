-- Grain: one row per customer with a category bought: what the customer owns, as bits.
--
-- owned_then  categories bought $next_category_days ago or before
-- came        categories bought since then
-- owned_now   both
--
-- Parameters: $as_of, $next_category_days.
with bought as (
    select
        goods_sold.customer_id,
        cast(1 as bigint) << items.number as bit,
        coalesce(sum(goods_sold.revenue) filter (
            where goods_sold.day <= cast($as_of as date) - interval $next_category_days day
        ), 0) > 0 as was_owned,
        coalesce(sum(goods_sold.revenue) filter (
            where goods_sold.day > cast($as_of as date) - interval $next_category_days day
        ), 0) > 0 as has_come,
        sum(goods_sold.revenue) > 0 as is_owned
    from goods_sold
    inner join next_category_items as items on goods_sold.category = items.category
    where goods_sold.day <= $as_of
    group by goods_sold.customer_id, items.number
)

select
    customer_id,
    cast(sum(case when was_owned then bit else 0 end) as bigint) as owned_then,
    cast(sum(case when has_come then bit else 0 end) as bigint) as came,
    cast(sum(case when is_owned or was_owned or has_come then bit else 0 end) as bigint) as owned_now
from bought
group by customer_id
