-- Grain: one row per segment with a customer; none where nothing is predicted.
--
-- segment        key
-- segment_order  1 = best
-- customers      count
-- mean_p_alive   double: mean chance of being alive of those with a repeat order: of the others some models cannot
--                tell. NULL where there are none, and where a rule predicts
-- clv            money: predicted value; NULL where no customer of the segment has one
-- clv_share      share of all predicted value
-- revenue_12m    money of the last 365 days
--
-- Parameters: none.
-- Joins of two tables, not one of three: the second does not carry the rows of the first.
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

repeating as (
    select clv.customer_id, clv.p_alive
    from clv
    inner join customer_summary on clv.customer_id = customer_summary.customer_id
    where customer_summary.repeat_days > 0
),

chances as (
    select
        segments.segment_order,
        count(repeating.p_alive) as predicted,
        sum(cast(repeating.p_alive as decimal(38, 6))) as p_alive
    from segments
    inner join repeating on segments.customer_id = repeating.customer_id
    group by segments.segment_order
),

predictions as (
    select segments.segment_order, sum(cast(clv.clv as decimal(38, 6))) as clv
    from segments
    inner join clv on segments.customer_id = clv.customer_id
    group by segments.segment_order
),

totals as (
    select count(clv) > 0 as is_predicted, case when sum(clv) > 0 then cast(sum(clv) as double) end as clv from predictions
)

select
    histories.segment,
    histories.segment_order,
    histories.customers,
    cast(chances.p_alive as double) / nullif(chances.predicted, 0) as mean_p_alive,
    predictions.clv,
    cast(predictions.clv as double) / totals.clv as clv_share,
    histories.revenue_12m
from histories
left join predictions on histories.segment_order = predictions.segment_order
left join chances on histories.segment_order = chances.segment_order
cross join totals
where totals.is_predicted
order by histories.segment_order, histories.segment
