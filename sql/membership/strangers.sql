-- Grain: one row per tier of the register that the scheme does not have, and kind of event that is not known.
--
-- tier    as the register has it; NULL: none
-- event   likewise
-- events  how many
--
-- Parameters: none.
select
    events.tier,
    events.event,
    count(*) as events
from membership_events as events
left join membership_tiers as tiers on events.tier = tiers.tier
where
    events.event <> 'register'
    and (
        (tiers.tier is null and (events.tier is not null or events.event <> 'closed'))
        or events.event not in ('issued', 'approved', 'rejected', 'granted', 'closed')
    )
group by events.tier, events.event
order by events desc, events.tier, events.event
