-- Grain: one row per horizon: what the customers of today are predicted to do in all.
--
-- days              the horizon
-- purchases, purchases_low, purchases_high  days with an order, whole
-- revenue, revenue_low, revenue_high        money of these
-- customers         who order at least once, whole; NULL where a rule predicts
--
-- Ends are as far off as forecasts of the past were. Without such tests they are the model's own; where tests were
-- too far off there are none.
--
-- Parameters: none.
with figures as (
    select
        horizon_days,
        figure,
        expected,
        case when windows is null then coalesce(tested_low, low) else tested_low end as low,
        case when windows is null then coalesce(tested_high, high) else tested_high end as high
    from clv_forecast
)

select
    horizon_days as days,
    cast(round(max(expected) filter (where figure = 'purchases')) as bigint) as purchases,
    cast(round(max(low) filter (where figure = 'purchases')) as bigint) as purchases_low,
    cast(round(max(high) filter (where figure = 'purchases')) as bigint) as purchases_high,
    max(expected) filter (where figure = 'revenue') as revenue,
    max(low) filter (where figure = 'revenue') as revenue_low,
    max(high) filter (where figure = 'revenue') as revenue_high,
    cast(round(max(expected) filter (where figure = 'active_customers')) as bigint) as customers
from figures
group by horizon_days
having count(expected) > 0
order by horizon_days
