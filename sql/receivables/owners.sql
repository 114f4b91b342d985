-- Grain: one row per customer of the source `customers` with an account manager.
--
-- customer_id      text
-- account_manager  text
--
-- Parameters: none.
select cast(customer_id as varchar) as customer_id, max(cast(account_manager as varchar)) as account_manager
from customers
where account_manager is not null
group by customer_id
order by customer_id
