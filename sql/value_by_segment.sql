-- Grain: one row per segment with a customer.
--
-- segment        key
-- segment_order  1 = best
-- customers      count
-- mean_p_alive   double: mean chance of being alive; NULL where the model's fit failed
-- clv            money: predicted value; NULL likewise
-- clv_share      share of all predicted value; NULL likewise
-- revenue_12m    money of the last 365 days
--
-- Parameters: none.
with per_segment as (
    select
        segments.segment,
        segments.segment_order,
        count(*) as customers,
        count(clv.p_alive) as predicted,
        sum(cast(clv.p_alive as decimal(38, 6))) as p_alive,
        sum(cast(clv.clv as decimal(38, 6))) as clv,
        sum(customer_summary.revenue_12m) as revenue_12m
    from segments
    inner join customer_summary on segments.customer_id = customer_summary.customer_id
    left join clv on segments.customer_id = clv.customer_id
    group by segments.segment, segments.segment_order
),

totals as (
    select case when sum(clv) > 0 then cast(sum(clv) as double) end as clv from per_segment
)

select
    per_segment.segment,
    per_segment.segment_order,
    per_segment.customers,
    cast(per_segment.p_alive as double) / nullif(per_segment.predicted, 0) as mean_p_alive,
    per_segment.clv,
    cast(per_segment.clv as double) / totals.clv as clv_share,
    per_segment.revenue_12m
from per_segment
cross join totals
order by per_segment.segment_order, per_segment.segment
