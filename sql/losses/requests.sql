-- Grain: one row per span with a request to leave: now, the last $losses_days days; before, as many days before.
--
-- span       now or before
-- requests   requests to leave of these days: kept + gone + open
-- kept       closed with the customer kept, gone: closed otherwise, open: not closed as of $as_of
-- save_rate  kept / requests
--
-- Parameters: $as_of, $losses_days, $losses_kept.
with told as (
    select
        case
            when cast(occurred_at as date) > cast(cast($as_of as date) - interval $losses_days day as date) then 'now'
            else 'before'
        end as span,
        coalesce(cast(closed_on as date) <= cast($as_of as date), false) as closed,
        coalesce(array_has($losses_kept, lower(trim(cast(outcome as varchar)))), false) as stayed
    from interactions
    where
        kind = 'leave_request'
        and cast(occurred_at as date) <= cast($as_of as date)
        and cast(occurred_at as date)
        > cast(cast($as_of as date) - interval $losses_days day - interval $losses_days day as date)
)

select
    span,
    count(*) as requests,
    count(*) filter (where closed and stayed) as kept,
    count(*) filter (where closed and not stayed) as gone,
    count(*) filter (where not closed) as open,
    cast(count(*) filter (where closed and stayed) as double) / count(*) as save_rate
from told
group by span
order by span desc
