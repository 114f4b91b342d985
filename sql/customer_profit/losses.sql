-- Grain: one row per customer with a profit below zero in the last 12 full months, the lowest first; columns as in customer_profit.
--
-- other_costs  retention, reward and other costs together
--
-- Parameters: none.
select
    customer_id,
    revenue,
    product_cost,
    service_cost,
    marketing_cost,
    retention_cost + reward_cost + other_cost as other_costs,
    referral_received - referral_passed as referral,
    profit
from customer_profit
where profit < 0
order by profit, customer_id
