-- Grain: one row per driver, six.
--
-- driver        recency, spend, breadth, returns, complaints, payment
-- driver_order  1 = recency
-- weight        its points at most
-- all_weights   the sum of the six; a check of the step holds it to be 100
--
-- Parameters: $health_recency, $health_spend, $health_breadth_points, $health_returns, $health_complaints_points, $health_payment.
with weights as (
    select 'recency' as driver, 1 as driver_order, $health_recency as weight
    union all
    select 'spend', 2, $health_spend
    union all
    select 'breadth', 3, $health_breadth_points
    union all
    select 'returns', 4, $health_returns
    union all
    select 'complaints', 5, $health_complaints_points
    union all
    select 'payment', 6, $health_payment
)

select
    driver,
    cast(driver_order as bigint) as driver_order,
    cast(weight as bigint) as weight,
    cast(sum(weight) over () as bigint) as all_weights
from weights
order by driver_order
