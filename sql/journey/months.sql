-- Grain: one row per month of the first lead or opportunity, the last 13 with one.
--
-- month       its first day
-- people      with their first lead or opportunity in the month
-- customers   of these, with an order within $journey_days of it
-- rate        customers / people
-- complete    whether $journey_days have passed for all of them
--
-- Parameters: $as_of, $journey_days.
-- $journey_days must be a whole number from 1 to 3650
with months as (
    select
        cast(date_trunc('month', first_day) as date) as month,
        count(*) as people,
        count(*) filter (where ordered_on - first_day <= cast($journey_days as bigint)) as customers
    from journey_people
    where first_day >= cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months'
    group by 1
)

select
    month,
    people,
    customers,
    cast(customers as double) / cast(people as double) as rate,
    month + interval '1 month' + interval $journey_days day <= cast($as_of as date) + interval '1 day' as complete
from months
order by month
