-- Grain: one row per undervalued customer: engaged, and with less revenue than the mean. The most engaged first.
--
-- customer_id   text
-- engagement    double: mean score
-- contribution  money of the last 365 days
-- orders_12m    orders of these days
-- last_day      last day with an order
--
-- Parameters: none.
with chosen as (
    select customer_id, engagement, contribution from engagement where quarter = 'undervalued'
),

described as (
    select chosen.*, customer_summary.orders_12m, customer_summary.last_day
    from chosen
    inner join customer_summary on chosen.customer_id = customer_summary.customer_id
)

select customer_id, engagement, contribution, orders_12m, last_day
from described
order by engagement desc, contribution desc, customer_id
