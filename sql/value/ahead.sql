-- Grain: one row per month, for a picture: the months past of order_days, then those ahead. None where nothing is
-- predicted month by month.
--
-- month           its first day
-- earlier         days with an order by customers won before these months; NULL where there were none
-- newcomers       by those won within them; likewise
-- all_customers   by all, where nobody was a customer before
-- predicted       days with an order predicted of the customers of today
-- bracket         the key of the text over the months ahead; NULL over those past
-- days, orders, low, high  the longest horizon, and what is predicted over it, with its range
--
-- A month that is not over is one row of both. A last month with less than nine tenths of its days is left out: it
-- would look like a fall.
--
-- Parameters: none.
with past as (
    select
        month,
        of_earlier,
        of_newcomers,
        sum(of_earlier) over () > 0 as has_earlier
    from order_days
),

numbered as (
    select
        month,
        days,
        expected,
        row_number() over (order by month) as number,
        count(*) over () as months
    from clv_months
),

drawn as (
    select month, expected
    from numbered
    where
        number = 1
        or number < months
        or days >= 0.9 * extract(day from month + interval '1 month' - interval '1 day')
),

whole as (
    select
        horizon_days as days,
        cast(round(expected) as bigint) as orders,
        cast(round(case when windows is null then coalesce(tested_low, low) else tested_low end) as bigint) as low,
        cast(round(case when windows is null then coalesce(tested_high, high) else tested_high end) as bigint) as high
    from clv_forecast
    where figure = 'purchases'
    order by horizon_days desc
    limit 1
)

select
    coalesce(past.month, drawn.month) as month,
    case when past.has_earlier then past.of_earlier end as earlier,
    case when past.has_earlier then past.of_newcomers end as newcomers,
    case when not past.has_earlier then past.of_earlier + past.of_newcomers end as all_customers,
    drawn.expected as predicted,
    case
        when drawn.month is null or whole.orders is null then null
        when whole.low is null then 'value.picture.ahead.total_alone'
        else 'value.picture.ahead.total'
    end as bracket,
    whole.days,
    whole.orders,
    whole.low,
    whole.high
from past
full outer join drawn on past.month = drawn.month
left join whole on true
where (select count(*) from clv_months) > 0
order by coalesce(past.month, drawn.month)
