-- Grain: one row per phase before and phase now that at least one customer connects; none where history does not reach one
-- period back.
--
-- from_phase, from_order  one period earlier; NULL: no order then
-- to_phase, to_order      now
-- customers               how many
-- revenue_12m             money of the last 365 days of these
--
-- Parameters: none.
with moved as (
    select
        earlier.phase as from_phase,
        earlier.phase_order as from_order,
        now.phase as to_phase,
        now.phase_order as to_order,
        now.revenue_12m
    from lifecycle as now
    left join previous.lifecycle as earlier on now.customer_id = earlier.customer_id
    where (select count(*) from previous.lifecycle) > 0
)

select
    from_phase,
    from_order,
    to_phase,
    to_order,
    count(*) as customers,
    sum(revenue_12m) as revenue_12m
from moved
group by from_phase, from_order, to_phase, to_order
order by from_order nulls last, to_order
