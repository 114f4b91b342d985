-- Grain: one row per assignment of a customer that holds on $as_of, its last day included.
--
-- Columns as in in_charge_entries. A share that is not given is 1; a blank name is none.
--
-- Parameters: $as_of.
select
    cast(customer_id as varchar) as customer_id,
    trim(cast(account_manager as varchar)) as account_manager,
    cast(from_day as date) as since,
    coalesce(cast(share as double), 1) as share,
    cast(1 as bigint) as position
from assignments
where
    trim(cast(account_manager as varchar)) <> ''
    and cast(from_day as date) <= cast($as_of as date)
    and (to_day is null or cast(to_day as date) >= cast($as_of as date))
