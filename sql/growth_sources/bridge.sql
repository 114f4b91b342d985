-- Grain: one row per step from the revenue of the period before to that of the last full period, for a picture; none where
-- history does not cover both.
--
-- source    start, the sources of growth that have money, end
-- amount    money: of start and end the revenue, of all others the change
-- is_total  whether it is a revenue
--
-- Parameters: none.
with ends as (
    select sum(revenue_before) as revenue_before, sum(revenue) as revenue from revenue_bridge having count(*) > 0
),

steps as (
    select 0 as position, 'start' as source, cast(revenue_before as decimal(38, 6)) as amount, true as is_total from ends
    union all
    select position, source, revenue_change as amount, false as is_total
    from growth_sources
    where revenue_change is not null and not is_total
    union all
    select 9 as position, 'end' as source, cast(revenue as decimal(38, 6)) as amount, true as is_total from ends
)

select source, amount, is_total
from steps
order by position
