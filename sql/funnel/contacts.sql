-- Grain: one row per customer, day and stage with a contact, of the stages that are recorded.
--
-- customer_id  text
-- day          date
-- stage        lead, call, visit or opportunity
-- stage_order  1 = the first stage
-- channel      of the contact; the first by name of several on a day
-- contacts     how many
--
-- Parameters: $as_of.
select
    interactions.customer_id,
    interactions.occurred_at as day,
    funnel_kinds.stage,
    funnel_kinds.stage_order,
    min(interactions.channel) as channel,
    count(*) as contacts
from interactions
inner join funnel_kinds on interactions.kind = funnel_kinds.stage
where interactions.occurred_at <= cast($as_of as date) and interactions.customer_id is not null
group by interactions.customer_id, interactions.occurred_at, funnel_kinds.stage, funnel_kinds.stage_order
order by interactions.customer_id, interactions.occurred_at, funnel_kinds.stage_order
