-- Grain: one row per category that somebody bought for the first time in the last $next_category_days days, who owned
-- another one before.
--
-- category   text
-- customers  how many
-- revenue    what they spent on it in these days
--
-- Parameters: $as_of, $next_category_days.
select
    goods_sold.category,
    count(distinct goods_sold.customer_id) as customers,
    sum(goods_sold.revenue) as revenue
from goods_sold
inner join next_category_items as items on goods_sold.category = items.category
inner join next_category_owned as owned on goods_sold.customer_id = owned.customer_id
where
    goods_sold.day > cast($as_of as date) - interval $next_category_days day
    and goods_sold.day <= $as_of
    and owned.owned_then <> 0
    and (owned.owned_then >> items.number) & 1 = 0
    and (owned.came >> items.number) & 1 = 1
group by goods_sold.category
order by goods_sold.category
