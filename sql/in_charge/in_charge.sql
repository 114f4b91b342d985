-- Grain: one row per customer with an account manager.
--
-- customer_id      text
-- account_manager  text: that of an assignment before that of the list of customers; of several assignments the largest
--                  share, then the latest, then the first by name
--
-- Parameters: none.
with ordered as (
    select
        customer_id,
        account_manager,
        row_number() over (
            partition by customer_id order by position, share desc, since desc nulls last, account_manager
        ) as place
    from in_charge_entries
)

select customer_id, account_manager
from ordered
where place = 1
order by customer_id
