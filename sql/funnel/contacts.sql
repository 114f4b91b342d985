-- Grain: one row per customer, day and kind of contact: leads, calls, visits and opportunities.
--
-- customer_id  text
-- day          date
-- stage        lead, call, visit or opportunity
-- stage_order  1 = the first stage; NULL of a kind that is no stage
-- channel      of the contact; the first by name of several on a day
-- contacts     how many; of visits and opportunities without those that failed
-- held         how many did not fail: an outcome of $funnel_failed that was known by $as_of
--
-- Parameters: $as_of, $funnel_failed.
with told as (
    select
        customer_id,
        occurred_at,
        kind,
        channel,
        coalesce(array_has($funnel_failed, outcome) and coalesce(closed_on <= cast($as_of as date), true), false) as failed
    from interactions
    where
        occurred_at <= cast($as_of as date)
        and customer_id is not null
        and kind in ('lead', 'call', 'visit', 'opportunity')
)

select
    told.customer_id,
    told.occurred_at as day,
    told.kind as stage,
    funnel_kinds.stage_order,
    min(told.channel) as channel,
    count(*) filter (where told.kind in ('lead', 'call') or not told.failed) as contacts,
    count(*) filter (where not told.failed) as held
from told
left join funnel_kinds on told.kind = funnel_kinds.stage
group by told.customer_id, told.occurred_at, told.kind, funnel_kinds.stage_order
order by told.customer_id, told.occurred_at, told.kind
