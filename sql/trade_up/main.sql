-- Grain: one row per customer with a purchase in the last $trade_up_days or in as many days before: the rung
-- of most money in each. None where history does not cover both.
--
-- customer_id
-- rung_before, revenue_before  the main rung then (of equal ones the higher), and its money; NULL without a purchase
-- rung_now, revenue_now        likewise now
--
-- Parameters: $as_of, $trade_up_days.
with spent as (
    select
        goods_sold.customer_id,
        products.rung,
        goods_sold.day > cast($as_of as date) - interval $trade_up_days day as is_now,
        sum(goods_sold.revenue) as revenue
    from goods_sold
    inner join products on goods_sold.product_id = products.product_id
    cross join periods
    where
        products.rung is not null
        and goods_sold.day <= $as_of
        and goods_sold.day > cast($as_of as date) - interval $trade_up_days day - interval $trade_up_days day
        and periods.history_start
        <= cast($as_of as date) - interval $trade_up_days day - interval $trade_up_days day + interval '1 day'
    group by 1, 2, 3
    having sum(goods_sold.revenue) > 0
),

ranked as (
    select *, row_number() over (partition by customer_id, is_now order by revenue desc, rung desc) as place
    from spent
)

select
    customer_id,
    max(rung) filter (where not is_now) as rung_before,
    max(revenue) filter (where not is_now) as revenue_before,
    max(rung) filter (where is_now) as rung_now,
    max(revenue) filter (where is_now) as revenue_now
from ranked
where place = 1
group by customer_id
