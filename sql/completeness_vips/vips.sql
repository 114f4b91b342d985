-- Grain: one row: VIPs, who hold one of the highest cards, and whether somebody looks after them.
--
-- vips         of the last day, with a transaction or without
-- without      of these, without a named account manager
-- revenue_12m  money of the last 365 days of these
--
-- Parameters: none.
select
    count(*) as vips,
    count(*) filter (where in_charge.account_manager is null) as without,
    coalesce(sum(customer_summary.revenue_12m) filter (where in_charge.account_manager is null), 0) as revenue_12m
from membership
left join in_charge on membership.customer_id = in_charge.customer_id
left join customer_summary on membership.customer_id = customer_summary.customer_id
where membership.is_vip
