-- Grain: one row per full month, the last 13.
--
-- month               its first day
-- active, new, reactivated  customers, as in monthly; new and reactivated are NULL in the first $lost_after_days of
--                     history, in which nobody knows who came earlier
-- acquisition_rate    new / active; NULL likewise
-- revenue             money
-- repeat_revenue      money of customers with two orders or more in the 12 months up to the end of the month; NULL where
--                     history does not cover these
-- repeat_sales_share  repeat_revenue / revenue; NULL likewise, or where revenue is not above zero
-- spend_a_customer    money: revenue / active; NULL without an active customer
-- profit              money: the margin of rows with a known cost, and $margin of the others
-- profit_a_customer   money: profit / active; NULL likewise
--
-- Parameters: $period_end, $lost_after_days, $margin.
-- $lost_after_days must be a whole number from 1 to 3650
-- $margin must be a number from 0 to 1
with full_months as (
    select
        monthly.month,
        monthly.active,
        monthly.revenue,
        monthly.month - periods.history_start >= cast($lost_after_days as bigint) as known,
        periods.history_start <= monthly.month - interval '11 months' as months_known,
        monthly.new,
        monthly.reactivated
    from monthly
    cross join periods
    where
        monthly.complete
        and monthly.month >= periods.history_start
        and monthly.month <= cast($period_end as date)
        and monthly.month > cast(date_trunc('month', cast($period_end as date)) as date) - interval '13 months'
),

-- Orders of the 12 months up to each month in which a customer bought: of these 13 months and the 11 before them.
customer_months as (
    select
        customer_id,
        cast(date_trunc('month', day) as date) as month,
        sum(orders) as orders,
        sum(revenue) as revenue
    from customer_day
    where
        day <= cast($period_end as date)
        and day >= cast(date_trunc('month', cast($period_end as date)) as date) - interval '23 months'
    group by customer_id, cast(date_trunc('month', day) as date)
),

counted as (
    select
        month,
        revenue,
        sum(orders) over (
            partition by customer_id
            order by cast(extract(year from month) * 12 + extract(month from month) as bigint)
            range between 11 preceding and current row
        ) as orders_12_months
    from customer_months
),

repeated as (
    select month, coalesce(sum(revenue) filter (where orders_12_months >= 2), 0) as repeat_revenue
    from counted
    group by month
),

bought as (
    select
        cast(date_trunc('month', day) as date) as month,
        cast(
            coalesce(sum(costed_revenue), 0) - coalesce(sum(cost), 0)
            + (sum(revenue) - coalesce(sum(costed_revenue), 0)) * cast($margin as decimal(18, 9)) as decimal(38, 6)
        ) as profit
    from customer_day
    where
        day <= cast($period_end as date)
        and day > cast(date_trunc('month', cast($period_end as date)) as date) - interval '13 months'
    group by cast(date_trunc('month', day) as date)
)

select
    full_months.month,
    full_months.active,
    case when full_months.known then full_months.new end as new,
    case when full_months.known then full_months.reactivated end as reactivated,
    case when full_months.known then cast(full_months.new as double) / nullif(full_months.active, 0) end as acquisition_rate,
    full_months.revenue,
    case when full_months.months_known then coalesce(repeated.repeat_revenue, 0) end as repeat_revenue,
    case
        when full_months.months_known and full_months.revenue > 0
            then cast(coalesce(repeated.repeat_revenue, 0) as double) / cast(full_months.revenue as double)
    end as repeat_sales_share,
    cast(cast(full_months.revenue as decimal(38, 6)) / nullif(full_months.active, 0) as decimal(38, 6)) as spend_a_customer,
    coalesce(bought.profit, 0) as profit,
    cast(cast(coalesce(bought.profit, 0) as decimal(38, 6)) / nullif(full_months.active, 0) as decimal(38, 6)) as profit_a_customer
from full_months
left join bought on full_months.month = bought.month
left join repeated on full_months.month = repeated.month
order by full_months.month
