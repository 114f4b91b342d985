-- Grain: one row per full month of history, the last 13 at most: the calendar of tables by month of sources other than
-- transactions.
--
-- month  its first day
--
-- Parameters: $as_of.
select month
from monthly
where
    complete
    and month >= cast(date_trunc('month', cast($as_of as date) + interval 1 day) - interval 13 month as date)
order by month
