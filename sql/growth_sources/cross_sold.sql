-- Grain: one row: what existing customers spent in categories that they had not bought before, in the last full period; none
-- without history.
--
-- customers   existing customers with such a category
-- cross_sold  money
-- revenue     money: all revenue of the period
-- share       cross_sold / revenue; NULL where revenue is not above zero, or history is shorter than $lost_after_days
--             before the period: what was bought before is then not known
--
-- Parameters: $period_start, $lost_after_days.
-- $lost_after_days must be a whole number from 1 to 3650
with summed as (
    select
        count(distinct customer_id) as customers,
        coalesce(sum(revenue), 0) as cross_sold
    from growth_sources_goods
    where is_new and revenue <> 0
),

money as (
    select coalesce(sum(revenue), 0) as revenue from customer_period
)

select
    summed.customers,
    summed.cross_sold,
    money.revenue,
    case
        when money.revenue > 0 and cast($period_start as date) - periods.history_start >= cast($lost_after_days as bigint)
            then cast(summed.cross_sold as double) / cast(money.revenue as double)
    end as share
from summed
cross join money
cross join periods
