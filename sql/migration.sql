-- Grain: one row per segment before and segment now that at least one customer connects; none where history
-- does not reach one period back.
--
-- from_segment, from_order  one period earlier; NULL: not a customer then
-- to_segment, to_order      now
-- customers                 count
-- revenue                   money: their revenue to date, now
-- revenue_before            money: the same one period earlier; 0 for those who were not customers
--
-- Parameters: none.
select
    before.segment as from_segment,
    before.segment_order as from_order,
    now.segment as to_segment,
    now.segment_order as to_order,
    count(*) as customers,
    sum(now.monetary) as revenue,
    coalesce(sum(before.monetary), 0) as revenue_before
from segments as now
left join previous.segments as before on now.customer_id = before.customer_id
where (select count(*) from previous.segments) > 0
group by before.segment, before.segment_order, now.segment, now.segment_order
order by from_order nulls last, to_order
