-- Grain: one row per customer with a complaint in the last $health_window_days days.
--
-- got  0.5 for one complaint that is closed; 0 for an open one as of $as_of, or several
--
-- Parameters: $as_of, $health_window_days.
select
    cast(customer_id as varchar) as customer_id,
    'complaints' as driver,
    cast(
        case
            when count(*) = 1 and count(*) filter (where cast(closed_on as date) <= cast($as_of as date)) = 1 then 0.5
            else 0
        end as double
    ) as got
from interactions
where
    kind = 'complaint'
    and customer_id is not null
    and cast(occurred_at as date) <= cast($as_of as date)
    and cast(occurred_at as date) > cast(cast($as_of as date) - interval $health_window_days day as date)
group by cast(customer_id as varchar)
