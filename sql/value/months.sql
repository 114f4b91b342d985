-- Grain: one row per month ahead, up to the longest horizon: what the customers of today are predicted to do in all.
-- The first and the last may be cut off. All of them together are the longest horizon of value_horizons.
--
-- month            its first day
-- days             days of it that lie ahead and within the horizon
-- season           what one of its days counts in mean days; NULL where no season was found
-- purchases, purchases_low, purchases_high, revenue, revenue_low, revenue_high  as in value_horizons, of the month
--
-- Whole orders of the months add up to those of the horizon: a month's are the rounded sum up to its end less that up to
-- its beginning. So a month may be rounded either way, and its ends are rounded outwards.
--
-- Parameters: none.
with tested as (
    select count(windows) > 0 as is_tested from clv_forecast
),

summed as (
    select *, cast(round(sum(expected) over (order by month)) as bigint) as purchases_so_far
    from clv_months
)

select
    summed.month,
    cast(summed.days as bigint) as days,
    summed.factor as season,
    summed.purchases_so_far - coalesce(lag(summed.purchases_so_far) over (order by summed.month), 0) as purchases,
    cast(floor(case when tested.is_tested then summed.tested_low else summed.low end) as bigint) as purchases_low,
    cast(ceil(case when tested.is_tested then summed.tested_high else summed.high end) as bigint) as purchases_high,
    summed.revenue,
    case when tested.is_tested then summed.revenue_tested_low else summed.revenue_low end as revenue_low,
    case when tested.is_tested then summed.revenue_tested_high else summed.revenue_high end as revenue_high
from summed
cross join tested
order by summed.month
