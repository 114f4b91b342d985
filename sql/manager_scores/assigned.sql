-- Grain: one row per row of the source `assignments` with a customer and an account manager.
--
-- customer_id, account_manager  text
-- from_day, to_day  first and last day; to_day NULL: it goes on
-- share             of the customer's money; 1 where the source names none
--
-- Parameters: none.
select
    cast(customer_id as varchar) as customer_id,
    cast(account_manager as varchar) as account_manager,
    cast(from_day as date) as from_day,
    cast(to_day as date) as to_day,
    coalesce(cast(share as double), 1) as share
from assignments
where customer_id is not null and account_manager is not null
order by customer_id, from_day, account_manager
