-- Grain: one row per customer × manager of departures_customers that is not handed over; the most revenue first.
--
-- Columns as there.
--
-- Parameters: none.
select customer_id, account_manager, left_on, days_alone, status, revenue_12m
from departures_customers
where state = 'open'
order by revenue_12m desc, customer_id, account_manager
