-- Grain: one row per customer, the 50 with the most revenue at risk.
--
-- customer_id      text
-- class            A, B, C by revenue
-- segment          key
-- status           at_risk or lost
-- orders           count
-- gap_days         double: the customer's rhythm
-- recency_days     days since the last order
-- days_late        whole days beyond the rhythm
-- revenue_12m      money of the last 365 days
-- revenue_at_risk  money
-- p_alive, clv     from the model, the value as money to six decimals; NULL where it failed
--
-- Parameters: none.
with chosen as (
    select customer_id, status, gap_days, recency_days, revenue_12m, revenue_at_risk
    from churn
    where revenue_at_risk > 0
    order by revenue_at_risk desc, customer_id
    limit 50
)

select
    chosen.customer_id,
    customer_rank.class,
    segments.segment,
    chosen.status,
    customer_summary.orders,
    chosen.gap_days,
    chosen.recency_days,
    cast(floor(cast(chosen.recency_days as double) - chosen.gap_days) as bigint) as days_late,
    chosen.revenue_12m,
    chosen.revenue_at_risk,
    clv.p_alive,
    cast(clv.clv as decimal(38, 6)) as clv
from chosen
inner join customer_summary on chosen.customer_id = customer_summary.customer_id
inner join customer_rank on chosen.customer_id = customer_rank.customer_id
inner join segments on chosen.customer_id = segments.customer_id
left join clv on chosen.customer_id = clv.customer_id
order by chosen.revenue_at_risk desc, chosen.customer_id
