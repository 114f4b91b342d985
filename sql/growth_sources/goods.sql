-- Grain: one row per customer, category and product with a row in the last full period or in the one before.
--
-- customer_id, category, product_id  text; NULL where the source has none
-- is_new           the customer had a row before the period, and none of this category
-- revenue, revenue_before  money of the two periods
-- units, units_before      quantity, returns taken off; NULL where the source has none
--
-- Parameters: $period_start, $period_end, $before_start, $before_end.
with both as (
    select
        customer_id,
        category,
        product_id,
        coalesce(sum(revenue) filter (where day >= cast($period_start as date)), 0) as revenue,
        coalesce(sum(revenue) filter (where day <= cast($before_end as date)), 0) as revenue_before,
        sum(units) filter (where day >= cast($period_start as date)) as units,
        sum(units) filter (where day <= cast($before_end as date)) as units_before
    from goods_sold
    where
        day between cast($before_start as date) and cast($before_end as date)
        or day between cast($period_start as date) and cast($period_end as date)
    group by customer_id, category, product_id
),

-- The first day of each category, of customers of long standing.
firsts as (
    select customer_id, category, min(day) as first_day
    from goods_sold
    where day <= cast($period_end as date) and category is not null
    group by customer_id, category
)

select
    both.customer_id,
    both.category,
    both.product_id,
    coalesce(
        firsts.first_day >= cast($period_start as date) and customer_period.first_row_day < cast($period_start as date), false
    ) as is_new,
    both.revenue,
    both.revenue_before,
    both.units,
    both.units_before
from both
inner join customer_period on both.customer_id = customer_period.customer_id
left join firsts on both.customer_id = firsts.customer_id and both.category = firsts.category
order by both.customer_id, both.category, both.product_id
