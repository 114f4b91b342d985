-- Grain: one row per VIP without a named account manager; the most revenue first.
--
-- customer_id  text
-- tier         the card
-- revenue_12m  money of the last 365 days; 0 without a transaction
-- last_day     last day with an order; NULL without one
--
-- Parameters: none.
select
    membership.customer_id,
    membership.tier,
    coalesce(customer_summary.revenue_12m, 0) as revenue_12m,
    membership.last_day
from membership
left join in_charge on membership.customer_id = in_charge.customer_id
left join customer_summary on membership.customer_id = customer_summary.customer_id
where membership.is_vip and in_charge.account_manager is null
order by revenue_12m desc, membership.customer_id
