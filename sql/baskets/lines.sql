-- Grain: one row per level, basket and thing in it, of the customers drawn. A basket is what a customer buys on a day: at
-- one counter or at several.
--
-- level        category or product
-- kind         weekday, weekend (Saturday, Sunday) or festival (a day of a campaign of that kind, whatever the weekday)
-- customer_id, day  the basket
-- item         category, or product
--
-- Parameters: $as_of, $baskets_days.
with goods as (
    select
        goods_sold.customer_id,
        goods_sold.day,
        goods_sold.category,
        goods_sold.product_id,
        goods_sold.revenue
    from goods_sold
    cross join baskets_drawn
    where
        goods_sold.day > cast($as_of as date) - interval $baskets_days day
        and goods_sold.day <= $as_of
        and draw(goods_sold.customer_id) < baskets_drawn.share
),

things as (
    -- More bought than returned on the day.
    select 'category' as level, customer_id, day, category as item
    from goods
    where category is not null
    group by customer_id, day, category
    having sum(revenue) > 0
    union all
    select 'product', customer_id, day, product_id
    from goods
    where product_id is not null
    group by customer_id, day, product_id
    having sum(revenue) > 0
),

days as (
    select distinct day
    from goods
),

festival as (
    select distinct days.day
    from days
    inner join baskets_festivals on days.day between baskets_festivals.starts_on and baskets_festivals.ends_on
)

select
    things.level,
    case
        when festival.day is not null then 'festival'
        when date_part('dow', things.day) in (0, 6) then 'weekend'
        else 'weekday'
    end as kind,
    things.customer_id,
    things.day,
    things.item
from things
left join festival on things.day = festival.day
