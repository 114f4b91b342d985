-- Grain: one row per loyal customer who is not content: false loyalty; the most revenue first.
--
-- customer_id   text
-- satisfaction  by the latest answer of the last $satisfaction_days (satisfaction_customers); below $loyalty_false_below
-- day           day of that answer
-- days          days with an order in the last 365
-- type          what purchases show
-- revenue_12m   money
--
-- Parameters: $loyalty_false_below.
select
    loyalty_customers.customer_id,
    satisfaction_customers.satisfaction,
    satisfaction_customers.day,
    loyalty_customers.days,
    loyalty_customers.type,
    loyalty_customers.revenue_12m
from loyalty_customers
inner join satisfaction_customers on loyalty_customers.customer_id = satisfaction_customers.customer_id
where
    loyalty_customers.type <> 'few'
    -- Doubles: 0.9 * 8 / 9 may be a hair below 0.8.
    and satisfaction_customers.satisfaction < cast($loyalty_false_below as double) - 0.000000001
order by loyalty_customers.revenue_12m desc, loyalty_customers.customer_id
