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
-- Two joins of two tables, not one of three: the second does not carry the rows of the first.
with histories as (
    select
        segments.segment,
        segments.segment_order,
        count(*) as customers,
        sum(customer_summary.revenue_12m) as revenue_12m
    from segments
    inner join customer_summary on segments.customer_id = customer_summary.customer_id
    group by segments.segment, segments.segment_order
),

predictions as (
    select
        segments.segment_order,
        count(clv.p_alive) as predicted,
        sum(cast(clv.p_alive as decimal(38, 6))) as p_alive,
        sum(cast(clv.clv as decimal(38, 6))) as clv
    from segments
    inner join clv on segments.customer_id = clv.customer_id
    group by segments.segment_order
),

totals as (
    select case when sum(clv) > 0 then cast(sum(clv) as double) end as clv from predictions
)

select
    histories.segment,
    histories.segment_order,
    histories.customers,
    cast(predictions.p_alive as double) / nullif(predictions.predicted, 0) as mean_p_alive,
    predictions.clv,
    cast(predictions.clv as double) / totals.clv as clv_share,
    histories.revenue_12m
from histories
left join predictions on histories.segment_order = predictions.segment_order
cross join totals
order by histories.segment_order, histories.segment
