-- Grain: one row per number of days of $service_close_days.
--
-- days        days after the complaint; 0 is its own day
-- complaints  of the last $service_days, those at least so old at $as_of
-- closed      of these, closed within so many days
-- share       closed / complaints; NULL without one
--
-- Parameters: $as_of, $service_days, $service_close_days.
with spans as (
    select distinct cast(unnest($service_close_days) as bigint) as days
)

select
    spans.days,
    count(service_complaints.customer_id) as complaints,
    count(*) filter (where service_complaints.days <= spans.days) as closed,
    cast(count(*) filter (where service_complaints.days <= spans.days) as double)
    / nullif(count(service_complaints.customer_id), 0) as share
from spans
left join service_complaints
    on service_complaints.day + cast(spans.days as int) <= cast($as_of as date)
    and service_complaints.day > cast($as_of as date) - cast($service_days as int)
group by spans.days
order by spans.days
