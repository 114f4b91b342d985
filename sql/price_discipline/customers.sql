-- Grain: one row per customer with goods sold at their list price in the last $price_discipline_days or in as many before.
--
-- customer_id  text
-- listed, paid  list price x quantity, and the money of these rows; 0 without a row
-- listed_before, paid_before  of as many days before
--
-- Parameters: $as_of, $price_discipline_days.
with priced as (
    select
        goods_sold.customer_id,
        cast($as_of as date) - goods_sold.day < $price_discipline_days as is_now,
        goods_sold.sales,
        price_discipline_prices.price * goods_sold.sold as listed
    from goods_sold
    inner join price_discipline_prices
        on goods_sold.product_id = price_discipline_prices.product_id and not price_discipline_prices.special_price
    where
        goods_sold.sold > 0
        and goods_sold.day <= cast($as_of as date)
        and cast($as_of as date) - goods_sold.day < 2 * $price_discipline_days
)

select
    customer_id,
    coalesce(sum(listed) filter (where is_now), 0) as listed,
    coalesce(sum(sales) filter (where is_now), 0) as paid,
    coalesce(sum(listed) filter (where not is_now), 0) as listed_before,
    coalesce(sum(sales) filter (where not is_now), 0) as paid_before
from priced
group by customer_id
