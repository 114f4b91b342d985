-- Grain: one row per full month of the last 13 that begins at least $lost_after_days after history.
--
-- month       its first day
-- cross_sold  money of customers who had a row before the month, in categories that they had not bought before it
-- revenue     money
-- share       cross_sold / revenue; NULL where revenue is not above zero
--
-- Parameters: $period_end, $lost_after_days.
-- $lost_after_days must be a whole number from 1 to 3650
with bought as (
    select customer_id, category, cast(date_trunc('month', day) as date) as month, sum(revenue) as revenue
    from goods_sold
    where day <= cast($period_end as date)
    group by customer_id, category, cast(date_trunc('month', day) as date)
),

pairs as (
    select customer_id, category, min(month) as first_month from bought where category is not null group by customer_id, category
),

people as (
    select customer_id, min(month) as first_month from bought group by customer_id
),

crossed as (
    select bought.month, sum(bought.revenue) as cross_sold
    from bought
    inner join pairs
        on bought.customer_id = pairs.customer_id and bought.category = pairs.category and bought.month = pairs.first_month
    inner join people on bought.customer_id = people.customer_id
    where people.first_month < bought.month
    group by bought.month
)

select
    monthly.month,
    coalesce(crossed.cross_sold, 0) as cross_sold,
    monthly.revenue,
    case
        when monthly.revenue > 0 then cast(coalesce(crossed.cross_sold, 0) as double) / cast(monthly.revenue as double)
    end as share
from monthly
cross join periods
left join crossed on monthly.month = crossed.month
where
    monthly.complete
    and monthly.month - periods.history_start >= cast($lost_after_days as bigint)
    and monthly.month <= cast($period_end as date)
    and monthly.month > cast(date_trunc('month', cast($period_end as date)) as date) - interval '13 months'
order by monthly.month
