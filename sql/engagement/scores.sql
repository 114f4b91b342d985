-- Grain: one row per customer with an order in the last 365 days, and measure: recency, frequency.
--
-- customer_id  text
-- measure      recency: days since the last order, the fewer the better; frequency: orders of these days
-- score        1 to 5, the best: 1 + floor(5 x place), as in rfm; equal values score alike
--
-- Parameters: none.
with buyers as (
    select customer_id, -recency_days as nearness, orders_12m
    from customer_summary
    where orders_12m > 0
),

cuts as (
    select
        quantile_cuts(distribution(nearness), 5) as nearness,
        quantile_cuts(distribution(orders_12m), 5) as orders_12m
    from buyers
)

select buyers.customer_id, 'recency' as measure, score(buyers.nearness, cuts.nearness) as score
from buyers
cross join cuts
union all
select buyers.customer_id, 'frequency' as measure, score(buyers.orders_12m, cuts.orders_12m) as score
from buyers
cross join cuts
