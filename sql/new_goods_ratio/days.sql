-- Grain: one row per business day and product with a known day of launch; the revenue of other goods stands in one row a day
-- without it.
--
-- day          business day
-- launched_on  day of launch; NULL of goods without one
-- revenue      money
--
-- Parameters: none.
with launched as (
    select product_id, min(launched_on) as launched_on
    from products
    where product_id is not null
    group by product_id
)

select goods_sold.day, launched.launched_on, sum(goods_sold.revenue) as revenue
from goods_sold
left join launched on goods_sold.product_id = launched.product_id
group by goods_sold.day, launched.launched_on
