-- Grain: one row per product launched within $new_goods_days before $as_of; the newest first.
--
-- product_id   text
-- name         text: the product's name, or else its id
-- launched_on  day
-- age_days     days on sale
-- buyers       customers who bought it
-- repeat_buyers  of these, on two days or more
-- repeat_share   their share; NULL without a buyer
-- units        quantity, returns taken off; NULL where the source has none
-- revenue      money since the launch
-- revenue_28   of the last 28 days
-- revenue_28_before  of the 28 days before; NULL where it was not on sale then
--
-- Parameters: $as_of, $new_goods_days.
with launched as (
    select cast(product_id as varchar) as product_id, max(cast(name as varchar)) as name, min(cast(launched_on as date)) as launched_on
    from products
    where product_id is not null
    group by product_id
),

chosen as (
    select product_id, coalesce(name, product_id) as name, launched_on, cast($as_of as date) - launched_on + 1 as age_days
    from launched
    where launched_on <= $as_of and cast($as_of as date) - launched_on < $new_goods_days
),

bought as (
    select
        chosen.product_id,
        goods_sold.customer_id,
        count(distinct goods_sold.day) filter (where goods_sold.sold > 0) as days,
        sum(goods_sold.units) as units,
        sum(goods_sold.revenue) as revenue,
        sum(goods_sold.revenue) filter (where cast($as_of as date) - goods_sold.day < 28) as revenue_28,
        sum(goods_sold.revenue) filter (where cast($as_of as date) - goods_sold.day between 28 and 55) as revenue_28_before
    from chosen
    inner join goods_sold on chosen.product_id = goods_sold.product_id and goods_sold.day >= chosen.launched_on
    group by chosen.product_id, goods_sold.customer_id
),

sums as (
    select
        product_id,
        count(*) filter (where days > 0) as buyers,
        count(*) filter (where days > 1) as repeat_buyers,
        sum(units) as units,
        sum(revenue) as revenue,
        sum(revenue_28) as revenue_28,
        sum(revenue_28_before) as revenue_28_before
    from bought
    group by product_id
)

select
    chosen.product_id,
    chosen.name,
    chosen.launched_on,
    chosen.age_days,
    coalesce(sums.buyers, 0) as buyers,
    coalesce(sums.repeat_buyers, 0) as repeat_buyers,
    case when sums.buyers > 0 then cast(sums.repeat_buyers as double) / sums.buyers end as repeat_share,
    sums.units,
    coalesce(sums.revenue, 0) as revenue,
    coalesce(sums.revenue_28, 0) as revenue_28,
    case when chosen.age_days >= 56 then coalesce(sums.revenue_28_before, 0) end as revenue_28_before
from chosen
left join sums on chosen.product_id = sums.product_id
order by chosen.launched_on desc, chosen.product_id
