-- Grain: one row per step from revenue of the period before to revenue of this one, in order; none where history does not
-- cover the period before.
--
-- component  start, then those of revenue_bridge that changed anything, then end
-- customers  count; NULL of start and end
-- amount     money: revenue of start and end, the change of a step
-- is_total   start and end
-- amount_as  how amount is written in a table
--
-- Parameters: none.
with ends as (
    select sum(revenue_before) as before, sum(revenue) as now from revenue_bridge having count(*) > 0
),

steps as (
    select 'start' as component, 0 as position, cast(null as bigint) as customers, before as amount, true as is_total
    from ends
    union all
    select component, component_order as position, customers, change as amount, false as is_total
    from revenue_bridge
    where change <> 0
    union all
    select 'end' as component, 99 as position, cast(null as bigint) as customers, now as amount, true as is_total
    from ends
)

select
    component,
    customers,
    amount,
    is_total,
    case when is_total then 'money' else 'money_change' end as amount_as
from steps
order by position
