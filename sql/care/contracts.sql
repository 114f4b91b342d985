-- Grain: one row per customer with a contract that ends within $care_contract_days days, or ended within so many days before.
-- Of several contracts of a customer the last one counts.
--
-- Columns as in care_entries. since: $care_contract_days days before the end.
--
-- Parameters: $as_of, $care_contract_days.
with contracts as (
    select cast(customer_id as varchar) as customer_id, max(cast(contract_ends as date)) as due_on
    from customers
    where contract_ends is not null
    group by cast(customer_id as varchar)
)

select
    'contract' as kind,
    customer_id,
    cast(due_on - interval $care_contract_days day as date) as since,
    due_on,
    cast(null as varchar) as card,
    cast(null as varchar) as name,
    cast(null as decimal(38, 6)) as money,
    cast(null as bigint) as points,
    cast(null as bigint) as days
from contracts
where
    due_on
    between cast(cast($as_of as date) - interval $care_contract_days day as date)
    and cast(cast($as_of as date) + interval $care_contract_days day as date)
