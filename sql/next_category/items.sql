-- Grain: one row per category, of the 60 that most customers have bought; numbered from 0.
--
-- category   text
-- number     its bit
-- customers  who have bought it
--
-- Parameters: $as_of.
with owned as (
    select category, customer_id
    from goods_sold
    where category is not null and day <= $as_of
    group by category, customer_id
    having sum(revenue) > 0
),

counts as (
    select category, count(*) as customers
    from owned
    group by category
),

ranked as (
    select category, customers, row_number() over (order by customers desc, category) - 1 as number
    from counts
)

select category, cast(number as bigint) as number, customers
from ranked
where number < 60
order by number
