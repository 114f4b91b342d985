-- Grain: one row per account manager, the ten with the most revenue.
--
-- Columns as in departures_hands.
--
-- Parameters: none.
select account_manager, revenue_12m
from departures_hands
where account_manager <> '-'
order by revenue_12m desc, account_manager
limit 10
