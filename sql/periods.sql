-- Grain: one row; none where there is no history. The dates of the period, the one before, and the same one
-- a year ago; and whether history reaches them.
--
-- months                               calendar months of a period; NULL where it is not made of whole months
-- period_start, period_end             the last full period
-- before_start, before_end             the period before it
-- year_ago_start, year_ago_end         the same period a year ago; 52 weeks ago if it is not whole months
-- history_start                        first business day with a row
-- history_days                         days from it to $as_of, both included
-- before_reached, year_ago_reached     history reaches the first day of that period
--
-- Parameters: $as_of, $period_start, $period_end, $period_months, $before_start, $before_end, $year_ago_start, $year_ago_end.
with history as (
    select min(day) as history_start from customer_day where day <= $as_of
)

select
    nullif($period_months, 0) as months,
    cast($period_start as date) as period_start,
    cast($period_end as date) as period_end,
    cast($before_start as date) as before_start,
    cast($before_end as date) as before_end,
    cast($year_ago_start as date) as year_ago_start,
    cast($year_ago_end as date) as year_ago_end,
    history_start,
    cast($as_of as date) - history_start + 1 as history_days,
    history_start <= cast($before_start as date) as before_reached,
    history_start <= cast($year_ago_start as date) as year_ago_reached
from history
where history_start is not null
