-- Grain: one row per customer of account_managers_watched with the event at_risk and an account manager; the most revenue first.
--
-- account_manager  text
-- customer_id      text
-- recency_days     days since the last order
-- last_day         last day with an order
-- revenue_12m      money of the last 12 months
--
-- Parameters: none.
select account_manager, customer_id, recency_days, last_day, revenue_12m
from account_managers_watched
where event = 'at_risk' and account_manager <> '-'
order by revenue_12m desc, customer_id
