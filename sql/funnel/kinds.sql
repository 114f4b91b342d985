-- Grain: one row per stage before the order: the kinds of $funnel_stages, in that order, with a contact up to $as_of. If
-- none of them has one: calls and visits.
--
-- stage        lead, call, visit or opportunity
-- stage_order  1 = the first stage: the funnel begins there
--
-- Parameters: $as_of, $funnel_stages.
with recorded as (
    select distinct kind
    from interactions
    where occurred_at <= cast($as_of as date) and kind in ('lead', 'call', 'visit', 'opportunity')
),

chosen as (
    select kind, cast(array_position($funnel_stages, kind) as bigint) as place
    from recorded
    where array_has($funnel_stages, kind)
),

others as (
    select recorded.kind, case recorded.kind when 'call' then 1 else 2 end as place
    from recorded
    cross join (select count(*) as chosen from chosen) as counted
    where counted.chosen = 0 and recorded.kind in ('call', 'visit')
),

together as (
    select kind, place from chosen
    union all
    select kind, place from others
)

select kind as stage, row_number() over (order by place) as stage_order
from together
order by stage_order
