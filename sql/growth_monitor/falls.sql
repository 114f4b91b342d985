-- Grain: one row per customer of growth_monitor_customers with the band down_much, the largest change first.
--
-- Columns as there.
--
-- Parameters: none.
select customer_id, spend_before, spend, change, growth, last_day
from growth_monitor_customers
where band = 'down_much'
order by change, customer_id
