-- Grain: one row per stage before the order that the shop records: a kind of $funnel_stages with a contact up to $as_of.
--
-- stage        lead, call, visit or opportunity
-- stage_order  1 = the first stage that is recorded: the funnel begins there
--
-- Parameters: $as_of, $funnel_stages.
with listed (stage, place) as (
    values
    ('lead', 1),
    ('call', 2),
    ('visit', 3),
    ('opportunity', 4)
),

recorded as (
    select distinct kind from interactions where occurred_at <= cast($as_of as date)
)

select listed.stage, row_number() over (order by listed.place) as stage_order
from listed
inner join recorded on listed.stage = recorded.kind
where array_has($funnel_stages, listed.stage)
order by stage_order
