-- Grain: one row per month with an answer, of the last 13 full ones, the oldest first.
--
-- month         first day
-- customers     who said how satisfied they are
-- satisfaction  mean over customers of their mean in the month; NULL below $least_customers
--
-- Parameters: $as_of, $least_customers.
-- $least_customers must be a whole number of 1 or more
with bounds as (
    -- The first day of the month that is not over at the as-of date.
    select cast(date_trunc('month', cast($as_of as date) + interval '1 day') as date) as open_month
),

each as (
    select
        cast(date_trunc('month', satisfaction_scored.day) as date) as month,
        satisfaction_scored.customer_id,
        avg(satisfaction_scored.satisfaction) as satisfaction
    from satisfaction_scored
    cross join bounds
    where
        satisfaction_scored.day < bounds.open_month
        and satisfaction_scored.day >= bounds.open_month - interval '13 months'
    group by 1, 2
)

select
    month,
    count(*) as customers,
    case when count(*) >= $least_customers then avg(satisfaction) end as satisfaction
from each
group by month
order by month
