-- Grain: one row per customer of growth_monitor_customers with the band up_much, the largest change first.
--
-- Columns as there.
--
-- Parameters: none.
select customer_id, spend_before, spend, change, growth, last_day
from growth_monitor_customers
where band = 'up_much'
order by change desc, customer_id
