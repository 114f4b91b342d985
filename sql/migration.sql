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
with history as (
    select count(*) as customers from previous.segments having count(*) > 0
),

now as (
    select segments.customer_id, segments.segment, segments.segment_order, rfm.monetary as revenue
    from segments
    inner join rfm on segments.customer_id = rfm.customer_id
    cross join history
),

before as (
    select segments.customer_id, segments.segment, segments.segment_order, rfm.monetary as revenue
    from previous.segments as segments
    inner join previous.rfm as rfm on segments.customer_id = rfm.customer_id
)

select
    before.segment as from_segment,
    before.segment_order as from_order,
    now.segment as to_segment,
    now.segment_order as to_order,
    count(*) as customers,
    sum(now.revenue) as revenue,
    coalesce(sum(before.revenue), 0) as revenue_before
from now
left join before on now.customer_id = before.customer_id
group by before.segment, before.segment_order, now.segment, now.segment_order
order by from_order nulls last, to_order
