-- Grain: one row per band of satisfaction with a customer, the lowest first: who bought again within $satisfaction_again_days
-- after the answer. Of each customer the latest answer of which these days are over; answers of $satisfaction_days.
--
-- band             number of the cuts of $satisfaction_cuts (per cent) that the satisfaction reaches
-- band_from, band_below  its bounds, as shares; NULL below the first cut, and above the last
-- customers, satisfaction  who answered, and the mean of their satisfaction
-- again            with an order on a day after that of the answer, to the last of these days
-- rate, low, high  again / customers, with Wilson's 95 % interval
-- bend             how the slope of the rate changes at this band: rise of the rate to the next band less that from the
--                  band before, each divided by the difference of satisfaction. Between bands with $least_customers or
--                  more; NULL of the first and last of these, and of others
-- bend_errors      bend in its standard errors; rates for these by (again + 1) / (customers + 2)
-- is_knee          bend of $satisfaction_sigmas errors or more
--
-- Parameters: $as_of, $satisfaction_days, $satisfaction_again_days, $satisfaction_cuts, $satisfaction_sigmas, $least_customers.
-- $least_customers must be a whole number of 1 or more
with latest as (
    select
        customer_id,
        day,
        satisfaction,
        row_number() over (partition by customer_id order by day desc) as newest
    from satisfaction_scored
    where
        day <= cast($as_of as date) - cast($satisfaction_again_days as int)
        and day > cast($as_of as date) - cast($satisfaction_again_days as int) - cast($satisfaction_days as int)
),

followed as (
    select
        latest.customer_id,
        latest.satisfaction,
        count(customer_day.day) > 0 as again
    from latest
    left join customer_day
        on latest.customer_id = customer_day.customer_id
        and customer_day.orders > 0
        and customer_day.day > latest.day
        and customer_day.day <= latest.day + cast($satisfaction_again_days as int)
    where latest.newest = 1
    group by latest.customer_id, latest.satisfaction
),

cuts as (
    select $satisfaction_cuts as cuts
),

banded as (
    select
        width_bucket(followed.satisfaction * 100 + 0.0000001, cuts.cuts) as band,
        followed.satisfaction,
        followed.again
    from followed
    cross join cuts
),

counted as (
    select
        band,
        count(*) as customers,
        avg(satisfaction) as satisfaction,
        count(*) filter (where again) as again
    from banded
    group by band
),

-- The bands that are large enough, with their neighbours among these.
sloped as (
    select
        band,
        satisfaction,
        rate,
        variance,
        (rate - lag(rate) over (order by band)) / (satisfaction - lag(satisfaction) over (order by band)) as slope_before,
        (lead(rate) over (order by band) - rate) / (lead(satisfaction) over (order by band) - satisfaction) as slope_after,
        1 / (satisfaction - lag(satisfaction) over (order by band)) as before,
        1 / (lead(satisfaction) over (order by band) - satisfaction) as after,
        lag(variance) over (order by band) as variance_before,
        lead(variance) over (order by band) as variance_after
    from (
        select
            band,
            satisfaction,
            cast(again as double) / customers as rate,
            (again + 1.0) / (customers + 2) * (customers - again + 1.0) / (customers + 2) / (customers + 2) as variance
        from counted
        where customers >= $least_customers
    )
),

bent as (
    select
        band,
        slope_after - slope_before as bend,
        (slope_after - slope_before) / sqrt(
            cast(variance_after as double) * after * after
            + cast(variance as double) * (before + after) * (before + after)
            + cast(variance_before as double) * before * before
        ) as bend_errors
    from sloped
),

rates as (
    select
        counted.*,
        cast(again as double) / customers as p,
        cast(customers as double) as n
    from counted
)

select
    rates.band,
    case when rates.band > 0 then cast(cuts.cuts[rates.band] as double) / 100 end as band_from,
    case when rates.band < array_length(cuts.cuts) then cast(cuts.cuts[rates.band + 1] as double) / 100 end as band_below,
    rates.customers,
    rates.satisfaction,
    rates.again,
    rates.p as rate,
    (rates.p + 1.9208 / n - 1.96 * sqrt((rates.p * (1 - rates.p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as low,
    (rates.p + 1.9208 / n + 1.96 * sqrt((rates.p * (1 - rates.p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as high,
    bent.bend,
    bent.bend_errors,
    coalesce(abs(bent.bend_errors) >= cast($satisfaction_sigmas as double), false) as is_knee
from rates
cross join cuts
left join bent on rates.band = bent.band
order by rates.band
