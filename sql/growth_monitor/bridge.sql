-- Grain: one row per step from the spend of the window before to that of the last one: the start, a step for each band with a
-- change, the end. Start and steps add up to the end.
--
-- part       start, a band, end
-- customers  of the band; NULL of start and end
-- amount     money: of start and end the spend, of a band the change
-- is_total   whether it is start or end
--
-- Parameters: none.
with parts as (
    select 0 as place, 'start' as part, cast(null as bigint) as customers, sum(spend_before) as amount, true as is_total
    from growth_monitor
    having count(*) > 0
    union all
    select band_order, band, customers, change, false from growth_monitor where change <> 0
    union all
    select 9, 'end', null, sum(spend), true from growth_monitor having count(*) > 0
)

select part, customers, amount, is_total
from parts
order by place
