-- Grain: one row per month ahead, up to the longest horizon: what the customers of today are predicted to do in all.
-- The first and the last may be cut off. All of them together are the longest horizon of value_horizons.
--
-- month            its first day
-- days             days of it that lie ahead and within the horizon
-- season           what one of its days counts in mean days; NULL where no season was found
-- purchases, purchases_low, purchases_high, revenue, revenue_low, revenue_high  as in value_horizons, of the month
--
-- Parameters: none.
with tested as (
    select count(windows) > 0 as is_tested from clv_forecast
)

select
    clv_months.month,
    cast(clv_months.days as bigint) as days,
    clv_months.factor as season,
    cast(round(clv_months.expected) as bigint) as purchases,
    cast(round(case when tested.is_tested then clv_months.tested_low else clv_months.low end) as bigint) as purchases_low,
    cast(round(case when tested.is_tested then clv_months.tested_high else clv_months.high end) as bigint) as purchases_high,
    clv_months.revenue,
    case when tested.is_tested then clv_months.revenue_tested_low else clv_months.revenue_low end as revenue_low,
    case when tested.is_tested then clv_months.revenue_tested_high else clv_months.revenue_high end as revenue_high
from clv_months
cross join tested
order by clv_months.month
