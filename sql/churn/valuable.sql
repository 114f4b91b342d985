-- Grain: one row per customer of class A who is at risk, the most revenue first.
--
-- customer_id   text
-- gap_days      double: the own rhythm
-- recency_days  days since the last order
-- lateness      double: recency_days / gap_days
-- revenue_12m   money of the last 365 days
--
-- Parameters: none.
select churn.customer_id, churn.gap_days, churn.recency_days, churn.lateness, churn.revenue_12m
from churn
inner join customer_rank on churn.customer_id = customer_rank.customer_id
where customer_rank.class = 'A' and churn.status = 'at_risk'
order by churn.revenue_12m desc, churn.customer_id
