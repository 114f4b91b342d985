-- Grain: one row per customer for whom the source `customers` names an account manager.
--
-- Columns as in in_charge_entries. A blank name is none.
--
-- Parameters: none.
select
    cast(customer_id as varchar) as customer_id,
    max(trim(cast(account_manager as varchar))) as account_manager,
    cast(null as date) as since,
    cast(1 as double) as share,
    cast(2 as bigint) as position
from customers
where trim(cast(account_manager as varchar)) <> ''
group by cast(customer_id as varchar)
