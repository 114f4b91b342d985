-- Grain: one row per customer who was on the list one period earlier and is not today; the best of then first.
--
-- customer_id   text
-- rank_before   the rank then
-- spend_before  money of the 12 months before that day
-- spend         of the last 12 months
-- change        the difference
-- last_day      last day with an order
--
-- Parameters: none.
select
    earlier.customer_id,
    earlier.vip_rank as rank_before,
    earlier.spend as spend_before,
    customer_summary.revenue_12m as spend,
    customer_summary.revenue_12m - earlier.spend as change,
    customer_summary.last_day
from previous.vips_ranked as earlier
inner join customer_summary on earlier.customer_id = customer_summary.customer_id
left join vips_ranked as today on earlier.customer_id = today.customer_id
where today.customer_id is null
order by earlier.vip_rank
