-- Grain: one row per customer with a transaction in the last $growth_monitor_days days, $as_of included, or in as many days
-- before; none where history does not cover both windows.
--
-- customer_id     text
-- band            down_much   growth below -$growth_monitor_fall
--                 down_little from there to below 0
--                 up_little   from 0 to $growth_monitor_rise
--                 up_much     above that
--                 first       no transaction before the last window
--                 back        none in the window before, but earlier
--                 no_base     money of the window before is not above zero
-- band_order      1 = down_much
-- spend         money of the last window; spend_before of the one before
-- change          the difference
-- growth          spend / spend_before - 1; NULL where spend_before is not above zero
-- last_day        last day with an order
--
-- Bounds are compared as decimals, so that a fall of just 10 % is not more than 10 %.
--
-- Parameters: $as_of, $growth_monitor_days, $growth_monitor_fall, $growth_monitor_rise.
-- $growth_monitor_days must be a whole number from 1 to 3650
-- $growth_monitor_fall must be a number from 0 to 1
-- $growth_monitor_rise must be a number from 0 to 1
with windows as (
    select
        cast(cast($as_of as date) - interval $growth_monitor_days day as date) as until,
        cast(cast($as_of as date) - interval $growth_monitor_days day - interval $growth_monitor_days day as date) as since
),

sums as (
    select
        customer_day.customer_id,
        coalesce(sum(customer_day.revenue) filter (where customer_day.day > windows.until), 0) as spend,
        coalesce(sum(customer_day.revenue) filter (where customer_day.day <= windows.until), 0) as spend_before,
        count(*) filter (where customer_day.day <= windows.until) > 0 as was_there
    from customer_day
    cross join windows
    cross join periods
    where
        customer_day.day > windows.since
        and customer_day.day <= cast($as_of as date)
        and periods.history_start <= cast(windows.since + interval 1 day as date)
    group by customer_day.customer_id
),

-- Amounts as decimals of six places, times the bounds as decimals of six places.
exact as (
    select
        sums.customer_id,
        sums.spend,
        sums.spend_before,
        sums.was_there,
        customer_summary.first_day,
        customer_summary.last_day,
        windows.since,
        cast(sums.spend - sums.spend_before as decimal(26, 6)) as change_exact,
        cast(sums.spend_before as decimal(20, 6)) * cast($growth_monitor_fall as decimal(12, 6)) as fall,
        cast(sums.spend_before as decimal(20, 6)) * cast($growth_monitor_rise as decimal(12, 6)) as rise
    from sums
    cross join windows
    inner join customer_summary on sums.customer_id = customer_summary.customer_id
),

placed as (
    select
        *,
        case
            when not was_there and first_day > since then 5
            when not was_there then 6
            when spend_before <= 0 then 7
            when change_exact < -fall then 1
            when change_exact < 0 then 2
            when change_exact <= rise then 3
            else 4
        end as band_order
    from exact
)

select
    customer_id,
    case band_order
        when 1 then 'down_much'
        when 2 then 'down_little'
        when 3 then 'up_little'
        when 4 then 'up_much'
        when 5 then 'first'
        when 6 then 'back'
        else 'no_base'
    end as band,
    cast(band_order as bigint) as band_order,
    spend,
    spend_before,
    spend - spend_before as change,
    case when spend_before > 0 then cast(spend as double) / cast(spend_before as double) - 1 end as growth,
    last_day
from placed
order by customer_id
