-- Grain: category and full month, the last 24.
--
-- category  text
-- month     first day
-- revenue   money
--
-- Parameters: $as_of.
with full_months as (
    select
        coalesce(category, '-') as category,
        cast(date_trunc('month', day) as date) as month,
        revenue
    from goods_sold
    where
        day < date_trunc('month', cast($as_of as date) + interval '1 day')
        and day >= date_trunc('month', cast($as_of as date) + interval '1 day') - interval '24 months'
)

select category, month, sum(revenue) as revenue
from full_months
group by category, month
order by category, month
