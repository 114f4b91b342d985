-- Grain: one row per group of segments before and group now that at least one customer connects; none where history does
-- not reach one period back.
--
-- from_group, from_order  one period earlier; NULL: not a customer then
-- to_group, to_order      now
-- customers               count
--
-- Parameters: none.
select
    before.segment_group as from_group,
    before.group_order as from_order,
    now.segment_group as to_group,
    now.group_order as to_order,
    sum(migration.customers) as customers
from migration
inner join segment_groups as now on migration.to_segment = now.segment
left join segment_groups as before on migration.from_segment = before.segment
group by before.segment_group, before.group_order, now.segment_group, now.group_order
order by before.group_order nulls last, now.group_order
